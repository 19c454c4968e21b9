/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_KEYFIND_H
#define DEVICE_KEYFIND_H

#include "lib/inherence/device/key.h"
#include "lib/possession/device/link.h"
#include "lib/possession/device/readers.h"

/*
 * Waiting for the key that is meant: keys on USB and in readers come and go,
 * each is asked once what it holds, and of several that fit the one counts that
 * is touched.
 */
struct keyfind;

/* A key that was found, and what it hangs on. */
struct keyfind_key {
	struct key *key;
	struct link *link;       /* in a reader; NULL: USB */
	struct readers *readers; /* the same */
	struct reader reader;
	char name[16]; /* hidrawN */
};

/* Send KEY_WAITING. */
typedef enum sy_err keyfind_tell_fn(void *arg,
    const struct sy_keydevice_waiting *waiting);

/*
 * Wait for a key as ${start} asks. TIMEOUT; PERM (a key is in place and not
 * ours to open); CLOSED, PROTOCOL (the agent's line); NOMEM. ${reterr} says
 * where.
 */
SY_MUST_USE enum sy_err keyfind_run(const struct device_host *host,
    const struct sy_keydevice_start *start, keyfind_tell_fn *tell, void *arg,
    struct keyfind_key *ret, struct sy_error *reterr);
/* Whether it is still there: SY_OK, CARD_GONE, READER, PCSC. */
SY_MUST_USE enum sy_err keyfind_check(const struct keyfind_key *found);
void keyfind_clear(struct keyfind_key *found);

#endif /* DEVICE_KEYFIND_H */
