/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA-1: two of one category never count as two. MFA-2: each zone, purpose and
 * kind asks for its own. CARD-6: what is not a proof of this person, now, is
 * refused. Over every combination, against an oracle.
 */
#include "tests/support/oracle.h"
#include "tests/support/policies.h"

static const struct {
	const char *text;
	const struct oracle_policy *oracle;
} policies[] = {
	{ policy_plain, &oracle_plain },
	{ policy_rich, &oracle_rich },
};

/* How often each verdict was given: a sweep that never allows shows nothing. */
struct tally {
	unsigned long allowed;
	unsigned long denied;
};

static void
compare(const struct sy_policy *policy, const struct oracle_policy *oracle,
    const struct sy_state *state, const struct sy_evidence *evidence,
    int64_t now, struct tally *tally)
{
	const bool want = oracle_allows(oracle, state, evidence, now);
	const struct verdict got = decide(policy, state, evidence, now);

	if ((got.verdict == SY_ALLOW) != want ||
	    (got.reason == SY_REASON_ALLOWED) != want ||
	    got.reason == SY_REASON_NONE || got.reason >= SY_REASON_COUNT)
		fail_msg("zone %d purpose %d kind %d, %u proofs (%d,%d,%d "
			 "%d,%d,%d): %d (%s), oracle says %d",
		    state->zone, state->purpose, state->kind, evidence->count,
		    evidence->proof[0].method, evidence->proof[0].origin,
		    evidence->proof[0].grade, evidence->proof[1].method,
		    evidence->proof[1].origin, evidence->proof[1].grade,
		    got.verdict, sy_reason_name(got.reason), want);
	if (want)
		tally->allowed++;
	else
		tally->denied++;
}

/* Every proof in range, and some beyond. */
static size_t
all_proofs(struct sy_proof *out, int beyond)
{
	size_t n = 0;

	for (int m = 1 - beyond; m < SY_METHOD_COUNT + beyond; m++) {
		for (int o = -beyond; o < SY_ORIGIN_COUNT + beyond; o++) {
			for (int g = -beyond; g < SY_GRADE_COUNT + beyond; g++)
				out[n++] = proof_of(m, o, g);
		}
	}
	return n;
}
#define PROOFS_MAX                                                             \
	((SY_METHOD_COUNT + 2) * (SY_ORIGIN_COUNT + 2) * (SY_GRADE_COUNT + 2))

/* The six flags alone, and with each pair of dates. */
#define FLAGS_BITS  64
#define FLAGS_COUNT (FLAGS_BITS * 5)

static void
set_flags(struct sy_state *s, unsigned int flags)
{
	static const struct {
		int64_t from;
		int64_t to;
	} dates[] = {
		{ 0, NOW + SECOND },
		{ NOW, NOW + 1 },
		{ NOW + 1, 0 },
		{ 0, NOW },
		{ 0, 0 },
	};

	s->id_known = (flags & 1) == 0;
	s->id_active = (flags & 2) == 0;
	s->id_holds = (flags & 4) == 0 ? 0 : 3;
	s->terminal_active = (flags & 8) == 0;
	s->txn_open = (flags & 16) == 0;
	s->granted = (flags & 32) == 0;
	s->id_valid_from = dates[flags / FLAGS_BITS].from;
	s->id_valid_to = dates[flags / FLAGS_BITS].to;
}

static void
compare_everywhere(const struct sy_policy *policy,
    const struct oracle_policy *oracle, const struct sy_evidence *evidence,
    unsigned int flags_count, struct tally *tally)
{
	for (int z = 1; z < SY_ZONE_COUNT; z++) {
		for (int p = 1; p < SY_PURPOSE_COUNT; p++) {
			for (int k = 1; k < SY_KIND_COUNT; k++) {
				struct sy_state state = state_of(z, p, k);

				for (unsigned int f = 0; f < flags_count; f++) {
					set_flags(&state, f);
					compare(policy, oracle, &state,
					    evidence, NOW, tally);
				}
			}
		}
	}
}

