/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The look of server/auth/key.c over a real ledger: CARD-7, CARD-2, CRED-2. A
 * key signs without its person before anybody types its PIN; whoever is nobody
 * or has no key gets the same answers. What is signed is made by OpenSSL alone.
 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include "server/auth/login.h"
#include "server/identity/credential.h"
#include "server/identity/terminals.h"
#include "tests/support/key_models.h"
#include "tests/support/key_talk.h"
#include "tests/support/torture.h"

#define RULES                                                                  \
	"[policy]\nname = looks\n"                                             \
	"[rule desk]\nzone = mynumber\npurpose = login\nkind = staff\n"        \
	"require = 2\nallow = fido2-uv, fido2-bio\norigin = attested\n"        \
	"[keys]\nfingerprint = " MODEL_FINGER_TEXT "\n"

#define PERSON (SY_FIDO2_UP | SY_FIDO2_UV)

struct scene {
	struct office office;
	struct terminal_row counter, other;
	struct desk desk, second;
	int64_t suzuki, tanaka;
	struct key_held key, tanakas;
	struct key_talk talk;
};

static void
give_key(struct scene *s, int64_t owner, enum testca_alg alg, uint8_t id,
    struct key_held *ret)
{
	const struct office_key what = { .key = testca_key(alg),
		.id = id,
		.method = SY_METHOD_FIDO2_UV,
		.attestation = SY_ATTESTATION_MODEL,
		.aaguid = MODEL_PLAIN,
		.counter = 7 };

	*ret = (struct key_held){ .key = what.key,
		.id = id,
		.flags = PERSON,
		.counter = what.counter };
	ret->token = office_key(&s->office, owner, &what);
}

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct office *o;

	assert_non_null(s);
	o = &s->office;
	office_open(o);
	office_fido2(o);
	office_policy(o, RULES);
	key_models(o);
	office_terminal(o, "counter-1", SY_ZONE_MYNUMBER, &s->counter);
	office_terminal(o, "counter-2", SY_ZONE_MYNUMBER, &s->other);
	s->suzuki = office_person(o, "suzuki", SY_KIND_STAFF);
	s->tanaka = office_person(o, "tanaka", SY_KIND_STAFF);
	give_key(s, s->suzuki, TESTCA_P256, 0x10, &s->key);
	give_key(s, s->tanaka, TESTCA_P256_OTHER, 0x50, &s->tanakas);
	desk_open(o, LISTENER_TERMINALS, &s->counter, &s->desk);
	desk_open(o, LISTENER_TERMINALS, &s->other, &s->second);
	key_talk_init(&s->talk, &s->desk, "counter-1", "suzuki");
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	key_talk_clear(&s->talk);
	desk_close(&s->desk);
	desk_close(&s->second);
	office_close(&s->office);
	free(s);
	return 0;
}

/* --- what is done and looked at --- */

static void
begin(struct scene *s)
{
	assert_int_equal(key_begin(&s->talk), 200);
	assert_int_equal(key_ask(&s->talk, "fido2-uv", false), 200);
	assert_string_equal(s->talk.step.step, "assert");
}

/* What the key signs without its person. */
static void
sign_look(struct scene *s, struct key_held *key)
{
	struct key_held still = *key;

	still.flags = 0;
	key_sign(&s->talk, &still);
	key->counter = still.counter;
}

/* A look at ${key}, from the first question on. */
static void
look(struct scene *s, struct key_held *key)
{
	begin(s);
	sign_look(s, key);
	assert_int_equal(key_look(&s->talk), 200);
}

static void
expect_allow(const struct key_talk *t)
{
	assert_string_equal(t->step.step, "verdict");
	if (strcmp(t->step.verdict, "allow") != 0)
		fail_msg("denied: %s", t->step.reason);
}

