/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TORTURE_H
#define TORTURE_H

#include "tests/support/office.h"

/*
 * Handlers of the server with each allocation failing in turn: each has a
 * defined end, whichever it is. Programs that use this link as those with
 * tests/support/faults.h.
 */

/* Where a handler is tried: each time on a new one. */
struct scene; /* the test's own */
struct torture_stage {
	size_t size; /* of a scene, zeroed when it is opened */
	void (*open)(struct scene *s);
	void (*close)(struct scene *s);
	struct office *(*office)(struct scene *s);
	struct desk *(*asked)(struct scene *s); /* that was sent the request */
};

struct torture_handler {
	const char *name;
	void (*ask)(struct scene *s); /* to a request that was sent */
	void (*check)(struct scene *s);
	const char *good; /* what the answer says when nothing fails */
};

/* Try all ${count} of them. */
void torture_handlers(const struct torture_stage *stage,
    const struct torture_handler *handlers, size_t count);

/*
 * One request, which ${desk} was sent, with the ${n}-th allocation failing:
 * answered, and what is under way come to its end. False if there was no such
 * allocation; then the answer says ${good}.
 */
bool torture_answer(struct office *office, struct desk *desk, unsigned int n,
    const char *good);

#endif /* TORTURE_H */
