/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A try of a password: when its turn has come a place among the hashes is
 * reserved, the try is debited durably, only then it is verified, and what
 * became of it is settled with the next record. Who does not exist or has no
 * password takes the same way, with a slot for the tries and a hash that
 * nothing equals.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth/debts.h"
#include "server/auth/hashing.h"
#include "server/auth/knowledge.h"
#include "server/auth/line.h"
#include "server/auth/login.h"
#include "server/auth/plan.h"
#include "server/auth/rehash.h"
#include "server/identity/standing.h"
#include "server/identity/terminals.h"
#include "server/job.h"
#include "server/policy.h"
#include "server/server.h"

/* Tries that are left are told when they are as few as this. */
#define LEFT_TOLD 2

struct attempt {
	struct server *server;
	struct exchange *exchange;
	struct login_facts login;
	struct policy_ref *policy;
	int64_t epoch;
	struct sy_secret *typed; /* in normal form */
	bool malformed;          /* nothing can equal it */
	uint16_t guise;          /* number of the name, see guise.h */
	struct hashing_place *place;
	int64_t begun; /* microseconds of the boot clock */
	bool alone;    /* no device was shown: the terminal was debited too */
	bool wrong;    /* verified, and not the password */
	/* As debited. */
	enum lockout_answer answer;
	struct password_row password; /* id 0: there is none */
	/* As settled. */
	enum debit_end end;
	unsigned int left;
	bool shut;
};

static void
attempt_free(struct attempt **attempt)
{
	struct attempt *t = *attempt;

	if (t == NULL)
		return;
	if (t->alone)
		terminals_tried(t->server->terminals, t->login.terminal,
		    t->wrong, server_boottime());
	hashing_release(&t->place);
	sy_secret_free(&t->typed);
	policy_ref_drop(&t->policy);
	sy_memzero(t, sizeof(*t));
	free(t);
	*attempt = NULL;
}

/* Answer with a failure; the login stays as it was. */
static void
give_up(struct attempt *t, enum sy_err err)
{
	struct login *login = NULL;
	int64_t wait = exchange_status(err) == 503 ? 1 : 0;

	if (logins_get(t->server->logins, t->login.txn, &login) == SY_OK) {
		login->state = LOGIN_PRESENT;
		if (wait > 0)
			wait = line_again(t->server, login, wait);
	}
	login_fail(t->exchange, err, sy_err_text(err), wait);
	attempt_free(&t);
}

/* The login and the exchange of a try that goes on; frees the try. NULL: the
 * login is gone, answered. */
static struct login *
take_back(struct attempt *t, struct exchange **ret_exchange)
{
	struct login *login = NULL;

	if (logins_get(t->server->logins, t->login.txn, &login) != SY_OK) {
		login_fail(t->exchange, SY_ERR_NOT_FOUND,
		    sy_err_text(SY_ERR_NOT_FOUND), 0);
		attempt_free(&t);
		return NULL;
	}
	*ret_exchange = t->exchange;
	login->facts = t->login;
	login->state = LOGIN_PRESENT;
	attempt_free(&t);
	return login;
}

/* --- what became of it --- */

static enum sy_err
run_settle(struct ledger_tx *tx, struct job *job)
{
	struct attempt *t = *(struct attempt **)job->in;
	struct lockout_row row;
	enum sy_err err;

	err = debit_settle(tx, job, &t->login, t->policy->policy, t->epoch,
	    t->end, &row);
	if (err != SY_OK)
		return err;
	t->shut = lockout_is_shut(&row);
	t->left = lockout_left(&row,
	    sy_policy_lockout(t->policy->policy, t->login.kind,
		t->login.purpose));
	t->login.until = lockout_until(&row);
	return SY_OK;
}

static void
answer_wrong(struct attempt *t)
{
	const unsigned int left = t->left;
	struct exchange *exchange = NULL;
	struct login *login;
	struct sy_auth_step step;
	const bool shut = t->shut;

	if ((login = take_back(t, &exchange)) == NULL)
		return;
	if (shut) {
		verdict_deny(exchange, login, "auth.verdict", SY_OUTCOME_DENY,
		    sy_reason_name(SY_REASON_PASSWORD_STATE), "", NULL);
		return;
	}
	login_present(exchange->server, login, &step);
	step.wrong = true;
	step.left = left <= LEFT_TOLD ? left : 0;
	exchange_reply(&exchange, &step);
}

