/* SPDX-License-Identifier: Apache-2.0 */
/* server/auth/logins.c: open logins are bounded and end. */
#include "tests/support/unit.h"

#include "server/auth/logins.h"

#define MAX          4
#define MAX_TERMINAL 2
#define NOW          1000

static int
setup(void **state)
{
	struct logins *l = NULL;

	assert_int_equal(logins_new(MAX, MAX_TERMINAL, &l), SY_OK);
	*state = l;
	return 0;
}

static int
teardown(void **state)
{
	struct logins *l = *state;

	logins_free(&l);
	assert_null(l);
	logins_free(&l);
	return 0;
}

static struct login *
begin(struct logins *l, int64_t terminal, int64_t now)
{
	struct login *login = NULL;

	assert_int_equal(logins_begin(l, terminal, now, &login), SY_OK);
	return login;
}

static void
a_login_is_found_by_its_id_until_its_end(void **state)
{
	struct logins *l = *state;
	struct login *login = begin(l, 1, NOW), *found = NULL;

	assert_int_equal(login->state, LOGIN_PRESENT);
	assert_int_equal(strlen(login->facts.txn_hex), 2 * SY_TXN_SIZE);
	assert_int_equal(logins_find(l, login->facts.txn_hex,
			     NOW + LOGIN_LIFE - 1, &found),
	    SY_OK);
	assert_ptr_equal(found, login);
	assert_int_equal(logins_find(l, login->facts.txn_hex, NOW + LOGIN_LIFE,
			     &found),
	    SY_ERR_NOT_FOUND);
}

static void
ids_are_hex_of_the_right_length(void **state)
{
	struct logins *l = *state;
	struct login *login = begin(l, 1, NOW), *found = NULL;
	char hex[SY_ID_SIZE];

	assert_int_equal(logins_find(l, "", NOW, &found), SY_ERR_FORMAT);
	assert_int_equal(logins_find(l, "zz", NOW, &found), SY_ERR_FORMAT);
	memcpy(hex, login->facts.txn_hex, sizeof(hex));
	hex[0] = hex[0] == '0' ? '1' : '0';
	assert_int_equal(logins_find(l, hex, NOW, &found), SY_ERR_NOT_FOUND);
	hex[31] = '\0';
	assert_int_equal(logins_find(l, hex, NOW, &found), SY_ERR_FORMAT);
}

static void
a_terminal_has_no_more_than_its_share(void **state)
{
	struct logins *l = *state;
	struct login *one = begin(l, 1, NOW), *none = NULL;

	(void)begin(l, 1, NOW);
	assert_int_equal(logins_begin(l, 1, NOW, &none), SY_ERR_BUSY);
	(void)begin(l, 2, NOW);
	(void)begin(l, 2, NOW);
	assert_int_equal(logins_begin(l, 3, NOW, &none), SY_ERR_BUSY);
	assert_int_equal(logins_open(l), MAX);
	logins_remove(l, &one);
	(void)begin(l, 3, NOW);
}

/* ${change}: why the password must change, "" if it need not. */
static void
finish(struct logins *l, struct login *login, const char *change, int64_t now)
{
	struct sy_auth_step step = { .verdict = "allow" };

	(void)snprintf(step.change, sizeof(step.change), "%s", change);
	logins_finish(l, &login, &step, now);
	assert_non_null(login);
}

/* Numbers that fall together wherever they are counted do not count for each
 * other. */
static void
what_a_terminal_has_ended_or_decided_it_may_begin_again(void **state)
{
	struct logins *l = *state;
	struct login *login, *none = NULL;

	for (int64_t terminal = 0; terminal < 5 * 1024; terminal += 1024) {
		login = begin(l, terminal, NOW);
		finish(l, login, "", NOW);
		login = begin(l, terminal, NOW);
		logins_remove(l, &login);
		login = begin(l, terminal, NOW);
		(void)begin(l, terminal, NOW);
		assert_int_equal(logins_begin(l, terminal, NOW, &none),
		    SY_ERR_BUSY);
		logins_remove(l, &login);
		login = logins_expired(l, NOW + LOGIN_LIFE, true);
		while (login != NULL) {
			logins_remove(l, &login);
			login = logins_expired(l, NOW + LOGIN_LIFE, true);
		}
	}
	login = begin(l, 7, NOW);
	(void)begin(l, 7 + 1024, NOW);
	(void)begin(l, 7 + 1024, NOW);
	assert_int_equal(logins_begin(l, 7 + 1024, NOW, &none), SY_ERR_BUSY);
	(void)begin(l, 7, NOW);
	finish(l, login, "", NOW);
	(void)begin(l, 7, NOW);
	assert_int_equal(logins_begin(l, 7, NOW, &none), SY_ERR_BUSY);
}

