/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_PERSON_H
#define BENCH_PERSON_H

#include <stdbool.h>

#include <openssl/evp.h>

#include <sanyoso/challenge.h>
#include <sanyoso/text.h>

/*
 * People whose cards are key files, and what they send to log in. Programs of
 * a benchmark: a failure ends them with a message.
 */
struct person {
	char login[SY_LOGIN_SIZE];
	EVP_PKEY *key;
	enum sy_hash hash;
	char spki[1024];  /* base64 */
	uint32_t counter; /* where it is a FIDO2 key: of its last signature */
};

/* A login as the server and the terminal know it. */
struct person_login {
	const struct person *who;
	const char *server;
	const char *terminal;
	const char *service;
	const char *purpose;
	bool by_key;  /* a FIDO2 key */
	char txn[33]; /* from the reply that asked for the proof */
};

/* The id of the credential that "populate" gives the login. */
#define PERSON_CREDENTIAL_SIZE 64
void person_credential(const char *login, uint8_t ret[PERSON_CREDENTIAL_SIZE]);

/* ${path} is that of the private key without ".key.pem"; its last part is the
 * login name. */
void person_read(const char *path, struct person *ret);

/* A signature over ${digest}; returns its length. */
size_t person_sign(const struct person *p, const uint8_t *digest, size_t len,
    uint8_t *sig, size_t cap);

/* The bodies of requests into ${body}; each returns its length. A card in place
 * is shown with the first one. */
size_t person_begin(const struct person_login *l, char *body, size_t cap);
/* ${json} is the reply "prove". */
size_t person_prove(struct person_login *l, const char *json, char *body,
    size_t cap);
/* A FIDO2 key is asked for, after the reply "present"; and touched, after
 * "assert". RP id and origin are the server's name. */
size_t person_ask_key(struct person_login *l, const char *json, char *body,
    size_t cap);
size_t person_assert(struct person_login *l, struct person *who,
    const char *json, char *body, size_t cap);
size_t person_password(const struct person_login *l, const char *password,
    char *body, size_t cap);

/* The text of a member, which is trusted to be there in the server's form, or
 * NULL. */
const char *person_member(const char *json, const char *name, size_t *len);

#endif /* BENCH_PERSON_H */
