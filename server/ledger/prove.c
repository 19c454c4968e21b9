/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "server/ledger/ledger_int.h"

_Static_assert((TREE_BLOCK & (TREE_BLOCK - 1)) == 0,
    "a block is a complete subtree");

/* The nodes of one level: a block's leaves, or all blocks. */
typedef uint8_t (*nodes_t)[SY_DIGEST_SIZE];

static void
free_nodes(nodes_t *nodes)
{
	free(*nodes);
}

void
tree_tail(const struct sy_tree *tree, struct sy_tree *ret)
{
	*ret = (struct sy_tree){ .size = tree->size % TREE_BLOCK };
	/* One complete subtree for each bit: those of the low bits. */
	ret->edges = (unsigned int)__builtin_popcountll(ret->size);
	memcpy(ret->edge, tree->edge[tree->edges - ret->edges],
	    ret->edges * sizeof(ret->edge[0]));
}

enum sy_err
tree_block(const struct sy_tree *tree, const uint8_t leaf[SY_DIGEST_SIZE],
    uint8_t ret[SY_DIGEST_SIZE])
{
	struct sy_tree block;
	enum sy_err err;

	tree_tail(tree, &block);
	if ((err = sy_tree_add(&block, leaf)) != SY_OK)
		return err;
	return sy_tree_root(&block, ret);
}

/* The leaf of the row that ${stmt} is at, which must be record ${seq}. */
static enum sy_err
read_leaf(struct db_stmt *stmt, uint64_t seq, uint8_t ret[SY_DIGEST_SIZE])
{
	const uint8_t *commitment;
	int64_t found, time;
	enum sy_err err;
	size_t len;

	if ((err = db_int(stmt, 0, &found)) != SY_OK ||
	    (err = db_int(stmt, 1, &time)) != SY_OK ||
	    (err = db_bytes(stmt, 2, &commitment, &len)) != SY_OK)
		return err;
	if ((uint64_t)found != seq || len != SY_DIGEST_SIZE)
		return SY_ERR_LOG;
	return sy_audit_leaf(seq, time, commitment, ret);
}

