/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_ADMIN_ADMIN_H
#define SERVER_ADMIN_ADMIN_H

#include "server/http/exchange.h"

/* Handlers of /v1/admin/audit and /v1/admin/status (see struct route). */
void audit_search(struct exchange *exchange, const void *request);
void audit_verify(struct exchange *exchange, const void *request);
/* Give up the verification that is under way and answer it: before the ledger
 * is closed. */
void audit_verify_stop(struct server *server);
void status_show(struct exchange *exchange, const void *request);

#endif /* SERVER_ADMIN_ADMIN_H */
