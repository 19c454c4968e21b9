/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card office: a person's card is personalised at a terminal, its PIN
 * unblocked or changed. No token is there before the card has everything, its
 * certificate too; the secrets are kept before the card gets them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/identity/enroll_step.h"
#include "server/identity/holds.h"
#include "server/identity/identity.h"
#include "server/identity/invitation.h"
#include "server/identity/issue.h"
#include "server/identity/office_secret.h"
#include "server/identity/terminals.h"
#include "server/job.h"
#include "server/log.h"
#include "server/server.h"

#define MICROSECONDS INT64_C(1000000)

/* The challenge's service; its purpose is the task. */
static const char office_word[] = "office";

static void
start_step(const struct enrolment_facts *f, const char *step,
    struct sy_office_step *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->txn, f->txn_hex, sizeof(ret->txn));
	(void)snprintf(ret->step, sizeof(ret->step), "%s", step);
	memcpy(ret->login, f->login, sizeof(ret->login));
	memcpy(ret->name, f->name, sizeof(ret->name));
}

/* --- begin --- */

struct begin {
	char login[SY_LOGIN_SIZE];
	int64_t terminal;
	uint8_t code[INVITATION_CODE_SIZE];
	enum invitation_kind kind;
	/* Filled by the ledger thread when the code is right. */
	struct enrolment_facts facts;
};

static enum sy_err
run_begin(struct ledger_tx *tx, struct job *job)
{
	struct invitation_row invitation = { .id = 0 };
	struct begin *in = job->in;
	struct id_row owner;
	enum sy_err err;

	err = invitation_check(tx, job, in->kind, in->terminal, in->login,
	    in->code, &invitation, &owner);
	if (err == SY_OK && job->error.code == SY_OK)
		enrolment_person(&in->facts, &invitation, &owner);
	sy_memzero(&invitation, sizeof(invitation));
	return err;
}

/* A task begins: the first thing to do is to ask for the card. */
static enum sy_err
open_task(struct server *server, int64_t terminal, const char *name,
    const struct enrolment_facts *facts, struct sy_office_step *ret)
{
	struct enrolment *enrolment = NULL;
	struct enrolment_facts *f;
	enum sy_err err;

	if ((err = enrolments_begin(server->enrolments, terminal,
		 server_boottime(), &enrolment)) != SY_OK)
		return err;
	f = &enrolment->facts;
	(void)snprintf(f->terminal_name, sizeof(f->terminal_name), "%s", name);
	enrolment_take_person(f, facts);
	f->task = facts->task;
	enrolment->state = ENROLMENT_OFFICE_CARD;
	start_step(f, "card", ret);
	(void)snprintf(ret->drivers, sizeof(ret->drivers), "%s",
	    sy_driver_name(SY_DRIVER_PIV));
	ret->reserve = 1;
	return SY_OK;
}

static void
done_begin(struct job *job, enum sy_err result)
{
	const struct begin *in = job->in;

	if (result == SY_OK && job->error.code == SY_OK)
		result = open_task(job->server, in->terminal, job->terminal,
		    &in->facts, job->out);
	job_answer(&job, result);
}

/* Who changes his own PIN has the old one; the card checks it. */
static void
begin_change(struct exchange *exchange, const struct sy_office_begin *in)
{
	struct enrolment_facts facts = { .task = SY_TASK_PIN_CHANGE };
	struct sy_office_step step;
	enum sy_err err;

	memcpy(facts.login, in->user, sizeof(facts.login));
	err = open_task(exchange->server, exchange->peer.terminal,
	    exchange->peer.name, &facts, &step);
	if (err != SY_OK)
		enroll_fail_with(exchange, err, "", sy_err_text(err));
	else
		exchange_reply(&exchange, &step);
}

static void
begin_with_code(struct exchange *exchange, const struct sy_office_begin *in,
    enum sy_task task)
{
	struct begin begin = { .terminal = exchange->peer.terminal,
		.kind = task == SY_TASK_PERSONALISE ? INVITATION_PERSONALISE
						    : INVITATION_UNBLOCK };
	struct sy_error error = { .code = SY_OK };
	struct job *job = NULL;

	begin.facts.task = task;
	memcpy(begin.login, in->user, sizeof(begin.login));
	memcpy(begin.code, in->code, sizeof(begin.code));
	error.code = job_new(exchange->server, exchange, "token.office-refused",
	    &begin, sizeof(begin), &job);
	sy_memzero(begin.code, sizeof(begin.code));
	if (error.code != SY_OK) {
		enroll_fail(exchange, &error);
		return;
	}
	job->run = run_begin;
	job->done = done_begin;
	job_submit(&job);
}

