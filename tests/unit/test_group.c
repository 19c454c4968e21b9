/* SPDX-License-Identifier: Apache-2.0 */
/* A group, run on the test's own thread while the ledger's sleeps, so that any
 * allocation in it can be made to fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/ledger/ledger_int.h"
#include "tests/support/faults.h"
#include "tests/support/ledgers.h"

#define REQUESTS 4

/* Inserts an ID and changes and deletes what the one before inserted. */
struct work {
	struct request request;
	char login[SY_LOGIN_SIZE];
	int64_t id;
};

static enum sy_err
run_work(struct ledger_tx *tx, void *ctx)
{
	struct work *work = ctx;
	struct terminal_row terminal;
	struct id_row id, back;
	enum sy_err err;

	sample_id(&id, work->login);
	sample_terminal(&terminal, work->login);
	if ((err = place_audit(tx, "test.work", work->login)) != SY_OK ||
	    (err = row_insert(tx, &row_type_id, &id)) != SY_OK ||
	    (err = row_find(ledger_view(tx), &row_type_id, "login", id.login,
		 strlen(id.login), &back)) != SY_OK ||
	    (err = row_insert(tx, &row_type_terminal, &terminal)) != SY_OK ||
	    (err = row_delete(tx, &row_type_terminal, terminal.id)) != SY_OK)
		return err;
	back.state = ID_DISABLED;
	work->id = back.id;
	return row_update(tx, &row_type_id, &back);
}

static void
group(struct place *place, struct work *work, unsigned int attempt)
{
	struct request_queue requests;

	queue_init(&requests);
	for (unsigned int i = 0; i < REQUESTS; i++) {
		work[i] = (struct work){ .request = { .run = run_work } };
		work[i].request.ctx = &work[i];
		(void)snprintf(work[i].login, sizeof(work[i].login), "u%u-%u",
		    attempt, i);
		queue_push(&requests, &work[i].request);
	}
	faults_arm(attempt);
	group_run(place->ledger, &requests);
}

/* What was answered well is there, and of what was not nothing. */
static unsigned int
check(struct place *place, const struct work *work)
{
	struct row_view *view = ledger_reader(place->ledger);
	unsigned int good = 0;
	struct id_row row;
	enum sy_err err;

	for (unsigned int i = 0; i < REQUESTS; i++) {
		err = row_find(view, &row_type_id, "login", work[i].login,
		    strlen(work[i].login), &row);
		if (work[i].request.result == SY_OK) {
			assert_int_equal(err, SY_OK);
			assert_int_equal(row.state, ID_DISABLED);
			assert_int_equal(row.id, work[i].id);
			good++;
		} else {
			/* A keeper whose answer can't be held is gone. */
			assert_true(work[i].request.result == SY_ERR_NOMEM ||
			    work[i].request.result == SY_ERR_KEEPER);
			assert_int_equal(err, SY_ERR_NOT_FOUND);
		}
	}
	return good;
}

static void
every_failed_allocation_undoes_a_request_or_its_group(void **state)
{
	struct work work[REQUESTS];
	unsigned int attempt = 0, all = 0, some = 0, none = 0, good;
	struct place place;
	bool failed;

	(void)state;
	place_make(&place);
	do {
		/* With nothing allocated yet. */
		place_new_keeper(&place);
		place_open(&place);
		group(&place, work, ++attempt);
		failed = faults_disarm();
		good = check(&place, work);
		all += good == REQUESTS;
		some += good > 0 && good < REQUESTS;
		none += good == 0;
		assert_int_equal(place_verify(&place, NULL, 0), 0);
		place_close(&place);
	} while (failed);
	print_message("  %u attempts: %u whole, %u in part, %u not at all\n",
	    attempt, all, some, none);
	assert_true(some > 0);
	assert_true(none > 0);
	assert_int_equal(good, REQUESTS);
	/* No start found anything wrong either. */
	place_open(&place);
	assert_int_equal(place_count_records(&place, "alarm.rows", NULL), 0);
	assert_int_equal(place_verify(&place, NULL, 0), 0);
	place_remove(&place);
}

/* Of a place that is not sound: the longest way. */
static enum sy_err
open_and_verify(struct place *place)
{
	struct ledger_report report = { .problem = NULL };
	struct sy_error error = { 0 };
	enum sy_err err;

	if ((err = place_try_open(place, &error)) != SY_OK ||
	    (err = ledger_verify(place->ledger, place->keepers[2], &report)) !=
		SY_OK)
		return err;
	return report.problems != 0 ? SY_OK : SY_ERR_INTERNAL;
}

static void
every_failed_allocation_in_opening_and_checking_is_told(void **state)
{
	struct hold_row hold;
	struct token_row token;
	struct place place;
	unsigned int n = 0;
	struct id_row id;
	enum sy_err err;
	bool failed;

	(void)state;
	place_make(&place);
	place_open(&place);
	sample_id(&id, "suzuki");
	place_insert(&place, &row_type_id, &id);
	sample_token(&token, 1, 1);
	place_insert(&place, &row_type_token, &token);
	sample_hold(&hold, 1);
	place_insert(&place, &row_type_hold, &hold);
	place_close(&place);
	place_sql(&place, "DELETE FROM hold; UPDATE id SET state = 3");
	place_save(&place);
	do {
		/* Each start adds its alarms to the log. */
		place_restore(&place);
		faults_arm(++n);
		err = open_and_verify(&place);
		failed = faults_disarm();
		if (failed)
			assert_true(err == SY_ERR_NOMEM ||
			    err == SY_ERR_KEEPER || err == SY_OK);
		place_close(&place);
	} while (failed);
	assert_int_equal(err, SY_OK);
	assert_true(n > 40);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_failed_allocation_undoes_a_request_or_its_group),
		cmocka_unit_test(
		    every_failed_allocation_in_opening_and_checking_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
