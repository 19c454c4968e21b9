/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card office: a person's card is personalised at a terminal, its PIN
 * unblocked or changed. Here a visit begins and a card is shown; the secrets
 * are kept before the card gets them. office_proof.c has the rest.
 */
#include <stdio.h>
#include <string.h>

#include "server/identity/enroll_step.h"
#include "server/identity/holds.h"
#include "server/identity/identity.h"
#include "server/identity/office_secret.h"
#include "server/identity/office_step.h"
#include "server/server.h"

void
office_start_step(const struct enrolment_facts *f, const char *step,
    struct sy_office_step *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->txn, f->txn_hex, sizeof(ret->txn));
	(void)snprintf(ret->step, sizeof(ret->step), "%s", step);
	memcpy(ret->login, f->login, sizeof(ret->login));
	memcpy(ret->name, f->name, sizeof(ret->name));
}

/* --- begin --- */

/* A task begins: the first thing to do is to ask for the card. */
static enum sy_err
open_task(struct server *server, int64_t terminal, const char *name,
    const struct enrolment_facts *who, struct sy_office_step *ret)
{
	struct enrolment *enrolment = NULL;
	enum sy_err err;

	if ((err = enroll_open(server, terminal, name, who, &enrolment)) !=
	    SY_OK)
		return err;
	enrolment->state = ENROLMENT_OFFICE_CARD;
	office_start_step(&enrolment->facts, "card", ret);
	(void)snprintf(ret->drivers, sizeof(ret->drivers), "%s",
	    sy_driver_name(SY_DRIVER_PIV));
	ret->reserve = 1;
	return SY_OK;
}

static void
done_code(struct job *job, enum sy_err result)
{
	const struct enroll_code *in = job->in;

	if (result == SY_OK && job->error.code == SY_OK)
		result = open_task(job->server, in->terminal, job->terminal,
		    &in->facts, job->out);
	job_answer(&job, result);
}

/* Who changes his own PIN has the old one; the card checks it. */
static void
begin_change(struct exchange *exchange, const struct sy_office_begin *in)
{
	struct enrolment_facts who = { .task = SY_TASK_PIN_CHANGE };
	struct sy_office_step step;
	enum sy_err err;

	memcpy(who.login, in->user, sizeof(who.login));
	err = open_task(exchange->server, exchange->peer.terminal,
	    exchange->peer.name, &who, &step);
	if (err != SY_OK)
		enroll_fail_with(exchange, err, "", sy_err_text(err));
	else
		exchange_reply(&exchange, &step);
}

void
office_begin(struct exchange *exchange, const void *request)
{
	const struct sy_office_begin *in = request;
	enum sy_task task = SY_TASK_SIGN;
	const bool known = sy_task_by_name(in->task, &task);

	if (!known || task == SY_TASK_SIGN)
		enroll_fail_with(exchange, SY_ERR_FORMAT, "task",
		    "not a known task");
	else if ((task == SY_TASK_PIN_CHANGE) != (in->code_len == 0))
		enroll_fail_with(exchange, SY_ERR_FORMAT, "code",
		    "this task begins with a code, or without");
	else if (!enroll_may_begin(exchange))
		return; /* answered */
	else if (task == SY_TASK_PIN_CHANGE)
		begin_change(exchange, in);
	else
		enroll_check_code(exchange, in->user, in->code, task,
		    task == SY_TASK_PERSONALISE ? INVITATION_PERSONALISE
						: INVITATION_UNBLOCK,
		    done_code);
}

/* --- the card --- */

struct prepare {
	struct enrolment_facts facts;
	struct sy_office_card card;
	enum sy_key_alg alg; /* of the key to be made */
};

/* The card of a PIN must be a working token of this person. */
static enum sy_err
find_token(struct row_view *view, const struct sy_office_card *card,
    struct enrolment_facts *f, struct sy_error *reterr)
{
	struct token_row token;
	struct id_row owner;
	bool works = false;
	enum sy_err err;

	if (card->spki_len == 0)
		return SY_ERR_FORMAT;
	err = row_find(view, &row_type_token, "spki", card->spki,
	    card->spki_len, &token);
	if (err == SY_OK)
		err = token_works(view, &token, server_now(), &works);
	if (err == SY_OK)
		err = row_get(view, &row_type_id, token.owner, &owner);
	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		return err;
	if (err == SY_ERR_NOT_FOUND || !works ||
	    token.driver != SY_DRIVER_PIV || strcmp(owner.login, f->login) != 0)
		return sy_error_set(reterr, SY_ERR_OWNER, "card",
		    "this is not a working card of %s", f->login);
	f->token = token.id;
	f->person = owner.id;
	f->alg = (enum sy_key_alg)token.alg;
	memcpy(f->spki, token.spki, sizeof(f->spki));
	f->spki_len = token.spki_len;
	memcpy(f->name, owner.name, sizeof(f->name));
	sy_memzero(&owner, sizeof(owner));
	return SY_OK;
}

/* The secrets of the card that was shown, or none if it is new to us. A card
 * that works for somebody is not made over. */
static enum sy_err
secret_of(struct row_view *view, struct job *job, struct prepare *in,
    struct card_secret_row *ret)
{
	struct token_row token;
	enum sy_err err;

