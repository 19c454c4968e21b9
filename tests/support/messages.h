/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <sanyoso/message.h>

/* Every message that there is, for tests that go over all of them. */
static const struct sy_message *const all_messages[] = { &sy_message_empty,
	&sy_message_failure, &sy_message_auth_begin, &sy_message_auth_card,
	&sy_message_auth_proof, &sy_message_auth_abandon,
	&sy_message_auth_fetch, &sy_message_auth_step, &sy_message_enroll_begin,
	&sy_message_enroll_card, &sy_message_enroll_step, &sy_message_join,
	&sy_message_renew, &sy_message_join_reply, &sy_message_hello,
	&sy_message_hello_reply, &sy_message_user_add, &sy_message_user_ref,
	&sy_message_user, &sy_message_user_list, &sy_message_token_invite,
	&sy_message_code, &sy_message_token_ref, &sy_message_token_change,
	&sy_message_token, &sy_message_token_list, &sy_message_terminal_invite,
	&sy_message_terminal_ref, &sy_message_terminal,
	&sy_message_terminal_list, &sy_message_audit_search,
	&sy_message_audit_item, &sy_message_audit_page,
	&sy_message_verify_report, &sy_message_status,
	&sy_message_auth_password, &sy_message_password_change,
	&sy_message_password_step, &sy_message_account,
	&sy_message_account_step, &sy_message_session_open,
	&sy_message_session_step, &sy_message_session_close,
	&sy_message_user_change, &sy_message_user_event, &sy_message_user_shown,
	&sy_message_explanation, &sy_message_explanation_item,
	&sy_message_office_begin, &sy_message_office_card,
	&sy_message_office_proof, &sy_message_office_done,
	&sy_message_office_step, &sy_message_user_dates, &sy_message_auth_key,
	&sy_message_auth_assertion, &sy_message_credential,
	&sy_message_enroll_key, &sy_message_model_item, &sy_message_model_list,
	&sy_message_model_change, &sy_message_metadata_part,
	&sy_message_token_search };

#endif /* MESSAGES_H */
