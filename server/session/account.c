/* SPDX-License-Identifier: Apache-2.0 */
#include "server/session/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth/logins.h"
#include "server/identity/terminals.h"
#include "server/job.h"
#include "server/policy.h"
#include "server/server.h"
#include "server/session/gate.h"

/*
 * An account phase without a login: a service lets somebody go on whom it did
 * not have authenticated by us. What each one needs is the table below; what is
 * not in it is denied, so is an ssh key.
 */
enum ground {
	GROUND_NONE = 0,
	GROUND_SESSION = 1,    /* the person has an open session here */
	GROUND_UNATTENDED = 2, /* the policy's [unattended] names it */
};

static const char *const ground_names[] = { "", "session", "unattended" };

static const struct {
	const char *service; /* NULL: any */
	enum sy_purpose purpose;
	unsigned int grounds; /* each of them is enough */
} services[] = {
	/* A cached timestamp. The person needs a grant besides. */
	{ NULL, SY_PURPOSE_PRIVILEGED, GROUND_SESSION },
	{ "systemd-user", SY_PURPOSE_LOGIN,
	    GROUND_SESSION | GROUND_UNATTENDED },
	/* Who sits there now says nothing of a job that was left behind. */
	{ "cron", SY_PURPOSE_LOGIN, GROUND_UNATTENDED },
	{ "crond", SY_PURPOSE_LOGIN, GROUND_UNATTENDED },
	{ "atd", SY_PURPOSE_LOGIN, GROUND_UNATTENDED },
};

/* What the ledger thread gets; ${login} it fills in. */
struct asking {
	struct sy_account request;
	struct login_facts login;
	uint8_t boot[SY_TXN_SIZE];
	unsigned int grounds; /* of the service, none: it is not in the table */
	struct policy_ref *policy;
};

bool
session_is_sitting(const struct session_row *session, const char *login)
{
	if (session->owner == 0 || strcmp(session->account, login) != 0 ||
	    (session->purpose != SY_PURPOSE_LOGIN &&
		session->purpose != SY_PURPOSE_REMOTE))
		return false;
	for (size_t i = 0; i < SY_COUNT(services); i++)
		if (services[i].service != NULL &&
		    strcmp(services[i].service, session->service) == 0)
			return false;
	return true;
}

static void
look_up(struct asking *a)
{
	for (size_t i = 0; i < SY_COUNT(services); i++) {
		const char *service = services[i].service;

		if (services[i].purpose != a->login.purpose ||
		    (service != NULL &&
			strcmp(service, a->request.service) != 0))
			continue;
		a->grounds = services[i].grounds;
		return;
	}
}

/* --- judging --- */

static const char no_session[] = "no-session";
static const char not_unattended[] = "not-unattended";

struct search {
	const char *login;
	int64_t terminal;
	const uint8_t *boot;
	bool found;
};

static enum sy_err
is_here(void *ctx, const void *row)
{
	const struct session_row *session = row;
	struct search *s = ctx;

	/* What a job or a manager left open proves nobody. */
	if (session->terminal == s->terminal &&
	    session_is_sitting(session, s->login) &&
	    session->boot_len == SY_TXN_SIZE &&
	    memcmp(session->boot, s->boot, SY_TXN_SIZE) == 0)
		s->found = true;
	return SY_OK;
}

/* What stands against the person going on from a session that is open. */
static enum sy_err
judge_person(struct ledger_tx *tx, struct asking *a, const char **ret_why)
{
	struct row_view *view = ledger_view(tx);
	struct search search = { a->login.login, a->login.terminal, a->boot,
		false };
	struct id_row row;
	enum sy_err err;

	err = gate_person(view, a->login.person, ledger_now(tx), &row, ret_why);
	a->login.kind = (enum sy_kind)row.kind;
	sy_memzero(&row, sizeof(row));
	if (err != SY_OK || *ret_why != NULL)
		return err;
	if ((a->grounds & GROUND_SESSION) == 0) {
		*ret_why = not_unattended;
		return SY_OK;
	}
	err = row_walk(view, &row_type_session, "owner", a->login.person,
	    is_here, &search);
	if (err != SY_OK)
		return err;
	if (!search.found)
		*ret_why = no_session;
	else if (a->login.purpose == SY_PURPOSE_PRIVILEGED &&
	    !sy_policy_grants(a->policy->policy, a->login.login))
		*ret_why = sy_reason_name(SY_REASON_NO_GRANT);
	return SY_OK;
}

