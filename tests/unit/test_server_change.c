/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/auth/change.c, issue.c, obligations.c over a real ledger: PW-2, PW-3,
 * PW-4, PW-6, LOCK-3: what must be changed, what is refused, what is shown.
 */
#include "tests/support/unit.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "server/auth/hashing.h"
#include "server/auth/knowledge.h"
#include "server/auth/login.h"
#include "server/auth/password.h"
#include "server/crew.h"
#include "server/identity/standing.h"
#include "server/session/activity.h"
#include "tests/support/office.h"

#define DAY  INT64_C(86400000000)
#define HOME "Kitsune-no-yomeiri-9"
#define NEXT "Tanuki-bayashi+42"

static const char policy_text[] =
    "[policy]\nname = everyday\n"
    "[rule alone]\nzone = internet\npurpose = login\nkind = staff\n"
    "require = 1\nallow = password\n"
    "[rule pin]\nzone = lgwan\npurpose = login\nkind = staff\n"
    "require = 2\nallow = card-pin\norigin = issuer\n"
    "[password all]\nkind = all\nmin_length = 10\nclasses = 3\n"
    "max_repeat = 3\nmax_sequence = 4\nhistory = 2\nmin_age = 1d\n"
    "max_age = 90d\nwarn = 14d\ntemporary = 7d\ndictionary = no\n"
    "[notice internet]\nja = 業務のみ\nen = Work only\n";

struct scene {
	struct office office;
	struct terminal_row kiosk, hall;
	struct desk desk, pin_desk, admin;
	int64_t suzuki;
	struct sy_auth_step step;
	struct sy_password_step change;
	struct sy_code code;
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
	office_terminal(o, "kiosk-9", SY_ZONE_INTERNET, &s->kiosk);
	office_terminal(o, "hall-5", SY_ZONE_LGWAN, &s->hall);
	s->suzuki = office_person(o, "suzuki", SY_KIND_STAFF);
	(void)office_token(o, s->suzuki, s->key, SY_METHOD_CARD_PIN);
	desk_open(o, LISTENER_TERMINALS, &s->kiosk, &s->desk);
	desk_open(o, LISTENER_TERMINALS, &s->hall, &s->pin_desk);
	desk_open(o, LISTENER_ADMIN, NULL, &s->admin);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	desk_close(&s->desk);
	desk_close(&s->pin_desk);
	desk_close(&s->admin);
	office_close(&s->office);
	free(s);
	return 0;
}

/* --- steps --- */

/* Log in with ${text}; ${change}: in order to change it. */
static void
login_with(struct scene *s, const char *text, bool change)
{
	struct sy_auth_begin begin = { .user = "suzuki",
		.service = "login",
		.purpose = "login",
		.lang = "ja",
		.change = change };
	struct sy_auth_password in = { .password_len = (uint16_t)strlen(text) };

	memset(&s->step, 0, sizeof(s->step));
	assert_int_equal(desk_call(&s->desk, "/v1/auth", &sy_message_auth_begin,
			     &begin, &sy_message_auth_step, &s->step),
	    200);
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, text, strlen(text));
	assert_int_equal(desk_call(&s->desk, "/v1/auth/password",
			     &sy_message_auth_password, &in,
			     &sy_message_auth_step, &s->step),
	    200);
}

static void
allowed_with(struct scene *s, const char *text, const char *change)
{
	login_with(s, text, false);
	assert_string_equal(s->step.verdict, "allow");
	assert_string_equal(s->step.change, change);
}

static void
refused_with(struct scene *s, const char *text)
{
	login_with(s, text, false);
	assert_string_equal(s->step.step, "present");
	assert_true(s->step.wrong);
}

static unsigned int
change_at(struct scene *s, struct desk *d, const char *text)
{
	struct sy_password_change in = { .password_len =
					     (uint16_t)strlen(text) };

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, text, strlen(text));
	memset(&s->change, 0, sizeof(s->change));
	return desk_call(d, "/v1/password/change", &sy_message_password_change,
	    &in, &sy_message_password_step, &s->change);
}

