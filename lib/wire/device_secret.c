/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that hold secrets, put together in one. */
#include "lib/wire/device_int.h"

size_t
device_secret_len(const struct sy_secret *secret)
{
	return secret == NULL ? 0 : sy_secret_len(secret);
}

enum sy_err
device_secret_begin(uint8_t type, size_t body, struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	const uint8_t header[] = { 0, 0, (uint8_t)((body + 2) >> 8),
		(uint8_t)(body + 2), SY_DEVICE_VERSION, type };
	enum sy_err err;

	if ((err = sy_secret_new(sizeof(header) + body, &frame)) != SY_OK ||
	    (err = sy_secret_append(frame, header, sizeof(header))) != SY_OK)
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

enum sy_err
device_secret_put_bytes(struct sy_secret *frame, const void *p, size_t len)
{
	const uint8_t prefix[] = { (uint8_t)(len >> 8), (uint8_t)len };
	enum sy_err err;

	if ((err = sy_secret_append(frame, prefix, sizeof(prefix))) != SY_OK ||
	    len == 0)
		return err;
	return sy_secret_append(frame, p, len);
}

enum sy_err
device_secret_put(struct sy_secret *frame, const struct sy_secret *secret)
{
	return device_secret_put_bytes(frame,
	    secret == NULL ? NULL : sy_secret_bytes(secret),
	    device_secret_len(secret));
}

enum sy_err
device_secret_get(struct sy_reader *r, size_t max, struct sy_secret **ret)
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
