/* SPDX-License-Identifier: Apache-2.0 */
/* MFA-2: each place asks for its own factors, possession first. */
#include "tests/support/policies.h"

static const char *const policies[] = { policy_plain, policy_rich };

/* Methods and origins that can be; index 0 is "no proof". */
static const struct {
	int method;
	int origin;
	int grade;
} shown[] = {
	{ SY_METHOD_NONE, 0, 0 }, { SY_METHOD_PASSWORD, 0, 0 },
	{ SY_METHOD_CARD, SY_ORIGIN_UNPROVEN, 0 },
	{ SY_METHOD_CARD, SY_ORIGIN_ISSUER, 0 },
	{ SY_METHOD_CARD_PIN, SY_ORIGIN_UNPROVEN, 0 },
	{ SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER, 0 },
	{ SY_METHOD_CARD_PIN, SY_ORIGIN_PERSONALISED, 0 },
	{ SY_METHOD_CARD_MAC, SY_ORIGIN_PERSONALISED, 0 },
	{ SY_METHOD_CARD_ID, SY_ORIGIN_UNPROVEN, 0 },
	{ SY_METHOD_FIDO2, SY_ORIGIN_UNPROVEN, 0 },
	{ SY_METHOD_FIDO2, SY_ORIGIN_ATTESTED, 0 },
	{ SY_METHOD_FIDO2_UV, SY_ORIGIN_ATTESTED, 0 },
	{ SY_METHOD_FIDO2_BIO, SY_ORIGIN_ATTESTED, SY_GRADE_NONE },
	{ SY_METHOD_FIDO2_BIO, SY_ORIGIN_ATTESTED, SY_GRADE_SIGNED },
	{ SY_METHOD_FIDO2_BIO, SY_ORIGIN_ATTESTED, SY_GRADE_TERMINAL },
	{ SY_METHOD_CODE, 0, 0 },
	{ SY_METHOD_CARD, SY_ORIGIN_ATTESTED, 0 }, /* can't be */
};

static void
add(struct sy_evidence *e, size_t i)
{
	if (shown[i].method == SY_METHOD_NONE)
		return;
	assert_true(e->count < SY_PROOFS_MAX);
	e->proof[e->count++] =
	    proof_of(shown[i].method, shown[i].origin, shown[i].grade);
}

static struct sy_plan
plan_at(const struct sy_policy *policy, const struct sy_state *s,
    const struct sy_evidence *e)
{
	struct sy_plan plan = { true, true, ~0u, 99 };

	sy_plan_next(policy, s->zone, s->purpose, s->kind, e, &plan);
	return plan;
}

static bool
allowed(const struct sy_policy *policy, const struct sy_state *s,
    const struct sy_evidence *e)
{
	return decide(policy, s, e, NOW).verdict == SY_ALLOW;
}

static bool
is_device(int method)
{
	return method != SY_METHOD_PASSWORD && method != SY_METHOD_CODE;
}

/* Possession first: nothing that can be guessed is asked of somebody who could
 * be asked for a device that the same combination needs. */
static void
check_order(const struct sy_state *s, const struct sy_plan *plan,
    const struct sy_evidence *e)
{
	bool device = false;

	for (unsigned int i = 0; i < e->count; i++)
		device = device || is_device((int)e->proof[i].method);
	/* policy_rich lets a password in by itself at this one place. */
	if (!device &&
	    (s->zone == SY_ZONE_MYNUMBER || s->purpose != SY_PURPOSE_LOGIN))
		assert_int_equal(plan->methods &
			(METHOD_BITS(SY_METHOD_PASSWORD) |
			    METHOD_BITS(SY_METHOD_CODE)),
		    0);
}

static void
check_one(const struct sy_policy *policy, const struct sy_state *s,
    const struct sy_evidence *e)
{
	const struct sy_plan plan = plan_at(policy, s, e);

	/* The plan and the verdict say the same. */
	assert_int_equal(plan.complete, allowed(policy, s, e));
	assert_int_equal(plan.methods != 0, plan.possible && !plan.complete);
	assert_true(plan.possible || !plan.complete);
	check_order(s, &plan, e);
	if (plan.possible)
		return;
	/* No further proof helps. */
	for (size_t i = 1; i < SY_COUNT(shown); i++) {
		struct sy_evidence more = *e;

		add(&more, i);
		assert_false(allowed(policy, s, &more));
	}
}

