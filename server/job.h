/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_JOB_H
#define SERVER_JOB_H

#include "server/http/exchange.h"
#include "server/record.h"

/*
 * A request on its way through the ledger: run on the ledger thread, answered
 * on the loop thread after the commit. Until then a job belongs to one thread
 * at a time and nobody else looks into it.
 */
struct job;
struct server;

/*
 * On the ledger thread, inside a savepoint. Reads ${job->in}, fills
 * ${job->out}. Errors before job_audit are refusals: they are recorded under
 * the job's action and answered with ${job->error}. Errors after it undo
 * everything.
 */
typedef enum sy_err (*job_run)(struct ledger_tx *tx, struct job *job);
/* On the loop thread, after the commit (${result} SY_OK) or its failure. The
 * default answers the exchange, if there is one. */
typedef void (*job_done)(struct job *job, enum sy_err result);

struct job {
	struct server *server;
	struct exchange *exchange; /* NULL: nobody waits for an answer */
	job_run run;
	job_done done; /* must end with job_answer or job_free */
	void *in;
	size_t in_size;
	void *out; /* the route's reply, zeroed, or NULL */
	const char *action;
	char actor[SY_NAME_SIZE];
	char terminal[SY_TERMINAL_SIZE];
	char subject[SY_NAME_SIZE];
	struct sy_error error; /* set: the answer is this failure */
	bool audited;
	uint64_t seq; /* of the job's record */
};

/*
 * A new job for ${exchange} (may be NULL; not taken over yet) with a copy of
 * ${in_size} bytes of ${in}, wiped when the job is freed, and room for the
 * route's reply. NOMEM.
 */
SY_MUST_USE enum sy_err job_new(struct server *server,
    struct exchange *exchange, const char *action, const void *in,
    size_t in_size, struct job **ret_job);
/* Wipe and free; the exchange is not answered. */
void job_free(struct job **job);

/*
 * Hand ${*job} over to the ledger. If it does not take it, the job's done is
 * called at once with the reason, so that there is always one answer.
 */
void job_submit(struct job **job);

/* new and submit for a handler that needs nothing else; answers by itself when
 * there is no memory. */
void job_start(struct exchange *exchange, const char *action, const void *in,
    job_run run, job_done done);

/* Answer the job's exchange with its reply or failure and free the job. */
void job_answer(struct job **job, enum sy_err result);

/* Append the job's one record: its actor, terminal, subject and action. */
SY_MUST_USE enum sy_err job_audit(struct ledger_tx *tx, struct job *job,
    enum sy_outcome outcome, const char *reason, const struct facts *facts);

/* Refuse in ${job->run}: sets ${job->error}, returns ${code}. */
enum sy_err job_refuse(struct job *job, enum sy_err code, const char *place,
    const char *fmt, ...) SY_PRINTF(4, 5);

/* Append one record without anybody waiting: what the server itself has to
 * say. Texts are copied. A failure is logged. */
void job_note(struct server *server, const struct record *record,
    const char *key, const char *value);

#endif /* SERVER_JOB_H */
