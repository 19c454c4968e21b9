/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bad input and bad days at the server's interface: proofs that are none never
 * disable a card (LOCK-4), a card that two terminals claim at once, a clock
 * that was set back behind an end (PW-2, ID-5, TERM-1), with a restart after
 * it, a failure that clears nothing.
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include <openssl/pem.h>

#include "server/auth/login.h"
#include "server/identity/invitation.h"
#include "server/identity/terminals.h"
#include "server/ledger/ledger_int.h"
#include "tests/support/office.h"

#define PASSWORD "Kitsune-no-yomeiri-9"
#define SECOND   INT64_C(1000000)

static const char policy_text[] =
    "[policy]\nname = everyday\n"
    "[rule both]\nzone = mynumber\npurpose = login\nkind = staff\n"
    "require = 2\nallow = card-pin\norigin = issuer\n"
    "[rule alone]\nzone = internet\npurpose = login\nkind = staff\n"
    "require = 1\nallow = password\n"
    "[password all]\nkind = all\ntemporary = 7d\ndictionary = no\n";

struct scene {
	struct office office;
	struct terminal_row counter, other, kiosk;
	struct desk desk, second; /* at two counters */
	struct desk open;         /* where a password is enough */
	int64_t suzuki, token;
	EVP_PKEY *key;
};

/* One login at one terminal. */
struct talk {
	struct scene *scene;
	struct desk *desk;
	const char *terminal;
	struct sy_auth_step step;
	struct sy_auth_proof proof;
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
	office_terminal(o, "counter-2", SY_ZONE_MYNUMBER, &s->other);
	office_terminal(o, "kiosk-9", SY_ZONE_INTERNET, &s->kiosk);
	s->suzuki = office_person(o, "suzuki", SY_KIND_STAFF);
	s->token = office_token(o, s->suzuki, s->key, SY_METHOD_CARD_PIN);
	desk_open(o, LISTENER_TERMINALS, &s->counter, &s->desk);
	desk_open(o, LISTENER_TERMINALS, &s->other, &s->second);
	desk_open(o, LISTENER_TERMINALS, &s->kiosk, &s->open);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->desk);
	desk_close(&s->second);
	desk_close(&s->open);
	office_close(&s->office);
	free(s);
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	testca_free_keys();
	return 0;
}

/* --- steps --- */

static struct talk
talk_at(struct scene *s, struct desk *d, const char *terminal)
{
	return (struct talk){ .scene = s, .desk = d, .terminal = terminal };
}

static unsigned int
begin(struct talk *t)
{
	const struct sy_auth_begin in = {
		.user = "suzuki", .service = "login", .purpose = "login"
	};

	memset(&t->step, 0, sizeof(t->step));
	return desk_call(t->desk, "/v1/auth", &sy_message_auth_begin, &in,
	    &sy_message_auth_step, &t->step);
}

static void
show(struct talk *t)
{
	struct sy_auth_card in = {
		.driver = "piv", .method = "card-pin", .tries = 3
	};
	uint8_t *spki;
	size_t len;

	memcpy(in.txn, t->step.txn, sizeof(in.txn));
	spki = testca_spki(t->scene->key, &len);
	memcpy(in.spki, spki, len);
	in.spki_len = (uint16_t)len;
	free(spki);
	assert_int_equal(desk_call(t->desk, "/v1/auth/card",
			     &sy_message_auth_card, &in, &sy_message_auth_step,
			     &t->step),
	    200);
}

static void
sign(struct talk *t)
{
	const struct signing signing = { .key = t->scene->key,
		.terminal = t->terminal,
		.login = "suzuki",
		.service = "login",
		.purpose = "login",
		.txn = t->step.txn,
		.nonce = t->step.nonce };

	office_sign(&signing, &t->proof);
}

static unsigned int
prove(struct talk *t)
{
	return desk_call(t->desk, "/v1/auth/proof", &sy_message_auth_proof,
	    &t->proof, &sy_message_auth_step, &t->step);
}

static void
come_to_proof(struct talk *t)
{
	assert_int_equal(begin(t), 200);
	show(t);
	assert_string_equal(t->step.step, "prove");
	sign(t);
}

static void
logs_in(struct talk *t)
{
	come_to_proof(t);
	assert_int_equal(prove(t), 200);
	assert_string_equal(t->step.verdict, "allow");
}

