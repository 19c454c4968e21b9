/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <security/pam_modules.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sanyoso/policy.h>

#include "tests/support/fake_agent.h"
#include "tests/support/pam_place.h"

/*
 * Account, change and session of the module as it is shipped, loaded by libpam,
 * before an agent that follows a script. (INT-1, LOGIN-1)
 */
#define VARIABLE "SANYOSO_EVIDENCE"
#define E1       "11111111111111111111111111111111"
#define E2       "22222222222222222222222222222222"
#define S1       "55555555555555555555555555555555"

static struct fake_agent *
agent_with(const struct fake_step *steps)
{
	struct fake_agent *agent = fake_agent_start(pam_place_socket(), steps);

	assert_non_null(agent);
	return agent;
}

static void
end(struct pam_host *host, struct fake_agent *agent)
{
	assert_false(host->clumsy);
	assert_int_equal(pam_host_end(host), PAM_SUCCESS);
	assert_null(fake_agent_stop(agent, NULL));
}

/* What libpam would give to the session's programs. */
static const char *
environment(const struct pam_host *host)
{
	const char *value = pam_getenv(host->pamh, VARIABLE);

	return value != NULL ? value : "";
}

/* --- scripts are put together from these --- */
#define END                                                                    \
	{                                                                      \
		FAKE_END, NULL, 0, NULL                                        \
	}
#define NEXT                                                                   \
	{                                                                      \
		FAKE_NEXT, NULL, 0, NULL                                       \
	}
#define ASKED(what, user, evidence)                                            \
	{                                                                      \
		what, user, 0, evidence                                        \
	}
#define SAYS(result, login)                                                    \
	{                                                                      \
		FAKE_RESULT, login, result, NULL                               \
	}
#define GIVES(evidence)                                                        \
	{                                                                      \
		FAKE_EVIDENCE, evidence, 0, NULL                               \
	}
#define LOGIN_STEPS                                                            \
	ASKED(FAKE_AUTH, "suzuki", NULL), GIVES(E1),                           \
	    SAYS(SY_RESULT_ALLOWED, "suzuki")
#define ACCOUNT_STEPS                                                          \
	ASKED(FAKE_ACCOUNT, "suzuki", E1), GIVES(E2),                          \
	    SAYS(SY_RESULT_ALLOWED, "suzuki")
#define OPEN_STEPS(evidence)                                                   \
	ASKED(FAKE_OPEN, "suzuki", evidence), GIVES(S1),                       \
	    SAYS(SY_RESULT_ALLOWED, "suzuki")

static void
a_whole_login_carries_its_evidence_from_phase_to_phase(void **state)
{
	static const struct fake_step steps[] = { LOGIN_STEPS, NEXT,
		ACCOUNT_STEPS, NEXT, OPEN_STEPS(E2), NEXT,
		ASKED(FAKE_CLOSE, "suzuki", S1), SAYS(SY_RESULT_ALLOWED, NULL),
		END };
	struct pam_host host = { .calls = 0 };
	struct fake_agent *agent = agent_with(steps);

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_authenticate(host.pamh, 0), PAM_SUCCESS);
	assert_string_equal(environment(&host), E1);
	assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_SUCCESS);
	assert_string_equal(environment(&host), E2);
	assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
	    PAM_SUCCESS);
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_SUCCESS);
	/* The session's own environment holds nothing of it. */
	assert_null(pam_getenv(host.pamh, VARIABLE));
	assert_int_equal(pam_setcred(host.pamh, PAM_REINITIALIZE_CRED),
	    PAM_SUCCESS);
	assert_int_equal(pam_close_session(host.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(host.pamh, PAM_DELETE_CRED), PAM_SUCCESS);
	end(&host, agent);
}

/* As sshd does: what the other process learned comes by the environment. */
static void
evidence_comes_by_the_environment_from_another_process(void **state)
{
	static const struct fake_step steps[] = { OPEN_STEPS(E2), END };
	struct pam_host host = { .calls = 0 };
	struct fake_agent *agent = agent_with(steps);

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_putenv(host.pamh, VARIABLE "=" E2), PAM_SUCCESS);
	assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
	    PAM_SUCCESS);
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_SUCCESS);
	assert_null(pam_getenv(host.pamh, VARIABLE));
	end(&host, agent);
}

/* The agent knows no number that somebody made up; what can't even be sent is
 * none. */
