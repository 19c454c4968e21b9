/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/identity/admission.h"
#include "server/identity/invitation.h"
#include "server/identity/terminals.h"
#include "server/job.h"
#include "server/policy.h"
#include "server/server.h"
#include "server/session/session.h"

/* Life of a terminal's certificate, in seconds. */
#define CERTIFICATE_LIFE (90 * INT64_C(86400))
#define MICROSECONDS     INT64_C(1000000)

/* What the ledger thread gets, for joining and renewing. */
struct certified {
	uint8_t code[INVITATION_CODE_SIZE]; /* join only */
	int64_t terminal;
	char pem[SY_PEM_SIZE];
	uint8_t sha256[SY_DIGEST_SIZE];
	int64_t not_after;
};

static void
fail(struct exchange *exchange, enum sy_err code, const char *place,
    const char *text)
{
	struct sy_error error = { .code = SY_OK };

	(void)sy_error_set(&error, code, place, "%s",
	    text != NULL ? text : sy_err_text(code));
	exchange_fail(&exchange, &error, 0);
}

/*
 * Have the keeper sign the certificate. It counts for nothing until the
 * ledger has committed its digest to the terminal's row, and is shown to
 * nobody before.
 */
static enum sy_err
certify(struct server *server, const char *terminal, const char *csr,
    struct certified *ret)
{
	const uint8_t *pem;
	enum sy_err err;
	size_t len;

	keeper_begin(server->keeper);
	keeper_add_terminal_cert(server->keeper, terminal, csr,
	    server_now() / MICROSECONDS + CERTIFICATE_LIFE);
	if ((err = keeper_run(server->keeper)) != SY_OK ||
	    (err = keeper_next(server->keeper, &pem, &len)) != SY_OK)
		return err;
	if (len >= sizeof(ret->pem))
		return SY_ERR_LIMIT;
	memcpy(ret->pem, pem, len);
	ret->pem[len] = '\0';
	return tls_pem_digests(ret->pem, strlen(ret->pem), ret->sha256,
	    &ret->not_after, NULL);
}

static void
fill_reply(const struct certified *in, const struct terminal_row *row,
    struct sy_join_reply *ret)
{
	memcpy(ret->terminal, row->name, sizeof(ret->terminal));
	(void)snprintf(ret->zone, sizeof(ret->zone), "%s",
	    sy_zone_name((enum sy_zone)row->zone));
	memcpy(ret->certificate, in->pem, sizeof(ret->certificate));
}

/* What is the same for all terminals, added on the loop thread. */
static void
done_certified(struct job *job, enum sy_err result)
{
	const struct server *server = job->server;
	struct sy_join_reply *reply = job->out;

	(void)snprintf(reply->server, sizeof(reply->server), "%s",
	    server->config.name);
	reply->port = server->config.terminals.endpoints[0].port;
	(void)snprintf(reply->ca, sizeof(reply->ca), "%s",
	    keeper_ca(server->keeper));
	job_answer(&job, result);
}

static void
submit(struct exchange *exchange, const char *action,
    const struct certified *in, const char *terminal, job_run run)
{
	struct sy_error error = { .code = SY_OK };
	struct job *job = NULL;

	error.code =
	    job_new(exchange->server, exchange, action, in, sizeof(*in), &job);
	if (error.code != SY_OK) {
		exchange_fail(&exchange, &error, 1);
		return;
	}
	(void)snprintf(job->actor, sizeof(job->actor), "terminal:%s", terminal);
	(void)snprintf(job->terminal, sizeof(job->terminal), "%s", terminal);
	record_reference("terminal", in->terminal, job->subject);
	job->run = run;
	job->done = done_certified;
	job_submit(&job);
}

/* --- join --- */

static enum sy_err
run_join(struct ledger_tx *tx, struct job *job)
{
	struct row_view *view = ledger_view(tx);
	const struct certified *in = job->in;
	struct invitation_row invitation;
	struct facts facts = { .count = 0 };
	struct terminal_row row;
	enum sy_err err;

	err = invitation_find(view, in->code, ledger_now(tx), &invitation);
	if (err != SY_OK)
		return err;
	sy_memzero(invitation.code, sizeof(invitation.code));
	if (invitation.terminal != in->terminal)
		return SY_ERR_CODE;
	err = row_get(view, &row_type_terminal, in->terminal, &row);
	if (err != SY_OK)
		return err;
	if (row.state != TERMINAL_INVITED)
		return job_refuse(job, SY_ERR_STATE, "code",
		    "the terminal is not invited");
	facts_bytes(&facts, "certificate", in->sha256, sizeof(in->sha256));
	facts_int(&facts, "not-after", in->not_after);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	row.state = TERMINAL_JOINED;
	memcpy(row.cert, in->sha256, sizeof(row.cert));
	row.cert_len = sizeof(row.cert);
	memset(row.next_cert, 0, sizeof(row.next_cert));
	row.next_cert_len = 0;
	row.not_after = in->not_after * MICROSECONDS;
	row.joined = ledger_now(tx);
	if ((err = row_update(tx, &row_type_terminal, &row)) != SY_OK ||
	    (err = row_delete(tx, &row_type_invitation, invitation.id)) !=
		SY_OK)
		return err;
	fill_reply(in, &row, job->out);
	return SY_OK;
}

