/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/turns.h"

#include <string.h>

#define SECOND 1000000

void
turns_init(struct turns *turns, unsigned int threads, size_t places)
{
	memset(turns, 0, sizeof(*turns));
	TAILQ_INIT(&turns->queue);
	turns->least = 2 * (size_t)threads;
	turns->most = places;
}

/* With one thread it is what a hash takes; with several that work at once the
 * time from the end of one to the end of the next. Single ones are smoothed:
 * they end in any order. */
void
turns_done(struct turns *turns, int64_t begun, int64_t now)
{
	const int64_t since = begun > turns->last ? begun : turns->last;
	const int64_t took = now > since ? now - since : 0;

	turns->last = now;
	turns->each += turns->each == 0 ? took : (took - turns->each) / 8;
}

static size_t
places(const struct turns *turns)
{
	size_t n = TURNS_FIRST;

	if (turns->each > 0)
		n = (size_t)(TURNS_HOLD / turns->each);
	if (n < turns->least)
		n = turns->least;
	return n < turns->most ? n : turns->most;
}

bool
turns_may(struct turns *turns, const struct turn *turn, size_t taken,
    int64_t now)
{
	const size_t all = places(turns);
	size_t left = taken < all ? all - taken : 0;
	struct turn *first = TAILQ_FIRST(&turns->queue), *next;

	if (taken < (all + 2) / 4)
		return true;
	for (; left > 0 && first != NULL && first != turn; first = next) {
		next = TAILQ_NEXT(first, next);
		if (first->until < now)
			turn_leave(first);
		else
			left--;
	}
	return left > 0;
}

/* As if it had come later, by what its terminal has in line already. */
static void
stand_in_line(struct turns *turns, struct turn *turn, int64_t now)
{
	int64_t last = now;
	struct turn *other;

	turn->since = now;
	TAILQ_FOREACH(other, &turns->queue, next)
	if (other->terminal == turn->terminal) {
		turn->since += TURNS_APART;
		last = other->since;
	}
	if (turn->since < last)
		turn->since = last;
	other = TAILQ_LAST(&turns->queue, turn_queue);
	while (other != NULL && other->since > turn->since)
		other = TAILQ_PREV(other, turn_queue, next);
	if (other != NULL)
		TAILQ_INSERT_AFTER(&turns->queue, other, turn, next);
	else
		TAILQ_INSERT_HEAD(&turns->queue, turn, next);
	turn->of = turns;
}

int64_t
turns_wait(struct turns *turns, struct turn *turn, int64_t terminal,
    int64_t now)
{
	const int64_t most = (int64_t)(TURNS_AGAIN - 1) * SECOND;
	const struct turn *ahead;
	int64_t wait = 0;

	if (turn->of == NULL) {
		turn->terminal = terminal;
		stand_in_line(turns, turn, now);
	}
	/* As far as it makes a difference. */
	ahead = turns->each > 0 ? TAILQ_FIRST(&turns->queue) : turn;
	for (; ahead != turn && wait < most; ahead = TAILQ_NEXT(ahead, next))
		wait += turns->each;
	wait = 1 + (wait < most ? wait : most) / SECOND;
	turn->until = now + wait + TURNS_GRACE;
	return wait;
}

void
turn_leave(struct turn *turn)
{
	if (turn->of == NULL)
		return;
	TAILQ_REMOVE(&turn->of->queue, turn, next);
	turn->of = NULL;
}
