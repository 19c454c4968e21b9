/* SPDX-License-Identifier: Apache-2.0 */
/* server/auth/lockout.c: LOCK-1 and LOCK-3, the table of transitions in
 * sanyoso-policy.conf(5) row by row, and tries at the same time. */
#include "tests/support/unit.h"

#include "server/auth/lockout.h"

#define EPOCH  7
#define NOW    INT64_C(1000000000)
#define MINUTE INT64_C(60000000)

static const struct sy_lockout_policy policy = {
	.tries = 3, .lock = 60, .locks = 2, .disable = 8
};

enum event {
	BEGIN,
	FAIL,
	SUCCEED,
	RETURN,
	UNLOCK,
	REISSUE,
	LATER,
	RESTART,
	/* The end of a try that began before the last start. */
	FAIL_LATE,
	SUCCEED_LATE,
	RETURN_LATE
};

/* A row of the table: a state, what happens, the state after it. */
struct transition {
	const char *what;
	struct lockout_row before;
	enum event event;
	int64_t number; /* SUCCEED: the mark; LATER: the time */
	int answer;     /* of BEGIN, SUCCEED and UNLOCK */
	struct lockout_row after;
};

#define ROW(pending_, failed_, forgiven_, streak_, locks_, state_, until_)     \
	{                                                                      \
		.owner = 1, .epoch = EPOCH, .pending = (pending_),             \
		.failed = (failed_), .forgiven = (forgiven_),                  \
		.streak = (streak_), .locks = (locks_), .state = (state_),     \
		.until = (until_),                                             \
	}

