/* SPDX-License-Identifier: Apache-2.0 */
#include <uchar.h>

#include "lib/knowledge/knowledge_int.h"

#define GROUP_MAX 8

/* The longest stretch in which every character is the one ${period} before. */
static size_t
longest_period(struct sy_points text, size_t period)
{
	size_t longest = 0;
	size_t same = 0;

	for (size_t i = period; i < text.n; i++) {
		same = text.at[i] == text.at[i - period] ? same + 1 : 0;
		if (same > longest)
			longest = same;
	}
	return longest;
}

/* The shortest group of which all of ${text} is made, the last perhaps cut. */
static size_t
whole_period(struct sy_points text)
{
	size_t period = 1;

	while (period < text.n &&
	    longest_period(text, period) < text.n - period)
		period++;
	return period;
}

bool
sy_pattern_repeats(struct sy_points folded, unsigned int max)
{
	size_t whole;

	if (max == 0)
		return false;
	for (size_t period = 1; period <= GROUP_MAX; period++) {
		/* ${max} groups are one and max - 1 that are like it. */
		if (longest_period(folded, period) >= max * period)
			return true;
	}
	whole = whole_period(folded);
	return whole > 1 && whole <= folded.n / 2;
}

/*
 * Alphabets and rows of keys in which neighbours are not neighbours in Unicode.
 * No character is twice in one of them.
 */
static const char32_t *const rows[] = {
	U"1234567890-=",
	U"1234567890-^\\",
	U"qwertyuiop[]\\",
	U"qwertyuiop@[",
	U"asdfghjkl;'",
	U"asdfghjkl;:]",
	U"zxcvbnm,./",
	/* the same with shift */
	U"!@#$%^&*()_+",
	U"!\"#$%&'()=~|",
	/* slanting upwards */
	U"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
	/* the two orders of kana */
	U"あいうえおかきくけこさしすせそたちつてとなにぬねの"
	U"はひふへほまみむめもやゆよらりるれろわをん",
	U"いろはにほへとちりぬるをわかよたれそつねならむ"
	U"うゐのおくやまけふこえてあさきゆめみしゑひもせす",
};

static bool
follows_in_row(const char32_t *row, uint32_t a, uint32_t b)
{
	for (size_t i = 0; row[i] != 0 && row[i + 1] != 0; i++) {
		if (row[i] == a)
			return row[i + 1] == b;
	}
	return false;
}

/* Whether ${b} comes after ${a}, in Unicode (row NULL) or in a row. */
static bool
follows(const char32_t *row, uint32_t a, uint32_t b)
{
	return row == NULL ? b == a + 1 : follows_in_row(row, a, b);
}

/* The most characters in a row that are neighbours; backwards if told. */
static size_t
longest_run(struct sy_points text, const char32_t *row, bool backwards)
{
	size_t longest = 1;
	size_t run = 1;

	for (size_t i = 1; i < text.n; i++) {
		const uint32_t a = text.at[backwards ? i : i - 1];
		const uint32_t b = text.at[backwards ? i - 1 : i];

		run = follows(row, a, b) ? run + 1 : 1;
		if (run > longest)
			longest = run;
	}
	return longest;
}

bool
sy_pattern_runs(struct sy_points folded, unsigned int max)
{
	if (max == 0)
		return false;
	if (longest_run(folded, NULL, false) > max ||
	    longest_run(folded, NULL, true) > max)
		return true;
	for (size_t i = 0; i < SY_COUNT(rows); i++) {
		if (longest_run(folded, rows[i], false) > max ||
		    longest_run(folded, rows[i], true) > max)
			return true;
	}
	return false;
}
