/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <sanyoso/policy.h>

#include "agent/phase.h"
#include "tests/support/fake_talk.h"

/* ACCOUNT, OPEN and CLOSE, with and without evidence, whatever the server
 * says. */
struct world {
	struct fake_talk fake;
	struct evidence *evidence;
	struct phase phase;
	char id[SY_EVIDENCE_SIZE];
	struct sy_dialog_phase request;
	uid_t uid;
};

static const char boot[] = "0123456789abcdef0123456789abcdef";
static const char txn[] = "00112233445566778899aabbccddeeff";

static void
begin(struct world *w, enum evidence_state state, const char *duty)
{
	static const uint8_t random[EVIDENCE_RANDOM] = { 1 };
	struct talk_login login = { .person = "suzuki",
		.user = "suzuki",
		.service = "sudo",
		.purpose = SY_PURPOSE_PRIVILEGED };

	memset(w, 0, sizeof(*w));
	fake_talk_open(&w->fake);
	assert_int_equal(evidence_new(&w->evidence), SY_OK);
	memcpy(login.txn, txn, sizeof(txn));
	(void)snprintf(login.duty, sizeof(login.duty), "%s", duty);
	assert_int_equal(evidence_add(w->evidence, &login, 0, state, 0, random,
			     w->id),
	    SY_OK);
	w->request = (struct sy_dialog_phase){ .user = "suzuki",
		.service = "sudo",
		.tty = "/dev/pts/3",
		.ruser = "suzuki",
		.purpose = SY_PURPOSE_PRIVILEGED };
	memcpy(w->request.evidence, w->id, sizeof(w->id));
}

static void
end(struct world *w)
{
	evidence_free(&w->evidence);
}

static void
ask(struct world *w, enum sy_dialog_type type)
{
	const struct phase_setup setup = {
		.evidence = w->evidence, .uid = w->uid, .boot = boot
	};

	w->fake.finished = false;
	phase_start(&w->phase, &w->fake.talk, &setup, type, &w->request);
}

static void
account_says(struct world *w, const char *verdict, const char *login)
{
	struct sy_account_step step = { .support = "L-9" };
	const struct talk_reply reply = { .call = w->fake.call, .step = &step };

	memcpy(step.txn, txn, sizeof(txn));
	(void)snprintf(step.verdict, sizeof(step.verdict), "%s", verdict);
	(void)snprintf(step.login, sizeof(step.login), "%s", login);
	phase_on_reply(&w->phase, &reply);
}

static void
session_says(struct world *w, const char *verdict, const char *reason)
{
	struct sy_session_step step = { .session = 77, .support = "L-9" };
	const struct talk_reply reply = { .call = w->fake.call, .step = &step };

	(void)snprintf(step.verdict, sizeof(step.verdict), "%s", verdict);
	(void)snprintf(step.reason, sizeof(step.reason), "%s", reason);
	phase_on_reply(&w->phase, &reply);
}

static void
no_answer(struct world *w, bool refused)
{
	struct talk_reply reply = { .call = w->fake.call,
		.err = refused ? SY_OK : SY_ERR_TIMEOUT,
		.refused = refused };

	(void)snprintf(reply.failure.error, sizeof(reply.failure.error),
	    "denied");
	phase_on_reply(&w->phase, &reply);
}

static void
a_login_s_account_needs_no_server(void **state)
{
	struct world w;

	(void)state;
	begin(&w, EVIDENCE_NEW, "");
	ask(&w, SY_DIALOG_ACCOUNT);
	assert_string_equal(w.fake.trace, "*");
	assert_int_equal(w.fake.result.result, SY_RESULT_ALLOWED);
	assert_string_equal(w.fake.result.login, "suzuki");
	assert_string_equal(w.fake.result.evidence, w.id);
	end(&w);
	/* PW-6: a password that must change shows here. */
	begin(&w, EVIDENCE_NEW, "temporary");
	ask(&w, SY_DIALOG_ACCOUNT);
	assert_int_equal(w.fake.result.result, SY_RESULT_CHANGE);
	assert_string_equal(w.fake.result.evidence, w.id);
	assert_non_null(strstr(w.fake.result.text, "must be changed"));
	end(&w);
}

