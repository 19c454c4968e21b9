/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_LOG_END_H
#define SERVER_LOG_END_H

#include <sanyoso/audit.h>

/* Where a log ends, so that it can go on from there: ledger and keeper each
 * keep their own. Zero it for an empty log. */
struct log_end {
	struct sy_tree tree;
	uint8_t chain[SY_DIGEST_SIZE];
	int64_t time; /* of the last record */
};

/* One record more. CRYPTO, LIMIT; nothing was changed then. */
SY_MUST_USE enum sy_err log_end_add(struct log_end *end,
    const uint8_t leaf[SY_DIGEST_SIZE]);

/* What a head says of the log, all but the rows. CRYPTO. */
SY_MUST_USE enum sy_err log_end_head(const struct log_end *end,
    struct sy_head *ret);

#endif /* SERVER_LOG_END_H */
