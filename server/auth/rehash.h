/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_REHASH_H
#define SERVER_AUTH_REHASH_H

#include <sanyoso/secret.h>

#include "server/server.h"
#include "server/store/tables.h"

/*
 * Parameters of hashes that were raised or lowered come over a password at its
 * next login: only then it is there. CRED-1. Best effort: what fails is tried
 * at the login after. Loop thread only.
 */
void rehash_if_due(struct server *server, int64_t terminal,
    const struct password_row *row, const struct sy_secret *password);

#endif /* SERVER_AUTH_REHASH_H */
