/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_LINK_INT_H
#define AGENT_LINK_INT_H

#include <sys/queue.h>

#include "conn.h"
#include "link.h"

/* What link.c (servers) and call.c (calls to them) share. */

/* A connection in use by a call, or waiting for one. */
struct line {
	TAILQ_ENTRY(line) link;
	struct server *server;
	struct conn *conn;
	struct link_call *call; /* NULL: idle */
	bool reused;
	unsigned int epoch; /* of the credentials it was made with */
};

struct server {
	struct link *link;
	int index;
	struct endpoint endpoint;
	struct conn_address address;
	bool up;
	bool refuses; /* down, but says so at once */
	int64_t down_since;
	struct event *probe;
	TAILQ_HEAD(, line) lines;
};

struct link_call {
	LIST_ENTRY(link_call) link;
	struct link *owner_link;
	struct link_request request;
	link_done_fn *done;
	void *owner;
	struct line *line;
	struct event *later;
	unsigned int tried; /* bit 1 << server */
	int64_t posted;     /* on this line */
	int64_t deadline;
	bool again; /* sent twice already */
	enum sy_err err;
};

struct link {
	struct event_base *base;
	SSL_CTX *ctx;
	unsigned int epoch;
	const char *name;
	unsigned int connect_ms;
	link_probe_fn *probe;
	void *owner;
	struct server servers[SETTINGS_SERVERS_MAX];
	int count;
	LIST_HEAD(, link_call) calls;
};

/* Look at ${s} in ${ms}. */
void link_probe_in(struct server *s, unsigned int ms);
/* ${took_ms} is how long ${s} took to fail with ${err}. */
void link_mark_down(struct server *s, enum sy_err err, int64_t took_ms);
void link_mark_up(struct server *s);
void link_drop_line(struct line *line);
/* End a call without an answer: its hook is called, it is gone. */
void link_fail(struct link_call *call, enum sy_err err);

#endif /* AGENT_LINK_INT_H */
