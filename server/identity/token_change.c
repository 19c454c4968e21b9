/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens are suspended and resumed, lost and revoked. */
#include <stdio.h>
#include <string.h>

#include "server/identity/credential.h"
#include "server/identity/identity.h"
#include "server/identity/metadata.h"
#include "server/identity/token.h"
#include "server/job.h"
#include "server/server.h"

/* What an operator can lift: his own, and that of a key which may have a
 * copy, once he has looked at it. */
struct holds {
	int64_t operators; /* rows; 0: there is none */
	int64_t cloned;
};

static enum sy_err
collect_hold(void *ctx, const void *row)
{
	const struct hold_row *hold = row;
	struct holds *holds = ctx;

	if (hold->source == HOLD_OPERATOR)
		holds->operators = hold->id;
	else if (hold->source == HOLD_CLONED)
		holds->cloned = hold->id;
	return SY_OK;
}

static const char *
names_of(const struct holds *holds)
{
	if (holds->operators != 0 && holds->cloned != 0)
		return "operator cloned";
	return holds->cloned != 0 ? "cloned" : "operator";
}

static enum sy_err
suspend(struct ledger_tx *tx, const struct token_row *row, const char *basis)
{
	struct hold_row hold = { .token = row->id,
		.source = HOLD_OPERATOR,
		.since = ledger_now(tx) };

	(void)snprintf(hold.reason, sizeof(hold.reason), "%s", basis);
	return row_insert(tx, &row_type_hold, &hold);
}

/* What a change is: the same checks and the same record for all. */
struct change {
	const char *action;
	enum token_state ends_as; /* 0: the token goes on */
	bool wants_hold;          /* is there to be lifted */
	bool refuses_hold;        /* must not be there yet */
};

static const struct change changes[] = {
	{ "token.suspend", 0, false, true },
	{ "token.resume", 0, true, false },
	{ "token.lost", TOKEN_LOST, false, false },
	{ "token.revoke", TOKEN_REVOKED, false, false },
};

static const struct change *
change_of(const struct job *job)
{
	for (size_t i = 0; i < SY_COUNT(changes); i++)
		if (strcmp(changes[i].action, job->action) == 0)
			return &changes[i];
	return NULL;
}

static enum sy_err
check_change(struct job *job, const struct change *change,
    const struct token_row *row, const struct holds *holds)
{
	const struct sy_token_change *in = job->in;

	if (in->basis[0] == '\0')
		return job_refuse(job, SY_ERR_FORMAT, "basis",
		    "say on what basis");
	if (row->state != TOKEN_ACTIVE)
		return job_refuse(job, SY_ERR_STATE, "token",
		    "token %lld has ended; that is final", (long long)row->id);
	if (change->refuses_hold && holds->operators != 0)
		return job_refuse(job, SY_ERR_STATE, "token",
		    "token %lld is suspended already", (long long)row->id);
	if (change->wants_hold && holds->operators == 0 && holds->cloned == 0)
		return job_refuse(job, SY_ERR_STATE, "token",
		    "token %lld is not suspended", (long long)row->id);
	return SY_OK;
}

/* The key's counter counts anew: what its copy has shown is not its own. */
static enum sy_err
forget_counter(struct ledger_tx *tx, int64_t token)
{
	struct key_counter_row row;
	enum sy_err err;

	err = key_counter_of_token(ledger_view(tx), token, &row);
	if (err != SY_OK)
		return err == SY_ERR_NOT_FOUND ? SY_OK : err;
	row.counter = 0;
	row.changed = ledger_now(tx);
	return row_update(tx, &row_type_key_counter, &row);
}

static enum sy_err
lift(struct ledger_tx *tx, int64_t token, const struct holds *holds)
{
	enum sy_err err = SY_OK;

	if (holds->operators != 0)
		err = row_delete(tx, &row_type_hold, holds->operators);
	if (err == SY_OK && holds->cloned != 0)
		err = row_delete(tx, &row_type_hold, holds->cloned);
	if (err == SY_OK && holds->cloned != 0)
		err = forget_counter(tx, token);
	return err;
}

static enum sy_err
apply_change(struct ledger_tx *tx, struct job *job, const struct change *change,
    struct token_row *row, const struct holds *holds)
{
	const struct sy_token_change *in = job->in;

	if (change->ends_as != 0) {
		row->state = change->ends_as;
		return row_update(tx, &row_type_token, row);
	}
	if (change->refuses_hold)
		return suspend(tx, row, in->basis);
	return change->wants_hold ? lift(tx, row->id, holds) : SY_OK;
}

static enum sy_err
run_change(struct ledger_tx *tx, struct job *job)
{
	const struct change *change = change_of(job);
	const struct sy_token_change *in = job->in;
	struct row_view *view = ledger_view(tx);
	char owner[REFERENCE_SIZE];
	struct facts facts = { .count = 0 };
	struct holds holds = { .operators = 0 };
	struct token_row row;
	enum sy_err err;

	if (change == NULL)
		return SY_ERR_INTERNAL;
	record_reference("token", in->token, job->subject);
	if ((err = token_get(view, in->token, &row, &job->error)) != SY_OK ||
	    (err = row_walk(view, &row_type_hold, "token", row.id, collect_hold,
		 &holds)) != SY_OK ||
	    (err = check_change(job, change, &row, &holds)) != SY_OK)
		return err;
	record_reference("id", row.owner, owner);
	facts_text(&facts, "owner", owner);
	facts_text(&facts, "basis", in->basis);
	facts_text(&facts, "lifted",
	    change->wants_hold ? names_of(&holds) : "");
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK ||
	    (err = apply_change(tx, job, change, &row, &holds)) != SY_OK)
		return err;
	return token_message(view, &row, ledger_now(tx), job->out);
}

static void
done_change(struct job *job, enum sy_err result)
{
	if (result == SY_OK && job->error.code == SY_OK)
		token_name(metadata_of(job->server->metadata), job->out);
	job_answer(&job, result);
}

void
token_suspend(struct exchange *exchange, const void *request)
{
	job_start(exchange, "token.suspend", request, run_change, done_change);
}

void
token_resume(struct exchange *exchange, const void *request)
{
	job_start(exchange, "token.resume", request, run_change, done_change);
}

void
token_lost(struct exchange *exchange, const void *request)
{
	job_start(exchange, "token.lost", request, run_change, done_change);
}

void
token_revoke(struct exchange *exchange, const void *request)
{
	job_start(exchange, "token.revoke", request, run_change, done_change);
}
