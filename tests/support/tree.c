/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/tree.h"

static void
die(const char *what)
{
	perror(what);
	exit(2);
}

void
tree_open(struct tree *tree)
{
	(void)snprintf(tree->root, sizeof(tree->root), "/tmp/tree-XXXXXX");
	if (mkdtemp(tree->root) == NULL || chmod(tree->root, 0755) != 0)
		die(tree->root);
}

static int
take_away(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void
tree_close(struct tree *tree)
{
	if (nftw(tree->root, take_away, 8, FTW_DEPTH | FTW_PHYS) != 0)
		die(tree->root);
}

const char *
tree_path(const struct tree *tree, const char *path)
{
	static char full[PATH_MAX];

	(void)snprintf(full, sizeof(full), "%s%s", tree->root, path);
	return full;
}

void
tree_write(const struct tree *tree, const char *path, const char *text,
    mode_t mode)
{
	char full[PATH_MAX];
	FILE *f;

	(void)snprintf(full, sizeof(full), "%s", tree_path(tree, path));
	for (char *s = full + strlen(tree->root) + 1;
	     (s = strchr(s, '/')) != NULL; *s++ = '/') {
		*s = '\0';
		if (mkdir(full, 0755) != 0 && errno != EEXIST)
			die(full);
	}
	if ((f = fopen(full, "w")) == NULL || fputs(text, f) < 0 ||
	    fclose(f) != 0 || chmod(full, mode) != 0)
		die(full);
}

void
tree_remove(const struct tree *tree, const char *path)
{
	if (remove(tree_path(tree, path)) != 0)
		die(path);
}
