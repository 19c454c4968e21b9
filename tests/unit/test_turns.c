/* SPDX-License-Identifier: Apache-2.0 */
/* server/auth/turns.c: who is let on to the hashes, and when. */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "server/auth/turns.h"

#define NOW    1000
#define SECOND INT64_C(1000000)

/* One hash each 100 ms: 15 places. */
#define EACH   (SECOND / 10)
#define PLACES 15

struct scene {
	struct turns turns;
	struct turn turn[64];
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	turns_init(&s->turns, 1, 1024);
	turns_done(&s->turns, 0, EACH);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	free(*state);
	return 0;
}

static bool
may(struct scene *s, int who, size_t taken, int64_t now)
{
	return turns_may(&s->turns, &s->turn[who], taken, now);
}

static int64_t
waits(struct scene *s, int who, int64_t now)
{
	/* Each at a terminal of its own. */
	return turns_wait(&s->turns, &s->turn[who], who, now);
}

static void
so_many_are_let_on_as_are_hashed_in_time(void **state)
{
	struct scene *s = *state;

	assert_int_equal(TURNS_HOLD / EACH, PLACES);
	assert_true(may(s, 0, PLACES - 1, NOW));
	assert_false(may(s, 0, PLACES, NOW));
	/* Ten times as fast. */
	for (int i = 1; i < 200; i++)
		turns_done(&s->turns, 0, EACH + i * EACH / 10);
	assert_true(may(s, 0, 9 * PLACES, NOW));
	assert_false(may(s, 0, 11 * PLACES, NOW));
}

/* What came long after the one before was not held up by it. */
static void
the_time_between_two_tries_is_none_of_a_hash(void **state)
{
	struct scene *s = *state;

	for (int64_t at = 100; at < 200; at++)
		turns_done(&s->turns, at * SECOND, at * SECOND + EACH);
	assert_true(may(s, 0, PLACES - 1, NOW));
	assert_false(may(s, 0, PLACES, NOW));
}

static void
places_are_bounded_whatever_the_speed(void **state)
{
	struct scene *s = *state;

	turns_init(&s->turns, 2, 40);
	assert_true(may(s, 0, TURNS_FIRST - 1, NOW));
	assert_false(may(s, 0, TURNS_FIRST, NOW));
	turns_done(&s->turns, 0, 1);
	assert_true(may(s, 0, 39, NOW));
	assert_false(may(s, 0, 40, NOW));
	/* A hash that takes a minute. */
	turns_init(&s->turns, 2, 40);
	turns_done(&s->turns, 0, 60 * SECOND);
	assert_true(may(s, 0, 3, NOW));
	assert_false(may(s, 0, 4, NOW));
	/* A clock that is read in another order. */
	turns_done(&s->turns, 90 * SECOND, 80 * SECOND);
	turns_init(&s->turns, 2, 1);
	assert_true(may(s, 0, 0, NOW));
	assert_false(may(s, 0, 1, NOW));
}

static void
who_was_sent_away_first_is_let_on_first(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 3; i++)
		(void)waits(s, i, NOW);
	/* Asking again is no second turn. */
	(void)waits(s, 0, NOW + 1);
	assert_false(may(s, 3, PLACES - 1, NOW + 1));
	assert_false(may(s, 2, PLACES - 1, NOW + 1));
	assert_false(may(s, 1, PLACES - 1, NOW + 1));
	assert_true(may(s, 0, PLACES - 1, NOW + 1));
	/* With two places the second may come before the first. */
	assert_true(may(s, 1, PLACES - 2, NOW + 1));
	assert_false(may(s, 2, PLACES - 2, NOW + 1));
	turn_leave(&s->turn[0]);
	assert_true(may(s, 1, PLACES - 1, NOW + 1));
	assert_false(may(s, 2, PLACES - 1, NOW + 1));
	turn_leave(&s->turn[1]);
	turn_leave(&s->turn[1]);
	turn_leave(&s->turn[2]);
	assert_true(may(s, 3, PLACES - 1, NOW + 1));
}