static void
expect_deny(const struct key_talk *t, const char *reason)
{
	assert_string_equal(t->step.step, "verdict");
	assert_string_equal(t->step.verdict, "deny");
	assert_string_equal(t->step.reason, reason);
	assert_int_equal(t->step.support[0], 'R');
}

static void
expect_record(struct scene *s, const char *action, const char *reason,
    const char *is_look)
{
	struct office_record r;

	assert_true(office_last_record(&s->office, action, "look", &r));
	assert_int_equal(r.outcome, SY_OUTCOME_DENY);
	assert_string_equal(r.reason, reason);
	assert_string_equal(r.fact, is_look);
}

static unsigned int
count(struct scene *s, const char *action)
{
	return place_count_records(&s->office.place, action, NULL);
}

static int64_t
stored_counter(struct scene *s)
{
	struct key_counter_row row;

	assert_int_equal(
	    key_counter_of_token(ledger_reader(s->office.place.ledger),
		s->key.token, &row),
	    SY_OK);
	return row.counter;
}

static unsigned int
holds(struct scene *s)
{
	int64_t n;

	assert_int_equal(row_count_listed(ledger_reader(s->office.place.ledger),
			     &row_type_hold, "token", s->key.token, &n),
	    SY_OK);
	return (unsigned int)n;
}

static struct login *
login_of(struct scene *s)
{
	uint8_t txn[SY_TXN_SIZE];
	struct login *login = NULL;

	assert_int_equal(sy_text_unhex(s->talk.step.txn, txn, sizeof(txn)),
	    SY_OK);
	assert_int_equal(logins_get(s->office.server.logins, txn, &login),
	    SY_OK);
	return login;
}

/* --- yes --- */

/* CARD-7: the person may be asked for the PIN, and nothing else has happened.
 */
static void
card_7_a_look_is_answered_with_another_nonce(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;
	uint8_t nonce[SY_NONCE_SIZE];

	begin(s);
	memcpy(nonce, t->step.nonce, sizeof(nonce));
	sign_look(s, &s->key);
	assert_int_equal(key_look(t), 200);
	assert_string_equal(t->step.step, "assert");
	assert_string_equal(t->step.login, "suzuki");
	assert_true(t->step.uv);
	assert_int_equal(t->step.life, SY_CHALLENGE_LIFE);
	assert_int_equal(t->step.credentials.count, SY_CREDENTIALS_SHOWN);
	assert_true(key_is_shown(t, &s->key));
	assert_memory_not_equal(nonce, t->step.nonce, sizeof(nonce));
	assert_int_equal(count(s, "auth.key"), 0);
	assert_int_equal(login_of(s)->facts.evidence.count, 0);
	assert_int_equal(stored_counter(s), 7);

	print_message("  the same again, and then the proof\n");
	sign_look(s, &s->key);
	assert_int_equal(key_look(t), 200);
	assert_string_equal(t->step.step, "assert");
	key_sign(t, &s->key);
	assert_int_equal(key_send(t), 200);
	expect_allow(t);
	assert_int_equal(stored_counter(s), 10);
	assert_int_equal(place_verify(&s->office.place, NULL, 0), 0);
}

/* The terminal asks for another nonce, whether its look had come or not. */
static void
a_look_whose_answer_was_lost_is_made_anew(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;
	uint8_t nonce[SY_NONCE_SIZE];

	look(s, &s->key);
	for (int i = 0; i < 2; i++) {
		memcpy(nonce, t->step.nonce, sizeof(nonce));
		assert_int_equal(key_ask(t, "fido2-uv", false), 200);
		assert_string_equal(t->step.step, "assert");
		assert_memory_not_equal(nonce, t->step.nonce, sizeof(nonce));
	}
	sign_look(s, &s->key);
	assert_int_equal(key_look(t), 200);
	assert_string_equal(t->step.step, "assert");
	key_sign(t, &s->key);
	assert_int_equal(key_send(t), 200);
	expect_allow(t);
}