static void
answer_right(struct attempt *t)
{
	struct exchange *exchange = NULL;
	struct login *login;

	if ((login = take_back(t, &exchange)) != NULL)
		plan_advance(exchange, login, NULL);
}

static void
settled(struct job *job, enum sy_err result)
{
	struct attempt *t = *(struct attempt **)job->in;

	t->exchange = job->exchange;
	job->exchange = NULL;
	if (result == SY_OK)
		result = job->error.code;
	job_free(&job);
	if (result != SY_OK) {
		debts_add(t->server, &t->login, t->end);
		t->login.debit.open = false;
		give_up(t, result);
		return;
	}
	t->login.debit.open = false;
	switch (t->end) {
	case DEBIT_WRONG:
		t->login.mistyped = true;
		answer_wrong(t);
		break;
	case DEBIT_RIGHT:
		answer_right(t);
		break;
	case DEBIT_UNKNOWN:
		give_up(t, SY_ERR_BUSY);
		break;
	}
}

static void
settle(struct attempt *t, enum debit_end end)
{
	struct job *job = NULL;

	t->end = end;
	t->wrong = end == DEBIT_WRONG;
	if (job_new(t->server, t->exchange, "auth.tried", &t, sizeof(t),
		&job) != SY_OK) {
		debts_add(t->server, &t->login, end);
		give_up(t, SY_ERR_NOMEM);
		return;
	}
	(void)snprintf(job->subject, sizeof(job->subject), "%s",
	    t->login.subject);
	job->run = run_settle;
	job->done = settled;
	job_submit(&job);
}

/* --- verified --- */

/* The password counts: one piece of evidence more, whose state is read again
 * in the ledger. */
static enum sy_err
add_evidence(struct login_facts *f, int64_t now, int64_t password)
{
	struct sy_evidence *e = &f->evidence;

	if (e->count == SY_PROOFS_MAX)
		return SY_ERR_LIMIT;
	e->proof[e->count++] = (struct sy_proof){
		.method = SY_METHOD_PASSWORD,
		.origin = SY_ORIGIN_UNPROVEN,
		.grade = SY_GRADE_NONE,
		.token_active = true,
		.verified_at = now,
		.nonce_at = now,
	};
	f->password = password;
	return SY_OK;
}

/* Whether something is asked for after this right password. The login stays as
 * it was: what the ledger has not settled counts for nothing. */
static bool
goes_on(struct attempt *t, struct login *login)
{
	const struct login_facts facts = login->facts;
	const unsigned int methods = login->methods, reserve = login->reserve;
	const char *reason;

	login->facts = t->login;
	if (!plan_next(t->server, login, &reason))
		return false;
	login->facts = facts;
	login->methods = methods;
	login->reserve = reserve;
	return true;
}

/* The try is settled in the verdict's own transaction if it leads to one. */
static void
succeed(struct attempt *t)
{
	struct login *login = NULL;

	if (logins_get(t->server->logins, t->login.txn, &login) != SY_OK ||
	    add_evidence(&t->login, ledger_time(t->server->ledger),
		t->password.id) != SY_OK) {
		settle(t, DEBIT_RIGHT);
		return;
	}
	rehash_if_due(t->server, t->login.terminal, &t->password, t->typed);
	sy_secret_free(&login->present);
	login->present = t->typed;
	t->typed = NULL;
	if (goes_on(t, login)) {
		settle(t, DEBIT_RIGHT);
		return;
	}
	verdict_decide(t->exchange, login, NULL);
	attempt_free(&t);
}

/* A temporary password whose time is over is as good as none; whose it is, and
 * that it is over, is told to those who have proven possession. */
