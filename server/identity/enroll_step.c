/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/enroll_step.h"

#include <stdio.h>
#include <string.h>

#include <sanyoso/challenge.h>

#include "server/log.h"
#include "server/server.h"

void
enroll_fail(struct exchange *exchange, const struct sy_error *error)
{
	exchange_fail(&exchange, error,
	    exchange_status(error->code) == 503 ? 1 : 0);
}

void
enroll_fail_with(struct exchange *exchange, enum sy_err code, const char *place,
    const char *text)
{
	struct sy_error error = { .code = SY_OK };

	(void)sy_error_set(&error, code, place, "%s", text);
	enroll_fail(exchange, &error);
}

void
enroll_start_step(const struct enrolment_facts *f, const char *step,
    struct sy_enroll_step *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->txn, f->txn_hex, sizeof(ret->txn));
	(void)snprintf(ret->step, sizeof(ret->step), "%s", step);
}

struct enrolment *
enroll_find(struct exchange *exchange, const char *txn,
    enum enrolment_state state)
{
	struct enrolment *enrolment = NULL;
	enum sy_err err;

	err = enrolments_find(exchange->server->enrolments, txn,
	    server_boottime(), &enrolment);
	if (err != SY_OK ||
	    enrolment->facts.terminal != exchange->peer.terminal)
		enroll_fail_with(exchange,
		    err == SY_ERR_FORMAT ? err : SY_ERR_NOT_FOUND, "txn",
		    "no such enrolment is open here");
	else if (enrolment->state != state &&
	    !(state == ENROLMENT_CARD && enrolment->state == ENROLMENT_PROOF))
		enroll_fail_with(exchange, SY_ERR_STATE, "txn",
		    "the enrolment is at another step");
	else
		return enrolment;
	return NULL;
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
	struct sy_enroll_step *step = job->out;
	struct facts facts = { .count = 0 };
	enum sy_err err;

	facts_bytes(&facts, "txn", in->facts.txn, sizeof(in->facts.txn));
	facts_text(&facts, "login", in->facts.login);
	facts_text(&facts, "text", in->error.text);
	err = job_audit(tx, job, SY_OUTCOME_DENY, sy_err_name(in->error.code),
	    &facts);
	if (err != SY_OK || step == NULL)
		return err;
	enroll_start_step(&in->facts, "refused", step);
	(void)snprintf(step->reason, sizeof(step->reason), "%s",
	    sy_err_name(in->error.code));
	(void)snprintf(step->text, sizeof(step->text), "%s", in->error.text);
	return SY_OK;
}

void
enroll_refuse(struct server *server, struct exchange *exchange,
    const char *action, const struct enrolment_facts *f,
    const struct sy_error *error)
{
	struct refusal in = { .facts = *f, .error = *error };
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
		return;
	}
	(void)snprintf(job->terminal, sizeof(job->terminal), "%s",
	    f->terminal_name);
	record_reference("id", f->person, job->subject);
	job->run = run_refused;
	job_submit(&job);
}

/* --- the challenge --- */

enum sy_err
enroll_challenge_new(struct enrolment_facts *f)
{
	f->nonce_boot = server_boottime();
	return server_random(f->nonce, sizeof(f->nonce));
}

enum sy_err
enroll_challenge(const char *server, const struct enrolment_facts *f,
    const uint8_t agent_nonce[SY_NONCE_SIZE], int64_t life,
    uint8_t ret_digest[SY_HASH_SIZE_MAX], size_t *ret_len)
{
	struct sy_challenge challenge = { .server = server,
		.terminal = f->terminal_name,
		.login = f->login,
		.service = ENROLL_WORD,
		.purpose = ENROLL_WORD };

	if (server_boottime() - f->nonce_boot > life)
		return SY_ERR_EXPIRED;
	memcpy(challenge.txn, f->txn, sizeof(challenge.txn));
	memcpy(challenge.server_nonce, f->nonce, SY_NONCE_SIZE);
	memcpy(challenge.agent_nonce, agent_nonce, SY_NONCE_SIZE);
	/* Keys sign client data with a challenge of SHA-256, whatever they are
	 * themselves. */
	return sy_challenge_digest(&challenge,
	    f->driver == SY_DRIVER_FIDO2 ? SY_HASH_SHA256
					 : sy_key_alg_hash(f->alg),
	    ret_digest, ret_len);
}

/* --- completion --- */

void
enroll_facts(const struct enrolment_facts *f, const char *server,
    const char *basis, const char *replaces, struct facts *facts)
{
	facts_bytes(facts, "txn", f->txn, sizeof(f->txn));
	facts_text(facts, "login", f->login);
	facts_text(facts, "driver", sy_driver_name(f->driver));
	facts_text(facts, "method", sy_method_name(f->method));
	facts_text(facts, "algorithm", sy_key_alg_name(f->alg));
	facts_text(facts, "basis", basis);
	facts_text(facts, "replaces", replaces);
	facts_text(facts, "server", server);
	facts_bytes(facts, "server-nonce", f->nonce, sizeof(f->nonce));
}

void
enroll_token(const struct enrolment_facts *f, enum sy_origin origin,
    int64_t now, const char *basis, struct token_row *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->owner = f->person;
	ret->driver = f->driver;
	ret->method = f->method;
	ret->alg = f->alg;
	ret->origin = origin;
	ret->state = TOKEN_ACTIVE;
	ret->enrolled = now;
	ret->not_after = f->not_after;
	ret->terminal = f->terminal;
	memcpy(ret->spki, f->spki, sizeof(ret->spki));
	ret->spki_len = f->spki_len;
	(void)snprintf(ret->basis, sizeof(ret->basis), "%s", basis);
}

void
enroll_done_step(const struct enrolment_facts *f, const struct token_row *token,
    struct sy_enroll_step *ret)
{
	enroll_start_step(f, "done", ret);
	(void)snprintf(ret->token, sizeof(ret->token), "token:%lld",
	    (long long)token->id);
	memcpy(ret->login, f->login, sizeof(ret->login));
}

void
enroll_finish(struct job *job, const char *txn_hex, enum sy_err result)
{
	struct enrolment *enrolment = NULL;

	if (enrolments_find(job->server->enrolments, txn_hex, server_boottime(),
		&enrolment) == SY_OK)
		enrolments_remove(job->server->enrolments, &enrolment);
	job_answer(&job, result);
}
