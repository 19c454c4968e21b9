/* SPDX-License-Identifier: Apache-2.0 */
/* ctl/enroll.c: a dialogue with the agent, by a process without a terminal. */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/enroll.h"
#include "tests/support/fake_agent.h"

static const char *const below[] = { "/run", "/run/sanyoso",
	"/run/sanyoso/agent" };
static char *root;

static void
path_of(const char *name, char out[128])
{
	assert_true(snprintf(out, 128, "%s%s", root, name) < 128);
}

static int
set_up(void **state)
{
	char path[128];

	(void)state;
	if ((root = fake_folder_new()) == NULL)
		return -1;
	for (size_t i = 0; i < SY_COUNT(below); i++) {
		path_of(below[i], path);
		if (mkdir(path, 0700) != 0)
			return -1;
	}
	return 0;
}

static int
tear_down(void **state)
{
	char path[128];

	(void)state;
	path_of("/run/sanyoso/agent/agent.sock", path);
	(void)unlink(path);
	for (size_t i = SY_COUNT(below); i-- > 0;) {
		path_of(below[i], path);
		(void)rmdir(path);
	}
	fake_folder_remove(root);
	return 0;
}

/* "token enroll suzuki" with its input and what it says. */
struct run {
	pid_t pid;
	int in, out;
	char said[1024];
};

static _Noreturn void
enrol(const int in[2], const int out[2])
{
	const struct ctl_context ctx = { .root = root };
	const struct enroll_words words = { .user = "suzuki" };

	/* No terminal is left to ask at. */
	(void)setsid();
	(void)dup2(in[0], STDIN_FILENO);
	(void)dup2(out[1], STDOUT_FILENO);
	(void)dup2(out[1], STDERR_FILENO);
	(void)close(in[1]);
	(void)close(out[0]);
	exit((int)enroll_run(&ctx, &words));
}

static void
run_start(struct run *run)
{
	int in[2], out[2];

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	run->pid = fork();
	assert_true(run->pid >= 0);
	if (run->pid == 0)
		enrol(in, out);
	(void)close(in[0]);
	(void)close(out[1]);
	run->in = in[1];
	run->out = out[0];
}

/* Type ${text}, hear it out; its exit status. */
static int
run_end(struct run *run, const char *text)
{
	size_t used = 0;
	ssize_t n;
	int status;

	assert_int_equal(write(run->in, text, strlen(text)), strlen(text));
	(void)close(run->in);
	while (used < sizeof(run->said) - 1 &&
	    (n = read(run->out, run->said + used,
		 sizeof(run->said) - 1 - used)) > 0)
		used += (size_t)n;
	run->said[used] = '\0';
	(void)close(run->out);
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Not a test's own: leaks are looked for in the child, too, at whose end nobody
 * holds what only a frame did. */
static struct fake_agent *agent;

static void
agent_start(const struct fake_step *steps)
{
	char path[128];

	path_of("/run/sanyoso/agent/agent.sock", path);
	agent = fake_agent_start(path, steps);
	assert_non_null(agent);
}

static void
what_was_typed_reaches_the_agent(void **state)
{
	static const struct fake_step steps[] = {
		{ FAKE_ENROLL, "suzuki", 0, NULL },
		{ FAKE_PROMPT, "Code: ", 7, NULL },
		{ FAKE_ANSWER, "ABCD", 7, NULL },
		{ FAKE_INFO, "Insert the card.", 0, NULL },
		{ FAKE_WAIT, NULL, 0, NULL },
		{ FAKE_RESULT, NULL, SY_RESULT_ALLOWED, "Enrolled." },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run;

	(void)state;
	agent_start(steps);
	run_start(&run);
	assert_int_equal(run_end(&run, "ABCD\n"), CTL_DONE);
	assert_string_equal(run.said, "Code: Insert the card.\nEnrolled.\n");
	assert_null(fake_agent_stop(agent, NULL));
}

static void
who_answers_too_late_reads_why_it_is_over(void **state)
{
	static const struct fake_step steps[] = {
		{ FAKE_ENROLL, "suzuki", 0, NULL },
		{ FAKE_PROMPT, "Code: ", 7, NULL },
		{ FAKE_RESULT, NULL, SY_RESULT_DENIED, "That took too long." },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run;

	(void)state;
	agent_start(steps);
	run_start(&run);
	/* It is gone before anything is typed. */
	assert_null(fake_agent_stop(agent, NULL));
	assert_int_equal(run_end(&run, "ABCD\n"), CTL_REFUSED);
	assert_string_equal(run.said, "Code: That took too long.\n");
}

static void
an_agent_that_ends_without_a_word_is_no_connection(void **state)
{
	static const struct fake_step steps[] = {
		{ FAKE_ENROLL, "suzuki", 0, NULL },
		{ FAKE_PROMPT, "Code: ", 7, NULL },
		{ FAKE_END, NULL, 0, NULL },
	};
	struct run run;

	(void)state;
	agent_start(steps);
	run_start(&run);
	assert_null(fake_agent_stop(agent, NULL));
	assert_int_equal(run_end(&run, "ABCD\n"), CTL_NO_CONNECTION);
	assert_non_null(strstr(run.said, "The agent broke off"));
}

static void
a_path_that_no_socket_can_have_is_named_as_such(void **state)
{
	char *const short_root = root;
	char long_root[256];
	struct run run;

	(void)state;
	memset(long_root, 'a', sizeof(long_root) - 1);
	long_root[0] = '/';
	long_root[sizeof(long_root) - 1] = '\0';
	root = long_root;
	run_start(&run);
	root = short_root;
	assert_int_equal(run_end(&run, ""), CTL_NO_CONNECTION);
	assert_non_null(strstr(run.said, "File name too long"));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_typed_reaches_the_agent),
		CASE(who_answers_too_late_reads_why_it_is_over),
		CASE(an_agent_that_ends_without_a_word_is_no_connection),
		CASE(a_path_that_no_socket_can_have_is_named_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
