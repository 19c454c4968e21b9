/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/store/codec.h"
#include "server/store/view.h"

static void
free_ids(int64_t **ids)
{
	free(*ids);
	*ids = NULL;
}

/* What is looked for. */
struct wanted {
	const void *value;
	size_t len;
	struct index_slot *slot;
};

/* The stored form of row ${id} into view->raw. NOT_FOUND. */
static enum sy_err
fetch(struct row_view *view, const struct row_type *type, int64_t id,
    struct row_state *ret_state)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	enum sy_err err;
	int64_t found;
	bool row;

	if ((err = codec_select(type, "WHERE id = $1", view->sql)) != SY_OK ||
	    (err = db_prepare(view->config.db, view->sql, &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, id);
	if ((err = db_step(stmt, &row)) != SY_OK)
		return err;
	if (!row)
		return SY_ERR_NOT_FOUND;
	return codec_read(type, stmt, view->raw, &found, ret_state);
}

/* What was fetched, opened by the keeper, into ${ret}. */
static enum sy_err
open_row(struct row_view *view, const struct row_type *type,
    const struct row_state *state, void *ret)
{
	struct keeper *keeper = view->config.keeper;
	const uint8_t *raw = sy_buf_data(view->raw);
	const size_t len = sy_buf_len(view->raw);
	enum sy_err err;

	keeper_begin(keeper);
	if ((err = codec_open_begin(type, keeper, raw, len, state->mac)) !=
		SY_OK ||
	    (err = keeper_run(keeper)) != SY_OK)
		return err;
	return codec_open_end(type, keeper, raw, len, ret);
}

/*
 * Compare the database with what the row must be. ROW_STALE: bears our MAC but
 * is not the newest version; ROW_ALTERED: does not bear it.
 */
static enum sy_err
load(struct row_view *view, const struct row_type *type,
    struct row_entry *entry, void *ret)
{
	struct row_state state;
	enum sy_err err;

	err = fetch(view, type, entry->id, &state);
	if (err == SY_ERR_NOT_FOUND)
		return SY_ERR_ROW_STALE;
	if (err != SY_OK)
		return err;
	const bool same = state.seq == entry->state.seq &&
	    memcmp(state.mac, entry->state.mac, SY_DIGEST_SIZE) == 0;

	if ((err = open_row(view, type, &state, ret)) != SY_OK)
		return err;
	if (!same)
		return SY_ERR_ROW_STALE;
	view_keep(view, type, entry, ret);
	return SY_OK;
}

static enum sy_err
get_now(struct row_view *view, const struct row_type *type, int64_t id,
    void *ret)
{
	struct row_entry *entry;
	enum sy_err err;

	if ((err = view_sync(view)) != SY_OK)
		return err;
	if ((entry = row_map_get(view->map, type, id)) == NULL)
		return SY_ERR_NOT_FOUND;
	if (entry->state.bad != SY_OK)
		return entry->state.bad;
	/* What was opened once is what the ledger wrote last. Both views forget
	 * it when somebody else wrote to the database: the writer as each
	 * transaction begins, the reader in view_check. */
	if (entry->kept != NULL) {
		entry->kept->used = true;
		memcpy(ret, entry->kept->bytes, type->size);
		return SY_OK;
	}
	return load(view, type, entry, ret);
}

static bool
is_bad(enum sy_err err)
{
	return err == SY_ERR_ROW_ALTERED || err == SY_ERR_ROW_STALE;
}

enum sy_err
row_get(struct row_view *view, const struct row_type *type, int64_t id,
    void *ret)
{
	struct row_post *post = view->config.post;
	enum sy_err err;

	if ((err = view_check(view)) == SY_OK)
		err = get_now(view, type, id, ret);
	if (is_bad(err) && post != NULL) {
		/* A commit may have come between what was posted and what was
		 * read: once more while there is none. */
		(void)pthread_mutex_lock(&post->commit);
		err = get_now(view, type, id, ret);
		(void)pthread_mutex_unlock(&post->commit);
	}
	if (is_bad(err))
		view_refuse(view, type, id, err);
	if (err != SY_OK)
		memset(ret, 0, type->size);
	return err;
}

static enum sy_err
find_column(const struct row_type *type, const char *name,
    const struct column **ret)
{
	for (size_t i = 0; i < type->count; i++) {
		if ((type->columns[i].flags & COLUMN_FOUND) != 0 &&
		    strcmp(type->columns[i].name, name) == 0) {
			*ret = &type->columns[i];
			return SY_OK;
		}
	}
	return SY_ERR_ARG;
}

static enum sy_err
query_id(struct row_view *view, const struct row_type *type,
    const struct column *column, const uint8_t index[SY_DIGEST_SIZE],
    int64_t *ret_id)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	enum sy_err err;
	bool row;
	int n;

	n = snprintf(view->sql, sizeof(view->sql),
	    "SELECT id FROM %s WHERE %s_idx = $1 ORDER BY id DESC LIMIT 1",
	    type->table, column->name);
	if (n < 0 || (size_t)n >= sizeof(view->sql))
		return SY_ERR_LIMIT;
	if ((err = db_prepare(view->config.db, view->sql, &stmt)) != SY_OK)
		return err;
	db_bind_bytes(stmt, 1, index, SY_DIGEST_SIZE);
	if ((err = db_step(stmt, &row)) != SY_OK)
		return err;
	return row ? db_int(stmt, 0, ret_id) : SY_ERR_NOT_FOUND;
}

