/* SPDX-License-Identifier: Apache-2.0 */
/* What operators ask about IDs, tokens and terminals. */
#include "lib/wire/message_int.h"

/* The most entries in one list; the size of a reply bounds it too. */
#define ENTRIES_MAX 100000

static const struct sy_field user_add_fields[] = {
	TEXT(sy_user_add, login),
	TEXT(sy_user_add, staff, OPTIONAL),
	TEXT(sy_user_add, name, OPTIONAL),
	TEXT(sy_user_add, kana, OPTIONAL),
	TEXT(sy_user_add, born, OPTIONAL),
	TEXT(sy_user_add, kind),
	INT(sy_user_add, valid_from, 0, SECONDS_MAX, OPTIONAL),
	INT(sy_user_add, valid_to, 0, SECONDS_MAX, OPTIONAL),
	TEXT(sy_user_add, basis, OPTIONAL),
	BOOL(sy_user_add, namesake, OPTIONAL),
};
MESSAGE(user_add, sy_user_add);

static const struct sy_field user_change_fields[] = {
	TEXT(sy_user_change, login),
	TEXT(sy_user_change, basis, OPTIONAL),
	TEXT(sy_user_change, source, OPTIONAL),
};
MESSAGE(user_change, sy_user_change);

static const struct sy_field user_dates_fields[] = {
	TEXT(sy_user_dates, login),
	INT(sy_user_dates, valid_from, 0, SECONDS_MAX, OPTIONAL),
	INT(sy_user_dates, valid_to, 0, SECONDS_MAX, OPTIONAL),
	BOOL(sy_user_dates, no_end, OPTIONAL),
	TEXT(sy_user_dates, basis, OPTIONAL),
};
MESSAGE(user_dates, sy_user_dates);

static const struct sy_field user_event_fields[] = {
	INT(sy_user_event, time, 0, SECONDS_MAX),
	TEXT(sy_user_event, actor),
	TEXT(sy_user_event, action),
	TEXT(sy_user_event, basis, OPTIONAL),
};
MESSAGE(user_event, sy_user_event);

static const struct sy_field explanation_item_fields[] = {
	TEXT(sy_explanation_item, code),
	TEXT(sy_explanation_item, place, OPTIONAL),
	TEXT(sy_explanation_item, text, OPTIONAL),
	INT(sy_explanation_item, since, 0, SECONDS_MAX, OPTIONAL),
	INT(sy_explanation_item, until, 0, SECONDS_MAX, OPTIONAL),
	BOOL(sy_explanation_item, blocking, OPTIONAL),
};
MESSAGE(explanation_item, sy_explanation_item);

static const struct sy_field explanation_fields[] = {
	TEXT(sy_explanation, login),
	BOOL(sy_explanation, possible, OPTIONAL),
	LIST(sy_explanation, reasons, &sy_message_explanation_item, 1000),
};
MESSAGE(explanation, sy_explanation);

static const struct sy_field user_ref_fields[] = {
	TEXT(sy_user_ref, login, OPTIONAL),
};
MESSAGE(user_ref, sy_user_ref);

/* The members of an ID. */
#define USER_FIELDS                                                            \
	INT(sy_user, id, 1, NUMBER_MAX), TEXT(sy_user, login),                 \
	    TEXT(sy_user, staff, OPTIONAL), TEXT(sy_user, name, OPTIONAL),     \
	    TEXT(sy_user, kind), TEXT(sy_user, state),                         \
	    INT(sy_user, valid_from, 0, SECONDS_MAX, OPTIONAL),                \
	    INT(sy_user, valid_to, 0, SECONDS_MAX, OPTIONAL),                  \
	    INT(sy_user, created, 0, SECONDS_MAX),                             \
	    TEXT(sy_user, kana, OPTIONAL), TEXT(sy_user, holds, OPTIONAL),     \
	    TEXT(sy_user, password, OPTIONAL)

static const struct sy_field user_fields[] = {
	USER_FIELDS,
};
MESSAGE(user, sy_user);

_Static_assert(offsetof(struct sy_user_shown, user) == 0, "USER_FIELDS fit");
static const struct sy_field user_shown_fields[] = {
	USER_FIELDS,
	LIST(sy_user_shown, history, &sy_message_user_event, ENTRIES_MAX),
};
MESSAGE(user_shown, sy_user_shown);

static const struct sy_field user_list_fields[] = {
	LIST(sy_user_list, users, &sy_message_user, ENTRIES_MAX),
};
MESSAGE(user_list, sy_user_list);

static const struct sy_field token_invite_fields[] = {
	TEXT(sy_token_invite, login),
	TEXT(sy_token_invite, terminal),
	TEXT(sy_token_invite, method, OPTIONAL),
	TEXT(sy_token_invite, basis, OPTIONAL),
	TEXT(sy_token_invite, purpose, OPTIONAL),
	INT(sy_token_invite, replaces, 0, NUMBER_MAX, OPTIONAL),
};
MESSAGE(token_invite, sy_token_invite);

