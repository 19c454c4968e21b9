/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pam/clock.h"
#include "pam/connect.h"
#include "tests/support/fake_agent.h"

/* For what must not run into a limit, ms. */
#define PATIENCE 10000
#define STRANGER 12345
#define AGENT    12346

static char *folder;
static char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

static int
make_folder(void **state)
{
	(void)state;
	if ((folder = fake_folder_new()) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/sock", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	fake_folder_remove(folder);
	return 0;
}

/* A socket at ${path} on which user ${uid} listens: the peer's credentials are
 * those at the time of listen(2), so a child does that. */
static int
listener_of(uid_t uid)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int status;
	pid_t pid;

	(void)unlink(path);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (uid == geteuid()) {
		assert_int_equal(listen(fd, 0), 0);
		return fd;
	}
	if ((pid = fork()) == 0)
		_exit(setuid(uid) == 0 && listen(fd, 0) == 0 ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return fd;
}

static int
listener(void)
{
	return listener_of(geteuid());
}

static enum sy_err
try_path(const char *where, unsigned int ms)
{
	const struct timespec deadline = sy_pam_deadline(ms);
	struct sy_error error = { .code = SY_OK };
	enum sy_err err;
	int fd = -1;

	err = sy_pam_connect(where, &deadline, &fd, &error);
	assert_int_equal(error.code, err);
	if (err == SY_OK) {
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		close(fd);
	} else {
		assert_int_equal(fd, -1);
		assert_true(error.text[0] != '\0');
	}
	return err;
}

static void
our_own_socket_is_connected_to(void **state)
{
	const int fd = listener();

	(void)state;
	assert_int_equal(try_path(path, PATIENCE), SY_OK);
	close(fd);
}

static void
an_absent_agent_is_not_found(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(try_path(path, PATIENCE), SY_ERR_NOT_FOUND);
	fd = listener();
	close(fd); /* the file stays, nobody listens */
	assert_int_equal(try_path(path, PATIENCE), SY_ERR_NOT_FOUND);
	assert_int_equal(try_path("/nonexistent/sock", PATIENCE),
	    SY_ERR_NOT_FOUND);
}

static void
what_is_not_a_socket_is_refused(void **state)
{
	char target[sizeof(path) + 8];
	int fd;

	(void)state;
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(try_path(path, PATIENCE), SY_ERR_OWNER);
	/* A link, even to the very socket. */
	fd = listener();
	(void)snprintf(target, sizeof(target), "%s2", path);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(try_path(target, PATIENCE), SY_OK);
	assert_int_equal(try_path(path, PATIENCE), SY_ERR_OWNER);
	close(fd);
}

static void
a_path_through_a_link_is_refused(void **state)
{
	char linked[sizeof(path) + 16];
	char link[sizeof(path)];
	const int fd = listener();

	(void)state;
	(void)snprintf(link, sizeof(link), "%s/link", folder);
	assert_int_equal(symlink(folder, link), 0);
	(void)snprintf(linked, sizeof(linked), "%s/sock", link);
	assert_int_equal(try_path(linked, PATIENCE), SY_ERR_OWNER);
	close(fd);
}

static void
paths_that_are_not_plain_are_the_callers_fault(void **state)
{
	char longest[256];

	(void)state;
	assert_int_equal(try_path("relative", PATIENCE), SY_ERR_ARG);
	assert_int_equal(try_path("", PATIENCE), SY_ERR_ARG);
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(try_path(longest, PATIENCE), SY_ERR_ARG);
}

static void
a_folder_that_others_can_write_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		enum sy_err err;
	} tc[] = {
		{ 0755, SY_OK },
		{ 0775, SY_ERR_OWNER },
		{ 0757, SY_ERR_OWNER },
		{ 0777, SY_ERR_OWNER },
	};
	const int fd = listener();

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %o\n", tc[i].mode);
		assert_int_equal(chmod(folder, tc[i].mode), 0);
		assert_int_equal(try_path(path, PATIENCE), tc[i].err);
	}
	close(fd);
}

/*
 * Who may own folder and socket: root, and one user to whom root gave the
 * folder. Only root can set this up.
 */
static void
root_and_one_user_may_own_the_way(void **state)
{
	static const struct {
		const char *what;
		mode_t mode;
		uid_t socket;
		uid_t peer;
		enum sy_err err;
	} tc[] = {
		{ "all root's", 0755, 0, 0, SY_OK },
		{ "the socket the agent's", 0755, AGENT, AGENT, SY_OK },
		{ "and root listens", 0755, AGENT, 0, SY_OK },
		{ "a stranger listens", 0755, AGENT, STRANGER, SY_ERR_OWNER },
		{ "a stranger listens at root's", 0755, 0, STRANGER,
		    SY_ERR_OWNER },
		{ "a stranger's socket in a sticky folder", 01777, STRANGER,
		    STRANGER, SY_ERR_OWNER },
		{ "root's socket in a sticky folder", 01777, 0, 0, SY_OK },
	};

	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		int fd;

		print_message("  %s\n", tc[i].what);
		fd = listener_of(tc[i].peer);
		assert_int_equal(chown(path, tc[i].socket, 0), 0);
		assert_int_equal(chmod(folder, tc[i].mode), 0);
		assert_int_equal(try_path(path, PATIENCE), tc[i].err);
		close(fd);
	}
}