static void
refuse_late(struct attempt *t)
{
	struct login *login = NULL;

	if (!login_has_device(&t->login) ||
	    logins_get(t->server->logins, t->login.txn, &login) != SY_OK) {
		settle(t, DEBIT_WRONG);
		return;
	}
	login->facts = t->login;
	verdict_deny(t->exchange, login, "auth.verdict", SY_OUTCOME_DENY,
	    sy_reason_name(SY_REASON_PASSWORD_STATE), "", NULL);
	attempt_free(&t);
}

/* The time among the hashes is none of the person's. */
static void
count_wait(struct attempt *t)
{
	struct login *login = NULL;

	(void)!logins_get(t->server->logins, t->login.txn, &login);
	line_done(t->server, login, t->begun, t->begun);
	if (login != NULL)
		t->login.evidence = login->facts.evidence;
}

static void
hashed(void *ctx, const struct hashing_work *work, enum sy_err result)
{
	struct attempt *t = ctx;
	const struct password_row *row = &t->password;
	bool equal;

	count_wait(t);
	if (result != SY_OK) {
		settle(t, DEBIT_UNKNOWN);
		return;
	}
	/* Whatever it is, the same is compared. */
	equal = sy_memequal(work->one[0].hash, row->hash, sizeof(row->hash));
	if (!equal || t->malformed || row->id == 0 ||
	    row->state == PASSWORD_COMPROMISED)
		settle(t, DEBIT_WRONG);
	else if (!password_in_force(row, ledger_time(t->server->ledger)))
		refuse_late(t);
	else
		succeed(t);
}

/* --- debited --- */

static enum sy_err
start_hash(struct attempt *t)
{
	struct hashing_work *work = hashing_work(t->place);
	const struct password_row *row = &t->password;
	struct server *server = t->server;
	enum sy_err err;

	guises_count(&server->guises, ledger_reader(server->ledger),
	    server_boottime());
	err = hashing_set(t->place, t->login.tries, t->typed);
	if (err == SY_OK)
		err = hashing_add_new(t->place);
	if (err != SY_OK)
		return err;
	if (row->id != 0)
		hashing_as_stored(work, 0, row);
	else
		guises_pick(&server->guises, t->guise, &work->one[0].params);
	hashing_even(t->place);
	return SY_OK;
}

static void
refuse_locked(struct attempt *t)
{
	struct exchange *exchange = NULL;
	struct login *login;

	if ((login = take_back(t, &exchange)) != NULL)
		verdict_deny(exchange, login, "auth.verdict", SY_OUTCOME_DENY,
		    sy_reason_name(SY_REASON_PASSWORD_STATE), "", NULL);
}

static void
debited(struct job *job, enum sy_err result)
{
	struct attempt *t = *(struct attempt **)job->in;

	t->exchange = job->exchange;
	job->exchange = NULL;
	if (result == SY_OK)
		result = job->error.code;
	job_free(&job);
	if (result != SY_OK) {
		give_up(t, result);
		return;
	}
	if (t->answer == LOCKOUT_SHUT) {
		refuse_locked(t);
		return;
	}
	if (start_hash(t) != SY_OK) {
		settle(t, DEBIT_UNKNOWN);
		return;
	}
	hashing_start(&t->place, hashed, t);
}

static enum sy_err
run_debit(struct ledger_tx *tx, struct job *job)
{
	struct attempt *t = *(struct attempt **)job->in;
	const struct sy_lockout_policy *policy =
	    sy_policy_lockout(t->policy->policy, t->login.kind,
		t->login.purpose);
	struct row_view *view = ledger_view(tx);
	struct facts facts = { .count = 0 };
	struct lockout_row row;
	bool shut;
	enum sy_err err;

	if ((err = lockout_read(view, t->login.tries, &row)) != SY_OK)
		return err;
	/* The same for a slot, where it finds nothing. */
	err = standing_password_row(view, t->login.tries, &t->password);
	if (err == SY_ERR_NOT_FOUND)
		row_decoy_at(view, &row_type_password,
		    (uint32_t)-t->login.tries);
	else if (err != SY_OK)
		return err;
	lockout_forget(&row, ledger_now(tx));
	t->answer = lockout_begin(&row, policy, t->epoch, ledger_now(tx),
	    &t->login.debit.mark);
	if (t->answer == LOCKOUT_BUSY)
		return SY_ERR_BUSY;
	shut = t->answer == LOCKOUT_SHUT;
	t->login.debit.open = !shut;
	t->login.until = lockout_until(&row);
	login_facts_add(&t->login, &facts);
	err = job_audit(tx, job, shut ? SY_OUTCOME_DENY : SY_OUTCOME_DONE,
	    shut ? sy_reason_name(SY_REASON_PASSWORD_STATE) : "", &facts);
	return err != SY_OK ? err : lockout_write(tx, &row);
}

