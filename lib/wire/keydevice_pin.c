/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of keys that can hold a PIN: made and kept in secrets. */
#include <string.h>

#include "lib/wire/keydevice_int.h"

/* How a body ends: a PIN or none. */
#define PIN_SIZE(pin) (sizeof(uint16_t) + device_secret_len(pin))

enum sy_err
keydevice_get_fixed(struct sy_reader *r, uint8_t *out, size_t len)
{
	const uint8_t *view;
	enum sy_err err;

	if ((err = sy_reader_raw(r, len, &view)) != SY_OK)
		return err;
	memcpy(out, view, len);
	return SY_OK;
}

static bool
pin_fits(const struct sy_secret *pin)
{
	return device_secret_len(pin) <= SY_KEYDEVICE_PIN_MAX;
}

/* Only where a PIN is asked for may there be one. */
static bool
uv_is_valid(uint8_t uv, const struct sy_secret *pin)
{
	return uv < SY_KEY_UV_COUNT && pin_fits(pin) &&
	    (uv == SY_KEY_UV_PIN || device_secret_len(pin) == 0);
}

static enum sy_err
get_pin(struct sy_reader *r, struct sy_secret **ret)
{
	return device_secret_get(r, SY_KEYDEVICE_PIN_MAX, ret);
}

static enum sy_err
append_u8(struct sy_secret *frame, uint8_t v)
{
	return sy_secret_append(frame, &v, sizeof(v));
}

static enum sy_err
append_text(struct sy_secret *frame, const char *text)
{
	return device_secret_put_bytes(frame, text, strlen(text));
}

/* --- ASSERT --- */

static bool
assert_is_valid(const struct sy_keydevice_assert *in)
{
	return uv_is_valid(in->uv, in->pin) &&
	    in->credential <= SY_KEYDEVICE_CREDENTIALS;
}

enum sy_err
sy_keydevice_put_assert(const struct sy_keydevice_assert *in,
    struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	const uint8_t fixed[] = { in->uv, (uint8_t)(in->credential >> 8),
		(uint8_t)in->credential };
	enum sy_err err;

	if (!assert_is_valid(in))
		return SY_ERR_ARG;
	if ((err = device_secret_begin(SY_KEYDEVICE_ASSERT,
		 sizeof(in->hash) + sizeof(fixed) + PIN_SIZE(in->pin),
		 &frame)) != SY_OK ||
	    (err = sy_secret_append(frame, in->hash, sizeof(in->hash))) !=
		SY_OK ||
	    (err = sy_secret_append(frame, fixed, sizeof(fixed))) != SY_OK ||
	    (err = device_secret_put(frame, in->pin)) != SY_OK)
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

enum sy_err
sy_keydevice_get_assert(const struct sy_frame *frame,
    struct sy_keydevice_assert *ret)
{
	struct sy_keydevice_assert got = { .uv = 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_ASSERT, &r)) == SY_OK &&
	    (err = keydevice_get_fixed(&r, got.hash, sizeof(got.hash))) ==
		SY_OK &&
	    (err = sy_reader_u8(&r, &got.uv)) == SY_OK &&
	    (err = sy_reader_u16(&r, &got.credential)) == SY_OK &&
	    (err = get_pin(&r, &got.pin)) == SY_OK)
		err = sy_reader_end(&r);
	if (err == SY_OK && !assert_is_valid(&got))
		err = SY_ERR_FORMAT;
	if (err != SY_OK) {
		sy_keydevice_assert_clear(&got);
		return err;
	}
	*ret = got;
	return SY_OK;
}

void
sy_keydevice_assert_clear(struct sy_keydevice_assert *in)
{
	sy_secret_free(&in->pin);
}

/* --- MAKE --- */

static bool
make_is_valid(const struct sy_keydevice_make *in)
{
	return uv_is_valid(in->uv, in->pin) && in->login[0] != '\0' &&
	    device_text_is_valid(in->login, sizeof(in->login)) &&
	    device_text_is_valid(in->name, sizeof(in->name));
}

