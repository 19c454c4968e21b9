/* SPDX-License-Identifier: Apache-2.0 */
/* server/http/stream.c: how connections end, and what is left of them. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>

#include "tests/support/faults.h"
#include "tests/support/stream_lab.h"

#define MAX 20000

/* --- what OpenSSL holds --- */

static size_t held;

static void *
count_malloc(size_t size, const char *file, int line)
{
	void *p = malloc(size);

	(void)file;
	(void)line;
	held += p == NULL ? 0 : malloc_usable_size(p);
	return p;
}

static void
count_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	held -= p == NULL ? 0 : malloc_usable_size(p);
	free(p);
}

static void *
count_realloc(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	held -= p == NULL ? 0 : malloc_usable_size(p);
	p = realloc(p, size);
	held += p == NULL ? 0 : malloc_usable_size(p);
	return p;
}

/* --- the other end is gone --- */

enum leave { NOTIFY, HALF, WHOLE, LEAVE_COUNT };

static void
leave(struct stream_lab *lab, enum leave how)
{
	uint8_t bytes[1024];

	switch (how) {
	case NOTIFY:
		if (lab->client == NULL)
			break;
		(void)SSL_shutdown(lab->client);
		stream_lab_put(lab, bytes,
		    stream_lab_made(lab, bytes, sizeof(bytes)));
		break;
	case HALF:
		(void)shutdown(lab->fd, SHUT_WR);
		break;
	case WHOLE:
	case LEAVE_COUNT:
		(void)close(lab->fd);
		lab->fd = -1;
		break;
	}
}

static void
an_end_is_noticed_behind_what_was_said_before(void **state)
{
	struct stream_lab *lab = *state;

	for (int link = LAB_PLAIN; link <= LAB_TLS; link++)
		for (int how = link == LAB_TLS ? NOTIFY : HALF;
		     how < LEAVE_COUNT; how++) {
			print_message("  %d %d\n", link, how);
			stream_lab_open(lab, (enum lab_link)link, MAX);
			stream_lab_shake(lab);
			stream_lab_say(lab, "the last");
			leave(lab, (enum leave)how);
			stream_lab_turn(lab);
			assert_true(stream_lab_got(lab, "the last"));
			assert_int_equal(lab->closed, 1);
			assert_false(lab->failed);
			assert_null(lab->stream);
			stream_lab_close(lab);
		}
}

static void
an_end_in_the_midst_of_a_record_is_an_end(void **state)
{
	struct stream_lab *lab = *state;
	uint8_t bytes[256];

	for (size_t n = 1; n < 22; n++) {
		stream_lab_open(lab, LAB_TLS, MAX);
		stream_lab_shake(lab);
		stream_lab_make(lab, "cut off");
		(void)stream_lab_made(lab, bytes, sizeof(bytes));
		stream_lab_put(lab, bytes, n);
		stream_lab_turn(lab);
		assert_int_equal(lab->closed, 0);
		leave(lab, WHOLE);
		stream_lab_turn(lab);
		assert_int_equal(lab->closed, 1);
		assert_int_equal(lab->inputs, 0);
		stream_lab_close(lab);
	}
}

static void
a_reader_that_goes_away_is_noticed_by_what_is_sent(void **state)
{
	static char text[600 * 1024];
	struct stream_lab *lab = *state;
	bool sent = true;

	for (int link = LAB_PLAIN; link <= LAB_TLS; link++) {
		stream_lab_open(lab, (enum lab_link)link, MAX);
		stream_lab_shake(lab);
		assert_int_equal(stream_send(lab->stream, text, sizeof(text),
				     &sent),
		    SY_OK);
		assert_false(sent);
		leave(lab, WHOLE);
		stream_lab_turn(lab);
		assert_int_equal(lab->closed, 1);
		assert_int_equal(lab->sent, 0);
		stream_lab_close(lab);

		stream_lab_open(lab, (enum lab_link)link, MAX);
		stream_lab_shake(lab);
		leave(lab, WHOLE);
		assert_int_equal(stream_send(lab->stream, "x", 1, &sent),
		    SY_ERR_CLOSED);
		assert_false(sent);
		stream_lab_close(lab);
	}
}

static void
bytes_that_are_no_record_end_it(void **state)
{
	struct stream_lab *lab = *state;

	stream_lab_open(lab, LAB_TLS, MAX);
	stream_lab_shake(lab);
	stream_lab_put(lab, "POST /v1/hello HTTP/1.1\r\n", 25);
	stream_lab_turn(lab);
	assert_int_equal(lab->closed, 1);
	assert_int_equal(lab->inputs, 0);
	/* No matter for the log: the handshake was fine. */
	assert_false(lab->failed);
	stream_lab_close(lab);
}