static const struct transition table[] = {
	{ "B1: the first try is debited", ROW(0, 0, 0, 0, 0, LOCKOUT_OPEN, 0),
	    BEGIN, 0, LOCKOUT_TRY, ROW(1, 0, 0, 0, 0, LOCKOUT_OPEN, 0) },
	{ "B1: the last one that is left", ROW(0, 2, 0, 0, 0, LOCKOUT_OPEN, 0),
	    BEGIN, 0, LOCKOUT_TRY, ROW(1, 2, 0, 0, 0, LOCKOUT_OPEN, 0) },
	{ "B2: none is left while others are under way",
	    ROW(1, 2, 0, 0, 0, LOCKOUT_OPEN, 0), BEGIN, 0, LOCKOUT_BUSY,
	    ROW(1, 2, 0, 0, 0, LOCKOUT_OPEN, 0) },
	{ "B2: nor before the limit of failures in a row",
	    ROW(1, 7, 6, 0, 0, LOCKOUT_OPEN, 0), BEGIN, 0, LOCKOUT_BUSY,
	    ROW(1, 7, 6, 0, 0, LOCKOUT_OPEN, 0) },
	{ "B3: nothing is tried under a timed lock",
	    ROW(0, 3, 3, 0, 1, LOCKOUT_TIMED, NOW + 1), BEGIN, 0, LOCKOUT_SHUT,
	    ROW(0, 3, 3, 0, 1, LOCKOUT_TIMED, NOW + 1) },
	{ "T1 B1: its end has come", ROW(0, 3, 3, 0, 1, LOCKOUT_TIMED, NOW),
	    BEGIN, 0, LOCKOUT_TRY, ROW(1, 3, 3, 0, 1, LOCKOUT_OPEN, 0) },
	{ "B3: nor until the help desk opens",
	    ROW(0, 6, 6, 0, 2, LOCKOUT_HELP, 0), BEGIN, 0, LOCKOUT_SHUT,
	    ROW(0, 6, 6, 0, 2, LOCKOUT_HELP, 0) },
	{ "B3: nor with a disabled password",
	    ROW(0, 8, 8, 0, 0, LOCKOUT_DISABLED, 0), BEGIN, 0, LOCKOUT_SHUT,
	    ROW(0, 8, 8, 0, 0, LOCKOUT_DISABLED, 0) },
	{ "R2 B3: what a laxer policy let come is locked now",
	    ROW(0, 4, 0, 0, 0, LOCKOUT_OPEN, 0), BEGIN, 0, LOCKOUT_SHUT,
	    ROW(0, 4, 4, 0, 1, LOCKOUT_TIMED, NOW + MINUTE) },

	{ "F1: a failure counts", ROW(1, 1, 0, 0, 0, LOCKOUT_OPEN, 0), FAIL, 0,
	    0, ROW(0, 2, 0, 0, 0, LOCKOUT_OPEN, 0) },
	{ "F1 R2: the last one locks for a time",
	    ROW(1, 2, 0, 0, 0, LOCKOUT_OPEN, 0), FAIL, 0, 0,
	    ROW(0, 3, 3, 0, 1, LOCKOUT_TIMED, NOW + MINUTE) },
	{ "F1 R2: the next lock lasts twice",
	    ROW(1, 5, 3, 0, 1, LOCKOUT_OPEN, 0), FAIL, 0, 0,
	    ROW(0, 6, 6, 0, 2, LOCKOUT_TIMED, NOW + 2 * MINUTE) },
	{ "F1 R3: after these only the help desk opens",
	    ROW(1, 12, 10, 8, 2, LOCKOUT_OPEN, 0), FAIL, 0, 0,
	    ROW(0, 13, 13, 8, 2, LOCKOUT_HELP, 0) },
	{ "F1 R1: so many in a row disable the password",
	    ROW(1, 7, 6, 0, 0, LOCKOUT_OPEN, 0), FAIL, 0, 0,
	    ROW(0, 8, 8, 0, 0, LOCKOUT_DISABLED, 0) },
	{ "E1: a failure that was counted at the start counts once",
	    ROW(0, 2, 0, 0, 0, LOCKOUT_OPEN, 0), FAIL, 0, 0,
	    ROW(0, 2, 0, 0, 0, LOCKOUT_OPEN, 0) },

	{ "S1: success forgives what was complete before it began",
	    ROW(1, 2, 0, 0, 1, LOCKOUT_OPEN, 0), SUCCEED, 2, true,
	    ROW(0, 2, 2, 2, 0, LOCKOUT_OPEN, 0) },
	{ "S1: but not what came meanwhile",
	    ROW(1, 2, 0, 0, 0, LOCKOUT_OPEN, 0), SUCCEED, 1, true,
	    ROW(0, 2, 1, 1, 0, LOCKOUT_OPEN, 0) },
	{ "nor the locks of whoever guesses meanwhile",
	    ROW(1, 2, 0, 0, 1, LOCKOUT_OPEN, 0), SUCCEED, 1, true,
	    ROW(0, 2, 1, 1, 1, LOCKOUT_OPEN, 0) },
	{ "S1: nor does it take back what a later one forgave",
	    ROW(1, 4, 3, 3, 0, LOCKOUT_OPEN, 0), SUCCEED, 2, true,
	    ROW(0, 4, 3, 3, 0, LOCKOUT_OPEN, 0) },
	{ "S2: it opens no lock",
	    ROW(1, 3, 3, 0, 1, LOCKOUT_TIMED, NOW + MINUTE), SUCCEED, 1, false,
	    ROW(0, 3, 3, 0, 1, LOCKOUT_TIMED, NOW + MINUTE) },
	{ "T1 S1: but where its end has come, success forgives",
	    ROW(1, 3, 3, 0, 1, LOCKOUT_TIMED, NOW), SUCCEED, 3, true,
	    ROW(0, 3, 3, 3, 0, LOCKOUT_OPEN, 0) },
	{ "E1: nor does one count that was settled at the start",
	    ROW(0, 2, 0, 0, 0, LOCKOUT_OPEN, 0), SUCCEED, 1, false,
	    ROW(0, 2, 0, 0, 0, LOCKOUT_OPEN, 0) },

	{ "G1: a try that was not verified is given back",
	    ROW(2, 1, 0, 0, 0, LOCKOUT_OPEN, 0), RETURN, 0, 0,
	    ROW(1, 1, 0, 0, 0, LOCKOUT_OPEN, 0) },
	{ "E1: but not one that was settled at the start",
	    ROW(0, 1, 0, 0, 0, LOCKOUT_OPEN, 0), RETURN, 0, 0,
	    ROW(0, 1, 0, 0, 0, LOCKOUT_OPEN, 0) },

	{ "U1: the help desk opens a timed lock",
	    ROW(0, 3, 3, 0, 1, LOCKOUT_TIMED, NOW + MINUTE), UNLOCK, 0, true,
	    ROW(0, 3, 3, 0, 0, LOCKOUT_OPEN, 0) },
	{ "U1: and its own; failures in a row go on",
	    ROW(0, 7, 7, 0, 2, LOCKOUT_HELP, 0), UNLOCK, 0, true,
	    ROW(0, 7, 7, 0, 0, LOCKOUT_OPEN, 0) },
	{ "U1: and gives all tries back", ROW(1, 2, 0, 0, 0, LOCKOUT_OPEN, 0),
	    UNLOCK, 0, true, ROW(1, 2, 2, 0, 0, LOCKOUT_OPEN, 0) },
	{ "U2: but never a disabled password",
	    ROW(0, 8, 8, 0, 0, LOCKOUT_DISABLED, 0), UNLOCK, 0, false,
	    ROW(0, 8, 8, 0, 0, LOCKOUT_DISABLED, 0) },

	{ "N1: issued anew, nothing counts any more",
	    ROW(1, 8, 7, 0, 2, LOCKOUT_DISABLED, 0), REISSUE, 0, 0,
	    ROW(1, 8, 8, 8, 0, LOCKOUT_OPEN, 0) },

	{ "T1: a timed lock ends by itself, its number stays",
	    ROW(0, 3, 3, 0, 1, LOCKOUT_TIMED, NOW + MINUTE), LATER,
	    NOW + MINUTE, 0, ROW(0, 3, 3, 0, 1, LOCKOUT_OPEN, 0) },
	{ "T1: not a moment before",
	    ROW(0, 3, 3, 0, 1, LOCKOUT_TIMED, NOW + MINUTE), LATER,
	    NOW + MINUTE - 1, 0,
	    ROW(0, 3, 3, 0, 1, LOCKOUT_TIMED, NOW + MINUTE) },
	{ "T1: the help desk's does not", ROW(0, 3, 3, 0, 2, LOCKOUT_HELP, 0),
	    LATER, NOW * 1000, 0, ROW(0, 3, 3, 0, 2, LOCKOUT_HELP, 0) },

	{ "C1: tries that a crash cut off have failed",
	    ROW(1, 1, 0, 0, 0, LOCKOUT_OPEN, 0), RESTART, 0, 0,
	    ROW(0, 2, 0, 0, 0, LOCKOUT_OPEN, 0) },
	{ "C1 R2: and lock when they are enough",
	    ROW(2, 1, 0, 0, 0, LOCKOUT_OPEN, 0), RESTART, 0, 0,
	    ROW(0, 3, 3, 0, 1, LOCKOUT_TIMED, NOW + MINUTE) },
	{ "C1 E1: whose failure is told later does not count twice",
	    ROW(1, 1, 0, 0, 0, LOCKOUT_OPEN, 0), FAIL_LATE, 0, 0,
	    ROW(0, 2, 0, 0, 0, LOCKOUT_OPEN, 0) },
	{ "C1 E1: nor does a success after the start, which is none",
	    ROW(1, 1, 0, 0, 0, LOCKOUT_OPEN, 0), SUCCEED_LATE, 1, false,
	    ROW(0, 2, 0, 0, 0, LOCKOUT_OPEN, 0) },
	{ "C1 E1: nor is it given back", ROW(1, 1, 0, 0, 0, LOCKOUT_OPEN, 0),
	    RETURN_LATE, 0, 0, ROW(0, 2, 0, 0, 0, LOCKOUT_OPEN, 0) },
	{ "C1 R1: or disable", ROW(1, 7, 6, 0, 0, LOCKOUT_OPEN, 0), RESTART, 0,
	    0, ROW(0, 8, 8, 0, 0, LOCKOUT_DISABLED, 0) },
};

