/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/auth/attempt.c, plan.c, debts.c, rehash.c over a real ledger: LOCK-1,
 * LOCK-4, CRED-1, PW-6, MFA-1. Whatever is not the first case ends in no.
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/auth/debts.h"
#include "server/auth/hashing.h"
#include "server/auth/knowledge.h"
#include "server/auth/login.h"
#include "server/identity/standing.h"
#include "server/identity/terminals.h"
#include "tests/support/office.h"

#define PASSWORD "Kitsune-no-yomeiri-9"

static const char policy_text[] =
    "[policy]\nname = everyday\n"
    "[rule both]\nzone = mynumber\npurpose = login unlock\n"
    "kind = staff contractor\nrequire = 2\nallow = card+password\n"
    "origin = issuer\n"
    "[rule choice]\nzone = lgwan\npurpose = login\nkind = staff\n"
    "require = 2\nallow = card-pin, card+password\norigin = issuer\n"
    "[rule alone]\nzone = internet\npurpose = login\nkind = staff\n"
    "require = 1\nallow = password\n"
    "[password all]\nkind = all\nmin_length = 10\nclasses = 3\n"
    "max_repeat = 3\nmax_sequence = 4\nhistory = 3\nmin_age = 1d\n"
    "max_age = 90d\nwarn = 14d\ntemporary = 7d\ndictionary = no\n"
    "[lockout all]\nkind = all\n"
    "purpose = login unlock privileged remote operator\ntries = 4\n"
    "lock = 15m\nlocks = 2\ndisable = 12\n"
    "[notice mynumber]\nja = 業務以外で使わないこと\nen = For work only\n";

struct scene {
	struct office office;
	struct terminal_row counter, kiosk;
	struct desk desk; /* at the counter */
	struct desk open; /* at the kiosk, where a password is enough */
	int64_t suzuki, tanaka;
	int64_t token;
	struct password_row password; /* suzuki's */
	struct sy_auth_step step;
	EVP_PKEY *key;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct office *o;

	assert_non_null(s);
	o = &s->office;
	office_open(o);
	office_policy(o, policy_text);
	s->key = testca_key(TESTCA_P256);
	office_terminal(o, "counter-1", SY_ZONE_MYNUMBER, &s->counter);
	office_terminal(o, "kiosk-9", SY_ZONE_INTERNET, &s->kiosk);
	s->suzuki = office_person(o, "suzuki", SY_KIND_STAFF);
	s->tanaka = office_person(o, "tanaka", SY_KIND_STAFF);
	s->token = office_token(o, s->suzuki, s->key, SY_METHOD_CARD);
	office_password(o, s->suzuki, PASSWORD, PASSWORD_ACTIVE, &s->password);
	desk_open(o, LISTENER_TERMINALS, &s->counter, &s->desk);
	desk_open(o, LISTENER_TERMINALS, &s->kiosk, &s->open);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->desk);
	desk_close(&s->open);
	office_close(&s->office);
	free(s);
	return 0;
}

/* --- steps --- */

static void
begin(struct scene *s, struct desk *d, const char *user)
{
	struct sy_auth_begin in = { .service = "login", .lang = "en" };

	(void)snprintf(in.user, sizeof(in.user), "%s", user);
	(void)snprintf(in.purpose, sizeof(in.purpose), "login");
	memset(&s->step, 0, sizeof(s->step));
	assert_int_equal(desk_call(d, "/v1/auth", &sy_message_auth_begin, &in,
			     &sy_message_auth_step, &s->step),
	    200);
}

static void
show_card(struct scene *s)
{
	struct sy_auth_card in = {
		.driver = "piv", .method = "card", .tries = 3
	};
	uint8_t *spki;
	size_t len;

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	spki = testca_spki(s->key, &len);
	memcpy(in.spki, spki, len);
	in.spki_len = (uint16_t)len;
	free(spki);
	assert_int_equal(desk_call(&s->desk, "/v1/auth/card",
			     &sy_message_auth_card, &in, &sy_message_auth_step,
			     &s->step),
	    200);
}

static void
prove_card(struct scene *s, const char *login)
{
	const struct signing signing = { .key = s->key,
		.terminal = "counter-1",
		.login = login,
		.service = "login",
		.purpose = "login",
		.txn = s->step.txn,
		.nonce = s->step.nonce };
	struct sy_auth_proof proof;

	assert_string_equal(s->step.step, "prove");
	office_sign(&signing, &proof);
	assert_int_equal(desk_call(&s->desk, "/v1/auth/proof",
			     &sy_message_auth_proof, &proof,
			     &sy_message_auth_step, &s->step),
	    200);
}

/* Begin at the counter and come to where the password is asked for. */
static void
come_to_password(struct scene *s)
{
	begin(s, &s->desk, "suzuki");
	assert_string_equal(s->step.methods, "card");
	show_card(s);
	prove_card(s, "suzuki");
	assert_string_equal(s->step.step, "present");
	assert_string_equal(s->step.methods, "password");
}

static unsigned int
type_bytes(struct scene *s, struct desk *d, const void *text, size_t len)
{
	struct sy_auth_password in = { .password_len = (uint16_t)len };

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, text, len);
	return desk_call(d, "/v1/auth/password", &sy_message_auth_password, &in,
	    &sy_message_auth_step, &s->step);
}

static unsigned int
type(struct scene *s, struct desk *d, const char *text)
{
	return type_bytes(s, d, text, strlen(text));
}

static void
expect_wrong(struct scene *s, int64_t left)
{
	assert_string_equal(s->step.step, "present");
	assert_string_equal(s->step.methods, "password");
	assert_true(s->step.wrong);
	assert_int_equal(s->step.left, left);
}

static void
expect_deny(struct scene *s, const char *reason)
{
	assert_string_equal(s->step.step, "verdict");
	assert_string_equal(s->step.verdict, "deny");
	assert_string_equal(s->step.reason, reason);
}

static void
expect_allow(struct scene *s)
{
	assert_string_equal(s->step.step, "verdict");
	assert_string_equal(s->step.reason, "allowed");
	assert_string_equal(s->step.verdict, "allow");
}

static void
read_lockout(struct scene *s, int64_t owner, struct lockout_row *ret)
{
	assert_int_equal(lockout_read(ledger_reader(s->office.place.ledger),
			     owner, ret),
	    SY_OK);
}

