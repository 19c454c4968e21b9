/* SPDX-License-Identifier: Apache-2.0 */
#include <sanyoso/device.h>

#include <stdbool.h>
#include <string.h>

#include "lib/wire/layout.h"

static const char *const driver_names[SY_DRIVER_COUNT] = {
	[SY_DRIVER_NONE] = "none",
	[SY_DRIVER_JPKI] = "jpki",
	[SY_DRIVER_PIV] = "piv",
};

const char *
sy_driver_name(enum sy_driver driver)
{
	if (driver == SY_DRIVER_FIDO2)
		return "fido2";
	if ((unsigned int)driver >= SY_DRIVER_COUNT)
		return "unknown";
	return driver_names[driver];
}

bool
sy_driver_by_name(const char *name, enum sy_driver *ret)
{
	for (unsigned int i = SY_DRIVER_NONE + 1; i < SY_DRIVER_COUNT; i++) {
		if (strcmp(name, driver_names[i]) == 0) {
			*ret = (enum sy_driver)i;
			return true;
		}
	}
	return false;
}

const char *
sy_failure_name(enum sy_failure failure)
{
	switch (failure) {
	case SY_FAILURE_CREDENTIAL:
		return "credential";
	case SY_FAILURE_DEVICE:
		return "device";
	case SY_FAILURE_AUTHORITY:
		return "authority";
	}
	return "unknown";
}

static bool
driver_is_valid(uint8_t driver)
{
	return driver > SY_DRIVER_NONE && driver < SY_DRIVER_COUNT;
}

static bool
slot_is_valid(uint8_t slot)
{
	return slot == SY_SLOT_PIN || slot == SY_SLOT_OPEN;
}

/* --- START --- */

static bool
start_is_valid(const void *value)
{
	const uint32_t known =
	    ((1U << SY_DRIVER_COUNT) - 1) & ~(1U << SY_DRIVER_NONE);
	const struct sy_device_start *start = value;

	if (start->drivers == 0 || (start->drivers & ~known) != 0 ||
	    !slot_is_valid(start->slot) || start->task >= SY_TASK_COUNT)
		return false;
	return start->task == SY_TASK_SIGN ||
	    (start->slot == SY_SLOT_PIN && !start->enroll);
}

static const struct layout_field start_fields[] = {
	INT(sy_device_start, drivers),
	INT(sy_device_start, slot),
	BOOL(sy_device_start, fresh),
	BOOL(sy_device_start, enroll),
	INT(sy_device_start, reserve),
	INT(sy_device_start, wait_ms),
	INT(sy_device_start, task),
};
static const struct layout start_layout =
    LAYOUT(SY_DEVICE_START, sy_device_start, start_fields, start_is_valid);

enum sy_err
sy_device_put_start(struct sy_buf *out, const struct sy_device_start *start)
{
	return layout_put(out, &start_layout, start);
}

enum sy_err
sy_device_get_start(const struct sy_frame *frame, struct sy_device_start *ret)
{
	return layout_get(frame, &start_layout, ret);
}

/* --- WAITING --- */

static const struct layout_field waiting_fields[] = {
	INT(sy_device_waiting, readers),
	BOOL(sy_device_waiting, old_card),
};
static const struct layout waiting_layout =
    LAYOUT(SY_DEVICE_WAITING, sy_device_waiting, waiting_fields, NULL);

enum sy_err
sy_device_put_waiting(struct sy_buf *out,
    const struct sy_device_waiting *waiting)
{
	return layout_put(out, &waiting_layout, waiting);
}

enum sy_err
sy_device_get_waiting(const struct sy_frame *frame,
    struct sy_device_waiting *ret)
{
	return layout_get(frame, &waiting_layout, ret);
}

/* --- CARD --- */

static bool
card_is_valid(const void *value)
{
	const struct sy_device_card *card = value;

	return driver_is_valid(card->driver) && slot_is_valid(card->slot) &&
	    card->spki_len > 0;
}

static const struct layout_field card_fields[] = {
	INT(sy_device_card, driver),
	INT(sy_device_card, slot),
	INT(sy_device_card, tries),
	TEXT(sy_device_card, reader),
	BYTES(sy_device_card, spki, spki_len),
	BYTES(sy_device_card, cert, cert_len),
};
static const struct layout card_layout =
    LAYOUT(SY_DEVICE_CARD, sy_device_card, card_fields, card_is_valid);

enum sy_err
sy_device_put_card(struct sy_buf *out, const struct sy_device_card *card)
{
	return layout_put(out, &card_layout, card);
}

enum sy_err
sy_device_get_card(const struct sy_frame *frame, struct sy_device_card *ret)
{
	return layout_get(frame, &card_layout, ret);
}

/* --- PIN_WRONG --- */

struct pin_wrong {
	uint8_t left;
};

static bool
pin_wrong_is_valid(const void *value)
{
	const struct pin_wrong *wrong = value;

	return wrong->left > 0;
}

static const struct layout_field pin_wrong_fields[] = {
	INT(pin_wrong, left),
};
static const struct layout pin_wrong_layout = LAYOUT(SY_DEVICE_PIN_WRONG,
    pin_wrong, pin_wrong_fields, pin_wrong_is_valid);