static void
a_verdict_can_be_fetched_for_a_while(void **state)
{
	struct logins *l = *state;
	struct login *login = begin(l, 1, NOW), *found = NULL;

	login->state = LOGIN_LEDGER;
	finish(l, login, "", NOW + LOGIN_LIFE + 5);
	assert_int_equal(logins_open(l), 0);
	assert_int_equal(logins_find(l, login->facts.txn_hex,
			     NOW + LOGIN_LIFE + 5 + LOGIN_KEPT - 1, &found),
	    SY_OK);
	assert_int_equal(found->state, LOGIN_DONE);
	assert_int_equal(logins_find(l, login->facts.txn_hex,
			     NOW + LOGIN_LIFE + 5 + LOGIN_KEPT, &found),
	    SY_ERR_NOT_FOUND);
}

/* PW-2: who must change a password has time to choose one. */
static void
a_login_lives_longer_while_its_password_must_change(void **state)
{
	struct logins *l = *state;
	struct login *login = begin(l, 1, NOW), *other = begin(l, 1, NOW);

	finish(l, login, "temporary", NOW);
	finish(l, other, "", NOW);
	assert_true(login_must_change(login));
	assert_false(login_must_change(other));
	assert_ptr_equal(logins_expired(l, NOW + LOGIN_KEPT, false), other);
	logins_remove(l, &other);
	assert_null(logins_expired(l, NOW + LOGIN_CHANGE - 1, false));
	login->changed = true;
	assert_false(login_must_change(login));
	assert_ptr_equal(logins_expired(l, NOW + LOGIN_CHANGE, false), login);
	logins_remove(l, &login);
	assert_null(logins_expired(l, NOW, true));
}

static void
room_is_made_even_by_those_that_must_change(void **state)
{
	struct logins *l = *state;
	struct login *login = NULL;

	for (int i = 0; i < 3 * MAX; i++) {
		login = begin(l, 1, NOW);
		assert_int_equal(sy_secret_new(8, &login->present), SY_OK);
		finish(l, login, "expired", NOW);
	}
	/* The newest is never the one that goes. */
	assert_int_equal(login->state, LOGIN_DONE);
	login = begin(l, 1, NOW);
	finish(l, login, "", NOW);
	assert_int_equal(login->state, LOGIN_DONE);
}

static void
verdicts_make_room_for_newer_ones(void **state)
{
	struct logins *l = *state;
	struct login *first = begin(l, 1, NOW), *found = NULL;
	char hex[SY_ID_SIZE];

	memcpy(hex, first->facts.txn_hex, sizeof(hex));
	finish(l, first, "", NOW);
	for (int i = 0; i < MAX; i++)
		finish(l, begin(l, 1, NOW), "", NOW);
	assert_int_equal(logins_find(l, hex, NOW, &found), SY_ERR_NOT_FOUND);
	(void)begin(l, 1, NOW);
}

static void
what_the_ledger_has_does_not_expire(void **state)
{
	struct logins *l = *state;
	struct login *held = begin(l, 1, NOW), *open = begin(l, 1, NOW + 1);
	struct login *found = NULL;

	held->state = LOGIN_LEDGER;
	assert_null(logins_expired(l, NOW + LOGIN_LIFE, false));
	assert_ptr_equal(logins_expired(l, NOW + LOGIN_LIFE + 1, false), open);
	assert_int_equal(logins_find(l, held->facts.txn_hex,
			     NOW + 10 * LOGIN_LIFE, &found),
	    SY_OK);
	assert_ptr_equal(logins_expired(l, NOW, true), open);
	logins_remove(l, &open);
	assert_null(logins_expired(l, NOW, true));
}

