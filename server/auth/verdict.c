/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth/debts.h"
#include "server/auth/evidence.h"
#include "server/auth/knowledge.h"
#include "server/auth/login.h"
#include "server/auth/obligations.h"
#include "server/auth/plan.h"
#include "server/auth/proven.h"
#include "server/identity/absences.h"
#include "server/identity/holds.h"
#include "server/identity/metadata.h"
#include "server/identity/standing.h"
#include "server/job.h"
#include "server/log.h"
#include "server/policy.h"
#include "server/server.h"
#include "server/session/activity.h"
#include "server/store/tables.h"

/* What the ledger thread gets. */
struct decision {
	struct login_facts login;
	struct verdict_proof proof;
	bool has_proof;
	const char *server;
	int64_t epoch;
	struct policy_ref *policy;
	struct metadata_ref *metadata;
	/* A denial that needs no decision. */
	enum sy_outcome outcome;
	const char *reason;
	const char *told; /* what the terminal is told */
	char place[SY_NAME_SIZE];
};

/* What the person knows, as far as it was shown. */
struct knowledge {
	bool used;
	bool good; /* in force, not locked, the one that was right */
	struct password_row password;
	struct lockout_row lockout;
};

struct decided {
	enum sy_verdict verdict;
	enum sy_reason reason;
	unsigned int categories;
	/* What stands in the record, and what the terminal is told. */
	const char *why;
	const char *told;
};

/* The token of a proof as it is now. */
static enum sy_err
read_token(struct row_view *view, int64_t now, struct sy_proof *proof)
{
	struct token_row token;
	enum sy_err err;

	err = row_get(view, &row_type_token, proof->token, &token);
	if (err == SY_ERR_NOT_FOUND) {
		proof->token_active = false;
		proof->token_owner = 0;
		return SY_OK;
	}
	if (err != SY_OK)
		return err;
	proof->token_owner = token.owner;
	proof->method = (enum sy_method)token.method;
	proof->origin = (enum sy_origin)token.origin;
	return token_works(view, &token, now, &proof->token_active);
}

static enum sy_err
read_person(struct row_view *view, const struct sy_policy *policy, int64_t id,
    struct sy_state *state)
{
	struct id_row row;
	enum sy_err err;

	if (id == 0)
		return SY_OK;
	err = row_get(view, &row_type_id, id, &row);
	if (err == SY_ERR_NOT_FOUND)
		return SY_OK;
	if (err != SY_OK)
		return err;
	state->id_known = true;
	state->id = row.id;
	state->id_active = row.state == ID_ACTIVE;
	state->id_valid_from = row.valid_from;
	state->id_valid_to = row.valid_to;
	state->kind = (enum sy_kind)row.kind;
	state->granted = sy_policy_grants(policy, row.login);
	sy_memzero(&row, sizeof(row));
	return id_holds_count(view, id, &state->id_holds);
}

/* The password that was right, as it is now; settles its try. */
static enum sy_err
read_knowledge(struct ledger_tx *tx, struct decision *d,
    const struct sy_state *state, struct knowledge *k)
{
	const struct sy_lockout_policy *policy =
	    sy_policy_lockout(d->policy->policy, state->kind, state->purpose);
	const struct login_facts *f = &d->login;
	const int64_t now = ledger_now(tx);
	bool credited = true;
	enum sy_err err;

	if ((err = lockout_read(ledger_view(tx), f->tries, &k->lockout)) !=
	    SY_OK)
		return err;
	if (f->debit.open)
		credited = lockout_succeed(&k->lockout, policy, d->epoch, now,
		    f->debit.mark);
	else
		lockout_settle(&k->lockout, policy, d->epoch, now);
	err = standing_password_row(ledger_view(tx), f->person, &k->password);
	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		return err;
	k->used = true;
	k->good = err == SY_OK && credited && k->password.id == f->password &&
	    password_in_force(&k->password, now) &&
	    !lockout_is_shut(&k->lockout);
	return SY_OK;
}

static enum sy_err
read_terminal(struct row_view *view, int64_t id, struct sy_state *state)
{
	struct terminal_row row;
	enum sy_err err;

	err = row_get(view, &row_type_terminal, id, &row);
	if (err == SY_ERR_NOT_FOUND)
		return SY_OK;
	if (err != SY_OK)
		return err;
	state->terminal_active = row.state == TERMINAL_JOINED;
	state->zone = (enum sy_zone)row.zone;
	return SY_OK;
}

