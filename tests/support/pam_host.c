/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/pam_host.h"

static void
note(struct pam_host *host, const struct pam_message *message)
{
	static const char letter[] = { [PAM_TEXT_INFO] = 'I',
		[PAM_ERROR_MSG] = 'E',
		[PAM_PROMPT_ECHO_OFF] = 'P',
		[PAM_PROMPT_ECHO_ON] = 'O' };
	const size_t len = strlen(host->log);

	(void)snprintf(host->log + len, sizeof(host->log) - len, "%c:%s\n",
	    letter[message->msg_style], message->msg);
}

static bool
is_prompt(const struct pam_message *message)
{
	return message->msg_style == PAM_PROMPT_ECHO_OFF ||
	    message->msg_style == PAM_PROMPT_ECHO_ON;
}

static int
talk(int count, const struct pam_message **messages,
    struct pam_response **responses, void *data)
{
	struct pam_host *host = data;
	const bool fail = ++host->calls == host->fail_at;
	struct pam_response *response;

	if (count != 1) {
		host->clumsy = true;
		return PAM_CONV_ERR;
	}
	note(host, messages[0]);
	if (host->deaf || (fail && !host->fail_with_response))
		return PAM_CONV_ERR;
	if (host->empty_handed)
		return PAM_SUCCESS;
	if ((response = calloc(1, sizeof(*response))) == NULL)
		return PAM_BUF_ERR;
	if (is_prompt(messages[0]) && host->typing_ms > 0)
		(void)usleep(host->typing_ms * 1000);
	if (is_prompt(messages[0]) && !host->null_answer) {
		if (host->answers == NULL || *host->answers == NULL) {
			free(response);
			return PAM_CONV_ERR;
		}
		response->resp = strdup(*host->answers);
		if (!host->one_buffer)
			host->answers++;
	} else if (host->answer_infos) {
		response->resp = strdup("nobody asked");
	}
	*responses = response;
	return fail ? PAM_CONV_ERR : PAM_SUCCESS;
}

/* In place of libpam's sleep after a failure. */
static void
keep_delay(int code, unsigned int us, void *data)
{
	struct pam_host *host = data;

	if (code != PAM_SUCCESS)
		host->fail_delay = us;
}

static bool
write_stack(const char *folder, const char *stack)
{
	char path[512];
	FILE *f;
	bool ok;

	(void)snprintf(path, sizeof(path), "%s/" PAM_HOST_SERVICE, folder);
	if ((f = fopen(path, "w")) == NULL)
		return false;
	ok = fputs(stack, f) >= 0;
	return fclose(f) == 0 && ok;
}

int
pam_host_start(struct pam_host *host, const char *folder, const char *stack,
    const char *user)
{
	const struct pam_conv conv = { .conv = talk, .appdata_ptr = host };
	union {
		void (*function)(int, unsigned int, void *);
		const void *item;
	} delay = { .function = keep_delay };
	int code;

	if (!write_stack(folder, stack))
		return PAM_SYSTEM_ERR;
	if ((code = pam_start_confdir(PAM_HOST_SERVICE, user, &conv, folder,
		 &host->pamh)) != PAM_SUCCESS) {
		(void)pam_end(host->pamh, code);
		return code;
	}
	return pam_set_item(host->pamh, PAM_FAIL_DELAY, delay.item);
}

int
pam_host_end(struct pam_host *host)
{
	const int code = pam_end(host->pamh, PAM_SUCCESS);

	host->pamh = NULL;
	return code;
}