static void
mfa_1_every_two_proofs_are_judged_as_the_oracle_does(void **state)
{
	static struct sy_proof proofs[PROOFS_MAX];
	const size_t n = all_proofs(proofs, 0);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(policies); i++) {
		struct sy_policy *policy = policy_of(policies[i].text);
		struct tally tally = { 0, 0 };
		struct sy_evidence e = { .count = 0 };

		compare_everywhere(policy, policies[i].oracle, &e, FLAGS_BITS,
		    &tally);
		for (size_t a = 0; a < n; a++) {
			e.proof[0] = proofs[a];
			e.count = 2;
			for (size_t b = a; b < n; b++) {
				e.proof[1] = proofs[b];
				compare_everywhere(policy, policies[i].oracle,
				    &e, FLAGS_BITS, &tally);
			}
		}
		print_message("  %lu allowed, %lu denied\n", tally.allowed,
		    tally.denied);
		assert_true(tally.allowed > 0 && tally.denied > 0);
		sy_policy_free(&policy);
	}
}

static void
mfa_2_every_proof_place_and_state_is_judged_as_the_oracle_does(void **state)
{
	static struct sy_proof proofs[PROOFS_MAX];
	const size_t n = all_proofs(proofs, 1);
	const int places = SY_ZONE_COUNT * SY_PURPOSE_COUNT * SY_KIND_COUNT;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(policies); i++) {
		struct sy_policy *policy = policy_of(policies[i].text);
		struct tally tally = { 0, 0 };
		struct sy_evidence e = { .count = 1 };

		for (size_t a = 0; a < n; a++) {
			e.proof[0] = proofs[a];
			compare_everywhere(policy, policies[i].oracle, &e,
			    FLAGS_COUNT, &tally);
		}
		/* Every state, with evidence that allows somewhere. */
		e.proof[0] = proof_of(SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER, 0);
		e.proof[1] = proof_of(SY_METHOD_FIDO2_BIO, SY_ORIGIN_ATTESTED,
		    SY_GRADE_SIGNED);
		e.proof[2] = proof_of(SY_METHOD_PASSWORD, 0, 0);
		e.proof[3] = proof_of(SY_METHOD_CARD, SY_ORIGIN_ISSUER, 0);
		for (e.count = 0; e.count <= 4; e.count++) {
			/* Places from 0: what is out of range is denied. */
			for (int at = 0; at < places * FLAGS_COUNT; at++) {
				const int cell = at / FLAGS_COUNT;
				struct sy_state s = state_of(cell %
					SY_ZONE_COUNT,
				    cell / SY_ZONE_COUNT % SY_PURPOSE_COUNT,
				    cell / SY_ZONE_COUNT / SY_PURPOSE_COUNT);

				set_flags(&s, (unsigned int)(at % FLAGS_COUNT));
				compare(policy, policies[i].oracle, &s, &e, NOW,
				    &tally);
			}
		}
		print_message("  %lu allowed, %lu denied\n", tally.allowed,
		    tally.denied);
		assert_true(tally.allowed > 0 && tally.denied > 0);
		sy_policy_free(&policy);
	}
}

