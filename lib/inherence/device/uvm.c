/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include <sanyoso/buf.h>

#include "lib/inherence/device/channel.h"
#include "lib/inherence/device/uvm.h"

/* CBOR (RFC 8949 section 3): major type in the upper three bits. */
#define MAJOR(b)      ((b) >> 5)
#define SHORT(b)      ((b)&0x1f)
#define MAJOR_BYTES   2
#define MAJOR_TEXT    3
#define MAJOR_ARRAY   4
#define MAJOR_MAP     5
#define SHORT_MAX     23
#define SHORT_U8      24
#define SHORT_U16     25
#define DEPTH_MAX     4 /* CTAP 2.1 section 8 */
#define MAP_SMALL     0xa0
#define KEY_EXTENSION 0x04

/* The head of an item; lengths of more than two bytes are never ours. */
static enum sy_err
read_head(struct sy_reader *r, uint8_t *ret_major, uint16_t *ret_value)
{
	uint8_t first, small;
	enum sy_err err;

	if ((err = sy_reader_u8(r, &first)) != SY_OK)
		return err;
	*ret_major = MAJOR(first);
	*ret_value = SHORT(first);
	if (SHORT(first) <= SHORT_MAX)
		return SY_OK;
	if (SHORT(first) == SHORT_U8) {
		err = sy_reader_u8(r, &small);
		*ret_value = small;
		return err;
	}
	return SHORT(first) == SHORT_U16 ? sy_reader_u16(r, ret_value)
					 : SY_ERR_FORMAT;
}

static enum sy_err skip(struct sy_reader *r, unsigned int depth);

static enum sy_err
skip_all(struct sy_reader *r, unsigned int count, unsigned int depth)
{
	enum sy_err err = SY_OK;

	if (depth == 0)
		return SY_ERR_FORMAT;
	for (unsigned int i = 0; i < count && err == SY_OK; i++)
		err = skip(r, depth - 1);
	return err;
}

/* Over one item, whatever it is. */
static enum sy_err
skip(struct sy_reader *r, unsigned int depth) /* NOLINT(misc-no-recursion) */
{
	const uint8_t *view;
	uint16_t value;
	uint8_t major;
	enum sy_err err;

	if ((err = read_head(r, &major, &value)) != SY_OK)
		return err;
	switch (major) {
	case MAJOR_BYTES:
	case MAJOR_TEXT:
		return sy_reader_raw(r, value, &view);
	case MAJOR_ARRAY:
		return skip_all(r, value, depth);
	case MAJOR_MAP:
		return skip_all(r, 2U * value, depth);
	default:
		return SY_OK;
	}
}

/* The place of parameter 04 among the map's: keys are in order. */
static enum sy_err
find_place(struct sy_reader *r, uint8_t count, const uint8_t **ret_place)
{
	const uint8_t *place = NULL;
	uint8_t key;
	enum sy_err err;

	for (uint8_t i = 0; i < count; i++) {
		const uint8_t *at = r->at;

		if ((err = sy_reader_u8(r, &key)) != SY_OK)
			return err;
		if (key == KEY_EXTENSION || key > SHORT_MAX)
			return SY_ERR_FORMAT;
		if (key > KEY_EXTENSION && place == NULL)
			place = at;
		if ((err = skip(r, DEPTH_MAX)) != SY_OK)
			return err;
	}
	*ret_place = place == NULL ? r->at : place;
	return sy_reader_end(r);
}

enum sy_err
uvm_insert(const uint8_t *message, size_t len, uint8_t *out, size_t cap,
    size_t *ret_len)
{
	static const uint8_t uvm[] = { KEY_EXTENSION, MAP_SMALL | 1, 0x63, 'u',
		'v', 'm', 0xf5 };
	const uint8_t *place;
	struct sy_reader r;
	uint8_t command, map;
	size_t before;
	enum sy_err err;

	sy_reader_init(&r, message, len);
	if ((err = sy_reader_u8(&r, &command)) != SY_OK ||
	    (err = sy_reader_u8(&r, &map)) != SY_OK)
		return err;
	if (command != CTAP_GET_ASSERTION || MAJOR(map) != MAJOR_MAP ||
	    SHORT(map) >= SHORT_MAX)
		return SY_ERR_FORMAT;
	if ((err = find_place(&r, SHORT(map), &place)) != SY_OK)
		return err;
	if (len + sizeof(uvm) > cap)
		return SY_ERR_LIMIT;
	before = (size_t)(place - message);
	memcpy(out, message, before);
	memcpy(out + before, uvm, sizeof(uvm));
	memcpy(out + before + sizeof(uvm), place, len - before);
	out[1]++;
	*ret_len = len + sizeof(uvm);
	return SY_OK;
}
