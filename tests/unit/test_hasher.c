/* SPDX-License-Identifier: Apache-2.0 */
/* sanyoso-hasher itself: what it may do, what it answers, and what becomes of
 * the memory of its hashes. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/sanitized.h"
#include "server/crew.h"
#include "server/hasher/protocol.h"
#include "tests/support/built.h"
#include "tests/support/processes.h"

#define PASSWORD "Kitsune-no-yomeiri-9"
#define MEMORY   65536U /* KiB */
#define MIB      1048576ULL

struct scene {
	pid_t pid;
	int fd;
	struct hasher_ready ready;
	uint8_t in[HASHER_FRAME_MAX];
};

static const uint8_t salt[SY_HASH_SALT_SIZE] = "0123456789abcdef";

static struct timespec
soon(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 20;
	return t;
}

static enum sy_err
hear(struct scene *s, struct sy_frame *ret)
{
	const struct timespec deadline = soon();

	return sy_frame_receive(s->fd, s->in, sizeof(s->in), &deadline, ret);
}

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	const char *program = built("sanyoso-hasher");
	struct sy_frame frame;
	int pair[2], extra;

	assert_non_null(s);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	/* What must not stay with it. */
	extra = open("/dev/null", O_RDONLY);
	if ((s->pid = fork()) == 0) {
		char name[] = "sanyoso-hasher";
		char *const argv[] = { name, NULL };
		char *const envp[] = { NULL };

		(void)dup2(pair[1], 20);
		(void)dup2(20, HASHER_FD);
		(void)execve(program, argv, envp);
		_exit(99);
	}
	(void)close(pair[1]);
	(void)close(extra);
	s->fd = pair[0];
	assert_int_equal(hear(s, &frame), SY_OK);
	assert_int_equal(hasher_get_ready(&frame, &s->ready), SY_OK);
	assert_string_equal(s->ready.text, "");
	assert_int_equal(s->ready.code, SY_OK);
	*state = s;
	return 0;
}

/* It ends by itself when its socket is closed. */
static int
teardown(void **state)
{
	struct scene *s = *state;
	int status;

	(void)close(s->fd);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	free(s);
	return 0;
}

static void
ask(struct scene *s, uint32_t memory, uint8_t ret[SY_HASH_OUTPUT_SIZE])
{
	SY_AUTO(sy_secret_free) struct sy_secret *password = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *request = NULL;
	const struct sy_hash_params params = { memory, 1 };
	const struct timespec deadline = soon();
	uint8_t right[SY_HASH_OUTPUT_SIZE];
	struct sy_frame frame;
	enum sy_err code;

	assert_int_equal(sy_secret_new(64, &password), SY_OK);
	assert_int_equal(sy_secret_append(password, PASSWORD, strlen(PASSWORD)),
	    SY_OK);
	assert_int_equal(hasher_put_task(password, &params, salt, &request),
	    SY_OK);
	assert_int_equal(sy_frame_send(s->fd, sy_secret_bytes(request),
			     sy_secret_len(request), &deadline),
	    SY_OK);
	assert_int_equal(hear(s, &frame), SY_OK);
	assert_int_equal(hasher_get_hashed(&frame, &code, ret), SY_OK);
	assert_int_equal(code, SY_OK);
	assert_int_equal(sy_password_hash(password, &params, salt, right),
	    SY_OK);
	assert_memory_equal(ret, right, sizeof(right));
}

static void
its_hash_is_that_of_the_library(void **state)
{
	uint8_t first[SY_HASH_OUTPUT_SIZE], other[SY_HASH_OUTPUT_SIZE],
	    again[SY_HASH_OUTPUT_SIZE];

	ask(*state, SY_HASH_MEMORY_MIN, first);
	ask(*state, SY_HASH_MEMORY, other);
	assert_memory_not_equal(first, other, sizeof(first));
	ask(*state, SY_HASH_MEMORY_MIN, again);
	assert_memory_equal(first, again, sizeof(first));
}