	if (in->facts.task == SY_TASK_PIN_UNBLOCK) {
		err = office_secret_of_token(view, in->facts.token, ret);
		return err != SY_ERR_NOT_FOUND
		    ? err
		    : job_refuse(job, SY_ERR_STATE, "card",
			  "this card was not personalised here: who issued "
			  "it has its PUK");
	}
	err = in->card.guid_len == 0
	    ? SY_ERR_NOT_FOUND
	    : office_secret_of_card(view, in->card.guid, ret);
	if (err == SY_ERR_NOT_FOUND) {
		ret->owner = in->facts.person;
		return SY_OK;
	}
	if (err != SY_OK || ret->token == 0 || ret->token == in->facts.replaces)
		return err;
	if ((err = row_get(view, &row_type_token, ret->token, &token)) != SY_OK)
		return err;
	if (token.state == TOKEN_ACTIVE)
		return job_refuse(job, SY_ERR_EXISTS, "card",
		    "this card is in use as token %lld: end that first, or "
		    "replace it",
		    (long long)token.id);
	return SY_OK;
}

/* The card's new secrets are kept before it gets them. */
static enum sy_err
run_prepare(struct ledger_tx *tx, struct job *job)
{
	struct prepare *in = job->in;
	const bool whole = in->facts.task == SY_TASK_PERSONALISE;
	struct card_secret_row row = { .id = 0 };
	struct sy_office_step *step = job->out;
	struct facts facts = { .count = 0 };
	enum sy_err err;

	if ((err = secret_of(ledger_view(tx), job, in, &row)) != SY_OK)
		return err;
	facts_bytes(&facts, "txn", in->facts.txn, sizeof(in->facts.txn));
	facts_text(&facts, "task", sy_task_name(in->facts.task));
	facts_text(&facts, "login", in->facts.login);
	facts_text(&facts, "card", row.id == 0 ? "new" : "known");
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) == SY_OK &&
	    (err = office_secret_renew(tx, &row, whole)) == SY_OK) {
		office_start_step(&in->facts, "prepare", step);
		office_secret_fill(&row, whole, step);
		if (whole)
			(void)snprintf(step->algorithm, sizeof(step->algorithm),
			    "%s", sy_key_alg_name(in->alg));
		memcpy(step->nonce, in->facts.nonce, sizeof(step->nonce));
		step->nonce_len = sizeof(step->nonce);
		step->life = SY_CHALLENGE_LIFE;
		in->facts.secret = row.id;
		sy_text_hex(row.guid, sizeof(row.guid), in->facts.handle);
	}
	sy_memzero(&row, sizeof(row));
	return err;
}

/* The card is told what to become; it has to prove that it did. */
static void
done_prepare(struct job *job, enum sy_err result)
{
	const struct prepare *in = job->in;
	struct enrolment *enrolment = NULL;

	if (result == SY_OK && job->error.code == SY_OK &&
	    enrolments_find(job->server->enrolments, in->facts.txn_hex,
		server_boottime(), &enrolment) == SY_OK) {
		enrolment->facts = in->facts;
		enrolment->state = ENROLMENT_OFFICE_PROOF;
		job_answer(&job, result);
	} else {
		enroll_finish(job, in->facts.txn_hex, result);
	}
}

static void
confirm_change(struct exchange *exchange, struct enrolment *enrolment)
{
	struct sy_office_step step;

	enrolment->state = ENROLMENT_OFFICE_DONE;
	office_start_step(&enrolment->facts, "change", &step);
	exchange_reply(&exchange, &step);
}

/* Whose PIN it is, unless the card is new; and what it is to sign. */
static enum sy_err
check_card(struct server *server, const struct sy_office_card *card,
    struct enrolment_facts *f, struct sy_error *reterr)
{
	enum sy_err err = SY_OK;

	if (f->task != SY_TASK_PERSONALISE)
		err =
		    find_token(ledger_reader(server->ledger), card, f, reterr);
	return err != SY_OK ? err : enroll_challenge_new(f);
}

void
office_card(struct exchange *exchange, const void *request)
{
	const struct sy_office_card *in = request;
	struct server *server = exchange->server;
	struct prepare prepare = { .card = *in,
		.alg = server->config.personal_key };
	struct sy_error error = { .code = SY_OK };
	struct enrolment *enrolment;
	struct job *job;

	enrolment = enroll_find(exchange, in->txn, ENROLMENT_OFFICE_CARD);
	if (enrolment == NULL)
		return;
	error.code = check_card(server, in, &enrolment->facts, &error);
	if (error.code != SY_OK) {
		if (exchange_status(error.code) == 503)
			enroll_fail(exchange, &error);
		else
			enroll_end(server, exchange, "token.office-refused",
			    enrolment, &error);
		return;
	}
	if (enrolment->facts.task == SY_TASK_PIN_CHANGE) {
		confirm_change(exchange, enrolment);
		return;
	}
	prepare.facts = enrolment->facts;
	job = enroll_job(exchange, enrolment, "token.office", &prepare,
	    sizeof(prepare));
	if (job == NULL)
		return;
	job->run = run_prepare;
	job->done = done_prepare;
	job_submit(&job);
}
