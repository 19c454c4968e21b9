/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "clock.h"
#include "link_int.h"

/* Know soon whether a server that closed a line is only restarting. */
#define REVIVE_MS 50

static void attempt(struct link_call *call);

static void
finish(struct link_call *call, const struct link_reply *reply)
{
	link_done_fn *done = call->done;
	void *owner = call->owner;

	LIST_REMOVE(call, link);
	event_free(call->later);
	free(call);
	done(owner, reply);
}

void
link_fail(struct link_call *call, enum sy_err err)
{
	const struct link_reply reply = { .err = err,
		.server = call->request.server };

	finish(call, &reply);
}

/*
 * The next server for a call that any may answer: one that is up, or else one
 * that is down but refuses at once: it may be back since the last look, and if
 * not nobody waits for it.
 */
static struct server *
next_server(const struct link_call *call, int *ret_left)
{
	struct link *lk = call->owner_link;
	struct server *first = NULL, *refusing = NULL;

	*ret_left = 0;
	for (int i = 0; i < lk->count; i++) {
		struct server *s = &lk->servers[i];

		if ((call->tried & 1U << i) != 0)
			continue;
		if (!s->up && s->refuses && refusing == NULL)
			refusing = s;
		if (!s->up)
			continue;
		if (first == NULL)
			first = s;
		(*ret_left)++;
	}
	if (first != NULL)
		return first;
	*ret_left = 1;
	return refusing;
}

/* An idle connection keeps warm; a second one is not needed. */
static void
keep_line(struct line *line)
{
	struct line *other;

	line->call = NULL;
	if (!conn_is_idle(line->conn) ||
	    line->epoch != line->server->link->epoch) {
		link_drop_line(line);
		return;
	}
	TAILQ_FOREACH(other, &line->server->lines, link)
	if (other != line && other->call == NULL) {
		link_drop_line(line);
		return;
	}
	conn_set_owner(line->conn, line);
}

static void
on_post_done(void *owner, const struct conn_reply *in)
{
	struct line *line = owner;
	struct link_call *call = line->call;
	struct server *s = line->server;
	struct link_reply reply = {
		.err = in->err,
		.server = s->index,
		.status = in->status,
		.body = in->body,
		.len = in->len,
	};

	call->line = NULL;
	if (in->err == SY_OK) {
		link_mark_up(s);
		/* The answer lies in the connection's buffer: the call's hook
		 * first. The line looks busy to it, which does no harm. */
		line->call = NULL;
		TAILQ_REMOVE(&s->lines, line, link);
		finish(call, &reply);
		TAILQ_INSERT_TAIL(&s->lines, line, link);
		keep_line(line);
		return;
	}
	/* The server had closed a connection that we held to be alive. */
	if (line->reused && in->untouched && in->err == SY_ERR_CLOSED &&
	    !call->request.once && !call->again) {
		call->again = true;
		link_drop_line(line);
		attempt(call);
		return;
	}
	link_drop_line(line);
	if (in->err != SY_ERR_NOMEM)
		link_mark_down(s, in->err, clock_ms() - call->posted);
	if (call->request.server != LINK_ANY) {
		link_fail(call, in->err);
		return;
	}
	call->tried |= 1U << s->index;
	call->err = in->err;
	attempt(call);
}

static void
on_idle_died(void *owner)
{
	struct line *line = owner;
	struct server *s = line->server;

	link_drop_line(line);
	link_probe_in(s, REVIVE_MS);
}

static const struct conn_hooks line_hooks = {
	.done = on_post_done,
	.died = on_idle_died,
};

static enum sy_err
get_line(struct server *s, unsigned int budget_ms, struct line **ret_line)
{
	struct link *lk = s->link;
	struct line *line;
	enum sy_err err;

	TAILQ_FOREACH(line, &s->lines, link)
	if (line->call == NULL && conn_is_idle(line->conn)) {
		line->reused = true;
		*ret_line = line;
		return SY_OK;
	}
	if ((line = calloc(1, sizeof(*line))) == NULL)
		return SY_ERR_NOMEM;
	line->server = s;
	line->epoch = lk->epoch;
	err = conn_open(lk->base, lk->ctx, &s->address, lk->name,
	    budget_ms < lk->connect_ms ? budget_ms : lk->connect_ms,
	    &line_hooks, line, &line->conn);
	if (err != SY_OK) {
		free(line);
		return err;
	}
	TAILQ_INSERT_TAIL(&s->lines, line, link);
	*ret_line = line;
	return SY_OK;
}

/* Post the call on a connection to ${s}. */
static enum sy_err
post_on(struct link_call *call, struct server *s, unsigned int budget_ms)
{
	const struct link_request *r = &call->request;
	struct line *line;
	enum sy_err err;

	if ((err = get_line(s, budget_ms, &line)) != SY_OK)
		return err;
	line->call = call;
	call->line = line;
	call->posted = clock_ms();
	err = conn_post(line->conn, call->owner_link->name, r->path, r->body,
	    r->len, budget_ms);
	if (err != SY_OK) {
		call->line = NULL;
		link_drop_line(line);
	}
	return err;
}

/* Try the next server, or end the call. */
static void
attempt(struct link_call *call)
{
	const int64_t left = call->deadline - clock_ms();
	struct link *lk = call->owner_link;
	struct server *s;
	int others = 1;
	enum sy_err err;

	if (call->request.server == LINK_ANY)
		s = next_server(call, &others);
	else
		s = &lk->servers[call->request.server];
	if (s == NULL || left <= 0) {
		link_fail(call, s == NULL ? call->err : SY_ERR_TIMEOUT);
		return;
	}
	err = post_on(call, s, (unsigned int)(left / others) + 1);
	if (err == SY_OK)
		return;
	if (err == SY_ERR_NET)
		link_mark_down(s, err, 0);
	if (call->request.server != LINK_ANY || err != SY_ERR_NET) {
		link_fail(call, err);
		return;
	}
	call->tried |= 1U << s->index;
	call->err = err;
	attempt(call);
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	attempt(arg);
}

enum sy_err
link_post(struct link *lk, const struct link_request *request,
    link_done_fn *done, void *owner, struct link_call **ret_call)
{
	struct link_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return SY_ERR_NOMEM;
	if ((call->later = event_new(lk->base, -1, 0, on_later, call)) ==
	    NULL) {
		free(call);
		return SY_ERR_NOMEM;
	}
	call->owner_link = lk;
	call->request = *request;
	if (request->server < 0 || request->server >= lk->count)
		call->request.server = LINK_ANY;
	call->done = done;
	call->owner = owner;
	call->err = SY_ERR_NET;
	call->deadline = clock_ms() + request->budget_ms;
	LIST_INSERT_HEAD(&lk->calls, call, link);
	event_active(call->later, 0, 0);
	*ret_call = call;
	return SY_OK;
}

void
link_cancel(struct link_call **call_at)
{
	struct link_call *call = *call_at;

	if (call == NULL)
		return;
	*call_at = NULL;
	if (call->line != NULL)
		link_drop_line(call->line);
	LIST_REMOVE(call, link);
	event_free(call->later);
	free(call);
}
