/* SPDX-License-Identifier: Apache-2.0 */
#include "origin.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-login.h>
#include <unistd.h>

/* Linux 6.5; headers may be older than the kernel. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

int
origin_hold(int fd, pid_t pid)
{
	socklen_t len = sizeof(int);
	int pidfd = -1;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0)
		return pidfd;
	if (errno != ENOPROTOOPT || pid <= 0)
		return -1;
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* --- libsystemd --- */

static bool
booted(void)
{
	return sd_booted() > 0;
}

static bool
alive(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return pidfd >= 0 && poll(&p, 1, 0) == 0;
}

/* libsystemd says "none" in these ways (sd_pid_get_session(3)). */
static enum sy_err
error_of(int r)
{
	return r == -ENODATA || r == -ENXIO ? SY_ERR_NOT_FOUND : SY_ERR_IO;
}

static enum sy_err
take_id(int r, char *id, char ret[ORIGIN_SESSION_SIZE])
{
	enum sy_err err = SY_OK;

	if (r < 0)
		return error_of(r);
	if (strlen(id) < ORIGIN_SESSION_SIZE)
		(void)snprintf(ret, ORIGIN_SESSION_SIZE, "%s", id);
	else
		err = SY_ERR_IO;
	free(id);
	return err;
}

static enum sy_err
session_of(pid_t pid, char ret[ORIGIN_SESSION_SIZE])
{
	char *id = NULL;
	const int r = sd_pid_get_session(pid, &id);

	return take_id(r, id, ret);
}

static enum sy_err
manager_of(pid_t pid, uid_t *ret)
{
	char *unit = NULL;
	int r;

	/* A unit of a manager of the user's, not of the system's. */
	if ((r = sd_pid_get_user_unit(pid, &unit)) < 0)
		return error_of(r);
	free(unit);
	r = sd_pid_get_owner_uid(pid, ret);
	return r < 0 ? error_of(r) : SY_OK;
}

static enum sy_err
display_of(uid_t uid, char ret[ORIGIN_SESSION_SIZE])
{
	char *id = NULL;
	const int r = sd_uid_get_display(uid, &id);

	return take_id(r, id, ret);
}

/* Whether the answer ${word} of libsystemd, which it frees, is ${wanted}. */
static bool
is(int r, char *word, const char *wanted)
{
	const bool same = r >= 0 && strcmp(word, wanted) == 0;

	if (r >= 0)
		free(word);
	return same;
}

static enum sy_err
session(const char *id, struct origin_session *ret)
{
	struct origin_session s = { .closing = true };
	char *state = NULL, *word = NULL;
	int r;

	if ((r = sd_session_get_uid(id, &s.uid)) < 0 ||
	    (r = sd_session_get_state(id, &state)) < 0)
		return error_of(r);
	s.closing = is(0, state, "closing");
	s.remote = sd_session_is_remote(id) != 0;
	r = sd_session_get_class(id, &word);
	s.person = is(r, word, "user");
	r = sd_session_get_type(id, &word);
	s.graphical = r >= 0 &&
	    (strcmp(word, "x11") == 0 || strcmp(word, "wayland") == 0 ||
		strcmp(word, "mir") == 0);
	if (r >= 0)
		free(word);
	*ret = s;
	return SY_OK;
}

const struct origin_ops origin_system = {
	.booted = booted,
	.alive = alive,
	.session_of = session_of,
	.manager_of = manager_of,
	.display_of = display_of,
	.session = session,
};

/* --- who may --- */

static const char *
session_refuses(const struct origin_session *s, uid_t uid)
{
	if (s->uid != uid)
		return "its session is another user's";
	if (!s->person)
		return "its session is no person's at the screen";
	if (s->remote)
		return "its session is remote";
	if (s->closing)
		return "its session is over";
	return NULL;
}

/* A locker that the person's own manager started ("systemd --user") is in no
 * session: it stands for the graphical one before which the person sits. */
static const char *
find_session(const struct origin_ops *ops, uid_t uid, pid_t pid,
    struct origin_session *ret)
{
	char id[ORIGIN_SESSION_SIZE];
	uid_t owner = 0;
	enum sy_err err;

	if ((err = ops->session_of(pid, id)) == SY_OK)
		return ops->session(id, ret) == SY_OK
		    ? NULL
		    : "its session can't be looked at";
	if (err != SY_ERR_NOT_FOUND)
		return "its session can't be found out";
	if (ops->manager_of(pid, &owner) != SY_OK || owner != uid)
		return "it is in no session";
	if (ops->display_of(uid, id) != SY_OK || ops->session(id, ret) != SY_OK)
		return "its user sits before no screen";
	return ret->graphical ? NULL : "its user sits before no screen";
}

const char *
origin_refuses(const struct origin_ops *ops, uid_t uid, pid_t pid, int pidfd)
{
	struct origin_session s = { .closing = true };
	const char *why;

	if (!ops->booted())
		return NULL;
	/* Of another namespace; to libsystemd 0 is whoever asks. */
	if (pid <= 0)
		return "its number is not known here";
	if ((why = find_session(ops, uid, pid, &s)) == NULL)
		why = session_refuses(&s, uid);
	/* Last: what was read is its own only if its number still was. */
	if (!ops->alive(pidfd))
		return "it has ended";
	return why;
}