static void
card_6_every_token_and_time_is_judged_as_the_oracle_does(void **state)
{
	/* 60 s from nonce to proof, 180 s from proof to verdict. */
	static const int64_t times[] = { INT64_MIN, -1, 0,
		NOW - 240 * SECOND - 1, NOW - 240 * SECOND,
		NOW - 180 * SECOND - 1, NOW - 180 * SECOND,
		NOW - 60 * SECOND - 1, NOW - 60 * SECOND, NOW - 1, NOW, NOW + 1,
		INT64_MAX };
	static const int64_t rows[] = { INT64_MIN, -1, 0, TOKEN, ID,
		INT64_MAX };
	static const int methods[] = { SY_METHOD_CARD_PIN, SY_METHOD_PASSWORD };
	enum { TIMES = SY_COUNT(times) };
	struct tally tally = { 0, 0 };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(policies); i++) {
		struct sy_policy *policy = policy_of(policies[i].text);

		for (size_t n = 0; n < 2 * TIMES * TIMES * 6 * 6 * 2; n++) {
			struct sy_evidence e = { .count = 1 };
			struct sy_proof *p = &e.proof[0];
			const struct sy_state places[] = {
				state_of(SY_ZONE_MYNUMBER, SY_PURPOSE_UNLOCK,
				    SY_KIND_STAFF),
				state_of(SY_ZONE_INTERNET, SY_PURPOSE_LOGIN,
				    SY_KIND_STAFF),
			};
			size_t at = n;

			*p = proof_of(methods[at % 2], SY_ORIGIN_ISSUER, 0);
			if (p->method == SY_METHOD_PASSWORD)
				p->origin = SY_ORIGIN_UNPROVEN;
			p->nonce_at = times[(at /= 2) % TIMES];
			p->verified_at = times[(at /= TIMES) % TIMES];
			p->token = rows[(at /= TIMES) % 6];
			p->token_owner = rows[(at /= 6) % 6];
			p->token_active = (at / 6) % 2 != 0;
			p->waited = (int64_t)(n % 3) * 60 * SECOND;
			for (size_t k = 0; k < SY_COUNT(places); k++)
				compare(policy, policies[i].oracle, &places[k],
				    &e, NOW, &tally);
		}
		sy_policy_free(&policy);
	}
	assert_true(tally.allowed > 0 && tally.denied > 0);
}

/* A login that succeeds, with one thing changed each time. */
struct reason_case {
	const char *what;
	void (*change)(struct sy_state *s, struct sy_evidence *e);
	enum sy_reason reason;
	unsigned int categories;
};

#define CHANGE(name, code)                                                     \
	static void name(struct sy_state *s, struct sy_evidence *e)            \
	{                                                                      \
		(void)s;                                                       \
		(void)e;                                                       \
		code;                                                          \
	}
CHANGE(nothing, )
CHANGE(no_zone, s->zone = (enum sy_zone)0)
CHANGE(far_kind, s->kind = SY_KIND_COUNT)
CHANGE(no_row, s->id = 0)
CHANGE(too_many, e->count = SY_PROOFS_MAX + 1)
CHANGE(no_method, e->proof[0].method = SY_METHOD_NONE)
CHANGE(no_token, e->proof[0].token = 0)
CHANGE(attested_card, e->proof[0].origin = SY_ORIGIN_ATTESTED)
CHANGE(remote, s->purpose = SY_PURPOSE_REMOTE)
CHANGE(terminal_revoked, s->terminal_active = false)
CHANGE(transaction_used, s->txn_open = false)
CHANGE(unknown, s->id_known = false)
CHANGE(not_active, s->id_active = false)
CHANGE(held, s->id_holds = 1)
CHANGE(too_early, s->id_valid_from = NOW + 1)
CHANGE(too_late, s->id_valid_to = NOW)
CHANGE(endless_contractor, s->kind = SY_KIND_CONTRACTOR; s->id_valid_to = 0)
CHANGE(no_proof, e->count = 0)
CHANGE(others_token, e->proof[0].token_owner = ID + 1)
CHANGE(token_held, e->proof[0].token_active = false)
CHANGE(slow_proof, e->proof[0].nonce_at = NOW - 61 * SECOND)
CHANGE(late_proof, e->proof[0].nonce_at = NOW - 61 * SECOND - 1)
CHANGE(kept_proof, e->proof[0].verified_at = NOW - 180 * SECOND;
       e->proof[0].nonce_at = NOW - 240 * SECOND)
CHANGE(old_proof, e->proof[0].verified_at = NOW - 180 * SECOND - 1;
       e->proof[0].nonce_at = NOW - 190 * SECOND)
CHANGE(waited_proof, e->proof[0].verified_at = NOW - 480 * SECOND;
       e->proof[0].nonce_at = NOW - 540 * SECOND;
       e->proof[0].waited = 300 * SECOND)
