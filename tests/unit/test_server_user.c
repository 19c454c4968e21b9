/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server/identity/user.c, user_change.c and explain.c over a real ledger:
 * ID-1, no operation on an ID without a basis, and its history; ID-2, nobody
 * is registered twice; LOCK-3, the help desk opens a lock; and why somebody
 * can't log in.
 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include "tests/support/office.h"

#define MICROSECONDS INT64_C(1000000)

static const char both_policy[] =
    "[policy]\nname = both\n"
    "[rule both]\nzone = mynumber\npurpose = login unlock\n"
    "kind = staff contractor\nrequire = 2\nallow = card+password\n"
    "origin = issuer\n"
    "[password all]\nkind = all\nmax_age = 90d\nwarn = 14d\n";

struct scene {
	struct office office;
	struct desk operators;
	struct sy_user user;
	struct sy_explanation why;
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	office_open(&s->office);
	desk_open(&s->office, LISTENER_ADMIN, NULL, &s->operators);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	sy_message_clear(&sy_message_explanation, &s->why);
	desk_close(&s->operators);
	office_close(&s->office);
	free(s);
	return 0;
}

static unsigned int
add(struct scene *s, const struct sy_user_add *in)
{
	return desk_call(&s->operators, "/v1/admin/user/add",
	    &sy_message_user_add, in, &sy_message_user, &s->user);
}

static unsigned int
change(struct scene *s, const char *verb, const char *login, const char *basis,
    const char *source)
{
	struct sy_user_change in = { .login = "" };
	char path[64];

	(void)snprintf(path, sizeof(path), "/v1/admin/user/%s", verb);
	(void)snprintf(in.login, sizeof(in.login), "%s", login);
	(void)snprintf(in.basis, sizeof(in.basis), "%s", basis);
	(void)snprintf(in.source, sizeof(in.source), "%s", source);
	return desk_call(&s->operators, path, &sy_message_user_change, &in,
	    &sy_message_user, &s->user);
}

/* --- ID-2 --- */

static void
the_same_person_is_registered_once(void **state)
{
	struct scene *s = *state;
	struct sy_user_add in = { .login = "suzuki",
		.name = "鈴木 花子",
		.kana = "スズキ ハナコ",
		.born = "1985-04-01",
		.kind = "staff",
		.basis = "申請 1" };
	struct office_record r;

	assert_int_equal(add(s, &in), 200);
	/* Spelled otherwise. */
	(void)strcpy(in.login, "suzuki2");
	(void)strcpy(in.name, "鈴木花子");
	(void)strcpy(in.kana, "ｽｽﾞｷﾊﾅｺ");
	assert_int_equal(add(s, &in), 409);
	assert_string_equal(s->operators.failure.error, "exists");
	assert_string_equal(s->operators.failure.place, "person");
	assert_non_null(strstr(s->operators.failure.text, "suzuki "));
	/* Born on another day, it is somebody else. */
	(void)strcpy(in.born, "1985-04-02");
	assert_int_equal(add(s, &in), 200);
	/* Without a birth nobody can tell. */
	(void)strcpy(in.login, "suzuki3");
	in.born[0] = '\0';
	assert_int_equal(add(s, &in), 200);
	/* Said to be somebody else, which is recorded. */
	(void)strcpy(in.login, "suzuki4");
	(void)strcpy(in.born, "1985-04-01");
	in.namesake = true;
	assert_int_equal(add(s, &in), 200);
	assert_true(office_last_record(&s->office, "user.add", "namesake", &r));
	assert_string_equal(r.fact, "yes");
}

static void
who_was_disabled_can_be_registered_anew(void **state)
{
	struct scene *s = *state;
	struct sy_user_add in = { .login = "suzuki",
		.name = "鈴木 花子",
		.kana = "スズキ ハナコ",
		.born = "1985-04-01",
		.staff = "1001",
		.kind = "staff",
		.basis = "申請 1" };
	struct office_record r;

	assert_int_equal(add(s, &in), 200);
	assert_int_equal(change(s, "disable", "suzuki", "退職 7", ""), 200);
	assert_string_equal(s->user.staff, "");
	assert_true(office_last_record(&s->office, "user.disable", "staff",
	    &r));
	assert_string_equal(r.fact, "1001");
	(void)strcpy(in.login, "suzuki2");
	assert_int_equal(add(s, &in), 200);
	assert_string_equal(s->user.staff, "1001");
	/* While that one is not disabled, nobody else gets the number. */
	(void)strcpy(in.login, "suzuki3");
	in.namesake = true;
	assert_int_equal(add(s, &in), 409);
	assert_string_equal(s->operators.failure.place, "staff");
	in.namesake = false;
	in.staff[0] = '\0';
	/* And not twice. */
	(void)strcpy(in.login, "suzuki3");
	assert_int_equal(add(s, &in), 409);
	assert_non_null(strstr(s->operators.failure.text, "suzuki2 "));
}

