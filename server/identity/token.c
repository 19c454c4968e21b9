/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/identity/credential.h"
#include "server/identity/invitation.h"
#include "server/identity/issue.h"
#include "server/identity/metadata.h"
#include "server/identity/model.h"
#include "server/identity/token.h"
#include "server/job.h"
#include "server/list.h"
#include "server/server.h"

#define MICROSECONDS INT64_C(1000000)

/* --- showing --- */

static const char *
state_name(const struct token_row *row, int64_t now)
{
	switch (row->state) {
	case TOKEN_LOST:
		return "lost";
	case TOKEN_REVOKED:
		return "revoked";
	case TOKEN_REPLACED:
		return "replaced";
	case TOKEN_ACTIVE:
		return row->not_after != 0 && row->not_after <= now ? "expired"
								    : "active";
	default:
		return "unknown";
	}
}

/* Joins the reasons of a token's holds with "; ", as far as there is room. */
static enum sy_err
add_hold(void *ctx, const void *row)
{
	const struct hold_row *hold = row;
	struct sy_token *token = ctx;
	const size_t at = strlen(token->holds);
	const size_t room = sizeof(token->holds) - at;
	const char *between = at > 0 ? "; " : "";
	char joined[SY_BASIS_SIZE + 4];
	size_t len;

	(void)snprintf(joined, sizeof(joined), "%s%s", between, hold->reason);
	len = strnlen(joined, room - 1);
	/* Never half of a character. */
	while (len > 0 && !sy_text_is_clean(joined, len))
		len--;
	memcpy(token->holds + at, joined, len);
	token->holds[at + len] = '\0';
	return SY_OK;
}

static enum sy_err
add_names(struct row_view *view, const struct token_row *row,
    struct sy_token *ret)
{
	struct terminal_row terminal;
	struct id_row owner;
	enum sy_err err;

	if ((err = row_get(view, &row_type_id, row->owner, &owner)) != SY_OK)
		return err;
	memcpy(ret->login, owner.login, sizeof(ret->login));
	sy_memzero(&owner, sizeof(owner));
	err = row_get(view, &row_type_terminal, row->terminal, &terminal);
	if (err == SY_OK)
		memcpy(ret->terminal, terminal.name, sizeof(ret->terminal));
	return err == SY_ERR_NOT_FOUND ? SY_OK : err;
}

/* What a key is besides; nothing where its row is not there. */
static enum sy_err
add_key(struct row_view *view, const struct token_row *row,
    struct sy_token *ret)
{
	struct credential_row credential;
	struct key_counter_row counter;
	enum sy_err err;

	if (row->driver != SY_DRIVER_FIDO2)
		return SY_OK;
	err = credential_of_token(view, row->id, &credential);
	if (err == SY_OK) {
		sy_aaguid_text(credential.aaguid, ret->aaguid);
		ret->firmware = credential.firmware;
		(void)snprintf(ret->attestation, sizeof(ret->attestation), "%s",
		    sy_attestation_name((enum sy_attestation)
					    credential.attestation));
		if (credential_grade(&credential) != SY_GRADE_NONE)
			(void)snprintf(ret->grade, sizeof(ret->grade), "%s",
			    sy_grade_name(credential_grade(&credential)));
		err = key_counter_of_token(view, row->id, &counter);
	}
	if (err == SY_OK)
		ret->counter = counter.counter;
	return err == SY_ERR_NOT_FOUND ? SY_OK : err;
}

void
token_name(const struct sy_metadata *metadata, struct sy_token *token)
{
	enum sy_attestation attestation = SY_ATTESTATION_NONE;
	uint8_t aaguid[SY_AAGUID_SIZE];

	if (!sy_aaguid_parse(token->aaguid, aaguid))
		return;
	(void)sy_attestation_by_name(token->attestation, &attestation);
	model_name(metadata, aaguid, attestation, token->model);
}

enum sy_err
token_message(struct row_view *view, const struct token_row *row, int64_t now,
    struct sy_token *ret)
{
	enum sy_err err;

