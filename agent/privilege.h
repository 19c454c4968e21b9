/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_PRIVILEGE_H
#define AGENT_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

#include <sanyoso/err.h>

#include "paths.h"

/* A service user. */
struct account {
	uid_t uid;
	gid_t gid;
};

/* The account ${name}; NOT_FOUND, PERM (it is root's), IO. */
SY_MUST_USE enum sy_err privilege_account(const char *name,
    struct account *ret);
/* Whether there is root to be given up. */
bool privilege_is_root(void);

/* Make the directories of state and socket that are not there yet, owned by
 * ${account} (NULL: ourselves). IO. */
SY_MUST_USE enum sy_err privilege_make_directories(const struct paths *paths,
    const struct account *account);

/* No dumps, no debugger, no files for others; before any secret is read. */
void privilege_harden(void);
/* Become ${account} for good, without other groups or new privileges. PERM. */
SY_MUST_USE enum sy_err privilege_drop(const struct account *account);

#endif /* AGENT_PRIVILEGE_H */
