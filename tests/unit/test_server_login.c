/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/auth/login.c, card.c, verdict.c over a real ledger: MFA-1, CARD-2,
 * CARD-6, TERM-1. Every case that is not the first ends in no.
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include "server/auth/login.h"
#include "server/ledger/ledger_int.h"
#include "server/session/activity.h"
#include "tests/support/office.h"

struct scene {
	struct office office;
	struct terminal_row counter, other;
	struct desk desk;
	int64_t suzuki, tanaka;
	int64_t token, tanakas;
	struct sy_auth_step step;
	struct sy_auth_proof proof;
	EVP_PKEY *key, *tanakas_key;
	bool more; /* the card that is shown has another key */
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct office *o;

	assert_non_null(s);
	o = &s->office;
	office_open(o);
	s->key = testca_key(TESTCA_P256);
	s->tanakas_key = testca_key(TESTCA_RSA2048);
	office_terminal(o, "counter-1", SY_ZONE_MYNUMBER, &s->counter);
	office_terminal(o, "counter-2", SY_ZONE_MYNUMBER, &s->other);
	s->suzuki = office_person(o, "suzuki", SY_KIND_STAFF);
	s->tanaka = office_person(o, "tanaka", SY_KIND_STAFF);
	s->token = office_token(o, s->suzuki, s->key, SY_METHOD_CARD_PIN);
	s->tanakas =
	    office_token(o, s->tanaka, s->tanakas_key, SY_METHOD_CARD_PIN);
	desk_open(o, LISTENER_TERMINALS, &s->counter, &s->desk);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->desk);
	office_close(&s->office);
	free(s);
	return 0;
}

/* --- steps --- */

static unsigned int
begin_at(struct scene *s, struct desk *d, const char *user, const char *purpose)
{
	struct sy_auth_begin in = { .tty = "tty1" };

	(void)snprintf(in.user, sizeof(in.user), "%s", user);
	(void)snprintf(in.service, sizeof(in.service), "login");
	(void)snprintf(in.purpose, sizeof(in.purpose), "%s", purpose);
	memset(&s->step, 0, sizeof(s->step));
	return desk_call(d, "/v1/auth", &sy_message_auth_begin, &in,
	    &sy_message_auth_step, &s->step);
}

static void
begin(struct scene *s, const char *user)
{
	assert_int_equal(begin_at(s, &s->desk, user, "login"), 200);
	assert_string_equal(s->step.step, "present");
}

static unsigned int
show_as(struct scene *s, struct desk *d, EVP_PKEY *key, const char *method)
{
	struct sy_auth_card in = { .tries = 3, .more = s->more };
	uint8_t *spki;
	size_t len;

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	(void)snprintf(in.driver, sizeof(in.driver), "piv");
	(void)snprintf(in.method, sizeof(in.method), "%s", method);
	spki = testca_spki(key, &len);
	memcpy(in.spki, spki, len);
	in.spki_len = (uint16_t)len;
	free(spki);
	return desk_call(d, "/v1/auth/card", &sy_message_auth_card, &in,
	    &sy_message_auth_step, &s->step);
}

/* Begin and show the right card: the next thing is the signature. */
static void
come_to_proof(struct scene *s)
{
	begin(s, "suzuki");
	assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 200);
	assert_string_equal(s->step.step, "prove");
	assert_string_equal(s->step.login, "suzuki");
	assert_int_equal(s->step.nonce_len, SY_NONCE_SIZE);
}

static void
sign_as(struct scene *s, EVP_PKEY *key, const char *login, const char *service)
{
	const struct signing signing = { .key = key,
		.terminal = "counter-1",
		.login = login,
		.service = service,
		.purpose = "login",
		.txn = s->step.txn,
		.nonce = s->step.nonce };

	office_sign(&signing, &s->proof);
}

static unsigned int
prove_at(struct scene *s, struct desk *d)
{
	return desk_call(d, "/v1/auth/proof", &sy_message_auth_proof, &s->proof,
	    &sy_message_auth_step, &s->step);
}

static void
prove(struct scene *s)
{
	sign_as(s, s->key, "suzuki", "login");
	assert_int_equal(prove_at(s, &s->desk), 200);
	assert_string_equal(s->step.step, "verdict");
}

static struct login *
login_of(struct scene *s)
{
	struct login *login = NULL;
	uint8_t txn[SY_TXN_SIZE];

	assert_int_equal(sy_text_unhex(s->step.txn, txn, sizeof(txn)), SY_OK);
	assert_int_equal(logins_get(s->office.server.logins, txn, &login),
	    SY_OK);
	return login;
}

