/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_TRUST_H
#define SY_TRUST_H

#include <stdint.h>

#include <sanyoso/key.h>

/*
 * The issuers of one kind of card: CA certificates and revocation lists from
 * configured files, parsed once. No system store, no network. After loading,
 * checks may run in any number of threads.
 */
struct sy_trust;

/* What a checked card certificate says. The subject is for showing to the
 * operator at enrolment; it is neither stored nor logged. */
struct sy_cert {
	struct sy_key *key; /* owned; free with sy_cert_clear */
	int64_t not_before; /* seconds since 1970 */
	int64_t not_after;
	char subject[128];  /* common name or "" */
	char issuer[128];   /* common name or "" */
	uint8_t sha256[32]; /* of the DER */
};

SY_API SY_MUST_USE enum sy_err sy_trust_new(struct sy_trust **ret_trust);
SY_API void sy_trust_free(struct sy_trust **trust);
/*
 * PEM, one or several. A path ends at a self-signed CA, so that one must be
 * among them. SY_ERR_CERT if one is no CA certificate or its key is not allowed
 * (sy_key_alg or RSA-4096); FORMAT, LIMIT, NOMEM. After a failure some may have
 * been added: free the trust.
 */
SY_API SY_MUST_USE enum sy_err sy_trust_add_ca(struct sy_trust *trust,
    const char *pem, size_t len, const char *place, struct sy_error *reterr);
/*
 * Revocation lists, PEM, after the CAs: whole lists only (SY_ERR_CERT for
 * partial, indirect and delta lists and one without nextUpdate), signed by a
 * CA in ${trust} (SY_ERR_CERT_PATH) with SHA-256 or better (SY_ERR_ALGORITHM);
 * FORMAT, LIMIT, NOMEM. Of two lists of one CA the newer one stands.
 */
SY_API SY_MUST_USE enum sy_err sy_trust_add_crl(struct sy_trust *trust,
    const char *pem, size_t len, const char *place, struct sy_error *reterr);

/*
 * sy_trust_check(trust, der, len, now, ret_cert, reterr):
 * Parse the DER certificate, check key and signature algorithms (SHA-256 or
 * better), key usage digitalSignature (which must be stated), extended key
 * usage (if stated: client authentication, smart card logon, PIV card
 * authentication or any), not a CA, the dates at ${now} (seconds) and the path
 * to an issuer in ${trust}; for each certificate of the path whose issuer's
 * revocation list is held, that the list is valid at ${now} (SY_ERR_CERT_DATE)
 * and does not name it (its own set, not searched in ASN.1). SY_ERR_CERT,
 * SY_ERR_ALGORITHM, SY_ERR_CERT_PATH, SY_ERR_CERT_DATE, SY_ERR_CERT_REVOKED,
 * NOMEM. An empty trust never succeeds.
 */
SY_API SY_MUST_USE enum sy_err sy_trust_check(const struct sy_trust *trust,
    const uint8_t *der, size_t len, int64_t now, struct sy_cert *ret_cert,
    struct sy_error *reterr);

/*
 * The same without path, revocation and dates: what a certificate claims by
 * itself. For showing only.
 */
SY_API SY_MUST_USE enum sy_err sy_cert_parse(const uint8_t *der, size_t len,
    struct sy_cert *ret_cert, struct sy_error *reterr);
SY_API void sy_cert_clear(struct sy_cert *cert);

#endif /* SY_TRUST_H */
