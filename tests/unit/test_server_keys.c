/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/identity/enroll_key.c and token_model.c over a real ledger: CARD-2 (a
 * credential is enrolled once, the owner is named), CARD-8 (basis, attestation,
 * model, first assertion), and what is done to all keys of a model.
 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include "server/identity/credential.h"
#include "server/identity/enrolments.h"
#include "tests/support/key_visit.h"

struct scene {
	struct office office;
	struct key_office keys;
	struct terminal_row counter;
	struct desk desk, operators;
	int64_t suzuki, tanaka;
	struct key_visit visit;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct office *o;

	assert_non_null(s);
	o = &s->office;
	office_open(o);
	key_office_open(&s->keys, o);
	office_terminal(o, KEY_TERMINAL, SY_ZONE_MYNUMBER, &s->counter);
	s->suzuki = office_person(o, "suzuki", SY_KIND_STAFF);
	s->tanaka = office_person(o, "tanaka", SY_KIND_STAFF);
	desk_open(o, LISTENER_TERMINALS, &s->counter, &s->desk);
	desk_open(o, LISTENER_ADMIN, NULL, &s->operators);
	key_import_number(&s->keys, &s->operators, 1);
	s->visit.keys = &s->keys;
	s->visit.desk = &s->desk;
	s->visit.operators = &s->operators;
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	key_visit_clear(&s->visit);
	desk_close(&s->desk);
	desk_close(&s->operators);
	key_office_close(&s->keys);
	office_close(&s->office);
	free(s);
	return 0;
}

/* Another key each time. */
static int64_t
enroll_some(struct scene *s, const char *login, enum key_model model,
    int64_t firmware)
{
	static uint8_t id;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	const struct key_showing w = {
		.key = key, .id = ++id, .model = model, .firmware = firmware
	};
	const int64_t token = visit_enroll(&s->visit, login, "fido2-uv", &w);

	EVP_PKEY_free(key);
	return token;
}

static void
expect_refused(struct scene *s, const char *reason)
{
	struct office_record r;

	assert_string_equal(s->visit.step.step, "refused");
	if (strcmp(s->visit.step.reason, reason) != 0)
		fail_msg("%s: %s", s->visit.step.reason, s->visit.step.text);
	assert_int_not_equal(strlen(s->visit.step.text), 0);
	assert_true(office_last_record(&s->office, "token.enroll-refused", "",
	    &r));
	assert_string_equal(r.reason, reason);
	assert_int_equal(r.outcome, SY_OUTCOME_DENY);
}

static void
show_token(struct scene *s, int64_t id, struct sy_token *ret)
{
	const struct sy_token_ref ref = { .token = id };

	assert_int_equal(desk_call(&s->operators, "/v1/admin/token/show",
			     &sy_message_token_ref, &ref, &sy_message_token,
			     ret),
	    200);
}

static void
expect_fact(struct scene *s, const char *fact, const char *value)
{
	struct office_record r;

	assert_true(office_last_record(&s->office, "token.enroll", fact, &r));
	assert_string_equal(r.fact, value);
}

/* --- enrolment --- */

static void
a_key_is_told_what_to_make(void **state)
{
	struct scene *s = *state;
	uint8_t handle[SY_FIDO2_HANDLE_SIZE];

	visit_start(&s->visit, "suzuki", "fido2-uv");
	assert_string_equal(s->visit.step.method, "fido2-uv");
	assert_string_equal(s->visit.step.rp_id, KEY_RP_ID);
	assert_string_equal(s->visit.step.origin, KEY_ORIGIN);
	assert_string_equal(s->visit.step.login, "suzuki");
	assert_int_not_equal(strlen(s->visit.step.name), 0);
	assert_int_equal(s->visit.step.life, SY_ENROLL_KEY_LIFE);
	assert_int_equal(s->visit.step.reserve, 1);
	assert_int_equal(s->visit.step.credentials.count, 0);
	assert_int_equal(s->visit.step.handle_len, sizeof(handle));
	assert_int_equal(
	    credential_handle(ledger_reader(s->office.place.ledger), s->suzuki,
		handle),
	    SY_OK);
	assert_memory_equal(s->visit.step.handle, handle, sizeof(handle));
	/* Another person's is another. */
	visit_start(&s->visit, "tanaka", "fido2");
	assert_memory_not_equal(s->visit.step.handle, handle, sizeof(handle));
}

