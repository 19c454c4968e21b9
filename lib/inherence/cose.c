/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cose.h"
#include "lib/possession/spki_form.h"

#define PLACE "credential's key"

/* Labels (RFC 9052 section 7.1; RFC 9053 section 7.1; RFC 8230 section 4). */
#define LABEL_KTY 1
#define LABEL_ALG 3
#define LABEL_CRV (-1)
#define LABEL_X   (-2)
#define LABEL_Y   (-3)
#define LABEL_N   (-1)
#define LABEL_E   (-2)

/* The longest modulus; two coordinates are shorter. */
#define NUMBERS_MAX 384

/* Key types and curves (RFC 9053 section 7.1). */
#define KTY_OKP     1
#define KTY_EC2     2
#define KTY_RSA     3
#define CRV_P256    1
#define CRV_P384    2
#define CRV_ED25519 6

/* One row per kind of key. */
static const struct kind {
	enum sy_key_alg alg;
	int kty;
	int cose;
	int crv; /* 0: RSA */
	unsigned int members;
	size_t len; /* of a coordinate or the modulus */
} kinds[] = {
	{ SY_KEY_P256, KTY_EC2, SY_COSE_ES256, CRV_P256, 5, 32 },
	{ SY_KEY_P384, KTY_EC2, SY_COSE_ES384, CRV_P384, 5, 48 },
	{ SY_KEY_ED25519, KTY_OKP, SY_COSE_EDDSA, CRV_ED25519, 4, 32 },
	{ SY_KEY_RSA2048, KTY_RSA, SY_COSE_RS256, 0, 4, 256 },
	{ SY_KEY_RSA3072, KTY_RSA, SY_COSE_RS256, 0, 4, NUMBERS_MAX },
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

/* The bytes of ${label}, ${len} of them, to ${out}. */
static bool
take_number(const struct sy_cbor *map, int label, size_t len, uint8_t *out)
{
	struct sy_cbor item;

	if (sy_cbor_at_of(map, label, SY_CBOR_BYTES, &item) != SY_OK ||
	    item.len != len)
		return false;
	memcpy(out, item.at, len);
	return true;
}

static enum sy_err
check_exponent(const struct sy_cbor *map, struct sy_error *reterr)
{
	struct sy_cbor item;

	if (sy_cbor_at_of(map, LABEL_E, SY_CBOR_BYTES, &item) != SY_OK)
		return malformed(reterr, "the exponent is missing");
	if (item.len != sizeof(sy_rsa_exponent) ||
	    memcmp(item.at, sy_rsa_exponent, sizeof(sy_rsa_exponent)) != 0)
		return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
		    "the RSA exponent is not 65537");
	return SY_OK;
}

/* The numbers of ${kind} behind each other. */
static enum sy_err
take_numbers(const struct sy_cbor *map, const struct kind *kind,
    uint8_t out[NUMBERS_MAX], size_t *ret_len, struct sy_error *reterr)
{
	const int label = kind->kty == KTY_RSA ? LABEL_N : LABEL_X;

	if (!take_number(map, label, kind->len, out))
		return malformed(reterr, "x or n is not of its length");
	*ret_len = kind->len;
	if (kind->kty == KTY_RSA)
		return check_exponent(map, reterr);
	if (kind->kty != KTY_EC2)
		return SY_OK;
	if (!take_number(map, LABEL_Y, kind->len, out + kind->len))
		return malformed(reterr, "y is not of its length");
	*ret_len += kind->len;
	return SY_OK;
}

enum sy_err
sy_cose_key(const struct sy_cbor *map, struct sy_key **ret_key,
    struct sy_error *reterr)
{
	SY_AUTO(sy_buf_free) struct sy_buf *spki = NULL;
	uint8_t numbers[NUMBERS_MAX];
	const struct kind *kind;
	size_t len = 0;
	enum sy_err err;

	if (map->type != SY_CBOR_MAP)
		return malformed(reterr, "no COSE key: not a map");
	if ((err = kind_of(map, &kind, reterr)) != SY_OK)
		return err;
	if (map->value != kind->members)
		return malformed(reterr, "it has other members too");
	if ((err = take_numbers(map, kind, numbers, &len, reterr)) != SY_OK)
		return err;
	if ((err = sy_buf_new(SY_SPKI_SIZE_MAX, &spki)) != SY_OK ||
	    (err = sy_spki_put(spki, kind->alg, numbers, len)) != SY_OK)
		return sy_error_set(reterr, err, PLACE, "%s", sy_err_text(err));
	return sy_key_from_spki(sy_buf_data(spki), sy_buf_len(spki), ret_key,
	    reterr);
}
