/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handlers of server/auth (password, change, issue), server/session and
 * server/identity/office.c with each allocation failing in turn: what is
 * answered well has happened, what is not has happened whole or not at all, no
 * login is stuck, and old or new password works, never neither (PW-3, LOCK-1).
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include <openssl/x509.h>
#include <sanyoso/code.h>

#include "server/auth/logins.h"
#include "tests/support/torture.h"

#define BOOT "000102030405060708090a0b0c0d0e0f"
#define HOME "Kitsune-no-yomeiri-9"
#define NEXT "Tanuki-bayashi+42"

static const char policy_text[] =
    "[policy]\nname = memory\n"
    "[rule alone]\nzone = internet\npurpose = login\nkind = staff\n"
    "require = 1\nallow = password\n"
    "[password all]\nkind = all\nmin_length = 10\nclasses = 3\n"
    "history = 2\nmax_age = 90d\ndictionary = no\n"
    "[targets]\npersons = suzuki\n";

struct scene {
	struct office office;
	struct terminal_row kiosk;
	struct desk desk, admin;
	struct desk *asked; /* which of them was sent the request */
	int64_t suzuki;
	struct sy_auth_step step;
	struct sy_office_step card;
	uint8_t code[16];
	EVP_PKEY *key;
};

static void
open_scene(struct scene *s)
{
	struct office *o = &s->office;

	office_open(o);
	office_policy(o, policy_text);
	o->server.config.personalise = true;
	o->server.config.personal_life = INT64_C(86400) * 1000;
	o->server.config.personal_key = SY_KEY_P256;
	s->key = testca_key(TESTCA_P256);
	office_terminal(o, "kiosk-9", SY_ZONE_INTERNET, &s->kiosk);
	s->suzuki = office_person(o, "suzuki", SY_KIND_STAFF);
	desk_open(o, LISTENER_TERMINALS, &s->kiosk, &s->desk);
	desk_open(o, LISTENER_ADMIN, NULL, &s->admin);
	s->asked = &s->desk;
}

static void
close_scene(struct scene *s)
{
	desk_close(&s->desk);
	desk_close(&s->admin);
	office_close(&s->office);
}

/* --- what is asked for --- */

static void
give(struct scene *s, int64_t age)
{
	struct password_row row;

	office_password(&s->office, s->suzuki, HOME, PASSWORD_ACTIVE, &row);
	row.created -= age * INT64_C(86400000000);
	office_update(&s->office, &row_type_password, &row);
}

static void
begin(struct scene *s)
{
	struct sy_auth_begin in = {
		.user = "suzuki", .service = "login", .purpose = "login"
	};

	assert_int_equal(desk_call(&s->desk, "/v1/auth", &sy_message_auth_begin,
			     &in, &sy_message_auth_step, &s->step),
	    200);
}

static void
post_password(struct scene *s, const char *text)
{
	struct sy_auth_password in = { .password_len = (uint16_t)strlen(text) };

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, text, strlen(text));
	desk_post(&s->desk, "/v1/auth/password", &sy_message_auth_password,
	    &in);
}

static void
log_in(struct scene *s)
{
	begin(s);
	post_password(s, HOME);
	assert_int_equal(desk_answer(&s->desk), 200);
	assert_non_null(strstr(s->desk.text, "\"allow\""));
}

static void
type_right(struct scene *s)
{
	give(s, 1);
	begin(s);
	post_password(s, HOME);
}

static void
type_wrong(struct scene *s)
{
	give(s, 1);
	begin(s);
	post_password(s, NEXT);
}

static void
change(struct scene *s)
{
	struct sy_password_change in = { .password_len = strlen(NEXT) };

	give(s, 100);
	log_in(s);
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, NEXT, strlen(NEXT));
	desk_post(&s->desk, "/v1/password/change", &sy_message_password_change,
	    &in);
}

static void
issue(struct scene *s)
{
	struct sy_user_change in = { .login = "suzuki", .basis = "desk 1" };

	give(s, 1);
	s->asked = &s->admin;
	desk_post(&s->admin, "/v1/admin/user/password-reset",
	    &sy_message_user_change, &in);
}

static void
open_session(struct scene *s)
{
	struct sy_session_open in = {
		.account = "suzuki", .service = "login", .boot = BOOT
	};

	give(s, 1);
	log_in(s);
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	desk_post(&s->desk, "/v1/session/open", &sy_message_session_open, &in);
}

