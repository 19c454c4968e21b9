/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_LEDGER_TX_H
#define SERVER_LEDGER_TX_H

#include "server/ledger/ledger.h"

/*
 * For the row functions, before they write: make the request's savepoint if
 * there is none yet, and tell the sequence that its rows carry, that of its
 * last record. SY_ERR_STATE if it has none.
 */
SY_MUST_USE enum sy_err ledger_write(struct ledger_tx *tx, uint64_t *ret_seq);

#endif /* SERVER_LEDGER_TX_H */
