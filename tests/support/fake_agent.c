/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/fake_agent.h"

#define PATIENCE_MS 10000

struct fake_agent {
	int listener; /* -1: fd is there from the beginning */
	int fd;
	const struct fake_step *steps;
	pthread_t thread;
	struct sy_dialog_auth auth;
	struct sy_dialog_phase phase;
	const char *evidence; /* for the next result */
	const char *failure;
	uint8_t buffer[4096]; /* what was heard last */
};

char *
fake_folder_new(void)
{
	/* Root's own folder in /tmp may be trusted; for others only what lies
	 * under folders that nobody else writes. */
	char name[] = "/tmp/sanyoso-test-XXXXXX";
	char here[] = "./sanyoso-test-XXXXXX";
	char *made = geteuid() == 0 ? mkdtemp(name) : mkdtemp(here);

	return made != NULL ? realpath(made, NULL) : NULL;
}

void
fake_folder_remove(char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (dir != NULL) {
		while ((entry = readdir(dir)) != NULL)
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
		closedir(dir);
	}
	(void)rmdir(folder);
	free(folder);
}

static struct timespec
patience(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += PATIENCE_MS / 1000;
	return t;
}

/* The module may hang up before it has heard everything. */
static const char *
send_bytes(struct fake_agent *a, const void *p, size_t len)
{
	const struct timespec limit = patience();
	const enum sy_err err = sy_frame_send(a->fd, p, len, &limit);

	return err == SY_OK || err == SY_ERR_CLOSED ? NULL : "could not send";
}

static const char *
say(struct fake_agent *a, const struct fake_step *step)
{
	struct sy_dialog_prompt prompt = { .number = step->number,
		.echo = step->what == FAKE_PROMPT_ON };
	struct sy_dialog_result result = { .result = (uint8_t)step->number };
	struct sy_buf *frame = NULL;
	const char *failure;
	enum sy_err err;

	if (sy_buf_new(SY_FRAME_MAX, &frame) != SY_OK)
		return "out of memory";
	switch (step->what) {
	case FAKE_INFO:
		err = sy_dialog_put_text(frame, SY_DIALOG_INFO, step->text);
		break;
	case FAKE_ERROR:
		err = sy_dialog_put_text(frame, SY_DIALOG_ERROR, step->text);
		break;
	case FAKE_PROMPT:
	case FAKE_PROMPT_ON:
		(void)snprintf(prompt.text, sizeof(prompt.text), "%s",
		    step->text);
		err = sy_dialog_put_prompt(frame, &prompt);
		break;
	case FAKE_RESULT:
		if (step->text != NULL)
			(void)snprintf(result.login, sizeof(result.login), "%s",
			    step->text);
		if (step->more != NULL)
			(void)snprintf(result.text, sizeof(result.text), "%s",
			    step->more);
		if (a->evidence != NULL)
			(void)snprintf(result.evidence, sizeof(result.evidence),
			    "%s", a->evidence);
		a->evidence = NULL;
		err = sy_dialog_put_result(frame, &result);
		break;
	default:
		err = sy_dialog_put_empty(frame, SY_DIALOG_WAIT);
		break;
	}
	failure = err != SY_OK
	    ? "could not encode"
	    : send_bytes(a, sy_buf_data(frame), sy_buf_len(frame));
	sy_buf_free(&frame);
	return failure;
}

static bool
hear(struct fake_agent *a, struct sy_frame *ret)
{
	const struct timespec limit = patience();

	return sy_frame_receive(a->fd, a->buffer, sizeof(a->buffer), &limit,
		   ret) == SY_OK;
}

static const char *
expect_auth(struct fake_agent *a, const struct fake_step *step)
{
	struct sy_frame frame;

	if (!hear(a, &frame) || sy_dialog_get_auth(&frame, &a->auth) != SY_OK)
		return "no AUTH came";
	return strcmp(a->auth.user, step->text) == 0 ? NULL
						     : "AUTH of another user";
}

static const char *
expect_status(struct fake_agent *a)
{
	struct sy_frame frame;

	if (!hear(a, &frame) ||
	    sy_dialog_get_empty(&frame, SY_DIALOG_STATUS) != SY_OK)
		return "no STATUS came";
	return NULL;
}

static const char *
expect_enroll(struct fake_agent *a, const struct fake_step *step)
{
	struct sy_dialog_enroll enroll;
	struct sy_frame frame;

	if (!hear(a, &frame) || sy_dialog_get_enroll(&frame, &enroll) != SY_OK)
		return "no ENROLL came";
	return strcmp(enroll.user, step->text) == 0 ? NULL
						    : "ENROLL of another user";
}

static const char *
expect_phase(struct fake_agent *a, const struct fake_step *step)
{
	static const uint8_t types[] = { [FAKE_ACCOUNT] = SY_DIALOG_ACCOUNT,
		[FAKE_CHANGE] = SY_DIALOG_CHANGE,
		[FAKE_OPEN] = SY_DIALOG_OPEN,
		[FAKE_CLOSE] = SY_DIALOG_CLOSE };
	struct sy_frame frame;

	if (!hear(a, &frame) || sy_dialog_get_phase(&frame, &a->phase) != SY_OK)
		return "no phase came";
	if (frame.type != types[step->what])
		return "another phase";
	if (strcmp(a->phase.user, step->text) != 0)
		return "a phase of another user";
	if (strcmp(a->phase.evidence, step->more != NULL ? step->more : "") !=
	    0)
		return "other evidence";
	return a->phase.expired == step->number ? NULL : "another \"expired\"";
}

