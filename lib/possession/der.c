/* SPDX-License-Identifier: Apache-2.0 */
#include "der.h"

#define LENGTH_LONG 0x80 /* the low bits count the length bytes that follow */

/* Definite lengths in their shortest form, up to two bytes (65535): nothing
 * that is parsed here is longer. */
static enum sy_err
take_length(struct sy_reader *r, size_t *ret_len)
{
	uint8_t first, byte;
	uint16_t wide;
	enum sy_err err;

	if ((err = sy_reader_u8(r, &first)) != SY_OK)
		return err;
	if (first < LENGTH_LONG) {
		*ret_len = first;
		return SY_OK;
	}
	if (first == (LENGTH_LONG | 1)) {
		if ((err = sy_reader_u8(r, &byte)) != SY_OK)
			return err;
		*ret_len = byte;
		return byte < LENGTH_LONG ? SY_ERR_FORMAT : SY_OK;
	}
	if (first == (LENGTH_LONG | 2)) {
		if ((err = sy_reader_u16(r, &wide)) != SY_OK)
			return err;
		*ret_len = wide;
		return wide <= UINT8_MAX ? SY_ERR_FORMAT : SY_OK;
	}
	return SY_ERR_FORMAT;
}

enum sy_err
sy_der_take(struct sy_reader *r, uint8_t tag, struct sy_reader *ret_content)
{
	struct sy_reader at = *r;
	const uint8_t *content;
	uint8_t got;
	size_t len;
	enum sy_err err;

	if ((err = sy_reader_u8(&at, &got)) != SY_OK)
		return err;
	if (got != tag)
		return SY_ERR_FORMAT;
	if ((err = take_length(&at, &len)) != SY_OK ||
	    (err = sy_reader_raw(&at, len, &content)) != SY_OK)
		return err;
	sy_reader_init(ret_content, content, len);
	*r = at;
	return SY_OK;
}

enum sy_err
sy_der_take_unsigned(struct sy_reader *r, const uint8_t **ret_bytes,
    size_t *ret_len)
{
	struct sy_reader at = *r, content;
	const uint8_t *bytes;
	size_t len;
	enum sy_err err;

	if ((err = sy_der_take(&at, SY_DER_INTEGER, &content)) != SY_OK)
		return err;
	len = sy_reader_left(&content);
	if (len == 0)
		return SY_ERR_FORMAT;
	if ((err = sy_reader_raw(&content, len, &bytes)) != SY_OK)
		return err;
	if ((bytes[0] & 0x80) != 0) /* negative */
		return SY_ERR_FORMAT;
	if (bytes[0] == 0) {
		/* A zero in front is there only to keep the sign positive. */
		if (len > 1 && (bytes[1] & 0x80) == 0)
			return SY_ERR_FORMAT;
		bytes++;
		len--;
	}
	*ret_bytes = bytes;
	*ret_len = len;
	*r = at;
	return SY_OK;
}

enum sy_err
sy_der_take_bits(struct sy_reader *r, struct sy_reader *ret_content)
{
	struct sy_reader at = *r, content;
	uint8_t unused;
	enum sy_err err;

	if ((err = sy_der_take(&at, SY_DER_BIT_STRING, &content)) != SY_OK ||
	    (err = sy_reader_u8(&content, &unused)) != SY_OK)
		return err;
	if (unused != 0)
		return SY_ERR_FORMAT;
	*ret_content = content;
	*r = at;
	return SY_OK;
}
