/* SPDX-License-Identifier: Apache-2.0 */
#include <sanyoso/challenge.h>

#include "policy_int.h"

#define BIT(value)       (1u << (value))
#define MICROSECS(value) ((int64_t)(value)*1000000)

static bool
proof_is_sane(const struct sy_proof *p)
{
	if (!sy_method_can_be(p->method, p->origin, p->grade) ||
	    p->nonce_at < 0 || p->verified_at < 0 || p->waited < 0 ||
	    p->waited > MICROSECS(SY_WAIT_MAX))
		return false;
	if (sy_method_has_device(p->method))
		return p->token > 0 && p->token_owner > 0;
	return p->token == 0 && p->token_owner == 0;
}

bool
sy_evidence_is_sane(const struct sy_evidence *evidence)
{
	if (evidence->count > SY_PROOFS_MAX)
		return false;
	for (unsigned int i = 0; i < evidence->count; i++) {
		if (!proof_is_sane(&evidence->proof[i]))
			return false;
	}
	return true;
}

static bool
state_is_sane(const struct sy_state *s, int64_t now)
{
	return now >= 0 && sy_policy_in_range(s->zone, s->purpose, s->kind) &&
	    (!s->id_known || s->id > 0);
}

static bool
id_is_valid_at(const struct sy_state *s, int64_t now)
{
	/* These kinds must have an end; one without is a mistake, not a right.
	 */
	if ((s->kind == SY_KIND_CONTRACTOR || s->kind == SY_KIND_DEVELOPER) &&
	    s->id_valid_to == 0)
		return false;
	if (s->id_valid_from != 0 && now < s->id_valid_from)
		return false;
	return s->id_valid_to == 0 || now < s->id_valid_to;
}

/* What of the state forbids a login whatever the evidence; NONE if nothing. */
static enum sy_reason
judge_state(const struct sy_state *s, int64_t now)
{
	if (!s->terminal_active)
		return SY_REASON_TERMINAL;
	if (!s->txn_open)
		return SY_REASON_TXN_USED;
	if (!s->id_known)
		return SY_REASON_ID_UNKNOWN;
	if (!s->id_active)
		return SY_REASON_ID_STATE;
	if (s->id_holds != 0)
		return SY_REASON_ID_HELD;
	if (!id_is_valid_at(s, now))
		return SY_REASON_ID_DATES;
	if (s->purpose == SY_PURPOSE_PRIVILEGED && !s->granted)
		return SY_REASON_NO_GRANT;
	return SY_REASON_NONE;
}

/*
 * Given in time after it was asked for, and in this login: who showed his card
 * may type his password after it, and does not lose it by what the server has
 * him wait. All times are 0 or later here, so that no difference can overflow.
 */
static bool
proof_is_fresh(const struct sy_proof *p, int64_t now)
{
	return p->nonce_at <= p->verified_at && p->verified_at <= now &&
	    p->verified_at - p->nonce_at <= MICROSECS(SY_CHALLENGE_LIFE) &&
	    now - p->verified_at <= MICROSECS(SY_PROOF_LIFE) + p->waited;
}

/* Why a proof does not count; NONE if it does. */
static enum sy_reason
judge_proof(const struct sy_policy *policy, const struct sy_policy_rule *rule,
    const struct sy_state *s, const struct sy_proof *p, int64_t now)
{
	if (sy_method_has_device(p->method) && p->token_owner != s->id)
		return SY_REASON_TOKEN_OWNER;
	if (!sy_proof_is_active(p))
		return p->method == SY_METHOD_PASSWORD
		    ? SY_REASON_PASSWORD_STATE
		    : SY_REASON_TOKEN_STATE;
	if (!proof_is_fresh(p, now))
		return SY_REASON_LATE;
	if (p->method == SY_METHOD_CARD_ID && !policy->identifier_cards)
		return SY_REASON_IDENTIFIER;
	if (!sy_policy_takes(policy, rule, p->method, p->origin, p->grade))
		return SY_REASON_COMBINATION;
	return SY_REASON_NONE;
}

