/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CLOCK_H
#define AGENT_CLOCK_H

#include <stdint.h>
#include <sys/time.h>

/* Milliseconds of a clock that nobody sets and that counts while the machine
 * sleeps. */
int64_t clock_ms(void);

/* ${ms} as libevent takes it. */
struct timeval clock_timeval(unsigned int ms);

#endif /* AGENT_CLOCK_H */