enum sy_err
log_leaves(struct db *db, uint64_t from, size_t count,
    uint8_t (*ret)[SY_DIGEST_SIZE])
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	enum sy_err err;
	bool more;

	if ((err = db_prepare(db,
		 "SELECT seq, time, commitment FROM audit "
		 "WHERE seq >= $1 ORDER BY seq LIMIT $2",
		 &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, (int64_t)from);
	db_bind_int(stmt, 2, (int64_t)count);
	for (size_t i = 0; i < count; i++) {
		if ((err = db_step(stmt, &more)) != SY_OK)
			return err;
		if (!more)
			return SY_ERR_LOG;
		if ((err = read_leaf(stmt, from + i, ret[i])) != SY_OK)
			return err;
	}
	return SY_OK;
}

enum sy_err
tree_blocks(struct db *db, uint64_t from, size_t count,
    uint8_t (*ret)[SY_DIGEST_SIZE])
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	const uint8_t *node;
	enum sy_err err;
	int64_t id;
	size_t len;
	bool more;

	if ((err = db_prepare(db,
		 "SELECT id, node FROM tree_block WHERE id >= $1 ORDER BY id",
		 &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, (int64_t)from);
	for (size_t i = 0; i < count; i++) {
		if ((err = db_step(stmt, &more)) != SY_OK)
			return err;
		if (!more)
			return SY_ERR_LOG;
		if ((err = db_int(stmt, 0, &id)) != SY_OK ||
		    (err = db_bytes(stmt, 1, &node, &len)) != SY_OK)
			return err;
		if (id != (int64_t)(from + i) || len != SY_DIGEST_SIZE)
			return SY_ERR_LOG;
		memcpy(ret[i], node, SY_DIGEST_SIZE);
	}
	return SY_OK;
}

/* From the leaf to the root of its block, which may be the last one. */
static enum sy_err
climb_block(struct db *db, const struct sy_tree *tree, uint64_t index,
    struct sy_tree_path *path)
{
	SY_AUTO(free_nodes)
	nodes_t nodes = calloc(TREE_BLOCK, SY_DIGEST_SIZE);
	const uint64_t first = index - index % TREE_BLOCK;
	const uint64_t left = tree->size - first;
	const size_t count = left < TREE_BLOCK ? (size_t)left : TREE_BLOCK;
	enum sy_err err;

	if (nodes == NULL)
		return SY_ERR_NOMEM;
	if ((err = log_leaves(db, first + 1, count, nodes)) != SY_OK)
		return err;
	return sy_tree_path_add(nodes, count, (size_t)(index - first), path);
}

/* From block number ${index} to the root of the tree. */
static enum sy_err
climb_blocks(struct db *db, const struct sy_tree *tree, size_t index,
    struct sy_tree_path *path)
{
	const size_t whole = (size_t)(tree->size / TREE_BLOCK);
	SY_AUTO(free_nodes) nodes_t nodes = calloc(whole + 1, SY_DIGEST_SIZE);
	uint8_t root[SY_DIGEST_SIZE];
	size_t count = whole;
	struct sy_tree tail;
	enum sy_err err;

	if (nodes == NULL)
		return SY_ERR_NOMEM;
	tree_tail(tree, &tail);
	if (tail.size != 0 &&
	    (err = sy_tree_root(&tail, nodes[count++])) != SY_OK)
		return err;
	if ((err = tree_blocks(db, 0, whole, nodes)) != SY_OK ||
	    (err = sy_tree_path_add(nodes, count, index, path)) != SY_OK ||
	    (err = sy_tree_root(tree, root)) != SY_OK)
		return err;
	return memcmp(nodes[0], root, sizeof(root)) == 0 ? SY_OK : SY_ERR_LOG;
}

static enum sy_err
read_body(struct db *db, uint64_t seq, struct ledger_proof *ret)
{
	SY_AUTO(db_done) struct db_stmt *stmt = NULL;
	const uint8_t *body;
	enum sy_err err;
	size_t len;
	bool row;

	if ((err = db_prepare(db, "SELECT time, body FROM audit WHERE seq = $1",
		 &stmt)) != SY_OK)
		return err;
	db_bind_int(stmt, 1, (int64_t)seq);
	if ((err = db_step(stmt, &row)) != SY_OK)
		return err;
	if (!row)
		return SY_ERR_LOG;
	if ((err = db_int(stmt, 0, &ret->invited.time)) != SY_OK ||
	    (err = db_bytes(stmt, 1, &body, &len)) != SY_OK)
		return err;
	if (len > sizeof(ret->sealed))
		return SY_ERR_LOG;
	memcpy(ret->sealed, body, len);
	ret->invited.sealed = ret->sealed;
	ret->invited.sealed_len = len;
	return SY_OK;
}

enum sy_err
ledger_prove(struct ledger_tx *tx, uint64_t seq, struct ledger_proof *ret)
{
	const struct sy_tree *tree = &tx->ledger->end.tree;
	struct db *db = tx->ledger->db;
	enum sy_err err;

	if (seq == 0 || seq > tree->size)
		return SY_ERR_NOT_FOUND;
	ret->path.count = 0;
	ret->invited.size = tree->size;
	ret->invited.seq = seq;
	ret->invited.path = &ret->path;
	if ((err = read_body(db, seq, ret)) != SY_OK ||
	    (err = climb_block(db, tree, seq - 1, &ret->path)) != SY_OK)
		return err;
	return climb_blocks(db, tree, (size_t)((seq - 1) / TREE_BLOCK),
	    &ret->path);
}

struct keeper *
ledger_keeper(struct ledger_tx *tx)
{
	return tx->ledger->config.writer_keeper;
}
