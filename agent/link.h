/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_LINK_H
#define AGENT_LINK_H

#include <event2/event.h>

#include "credentials.h"
#include "settings.h"

/*
 * The way to the servers: mutual TLS, one warm connection, failover along the
 * list. A server that does not answer is marked down and fails at once until a
 * probe in the background has found it up again; one that refuses at once is
 * also tried by every call that finds no other.
 */
struct link;
struct link_call;

/* Any server that is up, in the order of the list. */
#define LINK_ANY (-1)
/* What the first step of a login may take in all, whatever servers do. */
#define LINK_FIRST_STEP_MS 480

struct link_request {
	const char *path;
	const char *body; /* stays until the call is done */
	size_t len;
	int server; /* or LINK_ANY */
	unsigned int budget_ms;
	bool once; /* never sent twice: the answer may be lost */
};

struct link_reply {
	enum sy_err err; /* no answer: NET, TLS, TIMEOUT, CLOSED, HTTP, ... */
	int server;      /* that answered */
	unsigned int status;
	const char *body; /* valid during the call */
	size_t len;
};

typedef void link_done_fn(void *owner, const struct link_reply *reply);
/* Say hello to ${server}, by link_post to it alone. */
typedef void link_probe_fn(void *owner, int server);

/* Servers of ${settings}, or that of the join. Both arguments stay in use.
 * NET (no server has an address), CRYPTO, NOMEM. */
SY_MUST_USE enum sy_err link_new(struct event_base *base,
    const struct settings *settings, const struct credentials *credentials,
    struct link **ret_link);
/* Say hello now, and then every 30 seconds when nothing else was said; to a
 * server that is down after pauses of 0.1 to 2 seconds. */
void link_start(struct link *link, link_probe_fn *probe, void *owner);
/* Ends all calls with SY_ERR_CANCELLED. */
void link_free(struct link **link);

/* New connections use ${credentials} from now on. CRYPTO. */
SY_MUST_USE enum sy_err link_renew(struct link *link,
    const struct credentials *credentials);

/* ${done} is called once, from the loop, unless the call is cancelled. NOMEM.
 */
SY_MUST_USE enum sy_err link_post(struct link *link,
    const struct link_request *request, link_done_fn *done, void *owner,
    struct link_call **ret_call);
void link_cancel(struct link_call **call);

/* Whether any server is up. */
bool link_is_up(const struct link *link);

#endif /* AGENT_LINK_H */
