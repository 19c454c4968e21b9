/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <uchar.h>

#include "lib/knowledge/knowledge_int.h"

#define HIRAGANA_FIRST 0x3041
#define LONG_MARK      0x30fc
#define LETTERS_MAX    3 /* that a kana becomes */

/* How groups of letters are written in the one spelling; the first that fits
 * counts, and ${take} letters of it are done with. */
static const struct spelling {
	const char *typed;
	size_t take;
	const char *one;
} spellings[] = {
	/* Hepburn */
	{ "shi", 3, "si" },
	{ "sha", 3, "sya" },
	{ "shu", 3, "syu" },
	{ "she", 3, "sye" },
	{ "sho", 3, "syo" },
	{ "chi", 3, "ti" },
	{ "cha", 3, "tya" },
	{ "chu", 3, "tyu" },
	{ "che", 3, "tye" },
	{ "cho", 3, "tyo" },
	{ "tsu", 3, "tu" },
	{ "fu", 2, "hu" },
	{ "ji", 2, "zi" },
	{ "ja", 2, "zya" },
	{ "ju", 2, "zyu" },
	{ "je", 2, "zye" },
	{ "jo", 2, "zyo" },
	{ "cch", 1, "t" },
	/* what keyboards take besides */
	{ "jy", 2, "zy" },
	{ "cy", 2, "ty" },
	/* Nihon, whose di and du sound like zi and zu */
	{ "dzu", 3, "zu" },
	{ "dzi", 3, "zi" },
	{ "du", 2, "zu" },
	{ "di", 2, "zi" },
	{ "dy", 2, "zy" },
	{ "wo", 2, "o" },
	{ "v", 1, "b" },
	/* n before lips */
	{ "mb", 1, "n" },
	{ "mm", 1, "n" },
	{ "mp", 1, "n" },
};

/* Vowels with a sign of length (NFKC makes them one code point each). */
static const char32_t long_vowels[] = U"āīūēōâîûêô";
static const char short_vowels[] = "aiueoaiueo";
/* What joins or lengthens and stands for no sound. */
static const char32_t silent[] = U"'’‘`-‐";

static bool
is_vowel(uint32_t c)
{
	return c == 'a' || c == 'i' || c == 'u' || c == 'e' || c == 'o';
}

static size_t
index_in(const char32_t *set, uint32_t c)
{
	size_t i = 0;

	while (set[i] != 0 && set[i] != c)
		i++;
	return i;
}

static bool
starts_with(struct sy_points text, size_t at, const char *letters)
{
	for (size_t i = 0; letters[i] != '\0'; i++) {
		if (at + i >= text.n || text.at[at + i] != (uint8_t)letters[i])
			return false;
	}
	return true;
}

static const struct spelling *
spelling_at(struct sy_points text, size_t at)
{
	for (size_t i = 0; i < SY_COUNT(spellings); i++) {
		if (starts_with(text, at, spellings[i].typed))
			return &spellings[i];
	}
	return NULL;
}

static uint32_t
last_of(struct sy_points text)
{
	return text.n != 0 ? text.at[text.n - 1] : 0;
}

/* Add ${c}, unless it doubles a consonant. */
static enum sy_err
add_sound(struct sy_secret *out, uint32_t c)
{
	if (sy_point_is_letter(c) && !is_vowel(c) &&
	    last_of(sy_points_in(out)) == c)
		return SY_OK;
	return sy_points_add(out, c);
}

/* Add what stands at ${at}; ${*ret_take} code points of it are done with. */
static enum sy_err
add_spelling(struct sy_points text, size_t at, struct sy_secret *out,
    size_t *ret_take)
{
	const struct spelling *s = spelling_at(text, at);
	const uint32_t c = text.at[at];
	const size_t vowel = index_in(long_vowels, c);
	enum sy_err err = SY_OK;

	*ret_take = 1;
	if (s != NULL) {
		*ret_take = s->take;
		for (size_t i = 0; err == SY_OK && s->one[i] != '\0'; i++)
			err = add_sound(out, (uint8_t)s->one[i]);
		return err;
	}
	if (long_vowels[vowel] != 0)
		return sy_points_add(out, (uint8_t)short_vowels[vowel]);
	if (c == LONG_MARK || silent[index_in(silent, c)] != 0)
		return SY_OK;
	return add_sound(out, c);
}

enum sy_err
sy_romaji_one(struct sy_points folded, struct sy_secret **ret)
{
	SY_AUTO(sy_secret_free) struct sy_secret *one = NULL;
	enum sy_err err;
	size_t take = 0;

	/* "ja" becomes "zya". */
	if ((err = sy_secret_new((folded.n * LETTERS_MAX + 1) *
		     sizeof(uint32_t),
		 &one)) != SY_OK)
		return err;
	for (size_t at = 0; at < folded.n; at += take) {
		if ((err = add_spelling(folded, at, one, &take)) != SY_OK)
			return err;
	}
	*ret = one;
	one = NULL;
	return SY_OK;
}

