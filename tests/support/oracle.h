/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stddef.h>

#include <sanyoso/policy.h>

/*
 * The verdict once more, from the words of the policy's rules and nothing of
 * the library's code: slow, without tables or sets, to be compared with
 * sy_decide. Lists end with 0 (origins and grades with -1).
 */
struct oracle_rule {
	int zones[4];
	int purposes[6];
	int kinds[7];
	int require;
	int allow[4][4]; /* combinations, ended by an empty one */
	int origins[5];
	int grades[5];
	int need[4]; /* categories */
};

struct oracle_policy {
	bool identifier_cards;
	struct oracle_rule rules[6]; /* ended by one without zones */
};

/* policy_plain and policy_rich of policies.h. */
extern const struct oracle_policy oracle_plain;
extern const struct oracle_policy oracle_rich;

bool oracle_allows(const struct oracle_policy *policy,
    const struct sy_state *state, const struct sy_evidence *evidence,
    int64_t now);

#endif /* ORACLE_H */
