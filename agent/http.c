/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <sanyoso/message.h>

#include "http.h"

/* Whether ${s} of ${len} bytes is ${word}, in any case. */
static bool
is_word(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp(s, word, len) == 0;
}

/* "HTTP/1.1 NNN reason" (RFC 9112 section 4). */
static enum sy_err
parse_status(const char *line, size_t len, unsigned int *ret)
{
	static const char version[] = "HTTP/1.1 ";
	const size_t at = sizeof(version) - 1;
	unsigned int status = 0;

	if (len < at + 3 || memcmp(line, version, at) != 0)
		return SY_ERR_HTTP;
	for (size_t i = at; i < at + 3; i++) {
		if (line[i] < '0' || line[i] > '9')
			return SY_ERR_HTTP;
		status = status * 10 + (unsigned int)(line[i] - '0');
	}
	if (status < 200 || (len > at + 3 && line[at + 3] != ' '))
		return SY_ERR_HTTP;
	*ret = status;
	return SY_OK;
}

static enum sy_err
parse_length(const char *s, size_t len, size_t *ret)
{
	size_t n = 0;

	if (len == 0 || len > 9)
		return SY_ERR_HTTP;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return SY_ERR_HTTP;
		n = n * 10 + (size_t)(s[i] - '0');
	}
	*ret = n;
	return SY_OK;
}

static bool
is_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
			(s[i] >= 'A' && s[i] <= 'Z') ||
			(s[i] >= '0' && s[i] <= '9') || s[i] == '-' ||
			s[i] == '_'))
			return false;
	return len > 0;
}

/* One field line (RFC 9112 section 5). */
static enum sy_err
parse_field(const char *line, size_t len, struct http_head *head,
    bool *have_length)
{
	const char *colon = memchr(line, ':', len);
	const char *value;
	size_t name_len, value_len;

	if (colon == NULL)
		return SY_ERR_HTTP;
	name_len = (size_t)(colon - line);
	if (!is_name(line, name_len))
		return SY_ERR_HTTP;
	value = colon + 1;
	value_len = len - name_len - 1;
	while (value_len > 0 && (*value == ' ' || *value == '\t')) {
		value++;
		value_len--;
	}
	while (value_len > 0 &&
	    (value[value_len - 1] == ' ' || value[value_len - 1] == '\t'))
		value_len--;

	if (is_word(line, name_len, "transfer-encoding"))
		return SY_ERR_HTTP;
	if (is_word(line, name_len, "connection") &&
	    is_word(value, value_len, "close"))
		head->close = true;
	if (!is_word(line, name_len, "content-length"))
		return SY_OK;
	if (*have_length)
		return SY_ERR_HTTP;
	*have_length = true;
	return parse_length(value, value_len, &head->body_len);
}

enum sy_err
http_head_parse(const char *data, size_t len, size_t body_max,
    struct http_head *ret)
{
	static const char blank[] = "\r\n\r\n";
	const char *end, *line = data, *eol;
	struct http_head head = { .status = 0 };
	bool have_length = false;
	enum sy_err err;

	end = memmem(data, len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX, blank,
	    sizeof(blank) - 1);
	if (end == NULL)
		return len < HTTP_HEAD_MAX ? SY_ERR_NOT_FOUND : SY_ERR_LIMIT;
	head.head_len = (size_t)(end - data) + sizeof(blank) - 1;
	if (memchr(data, '\0', head.head_len) != NULL)
		return SY_ERR_HTTP;
	for (;; line = eol + 2) {
		eol = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);
		if (eol == NULL || memchr(line, '\n', (size_t)(eol - line)))
			return SY_ERR_HTTP;
		if (line == data)
			err = parse_status(line, (size_t)(eol - line),
			    &head.status);
		else
			err = parse_field(line, (size_t)(eol - line), &head,
			    &have_length);
		if (err != SY_OK)
			return err;
		if (eol == end)
			break;
	}
	if (!have_length)
		return SY_ERR_HTTP;
	if (head.body_len > body_max)
		return SY_ERR_LIMIT;
	*ret = head;
	return SY_OK;
}

enum sy_err
http_post_head(const char *host, const char *path, size_t body_len, char *out,
    size_t cap, size_t *ret_len)
{
	const int n = snprintf(out, cap,
	    "POST %s HTTP/1.1\r\n"
	    "Host: %s\r\n"
	    "User-Agent: sanyoso-agent/%s\r\n"
	    "%s: %d\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: %zu\r\n"
	    "\r\n",
	    path, host, PACKAGE_VERSION, SY_WIRE_HEADER, SY_WIRE_VERSION,
	    body_len);

	if (n < 0 || (size_t)n >= cap)
		return SY_ERR_LIMIT;
	*ret_len = (size_t)n;
	return SY_OK;
}
