/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/session over a real ledger: what lets a session open and an account
 * phase go on without a login; LOGIN-1, when the person was here last; ID-5, an
 * ID outside its dates is refused at the last gate too.
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "server/auth/logins.h"
#include "server/identity/terminals.h"
#include "tests/support/office.h"

#define MICROSECONDS INT64_C(1000000)
#define BOOT         "000102030405060708090a0b0c0d0e0f"
#define OTHER_BOOT   "f00102030405060708090a0b0c0d0e0f"

static const char policy_text[] =
    "[policy]\nname = test\n"
    "[rule both]\nzone = mynumber\npurpose = login unlock privileged\n"
    "kind = staff contractor\nrequire = 2\nallow = card+password, card-pin\n"
    "origin = issuer\n"
    "[targets]\npersons = suzuki\n"
    "[unattended]\naccounts = backup tanaka\n";

struct scene {
	struct office office;
	struct terminal_row terminal, other;
	struct desk desk, other_desk;
	int64_t person;
	int64_t card;
	int64_t password;
	struct sy_session_step step;
	struct sy_account_step account;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct password_row password;

	assert_non_null(s);
	office_open(&s->office);
	office_policy(&s->office, policy_text);
	office_terminal(&s->office, "pc-1", SY_ZONE_MYNUMBER, &s->terminal);
	office_terminal(&s->office, "pc-2", SY_ZONE_MYNUMBER, &s->other);
	desk_open(&s->office, LISTENER_TERMINALS, &s->terminal, &s->desk);
	desk_open(&s->office, LISTENER_TERMINALS, &s->other, &s->other_desk);
	s->person = office_person(&s->office, "suzuki", SY_KIND_STAFF);
	s->card = office_token(&s->office, s->person, testca_key(TESTCA_P256),
	    SY_METHOD_CARD);
	sample_password(&password, s->person, 1);
	place_insert(&s->office.place, &row_type_password, &password);
	s->password = password.id;
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->desk);
	desk_close(&s->other_desk);
	office_close(&s->office);
	free(s);
	return 0;
}

/* A login of the person at the first terminal that was allowed just now, with
 * card and password. */
static struct login *
allowed(struct scene *s, enum sy_purpose purpose)
{
	struct logins *logins = s->office.server.logins;
	const struct sy_auth_step step = { .verdict = "allow" };
	struct login *login = NULL;
	struct login_facts *f;

	assert_int_equal(logins_begin(logins, s->terminal.id, server_boottime(),
			     &login),
	    SY_OK);
	f = &login->facts;
	(void)snprintf(f->terminal_name, sizeof(f->terminal_name), "pc-1");
	(void)snprintf(f->service, sizeof(f->service), "login");
	f->zone = SY_ZONE_MYNUMBER;
	f->purpose = purpose;
	f->kind = SY_KIND_STAFF;
	f->person = s->person;
	(void)snprintf(f->login, sizeof(f->login), "suzuki");
	record_reference("id", s->person, f->subject);
	f->evidence.proof[0] = (struct sy_proof){ .method = SY_METHOD_CARD,
		.origin = SY_ORIGIN_ISSUER,
		.token = s->card,
		.token_owner = s->person,
		.token_active = true };
	f->evidence.proof[1] = (struct sy_proof){ .method = SY_METHOD_PASSWORD,
		.token_active = true };
	f->evidence.count = 2;
	login->allowed = true;
	logins_finish(logins, &login, &step, server_boottime());
	return login;
}

static struct sy_session_open
request(const char *txn, const char *account)
{
	struct sy_session_open in = {
		.service = "login", .tty = "tty1", .boot = BOOT
	};

	(void)snprintf(in.txn, sizeof(in.txn), "%s", txn);
	(void)snprintf(in.account, sizeof(in.account), "%s", account);
	return in;
}

static const char *
send_open(struct scene *s, struct desk *desk, const struct sy_session_open *in)
{
	assert_int_equal(desk_call(desk, "/v1/session/open",
			     &sy_message_session_open, in,
			     &sy_message_session_step, &s->step),
	    200);
	assert_int_equal(s->step.session != 0,
	    strcmp(s->step.verdict, "allow") == 0);
	return s->step.verdict;
}

