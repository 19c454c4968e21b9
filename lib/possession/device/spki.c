/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/possession/device/spki.h"
#include "lib/possession/device/tlv.h"

/* X.690: identifiers of the types that we meet. */
#define DER_INTEGER    0x02
#define DER_BIT_STRING 0x03
#define DER_SEQUENCE   0x30
#define DER_VERSION    0xa0 /* [0] EXPLICIT, RFC 5280 section 4.1.2.1 */

enum sy_err
spki_of_cert(const uint8_t *cert, size_t len, const uint8_t **ret_spki,
    size_t *ret_len)
{
	struct sy_reader r, body, tbs, skipped;
	struct tlv tlv;
	const uint8_t *spki;

	sy_reader_init(&r, cert, len);
	if (tlv_expect(&r, TLV_DER, DER_SEQUENCE, &body) != SY_OK ||
	    sy_reader_end(&r) != SY_OK ||
	    tlv_expect(&body, TLV_DER, DER_SEQUENCE, &tbs) != SY_OK ||
	    tlv_expect(&body, TLV_DER, DER_SEQUENCE, &skipped) != SY_OK ||
	    tlv_expect(&body, TLV_DER, DER_BIT_STRING, &skipped) != SY_OK ||
	    sy_reader_end(&body) != SY_OK)
		return SY_ERR_CERT;
	/* Version 1 has no version; serial, then algorithm, issuer, validity
	 * and subject, which are all SEQUENCEs. */
	if (tlv_next(&tbs, TLV_DER, &tlv) != SY_OK)
		return SY_ERR_CERT;
	if (tlv.tag == DER_VERSION && tlv_next(&tbs, TLV_DER, &tlv) != SY_OK)
		return SY_ERR_CERT;
	if (tlv.tag != DER_INTEGER)
		return SY_ERR_CERT;
	for (unsigned int i = 0; i < 4; i++) {
		if (tlv_expect(&tbs, TLV_DER, DER_SEQUENCE, &skipped) != SY_OK)
			return SY_ERR_CERT;
	}
	spki = tbs.at;
	if (tlv_expect(&tbs, TLV_DER, DER_SEQUENCE, &skipped) != SY_OK)
		return SY_ERR_CERT;
	*ret_spki = spki;
	*ret_len = (size_t)(tbs.at - spki);
	return SY_OK;
}

/*
 * A key of one kind has one length and one beginning: RFC 5480 section 2 (EC,
 * uncompressed point), RFC 3279 section 2.3.1 (RSA, modulus with its top bit
 * set, exponent 65537).
 */
static const uint8_t p256_head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
	0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
static const uint8_t p384_head[] = { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a,
	0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
	0x22, 0x03, 0x62, 0x00, 0x04 };
static const uint8_t rsa2048_head[] = { 0x30, 0x82, 0x01, 0x22, 0x30, 0x0d,
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
	0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82,
	0x01, 0x01, 0x00 };
static const uint8_t rsa3072_head[] = { 0x30, 0x82, 0x01, 0xa2, 0x30, 0x0d,
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
	0x00, 0x03, 0x82, 0x01, 0x8f, 0x00, 0x30, 0x82, 0x01, 0x8a, 0x02, 0x82,
	0x01, 0x81, 0x00 };
static const uint8_t rsa_tail[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };

static const struct {
	enum sy_key_alg alg;
	const uint8_t *head;
	size_t head_len;
	const uint8_t *tail;
	size_t tail_len;
	size_t len;
} kinds[] = {
	{ SY_KEY_P256, p256_head, sizeof(p256_head), NULL, 0, 91 },
	{ SY_KEY_P384, p384_head, sizeof(p384_head), NULL, 0, 120 },
	{ SY_KEY_RSA2048, rsa2048_head, sizeof(rsa2048_head), rsa_tail,
	    sizeof(rsa_tail), 294 },
	{ SY_KEY_RSA3072, rsa3072_head, sizeof(rsa3072_head), rsa_tail,
	    sizeof(rsa_tail), 422 },
};

enum sy_err
spki_alg(const uint8_t *spki, size_t len, enum sy_key_alg *ret_alg)
{
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		if (len != kinds[i].len ||
		    memcmp(spki, kinds[i].head, kinds[i].head_len) != 0)
			continue;
		if (kinds[i].tail_len > 0 &&
		    memcmp(spki + len - kinds[i].tail_len, kinds[i].tail,
			kinds[i].tail_len) != 0)
			continue;
		*ret_alg = kinds[i].alg;
		return SY_OK;
	}
	return SY_ERR_ALGORITHM;
}