/* --- ID-1 --- */

static void
nothing_is_done_to_an_id_without_a_basis(void **state)
{
	static const char *const verbs[] = { "suspend", "resume", "disable",
		"unlock", "password-compromised" };
	struct scene *s = *state;
	char action[64];

	(void)office_person(&s->office, "suzuki", SY_KIND_STAFF);
	for (size_t i = 0; i < SY_COUNT(verbs); i++) {
		print_message("  %s\n", verbs[i]);
		assert_int_equal(change(s, verbs[i], "suzuki", "", ""), 400);
		assert_string_equal(s->operators.failure.place, "basis");
		assert_int_equal(change(s, verbs[i], "nobody", "申請 1", ""),
		    404);
		(void)snprintf(action, sizeof(action), "user.%s", verbs[i]);
		assert_int_equal(place_count_records(&s->office.place, action,
				     NULL),
		    2);
	}
}

static void
the_history_of_an_id_is_kept_newest_first(void **state)
{
	static const struct {
		const char *action;
		const char *basis;
	} wanted[] = {
		{ "user.disable", "退職 7" },
		{ "user.resume", "復職 3" },
		{ "user.suspend", "休職 2" },
		{ "user.add", "申請 1" },
	};
	struct scene *s = *state;
	const struct sy_user_add in = {
		.login = "suzuki", .kind = "staff", .basis = "申請 1"
	};
	struct sy_user_ref ref = { .login = "suzuki" };
	struct sy_user_shown shown;
	const struct sy_user_event *events;

	assert_int_equal(add(s, &in), 200);
	assert_int_equal(change(s, "suspend", "suzuki", "休職 2", ""), 200);
	assert_int_equal(change(s, "resume", "suzuki", "復職 3", ""), 200);
	assert_int_equal(change(s, "disable", "suzuki", "退職 7", ""), 200);
	/* What was refused is in the log, not in the history. */
	assert_int_equal(change(s, "disable", "suzuki", "退職 8", ""), 409);
	assert_int_equal(desk_call(&s->operators, "/v1/admin/user/show",
			     &sy_message_user_ref, &ref, &sy_message_user_shown,
			     &shown),
	    200);
	assert_string_equal(shown.user.state, "disabled");
	assert_int_equal(shown.history.count, SY_COUNT(wanted));
	events = shown.history.items;
	for (size_t i = 0; i < SY_COUNT(wanted); i++) {
		assert_string_equal(events[i].action, wanted[i].action);
		assert_string_equal(events[i].basis, wanted[i].basis);
		assert_string_equal(events[i].actor, "root");
		assert_true(events[i].time >= time(NULL) - 60);
	}
	sy_message_clear(&sy_message_user_shown, &shown);
}

/* --- holds --- */

static void
a_source_lifts_its_own_hold_only(void **state)
{
	static const struct {
		const char *verb, *source;
		unsigned int status;
		const char *holds; /* after it */
	} tc[] = {
		{ "resume", "", 409, "" },
		{ "suspend", "", 200, "operator" },
		{ "suspend", "operator", 409, "operator" },
		{ "resume", "violation", 409, "operator" },
		{ "suspend", "violation", 200, "operator violation" },
		{ "suspend", "violation", 409, "operator violation" },
		{ "suspend", "weather", 400, "operator violation" },
		{ "suspend", "loss", 200, "operator violation loss" },
		{ "resume", "operator", 200, "violation loss" },
		{ "resume", "", 409, "violation loss" },
		{ "suspend", "emergency", 200, "violation loss emergency" },
		{ "resume", "emergency", 200, "violation loss" },
		{ "resume", "loss", 200, "violation" },
		{ "resume", "violation", 200, "" },
	};
	struct scene *s = *state;
	struct sy_user_ref ref = { .login = "suzuki" };
	struct sy_user_shown shown;

	(void)office_person(&s->office, "suzuki", SY_KIND_STAFF);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s %s\n", tc[i].verb, tc[i].source);
		assert_int_equal(change(s, tc[i].verb, "suzuki", "申請 1",
				     tc[i].source),
		    tc[i].status);
		if (tc[i].status == 200)
			assert_string_equal(s->user.holds, tc[i].holds);
		assert_int_equal(desk_call(&s->operators, "/v1/admin/user/show",
				     &sy_message_user_ref, &ref,
				     &sy_message_user_shown, &shown),
		    200);
		assert_string_equal(shown.user.holds, tc[i].holds);
		sy_message_clear(&sy_message_user_shown, &shown);
	}
}