/* One proof as it is now; ${key} is set for that of a key whose counter was not
 * compared yet, or that does not count. */
static enum sy_err
read_proof(struct ledger_tx *tx, struct decision *d, unsigned int i,
    const struct knowledge *k, struct proven *key)
{
	const struct proven_rules rules = { d->policy->policy,
		metadata_of(d->metadata) };
	struct sy_proof *proof = &d->login.evidence.proof[i];
	struct proven found;
	enum sy_err err;

	if (proof->method == SY_METHOD_PASSWORD) {
		proof->token_active = k->good;
		return SY_OK;
	}
	if (!d->login.keys[i].used)
		return read_token(ledger_view(tx), ledger_now(tx), proof);
	err = proven_read(tx, &rules, &d->login.keys[i], proof, &found);
	if (err == SY_OK && !key->compared &&
	    (found.compared || key->token == 0 || found.why[0] != '\0'))
		*key = found;
	return err;
}

/* Everything that the decision depends on, as this transaction sees it. */
static enum sy_err
read_state(struct ledger_tx *tx, struct decision *d, struct sy_state *ret,
    struct knowledge *k, struct proven *key)
{
	struct row_view *view = ledger_view(tx);
	enum sy_err err;

	memset(ret, 0, sizeof(*ret));
	ret->zone = d->login.zone;
	ret->kind = d->login.kind;
	ret->purpose = d->login.purpose;
	/* The loop hands a login over once: its state says so before this. */
	ret->txn_open = true;
	if ((err = read_person(view, d->policy->policy, d->login.person,
		 ret)) != SY_OK ||
	    (err = read_terminal(view, d->login.terminal, ret)) != SY_OK)
		return err;
	if (login_has(&d->login, SY_METHOD_PASSWORD) &&
	    (err = read_knowledge(tx, d, ret, k)) != SY_OK)
		return err;
	for (unsigned int i = 0; err == SY_OK && i < d->login.evidence.count;
	     i++)
		err = read_proof(tx, d, i, k, key);
	return err;
}

/* --- what is recorded --- */

static void
add_state(const struct sy_state *state, struct facts *facts)
{
	facts_text(facts, "id-state",
	    !state->id_known       ? "unknown"
		: state->id_active ? "active"
				   : "inactive");
	facts_int(facts, "id-holds", state->id_holds);
	facts_int(facts, "id-valid-from", state->id_valid_from);
	facts_int(facts, "id-valid-to", state->id_valid_to);
	facts_text(facts, "terminal-state",
	    state->terminal_active ? "joined" : "inactive");
}

static void
set_support(struct job *job)
{
	struct sy_auth_step *step = job->out;

	(void)snprintf(step->support, sizeof(step->support), "R%" PRIu64,
	    job->seq);
}

/* --- deciding --- */

/* Whether there is such a person, a terminal does not learn from a denial:
 * whoever is nobody is somebody else than the token's owner. */
static const char *
tell(const char *reason)
{
	return strcmp(reason, sy_reason_name(SY_REASON_ID_UNKNOWN)) == 0
	    ? sy_reason_name(SY_REASON_TOKEN_OWNER)
	    : reason;
}

/* Nor does anybody learn how an ID stands who has shown nothing for it. */
static enum sy_reason
reason_told(const struct decision *d, enum sy_reason reason)
{
	if (d->login.evidence.count > 0 || d->login.token != 0)
		return reason;
	switch (reason) {
	case SY_REASON_ID_UNKNOWN:
	case SY_REASON_ID_STATE:
	case SY_REASON_ID_HELD:
	case SY_REASON_ID_DATES:
	case SY_REASON_NO_GRANT:
		return SY_REASON_NO_EVIDENCE;
	default:
		return reason;
	}
}

/* Who wants a new password must know the present one, whatever else the policy
 * lets in with. */
static void
decide(const struct decision *d, const struct sy_state *state,
    const struct knowledge *k, const struct proven *key, int64_t now,
    struct decided *ret)
{
	sy_decide(d->policy->policy, state, &d->login.evidence, now,
	    &ret->verdict, &ret->reason, &ret->categories);
	if (ret->reason == SY_REASON_ALLOWED && d->login.change && !k->good) {
		ret->verdict = SY_DENY;
		ret->reason = SY_REASON_PASSWORD_STATE;
	}
	ret->why = sy_reason_name(ret->reason);
	ret->told = tell(sy_reason_name(reason_told(d, ret->reason)));
	if (ret->reason == SY_REASON_TOKEN_STATE && key->why[0] != '\0') {
		ret->why = key->why;
		ret->told = proven_told(key);
	}
}

