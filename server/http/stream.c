/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where nothing is said of it, what waits is woken by the socket itself: an
 * event that is not used up comes again. OpenSSL may hold bytes, though, that
 * the socket no longer has; whoever leaves some there must come again by
 * itself (EV_TIMEOUT), and then reads no further ahead than to the end of the
 * record, so that it comes to an end.
 */
#include "server/http/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include <sanyoso/secret.h>

/* A whole TLS record; few requests are longer. */
#define FIRST_SIZE SSL3_RT_MAX_PLAIN_LENGTH
/* So often the other end may change its keys; ours never does. */
#define KEY_UPDATES_MAX 8

struct stream {
	struct event_base *base;
	struct event *event;
	short waits; /* what the event waits for */
	bool shaking;
	bool again; /* the input is to be told of once more */
	unsigned int key_updates;
	int fd;
	SSL *ssl; /* NULL: plain */
	const struct stream_hooks *hooks;
	void *ctx;
	/* The input: what was not taken is in ${from}..${to}, nothing ever was
	 * behind ${used}. */
	uint8_t *in;
	size_t from, to, used, size, max;
	/* What is being sent; NULL: nothing. */
	const char *out;
	size_t out_len, out_sent;
};

enum step {
	STEP_DONE,
	STEP_WAIT, /* the event comes when it goes on */
	STEP_CLOSED,
};

/* --- memory --- */

/* Give the buffer back. */
static void
free_input(struct stream *s)
{
	if (s->in == NULL)
		return;
	sy_memzero(s->in, s->used);
	free(s->in);
	s->in = NULL;
	s->from = s->to = s->used = s->size = 0;
}

/* Room for more input; LIMIT: there can be none now. Not by realloc, which may
 * leave a copy behind. */
static enum sy_err
make_room(struct stream *s)
{
	size_t size = s->max;
	uint8_t *in;

	if (s->to < s->size)
		return SY_OK;
	if (s->from > 0) {
		memmove(s->in, s->in + s->from, s->to - s->from);
		s->to -= s->from;
		s->from = 0;
		return SY_OK;
	}
	if (s->size == s->max)
		return SY_ERR_LIMIT;
	if (s->size == 0 && size > FIRST_SIZE)
		size = FIRST_SIZE;
	if ((in = malloc(size)) == NULL)
		return SY_ERR_NOMEM;
	if (s->in != NULL) {
		const size_t len = s->to;

		memcpy(in, s->in, len);
		free_input(s);
		s->to = s->used = len;
	}
	s->in = in;
	s->size = size;
	return SY_OK;
}

uint8_t *
stream_input(const struct stream *s, size_t *ret_len)
{
	*ret_len = s->to - s->from;
	return *ret_len > 0 ? s->in + s->from : NULL;
}

/* --- events --- */

static void on_event(evutil_socket_t fd, short what, void *ctx);

/* Let the event wait for ${what}, 0: for nothing. */
static bool
wait_for(struct stream *s, short what)
{
	if (s->waits == what)
		return true;
	s->waits = what;
	return event_del(s->event) == 0 &&
	    event_assign(s->event, s->base, s->fd, (short)(what | EV_PERSIST),
		on_event, s) == 0 &&
	    (what == 0 || event_add(s->event, NULL) == 0);
}

static void
come_again(struct stream *s)
{
	event_active(s->event, EV_TIMEOUT, 0);
}

static bool
has_pending(const struct stream *s)
{
	return s->ssl != NULL && SSL_has_pending(s->ssl) == 1;
}

/* What is left of the input is told of from the loop, not from here: requests
 * that came in one piece would be answered one inside the other. */
static void
tell_rest(struct stream *s)
{
	s->again = s->to > s->from;
	if (s->again || has_pending(s))
		come_again(s);
}

