/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "ctl/ctl.h"
#include "ctl/enroll.h"
#include "ctl/output.h"

static const struct output_column columns[] = {
	{ N_("TOKEN"), "token", OUTPUT_PLAIN },
	{ N_("USER"), "login", OUTPUT_PLAIN },
	{ N_("CARD"), "driver", OUTPUT_PLAIN },
	{ N_("METHOD"), "method", OUTPUT_PLAIN },
	{ N_("ALGORITHM"), "algorithm", OUTPUT_PLAIN },
	{ N_("STATE"), "state", OUTPUT_PLAIN },
	{ N_("HOLDS"), "holds", OUTPUT_PLAIN },
	{ N_("ENDS"), "not_after", OUTPUT_TIME },
	{ NULL, NULL, OUTPUT_PLAIN },
};

/* What a card and a key have. */
/* clang-format off */
#define DETAILS \
	{ N_("TOKEN"), "token", OUTPUT_PLAIN }, \
	{ N_("USER"), "login", OUTPUT_PLAIN }, \
	{ N_("CARD"), "driver", OUTPUT_PLAIN }, \
	{ N_("METHOD"), "method", OUTPUT_PLAIN }, \
	{ N_("ALGORITHM"), "algorithm", OUTPUT_PLAIN }, \
	{ N_("ORIGIN"), "origin", OUTPUT_PLAIN }, \
	{ N_("STATE"), "state", OUTPUT_PLAIN }, \
	{ N_("HOLDS"), "holds", OUTPUT_PLAIN }, \
	{ N_("ENROLLED"), "enrolled", OUTPUT_TIME }, \
	{ N_("AT TERMINAL"), "terminal", OUTPUT_PLAIN }, \
	{ N_("BASIS"), "basis", OUTPUT_PLAIN }, \
	{ N_("ENDS"), "not_after", OUTPUT_TIME }
/* clang-format on */

static const struct output_column card_details[] = {
	DETAILS,
	{ NULL, NULL, OUTPUT_PLAIN },
};

static const struct output_column key_details[] = {
	DETAILS,
	{ N_("MODEL"), "model", OUTPUT_PLAIN },
	{ N_("AAGUID"), "aaguid", OUTPUT_PLAIN },
	{ N_("FIRMWARE"), "firmware", OUTPUT_PLAIN },
	{ N_("ATTESTATION"), "attestation", OUTPUT_PLAIN },
	{ N_("GRADE"), "grade", OUTPUT_PLAIN },
	{ N_("COUNTER"), "counter", OUTPUT_PLAIN },
	{ NULL, NULL, OUTPUT_PLAIN },
};

static enum ctl_exit
show_token(const void *reply)
{
	const struct sy_token *token = reply;

	output_card(&sy_message_token, reply,
	    token->aaguid[0] != '\0' ? key_details : card_details);
	return CTL_DONE;
}

static enum ctl_exit
show_tokens(const void *reply)
{
	const struct sy_token_list *list = reply;

	output_table(&sy_message_token, &list->tokens, columns);
	return CTL_DONE;
}

static enum ctl_exit
show_code(const void *reply)
{
	output_code(reply,
	    _("At the terminal: sanyosoctl token enroll USER (or token "
	      "personalise, token pin unblock: what the code is for)"));
	return CTL_DONE;
}

/* The commands that change a token's state differ in name and words only. */
#define CHANGE(word, text)                                                     \
	{                                                                      \
		.noun = "token", .verb = word, .summary = text,                \
		.words = { { "TOKEN", "token", CTL_TOKEN, true, NULL },        \
			{ "--basis", "basis", CTL_TEXT, true, NULL } },        \
		.path = "/v1/admin/token/" word,                               \
		.ask = &sy_message_token_change, .reply = &sy_message_token,   \
		.show = show_token                                             \
	}

