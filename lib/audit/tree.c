/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/audit/digest_int.h"

#define VERSION 1
/* Sizes are sequences, which the database keeps as signed numbers; it also
 * leaves room in the edge for the leaf that is being added. */
#define SIZE_MOST ((uint64_t)INT64_MAX)

enum sy_err
sy_tree_add(struct sy_tree *tree, const uint8_t leaf[SY_DIGEST_SIZE])
{
	uint8_t node[SY_DIGEST_SIZE];
	unsigned int edges = tree->edges;
	enum sy_err err;

	if (tree->size >= SIZE_MOST)
		return SY_ERR_LIMIT;
	/* Each bit set at the low end is a complete subtree as large as what
	 * the new leaf has grown to: join them. */
	memcpy(node, leaf, sizeof(node));
	for (uint64_t n = tree->size; (n & 1) != 0; n >>= 1) {
		if ((err = sy_tree_node(tree->edge[edges - 1], node, node)) !=
		    SY_OK)
			return err;
		edges--;
	}
	memcpy(tree->edge[edges], node, sizeof(node));
	tree->edges = edges + 1;
	tree->size++;
	return SY_OK;
}

enum sy_err
sy_tree_root(const struct sy_tree *tree, uint8_t ret[SY_DIGEST_SIZE])
{
	uint8_t node[SY_DIGEST_SIZE];
	enum sy_err err;

	if (tree->edges == 0)
		return sy_sha256(NULL, 0, ret);
	memcpy(node, tree->edge[tree->edges - 1], sizeof(node));
	for (unsigned int i = tree->edges - 1; i > 0; i--)
		if ((err = sy_tree_node(tree->edge[i - 1], node, node)) !=
		    SY_OK)
			return err;
	memcpy(ret, node, sizeof(node));
	return SY_OK;
}

/* One complete subtree for each bit that is set. */
static unsigned int
edges_of(uint64_t size)
{
	return (unsigned int)__builtin_popcountll(size);
}

enum sy_err
sy_tree_encode(const struct sy_tree *tree, struct sy_buf *out)
{
	enum sy_err err;

	if (tree->size > SIZE_MOST || tree->edges != edges_of(tree->size))
		return SY_ERR_ARG;
	sy_buf_reset(out);
	if ((err = sy_buf_u8(out, VERSION)) != SY_OK ||
	    (err = sy_buf_u64(out, tree->size)) != SY_OK)
		return err;
	return sy_buf_raw(out, tree->edge, tree->edges * SY_DIGEST_SIZE);
}

enum sy_err
sy_tree_decode(const uint8_t *data, size_t len, struct sy_tree *ret_tree)
{
	struct sy_tree tree = { 0 };
	const uint8_t *view;
	struct sy_reader r;
	uint8_t version;
	enum sy_err err;

	sy_reader_init(&r, data, len);
	if ((err = sy_reader_u8(&r, &version)) != SY_OK ||
	    (err = sy_reader_u64(&r, &tree.size)) != SY_OK)
		return err;
	if (version != VERSION || tree.size > SIZE_MOST)
		return SY_ERR_FORMAT;
	tree.edges = edges_of(tree.size);
	if ((err = sy_reader_raw(&r, tree.edges * SY_DIGEST_SIZE, &view)) !=
		SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	memcpy(tree.edge, view, tree.edges * SY_DIGEST_SIZE);
	*ret_tree = tree;
	return SY_OK;
}
