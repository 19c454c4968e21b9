/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of keys that hold no secret: START, and what the worker reports. */
#include <string.h>

#include "lib/wire/keydevice_int.h"

#define PIN_MIN_FEWEST 4  /* code points; CTAP 2.1 section 6.4, minPINLength */
#define PIN_MIN_MOST   63 /* the same */

static bool
id_is_valid(const struct sy_credential_id *id)
{
	return id->len > 0 && id->len <= sizeof(id->id);
}

static enum sy_err
get_id(struct sy_reader *r, struct sy_credential_id *ret)
{
	return device_get_bytes(r, ret->id, sizeof(ret->id), &ret->len);
}

static bool
start_is_valid(const struct sy_keydevice_start *start)
{
	if ((!start->usb && !start->reader) || start->rp_id[0] == '\0' ||
	    !device_text_is_valid(start->rp_id, sizeof(start->rp_id)) ||
	    start->credential_count > SY_KEYDEVICE_CREDENTIALS)
		return false;
	for (size_t i = 0; i < start->credential_count; i++) {
		if (!id_is_valid(&start->credentials[i]))
			return false;
	}
	return true;
}

enum sy_err
sy_keydevice_put_start(struct sy_buf *out,
    const struct sy_keydevice_start *start)
{
	if (!start_is_valid(start))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_KEYDEVICE_START);
	sy_buf_u8(out, start->usb);
	sy_buf_u8(out, start->reader);
	sy_buf_u8(out, start->enroll);
	sy_buf_u8(out, start->fresh);
	sy_buf_u8(out, start->reserve);
	sy_buf_u32(out, start->wait_ms);
	sy_buf_text(out, start->rp_id);
	sy_buf_u16(out, start->credential_count);
	for (size_t i = 0; i < start->credential_count; i++)
		sy_buf_bytes16(out, start->credentials[i].id,
		    start->credentials[i].len);
	return sy_frame_end(out);
}

static enum sy_err
get_credentials(struct sy_reader *r, struct sy_keydevice_start *start)
{
	enum sy_err err;

	if ((err = sy_reader_u16(r, &start->credential_count)) != SY_OK)
		return err;
	if (start->credential_count > SY_KEYDEVICE_CREDENTIALS)
		return SY_ERR_FORMAT;
	for (size_t i = 0; i < start->credential_count; i++) {
		if ((err = get_id(r, &start->credentials[i])) != SY_OK)
			return err;
	}
	return SY_OK;
}

enum sy_err
sy_keydevice_get_start(const struct sy_frame *frame,
    struct sy_keydevice_start *ret)
{
	struct sy_keydevice_start start = { .usb = false };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_START, &r)) != SY_OK ||
	    (err = device_get_bool(&r, &start.usb)) != SY_OK ||
	    (err = device_get_bool(&r, &start.reader)) != SY_OK ||
	    (err = device_get_bool(&r, &start.enroll)) != SY_OK ||
	    (err = device_get_bool(&r, &start.fresh)) != SY_OK ||
	    (err = sy_reader_u8(&r, &start.reserve)) != SY_OK ||
	    (err = sy_reader_u32(&r, &start.wait_ms)) != SY_OK ||
	    (err = sy_reader_text(&r, start.rp_id, sizeof(start.rp_id))) !=
		SY_OK ||
	    (err = get_credentials(&r, &start)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!start_is_valid(&start))
		return SY_ERR_FORMAT;
	*ret = start;
	return SY_OK;
}

enum sy_err
sy_keydevice_put_waiting(struct sy_buf *out,
    const struct sy_keydevice_waiting *waiting)
{
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_KEYDEVICE_WAITING);
	sy_buf_u16(out, waiting->keys);
	sy_buf_u8(out, waiting->other);
	sy_buf_u8(out, waiting->old_card);
	sy_buf_u8(out, waiting->choose);
	sy_buf_u8(out, waiting->busy);
	return sy_frame_end(out);
}