static const char *
check_answer(const struct fake_step *step, uint32_t number, bool given,
    const struct sy_secret *answer)
{
	if (number != step->number)
		return "an answer to another prompt";
	if (given != (step->what == FAKE_ANSWER))
		return given ? "an answer was given" : "no answer was given";
	if (given &&
	    (sy_secret_len(answer) != strlen(step->text) ||
		memcmp(sy_secret_bytes(answer), step->text,
		    strlen(step->text)) != 0))
		return "another answer";
	return NULL;
}

static const char *
expect_answer(struct fake_agent *a, const struct fake_step *step)
{
	const struct timespec limit = patience();
	uint8_t buffer[SY_DIALOG_ANSWER_MAX + 64];
	struct sy_secret *answer = NULL;
	struct sy_frame frame;
	const char *failure = "no ANSWER came";
	uint32_t number;
	bool given;

	if (sy_frame_receive(a->fd, buffer, sizeof(buffer), &limit, &frame) !=
	    SY_OK)
		return failure;
	if (sy_secret_new(SY_DIALOG_ANSWER_MAX, &answer) != SY_OK)
		return "out of memory";
	if (sy_dialog_get_answer(&frame, &number, &given, answer) == SY_OK)
		failure = check_answer(step, number, given, answer);
	sy_secret_free(&answer);
	return failure;
}

static const char *
kill_peer(struct fake_agent *a)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getsockopt(a->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
	    peer.pid == getpid() || kill(peer.pid, SIGKILL) != 0)
		return "could not kill the other side";
	return NULL;
}

/* Until the other side closes. */
static const char *
hang(struct fake_agent *a)
{
	struct pollfd p = { .fd = a->fd, .events = POLLIN };
	uint8_t byte;

	while (poll(&p, 1, PATIENCE_MS) == 1)
		if (recv(a->fd, &byte, 1, 0) <= 0)
			return NULL;
	return "nobody closed the connection";
}

/* The next caller. */
static const char *
take_caller(struct fake_agent *a)
{
	struct pollfd p = { .fd = a->listener, .events = POLLIN };

	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
	if (poll(&p, 1, PATIENCE_MS) != 1 ||
	    (a->fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
		return "nobody connected";
	return NULL;
}

static const char *
follow(struct fake_agent *a, const struct fake_step *step)
{
	switch (step->what) {
	case FAKE_END:
		return NULL;
	case FAKE_AUTH:
		return expect_auth(a, step);
	case FAKE_STATUS:
		return expect_status(a);
	case FAKE_ENROLL:
		return expect_enroll(a, step);
	case FAKE_ACCOUNT:
	case FAKE_CHANGE:
	case FAKE_OPEN:
	case FAKE_CLOSE:
		return expect_phase(a, step);
	case FAKE_NEXT:
		return take_caller(a);
	case FAKE_EVIDENCE:
		a->evidence = step->text;
		return NULL;
	case FAKE_ANSWER:
	case FAKE_NO_ANSWER:
		return expect_answer(a, step);
	case FAKE_PAUSE:
		usleep(step->number * 1000);
		return NULL;
	case FAKE_RAW:
		return send_bytes(a, step->text, step->number);
	case FAKE_KILL:
		return kill_peer(a);
	case FAKE_HANG:
		return hang(a);
	default:
		return say(a, step);
	}
}

static void *
agent_main(void *arg)
{
	struct fake_agent *a = arg;

	if (a->listener >= 0)
		a->failure = take_caller(a);
	for (const struct fake_step *step = a->steps;
	     step->what != FAKE_END && a->failure == NULL; step++)
		a->failure = follow(a, step);
	if (a->fd >= 0)
		close(a->fd);
	return NULL;
}

static struct fake_agent *
start(int listener, int fd, const struct fake_step *steps)
{
	struct fake_agent *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->listener = listener;
	a->fd = fd;
	a->steps = steps;
	if (pthread_create(&a->thread, NULL, agent_main, a) != 0) {
		free(a);
		return NULL;
	}
	return a;
}

struct fake_agent *
fake_agent_start(const char *path, const struct fake_step *steps)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(path);
	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, 8) != 0) {
		perror(path);
		return NULL;
	}
	return start(fd, -1, steps);
}

struct fake_agent *
fake_agent_start_fd(int fd, const struct fake_step *steps)
{
	return start(-1, fd, steps);
}

const char *
fake_agent_stop(struct fake_agent *agent, struct sy_dialog_auth *ret_auth)
{
	const char *failure;

	(void)pthread_join(agent->thread, NULL);
	failure = agent->failure;
	if (ret_auth != NULL)
		*ret_auth = agent->auth;
	if (agent->listener >= 0)
		close(agent->listener);
	free(agent);
	return failure;
}

const struct sy_dialog_phase *
fake_agent_phase(const struct fake_agent *agent)
{
	return &agent->phase;
}