static void
put_lockout(struct scene *s, struct lockout_row *row)
{
	if (row->id == 0)
		place_insert(&s->office.place, &row_type_lockout, row);
	else
		office_update(&s->office, &row_type_lockout, row);
}

static void
expect_record(struct scene *s, const char *action, enum sy_outcome outcome,
    const char *reason, const char *fact, const char *value)
{
	struct office_record r;

	assert_true(office_last_record(&s->office, action, fact, &r));
	assert_int_equal(r.outcome, outcome);
	assert_string_equal(r.reason, reason);
	assert_string_equal(r.fact, value);
}

/* --- yes --- */

/* MFA-1: two categories of two devices. */
static void
card_and_password_let_in(void **state)
{
	struct scene *s = *state;
	struct lockout_row row;

	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
	expect_record(s, "auth.verdict", SY_OUTCOME_ALLOW, "allowed",
	    "categories", "knowledge+possession");
	expect_record(s, "auth.try", SY_OUTCOME_DONE, "", "login", "suzuki");
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.pending, 0);
	assert_int_equal(row.failed, 0);
	assert_string_equal(s->step.change, "");
	assert_string_equal(s->step.notice, "For work only");
}

static void
the_same_characters_in_another_form_are_the_same(void **state)
{
	static const char composed[] = "パスワード-Ab1";
	static const char decomposed[] =
	    "ハ\xe3\x82\x9aスワート\xe3\x82\x99-Ab1";
	struct scene *s = *state;
	struct password_row row;

	office_password(&s->office, s->tanaka, composed, PASSWORD_ACTIVE, &row);
	begin(s, &s->open, "tanaka");
	assert_string_equal(s->step.methods, "password");
	assert_int_equal(type(s, &s->open, decomposed), 200);
	expect_allow(s);
	expect_record(s, "auth.verdict", SY_OUTCOME_ALLOW, "allowed",
	    "categories", "knowledge");
}

/* --- no --- */

static void
wrong_passwords_are_asked_again_until_the_lock(void **state)
{
	struct scene *s = *state;
	struct lockout_row row;
	const int64_t now = time(NULL);

	come_to_password(s);
	assert_int_equal(type(s, &s->desk, "wrong"), 200);
	expect_wrong(s, 0);
	assert_int_equal(type(s, &s->desk, "wrong"), 200);
	expect_wrong(s, 2);
	assert_int_equal(type(s, &s->desk, "wrong"), 200);
	expect_wrong(s, 1);
	expect_record(s, "auth.tried", SY_OUTCOME_DENY, "password-wrong",
	    "login", "suzuki");
	assert_int_equal(type(s, &s->desk, "wrong"), 200);
	expect_deny(s, "password-state");
	assert_true(s->step.until >= now + 15 * 60);
	assert_true(s->step.until <= now + 15 * 60 + 60);
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.state, LOCKOUT_TIMED);
	assert_int_equal(row.failed, 4);
	/* LOCK-1: now not even the right one. */
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_deny(s, "password-state");
	assert_true(s->step.until > now);
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.failed, 4);
}

static void
a_right_one_forgives_those_before_it(void **state)
{
	struct scene *s = *state;
	struct lockout_row row;

	for (int i = 0; i < 3; i++) {
		come_to_password(s);
		for (int k = 0; k < 3; k++)
			assert_int_equal(type(s, &s->desk, "wrong"), 200);
		assert_int_equal(type(s, &s->desk, PASSWORD), 200);
		expect_allow(s);
	}
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.failed, 9);
	assert_int_equal(row.forgiven, 9);
	assert_int_equal(row.streak, 9);
	/* Each of them is told at the next login. */
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
}

/* What no password can be costs a try as any other. */
static void
what_is_no_password_is_wrong(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		size_t len;
	} tc[] = {
		{ "empty", "", 0 },
		{ "a NUL", PASSWORD "\0", sizeof(PASSWORD) },
		{ "half a character", PASSWORD "\xe3\x81",
		    sizeof(PASSWORD) + 1 },
	};
	struct scene *s = *state;
	struct lockout_row row;

	come_to_password(s);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(type_bytes(s, &s->desk, tc[i].text, tc[i].len),
		    200);
		assert_true(s->step.wrong);
		read_lockout(s, s->suzuki, &row);
		assert_int_equal(row.failed, i + 1);
	}
	/* What is used in its place is not the password of anybody. */
	office_password(&s->office, s->tanaka, "?", PASSWORD_ACTIVE,
	    &s->password);
	begin(s, &s->open, "tanaka");
	assert_int_equal(type_bytes(s, &s->open, "", 0), 200);
	assert_true(s->step.wrong);
}

static void
a_megabyte_is_no_message(void **state)
{
	static char big[1 << 20];
	struct scene *s = *state;
	struct lockout_row row;
	int n;

	come_to_password(s);
	memset(big, 'A', sizeof(big));
	n = snprintf(big, sizeof(big),
	    "POST /v1/auth/password HTTP/1.1\r\nHost: s\r\n"
	    "Sanyoso-Wire: 1\r\nContent-Length: %zu\r\n\r\n",
	    sizeof(big));
	big[n] = 'A';
	desk_send(&s->desk, big, sizeof(big));
	assert_int_equal(desk_answer(&s->desk), 413);
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.failed + row.pending, 0);
}

static void
passwords_that_are_not_in_force_are_wrong(void **state)
{
	static const struct {
		const char *what;
		int64_t state;
		int64_t expires; /* from now */
	} tc[] = {
		{ "compromised", PASSWORD_COMPROMISED, 0 },
		{ "former", PASSWORD_FORMER, 0 },
		{ "temporary and over", PASSWORD_TEMPORARY, -1000000 },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		s->password.state = tc[i].state;
		s->password.expires =
		    (int64_t)time(NULL) * 1000000 + tc[i].expires;
		office_update(&s->office, &row_type_password, &s->password);
		/* Where nothing else was shown, no more than "wrong". */
		begin(s, &s->open, "suzuki");
		assert_int_equal(type(s, &s->open, PASSWORD), 200);
		assert_string_equal(s->step.step, "present");
		assert_true(s->step.wrong);
	}
	/* PW-6: the owner of the card is told why, and it cost a try. */
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_deny(s, "password-state");
}

