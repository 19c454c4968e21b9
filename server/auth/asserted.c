/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/asserted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/auth/evidence.h"
#include "server/auth/login.h"
#include "server/auth/plan.h"
#include "server/identity/metadata.h"
#include "server/policy.h"
#include "server/server.h"

/* What the ledger thread gets. */
struct asserted {
	struct login_facts login;
	struct verdict_proof proof;
	const char *server;
	struct policy_ref *policy;
	struct metadata_ref *metadata;
	const char *why;  /* nothing that is wanted was proven, or "" */
	const char *told; /* why it does not count, "" if it does */
};

static enum sy_err
run_asserted(struct ledger_tx *tx, struct job *job)
{
	struct asserted *a = job->in;
	const struct proven_rules rules = { a->policy->policy,
		metadata_of(a->metadata) };
	struct sy_evidence *e = &a->login.evidence;
	const unsigned int last = e->count - 1;
	struct facts facts = { .count = 0 };
	struct evidence_device device;
	struct evidence_key judged;
	struct proven found;
	enum sy_err err;

	err = proven_read(tx, &rules, &a->login.keys[last], &e->proof[last],
	    &found);
	if (err != SY_OK)
		return err;
	login_facts_add(&a->login, &facts);
	evidence_challenge(a->server, &a->login, &a->proof, &facts);
	evidence_device(&a->login, &a->proof, &device, &facts);
	evidence_key(&found, &judged, &facts);
	if ((err = proven_alarm(tx, job, &a->login, &found)) != SY_OK ||
	    (err = job_audit(tx, job,
		 found.why[0] == '\0' ? SY_OUTCOME_DONE : SY_OUTCOME_DENY,
		 found.why, &facts)) != SY_OK ||
	    (err = proven_settle(tx, &found)) != SY_OK)
		return err;
	a->login.keys[last].compared = true;
	a->told = found.why[0] != '\0' ? proven_told(&found) : a->why;
	return SY_OK;
}

/* Not recorded, so it was not shown, and is asked for as before; the nonce is
 * used up. */
static void
take_back(struct server *server, struct login *login)
{
	const char *reason;

	login->state = LOGIN_PRESENT;
	login->facts.evidence.count--;
	(void)plan_next(server, login, &reason);
}

/* The ledger has it: go on, or say no. */
static void
go_on(struct exchange *exchange, const struct asserted *a, enum sy_err result)
{
	struct login *login = NULL;

	if (logins_get(exchange->server->logins, a->login.txn, &login) !=
	    SY_OK) {
		login_fail(exchange, SY_ERR_NOT_FOUND,
		    sy_err_text(SY_ERR_NOT_FOUND), 0);
		return;
	}
	if (result != SY_OK) {
		take_back(exchange->server, login);
		login_fail(exchange, result, sy_err_text(result),
		    exchange_status(result) == 503 ? 1 : 0);
		return;
	}
	login->state = LOGIN_PRESENT;
	login->facts = a->login;
	if (a->told[0] != '\0')
		verdict_deny(exchange, login, "auth.verdict", SY_OUTCOME_DENY,
		    a->told, "", &a->proof);
	else
		plan_advance(exchange, login, NULL);
}

static void
done_asserted(struct job *job, enum sy_err result)
{
	struct asserted *a = job->in;
	struct exchange *exchange = job->exchange;

	job->exchange = NULL;
	policy_ref_drop(&a->policy);
	metadata_ref_drop(&a->metadata);
	if (result == SY_OK)
		result = job->error.code;
	go_on(exchange, a, result);
	job_free(&job);
}

void
asserted_record(struct exchange *exchange, struct login *login, const char *why,
    const struct verdict_proof *proof)
{
	struct asserted a = { .login = login->facts,
		.proof = *proof,
		.server = exchange->server->config.name,
		.why = why,
		.told = "" };
	struct server *server = exchange->server;
	struct asserted *in;
	struct job *job = NULL;
	enum sy_err err;

	err = job_new(server, exchange, "auth.key", &a, sizeof(a), &job);
	if (err != SY_OK) {
		take_back(server, login);
		login_fail(exchange, err, sy_err_text(err), 1);
		return;
	}
	in = job->in;
	in->policy = policy_ref_take(server->policy);
	in->metadata = metadata_ref_take(server->metadata);
	(void)snprintf(job->subject, sizeof(job->subject), "%s",
	    login->facts.subject);
	login->state = LOGIN_LEDGER;
	job->run = run_asserted;
	job->done = done_asserted;
	job_submit(&job);
}
