/* SPDX-License-Identifier: Apache-2.0 */
#include "server/ledger/ledger.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "server/ledger/ledger_int.h"
#include "tests/support/drop_vfs.h"
#include "tests/support/ledgers.h"

/* --- many requests at once --- */

/* The ledger thread stands still in the first request until it is let go, so
 * that all others are one group. */
struct gate {
	pthread_barrier_t barrier;
	enum sy_err result;
};

static enum sy_err
run_gate(struct ledger_tx *tx, void *ctx)
{
	struct gate *gate = ctx;

	(void)tx;
	(void)pthread_barrier_wait(&gate->barrier);
	(void)pthread_barrier_wait(&gate->barrier);
	return SY_OK;
}

static void
gate_done(void *ctx, enum sy_err result)
{
	struct gate *gate = ctx;

	gate->result = result;
	/* Nobody waits at it any more. */
	(void)pthread_barrier_destroy(&gate->barrier);
}

static void
gate_close(struct place *place, struct gate *gate)
{
	assert_int_equal(pthread_barrier_init(&gate->barrier, NULL, 2), 0);
	assert_int_equal(ledger_submit(place->ledger, run_gate, gate_done,
			     gate),
	    SY_OK);
	(void)pthread_barrier_wait(&gate->barrier);
}

static void
gate_open(struct gate *gate)
{
	(void)pthread_barrier_wait(&gate->barrier);
}

/* Requests that write a record and an ID each; every third fails. */
#define MANY 30
struct many {
	unsigned int number;
	unsigned int *finished; /* how many were before it */
	unsigned int order;
	enum sy_err result;
	unsigned int calls;
};

static enum sy_err
run_many(struct ledger_tx *tx, void *ctx)
{
	const struct many *m = ctx;
	char subject[32];
	struct id_row id;
	enum sy_err err;

	(void)snprintf(subject, sizeof(subject), "user%u", m->number);
	sample_id(&id, subject);
	if ((err = place_audit(tx, "test.many", subject)) != SY_OK ||
	    (err = row_insert(tx, &row_type_id, &id)) != SY_OK)
		return err;
	return m->number % 3 == 2 ? SY_ERR_CANCELLED : SY_OK;
}

static void
many_done(void *ctx, enum sy_err result)
{
	struct many *m = ctx;

	m->result = result;
	m->order = (*m->finished)++;
	m->calls++;
}

static void
submit_many(struct place *place, struct many *m, unsigned int *finished)
{
	*finished = 0;
	for (unsigned int i = 0; i < MANY; i++) {
		m[i] = (struct many){ .number = i, .finished = finished };
		assert_int_equal(ledger_submit(place->ledger, run_many,
				     many_done, &m[i]),
		    SY_OK);
	}
}

static int64_t
count(struct place *place, const char *sql)
{
	char text[32];

	place_query(place, sql, text, sizeof(text));
	return strtoll(text, NULL, 10);
}

