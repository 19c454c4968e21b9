/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A FIDO2 key signs: it is asked for, and what it signed is taken: a look, so
 * that nobody gives their PIN to a key that is not theirs, and the proof. Which
 * credentials are shown tells nobody whether the person exists or has a key,
 * and neither does what is said to an assertion that is not the key's; what it
 * has signed is verified, judged, and counts for what the policy wants, if it
 * proves that or more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth/asserted.h"
#include "server/auth/keys.h"
#include "server/auth/login.h"
#include "server/auth/plan.h"
#include "server/auth/proofs.h"
#include "server/auth/proven.h"
#include "server/auth/shown.h"
#include "server/auth/stopped.h"
#include "server/auth/verdict.h"
#include "server/auth/wrong.h"
#include "server/identity/credential.h"
#include "server/identity/holds.h"
#include "server/identity/metadata.h"
#include "server/identity/terminals.h"
#include "server/policy.h"

#define BIT(value) (1u << (value))

/* --- asking for one --- */

/* The name that the challenge holds, as it was told to the terminal. */
static const char *
name_asked(const struct login *login)
{
	if (login->facts.nameless)
		return "";
	/* As it was typed, if there is no such person. */
	return login->facts.person != 0 ? login->facts.login : login->typed;
}

/* "assert", with a nonce of its own; what was asked for before is void. */
static enum sy_err
ask(struct server *server, struct login *login, struct sy_auth_step *ret)
{
	struct login_facts *f = &login->facts;
	enum sy_err err;

	f->nameless = f->identify && f->evidence.count == 0;
	if (!f->nameless &&
	    (err = shown_credentials(server, login, &ret->credentials)) !=
		SY_OK)
		return err;
	if ((err = server_random(f->nonce, sizeof(f->nonce))) != SY_OK)
		return err;
	f->nonce_at = ledger_time(server->ledger);
	f->nonce_boot = server_boottime();
	login->state = LOGIN_ASSERT;

	memcpy(ret->txn, f->txn_hex, sizeof(ret->txn));
	(void)snprintf(ret->step, sizeof(ret->step), "assert");
	(void)snprintf(ret->login, sizeof(ret->login), "%s", name_asked(login));
	memcpy(ret->nonce, f->nonce, sizeof(ret->nonce));
	ret->nonce_len = sizeof(f->nonce);
	ret->life = SY_CHALLENGE_LIFE;
	memcpy(ret->rp_id, server->config.rp_id, sizeof(ret->rp_id));
	memcpy(ret->origin, server->config.origin, sizeof(ret->origin));
	ret->uv = f->asked != SY_METHOD_FIDO2;
	return SY_OK;
}

static void
answer_ask(struct exchange *exchange, struct login *login)
{
	struct sy_auth_step step = { .txn = "" };
	struct sy_error error = { .code = SY_OK };

	error.code = ask(exchange->server, login, &step);
	if (error.code == SY_OK)
		exchange_reply(&exchange, &step);
	else
		exchange_fail(&exchange, &error, 1);
	sy_message_clear(&sy_message_auth_step, &step);
}

/* A key that holds none of the credentials was recorded: the next may be
 * tried. */
static void
done_other(struct job *job, enum sy_err result)
{
	const struct wrong *wrong = job->in;
	struct login *login = NULL;

	if (result == SY_OK)
		result =
		    logins_get(job->server->logins, wrong->login.txn, &login);
	if (result == SY_OK && login->state != LOGIN_PRESENT)
		result = SY_ERR_STATE;
	if (result == SY_OK)
		result = ask(job->server, login, job->out);
	job_answer(&job, result);
}

void
login_key(struct exchange *exchange, const void *request)
{
	const struct sy_auth_key *in = request;
	struct wrong_shown other = { .driver = SY_DRIVER_FIDO2,
		.reason = "other-key" };
	struct login *login;

	if (!sy_method_by_name(in->method, &other.method) ||
	    !login_is_key(other.method)) {
		login_fail(exchange, SY_ERR_FORMAT,
		    "method is not one of FIDO2 keys", 0);
		return;
	}
	login = login_find(exchange, in->txn, LOGIN_PRESENT);
	if (login == NULL)
		return;
	if ((login->methods & BIT(other.method)) == 0 ||
	    (in->other && login->state != LOGIN_ASSERT)) {
		login_refuse_step(exchange, SY_ERR_STATE, "out-of-order");
		return;
	}
	login->facts.asked = other.method;
	if (in->other)
		wrong_record(exchange, login, &other, done_other);
	else
		answer_ask(exchange, login);
}