static const char *
open_as(struct scene *s, const struct login *login, const char *account)
{
	const struct sy_session_open in =
	    request(login->facts.txn_hex, account);

	return send_open(s, &s->desk, &in);
}

static unsigned int
close_session(struct desk *desk, int64_t session)
{
	const struct sy_session_close in = { .session = session };
	char empty;

	return desk_call(desk, "/v1/session/close", &sy_message_session_close,
	    &in, &sy_message_empty, &empty);
}

static int64_t
sessions(struct scene *s)
{
	int64_t count;

	assert_int_equal(row_count(ledger_reader(s->office.place.ledger),
			     &row_type_session, &count),
	    SY_OK);
	return count;
}

static enum sy_err
take(void *ctx, const void *row)
{
	memcpy(ctx, row, sizeof(struct activity_row));
	return SY_OK;
}

static void
read_activity(struct scene *s, struct activity_row *ret)
{
	memset(ret, 0, sizeof(*ret));
	assert_int_equal(row_walk(ledger_reader(s->office.place.ledger),
			     &row_type_activity, "owner", s->person, take, ret),
	    SY_OK);
}

/* --- opening --- */

static void
an_allowed_login_opens_one_session(void **state)
{
	struct scene *s = *state;
	const struct login *login = allowed(s, SY_PURPOSE_LOGIN);
	struct sy_session_open in = request(login->facts.txn_hex, "suzuki");
	struct office_record r;
	int64_t session;

	assert_string_equal(send_open(s, &s->desk, &in), "allow");
	session = s->step.session;
	assert_true(office_last_record(&s->office, "session.open", "account",
	    &r));
	assert_int_equal(r.outcome, SY_OUTCOME_ALLOW);
	assert_string_equal(r.subject, "id:1");
	assert_string_equal(r.terminal, "pc-1");
	assert_string_equal(r.fact, "suzuki");
	/* The answer was lost: asked again, it is the same session. */
	assert_string_equal(send_open(s, &s->desk, &in), "allow");
	assert_int_equal(s->step.session, session);
	assert_int_equal(sessions(s), 1);
	/* Anything else with it is another use. */
	(void)strcpy(in.service, "sshd");
	assert_string_equal(send_open(s, &s->desk, &in), "deny");
	assert_string_equal(s->step.reason, "transaction-used");
	(void)strcpy(in.service, "login");
	assert_string_equal(send_open(s, &s->other_desk, &in), "deny");
	assert_string_equal(s->step.reason, "transaction-used");
	/* Nor does it open one more when that one has ended. */
	assert_int_equal(close_session(&s->desk, session), 200);
	assert_string_equal(send_open(s, &s->desk, &in), "deny");
	assert_string_equal(s->step.reason, "transaction-used");
	assert_int_equal(sessions(s), 0);
	assert_int_equal(place_verify(&s->office.place, NULL, 0), 0);
}

static void
what_is_no_allowed_login_opens_nothing(void **state)
{
	struct scene *s = *state;
	struct login *login = allowed(s, SY_PURPOSE_LOGIN);
	struct sy_session_open in = request(login->facts.txn_hex, "suzuki");
	struct office_record r;

	assert_string_equal(send_open(s, &s->other_desk, &in), "deny");
	assert_string_equal(s->step.reason, "no-transaction");
	(void)strcpy(in.txn, BOOT);
	assert_string_equal(send_open(s, &s->desk, &in), "deny");
	assert_string_equal(s->step.reason, "no-transaction");
	assert_true(office_last_record(&s->office, "session.open", "account",
	    &r));
	assert_int_equal(r.outcome, SY_OUTCOME_DENY);
	login->allowed = false;
	assert_string_equal(open_as(s, login, "suzuki"), "deny");
	assert_string_equal(s->step.reason, "no-transaction");
	/* Allowed, and the password is still to be changed. */
	login = allowed(s, SY_PURPOSE_LOGIN);
	(void)snprintf(login->step->change, sizeof(login->step->change),
	    "temporary");
	assert_string_equal(open_as(s, login, "suzuki"), "deny");
	assert_string_equal(s->step.reason, "change-pending");
	login->step->change[0] = '\0';
	assert_string_equal(open_as(s, login, "suzuki"), "allow");
	assert_int_equal(sessions(s), 1);
}

