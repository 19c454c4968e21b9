/* SPDX-License-Identifier: Apache-2.0 */
/* What the keeper signs of the log, and what it knows of it after a start. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/keeper/kept.h"
#include "tests/support/keeper_lab.h"

static int
setup(void **state)
{
	static struct keeper_lab lab;

	keeper_lab_make(&lab);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	keeper_lab_remove(*state);
	return 0;
}

static void
add(struct keeper_lab *lab, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		keeper_lab_add(lab, (uint8_t)(lab->end.tree.size + 1));
}

/* ${count} records more, signed and known to be committed. */
static void
grow(struct keeper_lab *lab, unsigned int count, struct lab_head *ret)
{
	const uint64_t base = lab->end.tree.size;

	add(lab, count);
	assert_int_equal(keeper_lab_sign(lab, base, ret), SY_OK);
	assert_int_equal(keeper_lab_confirm(lab, lab->end.tree.size), SY_OK);
}

static void
start_again(struct keeper_lab *lab)
{
	keeper_lab_stop(lab);
	keeper_lab_start(lab);
}

/* --- heads --- */

static enum sy_err
sign_bytes(struct keeper_lab *lab, uint64_t base, const uint8_t *leaves,
    size_t count, const struct sy_head *head)
{
	uint8_t bytes[SY_HEAD_SIZE];
	const uint8_t *view;
	size_t len;

	sy_head_encode(head, bytes);
	keeper_begin(lab->k);
	keeper_add_head(lab->k, base, leaves, count, bytes);
	return keeper_lab_run(lab, &view, &len);
}

static void
a_head_that_is_not_that_of_its_leaves_is_not_signed(void **state)
{
	struct keeper_lab *lab = *state;
	struct lab_head signed_head;
	struct sy_head head, bad;
	uint8_t *new;

	grow(lab, 5, &signed_head);
	add(lab, 3);
	new = lab->leaf[5];
	assert_int_equal(log_end_head(&lab->end, &head), SY_OK);
	print_message("  another root\n");
	bad = head;
	bad.root[31] ^= 1;
	assert_int_equal(sign_bytes(lab, 5, new, 3, &bad), SY_ERR_HISTORY);
	print_message("  another chain\n");
	bad = head;
	bad.chain[0] ^= 1;
	assert_int_equal(sign_bytes(lab, 5, new, 3, &bad), SY_ERR_HISTORY);
	print_message("  another size\n");
	bad = head;
	bad.size++;
	assert_int_equal(sign_bytes(lab, 5, new, 3, &bad), SY_ERR_HISTORY);
	print_message("  older than what is there\n");
	bad = head;
	bad.time = 4;
	assert_int_equal(sign_bytes(lab, 5, new, 3, &bad), SY_ERR_HISTORY);
	print_message("  a leaf less, another leaf, in another order\n");
	assert_int_equal(sign_bytes(lab, 5, new, 2, &head), SY_ERR_HISTORY);
	assert_int_equal(sign_bytes(lab, 5, lab->leaf[4], 3, &head),
	    SY_ERR_HISTORY);
	print_message("  from where the log never was\n");
	assert_int_equal(sign_bytes(lab, 0, lab->leaf[0], 8, &head),
	    SY_ERR_STATE);
	assert_int_equal(sign_bytes(lab, 4, lab->leaf[4], 4, &head),
	    SY_ERR_STATE);
	assert_int_equal(sign_bytes(lab, 6, lab->leaf[6], 2, &head),
	    SY_ERR_STATE);
	print_message("  with nothing new\n");
	assert_int_equal(sign_bytes(lab, 5, NULL, 0, &head), SY_ERR_STATE);
	print_message("  but the right one\n");
	assert_int_equal(sign_bytes(lab, 5, new, 3, &head), SY_OK);
}

static void
an_empty_log_has_one_head(void **state)
{
	struct keeper_lab *lab = *state;
	struct lab_head head;

	assert_int_equal(keeper_lab_sign(lab, 0, &head), SY_OK);
	assert_int_equal(keeper_lab_sign(lab, 0, &head), SY_ERR_STATE);
	grow(lab, 1, &head);
	memset(&lab->end, 0, sizeof(lab->end));
	assert_int_equal(keeper_lab_sign(lab, 0, &head), SY_ERR_STATE);
}