static void
numbers_that_were_made_up_are_judged_by_the_agent(void **state)
{
	static const struct {
		const char *value;
		const char *sent;
	} tc[] = {
		{ E1, E1 },
		{ "x", "x" },
		{ "", "" },
		{ E1 "1", "" },
		{ "\x1b[2J", "" },
		{ "\xff", "" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct fake_step steps[] = { ASKED(FAKE_OPEN, "suzuki",
						       tc[i].sent),
			SAYS(SY_RESULT_DENIED, NULL), END };
		struct pam_host host = { .calls = 0 };
		struct fake_agent *agent = agent_with(steps);
		char line[128];

		(void)snprintf(line, sizeof(line), VARIABLE "=%s", tc[i].value);
		pam_place_start(&host, "suzuki", "");
		assert_int_equal(pam_putenv(host.pamh, line), PAM_SUCCESS);
		assert_int_equal(pam_open_session(host.pamh, 0),
		    PAM_PERM_DENIED);
		assert_null(pam_getenv(host.pamh, VARIABLE));
		end(&host, agent);
	}
}

/* sudo takes PAM_SESSION_ERR for a trifle, sshd goes on in spite of any code
 * but not without credentials. */
static void
a_session_that_is_refused_is_refused_by_every_later_call(void **state)
{
	static const struct {
		uint8_t result;
		int code;
	} tc[] = {
		{ SY_RESULT_DENIED, PAM_PERM_DENIED },
		{ SY_RESULT_UNAVAILABLE, PAM_AUTHINFO_UNAVAIL },
		{ SY_RESULT_MAXTRIES, PAM_PERM_DENIED },
		{ SY_RESULT_FORBIDDEN, PAM_PERM_DENIED },
		{ SY_RESULT_CANCELLED, PAM_PERM_DENIED },
		{ SY_RESULT_ERROR, PAM_SYSTEM_ERR },
		{ SY_RESULT_CHANGE, PAM_SYSTEM_ERR },
		{ SY_RESULT_NO_ACCOUNT, PAM_USER_UNKNOWN },
		{ SY_RESULT_BUSY, PAM_AUTHINFO_UNAVAIL },
		{ SY_RESULT_UNCHANGED, PAM_SYSTEM_ERR },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct fake_step steps[] = { LOGIN_STEPS, NEXT,
			ASKED(FAKE_OPEN, "suzuki", E1),
			SAYS(tc[i].result, NULL), END };
		struct pam_host host = { .calls = 0 };
		struct fake_agent *agent = agent_with(steps);

		pam_place_start(&host, "suzuki", "");
		assert_int_equal(pam_authenticate(host.pamh, 0), PAM_SUCCESS);
		assert_int_equal(pam_open_session(host.pamh, 0), tc[i].code);
		assert_null(pam_getenv(host.pamh, VARIABLE));
		assert_int_equal(pam_setcred(host.pamh, PAM_REINITIALIZE_CRED),
		    PAM_CRED_ERR);
		/* Not even with a number from elsewhere. */
		assert_int_equal(pam_putenv(host.pamh, VARIABLE "=" E2),
		    PAM_SUCCESS);
		assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
		    PAM_CRED_ERR);
		assert_int_equal(pam_open_session(host.pamh, 0),
		    PAM_PERM_DENIED);
		assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_AUTH_ERR);
		assert_int_equal(pam_chauthtok(host.pamh, 0), PAM_PERM_DENIED);
		/* Nothing was opened, so nothing is closed. */
		assert_int_equal(pam_close_session(host.pamh, 0),
		    PAM_SESSION_ERR);
		assert_int_equal(pam_setcred(host.pamh, PAM_DELETE_CRED),
		    PAM_SUCCESS);
		end(&host, agent);
	}
}

/* MFA-1: sudo with a cached time stamp, cron, systemd-user, ssh by public key
 * ask for the account alone. */
