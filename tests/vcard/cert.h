/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_CERT_H
#define VC_CERT_H

#include <openssl/x509.h>

#include "card.h"

/* A throwaway certificate authority and the certificates on test cards. */

struct vc_issuer {
	X509 *cert;
	EVP_PKEY *key;
};

struct vc_cert_spec {
	const char *subject; /* "/C=JP/CN=..." in UTF-8 */
	int from_days;       /* validity, days from now; may be negative */
	int to_days;
	bool ca;
	const uint8_t *aaguid; /* 16 bytes for an authenticator, or NULL */
};

/* Read PEM files. IO, FORMAT. Clear with vc_issuer_clear. */
SY_MUST_USE enum sy_err vc_issuer_load(const char *cert_file,
    const char *key_file, struct vc_issuer *ret);
void vc_issuer_clear(struct vc_issuer *issuer);

/*
 * A certificate for ${pkey}; ${issuer} NULL makes a self-signed one. FORMAT if
 * the subject is not understood. Free with X509_free.
 */
SY_MUST_USE enum sy_err vc_cert_issue(const struct vc_issuer *issuer,
    const struct vc_cert_spec *spec, EVP_PKEY *pkey, X509 **ret);
SY_MUST_USE enum sy_err vc_cert_der(const X509 *cert, struct vc_bytes *out);

/* PEM files below ${dirfd}. IO. */
SY_MUST_USE enum sy_err vc_cert_write(int dirfd, const char *name,
    const X509 *cert);
SY_MUST_USE enum sy_err vc_cert_write_key(int dirfd, const char *name,
    const EVP_PKEY *pkey);

#endif /* VC_CERT_H */
