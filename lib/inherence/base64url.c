/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "base64url.h"

static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789-_";

void
sy_base64url(const void *p, size_t len, char *out)
{
	const uint8_t *in = p;
	unsigned int bits = 0;
	uint32_t v = 0;

	for (size_t i = 0; i < len; i++) {
		v = (v << 8 | in[i]) & 0xffff;
		for (bits += 8; bits >= 6; bits -= 6)
			*out++ = letter[v >> (bits - 6) & 0x3f];
	}
	if (bits > 0)
		*out++ = letter[v << (6 - bits) & 0x3f];
	*out = '\0';
}

static bool
value_of(char c, uint32_t *ret)
{
	if (c >= 'A' && c <= 'Z')
		*ret = (uint32_t)(c - 'A');
	else if (c >= 'a' && c <= 'z')
		*ret = (uint32_t)(c - 'a') + 26;
	else if (c >= '0' && c <= '9')
		*ret = (uint32_t)(c - '0') + 52;
	else if (c == '-')
		*ret = 62;
	else if (c == '_')
		*ret = 63;
	else
		return false;
	return true;
}

enum sy_err
sy_unbase64url(const char *s, size_t slen, void *out, size_t cap,
    size_t *ret_len)
{
	const size_t len = slen / 4 * 3 + slen % 4 * 3 / 4;
	uint8_t *to = out;
	unsigned int bits = 0;
	uint32_t v = 0, six;

	if (slen % 4 == 1)
		return SY_ERR_FORMAT;
	if (len > cap)
		return SY_ERR_LIMIT;
	for (size_t i = 0; i < slen; i++) {
		if (!value_of(s[i], &six))
			return SY_ERR_FORMAT;
		v = (v << 6 | six) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*to++ = (uint8_t)(v >> bits);
		}
	}
	if ((v & ((1u << bits) - 1)) != 0)
		return SY_ERR_FORMAT;
	*ret_len = len;
	return SY_OK;
}
