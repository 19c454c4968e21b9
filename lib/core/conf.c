/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanyoso/safefile.h>
#include <sanyoso/text.h>

#include "lib/core/conf_int.h"

#define LINE_MAX_BYTES 1023
#define SECTIONS_MAX   1024
#define ENTRIES_MAX    4096
/* Of a long file name the end is shown, so that the line number fits. */
#define PLACE_FILE 100

/* The line that is being read; its text may be cut into pieces. */
struct line {
	unsigned int number;
	char *text;
	size_t len;
};

enum sy_err
conf_error(struct sy_error *reterr, enum sy_err code, const char *file,
    unsigned int line, const char *fmt, ...)
{
	char place[sizeof(((struct sy_error *)NULL)->place)];
	char text[sizeof(((struct sy_error *)NULL)->text)];
	const size_t len = strlen(file);
	va_list ap;

	if (len > PLACE_FILE)
		file += len - PLACE_FILE;
	(void)snprintf(place, sizeof(place), "%s:%u", file, line);
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return sy_error_set(reterr, code, place, "%s", text);
}

void
sy_conf_free(struct sy_conf **conf)
{
	struct sy_conf *c;

	if (conf == NULL || (c = *conf) == NULL)
		return;
	for (size_t i = 0; i < c->n; i++)
		free(c->sections[i].entries);
	free(c->sections);
	free(c->text);
	free(c->file);
	free(c);
	*conf = NULL;
}

/* A word of sections and keys: [a-z][a-z0-9_-]*; its length, 0 if none. */
static size_t
word_len(const char *s)
{
	if (*s < 'a' || *s > 'z')
		return 0;
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-");
}

/* Room for one more element of ${size} in an array that holds ${n}. */
static void *
grown(void *array, size_t n, size_t size)
{
	/* Full exactly when n is zero or a power of two. */
	if ((n & (n - 1)) != 0)
		return array;
	return reallocarray(array, n != 0 ? 2 * n : 1, size);
}

static enum sy_err
add_section(struct sy_conf *conf, const struct line *line, const char *type,
    const char *name, struct sy_error *reterr)
{
	struct sy_conf_section *sections;

	for (size_t i = 0; i < conf->n; i++) {
		if (strcmp(conf->sections[i].type, type) == 0 &&
		    strcmp(conf->sections[i].name, name) == 0)
			return conf_error(reterr, SY_ERR_FORMAT, conf->file,
			    line->number,
			    "section was begun before, in line %u",
			    conf->sections[i].line);
	}
	if (conf->n == SECTIONS_MAX)
		return conf_error(reterr, SY_ERR_LIMIT, conf->file,
		    line->number, "more than %d sections", SECTIONS_MAX);
	sections = grown(conf->sections, conf->n, sizeof(*sections));
	if (sections == NULL)
		return conf_error(reterr, SY_ERR_NOMEM, conf->file,
		    line->number, "out of memory");
	conf->sections = sections;
	conf->sections[conf->n++] = (struct sy_conf_section){
		.conf = conf,
		.type = type,
		.name = name,
		.line = line->number,
	};
	return SY_OK;
}

/* "[type]" or "[type name]" */
static enum sy_err
parse_section(struct sy_conf *conf, const struct line *line,
    struct sy_error *reterr)
{
	char *type = line->text + 1;
	const size_t len = word_len(type);
	char *name = type + len;

	if (len == 0 || line->text[line->len - 1] != ']' ||
	    (*name != ' ' && *name != ']'))
		return conf_error(reterr, SY_ERR_FORMAT, conf->file,
		    line->number, "broken section");
	line->text[line->len - 1] = '\0';
	if (*name == ' ') {
		*name++ = '\0';
		name += strspn(name, " ");
		if (*name == '\0')
			return conf_error(reterr, SY_ERR_FORMAT, conf->file,
			    line->number, "section without its name");
	}
	/* The line was trimmed outside the brackets only. */
	for (size_t n = strlen(name); n > 0 && name[n - 1] == ' '; n--)
		name[n - 1] = '\0';
	if (strpbrk(name, "[]") != NULL)
		return conf_error(reterr, SY_ERR_FORMAT, conf->file,
		    line->number, "bracket inside a section's name");
	return add_section(conf, line, type, name, reterr);
}