static void
who_does_not_come_back_loses_the_turn(void **state)
{
	struct scene *s = *state;
	const int64_t wait = waits(s, 0, NOW);

	assert_int_equal(wait, 1);
	(void)waits(s, 1, NOW + wait + TURNS_GRACE);
	assert_false(may(s, 1, PLACES - 1, NOW + wait + TURNS_GRACE));
	assert_true(may(s, 1, PLACES - 1, NOW + wait + TURNS_GRACE + 1));
	assert_null(s->turn[0].of);
	/* Whoever comes too late stands behind. */
	(void)waits(s, 0, NOW + wait + TURNS_GRACE + 1);
	assert_false(may(s, 0, PLACES - 1, NOW + wait + TURNS_GRACE + 1));
}

/* Turns that nobody takes must not let the hashes stand still. */
static void
nobody_waits_for_others_before_empty_places(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 63; i++)
		(void)waits(s, i, NOW);
	assert_true(may(s, 63, 0, NOW));
	assert_true(may(s, 63, PLACES / 4, NOW));
	assert_false(may(s, 63, PLACES / 4 + 1, NOW));
	/* However few places there are: a hash that takes a second. */
	turns_init(&s->turns, 1, 1024);
	turns_done(&s->turns, 0, SECOND);
	memset(s->turn, 0, sizeof(s->turn));
	for (int i = 0; i < 63; i++)
		(void)waits(s, i, NOW);
	assert_true(may(s, 63, 0, NOW));
	assert_false(may(s, 63, 1, NOW));
}

/* A terminal with many turns, each by its number from 0 on, and one of others
 * behind it. */
static void
many_of_one_terminal_keep_no_other_out(void **state)
{
	struct scene *s = *state;
	const size_t one = PLACES - 1;

	for (int i = 0; i < 20; i++)
		(void)turns_wait(&s->turns, &s->turn[i], 99, NOW);
	assert_int_equal(s->turn[19].since, NOW + 19 * TURNS_APART);
	(void)waits(s, 50, NOW + 5);
	(void)waits(s, 51, NOW + 5);
	/* It came behind those that stand as if they had come before it. */
	for (int i = 0; i <= 5; i++) {
		assert_false(may(s, 50, one, NOW));
		assert_true(may(s, i, one, NOW));
		turn_leave(&s->turn[i]);
	}
	assert_false(may(s, 6, one, NOW));
	assert_false(may(s, 51, one, NOW));
	assert_true(may(s, 50, one, NOW));
	turn_leave(&s->turn[50]);
	assert_true(may(s, 51, one, NOW));
	turn_leave(&s->turn[51]);
	/* Among themselves they stay in their order, whoever left. */
	(void)turns_wait(&s->turns, &s->turn[20], 99, NOW);
	assert_int_equal(s->turn[20].since, s->turn[19].since);
	for (int i = 6; i <= 20; i++) {
		assert_true(may(s, i, one, NOW));
		assert_true(i == 20 || !may(s, 20, one, NOW));
		turn_leave(&s->turn[i]);
	}
	/* Who comes often is not put off for having come before. */
	(void)turns_wait(&s->turns, &s->turn[0], 99, NOW + 1);
	assert_int_equal(s->turn[0].since, NOW + 1);
}

static void
the_wait_follows_from_who_is_before(void **state)
{
	struct scene *s = *state;
	int64_t wait = 0;

	for (int i = 0; i < 64; i++) {
		wait = waits(s, i, NOW);
		assert_int_equal(wait, 1 + i / 10);
	}
	for (int i = 0; i < 30; i++)
		turn_leave(&s->turn[i]);
	assert_int_equal(waits(s, 63, NOW), 1 + 33 / 10);
	turns_done(&s->turns, 0, 100 * SECOND);
	assert_int_equal(waits(s, 63, NOW), TURNS_AGAIN);
	assert_int_equal(waits(s, 30, NOW), 1);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(so_many_are_let_on_as_are_hashed_in_time),
		CASE(the_time_between_two_tries_is_none_of_a_hash),
		CASE(places_are_bounded_whatever_the_speed),
		CASE(who_was_sent_away_first_is_let_on_first),
		CASE(who_does_not_come_back_loses_the_turn),
		CASE(nobody_waits_for_others_before_empty_places),
		CASE(many_of_one_terminal_keep_no_other_out),
		CASE(the_wait_follows_from_who_is_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
