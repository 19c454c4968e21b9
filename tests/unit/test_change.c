/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <sanyoso/policy.h>

#include "agent/change.h"
#include "tests/support/fake_talk.h"

/*
 * A change of password, forced and at will: a script of events against the
 * trace of fake_talk. PW-8; the rules of PW-1 to PW-4 as they are told.
 *
 *   n m    types one new password, or another one
 *   E N    types nothing, or gives no answer
 *   c b    server: changed, broken
 *   ? u r  server: no answer, busy (try again), refused
 *   T 7    the timer fires, 70 s go by
 *   p y d  the login before it: server: password, allow, deny
 *   l      types the present password
 *   O      the caller goes away
 */
struct world {
	struct fake_talk fake;
	struct evidence *evidence;
	struct change change;
	char id[SY_EVIDENCE_SIZE];
	struct sy_dialog_phase request;
	uid_t uid;
};

static const char txn[] = "00112233445566778899aabbccddeeff";

static void
begin(struct world *w, enum evidence_state state, const char *duty)
{
	static const uint8_t random[EVIDENCE_RANDOM] = { 1 };
	struct talk_login login = { .person = "suzuki",
		.user = "suzuki",
		.service = "login",
		.rules = "short:10 classes:3 login",
		.purpose = SY_PURPOSE_LOGIN };

	memset(w, 0, sizeof(*w));
	fake_talk_open(&w->fake);
	assert_int_equal(evidence_new(&w->evidence), SY_OK);
	memcpy(login.txn, txn, sizeof(txn));
	(void)snprintf(login.duty, sizeof(login.duty), "%s", duty);
	assert_int_equal(evidence_add(w->evidence, &login, 0, state, 0, random,
			     w->id),
	    SY_OK);
	w->request = (struct sy_dialog_phase){ .user = "suzuki",
		.service = "login",
		.purpose = SY_PURPOSE_LOGIN };
	memcpy(w->request.evidence, w->id, sizeof(w->id));
}

static void
start(struct world *w)
{
	const struct login_setup setup = { .server = "server.example",
		.terminal = "pc1",
		.card_wait_ms = 60000,
		.drivers = 1U << SY_DRIVER_JPKI };

	change_start(&w->change, &w->fake.talk, &setup, w->evidence, w->uid,
	    &w->request);
}

static void
end(struct world *w)
{
	/* PW-7: nothing that was typed stays behind. */
	if (w->fake.finished)
		assert_null(w->change.fresh);
	sy_secret_free(&w->change.fresh);
	sy_secret_free(&w->change.login.password.typed);
	evidence_free(&w->evidence);
}

static void
types(struct world *w, const char *text)
{
	struct sy_secret *answer = fake_talk_secret(text);

	change_on_answer(&w->change, w->fake.prompt, &answer);
	assert_null(answer);
}

static void
password_says(struct world *w, const char *step)
{
	struct sy_password_step s = { .broken = "short:10 dictionary" };
	const struct talk_reply reply = { .call = w->fake.call, .step = &s };

	(void)snprintf(s.step, sizeof(s.step), "%s", step);
	change_on_reply(&w->change, &reply);
}

static void
no_answer(struct world *w, enum sy_err err, int64_t retry_after)
{
	struct talk_reply reply = {
		.call = w->fake.call, .err = err, .refused = err == SY_OK
	};

	reply.failure.retry_after = retry_after;
	change_on_reply(&w->change, &reply);
}

static void
no_dictionary(struct world *w)
{
	struct talk_reply reply = { .call = w->fake.call, .refused = true };

	(void)strcpy(reply.failure.place, "dictionary");
	change_on_reply(&w->change, &reply);
}

static void
too_busy(struct world *w)
{
	struct talk_reply reply = { .call = w->fake.call, .refused = true };
	char code[16];

	(void)strcpy(reply.failure.error, "busy");
	change_on_reply(&w->change, &reply);
	(void)snprintf(code, sizeof(code), "S%02d", SY_ERR_BUSY);
	assert_string_equal(w->fake.result.support, code);
}

