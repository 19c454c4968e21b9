/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of FIDO2 keys, as either side reads them. What is accepted is put
 * again to the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/keydevice.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static union {
	struct sy_keydevice_start start;
	struct sy_keydevice_waiting waiting;
	struct sy_keydevice_found found;
	struct sy_keydevice_touch touch;
	struct sy_keydevice_refused refused;
	struct sy_keydevice_signed in;
	struct sy_keydevice_made made;
	struct sy_keydevice_list list;
} u;

/* What the worker reports, by its type. */
static enum sy_err
again_report(const struct sy_frame *frame, struct sy_buf *out)
{
	enum sy_err err;

	switch (frame->type) {
	case SY_KEYDEVICE_START:
		err = sy_keydevice_get_start(frame, &u.start);
		return err != SY_OK ? err
				    : sy_keydevice_put_start(out, &u.start);
	case SY_KEYDEVICE_WAITING:
		err = sy_keydevice_get_waiting(frame, &u.waiting);
		return err != SY_OK ? err
				    : sy_keydevice_put_waiting(out, &u.waiting);
	case SY_KEYDEVICE_FOUND:
		err = sy_keydevice_get_found(frame, &u.found);
		return err != SY_OK ? err
				    : sy_keydevice_put_found(out, &u.found);
	case SY_KEYDEVICE_TOUCH:
		err = sy_keydevice_get_touch(frame, &u.touch);
		return err != SY_OK ? err
				    : sy_keydevice_put_touch(out, &u.touch);
	case SY_KEYDEVICE_REFUSED:
		err = sy_keydevice_get_refused(frame, &u.refused);
		return err != SY_OK ? err
				    : sy_keydevice_put_refused(out, &u.refused);
	case SY_KEYDEVICE_SIGNED:
		err = sy_keydevice_get_signed(frame, &u.in);
		return err != SY_OK ? err : sy_keydevice_put_signed(out, &u.in);
	case SY_KEYDEVICE_MADE:
		err = sy_keydevice_get_made(frame, &u.made);
		return err != SY_OK ? err : sy_keydevice_put_made(out, &u.made);
	case SY_KEYDEVICE_LIST:
		err = sy_keydevice_get_list(frame, &u.list);
		return err != SY_OK ? err : sy_keydevice_put_list(out, &u.list);
	default:
		return SY_ERR_PROTOCOL;
	}
}

/* Frames that are kept in secrets. */
static enum sy_err
again_secret(const struct sy_frame *frame, struct sy_secret **ret)
{
	SY_AUTO(sy_keydevice_assert_clear)
	struct sy_keydevice_assert a = { .uv = 0 };
	SY_AUTO(sy_keydevice_make_clear)
	struct sy_keydevice_make m = { .uv = 0 };
	SY_AUTO(sy_keydevice_pin_clear)
	struct sy_keydevice_pin p = { .random = false };
	SY_AUTO(sy_keydevice_enroll_clear)
	struct sy_keydevice_enroll e = { .name = "" };
	SY_AUTO(sy_keydevice_forget_clear)
	struct sy_keydevice_forget f = { .template_len = 0 };
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	enum sy_err err;

	switch (frame->type) {
	case SY_KEYDEVICE_ASSERT:
		err = sy_keydevice_get_assert(frame, &a);
		return err != SY_OK ? err : sy_keydevice_put_assert(&a, ret);
	case SY_KEYDEVICE_MAKE:
		err = sy_keydevice_get_make(frame, &m);
		return err != SY_OK ? err : sy_keydevice_put_make(&m, ret);
	case SY_KEYDEVICE_PIN:
		err = sy_keydevice_get_pin(frame, &p);
		return err != SY_OK ? err : sy_keydevice_put_pin(&p, ret);
	case SY_KEYDEVICE_ENROLL:
		err = sy_keydevice_get_enroll(frame, &e);
		return err != SY_OK ? err : sy_keydevice_put_enroll(&e, ret);
	case SY_KEYDEVICE_FORGET:
		err = sy_keydevice_get_forget(frame, &f);
		return err != SY_OK ? err : sy_keydevice_put_forget(&f, ret);
	case SY_KEYDEVICE_FINGERS:
		err = sy_keydevice_get_fingers(frame, &pin);
		return err != SY_OK ? err : sy_keydevice_put_fingers(pin, ret);
	default:
		return SY_ERR_PROTOCOL;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *put = NULL;
	struct sy_frame frame;
	size_t used;

	if (sy_frame_parse(data, len, SY_DEVICE_FRAME_MAX, &frame, &used) !=
	    SY_OK)
		return 0;
	if (sy_buf_new(SY_DEVICE_FRAME_MAX, &out) != SY_OK)
		abort();
	if (again_secret(&frame, &put) == SY_OK)
		(void)sy_buf_raw(out, sy_secret_bytes(put), sy_secret_len(put));
	else if (again_report(&frame, out) != SY_OK)
		return 0;
	if (sy_buf_len(out) != used ||
	    memcmp(sy_buf_data(out), data, used) != 0)
		abort();
	return 0;
}