static enum sy_err
add_entry(struct sy_conf *conf, const struct line *line, const char *key,
    const char *value, struct sy_error *reterr)
{
	struct sy_conf_section *s = &conf->sections[conf->n - 1];
	struct conf_entry *entries;

	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->entries[i].key, key) == 0)
			return conf_error(reterr, SY_ERR_FORMAT, conf->file,
			    line->number, "%s was set before, in line %u", key,
			    s->entries[i].line);
	}
	if (conf->n_entries == ENTRIES_MAX)
		return conf_error(reterr, SY_ERR_LIMIT, conf->file,
		    line->number, "more than %d keys", ENTRIES_MAX);
	if ((entries = grown(s->entries, s->n, sizeof(*entries))) == NULL)
		return conf_error(reterr, SY_ERR_NOMEM, conf->file,
		    line->number, "out of memory");
	s->entries = entries;
	s->entries[s->n++] = (struct conf_entry){
		.key = key,
		.value = value,
		.line = line->number,
	};
	conf->n_entries++;
	return SY_OK;
}

/* "key = value" */
static enum sy_err
parse_entry(struct sy_conf *conf, const struct line *line,
    struct sy_error *reterr)
{
	char *key = line->text;
	const size_t len = word_len(key);
	char *equals = key + len + strspn(key + len, " ");
	char *value;

	if (len == 0 || *equals != '=')
		return conf_error(reterr, SY_ERR_FORMAT, conf->file,
		    line->number,
		    "neither a section, \"key = value\" nor a "
		    "comment");
	if (conf->n == 0)
		return conf_error(reterr, SY_ERR_FORMAT, conf->file,
		    line->number, "key before the first section");
	value = equals + 1;
	value += strspn(value, " ");
	key[len] = '\0';
	return add_entry(conf, line, key, value, reterr);
}

static enum sy_err
parse_line(struct sy_conf *conf, struct line *line, struct sy_error *reterr)
{
	if (line->len > LINE_MAX_BYTES)
		return conf_error(reterr, SY_ERR_LIMIT, conf->file,
		    line->number, "line is longer than %d bytes",
		    LINE_MAX_BYTES);
	if (!sy_text_is_clean(line->text, line->len))
		return conf_error(reterr, SY_ERR_FORMAT, conf->file,
		    line->number, "control character (a tab?) or bad UTF-8");
	while (line->len > 0 && line->text[line->len - 1] == ' ')
		line->len--;
	line->text[line->len] = '\0';
	if (line->len == 0 || line->text[0] == '#' || line->text[0] == ';')
		return SY_OK;
	if (line->text[0] == '[')
		return parse_section(conf, line, reterr);
	return parse_entry(conf, line, reterr);
}

static enum sy_err
conf_new(const char *file, const char *text, size_t len,
    struct sy_conf **ret_conf)
{
	SY_AUTO(sy_conf_free) struct sy_conf *conf = NULL;

	if ((conf = calloc(1, sizeof(*conf))) == NULL ||
	    (conf->file = strdup(file)) == NULL ||
	    (conf->text = malloc(len + 1)) == NULL)
		return SY_ERR_NOMEM;
	if (len != 0)
		memcpy(conf->text, text, len);
	conf->text[len] = '\0';
	*ret_conf = conf;
	conf = NULL;
	return SY_OK;
}

enum sy_err
sy_conf_parse(const char *file, const char *text, size_t len,
    struct sy_conf **ret_conf, struct sy_error *reterr)
{
	SY_AUTO(sy_conf_free) struct sy_conf *conf = NULL;
	struct line line = { 0 };
	enum sy_err err;

	if (len > SY_CONF_SIZE_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, file,
		    "longer than %d bytes", SY_CONF_SIZE_MAX);
	if ((err = conf_new(file, text, len, &conf)) != SY_OK)
		return sy_error_set(reterr, err, file, "out of memory");
	for (size_t at = 0; at < len; at += line.len + 1) {
		char *end = memchr(conf->text + at, '\n', len - at);
		struct line work;

		line.number++;
		line.text = conf->text + at;
		line.len = end != NULL ? (size_t)(end - line.text) : len - at;
		work = line;
		if ((err = parse_line(conf, &work, reterr)) != SY_OK)
			return err;
	}
	*ret_conf = conf;
	conf = NULL;
	return SY_OK;
}

static void
data_free(uint8_t **data)
{
	free(*data);
	*data = NULL;
}

enum sy_err
sy_conf_load(const char *path, struct sy_conf **ret_conf,
    struct sy_error *reterr)
{
	SY_AUTO(data_free) uint8_t *data = NULL;
	size_t len;
	enum sy_err err;

	if ((err = sy_safefile_read(path, SY_CONF_SIZE_MAX, &data, &len,
		 reterr)) != SY_OK)
		return err;
	return sy_conf_parse(path, (const char *)data, len, ret_conf, reterr);
}
