/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanyoso/dialog.h>
#include <sanyoso/secret.h>

#include "pam/conversation.h"

void
sy_pam_forget(char **answer)
{
	if (answer == NULL || *answer == NULL)
		return;
	sy_memzero(*answer, strlen(*answer));
	free(*answer);
	*answer = NULL;
}

/* One message; ${*ret_answer} is what came back, if anything. */
static bool
converse(struct sy_pam_conversation *conversation, int style, const char *text,
    char **ret_answer)
{
	const struct pam_message message = { .msg_style = style, .msg = text };
	const struct pam_message *messages = &message;
	struct pam_response *response = NULL;
	const void *item = NULL;
	const struct pam_conv *conv;
	int code;

	if (conversation->failed ||
	    pam_get_item(conversation->pamh, PAM_CONV, &item) != PAM_SUCCESS ||
	    (conv = item) == NULL || conv->conv == NULL)
		return false;
	code = conv->conv(1, &messages, &response, conv->appdata_ptr);
	/* Whatever it says, what it handed out is ours to wipe and free. */
	if (response != NULL) {
		*ret_answer = response->resp;
		free(response);
	}
	return code == PAM_SUCCESS;
}

void
sy_pam_tell(struct sy_pam_conversation *conversation, bool is_error,
    const char *text)
{
	char *answer = NULL;

	if (conversation->silent || conversation->failed)
		return;
	if (!converse(conversation, is_error ? PAM_ERROR_MSG : PAM_TEXT_INFO,
		text, &answer)) {
		if (conversation->optional)
			conversation->silent = true;
		else
			conversation->failed = true;
	}
	sy_pam_forget(&answer);
}

char *
sy_pam_ask(struct sy_pam_conversation *conversation, bool echo,
    const char *text)
{
	char *answer = NULL;

	if (!converse(conversation,
		echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF, text, &answer))
		sy_pam_forget(&answer);
	if (answer == NULL)
		conversation->failed = true;
	return answer;
}

void
sy_pam_pause(struct sy_pam_conversation *conversation, const char *text)
{
	char prompt[SY_DIALOG_TEXT_SIZE + sizeof(" [Enter] ")];
	char *answer;

	(void)snprintf(prompt, sizeof(prompt), "%s [Enter] ", text);
	answer = sy_pam_ask(conversation, false, prompt);
	sy_pam_forget(&answer);
}
