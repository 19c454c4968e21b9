/* SPDX-License-Identifier: Apache-2.0 */
/* server/identity/terminals.c: bad signatures are counted against the
 * terminal, never against a card. */
#include "tests/support/unit.h"

#include "server/identity/terminals.h"

#define NOW    5000
#define BEGINS 4

static int
setup(void **state)
{
	struct terminals *t = NULL;

	assert_int_equal(terminals_new(BEGINS, &t), SY_OK);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct terminals *t = *state;

	terminals_free(&t);
	terminals_free(&t);
	return 0;
}

static void
too_many_bad_signatures_delay_that_terminal_alone(void **state)
{
	struct terminals *t = *state;

	for (int i = 1; i < TERMINALS_BAD_MAX; i++)
		terminals_bad(t, 7, NOW);
	assert_int_equal(terminals_wait(t, 7, NOW), 0);
	terminals_bad(t, 7, NOW + 10);
	assert_int_equal(terminals_wait(t, 7, NOW + 10),
	    TERMINALS_BAD_WINDOW - 10);
	assert_int_equal(terminals_wait(t, 8, NOW + 10), 0);
	assert_int_equal(terminals_wait(t, 7, NOW + TERMINALS_BAD_WINDOW - 1),
	    1);
	assert_int_equal(terminals_wait(t, 7, NOW + TERMINALS_BAD_WINDOW), 0);
	terminals_bad(t, 7, NOW + TERMINALS_BAD_WINDOW);
	assert_int_equal(terminals_wait(t, 7, NOW + TERMINALS_BAD_WINDOW), 0);
}

/* LOCK-4: each has its own count; who has shown a device meets none of it. */
static void
wrong_passwords_are_counted_apart_from_signatures(void **state)
{
	struct terminals *t = *state;

	for (int i = 0; i < TERMINALS_BAD_MAX; i++) {
		assert_int_equal(terminals_try(t, 7, NOW), 0);
		terminals_tried(t, 7, true, NOW);
	}
	assert_int_equal(terminals_try(t, 7, NOW), TERMINALS_BAD_WINDOW);
	assert_int_equal(terminals_wait(t, 7, NOW), 0);
	assert_int_equal(terminals_try(t, 8, NOW), 0);
	assert_int_equal(terminals_try(t, 9999, NOW), 0);
	assert_int_equal(terminals_try(t, 7, NOW + TERMINALS_BAD_WINDOW), 0);
}

/* LOCK-4 */
static void
passwords_at_once_are_never_more_than_may_be_wrong(void **state)
{
	struct terminals *t = *state;

	terminals_tried(t, 7, true, NOW - TERMINALS_BAD_WINDOW);
	for (int i = 0; i < TERMINALS_BAD_MAX; i++)
		assert_int_equal(terminals_try(t, 7, NOW), 0);
	assert_int_equal(terminals_try(t, 7, NOW), 1);
	assert_int_equal(terminals_try(t, 8, NOW), 0);
	/* One that was right makes room, one that was wrong does not. */
	terminals_tried(t, 7, false, NOW);
	assert_int_equal(terminals_try(t, 7, NOW), 0);
	terminals_tried(t, 7, true, NOW);
	assert_int_equal(terminals_try(t, 7, NOW), 1);
	for (int i = 1; i < TERMINALS_BAD_MAX; i++)
		terminals_tried(t, 7, true, NOW);
	assert_int_equal(terminals_try(t, 7, NOW), TERMINALS_BAD_WINDOW);
	/* What was not under way ends nothing. */
	terminals_tried(t, 7, false, NOW);
	assert_int_equal(terminals_try(t, 7, NOW + TERMINALS_BAD_WINDOW - 1),
	    1);
}

static void
so_much_is_begun_within_a_minute_and_no_more(void **state)
{
	struct terminals *t = *state;

	for (int i = 0; i < BEGINS; i++)
		assert_int_equal(terminals_begin(t, 7, NOW + i), 0);
	assert_int_equal(terminals_begin(t, 7, NOW + BEGINS),
	    TERMINALS_BEGIN_WINDOW - BEGINS);
	assert_int_equal(terminals_begin(t, 8, NOW + BEGINS), 0);
	assert_int_equal(terminals_begin(t, 7,
			     NOW + TERMINALS_BEGIN_WINDOW - 1),
	    1);
	for (int i = 0; i < BEGINS; i++)
		assert_int_equal(terminals_begin(t, 7,
				     NOW + TERMINALS_BEGIN_WINDOW),
		    0);
	assert_int_equal(terminals_begin(t, 7, NOW + TERMINALS_BEGIN_WINDOW),
	    TERMINALS_BEGIN_WINDOW);
	/* Mistakes are counted apart. */
	assert_int_equal(terminals_wait(t, 7, NOW + TERMINALS_BEGIN_WINDOW), 0);
}

