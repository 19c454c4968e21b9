/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_HTTP_DEADLINE_H
#define SERVER_HTTP_DEADLINE_H

#include <stdint.h>

#include <event2/event.h>

#include <sanyoso/err.h>

/*
 * A deadline that is moved all the time and hardly ever passes: its timer is
 * left alone as long as it fires no later than the deadline, and looks then
 * what the deadline has become. Loop thread only.
 */
struct deadline;

/* ${passed} is called from the loop, once for each time it was set; it may free
 * the deadline. NOMEM. */
SY_MUST_USE enum sy_err deadline_new(struct event_base *base,
    void (*passed)(void *ctx), void *ctx, struct deadline **ret_deadline);
/* NULL inside is allowed. */
void deadline_free(struct deadline **deadline);

/* In ${ms} milliseconds from now, instead of when it was before. NOMEM: there
 * is none now. */
SY_MUST_USE enum sy_err deadline_set(struct deadline *deadline, int64_t ms);
/* There is none. */
void deadline_clear(struct deadline *deadline);

#endif /* SERVER_HTTP_DEADLINE_H */
