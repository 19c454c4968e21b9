/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/launcher.h"

#define WORKER_FD    3 /* the worker's line to the agent */
#define LAUNCHER_FD  3 /* the launcher's line to the agent */
#define EXIT_STARTUP 71

struct launcher {
	int fd;
	pid_t pid;
};

/* What the launcher knows. */
struct service {
	const char *worker;
	uid_t uid;
	gid_t gid;
	bool switch_user;
	unsigned int running;
};

/* --- in the launcher --- */

/* What a service manager or a terminal may send to all of us: the agent
 * decides when to end. Workers get the default back. */
static const int signals_changed[] = { SIGPIPE, SIGHUP, SIGTERM, SIGINT,
	SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD };

static void
on_child(int sig)
{
	(void)sig; /* only interrupts ppoll */
}

/* Keep two capabilities, now and whatever is executed later. */
static bool
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const uint32_t keep = 1U << CAP_SETUID | 1U << CAP_SETGID;

	/* Those that the service manager took away already are not ours to
	 * drop: that would need CAP_SETPCAP. */
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++) {
		if (cap != CAP_SETUID && cap != CAP_SETGID &&
		    prctl(PR_CAPBSET_READ, cap) == 1 &&
		    prctl(PR_CAPBSET_DROP, cap) != 0)
			return false;
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return false;
	memset(data, 0, sizeof(data));
	data[0].effective = keep;
	data[0].permitted = keep;
	return syscall(SYS_capset, &head, data) == 0;
}

/* Our line becomes ${fd}; nothing else stays open but /dev/null. */
static bool
keep_only(int line, int fd)
{
	int null;

	if (line != fd && dup2(line, fd) < 0)
		return false;
	if (close_range((unsigned int)fd + 1, ~0U, 0) != 0 ||
	    (null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0)
		return false;
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++) {
		if (dup2(null, i) < 0)
			return false;
	}
	return close(null) == 0;
}

/* In the child: become the worker. Ends the process. */
static void
become_worker(const struct service *service, int line)
{
	char name[] = "sanyoso-worker";
	char *const argv[] = { name, NULL };
	char *const envp[] = { NULL };
	sigset_t none;

	for (size_t i = 0; i < SY_COUNT(signals_changed); i++) {
		if (signal(signals_changed[i], SIG_DFL) == SIG_ERR)
			_exit(EXIT_STARTUP);
	}
	if (sigemptyset(&none) != 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) != 0)
		_exit(EXIT_STARTUP);
	if (service->switch_user &&
	    (setgroups(0, NULL) != 0 ||
		setresgid(service->gid, service->gid, service->gid) != 0 ||
		setresuid(service->uid, service->uid, service->uid) != 0))
		_exit(EXIT_STARTUP);
	if (!keep_only(line, WORKER_FD))
		_exit(EXIT_STARTUP);
	(void)execve(service->worker, argv, envp);
	_exit(EXIT_STARTUP);
}

/*
 * Receive one request. Returns false when the agent left or does not keep to
 * the form; ${ret_line} is -1 if there was nothing after all.
 */
static bool
receive_request(int *ret_line)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control;
	uint8_t body[2];
	struct iovec iov = { .iov_base = body, .iov_len = sizeof(body) };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	const struct cmsghdr *head;
	ssize_t n;

	*ret_line = -1;
	n = recvmsg(LAUNCHER_FD, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	head = CMSG_FIRSTHDR(&msg);
	if (n != 1 || body[0] != LAUNCHER_REQUEST ||
	    (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || head == NULL ||
	    head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS ||
	    head->cmsg_len != CMSG_LEN(sizeof(int)))
		return false;
	memcpy(ret_line, CMSG_DATA(head), sizeof(*ret_line));
	return true;
}

static void
start_worker(struct service *service, int line)
{
	pid_t pid;

	if (service->running >= LAUNCHER_WORKERS_MAX)
		return;
	pid = fork();
	if (pid == 0)
		become_worker(service, line);
	if (pid > 0)
		service->running++;
}

static void
reap(struct service *service)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		service->running--;
}

