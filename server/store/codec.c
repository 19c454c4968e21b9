/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/codec.h"

#include <stdio.h>
#include <string.h>

#include <sanyoso/text.h>

#include "server/store/view.h"

/* Behind id, seq and mac. */
#define FIRST_COLUMN 3

static bool
append(char *sql, const char *text)
{
	const size_t at = strlen(sql), len = strlen(text);

	if (len >= VIEW_SQL_SIZE - at)
		return false;
	memcpy(sql + at, text, len + 1);
	return true;
}

enum sy_err
codec_select(const struct row_type *type, const char *rest, char *sql)
{
	bool fits;

	sql[0] = '\0';
	fits = append(sql, "SELECT id, seq, mac");
	for (size_t i = 0; i < type->count; i++) {
		const struct column *column = &type->columns[i];

		fits = fits && append(sql, ", ") && append(sql, column->name);
		if ((column->flags & COLUMN_FOUND) != 0)
			fits = fits && append(sql, ", ") &&
			    append(sql, column->name) && append(sql, "_idx");
	}
	fits = fits && append(sql, " FROM ") && append(sql, type->table) &&
	    append(sql, " ") && append(sql, rest);
	return fits ? SY_OK : SY_ERR_LIMIT;
}

/* A value that is not of the type that we wrote was written by another. */
static enum sy_err
altered(enum sy_err err)
{
	return err == SY_ERR_STORE_DAMAGED ? SY_ERR_ROW_ALTERED : err;
}

static enum sy_err
read_value(const struct column *column, struct db_stmt *stmt, int n,
    struct sy_buf *raw, int64_t *ret_int)
{
	const uint8_t *view;
	const char *text;
	enum sy_err err;
	size_t len;

	if (column->type == COLUMN_INT) {
		if ((err = db_int(stmt, n, ret_int)) != SY_OK)
			return altered(err);
		return sy_buf_u64(raw, (uint64_t)*ret_int);
	}
	if (column->type == COLUMN_TEXT &&
	    (column->flags & COLUMN_SEALED) == 0) {
		if ((err = db_text_view(stmt, n, &text, &len)) != SY_OK)
			return altered(err);
		return sy_buf_bytes32(raw, text, len);
	}
	if ((err = db_bytes(stmt, n, &view, &len)) != SY_OK)
		return altered(err);
	return sy_buf_bytes32(raw, view, len);
}

static enum sy_err
read_index(struct db_stmt *stmt, int n, struct sy_buf *raw)
{
	const uint8_t *view = NULL;
	enum sy_err err;
	size_t len = 0;

	if (!db_is_null(stmt, n) &&
	    (err = db_bytes(stmt, n, &view, &len)) != SY_OK)
		return altered(err);
	return sy_buf_bytes32(raw, view, len);
}

static enum sy_err
read_columns(const struct row_type *type, struct db_stmt *stmt,
    struct sy_buf *raw, struct row_state *state)
{
	int64_t number = 0;
	enum sy_err err;
	size_t listed = 0;
	int n = FIRST_COLUMN;

	for (size_t i = 0; i < type->count; i++) {
		const struct column *column = &type->columns[i];

		if ((err = read_value(column, stmt, n++, raw, &number)) !=
		    SY_OK)
			return err;
		if ((column->flags & COLUMN_LISTED) != 0)
			state->listed[listed++] = number;
		if ((column->flags & COLUMN_FOUND) != 0 &&
		    (err = read_index(stmt, n++, raw)) != SY_OK)
			return err;
	}
	return SY_OK;
}

enum sy_err
codec_read(const struct row_type *type, struct db_stmt *stmt,
    struct sy_buf *raw, int64_t *ret_id, struct row_state *ret_state)
{
	const uint8_t *mac;
	enum sy_err err;
	int64_t seq;
	size_t len;