/* Forget the records behind ${size}: their group did not reach the disk. */
static void
lose(struct keeper_lab *lab, const struct log_end *at)
{
	lab->end = *at;
}

static void
a_group_that_was_lost_is_built_around_by_a_larger_one(void **state)
{
	struct keeper_lab *lab = *state;
	struct lab_head head, lost;
	struct log_end before;

	grow(lab, 4, &head);
	before = lab->end;
	add(lab, 3);
	assert_int_equal(keeper_lab_sign(lab, 4, &lost), SY_OK);
	print_message("  no size is signed twice\n");
	lose(lab, &before);
	keeper_lab_add(lab, 100);
	add(lab, 2);
	assert_int_equal(keeper_lab_sign(lab, 4, &head), SY_ERR_STATE);
	add(lab, 1);
	assert_int_equal(keeper_lab_sign(lab, 4, &head), SY_OK);
	print_message("  what was lost can't come back\n");
	assert_int_equal(keeper_lab_confirm(lab, 7), SY_ERR_STATE);
	assert_int_equal(keeper_lab_confirm(lab, 8), SY_OK);
	assert_int_equal(keeper_lab_confirm(lab, 8), SY_OK);
	assert_int_equal(keeper_lab_confirm(lab, 4), SY_ERR_STATE);
}

static void
who_builds_on_a_head_can_not_go_back_behind_it(void **state)
{
	struct keeper_lab *lab = *state;
	struct lab_head head;
	struct log_end before;
	bool fresh;

	grow(lab, 2, &head);
	before = lab->end;
	add(lab, 1);
	assert_int_equal(keeper_lab_sign(lab, 2, &head), SY_OK);
	assert_int_equal(keeper_lab_history(lab, &fresh), 2);
	add(lab, 1);
	assert_int_equal(keeper_lab_sign(lab, 3, &head), SY_OK);
	assert_int_equal(keeper_lab_history(lab, &fresh), 3);
	assert_false(fresh);
	lose(lab, &before);
	keeper_lab_add(lab, 100);
	add(lab, 5);
	assert_int_equal(keeper_lab_sign(lab, 2, &head), SY_ERR_STATE);
}

/* --- after a start --- */

static void
a_log_goes_on_from_what_was_committed(void **state)
{
	struct keeper_lab *lab = *state;
	struct lab_head head;
	bool fresh;

	grow(lab, 3, &head);
	for (uint64_t ahead = 0; ahead < 2; ahead++) {
		print_message("  %s\n",
		    ahead != 0 ? "whose last head was not confirmed"
			       : "that was confirmed");
		if (ahead != 0) {
			add(lab, 2);
			assert_int_equal(keeper_lab_sign(lab, 3, &head), SY_OK);
		}
		start_again(lab);
		assert_int_equal(keeper_lab_history(lab, &fresh), 3);
		assert_false(fresh);
		assert_int_equal(keeper_lab_resume(lab, 3, lab->end.tree.size,
				     &head),
		    SY_OK);
		assert_int_equal(keeper_lab_history(lab, &fresh),
		    lab->end.tree.size);
	}
	print_message("  and that is kept\n");
	start_again(lab);
	assert_int_equal(keeper_lab_history(lab, &fresh), 5);
}

static void
a_log_that_is_shorter_or_another_is_refused(void **state)
{
	struct keeper_lab *lab = *state;
	struct lab_head older, newest, forged;
	struct log_end before;

	grow(lab, 3, &older);
	grow(lab, 2, &newest);
	start_again(lab);
	(void)keeper_lab_history(lab, &(bool){ false });
	print_message("  shorter\n");
	assert_int_equal(keeper_lab_resume(lab, 5, 5, &older), SY_ERR_HISTORY);
	print_message("  not signed by us\n");
	forged = newest;
	forged.signature[63] ^= 1;
	assert_int_equal(keeper_lab_resume(lab, 5, 5, &forged),
	    SY_ERR_SIGNATURE);
	keeper_lab_head(lab, &forged);
	forged.head[SY_HEAD_SIZE - 1] ^= 1;
	assert_int_equal(keeper_lab_resume(lab, 5, 5, &forged),
	    SY_ERR_SIGNATURE);
	print_message("  another one of that size, that we signed once\n");
	before = lab->end;
	add(lab, 1);
	assert_int_equal(keeper_lab_sign(lab, 5, &forged), SY_OK);
	lose(lab, &before);
	start_again(lab);
	keeper_lab_add(lab, 100);
	assert_int_equal(keeper_lab_sign(lab, 5, &newest), SY_OK);
	assert_int_equal(keeper_lab_confirm(lab, 6), SY_OK);
	start_again(lab);
	assert_int_equal(keeper_lab_resume(lab, 6, 6, &forged), SY_ERR_HISTORY);
	assert_int_equal(keeper_lab_resume(lab, 6, 6, &newest), SY_OK);
}

