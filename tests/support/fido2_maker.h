/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIDO2_MAKER_H
#define FIDO2_MAKER_H

#include <openssl/x509.h>

#include "tests/support/fido2_signer.h"

/*
 * What a FIDO2 key makes at registration (WebAuthn sections 6.5 and 8), its
 * maker's certificates, and a file of the FIDO Metadata Service that names them
 * (FIDO Metadata Service 3.0 section 3.1), as fido2_signer.h: nothing of it
 * comes from the code that is to judge it.
 */
#define MAKER_STATEMENT_MAX 8192
#define MAKER_AAGUID_SIZE   16

enum maker_format {
	MAKER_NONE,   /* no attestation */
	MAKER_SELF,   /* packed, by the credential's own key */
	MAKER_PACKED, /* packed, with a certificate */
};

struct maker_says {
	const char *origin;
	const char *rp_id;
	uint8_t challenge[SIGNER_CHALLENGE_SIZE];
	uint8_t flags; /* besides AT */
	uint32_t counter;
	uint8_t id; /* each byte of the credential's id, 64 of them */
	uint8_t aaguid[MAKER_AAGUID_SIZE];
	EVP_PKEY *key; /* of the credential, P-256 */
	enum maker_format format;
	X509 *cert; /* MAKER_PACKED */
	EVP_PKEY *cert_key;
};

struct maker_made {
	struct signer_signed said; /* client data and authenticator data */
	const char *format;
	uint8_t statement[MAKER_STATEMENT_MAX];
	size_t statement_len;
};

void maker_make(const struct maker_says *says, struct maker_made *ret);

/* A maker's certificate for keys of one model, as WebAuthn section 8.2.1 wants
 * it. The caller's. */
X509 *maker_cert(X509 *root, EVP_PKEY *root_key, EVP_PKEY *key,
    const uint8_t aaguid[MAKER_AAGUID_SIZE]);

/* A model in a metadata file. */
struct maker_model {
	uint8_t aaguid[MAKER_AAGUID_SIZE];
	const char *name;
	const char *status; /* "FIDO_CERTIFIED" if NULL */
	int version;        /* authenticatorVersion of the report, 0: none */
	bool fingerprint;
	bool pin;
	X509 *root; /* that its certificates end at */
};
struct maker_blob {
	int number;
	const char *next_update; /* "2030-01-01" */
	const struct maker_model *models;
	size_t count;
	size_t padding; /* bytes of legal text */
	X509 *root;     /* whose key is ${root_key} */
	EVP_PKEY *root_key;
};
/* The file; free(). It is signed by a certificate of the right name that the
 * root has issued. */
char *maker_blob(const struct maker_blob *spec);

#endif /* FIDO2_MAKER_H */
