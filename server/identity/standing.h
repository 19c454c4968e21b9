/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_STANDING_H
#define SERVER_IDENTITY_STANDING_H

#include "server/identity/holds.h"

/*
 * How an ID stands besides its own row: holds, password, lock, activity; for
 * showing and explaining it. Only read.
 */
struct standing {
	struct id_holds holds;
	/* Zeroed where there is none (id 0). */
	struct password_row password; /* the one in force, or compromised */
	struct lockout_row lockout;
	struct activity_row activity;
};

/* The errors of row_walk. The hash in it is wiped. */
SY_MUST_USE enum sy_err standing_read(struct row_view *view, int64_t owner,
    struct standing *ret);

/*
 * The state of the password in one word at ${now}: "none", "temporary",
 * "expired" (a temporary one), "active", "compromised", "locked" or
 * "disabled".
 */
const char *standing_password(const struct standing *standing, int64_t now);

/* The password of ${owner} that is not a former one; NOT_FOUND. */
SY_MUST_USE enum sy_err standing_password_row(struct row_view *view,
    int64_t owner, struct password_row *ret);

/* ${row} with its holds and password into a message. */
void standing_user(const struct id_row *row, const struct standing *standing,
    int64_t now, struct sy_user *ret);

#endif /* SERVER_IDENTITY_STANDING_H */
