/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: lab-agent SOCKET FOLDER
 *
 * Stands in the agent's place where a test of PAM hosts wants to say itself
 * what each phase comes to. It asks for a PIN (1234), and for a change for an
 * old password and a new one; every request is a line of FOLDER/log. A phase is
 * refused while FOLDER/deny-PHASE exists (auth, account, change, open, close),
 * and while FOLDER/due exists the password must be changed. An account
 * without evidence is allowed while FOLDER/live-USER exists.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <sanyoso/dialog.h>
#include <sanyoso/policy.h>

#define EVIDENCE "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e"
#define SESSION  "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"

static const char *folder;
static int caller = -1;

static struct timespec
patience(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 120;
	return t;
}

static void
send_or_leave(struct sy_buf *frame, enum sy_err err)
{
	const struct timespec limit = patience();

	if (err != SY_OK ||
	    sy_frame_send(caller, sy_buf_data(frame), sy_buf_len(frame),
		&limit) != SY_OK)
		_exit(1);
	sy_buf_free(&frame);
}

static struct sy_buf *
new_frame(void)
{
	struct sy_buf *frame = NULL;

	if (sy_buf_new(SY_FRAME_MAX, &frame) != SY_OK)
		_exit(1);
	return frame;
}

static void
say(enum sy_dialog_type type, const char *text)
{
	struct sy_buf *frame = new_frame();

	send_or_leave(frame, sy_dialog_put_text(frame, type, text));
}

/* Ask; is the answer ${right}? Leaves if there is none. */
static bool
ask(const char *text, const char *right)
{
	static uint32_t number;
	const struct timespec limit = patience();
	struct sy_dialog_prompt prompt = { .number = ++number };
	uint8_t buffer[SY_DIALOG_ANSWER_MAX + 64];
	struct sy_buf *out = new_frame();
	struct sy_secret *answer = NULL;
	struct sy_frame frame;
	uint32_t got;
	bool given;

	(void)snprintf(prompt.text, sizeof(prompt.text), "%s", text);
	send_or_leave(out, sy_dialog_put_prompt(out, &prompt));
	if (sy_secret_new(SY_DIALOG_ANSWER_MAX, &answer) != SY_OK ||
	    sy_frame_receive(caller, buffer, sizeof(buffer), &limit, &frame) !=
		SY_OK ||
	    sy_dialog_get_answer(&frame, &got, &given, answer) != SY_OK ||
	    !given)
		_exit(1);
	return sy_secret_len(answer) == strlen(right) &&
	    memcmp(sy_secret_bytes(answer), right, strlen(right)) == 0;
}

static void
result(enum sy_result code, const char *login, const char *evidence,
    const char *text)
{
	struct sy_dialog_result r = { .result = (uint8_t)code };
	struct sy_buf *frame = new_frame();

	if (code == SY_RESULT_ALLOWED || code == SY_RESULT_CHANGE) {
		(void)snprintf(r.login, sizeof(r.login), "%s", login);
		(void)snprintf(r.evidence, sizeof(r.evidence), "%s", evidence);
	}
	(void)snprintf(r.text, sizeof(r.text), "%s", text);
	send_or_leave(frame, sy_dialog_put_result(frame, &r));
}

static bool
there_is(const char *name)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

static void
note(const char *line)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/log", folder);
	if ((f = fopen(path, "a")) == NULL || fputs(line, f) < 0 ||
	    fclose(f) != 0)
		_exit(1);
}

static void
on_auth(const struct sy_dialog_auth *a)
{
	const bool privileged = a->purpose == SY_PURPOSE_PRIVILEGED;
	const char *login =
	    privileged && a->ruser[0] != '\0' ? a->ruser : a->user;
	char line[1024];

	(void)snprintf(line, sizeof(line),
	    "auth user=%s service=%s tty=%s ruser=%s rhost=%s purpose=%u "
	    "identify=%u\n",
	    a->user, a->service, a->tty, a->ruser, a->rhost, a->purpose,
	    a->identify);
	note(line);
	say(SY_DIALOG_INFO, "カードを入れてください / Insert your card");
	if (there_is("slow"))
		(void)sleep(30);
	if (a->identify == 1)
		login = "suzuki";
	if (!ask("PIN of your card: ", "1234")) {
		say(SY_DIALOG_ERROR, "Wrong PIN");
		if (!ask("PIN once more: ", "1234")) {
			result(SY_RESULT_DENIED, "", "", "Refused");
			return;
		}
	}
	if (there_is("deny-auth"))
		result(SY_RESULT_DENIED, "", "", "Refused");
	else
		result(SY_RESULT_ALLOWED, login, EVIDENCE, "");
}