/* LOCK-4: a stranger without the card can neither guess nor lock. */
static void
a_thousand_passwords_without_the_card_lock_nobody_out(void **state)
{
	struct scene *s = *state;
	struct lockout_row row;

	for (int i = 0; i < 1000; i++) {
		if (i % 50 == 0)
			begin(s, &s->desk, "suzuki");
		assert_int_equal(type(s, &s->desk, i % 2 ? PASSWORD : "x"),
		    409);
	}
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.id, 0);
	assert_int_equal(place_count_records(&s->office.place, "auth.try",
			     NULL),
	    0);
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
}

static void
fetch(struct scene *s, unsigned int status, const char *methods)
{
	struct sy_auth_step step = { .step = "" };
	struct sy_auth_fetch in;

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	assert_int_equal(desk_call(&s->desk, "/v1/auth/verdict",
			     &sy_message_auth_fetch, &in, &sy_message_auth_step,
			     &step),
	    status);
	if (status != 200)
		return;
	assert_string_equal(step.step, "present");
	assert_string_equal(step.methods, methods);
	assert_string_equal(step.txn, s->step.txn);
}

/* The answer to a proof may be lost where a password comes next. */
static void
what_a_login_waits_for_can_be_fetched(void **state)
{
	struct scene *s = *state;

	begin(s, &s->desk, "suzuki");
	fetch(s, 200, "card");
	show_card(s);
	fetch(s, 409, "");
	prove_card(s, "suzuki");
	fetch(s, 200, "password");
	assert_int_equal(type(s, &s->desk, "wrong"), 200);
	expect_wrong(s, 0);
	fetch(s, 200, "password");
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
}

/* A card's proof that did not come is not made up for by a password. */
static void
a_password_between_card_and_signature_is_out_of_order(void **state)
{
	struct scene *s = *state;

	begin(s, &s->desk, "suzuki");
	show_card(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 409);
	expect_record(s, "auth.refused", SY_OUTCOME_DENY, "out-of-order", "",
	    "");
}

static void
failures_of_one_factor_clear_nothing_of_another(void **state)
{
	struct scene *s = *state;
	struct lockout_row row;

	come_to_password(s);
	for (int i = 0; i < 3; i++)
		assert_int_equal(type(s, &s->desk, "wrong"), 200);
	/* The card is proven again and again: its success is its own. */
	come_to_password(s);
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.failed - row.forgiven, 3);
	assert_int_equal(type(s, &s->desk, "wrong"), 200);
	expect_deny(s, "password-state");
}

/* --- who does not exist --- */

/* The same steps, records and hashes; only the ledger knows the difference. */
static void
unknown_people_cost_and_get_the_same(void **state)
{
	static const char *const names[] = { "suzuki", "tanaka", "nobody",
		"hunter2!" };
	struct scene *s = *state;
	struct sy_auth_step first[4], again;

	for (size_t i = 0; i < SY_COUNT(names); i++) {
		print_message("  %s\n", names[i]);
		begin(s, &s->open, names[i]);
		for (int k = 0; k < 4; k++) {
			assert_int_equal(type(s, &s->open, "wrong"), 200);
			again = s->step;
			memset(again.txn, 0, sizeof(again.txn));
			memset(again.support, 0, sizeof(again.support));
			again.until = again.until > 0;
			if (i == 0)
				first[k] = again;
			else
				assert_memory_equal(&again, &first[k],
				    sizeof(again));
		}
		expect_deny(s, "password-state");
	}
	assert_int_equal(place_count_records(&s->office.place, "auth.try",
			     NULL),
	    4 * SY_COUNT(names));
	assert_int_equal(place_count_records(&s->office.place, "auth.tried",
			     NULL),
	    4 * SY_COUNT(names));
}

static void
slots_for_unknown_names_are_bounded(void **state)
{
	struct scene *s = *state;
	char text[24], name[16];

	for (int i = 0; i < TERMINALS_BAD_MAX; i++) {
		(void)snprintf(name, sizeof(name), "x%d", i);
		begin(s, &s->open, name);
		assert_int_equal(type(s, &s->open, "wrong"), 200);
	}
	place_query(&s->office.place,
	    "SELECT count(*) FROM lockout WHERE owner >= 0 OR owner < -4096",
	    text, sizeof(text));
	assert_string_equal(text, "0");
	place_query(&s->office.place, "SELECT count(*) > 10 FROM lockout", text,
	    sizeof(text));
	assert_string_equal(text, "1");
}

/* Slots have no login that would forgive: what was typed yesterday by whoever
 * must not show today that a name is nobody's. */
static void
a_slot_forgets_after_a_day(void **state)
{
	static const struct {
		int64_t age; /* of the last try */
		int64_t state;
		int64_t left; /* told after one more */
		bool shut;
	} tc[] = {
		{ LOCKOUT_SLOT_LIFE - 60000000, LOCKOUT_OPEN, 1, false },
		{ LOCKOUT_SLOT_LIFE, LOCKOUT_OPEN, 0, false },
		{ LOCKOUT_SLOT_LIFE - 60000000, LOCKOUT_HELP, 0, true },
		{ LOCKOUT_SLOT_LIFE, LOCKOUT_HELP, 0, false },
		{ LOCKOUT_SLOT_LIFE, LOCKOUT_DISABLED, 0, false },
	};
	struct scene *s = *state;
	struct lockout_row row;
	char owner[24];

	begin(s, &s->open, "nobody");
	assert_int_equal(type(s, &s->open, "wrong"), 200);
	place_query(&s->office.place, "SELECT owner FROM lockout", owner,
	    sizeof(owner));
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %zu\n", i);
		read_lockout(s, strtoll(owner, NULL, 10), &row);
		row.state = tc[i].state;
		row.failed = 2;
		row.forgiven = row.streak = 0;
		row.changed = (int64_t)time(NULL) * 1000000 - tc[i].age;
		put_lockout(s, &row);
		begin(s, &s->open, "nobody");
		assert_int_equal(type(s, &s->open, "wrong"), 200);
		if (tc[i].shut)
			expect_deny(s, "password-state");
		else
			expect_wrong(s, tc[i].left);
		assert_int_equal(s->step.until, 0);
	}
	/* A person's own failures stay. */
	lockout_init(&row, s->suzuki);
	row.state = LOCKOUT_HELP;
	put_lockout(s, &row);
	begin(s, &s->open, "suzuki");
	assert_int_equal(type(s, &s->open, PASSWORD), 200);
	expect_deny(s, "password-state");
}

