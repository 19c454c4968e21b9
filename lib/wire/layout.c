/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/wire/layout.h"

#include <string.h>

#include <sanyoso/device.h>

static const void *
member(const struct layout_field *f, const void *value)
{
	return (const char *)value + f->offset;
}

static uint16_t
number_of(const struct layout_field *f, const void *value)
{
	uint16_t number;

	memcpy(&number, (const char *)value + f->len_offset, sizeof(number));
	return number;
}

static struct sy_secret *
secret_at(const struct layout_field *f, const void *value)
{
	struct sy_secret *secret;

	memcpy(&secret, member(f, value), sizeof(secret));
	return secret;
}

size_t
layout_secret_len(const struct sy_secret *secret)
{
	return secret == NULL ? 0 : sy_secret_len(secret);
}

struct layout_view
layout_view_of(const struct sy_secret *secret)
{
	struct layout_view view = { .bytes = NULL };

	if (secret != NULL) {
		view.bytes = sy_secret_bytes(secret);
		view.len = sy_secret_len(secret);
	}
	return view;
}

bool
layout_view_is_there(const void *view)
{
	return ((const struct layout_view *)view)->len > 0;
}

/* --- what may be put --- */

static bool
text_fits(const char *text, size_t size)
{
	const size_t len = strnlen(text, size);

	return len < size && sy_text_is_clean(text, len);
}

static bool all_fit(const struct layout *l, const void *value);

static bool
items_fit(const struct layout_field *f, const void *value)
{
	const size_t number = number_of(f, value);

	if (number > f->size / f->item->size)
		return false;
	for (size_t i = 0; i < number; i++) {
		if (!all_fit(f->item,
			(const char *)member(f, value) + i * f->item->size))
			return false;
	}
	return true;
}

static bool
fits(const struct layout_field *f, const void *value)
{
	const struct layout_view *view = member(f, value);

	switch (f->type) {
	case LAYOUT_TEXT:
		return text_fits(member(f, value), f->size);
	case LAYOUT_BYTES:
		return number_of(f, value) <= f->size;
	case LAYOUT_VIEW:
		return view->len <= f->size;
	case LAYOUT_SECRET:
		return layout_secret_len(secret_at(f, value)) <= f->size;
	case LAYOUT_LIST:
		return items_fit(f, value);
	case LAYOUT_INT:
	case LAYOUT_BOOL:
	case LAYOUT_FIXED:
		break;
	}
	return true;
}

static bool
all_fit(const struct layout *l, const void *value)
{
	for (size_t i = 0; i < l->count; i++) {
		if (!fits(&l->fields[i], value))
			return false;
	}
	return l->is_valid == NULL || l->is_valid(value);
}

/* --- put --- */

/* Where the bytes go: into one of both, or nowhere, to count them. */
struct sink {
	struct sy_buf *buf;
	struct sy_secret *secret;
	size_t len;
	enum sy_err err;
};

static void
put(struct sink *sink, const void *p, size_t len)
{
	sink->len += len;
	if (sink->err != SY_OK || len == 0)
		return;
	if (sink->buf != NULL)
		sink->err = sy_buf_raw(sink->buf, p, len);
	else if (sink->secret != NULL)
		sink->err = sy_secret_append(sink->secret, p, len);
}

static void
put_int(struct sink *sink, uint64_t v, size_t size)
{
	uint8_t bytes[sizeof(v)];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(v >> (8 * (size - 1 - i)));
	put(sink, bytes, size);
}

static void
put_bytes(struct sink *sink, const void *p, size_t len)
{
	put_int(sink, len, sizeof(uint16_t));
	put(sink, p, len);
}

static void
put_view(struct sink *sink, struct layout_view view)
{
	put_bytes(sink, view.bytes, view.len);
}

static uint64_t
load_int(const void *p, size_t size)
{
	switch (size) {
	case sizeof(uint8_t):
		return *(const uint8_t *)p;
	case sizeof(uint16_t):
		return *(const uint16_t *)p;
	case sizeof(uint32_t):
		return *(const uint32_t *)p;
	default:
		return *(const uint64_t *)p;
	}
}

