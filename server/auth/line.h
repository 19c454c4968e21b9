/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_LINE_H
#define SERVER_AUTH_LINE_H

#include "server/auth/logins.h"
#include "server/http/exchange.h"

/*
 * A login before the hashes, with a password to be verified or to be changed:
 * whether its turn has come (turns.h), what it is told if not, and that what it
 * waits is given back to it. Loop thread only.
 */

bool line_may(struct server *server, const struct login *login);

/* Seconds after which the terminal is to send the same again, ${wait} of them;
 * 0: never, it waited for as long as anybody may. */
int64_t line_again(struct server *server, struct login *login, int64_t wait);

/* Its turn comes later: answered. */
void line_busy(struct exchange *exchange, struct login *login);

/* What came at ${begun} was among the hashes since ${hashing}, both in
 * microseconds of the boot clock, and is done. ${login} is NULL if it is gone.
 */
void line_done(struct server *server, struct login *login, int64_t begun,
    int64_t hashing);

#endif /* SERVER_AUTH_LINE_H */