static void
close_now(struct stream *s, bool failed)
{
	const unsigned long error = ERR_peek_error();

	ERR_clear_error();
	(void)wait_for(s, 0);
	s->hooks->closed(s->ctx, failed, error);
}

/* How an operation of OpenSSL goes on that did not succeed. */
static enum step
ssl_step(struct stream *s)
{
	bool waits = false;

	switch (SSL_get_error(s->ssl, 0)) {
	case SSL_ERROR_WANT_READ:
		waits = wait_for(s, EV_READ);
		break;
	case SSL_ERROR_WANT_WRITE:
		waits = wait_for(s, EV_WRITE);
		break;
	default:
		break;
	}
	return waits ? STEP_WAIT : STEP_CLOSED;
}

/* The same for a system call. */
static enum step
plain_step(struct stream *s, short what)
{
	if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		return STEP_CLOSED;
	return wait_for(s, what) ? STEP_WAIT : STEP_CLOSED;
}

/* --- in --- */

static void
shake(struct stream *s)
{
	int result;
	bool failed;

	ERR_clear_error();
	result = SSL_do_handshake(s->ssl);
	if (result == 1) {
		s->shaking = false;
		if (!wait_for(s, EV_READ)) {
			close_now(s, false);
			return;
		}
		/* Input may have come with the last of it. */
		come_again(s);
		s->hooks->shaken(s->ctx);
		return;
	}
	failed = SSL_get_error(s->ssl, result) == SSL_ERROR_SSL;
	if (ssl_step(s) == STEP_CLOSED)
		close_now(s, failed);
}

static enum step
read_plain(struct stream *s, size_t *ret)
{
	const ssize_t n = recv(s->fd, s->in + s->to, s->size - s->to, 0);

	if (n < 0)
		return plain_step(s, EV_READ);
	*ret = (size_t)n;
	return n == 0 ? STEP_CLOSED : STEP_DONE;
}

/* One record, or a part of one. */
static enum step
read_ssl(struct stream *s, bool ahead, size_t *ret)
{
	ERR_clear_error();
	SSL_set_read_ahead(s->ssl, ahead);
	return SSL_read_ex(s->ssl, s->in + s->to, s->size - s->to, ret) == 1
	    ? STEP_DONE
	    : ssl_step(s);
}

static void
receive(struct stream *s, bool ahead)
{
	enum step step = STEP_CLOSED;
	enum sy_err err;
	size_t n = 0;

	err = make_room(s);
	if (err == SY_ERR_LIMIT && wait_for(s, 0))
		return;
	if (err == SY_OK)
		step =
		    s->ssl == NULL ? read_plain(s, &n) : read_ssl(s, ahead, &n);
	if (step == STEP_DONE && !wait_for(s, EV_READ))
		step = STEP_CLOSED;
	s->to += n;
	if (s->used < s->to)
		s->used = s->to;
	if (s->from == s->to)
		free_input(s);
	if (step == STEP_CLOSED) {
		close_now(s, false);
	} else if (step == STEP_DONE) {
		if (has_pending(s))
			come_again(s);
		s->hooks->input(s->ctx);
	}
}

void
stream_take(struct stream *s, size_t len)
{
	sy_memzero(s->in + s->from, len);
	s->from += len;
	if (s->from == s->to)
		free_input(s);
	/* Full before; if it can't be waited for, the deadline ends it. */
	if (s->waits == 0 && wait_for(s, EV_READ) &&
	    (s->again || has_pending(s)))
		come_again(s);
}

/* --- out --- */

static enum step
write_plain(struct stream *s)
{
	while (s->out_sent < s->out_len) {
		const ssize_t n = send(s->fd, s->out + s->out_sent,
		    s->out_len - s->out_sent, MSG_NOSIGNAL);

		if (n < 0)
			return plain_step(s, EV_WRITE);
		s->out_sent += (size_t)n;
	}
	return STEP_DONE;
}