/* --- begun --- */

/* What is typed in normal form. What has none is tried all the same: it costs
 * a try, as any other that is wrong. */
static enum sy_err
take_typed(struct attempt *t, const struct sy_auth_password *in)
{
	enum sy_err err;

	err = password_typed(in->password, in->password_len, &t->typed);
	if (err == SY_OK || err == SY_ERR_NOMEM)
		return err;
	t->malformed = true;
	if ((err = sy_secret_new(1, &t->typed)) != SY_OK)
		return err;
	return sy_secret_append(t->typed, "?", 1);
}

static enum sy_err
attempt_new(struct exchange *exchange, const struct login *login,
    const struct sy_auth_password *in, struct attempt **ret_attempt)
{
	struct server *server = exchange->server;
	SY_AUTO(attempt_free) struct attempt *t = calloc(1, sizeof(*t));
	enum sy_err err;

	if (t == NULL)
		return SY_ERR_NOMEM;
	t->server = server;
	t->begun = server_boottime_us();
	t->login = login->facts;
	/* The index's first bytes choose slots and decoys. */
	t->guise =
	    (uint16_t)(login->typed_hash[10] << 8 | login->typed_hash[11]);
	t->epoch = server->epoch;
	t->policy = policy_ref_take(server->policy);
	if ((err = take_typed(t, in)) != SY_OK ||
	    (err = hashing_reserve(server->hashing, exchange->peer.terminal,
		 &t->place)) != SY_OK)
		return err;
	*ret_attempt = t;
	t = NULL;
	return SY_OK;
}

/* Seconds that this try must wait: who has shown no device shares the
 * terminal's limit with others who have not. 0: debited there. */
static int64_t
delay(struct attempt *t)
{
	int64_t wait;

	if (login_has_device(&t->login))
		return 0;
	wait = terminals_try(t->server->terminals, t->login.terminal,
	    server_boottime());
	t->alone = wait == 0;
	return wait;
}

void
login_password(struct exchange *exchange, const void *request)
{
	const struct sy_auth_password *in = request;
	struct login *login;
	struct job *job = NULL;
	struct attempt *t = NULL;
	int64_t wait;
	enum sy_err err;

	if ((login = login_find(exchange, in->txn, LOGIN_PRESENT)) == NULL)
		return;
	/* Who is to show a device first has no password to try. Where either
	 * will do, a key may have been asked for. */
	if ((login->state != LOGIN_PRESENT && login->state != LOGIN_ASSERT) ||
	    (login->methods & (1u << SY_METHOD_PASSWORD)) == 0) {
		login_refuse_step(exchange, SY_ERR_STATE, "out-of-order");
		return;
	}
	if (!line_may(exchange->server, login)) {
		line_busy(exchange, login);
		return;
	}
	err = attempt_new(exchange, login, in, &t);
	if (err == SY_ERR_BUSY) {
		line_busy(exchange, login);
		return;
	}
	turn_leave(&login->turn);
	if (err == SY_OK && (wait = delay(t)) > 0) {
		attempt_free(&t);
		login_fail(exchange, SY_ERR_BUSY,
		    "too many wrong passwords at this terminal", wait);
		return;
	}
	if (err == SY_OK)
		err = job_new(exchange->server, exchange, "auth.try", &t,
		    sizeof(t), &job);
	if (err != SY_OK) {
		attempt_free(&t);
		login_fail(exchange, err, sy_err_text(err), 1);
		return;
	}
	(void)snprintf(job->subject, sizeof(job->subject), "%s",
	    login->facts.subject);
	login->state = LOGIN_LEDGER;
	job->run = run_debit;
	job->done = debited;
	job_submit(&job);
}
