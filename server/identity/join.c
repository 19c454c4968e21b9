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

/* A certificate that the keeper issued. */
struct certified {
	char pem[SY_PEM_SIZE];
	uint8_t sha256[SY_DIGEST_SIZE];
	int64_t not_after;
};

/* What the ledger thread gets: to join, and to renew. */
struct joining {
	uint8_t code[INVITATION_CODE_SIZE];
	int64_t terminal;
	char csr[SY_PEM_SIZE];
};
struct renewing {
	int64_t terminal;
	struct certified certified;
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

static int64_t
certificate_end(void)
{
	return server_now() / MICROSECONDS + CERTIFICATE_LIFE;
}

/*
 * Run the keeper's batch, which is one certificate. It counts for nothing until
 * the ledger has committed its digest to the terminal's row, and is shown to
 * nobody before.
 */
static enum sy_err
certify(struct keeper *keeper, struct certified *ret)
{
	const uint8_t *pem;
	enum sy_err err;
	size_t len;

	if ((err = keeper_run(keeper)) != SY_OK ||
	    (err = keeper_next(keeper, &pem, &len)) != SY_OK)
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
submit(struct exchange *exchange, const char *action, const void *in,
    size_t size, int64_t id, const char *terminal, job_run run)
{
	struct sy_error error = { .code = SY_OK };
	struct job *job = NULL;

	error.code =
	    job_new(exchange->server, exchange, action, in, size, &job);
	if (error.code != SY_OK) {
		exchange_fail(&exchange, &error, 1);
		return;
	}
	(void)snprintf(job->actor, sizeof(job->actor), "terminal:%s", terminal);
	(void)snprintf(job->terminal, sizeof(job->terminal), "%s", terminal);
	record_reference("terminal", id, job->subject);
	job->run = run;
	job->done = done_certified;
	job_submit(&job);
}

static void
add_certificate(struct facts *facts, const struct certified *certified)
{
	facts_bytes(facts, "certificate", certified->sha256,
	    sizeof(certified->sha256));
	facts_int(facts, "not-after", certified->not_after);
}

/* --- join --- */

/*
 * The keeper wants to see the record of the invitation in the log as it is
 * committed, so it is asked on this thread, which is the only one to add to it.
 */
static enum sy_err
certify_invited(struct ledger_tx *tx, struct job *job, int64_t record,
    const char *terminal, struct certified *ret)
{
	const struct joining *in = job->in;
	struct keeper *keeper = ledger_keeper(tx);
	struct ledger_proof proof;
	enum sy_err err;

	if ((err = ledger_prove(tx, (uint64_t)record, &proof)) != SY_OK)
		return err;
	keeper_begin(keeper);
	keeper_add_terminal_cert(keeper, terminal, in->csr, certificate_end(),
	    &proof.invited);
	if ((err = certify(keeper, ret)) != SY_OK)
		return job_refuse(job, err, "csr",
		    "no certificate was issued for this request");
	return SY_OK;
}

static enum sy_err
find_invited(struct ledger_tx *tx, struct job *job,
    struct invitation_row *ret_invitation, struct terminal_row *ret)
{
	struct row_view *view = ledger_view(tx);
	const struct joining *in = job->in;
	enum sy_err err;

	err = invitation_find(view, in->code, ledger_now(tx), ret_invitation);
	if (err != SY_OK)
		return err;
	sy_memzero(ret_invitation->code, sizeof(ret_invitation->code));
	if (ret_invitation->terminal != in->terminal)
		return SY_ERR_CODE;
	err = row_get(view, &row_type_terminal, in->terminal, ret);
	if (err != SY_OK)
		return err;
	return ret->state == TERMINAL_INVITED
	    ? SY_OK
	    : job_refuse(job, SY_ERR_STATE, "code",
		  "the terminal is not invited");
}

static enum sy_err
run_join(struct ledger_tx *tx, struct job *job)
{
	struct invitation_row invitation;
	struct facts facts = { .count = 0 };
	struct certified certified;
	struct terminal_row row;
	enum sy_err err;

	if ((err = find_invited(tx, job, &invitation, &row)) != SY_OK ||
	    (err = certify_invited(tx, job, invitation.record, row.name,
		 &certified)) != SY_OK)
		return err;
	add_certificate(&facts, &certified);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	row.state = TERMINAL_JOINED;
	memcpy(row.cert, certified.sha256, sizeof(row.cert));
	row.cert_len = sizeof(row.cert);
	memset(row.next_cert, 0, sizeof(row.next_cert));
	row.next_cert_len = 0;
	row.not_after = certified.not_after * MICROSECONDS;
	row.joined = ledger_now(tx);
	if ((err = row_update(tx, &row_type_terminal, &row)) != SY_OK ||
	    (err = row_delete(tx, &row_type_invitation, invitation.id)) !=
		SY_OK)
		return err;
	fill_reply(&certified, &row, job->out);
	return SY_OK;
}

void
join_join(struct exchange *exchange, const void *request)
{
	const struct sy_join *in = request;
	struct server *server = exchange->server;
	struct row_view *view = ledger_reader(server->ledger);
	struct joining joining = { .terminal = 0 };
	struct invitation_row invitation;
	struct terminal_row row;
	enum sy_err err;

	if (server->draining) {
		fail(exchange, SY_ERR_BUSY, "", "the server is stopping");
		return;
	}
	err = invitation_find(view, in->code, server_now(), &invitation);
	if (err == SY_OK) {
		joining.terminal = invitation.terminal;
		sy_memzero(&invitation, sizeof(invitation));
		err = row_get(view, &row_type_terminal, joining.terminal, &row);
	}
	if (err != SY_OK) {
		if (err == SY_ERR_CODE)
			admission_refused(server, &exchange->peer, "code");
		fail(exchange, err, "code", NULL);
		return;
	}
	memcpy(joining.code, in->code, sizeof(joining.code));
	memcpy(joining.csr, in->csr, sizeof(joining.csr));
	submit(exchange, "terminal.join", &joining, sizeof(joining),
	    joining.terminal, row.name, run_join);
	sy_memzero(joining.code, sizeof(joining.code));
}

/* --- renewal --- */

static enum sy_err
run_renew(struct ledger_tx *tx, struct job *job)
{
	const struct renewing *in = job->in;
	struct facts facts = { .count = 0 };
	struct terminal_row row;
	enum sy_err err;

	err = row_get(ledger_view(tx), &row_type_terminal, in->terminal, &row);
	if (err != SY_OK)
		return err;
	if (row.state != TERMINAL_JOINED)
		return job_refuse(job, SY_ERR_PERM, "terminal",
		    "this terminal may not renew its certificate");
	add_certificate(&facts, &in->certified);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	/* The old one is good until this one was seen in use. */
	memcpy(row.next_cert, in->certified.sha256, sizeof(row.next_cert));
	row.next_cert_len = sizeof(row.next_cert);
	if ((err = row_update(tx, &row_type_terminal, &row)) != SY_OK)
		return err;
	fill_reply(&in->certified, &row, job->out);
	return SY_OK;
}

void
join_renew(struct exchange *exchange, const void *request)
{
	struct keeper *keeper = exchange->server->keeper;
	const struct peer *peer = &exchange->peer;
	struct renewing renewing = { .terminal = peer->terminal };
	const struct sy_renew *in = request;
	const struct keeper_renewed renewed = { .certificate = in->certificate,
		.signature = in->signature,
		.signature_len = in->signature_len };
	enum sy_err err;

	if (terminals_begin(exchange->server->terminals, renewing.terminal,
		server_boottime()) > 0) {
		fail(exchange, SY_ERR_BUSY, "",
		    "too many certificates for this terminal");
		return;
	}
	keeper_begin(keeper);
	keeper_add_terminal_renewal(keeper, peer->name, in->csr,
	    certificate_end(), &renewed);
	err = certify(keeper, &renewing.certified);
	if (err != SY_OK)
		fail(exchange, err, "csr",
		    "no certificate was issued for this request");
	else
		submit(exchange, "terminal.renew", &renewing, sizeof(renewing),
		    renewing.terminal, peer->name, run_renew);
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
