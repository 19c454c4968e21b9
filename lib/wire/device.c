/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "lib/wire/device_int.h"

#define SIGN_BODY_MAX (2 + SY_HASH_SIZE_MAX + 2 + SY_DEVICE_PIN_MAX)

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

enum sy_err
device_body_open(const struct sy_frame *frame, uint8_t type,
    struct sy_reader *ret_reader)
{
	if (frame->version != SY_DEVICE_VERSION)
		return SY_ERR_VERSION;
	if (frame->type != type)
		return SY_ERR_PROTOCOL;
	sy_reader_init(ret_reader, frame->body, frame->len);
	return SY_OK;
}

enum sy_err
device_get_bool(struct sy_reader *r, bool *ret)
{
	uint8_t v;
	enum sy_err err;

	if ((err = sy_reader_u8(r, &v)) != SY_OK)
		return err;
	if (v > 1)
		return SY_ERR_FORMAT;
	*ret = v == 1;
	return SY_OK;
}

enum sy_err
device_get_bytes(struct sy_reader *r, uint8_t *out, size_t cap,
    uint16_t *ret_len)
{
	const uint8_t *view;
	size_t len;
	enum sy_err err;

	if ((err = sy_reader_bytes16(r, cap, &view, &len)) != SY_OK)
		return err;
	if (len > 0)
		memcpy(out, view, len);
	*ret_len = (uint16_t)len;
	return SY_OK;
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

static bool
failure_is_valid(uint8_t kind)
{
	return kind >= SY_FAILURE_CREDENTIAL && kind <= SY_FAILURE_AUTHORITY;
}

bool
device_text_is_valid(const char *text, size_t size)
{
	const size_t len = strnlen(text, size);

	return len < size && sy_text_is_clean(text, len);
}

static bool
start_is_valid(const struct sy_device_start *start)
{
	const uint32_t known =
	    ((1U << SY_DRIVER_COUNT) - 1) & ~(1U << SY_DRIVER_NONE);

	if (start->drivers == 0 || (start->drivers & ~known) != 0 ||
	    !slot_is_valid(start->slot) || start->task >= SY_TASK_COUNT)
		return false;
	return start->task == SY_TASK_SIGN ||
	    (start->slot == SY_SLOT_PIN && !start->enroll);
}

enum sy_err
sy_device_put_start(struct sy_buf *out, const struct sy_device_start *start)
{
	if (!start_is_valid(start))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_DEVICE_START);
	sy_buf_u32(out, start->drivers);
	sy_buf_u8(out, start->slot);
	sy_buf_u8(out, start->fresh);
	sy_buf_u8(out, start->enroll);
	sy_buf_u8(out, start->reserve);
	sy_buf_u32(out, start->wait_ms);
	sy_buf_u8(out, start->task);
	return sy_frame_end(out);
}

enum sy_err
sy_device_get_start(const struct sy_frame *frame, struct sy_device_start *ret)
{
	struct sy_device_start start;
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_START, &r)) != SY_OK ||
	    (err = sy_reader_u32(&r, &start.drivers)) != SY_OK ||
	    (err = sy_reader_u8(&r, &start.slot)) != SY_OK ||
	    (err = device_get_bool(&r, &start.fresh)) != SY_OK ||
	    (err = device_get_bool(&r, &start.enroll)) != SY_OK ||
	    (err = sy_reader_u8(&r, &start.reserve)) != SY_OK ||
	    (err = sy_reader_u32(&r, &start.wait_ms)) != SY_OK ||
	    (err = sy_reader_u8(&r, &start.task)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!start_is_valid(&start))
		return SY_ERR_FORMAT;
	*ret = start;
	return SY_OK;
}

enum sy_err
sy_device_put_waiting(struct sy_buf *out,
    const struct sy_device_waiting *waiting)
{
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_DEVICE_WAITING);
	sy_buf_u16(out, waiting->readers);
	sy_buf_u8(out, waiting->old_card);
	return sy_frame_end(out);
}

