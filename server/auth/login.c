/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth/card.h"
#include "server/auth/keys.h"
#include "server/auth/plan.h"
#include "server/auth/proofs.h"
#include "server/auth/unknown.h"
#include "server/auth/verdict.h"
#include "server/identity/absences.h"
#include "server/identity/terminals.h"
#include "server/job.h"
#include "server/log.h"
#include "server/policy.h"
#include "server/server.h"
#include "server/store/tables.h"

/* What a login may be abandoned for. */
static const char *const failures[] = { "credential", "device", "authority",
	"cancelled" };

void
login_fail(struct exchange *exchange, enum sy_err code, const char *text,
    int64_t retry_after)
{
	struct sy_error error = { .code = SY_OK };

	(void)sy_error_set(&error, code, "", "%s", text);
	exchange_fail(&exchange, &error, retry_after);
}

void
login_deny(const struct login_facts *facts, const char *reason,
    struct sy_auth_step *ret)
{
	memset(ret, 0, sizeof(*ret));
	(void)snprintf(ret->txn, sizeof(ret->txn), "%s", facts->txn_hex);
	(void)snprintf(ret->step, sizeof(ret->step), "verdict");
	(void)snprintf(ret->verdict, sizeof(ret->verdict), "deny");
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
	/* Rounded up: nobody comes back too early. */
	ret->until = (facts->until + 999999) / 1000000;
}

void
login_facts_add(const struct login_facts *login, struct facts *facts)
{
	facts_bytes(facts, "txn", login->txn, sizeof(login->txn));
	facts_text(facts, "login", login->login);
	facts_text(facts, "service", login->service);
	facts_text(facts, "purpose", sy_purpose_name(login->purpose));
	facts_text(facts, "zone", sy_zone_name(login->zone));
	facts_text(facts, "kind", sy_kind_name(login->kind));
	facts_text(facts, "tty", login->tty);
	facts_text(facts, "ruser", login->ruser);
	facts_text(facts, "rhost", login->rhost);
}

/* --- begin --- */

/* Names that nobody has share so many rows for their tries, which are locked
 * as those of people are. */
#define SLOTS 4096

static int64_t
slot_of(const uint8_t index[SY_DIGEST_SIZE])
{
	return -1 - (int64_t)(((unsigned int)index[8] << 8 | index[9]) % SLOTS);
}

void
login_is(struct login_facts *facts, const struct id_row *id)
{
	facts->person = id->id;
	facts->tries = id->id;
	facts->kind = (enum sy_kind)id->kind;
	facts->active = id->state == ID_ACTIVE;
	facts->valid_from = id->valid_from;
	facts->valid_to = id->valid_to;
	memcpy(facts->login, id->login, sizeof(facts->login));
	record_reference("id", id->id, facts->subject);
}

/* What is echoed to a terminal that asks for a key, which takes a name in
 * either case; "" if it can be none. */
static void
keep_typed(const char *user, char out[SY_LOGIN_SIZE])
{
	const size_t len = strlen(user);

	if (len >= SY_LOGIN_SIZE)
		return;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(user[i] >= 'A' && user[i] <= 'Z'
			? user[i] - 'A' + 'a'
			: user[i]);
	if (!sy_text_is_login(out))
		sy_memzero(out, SY_LOGIN_SIZE);
}

/*
 * Whose login it is. The look-up and the hash are made for every name, known,
 * unknown or malformed; what was typed is not kept unless it is a login name
 * that we know (people type passwords there).
 */
