/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment of a card: its certificate is checked, and its key signs once,
 * before it counts. */
#include <stdio.h>
#include <string.h>

#include "server/identity/enroll_step.h"
#include "server/identity/identity.h"
#include "server/server.h"

#define MICROSECONDS INT64_C(1000000)

/* --- begin: the code --- */

static void
drivers_in_use(const struct server *server, char *out, size_t size)
{
	size_t at = 0;

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

static void
ask_card(const struct server *server, const struct enrolment_facts *f,
    struct sy_enroll_step *ret)
{
	enroll_start_step(f, "present", ret);
	drivers_in_use(server, ret->drivers, sizeof(ret->drivers));
	(void)snprintf(ret->method, sizeof(ret->method), "%s",
	    sy_method_name(f->method));
	ret->reserve = 1;
	memcpy(ret->login, f->login, sizeof(ret->login));
	memcpy(ret->name, f->name, sizeof(ret->name));
}

/* The code was right: the enrolment begins. */
static enum sy_err
begin(struct server *server, const struct enroll_code *in,
    const char *terminal_name, struct sy_enroll_step *ret)
{
	struct enrolment *enrolment = NULL;
	enum sy_err err;

	if ((err = enroll_open(server, in->terminal, terminal_name, &in->facts,
		 &enrolment)) != SY_OK)
		return err;
	if (!issue_is_key(enrolment->facts.method)) {
		ask_card(server, &enrolment->facts, ret);
		return SY_OK;
	}
	if ((err = enroll_key_begin(server, enrolment, ret)) != SY_OK)
		enrolments_remove(server->enrolments, &enrolment);
	return err;
}

static void
done_code(struct job *job, enum sy_err result)
{
	if (result == SY_OK && job->error.code == SY_OK)
		result = begin(job->server, job->in, job->terminal, job->out);
	job_answer(&job, result);
}

void
enroll_begin(struct exchange *exchange, const void *request)
{
	const struct sy_enroll_begin *in = request;

	if (enroll_may_begin(exchange))
		enroll_check_code(exchange, in->user, in->code, SY_TASK_SIGN,
		    INVITATION_ENROLL, done_code);
}

/* --- a card is shown --- */

/* What a card of this kind must bring along; ${invited} is the method that the
 * invitation is for. */
static enum sy_err
check_kind(const struct server *server, const struct sy_enroll_card *in,
    enum sy_method invited, enum sy_driver *ret_driver, struct sy_error *reterr)
{
	enum sy_method method;

	if (!sy_driver_by_name(in->driver, ret_driver) ||
	    !sy_method_by_name(in->method, &method))
		return sy_error_set(reterr, SY_ERR_FORMAT, "driver",
		    "driver or method is not a known name");
	if (method != invited)
		return sy_error_set(reterr, SY_ERR_FORMAT, "method",
		    "the invitation is for %s", sy_method_name(invited));
	if (server->config.trust[*ret_driver] == NULL)
		return sy_error_set(reterr, SY_ERR_CERT_PATH, "card",
		    "cards of the kind %s are not in use here: no issuer is "
		    "configured",
		    in->driver);
	if (method == SY_METHOD_CARD && *ret_driver == SY_DRIVER_JPKI)
		return sy_error_set(reterr, SY_ERR_CERT, "card",
		    "a My Number card has no key without PIN");
	if (method == SY_METHOD_CARD_PIN && !in->refused_without_pin)
		return sy_error_set(reterr, SY_ERR_KEY_OPEN, "card",
		    "the card's key signs without its PIN, or nobody saw it "
		    "refuse");
	return SY_OK;
}

static enum sy_err
take_key(const struct sy_cert *cert, struct enrolment_facts *f)
{
	size_t len;
	const uint8_t *spki = sy_key_spki(cert->key, &len);

	if (len > sizeof(f->spki))
		return SY_ERR_LIMIT;
	memcpy(f->spki, spki, len);
	f->spki_len = (uint16_t)len;
	f->alg = sy_key_alg(cert->key);
	f->not_after = cert->not_after * MICROSECONDS;
	return enroll_challenge_new(f);
}

static enum sy_err
check_card(struct server *server, const struct sy_enroll_card *in,
    struct enrolment_facts *f, struct sy_cert *ret_cert,
    struct sy_error *reterr)
{
	const uint8_t *spki;
	enum sy_err err;
	size_t len;

	if ((err = check_kind(server, in, f->method, &f->driver, reterr)) !=
		SY_OK ||
	    (err = sy_trust_check(server->config.trust[f->driver], in->cert,
		 in->cert_len, server_now() / MICROSECONDS, ret_cert,
		 reterr)) != SY_OK)
		return err;
	spki = sy_key_spki(ret_cert->key, &len);
	if ((err = issue_check_free(ledger_reader(server->ledger), spki, len,
		 f->replaces, reterr)) != SY_OK)
		return err;
	return take_key(ret_cert, f);
}

static void
prove(const struct enrolment_facts *f, const struct sy_cert *cert,
    struct sy_enroll_step *ret)
{
	enroll_start_step(f, "prove", ret);
	memcpy(ret->login, f->login, sizeof(ret->login));
	memcpy(ret->name, f->name, sizeof(ret->name));
	/* For the operator's eyes, once; neither is stored or logged. */
	memcpy(ret->subject, cert->subject, sizeof(ret->subject));
	memcpy(ret->issuer, cert->issuer, sizeof(ret->issuer));
	(void)snprintf(ret->algorithm, sizeof(ret->algorithm), "%s",
	    sy_key_alg_name(f->alg));
	ret->not_after = cert->not_after;
	memcpy(ret->nonce, f->nonce, sizeof(ret->nonce));
	ret->nonce_len = sizeof(f->nonce);
	ret->life = SY_CHALLENGE_LIFE;
}

void
enroll_card(struct exchange *exchange, const void *request)
{
	const struct sy_enroll_card *in = request;
	struct server *server = exchange->server;
	SY_AUTO(sy_cert_clear) struct sy_cert cert = { .key = NULL };
	struct sy_error error = { .code = SY_OK };
	struct sy_enroll_step step;
	struct enrolment *enrolment;

	enrolment = enroll_find(exchange, in->txn, ENROLMENT_CARD);
	if (enrolment == NULL)
		return;
	enrolment->state = ENROLMENT_CARD;
	if (++enrolment->shown > ENROLMENTS_SHOWN) {
		(void)sy_error_set(&error, SY_ERR_LIMIT, "card",
		    "too many cards were shown: begin again");
		enroll_end(server, exchange, "token.enroll-refused", enrolment,
		    &error);
		return;
	}
	error.code = check_card(server, in, &enrolment->facts, &cert, &error);
	if (error.code == SY_OK) {
		enrolment->state = ENROLMENT_PROOF;
		prove(&enrolment->facts, &cert, &step);
		exchange_reply(&exchange, &step);
	} else if (exchange_status(error.code) == 503) {
		enroll_fail(exchange, &error);
	} else {
		enroll_refuse(server, exchange, "token.enroll-refused",
		    &enrolment->facts, &error);
	}
}

/* --- its first proof --- */

struct completion {
	struct enrolment_facts facts;
	const char *server;
	char replaces[REFERENCE_SIZE];
};

static enum sy_err
run_complete(struct ledger_tx *tx, struct job *job)
{
	const struct completion *c = job->in;
	struct sy_enroll_step *step = job->out;
	struct facts facts = { .count = 0 };
	struct invitation_row invitation = { .id = 0 };
	struct token_row token;
	enum sy_err err;

	err = issue_check(tx, job, &c->facts, &invitation);
	sy_memzero(invitation.code, sizeof(invitation.code));
	if (err != SY_OK)
		return err;
	enroll_card_facts(&c->facts, SY_ORIGIN_ISSUER, c->server,
	    invitation.basis, c->replaces, &facts);
	enroll_token(&c->facts, SY_ORIGIN_ISSUER, ledger_now(tx),
	    invitation.basis, &token);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK ||
	    (err = issue_token(tx, &invitation, &token)) != SY_OK)
		return err;
	enroll_done_step(&c->facts, &token, step);
	return SY_OK;
}

