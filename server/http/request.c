/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/request.h"

#include <string.h>
#include <strings.h>

/* One line, without its CR LF. */
struct line {
	const char *text;
	size_t len;
};

/* Header fields that we look at; each may come once. The lengths of their names
 * tell most of them apart. */
enum field {
	FIELD_HOST,
	FIELD_CONTENT_LENGTH,
	FIELD_WIRE,
	FIELD_CONNECTION,
	FIELD_COUNT,
	FIELD_REFUSED, /* would change how the body is read */
	FIELD_OTHER,
};

#define FIELD(name, field)                                                     \
	{                                                                      \
		(name), sizeof(name) - 1, (field)                              \
	}

static const struct {
	const char *name;
	size_t len;
	enum field field;
} known[] = {
	FIELD("Host", FIELD_HOST),
	FIELD("Content-Length", FIELD_CONTENT_LENGTH),
	FIELD(SY_WIRE_HEADER, FIELD_WIRE),
	FIELD("Connection", FIELD_CONNECTION),
	FIELD("Transfer-Encoding", FIELD_REFUSED),
	FIELD("TE", FIELD_REFUSED),
	FIELD("Trailer", FIELD_REFUSED),
	FIELD("Upgrade", FIELD_REFUSED),
	FIELD("Expect", FIELD_REFUSED),
	FIELD("Content-Encoding", FIELD_REFUSED),
};

static enum sy_err
unclean(struct sy_error *reterr, const char *place, const char *text)
{
	return sy_error_set(reterr, SY_ERR_HTTP, place, "%s", text);
}

/* RFC 9110 section 5.6.2. */
static bool
is_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_path(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' ||
	    c == '-';
}

/*
 * The size of the head with its empty line, 0 if it is not whole. CR and LF
 * stand only together and NUL nowhere: the first breach ends the search.
 */
static enum sy_err
head_size(const uint8_t *data, size_t len, size_t *ret, struct sy_error *reterr)
{
	const size_t max = len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX;

	for (size_t i = 0; i < max; i++) {
		if (data[i] == '\n' && (i == 0 || data[i - 1] != '\r'))
			return unclean(reterr, "head", "a bare line feed");
		if (data[i] != '\n' && i > 0 && data[i - 1] == '\r')
			return unclean(reterr, "head",
			    "a bare carriage return");
		if (data[i] == '\0')
			return unclean(reterr, "head", "a NUL byte");
		if (data[i] == '\n' && i >= 3 && data[i - 2] == '\n') {
			*ret = i + 1;
			return SY_OK;
		}
	}
	if (len >= HTTP_HEAD_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, "head",
		    "longer than %d bytes", HTTP_HEAD_MAX);
	return SY_ERR_NOT_FOUND;
}

/* The next line of a head that is known to be whole. */
static void
next_line(const char **at, const char *end, struct line *ret)
{
	const char *cr = memchr(*at, '\r', (size_t)(end - *at));

	ret->text = *at;
	ret->len = (size_t)(cr - *at);
	*at = cr + 2;
}

static enum sy_err
request_line(const struct line *line, struct http_head *head,
    struct sy_error *reterr)
{
	static const char method[] = "POST ", version[] = " HTTP/1.1";
	const size_t before = sizeof(method) - 1, after = sizeof(version) - 1;
	const char *path = line->text + before;
	size_t len;

	if (line->len < before + 1 + after ||
	    memcmp(line->text, method, before) != 0)
		return unclean(reterr, "request line", "only POST is known");
	if (memcmp(line->text + line->len - after, version, after) != 0)
		return unclean(reterr, "request line",
		    "only HTTP/1.1 is known");
	len = line->len - before - after;
	if (len >= sizeof(head->path) || path[0] != '/')
		return unclean(reterr, "request line", "not a known path");
	for (size_t i = 0; i < len; i++)
		if (!is_path(path[i]))
			return unclean(reterr, "request line",
			    "not a known path");
	memcpy(head->path, path, len);
	head->path[len] = '\0';
	return SY_OK;
}

static enum field
field_of(const char *name, size_t len)
{
	for (size_t i = 0; i < SY_COUNT(known); i++)
		if (known[i].len == len &&
		    strncasecmp(known[i].name, name, len) == 0)
			return known[i].field;
	return FIELD_OTHER;
}

/* Cut the line into name and value; RFC 9112 section 5. */
static enum sy_err
split_field(const struct line *line, size_t *ret_name, struct line *ret_value,
    struct sy_error *reterr)
{
	size_t n = 0, from, to = line->len;

