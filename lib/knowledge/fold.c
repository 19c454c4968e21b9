/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

#include "lib/knowledge/knowledge_int.h"

/* U+FDFA, three bytes, becomes 18 code points: nothing grows more. */
#define GROWTH 6

/* Katakana and what has its like among hiragana, 0x60 before it. */
#define KATAKANA_FIRST 0x30a1
#define KATAKANA_LAST  0x30f6
#define KATAKANA_AGAIN 0x30fd /* and the next: iteration marks */
#define TO_HIRAGANA    0x60

static uint32_t
fold_point(uint32_t c)
{
	if ((c >= KATAKANA_FIRST && c <= KATAKANA_LAST) ||
	    c == KATAKANA_AGAIN || c == KATAKANA_AGAIN + 1)
		return c - TO_HIRAGANA;
	return uc_tolower(c);
}

/* ASCII is its own NFKC. */
static bool
is_ascii(struct sy_points in)
{
	for (size_t i = 0; i < in.n; i++) {
		if (in.at[i] >= 0x80)
			return false;
	}
	return true;
}

static enum sy_err
copy_points(struct sy_points in, uint32_t *out, size_t cap, size_t *ret_n)
{
	if (in.n > cap)
		return SY_ERR_LIMIT;
	if (in.n != 0)
		memcpy(out, in.at, in.n * sizeof(*out));
	*ret_n = in.n;
	return SY_OK;
}

static enum sy_err
normalize(struct sy_points in, uint32_t *out, size_t cap, size_t *ret_n)
{
	uint32_t room[SY_POINTS_MAX * GROWTH];
	struct sy_points result = { NULL, SY_COUNT(room) };
	uint32_t *points;
	enum sy_err err;

	points = u32_normalize(UNINORM_NFKC, in.at, in.n, room, &result.n);
	if (points == NULL)
		return SY_ERR_NOMEM;
	result.at = points;
	err = copy_points(result, out, cap, ret_n);
	sy_memzero(points, result.n * sizeof(*points));
	if (points != room)
		free(points);
	return err;
}

/* NFKC of ${in}, at most ${cap} code points of it into ${out}; LIMIT if there
 * are more. */
static enum sy_err
compatible(struct sy_points in, uint32_t *out, size_t cap, size_t *ret_n)
{
	return is_ascii(in) ? copy_points(in, out, cap, ret_n)
			    : normalize(in, out, cap, ret_n);
}

enum sy_err
sy_fold(const void *utf8, size_t len, uint32_t *out, size_t cap, size_t *ret_n)
{
	uint32_t room[SY_POINTS_MAX];
	struct sy_points in = { room, SY_POINTS_MAX };
	size_t n = 0;
	enum sy_err err;

	if (len > SY_POINTS_MAX)
		return SY_ERR_LIMIT;
	/* It fits, so what is not ${room} is not clean. */
	if (u8_to_u32(utf8, len, room, &in.n) != room)
		return SY_ERR_FORMAT;
	if ((err = compatible(in, out, cap, &n)) != SY_OK)
		return err;
	for (size_t i = 0; i < n; i++)
		out[i] = fold_point(out[i]);
	*ret_n = n;
	return SY_OK;
}

/* A new secret with what ${points} become one by one. */
static enum sy_err
map_points(struct sy_points points, uint32_t (*map)(uint32_t),
    struct sy_secret **ret)
{
	SY_AUTO(sy_secret_free) struct sy_secret *mapped = NULL;
	enum sy_err err;

	if ((err = sy_points_new(points.n, &mapped)) != SY_OK)
		return err;
	for (size_t i = 0; i < points.n; i++) {
		if ((err = sy_points_add(mapped, map(points.at[i]))) != SY_OK)
			return err;
	}
	*ret = mapped;
	mapped = NULL;
	return SY_OK;
}

enum sy_err
sy_fold_points(const void *utf8, size_t len, struct sy_secret **ret)
{
	SY_AUTO(sy_secret_free) struct sy_secret *points = NULL;
	uint32_t room[SY_POINTS_MAX];
	struct sy_points in = { room, 0 };
	enum sy_err err;

	if ((err = sy_points_of(utf8, len, &points)) != SY_OK)
		return err;
	err = compatible(sy_points_in(points), room, SY_POINTS_MAX, &in.n);
	if (err == SY_ERR_LIMIT)
		err = map_points(sy_points_in(points), fold_point, ret);
	else if (err == SY_OK)
		err = map_points(in, fold_point, ret);
	sy_memzero(room, sizeof(room));
	return err;
}

uint32_t
sy_unleet(uint32_t folded)
{
	static const char signs[] = "01l!|34@5$7+";
	static const char letters[] = "oiiiieaasstt";
	const char *at =
	    folded < 0x80 && folded != 0 ? strchr(signs, (int)folded) : NULL;

	return at != NULL ? (uint32_t)letters[at - signs] : folded;
}

enum sy_err
sy_unleet_points(struct sy_points folded, struct sy_secret **ret)
{
	return map_points(folded, sy_unleet, ret);
}
