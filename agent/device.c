/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "channel.h"
#include "device.h"
#include "log.h"

/* A worker that was told to end has this long to reset the card. */
#define LEAVE_MS 3000

struct device_op {
	TAILQ_ENTRY(device_op) link;
	struct device *device;
	struct sy_buf *start; /* the frame that begins it */
	enum device_rank rank;
	device_hook *hook;
	void *owner;
	struct event *later;
	struct sy_device_failed failure; /* for `later` */
	bool failing;
};

struct device {
	struct event_base *base;
	device_spawn_fn *spawn;
	void *spawn_arg;
	TAILQ_HEAD(, device_op) queue;
	struct device_op *active; /* owner of the worker, NULL: it leaves */
	struct channel *worker;
	struct event *leave; /* the worker took too long to end */
	struct event *turn;  /* look at the queue */
	int readers;
};

static void
wake(struct device *d)
{
	event_active(d->turn, 0, 0);
}

static void
fail_later(struct device_op *op, enum sy_err err)
{
	op->failure = (struct sy_device_failed){
		.kind = SY_FAILURE_DEVICE,
		.code = (uint8_t)err,
		.tries = 255,
		.place = "worker",
	};
	op->failing = true;
	event_active(op->later, 0, 0);
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	struct device_op *op = arg;
	struct talk_event e = { .type = TALK_DEVICE_QUEUED };

	(void)fd;
	(void)what;
	if (op->failing) {
		e.type = TALK_DEVICE_FAILED;
		e.failed = op->failure;
	}
	op->hook(op->owner, &e);
}

static void
drop_worker(struct device *d)
{
	(void)event_del(d->leave);
	channel_free(&d->worker);
	d->active = NULL;
	wake(d);
}

/* The worker's report is no report. */
static void
worker_broke(struct device *d, enum sy_err err)
{
	struct device_op *op = d->active;

	log_warn("worker: ended without a result: %s", sy_err_name(err));
	drop_worker(d);
	if (op != NULL)
		fail_later(op, SY_ERR_INTERNAL);
}

/* What a report may hold that does not fit into an event. */
union report {
	struct sy_device_card card;
	struct sy_device_blank blank;
	struct sy_device_key key;
	struct sy_keydevice_found found;
	struct sy_keydevice_signed signed_;
	struct sy_keydevice_made made;
	struct sy_keydevice_list list;
};

static enum sy_err
decode_key(const struct sy_frame *frame, union report *report,
    struct talk_event *e)
{
	switch (frame->type) {
	case SY_KEYDEVICE_WAITING:
		e->type = TALK_KEY_WAITING;
		return sy_keydevice_get_waiting(frame, &e->keys);
	case SY_KEYDEVICE_FOUND:
		e->type = TALK_KEY_FOUND;
		e->found = &report->found;
		return sy_keydevice_get_found(frame, &report->found);
	case SY_KEYDEVICE_TOUCH:
		e->type = TALK_KEY_TOUCH;
		return sy_keydevice_get_touch(frame, &e->touch);
	case SY_KEYDEVICE_REFUSED:
		e->type = TALK_KEY_REFUSED;
		return sy_keydevice_get_refused(frame, &e->refused);
	case SY_KEYDEVICE_SIGNED:
		e->type = TALK_KEY_SIGNED;
		e->signed_ = &report->signed_;
		return sy_keydevice_get_signed(frame, &report->signed_);
	case SY_KEYDEVICE_MADE:
		e->type = TALK_KEY_MADE;
		e->made = &report->made;
		return sy_keydevice_get_made(frame, &report->made);
	case SY_KEYDEVICE_LIST:
		e->type = TALK_KEY_LIST;
		e->list = &report->list;
		return sy_keydevice_get_list(frame, &report->list);
	default:
		return SY_ERR_PROTOCOL;
	}
}

