/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HTTP_STREAM_H
#define SERVER_HTTP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>
#include <openssl/ssl.h>

#include <sanyoso/err.h>

/*
 * The bytes of one connection, through TLS or plain, without ever waiting: one
 * read of the socket for a request that comes in one piece, one write for an
 * answer. What came in stands in one buffer that exists only while there is
 * something in it, and is wiped when it goes. Loop thread only.
 */
struct stream;

/*
 * What happens, told from the loop. Each may free the stream and send; none is
 * called from inside stream_send.
 */
struct stream_hooks {
	/* The handshake is done; not for a plain stream. */
	void (*shaken)(void *ctx);
	/* There is input: more than before, or what was left of it when
	 * something had been sent. */
	void (*input)(void *ctx);
	/* What stream_send could not send at once has been sent. */
	void (*sent)(void *ctx);
	/*
	 * The other end is gone or broke the protocol; free the stream. What
	 * it sent before was told before. ${failed}: it was a handshake that
	 * failed, and ${openssl_error} says why.
	 */
	void (*closed)(void *ctx, bool failed, unsigned long openssl_error);
};

/*
 * Take over the connected ${fd}, which does not block, and ${ssl} (NULL:
 * plain), a server's side; on failure both stay the caller's.
 * ${max} bytes of input are held at most: then nothing is read until some are
 * taken. NOMEM.
 */
SY_MUST_USE enum sy_err stream_new(struct event_base *base, int fd, SSL *ssl,
    size_t max, const struct stream_hooks *hooks, void *ctx,
    struct stream **ret_stream);
/* Close without another word, wipe and free; NULL inside is allowed. */
void stream_free(struct stream **stream);

/* The TLS side, NULL for a plain stream. */
SSL *stream_ssl(const struct stream *stream);

/* The input that was not taken yet, valid until the loop runs again or some is
 * taken; it may be changed. NULL if there is none. */
uint8_t *stream_input(const struct stream *stream, size_t *ret_len);
/* Take the first ${len} bytes of it: they are wiped. */
void stream_take(struct stream *stream, size_t len);

/*
 * Send ${bytes}, which must stay until they are out: at once if
 * ${*ret_sent}, else until the hook "sent", before which nothing else is sent
 * or read. CLOSED: it can't be sent, free the stream; NOMEM.
 */
SY_MUST_USE enum sy_err stream_send(struct stream *stream, const void *bytes,
    size_t len, bool *ret_sent);

#endif /* SERVER_HTTP_STREAM_H */
