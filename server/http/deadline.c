/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/deadline.h"

#include <stdlib.h>
#include <time.h>

#define NEVER INT64_MAX

struct deadline {
	struct event *timer;
	int64_t at;    /* milliseconds of the monotonic clock */
	int64_t fires; /* no earlier than then, NEVER: it is not set */
	void (*passed)(void *ctx);
	void *ctx;
};

/* The clock of libevent's timers. */
static int64_t
now_ms(void)
{
	struct timespec ts = { .tv_sec = 0 };

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static enum sy_err
set_timer(struct deadline *d, int64_t now)
{
	const int64_t ms = d->at - now;
	const struct timeval tv = { .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	if (evtimer_add(d->timer, &tv) != 0) {
		d->at = NEVER;
		return SY_ERR_NOMEM;
	}
	d->fires = d->at;
	return SY_OK;
}

static void
on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct deadline *d = ctx;
	const int64_t now = now_ms();

	(void)fd;
	(void)what;
	d->fires = NEVER;
	if (d->at == NEVER)
		return;
	/* Rather too early than never. */
	if (now < d->at && set_timer(d, now) == SY_OK)
		return;
	d->at = NEVER;
	d->passed(d->ctx);
}

enum sy_err
deadline_new(struct event_base *base, void (*passed)(void *ctx), void *ctx,
    struct deadline **ret_deadline)
{
	SY_AUTO(deadline_free) struct deadline *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return SY_ERR_NOMEM;
	d->at = NEVER;
	d->fires = NEVER;
	d->passed = passed;
	d->ctx = ctx;
	if ((d->timer = evtimer_new(base, on_timer, d)) == NULL)
		return SY_ERR_NOMEM;
	*ret_deadline = d;
	d = NULL;
	return SY_OK;
}

void
deadline_free(struct deadline **deadline)
{
	struct deadline *d = *deadline;

	if (d == NULL)
		return;
	if (d->timer != NULL)
		event_free(d->timer);
	free(d);
	*deadline = NULL;
}

enum sy_err
deadline_set(struct deadline *d, int64_t ms)
{
	const int64_t now = now_ms();

	d->at = now + ms;
	return d->fires <= d->at ? SY_OK : set_timer(d, now);
}

void
deadline_clear(struct deadline *d)
{
	d->at = NEVER;
}
