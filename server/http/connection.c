/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "server/http/answer.h"
#include "server/http/request.h"
#include "server/http/route.h"
#include "server/identity/admission.h"
#include "server/log.h"

enum state {
	STATE_HANDSHAKE,
	STATE_READING, /* waits for a request or its rest */
	STATE_RUNNING, /* a handler has the request */
	STATE_WRITING, /* the answer is on its way */
};

struct connection {
	TAILQ_ENTRY(connection) link;
	struct connection_pool *pool;
	struct bufferevent *bev;
	struct event *timer;
	struct peer peer;
	struct exchange *exchange; /* in STATE_RUNNING */
	struct http_head head;
	const struct route *route; /* of the head, NULL: no head yet */
	enum state state;
	bool begun; /* the first byte of the next request is here */
	bool last;  /* close when the answer is out */
};

void
connection_pool_init(struct connection_pool *pool, struct server *server,
    struct event_base *base, enum listener_kind kind, size_t max, int64_t idle)
{
	memset(pool, 0, sizeof(*pool));
	pool->server = server;
	pool->base = base;
	pool->kind = kind;
	pool->max = max;
	pool->idle = idle;
	TAILQ_INIT(&pool->list);
}

static void
connection_free(struct connection **connection)
{
	struct connection *c = *connection;

	if (c == NULL)
		return;
	if (c->exchange != NULL)
		c->exchange->connection = NULL;
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	if (c->timer != NULL)
		event_free(c->timer);
	TAILQ_REMOVE(&c->pool->list, c, link);
	c->pool->count--;
	free(c);
	*connection = NULL;
}

static void
set_deadline(struct connection *c, int64_t seconds)
{
	const struct timeval tv = { .tv_sec = (time_t)seconds };

	/* Without its deadline a connection could stay for ever. */
	if (evtimer_add(c->timer, &tv) != 0) {
		log_err("no timer for a connection: out of memory");
		c->last = true;
	}
}

static void
on_deadline(evutil_socket_t fd, short what, void *ctx)
{
	struct connection *c = ctx;

	(void)fd;
	(void)what;
	connection_free(&c);
}

/* --- answers --- */

/* libevent is done with it. */
static void
answer_sent(const void *data, size_t len, void *ctx)
{
	struct answer *answer = ctx;

	(void)data;
	(void)len;
	answer_free(&answer);
}

/*
 * Write it now, as one TLS record: through the bufferevent it would cost a turn
 * of the loop and three system calls more. What does not go out is left to the
 * bufferevent, which begins with the same bytes, as OpenSSL demands.
 */
static bool
write_now(struct connection *c, const struct answer *answer)
{
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);
	size_t written;

	if (ssl == NULL || answer->len > SSL3_RT_MAX_PLAIN_LENGTH ||
	    evbuffer_get_length(bufferevent_get_output(c->bev)) > 0)
		return false;
	ERR_clear_error();
	if (SSL_write_ex(ssl, answer->text, answer->len, &written) == 1)
		return true;
	/* Whatever it is, the bufferevent meets it again and deals with it. */
	ERR_clear_error();
	return false;
}

