/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/enrolments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/identity/enroll_step.h"
#include "server/identity/identity.h"
#include "server/identity/invitation.h"
#include "server/identity/issue.h"
#include "server/identity/terminals.h"
#include "server/job.h"
#include "server/log.h"
#include "server/server.h"

#define MICROSECONDS INT64_C(1000000)

/* --- begin: the code --- */

struct begin {
	char login[SY_LOGIN_SIZE];
	int64_t terminal;
	uint8_t code[INVITATION_CODE_SIZE];
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

	err = invitation_check(tx, job, INVITATION_ENROLL, in->terminal,
	    in->login, in->code, &invitation, &owner);
	if (err == SY_OK && job->error.code == SY_OK) {
		enrolment_person(&in->facts, &invitation, &owner);
		if (issue_is_key(in->facts.method) &&
		    (err = issue_check_taken(job->server, &job->error)) ==
			SY_OK)
			err = issue_check_keys(ledger_view(tx), &owner,
			    in->facts.replaces, &job->error);
	}
	sy_memzero(&invitation, sizeof(invitation));
	return err;
}

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
static void
done_begin(struct job *job, enum sy_err result)
{
	struct server *server = job->server;
	struct begin *in = job->in;
	struct sy_enroll_step *step = job->out;
	struct enrolment *enrolment = NULL;
	struct enrolment_facts *f;

	if (result == SY_OK && job->error.code == SY_OK)
		result = enrolments_begin(server->enrolments, in->terminal,
		    server_boottime(), &enrolment);
	if (enrolment == NULL) {
		job_answer(&job, result);
		return;
	}
	f = &enrolment->facts;
	memcpy(f->terminal_name, job->terminal, sizeof(f->terminal_name));
	enrolment_take_person(f, &in->facts);

	if (issue_is_key(f->method)) {
		result = enroll_key_begin(server, enrolment, step);
		if (result != SY_OK)
			enrolments_remove(server->enrolments, &enrolment);
	} else {
		ask_card(server, f, step);
	}
	job_answer(&job, result);
}

