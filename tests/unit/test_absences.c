/* SPDX-License-Identifier: Apache-2.0 */
/* server/identity/absences.c */
#include "tests/support/unit.h"

#include "server/identity/absences.h"

static int
setup(void **state)
{
	struct absences *a = NULL;

	assert_int_equal(absences_new(&a), SY_OK);
	*state = a;
	return 0;
}

static int
teardown(void **state)
{
	struct absences *a = *state;

	absences_free(&a);
	assert_null(a);
	return 0;
}

static void
the_last_terminal_without_an_account_is_told(void **state)
{
	struct absences *a = *state;
	char terminal[SY_TERMINAL_SIZE];
	int64_t when;

	assert_false(absences_of(a, 7, terminal, &when));
	absences_note(a, 7, "pc-1", 100);
	absences_note(a, 8, "pc-3", 150);
	absences_note(a, 7, "pc-2", 200);
	assert_true(absences_of(a, 7, terminal, &when));
	assert_string_equal(terminal, "pc-2");
	assert_int_equal(when, 200);
	assert_true(absences_of(a, 8, terminal, &when));
	assert_string_equal(terminal, "pc-3");
	/* A session elsewhere says nothing of that terminal. */
	absences_over(a, 7, "pc-1");
	assert_true(absences_of(a, 7, terminal, &when));
	absences_over(a, 7, "pc-2");
	assert_false(absences_of(a, 7, terminal, &when));
	assert_true(absences_of(a, 8, terminal, &when));
}

static void
nobody_is_not_remembered(void **state)
{
	struct absences *a = *state;
	char terminal[SY_TERMINAL_SIZE];
	int64_t when;

	absences_note(a, 0, "pc-1", 100);
	assert_false(absences_of(a, 0, terminal, &when));
	absences_over(a, 0, "pc-1");
}

static void
the_oldest_makes_room(void **state)
{
	struct absences *a = *state;
	char terminal[SY_TERMINAL_SIZE];
	int64_t when;

	for (int64_t i = 1; i <= ABSENCES_MAX; i++)
		absences_note(a, i, "pc-1", 1000 + i);
	assert_true(absences_of(a, 1, terminal, &when));
	absences_note(a, ABSENCES_MAX + 1, "pc-1", 5000);
	assert_false(absences_of(a, 1, terminal, &when));
	assert_true(absences_of(a, 2, terminal, &when));
	assert_true(absences_of(a, ABSENCES_MAX + 1, terminal, &when));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_last_terminal_without_an_account_is_told),
		CASE(nobody_is_not_remembered),
		CASE(the_oldest_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
