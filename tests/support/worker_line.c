/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/worker_line.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sanyoso/device.h>

#include "agent/launcher.h"

#define TIMEOUT_S 60
#define STAY_MS   5000

static struct {
	const char *on_word, *on_command, *hang_up;
	uid_t uid;
	gid_t gid;
	struct launcher *launcher;
	int fd;
} line = { .uid = 65534, .gid = 65534, .fd = -1 };

void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	exit(STATUS_USAGE);
}

void
line_option(int c, char **argv)
{
	char *end;

	switch (c) {
	case LINE_ON:
		line.on_word = optarg;
		line.on_command = argv[optind++];
		break;
	case LINE_HANG_UP:
		line.hang_up = optarg;
		break;
	case LINE_USER:
		line.uid = (uid_t)strtoul(optarg, &end, 10);
		line.gid = (gid_t)strtoul(end + 1, NULL, 10);
		break;
	default:
		exit(STATUS_USAGE);
	}
}

void
line_start(const char *worker, enum sy_err err, const struct sy_buf *start)
{
	if (err != SY_OK)
		die("START can't be put");
	if (launcher_start(worker, line.uid, line.gid, &line.launcher) !=
		SY_OK ||
	    launcher_spawn(line.launcher, &line.fd) != SY_OK)
		die("the launcher does not start");
	line_send(sy_buf_data(start), sy_buf_len(start));
}

void
line_send(const void *data, size_t len)
{
	(void)!send(line.fd, data, len, MSG_NOSIGNAL);
}

void
line_send_secret(enum sy_err err, struct sy_secret **frame)
{
	if (err != SY_OK)
		die("a request can't be put");
	line_send(sy_secret_bytes(*frame), sy_secret_len(*frame));
	sy_secret_free(frame);
}

/* The worker closes its end when it ends. */
static enum status
hang_up(void)
{
	char end[256];

	(void)shutdown(line.fd, SHUT_WR);
	for (;;) {
		struct pollfd p = { .fd = line.fd, .events = POLLIN };

		if (poll(&p, 1, STAY_MS) <= 0)
			return STATUS_STAYED;
		if (recv(line.fd, end, sizeof(end), 0) <= 0)
			return STATUS_HUNG_UP;
	}
}

enum status
line_word(const char *word)
{
	if (line.on_word != NULL && strcmp(word, line.on_word) == 0) {
		line.on_word = NULL;
		(void)fflush(stdout);
		if (system(line.on_command) != 0)
			die("the command of --on failed");
	}
	if (line.hang_up == NULL || strcmp(word, line.hang_up) != 0)
		return STATUS_GO_ON;
	return hang_up();
}

enum status
line_failed(const struct sy_frame *frame)
{
	struct sy_device_failed failed;

	if (sy_device_get_failed(frame, &failed) != SY_OK)
		die("FAILED is malformed");
	printf("failed %s %s tries=%u (%s)\n",
	    sy_failure_name((enum sy_failure)failed.kind),
	    sy_err_name((enum sy_err)failed.code), failed.tries, failed.place);
	return STATUS_FAILED;
}

enum status line_converse(enum status (*serve)(const struct sy_frame *frame),
    enum status (*ask)(void))
{
	static uint8_t buffer[SY_DEVICE_FRAME_MAX];
	struct timespec deadline;
	struct sy_frame frame;
	enum status status;
	enum sy_err err;

	(void)clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += TIMEOUT_S;
	do {
		err = sy_frame_receive(line.fd, buffer, sizeof(buffer),
		    &deadline, &frame);
		if (err != SY_OK) {
			printf("silent %s\n", sy_err_name(err));
			return STATUS_SILENT;
		}
		status = serve(&frame);
		if (status == STATUS_NEXT)
			status = ask();
		(void)fflush(stdout);
	} while (status == STATUS_GO_ON);
	return status;
}

void
line_end(void)
{
	(void)close(line.fd);
	launcher_free(&line.launcher);
}
