/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <sanyoso/policy.h>

#include "agent/evidence.h"

/*
 * Every step at every state, for every kind of asker. A script is a string of
 * steps, the trace what each answered:
 *
 *   a account, c change, o open, + the change was made, - it was not
 *   . none, ! out of order, y good, d due, n not due
 */
struct world {
	struct evidence *evidence;
	char id[SY_EVIDENCE_SIZE];
	struct talk_login login;
	struct evidence_asker asker;
	int64_t now;
};

static const uint8_t number[EVIDENCE_RANDOM] = { 1, 2, 3, 0xff };

static void
begin(struct world *w, enum evidence_state state, const char *duty)
{
	memset(w, 0, sizeof(*w));
	assert_int_equal(evidence_new(&w->evidence), SY_OK);
	w->login = (struct talk_login){ .person = "suzuki",
		.user = "suzuki",
		.service = "login",
		.txn = "00112233445566778899aabbccddeeff",
		.rules = "short:10",
		.purpose = SY_PURPOSE_LOGIN };
	(void)snprintf(w->login.duty, sizeof(w->login.duty), "%s", duty);
	w->asker = (struct evidence_asker){ .uid = 0,
		.purpose = SY_PURPOSE_LOGIN,
		.user = "suzuki",
		.service = "login" };
	w->now = 1000;
	assert_int_equal(evidence_add(w->evidence, &w->login, 1000, state,
			     w->now, number, w->id),
	    SY_OK);
}

static enum evidence_answer
step(struct world *w, char what, struct talk_login *ret)
{
	switch (what) {
	case 'a':
		return evidence_account(w->evidence, w->id, &w->asker, w->now,
		    ret);
	case 'c':
		return evidence_change(w->evidence, w->id, &w->asker, w->now,
		    ret);
	default:
		return evidence_open(w->evidence, w->id, &w->asker, w->now,
		    ret);
	}
}

static void
play(struct world *w, const char *script, char *trace)
{
	static const char letters[] = ".!ydn";
	struct talk_login got;

	for (; *script != '\0'; script++) {
		if (*script == '+' || *script == '-') {
			evidence_changed(w->evidence, w->id, *script == '+',
			    w->now);
			continue;
		}
		memset(&got, 0, sizeof(got));
		*trace = letters[step(w, *script, &got)];
		/* What was kept is handed to nobody else. */
		assert_int_equal(strcmp(got.txn, w->login.txn) == 0,
		    *trace != '.' && *trace != '!');
		trace++;
	}
	*trace = '\0';
}

static void
every_step_at_every_state_has_its_answer(void **state)
{
	static const struct {
		const char *what;
		enum evidence_state state;
		const char *duty;
		const char *script;
		const char *trace;
	} tc[] = {
		{ "a login", EVIDENCE_NEW, "", "ao", "yy" },
		{ "the session is opened once", EVIDENCE_NEW, "", "aoo",
		    "yy." },
		{ "and then all is over", EVIDENCE_NEW, "", "aoac", "yy.." },
		{ "the account may be asked for again", EVIDENCE_NEW, "",
		    "aaao", "yyyy" },
		{ "no session without account", EVIDENCE_NEW, "", "oao",
		    "!yy" },
		{ "no change before the account", EVIDENCE_NEW, "expired", "ca",
		    "!d" },
		{ "nothing to change", EVIDENCE_NEW, "", "aco", "yny" },
		{ "no session before a forced change", EVIDENCE_NEW,
		    "temporary", "aoc+ao", "ddyyy" },
		{ "a change that failed stays due", EVIDENCE_NEW, "expired",
		    "ac-ao", "dydd" },
		{ "and may be tried again", EVIDENCE_NEW, "expired", "ac-c+o",
		    "dyyy" },
		{ "nothing while it is changed", EVIDENCE_NEW, "expired",
		    "acaco", "dy!!!" },
		{ "an end without a beginning is none", EVIDENCE_NEW, "expired",
		    "+a", "d" },
		{ "nor before a change was begun", EVIDENCE_NEW, "expired",
		    "a+o", "dd" },
		{ "an account phase of its own", EVIDENCE_ACCOUNTED, "", "o",
		    "y" },
	};
	struct world w;
	char trace[16];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, tc[i].state, tc[i].duty);
		play(&w, tc[i].script, trace);
		assert_string_equal(trace, tc[i].trace);
		evidence_free(&w.evidence);
	}
}

