/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "bytes.h"

void
vc_bytes_reset(struct vc_bytes *o)
{
	o->len = 0;
	o->bad = false;
}

void
vc_bytes_raw(struct vc_bytes *o, const void *p, size_t len)
{
	if (o->bad || len > sizeof(o->b) - o->len) {
		o->bad = true;
		return;
	}
	if (len > 0)
		memcpy(o->b + o->len, p, len);
	o->len += len;
}

void
vc_bytes_u8(struct vc_bytes *o, unsigned int v)
{
	const uint8_t byte = (uint8_t)v;

	vc_bytes_raw(o, &byte, 1);
}

void
vc_bytes_tl(struct vc_bytes *o, uint32_t tag, size_t len)
{
	if (tag > 0xffff)
		vc_bytes_u8(o, tag >> 16);
	if (tag > 0xff)
		vc_bytes_u8(o, (tag >> 8) & 0xff);
	vc_bytes_u8(o, tag & 0xff);
	if (len > 0xff) {
		vc_bytes_u8(o, 0x82);
		vc_bytes_u8(o, (unsigned int)(len >> 8));
	} else if (len > 0x7f) {
		vc_bytes_u8(o, 0x81);
	}
	vc_bytes_u8(o, len & 0xff);
}

void
vc_bytes_tlv(struct vc_bytes *o, uint32_t tag, const void *p, size_t len)
{
	vc_bytes_tl(o, tag, len);
	vc_bytes_raw(o, p, len);
}

enum sy_err
vc_in_raw(struct vc_in *in, size_t len, struct vc_in *ret_part)
{
	if (len > in->left)
		return SY_ERR_FORMAT;
	ret_part->at = in->at;
	ret_part->left = len;
	in->at += len;
	in->left -= len;
	return SY_OK;
}

enum sy_err
vc_in_u8(struct vc_in *in, uint8_t *ret)
{
	struct vc_in part;
	enum sy_err err;

	if ((err = vc_in_raw(in, 1, &part)) != SY_OK)
		return err;
	*ret = part.at[0];
	return SY_OK;
}

/* ISO/IEC 7816-4, 5.2.2.1: tags whose first byte ends in 11111 go on. */
static enum sy_err
get_tag(struct vc_in *in, uint32_t *ret_tag)
{
	enum sy_err err;
	uint32_t tag;
	uint8_t b;

	if ((err = vc_in_u8(in, &b)) != SY_OK)
		return err;
	tag = b;
	if ((b & 0x1f) == 0x1f) {
		do {
			if (tag > 0xffff)
				return SY_ERR_FORMAT;
			if ((err = vc_in_u8(in, &b)) != SY_OK)
				return err;
			tag = tag << 8 | b;
		} while (b & 0x80);
	}
	*ret_tag = tag;
	return SY_OK;
}

/* ISO/IEC 7816-4, 5.2.2.2: definite lengths of one to three bytes. */
static enum sy_err
get_length(struct vc_in *in, size_t *ret_len)
{
	struct vc_in more;
	enum sy_err err;
	size_t len = 0;
	uint8_t b;

	if ((err = vc_in_u8(in, &b)) != SY_OK)
		return err;
	if (b < 0x80) {
		*ret_len = b;
		return SY_OK;
	}
	if (b != 0x81 && b != 0x82)
		return SY_ERR_FORMAT;
	if ((err = vc_in_raw(in, b & 0x0f, &more)) != SY_OK)
		return err;
	for (size_t i = 0; i < more.left; i++)
		len = len << 8 | more.at[i];
	*ret_len = len;
	return SY_OK;
}

enum sy_err
vc_in_tlv(struct vc_in *in, uint32_t *ret_tag, struct vc_in *ret_value)
{
	struct vc_in probe = *in;
	enum sy_err err;
	uint32_t tag;
	size_t len;

	if ((err = get_tag(&probe, &tag)) != SY_OK ||
	    (err = get_length(&probe, &len)) != SY_OK ||
	    (err = vc_in_raw(&probe, len, ret_value)) != SY_OK)
		return err;
	*in = probe;
	*ret_tag = tag;
	return SY_OK;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum sy_err
vc_hex_get(const char *hex, uint8_t *out, size_t cap, size_t *ret_len)
{
	const size_t chars = strlen(hex);

	if (chars % 2 != 0)
		return SY_ERR_FORMAT;
	if (chars / 2 > cap)
		return SY_ERR_LIMIT;
	for (size_t i = 0; i < chars; i += 2) {
		const int hi = nibble(hex[i]), lo = nibble(hex[i + 1]);

		if (hi < 0 || lo < 0)
			return SY_ERR_FORMAT;
		out[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	*ret_len = chars / 2;
	return SY_OK;
}

void
vc_hex_put(const uint8_t *p, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 0x0f];
	}
	*out = '\0';
}
