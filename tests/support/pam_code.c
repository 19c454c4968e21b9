/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PAM module for tests: returns what PAM_USER says. The argument is the
 * module's number N; the N-th character of PAM_USER is 'A' for return value 0,
 * 'B' for 1, and so on.
 */
#include <stdlib.h>
#include <string.h>

#include <security/pam_modules.h>

#include <sanyoso/api.h>

static int
answer(pam_handle_t *pamh, int argc, const char **argv)
{
	const void *user = NULL;
	const char *codes;
	size_t n;

	if (argc != 1 || pam_get_item(pamh, PAM_USER, &user) != PAM_SUCCESS ||
	    user == NULL)
		return PAM_SYSTEM_ERR;
	codes = user;
	n = strtoul(argv[0], NULL, 10);
	return n < strlen(codes) ? codes[n] - 'A' : PAM_SYSTEM_ERR;
}

SY_API int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return answer(pamh, argc, argv);
}

SY_API int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return answer(pamh, argc, argv);
}

SY_API int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return answer(pamh, argc, argv);
}

SY_API int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return answer(pamh, argc, argv);
}

SY_API int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return answer(pamh, argc, argv);
}