void
office_begin(struct exchange *exchange, const void *request)
{
	const struct sy_office_begin *in = request;
	enum sy_task task = SY_TASK_SIGN;
	const bool known = sy_task_by_name(in->task, &task);

	if (exchange->server->draining)
		enroll_fail_with(exchange, SY_ERR_BUSY, "",
		    "the server is stopping");
	else if (!known || task == SY_TASK_SIGN)
		enroll_fail_with(exchange, SY_ERR_FORMAT, "task",
		    "not a known task");
	else if ((task == SY_TASK_PIN_CHANGE) != (in->code_len == 0))
		enroll_fail_with(exchange, SY_ERR_FORMAT, "code",
		    "this task begins with a code, or without");
	else if (terminals_begin(exchange->server->terminals,
		     exchange->peer.terminal, server_boottime()) > 0)
		enroll_fail_with(exchange, SY_ERR_BUSY, "",
		    "too many visits at this terminal");
	else if (task == SY_TASK_PIN_CHANGE)
		begin_change(exchange, in);
	else
		begin_with_code(exchange, in, task);
}

/* --- refusals on the way --- */

struct refusal {
	struct enrolment_facts facts;
	struct sy_error error;
};

static enum sy_err
run_refused(struct ledger_tx *tx, struct job *job)
{
	const struct refusal *in = job->in;
	struct sy_office_step *step = job->out;
	struct facts facts = { .count = 0 };
	enum sy_err err;

	facts_bytes(&facts, "txn", in->facts.txn, sizeof(in->facts.txn));
	facts_text(&facts, "task", sy_task_name(in->facts.task));
	facts_text(&facts, "login", in->facts.login);
	facts_text(&facts, "text", in->error.text);
	err = job_audit(tx, job, SY_OUTCOME_DENY, sy_err_name(in->error.code),
	    &facts);
	if (err != SY_OK || step == NULL)
		return err;
	start_step(&in->facts, "refused", step);
	(void)snprintf(step->reason, sizeof(step->reason), "%s",
	    sy_err_name(in->error.code));
	(void)snprintf(step->text, sizeof(step->text), "%s", in->error.text);
	return SY_OK;
}

/* Record that it does not go on, say so, and end it. */
static void
refuse(struct server *server, struct exchange *exchange, const char *action,
    struct enrolment *enrolment, const struct sy_error *error)
{
	struct refusal in = { .facts = enrolment->facts, .error = *error };
	struct sy_error failure = { .code = SY_OK };
	struct job *job = NULL;

	if (in.error.text[0] == '\0')
		(void)snprintf(in.error.text, sizeof(in.error.text), "%s",
		    sy_err_text(error->code));
	failure.code = job_new(server, exchange, action, &in, sizeof(in), &job);
	if (failure.code != SY_OK) {
		if (exchange != NULL)
			enroll_fail(exchange, &failure);
		else
			log_err("%s was not recorded: out of memory", action);
	} else {
		(void)snprintf(job->terminal, sizeof(job->terminal), "%s",
		    in.facts.terminal_name);
		if (in.facts.person != 0)
			record_reference("id", in.facts.person, job->subject);
		job->run = run_refused;
		job_submit(&job);
	}
	enrolments_remove(server->enrolments, &enrolment);
}

/* The task that a step names, in ${state}. NULL: answered. */
static struct enrolment *
find_task(struct exchange *exchange, const char *txn,
    enum enrolment_state state)
{
	struct enrolment *enrolment = NULL;
	enum sy_err err;

	err = enrolments_find(exchange->server->enrolments, txn,
	    server_boottime(), &enrolment);
	if (err != SY_OK || enrolment->facts.task == SY_TASK_SIGN ||
	    enrolment->facts.terminal != exchange->peer.terminal)
		enroll_fail_with(exchange,
		    err == SY_ERR_FORMAT ? err : SY_ERR_NOT_FOUND, "txn",
		    "no such task is open here");
	else if (enrolment->state != state)
		enroll_fail_with(exchange, SY_ERR_STATE, "txn",
		    "the task is at another step");
	else
		return enrolment;
	return NULL;
}

/* A job of the ledger for ${enrolment}, which waits for it. */
static void
submit(struct exchange *exchange, struct enrolment *enrolment,
    const char *action, const void *in, size_t size, job_run run, job_done done)
{
	struct sy_error error = { .code = SY_OK };
	struct job *job = NULL;

	error.code =
	    job_new(exchange->server, exchange, action, in, size, &job);
	if (error.code != SY_OK) {
		enroll_fail(exchange, &error);
		return;
	}
	record_reference("id", enrolment->facts.person, job->subject);
	enrolment->state = ENROLMENT_LEDGER;
	job->run = run;
	job->done = done;
	job_submit(&job);
}