static void
a_wait_puts_the_end_off(void **state)
{
	struct logins *l = *state;
	struct login *login = begin(l, 1, NOW), *found = NULL;
	struct sy_evidence *e = &login->facts.evidence;

	e->count = 1;
	/* It lies ahead, in part; what was counted is not counted again. */
	assert_true(logins_wait(l, login, NOW + 100, NOW + 110));
	assert_true(logins_wait(l, login, NOW + 105, NOW + 115));
	assert_true(logins_wait(l, login, NOW + 101, NOW + 115));
	assert_true(logins_wait(l, login, NOW + 120, NOW + 125));
	assert_int_equal(login->ends, NOW + LOGIN_LIFE + 20);
	assert_int_equal(e->proof[0].waited, 20 * 1000000);
	assert_int_equal(e->proof[1].waited, 0);
	assert_int_equal(logins_find(l, login->facts.txn_hex,
			     NOW + LOGIN_LIFE + 19, &found),
	    SY_OK);
	/* A proof that comes later counts as long as ever. */
	e->count = 2;
	assert_true(logins_wait(l, login, NOW + 130, NOW + 131));
	assert_int_equal(e->proof[0].waited, 21 * 1000000);
	assert_int_equal(e->proof[1].waited, 1000000);
}

static void
nobody_waits_for_ever(void **state)
{
	struct logins *l = *state;
	struct login *login = begin(l, 1, NOW);
	int64_t at = NOW;

	login->facts.evidence.count = 1;
	for (; at < NOW + LOGIN_WAIT_MAX; at += 7)
		assert_true(logins_wait(l, login, at, at + 7));
	assert_false(logins_wait(l, login, at, at + 7));
	assert_int_equal(login->ends, NOW + LOGIN_LIFE + LOGIN_WAIT_MAX);
	assert_int_equal(login->facts.evidence.proof[0].waited,
	    LOGIN_WAIT_MAX * INT64_C(1000000));
}

/* Those whose end was put off do not keep others, nor do others end them. */
static void
logins_end_in_order_whoever_waited(void **state)
{
	struct logins *l = *state;
	struct login *one = begin(l, 1, NOW), *two = begin(l, 1, NOW + 1),
		     *three = begin(l, 2, NOW + 2),
		     *four = begin(l, 2, NOW + 3);

	assert_true(logins_wait(l, one, NOW + 10, NOW + 11));
	assert_true(logins_wait(l, two, NOW + 10, NOW + 100));
	assert_ptr_equal(logins_expired(l, NOW + 2 + LOGIN_LIFE, false), one);
	logins_remove(l, &one);
	assert_ptr_equal(logins_expired(l, NOW + 2 + LOGIN_LIFE, false), three);
	logins_remove(l, &three);
	assert_null(logins_expired(l, NOW + 2 + LOGIN_LIFE, false));
	assert_ptr_equal(logins_expired(l, NOW + 3 + LOGIN_LIFE, false), four);
	logins_remove(l, &four);
	/* One that begins ends before it, too. */
	one = begin(l, 1, NOW + 50);
	assert_null(logins_expired(l, NOW + 49 + LOGIN_LIFE, false));
	assert_ptr_equal(logins_expired(l, NOW + 50 + LOGIN_LIFE, false), one);
	logins_remove(l, &one);
	assert_null(logins_expired(l, NOW + 90 + LOGIN_LIFE, false));
	assert_ptr_equal(logins_expired(l, NOW + 91 + LOGIN_LIFE, false), two);
}

/* A password that must be changed waits as one that is verified does, and has
 * the same time for that again. */
static void
a_change_has_a_wait_of_its_own(void **state)
{
	struct logins *l = *state;
	struct login *one = begin(l, 1, NOW), *two = begin(l, 1, NOW);
	struct sy_evidence *e = &one->facts.evidence;

	e->count = 1;
	assert_true(logins_wait(l, one, NOW, NOW + LOGIN_WAIT_MAX));
	assert_false(logins_wait(l, one, NOW + 400, NOW + 401));
	finish(l, one, "expired", NOW + 1);
	finish(l, two, "expired", NOW + 2);
	assert_true(logins_wait(l, one, NOW + 10, NOW + 10 + LOGIN_WAIT_MAX));
	assert_false(logins_wait(l, one, NOW + 400, NOW + 401));
	/* The verdict stands: what it was founded on waits no more. */
	assert_int_equal(e->proof[0].waited, LOGIN_WAIT_MAX * INT64_C(1000000));
	assert_ptr_equal(logins_expired(l, NOW + 2 + LOGIN_CHANGE, false), two);
	logins_remove(l, &two);
	assert_null(logins_expired(l, NOW + LOGIN_CHANGE + LOGIN_WAIT_MAX,
	    false));
	assert_ptr_equal(logins_expired(l,
			     NOW + 1 + LOGIN_CHANGE + LOGIN_WAIT_MAX, false),
	    one);
}

