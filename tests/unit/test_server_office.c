/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/identity/office.c over a real ledger: a card is made (CARD-8: the key
 * proven, the basis kept), its secrets are kept before it has them, and a token
 * is replaced in the moment in which the new one begins.
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include <openssl/x509.h>
#include <sanyoso/code.h>

#include "server/identity/office_secret.h"
#include "tests/support/office.h"

struct scene {
	struct office office;
	struct terminal_row counter;
	struct desk desk, operators;
	int64_t suzuki, tanaka;
	uint8_t code[16];
	struct sy_office_step step;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct office *o;

	assert_non_null(s);
	o = &s->office;
	office_open(o);
	o->server.config.personalise = true;
	o->server.config.personal_life = INT64_C(86400) * 1000;
	o->server.config.personal_key = SY_KEY_P256;
	office_terminal(o, "counter-1", SY_ZONE_MYNUMBER, &s->counter);
	s->suzuki = office_person(o, "suzuki", SY_KIND_STAFF);
	s->tanaka = office_person(o, "tanaka", SY_KIND_STAFF);
	desk_open(o, LISTENER_TERMINALS, &s->counter, &s->desk);
	desk_open(o, LISTENER_ADMIN, NULL, &s->operators);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->desk);
	desk_close(&s->operators);
	office_close(&s->office);
	free(s);
	return 0;
}

/* --- steps --- */

static unsigned int
invite(struct scene *s, const char *login, const char *purpose,
    int64_t replaces)
{
	SY_AUTO(sy_secret_free) struct sy_secret *typed = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *bytes = NULL;
	struct sy_token_invite in = { .terminal = "counter-1",
		.basis = "application 7",
		.replaces = replaces };
	struct sy_code code = { .code = "" };
	unsigned int status;

	(void)snprintf(in.login, sizeof(in.login), "%s", login);
	(void)snprintf(in.purpose, sizeof(in.purpose), "%s", purpose);
	status = desk_call(&s->operators, "/v1/admin/token/invite",
	    &sy_message_token_invite, &in, &sy_message_code, &code);
	if (status != 200)
		return status;
	assert_int_equal(sy_secret_new(sizeof(code.code), &typed), SY_OK);
	assert_int_equal(sy_secret_append(typed, code.code, strlen(code.code)),
	    SY_OK);
	assert_int_equal(sy_code_parse(typed, sizeof(s->code), &bytes), SY_OK);
	memcpy(s->code, sy_secret_bytes(bytes), sizeof(s->code));
	return status;
}

static unsigned int
begin(struct scene *s, const char *user, const char *task)
{
	struct sy_office_begin in = { .code_len = sizeof(in.code) };

	(void)snprintf(in.user, sizeof(in.user), "%s", user);
	(void)snprintf(in.task, sizeof(in.task), "%s", task);
	memcpy(in.code, s->code, sizeof(in.code));
	if (strcmp(task, "pin-change") == 0)
		in.code_len = 0;
	return desk_call(&s->desk, "/v1/office", &sy_message_office_begin, &in,
	    &sy_message_office_step, &s->step);
}

static size_t
spki_of(EVP_PKEY *key, uint8_t out[SY_SPKI_SIZE_MAX])
{
	uint8_t *at = out;
	const int len = i2d_PUBKEY(key, &at);

	assert_true(len > 0);
	return (size_t)len;
}

/* ${key}: the card is known by it; else by ${guid}, or not at all. */
static unsigned int
show(struct scene *s, const uint8_t *guid, EVP_PKEY *key)
{
	struct sy_office_card in = { .guid_len = 0 };

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	if (guid != NULL) {
		memcpy(in.guid, guid, sizeof(in.guid));
		in.guid_len = sizeof(in.guid);
	}
	if (key != NULL)
		in.spki_len = (uint16_t)spki_of(key, in.spki);
	return desk_call(&s->desk, "/v1/office/card", &sy_message_office_card,
	    &in, &sy_message_office_step, &s->step);
}

