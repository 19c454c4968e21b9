/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "ctl/ctl.h"
#include "ctl/output.h"

static const struct output_column columns[] = {
	{ N_("SERVER"), "server", OUTPUT_PLAIN },
	{ N_("VERSION"), "version", OUTPUT_PLAIN },
	{ N_("POLICY"), "policy", OUTPUT_PLAIN },
	{ N_("STARTED"), "started", OUTPUT_TIME },
	{ N_("RECORDS"), "records", OUTPUT_PLAIN },
	{ N_("PERSONS"), "users", OUTPUT_PLAIN },
	{ N_("CARDS"), "tokens", OUTPUT_PLAIN },
	{ N_("TERMINALS"), "terminals", OUTPUT_PLAIN },
	{ N_("CONNECTED"), "connected", OUTPUT_PLAIN },
	{ N_("LOGINS UNDER WAY"), "open_transactions", OUTPUT_PLAIN },
	{ N_("WAITING FOR THE LEDGER"), "queue", OUTPUT_PLAIN },
	{ N_("LOG CAN BE WRITTEN"), "ledger_writable", OUTPUT_YES },
	{ N_("ALARM"), "alarm", OUTPUT_PLAIN },
	{ NULL, NULL, OUTPUT_PLAIN },
};

static enum ctl_exit
show_status(const void *reply)
{
	const struct sy_status *s = reply;

	output_card(&sy_message_status, reply, columns);
	return s->ledger_writable && s->alarm[0] == '\0' ? CTL_DONE
							 : CTL_PARTLY;
}

const struct ctl_command status_commands[] = {
	{ .noun = "status",
	    .verb = "",
	    .summary = N_("how the server is"),
	    .path = "/v1/admin/status/show",
	    .ask = &sy_message_empty,
	    .reply = &sy_message_status,
	    .show = show_status },
	{ .noun = NULL },
};
