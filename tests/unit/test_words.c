/* SPDX-License-Identifier: Apache-2.0 */
/* ctl/words.c: VAL-1, what an operator types is checked before it is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "ctl/words.h"

#define WORDS_MAX 12

static const struct ctl_command add = {
	.noun = "user",
	.verb = "add",
	.words = { { "USER", "login", CTL_TEXT, true, NULL },
	    { "--name", "name", CTL_TEXT, true, NULL },
	    { "--kind", "kind", CTL_TEXT, false, "staff" },
	    { "--valid-from", "valid_from", CTL_FROM, false, NULL },
	    { "--valid-to", "valid_to", CTL_TO, false, NULL },
	    { "--namesake", "namesake", CTL_FLAG, false, NULL } },
	.ask = &sy_message_user_add,
};

static const struct ctl_command change = {
	.noun = "token",
	.verb = "lost",
	.words = { { "TOKEN", "token", CTL_TOKEN, true, NULL },
	    { "--basis", "basis", CTL_TEXT, true, NULL } },
	.ask = &sy_message_token_change,
};

static enum ctl_exit
fill(const struct ctl_command *c, const char *line, void *request, bool *json)
{
	char copy[512], *words[WORDS_MAX], *at = copy;
	int n = 0;

	memset(request, 0, c->ask->size);
	(void)snprintf(copy, sizeof(copy), "%s", line);
	while (at != NULL && n < WORDS_MAX) {
		words[n++] = at;
		if ((at = strchr(at, '|')) != NULL)
			*at++ = '\0';
	}
	return words_fill(c, *line == '\0' ? 0 : n, words, request, json);
}

static void
words_fill_the_members_of_the_request(void **state)
{
	struct sy_user_add add_request;
	struct sy_token_change change_request;
	bool json = false;

	(void)state;
	assert_int_equal(fill(&add, "suzuki|--name|鈴木 花子", &add_request,
			     &json),
	    CTL_DONE);
	assert_string_equal(add_request.login, "suzuki");
	assert_string_equal(add_request.name, "鈴木 花子");
	assert_string_equal(add_request.kind, "staff");
	assert_false(add_request.namesake);
	assert_false(json);
	/* A flag takes nothing that follows it. */
	assert_int_equal(fill(&add, "suzuki|--namesake|--name|a", &add_request,
			     &json),
	    CTL_DONE);
	assert_true(add_request.namesake);
	assert_string_equal(add_request.name, "a");
	assert_int_equal(fill(&add, "suzuki|--name|a|--namesake", &add_request,
			     &json),
	    CTL_DONE);
	assert_true(add_request.namesake);

	assert_int_equal(fill(&change, "--json|--basis|phone|token:7",
			     &change_request, &json),
	    CTL_DONE);
	assert_int_equal(change_request.token, 7);
	assert_string_equal(change_request.basis, "phone");
	assert_true(json);
}

static void
dates_are_whole_days_here(void **state)
{
	struct sy_user_add r;
	bool json;

	(void)state;
	assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
	tzset();
	assert_int_equal(
	    fill(&add,
		"a|--name|b|--valid-from|2026-04-01|--valid-to|2027-03-31", &r,
		&json),
	    CTL_DONE);
	assert_int_equal(r.valid_from, 1774969200); /* 2026-04-01 00:00 JST */
	assert_int_equal(r.valid_to, 1806505200);   /* 2027-04-01 00:00 JST */
}

static void
what_cannot_be_used_is_refused(void **state)
{
	static const struct {
		const struct ctl_command *c;
		const char *line;
	} tc[] = {
		{ &add, "" },
		{ &add, "suzuki" },
		{ &add, "suzuki|--name" },
		{ &add, "suzuki|--name|a|extra" },
		{ &add, "suzuki|--name|a|--namesake|yes" },
		{ &add, "suzuki|--name|a|--name|b" },
		{ &add, "suzuki|--name|a|--color|red" },
		{ &add, "abcdefghijklmnopqrstuvwxyzabcdef|--name|a" },
		{ &add, "suzuki|--name|a\x1b[2J" },
		{ &add, "suzuki|--name|\xff" },
		{ &add, "suzuki|--name|a|--valid-to|2027-02-30" },
		{ &add, "suzuki|--name|a|--valid-to|2027-03-31x" },
		{ &add, "suzuki|--name|a|--valid-from|tomorrow" },
		{ &change, "7" },
		{ &change, "0|--basis|a" },
		{ &change, "-7|--basis|a" },
		{ &change, "7x|--basis|a" },
		{ &change, "token:|--basis|a" },
		{ &change, "99999999999999999999|--basis|a" },
	};
	union {
		struct sy_user_add add;
		struct sy_token_change change;
	} request;
	bool json;

	(void)state;
	for (size_t i = 0; i < sizeof(tc) / sizeof(tc[0]); i++) {
		print_message("  %s\n", tc[i].line);
		assert_int_equal(fill(tc[i].c, tc[i].line, &request, &json),
		    CTL_USAGE);
	}
}

static void
the_synopsis_tells_what_must_be_given(void **state)
{
	char line[256];

	(void)state;
	words_synopsis(&change, line, sizeof(line));
	assert_string_equal(line, "token lost TOKEN --basis ...");
	words_synopsis(&add, line, sizeof(line));
	assert_string_equal(line,
	    "user add USER --name ... [--kind ...] "
	    "[--valid-from ...] [--valid-to ...] [--namesake]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_fill_the_members_of_the_request),
		cmocka_unit_test(dates_are_whole_days_here),
		cmocka_unit_test(what_cannot_be_used_is_refused),
		cmocka_unit_test(the_synopsis_tells_what_must_be_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