static void
a_key_is_enrolled_by_code_attestation_and_assertion(void **state)
{
	struct scene *s = *state;
	const struct key_showing w = { .key = testca_key(TESTCA_P256),
		.id = 7,
		.firmware = 327936,
		.made_counter = 3,
		.counter = 9,
		.resident = true };
	struct sy_token token;
	struct office_record r;
	char owner[REFERENCE_SIZE];

	show_token(s, visit_enroll(&s->visit, "suzuki", "fido2-uv", &w),
	    &token);
	assert_string_equal(s->visit.step.model, "Plain Key");
	assert_string_equal(s->visit.step.attestation, "model");
	assert_string_equal(token.login, "suzuki");
	assert_string_equal(token.driver, "fido2");
	assert_string_equal(token.method, "fido2-uv");
	assert_string_equal(token.algorithm, "P-256");
	assert_string_equal(token.origin, "attested");
	assert_string_equal(token.state, "active");
	assert_string_equal(token.terminal, KEY_TERMINAL);
	assert_string_equal(token.basis, KEY_BASIS);
	assert_string_equal(token.model, "Plain Key");
	assert_string_equal(token.aaguid,
	    "11111111-1111-1111-1111-111111111111");
	assert_string_equal(token.attestation, "model");
	assert_string_equal(token.grade, "");
	assert_int_equal(token.firmware, 327936);
	assert_int_equal(token.counter, 9);
	assert_int_equal(token.not_after, 0);

	record_reference("id", s->suzuki, owner);
	assert_true(office_last_record(&s->office, "token.enroll", "basis",
	    &r));
	assert_string_equal(r.subject, owner);
	assert_string_equal(r.terminal, KEY_TERMINAL);
	assert_string_equal(r.fact, KEY_BASIS);
	expect_fact(s, "attestation", "model");
	expect_fact(s, "model", "Plain Key");
	expect_fact(s, "flags", "5");
	expect_fact(s, "counter", "9");
	expect_fact(s, "made-counter", "3");
	expect_fact(s, "terminal-says-firmware", "327936");
	expect_fact(s, "terminal-says-place", "usb");
	expect_fact(s, "terminal-says-resident", "yes");
	expect_fact(s, "terminal-says-built-in", "");
	assert_true(office_last_record(&s->office, "token.enroll", "signature",
	    &r));
	assert_int_not_equal(strlen(r.fact), 0);
}

static void
keys_that_made_something_unfit_are_refused(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *const key = testca_key(TESTCA_P256);
	EVP_PKEY *const foreign_key = testca_key(TESTCA_P384);
	X509 *foreign =
	    testca_root("Test Maker", foreign_key, 1000000000, 4000000000);
	const struct {
		const char *what;
		const char *method;
		struct key_showing w;
		const char *reason;
		const char *names; /* in the sentence */
	} tc[] = {
		{ "another challenge", "fido2-uv", { .service = "login" },
		    "denied", "" },
		{ "another origin", "fido2-uv",
		    { .origin = "https://evil.test" }, "denied", "" },
		{ "another RP", "fido2-uv", { .rp_id = "evil.test" }, "denied",
		    "" },
		{ "nobody touched it", "fido2-uv",
		    { .made_flags = SY_FIDO2_UV }, "denied", "" },
		{ "it can be copied", "fido2-uv",
		    { .made_flags = KEY_UP_UV | SY_FIDO2_BE }, "denied", "" },
		{ "no attestation", "fido2-uv",
		    { .unattested = true, .format = MAKER_NONE }, "attestation",
		    "none" },
		{ "its own attestation", "fido2-uv",
		    { .unattested = true, .format = MAKER_SELF }, "attestation",
		    "self" },
		{ "a maker's name, another's signature", "fido2-uv",
		    { .root = foreign, .root_key = foreign_key }, "cert-path",
		    "" },
		{ "a model that nobody knows", "fido2-uv",
		    { .model = KEY_MODEL_NEW }, "model", "" },
		{ "a revoked model", "fido2-uv", { .model = KEY_MODEL_BAD },
		    "model", "REVOKED" },
		{ "a model that the policy denies", "fido2-uv",
		    { .model = KEY_MODEL_SHUT }, "model",
		    "55555555-5555-5555-5555-555555555555" },
		{ "old firmware", "fido2-uv",
		    { .model = KEY_MODEL_OLD, .firmware = 4 }, "model",
		    "firmware 4 is older than 5" },
		{ "firmware that nobody tells", "fido2-uv",
		    { .model = KEY_MODEL_OLD }, "model", "firmware 0" },
		{ "no fingerprint for fido2-bio", "fido2-bio", { .id = 0 },
		    "model", "fingerprint" },
		{ "managed without a finger", "fido2-uv", { .managed = true },
		    "key-unfit", "fido2-bio" },
	};

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct key_showing w = tc[i].w;

		print_message("  %s\n", tc[i].what);
		w.key = key;
		w.id = 1;
		visit_start(&s->visit, "suzuki", tc[i].method);
		assert_int_equal(visit_key(&s->visit, &w), 200);
		expect_refused(s, tc[i].reason);
		if (strstr(s->visit.step.text, tc[i].names) == NULL)
			fail_msg("%s", s->visit.step.text);
	}
	X509_free(foreign);
	assert_int_equal(place_count_records(&s->office.place, "token.enroll",
			     NULL),
	    0);
}