	while (n < line->len && is_token(line->text[n]))
		n++;
	if (n == 0 || n == line->len || line->text[n] != ':')
		return unclean(reterr, "header",
		    "not a name, a colon and a value");
	from = n + 1;
	while (from < to &&
	    (line->text[from] == ' ' || line->text[from] == '\t'))
		from++;
	while (to > from &&
	    (line->text[to - 1] == ' ' || line->text[to - 1] == '\t'))
		to--;
	for (size_t i = from; i < to; i++)
		if ((unsigned char)line->text[i] >= 0x7f ||
		    ((unsigned char)line->text[i] < 0x20 &&
			line->text[i] != '\t'))
			return unclean(reterr, "header",
			    "a value with control or foreign characters");
	*ret_name = n;
	ret_value->text = line->text + from;
	ret_value->len = to - from;
	return SY_OK;
}

/* Digits only; a list such as "5, 5" is two lengths and therefore none. */
static bool
digits(const struct line *value, size_t max_digits, size_t *ret)
{
	size_t v = 0;

	if (value->len == 0 || value->len > max_digits)
		return false;
	for (size_t i = 0; i < value->len; i++) {
		if (value->text[i] < '0' || value->text[i] > '9')
			return false;
		v = v * 10 + (size_t)(value->text[i] - '0');
	}
	*ret = v;
	return true;
}

static bool
equals(const struct line *value, const char *word)
{
	return value->len == strlen(word) &&
	    strncasecmp(value->text, word, value->len) == 0;
}

static enum sy_err
take_field(enum field field, const struct line *value, struct http_head *head,
    struct sy_error *reterr)
{
	size_t n = 0;

	switch (field) {
	case FIELD_HOST:
		if (value->len == 0)
			return unclean(reterr, "Host", "is empty");
		return SY_OK;
	case FIELD_CONTENT_LENGTH:
		/* Leading zeros are another spelling of the same length. */
		if (!digits(value, 9, &n) ||
		    (value->len > 1 && value->text[0] == '0'))
			return unclean(reterr, "Content-Length",
			    "is not a plain number");
		if (n > SY_MESSAGE_SIZE_MAX)
			return sy_error_set(reterr, SY_ERR_LIMIT,
			    "Content-Length", "more than %d bytes",
			    SY_MESSAGE_SIZE_MAX);
		head->length = n;
		return SY_OK;
	case FIELD_WIRE:
		head->wire = digits(value, 4, &n) ? (unsigned int)n : 0;
		return SY_OK;
	case FIELD_CONNECTION:
		head->close = equals(value, "close");
		if (!head->close && !equals(value, "keep-alive"))
			return unclean(reterr, "Connection",
			    "only close and keep-alive are known");
		return SY_OK;
	case FIELD_REFUSED:
		return unclean(reterr, "header",
		    "a body that is not plain is refused");
	case FIELD_COUNT:
	case FIELD_OTHER:
		break;
	}
	return SY_OK;
}

static enum sy_err
header_lines(const char *at, const char *end, struct http_head *head,
    struct sy_error *reterr)
{
	bool seen[FIELD_COUNT] = { false };
	unsigned int lines = 0;
	struct line line, value = { 0 };
	enum field field;
	enum sy_err err;
	size_t name = 0;

	for (next_line(&at, end, &line); at < end; next_line(&at, end, &line)) {
		if (++lines > HTTP_LINES_MAX)
			return sy_error_set(reterr, SY_ERR_LIMIT, "head",
			    "more than %d lines", HTTP_LINES_MAX);
		if ((err = split_field(&line, &name, &value, reterr)) != SY_OK)
			return err;
		field = field_of(line.text, name);
		if (field < FIELD_COUNT) {
			if (seen[field])
				return unclean(reterr, known[field].name,
				    "comes twice");
			seen[field] = true;
		}
		if ((err = take_field(field, &value, head, reterr)) != SY_OK)
			return err;
	}
	if (!seen[FIELD_HOST])
		return unclean(reterr, "Host", "is missing");
	if (!seen[FIELD_CONTENT_LENGTH])
		return unclean(reterr, "Content-Length", "is missing");
	return SY_OK;
}

enum sy_err
http_head_parse(const uint8_t *data, size_t len, struct http_head *ret_head,
    size_t *ret_used, struct sy_error *reterr)
{
	struct http_head head = { .length = 0 };
	const char *at = (const char *)data, *end;
	struct line line;
	enum sy_err err;
	size_t size;

	if ((err = head_size(data, len, &size, reterr)) != SY_OK)
		return err;
	end = at + size;
	next_line(&at, end, &line);
	if ((err = request_line(&line, &head, reterr)) != SY_OK ||
	    (err = header_lines(at, end, &head, reterr)) != SY_OK)
		return err;
	*ret_head = head;
	*ret_used = size;
	return SY_OK;
}
