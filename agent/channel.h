/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHANNEL_H
#define AGENT_CHANNEL_H

#include <event2/event.h>

#include <sanyoso/frame.h>

/*
 * Frames on a local stream socket in the event loop, to a caller or to a
 * worker. What was received is wiped as soon as it was read, since it may hold
 * a secret. Nothing is queued: who does not read what is sent is cut off.
 */
struct channel;

struct channel_hooks {
	/* One whole frame, valid during the call. The hook may free the
	 * channel. */
	void (*frame)(void *owner, const struct sy_frame *frame);
	/* The other end closed (SY_ERR_CLOSED), broke the protocol or the
	 * socket failed. Nothing comes after it; free the channel. */
	void (*ended)(void *owner, enum sy_err err);
};

/* Take over ${fd} (closed on failure too); frames up to ${max} bytes. IO,
 * NOMEM. */
SY_MUST_USE enum sy_err channel_new(struct event_base *base, int fd, size_t max,
    const struct channel_hooks *hooks, void *owner,
    struct channel **ret_channel);
/* Send a whole frame or fail: IO, CLOSED, BUSY (the other end does not read).
 */
SY_MUST_USE enum sy_err channel_send(struct channel *channel, const void *data,
    size_t len);
/* Tell the other end that nothing more comes, but still hear it out. */
void channel_shut(struct channel *channel);
void channel_free(struct channel **channel);

#endif /* AGENT_CHANNEL_H */