static void
it_is_of_no_use_to_anybody_else(void **state)
{
	static const struct {
		const char *what;
		uid_t uid;
		uint8_t purpose;
		const char *user;
		const char *service;
		const char *trace; /* of account, change, open */
	} tc[] = {
		{ "root, as it was made", 0, SY_PURPOSE_LOGIN, "suzuki",
		    "login", "yny" },
		{ "its maker, who is not root", 1000, SY_PURPOSE_LOGIN,
		    "suzuki", "login", "..." },
		{ "another user", 1001, SY_PURPOSE_LOGIN, "suzuki", "login",
		    "..." },
		{ "another person", 0, SY_PURPOSE_LOGIN, "tanaka", "login",
		    "..." },
		{ "another service", 0, SY_PURPOSE_LOGIN, "suzuki", "sshd",
		    "..." },
		{ "another purpose", 0, SY_PURPOSE_PRIVILEGED, "suzuki",
		    "login", "..." },
		{ "nobody's account", 0, SY_PURPOSE_LOGIN, "", "login", "..." },
	};
	struct world w;
	char trace[16];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, EVIDENCE_NEW, "");
		w.asker = (struct evidence_asker){ .uid = tc[i].uid,
			.purpose = tc[i].purpose,
			.user = tc[i].user,
			.service = tc[i].service };
		play(&w, "aco", trace);
		assert_string_equal(trace, tc[i].trace);
		/* And who it belongs to has lost nothing by that. */
		w.asker = (struct evidence_asker){ .uid = 0,
			.purpose = SY_PURPOSE_LOGIN,
			.user = "suzuki",
			.service = "login" };
		if (i > 0) {
			play(&w, "ao", trace);
			assert_string_equal(trace, "yy");
		}
		evidence_free(&w.evidence);
	}
}

static void
a_locker_s_own_user_may_use_what_he_unlocked(void **state)
{
	struct world w;
	char trace[16], id[SY_EVIDENCE_SIZE];
	const uint8_t other[EVIDENCE_RANDOM] = { 9 };

	(void)state;
	begin(&w, EVIDENCE_NEW, "");
	w.login.purpose = w.asker.purpose = SY_PURPOSE_UNLOCK;
	assert_int_equal(evidence_add(w.evidence, &w.login, 1000, EVIDENCE_NEW,
			     w.now, other, id),
	    SY_OK);
	memcpy(w.id, id, sizeof(id));
	w.asker.uid = 1001;
	play(&w, "a", trace);
	assert_string_equal(trace, ".");
	w.asker.uid = 1000;
	play(&w, "a", trace);
	assert_string_equal(trace, "y");
	/* But no session may begin with it, root's neither. */
	w.asker.uid = 0;
	play(&w, "ao", trace);
	assert_string_equal(trace, "y.");
	evidence_free(&w.evidence);
}