static void
login_says(struct world *w, const char *step, const char *verdict)
{
	struct sy_auth_step s = { .methods = "password",
		.drivers = "jpki",
		.login = "suzuki",
		.change = "asked",
		.rules = "short:12",
		.support = "L-3" };
	const struct talk_reply reply = { .call = w->fake.call, .step = &s };

	memcpy(s.txn, txn, sizeof(txn));
	(void)snprintf(s.step, sizeof(s.step), "%s", step);
	(void)snprintf(s.verdict, sizeof(s.verdict), "%s", verdict);
	change_on_reply(&w->change, &reply);
}

static void
play(struct world *w, const char *script)
{
	for (; *script != '\0'; script++)
		switch (*script) {
		case 'n':
			types(w, "a quite new one 1");
			break;
		case 'm':
			types(w, "another one 22");
			break;
		case 'l':
			types(w, "the present one");
			break;
		case 'E':
			types(w, "");
			break;
		case 'N':
			types(w, NULL);
			break;
		case 'c':
			password_says(w, "changed");
			break;
		case 'b':
			password_says(w, "broken");
			break;
		case 'j':
			password_says(w, "nonsense");
			break;
		case '?':
			no_answer(w, SY_ERR_TIMEOUT, 0);
			break;
		case 'u':
			no_answer(w, SY_OK, 2);
			break;
		case 'r':
			no_answer(w, SY_OK, 0);
			break;
		case 'v':
			too_busy(w);
			break;
		case 'w':
			no_dictionary(w);
			break;
		case 'T':
			change_on_timer(&w->change);
			break;
		case '7':
			w->fake.clock += 70000;
			break;
		case 'p':
			login_says(w, "present", "");
			break;
		case 'y':
			login_says(w, "verdict", "allow");
			break;
		case 'd':
			login_says(w, "verdict", "deny");
			break;
		case 'O':
			change_on_closed(&w->change);
			break;
		default:
			fail_msg("no such event: %c", *script);
		}
}

static void
a_forced_change_has_its_outcome_whatever_comes(void **state)
{
	static const struct {
		const char *what;
		const char *script;
		const char *trace;
		enum sy_result result;
		enum evidence_answer then; /* may a session follow? */
	} tc[] = {
		{ "the straight way", "nnc", "??w*", SY_RESULT_ALLOWED,
		    EVIDENCE_GOOD },
		{ "the two differ", "nmnnc", "??e??w*", SY_RESULT_ALLOWED,
		    EVIDENCE_GOOD },
		{ "rules are broken", "nnbmmc", "??we??w*", SY_RESULT_ALLOWED,
		    EVIDENCE_GOOD },
		{ "nothing is typed", "EnEnnc", "?e??e??w*", SY_RESULT_ALLOWED,
		    EVIDENCE_GOOD },
		{ "no answer", "N", "?*", SY_RESULT_UNCHANGED, EVIDENCE_DUE },
		{ "none the second time", "nN", "??*", SY_RESULT_UNCHANGED,
		    EVIDENCE_DUE },
		{ "too late", "T", "?*", SY_RESULT_UNCHANGED, EVIDENCE_DUE },
		{ "too late the second time", "nT", "??*", SY_RESULT_UNCHANGED,
		    EVIDENCE_DUE },
		{ "busy", "nnuTc", "??ww*", SY_RESULT_ALLOWED, EVIDENCE_GOOD },
		{ "busy for ever", "nnuT7uT7u", "??www*", SY_RESULT_UNCHANGED,
		    EVIDENCE_DUE },
		{ "busy longer than it lets anybody wait", "nnuTv", "??ww*",
		    SY_RESULT_UNCHANGED, EVIDENCE_DUE },
		{ "refused: the server's bound", "nnbnnr", "??we??w*",
		    SY_RESULT_UNCHANGED, EVIDENCE_DUE },
		{ "no answer, then one", "nn?Tc", "??ww*", SY_RESULT_ALLOWED,
		    EVIDENCE_GOOD },
		{ "never an answer", "nn?T?T?", "??www*", SY_RESULT_UNCHANGED,
		    EVIDENCE_NONE },
		{ "no answer, then busy for ever", "nn?TuT7uT7u", "??wwww*",
		    SY_RESULT_UNCHANGED, EVIDENCE_NONE },
		{ "no answer, then none of it", "nn?Tr", "??ww*",
		    SY_RESULT_UNCHANGED, EVIDENCE_NONE },
		{ "nonsense", "nnj", "??w*", SY_RESULT_UNCHANGED,
		    EVIDENCE_DUE },
		{ "an answer nobody asked for", "cnnc", "??w*",
		    SY_RESULT_ALLOWED, EVIDENCE_GOOD },
		{ "typed while the server judges", "nnnc", "??w*",
		    SY_RESULT_ALLOWED, EVIDENCE_GOOD },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct evidence_asker asker = { .user = "suzuki",
			.service = "login",
			.purpose = SY_PURPOSE_LOGIN };
		struct talk_login login;

		print_message("  %s\n", tc[i].what);
		begin(&w, EVIDENCE_ACCOUNTED, "temporary");
		start(&w);
		play(&w, tc[i].script);
		assert_string_equal(w.fake.trace, tc[i].trace);
		assert_int_equal(w.fake.result.result, tc[i].result);
		assert_int_equal(evidence_account(w.evidence, w.id, &asker,
				     w.fake.clock, &login),
		    tc[i].then);
		if (tc[i].result == SY_RESULT_ALLOWED) {
			assert_string_equal(w.fake.result.login, "suzuki");
			assert_string_equal(w.fake.result.evidence, w.id);
		}
		end(&w);
	}
}

