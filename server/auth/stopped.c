/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/stopped.h"

#include "server/identity/holds.h"
#include "server/ledger/ledger.h"
#include "server/policy.h"

enum sy_err
login_stopped(struct server *server, const struct login_facts *facts, bool *ret)
{
	const struct sy_policy *policy = server->policy->policy;
	static const struct sy_evidence nothing = { .count = 0 };
	struct sy_state state = { .terminal_active = true,
		.txn_open = true,
		.zone = facts->zone,
		.purpose = facts->purpose,
		.kind = facts->kind,
		.id_known = true,
		.id = facts->person,
		.id_active = facts->active,
		.id_valid_from = facts->valid_from,
		.id_valid_to = facts->valid_to,
		.granted = sy_policy_grants(policy, facts->login) };
	enum sy_verdict verdict;
	enum sy_reason reason;
	unsigned int categories;
	enum sy_err err;

	err = id_holds_count(ledger_reader(server->ledger), facts->person,
	    &state.id_holds);
	if (err != SY_OK)
		return err;
	/* What the decision says with nothing shown: that nothing was, if the
	 * ID itself stands in the way of nothing. */
	sy_decide(policy, &state, &nothing, ledger_time(server->ledger),
	    &verdict, &reason, &categories);
	*ret = reason != SY_REASON_NO_EVIDENCE;
	return SY_OK;
}
