/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/passwords.h"

static bool
repeats(const char *text, unsigned int max)
{
	struct sy_secret *s = folded_of(text);
	const bool broken = sy_pattern_repeats(sy_points_in(s), max);

	sy_secret_free(&s);
	return broken;
}

static bool
runs(const char *text, unsigned int max)
{
	struct sy_secret *s = folded_of(text);
	const bool broken = sy_pattern_runs(sy_points_in(s), max);

	sy_secret_free(&s);
	return broken;
}

static void
as_many_in_a_row_as_allowed_and_no_more(void **state)
{
	static const struct {
		const char *text;
		unsigned int max;
		bool broken;
	} tc[] = {
		{ "", 3, false },
		{ "aaa", 3, false },
		{ "aaaa", 3, true },
		{ "xyaaaz", 3, false },
		{ "xyaaaaz", 3, true },
		{ "aAaA", 3, true },
		{ "ﾊﾊハは", 3, true },
		{ "aabaab", 3, true }, /* nothing but one group */
		{ "aabaabx", 3, false },
		{ "x12121z", 3, false },
		{ "x121212z", 3, false },
		{ "x12121212z", 3, true },
		{ "x1212121z", 3, false },
		{ "qabcdefghabcdefghabcdefghz", 2, true },
		{ "qabcdefghabcdefghz", 2, false },
		{ "qabcdefghiabcdefghiabcdefghiz", 2, false },
		{ "abcdefghijabcdefghij", 9, true },
		{ "abcdefghijabcdefghi", 9, false },
		{ "sakurasakura", 3, true },
		{ "sakurasakur", 3, false },
		{ "aa", 1, true },
		{ "ab", 1, false },
		{ "aaaaaaaaaa", 0, false },
		{ "abababab", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s, %u\n", tc[i].text, tc[i].max);
		assert_int_equal(repeats(tc[i].text, tc[i].max), tc[i].broken);
	}
}

static void
neighbours_are_counted_in_every_row_and_direction(void **state)
{
	static const struct {
		const char *text;
		unsigned int max;
		bool broken;
	} tc[] = {
		{ "", 4, false },
		{ "abcd", 4, false },
		{ "abcde", 4, true },
		{ "xAbCdEx", 4, true },
		{ "dcba", 4, false },
		{ "edcba", 4, true },
		{ "4321", 4, false },
		{ "54321", 4, true },
		{ "7890", 4, false },
		{ "67890", 4, true },
		{ "09876", 4, true },
		{ "qwer", 4, false },
		{ "qwert", 4, true },
		{ "QWERTY", 4, true },
		{ "ytrewq", 4, true },
		{ "asdfg", 4, true },
		{ "lkjhg", 4, true },
		{ "zxcvb", 4, true },
		{ "op@[", 4, false },
		{ "iop@[", 4, true },
		{ "iop[]", 4, true },
		{ "!@#$%", 4, true },
		{ "!\"#$%", 4, true },
		{ "1qaz", 4, false },
		{ "1qaz2", 4, true },
		{ "2wsx3edc", 4, true },
		{ "あいうえ", 4, false },
		{ "あいうえお", 4, true },
		{ "おえういあ", 4, true },
		{ "アイウエオ", 4, true },
		{ "ｱｲｳｴｵ", 4, true },
		{ "かきくけこ", 4, true },
		{ "いろはに", 4, false },
		{ "いろはにほ", 4, true },
		{ "αβγδε", 4, true },
		{ "abcabcdabc", 4, false },
		{ "aceg", 1, false },
		{ "ab", 1, true },
		{ "abcdefghijklmnop", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s, %u\n", tc[i].text, tc[i].max);
		assert_int_equal(runs(tc[i].text, tc[i].max), tc[i].broken);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_in_a_row_as_allowed_and_no_more),
		cmocka_unit_test(
		    neighbours_are_counted_in_every_row_and_direction),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