static int
end_late(const struct transition *t, struct lockout_row *row)
{
	row->epoch = EPOCH - 1;
	if (t->event == SUCCEED_LATE)
		return lockout_succeed(row, &policy, EPOCH, NOW, t->number);
	if (t->event == FAIL_LATE)
		lockout_fail(row, &policy, EPOCH, NOW);
	else
		lockout_return(row, &policy, EPOCH, NOW);
	return 0;
}

static int
apply(const struct transition *t, struct lockout_row *row)
{
	int64_t mark = -1;
	int answer;

	switch (t->event) {
	case BEGIN:
		answer = (int)lockout_begin(row, &policy, EPOCH, NOW, &mark);
		assert_int_equal(mark,
		    answer == LOCKOUT_TRY ? row->failed : -1);
		return answer;
	case FAIL:
		lockout_fail(row, &policy, EPOCH, NOW);
		return 0;
	case SUCCEED:
		return lockout_succeed(row, &policy, EPOCH, NOW, t->number);
	case RETURN:
		lockout_return(row, &policy, EPOCH, NOW);
		return 0;
	case UNLOCK:
		return lockout_unlock(row);
	case REISSUE:
		lockout_reissue(row);
		return 0;
	case LATER:
		lockout_settle(row, &policy, EPOCH, t->number);
		return 0;
	case RESTART:
		row->epoch = EPOCH - 1;
		lockout_settle(row, &policy, EPOCH, NOW);
		return 0;
	case FAIL_LATE:
	case SUCCEED_LATE:
	case RETURN_LATE:
		return end_late(t, row);
	}
	return -1;
}