/* --- whose key it is --- */

struct found {
	struct token_row token; /* id 0: there is none */
	struct credential_row credential;
	const char *reason; /* "" or why the key is not the right one */
	const char *why;    /* "", or a closer word for it */
};

static bool
is_altered(enum sy_err err)
{
	return err == SY_ERR_ROW_ALTERED || err == SY_ERR_ROW_STALE;
}

static enum sy_err
find(struct row_view *view, const struct sy_auth_assertion *in,
    struct found *ret)
{
	enum sy_err err;

	*ret = (struct found){ .reason = "", .why = "" };
	err = credential_find(view, in->credential, in->credential_len,
	    &ret->credential);
	if (err == SY_OK)
		err = row_get(view, &row_type_token, ret->credential.token,
		    &ret->token);
	if (err == SY_ERR_NOT_FOUND)
		ret->reason = "unknown-key";
	else if (is_altered(err))
		/* A row that somebody altered is nobody's key. */
		ret->reason = sy_err_name(err);
	else
		return err;
	ret->token.id = 0;
	return SY_OK;
}

/* The key says whose login it is. */
static enum sy_err
identify(struct server *server, struct login *login, const struct found *found)
{
	struct id_row id;
	enum sy_err err;

	err = row_get(ledger_reader(server->ledger), &row_type_id,
	    found->token.owner, &id);
	if (err != SY_OK)
		return err == SY_ERR_NOT_FOUND ? SY_OK : err;
	login_is(&login->facts, &id);
	sy_memzero(&id, sizeof(id));
	/* What is asked for depends on the kind of ID. */
	(void)plan_first(server, login);
	return SY_OK;
}

/* Whether the key holds the credential for this person: it says so by the
 * handle that was given to it, if it keeps one, as it must to name anybody. */
static enum sy_err
check_handle(struct server *server, const struct login_facts *f,
    const struct sy_auth_assertion *in, struct found *found)
{
	uint8_t handle[SY_FIDO2_HANDLE_SIZE];
	enum sy_err err;

	if (in->handle_len == 0 && !f->nameless)
		return SY_OK;
	err = credential_handle(ledger_reader(server->ledger),
	    found->token.owner, handle);
	if (err == SY_OK &&
	    (in->handle_len != sizeof(handle) ||
		memcmp(in->handle, handle, sizeof(handle)) != 0))
		found->reason = sy_reason_name(SY_REASON_TOKEN_OWNER);
	return err;
}

static enum sy_err
check_person(struct server *server, const struct login *login,
    const struct sy_auth_assertion *in, struct found *found)
{
	const struct login_facts *f = &login->facts;
	bool works;
	enum sy_err err;

	err = token_works(ledger_reader(server->ledger), &found->token,
	    server_now(), &works);
	if (err != SY_OK)
		return err;
	if (f->person == 0)
		found->reason = sy_reason_name(SY_REASON_ID_UNKNOWN);
	else if (found->token.owner != f->person)
		found->reason = sy_reason_name(SY_REASON_TOKEN_OWNER);
	else if (!works || found->token.driver != SY_DRIVER_FIDO2)
		found->reason = sy_reason_name(SY_REASON_TOKEN_STATE);
	else if (!credential_model_works(metadata_of(server->metadata),
		     server->policy->policy, &found->credential, &found->why))
		found->reason = sy_err_name(SY_ERR_MODEL);
	else if ((login->methods & BIT(f->asked)) == 0)
		found->reason = sy_reason_name(SY_REASON_COMBINATION);
	else
		return check_handle(server, f, in, found);
	return SY_OK;
}

/* --- what it signed --- */

