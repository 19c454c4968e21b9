/* SPDX-License-Identifier: Apache-2.0 */
#include <sanyoso/conf.h>

#include "tests/support/unit.h"

#define FILE_NAME "server.conf"
#define KEEP      777

/* A conf with one section [a] in which line 2 is "k = ${value}". */
static struct sy_conf_section *
with_value(struct sy_conf **conf, const char *value)
{
	struct sy_conf_section *s;
	struct sy_error e;
	char text[200];

	(void)snprintf(text, sizeof(text), "[a]\nk = %s\n", value);
	assert_int_equal(sy_conf_parse(FILE_NAME, text, strlen(text), conf, &e),
	    SY_OK);
	assert_non_null(s = sy_conf_section(*conf, "a", 0, NULL));
	return s;
}

static void
whole_numbers_are_strict_and_bounded(void **state)
{
	static const struct {
		const char *value;
		int64_t min;
		int64_t max;
		enum sy_err err;
		int64_t want;
	} tc[] = {
		{ "0", 0, 9, SY_OK, 0 },
		{ "9", 0, 9, SY_OK, 9 },
		{ "10", 0, 9, SY_ERR_FORMAT, KEEP },
		{ "-1", 0, 9, SY_ERR_FORMAT, KEEP },
		{ "-1", -1, 9, SY_OK, -1 },
		{ "-2", -1, 9, SY_ERR_FORMAT, KEEP },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, SY_OK,
		    INT64_MAX },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, SY_ERR_FORMAT,
		    KEEP },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, SY_OK,
		    INT64_MIN },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, SY_ERR_FORMAT,
		    KEEP },
		{ "92233720368547758070", INT64_MIN, INT64_MAX, SY_ERR_FORMAT,
		    KEEP },
		{ "", 0, 9, SY_ERR_FORMAT, KEEP },
		{ "-", -9, 9, SY_ERR_FORMAT, KEEP },
		{ "+1", 0, 9, SY_ERR_FORMAT, KEEP },
		{ "--1", -9, 9, SY_ERR_FORMAT, KEEP },
		{ "01", 0, 9, SY_ERR_FORMAT, KEEP },
		{ "0x1", 0, 9, SY_ERR_FORMAT, KEEP },
		{ "1 2", 0, 99, SY_ERR_FORMAT, KEEP },
		{ "1.0", 0, 9, SY_ERR_FORMAT, KEEP },
		{ "1s", 0, 9, SY_ERR_FORMAT, KEEP },
		{ "one", 0, 9, SY_ERR_FORMAT, KEEP },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_conf *conf = NULL;
		struct sy_conf_section *s = with_value(&conf, tc[i].value);
		struct sy_error e = { 0 };
		int64_t v = KEEP;

		print_message("  \"%s\"\n", tc[i].value);
		assert_int_equal(sy_conf_int(s, "k", 5, tc[i].min, tc[i].max,
				     &v, &e),
		    tc[i].err);
		assert_true(v == tc[i].want);
		if (tc[i].err != SY_OK)
			assert_string_equal(e.place, FILE_NAME ":2");
		sy_conf_free(&conf);
	}
}

static void
durations_need_their_unit(void **state)
{
	static const struct {
		const char *value;
		enum sy_err err;
		int64_t want;
	} tc[] = {
		{ "0s", SY_OK, 0 },
		{ "90s", SY_OK, 90 },
		{ "2m", SY_OK, 120 },
		{ "1h", SY_OK, 3600 },
		{ "1d", SY_OK, 86400 },
		{ "86400s", SY_OK, 86400 },
		{ "86401s", SY_ERR_FORMAT, KEEP },
		{ "25h", SY_ERR_FORMAT, KEEP },
		{ "-1s", SY_ERR_FORMAT, KEEP },
		{ "1", SY_ERR_FORMAT, KEEP },
		{ "0", SY_ERR_FORMAT, KEEP },
		{ "s", SY_ERR_FORMAT, KEEP },
		{ "", SY_ERR_FORMAT, KEEP },
		{ "1 h", SY_ERR_FORMAT, KEEP },
		{ "1h30m", SY_ERR_FORMAT, KEEP },
		{ "1H", SY_ERR_FORMAT, KEEP },
		{ "1w", SY_ERR_FORMAT, KEEP },
		{ "9223372036854775807d", SY_ERR_FORMAT, KEEP },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_conf *conf = NULL;
		struct sy_conf_section *s = with_value(&conf, tc[i].value);
		struct sy_error e = { 0 };
		int64_t v = KEEP;

		print_message("  \"%s\"\n", tc[i].value);
		assert_int_equal(sy_conf_seconds(s, "k", 5, 0, 86400, &v, &e),
		    tc[i].err);
		assert_true(v == tc[i].want);
		if (tc[i].err != SY_OK)
			assert_string_equal(e.place, FILE_NAME ":2");
		sy_conf_free(&conf);
	}
}

