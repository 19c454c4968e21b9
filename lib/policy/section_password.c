/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_int.h"

/*
 * [password NAME]: what a new password must be, and how long it lives, by kind
 * of ID.
 */
#define BIT(value) (1u << (value))
#define DAY        ((int64_t)24 * 60 * 60)

/* NIST SP 800-63B section 3.1.1.2 accepts nothing shorter; what is longer than
 * 64 nobody can be made to type. */
#define LENGTH_MIN  8
#define LENGTH_MAX  64
#define PIN_MAX     8 /* of a PIV card */
#define CLASSES_MAX 4
#define RUN_MAX     16

static const struct sy_password_policy strict = {
	.min_length = 10,
	.classes = 3,
	.max_repeat = 3,
	.max_sequence = 4,
	.history = 5,
	.min_age = 0,
	.max_age = 0,
	.warn = 14 * DAY,
	.temporary = 7 * DAY,
	.dictionary = true,
};

static enum sy_err
read_number(const struct sy_policy_section *s, const char *key, int64_t min,
    int64_t max, unsigned int *value)
{
	int64_t v;
	enum sy_err err;

	if ((err = sy_conf_int(s->values, key, *value, min, max, &v,
		 s->reterr)) != SY_OK)
		return err;
	*value = (unsigned int)v;
	return SY_OK;
}

static enum sy_err
read_values(const struct sy_policy_section *s, struct sy_password_policy *p)
{
	enum sy_err err;

	if ((err = read_number(s, "min_length", LENGTH_MIN, LENGTH_MAX,
		 &p->min_length)) != SY_OK ||
	    (err = read_number(s, "classes", 1, CLASSES_MAX, &p->classes)) !=
		SY_OK ||
	    (err = read_number(s, "max_repeat", 0, RUN_MAX, &p->max_repeat)) !=
		SY_OK ||
	    (err = read_number(s, "max_sequence", 0, RUN_MAX,
		 &p->max_sequence)) != SY_OK ||
	    (err = read_number(s, "history", 0, SY_PASSWORD_HISTORY_MAX,
		 &p->history)) != SY_OK ||
	    (err = sy_conf_seconds(s->values, "min_age", p->min_age, 0,
		 365 * DAY, &p->min_age, s->reterr)) != SY_OK ||
	    (err = sy_conf_seconds(s->values, "max_age", p->max_age, 0,
		 3650 * DAY, &p->max_age, s->reterr)) != SY_OK ||
	    (err = sy_conf_seconds(s->values, "warn", p->warn, 0, 365 * DAY,
		 &p->warn, s->reterr)) != SY_OK ||
	    (err = sy_conf_seconds(s->values, "temporary", p->temporary, 1,
		 90 * DAY, &p->temporary, s->reterr)) != SY_OK)
		return err;
	return sy_conf_bool(s->values, "dictionary", p->dictionary,
	    &p->dictionary, s->reterr);
}

/* Digits alone, and no more of them than a card's PIN has, would be sent to a
 * card if they were typed at the wrong prompt. */
static enum sy_err
check_is_no_pin(const struct sy_policy_section *s,
    const struct sy_password_policy *p)
{
	if (p->classes > 1 || p->min_length > PIN_MAX)
		return SY_OK;
	return sy_policy_refuse(s, SY_ERR_FORMAT, "classes",
	    "%u digits could be taken for a card's PIN: with one class "
	    "min_length must be over %d",
	    p->min_length, PIN_MAX);
}

/* Ages that make sense together. */
static enum sy_err
check_ages(const struct sy_policy_section *s,
    const struct sy_password_policy *p)
{
	if (p->max_age == 0)
		return SY_OK;
	if (p->warn > p->max_age)
		return sy_policy_refuse(s, SY_ERR_FORMAT, "max_age",
		    "warn (%lld s) is longer than max_age (%lld s)",
		    (long long)p->warn, (long long)p->max_age);
	if (p->min_age >= p->max_age)
		return sy_policy_refuse(s, SY_ERR_FORMAT, "max_age",
		    "min_age (%lld s) leaves no time to change before max_age "
		    "(%lld s)",
		    (long long)p->min_age, (long long)p->max_age);
	return SY_OK;
}

enum sy_err
sy_policy_read_passwords(struct sy_conf *conf, struct sy_policy *policy,
    struct sy_error *reterr)
{
	struct sy_policy_section s = { .reterr = reterr };
	char name[SY_POLICY_NAME_SIZE];
	unsigned int covered = 0, kinds;
	enum sy_err err;

	for (int k = 0; k < SY_KIND_COUNT; k++)
		policy->password[k] = strict;
	for (size_t i = 0; sy_policy_section_at(conf, "password", i, &s); i++) {
		struct sy_password_policy values = strict;

		if ((err = sy_policy_read_name(&s, name)) != SY_OK ||
		    (err = sy_policy_read_kinds(&s, &kinds)) != SY_OK ||
		    (err = read_values(&s, &values)) != SY_OK ||
		    (err = check_is_no_pin(&s, &values)) != SY_OK ||
		    (err = check_ages(&s, &values)) != SY_OK)
			return err;
		if ((kinds & ~covered) == 0)
			return sy_policy_refuse(&s, SY_ERR_POLICY, "kind",
			    "never governs: sections before it cover all of "
			    "it");
		for (int k = 1; k < SY_KIND_COUNT; k++)
			if ((kinds & ~covered & BIT(k)) != 0)
				policy->password[k] = values;
		covered |= kinds;
	}
	return SY_OK;
}

const struct sy_password_policy *
sy_policy_password(const struct sy_policy *policy, enum sy_kind kind)
{
	return (unsigned int)kind < SY_KIND_COUNT ? &policy->password[kind]
						  : &strict;
}
