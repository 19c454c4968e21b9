/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/identity.h"

#include <stdio.h>
#include <string.h>

#include "server/auth/lockout.h"
#include "server/identity/absences.h"
#include "server/identity/credential.h"
#include "server/identity/holds.h"
#include "server/identity/metadata.h"
#include "server/identity/standing.h"
#include "server/list.h"
#include "server/policy.h"
#include "server/server.h"
#include "server/store/tables.h"

#define MICROSECONDS INT64_C(1000000)
/* A card whose certificate ends sooner is named. */
#define ENDS_SOON (INT64_C(30) * 86400 * MICROSECONDS)

/*
 * Why somebody can't log in, from what the server has on him and the policy
 * alone: the gravest first, what blocks before what does not.
 */
struct explaining {
	struct row_view *view;
	const struct sy_policy *policy;
	const struct sy_metadata *metadata; /* may be NULL */
	int64_t now;
	struct id_row row;
	struct standing standing;
	struct sy_evidence cards; /* his active tokens, as if shown */
	const struct absences *absences;
	int64_t epoch;      /* of this run, for tries that were cut off */
	bool no_dictionary; /* the server has none that works */
	struct sy_list *reasons;
	enum sy_err err;
};

static void
add(struct explaining *e, bool blocking, const char *code, const char *place,
    const char *text, int64_t since, int64_t until)
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

/* Whether these cards, with or without a good password, would let in
 * somewhere. */
