/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/output.h"

/* What a reason means in plain words, and what to do next. */
static const struct {
	const char *code;
	const char *what;
	const char *next; /* "" if there is nothing to do */
} sentences[] = {
	{ "unknown", N_("No such login name is registered."),
	    N_("Look for the spelling with \"user list\", or register the "
	       "person with \"user add\".") },
	{ "id-disabled", N_("The ID has been stopped for good."),
	    N_("The section in charge of IDs decides whether the person is "
	       "registered anew.") },
	{ "id-pending", N_("The ID is not in force yet."),
	    N_("Ask the section in charge of IDs.") },
	{ "id-held", N_("The ID is suspended."),
	    N_("When the reason is gone, who suspended it lifts it: "
	       "\"user resume --source\" with the source shown here.") },
	{ "id-over", N_("The ID's last day has passed."),
	    N_("The section in charge of IDs gives the ID a new term with "
	       "\"user dates\", on an application.") },
	{ "id-not-yet", N_("The ID's first day has not come."),
	    N_("Wait for it, or have the section in charge of IDs change it "
	       "with \"user dates\".") },
	{ "id-no-end", N_("An ID of this kind needs an end, and has none."),
	    N_("The section in charge of IDs gives it one with \"user "
	       "dates\".") },
	{ "no-rule", N_("The policy lets no ID of this kind log in anywhere."),
	    N_("Ask the security officer about policy.conf.") },
	{ "password-none", N_("No password has been issued."),
	    N_("The help desk issues one with \"user password-reset\".") },
	{ "password-compromised",
	    N_("The password was stopped because others may know it."),
	    N_("The help desk issues a new one with \"user "
	       "password-reset\".") },
	{ "password-disabled",
	    N_("The password was disabled after too many failed tries in a "
	       "row."),
	    N_("Unlocking does not help: the help desk makes sure who is "
	       "asking and issues a new one with \"user password-reset\".") },
	{ "password-help",
	    N_("The password is locked after too many failed tries."),
	    N_("The help desk makes sure who is asking and opens it with "
	       "\"user unlock\".") },
	{ "password-locked",
	    N_("The password is locked for a while after failed tries."),
	    N_("It opens by itself at the time shown here, or at once by "
	       "\"user unlock\" of the help desk.") },
	{ "password-expired",
	    N_("The temporary password was not used in time."),
	    N_("The help desk issues a new one with \"user "
	       "password-reset\".") },
	{ "password-old", N_("The password is older than it may be."),
	    N_("At the next login it has to be changed.") },
	{ "password-temporary", N_("The password is a temporary one."),
	    N_("At the first login it has to be changed.") },
	{ "no-dictionary",
	    N_("The password has to be changed, and can't be: the server's "
	       "dictionary of passwords is missing or damaged."),
	    N_("Who looks after the server installs the package "
	       "cracklib-runtime anew.") },
	{ "no-token", N_("The person has no card that works."),
	    N_("The card office registers one: \"token invite\", then "
	       "\"token enroll\" at the terminal.") },
	{ "no-key",
	    N_("The policy wants a FIDO2 key, and the person has none that "
	       "works."),
	    N_("The card office registers one: \"token invite --method\" "
	       "with the method of policy.conf, then \"token enroll --fido2\" "
	       "at the terminal.") },
	{ "token-model", N_("Keys of this model are not good any more:"),
	    N_("The card office registers another one; \"metadata show\" "
	       "names the models.") },
	{ "token-lost", N_("The card was reported lost."),
	    N_("It does not come back. The card office registers another "
	       "one.") },
	{ "token-revoked", N_("The card was withdrawn."),
	    N_("It does not come back. The card office registers another "
	       "one.") },
	{ "token-expired", N_("The card's certificate has ended."),
	    N_("The card is renewed and registered again.") },
	{ "token-held", N_("The card is suspended."),
	    N_("When the reason is gone, the card office lifts it with "
	       "\"token resume\".") },
	{ "token-cloned",
	    N_("The security key is held: its signature counter did not "
	       "advance, so that there may be a copy of it."),
	    N_("Look at the key and ask the person about its use. If it can't "
	       "have been copied, \"token resume\" lifts the hold; else "
	       "\"token revoke\".") },
	{ "token-ends", N_("The card's certificate ends soon."),
	    N_("Have it renewed and registered again before.") },
	{ "token-not-accepted",
	    N_("The policy does not accept a card of this kind."),
	    N_("The card office registers another one.") },
	{ "not-enough",
	    N_("What the person has is not enough for any login that the "
	       "policy allows."),
	    N_("Compare the cards of \"token list\" with policy.conf.") },
	{ "failures", N_("Tries that failed since the last login:"),
	    N_("Ask whether it was the person. If not, tell the security "
	       "officer.") },
	{ "no-account", N_("This terminal had no Unix account for the person."),
	    N_("Who looks after the terminal's accounts makes one; Sanyoso "
	       "makes none.") },
};

static void
show_times(const struct sy_explanation_item *item)
{
	char text[32];

	if (item->since != 0) {
		output_time(item->since, text);
		output_line(_("      since %s"), text);
	}
	if (item->until != 0) {
		output_time(item->until, text);
		output_line(_("      until %s"), text);
	}
}

static void
show_reason(const struct sy_explanation_item *item)
{
	const char *what = item->code, *next = "";

	for (size_t i = 0; i < SY_COUNT(sentences); i++)
		if (strcmp(sentences[i].code, item->code) == 0) {
			what = _(sentences[i].what);
			next = _(sentences[i].next);
		}
	output_line("%s %s", item->blocking ? "  *" : "  -", what);
	if (item->place[0] != '\0' || item->text[0] != '\0')
		output_line("      %s%s%s", item->place,
		    item->place[0] != '\0' && item->text[0] != '\0' ? ": " : "",
		    item->text);
	show_times(item);
	if (next[0] != '\0')
		output_line("      -> %s", next);
}

static enum ctl_exit
show_explanation(const void *reply)
{
	const struct sy_explanation *e = reply;
	const struct sy_explanation_item *items = e->reasons.items;

	output_line(e->possible
		? _("%s can log in, as far as the server knows.")
		: _("%s can't log in. The reasons (*), the gravest first:"),
	    e->login);
	for (size_t i = 0; i < e->reasons.count; i++)
		show_reason(&items[i]);
	return CTL_DONE;
}

const struct ctl_command explain_commands[] = {
	{ .noun = "user",
	    .verb = "explain",
	    .summary = N_("why a person can't log in, and what to do"),
	    .words = { { "USER", "login", CTL_TEXT, true, NULL } },
	    .path = "/v1/admin/user/explain",
	    .ask = &sy_message_user_ref,
	    .reply = &sy_message_explanation,
	    .show = show_explanation },
	{ .noun = NULL },
};
