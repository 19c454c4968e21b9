/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/text.h>

#include "lib/knowledge/knowledge_int.h"

/* Shorter pieces are in many a password by chance. */
#define LATIN_MIN    3
#define JAPANESE_MIN 2

/* A password in the forms in which people find themselves. */
struct forms {
	struct sy_secret *unleet;
	struct sy_secret *one;
	struct sy_secret *brief; /* short vowels */
};

static void
forms_clear(struct forms *forms)
{
	sy_secret_free(&forms->unleet);
	sy_secret_free(&forms->one);
	sy_secret_free(&forms->brief);
}

/* Both spellings of Latin letters. */
static enum sy_err
spell(struct sy_points text, struct sy_secret **ret_one,
    struct sy_secret **ret_brief)
{
	enum sy_err err;

	if ((err = sy_romaji_one(text, ret_one)) != SY_OK)
		return err;
	return sy_romaji_short(sy_points_in(*ret_one), ret_brief);
}

static enum sy_err
forms_make(struct sy_points folded, struct forms *forms)
{
	enum sy_err err;

	if ((err = sy_unleet_points(folded, &forms->unleet)) != SY_OK)
		return err;
	return spell(sy_points_in(forms->unleet), &forms->one, &forms->brief);
}

static bool
is_long_enough(struct sy_points piece)
{
	for (size_t i = 0; i < piece.n; i++) {
		if (piece.at[i] >= 0x80)
			return piece.n >= JAPANESE_MIN;
	}
	return piece.n >= LATIN_MIN;
}

static bool
holds(struct sy_points text, struct sy_points piece)
{
	return is_long_enough(piece) &&
	    sy_points_find(text, piece, 0) != text.n;
}

/* Whether the folded text of ${person} is clean and short enough. */
static enum sy_err
fold_text(const char *text, struct sy_secret **ret)
{
	const size_t len = strlen(text);

	if (len > SY_PASSWORD_BYTES_MAX || !sy_text_is_clean(text, len))
		return SY_ERR_ARG;
	return sy_fold_points(text, len, ret);
}

/* A piece that may be romaji, in every way of spelling. */
static enum sy_err
spelled_inside(const struct forms *forms, struct sy_points latin, bool *inside)
{
	SY_AUTO(sy_secret_free) struct sy_secret *one = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *brief = NULL;
	enum sy_err err;

	if ((err = spell(latin, &one, &brief)) != SY_OK)
		return err;
	if (holds(sy_points_in(forms->one), sy_points_in(one)) ||
	    holds(sy_points_in(forms->brief), sy_points_in(brief)))
		*inside = true;
	return SY_OK;
}

static enum sy_err
piece_inside(const struct forms *forms, struct sy_points piece, bool *inside)
{
	SY_AUTO(sy_secret_free) struct sy_secret *unleet = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *latin = NULL;
	enum sy_err err;

	if ((err = sy_unleet_points(piece, &unleet)) != SY_OK ||
	    (err = spelled_inside(forms, sy_points_in(unleet), inside)) !=
		SY_OK ||
	    (err = sy_romaji_kana(piece, &latin)) != SY_OK ||
	    (err = spelled_inside(forms, sy_points_in(latin), inside)) != SY_OK)
		return err;
	/* What is the same as it is written is the same so, too. */
	if (holds(sy_points_in(forms->unleet), sy_points_in(unleet)))
		*inside = true;
	return SY_OK;
}

/* What stands between the parts of a name. */
static bool
parts(uint32_t c)
{
	return c == ' ' || c == '.' || c == ',' || c == '=' ||
	    c == 0x30fb /* middle dot */;
}