/* Whose account it is. */
static enum sy_err
find_person(struct row_view *view, struct asking *a)
{
	const char *user = a->request.user;
	struct id_row row;
	enum sy_err err;

	err = row_find(view, &row_type_id, "login", user, strlen(user), &row);
	if (err == SY_OK) {
		a->login.person = row.id;
		memcpy(a->login.login, row.login, sizeof(a->login.login));
		record_reference("id", row.id, a->login.subject);
	}
	sy_memzero(&row, sizeof(row));
	return err == SY_ERR_NOT_FOUND ? SY_OK : err;
}

/* Whether ${why} is nothing against the account itself, and it may go on
 * without a person. */
static bool
is_unattended(const struct asking *a, const char *why)
{
	return (a->grounds & GROUND_UNATTENDED) != 0 &&
	    (a->login.person == 0 || why == no_session ||
		why == not_unattended) &&
	    strlen(a->request.user) < sizeof(a->login.login) &&
	    sy_policy_is_unattended(a->policy->policy, a->request.user);
}

/* ${ret_ground} is what it goes on, GROUND_NONE unless everything was read and
 * nothing stands against it. */
static enum sy_err
judge(struct ledger_tx *tx, struct asking *a, enum ground *ret_ground,
    const char **ret_why)
{
	struct row_view *view = ledger_view(tx);
	enum sy_err err;

	*ret_ground = GROUND_NONE;
	*ret_why = NULL;
	if ((err = gate_terminal(view, a->login.terminal, ret_why)) != SY_OK ||
	    *ret_why != NULL || (err = find_person(view, a)) != SY_OK)
		return err;
	if (a->grounds == 0) {
		*ret_why = "no-login";
		return SY_OK;
	}
	if (a->login.person == 0)
		*ret_why = sy_reason_name(SY_REASON_ID_UNKNOWN);
	else if ((err = judge_person(tx, a, ret_why)) != SY_OK)
		return err;
	if (*ret_why == NULL) {
		*ret_ground = GROUND_SESSION;
	} else if (is_unattended(a, *ret_why)) {
		/* Nobody's session: it proves nothing of a person. */
		a->login.person = 0;
		*ret_ground = GROUND_UNATTENDED;
	}
	return SY_OK;
}

/* --- the ledger's request --- */

static void
add_facts(const struct asking *a, struct facts *facts)
{
	const struct sy_account *in = &a->request;

	facts_bytes(facts, "txn", a->login.txn, sizeof(a->login.txn));
	facts_text(facts, "login", a->login.login);
	facts_text(facts, "service", in->service);
	facts_text(facts, "purpose", sy_purpose_name(a->login.purpose));
	facts_text(facts, "zone", sy_zone_name(a->login.zone));
	facts_text(facts, "tty", in->tty);
	facts_text(facts, "ruser", in->ruser);
	facts_text(facts, "rhost", in->rhost);
	facts_text(facts, "policy", sy_policy_name(a->policy->policy));
	facts_bytes(facts, "policy-digest", sy_policy_digest(a->policy->policy),
	    SY_DIGEST_SIZE);
}

static enum sy_err
run_account(struct ledger_tx *tx, struct job *job)
{
	struct asking *a = job->in;
	struct sy_account_step *step = job->out;
	struct facts facts = { .count = 0 };
	enum ground ground;
	const char *why;
	enum sy_err err;

	if ((err = judge(tx, a, &ground, &why)) != SY_OK)
		return err;
	/* The session is opened for this account and no other. */
	if (ground == GROUND_UNATTENDED)
		(void)snprintf(a->login.login, sizeof(a->login.login), "%.*s",
		    (int)sizeof(a->login.login) - 1, a->request.user);
	(void)snprintf(job->subject, sizeof(job->subject), "%s",
	    a->login.person != 0              ? a->login.subject
		: ground == GROUND_UNATTENDED ? a->login.login
					      : "unknown");
	add_facts(a, &facts);
	err = job_audit(tx, job,
	    ground != GROUND_NONE ? SY_OUTCOME_ALLOW : SY_OUTCOME_DENY,
	    ground != GROUND_NONE ? ground_names[ground] : why, &facts);
	if (err != SY_OK)
		return err;
	(void)snprintf(step->verdict, sizeof(step->verdict), "deny");
	(void)snprintf(step->reason, sizeof(step->reason), "%s",
	    ground != GROUND_NONE ? ground_names[ground] : why);
	(void)snprintf(step->support, sizeof(step->support), "R%" PRIu64,
	    job->seq);
	if (ground == GROUND_NONE)
		return SY_OK;
	(void)snprintf(step->verdict, sizeof(step->verdict), "allow");
	memcpy(step->txn, a->login.txn_hex, sizeof(step->txn));
	if (ground == GROUND_SESSION)
		memcpy(step->login, a->login.login, sizeof(step->login));
	return SY_OK;
}