static void
expect_record(struct scene *s, const char *action, enum sy_outcome outcome,
    const char *reason)
{
	struct office_record r;

	assert_true(office_last_record(&s->office, action, "", &r));
	assert_int_equal(r.outcome, outcome);
	assert_string_equal(r.reason, reason);
	assert_string_equal(r.terminal, "counter-1");
}

static void
expect_fact(struct scene *s, const char *action, const char *fact,
    const char *value)
{
	struct office_record r;

	assert_true(office_last_record(&s->office, action, fact, &r));
	assert_string_equal(r.fact, value);
}

static void
expect_deny(struct scene *s, const char *reason)
{
	assert_string_equal(s->step.step, "verdict");
	assert_string_equal(s->step.verdict, "deny");
	assert_string_equal(s->step.reason, reason);
	assert_int_equal(s->step.support[0], 'R');
}

/* --- yes --- */

static void
the_right_card_and_its_pin_let_in(void **state)
{
	struct scene *s = *state;
	char number[24];

	begin(s, "suzuki");
	assert_string_equal(s->step.methods, "card-pin");
	assert_string_equal(s->step.drivers, "piv");
	assert_true(s->step.fresh);
	assert_int_equal(s->step.reserve, 1);
	assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 200);
	prove(s);
	assert_string_equal(s->step.verdict, "allow");
	expect_record(s, "auth.verdict", SY_OUTCOME_ALLOW, "allowed");
	expect_fact(s, "auth.verdict", "categories", "knowledge+possession");
	expect_fact(s, "auth.verdict", "login", "suzuki");
	expect_fact(s, "auth.verdict", "policy", "test");
	(void)snprintf(number, sizeof(number), "token:%lld",
	    (long long)s->token);
	expect_fact(s, "auth.verdict", "token", number);
}

static void
the_record_holds_what_was_signed(void **state)
{
	struct scene *s = *state;
	char nonce[2 * SY_NONCE_SIZE + 1];
	char signature[2 * SY_SIGNATURE_SIZE_MAX + 1];
	uint8_t server_nonce[SY_NONCE_SIZE];

	come_to_proof(s);
	memcpy(server_nonce, s->step.nonce, sizeof(server_nonce));
	prove(s);
	sy_text_hex(server_nonce, sizeof(server_nonce), nonce);
	expect_fact(s, "auth.verdict", "server-nonce", nonce);
	sy_text_hex(s->proof.agent_nonce, SY_NONCE_SIZE, nonce);
	expect_fact(s, "auth.verdict", "agent-nonce", nonce);
	sy_text_hex(s->proof.signature, s->proof.signature_len, signature);
	expect_fact(s, "auth.verdict", "signature", signature);
	expect_fact(s, "auth.verdict", "server", OFFICE_SERVER);
	expect_fact(s, "auth.verdict", "service", "login");
	expect_fact(s, "auth.verdict", "purpose", "login");
}

static void
a_verdict_can_be_fetched_again_by_its_terminal(void **state)
{
	struct scene *s = *state;
	struct sy_auth_fetch in;
	struct sy_auth_step again;
	struct desk other;

	come_to_proof(s);
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	assert_int_equal(desk_call(&s->desk, "/v1/auth/verdict",
			     &sy_message_auth_fetch, &in, &sy_message_auth_step,
			     &again),
	    409);
	prove(s);
	assert_int_equal(desk_call(&s->desk, "/v1/auth/verdict",
			     &sy_message_auth_fetch, &in, &sy_message_auth_step,
			     &again),
	    200);
	assert_memory_equal(&again, &s->step, sizeof(again));
	desk_open(&s->office, LISTENER_TERMINALS, &s->other, &other);
	assert_int_equal(desk_call(&other, "/v1/auth/verdict",
			     &sy_message_auth_fetch, &in, &sy_message_auth_step,
			     &again),
	    404);
	desk_close(&other);
}

static void
a_card_in_place_unlocks_in_two_round_trips(void **state)
{
	struct scene *s = *state;
	struct sy_auth_begin in = { .service = "login", .tries = 3 };
	struct signing signing = { .key = s->key,
		.terminal = "counter-1",
		.login = "suzuki",
		.service = "login",
		.purpose = "unlock" };
	uint8_t *spki;
	size_t len;

	(void)snprintf(in.user, sizeof(in.user), "suzuki");
	(void)snprintf(in.purpose, sizeof(in.purpose), "unlock");
	(void)snprintf(in.driver, sizeof(in.driver), "piv");
	spki = testca_spki(s->key, &len);
	memcpy(in.spki, spki, len);
	in.spki_len = (uint16_t)len;
	free(spki);
	assert_int_equal(desk_call(&s->desk, "/v1/auth", &sy_message_auth_begin,
			     &in, &sy_message_auth_step, &s->step),
	    200);
	assert_string_equal(s->step.step, "prove");
	signing.txn = s->step.txn;
	signing.nonce = s->step.nonce;
	office_sign(&signing, &s->proof);
	assert_int_equal(prove_at(s, &s->desk), 200);
	assert_string_equal(s->step.verdict, "allow");

	/* At login a card in place shows nothing. */
	(void)snprintf(in.purpose, sizeof(in.purpose), "login");
	assert_int_equal(desk_call(&s->desk, "/v1/auth", &sy_message_auth_begin,
			     &in, &sy_message_auth_step, &s->step),
	    200);
	assert_string_equal(s->step.step, "present");
	assert_true(s->step.fresh);
}

