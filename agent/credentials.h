/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CREDENTIALS_H
#define AGENT_CREDENTIALS_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <sanyoso/message.h>

#include "paths.h"
#include "settings.h"

/*
 * Who this terminal is. The private key and its certificate stand in one file,
 * so that replacing them is one rename: a crash leaves a matching pair. That
 * file is also what makes a terminal joined: it is written last.
 */
struct credentials {
	EVP_PKEY *key;
	X509 *cert;
	X509 *ca;
	int64_t not_before; /* of the certificate, seconds since 1970 */
	int64_t not_after;
	char server[SY_HOST_SIZE]; /* the name in the server's certificate */
	char terminal[SY_TERMINAL_SIZE];
	char zone[SY_WORD_SIZE];
	struct endpoint home; /* the server that was joined */
};

/* All that the join stored. NOT_FOUND: not joined; PERM, FORMAT (a file is
 * broken or does not match the others), IO, NOMEM. */
SY_MUST_USE enum sy_err credentials_load(const struct paths *paths,
    struct credentials **ret, struct sy_error *reterr);
void credentials_free(struct credentials **credentials);

void credentials_key_free(EVP_PKEY **key);
/* A new P-256 key and its request (RFC 2986, PEM) for a certificate. CRYPTO,
 * LIMIT. */
SY_MUST_USE enum sy_err credentials_request(EVP_PKEY **ret_key,
    char ret_csr[SY_PEM_SIZE]);

/* Ask for the certificate of ${renew->csr} with what is in force: fill in the
 * rest. CRYPTO, LIMIT. */
SY_MUST_USE enum sy_err credentials_claim(const struct credentials *c,
    struct sy_renew *renew);

/*
 * Make sure that ${reply} is an answer to our request: the certificate is for
 * ${key}, issued by ${reply}'s CA, for a terminal of the name it says. FORMAT,
 * CERT, NOMEM.
 */
SY_MUST_USE enum sy_err credentials_check(const struct sy_join_reply *reply,
    EVP_PKEY *key, struct sy_error *reterr);

/* Store a new pair of key and certificate in one step. */
SY_MUST_USE enum sy_err credentials_store_pair(const struct paths *paths,
    EVP_PKEY *key, const char *certificate, struct sy_error *reterr);
/* Store everything of a join; ${host} is where the server was reached. */
SY_MUST_USE enum sy_err credentials_store(const struct paths *paths,
    EVP_PKEY *key, const struct sy_join_reply *reply, const char *host,
    struct sy_error *reterr);

/* One certificate in PEM and nothing else. FORMAT, NOMEM. */
SY_MUST_USE enum sy_err credentials_parse_cert(const char *pem, size_t len,
    X509 **ret_cert);

#endif /* AGENT_CREDENTIALS_H */
