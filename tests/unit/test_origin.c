/* SPDX-License-Identifier: Apache-2.0 */
/* agent/origin.c: who is not root asks for the unlock of the session that his
 * process lives in, and for nothing else. */
#include "tests/support/unit.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/origin.h"

#define SUZUKI 1000
#define TANAKA 1001
#define PID    4711
#define PIDFD  7

/* --- a machine --- */

static struct {
	bool booted, alive;
	enum sy_err found;   /* the session of the process */
	enum sy_err managed; /* whether it is of a user's manager */
	uid_t manager;
	enum sy_err displayed;
	enum sy_err read;
	struct origin_session own, display;
	unsigned int asked;
} machine;

static bool
fake_booted(void)
{
	return machine.booted;
}

static bool
fake_alive(int pidfd)
{
	assert_int_equal(pidfd, PIDFD);
	return machine.alive;
}

static enum sy_err
fake_session_of(pid_t pid, char ret[ORIGIN_SESSION_SIZE])
{
	machine.asked++;
	assert_int_equal(pid, PID);
	(void)strcpy(ret, "own");
	return machine.found;
}

static enum sy_err
fake_manager_of(pid_t pid, uid_t *ret)
{
	assert_int_equal(pid, PID);
	*ret = machine.manager;
	return machine.managed;
}

static enum sy_err
fake_display_of(uid_t uid, char ret[ORIGIN_SESSION_SIZE])
{
	assert_int_equal(uid, SUZUKI);
	(void)strcpy(ret, "display");
	return machine.displayed;
}

static enum sy_err
fake_session(const char *id, struct origin_session *ret)
{
	*ret = strcmp(id, "own") == 0 ? machine.own : machine.display;
	return machine.read;
}

static const struct origin_ops ops = {
	.booted = fake_booted,
	.alive = fake_alive,
	.session_of = fake_session_of,
	.manager_of = fake_manager_of,
	.display_of = fake_display_of,
	.session = fake_session,
};

/* suzuki sits before a screen, and the process lives in that session. */
static int
setup(void **state)
{
	const struct origin_session screen = {
		.uid = SUZUKI, .person = true, .graphical = true
	};

	(void)state;
	memset(&machine, 0, sizeof(machine));
	machine.booted = machine.alive = true;
	machine.managed = SY_ERR_NOT_FOUND;
	machine.own = machine.display = screen;
	return 0;
}

static const char *
refuses(void)
{
	return origin_refuses(&ops, SUZUKI, PID, PIDFD);
}

static void
refused(const char *why)
{
	assert_non_null(refuses());
	assert_string_equal(refuses(), why);
}

/* --- */

static void
who_is_in_the_session_may_unlock_it(void **state)
{
	(void)state;
	assert_null(refuses());
	/* A text console is a session too. */
	machine.own.graphical = false;
	assert_null(refuses());
}

static void
a_session_of_another_kind_unlocks_nothing(void **state)
{
	(void)state;
	machine.own.uid = TANAKA;
	refused("its session is another user's");
	setup(state);
	machine.own.remote = true;
	refused("its session is remote");
	setup(state);
	machine.own.closing = true;
	refused("its session is over");
	setup(state);
	machine.own.person = false; /* cron's, a greeter's */
	refused("its session is no person's at the screen");
	setup(state);
	machine.read = SY_ERR_IO;
	refused("its session can't be looked at");
	setup(state);
	machine.found = SY_ERR_IO;
	refused("its session can't be found out");
}

static void
who_is_in_no_session_unlocks_nothing(void **state)
{
	(void)state;
	machine.found = SY_ERR_NOT_FOUND;
	refused("it is in no session");
	machine.managed = SY_ERR_IO;
	machine.manager = SUZUKI;
	refused("it is in no session");
}

