/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PIV cards (NIST SP 800-73-5 part 2, SP 800-78-5): the authentication key 9A,
 * which needs the PIN, and the card authentication key 9E, which does not.
 */
#include <string.h>

#include "lib/possession/device/card.h"
#include "lib/possession/device/tlv.h"

#define INS_SELECT        0xa4
#define INS_GET_DATA      0xcb
#define INS_AUTHENTICATE  0x87 /* GENERAL AUTHENTICATE */
#define SELECT_BY_AID     0x04
#define TAG_LIST          0x5c
#define TAG_DATA          0x53 /* part 1 table 10: a container's content */
#define TAG_CERT          0x70
#define TAG_CERT_INFO     0x71
#define TAG_CERT_MSCUID   0x72
#define TAG_CERT_CHECK    0xfe
#define CERT_INFO_GZIP    0x01
#define TAG_TEMPLATE      0x7c /* dynamic authentication template */
#define TAG_RESPONSE      0x82
#define TAG_CHALLENGE     0x81
#define DER_SEQUENCE      0x30
#define RSA_SIZE_MAX      384
#define CONTAINER_MAX     (SY_CERT_SIZE_MAX + 64)
#define SELECT_REPLY_MAX  256
#define TEMPLATE_OVERHEAD 16

/* SP 800-78-5 table 8: algorithm identifiers. */
#define ALG_RSA3072 0x05
#define ALG_RSA2048 0x07
#define ALG_P256    0x11
#define ALG_P384    0x14

#define PIV_AID                                                                \
	.aid = { 0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00 },       \
	.aid_len = 9
#define PIV_ALGS                                                               \
	(1U << SY_KEY_P256 | 1U << SY_KEY_P384 | 1U << SY_KEY_RSA2048 |        \
	    1U << SY_KEY_RSA3072)

static const struct card_profile profiles[] = {
	{
	    .name = "PIV 9A",
	    .slot = SY_SLOT_PIN,
	    PIV_AID,
	    .pin_min = 6,
	    .pin_max = 8,
	    .algs = PIV_ALGS,
	    .cert = 0x5fc105,
	    .pin_ref = 0x80,
	    .key_ref = 0x9a,
	},
	{
	    .name = "PIV 9E",
	    .slot = SY_SLOT_OPEN,
	    PIV_AID,
	    .algs = PIV_ALGS,
	    .cert = 0x5fc101,
	    .key_ref = 0x9e,
	},
};

/* What makers deliver cards with. */
static const char *const factory_pins[] = { "123456", "12345678", "000000",
	"00000000", "111111", "11111111", "77777777", NULL };

static enum sy_err
piv_select(struct card *card)
{
	SY_AUTO(sy_buf_free) struct sy_buf *reply = NULL;
	const struct apdu apdu = { .ins = INS_SELECT,
		.p1 = SELECT_BY_AID,
		.data = card->profile->aid,
		.len = card->profile->aid_len,
		.le = APDU_LE_MAX };
	uint16_t sw = 0;
	enum sy_err err;

	if ((err = sy_buf_new(SELECT_REPLY_MAX, &reply)) != SY_OK)
		return err;
	if ((err = apdu_exchange(card->io, &apdu, reply, &sw)) != SY_OK)
		return card_failed(card, err, "select", 0);
	return sw == SW_OK ? SY_OK : SY_ERR_NOT_FOUND;
}

/* What stands beside the certificate must not change its meaning. */
static enum sy_err
check_attributes(struct card *card, struct sy_reader *content)
{
	struct tlv tlv;

	while (sy_reader_left(content) > 0) {
		if (tlv_next(content, TLV_BER, &tlv) != SY_OK)
			return card_failed(card, SY_ERR_CERT, "certificate", 0);
		if (tlv.tag == TAG_CERT_INFO) {
			if (sy_reader_left(&tlv.value) != 1)
				return card_failed(card, SY_ERR_CERT,
				    "certificate info", 0);
			if ((*tlv.value.at & CERT_INFO_GZIP) != 0)
				return card_failed(card, SY_ERR_CERT,
				    "compressed certificate", 0);
		} else if (tlv.tag != TAG_CERT_CHECK &&
		    tlv.tag != TAG_CERT_MSCUID) {
			return card_failed(card, SY_ERR_CERT,
			    "certificate attributes", 0);
		}
	}
	return SY_OK;
}

/* Find the certificate in a container; some cards leave out its tag. */
static enum sy_err
take_cert(struct card *card, const struct sy_buf *container, struct sy_buf *out)
{
	struct sy_reader r, content, cert;
	enum sy_err err;

	sy_reader_init(&r, sy_buf_data(container), sy_buf_len(container));
	if (tlv_expect(&r, TLV_BER, TAG_DATA, &content) != SY_OK ||
	    sy_reader_end(&r) != SY_OK)
		return card_failed(card, SY_ERR_CERT, "certificate", 0);
	if (sy_reader_left(&content) == 0)
		return card_failed(card, SY_ERR_KEY_MISSING, "certificate", 0);
	cert = content;
	if (*content.at != DER_SEQUENCE) {
		if (tlv_expect(&content, TLV_BER, TAG_CERT, &cert) != SY_OK)
			return card_failed(card, SY_ERR_CERT, "certificate", 0);
		if ((err = check_attributes(card, &content)) != SY_OK)
			return err;
	}
	if ((err = sy_buf_raw(out, cert.at, sy_reader_left(&cert))) != SY_OK)
		return card_failed(card,
		    err == SY_ERR_LIMIT ? SY_ERR_CERT : err, "certificate", 0);
	return SY_OK;
}

