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

static void
tell(struct sy_pam_conversation *conversation, int style, const char *text)
{
	char *answer = NULL;

	if (!converse(conversation, style, text, &answer)) {
		if (conversation->optional)
			conversation->silent = true;
		else
			conversation->failed = true;
	}
	sy_pam_forget(&answer);
}

void
sy_pam_tell(struct sy_pam_conversation *conversation, bool is_error,
    const char *text)
{
	const int style = is_error ? PAM_ERROR_MSG : PAM_TEXT_INFO;
	char page[SY_PAM_PAGE + 1];
	size_t from = 0;

	if (conversation->silent || conversation->failed)
		return;
	if (!conversation->together) {
		tell(conversation, style, text);
		return;
	}
	text = sy_pam_texts_add(&conversation->texts, text);
	if (sy_pam_texts_page(text, &from, page))
		tell(conversation, style, page);
}

static char *
ask(struct sy_pam_conversation *conversation, bool echo, const char *text)
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
	answer = ask(conversation, false, prompt);
	sy_pam_forget(&answer);
}

/* Page by page; the last one waits for Enter only if nothing comes behind it.
 */
static void
show_together(struct sy_pam_conversation *conversation, bool is_end)
{
	const struct sy_pam_texts *texts = &conversation->texts;
	const bool stand = sy_pam_texts_stand(texts);
	char page[SY_PAM_PAGE + 1];
	size_t from = 0;

	while (!conversation->failed &&
	    sy_pam_texts_page(texts->text, &from, page)) {
		if (!stand)
			tell(conversation, PAM_TEXT_INFO, page);
		if (is_end || texts->text[from] != '\0')
			sy_pam_pause(conversation, page);
	}
	sy_pam_texts_clear(&conversation->texts);
}

char *
sy_pam_ask(struct sy_pam_conversation *conversation, bool echo,
    const char *text)
{
	if (conversation->together)
		show_together(conversation, false);
	return ask(conversation, echo, text);
}

void
sy_pam_settle(struct sy_pam_conversation *conversation)
{
	if (conversation->together && !conversation->optional)
		show_together(conversation, true);
}
