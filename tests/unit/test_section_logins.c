/* SPDX-License-Identifier: Apache-2.0 */
/* Who may become another account, and which accounts work by themselves. */
#include "tests/support/policies.h"

static void
nobody_is_named_unless_the_file_does(void **state)
{
	struct sy_policy *policy = policy_of(policy_plain);

	(void)state;
	assert_false(sy_policy_grants(policy, "root"));
	assert_false(sy_policy_grants(policy, ""));
	assert_false(sy_policy_is_unattended(policy, "root"));
	assert_false(sy_policy_is_unattended(policy, ""));
	sy_policy_free(&policy);
}

static void
only_whole_names_of_the_right_section_match(void **state)
{
	struct sy_error e;
	struct sy_policy *policy =
	    policy_with("[targets]\npersons = suzuki  tanaka-2\n"
			"[unattended]\naccounts = backup _apt root\n",
		&e);

	(void)state;
	if (policy == NULL)
		fail_msg("%s", e.text);
	assert_true(sy_policy_grants(policy, "suzuki"));
	assert_true(sy_policy_grants(policy, "tanaka-2"));
	assert_false(sy_policy_grants(policy, "suzuk"));
	assert_false(sy_policy_grants(policy, "suzukii"));
	assert_false(sy_policy_grants(policy, "Suzuki"));
	assert_false(sy_policy_grants(policy, "backup"));
	assert_true(sy_policy_is_unattended(policy, "backup"));
	assert_true(sy_policy_is_unattended(policy, "_apt"));
	assert_true(sy_policy_is_unattended(policy, "root"));
	assert_false(sy_policy_is_unattended(policy, "suzuki"));
	assert_false(sy_policy_is_unattended(policy, ""));
	sy_policy_free(&policy);
}

#define NAME_31 "abcdefghijklmnopqrstuvwxyz01234"

static void
names_have_their_form_and_length(void **state)
{
	struct sy_error e;
	struct sy_policy *policy =
	    policy_with("[targets]\npersons = " NAME_31 "\n", &e);

	(void)state;
	assert_non_null(policy);
	assert_true(sy_policy_grants(policy, NAME_31));
	sy_policy_free(&policy);
	policy_refuses("[targets]\npersons = " NAME_31 "5\n", SY_ERR_FORMAT, 1,
	    "is no login name");
	/* Cut short it would be one. */
	policy_refuses("[targets]\npersons = " NAME_31 NAME_31 NAME_31 "\n",
	    SY_ERR_FORMAT, 1, "is no login name");
	policy_refuses("[targets]\npersons = a 2b\n", SY_ERR_FORMAT, 1,
	    "targets: persons: \"2b\" is no login name");
	policy_refuses("[unattended]\naccounts = a,b\n", SY_ERR_FORMAT, 1,
	    "\"a,b\"");
	policy_refuses("[unattended]\naccounts = 鈴木\n", SY_ERR_FORMAT, 1,
	    "no login name");
}

static void
a_list_holds_128_names_and_no_more(void **state)
{
	char text[1024] = "[unattended]\naccounts =";
	size_t at = strlen(text);
	struct sy_policy *policy;
	struct sy_error e;

	(void)state;
	for (unsigned int i = 0; i < 128; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, " a%u", i);
	policy = policy_with(text, &e);
	if (policy == NULL)
		fail_msg("%s", e.text);
	assert_true(sy_policy_is_unattended(policy, "a0"));
	assert_true(sy_policy_is_unattended(policy, "a127"));
	assert_false(sy_policy_is_unattended(policy, "a128"));
	sy_policy_free(&policy);
	(void)snprintf(text + at, sizeof(text) - at, " b");
	policy_refuses(text, SY_ERR_LIMIT, 1, "more than 128 names");
}

static void
what_is_wrong_is_named_with_its_place(void **state)
{
	(void)state;
	policy_refuses("[targets]\npersons = a b a\n", SY_ERR_FORMAT, 1,
	    "named twice: \"a\"");
	policy_refuses("[targets]\npersons =\n", SY_ERR_FORMAT, 1, "missing");
	policy_refuses("[targets]\n", SY_ERR_FORMAT, 0, "persons");
	policy_refuses("[targets]\npersons = a\naccounts = b\n", SY_ERR_FORMAT,
	    2, "accounts");
	policy_refuses("[targets all]\npersons = a\n", SY_ERR_FORMAT, 0,
	    "has no name");
	policy_refuses("[targets]\npersons = a\n[targets]\npersons = b\n",
	    SY_ERR_FORMAT, 2, "before");
	policy_refuses("[unattended]\npersons = a\n", SY_ERR_FORMAT, 0,
	    "accounts");
	policy_refuses("[unattended jobs]\naccounts = a\n", SY_ERR_FORMAT, 0,
	    "has no name");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_named_unless_the_file_does),
		cmocka_unit_test(only_whole_names_of_the_right_section_match),
		cmocka_unit_test(names_have_their_form_and_length),
		cmocka_unit_test(a_list_holds_128_names_and_no_more),
		cmocka_unit_test(what_is_wrong_is_named_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
