/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sanyoso/frame.h>

static int pair[2];
static struct sy_buf *buf;

static int
open_pair(void **state)
{
	(void)state;
	if (sy_buf_new(2 * (size_t)SY_FRAME_MAX, &buf) != SY_OK)
		return -1;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
}

static int
close_pair(void **state)
{
	(void)state;
	sy_buf_free(&buf);
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
	return 0;
}

static void
hang_up(int i)
{
	close(pair[i]);
	pair[i] = -1;
}

/* ${ms} milliseconds from now. */
static struct timespec
soon(long ms)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void
make_frame(const char *body)
{
	sy_frame_begin(buf, 1, 0x83);
	assert_int_equal(sy_buf_raw(buf, body, strlen(body)), SY_OK);
	assert_int_equal(sy_frame_end(buf), SY_OK);
}

static void
a_frame_is_length_version_type_and_body(void **state)
{
	(void)state;
	make_frame("body");
	assert_int_equal(sy_buf_len(buf), SY_FRAME_HEADER + 4);
	assert_memory_equal(sy_buf_data(buf), "\0\0\0\6\1\203body", 10);
}

static void
a_frame_ends_at_its_most_bytes(void **state)
{
	static const uint8_t big[SY_FRAME_MAX];

	(void)state;
	sy_frame_begin(buf, 1, 1);
	(void)sy_buf_raw(buf, big, SY_FRAME_MAX - SY_FRAME_HEADER);
	assert_int_equal(sy_frame_end(buf), SY_OK);
	sy_frame_begin(buf, 1, 1);
	(void)sy_buf_raw(buf, big, SY_FRAME_MAX - SY_FRAME_HEADER + 1);
	assert_int_equal(sy_frame_end(buf), SY_ERR_LIMIT);
}

static void
a_frame_that_was_not_begun_does_not_end(void **state)
{
	(void)state;
	sy_buf_reset(buf);
	assert_int_equal(sy_frame_end(buf), SY_ERR_ARG);
}

static void
parse_takes_whole_frames_only(void **state)
{
	static const struct {
		const char *what;
		const char *bytes;
		size_t len;
		size_t max;
		enum sy_err err;
	} tc[] = {
		{ "nothing", "", 0, 64, SY_ERR_NOT_FOUND },
		{ "three bytes", "\0\0\0", 3, 64, SY_ERR_NOT_FOUND },
		{ "length 0", "\0\0\0\0", 4, 64, SY_ERR_FORMAT },
		{ "length 1", "\0\0\0\1\1", 5, 64, SY_ERR_FORMAT },
		{ "header alone", "\0\0\0\2\1\2", 6, 64, SY_OK },
		{ "header cut", "\0\0\0\2\1", 5, 64, SY_ERR_NOT_FOUND },
		{ "a body", "\0\0\0\3\1\2x", 7, 64, SY_OK },
		{ "a body and more", "\0\0\0\3\1\2xyz", 9, 64, SY_OK },
		{ "a body cut", "\0\0\0\4\1\2x", 7, 64, SY_ERR_NOT_FOUND },
		{ "as long as allowed", "\0\0\0\3\1\2x", 7, 7, SY_OK },
		{ "one too long", "\0\0\0\3\1\2x", 7, 6, SY_ERR_LIMIT },
		{ "too long, not yet there", "\0\1\0\0", 4, 64, SY_ERR_LIMIT },
		{ "the longest length", "\xff\xff\xff\xff\1\2", 6, 64,
		    SY_ERR_LIMIT },
		{ "no room at all", "\0\0\0\2\1\2", 6, 0, SY_ERR_LIMIT },
	};
	struct sy_frame frame;
	size_t used;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t *exact = malloc(tc[i].len + 1);

		print_message("  %s\n", tc[i].what);
		assert_non_null(exact);
		memcpy(exact, tc[i].bytes, tc[i].len);
		used = 99;
		assert_int_equal(sy_frame_parse(exact, tc[i].len, tc[i].max,
				     &frame, &used),
		    tc[i].err);
		if (tc[i].err == SY_OK) {
			assert_int_equal(used, 4 + tc[i].bytes[3]);
			assert_int_equal(frame.version, 1);
			assert_int_equal(frame.type, 2);
			assert_int_equal(frame.len, tc[i].bytes[3] - 2);
			assert_ptr_equal(frame.body, exact + SY_FRAME_HEADER);
		} else {
			assert_int_equal(used, 99);
		}
		free(exact);
	}
}

static void
what_was_sent_is_received(void **state)
{
	uint8_t got[64];
	struct sy_frame frame;
	const struct timespec limit = soon(5000);

	(void)state;
	/* Two at once: the first must not eat of the second. */
	for (int i = 0; i < 2; i++) {
		make_frame(i == 0 ? "first" : "second");
		assert_int_equal(sy_frame_send(pair[0], sy_buf_data(buf),
				     sy_buf_len(buf), &limit),
		    SY_OK);
	}
	assert_int_equal(sy_frame_receive(pair[1], got, sizeof(got), &limit,
			     &frame),
	    SY_OK);
	assert_int_equal(frame.len, 5);
	assert_memory_equal(frame.body, "first", 5);
	assert_int_equal(sy_frame_receive(pair[1], got, sizeof(got), NULL,
			     &frame),
	    SY_OK);
	assert_int_equal(frame.len, 6);
	assert_memory_equal(frame.body, "second", 6);
}

