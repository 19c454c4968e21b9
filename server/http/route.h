/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HTTP_ROUTE_H
#define SERVER_HTTP_ROUTE_H

#include "server/http/exchange.h"

/* The route of ${path} on listeners of ${kind}, NULL if there is none. */
const struct route *route_find(enum listener_kind kind, const char *path);

/* The ${i}-th route, NULL behind the last: for checks of the table. */
const struct route *route_at(size_t i);

#endif /* SERVER_HTTP_ROUTE_H */
