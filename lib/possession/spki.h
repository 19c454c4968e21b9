/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_POSSESSION_SPKI_H
#define SY_POSSESSION_SPKI_H

#include <sanyoso/buf.h>

/*
 * DER SubjectPublicKeyInfo taken apart (RFC 5280 section 4.1.2.7; RSA: RFC 3279
 * section 2.3.1; EC: RFC 5480; Ed25519: RFC 8410). One encoding per key, so
 * that the bytes can stand for the key when it is looked up: EC points
 * uncompressed, named curves, RSA parameters NULL. Pure and thread-safe.
 */
enum sy_spki_family {
	SY_SPKI_RSA = 1,
	SY_SPKI_P256 = 2,
	SY_SPKI_P384 = 3,
	SY_SPKI_ED25519 = 4,
};

/* Views into the input. */
struct sy_spki {
	enum sy_spki_family family;
	size_t bits;          /* of the modulus or the field */
	const uint8_t *point; /* EC: 04 || x || y; Ed25519: RFC 8032 */
	size_t point_len;
	const uint8_t *n; /* RSA: no leading zeros */
	size_t n_len;
	const uint8_t *e;
	size_t e_len;
};

/*
 * SY_ERR_FORMAT if it is not such a structure, SY_ERR_ALGORITHM for another
 * algorithm or curve, an RSA exponent that is even, below 65537 or over 64
 * bits, a point of Ed25519 of small order. The size of an RSA modulus is the
 * caller's to judge; whether a point lies on its curve is not known yet.
 */
SY_MUST_USE enum sy_err sy_spki_parse(const uint8_t *der, size_t len,
    struct sy_spki *ret, struct sy_error *reterr);

#endif /* SY_POSSESSION_SPKI_H */