	*ret_state = (struct row_state){ 0 };
	if ((err = db_int(stmt, 0, ret_id)) != SY_OK ||
	    (err = db_int(stmt, 1, &seq)) != SY_OK ||
	    (err = db_bytes(stmt, 2, &mac, &len)) != SY_OK)
		return altered(err);
	ret_state->seq = (uint64_t)seq;
	if (len != SY_DIGEST_SIZE)
		return SY_ERR_ROW_ALTERED;
	memcpy(ret_state->mac, mac, SY_DIGEST_SIZE);
	sy_buf_reset(raw);
	(void)sy_buf_text(raw, type->table);
	(void)sy_buf_u64(raw, (uint64_t)*ret_id);
	(void)sy_buf_u64(raw, (uint64_t)seq);
	err = read_columns(type, stmt, raw, ret_state);
	/* Longer than anything that we write. */
	return err == SY_ERR_LIMIT ? SY_ERR_ROW_ALTERED : err;
}

/* A cursor behind table, id and sequence. */
static enum sy_err
open_raw(const struct row_type *type, const uint8_t *raw, size_t len,
    struct sy_reader *r, int64_t *ret_id)
{
	const uint8_t *view;
	enum sy_err err;
	uint64_t id, seq;
	size_t n;

	sy_reader_init(r, raw, len);
	if ((err = sy_reader_bytes16(r, strlen(type->table), &view, &n)) !=
		SY_OK ||
	    (err = sy_reader_u64(r, &id)) != SY_OK ||
	    (err = sy_reader_u64(r, &seq)) != SY_OK)
		return err;
	*ret_id = (int64_t)id;
	return SY_OK;
}

static enum sy_err
next_stored(const struct column *column, struct sy_reader *r, uint64_t *ret_int,
    const uint8_t **ret_view, size_t *ret_len)
{
	const uint8_t *index;
	enum sy_err err;
	size_t len;

	err = column->type == COLUMN_INT
	    ? sy_reader_u64(r, ret_int)
	    : sy_reader_bytes32(r, CODEC_RAW_MAX, ret_view, ret_len);
	if (err == SY_OK && (column->flags & COLUMN_FOUND) != 0)
		err = sy_reader_bytes32(r, CODEC_RAW_MAX, &index, &len);
	return err;
}

enum sy_err
codec_open_begin(const struct row_type *type, struct keeper *keeper,
    const uint8_t *raw, size_t len, const uint8_t mac[SY_DIGEST_SIZE])
{
	const uint8_t *view;
	struct sy_reader r;
	uint64_t number;
	enum sy_err err;
	int64_t id;
	size_t n;

	keeper_add_check(keeper, raw, len, mac);
	if ((err = open_raw(type, raw, len, &r, &id)) != SY_OK)
		return err;
	for (size_t i = 0; i < type->count; i++) {
		const struct column *column = &type->columns[i];

		if ((err = next_stored(column, &r, &number, &view, &n)) !=
		    SY_OK)
			return err;
		if ((column->flags & COLUMN_SEALED) != 0)
			keeper_add_unseal(keeper, type->table, column->name, id,
			    view, n);
	}
	return SY_OK;
}

/* Into the struct. The MAC was right: what does not fit is not of this
 * version of the table. */
static enum sy_err
set_value(const struct column *column, const uint8_t *view, size_t len,
    uint8_t *row)
{
	uint16_t n;

	if (column->type == COLUMN_TEXT) {
		if (len >= column->size ||
		    !sy_text_is_clean((const char *)view, len))
			return SY_ERR_ROW_ALTERED;
		memcpy(row + column->offset, view, len);
		return SY_OK;
	}
	if (len > column->size)
		return SY_ERR_ROW_ALTERED;
	memcpy(row + column->offset, view, len);
	n = (uint16_t)len;
	memcpy(row + column->len_offset, &n, sizeof(n));
	return SY_OK;
}