static unsigned int
prove(struct scene *s, const char *login, const char *task, EVP_PKEY *key,
    EVP_PKEY *signer)
{
	const struct signing signing = { .key = signer,
		.terminal = "counter-1",
		.login = login,
		.service = "office",
		.purpose = task,
		.txn = s->step.txn,
		.nonce = s->step.nonce };
	struct sy_office_proof in = { .spki_len = 0 };
	struct sy_auth_proof proof;

	office_sign(&signing, &proof);
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.agent_nonce, proof.agent_nonce, sizeof(in.agent_nonce));
	in.agent_nonce_len = sizeof(in.agent_nonce);
	memcpy(in.signature, proof.signature, proof.signature_len);
	in.signature_len = proof.signature_len;
	if (strcmp(task, "personalise") == 0)
		in.spki_len = (uint16_t)spki_of(key, in.spki);
	return desk_call(&s->desk, "/v1/office/proof", &sy_message_office_proof,
	    &in, &sy_message_office_step, &s->step);
}

static unsigned int
done(struct scene *s)
{
	struct sy_office_done in;

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	return desk_call(&s->desk, "/v1/office/done", &sy_message_office_done,
	    &in, &sy_message_office_step, &s->step);
}

static int64_t
tokens(struct scene *s)
{
	int64_t n = 0;

	assert_int_equal(row_count(ledger_reader(s->office.server.ledger),
			     &row_type_token, &n),
	    SY_OK);
	return n;
}

/* The whole way with ${key}; returns the token, and the card's GUID. */
static int64_t
personalise(struct scene *s, EVP_PKEY *key, int64_t replaces,
    uint8_t guid[SY_DEVICE_GUID_SIZE], bool known)
{
	assert_int_equal(invite(s, "suzuki", "personalise", replaces), 200);
	assert_int_equal(begin(s, "suzuki", "personalise"), 200);
	assert_string_equal(s->step.step, "card");
	assert_int_equal(show(s, known ? guid : NULL, NULL), 200);
	assert_string_equal(s->step.step, "prepare");
	memcpy(guid, s->step.guid, SY_DEVICE_GUID_SIZE);
	assert_int_equal(prove(s, "suzuki", "personalise", key, key), 200);
	assert_string_equal(s->step.step, "store");
	assert_int_equal(done(s), 200);
	assert_string_equal(s->step.step, "done");
	return strtoll(s->step.token + strlen("token:"), NULL, 10);
}

static void
expect_refused(struct scene *s, const char *reason)
{
	struct office_record r;

	assert_string_equal(s->step.step, "refused");
	assert_string_equal(s->step.reason, reason);
	assert_true(office_last_record(&s->office, "token.office-refused", "",
	    &r));
	assert_int_equal(r.outcome, SY_OUTCOME_DENY);
	assert_string_equal(r.reason, reason);
}

/* --- tests --- */

static void
a_card_is_made_and_becomes_a_token_last_of_all(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *key = testca_key(TESTCA_P256);
	struct card_secret_row secret;
	struct token_row token;
	struct office_record r;
	struct row_view *view;
	const uint8_t *at;
	X509 *cert;

	assert_int_equal(invite(s, "suzuki", "personalise", 0), 200);
	assert_int_equal(begin(s, "suzuki", "personalise"), 200);
	assert_string_equal(s->step.drivers, "piv");
	assert_int_equal(s->step.reserve, 1);
	assert_int_equal(show(s, NULL, NULL), 200);
	assert_string_equal(s->step.algorithm, "P-256");
	assert_int_equal(s->step.management_len, SY_DEVICE_MANAGEMENT_SIZE);
	assert_int_equal(s->step.puk_len, SY_DEVICE_PUK_SIZE);
	for (size_t i = 0; i < SY_DEVICE_PUK_SIZE; i++)
		assert_in_range(s->step.puk[i], '0', '9');
	assert_int_equal(s->step.former_management_len, 0);
	/* They are kept before the card has them. */
	view = ledger_reader(s->office.server.ledger);
	assert_int_equal(office_secret_of_card(view, s->step.guid, &secret),
	    SY_OK);
	assert_int_equal(secret.state, CARD_SECRET_SENT);
	assert_memory_equal(secret.management, s->step.management,
	    SY_DEVICE_MANAGEMENT_SIZE);
	assert_int_equal(prove(s, "suzuki", "personalise", key, key), 200);
	assert_string_equal(s->step.step, "store");
	at = s->step.cert;
	cert = d2i_X509(NULL, &at, s->step.cert_len);
	assert_non_null(cert);
	assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(cert), key), 1);
	X509_free(cert);
	assert_int_equal(tokens(s), 0);
	assert_int_equal(done(s), 200);
	assert_string_equal(s->step.step, "done");
	assert_int_equal(tokens(s), 1);

	view = ledger_reader(s->office.server.ledger);
	assert_int_equal(row_get(view, &row_type_token, 1, &token), SY_OK);
	assert_int_equal(token.origin, SY_ORIGIN_PERSONALISED);
	assert_int_equal(token.method, SY_METHOD_CARD_PIN);
	assert_int_equal(token.owner, s->suzuki);
	assert_string_equal(token.basis, "application 7");
	assert_int_equal(office_secret_of_token(view, 1, &secret), SY_OK);
	assert_int_equal(secret.state, CARD_SECRET_SET);
	assert_int_equal(secret.former_puk_len, 0);
	assert_true(office_last_record(&s->office, "token.personalise",
	    "origin", &r));
	assert_string_equal(r.fact, "personalised");
	/* The code is used up. */
	assert_int_not_equal(begin(s, "suzuki", "personalise"), 200);
	assert_string_equal(s->desk.failure.error, "code");
}