static void
a_disabled_id_stays_so_and_its_cards_as_they_are(void **state)
{
	static const char *const verbs[] = { "suspend", "resume", "disable",
		"unlock" };
	struct scene *s = *state;
	struct token_row token;
	const int64_t id = office_person(&s->office, "suzuki", SY_KIND_STAFF);
	const int64_t card = office_token(&s->office, id,
	    testca_key(TESTCA_P256), SY_METHOD_CARD_PIN);

	assert_int_equal(change(s, "disable", "suzuki", "退職 7", ""), 200);
	assert_string_equal(s->user.state, "disabled");
	for (size_t i = 0; i < SY_COUNT(verbs); i++) {
		assert_int_equal(change(s, verbs[i], "suzuki", "申請 1", ""),
		    409);
		assert_string_equal(s->operators.failure.place, "login");
	}
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_token, card, &token),
	    SY_OK);
	assert_int_equal(token.state, TOKEN_ACTIVE);
}

/* --- passwords --- */

static void
a_lock_is_opened_by_the_help_desk(void **state)
{
	/* LOCK-3 */
	static const struct {
		const char *what;
		int64_t state;
		int64_t failed, forgiven;
		unsigned int status;
	} tc[] = {
		{ "nothing", LOCKOUT_OPEN, 3, 3, 409 },
		{ "failed tries", LOCKOUT_OPEN, 3, 2, 200 },
		{ "a timed lock", LOCKOUT_TIMED, 5, 0, 200 },
		{ "the last lock", LOCKOUT_HELP, 15, 10, 200 },
		{ "a disabled password", LOCKOUT_DISABLED, 100, 90, 409 },
	};
	struct scene *s = *state;
	const int64_t id = office_person(&s->office, "suzuki", SY_KIND_STAFF);
	struct lockout_row row, back;
	struct office_record r;

	assert_int_equal(change(s, "unlock", "suzuki", "電話 1", ""), 409);
	sample_lockout(&row, id);
	place_insert(&s->office.place, &row_type_lockout, &row);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		row.state = tc[i].state;
		row.failed = tc[i].failed;
		row.forgiven = tc[i].forgiven;
		row.streak = 1;
		row.until = tc[i].state == LOCKOUT_TIMED
		    ? (time(NULL) + 600) * MICROSECONDS
		    : 0;
		row.locks = 2;
		office_update(&s->office, &row_type_lockout, &row);
		assert_int_equal(change(s, "unlock", "suzuki", "電話 1", ""),
		    tc[i].status);
		assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
				     &row_type_lockout, row.id, &back),
		    SY_OK);
		if (tc[i].status != 200) {
			assert_memory_equal(&back, &row, sizeof(row));
			continue;
		}
		assert_int_equal(back.state, LOCKOUT_OPEN);
		assert_int_equal(back.forgiven, back.failed);
		assert_int_equal(back.locks, 0);
		/* It does not reset the failures in a row. */
		assert_int_equal(back.streak, 1);
		assert_true(office_last_record(&s->office, "user.unlock",
		    "basis", &r));
		assert_string_equal(r.fact, "電話 1");
		assert_string_equal(r.actor, "root");
	}
}