static void
change_to(struct scene *s, const char *text, const char *step,
    const char *broken)
{
	assert_int_equal(change_at(s, &s->desk, text), 200);
	assert_string_equal(s->change.broken, broken);
	assert_string_equal(s->change.step, step);
}

static void
give(struct scene *s, const char *text, enum password_state state, int64_t age,
    struct password_row *ret)
{
	office_password(&s->office, s->suzuki, text, state, ret);
	ret->created -= age;
	office_update(&s->office, &row_type_password, ret);
}

static void
read_history(struct scene *s, struct password_row *ret_present,
    struct password_history *ret)
{
	struct row_view *view = ledger_reader(s->office.place.ledger);

	assert_int_equal(standing_password_row(view, s->suzuki, ret_present),
	    SY_OK);
	assert_int_equal(password_history(view, s->suzuki,
			     SY_PASSWORD_HISTORY_MAX, ret),
	    SY_OK);
}

static unsigned int
reset_for(struct scene *s, const char *login, const char *basis)
{
	struct sy_user_change in = { .login = "" };

	(void)snprintf(in.login, sizeof(in.login), "%s", login);
	(void)snprintf(in.basis, sizeof(in.basis), "%s", basis);
	memset(&s->code, 0, sizeof(s->code));
	return desk_call(&s->admin, "/v1/admin/user/password-reset",
	    &sy_message_user_change, &in, &sy_message_code, &s->code);
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

/* Whether a session may be opened with the login. */
static bool
session_ready(struct scene *s)
{
	const struct login *login = login_of(s);

	return login->allowed && !login_must_change(login);
}

/* --- the first day --- */

/* PW-6, LOGIN-1: temporary password, forced change, session. */
static void
a_new_member_of_staff_begins_with_a_temporary_password(void **state)
{
	struct scene *s = *state;
	struct password_history former;
	struct password_row row;
	struct office_record r;
	const int64_t now = time(NULL);

	assert_int_equal(reset_for(s, "suzuki", "第12号"), 200);
	assert_int_equal(strlen(s->code.code), SY_PASSWORD_TEMPORARY_LEN);
	assert_true(s->code.expires >= now + 7 * 86400 - 1);
	assert_true(s->code.expires <= now + 7 * 86400 + 60);
	allowed_with(s, s->code.code, "temporary");
	assert_non_null(strstr(s->step.rules, "short:10"));
	/* No session before it is changed. */
	assert_false(session_ready(s));
	change_to(s, NEXT, "changed", "");
	assert_int_equal(s->change.support[0], 'R');
	assert_true(session_ready(s));
	assert_true(office_last_record(&s->office, "password.change", "change",
	    &r));
	assert_string_equal(r.fact, "forced");
	allowed_with(s, NEXT, "");
	assert_true(session_ready(s));
	refused_with(s, s->code.code);
	/* The one that was issued is not kept. */
	read_history(s, &row, &former);
	assert_int_equal(row.state, PASSWORD_ACTIVE);
	assert_int_equal(former.count, 0);
}

/* --- rules --- */

/* PW-2, PW-4: all that is broken is told, and the next one may be tried. */
static void
every_broken_rule_is_told(void **state)
{
	static const struct {
		const char *text;
		const char *broken;
	} tc[] = {
		{ "", "short:10" },
		{ "aB3-x9-Q", "short:10" },
		{ "kaki no ha zushi", "classes:3" },
		{ "suzuki-Ok77x", "login" },
		{ "Kitsune-no-yomeiri-8", "similar" },
	};
	struct scene *s = *state;
	struct password_row row;

	give(s, HOME, PASSWORD_ACTIVE, 100 * DAY, &row);
	allowed_with(s, HOME, "expired");
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  \"%s\"\n", tc[i].text);
		assert_int_equal(change_at(s, &s->desk, tc[i].text), 200);
		assert_string_equal(s->change.step, "broken");
		print_message("    %s\n", s->change.broken);
		assert_non_null(strstr(s->change.broken, tc[i].broken));
	}
	assert_false(session_ready(s));
	change_to(s, NEXT, "changed", "");
	allowed_with(s, NEXT, "");
}

