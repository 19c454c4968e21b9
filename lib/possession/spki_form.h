/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_POSSESSION_SPKI_FORM_H
#define SY_POSSESSION_SPKI_FORM_H

#include <sanyoso/buf.h>
#include <sanyoso/key.h>

/*
 * How the SubjectPublicKeyInfo of a kind of key is put together: a key of one
 * kind has one length, one beginning and one end. RFC 5480 section 2 (EC,
 * uncompressed point), RFC 8410 section 4 (Ed25519), RFC 3279 section 2.3.1
 * (RSA, modulus with its top bit set, exponent 65537).
 */
struct sy_spki_form {
	const uint8_t *head;
	size_t head_len;
	size_t numbers_len; /* x and y, the point or the modulus */
	const uint8_t *tail;
	size_t tail_len;
};

/* That of ${alg}, which lives for ever; NULL if there is none. */
const struct sy_spki_form *sy_spki_form(enum sy_key_alg alg);

/*
 * Append the SubjectPublicKeyInfo of ${alg} around its ${len} bytes of numbers.
 * SY_ERR_ALGORITHM if there is no such form, SY_ERR_FORMAT for another number
 * of bytes, else what sy_buf_status says.
 */
SY_MUST_USE enum sy_err sy_spki_put(struct sy_buf *out, enum sy_key_alg alg,
    const uint8_t *numbers, size_t len);

/* The exponent of all our RSA keys, as it stands in their forms' tails. */
#define SY_RSA_EXPONENT_LEN 3
extern const uint8_t sy_rsa_exponent[SY_RSA_EXPONENT_LEN];

#endif /* SY_POSSESSION_SPKI_FORM_H */
