/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/http/answer.h"
#include "server/http/deadline.h"
#include "server/http/request.h"
#include "server/http/route.h"
#include "server/http/stream.h"
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
	TAILQ_ENTRY(connection) stranger_link; /* of a stranger */
	struct connection_pool *pool;
	struct stream *stream;
	struct deadline *deadline;
	struct peer peer;
	struct exchange *exchange; /* in STATE_RUNNING */
	struct answer *answer;     /* in STATE_WRITING */
	struct http_head head;
	const struct route *route; /* of the head, NULL: no head yet */
	enum state state;
	bool stranger; /* over TLS, and the terminal is not known */
	bool begun;    /* the first byte of the next request is here */
	bool last;     /* close when the answer is out */
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
	TAILQ_INIT(&pool->strangers);
}

static void
end_stranger(struct connection *c)
{
	if (c->stranger)
		TAILQ_REMOVE(&c->pool->strangers, c, stranger_link);
	c->stranger = false;
}

static void
connection_free(struct connection **connection)
{
	struct connection *c = *connection;

	if (c == NULL)
		return;
	if (c->exchange != NULL)
		c->exchange->connection = NULL;
	stream_free(&c->stream);
	answer_free(&c->answer);
	deadline_free(&c->deadline);
	end_stranger(c);
	TAILQ_REMOVE(&c->pool->list, c, link);
	c->pool->count--;
	free(c);
	*connection = NULL;
}

static void
set_deadline(struct connection *c, int64_t seconds)
{
	/* Without its deadline a connection could stay for ever. */
	if (deadline_set(c->deadline, seconds * 1000) != SY_OK) {
		log_err("no timer for a connection: out of memory");
		c->last = true;
	}
}

static void
on_deadline(void *ctx)
{
	struct connection *c = ctx;

	connection_free(&c);
}

/* A request must be whole so long after its first byte. */
static void
set_begun(struct connection *c)
{
	c->begun = true;
	set_deadline(c, CONNECTION_REQUEST);
}

/* --- answers --- */

/* The answer is out: on to the next request, or to the end. */
static void
answered(struct connection *c)
{
	size_t rest;

	answer_free(&c->answer);
	if (c->last) {
		connection_free(&c);
		return;
	}
	c->state = STATE_READING;
	c->begun = false;
	if (stream_input(c->stream, &rest) != NULL)
		set_begun(c);
	else
		set_deadline(c, c->pool->idle);
}

/* Send c->answer. ${c} may be gone afterwards, but not on an error. */
static enum sy_err
send_answer(struct connection *c)
{
	enum sy_err err;
	bool sent;

	err = stream_send(c->stream, c->answer->text, c->answer->len, &sent);
	if (err != SY_OK)
		return err;
	if (sent)
		answered(c);
	else
		set_deadline(c, CONNECTION_ANSWER);
	return SY_OK;
}

/* Send ${value}; when that is not possible the connection is closed, which
 * the client must take for a failure. ${c} may be gone afterwards. */
static void
send_message(struct connection *c, unsigned int status,
    const struct sy_message *message, const void *value)
{
	enum sy_err err;

	if (c->pool->draining)
		c->last = true;
	c->route = NULL;
	c->state = STATE_WRITING;
	err = answer_new(status, c->last, message, value, &c->answer);
	if (err != SY_OK)
		log_err("%s: no answer can be made: %s", message->name,
		    sy_err_text(err));
	else if (send_answer(c) == SY_OK)
		return;
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
	deadline_clear(c->deadline);
	c->route->handle(e, request);
}

/* The body is whole: take it out of the input before it is run. ${c} may be
 * gone afterwards. */
