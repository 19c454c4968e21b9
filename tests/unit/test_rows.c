/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INT-1: rows that are changed behind the server's back are refused, named by
 * an alarm and named by the check of the log; whether the server was stopped or
 * running meanwhile. LOG-2 for what the rows hang on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/ledgers.h"

/* Two of each table; the second one is what tests change. */
static void
fill(struct place *place)
{
	struct id_row id;
	struct token_row token;
	struct hold_row hold;
	struct terminal_row terminal;
	struct invitation_row invitation;
	struct id_event_row event;
	struct password_row password;
	struct lockout_row lockout;
	struct activity_row activity;
	struct session_row session;
	struct card_secret_row secret;
	struct credential_row credential;
	struct key_counter_row counter;
	struct metadata_row metadata;

	for (uint8_t i = 1; i <= 2; i++) {
		sample_id(&id, i == 1 ? "suzuki" : "tanaka");
		place_insert(place, &row_type_id, &id);
		sample_terminal(&terminal, i == 1 ? "pc-1" : "pc-2");
		memcpy(terminal.next_cert, terminal.cert,
		    sizeof(terminal.cert));
		terminal.next_cert_len = terminal.cert_len;
		place_insert(place, &row_type_terminal, &terminal);
		sample_token(&token, i, i);
		place_insert(place, &row_type_token, &token);
		sample_hold(&hold, i);
		place_insert(place, &row_type_hold, &hold);
		sample_invitation(&invitation, i, i, i);
		place_insert(place, &row_type_invitation, &invitation);
		sample_id_event(&event, i);
		place_insert(place, &row_type_id_event, &event);
		sample_password(&password, i, i);
		place_insert(place, &row_type_password, &password);
		sample_lockout(&lockout, i);
		place_insert(place, &row_type_lockout, &lockout);
		sample_activity(&activity, i);
		place_insert(place, &row_type_activity, &activity);
		sample_session(&session, i, i);
		place_insert(place, &row_type_session, &session);
		sample_card_secret(&secret, i, i);
		place_insert(place, &row_type_card_secret, &secret);
		sample_credential(&credential, i, i);
		place_insert(place, &row_type_credential, &credential);
		sample_key_counter(&counter, i);
		place_insert(place, &row_type_key_counter, &counter);
		sample_metadata(&metadata, i);
		place_insert(place, &row_type_metadata, &metadata);
	}
}

static int
setup(void **state)
{
	static struct place place;

	place_make(&place);
	place_open(&place);
	fill(&place);
	*state = &place;
	return 0;
}

struct get {
	const struct row_type *type;
	int64_t id;
};

static enum sy_err
run_get(struct ledger_tx *tx, void *ctx)
{
	_Alignas(max_align_t) uint8_t row[4096];
	const struct get *get = ctx;

	return row_get(ledger_view(tx), get->type, get->id, row);
}

static enum sy_err
writer_get(struct place *place, const struct row_type *type, int64_t id)
{
	struct get get = { type, id };

	return place_run(place, run_get, &get);
}

static enum sy_err
reader_get(struct place *place, const struct row_type *type, int64_t id)
{
	_Alignas(max_align_t) uint8_t row[4096];

	return row_get(ledger_reader(place->ledger), type, id, row);
}

/* Named by verify and by exactly one alarm. */
static void
expect_named(struct place *place, const char *subject)
{
	char first[256];

	assert_true(place_verify(place, first, sizeof(first)) > 0);
	assert_memory_equal(first, subject, strlen(subject));
	assert_int_equal(first[strlen(subject)], ':');
	assert_int_equal(place_count_records(place, "alarm.row", subject), 1);
}

/* One value of row 2 was set by hand in the stopped database. */
static void
one_value(struct place *place, const struct row_type *type, const char *column,
    const char *value)
{
	char sql[256], subject[64];

	print_message("  %s.%s\n", type->table, column);
	(void)snprintf(sql, sizeof(sql), "UPDATE %s SET %s = %s WHERE id = 2",
	    type->table, column, value);
	(void)snprintf(subject, sizeof(subject), "%s:2", type->table);
	place_sql(place, sql);
	place_open(place);
	assert_int_equal(writer_get(place, type, 2), SY_ERR_ROW_ALTERED);
	assert_int_equal(reader_get(place, type, 2), SY_ERR_ROW_ALTERED);
	assert_int_equal(writer_get(place, type, 1), SY_OK);
	assert_int_equal(reader_get(place, type, 1), SY_OK);
	expect_named(place, subject);
	place_close(place);
	place_restore(place);
}

