/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/boot.h"
#include "agent/sessions.h"
#include "tests/support/agent_lab.h"

/* What is open at this terminal outlives the agent, and the server hears of
 * every end, though perhaps late. */
struct world {
	struct agent_lab lab;
	struct services services;
	struct tls_server *server;
	char folder[32];
	char path[512];
	char closed[128];
	int failing; /* answers of the server: status, 0 none */
	struct sessions *sessions;
};

static void
handle(void *arg, const char *path, const char *body, size_t len,
    struct tls_answer *answer)
{
	struct sy_failure_reply failure = { .error = "busy" };
	struct sy_session_close message;
	struct world *w = arg;

	assert_string_equal(path, "/v1/session/close");
	assert_int_equal(sy_message_decode(&sy_message_session_close, body, len,
			     &message, NULL),
	    SY_OK);
	(void)snprintf(w->closed + strlen(w->closed),
	    sizeof(w->closed) - strlen(w->closed), "%lld ",
	    (long long)message.session);
	if (w->failing == 1) {
		answer->close = 1;
	} else if (w->failing != 0) {
		answer->status = (unsigned int)w->failing;
		failure.retry_after = w->failing == 503 ? 1 : 0;
		answer->body = agent_lab_encode(&sy_message_failure, &failure);
	} else {
		answer->body = agent_lab_encode(&sy_message_empty, &message);
	}
}

static void
reopen(struct world *w)
{
	sessions_free(&w->sessions);
	assert_int_equal(sessions_new(&w->services, w->path, &w->sessions),
	    SY_OK);
}

static int
setup(void **state)
{
	/* Below folders that nobody else writes. */
	static const char folder[] = "./sessions-XXXXXX";
	struct world *w = calloc(1, sizeof(*w));

	agent_lab_open(&w->lab);
	w->server = agent_lab_server(&w->lab, handle, w);
	settings_defaults(&w->services.settings);
	/* A handshake under Valgrind is no server that is away. */
	w->services.settings.connect_timeout_ms = 10000;
	w->lab.credentials.home.port = tls_server_port(w->server);
	w->services.credentials = &w->lab.credentials;
	w->services.base = event_base_new();
	assert_int_equal(link_new(w->services.base, &w->services.settings,
			     &w->lab.credentials, &w->services.link),
	    SY_OK);
	memcpy(w->folder, folder, sizeof(folder));
	assert_non_null(mkdtemp(w->folder));
	(void)snprintf(w->path, sizeof(w->path), "%s/sessions", w->folder);
	reopen(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	sessions_free(&w->sessions);
	link_free(&w->services.link);
	event_base_free(w->services.base);
	tls_server_stop(&w->server);
	agent_lab_close(&w->lab);
	(void)unlink(w->path);
	(void)rmdir(w->folder);
	free(w);
	return 0;
}

static void
run_ms(struct world *w, unsigned int ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = (ms % 1000) * 1000 };

	(void)event_base_loopexit(w->services.base, &tv);
	(void)event_base_dispatch(w->services.base);
}

/* Until the server was told of the ends ${wanted}; a hang guard, no promise. */
static void
run_until_closed(struct world *w, const char *wanted)
{
	for (int i = 0; i < 500 && strcmp(w->closed, wanted) != 0; i++)
		run_ms(w, 20);
	assert_string_equal(w->closed, wanted);
	/* The answer is on its way back. */
	run_ms(w, 200);
}

static void
what_is_open_outlives_the_agent(void **state)
{
	char first[SY_EVIDENCE_SIZE], second[SY_EVIDENCE_SIZE];
	struct world *w = *state;
	struct stat st;

	assert_int_equal(sessions_add(w->sessions, 7, 0, first), SY_OK);
	assert_int_equal(sessions_add(w->sessions, 8, 0, second), SY_OK);
	assert_string_not_equal(first, second);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	reopen(w);
	assert_int_equal(sessions_count(w->sessions, false), 2);
	assert_int_equal(sessions_close(w->sessions, second), SY_OK);
	run_until_closed(w, "8 ");
	assert_int_equal(sessions_close(w->sessions, second), SY_ERR_NOT_FOUND);
	reopen(w);
	assert_int_equal(sessions_count(w->sessions, false), 1);
	assert_int_equal(sessions_close(w->sessions, first), SY_OK);
	run_until_closed(w, "8 7 ");
}

