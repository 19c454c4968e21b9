/* SPDX-License-Identifier: Apache-2.0 */
/* server/gathering.c: what comes together is one group, and nobody waits who is
 * alone, or for long. */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/gathering.h"

/* Turns of a loop that always has more to do: seconds of them. */
#define BUSY 10000000

struct scene {
	struct event_base *base;
	struct event *work; /* of every turn, while it is added */
	int fd;             /* always readable */
	struct gathering *gathering;
	unsigned int left;   /* turns */
	unsigned int waits;  /* requests that were handed over and wait */
	unsigned int most;   /* that ever waited together */
	unsigned int groups; /* that were released */
	bool gathers;
	bool asks;     /* each turn hands a request over */
	bool was_idle; /* when a group was released last */
};

static void
gather(void *ctx)
{
	struct scene *s = ctx;

	assert_false(s->gathers);
	s->gathers = true;
}

static void
release(void *ctx)
{
	struct scene *s = ctx;

	assert_true(s->gathers);
	s->gathers = false;
	s->groups++;
	s->waits = 0;
	s->was_idle = s->left == 0;
	/* Enough was seen. */
	if (!s->asks && s->left > 0) {
		s->left = 0;
		(void)event_del(s->work);
	}
}

static void
hand_over(struct scene *s)
{
	gathering_add(s->gathering);
	if (++s->waits > s->most)
		s->most = s->waits;
}

static void
on_work(evutil_socket_t fd, short what, void *ctx)
{
	struct scene *s = ctx;

	(void)fd;
	(void)what;
	if (s->asks)
		hand_over(s);
	if (s->left == 0 || --s->left == 0)
		(void)event_del(s->work);
}

/* So many turns with something else to do, and then an idle one. */
static void
run(struct scene *s, unsigned int turns)
{
	s->left = turns;
	if (turns > 0)
		assert_int_equal(event_add(s->work, NULL), 0);
	do {
		(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
	} while (s->left > 0);
	(void)event_base_loop(s->base, EVLOOP_NONBLOCK);
}

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct gathering_config config = { .patience = INT64_C(3600000000),
		.gather = gather,
		.release = release,
		.ctx = s };

	assert_non_null(s);
	assert_int_equal(gathering_base_new(&s->base), SY_OK);
	config.base = s->base;
	s->fd = eventfd(1, EFD_CLOEXEC);
	assert_true(s->fd >= 0);
	s->work = event_new(s->base, s->fd, EV_READ | EV_PERSIST, on_work, s);
	assert_non_null(s->work);
	assert_int_equal(gathering_new(&config, &s->gathering), SY_OK);
	*state = s;
	return 0;
}

/* As the server has it. */
static void
have_patience(struct scene *s)
{
	const struct gathering_config config = { .base = s->base,
		.patience = GATHERING_US,
		.gather = gather,
		.release = release,
		.ctx = s };

	gathering_free(&s->gathering);
	assert_int_equal(gathering_new(&config, &s->gathering), SY_OK);
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	gathering_free(&s->gathering);
	event_free(s->work);
	(void)close(s->fd);
	event_base_free(s->base);
	free(s);
	return 0;
}

static void
one_that_comes_alone_goes_in_the_same_turn(void **state)
{
	struct scene *s = *state;

	hand_over(s);
	assert_true(s->gathers);
	run(s, 0);
	assert_int_equal(s->groups, 1);
	assert_false(s->gathers);
}

static void
those_that_come_while_there_is_more_to_do_are_one_group(void **state)
{
	struct scene *s = *state;

	s->asks = true;
	hand_over(s);
	run(s, 9);
	assert_int_equal(s->groups, 1);
	assert_int_equal(s->most, 10);
}

static void
no_group_is_larger_than_the_limit_by_more_than_a_turn_brings(void **state)
{
	struct scene *s = *state;

	s->asks = true;
	run(s, 10 * GATHERING_MAX);
	assert_in_range(s->groups, 9, 10);
	assert_true(s->most <= GATHERING_MAX + 1);
}

static void
the_first_does_not_wait_for_a_loop_that_is_never_idle(void **state)
{
	struct scene *s = *state;

	have_patience(s);
	hand_over(s);
	run(s, BUSY);
	assert_int_equal(s->groups, 1);
	assert_false(s->was_idle);
}

/* An event that always wants to be called once more. */
struct greedy {
	struct event *event;
	unsigned int calls, alone, most; /* most: with nobody in between */
};

static void
on_greedy(evutil_socket_t fd, short what, void *ctx)
{
	struct greedy *g = ctx;

	(void)fd;
	(void)what;
	if (++g->alone > g->most)
		g->most = g->alone;
	if (++g->calls < 10 * GATHERING_TURN)
		event_active(g->event, EV_TIMEOUT, 0);
}

static void
on_between(evutil_socket_t fd, short what, void *ctx)
{
	struct greedy *g = ctx;

	(void)fd;
	(void)what;
	g->alone = 0;
	if (g->calls == 10 * GATHERING_TURN)
		(void)event_base_loopbreak(event_get_base(g->event));
}

static void
who_calls_itself_again_and_again_lets_others_in(void **state)
{
	struct scene *s = *state;
	struct greedy g = { .calls = 0 };
	struct event *other =
	    event_new(s->base, s->fd, EV_READ | EV_PERSIST, on_between, &g);

	assert_non_null(other);
	g.event = event_new(s->base, -1, 0, on_greedy, &g);
	assert_non_null(g.event);
	event_active(g.event, EV_TIMEOUT, 0);
	assert_int_equal(event_add(other, NULL), 0);
	assert_int_equal(event_base_dispatch(s->base), 0);
	assert_in_range(g.most, 1, GATHERING_TURN);
	event_free(g.event);
	event_free(other);
}

static void
what_is_gathered_is_released_at_the_end(void **state)
{
	struct scene *s = *state;

	hand_over(s);
	gathering_free(&s->gathering);
	assert_null(s->gathering);
	assert_int_equal(s->groups, 1);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(one_that_comes_alone_goes_in_the_same_turn),
		CASE(those_that_come_while_there_is_more_to_do_are_one_group),
		CASE(
		    no_group_is_larger_than_the_limit_by_more_than_a_turn_brings),
		CASE(the_first_does_not_wait_for_a_loop_that_is_never_idle),
		CASE(who_calls_itself_again_and_again_lets_others_in),
		CASE(what_is_gathered_is_released_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