/* --- the card --- */

/* What the ledger thread gets, for every step from here on. */
struct step_job {
	struct enrolment_facts facts;
	struct sy_office_card card;
	const char *server;
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
secret_of(struct row_view *view, struct job *job, struct step_job *in,
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
	struct step_job *in = job->in;
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
		start_step(&in->facts, "prepare", step);
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

/* Back from the ledger: to the next step, or away. */
static void
settle(struct job *job, enum sy_err result, enum enrolment_state next)
{
	const struct step_job *in = job->in;
	struct enrolment *enrolment = NULL;

	if (enrolments_find(job->server->enrolments, in->facts.txn_hex,
		server_boottime(), &enrolment) != SY_OK)
		return;
	if (result == SY_OK && job->error.code == SY_OK &&
	    next != ENROLMENT_LEDGER) {
		enrolment->facts = in->facts;
		enrolment->state = next;
	} else {
		enrolments_remove(job->server->enrolments, &enrolment);
	}
}

static void
done_prepare(struct job *job, enum sy_err result)
{
	settle(job, result, ENROLMENT_OFFICE_PROOF);
	job_answer(&job, result);
}

static void
confirm_change(struct exchange *exchange, struct enrolment *enrolment)
{
	struct sy_office_step step;

	enrolment->state = ENROLMENT_OFFICE_DONE;
	start_step(&enrolment->facts, "change", &step);
	exchange_reply(&exchange, &step);
}

void
office_card(struct exchange *exchange, const void *request)
{
	const struct sy_office_card *in = request;
	struct server *server = exchange->server;
	struct step_job job = { .card = *in,
		.alg = server->config.personal_key };
	struct sy_error error = { .code = SY_OK };
	struct enrolment_facts *f;
	struct enrolment *enrolment;

	enrolment = find_task(exchange, in->txn, ENROLMENT_OFFICE_CARD);
	if (enrolment == NULL)
		return;
	f = &enrolment->facts;
	if (f->task != SY_TASK_PERSONALISE)
		error.code =
		    find_token(ledger_reader(server->ledger), in, f, &error);
	if (error.code == SY_OK)
		error.code = server_random(f->nonce, sizeof(f->nonce));
	if (error.code != SY_OK) {
		if (exchange_status(error.code) == 503)
			enroll_fail(exchange, &error);
		else
			refuse(server, exchange, "token.office-refused",
			    enrolment, &error);
		return;
	}
	if (f->task == SY_TASK_PIN_CHANGE) {
		confirm_change(exchange, enrolment);
		return;
	}
	f->nonce_boot = server_boottime();
	job.facts = *f;
	submit(exchange, enrolment, "token.office", &job, sizeof(job),
	    run_prepare, done_prepare);
}

/* --- its proof --- */

static enum sy_err
verify(const struct step_job *c)
{
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	struct sy_challenge challenge = { .server = c->server,
		.terminal = c->facts.terminal_name,
		.login = c->facts.login,
		.service = office_word,
		.purpose = sy_task_name(c->facts.task) };
	uint8_t digest[SY_HASH_SIZE_MAX];
	enum sy_err err;
	size_t len;

	if (server_boottime() - c->facts.nonce_boot > SY_CHALLENGE_LIFE)
		return SY_ERR_EXPIRED;
	memcpy(challenge.txn, c->facts.txn, sizeof(challenge.txn));
	memcpy(challenge.server_nonce, c->facts.nonce, SY_NONCE_SIZE);
	memcpy(challenge.agent_nonce, c->facts.agent_nonce, SY_NONCE_SIZE);
	if ((err = sy_key_from_spki(c->facts.spki, c->facts.spki_len, &key,
		 NULL)) != SY_OK)
		return err;
	if (sy_key_alg(key) != c->facts.alg)
		return SY_ERR_ALGORITHM;
	if ((err = sy_challenge_digest(&challenge,
		 sy_key_alg_hash(c->facts.alg), digest, &len)) != SY_OK)
		return err;
	return sy_key_verify(key, digest, len, c->facts.signature,
	    c->facts.signature_len);
}

static void
proof_facts(const struct step_job *c, struct facts *facts)
{
	const struct enrolment_facts *f = &c->facts;

	facts_bytes(facts, "txn", f->txn, sizeof(f->txn));
	facts_text(facts, "login", f->login);
	facts_text(facts, "server", c->server);
	facts_bytes(facts, "server-nonce", f->nonce, sizeof(f->nonce));
	facts_bytes(facts, "agent-nonce", f->agent_nonce,
	    sizeof(f->agent_nonce));
	facts_bytes(facts, "signature", f->signature, f->signature_len);
}

/* The card has the new PUK and PIN: it signed after the PIN. */
static enum sy_err
run_unblocked(struct ledger_tx *tx, struct job *job)
{
	const struct step_job *c = job->in;
	struct sy_office_step *step = job->out;
	struct facts facts = { .count = 0 };
	char token[REFERENCE_SIZE];
	enum sy_err err;

	record_reference("token", c->facts.token, token);
	proof_facts(c, &facts);
	facts_text(&facts, "token", token);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK ||
	    (err = office_secret_set(tx, c->facts.secret, c->facts.token,
		 c->facts.person)) != SY_OK ||
	    (err = row_delete(tx, &row_type_invitation, c->facts.invitation)) !=
		SY_OK)
		return err;
	start_step(&c->facts, "done", step);
	(void)snprintf(step->token, sizeof(step->token), "%.*s",
	    SY_TOKEN_SIZE - 1, token);
	return SY_OK;
}

static void
done_last(struct job *job, enum sy_err result)
{
	settle(job, result, ENROLMENT_LEDGER);
	job_answer(&job, result);
}

/* The certificate counts for nothing until the token is there. */
static enum sy_err
certify(struct server *server, struct enrolment_facts *f,
    struct sy_office_step *ret)
{
	const int64_t not_after =
	    server_now() / MICROSECONDS + server->config.personal_life;
	const uint8_t *der;
	enum sy_err err;
	size_t len;

