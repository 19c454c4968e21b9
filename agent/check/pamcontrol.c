/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include <security/_pam_types.h>

#include "agent/check/pamcontrol.h"
#include "agent/check/words.h"

/* Not set yet: what "default=" fills. */
#define UNSET 1000000

static const struct {
	const char *name;
	int value;
} returns[] = {
	{ "success", PAM_SUCCESS },
	{ "open_err", PAM_OPEN_ERR },
	{ "symbol_err", PAM_SYMBOL_ERR },
	{ "service_err", PAM_SERVICE_ERR },
	{ "system_err", PAM_SYSTEM_ERR },
	{ "buf_err", PAM_BUF_ERR },
	{ "perm_denied", PAM_PERM_DENIED },
	{ "auth_err", PAM_AUTH_ERR },
	{ "cred_insufficient", PAM_CRED_INSUFFICIENT },
	{ "authinfo_unavail", PAM_AUTHINFO_UNAVAIL },
	{ "user_unknown", PAM_USER_UNKNOWN },
	{ "maxtries", PAM_MAXTRIES },
	{ "new_authtok_reqd", PAM_NEW_AUTHTOK_REQD },
	{ "acct_expired", PAM_ACCT_EXPIRED },
	{ "session_err", PAM_SESSION_ERR },
	{ "cred_unavail", PAM_CRED_UNAVAIL },
	{ "cred_expired", PAM_CRED_EXPIRED },
	{ "cred_err", PAM_CRED_ERR },
	{ "no_module_data", PAM_NO_MODULE_DATA },
	{ "conv_err", PAM_CONV_ERR },
	{ "authtok_err", PAM_AUTHTOK_ERR },
	{ "authtok_recover_err", PAM_AUTHTOK_RECOVERY_ERR },
	{ "authtok_lock_busy", PAM_AUTHTOK_LOCK_BUSY },
	{ "authtok_disable_aging", PAM_AUTHTOK_DISABLE_AGING },
	{ "try_again", PAM_TRY_AGAIN },
	{ "ignore", PAM_IGNORE },
	{ "abort", PAM_ABORT },
	{ "authtok_expired", PAM_AUTHTOK_EXPIRED },
	{ "module_unknown", PAM_MODULE_UNKNOWN },
	{ "bad_item", PAM_BAD_ITEM },
	{ "conv_again", PAM_CONV_AGAIN },
	{ "incomplete", PAM_INCOMPLETE },
	{ "default", PAMFILE_RETURNS },
};

static const struct {
	const char *name;
	int action;
} actions[] = {
	{ "ignore", PAMFILE_IGNORE },
	{ "ok", PAMFILE_OK },
	{ "done", PAMFILE_DONE },
	{ "bad", PAMFILE_BAD },
	{ "die", PAMFILE_DIE },
	{ "reset", PAMFILE_RESET },
};

/* The four words and what they stand for. */
static const struct {
	const char *word;
	int success; /* and new_authtok_reqd */
	int ignore;
	int others;
} words[] = {
	{ "required", PAMFILE_OK, PAMFILE_IGNORE, PAMFILE_BAD },
	{ "requisite", PAMFILE_OK, PAMFILE_IGNORE, PAMFILE_DIE },
	{ "optional", PAMFILE_OK, PAMFILE_IGNORE, PAMFILE_IGNORE },
	{ "sufficient", PAMFILE_DONE, PAMFILE_IGNORE, PAMFILE_IGNORE },
};

static void
fill(int out[PAMFILE_RETURNS], int from, int with)
{
	for (size_t i = 0; i < PAMFILE_RETURNS; i++)
		if (out[i] == from)
			out[i] = with;
}

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The length of the word at ${at}. */
static size_t
name_len(const char *at)
{
	size_t len = 0;

	while (is_name_char(at[len]))
		len++;
	return len;
}

static bool
is_name(const char *at, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(at, name, len) == 0;
}