static void
done_complete(struct job *job, enum sy_err result)
{
	const struct completion *c = job->in;

	enroll_finish(job, c->facts.txn_hex, result);
}

void
enroll_proof(struct exchange *exchange, const void *request)
{
	const struct sy_auth_proof *in = request;
	struct server *server = exchange->server;
	struct completion c = { .server = server->config.name };
	struct sy_error error = { .code = SY_OK };
	struct enrolment *enrolment;
	struct job *job;

	enrolment = enroll_find(exchange, in->txn, ENROLMENT_PROOF);
	if (enrolment == NULL)
		return;
	c.facts = enrolment->facts;
	if (c.facts.replaces != 0)
		record_reference("token", c.facts.replaces, c.replaces);
	memcpy(c.facts.agent_nonce, in->agent_nonce,
	    sizeof(c.facts.agent_nonce));
	memcpy(c.facts.signature, in->signature, in->signature_len);
	c.facts.signature_len = in->signature_len;
	/* A wrong signature ends the enrolment; the code is still good. */
	if ((error.code = enroll_verify_card(c.server, &c.facts)) != SY_OK) {
		enroll_end(server, exchange, "token.enroll-refused", enrolment,
		    &error);
		return;
	}
	job = enroll_job(exchange, enrolment, "token.enroll", &c, sizeof(c));
	if (job == NULL)
		return;
	job->run = run_complete;
	job->done = done_complete;
	job_submit(&job);
}
