/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "ctl/ctl.h"
#include "ctl/output.h"

static const struct output_column columns[] = {
	{ N_("TERMINAL"), "name", OUTPUT_PLAIN },
	{ N_("ZONE"), "zone", OUTPUT_PLAIN },
	{ N_("STATE"), "state", OUTPUT_PLAIN },
	{ N_("CONNECTED"), "connected", OUTPUT_YES },
	{ N_("SEEN"), "seen", OUTPUT_TIME },
	{ N_("CERTIFICATE ENDS"), "not_after", OUTPUT_TIME },
	{ NULL, NULL, OUTPUT_PLAIN },
};

static const struct output_column details[] = {
	{ N_("TERMINAL"), "name", OUTPUT_PLAIN },
	{ N_("ZONE"), "zone", OUTPUT_PLAIN },
	{ N_("STATE"), "state", OUTPUT_PLAIN },
	{ N_("CONNECTED"), "connected", OUTPUT_YES },
	{ N_("SEEN"), "seen", OUTPUT_TIME },
	{ N_("JOINED"), "joined", OUTPUT_TIME },
	{ N_("CERTIFICATE"), "certificate", OUTPUT_PLAIN },
	{ N_("CERTIFICATE ENDS"), "not_after", OUTPUT_TIME },
	{ NULL, NULL, OUTPUT_PLAIN },
};

static enum ctl_exit
show_terminal(const void *reply)
{
	output_card(&sy_message_terminal, reply, details);
	return CTL_DONE;
}

static enum ctl_exit
show_terminals(const void *reply)
{
	const struct sy_terminal_list *list = reply;

	output_table(&sy_message_terminal, &list->terminals, columns);
	return CTL_DONE;
}

static enum ctl_exit
show_code(const void *reply)
{
	output_code(reply,
	    _("At the terminal: sanyoso-agent join --server HOST:PORT"));
	return CTL_DONE;
}

const struct ctl_command terminal_commands[] = {
	{ .noun = "terminal",
	    .verb = "invite",
	    .summary = N_("make a one-time code for joining a terminal"),
	    .words = { { "NAME", "name", CTL_TEXT, true, NULL },
		{ "--zone", "zone", CTL_TEXT, true, NULL } },
	    .path = "/v1/admin/terminal/invite",
	    .ask = &sy_message_terminal_invite,
	    .reply = &sy_message_code,
	    .show = show_code },
	{ .noun = "terminal",
	    .verb = "list",
	    .summary = N_("list all terminals"),
	    .path = "/v1/admin/terminal/list",
	    .ask = &sy_message_empty,
	    .reply = &sy_message_terminal_list,
	    .show = show_terminals },
	{ .noun = "terminal",
	    .verb = "show",
	    .summary = N_("show a terminal"),
	    .words = { { "NAME", "name", CTL_TEXT, true, NULL } },
	    .path = "/v1/admin/terminal/show",
	    .ask = &sy_message_terminal_ref,
	    .reply = &sy_message_terminal,
	    .show = show_terminal },
	{ .noun = "terminal",
	    .verb = "revoke",
	    .summary = N_("refuse and disconnect a terminal for good"),
	    .words = { { "NAME", "name", CTL_TEXT, true, NULL } },
	    .path = "/v1/admin/terminal/revoke",
	    .ask = &sy_message_terminal_ref,
	    .reply = &sy_message_terminal,
	    .show = show_terminal },
	{ .noun = NULL },
};