	memset(ret, 0, sizeof(*ret));
	ret->token = row->id;
	(void)snprintf(ret->driver, sizeof(ret->driver), "%s",
	    sy_driver_name((enum sy_driver)row->driver));
	(void)snprintf(ret->method, sizeof(ret->method), "%s",
	    sy_method_name((enum sy_method)row->method));
	(void)snprintf(ret->algorithm, sizeof(ret->algorithm), "%s",
	    sy_key_alg_name((enum sy_key_alg)row->alg));
	(void)snprintf(ret->origin, sizeof(ret->origin), "%s",
	    sy_origin_name((enum sy_origin)row->origin));
	(void)snprintf(ret->state, sizeof(ret->state), "%s",
	    state_name(row, now));
	ret->enrolled = row->enrolled / MICROSECONDS;
	ret->not_after = row->not_after / MICROSECONDS;
	memcpy(ret->basis, row->basis, sizeof(ret->basis));
	if ((err = add_names(view, row, ret)) != SY_OK ||
	    (err = add_key(view, row, ret)) != SY_OK)
		return err;
	return row_walk(view, &row_type_hold, "token", row->id, add_hold, ret);
}

static enum sy_err
get_token(struct row_view *view, int64_t id, struct token_row *ret,
    struct sy_error *reterr)
{
	enum sy_err err = row_get(view, &row_type_token, id, ret);

	if (err == SY_ERR_NOT_FOUND)
		return sy_error_set(reterr, err, "token",
		    "there is no token %lld", (long long)id);
	return err;
}

void
token_show(struct exchange *exchange, const void *request)
{
	struct row_view *view = ledger_reader(exchange->server->ledger);
	const struct sy_token_ref *in = request;
	struct sy_error error = { .code = SY_OK };
	struct sy_token token;
	struct token_row row;

	error.code = get_token(view, in->token, &row, &error);
	if (error.code == SY_OK)
		error.code = token_message(view, &row, server_now(), &token);
	if (error.code == SY_OK) {
		token_name(metadata_of(exchange->server->metadata), &token);
		exchange_reply(&exchange, &token);
	} else {
		exchange_fail(&exchange, &error, 0);
	}
}

/* Ids first: the names and holds of a token are other walks. */
static enum sy_err
collect(void *ctx, const void *row)
{
	struct sy_list *rows = ctx;
	void *item;
	enum sy_err err;

	err = list_add(rows, sizeof(struct token_row), &item);
	if (err == SY_OK)
		memcpy(item, row, sizeof(struct token_row));
	return err;
}

static enum sy_err
collect_of(struct row_view *view, const char *login, struct sy_list *rows,
    struct sy_error *reterr)
{
	struct id_row owner;
	enum sy_err err;

	if (login[0] == '\0')
		return row_walk(view, &row_type_token, NULL, 0, collect, rows);
	err =
	    row_find(view, &row_type_id, "login", login, strlen(login), &owner);
	if (err == SY_ERR_NOT_FOUND)
		return sy_error_set(reterr, err, "login",
		    "there is no user \"%s\"", login);
	if (err != SY_OK)
		return err;
	return row_walk(view, &row_type_token, "owner", owner.id, collect,
	    rows);
}

/* Whether ${text} is the token's AAGUID or a part of its model's name. */
static bool
is_of_model(const struct sy_token *token, const char *text)
{
	return text[0] == '\0' || strcasecmp(token->aaguid, text) == 0 ||
	    (token->model[0] != '\0' && strcasestr(token->model, text) != NULL);
}

static enum sy_err
list_tokens(const struct server *server, const struct sy_list *rows,
    const char *model, struct sy_list *list)
{
	struct row_view *view = ledger_reader(server->ledger);
	const struct token_row *row = rows->items;
	const int64_t now = server_now();
	struct sy_token token;
	enum sy_err err = SY_OK;
	void *item;

	for (size_t i = 0; err == SY_OK && i < rows->count; i++) {
		err = token_message(view, &row[i], now, &token);
		if (err != SY_OK)
			break;
		token_name(metadata_of(server->metadata), &token);
		if (!is_of_model(&token, model))
			continue;
		err = list_add(list, sizeof(token), &item);
		if (err == SY_OK)
			memcpy(item, &token, sizeof(token));
	}
	return err;
}

