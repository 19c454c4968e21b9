/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/holds.h"

#include <stdio.h>
#include <string.h>

static const struct {
	enum hold_source source;
	const char *name;
} sources[] = {
	{ HOLD_OPERATOR, "operator" },
	{ HOLD_VIOLATION, "violation" },
	{ HOLD_LOSS, "loss" },
	{ HOLD_EMERGENCY, "emergency" },
	{ HOLD_CLONED, "cloned" },
};

const char *
hold_source_name(int64_t source)
{
	for (size_t i = 0; i < SY_COUNT(sources); i++)
		if ((int64_t)sources[i].source == source)
			return sources[i].name;
	return "unknown";
}

bool
hold_source_by_name(const char *name, enum hold_source *ret)
{
	for (size_t i = 0; i < SY_COUNT(sources); i++)
		if (sources[i].source != HOLD_CLONED &&
		    strcmp(sources[i].name, name) == 0) {
			*ret = sources[i].source;
			return true;
		}
	return false;
}

static enum sy_err
add_hold(void *ctx, const void *row)
{
	struct id_holds *holds = ctx;

	if (holds->count == HOLDS_MAX)
		return SY_ERR_LIMIT;
	memcpy(&holds->row[holds->count++], row, sizeof(struct hold_row));
	return SY_OK;
}

enum sy_err
id_holds_read(struct row_view *view, int64_t owner, struct id_holds *ret)
{
	ret->count = 0;
	return row_walk(view, &row_type_hold, "owner", owner, add_hold, ret);
}

const struct hold_row *
id_holds_of(const struct id_holds *holds, enum hold_source source)
{
	for (size_t i = 0; i < holds->count; i++)
		if (holds->row[i].source == (int64_t)source)
			return &holds->row[i];
	return NULL;
}

void
id_holds_names(const struct id_holds *holds, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < holds->count && at < size; i++) {
		const int n = snprintf(out + at, size - at, "%s%s",
		    i > 0 ? " " : "", hold_source_name(holds->row[i].source));

		at += n > 0 ? (size_t)n : 0;
	}
}

static enum sy_err
count_hold(void *ctx, const void *row)
{
	(void)row;
	++*(unsigned int *)ctx;
	return SY_OK;
}

enum sy_err
id_holds_count(struct row_view *view, int64_t owner, unsigned int *ret)
{
	*ret = 0;
	return row_walk(view, &row_type_hold, "owner", owner, count_hold, ret);
}

enum sy_err
token_works(struct row_view *view, const struct token_row *token, int64_t now,
    bool *ret)
{
	unsigned int holds = 0;
	enum sy_err err;

	*ret = false;
	err = row_walk(view, &row_type_hold, "token", token->id, count_hold,
	    &holds);
	if (err == SY_OK)
		*ret = token->state == TOKEN_ACTIVE && holds == 0 &&
		    (token->not_after == 0 || token->not_after > now);
	return err;
}
