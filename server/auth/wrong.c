/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/wrong.h"

#include <stdio.h>

#include "server/auth/login.h"
#include "server/auth/verdict.h"
#include "server/session/activity.h"

static enum sy_err
run_wrong(struct ledger_tx *tx, struct job *job)
{
	const struct wrong *wrong = job->in;
	char token[REFERENCE_SIZE] = "", owner[REFERENCE_SIZE] = "";
	struct facts facts = { .count = 0 };
	enum sy_err err;

	login_facts_add(&wrong->login, &facts);
	facts_text(&facts, "driver", sy_driver_name(wrong->driver));
	facts_text(&facts, "method", sy_method_name(wrong->method));
	if (wrong->token != 0) {
		record_reference("token", wrong->token, token);
		record_reference("id", wrong->owner, owner);
	}
	facts_text(&facts, "token", token);
	facts_text(&facts, "owner", owner);
	facts_text(&facts, "origin", wrong->origin);
	err = job_audit(tx, job, SY_OUTCOME_DENY, wrong->reason, &facts);
	if (err == SY_OK && !wrong->login.counted)
		err = activity_failed(tx, wrong->login.person);
	return err;
}

void
wrong_record(struct exchange *exchange, struct login *login,
    const struct wrong_shown *shown, job_done done)
{
	struct wrong in = { .login = login->facts,
		.driver = shown->driver,
		.method = shown->method,
		.origin = "",
		.reason = shown->reason };
	struct sy_error error = { .code = SY_OK };
	struct job *job = NULL;

	/* What was right before is out of the reader by now. */
	login->state = LOGIN_PRESENT;
	if (shown->token != NULL) {
		in.token = shown->token->id;
		in.owner = shown->token->owner;
		in.origin =
		    sy_origin_name((enum sy_origin)shown->token->origin);
	}
	if (++login->wrong_cards >= LOGIN_CARDS_MAX) {
		verdict_deny(exchange, login, "auth.wrong-card",
		    SY_OUTCOME_DENY, shown->reason, "", NULL);
		return;
	}
	error.code = job_new(exchange->server, exchange, "auth.wrong-card", &in,
	    sizeof(in), &job);
	if (error.code != SY_OK) {
		exchange_fail(&exchange, &error, 1);
		return;
	}
	(void)snprintf(job->subject, sizeof(job->subject), "%s",
	    login->facts.subject);
	login->facts.counted = true;
	job->run = run_wrong;
	job->done = done;
	job_submit(&job);
}