static enum sy_err
identify(struct server *server, const char *user, struct login *login)
{
	struct row_view *view = ledger_reader(server->ledger);
	struct login_facts *ret = &login->facts;
	uint8_t *index = login->typed_hash, name[UNKNOWN_SIZE];
	struct id_row id;
	enum sy_err err;

	/* The slot is by the index that finds people: one that changed with
	 * the name's key would open what is locked, of those alone who are
	 * nobody. */
	if ((err = unknown_name(server->unknown, user, strlen(user),
		 server_boottime(), name)) != SY_OK ||
	    (err = row_index(view, "id", "login", user, strlen(user), index)) !=
		SY_OK)
		return err;
	keep_typed(user, login->typed);
	(void)snprintf(ret->subject, sizeof(ret->subject), "unknown:");
	sy_text_hex(name, sizeof(name), ret->subject + strlen("unknown:"));
	ret->kind = SY_KIND_STAFF;
	ret->tries = slot_of(index);

	err = row_find(view, &row_type_id, "login", user, strlen(user), &id);
	if (err == SY_ERR_NOT_FOUND) {
		/* As much work as for somebody who is there. */
		row_decoy(view, &row_type_id, "login", user, strlen(user));
		return SY_OK;
	}
	if (err != SY_OK)
		return err;
	login_is(ret, &id);
	sy_memzero(&id, sizeof(id));
	return SY_OK;
}

static enum sy_err
fill(struct exchange *exchange, const struct sy_auth_begin *in,
    struct login *login)
{
	struct login_facts *f = &login->facts;

	memcpy(f->terminal_name, exchange->peer.name, sizeof(f->terminal_name));
	f->zone = (enum sy_zone)exchange->peer.zone;
	memcpy(f->service, in->service, sizeof(f->service));
	memcpy(f->tty, in->tty, sizeof(f->tty));
	memcpy(f->ruser, in->ruser, sizeof(f->ruser));
	memcpy(f->rhost, in->rhost, sizeof(f->rhost));
	f->japanese = strcmp(in->lang, "ja") == 0;
	f->change = in->change;
	f->identify = in->identify && in->user[0] == '\0';
	return identify(exchange->server, in->user, login);
}

/* Whether a login may begin at all now; answers if not. */
static bool
may_begin(struct exchange *exchange)
{
	struct server *server = exchange->server;
	const enum sy_err trouble = ledger_trouble(server->ledger);
	int64_t wait;

	if (server->draining) {
		login_fail(exchange, SY_ERR_BUSY, "the server is stopping", 5);
		return false;
	}
	/* Nobody is asked for a PIN in vain. */
	if (trouble != SY_OK) {
		login_fail(exchange, trouble, sy_err_text(trouble), 5);
		return false;
	}
	wait = terminals_wait(server->terminals, exchange->peer.terminal,
	    server_boottime());
	if (wait > 0) {
		login_fail(exchange, SY_ERR_BUSY,
		    "too many bad signatures from this terminal", wait);
		return false;
	}
	wait = terminals_begin(server->terminals, exchange->peer.terminal,
	    server_boottime());
	if (wait > 0) {
		login_fail(exchange, SY_ERR_BUSY,
		    "too many logins from this terminal", wait);
		return false;
	}
	return true;
}

/* A card in place counts for unlock alone, and only with its PIN. */
static bool
card_in_place(const struct sy_auth_begin *in, enum sy_purpose purpose,
    struct card_shown *ret)
{
	if (purpose != SY_PURPOSE_UNLOCK || in->spki_len == 0 ||
	    !sy_driver_by_name(in->driver, &ret->driver))
		return false;
	ret->method = SY_METHOD_CARD_PIN;
	ret->spki = in->spki;
	ret->spki_len = in->spki_len;
	ret->tries = in->tries;
	ret->more = false;
	return true;
}

void
login_begin(struct exchange *exchange, const void *request)
{
	const struct sy_auth_begin *in = request;
	struct server *server = exchange->server;
	struct login *login = NULL;
	struct card_shown shown;
	struct sy_auth_step step;
	enum sy_purpose purpose;
	enum sy_err err;

	if (!sy_purpose_by_name(in->purpose, &purpose) ||
	    !sy_text_is_service(in->service)) {
		login_fail(exchange, SY_ERR_FORMAT,
		    "purpose or service is not a known name", 0);
		return;
	}
	if (in->user[0] == '\0' && !in->identify) {
		login_fail(exchange, SY_ERR_FORMAT, "user is missing", 0);
		return;
	}
	if (!may_begin(exchange))
		return;
	err = logins_begin(server->logins, exchange->peer.terminal,
	    server_boottime(), &login);
	if (err == SY_OK) {
		login->facts.purpose = purpose;
		err = fill(exchange, in, login);
	}
	if (err != SY_OK) {
		if (login != NULL)
			logins_remove(server->logins, &login);
		login_fail(exchange, err, sy_err_text(err), 1);
		return;
	}
	if (!plan_first(server, login)) {
		verdict_decide(exchange, login, NULL);
		return;
	}
	if (card_in_place(in, purpose, &shown)) {
		card_show(exchange, login, &shown);
		return;
	}
	login_present(server, login, &step);
	exchange_reply(&exchange, &step);
}

