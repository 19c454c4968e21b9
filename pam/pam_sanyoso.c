/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PAM module: asks the agent who may log in, carries its words to the
 * person and the answers back. It holds no policy, runs in other people's
 * processes and so touches neither environment, locale, signals nor globals.
 * Nothing but the agent's yes ends in PAM_SUCCESS.
 */
#include <security/pam_modules.h>

#include "pam/phases.h"
#include "pam/standing.h"

#define ENTRY __attribute__((visibility("default"))) int

/* libpam waits so long after a failure, more or less, in microseconds. */
#define FAIL_DELAY 2000000

ENTRY
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sy_pam_call call;
	int code;

	(void)pam_fail_delay(pamh, FAIL_DELAY);
	if ((code = sy_pam_call_begin(&call, pamh, flags, argc, argv)) !=
	    PAM_SUCCESS)
		return code;
	return sy_pam_authenticate(&call);
}

/*
 * There are no credentials beside what was proven. Hosts call this before and
 * after the session, some as another user than the one who logged in, some in
 * another process. It fails where a phase said no: sshd goes on when no session
 * opens, but not without credentials.
 */
ENTRY
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sy_pam_call call;
	int code;

	if ((code = sy_pam_call_begin(&call, pamh, flags, argc, argv)) !=
	    PAM_SUCCESS)
		return code;
	/* To give back what is not there is done. */
	if (((unsigned int)flags & PAM_DELETE_CRED) != 0 ||
	    sy_pam_standing_is_good(pamh))
		return PAM_SUCCESS;
	return PAM_CRED_ERR;
}

ENTRY
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sy_pam_call call;
	int code;

	if ((code = sy_pam_call_begin(&call, pamh, flags, argc, argv)) !=
	    PAM_SUCCESS)
		return code;
	return sy_pam_account(&call);
}

ENTRY
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sy_pam_call call;
	int code;

	/* Somebody may be guessing the present password. */
	(void)pam_fail_delay(pamh, FAIL_DELAY);
	if ((code = sy_pam_call_begin(&call, pamh, flags, argc, argv)) !=
	    PAM_SUCCESS)
		return code;
	return sy_pam_change(&call, flags);
}

ENTRY
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sy_pam_call call;

	if (sy_pam_call_begin(&call, pamh, flags, argc, argv) != PAM_SUCCESS) {
		(void)sy_pam_standing_set(pamh, SY_PAM_REFUSED, "");
		return PAM_SERVICE_ERR;
	}
	return sy_pam_open(&call);
}

ENTRY
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sy_pam_call call;

	if (sy_pam_call_begin(&call, pamh, flags, argc, argv) != PAM_SUCCESS)
		return PAM_SESSION_ERR;
	return sy_pam_close(&call);
}
