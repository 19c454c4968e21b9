/* SPDX-License-Identifier: Apache-2.0 */
/* The frames by which a card is personalised and its PIN changed. */
#include <string.h>

#include "lib/wire/device_int.h"

#define SECRETS 5U /* in PREPARE */

static const char *const task_names[SY_TASK_COUNT] = {
	[SY_TASK_SIGN] = "sign",
	[SY_TASK_PERSONALISE] = "personalise",
	[SY_TASK_PIN_CHANGE] = "pin-change",
	[SY_TASK_PIN_UNBLOCK] = "pin-unblock",
};

const char *
sy_task_name(enum sy_task task)
{
	if ((unsigned int)task >= SY_TASK_COUNT)
		return "unknown";
	return task_names[task];
}

bool
sy_task_by_name(const char *name, enum sy_task *ret)
{
	for (int i = 0; i < SY_TASK_COUNT; i++) {
		if (strcmp(name, task_names[i]) == 0) {
			*ret = (enum sy_task)i;
			return true;
		}
	}
	return false;
}

static bool
blank_is_valid(const struct sy_device_blank *blank)
{
	return device_text_is_valid(blank->reader, sizeof(blank->reader)) &&
	    (blank->guid_len == 0 || blank->guid_len == sizeof(blank->guid));
}

enum sy_err
sy_device_put_blank(struct sy_buf *out, const struct sy_device_blank *blank)
{
	if (!blank_is_valid(blank))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_DEVICE_BLANK);
	sy_buf_text(out, blank->reader);
	sy_buf_bytes16(out, blank->guid, blank->guid_len);
	return sy_frame_end(out);
}

enum sy_err
sy_device_get_blank(const struct sy_frame *frame, struct sy_device_blank *ret)
{
	struct sy_device_blank blank = { .guid_len = 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_BLANK, &r)) != SY_OK ||
	    (err = sy_reader_text(&r, blank.reader, sizeof(blank.reader))) !=
		SY_OK ||
	    (err = device_get_bytes(&r, blank.guid, sizeof(blank.guid),
		 &blank.guid_len)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!blank_is_valid(&blank))
		return SY_ERR_FORMAT;
	*ret = blank;
	return SY_OK;
}

static bool
key_is_valid(const struct sy_device_key *key)
{
	return key->spki_len <= sizeof(key->spki) && key->signature_len > 0 &&
	    key->signature_len <= sizeof(key->signature);
}

enum sy_err
sy_device_put_key(struct sy_buf *out, const struct sy_device_key *key)
{
	if (!key_is_valid(key))
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_DEVICE_KEY);
	sy_buf_bytes16(out, key->spki, key->spki_len);
	sy_buf_bytes16(out, key->signature, key->signature_len);
	return sy_frame_end(out);
}

enum sy_err
sy_device_get_key(const struct sy_frame *frame, struct sy_device_key *ret)
{
	struct sy_device_key key = { .spki_len = 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_KEY, &r)) != SY_OK ||
	    (err = device_get_bytes(&r, key.spki, sizeof(key.spki),
		 &key.spki_len)) != SY_OK ||
	    (err = device_get_bytes(&r, key.signature, sizeof(key.signature),
		 &key.signature_len)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (!key_is_valid(&key))
		return SY_ERR_FORMAT;
	*ret = key;
	return SY_OK;
}

enum sy_err
sy_device_put_store(struct sy_buf *out, const uint8_t *cert, size_t len)
{
	if (len == 0 || len > SY_CERT_SIZE_MAX)
		return SY_ERR_ARG;
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_DEVICE_STORE);
	sy_buf_bytes16(out, cert, len);
	return sy_frame_end(out);
}

enum sy_err
sy_device_get_store(const struct sy_frame *frame, const uint8_t **ret_cert,
    size_t *ret_len)
{
	struct sy_reader r;
	const uint8_t *cert;
	size_t len;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_STORE, &r)) != SY_OK ||
	    (err = sy_reader_bytes16(&r, SY_CERT_SIZE_MAX, &cert, &len)) !=
		SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (len == 0)
		return SY_ERR_FORMAT;
	*ret_cert = cert;
	*ret_len = len;
	return SY_OK;
}

enum sy_err
sy_device_put_done(struct sy_buf *out)
{
	sy_frame_begin(out, SY_DEVICE_VERSION, SY_DEVICE_DONE);
	return sy_frame_end(out);
}

enum sy_err
sy_device_get_done(const struct sy_frame *frame)
{
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_DONE, &r)) != SY_OK)
		return err;
	return sy_reader_end(&r);
}

static bool
is_size(const struct sy_secret *secret, size_t size)
{
	return device_secret_len(secret) == size;
}

static bool
is_size_or_none(const struct sy_secret *secret, size_t size)
{
	return device_secret_len(secret) == 0 ||
	    device_secret_len(secret) == size;
}

static bool
prepare_is_valid(const struct sy_device_prepare *p)
{
	const bool makes = p->alg != SY_KEY_NONE;

	return (!makes || p->alg == SY_KEY_P256 || p->alg == SY_KEY_RSA2048) &&
	    p->guid_len == (makes ? sizeof(p->guid) : (size_t)0) &&
	    p->hash_len > 0 && p->hash_len <= sizeof(p->hash) &&
	    is_size(p->management, makes ? SY_DEVICE_MANAGEMENT_SIZE : 0) &&
	    is_size_or_none(p->former_management,
		makes ? SY_DEVICE_MANAGEMENT_SIZE : 0) &&
	    is_size(p->puk, SY_DEVICE_PUK_SIZE) &&
	    is_size_or_none(p->former_puk, SY_DEVICE_PUK_SIZE) &&
	    device_secret_len(p->pin) > 0 &&
	    device_secret_len(p->pin) <= SY_DEVICE_PIN_MAX;
}

