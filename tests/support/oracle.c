/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/oracle.h"

const struct oracle_policy oracle_plain = {
	.identifier_cards = false,
	.rules = { {
	    .zones = { SY_ZONE_MYNUMBER, SY_ZONE_LGWAN, SY_ZONE_INTERNET },
	    .purposes = { SY_PURPOSE_LOGIN, SY_PURPOSE_UNLOCK },
	    .kinds = { SY_KIND_STAFF, SY_KIND_CONTRACTOR },
	    .require = 2,
	    .allow = { { SY_METHOD_CARD_PIN } },
	    .origins = { SY_ORIGIN_ISSUER, SY_ORIGIN_PERSONALISED, -1 },
	    .grades = { SY_GRADE_SIGNED, SY_GRADE_MANAGED, -1 },
	} },
};

#define ALL_PROVEN                                                             \
	{                                                                      \
		SY_ORIGIN_ISSUER, SY_ORIGIN_PERSONALISED, SY_ORIGIN_ATTESTED,  \
		    -1                                                         \
	}

const struct oracle_policy oracle_rich = {
	.identifier_cards = true,
	.rules = {
	    {
		.zones = { SY_ZONE_MYNUMBER },
		.purposes = { SY_PURPOSE_LOGIN },
		.kinds = { SY_KIND_CONTRACTOR },
		.require = 2,
		.allow = { { SY_METHOD_FIDO2_BIO },
		    { SY_METHOD_CARD_PIN, SY_METHOD_FIDO2_BIO } },
		.origins = { SY_ORIGIN_ISSUER, SY_ORIGIN_ATTESTED, -1 },
		.grades = { SY_GRADE_SIGNED, -1 },
		.need = { SY_CATEGORY_INHERENCE },
	    },
	    {
		.zones = { SY_ZONE_MYNUMBER, SY_ZONE_LGWAN },
		.purposes = { SY_PURPOSE_UNLOCK },
		.kinds = { SY_KIND_STAFF, SY_KIND_CONTRACTOR,
		    SY_KIND_DEVELOPER, SY_KIND_SHARED, SY_KIND_PRIVILEGED,
		    SY_KIND_OPERATOR },
		.require = 2,
		.allow = { { SY_METHOD_CARD_PIN }, { SY_METHOD_FIDO2_UV } },
		.origins = ALL_PROVEN,
		.grades = { SY_GRADE_SIGNED, SY_GRADE_MANAGED, -1 },
	    },
	    {
		.zones = { SY_ZONE_MYNUMBER },
		.purposes = { SY_PURPOSE_LOGIN },
		.kinds = { SY_KIND_STAFF, SY_KIND_CONTRACTOR, SY_KIND_DEVELOPER, SY_KIND_SHARED },
		.require = 2,
		.allow = { { SY_METHOD_CARD, SY_METHOD_PASSWORD },
		    { SY_METHOD_CARD_MAC, SY_METHOD_PASSWORD },
		    { SY_METHOD_CARD_PIN, SY_METHOD_FIDO2 } },
		.origins = ALL_PROVEN,
		.grades = { SY_GRADE_SIGNED, SY_GRADE_MANAGED, -1 },
	    },
	    {
		.zones = { SY_ZONE_LGWAN, SY_ZONE_INTERNET },
		.purposes = { SY_PURPOSE_LOGIN },
		.kinds = { SY_KIND_STAFF },
		.require = 1,
		.allow = { { SY_METHOD_CARD_ID }, { SY_METHOD_PASSWORD },
		    { SY_METHOD_CODE, SY_METHOD_FIDO2 } },
		.origins = { SY_ORIGIN_UNPROVEN, SY_ORIGIN_ISSUER, -1 },
		.grades = { SY_GRADE_SIGNED, SY_GRADE_MANAGED, -1 },
	    },
	    {
		.zones = { SY_ZONE_MYNUMBER, SY_ZONE_LGWAN, SY_ZONE_INTERNET },
		.purposes = { SY_PURPOSE_PRIVILEGED, SY_PURPOSE_OPERATOR,
		    SY_PURPOSE_REMOTE },
		.kinds = { SY_KIND_PRIVILEGED, SY_KIND_OPERATOR,
		    SY_KIND_STAFF },
		.require = 3,
		.allow = { { SY_METHOD_CARD_PIN, SY_METHOD_FIDO2_BIO },
		    { SY_METHOD_PASSWORD, SY_METHOD_FIDO2_BIO } },
		.origins = ALL_PROVEN,
		.grades = { SY_GRADE_SIGNED, SY_GRADE_MANAGED,
		    SY_GRADE_TERMINAL, -1 },
	    },
	},
};

