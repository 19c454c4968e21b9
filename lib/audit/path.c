/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/audit/digest_int.h"

/* The level above: pairs are joined, what is left over goes up as it is. */
static enum sy_err
go_up(uint8_t (*nodes)[SY_DIGEST_SIZE], size_t count)
{
	enum sy_err err;

	for (size_t i = 0; i + 1 < count; i += 2)
		if ((err = sy_tree_node(nodes[i], nodes[i + 1],
			 nodes[i / 2])) != SY_OK)
			return err;
	if (count % 2 == 1 && count > 1)
		memcpy(nodes[count / 2], nodes[count - 1], SY_DIGEST_SIZE);
	return SY_OK;
}

enum sy_err
sy_tree_path_add(uint8_t (*nodes)[SY_DIGEST_SIZE], size_t count, size_t index,
    struct sy_tree_path *path)
{
	enum sy_err err;

	if (index >= count)
		return SY_ERR_ARG;
	for (; count > 1; count = count / 2 + count % 2, index /= 2) {
		const size_t beside = index ^ 1;

		if (beside < count) {
			if (path->count == SY_TREE_PATH_MAX)
				return SY_ERR_LIMIT;
			memcpy(path->node[path->count++], nodes[beside],
			    SY_DIGEST_SIZE);
		}
		if ((err = go_up(nodes, count)) != SY_OK)
			return err;
	}
	return SY_OK;
}

enum sy_err
sy_tree_path_root(const struct sy_tree_path *path,
    const uint8_t leaf[SY_DIGEST_SIZE], uint64_t index, uint64_t size,
    uint8_t ret[SY_DIGEST_SIZE])
{
	uint8_t node[SY_DIGEST_SIZE];
	enum sy_err err = SY_OK;
	unsigned int used = 0;
	uint64_t last;

	if (index >= size || path->count > SY_TREE_PATH_MAX)
		return SY_ERR_FORMAT;
	memcpy(node, leaf, sizeof(node));
	for (last = size - 1; last > 0; index /= 2, last /= 2) {
		/* The last of its level has nothing on its right. */
		if (index == last && index % 2 == 0)
			continue;
		if (used == path->count)
			return SY_ERR_FORMAT;
		err = index % 2 == 1
		    ? sy_tree_node(path->node[used], node, node)
		    : sy_tree_node(node, path->node[used], node);
		if (err != SY_OK)
			return err;
		used++;
	}
	if (used != path->count)
		return SY_ERR_FORMAT;
	memcpy(ret, node, sizeof(node));
	return SY_OK;
}
