/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_SESSION_SESSION_H
#define SERVER_SESSION_SESSION_H

#include "server/http/exchange.h"
#include "server/store/tables.h"

/*
 * Sessions at terminals: the account phase of services that start one without
 * a login, the last gate before a session opens, and its end. Everything that
 * lets in is read again in the ledger's transaction and recorded with the
 * answer. Loop thread only, but where a function says otherwise.
 */

/* Handlers of /v1/account and /v1/session. */
void account_ask(struct exchange *exchange, const void *request);
void session_open(struct exchange *exchange, const void *request);
void session_close(struct exchange *exchange, const void *request);

/*
 * The terminal of ${peer} says which of its starts this is: what was open in
 * others is over, and recorded as lost. "" says nothing. FORMAT (no boot),
 * and the errors of row_walk.
 */
SY_MUST_USE enum sy_err session_boot(struct server *server,
    const struct peer *peer, const char *boot);

/* The terminal ${name} was revoked, or is invited anew: nobody will tell of the
 * sessions that were open there, so they are over, and recorded as lost. */
void session_terminal_gone(struct server *server, const char *name);

/* The bytes of a boot in hex. FORMAT. */
SY_MUST_USE enum sy_err session_boot_bytes(const char *hex,
    uint8_t ret[SY_TXN_SIZE]);

/* Any thread: whether ${session} is one in which the person ${login} sits: what
 * is shown as last login and logout. Jobs and other accounts are not. */
bool session_is_sitting(const struct session_row *session, const char *login);

#endif /* SERVER_SESSION_SESSION_H */
