/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanyoso/safefile.h>

#include "agent/check/pamtree.h"

#define FILES_MAX 512

static const char *const directories[] = { "/etc/pam.d", "/usr/lib/pam.d" };

struct pamtree {
	char root[PATH_MAX];
	size_t count;
	struct pamfile *files[FILES_MAX];
	char *names[FILES_MAX]; /* as they are included */
};

enum sy_err
pamtree_new(const char *root, struct pamtree **ret)
{
	struct pamtree *tree;

	if (strlen(root) >= sizeof(tree->root))
		return SY_ERR_LIMIT;
	if ((tree = calloc(1, sizeof(*tree))) == NULL)
		return SY_ERR_NOMEM;
	memcpy(tree->root, root, strlen(root) + 1);
	*ret = tree;
	return SY_OK;
}

void
pamtree_free(struct pamtree **tree)
{
	struct pamtree *t = *tree;

	if (t == NULL)
		return;
	for (size_t i = 0; i < t->count; i++) {
		pamfile_free(&t->files[i]);
		free(t->names[i]);
	}
	free(t);
	*tree = NULL;
}

/* Read ${path}, of which links are followed: profiles of distributions put
 * some into /etc/pam.d. */
static enum sy_err
read_file(const char *path, struct pamfile **ret, struct sy_error *reterr)
{
	char real[PATH_MAX];
	uint8_t *data = NULL;
	size_t len;
	enum sy_err err;

	if (realpath(path, real) == NULL)
		return sy_error_set(reterr,
		    errno == ENOENT ? SY_ERR_NOT_FOUND : SY_ERR_IO, path, "%s",
		    strerror(errno));
	err = sy_safefile_read(real, PAMFILE_SIZE_MAX, &data, &len, reterr);
	if (err != SY_OK)
		return err;
	err = pamfile_parse(path, (const char *)data, len, ret, reterr);
	free(data);
	return err;
}

static enum sy_err
find_file(const struct pamtree *tree, const char *name, struct pamfile **ret,
    struct sy_error *reterr)
{
	char path[PATH_MAX];
	enum sy_err err = SY_ERR_NOT_FOUND;
	int n;

	for (size_t i = 0; i < SY_COUNT(directories); i++) {
		if (name[0] == '/')
			n = snprintf(path, sizeof(path), "%s%s", tree->root,
			    name);
		else
			n = snprintf(path, sizeof(path), "%s%s/%s", tree->root,
			    directories[i], name);
		if (n < 0 || (size_t)n >= sizeof(path))
			return sy_error_set(reterr, SY_ERR_LIMIT, name,
			    "too long a path");
		err = read_file(path, ret, reterr);
		if (err != SY_ERR_NOT_FOUND || name[0] == '/')
			return err;
	}
	return err;
}

/* The file ${name}, read once. */
static enum sy_err
get_file(struct pamtree *tree, const char *name, const struct pamfile **ret,
    struct sy_error *reterr)
{
	struct pamfile *file = NULL;
	enum sy_err err;

	for (size_t i = 0; i < tree->count; i++) {
		if (strcmp(tree->names[i], name) == 0) {
			*ret = tree->files[i];
			return SY_OK;
		}
	}
	if (tree->count == FILES_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, name,
		    "more than %d files", FILES_MAX);
	if ((err = find_file(tree, name, &file, reterr)) != SY_OK)
		return err;
	if ((tree->names[tree->count] = strdup(name)) == NULL) {
		pamfile_free(&file);
		return sy_error_set(reterr, SY_ERR_NOMEM, name,
		    "out of memory");
	}
	tree->files[tree->count++] = file;
	*ret = file;
	return SY_OK;
}

/* A file within files that is being added to a stack. */
struct place {
	const char *name;
	unsigned int depth;
	unsigned int level;
};

static enum sy_err
push(struct pamtree_stack *stack, const struct pamfile *file,
    const struct pamfile_line *line, unsigned int level,
    struct sy_error *reterr)
{
	if (stack->count == PAMTREE_MODULES_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, pamfile_name(file),
		    "more than %d modules", PAMTREE_MODULES_MAX);
	stack->modules[stack->count++] = (struct pamtree_module){
		.file = pamfile_name(file),
		.line = line,
		.level = level,
	};
	return SY_OK;
}

static enum sy_err add_file(struct pamtree *tree, const struct place *place,
    enum pamfile_type type, struct pamtree_stack *stack,
    struct sy_error *reterr);

static enum sy_err
add_include(struct pamtree *tree, const struct place *place,
    const struct pamfile *file, const struct pamfile_line *line,
    enum pamfile_type type, struct pamtree_stack *stack,
    struct sy_error *reterr)
{
	const struct place inner = {
		.name = line->name,
		.depth = place->depth + 1,
		.level =
		    place->level + (line->kind == PAMFILE_SUBSTACK ? 1 : 0),
	};
	char where[128];
	enum sy_err err;