static void
malformed_requests_name_the_member(void **state)
{
	static const struct {
		const char *txn, *boot, *service, *place;
	} tc[] = {
		{ "xyz", BOOT, "login", "txn" },
		{ BOOT, "xyz", "login", "boot" },
		{ BOOT, "00", "login", "boot" },
		{ BOOT, BOOT, "../login", "service" },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_session_open in = request(tc[i].txn, "suzuki");

		(void)strcpy(in.boot, tc[i].boot);
		(void)strcpy(in.service, tc[i].service);
		assert_int_equal(desk_call(&s->desk, "/v1/session/open",
				     &sy_message_session_open, &in,
				     &sy_message_session_step, &s->step),
		    400);
		assert_string_equal(s->desk.failure.place, tc[i].place);
	}
}

/* A login, or an account phase on another's session, is good for what it was
 * asked for and nothing else. */
static void
what_was_allowed_for_one_use_opens_no_other_session(void **state)
{
	struct scene *s = *state;
	struct login *login = allowed(s, SY_PURPOSE_LOGIN);
	struct sy_session_open in = request(login->facts.txn_hex, "suzuki");
	struct office_record r;

	(void)strcpy(in.service, "sshd");
	assert_string_equal(send_open(s, &s->desk, &in), "deny");
	assert_string_equal(s->step.reason, "service");
	assert_true(office_last_record(&s->office, "session.open", "service",
	    &r));
	assert_int_equal(r.outcome, SY_OUTCOME_DENY);
	assert_string_equal(r.fact, "sshd");
	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_UNLOCK), "suzuki"),
	    "deny");
	assert_string_equal(s->step.reason, "purpose");
	login->facts.change = true;
	assert_string_equal(open_as(s, login, "suzuki"), "deny");
	assert_string_equal(s->step.reason, "purpose");
	login->facts.change = false;
	assert_string_equal(open_as(s, login, "suzuki"), "allow");
	assert_int_equal(sessions(s), 1);
}

/* A terminal in the wrong hands writes no more records than others cause. */
static void
refusals_at_the_last_gate_are_recorded_a_number_of_times(void **state)
{
	struct scene *s = *state;
	const struct sy_session_open in = request(BOOT, "suzuki");
	struct login *login = allowed(s, SY_PURPOSE_LOGIN);
	unsigned int before;
	int64_t session;

	for (int i = 0; i < 3 * TERMINALS_RECORDS; i++) {
		assert_string_equal(send_open(s, &s->desk, &in), "deny");
		assert_string_equal(s->step.reason, "no-transaction");
	}
	before = place_count_records(&s->office.place, "session.open", NULL);
	assert_in_range(before, TERMINALS_RECORDS, 2 * TERMINALS_RECORDS);
	/* With a login that was allowed there are as many as it takes. */
	for (int i = 0; i < LOGIN_OPENS_MAX; i++) {
		assert_string_equal(open_as(s, login, "root"), "deny");
		assert_string_equal(s->step.reason, "account");
	}
	assert_string_equal(open_as(s, login, "suzuki"), "deny");
	assert_string_equal(s->step.reason, "no-transaction");
	/* Nor with what others have open. */
	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN), "suzuki"),
	    "allow");
	session = s->step.session;
	for (int i = 0; i < 3 * TERMINALS_RECORDS; i++)
		assert_int_equal(close_session(&s->other_desk, session), 409);
	assert_in_range(place_count_records(&s->office.place, "session.close",
			    NULL),
	    TERMINALS_RECORDS, 2 * TERMINALS_RECORDS);
	assert_int_equal(sessions(s), 1);
}

static void
a_terminal_has_so_many_sessions_and_no_more(void **state)
{
	struct scene *s = *state;
	int64_t session;

	s->office.server.config.terminal_sessions = 2;
	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN), "suzuki"),
	    "allow");
	session = s->step.session;
	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN), "suzuki"),
	    "allow");
	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN), "suzuki"),
	    "deny");
	assert_string_equal(s->step.reason, "too-many-sessions");
	assert_int_equal(close_session(&s->desk, session), 200);
	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN), "suzuki"),
	    "allow");
	assert_int_equal(sessions(s), 2);
}

