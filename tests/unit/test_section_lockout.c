/* SPDX-License-Identifier: Apache-2.0 */
/* LOCK-2: what is privileged has fewer tries and longer locks, and no policy
 * can turn that round. */
#include "tests/support/policies.h"

static bool
is_high(int kind, int purpose)
{
	return kind == SY_KIND_PRIVILEGED || kind == SY_KIND_OPERATOR ||
	    purpose == SY_PURPOSE_PRIVILEGED || purpose == SY_PURPOSE_OPERATOR;
}

static void
check_place(const struct sy_policy *policy, int kind, int purpose,
    const struct sy_lockout_policy *want)
{
	const struct sy_lockout_policy *l = sy_policy_lockout(policy,
	    (enum sy_kind)kind, (enum sy_purpose)purpose);

	assert_int_equal(l->tries, want->tries);
	assert_true(l->lock == want->lock);
	assert_int_equal(l->locks, want->locks);
	assert_int_equal(l->disable, want->disable);
}

/* As sanyoso-policy.conf(5) says. */
static const struct sy_lockout_policy low = { 5, 15 * 60, 3, 100 };
static const struct sy_lockout_policy high = { 3, 60 * 60, 2, 50 };

static void
lock_2_defaults_are_stricter_for_what_is_privileged(void **state)
{
	struct sy_policy *policy = policy_of(policy_plain);

	(void)state;
	for (int k = 1; k < SY_KIND_COUNT; k++)
		for (int p = 1; p < SY_PURPOSE_COUNT; p++)
			check_place(policy, k, p, is_high(k, p) ? &high : &low);
	/* Out of range: the strict one. */
	check_place(policy, -1, SY_PURPOSE_LOGIN, &high);
	check_place(policy, SY_KIND_COUNT, SY_PURPOSE_LOGIN, &high);
	check_place(policy, SY_KIND_STAFF, -1, &high);
	check_place(policy, SY_KIND_STAFF, SY_PURPOSE_COUNT, &high);
	sy_policy_free(&policy);
}

static void
the_first_section_that_covers_a_place_governs(void **state)
{
	static const struct sy_lockout_policy own = { 2, 7200, 1, 20 };
	static const struct sy_lockout_policy rest = { 4, 1200, 3, 100 };
	struct sy_error e;
	struct sy_policy *policy = policy_with(
	    "[lockout high]\nkind = privileged operator\n"
	    "purpose = login unlock privileged remote operator\n"
	    "tries = 2\nlock = 2h\nlocks = 1\ndisable = 20\n"
	    "[lockout staff]\nkind = staff operator\npurpose = login remote\n"
	    "tries = 4\nlock = 20m\nlocks = 3\ndisable = 100\n",
	    &e);

	(void)state;
	if (policy == NULL)
		fail_msg("%s", e.text);
	for (int k = 1; k < SY_KIND_COUNT; k++) {
		for (int p = 1; p < SY_PURPOSE_COUNT; p++) {
			const struct sy_lockout_policy *want =
			    is_high(k, p) ? &high : &low;

			if (k == SY_KIND_PRIVILEGED || k == SY_KIND_OPERATOR)
				want = &own;
			else if (k == SY_KIND_STAFF &&
			    (p == SY_PURPOSE_LOGIN || p == SY_PURPOSE_REMOTE))
				want = &rest;
			check_place(policy, k, p, want);
		}
	}
	sy_policy_free(&policy);
}

static void
lock_2_what_a_section_leaves_out_is_that_of_its_strictest_place(void **state)
{
	static const struct {
		const char *kind;
		const char *purpose;
		bool strict;
	} tc[] = {
		{ "staff", "login remote unlock", false },
		{ "staff privileged", "login", true },
		{ "operator", "login", true },
		{ "staff", "login privileged", true },
		{ "staff", "operator", true },
		{ "all", "login", true },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct sy_lockout_policy *l;
		struct sy_policy *policy;
		struct sy_error e;
		char text[256];

		print_message("  %s, %s\n", tc[i].kind, tc[i].purpose);
		(void)snprintf(text, sizeof(text),
		    "[lockout a]\nkind = %s\npurpose = %s\n", tc[i].kind,
		    tc[i].purpose);
		/* The defaults of other everyday places are weaker. */
		policy = policy_with(text, &e);
		if (policy == NULL)
			fail_msg("%s", e.text);
		l = sy_policy_lockout(policy,
		    i == 2 ? SY_KIND_OPERATOR : SY_KIND_STAFF,
		    i == 4 ? SY_PURPOSE_OPERATOR : SY_PURPOSE_LOGIN);
		assert_int_equal(l->tries,
		    tc[i].strict ? high.tries : low.tries);
		assert_true(l->lock == (tc[i].strict ? high.lock : low.lock));
		assert_int_equal(l->locks,
		    tc[i].strict ? high.locks : low.locks);
		assert_int_equal(l->disable,
		    tc[i].strict ? high.disable : low.disable);
		sy_policy_free(&policy);
	}
}

#define ALL "kind = all\npurpose = login unlock privileged remote operator\n"

