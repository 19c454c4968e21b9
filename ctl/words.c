/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/words.h"

static bool
is_option(const struct ctl_word *w)
{
	return w->name[0] == '-';
}

static bool
takes_value(const struct ctl_word *w)
{
	return w->value != CTL_FLAG;
}

void
words_synopsis(const struct ctl_command *c, char *out, size_t size)
{
	size_t at = (size_t)snprintf(out, size, "%s%s%s", c->noun,
	    *c->verb != '\0' ? " " : "", c->verb);

	for (const struct ctl_word *w = c->words; w->name != NULL && at < size;
	     w++) {
		const char *open = w->required ? "" : "[";
		const char *close = w->required ? "" : "]";

		at += (size_t)snprintf(out + at, size - at, " %s%s%s%s", open,
		    w->name, takes_value(w) && is_option(w) ? " ..." : "",
		    close);
	}
}

void
words_usage(const struct ctl_command *c)
{
	char line[WORDS_SYNOPSIS_SIZE];

	words_synopsis(c, line, sizeof(line));
	fprintf(stderr, "%s sanyosoctl %s\n", _("usage:"), line);
}

static const struct sy_field *
find_field(const struct sy_message *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->fields[i].name, name) == 0)
			return &m->fields[i];
	return NULL;
}

static bool
parse_number(const char *text, int64_t *ret)
{
	/* Digits alone: strtoll takes spaces and signs before them, too. */
	if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
		return false;
	errno = 0;
	*ret = strtoll(text, NULL, 10);
	return errno == 0;
}

/* YYYY-MM-DD, local time; ${days} later at 00:00. */
static bool
parse_date(const char *text, int days, int64_t *ret)
{
	struct tm tm = { .tm_isdst = -1 }, given;
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	if (end == NULL || *end != '\0')
		return false;
	given = tm;
	tm.tm_mday += days;
	*ret = mktime(&tm);
	/* 2027-02-30 would become a day in March. */
	return *ret > 0 && (days != 0 || tm.tm_mday == given.tm_mday);
}

static bool
set_number(const struct ctl_word *w, const struct sy_field *f, const char *text,
    void *request)
{
	int64_t v, whole;
	bool ok;

	switch (w->value) {
	case CTL_TOKEN:
		ok = parse_number(strncmp(text, "token:", 6) == 0 ? text + 6
								  : text,
		    &v);
		break;
	case CTL_FROM:
		ok = parse_date(text, 0, &v);
		break;
	case CTL_TO:
		ok = parse_date(text, 0, &whole) && parse_date(text, 1, &v);
		break;
	case CTL_TEXT:
	case CTL_FLAG:
	case CTL_COUNT:
	default:
		ok = parse_number(text, &v);
	}
	if (!ok || v < f->min || v > f->max)
		return false;
	memcpy((char *)request + f->offset, &v, sizeof(v));
	return true;
}

static enum ctl_exit
set_member(const struct ctl_command *c, const struct ctl_word *w,
    const char *text, void *request)
{
	const struct sy_field *f = find_field(c->ask, w->member);
	char *at;

	if (f != NULL && f->type == SY_FIELD_BOOL && !takes_value(w)) {
		*(bool *)(void *)((char *)request + f->offset) = true;
		return CTL_DONE;
	}
	if (f != NULL && f->type == SY_FIELD_INT &&
	    set_number(w, f, text, request))
		return CTL_DONE;
	if (f != NULL && f->type == SY_FIELD_TEXT && strlen(text) < f->size &&
	    sy_text_is_clean(text, strlen(text)) &&
	    (text[0] != '\0' || !w->required)) {
		at = (char *)request + f->offset;
		memcpy(at, text, strlen(text) + 1);
		return CTL_DONE;
	}
	fprintf(stderr, "sanyosoctl: %s: ", w->name);
	fprintf(stderr, _("\"%.100s\" can't be used here."), text);
	fputc('\n', stderr);
	return CTL_USAGE;
}

/* The next word by position that was not given yet, or the named option. */
static const struct ctl_word *
find_word(const struct ctl_command *c, const char *arg, unsigned int given)
{
	for (unsigned int i = 0; i < CTL_WORDS_MAX && c->words[i].name != NULL;
	     i++) {
		const struct ctl_word *w = &c->words[i];

		if ((given & 1u << i) != 0)
			continue;
		if (arg[0] == '-' ? strcmp(arg, w->name) == 0 : !is_option(w))
			return w;
	}
	return NULL;
}

static enum ctl_exit
complete(const struct ctl_command *c, unsigned int given, void *request)
{
	for (unsigned int i = 0; i < CTL_WORDS_MAX && c->words[i].name != NULL;
	     i++) {
		const struct ctl_word *w = &c->words[i];
		enum ctl_exit status;

		if ((given & 1u << i) != 0)
			continue;
		if (w->required) {
			fprintf(stderr, "sanyosoctl: ");
			fprintf(stderr, _("%s is missing."), w->name);
			fputc('\n', stderr);
			words_usage(c);
			return CTL_USAGE;
		}
		if (w->preset != NULL &&
		    (status = set_member(c, w, w->preset, request)) != CTL_DONE)
			return status;
	}
	return CTL_DONE;
}

enum ctl_exit
words_fill(const struct ctl_command *c, int argc, char **argv, void *request,
    bool *ret_json)
{
	unsigned int given = 0;
	enum ctl_exit status;

	for (int i = 0; i < argc; i++) {
		const struct ctl_word *w;

		if (strcmp(argv[i], "--json") == 0) {
			*ret_json = true;
			continue;
		}
		w = find_word(c, argv[i], given);
		if (w == NULL ||
		    (is_option(w) && takes_value(w) && i + 1 == argc)) {
			words_usage(c);
			return CTL_USAGE;
		}
		given |= 1u << (w - c->words);
		if (is_option(w) && takes_value(w))
			i++;
		if ((status = set_member(c, w, argv[i], request)) != CTL_DONE)
			return status;
	}
	return complete(c, given, request);
}
