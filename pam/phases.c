/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "pam/phases.h"
#include "pam/request.h"
#include "pam/standing.h"

/* Nobody waits at a logout for an agent that hangs. */
#define CLOSE_MS 3000

/* The number for the next phase: a new one, or the one that there is. */
static const char *
next_number(const struct sy_pam_call *call)
{
	return call->result.evidence[0] != '\0' ? call->result.evidence
						: call->request.phase.evidence;
}

static int
ask(struct sy_pam_call *call, enum sy_dialog_type type)
{
	int code;

	if ((code = sy_pam_request_phase(call->pamh, &call->options, type,
		 &call->request)) != PAM_SUCCESS)
		return code;
	return sy_pam_call_agent(call, sy_pam_call_total(call));
}

/* The evidence goes into the request, and where the handle stands is returned:
 * from now on it is refused, until a yes changes that. */
static int
take(struct sy_pam_call *call, enum sy_pam_standing *ret)
{
	*ret = sy_pam_standing_get(call->pamh, call->request.phase.evidence);
	return sy_pam_standing_set(call->pamh, SY_PAM_REFUSED, "");
}

int
sy_pam_account(struct sy_pam_call *call)
{
	enum sy_pam_standing standing;
	int code, kept;

	if ((code = take(call, &standing)) != PAM_SUCCESS)
		return code;
	if (standing == SY_PAM_REFUSED)
		return PAM_AUTH_ERR;
	call->conversation.optional = true;
	code = ask(call, SY_DIALOG_ACCOUNT);
	if (code == PAM_PERM_DENIED && call->request.phase.evidence[0] == '\0')
		return PAM_AUTH_ERR;
	if (code != PAM_SUCCESS && code != PAM_NEW_AUTHTOK_REQD)
		return code;
	kept = sy_pam_standing_set(call->pamh,
	    code == PAM_SUCCESS ? SY_PAM_PROVEN : SY_PAM_DUE,
	    next_number(call));
	return kept == PAM_SUCCESS ? code : kept;
}

/* Before a change anything may still be called off: is the agent there? */
static int
prepare_change(struct sy_pam_call *call)
{
	call->request.type = SY_DIALOG_STATUS;
	return sy_pam_call_status(call);
}

int
sy_pam_change(struct sy_pam_call *call, int flags)
{
	const bool prelim = ((unsigned int)flags & PAM_PRELIM_CHECK) != 0;
	const bool update = ((unsigned int)flags & PAM_UPDATE_AUTHTOK) != 0;
	int code;

	if (prelim == update) {
		pam_syslog(call->pamh, LOG_ERR, "neither PRELIM nor UPDATE");
		return PAM_SYSTEM_ERR;
	}
	if (sy_pam_standing_get(call->pamh, call->request.phase.evidence) ==
	    SY_PAM_REFUSED)
		return PAM_PERM_DENIED;
	if (prelim)
		return prepare_change(call);
	call->request.phase.expired =
	    ((unsigned int)flags & PAM_CHANGE_EXPIRED_AUTHTOK) != 0 ? 1 : 0;
	if ((code = ask(call, SY_DIALOG_CHANGE)) != PAM_SUCCESS)
		return code;
	if (next_number(call)[0] == '\0')
		return PAM_SUCCESS; /* at will, and nothing comes behind it */
	return sy_pam_standing_set(call->pamh, SY_PAM_PROVEN,
	    next_number(call));
}

/*
 * The last gate. The number leaves the PAM environment here, as that becomes
 * the session's own; and what was proven is used up.
 */
int
sy_pam_open(struct sy_pam_call *call)
{
	enum sy_pam_standing standing;
	int code;

	if ((code = take(call, &standing)) != PAM_SUCCESS)
		return code;
	if (standing == SY_PAM_REFUSED || standing == SY_PAM_DUE) {
		pam_syslog(call->pamh, LOG_NOTICE, "no session: %s",
		    standing == SY_PAM_DUE ? "the password was not changed"
					   : "an earlier phase refused it");
		return PAM_PERM_DENIED;
	}
	call->conversation.optional = true;
	if ((code = ask(call, SY_DIALOG_OPEN)) != PAM_SUCCESS ||
	    (code = sy_pam_session_keep(call->pamh, call->result.evidence)) !=
		PAM_SUCCESS)
		return code;
	return sy_pam_standing_set(call->pamh, SY_PAM_PROVEN, "");
}

int
sy_pam_close(struct sy_pam_call *call)
{
	struct sy_dialog_phase *phase = &call->request.phase;
	int code;

	call->conversation.silent = true;
	call->conversation.optional = true;
	if ((code = sy_pam_request_phase(call->pamh, &call->options,
		 SY_DIALOG_CLOSE, &call->request)) != PAM_SUCCESS)
		return PAM_SESSION_ERR;
	if (!sy_pam_session_get(call->pamh, phase->evidence))
		return PAM_SESSION_ERR; /* none was opened here */
	(void)sy_pam_session_drop(call->pamh);
	code = sy_pam_call_agent(call, CLOSE_MS);
	return code == PAM_SUCCESS ? PAM_SUCCESS : PAM_SESSION_ERR;
}
