/* SPDX-License-Identifier: Apache-2.0 */
#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pam/agent.h"
#include "pam/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A person who answers every second prompt. */
static int
talk(int count, const struct pam_message **messages,
    struct pam_response **responses, void *odd)
{
	const int style = messages[0]->msg_style;
	const int prompt =
	    style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON;

	if (count != 1 || (*responses = calloc(1, sizeof(**responses))) == NULL)
		return PAM_BUF_ERR;
	if (prompt && (*(int *)odd ^= 1) != 0)
		(*responses)->resp = strdup(messages[0]->msg);
	return PAM_SUCCESS;
}

/* The first byte is the phase, the rest is what the agent says in it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct sy_pam_limits limits = { 1000, 1000, 1000 };
	static int odd;
	const struct pam_conv conv = { .conv = talk, .appdata_ptr = &odd };
	struct sy_pam_request request = {
		.auth = { "a", "b", "", "", "", 1, 0, 0 },
		.phase = { "", "a", "b", "", "", "", 1, 0, 0 },
	};
	struct sy_pam_conversation conversation = { .pamh = NULL };
	struct sy_dialog_result result = { .result = SY_RESULT_ERROR };
	struct sy_error error = { .code = SY_OK };
	int pair[2];
	enum sy_err err;

	if (len == 0 || len > 60000)
		return 0;
	request.type = (enum sy_dialog_type)data[0];
	odd = 0;
	if (pam_start("sanyoso-fuzz", "a", &conv, &conversation.pamh) !=
		PAM_SUCCESS ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 ||
	    send(pair[1], data + 1, len - 1, MSG_DONTWAIT) !=
		(ssize_t)(len - 1) ||
	    shutdown(pair[1], SHUT_WR) != 0)
		abort();
	err = sy_pam_talk(pair[0], &request, &limits, &conversation, &result,
	    &error);
	if (err != error.code ||
	    (err != SY_OK && result.result != SY_RESULT_ERROR) ||
	    (sy_pam_result_code(request.type, result.result) == PAM_SUCCESS &&
		result.result != SY_RESULT_ALLOWED))
		abort();
	close(pair[0]);
	close(pair[1]);
	(void)pam_end(conversation.pamh, PAM_SUCCESS);
	return 0;
}