/* PW-1: the dictionary and the words of the organisation. */
static void
known_words_are_no_passwords(void **state)
{
	static const char strict[] =
	    "[policy]\nname = strict\n"
	    "[rule alone]\nzone = internet\npurpose = login\nkind = staff\n"
	    "require = 1\nallow = password\n"
	    "[password all]\nkind = all\nmin_length = 8\nclasses = 2\n"
	    "history = 2\nmin_age = 1d\nmax_age = 90d\nwarn = 14d\n"
	    "temporary = 7d\ndictionary = yes\n";
	static const char words[] = "shiyakusho\n";
	struct scene *s = *state;
	struct sy_error error = { .code = SY_OK };
	struct password_row row;

	office_policy(&s->office, strict);
	assert_int_equal(sy_blocklist_parse("words", words, strlen(words),
			     &s->office.server.blocklist, &error),
	    SY_OK);
	give(s, HOME, PASSWORD_ACTIVE, 100 * DAY, &row);
	allowed_with(s, HOME, "expired");
	change_to(s, "Shiyakusho7", "broken", "blocked");
	assert_int_equal(change_at(s, &s->desk, "sunshine1"), 200);
	assert_string_equal(s->change.step, "broken");
	assert_non_null(strstr(s->change.broken, "dictionary"));
	change_to(s, NEXT, "changed", "");
}

static void
expect_alarm(struct scene *s, const char *text)
{
	const char none = 0;
	struct sy_status status;

	assert_int_equal(desk_call(&s->admin, "/v1/admin/status/show",
			     &sy_message_empty, &none, &sy_message_status,
			     &status),
	    200);
	if (text[0] == '\0')
		assert_string_equal(status.alarm, "");
	else
		assert_non_null(strstr(status.alarm, text));
}

/* A dictionary that is not there is no weak password: it is said, nothing is
 * changed, and it goes on where it broke off when the files are back. */
static void
without_its_dictionary_the_server_says_so(void **state)
{
	static const char strict[] =
	    "[policy]\nname = strict\n"
	    "[rule alone]\nzone = internet\npurpose = login\nkind = staff\n"
	    "require = 1\nallow = password\n"
	    "[password all]\nkind = all\nmax_age = 90d\ndictionary = yes\n";
	struct scene *s = *state;
	struct password_row row;

	if (geteuid() != 0)
		skip();
	office_policy(&s->office, strict);
	give(s, HOME, PASSWORD_ACTIVE, 100 * DAY, &row);
	allowed_with(s, HOME, "expired");
	assert_int_equal(mount("none", "/var/cache/cracklib", "tmpfs", 0, ""),
	    0);
	assert_int_equal(change_at(s, &s->desk, NEXT), 503);
	assert_string_equal(s->desk.failure.place, "dictionary");
	assert_int_equal(s->desk.failure.retry_after, 0);
	expect_alarm(s, "cracklib-runtime");
	assert_int_equal(umount("/var/cache/cracklib"), 0);
	assert_int_equal(change_at(s, &s->desk, "sunshine1"), 200);
	assert_string_equal(s->change.step, "broken");
	expect_alarm(s, "");
	change_to(s, NEXT, "changed", "");
	allowed_with(s, NEXT, "");
	/* Nobody need hear of it where no policy asks for it. */
	s->office.server.dictionary_fails = true;
	expect_alarm(s, "cracklib-runtime");
	/* What is over does not hide what is wrong. */
	s->office.server.keeper_lost = server_now() / 1000000;
	expect_alarm(s, "cracklib-runtime");
	office_policy(&s->office, policy_text);
	expect_alarm(s, "keeper was lost");
	s->office.server.keeper_lost = 0;
	expect_alarm(s, "");
	/* Nor where no password is used. */
	office_policy(&s->office,
	    "[policy]\nname = cards\n[rule pin]\nzone = lgwan\n"
	    "purpose = login\nkind = staff\nrequire = 2\n"
	    "allow = card-pin\norigin = issuer\n");
	expect_alarm(s, "");
}

