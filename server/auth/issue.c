/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A temporary password, issued by an operator on a recorded basis: shown once,
 * good for days, to be changed at the first login. PW-6.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth/hashing.h"
#include "server/auth/knowledge.h"
#include "server/auth/password.h"
#include "server/identity/id_event.h"
#include "server/identity/standing.h"
#include "server/job.h"
#include "server/policy.h"
#include "server/server.h"

#define MICROSECONDS INT64_C(1000000)

struct issue {
	struct server *server;
	struct exchange *exchange;
	struct policy_ref *policy;
	struct sy_user_change request;
	int64_t owner; /* 0: there is no such ID */
	int64_t epoch; /* of this run of the server */
	struct sy_secret *password;
	struct hashing_place *place;
	struct hashing_one hash;
};

static void
issue_free(struct issue **issue)
{
	struct issue *i = *issue;

	if (i == NULL)
		return;
	hashing_release(&i->place);
	sy_secret_free(&i->password);
	policy_ref_drop(&i->policy);
	sy_memzero(i, sizeof(*i));
	free(i);
	*issue = NULL;
}

static void
fail(struct exchange *exchange, enum sy_err code)
{
	struct sy_error error = { .code = SY_OK };

	(void)sy_error_set(&error, code, "", "%s", sy_err_text(code));
	exchange_fail(&exchange, &error, code == SY_ERR_BUSY ? 1 : 0);
}

/* --- on the ledger thread --- */

static enum sy_err
check(struct ledger_tx *tx, struct job *job, const struct issue *i,
    struct id_row *ret)
{
	const char *login = i->request.login;
	enum sy_err err;

	if ((err = id_event_basis(job, i->request.basis)) != SY_OK)
		return err;
	err = row_find(ledger_view(tx), &row_type_id, "login", login,
	    strlen(login), ret);
	if (err == SY_ERR_NOT_FOUND)
		return job_refuse(job, err, "login", "there is no user \"%s\"",
		    login);
	if (err != SY_OK)
		return err;
	record_reference("id", ret->id, job->subject);
	if (ret->state != ID_ACTIVE ||
	    (ret->valid_to != 0 && ret->valid_to <= ledger_now(tx)))
		return job_refuse(job, SY_ERR_STATE, "login",
		    "\"%s\" is not active", login);
	/* An ID of this name that was made meanwhile has another row. */
	if (ret->id != i->owner)
		return job_refuse(job, SY_ERR_STATE, "login",
		    "\"%s\" has just changed: try again", login);
	return SY_OK;
}

/* The one that was in force becomes a former one, so that it does not come
 * back; one that was issued and is random goes. */
static enum sy_err
put_aside(struct ledger_tx *tx, int64_t owner, size_t history)
{
	struct password_row row;
	enum sy_err err;

	err = standing_password_row(ledger_view(tx), owner, &row);
	if (err == SY_OK)
		err = password_retire(tx, &row, history);
	return err == SY_ERR_NOT_FOUND ? SY_OK : err;
}

static enum sy_err
open_lock(struct ledger_tx *tx, int64_t owner, int64_t epoch)
{
	struct lockout_row row;
	enum sy_err err;

	err = lockout_read(ledger_view(tx), owner, &row);
	if (err != SY_OK || row.id == 0)
		return err;
	lockout_cut_off(&row, epoch);
	lockout_reissue(&row);
	return lockout_write(tx, &row);
}

static enum sy_err
store(struct ledger_tx *tx, const struct job *job, const struct issue *i,
    const struct sy_password_policy *policy, int64_t expires)
{
	struct password_row row = { .owner = i->owner,
		.state = PASSWORD_TEMPORARY,
		.created = ledger_now(tx),
		.expires = expires };
	enum sy_err err;

	if ((err = put_aside(tx, i->owner, policy->history)) != SY_OK)
		return err;
	password_take_hash(&row, &i->hash.params, i->hash.salt, i->hash.hash);
	if ((err = row_insert(tx, &row_type_password, &row)) != SY_OK ||
	    (err = open_lock(tx, i->owner, i->epoch)) != SY_OK)
		return err;
	return id_event_write(tx, job, i->owner, i->request.basis);
}