static void
finish(struct server *server, struct login *login,
    const struct sy_account_step *step)
{
	struct sy_auth_step verdict = { .step = "verdict" };

	memcpy(verdict.txn, step->txn, sizeof(step->txn));
	memcpy(verdict.verdict, step->verdict, sizeof(step->verdict));
	memcpy(verdict.reason, step->reason, sizeof(step->reason));
	memcpy(verdict.support, step->support, sizeof(step->support));
	logins_finish(server->logins, &login, &verdict, server_boottime());
}

/* An allowed one becomes a login that a session may be opened with. */
static void
done_account(struct job *job, enum sy_err result)
{
	struct asking *a = job->in;
	const struct sy_account_step *step = job->out;
	struct server *server = job->server;
	struct login *login = NULL;

	policy_ref_drop(&a->policy);
	if (logins_get(server->logins, a->login.txn, &login) != SY_OK) {
		job_answer(&job, result == SY_OK ? SY_ERR_INTERNAL : result);
		return;
	}
	if (result == SY_OK && job->error.code == SY_OK &&
	    strcmp(step->verdict, "allow") == 0) {
		login->facts = a->login;
		login->allowed = true;
		finish(server, login, step);
	} else {
		logins_remove(server->logins, &login);
	}
	job_answer(&job, result);
}

static void
fail(struct exchange *exchange, enum sy_err code, const char *place,
    const char *text)
{
	struct sy_error error = { .code = SY_OK };

	(void)sy_error_set(&error, code, place, "%s", text);
	exchange_fail(&exchange, &error, exchange_status(code) == 503 ? 1 : 0);
}

static void
fill(const struct exchange *exchange, struct asking *a, struct login *login)
{
	const struct sy_account *in = &a->request;
	struct login_facts *f = &login->facts;

	memcpy(f->terminal_name, exchange->peer.name, sizeof(f->terminal_name));
	f->zone = (enum sy_zone)exchange->peer.zone;
	f->purpose = a->login.purpose;
	memcpy(f->service, in->service, sizeof(f->service));
	memcpy(f->tty, in->tty, sizeof(f->tty));
	memcpy(f->ruser, in->ruser, sizeof(f->ruser));
	memcpy(f->rhost, in->rhost, sizeof(f->rhost));
	a->login = *f;
	look_up(a);
}

void
account_ask(struct exchange *exchange, const void *request)
{
	struct server *server = exchange->server;
	struct asking a = { .request = *(const struct sy_account *)request };
	struct login *login = NULL;
	struct job *job = NULL;
	enum sy_err err;

	if (!sy_purpose_by_name(a.request.purpose, &a.login.purpose) ||
	    !sy_text_is_service(a.request.service)) {
		fail(exchange, SY_ERR_FORMAT, "service",
		    "purpose or service is not a known name");
		return;
	}
	if (session_boot_bytes(a.request.boot, a.boot) != SY_OK) {
		fail(exchange, SY_ERR_FORMAT, "boot", "not 16 bytes in hex");
		return;
	}
	err = server->draining ||
		terminals_begin(server->terminals, exchange->peer.terminal,
		    server_boottime()) > 0
	    ? SY_ERR_BUSY
	    : logins_begin(server->logins, exchange->peer.terminal,
		  server_boottime(), &login);
	if (err == SY_OK) {
		fill(exchange, &a, login);
		err = job_new(server, exchange, "account.verdict", &a,
		    sizeof(a), &job);
	}
	if (err != SY_OK) {
		if (login != NULL)
			logins_remove(server->logins, &login);
		fail(exchange, err, "", sy_err_text(err));
		return;
	}
	((struct asking *)job->in)->policy = policy_ref_take(server->policy);
	login->state = LOGIN_LEDGER;
	job->run = run_account;
	job->done = done_account;
	job_submit(&job);
}
