/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"

#define LINE_SIZE 1024

static bool journal;

void
log_open(void)
{
	journal = secure_getenv("JOURNAL_STREAM") != NULL;
}

static void SY_PRINTF(2, 0) line(int priority, const char *fmt, va_list ap)
{
	char text[LINE_SIZE], out[LINE_SIZE + 64];
	int n;

	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n < 0)
		return;
	/* Names in the line come from others: it must stay one line. */
	for (char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	if (journal)
		n = snprintf(out, sizeof(out), "<%d>%s\n", priority, text);
	else
		n = snprintf(out, sizeof(out), "sanyoso-agent: %s\n", text);
	/* One write, so that lines of several processes do not mix. */
	if (n > 0 && write(STDERR_FILENO, out, strlen(out)) < 0)
		return; /* nobody to tell */
}

void
log_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(LOG_ERR, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(LOG_WARNING, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(LOG_INFO, fmt, ap);
	va_end(ap);
}

void
log_error(const char *what, const struct sy_error *error)
{
	log_err("%s: %s%s%s", what, error->place,
	    error->place[0] != '\0' ? ": " : "",
	    error->text[0] != '\0' ? error->text : sy_err_text(error->code));
}