static int64_t
insert_session(struct scene *s)
{
	struct session_row row;

	sample_session(&row, s->suzuki, s->kiosk.id);
	assert_int_equal(sy_text_unhex(BOOT, row.boot, sizeof(row.boot)),
	    SY_OK);
	place_insert(&s->office.place, &row_type_session, &row);
	return row.id;
}

static void
close_session(struct scene *s)
{
	const struct sy_session_close in = { .session = insert_session(s) };

	desk_post(&s->desk, "/v1/session/close", &sy_message_session_close,
	    &in);
}

static void
ask_account(struct scene *s)
{
	const struct sy_account in = { .user = "suzuki",
		.service = "systemd-user",
		.purpose = "login",
		.boot = BOOT };

	(void)insert_session(s);
	desk_post(&s->desk, "/v1/account", &sy_message_account, &in);
}

static void
invite(struct scene *s)
{
	SY_AUTO(sy_secret_free) struct sy_secret *typed = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *bytes = NULL;
	struct sy_token_invite in = { .login = "suzuki",
		.terminal = "kiosk-9",
		.basis = "application 7",
		.purpose = "personalise" };
	struct sy_code code;

	assert_int_equal(desk_call(&s->admin, "/v1/admin/token/invite",
			     &sy_message_token_invite, &in, &sy_message_code,
			     &code),
	    200);
	assert_int_equal(sy_secret_new(sizeof(code.code), &typed), SY_OK);
	assert_int_equal(sy_secret_append(typed, code.code, strlen(code.code)),
	    SY_OK);
	assert_int_equal(sy_code_parse(typed, sizeof(s->code), &bytes), SY_OK);
	memcpy(s->code, sy_secret_bytes(bytes), sizeof(s->code));
}

static void
take_office(struct scene *s)
{
	struct sy_error error = { 0 };

	assert_int_equal(desk_answer(&s->desk), 200);
	assert_int_equal(sy_message_decode(&sy_message_office_step,
			     s->desk.text, s->desk.len, &s->card, &error),
	    SY_OK);
}

static void
office_begins(struct scene *s)
{
	struct sy_office_begin in = { .user = "suzuki",
		.task = "personalise",
		.code_len = sizeof(in.code) };

	invite(s);
	memcpy(in.code, s->code, sizeof(in.code));
	desk_post(&s->desk, "/v1/office", &sy_message_office_begin, &in);
}

static void
office_sees_the_card(struct scene *s)
{
	struct sy_office_card in = { .guid_len = 0 };

	office_begins(s);
	take_office(s);
	memcpy(in.txn, s->card.txn, sizeof(in.txn));
	desk_post(&s->desk, "/v1/office/card", &sy_message_office_card, &in);
}

static void
office_gets_the_proof(struct scene *s)
{
	struct signing signing = { .key = s->key,
		.terminal = "kiosk-9",
		.login = "suzuki",
		.service = "office",
		.purpose = "personalise" };
	struct sy_office_proof in = { .spki_len = 0 };
	struct sy_auth_proof proof;
	uint8_t *at = in.spki;

	office_sees_the_card(s);
	take_office(s);
	signing.txn = s->card.txn;
	signing.nonce = s->card.nonce;
	office_sign(&signing, &proof);
	memcpy(in.txn, s->card.txn, sizeof(in.txn));
	memcpy(in.agent_nonce, proof.agent_nonce, sizeof(in.agent_nonce));
	in.agent_nonce_len = sizeof(in.agent_nonce);
	memcpy(in.signature, proof.signature, proof.signature_len);
	in.signature_len = proof.signature_len;
	in.spki_len = (uint16_t)i2d_PUBKEY(s->key, &at);
	desk_post(&s->desk, "/v1/office/proof", &sy_message_office_proof, &in);
}

static void
office_is_done(struct scene *s)
{
	struct sy_office_done in;

	office_gets_the_proof(s);
	take_office(s);
	memcpy(in.txn, s->card.txn, sizeof(in.txn));
	desk_post(&s->desk, "/v1/office/done", &sy_message_office_done, &in);
}

/* --- what may have come of it --- */

static bool
said(const struct scene *s, const char *text)
{
	return s->asked->status == 200 && strstr(s->asked->text, text) != NULL;
}

/* The login waits for nothing any more, and is allowed only if that was
 * said. */
