/* SPDX-License-Identifier: Apache-2.0 */
#include "server/session/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/identity/terminals.h"
#include "server/job.h"
#include "server/list.h"
#include "server/log.h"
#include "server/server.h"
#include "server/session/activity.h"

/* --- a session ends --- */

struct closing {
	int64_t session;
	int64_t terminal;
	bool lost; /* its terminal was started anew since, or is gone */
	unsigned int left_out; /* refusals that were not recorded */
};

/* Who sat in it, "" if nobody's. */
static enum sy_err
login_of(struct row_view *view, const struct session_row *row,
    char ret[SY_LOGIN_SIZE])
{
	struct id_row id;
	enum sy_err err;

	ret[0] = '\0';
	if (row->owner == 0)
		return SY_OK;
	err = row_get(view, &row_type_id, row->owner, &id);
	if (err == SY_OK)
		memcpy(ret, id.login, sizeof(id.login));
	sy_memzero(&id, sizeof(id));
	return err == SY_ERR_NOT_FOUND ? SY_OK : err;
}

static enum sy_err
record(struct ledger_tx *tx, struct job *job, const struct session_row *row,
    const char *login)
{
	struct facts facts = { .count = 0 };

	if (row->owner != 0)
		record_reference("id", row->owner, job->subject);
	else
		(void)snprintf(job->subject, sizeof(job->subject), "%.127s",
		    row->account);
	facts_int(&facts, "session", row->id);
	facts_text(&facts, "login", login);
	facts_text(&facts, "account", row->account);
	facts_text(&facts, "service", row->service);
	facts_text(&facts, "tty", row->tty);
	facts_int(&facts, "opened", row->opened);
	return job_audit(tx, job, SY_OUTCOME_DONE, "", &facts);
}

static const char of_another[] = "it is the session of another terminal";

/* Recorded with the number of those that were not. */
static enum sy_err
refuse(struct ledger_tx *tx, struct job *job, const struct closing *in)
{
	struct facts facts = { .count = 0 };

	facts_int(&facts, "session", in->session);
	if (in->left_out > 0)
		facts_int(&facts, "left-out", in->left_out);
	(void)job_refuse(job, SY_ERR_OWNER, "session", "%s", of_another);
	return job_audit(tx, job, SY_OUTCOME_DENY, sy_err_name(SY_ERR_OWNER),
	    &facts);
}

static enum sy_err
run_close(struct ledger_tx *tx, struct job *job)
{
	const struct closing *in = job->in;
	struct row_view *view = ledger_view(tx);
	char login[SY_LOGIN_SIZE];
	struct session_row row;
	enum sy_err err;

	err = row_get(view, &row_type_session, in->session, &row);
	/* Closed already: the answer was lost, or it went with its boot. */
	if (err == SY_ERR_NOT_FOUND)
		return SY_OK;
	if (err != SY_OK)
		return err;
	if (row.terminal != in->terminal)
		return refuse(tx, job, in);
	if ((err = login_of(view, &row, login)) != SY_OK ||
	    (err = record(tx, job, &row, login)) != SY_OK ||
	    (err = row_delete(tx, &row_type_session, row.id)) != SY_OK)
		return err;
	/* Nobody saw when a lost one ended. */
	return !in->lost && session_is_sitting(&row, login)
	    ? activity_logout(tx, row.owner, job->terminal)
	    : SY_OK;
}

/* A session that is there and of another terminal; the ledger says so again. */
static bool
is_foreign(const struct exchange *exchange, int64_t session)
{
	struct session_row row;

	return row_get(ledger_reader(exchange->server->ledger),
		   &row_type_session, session, &row) == SY_OK &&
	    row.terminal != exchange->peer.terminal;
}

void
session_close(struct exchange *exchange, const void *request)
{
	const struct sy_session_close *in = request;
	struct closing closing = { .session = in->session,
		.terminal = exchange->peer.terminal };
	struct sy_error error = { .code = SY_OK };
	struct job *job = NULL;

	if (is_foreign(exchange, in->session) &&
	    !terminals_may_record(exchange->server->terminals,
		exchange->peer.terminal, server_boottime(),
		&closing.left_out)) {
		(void)sy_error_set(&error, SY_ERR_OWNER, "session", "%s",
		    of_another);
		exchange_fail(&exchange, &error, 0);
		return;
	}
	error.code = job_new(exchange->server, exchange, "session.close",
	    &closing, sizeof(closing), &job);
	if (error.code != SY_OK) {
		exchange_fail(&exchange, &error, 1);
		return;
	}
	job->run = run_close;
	job_submit(&job);
}

/* --- a terminal was started anew, or is gone --- */

struct former {
	const uint8_t *boot;     /* but for those of this one; NULL: all */
	struct sy_list sessions; /* int64_t */
};

static enum sy_err
add_former(void *ctx, const void *row)
{
	const struct session_row *session = row;
	struct former *f = ctx;
	enum sy_err err;
	void *item;

	if (f->boot != NULL && session->boot_len == SY_TXN_SIZE &&
	    memcmp(session->boot, f->boot, SY_TXN_SIZE) == 0)
		return SY_OK;
	err = list_add(&f->sessions, sizeof(int64_t), &item);
	if (err == SY_OK)
		memcpy(item, &session->id, sizeof(session->id));
	return err;
}

static void
lose(struct server *server, int64_t terminal, const char *name, int64_t session)
{
	const struct closing closing = {
		.session = session, .terminal = terminal, .lost = true
	};
	struct job *job = NULL;

	if (job_new(server, NULL, "session.lost", &closing, sizeof(closing),
		&job) != SY_OK) {
		log_err("%s: a lost session stays open: out of memory", name);
		return;
	}
	(void)snprintf(job->terminal, sizeof(job->terminal), "%s", name);
	job->run = run_close;
	job_submit(&job);
}

static enum sy_err
lose_all(struct server *server, int64_t terminal, const char *name,
    const uint8_t *boot, size_t *ret_count)
{
	struct former former = { .boot = boot };
	const int64_t *ids;
	enum sy_err err;

	err = row_walk(ledger_reader(server->ledger), &row_type_session,
	    "terminal", terminal, add_former, &former);
	ids = former.sessions.items;
	for (size_t i = 0; err == SY_OK && i < former.sessions.count; i++)
		lose(server, terminal, name, ids[i]);
	free(former.sessions.items);
	*ret_count = former.sessions.count;
	return err;
}

enum sy_err
session_boot(struct server *server, const struct peer *peer, const char *boot)
{
	uint8_t bytes[SY_TXN_SIZE];
	enum sy_err err;
	size_t count;

	if (boot[0] == '\0')
		return SY_OK;
	if ((err = session_boot_bytes(boot, bytes)) != SY_OK ||
	    !terminals_may_settle(server->terminals, peer->terminal, bytes,
		server_boottime()))
		return err;
	err = lose_all(server, peer->terminal, peer->name, bytes, &count);
	if (err == SY_OK && count == 0)
		terminals_settled(server->terminals, peer->terminal, bytes);
	return err;
}

void
session_terminal_gone(struct server *server, const char *name)
{
	struct terminal_row row;
	enum sy_err err;
	size_t count;

	err = row_find(ledger_reader(server->ledger), &row_type_terminal,
	    "name", name, strlen(name), &row);
	if (err == SY_OK)
		err = lose_all(server, row.id, row.name, NULL, &count);
	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		log_err("%s: lost sessions stay open: %s", name,
		    sy_err_text(err));
}
