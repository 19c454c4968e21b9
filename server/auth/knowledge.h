/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_KNOWLEDGE_H
#define SERVER_AUTH_KNOWLEDGE_H

#include "server/auth/lockout.h"
#include "server/ledger/ledger.h"

/*
 * The rows about what a person knows: former passwords, the one in force (see
 * standing_password_row), and the tries of it. Read through any view, written
 * on the ledger thread after the record that explains it. Errors are those of
 * row_walk, row_insert and row_update.
 */

/* What was typed, in normal form. The errors of sy_password_normal. */
SY_MUST_USE enum sy_err password_typed(const uint8_t *bytes, size_t len,
    struct sy_secret **ret_normal);

/* Former ones, newest first. */
struct password_history {
	struct password_row row[SY_PASSWORD_HISTORY_MAX];
	size_t count;
};
/* The newest ${limit} of them. */
SY_MUST_USE enum sy_err password_history(struct row_view *view, int64_t owner,
    size_t limit, struct password_history *ret);
/* Delete the former ones of ${owner} but the newest ${keep}. */
SY_MUST_USE enum sy_err password_prune(struct ledger_tx *tx, int64_t owner,
    size_t keep);

/* ${row}, which was in force, is a former one now, of which the newest ${keep}
 * stay; a temporary one goes. */
SY_MUST_USE enum sy_err password_retire(struct ledger_tx *tx,
    struct password_row *row, size_t keep);

/* Whether it lets anybody in at ${now}: issued, not compromised, a temporary
 * one before its end. */
bool password_in_force(const struct password_row *row, int64_t now);

/* Its hash, and how it was made. */
void password_take_hash(struct password_row *row,
    const struct sy_hash_params *params, const uint8_t salt[SY_HASH_SALT_SIZE],
    const uint8_t hash[SY_HASH_OUTPUT_SIZE]);

/* The tries of ${owner}'s password; those of before the first try if there is
 * no row (id 0). */
SY_MUST_USE enum sy_err lockout_read(struct row_view *view, int64_t owner,
    struct lockout_row *ret);
SY_MUST_USE enum sy_err lockout_write(struct ledger_tx *tx,
    struct lockout_row *row);

#endif /* SERVER_AUTH_KNOWLEDGE_H */
