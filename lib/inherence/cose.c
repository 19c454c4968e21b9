/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cose.h"

#define PLACE "credential's key"

/* Labels (RFC 9052 section 7.1; RFC 9053 section 7.1; RFC 8230 section 4). */
#define LABEL_KTY 1
#define LABEL_ALG 3
#define LABEL_CRV (-1)
#define LABEL_X   (-2)
#define LABEL_Y   (-3)
#define LABEL_N   (-1)
#define LABEL_E   (-2)

/* Key types and curves (RFC 9053 section 7.1). */
#define KTY_OKP     1
#define KTY_EC2     2
#define KTY_RSA     3
#define CRV_P256    1
#define CRV_P384    2
#define CRV_ED25519 6

/* SubjectPublicKeyInfo up to the numbers themselves, and behind them. */
static const uint8_t p256_head[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
	0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
static const uint8_t p384_head[] = { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a,
	0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
	0x22, 0x03, 0x62, 0x00, 0x04 };
static const uint8_t ed25519_head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
	0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
static const uint8_t rsa2048_head[] = { 0x30, 0x82, 0x01, 0x22, 0x30, 0x0d,
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
	0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82,
	0x01, 0x01, 0x00 };
static const uint8_t rsa3072_head[] = { 0x30, 0x82, 0x01, 0xa2, 0x30, 0x0d,
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
	0x00, 0x03, 0x82, 0x01, 0x8f, 0x00, 0x30, 0x82, 0x01, 0x8a, 0x02, 0x82,
	0x01, 0x81, 0x00 };
static const uint8_t rsa_tail[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };
#define RSA_EXPONENT     (rsa_tail + 2)
#define RSA_EXPONENT_LEN 3

/* One row per kind of key. */
static const struct kind {
	enum sy_key_alg alg;
	int kty;
	int cose;
	int crv; /* 0: RSA */
	unsigned int members;
	size_t len; /* of a coordinate or the modulus */
	const uint8_t *head;
	size_t head_len;
} kinds[] = {
	{ SY_KEY_P256, KTY_EC2, SY_COSE_ES256, CRV_P256, 5, 32, p256_head,
	    sizeof(p256_head) },
	{ SY_KEY_P384, KTY_EC2, SY_COSE_ES384, CRV_P384, 5, 48, p384_head,
	    sizeof(p384_head) },
	{ SY_KEY_ED25519, KTY_OKP, SY_COSE_EDDSA, CRV_ED25519, 4, 32,
	    ed25519_head, sizeof(ed25519_head) },
	{ SY_KEY_RSA2048, KTY_RSA, SY_COSE_RS256, 0, 4, 256, rsa2048_head,
	    sizeof(rsa2048_head) },
	{ SY_KEY_RSA3072, KTY_RSA, SY_COSE_RS256, 0, 4, 384, rsa3072_head,
	    sizeof(rsa3072_head) },
};

bool
sy_cose_alg_fits(int alg, enum sy_key_alg kind)
{
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		if (kinds[i].alg == kind)
			return kinds[i].cose == alg;
	}
	return false;
}

static enum sy_err
malformed(struct sy_error *reterr, const char *what)
{
	return sy_error_set(reterr, SY_ERR_FORMAT, PLACE, "%s", what);
}

static enum sy_err
number_at(const struct sy_cbor *map, int label, int *ret)
{
	struct sy_cbor item;

	if (sy_cbor_at(map, label, &item) != SY_OK)
		return SY_ERR_FORMAT;
	return sy_cbor_int(&item, ret);
}

/* The row of what ${map} says it is. */
static enum sy_err
kind_of(const struct sy_cbor *map, const struct kind **ret_kind,
    struct sy_error *reterr)
{
	struct sy_cbor n = { 0 };
	int kty, alg, crv = 0;

	if (number_at(map, LABEL_KTY, &kty) != SY_OK ||
	    number_at(map, LABEL_ALG, &alg) != SY_OK)
		return malformed(reterr,
		    "no COSE key: type and algorithm are "
		    "not both numbers");
	if (kty == KTY_RSA
		? sy_cbor_at_of(map, LABEL_N, SY_CBOR_BYTES, &n) != SY_OK
		: number_at(map, LABEL_CRV, &crv) != SY_OK)
		return malformed(reterr, "curve or modulus is missing");
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		if (kinds[i].kty == kty && kinds[i].cose == alg &&
		    kinds[i].crv == crv &&
		    (kty != KTY_RSA || kinds[i].len == n.len)) {
			*ret_kind = &kinds[i];
			return SY_OK;
		}
	}
	return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
	    "type %d with algorithm %d (and curve %d or %zu bytes) is not "
	    "accepted",
	    kty, alg, crv, n.len);
}

/* The numbers of ${kind} behind each other. */
static enum sy_err
put_numbers(const struct sy_cbor *map, const struct kind *kind,
    struct sy_buf *spki, struct sy_error *reterr)
{
	const int label = kind->kty == KTY_RSA ? LABEL_N : LABEL_X;
	struct sy_cbor item;

	if (sy_cbor_at_of(map, label, SY_CBOR_BYTES, &item) != SY_OK ||
	    item.len != kind->len)
		return malformed(reterr, "x or n is not of its length");
	(void)sy_buf_raw(spki, item.at, item.len);
	if (kind->kty == KTY_EC2) {
		if (sy_cbor_at_of(map, LABEL_Y, SY_CBOR_BYTES, &item) !=
			SY_OK ||
		    item.len != kind->len)
			return malformed(reterr, "y is not of its length");
		(void)sy_buf_raw(spki, item.at, item.len);
	}
	if (kind->kty != KTY_RSA)
		return SY_OK;
	if (sy_cbor_at_of(map, LABEL_E, SY_CBOR_BYTES, &item) != SY_OK)
		return malformed(reterr, "the exponent is missing");
	if (item.len != RSA_EXPONENT_LEN ||
	    memcmp(item.at, RSA_EXPONENT, RSA_EXPONENT_LEN) != 0)
		return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
		    "the RSA exponent is not 65537");
	(void)sy_buf_raw(spki, rsa_tail, sizeof(rsa_tail));
	return SY_OK;
}

enum sy_err
sy_cose_key(const struct sy_cbor *map, struct sy_key **ret_key,
    struct sy_error *reterr)
{
	SY_AUTO(sy_buf_free) struct sy_buf *spki = NULL;
	const struct kind *kind;
	enum sy_err err;

	if (map->type != SY_CBOR_MAP)
		return malformed(reterr, "no COSE key: not a map");
	if ((err = kind_of(map, &kind, reterr)) != SY_OK)
		return err;
	if (map->value != kind->members)
		return malformed(reterr, "it has other members too");
	if (sy_buf_new(SY_SPKI_SIZE_MAX, &spki) != SY_OK)
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	(void)sy_buf_raw(spki, kind->head, kind->head_len);
	if ((err = put_numbers(map, kind, spki, reterr)) != SY_OK)
		return err;
	if ((err = sy_buf_status(spki)) != SY_OK)
		return sy_error_set(reterr, err, PLACE, "%s", sy_err_text(err));
	return sy_key_from_spki(sy_buf_data(spki), sy_buf_len(spki), ret_key,
	    reterr);
}
