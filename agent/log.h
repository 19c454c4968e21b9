/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_LOG_H
#define AGENT_LOG_H

#include <sanyoso/err.h>

/*
 * One line per event on standard error, with the journal's priority prefix
 * when the journal reads it. Control characters in the line are replaced.
 * Never pass secrets, keys or certificates.
 */
void log_err(const char *fmt, ...) SY_PRINTF(1, 2);
void log_warn(const char *fmt, ...) SY_PRINTF(1, 2);
void log_info(const char *fmt, ...) SY_PRINTF(1, 2);
/* "${what}: ${error->place}: ${error->text}" as an error. */
void log_error(const char *what, const struct sy_error *error);

/* Whether to write the prefixes; look once, at the start. */
void log_open(void);

#endif /* AGENT_LOG_H */
