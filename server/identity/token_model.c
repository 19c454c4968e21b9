/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to all FIDO2 keys of one model: they are counted, and ended. The
 * order has a record of its own, and so has each token; batch by batch, each of
 * them in one group of the ledger.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/identity/identity.h"
#include "server/identity/metadata.h"
#include "server/identity/model.h"
#include "server/identity/token.h"
#include "server/job.h"
#include "server/list.h"

#define BATCH 64

void
token_models(struct exchange *exchange, const void *request)
{
	struct sy_model_list list = { .number = 0 };
	struct sy_error error = { .code = SY_OK };

	(void)request;
	error.code = model_list_fill(exchange->server, &list);
	if (error.code == SY_OK)
		exchange_reply(&exchange, &list);
	else
		exchange_fail(&exchange, &error, 0);
	sy_message_clear(&sy_message_model_list, &list);
}

/* --- ending all tokens of a model --- */

struct sweep {
	struct job *order;     /* answered at the end */
	struct sy_list tokens; /* int64_t */
	size_t next;           /* the first that was not begun */
	size_t pending;
	struct sy_error error; /* the first that came */
};

/* One token of a sweep. */
struct ending {
	struct sweep *sweep;
	int64_t token;
	char aaguid[SY_AAGUID_TEXT_SIZE];
	char basis[SY_BASIS_SIZE];
	bool ended; /* now, not before */
};

static enum sy_err
run_ending(struct ledger_tx *tx, struct job *job)
{
	struct ending *in = job->in;
	struct facts facts = { .count = 0 };
	char owner[REFERENCE_SIZE];
	struct token_row row;
	enum sy_err err;

	err = row_get(ledger_view(tx), &row_type_token, in->token, &row);
	if (err != SY_OK || row.state != TOKEN_ACTIVE)
		return err;
	record_reference("token", in->token, job->subject);
	record_reference("id", row.owner, owner);
	facts_text(&facts, "owner", owner);
	facts_text(&facts, "aaguid", in->aaguid);
	facts_text(&facts, "basis", in->basis);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	row.state = TOKEN_REVOKED;
	in->ended = true;
	return row_update(tx, &row_type_token, &row);
}

static enum sy_err
report_ending(struct job *job)
{
	const struct ending *in = job->in;
	struct row_view *view = ledger_reader(job->server->ledger);
	struct sy_token_list *list = in->sweep->order->out;
	struct token_row row;
	enum sy_err err;
	void *item;

	if ((err = row_get(view, &row_type_token, in->token, &row)) != SY_OK ||
	    (err = list_add(&list->tokens, sizeof(struct sy_token), &item)) !=
		SY_OK ||
	    (err = token_message(view, &row, server_now(), item)) != SY_OK)
		return err;
	token_name(metadata_of(job->server->metadata), item);
	return SY_OK;
}

static void sweep_on(struct sweep *sweep);

static void
done_ending(struct job *job, enum sy_err result)
{
	const struct ending *in = job->in;
	struct sweep *sweep = in->sweep;

	if (result == SY_OK && job->error.code != SY_OK)
		result = job->error.code;
	if (result == SY_OK && in->ended)
		result = report_ending(job);
	if (result != SY_OK && sweep->error.code == SY_OK)
		(void)sy_error_set(&sweep->error, result, job->subject,
		    "not all tokens of the model were ended (%s): order it "
		    "again",
		    sy_err_text(result));
	job_free(&job);
	if (--sweep->pending == 0)
		sweep_on(sweep);
}

static enum sy_err
submit_ending(struct sweep *sweep, int64_t token)
{
	const struct sy_model_change *order = sweep->order->in;
	struct ending in = { .sweep = sweep, .token = token };
	struct job *job = NULL;
	enum sy_err err;

	memcpy(in.aaguid, order->aaguid, sizeof(in.aaguid));
	memcpy(in.basis, order->basis, sizeof(in.basis));
	err = job_new(sweep->order->server, NULL, "token.revoke", &in,
	    sizeof(in), &job);
	if (err != SY_OK)
		return err;
	memcpy(job->actor, sweep->order->actor, sizeof(job->actor));
	memcpy(job->terminal, sweep->order->terminal, sizeof(job->terminal));
	job->run = run_ending;
	job->done = done_ending;
	job_submit(&job);
	return SY_OK;
}

