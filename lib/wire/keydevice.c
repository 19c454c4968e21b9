/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of keys that hold no secret: START, and what the worker reports. */
#include <sanyoso/keydevice.h>

#include "lib/wire/layout.h"

#define PIN_MIN_FEWEST 4  /* code points; CTAP 2.1 section 6.4, minPINLength */
#define PIN_MIN_MOST   63 /* the same */
/* RP id's hash, flags, counter (WebAuthn section 6.1). */
#define AUTHDATA_MIN 37

/* --- START --- */

static bool
id_is_valid(const void *value)
{
	const struct sy_credential_id *id = value;

	return id->len > 0;
}

static const struct layout_field id_fields[] = {
	BYTES(sy_credential_id, id, len),
};
static const struct layout id_layout =
    LAYOUT(0, sy_credential_id, id_fields, id_is_valid);

static bool
start_is_valid(const void *value)
{
	const struct sy_keydevice_start *start = value;

	return (start->usb || start->reader) && start->rp_id[0] != '\0';
}

static const struct layout_field start_fields[] = {
	BOOL(sy_keydevice_start, usb),
	BOOL(sy_keydevice_start, reader),
	BOOL(sy_keydevice_start, enroll),
	BOOL(sy_keydevice_start, fresh),
	INT(sy_keydevice_start, reserve),
	INT(sy_keydevice_start, wait_ms),
	TEXT(sy_keydevice_start, rp_id),
	LIST(sy_keydevice_start, credentials, credential_count, &id_layout),
};
static const struct layout start_layout = LAYOUT(SY_KEYDEVICE_START,
    sy_keydevice_start, start_fields, start_is_valid);

enum sy_err
sy_keydevice_put_start(struct sy_buf *out,
    const struct sy_keydevice_start *start)
{
	return layout_put(out, &start_layout, start);
}

enum sy_err
sy_keydevice_get_start(const struct sy_frame *frame,
    struct sy_keydevice_start *ret)
{
	return layout_get(frame, &start_layout, ret);
}

/* --- WAITING --- */

static const struct layout_field waiting_fields[] = {
	INT(sy_keydevice_waiting, keys),
	BOOL(sy_keydevice_waiting, other),
	BOOL(sy_keydevice_waiting, old_card),
	BOOL(sy_keydevice_waiting, choose),
	BOOL(sy_keydevice_waiting, busy),
};
static const struct layout waiting_layout =
    LAYOUT(SY_KEYDEVICE_WAITING, sy_keydevice_waiting, waiting_fields, NULL);

enum sy_err
sy_keydevice_put_waiting(struct sy_buf *out,
    const struct sy_keydevice_waiting *waiting)
{
	return layout_put(out, &waiting_layout, waiting);
}

enum sy_err
sy_keydevice_get_waiting(const struct sy_frame *frame,
    struct sy_keydevice_waiting *ret)
{
	return layout_get(frame, &waiting_layout, ret);
}

/* --- FOUND --- */

static bool
found_is_valid(const void *value)
{
	const struct sy_keydevice_found *found = value;

	return found->credential < SY_KEYDEVICE_CREDENTIALS &&
	    found->pin_min >= PIN_MIN_FEWEST && found->pin_min <= PIN_MIN_MOST;
}

static const struct layout_field found_fields[] = {
	TEXT(sy_keydevice_found, place),
	FIXED(sy_keydevice_found, aaguid),
	INT(sy_keydevice_found, firmware),
	BOOL(sy_keydevice_found, pin_supported),
	BOOL(sy_keydevice_found, pin_set),
	BOOL(sy_keydevice_found, pin_change_due),
	BOOL(sy_keydevice_found, uv_supported),
	BOOL(sy_keydevice_found, uv_set),
	BOOL(sy_keydevice_found, bio_enroll),
	BOOL(sy_keydevice_found, uvm),
	BOOL(sy_keydevice_found, resident),
	BOOL(sy_keydevice_found, no_pin_tokens),
	BOOL(sy_keydevice_found, always_uv),
	BOOL(sy_keydevice_found, reader),
	INT(sy_keydevice_found, pin_min),
	INT(sy_keydevice_found, pin_tries),
	INT(sy_keydevice_found, uv_tries),
	INT(sy_keydevice_found, credential),
};
static const struct layout found_layout = LAYOUT(SY_KEYDEVICE_FOUND,
    sy_keydevice_found, found_fields, found_is_valid);

enum sy_err
sy_keydevice_put_found(struct sy_buf *out,
    const struct sy_keydevice_found *found)
{
	return layout_put(out, &found_layout, found);
}

enum sy_err
sy_keydevice_get_found(const struct sy_frame *frame,
    struct sy_keydevice_found *ret)
{
	return layout_get(frame, &found_layout, ret);
}

/* --- TOUCH --- */

static bool
touch_is_valid(const void *value)
{
	const struct sy_keydevice_touch *touch = value;

	if (touch->what == 0 || touch->what >= SY_KEY_TOUCH_COUNT)
		return false;
	if (touch->what != SY_KEY_TOUCH_SAMPLE)
		return touch->sample == SY_KEY_SAMPLE_GOOD &&
		    touch->remaining == 0;
	/* Between EXISTS and NO_ACTIVITY one number is not given. */
	return touch->sample < SY_KEY_SAMPLE_COUNT &&
	    touch->sample != SY_KEY_SAMPLE_EXISTS + 1;
}