/* The answer is out: on to the next request, or to the end. */
static void
answered(struct connection *c)
{
	if (c->last) {
		connection_free(&c);
		return;
	}
	c->state = STATE_READING;
	c->begun = evbuffer_get_length(bufferevent_get_input(c->bev)) > 0;
	set_deadline(c, c->begun ? CONNECTION_REQUEST : c->pool->idle);
	/* Not from here: requests that came in one piece would be answered one
	 * inside the other. */
	if (c->begun)
		bufferevent_trigger(c->bev, EV_READ,
		    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

/* ${answer} is taken over. */
static enum sy_err
send_answer(struct connection *c, struct answer **answer)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct answer *a = *answer;

	if (write_now(c, a)) {
		answer_free(answer);
		answered(c);
		return SY_OK;
	}
	if (evbuffer_add_reference(out, a->text, a->len, answer_sent, a) != 0)
		return SY_ERR_NOMEM;
	*answer = NULL;
	return SY_OK;
}

/* Send ${value}; when that is not possible the connection is closed, which
 * the client must take for a failure. ${c} may be gone afterwards. */
static void
send_message(struct connection *c, unsigned int status,
    const struct sy_message *message, const void *value)
{
	SY_AUTO(answer_free) struct answer *answer = NULL;
	enum sy_err err;

	if (c->pool->draining)
		c->last = true;
	c->route = NULL;
	c->state = STATE_WRITING;
	set_deadline(c, CONNECTION_ANSWER);
	err = answer_new(status, c->last, message, value, &answer);
	if (err == SY_OK && (err = send_answer(c, &answer)) == SY_OK)
		return;
	log_err("%s: no answer can be made: %s", message->name,
	    sy_err_text(err));
	connection_free(&c);
}

static void
send_failure(struct connection *c, const struct sy_error *error,
    int64_t retry_after)
{
	struct sy_failure_reply reply = { .retry_after = retry_after };

	(void)snprintf(reply.error, sizeof(reply.error), "%s",
	    sy_err_name(error->code));
	(void)snprintf(reply.place, sizeof(reply.place), "%s", error->place);
	(void)snprintf(reply.text, sizeof(reply.text), "%s",
	    error->text[0] != '\0' ? error->text : sy_err_text(error->code));
	send_message(c, exchange_status(error->code), &sy_message_failure,
	    &reply);
}

/* Answer what can't be answered by a handler, and read no further. */
static void
refuse(struct connection *c, const struct sy_error *error)
{
	c->last = true;
	send_failure(c, error, 0);
}

void
exchange_reply(struct exchange **exchange, const void *reply)
{
	struct exchange *e = *exchange;
	struct connection *c = e->connection;

	*exchange = NULL;
	if (c != NULL) {
		c->exchange = NULL;
		send_message(c, 200, e->route->reply, reply);
	}
	free(e);
}

void
exchange_fail(struct exchange **exchange, const struct sy_error *error,
    int64_t retry_after)
{
	struct exchange *e = *exchange;
	struct connection *c = e->connection;

	*exchange = NULL;
	if (c != NULL) {
		c->exchange = NULL;
		send_failure(c, error, retry_after);
	}
	free(e);
}

/* --- requests --- */

static void
run_request(struct connection *c, void *request)
{
	struct exchange *e = calloc(1, sizeof(*e));
	struct sy_error error = { .code = SY_ERR_NOMEM };

	if (e == NULL) {
		refuse(c, &error);
		return;
	}
	e->server = c->pool->server;
	e->connection = c;
	e->route = c->route;
	e->peer = c->peer;
	c->exchange = e;
	c->state = STATE_RUNNING;
	(void)evtimer_del(c->timer);
	c->route->handle(e, request);
}

/* The body is whole: take it out of the buffer, wiping what it leaves. */
static void
take_body(struct connection *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	const struct sy_message *message = c->route->request;
	struct sy_error error = { .code = SY_OK };
	unsigned char *body = evbuffer_pullup(in, (ev_ssize_t)c->head.length);
	void *request = calloc(1, message->size);
	enum sy_err err = SY_ERR_NOMEM;

	if (request != NULL && (body != NULL || c->head.length == 0))
		err = sy_message_decode(message,
		    body == NULL ? "" : (const char *)body, c->head.length,
		    request, &error);
	if (body != NULL)
		sy_memzero(body, c->head.length);
	(void)evbuffer_drain(in, c->head.length);

	c->last = c->last || c->head.close;
	if (err == SY_OK) {
		run_request(c, request);
		sy_message_clear(message, request);
	} else {
		error.code = err;
		send_failure(c, &error, 0);
	}
	free(request);
}

static size_t
count_terminal(const struct connection_pool *pool, int64_t terminal)
{
	const struct connection *c;
	size_t n = 0;

	TAILQ_FOREACH(c, &pool->list, link)
	if (c->peer.terminal == terminal)
		n++;
	return n;
}

/* What a terminal may do is looked up anew with each request. With its first
 * one on a connection it is seen how many it has: it may take a quarter of the
 * places, not those of the others. */
static enum sy_err
admit(struct connection *c, struct sy_error *error)
{
	struct connection_pool *pool = c->pool;
	const bool first = c->peer.terminal == 0;
	const enum sy_err err = admission_check(pool->server, &c->peer, error);

	if (err == SY_OK && first &&
	    count_terminal(pool, c->peer.terminal) > (pool->max + 3) / 4)
		return sy_error_set(error, SY_ERR_BUSY, "terminal",
		    "too many connections of this terminal");
	return err;
}

/* Everything that can be said by the head alone. */
static enum sy_err
check_head(struct connection *c, struct sy_error *error)
{
	if (c->head.wire != SY_WIRE_VERSION)
		return sy_error_set(error, SY_ERR_VERSION, SY_WIRE_HEADER,
		    "this server speaks version %d", SY_WIRE_VERSION);
	c->route = route_find(c->pool->kind, c->head.path);
	if (c->route == NULL)
		return sy_error_set(error, SY_ERR_NOT_FOUND, c->head.path,
		    "no such path here");
	if (c->pool->draining)
		return sy_error_set(error, SY_ERR_BUSY, "",
		    "the server is stopping");
	return c->pool->kind == LISTENER_TERMINALS ? admit(c, error) : SY_OK;
}

/* Take the head from the input; false: not whole yet, or refused. */
static bool
take_head(struct connection *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	const size_t have = evbuffer_get_length(in);
	const size_t look = have < HTTP_HEAD_MAX ? have : HTTP_HEAD_MAX;
	struct sy_error error = { .code = SY_OK };
	const unsigned char *data;
	size_t used = 0;
	enum sy_err err;

	if (have == 0)
		return false;
	data = evbuffer_pullup(in, (ev_ssize_t)look);
	err = data == NULL
	    ? SY_ERR_NOMEM
	    : http_head_parse(data, look, &c->head, &used, &error);
	if (err == SY_ERR_NOT_FOUND)
		return false;
	if (err == SY_OK) {
		(void)evbuffer_drain(in, used);
		err = check_head(c, &error);
	}
	if (err == SY_OK)
		return true;
	error.code = err;
	refuse(c, &error);
	return false;
}

static void
read_request(struct connection *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);

	if (c->route == NULL && !take_head(c))
		return;
	if (evbuffer_get_length(in) >= c->head.length)
		take_body(c);
}

