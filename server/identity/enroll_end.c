/* SPDX-License-Identifier: Apache-2.0 */
/* How an enrolment, or a visit to the card office, ends without its aim. */
#include <stdio.h>
#include <string.h>

#include "server/identity/enroll_step.h"
#include "server/identity/identity.h"
#include "server/identity/office_step.h"
#include "server/log.h"
#include "server/server.h"

struct refusal {
	struct enrolment_facts facts;
	struct sy_error error;
};

static void
say_to_enrolment(const struct refusal *in, struct sy_enroll_step *ret)
{
	enroll_start_step(&in->facts, "refused", ret);
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s",
	    sy_err_name(in->error.code));
	(void)snprintf(ret->text, sizeof(ret->text), "%s", in->error.text);
}

static void
say_to_office(const struct refusal *in, struct sy_office_step *ret)
{
	office_start_step(&in->facts, "refused", ret);
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s",
	    sy_err_name(in->error.code));
	(void)snprintf(ret->text, sizeof(ret->text), "%s", in->error.text);
}

static enum sy_err
run_refused(struct ledger_tx *tx, struct job *job)
{
	const struct refusal *in = job->in;
	const bool office = enroll_is_office(&in->facts);
	struct facts facts = { .count = 0 };
	enum sy_err err;

	facts_bytes(&facts, "txn", in->facts.txn, sizeof(in->facts.txn));
	if (office)
		facts_text(&facts, "task", sy_task_name(in->facts.task));
	facts_text(&facts, "login", in->facts.login);
	facts_text(&facts, "text", in->error.text);
	err = job_audit(tx, job, SY_OUTCOME_DENY, sy_err_name(in->error.code),
	    &facts);
	if (err != SY_OK || job->out == NULL)
		return err;
	if (office)
		say_to_office(in, job->out);
	else
		say_to_enrolment(in, job->out);
	return SY_OK;
}

void
enroll_refuse(struct server *server, struct exchange *exchange,
    const char *action, const struct enrolment_facts *f,
    const struct sy_error *error)
{
	struct refusal in = { .facts = *f, .error = *error };
	struct sy_error failure = { .code = SY_OK };
	struct job *job = NULL;

	if (in.error.text[0] == '\0')
		(void)snprintf(in.error.text, sizeof(in.error.text), "%s",
		    sy_err_text(error->code));
	failure.code = job_new(server, exchange, action, &in, sizeof(in), &job);
	if (failure.code != SY_OK) {
		if (exchange != NULL)
			enroll_fail(exchange, &failure);
		else
			log_err("%s was not recorded: out of memory", action);
		return;
	}
	(void)snprintf(job->terminal, sizeof(job->terminal), "%s",
	    f->terminal_name);
	/* Whose PIN is to be changed is not known before the card is. */
	if (f->person != 0)
		record_reference("id", f->person, job->subject);
	job->run = run_refused;
	job_submit(&job);
}

void
enroll_end(struct server *server, struct exchange *exchange, const char *action,
    struct enrolment *enrolment, const struct sy_error *error)
{
	enroll_refuse(server, exchange, action, &enrolment->facts, error);
	enrolments_remove(server->enrolments, &enrolment);
}

/* It was given up, or its time is over. */
static void
end_abandoned(struct server *server, struct exchange *exchange,
    struct enrolment *enrolment, const struct sy_error *error)
{
	enroll_end(server, exchange,
	    enroll_is_office(&enrolment->facts) ? "token.office-abandoned"
						: "token.enroll-abandoned",
	    enrolment, error);
}

static void
abandon(struct exchange *exchange, const struct sy_auth_abandon *in,
    bool office)
{
	struct server *server = exchange->server;
	struct sy_error error = { .code = SY_OK };
	struct enrolment *enrolment = NULL;

	if (!sy_err_by_name(in->reason, &error.code))
		enroll_fail_with(exchange, SY_ERR_FORMAT, "reason",
		    "not a known name");
	else if (enrolments_find(server->enrolments, in->txn, server_boottime(),
		     &enrolment) != SY_OK ||
	    enrolment->facts.terminal != exchange->peer.terminal ||
	    enroll_is_office(&enrolment->facts) != office ||
	    enrolment->state == ENROLMENT_LEDGER)
		enroll_fail_unknown(exchange, SY_ERR_NOT_FOUND, office);
	else
		end_abandoned(server, exchange, enrolment, &error);
}

void
enroll_abandon(struct exchange *exchange, const void *request)
{
	abandon(exchange, request, false);
}

void
office_abandon(struct exchange *exchange, const void *request)
{
	abandon(exchange, request, true);
}

void
enroll_expire(struct server *server, bool all)
{
	const struct sy_error error = { .code = SY_ERR_EXPIRED };
	const int64_t now = server_boottime();
	struct enrolment *enrolment;

	while ((enrolment = enrolments_expired(server->enrolments, now, all)) !=
	    NULL)
		end_abandoned(server, NULL, enrolment, &error);
}
