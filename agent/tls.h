/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_TLS_H
#define AGENT_TLS_H

#include <stdint.h>

#include <openssl/ssl.h>

#include <sanyoso/err.h>

#include "credentials.h"

/* Bytes of the CA's SubjectPublicKeyInfo hash that a join code holds. */
#define TLS_PIN_SIZE 16

void tls_context_free(SSL_CTX **ctx);

/* TLS 1.3 to servers under the joined CA and no other, as this terminal.
 * CRYPTO, NOMEM. */
SY_MUST_USE enum sy_err tls_context_joined(const struct credentials *c,
    SSL_CTX **ret_ctx);

/*
 * TLS 1.3 for joining: the server's chain must hold a CA certificate whose
 * SubjectPublicKeyInfo's SHA-256 begins with ${pin}, and verify up to it.
 * ${pin} is kept, not copied.
 */
SY_MUST_USE enum sy_err tls_context_pinned(const uint8_t pin[TLS_PIN_SIZE],
    SSL_CTX **ret_ctx);

/* A client on ${fd}; ${name} (NULL: none, for joining) is asked for and must
 * stand in the server's certificate. */
SY_MUST_USE enum sy_err tls_client_new(SSL_CTX *ctx, int fd, const char *name,
    SSL **ret_ssl);

/* SHA-256 over the certificate's SubjectPublicKeyInfo. */
SY_MUST_USE enum sy_err tls_spki_hash(const X509 *cert, uint8_t ret[32]);

#endif /* AGENT_TLS_H */
