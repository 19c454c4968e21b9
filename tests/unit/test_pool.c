/* SPDX-License-Identifier: Apache-2.0 */
/* server/hasher/pool.c: processes that hash, and what becomes of a hash whose
 * process ends, hangs or talks nonsense. It fails; it never comes out wrong. */
#include "tests/support/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/hasher/pool.h"
#include "tests/support/built.h"
#include "tests/support/processes.h"

#define PASSWORD "Kitsune-no-yomeiri-9"
#define MAX      8
#define LOG_SIZE 2048

static const struct sy_hash_params params = { SY_HASH_MEMORY_MIN, 1 };
static struct sy_secret *password;
/* Of a link to the fake one. */
static char dir[] = "/tmp/test_pool.XXXXXX";
static char fake[128];

static int
setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(sy_secret_new(64, &password), SY_OK);
	assert_int_equal(sy_secret_append(password, PASSWORD, strlen(PASSWORD)),
	    SY_OK);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sy_secret_free(&password);
	return rmdir(dir);
}

/* Every process that was started has ended. */
static int
all_gone(void **state)
{
	(void)state;
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	if (fake[0] != '\0')
		(void)unlink(fake);
	fake[0] = '\0';
	return 0;
}

static const char *
as(const char *mode)
{
	(void)snprintf(fake, sizeof(fake), "%s/%s", dir, mode);
	assert_int_equal(symlink(built("tests/support/fake-hasher"), fake), 0);
	return fake;
}

static enum sy_err
try(const char *path, unsigned int count, int patience_ms, struct pool **ret,
    struct sy_error *error)
{
	const struct pool_config config = {
		.path = path, .count = count, .patience_ms = patience_ms
	};

	*error = (struct sy_error){ .code = SY_OK };
	return pool_new(&config, ret, error);
}

static struct pool *
make(const char *path, unsigned int count, int patience_ms)
{
	struct pool *pool = NULL;
	struct sy_error error;

	if (try(path, count, patience_ms, &pool, &error) != SY_OK)
		fail_msg("%s: %s", error.place, error.text);
	return pool;
}

static pid_t
only_child(void)
{
	pid_t pid[MAX];

	assert_int_equal(process_children(pid, MAX), 1);
	return pid[0];
}

static enum sy_err
hash(struct pool *pool, uint8_t salt_byte, uint8_t ret[SY_HASH_OUTPUT_SIZE])
{
	const uint8_t salt[SY_HASH_SALT_SIZE] = { salt_byte };

	return pool_hash(pool, password, &params, salt, ret);
}

static void
assert_right(uint8_t salt_byte, const uint8_t got[SY_HASH_OUTPUT_SIZE])
{
	const uint8_t salt[SY_HASH_SALT_SIZE] = { salt_byte };
	uint8_t right[SY_HASH_OUTPUT_SIZE];

	assert_int_equal(sy_password_hash(password, &params, salt, right),
	    SY_OK);
	assert_memory_equal(got, right, sizeof(right));
}

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- the real one --- */

struct caller {
	pthread_t thread;
	struct pool *pool;
	uint8_t first;
	unsigned int count;
	enum sy_err err;
	uint8_t hash[MAX][SY_HASH_OUTPUT_SIZE];
};

static void *
call(void *arg)
{
	struct caller *c = arg;

	for (unsigned int i = 0; c->err == SY_OK && i < c->count; i++)
		c->err = hash(c->pool, (uint8_t)(c->first + i), c->hash[i]);
	return NULL;
}

static void
start(struct caller *c, struct pool *pool, uint8_t first, unsigned int count)
{
	*c = (struct caller){ .pool = pool, .first = first, .count = count };
	assert_int_equal(pthread_create(&c->thread, NULL, call, c), 0);
}