static void
other_leaves_than_those_of_the_head_are_refused(void **state)
{
	struct keeper_lab *lab = *state;
	struct lab_head head;

	grow(lab, 3, &head);
	add(lab, 4);
	assert_int_equal(keeper_lab_sign(lab, 3, &head), SY_OK);
	start_again(lab);
	assert_int_equal(keeper_lab_resume(lab, 3, 6, &head), SY_ERR_HISTORY);
	(void)keeper_lab_history(lab, &(bool){ false });
	assert_int_equal(keeper_lab_resume(lab, 2, 6, &head), SY_ERR_HISTORY);
	(void)keeper_lab_history(lab, &(bool){ false });
	print_message("  they may come in pieces\n");
	keeper_begin(lab->k);
	keeper_add_show(lab->k, lab->leaf[3], 2);
	assert_int_equal(keeper_run(lab->k), SY_OK);
	assert_int_equal(keeper_lab_resume(lab, 5, 7, &head), SY_OK);
}

/* A server that was taken over might show a lost group, and go another way
 * before it is finished. */
static void
what_was_shown_is_void_once_something_else_is_committed(void **state)
{
	struct keeper_lab *lab = *state;
	struct lab_head lost, head;
	struct log_end before;
	uint8_t first[SY_DIGEST_SIZE];

	grow(lab, 2, &head);
	before = lab->end;
	add(lab, 1);
	memcpy(first, lab->leaf[2], sizeof(first));
	assert_int_equal(keeper_lab_sign(lab, 2, &lost), SY_OK);
	lose(lab, &before);
	(void)keeper_lab_history(lab, &(bool){ false });
	keeper_begin(lab->k);
	keeper_add_show(lab->k, first, 1);
	assert_int_equal(keeper_run(lab->k), SY_OK);
	keeper_lab_add(lab, 100);
	add(lab, 1);
	assert_int_equal(keeper_lab_sign(lab, 2, &head), SY_OK);
	assert_int_equal(keeper_lab_confirm(lab, 4), SY_OK);
	assert_int_equal(keeper_lab_resume(lab, 4, 4, &lost), SY_ERR_HISTORY);
	assert_int_equal(keeper_lab_resume(lab, 4, 4, &head), SY_OK);
}

static void
without_its_file_it_takes_the_log_that_it_is_shown(void **state)
{
	struct keeper_lab *lab = *state;
	struct lab_head head, other;
	struct sy_tree tree;
	bool fresh;

	grow(lab, 7, &head);
	print_message("  not while it has the file\n");
	assert_int_equal(keeper_lab_adopt(lab, &lab->end.tree, &head),
	    SY_ERR_FORMAT);
	assert_int_equal(unlink(keeper_lab_state(lab)), 0);
	for (int i = 0; i < 2; i++) {
		print_message("  until something was added to it\n");
		start_again(lab);
		assert_int_equal(keeper_lab_history(lab, &fresh), 0);
		assert_true(fresh);
		add(lab, 1);
		assert_int_equal(keeper_lab_sign(lab, 7, &other), SY_ERR_STATE);
		assert_int_equal(keeper_lab_confirm(lab, 7), SY_ERR_STATE);
		lab->end.tree.size--; /* not signed */
		tree = lab->end.tree;
		tree.size = 7;
		tree.edges = 3;
		memset(tree.edge[2], 7, SY_DIGEST_SIZE);
		tree.edge[0][0] ^= 1;
		assert_int_equal(keeper_lab_adopt(lab, &tree, &head),
		    SY_ERR_HISTORY);
		memset(&lab->end, 0, sizeof(lab->end));
		add(lab, 7);
		assert_int_equal(keeper_lab_adopt(lab, &lab->end.tree, &head),
		    SY_OK);
		assert_int_equal(keeper_lab_history(lab, &fresh), 7);
		assert_false(fresh);
		assert_int_equal(keeper_lab_adopt(lab, &lab->end.tree, &head),
		    SY_ERR_FORMAT);
	}
	grow(lab, 1, &head);
	start_again(lab);
	assert_int_equal(keeper_lab_history(lab, &fresh), 8);
	assert_false(fresh);
}

