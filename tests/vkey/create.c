/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/sha.h>
#include <string.h>

#include "attest.h"
#include "create.h"
#include "tests/vcard/words.h"

#define LONGEST_PIN 63U

void
vk_model_default(struct vk_model *model)
{
	static const uint8_t aaguid[VK_AAGUID_BYTES] = { 0x5a, 0x6e, 0x79, 0x6f,
		0x73, 0x6f, 0x4b, 0x65, 0x80, 0x79, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x01 };

	memset(model, 0, sizeof(*model));
	memcpy(model->name, "Virtual Key", sizeof("Virtual Key"));
	memcpy(model->aaguid, aaguid, sizeof(aaguid));
	model->firmware = 0x050403;
	model->pin = model->preview = model->final = model->uvm = true;
	model->samples = 4;
	model->protocol = 1U << 1 | 1U << 2;
	model->step = 1;
}

static unsigned int
points(const char *text)
{
	unsigned int n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static enum sy_err
set_pin(struct vk_key *key, const char *pin)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];

	if (pin == NULL)
		return SY_OK;
	if (strlen(pin) > LONGEST_PIN || points(pin) < key->pin_min)
		return SY_ERR_FORMAT;
	SHA256((const unsigned char *)pin, strlen(pin), hash);
	memcpy(key->pin_hash, hash, sizeof(key->pin_hash));
	key->has_pin = true;
	key->pin_points = points(pin);
	return SY_OK;
}

/* "1,2": numbers of fingers. */
static enum sy_err
set_fingers(struct vk_key *key, const char *list)
{
	size_t n = 0;

	for (; list != NULL && *list != '\0'; list++) {
		struct vk_finger *f = &key->fingers[n];

		if (*list == ',')
			continue;
		if (*list < '0' || *list > '9' || n == VK_FINGERS_MAX)
			return SY_ERR_FORMAT;
		*f = (struct vk_finger){ true, *list - '0',
			{ 0xf0, (uint8_t)(n + 1) }, "" };
		n++;
	}
	return SY_OK;
}

enum sy_err
vk_create(struct vk_key *key, const struct vk_recipe *r,
    const struct vc_issuer *issuer)
{
	uint8_t aaguid[VK_AAGUID_BYTES];
	const struct vc_cert_spec spec = { r->subject, r->from_days, r->to_days,
		false, r->cert_bare ? NULL : aaguid };
	enum sy_err err;

	memcpy(aaguid, key->model.aaguid, sizeof(aaguid));
	if (r->cert_other)
		aaguid[0] ^= 0xff;
	if ((err = set_pin(key, r->pin)) != SY_OK ||
	    (err = set_fingers(key, r->fingers)) != SY_OK)
		return err;
	if (key->model.attestation == VK_SELF ||
	    key->model.attestation == VK_NONE)
		return SY_OK;
	if (issuer == NULL)
		return SY_ERR_ARG;
	if ((err = vk_attest_new(key, issuer, &spec)) != SY_OK)
		return err;
	return r->chain == NULL ? SY_OK : vk_attest_chain(key, r->chain);
}