/* --- many at the same time --- */

#define CROWD 6

/* Hashes that are made, counted at the door of the hash threads. */
static unsigned int hashes;

void __real_hashing_start(struct hashing_place **place, hashing_done done,
    void *ctx);
void __wrap_hashing_start(struct hashing_place **place, hashing_done done,
    void *ctx);

void
__wrap_hashing_start(struct hashing_place **place, hashing_done done, void *ctx)
{
	hashes += (unsigned int)hashing_work(*place)->count;
	__real_hashing_start(place, done, ctx);
}

struct count {
	const char *action;
	enum sy_outcome outcome;
	unsigned int records;
};

static enum sy_err
count_record(void *ctx, const struct sy_audit_record *record)
{
	struct count *c = ctx;

	c->records += strcmp(record->action, c->action) == 0 &&
	    record->outcome == c->outcome;
	return SY_OK;
}

static unsigned int
count_records(struct scene *s, const char *action, enum sy_outcome outcome)
{
	struct count c = { .action = action, .outcome = outcome };

	assert_int_equal(ledger_read_log(s->office.place.ledger, 0,
			     count_record, &c),
	    SY_OK);
	return c.records;
}

/* LOCK-1: n terminals send a wrong password at once; there are never more
 * verifications than tries, whatever the order: each hash was debited before,
 * and each debit stands in the log. */
static void
a_crowd_gets_no_more_tries_than_one(void **state)
{
	struct scene *s = *state;
	struct terminal_row row[CROWD];
	struct desk desk[CROWD];
	struct lockout_row lockout;
	char name[16];

	hashes = 0;
	for (int i = 0; i < CROWD; i++) {
		struct sy_auth_password in = { .password_len = 5 };

		(void)snprintf(name, sizeof(name), "kiosk-%c", 'A' + i);
		office_terminal(&s->office, name, SY_ZONE_INTERNET, &row[i]);
		desk_open(&s->office, LISTENER_TERMINALS, &row[i], &desk[i]);
		begin(s, &desk[i], "suzuki");
		memcpy(in.txn, s->step.txn, sizeof(in.txn));
		memcpy(in.password, "wrong", 5);
		desk_post(&desk[i], "/v1/auth/password",
		    &sy_message_auth_password, &in);
	}
	for (int i = 0; i < CROWD; i++)
		(void)desk_answer(&desk[i]);
	read_lockout(s, s->suzuki, &lockout);
	assert_int_equal(lockout.pending, 0);
	assert_int_equal(lockout.failed, 4);
	assert_int_equal(lockout.state, LOCKOUT_TIMED);
	assert_int_equal(hashes, 4);
	assert_int_equal(count_records(s, "auth.try", SY_OUTCOME_DONE), 4);
	assert_int_equal(count_records(s, "auth.tried", SY_OUTCOME_DENY), 4);
	/* Who comes when it is locked costs no hash, right or wrong. */
	begin(s, &s->open, "suzuki");
	assert_int_equal(type(s, &s->open, PASSWORD), 200);
	expect_deny(s, "password-state");
	assert_int_equal(hashes, 4);
	for (int i = 0; i < CROWD; i++)
		desk_close(&desk[i]);
}

static void
a_full_house_says_busy_and_takes_no_try(void **state)
{
	struct scene *s = *state;
	struct hashing_place *taken = NULL;
	struct lockout_row row;

	office_hashing(&s->office, SY_HASH_MEMORY_MIN, 1);
	come_to_password(s);
	assert_int_equal(hashing_reserve(s->office.server.hashing, 1, &taken),
	    SY_OK);
	assert_int_equal(type(s, &s->desk, PASSWORD), 503);
	assert_string_equal(s->desk.failure.error, "busy");
	assert_true(s->desk.failure.retry_after > 0);
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.id, 0);
	/* The login is as it was. */
	hashing_release(&taken);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
}

static struct login *
login_of(struct scene *s)
{
	struct login *login = NULL;

	assert_int_equal(logins_find(s->office.server.logins, s->step.txn,
			     server_boottime(), &login),
	    SY_OK);
	return login;
}

/* A login that the server sends away does not run out by it, nor does the card
 * that was proven before. */
static void
who_is_sent_away_gets_the_time_back(void **state)
{
	struct scene *s = *state;
	struct hashing_place *taken = NULL;
	struct sy_proof *proof;
	struct login *login;
	struct office_record r;
	int64_t ends;

	office_hashing(&s->office, SY_HASH_MEMORY_MIN, 1);
	come_to_password(s);
	login = login_of(s);
	ends = login->ends;
	proof = &login->facts.evidence.proof[0];
	proof->verified_at -= (SY_PROOF_LIFE + 1) * INT64_C(1000000);
	proof->nonce_at = proof->verified_at;
	assert_int_equal(hashing_reserve(s->office.server.hashing, 1, &taken),
	    SY_OK);
	for (int64_t waited = 0; waited < 5;) {
		login->waits -= s->desk.failure.retry_after; /* it has passed */
		assert_int_equal(type(s, &s->desk, PASSWORD), 503);
		assert_string_equal(s->desk.failure.error, "busy");
		assert_in_range(s->desk.failure.retry_after, 1, TURNS_AGAIN);
		assert_true(login->ends > ends);
		waited += login->ends - ends;
		ends = login->ends;
	}
	hashing_release(&taken);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
	assert_true(office_last_record(&s->office, "auth.verdict", "proof-1",
	    &r));
	assert_non_null(strstr(r.fact, " waited:"));
}

