/* SPDX-License-Identifier: Apache-2.0 */
/* server/crew.c: places are bounded, terminals take turns, nothing is lost. */
#include "tests/support/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "server/crew.h"

#define PLACES 64

static atomic_bool gate;      /* the first step waits for it */
static int order[PLACES * 4]; /* who stepped, in this order */
static atomic_int steps;

struct task {
	struct crew_place *place;
	int number;
	int steps; /* that it takes */
	bool waits;
	int reported; /* 1: done, 2: closed before */
};

static int done_count;

static bool
step(void *ctx)
{
	struct task *t = ctx;

	while (t->waits && !atomic_load(&gate)) {
		const struct timespec moment = { .tv_nsec = 1000000 };

		(void)nanosleep(&moment, NULL);
	}
	order[atomic_fetch_add(&steps, 1)] = t->number;
	return --t->steps > 0;
}

static void
done(void *ctx, bool completed)
{
	struct task *t = ctx;

	t->reported = completed ? 1 : 2;
	done_count++;
}

struct scene {
	struct event_base *base;
	struct crew *crew;
	struct task task[PLACES];
};

static void
open_crew(struct scene *s, unsigned int threads)
{
	const struct crew_config config = {
		.base = s->base, .threads = threads, .places = PLACES
	};

	assert_int_equal(crew_new(&config, &s->crew), SY_OK);
}

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->base = event_base_new();
	assert_non_null(s->base);
	atomic_store(&gate, false);
	atomic_store(&steps, 0);
	done_count = 0;
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	crew_free(&s->crew);
	event_base_free(s->base);
	free(s);
	return 0;
}

static void
submit(struct scene *s, int i, int64_t terminal, int n)
{
	struct task *t = &s->task[i];

	t->number = i;
	t->steps = n;
	assert_int_equal(crew_reserve(s->crew, terminal, &t->place), SY_OK);
	crew_start(s->crew, &t->place, step, done, t);
	assert_null(t->place);
}

static void
run_until(struct scene *s, int count)
{
	while (done_count < count)
		(void)event_base_loop(s->base, EVLOOP_ONCE);
}

static void
all_work_is_done_and_reported_once(void **state)
{
	struct scene *s = *state;

	open_crew(s, 3);
	for (int i = 0; i < PLACES; i++)
		submit(s, i, i % 7, 1 + i % 3);
	run_until(s, PLACES);
	for (int i = 0; i < PLACES; i++) {
		assert_int_equal(s->task[i].reported, 1);
		assert_int_equal(s->task[i].steps, 0);
	}
	assert_int_equal(crew_taken(s->crew), 0);
}

static void
more_than_there_are_places_is_told_to_come_again(void **state)
{
	struct scene *s = *state;
	struct crew_place *place[PLACES], *more = NULL;

	open_crew(s, 1);
	for (int i = 0; i < PLACES; i++)
		assert_int_equal(crew_reserve(s->crew, 1, &place[i]), SY_OK);
	assert_int_equal(crew_reserve(s->crew, 2, &more), SY_ERR_BUSY);
	assert_null(more);
	crew_release(s->crew, &place[0]);
	assert_int_equal(crew_reserve(s->crew, 2, &more), SY_OK);
	crew_release(s->crew, &more);
	crew_release(s->crew, &more);
	for (int i = 1; i < PLACES; i++)
		crew_release(s->crew, &place[i]);
	assert_int_equal(crew_taken(s->crew), 0);
}

/* One terminal with thirty requests and another with one: the one is second. */
static void
terminals_take_turns(void **state)
{
	struct scene *s = *state;

	open_crew(s, 1);
	s->task[0].waits = true;
	submit(s, 0, 1, 1);
	for (int i = 1; i <= 30; i++)
		submit(s, i, 1, 1);
	submit(s, 31, 2, 2);
	submit(s, 32, 3, 1);
	atomic_store(&gate, true);
	run_until(s, 33);
	for (int i = 0; i < 8; i++) {
		print_message("  %d: %d\n", i, order[i]);
		/* Number 31 needs two steps; nobody waits for both. */
		if (order[i] == 31 || order[i] == 32)
			continue;
		assert_true(order[i] < 5);
	}
	assert_int_equal(order[0], 0);
	assert_int_equal(s->task[31].reported, 1);
}

static void *
open_gate(void *arg)
{
	const struct timespec while_it_closes = { .tv_nsec = 200000000 };

	(void)nanosleep(&while_it_closes, NULL);
	atomic_store(&gate, true);
	return arg;
}

static void
closing_reports_what_was_not_done(void **state)
{
	struct scene *s = *state;
	pthread_t opener;
	int completed = 0;

	open_crew(s, 2);
	for (int i = 0; i < 2; i++)
		s->task[i].waits = true;
	for (int i = 0; i < 20; i++)
		submit(s, i, i, 1);
	/* Two are held up: what stands behind them is left when it closes. */
	assert_int_equal(pthread_create(&opener, NULL, open_gate, NULL), 0);
	crew_free(&s->crew);
	assert_int_equal(done_count, 20);
	for (int i = 0; i < 20; i++) {
		assert_int_not_equal(s->task[i].reported, 0);
		completed += s->task[i].reported == 1;
	}
	assert_true(completed <= 2);
	assert_int_equal(pthread_join(opener, NULL), 0);
}

/* A place may be used, or given back, later than the crew is closed: what the
 * ledger had meanwhile comes back after it. */
static void
what_starts_after_the_close_is_reported_at_once(void **state)
{
	struct scene *s = *state;
	struct crew_place *unused = NULL;
	struct task *t = &s->task[0];

	open_crew(s, 1);
	t->steps = 1;
	assert_int_equal(crew_reserve(s->crew, 1, &t->place), SY_OK);
	assert_int_equal(crew_reserve(s->crew, 1, &unused), SY_OK);
	crew_close(s->crew);
	crew_start(s->crew, &t->place, step, done, t);
	assert_null(t->place);
	assert_int_equal(t->reported, 2);
	assert_int_equal(t->steps, 1);
	crew_release(s->crew, &unused);
	assert_int_equal(crew_taken(s->crew), 0);
	crew_close(s->crew);
	assert_int_equal(done_count, 1);
}

static void
no_thread_or_no_place_is_no_crew(void **state)
{
	struct scene *s = *state;
	struct crew_config config = { .base = s->base, .places = 1 };

	assert_int_equal(crew_new(&config, &s->crew), SY_ERR_ARG);
	config.threads = CREW_THREADS_MAX + 1;
	assert_int_equal(crew_new(&config, &s->crew), SY_ERR_ARG);
	config.threads = 1;
	config.places = 0;
	assert_int_equal(crew_new(&config, &s->crew), SY_ERR_ARG);
	assert_null(s->crew);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(all_work_is_done_and_reported_once),
		CASE(more_than_there_are_places_is_told_to_come_again),
		CASE(terminals_take_turns),
		CASE(closing_reports_what_was_not_done),
		CASE(what_starts_after_the_close_is_reported_at_once),
		CASE(no_thread_or_no_place_is_no_crew),
	};

	return cmocka_run_group_tests_name("crew", tests, NULL, NULL);
}