/* --- the wrong card --- */

static void
another_persons_card_is_refused_and_recorded(void **state)
{
	struct scene *s = *state;
	char owner[REFERENCE_SIZE], token[REFERENCE_SIZE];

	begin(s, "suzuki");
	assert_int_equal(show_as(s, &s->desk, s->tanakas_key, "card-pin"), 200);
	assert_string_equal(s->step.step, "wrong-card");
	assert_int_equal(s->step.nonce_len, 0);
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "token-owner");
	record_reference("id", s->tanaka, owner);
	record_reference("token", s->tanakas, token);
	expect_fact(s, "auth.wrong-card", "owner", owner);
	expect_fact(s, "auth.wrong-card", "token", token);
	/* Their own card may still follow. */
	assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 200);
	prove(s);
	assert_string_equal(s->step.verdict, "allow");
}

static void
wrong_cards_end_the_login_at_last(void **state)
{
	struct scene *s = *state;

	begin(s, "suzuki");
	for (int i = 1; i < LOGIN_CARDS_MAX; i++) {
		assert_int_equal(show_as(s, &s->desk, testca_key(TESTCA_P384),
				     "card-pin"),
		    200);
		assert_string_equal(s->step.step, "wrong-card");
	}
	assert_int_equal(show_as(s, &s->desk, testca_key(TESTCA_P384),
			     "card-pin"),
	    200);
	expect_deny(s, "unknown-card");
	assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 409);
}

static int64_t
failed_tries(struct scene *s)
{
	struct activity_row row;

	assert_int_equal(activity_read(ledger_reader(s->office.place.ledger),
			     s->suzuki, &row),
	    SY_OK);
	return row.failures;
}

static void
a_key_of_a_card_that_has_another_is_no_wrong_card_yet(void **state)
{
	struct scene *s = *state;
	struct office_record r;

	begin(s, "suzuki");
	s->more = true;
	assert_int_equal(show_as(s, &s->desk, testca_key(TESTCA_P384), "card"),
	    200);
	assert_string_equal(s->step.step, "wrong-card");
	assert_false(office_last_record(&s->office, "auth.wrong-card", "", &r));
	assert_int_equal(failed_tries(s), 0);
	/* Its other key is the right one. */
	s->more = false;
	assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 200);
	assert_string_equal(s->step.step, "prove");

	/* A key that is somebody's is recorded at once. */
	begin(s, "suzuki");
	s->more = true;
	assert_int_equal(show_as(s, &s->desk, s->tanakas_key, "card-pin"), 200);
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "token-owner");

	/* Not for ever. */
	begin(s, "suzuki");
	for (int i = 0; i < 2 * LOGIN_CARDS_MAX; i++)
		assert_int_equal(show_as(s, &s->desk, testca_key(TESTCA_P384),
				     "card"),
		    200);
	expect_deny(s, "unknown-card");
}

static void
login_1_a_login_counts_once_however_often_it_fails(void **state)
{
	struct scene *s = *state;

	begin(s, "suzuki");
	for (int i = 0; i < LOGIN_CARDS_MAX; i++)
		assert_int_equal(show_as(s, &s->desk, testca_key(TESTCA_P384),
				     "card-pin"),
		    200);
	expect_deny(s, "unknown-card");
	assert_int_equal(failed_tries(s), 1);
}

static void
a_token_that_does_not_work_is_a_wrong_card(void **state)
{
	static const struct {
		const char *what;
		int64_t state;
		bool held;
		bool ended;
	} tc[] = {
		{ "lost", TOKEN_LOST, false, false },
		{ "revoked", TOKEN_REVOKED, false, false },
		{ "expired", TOKEN_ACTIVE, false, true },
		{ "suspended", TOKEN_ACTIVE, true, false },
	};
	struct scene *s = *state;
	struct token_row row;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
				     &row_type_token, s->token, &row),
		    SY_OK);
		row.state = tc[i].state;
		row.not_after = ((int64_t)time(NULL) * 1000000) +
		    (tc[i].ended ? -1000000 : OFFICE_YEAR);
		office_update(&s->office, &row_type_token, &row);
		if (tc[i].held)
			office_hold(&s->office, s->token);
		begin(s, "suzuki");
		assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 200);
		assert_string_equal(s->step.step, "wrong-card");
		expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY,
		    "token-state");
	}
}

