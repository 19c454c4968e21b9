/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

/* One past the highest number in use. */
#define ERR_END 120

static const enum sy_err in_use[] = { SY_OK, SY_ERR_ARG, SY_ERR_NOT_FOUND,
	SY_ERR_READER, SY_ERR_PCSC, SY_ERR_SIGNATURE, SY_ERR_CRYPTO,
	SY_ERR_POLICY, SY_ERR_EXPIRED, SY_ERR_NET, SY_ERR_HTTP, SY_ERR_STORE,
	SY_ERR_LOG, SY_ERR_HISTORY };

static void
every_error_has_a_name_and_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(in_use); i++) {
		assert_string_not_equal(sy_err_name(in_use[i]), "unknown");
		assert_string_not_equal(sy_err_text(in_use[i]),
		    "unknown error");
	}
}

static void
ranges_have_no_holes_but_the_reserved_ones(void **state)
{
	static const struct {
		int first;
		int last;
	} range[] = { { 0, 29 }, { 40, 49 }, { 50, 57 }, { 70, 76 },
		{ 90, 99 } };
	size_t r = 0;

	(void)state;
	for (int e = 0; e < ERR_END; e++) {
		if (r < SY_COUNT(range) && e > range[r].last)
			r++;
		const bool known = r < SY_COUNT(range) && e >= range[r].first;

		if (known)
			assert_string_not_equal(sy_err_name((enum sy_err)e),
			    "unknown");
		else
			assert_string_equal(sy_err_name((enum sy_err)e),
			    "unknown");
	}
}

static void
no_two_errors_share_a_name(void **state)
{
	(void)state;
	for (int a = 0; a < ERR_END; a++) {
		const char *name = sy_err_name((enum sy_err)a);

		if (strcmp(name, "unknown") == 0)
			continue;
		for (int b = a + 1; b < ERR_END; b++)
			assert_string_not_equal(name,
			    sy_err_name((enum sy_err)b));
	}
}

static void
numbers_outside_the_enumeration_are_unknown(void **state)
{
	(void)state;
	assert_string_equal(sy_err_name((enum sy_err) - 1), "unknown");
	assert_string_equal(sy_err_text((enum sy_err)100000), "unknown error");
}

static void
an_error_is_found_by_its_name_and_by_no_other(void **state)
{
	static const char *const strange[] = { "ok", "unknown", "", "IO",
		"card-", "card-gone ", "no error" };
	enum sy_err found = SY_OK;

	(void)state;
	for (size_t i = 1; i < SY_COUNT(in_use); i++) {
		assert_true(sy_err_by_name(sy_err_name(in_use[i]), &found));
		assert_int_equal(found, in_use[i]);
	}
	for (size_t i = 0; i < SY_COUNT(strange); i++)
		assert_false(sy_err_by_name(strange[i], &found));
	assert_int_equal(found, in_use[SY_COUNT(in_use) - 1]);
}

static void
error_set_fills_place_and_text_and_returns_the_code(void **state)
{
	struct sy_error e = { 0 };

	(void)state;
	assert_int_equal(sy_error_set(&e, SY_ERR_FORMAT, "agent.conf:7",
			     "bad number \"%s\"", "x"),
	    SY_ERR_FORMAT);
	assert_int_equal(e.code, SY_ERR_FORMAT);
	assert_string_equal(e.place, "agent.conf:7");
	assert_string_equal(e.text, "bad number \"x\"");
}

static void
error_set_cuts_what_is_too_long(void **state)
{
	struct sy_error e;
	char longer[600];

	(void)state;
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	(void)sy_error_set(&e, SY_ERR_LIMIT, longer, "%s", longer);
	assert_int_equal(strlen(e.place), sizeof(e.place) - 1);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void
error_set_takes_null(void **state)
{
	struct sy_error e;

	(void)state;
	assert_int_equal(sy_error_set(NULL, SY_ERR_IO, "x", "y"), SY_ERR_IO);
	assert_int_equal(sy_error_set(&e, SY_ERR_IO, NULL, "y"), SY_ERR_IO);
	assert_string_equal(e.place, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_a_name_and_a_sentence),
		cmocka_unit_test(ranges_have_no_holes_but_the_reserved_ones),
		cmocka_unit_test(no_two_errors_share_a_name),
		cmocka_unit_test(numbers_outside_the_enumeration_are_unknown),
		cmocka_unit_test(an_error_is_found_by_its_name_and_by_no_other),
		cmocka_unit_test(
		    error_set_fills_place_and_text_and_returns_the_code),
		cmocka_unit_test(error_set_cuts_what_is_too_long),
		cmocka_unit_test(error_set_takes_null),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
