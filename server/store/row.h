/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_STORE_ROW_H
#define SERVER_STORE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/audit.h>
#include <sanyoso/err.h>

/*
 * Rows that decide. Each row type is a table in the database and a struct in
 * memory, tied by column descriptors. Every stored row carries the sequence of
 * the ledger record that last changed it and a MAC (keeper's key) over table,
 * id, sequence and all columns as stored. The sum of the MACs modulo 2^256 is
 * signed with every log head, so that a row that was deleted, added or rolled
 * back shows too.
 *
 * A view reads through one database connection: the ledger thread's (inside
 * its transaction: what a verdict depends on is read there) or the loop
 * thread's (read only, for showing and for the steps before a verdict). A row
 * that was verified is kept decoded and is good as long as its stored bytes
 * are the same.
 */
struct row_view;
struct ledger_tx;

enum column_type {
	COLUMN_INT,   /* int64_t */
	COLUMN_TEXT,  /* char array */
	COLUMN_BYTES, /* uint8_t array, uint16_t length beside it */
};

enum column_flags {
	COLUMN_SEALED = 1,
	COLUMN_FOUND = 2,  /* keyed blind index in column NAME_idx */
	COLUMN_LISTED = 4, /* plain secondary index, COLUMN_INT only */
};

struct column {
	const char *name;
	enum column_type type;
	unsigned int flags;
	size_t offset;
	size_t size;
	size_t len_offset; /* COLUMN_BYTES */
};

/* The struct's first member is int64_t id. */
struct row_type {
	const char *table; /* also the prefix of references: "token:7" */
	size_t size;
	const struct column *columns;
	size_t count;
};

/*
 * The row ${id} into ${ret} (the type's struct). SY_ERR_NOT_FOUND;
 * SY_ERR_ROW_ALTERED or SY_ERR_ROW_STALE (an alarm is recorded once per row by
 * the ledger); SY_ERR_STORE*, SY_ERR_KEEPER.
 */
SY_MUST_USE enum sy_err row_get(struct row_view *view,
    const struct row_type *type, int64_t id, void *ret);
/* The newest row whose FOUND column equals ${value}. Errors as row_get. */
SY_MUST_USE enum sy_err row_find(struct row_view *view,
    const struct row_type *type, const char *column, const void *value,
    size_t len, void *ret);
/*
 * The keyed hash of ${value} for a column that is in no row; both names are
 * string constants. The keeper is asked only for what is new. KEEPER, NOMEM.
 */
SY_MUST_USE enum sy_err row_index(struct row_view *view, const char *table,
    const char *column, const void *value, size_t len,
    uint8_t ret[SY_DIGEST_SIZE]);
/*
 * What row_find does beyond NOT_FOUND when it finds: read and open a row,
 * always the same for the same ${value}, and tell nothing of it. After a search
 * in vain it makes that as much work as one that finds.
 */
void row_decoy(struct row_view *view, const struct row_type *type,
    const char *column, const void *value, size_t len);
/* The same where the caller chooses the row, by any number: what row_get does
 * with a row that is there. */
void row_decoy_at(struct row_view *view, const struct row_type *type,
    uint32_t number);
/*
 * All rows, by rising id, or those whose LISTED ${column} is ${value} (NULL
 * column: all). ${each} returns SY_OK to go on; anything else ends the walk
 * and is returned. A bad row ends the walk with its error.
 */
SY_MUST_USE enum sy_err row_walk(struct row_view *view,
    const struct row_type *type, const char *column, int64_t value,
    enum sy_err (*each)(void *ctx, const void *row), void *ctx);
SY_MUST_USE enum sy_err row_count(struct row_view *view,
    const struct row_type *type, int64_t *ret);
/* Those whose LISTED ${column} is ${value}; none of them is opened. */
SY_MUST_USE enum sy_err row_count_listed(struct row_view *view,
    const struct row_type *type, const char *column, int64_t value,
    int64_t *ret);

/*
 * How many rows there are of each set of values of the INT ${columns}, as they
 * are stored: none is opened, so nothing may be decided by it.
 */
#define ROW_TALLY_MAX 3
typedef void (*row_tallied)(void *ctx, const int64_t *values, int64_t count);
SY_MUST_USE enum sy_err row_tally(struct row_view *view,
    const struct row_type *type, const char *const columns[ROW_TALLY_MAX],
    row_tallied each, void *ctx);

/*
 * Writing, inside a ledger request only, after ledger_audit gave the record
 * that explains the change: the row carries its sequence. Insert sets the id.
 * SY_ERR_EXISTS where a unique column is taken.
 */
SY_MUST_USE enum sy_err row_insert(struct ledger_tx *tx,
    const struct row_type *type, void *row);
SY_MUST_USE enum sy_err row_update(struct ledger_tx *tx,
    const struct row_type *type, const void *row);
SY_MUST_USE enum sy_err row_delete(struct ledger_tx *tx,
    const struct row_type *type, int64_t id);

#endif /* SERVER_STORE_ROW_H */