/* ID-5: and no other card tells that the ID is stopped. */
static void
no_pin_is_asked_of_an_id_that_is_stopped(void **state)
{
	static const struct {
		const char *reason;
		int64_t from, to; /* from now, microseconds; 0: none */
		int64_t state;
		bool held;
	} tc[] = {
		{ "", -OFFICE_YEAR, OFFICE_YEAR, ID_ACTIVE, false },
		{ "id-dates", OFFICE_YEAR, 0, ID_ACTIVE, false },
		{ "id-dates", 0, -1000000, ID_ACTIVE, false },
		{ "id-state", 0, 0, ID_DISABLED, false },
		{ "id-held", 0, 0, ID_ACTIVE, true },
	};
	struct scene *s = *state;
	struct hold_row hold;
	struct id_row row;
	char number[24];

	(void)snprintf(number, sizeof(number), "token:%lld",
	    (long long)s->token);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const int64_t now = (int64_t)time(NULL) * 1000000;

		print_message("  %s\n", tc[i].reason);
		assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
				     &row_type_id, s->suzuki, &row),
		    SY_OK);
		row.state = tc[i].state;
		row.valid_from = tc[i].from == 0 ? 0 : now + tc[i].from;
		row.valid_to = tc[i].to == 0 ? 0 : now + tc[i].to;
		office_update(&s->office, &row_type_id, &row);
		memset(&hold, 0, sizeof(hold));
		hold.owner = s->suzuki;
		hold.source = HOLD_VIOLATION;
		hold.since = now;
		if (tc[i].held)
			place_insert(&s->office.place, &row_type_hold, &hold);
		begin(s, "suzuki");
		assert_int_equal(show_as(s, &s->desk, s->tanakas_key,
				     "card-pin"),
		    200);
		assert_string_equal(s->step.step, "wrong-card");
		assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 200);
		if (tc[i].reason[0] == '\0') {
			assert_string_equal(s->step.step, "prove");
			continue;
		}
		expect_deny(s, tc[i].reason);
		assert_int_equal(s->step.nonce_len, 0);
		expect_record(s, "auth.verdict", SY_OUTCOME_DENY, tc[i].reason);
		expect_fact(s, "auth.verdict", "token", number);
		expect_fact(s, "auth.verdict", "signature", "");
		/* Nothing follows. */
		sign_as(s, s->key, "suzuki", "login");
		assert_int_equal(prove_at(s, &s->desk), 409);
	}
}

static void
a_row_altered_by_hand_is_nobodys_card(void **state)
{
	struct scene *s = *state;

	place_sql(&s->office.place, "UPDATE token SET owner = owner + 1");
	begin(s, "tanaka");
	assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 200);
	assert_string_equal(s->step.step, "wrong-card");
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "row-altered");
}

static void
one_category_is_not_enough_where_two_are_asked_for(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *open_key = testca_key(TESTCA_P384);

	(void)office_token(&s->office, s->suzuki, open_key, SY_METHOD_CARD);
	begin(s, "suzuki");
	/* The key that needs no PIN, as what it is and as what it is not. */
	assert_int_equal(show_as(s, &s->desk, open_key, "card"), 200);
	assert_string_equal(s->step.step, "wrong-card");
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "combination");
	assert_int_equal(show_as(s, &s->desk, open_key, "card-pin"), 200);
	assert_string_equal(s->step.step, "wrong-card");
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "other-key");
}

/* --- who does not exist --- */

static void
unknown_people_get_the_same_steps(void **state)
{
	static const char *const names[] = { "nobody", "Suzuki", "鈴木 花子",
		"hunter2!", "x y" };
	struct scene *s = *state;
	struct sy_auth_step known, unknown;
	struct office_record r;

	begin(s, "suzuki");
	known = s->step;
	memset(known.txn, 0, sizeof(known.txn));
	for (size_t i = 0; i < SY_COUNT(names); i++) {
		print_message("  %s\n", names[i]);
		begin(s, names[i]);
		unknown = s->step;
		memset(unknown.txn, 0, sizeof(unknown.txn));
		assert_memory_equal(&unknown, &known, sizeof(known));
		assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 200);
		assert_string_equal(s->step.step, "wrong-card");
		assert_string_equal(s->step.reason, "");
		assert_true(office_last_record(&s->office, "auth.wrong-card",
		    "login", &r));
		/* What was typed may be a password. */
		assert_int_equal(strncmp(r.subject, "unknown:", 8), 0);
		assert_int_equal(strlen(r.subject), 8 + 16);
		assert_null(strstr(r.subject, names[i]));
		assert_string_equal(r.fact, "");
	}
}

