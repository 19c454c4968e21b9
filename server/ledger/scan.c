/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "server/ledger/ledger_int.h"

/* Records that the keeper opens in one call. */
#define SCAN_BATCH 64

struct stored {
	int64_t seq;
	int64_t time;
	uint8_t commitment[SY_DIGEST_SIZE];
	bool readable; /* the columns are of the right type and size */
};

struct scan {
	struct db *db;
	struct keeper *keeper;
	struct stored rows[SCAN_BATCH];
	size_t count;
};

/* The next rows; their bodies go into the keeper's batch. */
static enum sy_err
read_row(struct scan *scan, struct db_stmt *stmt)
{
	struct stored *row = &scan->rows[scan->count];
	const uint8_t *commitment, *body;
	size_t commitment_len, body_len;
	enum sy_err err;

	*row = (struct stored){ 0 };
	if ((err = db_int(stmt, 0, &row->seq)) != SY_OK)
		return err;
	scan->count++;
	if (db_int(stmt, 1, &row->time) != SY_OK ||
	    db_bytes(stmt, 2, &commitment, &commitment_len) != SY_OK ||
	    db_bytes(stmt, 3, &body, &body_len) != SY_OK ||
	    commitment_len != SY_DIGEST_SIZE ||
	    body_len >
		SY_AUDIT_BODY_MAX + SY_AUDIT_SALT_SIZE + KEEPER_SEALED_EXTRA)
		return SY_OK;
	memcpy(row->commitment, commitment, SY_DIGEST_SIZE);
	row->readable = true;
	keeper_add_unseal(scan->keeper, "audit", "body", row->seq, body,
	    body_len);
	return SY_OK;
}

static enum sy_err
read_batch(struct scan *scan, uint64_t from, bool down)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	enum sy_err err;
	bool more;

	err = db_prepare(scan->db,
	    down ? "SELECT seq, time, commitment, body FROM audit "
		   "WHERE seq < $1 ORDER BY seq DESC LIMIT $2"
		 : "SELECT seq, time, commitment, body FROM audit "
		   "WHERE seq >= $1 ORDER BY seq LIMIT $2",
	    &stmt);
	if (err != SY_OK)
		return err;
	db_bind_int(stmt, 1, (int64_t)from);
	db_bind_int(stmt, 2, SCAN_BATCH);
	scan->count = 0;
	keeper_begin(scan->keeper);
	while ((err = db_step(stmt, &more)) == SY_OK && more &&
	    scan->count < SCAN_BATCH) {
		if ((err = read_row(scan, stmt)) != SY_OK)
			return err;
	}
	return err;
}

/* The record in an opened body, which must be what was committed to. */
static enum sy_err
decode(const struct stored *row, const uint8_t *body, size_t len,
    struct sy_audit_record *ret, void **ret_owner)
{
	uint8_t commitment[SY_DIGEST_SIZE];
	enum sy_err err;

	if (len < SY_AUDIT_SALT_SIZE)
		return SY_ERR_LOG;
	if ((err = sy_audit_commitment(body, body + SY_AUDIT_SALT_SIZE,
		 len - SY_AUDIT_SALT_SIZE, commitment)) != SY_OK)
		return err;
	if (memcmp(commitment, row->commitment, SY_DIGEST_SIZE) != 0)
		return SY_ERR_LOG;
	err = sy_audit_decode(body + SY_AUDIT_SALT_SIZE,
	    len - SY_AUDIT_SALT_SIZE, ret, ret_owner);
	if (err == SY_ERR_FORMAT)
		return SY_ERR_LOG;
	if (err != SY_OK)
		return err;
	ret->seq = (uint64_t)row->seq;
	ret->time = row->time;
	return SY_OK;
}

static enum sy_err
give_row(const struct scan *scan, const struct stored *row, log_each each,
    void *ctx)
{
	struct log_item item = { .seq = (uint64_t)row->seq,
		.time = row->time,
		.commitment = row->commitment,
		.err = SY_ERR_LOG };
	struct sy_audit_record record;
	const uint8_t *body;
	void *owner = NULL;
	enum sy_err err;
	size_t len;

	if (row->readable) {
		item.err = keeper_next(scan->keeper, &body, &len);
		if (item.err == SY_OK)
			item.err = decode(row, body, len, &record, &owner);
		if (item.err == SY_ERR_ROW_ALTERED)
			item.err = SY_ERR_LOG;
	}
	if (item.err != SY_OK && item.err != SY_ERR_LOG)
		return item.err;
	item.record = item.err == SY_OK ? &record : NULL;
	err = each(ctx, &item);
	free(owner);
	return err;
}

enum sy_err
log_scan(struct db *db, struct keeper *keeper, uint64_t from, bool down,
    log_each each, void *ctx)
{
	struct scan scan = { .db = db, .keeper = keeper };
	enum sy_err err;

	for (;;) {
		if ((err = read_batch(&scan, from, down)) != SY_OK)
			return err;
		if (scan.count == 0)
			return SY_OK;
		if ((err = keeper_run(keeper)) != SY_OK)
			return err;
		for (size_t i = 0; i < scan.count; i++) {
			if ((err = give_row(&scan, &scan.rows[i], each, ctx)) !=
			    SY_OK)
				return err;
		}
		from = (uint64_t)scan.rows[scan.count - 1].seq + (down ? 0 : 1);
	}
}