static void
a_firmware_that_is_new_enough_will_do(void **state)
{
	struct scene *s = *state;

	(void)enroll_some(s, "suzuki", KEY_MODEL_OLD, 5);
}

static void
first_assertions_that_show_too_little_are_refused(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *const key = testca_key(TESTCA_P256);
	const struct {
		const char *what;
		const char *method;
		struct key_showing w;
		const char *reason;
	} tc[] = {
		{ "another key signed", "fido2-uv",
		    { .signer = testca_key(TESTCA_P256_OTHER) }, "signature" },
		{ "nobody touched it", "fido2", { .flags = SY_FIDO2_UV },
		    "denied" },
		{ "its user was not verified", "fido2-uv",
		    { .flags = SY_FIDO2_UP }, "denied" },
		{ "another credential", "fido2-uv", { .other = 2 },
		    "key-other" },
		{ "the counter stands still", "fido2-uv",
		    { .made_counter = 5, .counter = 5 }, "counter" },
		{ "the counter went back", "fido2-uv",
		    { .made_counter = 5, .counter = 0 }, "counter" },
		{ "a PIN for fido2-bio", "fido2-bio",
		    { .model = KEY_MODEL_FINGER }, "key-unfit" },
		{ "a PIN on a managed key", "fido2-bio",
		    { .model = KEY_MODEL_FINGER, .managed = true },
		    "key-unfit" },
		{ "a finger that the terminal alone has seen", "fido2-bio",
		    { .model = KEY_MODEL_FINGER, .built_in = true },
		    "key-unfit" },
	};

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct key_showing w = tc[i].w;

		print_message("  %s\n", tc[i].what);
		w.key = key;
		w.id = 1;
		visit_start(&s->visit, "suzuki", tc[i].method);
		assert_int_equal(visit_key(&s->visit, &w), 200);
		assert_string_equal(s->visit.step.step, "assert");
		assert_int_equal(visit_assertion(&s->visit, &w), 200);
		expect_refused(s, tc[i].reason);
	}
	assert_int_equal(place_count_records(&s->office.place, "token.enroll",
			     NULL),
	    0);
}

static void
a_managed_finger_is_a_finger(void **state)
{
	struct scene *s = *state;
	const struct key_showing w = { .key = testca_key(TESTCA_P256),
		.id = 7,
		.model = KEY_MODEL_FINGER,
		.managed = true,
		.reader = true,
		.built_in = true };
	struct sy_token token;

	show_token(s, visit_enroll(&s->visit, "suzuki", "fido2-bio", &w),
	    &token);
	assert_string_equal(token.method, "fido2-bio");
	assert_string_equal(token.grade, "managed");
	assert_string_equal(token.model, "Finger Key");
	expect_fact(s, "grade", "managed");
	expect_fact(s, "terminal-says-managed", "yes");
	expect_fact(s, "terminal-says-built-in", "yes");
	expect_fact(s, "terminal-says-place", "reader");
}

static void
the_terminals_word_for_a_finger_is_the_policys_to_take(void **state)
{
	struct scene *s = *state;
	const struct key_showing w = { .key = testca_key(TESTCA_P256),
		.id = 7,
		.model = KEY_MODEL_FINGER,
		.built_in = true };
	struct sy_token token;

	office_policy(&s->office,
	    "[policy]\nname = terminal\n"
	    "[rule keys]\nzone = mynumber\npurpose = login\nkind = staff\n"
	    "require = 2\nallow = fido2-bio\ngrade = terminal\n"
	    "[keys]\nfingerprint = 22222222-2222-2222-2222-222222222222\n");
	show_token(s, visit_enroll(&s->visit, "suzuki", "fido2-bio", &w),
	    &token);
	assert_string_equal(token.method, "fido2-bio");
	assert_string_equal(token.grade, "");
	expect_fact(s, "grade", "terminal");
}

