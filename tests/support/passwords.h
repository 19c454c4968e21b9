/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PASSWORDS_H
#define PASSWORDS_H

/* Passwords for tests of the rules about them. */

#include "lib/knowledge/knowledge_int.h"
#include "tests/support/unit.h"

/* ${len} bytes as a secret with room for one more. */
static inline struct sy_secret *
password_bytes(const void *bytes, size_t len)
{
	struct sy_secret *s = NULL;

	assert_int_equal(sy_secret_new(len + 1, &s), SY_OK);
	assert_int_equal(sy_secret_append(s, bytes, len), SY_OK);
	return s;
}

static inline struct sy_secret *
password_of(const char *text)
{
	return password_bytes(text, strlen(text));
}

/* Folded as the rules look at it. */
static inline struct sy_secret *
folded_of(const char *text)
{
	struct sy_secret *s = NULL;

	assert_int_equal(sy_fold_points(text, strlen(text), &s), SY_OK);
	return s;
}

/* That ${points} are exactly those of ${text}. */
static inline void
assert_points(const struct sy_secret *points, const char *text)
{
	struct sy_secret *want = NULL;

	assert_int_equal(sy_points_of(text, strlen(text), &want), SY_OK);
	assert_int_equal(sy_secret_len(points), sy_secret_len(want));
	assert_memory_equal(sy_secret_bytes(points), sy_secret_bytes(want),
	    sy_secret_len(want));
	sy_secret_free(&want);
}

#endif /* PASSWORDS_H */
