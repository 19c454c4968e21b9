/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <security/pam_modules.h>
#include <unistd.h>

#include <sanyoso/policy.h>

#include "tests/support/fake_agent.h"
#include "tests/support/pam_place.h"

/*
 * The module as it is shipped, loaded by libpam, before an agent that follows a
 * script. (INT-1)
 */

static int
authenticate_flags(struct pam_host *host, const struct fake_step *steps,
    struct sy_dialog_auth *ret_auth, int flags)
{
	struct fake_agent *agent = fake_agent_start(pam_place_socket(), steps);
	int code;

	assert_non_null(agent);
	code = pam_authenticate(host->pamh, flags);
	assert_null(fake_agent_stop(agent, ret_auth));
	assert_false(host->clumsy);
	return code;
}

static int
authenticate(struct pam_host *host, const struct fake_step *steps)
{
	return authenticate_flags(host, steps, NULL, 0);
}

#define FAKE_OVER                                                              \
	{                                                                      \
		FAKE_END, NULL, 0, NULL                                        \
	}
#define PIN_THEN(login, number, words)                                         \
	{                                                                      \
		{ FAKE_AUTH, "suzuki", 0, NULL },                              \
		    { FAKE_PROMPT, "PIN: ", 1, NULL },                         \
		    { FAKE_ANSWER, "1234", 1, NULL },                          \
		    { FAKE_RESULT, login, number, words }, FAKE_OVER           \
	}
#define AUTH_THEN(user, ...)                                                   \
	{                                                                      \
		{ FAKE_AUTH, user, 0, NULL }, __VA_ARGS__, FAKE_OVER           \
	}
#define RESULT(login, number, words)                                           \
	{                                                                      \
		FAKE_RESULT, login, number, words                              \
	}

static const char *const pin[] = { "1234", NULL };
static const struct fake_step allow_steps[] =
    PIN_THEN("suzuki", SY_RESULT_ALLOWED, "welcome");

static void
a_person_who_is_allowed_gets_in(void **state)
{
	struct pam_host host = { .answers = pin };

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(authenticate(&host, allow_steps), PAM_SUCCESS);
	assert_string_equal(host.log, "P:PIN: \nI:welcome\n");
	assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
	    PAM_SUCCESS);
	assert_int_equal(pam_setcred(host.pamh, PAM_DELETE_CRED), PAM_SUCCESS);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
the_agent_is_told_who_asks_for_what_and_from_where(void **state)
{
	static const struct fake_step steps[] =
	    AUTH_THEN("suzuki", RESULT(NULL, SY_RESULT_DENIED, NULL));
	struct pam_host host = { .answers = pin };
	struct sy_dialog_auth auth;

	(void)state;
	pam_place_start(&host, "suzuki", "purpose=privileged lang=en");
	assert_int_equal(pam_set_item(host.pamh, PAM_TTY, "/dev/pts/3"),
	    PAM_SUCCESS);
	assert_int_equal(pam_set_item(host.pamh, PAM_RUSER, "sato"),
	    PAM_SUCCESS);
	assert_int_equal(pam_set_item(host.pamh, PAM_RHOST, "10.0.0.1"),
	    PAM_SUCCESS);
	assert_int_equal(authenticate_flags(&host, steps, &auth, 0),
	    PAM_AUTH_ERR);
	assert_string_equal(auth.user, "suzuki");
	assert_string_equal(auth.service, PAM_HOST_SERVICE);
	assert_string_equal(auth.tty, "/dev/pts/3");
	assert_string_equal(auth.ruser, "sato");
	assert_string_equal(auth.rhost, "10.0.0.1");
	assert_int_equal(auth.purpose, SY_PURPOSE_PRIVILEGED);
	assert_int_equal(auth.lang, SY_LANG_EN);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
every_other_result_keeps_people_out(void **state)
{
	static const struct {
		uint8_t result;
		int code;
	} tc[] = {
		{ SY_RESULT_DENIED, PAM_AUTH_ERR },
		{ SY_RESULT_UNAVAILABLE, PAM_AUTHINFO_UNAVAIL },
		{ SY_RESULT_MAXTRIES, PAM_MAXTRIES },
		{ SY_RESULT_FORBIDDEN, PAM_CRED_INSUFFICIENT },
		{ SY_RESULT_CANCELLED, PAM_AUTH_ERR },
		{ SY_RESULT_ERROR, PAM_SYSTEM_ERR },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct fake_step steps[] =
		    PIN_THEN(NULL, tc[i].result, "no");
		struct pam_host host = { .answers = pin };

		pam_place_start(&host, "suzuki", "");
		assert_int_equal(authenticate(&host, steps), tc[i].code);
		assert_string_equal(host.log, "P:PIN: \nE:no\n");
		assert_true(host.fail_delay >= 1000000);
		assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_AUTH_ERR);
		assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
		    PAM_CRED_ERR);
		assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	}
}

