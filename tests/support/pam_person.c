/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: pam-person SERVICE USER SHOWN PHASE...
 *
 * A PAM host that shows its person only one kind of text, as some hosts do:
 * SHOWN is "prompts", "texts" or "all"; what it hides goes to its standard
 * error. Answers are read from its standard input, a line each. Phases:
 * authenticate, account, setcred, open, close, change, change-expired (which
 * goes on from an account that asks for it). Ends with the first that fails;
 * its name and libpam's words for the code are the last line.
 */
#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool show_prompts, show_texts;

static char *
read_line(void)
{
	char line[4096];

	if (fgets(line, sizeof(line), stdin) == NULL)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return strdup(line);
}

static int
talk_one(const struct pam_message *message, struct pam_response *response)
{
	const bool prompt = message->msg_style == PAM_PROMPT_ECHO_OFF ||
	    message->msg_style == PAM_PROMPT_ECHO_ON;

	FILE *out = (prompt ? show_prompts : show_texts) ? stdout : stderr;

	fprintf(out, "%s\n", message->msg);
	fflush(out);
	if (!prompt)
		return PAM_SUCCESS;
	response->resp = read_line();
	return response->resp != NULL ? PAM_SUCCESS : PAM_CONV_ERR;
}

static int
talk(int count, const struct pam_message **messages,
    struct pam_response **responses, void *data)
{
	struct pam_response *r = calloc((size_t)count, sizeof(*r));
	int code = r != NULL ? PAM_SUCCESS : PAM_BUF_ERR;

	(void)data;
	for (int i = 0; i < count && code == PAM_SUCCESS; i++)
		code = talk_one(messages[i], &r[i]);
	*responses = r;
	return code;
}

static int
pass(pam_handle_t *pamh, const char *phase)
{
	if (strcmp(phase, "authenticate") == 0)
		return pam_authenticate(pamh, 0);
	if (strcmp(phase, "account") == 0)
		return pam_acct_mgmt(pamh, 0);
	if (strcmp(phase, "setcred") == 0)
		return pam_setcred(pamh, PAM_ESTABLISH_CRED);
	if (strcmp(phase, "open") == 0)
		return pam_open_session(pamh, 0);
	if (strcmp(phase, "close") == 0)
		return pam_close_session(pamh, 0);
	if (strcmp(phase, "change") == 0)
		return pam_chauthtok(pamh, 0);
	if (strcmp(phase, "change-expired") == 0)
		return pam_chauthtok(pamh, (int)PAM_CHANGE_EXPIRED_AUTHTOK);
	return PAM_SYMBOL_ERR;
}

static bool
goes_on(int code, const char *phase)
{
	return code == PAM_SUCCESS ||
	    (code == PAM_NEW_AUTHTOK_REQD &&
		strcmp(phase, "change-expired") == 0);
}

int
main(int argc, char **argv)
{
	const struct pam_conv conv = { .conv = talk };
	pam_handle_t *pamh = NULL;
	int code;

	if (argc < 5)
		return 2;
	show_prompts = strcmp(argv[3], "texts") != 0;
	show_texts = strcmp(argv[3], "prompts") != 0;
	code = pam_start(argv[1], argv[2], &conv, &pamh);
	for (int i = 4; i < argc && goes_on(code, argv[i]); i++) {
		code = pass(pamh, argv[i]);
		printf("%s: %s\n", argv[i], pam_strerror(pamh, code));
	}
	(void)pam_end(pamh, code);
	return code == PAM_SUCCESS ? 0 : 1;
}
