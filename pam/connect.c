/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "pam/clock.h"
#include "pam/connect.h"

/* Who may own what lies on the way to the socket. */
struct trust {
	uid_t user;      /* root until another owner is met */
	bool open;       /* others can write where we are (sticky bit) */
	const char *why; /* what broke the rule */
};

static void
fd_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool
check_owner(struct trust *trust, const struct stat *st)
{
	if (st->st_uid == 0 || (st->st_uid == trust->user && !trust->open))
		return true;
	if (trust->user != 0 || trust->open) {
		trust->why = "belongs to a user who is not trusted";
		return false;
	}
	trust->user = st->st_uid;
	return true;
}

static bool
check_directory(struct trust *trust, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		trust->why = "can't be looked at";
		return false;
	}
	if (!check_owner(trust, &st))
		return false;
	trust->open = (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
	if (trust->open && (st.st_mode & S_ISVTX) == 0) {
		trust->why = "can be written by others";
		return false;
	}
	return true;
}

static bool
check_socket(struct trust *trust, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		trust->why = NULL; /* errno says it */
		return false;
	}
	if (!S_ISSOCK(st.st_mode)) {
		trust->why = "is no socket";
		return false;
	}
	return check_owner(trust, &st);
}

static enum sy_err
system_error(int errnum, const char *path, struct sy_error *reterr)
{
	enum sy_err err = SY_ERR_IO;

	switch (errnum) {
	case ENOENT:
	case ECONNREFUSED:
		err = SY_ERR_NOT_FOUND;
		break;
	case EACCES:
	case EPERM:
		err = SY_ERR_PERM;
		break;
	case ENOTDIR:
	case ELOOP:
		err = SY_ERR_OWNER;
		break;
	case EAGAIN:
		err = SY_ERR_TIMEOUT;
		break;
	default:
		break;
	}
	return sy_error_set(reterr, err, path, "%s", strerrordesc_np(errnum));
}

static enum sy_err
broken_rule(const struct trust *trust, const char *path,
    struct sy_error *reterr)
{
	if (trust->why == NULL)
		return system_error(errno, path, reterr);
	return sy_error_set(reterr, SY_ERR_OWNER, path, "%s", trust->why);
}

/* Go from / to the socket and look at everything on the way. */
static enum sy_err
check_path(const char *path, struct trust *trust, struct sy_error *reterr)
{
	SY_AUTO(fd_close) int dir = -1;
	char way[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	const size_t path_len = strnlen(path, sizeof(way));
	char *part = way + 1;
	char *slash;

	if (path_len == sizeof(way) || path[0] != '/')
		return sy_error_set(reterr, SY_ERR_ARG, path, "bad path");
	memcpy(way, path, path_len + 1);
	if ((dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return system_error(errno, path, reterr);
	if (!check_directory(trust, dir))
		return broken_rule(trust, "/", reterr);
	while ((slash = strchr(part, '/')) != NULL) {
		int next;

		*slash = '\0';
		next = openat(dir, part,
		    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return system_error(errno, way, reterr);
		close(dir);
		dir = next;
		if (!check_directory(trust, dir))
			return broken_rule(trust, way, reterr);
		*slash = '/';
		part = slash + 1;
	}
	if (!check_socket(trust, dir, part))
		return broken_rule(trust, path, reterr);
	return SY_OK;
}

/* connect(2) waits while the agent's queue is full, but not for ever. */
static enum sy_err
connect_until(int fd, const struct sockaddr_un *address,
    const struct timespec *deadline, struct sy_error *reterr)
{
	struct timeval left;

	do {
		if (!sy_pam_time_left(deadline, &left))
			return system_error(EAGAIN, address->sun_path, reterr);
		if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &left,
			sizeof(left)) != 0)
			return system_error(errno, address->sun_path, reterr);
		if (connect(fd, (const struct sockaddr *)address,
			sizeof(*address)) == 0)
			return SY_OK;
	} while (errno == EINTR);
	return system_error(errno, address->sun_path, reterr);
}

static enum sy_err
check_peer(int fd, const struct trust *trust, const char *path,
    struct sy_error *reterr)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
	    len != sizeof(peer))
		return system_error(errno, path, reterr);
	if (peer.uid != 0 && peer.uid != trust->user)
		return sy_error_set(reterr, SY_ERR_OWNER, path,
		    "user %lu listens there", (unsigned long)peer.uid);
	return SY_OK;
}

enum sy_err
sy_pam_connect(const char *path, const struct timespec *deadline, int *ret_fd,
    struct sy_error *reterr)
{
	SY_AUTO(fd_close) int fd = -1;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct trust trust = { .user = 0 };
	enum sy_err err;

	if ((err = check_path(path, &trust, reterr)) != SY_OK)
		return err;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return system_error(errno, path, reterr);
	if ((err = connect_until(fd, &address, deadline, reterr)) != SY_OK ||
	    (err = check_peer(fd, &trust, path, reterr)) != SY_OK)
		return err;
	*ret_fd = fd;
	fd = -1;
	return SY_OK;
}
