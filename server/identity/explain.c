/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/identity.h"

#include <stdio.h>
#include <string.h>

#include "server/auth/lockout.h"
#include "server/identity/explain.h"
#include "server/identity/holds.h"
#include "server/list.h"
#include "server/policy.h"
#include "server/server.h"
#include "server/store/tables.h"

#define MICROSECONDS INT64_C(1000000)

void
explain_add(struct explaining *e, bool blocking, const char *code,
    const char *place, const char *text, int64_t since, int64_t until)
{
	struct sy_explanation_item *item;
	void *at;

	if (e->err != SY_OK ||
	    (e->err = list_add(e->reasons, sizeof(*item), &at)) != SY_OK)
		return;
	item = at;
	(void)snprintf(item->code, sizeof(item->code), "%s", code);
	(void)snprintf(item->place, sizeof(item->place), "%s", place);
	(void)snprintf(item->text, sizeof(item->text), "%s", text);
	item->since = since / MICROSECONDS;
	item->until = until / MICROSECONDS;
	item->blocking = blocking;
}

/* --- what the policy would say --- */

bool
explain_suffices(const struct explaining *e, const struct sy_evidence *cards,
    bool password)
{
	struct sy_evidence shown = *cards;
	struct sy_plan plan;

	if (password)
		shown.proof[shown.count++] =
		    (struct sy_proof){ .method = SY_METHOD_PASSWORD,
			    .token_active = true };
	for (int z = SY_ZONE_MYNUMBER; z < SY_ZONE_COUNT; z++) {
		sy_plan_next(e->policy, (enum sy_zone)z, SY_PURPOSE_LOGIN,
		    (enum sy_kind)e->row.kind, &shown, &plan);
		if (plan.complete)
			return true;
	}
	return false;
}

bool
explain_accepted(const struct explaining *e, enum sy_method method,
    enum sy_origin origin, enum sy_grade grade)
{
	for (int z = SY_ZONE_MYNUMBER; z < SY_ZONE_COUNT; z++)
		if (sy_policy_accepts(e->policy, (enum sy_zone)z,
			SY_PURPOSE_LOGIN, (enum sy_kind)e->row.kind, method,
			origin, grade))
			return true;
	return false;
}

static bool
has_rule(const struct explaining *e)
{
	static const struct sy_evidence nothing = { .count = 0 };
	struct sy_plan plan;

	for (int z = SY_ZONE_MYNUMBER; z < SY_ZONE_COUNT; z++) {
		sy_plan_next(e->policy, (enum sy_zone)z, SY_PURPOSE_LOGIN,
		    (enum sy_kind)e->row.kind, &nothing, &plan);
		if (plan.possible)
			return true;
	}
	return false;
}

/* --- the ID --- */

static void
explain_id(struct explaining *e)
{
	const struct id_row *row = &e->row;

	if (row->state == ID_DISABLED)
		explain_add(e, true, "id-disabled", "", "", 0, 0);
	else if (row->state != ID_ACTIVE)
		explain_add(e, true, "id-pending", "", "", 0, 0);
	for (size_t i = 0; i < e->standing.holds.count; i++) {
		const struct hold_row *hold = &e->standing.holds.row[i];

		explain_add(e, true, "id-held", hold_source_name(hold->source),
		    hold->reason, hold->since, 0);
	}
	if (row->valid_to != 0 && row->valid_to <= e->now)
		explain_add(e, true, "id-over", "", "", row->valid_to, 0);
	else if (row->valid_from > e->now)
		explain_add(e, true, "id-not-yet", "", "", 0, row->valid_from);
	if (row->valid_to == 0 &&
	    (row->kind == SY_KIND_CONTRACTOR || row->kind == SY_KIND_DEVELOPER))
		explain_add(e, true, "id-no-end", "", "", 0, 0);
	if (!has_rule(e))
		explain_add(e, true, "no-rule",
		    sy_kind_name((enum sy_kind)row->kind), "", 0, 0);
}

/* --- the password --- */

static void
explain_lock(struct explaining *e, bool needed)
{
	struct lockout_row *lockout = &e->standing.lockout;

	if (lockout->id == 0)
		return;
	/* As the next try would find it. */
	lockout_settle(lockout,
	    sy_policy_lockout(e->policy, (enum sy_kind)e->row.kind,
		SY_PURPOSE_LOGIN),
	    e->epoch, e->now);
	if (lockout->state == LOCKOUT_DISABLED)
		explain_add(e, needed, "password-disabled", "", "", 0, 0);
	else if (lockout->state == LOCKOUT_HELP)
		explain_add(e, needed, "password-help", "", "", 0, 0);
	else if (lockout->state == LOCKOUT_TIMED)
		explain_add(e, needed, "password-locked", "", "", 0,
		    lockout->until);
}

/* What has to be changed can't be, so nobody comes in with it. */
static void
explain_dictionary(struct explaining *e, bool needed)
{
	if (e->no_dictionary &&
	    sy_policy_password(e->policy, (enum sy_kind)e->row.kind)
		->dictionary)
		explain_add(e, needed, "no-dictionary", "", "", 0, 0);
}