static void
a_visit_that_was_broken_off_goes_on_with_the_same_secrets(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *key = testca_key(TESTCA_P256);
	struct sy_office_step first;
	uint8_t guid[SY_DEVICE_GUID_SIZE];

	assert_int_equal(invite(s, "suzuki", "personalise", 0), 200);
	assert_int_equal(begin(s, "suzuki", "personalise"), 200);
	assert_int_equal(show(s, NULL, NULL), 200);
	first = s->step;
	/* The card was pulled out; the code is still good. */
	assert_int_equal(begin(s, "suzuki", "personalise"), 200);
	assert_int_equal(show(s, first.guid, NULL), 200);
	assert_memory_equal(s->step.guid, first.guid, sizeof(first.guid));
	assert_memory_equal(s->step.management, first.management,
	    sizeof(first.management));
	assert_memory_equal(s->step.puk, first.puk, sizeof(first.puk));
	assert_int_equal(prove(s, "suzuki", "personalise", key, key), 200);
	assert_int_equal(done(s), 200);
	/* A card that did report back gets new ones, the old beside them. */
	memcpy(guid, first.guid, sizeof(guid));
	assert_int_equal(invite(s, "suzuki", "personalise", 1), 200);
	assert_int_equal(begin(s, "suzuki", "personalise"), 200);
	assert_int_equal(show(s, guid, NULL), 200);
	assert_memory_not_equal(s->step.management, first.management,
	    sizeof(first.management));
	assert_memory_equal(s->step.former_management, first.management,
	    sizeof(first.management));
	assert_memory_equal(s->step.former_puk, first.puk, sizeof(first.puk));
}

static void
only_a_key_that_is_proven_gets_a_certificate(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *key = testca_key(TESTCA_P256);
	static const struct {
		const char *what;
		enum testca_alg key, signer;
		const char *login, *reason;
	} tc[] = {
		{ "another's signature", TESTCA_P256, TESTCA_P384, "suzuki",
		    "signature" },
		{ "another person", TESTCA_P256, TESTCA_P256, "tanaka",
		    "signature" },
		{ "another kind of key", TESTCA_P384, TESTCA_P384, "suzuki",
		    "algorithm" },
	};

	assert_int_equal(invite(s, "suzuki", "personalise", 0), 200);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(begin(s, "suzuki", "personalise"), 200);
		assert_int_equal(show(s, NULL, NULL), 200);
		assert_int_equal(prove(s, tc[i].login, "personalise",
				     testca_key(tc[i].key),
				     testca_key(tc[i].signer)),
		    200);
		expect_refused(s, tc[i].reason);
		assert_int_not_equal(done(s), 200);
	}
	/* Not before it was proven. */
	assert_int_equal(begin(s, "suzuki", "personalise"), 200);
	assert_int_equal(show(s, NULL, NULL), 200);
	assert_int_not_equal(done(s), 200);
	assert_string_equal(s->desk.failure.error, "state");
	assert_int_equal(prove(s, "suzuki", "personalise", key, key), 200);
	assert_int_equal(tokens(s), 0);
}