/* --- the steps after it --- */

struct refusal {
	const char *reason;
	unsigned int left_out; /* like it, not recorded for their number */
};

static enum sy_err
run_refused(struct ledger_tx *tx, struct job *job)
{
	const struct refusal *refusal = job->in;
	struct facts facts = { .count = 0 };

	if (refusal->left_out > 0)
		facts_int(&facts, "left-out", refusal->left_out);
	return job_audit(tx, job, SY_OUTCOME_DENY, refusal->reason, &facts);
}

/* Refuse a step that fits no login, and record that it came. ${reason} is a
 * string constant; the terminal is told no more than ${code}. */
void
login_refuse_step(struct exchange *exchange, enum sy_err code,
    const char *reason)
{
	struct server *server = exchange->server;
	struct refusal refusal = { .reason = reason };
	struct job *job = NULL;

	if (terminals_may_record(server->terminals, exchange->peer.terminal,
		server_boottime(), &refusal.left_out) &&
	    job_new(server, exchange, "auth.refused", &refusal, sizeof(refusal),
		&job) == SY_OK) {
		job->run = run_refused;
		(void)sy_error_set(&job->error, code, "txn", "%s",
		    sy_err_text(code));
		job_submit(&job);
		return;
	}
	login_fail(exchange, code, sy_err_text(code), 0);
}

/*
 * The login that a step names, in ${state}. NULL: answered. A step that comes
 * twice, late, out of order or from another terminal is recorded. A card may
 * be shown again before its proof (it was taken out and put back, or the nonce
 * got old), and a key asked for again: the nonce of the first time is void
 * then.
 */
struct login *
login_find(struct exchange *exchange, const char *txn, enum login_state state)
{
	struct server *server = exchange->server;
	struct login *login = NULL;
	bool again;
	enum sy_err err;

	err = logins_find(server->logins, txn, server_boottime(), &login);
	again = err == SY_OK && state == LOGIN_PRESENT &&
	    (login->state == LOGIN_PROOF || login->state == LOGIN_ASSERT);
	if (err == SY_ERR_FORMAT)
		login_fail(exchange, err, "txn is not a transaction's id", 0);
	else if (err != SY_OK)
		login_refuse_step(exchange, SY_ERR_NOT_FOUND,
		    "no-such-transaction");
	else if (login->facts.terminal != exchange->peer.terminal)
		login_refuse_step(exchange, SY_ERR_NOT_FOUND, "other-terminal");
	else if (login->state != state && !again)
		login_refuse_step(exchange, SY_ERR_STATE,
		    login->state == LOGIN_LEDGER || login->state == LOGIN_DONE
			? "answered-already"
			: "out-of-order");
	else
		return login;
	return NULL;
}

void
login_card(struct exchange *exchange, const void *request)
{
	const struct sy_auth_card *in = request;
	struct card_shown shown = {
		.spki = in->spki,
		.spki_len = in->spki_len,
		.tries = in->tries,
		.more = in->more,
	};
	struct login *login;

	if (!sy_driver_by_name(in->driver, &shown.driver) ||
	    !sy_method_by_name(in->method, &shown.method)) {
		login_fail(exchange, SY_ERR_FORMAT,
		    "driver or method is not a known name", 0);
		return;
	}
	login = login_find(exchange, in->txn, LOGIN_PRESENT);
	if (login == NULL)
		return;
	login->state = LOGIN_PRESENT;
	card_show(exchange, login, &shown);
}

