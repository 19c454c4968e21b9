/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "key.h"
#include "piv.h"

/* Yubico's extensions to the control template of GENERATE. */
#define TAG_CONTROL    0xac
#define TAG_ALG        0x80
#define TAG_PIN_POLICY 0xaa
#define TAG_TOUCH      0xab

static bool
is_slot(uint8_t ref)
{
	return ref == PIV_KEY_AUTH || ref == PIV_KEY_SIGN ||
	    ref == PIV_KEY_DECIPHER || ref == PIV_KEY_CARD;
}

/* Algorithm and, from Yubico's tool, when the PIN is asked. */
static enum sy_err
parse_control(const struct vc_apdu *apdu, uint8_t *ret_alg,
    enum vc_policy *policy)
{
	struct vc_in all = { apdu->data, apdu->lc }, in, value;
	enum sy_err err;
	uint32_t tag;

	*ret_alg = 0;
	if ((err = vc_in_tlv(&all, &tag, &in)) != SY_OK)
		return err;
	if (tag != TAG_CONTROL || all.left != 0)
		return SY_ERR_FORMAT;
	while (in.left > 0) {
		if ((err = vc_in_tlv(&in, &tag, &value)) != SY_OK)
			return err;
		if (value.left != 1)
			return SY_ERR_FORMAT;
		if (tag == TAG_ALG)
			*ret_alg = value.at[0];
		else if (tag == TAG_PIN_POLICY && value.at[0] >= 1 &&
		    value.at[0] <= 3)
			*policy = (enum vc_policy)(value.at[0] - 1);
		else if (tag != TAG_TOUCH)
			return SY_ERR_FORMAT;
	}
	return SY_OK;
}

uint16_t
vc_piv_generate(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	enum vc_policy policy = vc_piv_policy(apdu->p2);
	EVP_PKEY *pkey = NULL;
	struct vc_key *key;
	uint8_t alg;

	if (apdu->p1 != 0 || !is_slot(apdu->p2))
		return SW_WRONG_P1P2;
	if (!card->admin)
		return SW_SECURITY;
	if (parse_control(apdu, &alg, &policy) != SY_OK ||
	    vc_alg_size((enum vc_alg)alg) == 0)
		return SW_WRONG_DATA;
	if ((key = vc_card_key_slot(card, apdu->p2)) == NULL)
		return SW_NO_SPACE;
	if (vc_key_generate((enum vc_alg)alg, &pkey) != SY_OK)
		return SW_FAILED;
	EVP_PKEY_free(key->pkey);
	key->pkey = pkey;
	key->alg = (enum vc_alg)alg;
	key->policy = card->open_made ? VC_NEVER : policy;
	card->dirty = true;
	if (vc_key_public(pkey, vc_alg_is_rsa(key->alg), out) != SY_OK)
		return SW_FAILED;
	return SW_OK;
}

uint16_t
vc_piv_put_data(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	struct vc_in in = { apdu->data, apdu->lc }, name, value;
	uint32_t tag, object = 0;

	(void)out;
	if (apdu->p1 != 0x3f || apdu->p2 != 0xff)
		return SW_WRONG_P1P2;
	if (!card->admin)
		return SW_SECURITY;
	if (vc_in_tlv(&in, &tag, &name) != SY_OK || tag != 0x5c ||
	    name.left != 3)
		return SW_WRONG_DATA;
	for (size_t i = 0; i < name.left; i++)
		object = object << 8 | name.at[i];
	if (object == 0 || vc_in_tlv(&in, &tag, &value) != SY_OK ||
	    tag != 0x53 || in.left != 0)
		return SW_WRONG_DATA;
	if (vc_card_put(card, object, value.at, value.left) != SY_OK)
		return SW_NO_SPACE;
	return SW_OK;
}

/* Yubico's SET MANAGEMENT KEY: algorithm, 9B, length, key. */
uint16_t
vc_piv_set_management(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	size_t size;

	(void)out;
	if (!card->yubico)
		return SW_WRONG_INS;
	if (apdu->p1 != 0xff || (apdu->p2 != 0xff && apdu->p2 != 0xfe))
		return SW_WRONG_P1P2;
	if (!card->admin)
		return SW_SECURITY;
	if (apdu->lc < 3 || apdu->data[1] != PIV_KEY_ADMIN)
		return SW_WRONG_DATA;
	/* Older ones know 3DES alone. */
	if (card->old_keys && apdu->data[0] != PIV_MGMT_3DES)
		return SW_WRONG_DATA;
	size = apdu->data[0] == PIV_MGMT_AES128 ? 16
	    : apdu->data[0] == PIV_MGMT_AES256  ? 32
						: 24;
	if ((apdu->data[0] != PIV_MGMT_3DES &&
		apdu->data[0] != PIV_MGMT_AES128 &&
		apdu->data[0] != PIV_MGMT_AES192 &&
		apdu->data[0] != PIV_MGMT_AES256) ||
	    apdu->data[2] != size || apdu->lc != 3 + size)
		return SW_WRONG_DATA;
	card->mgmt_alg = apdu->data[0];
	memcpy(card->mgmt, apdu->data + 3, size);
	card->mgmtlen = size;
	card->dirty = true;
	return SW_OK;
}

uint16_t
vc_piv_version(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	/* One before the tools begin to ask for metadata. */
	static const uint8_t version[] = { 5, 2, 7 };

	(void)apdu;
	if (!card->yubico)
		return SW_WRONG_INS;
	vc_bytes_raw(out, version, sizeof(version));
	return SW_OK;
}

uint16_t
vc_piv_serial(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	static const uint8_t serial[] = { 0x00, 0xbc, 0x61, 0x4e };

	(void)apdu;
	if (!card->yubico)
		return SW_WRONG_INS;
	vc_bytes_raw(out, serial, sizeof(serial));
	return SW_OK;
}
