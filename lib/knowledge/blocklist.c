/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanyoso/safefile.h>
#include <sanyoso/text.h>

#include "lib/knowledge/knowledge_int.h"

#define FILE_MAX  (8U * 1024 * 1024)
#define WORDS_MAX 200000
#define WORD_MIN  2
#define WORD_MAX  64
#define BOM       "\xef\xbb\xbf"

/* What a character counts in the search below: words must cover two of three,
 * so one that they cover weighs out two... */
#define COVERED   1
#define UNCOVERED 2 /* ...against this for one that they don't */
/* More words make a passphrase, not a blocked word. */
#define WORDS_COUNTED 2

struct word {
	size_t at; /* into the pool */
	size_t n;
};

/* Words in order; their code points, folded, one after the other. */
struct sy_blocklist {
	uint32_t *pool;
	size_t pool_n;
	size_t pool_cap;
	struct word *words;
	size_t words_n;
	size_t words_cap;
};

void
sy_blocklist_free(struct sy_blocklist **list)
{
	if (list == NULL || *list == NULL)
		return;
	free((*list)->pool);
	free((*list)->words);
	free(*list);
	*list = NULL;
}

/* Room for ${more} elements after ${n}. */
static bool
make_room(void **array, size_t *cap, size_t n, size_t more, size_t size)
{
	void *grown;
	size_t new_cap = *cap != 0 ? *cap : 1024;

	while (new_cap < n + more)
		new_cap *= 2;
	if (new_cap == *cap)
		return true;
	if ((grown = reallocarray(*array, new_cap, size)) == NULL)
		return false;
	*array = grown;
	*cap = new_cap;
	return true;
}

static enum sy_err
add_word(struct sy_blocklist *list, const uint32_t *points, size_t n)
{
	void *pool = list->pool;
	void *words = list->words;

	if (list->words_n == WORDS_MAX)
		return SY_ERR_LIMIT;
	if (!make_room(&pool, &list->pool_cap, list->pool_n, n,
		sizeof(*points)))
		return SY_ERR_NOMEM;
	list->pool = pool;
	if (!make_room(&words, &list->words_cap, list->words_n, 1,
		sizeof(*list->words)))
		return SY_ERR_NOMEM;
	list->words = words;
	memcpy(list->pool + list->pool_n, points, n * sizeof(*points));
	list->words[list->words_n++] =
	    (struct word){ .at = list->pool_n, .n = n };
	list->pool_n += n;
	return SY_OK;
}

/* One word as it stands in a file; what is wrong with it goes to ${*ret_why}.
 */
static enum sy_err
take_word(struct sy_blocklist *list, const char *text, size_t len,
    const char **ret_why)
{
	uint32_t points[WORD_MAX];
	size_t n = 0;
	enum sy_err err;

	*ret_why = "longer than 64 characters";
	if (len > SY_PASSWORD_BYTES_MAX)
		return SY_ERR_LIMIT;
	if ((err = sy_fold(text, len, points, WORD_MAX, &n)) != SY_OK)
		return err;
	*ret_why = "shorter than 2 characters";
	if (n < WORD_MIN)
		return SY_ERR_FORMAT;
	for (size_t i = 0; i < n; i++)
		points[i] = sy_unleet(points[i]);
	*ret_why = "too many words";
	return add_word(list, points, n);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What is between the white space of a line, up to its comment. */
static void
trim(const char **text, size_t *len)
{
	const char *comment = memchr(*text, '#', *len);

	if (comment != NULL)
		*len = (size_t)(comment - *text);
	while (*len > 0 && is_blank(**text)) {
		(*text)++;
		(*len)--;
	}
	while (*len > 0 &&
	    (is_blank((*text)[*len - 1]) || (*text)[*len - 1] == '\r'))
		(*len)--;
}

static enum sy_err
take_line(struct sy_blocklist *list, const char *file, unsigned int line,
    const char *text, size_t len, struct sy_error *reterr)
{
	const char *why = NULL;
	char place[sizeof(reterr->place)];
	enum sy_err err;

	trim(&text, &len);
	if (len == 0)
		return SY_OK;
	(void)snprintf(place, sizeof(place), "%s:%u", file, line);
	if (!sy_text_is_clean(text, len))
		return sy_error_set(reterr, SY_ERR_FORMAT, place,
		    "not clean UTF-8");
	err = take_word(list, text, len, &why);
	if (err == SY_ERR_NOMEM)
		why = "out of memory";
	return err == SY_OK ? SY_OK
			    : sy_error_set(reterr, err, place, "%s", why);
}

static enum sy_err
take_text(struct sy_blocklist *list, const char *file, const char *text,
    size_t len, struct sy_error *reterr)
{
	const size_t bom = strlen(BOM);
	unsigned int line = 0;
	size_t at = 0;
	enum sy_err err;

	/* Windows' editors put one there. */
	if (len >= bom && memcmp(text, BOM, bom) == 0)
		at = bom;
	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		const size_t n =
		    end != NULL ? (size_t)(end - (text + at)) : len - at;

		if ((err = take_line(list, file, ++line, text + at, n,
			 reterr)) != SY_OK)
			return err;
		at += n + 1;
	}
	return SY_OK;
}

static int
compare_words(const void *a, const void *b, void *pool)
{
	const struct word *wa = a;
	const struct word *wb = b;
	const uint32_t *pa = (const uint32_t *)pool + wa->at;
	const uint32_t *pb = (const uint32_t *)pool + wb->at;

	for (size_t i = 0; i < wa->n && i < wb->n; i++) {
		if (pa[i] != pb[i])
			return pa[i] < pb[i] ? -1 : 1;
	}
	return wa->n < wb->n ? -1 : wa->n > wb->n;
}