static void
a_compromised_password_is_good_for_nothing_any_more(void **state)
{
	struct scene *s = *state;
	const int64_t id = office_person(&s->office, "suzuki", SY_KIND_STAFF);
	struct password_row former, row, back;

	assert_int_equal(change(s, "password-compromised", "suzuki", "通報 1",
			     ""),
	    409);
	sample_password(&former, id, 1);
	former.state = PASSWORD_FORMER;
	place_insert(&s->office.place, &row_type_password, &former);
	assert_int_equal(change(s, "password-compromised", "suzuki", "通報 1",
			     ""),
	    409);
	sample_password(&row, id, 2);
	place_insert(&s->office.place, &row_type_password, &row);
	assert_int_equal(change(s, "password-compromised", "suzuki", "通報 1",
			     ""),
	    200);
	assert_string_equal(s->user.password, "compromised");
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_password, row.id, &back),
	    SY_OK);
	assert_int_equal(back.state, PASSWORD_COMPROMISED);
	/* Kept: it must not come back. */
	assert_memory_equal(back.hash, row.hash, sizeof(row.hash));
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_password, former.id, &back),
	    SY_OK);
	assert_int_equal(back.state, PASSWORD_FORMER);
	assert_int_equal(change(s, "password-compromised", "suzuki", "通報 2",
			     ""),
	    409);
}

/* --- why somebody can't log in --- */

static void
explain(struct scene *s, const char *login)
{
	struct sy_user_ref in = { .login = "" };

	sy_message_clear(&sy_message_explanation, &s->why);
	(void)snprintf(in.login, sizeof(in.login), "%s", login);
	assert_int_equal(desk_call(&s->operators, "/v1/admin/user/explain",
			     &sy_message_user_ref, &in, &sy_message_explanation,
			     &s->why),
	    200);
	assert_string_equal(s->why.login, login);
}

/* The codes of all reasons, "*" in front of what blocks. */
static void
expect_reasons(const struct scene *s, const char *wanted)
{
	const struct sy_explanation_item *items = s->why.reasons.items;
	char codes[512] = "";
	bool blocks = false;

	for (size_t i = 0; i < s->why.reasons.count; i++) {
		const size_t at = strlen(codes);

		(void)snprintf(codes + at, sizeof(codes) - at, "%s%s%s",
		    i > 0 ? " " : "", items[i].blocking ? "*" : "",
		    items[i].code);
		blocks = blocks || items[i].blocking;
	}
	assert_string_equal(codes, wanted);
	assert_int_equal(s->why.possible, !blocks);
}

static void
an_id_is_explained(void **state)
{
	struct scene *s = *state;
	const int64_t now = time(NULL) * MICROSECONDS;
	const struct sy_explanation_item *item;
	struct id_row row;
	const int64_t id = office_person(&s->office, "suzuki", SY_KIND_STAFF);

	(void)office_token(&s->office, id, testca_key(TESTCA_P256),
	    SY_METHOD_CARD_PIN);
	explain(s, "nobody");
	expect_reasons(s, "*unknown");
	explain(s, "suzuki");
	expect_reasons(s, "");
	assert_int_equal(change(s, "suspend", "suzuki", "違反 9", "violation"),
	    200);
	explain(s, "suzuki");
	expect_reasons(s, "*id-held");
	item = s->why.reasons.items;
	assert_string_equal(item->place, "violation");
	assert_string_equal(item->text, "違反 9");
	assert_true(item->since >= time(NULL) - 60);

	/* ID-5: the end is exclusive. */
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_id, id, &row),
	    SY_OK);
	row.valid_to = now - MICROSECONDS;
	office_update(&s->office, &row_type_id, &row);
	explain(s, "suzuki");
	expect_reasons(s, "*id-held *id-over");
	row.valid_to = 0;
	row.valid_from = now + 600 * MICROSECONDS;
	office_update(&s->office, &row_type_id, &row);
	explain(s, "suzuki");
	expect_reasons(s, "*id-held *id-not-yet");
	row.valid_from = 0;
	row.kind = SY_KIND_CONTRACTOR;
	row.state = ID_DISABLED;
	office_update(&s->office, &row_type_id, &row);
	explain(s, "suzuki");
	expect_reasons(s, "*id-disabled *id-held *id-no-end");
	row.kind = SY_KIND_DEVELOPER;
	row.valid_to = now + OFFICE_YEAR;
	row.state = ID_PENDING;
	office_update(&s->office, &row_type_id, &row);
	explain(s, "suzuki");
	expect_reasons(s, "*id-pending *id-held *no-rule token-not-accepted");
}

