/* SPDX-License-Identifier: Apache-2.0 */
#include <sanyoso/text.h>

#define NO_VALUE 64

void
sy_text_base64(const void *p, size_t len, char *out)
{
	static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *in = p;

	for (size_t i = 0; i < len; i += 3) {
		const size_t n = len - i < 3 ? len - i : 3;
		const uint32_t v = (uint32_t)in[i] << 16 |
		    (n > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
		    (n > 2 ? in[i + 2] : 0);

		*out++ = letter[v >> 18];
		*out++ = letter[v >> 12 & 0x3f];
		*out++ = n > 1 ? letter[v >> 6 & 0x3f] : '=';
		*out++ = n > 2 ? letter[v & 0x3f] : '=';
	}
	*out = '\0';
}

/* Each letter's value plus one; 0: no letter. */
/* clang-format off */
static const uint8_t value_plus_one[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
	19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42,
	43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['+'] = 63,
	['/'] = 64,
};
/* clang-format on */

static uint32_t
value_of(char c)
{
	const uint32_t v = value_plus_one[(unsigned char)c];

	return v != 0 ? v - 1 : NO_VALUE;
}

/* All letters legal, and the bits that the padding leaves over are zero. */
static bool
is_strict(const char *s, size_t letters)
{
	uint32_t v = 0;

	for (size_t i = 0; i < letters; i++) {
		if ((v = value_of(s[i])) == NO_VALUE)
			return false;
	}
	if (letters % 4 == 2)
		return (v & 0xf) == 0;
	return letters % 4 != 3 || (v & 0x3) == 0;
}

enum sy_err
sy_text_unbase64(const char *s, size_t slen, void *out, size_t cap,
    size_t *ret_len)
{
	size_t letters = slen;
	uint8_t *to = out;
	uint32_t v = 0;

	if (slen % 4 != 0)
		return SY_ERR_FORMAT;
	while (slen - letters < 2 && letters != 0 && s[letters - 1] == '=')
		letters--;
	if (!is_strict(s, letters))
		return SY_ERR_FORMAT;
	if (letters / 4 * 3 + letters % 4 * 3 / 4 > cap)
		return SY_ERR_LIMIT;

	for (size_t i = 0; i < letters; i++) {
		v = (v << 6 | value_of(s[i])) & 0xffffff;
		if (i % 4 == 1)
			*to++ = (uint8_t)(v >> 4 & 0xff);
		else if (i % 4 == 2)
			*to++ = (uint8_t)(v >> 2 & 0xff);
		else if (i % 4 == 3)
			*to++ = (uint8_t)(v & 0xff);
	}
	*ret_len = letters / 4 * 3 + letters % 4 * 3 / 4;
	return SY_OK;
}
