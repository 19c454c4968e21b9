/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "ctl/ctl.h"
#include "ctl/output.h"

static const struct output_column columns[] = {
	{ N_("USER"), "login", OUTPUT_PLAIN },
	{ N_("NAME"), "name", OUTPUT_PLAIN },
	{ N_("STAFF NUMBER"), "staff", OUTPUT_PLAIN },
	{ N_("KIND"), "kind", OUTPUT_PLAIN },
	{ N_("STATE"), "state", OUTPUT_PLAIN },
	{ N_("HOLDS"), "holds", OUTPUT_PLAIN },
	{ N_("PASSWORD"), "password", OUTPUT_PLAIN },
	{ N_("FROM"), "valid_from", OUTPUT_TIME },
	{ N_("UNTIL"), "valid_to", OUTPUT_TIME },
	{ N_("REGISTERED"), "created", OUTPUT_TIME },
	{ NULL, NULL, OUTPUT_PLAIN },
};

static const struct output_column details[] = {
	{ N_("USER"), "login", OUTPUT_PLAIN },
	{ N_("NAME"), "name", OUTPUT_PLAIN },
	{ N_("READING"), "kana", OUTPUT_PLAIN },
	{ N_("STAFF NUMBER"), "staff", OUTPUT_PLAIN },
	{ N_("KIND"), "kind", OUTPUT_PLAIN },
	{ N_("STATE"), "state", OUTPUT_PLAIN },
	{ N_("HOLDS"), "holds", OUTPUT_PLAIN },
	{ N_("PASSWORD"), "password", OUTPUT_PLAIN },
	{ N_("FROM"), "valid_from", OUTPUT_TIME },
	{ N_("UNTIL"), "valid_to", OUTPUT_TIME },
	{ N_("REGISTERED"), "created", OUTPUT_TIME },
	{ NULL, NULL, OUTPUT_PLAIN },
};

static const struct output_column events[] = {
	{ N_("TIME"), "time", OUTPUT_TIME },
	{ N_("ACTOR"), "actor", OUTPUT_PLAIN },
	{ N_("ACTION"), "action", OUTPUT_PLAIN },
	{ N_("BASIS"), "basis", OUTPUT_PLAIN },
	{ NULL, NULL, OUTPUT_PLAIN },
};

static enum ctl_exit
show_user(const void *reply)
{
	output_card(&sy_message_user, reply, details);
	return CTL_DONE;
}

/* With what was done to the ID, newest first. */
static enum ctl_exit
show_shown(const void *reply)
{
	const struct sy_user_shown *shown = reply;

	output_card(&sy_message_user, &shown->user, details);
	output_line("%s", "");
	output_table(&sy_message_user_event, &shown->history, events);
	return CTL_DONE;
}

static enum ctl_exit
show_users(const void *reply)
{
	const struct sy_user_list *list = reply;

	output_table(&sy_message_user, &list->users, columns);
	return CTL_DONE;
}

static enum ctl_exit
show_compromised(const void *reply)
{
	const struct sy_user *user = reply;

	output_card(&sy_message_user, reply, details);
	output_line(_("The password opens nothing any more. Issue a new one: "
		      "sanyosoctl user password-reset %s --basis ..."),
	    user->login);
	return CTL_DONE;
}

/* What a person who gets a password has to keep to; it is handed over with
 * it. */
static void
show_duties(void)
{
	output_line("%s", _("Hand over with it, and have it understood:"));
	output_line("%s",
	    _("- Keep the password secret, also from superiors "
	      "and the help desk."));
	output_line("%s",
	    _("- Do not share it, and do not let others use "
	      "it."));
	output_line("%s", _("- Do not use the same one in another system."));
	output_line("%s", _("- Do not write it down or store it."));
}

