/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/text.h>

#define LABELS_MAX 4

/*
 * One code point of well-formed UTF-8 (Unicode 15, table 3-7). Returns its
 * length, or 0. The second byte's range is what shuts out overlong forms,
 * surrogates and code points past U+10FFFF.
 */
static size_t
code_point(const uint8_t *s, size_t left, uint32_t *ret)
{
	static const struct {
		uint8_t first;
		uint8_t last;
		uint8_t second_min;
		uint8_t second_max;
		uint8_t len;
		uint8_t mask;
	} row[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2, 0x1f },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3, 0x0f },
		{ 0xe1, 0xec, 0x80, 0xbf, 3, 0x0f },
		{ 0xed, 0xed, 0x80, 0x9f, 3, 0x0f },
		{ 0xee, 0xef, 0x80, 0xbf, 3, 0x0f },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4, 0x07 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4, 0x07 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4, 0x07 },
	};
	size_t i = 0;

	if (s[0] < 0x80) {
		*ret = s[0];
		return 1;
	}
	while (i < SY_COUNT(row) && (s[0] < row[i].first || s[0] > row[i].last))
		i++;
	if (i == SY_COUNT(row) || left < row[i].len ||
	    s[1] < row[i].second_min || s[1] > row[i].second_max)
		return 0;
	*ret = (uint32_t)(s[0] & row[i].mask) << 6 | (s[1] & 0x3f);
	for (size_t k = 2; k < row[i].len; k++) {
		if ((s[k] & 0xc0) != 0x80)
			return 0;
		*ret = *ret << 6 | (s[k] & 0x3f);
	}
	return row[i].len;
}

bool
sy_text_is_utf8(const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;
	uint32_t c;

	for (size_t at = 0, n; at < len; at += n) {
		n = code_point(p + at, len - at, &c);
		if (n == 0 || c == 0)
			return false;
	}
	return true;
}

bool
sy_text_is_clean(const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;
	uint32_t c;

	for (size_t at = 0, n; at < len; at += n) {
		/* Nearly all that is looked at is printable ASCII. */
		n = 1;
		if (p[at] >= 0x20 && p[at] < 0x7f)
			continue;
		n = code_point(p + at, len - at, &c);
		if (n == 0 || c < 0x20 || (c >= 0x7f && c < 0xa0))
			return false;
	}
	return true;
}

/* The locale has no say in what a name is: no isalpha(). */
static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
sy_text_is_login(const char *s)
{
	const size_t len = strnlen(s, SY_LOGIN_SIZE);

	if (len == 0 || len == SY_LOGIN_SIZE)
		return false;
	if (!is_lower(s[0]) && s[0] != '_')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (!is_lower(s[i]) && !is_digit(s[i]) && s[i] != '_' &&
		    s[i] != '-')
			return false;
	}
	return true;
}

bool
sy_text_is_service(const char *s)
{
	const size_t len = strnlen(s, SY_SERVICE_SIZE);

	if (len == 0 || len == SY_SERVICE_SIZE)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (is_lower(s[i]) || is_upper(s[i]) || is_digit(s[i]))
			continue;
		if (i == 0 || (s[i] != '.' && s[i] != '_' && s[i] != '-'))
			return false;
	}
	return true;
}

bool
sy_text_is_terminal(const char *s)
{
	const size_t len = strnlen(s, SY_TERMINAL_SIZE);
	size_t labels = 1;

	if (len == 0 || len == SY_TERMINAL_SIZE)
		return false;
	for (size_t i = 0; i < len; i++) {
		const bool edge = i == 0 || s[i - 1] == '.' || i + 1 == len ||
		    s[i + 1] == '.';

		if (is_lower(s[i]) || is_digit(s[i]))
			continue;
		if (edge || (s[i] != '-' && s[i] != '.'))
			return false;
		if (s[i] == '.' && ++labels > LABELS_MAX)
			return false;
	}
	return true;
}

void
sy_text_hex(const void *p, size_t len, char *out)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t *in = p;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digit[in[i] >> 4];
		out[2 * i + 1] = digit[in[i] & 0xf];
	}
	out[2 * len] = '\0';
}

/* The value of a hex digit, or 16. */
static unsigned int
hex_value(char c)
{
	if (is_digit(c))
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 16;
}

enum sy_err
sy_text_unhex(const char *s, void *out, size_t len)
{
	uint8_t *to = out;

	/* Looked through first: nothing is written on failure. */
	for (size_t i = 0; i < 2 * len; i++) {
		if (hex_value(s[i]) > 15)
			return SY_ERR_FORMAT;
	}
	if (s[2 * len] != '\0')
		return SY_ERR_FORMAT;
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)(hex_value(s[2 * i]) << 4 |
		    hex_value(s[2 * i + 1]));
	return SY_OK;
}

void
sy_text_cut(const char *s, size_t len, char *out, size_t cap)
{
	if (len >= cap) {
		len = cap - 1;
		while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out, s, len);
	out[len] = '\0';
}
