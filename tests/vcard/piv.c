/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "piv.h"

#define INS_VERIFY       0x20
#define INS_GENERAL_AUTH 0x87
#define REF_PIN          0x80
#define REF_PUK          0x81
#define P1_LOG_OUT       0xff
#define PIN_PAD          0xff
#define PIN_MIN          6U

static const uint8_t aid[] = { 0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10,
	0x00, 0x01, 0x00 };
#define RID_LEN 5U

/* Application property template, SP 800-73-4 part 2 table 3. */
static uint16_t
piv_select(struct vc_card *card, bool again, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	struct vc_bytes apt;

	(void)card;
	/* Selected again it keeps its security status (part 2, 3.1.1). */
	(void)again;
	if (apdu->p2 != 0)
		return SW_WRONG_P1P2;
	vc_bytes_reset(&apt);
	vc_bytes_tlv(&apt, 0x4f, aid + RID_LEN, sizeof(aid) - RID_LEN);
	vc_bytes_tl(&apt, 0x79, RID_LEN + 2);
	vc_bytes_tlv(&apt, 0x4f, aid, RID_LEN);
	vc_bytes_tlv(out, 0x61, apt.b, apt.len);
	return SW_OK;
}

/* A good VERIFY counts as fresh only for the very next command. */
static void
piv_before(struct vc_card *card, const struct vc_apdu *apdu)
{
	if (apdu->ins != INS_GENERAL_AUTH)
		card->pin_fresh = false;
}

static uint16_t
piv_get_data(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	struct vc_in in = { apdu->data, apdu->lc }, name;
	const struct vc_file *file;
	uint32_t tag, object = 0;

	if (apdu->p1 != 0x3f || apdu->p2 != 0xff)
		return SW_WRONG_P1P2;
	if (vc_in_tlv(&in, &tag, &name) != SY_OK || tag != 0x5c ||
	    in.left != 0 || name.left == 0 || name.left > 3)
		return SW_WRONG_DATA;
	for (size_t i = 0; i < name.left; i++)
		object = object << 8 | name.at[i];
	if (object == 0 || (file = vc_card_file(card, object)) == NULL)
		return SW_NOT_FOUND;
	if (object == PIV_OBJ_DISCOVERY)
		vc_bytes_raw(out, file->data, file->len);
	else
		vc_bytes_tlv(out, 0x53, file->data, file->len);
	return SW_OK;
}

/* Six to eight characters, the rest filled up with FF. */
static bool
pin_form_ok(const uint8_t *p)
{
	size_t len = 0;

	while (len < PIV_PIN_LEN && p[len] != PIN_PAD)
		len++;
	for (size_t i = len; i < PIV_PIN_LEN; i++)
		if (p[i] != PIN_PAD)
			return false;
	return len >= PIN_MIN;
}

static struct vc_pin *
pin_of(struct vc_card *card, uint8_t ref)
{
	if (ref == REF_PIN)
		return &card->pins[VC_PIN_PIV];
	if (ref == REF_PUK)
		return &card->pins[VC_PIN_PUK];
	return NULL;
}

static uint16_t
piv_verify(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	struct vc_pin *pin = &card->pins[VC_PIN_PIV];
	uint16_t sw;

	(void)out;
	if (apdu->p2 != REF_PIN)
		return SW_NO_REFERENCE;
	if (apdu->p1 == P1_LOG_OUT && apdu->lc == 0) {
		pin->verified = false;
		return SW_OK;
	}
	if (apdu->p1 != 0)
		return SW_WRONG_P1P2;
	/* Yubico's tool asks for the counter with an Le, its cards allow it. */
	if (apdu->ne != 0 && !(card->yubico && apdu->lc == 0))
		return SW_WRONG_LENGTH;
	if (apdu->lc == 0) {
		if (pin->verified)
			return SW_OK;
		return pin->left == 0 ? card->blocked
				      : (uint16_t)(SW_TRIES | pin->left);
	}
	if (apdu->lc != PIV_PIN_LEN)
		return SW_WRONG_LENGTH;
	if (!pin_form_ok(apdu->data))
		return SW_WRONG_DATA;
	sw = vc_pin_check(card, pin, apdu->data, apdu->lc);
	card->pin_fresh = sw == SW_OK;
	return sw;
}

/* Old and new value of the PIN or the PUK. */
static uint16_t
piv_change(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	struct vc_pin *pin = pin_of(card, apdu->p2);
	uint16_t sw;

	(void)out;
	if (apdu->p1 != 0)
		return SW_WRONG_P1P2;
	if (pin == NULL)
		return SW_NO_REFERENCE;
	if (apdu->lc != 2 * PIV_PIN_LEN)
		return SW_WRONG_LENGTH;
	if (!pin_form_ok(apdu->data + PIV_PIN_LEN))
		return SW_WRONG_DATA;
	sw = vc_pin_check(card, pin, apdu->data, PIV_PIN_LEN);
	if (sw != SW_OK)
		return sw;
	memcpy(pin->value, apdu->data + PIV_PIN_LEN, PIV_PIN_LEN);
	return SW_OK;
}

/* The PUK and a new PIN. */
static uint16_t
piv_reset_retry(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	struct vc_pin *pin = &card->pins[VC_PIN_PIV];
	struct vc_pin *puk = &card->pins[VC_PIN_PUK];
	uint16_t sw;

	(void)out;
	if (apdu->p1 != 0)
		return SW_WRONG_P1P2;
	if (apdu->p2 != REF_PIN)
		return SW_NO_REFERENCE;
	if (apdu->lc != 2 * PIV_PIN_LEN)
		return SW_WRONG_LENGTH;
	if (!pin_form_ok(apdu->data + PIV_PIN_LEN))
		return SW_WRONG_DATA;
	sw = vc_pin_check(card, puk, apdu->data, PIV_PIN_LEN);
	puk->verified = false;
	if (sw != SW_OK)
		return sw;
	memcpy(pin->value, apdu->data + PIV_PIN_LEN, PIV_PIN_LEN);
	pin->left = pin->max;
	pin->verified = false;
	return SW_OK;
}

enum vc_policy
vc_piv_policy(uint8_t ref)
{
	if (ref == PIV_KEY_SIGN)
		return VC_ALWAYS;
	return ref == PIV_KEY_CARD ? VC_NEVER : VC_ONCE;
}

static const struct vc_command commands[] = {
	{ 0x00, 0xcb, VC_IN, false, piv_get_data },
	{ 0x00, INS_VERIFY, VC_IN, false, piv_verify },
	{ 0x00, 0x24, VC_IN, false, piv_change },
	{ 0x00, 0x2c, VC_IN, false, piv_reset_retry },
	{ 0x00, INS_GENERAL_AUTH, VC_IN, true, vc_piv_authenticate },
	{ 0x00, 0xdb, VC_IN, true, vc_piv_put_data },
	{ 0x00, 0x47, VC_IN, true, vc_piv_generate },
	{ 0x00, 0xff, VC_IN, false, vc_piv_set_management },
	{ 0x00, 0xfd, VC_OUT, false, vc_piv_version },
	{ 0x00, 0xf8, VC_OUT, false, vc_piv_serial },
};

const struct vc_applet vc_applet_piv = { "piv", aid, sizeof(aid), RID_LEN,
	commands, SY_COUNT(commands), piv_select, piv_before };
