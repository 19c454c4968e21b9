/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/identity.h"

#include <stdio.h>
#include <string.h>

#include "server/auth/lockout.h"
#include "server/identity/dates.h"
#include "server/identity/id_event.h"
#include "server/identity/standing.h"
#include "server/job.h"
#include "server/server.h"
#include "server/store/tables.h"

#define MICROSECONDS INT64_C(1000000)

/* An operation on an ID, in the ledger's hands. */
struct change {
	struct ledger_tx *tx;
	struct job *job;
	const char *login, *basis;
	const char *named;              /* suspend, resume: the source */
	const struct sy_user_dates *in; /* dates */
	enum hold_source source;        /* suspend, resume */
	struct id_row row;
	struct standing standing;
};

static const char *
login_of(const struct change *c)
{
	return c->row.login;
}

/* --- holds --- */

/* Suspend and resume say whose hold it is; the help desk's if not said. */
static enum sy_err
read_source(struct change *c)
{
	if (c->named[0] == '\0') {
		c->source = HOLD_OPERATOR;
		return SY_OK;
	}
	if (hold_source_by_name(c->named, &c->source))
		return SY_OK;
	return job_refuse(c->job, SY_ERR_FORMAT, "source",
	    "a source is operator, violation, loss or emergency");
}

static enum sy_err
check_suspend(struct change *c)
{
	enum sy_err err;

	if ((err = read_source(c)) != SY_OK)
		return err;
	if (id_holds_of(&c->standing.holds, c->source) == NULL)
		return SY_OK;
	return job_refuse(c->job, SY_ERR_STATE, "source",
	    "\"%s\" is suspended by %s already", login_of(c),
	    hold_source_name(c->source));
}

static enum sy_err
apply_suspend(struct change *c)
{
	struct hold_row hold = { .owner = c->row.id,
		.source = c->source,
		.since = ledger_now(c->tx) };

	(void)snprintf(hold.reason, sizeof(hold.reason), "%s", c->basis);
	return row_insert(c->tx, &row_type_hold, &hold);
}

/* A source lifts only its own: coming back from leave does not lift the
 * suspension for a violation. */
static enum sy_err
check_resume(struct change *c)
{
	char names[SY_NAME_SIZE];
	enum sy_err err;

	if ((err = read_source(c)) != SY_OK)
		return err;
	if (id_holds_of(&c->standing.holds, c->source) != NULL)
		return SY_OK;
	id_holds_names(&c->standing.holds, names, sizeof(names));
	if (names[0] == '\0')
		return job_refuse(c->job, SY_ERR_STATE, "login",
		    "\"%s\" is not suspended", login_of(c));
	return job_refuse(c->job, SY_ERR_STATE, "source",
	    "\"%s\" is not suspended by %s, but by: %s", login_of(c),
	    hold_source_name(c->source), names);
}

static enum sy_err
apply_resume(struct change *c)
{
	return row_delete(c->tx, &row_type_hold,
	    id_holds_of(&c->standing.holds, c->source)->id);
}

/* --- its dates (ID-5) --- */

/* What the dates will be, in microseconds: what is not said stays. */
static int64_t
new_from(const struct change *c)
{
	return c->in->valid_from != 0 ? c->in->valid_from * MICROSECONDS
				      : c->row.valid_from;
}

static int64_t
new_to(const struct change *c)
{
	if (c->in->no_end)
		return 0;
	return c->in->valid_to != 0 ? c->in->valid_to * MICROSECONDS
				    : c->row.valid_to;
}

static enum sy_err
check_new_dates(struct change *c)
{
	if (c->in->no_end && c->in->valid_to != 0)
		return job_refuse(c->job, SY_ERR_FORMAT, "valid_to",
		    "an end and no end can't be had together");
	if (new_from(c) == c->row.valid_from && new_to(c) == c->row.valid_to)
		return job_refuse(c->job, SY_ERR_STATE, "valid_to",
		    "\"%s\" has these dates already", login_of(c));
	return dates_check(c->job, new_from(c) / MICROSECONDS,
	    new_to(c) / MICROSECONDS, (enum sy_kind)c->row.kind);
}

