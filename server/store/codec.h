/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_STORE_CODEC_H
#define SERVER_STORE_CODEC_H

#include "server/keeper/keeper.h"
#include "server/store/db.h"
#include "server/store/row_map.h"

/*
 * A row as it is stored, in one piece. This is what its MAC covers:
 *   text table, u64 id, u64 seq, then for each column
 *   COLUMN_INT             u64
 *   COLUMN_TEXT, _BYTES    bytes32, as stored: ciphertext if sealed
 *   and if it is FOUND     bytes32 index, empty for NULL
 */
#define CODEC_RAW_MAX    8192
#define CODEC_COLUMNS    32 /* of a table, at most */
#define CODEC_INDEX_SIZE SY_DIGEST_SIZE

/* "SELECT id, seq, mac, columns FROM table" into ${sql} of VIEW_SQL_SIZE, with
 * ${rest} behind it. LIMIT. */
SY_MUST_USE enum sy_err codec_select(const struct row_type *type,
    const char *rest, char *sql);

/* The present row of such a statement. ${raw} is reset first. DAMAGED (wrong
 * type of a value: ROW_ALTERED), NOMEM, LIMIT. */
SY_MUST_USE enum sy_err codec_read(const struct row_type *type,
    struct db_stmt *stmt, struct sy_buf *raw, int64_t *ret_id,
    struct row_state *ret_state);

/* Add to the keeper's batch: check of the MAC, unsealing of all columns. */
SY_MUST_USE enum sy_err codec_open_begin(const struct row_type *type,
    struct keeper *keeper, const uint8_t *raw, size_t len,
    const uint8_t mac[SY_DIGEST_SIZE]);
/* After keeper_run: the struct. ROW_ALTERED, KEEPER. */
SY_MUST_USE enum sy_err codec_open_end(const struct row_type *type,
    struct keeper *keeper, const uint8_t *raw, size_t len, void *ret);

/* Add to the keeper's batch: sealing, indexes and MAC of ${row} with ${seq}.
 * ARG if a text is not clean or not terminated. */
SY_MUST_USE enum sy_err codec_close_begin(const struct row_type *type,
    struct keeper *keeper, struct sy_buf *scratch, const void *row,
    uint64_t seq);
/* After keeper_run: bind columns from placeholder ${first} on (each column,
 * with its index behind it if it is FOUND), then the MAC. ${ret_state} gets MAC
 * and lists. What is bound lives until the keeper's next batch. */
SY_MUST_USE enum sy_err codec_close_end(const struct row_type *type,
    struct keeper *keeper, const void *row, uint64_t seq, struct db_stmt *stmt,
    int first, struct row_state *ret_state);

/* ${row} as it would be read back: nothing behind its texts and bytes. ARG as
 * above. */
SY_MUST_USE enum sy_err codec_copy(const struct row_type *type, const void *row,
    void *ret);

/* The bytes of one column in the struct. ARG as above. */
SY_MUST_USE enum sy_err codec_value(const struct column *column,
    const void *row, const uint8_t **ret_view, size_t *ret_len);

#endif /* SERVER_STORE_CODEC_H */