/* Not every key counts what takes nobody, and some count nothing. */
static void
the_counter_of_a_key_may_stand_still_behind_a_look(void **state)
{
	struct scene *s = *state;

	begin(s);
	s->key.counter = 6;
	sign_look(s, &s->key);
	assert_int_equal(s->key.counter, 7);
	assert_int_equal(key_look(&s->talk), 200);
	assert_string_equal(s->talk.step.step, "assert");
	key_sign(&s->talk, &s->key);
	assert_int_equal(key_send(&s->talk), 200);
	expect_allow(&s->talk);
	assert_int_equal(count(s, "alarm.key-counter"), 0);
	assert_int_equal(stored_counter(s), 8);
}

/* --- neither is the other --- */

static void
mfa_1_a_look_proves_nothing(void **state)
{
	struct scene *s = *state;

	begin(s);
	sign_look(s, &s->key);
	assert_int_equal(key_send(&s->talk), 200);
	expect_deny(&s->talk, "denied");
	expect_record(s, "auth.verdict", "denied", "");

	print_message("  one that was taken as a look\n");
	look(s, &s->key);
	assert_string_equal(s->talk.step.step, "assert");
	assert_int_equal(key_send(&s->talk), 200);
	expect_deny(&s->talk, "denied");
	assert_int_equal(stored_counter(s), 7);
}

static void
a_proof_is_no_look(void **state)
{
	static const uint8_t flags[] = { SY_FIDO2_UP, SY_FIDO2_UV, PERSON };
	struct scene *s = *state;

	for (size_t i = 0; i < SY_COUNT(flags); i++) {
		begin(s);
		s->key.flags = flags[i];
		key_sign(&s->talk, &s->key);
		assert_int_equal(key_look(&s->talk), 200);
		expect_deny(&s->talk, "denied");
		expect_record(s, "auth.verdict", "denied", "yes");
	}
}

/* CRED-2: each nonce is good once, for the look or for the proof. */
static void
cred_2_the_nonce_of_a_look_is_spent(void **state)
{
	struct scene *s = *state;
	struct sy_auth_assertion proof, sent;

	begin(s);
	key_sign(&s->talk, &s->key);
	proof = s->talk.assertion;
	sign_look(s, &s->key);
	sent = s->talk.assertion;
	assert_int_equal(key_look(&s->talk), 200);
	assert_string_equal(s->talk.step.step, "assert");
	s->talk.assertion = proof;
	assert_int_equal(key_send(&s->talk), 200);
	expect_deny(&s->talk, "denied");

	print_message("  a look twice\n");
	look(s, &s->key);
	assert_int_equal(key_look(&s->talk), 200);
	expect_deny(&s->talk, "denied");
	expect_record(s, "auth.verdict", "denied", "yes");

	print_message("  in another login\n");
	begin(s);
	memcpy(sent.txn, s->talk.step.txn, sizeof(sent.txn));
	s->talk.assertion = sent;
	assert_int_equal(key_look(&s->talk), 200);
	expect_deny(&s->talk, "denied");
}

static void
cred_2_a_look_is_good_here_and_now(void **state)
{
	struct scene *s = *state;
	struct key_talk *t = &s->talk;

	print_message("  from another terminal\n");
	begin(s);
	sign_look(s, &s->key);
	t->desk = &s->second;
	assert_int_equal(key_look(t), 404);
	t->desk = &s->desk;
	print_message("  late\n");
	login_of(s)->facts.nonce_boot -= SY_CHALLENGE_LIFE + 1;
	assert_int_equal(key_look(t), 200);
	expect_deny(t, "late");
	expect_record(s, "auth.verdict", "late", "yes");
	print_message("  before it was asked for\n");
	assert_int_equal(key_begin(t), 200);
	memcpy(t->assertion.txn, t->step.txn, sizeof(t->assertion.txn));
	assert_int_equal(key_look(t), 409);
	print_message("  after the verdict\n");
	assert_int_equal(key_ask(t, "fido2-uv", false), 200);
	key_sign(t, &s->key);
	assert_int_equal(key_send(t), 200);
	expect_allow(t);
	assert_int_equal(key_look(t), 409);
}