static bool
in_list(const int *list, int end, int value)
{
	for (; *list != end; list++) {
		if (*list == value)
			return true;
	}
	return false;
}

static const struct oracle_rule *
rule_for(const struct oracle_policy *policy, const struct sy_state *s)
{
	const struct oracle_rule *rule;

	for (rule = policy->rules; rule->zones[0] != 0; rule++) {
		if (in_list(rule->zones, 0, (int)s->zone) &&
		    in_list(rule->purposes, 0, (int)s->purpose) &&
		    in_list(rule->kinds, 0, (int)s->kind))
			return rule;
	}
	return NULL;
}

static bool
is_card(int m)
{
	return m == SY_METHOD_CARD || m == SY_METHOD_CARD_PIN ||
	    m == SY_METHOD_CARD_MAC || m == SY_METHOD_CARD_ID;
}

static bool
is_key(int m)
{
	return m == SY_METHOD_FIDO2 || m == SY_METHOD_FIDO2_UV ||
	    m == SY_METHOD_FIDO2_BIO;
}

/* A proof that can't be spoils the whole evidence. */
static bool
can_exist(const struct sy_proof *p)
{
	const int m = (int)p->method, o = (int)p->origin, g = (int)p->grade;

	if (g < SY_GRADE_NONE || g > SY_GRADE_TERMINAL || p->nonce_at < 0 ||
	    p->verified_at < 0 || p->waited < 0 ||
	    p->waited > 300 * (int64_t)1000000)
		return false;
	if (m == SY_METHOD_PASSWORD || m == SY_METHOD_CODE)
		return o == SY_ORIGIN_UNPROVEN && p->token == 0 &&
		    p->token_owner == 0;
	if (p->token <= 0 || p->token_owner <= 0)
		return false;
	if (is_card(m))
		return o == SY_ORIGIN_UNPROVEN || o == SY_ORIGIN_ISSUER ||
		    o == SY_ORIGIN_PERSONALISED;
	if (is_key(m))
		return o == SY_ORIGIN_UNPROVEN || o == SY_ORIGIN_ATTESTED;
	return false;
}

/* Whether the proof counts under the rule. */
static bool
counts(const struct oracle_policy *policy, const struct oracle_rule *rule,
    const struct sy_state *s, const struct sy_proof *p, int64_t now)
{
	const int m = (int)p->method;

	if (p->nonce_at > p->verified_at || p->verified_at > now ||
	    p->verified_at - p->nonce_at > 60 * (int64_t)1000000 ||
	    now - p->verified_at - p->waited > 180 * (int64_t)1000000)
		return false;
	if (m == SY_METHOD_PASSWORD && !p->token_active)
		return false;
	if (is_card(m) || is_key(m)) {
		if (p->token_owner != s->id || !p->token_active)
			return false;
		if (!in_list(rule->origins, -1, (int)p->origin))
			return false;
	}
	if (m == SY_METHOD_CARD_ID && !policy->identifier_cards)
		return false;
	if (m == SY_METHOD_FIDO2_BIO &&
	    !in_list(rule->grades, -1, (int)p->grade))
		return false;
	return true;
}

