/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_CALL_H
#define PAM_CALL_H

#include <security/pam_modules.h>

#include "pam/agent.h"
#include "pam/options.h"

/*
 * One call of the host: its options, its conversation, and the one request to
 * the agent that comes of it.
 */
struct sy_pam_call {
	pam_handle_t *pamh;
	struct sy_pam_options options;
	struct sy_pam_conversation conversation;
	struct sy_pam_request request;
	struct sy_dialog_result result;
};

/* Begin a call with the module's arguments; PAM_SERVICE_ERR (and a line in the
 * log) for options that are not as they should be. */
int sy_pam_call_begin(struct sy_pam_call *call, pam_handle_t *pamh, int flags,
    int argc, const char **argv);

/*
 * Send call->request and follow the dialogue to its result, ${total} ms long at
 * most; tell its last words. The PAM code of what came of it, in the words of
 * the request's phase; the log says why. PAM_SUCCESS for ALLOWED alone.
 */
int sy_pam_call_agent(struct sy_pam_call *call, unsigned int total);

/* Whether an agent is there and answers, without a word to anybody. A PAM code.
 */
int sy_pam_call_status(struct sy_pam_call *call);

/* The time that the options give, in ms. */
unsigned int sy_pam_call_total(const struct sy_pam_call *call);

#endif /* PAM_CALL_H */
