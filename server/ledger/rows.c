/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "server/ledger/ledger_int.h"
#include "server/store/codec.h"

static void
map_free(struct row_map **map)
{
	row_map_free(map);
}

static enum sy_err
read_rows(struct keeper *keeper, struct db_stmt *stmt,
    const struct row_type *type, struct sy_buf *raw, struct slice *slice)
{
	enum sy_err err;
	bool more;

	while (slice->count < SLICE_ROWS) {
		const size_t n = slice->count;

		if ((err = db_step(stmt, &more)) != SY_OK || !more)
			return err;
		err = codec_read(type, stmt, raw, &slice->rows[n].id,
		    &slice->rows[n].state);
		if (err != SY_OK && err != SY_ERR_ROW_ALTERED)
			return err;
		slice->rows[n].sound = err == SY_OK;
		if (slice->rows[n].sound)
			keeper_add_check(keeper, sy_buf_data(raw),
			    sy_buf_len(raw), slice->rows[n].state.mac);
		slice->count++;
	}
	return SY_OK;
}

/* The next rows, whose MACs are the keeper's batch to check. */
static enum sy_err
read_slice(struct db *db, struct keeper *keeper, const struct row_type *type,
    int64_t after, struct slice *ret)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	SY_AUTO(sy_buf_free) struct sy_buf *raw = NULL;
	char sql[VIEW_SQL_SIZE];
	enum sy_err err;

	ret->count = 0;
	keeper_begin(keeper);
	if ((err = codec_select(type, "WHERE id > $1 ORDER BY id LIMIT $2",
		 sql)) != SY_OK ||
	    (err = sy_buf_new(CODEC_RAW_MAX, &raw)) != SY_OK ||
	    (err = db_prepare(db, sql, &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, after);
	db_bind_int(stmt, 2, SLICE_ROWS);
	return read_rows(keeper, stmt, type, raw, ret);
}

static enum sy_err
ask_slice(struct keeper *keeper, const struct slice *slice)
{
	return slice->count != 0 ? keeper_ask(keeper) : SY_OK;
}

/* What the keeper says of them. */
static enum sy_err
judge_slice(struct keeper *keeper, struct slice *slice)
{
	const uint8_t *view;
	enum sy_err err;
	size_t len;

	if (slice->count == 0)
		return SY_OK;
	if ((err = keeper_hear(keeper)) != SY_OK)
		return err;
	for (size_t i = 0; i < slice->count; i++) {
		err = slice->rows[i].sound ? keeper_next(keeper, &view, &len)
					   : SY_ERR_ROW_ALTERED;
		if (err != SY_OK && err != SY_ERR_ROW_ALTERED)
			return err;
		slice->rows[i].state.bad = err;
	}
	return SY_OK;
}

enum sy_err
rows_slice(struct db *db, struct keeper *keeper, const struct row_type *type,
    int64_t after, struct slice *ret)
{
	enum sy_err err;

	if ((err = read_slice(db, keeper, type, after, ret)) != SY_OK ||
	    (err = ask_slice(keeper, ret)) != SY_OK)
		return err;
	return judge_slice(keeper, ret);
}

/* Into both views; nobody reads yet. */
static enum sy_err
put_both(struct ledger *ledger, const struct row_type *type, int64_t id,
    const struct row_state *state)
{
	struct row_entry *entry;
	enum sy_err err;

	if ((err = row_map_put(ledger->view->map, type, id, state, &entry)) !=
	    SY_OK)
		return err;
	return row_map_put(ledger->reader->map, type, id, state, &entry);
}

struct loading {
	struct ledger *ledger;
	uint8_t sum[SY_DIGEST_SIZE]; /* of what was found */
	bool bad;                    /* some row does not bear its MAC */
	struct slice slices[2];
};

static enum sy_err
take_slice(struct loading *l, const struct row_type *type,
    const struct slice *slice)
{
	enum sy_err err = SY_OK;

	for (size_t i = 0; err == SY_OK && i < slice->count; i++) {
		const struct row_state *state = &slice->rows[i].state;

		row_sum_add(l->sum, state->mac);
		l->bad = l->bad || state->bad != SY_OK;
		err = put_both(l->ledger, type, slice->rows[i].id, state);
	}
	return err;
}

/* While the keeper checks one slice the one before it is taken and the next one
 * read: two processors share the work. */
static enum sy_err
load_type(struct loading *l, const struct row_type *type)
{
	struct keeper *keeper = l->ledger->config.writer_keeper;
	struct slice *now = &l->slices[0], *before = &l->slices[1], *spare;
	int64_t after = INT64_MIN;
	enum sy_err err;

	now->count = 0;
	do {
		spare = before;
		before = now;
		now = spare;
		if ((err = read_slice(l->ledger->db, keeper, type, after,
			 now)) != SY_OK ||
		    (err = judge_slice(keeper, before)) != SY_OK ||
		    (err = ask_slice(keeper, now)) != SY_OK ||
		    (err = take_slice(l, type, before)) != SY_OK)
			return err;
		if (now->count != 0)
			after = now->rows[now->count - 1].id;
	} while (now->count == SLICE_ROWS);
	if ((err = judge_slice(keeper, now)) != SY_OK)
		return err;
	return take_slice(l, type, now);
}

/* --- what the log says the rows must be --- */

static enum sy_err
apply_item(void *ctx, const struct log_item *item)
{
	/* A record that can't be opened: its rows will not fit what is there
	 * and be refused. */
	if (item->err != SY_OK)
		return SY_OK;
	return refs_apply(ctx, item->record);
}

/* Mark it and say so; ${listed} is where it is missed. */
static enum sy_err
refuse(struct ledger *ledger, const struct row_type *type, int64_t id,
    const struct row_state *now, const struct row_state *must, enum sy_err why)
{
	struct row_state state;
	enum sy_err err;

	/* One of the two is there. */
	if (now == NULL) {
		/* cppcheck-suppress nullPointerRedundantCheck */
		state = *must;
	} else {
		state = *now;
		if (must != NULL)
			memcpy(state.listed, must->listed,
			    sizeof(state.listed));
	}
	state.bad = why;
	if ((err = put_both(ledger, type, id, &state)) != SY_OK)
		return err;
	alarm_row(ledger, type, id, why);
	return SY_OK;
}

static enum sy_err
judge(struct ledger *ledger, const struct row_map *expected,
    const struct row_type *type, int64_t id)
{
	const struct row_entry *now = row_map_get(ledger->view->map, type, id);
	const struct row_entry *must = row_map_get(expected, type, id);
	const struct row_state *now_state = now != NULL ? &now->state : NULL;
	const struct row_state *must_state = must != NULL ? &must->state : NULL;

	if (now != NULL && now->state.bad != SY_OK)
		return refuse(ledger, type, id, now_state, must_state,
		    now->state.bad);
	if (now == NULL || must == NULL || now->state.seq != must->state.seq)
		return refuse(ledger, type, id, now_state, must_state,
		    SY_ERR_ROW_STALE);
	return SY_OK;
}

static enum sy_err
judge_type(struct ledger *ledger, struct row_map *expected,
    const struct row_type *type)
{
	struct row_map *maps[] = { ledger->view->map, expected };
	enum sy_err err = SY_OK;
	size_t count;
	int64_t *ids;

	for (size_t m = 0; err == SY_OK && m < SY_COUNT(maps); m++) {
		if ((err = row_map_ids(maps[m], type, ROW_LISTED_MAX, 0, &ids,
			 &count)) != SY_OK)
			return err;
		for (size_t i = 0; err == SY_OK && i < count; i++)
			err = judge(ledger, expected, type, ids[i]);
		free(ids);
	}
	return err;
}

/* Something does not fit: find out what by the log. */
static enum sy_err
search_log(struct ledger *ledger)
{
	SY_AUTO(map_free) struct row_map *expected = NULL;
	enum sy_err err;

	if ((err = row_map_new(&expected)) != SY_OK ||
	    (err = log_scan(ledger->db, ledger->config.writer_keeper, 1, false,
		 apply_item, expected)) != SY_OK)
		return err;
	for (size_t i = 0; err == SY_OK && row_types[i] != NULL; i++)
		err = judge_type(ledger, expected, row_types[i]);
	return err;
}

static enum sy_err
load_all(struct loading *l, const uint8_t sum[SY_DIGEST_SIZE])
{
	enum sy_err err;

	for (size_t i = 0; row_types[i] != NULL; i++)
		if ((err = load_type(l, row_types[i])) != SY_OK)
			return err;
	if (!l->bad && memcmp(l->sum, sum, SY_DIGEST_SIZE) == 0)
		return SY_OK;
	alarm_raise(l->ledger, "alarm.rows", "store", SY_ERR_ROW_ALTERED);
	return search_log(l->ledger);
}

enum sy_err
rows_load(struct ledger *ledger, const uint8_t sum[SY_DIGEST_SIZE])
{
	struct loading *loading = calloc(1, sizeof(*loading));
	enum sy_err err;

	if (loading == NULL)
		return SY_ERR_NOMEM;
	loading->ledger = ledger;
	err = load_all(loading, sum);
	free(loading);
	return err;
}

/* --- while running --- */

/* All of the map between ${after} and ${upto}, against the slice. */
static void
compare_slice(struct ledger *ledger, const struct row_type *type,
    const struct slice *slice, int64_t after, int64_t upto)
{
	struct row_view *view = ledger->view;
	size_t next = 0;

	for (size_t i = 0; i < row_map_count(view->map, type); i++) {
		const struct row_entry *entry = row_map_at(view->map, type, i);

		if (entry->id <= after)
			continue;
		if (entry->id > upto)
			break;
		/* Rows that nobody of us has inserted. */
		for (; next < slice->count && slice->rows[next].id < entry->id;
		     next++)
			view_refuse(view, type, slice->rows[next].id,
			    SY_ERR_ROW_STALE);
		if (next == slice->count || slice->rows[next].id != entry->id) {
			view_refuse(view, type, entry->id, SY_ERR_ROW_STALE);
			continue;
		}
		const struct row_state *state = &slice->rows[next++].state;

		if (state->bad != SY_OK)
			view_refuse(view, type, entry->id, state->bad);
		else if (state->seq != entry->state.seq ||
		    memcmp(state->mac, entry->state.mac, SY_DIGEST_SIZE) != 0)
			view_refuse(view, type, entry->id, SY_ERR_ROW_STALE);
	}
	for (; next < slice->count; next++)
		view_refuse(view, type, slice->rows[next].id, SY_ERR_ROW_STALE);
}

/* One slice, and on to the next: behind the last one of the last type
 * check_type is that of the NULL in row_types. */
static enum sy_err
recheck_slice(struct ledger *ledger, struct slice *slice)
{
	const struct row_type *type = row_types[ledger->check_type];
	const int64_t after = ledger->check_after;
	int64_t upto = INT64_MAX;
	enum sy_err err;

	if ((err = rows_slice(ledger->db, ledger->config.writer_keeper, type,
		 after, slice)) != SY_OK)
		return err;
	if (slice->count == SLICE_ROWS)
		upto = slice->rows[SLICE_ROWS - 1].id;
	compare_slice(ledger, type, slice, after, upto);
	if (slice->count == SLICE_ROWS) {
		ledger->check_after = upto;
	} else {
		ledger->check_type++;
		ledger->check_after = INT64_MIN;
	}
	return SY_OK;
}

enum sy_err
rows_recheck(struct ledger *ledger, bool all)
{
	struct slice *slice = malloc(sizeof(*slice));
	enum sy_err err = SY_OK;

	if (slice == NULL)
		return SY_ERR_NOMEM;
	if (all || row_types[ledger->check_type] == NULL) {
		ledger->check_type = 0;
		ledger->check_after = INT64_MIN;
	}
	db_forget(ledger->db);
	do {
		err = recheck_slice(ledger, slice);
	} while (err == SY_OK && all && row_types[ledger->check_type] != NULL);
	free(slice);
	return err;
}
