/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_GATHERING_H
#define SERVER_GATHERING_H

#include <stdint.h>

#include <event2/event.h>

#include <sanyoso/err.h>

/*
 * When the ledger begins with what it was handed. Each group costs a flush and
 * a signature, so that what is handed over while the loop has more to do goes
 * into one group; a request that comes alone goes at once. Loop thread only.
 */
struct gathering;

/* So many make a group, however much there is to do. */
#define GATHERING_MAX 64
/* And so long the first of them waits, in microseconds: less than a slow disk's
 * flush, and waited only while the loop is busy with others. */
#define GATHERING_US 2000

/* The priorities of a base that serves: everything is at the middle one, which
 * is libevent's default, and what waits for the loop to be idle behind it. */
#define GATHERING_PRIORITIES 3

/*
 * Such a base. It looks for what else is ready after so many calls, also when
 * there is always one more that calls itself again: many requests that one
 * client sent together hold up nobody, nor do timers wait for them. NOMEM.
 */
#define GATHERING_TURN 32
SY_MUST_USE enum sy_err gathering_base_new(struct event_base **ret_base);

struct gathering_config {
	struct event_base *base;   /* of gathering_base_new */
	int64_t patience;          /* microseconds, GATHERING_US */
	void (*gather)(void *ctx); /* from now on nobody is woken */
	void (*release)(void *ctx);
	void *ctx;
};

/* NOMEM. */
SY_MUST_USE enum sy_err gathering_new(const struct gathering_config *config,
    struct gathering **ret_gathering);
/* Releases first. NULL inside is allowed. */
void gathering_free(struct gathering **gathering);

/* One request is about to be handed over. */
void gathering_add(struct gathering *gathering);

#endif /* SERVER_GATHERING_H */