enum sy_err
sy_keydevice_get_waiting(const struct sy_frame *frame,
    struct sy_keydevice_waiting *ret)
{
	struct sy_keydevice_waiting waiting;
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_WAITING, &r)) !=
		SY_OK ||
	    (err = sy_reader_u16(&r, &waiting.keys)) != SY_OK ||
	    (err = device_get_bool(&r, &waiting.other)) != SY_OK ||
	    (err = device_get_bool(&r, &waiting.old_card)) != SY_OK ||
	    (err = device_get_bool(&r, &waiting.choose)) != SY_OK ||
	    (err = device_get_bool(&r, &waiting.busy)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	*ret = waiting;
	return SY_OK;
}

static bool
found_is_valid(const struct sy_keydevice_found *found)
{
	return found->credential < SY_KEYDEVICE_CREDENTIALS &&
	    found->pin_min >= PIN_MIN_FEWEST &&
	    found->pin_min <= PIN_MIN_MOST &&
	    device_text_is_valid(found->place, sizeof(found->place));
}

/* The order in which a FOUND has them. */
#define FLAGS 11
static void
list_flags(struct sy_keydevice_found *found, bool *flags[FLAGS])
{
	size_t n = 0;

	flags[n++] = &found->pin_supported;
	flags[n++] = &found->pin_set;
	flags[n++] = &found->pin_change_due;
	flags[n++] = &found->uv_supported;
	flags[n++] = &found->uv_set;
	flags[n++] = &found->bio_enroll;
	flags[n++] = &found->uvm;
	flags[n++] = &found->resident;
	flags[n++] = &found->no_pin_tokens;
	flags[n++] = &found->always_uv;
	flags[n++] = &found->reader;
}

enum sy_err
sy_keydevice_put_found(struct sy_buf *out,
    const struct sy_keydevice_found *found)
{
	struct sy_keydevice_found copy = *found;
	bool *flags[FLAGS];

	if (!found_is_valid(found))
		return SY_ERR_ARG;
	list_flags(&copy, flags);
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_KEYDEVICE_FOUND);
	sy_buf_text(out, found->place);
	sy_buf_raw(out, found->aaguid, sizeof(found->aaguid));
	sy_buf_u64(out, found->firmware);
	for (size_t i = 0; i < FLAGS; i++)
		sy_buf_u8(out, *flags[i]);
	sy_buf_u8(out, found->pin_min);
	sy_buf_u8(out, found->pin_tries);
	sy_buf_u8(out, found->uv_tries);
	sy_buf_u16(out, found->credential);
	return sy_frame_end(out);
}

static enum sy_err
get_flags(struct sy_reader *r, struct sy_keydevice_found *found)
{
	bool *flags[FLAGS];
	enum sy_err err = SY_OK;

	list_flags(found, flags);
	for (size_t i = 0; i < FLAGS && err == SY_OK; i++)
		err = device_get_bool(r, flags[i]);
	return err;
}

enum sy_err
sy_keydevice_get_found(const struct sy_frame *frame,
    struct sy_keydevice_found *ret)
{
	struct sy_keydevice_found found = { .reader = false };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_FOUND, &r)) != SY_OK ||
	    (err = sy_reader_text(&r, found.place, sizeof(found.place))) !=
		SY_OK ||
	    (err = keydevice_get_fixed(&r, found.aaguid,
		 sizeof(found.aaguid))) != SY_OK ||
	    (err = sy_reader_u64(&r, &found.firmware)) != SY_OK ||
	    (err = get_flags(&r, &found)) != SY_OK ||
	    (err = sy_reader_u8(&r, &found.pin_min)) != SY_OK ||
	    (err = sy_reader_u8(&r, &found.pin_tries)) != SY_OK ||
	    (err = sy_reader_u8(&r, &found.uv_tries)) != SY_OK ||
	    (err = sy_reader_u16(&r, &found.credential)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!found_is_valid(&found))
		return SY_ERR_FORMAT;
	*ret = found;
	return SY_OK;
}