/* PW-3: the present one and the last two before it. */
static void
former_passwords_do_not_come_back(void **state)
{
	static const char *const in_turn[] = { "Aki-no-yonaga+1",
		"Fuyu-gomori%22", "Haru-ichiban=3" };
	struct scene *s = *state;
	struct password_history former;
	struct password_row row;

	give(s, HOME, PASSWORD_ACTIVE, 100 * DAY, &row);
	allowed_with(s, HOME, "expired");
	change_to(s, in_turn[0], "changed", "");
	for (size_t i = 1; i < SY_COUNT(in_turn); i++) {
		read_history(s, &row, &former);
		row.created -= 100 * DAY;
		office_update(&s->office, &row_type_password, &row);
		allowed_with(s, in_turn[i - 1], "expired");
		change_to(s, in_turn[i], "changed", "");
	}
	read_history(s, &row, &former);
	assert_int_equal(former.count, 2);
	row.created -= 100 * DAY;
	office_update(&s->office, &row_type_password, &row);
	allowed_with(s, in_turn[2], "expired");
	change_to(s, in_turn[0], "broken", "history:2");
	change_to(s, in_turn[1], "broken", "history:2");
	assert_int_equal(change_at(s, &s->desk, in_turn[2]), 200);
	assert_non_null(strstr(s->change.broken, "history:2"));
	assert_non_null(strstr(s->change.broken, "similar"));
	/* The third before is forgotten. */
	change_to(s, HOME, "changed", "");
	read_history(s, &row, &former);
	assert_int_equal(former.count, 2);
}

static void
at_will_it_is_changed_once_a_day(void **state)
{
	struct scene *s = *state;
	struct password_row row;

	give(s, HOME, PASSWORD_ACTIVE, DAY / 2, &row);
	login_with(s, HOME, true);
	assert_string_equal(s->step.change, "asked");
	assert_int_equal(change_at(s, &s->desk, NEXT), 200);
	assert_string_equal(s->change.step, "broken");
	assert_non_null(strstr(s->change.broken, "young"));
	row.created -= DAY;
	office_update(&s->office, &row_type_password, &row);
	login_with(s, HOME, true);
	change_to(s, NEXT, "changed", "");
	refused_with(s, HOME);
	allowed_with(s, NEXT, "");
}

static void
ten_broken_passwords_end_the_change(void **state)
{
	struct scene *s = *state;
	struct password_row row;

	give(s, HOME, PASSWORD_ACTIVE, 100 * DAY, &row);
	allowed_with(s, HOME, "expired");
	for (int i = 0; i < PASSWORD_BROKEN_MAX; i++)
		assert_int_equal(change_at(s, &s->desk, "short"), 200);
	assert_int_equal(change_at(s, &s->desk, NEXT), 409);
	allowed_with(s, HOME, "expired");
	change_to(s, NEXT, "changed", "");
}

/* A terminal that gave its answer up sends the same again: it neither fails for
 * what stands in line, nor is told that nothing was changed. */