static bool
find_return(const char *at, size_t len, int *ret)
{
	for (size_t i = 0; i < SY_COUNT(returns); i++) {
		if (is_name(at, len, returns[i].name)) {
			*ret = returns[i].value;
			return true;
		}
	}
	return false;
}

static bool
find_action(const char *at, size_t len, int *ret)
{
	int n = 0;

	for (size_t i = 0; i < SY_COUNT(actions); i++) {
		if (is_name(at, len, actions[i].name)) {
			*ret = actions[i].action;
			return true;
		}
	}
	for (size_t i = 0; i < len; i++) {
		if (at[i] < '0' || at[i] > '9' || n > PAMFILE_JUMP_MAX)
			return false;
		n = n * 10 + (at[i] - '0');
	}
	*ret = n;
	return n > 0 && n <= PAMFILE_JUMP_MAX;
}

static const char *
skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* One "value=action"; where it ends, or NULL. */
static const char *
parse_pair(const char *at, int out[PAMFILE_RETURNS], const char **ret_why)
{
	size_t len = name_len(at);
	int value, action;

	if (!find_return(at, len, &value)) {
		*ret_why = N_("not a return value of PAM before the \"=\"");
		return NULL;
	}
	at = skip_blanks(at + len);
	if (*at != '=') {
		*ret_why = N_("no \"=\" behind a return value");
		return NULL;
	}
	at = skip_blanks(at + 1);
	len = name_len(at);
	if (!find_action(at, len, &action)) {
		*ret_why = N_("not an action behind the \"=\"");
		return NULL;
	}
	if (value == PAMFILE_RETURNS)
		fill(out, UNSET, action);
	else
		out[value] = action;
	at += len;
	if (*at != '\0' && *at != ' ' && *at != '\t') {
		*ret_why = N_("no blank behind an action");
		return NULL;
	}
	return skip_blanks(at);
}

static enum sy_err
parse_pairs(const char *word, int ret_actions[PAMFILE_RETURNS],
    const char **ret_why)
{
	const char *at = skip_blanks(word);
	int out[PAMFILE_RETURNS];

	for (size_t i = 0; i < PAMFILE_RETURNS; i++)
		out[i] = UNSET;
	if (*at == '\0') {
		*ret_why = N_("nothing between the brackets");
		return SY_ERR_FORMAT;
	}
	while (*at != '\0')
		if ((at = parse_pair(at, out, ret_why)) == NULL)
			return SY_ERR_FORMAT;
	/* What is not named is a failure. */
	fill(out, UNSET, PAMFILE_BAD);
	memcpy(ret_actions, out, sizeof(out));
	return SY_OK;
}

enum sy_err
pamcontrol_parse(const char *word, bool bracketed, enum pamfile_kind *ret_kind,
    int ret_actions[PAMFILE_RETURNS], const char **ret_why)
{
	enum sy_err err;

	if (bracketed) {
		err = parse_pairs(word, ret_actions, ret_why);
		if (err == SY_OK)
			*ret_kind = PAMFILE_MODULE;
		return err;
	}
	for (size_t i = 0; i < SY_COUNT(words); i++) {
		if (strcasecmp(word, words[i].word) != 0)
			continue;
		for (size_t k = 0; k < PAMFILE_RETURNS; k++)
			ret_actions[k] = words[i].others;
		ret_actions[PAM_SUCCESS] = words[i].success;
		ret_actions[PAM_NEW_AUTHTOK_REQD] = words[i].success;
		ret_actions[PAM_IGNORE] = words[i].ignore;
		*ret_kind = PAMFILE_MODULE;
		return SY_OK;
	}
	if (strcasecmp(word, "include") == 0) {
		*ret_kind = PAMFILE_INCLUDE;
		return SY_OK;
	}
	if (strcasecmp(word, "substack") == 0) {
		*ret_kind = PAMFILE_SUBSTACK;
		return SY_OK;
	}
	*ret_why = N_("not a control such as required or [success=ok ...]");
	return SY_ERR_FORMAT;
}