static void
each_number_has_its_bounds(void **state)
{
	/* The last that is taken and the first that is not. */
	static const struct {
		const char *good;
		const char *bad;
	} tc[] = {
		{ "tries = 1", "tries = 0" },
		{ "disable = 100\ntries = 100", "tries = 101" },
		{ "lock = 1s", "lock = 0s" }, { "lock = 7d", "lock = 169h" },
		{ "locks = 0", "locks = -1" }, { "locks = 10", "locks = 11" },
		{ "tries = 1\ndisable = 1", "disable = 0" },
		{ "disable = 100", "disable = 101" },
		{ "tries = 7\ndisable = 7", "disable = 6\ntries = 7" },
		{ "tries = 50", "tries = 51" }, /* the default disables at 50 */
	};
	char text[256];
	struct sy_error e;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_policy *policy;

		print_message("  %s\n", tc[i].good);
		(void)snprintf(text, sizeof(text), "[lockout a]\n" ALL "%s\n",
		    tc[i].good);
		policy = policy_with(text, &e);
		if (policy == NULL)
			fail_msg("%s", e.text);
		sy_policy_free(&policy);
		(void)snprintf(text, sizeof(text), "[lockout a]\n" ALL "%s\n",
		    tc[i].bad);
		policy_refuses(text, SY_ERR_FORMAT, 3, "");
	}
}

static void
lock_2_a_privileged_lockout_weaker_than_the_everyday_one_is_refused(
    void **state)
{
	static const struct {
		const char *everyday;
		const char *privileged;
		const char *why; /* NULL: taken */
	} tc[] = {
		{ "tries = 4", "tries = 4", NULL },
		{ "tries = 4", "tries = 5", "more tries" },
		{ "lock = 30m", "lock = 30m", NULL },
		{ "lock = 30m", "lock = 1799s", "a shorter lock" },
		{ "locks = 2", "locks = 2", NULL },
		{ "locks = 2", "locks = 3", "more locks" },
		{ "disable = 60", "disable = 60", NULL },
		{ "disable = 60", "disable = 61", "more failures" },
	};
	char text[512];
	struct sy_error e;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s, %s\n", tc[i].everyday, tc[i].privileged);
		(void)snprintf(text, sizeof(text),
		    "[lockout a]\nkind = privileged\npurpose = login\n%s\n"
		    "[lockout b]\nkind = staff\npurpose = unlock\n%s\n",
		    tc[i].privileged, tc[i].everyday);
		if (tc[i].why == NULL) {
			struct sy_policy *policy = policy_with(text, &e);

			if (policy == NULL)
				fail_msg("%s", e.text);
			sy_policy_free(&policy);
		} else {
			policy_refuses(text, SY_ERR_POLICY, 0, tc[i].why);
		}
	}
	/* A purpose that is privileged counts as much as a kind. */
	policy_refuses("[lockout a]\nkind = staff\npurpose = login\n"
		       "[lockout b]\nkind = staff\npurpose = privileged\n"
		       "tries = 6\n",
	    SY_ERR_POLICY, 3,
	    "lockout \"b\" gives kind staff, purpose privileged more tries "
	    "than lockout \"a\" gives kind staff, purpose login");
	/* So do the defaults: the file makes the everyday stricter. */
	policy_refuses("[lockout a]\nkind = staff\npurpose = login\n"
		       "tries = 2\n",
	    SY_ERR_POLICY, 0, "lockout \"(default)\" gives kind staff");
}

static void
what_is_wrong_is_named_with_its_place(void **state)
{
	(void)state;
	policy_refuses("[lockout]\n" ALL, SY_ERR_FORMAT, 0, "name");
	policy_refuses("[lockout a]\npurpose = login\n", SY_ERR_FORMAT, 0,
	    "kind");
	policy_refuses("[lockout a]\nkind = staff\n", SY_ERR_FORMAT, 0,
	    "purpose");
	policy_refuses("[lockout a]\nkind = staff\npurpose = fun\n",
	    SY_ERR_FORMAT, 2,
	    "lockout \"a\": purpose: there is no such name: \"fun\"");
	policy_refuses("[lockout a]\nkind = staff\npurpose = login login\n",
	    SY_ERR_FORMAT, 2, "twice");
	policy_refuses("[lockout a]\nkind = staff\npurpose = login\n"
		       "limit = 3\n",
	    SY_ERR_FORMAT, 3, "limit");
	policy_refuses("[lockout a]\nkind = staff\npurpose = login\n"
		       "[lockout b]\nkind = staff\npurpose = unlock\n"
		       "[lockout c]\nkind = staff\npurpose = unlock login\n",
	    SY_ERR_POLICY, 6, "lockout \"c\": never governs");
	policy_refuses("[lockout a]\nkind = staff\npurpose = login\n"
		       "disable = 4\n",
	    SY_ERR_FORMAT, 3, "nobody would ever be locked for a time");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    lock_2_defaults_are_stricter_for_what_is_privileged),
		cmocka_unit_test(the_first_section_that_covers_a_place_governs),
		cmocka_unit_test(
		    lock_2_what_a_section_leaves_out_is_that_of_its_strictest_place),
		cmocka_unit_test(each_number_has_its_bounds),
		cmocka_unit_test(
		    lock_2_a_privileged_lockout_weaker_than_the_everyday_one_is_refused),
		cmocka_unit_test(what_is_wrong_is_named_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