static void
a_key_is_no_more_than_it_was_invited_for(void **state)
{
	struct scene *s = *state;
	const struct key_showing w = { .key = testca_key(TESTCA_P256),
		.id = 7 };
	struct sy_token token;

	show_token(s, visit_enroll(&s->visit, "suzuki", "fido2", &w), &token);
	assert_string_equal(token.method, "fido2");
}

static void
a_policy_may_take_keys_that_nobody_certifies(void **state)
{
	struct scene *s = *state;
	const struct key_showing w = { .key = testca_key(TESTCA_P256),
		.id = 7,
		.model = KEY_MODEL_NEW,
		.unattested = true,
		.format = MAKER_SELF };
	struct sy_token token;

	office_policy(&s->office,
	    "[policy]\nname = self\n"
	    "[rule keys]\nzone = internet\npurpose = login\nkind = staff\n"
	    "require = 1\nallow = fido2\norigin = unproven\n"
	    "[keys]\nattestation = self\n");
	show_token(s, visit_enroll(&s->visit, "suzuki", "fido2-uv", &w),
	    &token);
	assert_string_equal(token.origin, "unproven");
	assert_string_equal(token.attestation, "self");
	/* What it says of itself is shown; no name is given to it. */
	assert_string_equal(token.aaguid,
	    "66666666-6666-6666-6666-666666666666");
	assert_string_equal(token.model, "");
}

/* CARD-2 */
static void
a_credential_is_enrolled_once_and_the_owner_is_named(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *const key = testca_key(TESTCA_P256);
	struct key_showing w = { .key = key, .id = 7 };
	const int64_t token = visit_enroll(&s->visit, "suzuki", "fido2-uv", &w);
	char named[64];

	/* The same credential, of another key, and the same key. */
	(void)snprintf(named, sizeof(named), "token %lld of suzuki",
	    (long long)token);
	w.key = testca_key(TESTCA_P256_OTHER);
	visit_start(&s->visit, "tanaka", "fido2-uv");
	assert_int_equal(visit_key(&s->visit, &w), 200);
	expect_refused(s, "exists");
	assert_non_null(strstr(s->visit.step.text, named));
	w.key = key;
	w.id = 8;
	visit_start(&s->visit, "tanaka", "fido2-uv");
	assert_int_equal(visit_key(&s->visit, &w), 200);
	expect_refused(s, "exists");
	assert_non_null(strstr(s->visit.step.text, named));
	assert_int_equal(place_count_records(&s->office.place, "token.enroll",
			     NULL),
	    1);
}

static void
a_credential_that_has_ended_does_not_come_back(void **state)
{
	struct scene *s = *state;
	const struct key_showing w = { .key = testca_key(TESTCA_P256),
		.id = 7 };
	struct sy_token_change end = { .basis = "電話" };
	struct sy_token token;

	end.token = visit_enroll(&s->visit, "suzuki", "fido2-uv", &w);
	assert_int_equal(desk_call(&s->operators, "/v1/admin/token/lost",
			     &sy_message_token_change, &end, &sy_message_token,
			     &token),
	    200);
	assert_string_equal(token.model, "Plain Key");
	visit_start(&s->visit, "suzuki", "fido2-uv");
	assert_int_equal(s->visit.step.credentials.count, 0);
	assert_int_equal(visit_key(&s->visit, &w), 200);
	expect_refused(s, "exists");
}

static void
two_enrolments_of_one_key_make_one_token(void **state)
{
	struct scene *s = *state;
	const struct key_showing w = { .key = testca_key(TESTCA_P256),
		.id = 7 };
	struct sy_enroll_step first;

	visit_start(&s->visit, "suzuki", "fido2-uv");
	assert_int_equal(visit_key(&s->visit, &w), 200);
	first = s->visit.step;
	memset(&s->visit.step, 0, sizeof(s->visit.step));
	(void)visit_enroll(&s->visit, "tanaka", "fido2-uv", &w);
	sy_message_clear(&sy_message_enroll_step, &s->visit.step);
	s->visit.step = first;
	assert_int_equal(visit_assertion(&s->visit, &w), 409);
	assert_string_equal(s->desk.failure.error, "exists");
	assert_non_null(strstr(s->desk.failure.text, "tanaka"));
}