static void
what_is_posted_again_is_the_same_change(void **state)
{
	struct scene *s = *state;
	struct office_record r;
	struct password_row row;
	struct login *login = NULL;

	give(s, HOME, PASSWORD_ACTIVE, 100 * DAY, &row);
	allowed_with(s, HOME, "expired");
	assert_int_equal(logins_find(s->office.server.logins, s->step.txn,
			     server_boottime(), &login),
	    SY_OK);
	login->changing = true;
	assert_int_equal(change_at(s, &s->desk, NEXT), 503);
	assert_string_equal(s->desk.failure.error, "busy");
	assert_int_equal(s->desk.failure.retry_after, 1);
	login->changing = false;
	change_to(s, NEXT, "changed", "");
	change_to(s, NEXT, "changed", "");
	assert_true(office_last_record(&s->office, "password.change", "login",
	    &r));
	assert_false(office_last_record(&s->office, "auth.refused", "", &r));
	allowed_with(s, NEXT, "");
}

/* --- what does not lead to a change --- */

/* --- many at once --- */

/* Two logins that must change the password, and no place among the hashes. */
static void
fill_the_house(struct scene *s, struct sy_auth_step step[2],
    struct hashing_place **ret_taken)
{
	struct password_row row;

	give(s, HOME, PASSWORD_TEMPORARY, 0, &row);
	office_hashing(&s->office, SY_HASH_MEMORY_MIN, 1);
	for (int i = 0; i < 2; i++) {
		allowed_with(s, HOME, "temporary");
		step[i] = s->step;
	}
	assert_int_equal(hashing_reserve(s->office.server.hashing, 1,
			     ret_taken),
	    SY_OK);
}

static void
changes_that_are_sent_away_are_let_on_in_their_order(void **state)
{
	struct scene *s = *state;
	struct hashing_place *taken = NULL;
	struct sy_auth_step step[2];
	struct login *login;
	int64_t ends;

	fill_the_house(s, step, &taken);
	s->step = step[0];
	login = login_of(s);
	ends = login->ends;
	assert_int_equal(change_at(s, &s->desk, NEXT), 503);
	assert_string_equal(s->desk.failure.error, "busy");
	assert_in_range(s->desk.failure.retry_after, 1, TURNS_AGAIN);
	assert_ptr_equal(TAILQ_FIRST(&s->office.server.turns.queue),
	    &login->turn);
	assert_true(login->ends > ends);
	assert_false(login->changing);
	/* Who comes later, to change one or to log in, is not let on before. */
	hashing_release(&taken);
	s->step = step[1];
	assert_int_equal(change_at(s, &s->desk, NEXT), 503);
	s->step = step[0];
	change_to(s, NEXT, "changed", "");
	assert_null(login_of(s)->turn.of);
	s->step = step[1];
	assert_int_equal(change_at(s, &s->desk, "Kappa-no-kawa+77"), 409);
	assert_true(TAILQ_EMPTY(&s->office.server.turns.queue));
	allowed_with(s, NEXT, "");
}

static void
nobody_waits_for_ever_to_change_it(void **state)
{
	struct scene *s = *state;
	struct hashing_place *taken = NULL;
	struct sy_auth_step step[2];

	fill_the_house(s, step, &taken);
	login_of(s)->waited = LOGIN_WAIT_MAX;
	assert_int_equal(change_at(s, &s->desk, NEXT), 503);
	assert_string_equal(s->desk.failure.error, "busy");
	assert_int_equal(s->desk.failure.retry_after, 0);
	assert_null(login_of(s)->turn.of);
	assert_false(session_ready(s));
	hashing_release(&taken);
	change_to(s, NEXT, "changed", "");
}

/* The time among the hashes is the server's, and shows how fast it is. */
static void
a_change_among_the_hashes_gets_the_time_back(void **state)
{
	const struct timespec second = { .tv_sec = 1, .tv_nsec = 100000000 };
	struct sy_password_change in = { .password_len = sizeof(NEXT) - 1 };
	struct scene *s = *state;
	struct server *server = &s->office.server;
	struct password_row row;
	struct login *login;
	int64_t ends;

	give(s, HOME, PASSWORD_TEMPORARY, 0, &row);
	allowed_with(s, HOME, "temporary");
	login = login_of(s);
	ends = login->ends;
	server->turns.each = 0;
	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, NEXT, sizeof(NEXT) - 1);
	desk_post(&s->desk, "/v1/password/change", &sy_message_password_change,
	    &in);
	while (crew_taken(server->rules) == 0)
		(void)event_base_loop(server->base, EVLOOP_ONCE);
	while (crew_taken(server->rules) > 0)
		(void)event_base_loop(server->base, EVLOOP_ONCE);
	(void)nanosleep(&second, NULL);
	assert_int_equal(desk_answer(&s->desk), 200);
	assert_true(login->ends > ends);
	assert_true(server->turns.each >= 1000000);
}

