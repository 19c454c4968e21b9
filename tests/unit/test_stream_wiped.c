/* SPDX-License-Identifier: Apache-2.0 */
/* server/http/stream.c: nothing of a password stays in memory, ours or
 * OpenSSL's, once a request was taken or given up. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/sanitized.h"
#include "tests/support/stream_lab.h"

#define MAX    73728
#define SECRET 24
#define MASK   0x5a
#define BEFORE 100
/* Longer than the first buffer. */
#define LONG 30000

/* Larger ones are those of sanitizers. */
#define MAPPING_MAX ((size_t)64 << 20)

/* The password stands nowhere in this process as it is: only a child that plays
 * the client takes the mask off. */
static uint8_t masked[SECRET];

/* --- the client --- */

struct client {
	pid_t pid;
	int go; /* a byte for each part that it may send */
};

static void
send_all(SSL *ssl, const uint8_t *p, int len)
{
	if (SSL_write(ssl, p, len) != len)
		_exit(2);
}

/* The password in one record or two, then filler; and some before it, where a
 * freed buffer is written to by its owner. */
static void
play_client(SSL *ssl, int first, int go)
{
	static uint8_t filler[LONG];
	uint8_t secret[SECRET];
	char c;

	for (size_t i = 0; i < SECRET; i++)
		secret[i] = masked[i] ^ MASK;
	if (SSL_connect(ssl) != 1 || read(go, &c, 1) != 1)
		_exit(2);
	send_all(ssl, filler, BEFORE);
	send_all(ssl, secret, first);
	if (first < SECRET)
		send_all(ssl, secret + first, SECRET - first);
	if (read(go, &c, 1) == 1)
		send_all(ssl, filler, LONG);
	/* Until the test is done with it. */
	_exit(read(go, &c, 1) < 0);
}

static void
start_client(struct stream_lab *lab, int first, struct client *c)
{
	int go[2];

	assert_int_equal(pipe(go), 0);
	c->pid = fork();
	assert_int_not_equal(c->pid, -1);
	if (c->pid == 0) {
		(void)close(go[1]);
		(void)fcntl(lab->fd, F_SETFL, 0);
		if (SSL_set_fd(lab->client, lab->fd) != 1)
			_exit(2);
		play_client(lab->client, first, go[0]);
	}
	(void)close(go[0]);
	c->go = go[1];
}

static void
client_goes_on(struct client *c)
{
	assert_int_equal(write(c->go, "g", 1), 1);
}

static void
stop_client(struct client *c)
{
	int status;

	(void)close(c->go);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	assert_int_equal(status, 0);
}

/* Until the stream has ${len} bytes of input. */
static void
wait_for_input(struct stream_lab *lab, size_t len)
{
	size_t have = 0;

	while (have < len) {
		assert_int_equal(event_base_loop(lab->base, EVLOOP_ONCE), 0);
		assert_non_null(lab->stream);
		(void)stream_input(lab->stream, &have);
	}
}

/* --- the search --- */

#if SY_SANITIZED
#define UNCHECKED __attribute__((no_sanitize("address")))
#else
#define UNCHECKED
#endif

/* What was freed is looked at too. */
UNCHECKED static unsigned int
count_between(const uint8_t *p, const uint8_t *end)
{
	unsigned int found = 0;

	for (; p + SECRET <= end; p++) {
		size_t n = 0;

		while (n < SECRET && (p[n] ^ MASK) == masked[n])
			n++;
		if (n == SECRET)
			found++;
	}
	return found;
}

/* How often the password stands in memory that can be written. */
static unsigned int
count_secrets(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned int found = 0;
	uintptr_t from, to;
	char line[512], rights[8];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		assert_int_equal(sscanf(line, "%lx-%lx %7s", &from, &to,
				     rights),
		    3);
		if (strncmp(rights, "rw", 2) == 0 && to - from < MAPPING_MAX)
			found += count_between((const uint8_t *)from,
			    (const uint8_t *)to);
	}
	(void)fclose(maps);
	return found;
}

/* --- cases --- */

static int
group_setup(void **state)
{
	for (size_t i = 0; i < SECRET; i++)
		masked[i] = (uint8_t)('a' + i * 7 % 26) ^ MASK;
	return stream_lab_start(state);
}

static void
open_with_secret(struct stream_lab *lab, int first, struct client *c)
{
	stream_lab_open(lab, LAB_TLS, MAX);
	lab->keeps = true;
	start_client(lab, first, c);
	client_goes_on(c);
	wait_for_input(lab, BEFORE + SECRET);
	/* The search finds what is there, and OpenSSL's copy is not. */
	assert_int_equal(count_secrets(), 1);
}

static void
what_was_taken_is_gone(void **state)
{
	struct stream_lab *lab = *state;
	struct client c;

	open_with_secret(lab, SECRET, &c);
	stream_take(lab->stream, BEFORE + SECRET);
	assert_int_equal(count_secrets(), 0);
	stop_client(&c);
	stream_lab_close(lab);
}

static void
what_was_never_taken_goes_with_the_stream(void **state)
{
	struct stream_lab *lab = *state;
	struct client c;

	open_with_secret(lab, SECRET / 2, &c);
	stream_free(&lab->stream);
	assert_int_equal(count_secrets(), 0);
	stop_client(&c);
	stream_lab_close(lab);
}

static void
a_buffer_that_grows_leaves_nothing_behind(void **state)
{
	struct stream_lab *lab = *state;
	struct client c;

	open_with_secret(lab, SECRET / 2, &c);
	client_goes_on(&c);
	wait_for_input(lab, BEFORE + SECRET + LONG);
	assert_int_equal(count_secrets(), 1);
	stream_take(lab->stream, BEFORE + SECRET);
	assert_int_equal(count_secrets(), 0);
	stop_client(&c);
	stream_lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STREAM_LAB_CASE(what_was_taken_is_gone),
		STREAM_LAB_CASE(what_was_never_taken_goes_with_the_stream),
		STREAM_LAB_CASE(a_buffer_that_grows_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("stream wiped", tests, group_setup,
	    stream_lab_stop);
}