void
join_join(struct exchange *exchange, const void *request)
{
	const struct sy_join *in = request;
	struct server *server = exchange->server;
	struct row_view *view = ledger_reader(server->ledger);
	struct certified certified = { .terminal = 0 };
	struct invitation_row invitation;
	struct terminal_row row;
	enum sy_err err;

	if (server->draining) {
		fail(exchange, SY_ERR_BUSY, "", "the server is stopping");
		return;
	}
	err = invitation_find(view, in->code, server_now(), &invitation);
	if (err == SY_OK) {
		certified.terminal = invitation.terminal;
		sy_memzero(&invitation, sizeof(invitation));
		err =
		    row_get(view, &row_type_terminal, certified.terminal, &row);
	}
	if (err != SY_OK) {
		if (err == SY_ERR_CODE)
			admission_refused(server, &exchange->peer, "code");
		fail(exchange, err, "code", NULL);
		return;
	}
	err = certify(server, row.name, in->csr, &certified);
	if (err != SY_OK) {
		fail(exchange, err, "csr",
		    "no certificate was issued for this request");
		return;
	}
	memcpy(certified.code, in->code, sizeof(certified.code));
	submit(exchange, "terminal.join", &certified, row.name, run_join);
	sy_memzero(certified.code, sizeof(certified.code));
}

/* --- renewal --- */

static enum sy_err
run_renew(struct ledger_tx *tx, struct job *job)
{
	const struct certified *in = job->in;
	struct facts facts = { .count = 0 };
	struct terminal_row row;
	enum sy_err err;

	err = row_get(ledger_view(tx), &row_type_terminal, in->terminal, &row);
	if (err != SY_OK)
		return err;
	if (row.state != TERMINAL_JOINED)
		return job_refuse(job, SY_ERR_PERM, "terminal",
		    "this terminal may not renew its certificate");
	facts_bytes(&facts, "certificate", in->sha256, sizeof(in->sha256));
	facts_int(&facts, "not-after", in->not_after);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	/* The old one is good until this one was seen in use. */
	memcpy(row.next_cert, in->sha256, sizeof(row.next_cert));
	row.next_cert_len = sizeof(row.next_cert);
	if ((err = row_update(tx, &row_type_terminal, &row)) != SY_OK)
		return err;
	fill_reply(in, &row, job->out);
	return SY_OK;
}

void
join_renew(struct exchange *exchange, const void *request)
{
	const struct sy_renew *in = request;
	struct certified certified = { .terminal = exchange->peer.terminal };
	enum sy_err err;

	if (terminals_begin(exchange->server->terminals, certified.terminal,
		server_boottime()) > 0) {
		fail(exchange, SY_ERR_BUSY, "",
		    "too many certificates for this terminal");
		return;
	}
	err =
	    certify(exchange->server, exchange->peer.name, in->csr, &certified);
	if (err != SY_OK)
		fail(exchange, err, "csr",
		    "no certificate was issued for this request");
	else
		submit(exchange, "terminal.renew", &certified,
		    exchange->peer.name, run_renew);
}

/* --- hello --- */

void
join_hello(struct exchange *exchange, const void *request)
{
	struct server *server = exchange->server;
	struct sy_hello_reply reply = { .wire = SY_WIRE_VERSION };
	const struct sy_hello *in = request;
	enum sy_err err;

	if ((err = session_boot(server, &exchange->peer, in->boot)) != SY_OK) {
		fail(exchange, err, "boot", NULL);
		return;
	}
	(void)snprintf(reply.server, sizeof(reply.server), "%s",
	    server->config.name);
	memcpy(reply.terminal, exchange->peer.name, sizeof(reply.terminal));
	(void)snprintf(reply.zone, sizeof(reply.zone), "%s",
	    sy_zone_name((enum sy_zone)exchange->peer.zone));
	reply.time = server_now() / MICROSECONDS;
	ledger_head(server->ledger, reply.head, reply.signature);
	reply.head_len = sizeof(reply.head);
	reply.signature_len = sizeof(reply.signature);
	reply.no_dictionary = policy_lacks_dictionary(server);
	exchange_reply(&exchange, &reply);
}
