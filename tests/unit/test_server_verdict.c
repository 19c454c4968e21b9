/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/auth/verdict.c, obligations.c, card.c over a real ledger: LOCK-2,
 * LOGIN-1, MFA-1: the card that says whose login it is, stricter limits, what
 * counts as a failed try of whom, what ends soon.
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include "server/auth/knowledge.h"
#include "server/auth/login.h"
#include "server/session/activity.h"
#include "tests/support/office.h"

#define PASSWORD "Kitsune-no-yomeiri-9"
#define DAY      INT64_C(86400000000)

static const char policy_text[] =
    "[policy]\nname = strict\n"
    "[rule pin]\nzone = mynumber\npurpose = login privileged\n"
    "kind = staff contractor privileged\nrequire = 2\nallow = card-pin\n"
    "origin = issuer\n"
    "[rule alone]\nzone = internet\npurpose = login\n"
    "kind = staff privileged\nrequire = 1\nallow = password\n"
    "[lockout privileged]\nkind = privileged operator\n"
    "purpose = login unlock privileged remote operator\ntries = 2\n"
    "lock = 60m\nlocks = 1\ndisable = 10\n"
    "[lockout all]\nkind = staff contractor developer shared\n"
    "purpose = login unlock remote\ntries = 4\nlock = 15m\nlocks = 2\n"
    "disable = 50\n"
    "[targets]\npersons = suzuki\n";

