/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_SHOWN_H
#define SERVER_AUTH_SHOWN_H

#include "server/auth/logins.h"
#include "server/server.h"

/*
 * The credentials that a login shows when it asks for a key: always
 * SY_CREDENTIALS_SHOWN of them, those of the person that could count as
 * ${login->facts.asked} now, and decoys in the places of the others. A decoy is
 * the same each time for the same name; who does not exist, has no key or has
 * several gets the same look by the same work.
 *
 * Adds to ${list}, which is the caller's to free whatever is returned. NOMEM,
 * CRYPTO, and the errors of row_walk. Loop thread only.
 */
SY_MUST_USE enum sy_err shown_credentials(struct server *server,
    const struct login *login, struct sy_list *list);

#endif /* SERVER_AUTH_SHOWN_H */