enum sy_err
sy_keydevice_put_make(const struct sy_keydevice_make *in,
    struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	size_t body;
	enum sy_err err;

	if (!make_is_valid(in))
		return SY_ERR_ARG;
	body = sizeof(in->hash) + 2 + sizeof(in->handle) +
	    2 * sizeof(uint16_t) + strlen(in->login) + strlen(in->name) +
	    PIN_SIZE(in->pin);
	if ((err = device_secret_begin(SY_KEYDEVICE_MAKE, body, &frame)) !=
		SY_OK ||
	    (err = sy_secret_append(frame, in->hash, sizeof(in->hash))) !=
		SY_OK ||
	    (err = append_u8(frame, in->uv)) != SY_OK ||
	    (err = append_u8(frame, in->resident)) != SY_OK ||
	    (err = sy_secret_append(frame, in->handle, sizeof(in->handle))) !=
		SY_OK ||
	    (err = append_text(frame, in->login)) != SY_OK ||
	    (err = append_text(frame, in->name)) != SY_OK ||
	    (err = device_secret_put(frame, in->pin)) != SY_OK)
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

enum sy_err
sy_keydevice_get_make(const struct sy_frame *frame,
    struct sy_keydevice_make *ret)
{
	struct sy_keydevice_make got = { .uv = 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_MAKE, &r)) == SY_OK &&
	    (err = keydevice_get_fixed(&r, got.hash, sizeof(got.hash))) ==
		SY_OK &&
	    (err = sy_reader_u8(&r, &got.uv)) == SY_OK &&
	    (err = device_get_bool(&r, &got.resident)) == SY_OK &&
	    (err = keydevice_get_fixed(&r, got.handle, sizeof(got.handle))) ==
		SY_OK &&
	    (err = sy_reader_text(&r, got.login, sizeof(got.login))) == SY_OK &&
	    (err = sy_reader_text(&r, got.name, sizeof(got.name))) == SY_OK &&
	    (err = get_pin(&r, &got.pin)) == SY_OK)
		err = sy_reader_end(&r);
	if (err == SY_OK && !make_is_valid(&got))
		err = SY_ERR_FORMAT;
	if (err != SY_OK) {
		sy_keydevice_make_clear(&got);
		return err;
	}
	*ret = got;
	return SY_OK;
}

void
sy_keydevice_make_clear(struct sy_keydevice_make *in)
{
	sy_secret_free(&in->pin);
}

/* --- PIN --- */

static bool
pin_is_valid(const struct sy_keydevice_pin *in)
{
	return pin_fits(in->old) && pin_fits(in->fresh) &&
	    in->random == (device_secret_len(in->fresh) == 0);
}

enum sy_err
sy_keydevice_put_pin(const struct sy_keydevice_pin *in,
    struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	enum sy_err err;

	if (!pin_is_valid(in))
		return SY_ERR_ARG;
	if ((err = device_secret_begin(SY_KEYDEVICE_PIN,
		 1 + PIN_SIZE(in->old) + PIN_SIZE(in->fresh), &frame)) !=
		SY_OK ||
	    (err = append_u8(frame, in->random)) != SY_OK ||
	    (err = device_secret_put(frame, in->old)) != SY_OK ||
	    (err = device_secret_put(frame, in->fresh)) != SY_OK)
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

enum sy_err
sy_keydevice_get_pin(const struct sy_frame *frame, struct sy_keydevice_pin *ret)
{
	struct sy_keydevice_pin got = { .random = false };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_PIN, &r)) == SY_OK &&
	    (err = device_get_bool(&r, &got.random)) == SY_OK &&
	    (err = get_pin(&r, &got.old)) == SY_OK &&
	    (err = get_pin(&r, &got.fresh)) == SY_OK)
		err = sy_reader_end(&r);
	if (err == SY_OK && !pin_is_valid(&got))
		err = SY_ERR_FORMAT;
	if (err != SY_OK) {
		sy_keydevice_pin_clear(&got);
		return err;
	}
	*ret = got;
	return SY_OK;
}