/* Whether the letter at ${at} only makes ${last} longer. */
static bool
lengthens(struct sy_points text, size_t at, uint32_t last)
{
	const uint32_t c = text.at[at];
	const uint32_t next = at + 1 < text.n ? text.at[at + 1] : 0;

	if (is_vowel(c))
		return c == last || (c == 'u' && last == 'o');
	return c == 'h' && (last == 'o' || last == 'u') && !is_vowel(next) &&
	    next != 'y';
}

enum sy_err
sy_romaji_short(struct sy_points one, struct sy_secret **ret)
{
	SY_AUTO(sy_secret_free) struct sy_secret *out = NULL;
	enum sy_err err;

	if ((err = sy_secret_new((one.n + 1) * sizeof(uint32_t), &out)) !=
	    SY_OK)
		return err;
	for (size_t at = 0; at < one.n; at++) {
		if (lengthens(one, at, last_of(sy_points_in(out))))
			continue;
		if ((err = sy_points_add(out, one.at[at])) != SY_OK)
			return err;
	}
	*ret = out;
	out = NULL;
	return SY_OK;
}

/*
 * Hiragana from U+3041 on in the one spelling. Capitals are small kana that
 * change the sound before them; the small tsu only doubles the next consonant,
 * which the one spelling does not show.
 */
static const char kana[][LETTERS_MAX + 1] = { "A", "a", "I", "i", "U", "u", "E",
	"e", "O", "o", "ka", "ga", "ki", "gi", "ku", "gu", "ke", "ge", "ko",
	"go", "sa", "za", "si", "zi", "su", "zu", "se", "ze", "so", "zo", "ta",
	"da", "ti", "zi", "", "tu", "zu", "te", "de", "to", "do", "na", "ni",
	"nu", "ne", "no", "ha", "ba", "pa", "hi", "bi", "pi", "hu", "bu", "pu",
	"he", "be", "pe", "ho", "bo", "po", "ma", "mi", "mu", "me", "mo", "YA",
	"ya", "YU", "yu", "YO", "yo", "ra", "ri", "ru", "re", "ro", "wa", "wa",
	"i", "e", "o", "n", "bu", "ka", "ke" };

/* Letters under way: what is added may change what was. */
struct letters {
	char at[SY_POINTS_MAX * LETTERS_MAX];
	size_t n;
};

static void
put(struct letters *l, char c)
{
	if (l->n < sizeof(l->at))
		l->at[l->n++] = c;
}

/* A small kana takes the place of the vowel before it: ki YA, kya; hu A, fa;
 * ti E, tye. */
static void
put_small(struct letters *l, const char *small)
{
	const char before = l->n > 1 ? l->at[l->n - 1] : '\0';
	const bool y = small[0] == 'Y';
	const char vowel = (char)(small[y ? 1 : 0] - 'A' + 'a');

	/* Only a vowel that has a consonant before it gives way. */
	if (!is_vowel((uint8_t)before) || is_vowel((uint8_t)l->at[l->n - 2])) {
		if (y)
			put(l, 'y');
		put(l, vowel);
		return;
	}
	l->n--;
	if (y || (before == 'i' && vowel != 'i'))
		put(l, 'y');
	else if (before == 'u' && l->at[l->n - 1] == 'h')
		l->at[l->n - 1] = 'f';
	put(l, vowel);
}

static bool
put_kana(struct letters *l, uint32_t c)
{
	const char *sound;

	if (c == LONG_MARK)
		return true;
	if (c < HIRAGANA_FIRST || c >= HIRAGANA_FIRST + SY_COUNT(kana))
		return false;
	sound = kana[c - HIRAGANA_FIRST];
	if (sound[0] >= 'A' && sound[0] <= 'Z') {
		put_small(l, sound);
		return true;
	}
	for (size_t i = 0; sound[i] != '\0'; i++)
		put(l, sound[i]);
	return true;
}

enum sy_err
sy_romaji_kana(struct sy_points folded, struct sy_secret **ret)
{
	SY_AUTO(sy_secret_free) struct sy_secret *out = NULL;
	struct letters l = { .n = 0 };
	enum sy_err err;

	for (size_t i = 0; i < folded.n; i++) {
		if (!put_kana(&l, folded.at[i])) {
			l.n = 0;
			break;
		}
	}
	if ((err = sy_secret_new((l.n + 1) * sizeof(uint32_t), &out)) != SY_OK)
		return err;
	for (size_t i = 0; i < l.n; i++) {
		if ((err = sy_points_add(out, (uint8_t)l.at[i])) != SY_OK)
			return err;
	}
	*ret = out;
	out = NULL;
	return SY_OK;
}