static enum sy_err
make_challenge(const struct server *server, const struct login *login,
    const uint8_t agent_nonce[SY_NONCE_SIZE],
    uint8_t ret[SY_FIDO2_CHALLENGE_SIZE])
{
	const struct login_facts *f = &login->facts;
	struct sy_challenge challenge = { .server = server->config.name,
		.terminal = f->terminal_name,
		.login = name_asked(login),
		.service = f->service,
		.purpose = sy_purpose_name(f->purpose) };
	uint8_t digest[SY_HASH_SIZE_MAX];
	enum sy_err err;
	size_t len;

	memcpy(challenge.txn, f->txn, sizeof(challenge.txn));
	memcpy(challenge.server_nonce, f->nonce, sizeof(f->nonce));
	memcpy(challenge.agent_nonce, agent_nonce,
	    sizeof(challenge.agent_nonce));
	err = sy_challenge_digest(&challenge, SY_HASH_SHA256, digest, &len);
	if (err == SY_OK)
		memcpy(ret, digest, SY_FIDO2_CHALLENGE_SIZE);
	return err;
}

/* In the place of a key that is not there: the base point of P-256 (SEC 2
 * section 2.4.2). Its secret is known to everybody, so that nothing it signs
 * counts. */
static const uint8_t nobodys[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
	0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04, 0x6b, 0x17, 0xd1, 0xf2,
	0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
	0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45,
	0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b,
	0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57,
	0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51,
	0xf5 };

/* An assertion that is being verified: the login is nobody else's. */
struct asserting {
	struct proof_check check; /* the first member, see verified */
	struct sy_fido2_expect expect;
	struct sy_fido2_assertion assertion;
	struct sy_error error;
	struct server *server;
	struct exchange *exchange;
	struct keys_entry *key;
	uint8_t txn[SY_TXN_SIZE];
	struct found found;
	struct verdict_proof proof;
};

static enum sy_err
verify(struct proof_check *check)
{
	struct asserting *a = (struct asserting *)check;
	const struct sy_fido2_signed what = { a->proof.client_data,
		a->proof.client_data_len, a->proof.authdata,
		a->proof.authdata_len, a->proof.signature,
		a->proof.signature_len };

	return sy_fido2_verify_signed(&what, &a->expect, check->key,
	    &a->assertion, &a->error);
}

/* What the key must have signed: this very challenge, as it was asked to; where
 * there is no key, nobody's is taken, for as much work. */
static enum sy_err
set_check(struct asserting *a, const struct login *login)
{
	const struct token_row *token = &a->found.token;
	struct server *server = a->server;
	enum sy_err err;

	a->expect.rp_id = server->config.rp_id;
	a->expect.origin = server->config.origin;
	a->expect.uv = login->facts.asked != SY_METHOD_FIDO2;
	a->expect.look = a->proof.look;
	err = make_challenge(server, login, a->proof.agent_nonce,
	    a->expect.challenge);
	if (err == SY_OK)
		err = token->id != 0
		    ? keys_hold(server->keys, token->id, token->spki,
			  token->spki_len, &a->key)
		    : keys_hold(server->keys, 0, nobodys, sizeof(nobodys),
			  &a->key);
	if (err == SY_OK)
		a->check.key = keys_key(a->key);
	return err;
}

/* --- what it counts for --- */

static bool
counts_as(const struct server *server, const struct login *login,
    const struct proven_best *best, enum sy_method method,
    struct sy_proof *proof)
{
	const struct login_facts *f = &login->facts;

	if (method > best->method || (login->methods & BIT(method)) == 0)
		return false;
	proven_as(best, method, proof);
	return sy_policy_accepts(server->policy->policy, f->zone, f->purpose,
	    f->kind, method, proof->origin, proof->grade);
}

static bool
completes(const struct server *server, const struct login_facts *f,
    const struct sy_proof *proof)
{
	struct sy_evidence evidence = f->evidence;
	struct sy_plan plan;

	evidence.proof[evidence.count++] = *proof;
	sy_plan_next(server->policy->policy, f->zone, f->purpose, f->kind,
	    &evidence, &plan);
	return plan.complete;
}

/*
 * As what it counts: whatever is proven by the best is proven by it, never the
 * other way round. Of that, what lets in; what the person went for; or the most
 * that is wanted. False: nothing that is wanted is proven.
 */
