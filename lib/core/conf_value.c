/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "lib/core/conf_int.h"

struct sy_conf_section *
sy_conf_section(struct sy_conf *conf, const char *section, size_t i,
    const char **ret_name)
{
	for (size_t k = 0; k < conf->n; k++) {
		struct sy_conf_section *s = &conf->sections[k];

		if (strcmp(s->type, section) != 0 ||
		    (ret_name == NULL && s->name[0] != '\0') || i-- != 0)
			continue;
		s->known = true;
		if (ret_name != NULL)
			*ret_name = s->name;
		return s;
	}
	return NULL;
}

/* The entry of ${key}, or NULL. */
static struct conf_entry *
find(const struct sy_conf_section *s, const char *key)
{
	if (s == NULL)
		return NULL;
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->entries[i].key, key) == 0)
			return &s->entries[i];
	}
	return NULL;
}

/* The same for somebody who will look at the value. */
static struct conf_entry *
ask(struct sy_conf_section *s, const char *key)
{
	struct conf_entry *e = find(s, key);

	if (e != NULL)
		e->known = true;
	return e;
}

enum sy_err
sy_conf_text(struct sy_conf_section *s, const char *key, const char *def,
    const char **ret, struct sy_error *reterr)
{
	const struct conf_entry *e = ask(s, key);

	if (e == NULL && def == NULL && s == NULL)
		return sy_error_set(reterr, SY_ERR_FORMAT, key,
		    "the section that must set %s is missing", key);
	if (e == NULL && def == NULL)
		return conf_error(reterr, SY_ERR_FORMAT, s->conf->file, s->line,
		    "section does not set %s", key);
	*ret = e != NULL ? e->value : def;
	return SY_OK;
}

/*
 * The decimal number at the start of ${text}: an optional minus, no plus, no
 * leading zeros. False if there is none or it does not fit.
 */
static bool
parse_number(const char *text, int64_t *ret, const char **ret_rest)
{
	const bool negative = *text == '-';
	const char *at = negative ? text + 1 : text;
	int64_t v = 0;

	if (*at < '0' || *at > '9' ||
	    (*at == '0' && at[1] >= '0' && at[1] <= '9'))
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		const int64_t digit = *at - '0';

		/* Counted on the negative side, which reaches further. */
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, digit, &v))
			return false;
	}
	if (!negative && __builtin_sub_overflow(0, v, &v))
		return false;
	*ret = v;
	*ret_rest = at;
	return true;
}

static enum sy_err
bad_value(const struct sy_conf_section *s, const struct conf_entry *e,
    const char *wanted, struct sy_error *reterr)
{
	return conf_error(reterr, SY_ERR_FORMAT, s->conf->file, e->line,
	    "%s must be %s, not \"%s\"", e->key, wanted, e->value);
}

enum sy_err
sy_conf_int(struct sy_conf_section *s, const char *key, int64_t def,
    int64_t min, int64_t max, int64_t *ret, struct sy_error *reterr)
{
	const struct conf_entry *e = ask(s, key);
	const char *rest;
	int64_t v;

	if (e == NULL) {
		*ret = def;
		return SY_OK;
	}
	if (!parse_number(e->value, &v, &rest) || *rest != '\0')
		return bad_value(s, e, "a whole number", reterr);
	if (v < min || v > max)
		return conf_error(reterr, SY_ERR_FORMAT, s->conf->file, e->line,
		    "%s must be from %" PRId64 " to %" PRId64, key, min, max);
	*ret = v;
	return SY_OK;
}

enum sy_err
sy_conf_bool(struct sy_conf_section *s, const char *key, bool def, bool *ret,
    struct sy_error *reterr)
{
	const struct conf_entry *e = ask(s, key);

	if (e == NULL)
		*ret = def;
	else if (strcmp(e->value, "yes") == 0)
		*ret = true;
	else if (strcmp(e->value, "no") == 0)
		*ret = false;
	else
		return bad_value(s, e, "yes or no", reterr);
	return SY_OK;
}

/* Seconds in a unit, 0 if it is none. */
static int64_t
unit_seconds(const char *unit)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {
		{ 's', 1 },
		{ 'm', 60 },
		{ 'h', 3600 },
		{ 'd', 86400 },
	};

	for (size_t i = 0; i < SY_COUNT(units); i++) {
		if (unit[0] == units[i].letter && unit[1] == '\0')
			return units[i].seconds;
	}
	return 0;
}

enum sy_err
sy_conf_seconds(struct sy_conf_section *s, const char *key, int64_t def,
    int64_t min, int64_t max, int64_t *ret, struct sy_error *reterr)
{
	const struct conf_entry *e = ask(s, key);
	const char *unit = NULL;
	int64_t seconds;
	int64_t v;

	if (e == NULL) {
		*ret = def;
		return SY_OK;
	}
	if (!parse_number(e->value, &v, &unit) ||
	    (seconds = unit_seconds(unit)) == 0 ||
	    __builtin_mul_overflow(v, seconds, &v))
		return bad_value(s, e, "a whole number with s, m, h or d",
		    reterr);
	if (v < min || v > max)
		return conf_error(reterr, SY_ERR_FORMAT, s->conf->file, e->line,
		    "%s must be from %" PRId64 "s to %" PRId64 "s", key, min,
		    max);
	*ret = v;
	return SY_OK;
}

unsigned int
sy_conf_line(const struct sy_conf_section *s, const char *key)
{
	const struct conf_entry *e;

	if (key == NULL)
		return s->line;
	e = find(s, key);
	return e != NULL ? e->line : 0;
}

const char *
sy_conf_file(const struct sy_conf *conf)
{
	return conf->file;
}

enum sy_err
sy_conf_end(const struct sy_conf *conf, struct sy_error *reterr)
{
	for (size_t i = 0; i < conf->n; i++) {
		const struct sy_conf_section *s = &conf->sections[i];

		if (!s->known)
			return conf_error(reterr, SY_ERR_FORMAT, conf->file,
			    s->line, "unknown section [%s%s%s]", s->type,
			    s->name[0] != '\0' ? " " : "", s->name);
		for (size_t k = 0; k < s->n; k++) {
			if (!s->entries[k].known)
				return conf_error(reterr, SY_ERR_FORMAT,
				    conf->file, s->entries[k].line,
				    "unknown key %s", s->entries[k].key);
		}
	}
	return SY_OK;
}