/* The row that the index leads to; the reader asks the database once between
 * two changes of such rows. */
static enum sy_err
find_id(struct row_view *view, const struct row_type *type,
    const struct column *column, struct index_slot *slot, int64_t *ret_id)
{
	const uint64_t *state = &view->states[row_type_number(type)];
	const bool reads = view->config.post != NULL;
	enum sy_err err;

	if ((err = view_sync(view)) != SY_OK)
		return err;
	if (!reads || slot->looked != *state) {
		err = query_id(view, type, column, slot->index, &slot->id);
		if (err != SY_OK && err != SY_ERR_NOT_FOUND)
			return err;
		slot->found = err == SY_OK;
		slot->looked = *state;
	}
	*ret_id = slot->id;
	return slot->found ? SY_OK : SY_ERR_NOT_FOUND;
}

/* One look-up, by index. ROW_STALE: in the database, but not by us;
 * ROW_ALTERED: it holds another value than its index says. */
static enum sy_err
find_now(struct row_view *view, const struct row_type *type,
    const struct column *column, const struct wanted *wanted, int64_t *ret_id,
    void *ret)
{
	const uint8_t *found;
	enum sy_err err;
	size_t len;

	if ((err = find_id(view, type, column, wanted->slot, ret_id)) != SY_OK)
		return err;
	err = get_now(view, type, *ret_id, ret);
	if (err == SY_ERR_NOT_FOUND)
		return SY_ERR_ROW_STALE;
	if (err != SY_OK ||
	    (err = codec_value(column, ret, &found, &len)) != SY_OK)
		return err;
	return len == wanted->len && memcmp(found, wanted->value, len) == 0
	    ? SY_OK
	    : SY_ERR_ROW_ALTERED;
}

enum sy_err
row_find(struct row_view *view, const struct row_type *type, const char *name,
    const void *value, size_t len, void *ret)
{
	struct wanted wanted = { .value = value, .len = len };
	struct row_post *post = view->config.post;
	const struct column *column;
	enum sy_err err;
	int64_t id;

	if ((err = find_column(type, name, &column)) != SY_OK)
		return err;
	/* No index is kept for nothing. */
	if (len == 0 || len > column->size)
		return SY_ERR_NOT_FOUND;
	if ((err = view_check(view)) != SY_OK ||
	    (err = view_index(view, type->table, column->name, value, len,
		 &wanted.slot)) != SY_OK)
		return err;
	err = find_now(view, type, column, &wanted, &id, ret);
	if (is_bad(err) && post != NULL) {
		/* As in row_get: a commit may have come in between. */
		(void)pthread_mutex_lock(&post->commit);
		err = find_now(view, type, column, &wanted, &id, ret);
		(void)pthread_mutex_unlock(&post->commit);
	}
	if (is_bad(err))
		view_refuse(view, type, id, err);
	if (err != SY_OK)
		memset(ret, 0, type->size);
	return err;
}

enum sy_err
row_index(struct row_view *view, const char *table, const char *column,
    const void *value, size_t len, uint8_t ret[SY_DIGEST_SIZE])
{
	struct index_slot *slot;
	enum sy_err err;

	if ((err = view_index(view, table, column, value, len, &slot)) == SY_OK)
		memcpy(ret, slot->index, SY_DIGEST_SIZE);
	return err;
}

