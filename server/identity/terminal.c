/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/identity/invitation.h"
#include "server/identity/terminals.h"
#include "server/job.h"
#include "server/list.h"
#include "server/server.h"
#include "server/session/session.h"

#define MICROSECONDS INT64_C(1000000)

static const char *
state_name(int64_t state)
{
	switch (state) {
	case TERMINAL_INVITED:
		return "invited";
	case TERMINAL_JOINED:
		return "joined";
	case TERMINAL_REVOKED:
		return "revoked";
	default:
		return "unknown";
	}
}

/* What the rows say; who is connected is added on the loop thread. */
static void
to_message(const struct terminal_row *row, struct sy_terminal *ret)
{
	ret->id = row->id;
	memcpy(ret->name, row->name, sizeof(ret->name));
	(void)snprintf(ret->zone, sizeof(ret->zone), "%s",
	    sy_zone_name((enum sy_zone)row->zone));
	(void)snprintf(ret->state, sizeof(ret->state), "%s",
	    state_name(row->state));
	if (row->cert_len > 0)
		sy_text_hex(row->cert, row->cert_len, ret->certificate);
	ret->not_after = row->not_after / MICROSECONDS;
	ret->joined = row->joined / MICROSECONDS;
}

static void
add_presence(struct server *server, struct sy_terminal *terminal)
{
	terminal->seen = terminals_last(server->terminals, terminal->id);
	terminal->connected =
	    connection_has_terminal(&server->pools[LISTENER_TERMINALS],
		terminal->id);
}

/* --- invite --- */

struct invite {
	struct sy_terminal_invite request;
	uint8_t ca_spki[SY_DIGEST_SIZE];
};

/* The row to be written: a new one, one that was invited before, or one that
 * was revoked and comes back. */
static enum sy_err
check_invite(struct ledger_tx *tx, struct job *job,
    const struct sy_terminal_invite *in, struct terminal_row *ret)
{
	enum sy_zone zone;
	enum sy_err err;

	if (!sy_text_is_terminal(in->name))
		return job_refuse(job, SY_ERR_FORMAT, "name",
		    "a terminal's name is one to four labels of small "
		    "letters, digits and -, joined by dots");
	if (!sy_zone_by_name(in->zone, &zone))
		return job_refuse(job, SY_ERR_FORMAT, "zone",
		    "no such zone: mynumber, lgwan or internet");
	err = row_find(ledger_view(tx), &row_type_terminal, "name", in->name,
	    strlen(in->name), ret);
	if (err == SY_ERR_NOT_FOUND) {
		memset(ret, 0, sizeof(*ret));
		memcpy(ret->name, in->name, sizeof(ret->name));
		err = SY_OK;
	}
	if (err != SY_OK)
		return err;
	if (ret->state == TERMINAL_JOINED)
		return job_refuse(job, SY_ERR_EXISTS, "name",
		    "\"%s\" has joined; revoke it before it joins anew",
		    in->name);
	ret->zone = zone;
	ret->state = TERMINAL_INVITED;
	return SY_OK;
}

static enum sy_err
run_invite(struct ledger_tx *tx, struct job *job)
{
	const struct invite *in = job->in;
	struct facts facts = { .count = 0 };
	struct terminal_row row;
	enum sy_err err;

	(void)snprintf(job->terminal, sizeof(job->terminal), "%s",
	    in->request.name);
	if ((err = check_invite(tx, job, &in->request, &row)) != SY_OK)
		return err;
	facts_text(&facts, "zone", in->request.zone);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	err = row.id == 0 ? row_insert(tx, &row_type_terminal, &row)
			  : row_update(tx, &row_type_terminal, &row);
	if (err != SY_OK)
		return err;
	const struct invitation_terms terms = { .kind = INVITATION_JOIN,
		.terminal = row.id,
		.record = job->seq,
		.basis = "",
		.ca_spki = in->ca_spki };
	return invitation_make(tx, &terms, job->out);
}

static void
done_invite(struct job *job, enum sy_err result)
{
	const struct invite *in = job->in;

	/* What a server that was killed did not get to when it was revoked. */
	if (result == SY_OK && job->error.code == SY_OK)
		session_terminal_gone(job->server, in->request.name);
	job_answer(&job, result);
}

void
terminal_invite(struct exchange *exchange, const void *request)
{
	struct sy_error error = { .code = SY_OK };
	struct job *job = NULL;
	struct invite in;

	memcpy(&in.request, request, sizeof(in.request));
	memcpy(in.ca_spki, exchange->server->ca_spki, sizeof(in.ca_spki));
	error.code = job_new(exchange->server, exchange, "terminal.invite", &in,
	    sizeof(in), &job);
	if (error.code != SY_OK) {
		exchange_fail(&exchange, &error, 1);
		return;
	}
	job->run = run_invite;
	job->done = done_invite;
	job_submit(&job);
}

/* --- revoke --- */