static void
only_an_allowed_login_with_a_reason_changes_anything(void **state)
{
	struct scene *s = *state;
	struct password_row row;

	give(s, HOME, PASSWORD_ACTIVE, 0, &row);
	allowed_with(s, HOME, "");
	assert_int_equal(change_at(s, &s->desk, NEXT), 409);
	refused_with(s, "wrong");
	assert_int_equal(change_at(s, &s->desk, NEXT), 409);
	row.created -= 100 * DAY;
	office_update(&s->office, &row_type_password, &row);
	allowed_with(s, HOME, "expired");
	assert_int_equal(change_at(s, &s->pin_desk, NEXT), 404);
	(void)snprintf(s->step.txn, sizeof(s->step.txn),
	    "00112233445566778899aabbccddeeff");
	assert_int_equal(change_at(s, &s->desk, NEXT), 404);
	allowed_with(s, HOME, "expired");
}

static void
a_password_that_was_reset_meanwhile_is_not_changed(void **state)
{
	struct scene *s = *state;
	struct password_row row;

	give(s, HOME, PASSWORD_ACTIVE, 100 * DAY, &row);
	allowed_with(s, HOME, "expired");
	assert_int_equal(reset_for(s, "suzuki", "lost"), 200);
	assert_int_equal(change_at(s, &s->desk, NEXT), 409);
	assert_false(session_ready(s));
	refused_with(s, NEXT);
	allowed_with(s, s->code.code, "temporary");
}

static void
an_id_that_was_stopped_meanwhile_changes_nothing(void **state)
{
	struct scene *s = *state;
	struct password_row row;
	struct hold_row hold;

	give(s, HOME, PASSWORD_ACTIVE, 100 * DAY, &row);
	allowed_with(s, HOME, "expired");
	sample_hold(&hold, 0);
	hold.token = 0;
	hold.owner = s->suzuki;
	place_insert(&s->office.place, &row_type_hold, &hold);
	assert_int_equal(change_at(s, &s->desk, NEXT), 409);
	refused_with(s, NEXT);
}

/* Card and PIN would let in; for a change that is not enough. */
static void
lock_while_it_is_verified(struct scene *s)
{
	struct sy_auth_password in = { .password_len = strlen(HOME) };
	struct row_view *view = ledger_reader(s->office.place.ledger);
	struct sy_error error = { .code = SY_OK };
	struct lockout_row row;

	memcpy(in.txn, s->step.txn, sizeof(in.txn));
	memcpy(in.password, HOME, strlen(HOME));
	desk_post(&s->pin_desk, "/v1/auth/password", &sy_message_auth_password,
	    &in);
	do {
		(void)event_base_loop(s->office.server.base, EVLOOP_ONCE);
		assert_int_equal(lockout_read(view, s->suzuki, &row), SY_OK);
	} while (row.pending == 0);
	row.state = LOCKOUT_HELP;
	office_update(&s->office, &row_type_lockout, &row);
	assert_int_equal(desk_answer(&s->pin_desk), 200);
	assert_int_equal(sy_message_decode(&sy_message_auth_step,
			     s->pin_desk.text, s->pin_desk.len, &s->step,
			     &error),
	    SY_OK);
	assert_string_equal(s->step.verdict, "deny");
	assert_string_equal(s->step.reason, "password-state");
	assert_int_equal(change_at(s, &s->pin_desk, NEXT), 409);
}

