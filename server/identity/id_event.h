/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_ID_EVENT_H
#define SERVER_IDENTITY_ID_EVENT_H

#include "server/job.h"

/*
 * What was done to an ID, on what application: every operation on an ID has a
 * basis (a number of an application, an order) and leaves a row.
 */

/* Refuse the job with place "basis" if ${basis} says nothing. FORMAT. */
SY_MUST_USE enum sy_err id_event_basis(struct job *job, const char *basis);

/* On the ledger thread, after job_audit: the job's actor did its action to the
 * ID ${owner}. Errors as row_insert. */
SY_MUST_USE enum sy_err id_event_write(struct ledger_tx *tx,
    const struct job *job, int64_t owner, const char *basis);

/* All events of ${owner} as struct sy_user_event, newest first, added to
 * ${list}. NOMEM, LIMIT, and the errors of row_walk. */
SY_MUST_USE enum sy_err id_event_list(struct row_view *view, int64_t owner,
    struct sy_list *list);

#endif /* SERVER_IDENTITY_ID_EVENT_H */
