/* SPDX-License-Identifier: Apache-2.0 */
/* ctl/prompt.c: what is typed at a terminal, and the terminal afterwards. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "ctl/prompt.h"

#define ROOM        8
#define PATIENCE_MS 10000
#define NO_ANSWER   9 /* exit status of who was asked */

/* Somebody who is asked at a terminal of his own. */
struct asked {
	pid_t pid;
	int person; /* the other side of the terminal */
	int terminal;
};

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
/* How who is asked begins: SIG_IGN under nohup and in the background. */
static void (*disposition)(int);

static _Noreturn void
be_asked(const char *name, bool echo, const char *want)
{
	struct sy_secret *typed = NULL;
	int fd;

	for (size_t i = 0; i < SY_COUNT(signals); i++)
		(void)signal(signals[i], disposition);
	(void)setsid();
	fd = open(name, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0 ||
	    sy_secret_new(ROOM, &typed) != SY_OK)
		_exit(1);
	if (!prompt_read("PIN: ", echo, typed))
		_exit(sy_secret_len(typed) == 0 ? NO_ANSWER : 1);
	_exit(sy_secret_len(typed) == strlen(want) &&
		    memcmp(sy_secret_bytes(typed), want, strlen(want)) == 0
		? 0
		: 2);
}

static bool
echoes(const struct asked *a)
{
	struct termios now;

	assert_int_equal(tcgetattr(a->terminal, &now), 0);
	return (now.c_lflag & ECHO) != 0;
}

/* Until the prompt stands there, and as long as the echo is still to go. */
static void
await_prompt(const struct asked *a, bool echo)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	char seen[64] = "";
	size_t used = 0;
	ssize_t n;

	while (strstr(seen, "PIN: ") == NULL) {
		n = read(a->person, seen + used, sizeof(seen) - 1 - used);
		assert_true(n > 0);
		used += (size_t)n;
		seen[used] = '\0';
	}
	for (int ms = 0; echoes(a) != echo; ms++) {
		assert_true(ms < PATIENCE_MS);
		(void)nanosleep(&moment, NULL);
	}
}

static void
ask(struct asked *a, bool echo, const char *want)
{
	const char *name;

	a->person = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(a->person >= 0);
	assert_int_equal(grantpt(a->person), 0);
	assert_int_equal(unlockpt(a->person), 0);
	name = ptsname(a->person);
	assert_non_null(name);
	a->terminal = open(name, O_RDWR | O_NOCTTY);
	assert_true(a->terminal >= 0);
	assert_true(echoes(a));
	a->pid = fork();
	assert_true(a->pid >= 0);
	if (a->pid == 0)
		be_asked(name, echo, want);
	await_prompt(a, echo);
}

/* How it ended; the terminal must be as it was before. */
static int
end(struct asked *a)
{
	int status;

	assert_int_equal(waitpid(a->pid, &status, 0), a->pid);
	assert_true(echoes(a));
	(void)close(a->terminal);
	(void)close(a->person);
	return status;
}

static void
type(const struct asked *a, const char *text)
{
	assert_int_equal(write(a->person, text, strlen(text)), strlen(text));
}

static void
what_is_typed_is_taken_with_and_without_echo(void **state)
{
	(void)state;
	for (int echo = 0; echo < 2; echo++) {
		struct asked a;

		ask(&a, echo != 0, "123456");
		type(&a, "123456\n");
		assert_int_equal(end(&a), 0);
	}
}

static void
too_much_and_nothing_are_no_answer(void **state)
{
	static const char *const typed[] = { "123456789\n", "\x04" };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(typed); i++) {
		struct asked a;
		int status;

		ask(&a, false, "");
		type(&a, typed[i]);
		status = end(&a);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), NO_ANSWER);
	}
}

static void
who_is_interrupted_leaves_the_echo_on(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(signals); i++) {
		struct asked a;
		int status;

		ask(&a, false, "");
		type(&a, "12");
		assert_int_equal(kill(a.pid, signals[i]), 0);
		status = end(&a);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
	}
}

static void
what_is_ignored_interrupts_nobody(void **state)
{
	(void)state;
	disposition = SIG_IGN;
	for (size_t i = 0; i < SY_COUNT(signals); i++) {
		struct asked a;

		ask(&a, false, "12");
		assert_int_equal(kill(a.pid, signals[i]), 0);
		type(&a, "12\n");
		assert_int_equal(end(&a), 0);
	}
}

static void
a_key_does_not_stop_it_while_nothing_is_seen(void **state)
{
	struct asked a;

	(void)state;
	/* Ctrl-Z is a character like others then. */
	ask(&a, false, "12\x1a");
	type(&a, "12\x1a\n");
	assert_int_equal(end(&a), 0);
}

static int
setup(void **state)
{
	(void)state;
	disposition = SIG_DFL;
	return 0;
}

#define CASE(test) cmocka_unit_test_setup(test, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_typed_is_taken_with_and_without_echo),
		CASE(too_much_and_nothing_are_no_answer),
		CASE(who_is_interrupted_leaves_the_echo_on),
		CASE(what_is_ignored_interrupts_nobody),
		CASE(a_key_does_not_stop_it_while_nothing_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
