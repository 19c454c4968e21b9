/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include <sanyoso/message.h>
#include <sanyoso/secret.h>

#include "clock.h"
#include "conn.h"
#include "http.h"
#include "tls.h"

#define HEAD_SIZE 1024
#define IN_MAX    (HTTP_HEAD_MAX + SY_MESSAGE_SIZE_MAX)

enum state { CONNECTING, SHAKING, IDLE, WRITING, READING, DEAD };

struct conn {
	const struct conn_hooks *hooks;
	void *owner;
	struct event_base *base;
	struct event *io;          /* waits for what `wants` says */
	struct event *limit;       /* of connecting, or of the post */
	struct event *failed_post; /* tells of a failure from the loop */
	SSL *ssl;
	int fd;
	short wants;
	int64_t connect_deadline;
	int64_t post_deadline;
	enum state state;
	enum sy_err failure;
	bool posting;
	char *out; /* head and body of the post; may hold a code */
	size_t out_len;
	size_t sent;
	char *in;
	size_t in_len;
	size_t in_cap;
};

static void on_io(evutil_socket_t fd, short what, void *arg);

static void
forget_post(struct conn *c)
{
	if (c->out == NULL)
		return;
	sy_memzero(c->out, c->out_len);
	free(c->out);
	c->out = NULL;
}

/* An answer may hold the secrets of a card. */
static void
forget_reply(char **in, size_t cap)
{
	if (*in == NULL)
		return;
	sy_memzero(*in, cap);
	free(*in);
	*in = NULL;
}

void
conn_free(struct conn **conn)
{
	struct conn *c = *conn;

	if (c == NULL)
		return;
	*conn = NULL;
	if (c->io != NULL)
		event_free(c->io);
	if (c->limit != NULL)
		event_free(c->limit);
	if (c->failed_post != NULL)
		event_free(c->failed_post);
	SSL_free(c->ssl);
	if (c->fd >= 0)
		(void)close(c->fd);
	forget_post(c);
	forget_reply(&c->in, c->in_cap);
	free(c);
}

bool
conn_is_idle(const struct conn *c)
{
	return c->state == IDLE && !c->posting;
}

void
conn_set_owner(struct conn *c, void *owner)
{
	c->owner = owner;
}

X509 *
conn_peer(const struct conn *c)
{
	return SSL_get0_peer_certificate(c->ssl);
}

/* Wait for the socket to be readable or writable. */
static void
want(struct conn *c, short what)
{
	if (c->wants == what)
		return;
	(void)event_del(c->io);
	c->wants = what;
	if (event_assign(c->io, c->base, c->fd, (short)(what | EV_PERSIST),
		on_io, c) != 0 ||
	    event_add(c->io, NULL) != 0) {
		/* libevent has no memory: let the limit end it. */
		c->wants = 0;
	}
}

static void
set_limit(struct conn *c, unsigned int ms)
{
	const struct timeval tv = clock_timeval(ms);

	(void)evtimer_add(c->limit, &tv);
}

/* It is over with this connection; the owner hears of it last. */
static void
die(struct conn *c, enum sy_err err)
{
	const struct conn_reply reply = { .err = err,
		.untouched = c->in_len == 0 };

	ERR_clear_error();
	c->state = DEAD;
	c->failure = err;
	(void)event_del(c->io);
	(void)evtimer_del(c->limit);
	/* What it would tell is told here. */
	(void)event_del(c->failed_post);
	c->wants = 0;
	if (c->posting) {
		c->posting = false;
		c->hooks->done(c->owner, &reply);
	} else {
		c->hooks->died(c->owner);
	}
}

