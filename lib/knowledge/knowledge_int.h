/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_KNOWLEDGE_INT_H
#define SY_KNOWLEDGE_INT_H

#include <sanyoso/password.h>

/*
 * What the rules look at: code points. Those of a password lie in a sy_secret,
 * as uint32_t one after the other.
 */
struct sy_points {
	const uint32_t *at;
	size_t n;
};

/* No text that is looked at has more. */
#define SY_POINTS_MAX SY_PASSWORD_BYTES_MAX

/* --- points.c --- */

/* A new secret with room for ${n} code points (0..SY_POINTS_MAX). NOMEM. */
SY_MUST_USE enum sy_err sy_points_new(size_t n, struct sy_secret **ret);
/* One more. LIMIT. */
SY_MUST_USE enum sy_err sy_points_add(struct sy_secret *points, uint32_t c);
/* What is in it, valid until the next change. */
struct sy_points sy_points_in(const struct sy_secret *points);
/* The code points of clean UTF-8. LIMIT, FORMAT, NOMEM. */
SY_MUST_USE enum sy_err sy_points_of(const void *utf8, size_t len,
    struct sy_secret **ret);

/* The first ${cap} code points of what is no secret; how many there are. */
size_t sy_points_decode(const char *utf8, uint32_t *out, size_t cap);

struct sy_points sy_points_part(struct sy_points points, size_t from,
    size_t to);
bool sy_points_equal(struct sy_points a, struct sy_points b);
/* Where ${part} is in ${whole}, from ${from} on; whole.n if nowhere. An empty
 * part is nowhere. */
size_t sy_points_find(struct sy_points whole, struct sy_points part,
    size_t from);
SY_MUST_USE enum sy_err sy_points_reversed(struct sy_points points,
    struct sy_secret **ret);

bool sy_point_is_digit(uint32_t c);  /* 0-9 */
bool sy_point_is_letter(uint32_t c); /* a-z */
/* Digits and ASCII punctuation: what people put before and behind a word. */
bool sy_point_is_trimming(uint32_t c);

/* --- fold.c --- */

/*
 * Code points as people see them: NFKC (one width of letters and kana), small
 * letters, hiragana for katakana. For what is no secret. LIMIT (more than
 * ${cap}, or ${len} too long), FORMAT, NOMEM.
 */
SY_MUST_USE enum sy_err sy_fold(const void *utf8, size_t len, uint32_t *out,
    size_t cap, size_t *ret_n);
/* The same in a secret; what NFKC would make longer than SY_POINTS_MAX is left
 * as it is but for the rest. */
SY_MUST_USE enum sy_err sy_fold_points(const void *utf8, size_t len,
    struct sy_secret **ret);
/* A letter for the digit or sign that stands for it: 0 o, 1 l ! | i, 3 e, 4 @
 * a, 5 $ s, 7 + t. Both sides of a comparison go through it. */
uint32_t sy_unleet(uint32_t folded);
SY_MUST_USE enum sy_err sy_unleet_points(struct sy_points folded,
    struct sy_secret **ret);

/* --- romaji.c --- */

/*
 * Folded text with all its Latin letters in one way of writing Japanese:
 * Hepburn, Kunrei and Nihon spellings become the same, doubled consonants one,
 * m before b, m and p becomes n, apostrophes, dashes and signs of length go.
 */
SY_MUST_USE enum sy_err sy_romaji_one(struct sy_points folded,
    struct sy_secret **ret);
/* What sy_romaji_one gave, with long vowels made short (ou, oo, oh, uu, uh,
 * aa, ...). */
SY_MUST_USE enum sy_err sy_romaji_short(struct sy_points one,
    struct sy_secret **ret);
/* Hiragana in these letters; nothing if ${folded} is not all kana. */
SY_MUST_USE enum sy_err sy_romaji_kana(struct sy_points folded,
    struct sy_secret **ret);

/* --- born.c --- */

/* Whether ${folded} holds the date ${born} ("1985-04-01") in a usual spelling;
 * a ${born} that is no date is in nothing. */
SY_MUST_USE enum sy_err sy_born_inside(const char *born,
    struct sy_points folded, bool *ret_inside);

/* --- personal.c --- */

/* Whether the login name is inside, forwards or backwards. */
SY_MUST_USE enum sy_err sy_login_inside(const struct sy_password_person *person,
    struct sy_points folded, bool *ret_inside);
/* The same for name, reading, staff number and date of birth. ARG. */
SY_MUST_USE enum sy_err sy_person_inside(
    const struct sy_password_person *person, struct sy_points folded,
    bool *ret_inside);

/* --- pattern.c --- */

/* More than ${max} times the same character or group in a row, or nothing but
 * one group. ${max} 0: any. */
bool sy_pattern_repeats(struct sy_points folded, unsigned int max);
/* More than ${max} neighbours of an alphabet or a row of keys in a row. */
bool sy_pattern_runs(struct sy_points folded, unsigned int max);

/* --- similar.c --- */

SY_MUST_USE enum sy_err sy_points_similar(struct sy_points password,
    struct sy_points present, bool *ret_similar);

/* --- blocklist.c --- */

/* Whether ${folded} consists mostly of words of ${list}. */
SY_MUST_USE enum sy_err sy_blocklist_has(const struct sy_blocklist *list,
    struct sy_points folded, bool *ret_has);

#endif /* SY_KNOWLEDGE_INT_H */