enum sy_err
codec_open_end(const struct row_type *type, struct keeper *keeper,
    const uint8_t *raw, size_t len, void *ret)
{
	const uint8_t *view;
	struct sy_reader r;
	uint64_t number;
	enum sy_err err;
	int64_t id;
	size_t n;

	if ((err = keeper_next(keeper, &view, &n)) != SY_OK ||
	    (err = open_raw(type, raw, len, &r, &id)) != SY_OK)
		return err;
	memset(ret, 0, type->size);
	memcpy(ret, &id, sizeof(id));
	for (size_t i = 0; i < type->count; i++) {
		const struct column *column = &type->columns[i];

		if ((err = next_stored(column, &r, &number, &view, &n)) !=
		    SY_OK)
			return err;
		if (column->type == COLUMN_INT) {
			memcpy((uint8_t *)ret + column->offset, &number,
			    sizeof(number));
			continue;
		}
		if ((column->flags & COLUMN_SEALED) != 0 &&
		    (err = keeper_next(keeper, &view, &n)) != SY_OK)
			return err;
		if ((err = set_value(column, view, n, ret)) != SY_OK)
			return err;
	}
	return SY_OK;
}

enum sy_err
codec_value(const struct column *column, const void *row,
    const uint8_t **ret_view, size_t *ret_len)
{
	const uint8_t *at = (const uint8_t *)row + column->offset;
	uint16_t n;

	if (column->type == COLUMN_BYTES) {
		memcpy(&n, (const uint8_t *)row + column->len_offset,
		    sizeof(n));
		*ret_len = n;
		if (n > column->size)
			return SY_ERR_ARG;
	} else if (column->type == COLUMN_TEXT) {
		*ret_len = strnlen((const char *)at, column->size);
		if (*ret_len == column->size ||
		    !sy_text_is_clean((const char *)at, *ret_len))
			return SY_ERR_ARG;
	} else {
		*ret_len = sizeof(int64_t);
	}
	*ret_view = at;
	return SY_OK;
}

enum sy_err
codec_copy(const struct row_type *type, const void *row, void *ret)
{
	uint8_t *out = ret;
	const uint8_t *view;
	enum sy_err err;
	uint16_t n;
	size_t len;

	memset(out, 0, type->size);
	memcpy(out, row, sizeof(int64_t));
	for (size_t i = 0; i < type->count; i++) {
		const struct column *column = &type->columns[i];

		if ((err = codec_value(column, row, &view, &len)) != SY_OK)
			return err;
		memcpy(out + column->offset, view, len);
		if (column->type != COLUMN_BYTES)
			continue;
		n = (uint16_t)len;
		memcpy(out + column->len_offset, &n, sizeof(n));
	}
	return SY_OK;
}

/* What the MAC will cover, as far as it is known: bytes in a buffer, and
 * between them results of operations before. */
struct outline {
	struct sy_buf *bytes;
	size_t begin; /* of the bytes behind the last result */
	struct {
		size_t at, len; /* of bytes */
		bool is_result;
		size_t number;
	} items[4 * CODEC_COLUMNS + 1];
	size_t count;
	size_t operations;
};

static void
end_bytes(struct outline *o)
{
	const size_t end = sy_buf_len(o->bytes);

	if (end > o->begin) {
		o->items[o->count].at = o->begin;
		o->items[o->count].len = end - o->begin;
		o->items[o->count].is_result = false;
		o->count++;
	}
	o->begin = end;
}

/* A bytes32 whose content is the result of the operation that comes next. */
static void
add_result(struct outline *o, size_t len)
{
	(void)sy_buf_u32(o->bytes, (uint32_t)len);
	end_bytes(o);
	o->items[o->count].is_result = true;
	o->items[o->count].number = o->operations++;
	o->count++;
}

static enum sy_err
outline_column(const struct row_type *type, const struct column *column,
    struct keeper *keeper, const void *row, struct outline *o)
{
	const uint8_t *view;
	int64_t id, number;
	enum sy_err err;
	size_t len;

	memcpy(&id, row, sizeof(id));
	if ((err = codec_value(column, row, &view, &len)) != SY_OK)
		return err;
	if (column->type == COLUMN_INT) {
		memcpy(&number, view, sizeof(number));
		(void)sy_buf_u64(o->bytes, (uint64_t)number);
	} else if ((column->flags & COLUMN_SEALED) != 0) {
		keeper_add_seal(keeper, type->table, column->name, id, view,
		    len);
		add_result(o, len + KEEPER_SEALED_EXTRA);
	} else {
		(void)sy_buf_bytes32(o->bytes, view, len);
	}
	if ((column->flags & COLUMN_FOUND) == 0)
		return SY_OK;
	if (len == 0) {
		(void)sy_buf_u32(o->bytes, 0);
		return SY_OK;
	}
	keeper_add_index(keeper, type->table, column->name, view, len);
	add_result(o, CODEC_INDEX_SIZE);
	return SY_OK;
}