/* What happened between verdict and session. */
static void
stop_id(struct scene *s, int64_t id_state, int64_t from, int64_t to)
{
	struct id_row row;

	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_id, s->person, &row),
	    SY_OK);
	row.state = id_state;
	row.valid_from = from;
	row.valid_to = to;
	office_update(&s->office, &row_type_id, &row);
}

static void
card_state(struct scene *s, int64_t card_state, int64_t owner)
{
	struct token_row row;

	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_token, s->card, &row),
	    SY_OK);
	row.state = card_state;
	row.owner = owner;
	office_update(&s->office, &row_type_token, &row);
}

static void
password_state(struct scene *s, int64_t password_state)
{
	struct password_row row;

	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_password, s->password, &row),
	    SY_OK);
	row.state = password_state;
	office_update(&s->office, &row_type_password, &row);
}

static void
expect(struct scene *s, const char *what, const char *reason)
{
	print_message("  %s\n", what);
	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN), "suzuki"),
	    reason[0] == '\0' ? "allow" : "deny");
	assert_string_equal(s->step.reason, reason);
}

static void
a_stop_since_the_verdict_is_seen_at_the_last_gate(void **state)
{
	struct scene *s = *state;
	const int64_t now = time(NULL) * MICROSECONDS;
	const int64_t tanaka =
	    office_person(&s->office, "tanaka", SY_KIND_STAFF);
	struct hold_row hold;

	expect(s, "nothing", "");
	stop_id(s, ID_DISABLED, 0, 0);
	expect(s, "disabled", "id-state");
	stop_id(s, ID_ACTIVE, now + 600 * MICROSECONDS, 0);
	expect(s, "not yet", "id-dates");
	stop_id(s, ID_ACTIVE, 0, now - 1);
	expect(s, "no longer", "id-dates");
	stop_id(s, ID_ACTIVE, 0, now + 600 * MICROSECONDS);
	expect(s, "within its dates", "");
	card_state(s, TOKEN_LOST, s->person);
	expect(s, "card lost", "token-state");
	card_state(s, TOKEN_ACTIVE, tanaka);
	expect(s, "card of another", "token-owner");
	card_state(s, TOKEN_ACTIVE, s->person);
	password_state(s, PASSWORD_COMPROMISED);
	expect(s, "password compromised", "password-state");
	password_state(s, PASSWORD_TEMPORARY);
	expect(s, "password reset", "password-state");
	password_state(s, PASSWORD_ACTIVE);
	expect(s, "nothing any more", "");
	sample_hold(&hold, 0);
	hold.owner = s->person;
	place_insert(&s->office.place, &row_type_hold, &hold);
	expect(s, "suspended", "id-held");
	assert_int_equal(sessions(s), 3);
}

static void
a_suspended_card_is_seen_at_the_last_gate(void **state)
{
	struct scene *s = *state;

	expect(s, "nothing", "");
	office_hold(&s->office, s->card);
	expect(s, "card suspended", "token-state");
}

static void
another_account_needs_a_grant_and_the_purpose(void **state)
{
	static const struct {
		enum sy_purpose purpose;
		const char *account;
		bool granted;
		const char *verdict;
	} tc[] = {
		{ SY_PURPOSE_LOGIN, "suzuki", true, "allow" },
		{ SY_PURPOSE_LOGIN, "root", true, "deny" },
		{ SY_PURPOSE_REMOTE, "root", true, "deny" },
		{ SY_PURPOSE_PRIVILEGED, "root", true, "allow" },
		{ SY_PURPOSE_PRIVILEGED, "root", false, "deny" },
		{ SY_PURPOSE_PRIVILEGED, "suzuki", false, "allow" },
	};
	struct scene *s = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct login *login;

		print_message("  %s %s\n", sy_purpose_name(tc[i].purpose),
		    tc[i].account);
		login = allowed(s, tc[i].purpose);
		if (!tc[i].granted)
			office_policy(&s->office,
			    "[policy]\nname = none\n"
			    "[rule pin]\nzone = mynumber\npurpose = login\n"
			    "kind = staff\nrequire = 2\nallow = card-pin\n");
		else
			office_policy(&s->office, policy_text);
		assert_string_equal(open_as(s, login, tc[i].account),
		    tc[i].verdict);
		if (strcmp(tc[i].verdict, "deny") == 0)
			assert_string_equal(s->step.reason, "account");
	}
}

