/* SPDX-License-Identifier: Apache-2.0 */
/* The launcher, with a program in the worker's place. As root it also shows
 * what a worker is left with. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/launcher.h"
#include "tests/support/unit.h"

#define WORKER_UID 65534
#define WORKER_GID 65533
#define PATIENCE   20000

static char worker[4096];

static int
setup(void **state)
{
	const char *build = getenv("SY_TEST_BUILDDIR");
	char cwd[2048];

	(void)state;
	if (build == NULL)
		build = getcwd(cwd, sizeof(cwd));
	(void)snprintf(worker, sizeof(worker), "%s/tests/support/launched",
	    build);
	return 0;
}

static struct launcher *
start(const char *path)
{
	struct launcher *launcher = NULL;

	assert_int_equal(launcher_start(path, WORKER_UID, WORKER_GID,
			     &launcher),
	    SY_OK);
	return launcher;
}

/* What comes on the line; "" when it is closed by the other side. */
static const char *
hear(int fd)
{
	static char text[512];
	struct pollfd line = { .fd = fd, .events = POLLIN };
	ssize_t n;

	assert_int_equal(poll(&line, 1, PATIENCE), 1);
	n = recv(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
assert_has(const char *text, const char *word)
{
	if (strstr(text, word) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", word, text);
}

static void
a_worker_is_left_with_nothing(void **state)
{
	struct launcher *launcher;
	const char *text;
	int fd, extra;

	(void)state;
	/* What must not leak into it. */
	extra = open("/dev/null", O_RDONLY);
	assert_true(extra >= 0);
	assert_int_equal(setenv("SY_LEAK", "1", 1), 0);
	launcher = start(worker);
	assert_int_equal(launcher_spawn(launcher, &fd), SY_OK);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	text = hear(fd);
	print_message("  %s\n", text);
	assert_has(text, "argc=1 env=0 fds=0 nnp=1 ");
	/* 32 and 33 belong to the C library and stay as they were. */
	assert_has(text, "ignored=");
	assert_int_equal(strtoull(strstr(text, "ignored=") + 8, NULL, 16) &
		0x7fffffff,
	    0);
	if (geteuid() == 0) {
		assert_has(text,
		    "uid=65534 euid=65534 gid=65533 egid=65533 "
		    "groups=0 ");
		assert_has(text, "caps=0000000000000000 ");
		/* CAP_SETGID and CAP_SETUID, which nobody can gain here. */
		assert_has(text, "bounding=00000000000000c0 ");
	}
	(void)close(fd);
	(void)close(extra);
	launcher_free(&launcher);
	assert_null(launcher);
}

static void
a_worker_that_can_t_start_shows_as_a_closed_line(void **state)
{
	struct launcher *launcher = start("/nonexistent/worker");
	int fd;

	(void)state;
	assert_int_equal(launcher_spawn(launcher, &fd), SY_OK);
	assert_string_equal(hear(fd), "");
	(void)close(fd);
	launcher_free(&launcher);
}

static void
there_is_a_limit_to_workers(void **state)
{
	struct launcher *launcher = start(worker);
	int fd[LAUNCHER_WORKERS_MAX], more;

	(void)state;
	for (size_t i = 0; i < LAUNCHER_WORKERS_MAX; i++) {
		assert_int_equal(launcher_spawn(launcher, &fd[i]), SY_OK);
		assert_has(hear(fd[i]), "argc=1");
	}
	assert_int_equal(launcher_spawn(launcher, &more), SY_OK);
	assert_string_equal(hear(more), "");
	(void)close(more);
	/* One ends, another may come. */
	(void)close(fd[0]);
	for (unsigned int tries = 0;; tries++) {
		assert_true(tries < 2000);
		assert_int_equal(launcher_spawn(launcher, &fd[0]), SY_OK);
		if (*hear(fd[0]) != '\0')
			break;
		(void)close(fd[0]);
		(void)usleep(10000);
	}
	for (size_t i = 0; i < LAUNCHER_WORKERS_MAX; i++)
		(void)close(fd[i]);
	launcher_free(&launcher);
}

static void
its_death_shows_and_takes_the_workers_along(void **state)
{
	struct launcher *launcher = start(worker);
	struct pollfd dead = { .fd = launcher_fd(launcher), .events = POLLIN };
	int fd, none;

	(void)state;
	assert_int_equal(launcher_spawn(launcher, &fd), SY_OK);
	assert_has(hear(fd), "argc=1");
	assert_int_equal(kill(launcher_pid(launcher), SIGKILL), 0);
	assert_int_equal(poll(&dead, 1, PATIENCE), 1);
	assert_int_equal(launcher_spawn(launcher, &none), SY_ERR_CLOSED);
	/* The real worker asks to die with its parent; this one does not. */
	(void)close(fd);
	launcher_free(&launcher);
}

static void
it_ignores_what_is_sent_to_the_whole_service(void **state)
{
	struct launcher *launcher = start(worker);
	int fd;

	(void)state;
	assert_int_equal(launcher_spawn(launcher, &fd), SY_OK);
	assert_has(hear(fd), "argc=1");
	(void)close(fd);
	assert_int_equal(kill(launcher_pid(launcher), SIGTERM), 0);
	assert_int_equal(kill(launcher_pid(launcher), SIGHUP), 0);
	assert_int_equal(launcher_spawn(launcher, &fd), SY_OK);
	assert_has(hear(fd), "argc=1");
	(void)close(fd);
	launcher_free(&launcher);
}

static void
send_descriptors(int line, const char *body, size_t len, const int *fds,
    size_t count)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	char copy[4];
	struct iovec iov = { .iov_base = copy, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = count > 0 ? control.bytes : NULL,
		.msg_controllen =
		    count > 0 ? CMSG_SPACE(count * sizeof(int)) : 0 };

	memset(&control, 0, sizeof(control));
	memcpy(copy, body, len);
	if (count > 0) {
		struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(head), fds, count * sizeof(int));
	}
	assert_int_equal(sendmsg(line, &msg, MSG_NOSIGNAL), (ssize_t)len);
}

static void
anything_but_a_request_ends_it(void **state)
{
	static const struct {
		const char *what, *body;
		size_t len, fds;
	} tc[] = {
		{ "no descriptor", "w", 1, 0 },
		{ "two descriptors", "w", 1, 2 },
		{ "another byte", "x", 1, 1 },
		{ "two bytes", "ww", 2, 1 },
		{ "three bytes", "www", 3, 1 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct launcher *launcher = start(worker);
		struct pollfd dead = { .fd = launcher_fd(launcher),
			.events = POLLIN };
		int fds[2];

		print_message("  %s\n", tc[i].what);
		assert_int_equal(pipe(fds), 0);
		send_descriptors(launcher_fd(launcher), tc[i].body, tc[i].len,
		    fds, tc[i].fds);
		assert_int_equal(poll(&dead, 1, PATIENCE), 1);
		(void)close(fds[0]);
		(void)close(fds[1]);
		launcher_free(&launcher);
	}
}

static void
what_would_make_root_workers_is_refused(void **state)
{
	struct launcher *launcher = NULL;

	(void)state;
	assert_int_equal(launcher_start("worker", 1, 1, &launcher), SY_ERR_ARG);
	if (geteuid() == 0)
		assert_int_equal(launcher_start(worker, 0, 1, &launcher),
		    SY_ERR_ARG);
	assert_null(launcher);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_is_left_with_nothing),
		cmocka_unit_test(
		    a_worker_that_can_t_start_shows_as_a_closed_line),
		cmocka_unit_test(there_is_a_limit_to_workers),
		cmocka_unit_test(its_death_shows_and_takes_the_workers_along),
		cmocka_unit_test(it_ignores_what_is_sent_to_the_whole_service),
		cmocka_unit_test(anything_but_a_request_ends_it),
		cmocka_unit_test(what_would_make_root_workers_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