static void
it_is_left_with_nothing(void **state)
{
	const struct scene *s = *state;
	static const char name[] = "sanyoso-hasher";
	char text[4096], *at;

	for (const char *const *set = (const char *const[]){ "CapInh", "CapPrm",
		 "CapEff", "CapAmb", NULL };
	     *set != NULL; set++)
		assert_int_equal(process_status(s->pid, *set, 16), 0);
	assert_int_equal(process_status(s->pid, "NoNewPrivs", 10), 1);
	/* 2: a filter (proc(5)). */
	assert_int_equal(process_status(s->pid, "Seccomp", 10), 2);
	assert_int_equal(process_status(s->pid, "Threads", 10), 1);
	assert_int_equal(process_file(s->pid, "cmdline", text, sizeof(text)),
	    sizeof(name));
	assert_string_equal(text, name);
	assert_int_equal(process_file(s->pid, "environ", text, sizeof(text)),
	    0);
	/* Behind the name: state and 15 more fields, then the nice value. */
	(void)process_file(s->pid, "stat", text, sizeof(text));
	assert_non_null(at = strrchr(text, ')'));
	for (int field = 2; field < 19; field++)
		assert_non_null(at = strchr(at + 1, ' '));
	assert_int_equal(strtol(at, NULL, 10), CREW_NICE);
}

static void
nothing_stays_open_but_its_socket(void **state)
{
	const struct scene *s = *state;
	char path[64];

	for (int fd = 0; fd < 64; fd++) {
		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d",
		    (int)s->pid, fd);
		if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			assert_true(fd <= HASHER_FD);
		else if (geteuid() == 0)
			assert_true(fd > HASHER_FD);
	}
}

static void
what_is_sent_to_the_whole_service_does_not_end_it(void **state)
{
	static const int sent[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2,
		SIGPIPE };
	struct scene *s = *state;
	uint8_t hash[SY_HASH_OUTPUT_SIZE];

	for (size_t i = 0; i < SY_COUNT(sent); i++)
		assert_int_equal(kill(s->pid, sent[i]), 0);
	ask(s, SY_HASH_MEMORY_MIN, hash);
}

static void
anything_but_a_request_ends_it(void **state)
{
	static const struct {
		const char *what;
		uint8_t bytes[16];
		size_t len;
	} tc[] = {
		{ "another type", { 0, 0, 0, 2, 1, 3 }, 6 },
		{ "another version", { 0, 0, 0, 2, 2, 2 }, 6 },
		{ "a frame without body", { 0, 0, 0, 2, 1, 2 }, 6 },
		{ "a frame without type", { 0, 0, 0, 1, 1 }, 5 },
		{ "a frame too long", { 0, 0, 8, 0, 1, 2 }, 6 },
		{ "a frame far too long", { 255, 255, 255, 255, 1, 2 }, 6 },
	};

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct scene *s = *state;
		struct sy_frame frame;

		print_message("  %s\n", tc[i].what);
		assert_int_equal(send(s->fd, tc[i].bytes, tc[i].len,
				     MSG_NOSIGNAL),
		    (ssize_t)tc[i].len);
		assert_int_equal(hear(s, &frame), SY_ERR_CLOSED);
		(void)teardown(state);
		(void)setup(state);
	}
}