void
sy_keydevice_pin_clear(struct sy_keydevice_pin *in)
{
	sy_secret_free(&in->old);
	sy_secret_free(&in->fresh);
}

/* --- fingers --- */

static bool
enroll_is_valid(const struct sy_keydevice_enroll *in)
{
	return pin_fits(in->pin) &&
	    device_text_is_valid(in->name, sizeof(in->name));
}

enum sy_err
sy_keydevice_put_enroll(const struct sy_keydevice_enroll *in,
    struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	enum sy_err err;

	if (!enroll_is_valid(in))
		return SY_ERR_ARG;
	if ((err = device_secret_begin(SY_KEYDEVICE_ENROLL,
		 sizeof(uint16_t) + strlen(in->name) + PIN_SIZE(in->pin),
		 &frame)) != SY_OK ||
	    (err = append_text(frame, in->name)) != SY_OK ||
	    (err = device_secret_put(frame, in->pin)) != SY_OK)
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

enum sy_err
sy_keydevice_get_enroll(const struct sy_frame *frame,
    struct sy_keydevice_enroll *ret)
{
	struct sy_keydevice_enroll got = { .name = "" };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_ENROLL, &r)) == SY_OK &&
	    (err = sy_reader_text(&r, got.name, sizeof(got.name))) == SY_OK &&
	    (err = get_pin(&r, &got.pin)) == SY_OK)
		err = sy_reader_end(&r);
	if (err != SY_OK) {
		sy_keydevice_enroll_clear(&got);
		return err;
	}
	*ret = got;
	return SY_OK;
}

void
sy_keydevice_enroll_clear(struct sy_keydevice_enroll *in)
{
	sy_secret_free(&in->pin);
}

enum sy_err
sy_keydevice_put_fingers(const struct sy_secret *pin,
    struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	enum sy_err err;

	if (!pin_fits(pin))
		return SY_ERR_ARG;
	if ((err = device_secret_begin(SY_KEYDEVICE_FINGERS, PIN_SIZE(pin),
		 &frame)) != SY_OK ||
	    (err = device_secret_put(frame, pin)) != SY_OK)
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

enum sy_err
sy_keydevice_get_fingers(const struct sy_frame *frame,
    struct sy_secret **ret_pin)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_FINGERS, &r)) !=
		SY_OK ||
	    (err = get_pin(&r, &pin)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	*ret_pin = pin;
	pin = NULL;
	return SY_OK;
}

static bool
forget_is_valid(const struct sy_keydevice_forget *in)
{
	return in->template_len > 0 &&
	    in->template_len <= sizeof(in->template_id) && pin_fits(in->pin);
}

enum sy_err
sy_keydevice_put_forget(const struct sy_keydevice_forget *in,
    struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	enum sy_err err;

	if (!forget_is_valid(in))
		return SY_ERR_ARG;
	if ((err = device_secret_begin(SY_KEYDEVICE_FORGET,
		 sizeof(uint16_t) + (size_t)in->template_len +
		     PIN_SIZE(in->pin),
		 &frame)) != SY_OK ||
	    (err = device_secret_put_bytes(frame, in->template_id,
		 in->template_len)) != SY_OK ||
	    (err = device_secret_put(frame, in->pin)) != SY_OK)
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

enum sy_err
sy_keydevice_get_forget(const struct sy_frame *frame,
    struct sy_keydevice_forget *ret)
{
	struct sy_keydevice_forget got = { .template_len = 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_FORGET, &r)) == SY_OK &&
	    (err = device_get_bytes(&r, got.template_id,
		 sizeof(got.template_id), &got.template_len)) == SY_OK &&
	    (err = get_pin(&r, &got.pin)) == SY_OK)
		err = sy_reader_end(&r);
	if (err == SY_OK && !forget_is_valid(&got))
		err = SY_ERR_FORMAT;
	if (err != SY_OK) {
		sy_keydevice_forget_clear(&got);
		return err;
	}
	*ret = got;
	return SY_OK;
}

void
sy_keydevice_forget_clear(struct sy_keydevice_forget *in)
{
	sy_secret_free(&in->pin);
}
