/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cbor.h"

struct reading {
	struct vc_in in;
	struct vk_doc *doc;
};

static enum sy_err read_item(struct reading *r, unsigned int depth,
    struct vk_item **ret);

/* The argument of a head, which must be as short as it can be. */
static enum sy_err
read_argument(struct reading *r, uint8_t info, uint64_t *ret)
{
	static const uint64_t least[] = { 24, 0x100, 0x10000, 0x100000000 };
	struct vc_in part;
	uint64_t v = 0;
	enum sy_err err;

	if (info < 24) {
		*ret = info;
		return SY_OK;
	}
	if (info > 27)
		return SY_ERR_FORMAT;
	if ((err = vc_in_raw(&r->in, (size_t)1 << (info - 24), &part)) != SY_OK)
		return err;
	for (size_t i = 0; i < part.left; i++)
		v = v << 8 | part.at[i];
	*ret = v;
	return v >= least[info - 24] ? SY_OK : SY_ERR_FORMAT;
}

/* Shorter keys first, then by their bytes: as they stand in the message. */
static bool
in_order(const struct vk_item *a, const struct vk_item *b)
{
	if (a->major != b->major)
		return a->major < b->major;
	if (a->rawlen != b->rawlen)
		return a->rawlen < b->rawlen;
	return memcmp(a->raw, b->raw, a->rawlen) < 0;
}

static enum sy_err
read_children(struct reading *r, unsigned int depth, struct vk_item *parent)
{
	const bool map = parent->major == VK_MAP;
	const uint64_t n = parent->value * (map ? 2 : 1);
	struct vk_item *last = NULL, *key = NULL, *item;
	enum sy_err err;

	if (depth == VK_DEPTH_MAX || parent->value > r->in.left)
		return SY_ERR_FORMAT;
	for (uint64_t i = 0; i < n; i++) {
		if ((err = read_item(r, depth + 1, &item)) != SY_OK)
			return err;
		if (last == NULL)
			parent->child = item;
		else
			last->next = item;
		last = item;
		if (!map || i % 2 != 0)
			continue;
		if (key != NULL && !in_order(key, item))
			return SY_ERR_FORMAT;
		key = item;
	}
	return SY_OK;
}

static enum sy_err
read_content(struct reading *r, unsigned int depth, struct vk_item *item)
{
	struct vc_in part;
	enum sy_err err;

	switch (item->major) {
	case VK_UINT:
	case VK_NEGATIVE:
		return SY_OK;
	case VK_BYTES:
	case VK_TEXT:
		if (item->value > r->in.left)
			return SY_ERR_FORMAT;
		err = vc_in_raw(&r->in, (size_t)item->value, &part);
		if (err == SY_OK)
			item->data = part.at;
		return err;
	case VK_ARRAY:
	case VK_MAP:
		return read_children(r, depth, item);
	case VK_SIMPLE:
		return item->value < 24 ? SY_OK : SY_ERR_FORMAT;
	case VK_TAG:
		break;
	}
	return SY_ERR_FORMAT;
}

static enum sy_err
read_item(struct reading *r, unsigned int depth, struct vk_item **ret)
{
	const uint8_t *start = r->in.at;
	struct vk_item *item;
	enum sy_err err;
	uint8_t head;

	if (r->doc->n == VK_ITEMS_MAX)
		return SY_ERR_LIMIT;
	item = &r->doc->items[r->doc->n++];
	memset(item, 0, sizeof(*item));
	if ((err = vc_in_u8(&r->in, &head)) != SY_OK)
		return err;
	item->major = (enum vk_major)(head >> 5);
	if ((err = read_argument(r, head & 0x1f, &item->value)) != SY_OK ||
	    (err = read_content(r, depth, item)) != SY_OK)
		return err;
	item->raw = start;
	item->rawlen = (size_t)(r->in.at - start);
	*ret = item;
	return SY_OK;
}

enum sy_err
vk_cbor_read(const uint8_t *p, size_t len, struct vk_doc *doc,
    const struct vk_item **ret)
{
	struct reading r = { { p, len }, doc };
	struct vk_item *top;
	enum sy_err err;

	doc->n = 0;
	if ((err = read_item(&r, 0, &top)) != SY_OK)
		return err;
	if (r.in.left != 0)
		return SY_ERR_FORMAT;
	*ret = top;
	return SY_OK;
}

bool
vk_cbor_is(const struct vk_item *item, enum vk_major major)
{
	return item != NULL && item->major == major;
}

bool
vk_cbor_number(const struct vk_item *item, int64_t *ret)
{
	if (item == NULL || item->major > VK_NEGATIVE ||
	    item->value > INT32_MAX)
		return false;
	*ret = item->major == VK_UINT ? (int64_t)item->value
				      : -1 - (int64_t)item->value;
	return true;
}

bool
vk_cbor_text_is(const struct vk_item *item, const char *text)
{
	return vk_cbor_is(item, VK_TEXT) && item->value == strlen(text) &&
	    memcmp(item->data, text, strlen(text)) == 0;
}

const struct vk_item *
vk_cbor_int(const struct vk_item *map, int64_t key)
{
	const struct vk_item *k = vk_cbor_is(map, VK_MAP) ? map->child : NULL;
	int64_t v;

	for (; k != NULL; k = k->next->next)
		if (vk_cbor_number(k, &v) && v == key)
			return k->next;
	return NULL;
}

const struct vk_item *
vk_cbor_named(const struct vk_item *map, const char *key)
{
	const struct vk_item *k = vk_cbor_is(map, VK_MAP) ? map->child : NULL;

	for (; k != NULL; k = k->next->next)
		if (vk_cbor_text_is(k, key))
			return k->next;
	return NULL;
}

void
vk_cbor_head(struct vc_bytes *o, enum vk_major major, uint64_t value)
{
	const unsigned int top = (unsigned int)major << 5;
	int bytes = 0;

	if (value < 24) {
		vc_bytes_u8(o, top | (unsigned int)value);
		return;
	}
	while (bytes < 3 && value >> (8 << bytes) != 0)
		bytes++;
	vc_bytes_u8(o, top | (24U + (unsigned int)bytes));
	for (int shift = (8 << bytes) - 8; shift >= 0; shift -= 8)
		vc_bytes_u8(o, (value >> shift) & 0xff);
}

void
vk_cbor_put_int(struct vc_bytes *o, int64_t v)
{
	if (v >= 0)
		vk_cbor_head(o, VK_UINT, (uint64_t)v);
	else
		vk_cbor_head(o, VK_NEGATIVE, (uint64_t)(-1 - v));
}

void
vk_cbor_put_bool(struct vc_bytes *o, bool v)
{
	vk_cbor_head(o, VK_SIMPLE, v ? 21 : 20);
}

void
vk_cbor_put_bytes(struct vc_bytes *o, const void *p, size_t len)
{
	vk_cbor_head(o, VK_BYTES, len);
	vc_bytes_raw(o, p, len);
}

void
vk_cbor_put_text(struct vc_bytes *o, const char *text)
{
	vk_cbor_head(o, VK_TEXT, strlen(text));
	vc_bytes_raw(o, text, strlen(text));
}