CHANGE(old_after_wait, e->proof[0].verified_at = NOW - 190 * SECOND - 1;
       e->proof[0].nonce_at = NOW - 200 * SECOND;
       e->proof[0].waited = 10 * SECOND)
CHANGE(late_before_wait, e->proof[0].nonce_at = NOW - 61 * SECOND - 1;
       e->proof[0].waited = 10 * SECOND)
CHANGE(too_long_a_wait, e->proof[0].waited = 300 * SECOND + 1)
CHANGE(no_wait, e->proof[0].waited = -1)
CHANGE(early_proof, e->proof[0].verified_at = NOW + 1)
CHANGE(unproven, e->proof[0].origin = SY_ORIGIN_UNPROVEN)
CHANGE(without_pin, e->proof[0].method = SY_METHOD_CARD)
CHANGE(identifier, e->proof[0].method = SY_METHOD_CARD_ID)
CHANGE(all_at_once, s->terminal_active = false; s->txn_open = false;
       s->id_known = false; e->count = 0)

static void
each_denial_has_its_reason(void **state)
{
	const unsigned int both =
	    SY_CATEGORY_KNOWLEDGE | SY_CATEGORY_POSSESSION;
	const struct reason_case tc[] = {
		{ "nothing", nothing, SY_REASON_ALLOWED, both },
		{ "no zone", no_zone, SY_REASON_INPUT, 0 },
		{ "a kind beyond the last", far_kind, SY_REASON_INPUT, 0 },
		{ "an ID without row", no_row, SY_REASON_INPUT, 0 },
		{ "too many proofs", too_many, SY_REASON_INPUT, 0 },
		{ "no method", no_method, SY_REASON_INPUT, 0 },
		{ "a card without token", no_token, SY_REASON_INPUT, 0 },
		{ "an attested card", attested_card, SY_REASON_INPUT, 0 },
		{ "no rule", remote, SY_REASON_NO_RULE, 0 },
		{ "terminal revoked", terminal_revoked, SY_REASON_TERMINAL,
		    both },
		{ "answered twice", transaction_used, SY_REASON_TXN_USED,
		    both },
		{ "unknown", unknown, SY_REASON_ID_UNKNOWN, both },
		{ "not active", not_active, SY_REASON_ID_STATE, both },
		{ "held", held, SY_REASON_ID_HELD, both },
		{ "before the first day", too_early, SY_REASON_ID_DATES, both },
		{ "after the last day", too_late, SY_REASON_ID_DATES, both },
		{ "a contractor without end", endless_contractor,
		    SY_REASON_ID_DATES, both },
		{ "no proof", no_proof, SY_REASON_NO_EVIDENCE, 0 },
		{ "another's card", others_token, SY_REASON_TOKEN_OWNER, 0 },
		{ "a lost card", token_held, SY_REASON_TOKEN_STATE, 0 },
		{ "given at the last moment", slow_proof, SY_REASON_ALLOWED,
		    both },
		{ "given a moment later", late_proof, SY_REASON_LATE, 0 },
		{ "followed by a long login", kept_proof, SY_REASON_ALLOWED,
		    both },
		{ "followed by a longer one", old_proof, SY_REASON_LATE, 0 },
		{ "followed by the longest wait", waited_proof,
		    SY_REASON_ALLOWED, both },
		{ "longer than login and wait", old_after_wait, SY_REASON_LATE,
		    0 },
		{ "given late, whatever the wait", late_before_wait,
		    SY_REASON_LATE, 0 },
		{ "more than anybody waits", too_long_a_wait, SY_REASON_INPUT,
		    0 },
		{ "a wait back in time", no_wait, SY_REASON_INPUT, 0 },
		{ "a proof of tomorrow", early_proof, SY_REASON_LATE, 0 },
		{ "a card of unknown origin", unproven, SY_REASON_CATEGORIES,
		    0 },
		{ "a card without PIN", without_pin, SY_REASON_CATEGORIES, 0 },
		{ "an identifier", identifier, SY_REASON_IDENTIFIER, 0 },
		{ "the first of several", all_at_once, SY_REASON_TERMINAL, 0 },
	};
	struct sy_policy *policy = policy_of(policy_plain);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_state s =
		    state_of(SY_ZONE_MYNUMBER, SY_PURPOSE_LOGIN, SY_KIND_STAFF);
		struct sy_evidence e = { .count = 1 };
		struct verdict v;

		print_message("  %s\n", tc[i].what);
		e.proof[0] = proof_of(SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER, 0);
		tc[i].change(&s, &e);
		v = decide(policy, &s, &e, NOW);
		assert_int_equal(v.reason, tc[i].reason);
		assert_int_equal(v.verdict,
		    tc[i].reason == SY_REASON_ALLOWED ? SY_ALLOW : SY_DENY);
		assert_int_equal(v.categories, tc[i].categories);
	}
	sy_policy_free(&policy);
}

