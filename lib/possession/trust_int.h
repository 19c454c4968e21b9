/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_TRUST_INT_H
#define SY_TRUST_INT_H

#include <stdbool.h>

#include <openssl/x509.h>

#include <sanyoso/trust.h>

/* What cert.c, crl.c and trust.c share, and lib/inherence with them. */
#define SY_TRUST_FILE_MAX (64 * 1024 * 1024) /* revocation lists are long */

static inline void
sy_x509_free(X509 **x)
{
	X509_free(*x);
	*x = NULL;
}

static inline void
sy_x509_crl_free(X509_CRL **crl)
{
	X509_CRL_free(*crl);
	*crl = NULL;
}

/* One DER certificate, whole. */
SY_MUST_USE enum sy_err sy_cert_read(const uint8_t *der, size_t len,
    X509 **ret_x, struct sy_error *reterr);
/* What ${x} claims by itself, as sy_cert_parse does. */
SY_MUST_USE enum sy_err sy_cert_describe(X509 *x, struct sy_cert *ret_cert,
    struct sy_error *reterr);
/* The common name, cleaned and cut to ${cap}; "" if there is none. */
void sy_cert_common_name(const X509_NAME *name, char *out, size_t cap);
/* Whether a CA's key is of an allowed kind. */
bool sy_cert_ca_key_allowed(X509 *ca);
/* Whether ${nid} (as in signatureAlgorithm) is RSA or ECDSA with SHA-256 or
 * better. */
bool sy_cert_signature_allowed(int nid);
/* What an X509_V_ERR_* means; never SY_OK. */
enum sy_err sy_cert_path_err(int verify_error);
/* Seconds since 1970. */
SY_MUST_USE enum sy_err sy_cert_time(const ASN1_TIME *time, int64_t *ret);

/* Serial numbers have at most 20 bytes (RFC 5280 section 4.1.2.2). */
#define SY_SERIAL_MAX 20
struct sy_serial {
	uint8_t len;
	uint8_t bytes[SY_SERIAL_MAX];
};
/* FORMAT if it is negative or longer. */
SY_MUST_USE enum sy_err sy_serial_from(const ASN1_INTEGER *number,
    struct sy_serial *ret);

/* One revocation list, reduced to what is asked of it. */
struct sy_crl {
	X509 *issuer;
	int64_t this_update; /* seconds since 1970 */
	int64_t next_update;
	size_t count;
	struct sy_serial *serials; /* sorted */
};
/*
 * Take over what ${crl} says; its issuer is looked up among ${cas}, and its
 * signature is checked. SY_ERR_CERT, SY_ERR_CERT_PATH, SY_ERR_ALGORITHM,
 * FORMAT, NOMEM.
 */
SY_MUST_USE enum sy_err sy_crl_read(X509_CRL *crl, STACK_OF(X509) * cas,
    struct sy_crl *ret_crl, const char *place, struct sy_error *reterr);
void sy_crl_clear(struct sy_crl *crl);
bool sy_crl_is_of(const struct sy_crl *crl, X509 *issuer);
/*
 * SY_ERR_CERT_REVOKED if the list names ${x}, SY_ERR_CERT_DATE if the list is
 * not valid at ${now}, so that nobody can tell.
 */
SY_MUST_USE enum sy_err sy_crl_check(const struct sy_crl *crl, X509 *x,
    int64_t now, struct sy_error *reterr);

#endif /* SY_TRUST_INT_H */