/* --- the file --- */

static void
at_slot(const struct keeper_lab *lab, unsigned int slot, bool write,
    uint8_t data[KEPT_SLOT])
{
	const int fd = open(keeper_lab_state(lab), O_RDWR | O_CLOEXEC);
	const off_t at = (off_t)slot * KEPT_SLOT;

	assert_true(fd >= 0);
	assert_int_equal(write ? pwrite(fd, data, KEPT_SLOT, at)
			       : pread(fd, data, KEPT_SLOT, at),
	    KEPT_SLOT);
	assert_int_equal(close(fd), 0);
}

static void
a_write_that_was_cut_off_leaves_the_one_before(void **state)
{
	static const size_t lengths[] = { 0, 1, 2, 30, 100, 117 };
	struct keeper_lab *lab = *state;
	uint8_t newest[KEPT_SLOT], torn[KEPT_SLOT], older[KEPT_SLOT];
	struct lab_head head;
	bool fresh;

	/* The file begins in slot 0. */
	grow(lab, 2, &head);
	grow(lab, 2, &head);
	grow(lab, 1, &head);
	at_slot(lab, 1, false, newest);
	at_slot(lab, 0, false, older);
	for (size_t i = 0; i < SY_COUNT(lengths); i++) {
		print_message("  %zu bytes\n", lengths[i]);
		memcpy(torn, older, sizeof(torn));
		memcpy(torn, newest, lengths[i]);
		keeper_lab_stop(lab);
		at_slot(lab, 1, true, torn);
		keeper_lab_start(lab);
		assert_int_equal(keeper_lab_history(lab, &fresh), 4);
		assert_int_equal(keeper_lab_resume(lab, 4, 5, &head), SY_OK);
		start_again(lab);
		assert_int_equal(keeper_lab_history(lab, &fresh), 5);
	}
}

/* A keeper whose limits may be set without a right of root's. */
static void
may_limit(struct keeper_lab *lab)
{
	lab->ours = true;
	start_again(lab);
}

/* Files that ${pid} (0: we, and keepers that we start) writes end here. */
static void
end_files(pid_t pid, rlim_t at)
{
	struct rlimit limit;

	assert_int_equal(prlimit(pid, RLIMIT_FSIZE, NULL, &limit), 0);
	limit.rlim_cur = at;
	assert_int_equal(prlimit(pid, RLIMIT_FSIZE, &limit, NULL), 0);
}

/* Nothing of the second slot can be written, or only its beginning. */
static const rlim_t ends[] = { KEPT_SLOT, KEPT_SLOT + 1, KEPT_SLOT + 100 };

/* Three records of which the keeper's file knows, one that it does not. The
 * next write is one to the second slot. */
static void
leave_one(struct keeper_lab *lab, struct lab_head *ret)
{
	const uint64_t base = lab->end.tree.size;

	grow(lab, 2, ret);
	grow(lab, 1, ret);
	add(lab, 1);
	assert_int_equal(keeper_lab_sign(lab, base + 3, ret), SY_OK);
}

/* Once it can write again: the log of ${size} records is one longer, which is
 * signed and kept. */
static void
go_on(struct keeper_lab *lab, uint64_t size)
{
	struct lab_head head;
	bool fresh;

	end_files(lab->pid, RLIM_INFINITY);
	print_message("  and then\n");
	assert_int_equal(keeper_lab_sign(lab, size, &head), SY_OK);
	assert_int_equal(keeper_lab_history(lab, &fresh), size);
	assert_int_equal(keeper_lab_confirm(lab, size + 1), SY_OK);
	start_again(lab);
	assert_int_equal(keeper_lab_history(lab, &fresh), size + 1);
}

static void
nothing_is_signed_while_the_one_before_can_not_be_kept(void **state)
{
	struct keeper_lab *lab = *state;
	struct lab_head head, next;
	bool fresh;

	may_limit(lab);
	for (size_t i = 0; i < SY_COUNT(ends); i++) {
		const uint64_t size = lab->end.tree.size + 4;

		print_message("  %llu bytes\n", (unsigned long long)ends[i]);
		leave_one(lab, &head);
		end_files(lab->pid, ends[i]);
		assert_int_equal(keeper_lab_confirm(lab, size), SY_ERR_IO);
		add(lab, 1);
		assert_int_equal(keeper_lab_sign(lab, size, &next), SY_ERR_IO);
		assert_int_equal(keeper_lab_history(lab, &fresh), size - 1);
		go_on(lab, size);
	}
}

