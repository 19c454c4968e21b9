/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sanyoso/dialog.h>
#include <sanyoso/policy.h>

#include "pam/options.h"

static enum sy_err
read_args(const char *args, struct sy_pam_options *ret, struct sy_error *error)
{
	const char *argv[16];
	char copy[1024];
	char *at = copy;
	int argc = 0;

	(void)snprintf(copy, sizeof(copy), "%s", args);
	while (*at != '\0') {
		argv[argc++] = at;
		at += strcspn(at, " ");
		if (*at == ' ')
			*at++ = '\0';
	}
	return sy_pam_options_read(argc, argv, ret, error);
}

static void
without_options_there_are_defaults(void **state)
{
	struct sy_pam_options o;

	(void)state;
	assert_int_equal(sy_pam_options_read(0, NULL, &o, NULL), SY_OK);
	assert_string_equal(o.socket, "/run/sanyoso/agent/agent.sock");
	assert_int_equal(o.purpose, SY_PURPOSE_LOGIN);
	assert_int_equal(o.lang, SY_LANG_DEFAULT);
	assert_int_equal(o.timeout, 180);
	assert_false(o.identify);
	assert_false(o.loud);
}

static void
every_option_is_taken(void **state)
{
	static const struct {
		const char *name;
		uint8_t value;
	} purposes[] = { { "purpose=login", SY_PURPOSE_LOGIN },
		{ "purpose=unlock", SY_PURPOSE_UNLOCK },
		{ "purpose=privileged", SY_PURPOSE_PRIVILEGED },
		{ "purpose=remote", SY_PURPOSE_REMOTE },
		{ "purpose=operator", SY_PURPOSE_OPERATOR } };
	struct sy_pam_options o;

	(void)state;
	assert_int_equal(read_args("lang=en timeout=600 purpose=unlock "
				   "socket=/x/y.sock",
			     &o, NULL),
	    SY_OK);
	assert_string_equal(o.socket, "/x/y.sock");
	assert_int_equal(o.purpose, SY_PURPOSE_UNLOCK);
	assert_int_equal(o.lang, SY_LANG_EN);
	assert_int_equal(o.timeout, 600);
	assert_int_equal(read_args("lang=ja timeout=1", &o, NULL), SY_OK);
	assert_int_equal(o.lang, SY_LANG_JA);
	assert_int_equal(o.timeout, 1);
	assert_false(o.identify);
	assert_int_equal(read_args("identify=card", &o, NULL), SY_OK);
	assert_true(o.identify);
	assert_false(o.loud);
	assert_int_equal(read_args("silent=ignore", &o, NULL), SY_OK);
	assert_true(o.loud);
	assert_false(o.enter);
	assert_int_equal(read_args("wait=enter", &o, NULL), SY_OK);
	assert_true(o.enter);
	assert_false(o.together);
	assert_int_equal(read_args("texts=together", &o, NULL), SY_OK);
	assert_true(o.together);
	for (size_t i = 0; i < SY_COUNT(purposes); i++) {
		assert_int_equal(read_args(purposes[i].name, &o, NULL), SY_OK);
		assert_int_equal(o.purpose, purposes[i].value);
	}
}

static void
the_longest_path_of_a_socket_is_taken_and_no_longer_one(void **state)
{
	char arg[256] = "socket=/";
	const size_t start = strlen(arg);
	struct sy_pam_options o;

	(void)state;
	memset(arg + start, 'a', sizeof(o.socket) - 2);
	arg[start + sizeof(o.socket) - 2] = '\0';
	assert_int_equal(read_args(arg, &o, NULL), SY_OK);
	assert_int_equal(strlen(o.socket), sizeof(o.socket) - 1);
	arg[start + sizeof(o.socket) - 2] = 'a';
	assert_int_equal(read_args(arg, &o, NULL), SY_ERR_FORMAT);
}

static void
what_is_no_option_is_refused_and_named(void **state)
{
	static const char *const bad[] = { "debug", "use_first_pass", "Lang=ja",
		"lang", "lang=", "lang=fr", "lang=JA", "lang=ja,en",
		"purpose=", "purpose=Login", "purpose=enroll", "identify",
		"identify=", "identify=cards", "identify=yes",
		"timeout=", "timeout=0", "timeout=601", "timeout=-1",
		"timeout=+5", "timeout=05", "timeout=5s",
		"timeout=99999999999999999999", "socket=", "socket=run/x",
		"socket=/", "socket=/run/../x", "socket=/run/./x",
		"socket=//run/x", "socket=/run/x/", "socket=/run/..", "=",
		"socket", "sockets=/x" };
	struct sy_pam_options o;
	struct sy_error error;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(bad); i++) {
		print_message("  %s\n", bad[i]);
		assert_int_equal(read_args(bad[i], &o, &error), SY_ERR_FORMAT);
		assert_string_equal(error.place, bad[i]);
	}
	assert_int_equal(read_args("lang=ja nonsense timeout=5", &o, &error),
	    SY_ERR_FORMAT);
	assert_string_equal(error.place, "nonsense");
}

static void
an_option_given_twice_is_refused(void **state)
{
	struct sy_pam_options o;

	(void)state;
	assert_int_equal(read_args("lang=ja lang=ja", &o, NULL), SY_ERR_FORMAT);
	assert_int_equal(read_args("timeout=5 lang=ja timeout=6", &o, NULL),
	    SY_ERR_FORMAT);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_options_there_are_defaults),
		cmocka_unit_test(every_option_is_taken),
		cmocka_unit_test(
		    the_longest_path_of_a_socket_is_taken_and_no_longer_one),
		cmocka_unit_test(what_is_no_option_is_refused_and_named),
		cmocka_unit_test(an_option_given_twice_is_refused),
	};

	return cmocka_run_group_tests_name("pam_options", tests, NULL, NULL);
}
