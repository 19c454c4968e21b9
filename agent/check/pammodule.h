/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHECK_PAMMODULE_H
#define AGENT_CHECK_PAMMODULE_H

#include "agent/check/pamwalk.h"

/* What is known of a module. */
enum pammodule {
	PAMMODULE_OTHER, /* nothing */
	PAMMODULE_SANYOSO,
	PAMMODULE_DENY,
	PAMMODULE_PASSWORD, /* pam_unix.so: in auth, checks a password */
	PAMMODULE_ROOTOK,
	/* pam_succeed_if.so that succeeds for the break-glass account on the
	 * console, and for nobody else */
	PAMMODULE_GUARD,
};

/* ${*foreign} is set if it is pam_sanyoso.so with another agent's socket, whose
 * yes is not ours; otherwise it stays. */
enum pammodule pammodule_of(const struct pamfile_line *line,
    const struct pamwalk_rules *rules, bool *foreign);

/* Whom alone, on the console, a line of pam_succeed_if.so lets pass; NULL if it
 * is none, or not so narrow. */
const char *pammodule_guarded(const struct pamfile_line *line,
    const struct pamwalk_rules *rules);

#endif /* AGENT_CHECK_PAMMODULE_H */