static void
sweep_end(struct sweep *sweep)
{
	struct job *order = sweep->order;

	order->error = sweep->error;
	free(sweep->tokens.items);
	free(sweep);
	job_answer(&order, SY_OK);
}

/* The next batch, or the end. */
static void
sweep_on(struct sweep *sweep)
{
	const int64_t *tokens = sweep->tokens.items;
	enum sy_err err = sweep->error.code;

	/* What is refused at once must not end it under our feet. */
	sweep->pending = 1;
	for (size_t i = 0;
	     err == SY_OK && i < BATCH && sweep->next < sweep->tokens.count;
	     i++) {
		sweep->pending++;
		err = submit_ending(sweep, tokens[sweep->next++]);
		if (err != SY_OK) {
			sweep->pending--;
			sweep->error.code = err;
		}
	}
	if (--sweep->pending > 0)
		return;
	if (sweep->error.code == SY_OK && sweep->next < sweep->tokens.count)
		(void)sy_error_set(&sweep->error, SY_ERR_INTERNAL, "", "%s",
		    sy_err_text(SY_ERR_INTERNAL));
	sweep_end(sweep);
}

/* --- the order --- */

struct picking {
	struct row_view *view;
	const struct sy_model_change *order;
	uint8_t aaguid[SY_AAGUID_SIZE];
	struct sy_list *tokens;
};

/* A firmware that nobody told may be old. */
static enum sy_err
pick(void *ctx, const void *row)
{
	const struct credential_row *credential = row;
	const struct picking *p = ctx;
	struct token_row token;
	enum sy_err err;
	void *item;

	if (memcmp(credential->aaguid, p->aaguid, sizeof(p->aaguid)) != 0 ||
	    (p->order->firmware_below != 0 &&
		credential->firmware >= p->order->firmware_below))
		return SY_OK;
	err = row_get(p->view, &row_type_token, credential->token, &token);
	if (err != SY_OK || token.state != TOKEN_ACTIVE)
		return err;
	if ((err = list_add(p->tokens, sizeof(int64_t), &item)) == SY_OK)
		memcpy(item, &token.id, sizeof(token.id));
	return err;
}

static enum sy_err
pick_all(struct row_view *view, const struct sy_model_change *order,
    struct sy_list *tokens)
{
	struct picking p = { .view = view, .order = order, .tokens = tokens };

	if (!sy_aaguid_parse(order->aaguid, p.aaguid))
		return SY_ERR_FORMAT;
	return row_walk(view, &row_type_credential, NULL, 0, pick, &p);
}

static enum sy_err
run_order(struct ledger_tx *tx, struct job *job)
{
	const struct sy_model_change *in = job->in;
	struct sy_list tokens = { NULL, 0 };
	struct facts facts = { .count = 0 };
	enum sy_err err;

	if (in->basis[0] == '\0')
		return job_refuse(job, SY_ERR_FORMAT, "basis",
		    "say on what basis");
	err = pick_all(ledger_view(tx), in, &tokens);
	free(tokens.items);
	if (err == SY_ERR_FORMAT)
		return job_refuse(job, err, "aaguid",
		    "write the model's AAGUID, as \"metadata show\" does");
	if (err != SY_OK)
		return err;
	facts_text(&facts, "aaguid", in->aaguid);
	if (in->firmware_below != 0)
		facts_int(&facts, "firmware-below", in->firmware_below);
	facts_text(&facts, "basis", in->basis);
	facts_int(&facts, "tokens", (int64_t)tokens.count);
	return job_audit(tx, job, SY_OUTCOME_DONE, "", &facts);
}

/* The order is on disk: now it is done. */
static void
done_order(struct job *job, enum sy_err result)
{
	struct sweep *sweep = NULL;

	if (result == SY_OK && job->error.code == SY_OK) {
		sweep = calloc(1, sizeof(*sweep));
		result = sweep == NULL
		    ? SY_ERR_NOMEM
		    : pick_all(ledger_reader(job->server->ledger), job->in,
			  &sweep->tokens);
	}
	if (sweep == NULL || result != SY_OK) {
		if (sweep != NULL)
			free(sweep->tokens.items);
		free(sweep);
		job_answer(&job, result);
		return;
	}
	sweep->order = job;
	sweep_on(sweep);
}

void
token_revoke_model(struct exchange *exchange, const void *request)
{
	job_start(exchange, "token.revoke-model", request, run_order,
	    done_order);
}
