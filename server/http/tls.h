/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HTTP_TLS_H
#define SERVER_HTTP_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include <sanyoso/audit.h>

#include "server/keeper/keeper.h"

/*
 * The server's TLS identity and what we accept: TLS 1.3, P-256 and P-384,
 * AES-GCM. Terminals must show a certificate of our CA, with each connection
 * anew: no session is resumed. Loop thread only.
 */
struct tls;

/* Life of the server's certificate; it is renewed when a third is left. */
#define TLS_SERVER_LIFE (397 * 86400L)

/* What a connection's other end has shown. */
struct tls_peer {
	bool present;
	uint8_t sha256[SY_DIGEST_SIZE]; /* of the certificate */
	int64_t not_after;              /* seconds since 1970 */
};

/*
 * Make a key, have ${keeper} issue a certificate for ${name}, and write both
 * to ${path} (0600). KEEPER, IO, CRYPTO, NOMEM.
 */
SY_MUST_USE enum sy_err tls_create(const char *path, const char *name,
    struct keeper *keeper, struct sy_error *reterr);

/* Load ${path}; ${ca} (PEM) issues the terminals' certificates. NOT_FOUND,
 * PERM, FORMAT, CRYPTO, NOMEM. */
SY_MUST_USE enum sy_err tls_load(const char *path, const char *ca,
    struct tls **ret_tls, struct sy_error *reterr);
void tls_free(struct tls **tls);

/* Whether the certificate is for ${name} and has more than a third of its life
 * left at ${now} (seconds). */
bool tls_is_current(const struct tls *tls, const char *name, int64_t now);
/* Take a new key and certificate from ${path}; connections that stand keep
 * theirs. On an error the old ones stay in use. */
SY_MUST_USE enum sy_err tls_reload(struct tls *tls, const char *path,
    struct sy_error *reterr);

/* A new server side for one connection, with or without the demand for a
 * terminal's certificate. NULL: out of memory. */
SSL *tls_accept(struct tls *tls, bool terminal);

/*
 * Fill ${ret} from a finished handshake, and let go of what the other end sent
 * beside its certificate: OpenSSL would keep our own CA's, parsed anew, with
 * each connection of a client that sends it. CRYPTO.
 */
SY_MUST_USE enum sy_err tls_peer_of(SSL *ssl, struct tls_peer *ret);

/* Why a handshake failed, as a word for the log: "expired", "other-ca",
 * "no-certificate", "protocol". */
const char *tls_refusal(const SSL *ssl, unsigned long openssl_error);

/* SHA-256 of the first certificate in ${pem}, its end (seconds), and SHA-256
 * of its SubjectPublicKeyInfo; any may be NULL. FORMAT, CRYPTO. */
SY_MUST_USE enum sy_err tls_pem_digests(const char *pem, size_t len,
    uint8_t *ret_cert, int64_t *ret_not_after, uint8_t *ret_spki);

#endif /* SERVER_HTTP_TLS_H */