static unsigned int
dates(struct scene *s, const char *login, int64_t from, int64_t to, bool no_end)
{
	struct sy_user_dates in = { .valid_from = from,
		.valid_to = to,
		.no_end = no_end,
		.basis = "申請 8" };

	(void)snprintf(in.login, sizeof(in.login), "%s", login);
	return desk_call(&s->operators, "/v1/admin/user/dates",
	    &sy_message_user_dates, &in, &sy_message_user, &s->user);
}

static void
expect_dates_recorded(struct scene *s, const char *former, const char *to)
{
	struct office_record r;

	assert_true(office_last_record(&s->office, "user.dates",
	    "former-valid-to", &r));
	assert_int_equal(r.outcome, SY_OUTCOME_DONE);
	assert_string_equal(r.fact, former);
	assert_true(office_last_record(&s->office, "user.dates", "valid-to",
	    &r));
	assert_string_equal(r.fact, to);
	assert_true(office_last_record(&s->office, "user.dates", "basis", &r));
	assert_string_equal(r.fact, "申請 8");
}

/* ID-5, ID-1 */
static void
the_dates_of_an_id_are_changed_on_a_basis(void **state)
{
	struct scene *s = *state;
	const int64_t now = time(NULL);
	char first[24], second[24];
	struct sy_user_ref ref = { .login = "suzuki" };
	struct sy_user_shown shown;
	const struct sy_user_event *events;

	(void)office_person(&s->office, "suzuki", SY_KIND_STAFF);
	assert_int_equal(dates(s, "suzuki", 0, now + 100, false), 200);
	assert_int_equal(s->user.valid_to, now + 100);
	assert_int_equal(s->user.valid_from, 0);
	(void)snprintf(first, sizeof(first), "%lld", (long long)now + 100);
	expect_dates_recorded(s, "0", first);
	/* What is not said stays. */
	assert_int_equal(dates(s, "suzuki", now + 99, 0, false), 200);
	assert_int_equal(s->user.valid_from, now + 99);
	assert_int_equal(s->user.valid_to, now + 100);
	/* An ID that is over works again. */
	assert_int_equal(dates(s, "suzuki", now - 200, now - 100, false), 200);
	explain(s, "suzuki");
	expect_reasons(s, "*id-over *no-token");
	assert_int_equal(dates(s, "suzuki", 0, now + 500, false), 200);
	(void)snprintf(first, sizeof(first), "%lld", (long long)now - 100);
	(void)snprintf(second, sizeof(second), "%lld", (long long)now + 500);
	expect_dates_recorded(s, first, second);
	explain(s, "suzuki");
	expect_reasons(s, "*no-token");
	assert_int_equal(dates(s, "suzuki", 0, 0, true), 200);
	assert_int_equal(s->user.valid_to, 0);
	expect_dates_recorded(s, second, "0");

	memset(&shown, 0, sizeof(shown));
	assert_int_equal(desk_call(&s->operators, "/v1/admin/user/show",
			     &sy_message_user_ref, &ref, &sy_message_user_shown,
			     &shown),
	    200);
	assert_int_equal(shown.history.count, 5);
	events = shown.history.items;
	assert_string_equal(events[0].action, "user.dates");
	assert_string_equal(events[0].basis, "申請 8");
	sy_message_clear(&sy_message_user_shown, &shown);
}

static void
dates_that_an_id_cant_have_are_refused(void **state)
{
	static const struct {
		const char *login;
		int64_t from, to; /* from now, 0: not said */
		bool no_end;
		unsigned int status;
		const char *place;
	} tc[] = {
		{ "nobody", 1, 0, false, 404, "login" },
		{ "gone", 1, 0, false, 409, "login" },
		{ "suzuki", 0, 0, false, 409, "valid_to" }, /* nothing */
		{ "suzuki", 0, 0, true, 409, "valid_to" },
		{ "suzuki", 0, 1, true, 400, "valid_to" }, /* both */
		{ "suzuki", 10, 10, false, 400, "valid_to" },
		{ "suzuki", 10, 11, false, 200, "" },
		{ "suzuki", 0, 10, false, 400, "valid_to" }, /* its first day */
		{ "suzuki", 11, 0, false, 400, "valid_to" }, /* its last */
		{ "tanaka", 0, 10, false, 200, "" },
		{ "tanaka", 0, 0, true, 400, "valid_to" }, /* a contractor */
	};
	struct scene *s = *state;
	const int64_t now = time(NULL);

	(void)office_person(&s->office, "suzuki", SY_KIND_STAFF);
	(void)office_person(&s->office, "tanaka", SY_KIND_CONTRACTOR);
	(void)office_person(&s->office, "gone", SY_KIND_STAFF);
	assert_int_equal(change(s, "disable", "gone", "退職 7", ""), 200);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %zu\n", i);
		assert_int_equal(dates(s, tc[i].login,
				     tc[i].from ? now + tc[i].from : 0,
				     tc[i].to ? now + tc[i].to : 0,
				     tc[i].no_end),
		    tc[i].status);
		if (tc[i].status != 200)
			assert_string_equal(s->operators.failure.place,
			    tc[i].place);
	}
}

