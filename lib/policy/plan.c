/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_int.h"

#define BIT(value) (1u << (value))

/* Methods of the proofs that the rule takes. Whose token it was is for the
 * verdict to say. */
static unsigned int
methods_shown(const struct sy_policy *policy, const struct sy_policy_rule *rule,
    const struct sy_evidence *evidence)
{
	unsigned int shown = 0;

	for (unsigned int i = 0; i < evidence->count; i++) {
		const struct sy_proof *p = &evidence->proof[i];

		if (sy_proof_is_active(p) &&
		    sy_policy_takes(policy, rule, p->method, p->origin,
			p->grade))
			shown |= BIT(p->method);
	}
	return shown;
}

/* Of what is missing in a combination, possession is asked for first: who has
 * no device never gets to a prompt for a password, and so can neither guess nor
 * lock one. Where another combination begins with a password, the rule wants
 * it so; in zone mynumber none can, as the check at load has it. */
static unsigned int
possession_first(unsigned int missing)
{
	unsigned int devices = 0;

	for (int m = SY_METHOD_NONE + 1; m < SY_METHOD_COUNT; m++) {
		if ((missing & BIT(m)) != 0 &&
		    sy_method_has_device((enum sy_method)m))
			devices |= BIT(m);
	}
	return devices != 0 ? devices : missing;
}

static unsigned int
count_bits(unsigned int set)
{
	return (unsigned int)__builtin_popcount(set);
}

void
sy_plan_next(const struct sy_policy *policy, enum sy_zone zone,
    enum sy_purpose purpose, enum sy_kind kind,
    const struct sy_evidence *evidence, struct sy_plan *ret_plan)
{
	const struct sy_policy_rule *rule =
	    sy_policy_find(policy, zone, purpose, kind);
	struct sy_plan plan = { .possible = false };
	unsigned int shown, begun = 0;

	*ret_plan = plan;
	if (rule == NULL || !sy_evidence_is_sane(evidence))
		return;
	plan.pin_reserve = rule->pin_reserve;
	shown = methods_shown(policy, rule, evidence);
	for (size_t i = 0; i < rule->allow_count; i++) {
		const unsigned int missing = rule->allow[i] & ~shown;

		if (sy_policy_complete(rule->allow[i], shown))
			plan.complete = true;
		/* There must be room for the proofs that are missing. */
		if (evidence->count + count_bits(missing) > SY_PROOFS_MAX)
			continue;
		plan.possible = true;
		plan.methods |= possession_first(missing);
		if ((rule->allow[i] & shown) != 0)
			begun |= possession_first(missing);
	}
	/* Who has begun one way is not asked about the others again. */
	if (begun != 0)
		plan.methods = begun;
	if (plan.complete)
		plan.methods = 0;
	*ret_plan = plan;
}