enum sy_err
sy_device_put_pin_wrong(struct sy_buf *out, uint8_t left)
{
	const struct pin_wrong wrong = { .left = left };

	return layout_put(out, &pin_wrong_layout, &wrong);
}

enum sy_err
sy_device_get_pin_wrong(const struct sy_frame *frame, uint8_t *ret_left)
{
	struct pin_wrong wrong;
	enum sy_err err;

	if ((err = layout_get(frame, &pin_wrong_layout, &wrong)) == SY_OK)
		*ret_left = wrong.left;
	return err;
}

/* --- PIN_FORMAT --- */

struct pin_format {
	uint8_t min, max;
};

static bool
pin_format_is_valid(const void *value)
{
	const struct pin_format *format = value;

	return format->min > 0 && format->min <= format->max &&
	    format->max <= SY_DEVICE_PIN_MAX;
}

static const struct layout_field pin_format_fields[] = {
	INT(pin_format, min),
	INT(pin_format, max),
};
static const struct layout pin_format_layout = LAYOUT(SY_DEVICE_PIN_FORMAT,
    pin_format, pin_format_fields, pin_format_is_valid);

enum sy_err
sy_device_put_pin_format(struct sy_buf *out, uint8_t min, uint8_t max)
{
	const struct pin_format format = { .min = min, .max = max };

	return layout_put(out, &pin_format_layout, &format);
}

enum sy_err
sy_device_get_pin_format(const struct sy_frame *frame, uint8_t *ret_min,
    uint8_t *ret_max)
{
	struct pin_format format;
	enum sy_err err;

	if ((err = layout_get(frame, &pin_format_layout, &format)) != SY_OK)
		return err;
	*ret_min = format.min;
	*ret_max = format.max;
	return SY_OK;
}

/* --- SIGNATURE --- */

static const struct layout_field signature_fields[] = {
	WHOLE_VIEW(SY_SIGNATURE_SIZE_MAX),
};
static const struct layout signature_layout = LAYOUT(SY_DEVICE_SIGNATURE,
    layout_view, signature_fields, layout_view_is_there);

enum sy_err
sy_device_put_signature(struct sy_buf *out, const uint8_t *sig, size_t len)
{
	const struct layout_view view = { .bytes = sig, .len = len };

	return layout_put(out, &signature_layout, &view);
}

enum sy_err
sy_device_get_signature(const struct sy_frame *frame, const uint8_t **ret_sig,
    size_t *ret_len)
{
	struct layout_view view;
	enum sy_err err;

	if ((err = layout_get(frame, &signature_layout, &view)) != SY_OK)
		return err;
	*ret_sig = view.bytes;
	*ret_len = view.len;
	return SY_OK;
}

/* --- FAILED --- */

static bool
failed_is_valid(const void *value)
{
	const struct sy_device_failed *failed = value;

	return failed->kind >= SY_FAILURE_CREDENTIAL &&
	    failed->kind <= SY_FAILURE_AUTHORITY && failed->code != SY_OK;
}

static const struct layout_field failed_fields[] = {
	INT(sy_device_failed, kind),
	INT(sy_device_failed, code),
	INT(sy_device_failed, tries),
	TEXT(sy_device_failed, place),
};
static const struct layout failed_layout =
    LAYOUT(SY_DEVICE_FAILED, sy_device_failed, failed_fields, failed_is_valid);

enum sy_err
sy_device_put_failed(struct sy_buf *out, const struct sy_device_failed *failed)
{
	return layout_put(out, &failed_layout, failed);
}

enum sy_err
sy_device_get_failed(const struct sy_frame *frame, struct sy_device_failed *ret)
{
	return layout_get(frame, &failed_layout, ret);
}

/* --- SIGN --- */

struct sign {
	struct layout_view hash, pin;
};

static bool
sign_is_valid(const void *value)
{
	const struct sign *sign = value;

	return sign->hash.len > 0;
}

static const struct layout_field sign_fields[] = {
	VIEW(sign, hash, SY_HASH_SIZE_MAX),
	VIEW(sign, pin, SY_DEVICE_PIN_MAX),
};
static const struct layout sign_layout =
    LAYOUT(SY_DEVICE_SIGN, sign, sign_fields, sign_is_valid);

enum sy_err
sy_device_put_sign(const uint8_t *hash, size_t hash_len,
    const struct sy_secret *pin, struct sy_secret **ret_frame)
{
	const struct sign sign = {
		.hash = { .bytes = hash, .len = hash_len },
		.pin = layout_view_of(pin),
	};

	return layout_put_secret(&sign_layout, &sign, ret_frame);
}

enum sy_err
sy_device_get_sign(const struct sy_frame *frame, uint8_t hash[SY_HASH_SIZE_MAX],
    size_t *ret_hash_len, struct sy_secret *ret_pin)
{
	struct sign sign;
	enum sy_err err;

	if ((err = layout_get(frame, &sign_layout, &sign)) != SY_OK ||
	    (err = sy_secret_append(ret_pin, sign.pin.bytes, sign.pin.len)) !=
		SY_OK)
		return err;
	memcpy(hash, sign.hash.bytes, sign.hash.len);
	*ret_hash_len = sign.hash.len;
	return SY_OK;
}
