/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/check/pamcontrol.h"
#include "agent/check/pamfile.h"
#include "agent/check/words.h"

struct pamfile {
	char *name;
	char *text; /* cut into words, to which the lines point */
	struct pamfile_line *lines;
	size_t count;
};

/* Where we are: text is a copy, changed in place. */
struct parse {
	struct pamfile *file;
	char *at;
	unsigned int number;
	unsigned int started; /* the number of the line that is read */
	struct sy_error *error;
};

/* One word of a line. */
struct word {
	char *text;
	bool bracketed;
};

static const char *const type_names[PAMFILE_TYPES] = {
	[PAMFILE_AUTH] = "auth",
	[PAMFILE_ACCOUNT] = "account",
	[PAMFILE_SESSION] = "session",
	[PAMFILE_PASSWORD] = "password",
};

const char *
pamfile_type_name(enum pamfile_type type)
{
	return type < PAMFILE_TYPES ? type_names[type] : "@include";
}

static enum sy_err
refuse(const struct parse *p, enum sy_err code, const char *what)
{
	char place[sizeof(p->error->place)];

	(void)snprintf(place, sizeof(place), "%s:%u", p->file->name,
	    p->started);
	return sy_error_set(p->error, code, place, "%s", what);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cut a comment off the line ${s} (NUL-terminated). */
static enum sy_err
cut_comment(const struct parse *p, char *s)
{
	char *hash = strchr(s, '#');
	char *end;

	if (hash == NULL)
		return SY_OK;
	if (hash > s && !is_blank(hash[-1]))
		return refuse(p, SY_ERR_FORMAT,
		    N_("a \"#\" within a word: libpam cuts the line there"));
	*hash = '\0';
	end = strrchr(s, '[');
	if (end != NULL && strchr(end, ']') == NULL)
		return refuse(p, SY_ERR_FORMAT,
		    N_("a \"#\" within brackets: libpam cuts the line there"));
	for (end = hash; end > s && is_blank(end[-1]); end--)
		continue;
	if (end > s && end[-1] == '\\')
		return refuse(p, SY_ERR_FORMAT,
		    N_("a backslash before a comment does not join lines"));
	return SY_OK;
}

/* What a line of the file must be made of. */
static enum sy_err
check_bytes(const struct parse *p, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\r')
			return refuse(p, SY_ERR_FORMAT,
			    N_("a carriage return: the file is in DOS format"));
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') ||
		    s[i] == 0x7f)
			return refuse(p, SY_ERR_FORMAT,
			    N_("a control character"));
	}
	return SY_OK;
}

/*
 * Take the next line of the file, and those that a backslash joins to it, as
 * one text without comment: NULL at the end.
 */
static enum sy_err
next_line(struct parse *p, char **ret_line)
{
	char *const start = p->at;
	char *line = start;
	enum sy_err err;

	*ret_line = NULL;
	p->started = p->number + 1;
	for (;;) {
		char *end = strchr(line, '\n');
		char *s = line + strspn(line, " \t");

		if (*line == '\0' && line == start)
			return SY_OK;
		if (end == NULL)
			end = line + strlen(line);
		else
			*end++ = '\0';
		p->number++;
		if ((err = check_bytes(p, line, strlen(line))) != SY_OK)
			return err;
		if (line != start && (*s == '\0' || *s == '#'))
			return refuse(p, SY_ERR_FORMAT,
			    N_("nothing follows the backslash at its end"));
		if (*s == '#')
			*s = '\0';
		if ((err = cut_comment(p, s)) != SY_OK)
			return err;
		p->at = end;
		*ret_line = start;
		s = line + strlen(line);
		if (s == line || s[-1] != '\\') {
			while (s > line && is_blank(s[-1]))
				s--;
			if (s > line && s[-1] == '\\')
				return refuse(p, SY_ERR_FORMAT,
				    N_("a blank behind the backslash at its "
				       "end"));
			return SY_OK;
		}
		/* Join: backslash, and what ended the line, become blanks. */
		memset(s - 1, ' ', (size_t)(end - (s - 1)));
		line = end;
		if (*line == '\0')
			return refuse(p, SY_ERR_FORMAT,
			    N_("nothing follows the backslash at its end"));
	}
}

/* A word in brackets: up to the first "]", where "\]" stands for one. */
static enum sy_err
cut_brackets(const struct parse *p, char **at)
{
	char *from = *at, *to = *at;

	for (; *from != '\0' && *from != ']'; from++) {
		if (from[0] == '\\' && from[1] == ']')
			from++;
		*to++ = *from;
	}
	if (*from == '\0')
		return refuse(p, SY_ERR_FORMAT, N_("a bracket is not closed"));
	from++;
	if (*from != '\0' && !is_blank(*from))
		return refuse(p, SY_ERR_FORMAT,
		    N_("no blank behind a bracket"));
	*to = '\0';
	*at = from;
	return SY_OK;
}

static enum sy_err
cut_words(const struct parse *p, char *line, struct word *words,
    size_t *ret_count)
{
	size_t n = 0;
	enum sy_err err;

	for (char *at = line + strspn(line, " \t"); *at != '\0';
	     at += strspn(at, " \t")) {
		if (n == PAMFILE_WORDS_MAX)
			return refuse(p, SY_ERR_LIMIT, N_("too many words"));
		words[n].bracketed = *at == '[';
		words[n].text = at + (words[n].bracketed ? 1 : 0);
		if (words[n].bracketed) {
			at++;
			if ((err = cut_brackets(p, &at)) != SY_OK)
				return err;
		} else {
			at += strcspn(at, " \t");
		}
		n++;
		if (*at == '\0')
			break;
		*at++ = '\0';
	}
	*ret_count = n;
	return SY_OK;
}

