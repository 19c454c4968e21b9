/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_TERMINALS_H
#define SERVER_IDENTITY_TERMINALS_H

#include <stdbool.h>
#include <stdint.h>

#include <sanyoso/challenge.h>
#include <sanyoso/err.h>

/*
 * What the server remembers of its terminals while it runs: when each was
 * last heard, how many bad signatures it sent, and how much it may still begin
 * and how many records cause. Loop thread only; times are seconds that the
 * caller takes from one clock.
 */
struct terminals;

/* A terminal that sends so many bad signatures within the window must wait
 * for the window's end before it begins another login. */
#define TERMINALS_BAD_MAX    20
#define TERMINALS_BAD_WINDOW 600
/* Records about refused requests: so many at once, then one a second. */
#define TERMINALS_RECORDS 30

/* In this window each may begin as much as terminals_new says. */
#define TERMINALS_BEGIN_WINDOW 60

SY_MUST_USE enum sy_err terminals_new(int64_t begins,
    struct terminals **ret_terminals);
void terminals_free(struct terminals **terminals);

/* A request of ${terminal} came at ${now} (wall clock, for showing). */
void terminals_seen(struct terminals *t, int64_t terminal, int64_t now);
/* When the last one came, 0: none since the start. */
int64_t terminals_last(const struct terminals *t, int64_t terminal);

/* A bad signature came from ${terminal}. */
void terminals_bad(struct terminals *t, int64_t terminal, int64_t now);
/* Seconds that it must wait before the next login, 0: none. */
int64_t terminals_wait(const struct terminals *t, int64_t terminal,
    int64_t now);

/*
 * Passwords of those who have shown no device are debited before they are
 * verified: 0, and one more is under way at ${terminal}, or the seconds to
 * wait. As many wrong ones as above, within the same window, and no more:
 * however many come at once. Each one that was let on has to be ended.
 */
int64_t terminals_try(struct terminals *t, int64_t terminal, int64_t now);
/* One is not under way any more. ${wrong}: it was verified, and wrong. */
void terminals_tried(struct terminals *t, int64_t terminal, bool wrong,
    int64_t now);

/* ${terminal} wants to begin something that ends in a record: 0, and counted,
 * or the seconds until it may. */
int64_t terminals_begin(struct terminals *t, int64_t terminal, int64_t now);

/*
 * Whether sessions of ${terminal} that are not of its boot ${boot} (SY_TXN_SIZE
 * bytes) are to be looked for: not where none was left of them, nor twice in a
 * second. terminals_settled says that none was left.
 */
bool terminals_may_settle(struct terminals *t, int64_t terminal,
    const uint8_t *boot, int64_t now);
void terminals_settled(struct terminals *t, int64_t terminal,
    const uint8_t *boot);

/* Whether a refusal caused by ${terminal} (0: by nobody we know) may be
 * recorded; counts it. ${*ret_left_out} is how many were not since then. */
bool terminals_may_record(struct terminals *t, int64_t terminal, int64_t now,
    unsigned int *ret_left_out);

#endif /* SERVER_IDENTITY_TERMINALS_H */