static void
enough_categories_by_the_wrong_methods_are_no_combination(void **state)
{
	struct sy_policy *policy = policy_of(policy_rich);
	const struct sy_state s =
	    state_of(SY_ZONE_MYNUMBER, SY_PURPOSE_LOGIN, SY_KIND_STAFF);
	struct sy_evidence e = { .count = 1 };
	struct verdict v;

	(void)state;
	/* Possession and knowledge, but the rule wants a key besides. */
	e.proof[0] = proof_of(SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER, 0);
	v = decide(policy, &s, &e, NOW);
	assert_int_equal(v.verdict, SY_DENY);
	assert_int_equal(v.reason, SY_REASON_COMBINATION);
	assert_int_equal(sy_categories_count(v.categories), 2);
	sy_policy_free(&policy);
}

static void
a_proof_that_does_not_count_does_not_harm_either(void **state)
{
	struct sy_policy *policy = policy_of(policy_plain);
	const struct sy_state s =
	    state_of(SY_ZONE_MYNUMBER, SY_PURPOSE_LOGIN, SY_KIND_STAFF);
	struct sy_evidence e = { .count = 2 };

	(void)state;
	e.proof[0] = proof_of(SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER, 0);
	e.proof[0].token_active = false;
	e.proof[1] = proof_of(SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER, 0);
	assert_int_equal(decide(policy, &s, &e, NOW).verdict, SY_ALLOW);
	sy_policy_free(&policy);
}

/* A card that needs no PIN, and the password. */
static struct sy_evidence
card_and_password(void)
{
	return (struct sy_evidence){
		.proof = { proof_of(SY_METHOD_CARD, SY_ORIGIN_ISSUER, 0),
		    proof_of(SY_METHOD_PASSWORD, 0, 0) },
		.count = 2,
	};
}

static void
mfa_1_a_password_counts_only_while_it_is_in_force(void **state)
{
	struct sy_policy *policy = policy_of(policy_rich);
	const struct sy_state s =
	    state_of(SY_ZONE_MYNUMBER, SY_PURPOSE_LOGIN, SY_KIND_STAFF);
	struct sy_evidence e = card_and_password();
	struct verdict v;

	(void)state;
	v = decide(policy, &s, &e, NOW);
	assert_int_equal(v.verdict, SY_ALLOW);
	assert_int_equal(v.reason, SY_REASON_ALLOWED);
	/* Locked, expired or never issued. */
	e.proof[1].token_active = false;
	v = decide(policy, &s, &e, NOW);
	assert_int_equal(v.verdict, SY_DENY);
	assert_int_equal(v.reason, SY_REASON_PASSWORD_STATE);
	assert_int_equal(v.categories, SY_CATEGORY_POSSESSION);
	/* A password belongs to no token. */
	e = card_and_password();
	e.proof[1].token_owner = ID;
	assert_int_equal(decide(policy, &s, &e, NOW).reason, SY_REASON_INPUT);
	sy_policy_free(&policy);
}