enum sy_err
sy_device_get_waiting(const struct sy_frame *frame,
    struct sy_device_waiting *ret)
{
	struct sy_device_waiting waiting;
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_WAITING, &r)) != SY_OK ||
	    (err = sy_reader_u16(&r, &waiting.readers)) != SY_OK ||
	    (err = device_get_bool(&r, &waiting.old_card)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	*ret = waiting;
	return SY_OK;
}

static bool
card_is_valid(const struct sy_device_card *card)
{
	return driver_is_valid(card->driver) && slot_is_valid(card->slot) &&
	    card->spki_len > 0 && card->spki_len <= sizeof(card->spki) &&
	    card->cert_len <= sizeof(card->cert) &&
	    device_text_is_valid(card->reader, sizeof(card->reader));
}

enum sy_err
sy_device_put_card(struct sy_buf *out, const struct sy_device_card *card)
{
	if (!card_is_valid(card))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_DEVICE_CARD);
	sy_buf_u8(out, card->driver);
	sy_buf_u8(out, card->slot);
	sy_buf_u8(out, card->tries);
	sy_buf_text(out, card->reader);
	sy_buf_bytes16(out, card->spki, card->spki_len);
	sy_buf_bytes16(out, card->cert, card->cert_len);
	return sy_frame_end(out);
}

enum sy_err
sy_device_get_card(const struct sy_frame *frame, struct sy_device_card *ret)
{
	struct sy_device_card card = { 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_CARD, &r)) != SY_OK ||
	    (err = sy_reader_u8(&r, &card.driver)) != SY_OK ||
	    (err = sy_reader_u8(&r, &card.slot)) != SY_OK ||
	    (err = sy_reader_u8(&r, &card.tries)) != SY_OK ||
	    (err = sy_reader_text(&r, card.reader, sizeof(card.reader))) !=
		SY_OK ||
	    (err = device_get_bytes(&r, card.spki, sizeof(card.spki),
		 &card.spki_len)) != SY_OK ||
	    (err = device_get_bytes(&r, card.cert, sizeof(card.cert),
		 &card.cert_len)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!card_is_valid(&card))
		return SY_ERR_FORMAT;
	*ret = card;
	return SY_OK;
}

enum sy_err
sy_device_put_pin_wrong(struct sy_buf *out, uint8_t left)
{
	if (left == 0)
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_DEVICE_PIN_WRONG);
	sy_buf_u8(out, left);
	return sy_frame_end(out);
}

enum sy_err
sy_device_get_pin_wrong(const struct sy_frame *frame, uint8_t *ret_left)
{
	struct sy_reader r;
	uint8_t left;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_PIN_WRONG, &r)) != SY_OK ||
	    (err = sy_reader_u8(&r, &left)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (left == 0)
		return SY_ERR_FORMAT;
	*ret_left = left;
	return SY_OK;
}

static bool
pin_lengths_are_valid(uint8_t min, uint8_t max)
{
	return min > 0 && min <= max && max <= SY_DEVICE_PIN_MAX;
}

enum sy_err
sy_device_put_pin_format(struct sy_buf *out, uint8_t min, uint8_t max)
{
	if (!pin_lengths_are_valid(min, max))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_DEVICE_PIN_FORMAT);
	sy_buf_u8(out, min);
	sy_buf_u8(out, max);
	return sy_frame_end(out);
}

enum sy_err
sy_device_get_pin_format(const struct sy_frame *frame, uint8_t *ret_min,
    uint8_t *ret_max)
{
	struct sy_reader r;
	uint8_t min, max;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_PIN_FORMAT, &r)) !=
		SY_OK ||
	    (err = sy_reader_u8(&r, &min)) != SY_OK ||
	    (err = sy_reader_u8(&r, &max)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!pin_lengths_are_valid(min, max))
		return SY_ERR_FORMAT;
	*ret_min = min;
	*ret_max = max;
	return SY_OK;
}

enum sy_err
sy_device_put_signature(struct sy_buf *out, const uint8_t *sig, size_t len)
{
	if (len == 0 || len > SY_SIGNATURE_SIZE_MAX)
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_DEVICE_SIGNATURE);
	sy_buf_bytes16(out, sig, len);
	return sy_frame_end(out);
}

