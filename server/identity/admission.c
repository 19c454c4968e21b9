/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/admission.h"

#include <stdio.h>
#include <string.h>

#include "server/identity/terminals.h"
#include "server/job.h"
#include "server/log.h"
#include "server/server.h"
#include "server/store/tables.h"

static bool
bears(const uint8_t *cert, uint16_t len, const struct peer *peer)
{
	return len == SY_DIGEST_SIZE &&
	    memcmp(cert, peer->tls.sha256, SY_DIGEST_SIZE) == 0;
}

/* --- a renewed certificate is seen for the first time --- */

struct promotion {
	int64_t terminal;
	struct tls_peer tls;
};

static enum sy_err
run_promote(struct ledger_tx *tx, struct job *job)
{
	const struct promotion *in = job->in;
	struct terminal_row row;
	enum sy_err err;

	err = row_get(ledger_view(tx), &row_type_terminal, in->terminal, &row);
	if (err != SY_OK)
		return err;
	/* Another request of the same terminal came first. */
	if (row.next_cert_len != SY_DIGEST_SIZE ||
	    memcmp(row.next_cert, in->tls.sha256, SY_DIGEST_SIZE) != 0)
		return SY_OK;
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", NULL)) != SY_OK)
		return err;
	memcpy(row.cert, row.next_cert, sizeof(row.cert));
	row.cert_len = row.next_cert_len;
	memset(row.next_cert, 0, sizeof(row.next_cert));
	row.next_cert_len = 0;
	row.not_after = in->tls.not_after * 1000000;
	return row_update(tx, &row_type_terminal, &row);
}

static void
promote(struct server *server, const struct peer *peer)
{
	struct promotion in = { .terminal = peer->terminal, .tls = peer->tls };
	struct job *job = NULL;

	if (job_new(server, NULL, "terminal.certificate", &in, sizeof(in),
		&job) != SY_OK) {
		log_err("%s: its renewed certificate is not in force yet: "
			"out of memory",
		    peer->name);
		return;
	}
	(void)snprintf(job->terminal, sizeof(job->terminal), "%s", peer->name);
	record_reference("terminal", peer->terminal, job->subject);
	job->run = run_promote;
	job_submit(&job);
}

/* --- refusals --- */

void
admission_refused(struct server *server, const struct peer *peer,
    const char *reason)
{
	static const char *const subjects[LISTENER_COUNT] = { "terminals",
		"join", "local" };
	const struct record record = {
		.actor = "server",
		.terminal = peer->name,
		.subject = subjects[peer->kind],
		.action = "terminal.refused",
		.outcome = SY_OUTCOME_DENY,
		.reason = reason,
	};
	char from[SY_NAME_SIZE];
	unsigned int left_out = 0;

	if (!terminals_may_record(server->terminals, peer->terminal,
		server_boottime(), &left_out))
		return;
	if (left_out > 0)
		(void)snprintf(from, sizeof(from),
		    "%s (%u more were not recorded)", peer->address, left_out);
	else
		(void)snprintf(from, sizeof(from), "%s", peer->address);
	log_warn("%s: refused: %s", from, reason);
	job_note(server, &record, "address", from);
}

/* --- every request --- */

static enum sy_err
find_row(struct server *server, const struct peer *peer,
    struct terminal_row *ret)
{
	struct row_view *view = ledger_reader(server->ledger);
	enum sy_err err;

	if (peer->terminal != 0)
		return row_get(view, &row_type_terminal, peer->terminal, ret);
	err = row_find(view, &row_type_terminal, "cert", peer->tls.sha256,
	    SY_DIGEST_SIZE, ret);
	if (err != SY_ERR_NOT_FOUND)
		return err;
	err = row_find(view, &row_type_terminal, "next_cert", peer->tls.sha256,
	    SY_DIGEST_SIZE, ret);
	if (err != SY_ERR_NOT_FOUND)
		return err;
	/* It may have been promoted between the two looks. */
	return row_find(view, &row_type_terminal, "cert", peer->tls.sha256,
	    SY_DIGEST_SIZE, ret);
}

/* "" if the row lets this certificate in now. */
static const char *
judge(const struct terminal_row *row, const struct peer *peer)
{
	if (row->state == TERMINAL_REVOKED)
		return "revoked";
	if (row->state != TERMINAL_JOINED)
		return "not-joined";
	if (!bears(row->cert, row->cert_len, peer) &&
	    !bears(row->next_cert, row->next_cert_len, peer))
		return "other-certificate";
	/* A connection may outlive the certificate. */
	if (peer->tls.not_after <= server_now() / 1000000)
		return "expired";
	return "";
}

enum sy_err
admission_check(struct server *server, struct peer *peer,
    struct sy_error *reterr)
{
	struct terminal_row row;
	const char *reason;
	enum sy_err err;

	if (!peer->tls.present) {
		err = SY_ERR_NOT_FOUND;
	} else {
		err = find_row(server, peer, &row);
		if (err != SY_OK && err != SY_ERR_NOT_FOUND)
			return sy_error_set(reterr, err, "terminal", "%s",
			    sy_err_text(err));
	}
	if (err == SY_OK)
		memcpy(peer->name, row.name, sizeof(peer->name));
	reason = err == SY_OK ? judge(&row, peer) : "unknown-certificate";
	if (reason[0] != '\0') {
		admission_refused(server, peer, reason);
		return sy_error_set(reterr, SY_ERR_PERM, "terminal",
		    "this terminal may not speak here: %s", reason);
	}
	peer->terminal = row.id;
	peer->zone = row.zone;
	terminals_seen(server->terminals, row.id, server_now() / 1000000);
	if (!bears(row.cert, row.cert_len, peer))
		promote(server, peer);
	return SY_OK;
}
