/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolment of a FIDO2 key: it makes a credential, whose attestation and model
 * are checked, and signs with it once as at a login, before it counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "server/identity/credential.h"
#include "server/identity/enroll_key.h"
#include "server/identity/enroll_step.h"
#include "server/identity/identity.h"
#include "server/identity/metadata.h"
#include "server/identity/model.h"
#include "server/list.h"
#include "server/policy.h"
#include "server/server.h"

#define MICROSECONDS INT64_C(1000000)

static enum sy_err
sha256(const void *p, size_t len, uint8_t ret[SY_DIGEST_SIZE])
{
	return EVP_Digest(p, len, ret, NULL, EVP_sha256(), NULL) == 1
	    ? SY_OK
	    : SY_ERR_CRYPTO;
}

static bool
needs_uv(enum sy_method method)
{
	return method != SY_METHOD_FIDO2;
}

/* --- what is to be made --- */

static enum sy_err
add_credential(struct sy_list *list, const uint8_t *id, uint16_t len)
{
	struct sy_credential *credential;
	enum sy_err err;
	void *item;

	err = list_add(list, sizeof(*credential), &item);
	if (err != SY_OK)
		return err;
	credential = item;
	memcpy(credential->id, id, len);
	credential->id_len = len;
	return SY_OK;
}

/* A key that holds one of the person's credentials makes no second one, but in
 * the place of that one. */
static enum sy_err
exclude(struct row_view *view, const struct enrolment_facts *f,
    struct sy_list *list)
{
	struct credential_row rows[CREDENTIALS_MAX];
	enum sy_err err;
	size_t count;

	err = credentials_of_person(view, f->person, rows, &count);
	for (size_t i = 0; err == SY_OK && i < count; i++)
		if (rows[i].token != f->replaces)
			err = add_credential(list, rows[i].credential,
			    rows[i].credential_len);
	return err;
}

/* A step of a key's enrolment: where it belongs, with the challenge. */
static void
start_key_step(const struct server *server, const struct enrolment_facts *f,
    const char *step, struct sy_enroll_step *ret)
{
	enroll_start_step(f, step, ret);
	(void)snprintf(ret->method, sizeof(ret->method), "%s",
	    sy_method_name(f->method));
	memcpy(ret->rp_id, server->config.rp_id, sizeof(ret->rp_id));
	memcpy(ret->origin, server->config.origin, sizeof(ret->origin));
	memcpy(ret->login, f->login, sizeof(ret->login));
	memcpy(ret->name, f->name, sizeof(ret->name));
	memcpy(ret->nonce, f->nonce, sizeof(ret->nonce));
	ret->nonce_len = sizeof(f->nonce);
	ret->life = SY_ENROLL_KEY_LIFE;
	ret->reserve = 1;
}

enum sy_err
enroll_key_begin(struct server *server, struct enrolment *enrolment,
    struct sy_enroll_step *ret)
{
	struct row_view *view = ledger_reader(server->ledger);
	struct enrolment_facts *f = &enrolment->facts;
	enum sy_err err;

	f->driver = SY_DRIVER_FIDO2;
	enrolment->state = ENROLMENT_KEY;
	if ((err = enroll_challenge_new(f)) != SY_OK)
		return err;
	start_key_step(server, f, "make", ret);
	if ((err = credential_handle(view, f->person, ret->handle)) != SY_OK)
		return err;
	ret->handle_len = sizeof(ret->handle);
	return exclude(view, f, &ret->credentials);
}

/* --- a credential was made --- */

static enum sy_err
expected(const struct server *server, const struct enrolment_facts *f,
    const uint8_t agent_nonce[SY_NONCE_SIZE], struct sy_fido2_expect *ret)
{
	uint8_t digest[SY_HASH_SIZE_MAX];
	enum sy_err err;
	size_t len;

	err = enroll_challenge(server->config.name, f, agent_nonce,
	    SY_ENROLL_KEY_LIFE, digest, &len);
	if (err != SY_OK)
		return err;
	ret->rp_id = server->config.rp_id;
	ret->origin = server->config.origin;
	memcpy(ret->challenge, digest, sizeof(ret->challenge));
	return SY_OK;
}

static enum sy_err
take_credential(const struct sy_enroll_key *in,
    const struct sy_fido2_credential *made, struct enrolment_facts *f)
{
	struct enrolment_key *k = &f->key;
	size_t len;
	const uint8_t *spki = sy_key_spki(made->key, &len);

	if (len > sizeof(f->spki))
		return SY_ERR_LIMIT;
	memcpy(f->spki, spki, len);
	f->spki_len = (uint16_t)len;
	f->alg = sy_key_alg(made->key);
	memset(k, 0, sizeof(*k));
	memcpy(k->credential, made->id, made->id_len);
	k->credential_len = made->id_len;
	memcpy(k->aaguid, made->aaguid, sizeof(k->aaguid));
	k->attestation = made->attestation;
	k->flags = made->flags;
	k->counter = made->counter;
	k->min_pin = made->min_pin;
	k->firmware = in->firmware;
	k->reader = in->reader;
	k->resident = in->resident;
	k->managed = in->managed;
	return sha256(in->statement, in->statement_len, k->statement);
}