static enum sy_err
find_terminal(struct row_view *view, const char *name, struct terminal_row *ret,
    struct sy_error *reterr)
{
	enum sy_err err =
	    row_find(view, &row_type_terminal, "name", name, strlen(name), ret);

	if (err == SY_ERR_NOT_FOUND)
		return sy_error_set(reterr, err, "name",
		    "there is no terminal \"%s\"", name);
	return err;
}

static enum sy_err
run_revoke(struct ledger_tx *tx, struct job *job)
{
	const struct sy_terminal_ref *in = job->in;
	struct terminal_row row;
	enum sy_err err;

	err = find_terminal(ledger_view(tx), in->name, &row, &job->error);
	if (err != SY_OK)
		return err;
	memcpy(job->terminal, row.name, sizeof(row.name));
	record_reference("terminal", row.id, job->subject);
	if (row.state == TERMINAL_REVOKED)
		return job_refuse(job, SY_ERR_STATE, "name",
		    "\"%s\" is revoked already", row.name);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", NULL)) != SY_OK)
		return err;
	row.state = TERMINAL_REVOKED;
	if ((err = row_update(tx, &row_type_terminal, &row)) != SY_OK ||
	    (err = invitation_clear(tx, INVITATION_JOIN, row.id, 0)) != SY_OK ||
	    (err = invitation_clear(tx, INVITATION_ENROLL, row.id, 0)) !=
		SY_OK ||
	    (err = invitation_clear(tx, INVITATION_PERSONALISE, row.id, 0)) !=
		SY_OK ||
	    (err = invitation_clear(tx, INVITATION_UNBLOCK, row.id, 0)) !=
		SY_OK)
		return err;
	to_message(&row, job->out);
	return SY_OK;
}

static void
done_revoke(struct job *job, enum sy_err result)
{
	struct sy_terminal *terminal = job->out;
	struct server *server = job->server;

	/* Cut off at once; each request would be refused as well. */
	if (result == SY_OK && job->error.code == SY_OK) {
		connection_close_terminal(&server->pools[LISTENER_TERMINALS],
		    terminal->id);
		add_presence(server, terminal);
		session_terminal_gone(server, terminal->name);
	}
	job_answer(&job, result);
}

void
terminal_revoke(struct exchange *exchange, const void *request)
{
	job_start(exchange, "terminal.revoke", request, run_revoke,
	    done_revoke);
}

/* --- show, list --- */

void
terminal_show(struct exchange *exchange, const void *request)
{
	const struct sy_terminal_ref *in = request;
	struct sy_error error = { .code = SY_OK };
	struct sy_terminal terminal = { .id = 0 };
	struct terminal_row row;

	error.code = find_terminal(ledger_reader(exchange->server->ledger),
	    in->name, &row, &error);
	if (error.code != SY_OK) {
		exchange_fail(&exchange, &error, 0);
		return;
	}
	to_message(&row, &terminal);
	add_presence(exchange->server, &terminal);
	exchange_reply(&exchange, &terminal);
}

struct listing {
	struct sy_terminal_list list;
	struct server *server;
};

static enum sy_err
add_terminal(void *ctx, const void *row)
{
	struct listing *listing = ctx;
	void *item;
	enum sy_err err;

	err = list_add(&listing->list.terminals, sizeof(struct sy_terminal),
	    &item);
	if (err != SY_OK)
		return err;
	to_message(row, item);
	((struct sy_terminal *)item)->seen =
	    terminals_last(listing->server->terminals,
		((struct sy_terminal *)item)->id);
	return SY_OK;
}

static int
compare_ids(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static enum sy_err
mark_connected(struct server *server, struct sy_list *terminals)
{
	struct sy_terminal *item = terminals->items;
	int64_t *ids = NULL;
	enum sy_err err;
	size_t count;

	err = connection_terminals(&server->pools[LISTENER_TERMINALS], &ids,
	    &count);
	if (err != SY_OK)
		return err;
	if (count > 0)
		qsort(ids, count, sizeof(*ids), compare_ids);
	for (size_t i = 0; count > 0 && i < terminals->count; i++)
		item[i].connected = bsearch(&item[i].id, ids, count,
					sizeof(*ids), compare_ids) != NULL;
	free(ids);
	return SY_OK;
}

void
terminal_list(struct exchange *exchange, const void *request)
{
	struct server *server = exchange->server;
	struct sy_error error = { .code = SY_OK };
	struct listing listing = { .server = server };

	(void)request;
	error.code = row_walk(ledger_reader(server->ledger), &row_type_terminal,
	    NULL, 0, add_terminal, &listing);
	if (error.code == SY_OK)
		error.code = mark_connected(server, &listing.list.terminals);
	if (error.code == SY_OK)
		exchange_reply(&exchange, &listing.list);
	else
		exchange_fail(&exchange, &error, 0);
	sy_message_clear(&sy_message_terminal_list, &listing.list);
}
