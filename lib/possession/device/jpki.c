/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user-authentication key of a My Number card (JPKI, 公的個人認証). Files
 * read: the certificate, the PIN and the key of user authentication; those of
 * the signature key (EF 0001, 001A, 001B) are never named. Selecting the
 * application again drops the PIN's state.
 */
#include <string.h>

#include "lib/possession/device/card.h"

#define INS_SELECT          0xa4
#define INS_READ_BINARY     0xb0
#define INS_SIGN            0x2a /* PERFORM SECURITY OPERATION */
#define CLA_SIGN            0x80
#define P2_SIGN             0x80
#define SELECT_BY_AID       0x04
#define SELECT_EF           0x02
#define SELECT_NO_REPLY     0x0c
#define CERT_HEADER_SIZE    4 /* 30 82 hh ll */
#define READ_BINARY_OFF_MAX 0x7fff

/*
 * Rows: the cards in circulation. A later card gets a row of its own before
 * these.
 */
static const struct card_profile profiles[] = {
	{
	    .name = "JPKI",
	    .slot = SY_SLOT_PIN,
	    .aid = { 0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00,
		0x01 },
	    .aid_len = 10,
	    .pin_min = 4,
	    .pin_max = 4,
	    .algs = 1U << SY_KEY_RSA2048,
	    .cert = 0x000a,
	    .pin_file = 0x0018,
	    .key_file = 0x0017,
	    .pin_ref = 0x80,
	},
};

static enum sy_err
jpki_select(struct card *card)
{
	const struct apdu apdu = { .ins = INS_SELECT,
		.p1 = SELECT_BY_AID,
		.p2 = SELECT_NO_REPLY,
		.data = card->profile->aid,
		.len = card->profile->aid_len };
	uint16_t sw = 0;
	enum sy_err err;

	if ((err = apdu_exchange(card->io, &apdu, NULL, &sw)) != SY_OK)
		return card_failed(card, err, "select", 0);
	return sw == SW_OK ? SY_OK : SY_ERR_NOT_FOUND;
}

static enum sy_err
select_file(struct card *card, uint16_t file, const char *step)
{
	const uint8_t id[] = { (uint8_t)(file >> 8), (uint8_t)file };
	const struct apdu apdu = { .ins = INS_SELECT,
		.p1 = SELECT_EF,
		.p2 = SELECT_NO_REPLY,
		.data = id,
		.len = sizeof(id) };
	uint16_t sw = 0;
	enum sy_err err;

	if ((err = apdu_exchange(card->io, &apdu, NULL, &sw)) != SY_OK)
		return card_failed(card, err, step, 0);
	if (sw == SW_NO_FILE)
		return card_failed(card, SY_ERR_KEY_MISSING, step, sw);
	if (sw != SW_OK)
		return card_failed(card, SY_ERR_CARD, step, sw);
	return SY_OK;
}

/* Read exactly ${len} bytes (1..256) at ${offset} of the selected file. */
static enum sy_err
read_part(struct card *card, size_t offset, size_t len, struct sy_buf *out)
{
	const struct apdu apdu = { .ins = INS_READ_BINARY,
		.p1 = (uint8_t)(offset >> 8),
		.p2 = (uint8_t)offset,
		.le = len };
	const size_t before = sy_buf_len(out);
	uint16_t sw = 0;
	enum sy_err err;

	if (offset > READ_BINARY_OFF_MAX)
		return card_failed(card, SY_ERR_CARD, "certificate", 0);
	if ((err = apdu_exchange(card->io, &apdu, out, &sw)) != SY_OK)
		return card_failed(card, err, "certificate", 0);
	/* A phone shows its certificate only after the PIN. */
	if (sw == SW_SECURITY)
		return card_failed(card, SY_ERR_KEY_MISSING, "certificate", sw);
	if (sw != SW_OK || sy_buf_len(out) - before != len)
		return card_failed(card, SY_ERR_CARD, "certificate", sw);
	return SY_OK;
}

static enum sy_err
jpki_read_cert(struct card *card, struct sy_buf *out)
{
	const uint8_t *head;
	size_t total, part;
	enum sy_err err;

	if ((err = select_file(card, (uint16_t)card->profile->cert,
		 "certificate")) != SY_OK ||
	    (err = read_part(card, 0, CERT_HEADER_SIZE, out)) != SY_OK)
		return err;
	head = sy_buf_data(out);
	if (head[0] != 0x30 || head[1] != 0x82)
		return card_failed(card, SY_ERR_CERT, "certificate", 0);
	total = CERT_HEADER_SIZE + (size_t)(head[2] << 8 | head[3]);
	if (total > SY_CERT_SIZE_MAX)
		return card_failed(card, SY_ERR_CERT, "certificate", 0);
	for (size_t at = CERT_HEADER_SIZE; at < total; at += part) {
		part = total - at < APDU_LE_MAX ? total - at : APDU_LE_MAX;
		if ((err = read_part(card, at, part, out)) != SY_OK)
			return err;
	}
	return SY_OK;
}

static enum sy_err
jpki_select_pin(struct card *card)
{
	return select_file(card, card->profile->pin_file, "PIN");
}

/* The card pads: RSA gets the DigestInfo, EC the hash. */
static enum sy_err
jpki_sign(struct card *card, const uint8_t *hash, size_t len,
    struct sy_buf *out, uint16_t *ret_sw)
{
	const size_t prefix =
	    card_rsa_size(card->alg) != 0 ? CARD_DIGEST_INFO_SIZE : 0;
	uint8_t input[CARD_DIGEST_INFO_SIZE + SY_HASH_SIZE_MAX];
	const struct apdu apdu = { .cla = CLA_SIGN,
		.ins = INS_SIGN,
		.p2 = P2_SIGN,
		.data = input,
		.len = prefix + len,
		.le = APDU_LE_MAX };
	enum sy_err err;

	if (apdu.len > sizeof(input))
		return SY_ERR_ARG;
	memcpy(input, card_digest_info_sha256, prefix);
	memcpy(input + prefix, hash, len);
	if ((err = select_file(card, card->profile->key_file, "key")) != SY_OK)
		return err;
	if ((err = apdu_exchange(card->io, &apdu, out, ret_sw)) != SY_OK)
		return card_failed(card, err, "signature", 0);
	return SY_OK;
}

const struct card_driver card_driver_jpki = {
	.id = SY_DRIVER_JPKI,
	.profiles = profiles,
	.profile_count = SY_COUNT(profiles),
	.select = jpki_select,
	.read_cert = jpki_read_cert,
	.select_pin = jpki_select_pin,
	.sign = jpki_sign,
};
