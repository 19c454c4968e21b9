/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HTTP_LISTENER_H
#define SERVER_HTTP_LISTENER_H

#include "server/config.h"
#include "server/http/connection.h"

/*
 * Listening sockets of one trust class. They are bound early (low ports need
 * root) and accept later. A peer outside the networks is cut off as soon as it
 * was accepted: before a TLS object exists, without a byte.
 */
struct listener;

/* Bind all endpoints of ${config}, which must outlive the listener. NET:
 * ${reterr} names address and reason. */
SY_MUST_USE enum sy_err listener_bind(const struct config_listen *config,
    enum listener_kind kind, struct listener **ret_listener,
    struct sy_error *reterr);
/* Bind the local socket at ${path} (0600), replacing a stale one. */
SY_MUST_USE enum sy_err listener_bind_local(const char *path,
    struct listener **ret_listener, struct sy_error *reterr);

/*
 * Begin to accept into ${pool}. ${tls} is NULL for the local socket. ${uid}: a
 * user besides root who may use the local socket ((uid_t)-1: nobody). NOMEM.
 */
SY_MUST_USE enum sy_err listener_start(struct listener *listener,
    struct tls *tls, struct connection_pool *pool, uid_t uid);
/* Accept nobody any more. */
void listener_stop(struct listener *listener);
void listener_free(struct listener **listener);

/* How many peers were cut off for their address. */
uint64_t listener_outsiders(const struct listener *listener);

#endif /* SERVER_HTTP_LISTENER_H */