static enum sy_err
apply_dates(struct change *c)
{
	const int64_t from = new_from(c), to = new_to(c);

	c->row.valid_from = from;
	c->row.valid_to = to;
	return row_update(c->tx, &row_type_id, &c->row);
}

/* The former ones too: the row keeps only the new. */
static void
add_dates(const struct change *c, struct facts *facts)
{
	facts_int(facts, "former-valid-from", c->row.valid_from / MICROSECONDS);
	facts_int(facts, "former-valid-to", c->row.valid_to / MICROSECONDS);
	facts_int(facts, "valid-from", new_from(c) / MICROSECONDS);
	facts_int(facts, "valid-to", new_to(c) / MICROSECONDS);
}

/* --- the end of an ID --- */

static enum sy_err
check_nothing(struct change *c)
{
	(void)c;
	return SY_OK;
}

/* Cards and password stay as they are: nothing of a disabled ID works. The
 * person may be registered anew, with the same staff number. */
static enum sy_err
apply_disable(struct change *c)
{
	c->row.state = ID_DISABLED;
	memset(c->row.person, 0, sizeof(c->row.person));
	memset(c->row.staff, 0, sizeof(c->row.staff));
	return row_update(c->tx, &row_type_id, &c->row);
}

/* --- the password --- */

static enum sy_err
check_compromised(struct change *c)
{
	if (c->standing.password.id == 0)
		return job_refuse(c->job, SY_ERR_STATE, "login",
		    "\"%s\" has no password", login_of(c));
	if (c->standing.password.state == PASSWORD_COMPROMISED)
		return job_refuse(c->job, SY_ERR_STATE, "login",
		    "the password of \"%s\" is stopped already", login_of(c));
	return SY_OK;
}

static enum sy_err
apply_compromised(struct change *c)
{
	struct password_row row;
	enum sy_err err;

	err = standing_password_row(ledger_view(c->tx), c->row.id, &row);
	if (err == SY_OK) {
		row.state = PASSWORD_COMPROMISED;
		err = row_update(c->tx, &row_type_password, &row);
	}
	sy_memzero(&row, sizeof(row));
	return err;
}

/* --- the lock of a password (LOCK-3) --- */

/* The row as the next try would find it; the epoch is set before any job. */
static struct lockout_row
lockout_now(const struct change *c)
{
	struct lockout_row row = c->standing.lockout;

	lockout_cut_off(&row, c->job->server->epoch);
	return row;
}

static enum sy_err
check_unlock(struct change *c)
{
	struct lockout_row row = lockout_now(c);

	if (row.id == 0 ||
	    (row.state == LOCKOUT_OPEN && row.failed == row.forgiven))
		return job_refuse(c->job, SY_ERR_STATE, "login",
		    "nothing is locked, and no try of \"%s\" has failed",
		    login_of(c));
	if (!lockout_unlock(&row))
		return job_refuse(c->job, SY_ERR_STATE, "login",
		    "the password of \"%s\" is disabled: it has to be issued "
		    "anew",
		    login_of(c));
	return SY_OK;
}

static enum sy_err
apply_unlock(struct change *c)
{
	struct lockout_row row = lockout_now(c);

	if (!lockout_unlock(&row))
		return SY_ERR_INTERNAL;
	return row_update(c->tx, &row_type_lockout, &row);
}

/* --- what is the same for all --- */

static const struct operation {
	const char *action;
	bool of_disabled; /* works on a disabled ID too */
	enum sy_err (*check)(struct change *c);
	enum sy_err (*apply)(struct change *c);
} operations[] = {
	{ "user.suspend", false, check_suspend, apply_suspend },
	{ "user.resume", false, check_resume, apply_resume },
	{ "user.dates", false, check_new_dates, apply_dates },
	{ "user.disable", false, check_nothing, apply_disable },
	{ "user.unlock", false, check_unlock, apply_unlock },
	{ "user.password-compromised", true, check_compromised,
	    apply_compromised },
};

