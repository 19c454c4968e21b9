/* SPDX-License-Identifier: Apache-2.0 */
#include "server/privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/paths.h"

#define SERVER_USER "sanyosod"
#define KEEPER_USER "sanyoso-keeper"

static enum sy_err
find_user(const char *name, uid_t *ret_uid, gid_t *ret_gid,
    struct sy_error *reterr)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(name);
	if (pw == NULL)
		return sy_error_set(reterr, SY_ERR_NOT_FOUND, name,
		    "there is no such user: the package makes it "
		    "(systemd-sysusers), or useradd --system %s",
		    name);
	if (pw->pw_uid == 0)
		return sy_error_set(reterr, SY_ERR_NOT_FOUND, name,
		    "must be a user of its own, not root");
	*ret_uid = pw->pw_uid;
	*ret_gid = pw->pw_gid;
	return SY_OK;
}

enum sy_err
privilege_users(struct users *ret, struct sy_error *reterr)
{
	struct users u = { .root = geteuid() == 0 };
	enum sy_err err;

	if (!u.root) {
		u.server_uid = u.keeper_uid = geteuid();
		u.server_gid = u.keeper_gid = getegid();
	} else if ((err = find_user(SERVER_USER, &u.server_uid, &u.server_gid,
			reterr)) != SY_OK ||
	    (err = find_user(KEEPER_USER, &u.keeper_uid, &u.keeper_gid,
		 reterr)) != SY_OK) {
		return err;
	}
	*ret = u;
	return SY_OK;
}

enum sy_err
privilege_harden(void)
{
	const struct rlimit none = { 0, 0 };
	struct rlimit files;

	(void)umask(077);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    setrlimit(RLIMIT_CORE, &none) != 0)
		return SY_ERR_PERM;
	/* Each terminal keeps a connection open. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	return SY_OK;
}

enum sy_err
privilege_drop(const struct users *users)
{
	if (users->root &&
	    (setgroups(0, NULL) != 0 ||
		setresgid(users->server_gid, users->server_gid,
		    users->server_gid) != 0 ||
		setresuid(users->server_uid, users->server_uid,
		    users->server_uid) != 0 ||
		setuid(0) == 0))
		return SY_ERR_PERM;
	/* A change of user makes a process dumpable again. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return SY_ERR_PERM;
	return SY_OK;
}

static enum sy_err
io_error(struct sy_error *reterr, const char *path, const char *what)
{
	const int e = errno;

	return sy_error_set(reterr, SY_ERR_IO, path, "%s: %s", what,
	    strerrordesc_np(e));
}

enum sy_err
privilege_mkdir(const char *path, mode_t mode, const struct users *users,
    uid_t uid, gid_t gid, struct sy_error *reterr)
{
	char part[PATH_SIZE];
	const size_t len = strlen(path);

	if (len >= sizeof(part))
		return sy_error_set(reterr, SY_ERR_LIMIT, path, "too long");
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0755) == 0) {
			/* The umask kept others out: let them pass through. */
			if (chmod(part, 0755) != 0)
				return io_error(reterr, part, "chmod");
		} else if (errno != EEXIST) {
			return io_error(reterr, part, "mkdir");
		}
	}
	if (users->root && lchown(path, uid, gid) != 0)
		return io_error(reterr, path, "chown");
	if (chmod(path, mode) != 0)
		return io_error(reterr, path, "chmod");
	return SY_OK;
}