static void
on_change(const struct sy_dialog_phase *p)
{
	say(SY_DIALOG_INFO, "The new password: at least 8 characters");
	if (!ask("Old password: ", "old-secret"))
		result(SY_RESULT_DENIED, "", "", "The old password is wrong");
	else if (!ask("New password: ", "new-secret") ||
	    there_is("deny-change"))
		result(SY_RESULT_UNCHANGED, "", "", "Too short");
	else {
		char path[512];

		(void)snprintf(path, sizeof(path), "%s/due", folder);
		(void)unlink(path);
		result(SY_RESULT_ALLOWED, p->user, EVIDENCE, "Changed");
	}
}

static void
on_account(const struct sy_dialog_phase *p)
{
	char live[SY_NAME_SIZE + 8];
	bool proven = strcmp(p->evidence, EVIDENCE) == 0;

	(void)snprintf(live, sizeof(live), "live-%s", p->user);
	if (p->evidence[0] == '\0' && there_is(live))
		proven = true;

	if (!proven || there_is("deny-account"))
		result(SY_RESULT_DENIED, "", "", "No account without a login");
	else if (there_is("due"))
		result(SY_RESULT_CHANGE, p->user, EVIDENCE, "Change it now");
	else
		result(SY_RESULT_ALLOWED, p->user, EVIDENCE, "");
}

static void
on_open(const struct sy_dialog_phase *p)
{
	if (strcmp(p->evidence, EVIDENCE) != 0 || there_is("deny-open") ||
	    there_is("due")) {
		result(SY_RESULT_DENIED, "", "", "No session");
		return;
	}
	say(SY_DIALOG_INFO, "Last login: yesterday at counter-1");
	result(SY_RESULT_ALLOWED, p->user, SESSION, "");
}

static void
on_close(const struct sy_dialog_phase *p)
{
	const bool mine = strcmp(p->evidence, SESSION) == 0;

	result(mine && !there_is("deny-close") ? SY_RESULT_ALLOWED
					       : SY_RESULT_DENIED,
	    "", "", "");
}

static void
on_phase(uint8_t type, const struct sy_dialog_phase *p)
{
	static const struct {
		uint8_t type;
		const char *name;
		void (*serve)(const struct sy_dialog_phase *);
	} phases[] = {
		{ SY_DIALOG_ACCOUNT, "account", on_account },
		{ SY_DIALOG_CHANGE, "change", on_change },
		{ SY_DIALOG_OPEN, "open", on_open },
		{ SY_DIALOG_CLOSE, "close", on_close },
	};
	char line[1024];

	for (size_t i = 0; i < SY_COUNT(phases); i++) {
		if (phases[i].type != type)
			continue;
		(void)snprintf(line, sizeof(line),
		    "%s user=%s service=%s tty=%s ruser=%s rhost=%s "
		    "purpose=%u expired=%u evidence=%s\n",
		    phases[i].name, p->user, p->service, p->tty, p->ruser,
		    p->rhost, p->purpose, p->expired,
		    p->evidence[0] != '\0' ? p->evidence : "-");
		note(line);
		phases[i].serve(p);
	}
}

static void
serve(void)
{
	const struct timespec limit = patience();
	struct sy_dialog_auth auth;
	struct sy_dialog_phase phase;
	struct sy_frame frame;
	uint8_t buffer[4096];

	if (sy_frame_receive(caller, buffer, sizeof(buffer), &limit, &frame) !=
	    SY_OK)
		_exit(1);
	if (sy_dialog_get_auth(&frame, &auth) == SY_OK)
		on_auth(&auth);
	else if (sy_dialog_get_phase(&frame, &phase) == SY_OK)
		on_phase(frame.type, &phase);
	else if (sy_dialog_get_empty(&frame, SY_DIALOG_STATUS) == SY_OK)
		result(SY_RESULT_DENIED, "", "", "here");
	_exit(0);
}

int
main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3)
		return 2;
	folder = argv[2];
	(void)signal(SIGCHLD, SIG_IGN);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    argv[1]);
	(void)unlink(argv[1]);
	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, 8) != 0) {
		perror(argv[1]);
		return 1;
	}
	for (;;) {
		if ((caller = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) < 0)
			continue;
		if (fork() == 0)
			serve();
		close(caller);
	}
}