/* Until all is out OpenSSL wants to see the same bytes again. */
static enum step
write_ssl(struct stream *s)
{
	size_t n;

	ERR_clear_error();
	return SSL_write_ex(s->ssl, s->out, s->out_len, &n) == 1 ? STEP_DONE
								 : ssl_step(s);
}

static enum step
flush(struct stream *s)
{
	const enum step step = s->ssl == NULL ? write_plain(s) : write_ssl(s);

	if (step != STEP_DONE)
		return step;
	s->out = NULL;
	if (!wait_for(s, EV_READ))
		return STEP_CLOSED;
	tell_rest(s);
	return STEP_DONE;
}

enum sy_err
stream_send(struct stream *s, const void *bytes, size_t len, bool *ret_sent)
{
	enum step step;

	s->out = bytes;
	s->out_len = len;
	s->out_sent = 0;
	step = flush(s);
	ERR_clear_error();
	*ret_sent = step == STEP_DONE;
	return step == STEP_CLOSED ? SY_ERR_CLOSED : SY_OK;
}

static void
send_rest(struct stream *s)
{
	switch (flush(s)) {
	case STEP_DONE:
		s->hooks->sent(s->ctx);
		break;
	case STEP_WAIT:
		break;
	case STEP_CLOSED:
		close_now(s, false);
		break;
	}
}

/* --- the whole --- */

/* OpenSSL goes on reading behind a change of keys, whatever that costs: who
 * changes them without end would have the loop for itself. */
static void
on_message(int out, int version, int type, const void *bytes, size_t len,
    SSL *ssl, void *ctx)
{
	struct stream *s = ctx;

	(void)version;
	if (out != 0 || type != SSL3_RT_HANDSHAKE || len == 0 ||
	    *(const uint8_t *)bytes != SSL3_MT_KEY_UPDATE)
		return;
	/* As if the other end had closed: then it reads no further. */
	if (++s->key_updates > KEY_UPDATES_MAX)
		SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
}

static void
tell_again(struct stream *s)
{
	s->again = false;
	if (has_pending(s))
		come_again(s);
	s->hooks->input(s->ctx);
}

static void
on_event(evutil_socket_t fd, short what, void *ctx)
{
	struct stream *s = ctx;

	(void)fd;
	if (s->shaking)
		shake(s);
	else if (s->out != NULL)
		send_rest(s);
	else if (s->again)
		tell_again(s);
	else
		receive(s, (what & EV_TIMEOUT) == 0);
}

enum sy_err
stream_new(struct event_base *base, int fd, SSL *ssl, size_t max,
    const struct stream_hooks *hooks, void *ctx, struct stream **ret_stream)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return SY_ERR_NOMEM;
	s->base = base;
	s->fd = fd;
	s->ssl = ssl;
	s->shaking = ssl != NULL;
	s->max = max;
	s->hooks = hooks;
	s->ctx = ctx;
	s->waits = EV_READ;
	s->event = event_new(base, fd, EV_READ | EV_PERSIST, on_event, s);
	if (s->event == NULL || event_add(s->event, NULL) != 0 ||
	    (ssl != NULL && SSL_set_fd(ssl, fd) != 1)) {
		if (s->event != NULL)
			event_free(s->event);
		free(s);
		return SY_ERR_NOMEM;
	}
	if (ssl != NULL) {
		SSL_set_accept_state(ssl);
		SSL_set_read_ahead(ssl, 1);
		SSL_set_msg_callback(ssl, on_message);
		SSL_set_msg_callback_arg(ssl, s);
	}
	*ret_stream = s;
	return SY_OK;
}

void
stream_free(struct stream **stream)
{
	struct stream *s = *stream;

	if (s == NULL)
		return;
	event_free(s->event);
	free_input(s);
	SSL_free(s->ssl);
	(void)close(s->fd);
	free(s);
	*stream = NULL;
}

SSL *
stream_ssl(const struct stream *s)
{
	return s->ssl;
}