static void
sessions_of_other_boots_are_looked_for_until_none_is_left(void **state)
{
	static const uint8_t first[SY_TXN_SIZE] = "first",
			     second[SY_TXN_SIZE] = "second";
	struct terminals *t = *state;

	assert_true(terminals_may_settle(t, 7, first, NOW));
	/* However often it asks, it is one search a second. */
	assert_false(terminals_may_settle(t, 7, first, NOW));
	assert_false(terminals_may_settle(t, 7, second, NOW));
	assert_true(terminals_may_settle(t, 8, first, NOW));
	assert_true(terminals_may_settle(t, 7, first, NOW + 1));
	terminals_settled(t, 7, first);
	assert_false(terminals_may_settle(t, 7, first, NOW + 2));
	/* It has started again. */
	assert_true(terminals_may_settle(t, 7, second, NOW + 2));
	terminals_settled(t, 7, second);
	assert_false(terminals_may_settle(t, 7, second, NOW + 3));
	assert_true(terminals_may_settle(t, 7, first, NOW + 3));
	/* What is said of those without a place of their own holds for none. */
	terminals_settled(t, 1 << 21, first);
	assert_true(terminals_may_settle(t, 1 << 21, first, NOW));
	assert_true(terminals_may_settle(t, 1 << 21, first, NOW));
}

static void
the_last_request_is_remembered(void **state)
{
	struct terminals *t = *state;

	assert_int_equal(terminals_last(t, 3), 0);
	terminals_seen(t, 3, NOW);
	terminals_seen(t, 5000, NOW + 1);
	assert_int_equal(terminals_last(t, 3), NOW);
	assert_int_equal(terminals_last(t, 5000), NOW + 1);
	assert_int_equal(terminals_last(t, 4), 0);
}

static void
records_of_refusals_are_bounded(void **state)
{
	struct terminals *t = *state;
	unsigned int left_out = 99;

	for (int i = 0; i < TERMINALS_RECORDS; i++) {
		assert_true(terminals_may_record(t, 3, NOW, &left_out));
		assert_int_equal(left_out, 0);
	}
	assert_false(terminals_may_record(t, 3, NOW, &left_out));
	assert_false(terminals_may_record(t, 3, NOW, &left_out));
	assert_true(terminals_may_record(t, 4, NOW, &left_out));
	assert_int_equal(left_out, 0);
	assert_true(terminals_may_record(t, 3, NOW + 1, &left_out));
	assert_int_equal(left_out, 2);
	assert_false(terminals_may_record(t, 3, NOW + 1, &left_out));
}

static void
strangers_and_numbers_beyond_all_bounds_share_an_entry(void **state)
{
	struct terminals *t = *state;
	unsigned int left_out = 0;

	for (int i = 0; i < TERMINALS_RECORDS; i++)
		assert_true(terminals_may_record(t, i % 2 == 0 ? 0 : INT64_MAX,
		    NOW, &left_out));
	assert_false(terminals_may_record(t, -1, NOW, &left_out));
	assert_int_equal(terminals_wait(t, INT64_MAX, NOW), 0);
	assert_int_equal(terminals_last(t, -1), 0);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(too_many_bad_signatures_delay_that_terminal_alone),
		CASE(wrong_passwords_are_counted_apart_from_signatures),
		CASE(passwords_at_once_are_never_more_than_may_be_wrong),
		CASE(so_much_is_begun_within_a_minute_and_no_more),
		CASE(the_last_request_is_remembered),
		CASE(sessions_of_other_boots_are_looked_for_until_none_is_left),
		CASE(records_of_refusals_are_bounded),
		CASE(strangers_and_numbers_beyond_all_bounds_share_an_entry),
	};

	return cmocka_run_group_tests_name("terminals", tests, NULL, NULL);
}
