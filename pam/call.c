/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <security/pam_ext.h>

#include "pam/call.h"
#include "pam/clock.h"
#include "pam/connect.h"
#include "pam/result.h"

/* The agent speaks every SY_DIALOG_ALIVE seconds: two misses and some. */
#define SILENCE_MS (SY_DIALOG_ALIVE * 2 * 1000 + 2000)
#define GOODBYE_MS 2000
#define STATUS_MS  5000

static void
fd_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int
sy_pam_call_begin(struct sy_pam_call *call, pam_handle_t *pamh, int flags,
    int argc, const char **argv)
{
	struct sy_error error;

	memset(call, 0, sizeof(*call));
	call->pamh = pamh;
	call->conversation.pamh = pamh;
	call->result.result = SY_RESULT_ERROR;
	if (sy_pam_options_read(argc, argv, &call->options, &error) != SY_OK) {
		pam_syslog(pamh, LOG_ERR, "%s: %s", error.place, error.text);
		return PAM_SERVICE_ERR;
	}
	call->conversation.silent =
	    ((unsigned int)flags & PAM_SILENT) != 0 && !call->options.loud;
	call->conversation.enter = call->options.enter;
	call->conversation.together = call->options.together;
	return PAM_SUCCESS;
}

static enum sy_err
ask(struct sy_pam_call *call, unsigned int total, struct sy_error *reterr)
{
	SY_AUTO(fd_close) int fd = -1;
	const struct sy_pam_limits limits = {
		.silence = total < SILENCE_MS ? total : SILENCE_MS,
		.total = total,
		.goodbye = GOODBYE_MS,
	};
	const struct timespec deadline = sy_pam_deadline(limits.silence);
	enum sy_err err;

	if ((err = sy_pam_connect(call->options.socket, &deadline, &fd,
		 reterr)) != SY_OK)
		return err;
	return sy_pam_talk(fd, &call->request, &limits, &call->conversation,
	    &call->result, reterr);
}

static void
log_error(const struct sy_pam_call *call, const struct sy_error *error)
{
	pam_syslog(call->pamh, LOG_ERR, "%s: %s: %s", sy_err_name(error->code),
	    error->place, error->text);
}

/* From the agent's result to a PAM code, with its last words. */
static int
conclude(struct sy_pam_call *call)
{
	const struct sy_dialog_result *result = &call->result;
	const int code = sy_pam_result_code(call->request.type, result->result);

	if (result->text[0] != '\0')
		sy_pam_tell(&call->conversation,
		    code != PAM_SUCCESS && code != PAM_NEW_AUTHTOK_REQD,
		    result->text);
	if (code != PAM_NEW_AUTHTOK_REQD)
		sy_pam_settle(&call->conversation);
	if (result->support[0] != '\0')
		pam_syslog(call->pamh, LOG_NOTICE, "result %u, support code %s",
		    result->result, result->support);
	return call->conversation.failed ? PAM_CONV_ERR : code;
}

int
sy_pam_call_agent(struct sy_pam_call *call, unsigned int total)
{
	const enum sy_dialog_type type = call->request.type;
	struct sy_error error = { .code = SY_OK };
	const enum sy_err err = ask(call, total, &error);

	if (err == SY_OK)
		return conclude(call);
	log_error(call, &error);
	if (call->conversation.failed)
		return PAM_CONV_ERR;
	sy_pam_tell(&call->conversation, true, sy_pam_error_words(type, err));
	sy_pam_settle(&call->conversation);
	return sy_pam_error_code(type, err);
}

int
sy_pam_call_status(struct sy_pam_call *call)
{
	struct sy_error error = { .code = SY_OK };
	const enum sy_err err = ask(call, STATUS_MS, &error);

	if (err == SY_OK)
		return PAM_SUCCESS;
	log_error(call, &error);
	return PAM_TRY_AGAIN;
}

unsigned int
sy_pam_call_total(const struct sy_pam_call *call)
{
	return call->options.timeout * 1000;
}
