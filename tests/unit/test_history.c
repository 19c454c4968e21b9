/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's log and what the keeper knows of it, over starts of both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/ledger/ledger_int.h"
#include "tests/support/ledgers.h"

static enum sy_err
run_records(struct ledger_tx *tx, void *ctx)
{
	const unsigned int *count = ctx;
	enum sy_err err = SY_OK;

	for (unsigned int i = 0; err == SY_OK && i < *count; i++)
		err = place_audit(tx, "test.step", "");
	return err;
}

static void
add(struct place *place, unsigned int count)
{
	assert_int_equal(place_run(place, run_records, &count), SY_OK);
}

static void
expect_refused(struct place *place, const char *what)
{
	struct sy_error error = { 0 };

	assert_int_equal(place_try_open(place, &error), SY_ERR_HISTORY);
	assert_null(place->ledger);
	assert_string_equal(error.place, place->database);
	assert_non_null(strstr(error.text, what));
}

static void
an_older_copy_of_the_database_is_refused(void **state)
{
	struct place *place = *state;

	add(place, 3);
	place_close(place);
	place_save(place);
	place_open(place);
	add(place, 2);
	place_restore_database(place);
	expect_refused(place, "ends at record 3, but the keeper knows 5");
	print_message("  with the keeper's file of that time it is not\n");
	place_restore(place);
	place_open(place);
	add(place, 1);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

static void
a_copy_that_went_another_way_is_refused(void **state)
{
	struct place *place = *state;
	char other[192];

	add(place, 3);
	place_close(place);
	place_save(place);
	place_open(place);
	add(place, 9);
	place_close(place);
	(void)snprintf(other, sizeof(other), "%s.other", place->database);
	assert_int_equal(rename(place->database, other), 0);
	place_restore(place);
	place_open(place);
	add(place, 5);
	place_new_keeper(place);
	assert_int_equal(rename(other, place->database), 0);
	expect_refused(place, "another log than the one of which the keeper");
}

/* The last group of a server that was killed, which the keeper has not heard
 * to be committed. */
static void
what_was_committed_last_need_not_be_confirmed(void **state)
{
	struct place *place = *state;

	add(place, 3);
	place_close(place);
	place_save(place);
	place_open(place);
	add(place, 4);
	add(place, 1);
	place_close(place);
	print_message("  a power cut took what the keeper wrote last\n");
	place_restore_state(place);
	place_open(place);
	add(place, 1);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

static enum sy_err
run_nothing(struct ledger_tx *tx, void *ctx)
{
	(void)tx;
	(void)ctx;
	return SY_OK;
}

/* While nobody does anything, the timer's requests tell the keeper. */
static void
a_group_without_records_confirms_the_last_one(void **state)
{
	struct place *place = *state;
	struct ledger *ledger = place->ledger;

	add(place, 3);
	assert_int_equal(ledger->confirmed, 0);
	assert_int_equal(place_run(place, run_nothing, NULL), SY_OK);
	assert_int_equal(ledger->confirmed, 3);
	assert_int_equal(place_run(place, run_nothing, NULL), SY_OK);
	add(place, 1);
	assert_int_equal(ledger->confirmed, 3);
	add(place, 1);
	assert_int_equal(ledger->confirmed, 4);
}

static void
a_keeper_that_saw_no_log_yet_is_alarmed_until_it_is_recorded(void **state)
{
	struct place *place = *state;
	char path[192];

	add(place, 3);
	place_stop_keeper(place);
	(void)snprintf(path, sizeof(path), "%s/log.state", place->keys);
	assert_int_equal(unlink(path), 0);
	place_new_keeper(place);
	place_open(place);
	add(place, 1);
	assert_int_equal(place_count_records(place, "alarm.history", "log"), 1);
	place_new_keeper(place);
	place_open(place);
	add(place, 1);
	assert_int_equal(place_count_records(place, "alarm.history", "log"), 1);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

/* --- proofs --- */

static enum sy_err
run_prove(struct ledger_tx *tx, void *ctx)
{
	const struct ledger *ledger = tx->ledger;
	const uint64_t *seq = ctx;
	uint8_t leaf[1][SY_DIGEST_SIZE], got[SY_DIGEST_SIZE];
	uint8_t root[SY_DIGEST_SIZE];
	struct ledger_proof proof;
	enum sy_err err;

	if ((err = ledger_prove(tx, *seq, &proof)) != SY_OK)
		return err;
	assert_int_equal(proof.invited.seq, *seq);
	assert_int_equal(proof.invited.size, ledger->end.tree.size);
	assert_int_equal(log_leaves(ledger->db, *seq, 1, leaf), SY_OK);
	assert_int_equal(sy_tree_path_root(&proof.path, leaf[0], *seq - 1,
			     proof.invited.size, got),
	    SY_OK);
	assert_int_equal(sy_tree_root(&ledger->end.tree, root), SY_OK);
	assert_memory_equal(got, root, sizeof(root));
	return SY_OK;
}

static void
prove_all(struct place *place, const uint64_t *seqs, size_t count)
{
	const uint64_t size = place->ledger->end.tree.size;

	for (size_t i = 0; i < count && seqs[i] <= size; i++) {
		uint64_t seq = seqs[i];

		print_message("  record %llu of %llu\n",
		    (unsigned long long)seq, (unsigned long long)size);
		assert_int_equal(place_run(place, run_prove, &seq), SY_OK);
	}
}

static void
any_record_is_proven_to_be_in_the_log(void **state)
{
	/* To which the log grows: around the ends of blocks. */
	static const unsigned int more[] = { 1, 2, 4092, 1, 1, 4094, 1, 1, 5000,
		3000 };
	static const uint64_t seqs[] = { 1, 2, 3, 4095, 4096, 4097, 8191, 8192,
		8193, 12288, 13000, 16192 };
	struct place *place = *state;
	uint64_t no;

	place_close(place);
	place_save(place);
	place_open(place);
	for (size_t i = 0; i < SY_COUNT(more); i++) {
		add(place, more[i]);
		prove_all(place, seqs, SY_COUNT(seqs));
	}
	no = 0;
	assert_int_equal(place_run(place, run_prove, &no), SY_ERR_NOT_FOUND);
	no = place->ledger->end.tree.size + 1;
	assert_int_equal(place_run(place, run_prove, &no), SY_ERR_NOT_FOUND);
	assert_int_equal(place_verify(place, NULL, 0), 0);
	print_message("  after a start, and a keeper that must be shown all\n");
	place_restore_state(place);
	place_open(place);
	assert_int_equal(place->ledger->confirmed, 16193);
	add(place, 1);
	prove_all(place, seqs, SY_COUNT(seqs));
}

static void
a_stored_node_that_was_altered_is_named(void **state)
{
	static const struct {
		const char *change;
		unsigned int problems;
	} tc[] = {
		{ "UPDATE tree_block SET node = zeroblob(32) WHERE id = 1", 1 },
		{ "UPDATE tree_block SET node = zeroblob(31) WHERE id = 1", 1 },
		{ "DELETE FROM tree_block WHERE id = 1", 1 },
		{ "UPDATE tree_block SET id = 7 WHERE id = 1", 2 },
	};
	struct place *place = *state;
	uint64_t seq = 3;
	char first[256];

	add(place, 3 * TREE_BLOCK + 5);
	place_close(place);
	place_save(place);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].change);
		place_restore(place);
		place_sql(place, tc[i].change);
		place_open(place);
		assert_int_equal(place_verify(place, first, sizeof(first)),
		    tc[i].problems);
		assert_string_equal(first,
		    "block 1: is not that of its records");
		assert_int_equal(place_run(place, run_prove, &seq), SY_ERR_LOG);
	}
}

