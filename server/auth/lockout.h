/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_LOCKOUT_H
#define SERVER_AUTH_LOCKOUT_H

#include <sanyoso/policy.h>

#include "server/store/tables.h"

/*
 * How many passwords may be tried: pure functions over a row, so that every
 * transition of the table in sanyoso-policy.conf(5) can be tested. A try is
 * debited, and the row stored, before anything is verified; what became of it
 * is settled afterwards. So tries at the same time never get more
 * verifications than the policy has, and one that a crash cut off has failed.
 * Times are microseconds. Thread-safe: they know nothing but the row.
 */

/* No timed lock is longer, however often it was doubled. */
#define LOCKOUT_LONGEST (INT64_C(365) * 86400 * 1000000)

enum lockout_answer {
	LOCKOUT_SHUT = 0, /* a lock is in force: see state and until */
	LOCKOUT_BUSY = 1, /* all tries that are left are under way */
	LOCKOUT_TRY = 2,  /* debited: verify, then fail or succeed */
};

/* The row of ${owner} before its first try. */
void lockout_init(struct lockout_row *row, int64_t owner);

/*
 * The row as it is at ${now}: tries of another ${epoch} than the present one
 * have failed, a timed lock whose end has come is over, and what reaches the
 * policy's limits is locked. The functions below but unlock and reissue do it
 * first.
 */
void lockout_settle(struct lockout_row *row,
    const struct sy_lockout_policy *policy, int64_t epoch, int64_t now);

/* Debit a try if there is one; ${*ret_mark} is for lockout_succeed. */
enum lockout_answer lockout_begin(struct lockout_row *row,
    const struct sy_lockout_policy *policy, int64_t epoch, int64_t now,
    int64_t *ret_mark);

/* The try that was debited in this ${epoch} has failed. */
void lockout_fail(struct lockout_row *row,
    const struct sy_lockout_policy *policy, int64_t epoch, int64_t now);

/*
 * The try that was debited in this ${epoch} with ${mark} was right: forgives
 * the failures that were complete before it began, and no other. It opens no
 * lock; false if one is in force.
 */
bool lockout_succeed(struct lockout_row *row,
    const struct sy_lockout_policy *policy, int64_t epoch, int64_t now,
    int64_t mark);

/* The try that was debited in this ${epoch} was not verified at all: a machine
 * failed, nobody guessed. */
void lockout_return(struct lockout_row *row,
    const struct sy_lockout_policy *policy, int64_t epoch, int64_t now);

/* Tries of another ${epoch} than the present one have failed; what that comes
 * to is for lockout_settle to say. */
void lockout_cut_off(struct lockout_row *row, int64_t epoch);

/* The help desk, after lockout_cut_off: open a lock. Failures in a row go on
 * counting. False if the password is disabled: that ends only when one is
 * issued. */
bool lockout_unlock(struct lockout_row *row);

/* A password was issued, after lockout_cut_off: nothing that was tried before
 * counts. */
void lockout_reissue(struct lockout_row *row);

/*
 * Names that nobody has share their rows and never log in: after this long
 * without a try a row of theirs begins anew, or in time all of them would be
 * locked and show by it who is nobody.
 */
#define LOCKOUT_SLOT_LIFE (INT64_C(86400) * 1000000)
void lockout_forget(struct lockout_row *row, int64_t now);

/* The end of the lock in force, 0: none, or none that comes by itself. */
int64_t lockout_until(const struct lockout_row *row);

/* Whether a lock is in force, after lockout_settle. */
bool lockout_is_shut(const struct lockout_row *row);

/* Tries that are left before the next lock, those under way taken off. */
unsigned int lockout_left(const struct lockout_row *row,
    const struct sy_lockout_policy *policy);

#endif /* SERVER_AUTH_LOCKOUT_H */
