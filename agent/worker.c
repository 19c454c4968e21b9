/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sanyoso-worker: drives one card or key for one operation of the agent, which
 * talks to it on file descriptor 3 (sanyoso/device.h, sanyoso/keydevice.h), and
 * exits. It has no arguments, no environment and no network, and no files but
 * the devices of keys: bytes from devices are parsed here and nowhere else.
 * What it may do is settled by the agent's first frame, before any of them.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sanyoso/keydevice.h>

#include "agent/confine.h"
#include "agent/watchdog.h"
#include "lib/inherence/device/keyoperation.h"
#include "lib/possession/device/operation.h"

#define LINE_FD    3
#define RECEIVE_MS 10000

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* the operation; the agent was told why */
	EXIT_USAGE = 2,  /* not started by the launcher */
	EXIT_CONFINE = 3,
};

/* A KEY_START with eight long ids, and to spare. */
#define FIRST_MAX 6144

struct worker {
	struct watchdog *dog;
	/* The agent's first frame, until the operation asks for it. */
	uint8_t first[FIRST_MAX];
	struct sy_frame frame;
	bool kept;
};

static uint64_t
now_ms(void *arg)
{
	struct timespec t;

	(void)arg;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
sleep_ms(void *arg, unsigned int ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000) * 1000000L };

	(void)arg;
	(void)nanosleep(&t, NULL);
}

static void
guard(void *arg, unsigned int ms, enum sy_err code)
{
	const struct worker *worker = arg;

	watchdog_guard(worker->dog, ms, code);
}

static enum sy_err
send_frame(void *arg, const uint8_t *frame, size_t len)
{
	const struct worker *worker = arg;

	return watchdog_send(worker->dog, frame, len);
}

static enum sy_err
wait_for_agent(void *arg, unsigned int ms)
{
	struct pollfd line = { .fd = LINE_FD, .events = POLLIN };
	uint8_t byte;
	ssize_t n;

	(void)arg;
	if (poll(&line, 1, (int)ms) <= 0)
		return SY_ERR_TIMEOUT;
	n = recv(LINE_FD, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return SY_ERR_TIMEOUT;
	return n > 0 ? SY_OK : SY_ERR_CLOSED;
}

static enum sy_err
receive_from_line(uint8_t *buffer, size_t cap, struct sy_frame *ret_frame)
{
	struct timespec deadline;

	(void)clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += RECEIVE_MS / 1000;
	return sy_frame_receive(LINE_FD, buffer, cap, &deadline, ret_frame);
}

static enum sy_err
receive_frame(void *arg, uint8_t *buffer, size_t cap,
    struct sy_frame *ret_frame)
{
	struct worker *worker = arg;

	if (!worker->kept)
		return receive_from_line(buffer, cap, ret_frame);
	worker->kept = false;
	if (worker->frame.len > cap)
		return SY_ERR_LIMIT;
	memcpy(buffer, worker->frame.body, worker->frame.len);
	*ret_frame = worker->frame;
	ret_frame->body = buffer;
	return SY_OK;
}

/* Give up what an operation of this kind does not need. */
static enum sy_err
confine(struct worker *worker, enum confine_kind kind)
{
	enum sy_err err;

	if (kind == CONFINE_KEY && (err = confine_files()) != SY_OK)
		return err;
	if ((err = watchdog_start(LINE_FD, &worker->dog)) != SY_OK)
		return err;
	return confine_calls(kind);
}

static enum sy_err
run(struct worker *worker, enum confine_kind kind)
{
	const struct device_host host = { .sc = &winscard_pcsclite,
		.now_ms = now_ms,
		.sleep_ms = sleep_ms,
		.guard = guard,
		.send = send_frame,
		.wait = wait_for_agent,
		.receive = receive_frame,
		.arg = worker };

	return kind == CONFINE_KEY ? keyoperation_run(&host)
				   : operation_run(&host);
}

int
main(int argc, char **argv)
{
	static struct worker worker;
	enum confine_kind kind;
	struct stat st;

	(void)argv;
	if (argc > 1 || fstat(LINE_FD, &st) != 0 || !S_ISSOCK(st.st_mode)) {
		static const char usage[] =
		    "sanyoso-worker: started by sanyoso-agent only\n";

		(void)!write(STDERR_FILENO, usage, sizeof(usage) - 1);
		return EXIT_USAGE;
	}
	if (confine_process(LINE_FD) != SY_OK)
		return EXIT_CONFINE;
	/* An agent that says nothing has nothing to be told. */
	if (receive_from_line(worker.first, sizeof(worker.first),
		&worker.frame) != SY_OK)
		return EXIT_FAILED;
	worker.kept = true;
	kind = worker.frame.type == SY_KEYDEVICE_START ? CONFINE_KEY
						       : CONFINE_CARD;
	if (confine(&worker, kind) != SY_OK)
		return EXIT_CONFINE;
	/* No exit handlers: nothing of ours needs them. */
	_exit(run(&worker, kind) == SY_OK ? EXIT_DONE : EXIT_FAILED);
}
