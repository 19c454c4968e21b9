/* SPDX-License-Identifier: Apache-2.0 */
#include "server/session/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth/logins.h"
#include "server/identity/absences.h"
#include "server/identity/metadata.h"
#include "server/identity/terminals.h"
#include "server/job.h"
#include "server/policy.h"
#include "server/server.h"
#include "server/session/activity.h"
#include "server/session/gate.h"

/* What the ledger thread gets. */
struct opening {
	struct sy_session_open request;
	struct session_row row;   /* without owner, for what it finds */
	struct login_facts login; /* of the transaction, zeroed if unknown */
	const char *why;          /* against it already, or NULL */
	unsigned int left_out;    /* like it, not recorded for their number */
	int64_t most;             /* open sessions of a terminal */
	struct policy_ref *policy;
	struct metadata_ref *metadata;
};

static void
deny(struct sy_session_step *step, const char *why)
{
	memset(step, 0, sizeof(*step));
	(void)snprintf(step->verdict, sizeof(step->verdict), "deny");
	(void)snprintf(step->reason, sizeof(step->reason), "%s", why);
}

/* --- judging --- */

/* An account of his own; another only where he may become one. */
static bool
account_is_his(const struct opening *o)
{
	const struct login_facts *f = &o->login;

	if (strcmp(o->request.account, f->login) == 0)
		return true;
	return f->person != 0 && f->purpose == SY_PURPOSE_PRIVILEGED &&
	    sy_policy_grants(o->policy->policy, f->login);
}

/* Whose session it will be. An account of [unattended] may be a person's too,
 * and what stops him stops his jobs. 0: nobody's. */
static enum sy_err
find_person(struct row_view *view, const struct login_facts *f, int64_t *ret)
{
	struct id_row row;
	enum sy_err err;

	*ret = f->person;
	if (f->person != 0)
		return SY_OK;
	err = row_find(view, &row_type_id, "login", f->login, strlen(f->login),
	    &row);
	if (err == SY_OK)
		*ret = row.id;
	sy_memzero(&row, sizeof(row));
	return err == SY_ERR_NOT_FOUND ? SY_OK : err;
}

/* Nobody fills the database with sessions. */
static enum sy_err
judge_number(struct row_view *view, const struct opening *o,
    const char **ret_why)
{
	int64_t count;
	enum sy_err err;

	if ((err = row_count_listed(view, &row_type_session, "terminal",
		 o->row.terminal, &count)) != SY_OK)
		return err;
	if (count >= o->most)
		*ret_why = "too-many-sessions";
	return SY_OK;
}

/* ${ret_why} NULL: everything was read, and nothing stands against it. */
static enum sy_err
judge(struct ledger_tx *tx, const struct opening *o, const char **ret_why)
{
	const struct proven_rules rules = { o->policy->policy,
		metadata_of(o->metadata) };
	struct row_view *view = ledger_view(tx);
	const struct login_facts *f = &o->login;
	struct id_row row;
	int64_t person;
	enum sy_err err;

	*ret_why = o->why;
	if (*ret_why != NULL)
		return SY_OK;
	err = gate_terminal(view, o->row.terminal, ret_why);
	if (err != SY_OK || *ret_why != NULL ||
	    (err = find_person(view, f, &person)) != SY_OK)
		return err;
	if (person != 0) {
		err = gate_person(view, person, ledger_now(tx), &row, ret_why);
		sy_memzero(&row, sizeof(row));
		if (err != SY_OK || *ret_why != NULL)
			return err;
		err = gate_evidence(view, person, ledger_now(tx), &rules,
		    &f->evidence, ret_why);
		if (err != SY_OK || *ret_why != NULL)
			return err;
	}
	if (!account_is_his(o)) {
		*ret_why = "account";
		return SY_OK;
	}
	return judge_number(view, o, ret_why);
}

/* --- the ledger's request --- */

