/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy_int.h"

/*
 * What all sections of a policy file have in common: a name, lists of words
 * separated by spaces, and mistakes that are named with their place.
 */
bool
sy_policy_section_at(struct sy_conf *conf, const char *type, size_t i,
    struct sy_policy_section *ret)
{
	ret->values = sy_conf_section(conf, type, i, &ret->name);
	ret->conf = conf;
	ret->type = type;
	return ret->values != NULL;
}

void
sy_policy_place(const struct sy_policy_section *s, const char *key,
    char out[SY_POLICY_PLACE_SIZE])
{
	unsigned int line = sy_conf_line(s->values, key);

	/* A key that is not there is missing in its section. */
	if (line == 0)
		line = sy_conf_line(s->values, NULL);
	(void)snprintf(out, SY_POLICY_PLACE_SIZE, "%.64s:%u",
	    sy_conf_file(s->conf), line);
}

enum sy_err
sy_policy_refuse(const struct sy_policy_section *s, enum sy_err code,
    const char *key, const char *fmt, ...)
{
	char place[SY_POLICY_PLACE_SIZE], what[sizeof(s->reterr->text)];
	const bool named = s->name[0] != '\0';
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	sy_policy_place(s, key, place);
	return sy_error_set(s->reterr, code, place, "%s%s%.40s%s: %s%s%s",
	    s->type, named ? " \"" : "", s->name, named ? "\"" : "",
	    key != NULL ? key : "", key != NULL ? ": " : "", what);
}

enum sy_err
sy_policy_read_name(const struct sy_policy_section *s,
    char out[SY_POLICY_NAME_SIZE])
{
	const size_t len = strlen(s->name);

	if (len == 0 || len >= SY_POLICY_NAME_SIZE)
		return sy_policy_refuse(s, SY_ERR_FORMAT, NULL,
		    "a section needs a name of 1 to %d bytes",
		    SY_POLICY_NAME_SIZE - 1);
	memcpy(out, s->name, len + 1);
	return SY_OK;
}

/* A word that is too long for any name comes back cut short, and is then no
 * name. */
bool
sy_policy_next_word(const char **text, const char *separators,
    char word[SY_POLICY_WORD_SIZE])
{
	const char *start = *text + strspn(*text, " \t");
	const char *end = start + strcspn(start, separators);
	size_t len = (size_t)(end - start);

	if (*start == '\0')
		return false;
	*text = *end != '\0' ? end + 1 : end;
	while (len > 0 && (start[len - 1] == ' ' || start[len - 1] == '\t'))
		len--;
	if (len >= SY_POLICY_WORD_SIZE)
		len = SY_POLICY_WORD_SIZE - 1;
	memcpy(word, start, len);
	word[len] = '\0';
	return true;
}

bool
sy_policy_zone_bit(const char *name, unsigned int *ret_bit)
{
	enum sy_zone zone;

	if (!sy_zone_by_name(name, &zone))
		return false;
	*ret_bit = 1u << zone;
	return true;
}

bool
sy_policy_purpose_bit(const char *name, unsigned int *ret_bit)
{
	enum sy_purpose purpose;

	if (!sy_purpose_by_name(name, &purpose))
		return false;
	*ret_bit = 1u << purpose;
	return true;
}

static bool
kind_bit(const char *name, unsigned int *ret_bit)
{
	enum sy_kind kind;

	if (!sy_kind_by_name(name, &kind))
		return false;
	*ret_bit = 1u << kind;
	return true;
}

enum sy_err
sy_policy_read_set(const struct sy_policy_section *s, const char *key,
    const char *def, sy_policy_lookup_fn *lookup, unsigned int *ret_set)
{
	const char *text, *at;
	char word[SY_POLICY_WORD_SIZE];
	unsigned int set = 0, bit;
	enum sy_err err;

	if ((err = sy_conf_text(s->values, key, def, &text, s->reterr)) !=
	    SY_OK)
		return err;
	for (at = text; sy_policy_next_word(&at, " \t", word);) {
		if (!lookup(word, &bit))
			return sy_policy_refuse(s, SY_ERR_FORMAT, key,
			    "there is no such name: \"%s\"", word);
		if ((set & bit) != 0)
			return sy_policy_refuse(s, SY_ERR_FORMAT, key,
			    "named twice: \"%s\"", word);
		set |= bit;
	}
	if (set == 0 && sy_conf_line(s->values, key) != 0)
		return sy_policy_refuse(s, SY_ERR_FORMAT, key,
		    "a name is missing");
	*ret_set = set;
	return SY_OK;
}

enum sy_err
sy_policy_read_kinds(const struct sy_policy_section *s, unsigned int *ret_set)
{
	const char *text;
	enum sy_err err;

	if ((err = sy_conf_text(s->values, "kind", NULL, &text, s->reterr)) !=
	    SY_OK)
		return err;
	if (strcmp(text, "all") != 0)
		return sy_policy_read_set(s, "kind", NULL, kind_bit, ret_set);
	*ret_set = 0;
	for (int kind = 1; kind < SY_KIND_COUNT; kind++)
		*ret_set |= 1u << kind;
	return SY_OK;
}
