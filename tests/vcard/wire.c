/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define CLIENT_WAIT_S 2
#define START_WAIT_MS 5000
#define POLL_MS       20
#define BACKLOG       16

void
vc_say(struct vc_answer *a, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(a->text + a->len, sizeof(a->text) - a->len, format, args);
	va_end(args);
	if (n > 0 && (size_t)n < sizeof(a->text) - a->len)
		a->len += (size_t)n;
}

enum sy_err
vc_wire_open(int *ret_fd)
{
	const struct sockaddr_un at = { .sun_family = AF_UNIX,
		.sun_path = VC_CONTROL_SOCKET };
	const int fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return SY_ERR_IO;
	if ((unlink(VC_CONTROL_SOCKET) != 0 && errno != ENOENT) ||
	    bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		close(fd);
		return SY_ERR_IO;
	}
	*ret_fd = fd;
	return SY_OK;
}

enum sy_err
vc_wire_signals(int *ret_fd)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return SY_ERR_IO;
	if ((fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return SY_ERR_IO;
	*ret_fd = fd;
	return SY_OK;
}

/* Everything up to ${until} or the end; the text is terminated. */
static enum sy_err
receive(int fd, char *text, size_t cap, const char *until)
{
	size_t len = 0;
	ssize_t n;

	text[0] = '\0';
	while (len + 1 < cap && (until == NULL || !strstr(text, until))) {
		n = recv(fd, text + len, cap - 1 - len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SY_ERR_IO;
		if (n == 0)
			break;
		len += (size_t)n;
		text[len] = '\0';
	}
	return len > 0 ? SY_OK : SY_ERR_CLOSED;
}

void
vc_wire_serve(int fd,
    void (*run)(void *ctx, const char *word, const char *rest,
	struct vc_answer *a),
    void *ctx)
{
	const struct timeval limit = { .tv_sec = CLIENT_WAIT_S };
	const int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	struct vc_answer a = { .len = 0 };
	char line[VC_LINE_MAX], *rest;

	if (client < 0)
		return;
	if (setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit,
		sizeof(limit)) == 0 &&
	    receive(client, line, sizeof(line), "\n") == SY_OK) {
		line[strcspn(line, "\n")] = '\0';
		rest = line + strcspn(line, " ");
		if (*rest == ' ')
			*rest++ = '\0';
		run(ctx, line, rest, &a);
		(void)send(client, a.text, a.len, MSG_NOSIGNAL);
	}
	close(client);
}

static void
sleep_ms(long ms)
{
	const struct timespec ts = { .tv_nsec = ms * 1000000 };

	(void)nanosleep(&ts, NULL);
}

/* The device's process may only just have been started. */
static enum sy_err
reach(int *ret_fd)
{
	const struct sockaddr_un to = { .sun_family = AF_UNIX,
		.sun_path = VC_CONTROL_SOCKET };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return SY_ERR_IO;
	for (int waited = 0; waited < START_WAIT_MS; waited += POLL_MS) {
		if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) ==
		    0) {
			*ret_fd = fd;
			return SY_OK;
		}
		if (errno != ENOENT && errno != ECONNREFUSED)
			break;
		sleep_ms(POLL_MS);
	}
	close(fd);
	return SY_ERR_IO;
}

enum sy_err
vc_wire_ask(const char *line, char *text, size_t cap)
{
	char request[VC_LINE_MAX];
	enum sy_err err;
	int fd = -1, n;

	n = snprintf(request, sizeof(request), "%s\n", line);
	if (n < 0 || (size_t)n >= sizeof(request))
		return SY_ERR_LIMIT;
	if ((err = reach(&fd)) != SY_OK)
		return err;
	if (send(fd, request, (size_t)n, MSG_NOSIGNAL) != n)
		err = SY_ERR_IO;
	else
		err = receive(fd, text, cap, NULL);
	close(fd);
	return err;
}

enum sy_err
vc_wire_call(const char *line, FILE *out)
{
	char text[VC_ANSWER_MAX];
	enum sy_err err;

	if ((err = vc_wire_ask(line, text, sizeof(text))) != SY_OK)
		return err;
	fputs(text, out);
	return strncmp(text, "error", 5) == 0 ? SY_ERR_STATE : SY_OK;
}

enum sy_err
vc_wire_wait(const char *text)
{
	char answer[VC_ANSWER_MAX];
	enum sy_err err;

	for (int waited = 0; waited <= START_WAIT_MS; waited += POLL_MS) {
		if ((err = vc_wire_ask("status", answer, sizeof(answer))) !=
		    SY_OK)
			return err;
		if (strstr(answer, text) != NULL)
			return SY_OK;
		sleep_ms(POLL_MS);
	}
	return SY_ERR_TIMEOUT;
}

long long
vc_now_ms(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		return 0;
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
