/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA-3: whatever a policy file says, if it loads, one factor lets nobody in
 * where two are required. LOCK-2: nor is anything privileged easier to guess.
 */
#include <stdlib.h>

#include <sanyoso/policy.h>

#define NOW ((int64_t)1750000000 * 1000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static enum sy_verdict
try(const struct sy_policy *policy, const struct sy_state *state, int m, int o,
    int g)
{
	const bool device = m != SY_METHOD_PASSWORD && m != SY_METHOD_CODE;
	const struct sy_evidence e = {
		.proof = { {
		    .method = (enum sy_method)m,
		    .origin = (enum sy_origin)o,
		    .grade = (enum sy_grade)g,
		    .token = device ? 1 : 0,
		    .token_owner = device ? 1 : 0,
		    .token_active = true,
		    .verified_at = NOW,
		    .nonce_at = NOW,
		} },
		.count = 1,
	};
	enum sy_verdict verdict = SY_ALLOW;
	enum sy_reason reason;
	unsigned int categories;

	sy_decide(policy, state, &e, NOW, &verdict, &reason, &categories);
	return verdict;
}

static void
try_all(const struct sy_policy *policy, const struct sy_state *state)
{
	const bool two = state->zone == SY_ZONE_MYNUMBER ||
	    state->purpose == SY_PURPOSE_PRIVILEGED ||
	    state->purpose == SY_PURPOSE_REMOTE ||
	    state->purpose == SY_PURPOSE_OPERATOR;

	for (int m = 1; m < SY_METHOD_COUNT; m++) {
		for (int o = 0; o < SY_ORIGIN_COUNT; o++) {
			for (int g = 0; g < SY_GRADE_COUNT; g++) {
				const unsigned int count = sy_categories_count(
				    sy_method_categories((enum sy_method)m,
					(enum sy_origin)o, (enum sy_grade)g));

				if (count < (two ? 2u : 1u) &&
				    try(policy, state, m, o, g) != SY_DENY)
					abort();
			}
		}
	}
}

/* Tries and locks of a place, beside those of everyday logins of staff. */
static void
check_lockout(const struct sy_policy *policy, const struct sy_state *state)
{
	const struct sy_lockout_policy *everyday =
	    sy_policy_lockout(policy, SY_KIND_STAFF, SY_PURPOSE_LOGIN);
	const struct sy_lockout_policy *l =
	    sy_policy_lockout(policy, state->kind, state->purpose);
	const bool high = state->kind == SY_KIND_PRIVILEGED ||
	    state->kind == SY_KIND_OPERATOR ||
	    state->purpose == SY_PURPOSE_PRIVILEGED ||
	    state->purpose == SY_PURPOSE_OPERATOR;

	if (l->tries < 1 || l->tries > l->disable || l->disable > 100 ||
	    l->lock < 1)
		abort();
	if (high && (l->tries > everyday->tries || l->lock < everyday->lock))
		abort();
}

static void
check_password(const struct sy_password_policy *p)
{
	if (p->min_length < 8 || p->classes < 1 || p->classes > 4 ||
	    p->history > SY_PASSWORD_HISTORY_MAX || p->temporary < 1)
		abort();
	if (p->max_age != 0 &&
	    (p->min_age >= p->max_age || p->warn > p->max_age))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_state state = {
		.id_known = true,
		.id_active = true,
		.id = 1,
		.id_valid_to = NOW + 1,
		.terminal_active = true,
		.txn_open = true,
		.granted = true,
	};
	struct sy_policy *policy = NULL;
	struct sy_error e = { 0 };

	if (sy_policy_parse("fuzz", (const char *)data, len, &policy, &e) !=
	    SY_OK) {
		if (policy != NULL || e.code == SY_OK || e.place[0] == '\0')
			abort();
		return 0;
	}
	for (int z = 1; z < SY_ZONE_COUNT; z++) {
		for (int p = 1; p < SY_PURPOSE_COUNT; p++) {
			for (int k = 1; k < SY_KIND_COUNT; k++) {
				state.zone = (enum sy_zone)z;
				state.purpose = (enum sy_purpose)p;
				state.kind = (enum sy_kind)k;
				try_all(policy, &state);
				check_lockout(policy, &state);
				check_password(sy_policy_password(policy,
				    state.kind));
			}
		}
	}
	sy_policy_free(&policy);
	return 0;
}