/* A proof whose signature is being verified: the login is nobody else's. */
struct proving {
	struct proof_check check; /* the first member, see proved */
	uint8_t digest[SY_HASH_SIZE_MAX];
	size_t digest_len;
	struct server *server;
	struct exchange *exchange;
	struct keys_entry *key;
	uint8_t txn[SY_TXN_SIZE];
	struct verdict_proof proof;
};

static enum sy_err
verify(struct proof_check *check)
{
	const struct proving *p = (struct proving *)check;

	return sy_key_verify(check->key, p->digest, p->digest_len,
	    p->proof.signature, p->proof.signature_len);
}

/* What the card must have signed: this very challenge. */
static enum sy_err
set_check(struct proving *p, const struct login_facts *f)
{
	struct server *server = p->server;
	struct sy_challenge challenge = { .server = server->config.name,
		.terminal = f->terminal_name,
		.login = f->login,
		.service = f->service,
		.purpose = sy_purpose_name(f->purpose) };
	enum sy_err err;

	memcpy(challenge.txn, f->txn, sizeof(challenge.txn));
	memcpy(challenge.server_nonce, f->nonce, sizeof(f->nonce));
	memcpy(challenge.agent_nonce, p->proof.agent_nonce,
	    sizeof(challenge.agent_nonce));
	if ((err = keys_hold(server->keys, f->token, f->spki, f->spki_len,
		 &p->key)) != SY_OK)
		return err;
	p->check.key = keys_key(p->key);
	return sy_challenge_digest(&challenge,
	    sy_key_alg_hash(sy_key_alg(p->check.key)), p->digest,
	    &p->digest_len);
}

/* The proof counts: one piece of evidence more. The token's state is read
 * again in the ledger. */
static enum sy_err
add_evidence(struct login_facts *f, int64_t now)
{
	struct sy_evidence *e = &f->evidence;

	if (e->count == SY_PROOFS_MAX)
		return SY_ERR_LIMIT;
	e->proof[e->count++] = (struct sy_proof){
		.method = f->method,
		.origin = f->origin,
		.grade = SY_GRADE_NONE,
		.token = f->token,
		.token_owner = f->person,
		.token_active = true,
		.verified_at = now,
		.nonce_at = f->nonce_at,
	};
	return SY_OK;
}

static void
judge(struct exchange *exchange, struct login *login,
    const struct verdict_proof *proof, enum sy_err err)
{
	struct server *server = exchange->server;

	if (err == SY_OK)
		err = add_evidence(&login->facts, ledger_time(server->ledger));
	if (err == SY_OK) {
		plan_advance(exchange, login, proof);
		return;
	}
	/* Only the terminal can have made a signature bad; a token is never
	 * held for it. */
	if (err == SY_ERR_SIGNATURE)
		terminals_bad(server->terminals, exchange->peer.terminal,
		    server_boottime());
	verdict_deny(exchange, login, "auth.verdict",
	    err == SY_ERR_SIGNATURE ? SY_OUTCOME_DENY : SY_OUTCOME_FAILED,
	    sy_err_name(err), "", proof);
}

static void
proved(struct proof_check *check)
{
	struct proving *p = (struct proving *)check;
	struct login *login = NULL;

	keys_release(&p->key);
	if (logins_get(p->server->logins, p->txn, &login) != SY_OK) {
		login_fail(p->exchange, SY_ERR_NOT_FOUND,
		    sy_err_text(SY_ERR_NOT_FOUND), 0);
	} else {
		login->state = LOGIN_PROOF;
		judge(p->exchange, login, &p->proof, check->result);
	}
	free(p);
}

