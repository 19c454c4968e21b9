/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ledger/ledger_int.h"

/* Sentences for people, who read them in their own language (ctl/audit.c). */
#define N_(text) text

struct check {
	struct ledger *ledger;
	struct db *db;
	struct keeper *keeper;
	struct ledger_report *report;
	struct log_end end; /* of the records so far */
	uint64_t next;      /* sequence that comes next */
	struct row_map *expected;
	struct db_stmt *heads; /* at a head, if has_head */
	bool has_head;
	uint64_t head_size;
	struct sy_head newest;
};

static void
map_free(struct row_map **map)
{
	row_map_free(map);
}

static void
problem(struct check *check, const char *place, const char *text)
{
	check->report->problems++;
	if (check->report->problem != NULL)
		check->report->problem(check->report->ctx, place, text);
}

static void
record_problem(struct check *check, uint64_t seq, const char *text)
{
	char place[48];

	(void)snprintf(place, sizeof(place), "record %llu",
	    (unsigned long long)seq);
	problem(check, place, text);
}

static void
head_problem(struct check *check, const char *text)
{
	char place[48];

	(void)snprintf(place, sizeof(place), "head %llu",
	    (unsigned long long)check->head_size);
	problem(check, place, text);
}

static void
row_problem(struct check *check, const struct row_type *type, int64_t id,
    const char *text)
{
	char place[48];

	(void)snprintf(place, sizeof(place), "%s:%lld", type->table,
	    (long long)id);
	problem(check, place, text);
}

/* --- heads --- */

static enum sy_err
next_head(struct check *check)
{
	enum sy_err err;
	int64_t size;

	if ((err = db_step(check->heads, &check->has_head)) != SY_OK ||
	    !check->has_head)
		return err;
	if ((err = db_int(check->heads, 0, &size)) != SY_OK)
		return err;
	check->head_size = (uint64_t)size;
	return SY_OK;
}

static enum sy_err
check_signature(struct check *check, struct sy_head *ret, bool *ret_good)
{
	const uint8_t *key = keeper_head_key(check->keeper);
	const uint8_t *head, *signature;
	size_t head_len, signature_len;
	enum sy_err err;

	*ret_good = false;
	if (db_bytes(check->heads, 1, &head, &head_len) != SY_OK ||
	    db_bytes(check->heads, 2, &signature, &signature_len) != SY_OK ||
	    head_len != SY_HEAD_SIZE || signature_len != SY_ED25519_SIG_SIZE ||
	    sy_head_decode(head, head_len, ret) != SY_OK) {
		head_problem(check, N_("is malformed"));
		return SY_OK;
	}
	err = sy_head_verify(key, head, signature);
	if (err == SY_ERR_SIGNATURE) {
		head_problem(check, N_("does not bear our signature"));
		return SY_OK;
	}
	*ret_good = err == SY_OK;
	return err;
}

/* The head in turn, if it ends where we are. */
static enum sy_err
check_head(struct check *check)
{
	uint8_t root[SY_DIGEST_SIZE];
	struct sy_head head;
	enum sy_err err;
	bool good;

	if ((err = check_signature(check, &head, &good)) != SY_OK ||
	    (err = sy_tree_root(&check->end.tree, root)) != SY_OK)
		return err;
	check->report->heads++;
	if (!good)
		return next_head(check);
	check->newest = head;
	if (head.size != check->head_size || head.size != check->end.tree.size)
		head_problem(check, N_("is of another size"));
	else if (memcmp(head.root, root, SY_DIGEST_SIZE) != 0)
		head_problem(check, N_("has another tree than the records"));
	else if (memcmp(head.chain, check->end.chain, SY_DIGEST_SIZE) != 0)
		head_problem(check, N_("has another chain than the records"));
	if (head.time < check->end.time)
		head_problem(check, N_("is older than its records"));
	return next_head(check);
}

static enum sy_err
check_heads(struct check *check, uint64_t size)
{
	enum sy_err err = SY_OK;

	while (err == SY_OK && check->has_head && check->head_size < size) {
		head_problem(check, N_("ends at a record that is not there"));
		err = next_head(check);
	}
	if (err == SY_OK && check->has_head && check->head_size == size)
		err = check_head(check);
	return err;
}

