/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_STOPPED_H
#define SERVER_AUTH_STOPPED_H

#include "server/auth/logins.h"
#include "server/server.h"

/*
 * Whether the login's person, whatever else they show, would be refused now:
 * the ID is disabled, held or outside its dates, or may not do this. To be
 * asked once a device of theirs was shown and before its PIN is asked for:
 * nobody types one in vain, and who has shown nothing is told nothing. Never a
 * yes: the verdict reads all of it again. The errors of row_walk. Loop thread.
 */
SY_MUST_USE enum sy_err login_stopped(struct server *server,
    const struct login_facts *facts, bool *ret);

#endif /* SERVER_AUTH_STOPPED_H */