static void
type(struct talk *t, const char *text)
{
	struct sy_auth_password in = { .password_len = (uint16_t)strlen(text) };

	assert_int_equal(begin(t), 200);
	memcpy(in.txn, t->step.txn, sizeof(in.txn));
	memcpy(in.password, text, strlen(text));
	assert_int_equal(desk_call(t->desk, "/v1/auth/password",
			     &sy_message_auth_password, &in,
			     &sy_message_auth_step, &t->step),
	    200);
}

/* --- garbage --- */

/* Bytes that are no signature, of every length and another each time. */
static void
scribble(struct sy_auth_proof *proof, unsigned int i)
{
	proof->signature_len = (uint16_t)(1 + i % SY_SIGNATURE_SIZE_MAX);
	for (unsigned int k = 0; k < proof->signature_len; k++)
		proof->signature[k] = (uint8_t)(i * 31 + k * 7);
}

/* The terminal must wait after a few; 1,000 come through over its windows. */
static void
a_thousand_garbage_proofs_disable_no_card(void **state)
{
	struct scene *s = *state;
	struct talk bad = talk_at(s, &s->desk, "counter-1");
	struct talk good = talk_at(s, &s->second, "counter-2");
	struct token_row token;
	unsigned int refused = 0;

	for (unsigned int i = 0; i < 1000; i++) {
		if (begin(&bad) == 503) {
			refused++;
			/* As if its window were over. */
			terminals_free(&s->office.server.terminals);
			assert_int_equal(terminals_new(100000,
					     &s->office.server.terminals),
			    SY_OK);
			assert_int_equal(begin(&bad), 200);
		}
		show(&bad);
		sign(&bad);
		scribble(&bad.proof, i);
		assert_int_equal(prove(&bad), 200);
		assert_string_equal(bad.step.verdict, "deny");
	}
	assert_int_equal(refused, 999 / TERMINALS_BAD_MAX);
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_token, s->token, &token),
	    SY_OK);
	assert_int_equal(token.state, TOKEN_ACTIVE);
	logs_in(&good);
}

/* --- one card, two terminals --- */

/* Each login has a nonce and a terminal of its own; both may go on, and what
 * the card signed for one is nothing to the other. */
static void
a_card_that_two_terminals_claim_proves_each_login_by_itself(void **state)
{
	struct scene *s = *state;
	struct talk a = talk_at(s, &s->desk, "counter-1");
	struct talk b = talk_at(s, &s->second, "counter-2");
	struct sy_auth_proof stolen;

	come_to_proof(&a);
	come_to_proof(&b);
	assert_memory_not_equal(a.step.nonce, b.step.nonce, SY_NONCE_SIZE);

	print_message("  the proof of one, sent for the other\n");
	stolen = a.proof;
	memcpy(stolen.txn, b.step.txn, sizeof(stolen.txn));
	b.proof = stolen;
	assert_int_equal(prove(&b), 200);
	assert_string_equal(b.step.verdict, "deny");
	assert_string_equal(b.step.reason, "signature");
	assert_int_equal(prove(&a), 200);
	assert_string_equal(a.step.verdict, "allow");

	print_message("  both at once\n");
	come_to_proof(&a);
	come_to_proof(&b);
	desk_post(a.desk, "/v1/auth/proof", &sy_message_auth_proof, &a.proof);
	desk_post(b.desk, "/v1/auth/proof", &sy_message_auth_proof, &b.proof);
	assert_int_equal(desk_answer(a.desk), 200);
	assert_int_equal(desk_answer(b.desk), 200);
	assert_non_null(strstr(a.desk->text, "\"allow\""));
	assert_non_null(strstr(b.desk->text, "\"allow\""));
	assert_int_equal(place_count_records(&s->office.place, "auth.verdict",
			     NULL),
	    4);
}

/* Two agents' worth of steps, mixed: a hundred claims by one do not keep the
 * other from its login. */
static void
claims_by_one_terminal_take_nothing_from_another(void **state)
{
	struct scene *s = *state;
	struct talk a = talk_at(s, &s->desk, "counter-1");
	struct talk b = talk_at(s, &s->second, "counter-2");

	assert_int_equal(begin(&a), 200);
	for (int i = 0; i < 100; i++) {
		show(&a);
		if (i % 25 == 0)
			logs_in(&b);
	}
	sign(&a);
	assert_int_equal(prove(&a), 200);
	assert_string_equal(a.step.verdict, "allow");
}