/* --- no --- */

/* CARD-2, CARD-7: what the terminal hears of a key is what it hears of it
 * behind a proof; it ends the login, and is a failed one of the person's. */
static void
card_2_the_wrong_key_gets_no_pin(void **state)
{
	struct scene *s = *state;

	print_message("  a false one, that names the person's credential\n");
	s->tanakas.id = s->key.id;
	look(s, &s->tanakas);
	expect_deny(&s->talk, "signature");
	expect_record(s, "auth.verdict", "signature", "yes");
	print_message("  somebody else's\n");
	s->tanakas.id = 0x50;
	look(s, &s->tanakas);
	expect_deny(&s->talk, "token-owner");
	expect_record(s, "auth.wrong-card", "token-owner", "yes");
	print_message("  one that stopped working\n");
	begin(s);
	office_hold(&s->office, s->key.token);
	sign_look(s, &s->key);
	assert_int_equal(key_look(&s->talk), 200);
	expect_deny(&s->talk, "token-state");
	print_message("  somebody that is not there\n");
	(void)snprintf(s->talk.user, sizeof(s->talk.user), "nobody");
	look(s, &s->tanakas);
	expect_deny(&s->talk, "token-owner");
	expect_record(s, "auth.wrong-card", "id-unknown", "yes");
	print_message("  and it was counted\n");
	(void)snprintf(s->talk.user, sizeof(s->talk.user), "tanaka");
	s->key.id = 0x50;
	look(s, &s->key);
	expect_deny(&s->talk, "signature");
	begin(s);
	key_sign(&s->talk, &s->tanakas);
	assert_int_equal(key_send(&s->talk), 200);
	expect_allow(&s->talk);
	assert_int_equal(s->talk.step.failures, 1);
}

/* A look by ${key} in the name of the ${i}-th credential that is shown;
 * ${stale}: over another nonce. */
static void
look_shown(struct scene *s, size_t i, struct key_held *key, bool stale)
{
	struct key_talk *t = &s->talk;
	const struct sy_credential *shown;
	struct sy_credential tried;

	begin(s);
	assert_int_equal(t->step.credentials.count, SY_CREDENTIALS_SHOWN);
	shown = t->step.credentials.items;
	tried = shown[i];
	t->step.nonce[0] ^= stale;
	sign_look(s, key);
	memcpy(t->assertion.credential, tried.id, tried.id_len);
	t->assertion.credential_len = tried.id_len;
	assert_int_equal(key_look(t), 200);
}

/* Nor do looks tell a decoy from a key, by a word or by what the terminal may
 * do after them. */
static void
nothing_tells_a_decoy_from_a_key(void **state)
{
	static const char *const users[] = { "suzuki", "nobody" };
	struct scene *s = *state;
	struct key_held stranger = s->tanakas;
	unsigned int tries = 0;

	stranger.key = testca_key(TESTCA_P384);
	for (size_t u = 0; u < SY_COUNT(users); u++) {
		(void)snprintf(s->talk.user, sizeof(s->talk.user), "%s",
		    users[u]);
		for (size_t i = 0; i < SY_CREDENTIALS_SHOWN; i++) {
			look_shown(s, i, &stranger, false);
			expect_deny(&s->talk, "signature");
			look_shown(s, i, &stranger, true);
			expect_deny(&s->talk, "denied");
			tries += 2;
		}
	}
	/* Three decoys of hers, four of nobody's. */
	assert_int_equal(count(s, "auth.wrong-card"), 2 * (3 + 4));
	for (; tries < TERMINALS_BAD_MAX; tries++)
		look_shown(s, 0, &stranger, false);
	assert_int_equal(key_begin(&s->talk), 503);
}

