/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/knowledge/knowledge_int.h"

#define SPELLING_SIZE 32

struct date {
	unsigned int year;
	unsigned int month;
	unsigned int day;
};

/*
 * Japanese eras by calendar year; a year in which one ended and the next began
 * counts in both (people write either). Latin names as sy_romaji_short spells
 * them.
 */
static const struct era {
	unsigned int first;
	unsigned int last;
	const char *letter;
	const char *latin;
	const char *kanji;
	const char *initial;
} eras[] = {
	{ 1868, 1912, "m", "meizi", "明治", "明" },
	{ 1912, 1926, "t", "taisyo", "大正", "大" },
	{ 1926, 1989, "s", "syowa", "昭和", "昭" },
	{ 1989, 2019, "h", "heisei", "平成", "平" },
	{ 2019, 9999, "r", "reiwa", "令和", "令" },
};

/* Where dates are looked for: without what separates their parts, and once
 * more with all Latin letters in one spelling. */
struct places {
	struct sy_points joined;
	struct sy_points latin;
};

static bool
number(const char *s, size_t len, unsigned int *ret)
{
	unsigned int n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		n = n * 10 + (unsigned int)(s[i] - '0');
	}
	*ret = n;
	return true;
}

static bool
parse_date(const char *born, struct date *ret)
{
	return strlen(born) == 10 && born[4] == '-' && born[7] == '-' &&
	    number(born, 4, &ret->year) && number(born + 5, 2, &ret->month) &&
	    number(born + 8, 2, &ret->day) && ret->month >= 1 &&
	    ret->month <= 12 && ret->day >= 1 && ret->day <= 31;
}

static bool
separates(uint32_t c)
{
	return c == '-' || c == '/' || c == '.' || c == ',' || c == '_' ||
	    c == ' ' || c == 0x5e74 /* year */ || c == 0x6708 /* month */ ||
	    c == 0x65e5 /* day */;
}

static enum sy_err
join(struct sy_points folded, struct sy_secret **ret)
{
	SY_AUTO(sy_secret_free) struct sy_secret *joined = NULL;
	enum sy_err err;

	if ((err = sy_points_new(folded.n, &joined)) != SY_OK)
		return err;
	for (size_t i = 0; i < folded.n; i++) {
		if (!separates(folded.at[i]) &&
		    (err = sy_points_add(joined, folded.at[i])) != SY_OK)
			return err;
	}
	*ret = joined;
	joined = NULL;
	return SY_OK;
}

/* Whether what stands from ${from} to ${to} is not the middle of a longer
 * number or word. */
static bool
stands_alone(struct sy_points text, size_t from, size_t to)
{
	const uint32_t before = from > 0 ? text.at[from - 1] : 0;
	const uint32_t after = to < text.n ? text.at[to] : 0;

	if (sy_point_is_digit(after))
		return false;
	return sy_point_is_letter(text.at[from]) ? !sy_point_is_letter(before)
						 : !sy_point_is_digit(before);
}

/* Whether the spelling that ${fmt} makes is in ${text}; what is short enough
 * to be there by chance must stand ${alone}. */
static bool SY_PRINTF(3, 4)
    spelled(struct sy_points text, bool alone, const char *fmt, ...)
{
	uint32_t points[SPELLING_SIZE];
	char spelling[SPELLING_SIZE];
	struct sy_points part = { points, 0 };
	size_t at;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(spelling, sizeof(spelling), fmt, ap);
	va_end(ap);
	part.n = sy_points_decode(spelling, points, SY_COUNT(points));
	at = sy_points_find(text, part, 0);
	while (at < text.n && alone && !stands_alone(text, at, at + part.n))
		at = sy_points_find(text, part, at + 1);
	return at < text.n;
}

/* 19850401, 850401, 04011985, 01041985, 040185, 010485; alone also 198541,
 * 411985, 1985, 198504, 0401. */
static bool
western(struct sy_points text, const struct date *d)
{
	const unsigned int y = d->year;
	const unsigned int m = d->month;
	const unsigned int n = d->day;
	const unsigned int yy = y % 100;

	return spelled(text, false, "%04u%02u%02u", y, m, n) ||
	    spelled(text, false, "%02u%02u%04u", m, n, y) ||
	    spelled(text, false, "%02u%02u%04u", n, m, y) ||
	    spelled(text, false, "%02u%02u%02u", yy, m, n) ||
	    spelled(text, false, "%02u%02u%02u", m, n, yy) ||
	    spelled(text, false, "%02u%02u%02u", n, m, yy) ||
	    spelled(text, true, "%04u%u%u", y, m, n) ||
	    spelled(text, true, "%u%u%04u", m, n, y) ||
	    spelled(text, true, "%04u", y) ||
	    spelled(text, true, "%04u%02u", y, m) ||
	    spelled(text, true, "%02u%02u", m, n);
}

/* s60, s6041, s600401, and the same behind a name of the era. */
static bool
era_year(struct sy_points text, const char *era, const struct date *d,
    unsigned int year)
{
	return spelled(text, true, "%s%u", era, year) ||
	    spelled(text, true, "%s%02u", era, year) ||
	    spelled(text, true, "%s%u%u%u", era, year, d->month, d->day) ||
	    spelled(text, true, "%s%02u%02u%02u", era, year, d->month, d->day);
}

static bool
japanese(const struct places *p, const struct era *era, const struct date *d)
{
	const unsigned int year = d->year - era->first + 1;

	if (era_year(p->joined, era->letter, d, year) ||
	    era_year(p->latin, era->latin, d, year) ||
	    era_year(p->joined, era->kanji, d, year) ||
	    era_year(p->joined, era->initial, d, year))
		return true;
	/* The first year of an era has a name. */
	return year == 1 && spelled(p->joined, true, "%s元", era->kanji);
}

static bool
look(const struct places *p, const struct date *d)
{
	for (size_t i = 0; i < SY_COUNT(eras); i++) {
		if (d->year >= eras[i].first && d->year <= eras[i].last &&
		    japanese(p, &eras[i], d))
			return true;
	}
	return western(p->joined, d);
}

enum sy_err
sy_born_inside(const char *born, struct sy_points folded, bool *ret_inside)
{
	SY_AUTO(sy_secret_free) struct sy_secret *joined = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *one = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *latin = NULL;
	struct places places;
	struct date date;
	enum sy_err err;

	if (!parse_date(born, &date)) {
		*ret_inside = false;
		return SY_OK;
	}
	if ((err = join(folded, &joined)) != SY_OK ||
	    (err = sy_romaji_one(sy_points_in(joined), &one)) != SY_OK ||
	    (err = sy_romaji_short(sy_points_in(one), &latin)) != SY_OK)
		return err;
	places.joined = sy_points_in(joined);
	places.latin = sy_points_in(latin);
	*ret_inside = look(&places, &date);
	return SY_OK;
}
