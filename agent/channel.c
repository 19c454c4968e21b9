/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sanyoso/secret.h>

#include "channel.h"

struct channel {
	const struct channel_hooks *hooks;
	void *owner;
	struct event *readable;
	int fd;
	bool *freed; /* set while a hook runs, to see whether it freed us */
	size_t max;
	size_t have;
	uint8_t *in;
};

void
channel_free(struct channel **channel)
{
	struct channel *c = *channel;

	if (c == NULL)
		return;
	*channel = NULL;
	if (c->freed != NULL)
		*c->freed = true;
	if (c->readable != NULL)
		event_free(c->readable);
	if (c->in != NULL) {
		sy_memzero(c->in, c->max);
		free(c->in);
	}
	(void)close(c->fd);
	free(c);
}

static void
end(struct channel *c, enum sy_err err)
{
	(void)event_del(c->readable);
	c->hooks->ended(c->owner, err);
}

/* Hand over the whole frames. False if the channel ended. */
static bool
take_frames(struct channel *c)
{
	struct sy_frame frame;
	bool freed = false;
	size_t used;
	enum sy_err err;

	while ((err = sy_frame_parse(c->in, c->have, c->max, &frame, &used)) ==
	    SY_OK) {
		c->freed = &freed;
		c->hooks->frame(c->owner, &frame);
		if (freed)
			return false;
		c->freed = NULL;
		memmove(c->in, c->in + used, c->have - used);
		sy_memzero(c->in + c->have - used, used);
		c->have -= used;
	}
	if (err == SY_ERR_NOT_FOUND)
		return true;
	end(c, err);
	return false;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct channel *c = arg;
	ssize_t n;

	(void)what;
	n = recv(fd, c->in + c->have, c->max - c->have, 0);
	if (n > 0) {
		c->have += (size_t)n;
		(void)take_frames(c);
	} else if (n == 0) {
		end(c, c->have == 0 ? SY_ERR_CLOSED : SY_ERR_PROTOCOL);
	} else if (errno != EAGAIN && errno != EINTR) {
		end(c, errno == ECONNRESET ? SY_ERR_CLOSED : SY_ERR_IO);
	}
}

enum sy_err
channel_new(struct event_base *base, int fd, size_t max,
    const struct channel_hooks *hooks, void *owner,
    struct channel **ret_channel)
{
	SY_AUTO(channel_free) struct channel *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		(void)close(fd);
		return SY_ERR_NOMEM;
	}
	c->fd = fd;
	c->hooks = hooks;
	c->owner = owner;
	c->max = max;
	if ((c->in = calloc(1, max)) == NULL)
		return SY_ERR_NOMEM;
	if (evutil_make_socket_nonblocking(fd) != 0)
		return SY_ERR_IO;
	c->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, c);
	if (c->readable == NULL || event_add(c->readable, NULL) != 0)
		return SY_ERR_NOMEM;
	*ret_channel = c;
	c = NULL;
	return SY_OK;
}

enum sy_err
channel_send(struct channel *c, const void *data, size_t len)
{
	ssize_t n;

	do {
		n = send(c->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
		return SY_ERR_CLOSED;
	if (n < 0 && errno != EAGAIN)
		return SY_ERR_IO;
	/* A part of a frame can't be taken back: the line is useless now. */
	return n == (ssize_t)len ? SY_OK : SY_ERR_BUSY;
}

void
channel_shut(struct channel *c)
{
	(void)shutdown(c->fd, SHUT_WR);
}