static void put_all(struct sink *sink, const struct layout *l,
    const void *value);

static void
put_items(struct sink *sink, const struct layout_field *f, const void *value)
{
	const size_t number = number_of(f, value);

	put_int(sink, number, sizeof(uint16_t));
	for (size_t i = 0; i < number; i++)
		put_all(sink, f->item,
		    (const char *)member(f, value) + i * f->item->size);
}

static void
put_field(struct sink *sink, const struct layout_field *f, const void *value)
{
	const void *p = member(f, value);

	switch (f->type) {
	case LAYOUT_INT:
		put_int(sink, load_int(p, f->size), f->size);
		break;
	case LAYOUT_BOOL:
		put_int(sink, *(const bool *)p, sizeof(uint8_t));
		break;
	case LAYOUT_FIXED:
		put(sink, p, f->size);
		break;
	case LAYOUT_TEXT:
		put_bytes(sink, p, strlen(p));
		break;
	case LAYOUT_BYTES:
		put_bytes(sink, p, number_of(f, value));
		break;
	case LAYOUT_VIEW:
		put_view(sink, *(const struct layout_view *)p);
		break;
	case LAYOUT_SECRET:
		put_view(sink, layout_view_of(secret_at(f, value)));
		break;
	case LAYOUT_LIST:
		put_items(sink, f, value);
		break;
	}
}

static void
put_all(struct sink *sink, const struct layout *l, const void *value)
{
	for (size_t i = 0; i < l->count; i++)
		put_field(sink, &l->fields[i], value);
}

enum sy_err
layout_put(struct sy_buf *out, const struct layout *l, const void *value)
{
	struct sink sink = { .buf = out };

	if (!all_fit(l, value))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, l->type);
	put_all(&sink, l, value);
	return sy_frame_end(out);
}

