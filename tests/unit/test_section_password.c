/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PW-1: the parameters of new passwords, by kind of ID. PW-4: age where the
 * body wants it, off where it does not.
 */
#include "tests/support/policies.h"

#define DAY ((int64_t)86400)

static void
equals(const struct sy_password_policy *p,
    const struct sy_password_policy *want)
{
	assert_int_equal(p->min_length, want->min_length);
	assert_int_equal(p->classes, want->classes);
	assert_int_equal(p->max_repeat, want->max_repeat);
	assert_int_equal(p->max_sequence, want->max_sequence);
	assert_int_equal(p->history, want->history);
	assert_true(p->min_age == want->min_age);
	assert_true(p->max_age == want->max_age);
	assert_true(p->warn == want->warn);
	assert_true(p->temporary == want->temporary);
	assert_int_equal(p->dictionary, want->dictionary);
}

/* As sanyoso-policy.conf(5) says. */
static const struct sy_password_policy defaults = {
	.min_length = 10,
	.classes = 3,
	.max_repeat = 3,
	.max_sequence = 4,
	.history = 5,
	.warn = 14 * DAY,
	.temporary = 7 * DAY,
	.dictionary = true,
};

static void
where_the_file_says_nothing_the_strict_defaults_govern(void **state)
{
	struct sy_policy *policy = policy_of(policy_plain);

	(void)state;
	for (int k = 1; k < SY_KIND_COUNT; k++)
		equals(sy_policy_password(policy, (enum sy_kind)k), &defaults);
	/* Out of range: still something strict. */
	equals(sy_policy_password(policy, (enum sy_kind) - 1), &defaults);
	equals(sy_policy_password(policy, SY_KIND_COUNT), &defaults);
	sy_policy_free(&policy);
}

static void
pw_1_every_setting_arrives(void **state)
{
	static const struct sy_password_policy want = { 12, 4, 2, 5, 24, DAY,
		90 * DAY, 10 * DAY, 3600, false };
	struct sy_error e;
	struct sy_policy *policy =
	    policy_with("[password all]\nkind = all\n"
			"min_length = 12\nclasses = 4\n"
			"max_repeat = 2\n"
			"max_sequence = 5\nhistory = 24\n"
			"min_age = 1d\nmax_age = 90d\n"
			"warn = 10d\ntemporary = 60m\n"
			"dictionary = no\n",
		&e);

	(void)state;
	assert_non_null(policy);
	for (int k = 1; k < SY_KIND_COUNT; k++)
		equals(sy_policy_password(policy, (enum sy_kind)k), &want);
	sy_policy_free(&policy);
}

static void
pw_4_the_first_section_that_covers_a_kind_governs(void **state)
{
	struct sy_error e;
	struct sy_policy *policy =
	    policy_with("[password high]\nkind = privileged operator\n"
			"min_length = 16\nmax_age = 60d\n"
			"[password others]\nkind = all\nmin_length = 9\n",
		&e);

	(void)state;
	assert_non_null(policy);
	for (int k = 1; k < SY_KIND_COUNT; k++) {
		const bool high =
		    k == SY_KIND_PRIVILEGED || k == SY_KIND_OPERATOR;
		struct sy_password_policy want = defaults;

		want.min_length = high ? 16 : 9;
		want.max_age = high ? 60 * DAY : 0;
		equals(sy_policy_password(policy, (enum sy_kind)k), &want);
	}
	sy_policy_free(&policy);
}

static void
each_number_has_its_bounds(void **state)
{
	/* The last that is taken and the first that is not. */
	static const struct {
		const char *good;
		const char *bad;
	} tc[] = {
		{ "min_length = 8", "min_length = 7" },
		{ "min_length = 64", "min_length = 65" },
		{ "classes = 1", "classes = 0" },
		{ "classes = 4", "classes = 5" },
		{ "max_repeat = 0", "max_repeat = -1" },
		{ "max_repeat = 16", "max_repeat = 17" },
		{ "max_sequence = 0", "max_sequence = -1" },
		{ "max_sequence = 16", "max_sequence = 17" },
		{ "history = 0", "history = -1" },
		{ "history = 24", "history = 25" },
		{ "min_age = 0d", "min_age = -1d" },
		{ "min_age = 365d", "min_age = 366d" },
		{ "max_age = 3650d", "max_age = 3651d" },
		{ "max_age = 0d", "max_age = 0" },
		{ "warn = 0d", "warn = d" },
		{ "warn = 365d", "warn = 8761h" },
		{ "temporary = 1s", "temporary = 0s" },
		{ "temporary = 90d", "temporary = 91d" },
		{ "dictionary = no", "dictionary = maybe" },
	};
	char text[128];
	struct sy_error e;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_policy *policy;

		print_message("  %s\n", tc[i].good);
		(void)snprintf(text, sizeof(text),
		    "[password a]\nkind = staff\n%s\n", tc[i].good);
		policy = policy_with(text, &e);
		if (policy == NULL)
			fail_msg("%s", e.text);
		sy_policy_free(&policy);
		(void)snprintf(text, sizeof(text),
		    "[password a]\nkind = staff\n%s\n", tc[i].bad);
		policy_refuses(text, SY_ERR_FORMAT, 2, "");
	}
}