/* --- LOGIN-1 --- */

static void
login_and_logout_are_remembered_with_their_terminal(void **state)
{
	struct scene *s = *state;
	const int64_t before = (time(NULL) - 1) * MICROSECONDS;
	struct activity_row activity;
	int64_t session, login;

	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN), "suzuki"),
	    "allow");
	session = s->step.session;
	read_activity(s, &activity);
	assert_true(activity.login >= before);
	assert_string_equal(activity.login_terminal, "pc-1");
	assert_int_equal(activity.logout, 0);
	/* Tries that failed meanwhile stay until the next login. */
	activity.failures = 3;
	office_update(&s->office, &row_type_activity, &activity);
	login = activity.login;
	assert_int_equal(close_session(&s->desk, session), 200);
	read_activity(s, &activity);
	assert_true(activity.logout >= login);
	assert_string_equal(activity.logout_terminal, "pc-1");
	assert_int_equal(activity.failures, 3);
	assert_int_equal(activity.login, login);

	/* sudo is no login. */
	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_PRIVILEGED),
				"root"),
	    "allow");
	assert_int_equal(close_session(&s->desk, s->step.session), 200);
	read_activity(s, &activity);
	assert_int_equal(activity.login, login);
	assert_int_equal(activity.failures, 3);

	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_REMOTE), "suzuki"),
	    "allow");
	read_activity(s, &activity);
	assert_true(activity.login > login);
	assert_int_equal(activity.failures, 0);
}

/* --- closing --- */

static void
a_session_is_closed_by_its_own_terminal_only(void **state)
{
	struct scene *s = *state;
	struct office_record r;

	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN), "suzuki"),
	    "allow");
	assert_int_not_equal(close_session(&s->other_desk, s->step.session),
	    200);
	assert_true(office_last_record(&s->office, "session.close", "", &r));
	assert_int_equal(r.outcome, SY_OUTCOME_DENY);
	assert_int_equal(sessions(s), 1);
	assert_int_equal(close_session(&s->desk, s->step.session), 200);
	assert_true(office_last_record(&s->office, "session.close", "account",
	    &r));
	assert_int_equal(r.outcome, SY_OUTCOME_DONE);
	assert_string_equal(r.subject, "id:1");
	assert_string_equal(r.fact, "suzuki");
	assert_int_equal(sessions(s), 0);
	/* The answer was lost: closing it again changes nothing. */
	assert_int_equal(close_session(&s->desk, s->step.session), 200);
	assert_int_equal(place_count_records(&s->office.place, "session.close",
			     NULL),
	    2);
}

static unsigned int
hello(struct desk *desk, const char *boot)
{
	struct sy_hello in = { .agent = "1" };
	struct sy_hello_reply reply;

	(void)snprintf(in.boot, sizeof(in.boot), "%s", boot);
	return desk_call(desk, "/v1/hello", &sy_message_hello, &in,
	    &sy_message_hello_reply, &reply);
}

/* Whether the next hello of pc-1 has the server look for sessions of before. */
static bool
looks_again(struct scene *s)
{
	uint8_t boot[SY_TXN_SIZE];

	assert_int_equal(sy_text_unhex(OTHER_BOOT, boot, sizeof(boot)), SY_OK);
	return terminals_may_settle(s->office.server.terminals, s->terminal.id,
	    boot, server_boottime() + 1000);
}

static void
a_terminal_that_was_started_anew_has_lost_its_sessions(void **state)
{
	struct scene *s = *state;
	struct activity_row before, after;
	struct sy_session_open in;

	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN), "suzuki"),
	    "allow");
	in = request(allowed(s, SY_PURPOSE_LOGIN)->facts.txn_hex, "suzuki");
	(void)strcpy(in.boot, OTHER_BOOT);
	assert_string_equal(send_open(s, &s->desk, &in), "allow");
	read_activity(s, &before);
	assert_true(looks_again(s));
	assert_int_equal(hello(&s->desk, "no boot"), 400);
	assert_int_equal(hello(&s->desk, ""), 200);
	assert_int_equal(hello(&s->other_desk, OTHER_BOOT), 200);
	assert_int_equal(place_count_records(&s->office.place, "session.lost",
			     NULL),
	    0);
	assert_int_equal(hello(&s->desk, OTHER_BOOT), 200);
	assert_int_equal(place_count_records(&s->office.place, "session.lost",
			     "id:1"),
	    1);
	assert_int_equal(sessions(s), 1);
	/* Nobody knows when it ended. */
	read_activity(s, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	/* Until nothing was found. */
	assert_true(looks_again(s));
	sleep(1);
	assert_int_equal(hello(&s->desk, OTHER_BOOT), 200);
	assert_false(looks_again(s));
	assert_int_equal(place_count_records(&s->office.place, "session.lost",
			     NULL),
	    1);
}