static void
for_each_place(const struct sy_policy *policy, const struct sy_evidence *e,
    void (*check)(const struct sy_policy *policy, const struct sy_state *s,
	const struct sy_evidence *e))
{
	for (int z = 0; z <= SY_ZONE_COUNT; z++) {
		for (int p = 0; p <= SY_PURPOSE_COUNT; p++) {
			for (int k = 0; k <= SY_KIND_COUNT; k++) {
				const struct sy_state s = state_of(z, p, k);

				check(policy, &s, e);
			}
		}
	}
}

static void
the_plan_is_complete_exactly_when_the_verdict_is_allow(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(policies); i++) {
		struct sy_policy *policy = policy_of(policies[i]);

		for (size_t a = 0; a < SY_COUNT(shown); a++) {
			for (size_t b = 0; b < SY_COUNT(shown); b++) {
				struct sy_evidence e = { .count = 0 };

				add(&e, a);
				add(&e, b);
				for_each_place(policy, &e, check_one);
			}
		}
		sy_policy_free(&policy);
	}
}

/* Show whatever is asked for, each in turn: every way must arrive. */
static void
follow(const struct sy_policy *policy, const struct sy_state *s,
    const struct sy_evidence *e)
{
	const struct sy_plan plan = plan_at(policy, s, e);

	if (plan.complete || !plan.possible)
		return;
	for (int m = 1; m < SY_METHOD_COUNT; m++) {
		bool taken = false;

		if ((plan.methods & METHOD_BITS(m)) == 0)
			continue;
		for (size_t i = 1; i < SY_COUNT(shown); i++) {
			struct sy_evidence more = *e;

			if (shown[i].method != m ||
			    !sy_policy_accepts(policy, s->zone, s->purpose,
				s->kind, (enum sy_method)m,
				(enum sy_origin)shown[i].origin,
				(enum sy_grade)shown[i].grade))
				continue;
			taken = true;
			add(&more, i);
			/* Each step leads on: never the same one again. */
			assert_int_equal(plan_at(policy, s, &more).methods &
				METHOD_BITS(m),
			    0);
			assert_true(more.count <= 4);
			follow(policy, s, &more);
		}
		assert_true(taken);
	}
}

static void
whoever_does_what_the_plan_says_gets_in(void **state)
{
	const struct sy_evidence none = { .count = 0 };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(policies); i++) {
		struct sy_policy *policy = policy_of(policies[i]);

		for_each_place(policy, &none, follow);
		sy_policy_free(&policy);
	}
}

static void
full_evidence_that_does_not_suffice_is_the_end(void **state)
{
	struct sy_policy *policy = policy_of(policy_plain);
	const struct sy_state s =
	    state_of(SY_ZONE_MYNUMBER, SY_PURPOSE_LOGIN, SY_KIND_STAFF);
	struct sy_evidence e = { .count = 0 };

	(void)state;
	for (int i = 0; i < SY_PROOFS_MAX; i++) {
		assert_true(plan_at(policy, &s, &e).possible);
		e.proof[e.count++] =
		    proof_of(SY_METHOD_CARD_PIN, SY_ORIGIN_UNPROVEN, 0);
	}
	assert_false(plan_at(policy, &s, &e).possible);
	e.count++;
	assert_false(plan_at(policy, &s, &e).possible);
	e.count = SY_PROOFS_MAX;
	e.proof[3] = proof_of(SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER, 0);
	assert_true(plan_at(policy, &s, &e).complete);
	sy_policy_free(&policy);
}

static void
a_token_that_is_not_active_leads_nowhere(void **state)
{
	struct sy_policy *policy = policy_of(policy_plain);
	const struct sy_state s =
	    state_of(SY_ZONE_MYNUMBER, SY_PURPOSE_LOGIN, SY_KIND_STAFF);
	struct sy_evidence e = { .count = 1 };

	(void)state;
	e.proof[0] = proof_of(SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER, 0);
	assert_true(plan_at(policy, &s, &e).complete);
	e.proof[0].token_active = false;
	assert_false(plan_at(policy, &s, &e).complete);
	assert_int_equal(plan_at(policy, &s, &e).methods,
	    METHOD_BITS(SY_METHOD_CARD_PIN));
	sy_policy_free(&policy);
}

/* A policy of one rule for logins of staff in ${zone}. */
static struct sy_policy *
policy_allowing(const char *zone, int require, const char *allow)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
	    "[policy]\nname = x\n[rule r]\nzone = %s\npurpose = login\n"
	    "kind = staff\nrequire = %d\nallow = %s\n",
	    zone, require, allow);
	return policy_of(text);
}

#define PASSWORD METHOD_BITS(SY_METHOD_PASSWORD)
#define CARD     METHOD_BITS(SY_METHOD_CARD)
#define CARD_PIN METHOD_BITS(SY_METHOD_CARD_PIN)
#define FIDO2    METHOD_BITS(SY_METHOD_FIDO2)