static void
every_row_of_the_table_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(table); i++) {
		struct lockout_row row = table[i].before;

		print_message("  %s\n", table[i].what);
		assert_int_equal(apply(&table[i], &row), table[i].answer);
		assert_memory_equal(&row, &table[i].after, sizeof(row));
	}
}

static void
what_is_left_is_told_before_the_nearest_limit(void **state)
{
	static const struct {
		struct lockout_row row;
		unsigned int left;
	} tc[] = {
		{ ROW(0, 0, 0, 0, 0, LOCKOUT_OPEN, 0), 3 },
		{ ROW(1, 0, 0, 0, 0, LOCKOUT_OPEN, 0), 2 },
		{ ROW(0, 2, 0, 0, 0, LOCKOUT_OPEN, 0), 1 },
		{ ROW(0, 7, 7, 0, 0, LOCKOUT_OPEN, 0), 1 },
		{ ROW(0, 9, 0, 9, 0, LOCKOUT_OPEN, 0), 0 },
		{ ROW(0, 3, 3, 0, 1, LOCKOUT_TIMED, NOW), 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++)
		assert_int_equal(lockout_left(&tc[i].row, &policy), tc[i].left);
}

/* What unknown names have used up, who share a slot; a person's stays. */
static void
only_an_old_slot_that_is_open_is_forgotten(void **state)
{
	static const struct {
		int64_t owner, age, until;
		enum lockout_state state;
		bool forgotten;
	} tc[] = {
		{ -2, LOCKOUT_SLOT_LIFE, 0, LOCKOUT_OPEN, true },
		{ -2, LOCKOUT_SLOT_LIFE - 1, 0, LOCKOUT_OPEN, false },
		{ -2, LOCKOUT_SLOT_LIFE, 0, LOCKOUT_HELP, true },
		{ -2, LOCKOUT_SLOT_LIFE, NOW + 1, LOCKOUT_TIMED, false },
		{ -2, LOCKOUT_SLOT_LIFE, NOW, LOCKOUT_TIMED, true },
		{ 1, LOCKOUT_SLOT_LIFE, 0, LOCKOUT_OPEN, false },
		{ 0, LOCKOUT_SLOT_LIFE, 0, LOCKOUT_OPEN, false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct lockout_row row = { .id = 9,
			.owner = tc[i].owner,
			.failed = 2,
			.state = tc[i].state,
			.until = tc[i].until,
			.changed = NOW - tc[i].age };

		lockout_forget(&row, NOW);
		assert_int_equal(row.failed, tc[i].forgotten ? 0 : 2);
		assert_int_equal(row.id, 9);
		assert_int_equal(row.owner, tc[i].owner);
	}
}

static void
no_lock_is_longer_than_the_longest(void **state)
{
	static const struct sy_lockout_policy cruel = {
		.tries = 1, .lock = 86400, .locks = 100, .disable = 100
	};
	struct lockout_row row = ROW(1, 0, 0, 0, 99, LOCKOUT_OPEN, 0);

	(void)state;
	lockout_fail(&row, &cruel, EPOCH, NOW);
	assert_int_equal(row.state, LOCKOUT_TIMED);
	assert_int_equal(row.until, NOW + LOCKOUT_LONGEST);
}

/* --- tries at the same time --- */

#define PARALLEL 5

/* Of PARALLEL tries each is before, in or behind its verification. */
struct world {
	struct lockout_row row;
	int stage[PARALLEL];
	int64_t mark[PARALLEL];
	unsigned int verified; /* since the last success */
	unsigned int worlds;
};

static void
check_world(const struct world *w)
{
	const struct lockout_row *r = &w->row;

	assert_true(r->pending >= 0);
	assert_true(r->failed - r->forgiven + r->pending <=
	    (int64_t)policy.tries);
	assert_true(w->verified <= policy.tries);
}

static void explore(const struct world *w, int right, unsigned int *count);

static void
step(const struct world *w, int i, int right, unsigned int *count)
{
	struct world next = *w;

	if (w->stage[i] == 0) {
		if (lockout_begin(&next.row, &policy, EPOCH, NOW,
			&next.mark[i]) == LOCKOUT_TRY) {
			next.stage[i] = 1;
			next.verified++;
		} else {
			next.stage[i] = 2;
		}
	} else {
		next.stage[i] = 2;
		if (i == right)
			(void)lockout_succeed(&next.row, &policy, EPOCH, NOW,
			    next.mark[i]);
		else
			lockout_fail(&next.row, &policy, EPOCH, NOW);
	}
	explore(&next, right, count);
}

/* Every order in which debits and their ends can come. */
static void
explore(const struct world *w, int right, unsigned int *count)
{
	(*count)++;
	if (right < 0)
		check_world(w);
	assert_true(w->row.failed - w->row.forgiven + w->row.pending <=
	    (int64_t)policy.tries);
	for (int i = 0; i < PARALLEL; i++)
		if (w->stage[i] < 2)
			step(w, i, right, count);
}

static void
parallel_tries_are_never_more_than_allowed(void **state)
{
	struct world w = { .verified = 0 };
	unsigned int count = 0;

	(void)state;
	lockout_init(&w.row, 1);
	w.row.epoch = EPOCH;
	explore(&w, -1, &count);
	assert_true(count > 1000);
	/* With the right one among them: what it forgives ended before it
	 * began, so nobody gets a try for one that is still under way. */
	for (int right = 0; right < PARALLEL; right++)
		explore(&w, right, &count);
}

/* LOCK-3: whoever waits for the end of each lock and goes on gets no further
 * than the limit in a row, and unlocking does not help. */
static void
guessing_through_all_locks_ends_at_the_limit(void **state)
{
	struct lockout_row row;
	unsigned int verified = 0;
	int64_t now = NOW, mark;

	(void)state;
	lockout_init(&row, 1);
	for (int i = 0; i < 1000; i++) {
		now += 100 * MINUTE;
		if (row.state == LOCKOUT_HELP)
			assert_true(lockout_unlock(&row));
		if (lockout_begin(&row, &policy, EPOCH, now, &mark) ==
		    LOCKOUT_TRY) {
			verified++;
			lockout_fail(&row, &policy, EPOCH, now);
		}
	}
	assert_int_equal(verified, policy.disable);
	assert_int_equal(row.state, LOCKOUT_DISABLED);
	assert_false(lockout_unlock(&row));
	lockout_reissue(&row);
	assert_int_equal(lockout_begin(&row, &policy, EPOCH, now, &mark),
	    LOCKOUT_TRY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_table_holds),
		cmocka_unit_test(what_is_left_is_told_before_the_nearest_limit),
		cmocka_unit_test(only_an_old_slot_that_is_open_is_forgotten),
		cmocka_unit_test(no_lock_is_longer_than_the_longest),
		cmocka_unit_test(parallel_tries_are_never_more_than_allowed),
		cmocka_unit_test(guessing_through_all_locks_ends_at_the_limit),
	};

	return cmocka_run_group_tests_name("lockout", tests, NULL, NULL);
}