/* sy_buf is not for secrets: such a frame is put together in one. */
enum sy_err
layout_put_secret(const struct layout *l, const void *value,
    struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	struct sink body = { .err = SY_OK };
	struct sink sink = { .err = SY_OK };
	enum sy_err err;

	if (!all_fit(l, value))
		return SY_ERR_ARG;
	put_all(&body, l, value);
	if ((err = sy_secret_new(SY_FRAME_HEADER + body.len, &frame)) != SY_OK)
		return err;
	sink.secret = frame;
	put_int(&sink, sizeof(uint8_t) * 2 + body.len, sizeof(uint32_t));
	put_int(&sink, SY_DEVICE_VERSION, sizeof(uint8_t));
	put_int(&sink, l->type, sizeof(uint8_t));
	put_all(&sink, l, value);
	if (sink.err != SY_OK)
		return sink.err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

/* --- get --- */

static enum sy_err
get_int(struct sy_reader *r, void *ret, size_t size)
{
	switch (size) {
	case sizeof(uint8_t):
		return sy_reader_u8(r, ret);
	case sizeof(uint16_t):
		return sy_reader_u16(r, ret);
	case sizeof(uint32_t):
		return sy_reader_u32(r, ret);
	default:
		return sy_reader_u64(r, ret);
	}
}

static enum sy_err
get_bool(struct sy_reader *r, bool *ret)
{
	uint8_t v;
	enum sy_err err;

	if ((err = sy_reader_u8(r, &v)) != SY_OK)
		return err;
	if (v > 1)
		return SY_ERR_FORMAT;
	*ret = v == 1;
	return SY_OK;
}

static enum sy_err
get_fixed(struct sy_reader *r, void *ret, size_t size)
{
	const uint8_t *view;
	enum sy_err err;

	if ((err = sy_reader_raw(r, size, &view)) == SY_OK)
		memcpy(ret, view, size);
	return err;
}

static enum sy_err
get_bytes(struct sy_reader *r, void *ret, size_t cap, uint16_t *ret_len)
{
	const uint8_t *view;
	size_t len;
	enum sy_err err;

	if ((err = sy_reader_bytes16(r, cap, &view, &len)) != SY_OK)
		return err;
	if (len > 0)
		memcpy(ret, view, len);
	*ret_len = (uint16_t)len;
	return SY_OK;
}

static enum sy_err
get_secret(struct sy_reader *r, size_t max, struct sy_secret **ret)
{
	SY_AUTO(sy_secret_free) struct sy_secret *secret = NULL;
	const uint8_t *view;
	size_t len;
	enum sy_err err;

	if ((err = sy_reader_bytes16(r, max, &view, &len)) != SY_OK ||
	    (err = sy_secret_new(max, &secret)) != SY_OK ||
	    (err = sy_secret_append(secret, view, len)) != SY_OK)
		return err;
	*ret = secret;
	secret = NULL;
	return SY_OK;
}

static enum sy_err get_all(struct sy_reader *r, const struct layout *l,
    void *value);

static enum sy_err
get_items(struct sy_reader *r, const struct layout_field *f, char *first,
    uint16_t *ret_number)
{
	enum sy_err err;

	if ((err = sy_reader_u16(r, ret_number)) != SY_OK)
		return err;
	if (*ret_number > f->size / f->item->size)
		return SY_ERR_FORMAT;
	for (size_t i = 0; i < *ret_number && err == SY_OK; i++)
		err = get_all(r, f->item, first + i * f->item->size);
	return err;
}

static enum sy_err
get_field(struct sy_reader *r, const struct layout_field *f, char *value)
{
	void *p = value + f->offset;
	void *number = value + f->len_offset;
	struct layout_view *view = p;

	switch (f->type) {
	case LAYOUT_INT:
		return get_int(r, p, f->size);
	case LAYOUT_BOOL:
		return get_bool(r, p);
	case LAYOUT_FIXED:
		return get_fixed(r, p, f->size);
	case LAYOUT_TEXT:
		return sy_reader_text(r, p, f->size);
	case LAYOUT_BYTES:
		return get_bytes(r, p, f->size, number);
	case LAYOUT_VIEW:
		return sy_reader_bytes16(r, f->size, &view->bytes, &view->len);
	case LAYOUT_SECRET:
		return get_secret(r, f->size, p);
	case LAYOUT_LIST:
		return get_items(r, f, p, number);
	}
	return SY_ERR_INTERNAL;
}

static enum sy_err
get_all(struct sy_reader *r, const struct layout *l, void *value)
{
	enum sy_err err = SY_OK;

	for (size_t i = 0; i < l->count && err == SY_OK; i++)
		err = get_field(r, &l->fields[i], value);
	if (err == SY_OK && l->is_valid != NULL && !l->is_valid(value))
		err = SY_ERR_FORMAT;
	return err;
}

enum sy_err
layout_get(const struct sy_frame *frame, const struct layout *l, void *ret)
{
	/* Not in ${ret}, which is left alone on failure. */
	_Alignas(max_align_t) char value[LAYOUT_SIZE_MAX];
	struct sy_reader r;
	enum sy_err err;

	if (l->size > sizeof(value))
		return SY_ERR_INTERNAL;
	if (frame->version != SY_DEVICE_VERSION)
		return SY_ERR_VERSION;
	if (frame->type != l->type)
		return SY_ERR_PROTOCOL;
	memset(value, 0, l->size);
	sy_reader_init(&r, frame->body, frame->len);
	if ((err = get_all(&r, l, value)) == SY_OK)
		err = sy_reader_end(&r);
	if (err == SY_OK)
		memcpy(ret, value, l->size);
	else
		layout_clear(l, value);
	return err;
}

void
layout_clear(const struct layout *l, void *value)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct layout_field *f = &l->fields[i];
		void *p = (char *)value + f->offset;

		if (f->type == LAYOUT_SECRET)
			sy_secret_free(p);
	}
}
