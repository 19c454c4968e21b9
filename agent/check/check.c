/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <signal.h>

#include "agent/check/check.h"
#include "agent/check/check_int.h"
#include "agent/check/words.h"
#include "agent/privilege.h"

int
check_run(const struct options *options, const struct paths *paths,
    const struct settings *settings)
{
	/* The last one gives up root. */
	static void (*const checks[])(const struct check *c) = {
		check_pam,
		check_sshd,
		check_files,
		check_accounts,
		check_readers,
		check_agent,
		check_servers,
	};
	struct findings findings;
	const struct check c = {
		.root = options->root,
		.paths = paths,
		.settings = settings,
		.person = options->person,
		.out = &findings,
	};

	(void)signal(SIGPIPE, SIG_IGN);
	findings_open(&findings, stdout, options->json, options->verbose);
	if (!privilege_is_root())
		findings_say(&findings, FINDING_UNKNOWN, "root", "",
		    _("Run it as root."),
		    _("Not root: some things can't be looked at."));
	for (size_t i = 0; i < SY_COUNT(checks); i++)
		checks[i](&c);
	return findings_close(&findings);
}