/* Whether the proof shows ${category} for sure; "either" is for itself. */
static bool
shows(const struct sy_proof *p, int category)
{
	const bool proven = p->origin != SY_ORIGIN_UNPROVEN;

	switch (category) {
	case SY_CATEGORY_POSSESSION:
		return is_card((int)p->method) || is_key((int)p->method);
	case SY_CATEGORY_KNOWLEDGE:
		return p->method == SY_METHOD_PASSWORD ||
		    (p->method == SY_METHOD_CARD_PIN && proven);
	case SY_CATEGORY_INHERENCE:
		return p->method == SY_METHOD_FIDO2_BIO && proven &&
		    p->grade != SY_GRADE_NONE;
	case SY_CATEGORY_EITHER:
		return p->method == SY_METHOD_FIDO2_UV && proven;
	default:
		return false;
	}
}

/* Enough by the chosen proofs alone? What is knowledge or inherence is taken
 * both ways, and the worse way counts. */
static bool
enough(const struct oracle_rule *rule, const struct sy_proof *const *chosen,
    int n)
{
	bool k = false, p = false, i = false, either = false;
	int worst;

	for (int c = 0; c < n; c++) {
		k = k || shows(chosen[c], SY_CATEGORY_KNOWLEDGE);
		p = p || shows(chosen[c], SY_CATEGORY_POSSESSION);
		i = i || shows(chosen[c], SY_CATEGORY_INHERENCE);
		either = either || shows(chosen[c], SY_CATEGORY_EITHER);
	}
	for (const int *need = rule->need; *need != 0; need++) {
		if ((*need == SY_CATEGORY_KNOWLEDGE && !k) ||
		    (*need == SY_CATEGORY_POSSESSION && !p) ||
		    (*need == SY_CATEGORY_INHERENCE && !i))
			return false;
	}
	worst = k + p + i;
	if (either) {
		const int as_knowledge = true + p + i;
		const int as_inherence = k + p + true;

		worst =
		    as_knowledge < as_inherence ? as_knowledge : as_inherence;
	}
	return worst >= rule->require;
}

/* Choose a proof for each method of the combination in every possible way. */
static bool
combination_shown(const struct oracle_policy *policy,
    const struct oracle_rule *rule, const struct sy_state *s,
    const struct sy_evidence *e, int64_t now, const int *methods,
    const struct sy_proof **chosen, int n)
{
	if (*methods == 0)
		return n > 0 && enough(rule, chosen, n);
	for (unsigned int i = 0; i < e->count; i++) {
		const struct sy_proof *p = &e->proof[i];

		if ((int)p->method != *methods ||
		    !counts(policy, rule, s, p, now))
			continue;
		chosen[n] = p;
		if (combination_shown(policy, rule, s, e, now, methods + 1,
			chosen, n + 1))
			return true;
	}
	return false;
}

static bool
state_forbids(const struct sy_state *s, int64_t now)
{
	if (s->kind == SY_KIND_CONTRACTOR && s->id_valid_to == 0)
		return true;
	if (s->kind == SY_KIND_DEVELOPER && s->id_valid_to == 0)
		return true;
	if (s->purpose == SY_PURPOSE_PRIVILEGED && !s->granted)
		return true;
	if (s->id_valid_from != 0 && s->id_valid_from > now)
		return true;
	if (s->id_valid_to != 0 && s->id_valid_to <= now)
		return true;
	return !s->id_known || !s->id_active || s->id_holds > 0 ||
	    !s->terminal_active || !s->txn_open || s->id <= 0 || now < 0;
}

bool
oracle_allows(const struct oracle_policy *policy, const struct sy_state *state,
    const struct sy_evidence *evidence, int64_t now)
{
	const struct oracle_rule *rule = rule_for(policy, state);
	const struct sy_proof *chosen[4];

	if (rule == NULL || state_forbids(state, now) ||
	    evidence->count > SY_PROOFS_MAX)
		return false;
	for (unsigned int i = 0; i < evidence->count; i++) {
		if (!can_exist(&evidence->proof[i]))
			return false;
	}
	for (int c = 0; c < 4 && rule->allow[c][0] != 0; c++) {
		if (combination_shown(policy, rule, state, evidence, now,
			rule->allow[c], chosen, 0))
			return true;
	}
	return false;
}
