/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include <sanyoso/message.h>

#include "agent/check/check_int.h"
#include "agent/text.h"
#include "tests/support/agent_lab.h"

#define DAY 86400

/* A server, and what it says to hello. */
struct world {
	struct agent_lab lab;
	struct tls_server *server;
	int64_t ahead; /* its clock, seconds */
	const char *terminal;
	bool refuses, no_dictionary;
	struct paths paths;
	struct settings settings;
	struct findings findings;
	struct check check;
	char *text;
	size_t len;
};

static void
answer(void *arg, const char *path, const char *body, size_t len,
    struct tls_answer *a)
{
	const struct world *w = arg;
	struct sy_hello_reply reply = { .wire = SY_WIRE_VERSION,
		.server = LAB_SERVER,
		.zone = "mynumber" };
	struct sy_failure_reply failure = { .error = "state",
		.text = "revoked" };

	(void)body;
	(void)len;
	assert_string_equal(path, "/v1/hello");
	if (w->refuses) {
		a->status = 403;
		a->body = agent_lab_encode(&sy_message_failure, &failure);
		return;
	}
	reply.time = (int64_t)time(NULL) + w->ahead;
	(void)snprintf(reply.terminal, sizeof(reply.terminal), "%s",
	    w->terminal);
	reply.no_dictionary = w->no_dictionary;
	a->status = 200;
	a->body = agent_lab_encode(&sy_message_hello_reply, &reply);
}

static int
set_up(void **state)
{
	static struct world w;

	memset(&w, 0, sizeof(w));
	agent_lab_open(&w.lab);
	w.terminal = LAB_TERMINAL;
	w.server = agent_lab_server(&w.lab, answer, &w);
	settings_defaults(&w.settings);
	w.settings.connect_timeout_ms = 60000;
	w.settings.server_count = 1;
	(void)snprintf(w.settings.servers[0].host,
	    sizeof(w.settings.servers[0].host), "127.0.0.1");
	w.settings.servers[0].port = tls_server_port(w.server);
	if (paths_make("", &w.paths) != SY_OK)
		return -1;
	w.check = (struct check){ .root = "",
		.paths = &w.paths,
		.settings = &w.settings,
		.out = &w.findings };
	w.lab.credentials.not_after = (int64_t)time(NULL) + 100 * DAY;
	text_open("/nonexistent", SY_LANG_EN);
	*state = &w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	tls_server_stop(&w->server);
	agent_lab_close(&w->lab);
	free(w->text);
	return 0;
}

static void
run(struct world *w)
{
	FILE *f;

	free(w->text);
	w->text = NULL;
	f = open_memstream(&w->text, &w->len);
	assert_non_null(f);
	findings_open(&w->findings, f, false, true);
	check_credentials(&w->check, &w->lab.credentials);
	(void)findings_close(&w->findings);
	assert_int_equal(fclose(f), 0);
}

static void
says(const struct world *w, const char *words)
{
	if (strstr(w->text, words) == NULL)
		fail_msg("\"%s\" is not said in:\n%s", words, w->text);
}

static void
a_server_that_answers_is_well(void **state)
{
	struct world *w = *state;

	run(w);
	says(w, "ok: 127.0.0.1:");
	says(w, "Answers as " LAB_SERVER "; its clock agrees with ours.");
}

static void
clocks_that_differ_are_named(void **state)
{
	/* A second may pass between the two. */
	static const struct {
		int64_t ahead;
		const char *says;
	} tc[] = {
		{ 4, "its clock agrees" },
		{ -4, "its clock agrees" },
		{ 8, "warning: 127.0.0.1" },
		{ -8, "warning: 127.0.0.1" },
		{ 58, "warning: 127.0.0.1" },
		{ 63, "error: 127.0.0.1" },
		{ -63, "error: 127.0.0.1" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %d\n", (int)tc[i].ahead);
		w->ahead = tc[i].ahead;
		run(w);
		says(w, tc[i].says);
		if (tc[i].ahead > 4 || tc[i].ahead < -4)
			says(w, "The server's clock is ");
	}
}

static void
a_server_that_refuses_or_errs_is_named(void **state)
{
	struct world *w = *state;

	w->refuses = true;
	run(w);
	says(w, "The server refuses this terminal: state revoked.");
	w->refuses = false;
	w->terminal = "pc2";
	run(w);
	says(w, "The server takes this terminal for pc2 of " LAB_SERVER ".");
}

static void
a_server_that_is_away_is_named(void **state)
{
	struct world *w = *state;

	tls_server_stop(&w->server);
	run(w);
	says(w, "error: 127.0.0.1:");
	says(w, "The server does not answer: no connection.");
	/* So that it can be stopped. */
	w->server = agent_lab_server(&w->lab, answer, w);
}

static void
a_server_without_a_dictionary_is_named(void **state)
{
	struct world *w = *state;

	w->no_dictionary = true;
	run(w);
	says(w, "ok: 127.0.0.1:");
	says(w, "The server's dictionary does not work");
	says(w, "Install cracklib-runtime on the server.");
	assert_int_equal(w->findings.counts[FINDING_ERROR], 1);
}

static void
each_server_is_asked(void **state)
{
	struct world *w = *state;

	w->settings.server_count = 2;
	w->settings.servers[1] = w->settings.servers[0];
	w->settings.servers[0].port = 1;
	run(w);
	says(w, "error: 127.0.0.1:1: The server does not answer");
	says(w, "Answers as " LAB_SERVER);
}

static void
ends_of_certificates_are_told_in_time(void **state)
{
	static const struct {
		int64_t left;
		const char *says;
	} tc[] = {
		{ 31 * DAY, "ok: /var/lib/sanyoso/agent/identity.pem" },
		{ 30 * DAY + 60, "ok: /var/lib/sanyoso/agent/identity.pem" },
		{ 30 * DAY - 60,
		    "warning: /var/lib/sanyoso/agent/identity.pem" },
		{ 60, "warning: /var/lib/sanyoso/agent/identity.pem" },
		{ -1, "error: /var/lib/sanyoso/agent/identity.pem" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		w->lab.credentials.not_after = (int64_t)time(NULL) + tc[i].left;
		run(w);
		says(w, tc[i].says);
	}
	/* The CA of the lab ends tomorrow. */
	says(w, "warning: /var/lib/sanyoso/agent/ca.pem");
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_server_that_answers_is_well),
		CASE(clocks_that_differ_are_named),
		CASE(a_server_that_refuses_or_errs_is_named),
		CASE(a_server_that_is_away_is_named),
		CASE(a_server_without_a_dictionary_is_named),
		CASE(each_server_is_asked),
		CASE(ends_of_certificates_are_told_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