static enum ctl_exit
show_password(const void *reply)
{
	const struct sy_code *code = reply;
	char until[32];

	output_time(code->expires, until);
	output_line("%s", code->code);
	output_line(_("A temporary password, good until %s. It is not shown "
		      "again; at the first login it has to be changed."),
	    until);
	show_duties();
	return CTL_DONE;
}

/* The commands that change an ID differ in name and what they answer. */
#define CHANGE(word, text, answer, print, ...)                                 \
	{                                                                      \
		.noun = "user", .verb = word, .summary = text,                 \
		.words = { { "USER", "login", CTL_TEXT, true, NULL },          \
			{ "--basis", "basis", CTL_TEXT, true, NULL },          \
			__VA_ARGS__ },                                         \
		.path = "/v1/admin/user/" word,                                \
		.ask = &sy_message_user_change, .reply = &sy_message_##answer, \
		.show = print                                                  \
	}
#define SOURCE                                                                 \
	{                                                                      \
		"--source", "source", CTL_TEXT, false, "operator"              \
	}
#define NONE                                                                   \
	{                                                                      \
		NULL, NULL, CTL_TEXT, false, NULL                              \
	}

const struct ctl_command user_commands[] = {
	{ .noun = "user",
	    .verb = "add",
	    .summary = N_("register a person"),
	    .words = { { "USER", "login", CTL_TEXT, true, NULL },
		{ "--name", "name", CTL_TEXT, true, NULL },
		{ "--basis", "basis", CTL_TEXT, true, NULL },
		{ "--kana", "kana", CTL_TEXT, false, NULL },
		{ "--born", "born", CTL_TEXT, false, NULL },
		{ "--staff", "staff", CTL_TEXT, false, NULL },
		{ "--kind", "kind", CTL_TEXT, false, "staff" },
		{ "--valid-from", "valid_from", CTL_FROM, false, NULL },
		{ "--valid-to", "valid_to", CTL_TO, false, NULL },
		{ "--namesake", "namesake", CTL_FLAG, false, NULL } },
	    .path = "/v1/admin/user/add",
	    .ask = &sy_message_user_add,
	    .reply = &sy_message_user,
	    .show = show_user },
	{ .noun = "user",
	    .verb = "show",
	    .summary = N_("show a person, and what was done to the ID"),
	    .words = { { "USER", "login", CTL_TEXT, true, NULL } },
	    .path = "/v1/admin/user/show",
	    .ask = &sy_message_user_ref,
	    .reply = &sy_message_user_shown,
	    .show = show_shown },
	{ .noun = "user",
	    .verb = "list",
	    .summary = N_("list all persons"),
	    .path = "/v1/admin/user/list",
	    .ask = &sy_message_empty,
	    .reply = &sy_message_user_list,
	    .show = show_users },
	CHANGE("suspend", N_("stop an ID until it is resumed"), user, show_user,
	    SOURCE),
	CHANGE("resume", N_("lift the suspension of an ID"), user, show_user,
	    SOURCE),
	{ .noun = "user",
	    .verb = "dates",
	    .summary = N_("give an ID other dates"),
	    .words = { { "USER", "login", CTL_TEXT, true, NULL },
		{ "--basis", "basis", CTL_TEXT, true, NULL },
		{ "--valid-from", "valid_from", CTL_FROM, false, NULL },
		{ "--valid-to", "valid_to", CTL_TO, false, NULL },
		{ "--no-end", "no_end", CTL_FLAG, false, NULL } },
	    .path = "/v1/admin/user/dates",
	    .ask = &sy_message_user_dates,
	    .reply = &sy_message_user,
	    .show = show_user },
	CHANGE("disable", N_("stop an ID for good"), user, show_user, NONE),
	CHANGE("unlock", N_("open the lock of a password"), user, show_user,
	    NONE),
	CHANGE("password-reset", N_("issue a temporary password"), code,
	    show_password, NONE),
	CHANGE("password-compromised", N_("stop a password that others know"),
	    user, show_compromised, NONE),
	{ .noun = NULL },
};
