/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "ctl/output.h"

#define CELL_SIZE 2100

enum output_mode output_mode = OUTPUT_TEXT;

void
output_time(int64_t seconds, char *out)
{
	const time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds == 0 || localtime_r(&t, &tm) == NULL ||
	    strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		memcpy(out, "-", 2);
}

/* Columns on the terminal; Japanese characters take two. */
static int
width(const char *text)
{
	wchar_t wide[CELL_SIZE];
	const size_t n = mbstowcs(wide, text, CELL_SIZE);
	const int w = n == (size_t)-1 ? -1 : wcswidth(wide, n);

	return w >= 0 ? w : (int)strlen(text);
}

static void
print_padded(const char *text, int to)
{
	const int w = width(text);

	printf("%s%*s", text, w < to ? to - w : 0, "");
}

static void
cell(const struct sy_message *m, const void *value,
    const struct output_column *c, char *out)
{
	const char *at = NULL;
	enum sy_field_type type = SY_FIELD_TEXT;
	int64_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->fields[i].name, c->member) == 0) {
			at = (const char *)value + m->fields[i].offset;
			type = m->fields[i].type;
		}
	out[0] = '\0';
	if (at == NULL)
		return;
	if (type == SY_FIELD_TEXT) {
		(void)snprintf(out, CELL_SIZE, "%s", *at != '\0' ? at : "-");
		return;
	}
	if (type == SY_FIELD_BOOL) {
		(void)snprintf(out, CELL_SIZE, "%s",
		    *(const bool *)(const void *)at ? _("yes") : _("no"));
		return;
	}
	memcpy(&n, at, sizeof(n));
	if (c->form == OUTPUT_TIME)
		output_time(n, out);
	else if (c->form == OUTPUT_MICRO)
		output_time(n / 1000000, out);
	else
		(void)snprintf(out, CELL_SIZE, "%" PRId64, n);
}

static int
column_width(const struct sy_message *item, const struct sy_list *list,
    const struct output_column *c)
{
	int most = width(_(c->title));
	char text[CELL_SIZE];

	for (size_t i = 0; i < list->count; i++) {
		int w;

		cell(item, (const char *)list->items + i * item->size, c, text);
		w = width(text);
		most = w > most ? w : most;
	}
	return most;
}

#define COLUMNS_MAX 12

void
output_table(const struct sy_message *item, const struct sy_list *list,
    const struct output_column *columns)
{
	int widths[COLUMNS_MAX];
	size_t n;
	char text[CELL_SIZE];

	if (output_mode == OUTPUT_JSON)
		return;
	for (n = 0; n < COLUMNS_MAX && columns[n].title != NULL; n++)
		widths[n] = column_width(item, list, &columns[n]);
	for (size_t c = 0; c < n; c++)
		print_padded(_(columns[c].title),
		    c + 1 < n ? widths[c] + 2 : 0);
	putchar('\n');
	for (size_t i = 0; i < list->count; i++) {
		for (size_t c = 0; c < n; c++) {
			cell(item, (const char *)list->items + i * item->size,
			    &columns[c], text);
			print_padded(text, c + 1 < n ? widths[c] + 2 : 0);
		}
		putchar('\n');
	}
}

void
output_card(const struct sy_message *item, const void *value,
    const struct output_column *columns)
{
	int most = 0;
	char text[CELL_SIZE];

	if (output_mode == OUTPUT_JSON)
		return;
	for (const struct output_column *c = columns; c->title != NULL; c++) {
		const int w = width(_(c->title));

		most = w > most ? w : most;
	}
	for (const struct output_column *c = columns; c->title != NULL; c++) {
		cell(item, value, c, text);
		print_padded(_(c->title), most + 2);
		puts(text);
	}
}

void
output_line(const char *fmt, ...)
{
	va_list ap;

	if (output_mode == OUTPUT_JSON)
		return;
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void
output_code(const struct sy_code *code, const char *then)
{
	char until[32];

	output_time(code->expires, until);
	output_line("%s", code->code);
	output_line(_("Good once, until %s. It is not shown again."), until);
	output_line("%s", then);
}

const char *
output_error(const char *name)
{
	static const struct {
		enum sy_err err;
		const char *text;
	} known[] = {
		{ SY_ERR_NOT_FOUND,
		    N_("There is no such user, token or terminal.") },
		{ SY_ERR_EXISTS, N_("That is there already.") },
		{ SY_ERR_STATE,
		    N_("That is not possible in its present "
		       "state.") },
		{ SY_ERR_PERM,
		    N_("You may not ask for this. The local socket "
		       "is for root.") },
		{ SY_ERR_ARG, N_("The request can't be used as it is.") },
		{ SY_ERR_FORMAT, N_("The request can't be used as it is.") },
		{ SY_ERR_CODE,
		    N_("The code is wrong, used or expired. Ask for "
		       "a new one.") },
		{ SY_ERR_SIGNATURE,
		    N_("The file is not signed as it must be. Fetch it "
		       "again.") },
		{ SY_ERR_CERT_PATH,
		    N_("The file's signature does not lead to the certificate "
		       "that metadata_root of server.conf names.") },
		{ SY_ERR_CERT_DATE,
		    N_("The certificate of the file's signature is not in "
		       "force. Fetch a newer file.") },
		{ SY_ERR_STORE_FULL,
		    N_("The database has no room: nothing was "
		       "changed. Make room on the disk.") },
		{ SY_ERR_BUSY, N_("The server is busy. Try again shortly.") },
		{ SY_ERR_KEEPER,
		    N_("The server's keeper is away: nothing was "
		       "changed. Look at the server's journal.") },
		{ SY_ERR_ROW_ALTERED,
		    N_("The database was changed behind the "
		       "server's back. Run: sanyosoctl audit "
		       "verify") },
		{ SY_ERR_ROW_STALE,
		    N_("The database was changed behind the "
		       "server's back. Run: sanyosoctl audit "
		       "verify") },
		{ SY_ERR_VERSION,
		    N_("sanyosoctl and sanyosod are of different "
		       "versions.") },
	};

	for (size_t i = 0; i < SY_COUNT(known); i++)
		if (strcmp(name, sy_err_name(known[i].err)) == 0)
			return _(known[i].text);
	return _("The server refused.");
}
