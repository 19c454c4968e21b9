/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/tables.h"

#define INT(type, name, flags)                                                 \
	{                                                                      \
#name, COLUMN_INT, flags, offsetof(struct type, name),         \
		    sizeof(int64_t), 0                                         \
	}
#define TEXT(type, name, flags)                                                \
	{                                                                      \
#name, COLUMN_TEXT, flags, offsetof(struct type, name),        \
		    sizeof(((struct type *)NULL)->name), 0                     \
	}
#define BYTES(type, name, flags)                                               \
	{                                                                      \
#name, COLUMN_BYTES, flags, offsetof(struct type, name),       \
		    sizeof(((struct type *)NULL)->name),                       \
		    offsetof(struct type, name##_len)                          \
	}
#define ROW_TYPE(variable, name, type, list)                                   \
	const struct row_type variable = { name, sizeof(struct type), list,    \
		SY_COUNT(list) }

static const struct column id_columns[] = {
	TEXT(id_row, login, COLUMN_SEALED | COLUMN_FOUND),
	TEXT(id_row, staff, COLUMN_SEALED | COLUMN_FOUND),
	TEXT(id_row, name, COLUMN_SEALED),
	TEXT(id_row, kana, COLUMN_SEALED),
	TEXT(id_row, born, COLUMN_SEALED),
	TEXT(id_row, person, COLUMN_SEALED | COLUMN_FOUND),
	INT(id_row, kind, 0),
	INT(id_row, state, 0),
	INT(id_row, valid_from, 0),
	INT(id_row, valid_to, 0),
	INT(id_row, created, 0),
};

static const struct column id_event_columns[] = {
	INT(id_event_row, owner, COLUMN_LISTED),
	INT(id_event_row, time, 0),
	TEXT(id_event_row, actor, COLUMN_SEALED),
	TEXT(id_event_row, action, COLUMN_SEALED),
	TEXT(id_event_row, basis, COLUMN_SEALED),
};

static const struct column password_columns[] = {
	INT(password_row, owner, COLUMN_LISTED),
	INT(password_row, state, 0),
	BYTES(password_row, hash, COLUMN_SEALED),
	BYTES(password_row, salt, 0),
	INT(password_row, memory, 0),
	INT(password_row, passes, 0),
	INT(password_row, created, 0),
	INT(password_row, expires, 0),
};

static const struct column lockout_columns[] = {
	INT(lockout_row, owner, COLUMN_LISTED),
	INT(lockout_row, epoch, 0),
	INT(lockout_row, pending, 0),
	INT(lockout_row, failed, 0),
	INT(lockout_row, forgiven, 0),
	INT(lockout_row, streak, 0),
	INT(lockout_row, locks, 0),
	INT(lockout_row, state, 0),
	INT(lockout_row, until, 0),
	INT(lockout_row, changed, 0),
};

static const struct column activity_columns[] = {
	INT(activity_row, owner, COLUMN_LISTED),
	INT(activity_row, login, 0),
	TEXT(activity_row, login_terminal, 0),
	INT(activity_row, logout, 0),
	TEXT(activity_row, logout_terminal, 0),
	INT(activity_row, failures, 0),
};

static const struct column session_columns[] = {
	INT(session_row, owner, COLUMN_LISTED),
	INT(session_row, terminal, COLUMN_LISTED),
	TEXT(session_row, account, COLUMN_SEALED),
	TEXT(session_row, service, 0),
	TEXT(session_row, tty, 0),
	INT(session_row, purpose, 0),
	BYTES(session_row, boot, 0),
	BYTES(session_row, txn, COLUMN_FOUND),
	INT(session_row, opened, 0),
};

static const struct column token_columns[] = {
	INT(token_row, owner, COLUMN_LISTED),
	INT(token_row, driver, 0),
	INT(token_row, method, 0),
	INT(token_row, alg, 0),
	INT(token_row, origin, 0),
	INT(token_row, state, 0),
	INT(token_row, enrolled, 0),
	INT(token_row, not_after, 0),
	INT(token_row, terminal, 0),
	BYTES(token_row, spki, COLUMN_SEALED | COLUMN_FOUND),
	TEXT(token_row, basis, COLUMN_SEALED),
};

static const struct column hold_columns[] = {
	INT(hold_row, token, COLUMN_LISTED),
	INT(hold_row, owner, COLUMN_LISTED),
	INT(hold_row, source, 0),
	INT(hold_row, since, 0),
	TEXT(hold_row, reason, COLUMN_SEALED),
};

static const struct column terminal_columns[] = {
	TEXT(terminal_row, name, COLUMN_FOUND),
	INT(terminal_row, zone, 0),
	INT(terminal_row, state, 0),
	BYTES(terminal_row, cert, COLUMN_FOUND),
	BYTES(terminal_row, next_cert, COLUMN_FOUND),
	INT(terminal_row, not_after, 0),
	INT(terminal_row, joined, 0),
};

static const struct column invitation_columns[] = {
	INT(invitation_row, kind, 0),
	BYTES(invitation_row, code, COLUMN_SEALED | COLUMN_FOUND),
	INT(invitation_row, terminal, COLUMN_LISTED),
	INT(invitation_row, owner, COLUMN_LISTED),
	INT(invitation_row, method, 0),
	INT(invitation_row, expires, 0),
	INT(invitation_row, failures, 0),
	INT(invitation_row, replaces, 0),
	INT(invitation_row, record, 0),
	TEXT(invitation_row, basis, COLUMN_SEALED),
};

static const struct column credential_columns[] = {
	INT(credential_row, token, COLUMN_LISTED),
	INT(credential_row, owner, COLUMN_LISTED),
	BYTES(credential_row, credential, COLUMN_SEALED | COLUMN_FOUND),
	BYTES(credential_row, aaguid, 0),
	INT(credential_row, attestation, 0),
	INT(credential_row, firmware, 0),
	INT(credential_row, managed, 0),
	INT(credential_row, resident, 0),
	INT(credential_row, reader, 0),
};

static const struct column key_counter_columns[] = {
	INT(key_counter_row, token, COLUMN_LISTED),
	INT(key_counter_row, counter, 0),
	INT(key_counter_row, changed, 0),
};

static const struct column metadata_columns[] = {
	INT(metadata_row, number, 0),
	INT(metadata_row, next_update, 0),
	INT(metadata_row, imported, 0),
	BYTES(metadata_row, digest, 0),
};

static const struct column card_secret_columns[] = {
	BYTES(card_secret_row, guid, COLUMN_SEALED | COLUMN_FOUND),
	INT(card_secret_row, token, COLUMN_LISTED),
	INT(card_secret_row, owner, COLUMN_LISTED),
	INT(card_secret_row, state, 0),
	INT(card_secret_row, changed, 0),
	BYTES(card_secret_row, management, COLUMN_SEALED),
	BYTES(card_secret_row, puk, COLUMN_SEALED),
	BYTES(card_secret_row, former_management, COLUMN_SEALED),
	BYTES(card_secret_row, former_puk, COLUMN_SEALED),
};

ROW_TYPE(row_type_id, "id", id_row, id_columns);
ROW_TYPE(row_type_id_event, "id_event", id_event_row, id_event_columns);
ROW_TYPE(row_type_password, "password", password_row, password_columns);
ROW_TYPE(row_type_lockout, "lockout", lockout_row, lockout_columns);
ROW_TYPE(row_type_activity, "activity", activity_row, activity_columns);
ROW_TYPE(row_type_session, "session", session_row, session_columns);
ROW_TYPE(row_type_token, "token", token_row, token_columns);
ROW_TYPE(row_type_hold, "hold", hold_row, hold_columns);
ROW_TYPE(row_type_terminal, "terminal", terminal_row, terminal_columns);
ROW_TYPE(row_type_invitation, "invitation", invitation_row, invitation_columns);
ROW_TYPE(row_type_credential, "credential", credential_row, credential_columns);
ROW_TYPE(row_type_key_counter, "key_counter", key_counter_row,
    key_counter_columns);
ROW_TYPE(row_type_metadata, "metadata", metadata_row, metadata_columns);
ROW_TYPE(row_type_card_secret, "card_secret", card_secret_row,
    card_secret_columns);

const struct row_type *const row_types[] = { &row_type_id, &row_type_id_event,
	&row_type_password, &row_type_lockout, &row_type_activity,
	&row_type_session, &row_type_token, &row_type_hold, &row_type_terminal,
	&row_type_invitation, &row_type_card_secret, &row_type_credential,
	&row_type_key_counter, &row_type_metadata, NULL };