/* Where the policy does not ask for a password, a change does. */
static void
a_change_needs_the_present_password(void **state)
{
	struct sy_auth_begin in = { .user = "suzuki",
		.service = "passwd",
		.purpose = "login",
		.change = true };
	struct scene *s = *state;
	struct sy_auth_card card = {
		.driver = "piv", .method = "card-pin", .tries = 3
	};
	struct sy_auth_proof proof;
	struct signing signing = { .key = s->key,
		.terminal = "hall-5",
		.login = "suzuki",
		.service = "passwd",
		.purpose = "login" };
	struct password_row row;
	uint8_t *spki;
	size_t len;

	spki = testca_spki(s->key, &len);
	memcpy(card.spki, spki, len);
	card.spki_len = (uint16_t)len;
	free(spki);
	for (int has = 0; has < 2; has++) {
		if (has)
			give(s, HOME, PASSWORD_ACTIVE, 0, &row);
		assert_int_equal(desk_call(&s->pin_desk, "/v1/auth",
				     &sy_message_auth_begin, &in,
				     &sy_message_auth_step, &s->step),
		    200);
		memcpy(card.txn, s->step.txn, sizeof(card.txn));
		assert_int_equal(desk_call(&s->pin_desk, "/v1/auth/card",
				     &sy_message_auth_card, &card,
				     &sy_message_auth_step, &s->step),
		    200);
		signing.txn = s->step.txn;
		signing.nonce = s->step.nonce;
		office_sign(&signing, &proof);
		assert_int_equal(desk_call(&s->pin_desk, "/v1/auth/proof",
				     &sy_message_auth_proof, &proof,
				     &sy_message_auth_step, &s->step),
		    200);
		if (!has) {
			assert_string_equal(s->step.verdict, "deny");
			assert_string_equal(s->step.reason, "password-state");
		}
	}
	assert_string_equal(s->step.step, "present");
	assert_string_equal(s->step.methods, "password");
	assert_int_equal(change_at(s, &s->pin_desk, NEXT), 409);
	lock_while_it_is_verified(s);
}

/* --- issue --- */

static void
nothing_is_issued_without_a_basis_or_to_nobody(void **state)
{
	struct scene *s = *state;
	struct password_row row;
	struct office_record r;

	assert_int_equal(reset_for(s, "nobody", "x"), 404);
	assert_string_equal(s->code.code, "");
	assert_true(office_last_record(&s->office, "user.password-reset", "",
	    &r));
	assert_int_equal(r.outcome, SY_OUTCOME_DENY);
	assert_int_equal(
	    standing_password_row(ledger_reader(s->office.place.ledger),
		s->suzuki, &row),
	    SY_ERR_NOT_FOUND);
}

/* LOCK-3: what was disabled works again, and what was used does not come
 * back by it. */
static void
a_reset_opens_every_lock_and_keeps_the_history(void **state)
{
	struct scene *s = *state;
	struct password_history former;
	struct password_row row;
	struct lockout_row lock;
	char count[16];

	give(s, HOME, PASSWORD_ACTIVE, 0, &row);
	lockout_init(&lock, s->suzuki);
	lock.failed = 100;
	lock.forgiven = 100;
	lock.state = LOCKOUT_DISABLED;
	place_insert(&s->office.place, &row_type_lockout, &lock);
	login_with(s, HOME, false);
	assert_string_equal(s->step.reason, "password-state");
	assert_int_equal(reset_for(s, "suzuki", "identity seen"), 200);
	allowed_with(s, s->code.code, "temporary");
	change_to(s, HOME, "broken", "history:2");
	change_to(s, NEXT, "changed", "");
	read_history(s, &row, &former);
	assert_int_equal(former.count, 1);
	place_query(&s->office.place, "SELECT count(*) FROM id_event", count,
	    sizeof(count));
	assert_string_equal(count, "1");
	/* A second one before the first was used: only the last is good. */
	assert_int_equal(reset_for(s, "suzuki", "again"), 200);
	assert_int_equal(reset_for(s, "suzuki", "and again"), 200);
	allowed_with(s, s->code.code, "temporary");
}