static void
an_account_without_an_authentication_is_for_the_agent_to_judge(void **state)
{
	static const struct {
		uint8_t result;
		int code;
	} tc[] = {
		{ SY_RESULT_ALLOWED, PAM_SUCCESS },
		{ SY_RESULT_DENIED, PAM_AUTH_ERR },
		{ SY_RESULT_FORBIDDEN, PAM_AUTH_ERR },
		{ SY_RESULT_UNAVAILABLE, PAM_AUTHINFO_UNAVAIL },
		{ SY_RESULT_NO_ACCOUNT, PAM_USER_UNKNOWN },
		{ SY_RESULT_CHANGE, PAM_NEW_AUTHTOK_REQD },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct fake_step steps[] = { ASKED(FAKE_ACCOUNT, "suzuki",
						       NULL),
			SAYS(tc[i].result, NULL), END };
		struct pam_host host = { .calls = 0 };
		struct fake_agent *agent = agent_with(steps);

		pam_place_start(&host, "suzuki", "");
		assert_int_equal(pam_acct_mgmt(host.pamh, 0), tc[i].code);
		assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
		    tc[i].code == PAM_SUCCESS ||
			    tc[i].code == PAM_NEW_AUTHTOK_REQD
			? PAM_SUCCESS
			: PAM_CRED_ERR);
		end(&host, agent);
	}
}

static void
the_agent_is_told_whose_account_it_is_by_now(void **state)
{
	static const struct fake_step steps[] = { LOGIN_STEPS, NEXT,
		ACCOUNT_STEPS, NEXT, ASKED(FAKE_OPEN, "root", E2), GIVES(S1),
		SAYS(SY_RESULT_ALLOWED, "suzuki"), NEXT,
		ASKED(FAKE_CLOSE, "root", S1), SAYS(SY_RESULT_ALLOWED, NULL),
		END };
	struct pam_host host = { .calls = 0 };
	struct fake_agent *agent = agent_with(steps);
	const struct sy_dialog_phase *phase = fake_agent_phase(agent);

	(void)state;
	pam_place_start(&host, "suzuki", "purpose=privileged lang=en");
	(void)pam_set_item(host.pamh, PAM_TTY, "/dev/pts/3");
	(void)pam_set_item(host.pamh, PAM_RUSER, "suzuki");
	(void)pam_set_item(host.pamh, PAM_RHOST, "10.0.0.1");
	assert_int_equal(pam_authenticate(host.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_SUCCESS);
	/* As sudo does. */
	assert_int_equal(pam_set_item(host.pamh, PAM_USER, "root"),
	    PAM_SUCCESS);
	assert_int_equal(pam_setcred(host.pamh, PAM_REINITIALIZE_CRED),
	    PAM_SUCCESS);
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_SUCCESS);
	assert_string_equal(phase->service, PAM_HOST_SERVICE);
	assert_string_equal(phase->tty, "/dev/pts/3");
	assert_string_equal(phase->ruser, "suzuki");
	assert_string_equal(phase->rhost, "10.0.0.1");
	assert_int_equal(phase->purpose, SY_PURPOSE_PRIVILEGED);
	assert_int_equal(phase->lang, SY_LANG_EN);
	assert_int_equal(pam_close_session(host.pamh, 0), PAM_SUCCESS);
	end(&host, agent);
}

/* Authentication inside a session (a second sudo): the session stays what it
 * is and can be closed. */
static void
a_session_outlives_another_login_in_its_handle(void **state)
{
	static const struct fake_step steps[] = { OPEN_STEPS(NULL), NEXT,
		ASKED(FAKE_AUTH, "suzuki", NULL), SAYS(SY_RESULT_DENIED, NULL),
		NEXT, ASKED(FAKE_CLOSE, "suzuki", S1),
		SAYS(SY_RESULT_ALLOWED, NULL), END };
	struct pam_host host = { .calls = 0 };
	struct fake_agent *agent = agent_with(steps);

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_authenticate(host.pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(pam_close_session(host.pamh, 0), PAM_SUCCESS);
	/* Once. */
	assert_int_equal(pam_close_session(host.pamh, 0), PAM_SESSION_ERR);
	end(&host, agent);
}

/* --- the change of a password --- */

static const char *const typed[] = { "old", "new", NULL };

#define CHANGE_STEPS(evidence, is_expired)                                     \
	{ FAKE_STATUS, NULL, 0, NULL }, SAYS(SY_RESULT_DENIED, NULL), NEXT,    \
	    { FAKE_CHANGE, "suzuki", is_expired, evidence },                   \
	    { FAKE_INFO, "eight characters", 0, NULL },                        \
	    { FAKE_PROMPT, "Old: ", 1, NULL },                                 \
	    { FAKE_ANSWER, "old", 1, NULL },                                   \
	    { FAKE_PROMPT, "New: ", 2, NULL },                                 \
	{                                                                      \
		FAKE_ANSWER, "new", 2, NULL                                    \
	}

/* PW-2, PW-8 */
static void
a_password_that_is_due_is_changed_before_the_session(void **state)
{
	static const struct fake_step steps[] = { LOGIN_STEPS, NEXT,
		ASKED(FAKE_ACCOUNT, "suzuki", E1), GIVES(E1),
		SAYS(SY_RESULT_CHANGE, "suzuki"), NEXT, CHANGE_STEPS(E1, 1),
		GIVES(E2), SAYS(SY_RESULT_ALLOWED, "suzuki"), NEXT,
		OPEN_STEPS(E2), END };
	struct pam_host host = { .answers = typed };
	struct fake_agent *agent = agent_with(steps);

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_authenticate(host.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_NEW_AUTHTOK_REQD);
	assert_int_equal(pam_chauthtok(host.pamh,
			     (int)PAM_CHANGE_EXPIRED_AUTHTOK),
	    PAM_SUCCESS);
	assert_string_equal(host.log, "I:eight characters\nP:Old: \nP:New: \n");
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_SUCCESS);
	end(&host, agent);
}