static void
a_group_is_one_head_and_each_request_stands_for_itself(void **state)
{
	struct place *place = *state;
	unsigned int finished = 0;
	struct many many[MANY];
	struct gate gate;
	const int64_t heads = count(place, "SELECT count(*) FROM head");

	gate_close(place, &gate);
	submit_many(place, many, &finished);
	assert_int_equal(ledger_queue(place->ledger), MANY);
	gate_open(&gate);
	while (finished < MANY)
		place_dispatch(place);
	assert_int_equal(gate.result, SY_OK);
	for (unsigned int i = 0; i < MANY; i++) {
		assert_int_equal(many[i].result,
		    i % 3 == 2 ? SY_ERR_CANCELLED : SY_OK);
		assert_int_equal(many[i].order, i);
		assert_int_equal(many[i].calls, 1);
	}
	/* The gate wrote nothing and has no head. */
	assert_int_equal(count(place, "SELECT count(*) FROM head"), heads + 1);
	assert_int_equal(count(place, "SELECT count(*) FROM audit"),
	    MANY / 3 * 2);
	assert_int_equal(count(place, "SELECT count(*) FROM id"), MANY / 3 * 2);
	assert_int_equal(place_count_records(place, "test.many", "user0"), 1);
	assert_int_equal(place_count_records(place, "test.many", "user2"), 0);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

static void
no_group_begins_while_requests_are_gathered(void **state)
{
	static const struct timespec moment = { .tv_nsec = 20000000 };
	struct place *place = *state;
	unsigned int finished = 0;
	struct many many[MANY];
	struct gate gate;
	const int64_t heads = count(place, "SELECT count(*) FROM head");

	/* Not behind a group that is under way either. */
	gate_close(place, &gate);
	ledger_gather(place->ledger);
	submit_many(place, many, &finished);
	gate_open(&gate);
	place_dispatch(place);
	(void)nanosleep(&moment, NULL);
	assert_int_equal(ledger_queue(place->ledger), MANY);
	assert_int_equal(count(place, "SELECT count(*) FROM head"), heads);
	ledger_release(place->ledger);
	while (finished < MANY)
		place_dispatch(place);
	assert_int_equal(count(place, "SELECT count(*) FROM head"), heads + 1);
}

static void
what_writes_nothing_is_answered_without_a_head(void **state)
{
	struct place *place = *state;
	const int64_t heads = count(place, "SELECT count(*) FROM head");

	assert_int_equal(place_count_records(place, "test.none", NULL), 0);
	assert_int_equal(count(place, "SELECT count(*) FROM head"), heads);
}

static enum sy_err
run_nothing(struct ledger_tx *tx, void *ctx)
{
	(void)tx;
	(void)ctx;
	return SY_OK;
}

static void
count_done(void *ctx, enum sy_err result)
{
	if (result == SY_OK)
		++*(unsigned int *)ctx;
}

static void
too_many_that_wait_are_told_to_come_again(void **state)
{
	struct place *place = *state;
	unsigned int done = 0, refused = 0;
	struct gate gate;

	gate_close(place, &gate);
	for (unsigned int i = 0; i < LEDGER_QUEUE_MAX; i++)
		assert_int_equal(ledger_submit(place->ledger, run_nothing,
				     count_done, &done),
		    SY_OK);
	assert_int_equal(ledger_submit(place->ledger, run_nothing, count_done,
			     &refused),
	    SY_ERR_BUSY);
	gate_open(&gate);
	while (done < LEDGER_QUEUE_MAX)
		place_dispatch(place);
	assert_int_equal(refused, 0);
	assert_int_equal(done, LEDGER_QUEUE_MAX);
}

static void
what_waits_is_finished_before_the_end(void **state)
{
	struct place *place = *state;
	unsigned int finished = 0;
	struct many many[MANY];

	submit_many(place, many, &finished);
	place_close(place);
	assert_int_equal(finished, MANY);
	place_open(place);
	assert_int_equal(count(place, "SELECT count(*) FROM id"), MANY / 3 * 2);
}

static void
what_was_gathered_is_finished_before_the_end(void **state)
{
	struct place *place = *state;
	unsigned int finished = 0;
	struct many many[MANY];

	ledger_gather(place->ledger);
	submit_many(place, many, &finished);
	place_close(place);
	assert_int_equal(finished, MANY);
	place_open(place);
	assert_int_equal(count(place, "SELECT count(*) FROM id"), MANY / 3 * 2);
}

static enum sy_err
run_large(struct ledger_tx *tx, void *ctx)
{
	static const uint8_t value[7000];
	const struct sy_audit_pair pair = { "large", value, sizeof(value),
		false };
	const struct sy_audit_record record = { .actor = "",
		.terminal = "",
		.subject = "",
		.action = "test.large",
		.outcome = SY_OUTCOME_DONE,
		.reason = "",
		.pairs = &pair,
		.pair_count = 1 };
	uint64_t seq;

	(void)ctx;
	return ledger_audit(tx, &record, &seq);
}

static void
more_than_one_group_can_hold_goes_into_the_next(void **state)
{
	struct place *place = *state;
	const int64_t heads = count(place, "SELECT count(*) FROM head");
	unsigned int done = 0;
	struct gate gate;

	gate_close(place, &gate);
	for (unsigned int i = 0; i < 700; i++)
		assert_int_equal(ledger_submit(place->ledger, run_large,
				     count_done, &done),
		    SY_OK);
	gate_open(&gate);
	while (done < 700)
		place_dispatch(place);
	assert_int_equal(count(place, "SELECT count(*) FROM audit"), 700);
	assert_int_equal(count(place, "SELECT count(*) FROM head"), heads + 3);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

/* --- records --- */

static enum sy_err
run_bad_record(struct ledger_tx *tx, void *ctx)
{
	const struct sy_audit_record *record = ctx;
	uint64_t seq;

	if (place_audit(tx, "test.good", "") != SY_OK)
		return SY_ERR_INTERNAL;
	/* Whoever does not look at the result is undone all the same. */
	(void)!ledger_audit(tx, record, &seq);
	return SY_OK;
}

static void
a_record_that_cannot_be_written_undoes_its_request(void **state)
{
	static const uint8_t large[SY_AUDIT_BODY_MAX];
	const struct sy_audit_pair unsorted[] = { { "b", large, 1, false },
		{ "a", large, 1, false } };
	const struct sy_audit_pair rows = { "rows", large, 1, false };
	const struct sy_audit_pair too_large = { "x", large, sizeof(large),
		false };
	struct sy_audit_record record = { .actor = "",
		.terminal = "",
		.subject = "",
		.action = "test.bad",
		.outcome = SY_OUTCOME_DONE,
		.reason = "" };
	struct place *place = *state;

	record.pairs = unsorted;
	record.pair_count = 2;
	assert_int_equal(place_run(place, run_bad_record, &record), SY_ERR_ARG);
	record.pairs = &rows;
	record.pair_count = 1;
	assert_int_equal(place_run(place, run_bad_record, &record), SY_ERR_ARG);
	record.pairs = &too_large;
	assert_int_equal(place_run(place, run_bad_record, &record),
	    SY_ERR_LIMIT);
	record.pair_count = 0;
	record.action = "two\nlines";
	assert_int_equal(place_run(place, run_bad_record, &record), SY_ERR_ARG);
	assert_int_equal(count(place, "SELECT count(*) FROM audit"), 0);
	assert_int_equal(place_count_records(place, "test.good", NULL), 0);
}

static enum sy_err
run_insert_many(struct ledger_tx *tx, void *ctx)
{
	const unsigned int *n = ctx;
	struct terminal_row row;
	enum sy_err err;
	char name[32];

	if ((err = place_audit(tx, "test.rows", "")) != SY_OK)
		return err;
	for (unsigned int i = 0; err == SY_OK && i < *n; i++) {
		(void)snprintf(name, sizeof(name), "pc-%u", i);
		sample_terminal(&row, name);
		err = row_insert(tx, &row_type_terminal, &row);
	}
	return err;
}

struct seen {
	char rows[256];
	uint64_t seqs[16];
	size_t count;
	size_t stop_at;
};

static enum sy_err
note_record(void *ctx, const struct sy_audit_record *record)
{
	struct seen *seen = ctx;

	for (size_t i = 0; i < record->pair_count; i++) {
		if (strcmp(record->pairs[i].key, "rows") == 0)
			(void)snprintf(seen->rows, sizeof(seen->rows), "%.*s",
			    (int)record->pairs[i].len,
			    (const char *)record->pairs[i].value);
	}
	seen->seqs[seen->count++] = record->seq;
	return seen->count == seen->stop_at ? SY_ERR_CANCELLED : SY_OK;
}

static void
a_record_names_the_rows_that_it_changed(void **state)
{
	struct place *place = *state;
	struct seen seen = { .count = 0 };
	struct token_row token;
	unsigned int n = 3;
	struct id_row id;

	assert_int_equal(place_run(place, run_insert_many, &n), SY_OK);
	assert_int_equal(ledger_read_log(place->ledger, 0, note_record, &seen),
	    SY_OK);
	assert_string_equal(seen.rows, "terminal:1 terminal:2 terminal:3");
	sample_id(&id, "suzuki");
	place_insert(place, &row_type_id, &id);
	sample_token(&token, 1, 1);
	place_insert(place, &row_type_token, &token);
	seen.count = 0;
	seen.stop_at = 1;
	assert_int_equal(ledger_read_log(place->ledger, 0, note_record, &seen),
	    SY_ERR_CANCELLED);
	assert_string_equal(seen.rows, "token:1@1");
}

static void
a_record_that_cannot_name_all_its_rows_undoes_them(void **state)
{
	struct place *place = *state;
	unsigned int n = 600;
	int64_t rows;

	assert_int_equal(place_run(place, run_insert_many, &n), SY_ERR_LIMIT);
	assert_int_equal(row_count(ledger_reader(place->ledger),
			     &row_type_terminal, &rows),
	    SY_OK);
	assert_int_equal(rows, 0);
	n = 300;
	assert_int_equal(place_run(place, run_insert_many, &n), SY_OK);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

static enum sy_err
run_audit(struct ledger_tx *tx, void *ctx)
{
	return place_audit(tx, ctx, "");
}

static void
the_log_is_read_backwards_in_parts(void **state)
{
	static char action[] = "test.step";
	struct place *place = *state;
	struct seen seen = { .stop_at = 3 };

	for (int i = 0; i < 10; i++)
		assert_int_equal(place_run(place, run_audit, action), SY_OK);
	assert_int_equal(ledger_read_log(place->ledger, 0, note_record, &seen),
	    SY_ERR_CANCELLED);
	assert_int_equal(seen.seqs[0], 10);
	assert_int_equal(seen.seqs[2], 8);
	seen.count = seen.stop_at = 0;
	assert_int_equal(ledger_read_log(place->ledger, 4, note_record, &seen),
	    SY_OK);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.seqs[0], 3);
	assert_int_equal(seen.seqs[2], 1);
	seen.count = 0;
	assert_int_equal(ledger_read_log(place->ledger, 1, note_record, &seen),
	    SY_OK);
	assert_int_equal(seen.count, 0);
}

static void
the_newest_head_is_signed_and_covers_what_was_answered(void **state)
{
	static char action[] = "test.head";
	uint8_t bytes[SY_HEAD_SIZE], signature[SY_ED25519_SIG_SIZE];
	struct place *place = *state;
	struct sy_head head;

	for (uint64_t i = 1; i <= 3; i++) {
		assert_int_equal(place_run(place, run_audit, action), SY_OK);
		ledger_head(place->ledger, bytes, signature);
		assert_int_equal(
		    sy_head_verify(keeper_head_key(place->keepers[0]), bytes,
			signature),
		    SY_OK);
		assert_int_equal(sy_head_decode(bytes, sizeof(bytes), &head),
		    SY_OK);
		assert_int_equal(head.size, i);
	}
}

/* --- time --- */

static enum sy_err
run_clock_ahead(struct ledger_tx *tx, void *ctx)
{
	int64_t *now = ctx;

	/* As if the clock had been an hour ahead, and is set back now. */
	tx->ledger->group.now += INT64_C(3600) * 1000000;
	tx->now = tx->ledger->group.now;
	*now = ledger_now(tx);
	return place_audit(tx, "test.ahead", "");
}

static enum sy_err
run_clock(struct ledger_tx *tx, void *ctx)
{
	*(int64_t *)ctx = ledger_now(tx);
	return place_audit(tx, "test.after", "");
}

static void
time_does_not_go_back_with_the_clock(void **state)
{
	struct place *place = *state;
	int64_t ahead = 0, after = 0;

	assert_int_equal(place_run(place, run_clock_ahead, &ahead), SY_OK);
	assert_int_equal(place_run(place, run_clock, &after), SY_OK);
	assert_true(after >= ahead);
	place_close(place);
	place_open(place);
	assert_int_equal(place_run(place, run_clock, &after), SY_OK);
	assert_true(after >= ahead);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

/* --- bad days --- */

static void
pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* A hang guard, not a promise. */
static void
wait_for_trouble(struct place *place, enum sy_err trouble)
{
	for (int i = 0; i < 1000; i++) {
		if (ledger_trouble(place->ledger) == trouble)
			return;
		pause_ms(20);
	}
	fail_msg("the ledger stays in another state");
}

/* LOG-3 */
static void
a_full_database_refuses_whole_groups_and_service_resumes(void **state)
{
	uint8_t bytes[SY_HEAD_SIZE], signature[SY_ED25519_SIG_SIZE];
	struct place *place = *state;
	struct sy_head before, after;
	unsigned int finished = 0;
	struct many many[MANY];
	struct gate gate;

	place_insert(place, &row_type_id, &(struct id_row){ .login = "first" });
	ledger_head(place->ledger, bytes, signature);
	assert_int_equal(sy_head_decode(bytes, sizeof(bytes), &before), SY_OK);
	drop_vfs_fill(true);
	gate_close(place, &gate);
	submit_many(place, many, &finished);
	gate_open(&gate);
	while (finished < MANY)
		place_dispatch(place);
	for (unsigned int i = 0; i < MANY; i++)
		assert_int_equal(many[i].result, SY_ERR_STORE_FULL);
	assert_int_equal(ledger_trouble(place->ledger), SY_ERR_STORE_FULL);
	assert_int_equal(place_run(place, run_large, NULL), SY_ERR_STORE_FULL);
	/* Nothing of it is on disk or in memory. */
	assert_int_equal(count(place, "SELECT count(*) FROM audit"),
	    before.size);
	assert_int_equal(count(place, "SELECT count(*) FROM id"), 1);
	assert_int_equal(place_verify(place, NULL, 0), 0);

	/* Room again: without any request the ledger finds out. */
	drop_vfs_fill(false);
	wait_for_trouble(place, SY_OK);
	submit_many(place, many, &finished);
	while (finished < MANY)
		place_dispatch(place);
	assert_int_equal(many[0].result, SY_OK);
	assert_int_equal(count(place, "SELECT count(*) FROM id"),
	    1 + MANY / 3 * 2);
	assert_int_equal(place_count_records(place, "alarm.log", NULL), 1);
	assert_int_equal(place_count_records(place, "log.lost", NULL),
	    MANY / 3 * 2);
	ledger_head(place->ledger, bytes, signature);
	assert_int_equal(sy_head_decode(bytes, sizeof(bytes), &after), SY_OK);
	assert_true(after.size > before.size);
	assert_int_equal(place_verify(place, NULL, 0), 0);
	place_close(place);
	place_open(place);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

static enum sy_err
run_limit_pages(struct ledger_tx *tx, void *ctx)
{
	(void)ctx;
	/* No less than there are already: not one more. */
	return db_script(tx->ledger->db, "PRAGMA max_page_count = 1");
}

struct insertion {
	unsigned int rows;
	enum sy_err result;
	bool over;
};

static enum sy_err
run_insertion(struct ledger_tx *tx, void *ctx)
{
	struct insertion *insertion = ctx;

	return run_insert_many(tx, &insertion->rows);
}

static void
insertion_done(void *ctx, enum sy_err result)
{
	struct insertion *insertion = ctx;

	insertion->result = result;
	insertion->over = true;
}

static void
a_request_that_finds_no_room_takes_its_group_with_it(void **state)
{
	struct place *place = *state;
	struct insertion insertion = { .rows = 300 };
	unsigned int finished = 0, limited = 0;
	struct many many[MANY];
	struct gate gate;

	gate_close(place, &gate);
	submit_many(place, many, &finished);
	assert_int_equal(ledger_submit(place->ledger, run_limit_pages,
			     count_done, &limited),
	    SY_OK);
	/* All before the gate opens: else it may come to the next group. */
	assert_int_equal(ledger_submit(place->ledger, run_insertion,
			     insertion_done, &insertion),
	    SY_OK);
	gate_open(&gate);
	while (!insertion.over)
		place_dispatch(place);
	assert_int_equal(insertion.result, SY_ERR_STORE_FULL);
	assert_int_equal(limited, 0);
	assert_int_equal(finished, MANY);
	for (unsigned int i = 0; i < MANY; i++)
		assert_int_equal(many[i].result, SY_ERR_STORE_FULL);
	place_close(place);
	/* The limit is the connection's. */
	place_open(place);
	assert_int_equal(count(place, "SELECT count(*) FROM audit"), 0);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

/* Take all room that the file system has. */
static void
fill_disk(const char *path)
{
	static const char block[4096];
	const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	(void)close(fd);
}

/* LOG-3 on a real file system. */
static void
a_full_disk_refuses_and_service_resumes(void **state)
{
	static struct place place;
	char dir[] = "/tmp/sy-full-XXXXXX", filler[64];
	enum sy_err err = SY_OK;

	(void)state;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL),
	    0);
	assert_int_equal(mount("none", dir, "tmpfs", 0, "size=3m,mode=755"), 0);
	place_make_in(&place, dir);
	place_open(&place);
	(void)snprintf(filler, sizeof(filler), "%s/filler", dir);
	fill_disk(filler);
	for (int i = 0; err == SY_OK && i < 1000; i++)
		err = place_run(&place, run_large, NULL);
	assert_int_equal(err, SY_ERR_STORE_FULL);
	assert_int_equal(place_run(&place, run_large, NULL), SY_ERR_STORE_FULL);
	assert_int_equal(place_verify(&place, NULL, 0), 0);
	assert_int_equal(unlink(filler), 0);
	wait_for_trouble(&place, SY_OK);
	assert_int_equal(place_run(&place, run_large, NULL), SY_OK);
	assert_int_equal(place_count_records(&place, "alarm.log", NULL), 1);
	assert_int_equal(place_verify(&place, NULL, 0), 0);
	place_remove(&place);
	assert_int_equal(umount(dir), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
a_database_that_another_program_holds_refuses_and_service_resumes(void **state)
{
	struct place *place = *state;
	static char action[] = "test.locked";
	sqlite3 *other;

	assert_int_equal(sqlite3_open(place->database, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL,
			     NULL),
	    SQLITE_OK);
	assert_int_equal(place_run(place, run_audit, action),
	    SY_ERR_STORE_LOCKED);
	assert_int_equal(ledger_trouble(place->ledger), SY_ERR_STORE_LOCKED);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL),
	    SQLITE_OK);
	(void)sqlite3_close(other);
	wait_for_trouble(place, SY_OK);
	assert_int_equal(place_run(place, run_audit, action), SY_OK);
	assert_int_equal(place_count_records(place, action, NULL), 1);
	assert_int_equal(place_count_records(place, "alarm.log", NULL), 1);
}

static void
without_its_keeper_nothing_is_decided(void **state)
{
	struct place *place = *state;
	static char action[] = "test.keeper";
	char records[32];

	assert_int_equal(place_run(place, run_audit, action), SY_OK);
	assert_int_equal(kill(place->keeper, SIGKILL), 0);
	assert_int_equal(place_run(place, run_audit, action), SY_ERR_KEEPER);
	assert_int_equal(ledger_trouble(place->ledger), SY_ERR_KEEPER);
	place_query(place, "SELECT count(*) FROM audit", records,
	    sizeof(records));
	assert_string_equal(records, "1");
	place_new_keeper(place);
	place_open(place);
	assert_int_equal(place_run(place, run_audit, action), SY_OK);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

/* --- opening --- */

static void
only_what_was_created_is_opened(void **state)
{
	static const struct {
		const char *what;
		const char *sql;
		enum sy_err err;
	} tc[] = {
		{ "newer schema", "UPDATE schema_version SET version = 99",
		    SY_ERR_VERSION },
		{ "no version", "DELETE FROM schema_version",
		    SY_ERR_STORE_DAMAGED },
		{ "version 0", "UPDATE schema_version SET version = 0",
		    SY_ERR_STORE_DAMAGED },
		{ "another program's", "DROP TABLE schema_version",
		    SY_ERR_STORE_DAMAGED },
		{ "no head", "DELETE FROM head", SY_ERR_LOG },
		{ "no tree", "DELETE FROM tree", SY_ERR_LOG },
		{ "a malformed tree", "UPDATE tree SET edge = x'0102'",
		    SY_ERR_LOG },
		{ "a malformed head", "UPDATE head SET head = zeroblob(12)",
		    SY_ERR_LOG },
		{ "a head of zeros", "UPDATE head SET head = zeroblob(130)",
		    SY_ERR_LOG },
		{ "a false signature",
		    "UPDATE head SET signature = zeroblob(64)", SY_ERR_LOG },
		{ "a head that is no bytes", "UPDATE head SET head = 'text'",
		    SY_ERR_STORE_DAMAGED },
	};
	struct place *place = *state;
	struct ledger_config config;
	struct sy_error error;

	place_insert(place, &row_type_id, &(struct id_row){ .login = "first" });
	place_close(place);
	place_save(place);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		error = (struct sy_error){ 0 };
		place_sql(place, tc[i].sql);
		assert_int_equal(place_try_open(place, &error), tc[i].err);
		assert_int_equal(error.code, tc[i].err);
		assert_true(error.text[0] != '\0');
		place_restore(place);
	}
	place_config(place, &config);
	assert_int_equal(ledger_create(&config, &error), SY_ERR_EXISTS);
	place_open(place);
	assert_int_equal(place_try_open(place, &error), SY_ERR_STORE_LOCKED);
}

static void
a_file_that_is_cut_or_overwritten_is_not_opened(void **state)
{
	struct place *place = *state;
	struct sy_error error = { 0 };
	struct stat st;

	place_insert(place, &row_type_id, &(struct id_row){ .login = "first" });
	place_close(place);
	place_save(place);
	assert_int_equal(stat(place->database, &st), 0);
	for (off_t size = 0; size < st.st_size; size += 2048) {
		print_message("  cut at %ld\n", (long)size);
		assert_int_equal(truncate(place->database, size), 0);
		if (place_try_open(place, &error) == SY_OK) {
			/* What is missing is no table that is read at start:
			 * it shows when it is used. */
			struct ledger_report report = { .problem = NULL };

			assert_true(ledger_verify(place->ledger,
					place->keepers[2], &report) != SY_OK ||
			    report.problems != 0 || size + 4096 > st.st_size);
		}
		place_restore(place);
	}
	place_open(place);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

static int
drop_setup(void **state)
{
	drop_vfs_install();
	return place_setup(state);
}

static int
drop_teardown(void **state)
{
	(void)place_teardown(state);
	drop_vfs_remove();
	return 0;
}

#define CASE(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
#define DROP_CASE(name)                                                        \
	cmocka_unit_test_setup_teardown(name, drop_setup, drop_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_group_is_one_head_and_each_request_stands_for_itself),
		CASE(no_group_begins_while_requests_are_gathered),
		CASE(what_writes_nothing_is_answered_without_a_head),
		CASE(too_many_that_wait_are_told_to_come_again),
		CASE(what_waits_is_finished_before_the_end),
		CASE(what_was_gathered_is_finished_before_the_end),
		CASE(more_than_one_group_can_hold_goes_into_the_next),
		CASE(a_record_that_cannot_be_written_undoes_its_request),
		CASE(a_record_names_the_rows_that_it_changed),
		CASE(a_record_that_cannot_name_all_its_rows_undoes_them),
		CASE(the_log_is_read_backwards_in_parts),
		CASE(the_newest_head_is_signed_and_covers_what_was_answered),
		CASE(time_does_not_go_back_with_the_clock),
		DROP_CASE(
		    a_full_database_refuses_whole_groups_and_service_resumes),
		CASE(a_request_that_finds_no_room_takes_its_group_with_it),
		cmocka_unit_test(a_full_disk_refuses_and_service_resumes),
		CASE(
		    a_database_that_another_program_holds_refuses_and_service_resumes),
		CASE(without_its_keeper_nothing_is_decided),
		CASE(only_what_was_created_is_opened),
		CASE(a_file_that_is_cut_or_overwritten_is_not_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