static void
without_an_agent_nobody_gets_in_and_is_told_why(void **state)
{
	struct pam_host host = { .answers = pin };

	(void)state;
	(void)unlink(pam_place_socket());
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_authenticate(host.pamh, 0), PAM_AUTHINFO_UNAVAIL);
	assert_non_null(strstr(host.log, "E:認証エージェント"));
	assert_non_null(strstr(host.log, "The login agent"));
	assert_int_equal(host.calls, 1);
	assert_true(host.fail_delay >= 1000000);
	assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
an_agent_that_dies_or_talks_nonsense_lets_nobody_in(void **state)
{
	static const struct fake_step silent[] = { { FAKE_END, NULL, 0,
	    NULL } };
	static const struct fake_step dead[] = { { FAKE_AUTH, "suzuki", 0,
						     NULL },
		{ FAKE_PROMPT, "PIN: ", 1, NULL },
		{ FAKE_ANSWER, "1234", 1, NULL }, { FAKE_END, NULL, 0, NULL } };
	static const struct fake_step nonsense[] = { { FAKE_AUTH, "suzuki", 0,
							 NULL },
		{ FAKE_RAW, "HTTP/1.1 200 OK\r\n", 17, NULL },
		{ FAKE_END, NULL, 0, NULL } };
	static const struct fake_step *const tc[] = { silent, dead, nonsense };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct pam_host host = { .answers = pin };

		pam_place_start(&host, "suzuki", "");
		assert_int_equal(authenticate(&host, tc[i]),
		    PAM_AUTHINFO_UNAVAIL);
		assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_AUTH_ERR);
		assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	}
}