static void
expect_login(struct scene *s, bool allowed)
{
	struct login *login = NULL;

	if (logins_find(s->office.server.logins, s->step.txn, server_boottime(),
		&login) != SY_OK)
		return;
	assert_true(login->state == LOGIN_PRESENT ||
	    login->state == LOGIN_DONE);
	assert_false(login->changing);
	if (!allowed)
		assert_false(login->allowed && s->asked->status == 200);
}

static void
one_password_is_there(struct scene *s)
{
	assert_int_equal(
	    place_number(&s->office.place,
		"SELECT count(*) FROM password WHERE state IN (1, 2)"),
	    1);
}

static void
after_right(struct scene *s)
{
	expect_login(s, said(s, "\"allow\""));
	assert_in_range(
	    place_number(&s->office.place,
		"SELECT sum(failed - forgiven + pending) FROM lockout"),
	    0, said(s, "\"allow\"") ? 0 : 1);
}

static void
after_wrong(struct scene *s)
{
	expect_login(s, false);
	assert_false(said(s, "\"allow\""));
	assert_in_range(
	    place_number(&s->office.place,
		"SELECT sum(failed - forgiven + pending) FROM lockout"),
	    said(s, "\"wrong\":true") ? 1 : 0, 1);
}

static void
after_change(struct scene *s)
{
	expect_login(s, true);
	one_password_is_there(s);
	if (said(s, "\"changed\""))
		assert_int_equal(
		    place_number(&s->office.place,
			"SELECT count(*) FROM password WHERE state = 4"),
		    1);
}

static void
after_issue(struct scene *s)
{
	one_password_is_there(s);
	if (said(s, "\"code\""))
		assert_int_equal(
		    place_number(&s->office.place,
			"SELECT count(*) FROM password WHERE state = 1"),
		    1);
}

static void
after_opening(struct scene *s)
{
	const long count =
	    place_number(&s->office.place, "SELECT count(*) FROM session");

	if (s->asked->status == 200)
		assert_int_equal(count, said(s, "\"allow\""));
	else
		assert_in_range(count, 0, 1);
}

static void
after_closing(struct scene *s)
{
	assert_in_range(place_number(&s->office.place,
			    "SELECT count(*) FROM session"),
	    0, s->asked->status == 200 ? 0 : 1);
}

static void
after_account(struct scene *s)
{
	assert_int_equal(place_number(&s->office.place,
			     "SELECT count(*) FROM session"),
	    1);
}

/* The token and the end of the invitation come in one. */
static void
after_office(struct scene *s)
{
	const long tokens =
	    place_number(&s->office.place, "SELECT count(*) FROM token");

	assert_int_equal(place_number(&s->office.place,
			     "SELECT count(*) FROM invitation"),
	    1 - tokens);
	if (said(s, "\"step\":\"done\""))
		assert_int_equal(tokens, 1);
	else if (s->asked->status == 200)
		assert_int_equal(tokens, 0);
}

static const struct torture_handler handlers[] = {
	{ "a right password", type_right, after_right, "\"allow\"" },
	{ "a wrong password", type_wrong, after_wrong, "\"wrong\":true" },
	{ "a new password", change, after_change, "\"changed\"" },
	{ "a temporary password", issue, after_issue, "\"code\"" },
	{ "opening a session", open_session, after_opening, "\"allow\"" },
	{ "closing a session", close_session, after_closing, "{}" },
	{ "an account phase", ask_account, after_account, "\"allow\"" },
	{ "the card office begins", office_begins, after_office, "\"card\"" },
	{ "the card office sees the card", office_sees_the_card, after_office,
	    "\"prepare\"" },
	{ "the card office gets the proof", office_gets_the_proof, after_office,
	    "\"store\"" },
	{ "the card office is done", office_is_done, after_office, "\"done\"" },
};

static struct office *
office_of(struct scene *s)
{
	return &s->office;
}

static struct desk *
asked_of(struct scene *s)
{
	return s->asked;
}

static const struct torture_stage stage = {
	.size = sizeof(struct scene),
	.open = open_scene,
	.close = close_scene,
	.office = office_of,
	.asked = asked_of,
};

static void
every_failed_allocation_of_a_handler_has_a_defined_end(void **state)
{
	(void)state;
	torture_handlers(&stage, handlers, SY_COUNT(handlers));
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_failed_allocation_of_a_handler_has_a_defined_end),
	};

	return cmocka_run_group_tests_name("server_memory", tests, NULL,
	    free_all);
}
