/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "server/admin/admin.h"
#include "server/job.h"
#include "server/list.h"
#include "server/server.h"

/*
 * A large log takes its time, and logins can't wait for it: a thread of its
 * own reads it, on a connection and a channel of the keeper of its own.
 */
struct verification {
	struct server *server;
	struct job *job;
	struct ledger_report report;
	pthread_t thread;
	atomic_bool stop;
	bool joined;
	/* The thread's until it is joined. */
	bool reported; /* on_verified is going to be called */
	enum sy_err result;
};

static void
add_problem(void *ctx, const char *place, const char *text)
{
	struct sy_verify_report *report = ctx;
	struct sy_verify_problem *problem;
	void *item;

	/* The count says how many there are; the list names the first. */
	if (report->problems.count >= 1000 ||
	    list_add(&report->problems, sizeof(*problem), &item) != SY_OK)
		return;
	problem = item;
	(void)snprintf(problem->place, sizeof(problem->place), "%s", place);
	(void)snprintf(problem->text, sizeof(problem->text), "%s", text);
}

static enum sy_err
run_verify(struct ledger_tx *tx, struct job *job)
{
	return job_audit(tx, job, SY_OUTCOME_DONE, "", NULL);
}

/* On the loop thread; the other is gone. */
static void
finish_verify(struct verification *v)
{
	struct sy_verify_report *reply = v->job->out;
	struct server *server = v->server;

	if (v->result == SY_OK) {
		reply->records = (int64_t)v->report.records;
		reply->heads = (int64_t)v->report.heads;
		reply->rows = (int64_t)v->report.rows;
		reply->sound = v->report.problems == 0;
		if (reply->sound)
			sy_text_hex(keeper_head_key(server->keeper),
			    SY_ED25519_KEY_SIZE, reply->head_key);
	}
	server->verification = NULL;
	server->jobs--;
	job_answer(&v->job, v->result);
	free(v);
}

/* The ledger is the way back to the loop thread; nothing is written. */
static enum sy_err
run_nothing(struct ledger_tx *tx, void *ctx)
{
	(void)tx;
	(void)ctx;
	return SY_OK;
}

static void
on_verified(void *ctx, enum sy_err result)
{
	struct verification *v = ctx;

	(void)result;
	if (!v->joined)
		(void)pthread_join(v->thread, NULL);
	finish_verify(v);
}

static void *
verify_main(void *arg)
{
	static const struct timespec while_busy = { .tv_nsec = 50000000 };
	struct verification *v = arg;
	struct ledger *ledger = v->server->ledger;

	v->result = ledger_verify(ledger, v->server->verifier, &v->report);
	while (!v->stop) {
		v->reported = true;
		if (ledger_submit(ledger, run_nothing, on_verified, v) == SY_OK)
			return NULL;
		v->reported = false;
		(void)nanosleep(&while_busy, NULL);
	}
	return NULL;
}

void
audit_verify_stop(struct server *server)
{
	struct verification *v = server->verification;

	if (v == NULL)
		return;
	v->stop = true;
	(void)pthread_join(v->thread, NULL);
	v->joined = true;
	/* Otherwise it is answered as the ledger is closed. */
	if (!v->reported)
		finish_verify(v);
}

static enum sy_err
start_verify(struct server *server, struct job *job)
{
	struct verification *v;

	if (server->verification != NULL)
		return SY_ERR_BUSY;
	if ((v = calloc(1, sizeof(*v))) == NULL)
		return SY_ERR_NOMEM;
	v->server = server;
	v->job = job;
	v->report.problem = add_problem;
	v->report.ctx = job->out;
	v->report.stop = &v->stop;
	if (pthread_create(&v->thread, NULL, verify_main, v) != 0) {
		free(v);
		return SY_ERR_NOMEM;
	}
	server->verification = v;
	server->jobs++;
	return SY_OK;
}

/* Who asked is on disk: now it may begin. */
static void
done_verify(struct job *job, enum sy_err result)
{
	if (result == SY_OK)
		result = start_verify(job->server, job);
	if (result != SY_OK)
		job_answer(&job, result);
}

void
audit_verify(struct exchange *exchange, const void *request)
{
	job_start(exchange, "audit.verify", request, run_verify, done_verify);
}
