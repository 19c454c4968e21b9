/* SPDX-License-Identifier: Apache-2.0 */
/* How an enrolment, or a visit to the card office, begins: with a code. */
#include <stdio.h>
#include <string.h>

#include "server/identity/enroll_step.h"
#include "server/identity/terminals.h"
#include "server/server.h"

bool
enroll_may_begin(struct exchange *exchange)
{
	struct server *server = exchange->server;

	if (server->draining)
		enroll_fail_with(exchange, SY_ERR_BUSY, "",
		    "the server is stopping");
	else if (terminals_begin(server->terminals, exchange->peer.terminal,
		     server_boottime()) > 0)
		enroll_fail_with(exchange, SY_ERR_BUSY, "",
		    "too many enrolments and visits at this terminal");
	else
		return true;
	return false;
}

/* For a key, the person must have room for one. */
static enum sy_err
check_key(struct ledger_tx *tx, struct job *job,
    const struct enrolment_facts *f, const struct id_row *owner)
{
	enum sy_err err;

	if (!issue_is_key(f->method))
		return SY_OK;
	err = issue_check_taken(job->server, &job->error);
	return err != SY_OK ? err
			    : issue_check_keys(ledger_view(tx), owner,
				  f->replaces, &job->error);
}

static enum sy_err
run_code(struct ledger_tx *tx, struct job *job)
{
	struct invitation_row invitation = { .id = 0 };
	struct enroll_code *in = job->in;
	struct id_row owner;
	enum sy_err err;

	err = invitation_check(tx, job, in->kind, in->terminal, in->login,
	    in->code, &invitation, &owner);
	if (err == SY_OK && job->error.code == SY_OK) {
		enrolment_person(&in->facts, &invitation, &owner);
		err = check_key(tx, job, &in->facts, &owner);
	}
	sy_memzero(&invitation, sizeof(invitation));
	return err;
}

void
enroll_check_code(struct exchange *exchange, const char *user,
    const uint8_t code[INVITATION_CODE_SIZE], enum sy_task task,
    enum invitation_kind kind, job_done done)
{
	struct enroll_code in = { .kind = kind,
		.terminal = exchange->peer.terminal,
		.facts = { .task = task } };
	struct sy_error error = { .code = SY_OK };
	struct job *job = NULL;

	(void)snprintf(in.login, sizeof(in.login), "%s", user);
	memcpy(in.code, code, sizeof(in.code));
	error.code = job_new(exchange->server, exchange,
	    enroll_is_office(&in.facts) ? "token.office-refused"
					: "token.enroll-refused",
	    &in, sizeof(in), &job);
	sy_memzero(in.code, sizeof(in.code));
	if (error.code != SY_OK) {
		enroll_fail(exchange, &error);
		return;
	}
	job->run = run_code;
	job->done = done;
	job_submit(&job);
}

enum sy_err
enroll_open(struct server *server, int64_t terminal, const char *name,
    const struct enrolment_facts *who, struct enrolment **ret)
{
	struct enrolment_facts *f;
	enum sy_err err;

	if ((err = enrolments_begin(server->enrolments, terminal,
		 server_boottime(), ret)) != SY_OK)
		return err;
	f = &(*ret)->facts;
	(void)snprintf(f->terminal_name, sizeof(f->terminal_name), "%s", name);
	enrolment_take_person(f, who);
	f->task = who->task;
	return SY_OK;
}