static void
take_body(struct connection *c, const uint8_t *body)
{
	const struct sy_message *message = c->route->request;
	struct sy_error error = { .code = SY_OK };
	void *request = malloc(message->size + 1);
	enum sy_err err = SY_ERR_NOMEM;

	if (request != NULL)
		err = sy_message_decode(message,
		    body == NULL ? "" : (const char *)body, c->head.length,
		    request, &error);
	if (c->head.length > 0)
		stream_take(c->stream, c->head.length);

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
	if (err == SY_OK)
		end_stranger(c);
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

/* --- events --- */

static void
on_input(void *ctx)
{
	struct connection *c = ctx;
	struct sy_error error = { .code = SY_OK };
	const uint8_t *data;
	size_t len, used = 0;

	/* What comes in while a request runs waits its turn. */
	if (c->state != STATE_READING)
		return;
	data = stream_input(c->stream, &len);
	if (c->route == NULL) {
		error.code =
		    http_head_parse(data, len, &c->head, &used, &error);
		if (error.code == SY_ERR_NOT_FOUND) {
			if (!c->begun)
				set_begun(c);
			return;
		}
		if (error.code == SY_OK)
			error.code = check_head(c, &error);
		if (error.code != SY_OK) {
			refuse(c, &error);
			return;
		}
		stream_take(c->stream, used);
		data = stream_input(c->stream, &len);
	}
	if (len >= c->head.length)
		take_body(c, data);
	else if (!c->begun)
		set_begun(c);
}

static void
on_sent(void *ctx)
{
	answered(ctx);
}

static void
on_shaken(void *ctx)
{
	struct connection *c = ctx;

	if (tls_peer_of(stream_ssl(c->stream), &c->peer.tls) != SY_OK) {
		connection_free(&c);
		return;
	}
	c->state = STATE_READING;
	/* Who may stay is known with the first request. */
	set_deadline(c, CONNECTION_REQUEST);
}

static void
on_closed(void *ctx, bool failed, unsigned long openssl_error)
{
	struct connection *c = ctx;

	if (failed)
		admission_refused(c->pool->server, &c->peer,
		    tls_refusal(stream_ssl(c->stream), openssl_error));
	connection_free(&c);
}

static const struct stream_hooks hooks = {
	.shaken = on_shaken,
	.input = on_input,
	.sent = on_sent,
	.closed = on_closed,
};

/* Whether there is a place for one more from ${peer}, a stranger if it is
 * ${tls}. */
static bool
make_room(struct connection_pool *pool, const struct peer *peer, bool tls)
{
	struct connection *c, *silent = NULL;
	size_t n = 0;

	TAILQ_FOREACH(c, &pool->strangers, stranger_link)
	if (tls && network_same_host(c->peer.address, peer->address)) {
		n++;
		if (silent == NULL &&
		    (c->state == STATE_HANDSHAKE || c->state == STATE_READING))
			silent = c;
	}
	if (n >= CONNECTION_STRANGERS) {
		if (silent == NULL)
			return false;
		connection_free(&silent);
	}
	return pool->count < pool->max;
}

enum sy_err
connection_open(struct connection_pool *pool, int fd, SSL *ssl,
    const struct peer *peer)
{
	struct connection *c = NULL;
	enum sy_err err = SY_ERR_LIMIT;

	if (make_room(pool, peer, ssl != NULL)) {
		c = calloc(1, sizeof(*c));
		err = c == NULL ? SY_ERR_NOMEM
				: stream_new(pool->base, fd, ssl,
				      HTTP_HEAD_MAX + SY_MESSAGE_SIZE_MAX,
				      &hooks, c, &c->stream);
	}
	if (err != SY_OK) {
		free(c);
		SSL_free(ssl);
		(void)close(fd);
		return err;
	}
	c->pool = pool;
	c->peer = *peer;
	c->state = ssl == NULL ? STATE_READING : STATE_HANDSHAKE;
	TAILQ_INSERT_TAIL(&pool->list, c, link);
	c->stranger = ssl != NULL;
	if (c->stranger)
		TAILQ_INSERT_TAIL(&pool->strangers, c, stranger_link);
	pool->count++;
	err = deadline_new(pool->base, on_deadline, c, &c->deadline);
	if (err == SY_OK)
		set_deadline(c,
		    ssl == NULL ? CONNECTION_REQUEST : CONNECTION_HANDSHAKE);
	if (err != SY_OK || c->last) {
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