static void
a_password_may_be_typed_after_the_card_was_shown(void **state)
{
	struct sy_policy *policy = policy_of(policy_rich);
	const struct sy_state s =
	    state_of(SY_ZONE_MYNUMBER, SY_PURPOSE_LOGIN, SY_KIND_STAFF);
	struct sy_evidence e = card_and_password();

	(void)state;
	/* The card's nonce is older than its 60 seconds by now. */
	e.proof[0].nonce_at = NOW - 100 * SECOND;
	e.proof[0].verified_at = NOW - 99 * SECOND;
	assert_int_equal(decide(policy, &s, &e, NOW).verdict, SY_ALLOW);
	e.proof[0].verified_at = NOW - 40 * SECOND + 1;
	assert_int_equal(decide(policy, &s, &e, NOW).reason, SY_REASON_LATE);
	sy_policy_free(&policy);
}

static void
mfa_2_privileged_use_needs_a_grant_besides(void **state)
{
	struct sy_policy *policy = policy_of(policy_rich);
	struct sy_state s =
	    state_of(SY_ZONE_LGWAN, SY_PURPOSE_PRIVILEGED, SY_KIND_STAFF);
	struct sy_evidence e = { .count = 2 };

	(void)state;
	e.proof[0] = proof_of(SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER, 0);
	e.proof[1] =
	    proof_of(SY_METHOD_FIDO2_BIO, SY_ORIGIN_ATTESTED, SY_GRADE_SIGNED);
	assert_int_equal(decide(policy, &s, &e, NOW).verdict, SY_ALLOW);
	s.granted = false;
	assert_int_equal(decide(policy, &s, &e, NOW).verdict, SY_DENY);
	assert_int_equal(decide(policy, &s, &e, NOW).reason,
	    SY_REASON_NO_GRANT);
	/* Whatever else forbids it is said first; no proof before either. */
	e.count = 0;
	assert_int_equal(decide(policy, &s, &e, NOW).reason,
	    SY_REASON_NO_GRANT);
	s.id_valid_to = NOW;
	assert_int_equal(decide(policy, &s, &e, NOW).reason,
	    SY_REASON_ID_DATES);
	/* Other purposes need none. */
	s = state_of(SY_ZONE_LGWAN, SY_PURPOSE_OPERATOR, SY_KIND_STAFF);
	s.granted = false;
	e.count = 2;
	assert_int_equal(decide(policy, &s, &e, NOW).verdict, SY_ALLOW);
	sy_policy_free(&policy);
}

static void
missing_arguments_are_denied(void **state)
{
	struct sy_policy *policy = policy_of(policy_plain);
	const struct sy_state s =
	    state_of(SY_ZONE_MYNUMBER, SY_PURPOSE_LOGIN, SY_KIND_STAFF);
	struct sy_evidence e = { .count = 1 };

	(void)state;
	e.proof[0] = proof_of(SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER, 0);
	assert_int_equal(decide(policy, &s, &e, NOW).verdict, SY_ALLOW);
	assert_int_equal(decide(NULL, &s, &e, NOW).verdict, SY_DENY);
	assert_int_equal(decide(policy, NULL, &e, NOW).verdict, SY_DENY);
	assert_int_equal(decide(policy, &s, NULL, NOW).verdict, SY_DENY);
	assert_int_equal(decide(policy, &s, &e, -1).verdict, SY_DENY);
	sy_policy_free(&policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    mfa_1_every_two_proofs_are_judged_as_the_oracle_does),
		cmocka_unit_test(
		    mfa_2_every_proof_place_and_state_is_judged_as_the_oracle_does),
		cmocka_unit_test(
		    card_6_every_token_and_time_is_judged_as_the_oracle_does),
		cmocka_unit_test(each_denial_has_its_reason),
		cmocka_unit_test(
		    enough_categories_by_the_wrong_methods_are_no_combination),
		cmocka_unit_test(
		    a_proof_that_does_not_count_does_not_harm_either),
		cmocka_unit_test(
		    mfa_1_a_password_counts_only_while_it_is_in_force),
		cmocka_unit_test(
		    a_password_may_be_typed_after_the_card_was_shown),
		cmocka_unit_test(mfa_2_privileged_use_needs_a_grant_besides),
		cmocka_unit_test(missing_arguments_are_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
