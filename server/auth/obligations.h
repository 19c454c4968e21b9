/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_OBLIGATIONS_H
#define SERVER_AUTH_OBLIGATIONS_H

#include "server/auth/logins.h"
#include "server/store/tables.h"

/*
 * On the ledger thread: what goes with an allowed login into ${step}: whether
 * the password must be changed and by which rules, what is about to end, what
 * the person is to be shown. ${password} is the one that they proved to know,
 * or NULL. The errors of row_get and row_walk.
 */
SY_MUST_USE enum sy_err obligations(struct ledger_tx *tx,
    const struct sy_policy *policy, const struct login_facts *facts,
    const struct password_row *password, struct sy_auth_step *step);

/* The end of a card's certificate is told so many seconds before. */
#define CARD_WARNING (30 * 86400)

#endif /* SERVER_AUTH_OBLIGATIONS_H */
