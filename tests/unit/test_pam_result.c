/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <security/_pam_types.h>

#include <sanyoso/dialog.h>

#include "pam/result.h"

#define PHASES 4
static const enum sy_dialog_type phases[PHASES] = { SY_DIALOG_AUTH,
	SY_DIALOG_ACCOUNT, SY_DIALOG_CHANGE, SY_DIALOG_OPEN };

/* INT-1: success is the agent's ALLOWED and nothing else. */
static void
every_result_has_its_code_in_every_phase(void **state)
{
	static const int code[SY_RESULT_COUNT][PHASES] = {
		[SY_RESULT_DENIED] = { PAM_AUTH_ERR, PAM_PERM_DENIED,
		    PAM_AUTH_ERR, PAM_PERM_DENIED },
		[SY_RESULT_ALLOWED] = { PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS,
		    PAM_SUCCESS },
		[SY_RESULT_UNAVAILABLE] = { PAM_AUTHINFO_UNAVAIL,
		    PAM_AUTHINFO_UNAVAIL, PAM_TRY_AGAIN, PAM_AUTHINFO_UNAVAIL },
		[SY_RESULT_MAXTRIES] = { PAM_MAXTRIES, PAM_PERM_DENIED,
		    PAM_MAXTRIES, PAM_PERM_DENIED },
		[SY_RESULT_FORBIDDEN] = { PAM_CRED_INSUFFICIENT,
		    PAM_PERM_DENIED, PAM_PERM_DENIED, PAM_PERM_DENIED },
		[SY_RESULT_CANCELLED] = { PAM_AUTH_ERR, PAM_PERM_DENIED,
		    PAM_AUTHTOK_ERR, PAM_PERM_DENIED },
		[SY_RESULT_ERROR] = { PAM_SYSTEM_ERR, PAM_SYSTEM_ERR,
		    PAM_SYSTEM_ERR, PAM_SYSTEM_ERR },
		[SY_RESULT_CHANGE] = { PAM_SYSTEM_ERR, PAM_NEW_AUTHTOK_REQD,
		    PAM_SYSTEM_ERR, PAM_SYSTEM_ERR },
		[SY_RESULT_NO_ACCOUNT] = { PAM_USER_UNKNOWN, PAM_USER_UNKNOWN,
		    PAM_USER_UNKNOWN, PAM_USER_UNKNOWN },
		[SY_RESULT_BUSY] = { PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL,
		    PAM_AUTHTOK_LOCK_BUSY, PAM_AUTHINFO_UNAVAIL },
		[SY_RESULT_UNCHANGED] = { PAM_SYSTEM_ERR, PAM_SYSTEM_ERR,
		    PAM_AUTHTOK_ERR, PAM_SYSTEM_ERR },
	};

	(void)state;
	for (size_t p = 0; p < PHASES; p++)
		for (unsigned int r = 0; r < 256; r++)
			assert_int_equal(sy_pam_result_code(phases[p],
					     (uint8_t)r),
			    r < SY_RESULT_COUNT ? code[r][p] : PAM_SYSTEM_ERR);
	for (unsigned int r = 0; r < SY_RESULT_COUNT; r++) {
		assert_int_equal(sy_pam_result_code(SY_DIALOG_CLOSE,
				     (uint8_t)r),
		    code[r][3]);
		assert_int_equal(sy_pam_result_code(SY_DIALOG_STATUS,
				     (uint8_t)r),
		    PAM_SYSTEM_ERR);
	}
}

static void
no_error_lets_anybody_in_or_is_passed_over(void **state)
{
	(void)state;
	for (size_t p = 0; p < PHASES; p++) {
		for (int e = -1; e < 200; e++) {
			const int code =
			    sy_pam_error_code(phases[p], (enum sy_err)e);

			assert_int_not_equal(code, PAM_SUCCESS);
			assert_int_not_equal(code, PAM_IGNORE);
			/* sudo goes on after it. */
			assert_int_not_equal(code, PAM_SESSION_ERR);
		}
	}
}

static void
errors_that_a_person_can_cause_do_not_look_like_an_absent_agent(void **state)
{
	static const struct {
		enum sy_err err;
		int code;
		int change;
	} tc[] = {
		{ SY_ERR_CANCELLED, PAM_AUTH_ERR, PAM_AUTH_ERR },
		{ SY_ERR_NOT_FOUND, PAM_AUTHINFO_UNAVAIL, PAM_AUTHTOK_ERR },
		{ SY_ERR_CLOSED, PAM_AUTHINFO_UNAVAIL, PAM_AUTHTOK_ERR },
		{ SY_ERR_TIMEOUT, PAM_AUTHINFO_UNAVAIL, PAM_AUTHTOK_ERR },
		{ SY_ERR_PROTOCOL, PAM_AUTHINFO_UNAVAIL, PAM_AUTHTOK_ERR },
		{ SY_ERR_PERM, PAM_CRED_INSUFFICIENT, PAM_CRED_INSUFFICIENT },
		{ SY_ERR_OWNER, PAM_SERVICE_ERR, PAM_SERVICE_ERR },
		{ SY_ERR_NOMEM, PAM_BUF_ERR, PAM_BUF_ERR },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++)
		for (size_t p = 0; p < PHASES; p++)
			assert_int_equal(sy_pam_error_code(phases[p],
					     tc[i].err),
			    phases[p] == SY_DIALOG_CHANGE ? tc[i].change
							  : tc[i].code);
}

static void
every_error_is_told_in_two_languages(void **state)
{
	(void)state;
	for (size_t p = 0; p < PHASES; p++) {
		for (int e = 0; e < 200; e++) {
			const char *words =
			    sy_pam_error_words(phases[p], (enum sy_err)e);

			assert_non_null(strstr(words, "。 / "));
			assert_true(sy_text_is_clean(words, strlen(words)));
		}
	}
}

/* The new one may be the one that counts by now. */
static void
a_change_that_broke_off_is_told_so(void **state)
{
	(void)state;
	assert_non_null(strstr(sy_pam_error_words(SY_DIALOG_CHANGE,
				   SY_ERR_CLOSED),
	    "new password"));
	assert_null(strstr(sy_pam_error_words(SY_DIALOG_CHANGE,
			       SY_ERR_NOT_FOUND),
	    "new password"));
	assert_null(strstr(sy_pam_error_words(SY_DIALOG_AUTH, SY_ERR_CLOSED),
	    "new password"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_result_has_its_code_in_every_phase),
		cmocka_unit_test(no_error_lets_anybody_in_or_is_passed_over),
		cmocka_unit_test(
		    errors_that_a_person_can_cause_do_not_look_like_an_absent_agent),
		cmocka_unit_test(a_change_that_broke_off_is_told_so),
		cmocka_unit_test(every_error_is_told_in_two_languages),
	};

	return cmocka_run_group_tests_name("pam_result", tests, NULL, NULL);
}