/* CARD-7: nobody types a PIN into a card that could not let them in. */
static void
an_id_that_may_not_log_in_here_has_no_right_card(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *key = testca_key(TESTCA_P384);
	const int64_t dev = office_person(&s->office, "dev", SY_KIND_DEVELOPER);

	(void)office_token(&s->office, dev, key, SY_METHOD_CARD_PIN);
	begin(s, "dev");
	assert_string_equal(s->step.methods, "card-pin");
	assert_int_equal(show_as(s, &s->desk, key, "card-pin"), 200);
	assert_string_equal(s->step.step, "wrong-card");
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "not-accepted");
}

static void
a_card_of_an_origin_that_is_not_accepted_never_sees_its_pin(void **state)
{
	struct scene *s = *state;
	struct token_row row;

	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_token, s->token, &row),
	    SY_OK);
	row.origin = SY_ORIGIN_PERSONALISED;
	office_update(&s->office, &row_type_token, &row);
	begin(s, "suzuki");
	assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 200);
	assert_string_equal(s->step.step, "wrong-card");
	expect_record(s, "auth.wrong-card", SY_OUTCOME_DENY, "not-accepted");
	expect_fact(s, "auth.wrong-card", "origin", "personalised");
}

/* --- the wrong proof --- */

static void
a_signature_over_anything_else_is_refused(void **state)
{
	static const struct {
		const char *what;
		const char *login;
		const char *service;
		const char *terminal;
		const char *purpose;
		bool other_key;
		bool other_nonce;
	} tc[] = {
		{ "another person", "tanaka", "login", "counter-1", "login",
		    false, false },
		{ "another service", "suzuki", "sudo", "counter-1", "login",
		    false, false },
		{ "another terminal", "suzuki", "login", "counter-2", "login",
		    false, false },
		{ "another purpose", "suzuki", "login", "counter-1", "unlock",
		    false, false },
		{ "another key", "suzuki", "login", "counter-1", "login", true,
		    false },
		{ "another nonce", "suzuki", "login", "counter-1", "login",
		    false, true },
	};
	struct scene *s = *state;
	uint8_t zero[SY_NONCE_SIZE] = { 0 };
	struct token_row row;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		come_to_proof(s);
		const struct signing signing = {
			.key = tc[i].other_key ? testca_key(TESTCA_P256_OTHER)
					       : s->key,
			.terminal = tc[i].terminal,
			.login = tc[i].login,
			.service = tc[i].service,
			.purpose = tc[i].purpose,
			.txn = s->step.txn,
			.nonce = tc[i].other_nonce ? zero : s->step.nonce,
		};

		office_sign(&signing, &s->proof);
		assert_int_equal(prove_at(s, &s->desk), 200);
		expect_deny(s, "signature");
		expect_record(s, "auth.verdict", SY_OUTCOME_DENY, "signature");
	}
	/* It counts against the terminal, not the card. */
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_token, s->token, &row),
	    SY_OK);
	assert_int_equal(row.state, TOKEN_ACTIVE);
	come_to_proof(s);
	prove(s);
	assert_string_equal(s->step.verdict, "allow");
}

static void
a_terminal_that_sends_bad_signatures_must_wait(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 20; i++) {
		come_to_proof(s);
		sign_as(s, s->key, "suzuki", "other");
		assert_int_equal(prove_at(s, &s->desk), 200);
	}
	assert_int_equal(begin_at(s, &s->desk, "suzuki", "login"), 503);
	assert_string_equal(s->desk.failure.error, "busy");
	assert_true(s->desk.failure.retry_after > 0);
}

static void
a_proof_is_good_once(void **state)
{
	struct scene *s = *state;
	struct sy_auth_step step;

	come_to_proof(s);
	prove(s);
	step = s->step;
	assert_int_equal(prove_at(s, &s->desk), 409);
	expect_record(s, "auth.refused", SY_OUTCOME_DENY, "answered-already");

	/* Nor does it fit another login of the same person. */
	come_to_proof(s);
	memcpy(s->proof.txn, s->step.txn, sizeof(s->proof.txn));
	assert_int_equal(prove_at(s, &s->desk), 200);
	expect_deny(s, "signature");
	assert_string_equal(step.verdict, "allow");
}

static void
a_late_proof_is_refused(void **state)
{
	struct scene *s = *state;

	come_to_proof(s);
	login_of(s)->facts.nonce_at -= (SY_CHALLENGE_LIFE + 1) * 1000000LL;
	prove(s);
	expect_deny(s, "late");
	expect_record(s, "auth.verdict", SY_OUTCOME_DENY, "late");
	/* And one for a login whose time is over finds none. */
	come_to_proof(s);
	login_of(s)->ends = 0;
	sign_as(s, s->key, "suzuki", "login");
	assert_int_equal(prove_at(s, &s->desk), 404);
	expect_record(s, "auth.refused", SY_OUTCOME_DENY,
	    "no-such-transaction");
}