static void
a_password_is_explained(void **state)
{
	static const struct {
		int64_t password; /* state, 0: none */
		int64_t moment;   /* from now, seconds: its end, or of an
				     active one its making */
		int64_t lockout;  /* state, 0: none */
		int64_t until;    /* from now, seconds */
		const char *reasons;
		const char *shown;
	} tc[] = {
		{ PASSWORD_ACTIVE, 0, 0, 0, "", "active" },
		{ PASSWORD_ACTIVE, -90 * 86400 + 60, 0, 0, "", "active" },
		{ PASSWORD_ACTIVE, -90 * 86400 - 60, 0, 0, "password-old",
		    "active" },
		{ PASSWORD_TEMPORARY, 600, 0, 0, "password-temporary",
		    "temporary" },
		{ PASSWORD_TEMPORARY, -1, 0, 0, "*password-expired",
		    "expired" },
		{ PASSWORD_COMPROMISED, 0, 0, 0, "*password-compromised",
		    "compromised" },
		{ PASSWORD_FORMER, 0, 0, 0, "*password-none", "none" },
		{ PASSWORD_ACTIVE, 0, LOCKOUT_TIMED, 600, "*password-locked",
		    "locked" },
		{ PASSWORD_ACTIVE, 0, LOCKOUT_TIMED, -1, "", "active" },
		{ PASSWORD_ACTIVE, 0, LOCKOUT_HELP, 0, "*password-help",
		    "locked" },
		{ PASSWORD_ACTIVE, 0, LOCKOUT_DISABLED, 0, "*password-disabled",
		    "disabled" },
		{ PASSWORD_COMPROMISED, 0, LOCKOUT_HELP, 0,
		    "*password-compromised *password-help", "compromised" },
	};
	struct scene *s = *state;
	const int64_t now = time(NULL) * MICROSECONDS;
	const int64_t id = office_person(&s->office, "suzuki", SY_KIND_STAFF);
	struct sy_user_ref ref = { .login = "suzuki" };
	struct sy_user_shown shown;
	struct password_row password;
	struct lockout_row lockout;

	office_policy(&s->office, both_policy);
	(void)office_token(&s->office, id, testca_key(TESTCA_P256),
	    SY_METHOD_CARD);
	explain(s, "suzuki");
	expect_reasons(s, "*password-none");
	sample_password(&password, id, 1);
	password.created = now;
	place_insert(&s->office.place, &row_type_password, &password);
	sample_lockout(&lockout, id);
	place_insert(&s->office.place, &row_type_lockout, &lockout);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s %s\n", tc[i].shown, tc[i].reasons);
		password.state = tc[i].password;
		password.expires = now + tc[i].moment * MICROSECONDS;
		password.created = password.expires;
		office_update(&s->office, &row_type_password, &password);
		lockout.state =
		    tc[i].lockout == 0 ? LOCKOUT_OPEN : tc[i].lockout;
		lockout.until =
		    tc[i].until == 0 ? 0 : now + tc[i].until * MICROSECONDS;
		office_update(&s->office, &row_type_lockout, &lockout);
		explain(s, "suzuki");
		expect_reasons(s, tc[i].reasons);
		assert_int_equal(desk_call(&s->operators, "/v1/admin/user/show",
				     &sy_message_user_ref, &ref,
				     &sy_message_user_shown, &shown),
		    200);
		assert_string_equal(shown.user.password, tc[i].shown);
		sy_message_clear(&sy_message_user_shown, &shown);
	}
	/* What must be changed, where no new one could be looked up. */
	s->office.server.dictionary_fails = true;
	lockout.state = LOCKOUT_OPEN;
	office_update(&s->office, &row_type_lockout, &lockout);
	password.state = PASSWORD_ACTIVE;
	password.created = now;
	office_update(&s->office, &row_type_password, &password);
	explain(s, "suzuki");
	expect_reasons(s, "");
	password.created = now - INT64_C(91) * 86400 * MICROSECONDS;
	office_update(&s->office, &row_type_password, &password);
	explain(s, "suzuki");
	expect_reasons(s, "*no-dictionary password-old");
	password.state = PASSWORD_TEMPORARY;
	password.expires = now + 600 * MICROSECONDS;
	office_update(&s->office, &row_type_password, &password);
	explain(s, "suzuki");
	expect_reasons(s, "*no-dictionary password-temporary");
}

