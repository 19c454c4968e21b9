/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_IDENTITY_HOLDS_H
#define SERVER_IDENTITY_HOLDS_H

#include "server/store/tables.h"

/*
 * The holds of an ID or a token: it works only while it has none. Each has a
 * source, at most one of each, and a source lifts only its own.
 */
#define HOLDS_MAX 16

struct id_holds {
	struct hold_row row[HOLDS_MAX]; /* oldest first */
	size_t count;
};

/* "operator", "violation", "loss", "emergency", "cloned"; never NULL; and back,
 * but for the last, which nobody names: the server puts it. */
const char *hold_source_name(int64_t source);
bool hold_source_by_name(const char *name, enum hold_source *ret);

/* The holds of the ID ${owner}. LIMIT (more than there can be), and the errors
 * of row_walk. */
SY_MUST_USE enum sy_err id_holds_read(struct row_view *view, int64_t owner,
    struct id_holds *ret);
/* The one of ${source}, or NULL. */
const struct hold_row *id_holds_of(const struct id_holds *holds,
    enum hold_source source);
/* Their sources, "operator loss"; "" if there are none. */
void id_holds_names(const struct id_holds *holds, char *out, size_t size);

/* How many holds the ID ${owner} has. The errors of row_walk. */
SY_MUST_USE enum sy_err id_holds_count(struct row_view *view, int64_t owner,
    unsigned int *ret);
/* Whether ${token} works at ${now}: it has not ended, and has no hold. The
 * errors of row_walk. */
SY_MUST_USE enum sy_err token_works(struct row_view *view,
    const struct token_row *token, int64_t now, bool *ret);

#endif /* SERVER_IDENTITY_HOLDS_H */
