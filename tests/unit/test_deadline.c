/* SPDX-License-Identifier: Apache-2.0 */
/* server/http/deadline.c: it passes once, when it was last set to, and not
 * before. */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include "server/http/deadline.h"
#include "tests/support/faults.h"

struct scene {
	struct event_base *base;
	struct deadline *deadline;
	int64_t begun;
	unsigned int passed;
	bool frees;
};

/* The clock of deadlines, which may stand behind others. */
static int64_t
now_ms(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC_COARSE, &ts), 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
on_passed(void *ctx)
{
	struct scene *s = ctx;

	s->passed++;
	if (s->frees)
		deadline_free(&s->deadline);
}

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->base = event_base_new();
	assert_non_null(s->base);
	assert_int_equal(deadline_new(s->base, on_passed, s, &s->deadline),
	    SY_OK);
	s->begun = now_ms();
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	deadline_free(&s->deadline);
	event_base_free(s->base);
	free(s);
	return 0;
}

/* Run until it has passed, or there is no timer any more. */
static int64_t
run(struct scene *s)
{
	while (s->passed == 0 && event_base_loop(s->base, EVLOOP_ONCE) == 0)
		continue;
	return now_ms() - s->begun;
}

static void
it_passes_once_in_its_time(void **state)
{
	struct scene *s = *state;

	assert_int_equal(deadline_set(s->deadline, 60), SY_OK);
	assert_true(run(s) >= 60);
	assert_int_equal(s->passed, 1);
	/* Nothing is left of it. */
	assert_int_equal(event_base_loop(s->base, EVLOOP_ONCE), 1);
	assert_int_equal(s->passed, 1);
	/* And it can be set again. */
	s->passed = 0;
	assert_int_equal(deadline_set(s->deadline, 10), SY_OK);
	(void)run(s);
	assert_int_equal(s->passed, 1);
}

static void
what_was_not_set_does_not_pass(void **state)
{
	struct scene *s = *state;

	(void)run(s);
	assert_int_equal(s->passed, 0);
}

static void
it_can_be_put_off(void **state)
{
	struct scene *s = *state;

	assert_int_equal(deadline_set(s->deadline, 20), SY_OK);
	assert_int_equal(deadline_set(s->deadline, 150), SY_OK);
	assert_true(run(s) >= 150);
	assert_int_equal(s->passed, 1);
}

static void
it_can_be_brought_forward(void **state)
{
	struct scene *s = *state;

	assert_int_equal(deadline_set(s->deadline, 3600 * 1000), SY_OK);
	assert_int_equal(deadline_set(s->deadline, 30), SY_OK);
	assert_true(run(s) < 3600 * 1000);
	assert_int_equal(s->passed, 1);
}

static void
it_may_be_freed_when_it_passes(void **state)
{
	struct scene *s = *state;

	s->frees = true;
	assert_int_equal(deadline_set(s->deadline, 1), SY_OK);
	(void)run(s);
	assert_int_equal(s->passed, 1);
	assert_null(s->deadline);
}

static void
it_needs_memory_only_when_it_is_made(void **state)
{
	struct scene *s = *state;
	struct deadline *d = NULL;

	faults_arm(1);
	assert_int_equal(deadline_new(s->base, on_passed, s, &d), SY_ERR_NOMEM);
	assert_true(faults_disarm());
	assert_null(d);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(it_passes_once_in_its_time),
		CASE(what_was_not_set_does_not_pass),
		CASE(it_can_be_put_off),
		CASE(it_can_be_brought_forward),
		CASE(it_may_be_freed_when_it_passes),
		CASE(it_needs_memory_only_when_it_is_made),
	};

	return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