/* From now on nothing else can happen to the login. */
static void
prove(struct exchange *exchange, struct login *login,
    const struct verdict_proof *proof)
{
	struct proving *p = calloc(1, sizeof(*p));
	enum sy_err err = SY_ERR_NOMEM;

	if (p != NULL) {
		p->check.verify = verify;
		p->check.done = proved;
		p->server = exchange->server;
		p->exchange = exchange;
		memcpy(p->txn, login->facts.txn, sizeof(p->txn));
		p->proof = *proof;
		err = set_check(p, &login->facts);
	}
	if (err == SY_OK) {
		login->state = LOGIN_LEDGER;
		proofs_start(p->server->proofs, &p->check);
		return;
	}
	if (p != NULL)
		keys_release(&p->key);
	free(p);
	judge(exchange, login, proof, err);
}

void
login_proof(struct exchange *exchange, const void *request)
{
	const struct sy_auth_proof *in = request;
	struct verdict_proof proof = { .pins_wrong = in->pins_wrong };
	struct login *login;

	login = login_find(exchange, in->txn, LOGIN_PROOF);
	if (login == NULL)
		return;
	memcpy(proof.agent_nonce, in->agent_nonce, sizeof(proof.agent_nonce));
	memcpy(proof.signature, in->signature, in->signature_len);
	proof.signature_len = in->signature_len;

	/* By a clock that nobody sets; the decision looks at the other. */
	if (server_boottime() - login->facts.nonce_boot > SY_CHALLENGE_LIFE)
		verdict_deny(exchange, login, "auth.verdict", SY_OUTCOME_DENY,
		    sy_reason_name(SY_REASON_LATE), "", &proof);
	else
		prove(exchange, login, &proof);
}

/* The stable spelling of a failure or error that a terminal named, or NULL. */
static const char *
known_failure(const char *name)
{
	for (size_t i = 0; i < SY_COUNT(failures); i++)
		if (strcmp(failures[i], name) == 0)
			return failures[i];
	return NULL;
}

void
login_abandon(struct exchange *exchange, const void *request)
{
	const struct sy_auth_abandon *in = request;
	const char *failure = known_failure(in->failure);
	struct verdict_proof proof = { .pins_wrong = in->pins_wrong };
	struct server *server = exchange->server;
	struct login *login = NULL;
	enum sy_err reason;

	if (failure == NULL || !sy_err_by_name(in->reason, &reason)) {
		login_fail(exchange, SY_ERR_FORMAT,
		    "failure or reason is not a known name", 0);
		return;
	}
	if (logins_find(server->logins, in->txn, server_boottime(), &login) !=
		SY_OK ||
	    login->facts.terminal != exchange->peer.terminal ||
	    (login->state != LOGIN_PRESENT && login->state != LOGIN_PROOF &&
		login->state != LOGIN_ASSERT)) {
		login_fail(exchange, SY_ERR_NOT_FOUND, "no such login is open",
		    0);
		return;
	}
	if (reason == SY_ERR_NOT_FOUND && strcmp(in->place, "account") == 0)
		absences_note(server->absences, login->facts.person,
		    login->facts.terminal_name, server_now());
	verdict_deny(exchange, login, "auth.abandoned",
	    failure == failures[0] ? SY_OUTCOME_DENY : SY_OUTCOME_FAILED,
	    sy_err_name(reason), in->place, &proof);
}

void
login_fetch(struct exchange *exchange, const void *request)
{
	const struct sy_auth_fetch *in = request;
	struct login *login = NULL;
	struct sy_auth_step step;

	if (logins_find(exchange->server->logins, in->txn, server_boottime(),
		&login) != SY_OK ||
	    login->facts.terminal != exchange->peer.terminal) {
		login_fail(exchange, SY_ERR_NOT_FOUND, "no such login", 0);
		return;
	}
	switch (login->state) {
	case LOGIN_LEDGER:
		login_fail(exchange, SY_ERR_BUSY, "not decided yet", 1);
		break;
	case LOGIN_PROOF:
	case LOGIN_ASSERT:
		login_fail(exchange, SY_ERR_STATE, "no verdict was asked for",
		    0);
		break;
	case LOGIN_PRESENT:
		/* What was posted led on to something else, or never came. */
		login_present(exchange->server, login, &step);
		exchange_reply(&exchange, &step);
		break;
	case LOGIN_DONE:
		exchange_reply(&exchange, login->step);
		break;
	}
}