static void
many_ask_at_the_same_time(void **state)
{
	struct pool *pool = make(built("sanyoso-hasher"), 2, 10000);
	struct caller c[5];
	pid_t pid[MAX];

	(void)state;
	assert_int_equal(process_children(pid, MAX), 2);
	for (unsigned int i = 0; i < SY_COUNT(c); i++)
		start(&c[i], pool, (uint8_t)(i * MAX), MAX);
	for (unsigned int i = 0; i < SY_COUNT(c); i++) {
		assert_int_equal(pthread_join(c[i].thread, NULL), 0);
		assert_int_equal(c[i].err, SY_OK);
		for (unsigned int k = 0; k < MAX; k++)
			assert_right((uint8_t)(i * MAX + k), c[i].hash[k]);
	}
	assert_int_equal(process_children(pid, MAX), 2);
	pool_free(&pool);
	assert_null(pool);
}

static void
one_that_was_killed_while_it_waited_is_replaced(void **state)
{
	struct pool *pool = make(built("sanyoso-hasher"), 1, 10000);
	const pid_t old = only_child();
	uint8_t out[SY_HASH_OUTPUT_SIZE];

	(void)state;
	assert_int_equal(kill(old, SIGKILL), 0);
	process_wait_state(old, 'Z');
	assert_int_equal(hash(pool, 1, out), SY_OK);
	assert_right(1, out);
	assert_true(only_child() != old);
	pool_free(&pool);
}

/* A hash that is in the hands of a stopped process. */
static pid_t
stop_in_the_middle(struct pool *pool, struct caller *c)
{
	const pid_t pid = only_child();

	assert_int_equal(kill(pid, SIGSTOP), 0);
	process_wait_state(pid, 'T');
	start(c, pool, 3, 1);
	(void)usleep(200000);
	return pid;
}

static void
a_hash_whose_process_was_killed_is_made_by_another(void **state)
{
	struct pool *pool = make(built("sanyoso-hasher"), 1, 10000);
	struct caller c;
	const pid_t old = stop_in_the_middle(pool, &c);

	(void)state;
	assert_int_equal(kill(old, SIGKILL), 0);
	assert_int_equal(pthread_join(c.thread, NULL), 0);
	assert_int_equal(c.err, SY_OK);
	assert_right(3, c.hash[0]);
	assert_true(only_child() != old);
	pool_free(&pool);
}

static void
one_that_hangs_is_killed_and_replaced(void **state)
{
	struct pool *pool = make(built("sanyoso-hasher"), 1, 500);
	struct caller c;
	const double begun = now();
	const pid_t old = stop_in_the_middle(pool, &c);

	(void)state;
	assert_int_equal(pthread_join(c.thread, NULL), 0);
	assert_true(now() - begun >= 0.5);
	assert_int_equal(c.err, SY_OK);
	assert_right(3, c.hash[0]);
	assert_true(only_child() != old);
	pool_free(&pool);
}

static void
a_stopped_process_does_not_hold_up_the_end(void **state)
{
	struct pool *pool = make(built("sanyoso-hasher"), 1, 10000);

	(void)state;
	assert_int_equal(kill(only_child(), SIGSTOP), 0);
	pool_free(&pool);
}

static void
bad_parameters_are_told_from_a_bad_process(void **state)
{
	struct pool *pool = make(built("sanyoso-hasher"), 1, 10000);
	const struct sy_hash_params bad = { SY_HASH_MEMORY_MAX + 1, 1 };
	const pid_t old = only_child();
	uint8_t out[SY_HASH_OUTPUT_SIZE], salt[SY_HASH_SALT_SIZE] = { 0 };

	(void)state;
	assert_int_equal(pool_hash(pool, password, &bad, salt, out),
	    SY_ERR_ARG);
	assert_int_equal(only_child(), old);
	pool_free(&pool);
}

