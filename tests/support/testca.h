/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTCA_H
#define TESTCA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/*
 * Throwaway keys, certificates and revocation lists for tests, made when the
 * test runs. Whatever fails here ends the program: a test can't go on.
 * Everything returned is the caller's, except keys.
 */
enum testca_alg {
	TESTCA_P256,
	TESTCA_P256_OTHER, /* a second key of the same kind */
	TESTCA_P384,
	TESTCA_P521,
	TESTCA_RSA1024,
	TESTCA_RSA2048,
	TESTCA_RSA3072,
	TESTCA_RSA4096,
	TESTCA_ED25519,
	TESTCA_ALG_COUNT,
};

/* The key of this kind, the same one until testca_free_keys; not to be freed.
 */
EVP_PKEY *testca_key(enum testca_alg alg);
void testca_free_keys(void);
/* DER SubjectPublicKeyInfo; free(). */
uint8_t *testca_spki(EVP_PKEY *key, size_t *ret_len);

/* What a certificate says. Zero members have the defaults named. */
struct testca_spec {
	const char *cn;
	EVP_PKEY *key;
	int64_t not_before; /* seconds since 1970 */
	int64_t not_after;
	long serial;          /* 1 */
	const EVP_MD *md;     /* SHA-256 */
	const char *ca;       /* basicConstraints: none */
	const char *usage;    /* keyUsage: "critical,digitalSignature";
				 "" = none */
	const char *extended; /* extendedKeyUsage: none */
	const char *names;    /* subjectAltName: none */
	bool strange;         /* an unknown critical extension */
};

/* Signed by ${issuer} with ${issuer_key}; NULL ${issuer}: self-signed. */
X509 *testca_issue(X509 *issuer, EVP_PKEY *issuer_key,
    const struct testca_spec *spec);
/* A self-signed CA, good from ${from} to ${to}. */
X509 *testca_root(const char *cn, EVP_PKEY *key, int64_t from, int64_t to);

struct testca_crl_spec {
	int64_t this_update;
	int64_t next_update; /* 0 = none */
	const long *serials;
	size_t count;
	const EVP_MD *md;   /* SHA-256 */
	bool partial;       /* critical issuingDistributionPoint */
	bool strange_entry; /* critical extension in the first entry */
};
X509_CRL *testca_crl(X509 *issuer, EVP_PKEY *key,
    const struct testca_crl_spec *spec);

/* Encodings; free(). PEM texts end with a NUL. */
uint8_t *testca_der(X509 *x, size_t *ret_len);
char *testca_pem(X509 *x);
char *testca_crl_pem(X509_CRL *crl);

/* A signature as a card makes it: PKCS #1 v1.5 or DER over ${digest}, whose
 * length says which hash it is of. ${sig} has 512 bytes. */
size_t testca_sign(EVP_PKEY *key, const uint8_t *digest, size_t len,
    uint8_t *sig);
/* The same over a message; a key of Ed25519 signs the message itself. */
size_t testca_sign_message(EVP_PKEY *key, const void *message, size_t len,
    uint8_t *sig);

#endif /* TESTCA_H */