static bool
choose(const struct server *server, const struct login *login,
    const struct proven_best *best, struct sy_proof *proof)
{
	int m;

	for (m = (int)best->method; m >= SY_METHOD_FIDO2; m--)
		if (counts_as(server, login, best, (enum sy_method)m, proof) &&
		    completes(server, &login->facts, proof))
			return true;
	if (counts_as(server, login, best, login->facts.asked, proof))
		return true;
	for (m = (int)best->method; m >= SY_METHOD_FIDO2; m--)
		if (counts_as(server, login, best, (enum sy_method)m, proof))
			return true;
	return false;
}

/* Why nothing that is wanted was proven: where a finger is, that it was none.
 */
static const char *
why_nothing(const struct login *login, const struct proven_best *best)
{
	return best->method < login->facts.asked &&
		login->facts.asked == SY_METHOD_FIDO2_BIO
	    ? "finger-missing"
	    : "not-accepted";
}

/* --- the proof --- */

static void
take_proof(const struct sy_auth_assertion *in, bool look,
    struct verdict_proof *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->agent_nonce, in->agent_nonce, sizeof(ret->agent_nonce));
	memcpy(ret->signature, in->signature, in->signature_len);
	ret->signature_len = in->signature_len;
	memcpy(ret->client_data, in->client_data, in->client_data_len);
	ret->client_data_len = in->client_data_len;
	memcpy(ret->authdata, in->authdata, in->authdata_len);
	ret->authdata_len = in->authdata_len;
	ret->pins_wrong = in->pins_wrong;
	ret->fingers_wrong = in->fingers_wrong;
	ret->says_built_in = in->built_in;
	ret->look = look;
}

/* The key that was shown, whether it is the right one or not. */
static void
take_token(struct login_facts *f, const struct token_row *token)
{
	f->token = token->id;
	f->token_owner = token->owner;
	f->token_is_key = true;
	f->method = f->asked;
	f->origin = (enum sy_origin)token->origin;
	f->spki_len = 0;
	f->pin_tries = 0;
}

/* What was shown before stands in the proofs, or was but looked at. */
static void
forget_token(struct login_facts *f)
{
	f->token = f->token_owner = 0;
	f->token_is_key = false;
}

/* Whose it is, if it is a right one; ${*ret_reason} if not. */
static enum sy_err
recognise(struct server *server, struct login *login,
    const struct sy_auth_assertion *in, struct found *found)
{
	const unsigned int methods = login->methods;
	struct login_facts before;
	enum sy_err err;

	forget_token(&login->facts);
	before = login->facts;
	err = find(ledger_reader(server->ledger), in, found);
	if (err == SY_OK && found->token.id != 0 && before.nameless)
		err = identify(server, login, found);
	if (err == SY_OK && found->token.id != 0)
		err = check_person(server, login, in, found);
	/* It names nobody by being wrong. */
	if (err != SY_OK || found->reason[0] != '\0') {
		login->facts = before;
		login->methods = methods;
	}
	if (err == SY_OK && found->token.id != 0)
		take_token(&login->facts, &found->token);
	return err;
}

/*
 * It is not the person's key, or not what the key signed (${err}). Which of the
 * two, and whether there is such a key at all, is recorded, and told to those
 * alone who can sign with it: the credentials that were shown must not be told
 * from the decoys among them.
 */
static void
refuse(struct exchange *exchange, struct login *login,
    const struct found *found, const struct sy_error *error,
    const struct verdict_proof *proof)
{
	const enum sy_err err = error->code;
	const bool wrong = found->reason[0] != '\0';
	const bool bad = err == SY_ERR_SIGNATURE || err == SY_ERR_DENIED ||
	    err == SY_ERR_FORMAT || err == SY_ERR_LIMIT;
	const struct verdict_denial denial = {
		.action = wrong ? "auth.wrong-card" : "auth.verdict",
		.outcome = wrong || bad ? SY_OUTCOME_DENY : SY_OUTCOME_FAILED,
		.reason = wrong ? found->reason : sy_err_name(err),
		.told = err == SY_OK ? found->reason : sy_err_name(err),
		.place = wrong ? found->why : error->place,
	};

	/* Only the terminal can have made a signature bad; a token is never
	 * held for it. */
	if (bad)
		terminals_bad(exchange->server->terminals,
		    exchange->peer.terminal, server_boottime());
	verdict_deny_as(exchange, login, &denial, proof);
}

