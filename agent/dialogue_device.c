/* SPDX-License-Identifier: Apache-2.0 */
#include "dialogue_int.h"

/* What a dialogue does with cards and keys, and who hears of them. */

static void
on_device(void *owner, const struct talk_event *event)
{
	struct dialogue *d = owner;

	if (d->kind == LOGIN)
		login_on_device(&d->u.login, event);
	else if (d->kind == CHANGE)
		change_on_device(&d->u.change, event);
	else if (d->kind == OFFICE)
		office_on_device(&d->u.office, event);
	else if (d->kind == KEYCARE)
		keycare_on_device(&d->u.keycare, event);
	else if (d->kind == ENROLL)
		enroll_on_device(&d->u.enroll, event);
}

void
dialogue_on_undone(evutil_socket_t fd, short what, void *arg)
{
	const struct talk_event event = {
		.type = TALK_DEVICE_FAILED,
		.failed = { .kind = SY_FAILURE_DEVICE,
		    .code = SY_ERR_NOMEM,
		    .tries = 255,
		    .place = "agent" },
	};

	(void)fd;
	(void)what;
	on_device(arg, &event);
}

/* Whose turn it is; who had the device already goes on with it. */
static enum device_rank
take_rank(struct dialogue *d)
{
	const bool again = d->op != NULL;

	device_close(&d->op);
	if (d->uid == 0 && !d->guest)
		return again ? DEVICE_ROOT_AGAIN : DEVICE_ROOT;
	return again ? DEVICE_USER_AGAIN : DEVICE_USER;
}

void
dialogue_device_start(void *arg, const struct sy_device_start *start)
{
	struct dialogue *d = arg;
	const enum device_rank rank = take_rank(d);

	if (device_open(d->services->device, start, rank, on_device, d,
		&d->op) != SY_OK)
		event_active(d->undone, 0, 0);
}

void
dialogue_key_start(void *arg, const struct sy_keydevice_start *start)
{
	struct dialogue *d = arg;
	const enum device_rank rank = take_rank(d);

	if (device_open_key(d->services->device, start, rank, on_device, d,
		&d->op) != SY_OK)
		event_active(d->undone, 0, 0);
}

static enum sy_err
put_request(enum sy_keydevice_type type, const void *request,
    struct sy_secret **ret_frame)
{
	switch ((int)type) {
	case SY_KEYDEVICE_ASSERT:
		return sy_keydevice_put_assert(request, ret_frame);
	case SY_KEYDEVICE_MAKE:
		return sy_keydevice_put_make(request, ret_frame);
	case SY_KEYDEVICE_PIN:
		return sy_keydevice_put_pin(request, ret_frame);
	case SY_KEYDEVICE_ENROLL:
		return sy_keydevice_put_enroll(request, ret_frame);
	case SY_KEYDEVICE_FINGERS:
		return sy_keydevice_put_fingers(request, ret_frame);
	case SY_KEYDEVICE_FORGET:
		return sy_keydevice_put_forget(request, ret_frame);
	default:
		return SY_ERR_ARG;
	}
}

void
dialogue_key_send(void *arg, enum sy_keydevice_type type, const void *request)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	struct dialogue *d = arg;

	if (d->op == NULL)
		return;
	if (put_request(type, request, &frame) != SY_OK)
		event_active(d->undone, 0, 0);
	else
		device_send(d->op, sy_secret_bytes(frame),
		    sy_secret_len(frame));
}

void
dialogue_device_sign(void *arg, const uint8_t *hash, size_t len,
    const struct sy_secret *pin)
{
	struct dialogue *d = arg;

	if (d->op != NULL)
		device_sign(d->op, hash, len, pin);
}

void
dialogue_device_send(void *arg, const void *frame, size_t len)
{
	struct dialogue *d = arg;

	if (d->op != NULL)
		device_send(d->op, frame, len);
}

void
dialogue_device_stop(void *arg)
{
	struct dialogue *d = arg;

	device_close(&d->op);
}