struct scene {
	struct office office;
	struct terminal_row counter, kiosk;
	struct desk desk, open;
	int64_t suzuki, tanaka, token;
	EVP_PKEY *key, *tanakas_key;
	struct sy_auth_step step;
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
	s->tanakas_key = testca_key(TESTCA_RSA2048);
	office_terminal(o, "counter-1", SY_ZONE_MYNUMBER, &s->counter);
	office_terminal(o, "kiosk-9", SY_ZONE_INTERNET, &s->kiosk);
	s->suzuki = office_person(o, "suzuki", SY_KIND_STAFF);
	s->tanaka = office_person(o, "tanaka", SY_KIND_STAFF);
	s->token = office_token(o, s->suzuki, s->key, SY_METHOD_CARD_PIN);
	(void)office_token(o, s->tanaka, s->tanakas_key, SY_METHOD_CARD_PIN);
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

static unsigned int
begin_as(struct scene *s, struct desk *d, const char *user, const char *purpose,
    bool identify)
{
	struct sy_auth_begin in = { .service = "login", .identify = identify };

	(void)snprintf(in.user, sizeof(in.user), "%s", user);
	(void)snprintf(in.purpose, sizeof(in.purpose), "%s", purpose);
	memset(&s->step, 0, sizeof(s->step));
	return desk_call(d, "/v1/auth", &sy_message_auth_begin, &in,
	    &sy_message_auth_step, &s->step);
}

static void
show(struct scene *s, EVP_PKEY *key)
{
	struct sy_auth_card in = {
		.driver = "piv", .method = "card-pin", .tries = 3
	};
	uint8_t *spki;
	size_t len;

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	spki = testca_spki(key, &len);
	memcpy(in.spki, spki, len);
	in.spki_len = (uint16_t)len;
	free(spki);
	assert_int_equal(desk_call(&s->desk, "/v1/auth/card",
			     &sy_message_auth_card, &in, &sy_message_auth_step,
			     &s->step),
	    200);
}

static void
prove(struct scene *s, EVP_PKEY *key, const char *login, const char *purpose)
{
	const struct signing signing = { .key = key,
		.terminal = "counter-1",
		.login = login,
		.service = "login",
		.purpose = purpose,
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

static void
type(struct scene *s, const char *text)
{
	struct sy_auth_password in = { .password_len = (uint16_t)strlen(text) };

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, text, strlen(text));
	assert_int_equal(desk_call(&s->open, "/v1/auth/password",
			     &sy_message_auth_password, &in,
			     &sy_message_auth_step, &s->step),
	    200);
}

static int64_t
failures_of(struct scene *s, int64_t person)
{
	struct activity_row row;

	assert_int_equal(activity_read(ledger_reader(s->office.place.ledger),
			     person, &row),
	    SY_OK);
	return row.failures;
}

/* --- the card says who it is --- */

static void
the_card_says_whose_login_it_is(void **state)
{
	struct scene *s = *state;
	struct office_record r;

	assert_int_equal(begin_as(s, &s->desk, "", "login", true), 200);
	assert_string_equal(s->step.methods, "card-pin");
	show(s, s->tanakas_key);
	assert_string_equal(s->step.login, "tanaka");
	/* Taken out again: whose card is in the reader counts. */
	show(s, s->key);
	assert_string_equal(s->step.login, "suzuki");
	prove(s, s->key, "suzuki", "login");
	assert_string_equal(s->step.verdict, "allow");
	assert_true(office_last_record(&s->office, "auth.verdict", "login",
	    &r));
	assert_string_equal(r.fact, "suzuki");
}

static void
an_unknown_card_says_nothing(void **state)
{
	struct scene *s = *state;

	assert_int_equal(begin_as(s, &s->desk, "", "login", true), 200);
	show(s, testca_key(TESTCA_P384));
	assert_string_equal(s->step.step, "wrong-card");
	show(s, s->key);
	prove(s, s->key, "suzuki", "login");
	assert_string_equal(s->step.verdict, "allow");
}

static void
without_a_name_only_a_card_can_begin(void **state)
{
	struct scene *s = *state;

	assert_int_equal(begin_as(s, &s->desk, "", "login", false), 400);
	/* Where a password is all there is, nobody is identified. */
	assert_int_equal(begin_as(s, &s->open, "", "login", true), 200);
	assert_string_equal(s->step.verdict, "deny");
	/* A name that was given is not replaced by that of a card. */
	assert_int_equal(begin_as(s, &s->desk, "suzuki", "login", true), 200);
	show(s, s->tanakas_key);
	assert_string_equal(s->step.step, "wrong-card");
}

/* --- who may become another account --- */

static void
a_person_without_grant_becomes_nobody_else(void **state)
{
	struct scene *s = *state;

	assert_int_equal(begin_as(s, &s->desk, "suzuki", "privileged", false),
	    200);
	show(s, s->key);
	prove(s, s->key, "suzuki", "privileged");
	assert_string_equal(s->step.verdict, "allow");
	assert_int_equal(begin_as(s, &s->desk, "tanaka", "privileged", false),
	    200);
	/* Nor is a PIN asked for it. */
	show(s, s->tanakas_key);
	assert_string_equal(s->step.verdict, "deny");
	assert_string_equal(s->step.reason, "no-grant");
}

/* --- LOCK-2 --- */

static void
privileged_ids_have_fewer_tries(void **state)
{
	struct scene *s = *state;
	struct password_row row;
	const int64_t now = time(NULL);
	const int64_t root =
	    office_person(&s->office, "sysadmin", SY_KIND_PRIVILEGED);

	office_password(&s->office, root, PASSWORD, PASSWORD_ACTIVE, &row);
	office_password(&s->office, s->suzuki, PASSWORD, PASSWORD_ACTIVE, &row);
	assert_int_equal(begin_as(s, &s->open, "sysadmin", "login", false),
	    200);
	type(s, "wrong");
	assert_true(s->step.wrong);
	assert_int_equal(s->step.left, 1);
	type(s, "wrong");
	assert_string_equal(s->step.reason, "password-state");
	assert_true(s->step.until >= now + 3600);
	assert_int_equal(begin_as(s, &s->open, "suzuki", "login", false), 200);
	for (int i = 0; i < 3; i++)
		type(s, "wrong");
	assert_int_equal(s->step.left, 1);
	type(s, PASSWORD);
	assert_string_equal(s->step.verdict, "allow");
}

/* --- what counts as a failed try --- */

static void
failed_tries_are_counted_for_their_person(void **state)
{
	struct sy_auth_abandon abandon = { .failure = "credential",
		.pins_wrong = 2 };
	struct scene *s = *state;

	assert_int_equal(begin_as(s, &s->desk, "suzuki", "login", false), 200);
	show(s, s->tanakas_key);
	assert_int_equal(failures_of(s, s->suzuki), 1);
	assert_int_equal(failures_of(s, s->tanaka), 0);
	memcpy(abandon.txn, s->step.txn, sizeof(abandon.txn));
	(void)snprintf(abandon.reason, sizeof(abandon.reason), "%s",
	    sy_err_name(SY_ERR_PIN_WRONG));
	assert_int_equal(desk_call(&s->desk, "/v1/auth/abandon",
			     &sy_message_auth_abandon, &abandon,
			     &sy_message_auth_step, &s->step),
	    200);
	/* One login, one try. */
	assert_int_equal(failures_of(s, s->suzuki), 1);
	assert_int_equal(begin_as(s, &s->desk, "suzuki", "login", false), 200);
	memcpy(abandon.txn, s->step.txn, sizeof(abandon.txn));
	assert_int_equal(desk_call(&s->desk, "/v1/auth/abandon",
			     &sy_message_auth_abandon, &abandon,
			     &sy_message_auth_step, &s->step),
	    200);
	assert_int_equal(failures_of(s, s->suzuki), 2);
	/* A reader that failed is nobody's try. */
	assert_int_equal(begin_as(s, &s->desk, "suzuki", "login", false), 200);
	memcpy(abandon.txn, s->step.txn, sizeof(abandon.txn));
	(void)snprintf(abandon.failure, sizeof(abandon.failure), "device");
	abandon.pins_wrong = 0;
	assert_int_equal(desk_call(&s->desk, "/v1/auth/abandon",
			     &sy_message_auth_abandon, &abandon,
			     &sy_message_auth_step, &s->step),
	    200);
	assert_int_equal(failures_of(s, s->suzuki), 2);
}

/* --- what ends soon --- */

static void
the_end_of_a_card_is_told_a_month_before(void **state)
{
	static const struct {
		int64_t left; /* microseconds */
		bool told;
	} tc[] = { { 31 * DAY, false }, { 29 * DAY, true }, { DAY, true } };
	const int64_t now = (int64_t)time(NULL) * 1000000;
	struct scene *s = *state;
	struct token_row row;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
				     &row_type_token, s->token, &row),
		    SY_OK);
		row.not_after = now + tc[i].left;
		office_update(&s->office, &row_type_token, &row);
		assert_int_equal(begin_as(s, &s->desk, "suzuki", "login",
				     false),
		    200);
		show(s, s->key);
		prove(s, s->key, "suzuki", "login");
		assert_string_equal(s->step.verdict, "allow");
		assert_int_equal(s->step.card_ends,
		    tc[i].told ? row.not_after / 1000000 : 0);
	}
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
		CASE(the_card_says_whose_login_it_is),
		CASE(an_unknown_card_says_nothing),
		CASE(without_a_name_only_a_card_can_begin),
		CASE(a_person_without_grant_becomes_nobody_else),
		CASE(privileged_ids_have_fewer_tries),
		CASE(failed_tries_are_counted_for_their_person),
		CASE(the_end_of_a_card_is_told_a_month_before),
	};

	return cmocka_run_group_tests_name("server_verdict", tests, NULL,
	    free_all);
}
