/* SPDX-License-Identifier: Apache-2.0 */
#include <unistr.h>

#include "lib/knowledge/knowledge_int.h"

#define POINT sizeof(uint32_t)

enum sy_err
sy_points_new(size_t n, struct sy_secret **ret)
{
	if (n > SY_POINTS_MAX)
		return SY_ERR_LIMIT;
	return sy_secret_new((n != 0 ? n : 1) * POINT, ret);
}

enum sy_err
sy_points_add(struct sy_secret *points, uint32_t c)
{
	return sy_secret_append(points, &c, POINT);
}

struct sy_points
sy_points_in(const struct sy_secret *points)
{
	/* A secret ends at a page's end and this one holds whole numbers, so
	 * its bytes are aligned for them. */
	const void *bytes = sy_secret_bytes(points);
	const struct sy_points in = { bytes, sy_secret_len(points) / POINT };

	return in;
}

enum sy_err
sy_points_of(const void *utf8, size_t len, struct sy_secret **ret)
{
	SY_AUTO(sy_secret_free) struct sy_secret *points = NULL;
	const uint8_t *bytes = utf8;
	enum sy_err err;

	if ((err = sy_points_new(len, &points)) != SY_OK)
		return err;
	for (size_t at = 0; at < len;) {
		ucs4_t c;
		const int n = u8_mbtoucr(&c, bytes + at, len - at);

		if (n <= 0)
			return SY_ERR_FORMAT;
		if ((err = sy_points_add(points, c)) != SY_OK)
			return err;
		at += (size_t)n;
	}
	*ret = points;
	points = NULL;
	return SY_OK;
}

size_t
sy_points_decode(const char *utf8, uint32_t *out, size_t cap)
{
	const uint8_t *next = (const uint8_t *)utf8;
	size_t n = 0;
	ucs4_t c;

	while (n < cap && (next = u8_next(&c, next)) != NULL)
		out[n++] = c;
	return n;
}

struct sy_points
sy_points_part(struct sy_points points, size_t from, size_t to)
{
	const struct sy_points part = { points.at + from, to - from };

	return part;
}

bool
sy_points_equal(struct sy_points a, struct sy_points b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (a.at[i] != b.at[i])
			return false;
	}
	return true;
}

size_t
sy_points_find(struct sy_points whole, struct sy_points part, size_t from)
{
	if (part.n == 0)
		return whole.n;
	for (size_t i = from; i + part.n <= whole.n; i++) {
		if (sy_points_equal(sy_points_part(whole, i, i + part.n), part))
			return i;
	}
	return whole.n;
}

enum sy_err
sy_points_reversed(struct sy_points points, struct sy_secret **ret)
{
	SY_AUTO(sy_secret_free) struct sy_secret *reversed = NULL;
	enum sy_err err;

	if ((err = sy_points_new(points.n, &reversed)) != SY_OK)
		return err;
	for (size_t i = points.n; i > 0; i--) {
		if ((err = sy_points_add(reversed, points.at[i - 1])) != SY_OK)
			return err;
	}
	*ret = reversed;
	reversed = NULL;
	return SY_OK;
}

bool
sy_point_is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

bool
sy_point_is_letter(uint32_t c)
{
	return c >= 'a' && c <= 'z';
}

bool
sy_point_is_trimming(uint32_t c)
{
	return c >= ' ' && c <= '~' && !sy_point_is_letter(c) &&
	    (c < 'A' || c > 'Z');
}
