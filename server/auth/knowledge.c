/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/knowledge.h"

#include <stdlib.h>
#include <string.h>

enum sy_err
password_typed(const uint8_t *bytes, size_t len, struct sy_secret **ret_normal)
{
	SY_AUTO(sy_secret_free) struct sy_secret *typed = NULL;
	enum sy_err err;

	if ((err = sy_secret_new(SY_PASSWORD_BYTES_MAX, &typed)) != SY_OK ||
	    (err = sy_secret_append(typed, bytes, len)) != SY_OK)
		return err;
	return sy_password_normal(typed, ret_normal);
}

struct gathering {
	struct password_history *history;
	size_t limit;
};

/* Rows come by rising id: the newest is put before the others. */
static enum sy_err
take_former(void *ctx, const void *row)
{
	const struct password_row *password = row;
	const struct gathering *g = ctx;
	struct password_history *h = g->history;
	size_t kept;

	if (password->state != PASSWORD_FORMER || g->limit == 0)
		return SY_OK;
	kept = h->count < g->limit ? h->count : g->limit - 1;
	memmove(&h->row[1], &h->row[0], kept * sizeof(h->row[0]));
	h->row[0] = *password;
	h->count = kept + 1;
	return SY_OK;
}

enum sy_err
password_history(struct row_view *view, int64_t owner, size_t limit,
    struct password_history *ret)
{
	struct gathering g = { .history = ret, .limit = limit };

	if (limit > SY_PASSWORD_HISTORY_MAX)
		return SY_ERR_ARG;
	memset(ret, 0, sizeof(*ret));
	return row_walk(view, &row_type_password, "owner", owner, take_former,
	    &g);
}

/* Rows of a person: the history, the present one, and what a laxer policy
 * left. What is more is pruned the next time. */
struct old {
	int64_t id[4 * SY_PASSWORD_HISTORY_MAX];
	size_t count;
};

static enum sy_err
take_id(void *ctx, const void *row)
{
	const struct password_row *password = row;
	struct old *old = ctx;

	if (password->state == PASSWORD_FORMER &&
	    old->count < SY_COUNT(old->id))
		old->id[old->count++] = password->id;
	return SY_OK;
}

enum sy_err
password_prune(struct ledger_tx *tx, int64_t owner, size_t keep)
{
	struct old old = { .count = 0 };
	enum sy_err err;

	err = row_walk(ledger_view(tx), &row_type_password, "owner", owner,
	    take_id, &old);
	for (size_t i = 0; err == SY_OK && i + keep < old.count; i++)
		err = row_delete(tx, &row_type_password, old.id[i]);
	return err;
}

enum sy_err
password_retire(struct ledger_tx *tx, struct password_row *row, size_t keep)
{
	enum sy_err err;

	if (row->state == PASSWORD_TEMPORARY)
		return row_delete(tx, &row_type_password, row->id);
	row->state = PASSWORD_FORMER;
	err = row_update(tx, &row_type_password, row);
	return err != SY_OK ? err : password_prune(tx, row->owner, keep);
}

bool
password_in_force(const struct password_row *row, int64_t now)
{
	switch (row->state) {
	case PASSWORD_TEMPORARY:
		return now < row->expires;
	case PASSWORD_ACTIVE:
		return true;
	default:
		return false;
	}
}

void
password_take_hash(struct password_row *row,
    const struct sy_hash_params *params, const uint8_t salt[SY_HASH_SALT_SIZE],
    const uint8_t hash[SY_HASH_OUTPUT_SIZE])
{
	row->memory = params->memory;
	row->passes = params->passes;
	memcpy(row->salt, salt, sizeof(row->salt));
	row->salt_len = sizeof(row->salt);
	memcpy(row->hash, hash, sizeof(row->hash));
	row->hash_len = sizeof(row->hash);
}

static enum sy_err
take_lockout(void *ctx, const void *row)
{
	memcpy(ctx, row, sizeof(struct lockout_row));
	return SY_OK;
}

enum sy_err
lockout_read(struct row_view *view, int64_t owner, struct lockout_row *ret)
{
	lockout_init(ret, owner);
	return row_walk(view, &row_type_lockout, "owner", owner, take_lockout,
	    ret);
}

enum sy_err
lockout_write(struct ledger_tx *tx, struct lockout_row *row)
{
	row->changed = ledger_now(tx);
	return row->id == 0 ? row_insert(tx, &row_type_lockout, row)
			    : row_update(tx, &row_type_lockout, row);
}