static void
a_card_in_use_is_not_made_over_but_replaced(void **state)
{
	struct scene *s = *state;
	uint8_t guid[SY_DEVICE_GUID_SIZE];
	struct token_row token;
	int64_t first, second;

	first = personalise(s, testca_key(TESTCA_P256), 0, guid, false);
	assert_int_equal(invite(s, "tanaka", "personalise", 0), 200);
	assert_int_equal(begin(s, "tanaka", "personalise"), 200);
	assert_int_equal(show(s, guid, NULL), 409);
	assert_string_equal(s->desk.failure.error, "exists");

	assert_int_equal(invite(s, "tanaka", "personalise", first), 409);
	second = personalise(s, testca_key(TESTCA_P256), first, guid, true);
	assert_int_equal(row_get(ledger_reader(s->office.server.ledger),
			     &row_type_token, first, &token),
	    SY_OK);
	assert_int_equal(token.state, TOKEN_REPLACED);
	assert_int_equal(row_get(ledger_reader(s->office.server.ledger),
			     &row_type_token, second, &token),
	    SY_OK);
	assert_int_equal(token.state, TOKEN_ACTIVE);
	assert_int_equal(invite(s, "suzuki", "", first), 409);
	assert_int_equal(invite(s, "suzuki", "pin-unblock", second), 400);
	assert_int_equal(invite(s, "suzuki", "something", 0), 400);
}

static void
the_puk_changes_with_each_unblocking(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *key = testca_key(TESTCA_P256);
	uint8_t guid[SY_DEVICE_GUID_SIZE], former[SY_DEVICE_PUK_SIZE];
	struct card_secret_row secret;
	struct office_record r;

	(void)personalise(s, key, 0, guid, false);
	assert_int_equal(
	    office_secret_of_card(ledger_reader(s->office.server.ledger), guid,
		&secret),
	    SY_OK);
	memcpy(former, secret.puk, sizeof(former));
	assert_int_equal(invite(s, "suzuki", "pin-unblock", 0), 200);
	/* A code is for one thing. */
	assert_int_not_equal(begin(s, "suzuki", "personalise"), 200);
	assert_int_equal(begin(s, "suzuki", "pin-unblock"), 200);
	assert_int_equal(show(s, NULL, key), 200);
	assert_string_equal(s->step.step, "prepare");
	assert_int_equal(s->step.management_len, 0);
	assert_memory_equal(s->step.former_puk, former, sizeof(former));
	assert_memory_not_equal(s->step.puk, former, sizeof(former));
	assert_int_equal(prove(s, "suzuki", "pin-unblock", key, key), 200);
	assert_string_equal(s->step.step, "done");
	assert_true(office_last_record(&s->office, "token.pin-unblock", "token",
	    &r));
	assert_string_equal(r.fact, "token:1");
	assert_int_equal(
	    office_secret_of_card(ledger_reader(s->office.server.ledger), guid,
		&secret),
	    SY_OK);
	assert_int_equal(secret.state, CARD_SECRET_SET);
	assert_int_equal(secret.management_len, SY_DEVICE_MANAGEMENT_SIZE);
}

static void
a_pin_is_touched_on_ones_own_working_card_only(void **state)
{
	struct scene *s = *state;
	EVP_PKEY *key = testca_key(TESTCA_P256);
	struct office_record r;

	(void)office_token(&s->office, s->suzuki, key, SY_METHOD_CARD_PIN);
	assert_int_equal(begin(s, "tanaka", "pin-change"), 200);
	assert_int_equal(show(s, NULL, key), 200);
	expect_refused(s, "owner");
	/* Somebody who does not exist sees the same. */
	assert_int_equal(begin(s, "nobody", "pin-change"), 200);
	assert_int_equal(show(s, NULL, key), 200);
	expect_refused(s, "owner");
	assert_int_equal(begin(s, "suzuki", "pin-change"), 200);
	assert_int_equal(show(s, NULL, testca_key(TESTCA_P384)), 200);
	expect_refused(s, "owner");

	assert_int_equal(begin(s, "suzuki", "pin-change"), 200);
	assert_int_equal(show(s, NULL, key), 200);
	assert_string_equal(s->step.step, "change");
	assert_int_equal(done(s), 200);
	assert_string_equal(s->step.step, "done");
	assert_true(office_last_record(&s->office, "token.pin-change", "login",
	    &r));
	assert_string_equal(r.fact, "suzuki");
	/* Its PUK is with who issued it. */
	assert_int_equal(invite(s, "suzuki", "pin-unblock", 0), 200);
	assert_int_equal(begin(s, "suzuki", "pin-unblock"), 200);
	assert_int_equal(show(s, NULL, key), 409);
	/* One that was suspended is no working card. */
	office_hold(&s->office, 1);
	assert_int_equal(begin(s, "suzuki", "pin-change"), 200);
	assert_int_equal(show(s, NULL, key), 200);
	expect_refused(s, "owner");
}

