/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_DATES_H
#define SERVER_IDENTITY_DATES_H

#include <sanyoso/policy.h>

#include "server/job.h"

/* Refuse the job with place "valid_to" unless an ID of ${kind} may have these
 * dates (seconds, the end exclusive, 0: none). FORMAT. (ID-5) */
SY_MUST_USE enum sy_err dates_check(struct job *job, int64_t from, int64_t to,
    enum sy_kind kind);

#endif /* SERVER_IDENTITY_DATES_H */