static void
a_value_that_was_altered_while_stopped_is_refused_and_named(void **state)
{
	struct place *place = *state;

	place_close(place);
	place_save(place);
	for (size_t t = 0; row_types[t] != NULL; t++) {
		const struct row_type *type = row_types[t];

		one_value(place, type, "seq", "seq + 1");
		one_value(place, type, "mac", "zeroblob(32)");
		one_value(place, type, "mac", "zeroblob(31)");
		one_value(place, type, "mac", "'text'");
		for (size_t c = 0; c < type->count; c++) {
			const struct column *column = &type->columns[c];
			char name[64];

			if (column->type == COLUMN_INT) {
				one_value(place, type, column->name, "70");
				one_value(place, type, column->name, "1.5");
			} else {
				one_value(place, type, column->name,
				    "zeroblob(40)");
				one_value(place, type, column->name, "'x'");
				one_value(place, type, column->name,
				    "zeroblob(10000)");
			}
			if ((column->flags & COLUMN_FOUND) == 0)
				continue;
			(void)snprintf(name, sizeof(name), "%s_idx",
			    column->name);
			one_value(place, type, name, "zeroblob(32)");
			one_value(place, type, name, "NULL");
		}
	}
	place_open(place);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

static void
a_value_that_was_altered_while_running_is_refused_and_named(void **state)
{
	struct place *place = *state;

	assert_int_equal(writer_get(place, &row_type_token, 2), SY_OK);
	assert_int_equal(reader_get(place, &row_type_token, 2), SY_OK);
	place_sql(place, "UPDATE token SET state = 3 WHERE id = 2");
	assert_int_equal(reader_get(place, &row_type_token, 2),
	    SY_ERR_ROW_ALTERED);
	assert_int_equal(writer_get(place, &row_type_token, 2),
	    SY_ERR_ROW_ALTERED);
	assert_int_equal(writer_get(place, &row_type_token, 1), SY_OK);
	expect_named(place, "token:2");
	assert_int_equal(place_count_records(place, "alarm.store", NULL), 1);
}

static void
the_ledger_notices_by_itself_that_somebody_wrote(void **state)
{
	struct place *place = *state;

	place_sql(place, "UPDATE id SET state = 3 WHERE id = 2");
	/* A request that has nothing to do with it. */
	assert_int_equal(writer_get(place, &row_type_hold, 1), SY_OK);
	place_close(place);
	place_open(place);
	assert_true(place_count_records(place, "alarm.row", "id:2") > 0);
}

static enum sy_err
run_update(struct ledger_tx *tx, void *ctx)
{
	struct token_row row;
	enum sy_err err;

	(void)ctx;
	if ((err = row_get(ledger_view(tx), &row_type_token, 2, &row)) !=
		SY_OK ||
	    (err = place_audit(tx, "test.update", "token:2")) != SY_OK)
		return err;
	row.state = TOKEN_LOST;
	return row_update(tx, &row_type_token, &row);
}

static void
roll_back_token(struct place *place)
{
	char sql[512];

	(void)snprintf(sql, sizeof(sql),
	    "ATTACH '%s.saved' AS saved; DELETE FROM token WHERE id = 2;"
	    "INSERT INTO token SELECT * FROM saved.token WHERE id = 2;"
	    "DETACH saved",
	    place->database);
	place_sql(place, sql);
}

static void
a_lost_card_does_not_come_back_by_an_older_row(void **state)
{
	struct place *place = *state;

	place_close(place);
	place_save(place);
	place_open(place);
	assert_int_equal(place_run(place, run_update, NULL), SY_OK);
	assert_int_equal(reader_get(place, &row_type_token, 2), SY_OK);
	/* While running. */
	roll_back_token(place);
	assert_int_equal(reader_get(place, &row_type_token, 2),
	    SY_ERR_ROW_STALE);
	assert_int_equal(writer_get(place, &row_type_token, 2),
	    SY_ERR_ROW_STALE);
	expect_named(place, "token:2");
	place_close(place);
	/* After a new start. */
	place_open(place);
	assert_int_equal(reader_get(place, &row_type_token, 2),
	    SY_ERR_ROW_STALE);
	assert_int_equal(writer_get(place, &row_type_token, 2),
	    SY_ERR_ROW_STALE);
	assert_int_equal(place_run(place, run_update, NULL), SY_ERR_ROW_STALE);
}

static enum sy_err
count_one(void *ctx, const void *row)
{
	(void)row;
	++*(unsigned int *)ctx;
	return SY_OK;
}

static enum sy_err
holds_of(struct place *place, int64_t token)
{
	unsigned int count = 0;

	return row_walk(ledger_reader(place->ledger), &row_type_hold, "token",
	    token, count_one, &count);
}

/* A token whose hold was taken away must not work as if it had none. */
static void
a_hold_that_was_removed_is_missed_where_it_belongs(void **state)
{
	static const struct {
		const char *what;
		const char *sql;
	} tc[] = {
		{ "deleted", "DELETE FROM hold WHERE id = 2" },
		{ "moved", "UPDATE hold SET token = 1 WHERE id = 2" },
		{ "renumbered", "UPDATE hold SET id = 9 WHERE id = 2" },
	};
	struct place *place = *state;

	place_close(place);
	place_save(place);
	for (size_t i = 0; i < 2 * SY_COUNT(tc); i++) {
		const size_t n = i % SY_COUNT(tc);
		const bool running = i >= SY_COUNT(tc);

		print_message("  %s while %s\n", tc[n].what,
		    running ? "running" : "stopped");
		if (running)
			place_open(place);
		place_sql(place, tc[n].sql);
		if (!running)
			place_open(place);
		assert_int_not_equal(holds_of(place, 2), SY_OK);
		assert_int_equal(holds_of(place, 1), SY_OK);
		assert_int_not_equal(writer_get(place, &row_type_hold, 2),
		    SY_OK);
		assert_true(place_count_records(place, "alarm.row", "hold:2") >
		    0);
		place_close(place);
		place_restore(place);
	}
	place_open(place);
	assert_int_equal(holds_of(place, 2), SY_OK);
}

static void
a_row_that_was_smuggled_in_is_refused(void **state)
{
	struct place *place = *state;
	struct id_row id;

	place_close(place);
	place_sql(place,
	    "INSERT INTO id SELECT 3, seq, mac, login, zeroblob(32), staff,"
	    " NULL, name, kana, born, person, person_idx, kind, state,"
	    " valid_from, valid_to, created FROM id WHERE id = 2");
	place_open(place);
	assert_int_equal(reader_get(place, &row_type_id, 3),
	    SY_ERR_ROW_ALTERED);
	assert_int_equal(writer_get(place, &row_type_id, 3),
	    SY_ERR_ROW_ALTERED);
	expect_named(place, "id:3");
	/* While running; found by an index that was copied. */
	place_sql(place,
	    "UPDATE id SET login_idx = zeroblob(31) WHERE id = 2;"
	    "INSERT INTO id SELECT 4, seq, mac, login, (SELECT staff_idx FROM"
	    " id WHERE id = 2), staff, NULL, name, kana, born, person,"
	    " person_idx, kind, state, valid_from, valid_to, created"
	    " FROM id WHERE id = 2");
	assert_int_equal(reader_get(place, &row_type_id, 4), SY_ERR_NOT_FOUND);
	place_sql(place,
	    "UPDATE id SET staff_idx = zeroblob(31) WHERE id = 2;"
	    "UPDATE id SET staff_idx = login_idx WHERE id = 4");
	assert_int_equal(row_find(ledger_reader(place->ledger), &row_type_id,
			     "staff", "S-tanaka", 8, &id),
	    SY_ERR_ROW_STALE);
}

/* An old row that was valid once, deleted since, is put back. */
static enum sy_err
run_delete_hold(struct ledger_tx *tx, void *ctx)
{
	enum sy_err err;

	(void)ctx;
	if ((err = place_audit(tx, "test.delete", "hold:2")) != SY_OK)
		return err;
	return row_delete(tx, &row_type_hold, 2);
}

static void
a_deleted_row_that_was_put_back_is_refused(void **state)
{
	struct place *place = *state;
	char sql[512];

	place_close(place);
	place_save(place);
	place_open(place);
	assert_int_equal(place_run(place, run_delete_hold, NULL), SY_OK);
	place_close(place);
	(void)snprintf(sql, sizeof(sql),
	    "ATTACH '%s.saved' AS saved;"
	    "INSERT INTO hold SELECT * FROM saved.hold WHERE id = 2",
	    place->database);
	place_sql(place, sql);
	place_open(place);
	assert_int_equal(reader_get(place, &row_type_hold, 2),
	    SY_ERR_ROW_STALE);
	expect_named(place, "hold:2");
}

static void
set_result(void *ctx, enum sy_err result)
{
	*(enum sy_err *)ctx = result;
}

/* A change that SQLite itself does not notice: bytes in the file. */
static void
the_check_on_schedule_finds_what_nobody_uses(void **state)
{
	static char data[4 * 1024 * 1024];
	struct place *place = *state;
	enum sy_err result = SY_ERR_INTERNAL;
	FILE *file;
	size_t len;
	char *at;

	/* Only now is the row in the file and not in its log. */
	place_close(place);
	place_open(place);
	file = fopen(place->database, "r+b");
	assert_non_null(file);
	len = fread(data, 1, sizeof(data), file);
	at = memmem(data, len, "pc-2", 4);
	assert_non_null(at);
	assert_int_equal(fseek(file, at - data + 3, SEEK_SET), 0);
	assert_int_equal(fwrite("3", 1, 1, file), 1);
	assert_int_equal(fclose(file), 0);
	/* Tables have one slice each here. */
	for (size_t i = 0; row_types[i] != NULL; i++) {
		assert_int_equal(ledger_check_rows(place->ledger, set_result,
				     &result),
		    SY_OK);
		place_dispatch(place);
		assert_int_equal(result, SY_OK);
	}
	assert_int_equal(place_count_records(place, "alarm.row", "terminal:2"),
	    1);
	assert_int_equal(writer_get(place, &row_type_terminal, 2),
	    SY_ERR_ROW_ALTERED);
}

static void
many_rows_are_checked_in_slices(void **state)
{
	struct place *place = *state;
	struct id_row id;
	char login[16];
	int64_t count;

	for (int i = 0; i < 600; i++) {
		(void)snprintf(login, sizeof(login), "user%d", i);
		sample_id(&id, login);
		place_insert(place, &row_type_id, &id);
	}
	place_close(place);
	place_sql(place, "UPDATE id SET state = 3 WHERE id IN (256, 257, 602)");
	place_open(place);
	assert_int_equal(row_count(ledger_reader(place->ledger), &row_type_id,
			     &count),
	    SY_OK);
	assert_int_equal(count, 602);
	assert_int_equal(place_verify(place, NULL, 0), 3);
	assert_int_equal(place_count_records(place, "alarm.row", NULL), 3);
	assert_int_equal(reader_get(place, &row_type_id, 257),
	    SY_ERR_ROW_ALTERED);
	assert_int_equal(reader_get(place, &row_type_id, 258), SY_OK);
}

static void
an_alarm_is_raised_once_while_running_and_again_at_each_start(void **state)
{
	struct place *place = *state;

	place_close(place);
	place_sql(place, "UPDATE id SET state = 3 WHERE id = 2");
	for (unsigned int start = 1; start <= 2; start++) {
		place_open(place);
		for (int i = 0; i < 3; i++) {
			(void)writer_get(place, &row_type_id, 2);
			(void)reader_get(place, &row_type_id, 2);
		}
		assert_int_equal(place_count_records(place, "alarm.row",
				     "id:2"),
		    start);
		assert_int_equal(place_count_records(place, "alarm.rows", NULL),
		    start);
		place_close(place);
	}
	/* Mended by putting back what it was. */
	place_sql(place, "UPDATE id SET state = 2 WHERE id = 2");
	place_open(place);
	assert_int_equal(place_verify(place, NULL, 0), 0);
	assert_int_equal(reader_get(place, &row_type_id, 2), SY_OK);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, place_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(
		    a_value_that_was_altered_while_stopped_is_refused_and_named),
		CASE(
		    a_value_that_was_altered_while_running_is_refused_and_named),
		CASE(the_ledger_notices_by_itself_that_somebody_wrote),
		CASE(a_lost_card_does_not_come_back_by_an_older_row),
		CASE(a_hold_that_was_removed_is_missed_where_it_belongs),
		CASE(a_row_that_was_smuggled_in_is_refused),
		CASE(a_deleted_row_that_was_put_back_is_refused),
		CASE(the_check_on_schedule_finds_what_nobody_uses),
		CASE(many_rows_are_checked_in_slices),
		CASE(
		    an_alarm_is_raised_once_while_running_and_again_at_each_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
