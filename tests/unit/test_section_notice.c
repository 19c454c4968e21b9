/* SPDX-License-Identifier: Apache-2.0 */
/* LOGIN-2: the organisation's words at login, per zone. */
#include "tests/support/policies.h"

static void
login_2_each_zone_has_its_words_in_both_languages(void **state)
{
	struct sy_error e;
	struct sy_policy *policy =
	    policy_with("[notice mynumber]\n"
			"ja = 私的利用は禁止です。 | 操作は記録されます。\n"
			"en = No private use.||All is recorded.\n"
			"[notice internet]\nja = 注意\n"
			"[notice lgwan]\nen = Beware of mail\n",
		&e);

	(void)state;
	if (policy == NULL)
		fail_msg("%s", e.text);
	assert_string_equal(sy_policy_notice(policy, SY_ZONE_MYNUMBER, true),
	    "私的利用は禁止です。\n操作は記録されます。");
	assert_string_equal(sy_policy_notice(policy, SY_ZONE_MYNUMBER, false),
	    "No private use.\n\nAll is recorded.");
	/* One language is better than none. */
	assert_string_equal(sy_policy_notice(policy, SY_ZONE_INTERNET, false),
	    "注意");
	assert_string_equal(sy_policy_notice(policy, SY_ZONE_LGWAN, true),
	    "Beware of mail");
	sy_policy_free(&policy);
}

static void
where_there_is_none_it_is_empty(void **state)
{
	struct sy_policy *policy = policy_of(policy_plain);

	(void)state;
	for (int z = -1; z <= SY_ZONE_COUNT; z++) {
		assert_string_equal(sy_policy_notice(policy, (enum sy_zone)z,
					true),
		    "");
		assert_string_equal(sy_policy_notice(policy, (enum sy_zone)z,
					false),
		    "");
	}
	sy_policy_free(&policy);
}

static void
the_longest_line_is_taken_and_one_byte_more_is_not(void **state)
{
	char text[2048] = "[notice lgwan]\nja = ";
	const size_t start = strlen("[notice lgwan]\n");
	struct sy_policy *policy;
	struct sy_error e;

	(void)state;
	memset(text + strlen(text), 'x', 1023 - strlen("ja = "));
	text[start + 1023] = '\0';
	policy = policy_with(text, &e);
	assert_non_null(policy);
	assert_int_equal(strlen(sy_policy_notice(policy, SY_ZONE_LGWAN, true)),
	    1018);
	assert_true(1018 < SY_NOTICE_SIZE);
	sy_policy_free(&policy);
	text[start + 1023] = 'x';
	policy_refuses(text, SY_ERR_LIMIT, 1, "longer");
}

static void
what_is_wrong_is_named_with_its_place(void **state)
{
	(void)state;
	policy_refuses("[notice moon]\nja = x\n", SY_ERR_FORMAT, 0,
	    "notice \"moon\": there is no such zone");
	policy_refuses("[notice]\nja = x\n", SY_ERR_FORMAT, 0,
	    "there is no such zone");
	policy_refuses("[notice lgwan mynumber]\nja = x\n", SY_ERR_FORMAT, 0,
	    "there is no such zone");
	policy_refuses("[notice lgwan]\nja = x\n[notice  lgwan ]\nja = y\n",
	    SY_ERR_FORMAT, 2, "before");
	policy_refuses("[notice lgwan]\n", SY_ERR_FORMAT, 0,
	    "neither ja nor en");
	policy_refuses("[notice lgwan]\nja =\nen = x\n", SY_ERR_FORMAT, 1,
	    "no text");
	policy_refuses("[notice lgwan]\nja = x\nen = | |\n", SY_ERR_FORMAT, 2,
	    "no text");
	policy_refuses("[notice lgwan]\nja = x\nfr = x\n", SY_ERR_FORMAT, 2,
	    "fr");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    login_2_each_zone_has_its_words_in_both_languages),
		cmocka_unit_test(where_there_is_none_it_is_empty),
		cmocka_unit_test(
		    the_longest_line_is_taken_and_one_byte_more_is_not),
		cmocka_unit_test(what_is_wrong_is_named_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