/* --- what goes with an allowed login --- */

static void
what_is_to_be_shown_goes_with_the_verdict(void **state)
{
	struct scene *s = *state;
	struct activity_row activity = { .owner = s->suzuki,
		.login = 1700000000 * INT64_C(1000000),
		.logout = 1700009999 * INT64_C(1000000),
		.login_terminal = "counter-1",
		.logout_terminal = "counter-2",
		.failures = 2 };
	struct password_row row;
	const int64_t now = time(NULL);

	place_insert(&s->office.place, &row_type_activity, &activity);
	give(s, HOME, PASSWORD_ACTIVE, 80 * DAY, &row);
	allowed_with(s, HOME, "");
	assert_string_equal(s->step.notice, "業務のみ");
	assert_int_equal(s->step.last_login, 1700000000);
	assert_int_equal(s->step.last_logout, 1700009999);
	assert_string_equal(s->step.last_login_terminal, "counter-1");
	assert_string_equal(s->step.last_logout_terminal, "counter-2");
	assert_int_equal(s->step.failures, 2);
	assert_true(s->step.password_ends >= now + 10 * 86400 - 60);
	assert_true(s->step.password_ends <= now + 10 * 86400 + 60);
	assert_int_equal(s->step.card_ends, 0);
	/* Before the time of warning nothing is said. */
	row.created += 5 * DAY;
	office_update(&s->office, &row_type_password, &row);
	allowed_with(s, HOME, "");
	assert_int_equal(s->step.password_ends, 0);
}

static void
a_denied_login_is_a_failed_try_of_its_person(void **state)
{
	struct scene *s = *state;
	struct activity_row activity;
	struct password_row row;

	give(s, HOME, PASSWORD_ACTIVE, 0, &row);
	for (int i = 0; i < 6; i++) {
		login_with(s, "wrong", false);
		if (strcmp(s->step.step, "verdict") == 0)
			break;
	}
	login_with(s, HOME, false);
	assert_string_equal(s->step.verdict, "deny");
	assert_int_equal(activity_read(ledger_reader(s->office.place.ledger),
			     s->suzuki, &activity),
	    SY_OK);
	assert_true(activity.failures > 0);
}

/* Mounts that no other process sees; before there are threads. */
static int
leave_mounts(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	return unshare(CLONE_NEWNS) == 0 &&
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, "") == 0
	    ? 0
	    : -1;
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
		CASE(a_new_member_of_staff_begins_with_a_temporary_password),
		CASE(every_broken_rule_is_told),
		CASE(known_words_are_no_passwords),
		CASE(without_its_dictionary_the_server_says_so),
		CASE(former_passwords_do_not_come_back),
		CASE(at_will_it_is_changed_once_a_day),
		CASE(ten_broken_passwords_end_the_change),
		CASE(what_is_posted_again_is_the_same_change),
		CASE(changes_that_are_sent_away_are_let_on_in_their_order),
		CASE(nobody_waits_for_ever_to_change_it),
		CASE(a_change_among_the_hashes_gets_the_time_back),
		CASE(only_an_allowed_login_with_a_reason_changes_anything),
		CASE(a_password_that_was_reset_meanwhile_is_not_changed),
		CASE(an_id_that_was_stopped_meanwhile_changes_nothing),
		CASE(a_change_needs_the_present_password),
		CASE(nothing_is_issued_without_a_basis_or_to_nobody),
		CASE(a_reset_opens_every_lock_and_keeps_the_history),
		CASE(what_is_to_be_shown_goes_with_the_verdict),
		CASE(a_denied_login_is_a_failed_try_of_its_person),
	};

	return cmocka_run_group_tests_name("server_change", tests, leave_mounts,
	    free_all);
}
