/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_GREETING_H
#define AGENT_GREETING_H

#include "talk.h"

/*
 * What a person is told when a login was allowed: at login and remote login
 * the organisation's notice (LOGIN-2), the last login and logout and what
 * failed in between (LOGIN-1); then what ends soon. An unlock is told nothing,
 * it would only delay the screen.
 */
void greeting_say(const struct talk *talk, uint8_t purpose,
    const struct sy_auth_step *step);

/* ${seconds} since 1970 as "2026-11-30 08:31", local time. */
#define GREETING_DATE_SIZE 32
void greeting_date(int64_t seconds, char out[GREETING_DATE_SIZE]);
/* The same as "08:31" if it is on the day of ${now}. */
void greeting_moment(int64_t seconds, int64_t now,
    char out[GREETING_DATE_SIZE]);

#endif /* AGENT_GREETING_H */