static void
no_card_is_made_where_the_configuration_does_not_say_so(void **state)
{
	struct scene *s = *state;

	s->office.server.config.personalise = false;
	assert_int_equal(invite(s, "suzuki", "personalise", 0), 409);
	assert_int_equal(invite(s, "suzuki", "", 0), 200);
	/* A code for enrolling is none for personalising. */
	assert_int_not_equal(begin(s, "suzuki", "personalise"), 200);
	assert_string_equal(s->desk.failure.error, "code");
	assert_int_equal(begin(s, "suzuki", "sign"), 400);
}

static unsigned int
abandon(struct scene *s, const char *path, const struct sy_message *reply,
    const char *txn, const char *reason, void *ret)
{
	struct sy_auth_abandon in = { .failure = "cancelled" };

	memcpy(in.txn, txn, sizeof(in.txn));
	(void)snprintf(in.reason, sizeof(in.reason), "%s", reason);
	return desk_call(&s->desk, path, &sy_message_auth_abandon, &in, reply,
	    ret);
}

static void
a_visit_is_given_up_at_its_own_door(void **state)
{
	struct scene *s = *state;
	char txn[sizeof(s->step.txn)];
	struct sy_enroll_step enroll;
	struct office_record r;

	assert_int_equal(begin(s, "suzuki", "pin-change"), 200);
	memcpy(txn, s->step.txn, sizeof(txn));
	assert_int_equal(abandon(s, "/v1/enroll/abandon",
			     &sy_message_enroll_step, txn, "cancelled",
			     &enroll),
	    404);
	/* A name that no error has. */
	assert_int_equal(abandon(s, "/v1/office/abandon",
			     &sy_message_office_step, txn, "unknown", &s->step),
	    400);
	assert_int_equal(abandon(s, "/v1/office/abandon",
			     &sy_message_office_step, txn, "cancelled",
			     &s->step),
	    200);
	assert_string_equal(s->step.step, "refused");
	assert_string_equal(s->step.reason, "cancelled");
	assert_true(office_last_record(&s->office, "token.office-abandoned",
	    "task", &r));
	assert_string_equal(r.fact, "pin-change");
	assert_string_equal(r.reason, "cancelled");
}

static void
a_visit_that_nobody_ends_is_recorded_with_its_task(void **state)
{
	struct scene *s = *state;
	struct office_record r;

	assert_int_equal(invite(s, "suzuki", "personalise", 0), 200);
	assert_int_equal(begin(s, "suzuki", "personalise"), 200);
	enroll_expire(&s->office.server, true);
	while (s->office.server.jobs > 0)
		place_dispatch(&s->office.place);
	assert_true(office_last_record(&s->office, "token.office-abandoned",
	    "task", &r));
	assert_string_equal(r.fact, "personalise");
	assert_string_equal(r.reason, "expired");
	assert_int_equal(show(s, NULL, NULL), 404);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_card_is_made_and_becomes_a_token_last_of_all),
		CASE(a_visit_that_was_broken_off_goes_on_with_the_same_secrets),
		CASE(only_a_key_that_is_proven_gets_a_certificate),
		CASE(a_card_in_use_is_not_made_over_but_replaced),
		CASE(the_puk_changes_with_each_unblocking),
		CASE(a_pin_is_touched_on_ones_own_working_card_only),
		CASE(a_visit_is_given_up_at_its_own_door),
		CASE(a_visit_that_nobody_ends_is_recorded_with_its_task),
		CASE(no_card_is_made_where_the_configuration_does_not_say_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
