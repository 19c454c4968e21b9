/* SPDX-License-Identifier: Apache-2.0 */
#include "server/lost.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sanyoso/safefile.h>

#include "server/job.h"
#include "server/log.h"
#include "server/server.h"

#define SHOWN_SECONDS 3600

void
lost_leave(const struct server *server)
{
	struct sy_error error = { .code = SY_OK };

	error.code = sy_safefile_write(server->paths.lost, "", 0, 0600, &error);
	if (error.code != SY_OK)
		log_error(&error, "the loss of the keeper won't be recorded");
}

static enum sy_err
run_alarm(struct ledger_tx *tx, struct job *job)
{
	struct facts facts = { .count = 0 };

	facts_int(&facts, "lost", job->server->keeper_lost);
	return job_audit(tx, job, SY_OUTCOME_ALARM, sy_err_name(SY_ERR_KEEPER),
	    &facts);
}

static void
done_alarm(struct job *job, enum sy_err result)
{
	/* If it stays it is recorded again, which is better than never. */
	if (result == SY_OK && unlink(job->server->paths.lost) != 0)
		log_warn("%s can't be removed", job->server->paths.lost);
	job_answer(&job, result);
}

void
lost_report(struct server *server)
{
	struct job *job = NULL;
	struct stat st;

	if (lstat(server->paths.lost, &st) != 0)
		return;
	server->keeper_lost = st.st_mtim.tv_sec;
	log_warn("the server before this one lost its keeper");
	if (job_new(server, NULL, "alarm.keeper", NULL, 0, &job) != SY_OK) {
		log_err("the loss of the keeper was not recorded");
		return;
	}
	(void)snprintf(job->subject, sizeof(job->subject), "keeper");
	job->run = run_alarm;
	job->done = done_alarm;
	job_submit(&job);
}

bool
lost_lately(const struct server *server)
{
	const int64_t since = server_now() / 1000000 - server->keeper_lost;

	return server->keeper_lost != 0 && since >= 0 && since < SHOWN_SECONDS;
}