	keeper_begin(server->keeper);
	keeper_add_person_cert(server->keeper, f->handle, f->spki, f->spki_len,
	    not_after);
	if ((err = keeper_run(server->keeper)) != SY_OK ||
	    (err = keeper_next(server->keeper, &der, &len)) != SY_OK)
		return err;
	if (len > sizeof(ret->cert))
		return SY_ERR_LIMIT;
	f->not_after = not_after * MICROSECONDS;
	f->driver = SY_DRIVER_PIV;
	f->method = SY_METHOD_CARD_PIN;
	start_step(f, "store", ret);
	memcpy(ret->cert, der, len);
	ret->cert_len = (uint16_t)len;
	ret->not_after = not_after;
	return SY_OK;
}

static void
take_proof(struct server *server, const struct sy_office_proof *in,
    struct enrolment *enrolment, struct step_job *ret)
{
	struct enrolment_facts *f = &enrolment->facts;

	if (f->task == SY_TASK_PERSONALISE) {
		memcpy(f->spki, in->spki, in->spki_len);
		f->spki_len = in->spki_len;
		f->alg = server->config.personal_key;
	}
	memcpy(f->agent_nonce, in->agent_nonce, sizeof(f->agent_nonce));
	memcpy(f->signature, in->signature, in->signature_len);
	f->signature_len = in->signature_len;
	ret->facts = *f;
	ret->server = server->config.name;
}

void
office_proof(struct exchange *exchange, const void *request)
{
	const struct sy_office_proof *in = request;
	struct server *server = exchange->server;
	struct step_job job = { .server = NULL };
	struct sy_error error = { .code = SY_OK };
	struct sy_office_step step;
	struct enrolment *enrolment;

	enrolment = find_task(exchange, in->txn, ENROLMENT_OFFICE_PROOF);
	if (enrolment == NULL)
		return;
	take_proof(server, in, enrolment, &job);
	if ((error.code = verify(&job)) != SY_OK) {
		refuse(server, exchange, "token.office-refused", enrolment,
		    &error);
		return;
	}
	if (enrolment->facts.task == SY_TASK_PIN_UNBLOCK) {
		submit(exchange, enrolment, "token.pin-unblock", &job,
		    sizeof(job), run_unblocked, done_last);
		return;
	}
	error.code = certify(server, &enrolment->facts, &step);
	if (error.code != SY_OK) {
		enroll_fail(exchange, &error);
		return;
	}
	enrolment->state = ENROLMENT_OFFICE_DONE;
	exchange_reply(&exchange, &step);
}

/* --- it is done --- */

static void
fill_token(const struct enrolment_facts *f, int64_t now, const char *basis,
    struct token_row *ret)
{
	*ret = (struct token_row){ .owner = f->person,
		.driver = f->driver,
		.method = f->method,
		.alg = f->alg,
		.origin = SY_ORIGIN_PERSONALISED,
		.state = TOKEN_ACTIVE,
		.enrolled = now,
		.not_after = f->not_after,
		.terminal = f->terminal,
		.spki_len = f->spki_len };
	memcpy(ret->spki, f->spki, f->spki_len);
	(void)snprintf(ret->basis, sizeof(ret->basis), "%s", basis);
}

static enum sy_err
run_personalised(struct ledger_tx *tx, struct job *job)
{
	const struct step_job *c = job->in;
	const struct enrolment_facts *f = &c->facts;
	struct invitation_row invitation = { .id = 0 };
	struct sy_office_step *step = job->out;
	struct facts facts = { .count = 0 };
	char replaces[REFERENCE_SIZE] = "";
	struct token_row token;
	enum sy_err err;

	err = issue_check(tx, job, f, &invitation);
	sy_memzero(invitation.code, sizeof(invitation.code));
	if (err != SY_OK)
		return err;
	if (invitation.replaces != 0)
		record_reference("token", invitation.replaces, replaces);
	proof_facts(c, &facts);
	facts_text(&facts, "driver", sy_driver_name(f->driver));
	facts_text(&facts, "method", sy_method_name(f->method));
	facts_text(&facts, "algorithm", sy_key_alg_name(f->alg));
	facts_text(&facts, "origin", sy_origin_name(SY_ORIGIN_PERSONALISED));
	facts_int(&facts, "not-after", f->not_after);
	facts_text(&facts, "basis", invitation.basis);
	facts_text(&facts, "replaces", replaces);
	fill_token(f, ledger_now(tx), invitation.basis, &token);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK ||
	    (err = issue_token(tx, &invitation, &token)) != SY_OK ||
	    (err = office_secret_set(tx, f->secret, token.id, f->person)) !=
		SY_OK)
		return err;
	start_step(f, "done", step);
	record_reference("token", token.id, replaces);
	(void)snprintf(step->token, sizeof(step->token), "%.*s",
	    SY_TOKEN_SIZE - 1, replaces);
	step->not_after = f->not_after / MICROSECONDS;
	return SY_OK;
}