static enum sy_err
decode(const struct sy_frame *frame, union report *report, struct talk_event *e)
{
	uint8_t min, max;

	switch (frame->type) {
	case SY_DEVICE_WAITING:
		e->type = TALK_DEVICE_WAITING;
		return sy_device_get_waiting(frame, &e->waiting);
	case SY_DEVICE_CARD:
		e->type = TALK_DEVICE_CARD;
		e->card = &report->card;
		return sy_device_get_card(frame, &report->card);
	case SY_DEVICE_BLANK:
		e->type = TALK_DEVICE_BLANK;
		e->blank = &report->blank;
		return sy_device_get_blank(frame, &report->blank);
	case SY_DEVICE_KEY:
		e->type = TALK_DEVICE_KEY;
		e->key = &report->key;
		return sy_device_get_key(frame, &report->key);
	case SY_DEVICE_DONE:
		e->type = TALK_DEVICE_DONE;
		return sy_device_get_done(frame);
	case SY_DEVICE_PIN_WRONG:
		e->type = TALK_DEVICE_PIN_WRONG;
		return sy_device_get_pin_wrong(frame, &e->left);
	case SY_DEVICE_PIN_FORMAT:
		e->type = TALK_DEVICE_PIN_FORMAT;
		return sy_device_get_pin_format(frame, &min, &max);
	case SY_DEVICE_SIGNATURE:
		e->type = TALK_DEVICE_SIGNATURE;
		return sy_device_get_signature(frame, &e->signature,
		    &e->signature_len);
	case SY_DEVICE_FAILED:
		e->type = TALK_DEVICE_FAILED;
		return sy_device_get_failed(frame, &e->failed);
	default:
		return decode_key(frame, report, e);
	}
}

static void
on_frame(void *owner, const struct sy_frame *frame)
{
	struct device *d = owner;
	struct device_op *op = d->active;
	union report report;
	struct talk_event e = { .type = TALK_DEVICE_FAILED };
	enum sy_err err;

	if (op == NULL)
		return; /* it was told to end */
	if ((err = decode(frame, &report, &e)) != SY_OK) {
		worker_broke(d, err);
		return;
	}
	if (e.type == TALK_DEVICE_WAITING)
		d->readers = e.waiting.readers;
	/* The signature lies in the frame, so the hook comes first; the worker
	 * ends by itself after these two. */
	op->hook(op->owner, &e);
}

static void
on_ended(void *owner, enum sy_err err)
{
	struct device *d = owner;

	if (d->active == NULL)
		drop_worker(d);
	else
		worker_broke(d, err);
}

static const struct channel_hooks worker_hooks = {
	.frame = on_frame,
	.ended = on_ended,
};

static void
on_leave(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	log_warn("worker: did not end in time");
	drop_worker(arg);
}

static enum sy_err
start_worker(struct device *d, struct device_op *op)
{
	enum sy_err err;
	int fd;

	if ((err = d->spawn(d->spawn_arg, &fd)) != SY_OK ||
	    (err = channel_new(d->base, fd, SY_DEVICE_FRAME_MAX, &worker_hooks,
		 d, &d->worker)) != SY_OK)
		return err;
	return channel_send(d->worker, sy_buf_data(op->start),
	    sy_buf_len(op->start));
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct device *d = arg;
	struct device_op *op = TAILQ_FIRST(&d->queue);
	const struct talk_event granted = { .type = TALK_DEVICE_GRANTED };
	enum sy_err err;

	(void)fd;
	(void)what;
	if (op == NULL || d->worker != NULL)
		return;
	TAILQ_REMOVE(&d->queue, op, link);
	d->active = op;
	if ((err = start_worker(d, op)) != SY_OK) {
		log_err("worker: did not start: %s", sy_err_text(err));
		drop_worker(d);
		fail_later(op, SY_ERR_INTERNAL);
		return;
	}
	op->hook(op->owner, &granted);
}

enum sy_err
device_new(struct event_base *base, device_spawn_fn *spawn, void *spawn_arg,
    struct device **ret_device)
{
	SY_AUTO(device_free) struct device *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return SY_ERR_NOMEM;
	d->base = base;
	d->spawn = spawn;
	d->spawn_arg = spawn_arg;
	d->readers = -1;
	TAILQ_INIT(&d->queue);
	d->leave = evtimer_new(base, on_leave, d);
	d->turn = event_new(base, -1, 0, on_turn, d);
	if (d->leave == NULL || d->turn == NULL)
		return SY_ERR_NOMEM;
	*ret_device = d;
	d = NULL;
	return SY_OK;
}

void
device_free(struct device **device)
{
	struct device *d = *device;

	if (d == NULL)
		return;
	*device = NULL;
	channel_free(&d->worker);
	if (d->leave != NULL)
		event_free(d->leave);
	if (d->turn != NULL)
		event_free(d->turn);
	free(d);
}

