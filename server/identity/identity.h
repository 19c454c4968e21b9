/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_IDENTITY_H
#define SERVER_IDENTITY_IDENTITY_H

#include "server/http/exchange.h"

/* Handlers of routes (see struct route). */

/* terminal.c, join.c: /v1/admin/terminal, /v1/join, /v1/renew, /v1/hello */
void terminal_invite(struct exchange *exchange, const void *request);
void terminal_list(struct exchange *exchange, const void *request);
void terminal_show(struct exchange *exchange, const void *request);
void terminal_revoke(struct exchange *exchange, const void *request);
void join_join(struct exchange *exchange, const void *request);
void join_renew(struct exchange *exchange, const void *request);
void join_hello(struct exchange *exchange, const void *request);

/* user.c: /v1/admin/user */
void user_add(struct exchange *exchange, const void *request);
void user_show(struct exchange *exchange, const void *request);
void user_list(struct exchange *exchange, const void *request);

/* user_change.c, explain.c: /v1/admin/user */
void user_suspend(struct exchange *exchange, const void *request);
void user_resume(struct exchange *exchange, const void *request);
void user_dates(struct exchange *exchange, const void *request);
void user_disable(struct exchange *exchange, const void *request);
void user_unlock(struct exchange *exchange, const void *request);
void user_password_compromised(struct exchange *exchange, const void *request);
void user_explain(struct exchange *exchange, const void *request);

/* token.c, token_invite.c, token_change.c: /v1/admin/token */
void token_invite(struct exchange *exchange, const void *request);
void token_list(struct exchange *exchange, const void *request);
void token_show(struct exchange *exchange, const void *request);
void token_suspend(struct exchange *exchange, const void *request);
void token_resume(struct exchange *exchange, const void *request);
void token_lost(struct exchange *exchange, const void *request);
void token_revoke(struct exchange *exchange, const void *request);

/* token_model.c, metadata_import.c: /v1/admin/token, /v1/admin/metadata */
void token_models(struct exchange *exchange, const void *request);
void token_revoke_model(struct exchange *exchange, const void *request);
void metadata_import(struct exchange *exchange, const void *request);

/* enroll.c, enroll_end.c: /v1/enroll */
void enroll_begin(struct exchange *exchange, const void *request);
void enroll_card(struct exchange *exchange, const void *request);
void enroll_proof(struct exchange *exchange, const void *request);
void enroll_abandon(struct exchange *exchange, const void *request);

/* enroll_key.c: /v1/enroll */
void enroll_key(struct exchange *exchange, const void *request);
void enroll_assertion(struct exchange *exchange, const void *request);

/* office.c, office_proof.c, enroll_end.c: /v1/office */
void office_begin(struct exchange *exchange, const void *request);
void office_card(struct exchange *exchange, const void *request);
void office_proof(struct exchange *exchange, const void *request);
void office_done(struct exchange *exchange, const void *request);
void office_abandon(struct exchange *exchange, const void *request);

#endif /* SERVER_IDENTITY_IDENTITY_H */