enum sy_err
sy_device_put_prepare(const struct sy_device_prepare *p,
    struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	size_t body;
	enum sy_err err;

	if (!prepare_is_valid(p))
		return SY_ERR_ARG;
	body = sizeof(p->alg) + sizeof(uint16_t) * (2 + SECRETS) +
	    (size_t)p->guid_len + p->hash_len +
	    device_secret_len(p->management) +
	    device_secret_len(p->former_management) +
	    device_secret_len(p->puk) + device_secret_len(p->former_puk) +
	    device_secret_len(p->pin);
	if ((err = device_secret_begin(SY_DEVICE_PREPARE, body, &frame)) !=
		SY_OK ||
	    (err = sy_secret_append(frame, &p->alg, 1)) != SY_OK ||
	    (err = device_secret_put_bytes(frame, p->guid, p->guid_len)) !=
		SY_OK ||
	    (err = device_secret_put_bytes(frame, p->hash, p->hash_len)) !=
		SY_OK ||
	    (err = device_secret_put(frame, p->management)) != SY_OK ||
	    (err = device_secret_put(frame, p->former_management)) != SY_OK ||
	    (err = device_secret_put(frame, p->puk)) != SY_OK ||
	    (err = device_secret_put(frame, p->former_puk)) != SY_OK ||
	    (err = device_secret_put(frame, p->pin)) != SY_OK)
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

void
sy_device_prepare_clear(struct sy_device_prepare *prepare)
{
	sy_secret_free(&prepare->management);
	sy_secret_free(&prepare->former_management);
	sy_secret_free(&prepare->puk);
	sy_secret_free(&prepare->former_puk);
	sy_secret_free(&prepare->pin);
}

enum sy_err
sy_device_get_prepare(const struct sy_frame *frame,
    struct sy_device_prepare *ret)
{
	struct sy_device_prepare p = { .alg = 0 };
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_PREPARE, &r)) != SY_OK)
		return err;
	if ((err = sy_reader_u8(&r, &p.alg)) == SY_OK &&
	    (err = device_get_bytes(&r, p.guid, sizeof(p.guid), &p.guid_len)) ==
		SY_OK &&
	    (err = device_get_bytes(&r, p.hash, sizeof(p.hash), &p.hash_len)) ==
		SY_OK &&
	    (err = device_secret_get(&r, SY_DEVICE_MANAGEMENT_SIZE,
		 &p.management)) == SY_OK &&
	    (err = device_secret_get(&r, SY_DEVICE_MANAGEMENT_SIZE,
		 &p.former_management)) == SY_OK &&
	    (err = device_secret_get(&r, SY_DEVICE_PUK_SIZE, &p.puk)) ==
		SY_OK &&
	    (err = device_secret_get(&r, SY_DEVICE_PUK_SIZE, &p.former_puk)) ==
		SY_OK &&
	    (err = device_secret_get(&r, SY_DEVICE_PIN_MAX, &p.pin)) == SY_OK)
		err = sy_reader_end(&r);
	if (err == SY_OK && !prepare_is_valid(&p))
		err = SY_ERR_FORMAT;
	if (err != SY_OK) {
		sy_device_prepare_clear(&p);
		return err;
	}
	*ret = p;
	return SY_OK;
}

enum sy_err
sy_device_put_change(const struct sy_secret *old, const struct sy_secret *fresh,
    struct sy_secret **ret_frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	const size_t old_len = device_secret_len(old),
		     fresh_len = device_secret_len(fresh);
	enum sy_err err;

	if (old_len == 0 || old_len > SY_DEVICE_PIN_MAX || fresh_len == 0 ||
	    fresh_len > SY_DEVICE_PIN_MAX)
		return SY_ERR_ARG;
	if ((err = device_secret_begin(SY_DEVICE_CHANGE,
		 2 + old_len + 2 + fresh_len, &frame)) != SY_OK ||
	    (err = device_secret_put(frame, old)) != SY_OK ||
	    (err = device_secret_put(frame, fresh)) != SY_OK)
		return err;
	*ret_frame = frame;
	frame = NULL;
	return SY_OK;
}

enum sy_err
sy_device_get_change(const struct sy_frame *frame, struct sy_secret *ret_old,
    struct sy_secret *ret_fresh)
{
	const uint8_t *old, *fresh;
	size_t old_len, fresh_len;
	struct sy_reader r;
	enum sy_err err;

	if ((err = device_body_open(frame, SY_DEVICE_CHANGE, &r)) != SY_OK ||
	    (err = sy_reader_bytes16(&r, SY_DEVICE_PIN_MAX, &old, &old_len)) !=
		SY_OK ||
	    (err = sy_reader_bytes16(&r, SY_DEVICE_PIN_MAX, &fresh,
		 &fresh_len)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (old_len == 0 || fresh_len == 0)
		return SY_ERR_FORMAT;
	if ((err = sy_secret_append(ret_old, old, old_len)) != SY_OK)
		return err;
	return sy_secret_append(ret_fresh, fresh, fresh_len);
}