/* PW-2: neither a host that forgets the change nor one that goes on after it
 * failed opens a session. */
static void
without_the_change_no_session_opens(void **state)
{
	static const struct fake_step forgotten[] = { LOGIN_STEPS, NEXT,
		ASKED(FAKE_ACCOUNT, "suzuki", E1), GIVES(E2),
		SAYS(SY_RESULT_CHANGE, "suzuki"), END };
	static const struct fake_step failed[] = { LOGIN_STEPS, NEXT,
		ASKED(FAKE_ACCOUNT, "suzuki", E1), GIVES(E2),
		SAYS(SY_RESULT_CHANGE, "suzuki"), NEXT, CHANGE_STEPS(E2, 1),
		SAYS(SY_RESULT_UNCHANGED, NULL), END };
	struct pam_host host = { .answers = typed };
	struct fake_agent *agent = agent_with(forgotten);

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_authenticate(host.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_NEW_AUTHTOK_REQD);
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_PERM_DENIED);
	end(&host, agent);

	host = (struct pam_host){ .answers = typed };
	agent = agent_with(failed);
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_authenticate(host.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_NEW_AUTHTOK_REQD);
	assert_int_equal(pam_chauthtok(host.pamh,
			     (int)PAM_CHANGE_EXPIRED_AUTHTOK),
	    PAM_AUTHTOK_ERR);
	assert_true(host.fail_delay >= 1000000);
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_PERM_DENIED);
	end(&host, agent);
}

/* PW-3: passwd */
static void
a_change_at_will_has_no_evidence_and_every_end_its_code(void **state)
{
	static const struct {
		uint8_t result;
		int code;
	} tc[] = {
		{ SY_RESULT_ALLOWED, PAM_SUCCESS },
		{ SY_RESULT_DENIED, PAM_AUTH_ERR },
		{ SY_RESULT_UNAVAILABLE, PAM_TRY_AGAIN },
		{ SY_RESULT_MAXTRIES, PAM_MAXTRIES },
		{ SY_RESULT_FORBIDDEN, PAM_PERM_DENIED },
		{ SY_RESULT_CANCELLED, PAM_AUTHTOK_ERR },
		{ SY_RESULT_ERROR, PAM_SYSTEM_ERR },
		{ SY_RESULT_CHANGE, PAM_SYSTEM_ERR },
		{ SY_RESULT_NO_ACCOUNT, PAM_USER_UNKNOWN },
		{ SY_RESULT_BUSY, PAM_AUTHTOK_LOCK_BUSY },
		{ SY_RESULT_UNCHANGED, PAM_AUTHTOK_ERR },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct fake_step steps[] = { CHANGE_STEPS(NULL, 0),
			SAYS(tc[i].result, NULL), END };
		struct pam_host host = { .answers = typed };
		struct fake_agent *agent = agent_with(steps);

		pam_place_start(&host, "suzuki", "");
		assert_int_equal(pam_chauthtok(host.pamh, 0), tc[i].code);
		end(&host, agent);
	}
}

