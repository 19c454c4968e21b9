/* SPDX-License-Identifier: Apache-2.0 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "clock.h"
#include "link_int.h"
#include "log.h"
#include "tls.h"

#define HELLO_MS 30000
/* A server that is away is looked for again after an eighth of the time that
 * it has been away: a restart costs next to nothing, a night costs seconds. */
#define RETRY_SHARE     8
#define RETRY_LEAST_MS  100
#define RETRY_MOST_MS   2000
#define RETRY_JITTER_MS 64 /* lest a building knocks all at once */
/* A failure as quick as this may be had again by each login. */
#define REFUSAL_MS 20

void
link_probe_in(struct server *s, unsigned int ms)
{
	const struct timeval tv = clock_timeval(ms);

	if (s->link->probe != NULL)
		(void)evtimer_add(s->probe, &tv);
}

void
link_drop_line(struct line *line)
{
	TAILQ_REMOVE(&line->server->lines, line, link);
	conn_free(&line->conn);
	free(line);
}

/* How long to leave a server alone that is down. */
static unsigned int
retry_pause(const struct server *s)
{
	const int64_t share = (clock_ms() - s->down_since) / RETRY_SHARE;
	uint8_t jitter = 0;

	/* Without random bytes there is no jitter, and that is all. */
	(void)RAND_bytes(&jitter, sizeof(jitter));
	jitter %= RETRY_JITTER_MS;
	if (share < RETRY_LEAST_MS)
		return RETRY_LEAST_MS + jitter;
	return (unsigned int)(share < RETRY_MOST_MS ? share : RETRY_MOST_MS) +
	    jitter;
}

void
link_mark_down(struct server *s, enum sy_err err, int64_t took_ms)
{
	struct line *line, *next;

	if (s->up) {
		log_warn("server %s port %u: down: %s", s->endpoint.host,
		    s->endpoint.port, sy_err_text(err));
		s->down_since = clock_ms();
	}
	s->up = false;
	s->refuses = err == SY_ERR_NET && took_ms <= REFUSAL_MS;
	for (line = TAILQ_FIRST(&s->lines); line != NULL; line = next) {
		next = TAILQ_NEXT(line, link);
		if (line->call == NULL)
			link_drop_line(line);
	}
	link_probe_in(s, retry_pause(s));
}

void
link_mark_up(struct server *s)
{
	if (!s->up)
		log_info("server %s port %u: up", s->endpoint.host,
		    s->endpoint.port);
	s->up = true;
	link_probe_in(s, HELLO_MS);
}

static void
on_probe(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	/* Lest a lost probe be the last one. */
	link_probe_in(s, HELLO_MS);
	s->link->probe(s->link->owner, s->index);
}

bool
link_is_up(const struct link *lk)
{
	for (int i = 0; i < lk->count; i++)
		if (lk->servers[i].up)
			return true;
	return false;
}

static enum sy_err
resolve(const struct endpoint *e, struct conn_address *ret)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	struct addrinfo *all = NULL;
	char port[8];

	(void)snprintf(port, sizeof(port), "%u", e->port);
	if (getaddrinfo(e->host, port, &hints, &all) != 0)
		return SY_ERR_NET;
	memcpy(&ret->sa, all->ai_addr, all->ai_addrlen);
	ret->len = all->ai_addrlen;
	freeaddrinfo(all);
	return SY_OK;
}

static enum sy_err
add_server(struct link *lk, const struct endpoint *e)
{
	struct server *s = &lk->servers[lk->count];
	enum sy_err err;

	if ((err = resolve(e, &s->address)) != SY_OK) {
		log_err("server %s: no address", e->host);
		return SY_OK;
	}
	TAILQ_INIT(&s->lines);
	s->link = lk;
	s->index = lk->count;
	s->endpoint = *e;
	s->up = true;
	if ((s->probe = evtimer_new(lk->base, on_probe, s)) == NULL)
		return SY_ERR_NOMEM;
	lk->count++;
	return SY_OK;
}

enum sy_err
link_new(struct event_base *base, const struct settings *settings,
    const struct credentials *credentials, struct link **ret_link)
{
	SY_AUTO(link_free) struct link *lk = calloc(1, sizeof(*lk));
	enum sy_err err = SY_OK;

	if (lk == NULL)
		return SY_ERR_NOMEM;
	lk->base = base;
	lk->name = credentials->server;
	lk->connect_ms = settings->connect_timeout_ms;
	LIST_INIT(&lk->calls);
	if ((err = tls_context_joined(credentials, &lk->ctx)) != SY_OK)
		return err;
	for (size_t i = 0; i < settings->server_count && err == SY_OK; i++)
		err = add_server(lk, &settings->servers[i]);
	if (settings->server_count == 0)
		err = add_server(lk, &credentials->home);
	if (err == SY_OK && lk->count == 0)
		err = SY_ERR_NET;
	if (err != SY_OK)
		return err;
	*ret_link = lk;
	lk = NULL;
	return SY_OK;
}

void
link_start(struct link *lk, link_probe_fn *probe, void *owner)
{
	lk->probe = probe;
	lk->owner = owner;
	for (int i = 0; i < lk->count; i++)
		link_probe_in(&lk->servers[i], 0);
}

enum sy_err
link_renew(struct link *lk, const struct credentials *credentials)
{
	SSL_CTX *ctx;
	enum sy_err err;

	if ((err = tls_context_joined(credentials, &ctx)) != SY_OK)
		return err;
	SSL_CTX_free(lk->ctx);
	lk->ctx = ctx;
	lk->epoch++;
	lk->name = credentials->server;
	for (int i = 0; i < lk->count; i++) {
		struct server *s = &lk->servers[i];
		struct line *line, *next;

		for (line = TAILQ_FIRST(&s->lines); line != NULL; line = next) {
			next = TAILQ_NEXT(line, link);
			if (line->call == NULL)
				link_drop_line(line);
		}
		link_probe_in(s, 0);
	}
	return SY_OK;
}

void
link_free(struct link **link)
{
	struct link *lk = *link;
	struct link_call *call;
	struct line *line;

	if (lk == NULL)
		return;
	*link = NULL;
	lk->probe = NULL;
	while ((call = LIST_FIRST(&lk->calls)) != NULL) {
		if (call->line != NULL)
			link_drop_line(call->line);
		link_fail(call, SY_ERR_CANCELLED);
	}
	for (int i = 0; i < lk->count; i++) {
		while ((line = TAILQ_FIRST(&lk->servers[i].lines)) != NULL)
			link_drop_line(line);
		event_free(lk->servers[i].probe);
	}
	SSL_CTX_free(lk->ctx);
	free(lk);
}