static void
add_facts(const struct opening *o, struct facts *facts)
{
	const struct sy_session_open *in = &o->request;

	facts_bytes(facts, "txn", o->row.txn, o->row.txn_len);
	facts_text(facts, "login", o->login.login);
	facts_text(facts, "account", in->account);
	facts_text(facts, "service", in->service);
	if (o->row.purpose != 0)
		facts_text(facts, "purpose",
		    sy_purpose_name((enum sy_purpose)o->row.purpose));
	facts_text(facts, "tty", in->tty);
	facts_text(facts, "rhost", in->rhost);
	facts_bytes(facts, "boot", o->row.boot, o->row.boot_len);
	if (o->left_out > 0)
		facts_int(facts, "left-out", o->left_out);
}

/* The answer was lost and is asked for again: the same session. */
static enum sy_err
find_open(struct row_view *view, const struct opening *o,
    struct sy_session_step *step, const char **ret_why)
{
	struct session_row row;
	enum sy_err err;

	err = row_find(view, &row_type_session, "txn", o->row.txn,
	    o->row.txn_len, &row);
	if (err != SY_OK)
		return err;
	if (row.terminal != o->row.terminal ||
	    memcmp(row.boot, o->row.boot, sizeof(row.boot)) != 0 ||
	    strcmp(row.account, o->row.account) != 0 ||
	    strcmp(row.service, o->row.service) != 0) {
		*ret_why = sy_reason_name(SY_REASON_TXN_USED);
		return SY_OK;
	}
	deny(step, "session");
	(void)snprintf(step->verdict, sizeof(step->verdict), "allow");
	step->session = row.id;
	return SY_OK;
}

static enum sy_err
insert(struct ledger_tx *tx, struct opening *o)
{
	struct session_row *row = &o->row;
	enum sy_err err;

	row->owner = o->login.person;
	row->opened = ledger_now(tx);
	if ((err = row_insert(tx, &row_type_session, row)) != SY_OK)
		return err;
	return session_is_sitting(row, o->login.login)
	    ? activity_login(tx, row->owner, o->login.terminal_name)
	    : SY_OK;
}

static enum sy_err
run_open(struct ledger_tx *tx, struct job *job)
{
	struct sy_session_step *step = job->out;
	struct opening *o = job->in;
	struct facts facts = { .count = 0 };
	const char *why = NULL;
	enum sy_err err;

	err = find_open(ledger_view(tx), o, step, &why);
	if (err == SY_OK && step->session != 0)
		return SY_OK;
	if (err == SY_ERR_NOT_FOUND)
		err = judge(tx, o, &why);
	if (err != SY_OK)
		return err;
	add_facts(o, &facts);
	if ((err = job_audit(tx, job,
		 why == NULL ? SY_OUTCOME_ALLOW : SY_OUTCOME_DENY,
		 why == NULL ? "" : why, &facts)) != SY_OK)
		return err;
	deny(step, why == NULL ? "" : why);
	(void)snprintf(step->support, sizeof(step->support), "R%" PRIu64,
	    job->seq);
	if (why != NULL)
		return SY_OK;
	if ((err = insert(tx, o)) != SY_OK)
		return err;
	(void)snprintf(step->verdict, sizeof(step->verdict), "allow");
	step->session = o->row.id;
	return SY_OK;
}

static void
done_open(struct job *job, enum sy_err result)
{
	struct opening *o = job->in;
	const struct sy_session_step *step = job->out;
	struct login *login = NULL;

	policy_ref_drop(&o->policy);
	metadata_ref_drop(&o->metadata);
	if (result == SY_OK && step->session != 0 &&
	    logins_get(job->server->logins, o->row.txn, &login) == SY_OK)
		login->used = true;
	if (result == SY_OK && step->session != 0)
		absences_over(job->server->absences, o->login.person,
		    job->terminal);
	job_answer(&job, result);
}

/* --- the request --- */