/* Nor does it live longer because a clock was set back. */
static void
a_nonce_ends_by_the_boot_clock_too(void **state)
{
	struct scene *s = *state;

	come_to_proof(s);
	login_of(s)->facts.nonce_boot -= SY_CHALLENGE_LIFE + 1;
	prove(s);
	expect_deny(s, "late");
	expect_record(s, "auth.verdict", SY_OUTCOME_DENY, "late");
}

/* The ledger's time never goes back; what is compared with it may not either,
 * or a clock that was an hour fast would shut everybody out for an hour. */
static void
a_clock_that_was_set_back_shuts_nobody_out(void **state)
{
	struct scene *s = *state;
	struct ledger *ledger = s->office.place.ledger;

	/* As if the last transaction had been told a time that is an hour
	 * ahead; no other is under way. */
	ledger->group.now += INT64_C(3600000000);
	ledger->told = ledger->group.now;
	come_to_proof(s);
	prove(s);
	assert_string_equal(s->step.verdict, "allow");
}

static void
a_proof_from_another_terminal_is_refused(void **state)
{
	struct scene *s = *state;
	struct office_record r;
	struct desk other;

	come_to_proof(s);
	sign_as(s, s->key, "suzuki", "login");
	desk_open(&s->office, LISTENER_TERMINALS, &s->other, &other);
	assert_int_equal(prove_at(s, &other), 404);
	assert_true(office_last_record(&s->office, "auth.refused", "", &r));
	assert_string_equal(r.terminal, "counter-2");
	assert_string_equal(r.reason, "other-terminal");
	/* The login it was meant for goes on. */
	assert_int_equal(prove_at(s, &s->desk), 200);
	assert_string_equal(s->step.verdict, "allow");
	desk_close(&other);
}

static void
steps_out_of_order_are_refused(void **state)
{
	struct scene *s = *state;

	begin(s, "suzuki");
	sign_as(s, s->key, "suzuki", "login");
	assert_int_equal(prove_at(s, &s->desk), 409);
	expect_record(s, "auth.refused", SY_OUTCOME_DENY, "out-of-order");
	assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 200);
	assert_string_equal(s->step.step, "prove");
	prove(s);
	assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 409);
}

static void
a_card_put_in_anew_gets_a_nonce_of_its_own(void **state)
{
	struct scene *s = *state;
	struct sy_auth_step first;

	come_to_proof(s);
	first = s->step;
	sign_as(s, s->key, "suzuki", "login");
	assert_int_equal(show_as(s, &s->desk, s->key, "card-pin"), 200);
	assert_string_equal(s->step.step, "prove");
	assert_memory_not_equal(first.nonce, s->step.nonce, SY_NONCE_SIZE);
	assert_int_equal(prove_at(s, &s->desk), 200);
	expect_deny(s, "signature");
}

/* --- what changes while a login is under way --- */

static void
everything_is_read_again_in_the_ledger(void **state)
{
	struct scene *s = *state;
	struct id_row id;

	print_message("  the card is suspended after it was shown\n");
	come_to_proof(s);
	office_hold(&s->office, s->token);
	prove(s);
	expect_deny(s, "token-state");

	print_message("  the person is disabled\n");
	s->token = office_token(&s->office, s->suzuki,
	    testca_key(TESTCA_P256_OTHER), SY_METHOD_CARD_PIN);
	s->key = testca_key(TESTCA_P256_OTHER);
	come_to_proof(s);
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_id, s->suzuki, &id),
	    SY_OK);
	id.state = ID_DISABLED;
	office_update(&s->office, &row_type_id, &id);
	prove(s);
	expect_deny(s, "id-state");

	print_message("  the person's time is over\n");
	id.state = ID_ACTIVE;
	office_update(&s->office, &row_type_id, &id);
	come_to_proof(s);
	id.valid_to = (int64_t)time(NULL) * 1000000 - 1;
	office_update(&s->office, &row_type_id, &id);
	prove(s);
	expect_deny(s, "id-dates");
}