static void
enqueue(struct device *d, struct device_op *op)
{
	struct device_op *other;

	TAILQ_FOREACH(other, &d->queue, link)
	if (other->rank > op->rank)
		break;
	if (other != NULL)
		TAILQ_INSERT_BEFORE(other, op, link);
	else
		TAILQ_INSERT_TAIL(&d->queue, op, link);
}

static void
free_op(struct device_op **op)
{
	if (*op == NULL)
		return;
	if ((*op)->later != NULL)
		event_free((*op)->later);
	sy_buf_free(&(*op)->start);
	free(*op);
	*op = NULL;
}

static enum sy_err
new_op(struct device *d, struct device_op **ret_op)
{
	SY_AUTO(free_op) struct device_op *op = calloc(1, sizeof(*op));
	enum sy_err err;

	if (op == NULL)
		return SY_ERR_NOMEM;
	if ((err = sy_buf_new(SY_DEVICE_FRAME_MAX, &op->start)) != SY_OK)
		return err;
	if ((op->later = event_new(d->base, -1, 0, on_later, op)) == NULL)
		return SY_ERR_NOMEM;
	op->device = d;
	*ret_op = op;
	op = NULL;
	return SY_OK;
}

static void
add_op(struct device *d, struct device_op *op, enum device_rank rank,
    device_hook *hook, void *owner)
{
	op->rank = rank;
	op->hook = hook;
	op->owner = owner;
	enqueue(d, op);
	/* Behind somebody, or only behind a worker that is about to end? */
	if (d->active != NULL || TAILQ_FIRST(&d->queue) != op)
		event_active(op->later, 0, 0);
	wake(d);
}

enum sy_err
device_open(struct device *d, const struct sy_device_start *start,
    enum device_rank rank, device_hook *hook, void *owner,
    struct device_op **ret_op)
{
	SY_AUTO(free_op) struct device_op *op = NULL;
	enum sy_err err;

	if ((err = new_op(d, &op)) != SY_OK ||
	    (err = sy_device_put_start(op->start, start)) != SY_OK)
		return err;
	add_op(d, op, rank, hook, owner);
	*ret_op = op;
	op = NULL;
	return SY_OK;
}

enum sy_err
device_open_key(struct device *d, const struct sy_keydevice_start *start,
    enum device_rank rank, device_hook *hook, void *owner,
    struct device_op **ret_op)
{
	SY_AUTO(free_op) struct device_op *op = NULL;
	enum sy_err err;

	if ((err = new_op(d, &op)) != SY_OK ||
	    (err = sy_keydevice_put_start(op->start, start)) != SY_OK)
		return err;
	add_op(d, op, rank, hook, owner);
	*ret_op = op;
	op = NULL;
	return SY_OK;
}

void
device_sign(struct device_op *op, const uint8_t *hash, size_t len,
    const struct sy_secret *pin)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	struct device *d = op->device;
	enum sy_err err;

	if (d->active != op) {
		if (!op->failing)
			fail_later(op, SY_ERR_STATE);
		return;
	}
	if ((err = sy_device_put_sign(hash, len, pin, &frame)) == SY_OK)
		err = channel_send(d->worker, sy_secret_bytes(frame),
		    sy_secret_len(frame));
	if (err != SY_OK)
		worker_broke(d, err);
}

void
device_send(struct device_op *op, const void *frame, size_t len)
{
	struct device *d = op->device;
	enum sy_err err;

	if (d->active != op) {
		if (!op->failing)
			fail_later(op, SY_ERR_STATE);
		return;
	}
	if ((err = channel_send(d->worker, frame, len)) != SY_OK)
		worker_broke(d, err);
}

void
device_close(struct device_op **op_at)
{
	static const struct timeval leave = { .tv_sec = LEAVE_MS / 1000 };
	struct device_op *op = *op_at;
	struct device *d;

	if (op == NULL)
		return;
	*op_at = NULL;
	d = op->device;
	if (d->active == op) {
		d->active = NULL;
		channel_shut(d->worker);
		(void)evtimer_add(d->leave, &leave);
	} else {
		struct device_op *other;

		TAILQ_FOREACH(other, &d->queue, link)
		if (other == op)
			break;
		if (other != NULL)
			TAILQ_REMOVE(&d->queue, op, link);
	}
	free_op(&op);
}

int
device_readers(const struct device *d)
{
	return d->readers;
}
