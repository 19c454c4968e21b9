/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_KEY_H
#define VC_KEY_H

#include <openssl/evp.h>

#include "card.h"

/* The keys of a card and what it does with them; all through OpenSSL. */

/* A new key pair. CRYPTO, ARG for an unknown ${alg}. */
SY_MUST_USE enum sy_err vc_key_generate(enum vc_alg alg, EVP_PKEY **ret);
/* "p256", "p384", "rsa1024", "rsa2048", "rsa3072"; NOT_FOUND. */
SY_MUST_USE enum sy_err vc_alg_by_name(const char *name, enum vc_alg *ret);
bool vc_alg_is_rsa(enum vc_alg alg);
/* Bytes of the modulus, or of the largest hash that the curve takes whole. */
size_t vc_alg_size(enum vc_alg alg);

SY_MUST_USE enum sy_err vc_key_to_der(const EVP_PKEY *pkey,
    struct vc_bytes *out);
SY_MUST_USE enum sy_err vc_key_from_der(const uint8_t *p, size_t len,
    EVP_PKEY **ret);

/* RSA: the bare private operation on a block as long as the modulus. */
SY_MUST_USE enum sy_err vc_key_rsa_raw(EVP_PKEY *pkey, const uint8_t *p,
    size_t len, struct vc_bytes *out);
/* RSA: the card adds 00 01 FF.. 00 before ${p} (RFC 8017, 9.2). */
SY_MUST_USE enum sy_err vc_key_rsa_pkcs1(EVP_PKEY *pkey, const uint8_t *p,
    size_t len, struct vc_bytes *out);
/* ECDSA over a hash; DER signature. */
SY_MUST_USE enum sy_err vc_key_ecdsa(EVP_PKEY *pkey, const uint8_t *p,
    size_t len, struct vc_bytes *out);

/* 7F49 { 81 modulus, 82 exponent } or { 86 point }, SP 800-73-4 table 11. */
SY_MUST_USE enum sy_err vc_key_public(EVP_PKEY *pkey, bool rsa,
    struct vc_bytes *out);

#endif /* VC_KEY_H */