/* --- a clock that was set back --- */

/* As if ${seconds} had gone by in the ledger, and the clock were set back to
 * what it shows now; no transaction is under way. */
static void
set_back(struct scene *s, int64_t seconds)
{
	struct ledger *ledger = s->office.place.ledger;

	ledger->group.now += seconds * SECOND;
	ledger->told = ledger->group.now;
}

static void
a_temporary_password_that_was_over_stays_so(void **state)
{
	struct scene *s = *state;
	struct talk t = talk_at(s, &s->open, "kiosk-9");
	struct password_row row;

	office_password(&s->office, s->suzuki, PASSWORD, PASSWORD_TEMPORARY,
	    &row);
	row.expires = ((int64_t)time(NULL) + 3600) * SECOND;
	office_update(&s->office, &row_type_password, &row);
	type(&t, PASSWORD);
	assert_string_equal(t.step.verdict, "allow");
	set_back(s, 3600 + 60);
	assert_true(row.expires > (int64_t)time(NULL) * SECOND);
	type(&t, PASSWORD);
	assert_string_equal(t.step.verdict, "");
	assert_true(t.step.wrong);
}

/* ID-5 */
static void
an_id_whose_time_was_over_stays_out(void **state)
{
	struct scene *s = *state;
	struct talk t = talk_at(s, &s->desk, "counter-1");
	struct id_row row;

	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_id, s->suzuki, &row),
	    SY_OK);
	row.valid_to = ((int64_t)time(NULL) + 3600) * SECOND;
	office_update(&s->office, &row_type_id, &row);
	logs_in(&t);
	set_back(s, 3600 + 60);
	assert_int_equal(begin(&t), 200);
	show(&t);
	assert_string_equal(t.step.verdict, "deny");
	assert_string_equal(t.step.reason, "id-dates");
}

/* A new server on the same database: the ledger's time is what the last signed
 * head says. */
static void
start_again(struct scene *s)
{
	struct office *o = &s->office;

	place_close(&o->place);
	place_open(&o->place);
	o->server.ledger = o->place.ledger;
}

/* Something is recorded in that hour, and then the clock is set back. */
static void
set_back_behind(struct scene *s, bool restarted)
{
	set_back(s, 3600 + 60);
	office_update(&s->office, &row_type_terminal, &s->other);
	if (restarted)
		start_again(s);
}

static const char *const whens[] = { "running", "started again" };

static void
a_card_whose_certificate_was_over_stays_out(void **state)
{
	struct scene *s = *state;
	struct talk t = talk_at(s, &s->desk, "counter-1");
	struct token_row row;

	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_token, s->token, &row),
	    SY_OK);
	row.not_after = ((int64_t)time(NULL) + 3600) * SECOND;
	office_update(&s->office, &row_type_token, &row);
	logs_in(&t);
	for (int i = 0; i < 2; i++) {
		print_message("  %s\n", whens[i]);
		set_back_behind(s, i == 1);
		assert_int_equal(begin(&t), 200);
		show(&t);
		assert_string_equal(t.step.step, "prove");
		sign(&t);
		assert_int_equal(prove(&t), 200);
		assert_string_equal(t.step.verdict, "deny");
		assert_string_equal(t.step.reason, "token-state");
	}
}

/* Its bytes are all ${code}; it is good for an hour. */
static void
invite(struct scene *s, uint8_t code)
{
	struct invitation_row row;

	sample_invitation(&row, s->counter.id, s->suzuki, code);
	row.kind = INVITATION_ENROLL;
	row.method = SY_METHOD_CARD_PIN;
	row.expires = ((int64_t)time(NULL) + 3600) * SECOND;
	place_insert(&s->office.place, &row_type_invitation, &row);
}

static enum sy_err
run_invite_terminal(struct ledger_tx *tx, void *ctx)
{
	struct invitation_row *row = ctx;
	const struct sy_audit_record record = {
		.actor = "test",
		.terminal = "counter-1",
		.subject = "",
		.action = "terminal.invite",
		.outcome = SY_OUTCOME_DONE,
		.reason = "",
	};
	uint64_t seq;
	enum sy_err err;

	if ((err = ledger_audit(tx, &record, &seq)) != SY_OK)
		return err;
	row->record = (int64_t)seq;
	row->expires = ledger_now(tx) + 3600 * SECOND;
	return row_insert(tx, &row_type_invitation, row);
}

