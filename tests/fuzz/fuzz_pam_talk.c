/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PAM conversation as a whole: the options and items of a host, a person
 * who answers in every way there is, and an agent that says anything. The
 * agent's socket is replaced below; everything else is the module's.
 */
#include <security/pam_appl.h>
#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pam/call.h"
#include "pam/connect.h"
#include "pam/request.h"

#define LINES    7
#define ARGS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int agent = -1; /* the module's end */

/* --- what is replaced --- */

enum sy_err
sy_pam_connect(const char *path, const struct timespec *deadline, int *ret_fd,
    struct sy_error *reterr)
{
	(void)deadline;
	(void)reterr;
	if (path[0] != '/')
		abort();
	*ret_fd = agent;
	agent = -1;
	return SY_OK;
}

void
pam_syslog(const pam_handle_t *pamh, int priority, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	(void)pamh;
	(void)priority;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
}

/* --- the person --- */

struct person {
	const char *moods; /* a letter for each call; at its end nobody is there
			    */
	bool gone;         /* a prompt was not answered */
};

static char *
answer_of(char mood)
{
	char *text;

	switch (mood) {
	case 'a':
		return strdup("1234");
	case 'e':
		return strdup("");
	case 'b':
		return strdup("\xff\x1b[2J\n\xe3\x81");
	case 'm': /* the longest that is one */
	case 'l': /* one more */
		text = calloc(1, SY_DIALOG_ANSWER_MAX + 2);
		if (text != NULL)
			memset(text, 'x',
			    SY_DIALOG_ANSWER_MAX + (mood == 'l' ? 1 : 0));
		return text;
	default:
		return NULL;
	}
}

/* 'n' has a response without text, 'h' none at all, 'f' fails, 'F' too but
 * hands out an answer. */
static int
talk(int count, const struct pam_message **messages,
    struct pam_response **responses, void *ctx)
{
	const int style = messages[0]->msg_style;
	const bool prompt =
	    style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON;
	struct person *p = ctx;
	const char mood = *p->moods != '\0' ? *p->moods++ : 'f';

	if (count != 1 || p->gone)
		abort();
	if (mood != 'h' && mood != 'f' &&
	    (*responses = calloc(1, sizeof(**responses))) != NULL)
		(*responses)->resp = answer_of(mood == 'F' ? 'a' : mood);
	p->gone = mood == 'f' || mood == 'F' ||
	    (prompt && (mood == 'h' || strchr("aebml", mood) == NULL));
	return mood == 'f' || mood == 'F' ? PAM_CONV_ERR : PAM_SUCCESS;
}

/* --- one call of the host --- */

static int
call_module(pam_handle_t *pamh, enum sy_dialog_type type, char *options)
{
	const char *argv[ARGS_MAX];
	struct sy_pam_call call;
	char *rest = NULL;
	int argc = 0, code;

	for (char *o = strtok_r(options, " ", &rest);
	     o != NULL && argc < ARGS_MAX; o = strtok_r(NULL, " ", &rest))
		argv[argc++] = o;
	if ((code = sy_pam_call_begin(&call, pamh, 0, argc, argv)) !=
	    PAM_SUCCESS)
		return code;
	code = type == SY_DIALOG_AUTH
	    ? sy_pam_request_auth(pamh, &call.options, &call.request)
	    : sy_pam_request_phase(pamh, &call.options, type, &call.request);
	if (code != PAM_SUCCESS)
		return code;
	code = sy_pam_call_agent(&call, sy_pam_call_total(&call));
	if (code == PAM_IGNORE ||
	    (code == PAM_SUCCESS &&
		(call.result.result != SY_RESULT_ALLOWED ||
		    call.conversation.failed)))
		abort();
	return code;
}

static void
set_items(pam_handle_t *pamh, char *const line[LINES])
{
	static const int types[] = { PAM_SERVICE, PAM_TTY, PAM_RUSER,
		PAM_RHOST };

	for (size_t i = 0; i < SY_COUNT(types); i++)
		if (line[2 + i][0] != '\0' &&
		    pam_set_item(pamh, types[i], line[2 + i]) != PAM_SUCCESS)
			abort();
}

/*
 * A byte for the phase; lines with the module's options, user ("": not known),
 * service, tty, ruser, rhost and the person's moods; what the agent says.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct person person = { .gone = false };
	const struct pam_conv conv = { .conv = talk, .appdata_ptr = &person };
	pam_handle_t *pamh = NULL;
	char head[4096], *line[LINES];
	size_t used = 1;
	int pair[2];

	for (size_t i = 0, n = 0; i < LINES; i++) {
		line[i] = head + n;
		while (used < len && data[used] != '\n' && n < sizeof(head) - 8)
			head[n++] = (char)data[used++];
		head[n++] = '\0';
		if (used++ >= len)
			return 0;
	}
	if (len - used > 60000)
		return 0;
	/* Answers must find room on the socket. */
	line[6][strnlen(line[6], 64)] = '\0';
	person.moods = line[6];
	if (pam_start("sanyoso-fuzz", line[1][0] != '\0' ? line[1] : NULL,
		&conv, &pamh) != PAM_SUCCESS ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 ||
	    send(pair[1], data + used, len - used, MSG_DONTWAIT) !=
		(ssize_t)(len - used) ||
	    shutdown(pair[1], SHUT_WR) != 0)
		abort();
	set_items(pamh, line);
	agent = pair[0];
	if (call_module(pamh, (enum sy_dialog_type)data[0], line[0]) ==
		PAM_SUCCESS &&
	    person.gone)
		abort();
	if (agent >= 0)
		close(agent);
	agent = -1;
	close(pair[1]);
	(void)pam_end(pamh, PAM_SUCCESS);
	return 0;
}