static bool
find_type(const char *word, enum pamfile_type *ret)
{
	/* Before a type: a module that is missing is not logged. It fails all
	 * the same. */
	if (*word == '-')
		word++;
	for (unsigned int i = 0; i < PAMFILE_TYPES; i++) {
		if (strcasecmp(word, type_names[i]) == 0) {
			*ret = (enum pamfile_type)i;
			return true;
		}
	}
	return false;
}

/* A file to include lies beside this one, or has its whole path. */
static enum sy_err
check_include(const struct parse *p, const struct pamfile_line *line)
{
	const char *name = line->name;

	if (strstr(name, "..") != NULL || name[0] == '\0' ||
	    (name[0] != '/' && strchr(name, '/') != NULL))
		return refuse(p, SY_ERR_FORMAT,
		    N_("not the name of a file in this directory to include"));
	if (line->arg_count > 0)
		return refuse(p, SY_ERR_FORMAT,
		    N_("words behind the file to include"));
	return SY_OK;
}

static enum sy_err
read_include(const struct parse *p, const struct word *words, size_t count,
    struct pamfile_line *line)
{
	if (count < 2)
		return refuse(p, SY_ERR_FORMAT, N_("no file to include"));
	line->type = PAMFILE_ANY;
	line->kind = PAMFILE_INCLUDE;
	line->name = words[1].text;
	line->arg_count = count - 2;
	return check_include(p, line);
}

static enum sy_err
read_line(const struct parse *p, const struct word *words, size_t count,
    struct pamfile_line *line)
{
	const char *why;

	line->number = p->started;
	if (!words[0].bracketed && strcmp(words[0].text, "@include") == 0)
		return read_include(p, words, count, line);
	if (words[0].bracketed || !find_type(words[0].text, &line->type))
		return refuse(p, SY_ERR_FORMAT,
		    N_("begins with none of auth, account, session, password"));
	if (count < 2)
		return refuse(p, SY_ERR_FORMAT, N_("no control"));
	if (pamcontrol_parse(words[1].text, words[1].bracketed, &line->kind,
		line->actions, &why) != SY_OK)
		return refuse(p, SY_ERR_FORMAT, why);
	if (count < 3 || words[2].text[0] == '\0')
		return refuse(p, SY_ERR_FORMAT, N_("no module"));
	line->name = words[2].text;
	line->arg_count = count - 3;
	for (size_t i = 3; i < count; i++)
		line->args[i - 3] = words[i].text;
	if (line->kind != PAMFILE_MODULE)
		return check_include(p, line);
	return SY_OK;
}

static enum sy_err
read_lines(struct parse *p)
{
	struct word words[PAMFILE_WORDS_MAX];
	char *line;
	size_t count = 0;
	enum sy_err err;

	for (;;) {
		if ((err = next_line(p, &line)) != SY_OK)
			return err;
		if (line == NULL)
			return SY_OK;
		if (strlen(line) > PAMFILE_LINE_MAX)
			return refuse(p, SY_ERR_LIMIT, N_("too long a line"));
		if ((err = cut_words(p, line, words, &count)) != SY_OK)
			return err;
		if (count == 0)
			continue;
		err =
		    read_line(p, words, count, &p->file->lines[p->file->count]);
		if (err != SY_OK)
			return err;
		p->file->count++;
	}
}

/* Room for as many lines as there can be. */
static enum sy_err
make_room(struct parse *p, const char *text, size_t len)
{
	size_t lines = 1;

	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n')
			lines++;
	if (lines > PAMFILE_LINES_MAX) {
		(void)sy_error_set(p->error, SY_ERR_LIMIT, p->file->name,
		    "more than %d lines", PAMFILE_LINES_MAX);
		return SY_ERR_LIMIT;
	}
	p->file->lines = calloc(lines, sizeof(*p->file->lines));
	p->file->text = malloc(len + 1);
	if (p->file->lines == NULL || p->file->text == NULL) {
		(void)sy_error_set(p->error, SY_ERR_NOMEM, p->file->name,
		    "out of memory");
		return SY_ERR_NOMEM;
	}
	memcpy(p->file->text, text, len);
	p->file->text[len] = '\0';
	p->at = p->file->text;
	return SY_OK;
}

enum sy_err
pamfile_parse(const char *file, const char *text, size_t len,
    struct pamfile **ret, struct sy_error *reterr)
{
	SY_AUTO(pamfile_free) struct pamfile *f = NULL;
	struct parse p = { .error = reterr };
	enum sy_err err;

	if ((f = calloc(1, sizeof(*f))) == NULL ||
	    (f->name = strdup(file)) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, file,
		    "out of memory");
	p.file = f;
	if (len > PAMFILE_SIZE_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, file,
		    "more than %zu bytes", PAMFILE_SIZE_MAX);
	if (memchr(text, '\0', len) != NULL)
		return sy_error_set(reterr, SY_ERR_FORMAT, file,
		    "a zero byte: not a text");
	if ((err = make_room(&p, text, len)) != SY_OK ||
	    (err = read_lines(&p)) != SY_OK)
		return err;
	*ret = f;
	f = NULL;
	return SY_OK;
}

void
pamfile_free(struct pamfile **file)
{
	struct pamfile *f = *file;

	if (f == NULL)
		return;
	free(f->name);
	free(f->text);
	free(f->lines);
	free(f);
	*file = NULL;
}

const char *
pamfile_name(const struct pamfile *file)
{
	return file->name;
}

size_t
pamfile_count(const struct pamfile *file)
{
	return file->count;
}

const struct pamfile_line *
pamfile_line(const struct pamfile *file, size_t i)
{
	return &file->lines[i];
}
