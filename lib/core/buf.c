/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/buf.h>
#include <sanyoso/text.h>

#define FIRST_SIZE 256

struct sy_buf {
	uint8_t *data;
	size_t len;
	size_t size; /* allocated */
	size_t max;
	enum sy_err err; /* sticky until sy_buf_reset */
};

enum sy_err
sy_buf_new(size_t max, struct sy_buf **ret_buf)
{
	struct sy_buf *buf;

	if (max == 0)
		return SY_ERR_ARG;
	if ((buf = calloc(1, sizeof(*buf))) == NULL)
		return SY_ERR_NOMEM;
	buf->max = max;
	*ret_buf = buf;
	return SY_OK;
}

void
sy_buf_free(struct sy_buf **buf)
{
	if (buf == NULL || *buf == NULL)
		return;
	free((*buf)->data);
	free(*buf);
	*buf = NULL;
}

void
sy_buf_reset(struct sy_buf *buf)
{
	buf->len = 0;
	buf->err = SY_OK;
}

const uint8_t *
sy_buf_data(const struct sy_buf *buf)
{
	return buf->data;
}

size_t
sy_buf_len(const struct sy_buf *buf)
{
	return buf->len;
}

enum sy_err
sy_buf_status(const struct sy_buf *buf)
{
	return buf->err;
}

/* Room for ${more} bytes at ret_at, counted as content; or a sticky error. */
static enum sy_err
extend(struct sy_buf *buf, size_t more, uint8_t **ret_at)
{
	size_t size;
	uint8_t *data;

	if (buf->err != SY_OK)
		return buf->err;
	if (more > buf->max - buf->len)
		return buf->err = SY_ERR_LIMIT;
	if (more > buf->size - buf->len) {
		size = buf->size != 0 ? buf->size : FIRST_SIZE;
		while (size - buf->len < more)
			size = size <= buf->max / 2 ? 2 * size : buf->max;
		if (size > buf->max)
			size = buf->max;
		if ((data = realloc(buf->data, size)) == NULL)
			return buf->err = SY_ERR_NOMEM;
		buf->data = data;
		buf->size = size;
	}
	*ret_at = buf->data + buf->len;
	buf->len += more;
	return SY_OK;
}

static void
store(uint8_t *at, uint64_t v, size_t width)
{
	for (size_t i = width; i-- > 0; v >>= 8)
		at[i] = (uint8_t)(v & 0xff);
}

static enum sy_err
put_number(struct sy_buf *buf, uint64_t v, size_t width)
{
	enum sy_err err;
	uint8_t *at;

	if ((err = extend(buf, width, &at)) == SY_OK)
		store(at, v, width);
	return err;
}

/* A length of ${width} bytes and ${len} bytes: both or none. */
static enum sy_err
put_bytes(struct sy_buf *buf, const void *p, size_t len, size_t width)
{
	enum sy_err err;
	uint8_t *at;

	if (buf->err != SY_OK)
		return buf->err;
	if ((width == 2 && len > UINT16_MAX) ||
	    (width == 4 && len > UINT32_MAX) || len > SIZE_MAX - width)
		return buf->err = SY_ERR_LIMIT;
	if ((err = extend(buf, width + len, &at)) != SY_OK)
		return err;
	store(at, len, width);
	if (len != 0)
		memcpy(at + width, p, len);
	return SY_OK;
}

enum sy_err
sy_buf_u8(struct sy_buf *buf, uint8_t v)
{
	return put_number(buf, v, 1);
}

enum sy_err
sy_buf_u16(struct sy_buf *buf, uint16_t v)
{
	return put_number(buf, v, 2);
}

enum sy_err
sy_buf_u32(struct sy_buf *buf, uint32_t v)
{
	return put_number(buf, v, 4);
}

enum sy_err
sy_buf_u64(struct sy_buf *buf, uint64_t v)
{
	return put_number(buf, v, 8);
}

enum sy_err
sy_buf_raw(struct sy_buf *buf, const void *p, size_t len)
{
	return put_bytes(buf, p, len, 0);
}

enum sy_err
sy_buf_bytes16(struct sy_buf *buf, const void *p, size_t len)
{
	return put_bytes(buf, p, len, 2);
}

enum sy_err
sy_buf_bytes32(struct sy_buf *buf, const void *p, size_t len)
{
	return put_bytes(buf, p, len, 4);
}

enum sy_err
sy_buf_text(struct sy_buf *buf, const char *text)
{
	const size_t len = strlen(text);

	if (buf->err == SY_OK && !sy_text_is_clean(text, len))
		buf->err = SY_ERR_FORMAT;
	return put_bytes(buf, text, len, 2);
}

enum sy_err
sy_buf_set_u32(struct sy_buf *buf, size_t at, uint32_t v)
{
	if (buf->err != SY_OK)
		return buf->err;
	if (buf->len < 4 || at > buf->len - 4)
		return buf->err = SY_ERR_ARG;
	store(buf->data + at, v, 4);
	return SY_OK;
}