static void
an_end_that_can_t_be_told_is_told_later(void **state)
{
	struct world *w = *state;
	char id[SY_EVIDENCE_SIZE];

	assert_int_equal(sessions_add(w->sessions, 7, 0, id), SY_OK);
	w->failing = 503;
	assert_int_equal(sessions_close(w->sessions, id), SY_OK);
	run_until_closed(w, "7 ");
	assert_int_equal(sessions_count(w->sessions, true), 1);
	/* The next agent tells it. */
	w->failing = 0;
	reopen(w);
	run_until_closed(w, "7 7 ");
	assert_int_equal(sessions_count(w->sessions, true), 0);
}

static void
an_end_that_is_refused_for_good_is_forgotten(void **state)
{
	struct world *w = *state;
	char id[SY_EVIDENCE_SIZE];

	assert_int_equal(sessions_add(w->sessions, 7, 0, id), SY_OK);
	w->failing = 404;
	assert_int_equal(sessions_close(w->sessions, id), SY_OK);
	for (int i = 0; i < 500 && sessions_count(w->sessions, true) > 0; i++)
		run_ms(w, 20);
	assert_int_equal(sessions_count(w->sessions, true), 0);
}

static void
a_server_that_is_away_is_told_later(void **state)
{
	struct world *w = *state;
	char id[SY_EVIDENCE_SIZE];

	assert_int_equal(sessions_add(w->sessions, 7, 0, id), SY_OK);
	w->failing = 1;
	assert_int_equal(sessions_close(w->sessions, id), SY_OK);
	run_ms(w, 300);
	reopen(w);
	assert_int_equal(sessions_count(w->sessions, true), 1);
}

static void
a_broken_file_is_left_behind(void **state)
{
	static const char good[] =
	    "00112233445566778899aabbccddeeff open 7 0\n";
	static const char *const files[] = {
		"00112233445566778899aabbccddeeff open 7 0",
		"00112233445566778899aabbccddeeff open 07 0\n",
		"00112233445566778899aabbccddeeff open 0 0\n",
		"00112233445566778899aabbccddeeff open -7 0\n",
		"00112233445566778899aabbccddeeff open 7 0 \n",
		("00112233445566778899aabbccddeeff open 99999999999999999999 "
		 "0\n"),
		"00112233445566778899aabbccddeeff shut 7 0\n",
		"00112233445566778899aabbccddeeff ended7 0\n",
		"00112233445566778899aabbccddeef open 7 0\n",
		"00112233445566778899AABBCCDDEEFF open 7 0\n",
		"00112233445566778899aabbccddeeff open 7\n",
		"00112233445566778899aabbccddeeff open 7 \n",
		"00112233445566778899aabbccddeeff open 7 x\n",
		"00112233445566778899aabbccddeeff open 7 01\n",
		"00112233445566778899aabbccddeeff open 7 -1\n",
		"00112233445566778899aabbccddeeff open 7 2147483648\n",
		"00112233445566778899aabbccddeeff open 7 0 0\n",
		"00112233445566778899aabbccddeeff\n",
		"\n",
		"x\n",
	};
	struct world *w = *state;
	FILE *f;

	for (size_t i = 0; i <= SY_COUNT(files); i++) {
		const char *text = i < SY_COUNT(files) ? files[i] : good;

		f = fopen(w->path, "w");
		assert_non_null(f);
		(void)fputs(text, f);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(chmod(w->path, 0600), 0);
		reopen(w);
		assert_int_equal(sessions_count(w->sessions, false),
		    i < SY_COUNT(files) ? 0 : 1);
	}
}

/* A process that opened a session; it ends when it is killed. */
static pid_t
host_start(void)
{
	const pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	return pid;
}

