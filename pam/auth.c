/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>
#include <security/pam_modutil.h>

#include <sanyoso/policy.h>

#include "pam/phases.h"
#include "pam/request.h"
#include "pam/standing.h"

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
same_but_for_case(const char *a, const char *b)
{
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

/* Who becomes another account proves who he is himself: PAM_USER stays the
 * account that he wants (su) and the agent names the caller. */
static bool
is_caller(const struct sy_dialog_auth *auth, const char *login)
{
	return auth->purpose == SY_PURPOSE_PRIVILEGED &&
	    auth->ruser[0] != '\0' && strcmp(auth->ruser, login) == 0;
}

/* May the login be put in the place of the name that was typed? Who typed it
 * in capitals becomes the person who was meant, unless there is an account of
 * just that name: a host that does not look at PAM_USER again would open it. */
static bool
may_become(pam_handle_t *pamh, const char *user, const char *login)
{
	return login[0] != '\0' &&
	    (user[0] == '\0' ||
		(same_but_for_case(user, login) &&
		    pam_modutil_getpwnam(pamh, user) == NULL));
}

/* The session must be that of the person who was allowed. */
static int
adopt_login(pam_handle_t *pamh, const struct sy_dialog_auth *auth,
    const char *login)
{
	if (login[0] != '\0' &&
	    (strcmp(auth->user, login) == 0 || is_caller(auth, login)))
		return PAM_SUCCESS;
	if (!may_become(pamh, auth->user, login)) {
		pam_syslog(pamh, LOG_CRIT,
		    "the agent allowed another user than was asked for");
		return PAM_SYSTEM_ERR;
	}
	return pam_set_item(pamh, PAM_USER, login);
}

int
sy_pam_authenticate(struct sy_pam_call *call)
{
	const struct sy_dialog_result *result = &call->result;
	int code;

	/* Until it has succeeded it has failed, whatever was before. */
	if ((code = sy_pam_standing_set(call->pamh, SY_PAM_REFUSED, "")) !=
		PAM_SUCCESS ||
	    (code = sy_pam_request_auth(call->pamh, &call->options,
		 &call->request)) != PAM_SUCCESS ||
	    (code = sy_pam_call_agent(call, sy_pam_call_total(call))) !=
		PAM_SUCCESS ||
	    (code = adopt_login(call->pamh, &call->request.auth,
		 result->login)) != PAM_SUCCESS)
		return code;
	return sy_pam_standing_set(call->pamh, SY_PAM_PROVEN, result->evidence);
}
