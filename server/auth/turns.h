/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_TURNS_H
#define SERVER_AUTH_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/*
 * The line before the hashes. A password is taken only if its turn comes within
 * TURNS_HOLD, so that no terminal waits for an answer that long; whoever comes
 * later is told when to come again, and keeps a turn meanwhile: those who were
 * told so are let on in the order in which they came, before anybody new. A
 * turn is a few words in the login; nothing that was typed waits here.
 *
 * Who comes with many turns of one terminal keeps no other terminal out: each
 * stands as if it had come later, by TURNS_APART for each that the terminal has
 * in line. By no more than that can it be overtaken.
 *
 * How many that are follows from how fast hashes are made. Loop thread only.
 */
#define TURNS_HOLD  1500000 /* microseconds */
#define TURNS_FIRST 32 /* places, as long as nobody knows how fast it goes */
#define TURNS_AGAIN 10 /* seconds: the longest that anybody is sent away */
#define TURNS_GRACE 2  /* seconds that a turn is kept beyond that */
#define TURNS_APART 1  /* seconds, for each turn of the same terminal */

struct turns;

/* A place in the line; zeroed: none. */
struct turn {
	struct turns *of; /* NULL: in none */
	int64_t terminal;
	int64_t since; /* its place: when it came, or as if it came later */
	int64_t until; /* it lapses unless it is asked for again by then */
	TAILQ_ENTRY(turn) next;
};

struct turns {
	TAILQ_HEAD(turn_queue, turn) queue;
	size_t least; /* places that are worth having, however slow */
	size_t most;  /* places that there are */
	int64_t each; /* microseconds from one hash to the next; 0: unknown */
	int64_t last; /* when the last one was done */
};

/* ${threads} make the hashes; ${places} of them wait or are under way. */
void turns_init(struct turns *turns, unsigned int threads, size_t places);

/* A try that came at ${begun} was hashed at ${now}; microseconds of a clock
 * that nobody sets. */
void turns_done(struct turns *turns, int64_t begun, int64_t now);

/* Whether ${turn} may have a place at ${now} (seconds of the boot clock) while
 * ${taken} are taken. Where most of them are free anybody may, so that nobody
 * who does not come back can hold up the others. */
bool turns_may(struct turns *turns, const struct turn *turn, size_t taken,
    int64_t now);
/* It may not: give it a turn of ${terminal}, unless it has one. Seconds to come
 * again after, 1 to TURNS_AGAIN. */
int64_t turns_wait(struct turns *turns, struct turn *turn, int64_t terminal,
    int64_t now);
/* Give the turn back; one that is in no line is allowed. */
void turn_leave(struct turn *turn);

#endif /* SERVER_AUTH_TURNS_H */