static void
an_agent_that_hangs_is_given_up_in_time(void **state)
{
	static const struct fake_step steps[] =
	    AUTH_THEN("suzuki", { FAKE_HANG, NULL, 0, NULL });
	struct pam_host host = { .answers = pin };

	(void)state;
	pam_place_start(&host, "suzuki", "timeout=4");
	assert_int_equal(authenticate(&host, steps), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
a_person_who_is_too_slow_is_told_so(void **state)
{
	static const struct fake_step steps[] =
	    AUTH_THEN("suzuki", { FAKE_INFO, "put your card in", 0, NULL },
		{ FAKE_HANG, NULL, 0, NULL });
	struct pam_host host = { .answers = pin };

	(void)state;
	pam_place_start(&host, "suzuki", "timeout=4");
	assert_int_equal(authenticate(&host, steps), PAM_AUTH_ERR);
	assert_non_null(strstr(host.log, "Time is up"));
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
silence_is_kept_towards_the_person_only(void **state)
{
	struct pam_host host = { .answers = pin };

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(authenticate_flags(&host, allow_steps, NULL,
			     (int)PAM_SILENT),
	    PAM_SUCCESS);
	assert_string_equal(host.log, "P:PIN: \n");
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);

	/* Debian's sudo wants silence always: its stack does not. */
	host = (struct pam_host){ .answers = pin };
	pam_place_start(&host, "suzuki", "silent=ignore");
	assert_int_equal(authenticate_flags(&host, allow_steps, NULL,
			     (int)PAM_SILENT),
	    PAM_SUCCESS);
	assert_string_equal(host.log, "P:PIN: \nI:welcome\n");
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
a_failed_conversation_is_its_own_error(void **state)
{
	static const struct fake_step steps[] = { { FAKE_AUTH, "suzuki", 0,
						      NULL },
		{ FAKE_PROMPT, "PIN: ", 1, NULL },
		{ FAKE_NO_ANSWER, NULL, 1, NULL },
		RESULT(NULL, SY_RESULT_CANCELLED, NULL),
		{ FAKE_END, NULL, 0, NULL } };
	/* Not even an agent that allows it gets anybody in then. */
	static const struct fake_step generous[] = { { FAKE_AUTH, "suzuki", 0,
							 NULL },
		{ FAKE_PROMPT, "PIN: ", 1, NULL },
		{ FAKE_NO_ANSWER, NULL, 1, NULL },
		RESULT("suzuki", SY_RESULT_ALLOWED, NULL),
		{ FAKE_END, NULL, 0, NULL } };
	struct pam_host host = { .fail_at = 1 };
	struct pam_host empty = { .empty_handed = true };

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(authenticate(&host, steps), PAM_CONV_ERR);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	pam_place_start(&empty, "suzuki", "");
	assert_int_equal(authenticate(&empty, generous), PAM_CONV_ERR);
	assert_int_equal(pam_acct_mgmt(empty.pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(pam_host_end(&empty), PAM_SUCCESS);
}

/* Nobody is let in as somebody else, whatever the agent says. */
static void
the_person_allowed_must_be_the_one_who_was_asked_for(void **state)
{
	static const struct {
		const char *user;
		const char *login;
		int code;
		const char *becomes;
	} tc[] = {
		{ "suzuki", "suzuki", PAM_SUCCESS, "suzuki" },
		{ "SuZuki", "suzuki", PAM_SUCCESS, "suzuki" },
		{ "suzuki", "sato", PAM_SYSTEM_ERR, "suzuki" },
		{ "suzuki", "suzuki2", PAM_SYSTEM_ERR, "suzuki" },
		{ "suzuki", "suzuk", PAM_SYSTEM_ERR, "suzuki" },
		{ "suzuki", NULL, PAM_SYSTEM_ERR, "suzuki" },
		{ "root", "ROOT", PAM_SYSTEM_ERR, "root" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct fake_step steps[] = AUTH_THEN(tc[i].user,
		    RESULT(tc[i].login, SY_RESULT_ALLOWED, NULL));
		struct pam_host host = { .answers = pin };
		const void *user;

		print_message("  %s as %s\n", tc[i].user,
		    tc[i].login != NULL ? tc[i].login : "nobody");
		pam_place_start(&host, tc[i].user, "");
		assert_int_equal(authenticate(&host, steps), tc[i].code);
		assert_int_equal(pam_get_item(host.pamh, PAM_USER, &user),
		    PAM_SUCCESS);
		assert_string_equal(user, tc[i].becomes);
		assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
		    tc[i].code == PAM_SUCCESS ? PAM_SUCCESS : PAM_CRED_ERR);
		assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	}
}

/* Who becomes another proves who he is himself; the agent names the caller. */
static void
a_caller_is_allowed_in_the_name_of_whom_he_wants_to_be(void **state)
{
	static const struct {
		const char *options;
		const char *ruser;
		int code;
	} tc[] = {
		{ "purpose=privileged", "sato", PAM_SUCCESS },
		{ "purpose=privileged", "SATO", PAM_SYSTEM_ERR },
		{ "purpose=privileged", NULL, PAM_SYSTEM_ERR },
		{ "purpose=privileged", "suzuki", PAM_SYSTEM_ERR },
		{ "", "sato", PAM_SYSTEM_ERR },
		{ "purpose=remote", "sato", PAM_SYSTEM_ERR },
	};
	static const struct fake_step steps[] =
	    AUTH_THEN("root", RESULT("sato", SY_RESULT_ALLOWED, NULL));

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct pam_host host = { .answers = pin };
		const void *user;

		pam_place_start(&host, "root", tc[i].options);
		assert_int_equal(pam_set_item(host.pamh, PAM_RUSER,
				     tc[i].ruser),
		    PAM_SUCCESS);
		assert_int_equal(authenticate(&host, steps), tc[i].code);
		assert_int_equal(pam_get_item(host.pamh, PAM_USER, &user),
		    PAM_SUCCESS);
		assert_string_equal(user, "root");
		assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	}
}

static void
credentials_need_an_authentication(void **state)
{
	struct pam_host host = { .answers = pin };

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
	    PAM_CRED_ERR);
	assert_int_equal(pam_setcred(host.pamh, PAM_DELETE_CRED), PAM_SUCCESS);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
a_second_authentication_that_fails_undoes_the_first(void **state)
{
	static const struct fake_step deny[] =
	    AUTH_THEN("suzuki", RESULT(NULL, SY_RESULT_DENIED, NULL));
	struct pam_host host = { .answers = pin };

	(void)state;
	pam_place_start(&host, "suzuki", "");
	assert_int_equal(authenticate(&host, allow_steps), PAM_SUCCESS);
	assert_int_equal(authenticate(&host, deny), PAM_AUTH_ERR);
	assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
	    PAM_CRED_ERR);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
unknown_options_let_nobody_in(void **state)
{
	struct pam_host host = { .answers = pin };

	(void)state;
	pam_place_start(&host, "suzuki", "nullok");
	assert_int_equal(pam_authenticate(host.pamh, 0), PAM_SERVICE_ERR);
	assert_int_equal(pam_setcred(host.pamh, PAM_ESTABLISH_CRED),
	    PAM_SERVICE_ERR);
	assert_int_equal(pam_acct_mgmt(host.pamh, 0), PAM_SERVICE_ERR);
	assert_int_equal(host.calls, 0);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
names_that_nobody_can_have_are_unknown(void **state)
{
	char longest[SY_NAME_SIZE + 1];
	const char *const names[] = { "a\tb", "\xff\xfe", longest };

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[SY_NAME_SIZE] = '\0';
	for (size_t i = 0; i < SY_COUNT(names); i++) {
		struct pam_host host = { .answers = pin };

		pam_place_start(&host, names[i], "");
		assert_int_equal(pam_authenticate(host.pamh, 0),
		    PAM_USER_UNKNOWN);
		assert_true(host.fail_delay >= 1000000);
		assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	}
}

static void
items_that_cannot_be_told_let_nobody_in(void **state)
{
	static const int items[] = { PAM_TTY, PAM_RUSER, PAM_RHOST };
	char longest[300];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < SY_COUNT(items); i++) {
		struct pam_host host = { .answers = pin };

		pam_place_start(&host, "suzuki", "");
		assert_int_equal(pam_set_item(host.pamh, items[i], longest),
		    PAM_SUCCESS);
		assert_int_equal(pam_authenticate(host.pamh, 0),
		    PAM_SERVICE_ERR);
		assert_int_equal(pam_set_item(host.pamh, items[i], "a\x1b[2J"),
		    PAM_SUCCESS);
		assert_int_equal(pam_authenticate(host.pamh, 0),
		    PAM_SERVICE_ERR);
		assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	}
}

static void
a_host_that_knows_no_user_is_asked_for_one(void **state)
{
	static const char *const answers[] = { "suzuki", "1234", NULL };
	static const char *const options[] = { "", "identify=card" };
	struct pam_host host = { .answers = answers };

	(void)state;
	pam_place_start(&host, NULL, options[0]);
	assert_int_equal(authenticate(&host, allow_steps), PAM_SUCCESS);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	/* Who is named already is not to be named by a card. */
	host = (struct pam_host){ .answers = pin };
	pam_place_start(&host, "suzuki", options[1]);
	assert_int_equal(authenticate(&host, allow_steps), PAM_SUCCESS);
	assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
}

static void
the_card_names_the_person_whom_the_host_did_not(void **state)
{
	static const struct {
		const char *user;
		const char *login;
		int code;
	} tc[] = {
		{ NULL, "suzuki", PAM_SUCCESS },
		{ "", "suzuki", PAM_SUCCESS },
		{ NULL, NULL, PAM_SYSTEM_ERR },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct fake_step steps[] =
		    AUTH_THEN("", RESULT(tc[i].login, SY_RESULT_ALLOWED, NULL));
		struct pam_host host = { .answers = pin };
		struct sy_dialog_auth auth;
		const void *user;

		pam_place_start(&host, tc[i].user, "identify=card");
		assert_int_equal(authenticate_flags(&host, steps, &auth, 0),
		    tc[i].code);
		assert_int_equal(auth.identify, 1);
		assert_string_equal(host.log, ""); /* no "login:" */
		if (tc[i].code == PAM_SUCCESS) {
			assert_int_equal(pam_get_item(host.pamh, PAM_USER,
					     &user),
			    PAM_SUCCESS);
			assert_string_equal(user, tc[i].login);
		}
		assert_int_equal(pam_host_end(&host), PAM_SUCCESS);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_who_is_allowed_gets_in),
		cmocka_unit_test(
		    the_agent_is_told_who_asks_for_what_and_from_where),
		cmocka_unit_test(every_other_result_keeps_people_out),
		cmocka_unit_test(
		    without_an_agent_nobody_gets_in_and_is_told_why),
		cmocka_unit_test(
		    an_agent_that_dies_or_talks_nonsense_lets_nobody_in),
		cmocka_unit_test(an_agent_that_hangs_is_given_up_in_time),
		cmocka_unit_test(a_person_who_is_too_slow_is_told_so),
		cmocka_unit_test(silence_is_kept_towards_the_person_only),
		cmocka_unit_test(a_failed_conversation_is_its_own_error),
		cmocka_unit_test(
		    the_person_allowed_must_be_the_one_who_was_asked_for),
		cmocka_unit_test(
		    a_caller_is_allowed_in_the_name_of_whom_he_wants_to_be),
		cmocka_unit_test(credentials_need_an_authentication),
		cmocka_unit_test(
		    a_second_authentication_that_fails_undoes_the_first),
		cmocka_unit_test(unknown_options_let_nobody_in),
		cmocka_unit_test(names_that_nobody_can_have_are_unknown),
		cmocka_unit_test(items_that_cannot_be_told_let_nobody_in),
		cmocka_unit_test(a_host_that_knows_no_user_is_asked_for_one),
		cmocka_unit_test(
		    the_card_names_the_person_whom_the_host_did_not),
	};

	return cmocka_run_group_tests_name("pam_sanyoso", tests,
	    pam_place_setup, pam_place_teardown);
}
