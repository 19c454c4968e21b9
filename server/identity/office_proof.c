/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card office, once the card was told what to become: it proves that it
 * did, and is recorded. No token is there before the card has everything, its
 * certificate too.
 */
#include <stdio.h>
#include <string.h>

#include "server/identity/enroll_step.h"
#include "server/identity/identity.h"
#include "server/identity/office_secret.h"
#include "server/identity/office_step.h"
#include "server/server.h"

#define MICROSECONDS INT64_C(1000000)

struct completion {
	struct enrolment_facts facts;
	const char *server;
};

static void
done_step(const struct enrolment_facts *f, const char *token,
    struct sy_office_step *ret)
{
	office_start_step(f, "done", ret);
	(void)snprintf(ret->token, sizeof(ret->token), "%.*s",
	    SY_TOKEN_SIZE - 1, token);
}

static void
done_last(struct job *job, enum sy_err result)
{
	const struct completion *c = job->in;

	enroll_finish(job, c->facts.txn_hex, result);
}

/* The last that the ledger has to do for a visit. */
static void
submit_last(struct exchange *exchange, struct enrolment *enrolment,
    const char *action, job_run run)
{
	const struct completion c = {
		.facts = enrolment->facts,
		.server = exchange->server->config.name,
	};
	struct job *job;

	job = enroll_job(exchange, enrolment, action, &c, sizeof(c));
	if (job == NULL)
		return;
	job->run = run;
	job->done = done_last;
	job_submit(&job);
}

/* --- its proof --- */

/* The card has the new PUK and PIN: it signed after the PIN. */
static enum sy_err
run_unblocked(struct ledger_tx *tx, struct job *job)
{
	const struct completion *c = job->in;
	const struct enrolment_facts *f = &c->facts;
	struct facts facts = { .count = 0 };
	char token[REFERENCE_SIZE];
	enum sy_err err;

	record_reference("token", f->token, token);
	facts_bytes(&facts, "txn", f->txn, sizeof(f->txn));
	facts_text(&facts, "login", f->login);
	facts_text(&facts, "server", c->server);
	facts_bytes(&facts, "server-nonce", f->nonce, sizeof(f->nonce));
	facts_bytes(&facts, "agent-nonce", f->agent_nonce,
	    sizeof(f->agent_nonce));
	facts_bytes(&facts, "signature", f->signature, f->signature_len);
	facts_text(&facts, "token", token);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK ||
	    (err = office_secret_set(tx, f->secret, f->token, f->person)) !=
		SY_OK ||
	    (err = row_delete(tx, &row_type_invitation, f->invitation)) !=
		SY_OK)
		return err;
	done_step(f, token, job->out);
	return SY_OK;
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
	office_start_step(f, "store", ret);
	memcpy(ret->cert, der, len);
	ret->cert_len = (uint16_t)len;
	ret->not_after = not_after;
	return SY_OK;
}

static void
take_proof(const struct server *server, const struct sy_office_proof *in,
    struct enrolment_facts *f)
{
	if (f->task == SY_TASK_PERSONALISE) {
		memcpy(f->spki, in->spki, in->spki_len);
		f->spki_len = in->spki_len;
		f->alg = server->config.personal_key;
	}
	memcpy(f->agent_nonce, in->agent_nonce, sizeof(f->agent_nonce));
	memcpy(f->signature, in->signature, in->signature_len);
	f->signature_len = in->signature_len;
}

/* Answer with the certificate. */
static void
give_certificate(struct exchange *exchange, struct enrolment *enrolment)
{
	struct sy_error error = { .code = SY_OK };
	struct sy_office_step step;

	error.code = certify(exchange->server, &enrolment->facts, &step);
	if (error.code != SY_OK) {
		enroll_fail(exchange, &error);
		return;
	}
	enrolment->state = ENROLMENT_OFFICE_DONE;
	exchange_reply(&exchange, &step);
}

void
office_proof(struct exchange *exchange, const void *request)
{
	const struct sy_office_proof *in = request;
	struct server *server = exchange->server;
	struct sy_error error = { .code = SY_OK };
	struct enrolment *enrolment;

	enrolment = enroll_find(exchange, in->txn, ENROLMENT_OFFICE_PROOF);
	if (enrolment == NULL)
		return;
	take_proof(server, in, &enrolment->facts);
	error.code = enroll_verify_card(server->config.name, &enrolment->facts);
	if (error.code != SY_OK)
		enroll_end(server, exchange, "token.office-refused", enrolment,
		    &error);
	else if (enrolment->facts.task == SY_TASK_PIN_UNBLOCK)
		submit_last(exchange, enrolment, "token.pin-unblock",
		    run_unblocked);
	else
		give_certificate(exchange, enrolment);
}

/* --- it is done --- */

static enum sy_err
run_personalised(struct ledger_tx *tx, struct job *job)
{
	const struct completion *c = job->in;
	const struct enrolment_facts *f = &c->facts;
	struct invitation_row invitation = { .id = 0 };
	struct sy_office_step *step = job->out;
	struct facts facts = { .count = 0 };
	char reference[REFERENCE_SIZE] = "";
	struct token_row token;
	enum sy_err err;

	err = issue_check(tx, job, f, &invitation);
	sy_memzero(invitation.code, sizeof(invitation.code));
	if (err != SY_OK)
		return err;
	if (invitation.replaces != 0)
		record_reference("token", invitation.replaces, reference);
	enroll_card_facts(f, SY_ORIGIN_PERSONALISED, c->server,
	    invitation.basis, reference, &facts);
	enroll_token(f, SY_ORIGIN_PERSONALISED, ledger_now(tx),
	    invitation.basis, &token);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK ||
	    (err = issue_token(tx, &invitation, &token)) != SY_OK ||
	    (err = office_secret_set(tx, f->secret, token.id, f->person)) !=
		SY_OK)
		return err;
	record_reference("token", token.id, reference);
	done_step(f, reference, step);
	step->not_after = f->not_after / MICROSECONDS;
	return SY_OK;
}

static enum sy_err
run_changed(struct ledger_tx *tx, struct job *job)
{
	const struct completion *c = job->in;
	struct facts facts = { .count = 0 };
	char token[REFERENCE_SIZE];
	enum sy_err err;

	record_reference("token", c->facts.token, token);
	facts_bytes(&facts, "txn", c->facts.txn, sizeof(c->facts.txn));
	facts_text(&facts, "login", c->facts.login);
	facts_text(&facts, "token", token);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	done_step(&c->facts, token, job->out);
	return SY_OK;
}

void
office_done(struct exchange *exchange, const void *request)
{
	const struct sy_office_done *in = request;
	struct enrolment *enrolment;

	enrolment = enroll_find(exchange, in->txn, ENROLMENT_OFFICE_DONE);
	if (enrolment == NULL)
		return;
	if (enrolment->facts.task == SY_TASK_PERSONALISE)
		submit_last(exchange, enrolment, "token.personalise",
		    run_personalised);
	else
		submit_last(exchange, enrolment, "token.pin-change",
		    run_changed);
}