static void
by_hand_it_says_what_it_is_for(void **state)
{
	const char *program = built("sanyoso-hasher");
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0) {
		(void)close_range(STDERR_FILENO + 1, ~0U, 0);
		(void)execl(program, "sanyoso-hasher", (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
}

/* --- memory --- */

static unsigned long long
resident(const struct scene *s)
{
	return process_status(s->pid, "VmRSS", 10) * 1024;
}

static void
need_arena(const struct scene *s)
{
#if SY_SANITIZED
	assert_false(s->ready.kept);
	skip();
#else
	assert_true(s->ready.kept);
#endif
}

static void
memory_is_kept_between_hashes_and_given_back_after_them(void **state)
{
	struct scene *s = *state;
	uint8_t hash[SY_HASH_OUTPUT_SIZE];

	need_arena(s);
	assert_true(resident(s) < 12 * MIB);
	ask(s, MEMORY, hash);
	assert_true(resident(s) > MEMORY * 1024ULL);
	/* What takes less uses a part of it, and the rest stays for others. */
	ask(s, SY_HASH_MEMORY_MIN, hash);
	ask(s, SY_HASH_MEMORY_LEAST, hash);
	assert_true(resident(s) > MEMORY * 1024ULL);
	assert_true(resident(s) < MEMORY * 1024ULL + 12 * MIB);
	for (unsigned int tenths = 0; resident(s) > 12 * MIB; tenths++) {
		assert_true(tenths < 100);
		(void)usleep(100000);
	}
}

/* It can't grow past what the largest request of late needed, and a little. */
static void
its_memory_has_a_limit(void **state)
{
	struct scene *s = *state;
	uint8_t hash[SY_HASH_OUTPUT_SIZE];
	char text[4096], *line;

	need_arena(s);
	ask(s, MEMORY, hash);
	(void)process_file(s->pid, "limits", text, sizeof(text));
	assert_non_null(line = strstr(text, "Max data size"));
	assert_int_equal(strtoull(line + strlen("Max data size"), NULL, 10),
	    MEMORY * 1024ULL + 16 * MIB);
	/* What is kept counts, whatever is used of it. */
	ask(s, SY_HASH_MEMORY_MIN, hash);
	(void)process_file(s->pid, "limits", text, sizeof(text));
	assert_non_null(line = strstr(text, "Max data size"));
	assert_int_equal(strtoull(line + strlen("Max data size"), NULL, 10),
	    MEMORY * 1024ULL + 16 * MIB);
	assert_non_null(line = strstr(text, "Max core file size"));
	assert_int_equal(strtoull(line + strlen("Max core file size"), NULL,
			     10),
	    0);
}

/* The kept mapping: the one that has this size. */
static off_t
find_mapping(const struct scene *s, size_t size)
{
	char text[16384], *line, *end;

	(void)process_file(s->pid, "maps", text, sizeof(text));
	for (line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
		const unsigned long start = strtoul(line, &end, 16);

		if (*end == '-' && strtoul(end + 1, NULL, 16) == start + size)
			return (off_t)start;
	}
	fail_msg("no mapping of %zu bytes", size);
	return 0;
}

static size_t
count_bytes(int mem, off_t at, size_t size)
{
	static uint8_t block[65536];
	size_t n = 0;

	for (size_t done = 0; done < size; done += sizeof(block)) {
		assert_int_equal(pread(mem, block, sizeof(block),
				     at + (off_t)done),
		    (ssize_t)sizeof(block));
		for (size_t i = 0; i < sizeof(block); i++)
			n += block[i] != 0;
	}
	return n;
}

/* Blocks that come from a password do not wait for the next one. */
static void
what_a_hash_left_is_wiped_when_nothing_follows(void **state)
{
	struct scene *s = *state;
	const size_t size = SY_HASH_MEMORY_MIN * 1024UL;
	uint8_t hash[SY_HASH_OUTPUT_SIZE];
	char path[64];
	off_t at;
	int mem;

	need_arena(s);
	if (geteuid() != 0)
		skip();
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)s->pid);
	ask(s, SY_HASH_MEMORY_MIN, hash);
	/* Hashed here too meanwhile, which takes longer than it waits. */
	ask(s, SY_HASH_MEMORY_MIN, hash);
	(void)usleep(500000);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(mem >= 0);
	at = find_mapping(s, size);
	assert_int_equal(count_bytes(mem, at, size), 0);
	(void)close(mem);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(its_hash_is_that_of_the_library),
		CASE(it_is_left_with_nothing),
		CASE(nothing_stays_open_but_its_socket),
		CASE(what_is_sent_to_the_whole_service_does_not_end_it),
		CASE(anything_but_a_request_ends_it),
		cmocka_unit_test(by_hand_it_says_what_it_is_for),
		CASE(memory_is_kept_between_hashes_and_given_back_after_them),
		CASE(its_memory_has_a_limit),
		CASE(what_a_hash_left_is_wiped_when_nothing_follows),
	};

	return cmocka_run_group_tests_name("hasher", tests, NULL, NULL);
}
