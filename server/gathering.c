/* SPDX-License-Identifier: Apache-2.0 */
#include "server/gathering.h"

#include <stdlib.h>

struct gathering {
	struct gathering_config config;
	struct event *idle; /* nothing else is ready */
	struct event *late; /* the first has waited long enough */
	unsigned int count; /* since the last release */
};

static void
release(struct gathering *g)
{
	if (g->count == 0)
		return;
	g->count = 0;
	(void)event_del(g->idle);
	(void)event_del(g->late);
	g->config.release(g->config.ctx);
}

static void
on_release(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	release(ctx);
}

enum sy_err
gathering_base_new(struct event_base **ret_base)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config == NULL)
		return SY_ERR_NOMEM;
	if (event_config_set_max_dispatch_interval(config, NULL, GATHERING_TURN,
		0) == 0)
		base = event_base_new_with_config(config);
	event_config_free(config);
	if (base == NULL)
		return SY_ERR_NOMEM;
	if (event_base_priority_init(base, GATHERING_PRIORITIES) != 0) {
		event_base_free(base);
		return SY_ERR_NOMEM;
	}
	*ret_base = base;
	return SY_OK;
}

enum sy_err
gathering_new(const struct gathering_config *config,
    struct gathering **ret_gathering)
{
	SY_AUTO(gathering_free) struct gathering *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return SY_ERR_NOMEM;
	g->config = *config;
	g->idle = event_new(config->base, -1, 0, on_release, g);
	g->late = evtimer_new(config->base, on_release, g);
	if (g->idle == NULL || g->late == NULL ||
	    event_priority_set(g->idle, GATHERING_PRIORITIES - 1) != 0)
		return SY_ERR_NOMEM;
	*ret_gathering = g;
	g = NULL;
	return SY_OK;
}

void
gathering_free(struct gathering **gathering)
{
	struct gathering *g = *gathering;

	if (g == NULL)
		return;
	release(g);
	if (g->idle != NULL)
		event_free(g->idle);
	if (g->late != NULL)
		event_free(g->late);
	free(g);
	*gathering = NULL;
}

void
gathering_add(struct gathering *g)
{
	const int64_t us = g->config.patience;
	const struct timeval patience = { .tv_sec = us / 1000000,
		.tv_usec = us % 1000000 };

	if (g->count == 0) {
		g->config.gather(g->config.ctx);
		event_active(g->idle, EV_TIMEOUT, 0);
		/* Without a timer nobody waits. */
		if (evtimer_add(g->late, &patience) != 0)
			g->count = GATHERING_MAX;
	}
	if (++g->count >= GATHERING_MAX)
		event_active(g->late, EV_TIMEOUT, 0);
}