const struct ctl_command token_commands[] = {
	{ .noun = "token",
	    .verb = "invite",
	    .summary = N_("make a one-time code for a card office's visit"),
	    .words = { { "USER", "login", CTL_TEXT, true, NULL },
		{ "--terminal", "terminal", CTL_TEXT, true, NULL },
		{ "--method", "method", CTL_TEXT, false, "card-pin" },
		{ "--for", "purpose", CTL_TEXT, false, NULL },
		{ "--replace", "replaces", CTL_TOKEN, false, NULL },
		{ "--basis", "basis", CTL_TEXT, true, NULL } },
	    .path = "/v1/admin/token/invite",
	    .ask = &sy_message_token_invite,
	    .reply = &sy_message_code,
	    .show = show_code },
	{ .noun = "token",
	    .verb = "enroll",
	    .summary = N_("enrol a card or a FIDO2 key at this terminal"),
	    .words = { { "USER", "user", CTL_TEXT, true, NULL },
		{ "--fido2", "fido2", CTL_FLAG, false, NULL },
		{ "--bio", "bio", CTL_FLAG, false, NULL },
		{ "--pin", "pin", CTL_FLAG, false, NULL },
		{ "--managed", "managed", CTL_FLAG, false, NULL },
		{ "--resident", "resident", CTL_FLAG, false, NULL } },
	    .ask = &enroll_words,
	    .talk = enroll_run },
	{ .noun = "token",
	    .verb = "personalise",
	    .summary = N_("have a card made for a person at this terminal"),
	    .words = { { "USER", "user", CTL_TEXT, true, NULL } },
	    .ask = &key_words,
	    .talk = office_personalise },
	{ .noun = "token",
	    .verb = "pin change",
	    .summary = N_("change the PIN of a card or key at this terminal"),
	    .words = { { "USER", "user", CTL_TEXT, true, NULL },
		{ "--fido2", "fido2", CTL_FLAG, false, NULL } },
	    .ask = &key_words,
	    .talk = pin_change },
	{ .noun = "token",
	    .verb = "finger list",
	    .summary = N_("list the fingers on a FIDO2 key at this terminal"),
	    .words = { { "USER", "user", CTL_TEXT, true, NULL } },
	    .ask = &key_words,
	    .talk = finger_list },
	{ .noun = "token",
	    .verb = "finger add",
	    .summary = N_("enrol one more finger on a FIDO2 key"),
	    .words = { { "USER", "user", CTL_TEXT, true, NULL },
		{ "--name", "finger", CTL_TEXT, false, NULL } },
	    .ask = &key_words,
	    .talk = finger_add },
	{ .noun = "token",
	    .verb = "finger remove",
	    .summary = N_("remove a finger from a FIDO2 key"),
	    .words = { { "USER", "user", CTL_TEXT, true, NULL },
		{ "--name", "finger", CTL_TEXT, true, NULL } },
	    .ask = &key_words,
	    .talk = finger_remove },
	{ .noun = "token",
	    .verb = "pin unblock",
	    .summary = N_("unblock the PIN of a card at this terminal"),
	    .words = { { "USER", "user", CTL_TEXT, true, NULL } },
	    .ask = &key_words,
	    .talk = office_unblock },
	{ .noun = "token",
	    .verb = "list",
	    .summary = N_("list cards and keys, of one person or model or all"),
	    .words = { { "USER", "login", CTL_TEXT, false, NULL },
		{ "--model", "model", CTL_TEXT, false, NULL } },
	    .path = "/v1/admin/token/list",
	    .ask = &sy_message_token_search,
	    .reply = &sy_message_token_list,
	    .show = show_tokens },
	{ .noun = "token",
	    .verb = "show",
	    .summary = N_("show a card"),
	    .words = { { "TOKEN", "token", CTL_TOKEN, true, NULL } },
	    .path = "/v1/admin/token/show",
	    .ask = &sy_message_token_ref,
	    .reply = &sy_message_token,
	    .show = show_token },
	CHANGE("suspend", N_("stop a card until it is resumed")),
	CHANGE("resume", N_("lift the suspension of a card")),
	CHANGE("lost", N_("stop a lost card for good")),
	/* Before the next, whose word would be taken for a card. */
	{ .noun = "token",
	    .verb = "revoke --model",
	    .summary = N_("withdraw all keys of a model for good"),
	    .words = { { "AAGUID", "aaguid", CTL_TEXT, true, NULL },
		{ "--firmware-below", "firmware_below", CTL_COUNT, false,
		    NULL },
		{ "--basis", "basis", CTL_TEXT, true, NULL } },
	    .path = "/v1/admin/token/revoke-model",
	    .ask = &sy_message_model_change,
	    .reply = &sy_message_token_list,
	    .show = show_tokens },
	CHANGE("revoke", N_("withdraw a card for good")),
	{ .noun = NULL },
};