static void
operate(struct scene *s, const char *verb)
{
	struct desk operators;
	char path[64];

	(void)snprintf(path, sizeof(path), "/v1/admin/terminal/%s", verb);
	desk_open(&s->office, LISTENER_ADMIN, NULL, &operators);
	if (strcmp(verb, "invite") == 0) {
		const struct sy_terminal_invite in = { .name = "pc-1",
			.zone = "mynumber" };
		struct sy_code code;

		assert_int_equal(desk_call(&operators, path,
				     &sy_message_terminal_invite, &in,
				     &sy_message_code, &code),
		    200);
	} else {
		const struct sy_terminal_ref in = { .name = "pc-1" };
		struct sy_terminal terminal;

		assert_int_equal(desk_call(&operators, path,
				     &sy_message_terminal_ref, &in,
				     &sy_message_terminal, &terminal),
		    200);
	}
	while (s->office.server.jobs > 0)
		place_dispatch(&s->office.place);
	desk_close(&operators);
}

/* Nobody would ever close them: they would count for good. */
static void
a_revoked_terminal_has_lost_its_sessions(void **state)
{
	struct scene *s = *state;
	struct session_row row;

	for (int i = 0; i < 3; i++)
		assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN),
					"suzuki"),
		    "allow");
	sample_session(&row, s->person, s->other.id);
	place_insert(&s->office.place, &row_type_session, &row);
	operate(s, "revoke");
	assert_int_equal(place_count_records(&s->office.place, "session.lost",
			     "id:1"),
	    3);
	/* That of the other terminal goes on. */
	assert_int_equal(sessions(s), 1);
	/* One that was left by a crash goes when it is invited anew. */
	sample_session(&row, s->person, s->terminal.id);
	memset(row.txn, 0x77, sizeof(row.txn));
	place_insert(&s->office.place, &row_type_session, &row);
	operate(s, "invite");
	assert_int_equal(sessions(s), 1);
	assert_int_equal(place_verify(&s->office.place, NULL, 0), 0);
}

/* --- account phases --- */

static const char *
ask(struct scene *s, struct desk *desk, const char *user, const char *service,
    const char *purpose, const char *boot)
{
	struct sy_account in = { .tty = "pts/0" };

	(void)snprintf(in.user, sizeof(in.user), "%s", user);
	(void)snprintf(in.service, sizeof(in.service), "%s", service);
	(void)snprintf(in.purpose, sizeof(in.purpose), "%s", purpose);
	(void)snprintf(in.boot, sizeof(in.boot), "%s", boot);
	assert_int_equal(desk_call(desk, "/v1/account", &sy_message_account,
			     &in, &sy_message_account_step, &s->account),
	    200);
	assert_int_equal(s->account.txn[0] != '\0',
	    strcmp(s->account.verdict, "allow") == 0);
	return s->account.reason;
}