static void
add_mac(struct keeper *keeper, const struct outline *o)
{
	struct keeper_part parts[SY_COUNT(o->items)];

	for (size_t i = 0; i < o->count; i++) {
		parts[i].data = o->items[i].is_result
		    ? NULL
		    : sy_buf_data(o->bytes) + o->items[i].at;
		parts[i].len = o->items[i].is_result ? o->items[i].number
						     : o->items[i].len;
	}
	keeper_add_mac_parts(keeper, parts, o->count);
}

enum sy_err
codec_close_begin(const struct row_type *type, struct keeper *keeper,
    struct sy_buf *scratch, const void *row, uint64_t seq)
{
	struct outline o = { .bytes = scratch };
	enum sy_err err;
	int64_t id;

	if (type->count > CODEC_COLUMNS)
		return SY_ERR_ARG;
	memcpy(&id, row, sizeof(id));
	sy_buf_reset(scratch);
	(void)sy_buf_text(scratch, type->table);
	(void)sy_buf_u64(scratch, (uint64_t)id);
	(void)sy_buf_u64(scratch, seq);
	for (size_t i = 0; i < type->count; i++) {
		if ((err = outline_column(type, &type->columns[i], keeper, row,
			 &o)) != SY_OK)
			return err;
	}
	end_bytes(&o);
	if ((err = sy_buf_status(scratch)) != SY_OK)
		return err;
	add_mac(keeper, &o);
	return SY_OK;
}

static enum sy_err
bind_column(const struct column *column, struct keeper *keeper, const void *row,
    struct db_stmt *stmt, int *n)
{
	const uint8_t *view, *index;
	int64_t number;
	enum sy_err err;
	size_t len, plain, index_len;

	if ((err = codec_value(column, row, &view, &plain)) != SY_OK)
		return err;
	len = plain;
	if ((column->flags & COLUMN_SEALED) != 0 &&
	    (err = keeper_next(keeper, &view, &len)) != SY_OK)
		return err;
	if (column->type == COLUMN_INT) {
		memcpy(&number, view, sizeof(number));
		db_bind_int(stmt, (*n)++, number);
	} else if (column->type == COLUMN_TEXT &&
	    (column->flags & COLUMN_SEALED) == 0) {
		db_bind_text(stmt, (*n)++, (const char *)view);
	} else {
		db_bind_bytes(stmt, (*n)++, view, len);
	}
	if ((column->flags & COLUMN_FOUND) == 0)
		return SY_OK;
	if (plain == 0) {
		db_bind_null(stmt, (*n)++);
		return SY_OK;
	}
	if ((err = keeper_next(keeper, &index, &index_len)) != SY_OK)
		return err;
	db_bind_bytes(stmt, (*n)++, index, index_len);
	return SY_OK;
}

enum sy_err
codec_close_end(const struct row_type *type, struct keeper *keeper,
    const void *row, uint64_t seq, struct db_stmt *stmt, int first,
    struct row_state *ret_state)
{
	const uint8_t *mac;
	enum sy_err err;
	size_t len, listed = 0;
	int n = first;

	*ret_state = (struct row_state){ .seq = seq };
	for (size_t i = 0; i < type->count; i++) {
		const struct column *column = &type->columns[i];

		if ((err = bind_column(column, keeper, row, stmt, &n)) != SY_OK)
			return err;
		if ((column->flags & COLUMN_LISTED) != 0)
			memcpy(&ret_state->listed[listed++],
			    (const uint8_t *)row + column->offset,
			    sizeof(int64_t));
	}
	if ((err = keeper_next(keeper, &mac, &len)) != SY_OK)
		return err;
	if (len != SY_DIGEST_SIZE)
		return SY_ERR_KEEPER;
	memcpy(ret_state->mac, mac, SY_DIGEST_SIZE);
	db_bind_bytes(stmt, n, mac, len);
	return SY_OK;
}
