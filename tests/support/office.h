/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OFFICE_H
#define OFFICE_H

#include "server/server.h"
#include "tests/support/ledgers.h"
#include "tests/support/testca.h"

/*
 * A server without its network, for tests: a real ledger and keeper, the real
 * routes and connections, with one end of a socketpair in the place of TLS.
 * The calling thread is its loop thread. Anything that fails ends the test.
 */
struct office {
	struct place place;
	struct server server;
	struct event *wake;
	X509 *issuer; /* of PIV cards; its key is testca_key(TESTCA_P384) */
};

#define OFFICE_SERVER "server.test"
#define OFFICE_YEAR   INT64_C(31536000000000) /* microseconds */

void office_open(struct office *o);
/* In a folder that is there; and again after its process is gone, as a start
 * of the server that is told from others by ${epoch}. */
void office_open_in(struct office *o, const char *dir);
void office_reopen(struct office *o, const char *dir, int64_t epoch);
void office_close(struct office *o);
/* Run the loop until ${*done}. */
void office_run(struct office *o, const bool *done);
/* Hashes that take ${memory} KiB, with ${places} for those that wait. */
void office_hashing(struct office *o, uint32_t memory, size_t places);
/* Put another policy in force. */
void office_policy(struct office *o, const char *text);

/* Rows: a joined terminal, an active person, a token with the PIV key ${key}.
 */
void office_terminal(struct office *o, const char *name, enum sy_zone zone,
    struct terminal_row *ret);
int64_t office_person(struct office *o, const char *login, enum sy_kind kind);
int64_t office_token(struct office *o, int64_t owner, EVP_PKEY *key,
    enum sy_method method);
/* Take FIDO2 keys, for OFFICE_RP_ID and OFFICE_ORIGIN. */
#define OFFICE_RP_ID  "login.test"
#define OFFICE_ORIGIN "https://login.test"
void office_fido2(struct office *o);
/* A FIDO2 key of ${owner}; zeroed members are what they say. */
struct office_key {
	EVP_PKEY *key;
	uint8_t id; /* each byte of its credential's id, 64 of them */
	enum sy_method method;
	enum sy_attestation attestation;
	uint8_t aaguid; /* each byte of it */
	bool managed;
	uint32_t counter;
};
int64_t office_key(struct office *o, int64_t owner,
    const struct office_key *what);
/* Change a row that is there, with a record of its own. */
void office_update(struct office *o, const struct row_type *type, void *row);
/* A password of ${owner} as it is kept, created now. */
void office_password(struct office *o, int64_t owner, const char *text,
    enum password_state state, struct password_row *ret);
/* Suspend a token. */
void office_hold(struct office *o, int64_t token);

/* The last record of ${action}: its outcome, subject and reason, and the value
 * of one fact ("" if it has none; bytes as hex). */
struct office_record {
	enum sy_outcome outcome;
	char actor[SY_NAME_SIZE];
	char terminal[SY_TERMINAL_SIZE];
	char subject[SY_NAME_SIZE];
	char reason[SY_NAME_SIZE];
	char fact[1200];
};
bool office_last_record(struct office *o, const char *action, const char *fact,
    struct office_record *ret);

/* A client's end of a connection. */
struct desk {
	struct office *office;
	int fd;
	unsigned int status;
	struct sy_failure_reply failure; /* of the last call */
	char text[512 * 1024];           /* body of the last answer */
	size_t len;
	char head[1024];
};

/* As ${terminal} on LISTENER_TERMINALS, NULL on the others. */
void desk_open(struct office *o, enum listener_kind kind,
    const struct terminal_row *terminal, struct desk *ret);
void desk_close(struct desk *d);
/* Post and wait for the answer; returns the HTTP status, 0 if the server
 * closed without one. */
unsigned int desk_call(struct desk *d, const char *path,
    const struct sy_message *message, const void *request,
    const struct sy_message *reply_message, void *ret_reply);
/* Post without waiting; then desk_answer waits for the answer. */
void desk_post(struct desk *d, const char *path,
    const struct sy_message *message, const void *request);
/* Send these bytes as they are; then desk_answer waits for one answer. */
void desk_send(struct desk *d, const char *bytes, size_t len);
unsigned int desk_answer(struct desk *d);
/* Whether the server has closed, without waiting for anything else. */
bool desk_is_closed(struct desk *d);

/* What a card signs; the answer to "prove" for the login ${login}. */
struct signing {
	EVP_PKEY *key;
	const char *terminal;
	const char *login;
	const char *service;
	const char *purpose;
	const char *txn; /* hex */
	const uint8_t *nonce;
};
void office_sign(const struct signing *s, struct sy_auth_proof *ret);

#endif /* OFFICE_H */
