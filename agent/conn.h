/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONN_H
#define AGENT_CONN_H

#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/socket.h>

#include <sanyoso/err.h>

/*
 * One TLS connection to a server that carries one POST after the other. It is
 * watched while idle, so that a server that goes away is noticed at once.
 */
struct conn;

struct conn_address {
	struct sockaddr_storage sa;
	socklen_t len;
};

struct conn_reply {
	enum sy_err err; /* NET, TLS, TIMEOUT, CLOSED, HTTP, LIMIT, NOMEM */
	bool untouched;  /* on failure: not one byte of an answer came */
	unsigned int status;
	const char *body; /* valid during the call */
	size_t len;
};

struct conn_hooks {
	/* The post is done; the connection is idle, or dead if err. The hook
	 * may free it or post again. */
	void (*done)(void *owner, const struct conn_reply *reply);
	/* It died while idle; free it. */
	void (*died)(void *owner);
};

/*
 * Begin to connect, within ${connect_ms}; ${name} as in tls_client_new. The
 * hooks must outlive the connection and are called from the loop alone, never
 * before a function here has returned. NET, NOMEM, CRYPTO.
 */
SY_MUST_USE enum sy_err conn_open(struct event_base *base, SSL_CTX *ctx,
    const struct conn_address *address, const char *name,
    unsigned int connect_ms, const struct conn_hooks *hooks, void *owner,
    struct conn **ret_conn);
/*
 * Post ${len} bytes of ${body}, of which a copy is kept and wiped, to ${path};
 * ${total_ms} is for everything that is still to be done, connecting included.
 * SY_OK: ${done} will be called, once, also if the connection has died
 * meanwhile. STATE (another post is under way), LIMIT, NOMEM: it won't.
 */
SY_MUST_USE enum sy_err conn_post(struct conn *conn, const char *host,
    const char *path, const char *body, size_t len, unsigned int total_ms);
/* Connected, and nothing is under way. */
bool conn_is_idle(const struct conn *conn);
/* Who is given to the hooks from now on. */
void conn_set_owner(struct conn *conn, void *owner);
/* The server's certificate after a post, owned by the connection. */
X509 *conn_peer(const struct conn *conn);
/* Close it; no hook is called any more. NULL is allowed. */
void conn_free(struct conn **conn);

#endif /* AGENT_CONN_H */
