/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/enroll_step.h"

#include <stdio.h>
#include <string.h>

#include <sanyoso/challenge.h>

#include "server/server.h"

/* The challenge's service; at enrolment its purpose too, else that is the
 * task. */
static const char enroll_word[] = "enroll";
static const char office_word[] = "office";

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

bool
enroll_is_office(const struct enrolment_facts *f)
{
	return f->task != SY_TASK_SIGN;
}

void
enroll_start_step(const struct enrolment_facts *f, const char *step,
    struct sy_enroll_step *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->txn, f->txn_hex, sizeof(ret->txn));
	(void)snprintf(ret->step, sizeof(ret->step), "%s", step);
}

void
enroll_fail_unknown(struct exchange *exchange, enum sy_err code, bool office)
{
	enroll_fail_with(exchange,
	    code == SY_ERR_FORMAT ? code : SY_ERR_NOT_FOUND, "txn",
	    office ? "no such task is open here"
		   : "no such enrolment is open here");
}

/* A card may be shown again before its proof. */
static bool
is_at(const struct enrolment *enrolment, enum enrolment_state state)
{
	return enrolment->state == state ||
	    (state == ENROLMENT_CARD && enrolment->state == ENROLMENT_PROOF);
}

struct enrolment *
enroll_find(struct exchange *exchange, const char *txn,
    enum enrolment_state state)
{
	const bool office = state >= ENROLMENT_OFFICE_CARD;
	struct enrolment *enrolment = NULL;
	enum sy_err err;

	err = enrolments_find(exchange->server->enrolments, txn,
	    server_boottime(), &enrolment);
	if (err != SY_OK ||
	    enrolment->facts.terminal != exchange->peer.terminal ||
	    enroll_is_office(&enrolment->facts) != office)
		enroll_fail_unknown(exchange, err, office);
	else if (!is_at(enrolment, state))
		enroll_fail_with(exchange, SY_ERR_STATE, "txn",
		    office ? "the task is at another step"
			   : "the enrolment is at another step");
	else
		return enrolment;
	return NULL;
}

struct job *
enroll_job(struct exchange *exchange, struct enrolment *enrolment,
    const char *action, const void *in, size_t size)
{
	struct sy_error error = { .code = SY_OK };
	struct job *job = NULL;

	error.code =
	    job_new(exchange->server, exchange, action, in, size, &job);
	if (error.code != SY_OK) {
		enroll_fail(exchange, &error);
		return NULL;
	}
	record_reference("id", enrolment->facts.person, job->subject);
	enrolment->state = ENROLMENT_LEDGER;
	return job;
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
	const bool office = enroll_is_office(f);
	struct sy_challenge challenge = { .server = server,
		.terminal = f->terminal_name,
		.login = f->login,
		.service = office ? office_word : enroll_word,
		.purpose = office ? sy_task_name(f->task) : enroll_word };

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

enum sy_err
enroll_verify_card(const char *server, const struct enrolment_facts *f)
{
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	uint8_t digest[SY_HASH_SIZE_MAX];
	enum sy_err err;
	size_t len;

	if ((err = enroll_challenge(server, f, f->agent_nonce,
		 SY_CHALLENGE_LIFE, digest, &len)) != SY_OK ||
	    (err = sy_key_from_spki(f->spki, f->spki_len, &key, NULL)) != SY_OK)
		return err;
	if (sy_key_alg(key) != f->alg)
		return SY_ERR_ALGORITHM;
	return sy_key_verify(key, digest, len, f->signature, f->signature_len);
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
enroll_card_facts(const struct enrolment_facts *f, enum sy_origin origin,
    const char *server, const char *basis, const char *replaces,
    struct facts *facts)
{
	enroll_facts(f, server, basis, replaces, facts);
	facts_text(facts, "origin", sy_origin_name(origin));
	facts_int(facts, "not-after", f->not_after);
	facts_bytes(facts, "agent-nonce", f->agent_nonce,
	    sizeof(f->agent_nonce));
	facts_bytes(facts, "signature", f->signature, f->signature_len);
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
