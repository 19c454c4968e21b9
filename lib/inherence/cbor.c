/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <sanyoso/text.h>

#include "cbor.h"

/* The five low bits of an item's first byte (RFC 8949 section 3). */
#define INFO_MASK  0x1f
#define INFO_8BIT  24
#define INFO_64BIT 27
#define MAJOR_BIT  5
#define TAG        6
#define FALSE      20
#define TRUE       21

static enum sy_err take(struct sy_reader *r, unsigned int depth,
    struct sy_cbor *ret);

/* The number behind the first byte, and the least that needs this form. */
static enum sy_err
read_number(struct sy_reader *r, uint8_t info, uint64_t *ret,
    uint64_t *ret_least)
{
	const uint8_t *at;
	uint64_t value = 0;
	size_t len;

	if (info < INFO_8BIT) {
		*ret = info;
		*ret_least = 0;
		return SY_OK;
	}
	if (info > INFO_64BIT)
		return SY_ERR_FORMAT;
	len = (size_t)1 << (info - INFO_8BIT);
	if (sy_reader_raw(r, len, &at) != SY_OK)
		return SY_ERR_FORMAT;
	for (size_t i = 0; i < len; i++)
		value = value << 8 | at[i];
	*ret = value;
	*ret_least = len == 1 ? INFO_8BIT : (uint64_t)1 << len / 2 * 8;
	return SY_OK;
}

/* The same in its shortest form. */
static enum sy_err
take_number(struct sy_reader *r, uint8_t info, uint64_t *ret)
{
	uint64_t least;

	if (read_number(r, info, ret, &least) != SY_OK || *ret < least)
		return SY_ERR_FORMAT;
	return SY_OK;
}

static enum sy_err
take_string(struct sy_reader *r, struct sy_cbor *item)
{
	if (item->value > sy_reader_left(r))
		return SY_ERR_FORMAT;
	item->len = (size_t)item->value;
	if (sy_reader_raw(r, item->len, &item->at) != SY_OK)
		return SY_ERR_FORMAT;
	if (item->type == SY_CBOR_TEXT &&
	    !sy_text_is_utf8((const char *)item->at, item->len))
		return SY_ERR_FORMAT;
	return SY_OK;
}

/* Whether ${a} comes before ${b} (CTAP 2.1 section 8): by major type, then by
 * length, then byte by byte. */
static bool
key_before(const uint8_t *a, size_t alen, const uint8_t *b, size_t blen)
{
	if (a[0] >> MAJOR_BIT != b[0] >> MAJOR_BIT)
		return a[0] >> MAJOR_BIT < b[0] >> MAJOR_BIT;
	if (alen != blen)
		return alen < blen;
	return memcmp(a, b, alen) < 0;
}

static enum sy_err
take_pairs(struct sy_reader *r, unsigned int depth, uint64_t count)
{
	const uint8_t *last = NULL;
	struct sy_cbor key, value;
	size_t last_len = 0;
	enum sy_err err;

	for (uint64_t i = 0; i < count; i++) {
		const uint8_t *at = r->at;

		if ((err = take(r, depth, &key)) != SY_OK)
			return err;
		if (key.type > SY_CBOR_TEXT)
			return SY_ERR_FORMAT;
		if (last != NULL &&
		    !key_before(last, last_len, at, (size_t)(r->at - at)))
			return SY_ERR_FORMAT;
		last = at;
		last_len = (size_t)(r->at - at);
		if ((err = take(r, depth, &value)) != SY_OK)
			return err;
	}
	return SY_OK;
}

static enum sy_err
take_container(struct sy_reader *r, unsigned int depth, struct sy_cbor *item)
{
	struct sy_cbor inner;
	enum sy_err err;

	if (depth == SY_CBOR_DEPTH)
		return SY_ERR_FORMAT;
	item->at = r->at;
	if (item->type == SY_CBOR_MAP) {
		if ((err = take_pairs(r, depth + 1, item->value)) != SY_OK)
			return err;
	} else {
		for (uint64_t i = 0; i < item->value; i++) {
			if ((err = take(r, depth + 1, &inner)) != SY_OK)
				return err;
		}
	}
	item->len = (size_t)(r->at - item->at);
	return SY_OK;
}

/* ${r} may have moved on failure. */
static enum sy_err
take(struct sy_reader *r, unsigned int depth, struct sy_cbor *ret)
{
	struct sy_cbor item = { 0 };
	uint8_t first;

	if (sy_reader_u8(r, &first) != SY_OK)
		return SY_ERR_FORMAT;
	item.type = (enum sy_cbor_type)(first >> MAJOR_BIT);
	if (item.type == SY_CBOR_BOOL) {
		if ((first & INFO_MASK) != FALSE && (first & INFO_MASK) != TRUE)
			return SY_ERR_FORMAT;
		item.value = (first & INFO_MASK) == TRUE;
		*ret = item;
		return SY_OK;
	}
	if (take_number(r, first & INFO_MASK, &item.value) != SY_OK)
		return SY_ERR_FORMAT;
	switch (item.type) {
	case SY_CBOR_UNSIGNED:
	case SY_CBOR_NEGATIVE:
		break;
	case SY_CBOR_BYTES:
	case SY_CBOR_TEXT:
		if (take_string(r, &item) != SY_OK)
			return SY_ERR_FORMAT;
		break;
	case SY_CBOR_ARRAY:
	case SY_CBOR_MAP:
		if (take_container(r, depth, &item) != SY_OK)
			return SY_ERR_FORMAT;
		break;
	default: /* tags */
		return SY_ERR_FORMAT;
	}
	*ret = item;
	return SY_OK;
}