void
enroll_begin(struct exchange *exchange, const void *request)
{
	const struct sy_enroll_begin *in = request;
	struct begin begin = { .terminal = exchange->peer.terminal };
	struct sy_error error = { .code = SY_OK };
	struct job *job = NULL;

	if (exchange->server->draining) {
		enroll_fail_with(exchange, SY_ERR_BUSY, "",
		    "the server is stopping");
		return;
	}
	if (terminals_begin(exchange->server->terminals, begin.terminal,
		server_boottime()) > 0) {
		enroll_fail_with(exchange, SY_ERR_BUSY, "",
		    "too many enrolments from this terminal");
		return;
	}
	memcpy(begin.login, in->user, sizeof(begin.login));
	memcpy(begin.code, in->code, sizeof(begin.code));
	error.code = job_new(exchange->server, exchange, "token.enroll-refused",
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
		enroll_refuse(server, exchange, "token.enroll-refused",
		    &enrolment->facts, &error);
		enrolments_remove(server->enrolments, &enrolment);
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
	uint8_t agent_nonce[SY_NONCE_SIZE];
	uint8_t signature[SY_SIGNATURE_SIZE_MAX];
	uint16_t signature_len;
};

static enum sy_err
verify(const struct completion *c)
{
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	uint8_t digest[SY_HASH_SIZE_MAX];
	enum sy_err err;
	size_t len;

	if ((err = enroll_challenge(c->server, &c->facts, c->agent_nonce,
		 SY_CHALLENGE_LIFE, digest, &len)) != SY_OK ||
	    (err = sy_key_from_spki(c->facts.spki, c->facts.spki_len, &key,
		 NULL)) != SY_OK)
		return err;
	return sy_key_verify(key, digest, len, c->signature, c->signature_len);
}

static void
completion_facts(const struct completion *c, const char *basis,
    struct facts *facts)
{
	enroll_facts(&c->facts, c->server, basis, c->replaces, facts);
	facts_text(facts, "origin", sy_origin_name(SY_ORIGIN_ISSUER));
	facts_int(facts, "not-after", c->facts.not_after);
	facts_bytes(facts, "agent-nonce", c->agent_nonce,
	    sizeof(c->agent_nonce));
	facts_bytes(facts, "signature", c->signature, c->signature_len);
}

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
	completion_facts(c, invitation.basis, &facts);
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

/* A wrong signature ends the enrolment; the code is still good. */
static void
refuse_proof(struct exchange *exchange, struct enrolment *enrolment,
    enum sy_err code)
{
	struct server *server = exchange->server;
	struct sy_error error = { .code = code };

	enroll_refuse(server, exchange, "token.enroll-refused",
	    &enrolment->facts, &error);
	enrolments_remove(server->enrolments, &enrolment);
}

void
enroll_proof(struct exchange *exchange, const void *request)
{
	const struct sy_auth_proof *in = request;
	struct server *server = exchange->server;
	struct completion c = { .server = server->config.name };
	struct sy_error error = { .code = SY_OK };
	struct enrolment *enrolment;
	struct job *job = NULL;

	enrolment = enroll_find(exchange, in->txn, ENROLMENT_PROOF);
	if (enrolment == NULL)
		return;
	c.facts = enrolment->facts;
	if (c.facts.replaces != 0)
		record_reference("token", c.facts.replaces, c.replaces);
	memcpy(c.agent_nonce, in->agent_nonce, sizeof(c.agent_nonce));
	memcpy(c.signature, in->signature, in->signature_len);
	c.signature_len = in->signature_len;
	if ((error.code = verify(&c)) != SY_OK) {
		refuse_proof(exchange, enrolment, error.code);
		return;
	}
	error.code =
	    job_new(server, exchange, "token.enroll", &c, sizeof(c), &job);
	if (error.code != SY_OK) {
		enroll_fail(exchange, &error);
		return;
	}
	record_reference("id", c.facts.person, job->subject);
	enrolment->state = ENROLMENT_LEDGER;
	job->run = run_complete;
	job->done = done_complete;
	job_submit(&job);
}

/* --- the end without a token --- */

static enum sy_err
known_reason(const char *name)
{
	for (int e = SY_OK + 1; e <= SY_ERR_LOG; e++)
		if (strcmp(sy_err_name((enum sy_err)e), name) == 0)
			return (enum sy_err)e;
	return SY_OK;
}

void
enroll_abandon(struct exchange *exchange, const void *request)
{
	const struct sy_auth_abandon *in = request;
	struct server *server = exchange->server;
	struct sy_error error = { .code = known_reason(in->reason) };
	struct enrolment *enrolment = NULL;

	if (error.code == SY_OK) {
		enroll_fail_with(exchange, SY_ERR_FORMAT, "reason",
		    "not a known name");
		return;
	}
	if (enrolments_find(server->enrolments, in->txn, server_boottime(),
		&enrolment) != SY_OK ||
	    enrolment->facts.terminal != exchange->peer.terminal ||
	    enrolment->state == ENROLMENT_LEDGER) {
		enroll_fail_with(exchange, SY_ERR_NOT_FOUND, "txn",
		    "no such enrolment is open here");
		return;
	}
	enroll_refuse(server, exchange, "token.enroll-abandoned",
	    &enrolment->facts, &error);
	enrolments_remove(server->enrolments, &enrolment);
}

void
enroll_expire(struct server *server, bool all)
{
	const struct sy_error error = { .code = SY_ERR_EXPIRED };
	const int64_t now = server_boottime();
	struct enrolment *enrolment;

	while ((enrolment = enrolments_expired(server->enrolments, now, all)) !=
	    NULL) {
		enroll_refuse(server, NULL,
		    enrolment->facts.task == SY_TASK_SIGN
			? "token.enroll-abandoned"
			: "token.office-abandoned",
		    &enrolment->facts, &error);
		enrolments_remove(server->enrolments, &enrolment);
	}
}
