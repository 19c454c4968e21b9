/* SPDX-License-Identifier: Apache-2.0 */
/* The end of logins that come to none. */
#include <stdio.h>

#include "server/auth/login.h"
#include "server/job.h"
#include "server/log.h"
#include "server/server.h"

static enum sy_err
run_expired(struct ledger_tx *tx, struct job *job)
{
	const struct login_facts *login = job->in;
	struct facts facts = { .count = 0 };

	login_facts_add(login, &facts);
	return job_audit(tx, job, SY_OUTCOME_FAILED,
	    sy_err_name(SY_ERR_EXPIRED), &facts);
}

static void
note_expired(struct server *server, const struct login_facts *login)
{
	struct job *job = NULL;

	if (job_new(server, NULL, "auth.expired", login, sizeof(*login),
		&job) != SY_OK) {
		log_err("an expired login was not recorded: out of memory");
		return;
	}
	(void)snprintf(job->terminal, sizeof(job->terminal), "%s",
	    login->terminal_name);
	(void)snprintf(job->subject, sizeof(job->subject), "%s",
	    login->subject);
	job->run = run_expired;
	job_submit(&job);
}

void
login_expire(struct server *server, bool all)
{
	const int64_t now = server_boottime();
	struct login *login;

	while ((login = logins_expired(server->logins, now, all)) != NULL) {
		if (login->state != LOGIN_DONE)
			note_expired(server, &login->facts);
		logins_remove(server->logins, &login);
	}
}