/* --- records --- */

static void
block_problem(struct check *check, int64_t block, const char *text)
{
	char place[48];

	(void)snprintf(place, sizeof(place), "block %lld", (long long)block);
	problem(check, place, text);
}

/* The stored node of the block that ${leaf} ends. */
static enum sy_err
check_block(struct check *check, const uint8_t leaf[SY_DIGEST_SIZE])
{
	const uint64_t block = check->end.tree.size / TREE_BLOCK;
	uint8_t own[SY_DIGEST_SIZE], stored[1][SY_DIGEST_SIZE];
	enum sy_err err;

	if ((err = tree_block(&check->end.tree, leaf, own)) != SY_OK)
		return err;
	err = tree_blocks(check->db, block, 1, stored);
	if (err == SY_OK && memcmp(own, stored[0], sizeof(own)) != 0)
		err = SY_ERR_LOG;
	if (err != SY_ERR_LOG)
		return err;
	block_problem(check, (int64_t)block, N_("is not that of its records"));
	return SY_OK;
}

/* Nodes beside those of whole blocks: the next block could not be stored. */
static enum sy_err
check_other_blocks(struct check *check)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	const int64_t whole = (int64_t)(check->end.tree.size / TREE_BLOCK);
	enum sy_err err;
	int64_t id;
	bool more;

	if ((err = db_prepare(check->db,
		 "SELECT id FROM tree_block WHERE id < 0 OR id >= $1 "
		 "ORDER BY id",
		 &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, whole);
	while ((err = db_step(stmt, &more)) == SY_OK && more) {
		if ((err = db_int(stmt, 0, &id)) != SY_OK)
			return err;
		block_problem(check, id,
		    N_("is there although the log does not have it"));
	}
	return err;
}

static enum sy_err
add_leaf(struct check *check, const struct log_item *item)
{
	uint8_t leaf[SY_DIGEST_SIZE];
	enum sy_err err;

	if ((err = sy_audit_leaf(item->seq, item->time, item->commitment,
		 leaf)) != SY_OK)
		return err;
	if (check->end.tree.size % TREE_BLOCK == TREE_BLOCK - 1 &&
	    (err = check_block(check, leaf)) != SY_OK)
		return err;
	return log_end_add(&check->end, leaf);
}

static enum sy_err
check_record(void *ctx, const struct log_item *item)
{
	struct check *check = ctx;
	enum sy_err err;

	if (check->report->stop != NULL && *check->report->stop)
		return SY_ERR_CANCELLED;
	check->report->records++;
	if (item->seq != check->next)
		record_problem(check, check->next, N_("is missing"));
	check->next = item->seq + 1;
	if (item->err != SY_OK)
		record_problem(check, item->seq,
		    N_("can't be opened or is not what was committed to"));
	else if (refs_apply(check->expected, item->record) != SY_OK)
		record_problem(check, item->seq,
		    N_("names rows that can't be"));
	if (item->time < check->end.time)
		record_problem(check, item->seq,
		    N_("is older than the one before"));
	else
		check->end.time = item->time;
	if ((err = add_leaf(check, item)) != SY_OK)
		return err;
	return check_heads(check, item->seq);
}

static enum sy_err
check_records(struct check *check)
{
	enum sy_err err;

	if ((err = next_head(check)) != SY_OK ||
	    (err = check_heads(check, 0)) != SY_OK ||
	    (err = log_scan(check->db, check->keeper, 1, false, check_record,
		 check)) != SY_OK ||
	    (err = check_other_blocks(check)) != SY_OK)
		return err;
	if (check->newest.size + 1 != check->next)
		record_problem(check, check->next - 1,
		    N_("is behind the newest signed head"));
	while (err == SY_OK && check->has_head) {
		head_problem(check, N_("ends at a record that is not there"));
		err = next_head(check);
	}
	return err;
}

/* What this server answered with before must be in the database. */
static void
check_memory(struct check *check, uint64_t answered)
{
	if (answered > check->newest.size)
		record_problem(check, check->newest.size + 1,
		    N_("is missing although this server has signed it"));
}

/* --- rows --- */

static void
check_row(struct check *check, const struct row_type *type, int64_t id,
    const struct row_state *state)
{
	const struct row_entry *must = row_map_get(check->expected, type, id);

	check->report->rows++;
	if (state->bad != SY_OK)
		row_problem(check, type, id, N_("was altered"));
	else if (must == NULL)
		row_problem(check, type, id,
		    N_("is there although the log does not have it"));
	else if (must->state.seq != state->seq)
		row_problem(check, type, id,
		    N_("is not the version that the log has last"));
	row_map_drop(check->expected,
	    row_map_detach(check->expected, type, id));
}

static enum sy_err
check_type(struct check *check, const struct row_type *type,
    struct slice *slice, uint8_t sum[SY_DIGEST_SIZE])
{
	int64_t after = INT64_MIN;
	enum sy_err err;

	do {
		if ((err = rows_slice(check->db, check->keeper, type, after,
			 slice)) != SY_OK)
			return err;
		for (size_t i = 0; i < slice->count; i++) {
			after = slice->rows[i].id;
			row_sum_add(sum, slice->rows[i].state.mac);
			check_row(check, type, after, &slice->rows[i].state);
		}
	} while (slice->count == SLICE_ROWS);
	/* Those that were found are taken out. */
	for (size_t i = 0; i < row_map_count(check->expected, type); i++)
		row_problem(check, type,
		    row_map_at(check->expected, type, i)->id, N_("is missing"));
	return SY_OK;
}

static enum sy_err
check_rows(struct check *check)
{
	struct slice *slice = malloc(sizeof(*slice));
	uint8_t sum[SY_DIGEST_SIZE] = { 0 };
	const unsigned int before = check->report->problems;
	enum sy_err err = SY_OK;

	if (slice == NULL)
		return SY_ERR_NOMEM;
	for (size_t i = 0; err == SY_OK && row_types[i] != NULL; i++)
		err = check_type(check, row_types[i], slice, sum);
	free(slice);
	if (err == SY_OK && check->report->problems == before &&
	    memcmp(sum, check->newest.rows, SY_DIGEST_SIZE) != 0)
		problem(check, "rows",
		    N_("do not add up to the signed head's sum"));
	return err;
}

static enum sy_err
check_all(struct check *check, uint64_t answered)
{
	SY_AUTO(db_done) struct db_stmt *heads = NULL;
	enum sy_err err;

	if ((err = db_prepare(check->db,
		 "SELECT size, head, signature FROM head ORDER BY size",
		 &heads)) != SY_OK)
		return err;
	check->heads = heads;
	if ((err = check_records(check)) != SY_OK)
		return err;
	check_memory(check, answered);
	return check_rows(check);
}

enum sy_err
ledger_verify(struct ledger *ledger, struct keeper *keeper,
    struct ledger_report *report)
{
	SY_AUTO(db_close) struct db *db = NULL;
	SY_AUTO(map_free) struct row_map *expected = NULL;
	struct check check = {
		.ledger = ledger, .keeper = keeper, .report = report, .next = 1
	};
	uint8_t bytes[SY_HEAD_SIZE], signature[SY_ED25519_SIG_SIZE];
	struct sy_head head;
	enum sy_err err;

	report->records = report->heads = report->rows = 0;
	report->problems = 0;
	if ((err = row_map_new(&expected)) != SY_OK)
		return err;
	check.expected = expected;
	if ((err = db_open(ledger->config.path, DB_READ, &db, NULL)) != SY_OK)
		return err;
	check.db = db;
	/* Taken first: what is read below may be newer, but not older. */
	ledger_head(ledger, bytes, signature);
	if ((err = sy_head_decode(bytes, sizeof(bytes), &head)) != SY_OK)
		return err;
	/* Everything as of one moment, whatever is committed meanwhile. */
	if ((err = db_begin(db)) != SY_OK)
		return err;
	err = check_all(&check, head.size);
	db_rollback(db);
	return err;
}
