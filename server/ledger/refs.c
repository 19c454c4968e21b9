/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ledger/ledger_int.h"

static size_t
listed_count(const struct row_type *type)
{
	size_t n = 0;

	for (size_t i = 0; i < type->count; i++) {
		if ((type->columns[i].flags & COLUMN_LISTED) != 0)
			n++;
	}
	return n;
}

enum sy_err
refs_add(struct sy_buf *out, const struct row_change *change)
{
	const struct row_state *state =
	    change->has ? &change->after : &change->before;
	char text[128];
	int n;

	n = snprintf(text, sizeof(text), "%s%s%s:%lld",
	    sy_buf_len(out) != 0 ? " " : "", change->has ? "" : "-",
	    change->type->table, (long long)change->id);
	(void)sy_buf_raw(out, text, (size_t)n);
	for (size_t i = 0; i < listed_count(change->type); i++) {
		n = snprintf(text, sizeof(text), "@%lld",
		    (long long)state->listed[i]);
		(void)sy_buf_raw(out, text, (size_t)n);
	}
	return sy_buf_status(out);
}

static bool
take_char(struct sy_reader *r, char c)
{
	if (sy_reader_left(r) == 0 || *r->at != (uint8_t)c)
		return false;
	r->at++;
	return true;
}

static enum sy_err
take_number(struct sy_reader *r, int64_t *ret)
{
	const bool negative = take_char(r, '-');
	int64_t v = 0;
	size_t digits = 0;

	for (; sy_reader_left(r) != 0 && *r->at >= '0' && *r->at <= '9';
	     r->at++, digits++) {
		const int64_t digit = *r->at - '0';

		if (v > (INT64_MAX - digit) / 10)
			return SY_ERR_LOG;
		v = v * 10 + digit;
	}
	*ret = negative ? -v : v;
	return digits != 0 ? SY_OK : SY_ERR_LOG;
}

static enum sy_err
take_type(struct sy_reader *r, const struct row_type **ret)
{
	const uint8_t *name = r->at;
	size_t len = 0;

	while (sy_reader_left(r) != 0 && *r->at != ':') {
		r->at++;
		len++;
	}
	if (!take_char(r, ':'))
		return SY_ERR_LOG;
	for (size_t i = 0; row_types[i] != NULL; i++) {
		if (strlen(row_types[i]->table) == len &&
		    memcmp(row_types[i]->table, name, len) == 0) {
			*ret = row_types[i];
			return SY_OK;
		}
	}
	return SY_ERR_LOG;
}

static enum sy_err
apply_one(struct row_map *map, struct sy_reader *r, uint64_t seq)
{
	const bool gone = take_char(r, '-');
	struct row_state state = { .seq = seq };
	const struct row_type *type;
	struct row_entry *entry;
	enum sy_err err;
	int64_t id;

	if ((err = take_type(r, &type)) != SY_OK ||
	    (err = take_number(r, &id)) != SY_OK)
		return err;
	for (size_t i = 0; i < listed_count(type); i++) {
		if (!take_char(r, '@'))
			return SY_ERR_LOG;
		if ((err = take_number(r, &state.listed[i])) != SY_OK)
			return err;
	}
	if (!gone)
		return row_map_put(map, type, id, &state, &entry);
	row_map_drop(map, row_map_detach(map, type, id));
	return SY_OK;
}

enum sy_err
refs_apply(struct row_map *map, const struct sy_audit_record *record)
{
	struct sy_reader r;
	enum sy_err err;

	for (size_t i = 0; i < record->pair_count; i++) {
		const struct sy_audit_pair *pair = &record->pairs[i];

		if (strcmp(pair->key, ROWS_PAIR) != 0)
			continue;
		sy_reader_init(&r, pair->value, pair->len);
		do {
			if ((err = apply_one(map, &r, record->seq)) != SY_OK)
				return err;
		} while (take_char(&r, ' '));
		return sy_reader_end(&r) == SY_OK ? SY_OK : SY_ERR_LOG;
	}
	return SY_OK;
}