/* Below a folder of root's that nobody else writes (not /tmp). */
static void
a_folder_of_the_agents_holds_nobody_elses_socket(void **state)
{
	static const struct {
		const char *what;
		uid_t folder;
		mode_t mode;
		uid_t socket;
		uid_t peer;
		enum sy_err err;
	} tc[] = {
		{ "both the agent's", AGENT, 0755, AGENT, AGENT, SY_OK },
		{ "the socket root's", AGENT, 0755, 0, 0, SY_OK },
		{ "the socket root's, the agent listens", AGENT, 0755, 0, AGENT,
		    SY_OK },
		{ "the socket a stranger's", AGENT, 0755, STRANGER, STRANGER,
		    SY_ERR_OWNER },
		{ "a stranger listens", AGENT, 0755, AGENT, STRANGER,
		    SY_ERR_OWNER },
		{ "others can write", AGENT, 0775, AGENT, AGENT, SY_ERR_OWNER },
		{ "others can add", AGENT, 01777, AGENT, AGENT, SY_ERR_OWNER },
	};
	char inner[sizeof(path)];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(folder, 0755), 0);
	(void)snprintf(inner, sizeof(inner), "%s/a", folder);
	(void)snprintf(path, sizeof(path), "%s/a/sock", folder);
	assert_int_equal(mkdir(inner, 0755), 0);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		int fd;

		print_message("  %s\n", tc[i].what);
		fd = listener_of(tc[i].peer);
		assert_int_equal(chown(path, tc[i].socket, 0), 0);
		assert_int_equal(chown(inner, tc[i].folder, 0), 0);
		assert_int_equal(chmod(inner, tc[i].mode), 0);
		assert_int_equal(try_path(path, PATIENCE), tc[i].err);
		close(fd);
	}
	/* What a stranger owns on the way is refused whoever owns the rest. */
	assert_int_equal(chown(folder, STRANGER, 0), 0);
	assert_int_equal(try_path(path, PATIENCE), SY_ERR_OWNER);
	(void)unlink(path);
	assert_int_equal(rmdir(inner), 0);
}

/* What a stranger gets who tries. */
static enum sy_err
try_as_stranger(void)
{
	struct timespec deadline;
	int status, fd;
	pid_t pid;

	if ((pid = fork()) == 0) {
		deadline = sy_pam_deadline(PATIENCE);
		_exit(setuid(STRANGER) == 0
			? (int)sy_pam_connect(path, &deadline, &fd, NULL)
			: 255);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (enum sy_err)WEXITSTATUS(status);
}

static void
a_user_who_may_not_connect_is_told_so(void **state)
{
	const int fd = listener();

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(folder, 0700), 0);
	assert_int_equal(try_as_stranger(), SY_ERR_PERM);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(try_as_stranger(), SY_OK);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(try_as_stranger(), SY_ERR_PERM);
	close(fd);
}

static void
a_full_queue_is_waited_for_until_the_deadline_only(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const int fd = listener();
	const int first = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	/* A backlog of 0 holds one connection. */
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_int_equal(connect(first, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(try_path(path, 50), SY_ERR_TIMEOUT);
	assert_int_equal(try_path(path, 0), SY_ERR_TIMEOUT);
	close(first);
	close(fd);
}

#define IN_FOLDER(f)                                                           \
	cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_FOLDER(our_own_socket_is_connected_to),
		IN_FOLDER(an_absent_agent_is_not_found),
		IN_FOLDER(what_is_not_a_socket_is_refused),
		IN_FOLDER(a_path_through_a_link_is_refused),
		IN_FOLDER(paths_that_are_not_plain_are_the_callers_fault),
		IN_FOLDER(a_folder_that_others_can_write_is_refused),
		IN_FOLDER(root_and_one_user_may_own_the_way),
		IN_FOLDER(a_folder_of_the_agents_holds_nobody_elses_socket),
		IN_FOLDER(a_user_who_may_not_connect_is_told_so),
		IN_FOLDER(a_full_queue_is_waited_for_until_the_deadline_only),
	};

	return cmocka_run_group_tests_name("pam_connect", tests, NULL, NULL);
}
