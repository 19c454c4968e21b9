/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/inserted.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/unit.h"
#include "tests/vcard/create.h"
#include "tests/vcard/fido.h"
#include "tests/vcard/key.h"
#include "tests/vkey/create.h"

struct inserted {
	struct vc_card *card;
};

struct inserted *
inserted_new(const char *mgmt)
{
	struct inserted *in = calloc(1, sizeof(*in));
	struct vc_issuer none = { NULL, NULL };
	struct vc_recipe recipe = { .alg = VC_P256,
		.subject = "/CN=Unit",
		.pin = "123456",
		.puk = "12345678",
		.tries = 3,
		.mgmt = mgmt,
		.empty = true };

	assert_non_null(in);
	assert_int_equal(vc_card_new(VC_PIV, &in->card), SY_OK);
	in->card->proto = VC_T1;
	in->card->yubico = true;
	recipe.card = in->card;
	assert_int_equal(vc_create(&recipe, &none, -1), SY_OK);
	vc_card_power(in->card);
	return in;
}

struct inserted *
inserted_new_key(const char *pin)
{
	struct inserted *in = calloc(1, sizeof(*in));
	const struct vk_recipe recipe = { .pin = pin };
	struct vk_key *key = NULL;

	assert_non_null(in);
	assert_int_equal(vc_card_new(VC_FIDO, &in->card), SY_OK);
	in->card->proto = VC_T1;
	assert_int_equal(vk_key_new(&key), SY_OK);
	vk_model_default(&key->model);
	key->model.card = true;
	key->model.attestation = VK_SELF;
	assert_int_equal(vk_create(key, &recipe, NULL), SY_OK);
	assert_int_equal(vc_fido_attach(in->card, key), SY_OK);
	vc_card_power(in->card);
	return in;
}

void
inserted_free(struct inserted **inserted)
{
	if (*inserted == NULL)
		return;
	vc_card_free(&(*inserted)->card);
	free(*inserted);
	*inserted = NULL;
}

void
inserted_make_old(struct inserted *in)
{
	in->card->old_keys = true;
}

void
inserted_make_open(struct inserted *in)
{
	in->card->open_made = true;
}

static void
padded(const char *text, uint8_t out[8])
{
	memset(out, 0xff, 8);
	memcpy(out, text, strlen(text));
}

void
inserted_set_puk(struct inserted *in, const char *puk)
{
	padded(puk, in->card->pins[VC_PIN_PUK].value);
}

void
inserted_set_puk_tries(struct inserted *in, unsigned int left)
{
	in->card->pins[VC_PIN_PUK].left = left;
}

void
inserted_power(struct inserted *in)
{
	vc_card_power(in->card);
}

size_t
inserted_transmit(struct inserted *in, const uint8_t *command, size_t len,
    uint8_t *reply, size_t cap)
{
	struct vc_bytes out;

	vc_card_transmit(in->card, command, len, &out);
	assert_false(out.bad);
	assert_true(out.len <= cap);
	memcpy(reply, out.b, out.len);
	return out.len;
}

unsigned int
inserted_pin_tries(const struct inserted *in)
{
	return in->card->pins[VC_PIN_PIV].left;
}

unsigned int
inserted_puk_tries(const struct inserted *in)
{
	return in->card->pins[VC_PIN_PUK].left;
}

static bool
is_value(const struct vc_pin *pin, const char *text)
{
	uint8_t value[8];

	padded(text, value);
	return memcmp(pin->value, value, sizeof(value)) == 0;
}

bool
inserted_has_pin(const struct inserted *in, const char *pin)
{
	return is_value(&in->card->pins[VC_PIN_PIV], pin);
}

bool
inserted_has_puk(const struct inserted *in, const char *puk)
{
	return is_value(&in->card->pins[VC_PIN_PUK], puk);
}

bool
inserted_has_management(const struct inserted *in, uint8_t alg,
    const uint8_t *key, size_t len)
{
	return in->card->mgmt_alg == alg && in->card->mgmtlen == len &&
	    memcmp(in->card->mgmt, key, len) == 0;
}

unsigned long
inserted_verifies(const struct inserted *in)
{
	return in->card->counts.verifies;
}

unsigned long
inserted_commands(const struct inserted *in)
{
	return in->card->counts.apdus;
}
