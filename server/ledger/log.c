/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "server/ledger/ledger_int.h"
#include "server/log.h"

#define TREE_ROW  1
#define EDGE_SIZE (1 + 8 + 64 * SY_DIGEST_SIZE)

/* --- where the log ends --- */

static enum sy_err
bad_log(struct sy_error *reterr, const char *place, const char *text)
{
	return sy_error_set(reterr, SY_ERR_LOG, place, "%s", text);
}

static enum sy_err
load_tree(struct db *db, struct sy_tree *ret)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	const uint8_t *edge;
	enum sy_err err;
	size_t len;
	bool row;

	if ((err = db_prepare(db, "SELECT edge FROM tree WHERE id = $1",
		 &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, TREE_ROW);
	if ((err = db_step(stmt, &row)) != SY_OK)
		return err;
	if (!row)
		return SY_ERR_LOG;
	if ((err = db_bytes(stmt, 0, &edge, &len)) != SY_OK)
		return err;
	return sy_tree_decode(edge, len, ret) == SY_OK ? SY_OK : SY_ERR_LOG;
}

static enum sy_err
load_head(struct db *db, struct signed_head *ret)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	const uint8_t *head, *signature;
	size_t head_len, signature_len;
	enum sy_err err;
	bool row;

	if ((err = db_prepare(db,
		 "SELECT head, signature FROM head ORDER BY size DESC LIMIT 1",
		 &stmt)) != SY_OK ||
	    (err = db_step(stmt, &row)) != SY_OK)
		return err;
	if (!row)
		return SY_ERR_LOG;
	if ((err = db_bytes(stmt, 0, &head, &head_len)) != SY_OK ||
	    (err = db_bytes(stmt, 1, &signature, &signature_len)) != SY_OK)
		return err;
	if (head_len != SY_HEAD_SIZE || signature_len != SY_ED25519_SIG_SIZE)
		return SY_ERR_LOG;
	memcpy(ret->head, head, SY_HEAD_SIZE);
	memcpy(ret->signature, signature, SY_ED25519_SIG_SIZE);
	return SY_OK;
}

static enum sy_err
last_seq(struct db *db, uint64_t *ret)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	enum sy_err err;
	int64_t seq = 0;
	bool row;

	if ((err = db_prepare(db,
		 "SELECT seq FROM audit ORDER BY seq DESC LIMIT 1", &stmt)) !=
		SY_OK ||
	    (err = db_step(stmt, &row)) != SY_OK ||
	    (row && (err = db_int(stmt, 0, &seq)) != SY_OK))
		return err;
	*ret = (uint64_t)seq;
	return SY_OK;
}

/* Signature, tree and last record must belong together. */
static enum sy_err
check_end(const struct ledger *ledger, const struct sy_head *head,
    struct sy_error *reterr)
{
	const struct keeper *keeper = ledger->config.writer_keeper;
	uint8_t root[SY_DIGEST_SIZE];
	enum sy_err err;
	uint64_t last;

	err = sy_head_verify(keeper_head_key(keeper), ledger->head.head,
	    ledger->head.signature);
	if (err == SY_ERR_SIGNATURE)
		return bad_log(reterr, "head",
		    "the newest head does not bear our signature");
	if (err != SY_OK ||
	    (err = sy_tree_root(&ledger->end.tree, root)) != SY_OK ||
	    (err = last_seq(ledger->db, &last)) != SY_OK)
		return sy_error_set(reterr, err, "log", "cannot be checked");
	if (ledger->end.tree.size != head->size ||
	    memcmp(root, head->root, SY_DIGEST_SIZE) != 0)
		return bad_log(reterr, "tree",
		    "is not that of the signed head");
	if (last != head->size)
		return bad_log(reterr, "audit",
		    "does not end where the signed head ends");
	return SY_OK;
}

enum sy_err
log_load(struct ledger *ledger, struct sy_error *reterr)
{
	struct sy_head head;
	enum sy_err err;

	if ((err = load_tree(ledger->db, &ledger->end.tree)) != SY_OK ||
	    (err = load_head(ledger->db, &ledger->head)) != SY_OK)
		return sy_error_set(reterr, err, "log", "%s",
		    err == SY_ERR_LOG ? "has no head or tree"
				      : db_text(ledger->db));
	if (sy_head_decode(ledger->head.head, SY_HEAD_SIZE, &head) != SY_OK)
		return bad_log(reterr, "head", "is malformed");
	if ((err = check_end(ledger, &head, reterr)) != SY_OK)
		return err;
	memcpy(ledger->end.chain, head.chain, SY_DIGEST_SIZE);
	memcpy(ledger->view->sum, head.rows, SY_DIGEST_SIZE);
	ledger->end.time = head.time;
	ledger->group.now = head.time;
	ledger->told = head.time;
	ledger->signed_size = head.size;
	return log_resume(ledger, reterr);
}

/* --- a group more --- */

static enum sy_err
fill_random(uint8_t *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = getrandom(p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SY_ERR_CRYPTO;
		p += n;
		len -= (size_t)n;
	}
	return SY_OK;
}

