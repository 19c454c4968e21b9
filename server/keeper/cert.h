/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_CERT_H
#define SERVER_KEEPER_CERT_H

#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <sanyoso/buf.h>

/*
 * Certificates (RFC 5280). The keeper's own bounds hold whatever it is asked:
 * a terminal's certificate lives 366 days at most, a server's 825.
 */
#define CERT_DAY          (24 * 60 * 60)
#define CERT_TERMINAL_MAX ((int64_t)366 * CERT_DAY)
#define CERT_SERVER_MAX   ((int64_t)825 * CERT_DAY)
#define CERT_CA_LIFE      ((int64_t)15 * 365 * CERT_DAY)
/* Clocks of terminals may be this far behind. */
#define CERT_BACKDATE 300

/* A self-signed CA "${name} Sanyoso CA" (a long name is cut) for ${key}. NOMEM,
 * CRYPTO. */
SY_MUST_USE enum sy_err cert_make_ca(EVP_PKEY *key, const char *name,
    X509 **ret_cert);

enum cert_use {
	CERT_TERMINAL, /* CN, clientAuth */
	CERT_SERVER,   /* DNS name or IP address in SAN, serverAuth */
};

/*
 * Issue a certificate in PEM into ${out} for the key of ${csr} (PEM): the
 * request's own signature must verify and its key be P-256 or P-384. Everything
 * else in the request is ignored. ARG (name, dates), FORMAT, SIGNATURE,
 * ALGORITHM, CRYPTO.
 */
SY_MUST_USE enum sy_err cert_issue(EVP_PKEY *ca_key, X509 *ca,
    enum cert_use use, const char *name, const uint8_t *csr, size_t csr_len,
    int64_t now, int64_t not_after, uint8_t **ret_pem, size_t *ret_len);

/*
 * Issue a certificate in DER for the key of a person's card, P-256 or RSA-2048:
 * key usage digitalSignature, extended key usage smart card logon alone, so
 * that it opens no TLS connection. ${handle} is the common name: 1 to 64 small
 * letters and digits. ARG (handle, dates), FORMAT, ALGORITHM, CRYPTO.
 */
#define CERT_PERSON_MAX ((int64_t)5 * 366 * CERT_DAY)
SY_MUST_USE enum sy_err cert_issue_person(EVP_PKEY *ca_key, X509 *ca,
    const char *handle, const uint8_t *spki, size_t spki_len, int64_t now,
    int64_t not_after, uint8_t **ret_der, size_t *ret_len);

#endif /* SERVER_KEEPER_CERT_H */