static enum sy_err
run_changed(struct ledger_tx *tx, struct job *job)
{
	const struct step_job *c = job->in;
	struct sy_office_step *step = job->out;
	struct facts facts = { .count = 0 };
	char token[REFERENCE_SIZE];
	enum sy_err err;

	record_reference("token", c->facts.token, token);
	facts_bytes(&facts, "txn", c->facts.txn, sizeof(c->facts.txn));
	facts_text(&facts, "login", c->facts.login);
	facts_text(&facts, "token", token);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	start_step(&c->facts, "done", step);
	(void)snprintf(step->token, sizeof(step->token), "%.*s",
	    SY_TOKEN_SIZE - 1, token);
	return SY_OK;
}

void
office_done(struct exchange *exchange, const void *request)
{
	const struct sy_office_done *in = request;
	struct server *server = exchange->server;
	struct step_job job = { .server = server->config.name };
	struct enrolment *enrolment;

	enrolment = find_task(exchange, in->txn, ENROLMENT_OFFICE_DONE);
	if (enrolment == NULL)
		return;
	job.facts = enrolment->facts;
	if (enrolment->facts.task == SY_TASK_PERSONALISE)
		submit(exchange, enrolment, "token.personalise", &job,
		    sizeof(job), run_personalised, done_last);
	else
		submit(exchange, enrolment, "token.pin-change", &job,
		    sizeof(job), run_changed, done_last);
}

/* --- the end on the way --- */

void
office_abandon(struct exchange *exchange, const void *request)
{
	const struct sy_auth_abandon *in = request;
	struct server *server = exchange->server;
	struct sy_error error = { .code = SY_OK };
	struct enrolment *enrolment = NULL;

	for (int e = SY_OK + 1; e <= SY_ERR_LOG; e++)
		if (strcmp(sy_err_name((enum sy_err)e), in->reason) == 0)
			error.code = (enum sy_err)e;
	if (error.code == SY_OK) {
		enroll_fail_with(exchange, SY_ERR_FORMAT, "reason",
		    "not a known name");
		return;
	}
	if (enrolments_find(server->enrolments, in->txn, server_boottime(),
		&enrolment) != SY_OK ||
	    enrolment->facts.task == SY_TASK_SIGN ||
	    enrolment->facts.terminal != exchange->peer.terminal ||
	    enrolment->state == ENROLMENT_LEDGER) {
		enroll_fail_with(exchange, SY_ERR_NOT_FOUND, "txn",
		    "no such task is open here");
		return;
	}
	refuse(server, exchange, "token.office-abandoned", enrolment, &error);
}
