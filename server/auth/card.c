/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth/knowledge.h"
#include "server/auth/login.h"
#include "server/auth/plan.h"
#include "server/auth/stopped.h"
#include "server/auth/verdict.h"
#include "server/auth/wrong.h"
#include "server/identity/holds.h"
#include "server/policy.h"
#include "server/server.h"
#include "server/store/tables.h"

/* "" if the token is this person's, works and is one that the policy takes of
 * them here, else why not: nobody types a PIN that could not let them in. */
static enum sy_err
judge(struct server *server, const struct login *login,
    const struct card_shown *shown, const struct token_row *token,
    const char **ret_reason)
{
	const struct login_facts *f = &login->facts;
	bool works;
	enum sy_err err;

	err = token_works(ledger_reader(server->ledger), token, server_now(),
	    &works);
	if (err != SY_OK)
		return err;
	if (f->person == 0)
		*ret_reason = sy_reason_name(SY_REASON_ID_UNKNOWN);
	else if (token->owner != f->person)
		*ret_reason = sy_reason_name(SY_REASON_TOKEN_OWNER);
	else if (!works)
		*ret_reason = sy_reason_name(SY_REASON_TOKEN_STATE);
	else if (token->driver != (int64_t)shown->driver ||
	    token->method != (int64_t)shown->method)
		*ret_reason = "other-key";
	else if ((login->methods & (1u << shown->method)) == 0)
		*ret_reason = sy_reason_name(SY_REASON_COMBINATION);
	else if (!sy_policy_accepts(server->policy->policy, f->zone, f->purpose,
		     f->kind, (enum sy_method)token->method,
		     (enum sy_origin)token->origin, SY_GRADE_NONE))
		*ret_reason = "not-accepted";
	else
		*ret_reason = "";
	return SY_OK;
}

static void
done_wrong(struct job *job, enum sy_err result)
{
	const struct wrong *wrong = job->in;
	struct sy_auth_step *step = job->out;

	(void)snprintf(step->txn, sizeof(step->txn), "%s",
	    wrong->login.txn_hex);
	(void)snprintf(step->step, sizeof(step->step), "wrong-card");
	job_answer(&job, result);
}

static void
wrong(struct exchange *exchange, struct login *login,
    const struct card_shown *shown, const struct token_row *token,
    const char *reason)
{
	const struct wrong_shown what = { .driver = shown->driver,
		.method = shown->method,
		.token = token,
		.reason = reason };

	wrong_record(exchange, login, &what, done_wrong);
}

/* This key is nobody's, but the card has another one: what is recorded is what
 * that one turns out to be. */
static void
look_further(struct exchange *exchange, struct login *login)
{
	struct sy_auth_step step = { .txn = "" };

	login->state = LOGIN_PRESENT;
	memcpy(step.txn, login->facts.txn_hex, sizeof(step.txn));
	(void)snprintf(step.step, sizeof(step.step), "wrong-card");
	exchange_reply(&exchange, &step);
}

/* The card is right: from here on its person may be asked for the PIN. */
static enum sy_err
prove(struct server *server, struct login *login,
    const struct card_shown *shown, const struct token_row *token,
    struct sy_auth_step *ret)
{
	struct login_facts *f = &login->facts;
	enum sy_err err;

	if ((err = server_random(f->nonce, sizeof(f->nonce))) != SY_OK)
		return err;
	f->nonce_at = ledger_time(server->ledger);
	f->nonce_boot = server_boottime();
	f->token = token->id;
	f->token_owner = token->owner;
	f->token_is_key = false;
	f->method = (enum sy_method)token->method;
	f->origin = (enum sy_origin)token->origin;
	memcpy(f->spki, token->spki, token->spki_len);
	f->spki_len = token->spki_len;
	f->pin_tries = shown->tries;
	login->state = LOGIN_PROOF;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->txn, f->txn_hex, sizeof(ret->txn));
	(void)snprintf(ret->step, sizeof(ret->step), "prove");
	memcpy(ret->login, f->login, sizeof(ret->login));
	memcpy(ret->nonce, f->nonce, sizeof(ret->nonce));
	ret->nonce_len = sizeof(f->nonce);
	ret->life = SY_CHALLENGE_LIFE;
	return SY_OK;
}

/* The card says whose login it is. */
static enum sy_err
identify(struct server *server, struct login *login,
    const struct token_row *token)
{
	struct id_row id;
	enum sy_err err;

	err = row_get(ledger_reader(server->ledger), &row_type_id, token->owner,
	    &id);
	if (err != SY_OK)
		return err == SY_ERR_NOT_FOUND ? SY_OK : err;
	login_is(&login->facts, &id);
	sy_memzero(&id, sizeof(id));
	/* What is asked for depends on the kind of ID. */
	(void)plan_first(server, login);
	return SY_OK;
}

/* The card is right, but its person can't be let in: decided now, so that no
 * PIN is typed for nothing. */
static void
refuse_stopped(struct exchange *exchange, struct login *login,
    const struct card_shown *shown, const struct token_row *token)
{
	login->facts.token = token->id;
	login->facts.token_owner = token->owner;
	login->facts.token_is_key = false;
	login->facts.pin_tries = shown->tries;
	verdict_decide(exchange, login, NULL);
}

void
card_show(struct exchange *exchange, struct login *login,
    const struct card_shown *shown)
{
	const struct login_facts before = login->facts;
	struct server *server = exchange->server;
	struct sy_error error = { .code = SY_OK };
	struct sy_auth_step step;
	struct token_row token;
	const char *reason = "";
	bool stopped = false;

	error.code = row_find(ledger_reader(server->ledger), &row_type_token,
	    "spki", shown->spki, shown->spki_len, &token);
	if (error.code == SY_ERR_NOT_FOUND && shown->more &&
	    ++login->passed_over <= LOGIN_CARDS_MAX) {
		look_further(exchange, login);
		return;
	}
	if (error.code == SY_ERR_NOT_FOUND) {
		wrong(exchange, login, shown, NULL, "unknown-card");
		return;
	}
	/* A row that somebody altered is nobody's card. */
	if (error.code == SY_ERR_ROW_ALTERED ||
	    error.code == SY_ERR_ROW_STALE) {
		wrong(exchange, login, shown, NULL, sy_err_name(error.code));
		return;
	}
	if (error.code == SY_OK && before.identify &&
	    before.evidence.count == 0)
		error.code = identify(server, login, &token);
	if (error.code == SY_OK)
		error.code = judge(server, login, shown, &token, &reason);
	if (error.code == SY_OK && reason[0] != '\0') {
		login->facts = before;
		wrong(exchange, login, shown, &token, reason);
		return;
	}
	if (error.code == SY_OK)
		error.code = login_stopped(server, &login->facts, &stopped);
	if (stopped) {
		refuse_stopped(exchange, login, shown, &token);
		return;
	}
	if (error.code == SY_OK)
		error.code = prove(server, login, shown, &token, &step);
	if (error.code != SY_OK)
		exchange_fail(&exchange, &error, 1);
	else
		exchange_reply(&exchange, &step);
}
