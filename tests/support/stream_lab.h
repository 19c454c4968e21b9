/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STREAM_LAB_H
#define STREAM_LAB_H

#include <openssl/ssl.h>

#include "server/http/stream.h"
#include "server/http/tls.h"

/*
 * A stream of the server over a socketpair, with the server's own TLS, and at
 * the other end a client of OpenSSL whose bytes go through the test's hands: it
 * can cut them, hold them back or put them together. Whatever fails ends the
 * test.
 */

/* The server's TLS and the client's, once for all cases: cmocka's set-up and
 * tear-down of a group. */
int stream_lab_start(void **state);
int stream_lab_stop(void **state);
/* And of a case: a lab in *state, to be opened and closed by it. */
int stream_lab_new(void **state);
int stream_lab_free(void **state);
#define STREAM_LAB_CASE(f)                                                     \
	cmocka_unit_test_setup_teardown(f, stream_lab_new, stream_lab_free)

/* The server's side of a TLS that wants a terminal's certificate, or not. */
SSL *stream_lab_tls(bool terminal);

enum lab_link { LAB_PLAIN, LAB_TLS, LAB_TERMINAL };

struct stream_lab {
	struct event_base *base;
	struct stream *stream; /* NULL: it was freed */
	size_t max;
	int fd; /* the client's end */
	SSL *client;
	BIO *in, *out; /* of the client: what came, what is to be sent */

	/* What the hooks do. */
	bool keeps;  /* leaves the input where it is */
	size_t echo; /* sends back so many bytes for each time, 0: none */
	void (*more)(struct stream_lab *lab); /* called with each input */

	/* What they have seen. */
	unsigned int shaken, inputs, sent, closed;
	bool failed;
	unsigned long openssl_error;
	bool nested; /* one was called inside another */
	char got[256 * 1024];
	size_t len;
	const char *answer; /* is being sent by echo */

	bool inside;
	char echoed[64];
};

void stream_lab_open(struct stream_lab *lab, enum lab_link link, size_t max);
void stream_lab_close(struct stream_lab *lab);
/* Before that: the client has a terminal's certificate, and sends the CA's with
 * it. */
void stream_lab_certify(struct stream_lab *lab);
/* Let the client's and the server's handshakes come to their end. */
void stream_lab_shake(struct stream_lab *lab);

/* Let the server do what there is to do now; and then read what it sent into
 * lab->in. */
void stream_lab_turn(struct stream_lab *lab);
void stream_lab_fetch(struct stream_lab *lab);
/* What the client has to send, ${max} bytes at most. */
size_t stream_lab_made(struct stream_lab *lab, uint8_t *ret, size_t max);
/* Put bytes on the wire as they are. */
void stream_lab_put(struct stream_lab *lab, const void *bytes, size_t len);
/* One record with ${text} (plain: the text), made or put on the wire. */
void stream_lab_make(struct stream_lab *lab, const char *text);
void stream_lab_say(struct stream_lab *lab, const char *text);
/* Whether exactly ${text} came in since the last time. */
bool stream_lab_got(struct stream_lab *lab, const char *text);

#endif /* STREAM_LAB_H */