void
token_list(struct exchange *exchange, const void *request)
{
	struct server *server = exchange->server;
	const struct sy_token_search *in = request;
	struct sy_token_list list = { .tokens = { NULL, 0 } };
	struct sy_error error = { .code = SY_OK };
	struct sy_list rows = { NULL, 0 };

	error.code =
	    collect_of(ledger_reader(server->ledger), in->login, &rows, &error);
	if (error.code == SY_OK)
		error.code =
		    list_tokens(server, &rows, in->model, &list.tokens);
	if (error.code == SY_OK)
		exchange_reply(&exchange, &list);
	else
		exchange_fail(&exchange, &error, 0);
	sy_message_clear(&sy_message_token_list, &list);
	free(rows.items);
}

/* --- an enrolment code --- */

static enum sy_err
check_invite(struct ledger_tx *tx, struct job *job,
    const struct sy_token_invite *in, struct id_row *ret_owner,
    struct terminal_row *ret_terminal)
{
	struct row_view *view = ledger_view(tx);
	enum sy_err err;

	if (in->basis[0] == '\0')
		return job_refuse(job, SY_ERR_FORMAT, "basis",
		    "say on what basis the card or key is issued");
	err = row_find(view, &row_type_id, "login", in->login,
	    strlen(in->login), ret_owner);
	if (err == SY_ERR_NOT_FOUND)
		return job_refuse(job, err, "login", "there is no user \"%s\"",
		    in->login);
	if (err != SY_OK)
		return err;
	record_reference("id", ret_owner->id, job->subject);
	if (ret_owner->state != ID_ACTIVE ||
	    (ret_owner->valid_to != 0 && ret_owner->valid_to <= ledger_now(tx)))
		return job_refuse(job, SY_ERR_STATE, "login",
		    "\"%s\" is not active", in->login);
	err = row_find(view, &row_type_terminal, "name", in->terminal,
	    strlen(in->terminal), ret_terminal);
	if (err == SY_ERR_NOT_FOUND)
		return job_refuse(job, err, "terminal",
		    "there is no terminal \"%s\"", in->terminal);
	if (err == SY_OK && ret_terminal->state != TERMINAL_JOINED)
		return job_refuse(job, SY_ERR_STATE, "terminal",
		    "\"%s\" has not joined", in->terminal);
	return err;
}

/* Which key of the card it will be: that behind the PIN if nothing is said; or
 * what a FIDO2 key is to show. */
static enum sy_err
check_method(struct job *job, const struct sy_token_invite *in,
    enum sy_method *ret)
{
	if (in->method[0] == '\0')
		return SY_OK;
	if (!sy_method_by_name(in->method, ret) ||
	    (*ret != SY_METHOD_CARD && *ret != SY_METHOD_CARD_PIN &&
		!issue_is_key(*ret)))
		return job_refuse(job, SY_ERR_FORMAT, "method",
		    "a card is enrolled for card-pin or for card, a FIDO2 key "
		    "for fido2, fido2-uv or fido2-bio");
	return issue_is_key(*ret) ? issue_check_taken(job->server, &job->error)
				  : SY_OK;
}

/* What a code is for. */
static const struct {
	const char *purpose;
	enum invitation_kind kind;
} purposes[] = {
	{ "", INVITATION_ENROLL },
	{ "personalise", INVITATION_PERSONALISE },
	{ "pin-unblock", INVITATION_UNBLOCK },
};

static enum sy_err
check_purpose(struct ledger_tx *tx, struct job *job,
    const struct sy_token_invite *in, int64_t owner,
    struct invitation_terms *ret)
{
	for (size_t i = 0; i < SY_COUNT(purposes); i++)
		if (strcmp(in->purpose, purposes[i].purpose) == 0)
			ret->kind = purposes[i].kind;
	if (ret->kind == 0)
		return job_refuse(job, SY_ERR_FORMAT, "purpose",
		    "write personalise or pin-unblock, or nothing to enrol");
	if (ret->kind != INVITATION_ENROLL && ret->method != SY_METHOD_CARD_PIN)
		return job_refuse(job, SY_ERR_FORMAT, "method",
		    "the card office's cards are used with their PIN");
	if (ret->kind == INVITATION_UNBLOCK && in->replaces != 0)
		return job_refuse(job, SY_ERR_FORMAT, "replace",
		    "a PIN replaces no card");
	ret->replaces = in->replaces;
	return issue_check_replaced(ledger_view(tx), job, in->replaces, owner);
}