static void
fail(struct exchange *exchange, enum sy_err code, const char *place,
    const char *text)
{
	struct sy_error error = { .code = SY_OK };

	(void)sy_error_set(&error, code, place, "%s", text);
	exchange_fail(&exchange, &error, exchange_status(code) == 503 ? 1 : 0);
}

/* What was allowed for one service and purpose opens no session of another: a
 * screen that was unlocked, or a password that was changed, opens none. */
static const char *
other_use(const struct sy_session_open *in, const struct login_facts *f)
{
	if (strcmp(in->service, f->service) != 0)
		return "service";
	return f->purpose == SY_PURPOSE_UNLOCK || f->change ? "purpose" : NULL;
}

/* What is known of the transaction; the ledger judges the rest. */
static void
take_login(struct exchange *exchange, struct opening *o)
{
	struct server *server = exchange->server;
	struct login *login = NULL;

	if (logins_find(server->logins, o->request.txn, server_boottime(),
		&login) != SY_OK ||
	    login->facts.terminal != exchange->peer.terminal) {
		o->why = "no-transaction";
		return;
	}
	o->login = login->facts;
	o->row.purpose = login->facts.purpose;
	if (login->state != LOGIN_DONE || !login->allowed ||
	    ++login->opens > LOGIN_OPENS_MAX)
		o->why = "no-transaction";
	else if (login->used)
		o->why = sy_reason_name(SY_REASON_TXN_USED);
	else if (login_must_change(login))
		o->why = "change-pending";
	else
		o->why = other_use(&o->request, &o->login);
}

enum sy_err
session_boot_bytes(const char *hex, uint8_t ret[SY_TXN_SIZE])
{
	return sy_text_unhex(hex, ret, SY_TXN_SIZE);
}

static enum sy_err
fill(struct exchange *exchange, struct opening *o, const char **ret_place)
{
	const struct sy_session_open *in = &o->request;
	struct session_row *row = &o->row;
	enum sy_err err;

	*ret_place = "txn";
	if ((err = sy_text_unhex(in->txn, row->txn, sizeof(row->txn))) != SY_OK)
		return err;
	*ret_place = "boot";
	if ((err = session_boot_bytes(in->boot, row->boot)) != SY_OK)
		return err;
	*ret_place = "service";
	if (!sy_text_is_service(in->service))
		return SY_ERR_FORMAT;
	row->txn_len = sizeof(row->txn);
	row->boot_len = sizeof(row->boot);
	row->terminal = exchange->peer.terminal;
	memcpy(row->account, in->account, sizeof(row->account));
	memcpy(row->service, in->service, sizeof(row->service));
	memcpy(row->tty, in->tty, sizeof(row->tty));
	take_login(exchange, o);
	return SY_OK;
}

void
session_open(struct exchange *exchange, const void *request)
{
	struct server *server = exchange->server;
	struct opening o = {
		.request = *(const struct sy_session_open *)request,
		.most = server->config.terminal_sessions,
	};
	struct sy_session_step step;
	const char *place;
	struct opening *in;
	struct job *job = NULL;
	enum sy_err err;

	if ((err = fill(exchange, &o, &place)) != SY_OK) {
		fail(exchange, err, place, sy_err_text(err));
		return;
	}
	if (o.why != NULL &&
	    !terminals_may_record(server->terminals, exchange->peer.terminal,
		server_boottime(), &o.left_out)) {
		deny(&step, o.why);
		exchange_reply(&exchange, &step);
		return;
	}
	if ((err = job_new(server, exchange, "session.open", &o, sizeof(o),
		 &job)) != SY_OK) {
		fail(exchange, err, "", sy_err_text(err));
		return;
	}
	in = job->in;
	in->policy = policy_ref_take(server->policy);
	in->metadata = metadata_ref_take(server->metadata);
	(void)snprintf(job->subject, sizeof(job->subject), "%s",
	    o.login.subject[0] != '\0' ? o.login.subject : o.login.login);
	job->run = run_open;
	job->done = done_open;
	job_submit(&job);
}