/* One that is too old still lets in, to be changed. */
static void
explain_age(struct explaining *e, bool needed)
{
	const struct sy_password_policy *policy =
	    sy_policy_password(e->policy, (enum sy_kind)e->row.kind);
	const int64_t end =
	    e->standing.password.created + policy->max_age * MICROSECONDS;

	if (policy->max_age == 0 || end > e->now)
		return;
	explain_add(e, false, "password-old", "", "", end, 0);
	explain_dictionary(e, needed);
}

static void
explain_password(struct explaining *e)
{
	const struct password_row *password = &e->standing.password;
	const bool needed = !explain_suffices(e, &e->cards, false);

	if (!explain_accepted(e, SY_METHOD_PASSWORD, SY_ORIGIN_UNPROVEN,
		SY_GRADE_NONE))
		return;
	if (password->id == 0) {
		explain_add(e, needed, "password-none", "", "", 0, 0);
		return;
	}
	if (password->state == PASSWORD_COMPROMISED)
		explain_add(e, needed, "password-compromised", "", "", 0, 0);
	explain_lock(e, needed);
	if (password->state == PASSWORD_ACTIVE) {
		explain_age(e, needed);
		return;
	}
	if (password->state != PASSWORD_TEMPORARY)
		return;
	if (password->expires <= e->now) {
		explain_add(e, needed, "password-expired", "", "",
		    password->expires, 0);
		return;
	}
	explain_add(e, false, "password-temporary", "", "", password->created,
	    password->expires);
	explain_dictionary(e, needed);
}

/* --- all of it --- */

static void
explain_tries(struct explaining *e)
{
	const struct activity_row *activity = &e->standing.activity;
	char count[24];

	if (activity->failures == 0)
		return;
	(void)snprintf(count, sizeof(count), "%lld",
	    (long long)activity->failures);
	explain_add(e, false, "failures", "", count, activity->login, 0);
}

/* Only that terminal is in question. */
static void
explain_absence(struct explaining *e)
{
	char terminal[SY_TERMINAL_SIZE];
	int64_t when;

	if (absences_of(e->absences, e->row.id, terminal, &when))
		explain_add(e, false, "no-account", terminal, "", when, 0);
}

static bool
any_blocks(const struct sy_list *reasons)
{
	const struct sy_explanation_item *items = reasons->items;

	for (size_t i = 0; i < reasons->count; i++)
		if (items[i].blocking)
			return true;
	return false;
}

/* What blocks comes first; the order is the same otherwise. */
static void
sort(struct sy_list *reasons)
{
	struct sy_explanation_item *items = reasons->items, moved;
	size_t blocking = 0;

	for (size_t i = 0; i < reasons->count; i++) {
		if (!items[i].blocking)
			continue;
		moved = items[i];
		memmove(items + blocking + 1, items + blocking,
		    (i - blocking) * sizeof(*items));
		items[blocking++] = moved;
	}
}

static enum sy_err
explain_person(struct explaining *e)
{
	if ((e->err = standing_read(e->view, e->row.id, &e->standing)) !=
		SY_OK ||
	    (e->err = explain_gather(e)) != SY_OK)
		return e->err;
	explain_id(e);
	explain_password(e);
	explain_tokens(e);
	explain_absence(e);
	explain_tries(e);
	/* Nothing is wrong with any of it, and all of it is too little. */
	if (!any_blocks(e->reasons) && !explain_suffices(e, &e->cards, true))
		explain_add(e, true, "not-enough", "", "", 0, 0);
	sort(e->reasons);
	return e->err;
}

static enum sy_err
explain(struct explaining *e, const char *login)
{
	e->err = row_find(e->view, &row_type_id, "login", login, strlen(login),
	    &e->row);
	if (e->err == SY_OK)
		return explain_person(e);
	if (e->err != SY_ERR_NOT_FOUND)
		return e->err;
	e->err = SY_OK;
	explain_add(e, true, "unknown", "", "", 0, 0);
	return e->err;
}

void
user_explain(struct exchange *exchange, const void *request)
{
	const struct sy_user_ref *in = request;
	struct server *server = exchange->server;
	struct sy_explanation reply = { .reasons = { NULL, 0 } };
	struct sy_error error = { .code = SY_OK };
	struct explaining e = {
		.view = ledger_reader(server->ledger),
		.policy = server->policy->policy,
		.metadata = metadata_of(server->metadata),
		.now = ledger_time(server->ledger),
		.absences = server->absences,
		.epoch = server->epoch,
		.no_dictionary = server->dictionary_fails,
		.reasons = &reply.reasons,
	};

	if (in->login[0] == '\0') {
		(void)sy_error_set(&error, SY_ERR_FORMAT, "login",
		    "say whose login is to be explained");
	} else {
		memcpy(reply.login, in->login, sizeof(reply.login));
		error.code = explain(&e, in->login);
	}
	reply.possible = !any_blocks(&reply.reasons);
	if (error.code == SY_OK)
		exchange_reply(&exchange, &reply);
	else
		exchange_fail(&exchange, &error, 0);
	sy_memzero(&e.row, sizeof(e.row));
	sy_message_clear(&sy_message_explanation, &reply);
}