static bool
suffice(const struct explaining *e, const struct sy_evidence *cards,
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

static bool
accepted(const struct explaining *e, enum sy_method method,
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
		add(e, true, "id-disabled", "", "", 0, 0);
	else if (row->state != ID_ACTIVE)
		add(e, true, "id-pending", "", "", 0, 0);
	for (size_t i = 0; i < e->standing.holds.count; i++) {
		const struct hold_row *hold = &e->standing.holds.row[i];

		add(e, true, "id-held", hold_source_name(hold->source),
		    hold->reason, hold->since, 0);
	}
	if (row->valid_to != 0 && row->valid_to <= e->now)
		add(e, true, "id-over", "", "", row->valid_to, 0);
	else if (row->valid_from > e->now)
		add(e, true, "id-not-yet", "", "", 0, row->valid_from);
	if (row->valid_to == 0 &&
	    (row->kind == SY_KIND_CONTRACTOR || row->kind == SY_KIND_DEVELOPER))
		add(e, true, "id-no-end", "", "", 0, 0);
	if (!has_rule(e))
		add(e, true, "no-rule", sy_kind_name((enum sy_kind)row->kind),
		    "", 0, 0);
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
		add(e, needed, "password-disabled", "", "", 0, 0);
	else if (lockout->state == LOCKOUT_HELP)
		add(e, needed, "password-help", "", "", 0, 0);
	else if (lockout->state == LOCKOUT_TIMED)
		add(e, needed, "password-locked", "", "", 0, lockout->until);
}

/* What has to be changed can't be, so nobody comes in with it. */
static void
explain_dictionary(struct explaining *e, bool needed)
{
	if (e->no_dictionary &&
	    sy_policy_password(e->policy, (enum sy_kind)e->row.kind)
		->dictionary)
		add(e, needed, "no-dictionary", "", "", 0, 0);
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
	add(e, false, "password-old", "", "", end, 0);
	explain_dictionary(e, needed);
}

static void
explain_password(struct explaining *e)
{
	const struct password_row *password = &e->standing.password;
	const bool needed = !suffice(e, &e->cards, false);

	if (!accepted(e, SY_METHOD_PASSWORD, SY_ORIGIN_UNPROVEN, SY_GRADE_NONE))
		return;
	if (password->id == 0) {
		add(e, needed, "password-none", "", "", 0, 0);
		return;
	}
	if (password->state == PASSWORD_COMPROMISED)
		add(e, needed, "password-compromised", "", "", 0, 0);
	explain_lock(e, needed);
	if (password->state == PASSWORD_ACTIVE) {
		explain_age(e, needed);
		return;
	}
	if (password->state != PASSWORD_TEMPORARY)
		return;
	if (password->expires <= e->now) {
		add(e, needed, "password-expired", "", "", password->expires,
		    0);
		return;
	}
	add(e, false, "password-temporary", "", "", password->created,
	    password->expires);
	explain_dictionary(e, needed);
}

/* --- cards and keys --- */

static bool
is_over(const struct explaining *e, const struct token_row *token)
{
	return token->not_after != 0 && token->not_after <= e->now;
}

/* As what a key would count: the best that it can show and that is accepted. */
static void
key_method(const struct explaining *e, const struct token_row *token,
    const struct credential_row *credential, enum sy_method *ret_method,
    enum sy_grade *ret_grade, bool *ret_accepted)
{
	credential_best(e->metadata, e->policy, token, credential, ret_method,
	    ret_grade);
	for (int m = (int)*ret_method; m >= SY_METHOD_FIDO2; m--) {
		const enum sy_grade grade =
		    m == (int)*ret_method ? *ret_grade : SY_GRADE_NONE;

		*ret_accepted = accepted(e, (enum sy_method)m,
		    (enum sy_origin)token->origin, grade);
		if (*ret_accepted) {
			*ret_method = (enum sy_method)m;
			*ret_grade = grade;
			break;
		}
	}
}

/* What ${token} would count as, and whether that is accepted anywhere. */
static enum sy_err
as_proof(const struct explaining *e, const struct token_row *token,
    struct sy_proof *ret, bool *ret_accepted)
{
	struct credential_row credential;
	enum sy_err err;

	*ret = (struct sy_proof){
		.method = (enum sy_method)token->method,
		.origin = (enum sy_origin)token->origin,
		.token = token->id,
		.token_owner = token->owner,
		.token_active = true,
	};
	if (token->driver != SY_DRIVER_FIDO2) {
		*ret_accepted =
		    accepted(e, ret->method, ret->origin, SY_GRADE_NONE);
		return SY_OK;
	}
	*ret_accepted = false;
	err = credential_of_token(e->view, token->id, &credential);
	if (err == SY_OK)
		key_method(e, token, &credential, &ret->method, &ret->grade,
		    ret_accepted);
	return err;
}

/* Whether the model of a key is good; anything else always is. The sentence
 * says what is wrong. */
static enum sy_err
model_works(const struct explaining *e, const struct token_row *token,
    bool *ret, struct sy_error *reterr)
{
	struct credential_row row;
	const char *reason = "";
	enum sy_err err;

	*ret = true;
	if (token->driver != SY_DRIVER_FIDO2)
		return SY_OK;
	if ((err = credential_of_token(e->view, token->id, &row)) != SY_OK)
		return err;
	*ret = credential_model_works(e->metadata, e->policy, &row, &reason);
	if (!*ret)
		(void)credential_model_error(e->metadata, &row, reason, reterr);
	return SY_OK;
}

/* The cards and keys that would count if he showed them now. */
static enum sy_err
gather_card(void *ctx, const void *row)
{
	const struct token_row *token = row;
	struct explaining *e = ctx;
	struct sy_error error;
	bool works, good, taken;
	enum sy_err err;

	if ((err = token_works(e->view, token, e->now, &works)) != SY_OK ||
	    !works || e->cards.count == SY_PROOFS_MAX - 2 ||
	    (err = model_works(e, token, &good, &error)) != SY_OK || !good)
		return err;
	return as_proof(e, token, &e->cards.proof[e->cards.count++], &taken);
}

struct card_hold {
	struct explaining *e;
	const char *place;
};

static enum sy_err
explain_card_hold(void *ctx, const void *row)
{
	const struct card_hold *c = ctx;
	const struct hold_row *hold = row;

	add(c->e, false,
	    hold->source == HOLD_CLONED ? "token-cloned" : "token-held",
	    c->place, hold->reason, hold->since, 0);
	return c->e->err;
}

/* What kind of card or key it is, and whether that will do. */
static void
explain_kind(struct explaining *e, const struct token_row *token,
    const char *place)
{
	struct sy_error error = { .code = SY_OK };
	bool good = true, taken = true;
	struct sy_proof proof;

	if (e->err != SY_OK ||
	    (e->err = model_works(e, token, &good, &error)) != SY_OK ||
	    (e->err = as_proof(e, token, &proof, &taken)) != SY_OK)
		return;
	if (!good)
		add(e, false, "token-model", place, error.text, 0, 0);
	if (!taken)
		add(e, false, "token-not-accepted", place,
		    sy_method_name((enum sy_method)token->method), 0, 0);
}

/* One of his cards. What has ended for good tells something only to who has
 * no other. */
static enum sy_err
explain_card(void *ctx, const void *row)
{
	const struct token_row *token = row;
	struct explaining *e = ctx;
	char place[SY_NAME_SIZE];
	struct card_hold hold = { e, place };

	(void)snprintf(place, sizeof(place), "token:%lld",
	    (long long)token->id);
	if (token->state != TOKEN_ACTIVE) {
		if (e->cards.count == 0)
			add(e, false,
			    token->state == TOKEN_LOST ? "token-lost"
						       : "token-revoked",
			    place, "", 0, 0);
		return e->err;
	}
	if (is_over(e, token))
		add(e, false, "token-expired", place, "", token->not_after, 0);
	else if (token->not_after != 0 && token->not_after - e->now < ENDS_SOON)
		add(e, false, "token-ends", place, "", 0, token->not_after);
	explain_kind(e, token, place);
	if (e->err != SY_OK)
		return e->err;
	return row_walk(e->view, &row_type_hold, "token", token->id,
	    explain_card_hold, &hold);
}

/* Whether what he has would do with one more device. */
static bool
suffices_with(const struct explaining *e, enum sy_method method,
    enum sy_origin origin, enum sy_grade grade)
{
	struct sy_evidence shown = e->cards;

	shown.proof[shown.count++] = (struct sy_proof){ .method = method,
		.origin = origin,
		.grade = grade,
		/* Of his own, and no token that he has. */
		.token = INT64_MAX,
		.token_owner = e->row.id,
		.token_active = true };
	return suffice(e, &shown, true);
}

/* A FIDO2 key is what he lacks: no card would do in its place. */
static bool
lacks_key(const struct explaining *e)
{
	const enum sy_origin origin = SY_ORIGIN_ATTESTED;

	if (suffice(e, &e->cards, true) ||
	    suffices_with(e, SY_METHOD_CARD, SY_ORIGIN_ISSUER, SY_GRADE_NONE) ||
	    suffices_with(e, SY_METHOD_CARD_PIN, SY_ORIGIN_ISSUER,
		SY_GRADE_NONE))
		return false;
	return suffices_with(e, SY_METHOD_FIDO2, origin, SY_GRADE_NONE) ||
	    suffices_with(e, SY_METHOD_FIDO2_UV, origin, SY_GRADE_NONE) ||
	    suffices_with(e, SY_METHOD_FIDO2_BIO, origin, SY_GRADE_SIGNED) ||
	    suffices_with(e, SY_METHOD_FIDO2_BIO, origin, SY_GRADE_MANAGED);
}

static void
explain_cards(struct explaining *e)
{
	static const struct sy_evidence none = { .count = 0 };

	if (lacks_key(e))
		add(e, true, "no-key", "", "", 0, 0);
	else if (e->cards.count == 0)
		add(e, !suffice(e, &none, true), "no-token", "", "", 0, 0);
	if (e->err == SY_OK)
		e->err = row_walk(e->view, &row_type_token, "owner", e->row.id,
		    explain_card, e);
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
	add(e, false, "failures", "", count, activity->login, 0);
}

/* Only that terminal is in question. */
static void
explain_absence(struct explaining *e)
{
	char terminal[SY_TERMINAL_SIZE];
	int64_t when;

	if (absences_of(e->absences, e->row.id, terminal, &when))
		add(e, false, "no-account", terminal, "", when, 0);
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
	    (e->err = row_walk(e->view, &row_type_token, "owner", e->row.id,
		 gather_card, e)) != SY_OK)
		return e->err;
	explain_id(e);
	explain_password(e);
	explain_cards(e);
	explain_absence(e);
	explain_tries(e);
	/* Nothing is wrong with any of it, and all of it is too little. */
	if (!any_blocks(e->reasons) && !suffice(e, &e->cards, true))
		add(e, true, "not-enough", "", "", 0, 0);
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
	add(e, true, "unknown", "", "", 0, 0);
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