static enum sy_err
run_invite(struct ledger_tx *tx, struct job *job)
{
	const struct sy_token_invite *in = job->in;
	struct facts facts = { .count = 0 };
	struct invitation_terms terms = { .method = SY_METHOD_CARD_PIN,
		.basis = in->basis };
	char replaces[REFERENCE_SIZE] = "";
	struct terminal_row terminal;
	struct id_row owner;
	enum sy_err err;

	if ((err = check_method(job, in, &terms.method)) != SY_OK ||
	    (err = check_invite(tx, job, in, &owner, &terminal)) != SY_OK ||
	    (err = check_purpose(tx, job, in, owner.id, &terms)) != SY_OK)
		return err;
	if (issue_is_key(terms.method) &&
	    (err = issue_check_keys(ledger_view(tx), &owner, in->replaces,
		 &job->error)) != SY_OK)
		return err;
	terms.terminal = terminal.id;
	terms.owner = owner.id;
	if (in->replaces != 0)
		record_reference("token", in->replaces, replaces);
	facts_text(&facts, "purpose", in->purpose);
	facts_text(&facts, "replaces", replaces);
	memcpy(job->terminal, terminal.name, sizeof(terminal.name));
	facts_text(&facts, "login", in->login);
	facts_text(&facts, "method", sy_method_name(terms.method));
	facts_text(&facts, "basis", in->basis);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	return invitation_make(tx, &terms, job->out);
}

void
token_invite(struct exchange *exchange, const void *request)
{
	const struct sy_token_invite *in = request;
	struct sy_error error = { .code = SY_OK };

	if (strcmp(in->purpose, sy_task_name(SY_TASK_PERSONALISE)) == 0 &&
	    !exchange->server->config.personalise) {
		(void)sy_error_set(&error, SY_ERR_STATE, "purpose",
		    "cards are not personalised here: [cards piv] of "
		    "server.conf does not say so");
		exchange_fail(&exchange, &error, 0);
		return;
	}
	job_start(exchange, "token.invite", request, run_invite, NULL);
}

/* --- changes --- */

/* What an operator can lift: his own, and that of a key which may have a
 * copy, once he has looked at it. */
struct holds {
	int64_t operators; /* rows; 0: there is none */
	int64_t cloned;
};

static enum sy_err
collect_hold(void *ctx, const void *row)
{
	const struct hold_row *hold = row;
	struct holds *holds = ctx;

	if (hold->source == HOLD_OPERATOR)
		holds->operators = hold->id;
	else if (hold->source == HOLD_CLONED)
		holds->cloned = hold->id;
	return SY_OK;
}

static const char *
names_of(const struct holds *holds)
{
	if (holds->operators != 0 && holds->cloned != 0)
		return "operator cloned";
	return holds->cloned != 0 ? "cloned" : "operator";
}

static enum sy_err
suspend(struct ledger_tx *tx, const struct token_row *row, const char *basis)
{
	struct hold_row hold = { .token = row->id,
		.source = HOLD_OPERATOR,
		.since = ledger_now(tx) };

	(void)snprintf(hold.reason, sizeof(hold.reason), "%s", basis);
	return row_insert(tx, &row_type_hold, &hold);
}

/* What a change is: the same checks and the same record for all. */
struct change {
	const char *action;
	enum token_state ends_as; /* 0: the token goes on */
	bool wants_hold;          /* is there to be lifted */
	bool refuses_hold;        /* must not be there yet */
};

static const struct change changes[] = {
	{ "token.suspend", 0, false, true },
	{ "token.resume", 0, true, false },
	{ "token.lost", TOKEN_LOST, false, false },
	{ "token.revoke", TOKEN_REVOKED, false, false },
};

static const struct change *
change_of(const struct job *job)
{
	for (size_t i = 0; i < SY_COUNT(changes); i++)
		if (strcmp(changes[i].action, job->action) == 0)
			return &changes[i];
	return NULL;
}

