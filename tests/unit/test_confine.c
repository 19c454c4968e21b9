/* SPDX-License-Identifier: Apache-2.0 */
/* What a confined worker can't do any more, tried out in children. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/confine.h"
#include "lib/core/sanitized.h"
#include "tests/support/unit.h"

#define KILLED 1000
#define LINE   3

static bool watched;

/* Run ${act} confined; its result, or KILLED if the filter struck. */
static int
confined_as(int (*act)(void), bool calls, enum confine_kind kind)
{
	int status;
	pid_t pid;

	if (watched)
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (confine_process(LINE) != SY_OK ||
		    (kind == CONFINE_KEY && confine_files() != SY_OK) ||
		    (calls && confine_calls(kind) != SY_OK))
			_exit(99);
		_exit(act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
confined(int (*act)(void), bool calls)
{
	return confined_as(act, calls, CONFINE_CARD);
}

static int
inet_socket(void)
{
	return (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0) >= 0 ? 1 : 0;
}

static int
netlink_socket(void)
{
	return (int)syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0) >= 0 ? 1 : 0;
}

static int
execute(void)
{
	char *const argv[] = { NULL };

	return (int)syscall(SYS_execve, "/bin/true", argv, argv) + 1;
}

static int
another_process(void)
{
	return (int)syscall(SYS_fork) < 0 ? 0 : 1;
}

static int
executable_memory(void)
{
	return (void *)syscall(SYS_mmap, NULL, 4096,
		   PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static int
kill_parent(void)
{
	return (int)syscall(SYS_kill, getppid(), 0) + 1;
}

static int
trace(void)
{
	return (int)syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) + 1;
}

static int
change_user(void)
{
	return (int)syscall(SYS_setresuid, 0, 0, 0) + 1;
}

static int
remove_file(void)
{
	return (int)syscall(SYS_unlinkat, AT_FDCWD, "/nonexistent", 0) + 2;
}

static int
open_file(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 1;
}

static int
local_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}

static int
memory(void)
{
	uint8_t *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mlock(p, 4096) != 0)
		return 1;
	p[0] = 1;
	return munmap(p, 1 << 20);
}

/* --- keys --- */

static int
make_file(void)
{
	return (int)syscall(SYS_openat, AT_FDCWD, "/dev/shm/confined",
		   O_RDWR | O_CREAT, 0600) +
	    2;
}

static int
cut_file(void)
{
	return (int)syscall(SYS_openat, AT_FDCWD, "/dev/null",
		   O_RDWR | O_TRUNC) +
	    2;
}

static int
open_device(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC) >= 0 ? 0 : 1;
}

static int
list_devices(void)
{
	const int fd = open("/sys", O_RDONLY | O_DIRECTORY);
	char entries[512];

	return fd >= 0 &&
		syscall(SYS_getdents64, fd, entries, sizeof(entries)) >= 0
	    ? 0
	    : 1;
}

static int
read_terminal(void)
{
	int value;

	return (int)syscall(SYS_ioctl, 0, 0x541b, &value) == -1 &&
		errno == ENOTTY
	    ? 0
	    : 1;
}

/* Landlock, not the filter: 2 where the kernel has none. */
static int
open_elsewhere(void)
{
	if (open("/etc/passwd", O_RDONLY) >= 0)
		return 2;
	return errno == EACCES ? 0 : 1;
}

static int
list_elsewhere(void)
{
	if (open("/dev", O_RDONLY | O_DIRECTORY) >= 0 ||
	    open("/proc/self", O_RDONLY | O_DIRECTORY) >= 0)
		return 2;
	return errno == EACCES ? 0 : 1;
}

static int
write_below_sys(void)
{
	if (open("/sys/kernel/uevent_seqnum", O_RDWR) >= 0)
		return 2;
	return errno == EACCES || errno == ENOENT ? 0 : 1;
}

static bool
has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 1;
}

