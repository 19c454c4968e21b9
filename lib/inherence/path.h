/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_INHERENCE_PATH_H
#define SY_INHERENCE_PATH_H

#include <stdbool.h>

#include <openssl/x509.h>

#include <sanyoso/key.h>

/*
 * Paths from a certificate that came with a message to one of a few roots
 * (RFC 5280 section 6). Thread-safe.
 */
#define SY_PATH_CERTS_MAX 8 /* that come with a message */

static inline void
sy_x509_stack_free(STACK_OF(X509) * *stack)
{
	sk_X509_pop_free(*stack, X509_free);
	*stack = NULL;
}

/* One more certificate in DER. CERT, NOMEM, LIMIT (more than the maximum). */
SY_MUST_USE enum sy_err sy_path_push(STACK_OF(X509) * stack, const uint8_t *der,
    size_t len, struct sy_error *reterr);

/*
 * Whether the first of ${certs} leads over the others to one of ${roots}, all
 * valid at ${now}, signed with SHA-256 or better. ${any_root}: a root may be an
 * intermediate, or the certificate itself (FIDO Metadata Statement section 4,
 * attestationRootCertificates). CERT, CERT_PATH, CERT_DATE, ALGORITHM, NOMEM.
 */
SY_MUST_USE enum sy_err sy_path_check(STACK_OF(X509) * certs,
    STACK_OF(X509) * roots, bool any_root, int64_t now,
    struct sy_error *reterr);

/* The public key of a certificate. Errors of sy_key_from_spki. */
SY_MUST_USE enum sy_err sy_path_key(X509 *x, struct sy_key **ret_key,
    struct sy_error *reterr);

#endif /* SY_INHERENCE_PATH_H */