static void
sort_words(struct sy_blocklist *list)
{
	if (list->words_n > 1)
		qsort_r(list->words, list->words_n, sizeof(*list->words),
		    compare_words, list->pool);
}

static enum sy_err
new_list(struct sy_blocklist **ret, const char *file, struct sy_error *reterr)
{
	if ((*ret = calloc(1, sizeof(**ret))) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, file,
		    "out of memory");
	return SY_OK;
}

enum sy_err
sy_blocklist_parse(const char *file, const char *text, size_t len,
    struct sy_blocklist **ret_list, struct sy_error *reterr)
{
	SY_AUTO(sy_blocklist_free) struct sy_blocklist *list = NULL;
	enum sy_err err;

	if ((err = new_list(&list, file, reterr)) != SY_OK ||
	    (err = take_text(list, file, text, len, reterr)) != SY_OK)
		return err;
	sort_words(list);
	*ret_list = list;
	list = NULL;
	return SY_OK;
}

static void
data_free(uint8_t **data)
{
	free(*data);
	*data = NULL;
}

static enum sy_err
take_file(struct sy_blocklist *list, const char *path, struct sy_error *reterr)
{
	SY_AUTO(data_free) uint8_t *data = NULL;
	size_t len = 0;
	enum sy_err err;

	if ((err = sy_safefile_read(path, FILE_MAX, &data, &len, reterr)) !=
	    SY_OK)
		return err;
	return take_text(list, path, (const char *)data, len, reterr);
}

enum sy_err
sy_blocklist_load(const char *path, const char *site,
    struct sy_blocklist **ret_list, struct sy_error *reterr)
{
	SY_AUTO(sy_blocklist_free) struct sy_blocklist *list = NULL;
	enum sy_err err;

	if ((err = new_list(&list, path, reterr)) != SY_OK ||
	    (err = take_file(list, path, reterr)) != SY_OK ||
	    (site != NULL && (err = take_file(list, site, reterr)) != SY_OK))
		return err;
	sort_words(list);
	*ret_list = list;
	list = NULL;
	return SY_OK;
}

/* --- looking for words --- */

/* The first of the words [from, to), alike up to ${depth}, whose next character
 * is at least ${c}. A word that ends there comes before all others. */
static size_t
first_from(const struct sy_blocklist *list, size_t from, size_t to,
    size_t depth, uint32_t c)
{
	while (from < to) {
		const size_t mid = from + (to - from) / 2;
		const struct word *w = &list->words[mid];

		if (w->n <= depth || list->pool[w->at + depth] < c)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

/*
 * The search. ${best[k][i]} is the best score of a stretch that ends before
 * character i and holds k words: COVERED for each character in a word,
 * -UNCOVERED for each other one. A stretch begins and ends anywhere among the
 * digits and signs at the ends of the password, which so count only if a word
 * takes them in. Words cover two of three characters of a stretch exactly when
 * its score is not negative.
 */
struct search {
	const struct sy_blocklist *list;
	struct sy_points text; /* folded, signs turned to letters */
	int best[WORDS_COUNTED + 1][SY_POINTS_MAX + 1];
};

#define NO_SCORE INT_MIN

static void
improve(int *score, int better)
{
	if (better > *score)
		*score = better;
}

/* Each word that begins at ${at}. */
static void
take_words(struct search *s, size_t at)
{
	size_t from = 0;
	size_t to = s->list->words_n;

	for (size_t n = 1; at + n <= s->text.n && from < to; n++) {
		const uint32_t c = s->text.at[at + n - 1];

		from = first_from(s->list, from, to, n - 1, c);
		to = first_from(s->list, from, to, n - 1, c + 1);
		if (from == to || s->list->words[from].n != n)
			continue;
		for (size_t k = 0; k < WORDS_COUNTED; k++) {
			if (s->best[k][at] != NO_SCORE)
				improve(&s->best[k + 1][at + n],
				    s->best[k][at] + (int)n * COVERED);
		}
	}
}

/* How many characters at the beginning, or at the end, may be left out. */
static size_t
count_trimming(struct sy_points folded, bool at_end)
{
	size_t n = 0;

	while (n < folded.n &&
	    sy_point_is_trimming(folded.at[at_end ? folded.n - 1 - n : n]))
		n++;
	return n;
}

static bool
search_words(struct search *s, size_t before, size_t behind)
{
	bool found = false;

	for (size_t i = 0; i <= s->text.n; i++) {
		for (size_t k = 0; k <= WORDS_COUNTED; k++)
			s->best[k][i] = NO_SCORE;
	}
	for (size_t i = 0; i <= s->text.n; i++) {
		if (i <= before)
			improve(&s->best[0][i], 0);
		for (size_t k = 1; k <= WORDS_COUNTED; k++) {
			if (i + behind >= s->text.n && s->best[k][i] >= 0)
				found = true;
		}
		if (i == s->text.n)
			break;
		take_words(s, i);
		for (size_t k = 0; k <= WORDS_COUNTED; k++) {
			if (s->best[k][i] != NO_SCORE)
				improve(&s->best[k][i + 1],
				    s->best[k][i] - UNCOVERED);
		}
	}
	return found;
}

enum sy_err
sy_blocklist_has(const struct sy_blocklist *list, struct sy_points folded,
    bool *ret_has)
{
	SY_AUTO(sy_secret_free) struct sy_secret *text = NULL;
	struct search s;
	enum sy_err err;

	if ((err = sy_unleet_points(folded, &text)) != SY_OK)
		return err;
	s.list = list;
	s.text = sy_points_in(text);
	*ret_has = search_words(&s, count_trimming(folded, false),
	    count_trimming(folded, true));
	return SY_OK;
}