static void
host_kill(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
a_session_whose_host_was_killed_is_closed(void **state)
{
	char id[SY_EVIDENCE_SIZE], by_another[SY_EVIDENCE_SIZE];
	struct world *w = *state;
	const pid_t host = host_start(), systemd = host_start();
	const pid_t alive = host_start();

	assert_int_equal(sessions_add(w->sessions, 7, host, id), SY_OK);
	assert_int_equal(sessions_add(w->sessions, 8, systemd, by_another),
	    SY_OK);
	assert_int_equal(sessions_add(w->sessions, 9, alive, id), SY_OK);
	assert_int_equal(sessions_add(w->sessions, 10, 0, id), SY_OK);
	run_ms(w, 100);
	assert_string_equal(w->closed, "");
	host_kill(host);
	host_kill(systemd);
	/* Somebody else closes that one, in time and once. */
	run_ms(w, SESSIONS_GRACE_MS / 2);
	assert_string_equal(w->closed, "");
	assert_int_equal(sessions_close(w->sessions, by_another), SY_OK);
	run_until_closed(w, "8 7 ");
	assert_int_equal(sessions_count(w->sessions, false), 2);
	host_kill(alive);
	run_until_closed(w, "8 7 9 ");
	/* It is the only one that nobody watches. */
	assert_int_equal(sessions_count(w->sessions, false), 1);
}

static void
a_host_that_ends_while_no_agent_runs_is_missed_by_the_next(void **state)
{
	struct world *w = *state;
	char id[SY_EVIDENCE_SIZE];
	const pid_t host = host_start(), alive = host_start();

	assert_int_equal(sessions_add(w->sessions, 7, host, id), SY_OK);
	assert_int_equal(sessions_add(w->sessions, 8, alive, id), SY_OK);
	sessions_free(&w->sessions);
	host_kill(host);
	reopen(w);
	run_until_closed(w, "7 ");
	assert_int_equal(sessions_count(w->sessions, false), 1);
	host_kill(alive);
	run_until_closed(w, "7 8 ");
}

static void
there_is_an_end_to_how_many(void **state)
{
	struct world *w = *state;
	char id[SY_EVIDENCE_SIZE];

	/* Not the file: a thousand writes take their time. */
	sessions_free(&w->sessions);
	assert_int_equal(sessions_new(&w->services, NULL, &w->sessions), SY_OK);
	for (int64_t i = 1; i <= SESSIONS_MAX; i++)
		assert_int_equal(sessions_add(w->sessions, i, 0, id), SY_OK);
	assert_int_equal(sessions_add(w->sessions, 4711, 0, id), SY_ERR_LIMIT);
	assert_int_equal(sessions_add(w->sessions, 0, 0, id), SY_ERR_LIMIT);
	/* What the host did not get is not left open at the server. */
	run_until_closed(w, "4711 ");
}

static void
the_boot_s_number_is_thirty_two_digits(void **state)
{
	static const struct {
		const char *text;
		enum sy_err err;
	} tc[] = {
		{ "01234567-89ab-cdef-0123-456789abcdef\n", SY_OK },
		{ "01234567-89ab-cdef-0123-456789abcdef", SY_OK },
		{ "01234567-89ab-cdef-0123-456789abcde\n", SY_ERR_FORMAT },
		{ "01234567-89ab-cdef-0123-456789abcdef0\n", SY_ERR_FORMAT },
		{ "0123456G-89ab-cdef-0123-456789abcdef\n", SY_ERR_FORMAT },
		{ "", SY_ERR_FORMAT },
	};
	struct world *w = *state;
	char id[SY_ID_SIZE];
	FILE *f;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		f = fopen(w->path, "w");
		assert_non_null(f);
		(void)fputs(tc[i].text, f);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(boot_id(w->path, id), tc[i].err);
		if (tc[i].err == SY_OK)
			assert_string_equal(id,
			    "0123456789abcdef0123456789abcdef");
	}
	assert_int_equal(boot_id("/nonexistent", id), SY_ERR_IO);
	assert_int_equal(boot_id(BOOT_ID_FILE, id), SY_OK);
	assert_int_equal(strlen(id), 32);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(what_is_open_outlives_the_agent),
		CASE(an_end_that_can_t_be_told_is_told_later),
		CASE(an_end_that_is_refused_for_good_is_forgotten),
		CASE(a_server_that_is_away_is_told_later),
		CASE(a_session_whose_host_was_killed_is_closed),
		CASE(
		    a_host_that_ends_while_no_agent_runs_is_missed_by_the_next),
		CASE(a_broken_file_is_left_behind),
		CASE(there_is_an_end_to_how_many),
		CASE(the_boot_s_number_is_thirty_two_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
