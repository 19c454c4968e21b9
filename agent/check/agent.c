/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <sanyoso/dialog.h>

#include "agent/check/check_int.h"
#include "agent/check/words.h"
#include "agent/origin.h"

#define ANSWER_S 5

/* Ask the agent how it is. */
static enum sy_err
ask(int fd, struct sy_dialog_result *ret)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	uint8_t in[4096];
	struct sy_frame frame;
	struct timespec limit;
	enum sy_err err;

	(void)clock_gettime(CLOCK_MONOTONIC, &limit);
	limit.tv_sec += ANSWER_S;
	if ((err = sy_buf_new(sizeof(in), &out)) != SY_OK ||
	    (err = sy_dialog_put_empty(out, SY_DIALOG_STATUS)) != SY_OK ||
	    (err = sy_frame_send(fd, sy_buf_data(out), sy_buf_len(out),
		 &limit)) != SY_OK ||
	    (err = sy_frame_receive(fd, in, sizeof(in), &limit, &frame)) !=
		SY_OK)
		return err;
	return sy_dialog_get_result(&frame, ret);
}

static enum sy_err
connect_and_ask(const char *path, struct sy_dialog_result *ret)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	enum sy_err err = SY_ERR_NET;
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return SY_ERR_IO;
	if (strlen(path) < sizeof(sun.sun_path)) {
		memcpy(sun.sun_path, path, strlen(path) + 1);
		if (connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) ==
		    0)
			err = ask(fd, ret);
	}
	(void)close(fd);
	return err;
}

/* By what it is told who may unlock. */
static void
check_sessions(const struct check *c)
{
	if (origin_system.booted())
		findings_say(c->out, FINDING_OK, "unlock", "systemd-logind",
		    NULL,
		    _("Unlocking is asked for from the session itself only."));
	else
		findings_say(c->out, FINDING_NOTE, "unlock", "systemd-logind",
		    _("Run this terminal with systemd."),
		    _("This machine was not booted with systemd: every program "
		      "of a person may ask to unlock that person's screen."));
}

void
check_agent(const struct check *c)
{
	const char *path = c->paths->socket;
	struct sy_dialog_result result = { .result = SY_RESULT_DENIED };
	const enum sy_err err = connect_and_ask(path, &result);

	check_sessions(c);
	if (err != SY_OK) {
		findings_say(c->out, FINDING_ERROR, "agent", path,
		    _("Run \"systemctl restart sanyoso-agent\" and see what "
		      "it says in the journal."),
		    _("The agent does not answer: %s."), words_of_error(err));
		return;
	}
	if (strstr(result.text, " " PACKAGE_VERSION ":") == NULL)
		findings_say(c->out, FINDING_WARNING, "agent", path,
		    _("Run: systemctl restart sanyoso-agent"),
		    _("The agent that runs is of another version than %s: %s"),
		    PACKAGE_VERSION, result.text);
	if (result.result == SY_RESULT_UNAVAILABLE)
		findings_say(c->out, FINDING_ERROR, "agent", path,
		    _("Look after the network and the server."),
		    _("The agent has no server that answers: nobody can log "
		      "in."));
	else
		findings_say(c->out, FINDING_OK, "agent", path, NULL, "%s",
		    result.text);
}
