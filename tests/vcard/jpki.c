/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "card.h"
#include "jpki.h"
#include "key.h"

#define P2_NO_FCI     0x0c
#define P2_CURRENT_EF 0x80
#define P1_BY_EF      0x02
#define P1_DIRECT     0x80 /* READ BINARY: a short file id, not an offset */

static const uint8_t aid[] = { 0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00,
	0x00, 0x01 };

static uint16_t
jpki_select(struct vc_card *card, bool again, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	(void)again;
	vc_card_leave(card);
	card->applet = &vc_applet_jpki;
	if (apdu->p2 == P2_NO_FCI)
		return SW_OK;
	if (apdu->p2 != 0)
		return SW_WRONG_P1P2;
	vc_bytes_tl(out, 0x6f, sizeof(aid) + 2);
	vc_bytes_tlv(out, 0x84, aid, sizeof(aid));
	return SW_OK;
}

static struct vc_pin *
pin_of(struct vc_card *card, uint32_t ef)
{
	if (ef == JPKI_EF_AUTH_PIN)
		return &card->pins[VC_PIN_AUTH];
	if (ef == JPKI_EF_SIGN_PIN)
		return &card->pins[VC_PIN_SIGN];
	return NULL;
}

static bool
is_key(uint32_t ef)
{
	return ef == JPKI_EF_AUTH_KEY || ef == JPKI_EF_SIGN_KEY;
}

/* What an authentication product has no business with. */
static bool
is_strange(uint32_t ef)
{
	return ef == JPKI_EF_SIGN_CERT || ef == JPKI_EF_SIGN_CA ||
	    ef == JPKI_EF_SIGN_KEY || ef == JPKI_EF_SIGN_PIN;
}

static uint16_t
jpki_select_file(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	uint32_t ef;

	(void)out;
	if (apdu->p1 != P1_BY_EF || apdu->p2 != P2_NO_FCI)
		return SW_WRONG_P1P2;
	if (apdu->lc != 2)
		return SW_WRONG_LENGTH;
	ef = (uint32_t)apdu->data[0] << 8 | apdu->data[1];
	if (ef == 0 ||
	    (pin_of(card, ef) == NULL && !is_key(ef) &&
		vc_card_file(card, ef) == NULL))
		return SW_NOT_FOUND;
	if (is_strange(ef)) {
		card->counts.strangers++;
		card->dirty = true;
	}
	card->current_ef = ef;
	return SW_OK;
}

static bool
may_read(const struct vc_card *card, uint32_t ef)
{
	if (ef == JPKI_EF_SIGN_CERT)
		return card->pins[VC_PIN_SIGN].verified;
	if (ef == JPKI_EF_AUTH_CERT && card->phone)
		return card->pins[VC_PIN_AUTH].verified;
	return true;
}

static uint16_t
jpki_read_binary(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	const size_t offset = (size_t)apdu->p1 << 8 | apdu->p2;
	const struct vc_file *file;
	size_t n;

	if (apdu->p1 & P1_DIRECT)
		return SW_WRONG_P1P2;
	if (card->current_ef == 0)
		return SW_NO_FILE;
	if ((file = vc_card_file(card, card->current_ef)) == NULL)
		return SW_FILE_TYPE;
	if (!may_read(card, card->current_ef))
		return SW_SECURITY;
	if (apdu->lc != 0 || apdu->ne == 0)
		return SW_WRONG_LENGTH;
	if (offset >= file->len)
		return SW_WRONG_OFFSET;
	n = file->len - offset;
	if (n > apdu->ne)
		n = apdu->ne;
	vc_bytes_raw(out, file->data + offset, n);
	return apdu->le_exact && n < apdu->ne ? SW_END_OF_FILE : SW_OK;
}

/* The user authentication PIN is four digits, the signature PIN 6 to 16. */
static bool
pin_length_ok(uint32_t ef, size_t len)
{
	return ef == JPKI_EF_AUTH_PIN ? len == 4 : len >= 6 && len <= 16;
}

static uint16_t
jpki_verify(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	struct vc_pin *pin = pin_of(card, card->current_ef);

	(void)out;
	if (apdu->p1 != 0 || apdu->p2 != P2_CURRENT_EF)
		return SW_WRONG_P1P2;
	if (card->current_ef == 0)
		return SW_NO_FILE;
	if (pin == NULL)
		return SW_FILE_TYPE;
	if (apdu->ne != 0)
		return SW_WRONG_LENGTH;
	if (apdu->lc == 0)
		return (uint16_t)(SW_TRIES | pin->left);
	if (!pin_length_ok(card->current_ef, apdu->lc))
		return SW_WRONG_LENGTH;
	return vc_pin_check(card, pin, apdu->data, apdu->lc);
}

static uint16_t
jpki_sign(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	const bool auth = card->current_ef == JPKI_EF_AUTH_KEY;
	const struct vc_key *key = vc_card_key(card, (uint8_t)card->current_ef);
	const struct vc_pin *pin =
	    &card->pins[auth ? VC_PIN_AUTH : VC_PIN_SIGN];

	if (apdu->p1 != 0 || apdu->p2 != P2_CURRENT_EF)
		return SW_WRONG_P1P2;
	if (card->current_ef == 0)
		return SW_NO_FILE;
	if (!is_key(card->current_ef))
		return SW_FILE_TYPE;
	if (key == NULL)
		return SW_NO_REFERENCE;
	if (key->policy != VC_NEVER && !pin->verified)
		return SW_SECURITY;
	/* RFC 8017, 9.2: at least 11 bytes of padding. */
	if (apdu->lc == 0 || apdu->lc > vc_alg_size(key->alg) - 11)
		return SW_WRONG_LENGTH;
	if (vc_key_rsa_pkcs1(key->pkey, apdu->data, apdu->lc, out) != SY_OK)
		return SW_FAILED;
	card->counts.signatures++;
	card->dirty = true;
	return SW_OK;
}

static const struct vc_command commands[] = {
	{ 0x00, 0xa4, VC_IN, false, jpki_select_file },
	{ 0x00, 0xb0, VC_OUT, false, jpki_read_binary },
	{ 0x00, 0x20, VC_IN, false, jpki_verify },
	{ 0x80, 0x2a, VC_IN, false, jpki_sign },
};

const struct vc_applet vc_applet_jpki = { "jpki", aid, sizeof(aid), sizeof(aid),
	commands, SY_COUNT(commands), jpki_select, NULL };