static const struct layout_field touch_fields[] = {
	INT(sy_keydevice_touch, what),
	INT(sy_keydevice_touch, sample),
	INT(sy_keydevice_touch, remaining),
};
static const struct layout touch_layout = LAYOUT(SY_KEYDEVICE_TOUCH,
    sy_keydevice_touch, touch_fields, touch_is_valid);

enum sy_err
sy_keydevice_put_touch(struct sy_buf *out,
    const struct sy_keydevice_touch *touch)
{
	return layout_put(out, &touch_layout, touch);
}

enum sy_err
sy_keydevice_get_touch(const struct sy_frame *frame,
    struct sy_keydevice_touch *ret)
{
	return layout_get(frame, &touch_layout, ret);
}

/* --- REFUSED --- */

/* What a key can refuse and still be there (sanyoso/keydevice.h). */
static bool
refused_is_valid(const void *value)
{
	const struct sy_keydevice_refused *refused = value;
	static const enum sy_err codes[] = { SY_ERR_PIN_WRONG,
		SY_ERR_PIN_BLOCKED, SY_ERR_PIN_RESERVE, SY_ERR_PIN_FORMAT,
		SY_ERR_UV_WRONG, SY_ERR_UV_BLOCKED, SY_ERR_KEY_REPLUG,
		SY_ERR_KEY_BARE, SY_ERR_KEY_UNFIT, SY_ERR_EXISTS,
		SY_ERR_TIMEOUT, SY_ERR_DENIED };

	for (size_t i = 0; i < SY_COUNT(codes); i++) {
		if (refused->code == (uint8_t)codes[i])
			return true;
	}
	return false;
}

static const struct layout_field refused_fields[] = {
	INT(sy_keydevice_refused, code),
	INT(sy_keydevice_refused, tries),
};
static const struct layout refused_layout = LAYOUT(SY_KEYDEVICE_REFUSED,
    sy_keydevice_refused, refused_fields, refused_is_valid);

enum sy_err
sy_keydevice_put_refused(struct sy_buf *out,
    const struct sy_keydevice_refused *refused)
{
	return layout_put(out, &refused_layout, refused);
}

enum sy_err
sy_keydevice_get_refused(const struct sy_frame *frame,
    struct sy_keydevice_refused *ret)
{
	return layout_get(frame, &refused_layout, ret);
}

/* --- SIGNED --- */

static bool
signed_is_valid(const void *value)
{
	const struct sy_keydevice_signed *in = value;

	return in->uv < SY_KEY_UV_COUNT && in->credential.len > 0 &&
	    in->authdata_len >= AUTHDATA_MIN && in->signature_len > 0;
}

static const struct layout_field signed_fields[] = {
	INT(sy_keydevice_signed, uv),
	BYTES(sy_keydevice_signed, credential.id, credential.len),
	BYTES(sy_keydevice_signed, handle, handle_len),
	BYTES(sy_keydevice_signed, authdata, authdata_len),
	BYTES(sy_keydevice_signed, signature, signature_len),
};
static const struct layout signed_layout = LAYOUT(SY_KEYDEVICE_SIGNED,
    sy_keydevice_signed, signed_fields, signed_is_valid);

enum sy_err
sy_keydevice_put_signed(struct sy_buf *out,
    const struct sy_keydevice_signed *in)
{
	return layout_put(out, &signed_layout, in);
}

enum sy_err
sy_keydevice_get_signed(const struct sy_frame *frame,
    struct sy_keydevice_signed *ret)
{
	return layout_get(frame, &signed_layout, ret);
}

/* --- MADE --- */

static bool
made_is_valid(const void *value)
{
	const struct sy_keydevice_made *made = value;

	return made->format[0] != '\0' && made->authdata_len >= AUTHDATA_MIN &&
	    made->statement_len > 0;
}

static const struct layout_field made_fields[] = {
	TEXT(sy_keydevice_made, format),
	BYTES(sy_keydevice_made, authdata, authdata_len),
	BYTES(sy_keydevice_made, statement, statement_len),
};
static const struct layout made_layout =
    LAYOUT(SY_KEYDEVICE_MADE, sy_keydevice_made, made_fields, made_is_valid);

enum sy_err
sy_keydevice_put_made(struct sy_buf *out, const struct sy_keydevice_made *made)
{
	return layout_put(out, &made_layout, made);
}

enum sy_err
sy_keydevice_get_made(const struct sy_frame *frame,
    struct sy_keydevice_made *ret)
{
	return layout_get(frame, &made_layout, ret);
}

/* --- LIST --- */

static bool
finger_is_valid(const void *value)
{
	const struct sy_keydevice_finger *finger = value;

	return finger->template_len > 0;
}

static const struct layout_field finger_fields[] = {
	BYTES(sy_keydevice_finger, template_id, template_len),
	TEXT(sy_keydevice_finger, name),
};
static const struct layout finger_layout =
    LAYOUT(0, sy_keydevice_finger, finger_fields, finger_is_valid);

static const struct layout_field list_fields[] = {
	LIST(sy_keydevice_list, fingers, count, &finger_layout),
};
static const struct layout list_layout =
    LAYOUT(SY_KEYDEVICE_LIST, sy_keydevice_list, list_fields, NULL);

enum sy_err
sy_keydevice_put_list(struct sy_buf *out, const struct sy_keydevice_list *list)
{
	return layout_put(out, &list_layout, list);
}

enum sy_err
sy_keydevice_get_list(const struct sy_frame *frame,
    struct sy_keydevice_list *ret)
{
	return layout_get(frame, &list_layout, ret);
}
