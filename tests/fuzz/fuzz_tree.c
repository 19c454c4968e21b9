/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/audit.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Trees and heads that are taken encode to the bytes that they came from, and
 * the tree can go on growing. */
static void
check_tree(const uint8_t *data, size_t len)
{
	static const uint8_t leaf[SY_DIGEST_SIZE] = { 1 };
	uint8_t root[SY_DIGEST_SIZE];
	struct sy_buf *buf = NULL;
	struct sy_tree tree;
	enum sy_err err;

	if (sy_tree_decode(data, len, &tree) != SY_OK)
		return;
	if (sy_buf_new(4096, &buf) != SY_OK ||
	    sy_tree_encode(&tree, buf) != SY_OK || sy_buf_len(buf) != len ||
	    memcmp(sy_buf_data(buf), data, len) != 0)
		abort();
	sy_buf_free(&buf);
	err = sy_tree_add(&tree, leaf);
	if ((err != SY_OK && err != SY_ERR_LIMIT) ||
	    sy_tree_root(&tree, root) != SY_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t encoded[SY_HEAD_SIZE];
	struct sy_head head;

	check_tree(data, len);
	if (sy_head_decode(data, len, &head) == SY_OK) {
		sy_head_encode(&head, encoded);
		if (len != sizeof(encoded) ||
		    memcmp(data, encoded, sizeof(encoded)) != 0)
			abort();
	}
	return 0;
}
