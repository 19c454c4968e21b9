/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HTTP_CONNECTION_H
#define SERVER_HTTP_CONNECTION_H

#include <stdbool.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "server/http/exchange.h"

/*
 * Connections: bytes in, one request at a time, bytes out. Each wait has its
 * deadline: handshake, a request from its first byte, an answer until it is
 * taken, and idleness between. Loop thread only.
 */
struct connection;
TAILQ_HEAD(connection_list, connection);

/* Seconds. */
#define CONNECTION_HANDSHAKE 10
#define CONNECTION_REQUEST   10
#define CONNECTION_ANSWER    30

/* Strangers are connections over TLS whose terminal is not known: without a
 * request that was admitted, or to join. One host has so many; of more the one
 * that has said nothing for the longest time is closed. */
#define CONNECTION_STRANGERS 256

/* The connections of one listener kind. */
struct connection_pool {
	struct server *server;
	struct event_base *base;
	enum listener_kind kind;
	struct connection_list list;
	struct connection_list strangers; /* the oldest first */
	size_t count;
	size_t max;
	int64_t idle;  /* seconds */
	bool draining; /* answer what runs, take nothing new */
};

void connection_pool_init(struct connection_pool *pool, struct server *server,
    struct event_base *base, enum listener_kind kind, size_t max, int64_t idle);

/*
 * Take over the accepted ${fd} (closed on failure too) of ${peer}; ${ssl} is
 * NULL on the local socket and taken over otherwise. LIMIT (the pool is full,
 * or that host has as many strangers as it may and all are being answered),
 * NOMEM.
 */
SY_MUST_USE enum sy_err connection_open(struct connection_pool *pool, int fd,
    SSL *ssl, const struct peer *peer);

/* Close those of ${terminal} at once. */
void connection_close_terminal(struct connection_pool *pool, int64_t terminal);
/* Whether ${terminal} has one. */
bool connection_has_terminal(const struct connection_pool *pool,
    int64_t terminal);
/* The terminals that have a connection, one entry for each connection; free()
 * ${*ret_ids}. NOMEM. */
SY_MUST_USE enum sy_err connection_terminals(const struct connection_pool *pool,
    int64_t **ret_ids, size_t *ret_count);
/* Close what is idle now and the rest after its answer. */
void connection_drain(struct connection_pool *pool);
/* Close all. */
void connection_close_all(struct connection_pool *pool);

#endif /* SERVER_HTTP_CONNECTION_H */
