/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/lockout.h"

#include <string.h>

#define MICROSECONDS INT64_C(1000000)

void
lockout_init(struct lockout_row *row, int64_t owner)
{
	memset(row, 0, sizeof(*row));
	row->owner = owner;
	row->state = LOCKOUT_OPEN;
}

/* The length of the timed lock that comes after ${locks} others. */
static int64_t
lock_length(const struct sy_lockout_policy *policy, int64_t locks)
{
	int64_t length = policy->lock >= LOCKOUT_LONGEST / MICROSECONDS
	    ? LOCKOUT_LONGEST
	    : policy->lock * MICROSECONDS;

	while (locks-- > 0 && length < LOCKOUT_LONGEST)
		length *= 2;
	return length <= LOCKOUT_LONGEST ? length : LOCKOUT_LONGEST;
}

static void
lock(struct lockout_row *row, const struct sy_lockout_policy *policy,
    int64_t now)
{
	row->forgiven = row->failed;
	if (row->locks >= (int64_t)policy->locks) {
		row->state = LOCKOUT_HELP;
		row->until = 0;
		return;
	}
	row->state = LOCKOUT_TIMED;
	row->until = now + lock_length(policy, row->locks);
	row->locks++;
}

/* Lock what has reached a limit; the graver one first. */
static void
apply_limits(struct lockout_row *row, const struct sy_lockout_policy *policy,
    int64_t now)
{
	if (row->state == LOCKOUT_DISABLED)
		return;
	if (row->failed - row->streak >= (int64_t)policy->disable) {
		row->state = LOCKOUT_DISABLED;
		row->until = 0;
		row->forgiven = row->failed;
		return;
	}
	if (row->state == LOCKOUT_OPEN &&
	    row->failed - row->forgiven >= (int64_t)policy->tries)
		lock(row, policy, now);
}

void
lockout_cut_off(struct lockout_row *row, int64_t epoch)
{
	if (row->epoch == epoch)
		return;
	row->failed += row->pending;
	row->pending = 0;
	row->epoch = epoch;
}

void
lockout_settle(struct lockout_row *row, const struct sy_lockout_policy *policy,
    int64_t epoch, int64_t now)
{
	lockout_cut_off(row, epoch);
	if (row->state == LOCKOUT_TIMED && row->until <= now) {
		row->state = LOCKOUT_OPEN;
		row->until = 0;
	}
	/* Failures may have come under a policy that allowed more. */
	apply_limits(row, policy, now);
}

enum lockout_answer
lockout_begin(struct lockout_row *row, const struct sy_lockout_policy *policy,
    int64_t epoch, int64_t now, int64_t *ret_mark)
{
	lockout_settle(row, policy, epoch, now);
	if (lockout_is_shut(row))
		return LOCKOUT_SHUT;
	if (lockout_left(row, policy) == 0)
		return LOCKOUT_BUSY;
	row->pending++;
	*ret_mark = row->failed;
	return LOCKOUT_TRY;
}

void
lockout_fail(struct lockout_row *row, const struct sy_lockout_policy *policy,
    int64_t epoch, int64_t now)
{
	lockout_settle(row, policy, epoch, now);
	/* One that was settled with its epoch has been counted. */
	if (row->pending == 0)
		return;
	row->pending--;
	row->failed++;
	apply_limits(row, policy, now);
}

bool
lockout_succeed(struct lockout_row *row, const struct sy_lockout_policy *policy,
    int64_t epoch, int64_t now, int64_t mark)
{
	lockout_settle(row, policy, epoch, now);
	if (row->pending == 0)
		return false;
	row->pending--;
	if (lockout_is_shut(row))
		return false;
	if (mark > row->forgiven)
		row->forgiven = mark;
	if (mark > row->streak)
		row->streak = mark;
	/* Whoever guesses meanwhile is not rid of his locks. */
	if (mark == row->failed)
		row->locks = 0;
	return true;
}

void
lockout_return(struct lockout_row *row, const struct sy_lockout_policy *policy,
    int64_t epoch, int64_t now)
{
	lockout_settle(row, policy, epoch, now);
	if (row->pending > 0)
		row->pending--;
}

bool
lockout_unlock(struct lockout_row *row)
{
	if (row->state == LOCKOUT_DISABLED)
		return false;
	row->state = LOCKOUT_OPEN;
	row->until = 0;
	row->locks = 0;
	row->forgiven = row->failed;
	return true;
}

void
lockout_reissue(struct lockout_row *row)
{
	row->state = LOCKOUT_OPEN;
	row->until = 0;
	row->locks = 0;
	row->forgiven = row->failed;
	row->streak = row->failed;
}

void
lockout_forget(struct lockout_row *row, int64_t now)
{
	const int64_t id = row->id;

	if (row->owner >= 0 || now - row->changed < LOCKOUT_SLOT_LIFE ||
	    (row->state == LOCKOUT_TIMED && row->until > now))
		return;
	lockout_init(row, row->owner);
	row->id = id;
}

int64_t
lockout_until(const struct lockout_row *row)
{
	return row->state == LOCKOUT_TIMED ? row->until : 0;
}

bool
lockout_is_shut(const struct lockout_row *row)
{
	return row->state != LOCKOUT_OPEN;
}

unsigned int
lockout_left(const struct lockout_row *row,
    const struct sy_lockout_policy *policy)
{
	const int64_t before_lock = (int64_t)policy->tries - row->pending -
	    (row->failed - row->forgiven);
	const int64_t before_end = (int64_t)policy->disable - row->pending -
	    (row->failed - row->streak);
	const int64_t left =
	    before_lock < before_end ? before_lock : before_end;

	return lockout_is_shut(row) || left < 0 ? 0 : (unsigned int)left;
}