/* Tries that a crash cut off have failed: the lock is named before the next
 * one meets it. */
static void
tries_that_were_cut_off_count_in_an_explanation(void **state)
{
	struct scene *s = *state;
	const int64_t id = office_person(&s->office, "suzuki", SY_KIND_STAFF);
	struct password_row password;
	struct lockout_row lockout;

	office_policy(&s->office, both_policy);
	(void)office_token(&s->office, id, testca_key(TESTCA_P256),
	    SY_METHOD_CARD);
	sample_password(&password, id, 1);
	password.created = time(NULL) * MICROSECONDS;
	place_insert(&s->office.place, &row_type_password, &password);
	sample_lockout(&lockout, id);
	lockout.epoch = s->office.server.epoch + 1;
	lockout.failed = 4;
	lockout.forgiven = 0;
	lockout.streak = 0;
	place_insert(&s->office.place, &row_type_lockout, &lockout);
	explain(s, "suzuki");
	expect_reasons(s, "");
	lockout.pending = 1;
	office_update(&s->office, &row_type_lockout, &lockout);
	explain(s, "suzuki");
	expect_reasons(s, "*password-locked");
	/* And what is named can be opened. */
	assert_int_equal(change(s, "unlock", "suzuki", "電話 1", ""), 200);
	explain(s, "suzuki");
	expect_reasons(s, "");
	assert_int_equal(change(s, "unlock", "suzuki", "電話 2", ""), 409);
	/* Those of this run are still under way. */
	lockout.epoch = s->office.server.epoch;
	office_update(&s->office, &row_type_lockout, &lockout);
	explain(s, "suzuki");
	expect_reasons(s, "");
}

static void
cards_are_explained(void **state)
{
	struct scene *s = *state;
	const int64_t now = time(NULL) * MICROSECONDS;
	const int64_t id = office_person(&s->office, "suzuki", SY_KIND_STAFF);
	const struct sy_explanation_item *items;
	struct activity_row activity;
	struct token_row token;
	int64_t card;

	explain(s, "suzuki");
	expect_reasons(s, "*no-token");
	card = office_token(&s->office, id, testca_key(TESTCA_P256),
	    SY_METHOD_CARD_PIN);
	explain(s, "suzuki");
	expect_reasons(s, "");
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_token, card, &token),
	    SY_OK);
	token.not_after = now + INT64_C(29) * 86400 * MICROSECONDS;
	office_update(&s->office, &row_type_token, &token);
	explain(s, "suzuki");
	expect_reasons(s, "token-ends");
	token.not_after = now - 1;
	office_update(&s->office, &row_type_token, &token);
	explain(s, "suzuki");
	expect_reasons(s, "*no-token token-expired");
	token.not_after = now + OFFICE_YEAR;
	office_update(&s->office, &row_type_token, &token);
	office_hold(&s->office, card);
	explain(s, "suzuki");
	expect_reasons(s, "*no-token token-held");
	items = s->why.reasons.items;
	assert_string_equal(items[1].place, "token:1");
	assert_string_equal(items[1].text, "忘れ物");
	token.state = TOKEN_LOST;
	office_update(&s->office, &row_type_token, &token);
	explain(s, "suzuki");
	expect_reasons(s, "*no-token token-lost");
	/* With another card the lost one tells nothing. */
	card = office_token(&s->office, id, testca_key(TESTCA_RSA2048),
	    SY_METHOD_CARD_PIN);
	explain(s, "suzuki");
	expect_reasons(s, "");
	/* One that no rule of the policy takes. */
	assert_int_equal(row_get(ledger_reader(s->office.place.ledger),
			     &row_type_token, card, &token),
	    SY_OK);
	token.origin = SY_ORIGIN_UNPROVEN;
	office_update(&s->office, &row_type_token, &token);
	explain(s, "suzuki");
	expect_reasons(s, "*not-enough token-not-accepted");

	sample_activity(&activity, id);
	activity.failures = 4;
	place_insert(&s->office.place, &row_type_activity, &activity);
	token.origin = SY_ORIGIN_ISSUER;
	office_update(&s->office, &row_type_token, &token);
	explain(s, "suzuki");
	expect_reasons(s, "failures");
	items = s->why.reasons.items;
	assert_string_equal(items[0].text, "4");
}