/* sudo names the caller at auth and account, and the target at the session. */
static void
only_a_privileged_session_may_be_another_account_s(void **state)
{
	static const struct {
		uint8_t purpose;
		const char *trace;
	} tc[] = {
		{ SY_PURPOSE_PRIVILEGED, "y" },
		{ SY_PURPOSE_LOGIN, "." },
		{ SY_PURPOSE_REMOTE, "." },
		{ SY_PURPOSE_UNLOCK, "." },
	};
	const uint8_t other[EVIDENCE_RANDOM] = { 9 };
	struct world w;
	char trace[16];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin(&w, EVIDENCE_NEW, "");
		w.login.purpose = w.asker.purpose = tc[i].purpose;
		assert_int_equal(evidence_add(w.evidence, &w.login, 0,
				     EVIDENCE_NEW, w.now, other, w.id),
		    SY_OK);
		play(&w, "a", trace);
		assert_string_equal(trace, "y");
		w.asker.user = "root";
		play(&w, "a", trace);
		assert_string_equal(trace, ".");
		play(&w, "o", trace);
		assert_string_equal(trace, tc[i].trace);
		evidence_free(&w.evidence);
	}
}

static void
a_host_may_take_the_name_as_the_server_writes_it(void **state)
{
	const uint8_t other[EVIDENCE_RANDOM] = { 9 };
	static const struct {
		const char *typed;
		const char *asked;
		const char *trace;
	} tc[] = {
		{ "SUZUKI", "SUZUKI", "y" },
		{ "SUZUKI", "suzuki", "y" },
		{ "suzuki", "SUZUKI", "." },
		{ "root", "suzuki", "." }, /* su: the account is the target */
		{ "root", "root", "y" },
	};
	struct world w;
	char trace[16];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin(&w, EVIDENCE_NEW, "");
		(void)snprintf(w.login.user, sizeof(w.login.user), "%s",
		    tc[i].typed);
		assert_int_equal(evidence_add(w.evidence, &w.login, 0,
				     EVIDENCE_NEW, w.now, other, w.id),
		    SY_OK);
		w.asker.user = tc[i].asked;
		play(&w, "a", trace);
		assert_string_equal(trace, tc[i].trace);
		evidence_free(&w.evidence);
	}
}

static void
it_does_not_live_for_ever(void **state)
{
	static const struct {
		const char *duty;
		int64_t after;
		const char *trace;
	} tc[] = {
		{ "", EVIDENCE_LIFE_MS - 1, "y" },
		{ "", EVIDENCE_LIFE_MS, "." },
		{ "expired", EVIDENCE_LIFE_MS, "d" },
		{ "expired", EVIDENCE_DUE_MS - 1, "d" },
		{ "expired", EVIDENCE_DUE_MS, "." },
	};
	struct world w;
	char trace[16];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin(&w, EVIDENCE_NEW, tc[i].duty);
		w.now += tc[i].after;
		play(&w, "a", trace);
		assert_string_equal(trace, tc[i].trace);
		evidence_free(&w.evidence);
	}
	/* Once changed, it has the time of a login. */
	begin(&w, EVIDENCE_NEW, "expired");
	play(&w, "ac", trace);
	w.now += EVIDENCE_DUE_MS - 1;
	play(&w, "+", trace);
	w.now += EVIDENCE_LIFE_MS - 1;
	play(&w, "o", trace);
	assert_string_equal(trace, "y");
	evidence_free(&w.evidence);
}

/* Others come while somebody waits for the server to take the new one. */
static void
a_change_that_takes_long_is_not_forgotten(void **state)
{
	struct world w;
	char trace[16], id[SY_EVIDENCE_SIZE];
	uint8_t random[EVIDENCE_RANDOM] = { 0xee };
	const struct talk_login other = { .person = "tanaka",
		.user = "tanaka",
		.service = "login",
		.purpose = SY_PURPOSE_LOGIN };

	(void)state;
	begin(&w, EVIDENCE_NEW, "expired");
	w.now += EVIDENCE_DUE_MS - 1;
	play(&w, "ac", trace);
	w.now += 120000;
	assert_int_equal(evidence_add(w.evidence, &other, 0, EVIDENCE_NEW,
			     w.now, random, id),
	    SY_OK);
	/* Nor does whoever asks in the middle of it end it. */
	play(&w, "a", trace);
	assert_string_equal(trace, "!");
	play(&w, "+o", trace);
	assert_string_equal(trace + strlen(trace) - 1, "y");
	evidence_free(&w.evidence);
}