static void
a_revoked_terminal_is_refused_and_cut_off(void **state)
{
	struct scene *s = *state;
	struct sy_terminal_ref in = { .name = "counter-1" };
	struct sy_terminal reply;
	struct desk operators, again;

	come_to_proof(s);
	desk_open(&s->office, LISTENER_ADMIN, NULL, &operators);
	assert_int_equal(desk_call(&operators, "/v1/admin/terminal/revoke",
			     &sy_message_terminal_ref, &in,
			     &sy_message_terminal, &reply),
	    200);
	assert_string_equal(reply.state, "revoked");
	assert_false(reply.connected);
	assert_true(desk_is_closed(&s->desk));

	desk_open(&s->office, LISTENER_TERMINALS, &s->counter, &again);
	assert_int_equal(begin_at(s, &again, "suzuki", "login"), 403);
	assert_string_equal(again.failure.error, "perm");
	assert_true(desk_is_closed(&again));
	while (s->office.server.jobs > 0)
		place_dispatch(&s->office.place);
	expect_record(s, "terminal.refused", SY_OUTCOME_DENY, "revoked");
	desk_close(&again);
	desk_close(&operators);
}

/* --- giving up --- */

static unsigned int
abandon(struct scene *s, const char *failure, const char *reason)
{
	struct sy_auth_abandon in = { .pins_wrong = 2 };

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	(void)snprintf(in.failure, sizeof(in.failure), "%s", failure);
	(void)snprintf(in.reason, sizeof(in.reason), "%s", reason);
	(void)snprintf(in.place, sizeof(in.place), "JPKI: PIN");
	return desk_call(&s->desk, "/v1/auth/abandon", &sy_message_auth_abandon,
	    &in, &sy_message_auth_step, &s->step);
}

static void
an_abandoned_login_is_denied_and_recorded(void **state)
{
	static const struct {
		const char *failure;
		const char *reason;
		enum sy_outcome outcome;
	} tc[] = {
		{ "credential", "pin-wrong", SY_OUTCOME_DENY },
		{ "device", "card-gone", SY_OUTCOME_FAILED },
		{ "authority", "timeout", SY_OUTCOME_FAILED },
		{ "cancelled", "cancelled", SY_OUTCOME_FAILED },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		come_to_proof(s);
		assert_int_equal(abandon(s, tc[i].failure, tc[i].reason), 200);
		expect_deny(s, tc[i].reason);
		expect_record(s, "auth.abandoned", tc[i].outcome, tc[i].reason);
		sign_as(s, s->key, "suzuki", "login");
		assert_int_equal(prove_at(s, &s->desk), 409);
	}
	expect_fact(s, "auth.abandoned", "pins-wrong", "2");
	expect_fact(s, "auth.abandoned", "place", "JPKI: PIN");
}

static void
an_abandoned_login_is_told_with_known_words_only(void **state)
{
	struct scene *s = *state;

	begin(s, "suzuki");
	assert_int_equal(abandon(s, "allow", "pin-wrong"), 400);
	assert_int_equal(abandon(s, "device", "hunter2"), 400);
	assert_int_equal(abandon(s, "device", "unknown"), 400);
	assert_int_equal(abandon(s, "device", "ok"), 400);
	assert_int_equal(place_count_records(&s->office.place, "auth.abandoned",
			     NULL),
	    0);
}

static void
a_login_that_nobody_finishes_is_recorded(void **state)
{
	struct scene *s = *state;

	begin(s, "suzuki");
	login_expire(&s->office.server, false);
	assert_int_equal(logins_open(s->office.server.logins), 1);
	login_of(s)->ends = 0;
	login_expire(&s->office.server, false);
	assert_int_equal(logins_open(s->office.server.logins), 0);
	while (s->office.server.jobs > 0)
		place_dispatch(&s->office.place);
	expect_record(s, "auth.expired", SY_OUTCOME_FAILED, "expired");
}