static enum sy_err
piv_read_cert(struct card *card, struct sy_buf *out)
{
	SY_AUTO(sy_buf_free) struct sy_buf *container = NULL;
	const uint32_t object = card->profile->cert;
	const uint8_t list[] = { TAG_LIST, 3, (uint8_t)(object >> 16),
		(uint8_t)(object >> 8), (uint8_t)object };
	const struct apdu apdu = { .ins = INS_GET_DATA,
		.p1 = 0x3f,
		.p2 = 0xff,
		.data = list,
		.len = sizeof(list),
		.le = APDU_LE_MAX };
	uint16_t sw = 0;
	enum sy_err err;

	if ((err = sy_buf_new(CONTAINER_MAX, &container)) != SY_OK)
		return err;
	if ((err = apdu_exchange(card->io, &apdu, container, &sw)) != SY_OK)
		return card_failed(card, err, "certificate", 0);
	if (sw == SW_NO_FILE || sw == SW_NO_KEY)
		return card_failed(card, SY_ERR_KEY_MISSING, "certificate", sw);
	if (sw != SW_OK)
		return card_failed(card, SY_ERR_CARD, "certificate", sw);
	return take_cert(card, container, out);
}

static enum sy_err
piv_select_pin(struct card *card)
{
	(void)card;
	return SY_OK;
}

static uint8_t
algorithm(enum sy_key_alg alg)
{
	switch (alg) {
	case SY_KEY_P256:
		return ALG_P256;
	case SY_KEY_P384:
		return ALG_P384;
	case SY_KEY_RSA2048:
		return ALG_RSA2048;
	case SY_KEY_RSA3072:
		return ALG_RSA3072;
	case SY_KEY_ED25519:
	case SY_KEY_NONE:
		break;
	}
	return 0;
}

/* EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): a PIV card does not pad. */
static size_t
pad(enum sy_key_alg alg, const uint8_t *hash, size_t len, uint8_t *out)
{
	const size_t size = card_rsa_size(alg);
	size_t filler;

	if (size == 0) {
		memcpy(out, hash, len);
		return len;
	}
	filler = size - 3 - CARD_DIGEST_INFO_SIZE - len;
	out[0] = 0x00;
	out[1] = 0x01;
	memset(out + 2, 0xff, filler);
	out[2 + filler] = 0x00;
	memcpy(out + 3 + filler, card_digest_info_sha256,
	    CARD_DIGEST_INFO_SIZE);
	memcpy(out + size - len, hash, len);
	return size;
}

/* 7C { 82 00, 81 input }: please answer this challenge. */
static enum sy_err
put_template(struct sy_buf *out, const uint8_t *input, size_t len)
{
	const size_t inner = 2 + 2 + len + (len > 0x7f) + (len > UINT8_MAX);

	sy_buf_u8(out, TAG_TEMPLATE);
	tlv_put_length(out, inner);
	sy_buf_u8(out, TAG_RESPONSE);
	sy_buf_u8(out, 0);
	sy_buf_u8(out, TAG_CHALLENGE);
	tlv_put_length(out, len);
	sy_buf_raw(out, input, len);
	return sy_buf_status(out);
}

/* 7C { 82 signature } and nothing else. */
static enum sy_err
take_signature(struct card *card, const struct sy_buf *reply,
    struct sy_buf *out)
{
	struct sy_reader r, inner, sig;
	enum sy_err err;

	sy_reader_init(&r, sy_buf_data(reply), sy_buf_len(reply));
	if (tlv_expect(&r, TLV_BER, TAG_TEMPLATE, &inner) != SY_OK ||
	    sy_reader_end(&r) != SY_OK ||
	    tlv_expect(&inner, TLV_BER, TAG_RESPONSE, &sig) != SY_OK ||
	    sy_reader_end(&inner) != SY_OK)
		return card_failed(card, SY_ERR_CARD, "signature", 0);
	if ((err = sy_buf_raw(out, sig.at, sy_reader_left(&sig))) != SY_OK)
		return card_failed(card,
		    err == SY_ERR_LIMIT ? SY_ERR_CARD : err, "signature", 0);
	return SY_OK;
}

static enum sy_err
piv_sign(struct card *card, const uint8_t *hash, size_t len, struct sy_buf *out,
    uint16_t *ret_sw)
{
	SY_AUTO(sy_buf_free) struct sy_buf *command = NULL;
	SY_AUTO(sy_buf_free) struct sy_buf *reply = NULL;
	uint8_t input[RSA_SIZE_MAX];
	struct apdu apdu = { .ins = INS_AUTHENTICATE,
		.p1 = algorithm(card->alg),
		.p2 = card->profile->key_ref,
		.le = APDU_LE_MAX };
	const size_t input_len = pad(card->alg, hash, len, input);
	enum sy_err err;

	if ((err = sy_buf_new(sizeof(input) + TEMPLATE_OVERHEAD, &command)) !=
		SY_OK ||
	    (err = sy_buf_new(SY_SIGNATURE_SIZE_MAX + TEMPLATE_OVERHEAD,
		 &reply)) != SY_OK ||
	    (err = put_template(command, input, input_len)) != SY_OK)
		return err;
	apdu.data = sy_buf_data(command);
	apdu.len = sy_buf_len(command);
	if ((err = apdu_exchange(card->io, &apdu, reply, ret_sw)) != SY_OK)
		return card_failed(card, err, "signature", 0);
	return *ret_sw == SW_OK ? take_signature(card, reply, out) : SY_OK;
}

const struct card_driver card_driver_piv = {
	.id = SY_DRIVER_PIV,
	.profiles = profiles,
	.profile_count = SY_COUNT(profiles),
	.select = piv_select,
	.read_cert = piv_read_cert,
	.select_pin = piv_select_pin,
	.sign = piv_sign,
	.pin_padded = 8,
	.factory_pins = factory_pins,
};
