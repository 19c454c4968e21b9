/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/passwords.h"

static const struct sy_password_policy strict = {
	.min_length = 10,
	.classes = 3,
	.max_repeat = 3,
	.max_sequence = 4,
	.history = 5,
	.min_age = 86400,
	.dictionary = true,
};

static void
every_rule_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < SY_PASSWORD_RULES; i++) {
		const char *name =
		    sy_password_rule_name((enum sy_password_rule)i);
		enum sy_password_rule back = SY_PASSWORD_RULES;

		print_message("  %s\n", name);
		assert_true(sy_password_rule_by_name(name, &back));
		assert_int_equal(back, i);
	}
	assert_string_equal(sy_password_rule_name(SY_PASSWORD_SHORT), "short");
	assert_string_equal(sy_password_rule_name(SY_PASSWORD_YOUNG), "young");
}

static void
what_is_no_rule_has_no_name(void **state)
{
	enum sy_password_rule rule = SY_PASSWORD_RULES;

	(void)state;
	assert_string_equal(sy_password_rule_name(SY_PASSWORD_RULES),
	    "unknown");
	assert_string_equal(sy_password_rule_name((enum sy_password_rule) - 1),
	    "unknown");
	assert_false(sy_password_rule_by_name("unknown", &rule));
	assert_false(sy_password_rule_by_name("", &rule));
	assert_false(sy_password_rule_by_name("Short", &rule));
	assert_int_equal(rule, SY_PASSWORD_RULES);
}

static void
the_rules_in_force_are_told_with_their_numbers(void **state)
{
	static const struct sy_password_policy loose = {
		.min_length = 15,
		.classes = 1,
	};
	char words[SY_PASSWORD_WORDS_SIZE];

	(void)state;
	sy_password_rules_words(&strict, words);
	assert_string_equal(words,
	    "short:10 classes:3 login personal repeat:3 sequence:4 similar "
	    "history:5 dictionary blocked young:86400");
	sy_password_rules_words(&loose, words);
	assert_string_equal(words, "short:15 login personal similar blocked");
}

static void
the_broken_rules_are_told_and_no_others(void **state)
{
	char words[SY_PASSWORD_WORDS_SIZE];

	(void)state;
	sy_password_broken_words(&strict, 0, words);
	assert_string_equal(words, "");
	sy_password_broken_words(&strict,
	    1U << SY_PASSWORD_LONG | 1U << SY_PASSWORD_UNCLEAN, words);
	assert_string_equal(words, "long:1024 unclean");
	sy_password_broken_words(&strict,
	    1U << SY_PASSWORD_PERSONAL | 1U << SY_PASSWORD_SHORT, words);
	assert_string_equal(words, "short:10 personal");
	/* A bit that is no rule is not told. */
	sy_password_broken_words(&strict, 1U << SY_PASSWORD_RULES, words);
	assert_string_equal(words, "");
}

static void
the_longest_words_fit(void **state)
{
	static const struct sy_password_policy greatest = {
		.min_length = UINT32_MAX,
		.classes = UINT32_MAX,
		.max_repeat = UINT32_MAX,
		.max_sequence = UINT32_MAX,
		.history = UINT32_MAX,
		.min_age = INT64_MAX,
		.dictionary = true,
	};
	char words[SY_PASSWORD_WORDS_SIZE];
	const char *at = words;
	enum sy_password_rule rule;
	int64_t number;
	unsigned int count = 0;

	(void)state;
	sy_password_broken_words(&greatest, ~0U, words);
	while (sy_password_words_next(&at, &rule, &number)) {
		assert_int_equal(rule, count);
		count++;
	}
	assert_int_equal(*at, '\0');
	assert_int_equal(count, SY_PASSWORD_RULES);
	assert_int_equal(number, INT64_MAX);
}

static void
words_are_read_one_after_the_other(void **state)
{
	const char *at = "short:10 login young:86400";
	enum sy_password_rule rule = SY_PASSWORD_RULES;
	int64_t number = -1;

	(void)state;
	assert_true(sy_password_words_next(&at, &rule, &number));
	assert_int_equal(rule, SY_PASSWORD_SHORT);
	assert_int_equal(number, 10);
	assert_true(sy_password_words_next(&at, &rule, &number));
	assert_int_equal(rule, SY_PASSWORD_LOGIN);
	assert_int_equal(number, 0);
	assert_true(sy_password_words_next(&at, &rule, &number));
	assert_int_equal(rule, SY_PASSWORD_YOUNG);
	assert_int_equal(number, 86400);
	assert_false(sy_password_words_next(&at, &rule, &number));
	assert_string_equal(at, "");
}

static void
what_is_no_word_is_left_where_it_is(void **state)
{
	static const char *const bad[] = { " ", " short", "short ", "short  ",
		"short:", "short:0", "short:01", "short:-1", "short:+1",
		"short:1a", "short:10:10", "short:9223372036854775808", "SHORT",
		"shorter", "rule", "rule:1", ":1", "short,login",
		"short\tlogin", "short\nlogin",
		"averylongwordthatisnorule averylongwordthatisnorule" };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(bad); i++) {
		const char *at = bad[i];
		enum sy_password_rule rule = SY_PASSWORD_RULES;
		int64_t number = -1;

		print_message("  \"%s\"\n", bad[i]);
		assert_false(sy_password_words_next(&at, &rule, &number));
		assert_ptr_equal(at, bad[i]);
		assert_int_equal(rule, SY_PASSWORD_RULES);
		assert_int_equal(number, -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_has_a_name_of_its_own),
		cmocka_unit_test(what_is_no_rule_has_no_name),
		cmocka_unit_test(
		    the_rules_in_force_are_told_with_their_numbers),
		cmocka_unit_test(the_broken_rules_are_told_and_no_others),
		cmocka_unit_test(the_longest_words_fit),
		cmocka_unit_test(words_are_read_one_after_the_other),
		cmocka_unit_test(what_is_no_word_is_left_where_it_is),
	};

	return cmocka_run_group_tests_name("rule words", tests, NULL, NULL);
}