/* A stop does not wait for a process that hangs, nor starts another. */
static void
the_close_ends_a_hash_that_hangs(void **state)
{
	struct pool *pool = make(built("sanyoso-hasher"), 1, 60000);
	uint8_t out[SY_HASH_OUTPUT_SIZE];
	struct caller c;
	double begun;

	(void)state;
	(void)stop_in_the_middle(pool, &c);
	begun = now();
	pool_close(pool);
	assert_int_equal(pthread_join(c.thread, NULL), 0);
	assert_true(now() - begun < 5);
	assert_int_equal(c.err, SY_ERR_BUSY);
	assert_int_equal(hash(pool, 1, out), SY_ERR_BUSY);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	pool_free(&pool);
}

static void
the_close_ends_a_start_that_hangs(void **state)
{
	const char *path = as("mute");
	struct pool *pool;
	struct caller c;
	double begun;
	pid_t old;

	(void)state;
	/* The first one works, as the real one does; the next says nothing. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(built("sanyoso-hasher"), path), 0);
	pool = make(path, 1, 60000);
	assert_int_equal(unlink(path), 0);
	(void)as("mute");
	old = stop_in_the_middle(pool, &c);
	assert_int_equal(kill(old, SIGKILL), 0);
	(void)usleep(500000);
	assert_true(only_child() != old);
	begun = now();
	pool_close(pool);
	assert_int_equal(pthread_join(c.thread, NULL), 0);
	assert_true(now() - begun < 5);
	assert_int_equal(c.err, SY_ERR_BUSY);
	pool_free(&pool);
}

/* --- others --- */

/* What the log says when a pool of ${count} begins. */
static struct pool *
make_logged(const char *path, unsigned int count, char ret[LOG_SIZE])
{
	const int before = dup(STDERR_FILENO);
	FILE *log = tmpfile();
	struct pool *pool;
	size_t n;

	assert_non_null(log);
	assert_true(dup2(fileno(log), STDERR_FILENO) >= 0);
	pool = make(path, count, 10000);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	(void)close(before);
	rewind(log);
	n = fread(ret, 1, LOG_SIZE - 1, log);
	(void)fclose(log);
	ret[n] = '\0';
	return pool;
}

/* Cards alone need none; who hashes later is the first to know if it can. */
static void
those_that_do_not_start_are_tried_again(void **state)
{
	static const struct {
		const char *mode, *text;
	} tc[] = {
		{ "sorry", "no sandbox here" },
		{ "ends", "did not say that it is ready" },
		{ "nonsense", "did not say that it is ready" },
		{ "none", "No such file" },
	};
	uint8_t out[SY_HASH_OUTPUT_SIZE];
	char log[LOG_SIZE], *first;
	struct pool *pool;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].mode);
		(void)as(tc[i].mode);
		if (strcmp(tc[i].mode, "none") == 0)
			assert_int_equal(unlink(fake), 0);
		pool = make_logged(fake, 3, log);
		assert_non_null(first = strstr(log, "3 of 3 processes"));
		assert_null(strstr(first + 1, "3 of 3 processes"));
		assert_non_null(strstr(log, tc[i].text));
		assert_int_equal(pool_running(pool), 0);
		assert_int_equal(hash(pool, 1, out), SY_ERR_BUSY);
		(void)unlink(fake);
		assert_int_equal(symlink(built("sanyoso-hasher"), fake), 0);
		assert_int_equal(hash(pool, 1, out), SY_OK);
		assert_right(1, out);
		assert_int_equal(pool_running(pool), 1);
		pool_free(&pool);
		(void)all_gone(state);
	}
}

static void
one_that_starts_is_enough(void **state)
{
	uint8_t out[SY_HASH_OUTPUT_SIZE];
	char log[LOG_SIZE];
	struct pool *pool;

	/* Whoever has the name first works, and takes it away. */
	pool = make_logged(as("once"), 3, log);
	assert_non_null(strstr(log, "2 of 3 processes"));
	assert_int_equal(pool_running(pool), 1);
	assert_int_equal(hash(pool, 1, out), SY_OK);
	pool_free(&pool);
	(void)state;
}

static void
a_pool_of_nothing_is_none(void **state)
{
	struct pool *pool = NULL;
	struct sy_error error;

	(void)state;
	assert_int_equal(try(built("sanyoso-hasher"), 0, 10000, &pool, &error),
	    SY_ERR_ARG);
	assert_null(pool);
}

