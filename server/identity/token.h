/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_TOKEN_H
#define SERVER_IDENTITY_TOKEN_H

#include <sanyoso/metadata.h>

#include "server/store/tables.h"

/* Tokens as operators see them. */

/*
 * ${row} with its owner, terminal and holds, and what a FIDO2 key is besides,
 * but for its model's name: see token_name. Any thread's view. The errors of
 * row_get and row_walk.
 */
SY_MUST_USE enum sy_err token_message(struct row_view *view,
    const struct token_row *row, int64_t now, struct sy_token *ret);

/* The token ${id}, or NOT_FOUND with ${reterr}. Any thread's view. */
SY_MUST_USE enum sy_err token_get(struct row_view *view, int64_t id,
    struct token_row *ret, struct sy_error *reterr);

/* The name of a certified model into ${token}; ${metadata} may be NULL. Loop
 * thread. */
void token_name(const struct sy_metadata *metadata, struct sy_token *token);

#endif /* SERVER_IDENTITY_TOKEN_H */
