/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DEVICE_H
#define AGENT_DEVICE_H

#include <event2/event.h>

#include "talk.h"

/*
 * The readers and FIDO2 keys of this terminal: one operation at a time, the
 * others queue. Each operation runs in a worker of its own, which ends with it.
 */
struct device;
struct device_op;

/* Start a worker: its end of a new socketpair, to be closed by the caller. */
typedef enum sy_err device_spawn_fn(void *arg, int *ret_fd);

/* ${spawn} stays in use until device_free. NOMEM. */
SY_MUST_USE enum sy_err device_new(struct event_base *base,
    device_spawn_fn *spawn, void *spawn_arg, struct device **ret_device);
/* All operations must have been closed. */
void device_free(struct device **device);

/* What happened to the operation; never called from inside device_open. The
 * hook may close the operation. */
typedef void device_hook(void *owner, const struct talk_event *event);

/*
 * Whose turn it is: programs that log people in at the terminal must not wait
 * behind those that any user can start (lockers; su, sudo, ssh and passwd,
 * though they run as root); who goes on with a login that has begun goes before
 * who begins.
 */
enum device_rank {
	DEVICE_ROOT_AGAIN,
	DEVICE_ROOT,
	DEVICE_USER_AGAIN,
	DEVICE_USER,
};

/* Queue an operation behind those of its rank. NOMEM. */
SY_MUST_USE enum sy_err device_open(struct device *device,
    const struct sy_device_start *start, enum device_rank rank,
    device_hook *hook, void *owner, struct device_op **ret_op);
/* The same for an operation with a FIDO2 key. */
SY_MUST_USE enum sy_err device_open_key(struct device *device,
    const struct sy_keydevice_start *start, enum device_rank rank,
    device_hook *hook, void *owner, struct device_op **ret_op);
/* Have a hash signed. What goes wrong comes as TALK_DEVICE_FAILED. */
void device_sign(struct device_op *op, const uint8_t *hash, size_t len,
    const struct sy_secret *pin);
/* Send a whole frame of the card office's or to a key; likewise. */
void device_send(struct device_op *op, const void *frame, size_t len);
/* Give up; the next one gets the device when the worker has let the card go. */
void device_close(struct device_op **op);

/* Readers that the last worker saw; -1 if none has told yet. */
int device_readers(const struct device *device);

#endif /* AGENT_DEVICE_H */
