/* SPDX-License-Identifier: Apache-2.0 */
#include "server/job.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/gathering.h"
#include "server/log.h"
#include "server/server.h"

static void
set_actor(struct job *job, const struct peer *peer)
{
	if (peer == NULL)
		(void)snprintf(job->actor, sizeof(job->actor), "server");
	else if (peer->kind != LISTENER_ADMIN)
		(void)snprintf(job->actor, sizeof(job->actor), "terminal:%s",
		    peer->name);
	else if (peer->uid == 0)
		(void)snprintf(job->actor, sizeof(job->actor), "root");
	else
		(void)snprintf(job->actor, sizeof(job->actor), "uid:%ju",
		    (uintmax_t)peer->uid);
	if (peer != NULL)
		(void)snprintf(job->terminal, sizeof(job->terminal), "%s",
		    peer->name);
}

enum sy_err
job_new(struct server *server, struct exchange *exchange, const char *action,
    const void *in, size_t in_size, struct job **ret_job)
{
	SY_AUTO(job_free) struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return SY_ERR_NOMEM;
	job->server = server;
	job->action = action;
	job->done = NULL;
	set_actor(job, exchange == NULL ? NULL : &exchange->peer);
	if (in_size > 0) {
		if ((job->in = malloc(in_size)) == NULL)
			return SY_ERR_NOMEM;
		memcpy(job->in, in, in_size);
		job->in_size = in_size;
	}
	if (exchange != NULL) {
		job->out = calloc(1, exchange->route->reply->size);
		if (job->out == NULL)
			return SY_ERR_NOMEM;
	}
	job->exchange = exchange;
	*ret_job = job;
	job = NULL;
	return SY_OK;
}

void
job_free(struct job **job)
{
	struct job *j = *job;

	if (j == NULL)
		return;
	if (j->in != NULL)
		sy_memzero(j->in, j->in_size);
	free(j->in);
	/* The exchange is set only when the reply's type is known from it. */
	if (j->out != NULL && j->exchange != NULL)
		sy_message_clear(j->exchange->route->reply, j->out);
	free(j->out);
	free(j);
	*job = NULL;
}

void
job_answer(struct job **job, enum sy_err result)
{
	struct job *j = *job;
	const struct sy_message *reply;

	if (j->exchange == NULL) {
		if (result != SY_OK)
			log_err("%s was not recorded: %s", j->action,
			    sy_err_text(result));
		job_free(job);
		return;
	}
	/* A refusal may have filled in code, place and text already. */
	if (result != SY_OK && j->error.code != result) {
		memset(&j->error, 0, sizeof(j->error));
		j->error.code = result;
	}
	reply = j->exchange->route->reply;
	if (j->error.code == SY_OK)
		exchange_reply(&j->exchange, j->out);
	else
		exchange_fail(&j->exchange, &j->error,
		    exchange_status(j->error.code) == 503 ? 1 : 0);
	sy_message_clear(reply, j->out);
	job_free(job);
}

/* What changes nothing and is somebody's fault is recorded; what the machine
 * can't do is not (the record would meet the same trouble). */
static bool
is_refusal(enum sy_err err)
{
	return exchange_status(err) < 500;
}

static enum sy_err
run(struct ledger_tx *tx, void *ctx)
{
	struct job *job = ctx;
	const enum sy_err err = job->run(tx, job);

	if (err == SY_OK || job->audited || !is_refusal(err))
		return err;
	if (job->error.code != err)
		(void)sy_error_set(&job->error, err, "", "%s",
		    sy_err_text(err));
	return job_audit(tx, job, SY_OUTCOME_DENY, sy_err_name(err), NULL);
}

static void
done(void *ctx, enum sy_err result)
{
	struct job *job = ctx;

	job->server->jobs--;
	if (job->done != NULL)
		job->done(job, result);
	else
		job_answer(&job, result);
}

void
job_submit(struct job **job)
{
	struct job *j = *job;
	enum sy_err err;

	*job = NULL;
	j->server->jobs++;
	if (j->server->gathering != NULL)
		gathering_add(j->server->gathering);
	err = ledger_submit(j->server->ledger, run, done, j);
	if (err != SY_OK)
		done(j, err);
}

void
job_start(struct exchange *exchange, const char *action, const void *in,
    job_run run_job, job_done done_job)
{
	struct job *job = NULL;
	struct sy_error error = { .code = SY_OK };

	error.code = job_new(exchange->server, exchange, action, in,
	    exchange->route->request->size, &job);
	if (error.code != SY_OK) {
		exchange_fail(&exchange, &error, 1);
		return;
	}
	job->run = run_job;
	job->done = done_job;
	job_submit(&job);
}

enum sy_err
job_audit(struct ledger_tx *tx, struct job *job, enum sy_outcome outcome,
    const char *reason, const struct facts *facts)
{
	const struct record record = {
		.actor = job->actor,
		.terminal = job->terminal,
		.subject = job->subject,
		.action = job->action,
		.outcome = outcome,
		.reason = reason,
	};
	enum sy_err err = record_write(tx, &record, facts, &job->seq);

	if (err == SY_OK)
		job->audited = true;
	return err;
}

enum sy_err
job_refuse(struct job *job, enum sy_err code, const char *place,
    const char *fmt, ...)
{
	char text[sizeof(job->error.text)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return sy_error_set(&job->error, code, place, "%s", text);
}

/* --- notes --- */

struct note {
	enum sy_outcome outcome;
	char reason[SY_NAME_SIZE];
	char key[SY_WORD_SIZE];
	char value[SY_BASIS_SIZE];
};

static enum sy_err
run_note(struct ledger_tx *tx, struct job *job)
{
	const struct note *note = job->in;
	struct facts facts = { .count = 0 };

	if (note->key[0] != '\0')
		facts_text(&facts, note->key, note->value);
	return job_audit(tx, job, note->outcome, note->reason, &facts);
}

void
job_note(struct server *server, const struct record *record, const char *key,
    const char *value)
{
	struct note note = { .outcome = record->outcome };
	struct job *job = NULL;

	(void)snprintf(note.reason, sizeof(note.reason), "%s", record->reason);
	if (key != NULL) {
		(void)snprintf(note.key, sizeof(note.key), "%s", key);
		(void)snprintf(note.value, sizeof(note.value), "%s", value);
	}
	if (job_new(server, NULL, record->action, &note, sizeof(note), &job) !=
	    SY_OK) {
		log_err("%s was not recorded: out of memory", record->action);
		return;
	}
	(void)snprintf(job->actor, sizeof(job->actor), "%s", record->actor);
	(void)snprintf(job->terminal, sizeof(job->terminal), "%s",
	    record->terminal);
	(void)snprintf(job->subject, sizeof(job->subject), "%s",
	    record->subject);
	job->run = run_note;
	job_submit(&job);
}
