/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TREE_H
#define TREE_H

#include <sys/types.h>

/* The files of a machine below a temporary folder. Whatever fails ends the
 * program. */
struct tree {
	char root[64];
};

void tree_open(struct tree *tree);
/* Remove everything. */
void tree_close(struct tree *tree);
/* Make or replace ${path} (absolute within the tree) and its folders. */
void tree_write(const struct tree *tree, const char *path, const char *text,
    mode_t mode);
void tree_remove(const struct tree *tree, const char *path);
/* The name outside of the tree; valid until the next call. */
const char *tree_path(const struct tree *tree, const char *path);

#endif /* TREE_H */
