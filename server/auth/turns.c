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

	if (left > all - all / 4)
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

int64_t
turns_wait(struct turns *turns, struct turn *turn, int64_t now)
{
	uint64_t ahead;
	int64_t wait;

	if (turn->of == NULL) {
		turn->of = turns;
		turn->number = turns->numbers++;
		TAILQ_INSERT_TAIL(&turns->queue, turn, next);
	}
	ahead = turn->number - TAILQ_FIRST(&turns->queue)->number;
	wait = 1 + (int64_t)ahead * turns->each / SECOND;
	if (wait > TURNS_AGAIN)
		wait = TURNS_AGAIN;
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
