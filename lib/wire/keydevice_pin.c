/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of keys that can hold a PIN: made and kept in secrets. */
#include <sanyoso/keydevice.h>

#include "lib/wire/layout.h"

/* Only where a PIN is asked for may there be one. */
static bool
uv_is_valid(uint8_t uv, const struct sy_secret *pin)
{
	return uv < SY_KEY_UV_COUNT &&
	    (uv == SY_KEY_UV_PIN || layout_secret_len(pin) == 0);
}

/* --- ASSERT --- */

static bool
assert_is_valid(const void *value)
{
	const struct sy_keydevice_assert *in = value;

	return uv_is_valid(in->uv, in->pin) &&
	    in->credential <= SY_KEYDEVICE_CREDENTIALS;
}

static const struct layout_field assert_fields[] = {
	FIXED(sy_keydevice_assert, hash),
	INT(sy_keydevice_assert, uv),
	INT(sy_keydevice_assert, credential),
	SECRET(sy_keydevice_assert, pin, SY_KEYDEVICE_PIN_MAX),
};
static const struct layout assert_layout = LAYOUT(SY_KEYDEVICE_ASSERT,
    sy_keydevice_assert, assert_fields, assert_is_valid);

enum sy_err
sy_keydevice_put_assert(const struct sy_keydevice_assert *in,
    struct sy_secret **ret_frame)
{
	return layout_put_secret(&assert_layout, in, ret_frame);
}

enum sy_err
sy_keydevice_get_assert(const struct sy_frame *frame,
    struct sy_keydevice_assert *ret)
{
	return layout_get(frame, &assert_layout, ret);
}

void
sy_keydevice_assert_clear(struct sy_keydevice_assert *in)
{
	layout_clear(&assert_layout, in);
}

/* --- MAKE --- */

static bool
make_is_valid(const void *value)
{
	const struct sy_keydevice_make *in = value;

	return uv_is_valid(in->uv, in->pin) && in->uv != SY_KEY_UV_LOOK &&
	    in->login[0] != '\0';
}

static const struct layout_field make_fields[] = {
	FIXED(sy_keydevice_make, hash),
	INT(sy_keydevice_make, uv),
	BOOL(sy_keydevice_make, resident),
	FIXED(sy_keydevice_make, handle),
	TEXT(sy_keydevice_make, login),
	TEXT(sy_keydevice_make, name),
	SECRET(sy_keydevice_make, pin, SY_KEYDEVICE_PIN_MAX),
};
static const struct layout make_layout =
    LAYOUT(SY_KEYDEVICE_MAKE, sy_keydevice_make, make_fields, make_is_valid);

enum sy_err
sy_keydevice_put_make(const struct sy_keydevice_make *in,
    struct sy_secret **ret_frame)
{
	return layout_put_secret(&make_layout, in, ret_frame);
}

enum sy_err
sy_keydevice_get_make(const struct sy_frame *frame,
    struct sy_keydevice_make *ret)
{
	return layout_get(frame, &make_layout, ret);
}

void
sy_keydevice_make_clear(struct sy_keydevice_make *in)
{
	layout_clear(&make_layout, in);
}

/* --- PIN --- */

static bool
pin_is_valid(const void *value)
{
	const struct sy_keydevice_pin *in = value;

	return in->random == (layout_secret_len(in->fresh) == 0);
}

static const struct layout_field pin_fields[] = {
	BOOL(sy_keydevice_pin, random),
	SECRET(sy_keydevice_pin, old, SY_KEYDEVICE_PIN_MAX),
	SECRET(sy_keydevice_pin, fresh, SY_KEYDEVICE_PIN_MAX),
};
static const struct layout pin_layout =
    LAYOUT(SY_KEYDEVICE_PIN, sy_keydevice_pin, pin_fields, pin_is_valid);

enum sy_err
sy_keydevice_put_pin(const struct sy_keydevice_pin *in,
    struct sy_secret **ret_frame)
{
	return layout_put_secret(&pin_layout, in, ret_frame);
}

enum sy_err
sy_keydevice_get_pin(const struct sy_frame *frame, struct sy_keydevice_pin *ret)
{
	return layout_get(frame, &pin_layout, ret);
}

void
sy_keydevice_pin_clear(struct sy_keydevice_pin *in)
{
	layout_clear(&pin_layout, in);
}

/* --- ENROLL --- */

static const struct layout_field enroll_fields[] = {
	TEXT(sy_keydevice_enroll, name),
	SECRET(sy_keydevice_enroll, pin, SY_KEYDEVICE_PIN_MAX),
};
static const struct layout enroll_layout =
    LAYOUT(SY_KEYDEVICE_ENROLL, sy_keydevice_enroll, enroll_fields, NULL);

enum sy_err
sy_keydevice_put_enroll(const struct sy_keydevice_enroll *in,
    struct sy_secret **ret_frame)
{
	return layout_put_secret(&enroll_layout, in, ret_frame);
}

enum sy_err
sy_keydevice_get_enroll(const struct sy_frame *frame,
    struct sy_keydevice_enroll *ret)
{
	return layout_get(frame, &enroll_layout, ret);
}

void
sy_keydevice_enroll_clear(struct sy_keydevice_enroll *in)
{
	layout_clear(&enroll_layout, in);
}

/* --- FINGERS --- */

static const struct layout_field fingers_fields[] = {
	WHOLE_VIEW(SY_KEYDEVICE_PIN_MAX),
};
static const struct layout fingers_layout =
    LAYOUT(SY_KEYDEVICE_FINGERS, layout_view, fingers_fields, NULL);

enum sy_err
sy_keydevice_put_fingers(const struct sy_secret *pin,
    struct sy_secret **ret_frame)
{
	const struct layout_view view = layout_view_of(pin);

	return layout_put_secret(&fingers_layout, &view, ret_frame);
}

enum sy_err
sy_keydevice_get_fingers(const struct sy_frame *frame,
    struct sy_secret **ret_pin)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	struct layout_view view;
	enum sy_err err;

	if ((err = layout_get(frame, &fingers_layout, &view)) != SY_OK ||
	    (err = sy_secret_new(SY_KEYDEVICE_PIN_MAX, &pin)) != SY_OK ||
	    (err = sy_secret_append(pin, view.bytes, view.len)) != SY_OK)
		return err;
	*ret_pin = pin;
	pin = NULL;
	return SY_OK;
}

/* --- FORGET --- */

static bool
forget_is_valid(const void *value)
{
	const struct sy_keydevice_forget *in = value;

	return in->template_len > 0;
}

static const struct layout_field forget_fields[] = {
	BYTES(sy_keydevice_forget, template_id, template_len),
	SECRET(sy_keydevice_forget, pin, SY_KEYDEVICE_PIN_MAX),
};
static const struct layout forget_layout = LAYOUT(SY_KEYDEVICE_FORGET,
    sy_keydevice_forget, forget_fields, forget_is_valid);

enum sy_err
sy_keydevice_put_forget(const struct sy_keydevice_forget *in,
    struct sy_secret **ret_frame)
{
	return layout_put_secret(&forget_layout, in, ret_frame);
}

enum sy_err
sy_keydevice_get_forget(const struct sy_frame *frame,
    struct sy_keydevice_forget *ret)
{
	return layout_get(frame, &forget_layout, ret);
}

void
sy_keydevice_forget_clear(struct sy_keydevice_forget *in)
{
	layout_clear(&forget_layout, in);
}
