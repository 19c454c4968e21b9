/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_CREW_H
#define SERVER_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include <sanyoso/err.h>

/*
 * Worker threads for what would hold up the loop: hashes, dictionaries. So many
 * places and no more; whoever has none is told to come again. What waits is
 * served in turn by terminal, so that none of them can keep the others out.
 * The threads run at lower priority than the loop and the ledger. All
 * functions are for the loop thread.
 */
struct crew;
struct crew_place;

/* One step of the work ${ctx} on a worker thread; true: there is more of it
 * (others get their turn before). */
typedef bool (*crew_step)(void *ctx);
/* On the loop thread, when the work is done; false: the crew was closed
 * before. The place is given back. */
typedef void (*crew_done)(void *ctx, bool done);

struct crew_config {
	struct event_base *base;
	unsigned int threads; /* 1..CREW_THREADS_MAX */
	size_t places;        /* work that waits or is under way */
};
#define CREW_THREADS_MAX 64
#define CREW_NICE        10

/* ARG, NOMEM, IO. */
SY_MUST_USE enum sy_err crew_new(const struct crew_config *config,
    struct crew **ret_crew);
/* Ends the threads after their present step, and calls the done of all work
 * that is left. Places that are taken may be used and given back as before;
 * what starts from now on is reported as closed at once. NULL is allowed. */
void crew_close(struct crew *crew);
/* The same, and frees it; no place is taken any more. NULL is allowed. */
void crew_free(struct crew **crew);

/* A place for work of ${terminal} (0: of nobody's). BUSY, NOMEM. */
SY_MUST_USE enum sy_err crew_reserve(struct crew *crew, int64_t terminal,
    struct crew_place **ret_place);
/* Use it; NULL afterwards. */
void crew_start(struct crew *crew, struct crew_place **place, crew_step step,
    crew_done done, void *ctx);
/* Give it back unused; NULL is allowed. */
void crew_release(struct crew *crew, struct crew_place **place);

/* Places that are taken. */
size_t crew_taken(const struct crew *crew);

#endif /* SERVER_CREW_H */