/* Likewise, for a terminal to join. */
static void
invite_terminal(struct scene *s, uint8_t code)
{
	struct invitation_row row;

	sample_invitation(&row, s->counter.id, 0, code);
	row.kind = INVITATION_JOIN;
	row.method = 0;
	assert_int_equal(place_run(&s->office.place, run_invite_terminal, &row),
	    SY_OK);
}

static unsigned int
enroll(struct scene *s, uint8_t code)
{
	struct sy_enroll_begin in = { .user = "suzuki",
		.code_len = sizeof(in.code) };
	struct sy_enroll_step step;

	memset(in.code, code, sizeof(in.code));
	return desk_call(&s->desk, "/v1/enroll", &sy_message_enroll_begin, &in,
	    &sy_message_enroll_step, &step);
}

static void
an_enrolment_code_that_was_over_stays_so(void **state)
{
	struct scene *s = *state;

	invite(s, 1);
	assert_int_equal(enroll(s, 1), 200);
	for (int i = 0; i < 2; i++) {
		print_message("  %s\n", whens[i]);
		set_back_behind(s, i == 1);
		assert_int_equal(enroll(s, 1), 409);
		assert_string_equal(s->desk.failure.error, "code");
	}
}

static unsigned int
join(struct scene *s, struct desk *d, uint8_t code)
{
	struct sy_join in = { .code_len = sizeof(in.code) };
	struct sy_join_reply reply;
	X509_REQ *req = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	long len;
	char *data;

	memset(in.code, code, sizeof(in.code));
	assert_int_equal(X509_REQ_set_pubkey(req, s->key), 1);
	assert_true(X509_REQ_sign(req, s->key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_REQ(bio, req), 1);
	len = BIO_get_mem_data(bio, &data);
	assert_true(len > 0 && (size_t)len < sizeof(in.csr));
	memcpy(in.csr, data, (size_t)len);
	BIO_free(bio);
	X509_REQ_free(req);
	return desk_call(d, "/v1/join", &sy_message_join, &in,
	    &sy_message_join_reply, &reply);
}

static void
a_join_code_that_was_over_stays_so(void **state)
{
	struct scene *s = *state;
	struct desk d;

	s->counter.state = TERMINAL_INVITED;
	office_update(&s->office, &row_type_terminal, &s->counter);
	invite_terminal(s, 2);
	desk_open(&s->office, LISTENER_JOIN, NULL, &d);
	for (int i = 0; i < 2; i++) {
		print_message("  %s\n", whens[i]);
		set_back_behind(s, i == 1);
		assert_int_equal(join(s, &d, 2), 409);
		assert_string_equal(d.failure.error, "code");
	}
	/* Nothing but its time was wrong with it. */
	invite_terminal(s, 3);
	assert_int_equal(join(s, &d, 3), 200);
	desk_close(&d);
}

static void
a_temporary_password_stays_over_after_a_restart(void **state)
{
	struct scene *s = *state;
	struct talk t = talk_at(s, &s->open, "kiosk-9");
	struct password_row row;

	office_password(&s->office, s->suzuki, PASSWORD, PASSWORD_TEMPORARY,
	    &row);
	row.expires = ((int64_t)time(NULL) + 3600) * SECOND;
	office_update(&s->office, &row_type_password, &row);
	type(&t, PASSWORD);
	assert_string_equal(t.step.verdict, "allow");
	set_back_behind(s, true);
	type(&t, PASSWORD);
	assert_string_equal(t.step.verdict, "");
	assert_true(t.step.wrong);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_thousand_garbage_proofs_disable_no_card),
		CASE(
		    a_card_that_two_terminals_claim_proves_each_login_by_itself),
		CASE(claims_by_one_terminal_take_nothing_from_another),
		CASE(a_temporary_password_that_was_over_stays_so),
		CASE(a_temporary_password_stays_over_after_a_restart),
		CASE(an_id_whose_time_was_over_stays_out),
		CASE(a_card_whose_certificate_was_over_stays_out),
		CASE(an_enrolment_code_that_was_over_stays_so),
		CASE(a_join_code_that_was_over_stays_so),
	};

	return cmocka_run_group_tests_name("server_bad_days", tests, NULL,
	    free_all);
}
