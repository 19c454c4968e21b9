/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_LOGIN_H
#define SERVER_AUTH_LOGIN_H

#include "server/auth/logins.h"
#include "server/http/exchange.h"
#include "server/store/tables.h"

/*
 * The dialogue of a login: begin -> card -> proof -> verdict. A person who
 * does not exist goes the same way as one who does, by the same look-ups and
 * the same answers, until a card would have to be theirs. Every way out but
 * the ledger's "allow" is a denial. Loop thread only.
 */

/* Handlers of /v1/auth and what is below it. */
void login_begin(struct exchange *exchange, const void *request);
void login_card(struct exchange *exchange, const void *request);
void login_password(struct exchange *exchange, const void *request);
void login_proof(struct exchange *exchange, const void *request);
void login_key(struct exchange *exchange, const void *request);
void login_look(struct exchange *exchange, const void *request);
void login_assertion(struct exchange *exchange, const void *request);
void login_abandon(struct exchange *exchange, const void *request);
void login_fetch(struct exchange *exchange, const void *request);

/* Record and forget the logins whose time is over (${all}: every login that
 * the ledger does not have: the server stops). */
void login_expire(struct server *server, bool all);

/* A verdict without a record yet: deny for ${reason}. */
void login_deny(const struct login_facts *facts, const char *reason,
    struct sy_auth_step *ret);

/* The facts that every record of a login has. */
void login_facts_add(const struct login_facts *login, struct facts *facts);

/* It is the login of ${id}. */
void login_is(struct login_facts *facts, const struct id_row *id);

/*
 * The login that a step names, in ${state}. NULL: answered. A step that comes
 * twice, late, out of order or from another terminal is recorded. A card may
 * be shown again before its proof (it was taken out and put back, or the nonce
 * got old), and a key asked for again: the nonce of the first time is void
 * then.
 */
struct login *login_find(struct exchange *exchange, const char *txn,
    enum login_state state);
/* Refuse a step that fits no login, and record that it came. ${reason} is a
 * string constant; the terminal is told no more than ${code}. */
void login_refuse_step(struct exchange *exchange, enum sy_err code,
    const char *reason);
/* Answer with a failure that is not recorded. */
void login_fail(struct exchange *exchange, enum sy_err code, const char *text,
    int64_t retry_after);

#endif /* SERVER_AUTH_LOGIN_H */