/* What OpenSSL wants after ${result}; SY_OK: wait. */
static enum sy_err
ssl_next(struct conn *c, int result)
{
	switch (SSL_get_error(c->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		want(c, EV_READ);
		return SY_OK;
	case SSL_ERROR_WANT_WRITE:
		want(c, EV_WRITE);
		return SY_OK;
	case SSL_ERROR_ZERO_RETURN:
		return SY_ERR_CLOSED;
	case SSL_ERROR_SSL:
		/* A server that simply goes away is no attack. */
		if (ERR_GET_REASON(ERR_peek_error()) ==
		    SSL_R_UNEXPECTED_EOF_WHILE_READING)
			return SY_ERR_CLOSED;
		return SY_ERR_TLS;
	default:
		return c->state == SHAKING ? SY_ERR_NET : SY_ERR_CLOSED;
	}
}

static enum sy_err
grow(struct conn *c)
{
	const size_t cap = c->in_cap == 0 ? 4096 : c->in_cap * 2;
	char *in;

	if (c->in_len < c->in_cap)
		return SY_OK;
	if (cap > 2 * (size_t)IN_MAX)
		return SY_ERR_LIMIT;
	/* Not realloc, which may leave a copy behind. */
	if ((in = malloc(cap)) == NULL)
		return SY_ERR_NOMEM;
	if (c->in_len > 0)
		memcpy(in, c->in, c->in_len);
	forget_reply(&c->in, c->in_cap);
	c->in = in;
	c->in_cap = cap;
	return SY_OK;
}

/* Whether the answer is whole. True: the hook was called, don't touch. */
static bool
take_reply(struct conn *c)
{
	struct http_head head;
	struct conn_reply reply = { .err = SY_OK };
	enum sy_err err;
	size_t cap;
	char *in;

	err = http_head_parse(c->in, c->in_len, SY_MESSAGE_SIZE_MAX, &head);
	if (err == SY_ERR_NOT_FOUND)
		return false;
	if (err == SY_OK && c->in_len > head.head_len + head.body_len)
		err = SY_ERR_HTTP;
	if (err != SY_OK) {
		die(c, err);
		return true;
	}
	if (c->in_len < head.head_len + head.body_len)
		return false;
	(void)evtimer_del(c->limit);
	c->state = head.close ? DEAD : IDLE;
	c->failure = SY_ERR_CLOSED;
	c->posting = false;
	if (head.close) {
		(void)event_del(c->io);
		c->wants = 0;
	}
	reply.status = head.status;
	/* The hook may free the connection, or post again. */
	in = c->in;
	cap = c->in_cap;
	c->in = NULL;
	c->in_cap = 0;
	c->in_len = 0;
	reply.body = in + head.head_len;
	reply.len = head.body_len;
	c->hooks->done(c->owner, &reply);
	forget_reply(&in, cap);
	return true;
}

static void
do_read(struct conn *c)
{
	enum sy_err err;
	int n;

	for (;;) {
		if ((err = grow(c)) != SY_OK) {
			die(c, err);
			return;
		}
		n = SSL_read(c->ssl, c->in + c->in_len,
		    (int)(c->in_cap - c->in_len));
		if (n <= 0)
			break;
		c->in_len += (size_t)n;
		if (c->state == IDLE) {
			/* Nobody asked. */
			die(c, SY_ERR_HTTP);
			return;
		}
		if (take_reply(c))
			return;
	}
	if ((err = ssl_next(c, n)) != SY_OK)
		die(c, err);
}

/* Write what is left of the post. */
static enum sy_err
write_out(struct conn *c)
{
	int n;

	while (c->sent < c->out_len) {
		n = SSL_write(c->ssl, c->out + c->sent,
		    (int)(c->out_len - c->sent));
		if (n <= 0)
			return ssl_next(c, n);
		c->sent += (size_t)n;
	}
	forget_post(c);
	c->state = READING;
	want(c, EV_READ);
	return SY_OK;
}

static void
do_write(struct conn *c)
{
	const enum sy_err err = write_out(c);

	if (err != SY_OK)
		die(c, err);
}

static void
do_shake(struct conn *c)
{
	const int n = SSL_do_handshake(c->ssl);
	enum sy_err err;
	int64_t left;

	if (n != 1) {
		if ((err = ssl_next(c, n)) != SY_OK)
			die(c, err == SY_ERR_CLOSED ? SY_ERR_NET : err);
		return;
	}
	c->state = IDLE;
	want(c, EV_READ);
	if (!c->posting) {
		(void)evtimer_del(c->limit);
		return;
	}
	left = c->post_deadline - clock_ms();
	set_limit(c, left > 0 ? (unsigned int)left : 1);
	c->state = WRITING;
	do_write(c);
}

static void
do_connect(struct conn *c)
{
	int e = 0;
	socklen_t len = sizeof(e);

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &e, &len) != 0 || e != 0) {
		die(c, SY_ERR_NET);
		return;
	}
	c->state = SHAKING;
	do_shake(c);
}

