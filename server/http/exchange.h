/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HTTP_EXCHANGE_H
#define SERVER_HTTP_EXCHANGE_H

#include <sys/types.h>

#include <sanyoso/message.h>

#include "server/http/network.h"
#include "server/http/tls.h"

/* One listener per trust class. */
enum listener_kind {
	LISTENER_TERMINALS, /* TLS with the terminal's certificate */
	LISTENER_JOIN,      /* TLS, the server's certificate only */
	LISTENER_ADMIN,     /* local socket, root */
	LISTENER_COUNT,
};

/* Who is at the other end, as far as it was proven. */
struct peer {
	enum listener_kind kind;
	char address[ENDPOINT_TEXT_SIZE];
	struct tls_peer tls;
	int64_t terminal; /* its row, 0: not a terminal we know */
	char name[SY_TERMINAL_SIZE];
	int64_t zone; /* enum sy_zone */
	uid_t uid;    /* LISTENER_ADMIN */
};

struct exchange;
struct server;

/*
 * A route: which message is understood where, what is answered, by whom. It
 * exists on one listener only; what is in no table is refused.
 */
struct route {
	enum listener_kind kind;
	const char *path;
	const struct sy_message *request;
	const struct sy_message *reply;
	/*
	 * Answer ${exchange} exactly once, now or later on the loop thread,
	 * with exchange_reply or exchange_fail. ${request} is wiped when this
	 * returns.
	 */
	void (*handle)(struct exchange *exchange, const void *request);
};

/*
 * One request and its answer. It outlives its connection: when the client is
 * gone the answer is dropped.
 */
struct connection;
struct exchange {
	struct server *server;
	struct connection *connection; /* NULL: gone */
	const struct route *route;
	struct peer peer;
};

/* Answer with the struct of the route's reply, and free the exchange. */
void exchange_reply(struct exchange **exchange, const void *reply);
/* Answer with a failure; the HTTP status follows from ${error->code}. Frees
 * the exchange. ${retry_after} in seconds, 0: no use. */
void exchange_fail(struct exchange **exchange, const struct sy_error *error,
    int64_t retry_after);
/* The HTTP status for an error. */
unsigned int exchange_status(enum sy_err code);

#endif /* SERVER_HTTP_EXCHANGE_H */