static void
a_person_has_four_keys_and_the_fifth_replaces_one(void **state)
{
	struct scene *s = *state;
	struct sy_token token;
	int64_t first = 0;

	for (int i = 0; i < CREDENTIALS_MAX; i++) {
		const int64_t id = enroll_some(s, "suzuki", KEY_MODEL_PIN, 0);

		first = i == 0 ? id : first;
	}
	assert_int_equal(visit_invite(&s->visit, "suzuki", "fido2-uv"), 409);
	assert_string_equal(s->operators.failure.error, "state");
	assert_non_null(strstr(s->operators.failure.text, "--replace"));
	s->visit.replaces = first;
	visit_start(&s->visit, "suzuki", "fido2-uv");
	/* The one that goes may be the one that comes. */
	assert_int_equal(s->visit.step.credentials.count, CREDENTIALS_MAX - 1);
	(void)enroll_some(s, "suzuki", KEY_MODEL_PIN, 0);
	show_token(s, first, &token);
	assert_string_equal(token.state, "replaced");
	/* A card takes none of their places. */
	s->visit.replaces = 0;
	assert_int_equal(visit_invite(&s->visit, "suzuki", "card-pin"), 200);
	assert_int_equal(visit_invite(&s->visit, "tanaka", "fido2-uv"), 200);
}

static void
what_was_full_meanwhile_is_refused_at_the_end(void **state)
{
	struct scene *s = *state;
	const struct key_showing w = { .key = testca_key(TESTCA_P256),
		.id = 200 };
	struct sy_enroll_step first;

	visit_start(&s->visit, "suzuki", "fido2-uv");
	assert_int_equal(visit_key(&s->visit, &w), 200);
	first = s->visit.step;
	memset(&s->visit.step, 0, sizeof(s->visit.step));
	for (int i = 0; i < CREDENTIALS_MAX; i++) {
		struct credential_row row;
		struct token_row token;
		uint8_t key = (uint8_t)(100 + i);

		sample_token(&token, s->suzuki, key);
		token.state = TOKEN_ACTIVE;
		token.driver = SY_DRIVER_FIDO2;
		place_insert(&s->office.place, &row_type_token, &token);
		sample_credential(&row, token.id, key);
		row.owner = s->suzuki;
		place_insert(&s->office.place, &row_type_credential, &row);
	}
	s->visit.step = first;
	assert_int_equal(visit_assertion(&s->visit, &w), 409);
	assert_string_equal(s->desk.failure.error, "state");
}

static void
a_model_that_was_revoked_meanwhile_is_refused_at_the_end(void **state)
{
	struct scene *s = *state;
	const struct key_showing w = { .key = testca_key(TESTCA_P256),
		.id = 7 };

	visit_start(&s->visit, "suzuki", "fido2-uv");
	assert_int_equal(visit_key(&s->visit, &w), 200);
	s->keys.models[0].status = "ATTESTATION_KEY_COMPROMISE";
	key_import_number(&s->keys, &s->operators, 2);
	assert_int_equal(visit_assertion(&s->visit, &w), 422);
	assert_string_equal(s->desk.failure.error, "model");
	assert_non_null(strstr(s->desk.failure.text,
	    "ATTESTATION_KEY_COMPROMISE"));
}

static void
nonces_are_good_once_and_the_code_until_it_is_used(void **state)
{
	struct scene *s = *state;
	const struct key_showing wrong = {
		.key = testca_key(TESTCA_P256), .id = 7, .model = KEY_MODEL_BAD
	};
	const struct key_showing right = { .key = testca_key(TESTCA_P256),
		.id = 7 };

	visit_start(&s->visit, "suzuki", "fido2-uv");
	assert_int_equal(visit_key(&s->visit, &wrong), 200);
	expect_refused(s, "model");
	/* The enrolment is over, the invitation is not. */
	assert_int_equal(visit_begin(&s->visit, "suzuki"), 200);
	assert_int_equal(visit_key(&s->visit, &right), 200);
	assert_string_equal(s->visit.step.step, "assert");
	/* No second credential for it. */
	assert_int_equal(visit_key(&s->visit, &right), 409);
	assert_int_equal(visit_begin(&s->visit, "suzuki"), 200);
	assert_int_equal(visit_key(&s->visit, &right), 200);
	assert_int_equal(visit_assertion(&s->visit, &right), 200);
	assert_string_equal(s->visit.step.step, "done");
	assert_int_equal(visit_begin(&s->visit, "suzuki"), 409);
	assert_string_equal(s->desk.failure.error, "code");
}

