/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/output.h"

static const struct output_column columns[] = {
	{ N_("RECORD"), "seq", OUTPUT_PLAIN },
	{ N_("TIME"), "time", OUTPUT_MICRO },
	{ N_("TERMINAL"), "terminal", OUTPUT_PLAIN },
	{ N_("ACTOR"), "actor", OUTPUT_PLAIN },
	{ N_("ACTION"), "action", OUTPUT_PLAIN },
	{ N_("SUBJECT"), "subject", OUTPUT_PLAIN },
	{ N_("OUTCOME"), "outcome", OUTPUT_PLAIN },
	{ N_("REASON"), "reason", OUTPUT_PLAIN },
	{ NULL, NULL, OUTPUT_PLAIN },
};

static enum ctl_exit
show_records(const void *reply)
{
	const struct sy_audit_page *page = reply;

	output_table(&sy_message_audit_item, &page->records, columns);
	return CTL_DONE;
}

/* Up to which record, and against whom. */
static void
show_proven(const struct sy_verify_report *r)
{
	if (!r->sound) {
		output_line("%s",
		    _("Nothing is proven beyond these problems:"));
		return;
	}
	output_line(_("Proven are records 1 to %" PRId64 ", against everybody "
		      "who does not have the keeper's keys (head key %s)."),
	    r->records, r->head_key);
	output_line("%s",
	    _("That the whole database was not put back to an earlier state "
	      "is proven only against a head that is kept outside this "
	      "server."));
}

static void
show_problem(const struct sy_verify_problem *p)
{
	static const char record[] = "record ", head[] = "head ";
	const char *text = _(p->text);

	if (strncmp(p->place, record, sizeof(record) - 1) == 0)
		output_line(_("record %s: %s"), p->place + sizeof(record) - 1,
		    text);
	else if (strncmp(p->place, head, sizeof(head) - 1) == 0)
		output_line(_("signed head %s: %s"),
		    p->place + sizeof(head) - 1, text);
	else if (strcmp(p->place, "rows") == 0)
		output_line(_("all rows: %s"), text);
	else
		output_line("%s: %s", p->place, text);
}

static enum ctl_exit
show_report(const void *reply)
{
	const struct sy_verify_report *r = reply;
	const struct sy_verify_problem *p = r->problems.items;

	output_line(_("%" PRId64 " records, %" PRId64 " signed heads, %" PRId64
		      " rows that decide."),
	    r->records, r->heads, r->rows);
	show_proven(r);
	for (size_t i = 0; i < r->problems.count; i++)
		show_problem(&p[i]);
	output_line("%s",
	    r->sound ? _("Sound: nothing was altered.")
		     : _("NOT SOUND. Keep this database as it is "
			 "and tell the security officer."));
	return r->sound ? CTL_DONE : CTL_REFUSED;
}

const struct ctl_command audit_commands[] = {
	{ .noun = "audit",
	    .verb = "search",
	    .summary = N_("look into the log, newest first"),
	    .words = { { "--limit", "limit", CTL_COUNT, false, "50" },
		{ "--before", "before", CTL_COUNT, false, NULL },
		{ "--action", "action", CTL_TEXT, false, NULL },
		{ "--subject", "subject", CTL_TEXT, false, NULL },
		{ "--terminal", "terminal", CTL_TEXT, false, NULL } },
	    .path = "/v1/admin/audit/search",
	    .ask = &sy_message_audit_search,
	    .reply = &sy_message_audit_page,
	    .show = show_records },
	{ .noun = "audit",
	    .verb = "verify",
	    .summary = N_("check that nobody altered log or database"),
	    .path = "/v1/admin/audit/verify",
	    .ask = &sy_message_empty,
	    .reply = &sy_message_verify_report,
	    .show = show_report },
	{ .noun = NULL },
};
