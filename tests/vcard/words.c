/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

void
vc_line_split(char *text, struct vc_line *ret)
{
	char *at = text;

	ret->n = 0;
	while (ret->n < VC_WORDS_MAX) {
		ret->word[ret->n++] = at;
		at += strcspn(at, " \n");
		if (*at != ' ')
			break;
		*at++ = '\0';
	}
	*at = '\0';
}

enum sy_err
vc_number(const char *word, int base, unsigned long max, unsigned long *ret)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(word, &end, base);
	if (*word < '0' || *end != '\0' || errno != 0 || v > max)
		return SY_ERR_FORMAT;
	*ret = v;
	return SY_OK;
}

enum sy_err
vc_line_numbers(const struct vc_line *l, size_t n, int base, unsigned long max,
    unsigned long *ret)
{
	enum sy_err err;

	if (l->n < n + 1)
		return SY_ERR_FORMAT;
	for (size_t i = 0; i < n; i++)
		if ((err = vc_number(l->word[i + 1], base, max, &ret[i])) !=
		    SY_OK)
			return err;
	return SY_OK;
}

enum sy_err
vc_line_bytes(const struct vc_line *l, size_t word, uint8_t *out, size_t cap,
    size_t *ret_len)
{
	if (word >= l->n)
		return SY_ERR_FORMAT;
	if (strcmp(l->word[word], "-") == 0) {
		*ret_len = 0;
		return SY_OK;
	}
	return vc_hex_get(l->word[word], out, cap, ret_len);
}

char *
vc_next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " ");
	char *end = word + strcspn(word, " ");

	if (*word == '\0')
		return NULL;
	*rest = *end == '\0' ? end : end + 1;
	*end = '\0';
	return word;
}