/* A key that has yet to say whose it is may not do so by a look. */
static void
nobody_is_named_by_a_look(void **state)
{
	struct scene *s = *state;
	struct sy_auth_assertion *a = &s->talk.assertion;

	s->talk.user[0] = '\0';
	begin(s);
	sign_look(s, &s->key);
	assert_int_equal(
	    credential_handle(ledger_reader(s->office.place.ledger), s->suzuki,
		a->handle),
	    SY_OK);
	a->handle_len = SY_FIDO2_HANDLE_SIZE;
	assert_int_equal(key_look(&s->talk), 409);
	assert_int_equal(login_of(s)->facts.person, 0);
	assert_string_equal(login_of(s)->facts.login, "");
}

/* As with cards: whoever can't be let in types no PIN. */
static void
card_7_a_stopped_person_types_no_pin(void **state)
{
	struct scene *s = *state;
	struct id_row row;

	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_id, s->suzuki, &row),
	    SY_OK);
	row.state = ID_DISABLED;
	office_update(&s->office, &row_type_id, &row);
	look(s, &s->key);
	expect_deny(&s->talk, "id-state");
	expect_record(s, "auth.verdict", "id-state", "yes");
}

/* --- what was looked at and what is refused --- */

static void
a_wrong_key_is_not_recorded_as_the_one_before_it(void **state)
{
	struct scene *s = *state;
	struct key_held nobodys = s->key;
	struct office_record r;

	look(s, &s->key);
	nobodys.id = 0xe0;
	key_sign(&s->talk, &nobodys);
	s->talk.assertion.pins_wrong = 3;
	assert_int_equal(key_send(&s->talk), 200);
	assert_string_equal(s->talk.step.verdict, "deny");
	assert_true(office_last_record(&s->office, "auth.wrong-card", "token",
	    &r));
	assert_string_equal(r.reason, "unknown-key");
	assert_string_equal(r.fact, "");
}

static void
a_login_takes_so_many_looks(void **state)
{
	struct scene *s = *state;

	begin(s);
	for (unsigned int i = 0; i < LOGIN_LOOKS_MAX; i++) {
		sign_look(s, &s->key);
		assert_int_equal(key_look(&s->talk), 200);
		assert_string_equal(s->talk.step.step, "assert");
	}
	sign_look(s, &s->key);
	assert_int_equal(key_look(&s->talk), 200);
	expect_deny(&s->talk, "limit");
	expect_record(s, "auth.verdict", "limit", "yes");
}

/* --- a copy --- */

/* CRED-2: whose counter stands behind that of the key's last proof. */
static void
cred_2_a_copy_gets_no_pin(void **state)
{
	struct scene *s = *state;
	struct office_record r;

	s->key.counter = 5;
	look(s, &s->key);
	assert_int_equal(s->key.counter, 6);
	expect_deny(&s->talk, "counter");
	expect_record(s, "auth.key", "counter", "yes");
	assert_true(office_last_record(&s->office, "alarm.key-counter",
	    "counter", &r));
	assert_int_equal(r.outcome, SY_OUTCOME_ALARM);
	assert_string_equal(r.fact, "6");
	assert_int_equal(holds(s), 1);
	assert_int_equal(stored_counter(s), 7);
	assert_int_equal(count(s, "auth.verdict"), 1);
	/* Nor does the key itself, until somebody has looked at it. */
	s->key.counter = 20;
	look(s, &s->key);
	expect_deny(&s->talk, "token-state");
	assert_int_equal(place_verify(&s->office.place, NULL, 0), 0);
}

/* CRED-2, LOCK-1: nobody has touched anything, so a terminal could do it to
 * every key that is in place. */