static void
without_an_agent_a_change_is_not_begun(void **state)
{
	static const struct fake_step mute[] = { { FAKE_STATUS, NULL, 0, NULL },
		END };
	struct pam_host host = { .answers = typed };
	struct fake_agent *agent;

	(void)state;
	(void)unlink(pam_place_socket());
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_chauthtok(host.pamh, 0), PAM_TRY_AGAIN);
	assert_int_equal(host.calls, 0);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	host = (struct pam_host){ .answers = typed };
	agent = agent_with(mute);
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_chauthtok(host.pamh, 0), PAM_TRY_AGAIN);
	assert_int_equal(host.calls, 0);
	end(&host, agent);
}

/* The old password or the new one works, and the person is told to try. */
static void
a_change_that_breaks_off_is_no_success(void **state)
{
	static const struct fake_step whole[] = { CHANGE_STEPS(NULL, 0), END };

	(void)state;
	for (size_t n = 3; n < SY_COUNT(whole); n++) {
		struct fake_step steps[SY_COUNT(whole)] = { { 0 } };
		struct pam_host host = { .answers = typed };
		struct fake_agent *agent;

		memcpy(steps, whole, n * sizeof(steps[0]));
		agent = agent_with(steps);
		pam_place_start(&host, "suzuki", "");
		assert_int_equal(pam_chauthtok(host.pamh, 0), PAM_AUTHTOK_ERR);
		assert_non_null(strstr(host.log, "E:途中で"));
		end(&host, agent);
	}
}

/* --- what the host can't do --- */

/* systemd-user: a conversation that fails whatever it is given. */
static void
a_session_without_anybody_to_talk_to_opens(void **state)
{
	static const struct fake_step steps[] = { ASKED(FAKE_ACCOUNT, "suzuki",
						      NULL),
		{ FAKE_INFO, "last login", 0, NULL },
		SAYS(SY_RESULT_ALLOWED, NULL), NEXT,
		ASKED(FAKE_OPEN, "suzuki", NULL),
		{ FAKE_INFO, "last login", 0, NULL }, GIVES(S1),
		{ FAKE_RESULT, "suzuki", SY_RESULT_ALLOWED, "welcome" }, END };
	struct pam_host host = { .deaf = true };
	struct fake_agent *agent = agent_with(steps);

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_SUCCESS);
	assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
	    PAM_SUCCESS);
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_SUCCESS);
	assert_int_equal(host.calls, 2); /* once in each phase */
	end(&host, agent);
}

/* LOGIN-2 */
static void
messages_of_a_session_are_shown_unless_silence_is_wanted(void **state)
{
	static const struct fake_step steps[] = { ASKED(FAKE_OPEN, "suzuki",
						      NULL),
		{ FAKE_INFO, "last login: yesterday", 0, NULL },
		{ FAKE_ERROR, "2 failed tries", 0, NULL }, GIVES(S1),
		{ FAKE_RESULT, "suzuki", SY_RESULT_ALLOWED, "welcome" }, END };
	struct pam_host host = { .calls = 0 };
	struct fake_agent *agent = agent_with(steps);

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_SUCCESS);
	assert_string_equal(host.log,
	    "I:last login: yesterday\nE:2 failed tries\nI:welcome\n");
	end(&host, agent);

	host = (struct pam_host){ .calls = 0 };
	agent = agent_with(steps);
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_open_session(host.pamh, (int)PAM_SILENT),
	    PAM_SUCCESS);
	assert_string_equal(host.log, "");
	end(&host, agent);
}

/* The agent is not even asked. */
static void
a_phase_needs_a_name(void **state)
{
	struct pam_host host = { .calls = 0 };

	(void)state;
	(void)unlink(pam_place_socket());
	pam_place_start(&host, NULL, "");
	assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_USER_UNKNOWN);
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	host = (struct pam_host){ .calls = 0 };
	pam_place_start(&host, NULL, "");
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_USER_UNKNOWN);
	assert_int_equal(host.calls, 0);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
unknown_options_fail_in_every_phase(void **state)
{
	struct pam_host host = { .calls = 0 };

	(void)state;
	pam_place_start(&host, "suzuki", "nullok");
	assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_SERVICE_ERR);
	assert_int_equal(pam_chauthtok(host.pamh, 0), PAM_SERVICE_ERR);
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_SERVICE_ERR);
	assert_int_equal(pam_close_session(host.pamh, 0), PAM_SESSION_ERR);
	assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
	    PAM_SERVICE_ERR);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static double