static struct sy_proof
proof_by_key(const struct server *server, const struct login_facts *f)
{
	return (struct sy_proof){ .method = SY_METHOD_FIDO2,
		.token = f->token,
		.token_owner = f->person,
		.token_active = true,
		.verified_at = ledger_time(server->ledger),
		.nonce_at = f->nonce_at };
}

static void
add_evidence(struct login_facts *f, const struct login_key *key,
    const struct sy_proof *proof)
{
	f->keys[f->evidence.count] = *key;
	f->evidence.proof[f->evidence.count++] = *proof;
}

/* It signed: what it proves, and what comes next. */
static void
advance(struct exchange *exchange, struct login *login,
    const struct found *found, const struct login_key *key,
    const struct verdict_proof *proof)
{
	struct server *server = exchange->server;
	const struct proven_rules rules = { server->policy->policy,
		metadata_of(server->metadata) };
	struct login_facts *f = &login->facts;
	struct sy_proof counted = proof_by_key(server, f);
	struct proven_best best;
	const char *reason;
	bool stopped;
	enum sy_err err;

	proven_judge(&rules, &found->token, &found->credential, key, &best);
	if (!choose(server, login, &best, &counted)) {
		/* Its counter is looked at all the same. */
		proven_as(&best, best.method, &counted);
		add_evidence(f, key, &counted);
		asserted_record(exchange, login, why_nothing(login, &best),
		    proof);
		return;
	}
	if ((err = login_stopped(server, f, &stopped)) != SY_OK) {
		login_fail(exchange, err, sy_err_text(err), 1);
		return;
	}
	add_evidence(f, key, &counted);
	/* What would be asked for next would be shown in vain. */
	if (stopped || !plan_next(server, login, &reason))
		verdict_decide(exchange, login, proof);
	else
		asserted_record(exchange, login, "", proof);
}

/* --- the look before it --- */

/*
 * Whether a look shows a key that is to be held for its counter. That may stand
 * still: not every key counts what it signs without its person. Where there is
 * no counter the ledger says why.
 */
static enum sy_err
is_behind(struct server *server, const struct login_facts *f,
    const struct login_key *key, bool *ret)
{
	struct key_counter_row counter;
	enum sy_err err;

	err = key_counter_of_token(ledger_reader(server->ledger), f->token,
	    &counter);
	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		return err;
	*ret = err == SY_ERR_NOT_FOUND ||
	    (sy_policy_keys(server->policy->policy)->counter_stops &&
		counter.counter > (int64_t)key->counter);
	return SY_OK;
}

/* There may be a copy, unless the look was kept back: no PIN for it, and what
 * follows is the ledger's. */
static void
stop_copy(struct exchange *exchange, struct login *login,
    const struct login_key *key, const struct verdict_proof *proof)
{
	const struct sy_proof counted =
	    proof_by_key(exchange->server, &login->facts);

	add_evidence(&login->facts, key, &counted);
	asserted_record(exchange, login, sy_err_name(SY_ERR_COUNTER), proof);
}

/* It is the person's key, and from here on they may be asked for its PIN; a
 * look proves nothing else. */
static void
confirm(struct exchange *exchange, struct login *login,
    const struct login_key *key, const struct verdict_proof *proof)
{
	struct server *server = exchange->server;
	bool behind, stopped;
	enum sy_err err;

	if (++login->looks > LOGIN_LOOKS_MAX) {
		verdict_deny(exchange, login, "auth.verdict", SY_OUTCOME_DENY,
		    sy_err_name(SY_ERR_LIMIT), "", proof);
		return;
	}
	if ((err = is_behind(server, &login->facts, key, &behind)) != SY_OK ||
	    (err = login_stopped(server, &login->facts, &stopped)) != SY_OK)
		login_fail(exchange, err, sy_err_text(err), 1);
	else if (behind)
		stop_copy(exchange, login, key, proof);
	else if (stopped)
		verdict_decide(exchange, login, proof);
	else
		answer_ask(exchange, login);
}