static void
an_account_phase_without_a_login_needs_an_open_session(void **state)
{
	static const struct {
		const char *user, *service, *purpose, *boot;
		const char *before, *after; /* reasons */
	} tc[] = {
		{ "suzuki", "sudo", "privileged", BOOT, "no-session",
		    "session" },
		{ "suzuki", "su", "privileged", BOOT, "no-session", "session" },
		{ "suzuki", "systemd-user", "login", BOOT, "no-session",
		    "session" },
		/* A job proves nobody's presence, whoever sits there. */
		{ "suzuki", "cron", "login", BOOT, "not-unattended",
		    "not-unattended" },
		{ "suzuki", "crond", "login", BOOT, "not-unattended",
		    "not-unattended" },
		{ "suzuki", "atd", "login", BOOT, "not-unattended",
		    "not-unattended" },
		{ "suzuki", "sudo", "privileged", OTHER_BOOT, "no-session",
		    "no-session" },
		/* An ssh key is no proof, whoever sits there. */
		{ "suzuki", "sshd", "remote", BOOT, "no-login", "no-login" },
		{ "suzuki", "gdm-autologin", "login", BOOT, "no-login",
		    "no-login" },
		{ "suzuki", "xsecurelock", "unlock", BOOT, "no-login",
		    "no-login" },
		{ "nobody", "sudo", "privileged", BOOT, "id-unknown",
		    "id-unknown" },
		{ "root", "cron", "login", BOOT, "id-unknown", "id-unknown" },
		{ "backup", "cron", "login", BOOT, "unattended", "unattended" },
		{ "backup", "systemd-user", "login", BOOT, "unattended",
		    "unattended" },
		{ "backup", "sudo", "privileged", BOOT, "id-unknown",
		    "id-unknown" },
		{ "backup", "sshd", "remote", BOOT, "no-login", "no-login" },
	};
	struct scene *s = *state;
	struct office_record r;

	for (int after = 0; after < 2; after++) {
		for (size_t i = 0; i < SY_COUNT(tc); i++) {
			print_message("  %s %s\n", tc[i].user, tc[i].service);
			assert_string_equal(ask(s, &s->desk, tc[i].user,
						tc[i].service, tc[i].purpose,
						tc[i].boot),
			    after != 0 ? tc[i].after : tc[i].before);
			assert_true(office_last_record(&s->office,
			    "account.verdict", "service", &r));
			assert_string_equal(r.reason, s->account.reason);
			assert_string_equal(r.fact, tc[i].service);
			assert_int_equal(r.outcome == SY_OUTCOME_ALLOW,
			    s->account.txn[0] != '\0');
		}
		if (after == 0)
			assert_string_equal(open_as(s,
						allowed(s, SY_PURPOSE_LOGIN),
						"suzuki"),
			    "allow");
	}
	/* Another terminal is another place. */
	assert_string_equal(ask(s, &s->other_desk, "suzuki", "sudo",
				"privileged", BOOT),
	    "no-session");
}

static void
an_account_phase_looks_at_the_person_again(void **state)
{
	struct scene *s = *state;
	struct hold_row hold;

	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN), "suzuki"),
	    "allow");
	stop_id(s, ID_DISABLED, 0, 0);
	assert_string_equal(ask(s, &s->desk, "suzuki", "sudo", "privileged",
				BOOT),
	    "id-state");
	stop_id(s, ID_ACTIVE, 0, 1);
	assert_string_equal(ask(s, &s->desk, "suzuki", "sudo", "privileged",
				BOOT),
	    "id-dates");
	stop_id(s, ID_ACTIVE, 0, 0);
	sample_hold(&hold, 0);
	hold.owner = s->person;
	place_insert(&s->office.place, &row_type_hold, &hold);
	assert_string_equal(ask(s, &s->desk, "suzuki", "systemd-user", "login",
				BOOT),
	    "id-held");
}

static void
who_has_no_grant_does_not_become_another(void **state)
{
	struct scene *s = *state;
	struct login *login = allowed(s, SY_PURPOSE_LOGIN);

	login->facts.person = office_person(&s->office, "sato", SY_KIND_STAFF);
	(void)snprintf(login->facts.login, sizeof(login->facts.login), "sato");
	login->facts.evidence.count = 0;
	assert_string_equal(open_as(s, login, "sato"), "allow");
	assert_string_equal(ask(s, &s->desk, "sato", "sudo", "privileged",
				BOOT),
	    "no-grant");
	assert_string_equal(ask(s, &s->desk, "sato", "systemd-user", "login",
				BOOT),
	    "session");
}

static const char *
open_account(struct scene *s, const char *service, const char *account)
{
	struct sy_session_open in = request(s->account.txn, account);

	(void)snprintf(in.service, sizeof(in.service), "%s", service);
	return send_open(s, &s->desk, &in);
}

