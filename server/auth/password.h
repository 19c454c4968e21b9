/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_PASSWORD_H
#define SERVER_AUTH_PASSWORD_H

#include "server/http/exchange.h"

/* Handlers of routes: issue.c, /v1/admin/user/password-reset; change.c,
 * /v1/password/change. */
void password_reset(struct exchange *exchange, const void *request);
void password_change(struct exchange *exchange, const void *request);

/* New passwords of one login that may break the rules before it is over. */
#define PASSWORD_BROKEN_MAX 10

#endif /* SERVER_AUTH_PASSWORD_H */
