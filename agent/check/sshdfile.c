/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/check/sshdfile.h"

#include <glob.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sanyoso/safefile.h>

#define FOLDER "/etc/ssh/"
#define BLANK  " \t\r\f"

/* --- words --- */

static bool
is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* As sshd: quotes hold words together, a backslash takes the meaning from a
 * quote, a backslash or (outside of quotes) a space. False: no end. */
static bool
take_word(const char **at, char out[SSHDFILE_WORD_SIZE])
{
	const char *p = *at;
	size_t used = 0;
	char quote = '\0';

	for (; *p != '\0'; p++) {
		if (quote == '\0' && strchr(BLANK, *p) != NULL)
			break;
		if (*p == '\\' &&
		    (is_quote(p[1]) || p[1] == '\\' ||
			(quote == '\0' && p[1] == ' '))) {
			p++;
		} else if (quote == '\0' && is_quote(*p)) {
			quote = *p;
			continue;
		} else if (quote != '\0' && *p == quote) {
			quote = '\0';
			continue;
		}
		if (used == SSHDFILE_WORD_SIZE - 1)
			return false;
		out[used++] = *p;
	}
	out[used] = '\0';
	*at = p;
	return quote == '\0';
}

/* The next word, if there is one before the end or a comment. */
static enum sy_err
next_word(const char **at, char out[SSHDFILE_WORD_SIZE], bool *ret_is)
{
	*at += strspn(*at, BLANK);
	*ret_is = **at != '\0' && **at != '#';
	if (*ret_is && !take_word(at, out))
		return SY_ERR_FORMAT;
	return SY_OK;
}

/* --- keywords --- */

static enum sy_err
read_answer(const char *rest, enum sshd_answer *ret)
{
	char word[SSHDFILE_WORD_SIZE];
	bool is;

	if (next_word(&rest, word, &is) != SY_OK || !is)
		return SY_ERR_FORMAT;
	if (strcasecmp(word, "yes") == 0 || strcasecmp(word, "true") == 0)
		*ret = SSHD_YES;
	else if (strcasecmp(word, "no") == 0 || strcasecmp(word, "false") == 0)
		*ret = SSHD_NO;
	else
		return SY_ERR_FORMAT;
	return SY_OK;
}

static enum sy_err
set_answer(struct sshd_reading *r, const char *rest, enum sshd_answer *value,
    enum sshd_answer odd, bool *matched)
{
	enum sshd_answer answer = SSHD_UNSET;

	if (read_answer(rest, &answer) != SY_OK)
		return SY_ERR_FORMAT;
	if (!r->match && *value == SSHD_UNSET)
		*value = answer;
	else if (r->match && matched != NULL && answer == odd)
		*matched = true;
	return SY_OK;
}

static enum sy_err
include_all(struct sshd_reading *r, const char *rest, struct sy_error *reterr)
{
	char word[SSHDFILE_WORD_SIZE];
	const bool match = r->match;
	enum sy_err err;
	bool is;

	for (;;) {
		if (next_word(&rest, word, &is) != SY_OK)
			return SY_ERR_FORMAT;
		if (!is)
			return SY_OK;
		if (++r->depth > SSHDFILE_DEPTH_MAX)
			return SY_ERR_LIMIT;
		err = r->include(r, word, reterr);
		r->depth--;
		/* A Match ends with its file. */
		r->match = match;
		if (err != SY_OK)
			return err;
	}
}

