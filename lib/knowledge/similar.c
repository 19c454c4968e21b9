/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/knowledge/knowledge_int.h"

#define CHANGES_MIN 4 /* fewer make no other password */
#define CHANGES_OF  4 /* nor do those of no more than one in four */
#define STEM_MIN    3

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance: characters put in, taken out, replaced. */
static size_t
distance(struct sy_points a, struct sy_points b)
{
	size_t row[SY_POINTS_MAX + 1];

	for (size_t k = 0; k <= b.n; k++)
		row[k] = k;
	for (size_t i = 0; i < a.n; i++) {
		size_t before = row[0]; /* of the row above, one to the left */

		row[0] = i + 1;
		for (size_t k = 0; k < b.n; k++) {
			const size_t above = row[k + 1];
			const size_t other = a.at[i] != b.at[k];

			row[k + 1] =
			    least(before + other, least(above, row[k]) + 1);
			before = above;
		}
	}
	return row[b.n];
}

static bool
is_close(struct sy_points a, struct sy_points b)
{
	const size_t longer = a.n > b.n ? a.n : b.n;
	const size_t changes = distance(a, b);

	return changes < CHANGES_MIN || changes <= longer / CHANGES_OF;
}

/* What is left without digits and signs at the ends. */
static struct sy_points
stem(struct sy_points text)
{
	size_t from = 0;
	size_t to = text.n;

	while (from < to && sy_point_is_trimming(text.at[from]))
		from++;
	while (to > from && sy_point_is_trimming(text.at[to - 1]))
		to--;
	return sy_points_part(text, from, to);
}

static bool
is_inside(struct sy_points part, struct sy_points whole)
{
	return part.n >= CHANGES_MIN &&
	    sy_points_find(whole, part, 0) != whole.n;
}

enum sy_err
sy_points_similar(struct sy_points password, struct sy_points present,
    bool *ret_similar)
{
	SY_AUTO(sy_secret_free) struct sy_secret *reversed = NULL;
	const struct sy_points new_stem = stem(password);
	enum sy_err err;

	if ((err = sy_points_reversed(present, &reversed)) != SY_OK)
		return err;
	*ret_similar = is_close(password, present) ||
	    is_close(password, sy_points_in(reversed)) ||
	    is_inside(present, password) || is_inside(password, present) ||
	    (new_stem.n >= STEM_MIN &&
		sy_points_equal(new_stem, stem(present)));
	return SY_OK;
}
