/* SPDX-License-Identifier: Apache-2.0 */
#include <unictype.h>

#include <sanyoso/text.h>

#include "lib/knowledge/knowledge_int.h"

static unsigned int
bit(enum sy_password_rule rule)
{
	return 1U << rule;
}

/* Which of the four kinds, as a bit. What has no case (kana, kanji) counts
 * among the others. */
static unsigned int
class_of(uint32_t c)
{
	if (uc_is_general_category(c, UC_CATEGORY_Ll))
		return 1;
	if (uc_is_general_category(c, UC_CATEGORY_Lu))
		return 2;
	return uc_is_general_category(c, UC_CATEGORY_Nd) ? 4 : 8;
}

static unsigned int
count_classes(struct sy_points points)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < points.n; i++)
		seen |= class_of(points.at[i]);
	return (seen & 1) + (seen >> 1 & 1) + (seen >> 2 & 1) + (seen >> 3 & 1);
}

/* The rules that count and compare characters. */
static unsigned int
check_shape(const struct sy_password_policy *policy, struct sy_points points,
    struct sy_points folded)
{
	unsigned int broken = 0;

	if (points.n < policy->min_length)
		broken |= bit(SY_PASSWORD_SHORT);
	if (count_classes(points) < policy->classes)
		broken |= bit(SY_PASSWORD_CLASSES);
	if (sy_pattern_repeats(folded, policy->max_repeat))
		broken |= bit(SY_PASSWORD_REPEAT);
	if (sy_pattern_runs(folded, policy->max_sequence))
		broken |= bit(SY_PASSWORD_SEQUENCE);
	return broken;
}

/* The rules that look for something; adds to ${*broken}. */
static enum sy_err
check_inside(const struct sy_password_person *person,
    const struct sy_blocklist *list, struct sy_points folded,
    unsigned int *broken)
{
	bool login = false;
	bool personal = false;
	bool blocked = false;
	enum sy_err err;

	if ((err = sy_login_inside(person, folded, &login)) != SY_OK ||
	    (err = sy_person_inside(person, folded, &personal)) != SY_OK ||
	    (list != NULL &&
		(err = sy_blocklist_has(list, folded, &blocked)) != SY_OK))
		return err;
	if (login)
		*broken |= bit(SY_PASSWORD_LOGIN);
	if (personal)
		*broken |= bit(SY_PASSWORD_PERSONAL);
	if (blocked)
		*broken |= bit(SY_PASSWORD_BLOCKED);
	return SY_OK;
}

static enum sy_err
check_similar(const struct sy_secret *present, struct sy_points folded,
    unsigned int *broken)
{
	SY_AUTO(sy_secret_free) struct sy_secret *points = NULL;
	bool similar = false;
	enum sy_err err;

	if (present == NULL)
		return SY_OK;
	if ((err = sy_fold_points(sy_secret_bytes(present),
		 sy_secret_len(present), &points)) != SY_OK ||
	    (err = sy_points_similar(folded, sy_points_in(points), &similar)) !=
		SY_OK)
		return err;
	if (similar)
		*broken |= bit(SY_PASSWORD_SIMILAR);
	return SY_OK;
}

/* Whether ${secret} is such as can be looked at; else which rule it breaks. */
static unsigned int
check_whole(const struct sy_secret *secret)
{
	const size_t len = sy_secret_len(secret);
	unsigned int broken = 0;

	if (len > SY_PASSWORD_BYTES_MAX)
		broken |= bit(SY_PASSWORD_LONG);
	if (!sy_text_is_clean((const char *)sy_secret_bytes(secret), len))
		broken |= bit(SY_PASSWORD_UNCLEAN);
	return broken;
}

enum sy_err
sy_password_check(const struct sy_password_policy *policy,
    const struct sy_password_person *person, const struct sy_blocklist *list,
    const struct sy_secret *password, const struct sy_secret *present,
    unsigned int *ret_broken)
{
	SY_AUTO(sy_secret_free) struct sy_secret *points = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *folded = NULL;
	unsigned int broken = check_whole(password);
	const uint8_t *bytes = sy_secret_bytes(password);
	const size_t len = sy_secret_len(password);
	enum sy_err err;

	if (present != NULL && check_whole(present) != 0)
		return SY_ERR_ARG;
	if (broken != 0) {
		*ret_broken = broken;
		return SY_OK;
	}
	if ((err = sy_points_of(bytes, len, &points)) != SY_OK ||
	    (err = sy_fold_points(bytes, len, &folded)) != SY_OK)
		return err;
	broken =
	    check_shape(policy, sy_points_in(points), sy_points_in(folded));
	if ((err = check_inside(person, list, sy_points_in(folded), &broken)) !=
		SY_OK ||
	    (err = check_similar(present, sy_points_in(folded), &broken)) !=
		SY_OK)
		return err;
	*ret_broken = broken;
	return SY_OK;
}