/* Nor by the time that its try takes among the hashes. */
static void
who_stands_among_the_hashes_gets_the_time_back(void **state)
{
	const struct timespec second = { .tv_sec = 1, .tv_nsec = 100000000 };
	struct sy_auth_password in = { .password_len = 5 };
	struct scene *s = *state;
	struct server *server = &s->office.server;
	struct login *login;
	int64_t ends;

	come_to_password(s);
	login = login_of(s);
	ends = login->ends;
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, "wrong", 5);
	desk_post(&s->desk, "/v1/auth/password", &sy_message_auth_password,
	    &in);
	while (hashing_taken(server->hashing) == 0)
		(void)event_base_loop(server->base, EVLOOP_ONCE);
	(void)nanosleep(&second, NULL);
	assert_int_equal(desk_answer(&s->desk), 200);
	assert_true(login->ends > ends);
	assert_true(login->facts.evidence.proof[0].waited >= 1000000);
	/* How fast it goes was learnt from it. */
	assert_true(server->turns.each >= 1000000);
}

/* Whoever waited for as long as anybody may reads that the server is busy, and
 * has failed at nothing. */
static void
nobody_is_sent_away_for_ever(void **state)
{
	struct scene *s = *state;
	struct sy_auth_abandon in = { .failure = "authority",
		.reason = "busy" };
	struct hashing_place *taken = NULL;
	struct lockout_row row;

	office_hashing(&s->office, SY_HASH_MEMORY_MIN, 1);
	come_to_password(s);
	login_of(s)->waited = LOGIN_WAIT_MAX;
	assert_int_equal(hashing_reserve(s->office.server.hashing, 1, &taken),
	    SY_OK);
	assert_int_equal(type(s, &s->desk, PASSWORD), 503);
	assert_string_equal(s->desk.failure.error, "busy");
	assert_int_equal(s->desk.failure.retry_after, 0);
	assert_null(login_of(s)->turn.of);
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	assert_int_equal(desk_call(&s->desk, "/v1/auth/abandon",
			     &sy_message_auth_abandon, &in,
			     &sy_message_auth_step, &s->step),
	    200);
	expect_record(s, "auth.abandoned", SY_OUTCOME_FAILED, "busy", "login",
	    "suzuki");
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.id, 0);
	hashing_release(&taken);
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
	assert_int_equal(s->step.failures, 0);
}

/* Nobody who comes later is let on before them. */
static void
those_sent_away_are_let_on_in_their_order(void **state)
{
	struct scene *s = *state;
	struct hashing_place *taken = NULL;
	struct sy_auth_step step[3];

	office_hashing(&s->office, SY_HASH_MEMORY_MIN, 1);
	assert_int_equal(hashing_reserve(s->office.server.hashing, 1, &taken),
	    SY_OK);
	for (int i = 0; i < 3; i++) {
		begin(s, &s->open, "suzuki");
		step[i] = s->step;
		if (i < 2)
			assert_int_equal(type(s, &s->open, PASSWORD), 503);
	}
	hashing_release(&taken);
	for (int i = 2; i > 0; i--) {
		s->step = step[i];
		assert_int_equal(type(s, &s->open, PASSWORD), 503);
		assert_string_equal(s->open.failure.error, "busy");
	}
	for (int i = 0; i < 3; i++) {
		s->step = step[i];
		assert_int_equal(type(s, &s->open, PASSWORD), 200);
		expect_allow(s);
	}
}

/* A turn is its terminal's: who waits at another one stands before the last of
 * many. */
static void
those_of_one_terminal_do_not_stand_before_all_others(void **state)
{
	struct scene *s = *state;
	struct hashing_place *taken = NULL;
	struct login *last = NULL;

	office_hashing(&s->office, SY_HASH_MEMORY_MIN, 1);
	assert_int_equal(hashing_reserve(s->office.server.hashing, 1, &taken),
	    SY_OK);
	for (int i = 0; i < 16; i++) {
		begin(s, &s->open, "suzuki");
		assert_int_equal(type(s, &s->open, PASSWORD), 503);
		last = login_of(s);
	}
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 503);
	hashing_release(&taken);
	assert_ptr_equal(TAILQ_LAST(&s->office.server.turns.queue, turn_queue),
	    &last->turn);
}

/* The terminal's limit is for those who have shown nothing. */
static void
a_terminal_of_guessers_waits_but_not_for_who_has_a_card(void **state)
{
	struct scene *s = *state;
	char name[16];

	for (int i = 0; i < TERMINALS_BAD_MAX; i++) {
		(void)snprintf(name, sizeof(name), "guess%d", i);
		begin(s, &s->open, name);
		assert_int_equal(type(s, &s->open, "wrong"), 200);
		terminals_tried(s->office.server.terminals, s->counter.id, true,
		    server_boottime());
	}
	begin(s, &s->open, "suzuki");
	assert_int_equal(type(s, &s->open, PASSWORD), 503);
	assert_true(s->open.failure.retry_after > 60);
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
}

/* LOCK-4: as many guesses as may be wrong are verified, not one for each
 * connection of the terminal. */
static void
a_crowd_at_one_terminal_gets_no_more_tries_than_one(void **state)
{
	struct scene *s = *state;
	struct terminals *terminals = s->office.server.terminals;
	struct desk desk[2];
	unsigned int verified = 0;
	char name[16];

	for (int i = 1; i < TERMINALS_BAD_MAX; i++)
		terminals_tried(terminals, s->kiosk.id, true,
		    server_boottime());
	for (int i = 0; i < 2; i++) {
		struct sy_auth_password in = { .password_len = 5 };

		(void)snprintf(name, sizeof(name), "guess%d", i);
		desk_open(&s->office, LISTENER_TERMINALS, &s->kiosk, &desk[i]);
		begin(s, &desk[i], name);
		memcpy(in.txn, s->step.txn, sizeof(in.txn));
		memcpy(in.password, "wrong", 5);
		desk_post(&desk[i], "/v1/auth/password",
		    &sy_message_auth_password, &in);
	}
	for (int i = 0; i < 2; i++) {
		const unsigned int status = desk_answer(&desk[i]);

		verified += status == 200;
		assert_true(status == 200 || status == 503);
		desk_close(&desk[i]);
	}
	assert_int_equal(verified, 1);
	assert_in_range(terminals_try(terminals, s->kiosk.id,
			    server_boottime()),
	    TERMINALS_BAD_WINDOW - 60, TERMINALS_BAD_WINDOW);
}