static void
steps_of_cards_and_keys_do_not_mix(void **state)
{
	struct scene *s = *state;
	const struct key_showing w = { .key = testca_key(TESTCA_P256),
		.id = 7 };
	struct sy_enroll_card card = {
		.cert_len = 1, .driver = "piv", .method = "card-pin"
	};

	visit_start(&s->visit, "suzuki", "fido2-uv");
	memcpy(card.txn, s->visit.step.txn, sizeof(card.txn));
	assert_int_equal(visit_ask(&s->visit, "/v1/enroll/card",
			     &sy_message_enroll_card, &card),
	    409);
	assert_int_equal(visit_invite(&s->visit, "suzuki", "card-pin"), 200);
	assert_int_equal(visit_begin(&s->visit, "suzuki"), 200);
	assert_string_equal(s->visit.step.step, "present");
	s->visit.step.nonce_len = SY_NONCE_SIZE;
	assert_int_equal(visit_key(&s->visit, &w), 409);
}

static void
giving_up_is_recorded(void **state)
{
	struct scene *s = *state;
	struct sy_auth_abandon in = { .failure = "device",
		.reason = "key-unfit" };
	struct office_record r;

	visit_start(&s->visit, "suzuki", "fido2-uv");
	memcpy(in.txn, s->visit.step.txn, sizeof(in.txn));
	assert_int_equal(visit_ask(&s->visit, "/v1/enroll/abandon",
			     &sy_message_auth_abandon, &in),
	    200);
	assert_string_equal(s->visit.step.step, "refused");
	assert_true(office_last_record(&s->office, "token.enroll-abandoned",
	    "login", &r));
	assert_string_equal(r.reason, "key-unfit");
	assert_string_equal(r.fact, "suzuki");
}

static void
without_the_section_there_are_no_invitations_for_keys(void **state)
{
	static const char *const methods[] = { "fido2", "fido2-uv",
		"fido2-bio" };
	struct scene *s = *state;

	assert_int_equal(visit_invite(&s->visit, "suzuki", "fido2"), 200);
	s->office.server.config.fido2 = false;
	/* One that was made before is of no use. */
	assert_int_equal(visit_begin(&s->visit, "suzuki"), 409);
	assert_non_null(strstr(s->desk.failure.text, "[fido2]"));
	for (size_t i = 0; i < SY_COUNT(methods); i++) {
		assert_int_equal(visit_invite(&s->visit, "suzuki", methods[i]),
		    409);
		assert_non_null(strstr(s->operators.failure.text, "[fido2]"));
	}
	assert_int_equal(visit_invite(&s->visit, "suzuki", "card-pin"), 200);
}

/* --- models --- */

static size_t
list(struct scene *s, const char *login, const char *model)
{
	struct sy_token_search in = { .login = "" };
	struct sy_token_list list;
	size_t count;

	(void)snprintf(in.login, sizeof(in.login), "%s", login);
	(void)snprintf(in.model, sizeof(in.model), "%s", model);
	assert_int_equal(desk_call(&s->operators, "/v1/admin/token/list",
			     &sy_message_token_search, &in,
			     &sy_message_token_list, &list),
	    200);
	count = list.tokens.count;
	sy_message_clear(&sy_message_token_list, &list);
	return count;
}

static void
tokens_are_found_by_model(void **state)
{
	struct scene *s = *state;

	(void)office_token(&s->office, s->suzuki, testca_key(TESTCA_RSA2048),
	    SY_METHOD_CARD_PIN);
	(void)enroll_some(s, "suzuki", KEY_MODEL_PIN, 0);
	(void)enroll_some(s, "tanaka", KEY_MODEL_PIN, 0);
	(void)enroll_some(s, "tanaka", KEY_MODEL_FINGER, 0);
	assert_int_equal(list(s, "", ""), 4);
	assert_int_equal(list(s, "", "11111111-1111-1111-1111-111111111111"),
	    2);
	assert_int_equal(list(s, "", "plain"), 2);
	assert_int_equal(list(s, "tanaka", "Plain Key"), 1);
	assert_int_equal(list(s, "", "key"), 3);
	assert_int_equal(list(s, "", "nothing"), 0);
}

static unsigned int
revoke(struct scene *s, const char *aaguid, int64_t below, const char *basis,
    struct sy_token_list *ret)
{
	struct sy_model_change in = { .firmware_below = below };