/* A disk without room must not keep the server from starting. */
static void
a_start_that_can_not_keep_the_log_goes_on(void **state)
{
	struct keeper_lab *lab = *state;
	struct lab_head head, next;
	bool fresh;

	may_limit(lab);
	for (size_t i = 0; i < SY_COUNT(ends); i++) {
		const uint64_t size = lab->end.tree.size + 4;

		print_message("  %llu bytes\n", (unsigned long long)ends[i]);
		leave_one(lab, &head);
		keeper_lab_stop(lab);
		end_files(0, ends[i]);
		keeper_lab_start(lab);
		end_files(0, RLIM_INFINITY);
		assert_int_equal(keeper_lab_history(lab, &fresh), size - 1);
		assert_int_equal(keeper_lab_resume(lab, size - 1, size, &head),
		    SY_OK);
		add(lab, 1);
		assert_int_equal(keeper_lab_sign(lab, size, &next), SY_ERR_IO);
		go_on(lab, size);
	}
}

static void
a_file_without_a_whole_slot_is_refused_by_name(void **state)
{
	static const struct {
		const char *what;
		unsigned int at;
	} tc[] = { { "length", 1 }, { "label", 10 }, { "fresh", 21 },
		{ "number", 29 }, { "time", 37 }, { "chain", 40 },
		{ "tree", 100 } };
	struct keeper_lab *lab = *state;
	uint8_t slot[2][KEPT_SLOT], bad[KEPT_SLOT];
	struct sy_error error = { 0 };
	struct lab_head head;

	grow(lab, 2, &head);
	grow(lab, 2, &head);
	keeper_lab_stop(lab);
	for (unsigned int s = 0; s < 2; s++)
		at_slot(lab, s, false, slot[s]);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		for (unsigned int s = 0; s < 2; s++) {
			memcpy(bad, slot[s], sizeof(bad));
			bad[tc[i].at] ^= 1;
			at_slot(lab, s, true, bad);
		}
		assert_int_equal(keeper_lab_try(lab, &error), SY_ERR_FORMAT);
		assert_string_equal(error.place, keeper_lab_state(lab));
	}
	print_message("  each in the other's place\n");
	at_slot(lab, 0, true, slot[1]);
	at_slot(lab, 1, true, slot[0]);
	assert_int_equal(keeper_lab_try(lab, &error), SY_ERR_FORMAT);
	print_message("  cut\n");
	at_slot(lab, 0, true, slot[0]);
	at_slot(lab, 1, true, slot[1]);
	assert_int_equal(truncate(keeper_lab_state(lab), KEPT_SLOT), 0);
	assert_int_equal(keeper_lab_try(lab, &error), SY_ERR_FORMAT);
	assert_int_equal(truncate(keeper_lab_state(lab), 0), 0);
	assert_int_equal(keeper_lab_try(lab, &error), SY_ERR_FORMAT);
	print_message("  a good one again\n");
	at_slot(lab, 0, true, slot[0]);
	at_slot(lab, 1, true, slot[1]);
	keeper_lab_start(lab);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_head_that_is_not_that_of_its_leaves_is_not_signed),
		CASE(an_empty_log_has_one_head),
		CASE(a_group_that_was_lost_is_built_around_by_a_larger_one),
		CASE(who_builds_on_a_head_can_not_go_back_behind_it),
		CASE(a_log_goes_on_from_what_was_committed),
		CASE(a_log_that_is_shorter_or_another_is_refused),
		CASE(other_leaves_than_those_of_the_head_are_refused),
		CASE(what_was_shown_is_void_once_something_else_is_committed),
		CASE(without_its_file_it_takes_the_log_that_it_is_shown),
		CASE(a_write_that_was_cut_off_leaves_the_one_before),
		CASE(nothing_is_signed_while_the_one_before_can_not_be_kept),
		CASE(a_start_that_can_not_keep_the_log_goes_on),
		CASE(a_file_without_a_whole_slot_is_refused_by_name),
	};

	/* A file that is too long is an error of the write. */
	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
