/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include <security/_pam_types.h>

#include <sanyoso/dialog.h>

#include "pam/result.h"

/* What each result means to the host in each phase. */
static const struct row {
	uint8_t result;
	int auth;
	int account;
	int change;
	int session;
} rows[] = {
	{ SY_RESULT_ALLOWED, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS,
	    PAM_SUCCESS },
	{ SY_RESULT_DENIED, PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_AUTH_ERR,
	    PAM_PERM_DENIED },
	{ SY_RESULT_UNAVAILABLE, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL,
	    PAM_TRY_AGAIN, PAM_AUTHINFO_UNAVAIL },
	{ SY_RESULT_MAXTRIES, PAM_MAXTRIES, PAM_PERM_DENIED, PAM_MAXTRIES,
	    PAM_PERM_DENIED },
	{ SY_RESULT_FORBIDDEN, PAM_CRED_INSUFFICIENT, PAM_PERM_DENIED,
	    PAM_PERM_DENIED, PAM_PERM_DENIED },
	{ SY_RESULT_CANCELLED, PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_AUTHTOK_ERR,
	    PAM_PERM_DENIED },
	{ SY_RESULT_CHANGE, PAM_SYSTEM_ERR, PAM_NEW_AUTHTOK_REQD,
	    PAM_SYSTEM_ERR, PAM_SYSTEM_ERR },
	{ SY_RESULT_NO_ACCOUNT, PAM_USER_UNKNOWN, PAM_USER_UNKNOWN,
	    PAM_USER_UNKNOWN, PAM_USER_UNKNOWN },
	{ SY_RESULT_BUSY, PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL,
	    PAM_AUTHTOK_LOCK_BUSY, PAM_AUTHINFO_UNAVAIL },
	{ SY_RESULT_UNCHANGED, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_AUTHTOK_ERR,
	    PAM_SYSTEM_ERR },
	{ SY_RESULT_ERROR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR,
	    PAM_SYSTEM_ERR },
};

static int
code_in(const struct row *row, enum sy_dialog_type type)
{
	switch (type) {
	case SY_DIALOG_AUTH:
		return row->auth;
	case SY_DIALOG_ACCOUNT:
		return row->account;
	case SY_DIALOG_CHANGE:
		return row->change;
	case SY_DIALOG_OPEN:
	case SY_DIALOG_CLOSE:
		return row->session;
	default:
		return PAM_SYSTEM_ERR;
	}
}

int
sy_pam_result_code(enum sy_dialog_type type, uint8_t result)
{
	for (size_t i = 0; i < SY_COUNT(rows); i++)
		if (rows[i].result == result)
			return code_in(&rows[i], type);
	return PAM_SYSTEM_ERR;
}

#define AWAY                                                                                      \
	"認証エージェントが応答しません。管理者に連絡してください。" \
	" / The login agent does not answer. Please call the administrator."
#define LATE                                                                   \
	"時間切れです。もう一度やり直してください。"      \
	" / Time is up. Please try again."
#define BROKEN                                                                              \
	"認証の設定に問題があります。管理者に連絡してください。" \
	" / Login is not set up correctly. Please call the administrator."

#define UNSURE                                                                                                   \
	"途中で途切れました。まず新しいパスワードを、だめなら古いパスワードを" \
	"試してください。"                                                                               \
	" / It broke off. Try the new password first, then the old one."

static const struct failure {
	enum sy_err err;
	int code;
	const char *words;
} failures[] = {
	{ SY_ERR_CANCELLED, PAM_AUTH_ERR, LATE },
	{ SY_ERR_NOMEM, PAM_BUF_ERR, AWAY },
	{ SY_ERR_PERM, PAM_CRED_INSUFFICIENT, BROKEN },
	{ SY_ERR_OWNER, PAM_SERVICE_ERR, BROKEN },
	{ SY_ERR_ARG, PAM_SERVICE_ERR, BROKEN },
};
/* Not there, hung, gone, or not the agent's protocol. */
static const struct failure away = { SY_ERR_NOT_FOUND, PAM_AUTHINFO_UNAVAIL,
	AWAY };
/* A change that broke off may have been made or not. */
static const struct failure unsure = { SY_ERR_CLOSED, PAM_AUTHTOK_ERR, UNSURE };
static const struct failure not_begun = { SY_ERR_NOT_FOUND, PAM_AUTHTOK_ERR,
	AWAY };

static const struct failure *
find_failure(enum sy_dialog_type type, enum sy_err err)
{
	for (size_t i = 0; i < SY_COUNT(failures); i++)
		if (failures[i].err == err)
			return &failures[i];
	if (type != SY_DIALOG_CHANGE)
		return &away;
	return err == SY_ERR_NOT_FOUND ? &not_begun : &unsure;
}

int
sy_pam_error_code(enum sy_dialog_type type, enum sy_err err)
{
	return find_failure(type, err)->code;
}

const char *
sy_pam_error_words(enum sy_dialog_type type, enum sy_err err)
{
	return find_failure(type, err)->words;
}