static enum sy_err
record(struct ledger_tx *tx, struct job *job, const struct sy_state *state,
    const struct knowledge *k, const struct proven *key,
    const struct decided *decided)
{
	const struct decision *d = job->in;
	const struct sy_policy *policy = d->policy->policy;
	char categories[SY_CATEGORIES_SIZE];
	char password[REFERENCE_SIZE] = "";
	struct facts facts = { .count = 0 };
	struct evidence_device device;
	struct evidence_key judged;
	struct evidence_proofs proofs;

	login_facts_add(&d->login, &facts);
	if (d->has_proof)
		evidence_challenge(d->server, &d->login, &d->proof, &facts);
	evidence_device(&d->login, &d->proof, &device, &facts);
	evidence_key(key, &judged, &facts);
	evidence_proofs(&d->login.evidence, &proofs, &facts);
	add_state(state, &facts);
	if (k->used)
		record_reference("password", k->password.id, password);
	facts_text(&facts, "password", password);
	facts_text(&facts, "change", d->login.change ? "asked" : "");
	sy_categories_name(decided->categories, categories);
	facts_text(&facts, "categories", categories);
	facts_text(&facts, "policy", sy_policy_name(policy));
	facts_bytes(&facts, "policy-digest", sy_policy_digest(policy),
	    SY_DIGEST_SIZE);
	facts_int(&facts, "decided-at", ledger_now(tx));
	return job_audit(tx, job,
	    decided->verdict == SY_ALLOW ? SY_OUTCOME_ALLOW : SY_OUTCOME_DENY,
	    decided->why, &facts);
}

static enum sy_err
run_decide(struct ledger_tx *tx, struct job *job)
{
	struct decision *d = job->in;
	struct sy_auth_step *step = job->out;
	struct knowledge k = { .used = false };
	struct proven key = { .why = "" };
	struct decided decided;
	struct sy_state state;
	enum sy_err err;

	if ((err = read_state(tx, d, &state, &k, &key)) != SY_OK)
		return err;
	decide(d, &state, &k, &key, ledger_now(tx), &decided);
	d->login.zone = state.zone;
	d->login.kind = state.kind;
	d->login.until = k.used ? lockout_until(&k.lockout) : 0;
	if ((err = proven_alarm(tx, job, &d->login, &key)) != SY_OK ||
	    (err = record(tx, job, &state, &k, &key, &decided)) != SY_OK ||
	    (err = proven_settle(tx, &key)) != SY_OK)
		return err;
	if (d->login.debit.open &&
	    (err = lockout_write(tx, &k.lockout)) != SY_OK)
		return err;
	login_deny(&d->login, decided.told, step);
	if (decided.verdict == SY_ALLOW)
		err = obligations(tx, d->policy->policy, &d->login,
		    k.good ? &k.password : NULL, step);
	else if (!d->login.counted)
		err = activity_failed(tx, d->login.person);
	if (err != SY_OK)
		return err;
	if (decided.verdict == SY_ALLOW) {
		(void)snprintf(step->verdict, sizeof(step->verdict), "allow");
		/* By password alone nothing has named the person before. */
		memcpy(step->login, d->login.login, sizeof(step->login));
	}
	set_support(job);
	return SY_OK;
}

/* A device or a server that failed is nobody's failed try, nor is a login that
 * was given up before anything was tried in it. */
static bool
is_failed_try(const struct decision *d)
{
	return !d->login.counted &&
	    (d->outcome == SY_OUTCOME_DENY || d->proof.pins_wrong > 0 ||
		d->login.mistyped);
}

