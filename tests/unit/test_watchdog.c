/* SPDX-License-Identifier: Apache-2.0 */
/* The worker's end by its watchdog, in children. (CARD-6) */
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/watchdog.h"
#include "tests/support/unit.h"

#define PATIENCE_S 10
#define TOLD       1
#define UNTOLD     4
#define OWN_END    77

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* A worker that does ${act} and then hangs. */
static pid_t
start(void (*act)(struct watchdog *dog), int *ret_line)
{
	struct watchdog *dog = NULL;
	int pair[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(pair[0]);
		if (watchdog_start(pair[1], &dog) != SY_OK)
			_exit(99);
		act(dog);
		for (;;)
			(void)pause();
	}
	(void)close(pair[1]);
	*ret_line = pair[0];
	return pid;
}

static int
wait_end(pid_t pid)
{
	int status;

	for (unsigned int i = 0; i < PATIENCE_S * 100; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			assert_true(WIFEXITED(status));
			return WEXITSTATUS(status);
		}
		(void)usleep(10000);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	fail_msg("it does not end");
	return -1;
}

static void
act_mute(struct watchdog *dog)
{
	watchdog_guard(dog, 300, SY_ERR_CARD_MUTE);
}

static void
act_quiet(struct watchdog *dog)
{
	watchdog_guard(dog, 300, SY_OK);
}

static void
act_nothing(struct watchdog *dog)
{
	(void)dog;
}

static void
act_in_time(struct watchdog *dog)
{
	for (unsigned int i = 0; i < 8; i++) {
		watchdog_guard(dog, 1500, SY_ERR_CARD_MUTE);
		(void)usleep(250000);
	}
	watchdog_guard(dog, 0, SY_OK);
	(void)usleep(1800000);
	_exit(OWN_END);
}

static void
a_call_that_hangs_is_reported_and_ends_the_worker(void **state)
{
	const uint64_t begin = now_ms();
	struct sy_device_failed failed;
	struct sy_frame frame;
	uint8_t buffer[512];
	int line;
	pid_t pid;

	(void)state;
	pid = start(act_mute, &line);
	assert_int_equal(sy_frame_receive(line, buffer, sizeof(buffer), NULL,
			     &frame),
	    SY_OK);
	assert_int_equal(sy_device_get_failed(&frame, &failed), SY_OK);
	assert_int_equal(failed.kind, SY_FAILURE_DEVICE);
	assert_int_equal(failed.code, SY_ERR_CARD_MUTE);
	assert_int_equal(failed.tries, 255);
	assert_int_equal(wait_end(pid), TOLD);
	assert_true(now_ms() - begin >= 300);
	(void)close(line);
}

static void
a_call_that_nobody_waits_for_ends_it_silently(void **state)
{
	struct sy_frame frame;
	uint8_t buffer[512];
	int line;
	pid_t pid;

	(void)state;
	pid = start(act_quiet, &line);
	assert_int_equal(sy_frame_receive(line, buffer, sizeof(buffer), NULL,
			     &frame),
	    SY_ERR_CLOSED);
	assert_int_equal(wait_end(pid), UNTOLD);
	(void)close(line);
}

static void
an_agent_that_leaves_ends_it(void **state)
{
	int line;
	pid_t pid;

	(void)state;
	pid = start(act_nothing, &line);
	(void)usleep(100000);
	(void)close(line);
	assert_int_equal(wait_end(pid), UNTOLD);
	/* Half a hang-up is one too. */
	pid = start(act_nothing, &line);
	assert_int_equal(shutdown(line, SHUT_WR), 0);
	assert_int_equal(wait_end(pid), UNTOLD);
	(void)close(line);
}

static void
calls_that_come_back_in_time_are_left_alone(void **state)
{
	int line;
	pid_t pid;

	(void)state;
	pid = start(act_in_time, &line);
	assert_int_equal(wait_end(pid), OWN_END);
	(void)close(line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_call_that_hangs_is_reported_and_ends_the_worker),
		cmocka_unit_test(a_call_that_nobody_waits_for_ends_it_silently),
		cmocka_unit_test(an_agent_that_leaves_ends_it),
		cmocka_unit_test(calls_that_come_back_in_time_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