/* Typed at the wrong prompt it would be sent to a card. */
static void
what_could_be_a_pin_is_no_password(void **state)
{
	static const char bad[] =
	    "[password a]\nkind = staff\nmin_length = 8\nclasses = 1\n";
	static const char *const good[] = {
		"[password a]\nkind = staff\nmin_length = 8\nclasses = 2\n",
		"[password a]\nkind = staff\nmin_length = 9\nclasses = 1\n",
	};
	struct sy_error e;

	(void)state;
	policy_refuses(bad, SY_ERR_FORMAT, 3, "a card's PIN");
	for (size_t i = 0; i < SY_COUNT(good); i++) {
		struct sy_policy *policy = policy_with(good[i], &e);

		if (policy == NULL)
			fail_msg("%s", e.text);
		sy_policy_free(&policy);
	}
}

static void
pw_4_ages_that_contradict_each_other_are_refused(void **state)
{
	static const struct {
		const char *ages;
		const char *why; /* NULL: taken */
	} tc[] = {
		{ "max_age = 14d", NULL },
		{ "max_age = 1209599s", "warn" }, /* less than the default's */
		{ "max_age = 90d\nwarn = 90d", NULL },
		{ "max_age = 90d\nwarn = 91d", "warn" },
		{ "max_age = 90d\nmin_age = 89d", NULL },
		{ "max_age = 90d\nmin_age = 90d", "min_age" },
		/* Without a maximum there is nothing to contradict. */
		{ "max_age = 0d\nwarn = 91d\nmin_age = 90d", NULL },
	};
	char text[128];
	struct sy_error e;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].ages);
		(void)snprintf(text, sizeof(text),
		    "[password a]\nkind = staff\n%s\n", tc[i].ages);
		if (tc[i].why == NULL) {
			struct sy_policy *policy = policy_with(text, &e);

			assert_non_null(policy);
			sy_policy_free(&policy);
		} else {
			policy_refuses(text, SY_ERR_FORMAT, 2, tc[i].why);
		}
	}
}

static void
what_is_wrong_is_named_with_its_place(void **state)
{
	(void)state;
	policy_refuses("[password]\nkind = all\n", SY_ERR_FORMAT, 0, "name");
	policy_refuses("[password a]\nhistory = 1\n", SY_ERR_FORMAT, 0, "kind");
	policy_refuses("[password a]\nkind =\n", SY_ERR_FORMAT, 1, "missing");
	policy_refuses("[password a]\nkind = staff boss\n", SY_ERR_FORMAT, 1,
	    "password \"a\": kind: there is no such name: \"boss\"");
	policy_refuses("[password a]\nkind = staff staff\n", SY_ERR_FORMAT, 1,
	    "twice");
	policy_refuses("[password a]\nkind = staff\nlength = 8\n",
	    SY_ERR_FORMAT, 2, "length");
	policy_refuses("[password a]\nkind = staff\n[password a]\n"
		       "kind = shared\n",
	    SY_ERR_FORMAT, 2, "before");
	policy_refuses("[password a]\nkind = staff shared\n"
		       "[password b]\nkind = developer\n"
		       "[password c]\nkind = developer staff\n",
	    SY_ERR_POLICY, 5, "password \"c\": kind: never governs");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    where_the_file_says_nothing_the_strict_defaults_govern),
		cmocka_unit_test(pw_1_every_setting_arrives),
		cmocka_unit_test(
		    pw_4_the_first_section_that_covers_a_kind_governs),
		cmocka_unit_test(each_number_has_its_bounds),
		cmocka_unit_test(what_could_be_a_pin_is_no_password),
		cmocka_unit_test(
		    pw_4_ages_that_contradict_each_other_are_refused),
		cmocka_unit_test(what_is_wrong_is_named_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