enum sy_err
sy_cbor_take(struct sy_reader *r, struct sy_cbor *ret_item)
{
	struct sy_reader ahead = *r;
	enum sy_err err;

	if ((err = take(&ahead, 0, ret_item)) == SY_OK)
		*r = ahead;
	return err;
}

/* Pass the head of the next of ${*items} that are to come, and the bytes of a
 * string; what it holds is to come, too. */
static bool
pass(struct sy_reader *r, uint64_t *items)
{
	uint64_t value, least;
	const uint8_t *at;
	uint8_t first;

	if (sy_reader_u8(r, &first) != SY_OK ||
	    read_number(r, first & INFO_MASK, &value, &least) != SY_OK)
		return false;
	--*items;
	switch (first >> MAJOR_BIT) {
	case SY_CBOR_BYTES:
	case SY_CBOR_TEXT:
		return value <= sy_reader_left(r) &&
		    sy_reader_raw(r, (size_t)value, &at) == SY_OK;
	case SY_CBOR_ARRAY:
		*items += value;
		return value <= sy_reader_left(r);
	case SY_CBOR_MAP:
		*items += 2 * value;
		return value <= sy_reader_left(r) / 2;
	case TAG:
		++*items;
		return true;
	default:
		return true;
	}
}

bool
sy_cbor_fits(const void *p, size_t len)
{
	uint64_t items = 1;
	struct sy_reader r;

	sy_reader_init(&r, p, len);
	/* Each that is to come takes a byte at least. */
	while (items > 0)
		if (items > sy_reader_left(&r) || !pass(&r, &items))
			return false;
	return true;
}

enum sy_err
sy_cbor_int(const struct sy_cbor *item, int *ret)
{
	if (item->value > INT_MAX || item->type > SY_CBOR_NEGATIVE)
		return SY_ERR_FORMAT;
	*ret = item->type == SY_CBOR_UNSIGNED ? (int)item->value
					      : -1 - (int)item->value;
	return SY_OK;
}

static bool
is_number(const struct sy_cbor *item, const void *key)
{
	int number;

	return sy_cbor_int(item, &number) == SY_OK &&
	    number == *(const int *)key;
}

static bool
is_text(const struct sy_cbor *item, const void *key)
{
	const size_t len = strlen(key);

	return item->type == SY_CBOR_TEXT && item->len == len &&
	    memcmp(item->at, key, len) == 0;
}

static enum sy_err
find(const struct sy_cbor *map,
    bool (*is)(const struct sy_cbor *item, const void *key), const void *key,
    struct sy_cbor *ret_item)
{
	struct sy_cbor name, value;
	struct sy_reader r;

	if (map->type != SY_CBOR_MAP)
		return SY_ERR_NOT_FOUND;
	sy_reader_init(&r, map->at, map->len);
	for (uint64_t i = 0; i < map->value; i++) {
		if (sy_cbor_take(&r, &name) != SY_OK ||
		    sy_cbor_take(&r, &value) != SY_OK)
			return SY_ERR_NOT_FOUND;
		if (is(&name, key)) {
			*ret_item = value;
			return SY_OK;
		}
	}
	return SY_ERR_NOT_FOUND;
}

enum sy_err
sy_cbor_at(const struct sy_cbor *map, int key, struct sy_cbor *ret_item)
{
	return find(map, is_number, &key, ret_item);
}

enum sy_err
sy_cbor_named(const struct sy_cbor *map, const char *key,
    struct sy_cbor *ret_item)
{
	return find(map, is_text, key, ret_item);
}

static enum sy_err
of_type(enum sy_err err, const struct sy_cbor *item, enum sy_cbor_type type,
    struct sy_cbor *ret_item)
{
	if (err != SY_OK || item->type != type)
		return SY_ERR_NOT_FOUND;
	*ret_item = *item;
	return SY_OK;
}

enum sy_err
sy_cbor_at_of(const struct sy_cbor *map, int key, enum sy_cbor_type type,
    struct sy_cbor *ret_item)
{
	struct sy_cbor item;
	const enum sy_err err = sy_cbor_at(map, key, &item);

	return of_type(err, &item, type, ret_item);
}

enum sy_err
sy_cbor_named_of(const struct sy_cbor *map, const char *key,
    enum sy_cbor_type type, struct sy_cbor *ret_item)
{
	struct sy_cbor item;
	const enum sy_err err = sy_cbor_named(map, key, &item);

	return of_type(err, &item, type, ret_item);
}
