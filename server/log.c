/* SPDX-License-Identifier: Apache-2.0 */
#include "server/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#define LINE_MAX_BYTES 1024

/* journald takes the priority from "<N>" in front of the line. */
static void write_line(int priority, const char *fmt, va_list ap)
    SY_PRINTF(2, 0);

static void
write_line(int priority, const char *fmt, va_list ap)
{
	char line[LINE_MAX_BYTES];

	(void)vsnprintf(line, sizeof(line), fmt, ap);
	/* One call a line: lines of two threads do not mix. */
	if (secure_getenv("JOURNAL_STREAM") != NULL)
		(void)fprintf(stderr, "<%d>%s\n", priority, line);
	else
		(void)fprintf(stderr, "sanyosod: %s\n", line);
}

void
log_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(LOG_ERR, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(LOG_WARNING, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line(LOG_INFO, fmt, ap);
	va_end(ap);
}

void
log_error(const struct sy_error *error, const char *fmt, ...)
{
	char words[LINE_MAX_BYTES / 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	log_err("%s: %s%s%s (%s)", words, error->place,
	    error->place[0] != '\0' ? ": " : "",
	    error->text[0] != '\0' ? error->text : sy_err_text(error->code),
	    sy_err_name(error->code));
}