/* One call for all salts: a call per record would cost more than its hash. */
static enum sy_err
put_salts(struct group *group)
{
	uint8_t salts[64 * SY_AUDIT_SALT_SIZE];
	enum sy_err err;

	for (size_t i = 0; i < group->count; i++) {
		const size_t n = i % 64, left = group->count - i;

		if (n == 0 &&
		    (err = fill_random(salts,
			 (left < 64 ? left : 64) * SY_AUDIT_SALT_SIZE)) !=
			SY_OK)
			return err;
		memcpy(group->bytes + group->records[i].at,
		    salts + n * SY_AUDIT_SALT_SIZE, SY_AUDIT_SALT_SIZE);
	}
	return SY_OK;
}

/* The node of a block that is whole with ${leaf}, before the tree has it. */
static enum sy_err
insert_block(struct db *db, const struct sy_tree *tree,
    const uint8_t leaf[SY_DIGEST_SIZE])
{
	uint8_t node[SY_DIGEST_SIZE];
	struct db_stmt *stmt;
	enum sy_err err;

	if ((err = tree_block(tree, leaf, node)) != SY_OK ||
	    (err = db_prepare(db,
		 "INSERT INTO tree_block (id, node) VALUES ($1, $2)", &stmt)) !=
		SY_OK)
		return err;
	db_bind_int(stmt, 1, (int64_t)(tree->size / TREE_BLOCK));
	db_bind_bytes(stmt, 2, node, sizeof(node));
	err = db_run(&stmt);
	return err == SY_ERR_EXISTS ? SY_ERR_LOG : err;
}

/* Commitment, leaf, chain and tree of record number ${i}. */
static enum sy_err
chain_record(struct ledger *ledger, size_t i, struct log_end *end)
{
	struct group *group = &ledger->group;
	struct group_record *record = &group->records[i];
	const uint8_t *body = group->bytes + record->at;
	uint8_t *leaf = group->leaves[i];
	enum sy_err err;

	if ((err = sy_audit_commitment(body, body + SY_AUDIT_SALT_SIZE,
		 record->len - SY_AUDIT_SALT_SIZE, record->commitment)) !=
		SY_OK ||
	    (err = sy_audit_leaf(end->tree.size + 1, record->time,
		 record->commitment, leaf)) != SY_OK)
		return err;
	if (end->tree.size % TREE_BLOCK == TREE_BLOCK - 1 &&
	    (err = insert_block(ledger->db, &end->tree, leaf)) != SY_OK)
		return err;
	end->time = record->time;
	return log_end_add(end, leaf);
}

static enum sy_err
make_head(const struct log_end *end, const uint8_t sum[SY_DIGEST_SIZE],
    uint8_t ret[SY_HEAD_SIZE])
{
	struct sy_head head;
	enum sy_err err;

	if ((err = log_end_head(end, &head)) != SY_OK)
		return err;
	memcpy(head.rows, sum, SY_DIGEST_SIZE);
	sy_head_encode(&head, ret);
	return SY_OK;
}

static enum sy_err
take_signature(struct keeper *keeper, uint8_t ret[SY_ED25519_SIG_SIZE])
{
	const uint8_t *view;
	enum sy_err err;
	size_t len;

	if ((err = keeper_next(keeper, &view, &len)) != SY_OK)
		return err;
	if (len != SY_ED25519_SIG_SIZE)
		return SY_ERR_KEEPER;
	memcpy(ret, view, SY_ED25519_SIG_SIZE);
	return SY_OK;
}