/* --- events --- */

static void
on_read(struct bufferevent *bev, void *ctx)
{
	struct connection *c = ctx;

	(void)bev;
	/* What comes in while a request runs waits its turn. */
	if (c->state != STATE_READING)
		return;
	if (!c->begun) {
		c->begun = true;
		set_deadline(c, CONNECTION_REQUEST);
	}
	read_request(c);
}

static void
on_written(struct bufferevent *bev, void *ctx)
{
	struct connection *c = ctx;

	(void)bev;
	if (c->state == STATE_WRITING)
		answered(c);
}

static void
on_connected(struct connection *c)
{
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);

	if (tls_peer_of(ssl, &c->peer.tls) != SY_OK) {
		connection_free(&c);
		return;
	}
	c->state = STATE_READING;
	/* Who may stay is known with the first request. */
	set_deadline(c, CONNECTION_REQUEST);
}

static void
on_event(struct bufferevent *bev, short what, void *ctx)
{
	struct connection *c = ctx;

	if ((what & BEV_EVENT_CONNECTED) != 0) {
		on_connected(c);
		return;
	}
	if (c->state == STATE_HANDSHAKE && (what & BEV_EVENT_ERROR) != 0)
		admission_refused(c->pool->server, &c->peer,
		    tls_refusal(bufferevent_openssl_get_ssl(bev),
			bufferevent_get_openssl_error(bev)));
	connection_free(&c);
}

static struct bufferevent *
new_bufferevent(struct connection_pool *pool, int fd, SSL *ssl)
{
	struct bufferevent *bev;

	if (ssl == NULL)
		return bufferevent_socket_new(pool->base, fd,
		    BEV_OPT_CLOSE_ON_FREE);
	bev = bufferevent_openssl_socket_new(pool->base, fd, ssl,
	    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev != NULL)
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

enum sy_err
connection_open(struct connection_pool *pool, int fd, SSL *ssl,
    const struct peer *peer)
{
	struct connection *c = NULL;
	enum sy_err err = SY_ERR_LIMIT;

	if (pool->count < pool->max) {
		err = SY_ERR_NOMEM;
		c = calloc(1, sizeof(*c));
	}
	if (c == NULL) {
		SSL_free(ssl);
		(void)evutil_closesocket(fd);
		return err;
	}
	c->pool = pool;
	c->peer = *peer;
	c->state = ssl == NULL ? STATE_READING : STATE_HANDSHAKE;
	TAILQ_INSERT_TAIL(&pool->list, c, link);
	pool->count++;
	c->timer = evtimer_new(pool->base, on_deadline, c);
	c->bev = new_bufferevent(pool, fd, ssl);
	if (c->bev == NULL) {
		SSL_free(ssl);
		(void)evutil_closesocket(fd);
	}
	if (c->bev == NULL || c->timer == NULL) {
		connection_free(&c);
		return SY_ERR_NOMEM;
	}
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0,
	    HTTP_HEAD_MAX + SY_MESSAGE_SIZE_MAX);
	set_deadline(c,
	    ssl == NULL ? CONNECTION_REQUEST : CONNECTION_HANDSHAKE);
	if (bufferevent_enable(c->bev, EV_READ | EV_WRITE) != 0) {
		connection_free(&c);
		return SY_ERR_NOMEM;
	}
	return SY_OK;
}

/* --- many --- */

void
connection_close_terminal(struct connection_pool *pool, int64_t terminal)
{
	struct connection *c, *next;

	for (c = TAILQ_FIRST(&pool->list); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->peer.terminal == terminal)
			connection_free(&c);
	}
}

bool
connection_has_terminal(const struct connection_pool *pool, int64_t terminal)
{
	const struct connection *c;

	TAILQ_FOREACH(c, &pool->list, link)
	if (c->peer.terminal == terminal)
		return true;
	return false;
}

enum sy_err
connection_terminals(const struct connection_pool *pool, int64_t **ret_ids,
    size_t *ret_count)
{
	const struct connection *c;
	int64_t *ids = calloc(pool->count + 1, sizeof(*ids));
	size_t count = 0;

	if (ids == NULL)
		return SY_ERR_NOMEM;
	TAILQ_FOREACH(c, &pool->list, link)
	if (c->peer.terminal != 0)
		ids[count++] = c->peer.terminal;
	*ret_ids = ids;
	*ret_count = count;
	return SY_OK;
}

void
connection_drain(struct connection_pool *pool)
{
	struct connection *c, *next;

	pool->draining = true;
	for (c = TAILQ_FIRST(&pool->list); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->state == STATE_HANDSHAKE || c->state == STATE_READING)
			connection_free(&c);
		else
			c->last = true;
	}
}

void
connection_close_all(struct connection_pool *pool)
{
	struct connection *c;

	while ((c = TAILQ_FIRST(&pool->list)) != NULL)
		connection_free(&c);
}
