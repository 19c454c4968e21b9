/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_KEY_H
#define SY_KEY_H

#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/*
 * Public keys of cards, parsed once and kept: OpenSSL 3.0's decoder costs more
 * than the verification. A struct sy_key is immutable: any number of threads
 * may use it at once.
 */
struct sy_key;

/* Kinds of keys that we accept (CRYPTREC list; SP 800-78-5 table 1). Stored:
 * append only. */
enum sy_key_alg {
	SY_KEY_NONE = 0,
	SY_KEY_P256 = 1,
	SY_KEY_P384 = 2,
	SY_KEY_RSA2048 = 3,
	SY_KEY_RSA3072 = 4,
	SY_KEY_ED25519 = 5, /* FIDO2 keys only; signs the message itself */
};

enum sy_hash {
	SY_HASH_SHA256 = 1,
	SY_HASH_SHA384 = 2,
};
#define SY_HASH_SIZE_MAX 48

#define SY_SPKI_SIZE_MAX      512  /* RSA-3072 is 422 */
#define SY_SIGNATURE_SIZE_MAX 512  /* RSA-3072 is 384 */
#define SY_CERT_SIZE_MAX      8192 /* one certificate */

/*
 * Parse a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), whole and
 * without trailing bytes. SY_ERR_FORMAT; SY_ERR_ALGORITHM for any other
 * algorithm, curve, size (RSA exponent: odd, 65537 or more); NOMEM.
 */
SY_API SY_MUST_USE enum sy_err sy_key_from_spki(const uint8_t *der, size_t len,
    struct sy_key **ret_key, struct sy_error *reterr);
SY_API void sy_key_free(struct sy_key **key);

SY_API enum sy_key_alg sy_key_alg(const struct sy_key *key);
/* "P-256", "RSA-2048", ...; never NULL. */
SY_API const char *sy_key_alg_name(enum sy_key_alg alg);
/* The hash that this kind of key signs: SHA-384 for P-384, else SHA-256. */
SY_API enum sy_hash sy_key_alg_hash(enum sy_key_alg alg);
SY_API size_t sy_hash_size(enum sy_hash hash);
/* The canonical DER that the key was made from. */
SY_API const uint8_t *sy_key_spki(const struct sy_key *key, size_t *ret_len);

/*
 * sy_key_verify(key, digest, digest_len, sig, sig_len):
 * Check a signature over the hash ${digest}, whose length must be that of the
 * key's hash. RSA: RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2); EC: DER
 * Ecdsa-Sig-Value (RFC 3279 section 2.2.3), strict: r and s in 1..n-1, no
 * trailing bytes. SY_OK only if it verifies; SY_ERR_SIGNATURE if not;
 * SY_ERR_ARG, SY_ERR_NOMEM, SY_ERR_CRYPTO. Empties OpenSSL's error queue.
 */
SY_API SY_MUST_USE enum sy_err sy_key_verify(const struct sy_key *key,
    const uint8_t *digest, size_t digest_len, const uint8_t *sig,
    size_t sig_len);
/*
 * The same over the ${message} itself, which is hashed with the key's hash, or
 * signed as it is (Ed25519: RFC 8032; sy_key_verify answers ARG for such keys,
 * and sy_key_alg_hash says SHA-256, which is not used).
 */
SY_API SY_MUST_USE enum sy_err sy_key_verify_message(const struct sy_key *key,
    const uint8_t *message, size_t len, const uint8_t *sig, size_t sig_len);

#endif /* SY_KEY_H */