static void
an_allowed_account_phase_opens_its_session(void **state)
{
	struct scene *s = *state;
	struct activity_row before, after;
	int64_t base;

	(void)ask(s, &s->desk, "backup", "cron", "login", BOOT);
	assert_string_equal(open_account(s, "cron", "root"), "deny");
	assert_string_equal(s->step.reason, "account");
	assert_string_equal(open_account(s, "cron", "backup"), "allow");
	assert_int_equal(close_session(&s->desk, s->step.session), 200);

	assert_string_equal(open_as(s, allowed(s, SY_PURPOSE_LOGIN), "suzuki"),
	    "allow");
	base = s->step.session;
	read_activity(s, &before);
	(void)ask(s, &s->desk, "suzuki", "sudo", "privileged", BOOT);
	assert_string_equal(s->account.login, "suzuki");
	assert_string_equal(open_account(s, "sudo", "root"), "allow");
	(void)ask(s, &s->desk, "suzuki", "systemd-user", "login", BOOT);
	assert_string_equal(open_account(s, "systemd-user", "suzuki"), "allow");
	/* LOGIN-1: neither is a login of the person. */
	assert_int_equal(close_session(&s->desk, s->step.session), 200);
	(void)ask(s, &s->desk, "suzuki", "systemd-user", "login", BOOT);
	assert_string_equal(open_account(s, "systemd-user", "suzuki"), "allow");
	read_activity(s, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	/* Nor does it become one under another name. */
	(void)ask(s, &s->desk, "suzuki", "systemd-user", "login", BOOT);
	assert_string_equal(open_account(s, "login", "suzuki"), "deny");
	assert_string_equal(s->step.reason, "service");
	/* What still runs for the person proves no presence. */
	assert_int_equal(close_session(&s->desk, base), 200);
	assert_int_equal(sessions(s), 2);
	assert_string_equal(ask(s, &s->desk, "suzuki", "sudo", "privileged",
				BOOT),
	    "no-session");
	assert_int_equal(place_verify(&s->office.place, NULL, 0), 0);
}

static void
a_person_in_unattended_has_jobs_without_a_session(void **state)
{
	struct scene *s = *state;

	(void)office_person(&s->office, "tanaka", SY_KIND_STAFF);
	assert_string_equal(ask(s, &s->desk, "tanaka", "cron", "login", BOOT),
	    "unattended");
	assert_string_equal(s->account.login, "");
	assert_string_equal(open_account(s, "cron", "tanaka"), "allow");
	/* And that job is no session of his. */
	assert_string_equal(ask(s, &s->desk, "tanaka", "sudo", "privileged",
				BOOT),
	    "no-session");
}

static void
who_is_stopped_meanwhile_has_no_job_either(void **state)
{
	struct scene *s = *state;
	struct hold_row hold;

	sample_hold(&hold, 0);
	hold.owner = office_person(&s->office, "tanaka", SY_KIND_STAFF);
	assert_string_equal(ask(s, &s->desk, "tanaka", "cron", "login", BOOT),
	    "unattended");
	place_insert(&s->office.place, &row_type_hold, &hold);
	assert_string_equal(open_account(s, "cron", "tanaka"), "deny");
	assert_string_equal(s->step.reason, "id-held");
	assert_int_equal(sessions(s), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_allowed_login_opens_one_session),
		CASE(what_is_no_allowed_login_opens_nothing),
		CASE(what_was_allowed_for_one_use_opens_no_other_session),
		CASE(refusals_at_the_last_gate_are_recorded_a_number_of_times),
		CASE(a_terminal_has_so_many_sessions_and_no_more),
		CASE(malformed_requests_name_the_member),
		CASE(a_stop_since_the_verdict_is_seen_at_the_last_gate),
		CASE(a_suspended_card_is_seen_at_the_last_gate),
		CASE(another_account_needs_a_grant_and_the_purpose),
		CASE(login_and_logout_are_remembered_with_their_terminal),
		CASE(a_session_is_closed_by_its_own_terminal_only),
		CASE(a_terminal_that_was_started_anew_has_lost_its_sessions),
		CASE(a_revoked_terminal_has_lost_its_sessions),
		CASE(an_account_phase_without_a_login_needs_an_open_session),
		CASE(an_account_phase_looks_at_the_person_again),
		CASE(who_has_no_grant_does_not_become_another),
		CASE(an_allowed_account_phase_opens_its_session),
		CASE(a_person_in_unattended_has_jobs_without_a_session),
		CASE(who_is_stopped_meanwhile_has_no_job_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