static void
what_the_persons_manager_started_stands_for_the_screen(void **state)
{
	(void)state;
	machine.found = SY_ERR_NOT_FOUND;
	machine.managed = SY_OK;
	machine.manager = SUZUKI;
	assert_null(refuses());
	machine.display.graphical = false;
	refused("its user sits before no screen");
	machine.display.graphical = true;
	machine.display.remote = true;
	refused("its session is remote");
	machine.display.remote = false;
	machine.display.closing = true;
	refused("its session is over");
	machine.display.closing = false;
	machine.displayed = SY_ERR_NOT_FOUND;
	refused("its user sits before no screen");
	machine.displayed = SY_OK;
	machine.manager = TANAKA;
	refused("it is in no session");
}

/* Its number may be another's then. */
static void
who_has_ended_unlocks_nothing(void **state)
{
	(void)state;
	machine.alive = false;
	refused("it has ended");
	machine.found = SY_ERR_NOT_FOUND;
	refused("it has ended");
}

/* Of a process in another namespace the kernel says 0, and who asks libsystemd
 * for 0 is told about himself. */
static void
who_has_no_number_unlocks_nothing(void **state)
{
	(void)state;
	assert_string_equal(origin_refuses(&ops, SUZUKI, 0, PIDFD),
	    "its number is not known here");
	assert_int_equal(machine.asked, 0);
}

static void
without_systemd_the_user_decides(void **state)
{
	(void)state;
	machine.booted = false;
	machine.alive = false;
	machine.found = SY_ERR_IO;
	assert_null(refuses());
	assert_int_equal(machine.asked, 0);
}

/* --- the system --- */

/* A process that connects, as a locker does, and waits for its end. */
static pid_t
fork_peer(const struct sockaddr_un *name)
{
	const pid_t pid = fork();
	int fd;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0)
		(void)pause();
	_exit(0);
}

static void
a_process_is_held_until_it_ends(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct ucred peer;
	socklen_t len = sizeof(peer);
	siginfo_t end;
	int listening, fd, pidfd;
	pid_t pid;

	(void)state;
	/* In no folder (unix(7)). */
	(void)snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1,
	    "sanyoso-test-%d", (int)getpid());
	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listening, (const struct sockaddr *)&name,
			     sizeof(name)),
	    0);
	assert_int_equal(listen(listening, 1), 0);
	pid = fork_peer(&name);
	assert_true((fd = accept(listening, NULL, NULL)) >= 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len),
	    0);
	assert_int_equal(peer.pid, pid);
	assert_true((pidfd = origin_hold(fd, peer.pid)) >= 0);
	assert_true(origin_system.alive(pidfd));
	assert_false(origin_system.alive(-1));
	/* Dead as soon as it has ended, whoever has waited for it. */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT), 0);
	assert_false(origin_system.alive(pidfd));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(origin_system.alive(pidfd));
	(void)close(pidfd);
	/* Who asks only now holds nobody: some kernels have a descriptor for
	 * it still. */
	pidfd = origin_hold(fd, peer.pid);
	assert_false(origin_system.alive(pidfd));
	if (pidfd >= 0)
		(void)close(pidfd);
	(void)close(fd);
	(void)close(listening);
}

static void
nobody_is_in_the_sessions_of_nobody(void **state)
{
	char id[ORIGIN_SESSION_SIZE];
	struct origin_session s;
	uid_t uid;

	(void)state;
	/* No number of a process, and no name of a session. */
	assert_int_not_equal(origin_system.session_of(0x7fffffff, id), SY_OK);
	assert_int_not_equal(origin_system.manager_of(0x7fffffff, &uid), SY_OK);
	assert_int_not_equal(origin_system.display_of(0x7ffffff0, id), SY_OK);
	assert_int_not_equal(origin_system.session("none-such", &s), SY_OK);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		CASE(who_is_in_the_session_may_unlock_it),
		CASE(a_session_of_another_kind_unlocks_nothing),
		CASE(who_is_in_no_session_unlocks_nothing),
		CASE(what_the_persons_manager_started_stands_for_the_screen),
		CASE(who_has_ended_unlocks_nothing),
		CASE(who_has_no_number_unlocks_nothing),
		CASE(without_systemd_the_user_decides),
		cmocka_unit_test(a_process_is_held_until_it_ends),
		cmocka_unit_test(nobody_is_in_the_sessions_of_nobody),
	};

	return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