static void
a_stored_node_of_no_block_is_named(void **state)
{
	static const struct {
		const char *change, *problem;
	} tc[] = {
		{ "INSERT INTO tree_block (id, node) VALUES (1, zeroblob(32))",
		    "block 1: is there although the log does not have it" },
		{ "INSERT INTO tree_block (id, node) VALUES (-1, zeroblob(32))",
		    "block -1: is there although the log does not have it" },
	};
	struct place *place = *state;
	char first[256];

	add(place, TREE_BLOCK + 5);
	place_close(place);
	place_save(place);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].change);
		place_restore(place);
		place_sql(place, tc[i].change);
		place_open(place);
		assert_int_equal(place_verify(place, first, sizeof(first)), 1);
		assert_string_equal(first, tc[i].problem);
	}
}

#define CASE(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_older_copy_of_the_database_is_refused),
		CASE(a_copy_that_went_another_way_is_refused),
		CASE(what_was_committed_last_need_not_be_confirmed),
		CASE(a_group_without_records_confirms_the_last_one),
		CASE(
		    a_keeper_that_saw_no_log_yet_is_alarmed_until_it_is_recorded),
		CASE(any_record_is_proven_to_be_in_the_log),
		CASE(a_stored_node_that_was_altered_is_named),
		CASE(a_stored_node_of_no_block_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