static enum sy_err
insert_record(struct db *db, const struct group_record *record, uint64_t seq,
    const uint8_t *sealed, size_t len)
{
	struct db_stmt *stmt;
	enum sy_err err;

	if ((err = db_prepare(db,
		 "INSERT INTO audit (seq, time, commitment, body) "
		 "VALUES ($1, $2, $3, $4)",
		 &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, (int64_t)seq);
	db_bind_int(stmt, 2, record->time);
	db_bind_bytes(stmt, 3, record->commitment, SY_DIGEST_SIZE);
	db_bind_bytes(stmt, 4, sealed, len);
	err = db_run(&stmt);
	/* A record that we did not write stands in our place. */
	return err == SY_ERR_EXISTS ? SY_ERR_LOG : err;
}

static enum sy_err
insert_records(struct ledger *ledger)
{
	const struct group *group = &ledger->group;
	const uint8_t *sealed;
	enum sy_err err;
	size_t len;

	for (size_t i = 0; i < group->count; i++) {
		if ((err = keeper_next(ledger->config.writer_keeper, &sealed,
			 &len)) != SY_OK ||
		    (err = insert_record(ledger->db, &group->records[i],
			 ledger->end.tree.size + i + 1, sealed, len)) != SY_OK)
			return err;
	}
	return SY_OK;
}

static enum sy_err
insert_head(struct db *db, uint64_t size, const struct signed_head *head)
{
	struct db_stmt *stmt;
	enum sy_err err;

	if ((err = db_prepare(db,
		 "INSERT INTO head (size, head, signature) VALUES ($1, $2, $3)",
		 &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, (int64_t)size);
	db_bind_bytes(stmt, 2, head->head, SY_HEAD_SIZE);
	db_bind_bytes(stmt, 3, head->signature, SY_ED25519_SIG_SIZE);
	err = db_run(&stmt);
	return err == SY_ERR_EXISTS ? SY_ERR_LOG : err;
}

static enum sy_err
write_tree(struct db *db, const char *sql, const struct sy_tree *tree,
    struct sy_buf *edge)
{
	struct db_stmt *stmt;
	enum sy_err err;

	sy_buf_reset(edge);
	if ((err = sy_tree_encode(tree, edge)) != SY_OK ||
	    (err = db_prepare(db, sql, &stmt)) != SY_OK)
		return err;
	db_bind_bytes(stmt, 1, sy_buf_data(edge), sy_buf_len(edge));
	db_bind_int(stmt, 2, TREE_ROW);
	return db_run(&stmt);
}

/* The keeper's batch: the head first, so that its refusal costs no seals. */
static void
put_batch(struct ledger *ledger, const uint8_t head[SY_HEAD_SIZE])
{
	struct keeper *keeper = ledger->config.writer_keeper;
	const struct group *group = &ledger->group;
	const uint64_t base = ledger->end.tree.size;

	keeper_begin(keeper);
	keeper_add_head(keeper, base, group->leaves[0], group->count, head);
	for (size_t i = 0; i < group->count; i++)
		keeper_add_seal(keeper, "audit", "body",
		    (int64_t)(base + i + 1),
		    group->bytes + group->records[i].at, group->records[i].len);
}

enum sy_err
log_append(struct ledger *ledger, struct log_end *ret_end,
    struct signed_head *ret_head)
{
	struct keeper *keeper = ledger->config.writer_keeper;
	enum sy_err err;

	*ret_end = ledger->end;
	if ((err = put_salts(&ledger->group)) != SY_OK)
		return err;
	for (size_t i = 0; i < ledger->group.count; i++) {
		if ((err = chain_record(ledger, i, ret_end)) != SY_OK)
			return err;
	}
	if ((err = make_head(ret_end, ledger->view->sum, ret_head->head)) !=
	    SY_OK)
		return err;
	put_batch(ledger, ret_head->head);
	if ((err = keeper_run(keeper)) != SY_OK ||
	    (err = take_signature(keeper, ret_head->signature)) != SY_OK)
		return err;
	ledger->signed_size = ret_end->tree.size;
	ledger->confirmed = ledger->end.tree.size;
	if ((err = insert_records(ledger)) != SY_OK ||
	    (err = insert_head(ledger->db, ret_end->tree.size, ret_head)) !=
		SY_OK)
		return err;
	return write_tree(ledger->db, "UPDATE tree SET edge = $1 WHERE id = $2",
	    &ret_end->tree, ledger->edge);
}

void
log_confirm(struct ledger *ledger)
{
	struct keeper *keeper = ledger->config.writer_keeper;
	const uint64_t size = ledger->end.tree.size;
	const uint8_t *view;
	enum sy_err err;
	size_t len;

	if (ledger->confirmed == size || keeper_is_lost(keeper))
		return;
	keeper_begin(keeper);
	keeper_add_confirm(keeper, size);
	if ((err = keeper_run(keeper)) == SY_OK)
		err = keeper_next(keeper, &view, &len);
	if (err == SY_OK)
		ledger->confirmed = size;
	/* It is tried with each of the timer's requests. */
	if (err != ledger->unconfirmed && err != SY_OK)
		log_warn("the keeper could not keep where the log ends: %s",
		    sy_err_text(err));
	ledger->unconfirmed = err;
}

enum sy_err
log_create(struct db *db, struct keeper *keeper, int64_t now)
{
	SY_AUTO(sy_buf_free) struct sy_buf *edge = NULL;
	const uint8_t sum[SY_DIGEST_SIZE] = { 0 };
	struct log_end end = { .time = now };
	struct signed_head head;
	enum sy_err err;

	if ((err = sy_buf_new(EDGE_SIZE, &edge)) != SY_OK ||
	    (err = make_head(&end, sum, head.head)) != SY_OK)
		return err;
	keeper_begin(keeper);
	keeper_add_head(keeper, 0, NULL, 0, head.head);
	if ((err = keeper_run(keeper)) != SY_OK ||
	    (err = take_signature(keeper, head.signature)) != SY_OK ||
	    (err = db_begin(db)) != SY_OK)
		return err;
	if ((err = insert_head(db, 0, &head)) != SY_OK ||
	    (err = write_tree(db, "INSERT INTO tree (edge, id) VALUES ($1, $2)",
		 &end.tree, edge)) != SY_OK ||
	    (err = db_commit(db)) != SY_OK)
		db_rollback(db);
	return err;
}