seconds_since(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) +
	    (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void
a_logout_does_not_wait_for_an_agent_that_hangs(void **state)
{
	static const struct fake_step steps[] = { OPEN_STEPS(NULL), NEXT,
		ASKED(FAKE_CLOSE, "suzuki", S1), { FAKE_HANG, NULL, 0, NULL },
		END };
	struct pam_host host = { .calls = 0 };
	struct fake_agent *agent = agent_with(steps);
	struct timespec start;

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_open_session(host.pamh, 0), PAM_SUCCESS);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(pam_close_session(host.pamh, 0), PAM_SESSION_ERR);
	assert_true(seconds_since(&start) < 5);
	assert_int_equal(host.calls, 0);
	end(&host, agent);
}

/* --- a host that is killed --- */

/* The whole life of a host, in a process of its own. */
static void
live(const struct pam_host *script)
{
	struct pam_host host = *script;

	pam_place_start(&host, "suzuki", "");
	(void)pam_authenticate(host.pamh, 0);
	(void)pam_acct_mgmt(host.pamh, 0);
	(void)pam_chauthtok(host.pamh, (int)PAM_CHANGE_EXPIRED_AUTHTOK);
	(void)pam_open_session(host.pamh, 0);
	(void)pam_close_session(host.pamh, 0);
	_exit(0);
}

/* Whatever it waits for, the agent sees it go at once. */
static void
a_host_killed_at_any_step_leaves_nothing_hanging(void **state)
{
	static const struct fake_step whole[] = { LOGIN_STEPS, NEXT,
		ASKED(FAKE_ACCOUNT, "suzuki", E1), GIVES(E2),
		SAYS(SY_RESULT_CHANGE, "suzuki"), NEXT, CHANGE_STEPS(E2, 1),
		SAYS(SY_RESULT_ALLOWED, "suzuki"), NEXT, OPEN_STEPS(E2), NEXT,
		ASKED(FAKE_CLOSE, "suzuki", S1), END };
	const struct pam_host script = { .answers = typed };

	(void)state;
	for (size_t n = 0; n < SY_COUNT(whole); n++) {
		struct fake_step steps[SY_COUNT(whole) + 2] = { { 0 } };
		struct fake_agent *agent;
		pid_t pid;
		int status;

		/* Only where somebody waits for the agent. */
		if (whole[n].what == FAKE_NEXT ||
		    whole[n].what == FAKE_EVIDENCE)
			continue;
		memcpy(steps, whole, n * sizeof(steps[0]));
		steps[n].what = FAKE_KILL;
		steps[n + 1].what = FAKE_HANG;
		agent = agent_with(steps);
		if ((pid = fork()) == 0)
			live(&script);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_null(fake_agent_stop(agent, NULL));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_whole_login_carries_its_evidence_from_phase_to_phase),
		cmocka_unit_test(
		    evidence_comes_by_the_environment_from_another_process),
		cmocka_unit_test(
		    numbers_that_were_made_up_are_judged_by_the_agent),
		cmocka_unit_test(
		    a_session_that_is_refused_is_refused_by_every_later_call),
		cmocka_unit_test(
		    an_account_without_an_authentication_is_for_the_agent_to_judge),
		cmocka_unit_test(the_agent_is_told_whose_account_it_is_by_now),
		cmocka_unit_test(
		    a_session_outlives_another_login_in_its_handle),
		cmocka_unit_test(
		    a_password_that_is_due_is_changed_before_the_session),
		cmocka_unit_test(without_the_change_no_session_opens),
		cmocka_unit_test(
		    a_change_at_will_has_no_evidence_and_every_end_its_code),
		cmocka_unit_test(without_an_agent_a_change_is_not_begun),
		cmocka_unit_test(a_change_that_breaks_off_is_no_success),
		cmocka_unit_test(a_session_without_anybody_to_talk_to_opens),
		cmocka_unit_test(
		    messages_of_a_session_are_shown_unless_silence_is_wanted),
		cmocka_unit_test(a_phase_needs_a_name),
		cmocka_unit_test(unknown_options_fail_in_every_phase),
		cmocka_unit_test(
		    a_logout_does_not_wait_for_an_agent_that_hangs),
		cmocka_unit_test(
		    a_host_killed_at_any_step_leaves_nothing_hanging),
	};

	return cmocka_run_group_tests_name("pam_phases", tests, pam_place_setup,
	    pam_place_teardown);
}
