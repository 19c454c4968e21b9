/* SPDX-License-Identifier: Apache-2.0 */
/* LOG-2: alteration, loss, reordering and truncation of the log are found and
 * named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/ledgers.h"

static enum sy_err
run_audit(struct ledger_tx *tx, void *ctx)
{
	return place_audit(tx, ctx, "");
}

/* Ten records in ten groups, some with rows. */
static int
setup(void **state)
{
	static struct place place;
	static char action[] = "test.step";
	struct terminal_row terminal;
	char name[16];

	place_make(&place);
	place_open(&place);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(place_run(&place, run_audit, action), SY_OK);
		(void)snprintf(name, sizeof(name), "pc-%d", i);
		sample_terminal(&terminal, name);
		place_insert(&place, &row_type_terminal, &terminal);
	}
	*state = &place;
	return 0;
}

static void
a_sound_log_has_no_problem(void **state)
{
	struct place *place = *state;
	struct ledger_report report = { .problem = NULL };

	assert_int_equal(ledger_verify(place->ledger, place->keepers[2],
			     &report),
	    SY_OK);
	assert_int_equal(report.problems, 0);
	assert_int_equal(report.records, 10);
	/* That of the empty log too. */
	assert_int_equal(report.heads, 11);
	assert_int_equal(report.rows, 5);
}

static void
each_change_of_the_stopped_log_is_named(void **state)
{
	static const struct {
		const char *what;
		const char *sql;
		const char *place; /* NULL: not even opened */
	} tc[] = {
		{ "body altered",
		    "UPDATE audit SET body = zeroblob(100) WHERE seq = 4",
		    "record 4: can't be opened" },
		{ "body of another record",
		    "UPDATE audit SET body = (SELECT body FROM audit"
		    " WHERE seq = 5) WHERE seq = 4",
		    "record 4: can't be opened" },
		{ "body that is text",
		    "UPDATE audit SET body = 'x'"
		    " WHERE seq = 4",
		    "record 4: can't be opened" },
		{ "body too long",
		    "UPDATE audit SET body = zeroblob(100000) WHERE seq = 4",
		    "record 4: can't be opened" },
		{ "commitment altered",
		    "UPDATE audit SET commitment = zeroblob(32) WHERE seq = 4",
		    "record 4: can't be opened" },
		{ "record of another time",
		    "UPDATE audit SET time = time + 1 WHERE seq = 4",
		    "head 4: has another tree" },
		{ "record older than the one before",
		    "UPDATE audit SET time = 1 WHERE seq = 4",
		    "record 4: is older" },
		{ "first record removed", "DELETE FROM audit WHERE seq = 1",
		    "record 1: is missing" },
		{ "record removed", "DELETE FROM audit WHERE seq = 4",
		    "record 4: is missing" },
		{ "records swapped",
		    "UPDATE audit SET seq = 99 WHERE seq = 4;"
		    "UPDATE audit SET seq = 4 WHERE seq = 5;"
		    "UPDATE audit SET seq = 5 WHERE seq = 99",
		    "record 4: can't be opened" },
		{ "record put in between, the others moved",
		    "UPDATE audit SET seq = -seq WHERE seq > 4;"
		    "UPDATE audit SET seq = 1 - seq WHERE seq < 0;"
		    "INSERT INTO audit SELECT 5, time, commitment, body"
		    " FROM audit WHERE seq = 4",
		    NULL },
		{ "record added",
		    "INSERT INTO audit SELECT 11, time, commitment, body"
		    " FROM audit WHERE seq = 10",
		    NULL },
		{ "last record removed", "DELETE FROM audit WHERE seq = 10",
		    NULL },
		{ "last record and head removed",
		    "DELETE FROM audit WHERE seq = 10;"
		    "DELETE FROM head WHERE size = 10",
		    NULL },
		{ "all records removed", "DELETE FROM audit", NULL },
		{ "head altered",
		    "UPDATE head SET head = (SELECT head FROM head"
		    " WHERE size = 5) WHERE size = 4",
		    "head 4: does not bear" },
		{ "head with signature of another place",
		    "UPDATE head SET head = (SELECT head FROM head"
		    " WHERE size = 5), signature = (SELECT signature FROM head"
		    " WHERE size = 5) WHERE size = 4",
		    "head 4: is of another size" },
		{ "head that is no bytes",
		    "UPDATE head SET head = 7"
		    " WHERE size = 4",
		    "head 4: is malformed" },
		{ "newest head altered",
		    "UPDATE head SET signature = (SELECT signature FROM head"
		    " WHERE size = 9) WHERE size = 10",
		    NULL },
		{ "head at a place without a record",
		    "UPDATE audit SET seq = 99 WHERE seq = 4;"
		    "UPDATE audit SET seq = 100 WHERE seq = 10;"
		    "UPDATE audit SET seq = 10 WHERE seq = 99",
		    NULL },
		{ "tree altered", "UPDATE tree SET edge = zeroblob(41)", NULL },
	};
	struct place *place = *state;
	struct sy_error error = { 0 };
	char first[256];

	place_close(place);
	place_save(place);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		place_sql(place, tc[i].sql);
		if (tc[i].place == NULL) {
			assert_int_equal(place_try_open(place, &error),
			    SY_ERR_LOG);
		} else {
			place_open(place);
			assert_true(place_verify(place, first, sizeof(first)) >
			    0);
			assert_memory_equal(first, tc[i].place,
			    strlen(tc[i].place));
		}
		place_restore(place);
	}
	place_open(place);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

static void
what_was_answered_and_is_gone_from_the_running_log_is_missed(void **state)
{
	struct place *place = *state;
	char first[256];

	/* Shorter by three, tree and all, as by an older copy of the file. */
	place_sql(place,
	    "DELETE FROM audit WHERE seq > 7; DELETE FROM head WHERE size > 7;"
	    "DELETE FROM terminal WHERE seq > 7");
	assert_true(place_verify(place, first, sizeof(first)) > 0);
	assert_string_equal(first,
	    "record 8: is missing although this server has signed it");
}

static void
an_older_copy_with_the_keepers_file_verifies_but_its_head_is_older(void **state)
{
	static char action[] = "test.step";
	uint8_t bytes[SY_HEAD_SIZE], signature[SY_ED25519_SIG_SIZE];
	struct place *place = *state;
	struct sy_head before, after;

	place_close(place);
	place_save(place);
	place_open(place);
	assert_int_equal(place_run(place, run_audit, action), SY_OK);
	ledger_head(place->ledger, bytes, signature);
	assert_int_equal(sy_head_decode(bytes, sizeof(bytes), &before), SY_OK);
	place_restore(place);
	place_open(place);
	/* This is what only a head that is kept elsewhere can show. */
	assert_int_equal(place_verify(place, NULL, 0), 0);
	ledger_head(place->ledger, bytes, signature);
	assert_int_equal(sy_head_decode(bytes, sizeof(bytes), &after), SY_OK);
	assert_true(after.size < before.size);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, place_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_sound_log_has_no_problem),
		CASE(each_change_of_the_stopped_log_is_named),
		CASE(
		    what_was_answered_and_is_gone_from_the_running_log_is_missed),
		CASE(
		    an_older_copy_with_the_keepers_file_verifies_but_its_head_is_older),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