enum sy_err
sy_device_get_signature(const struct sy_frame *frame, const uint8_t **ret_sig,
    size_t *ret_len)
{
	struct sy_reader r;
	const uint8_t *sig;
	size_t len;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_SIGNATURE, &r)) != SY_OK ||
	    (err = sy_reader_bytes16(&r, SY_SIGNATURE_SIZE_MAX, &sig, &len)) !=
		SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (len == 0)
		return SY_ERR_FORMAT;
	*ret_sig = sig;
	*ret_len = len;
	return SY_OK;
}

static bool
failed_is_valid(const struct sy_device_failed *failed)
{
	return failure_is_valid(failed->kind) && failed->code != SY_OK &&
	    device_text_is_valid(failed->place, sizeof(failed->place));
}

enum sy_err
sy_device_put_failed(struct sy_buf *out, const struct sy_device_failed *failed)
{
	if (!failed_is_valid(failed))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_DEVICE_FAILED);
	sy_buf_u8(out, failed->kind);
	sy_buf_u8(out, failed->code);
	sy_buf_u8(out, failed->tries);
	sy_buf_text(out, failed->place);
	return sy_frame_end(out);
}

enum sy_err
sy_device_get_failed(const struct sy_frame *frame, struct sy_device_failed *ret)
{
	struct sy_device_failed failed;
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_FAILED, &r)) != SY_OK ||
	    (err = sy_reader_u8(&r, &failed.kind)) != SY_OK ||
	    (err = sy_reader_u8(&r, &failed.code)) != SY_OK ||
	    (err = sy_reader_u8(&r, &failed.tries)) != SY_OK ||
	    (err = sy_reader_text(&r, failed.place, sizeof(failed.place))) !=
		SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!failed_is_valid(&failed))
		return SY_ERR_FORMAT;
	*ret = failed;
	return SY_OK;
}

/* sy_buf is not for secrets: this frame is put together by hand. */
enum sy_err
sy_device_put_sign(const uint8_t *hash, size_t hash_len,
    const struct sy_secret *pin, struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	const size_t pin_len = pin == NULL ? 0 : sy_secret_len(pin);
	enum sy_err err;

	if (hash_len == 0 || hash_len > SY_HASH_SIZE_MAX ||
	    pin_len > SY_DEVICE_PIN_MAX)
		return SY_ERR_ARG;

	const uint8_t header[] = { 0, 0, 0,
		(uint8_t)(2 + 2 + hash_len + 2 + pin_len), SY_DEVICE_VERSION,
		SY_DEVICE_SIGN, 0, (uint8_t)hash_len };
	const uint8_t pin_header[] = { 0, (uint8_t)pin_len };
	if ((err = sy_secret_new(SY_FRAME_HEADER + SIGN_BODY_MAX, &frame)) !=
		SY_OK ||
	    (err = sy_secret_append(frame, header, sizeof(header))) != SY_OK ||
	    (err = sy_secret_append(frame, hash, hash_len)) != SY_OK ||
	    (err = sy_secret_append(frame, pin_header, sizeof(pin_header))) !=
		SY_OK)
		return err;
	if (pin_len > 0 &&
	    (err = sy_secret_append(frame, sy_secret_bytes(pin), pin_len)) !=
		SY_OK)
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

enum sy_err
sy_device_get_sign(const struct sy_frame *frame, uint8_t hash[SY_HASH_SIZE_MAX],
    size_t *ret_hash_len, struct sy_secret *ret_pin)
{
	struct sy_reader r;
	const uint8_t *hash_view, *pin_view;
	size_t hash_len, pin_len;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_SIGN, &r)) != SY_OK ||
	    (err = sy_reader_bytes16(&r, SY_HASH_SIZE_MAX, &hash_view,
		 &hash_len)) != SY_OK ||
	    (err = sy_reader_bytes16(&r, SY_DEVICE_PIN_MAX, &pin_view,
		 &pin_len)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (hash_len == 0)
		return SY_ERR_FORMAT;
	if (pin_len > 0 &&
	    (err = sy_secret_append(ret_pin, pin_view, pin_len)) != SY_OK)
		return err;
	memcpy(hash, hash_view, hash_len);
	*ret_hash_len = hash_len;
	return SY_OK;
}