static void
what_is_no_answer_is_asked_of_another_once(void **state)
{
	static const char *const modes[] = { "dies", "version", "type", "long",
		"short", "cut" };
	uint8_t out[SY_HASH_OUTPUT_SIZE], before[SY_HASH_OUTPUT_SIZE];

	memset(before, 0xa5, sizeof(before));
	for (size_t i = 0; i < SY_COUNT(modes); i++) {
		struct pool *pool = make(as(modes[i]), 1, 10000);

		print_message("  %s\n", modes[i]);
		memcpy(out, before, sizeof(out));
		assert_int_equal(hash(pool, 1, out), SY_ERR_BUSY);
		assert_memory_equal(out, before, sizeof(out));
		/* The next is a new process's again. */
		assert_int_equal(hash(pool, 1, out), SY_ERR_BUSY);
		pool_free(&pool);
		(void)all_gone(state);
	}
}

static void
one_that_never_answers_takes_twice_the_patience(void **state)
{
	struct pool *pool = make(as("hangs"), 1, 300);
	uint8_t out[SY_HASH_OUTPUT_SIZE];
	const double begun = now();

	(void)state;
	assert_int_equal(hash(pool, 1, out), SY_ERR_BUSY);
	assert_true(now() - begun >= 0.6);
	pool_free(&pool);
}

/* What it says unasked would be taken for the next one's hash. */
static void
a_second_answer_is_nobody_s(void **state)
{
	struct pool *pool = make(as("twice"), 1, 10000);
	uint8_t out[SY_HASH_OUTPUT_SIZE];
	const pid_t old = only_child();

	(void)state;
	assert_int_equal(hash(pool, 1, out), SY_OK);
	(void)usleep(200000);
	assert_int_equal(hash(pool, 2, out), SY_OK);
	assert_true(only_child() != old);
	pool_free(&pool);
}

static void
an_error_of_the_hash_itself_is_passed_on(void **state)
{
	struct pool *pool = make(as("refuses"), 1, 10000);
	uint8_t out[SY_HASH_OUTPUT_SIZE] = { 7 };
	const pid_t old = only_child();

	(void)state;
	assert_int_equal(hash(pool, 1, out), SY_ERR_NOMEM);
	assert_int_equal(out[0], 7);
	assert_int_equal(only_child(), old);
	pool_free(&pool);
}

static void
where_no_memory_is_kept_it_is_said_once(void **state)
{
	char text[LOG_SIZE], *first;
	struct pool *pool = make_logged(as("slow"), 3, text);

	(void)state;
	pool_free(&pool);
	assert_non_null(first = strstr(text, "can't be kept"));
	assert_null(strstr(first + 1, "can't be kept"));
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, all_gone)
	const struct CMUnitTest tests[] = {
		CASE(many_ask_at_the_same_time),
		CASE(one_that_was_killed_while_it_waited_is_replaced),
		CASE(a_hash_whose_process_was_killed_is_made_by_another),
		CASE(one_that_hangs_is_killed_and_replaced),
		CASE(a_stopped_process_does_not_hold_up_the_end),
		CASE(bad_parameters_are_told_from_a_bad_process),
		CASE(the_close_ends_a_hash_that_hangs),
		CASE(the_close_ends_a_start_that_hangs),
		CASE(those_that_do_not_start_are_tried_again),
		CASE(one_that_starts_is_enough),
		CASE(a_pool_of_nothing_is_none),
		CASE(what_is_no_answer_is_asked_of_another_once),
		CASE(one_that_never_answers_takes_twice_the_patience),
		CASE(a_second_answer_is_nobody_s),
		CASE(an_error_of_the_hash_itself_is_passed_on),
		CASE(where_no_memory_is_kept_it_is_said_once),
	};

	return cmocka_run_group_tests_name("pool", tests, setup, teardown);
}
