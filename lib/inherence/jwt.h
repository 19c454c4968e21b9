/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_INHERENCE_JWT_H
#define SY_INHERENCE_JWT_H

#include <jansson.h>
#include <openssl/x509.h>

#include <sanyoso/err.h>

/*
 * A signed JSON object in compact form (RFC 7515 section 3.1): RS256 or ES256,
 * by the first certificate of its header's x5c, which names ${host} and leads
 * to one of ${roots} at ${now}. Nothing of the payload is read before that.
 * FORMAT, LIMIT, ALGORITHM, SIGNATURE, CERT, CERT_PATH, CERT_DATE, NOMEM,
 * CRYPTO.
 */
SY_MUST_USE enum sy_err sy_jwt_open(const char *text, size_t len,
    STACK_OF(X509) * roots, const char *host, int64_t now, json_t **ret_payload,
    struct sy_error *reterr);

static inline void
sy_json_free(json_t **json)
{
	json_decref(*json);
}

#endif /* SY_INHERENCE_JWT_H */
