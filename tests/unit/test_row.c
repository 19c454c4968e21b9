/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/store/view.h"
#include "tests/support/ledgers.h"

static void
each_table_gives_back_what_was_put_in(void **state)
{
	struct place *place = *state;
	struct row_view *view = ledger_reader(place->ledger);
	struct id_row id, id_back;
	struct token_row token, token_back;
	struct hold_row hold, hold_back;
	struct terminal_row terminal, terminal_back;
	struct invitation_row invitation, invitation_back;

	sample_id(&id, "suzuki");
	place_insert(place, &row_type_id, &id);
	sample_terminal(&terminal, "pc-1");
	place_insert(place, &row_type_terminal, &terminal);
	sample_token(&token, id.id, 7);
	place_insert(place, &row_type_token, &token);
	sample_hold(&hold, token.id);
	place_insert(place, &row_type_hold, &hold);
	sample_invitation(&invitation, terminal.id, id.id, 9);
	place_insert(place, &row_type_invitation, &invitation);

	for (int again = 0; again < 2; again++) {
		assert_int_equal(row_get(view, &row_type_id, id.id, &id_back),
		    SY_OK);
		assert_memory_equal(&id, &id_back, sizeof(id));
		assert_int_equal(row_get(view, &row_type_token, token.id,
				     &token_back),
		    SY_OK);
		assert_memory_equal(&token, &token_back, sizeof(token));
		assert_int_equal(row_get(view, &row_type_hold, hold.id,
				     &hold_back),
		    SY_OK);
		assert_memory_equal(&hold, &hold_back, sizeof(hold));
		assert_int_equal(row_get(view, &row_type_terminal, terminal.id,
				     &terminal_back),
		    SY_OK);
		assert_memory_equal(&terminal, &terminal_back,
		    sizeof(terminal));
		assert_int_equal(row_get(view, &row_type_invitation,
				     invitation.id, &invitation_back),
		    SY_OK);
		assert_memory_equal(&invitation, &invitation_back,
		    sizeof(invitation));
		if (again == 0) {
			place_close(place);
			place_open(place);
			view = ledger_reader(place->ledger);
		}
	}
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

/* --- finding --- */

static void
a_row_is_found_by_what_it_holds_and_by_nothing_else(void **state)
{
	static const struct {
		const char *column;
		const char *value;
		enum sy_err err;
		int64_t id;
	} tc[] = {
		{ "login", "suzuki", SY_OK, 1 },
		{ "login", "tanaka", SY_OK, 2 },
		{ "staff", "S-tanaka", SY_OK, 2 },
		{ "login", "suzuk", SY_ERR_NOT_FOUND, 0 },
		{ "login", "suzuki2", SY_ERR_NOT_FOUND, 0 },
		{ "login", "", SY_ERR_NOT_FOUND, 0 },
		{ "login", "a name that is longer than its column can hold",
		    SY_ERR_NOT_FOUND, 0 },
		{ "staff", "suzuki", SY_ERR_NOT_FOUND, 0 },
		{ "name", "鈴木 suzuki", SY_ERR_ARG, 0 },
		{ "kind", "1", SY_ERR_ARG, 0 },
	};
	struct place *place = *state;
	struct id_row row;

	sample_id(&row, "suzuki");
	place_insert(place, &row_type_id, &row);
	sample_id(&row, "tanaka");
	place_insert(place, &row_type_id, &row);
	for (size_t i = 0; i < 2 * SY_COUNT(tc); i++) {
		const size_t n = i % SY_COUNT(tc);

		print_message("  %s %s\n", tc[n].column, tc[n].value);
		assert_int_equal(row_find(ledger_reader(place->ledger),
				     &row_type_id, tc[n].column, tc[n].value,
				     strlen(tc[n].value), &row),
		    tc[n].err);
		if (tc[n].err == SY_OK)
			assert_int_equal(row.id, tc[n].id);
	}
}

static void
of_several_the_newest_is_found(void **state)
{
	struct place *place = *state;
	struct token_row token, back;
	struct id_row id;

	sample_id(&id, "suzuki");
	place_insert(place, &row_type_id, &id);
	for (int i = 0; i < 3; i++) {
		sample_token(&token, id.id, 1);
		token.state = TOKEN_LOST;
		place_insert(place, &row_type_token, &token);
	}
	assert_int_equal(row_find(ledger_reader(place->ledger), &row_type_token,
			     "spki", token.spki, token.spki_len, &back),
	    SY_OK);
	assert_int_equal(back.id, 3);
}

struct insert_try {
	const struct row_type *type;
	void *row;
};

static enum sy_err
try_insert(struct ledger_tx *tx, void *ctx)
{
	const struct insert_try *t = ctx;
	enum sy_err err;

	if ((err = place_audit(tx, "test.try", "")) != SY_OK)
		return err;
	return row_insert(tx, t->type, t->row);
}

static enum sy_err
insert_says(struct place *place, const struct row_type *type, void *row)
{
	struct insert_try t = { type, row };

	return place_run(place, try_insert, &t);
}

static void
what_must_be_unique_is(void **state)
{
	struct place *place = *state;
	struct token_row token;
	struct id_row id;

	sample_id(&id, "suzuki");
	place_insert(place, &row_type_id, &id);
	sample_id(&id, "suzuki");
	(void)strcpy(id.staff, "other");
	assert_int_equal(insert_says(place, &row_type_id, &id), SY_ERR_EXISTS);
	assert_int_equal(id.id, 0);
	sample_id(&id, "other");
	(void)strcpy(id.staff, "S-suzuki");
	assert_int_equal(insert_says(place, &row_type_id, &id), SY_ERR_EXISTS);
	for (int i = 0; i < 2; i++) {
		sample_id(&id, i == 0 ? "one" : "two");
		id.staff[0] = '\0';
		assert_int_equal(insert_says(place, &row_type_id, &id), SY_OK);
	}
	sample_token(&token, 1, 5);
	assert_int_equal(insert_says(place, &row_type_token, &token), SY_OK);
	sample_token(&token, 1, 5);
	assert_int_equal(insert_says(place, &row_type_token, &token),
	    SY_ERR_EXISTS);
	sample_token(&token, 1, 5);
	token.state = TOKEN_REVOKED;
	assert_int_equal(insert_says(place, &row_type_token, &token), SY_OK);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

static void
a_row_that_belongs_to_nothing_is_refused(void **state)
{
	struct place *place = *state;
	struct token_row token;

	sample_token(&token, 77, 5);
	assert_int_equal(insert_says(place, &row_type_token, &token),
	    SY_ERR_ARG);
}

static void
what_does_not_fit_the_table_is_refused(void **state)
{
	struct place *place = *state;
	struct token_row token;
	struct id_row id;

	sample_id(&id, "suzuki");
	(void)strcpy(id.name, "two\nlines");
	assert_int_equal(insert_says(place, &row_type_id, &id), SY_ERR_ARG);
	sample_id(&id, "suzuki");
	memset(id.name, 'x', sizeof(id.name));
	assert_int_equal(insert_says(place, &row_type_id, &id), SY_ERR_ARG);
	sample_id(&id, "suzuki");
	(void)strcpy(id.login, "\xff\xfe");
	assert_int_equal(insert_says(place, &row_type_id, &id), SY_ERR_ARG);
	sample_id(&id, "suzuki");
	place_insert(place, &row_type_id, &id);
	sample_token(&token, id.id, 1);
	token.spki_len = SY_SPKI_SIZE_MAX + 1;
	assert_int_equal(insert_says(place, &row_type_token, &token),
	    SY_ERR_ARG);
	token.spki_len = SY_SPKI_SIZE_MAX;
	assert_int_equal(insert_says(place, &row_type_token, &token), SY_OK);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

static enum sy_err
insert_without_record(struct ledger_tx *tx, void *ctx)
{
	return row_insert(tx, &row_type_id, ctx);
}

static void
no_row_is_written_without_a_record(void **state)
{
	struct place *place = *state;
	struct id_row id;

	sample_id(&id, "suzuki");
	assert_int_equal(place_run(place, insert_without_record, &id),
	    SY_ERR_STATE);
}

/* --- walking --- */

struct walk {
	int64_t ids[8];
	size_t count;
	size_t stop_at;
};

static enum sy_err
note_id(void *ctx, const void *row)
{
	struct walk *walk = ctx;

	memcpy(&walk->ids[walk->count], row, sizeof(int64_t));
	walk->count++;
	return walk->count == walk->stop_at ? SY_ERR_CANCELLED : SY_OK;
}

static void
two_owners(struct place *place)
{
	struct token_row token;
	struct id_row id;

	sample_id(&id, "one");
	place_insert(place, &row_type_id, &id);
	sample_id(&id, "two");
	place_insert(place, &row_type_id, &id);
	for (uint8_t i = 1; i <= 5; i++) {
		sample_token(&token, i % 2 == 0 ? 2 : 1, i);
		place_insert(place, &row_type_token, &token);
	}
}

static void
a_walk_gives_all_that_belong_together_in_order(void **state)
{
	struct place *place = *state;
	struct row_view *view = ledger_reader(place->ledger);
	struct walk walk = { .count = 0 };
	int64_t count;

	two_owners(place);
	assert_int_equal(row_walk(view, &row_type_token, "owner", 1, note_id,
			     &walk),
	    SY_OK);
	assert_int_equal(walk.count, 3);
	assert_int_equal(walk.ids[0], 1);
	assert_int_equal(walk.ids[1], 3);
	assert_int_equal(walk.ids[2], 5);
	walk.count = 0;
	assert_int_equal(row_walk(view, &row_type_token, NULL, 0, note_id,
			     &walk),
	    SY_OK);
	assert_int_equal(walk.count, 5);
	walk.count = 0;
	assert_int_equal(row_walk(view, &row_type_token, "owner", 3, note_id,
			     &walk),
	    SY_OK);
	assert_int_equal(walk.count, 0);
	walk.stop_at = 2;
	assert_int_equal(row_walk(view, &row_type_token, NULL, 0, note_id,
			     &walk),
	    SY_ERR_CANCELLED);
	assert_int_equal(walk.count, 2);
	assert_int_equal(row_walk(view, &row_type_token, "state", 1, note_id,
			     &walk),
	    SY_ERR_ARG);
	assert_int_equal(row_count(view, &row_type_token, &count), SY_OK);
	assert_int_equal(count, 5);
	assert_int_equal(row_count_listed(view, &row_type_token, "owner", 1,
			     &count),
	    SY_OK);
	assert_int_equal(count, 3);
	assert_int_equal(row_count_listed(view, &row_type_token, "owner", 3,
			     &count),
	    SY_OK);
	assert_int_equal(count, 0);
	assert_int_equal(row_count_listed(view, &row_type_token, "state", 1,
			     &count),
	    SY_ERR_ARG);
}

struct tally {
	unsigned int sets;
	int64_t rows, of_one;
};

static void
take_tally(void *ctx, const int64_t *values, int64_t count)
{
	struct tally *t = ctx;

	t->sets++;
	t->rows += count;
	if (values[0] == 1)
		t->of_one += count;
}

static void
rows_are_counted_by_what_they_hold(void **state)
{
	static const char *const columns[] = { "owner", "state", "method" };
	static const char *const wrong[] = { "owner", "nothing", "method" };
	struct place *p = *state;
	struct row_view *view = ledger_reader(p->ledger);
	struct tally t = { .sets = 0 };

	assert_int_equal(row_tally(view, &row_type_token, columns, take_tally,
			     &t),
	    SY_OK);
	assert_int_equal(t.sets, 0);
	two_owners(p);
	assert_int_equal(row_tally(view, &row_type_token, columns, take_tally,
			     &t),
	    SY_OK);
	assert_int_equal(t.sets, 2);
	assert_int_equal(t.rows, 5);
	assert_int_equal(t.of_one, 3);
	assert_int_equal(row_tally(view, &row_type_token, wrong, take_tally,
			     &t),
	    SY_ERR_STORE);
}

static enum sy_err
delete_it(void *ctx, const void *row)
{
	struct ledger_tx *tx = ctx;
	int64_t id;

	memcpy(&id, row, sizeof(id));
	/* The one behind goes too. */
	if (id == 1 && row_delete(tx, &row_type_token, 3) != SY_OK)
		return SY_ERR_INTERNAL;
	return id == 3 ? SY_ERR_INTERNAL : row_delete(tx, &row_type_token, id);
}

static enum sy_err
run_delete_while_walking(struct ledger_tx *tx, void *ctx)
{
	enum sy_err err;

	(void)ctx;
	if ((err = place_audit(tx, "test.delete", "")) != SY_OK)
		return err;
	return row_walk(ledger_view(tx), &row_type_token, "owner", 1, delete_it,
	    tx);
}

static void
rows_may_be_deleted_during_a_walk(void **state)
{
	struct place *place = *state;
	int64_t count;

	two_owners(place);
	assert_int_equal(place_run(place, run_delete_while_walking, NULL),
	    SY_OK);
	assert_int_equal(row_count(ledger_reader(place->ledger),
			     &row_type_token, &count),
	    SY_OK);
	assert_int_equal(count, 2);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

/* --- changing --- */

static enum sy_err
run_update(struct ledger_tx *tx, void *ctx)
{
	enum sy_err err;

	if ((err = place_audit(tx, "test.update", "")) != SY_OK)
		return err;
	return row_update(tx, &row_type_token, ctx);
}

static void
a_change_shows_everywhere(void **state)
{
	struct place *place = *state;
	struct walk walk = { .count = 0 };
	struct token_row token, back;

	two_owners(place);
	sample_token(&token, 2, 99);
	token.id = 1;
	token.state = TOKEN_LOST;
	memset(token.basis, 0, sizeof(token.basis));
	(void)strcpy(token.basis, "lost on the train");
	assert_int_equal(place_run(place, run_update, &token), SY_OK);
	for (int again = 0; again < 2; again++) {
		struct row_view *view = ledger_reader(place->ledger);

		assert_int_equal(row_get(view, &row_type_token, 1, &back),
		    SY_OK);
		assert_memory_equal(&token, &back, sizeof(token));
		walk.count = 0;
		assert_int_equal(row_walk(view, &row_type_token, "owner", 2,
				     note_id, &walk),
		    SY_OK);
		assert_int_equal(walk.count, 3);
		assert_int_equal(walk.ids[0], 1);
		assert_int_equal(row_find(view, &row_type_token, "spki",
				     token.spki, token.spki_len, &back),
		    SY_OK);
		assert_int_equal(place_verify(place, NULL, 0), 0);
		place_close(place);
		place_open(place);
	}
	token.id = 77;
	assert_int_equal(place_run(place, run_update, &token),
	    SY_ERR_NOT_FOUND);
}

static enum sy_err
run_delete(struct ledger_tx *tx, void *ctx)
{
	const int64_t *id = ctx;
	enum sy_err err;

	if ((err = place_audit(tx, "test.delete", "")) != SY_OK)
		return err;
	return row_delete(tx, &row_type_token, *id);
}

static void
a_deleted_row_is_gone_and_its_id_does_not_come_back(void **state)
{
	struct place *place = *state;
	struct token_row token;
	int64_t id = 5;

	two_owners(place);
	assert_int_equal(place_run(place, run_delete, &id), SY_OK);
	assert_int_equal(place_run(place, run_delete, &id), SY_ERR_NOT_FOUND);
	assert_int_equal(row_get(ledger_reader(place->ledger), &row_type_token,
			     5, &token),
	    SY_ERR_NOT_FOUND);
	place_close(place);
	place_open(place);
	assert_int_equal(row_get(ledger_reader(place->ledger), &row_type_token,
			     5, &token),
	    SY_ERR_NOT_FOUND);
	sample_token(&token, 1, 5);
	place_insert(place, &row_type_token, &token);
	assert_int_equal(token.id, 6);
	/* Nor if somebody sets the counter back. */
	place_close(place);
	place_sql(place, "UPDATE counter SET value = 1");
	place_open(place);
	sample_token(&token, 1, 7);
	place_insert(place, &row_type_token, &token);
	assert_int_equal(token.id, 7);
	assert_int_equal(place_verify(place, NULL, 0), 0);
}

static enum sy_err
run_all_and_fail(struct ledger_tx *tx, void *ctx)
{
	struct token_row token;
	struct hold_row hold;
	enum sy_err err;

	(void)ctx;
	sample_token(&token, 2, 50);
	sample_hold(&hold, 1);
	if ((err = place_audit(tx, "test.fail", "")) != SY_OK ||
	    (err = row_insert(tx, &row_type_token, &token)) != SY_OK ||
	    (err = row_insert(tx, &row_type_hold, &hold)) != SY_OK)
		return err;
	token.id = 1;
	token.spki[0] = 51;
	if ((err = row_update(tx, &row_type_token, &token)) != SY_OK ||
	    (err = row_update(tx, &row_type_token, &token)) != SY_OK ||
	    (err = row_delete(tx, &row_type_id, 1)) == SY_OK)
		return SY_ERR_INTERNAL;
	if ((err = row_delete(tx, &row_type_hold, hold.id)) != SY_OK ||
	    (err = row_delete(tx, &row_type_token, 1)) != SY_OK ||
	    (err = row_delete(tx, &row_type_token, 4)) != SY_OK ||
	    (err = place_audit(tx, "test.fail", "again")) != SY_OK)
		return SY_ERR_INTERNAL;
	return SY_ERR_CANCELLED;
}

static enum sy_err
run_look(struct ledger_tx *tx, void *ctx)
{
	struct row_view *view = ledger_view(tx);
	struct walk *walk = ctx;
	struct token_row token;
	int64_t holds;
	enum sy_err err;

	if ((err = row_walk(view, &row_type_token, "owner", 1, note_id,
		 walk)) != SY_OK ||
	    (err = row_count(view, &row_type_hold, &holds)) != SY_OK ||
	    (err = row_get(view, &row_type_token, 1, &token)) != SY_OK)
		return err;
	return holds == 0 && token.owner == 1 && token.spki[0] == 1
	    ? SY_OK
	    : SY_ERR_INTERNAL;
}

static void
a_failed_request_leaves_nothing_behind(void **state)
{
	struct place *place = *state;
	char records[32], after[32];

	two_owners(place);
	place_query(place, "SELECT max(seq) FROM audit", records,
	    sizeof(records));
	for (int again = 0; again < 2; again++) {
		struct walk walk = { .count = 0 };

		assert_int_equal(place_run(place, run_all_and_fail, NULL),
		    SY_ERR_CANCELLED);
		assert_int_equal(place_run(place, run_look, &walk), SY_OK);
		assert_int_equal(walk.count, 3);
	}
	place_query(place, "SELECT max(seq) FROM audit", after, sizeof(after));
	assert_string_equal(records, after);
	assert_int_equal(place_verify(place, NULL, 0), 0);
	place_close(place);
	place_open(place);
	assert_int_equal(place_count_records(place, "alarm.rows", NULL), 0);
}

/* An update, and what is known of the row without opening it. */
static enum sy_err
run_update_and_read(struct ledger_tx *tx, void *ctx)
{
	struct row_view *view = ledger_view(tx);
	struct token_row *token = ctx, dirty = *token;
	enum sy_err err;

	memset(dirty.basis + strlen(dirty.basis) + 1, 'x', 4);
	memset(dirty.spki + dirty.spki_len, 'x', 4);
	if ((err = place_audit(tx, "test.update", "")) != SY_OK ||
	    (err = row_update(tx, &row_type_token, &dirty)) != SY_OK)
		return err;
	assert_non_null(row_map_get(view->map, &row_type_token, 1)->kept);
	return row_get(view, &row_type_token, 1, token);
}

static enum sy_err
run_get(struct ledger_tx *tx, void *ctx)
{
	return row_get(ledger_view(tx), &row_type_token, 1, ctx);
}

static enum sy_err
run_read(struct ledger_tx *tx, void *ctx)
{
	struct row_view *view = ledger_view(tx);

	assert_non_null(row_map_get(view->map, &row_type_token, 1)->kept);
	return run_get(tx, ctx);
}

static void
what_was_written_is_known_as_it_would_be_read(void **state)
{
	struct place *place = *state;
	struct token_row token, inside, after, back;

	two_owners(place);
	sample_token(&token, 2, 99);
	token.id = 1;
	inside = token;
	assert_int_equal(place_run(place, run_update_and_read, &inside), SY_OK);
	assert_int_equal(place_run(place, run_read, &after), SY_OK);
	assert_int_equal(row_get(ledger_reader(place->ledger), &row_type_token,
			     1, &back),
	    SY_OK);
	assert_memory_equal(&token, &inside, sizeof(token));
	assert_memory_equal(&token, &after, sizeof(token));
	assert_memory_equal(&token, &back, sizeof(token));
	/* A failed one is not. */
	assert_int_equal(place_run(place, run_all_and_fail, NULL),
	    SY_ERR_CANCELLED);
	assert_int_equal(place_run(place, run_get, &back), SY_OK);
	assert_memory_equal(&token, &back, sizeof(token));
	/* Nor one that somebody else has changed since. */
	place_sql(place, "UPDATE token SET state = 3 WHERE id = 1");
	assert_int_equal(place_run(place, run_get, &back), SY_ERR_ROW_ALTERED);
}

static bool
is_looked_up(struct row_view *view, const char *login)
{
	struct index_slot *slot;

	assert_int_equal(view_index(view, "id", "login", login, strlen(login),
			     &slot),
	    SY_OK);
	assert_int_equal(view_sync(view), SY_OK);
	return slot->looked == view->states[row_type_number(&row_type_id)];
}

static void
a_look_up_is_good_until_such_a_row_changes(void **state)
{
	struct place *place = *state;
	struct row_view *view = ledger_reader(place->ledger);
	struct token_row token;
	struct id_row id;

	two_owners(place);
	assert_false(is_looked_up(view, "sato"));
	assert_int_equal(row_find(view, &row_type_id, "login", "sato", 4, &id),
	    SY_ERR_NOT_FOUND);
	sample_token(&token, 1, 77);
	place_insert(place, &row_type_token, &token);
	assert_true(is_looked_up(view, "sato"));
	sample_id(&id, "sato");
	place_insert(place, &row_type_id, &id);
	assert_false(is_looked_up(view, "sato"));
	assert_int_equal(row_find(view, &row_type_id, "login", "sato", 4, &id),
	    SY_OK);
	assert_true(is_looked_up(view, "sato"));
	/* Somebody else may have changed any. */
	place_sql(place, "UPDATE token SET state = 3 WHERE id = 1");
	assert_int_equal(row_get(view, &row_type_id, 1, &id), SY_OK);
	assert_false(is_looked_up(view, "sato"));
}

/* --- the two views --- */

struct meeting {
	pthread_barrier_t barrier;
	struct id_row id;
	enum sy_err result;
};

static enum sy_err
run_insert_and_wait(struct ledger_tx *tx, void *ctx)
{
	struct meeting *m = ctx;
	struct id_row back;
	enum sy_err err;

	if ((err = place_audit(tx, "test.insert", "")) == SY_OK &&
	    (err = row_insert(tx, &row_type_id, &m->id)) == SY_OK)
		err = row_get(ledger_view(tx), &row_type_id, m->id.id, &back);
	(void)pthread_barrier_wait(&m->barrier);
	(void)pthread_barrier_wait(&m->barrier);
	return err;
}

static void
note_result(void *ctx, enum sy_err result)
{
	struct meeting *m = ctx;

	m->result = result;
}

static void
the_reader_sees_a_row_only_after_its_commit(void **state)
{
	struct place *place = *state;
	struct row_view *view = ledger_reader(place->ledger);
	struct meeting m = { .result = SY_ERR_INTERNAL };
	struct id_row back;

	sample_id(&m.id, "suzuki");
	assert_int_equal(pthread_barrier_init(&m.barrier, NULL, 2), 0);
	assert_int_equal(ledger_submit(place->ledger, run_insert_and_wait,
			     note_result, &m),
	    SY_OK);
	(void)pthread_barrier_wait(&m.barrier);
	assert_int_equal(row_get(view, &row_type_id, m.id.id, &back),
	    SY_ERR_NOT_FOUND);
	assert_int_equal(row_find(view, &row_type_id, "login", "suzuki", 6,
			     &back),
	    SY_ERR_NOT_FOUND);
	(void)pthread_barrier_wait(&m.barrier);
	place_dispatch(place);
	assert_int_equal(m.result, SY_OK);
	assert_int_equal(row_get(view, &row_type_id, m.id.id, &back), SY_OK);
	(void)pthread_barrier_destroy(&m.barrier);
}

/* A code that is used up in the very moment in which another looks for it: not
 * found, and nobody has altered anything. */
struct coming {
	struct invitation_row invitation;
	bool there;
	unsigned int turns;
	enum sy_err result;
};

static enum sy_err
run_come_or_go(struct ledger_tx *tx, void *ctx)
{
	struct coming *c = ctx;
	enum sy_err err;

	if ((err = place_audit(tx, "test.come-or-go", "")) != SY_OK)
		return err;
	return c->there ? row_delete(tx, &row_type_invitation, c->invitation.id)
			: row_insert(tx, &row_type_invitation, &c->invitation);
}

static void
next_turn(void *ctx, enum sy_err result)
{
	struct coming *c = ctx;

	c->result = result;
	c->there = !c->there;
	c->turns++;
}

static void
rows_that_come_and_go_are_not_taken_for_altered_ones(void **state)
{
	struct place *place = *state;
	struct row_view *view = ledger_reader(place->ledger);
	static struct coming c;
	struct invitation_row back;
	struct terminal_row terminal;
	unsigned int submitted = 0;

	sample_terminal(&terminal, "pc-1");
	place_insert(place, &row_type_terminal, &terminal);
	c = (struct coming){ .there = false };
	while (c.turns < 400) {
		if (submitted == c.turns) {
			sample_invitation(&c.invitation, terminal.id, 0, 9);
			if (c.there)
				c.invitation.id = c.turns / 2 + 1;
			assert_int_equal(ledger_submit(place->ledger,
					     run_come_or_go, next_turn, &c),
			    SY_OK);
			submitted++;
		}
		const enum sy_err err = row_find(view, &row_type_invitation,
		    "code", c.invitation.code, c.invitation.code_len, &back);

		assert_true(err == SY_OK || err == SY_ERR_NOT_FOUND);
		ledger_dispatch(place->ledger);
		assert_int_equal(c.result, SY_OK);
	}
	assert_int_equal(place_count_records(place, "alarm.row", NULL), 0);
}

static enum sy_err
run_nothing(struct ledger_tx *tx, void *ctx)
{
	(void)tx;
	(void)ctx;
	return SY_OK;
}

/* What another program writes meanwhile is not missed for good: the ledger
 * finds it before it decides, and tells. */
static void
a_reader_with_patience_is_told_by_the_ledger(void **state)
{
	struct place *place = *state;
	struct row_view *view = ledger_reader(place->ledger);
	struct id_row id;

	view->config.patience = INT64_C(3600) * 1000000;
	sample_id(&id, "suzuki");
	place_insert(place, &row_type_id, &id);
	assert_int_equal(row_get(view, &row_type_id, 1, &id), SY_OK);
	place_sql(place, "UPDATE id SET valid_to = valid_to + 1");
	assert_int_equal(row_get(view, &row_type_id, 1, &id), SY_OK);
	assert_int_equal(place_run(place, run_nothing, NULL), SY_OK);
	assert_int_equal(row_get(view, &row_type_id, 1, &id),
	    SY_ERR_ROW_ALTERED);
}

static void
a_reader_asks_the_database_when_its_patience_is_over(void **state)
{
	struct place *place = *state;
	struct row_view *view = ledger_reader(place->ledger);
	struct id_row id;

	view->config.patience = 1;
	sample_id(&id, "suzuki");
	place_insert(place, &row_type_id, &id);
	assert_int_equal(row_get(view, &row_type_id, 1, &id), SY_OK);
	place_sql(place, "UPDATE id SET valid_to = valid_to + 1");
	assert_int_equal(row_get(view, &row_type_id, 1, &id),
	    SY_ERR_ROW_ALTERED);
}

/* The room for a commit's changes is not taken away by a reader that looks
 * between the promise and the commit. */
static void
a_commit_finds_the_room_that_it_was_promised(void **state)
{
	struct row_view_config config = { .db = NULL };
	struct row_view *writer = NULL, *reader = NULL;
	struct row_post post;

	(void)state;
	assert_int_equal(post_init(&post), SY_OK);
	assert_int_equal(view_new(&config, &writer), SY_OK);
	config.post = &post;
	assert_int_equal(view_new(&config, &reader), SY_OK);
	for (int64_t id = 1; id <= 500; id++) {
		for (int64_t i = 0; i < id % 200 + 1; i++) {
			assert_int_equal(view_reserve(writer), SY_OK);
			writer->changes.at[writer->changes.count++] =
			    (struct row_change){
				    .type = &row_type_id, .id = id, .has = true
			    };
		}
		assert_int_equal(post_reserve(&post, writer), SY_OK);
		if (id % 3 != 0)
			assert_int_equal(view_sync(reader), SY_OK);
		post_changes(&post, writer);
		if (id % 2 == 0)
			assert_int_equal(view_sync(reader), SY_OK);
	}
	assert_int_equal(view_sync(reader), SY_OK);
	assert_int_equal(row_map_count(reader->map, &row_type_id), 500);
	view_free(&reader);
	view_free(&writer);
	post_clear(&post);
}

static size_t
kept_rows(const struct row_view *view)
{
	size_t n = 0;

	for (size_t i = 0; i < VIEW_KEPT_MAX; i++)
		n += view->ring[i] != NULL;
	return n;
}

static size_t
kept_size(const struct row_view *view)
{
	size_t size = 0;

	for (size_t i = 0; i < VIEW_KEPT_MAX; i++) {
		if (view->ring[i] != NULL)
			size += sizeof(*view->ring[i]) + view->ring[i]->size;
	}
	return size;
}

/* However many come in a morning; those that are used stay. */
static void
a_view_keeps_no_more_rows_than_it_may(void **state)
{
	const struct row_type *const types[] = { &row_type_id,
		&row_type_lockout, &row_type_token };
	const struct row_state entry_state = { .seq = 1 };
	struct row_view_config config = { .db = NULL };
	struct row_entry *entry, *first = NULL;
	uint8_t row[ROW_SIZE_MAX] = { 0 };
	struct row_view *view = NULL;
	unsigned int lost = 0;

	(void)state;
	assert_int_equal(view_new(&config, &view), SY_OK);
	for (int64_t id = 1; id <= 6000; id++) {
		const struct row_type *type = types[id / 10 % 3];

		assert_int_equal(row_map_put(view->map, type, id, &entry_state,
				     &entry),
		    SY_OK);
		view_keep(view, type, entry, row);
		assert_ptr_equal(view->ring[entry->kept->place], entry->kept);
		if (first == NULL)
			first = entry;
		if (first->kept == NULL) {
			lost++;
			view_keep(view, types[0], first, row);
		}
		first->kept->used = true;
		assert_true(view->kept_bytes <= VIEW_KEPT_BYTES);
		if (id % 500 == 0)
			assert_int_equal(view->kept_bytes, kept_size(view));
	}
	assert_true(view->kept_bytes > VIEW_KEPT_BYTES - ROW_SIZE_MAX);
	/* Once all had been used since the hand began its round. */
	assert_int_equal(lost, 1);
	view_forget(view);
	assert_int_equal(view->kept_bytes, 0);
	assert_int_equal(kept_rows(view), 0);
	view_free(&view);
}

/* And as many small ones as there are places. */
static void
a_view_keeps_as_many_rows_as_it_has_places_for(void **state)
{
	const struct row_state entry_state = { .seq = 1 };
	struct row_view_config config = { .db = NULL };
	uint8_t row[ROW_SIZE_MAX] = { 0 };
	struct row_view *view = NULL;
	struct row_entry *entry;

	(void)state;
	assert_int_equal(view_new(&config, &view), SY_OK);
	for (int64_t id = 1; id <= 2 * VIEW_KEPT_MAX; id++) {
		assert_int_equal(row_map_put(view->map, &row_type_lockout, id,
				     &entry_state, &entry),
		    SY_OK);
		view_keep(view, &row_type_lockout, entry, row);
	}
	assert_int_equal(kept_rows(view), VIEW_KEPT_MAX);
	view_free(&view);
}

/* An unknown name is looked for with the work that a known one costs. */
static void
a_decoy_opens_a_row_as_a_find_does(void **state)
{
	struct place *place = *state;
	struct row_view *view = ledger_reader(place->ledger);
	struct id_row row;

	row_decoy(view, &row_type_id, "login", "nobody", 6);
	assert_int_equal(kept_rows(view), 0);
	sample_id(&row, "suzuki");
	place_insert(place, &row_type_id, &row);
	assert_int_equal(row_find(view, &row_type_id, "login", "nobody", 6,
			     &row),
	    SY_ERR_NOT_FOUND);
	assert_int_equal(kept_rows(view), 0);
	row_decoy(view, &row_type_id, "login", "nobody", 6);
	assert_int_equal(kept_rows(view), 1);
	/* A name that can't be one is no shorter way. */
	view_forget(view);
	row_decoy(view, &row_type_id, "login", "", 0);
	assert_int_equal(kept_rows(view), 1);
}

/* CRYPT-3: a stolen copy of the file names nobody. */
static void
the_file_shows_no_name(void **state)
{
	static const char *const words[] = { "suzuki", "S-suzuki", "鈴木",
		"職員証", "忘れ物", "secret subject" };
	static char data[4 * 1024 * 1024];
	struct place *place = *state;
	struct token_row token;
	struct hold_row hold;
	struct id_row id;
	FILE *file;
	size_t len;

	sample_id(&id, "suzuki");
	place_insert(place, &row_type_id, &id);
	sample_token(&token, id.id, 1);
	place_insert(place, &row_type_token, &token);
	sample_hold(&hold, token.id);
	place_insert(place, &row_type_hold, &hold);
	place_close(place);
	file = fopen(place->database, "rb");
	assert_non_null(file);
	len = fread(data, 1, sizeof(data), file);
	assert_true(len > 4096 && len < sizeof(data));
	(void)fclose(file);
	for (size_t i = 0; i < SY_COUNT(words); i++)
		assert_null(memmem(data, len, words[i], strlen(words[i])));
	/* The search does find things. */
	assert_non_null(memmem(data, len, "spki_idx", 8));
	assert_null(memmem(data, len, token.spki, token.spki_len));
	place_open(place);
}

#define CASE(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_table_gives_back_what_was_put_in),
		CASE(a_row_is_found_by_what_it_holds_and_by_nothing_else),
		CASE(of_several_the_newest_is_found),
		CASE(what_must_be_unique_is),
		CASE(a_row_that_belongs_to_nothing_is_refused),
		CASE(what_does_not_fit_the_table_is_refused),
		CASE(no_row_is_written_without_a_record),
		CASE(a_walk_gives_all_that_belong_together_in_order),
		CASE(rows_are_counted_by_what_they_hold),
		CASE(rows_may_be_deleted_during_a_walk),
		CASE(a_change_shows_everywhere),
		CASE(what_was_written_is_known_as_it_would_be_read),
		CASE(a_look_up_is_good_until_such_a_row_changes),
		CASE(a_deleted_row_is_gone_and_its_id_does_not_come_back),
		CASE(a_failed_request_leaves_nothing_behind),
		CASE(the_reader_sees_a_row_only_after_its_commit),
		CASE(rows_that_come_and_go_are_not_taken_for_altered_ones),
		CASE(a_reader_with_patience_is_told_by_the_ledger),
		CASE(a_reader_asks_the_database_when_its_patience_is_over),
		CASE(a_commit_finds_the_room_that_it_was_promised),
		cmocka_unit_test(a_view_keeps_no_more_rows_than_it_may),
		cmocka_unit_test(
		    a_view_keeps_as_many_rows_as_it_has_places_for),
		CASE(a_decoy_opens_a_row_as_a_find_does),
		CASE(the_file_shows_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
