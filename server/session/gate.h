/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_SESSION_GATE_H
#define SERVER_SESSION_GATE_H

#include <sanyoso/policy.h>

#include "server/auth/proven.h"
#include "server/store/tables.h"

/*
 * What stands against a person now, as a transaction sees it. Each function
 * sets ${*ret_why} to the stable name of the reason, or to NULL if there is
 * none; on an error it is not set. They never say yes: that is the caller's,
 * after all of them. Ledger thread.
 */

/* The terminal has joined and is not revoked. */
SY_MUST_USE enum sy_err gate_terminal(struct row_view *view, int64_t terminal,
    const char **ret_why);

/* The ID ${id}, whose row goes to ${ret} (zeroed if there is none): active,
 * without holds, within its dates. */
SY_MUST_USE enum sy_err gate_person(struct row_view *view, int64_t id,
    int64_t now, struct id_row *ret, const char **ret_why);

/* What the person ${id} has shown is still good: each card and key active,
 * without holds and his; a key's model one that works by ${rules}; the password
 * in force. */
SY_MUST_USE enum sy_err gate_evidence(struct row_view *view, int64_t id,
    int64_t now, const struct proven_rules *rules,
    const struct sy_evidence *evidence, const char **ret_why);

#endif /* SERVER_SESSION_GATE_H */