static enum sy_err
check_change(struct job *job, const struct change *change,
    const struct token_row *row, const struct holds *holds)
{
	const struct sy_token_change *in = job->in;

	if (in->basis[0] == '\0')
		return job_refuse(job, SY_ERR_FORMAT, "basis",
		    "say on what basis");
	if (row->state != TOKEN_ACTIVE)
		return job_refuse(job, SY_ERR_STATE, "token",
		    "token %lld has ended; that is final", (long long)row->id);
	if (change->refuses_hold && holds->operators != 0)
		return job_refuse(job, SY_ERR_STATE, "token",
		    "token %lld is suspended already", (long long)row->id);
	if (change->wants_hold && holds->operators == 0 && holds->cloned == 0)
		return job_refuse(job, SY_ERR_STATE, "token",
		    "token %lld is not suspended", (long long)row->id);
	return SY_OK;
}

/* The key's counter counts anew: what its copy has shown is not its own. */
static enum sy_err
forget_counter(struct ledger_tx *tx, int64_t token)
{
	struct key_counter_row row;
	enum sy_err err;

	err = key_counter_of_token(ledger_view(tx), token, &row);
	if (err != SY_OK)
		return err == SY_ERR_NOT_FOUND ? SY_OK : err;
	row.counter = 0;
	row.changed = ledger_now(tx);
	return row_update(tx, &row_type_key_counter, &row);
}

static enum sy_err
lift(struct ledger_tx *tx, int64_t token, const struct holds *holds)
{
	enum sy_err err = SY_OK;

	if (holds->operators != 0)
		err = row_delete(tx, &row_type_hold, holds->operators);
	if (err == SY_OK && holds->cloned != 0)
		err = row_delete(tx, &row_type_hold, holds->cloned);
	if (err == SY_OK && holds->cloned != 0)
		err = forget_counter(tx, token);
	return err;
}

static enum sy_err
apply_change(struct ledger_tx *tx, struct job *job, const struct change *change,
    struct token_row *row, const struct holds *holds)
{
	const struct sy_token_change *in = job->in;

	if (change->ends_as != 0) {
		row->state = change->ends_as;
		return row_update(tx, &row_type_token, row);
	}
	if (change->refuses_hold)
		return suspend(tx, row, in->basis);
	return change->wants_hold ? lift(tx, row->id, holds) : SY_OK;
}

static enum sy_err
run_change(struct ledger_tx *tx, struct job *job)
{
	const struct change *change = change_of(job);
	const struct sy_token_change *in = job->in;
	struct row_view *view = ledger_view(tx);
	char owner[REFERENCE_SIZE];
	struct facts facts = { .count = 0 };
	struct holds holds = { .operators = 0 };
	struct token_row row;
	enum sy_err err;

	if (change == NULL)
		return SY_ERR_INTERNAL;
	record_reference("token", in->token, job->subject);
	if ((err = get_token(view, in->token, &row, &job->error)) != SY_OK ||
	    (err = row_walk(view, &row_type_hold, "token", row.id, collect_hold,
		 &holds)) != SY_OK ||
	    (err = check_change(job, change, &row, &holds)) != SY_OK)
		return err;
	record_reference("id", row.owner, owner);
	facts_text(&facts, "owner", owner);
	facts_text(&facts, "basis", in->basis);
	facts_text(&facts, "lifted",
	    change->wants_hold ? names_of(&holds) : "");
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK ||
	    (err = apply_change(tx, job, change, &row, &holds)) != SY_OK)
		return err;
	return token_message(view, &row, ledger_now(tx), job->out);
}

static void
done_change(struct job *job, enum sy_err result)
{
	if (result == SY_OK && job->error.code == SY_OK)
		token_name(metadata_of(job->server->metadata), job->out);
	job_answer(&job, result);
}

void
token_suspend(struct exchange *exchange, const void *request)
{
	job_start(exchange, "token.suspend", request, run_change, done_change);
}

void
token_resume(struct exchange *exchange, const void *request)
{
	job_start(exchange, "token.resume", request, run_change, done_change);
}

void
token_lost(struct exchange *exchange, const void *request)
{
	job_start(exchange, "token.lost", request, run_change, done_change);
}

void
token_revoke(struct exchange *exchange, const void *request)
{
	job_start(exchange, "token.revoke", request, run_change, done_change);
}