static void
what_is_wanted_is_said_before_and_what_is_wrong_behind(void **state)
{
	static const struct {
		const char *duty;
		const char *why;
	} tc[] = {
		{ "temporary", "This is a temporary password." },
		{ "expired", "The password has expired." },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin(&w, EVIDENCE_ACCOUNTED, tc[i].duty);
		start(&w);
		assert_non_null(strstr(w.fake.heard, tc[i].why));
		/* PW-8 */
		assert_non_null(strstr(w.fake.heard, "Your duties: "));
		assert_non_null(strstr(w.fake.heard,
		    "at least 10 characters;"));
		assert_non_null(strstr(w.fake.heard, "at least 3 kinds"));
		assert_non_null(strstr(w.fake.heard, "the login name must"));
		assert_null(strstr(w.fake.heard, "dictionary"));
		play(&w, "nnb");
		assert_non_null(strstr(w.fake.heard,
		    "This password was not accepted: at least 10 characters; "
		    "no word of a dictionary"));
		end(&w);
	}
}

static void
a_failure_says_that_the_old_one_stays(void **state)
{
	static const struct {
		const char *script;
		const char *text;
	} tc[] = {
		{ "N", "The old one stays in force" },
		{ "T", "The old one stays in force" },
		{ "nnr", "The old one stays in force" },
		{ "nnw",
		    "its dictionary does not work. Nothing is wrong with "
		    "yours. The old one stays in force" },
		/* Only here nobody knows. */
		{ "nn?T?T?", "One of the two passwords is in force" },
		{ "nnuT7uT7u", "The old one stays in force" },
		{ "nn?TuT7uT7u", "One of the two passwords is in force" },
		{ "nn?Tr", "One of the two passwords is in force" },
		{ "nn?Tw", "One of the two passwords is in force" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin(&w, EVIDENCE_ACCOUNTED, "expired");
		start(&w);
		play(&w, tc[i].script);
		assert_int_equal(w.fake.result.result, SY_RESULT_UNCHANGED);
		assert_non_null(strstr(w.fake.result.text, tc[i].text));
		end(&w);
	}
}

static void
a_change_at_will_begins_with_a_login(void **state)
{
	struct world w;

	(void)state;
	begin(&w, EVIDENCE_NEW, "");
	w.request.evidence[0] = '\0';
	start(&w);
	assert_string_equal(w.fake.trace, "b");
	assert_true(w.fake.begun.change);
	assert_string_equal(w.fake.begun.user, "suzuki");
	play(&w, "ply");
	assert_string_equal(w.fake.trace, "b?o?");
	/* The server's own rules, not those of some older login. */
	assert_non_null(strstr(w.fake.heard, "at least 12 characters;"));
	play(&w, "nn");
	assert_string_equal(w.fake.change.txn, txn);
	assert_int_equal(w.fake.change.password_len,
	    strlen("a quite new one 1"));
	play(&w, "c");
	assert_string_equal(w.fake.trace, "b?o??w*");
	assert_int_equal(w.fake.result.result, SY_RESULT_ALLOWED);
	assert_string_equal(w.fake.result.login, "suzuki");
	assert_string_equal(w.fake.result.evidence, "");
	end(&w);
}

static void
who_can_t_log_in_changes_nothing(void **state)
{
	static const char *const scripts[] = { "d", "pld", "pN?", "pT?", "r",
		"?", "y" };
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(scripts); i++) {
		print_message("  %s\n", scripts[i]);
		begin(&w, EVIDENCE_NEW, "");
		w.request.evidence[0] = '\0';
		start(&w);
		play(&w, scripts[i]);
		assert_true(w.fake.finished);
		assert_int_equal(w.fake.result.result, SY_RESULT_UNCHANGED);
		assert_null(strchr(w.fake.trace, 'w'));
		assert_non_null(strstr(w.fake.result.text,
		    "The old one stays in force"));
		end(&w);
	}
}

