/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_CONVERSATION_H
#define PAM_CONVERSATION_H

#include <security/pam_modules.h>
#include <stdbool.h>

#include "pam/texts.h"

/*
 * The host's conversation function, one message a call. Once it has failed it
 * is not called again: the person is gone, or was never there.
 */
struct sy_pam_conversation {
	pam_handle_t *pamh;
	bool silent; /* PAM_SILENT: show nothing, but do ask */
	/* Who can show nothing is not failed for that, only silent from then
	 * on: systemd and cron open sessions and have nobody to talk to. */
	bool optional;
	/* Where information is shown only with the next prompt (sshd), what is
	 * to be done before there is one becomes a prompt: see sy_pam_pause. */
	bool enter;
	/* Where the latest message alone is shown (LightDM's greeter), all of
	 * them are told once more, together: see sy_pam_settle. */
	bool together;
	struct sy_pam_texts texts;
	bool failed;
};

/* Show a line of information, or of an error. */
void sy_pam_tell(struct sy_pam_conversation *conversation, bool is_error,
    const char *text);

/*
 * Ask for a line. The answer, or NULL if there was none; it is a secret, to be
 * given back with sy_pam_forget.
 */
char *sy_pam_ask(struct sy_pam_conversation *conversation, bool echo,
    const char *text);

/* Show ${text} as a prompt that Return answers; whatever is typed is wiped. */
void sy_pam_pause(struct sy_pam_conversation *conversation, const char *text);

/*
 * Where messages are told together: what was said since the last answer is
 * shown as prompts that Return answers, because nothing comes behind it that
 * would leave time to read. Nothing elsewhere.
 */
void sy_pam_settle(struct sy_pam_conversation *conversation);

/* Wipe and free ${*answer} and set it to NULL; NULL is allowed. */
void sy_pam_forget(char **answer);

#endif /* PAM_CONVERSATION_H */