static bool
touch_is_valid(const struct sy_keydevice_touch *touch)
{
	if (touch->what == 0 || touch->what >= SY_KEY_TOUCH_COUNT)
		return false;
	if (touch->what != SY_KEY_TOUCH_SAMPLE)
		return touch->sample == SY_KEY_SAMPLE_GOOD &&
		    touch->remaining == 0;
	/* Between EXISTS and NO_ACTIVITY one number is not given. */
	return touch->sample < SY_KEY_SAMPLE_COUNT &&
	    touch->sample != SY_KEY_SAMPLE_EXISTS + 1;
}

enum sy_err
sy_keydevice_put_touch(struct sy_buf *out,
    const struct sy_keydevice_touch *touch)
{
	if (!touch_is_valid(touch))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_KEYDEVICE_TOUCH);
	sy_buf_u8(out, touch->what);
	sy_buf_u8(out, touch->sample);
	sy_buf_u8(out, touch->remaining);
	return sy_frame_end(out);
}

enum sy_err
sy_keydevice_get_touch(const struct sy_frame *frame,
    struct sy_keydevice_touch *ret)
{
	struct sy_keydevice_touch touch;
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_TOUCH, &r)) != SY_OK ||
	    (err = sy_reader_u8(&r, &touch.what)) != SY_OK ||
	    (err = sy_reader_u8(&r, &touch.sample)) != SY_OK ||
	    (err = sy_reader_u8(&r, &touch.remaining)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!touch_is_valid(&touch))
		return SY_ERR_FORMAT;
	*ret = touch;
	return SY_OK;
}

/* What a key can refuse and still be there (sanyoso/keydevice.h). */
static bool
refused_is_valid(const struct sy_keydevice_refused *refused)
{
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

enum sy_err
sy_keydevice_put_refused(struct sy_buf *out,
    const struct sy_keydevice_refused *refused)
{
	if (!refused_is_valid(refused))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_KEYDEVICE_REFUSED);
	sy_buf_u8(out, refused->code);
	sy_buf_u8(out, refused->tries);
	return sy_frame_end(out);
}

enum sy_err
sy_keydevice_get_refused(const struct sy_frame *frame,
    struct sy_keydevice_refused *ret)
{
	struct sy_keydevice_refused refused;
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_REFUSED, &r)) !=
		SY_OK ||
	    (err = sy_reader_u8(&r, &refused.code)) != SY_OK ||
	    (err = sy_reader_u8(&r, &refused.tries)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!refused_is_valid(&refused))
		return SY_ERR_FORMAT;
	*ret = refused;
	return SY_OK;
}

static bool
authdata_is_valid(uint16_t len)
{
	return len >= KEYDEVICE_AUTHDATA_MIN && len <= SY_FIDO2_AUTHDATA_MAX;
}

static bool
signed_is_valid(const struct sy_keydevice_signed *in)
{
	return in->uv < SY_KEY_UV_COUNT && id_is_valid(&in->credential) &&
	    in->handle_len <= sizeof(in->handle) &&
	    authdata_is_valid(in->authdata_len) && in->signature_len > 0 &&
	    in->signature_len <= sizeof(in->signature);
}

enum sy_err
sy_keydevice_put_signed(struct sy_buf *out,
    const struct sy_keydevice_signed *in)
{
	if (!signed_is_valid(in))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_KEYDEVICE_SIGNED);
	sy_buf_u8(out, in->uv);
	sy_buf_bytes16(out, in->credential.id, in->credential.len);
	sy_buf_bytes16(out, in->handle, in->handle_len);
	sy_buf_bytes16(out, in->authdata, in->authdata_len);
	sy_buf_bytes16(out, in->signature, in->signature_len);
	return sy_frame_end(out);
}