static void
who_may_change_what(void **state)
{
	static const struct {
		const char *what;
		enum evidence_state state;
		const char *duty;
		uid_t uid;
		uint8_t expired;
		const char *trace;
		enum sy_result result;
	} tc[] = {
		{ "forced", EVIDENCE_ACCOUNTED, "expired", 0, 1, "?", 0 },
		{ "nothing is due", EVIDENCE_ACCOUNTED, "", 0, 1, "*",
		    SY_RESULT_ALLOWED },
		{ "nothing is due, at will", EVIDENCE_ACCOUNTED, "", 0, 0, "b",
		    0 },
		{ "before the account", EVIDENCE_NEW, "expired", 0, 1, "*",
		    SY_RESULT_UNCHANGED },
		{ "while it is changed", EVIDENCE_CHANGING, "expired", 0, 1,
		    "*", SY_RESULT_UNCHANGED },
		{ "not root", EVIDENCE_ACCOUNTED, "expired", 1000, 0, "*",
		    SY_RESULT_UNCHANGED },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, tc[i].state, tc[i].duty);
		w.uid = tc[i].uid;
		w.request.expired = tc[i].expired;
		start(&w);
		assert_string_equal(w.fake.trace, tc[i].trace);
		if (w.fake.finished)
			assert_int_equal(w.fake.result.result, tc[i].result);
		end(&w);
	}
}

static void
a_caller_who_goes_leaves_nothing_hanging(void **state)
{
	static const char *const scripts[] = { "O", "nO", "nnO", "nnuO",
		"nn?O" };
	const struct evidence_asker asker = { .user = "suzuki",
		.service = "login",
		.purpose = SY_PURPOSE_LOGIN };
	struct talk_login login;
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(scripts); i++) {
		begin(&w, EVIDENCE_ACCOUNTED, "expired");
		start(&w);
		play(&w, scripts[i]);
		assert_false(w.fake.finished);
		assert_null(w.change.fresh);
		assert_int_equal(w.fake.timer, 0);
		/* The next try finds the evidence as it was. */
		assert_int_equal(evidence_change(w.evidence, w.id, &asker, 0,
				     &login),
		    EVIDENCE_GOOD);
		end(&w);
	}
	/* In the login before it the server is told. */
	begin(&w, EVIDENCE_NEW, "");
	w.request.evidence[0] = '\0';
	start(&w);
	play(&w, "pO");
	assert_string_equal(w.fake.trace, "b?x");
	end(&w);
}

static void
bad_ones_are_not_typed_for_ever(void **state)
{
	struct world w;

	(void)state;
	begin(&w, EVIDENCE_ACCOUNTED, "expired");
	start(&w);
	for (int i = 0; i < 30 && !w.fake.finished; i++)
		types(&w, "");
	assert_true(w.fake.finished);
	assert_int_equal(w.fake.result.result, SY_RESULT_UNCHANGED);
	end(&w);
}

static int
setup(void **state)
{
	(void)state;
	text_open("/nonexistent", SY_LANG_EN);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_forced_change_has_its_outcome_whatever_comes),
		cmocka_unit_test(
		    what_is_wanted_is_said_before_and_what_is_wrong_behind),
		cmocka_unit_test(a_failure_says_that_the_old_one_stays),
		cmocka_unit_test(a_change_at_will_begins_with_a_login),
		cmocka_unit_test(who_can_t_log_in_changes_nothing),
		cmocka_unit_test(who_may_change_what),
		cmocka_unit_test(a_caller_who_goes_leaves_nothing_hanging),
		cmocka_unit_test(bad_ones_are_not_typed_for_ever),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