/* A name as one piece, whose parts may each be too short. */
static enum sy_err
joined_inside(const struct forms *forms, struct sy_points name, bool *inside)
{
	SY_AUTO(sy_secret_free) struct sy_secret *joined = NULL;
	enum sy_err err;

	if ((err = sy_points_new(name.n, &joined)) != SY_OK)
		return err;
	for (size_t i = 0; i < name.n; i++) {
		if (!parts(name.at[i]) &&
		    (err = sy_points_add(joined, name.at[i])) != SY_OK)
			return err;
	}
	return piece_inside(forms, sy_points_in(joined), inside);
}

/* A name or reading, each part and the whole. */
static enum sy_err
name_inside(const struct forms *forms, const char *name, bool *inside)
{
	SY_AUTO(sy_secret_free) struct sy_secret *folded = NULL;
	struct sy_points text;
	size_t from = 0;
	enum sy_err err;

	if (name == NULL)
		return SY_OK;
	if ((err = fold_text(name, &folded)) != SY_OK)
		return err;
	text = sy_points_in(folded);
	for (size_t at = 0; at <= text.n; at++) {
		if (at < text.n && !parts(text.at[at]))
			continue;
		if ((err = piece_inside(forms, sy_points_part(text, from, at),
			 inside)) != SY_OK)
			return err;
		from = at + 1;
	}
	return joined_inside(forms, text, inside);
}

/* A number, also without the zeros before it. */
static enum sy_err
staff_inside(struct sy_points password, const char *staff, bool *inside)
{
	SY_AUTO(sy_secret_free) struct sy_secret *folded = NULL;
	struct sy_points number;
	enum sy_err err;

	if (staff == NULL)
		return SY_OK;
	if ((err = fold_text(staff, &folded)) != SY_OK)
		return err;
	number = sy_points_in(folded);
	while (number.n > 0 && number.at[0] == '0')
		number = sy_points_part(number, 1, number.n);
	if (holds(password, number) || holds(password, sy_points_in(folded)))
		*inside = true;
	return SY_OK;
}

/* Whether ${word} is in ${password}, both with letters for signs. */
static enum sy_err
disguised_inside(const struct sy_secret *password, struct sy_points word,
    bool *inside)
{
	SY_AUTO(sy_secret_free) struct sy_secret *unleet = NULL;
	enum sy_err err;

	if ((err = sy_unleet_points(word, &unleet)) != SY_OK)
		return err;
	if (holds(sy_points_in(password), sy_points_in(unleet)))
		*inside = true;
	return SY_OK;
}

enum sy_err
sy_login_inside(const struct sy_password_person *person,
    struct sy_points folded, bool *ret_inside)
{
	SY_AUTO(sy_secret_free) struct sy_secret *unleet = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *login = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *reversed = NULL;
	bool inside = false;
	enum sy_err err;

	if ((err = sy_unleet_points(folded, &unleet)) != SY_OK ||
	    (err = fold_text(person->login, &login)) != SY_OK ||
	    (err = sy_points_reversed(sy_points_in(login), &reversed)) !=
		SY_OK ||
	    (err = disguised_inside(unleet, sy_points_in(login), &inside)) !=
		SY_OK ||
	    (err = disguised_inside(unleet, sy_points_in(reversed), &inside)) !=
		SY_OK)
		return err;
	*ret_inside = inside;
	return SY_OK;
}

enum sy_err
sy_person_inside(const struct sy_password_person *person,
    struct sy_points folded, bool *ret_inside)
{
	SY_AUTO(forms_clear) struct forms forms = { .unleet = NULL };
	bool born = false;
	bool inside = false;
	enum sy_err err;

	if ((err = forms_make(folded, &forms)) != SY_OK ||
	    (err = name_inside(&forms, person->name, &inside)) != SY_OK ||
	    (err = name_inside(&forms, person->kana, &inside)) != SY_OK ||
	    (err = staff_inside(folded, person->staff, &inside)) != SY_OK ||
	    (person->born != NULL &&
		(err = sy_born_inside(person->born, folded, &born)) != SY_OK))
		return err;
	*ret_inside = inside || born;
	return SY_OK;
}
