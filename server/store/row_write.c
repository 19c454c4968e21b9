/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/ledger/tx.h"
#include "server/store/codec.h"
#include "server/store/view.h"

/* Ids are not given twice, not even after the row is deleted: the log keeps
 * naming the old one. */
static enum sy_err
last_id(struct db *db, const struct row_type *type, int64_t *ret)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	enum sy_err err;
	bool row;

	if ((err = db_prepare(db, "SELECT value FROM counter WHERE name = $1",
		 &stmt)) != SY_OK)
		return err;
	db_bind_text(stmt, 1, type->table);
	if ((err = db_step(stmt, &row)) != SY_OK)
		return err;
	*ret = 0;
	return row ? db_int(stmt, 0, ret) : SY_OK;
}

static enum sy_err
write_counter(struct db *db, const char *sql, const struct row_type *type,
    int64_t value)
{
	struct db_stmt *stmt;
	enum sy_err err;

	if ((err = db_prepare(db, sql, &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, value);
	db_bind_text(stmt, 2, type->table);
	return db_run(&stmt);
}

static enum sy_err
next_id(struct row_view *view, const struct row_type *type, int64_t *ret)
{
	struct db *db = view->config.db;
	const int64_t known = row_map_last(view->map, type);
	enum sy_err err;
	int64_t id;

	if ((err = last_id(db, type, &id)) != SY_OK)
		return err;
	/* The counter bears no MAC. */
	if (id < known)
		id = known;
	if (id < 0 || id == INT64_MAX)
		return SY_ERR_ROW_ALTERED;
	id++;
	if ((err = write_counter(db,
		 "UPDATE counter SET value = $1 WHERE name = $2", type, id)) !=
	    SY_OK)
		return err;
	if (db_changes(db) == 0 &&
	    (err = write_counter(db,
		 "INSERT INTO counter (value, name) VALUES ($1, $2)", type,
		 id)) != SY_OK)
		return err;
	*ret = id;
	return SY_OK;
}

/* One keeper call: seals, indexes, MAC. */
static enum sy_err
seal_row(struct row_view *view, const struct row_type *type, const void *row,
    uint64_t seq)
{
	struct keeper *keeper = view->config.keeper;
	enum sy_err err;

	keeper_begin(keeper);
	if ((err = codec_close_begin(type, keeper, view->raw, row, seq)) !=
	    SY_OK)
		return err;
	return keeper_run(keeper);
}

static bool add_sql(struct row_view *view, const char *fmt, ...)
    SY_PRINTF(2, 3);

static bool
add_sql(struct row_view *view, const char *fmt, ...)
{
	const size_t at = strlen(view->sql);
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(view->sql + at, sizeof(view->sql) - at, fmt, ap);
	va_end(ap);
	return n >= 0 && (size_t)n < sizeof(view->sql) - at;
}

/* "INSERT INTO table (id, seq, columns, mac) VALUES ($1, ...)" */
static enum sy_err
insert_sql(struct row_view *view, const struct row_type *type)
{
	unsigned int n = 3;
	bool fits;

	view->sql[0] = '\0';
	fits = add_sql(view, "INSERT INTO %s (id, seq", type->table);
	for (size_t i = 0; fits && i < type->count; i++, n++) {
		const char *name = type->columns[i].name;

		fits = add_sql(view, ", %s", name);
		if ((type->columns[i].flags & COLUMN_FOUND) == 0)
			continue;
		n++;
		fits = fits && add_sql(view, ", %s_idx", name);
	}
	fits = fits && add_sql(view, ", mac) VALUES ($1");
	for (unsigned int i = 2; fits && i <= n; i++)
		fits = add_sql(view, ", $%u", i);
	return fits && add_sql(view, ")") ? SY_OK : SY_ERR_LIMIT;
}

/* "UPDATE table SET columns, mac, seq WHERE id AND mac": nothing is updated
 * that is not as we left it. ${ret_next}: number of the placeholder of seq. */
static enum sy_err
update_sql(struct row_view *view, const struct row_type *type, int *ret_next)
{
	int n = 1;
	bool fits;

	view->sql[0] = '\0';
	fits = add_sql(view, "UPDATE %s SET ", type->table);
	for (size_t i = 0; fits && i < type->count; i++) {
		const char *name = type->columns[i].name;

		fits = add_sql(view, "%s = $%d, ", name, n++);
		if ((type->columns[i].flags & COLUMN_FOUND) != 0)
			fits =
			    fits && add_sql(view, "%s_idx = $%d, ", name, n++);
	}
	*ret_next = n + 1;
	fits = fits &&
	    add_sql(view, "mac = $%d, seq = $%d WHERE id = $%d AND mac = $%d",
		n, n + 1, n + 2, n + 3);
	return fits ? SY_OK : SY_ERR_LIMIT;
}

/* Into map, sum and list of changes. */
static enum sy_err
note_change(struct row_view *view, struct row_change *change)
{
	struct row_entry *entry;
	enum sy_err err;

	if (change->has) {
		if ((err = row_map_put(view->map, change->type, change->id,
			 &change->after, &entry)) != SY_OK)
			return err;
		view_drop(view, entry);
		row_sum_add(view->sum, change->after.mac);
	} else {
		change->taken =
		    row_map_detach(view->map, change->type, change->id);
		if (change->taken != NULL)
			view_drop(view, change->taken);
	}
	if (change->had)
		row_sum_subtract(view->sum, change->before.mac);
	view->changes.at[view->changes.count++] = *change;
	return SY_OK;
}

/* Noted first, which may fail and can be undone: what the database holds is
 * never unknown to the map. */
static enum sy_err
write_row(struct row_view *view, struct row_change *change,
    struct db_stmt **stmt)
{
	enum sy_err err;

	if ((err = note_change(view, change)) != SY_OK)
		return err;
	if ((err = db_run(stmt)) == SY_OK && db_changes(view->config.db) != 1)
		err = SY_ERR_ROW_STALE;
	if (err == SY_OK)
		return SY_OK;
	view_undo(view, view->changes.count - 1);
	if (err == SY_ERR_ROW_STALE)
		view_refuse(view, change->type, change->id, err);
	return err;
}

static enum sy_err
do_insert(struct row_view *view, const struct row_type *type, void *row,
    struct row_change *change)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	enum sy_err err;

	if ((err = next_id(view, type, &change->id)) != SY_OK)
		return err;
	memcpy(row, &change->id, sizeof(change->id));
	if ((err = seal_row(view, type, row, change->record)) != SY_OK ||
	    (err = insert_sql(view, type)) != SY_OK ||
	    (err = db_prepare(view->config.db, view->sql, &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, change->id);
	db_bind_int(stmt, 2, (int64_t)change->record);
	if ((err = codec_close_end(type, view->config.keeper, row,
		 change->record, stmt, 3, &change->after)) != SY_OK)
		return err;
	return write_row(view, change, &stmt);
}

enum sy_err
row_insert(struct ledger_tx *tx, const struct row_type *type, void *row)
{
	struct row_view *view = ledger_view(tx);
	struct row_change change = { .type = type, .has = true };
	enum sy_err err;

	if ((err = ledger_write(tx, &change.record)) != SY_OK ||
	    (err = view_reserve(view)) != SY_OK)
		return err;
	if ((err = do_insert(view, type, row, &change)) != SY_OK)
		memset(row, 0, sizeof(int64_t));
	return err;
}

/* The row as it must be now, and that it may be written. */
static enum sy_err
begin_change(struct ledger_tx *tx, struct row_view *view,
    struct row_change *change)
{
	const struct row_entry *entry;
	enum sy_err err;

	if ((err = ledger_write(tx, &change->record)) != SY_OK ||
	    (err = view_reserve(view)) != SY_OK)
		return err;
	if ((entry = row_map_get(view->map, change->type, change->id)) == NULL)
		return SY_ERR_NOT_FOUND;
	if (entry->state.bad != SY_OK)
		return entry->state.bad;
	change->before = entry->state;
	change->had = true;
	return SY_OK;
}

/* What was just written need not be opened to be read: who changes a row with
 * each request would pay for that each time. */
static void
keep(struct row_view *view, const struct row_change *change, const void *row)
{
	_Alignas(max_align_t) uint8_t copy[ROW_SIZE_MAX];
	const struct row_type *type = change->type;
	struct row_entry *entry = row_map_get(view->map, type, change->id);

	if (entry == NULL || type->size > sizeof(copy))
		return;
	if (codec_copy(type, row, copy) == SY_OK)
		view_keep(view, type, entry, copy);
	sy_memzero(copy, type->size);
}

static enum sy_err
do_update(struct row_view *view, const void *row, struct row_change *change)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	const struct row_type *type = change->type;
	enum sy_err err;
	int next;

	if ((err = seal_row(view, type, row, change->record)) != SY_OK ||
	    (err = update_sql(view, type, &next)) != SY_OK ||
	    (err = db_prepare(view->config.db, view->sql, &stmt)) != SY_OK ||
	    (err = codec_close_end(type, view->config.keeper, row,
		 change->record, stmt, 1, &change->after)) != SY_OK)
		return err;
	db_bind_int(stmt, next, (int64_t)change->record);
	db_bind_int(stmt, next + 1, change->id);
	db_bind_bytes(stmt, next + 2, change->before.mac, SY_DIGEST_SIZE);
	if ((err = write_row(view, change, &stmt)) == SY_OK)
		keep(view, change, row);
	return err;
}

enum sy_err
row_update(struct ledger_tx *tx, const struct row_type *type, const void *row)
{
	struct row_view *view = ledger_view(tx);
	struct row_change change = { .type = type, .has = true };
	enum sy_err err;

	memcpy(&change.id, row, sizeof(change.id));
	if ((err = begin_change(tx, view, &change)) != SY_OK)
		return err;
	return do_update(view, row, &change);
}

static enum sy_err
do_delete(struct row_view *view, struct row_change *change)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	enum sy_err err;

	view->sql[0] = '\0';
	if (!add_sql(view, "DELETE FROM %s WHERE id = $1 AND mac = $2",
		change->type->table))
		return SY_ERR_LIMIT;
	if ((err = db_prepare(view->config.db, view->sql, &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, change->id);
	db_bind_bytes(stmt, 2, change->before.mac, SY_DIGEST_SIZE);
	return write_row(view, change, &stmt);
}

enum sy_err
row_delete(struct ledger_tx *tx, const struct row_type *type, int64_t id)
{
	struct row_view *view = ledger_view(tx);
	struct row_change change = { .type = type, .id = id };
	enum sy_err err;

	if ((err = begin_change(tx, view, &change)) != SY_OK)
		return err;
	return do_delete(view, &change);
}
