/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "lib/possession/device/tlv.h"

#define TAG_NUMBER_MASK 0x1f /* all ones: the number is in what follows */
#define TAG_MORE        0x80 /* another byte of the number follows */
#define TAG_BYTES_MAX   3
#define LENGTH_SHORT    0x7f /* the longest length in one byte */
#define LENGTH_1        0x81
#define LENGTH_2        0x82

static enum sy_err
tag_get(struct sy_reader *r, uint32_t *ret_tag)
{
	uint32_t tag;
	uint8_t byte;
	enum sy_err err;

	if ((err = sy_reader_u8(r, &byte)) != SY_OK)
		return err;
	tag = byte;
	/* 00 and FF are padding, not tags. */
	if (byte == 0x00 || byte == 0xff)
		return SY_ERR_FORMAT;
	if ((byte & TAG_NUMBER_MASK) == TAG_NUMBER_MASK) {
		for (unsigned int n = 1;; n++) {
			if (n == TAG_BYTES_MAX)
				return SY_ERR_FORMAT;
			if ((err = sy_reader_u8(r, &byte)) != SY_OK)
				return err;
			tag = tag << 8 | byte;
			if ((byte & TAG_MORE) == 0)
				break;
		}
	}
	*ret_tag = tag;
	return SY_OK;
}

static enum sy_err
length_get(struct sy_reader *r, enum tlv_rules rules, size_t *ret_len)
{
	const bool shortest = rules == TLV_DER;
	uint8_t byte;
	uint16_t word;
	enum sy_err err;

	if ((err = sy_reader_u8(r, &byte)) != SY_OK)
		return err;
	if (byte <= LENGTH_SHORT) {
		*ret_len = byte;
		return SY_OK;
	}
	if (byte == LENGTH_1) {
		if ((err = sy_reader_u8(r, &byte)) != SY_OK)
			return err;
		if (shortest && byte <= LENGTH_SHORT)
			return SY_ERR_FORMAT;
		*ret_len = byte;
		return SY_OK;
	}
	if (byte != LENGTH_2)
		return SY_ERR_FORMAT;
	if ((err = sy_reader_u16(r, &word)) != SY_OK)
		return err;
	if (shortest && word <= UINT8_MAX)
		return SY_ERR_FORMAT;
	*ret_len = word;
	return SY_OK;
}

enum sy_err
tlv_next(struct sy_reader *r, enum tlv_rules rules, struct tlv *ret)
{
	struct sy_reader at = *r;
	const uint8_t *value;
	uint32_t tag;
	size_t len;
	enum sy_err err;

	if ((err = tag_get(&at, &tag)) != SY_OK ||
	    (err = length_get(&at, rules, &len)) != SY_OK ||
	    (err = sy_reader_raw(&at, len, &value)) != SY_OK)
		return err;
	ret->tag = tag;
	sy_reader_init(&ret->value, value, len);
	*r = at;
	return SY_OK;
}

enum sy_err
tlv_expect(struct sy_reader *r, enum tlv_rules rules, uint32_t tag,
    struct sy_reader *ret_value)
{
	struct sy_reader at = *r;
	struct tlv tlv;
	enum sy_err err;

	if ((err = tlv_next(&at, rules, &tlv)) != SY_OK)
		return err;
	if (tlv.tag != tag)
		return SY_ERR_FORMAT;
	*ret_value = tlv.value;
	*r = at;
	return SY_OK;
}

void
tlv_put_length(struct sy_buf *out, size_t len)
{
	if (len > UINT8_MAX) {
		sy_buf_u8(out, 0x82);
		sy_buf_u16(out, (uint16_t)len);
	} else {
		if (len > 0x7f)
			sy_buf_u8(out, 0x81);
		sy_buf_u8(out, (uint8_t)len);
	}
}