static const struct operation *
operation_of(const struct job *job)
{
	for (size_t i = 0; i < SY_COUNT(operations); i++)
		if (strcmp(operations[i].action, job->action) == 0)
			return &operations[i];
	return NULL;
}

static enum sy_err
find(struct change *c)
{
	struct row_view *view = ledger_view(c->tx);
	const char *login = c->login;
	enum sy_err err;

	err = row_find(view, &row_type_id, "login", login, strlen(login),
	    &c->row);
	if (err == SY_ERR_NOT_FOUND)
		return job_refuse(c->job, err, "login",
		    "there is no user \"%s\"", login);
	if (err != SY_OK)
		return err;
	record_reference("id", c->row.id, c->job->subject);
	return standing_read(view, c->row.id, &c->standing);
}

static enum sy_err
check(struct change *c, const struct operation *op)
{
	enum sy_err err;

	if ((err = id_event_basis(c->job, c->basis)) != SY_OK ||
	    (err = find(c)) != SY_OK)
		return err;
	if (c->row.state == ID_DISABLED && !op->of_disabled)
		return job_refuse(c->job, SY_ERR_STATE, "login",
		    "\"%s\" is disabled; that is final", login_of(c));
	return op->check(c);
}

static enum sy_err
record(struct change *c)
{
	struct facts facts = { .count = 0 };

	facts_text(&facts, "login", c->row.login);
	facts_text(&facts, "basis", c->basis);
	/* From then on the record alone tells whose it was. */
	if (strcmp(c->job->action, "user.disable") == 0)
		facts_text(&facts, "staff", c->row.staff);
	if (c->source != 0)
		facts_text(&facts, "source", hold_source_name(c->source));
	if (c->in != NULL)
		add_dates(c, &facts);
	return job_audit(c->tx, c->job, SY_OUTCOME_DONE, "", &facts);
}

static enum sy_err
answer(struct change *c)
{
	enum sy_err err;

	err = standing_read(ledger_view(c->tx), c->row.id, &c->standing);
	if (err == SY_OK)
		standing_user(&c->row, &c->standing, ledger_now(c->tx),
		    c->job->out);
	return err;
}

static enum sy_err
run(struct change *c)
{
	const struct operation *op = operation_of(c->job);
	enum sy_err err;

	if (op == NULL)
		return SY_ERR_INTERNAL;
	if ((err = check(c, op)) == SY_OK && (err = record(c)) == SY_OK &&
	    (err = op->apply(c)) == SY_OK &&
	    (err = id_event_write(c->tx, c->job, c->row.id, c->basis)) == SY_OK)
		err = answer(c);
	sy_memzero(&c->row, sizeof(c->row));
	return err;
}

static enum sy_err
run_change(struct ledger_tx *tx, struct job *job)
{
	const struct sy_user_change *in = job->in;
	struct change c = { .tx = tx,
		.job = job,
		.login = in->login,
		.basis = in->basis,
		.named = in->source };

	return run(&c);
}

static enum sy_err
run_dates(struct ledger_tx *tx, struct job *job)
{
	const struct sy_user_dates *in = job->in;
	struct change c = { .tx = tx,
		.job = job,
		.login = in->login,
		.basis = in->basis,
		.in = in };

	return run(&c);
}

void
user_suspend(struct exchange *exchange, const void *request)
{
	job_start(exchange, "user.suspend", request, run_change, NULL);
}

void
user_resume(struct exchange *exchange, const void *request)
{
	job_start(exchange, "user.resume", request, run_change, NULL);
}

void
user_dates(struct exchange *exchange, const void *request)
{
	job_start(exchange, "user.dates", request, run_dates, NULL);
}

void
user_disable(struct exchange *exchange, const void *request)
{
	job_start(exchange, "user.disable", request, run_change, NULL);
}

void
user_unlock(struct exchange *exchange, const void *request)
{
	job_start(exchange, "user.unlock", request, run_change, NULL);
}

void
user_password_compromised(struct exchange *exchange, const void *request)
{
	job_start(exchange, "user.password-compromised", request, run_change,
	    NULL);
}
