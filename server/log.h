/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include <sanyoso/err.h>

/*
 * The program's own log, on standard error: one line per event, for the
 * operator. It is no substitute for the audit log, and holds no secret and no
 * text that a stranger typed. Any thread.
 */
void log_err(const char *fmt, ...) SY_PRINTF(1, 2);
void log_warn(const char *fmt, ...) SY_PRINTF(1, 2);
void log_info(const char *fmt, ...) SY_PRINTF(1, 2);

/* "PLACE: TEXT (code)" of ${error} behind the given words. */
void log_error(const struct sy_error *error, const char *fmt, ...)
    SY_PRINTF(2, 3);

#endif /* SERVER_LOG_H */