static void
cred_2_a_look_that_was_kept_back_shows_no_copy(void **state)
{
	struct scene *s = *state;
	struct sy_auth_assertion kept;

	begin(s);
	sign_look(s, &s->key);
	kept = s->talk.assertion;
	key_show(&s->talk, "fido2-uv", &s->key);
	expect_allow(&s->talk);
	assert_int_equal(stored_counter(s), 9);
	s->talk.assertion = kept;
	assert_int_equal(key_look(&s->talk), 200);
	expect_deny(&s->talk, "late");
	expect_record(s, "auth.key", "late", "yes");
	assert_int_equal(count(s, "alarm.key-counter"), 0);
	assert_int_equal(holds(s), 0);
	assert_int_equal(stored_counter(s), 9);

	print_message("  nor does a proof\n");
	begin(s);
	key_sign(&s->talk, &s->key);
	kept = s->talk.assertion;
	key_show(&s->talk, "fido2-uv", &s->key);
	expect_allow(&s->talk);
	s->talk.assertion = kept;
	assert_int_equal(key_send(&s->talk), 200);
	expect_deny(&s->talk, "late");
	assert_int_equal(count(s, "alarm.key-counter"), 0);
	assert_int_equal(holds(s), 0);
	assert_int_equal(stored_counter(s), 11);
	key_show(&s->talk, "fido2-uv", &s->key);
	expect_allow(&s->talk);
	assert_int_equal(place_verify(&s->office.place, NULL, 0), 0);
}

/* Where the policy wants the alarm alone it comes with the proof. */
static void
cred_2_a_policy_may_want_the_alarm_alone(void **state)
{
	struct scene *s = *state;

	office_policy(&s->office, RULES "counter = alarm\n");
	s->key.counter = 4;
	look(s, &s->key);
	assert_string_equal(s->talk.step.step, "assert");
	assert_int_equal(count(s, "alarm.key-counter"), 0);
	key_sign(&s->talk, &s->key);
	assert_int_equal(key_send(&s->talk), 200);
	expect_allow(&s->talk);
	assert_int_equal(count(s, "alarm.key-counter"), 1);
	assert_int_equal(stored_counter(s), 7);
}

/* --- memory --- */

static void
a_look_survives_every_failed_allocation(void **state)
{
	struct scene *s = *state;
	unsigned int n = 0;
	bool failed;

	do {
		begin(s);
		sign_look(s, &s->key);
		desk_post(&s->desk, "/v1/auth/look", &sy_message_auth_assertion,
		    &s->talk.assertion);
		failed =
		    torture_answer(&s->office, &s->desk, ++n, "\"assert\"");
		assert_null(strstr(s->desk.text, "\"allow\""));
		if (s->desk.status != 200) {
			desk_close(&s->desk);
			desk_open(&s->office, LISTENER_TERMINALS, &s->counter,
			    &s->desk);
		}
	} while (failed);
	print_message("  %u\n", n - 1);
	assert_true(n > 4);
	assert_int_equal(place_verify(&s->office.place, NULL, 0), 0);
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
		CASE(card_7_a_look_is_answered_with_another_nonce),
		CASE(a_look_whose_answer_was_lost_is_made_anew),
		CASE(the_counter_of_a_key_may_stand_still_behind_a_look),
		CASE(mfa_1_a_look_proves_nothing),
		CASE(a_proof_is_no_look),
		CASE(cred_2_the_nonce_of_a_look_is_spent),
		CASE(cred_2_a_look_is_good_here_and_now),
		CASE(card_2_the_wrong_key_gets_no_pin),
		CASE(nothing_tells_a_decoy_from_a_key),
		CASE(nobody_is_named_by_a_look),
		CASE(card_7_a_stopped_person_types_no_pin),
		CASE(a_wrong_key_is_not_recorded_as_the_one_before_it),
		CASE(a_login_takes_so_many_looks),
		CASE(cred_2_a_copy_gets_no_pin),
		CASE(cred_2_a_look_that_was_kept_back_shows_no_copy),
		CASE(cred_2_a_policy_may_want_the_alarm_alone),
		CASE(a_look_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests_name("server_look", tests, NULL,
	    free_all);
}
