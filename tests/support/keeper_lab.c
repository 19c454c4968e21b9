/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/keeper_lab.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <sanyoso/buf.h>

#define NOBODY 65534

enum sy_err
keeper_lab_try(struct keeper_lab *lab, struct sy_error *reterr)
{
	const bool ours = lab->ours || geteuid() != 0;

	return keeper_start(lab->dir, ours ? geteuid() : NOBODY,
	    ours ? getegid() : NOBODY, 1, &lab->k, &lab->pid, reterr);
}

void
keeper_lab_start(struct keeper_lab *lab)
{
	struct sy_error error = { 0 };

	if (keeper_lab_try(lab, &error) != SY_OK)
		fail_msg("%s: %s", error.place, error.text);
}

void
keeper_lab_stop(struct keeper_lab *lab)
{
	int status;

	keeper_close(&lab->k);
	assert_int_equal(waitpid(lab->pid, &status, 0), lab->pid);
	/* The sandbox had nothing to forbid. */
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void
keeper_lab_make(struct keeper_lab *lab)
{
	struct sy_error error = { 0 };

	memset(lab, 0, sizeof(*lab));
	(void)snprintf(lab->dir, sizeof(lab->dir), "/tmp/sy-keeper-XXXXXX");
	assert_non_null(mkdtemp(lab->dir));
	assert_int_equal(keeper_create(lab->dir, "test", &error), SY_OK);
	keeper_lab_start(lab);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void
keeper_lab_remove(struct keeper_lab *lab)
{
	keeper_lab_stop(lab);
	assert_int_equal(nftw(lab->dir, remove_one, 8, FTW_DEPTH), 0);
}

const char *
keeper_lab_state(const struct keeper_lab *lab)
{
	static char path[96];

	(void)snprintf(path, sizeof(path), "%s/log.state", lab->dir);
	return path;
}

enum sy_err
keeper_lab_run(struct keeper_lab *lab, const uint8_t **ret, size_t *ret_len)
{
	enum sy_err err;

	assert_int_equal(keeper_run(lab->k), SY_OK);
	err = keeper_next(lab->k, ret, ret_len);
	if (err != SY_OK)
		assert_int_equal(*ret_len, 0);
	return err;
}

static enum sy_err
run_empty(struct keeper_lab *lab)
{
	const uint8_t *view;
	size_t len;
	const enum sy_err err = keeper_lab_run(lab, &view, &len);

	assert_int_equal(len, 0);
	return err;
}

void
keeper_lab_add(struct keeper_lab *lab, uint8_t seed)
{
	uint8_t *leaf = lab->leaf[lab->end.tree.size];

	assert_true(lab->end.tree.size < LAB_RECORDS);
	memset(leaf, seed, SY_DIGEST_SIZE);
	lab->end.time++;
	assert_int_equal(log_end_add(&lab->end, leaf), SY_OK);
}

void
keeper_lab_head(const struct keeper_lab *lab, struct lab_head *ret)
{
	struct sy_head head;

	assert_int_equal(log_end_head(&lab->end, &head), SY_OK);
	memset(head.rows, 7, sizeof(head.rows));
	sy_head_encode(&head, ret->head);
}

enum sy_err
keeper_lab_sign(struct keeper_lab *lab, uint64_t base, struct lab_head *ret)
{
	const uint8_t *view;
	enum sy_err err;
	size_t len;

	keeper_lab_head(lab, ret);
	keeper_begin(lab->k);
	keeper_add_head(lab->k, base, lab->leaf[base],
	    lab->end.tree.size - base, ret->head);
	if ((err = keeper_lab_run(lab, &view, &len)) != SY_OK)
		return err;
	assert_int_equal(len, sizeof(ret->signature));
	memcpy(ret->signature, view, len);
	assert_int_equal(sy_head_verify(keeper_head_key(lab->k), ret->head,
			     ret->signature),
	    SY_OK);
	return SY_OK;
}

enum sy_err
keeper_lab_confirm(struct keeper_lab *lab, uint64_t size)
{
	keeper_begin(lab->k);
	keeper_add_confirm(lab->k, size);
	return run_empty(lab);
}

uint64_t
keeper_lab_history(struct keeper_lab *lab, bool *ret_fresh)
{
	const uint8_t *view;
	struct sy_reader r;
	uint64_t size;
	uint8_t fresh;
	size_t len;

	keeper_begin(lab->k);
	keeper_add_history(lab->k);
	assert_int_equal(keeper_lab_run(lab, &view, &len), SY_OK);
	sy_reader_init(&r, view, len);
	assert_int_equal(sy_reader_u8(&r, &fresh), SY_OK);
	assert_int_equal(sy_reader_u64(&r, &size), SY_OK);
	assert_int_equal(sy_reader_end(&r), SY_OK);
	*ret_fresh = fresh != 0;
	return size;
}

enum sy_err
keeper_lab_resume(struct keeper_lab *lab, uint64_t from, uint64_t to,
    const struct lab_head *head)
{
	keeper_begin(lab->k);
	keeper_add_show(lab->k, lab->leaf[from], to - from);
	assert_int_equal(run_empty(lab), SY_OK);
	keeper_begin(lab->k);
	keeper_add_resume(lab->k, NULL, 0, head->head, head->signature);
	return run_empty(lab);
}

enum sy_err
keeper_lab_adopt(struct keeper_lab *lab, const struct sy_tree *tree,
    const struct lab_head *head)
{
	struct sy_buf *edge = NULL;

	assert_int_equal(sy_buf_new(4096, &edge), SY_OK);
	assert_int_equal(sy_tree_encode(tree, edge), SY_OK);
	keeper_begin(lab->k);
	keeper_add_resume(lab->k, sy_buf_data(edge), sy_buf_len(edge),
	    head->head, head->signature);
	sy_buf_free(&edge);
	return run_empty(lab);
}
