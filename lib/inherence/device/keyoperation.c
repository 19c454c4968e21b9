/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/keydevice.h>

#include "lib/inherence/device/keyfind.h"
#include "lib/inherence/device/keyoperation.h"
#include "lib/possession/device/name.h"

#define CHECK_MS     100    /* is the key still there? */
#define REQUEST_MS   180000 /* for the agent's next request */
#define FRAME_IN_MAX 6144   /* START with eight long ids */

struct keyoperation {
	const struct device_host *host;
	struct sy_buf *out;
	struct sy_keydevice_start start;
	struct keyfind_key found;
	uint8_t touch;    /* enum sy_key_touch, of the request at hand */
	enum sy_err told; /* of sending KEY_TOUCH */
	struct sy_error error;
};

static enum sy_err
send_out(struct keyoperation *op, enum sy_err err)
{
	if (err != SY_OK)
		return err;
	return op->host->send(op->host->arg, sy_buf_data(op->out),
	    sy_buf_len(op->out));
}

static enum sy_err
tell_waiting(void *arg, const struct sy_keydevice_waiting *waiting)
{
	struct keyoperation *op = arg;

	return send_out(op, sy_keydevice_put_waiting(op->out, waiting));
}

static enum sy_err
tell_touch(struct keyoperation *op, uint8_t what, uint8_t sample,
    uint8_t remaining)
{
	const struct sy_keydevice_touch touch = {
		.what = what, .sample = sample, .remaining = remaining
	};

	return send_out(op, sy_keydevice_put_touch(op->out, &touch));
}

/* The key waits for its person. */
static void
on_touch(void *arg)
{
	struct keyoperation *op = arg;

	op->told = tell_touch(op, op->touch, SY_KEY_SAMPLE_GOOD, 0);
}

static enum sy_err
on_sample(void *arg, uint8_t sample, uint8_t remaining)
{
	return tell_touch(arg, SY_KEY_TOUCH_SAMPLE, sample, remaining);
}

static enum sy_err
tell_found(struct keyoperation *op)
{
	return send_out(op,
	    sy_keydevice_put_found(op->out, &op->found.key->found));
}

static enum sy_err
tell_done(struct keyoperation *op)
{
	return send_out(op, sy_device_put_done(op->out));
}

/* From here on the key tells when it waits for somebody. */
static void
expect_touch(struct keyoperation *op, uint8_t uv)
{
	op->touch = uv == SY_KEY_UV_BUILT_IN ? SY_KEY_TOUCH_FINGER
					     : SY_KEY_TOUCH_PRESENCE;
	op->found.key->channel->touch = on_touch;
	op->found.key->channel->touch_arg = op;
}

/* --- requests: each does one, and tells what came of it --- */

/* Why a request could not be read: the agent's fault, or want of memory. */
static enum sy_err
unreadable(enum sy_err err)
{
	return err == SY_ERR_NOMEM ? err : SY_ERR_PROTOCOL;
}

static enum sy_err
serve_assert(struct keyoperation *op, const struct sy_frame *frame,
    uint8_t *tries)
{
	SY_AUTO(sy_keydevice_assert_clear)
	struct sy_keydevice_assert in = { .uv = 0 };
	struct sy_keydevice_signed out;
	enum sy_err err;

	if ((err = sy_keydevice_get_assert(frame, &in)) != SY_OK)
		return unreadable(err);
	if (in.uv != SY_KEY_UV_LOOK)
		expect_touch(op, in.uv);
	if ((err = key_assert(op->found.key, &op->start, &in, &out, tries)) !=
	    SY_OK)
		return err;
	return send_out(op, sy_keydevice_put_signed(op->out, &out));
}

static enum sy_err
serve_make(struct keyoperation *op, const struct sy_frame *frame,
    uint8_t *tries)
{
	SY_AUTO(sy_keydevice_make_clear)
	struct sy_keydevice_make in = { .uv = 0 };
	struct sy_keydevice_made out;
	enum sy_err err;

	if ((err = sy_keydevice_get_make(frame, &in)) != SY_OK)
		return unreadable(err);
	expect_touch(op, in.uv);
	if ((err = key_make(op->found.key, &op->start, &in, &out, tries)) !=
	    SY_OK)
		return err;
	return send_out(op, sy_keydevice_put_made(op->out, &out));
}

static enum sy_err
serve_pin(struct keyoperation *op, const struct sy_frame *frame, uint8_t *tries)
{
	SY_AUTO(sy_keydevice_pin_clear)
	struct sy_keydevice_pin in = { .random = false };
	enum sy_err err;

	if ((err = sy_keydevice_get_pin(frame, &in)) != SY_OK)
		return unreadable(err);
	if ((err = key_set_pin(op->found.key, &in, op->start.reserve, tries)) !=
	    SY_OK)
		return err;
	return tell_done(op);
}

static enum sy_err
serve_enroll(struct keyoperation *op, const struct sy_frame *frame,
    uint8_t *tries)
{
	SY_AUTO(sy_keydevice_enroll_clear)
	struct sy_keydevice_enroll in = { .name = "" };
	enum sy_err err;

	if ((err = sy_keydevice_get_enroll(frame, &in)) != SY_OK)
		return unreadable(err);
	if ((err = key_enroll(op->found.key, &in, op->start.reserve, on_sample,
		 op, tries)) != SY_OK)
		return err;
	return tell_done(op);
}

