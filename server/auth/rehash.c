/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/rehash.h"

#include <stdlib.h>
#include <string.h>

#include "server/auth/hashing.h"
#include "server/auth/knowledge.h"
#include "server/identity/standing.h"
#include "server/job.h"
#include "server/log.h"

struct rehash {
	struct server *server;
	struct password_row row; /* as it was when the password was right */
	struct hashing_one hash;
};

static void
rehash_free(struct rehash **rehash)
{
	if (*rehash == NULL)
		return;
	sy_memzero(*rehash, sizeof(**rehash));
	free(*rehash);
	*rehash = NULL;
}

/* What was changed meanwhile is left as it is. */
static enum sy_err
run(struct ledger_tx *tx, struct job *job)
{
	const struct rehash *r = *(struct rehash **)job->in;
	struct facts facts = { .count = 0 };
	struct password_row row;
	enum sy_err err;

	err = standing_password_row(ledger_view(tx), r->row.owner, &row);
	if (err != SY_OK && err != SY_ERR_NOT_FOUND)
		return err;
	if (err == SY_ERR_NOT_FOUND || row.id != r->row.id ||
	    row.state != r->row.state ||
	    !sy_memequal(row.hash, r->row.hash, sizeof(row.hash)))
		return job_audit(tx, job, SY_OUTCOME_FAILED, "changed", NULL);
	facts_int(&facts, "memory", r->hash.params.memory);
	facts_int(&facts, "passes", r->hash.params.passes);
	if ((err = job_audit(tx, job, SY_OUTCOME_DONE, "", &facts)) != SY_OK)
		return err;
	password_take_hash(&row, &r->hash.params, r->hash.salt, r->hash.hash);
	return row_update(tx, &row_type_password, &row);
}

static void
done(struct job *job, enum sy_err result)
{
	struct rehash *r = *(struct rehash **)job->in;

	rehash_free(&r);
	job_answer(&job, result);
}

static void
hashed(void *ctx, const struct hashing_work *work, enum sy_err result)
{
	struct rehash *r = ctx;
	struct job *job = NULL;

	r->hash = work->one[0];
	if (result != SY_OK ||
	    job_new(r->server, NULL, "password.rehash", &r, sizeof(r), &job) !=
		SY_OK) {
		rehash_free(&r);
		return;
	}
	record_reference("id", r->row.owner, job->subject);
	job->run = run;
	job->done = done;
	job_submit(&job);
}

void
rehash_if_due(struct server *server, int64_t terminal,
    const struct password_row *row, const struct sy_secret *password)
{
	const struct sy_hash_params *now = hashing_params(server->hashing);
	struct hashing_place *place = NULL;
	struct rehash *r;

	if (row->memory == now->memory && row->passes == now->passes)
		return;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return;
	r->server = server;
	r->row = *row;
	if (hashing_reserve(server->hashing, terminal, &place) != SY_OK ||
	    hashing_set(place, row->owner, password) != SY_OK ||
	    hashing_add_new(place) != SY_OK) {
		hashing_release(&place);
		rehash_free(&r);
		return;
	}
	hashing_start(&place, hashed, r);
}
