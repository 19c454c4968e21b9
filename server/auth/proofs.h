/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_PROOFS_H
#define SERVER_AUTH_PROOFS_H

#include <sys/queue.h>

#include <event2/event.h>

#include <sanyoso/key.h>

/*
 * Verification of signatures, the most costly part of a login by far. One that
 * comes alone is verified by the loop itself, which has nothing else to do;
 * where more come, a thread of its own verifies beside the loop. RSA is quick
 * and never handed over. All functions
 * are for the loop thread.
 */
struct proofs;

/* What is verified; the caller's, until it is done. */
struct proof_check {
	/* By it is seen how long it will take. */
	const struct sy_key *key;
	/* Called at most once, by whichever thread: it looks at nothing that
	 * changes, and writes nothing but what is the check's alone. */
	enum sy_err (*verify)(struct proof_check *check);
	/* Called once, maybe from within proofs_start: ${result} is that of
	 * verify, or CLOSED. */
	void (*done)(struct proof_check *check);
	enum sy_err result;
	STAILQ_ENTRY(proof_check) next;
};

/* One that waits alone for a loop that is never idle goes to the thread after
 * so long, in microseconds. */
#define PROOFS_US 1000
/* While more wait for the thread, the loop is woken for so many at a time: that
 * costs more than the first of them loses by it. */
#define PROOFS_TOGETHER 8

/* ${base} has GATHERING_PRIORITIES. NOMEM, IO. */
SY_MUST_USE enum sy_err proofs_new(struct event_base *base,
    struct proofs **ret_proofs);
/* End the thread and report what is left as CLOSED, and at once what starts
 * from now on. NULL is allowed. */
void proofs_close(struct proofs *proofs);
/* The same, and frees it. NULL inside is allowed. */
void proofs_free(struct proofs **proofs);

void proofs_start(struct proofs *proofs, struct proof_check *check);

/* Those that wait or are under way. */
size_t proofs_taken(const struct proofs *proofs);

#endif /* SERVER_AUTH_PROOFS_H */