/* All others were put off behind it: it is not what makes room for itself. */
static void
one_that_just_ended_stays_whoever_waited(void **state)
{
	struct logins *l = *state;
	struct login *waited[MAX], *last, *found = NULL;
	uint8_t first[SY_TXN_SIZE];

	for (int i = 0; i < MAX; i++) {
		waited[i] = begin(l, i, NOW);
		finish(l, waited[i], "expired", NOW);
		assert_true(logins_wait(l, waited[i], NOW, NOW + 100 + i));
	}
	memcpy(first, waited[0]->facts.txn, sizeof(first));
	last = begin(l, 9, NOW);
	finish(l, last, "expired", NOW);
	assert_int_equal(logins_count(l), MAX);
	assert_int_equal(logins_get(l, first, &found), SY_ERR_NOT_FOUND);
	assert_int_equal(logins_get(l, last->facts.txn, &found), SY_OK);
	assert_ptr_equal(found, last);
}

static void
whose_login_ends_has_no_turn(void **state)
{
	struct logins *l = *state;
	struct login *one = begin(l, 1, NOW), *two = begin(l, 1, NOW);
	struct turns turns;

	turns_init(&turns, 1, 1);
	(void)turns_wait(&turns, &one->turn, 1, NOW);
	(void)turns_wait(&turns, &two->turn, 1, NOW);
	logins_remove(l, &one);
	assert_ptr_equal(TAILQ_FIRST(&turns.queue), &two->turn);
	finish(l, two, "", NOW);
	assert_null(TAILQ_FIRST(&turns.queue));
}

static struct login *
finished(struct logins *l, int64_t now)
{
	struct sy_auth_step step = { .verdict = "allow", .failures = 3 };
	struct login *login = begin(l, 1, now);

	(void)snprintf(login->facts.login, sizeof(login->facts.login),
	    "suzuki");
	memset(login->facts.spki, 7, sizeof(login->facts.spki));
	login->facts.spki_len = sizeof(login->facts.spki);
	memset(login->facts.nonce, 7, sizeof(login->facts.nonce));
	memset(login->typed_hash, 7, sizeof(login->typed_hash));
	(void)snprintf(login->typed, sizeof(login->typed), "suzuki");
	memcpy(step.txn, login->facts.txn_hex, sizeof(step.txn));
	login->allowed = true;
	logins_finish(l, &login, &step, now);
	return login;
}

/* What a session is opened with, and what is recorded of it then. */
static void
expect_same_facts(const struct login_facts *found,
    const struct login_facts *before)
{
	struct login_facts expected = *before;

	memset(expected.spki, 0, sizeof(expected.spki));
	expected.spki_len = 0;
	memset(expected.nonce, 0, sizeof(expected.nonce));
	assert_memory_equal(found, &expected, sizeof(expected));
}

static void
a_verdict_is_the_same_when_it_was_small(void **state)
{
	struct logins *l = *state;
	struct login *login = finished(l, NOW), *found = NULL, before = *login;
	const struct sy_auth_step step = *login->step;

	for (int i = 0; i < 3; i++) {
		logins_shrink(l);
		logins_shrink(l);
		assert_int_equal(logins_count(l), 1);
		assert_int_equal(logins_find(l, before.facts.txn_hex, NOW,
				     &found),
		    SY_OK);
		assert_int_equal(logins_count(l), 1);
		assert_int_equal(found->state, LOGIN_DONE);
		expect_same_facts(&found->facts, &before.facts);
		assert_memory_equal(found->step, &step, sizeof(step));
		assert_string_equal(found->typed, "");
		assert_true(found->allowed);
		/* What becomes of it is kept as well. */
		assert_int_equal(found->used, i > 0);
		found->used = true;
	}
	logins_shrink(l);
	assert_int_equal(logins_find(l, before.facts.txn_hex, NOW + LOGIN_KEPT,
			     &found),
	    SY_ERR_NOT_FOUND);
}

