/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_SESSION_ACTIVITY_H
#define SERVER_SESSION_ACTIVITY_H

#include "server/ledger/ledger.h"
#include "server/store/tables.h"

/*
 * When a person was here last: what is shown at the next login (LOGIN-1).
 * Inside a ledger request, after its record; the errors of the row functions.
 */

/* A session of ${owner} opened at ${terminal} now: failed tries count from
 * here on. */
SY_MUST_USE enum sy_err activity_login(struct ledger_tx *tx, int64_t owner,
    const char *terminal);
/* One was closed there now. */
SY_MUST_USE enum sy_err activity_logout(struct ledger_tx *tx, int64_t owner,
    const char *terminal);
/* The row of ${owner}, zeroed but for the owner if there is none (id 0). */
SY_MUST_USE enum sy_err activity_read(struct row_view *view, int64_t owner,
    struct activity_row *ret);
/* Somebody failed to be ${owner} (0: nobody we know). */
SY_MUST_USE enum sy_err activity_failed(struct ledger_tx *tx, int64_t owner);

#endif /* SERVER_SESSION_ACTIVITY_H */