static void
numbers_that_are_none_find_nothing(void **state)
{
	static const char *const ids[] = { "", "0", "01020",
		"010203ff000000000000000000000000x",
		"010203fe000000000000000000000000",
		"zz0203ff000000000000000000000000" };
	struct talk_login login;
	struct world w;

	(void)state;
	begin(&w, EVIDENCE_NEW, "");
	assert_string_equal(w.id, "010203ff000000000000000000000000");
	for (size_t i = 0; i < SY_COUNT(ids); i++)
		assert_int_equal(evidence_account(w.evidence, ids[i], &w.asker,
				     w.now, &login),
		    EVIDENCE_NONE);
	assert_int_equal(evidence_add(w.evidence, &w.login, 0, EVIDENCE_NEW,
			     w.now, number, w.id),
	    SY_ERR_EXISTS);
	evidence_free(&w.evidence);
}

static void
what_is_forgotten_is_of_no_use(void **state)
{
	char trace[16];
	struct world w;

	(void)state;
	begin(&w, EVIDENCE_NEW, "");
	evidence_forget(w.evidence, "010203fe000000000000000000000000");
	evidence_forget(w.evidence, "none");
	play(&w, "a", trace);
	assert_string_equal(trace, "y");
	evidence_forget(w.evidence, w.id);
	play(&w, "o", trace);
	assert_string_equal(trace, ".");
	evidence_free(&w.evidence);
}

static void
a_full_table_forgets_the_oldest(void **state)
{
	uint8_t random[EVIDENCE_RANDOM] = { 7 };
	char id[SY_EVIDENCE_SIZE], trace[16];
	struct world w;

	(void)state;
	begin(&w, EVIDENCE_NEW, "");
	for (int i = 0; i < EVIDENCE_MAX; i++) {
		if (i == EVIDENCE_MAX - 1) {
			play(&w, "a", trace);
			assert_string_equal(trace, "y");
		}
		random[1] = (uint8_t)i;
		random[2] = (uint8_t)(i >> 8);
		assert_int_equal(evidence_add(w.evidence, &w.login, 0,
				     EVIDENCE_NEW, w.now + 1 + i, random, id),
		    SY_OK);
	}
	play(&w, "a", trace);
	assert_string_equal(trace, ".");
	memcpy(w.id, id, sizeof(id));
	play(&w, "a", trace);
	assert_string_equal(trace, "y");

	/* The oldest is no longer the first of the table. */
	random[0] = 9;
	assert_int_equal(evidence_add(w.evidence, &w.login, 0, EVIDENCE_NEW,
			     w.now + 1 + EVIDENCE_MAX, random, id),
	    SY_OK);
	(void)snprintf(w.id, sizeof(w.id), "07%030d", 0);
	play(&w, "a", trace);
	assert_string_equal(trace, ".");
	(void)snprintf(w.id, sizeof(w.id), "0701%028d", 0);
	play(&w, "a", trace);
	assert_string_equal(trace, "y");
	evidence_free(&w.evidence);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_at_every_state_has_its_answer),
		cmocka_unit_test(it_is_of_no_use_to_anybody_else),
		cmocka_unit_test(a_locker_s_own_user_may_use_what_he_unlocked),
		cmocka_unit_test(
		    only_a_privileged_session_may_be_another_account_s),
		cmocka_unit_test(
		    a_host_may_take_the_name_as_the_server_writes_it),
		cmocka_unit_test(it_does_not_live_for_ever),
		cmocka_unit_test(a_change_that_takes_long_is_not_forgotten),
		cmocka_unit_test(numbers_that_are_none_find_nothing),
		cmocka_unit_test(what_is_forgotten_is_of_no_use),
		cmocka_unit_test(a_full_table_forgets_the_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
