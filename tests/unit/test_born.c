/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/passwords.h"

static bool
inside(const char *born, const char *text)
{
	struct sy_secret *folded = folded_of(text);
	bool found = false;

	assert_int_equal(sy_born_inside(born, sy_points_in(folded), &found),
	    SY_OK);
	sy_secret_free(&folded);
	return found;
}

static void
a_date_of_birth_is_found_in_its_usual_spellings(void **state)
{
	static const char *const spellings[] = { "19850401", "850401",
		"04011985", "01041985", "040185", "010485", "1985-04-01",
		"1985/4/1", "1985.4.1", "4/1/1985", "85.04.01", "198504",
		"0401", "1985", "1985年4月1日", "１９８５", "S60", "s60",
		"S60.4.1", "S600401", "昭和60", "昭和６０年", "昭和60年4月1日",
		"昭60", "Showa60", "shouwa60", "syouwa60", "SYOWA600401",
		"showa-60" };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(spellings); i++) {
		char text[128];

		print_message("  %s\n", spellings[i]);
		assert_true(inside("1985-04-01", spellings[i]));
		(void)snprintf(text, sizeof(text), "Xq!%s+z", spellings[i]);
		assert_true(inside("1985-04-01", text));
		/* Somebody else's. */
		assert_false(inside("1978-11-23", spellings[i]));
	}
}

static void
short_spellings_count_only_where_they_stand_alone(void **state)
{
	static const struct {
		const char *text;
		bool found;
	} tc[] = {
		{ "x1985x", true },
		{ "x19857x", false },
		{ "x71985x", false },
		{ "x719850401x", true },
		{ "a0401b", true },
		{ "a04012b", false },
		{ "a90401b", false },
		{ "!s60!", true },
		{ "9s60!", true },
		{ "cars60", false },
		{ "s601", false },
		{ "s6", false },
		{ "昭和601", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].text);
		assert_int_equal(inside("1985-04-01", tc[i].text), tc[i].found);
	}
}

static void
every_era_is_known_and_its_borders_are_in_both(void **state)
{
	static const struct {
		const char *born;
		const char *text;
		bool found;
	} tc[] = {
		{ "1912-01-02", "明治45", true },
		{ "1912-01-02", "meiji45", true },
		{ "1912-01-02", "M45", true },
		{ "1912-09-02", "大正元年", true },
		{ "1912-09-02", "T1!", true },
		{ "1926-01-02", "taishou15", true },
		{ "1926-12-28", "昭和元", true },
		{ "1927-12-28", "昭和元", false },
		{ "1927-12-28", "S02", true },
		{ "1989-01-03", "昭和64", true },
		{ "1989-03-03", "平成元年", true },
		{ "1989-03-03", "H1.3.3", true },
		{ "1989-03-03", "h010303", true },
		{ "1990-03-03", "heisei02", true },
		{ "1990-03-03", "showa65", false },
		{ "2019-04-01", "平成31", true },
		{ "2019-05-01", "令和元年", true },
		{ "2020-05-01", "reiwa2", true },
		{ "2020-05-01", "r2", true },
		{ "2020-05-01", "H32", false },
		{ "1867-05-01", "m0", false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s in %s\n", tc[i].born, tc[i].text);
		assert_int_equal(inside(tc[i].born, tc[i].text), tc[i].found);
	}
}

static void
what_is_no_date_is_in_nothing(void **state)
{
	static const char *const dates[] = { "", "1985", "1985-4-1",
		"1985/04/01", "1985-00-01", "1985-13-01", "1985-04-00",
		"1985-04-32", "l985-04-01", "1985-04-01 ", "１９８５" };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(dates); i++) {
		print_message("  \"%s\"\n", dates[i]);
		assert_false(inside(dates[i], "1985 19850401 1985-04-01 0401"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_date_of_birth_is_found_in_its_usual_spellings),
		cmocka_unit_test(
		    short_spellings_count_only_where_they_stand_alone),
		cmocka_unit_test(
		    every_era_is_known_and_its_borders_are_in_both),
		cmocka_unit_test(what_is_no_date_is_in_nothing),
	};

	return cmocka_run_group_tests_name("born", tests, NULL, NULL);
}