enum sy_err
sy_keydevice_get_signed(const struct sy_frame *frame,
    struct sy_keydevice_signed *ret)
{
	struct sy_keydevice_signed got = { .uv = 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_SIGNED, &r)) != SY_OK ||
	    (err = sy_reader_u8(&r, &got.uv)) != SY_OK ||
	    (err = get_id(&r, &got.credential)) != SY_OK ||
	    (err = device_get_bytes(&r, got.handle, sizeof(got.handle),
		 &got.handle_len)) != SY_OK ||
	    (err = device_get_bytes(&r, got.authdata, sizeof(got.authdata),
		 &got.authdata_len)) != SY_OK ||
	    (err = device_get_bytes(&r, got.signature, sizeof(got.signature),
		 &got.signature_len)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!signed_is_valid(&got))
		return SY_ERR_FORMAT;
	*ret = got;
	return SY_OK;
}

static bool
made_is_valid(const struct sy_keydevice_made *made)
{
	return made->format[0] != '\0' &&
	    device_text_is_valid(made->format, sizeof(made->format)) &&
	    authdata_is_valid(made->authdata_len) && made->statement_len > 0 &&
	    made->statement_len <= sizeof(made->statement);
}

enum sy_err
sy_keydevice_put_made(struct sy_buf *out, const struct sy_keydevice_made *made)
{
	if (!made_is_valid(made))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_KEYDEVICE_MADE);
	sy_buf_text(out, made->format);
	sy_buf_bytes16(out, made->authdata, made->authdata_len);
	sy_buf_bytes16(out, made->statement, made->statement_len);
	return sy_frame_end(out);
}

enum sy_err
sy_keydevice_get_made(const struct sy_frame *frame,
    struct sy_keydevice_made *ret)
{
	struct sy_keydevice_made made = { .format = "" };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_MADE, &r)) != SY_OK ||
	    (err = sy_reader_text(&r, made.format, sizeof(made.format))) !=
		SY_OK ||
	    (err = device_get_bytes(&r, made.authdata, sizeof(made.authdata),
		 &made.authdata_len)) != SY_OK ||
	    (err = device_get_bytes(&r, made.statement, sizeof(made.statement),
		 &made.statement_len)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!made_is_valid(&made))
		return SY_ERR_FORMAT;
	*ret = made;
	return SY_OK;
}

static bool
list_is_valid(const struct sy_keydevice_list *list)
{
	if (list->count > SY_KEYDEVICE_FINGERS_MAX)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		const struct sy_keydevice_finger *f = &list->fingers[i];

		if (f->template_len == 0 ||
		    f->template_len > sizeof(f->template_id) ||
		    !device_text_is_valid(f->name, sizeof(f->name)))
			return false;
	}
	return true;
}

enum sy_err
sy_keydevice_put_list(struct sy_buf *out, const struct sy_keydevice_list *list)
{
	if (!list_is_valid(list))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_KEYDEVICE_LIST);
	sy_buf_u16(out, list->count);
	for (size_t i = 0; i < list->count; i++) {
		sy_buf_bytes16(out, list->fingers[i].template_id,
		    list->fingers[i].template_len);
		sy_buf_text(out, list->fingers[i].name);
	}
	return sy_frame_end(out);
}

static enum sy_err
get_fingers(struct sy_reader *r, struct sy_keydevice_list *list)
{
	enum sy_err err;

	if ((err = sy_reader_u16(r, &list->count)) != SY_OK)
		return err;
	if (list->count > SY_KEYDEVICE_FINGERS_MAX)
		return SY_ERR_FORMAT;
	for (size_t i = 0; i < list->count; i++) {
		struct sy_keydevice_finger *f = &list->fingers[i];

		if ((err = device_get_bytes(r, f->template_id,
			 sizeof(f->template_id), &f->template_len)) != SY_OK ||
		    (err = sy_reader_text(r, f->name, sizeof(f->name))) !=
			SY_OK)
			return err;
	}
	return SY_OK;
}

enum sy_err
sy_keydevice_get_list(const struct sy_frame *frame,
    struct sy_keydevice_list *ret)
{
	struct sy_keydevice_list list = { .count = 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_KEYDEVICE_LIST, &r)) != SY_OK ||
	    (err = get_fingers(&r, &list)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!list_is_valid(&list))
		return SY_ERR_FORMAT;
	*ret = list;
	return SY_OK;
}