static void
a_login_outlives_the_connection_that_asked_for_it(void **state)
{
	struct scene *s = *state;
	struct sy_auth_fetch in;
	char txn[SY_ID_SIZE];
	char *text = NULL;
	size_t len;
	char head[256];

	come_to_proof(s);
	memcpy(txn, s->step.txn, sizeof(txn));
	sign_as(s, s->key, "suzuki", "login");
	assert_int_equal(sy_message_encode(&sy_message_auth_proof, &s->proof,
			     &text, &len),
	    SY_OK);
	(void)snprintf(head, sizeof(head),
	    "POST /v1/auth/proof HTTP/1.1\r\nHost: s\r\nSanyoso-Wire: 1\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    len);
	desk_send(&s->desk, head, strlen(head));
	desk_send(&s->desk, text, len);
	sy_message_free(&text);
	while (s->office.server.jobs == 0)
		(void)event_base_loop(s->office.server.base, EVLOOP_ONCE);
	desk_close(&s->desk);
	while (s->office.server.jobs > 0)
		(void)event_base_loop(s->office.server.base, EVLOOP_ONCE);
	desk_open(&s->office, LISTENER_TERMINALS, &s->counter, &s->desk);
	memcpy(in.txn, txn, sizeof(in.txn));
	assert_int_equal(desk_call(&s->desk, "/v1/auth/verdict",
			     &sy_message_auth_fetch, &in, &sy_message_auth_step,
			     &s->step),
	    200);
	assert_string_equal(s->step.verdict, "allow");
}

static void
a_stopping_server_begins_nothing(void **state)
{
	struct scene *s = *state;

	s->office.server.draining = true;
	assert_int_equal(begin_at(s, &s->desk, "suzuki", "login"), 503);
	assert_string_equal(s->desk.failure.error, "busy");
}

static void
other_zones_have_other_factors(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *key = testca_key(TESTCA_P384);
	struct terminal_row kiosk;
	struct signing signing = { .key = key,
		.terminal = "kiosk-9",
		.login = "suzuki",
		.service = "login",
		.purpose = "login" };

	(void)office_token(&s->office, s->suzuki, key, SY_METHOD_CARD);
	office_terminal(&s->office, "kiosk-9", SY_ZONE_INTERNET, &kiosk);
	desk_close(&s->desk);
	desk_open(&s->office, LISTENER_TERMINALS, &kiosk, &s->desk);
	begin(s, "suzuki");
	assert_string_equal(s->step.methods, "card");
	assert_int_equal(show_as(s, &s->desk, key, "card"), 200);
	assert_string_equal(s->step.step, "prove");
	signing.txn = s->step.txn;
	signing.nonce = s->step.nonce;
	office_sign(&signing, &s->proof);
	assert_int_equal(prove_at(s, &s->desk), 200);
	assert_string_equal(s->step.verdict, "allow");
	expect_fact(s, "auth.verdict", "categories", "possession");
}

static void
purposes_and_services_have_known_names(void **state)
{
	struct scene *s = *state;
	struct sy_auth_begin in = { .user = "suzuki", .service = "a b" };

	assert_int_equal(begin_at(s, &s->desk, "suzuki", "sudo"), 400);
	(void)snprintf(in.purpose, sizeof(in.purpose), "login");
	assert_int_equal(desk_call(&s->desk, "/v1/auth", &sy_message_auth_begin,
			     &in, &sy_message_auth_step, &s->step),
	    400);
	/* What the policy has no rule for is denied at once, with a record. */
	assert_int_equal(begin_at(s, &s->desk, "suzuki", "remote"), 200);
	expect_deny(s, "no-rule");
	assert_int_equal(begin_at(s, &s->desk, "nobody", "remote"), 200);
	assert_string_equal(s->step.verdict, "deny");
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
		CASE(the_right_card_and_its_pin_let_in),
		CASE(the_record_holds_what_was_signed),
		CASE(a_verdict_can_be_fetched_again_by_its_terminal),
		CASE(a_card_in_place_unlocks_in_two_round_trips),
		CASE(another_persons_card_is_refused_and_recorded),
		CASE(wrong_cards_end_the_login_at_last),
		CASE(a_key_of_a_card_that_has_another_is_no_wrong_card_yet),
		CASE(login_1_a_login_counts_once_however_often_it_fails),
		CASE(a_token_that_does_not_work_is_a_wrong_card),
		CASE(no_pin_is_asked_of_an_id_that_is_stopped),
		CASE(a_row_altered_by_hand_is_nobodys_card),
		CASE(one_category_is_not_enough_where_two_are_asked_for),
		CASE(unknown_people_get_the_same_steps),
		CASE(an_id_that_may_not_log_in_here_has_no_right_card),
		CASE(
		    a_card_of_an_origin_that_is_not_accepted_never_sees_its_pin),
		CASE(a_signature_over_anything_else_is_refused),
		CASE(a_terminal_that_sends_bad_signatures_must_wait),
		CASE(a_proof_is_good_once),
		CASE(a_late_proof_is_refused),
		CASE(a_nonce_ends_by_the_boot_clock_too),
		CASE(a_clock_that_was_set_back_shuts_nobody_out),
		CASE(a_proof_from_another_terminal_is_refused),
		CASE(steps_out_of_order_are_refused),
		CASE(a_card_put_in_anew_gets_a_nonce_of_its_own),
		CASE(everything_is_read_again_in_the_ledger),
		CASE(a_revoked_terminal_is_refused_and_cut_off),
		CASE(an_abandoned_login_is_denied_and_recorded),
		CASE(an_abandoned_login_is_told_with_known_words_only),
		CASE(a_login_that_nobody_finishes_is_recorded),
		CASE(a_login_outlives_the_connection_that_asked_for_it),
		CASE(a_stopping_server_begins_nothing),
		CASE(other_zones_have_other_factors),
		CASE(purposes_and_services_have_known_names),
	};

	return cmocka_run_group_tests_name("server_login", tests, NULL,
	    free_all);
}