/* Whoever gives up, and whatever fails, leaves no try under way. */
static void
a_try_that_fails_or_is_right_frees_its_place(void **state)
{
	struct scene *s = *state;
	struct terminals *terminals = s->office.server.terminals;
	struct hashing_place *taken = NULL;

	for (int i = 1; i < TERMINALS_BAD_MAX; i++)
		terminals_tried(terminals, s->kiosk.id, true,
		    server_boottime());
	office_hashing(&s->office, SY_HASH_MEMORY_MIN, 1);
	assert_int_equal(hashing_reserve(s->office.server.hashing, 1, &taken),
	    SY_OK);
	begin(s, &s->open, "suzuki");
	assert_int_equal(type(s, &s->open, PASSWORD), 503);
	hashing_release(&taken);
	for (int i = 0; i < 3; i++) {
		if (i > 0)
			begin(s, &s->open, "suzuki");
		assert_int_equal(type(s, &s->open, PASSWORD), 200);
		expect_allow(s);
	}
	begin(s, &s->open, "suzuki");
	assert_int_equal(type(s, &s->open, "wrong"), 200);
	assert_int_equal(type(s, &s->open, PASSWORD), 503);
	assert_true(s->open.failure.retry_after > 60);
}

/* Each login that is begun ends in a record, if only in that of its end. */
static void
a_terminal_begins_so_many_logins_and_no_more(void **state)
{
	struct server *server = &((struct scene *)*state)->office.server;
	struct sy_auth_begin in = {
		.user = "nobody", .service = "login", .purpose = "login"
	};
	const struct sy_account account = { .user = "suzuki",
		.service = "sudo",
		.purpose = "privileged",
		.boot = "000102030405060708090a0b0c0d0e0f" };
	struct scene *s = *state;
	struct sy_account_step step;

	terminals_free(&server->terminals);
	assert_int_equal(terminals_new(2, &server->terminals), SY_OK);
	for (int i = 0; i < 2; i++)
		begin(s, &s->open, "nobody");
	assert_int_equal(desk_call(&s->open, "/v1/auth", &sy_message_auth_begin,
			     &in, &sy_message_auth_step, &s->step),
	    503);
	assert_in_range(s->open.failure.retry_after, 1, TERMINALS_BEGIN_WINDOW);
	assert_int_equal(logins_open(server->logins), 2);
	assert_int_equal(desk_call(&s->open, "/v1/account", &sy_message_account,
			     &account, &sy_message_account_step, &step),
	    503);
	/* What was begun goes on, and others begin theirs. */
	begin(s, &s->desk, "suzuki");
	show_card(s);
	prove_card(s, "suzuki");
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
}

/* --- crashes and failures --- */

/* A server that was killed between debit and settlement left this behind. */
static void
a_try_that_a_crash_cut_off_has_failed(void **state)
{
	struct scene *s = *state;
	struct lockout_row row;

	lockout_init(&row, s->suzuki);
	row.epoch = s->office.server.epoch + 1;
	row.pending = 3;
	put_lockout(s, &row);
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, "wrong"), 200);
	expect_deny(s, "password-state");
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.failed, 4);
	assert_int_equal(row.pending, 0);
}

static void
a_debit_that_could_not_be_settled_is_settled_later(void **state)
{
	struct scene *s = *state;
	struct login_facts facts = { .debit = { .open = true },
		.kind = SY_KIND_STAFF,
		.purpose = SY_PURPOSE_LOGIN,
		.tries = s->suzuki };
	struct lockout_row row;

	lockout_init(&row, s->suzuki);
	row.epoch = s->office.server.epoch;
	row.pending = 3;
	put_lockout(s, &row);
	debts_add(&s->office.server, &facts, DEBIT_WRONG);
	debts_add(&s->office.server, &facts, DEBIT_UNKNOWN);
	facts.debit.open = false;
	debts_add(&s->office.server, &facts, DEBIT_WRONG);
	debts_retry(&s->office.server);
	while (s->office.server.jobs > 0)
		place_dispatch(&s->office.place);
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.pending, 1);
	assert_int_equal(row.failed, 1);
}

/* The policy asks for more since the login began, and the ledger fails between
 * debit and settlement: nothing counts, and the same may be tried again. */
static void
a_right_one_that_could_not_be_settled_counts_for_nothing(void **state)
{
	static const struct timespec moment = { .tv_nsec = 10000000 };
	struct sy_auth_password in = { .password_len = strlen(PASSWORD) };
	struct scene *s = *state;
	struct lockout_row row;

	begin(s, &s->open, "suzuki");
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, PASSWORD, strlen(PASSWORD));
	office_policy(&s->office,
	    "[policy]\nname = stricter\n"
	    "[rule both]\nzone = internet\npurpose = login\nkind = staff\n"
	    "require = 2\nallow = card+password\norigin = issuer\n");
	desk_post(&s->open, "/v1/auth/password", &sy_message_auth_password,
	    &in);
	do {
		(void)event_base_loop(s->office.server.base, EVLOOP_ONCE);
		read_lockout(s, s->suzuki, &row);
	} while (row.pending == 0);
	place_sql(&s->office.place, "ALTER TABLE lockout RENAME TO away");
	assert_int_equal(desk_answer(&s->open), 503);
	place_sql(&s->office.place, "ALTER TABLE away RENAME TO lockout");
	while (ledger_trouble(s->office.server.ledger) != SY_OK)
		(void)nanosleep(&moment, NULL);
	debts_retry(&s->office.server);
	while (s->office.server.jobs > 0)
		place_dispatch(&s->office.place);
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.pending, 0);
	assert_int_equal(row.failed, 0);
	assert_int_equal(type(s, &s->open, PASSWORD), 200);
	assert_string_equal(s->step.step, "present");
	assert_string_equal(s->step.methods, "card");
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.pending, 0);
	assert_int_equal(row.failed, 0);
}