static enum sy_err
verify_made(struct server *server, const struct sy_enroll_key *in,
    struct enrolment_facts *f, struct sy_error *reterr)
{
	SY_AUTO(sy_fido2_credential_clear)
	struct sy_fido2_credential credential = { .key = NULL };
	const struct sy_fido2_made made = {
		.client_data = in->client_data,
		.client_data_len = in->client_data_len,
		.authdata = in->authdata,
		.authdata_len = in->authdata_len,
		.format = in->format,
		.statement = in->statement,
		.statement_len = in->statement_len,
	};
	struct sy_fido2_expect expect = { .uv = false };
	enum sy_err err;

	if ((err = expected(server, f, in->agent_nonce, &expect)) != SY_OK ||
	    (err = sy_fido2_verify_made(&made, &expect,
		 metadata_of(server->metadata), server_now() / MICROSECONDS,
		 &credential, reterr)) != SY_OK)
		return err;
	return take_credential(in, &credential, f);
}

static void
say_model(const struct server *server, const struct enrolment_key *k,
    struct sy_enroll_step *ret)
{
	model_name(metadata_of(server->metadata), k->aaguid, k->attestation,
	    ret->model);
	(void)snprintf(ret->attestation, sizeof(ret->attestation), "%s",
	    sy_attestation_name(k->attestation));
}

/* Answer with "assert": it is to sign now. */
static void
ask_assertion(struct exchange *exchange, struct enrolment *enrolment)
{
	const struct enrolment_facts *f = &enrolment->facts;
	struct sy_error error = { .code = SY_OK };
	struct sy_enroll_step step;

	start_key_step(exchange->server, f, "assert", &step);
	say_model(exchange->server, &f->key, &step);
	(void)snprintf(step.algorithm, sizeof(step.algorithm), "%s",
	    sy_key_alg_name(f->alg));
	error.code = add_credential(&step.credentials, f->key.credential,
	    f->key.credential_len);
	if (error.code == SY_OK)
		exchange_reply(&exchange, &step);
	else
		enroll_fail(exchange, &error);
	sy_message_clear(&sy_message_enroll_step, &step);
}

/* A nonce is good once, so that the enrolment ends with a refusal; the code is
 * still good. */
static void
refuse(struct exchange *exchange, struct enrolment *enrolment,
    const struct sy_error *error)
{
	enroll_end(exchange->server, exchange, "token.enroll-refused",
	    enrolment, error);
}

void
enroll_key(struct exchange *exchange, const void *request)
{
	const struct sy_enroll_key *in = request;
	struct server *server = exchange->server;
	struct sy_error error = { .code = SY_OK };
	struct enrolment *enrolment;
	struct enrolment_facts *f;

	enrolment = enroll_find(exchange, in->txn, ENROLMENT_KEY);
	if (enrolment == NULL)
		return;
	f = &enrolment->facts;
	error.code = verify_made(server, in, f, &error);
	if (error.code == SY_OK)
		error.code = enroll_key_check(ledger_reader(server->ledger),
		    server->policy->policy, metadata_of(server->metadata), f,
		    &error);
	if (error.code == SY_OK)
		error.code = enroll_challenge_new(f);
	if (error.code == SY_OK) {
		enrolment->state = ENROLMENT_ASSERT;
		ask_assertion(exchange, enrolment);
	} else if (exchange_status(error.code) == 503) {
		enroll_fail(exchange, &error);
	} else {
		refuse(exchange, enrolment, &error);
	}
}

/* --- its first assertion --- */

struct completion {
	struct enrolment_facts facts;
	const char *server;
	/* As they were when it was verified; the job holds on to them. */
	struct policy_ref *policy;
	struct metadata_ref *metadata;
	char replaces[REFERENCE_SIZE];
	char aaguid[SY_AAGUID_TEXT_SIZE];
	char model[SY_MODEL_NAME_SIZE];
	enum sy_grade grade;
	enum sy_origin origin;
	struct sy_fido2_assertion assertion;
	uint8_t agent_nonce[SY_NONCE_SIZE];
	uint8_t client_data[SY_DIGEST_SIZE];
	uint8_t authdata[SY_FIDO2_AUTHDATA_MAX];
	uint16_t authdata_len;
	uint8_t signature[SY_SIGNATURE_SIZE_MAX];
	uint16_t signature_len;
	bool built_in;
};