	(void)snprintf(where, sizeof(where), "%s:%u", pamfile_name(file),
	    line->number);
	if (inner.depth >= PAMTREE_DEPTH)
		return sy_error_set(reterr, SY_ERR_LIMIT, where,
		    "includes itself, or is too deep");
	if (line->kind == PAMFILE_SUBSTACK &&
	    (err = push(stack, file, line, place->level, reterr)) != SY_OK)
		return err;
	err = add_file(tree, &inner, type, stack, reterr);
	if (err == SY_ERR_NOT_FOUND)
		return sy_error_set(reterr, SY_ERR_NOT_FOUND, where,
		    "the file %s, which is included, is missing", line->name);
	return err;
}

static enum sy_err
add_file(struct pamtree *tree, const struct place *place,
    enum pamfile_type type, struct pamtree_stack *stack,
    struct sy_error *reterr)
{
	const struct pamfile *file;
	enum sy_err err;

	if ((err = get_file(tree, place->name, &file, reterr)) != SY_OK)
		return err;
	for (size_t i = 0; i < pamfile_count(file); i++) {
		const struct pamfile_line *line = pamfile_line(file, i);

		if (line->type != type && line->type != PAMFILE_ANY)
			continue;
		if (line->kind == PAMFILE_MODULE)
			err = push(stack, file, line, place->level, reterr);
		else
			err = add_include(tree, place, file, line, type, stack,
			    reterr);
		if (err == SY_ERR_NOT_FOUND)
			/* Not this file: do not take it for missing. */
			return SY_ERR_FORMAT;
		if (err != SY_OK)
			return err;
	}
	return SY_OK;
}

enum sy_err
pamtree_stack(struct pamtree *tree, const char *service, enum pamfile_type type,
    struct pamtree_stack *ret, struct sy_error *reterr)
{
	const char *const names[] = { service, "other" };

	ret->count = 0;
	for (size_t i = 0; i < SY_COUNT(names); i++) {
		const struct place place = { .name = names[i] };
		const enum sy_err err =
		    add_file(tree, &place, type, ret, reterr);

		if (err != SY_OK && err != SY_ERR_NOT_FOUND)
			return err;
		if (ret->count > 0)
			return SY_OK;
	}
	return SY_OK;
}

/* libpam asks for names in lower case only; package managers and editors leave
 * copies that no program asks for. */
static bool
is_service(const char *name)
{
	static const char *const endings[] = { "~", ".dpkg-old", ".dpkg-new",
		".dpkg-dist", ".dpkg-tmp", ".dpkg-bak", ".ucf-old", ".ucf-new",
		".ucf-dist", ".rpmsave", ".rpmnew", ".rpmorig", ".pam-new",
		".pam-old", ".bak", ".orig", ".swp" };
	const size_t len = strlen(name);

	if (name[0] == '.')
		return false;
	for (const char *s = name; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			return false;
	for (size_t i = 0; i < SY_COUNT(endings); i++) {
		const size_t n = strlen(endings[i]);

		if (len > n && strcmp(name + len - n, endings[i]) == 0)
			return false;
	}
	return true;
}

static bool
is_in(char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static int
compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Add the names in ${directory} that are not there yet. */
static enum sy_err
list(const struct pamtree *tree, const char *directory, char **names,
    size_t *count, struct sy_error *reterr)
{
	char path[PATH_MAX];
	struct dirent *entry;
	enum sy_err err = SY_OK;
	DIR *dir;

	if ((size_t)snprintf(path, sizeof(path), "%s%s", tree->root,
		directory) >= sizeof(path))
		return sy_error_set(reterr, SY_ERR_LIMIT, directory,
		    "too long a path");
	if ((dir = opendir(path)) == NULL)
		return errno == ENOENT ? SY_OK
				       : sy_error_set(reterr, SY_ERR_IO, path,
					     "%s", strerror(errno));
	while (err == SY_OK && (entry = readdir(dir)) != NULL) {
		if (!is_service(entry->d_name) || entry->d_type == DT_DIR ||
		    is_in(names, *count, entry->d_name))
			continue;
		if (*count == FILES_MAX)
			err = sy_error_set(reterr, SY_ERR_LIMIT, path,
			    "more than %d files", FILES_MAX);
		else if ((names[*count] = strdup(entry->d_name)) == NULL)
			err = sy_error_set(reterr, SY_ERR_NOMEM, path,
			    "out of memory");
		else
			(*count)++;
	}
	(void)closedir(dir);
	return err;
}

enum sy_err
pamtree_services(const struct pamtree *tree, pamtree_each *each, void *arg,
    struct sy_error *reterr)
{
	char *names[FILES_MAX];
	size_t count = 0;
	enum sy_err err = SY_OK;

	for (size_t i = 0; i < SY_COUNT(directories) && err == SY_OK; i++)
		err = list(tree, directories[i], names, &count, reterr);
	qsort(names, count, sizeof(names[0]), compare);
	for (size_t i = 0; i < count; i++) {
		if (err == SY_OK)
			err = each(arg, names[i]);
		free(names[i]);
	}
	return err;
}