/* sudo with a cached timestamp, systemd-user, cron: the server's table. */
static void
an_account_without_evidence_is_the_server_s_to_judge(void **state)
{
	static const struct {
		const char *what;
		const char *evidence;
		const char *verdict;
		const char *login;
		const char *rhost;
		enum sy_result result;
	} tc[] = {
		{ "a live session", "", "allow", "suzuki", "",
		    SY_RESULT_ALLOWED },
		{ "unattended", "", "allow", "", "", SY_RESULT_ALLOWED },
		{ "none", "", "deny", "", "", SY_RESULT_DENIED },
		{ "nonsense", "", "perhaps", "", "", SY_RESULT_DENIED },
		{ "wrong evidence", "ffffffffffffffffffffffffffffffff", "deny",
		    "", "", SY_RESULT_DENIED },
		{ "from elsewhere by public key", "", "deny", "", "192.0.2.7",
		    SY_RESULT_DENIED },
		{ "the same, whatever a server says", "", "allow", "suzuki",
		    "192.0.2.7", SY_RESULT_DENIED },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, EVIDENCE_NEW, "");
		(void)snprintf(w.request.evidence, sizeof(w.request.evidence),
		    "%s", tc[i].evidence);
		(void)snprintf(w.request.rhost, sizeof(w.request.rhost), "%s",
		    tc[i].rhost);
		ask(&w, SY_DIALOG_ACCOUNT);
		assert_string_equal(w.fake.trace, "a");
		assert_string_equal(w.fake.account.user, "suzuki");
		assert_string_equal(w.fake.account.service, "sudo");
		assert_string_equal(w.fake.account.purpose, "privileged");
		assert_string_equal(w.fake.account.tty, "/dev/pts/3");
		assert_string_equal(w.fake.account.rhost, tc[i].rhost);
		assert_string_equal(w.fake.account.boot, boot);
		account_says(&w, tc[i].verdict, tc[i].login);
		assert_int_equal(w.fake.result.result, tc[i].result);
		if (tc[i].result == SY_RESULT_ALLOWED) {
			assert_string_equal(w.fake.result.login, tc[i].login);
			/* The session behind it goes the usual way. */
			memcpy(w.request.evidence, w.fake.result.evidence,
			    sizeof(w.request.evidence));
			ask(&w, SY_DIALOG_OPEN);
			assert_string_equal(w.fake.trace, "a*s");
			assert_string_equal(w.fake.open.txn, txn);
		} else {
			assert_string_equal(w.fake.result.evidence, "");
			assert_string_equal(w.fake.result.support, "L-9");
		}
		end(&w);
	}
}

static void
a_session_is_opened_by_the_server_and_closed_by_its_handle(void **state)
{
	struct world w;

	(void)state;
	begin(&w, EVIDENCE_ACCOUNTED, "");
	/* sudo: the target, by now. */
	(void)snprintf(w.request.user, sizeof(w.request.user), "root");
	ask(&w, SY_DIALOG_OPEN);
	assert_string_equal(w.fake.trace, "s");
	assert_string_equal(w.fake.open.txn, txn);
	assert_string_equal(w.fake.open.account, "root");
	assert_string_equal(w.fake.open.boot, boot);
	session_says(&w, "allow", "");
	assert_string_equal(w.fake.trace, "sS*");
	assert_int_equal(w.fake.session, 77);
	assert_int_equal(w.fake.result.result, SY_RESULT_ALLOWED);
	assert_string_equal(w.fake.result.login, "suzuki");
	memcpy(w.request.evidence, w.fake.result.evidence,
	    sizeof(w.request.evidence));
	ask(&w, SY_DIALOG_CLOSE);
	assert_string_equal(w.fake.trace, "sS*C*");
	assert_int_equal(w.fake.result.result, SY_RESULT_ALLOWED);
	w.fake.failing = SY_ERR_NOT_FOUND;
	ask(&w, SY_DIALOG_CLOSE);
	assert_int_equal(w.fake.result.result, SY_RESULT_DENIED);
	end(&w);
}