static const struct sy_field code_fields[] = {
	TEXT(sy_code, code),
	INT(sy_code, expires, 0, SECONDS_MAX),
};
MESSAGE(code, sy_code);

static const struct sy_field token_ref_fields[] = {
	INT(sy_token_ref, token, 1, NUMBER_MAX),
};
MESSAGE(token_ref, sy_token_ref);

static const struct sy_field token_change_fields[] = {
	INT(sy_token_change, token, 1, NUMBER_MAX),
	TEXT(sy_token_change, basis, OPTIONAL),
};
MESSAGE(token_change, sy_token_change);

static const struct sy_field token_fields[] = {
	INT(sy_token, token, 1, NUMBER_MAX),
	TEXT(sy_token, login),
	TEXT(sy_token, driver),
	TEXT(sy_token, method),
	TEXT(sy_token, algorithm),
	TEXT(sy_token, origin),
	TEXT(sy_token, state),
	TEXT(sy_token, holds, OPTIONAL),
	INT(sy_token, enrolled, 0, SECONDS_MAX),
	INT(sy_token, not_after, 0, SECONDS_MAX, OPTIONAL),
	TEXT(sy_token, terminal, OPTIONAL),
	TEXT(sy_token, basis, OPTIONAL),
	TEXT(sy_token, model, OPTIONAL),
	TEXT(sy_token, aaguid, OPTIONAL),
	INT(sy_token, firmware, 0, NUMBER_MAX, OPTIONAL),
	TEXT(sy_token, attestation, OPTIONAL),
	TEXT(sy_token, grade, OPTIONAL),
	INT(sy_token, counter, 0, UINT32_MAX, OPTIONAL),
};
MESSAGE(token, sy_token);

static const struct sy_field model_item_fields[] = {
	TEXT(sy_model_item, aaguid),
	TEXT(sy_model_item, name, OPTIONAL),
	TEXT(sy_model_item, status),
	TEXT(sy_model_item, report, OPTIONAL),
	BOOL(sy_model_item, fingerprint, OPTIONAL),
	BOOL(sy_model_item, inherence, OPTIONAL),
	BOOL(sy_model_item, allowed, OPTIONAL),
	INT(sy_model_item, tokens, 0, NUMBER_MAX, OPTIONAL),
};
MESSAGE(model_item, sy_model_item);

static const struct sy_field model_list_fields[] = {
	INT(sy_model_list, number, 0, NUMBER_MAX, OPTIONAL),
	INT(sy_model_list, next_update, 0, SECONDS_MAX, OPTIONAL),
	INT(sy_model_list, imported, 0, SECONDS_MAX, OPTIONAL),
	LIST(sy_model_list, models, &sy_message_model_item, ENTRIES_MAX),
};
MESSAGE(model_list, sy_model_list);

static const struct sy_field model_change_fields[] = {
	TEXT(sy_model_change, aaguid),
	INT(sy_model_change, firmware_below, 0, NUMBER_MAX, OPTIONAL),
	TEXT(sy_model_change, basis, OPTIONAL),
};
MESSAGE(model_change, sy_model_change);

static const struct sy_field metadata_part_fields[] = {
	INT(sy_metadata_part, offset, 0, SY_METADATA_MAX, OPTIONAL),
	BYTES(sy_metadata_part, bytes),
	BOOL(sy_metadata_part, last, OPTIONAL),
};
MESSAGE(metadata_part, sy_metadata_part);

static const struct sy_field token_search_fields[] = {
	TEXT(sy_token_search, login, OPTIONAL),
	TEXT(sy_token_search, model, OPTIONAL),
};
MESSAGE(token_search, sy_token_search);

static const struct sy_field token_list_fields[] = {
	LIST(sy_token_list, tokens, &sy_message_token, ENTRIES_MAX),
};
MESSAGE(token_list, sy_token_list);

static const struct sy_field terminal_invite_fields[] = {
	TEXT(sy_terminal_invite, name),
	TEXT(sy_terminal_invite, zone),
};
MESSAGE(terminal_invite, sy_terminal_invite);

static const struct sy_field terminal_ref_fields[] = {
	TEXT(sy_terminal_ref, name),
};
MESSAGE(terminal_ref, sy_terminal_ref);

static const struct sy_field terminal_fields[] = {
	INT(sy_terminal, id, 1, NUMBER_MAX),
	TEXT(sy_terminal, name),
	TEXT(sy_terminal, zone),
	TEXT(sy_terminal, state),
	TEXT(sy_terminal, certificate, OPTIONAL),
	INT(sy_terminal, not_after, 0, SECONDS_MAX, OPTIONAL),
	INT(sy_terminal, joined, 0, SECONDS_MAX, OPTIONAL),
	INT(sy_terminal, seen, 0, SECONDS_MAX, OPTIONAL),
	BOOL(sy_terminal, connected, OPTIONAL),
};
MESSAGE(terminal, sy_terminal);

static const struct sy_field terminal_list_fields[] = {
	LIST(sy_terminal_list, terminals, &sy_message_terminal, ENTRIES_MAX),
};
MESSAGE(terminal_list, sy_terminal_list);
