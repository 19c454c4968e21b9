/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/buf.h>
#include <sanyoso/text.h>

void
sy_reader_init(struct sy_reader *r, const void *p, size_t len)
{
	/* No bytes at no address: keep pointer arithmetic off NULL. */
	static const uint8_t nothing;

	r->at = len != 0 ? p : &nothing;
	r->end = r->at + len;
}

size_t
sy_reader_left(const struct sy_reader *r)
{
	return (size_t)(r->end - r->at);
}

static enum sy_err
take_number(struct sy_reader *r, size_t width, uint64_t *ret)
{
	uint64_t v = 0;

	if (sy_reader_left(r) < width)
		return SY_ERR_FORMAT;
	for (size_t i = 0; i < width; i++)
		v = v << 8 | *r->at++;
	*ret = v;
	return SY_OK;
}

enum sy_err
sy_reader_u8(struct sy_reader *r, uint8_t *ret)
{
	enum sy_err err;
	uint64_t v;

	if ((err = take_number(r, 1, &v)) == SY_OK)
		*ret = (uint8_t)v;
	return err;
}

enum sy_err
sy_reader_u16(struct sy_reader *r, uint16_t *ret)
{
	enum sy_err err;
	uint64_t v;

	if ((err = take_number(r, 2, &v)) == SY_OK)
		*ret = (uint16_t)v;
	return err;
}

enum sy_err
sy_reader_u32(struct sy_reader *r, uint32_t *ret)
{
	enum sy_err err;
	uint64_t v;

	if ((err = take_number(r, 4, &v)) == SY_OK)
		*ret = (uint32_t)v;
	return err;
}

enum sy_err
sy_reader_u64(struct sy_reader *r, uint64_t *ret)
{
	return take_number(r, 8, ret);
}

enum sy_err
sy_reader_raw(struct sy_reader *r, size_t len, const uint8_t **ret_view)
{
	if (sy_reader_left(r) < len)
		return SY_ERR_FORMAT;
	*ret_view = r->at;
	r->at += len;
	return SY_OK;
}

static enum sy_err
take_bytes(struct sy_reader *r, size_t width, size_t max,
    const uint8_t **ret_view, size_t *ret_len)
{
	struct sy_reader ahead = *r;
	const uint8_t *view;
	uint64_t len;
	enum sy_err err;

	if ((err = take_number(&ahead, width, &len)) != SY_OK)
		return err;
	if (len > max)
		return SY_ERR_FORMAT;
	if ((err = sy_reader_raw(&ahead, (size_t)len, &view)) != SY_OK)
		return err;
	*r = ahead;
	*ret_view = view;
	*ret_len = (size_t)len;
	return SY_OK;
}

enum sy_err
sy_reader_bytes16(struct sy_reader *r, size_t max, const uint8_t **ret_view,
    size_t *ret_len)
{
	return take_bytes(r, 2, max, ret_view, ret_len);
}

enum sy_err
sy_reader_bytes32(struct sy_reader *r, size_t max, const uint8_t **ret_view,
    size_t *ret_len)
{
	return take_bytes(r, 4, max, ret_view, ret_len);
}

enum sy_err
sy_reader_text(struct sy_reader *r, char *out, size_t cap)
{
	struct sy_reader ahead = *r;
	const uint8_t *view;
	size_t len;
	enum sy_err err;

	if (cap == 0)
		return SY_ERR_FORMAT;
	if ((err = take_bytes(&ahead, 2, cap - 1, &view, &len)) != SY_OK)
		return err;
	if (!sy_text_is_clean((const char *)view, len))
		return SY_ERR_FORMAT;
	memcpy(out, view, len);
	out[len] = '\0';
	*r = ahead;
	return SY_OK;
}

enum sy_err
sy_reader_end(const struct sy_reader *r)
{
	return sy_reader_left(r) == 0 ? SY_OK : SY_ERR_FORMAT;
}