	(void)snprintf(in.aaguid, sizeof(in.aaguid), "%s", aaguid);
	(void)snprintf(in.basis, sizeof(in.basis), "%s", basis);
	return desk_call(&s->operators, "/v1/admin/token/revoke-model",
	    &sy_message_model_change, &in, &sy_message_token_list, ret);
}

static void
all_keys_of_a_model_end_each_with_its_record(void **state)
{
	struct scene *s = *state;
	const int64_t old = enroll_some(s, "suzuki", KEY_MODEL_PIN, 3);
	const int64_t untold = enroll_some(s, "tanaka", KEY_MODEL_PIN, 0);
	const int64_t fresh = enroll_some(s, "tanaka", KEY_MODEL_PIN, 9);
	const int64_t other = enroll_some(s, "suzuki", KEY_MODEL_FINGER, 1);
	static const char pin[] = "11111111-1111-1111-1111-111111111111";
	struct sy_token_list list;
	const struct sy_token *tokens;
	struct office_record r;
	struct sy_token token;

	assert_int_equal(revoke(s, pin, 9, "報告 3", &list), 200);
	assert_int_equal(list.tokens.count, 2);
	tokens = list.tokens.items;
	assert_int_equal(tokens[0].token, old);
	assert_int_equal(tokens[1].token, untold);
	assert_string_equal(tokens[0].state, "revoked");
	assert_string_equal(tokens[0].model, "Plain Key");
	sy_message_clear(&sy_message_token_list, &list);
	assert_int_equal(place_count_records(&s->office.place, "token.revoke",
			     NULL),
	    2);
	assert_true(office_last_record(&s->office, "token.revoke", "basis",
	    &r));
	assert_string_equal(r.fact, "報告 3");
	assert_string_equal(r.actor, "root");
	assert_true(office_last_record(&s->office, "token.revoke-model",
	    "tokens", &r));
	assert_string_equal(r.fact, "2");

	assert_int_equal(revoke(s, pin, 0, "報告 4", &list), 200);
	assert_int_equal(list.tokens.count, 1);
	sy_message_clear(&sy_message_token_list, &list);
	show_token(s, fresh, &token);
	assert_string_equal(token.state, "revoked");
	show_token(s, other, &token);
	assert_string_equal(token.state, "active");
	/* There is nothing left to be done. */
	assert_int_equal(revoke(s, pin, 0, "報告 5", &list), 200);
	assert_int_equal(list.tokens.count, 0);
	sy_message_clear(&sy_message_token_list, &list);
}

/* More than one batch has. */
static void
many_keys_end_batch_by_batch(void **state)
{
	struct scene *s = *state;
	struct sy_token_list list;
	const size_t many = 150;

	for (size_t i = 0; i < many; i++) {
		struct credential_row row;
		struct token_row token;

		sample_token(&token, s->suzuki, (uint8_t)i);
		token.state = TOKEN_ACTIVE;
		token.driver = SY_DRIVER_FIDO2;
		place_insert(&s->office.place, &row_type_token, &token);
		sample_credential(&row, token.id, (uint8_t)i);
		memset(row.aaguid, KEY_MODEL_PIN, sizeof(row.aaguid));
		row.owner = s->suzuki;
		place_insert(&s->office.place, &row_type_credential, &row);
	}
	assert_int_equal(revoke(s, "11111111-1111-1111-1111-111111111111", 0,
			     "報告 3", &list),
	    200);
	assert_int_equal(list.tokens.count, many);
	sy_message_clear(&sy_message_token_list, &list);
	assert_int_equal(place_count_records(&s->office.place, "token.revoke",
			     NULL),
	    many);
}

static void
an_order_needs_a_model_and_a_basis(void **state)
{
	struct scene *s = *state;
	struct sy_token_list list;

	assert_int_equal(revoke(s, "11111111-1111-1111-1111-111111111111", 0,
			     "", &list),
	    400);
	assert_int_equal(revoke(s, "Plain Key", 0, "報告", &list), 400);
	assert_int_equal(place_count_records(&s->office.place, "token.revoke",
			     NULL),
	    0);
}

/* --- why somebody can't log in --- */

/* The codes of all reasons, "*" in front of what blocks; the text of the last
 * one into ${text}. */