static enum sy_err
serve_fingers(struct keyoperation *op, const struct sy_frame *frame,
    uint8_t *tries)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	struct sy_keydevice_list list;
	enum sy_err err;

	if ((err = sy_keydevice_get_fingers(frame, &pin)) != SY_OK)
		return unreadable(err);
	if ((err = key_fingers(op->found.key, pin, op->start.reserve, &list,
		 tries)) != SY_OK)
		return err;
	return send_out(op, sy_keydevice_put_list(op->out, &list));
}

static enum sy_err
serve_forget(struct keyoperation *op, const struct sy_frame *frame,
    uint8_t *tries)
{
	SY_AUTO(sy_keydevice_forget_clear)
	struct sy_keydevice_forget in = { .template_len = 0 };
	enum sy_err err;

	if ((err = sy_keydevice_get_forget(frame, &in)) != SY_OK)
		return unreadable(err);
	if ((err = key_forget(op->found.key, &in, op->start.reserve, tries)) !=
	    SY_OK)
		return err;
	return tell_done(op);
}

static enum sy_err
serve(struct keyoperation *op, const struct sy_frame *frame, uint8_t *tries)
{
	switch (frame->type) {
	case SY_KEYDEVICE_ASSERT:
		return serve_assert(op, frame, tries);
	case SY_KEYDEVICE_MAKE:
		return serve_make(op, frame, tries);
	case SY_KEYDEVICE_PIN:
		return serve_pin(op, frame, tries);
	case SY_KEYDEVICE_ENROLL:
		return serve_enroll(op, frame, tries);
	case SY_KEYDEVICE_FINGERS:
		return serve_fingers(op, frame, tries);
	case SY_KEYDEVICE_FORGET:
		return serve_forget(op, frame, tries);
	default:
		return SY_ERR_PROTOCOL;
	}
}

/* Receive one request and do it; a refusal is told and is no error. */
static enum sy_err
serve_next(struct keyoperation *op)
{
	struct sy_keydevice_refused refused = { .tries = KEY_TRIES_UNKNOWN };
	uint8_t buffer[FRAME_IN_MAX];
	struct sy_frame frame;
	enum sy_err err;

	op->told = SY_OK;
	op->found.key->channel->touch = NULL;
	err = op->host->receive(op->host->arg, buffer, sizeof(buffer), &frame);
	if (err == SY_OK)
		err = serve(op, &frame, &refused.tries);
	sy_memzero(buffer, sizeof(buffer));
	if (op->told != SY_OK)
		return op->told;
	if (!key_is_refusal(err))
		return err;
	refused.code = (uint8_t)err;
	return send_out(op, sy_keydevice_put_refused(op->out, &refused));
}

/* Wait until the agent has said something, and watch the key meanwhile. */
static enum sy_err
wait_for_request(const struct keyoperation *op)
{
	const uint64_t until = op->host->now_ms(op->host->arg) + REQUEST_MS;
	enum sy_err line, err;

	do {
		line = op->host->wait(op->host->arg, CHECK_MS);
		if (line != SY_OK && line != SY_ERR_TIMEOUT)
			return line;
		if ((err = keyfind_check(&op->found)) != SY_OK)
			return err;
		if (line == SY_OK)
			return SY_OK;
	} while (op->host->now_ms(op->host->arg) < until);
	return SY_ERR_TIMEOUT;
}

static enum sy_err
converse(struct keyoperation *op)
{
	enum sy_err err;

	do {
		if ((err = wait_for_request(op)) == SY_ERR_CLOSED)
			return SY_OK; /* the agent has what it wants */
		if (err == SY_OK)
			err = serve_next(op);
	} while (err == SY_OK);
	return err;
}

static enum sy_err
receive_start(struct keyoperation *op)
{
	uint8_t buffer[FRAME_IN_MAX];
	struct sy_frame frame;
	enum sy_err err;

	if ((err = op->host->receive(op->host->arg, buffer, sizeof(buffer),
		 &frame)) != SY_OK)
		return err;
	return sy_keydevice_get_start(&frame, &op->start);
}

static enum sy_err
run(struct keyoperation *op)
{
	enum sy_err err;

	if ((err = receive_start(op)) != SY_OK ||
	    (err = keyfind_run(op->host, &op->start, tell_waiting, op,
		 &op->found, &op->error)) != SY_OK ||
	    (err = tell_found(op)) != SY_OK)
		return err;
	return converse(op);
}

/* Say why it ended, as far as anybody listens. */
static void
tell_failed(struct keyoperation *op, enum sy_err err)
{
	struct sy_device_failed failed = { .kind = SY_FAILURE_DEVICE,
		.code = (uint8_t)err,
		.tries = KEY_TRIES_UNKNOWN };

	if (err == SY_ERR_CLOSED)
		return;
	if (err == SY_ERR_KEY_OTHER)
		failed.kind = SY_FAILURE_CREDENTIAL;
	device_copy_name(failed.place, sizeof(failed.place),
	    op->found.key != NULL ? op->found.key->found.place
				  : op->error.place);
	(void)send_out(op, sy_device_put_failed(op->out, &failed));
}

enum sy_err
keyoperation_run(const struct device_host *host)
{
	struct keyoperation op = { .host = host };
	enum sy_err err;

	if ((err = sy_buf_new(SY_DEVICE_FRAME_MAX, &op.out)) != SY_OK)
		return err;
	/* Not a word of U2F to a key whose reply is odd. */
	fido_init(FIDO_DISABLE_U2F_FALLBACK);
	if ((err = run(&op)) != SY_OK)
		tell_failed(&op, err);
	keyfind_clear(&op.found);
	sy_buf_free(&op.out);
	return err;
}