/* --- handshakes --- */

static void
a_handshake_that_fails_says_why(void **state)
{
	struct stream_lab *lab = *state;

	stream_lab_open(lab, LAB_TERMINAL, MAX);
	stream_lab_shake(lab);
	stream_lab_turn(lab);
	assert_int_equal(lab->shaken, 0);
	assert_int_equal(lab->closed, 1);
	assert_true(lab->failed);
	assert_int_equal(ERR_GET_REASON(lab->openssl_error),
	    SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE);
	assert_int_equal(ERR_peek_error(), 0);
	stream_lab_close(lab);

	stream_lab_open(lab, LAB_TLS, MAX);
	stream_lab_put(lab, "GET / HTTP/1.0\r\n\r\n", 18);
	stream_lab_turn(lab);
	assert_int_equal(lab->closed, 1);
	assert_true(lab->failed);
	stream_lab_close(lab);
}

/* Who breaks off says nothing about certificates; who closes in order in the
 * midst of it has not kept to the protocol. */
static void
a_handshake_that_breaks_off_ends(void **state)
{
	struct stream_lab *lab = *state;
	uint8_t bytes[8192];
	size_t len = 1;

	for (size_t cut = 0; cut < len; cut += 7) {
		stream_lab_open(lab, LAB_TLS, MAX);
		(void)SSL_do_handshake(lab->client);
		len = stream_lab_made(lab, bytes, sizeof(bytes));
		stream_lab_put(lab, bytes, cut);
		stream_lab_turn(lab);
		assert_int_equal(lab->closed, 0);
		leave(lab, HALF);
		stream_lab_turn(lab);
		assert_int_equal(lab->closed, 1);
		assert_int_equal(lab->shaken, 0);
		assert_true(lab->failed);
		stream_lab_close(lab);
	}
}

/* --- memory --- */

static void
a_connection_that_waits_keeps_no_buffers(void **state)
{
	struct stream_lab *lab = *state;
	size_t before, len;

	stream_lab_open(lab, LAB_TLS, MAX);
	stream_lab_shake(lab);
	stream_lab_turn(lab);
	lab->echo = 5;
	for (int i = 0; i < 3; i++) {
		before = held;
		(void)SSL_free_buffers(stream_ssl(lab->stream));
		assert_int_equal(held, before);
		stream_lab_say(lab, "hello");
		stream_lab_turn(lab);
		assert_null(stream_input(lab->stream, &len));
		assert_int_equal(len, 0);
	}
	assert_int_equal(lab->inputs, 3);
	stream_lab_close(lab);
}

static void
out_of_memory_is_an_end(void **state)
{
	static const struct stream_hooks none;
	struct stream_lab *lab = *state;
	struct stream *stream = NULL;
	unsigned int n = 0;
	bool failed;
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	do {
		enum sy_err err;

		stream_lab_open(lab, LAB_PLAIN, MAX);
		faults_arm(++n);
		err = stream_new(lab->base, fd[0], NULL, MAX, &none, NULL,
		    &stream);
		failed = faults_disarm();
		assert_int_equal(err, failed ? SY_ERR_NOMEM : SY_OK);
		/* The descriptor stays the caller's. */
		assert_int_not_equal(fcntl(fd[0], F_GETFD), -1);
		if (!failed)
			stream_free(&stream);
		stream_lab_close(lab);
	} while (failed);
	assert_int_equal(n, 2);
	(void)close(fd[1]);

	for (int link = LAB_PLAIN; link <= LAB_TLS; link++) {
		stream_lab_open(lab, (enum lab_link)link, MAX);
		stream_lab_shake(lab);
		stream_lab_say(lab, "no room");
		faults_arm(1);
		stream_lab_turn(lab);
		assert_true(faults_disarm());
		assert_int_equal(lab->inputs, 0);
		assert_int_equal(lab->closed, 1);
		stream_lab_close(lab);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STREAM_LAB_CASE(an_end_is_noticed_behind_what_was_said_before),
		STREAM_LAB_CASE(an_end_in_the_midst_of_a_record_is_an_end),
		STREAM_LAB_CASE(
		    a_reader_that_goes_away_is_noticed_by_what_is_sent),
		STREAM_LAB_CASE(bytes_that_are_no_record_end_it),
		STREAM_LAB_CASE(a_handshake_that_fails_says_why),
		STREAM_LAB_CASE(a_handshake_that_breaks_off_ends),
		STREAM_LAB_CASE(a_connection_that_waits_keeps_no_buffers),
		STREAM_LAB_CASE(out_of_memory_is_an_end),
	};

	if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) !=
	    1)
		return 1;
	return cmocka_run_group_tests_name("stream end", tests,
	    stream_lab_start, stream_lab_stop);
}