static enum sy_err
run_deny(struct ledger_tx *tx, struct job *job)
{
	struct decision *d = job->in;
	struct facts facts = { .count = 0 };
	struct evidence_device device;
	struct lockout_row lockout;
	enum sy_err err;

	/* What is denied without deciding was not right. */
	if (d->login.debit.open &&
	    (err = debit_read(tx, &d->login, d->policy->policy, d->epoch,
		 DEBIT_WRONG, &lockout)) != SY_OK)
		return err;
	login_facts_add(&d->login, &facts);
	if (d->has_proof && d->proof.signature_len > 0)
		evidence_challenge(d->server, &d->login, &d->proof, &facts);
	evidence_device(&d->login, &d->proof, &device, &facts);
	facts_text(&facts, "place", d->place);
	err = job_audit(tx, job, d->outcome, d->reason, &facts);
	if (err == SY_OK && d->login.debit.open)
		err = lockout_write(tx, &lockout);
	if (err == SY_OK && is_failed_try(d))
		err = activity_failed(tx, d->login.person);
	if (err != SY_OK)
		return err;
	login_deny(&d->login, tell(d->told), job->out);
	set_support(job);
	return SY_OK;
}

/* Keep ${step}, or that the authority failed, for who asks for it again. */
static void
settle(struct server *server, const struct decision *d, struct login *login,
    enum sy_err result, const struct sy_auth_step *step)
{
	struct sy_auth_step failure;

	if (result != SY_OK) {
		login_deny(&d->login, sy_err_name(result), &failure);
		step = &failure;
	}
	login->allowed = strcmp(step->verdict, "allow") == 0;
	/* A terminal without an account gives up before its proof. */
	if (login->allowed)
		absences_over(server->absences, d->login.person,
		    d->login.terminal_name);
	if (step->change[0] == '\0')
		sy_secret_free(&login->present);
	logins_finish(server->logins, &login, step, server_boottime());
}

/* After the commit, or after it failed: then nothing was decided and the
 * answer is a failure of authority. */
static void
done(struct job *job, enum sy_err result)
{
	struct decision *d = job->in;
	struct server *server = job->server;
	struct login *login = NULL;

	policy_ref_drop(&d->policy);
	metadata_ref_drop(&d->metadata);
	if (result != SY_OK)
		debts_add(server, &d->login,
		    d->reason == NULL ? DEBIT_RIGHT : DEBIT_WRONG);
	if (logins_get(server->logins, d->login.txn, &login) == SY_OK) {
		/* A refusal was recorded as such and left no step. */
		if (result == SY_OK)
			result = job->error.code;
		settle(server, d, login, result, job->out);
	}
	job_answer(&job, result);
}

/* Hand the login over; from now on nothing else can happen to it. */
static void
submit(struct exchange *exchange, struct login *login, const char *action,
    job_run run, struct decision *d, const struct verdict_proof *proof)
{
	struct server *server = exchange->server;
	struct sy_error error = { .code = SY_OK };
	struct job *job = NULL;
	struct decision *in;

	d->login = login->facts;
	d->server = server->config.name;
	d->epoch = server->epoch;
	if (proof != NULL) {
		d->proof = *proof;
		d->has_proof = true;
	}
	error.code = job_new(server, exchange, action, d, sizeof(*d), &job);
	if (error.code != SY_OK) {
		debts_add(server, &login->facts,
		    d->reason == NULL ? DEBIT_RIGHT : DEBIT_WRONG);
		logins_remove(server->logins, &login);
		exchange_fail(&exchange, &error, 1);
		return;
	}
	in = job->in;
	in->policy = policy_ref_take(server->policy);
	in->metadata = metadata_ref_take(server->metadata);
	(void)snprintf(job->subject, sizeof(job->subject), "%s",
	    login->facts.subject);
	login->state = LOGIN_LEDGER;
	job->run = run;
	job->done = done;
	job_submit(&job);
}

void
verdict_decide(struct exchange *exchange, struct login *login,
    const struct verdict_proof *proof)
{
	struct decision d = { .policy = NULL };

	submit(exchange, login, "auth.verdict", run_decide, &d, proof);
}

void
verdict_deny_as(struct exchange *exchange, struct login *login,
    const struct verdict_denial *denial, const struct verdict_proof *proof)
{
	struct decision d = { .outcome = denial->outcome,
		.reason = denial->reason,
		.told = denial->told };

	(void)snprintf(d.place, sizeof(d.place), "%s", denial->place);
	submit(exchange, login, denial->action, run_deny, &d, proof);
}

void
verdict_deny(struct exchange *exchange, struct login *login, const char *action,
    enum sy_outcome outcome, const char *reason, const char *place,
    const struct verdict_proof *proof)
{
	const struct verdict_denial denial = { .action = action,
		.outcome = outcome,
		.reason = reason,
		.told = reason,
		.place = place };

	verdict_deny_as(exchange, login, &denial, proof);
}
