/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/debts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "server/auth/knowledge.h"
#include "server/auth/login.h"
#include "server/log.h"
#include "server/policy.h"
#include "server/server.h"

struct debt {
	struct login_facts facts;
	enum debit_end end;
	struct policy_ref *policy;
	int64_t epoch;
	STAILQ_ENTRY(debt) next;
};

struct debts {
	STAILQ_HEAD(debt_queue, debt) queue;
};

/* --- on the ledger thread --- */

enum sy_err
debit_read(struct ledger_tx *tx, const struct login_facts *facts,
    const struct sy_policy *policy, int64_t epoch, enum debit_end end,
    struct lockout_row *ret)
{
	const struct sy_lockout_policy *limits =
	    sy_policy_lockout(policy, facts->kind, facts->purpose);
	const int64_t now = ledger_now(tx);
	enum sy_err err;

	if ((err = lockout_read(ledger_view(tx), facts->tries, ret)) != SY_OK)
		return err;
	switch (end) {
	case DEBIT_WRONG:
		lockout_fail(ret, limits, epoch, now);
		break;
	case DEBIT_RIGHT:
		(void)lockout_succeed(ret, limits, epoch, now,
		    facts->debit.mark);
		break;
	case DEBIT_UNKNOWN:
		lockout_return(ret, limits, epoch, now);
		break;
	}
	return SY_OK;
}

enum sy_err
debit_settle(struct ledger_tx *tx, struct job *job,
    const struct login_facts *login, const struct sy_policy *policy,
    int64_t epoch, enum debit_end end, struct lockout_row *ret)
{
	static const struct {
		enum sy_outcome outcome;
		const char *reason;
	} ends[] = {
		[DEBIT_WRONG] = { SY_OUTCOME_DENY, "password-wrong" },
		[DEBIT_RIGHT] = { SY_OUTCOME_DONE, "" },
		[DEBIT_UNKNOWN] = { SY_OUTCOME_FAILED, "not-verified" },
	};
	struct facts facts = { .count = 0 };
	enum sy_err err;

	if ((err = debit_read(tx, login, policy, epoch, end, ret)) != SY_OK)
		return err;
	login_facts_add(login, &facts);
	if ((err = job_audit(tx, job, ends[end].outcome, ends[end].reason,
		 &facts)) != SY_OK)
		return err;
	return lockout_write(tx, ret);
}

/* --- on the loop thread --- */

enum sy_err
debts_new(struct debts **ret_debts)
{
	struct debts *debts = calloc(1, sizeof(*debts));

	if (debts == NULL)
		return SY_ERR_NOMEM;
	STAILQ_INIT(&debts->queue);
	*ret_debts = debts;
	return SY_OK;
}

static void
debt_free(struct debt **debt)
{
	policy_ref_drop(&(*debt)->policy);
	free(*debt);
	*debt = NULL;
}

void
debts_free(struct debts **debts)
{
	struct debt *debt;

	if (*debts == NULL)
		return;
	while ((debt = STAILQ_FIRST(&(*debts)->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&(*debts)->queue, next);
		debt_free(&debt);
	}
	free(*debts);
	*debts = NULL;
}

void
debts_add(struct server *server, const struct login_facts *facts,
    enum debit_end end)
{
	struct debt *debt;

	if (!facts->debit.open)
		return;
	if ((debt = calloc(1, sizeof(*debt))) == NULL) {
		log_err("a try of a password stays open until the next start: "
			"out of memory");
		return;
	}
	debt->facts = *facts;
	debt->end = end;
	debt->epoch = server->epoch;
	STAILQ_INSERT_TAIL(&server->debts->queue, debt, next);
}

static enum sy_err
run_debt(struct ledger_tx *tx, struct job *job)
{
	struct debt *debt = *(struct debt **)job->in;
	struct lockout_row row;

	return debit_settle(tx, job, &debt->facts, debt->policy->policy,
	    debt->epoch, debt->end, &row);
}

static void
done_debt(struct job *job, enum sy_err result)
{
	struct debt *debt = *(struct debt **)job->in;
	struct server *server = job->server;

	job_free(&job);
	policy_ref_drop(&debt->policy);
	if (result == SY_OK)
		debt_free(&debt);
	else
		STAILQ_INSERT_TAIL(&server->debts->queue, debt, next);
}

static enum sy_err
submit(struct server *server, struct debt *debt)
{
	struct job *job = NULL;
	enum sy_err err;

	err = job_new(server, NULL, "auth.tried", &debt, sizeof(debt), &job);
	if (err != SY_OK)
		return err;
	(void)snprintf(job->terminal, sizeof(job->terminal), "%s",
	    debt->facts.terminal_name);
	(void)snprintf(job->subject, sizeof(job->subject), "%s",
	    debt->facts.subject);
	debt->policy = policy_ref_take(server->policy);
	job->run = run_debt;
	job->done = done_debt;
	job_submit(&job);
	return SY_OK;
}

void
debts_retry(struct server *server)
{
	struct debt_queue due = STAILQ_HEAD_INITIALIZER(due);
	struct debt *debt;

	if (ledger_trouble(server->ledger) != SY_OK)
		return;
	STAILQ_CONCAT(&due, &server->debts->queue);
	while ((debt = STAILQ_FIRST(&due)) != NULL) {
		STAILQ_REMOVE_HEAD(&due, next);
		if (submit(server, debt) != SY_OK)
			STAILQ_INSERT_TAIL(&server->debts->queue, debt, next);
	}
}