static void *
drip(void *arg)
{
	const uint8_t *bytes = sy_buf_data(buf);
	const size_t len = *(const size_t *)arg;

	for (size_t i = 0; i < len; i++) {
		assert_int_equal(send(pair[0], bytes + i, 1, 0), 1);
		usleep(200);
	}
	return NULL;
}

static void
a_frame_that_comes_byte_by_byte_is_put_together(void **state)
{
	uint8_t got[64];
	struct sy_frame frame;
	const struct timespec limit = soon(10000);
	pthread_t thread;
	size_t len;

	(void)state;
	make_frame("slowly");
	len = sy_buf_len(buf);
	assert_int_equal(pthread_create(&thread, NULL, drip, &len), 0);
	assert_int_equal(sy_frame_receive(pair[1], got, sizeof(got), &limit,
			     &frame),
	    SY_OK);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_memory_equal(frame.body, "slowly", 6);
}

static void
a_frame_cut_at_any_byte_is_a_closed_connection(void **state)
{
	uint8_t got[64];
	struct sy_frame frame;
	const struct timespec limit = soon(5000);
	int p[2];

	(void)state;
	make_frame("whole");
	for (size_t cut = 0; cut < sy_buf_len(buf); cut++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, p), 0);
		if (cut > 0)
			assert_int_equal(send(p[0], sy_buf_data(buf), cut, 0),
			    (ssize_t)cut);
		close(p[0]);
		assert_int_equal(sy_frame_receive(p[1], got, sizeof(got),
				     &limit, &frame),
		    SY_ERR_CLOSED);
		close(p[1]);
	}
}

static void
a_cut_frame_ends_at_the_deadline(void **state)
{
	uint8_t got[64];
	struct sy_frame frame;
	struct timespec limit;

	(void)state;
	make_frame("whole");
	assert_int_equal(send(pair[0], sy_buf_data(buf), 7, 0), 7);
	limit = soon(30);
	assert_int_equal(sy_frame_receive(pair[1], got, sizeof(got), &limit,
			     &frame),
	    SY_ERR_TIMEOUT);
	/* One that has passed already. */
	assert_int_equal(sy_frame_receive(pair[1], got, sizeof(got), &limit,
			     &frame),
	    SY_ERR_TIMEOUT);
}

static void
lengths_that_cannot_be_are_refused_before_the_body_comes(void **state)
{
	uint8_t got[32];
	struct sy_frame frame;
	const struct timespec limit = soon(5000);

	(void)state;
	assert_int_equal(send(pair[0], "\0\0\0\1", 4, 0), 4);
	assert_int_equal(sy_frame_receive(pair[1], got, sizeof(got), &limit,
			     &frame),
	    SY_ERR_FORMAT);
	assert_int_equal(send(pair[0], "\0\0\0\35", 4, 0), 4);
	assert_int_equal(sy_frame_receive(pair[1], got, sizeof(got), &limit,
			     &frame),
	    SY_ERR_LIMIT);
	assert_int_equal(sy_frame_receive(pair[1], got, SY_FRAME_HEADER - 1,
			     &limit, &frame),
	    SY_ERR_ARG);
}

static void
sending_to_nobody_is_an_error_and_no_signal(void **state)
{
	(void)state;
	make_frame("anybody?");
	hang_up(1);
	assert_int_equal(sy_frame_send(pair[0], sy_buf_data(buf),
			     sy_buf_len(buf), NULL),
	    SY_ERR_CLOSED);
}

static void
sending_to_somebody_who_does_not_read_ends_at_the_deadline(void **state)
{
	static const uint8_t big[4 * 1024 * 1024];
	const struct timespec limit = soon(50);

	(void)state;
	assert_int_equal(sy_frame_send(pair[0], big, sizeof(big), &limit),
	    SY_ERR_TIMEOUT);
}

static void
what_is_no_socket_is_an_error(void **state)
{
	uint8_t got[32];
	struct sy_frame frame;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(sy_frame_send(p[1], "x", 1, NULL), SY_ERR_IO);
	close(p[1]);
	assert_int_equal(sy_frame_receive(p[0], got, sizeof(got), NULL, &frame),
	    SY_ERR_IO);
	close(p[0]);
}

#define WITH_PAIR(f) cmocka_unit_test_setup_teardown(f, open_pair, close_pair)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_PAIR(a_frame_is_length_version_type_and_body),
		WITH_PAIR(a_frame_ends_at_its_most_bytes),
		WITH_PAIR(a_frame_that_was_not_begun_does_not_end),
		WITH_PAIR(parse_takes_whole_frames_only),
		WITH_PAIR(what_was_sent_is_received),
		WITH_PAIR(a_frame_that_comes_byte_by_byte_is_put_together),
		WITH_PAIR(a_frame_cut_at_any_byte_is_a_closed_connection),
		WITH_PAIR(a_cut_frame_ends_at_the_deadline),
		WITH_PAIR(
		    lengths_that_cannot_be_are_refused_before_the_body_comes),
		WITH_PAIR(sending_to_nobody_is_an_error_and_no_signal),
		WITH_PAIR(
		    sending_to_somebody_who_does_not_read_ends_at_the_deadline),
		WITH_PAIR(what_is_no_socket_is_an_error),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
