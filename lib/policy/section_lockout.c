/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "policy_int.h"

/*
 * [lockout NAME]: how many tries there are, by kind of ID and purpose. LOCK-2:
 * what is privileged has no more of them than the everyday.
 */
#define BIT(value) (1u << (value))
#define MINUTE     ((int64_t)60)
#define DAY        ((int64_t)24 * 60 * 60)

/* The longest lock doubled as often as can be still is a number of seconds. */
#define LOCK_MAX  (7 * DAY)
#define LOCKS_MAX 10
#define TRIES_MAX 100 /* NIST SP 800-63B section 3.2.2 */

static const struct sy_lockout_policy everyday = {
	.tries = 5,
	.lock = 15 * MINUTE,
	.locks = 3,
	.disable = 100,
};

static const struct sy_lockout_policy privileged = {
	.tries = 3,
	.lock = 60 * MINUTE,
	.locks = 2,
	.disable = 50,
};

static bool
is_privileged(int kind, int purpose)
{
	return kind == SY_KIND_PRIVILEGED || kind == SY_KIND_OPERATOR ||
	    purpose == SY_PURPOSE_PRIVILEGED || purpose == SY_PURPOSE_OPERATOR;
}

static void
set_defaults(struct sy_policy *policy, const char *file)
{
	for (int k = 0; k < SY_KIND_COUNT; k++) {
		for (int p = 0; p < SY_PURPOSE_COUNT; p++) {
			struct sy_policy_lockout *l = &policy->lockout[k][p];

			l->values = is_privileged(k, p) ? privileged : everyday;
			(void)snprintf(l->place, sizeof(l->place), "%.64s",
			    file);
		}
	}
}

/* What a section says when it says nothing: that of the strictest place that
 * it names. */
static const struct sy_lockout_policy *
default_of(unsigned int kinds, unsigned int purposes)
{
	const unsigned int strict_kinds =
	    BIT(SY_KIND_PRIVILEGED) | BIT(SY_KIND_OPERATOR);
	const unsigned int strict_purposes =
	    BIT(SY_PURPOSE_PRIVILEGED) | BIT(SY_PURPOSE_OPERATOR);

	return (kinds & strict_kinds) != 0 || (purposes & strict_purposes) != 0
	    ? &privileged
	    : &everyday;
}

static enum sy_err
read_values(const struct sy_policy_section *s,
    const struct sy_lockout_policy *def, struct sy_lockout_policy *ret)
{
	int64_t tries, lock, locks, disable;
	enum sy_err err;

	if ((err = sy_conf_int(s->values, "tries", def->tries, 1, TRIES_MAX,
		 &tries, s->reterr)) != SY_OK ||
	    (err = sy_conf_seconds(s->values, "lock", def->lock, 1, LOCK_MAX,
		 &lock, s->reterr)) != SY_OK ||
	    (err = sy_conf_int(s->values, "locks", def->locks, 0, LOCKS_MAX,
		 &locks, s->reterr)) != SY_OK ||
	    (err = sy_conf_int(s->values, "disable", def->disable, 1, TRIES_MAX,
		 &disable, s->reterr)) != SY_OK)
		return err;
	if (disable < tries)
		return sy_policy_refuse(s, SY_ERR_FORMAT,
		    sy_conf_line(s->values, "disable") != 0 ? "disable"
							    : "tries",
		    "disable (%d) comes before tries (%d): nobody would ever "
		    "be locked for a time",
		    (int)disable, (int)tries);
	ret->tries = (unsigned int)tries;
	ret->lock = lock;
	ret->locks = (unsigned int)locks;
	ret->disable = (unsigned int)disable;
	return SY_OK;
}

struct place {
	int kind;
	int purpose;
};

/* Whether ${l} gives more than ${than}; ${ret_what} names the first value. */
static bool
is_weaker(const struct sy_lockout_policy *l,
    const struct sy_lockout_policy *than, const char **ret_what)
{
	if (l->tries > than->tries)
		*ret_what = "more tries";
	else if (l->lock < than->lock)
		*ret_what = "a shorter lock";
	else if (l->locks > than->locks)
		*ret_what = "more locks before the help desk's";
	else if (l->disable > than->disable)
		*ret_what = "more failures before it is disabled";
	else
		return false;
	return true;
}