static enum sy_err
run_issue(struct ledger_tx *tx, struct job *job)
{
	const struct issue *i = *(struct issue **)job->in;
	const struct sy_password_policy *policy;
	struct facts facts = { .count = 0 };
	struct sy_code *code = job->out;
	struct id_row id;
	int64_t expires;
	enum sy_err err;

	if ((err = check(tx, job, i, &id)) != SY_OK)
		return err;
	policy = sy_policy_password(i->policy->policy, (enum sy_kind)id.kind);
	sy_memzero(&id, sizeof(id));
	expires = ledger_now(tx) + policy->temporary * MICROSECONDS;
	facts_text(&facts, "login", i->request.login);
	facts_text(&facts, "basis", i->request.basis);
	facts_int(&facts, "expires", expires);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK ||
	    (err = store(tx, job, i, policy, expires)) != SY_OK)
		return err;
	(void)snprintf(code->code, sizeof(code->code), "%.*s",
	    (int)sy_secret_len(i->password),
	    (const char *)sy_secret_bytes(i->password));
	code->expires = expires / MICROSECONDS;
	return SY_OK;
}

/* --- on the loop thread --- */

static void
issued(struct job *job, enum sy_err result)
{
	struct issue *i = *(struct issue **)job->in;

	issue_free(&i);
	job_answer(&job, result);
}

static void
submit(struct issue *i)
{
	struct job *job = NULL;
	enum sy_err err;

	err = job_new(i->server, i->exchange, "user.password-reset", &i,
	    sizeof(i), &job);
	if (err != SY_OK) {
		fail(i->exchange, err);
		issue_free(&i);
		return;
	}
	job->run = run_issue;
	job->done = issued;
	job_submit(&job);
}

static void
hashed(void *ctx, const struct hashing_work *work, enum sy_err result)
{
	struct issue *i = ctx;

	if (result != SY_OK) {
		fail(i->exchange, result);
		issue_free(&i);
		return;
	}
	i->hash = work->one[0];
	submit(i);
}

/* Whose it is must be known before it is hashed: the pepper is bound to it. */
static enum sy_err
find_owner(struct issue *i)
{
	struct row_view *view = ledger_reader(i->server->ledger);
	struct id_row id;
	enum sy_err err;

	err = row_find(view, &row_type_id, "login", i->request.login,
	    strlen(i->request.login), &id);
	if (err == SY_OK)
		i->owner = id.id;
	sy_memzero(&id, sizeof(id));
	return err == SY_ERR_NOT_FOUND ? SY_OK : err;
}

static enum sy_err
prepare(struct issue *i)
{
	enum sy_err err;

	if ((err = find_owner(i)) != SY_OK || i->owner == 0)
		return err;
	if ((err = sy_password_temporary(&i->password)) != SY_OK ||
	    (err = hashing_reserve(i->server->hashing, 0, &i->place)) !=
		SY_OK ||
	    (err = hashing_set(i->place, i->owner, i->password)) != SY_OK)
		return err;
	return hashing_add_new(i->place);
}

void
password_reset(struct exchange *exchange, const void *request)
{
	struct issue *i = calloc(1, sizeof(*i));
	enum sy_err err = SY_ERR_NOMEM;

	if (i != NULL) {
		i->server = exchange->server;
		i->exchange = exchange;
		i->epoch = exchange->server->epoch;
		i->policy = policy_ref_take(exchange->server->policy);
		i->request = *(const struct sy_user_change *)request;
		err = prepare(i);
	}
	if (err != SY_OK) {
		fail(exchange, err);
		issue_free(&i);
	} else if (i->owner == 0) {
		/* Refused there, with a record. */
		submit(i);
	} else {
		hashing_start(&i->place, hashed, i);
	}
}
