/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_ADMISSION_H
#define SERVER_IDENTITY_ADMISSION_H

#include "server/http/exchange.h"

/*
 * Which terminal is speaking, and whether it may. Loop thread only.
 */

/*
 * Fill in terminal, name and zone of ${peer} from its certificate, and check
 * that it may send requests now: its row is joined, bears this certificate (or
 * the renewed one, which is then put in force), and neither has expired. The
 * row is read anew each time. PERM (recorded, at a bounded rate), and the
 * errors of row_find.
 */
SY_MUST_USE enum sy_err admission_check(struct server *server,
    struct peer *peer, struct sy_error *reterr);

/* Record that ${peer} was turned away for ${reason}; at most one record a
 * second and listener, the next one says how many were left out. */
void admission_refused(struct server *server, const struct peer *peer,
    const char *reason);

#endif /* SERVER_IDENTITY_ADMISSION_H */