static void
no_session_opens_unless_everything_is_in_order(void **state)
{
	static const struct {
		const char *what;
		enum evidence_state state;
		const char *duty;
		bool forget; /* come without evidence */
		uid_t uid;
		const char *verdict; /* NULL: none is asked for, "!": no answer,
					"r": refused */
		const char *reason;
		enum sy_result result;
		const char *text;
	} tc[] = {
		{ "without evidence", EVIDENCE_ACCOUNTED, "", true, 0, NULL, "",
		    SY_RESULT_DENIED, "Nobody has proven" },
		{ "before the account", EVIDENCE_NEW, "", false, 0, NULL, "",
		    SY_RESULT_DENIED, "Nobody has proven" },
		{ "before a forced change", EVIDENCE_ACCOUNTED, "expired",
		    false, 0, NULL, "", SY_RESULT_DENIED, "must be changed" },
		{ "who is not root", EVIDENCE_ACCOUNTED, "", false, 1000, NULL,
		    "", SY_RESULT_FORBIDDEN, "may not ask" },
		{ "stopped meanwhile", EVIDENCE_ACCOUNTED, "", false, 0, "deny",
		    "id-held", SY_RESULT_DENIED, "stopped meanwhile" },
		{ "no grant for the target", EVIDENCE_ACCOUNTED, "", false, 0,
		    "deny", "no-grant", SY_RESULT_DENIED, "no permission" },
		{ "a verdict that is none", EVIDENCE_ACCOUNTED, "", false, 0,
		    "", "", SY_RESULT_DENIED, "stopped" },
		{ "no server", EVIDENCE_ACCOUNTED, "", false, 0, "!", "",
		    SY_RESULT_UNAVAILABLE, "no answer" },
		{ "refused", EVIDENCE_ACCOUNTED, "", false, 0, "r", "",
		    SY_RESULT_UNAVAILABLE, "can't decide" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, tc[i].state, tc[i].duty);
		w.uid = tc[i].uid;
		if (tc[i].forget)
			w.request.evidence[0] = '\0';
		ask(&w, SY_DIALOG_OPEN);
		assert_string_equal(w.fake.trace,
		    tc[i].verdict == NULL ? "*" : "s");
		if (tc[i].verdict != NULL && tc[i].verdict[0] == '!') {
			no_answer(&w, false);
			/* It is asked once more. */
			assert_string_equal(w.fake.trace, "ss");
			assert_string_equal(w.fake.open.txn, txn);
			no_answer(&w, false);
			/* And in the end only to be closed: sessions_orphan. */
			assert_string_equal(w.fake.trace, "sss*");
		} else if (tc[i].verdict != NULL && tc[i].verdict[0] == 'r')
			no_answer(&w, true);
		else if (tc[i].verdict != NULL)
			session_says(&w, tc[i].verdict, tc[i].reason);
		assert_int_equal(w.fake.result.result, tc[i].result);
		assert_non_null(strstr(w.fake.result.text, tc[i].text));
		assert_string_equal(w.fake.result.evidence, "");
		end(&w);
	}
}

static void
a_session_that_can_t_be_kept_is_no_session(void **state)
{
	struct world w;

	(void)state;
	begin(&w, EVIDENCE_ACCOUNTED, "");
	w.fake.failing = SY_ERR_LIMIT;
	ask(&w, SY_DIALOG_OPEN);
	session_says(&w, "allow", "");
	assert_int_equal(w.fake.result.result, SY_RESULT_ERROR);
	end(&w);
}

static void
who_is_not_root_asks_with_his_own_unlock_only(void **state)
{
	struct world w;

	(void)state;
	begin(&w, EVIDENCE_NEW, "");
	w.uid = 1000;
	ask(&w, SY_DIALOG_ACCOUNT);
	assert_string_equal(w.fake.trace, "*");
	assert_int_equal(w.fake.result.result, SY_RESULT_FORBIDDEN);
	ask(&w, SY_DIALOG_CLOSE);
	assert_int_equal(w.fake.result.result, SY_RESULT_FORBIDDEN);
	end(&w);
}

static void
an_answer_to_something_else_allows_nothing(void **state)
{
	static const struct sy_session_step step = { .session = 1,
		.verdict = "allow" };
	const struct talk_reply reply = { .call = TALK_OPEN, .step = &step };
	struct world w;

	(void)state;
	begin(&w, EVIDENCE_NEW, "");
	w.request.evidence[0] = '\0';
	ask(&w, SY_DIALOG_ACCOUNT);
	phase_on_reply(&w.phase, &reply);
	assert_int_equal(w.fake.result.result, SY_RESULT_ERROR);
	/* And after the end nothing comes. */
	phase_on_reply(&w.phase, &reply);
	phase_on_closed(&w.phase);
	assert_string_equal(w.fake.trace, "a*");
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
		cmocka_unit_test(a_login_s_account_needs_no_server),
		cmocka_unit_test(
		    an_account_without_evidence_is_the_server_s_to_judge),
		cmocka_unit_test(
		    a_session_is_opened_by_the_server_and_closed_by_its_handle),
		cmocka_unit_test(
		    no_session_opens_unless_everything_is_in_order),
		cmocka_unit_test(a_session_that_can_t_be_kept_is_no_session),
		cmocka_unit_test(who_is_not_root_asks_with_his_own_unlock_only),
		cmocka_unit_test(an_answer_to_something_else_allows_nothing),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