static void
mfa_2_possession_comes_first_and_the_choice_is_the_persons(void **state)
{
	static const struct {
		const char *zone;
		int require;
		const char *allow;
		int proof;
		unsigned int first;
		unsigned int then; /* after the proof; 0: complete */
	} tc[] = {
		{ "mynumber", 2, "password+card", SY_METHOD_CARD, CARD,
		    PASSWORD },
		{ "mynumber", 2, "card-pin, password+card", SY_METHOD_CARD,
		    CARD_PIN | CARD, PASSWORD },
		{ "mynumber", 2, "card-pin, password+card", SY_METHOD_CARD_PIN,
		    CARD_PIN | CARD, 0 },
		{ "lgwan", 2, "card+password, fido2+password", SY_METHOD_FIDO2,
		    CARD | FIDO2, PASSWORD },
		{ "lgwan", 1, "card-pin, password", SY_METHOD_PASSWORD,
		    CARD_PIN | PASSWORD, 0 },
		{ "internet", 1, "password", SY_METHOD_PASSWORD, PASSWORD, 0 },
		{ "internet", 1, "password, card+password", SY_METHOD_CARD,
		    PASSWORD | CARD, PASSWORD },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_policy *policy =
		    policy_allowing(tc[i].zone, tc[i].require, tc[i].allow);
		struct sy_evidence e = { .count = 0 };
		struct sy_state s =
		    state_of(SY_ZONE_LGWAN, SY_PURPOSE_LOGIN, SY_KIND_STAFF);

		print_message("  %s: %s\n", tc[i].zone, tc[i].allow);
		assert_true(sy_zone_by_name(tc[i].zone, &s.zone));
		assert_int_equal(plan_at(policy, &s, &e).methods, tc[i].first);
		e.proof[e.count++] = proof_of(tc[i].proof,
		    tc[i].proof == SY_METHOD_PASSWORD    ? SY_ORIGIN_UNPROVEN
			: tc[i].proof == SY_METHOD_FIDO2 ? SY_ORIGIN_ATTESTED
							 : SY_ORIGIN_ISSUER,
		    0);
		assert_int_equal(plan_at(policy, &s, &e).methods, tc[i].then);
		assert_int_equal(plan_at(policy, &s, &e).complete,
		    tc[i].then == 0);
		sy_policy_free(&policy);
	}
}

static void
a_password_that_is_not_in_force_leads_nowhere(void **state)
{
	struct sy_policy *policy =
	    policy_allowing("mynumber", 2, "password+card");
	const struct sy_state s =
	    state_of(SY_ZONE_MYNUMBER, SY_PURPOSE_LOGIN, SY_KIND_STAFF);
	struct sy_evidence e = { .count = 2 };

	(void)state;
	e.proof[0] = proof_of(SY_METHOD_CARD, SY_ORIGIN_ISSUER, 0);
	e.proof[1] = proof_of(SY_METHOD_PASSWORD, 0, 0);
	assert_true(plan_at(policy, &s, &e).complete);
	e.proof[1].token_active = false;
	assert_false(plan_at(policy, &s, &e).complete);
	assert_int_equal(plan_at(policy, &s, &e).methods, PASSWORD);
	sy_policy_free(&policy);
}

static void
the_reserve_of_the_rule_is_told(void **state)
{
	struct sy_policy *policy = policy_of(policy_rich);
	const struct sy_evidence none = { .count = 0 };
	struct sy_state s =
	    state_of(SY_ZONE_LGWAN, SY_PURPOSE_UNLOCK, SY_KIND_STAFF);

	(void)state;
	assert_int_equal(plan_at(policy, &s, &none).pin_reserve, 2);
	assert_int_equal(plan_at(policy, &s, &none).methods,
	    METHOD_BITS(SY_METHOD_CARD_PIN) | METHOD_BITS(SY_METHOD_FIDO2_UV));
	s.purpose = SY_PURPOSE_LOGIN;
	assert_int_equal(plan_at(policy, &s, &none).pin_reserve, 1);
	sy_policy_free(&policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_plan_is_complete_exactly_when_the_verdict_is_allow),
		cmocka_unit_test(whoever_does_what_the_plan_says_gets_in),
		cmocka_unit_test(
		    full_evidence_that_does_not_suffice_is_the_end),
		cmocka_unit_test(a_token_that_is_not_active_leads_nowhere),
		cmocka_unit_test(
		    mfa_2_possession_comes_first_and_the_choice_is_the_persons),
		cmocka_unit_test(a_password_that_is_not_in_force_leads_nowhere),
		cmocka_unit_test(the_reserve_of_the_rule_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
