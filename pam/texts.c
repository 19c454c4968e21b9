/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/api.h>
#include <sanyoso/dialog.h>

#include "pam/clock.h"
#include "pam/texts.h"

_Static_assert(SY_PAM_TEXTS_ROOM > 2 * SY_DIALOG_TEXT_SIZE,
    "a text of the agent always fits");

void
sy_pam_texts_clear(struct sy_pam_texts *texts)
{
	texts->text[0] = '\0';
	texts->len = 0;
	texts->count = 0;
}

/* The bytes of the character at ${at}. */
static size_t
char_len(const char *at)
{
	size_t len = 1;

	while (((unsigned char)at[len] & 0xc0) == 0x80)
		len++;
	return len;
}

/* Columns that a character takes; what never begins a line takes none. */
static unsigned int
char_columns(const char *at, size_t len)
{
	static const char *const closing[] = { "\u3001", "\u3002", "\uff09",
		"\u300d" };

	if (len == 1)
		return 1;
	for (size_t i = 0; i < SY_COUNT(closing); i++)
		if (strncmp(at, closing[i], strlen(closing[i])) == 0)
			return 0;
	return 2;
}

/* Add ${text}, broken at the last blank of a line, or where the line ends: that
 * adds a byte to 32 at most. */
static void
put_lines(struct sy_pam_texts *texts, const char *text)
{
	unsigned int column = 0, after_blank = 0, columns;
	char *out = texts->text, *blank = NULL;
	size_t len;

	for (; *text != '\0'; text += len) {
		len = char_len(text);
		columns = char_columns(text, len);
		if (*text == ' ' || *text == '\n' ||
		    column + columns <= SY_PAM_COLUMNS) {
			/* It has room, or needs none. */
		} else if (blank != NULL) {
			*blank = '\n';
			column -= after_blank;
			blank = NULL;
		} else {
			out[texts->len++] = '\n';
			column = 0;
		}
		column = *text == '\n' ? 0 : column + columns;
		if (*text == ' ' || *text == '\n') {
			blank = *text == ' ' ? out + texts->len : NULL;
			after_blank = column;
		}
		memcpy(out + texts->len, text, len);
		texts->len += len;
	}
	out[texts->len] = '\0';
}

const char *
sy_pam_texts_add(struct sy_pam_texts *texts, const char *text)
{
	const struct timespec now = sy_pam_deadline(0);
	const size_t room = strlen(text) + strlen(text) / 32 + 2;
	size_t start;

	if (texts->count > 0 &&
	    (!sy_pam_before(&now, &texts->until) ||
		texts->len + room > sizeof(texts->text)))
		sy_pam_texts_clear(texts);
	if (texts->count > 0)
		texts->text[texts->len++] = '\n';
	start = texts->len;
	if (room <= sizeof(texts->text))
		put_lines(texts, text);
	texts->count++;
	texts->until = sy_pam_deadline(SY_PAM_TEXTS_READ);
	return texts->text + start;
}

bool
sy_pam_texts_stand(const struct sy_pam_texts *texts)
{
	return texts->count == 1 && texts->len <= SY_PAM_PAGE;
}

/* Where to cut ${text}, of which more than a page is left. */
static size_t
page_end(const char *text)
{
	size_t end;

	for (end = SY_PAM_PAGE; end > 0; end--)
		if (text[end] == '\n')
			return end;
	for (end = SY_PAM_PAGE; end > 0; end--)
		if (text[end] == ' ')
			return end;
	end = SY_PAM_PAGE;
	while (end > 1 && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	return end;
}

bool
sy_pam_texts_page(const char *text, size_t *from,
    char ret_page[SY_PAM_PAGE + 1])
{
	const char *at = text + *from;
	size_t len;

	at += strspn(at, " \n");
	if (*at == '\0')
		return false;
	len = strnlen(at, SY_PAM_PAGE + 1);
	if (len > SY_PAM_PAGE)
		len = page_end(at);
	memcpy(ret_page, at, len);
	ret_page[len] = '\0';
	*from = (size_t)(at - text) + len;
	return true;
}
