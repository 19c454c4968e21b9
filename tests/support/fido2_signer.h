/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIDO2_SIGNER_H
#define FIDO2_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

/*
 * What a FIDO2 key signs (WebAuthn sections 5.8.1 and 6.1), by keymaker.h: with
 * OpenSSL alone and none of the code that is to judge it. Whatever fails here
 * ends the program: a test can't go on.
 */
#define SIGNER_CHALLENGE_SIZE 32
#define SIGNER_CLIENT_MAX     1024
#define SIGNER_AUTHDATA_MAX   2048
#define SIGNER_SIGNATURE_MAX  512
#define SIGNER_UVM_MAX        3

/* What is said; zeroed members are left out or 0. */
struct signer_says {
	const char *type; /* "webauthn.get" */
	const char *origin;
	const char *rp_id;
	uint8_t challenge[SIGNER_CHALLENGE_SIZE];
	uint8_t flags;
	uint32_t counter;
	/* Methods of a "uvm" extension, and how many. */
	uint32_t uvm[SIGNER_UVM_MAX];
	size_t uvm_count;
	/* Of a credential that was made (attested credential data): its public
	 * key, or NULL, its id and the key's model. */
	EVP_PKEY *made;
	const uint8_t *id;
	size_t id_len;
	const uint8_t *aaguid;
};

struct signer_signed {
	uint8_t client_data[SIGNER_CLIENT_MAX];
	size_t client_data_len;
	uint8_t authdata[SIGNER_AUTHDATA_MAX];
	size_t authdata_len;
	uint8_t signature[SIGNER_SIGNATURE_MAX];
	size_t signature_len;
};

/* Client data and authenticator data, and ${key}'s signature over the latter
 * and the hash of the former: ECDSA or RSA with SHA-256, or Ed25519. */
void signer_sign(EVP_PKEY *key, const struct signer_says *says,
    struct signer_signed *ret);
/* Sign anew what is in ${ret}, after somebody has changed it. */
void signer_sign_again(EVP_PKEY *key, struct signer_signed *ret);

#endif /* FIDO2_SIGNER_H */
