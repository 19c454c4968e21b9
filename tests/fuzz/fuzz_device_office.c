/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of the card office, as either side reads them. What is accepted is put
 * again to the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/device.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct sy_device_blank blank;
static struct sy_device_key key;

static enum sy_err
again_prepare(const struct sy_frame *frame, struct sy_buf *out)
{
	SY_AUTO(sy_device_prepare_clear)
	struct sy_device_prepare p = { .alg = 0 };
	SY_AUTO(sy_secret_free) struct sy_secret *put = NULL;
	enum sy_err err;

	if ((err = sy_device_get_prepare(frame, &p)) != SY_OK)
		return err;
	if (sy_device_put_prepare(&p, &put) != SY_OK)
		abort();
	return sy_buf_raw(out, sy_secret_bytes(put), sy_secret_len(put));
}

static enum sy_err
again_change(const struct sy_frame *frame, struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *old = NULL, *fresh = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *put = NULL;
	enum sy_err err;

	if (sy_secret_new(SY_DEVICE_PIN_MAX, &old) != SY_OK ||
	    sy_secret_new(SY_DEVICE_PIN_MAX, &fresh) != SY_OK)
		abort();
	if ((err = sy_device_get_change(frame, old, fresh)) != SY_OK)
		return err;
	if (sy_device_put_change(old, fresh, &put) != SY_OK)
		abort();
	return sy_buf_raw(out, sy_secret_bytes(put), sy_secret_len(put));
}

static enum sy_err
again(const struct sy_frame *frame, struct sy_buf *out)
{
	const uint8_t *cert;
	size_t len;
	enum sy_err err;

	switch (frame->type) {
	case SY_DEVICE_PREPARE:
		return again_prepare(frame, out);
	case SY_DEVICE_CHANGE:
		return again_change(frame, out);
	case SY_DEVICE_STORE:
		err = sy_device_get_store(frame, &cert, &len);
		return err != SY_OK ? err : sy_device_put_store(out, cert, len);
	case SY_DEVICE_BLANK:
		err = sy_device_get_blank(frame, &blank);
		return err != SY_OK ? err : sy_device_put_blank(out, &blank);
	case SY_DEVICE_KEY:
		err = sy_device_get_key(frame, &key);
		return err != SY_OK ? err : sy_device_put_key(out, &key);
	case SY_DEVICE_DONE:
		err = sy_device_get_done(frame);
		return err != SY_OK ? err : sy_device_put_done(out);
	default:
		return SY_ERR_PROTOCOL;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct sy_frame frame;
	size_t used;

	if (sy_frame_parse(data, len, SY_DEVICE_FRAME_MAX, &frame, &used) !=
	    SY_OK)
		return 0;
	if (sy_buf_new(SY_DEVICE_FRAME_MAX, &out) != SY_OK)
		abort();
	if (again(&frame, out) != SY_OK)
		return 0;
	if (sy_buf_len(out) != used ||
	    memcmp(sy_buf_data(out), data, used) != 0)
		abort();
	return 0;
}
