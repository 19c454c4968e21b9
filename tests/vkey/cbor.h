/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_CBOR_H
#define VK_CBOR_H

#include "tests/vcard/bytes.h"

/*
 * CTAP2 canonical CBOR (CTAP 2.1, section 8): written one head at a time, read
 * into a fixed table of items that point into the message.
 */

#define VK_ITEMS_MAX 512U
#define VK_DEPTH_MAX 5U

enum vk_major {
	VK_UINT = 0,
	VK_NEGATIVE = 1, /* stands for -1 - value */
	VK_BYTES = 2,
	VK_TEXT = 3,
	VK_ARRAY = 4,
	VK_MAP = 5,
	VK_TAG = 6,
	VK_SIMPLE = 7, /* value 20 false, 21 true */
};

struct vk_item {
	enum vk_major major;
	uint64_t value;      /* number, length or count */
	const uint8_t *data; /* content of a string */
	const uint8_t *raw;  /* the whole item as it came */
	size_t rawlen;
	const struct vk_item *child; /* first of an array or map */
	const struct vk_item *next;  /* after it; map: key, value, key, ... */
};

struct vk_doc {
	struct vk_item items[VK_ITEMS_MAX];
	size_t n;
};

/*
 * Read exactly ${len} bytes as one item. FORMAT: cut, trailing bytes, not
 * canonical (length of a head, order of keys, a key twice), too deep; LIMIT:
 * too many items. The items live in ${doc} and point into ${p}.
 */
SY_MUST_USE enum sy_err vk_cbor_read(const uint8_t *p, size_t len,
    struct vk_doc *doc, const struct vk_item **ret);

/* A member of a map, or NULL; also NULL if ${map} is NULL or no map. */
const struct vk_item *vk_cbor_int(const struct vk_item *map, int64_t key);
const struct vk_item *vk_cbor_named(const struct vk_item *map, const char *key);
bool vk_cbor_is(const struct vk_item *item, enum vk_major major);
/* An integer item as a number; false if it is none or too large. */
bool vk_cbor_number(const struct vk_item *item, int64_t *ret);
bool vk_cbor_text_is(const struct vk_item *item, const char *text);

void vk_cbor_head(struct vc_bytes *o, enum vk_major major, uint64_t value);
void vk_cbor_put_int(struct vc_bytes *o, int64_t v);
void vk_cbor_put_bool(struct vc_bytes *o, bool v);
void vk_cbor_put_bytes(struct vc_bytes *o, const void *p, size_t len);
void vk_cbor_put_text(struct vc_bytes *o, const char *text);

#endif /* VK_CBOR_H */
