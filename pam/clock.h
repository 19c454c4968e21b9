/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_CLOCK_H
#define PAM_CLOCK_H

#include <stdbool.h>
#include <sys/time.h>
#include <time.h>

/* Deadlines on CLOCK_MONOTONIC. */

/* The moment ${ms} milliseconds from now. */
struct timespec sy_pam_deadline(unsigned int ms);

/* Is ${a} before ${b}? */
bool sy_pam_before(const struct timespec *a, const struct timespec *b);

/* What is left until ${deadline}; false if it has passed. */
bool sy_pam_time_left(const struct timespec *deadline, struct timeval *ret);

#endif /* PAM_CLOCK_H */