static void
explain(struct scene *s, const char *login, char codes[256], char text[256])
{
	struct sy_user_ref in = { .login = "" };
	struct sy_explanation why;
	const struct sy_explanation_item *items;

	(void)snprintf(in.login, sizeof(in.login), "%s", login);
	assert_int_equal(desk_call(&s->operators, "/v1/admin/user/explain",
			     &sy_message_user_ref, &in, &sy_message_explanation,
			     &why),
	    200);
	items = why.reasons.items;
	codes[0] = text[0] = '\0';
	for (size_t i = 0; i < why.reasons.count; i++) {
		const size_t at = strlen(codes);

		(void)snprintf(codes + at, 256 - at, "%s%s%s", i > 0 ? " " : "",
		    items[i].blocking ? "*" : "", items[i].code);
		(void)snprintf(text, 256, "%s", items[i].text);
	}
	sy_message_clear(&sy_message_explanation, &why);
}

static void
keys_are_explained(void **state)
{
	struct scene *s = *state;
	char codes[256], text[256];

	explain(s, "suzuki", codes, text);
	assert_string_equal(codes, "*no-token");
	(void)enroll_some(s, "suzuki", KEY_MODEL_PIN, 0);
	explain(s, "suzuki", codes, text);
	assert_string_equal(codes, "");
	/* Its model is revoked. */
	s->keys.models[0].status = "REVOKED";
	key_import_number(&s->keys, &s->operators, 2);
	explain(s, "suzuki", codes, text);
	assert_string_equal(codes, "*no-token token-model");
	assert_non_null(strstr(text, "REVOKED"));
	/* Where a key is wanted, no card would help. */
	(void)office_token(&s->office, s->tanaka, testca_key(TESTCA_P384),
	    SY_METHOD_CARD_PIN);
	office_policy(&s->office,
	    "[policy]\nname = keys\n"
	    "[rule keys]\nzone = mynumber\npurpose = login\nkind = staff\n"
	    "require = 2\nallow = fido2-uv\n");
	explain(s, "tanaka", codes, text);
	assert_string_equal(codes, "*no-key token-not-accepted");
}

/* A key that can do more is used as what the policy takes. */
static void
a_better_key_will_do(void **state)
{
	struct scene *s = *state;
	const struct key_showing w = { .key = testca_key(TESTCA_P256),
		.id = 7,
		.model = KEY_MODEL_FINGER,
		.managed = true,
		.built_in = true };
	char codes[256], text[256];

	(void)visit_enroll(&s->visit, "suzuki", "fido2-bio", &w);
	explain(s, "suzuki", codes, text);
	assert_string_equal(codes, "");
	office_policy(&s->office,
	    "[policy]\nname = keys\n"
	    "[rule keys]\nzone = mynumber\npurpose = login\nkind = staff\n"
	    "require = 2\nallow = fido2-uv\n");
	explain(s, "suzuki", codes, text);
	assert_string_equal(codes, "");
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
		CASE(a_key_is_told_what_to_make),
		CASE(a_key_is_enrolled_by_code_attestation_and_assertion),
		CASE(keys_that_made_something_unfit_are_refused),
		CASE(a_firmware_that_is_new_enough_will_do),
		CASE(first_assertions_that_show_too_little_are_refused),
		CASE(a_managed_finger_is_a_finger),
		CASE(the_terminals_word_for_a_finger_is_the_policys_to_take),
		CASE(a_key_is_no_more_than_it_was_invited_for),
		CASE(a_policy_may_take_keys_that_nobody_certifies),
		CASE(a_credential_is_enrolled_once_and_the_owner_is_named),
		CASE(a_credential_that_has_ended_does_not_come_back),
		CASE(two_enrolments_of_one_key_make_one_token),
		CASE(a_person_has_four_keys_and_the_fifth_replaces_one),
		CASE(what_was_full_meanwhile_is_refused_at_the_end),
		CASE(a_model_that_was_revoked_meanwhile_is_refused_at_the_end),
		CASE(nonces_are_good_once_and_the_code_until_it_is_used),
		CASE(steps_of_cards_and_keys_do_not_mix),
		CASE(giving_up_is_recorded),
		CASE(without_the_section_there_are_no_invitations_for_keys),
		CASE(tokens_are_found_by_model),
		CASE(all_keys_of_a_model_end_each_with_its_record),
		CASE(many_keys_end_batch_by_batch),
		CASE(an_order_needs_a_model_and_a_basis),
		CASE(keys_are_explained),
		CASE(a_better_key_will_do),
	};

	return cmocka_run_group_tests_name("server_keys", tests, NULL,
	    free_all);
}