static void
truth_is_yes_or_no(void **state)
{
	static const struct {
		const char *value;
		enum sy_err err;
		bool want;
	} tc[] = {
		{ "yes", SY_OK, true },
		{ "no", SY_OK, false },
		{ "", SY_ERR_FORMAT, false },
		{ "Yes", SY_ERR_FORMAT, false },
		{ "true", SY_ERR_FORMAT, false },
		{ "1", SY_ERR_FORMAT, false },
		{ "yes no", SY_ERR_FORMAT, false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_conf *conf = NULL;
		struct sy_conf_section *s = with_value(&conf, tc[i].value);
		struct sy_error e = { 0 };
		bool v = !tc[i].want;

		print_message("  \"%s\"\n", tc[i].value);
		assert_int_equal(sy_conf_bool(s, "k", true, &v, &e), tc[i].err);
		assert_int_equal(v,
		    tc[i].err == SY_OK ? tc[i].want : !tc[i].want);
		if (tc[i].err != SY_OK)
			assert_non_null(strstr(e.text, "yes or no"));
		sy_conf_free(&conf);
	}
}

/* Absent keys and absent sections give defaults. */
static void
check_defaults(struct sy_conf_section *s)
{
	struct sy_error e;
	const char *text = NULL;
	int64_t v = KEEP;
	bool b = false;

	assert_int_equal(sy_conf_text(s, "none", "d", &text, &e), SY_OK);
	assert_string_equal(text, "d");
	/* A default is the program's own and not held to the range. */
	assert_int_equal(sy_conf_int(s, "none", 5, 6, 7, &v, &e), SY_OK);
	assert_true(v == 5);
	assert_int_equal(sy_conf_seconds(s, "none", 6, 7, 8, &v, &e), SY_OK);
	assert_true(v == 6);
	assert_int_equal(sy_conf_bool(s, "none", true, &b, &e), SY_OK);
	assert_true(b);
	assert_int_equal(sy_conf_line(s, "none"), 0);
}

static void
what_is_absent_has_its_default(void **state)
{
	struct sy_conf *conf = NULL;

	(void)state;
	check_defaults(with_value(&conf, "v"));
	sy_conf_free(&conf);
	check_defaults(NULL);
}

static void
a_mandatory_text_that_is_absent_names_the_section(void **state)
{
	struct sy_conf *conf = NULL;
	struct sy_conf_section *s = with_value(&conf, "v");
	struct sy_error e = { 0 };
	const char *text = NULL;

	(void)state;
	assert_int_equal(sy_conf_text(s, "host", NULL, &text, &e),
	    SY_ERR_FORMAT);
	assert_string_equal(e.place, FILE_NAME ":1");
	assert_non_null(strstr(e.text, "host"));
	assert_int_equal(sy_conf_text(NULL, "host", NULL, &text, &e),
	    SY_ERR_FORMAT);
	assert_non_null(strstr(e.text, "host"));
	assert_null(text);
	sy_conf_free(&conf);
}

static void
what_nobody_asked_for_is_an_error(void **state)
{
	static const char text[] = "[a]\nk = 1\nl = 2\n[b x]\n";
	struct sy_conf *conf = NULL;
	struct sy_conf_section *s;
	struct sy_error e = { 0 };
	const char *name;
	int64_t v;

	(void)state;
	assert_int_equal(sy_conf_parse(FILE_NAME, text, strlen(text), &conf,
			     &e),
	    SY_OK);
	assert_int_equal(sy_conf_end(conf, &e), SY_ERR_FORMAT);
	assert_string_equal(e.place, FILE_NAME ":1");
	s = sy_conf_section(conf, "a", 0, NULL);
	assert_int_equal(sy_conf_end(conf, &e), SY_ERR_FORMAT);
	assert_string_equal(e.place, FILE_NAME ":2");
	assert_int_equal(sy_conf_int(s, "k", 0, 0, 9, &v, &e), SY_OK);
	/* A look at the line alone is not yet a use. */
	assert_int_equal(sy_conf_line(s, "l"), 3);
	assert_int_equal(sy_conf_end(conf, &e), SY_ERR_FORMAT);
	assert_string_equal(e.place, FILE_NAME ":3");
	assert_int_equal(sy_conf_int(s, "l", 0, 0, 9, &v, &e), SY_OK);
	assert_int_equal(sy_conf_end(conf, &e), SY_ERR_FORMAT);
	assert_string_equal(e.place, FILE_NAME ":4");
	assert_string_equal(e.text, "unknown section [b x]");
	assert_non_null(sy_conf_section(conf, "b", 0, &name));
	assert_int_equal(sy_conf_end(conf, &e), SY_OK);
	sy_conf_free(&conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_are_strict_and_bounded),
		cmocka_unit_test(durations_need_their_unit),
		cmocka_unit_test(truth_is_yes_or_no),
		cmocka_unit_test(what_is_absent_has_its_default),
		cmocka_unit_test(
		    a_mandatory_text_that_is_absent_names_the_section),
		cmocka_unit_test(what_nobody_asked_for_is_an_error),
	};

	return cmocka_run_group_tests_name("conf_value", tests, NULL, NULL);
}