static enum sy_err
verify_signed(const struct server *server, const struct sy_auth_assertion *in,
    const struct enrolment_facts *f, struct sy_fido2_assertion *ret,
    struct sy_error *reterr)
{
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	const struct sy_fido2_signed assertion = {
		.client_data = in->client_data,
		.client_data_len = in->client_data_len,
		.authdata = in->authdata,
		.authdata_len = in->authdata_len,
		.signature = in->signature,
		.signature_len = in->signature_len,
	};
	struct sy_fido2_expect expect = { .uv = needs_uv(f->method) };
	enum sy_err err;

	if (in->credential_len != f->key.credential_len ||
	    memcmp(in->credential, f->key.credential, in->credential_len) != 0)
		return sy_error_set(reterr, SY_ERR_KEY_OTHER, "credential",
		    "another credential signed than the one that was made");
	if ((err = expected(server, f, in->agent_nonce, &expect)) != SY_OK ||
	    (err = sy_key_from_spki(f->spki, f->spki_len, &key, NULL)) !=
		SY_OK ||
	    (err = sy_fido2_verify_signed(&assertion, &expect, key, ret,
		 reterr)) != SY_OK)
		return err;
	if (!sy_fido2_counter_advanced(f->key.counter, ret->counter))
		return sy_error_set(reterr, SY_ERR_COUNTER, "key",
		    "the key's counter went from %u to %u: it must rise with "
		    "each use",
		    (unsigned int)f->key.counter, (unsigned int)ret->counter);
	return SY_OK;
}

static enum sy_err
judge(const struct server *server, const struct sy_auth_assertion *in,
    struct completion *c, struct sy_error *reterr)
{
	const struct sy_policy *policy = server->policy->policy;
	const struct sy_metadata *metadata = metadata_of(server->metadata);
	const struct enrolment_key *k = &c->facts.key;
	const struct sy_fido2_claim claim = {
		.attestation = k->attestation,
		.model = metadata != NULL
		    ? sy_metadata_find(metadata, k->aaguid)
		    : NULL,
		.fingerprint = enroll_key_is_fingerprint(policy, k),
		.managed = k->managed,
		.flags = c->assertion.flags,
		.has_uvm = c->assertion.has_uvm,
		.uvm = c->assertion.uvm,
		.terminal_says_built_in = in->built_in,
	};
	enum sy_method method;

	sy_fido2_judge(&claim, &method, &c->grade, &c->origin);
	return enroll_key_evidence(policy, c->facts.method, method, c->grade,
	    c->origin, reterr);
}

static void
completion_facts(const struct completion *c, const char *basis,
    struct facts *facts)
{
	const struct enrolment_key *k = &c->facts.key;

	enroll_facts(&c->facts, c->server, basis, c->replaces, facts);
	facts_text(facts, "origin", sy_origin_name(c->origin));
	if (c->grade != SY_GRADE_NONE)
		facts_text(facts, "grade", sy_grade_name(c->grade));
	facts_text(facts, "attestation", sy_attestation_name(k->attestation));
	facts_text(facts, "aaguid", c->aaguid);
	facts_text(facts, "model", c->model);
	facts_bytes(facts, "credential", k->credential, k->credential_len);
	facts_bytes(facts, "statement", k->statement, sizeof(k->statement));
	facts_int(facts, "made-flags", k->flags);
	facts_int(facts, "made-counter", k->counter);
	if (k->min_pin != 0)
		facts_int(facts, "min-pin", k->min_pin);
	facts_int(facts, "flags", c->assertion.flags);
	facts_int(facts, "counter", c->assertion.counter);
	if (c->assertion.has_uvm)
		facts_int(facts, "uvm", c->assertion.uvm);
	facts_bytes(facts, "agent-nonce", c->agent_nonce,
	    sizeof(c->agent_nonce));
	facts_bytes(facts, "client-data", c->client_data,
	    sizeof(c->client_data));
	facts_bytes(facts, "authdata", c->authdata, c->authdata_len);
	facts_bytes(facts, "signature", c->signature, c->signature_len);
}

/* Nobody signed these. */
static void
told_facts(const struct completion *c, struct facts *facts)
{
	const struct enrolment_key *k = &c->facts.key;

	if (k->firmware != 0)
		facts_int(facts, "terminal-says-firmware", k->firmware);
	facts_text(facts, "terminal-says-place", k->reader ? "reader" : "usb");
	if (k->resident)
		facts_text(facts, "terminal-says-resident", "yes");
	if (k->managed)
		facts_text(facts, "terminal-says-managed", "yes");
	if (c->built_in)
		facts_text(facts, "terminal-says-built-in", "yes");
}

