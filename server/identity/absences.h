/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_ABSENCES_H
#define SERVER_IDENTITY_ABSENCES_H

#include <stdbool.h>
#include <stdint.h>

#include <sanyoso/text.h>

/*
 * Persons whose login ended because a terminal has no Unix account for them:
 * only the terminal can know, and the help desk is asked. The last of each
 * person is remembered while the server runs, for the newest ABSENCES_MAX
 * persons. Loop thread only; times are microseconds.
 */
#define ABSENCES_MAX 256

struct absences;

SY_MUST_USE enum sy_err absences_new(struct absences **ret_absences);
void absences_free(struct absences **absences);

/* ${terminal} has no account for ${person}. */
void absences_note(struct absences *a, int64_t person, const char *terminal,
    int64_t now);
/* It has one now: it went on with a login or a session. */
void absences_over(struct absences *a, int64_t person, const char *terminal);
/* Where ${person} had none last, and when; false: nowhere. */
bool absences_of(const struct absences *a, int64_t person,
    char ret_terminal[SY_TERMINAL_SIZE], int64_t *ret_when);

#endif /* SERVER_IDENTITY_ABSENCES_H */
