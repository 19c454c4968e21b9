/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHECK_CHECK_INT_H
#define AGENT_CHECK_CHECK_INT_H

#include "agent/check/findings.h"
#include "agent/paths.h"
#include "agent/settings.h"

/* What all checks know. Each writes what it finds, and goes on. */
struct check {
	const char *root; /* "" or that of --root */
	const struct paths *paths;
	const struct settings *settings;
	const char *person; /* login name to look for, NULL if none */
	struct findings *out;
};

/* Each way by which a service lets somebody in without us (design: every way
 * needs our explicit yes). */
void check_pam(const struct check *c);
/* How sshd asks people: by PAM, one prompt at a time. */
void check_sshd(const struct check *c);
/* Who may change our files, and who may read the key. */
void check_files(const struct check *c);
/* The part of it that looks for the version in the PAM module ${path}. */
void check_module(const struct check *c, const char *path);
/* Service users, the break-glass account, the person that was asked for. */
void check_accounts(const struct check *c);
/* pcscd's socket, what keeps it closed, the readers. */
void check_readers(const struct check *c);
/* By what it tells sessions apart, and the agent, as its socket answers. */
void check_agent(const struct check *c);
/* Our clock, the ends of our certificates, each server and its clock. Gives up
 * root for good. */
void check_servers(const struct check *c);
/* The part of it that needs no rights: certificates and servers. */
struct credentials;
void check_credentials(const struct check *c,
    const struct credentials *credentials);

#endif /* AGENT_CHECK_CHECK_INT_H */
