/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_DEBTS_H
#define SERVER_AUTH_DEBTS_H

#include "server/auth/logins.h"
#include "server/job.h"
#include "server/store/tables.h"

/*
 * Tries of passwords that were debited: how they are settled, and those whose
 * settlement the ledger did not take (it was full, or busy). They are kept and
 * tried again; until then they count as under way, and after a crash as failed.
 */
struct debts;

enum debit_end {
	DEBIT_WRONG,
	DEBIT_RIGHT,
	DEBIT_UNKNOWN, /* was not verified: something failed */
};

/* On the ledger thread: ${facts->debit} as it ended, in ${ret}; not written. */
SY_MUST_USE enum sy_err debit_read(struct ledger_tx *tx,
    const struct login_facts *facts, const struct sy_policy *policy,
    int64_t epoch, enum debit_end end, struct lockout_row *ret);

/* The same with a record of its own, written. */
SY_MUST_USE enum sy_err debit_settle(struct ledger_tx *tx, struct job *job,
    const struct login_facts *facts, const struct sy_policy *policy,
    int64_t epoch, enum debit_end end, struct lockout_row *ret);

/* --- loop thread --- */

SY_MUST_USE enum sy_err debts_new(struct debts **ret_debts);
void debts_free(struct debts **debts);
/* Settle the debit of ${facts} by and by. Nothing if there is none. */
void debts_add(struct server *server, const struct login_facts *facts,
    enum debit_end end);
/* Hand what is left to the ledger again; for a timer. */
void debts_retry(struct server *server);

#endif /* SERVER_AUTH_DEBTS_H */
