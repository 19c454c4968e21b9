/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of account and session phases. */
#include "lib/wire/message_int.h"

static const struct sy_field account_fields[] = {
	TEXT(sy_account, user),
	TEXT(sy_account, service),
	TEXT(sy_account, purpose),
	TEXT(sy_account, tty, OPTIONAL),
	TEXT(sy_account, ruser, OPTIONAL),
	TEXT(sy_account, rhost, OPTIONAL),
	TEXT(sy_account, boot),
};
MESSAGE(account, sy_account);

static const struct sy_field account_step_fields[] = {
	TEXT(sy_account_step, txn, OPTIONAL),
	TEXT(sy_account_step, verdict),
	TEXT(sy_account_step, reason, OPTIONAL),
	TEXT(sy_account_step, login, OPTIONAL),
	TEXT(sy_account_step, support, OPTIONAL),
};
MESSAGE(account_step, sy_account_step);

static const struct sy_field session_open_fields[] = {
	TEXT(sy_session_open, txn),
	TEXT(sy_session_open, account),
	TEXT(sy_session_open, service),
	TEXT(sy_session_open, tty, OPTIONAL),
	TEXT(sy_session_open, rhost, OPTIONAL),
	TEXT(sy_session_open, boot),
};
MESSAGE(session_open, sy_session_open);

static const struct sy_field session_step_fields[] = {
	INT(sy_session_step, session, 0, NUMBER_MAX, OPTIONAL),
	TEXT(sy_session_step, verdict),
	TEXT(sy_session_step, reason, OPTIONAL),
	TEXT(sy_session_step, support, OPTIONAL),
};
MESSAGE(session_step, sy_session_step);

static const struct sy_field session_close_fields[] = {
	INT(sy_session_close, session, 1, NUMBER_MAX),
};
MESSAGE(session_close, sy_session_close);