static enum sy_err
take_line(struct sshd_reading *r, const char *line, struct sy_error *reterr)
{
	struct sshd_settings *s = &r->settings;
	const char *key = line + strspn(line, BLANK);
	const size_t len = strcspn(key, BLANK "=");
	const char *rest = key + len + strspn(key + len, BLANK);

	if (*key == '\0' || *key == '#')
		return SY_OK;
	if (*rest == '=')
		rest++;
#define IS(word) (len == strlen(word) && strncasecmp(key, word, len) == 0)
	if (IS("Match"))
		r->match = true;
	else if (IS("Include"))
		return include_all(r, rest, reterr);
	else if (IS("UsePAM"))
		return set_answer(r, rest, &s->pam, SSHD_UNSET, NULL);
	else if (IS("PasswordAuthentication"))
		return set_answer(r, rest, &s->password, SSHD_YES,
		    &s->password_matched);
	else if (IS("KbdInteractiveAuthentication") ||
	    IS("ChallengeResponseAuthentication"))
		return set_answer(r, rest, &s->keyboard, SSHD_NO,
		    &s->keyboard_matched);
#undef IS
	return SY_OK;
}

enum sy_err
sshdfile_parse(const char *name, const char *text, size_t len,
    struct sshd_reading *r, struct sy_error *reterr)
{
	const char *at = text, *const end = text + len;
	char line[4 * SSHDFILE_WORD_SIZE], place[PATH_MAX + 16];
	unsigned int number = 0;
	enum sy_err err = SY_OK;

	while (at < end && err == SY_OK) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		const size_t n = (size_t)((eol == NULL ? end : eol) - at);

		number++;
		if (n >= sizeof(line) || memchr(at, '\0', n) != NULL) {
			err = SY_ERR_FORMAT;
			break;
		}
		memcpy(line, at, n);
		line[n] = '\0';
		err = take_line(r, line, reterr);
		at += n + 1;
	}
	/* What a file that is included said stays. */
	if (err != SY_OK && reterr != NULL && reterr->code == SY_OK) {
		(void)snprintf(place, sizeof(place), "%s:%u", name, number);
		return sy_error_set(reterr, err, place, "%s", sy_err_text(err));
	}
	return err;
}

/* --- files --- */

static enum sy_err
load_file(const char *path, struct sshd_reading *r, struct sy_error *reterr)
{
	uint8_t *data = NULL;
	enum sy_err err;
	size_t len;

	err = sy_safefile_read(path, SSHDFILE_SIZE_MAX, &data, &len, reterr);
	if (err == SY_OK)
		err = sshdfile_parse(path, (const char *)data, len, r, reterr);
	free(data);
	return err;
}

static enum sy_err
include_files(struct sshd_reading *r, const char *pattern,
    struct sy_error *reterr)
{
	const bool match = r->match;
	char path[PATH_MAX];
	enum sy_err err = SY_OK;
	glob_t found;
	int n;

	n = snprintf(path, sizeof(path), "%s%s%s", (const char *)r->arg,
	    pattern[0] == '/' ? "" : FOLDER, pattern);
	if (n < 0 || (size_t)n >= sizeof(path))
		return SY_ERR_LIMIT;
	n = glob(path, 0, NULL, &found);
	if (n == GLOB_NOMATCH)
		return SY_OK;
	if (n != 0)
		return n == GLOB_NOSPACE ? SY_ERR_NOMEM : SY_ERR_IO;
	for (size_t i = 0; err == SY_OK && i < found.gl_pathc; i++) {
		r->match = match;
		err = load_file(found.gl_pathv[i], r, reterr);
		/* It was there just now. */
		if (err == SY_ERR_NOT_FOUND)
			err = SY_ERR_IO;
	}
	globfree(&found);
	return err;
}

enum sy_err
sshdfile_load(const char *root, struct sshd_settings *ret,
    struct sy_error *reterr)
{
	char folder[PATH_MAX], path[PATH_MAX + 32];
	struct sshd_reading r = { .include = include_files, .arg = folder };
	enum sy_err err;
	int n;

	n = snprintf(folder, sizeof(folder), "%s", root);
	if (n < 0 || (size_t)n >= sizeof(folder))
		return SY_ERR_LIMIT;
	(void)snprintf(path, sizeof(path), "%s" FOLDER "sshd_config", root);
	if ((err = load_file(path, &r, reterr)) == SY_OK)
		*ret = r.settings;
	return err;
}
