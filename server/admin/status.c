/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "server/admin/admin.h"

#include <stdio.h>
#include <stdlib.h>

#include "server/auth/hashing.h"
#include "server/auth/logins.h"
#include "server/identity/metadata.h"
#include "server/lost.h"
#include "server/policy.h"
#include "server/server.h"
#include "server/store/tables.h"

static int
compare_ids(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Terminals, not connections: one may have several. */
static enum sy_err
count_connected(const struct server *server, int64_t *ret)
{
	int64_t *ids = NULL;
	enum sy_err err;
	size_t count;

	err = connection_terminals(&server->pools[LISTENER_TERMINALS], &ids,
	    &count);
	if (err != SY_OK)
		return err;
	if (count > 0)
		qsort(ids, count, sizeof(*ids), compare_ids);
	*ret = 0;
	for (size_t i = 0; i < count; i++)
		if (i == 0 || ids[i] != ids[i - 1])
			(*ret)++;
	free(ids);
	return SY_OK;
}

/* The gravest of what is wrong now; what is over comes last. */
static void
set_alarm(const struct server *server, struct sy_status *status)
{
	const enum sy_err trouble = ledger_trouble(server->ledger);

	status->ledger_writable = trouble == SY_OK;
	if (trouble != SY_OK)
		(void)snprintf(status->alarm, sizeof(status->alarm),
		    "the ledger can't write, logins are refused: %s",
		    sy_err_text(trouble));
	else if (server->alarm[0] != '\0')
		(void)snprintf(status->alarm, sizeof(status->alarm), "%s",
		    server->alarm);
	else if (hashing_fails(server->hashing))
		(void)snprintf(status->alarm, sizeof(status->alarm),
		    "no password can be verified: the processes that hash them "
		    "do not stay; the server's log says why");
	else if (policy_lacks_dictionary(server))
		(void)snprintf(status->alarm, sizeof(status->alarm),
		    "no password can be changed: the dictionary does not "
		    "work; see the package cracklib-runtime");
	else if (!metadata_alarm(server, status->alarm,
		     sizeof(status->alarm)) &&
	    lost_lately(server))
		(void)snprintf(status->alarm, sizeof(status->alarm),
		    "the keeper was lost within the last hour, and the server "
		    "started again; see alarm.keeper in the log");
}

static enum sy_err
fill(const struct server *server, struct sy_status *ret)
{
	struct row_view *view = ledger_reader(server->ledger);
	uint8_t head[SY_HEAD_SIZE], signature[SY_ED25519_SIG_SIZE];
	struct sy_head decoded;
	enum sy_err err;

	ledger_head(server->ledger, head, signature);
	if ((err = sy_head_decode(head, sizeof(head), &decoded)) != SY_OK ||
	    (err = row_count(view, &row_type_id, &ret->users)) != SY_OK ||
	    (err = row_count(view, &row_type_token, &ret->tokens)) != SY_OK ||
	    (err = row_count(view, &row_type_terminal, &ret->terminals)) !=
		SY_OK ||
	    (err = count_connected(server, &ret->connected)) != SY_OK)
		return err;
	ret->records = (int64_t)decoded.size;
	(void)snprintf(ret->server, sizeof(ret->server), "%s",
	    server->config.name);
	(void)snprintf(ret->version, sizeof(ret->version), "%s",
	    PACKAGE_VERSION);
	(void)snprintf(ret->policy, sizeof(ret->policy), "%s",
	    sy_policy_name(server->policy->policy));
	ret->started = server->started;
	ret->open_transactions = (int64_t)logins_open(server->logins);
	ret->queue = (int64_t)ledger_queue(server->ledger);
	set_alarm(server, ret);
	return SY_OK;
}

void
status_show(struct exchange *exchange, const void *request)
{
	struct sy_status status = { .started = 0 };
	struct sy_error error = { .code = SY_OK };

	(void)request;
	error.code = fill(exchange->server, &status);
	if (error.code == SY_OK)
		exchange_reply(&exchange, &status);
	else
		exchange_fail(&exchange, &error, 0);
}
