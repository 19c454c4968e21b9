/* SPDX-License-Identifier: Apache-2.0 */
/* The frames by which a card is personalised and its PIN changed. */
#include <string.h>

#include <sanyoso/device.h>

#include "lib/wire/layout.h"

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

/* --- BLANK --- */

static bool
blank_is_valid(const void *value)
{
	const struct sy_device_blank *blank = value;

	return blank->guid_len == 0 || blank->guid_len == sizeof(blank->guid);
}

static const struct layout_field blank_fields[] = {
	TEXT(sy_device_blank, reader),
	BYTES(sy_device_blank, guid, guid_len),
};
static const struct layout blank_layout =
    LAYOUT(SY_DEVICE_BLANK, sy_device_blank, blank_fields, blank_is_valid);

enum sy_err
sy_device_put_blank(struct sy_buf *out, const struct sy_device_blank *blank)
{
	return layout_put(out, &blank_layout, blank);
}

enum sy_err
sy_device_get_blank(const struct sy_frame *frame, struct sy_device_blank *ret)
{
	return layout_get(frame, &blank_layout, ret);
}

/* --- KEY --- */

static bool
key_is_valid(const void *value)
{
	const struct sy_device_key *key = value;

	return key->signature_len > 0;
}

static const struct layout_field key_fields[] = {
	BYTES(sy_device_key, spki, spki_len),
	BYTES(sy_device_key, signature, signature_len),
};
static const struct layout key_layout =
    LAYOUT(SY_DEVICE_KEY, sy_device_key, key_fields, key_is_valid);

enum sy_err
sy_device_put_key(struct sy_buf *out, const struct sy_device_key *key)
{
	return layout_put(out, &key_layout, key);
}

enum sy_err
sy_device_get_key(const struct sy_frame *frame, struct sy_device_key *ret)
{
	return layout_get(frame, &key_layout, ret);
}

/* --- STORE --- */

static const struct layout_field store_fields[] = {
	WHOLE_VIEW(SY_CERT_SIZE_MAX),
};
static const struct layout store_layout =
    LAYOUT(SY_DEVICE_STORE, layout_view, store_fields, layout_view_is_there);

enum sy_err
sy_device_put_store(struct sy_buf *out, const uint8_t *cert, size_t len)
{
	const struct layout_view view = { .bytes = cert, .len = len };

	return layout_put(out, &store_layout, &view);
}

enum sy_err
sy_device_get_store(const struct sy_frame *frame, const uint8_t **ret_cert,
    size_t *ret_len)
{
	struct layout_view view;
	enum sy_err err;

	if ((err = layout_get(frame, &store_layout, &view)) != SY_OK)
		return err;
	*ret_cert = view.bytes;
	*ret_len = view.len;
	return SY_OK;
}

/* --- DONE --- */

/* It has no body: what it lies in is not looked at. */
static const struct layout done_layout = { .type = SY_DEVICE_DONE, .size = 1 };

enum sy_err
sy_device_put_done(struct sy_buf *out)
{
	return layout_put(out, &done_layout, "");
}

enum sy_err
sy_device_get_done(const struct sy_frame *frame)
{
	char none;

	return layout_get(frame, &done_layout, &none);
}

/* --- PREPARE --- */

static bool
is_size_or_none(const struct sy_secret *secret, size_t size)
{
	const size_t len = layout_secret_len(secret);

	return len == 0 || len == size;
}

static bool
prepare_is_valid(const void *value)
{
	const struct sy_device_prepare *p = value;
	const bool makes = p->alg != SY_KEY_NONE;
	const size_t management = makes ? SY_DEVICE_MANAGEMENT_SIZE : 0;

	return (!makes || p->alg == SY_KEY_P256 || p->alg == SY_KEY_RSA2048) &&
	    p->guid_len == (makes ? sizeof(p->guid) : (size_t)0) &&
	    p->hash_len > 0 && layout_secret_len(p->management) == management &&
	    is_size_or_none(p->former_management, management) &&
	    layout_secret_len(p->puk) == SY_DEVICE_PUK_SIZE &&
	    is_size_or_none(p->former_puk, SY_DEVICE_PUK_SIZE) &&
	    layout_secret_len(p->pin) > 0;
}

static const struct layout_field prepare_fields[] = {
	INT(sy_device_prepare, alg),
	BYTES(sy_device_prepare, guid, guid_len),
	BYTES(sy_device_prepare, hash, hash_len),
	SECRET(sy_device_prepare, management, SY_DEVICE_MANAGEMENT_SIZE),
	SECRET(sy_device_prepare, former_management, SY_DEVICE_MANAGEMENT_SIZE),
	SECRET(sy_device_prepare, puk, SY_DEVICE_PUK_SIZE),
	SECRET(sy_device_prepare, former_puk, SY_DEVICE_PUK_SIZE),
	SECRET(sy_device_prepare, pin, SY_DEVICE_PIN_MAX),
};
static const struct layout prepare_layout = LAYOUT(SY_DEVICE_PREPARE,
    sy_device_prepare, prepare_fields, prepare_is_valid);

enum sy_err
sy_device_put_prepare(const struct sy_device_prepare *prepare,
    struct sy_secret **ret_frame)
{
	return layout_put_secret(&prepare_layout, prepare, ret_frame);
}

enum sy_err
sy_device_get_prepare(const struct sy_frame *frame,
    struct sy_device_prepare *ret)
{
	return layout_get(frame, &prepare_layout, ret);
}

void
sy_device_prepare_clear(struct sy_device_prepare *prepare)
{
	layout_clear(&prepare_layout, prepare);
}

/* --- CHANGE --- */

struct change {
	struct layout_view old, fresh;
};

static bool
change_is_valid(const void *value)
{
	const struct change *change = value;

	return change->old.len > 0 && change->fresh.len > 0;
}

static const struct layout_field change_fields[] = {
	VIEW(change, old, SY_DEVICE_PIN_MAX),
	VIEW(change, fresh, SY_DEVICE_PIN_MAX),
};
static const struct layout change_layout =
    LAYOUT(SY_DEVICE_CHANGE, change, change_fields, change_is_valid);

enum sy_err
sy_device_put_change(const struct sy_secret *old, const struct sy_secret *fresh,
    struct sy_secret **ret_frame)
{
	const struct change change = {
		.old = layout_view_of(old),
		.fresh = layout_view_of(fresh),
	};

	return layout_put_secret(&change_layout, &change, ret_frame);
}

enum sy_err
sy_device_get_change(const struct sy_frame *frame, struct sy_secret *ret_old,
    struct sy_secret *ret_fresh)
{
	struct change change;
	enum sy_err err;

	if ((err = layout_get(frame, &change_layout, &change)) != SY_OK ||
	    (err = sy_secret_append(ret_old, change.old.bytes,
		 change.old.len)) != SY_OK)
		return err;
	return sy_secret_append(ret_fresh, change.fresh.bytes,
	    change.fresh.len);
}
