/* SPDX-License-Identifier: Apache-2.0 */
/* server/admin/verify.c: the log is verified beside everything else. */
#include "tests/support/unit.h"

#include "server/admin/admin.h"
#include "tests/support/office.h"

static int
setup(void **state)
{
	static struct office office;

	office_open(&office);
	(void)office_person(&office, "suzuki", SY_KIND_STAFF);
	*state = &office;
	return 0;
}

static int
teardown(void **state)
{
	struct office *o = *state;

	audit_verify_stop(&o->server);
	office_close(o);
	return 0;
}

/* Ask for a verification and wait until it has begun. */
static void
begin(struct office *o, struct desk *operators)
{
	static const char ask[] =
	    "POST /v1/admin/audit/verify HTTP/1.1\r\nHost: s\r\n"
	    "Sanyoso-Wire: 1\r\nContent-Length: 2\r\n\r\n{}";

	desk_open(o, LISTENER_ADMIN, NULL, operators);
	desk_send(operators, ask, sizeof(ask) - 1);
	while (o->server.verification == NULL)
		(void)event_base_loop(o->server.base, EVLOOP_ONCE);
}

static void
a_sound_log_is_said_to_be_sound(void **state)
{
	struct office *o = *state;
	struct sy_verify_report report;
	struct desk operators;

	begin(o, &operators);
	/* The loop is free: it waits for nothing but the next event. */
	assert_int_equal(o->server.jobs, 1);
	assert_int_equal(desk_answer(&operators), 200);
	assert_int_equal(sy_message_decode(&sy_message_verify_report,
			     operators.text, operators.len, &report, NULL),
	    SY_OK);
	assert_true(report.sound);
	assert_true(report.records >= 2);
	assert_int_equal(report.rows, 1);
	sy_message_clear(&sy_message_verify_report, &report);
	assert_null(o->server.verification);
	assert_int_equal(o->server.jobs, 0);
	desk_close(&operators);
}

static void
a_row_altered_by_hand_is_named(void **state)
{
	struct office *o = *state;
	struct sy_verify_report report;
	const struct sy_verify_problem *problem;
	struct desk operators;

	place_sql(&o->place, "UPDATE id SET state = state + 1");
	begin(o, &operators);
	assert_int_equal(desk_answer(&operators), 200);
	assert_int_equal(sy_message_decode(&sy_message_verify_report,
			     operators.text, operators.len, &report, NULL),
	    SY_OK);
	assert_false(report.sound);
	problem = report.problems.items;
	assert_string_equal(problem->place, "id:1");
	sy_message_clear(&sy_message_verify_report, &report);
	desk_close(&operators);
}

/* Whether it was through already or not, it is answered and nothing of it is
 * left. */
static void
a_server_that_stops_ends_it(void **state)
{
	struct office *o = *state;
	struct desk operators;

	begin(o, &operators);
	audit_verify_stop(&o->server);
	while (o->server.verification != NULL)
		place_dispatch(&o->place);
	assert_int_equal(o->server.jobs, 0);
	assert_true(desk_answer(&operators) != 0);
	audit_verify_stop(&o->server);
	desk_close(&operators);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_sound_log_is_said_to_be_sound),
		CASE(a_row_altered_by_hand_is_named),
		CASE(a_server_that_stops_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
