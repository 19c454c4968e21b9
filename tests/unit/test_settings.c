/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <sanyoso/conf.h>
#include <sanyoso/device.h>

#include "agent/settings.h"

static enum sy_err
parse(const char *text, struct settings *ret, struct sy_error *error)
{
	memset(error, 0, sizeof(*error));
	return settings_parse("agent.conf", text, strlen(text), ret, error);
}

static void
an_empty_file_gives_the_defaults(void **state)
{
	struct settings a, b;
	struct sy_error error;

	(void)state;
	settings_defaults(&a);
	assert_int_equal(parse("", &b, &error), SY_OK);
	assert_int_equal(a.language, SY_LANG_JA);
	assert_int_equal(b.language, SY_LANG_JA);
	assert_string_equal(b.user, "sanyoso");
	assert_string_equal(b.worker_user, "sanyoso-worker");
	assert_string_equal(b.worker, a.worker);
	assert_int_equal(b.server_count, 0);
	assert_int_equal(b.card_wait_ms, 60000);
	assert_int_equal(b.drivers, 1U << SY_DRIVER_JPKI | 1U << SY_DRIVER_PIV);
}

static void
a_missing_file_gives_them_too(void **state)
{
	struct settings s;
	struct sy_error error;

	(void)state;
	assert_int_equal(settings_load("/nonexistent/agent.conf", &s, &error),
	    SY_OK);
	assert_string_equal(s.user, "sanyoso");
}

static void
every_key_is_taken(void **state)
{
	struct settings s;
	struct sy_error error;

	(void)state;
	assert_int_equal(
	    parse("[agent]\nlanguage = en\nuser = a\nworker_user = b\n"
		  "worker = /opt/worker\n"
		  "[server]\naddresses = 192.0.2.1:1  [2001:db8::1]:65535\n"
		  "connect_timeout_ms = 10\nrequest_timeout_ms = 60000\n"
		  "[cards]\nwait = 10m\ndrivers = piv\n",
		&s, &error),
	    SY_OK);
	assert_int_equal(s.language, SY_LANG_EN);
	assert_string_equal(s.user, "a");
	assert_string_equal(s.worker_user, "b");
	assert_string_equal(s.worker, "/opt/worker");
	assert_int_equal(s.server_count, 2);
	assert_string_equal(s.servers[0].host, "192.0.2.1");
	assert_int_equal(s.servers[0].port, 1);
	assert_string_equal(s.servers[1].host, "2001:db8::1");
	assert_int_equal(s.servers[1].port, 65535);
	assert_int_equal(s.connect_timeout_ms, 10);
	assert_int_equal(s.request_timeout_ms, 60000);
	assert_int_equal(s.card_wait_ms, 600000);
	assert_int_equal(s.drivers, 1U << SY_DRIVER_PIV);
}

static void
what_is_wrong_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		const char *place; /* NULL: any */
	} tc[] = {
		{ "unknown section", "[agnet]\nlanguage = ja\n", NULL },
		{ "unknown key", "[agent]\ncolour = blue\n", "agent.conf:2" },
		{ "key twice", "[agent]\nlanguage = ja\nlanguage = en\n",
		    "agent.conf:3" },
		{ "no language of ours", "[agent]\nlanguage = fr\n",
		    "agent.conf:2" },
		{ "user root", "[agent]\nuser = root\n", "agent.conf:2" },
		{ "no login name", "[agent]\nuser = A b\n", "agent.conf:2" },
		{ "no login", "[agent]\nbreak_glass = no login\n",
		    "agent.conf:2" },
		{ "same users", "[agent]\nuser = a\n\nworker_user = a\n",
		    "agent.conf:4" },
		{ "worker not absolute", "[agent]\nworker = worker\n",
		    "agent.conf:2" },
		{ "timeout 9", "[server]\nconnect_timeout_ms = 9\n",
		    "agent.conf:2" },
		{ "timeout 60001", "[server]\nrequest_timeout_ms = 60001\n",
		    "agent.conf:2" },
		{ "no port", "[server]\naddresses = host\n", "agent.conf:2" },
		{ "nine servers",
		    "[server]\naddresses = a:1 a:2 a:3 a:4 a:5 a:6 a:7 a:8 "
		    "a:9\n",
		    "agent.conf:2" },
		{ "wait 4s", "[cards]\nwait = 4s\n", "agent.conf:2" },
		{ "wait 601s", "[cards]\nwait = 601s\n", "agent.conf:2" },
		{ "no driver", "[cards]\ndrivers =\n", "agent.conf:2" },
		{ "unknown driver", "[cards]\ndrivers = jpki suica\n",
		    "agent.conf:2" },
		{ "driver none", "[cards]\ndrivers = none\n", "agent.conf:2" },
	};
	struct settings s, before;
	struct sy_error error;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		memset(&s, 0x55, sizeof(s));
		before = s;
		assert_int_equal(parse(tc[i].text, &s, &error), SY_ERR_FORMAT);
		assert_memory_equal(&s, &before, sizeof(s));
		if (tc[i].place != NULL)
			assert_string_equal(error.place, tc[i].place);
		else
			assert_string_not_equal(error.place, "");
	}
}