static enum sy_err
insert_key(struct ledger_tx *tx, const struct completion *c, int64_t token)
{
	struct key_counter_row counter = { .token = token,
		.counter = c->assertion.counter,
		.changed = ledger_now(tx) };
	struct credential_row row;
	enum sy_err err;

	enroll_key_row(&c->facts, &row);
	row.token = token;
	err = row_insert(tx, &row_type_credential, &row);
	return err != SY_OK ? err
			    : row_insert(tx, &row_type_key_counter, &counter);
}

/* Everything must still be so when the key becomes theirs. */
static enum sy_err
check_again(struct ledger_tx *tx, struct job *job, const struct completion *c,
    struct invitation_row *ret)
{
	struct row_view *view = ledger_view(tx);
	struct id_row owner;
	enum sy_err err;

	if ((err = issue_check(tx, job, &c->facts, ret)) != SY_OK ||
	    (err = row_get(view, &row_type_id, c->facts.person, &owner)) !=
		SY_OK)
		return err;
	err = issue_check_keys(view, &owner, ret->replaces, &job->error);
	sy_memzero(&owner, sizeof(owner));
	return err != SY_OK
	    ? err
	    : enroll_key_check(view, c->policy->policy,
		  metadata_of(c->metadata), &c->facts, &job->error);
}

static enum sy_err
run_complete(struct ledger_tx *tx, struct job *job)
{
	const struct completion *c = job->in;
	struct facts facts = { .count = 0 };
	struct invitation_row invitation = { .id = 0 };
	struct token_row token;
	enum sy_err err;

	err = check_again(tx, job, c, &invitation);
	sy_memzero(invitation.code, sizeof(invitation.code));
	if (err != SY_OK)
		return err;
	completion_facts(c, invitation.basis, &facts);
	told_facts(c, &facts);
	enroll_token(&c->facts, c->origin, ledger_now(tx), invitation.basis,
	    &token);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK ||
	    (err = issue_token(tx, &invitation, &token)) != SY_OK ||
	    (err = insert_key(tx, c, token.id)) != SY_OK)
		return err;
	enroll_done_step(&c->facts, &token, job->out);
	return SY_OK;
}

static void
done_complete(struct job *job, enum sy_err result)
{
	struct completion *c = job->in;

	policy_ref_drop(&c->policy);
	metadata_ref_drop(&c->metadata);
	if (result == SY_OK && job->error.code == SY_OK)
		say_model(job->server, &c->facts.key, job->out);
	enroll_finish(job, c->facts.txn_hex, result);
}

static enum sy_err
fill_completion(struct server *server, const struct sy_auth_assertion *in,
    struct completion *c, struct sy_error *reterr)
{
	enum sy_err err;

	if ((err = verify_signed(server, in, &c->facts, &c->assertion,
		 reterr)) != SY_OK ||
	    (err = sha256(in->client_data, in->client_data_len,
		 c->client_data)) != SY_OK ||
	    (err = judge(server, in, c, reterr)) != SY_OK)
		return err;
	if (c->facts.replaces != 0)
		record_reference("token", c->facts.replaces, c->replaces);
	sy_aaguid_text(c->facts.key.aaguid, c->aaguid);
	model_name(metadata_of(server->metadata), c->facts.key.aaguid,
	    c->facts.key.attestation, c->model);
	memcpy(c->agent_nonce, in->agent_nonce, sizeof(c->agent_nonce));
	memcpy(c->authdata, in->authdata, in->authdata_len);
	c->authdata_len = in->authdata_len;
	memcpy(c->signature, in->signature, in->signature_len);
	c->signature_len = in->signature_len;
	c->built_in = in->built_in;
	return SY_OK;
}

static void
submit_completion(struct exchange *exchange, struct enrolment *enrolment,
    struct completion *c)
{
	struct server *server = exchange->server;
	struct completion *in;
	struct job *job;

	job = enroll_job(exchange, enrolment, "token.enroll", c, sizeof(*c));
	if (job == NULL)
		return;
	in = job->in;
	in->policy = policy_ref_take(server->policy);
	in->metadata = metadata_ref_take(server->metadata);
	job->run = run_complete;
	job->done = done_complete;
	job_submit(&job);
}

void
enroll_assertion(struct exchange *exchange, const void *request)
{
	const struct sy_auth_assertion *in = request;
	struct server *server = exchange->server;
	struct completion c = { .server = server->config.name };
	struct sy_error error = { .code = SY_OK };
	struct enrolment *enrolment;

	enrolment = enroll_find(exchange, in->txn, ENROLMENT_ASSERT);
	if (enrolment == NULL)
		return;
	c.facts = enrolment->facts;
	error.code = fill_completion(server, in, &c, &error);
	if (error.code == SY_OK)
		submit_completion(exchange, enrolment, &c);
	else if (exchange_status(error.code) == 503)
		enroll_fail(exchange, &error);
	else
		refuse(exchange, enrolment, &error);
}