static void
on_io(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	ERR_clear_error();
	switch (c->state) {
	case CONNECTING:
		do_connect(c);
		break;
	case SHAKING:
		do_shake(c);
		break;
	case WRITING:
		do_write(c);
		break;
	case IDLE:
	case READING:
		do_read(c);
		break;
	case DEAD:
		break;
	}
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	die(arg, SY_ERR_TIMEOUT);
}

/* The connection was dead already when something was posted. */
static void
on_failed_post(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	die(c, c->failure);
}

static enum sy_err
start_connect(struct conn *c, const struct conn_address *address)
{
	const int on = 1;

	c->fd = socket(address->sa.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return SY_ERR_NET;
	/* A request is small: it must not wait for the former's ACK. */
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(c->fd, (const struct sockaddr *)&address->sa,
		address->len) != 0 &&
	    errno != EINPROGRESS)
		return SY_ERR_NET;
	return SY_OK;
}

enum sy_err
conn_open(struct event_base *base, SSL_CTX *ctx,
    const struct conn_address *address, const char *name,
    unsigned int connect_ms, const struct conn_hooks *hooks, void *owner,
    struct conn **ret_conn)
{
	SY_AUTO(conn_free) struct conn *c = calloc(1, sizeof(*c));
	enum sy_err err;

	if (c == NULL)
		return SY_ERR_NOMEM;
	c->base = base;
	c->hooks = hooks;
	c->owner = owner;
	c->fd = -1;
	if ((err = start_connect(c, address)) != SY_OK ||
	    (err = tls_client_new(ctx, c->fd, name, &c->ssl)) != SY_OK)
		return err;
	c->io = event_new(base, c->fd, EV_WRITE | EV_PERSIST, on_io, c);
	c->limit = evtimer_new(base, on_limit, c);
	c->failed_post = event_new(base, -1, 0, on_failed_post, c);
	if (c->io == NULL || c->limit == NULL || c->failed_post == NULL ||
	    event_add(c->io, NULL) != 0)
		return SY_ERR_NOMEM;
	c->wants = EV_WRITE;
	set_limit(c, connect_ms);
	c->connect_deadline = clock_ms() + connect_ms;
	*ret_conn = c;
	c = NULL;
	return SY_OK;
}

/* Head and body in one piece, so that they travel in one. */
static enum sy_err
make_post(struct conn *c, const char *host, const char *path, const char *body,
    size_t len)
{
	char head[HEAD_SIZE];
	size_t head_len;
	enum sy_err err;

	if ((err = http_post_head(host, path, len, head, sizeof(head),
		 &head_len)) != SY_OK)
		return err;
	forget_post(c);
	if ((c->out = malloc(head_len + len)) == NULL)
		return SY_ERR_NOMEM;
	memcpy(c->out, head, head_len);
	memcpy(c->out + head_len, body, len);
	c->out_len = head_len + len;
	c->sent = 0;
	return SY_OK;
}

enum sy_err
conn_post(struct conn *c, const char *host, const char *path, const char *body,
    size_t len, unsigned int total_ms)
{
	enum sy_err err;

	if (c->posting)
		return SY_ERR_STATE;
	if ((err = make_post(c, host, path, body, len)) != SY_OK)
		return err;
	c->in_len = 0;
	c->posting = true;
	c->post_deadline = clock_ms() + total_ms;
	switch (c->state) {
	case IDLE:
		set_limit(c, total_ms);
		c->state = WRITING;
		if ((err = write_out(c)) == SY_OK)
			break;
		/* The hook must not come before we return. */
		c->state = DEAD;
		c->failure = err;
		event_active(c->failed_post, 0, 0);
		break;
	case DEAD:
		event_active(c->failed_post, 0, 0);
		break;
	case CONNECTING:
	case SHAKING:
		/* The sooner of the two: connecting counts for both. */
		if (c->post_deadline < c->connect_deadline)
			set_limit(c, total_ms);
		break;
	case WRITING:
	case READING:
		break;
	}
	return SY_OK;
}