static void
endpoints_are_host_and_port(void **state)
{
	static const struct {
		const char *text;
		const char *host; /* NULL: refused */
		unsigned int port;
	} tc[] = {
		{ "host:1", "host", 1 },
		{ "192.0.2.1:65535", "192.0.2.1", 65535 },
		{ "[::1]:443", "::1", 443 },
		{ "[fe80::1%eth0]:443", NULL, 0 },
		{ "a-b.example:80", "a-b.example", 80 },
		{ "host", NULL, 0 },
		{ "host:", NULL, 0 },
		{ ":1", NULL, 0 },
		{ "host:0", NULL, 0 },
		{ "host:01", NULL, 0 },
		{ "host:65536", NULL, 0 },
		{ "host:1x", NULL, 0 },
		{ "host:-1", NULL, 0 },
		{ "host:99999999999999999999", NULL, 0 },
		{ "::1:443", NULL, 0 },
		{ "[::1:443", NULL, 0 },
		{ "[]:443", NULL, 0 },
		{ "[::1]443", NULL, 0 },
		{ "ho st:1", NULL, 0 },
		{ "h/st:1", NULL, 0 },
		{ "", NULL, 0 },
	};
	struct endpoint e;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  \"%s\"\n", tc[i].text);
		if (tc[i].host == NULL) {
			assert_int_equal(endpoint_parse(tc[i].text, &e),
			    SY_ERR_FORMAT);
			continue;
		}
		assert_int_equal(endpoint_parse(tc[i].text, &e), SY_OK);
		assert_string_equal(e.host, tc[i].host);
		assert_int_equal(e.port, tc[i].port);
	}
}

static void
the_shipped_file_says_what_the_defaults_are(void **state)
{
	const char *top = getenv("SY_TEST_SRCDIR");
	char path[512], line[256], text[4096] = "";
	struct settings defaults, s;
	struct sy_error error;
	FILE *f;

	(void)state;
	assert_non_null(top);
	(void)snprintf(path, sizeof(path), "%s/config/agent.conf", top);
	assert_non_null(f = fopen(path, "r"));
	/* Commented keys have no space behind their "#". */
	while (fgets(line, sizeof(line), f) != NULL) {
		const char *at = line;

		if (line[0] == '#' && line[1] != ' ')
			at++;
		/* The servers have no default. */
		if (strncmp(at, "addresses", strlen("addresses")) != 0)
			strncat(text, at, sizeof(text) - strlen(text) - 1);
	}
	fclose(f);
	settings_defaults(&defaults);
	assert_int_equal(parse(text, &s, &error), SY_OK);
	assert_int_equal(s.language, defaults.language);
	assert_string_equal(s.user, defaults.user);
	assert_string_equal(s.worker_user, defaults.worker_user);
	assert_int_equal(s.connect_timeout_ms, defaults.connect_timeout_ms);
	assert_int_equal(s.request_timeout_ms, defaults.request_timeout_ms);
	assert_int_equal(s.card_wait_ms, defaults.card_wait_ms);
	assert_int_equal(s.drivers, defaults.drivers);
	assert_non_null(strstr(text, "drivers"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_gives_the_defaults),
		cmocka_unit_test(a_missing_file_gives_them_too),
		cmocka_unit_test(every_key_is_taken),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_line),
		cmocka_unit_test(endpoints_are_host_and_port),
		cmocka_unit_test(the_shipped_file_says_what_the_defaults_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