static void
small_ones_end_in_order_and_make_room(void **state)
{
	struct logins *l = *state;
	struct login *login, *found = NULL;
	char hex[MAX + 1][SY_ID_SIZE];

	for (int i = 0; i < MAX; i++) {
		login = finished(l, NOW + i);
		memcpy(hex[i], login->facts.txn_hex, SY_ID_SIZE);
		logins_shrink(l);
	}
	/* One that was looked at is no newer for it. */
	assert_int_equal(logins_find(l, hex[0], NOW, &found), SY_OK);
	logins_shrink(l);
	login = finished(l, NOW + MAX);
	memcpy(hex[MAX], login->facts.txn_hex, SY_ID_SIZE);
	assert_int_equal(logins_count(l), MAX);
	assert_int_equal(logins_find(l, hex[0], NOW, &found), SY_ERR_NOT_FOUND);
	for (int i = 1; i <= MAX; i++)
		assert_int_equal(logins_find(l, hex[i], NOW, &found), SY_OK);
	logins_shrink(l);
	assert_null(logins_expired(l, NOW + LOGIN_KEPT + 1, false));
	assert_int_equal(logins_count(l), MAX - 1);
	assert_null(logins_expired(l, NOW, true));
	assert_int_equal(logins_count(l), 0);
}

/* Who must change a password has it there. */
static void
what_holds_a_secret_or_is_open_stays_as_it_is(void **state)
{
	struct logins *l = *state;
	struct login *open = begin(l, 1, NOW), *change = begin(l, 1, NOW);
	struct login *secret = begin(l, 2, NOW), *found = NULL;

	assert_int_equal(sy_secret_new(8, &change->present), SY_OK);
	assert_int_equal(sy_secret_new(8, &secret->present), SY_OK);
	assert_int_equal(sy_secret_append(secret->present, "x", 1), SY_OK);
	finish(l, change, "expired", NOW);
	finish(l, secret, "", NOW);
	logins_shrink(l);
	assert_int_equal(logins_get(l, open->facts.txn, &found), SY_OK);
	assert_ptr_equal(found, open);
	assert_int_equal(logins_get(l, change->facts.txn, &found), SY_OK);
	assert_ptr_equal(found, change);
	assert_int_equal(logins_get(l, secret->facts.txn, &found), SY_OK);
	assert_ptr_equal(found, secret);
	assert_memory_equal(sy_secret_bytes(found->present), "x", 1);
}

static void
ids_differ(void **state)
{
	struct logins *l = *state;
	struct login *a = begin(l, 1, NOW), *b = begin(l, 1, NOW);

	assert_memory_not_equal(a->facts.txn, b->facts.txn, SY_TXN_SIZE);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_login_is_found_by_its_id_until_its_end),
		CASE(ids_are_hex_of_the_right_length),
		CASE(a_terminal_has_no_more_than_its_share),
		CASE(what_a_terminal_has_ended_or_decided_it_may_begin_again),
		CASE(a_verdict_can_be_fetched_for_a_while),
		CASE(verdicts_make_room_for_newer_ones),
		CASE(a_login_lives_longer_while_its_password_must_change),
		CASE(room_is_made_even_by_those_that_must_change),
		CASE(what_the_ledger_has_does_not_expire),
		CASE(a_wait_puts_the_end_off),
		CASE(nobody_waits_for_ever),
		CASE(logins_end_in_order_whoever_waited),
		CASE(a_change_has_a_wait_of_its_own),
		CASE(one_that_just_ended_stays_whoever_waited),
		CASE(whose_login_ends_has_no_turn),
		CASE(a_verdict_is_the_same_when_it_was_small),
		CASE(small_ones_end_in_order_and_make_room),
		CASE(what_holds_a_secret_or_is_open_stays_as_it_is),
		CASE(ids_differ),
	};

	return cmocka_run_group_tests_name("logins", tests, NULL, NULL);
}