/* Serve until the agent leaves. */
static void
serve(struct service *service)
{
	struct pollfd line = { .fd = LAUNCHER_FD, .events = POLLIN };
	sigset_t open;
	int fd;

	if (sigemptyset(&open) != 0)
		return;
	for (;;) {
		/* SIGCHLD is blocked except in here. */
		if (ppoll(&line, 1, NULL, &open) < 0 && errno != EINTR)
			return;
		reap(service);
		if (!receive_request(&fd))
			return;
		if (fd < 0)
			continue;
		start_worker(service, fd);
		(void)close(fd);
	}
}

static bool
prepare(const struct service *service, pid_t agent)
{
	struct sigaction action = { .sa_handler = on_child };
	sigset_t child;

	(void)prctl(PR_SET_NAME, "sanyoso-launch");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != agent ||
	    prctl(PR_SET_DUMPABLE, 0) != 0)
		return false;
	if (service->switch_user && !drop_capabilities())
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return false;
	/* The agent's handlers are not ours; it ends us by closing the line. */
	for (size_t i = 0; i < SY_COUNT(signals_changed); i++) {
		if (signal(signals_changed[i], SIG_IGN) == SIG_ERR)
			return false;
	}
	return sigemptyset(&child) == 0 && sigaddset(&child, SIGCHLD) == 0 &&
	    sigprocmask(SIG_SETMASK, &child, NULL) == 0 &&
	    sigaction(SIGCHLD, &action, NULL) == 0;
}

static void
launcher_main(struct service *service, int line, pid_t agent)
{
	if (!keep_only(line, LAUNCHER_FD) || !prepare(service, agent))
		_exit(EXIT_STARTUP);
	serve(service);
	_exit(0);
}

/* --- in the agent --- */

enum sy_err
launcher_start(const char *worker, uid_t uid, gid_t gid,
    struct launcher **ret_launcher)
{
	struct service service = { .worker = worker,
		.uid = uid,
		.gid = gid,
		.switch_user = geteuid() == 0 };
	const pid_t agent = getpid();
	struct launcher *launcher;
	int pair[2];

	if (worker[0] != '/' || (service.switch_user && uid == 0))
		return SY_ERR_ARG;
	if ((launcher = calloc(1, sizeof(*launcher))) == NULL)
		return SY_ERR_NOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		free(launcher);
		return SY_ERR_IO;
	}
	launcher->pid = fork();
	if (launcher->pid == 0)
		launcher_main(&service, pair[1], agent);
	(void)close(pair[1]);
	if (launcher->pid < 0) {
		(void)close(pair[0]);
		free(launcher);
		return SY_ERR_IO;
	}
	launcher->fd = pair[0];
	*ret_launcher = launcher;
	return SY_OK;
}

/* Hand ${fd} over. */
static enum sy_err
send_request(const struct launcher *launcher, int fd)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control;
	uint8_t body = LAUNCHER_REQUEST;
	struct iovec iov = { .iov_base = &body, .iov_len = sizeof(body) };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *head;
	ssize_t n;

	memset(&control, 0, sizeof(control));
	head = CMSG_FIRSTHDR(&msg);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	do {
		n = sendmsg(launcher->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(body))
		return SY_OK;
	if (errno == EAGAIN)
		return SY_ERR_BUSY;
	return errno == EPIPE || errno == ECONNRESET ? SY_ERR_CLOSED
						     : SY_ERR_IO;
}

enum sy_err
launcher_spawn(struct launcher *launcher, int *ret_fd)
{
	int pair[2];
	enum sy_err err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return SY_ERR_IO;
	err = send_request(launcher, pair[1]);
	(void)close(pair[1]);
	if (err == SY_OK && fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0)
		err = SY_ERR_IO;
	if (err != SY_OK) {
		(void)close(pair[0]);
		return err;
	}
	*ret_fd = pair[0];
	return SY_OK;
}

int
launcher_fd(const struct launcher *launcher)
{
	return launcher->fd;
}

pid_t
launcher_pid(const struct launcher *launcher)
{
	return launcher->pid;
}

void
launcher_free(struct launcher **launcher)
{
	if (*launcher == NULL)
		return;
	(void)close((*launcher)->fd);
	while (waitpid((*launcher)->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	free(*launcher);
	*launcher = NULL;
}