static void
a_good_card_counts_behind_any_number_of_others(void **state)
{
	struct scene *s = *state;
	const int64_t id = office_person(&s->office, "suzuki", SY_KIND_STAFF);
	struct token_row token;

	for (uint8_t i = 0; i < SY_PROOFS_MAX; i++) {
		sample_token(&token, id, (uint8_t)(i + 2));
		token.driver = SY_DRIVER_PIV;
		token.method = SY_METHOD_CARD_PIN;
		token.origin = SY_ORIGIN_UNPROVEN;
		token.state = TOKEN_ACTIVE;
		token.not_after = 0;
		place_insert(&s->office.place, &row_type_token, &token);
	}
	explain(s, "suzuki");
	assert_false(s->why.possible);
	(void)office_token(&s->office, id, testca_key(TESTCA_RSA2048),
	    SY_METHOD_CARD_PIN);
	explain(s, "suzuki");
	assert_true(s->why.possible);
}

/* What only the terminal knows. */
static void
a_missing_unix_account_is_explained(void **state)
{
	struct scene *s = *state;
	struct sy_auth_begin begin = {
		.user = "suzuki", .service = "login", .purpose = "login"
	};
	struct sy_auth_abandon abandon = { .failure = "authority",
		.reason = "not-found",
		.place = "account" };
	const struct sy_explanation_item *item;
	struct terminal_row terminal;
	struct sy_auth_step step;
	struct desk desk;
	const int64_t id = office_person(&s->office, "suzuki", SY_KIND_STAFF);

	(void)office_token(&s->office, id, testca_key(TESTCA_P256),
	    SY_METHOD_CARD_PIN);
	office_terminal(&s->office, "pc-1", SY_ZONE_MYNUMBER, &terminal);
	desk_open(&s->office, LISTENER_TERMINALS, &terminal, &desk);
	assert_int_equal(desk_call(&desk, "/v1/auth", &sy_message_auth_begin,
			     &begin, &sy_message_auth_step, &step),
	    200);
	(void)strcpy(abandon.txn, step.txn);
	assert_int_equal(desk_call(&desk, "/v1/auth/abandon",
			     &sy_message_auth_abandon, &abandon,
			     &sy_message_auth_step, &step),
	    200);
	desk_close(&desk);
	explain(s, "suzuki");
	expect_reasons(s, "no-account");
	item = s->why.reasons.items;
	assert_string_equal(item->place, "pc-1");
	assert_true(item->since >= time(NULL) - 60);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_same_person_is_registered_once),
		CASE(who_was_disabled_can_be_registered_anew),
		CASE(nothing_is_done_to_an_id_without_a_basis),
		CASE(the_history_of_an_id_is_kept_newest_first),
		CASE(a_source_lifts_its_own_hold_only),
		CASE(a_disabled_id_stays_so_and_its_cards_as_they_are),
		CASE(a_lock_is_opened_by_the_help_desk),
		CASE(a_compromised_password_is_good_for_nothing_any_more),
		CASE(an_id_is_explained),
		CASE(the_dates_of_an_id_are_changed_on_a_basis),
		CASE(dates_that_an_id_cant_have_are_refused),
		CASE(a_password_is_explained),
		CASE(tries_that_were_cut_off_count_in_an_explanation),
		CASE(cards_are_explained),
		CASE(a_good_card_counts_behind_any_number_of_others),
		CASE(a_missing_unix_account_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