/* --- what is taken --- */

/* It was verified, or could not be: go on, or say no. */
static void
conclude(struct asserting *a, struct login *login)
{
	const struct login_key key = { .used = true,
		.flags = a->assertion.flags,
		.has_uvm = a->assertion.has_uvm,
		.uvm = a->assertion.uvm,
		.counter = a->assertion.counter,
		.says_built_in = a->proof.says_built_in };

	if (a->error.code != SY_OK || a->found.reason[0] != '\0')
		refuse(a->exchange, login, &a->found, &a->error, &a->proof);
	else if (login->facts.evidence.count == SY_PROOFS_MAX)
		verdict_deny(a->exchange, login, "auth.verdict",
		    SY_OUTCOME_DENY, "not-accepted", "", &a->proof);
	else if (a->proof.look)
		confirm(a->exchange, login, &key, &a->proof);
	else
		advance(a->exchange, login, &a->found, &key, &a->proof);
	free(a);
}

static void
verified(struct proof_check *check)
{
	struct asserting *a = (struct asserting *)check;
	struct login *login = NULL;

	keys_release(&a->key);
	if (logins_get(a->server->logins, a->txn, &login) != SY_OK) {
		login_fail(a->exchange, SY_ERR_NOT_FOUND,
		    sy_err_text(SY_ERR_NOT_FOUND), 0);
		free(a);
		return;
	}
	login->state = LOGIN_ASSERT;
	a->error.code = check->result;
	/* Whatever it is, where there is no key it is not the key's. */
	if (a->error.code == SY_OK && a->found.token.id == 0)
		a->error.code = SY_ERR_SIGNATURE;
	conclude(a, login);
}

/* From now on nothing else can happen to the login. */
static void
start(struct asserting *a, struct login *login,
    const struct sy_auth_assertion *in)
{
	struct server *server = a->server;

	a->error.code = recognise(server, login, in, &a->found);
	if (a->error.code == SY_OK)
		a->error.code = set_check(a, login);
	if (a->error.code != SY_OK) {
		conclude(a, login);
		return;
	}
	a->check.verify = verify;
	a->check.done = verified;
	login->state = LOGIN_LEDGER;
	proofs_start(server->proofs, &a->check);
}

static void
take(struct exchange *exchange, struct login *login,
    const struct sy_auth_assertion *in, bool look)
{
	struct asserting *a;

	if ((a = calloc(1, sizeof(*a))) == NULL) {
		login_fail(exchange, SY_ERR_NOMEM, sy_err_text(SY_ERR_NOMEM),
		    1);
		return;
	}
	a->server = exchange->server;
	a->exchange = exchange;
	memcpy(a->txn, login->facts.txn, sizeof(a->txn));
	take_proof(in, look, &a->proof);
	/* By a clock that nobody sets; the decision looks at the other. */
	if (server_boottime() - login->facts.nonce_boot <= SY_CHALLENGE_LIFE) {
		start(a, login, in);
		return;
	}
	verdict_deny(exchange, login, "auth.verdict", SY_OUTCOME_DENY,
	    sy_reason_name(SY_REASON_LATE), "", &a->proof);
	free(a);
}

void
login_assertion(struct exchange *exchange, const void *request)
{
	const struct sy_auth_assertion *in = request;
	struct login *login;

	login = login_find(exchange, in->txn, LOGIN_ASSERT);
	if (login != NULL)
		take(exchange, login, in, false);
}

void
login_look(struct exchange *exchange, const void *request)
{
	const struct sy_auth_assertion *in = request;
	struct login *login;

	login = login_find(exchange, in->txn, LOGIN_ASSERT);
	if (login == NULL)
		return;
	/* Nobody types a PIN for a key that has yet to say whose it is, and by
	 * a look it may not say so: it takes no person. */
	if (login->facts.nameless)
		login_refuse_step(exchange, SY_ERR_STATE, "out-of-order");
	else
		take(exchange, login, in, true);
}
