/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames between agent and worker, as either side reads them. What is accepted
 * is put again to the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/device.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static union {
	struct sy_device_start start;
	struct sy_device_waiting waiting;
	struct sy_device_card card;
	struct sy_device_failed failed;
} u;

static enum sy_err
again_sign(const struct sy_frame *frame, struct sy_buf *out)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *put = NULL;
	uint8_t hash[SY_HASH_SIZE_MAX];
	size_t len;
	enum sy_err err;

	if (sy_secret_new(SY_DEVICE_PIN_MAX, &pin) != SY_OK)
		abort();
	if ((err = sy_device_get_sign(frame, hash, &len, pin)) != SY_OK)
		return err;
	if (sy_device_put_sign(hash, len, pin, &put) != SY_OK)
		abort();
	return sy_buf_raw(out, sy_secret_bytes(put), sy_secret_len(put));
}

/* Read the frame by its type and put it again. */
static enum sy_err
again(const struct sy_frame *frame, struct sy_buf *out)
{
	const uint8_t *sig;
	uint8_t a, b;
	size_t len;
	enum sy_err err;

	switch (frame->type) {
	case SY_DEVICE_START:
		err = sy_device_get_start(frame, &u.start);
		return err != SY_OK ? err : sy_device_put_start(out, &u.start);
	case SY_DEVICE_SIGN:
		return again_sign(frame, out);
	case SY_DEVICE_WAITING:
		err = sy_device_get_waiting(frame, &u.waiting);
		return err != SY_OK ? err
				    : sy_device_put_waiting(out, &u.waiting);
	case SY_DEVICE_CARD:
		err = sy_device_get_card(frame, &u.card);
		return err != SY_OK ? err : sy_device_put_card(out, &u.card);
	case SY_DEVICE_PIN_WRONG:
		err = sy_device_get_pin_wrong(frame, &a);
		return err != SY_OK ? err : sy_device_put_pin_wrong(out, a);
	case SY_DEVICE_PIN_FORMAT:
		err = sy_device_get_pin_format(frame, &a, &b);
		return err != SY_OK ? err : sy_device_put_pin_format(out, a, b);
	case SY_DEVICE_SIGNATURE:
		err = sy_device_get_signature(frame, &sig, &len);
		return err != SY_OK ? err
				    : sy_device_put_signature(out, sig, len);
	case SY_DEVICE_FAILED:
		err = sy_device_get_failed(frame, &u.failed);
		return err != SY_OK ? err
				    : sy_device_put_failed(out, &u.failed);
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