/* What was right when it was hashed is none any more when it is decided. */
static void
a_password_that_was_replaced_meanwhile_is_refused(void **state)
{
	struct sy_auth_password in = { .password_len = strlen(PASSWORD) };
	struct scene *s = *state;
	struct sy_error error = { .code = SY_OK };
	struct password_row next;
	struct lockout_row row;

	come_to_password(s);
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, PASSWORD, strlen(PASSWORD));
	desk_post(&s->desk, "/v1/auth/password", &sy_message_auth_password,
	    &in);
	do {
		(void)event_base_loop(s->office.server.base, EVLOOP_ONCE);
		read_lockout(s, s->suzuki, &row);
	} while (row.pending == 0);
	s->password.state = PASSWORD_FORMER;
	office_update(&s->office, &row_type_password, &s->password);
	office_password(&s->office, s->suzuki, "Aki-no-yonaga+1",
	    PASSWORD_ACTIVE, &next);
	assert_int_equal(desk_answer(&s->desk), 200);
	assert_int_equal(sy_message_decode(&sy_message_auth_step, s->desk.text,
			     s->desk.len, &s->step, &error),
	    SY_OK);
	expect_deny(s, "password-state");
}

/* A machine that failed is nobody's wrong password. */
static void
a_hash_that_could_not_be_made_costs_no_try(void **state)
{
	struct scene *s = *state;
	struct lockout_row row;

	s->password.memory = SY_HASH_MEMORY_MAX + 1;
	office_update(&s->office, &row_type_password, &s->password);
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 503);
	read_lockout(s, s->suzuki, &row);
	assert_int_equal(row.pending, 0);
	assert_int_equal(row.failed, 0);
	expect_record(s, "auth.tried", SY_OUTCOME_FAILED, "not-verified",
	    "login", "suzuki");
	s->password.memory = SY_HASH_MEMORY_MIN;
	office_update(&s->office, &row_type_password, &s->password);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
}

/* The lock that came between debit and verdict stands. */
static void
a_lock_that_came_meanwhile_stands(void **state)
{
	struct scene *s = *state;
	struct lockout_row row;

	lockout_init(&row, s->suzuki);
	row.epoch = s->office.server.epoch;
	row.state = LOCKOUT_HELP;
	put_lockout(s, &row);
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_deny(s, "password-state");
	assert_int_equal(s->step.until, 0);
}

static void
a_stopped_id_is_refused_with_the_right_password(void **state)
{
	struct scene *s = *state;
	struct hold_row hold;

	sample_hold(&hold, 0);
	hold.owner = s->suzuki;
	hold.token = 0;
	/* Before it, the card alone is refused. */
	come_to_password(s);
	place_insert(&s->office.place, &row_type_hold, &hold);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_deny(s, "id-held");
	expect_record(s, "auth.verdict", SY_OUTCOME_DENY, "id-held", "id-holds",
	    "1");
}

/* However often strangers failed, the owner's verdict can be sent. */
static void
a_million_failed_tries_keep_nobody_out(void **state)
{
	struct scene *s = *state;
	struct activity_row row;

	sample_activity(&row, s->suzuki);
	row.failures = SY_FAILURES_MAX - 1;
	place_insert(&s->office.place, &row_type_activity, &row);
	for (int i = 0; i < 2; i++) {
		const struct sy_auth_abandon in = { .failure = "credential",
			.reason = "denied" };
		struct sy_auth_abandon abandon = in;

		begin(s, &s->desk, "suzuki");
		memcpy(abandon.txn, s->step.txn, sizeof(abandon.txn));
		assert_int_equal(desk_call(&s->desk, "/v1/auth/abandon",
				     &sy_message_auth_abandon, &abandon,
				     &sy_message_auth_step, &s->step),
		    200);
	}
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
	assert_int_equal(s->step.failures, SY_FAILURES_MAX);
}

static void
abandon(struct scene *s, struct desk *d)
{
	struct sy_auth_abandon in = { .failure = "cancelled",
		.reason = "cancelled" };

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	assert_int_equal(desk_call(d, "/v1/auth/abandon",
			     &sy_message_auth_abandon, &in,
			     &sy_message_auth_step, &s->step),
	    200);
}

/* LOGIN-1: the owner notices a stranger who guessed and gave up. A login that
 * was only begun is no failed try, nor is a typing error in one's own. */
static void
guesses_that_were_given_up_are_told_at_the_next_login(void **state)
{
	struct scene *s = *state;

	begin(s, &s->open, "suzuki");
	abandon(s, &s->open);
	begin(s, &s->open, "suzuki");
	assert_int_equal(type(s, &s->open, "wrong"), 200);
	assert_int_equal(type(s, &s->open, PASSWORD), 200);
	expect_allow(s);
	assert_int_equal(s->step.failures, 0);
	for (int i = 0; i < 2; i++) {
		begin(s, &s->open, "suzuki");
		assert_int_equal(type(s, &s->open, "wrong"), 200);
		abandon(s, &s->open);
	}
	begin(s, &s->open, "suzuki");
	assert_int_equal(type(s, &s->open, PASSWORD), 200);
	expect_allow(s);
	assert_int_equal(s->step.failures, 2);
}

/* Who is denied learns nothing of the person, whatever card he tried first. */
static void
a_denial_brings_nothing_that_a_login_brings(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *own = s->key;
	struct hold_row hold;

	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
	assert_string_equal(s->step.notice, "For work only");
	sample_hold(&hold, 0);
	hold.owner = s->suzuki;
	hold.token = 0;
	begin(s, &s->desk, "suzuki");
	s->key = testca_key(TESTCA_P384);
	show_card(s);
	assert_string_equal(s->step.step, "wrong-card");
	s->key = own;
	show_card(s);
	prove_card(s, "suzuki");
	place_insert(&s->office.place, &row_type_hold, &hold);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_deny(s, "id-held");
	assert_string_equal(s->step.notice, "");
	assert_string_equal(s->step.change, "");
	assert_int_equal(s->step.failures, 0);
}

/* --- CRED-1 --- */

static void
a_login_brings_the_hash_up_to_date(void **state)
{
	struct scene *s = *state;
	struct password_row row;

	office_hashing(&s->office, SY_HASH_MEMORY_MIN + 1024, 8);
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
	while (hashing_taken(s->office.server.hashing) > 0 ||
	    s->office.server.jobs > 0)
		(void)event_base_loop(s->office.server.base, EVLOOP_ONCE);
	assert_int_equal(
	    standing_password_row(ledger_reader(s->office.place.ledger),
		s->suzuki, &row),
	    SY_OK);
	assert_int_equal(row.id, s->password.id);
	assert_int_equal(row.memory, SY_HASH_MEMORY_MIN + 1024);
	assert_int_equal(row.created, s->password.created);
	assert_memory_not_equal(row.hash, s->password.hash, sizeof(row.hash));
	expect_record(s, "password.rehash", SY_OUTCOME_DONE, "", "memory",
	    "9216");
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, PASSWORD), 200);
	expect_allow(s);
}

