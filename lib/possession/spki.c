/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "der.h"
#include "spki.h"

#define PLACE            "SubjectPublicKeyInfo"
#define UNCOMPRESSED     0x04 /* SEC 1 section 2.3.3 */
#define EXPONENT_LEN_MAX 8    /* a longer one only makes verifying slow */

static const uint8_t oid_rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
	0x01, 0x01 }; /* rsaEncryption, 1.2.840.113549.1.1.1 */
static const uint8_t oid_ec[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
	0x01 }; /* id-ecPublicKey, 1.2.840.10045.2.1 */
static const uint8_t oid_p256[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
	0x07 }; /* secp256r1, 1.2.840.10045.3.1.7 */
static const uint8_t oid_p384[] = { 0x2b, 0x81, 0x04, 0x00,
	0x22 }; /* secp384r1, 1.3.132.0.34 */
static const uint8_t oid_ed25519[] = { 0x2b, 0x65,
	0x70 }; /* id-Ed25519, 1.3.101.112 */

/*
 * Points of Ed25519 whose order divides 8, in every encoding that a decoder may
 * take, without the sign: whoever has such a "key" can make one signature for
 * any message (RFC 8032 section 5.1.7 lets it verify).
 */
#define ED25519_LEN 32
static const uint8_t ed25519_small[][ED25519_LEN] = {
	{ 0 },
	{ 1 },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	    0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	    0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	    0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	    0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
	/* p - 1, p and p + 1, where p = 2^255 - 19 */
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
};

static bool
oid_is(const struct sy_reader *oid, const uint8_t *value, size_t len)
{
	return sy_reader_left(oid) == len && memcmp(oid->at, value, len) == 0;
}

static enum sy_err
parse_curve(struct sy_reader *params, struct sy_spki *ret,
    struct sy_error *reterr)
{
	struct sy_reader curve;

	if (sy_der_take(params, SY_DER_OID, &curve) != SY_OK)
		return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
		    "the elliptic curve is not a named one");
	if (sy_reader_end(params) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "bytes behind the name of the curve");
	if (oid_is(&curve, oid_p256, sizeof(oid_p256))) {
		ret->family = SY_SPKI_P256;
		ret->bits = 256;
	} else if (oid_is(&curve, oid_p384, sizeof(oid_p384))) {
		ret->family = SY_SPKI_P384;
		ret->bits = 384;
	} else {
		return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
		    "the elliptic curve is neither P-256 nor P-384");
	}
	return SY_OK;
}

static enum sy_err
parse_ec(struct sy_reader *params, struct sy_reader *bits, struct sy_spki *ret,
    struct sy_error *reterr)
{
	enum sy_err err;

	if ((err = parse_curve(params, ret, reterr)) != SY_OK)
		return err;
	ret->point_len = sy_reader_left(bits);
	if (ret->point_len != 1 + 2 * ret->bits / 8)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "the point has %zu bytes, not the %zu of an uncompressed "
		    "one",
		    ret->point_len, 1 + 2 * ret->bits / 8);
	if ((err = sy_reader_raw(bits, ret->point_len, &ret->point)) != SY_OK)
		return err;
	if (ret->point[0] != UNCOMPRESSED)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "the point is not in uncompressed form");
	return SY_OK;
}

static size_t
bit_length(const uint8_t *bytes, size_t len)
{
	size_t bits = len * 8;

	/* No leading zero bytes here, so the first one is not 0. */
	for (unsigned int top = 0x80; len > 0 && (bytes[0] & top) == 0;
	     top >>= 1)
		bits--;
	return bits;
}

static bool
exponent_allowed(const uint8_t *e, size_t len)
{
	uint64_t value = 0;

	if (len > EXPONENT_LEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		value = value << 8 | e[i];
	/* SP 800-131A revision 2 section 3: odd, at least 2^16 + 1. */
	return (value & 1) != 0 && value >= 65537;
}

static enum sy_err
parse_rsa(struct sy_reader *params, struct sy_reader *bits, struct sy_spki *ret,
    struct sy_error *reterr)
{
	struct sy_reader null, key;

	if (sy_der_take(params, SY_DER_NULL, &null) != SY_OK ||
	    sy_reader_end(&null) != SY_OK || sy_reader_end(params) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "the parameters of an RSA key are not NULL");
	if (sy_der_take(bits, SY_DER_SEQUENCE, &key) != SY_OK ||
	    sy_reader_end(bits) != SY_OK ||
	    sy_der_take_unsigned(&key, &ret->n, &ret->n_len) != SY_OK ||
	    sy_der_take_unsigned(&key, &ret->e, &ret->e_len) != SY_OK ||
	    sy_reader_end(&key) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "the RSA key is not modulus and exponent in DER");
	if (ret->n_len == 0 || (ret->n[ret->n_len - 1] & 1) == 0)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "the RSA modulus is even");
	if (!exponent_allowed(ret->e, ret->e_len))
		return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
		    "the RSA exponent is even, below 65537 or over 64 bits");
	ret->family = SY_SPKI_RSA;
	ret->bits = bit_length(ret->n, ret->n_len);
	return SY_OK;
}

static bool
ed25519_is_small(const uint8_t point[ED25519_LEN])
{
	uint8_t plain[ED25519_LEN];

	memcpy(plain, point, ED25519_LEN);
	plain[ED25519_LEN - 1] &= 0x7f;
	for (size_t i = 0; i < SY_COUNT(ed25519_small); i++) {
		if (memcmp(plain, ed25519_small[i], ED25519_LEN) == 0)
			return true;
	}
	return false;
}

static enum sy_err
parse_ed25519(struct sy_reader *params, struct sy_reader *bits,
    struct sy_spki *ret, struct sy_error *reterr)
{
	if (sy_reader_end(params) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "a key of Ed25519 has no parameters");
	if (sy_reader_raw(bits, ED25519_LEN, &ret->point) != SY_OK ||
	    sy_reader_end(bits) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "a key of Ed25519 has %d bytes", ED25519_LEN);
	if (ed25519_is_small(ret->point))
		return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
		    "the point of Ed25519 has a small order");
	ret->point_len = ED25519_LEN;
	ret->family = SY_SPKI_ED25519;
	ret->bits = 256;
	return SY_OK;
}

enum sy_err
sy_spki_parse(const uint8_t *der, size_t len, struct sy_spki *ret,
    struct sy_error *reterr)
{
	struct sy_reader r, info, alg, oid, bits;
	struct sy_spki spki = { 0 };
	enum sy_err err;

	sy_reader_init(&r, der, len);
	if (sy_der_take(&r, SY_DER_SEQUENCE, &info) != SY_OK ||
	    sy_reader_end(&r) != SY_OK ||
	    sy_der_take(&info, SY_DER_SEQUENCE, &alg) != SY_OK ||
	    sy_der_take(&alg, SY_DER_OID, &oid) != SY_OK ||
	    sy_der_take_bits(&info, &bits) != SY_OK ||
	    sy_reader_end(&info) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "not one SubjectPublicKeyInfo in DER");
	if (oid_is(&oid, oid_rsa, sizeof(oid_rsa)))
		err = parse_rsa(&alg, &bits, &spki, reterr);
	else if (oid_is(&oid, oid_ec, sizeof(oid_ec)))
		err = parse_ec(&alg, &bits, &spki, reterr);
	else if (oid_is(&oid, oid_ed25519, sizeof(oid_ed25519)))
		err = parse_ed25519(&alg, &bits, &spki, reterr);
	else
		err = sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
		    "the key is neither RSA nor on a known curve");
	if (err == SY_OK)
		*ret = spki;
	return err;
}
