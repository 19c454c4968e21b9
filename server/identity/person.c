/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include <sanyoso/secret.h>

#define KATAKANA_MIDDLE_DOT 0x30fb

/* --- the normal form --- */

/* Hiragana and their iteration marks lie 0x60 below the katakana. */
static ucs4_t
to_katakana(ucs4_t c)
{
	return (c >= 0x3041 && c <= 0x3096) || c == 0x309d || c == 0x309e
	    ? c + 0x60
	    : c;
}

/* What people write or leave out as they like. */
static bool
is_left_out(ucs4_t c)
{
	return uc_is_property_white_space(c) || c == KATAKANA_MIDDLE_DOT ||
	    uc_is_property_variation_selector(c);
}

static enum sy_err
append(char *out, size_t size, size_t *at, const uint8_t *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		ucs4_t c;
		const int used = u8_mbtouc(&c, s + i, len - i);
		int put;

		i += (size_t)used;
		if (is_left_out(c))
			continue;
		put = u8_uctomb((uint8_t *)out + *at, to_katakana(c),
		    (ptrdiff_t)(size - *at));
		if (put <= 0)
			return SY_ERR_LIMIT;
		*at += (size_t)put;
	}
	return SY_OK;
}

static enum sy_err
add_normal(const char *text, char *out, size_t size, size_t *at)
{
	const size_t text_len = strlen(text);
	uint8_t buffer[4 * SY_NAME_SIZE], *folded;
	size_t len = sizeof(buffer);
	enum sy_err err;

	if (!sy_text_is_clean(text, text_len))
		return SY_ERR_FORMAT;
	folded = u8_casefold((const uint8_t *)text, text_len, NULL,
	    UNINORM_NFKC, buffer, &len);
	if (folded == NULL)
		return SY_ERR_NOMEM;
	err = append(out, size, at, folded, len);
	sy_memzero(folded, len);
	if (folded != buffer)
		free(folded);
	return err;
}

enum sy_err
person_normal(const char *name, const char *kana, const char *born,
    char ret[PERSON_SIZE])
{
	/* Room for the bars between and the NUL. */
	const size_t size = PERSON_SIZE - 1;
	char out[PERSON_SIZE];
	size_t at = 0;
	enum sy_err err;

	ret[0] = '\0';
	if (name[0] == '\0' || kana[0] == '\0' || born[0] == '\0')
		return SY_OK;
	err = add_normal(name, out, size, &at);
	if (err == SY_OK)
		err = append(out, size, &at, (const uint8_t *)"|", 1);
	if (err == SY_OK)
		err = add_normal(kana, out, size, &at);
	if (err == SY_OK)
		err = append(out, size, &at, (const uint8_t *)"|", 1);
	if (err == SY_OK)
		err = add_normal(born, out, size, &at);
	if (err == SY_OK) {
		memcpy(ret, out, at);
		ret[at] = '\0';
	}
	sy_memzero(out, sizeof(out));
	return err;
}

/* --- shapes --- */

static bool
is_kana(ucs4_t c)
{
	return (c >= 0x3041 && c <= 0x3096) || /* hiragana */
	    c == 0x3099 || c == 0x309a ||      /* voiced marks, decomposed */
	    c == 0x309d || c == 0x309e ||
	    (c >= 0x30a1 && c <= 0x30fa) || /* katakana */
	    (c >= 0x30fc && c <= 0x30fe) ||
	    (c >= 0xff66 && c <= 0xff9f); /* half width */
}

static bool
is_between(ucs4_t c)
{
	return c == ' ' || c == 0x3000 || c == KATAKANA_MIDDLE_DOT ||
	    c == 0xff65;
}

bool
person_is_kana(const char *kana)
{
	const uint8_t *s = (const uint8_t *)kana;
	const size_t len = strlen(kana);
	bool any = false;

	for (size_t i = 0; i < len;) {
		ucs4_t c;
		const int used = u8_mbtoucr(&c, s + i, len - i);

		if (used <= 0 || (!is_kana(c) && !is_between(c)))
			return false;
		any = any || is_kana(c);
		i += (size_t)used;
	}
	return any;
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static int
digits(const char *text, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + (text[i] - '0');
	return v;
}

bool
person_is_born(const char *born, int64_t now)
{
	static const char shape[] = "0000-00-00";
	/* Somewhere it is tomorrow already. */
	const time_t latest = (time_t)(now / 1000000) + 86400;
	int year, month, day;
	char today[SY_DATE_SIZE];
	struct tm tm;

	if (strlen(born) != strlen(shape))
		return false;
	for (size_t i = 0; shape[i] != '\0'; i++) {
		if (shape[i] == '-' ? born[i] != '-'
				    : born[i] < '0' || born[i] > '9')
			return false;
	}
	year = digits(born, 4);
	month = digits(born + 5, 2);
	day = digits(born + 8, 2);
	if (year < 1900 || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month) || gmtime_r(&latest, &tm) == NULL ||
	    strftime(today, sizeof(today), "%Y-%m-%d", &tm) == 0)
		return false;
	return strcmp(born, today) <= 0;
}