/* The proofs that count. */
struct tally {
	unsigned int shown; /* their methods */
	unsigned int categories;
	unsigned int by_method[SY_METHOD_COUNT]; /* categories of each */
	enum sy_reason refused; /* why the first other one does not */
};

static void
count_proofs(const struct sy_policy *policy, const struct sy_policy_rule *rule,
    const struct sy_state *state, const struct sy_evidence *evidence,
    int64_t now, struct tally *t)
{
	for (unsigned int i = 0; i < evidence->count; i++) {
		const struct sy_proof *p = &evidence->proof[i];
		const enum sy_reason reason =
		    judge_proof(policy, rule, state, p, now);
		const unsigned int categories =
		    sy_method_categories(p->method, p->origin, p->grade);

		if (reason == SY_REASON_NONE) {
			t->shown |= BIT(p->method);
			t->categories |= categories;
			t->by_method[p->method] |= categories;
		} else if (t->refused == SY_REASON_NONE) {
			t->refused = reason;
		}
	}
}

static bool
suffices(const struct sy_policy_rule *rule, unsigned int categories)
{
	return sy_categories_count(categories) >= rule->require &&
	    (rule->need & ~categories) == 0;
}

/*
 * Whether a combination is complete and proves enough by itself. The check at
 * load has shown that the one implies the other; it is counted again here
 * because this is where people are let in.
 */
static bool
any_combination(const struct sy_policy_rule *rule, const struct tally *t)
{
	for (size_t i = 0; i < rule->allow_count; i++) {
		unsigned int categories = 0;

		if (!sy_policy_complete(rule->allow[i], t->shown))
			continue;
		for (int m = SY_METHOD_NONE + 1; m < SY_METHOD_COUNT; m++) {
			if ((rule->allow[i] & BIT(m)) != 0)
				categories |= t->by_method[m];
		}
		if (suffices(rule, categories))
			return true;
	}
	return false;
}

static enum sy_reason
judge_evidence(const struct sy_policy_rule *rule,
    const struct sy_evidence *evidence, const struct tally *t)
{
	if (any_combination(rule, t))
		return SY_REASON_ALLOWED;
	if (evidence->count == 0)
		return SY_REASON_NO_EVIDENCE;
	/* A method, origin or grade that the rule does not take shows in what
	 * is missing. */
	if (t->refused != SY_REASON_NONE && t->refused != SY_REASON_COMBINATION)
		return t->refused;
	return suffices(rule, t->categories) ? SY_REASON_COMBINATION
					     : SY_REASON_CATEGORIES;
}

static enum sy_reason
judge(const struct sy_policy *policy, const struct sy_state *state,
    const struct sy_evidence *evidence, int64_t now,
    unsigned int *ret_categories)
{
	const struct sy_policy_rule *rule;
	struct tally tally = { .refused = SY_REASON_NONE };
	enum sy_reason reason;

	if (policy == NULL || state == NULL || evidence == NULL ||
	    !state_is_sane(state, now) || !sy_evidence_is_sane(evidence))
		return SY_REASON_INPUT;
	rule = sy_policy_find(policy, state->zone, state->purpose, state->kind);
	if (rule == NULL)
		return SY_REASON_NO_RULE;
	count_proofs(policy, rule, state, evidence, now, &tally);
	*ret_categories = tally.categories;
	if ((reason = judge_state(state, now)) != SY_REASON_NONE)
		return reason;
	return judge_evidence(rule, evidence, &tally);
}

void
sy_decide(const struct sy_policy *policy, const struct sy_state *state,
    const struct sy_evidence *evidence, int64_t now,
    enum sy_verdict *ret_verdict, enum sy_reason *ret_reason,
    unsigned int *ret_categories)
{
	*ret_verdict = SY_DENY;
	*ret_categories = 0;
	*ret_reason = judge(policy, state, evidence, now, ret_categories);
	if (*ret_reason == SY_REASON_ALLOWED)
		*ret_verdict = SY_ALLOW;
}