/* The row of one is of no use for another: the pepper is bound to the ID. */
static void
a_hash_moved_to_another_person_is_wrong(void **state)
{
	struct scene *s = *state;
	struct password_row row = s->password;

	row.id = 0;
	row.owner = s->tanaka;
	place_insert(&s->office.place, &row_type_password, &row);
	begin(s, &s->open, "tanaka");
	assert_int_equal(type(s, &s->open, PASSWORD), 200);
	assert_true(s->step.wrong);
}

struct needle {
	const char *text;
	unsigned int records; /* that hold it */
};

/* The whole record, as it was before it was sealed. */
static enum sy_err
search_record(void *ctx, const struct sy_audit_record *record)
{
	SY_AUTO(sy_buf_free) struct sy_buf *all = NULL;
	struct needle *n = ctx;

	assert_int_equal(sy_buf_new(SY_AUDIT_BODY_MAX, &all), SY_OK);
	assert_int_equal(sy_audit_encode(record, all), SY_OK);
	if (memmem(sy_buf_data(all), sy_buf_len(all), n->text,
		strlen(n->text)) != NULL)
		n->records++;
	return SY_OK;
}

static unsigned int
records_with(struct scene *s, const char *text)
{
	struct needle n = { .text = text };

	assert_int_equal(ledger_read_log(s->office.place.ledger, 0,
			     search_record, &n),
	    SY_OK);
	return n.records;
}

struct row_search {
	const struct row_type *type;
	const char *text;
	unsigned int rows; /* that hold it */
};

/* Opened by the keeper, as it was before it was sealed. */
static enum sy_err
search_row(void *ctx, const void *row)
{
	struct row_search *r = ctx;

	if (memmem(row, r->type->size, r->text, strlen(r->text)) != NULL)
		r->rows++;
	return SY_OK;
}

static unsigned int
rows_with(struct scene *s, const char *text)
{
	struct row_search r = { .text = text };

	for (size_t i = 0; row_types[i] != NULL; i++) {
		r.type = row_types[i];
		assert_int_equal(row_walk(ledger_reader(s->office.place.ledger),
				     r.type, NULL, 0, search_row, &r),
		    SY_OK);
	}
	return r.rows;
}

/* A password that was mistyped, one in the place of the name, and the right
 * one. Sealed columns are searched opened: what is under a seal would not be
 * found otherwise. */
static void
nothing_that_was_typed_is_in_the_log_or_the_database(void **state)
{
	static const char *const typed[] = { "Secret-Typo-77", PASSWORD,
		"secret-as-name-5" };
	struct scene *s = *state;

	begin(s, &s->open, typed[2]);
	assert_int_equal(type(s, &s->open, typed[0]), 200);
	come_to_password(s);
	assert_int_equal(type(s, &s->desk, typed[0]), 200);
	assert_int_equal(type(s, &s->desk, typed[1]), 200);
	expect_allow(s);
	for (size_t i = 0; i < SY_COUNT(typed); i++) {
		print_message("  %s\n", typed[i]);
		assert_int_equal(records_with(s, typed[i]), 0);
		assert_int_equal(rows_with(s, typed[i]), 0);
	}
	/* What is there is found. */
	assert_true(records_with(s, "suzuki") > 0);
	assert_true(rows_with(s, "suzuki") > 0);
}

static int
free_all(void **state)
{
	(void)state;
	testca_free_keys();
	return 0;
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(card_and_password_let_in),
		CASE(the_same_characters_in_another_form_are_the_same),
		CASE(wrong_passwords_are_asked_again_until_the_lock),
		CASE(a_right_one_forgives_those_before_it),
		CASE(what_is_no_password_is_wrong),
		CASE(a_megabyte_is_no_message),
		CASE(passwords_that_are_not_in_force_are_wrong),
		CASE(a_thousand_passwords_without_the_card_lock_nobody_out),
		CASE(what_a_login_waits_for_can_be_fetched),
		CASE(a_password_between_card_and_signature_is_out_of_order),
		CASE(failures_of_one_factor_clear_nothing_of_another),
		CASE(unknown_people_cost_and_get_the_same),
		CASE(slots_for_unknown_names_are_bounded),
		CASE(a_slot_forgets_after_a_day),
		CASE(a_crowd_gets_no_more_tries_than_one),
		CASE(a_full_house_says_busy_and_takes_no_try),
		CASE(who_is_sent_away_gets_the_time_back),
		CASE(who_stands_among_the_hashes_gets_the_time_back),
		CASE(nobody_is_sent_away_for_ever),
		CASE(those_sent_away_are_let_on_in_their_order),
		CASE(those_of_one_terminal_do_not_stand_before_all_others),
		CASE(a_terminal_of_guessers_waits_but_not_for_who_has_a_card),
		CASE(a_crowd_at_one_terminal_gets_no_more_tries_than_one),
		CASE(a_try_that_fails_or_is_right_frees_its_place),
		CASE(a_terminal_begins_so_many_logins_and_no_more),
		CASE(a_try_that_a_crash_cut_off_has_failed),
		CASE(a_debit_that_could_not_be_settled_is_settled_later),
		CASE(a_right_one_that_could_not_be_settled_counts_for_nothing),
		CASE(a_password_that_was_replaced_meanwhile_is_refused),
		CASE(a_hash_that_could_not_be_made_costs_no_try),
		CASE(a_lock_that_came_meanwhile_stands),
		CASE(a_stopped_id_is_refused_with_the_right_password),
		CASE(a_million_failed_tries_keep_nobody_out),
		CASE(guesses_that_were_given_up_are_told_at_the_next_login),
		CASE(a_denial_brings_nothing_that_a_login_brings),
		CASE(a_login_brings_the_hash_up_to_date),
		CASE(a_hash_moved_to_another_person_is_wrong),
		CASE(nothing_that_was_typed_is_in_the_log_or_the_database),
	};

	return cmocka_run_group_tests_name("server_password", tests, NULL,
	    free_all);
}
