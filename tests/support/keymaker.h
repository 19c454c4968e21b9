/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KEYMAKER_H
#define KEYMAKER_H

#include "tests/support/testca.h"

/*
 * What a FIDO2 key and the platform before it would say, made with OpenSSL by
 * the letter of WebAuthn and CTAP, without a line of the product. Whatever
 * fails here ends the program.
 */
#define KEYMAKER_MAX 16384

struct blob {
	uint8_t data[KEYMAKER_MAX];
	size_t len;
};

void blob_add(struct blob *b, const void *p, size_t len);
void blob_u8(struct blob *b, unsigned int v);
void blob_u16(struct blob *b, unsigned int v);
void blob_u32(struct blob *b, uint32_t v);

/* CBOR in its shortest form: a head of this major type, a number of either
 * sign, strings. */
void cbor_head(struct blob *b, unsigned int major, uint64_t value);
void cbor_int(struct blob *b, int v);
void cbor_bytes(struct blob *b, const void *p, size_t len);
void cbor_text(struct blob *b, const char *text);

/* The COSE number of the algorithm that ${key} signs with. */
int keymaker_alg(EVP_PKEY *key);
/* ${key} as COSE_Key. */
void keymaker_cose(struct blob *b, EVP_PKEY *key);

struct keymaker_authdata {
	const char *rp_id;
	unsigned int flags; /* AT and ED are as said, whatever follows */
	uint32_t counter;
	/* Only where key is not NULL. */
	const uint8_t *aaguid;
	const uint8_t *id;
	size_t id_len;
	EVP_PKEY *key;
	/* A CBOR map, or NULL. */
	const struct blob *extensions;
};
void keymaker_authdata(struct blob *b, const struct keymaker_authdata *what);

/* {"type":...,"challenge":...,"origin":...,"crossOrigin":false} */
void keymaker_client_data(struct blob *b, const char *type,
    const uint8_t challenge[32], const char *origin);

/* {uvm: [[method, 2, 4], ...]} */
void keymaker_uvm(struct blob *b, const uint32_t *methods, size_t count);

/* The signature of ${key} over authenticator data and the client data's hash.
 */
void keymaker_sign(struct blob *sig, EVP_PKEY *key, const struct blob *authdata,
    const struct blob *client_data);

/* A certificate as keys bear it. Zero members have the defaults named. */
struct keymaker_cert {
	EVP_PKEY *key;
	int64_t not_before;
	int64_t not_after;
	const char *country; /* "JP"; "" = none, as the next three */
	const char *maker;   /* "Maker" */
	const char *unit;    /* "Authenticator Attestation" */
	const char *name;    /* "Key" */
	const char *ca; /* basicConstraints "critical,CA:FALSE"; "" = none */
	const uint8_t *aaguid; /* extension, NULL = none */
	size_t aaguid_len;     /* 16 */
	bool aaguid_critical;
	bool aaguid_twice;
	bool version_1;
	const EVP_MD *md; /* SHA-256 */
};
X509 *keymaker_issue(X509 *issuer, EVP_PKEY *issuer_key,
    const struct keymaker_cert *spec);

/* {alg, sig, x5c} of "packed"; {sig, x5c} where ${alg} is 0 ("fido-u2f"); no
 * x5c where ${count} is 0. */
void keymaker_statement(struct blob *b, int alg, const struct blob *sig,
    X509 *const *certs, size_t count);
/* What a U2F key signs at registration (WebAuthn section 8.6). */
void keymaker_sign_u2f(struct blob *sig, EVP_PKEY *by, const char *rp_id,
    const struct blob *client_data, const uint8_t *id, size_t id_len,
    EVP_PKEY *key);

/* A signed file in compact form with certificates in its header; free(). */
char *keymaker_jwt(const char *alg, X509 *const *certs, size_t count,
    EVP_PKEY *key, const char *payload);
/* ${x} in base64; free(). */
char *keymaker_base64(X509 *x);

#endif /* KEYMAKER_H */