/* Compare one privileged place with one everyday place. */
static enum sy_err
compare(const struct sy_policy *policy, struct place high, struct place low,
    struct sy_error *reterr)
{
	const struct sy_policy_lockout *h =
	    &policy->lockout[high.kind][high.purpose];
	const struct sy_policy_lockout *l =
	    &policy->lockout[low.kind][low.purpose];
	const char *what;

	if (!is_weaker(&h->values, &l->values, &what))
		return SY_OK;
	return sy_error_set(reterr, SY_ERR_POLICY,
	    h->name[0] != '\0' ? h->place : l->place,
	    "lockout \"%s\" gives kind %s, purpose %s %s than lockout \"%s\" "
	    "gives kind %s, purpose %s",
	    h->name[0] != '\0' ? h->name : "(default)",
	    sy_kind_name((enum sy_kind)high.kind),
	    sy_purpose_name((enum sy_purpose)high.purpose), what,
	    l->name[0] != '\0' ? l->name : "(default)",
	    sy_kind_name((enum sy_kind)low.kind),
	    sy_purpose_name((enum sy_purpose)low.purpose));
}

#define PLACES ((SY_KIND_COUNT - 1) * (SY_PURPOSE_COUNT - 1))

static struct place
place_at(int i)
{
	return (struct place){
		.kind = 1 + i / (SY_PURPOSE_COUNT - 1),
		.purpose = 1 + i % (SY_PURPOSE_COUNT - 1),
	};
}

static enum sy_err
check_privileged(const struct sy_policy *policy, struct sy_error *reterr)
{
	enum sy_err err;

	for (int h = 0; h < PLACES; h++) {
		const struct place high = place_at(h);

		if (!is_privileged(high.kind, high.purpose))
			continue;
		for (int l = 0; l < PLACES; l++) {
			const struct place low = place_at(l);

			if (!is_privileged(low.kind, low.purpose) &&
			    (err = compare(policy, high, low, reterr)) != SY_OK)
				return err;
		}
	}
	return SY_OK;
}

/* Put ${lockout} where no section before it is; whether there was any. */
static bool
put(struct sy_policy *policy, unsigned int kinds, unsigned int purposes,
    const struct sy_policy_lockout *lockout)
{
	bool any = false;

	for (int i = 0; i < PLACES; i++) {
		const struct place at = place_at(i);
		struct sy_policy_lockout *l =
		    &policy->lockout[at.kind][at.purpose];

		if ((kinds & BIT(at.kind)) == 0 ||
		    (purposes & BIT(at.purpose)) == 0 || l->name[0] != '\0')
			continue;
		*l = *lockout;
		any = true;
	}
	return any;
}

enum sy_err
sy_policy_read_lockouts(struct sy_conf *conf, struct sy_policy *policy,
    struct sy_error *reterr)
{
	struct sy_policy_section s = { .reterr = reterr };
	unsigned int kinds, purposes;
	enum sy_err err;

	set_defaults(policy, sy_conf_file(conf));
	for (size_t i = 0; sy_policy_section_at(conf, "lockout", i, &s); i++) {
		struct sy_policy_lockout l;

		if ((err = sy_policy_read_name(&s, l.name)) != SY_OK ||
		    (err = sy_policy_read_kinds(&s, &kinds)) != SY_OK ||
		    (err = sy_policy_read_set(&s, "purpose", NULL,
			 sy_policy_purpose_bit, &purposes)) != SY_OK ||
		    (err = read_values(&s, default_of(kinds, purposes),
			 &l.values)) != SY_OK)
			return err;
		sy_policy_place(&s, NULL, l.place);
		if (!put(policy, kinds, purposes, &l))
			return sy_policy_refuse(&s, SY_ERR_POLICY, NULL,
			    "never governs: sections before it cover all of "
			    "it");
	}
	return check_privileged(policy, reterr);
}

const struct sy_lockout_policy *
sy_policy_lockout(const struct sy_policy *policy, enum sy_kind kind,
    enum sy_purpose purpose)
{
	if ((unsigned int)kind >= SY_KIND_COUNT ||
	    (unsigned int)purpose >= SY_PURPOSE_COUNT)
		return &privileged;
	return &policy->lockout[kind][purpose].values;
}