void
row_decoy_at(struct row_view *view, const struct row_type *type,
    uint32_t number)
{
	_Alignas(max_align_t) uint8_t row[ROW_SIZE_MAX];
	size_t count;

	if (type->size > sizeof(row) || view_sync(view) != SY_OK ||
	    (count = row_map_count(view->map, type)) == 0)
		return;
	(void)!row_get(view, type,
	    row_map_at(view->map, type, number % count)->id, row);
	sy_memzero(row, type->size);
}

void
row_decoy(struct row_view *view, const struct row_type *type, const char *name,
    const void *value, size_t len)
{
	struct index_slot *slot = NULL;
	const struct column *column;
	uint32_t number = 0;

	if (find_column(type, name, &column) != SY_OK ||
	    view_sync(view) != SY_OK || row_map_count(view->map, type) == 0)
		return;
	if (len > 0 && len <= column->size &&
	    view_index(view, type->table, column->name, value, len, &slot) !=
		SY_OK)
		return;
	for (size_t i = 0; slot != NULL && i < sizeof(number); i++)
		number = number << 8 | slot->index[i];
	row_decoy_at(view, type, number);
}

enum sy_err
row_walk(struct row_view *view, const struct row_type *type, const char *column,
    int64_t value, enum sy_err (*each)(void *ctx, const void *row), void *ctx)
{
	SY_AUTO(free_ids) int64_t *ids = NULL;
	_Alignas(max_align_t) uint8_t row[ROW_SIZE_MAX];
	size_t count, listed = ROW_LISTED_MAX;
	enum sy_err err;

	if (type->size > sizeof(row))
		return SY_ERR_ARG;
	if (column != NULL &&
	    (listed = row_listed_number(type, column)) == ROW_LISTED_MAX)
		return SY_ERR_ARG;
	if ((err = view_sync(view)) != SY_OK ||
	    (err = row_map_ids(view->map, type, listed, value, &ids, &count)) !=
		SY_OK)
		return err;
	for (size_t i = 0; i < count; i++) {
		err = row_get(view, type, ids[i], row);
		/* Deleted since we began. */
		if (err == SY_ERR_NOT_FOUND)
			continue;
		if (err != SY_OK || (err = each(ctx, row)) != SY_OK)
			return err;
	}
	return SY_OK;
}

enum sy_err
row_count(struct row_view *view, const struct row_type *type, int64_t *ret)
{
	enum sy_err err;

	if ((err = view_sync(view)) != SY_OK)
		return err;
	*ret = (int64_t)row_map_count(view->map, type);
	return SY_OK;
}

enum sy_err
row_count_listed(struct row_view *view, const struct row_type *type,
    const char *column, int64_t value, int64_t *ret)
{
	const size_t listed = row_listed_number(type, column);
	SY_AUTO(free_ids) int64_t *ids = NULL;
	enum sy_err err;
	size_t count;

	if (listed == ROW_LISTED_MAX)
		return SY_ERR_ARG;
	if ((err = view_sync(view)) != SY_OK ||
	    (err = row_map_ids(view->map, type, listed, value, &ids, &count)) !=
		SY_OK)
		return err;
	*ret = (int64_t)count;
	return SY_OK;
}

enum sy_err
row_tally(struct row_view *view, const struct row_type *type,
    const char *const columns[ROW_TALLY_MAX], row_tallied each, void *ctx)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	int64_t value[ROW_TALLY_MAX + 1];
	enum sy_err err;
	bool row;
	int n;

	n = snprintf(view->sql, sizeof(view->sql),
	    "SELECT %s, %s, %s, COUNT(*) FROM %s GROUP BY 1, 2, 3", columns[0],
	    columns[1], columns[2], type->table);
	if (n < 0 || (size_t)n >= sizeof(view->sql))
		return SY_ERR_LIMIT;
	if ((err = db_prepare(view->config.db, view->sql, &stmt)) != SY_OK)
		return err;
	while ((err = db_step(stmt, &row)) == SY_OK && row) {
		for (int i = 0; i <= ROW_TALLY_MAX; i++)
			if ((err = db_int(stmt, i, &value[i])) != SY_OK)
				return err;
		each(ctx, value, value[ROW_TALLY_MAX]);
	}
	return err;
}
