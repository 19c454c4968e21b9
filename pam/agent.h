/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_AGENT_H
#define PAM_AGENT_H

#include <sanyoso/dialog.h>

#include "pam/conversation.h"

/* What opens a dialogue: AUTH, STATUS, or one of the phases. */
struct sy_pam_request {
	enum sy_dialog_type type;
	struct sy_dialog_auth auth;   /* of AUTH */
	struct sy_dialog_phase phase; /* of ACCOUNT, CHANGE, OPEN and CLOSE */
};

/* In milliseconds. */
struct sy_pam_limits {
	unsigned int silence; /* an agent that says nothing so long is gone */
	unsigned int total;   /* one whole dialogue */
	unsigned int goodbye; /* for the result, when the person is gone */
};

/*
 * sy_pam_talk(fd, request, limits, conversation, ret_result, reterr):
 * Send ${request} to the agent on ${fd}, carry what it says to the person and
 * the answers back, until the result. SY_OK means that there is a result, not
 * that it allows anything.
 *
 * SY_ERR_CANCELLED: the agent was there but the person took longer than
 * limits->total. SY_ERR_TIMEOUT: the agent hangs. SY_ERR_CLOSED, SY_ERR_IO: it
 * is gone. SY_ERR_PROTOCOL: it said what no agent says. SY_ERR_FORMAT: the
 * request can't be sent. NOMEM.
 *
 * When the conversation fails the agent is told that no answer was given, and
 * the result is still waited for, shortly; conversation->failed tells.
 */
SY_MUST_USE enum sy_err sy_pam_talk(int fd,
    const struct sy_pam_request *request, const struct sy_pam_limits *limits,
    struct sy_pam_conversation *conversation,
    struct sy_dialog_result *ret_result, struct sy_error *reterr);

#endif /* PAM_AGENT_H */
