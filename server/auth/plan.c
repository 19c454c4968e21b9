/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/plan.h"

#include <stdio.h>
#include <string.h>

#include "server/auth/knowledge.h"
#include "server/identity/standing.h"
#include "server/policy.h"
#include "server/server.h"

#define BIT(value) (1u << (value))

void
login_methods(unsigned int methods, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (int m = SY_METHOD_NONE + 1; m < SY_METHOD_COUNT; m++) {
		int n;

		if ((methods & (1u << m)) == 0)
			continue;
		n = snprintf(out + at, size - at, "%s%s", at > 0 ? " " : "",
		    sy_method_name((enum sy_method)m));
		if (n < 0 || (size_t)n >= size - at) {
			out[at] = '\0';
			return;
		}
		at += (size_t)n;
	}
}

static void
drivers_in_use(const struct server *server, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (int d = SY_DRIVER_NONE + 1; d < SY_DRIVER_COUNT; d++) {
		int n;

		if (server->config.trust[d] == NULL)
			continue;
		n = snprintf(out + at, size - at, "%s%s", at > 0 ? " " : "",
		    sy_driver_name((enum sy_driver)d));
		if (n < 0 || (size_t)n >= size - at)
			return;
		at += (size_t)n;
	}
}

void
login_present(const struct server *server, const struct login *login,
    struct sy_auth_step *ret)
{
	memset(ret, 0, sizeof(*ret));
	(void)snprintf(ret->txn, sizeof(ret->txn), "%s", login->facts.txn_hex);
	(void)snprintf(ret->step, sizeof(ret->step), "present");
	login_methods(login->methods, ret->methods, sizeof(ret->methods));
	drivers_in_use(server, ret->drivers, sizeof(ret->drivers));
	/* A card left in its reader shows no intent, except to unlock. */
	ret->fresh = login->facts.purpose != SY_PURPOSE_UNLOCK;
	ret->reserve = login->reserve;
}

/* Whether it proves possession, of whatever origin. */
static bool
is_device(enum sy_method method)
{
	return (sy_method_categories(method, SY_ORIGIN_UNPROVEN,
		    SY_GRADE_NONE) &
		   SY_CATEGORY_POSSESSION) != 0;
}

bool
login_has(const struct login_facts *facts, enum sy_method method)
{
	for (unsigned int i = 0; i < facts->evidence.count; i++)
		if (facts->evidence.proof[i].method == method)
			return true;
	return false;
}

bool
login_has_device(const struct login_facts *facts)
{
	for (unsigned int i = 0; i < facts->evidence.count; i++)
		if (is_device(facts->evidence.proof[i].method))
			return true;
	return false;
}

bool
login_is_key(enum sy_method method)
{
	return method == SY_METHOD_FIDO2 || method == SY_METHOD_FIDO2_UV ||
	    method == SY_METHOD_FIDO2_BIO;
}

/* Of what the policy wants, what can be asked for: keys where this server takes
 * any, and never of somebody who is elsewhere: a key in the machine would wait
 * for whoever sits there. */
static unsigned int
can_ask(const struct server *server, const struct login_facts *facts,
    unsigned int methods)
{
	if (server->config.fido2 && facts->purpose != SY_PURPOSE_REMOTE)
		return methods;
	for (int m = SY_METHOD_NONE + 1; m < SY_METHOD_COUNT; m++)
		if (login_is_key((enum sy_method)m))
			methods &= ~BIT(m);
	return methods;
}

static unsigned int
devices(unsigned int methods)
{
	for (int m = SY_METHOD_NONE + 1; m < SY_METHOD_COUNT; m++)
		if (!is_device((enum sy_method)m))
			methods &= ~BIT(m);
	return methods;
}

bool
plan_first(struct server *server, struct login *login)
{
	const struct sy_policy *policy = server->policy->policy;
	const struct login_facts *f = &login->facts;
	struct sy_plan next;

	sy_plan_next(policy, f->zone, f->purpose, f->kind, &f->evidence, &next);
	/* A kind of ID that may not log in here is asked for the same as an
	 * unknown person, and no card is the right one. */
	if (!next.possible)
		sy_plan_next(policy, f->zone, f->purpose, SY_KIND_STAFF,
		    &f->evidence, &next);
	login->methods = can_ask(server, f, next.methods);
	login->reserve = next.pin_reserve;
	/* Who it is, only a card or a key can say. */
	if (f->identify)
		login->methods = devices(login->methods);
	return next.possible && login->methods != 0;
}

/* What a change needs beyond a login: the present password. Who has none is
 * told so, once possession is proven. */
static bool
needs_password(struct server *server, struct login *login,
    const char **ret_reason)
{
	const struct login_facts *f = &login->facts;
	struct password_row row;
	enum sy_err err;

	if (!f->change || login_has(f, SY_METHOD_PASSWORD))
		return false;
	login->methods = BIT(SY_METHOD_PASSWORD);
	err = standing_password_row(ledger_reader(server->ledger), f->person,
	    &row);
	sy_memzero(&row, sizeof(row));
	if (err == SY_ERR_NOT_FOUND)
		*ret_reason = sy_reason_name(SY_REASON_PASSWORD_STATE);
	else if (err != SY_OK)
		*ret_reason = sy_err_name(err);
	return true;
}

bool
plan_next(struct server *server, struct login *login, const char **ret_reason)
{
	const struct login_facts *f = &login->facts;
	struct sy_plan next;

	*ret_reason = "";
	sy_plan_next(server->policy->policy, f->zone, f->purpose, f->kind,
	    &f->evidence, &next);
	if (next.complete)
		return needs_password(server, login, ret_reason);
	next.methods = can_ask(server, f, next.methods);
	if (!next.possible || next.methods == 0)
		return false;
	login->methods = next.methods;
	login->reserve = next.pin_reserve;
	return true;
}

void
plan_advance(struct exchange *exchange, struct login *login,
    const struct verdict_proof *proof)
{
	struct sy_auth_step step;
	const char *reason;

	if (!plan_next(exchange->server, login, &reason)) {
		verdict_decide(exchange, login, proof);
		return;
	}
	if (reason[0] != '\0') {
		verdict_deny(exchange, login, "auth.verdict", SY_OUTCOME_DENY,
		    reason, "", proof);
		return;
	}
	login->state = LOGIN_PRESENT;
	login_present(exchange->server, login, &step);
	exchange_reply(&exchange, &step);
}
