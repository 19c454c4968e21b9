/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_KEYS_H
#define SERVER_KEEPER_KEYS_H

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>

#include <sanyoso/audit.h>
#include <sanyoso/secret.h>

/* All private keys, in the keeper's memory only. */
struct keeper_keys {
	EVP_PKEY *ca;
	X509 *ca_cert;
	uint8_t *ca_pem; /* NUL-terminated */
	size_t ca_pem_len;
	struct sy_secret *head; /* Ed25519: seed and public key */
	uint8_t head_public[SY_ED25519_KEY_SIZE];
	struct sy_secret *row;
	struct sy_secret *index;
	struct sy_secret *seal;
	struct sy_secret *pepper;
};

/* From the files of keeper_create. NOT_FOUND, PERM, IO, FORMAT, CERT,
 * NOMEM, CRYPTO. */
SY_MUST_USE enum sy_err keeper_keys_load(const char *dir,
    struct keeper_keys *ret, struct sy_error *reterr);
void keeper_keys_clear(struct keeper_keys *keys);

/* Make the key pair of log heads from its ${seed} (RFC 8032 section 5.1.5),
 * KEEPER_KEY_SIZE bytes. NOMEM, CRYPTO. */
SY_MUST_USE enum sy_err keeper_keys_head(struct keeper_keys *keys,
    const uint8_t *seed);

/* HKDF-SHA-256 (RFC 5869) of ${from} with ${info}, for a purpose of its own;
 * ${hkdf} as OpenSSL fetches it. NOMEM, CRYPTO. */
SY_MUST_USE enum sy_err keeper_keys_derive(EVP_KDF *hkdf,
    const struct sy_secret *from, const void *info, size_t len, uint8_t *ret);

#endif /* SERVER_KEEPER_KEYS_H */