static void
a_key_s_worker_has_files_that_are_there(void **state)
{
	static int (*const killed[])(void) = { inet_socket, netlink_socket,
		execute, another_process, executable_memory, kill_parent, trace,
		change_user, remove_file, make_file, cut_file };
	static int (*const left[])(void) = { local_socket, memory, open_device,
		list_devices, read_terminal };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(killed); i++)
		assert_int_equal(confined_as(killed[i], true, CONFINE_KEY),
		    KILLED);
	for (size_t i = 0; i < SY_COUNT(left); i++)
		assert_int_equal(confined_as(left[i], true, CONFINE_KEY), 0);
}

static void
a_key_s_worker_reads_nothing_but_devices(void **state)
{
	static int (*const refused[])(void) = { open_elsewhere, list_elsewhere,
		write_below_sys };

	(void)state;
	if (!has_landlock())
		skip();
	for (size_t i = 0; i < SY_COUNT(refused); i++)
		assert_int_equal(confined_as(refused[i], true, CONFINE_KEY), 0);
}

static void
forbidden_calls_kill(void **state)
{
	static const struct {
		const char *what;
		int (*act)(void);
	} tc[] = {
		{ "a network socket", inet_socket },
		{ "a netlink socket", netlink_socket },
		{ "another program", execute },
		{ "another process", another_process },
		{ "executable memory", executable_memory },
		{ "a signal to another", kill_parent },
		{ "tracing", trace },
		{ "another user", change_user },
		{ "a change in a file system", remove_file },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(confined(tc[i].act, true), KILLED);
	}
}

static void
what_it_needs_is_left(void **state)
{
	(void)state;
	assert_int_equal(confined(open_file, true), 0);
	assert_int_equal(confined(local_socket, true), 0);
	assert_int_equal(confined(memory, true), 0);
}

static int
look_at_process(void)
{
	struct rlimit limit;
	int death = 0;

	if (getenv("PATH") != NULL)
		return 1;
	if (fcntl(LINE + 1, F_GETFD) >= 0 || fcntl(100, F_GETFD) >= 0)
		return 2;
	if (prctl(PR_GET_DUMPABLE) != 0)
		return 3;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 4;
	if (prctl(PR_GET_PDEATHSIG, &death) != 0 || death != SIGKILL)
		return 5;
	if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0)
		return 6;
	if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_max != 0)
		return 7;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max > 64)
		return 8;
	return 0;
}

static int
take_much_memory(void)
{
	static const size_t much = 512UL * 1024 * 1024;
	void *volatile little = malloc(much / 8);
	void *volatile all = malloc(much);

	if (little == NULL)
		return 1;
	free(little);
	return all == NULL ? 0 : 2;
}

/* What a device announces is refused by malloc, not by the kernel's choice of a
 * process to kill. */
static void
memory_has_an_end(void **state)
{
	(void)state;
	if (SY_SANITIZED)
		skip();
	assert_int_equal(confined(take_much_memory, true), 0);
}

static void
the_process_has_given_up_the_rest(void **state)
{
	int fd;

	(void)state;
	fd = open("/dev/null", O_RDONLY);
	assert_int_equal(dup2(fd, 100), 100);
	assert_int_equal(confined(look_at_process, false), 0);
	(void)close(100);
	(void)close(fd);
}

/* Valgrind makes system calls of its own, which the filter would strike. */
static int
setup(void **state)
{
	const char *wrapper = getenv("SY_TEST_WRAPPER");

	(void)state;
	watched = wrapper != NULL && *wrapper != '\0';
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forbidden_calls_kill),
		cmocka_unit_test(what_it_needs_is_left),
		cmocka_unit_test(a_key_s_worker_has_files_that_are_there),
		cmocka_unit_test(a_key_s_worker_reads_nothing_but_devices),
		cmocka_unit_test(memory_has_an_end),
		cmocka_unit_test(the_process_has_given_up_the_rest),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
