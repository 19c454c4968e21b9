/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "privilege.h"

enum sy_err
privilege_account(const char *name, struct account *ret)
{
	struct passwd pw, *found = NULL;
	char buf[4096];

	if (getpwnam_r(name, &pw, buf, sizeof(buf), &found) != 0)
		return SY_ERR_IO;
	if (found == NULL)
		return SY_ERR_NOT_FOUND;
	if (pw.pw_uid == 0 || pw.pw_gid == 0)
		return SY_ERR_PERM;
	*ret = (struct account){ .uid = pw.pw_uid, .gid = pw.pw_gid };
	return SY_OK;
}

bool
privilege_is_root(void)
{
	return geteuid() == 0;
}

/* ${account} NULL: as it comes. A directory that is there stays as it is. */
static enum sy_err
make_directory(const char *path, mode_t mode, const struct account *account)
{
	if (mkdir(path, mode) != 0) {
		if (errno == EEXIST)
			return SY_OK;
		log_err("%s: %m", path);
		return SY_ERR_IO;
	}
	/* The umask must not decide who reaches the socket. */
	if (chmod(path, mode) != 0 ||
	    (account != NULL &&
		lchown(path, account->uid, account->gid) != 0)) {
		log_err("%s: %m", path);
		return SY_ERR_IO;
	}
	return SY_OK;
}

enum sy_err
privilege_make_directories(const struct paths *paths,
    const struct account *account)
{
	enum sy_err err;

	if ((err = make_directory(paths->state_top, 0755, NULL)) != SY_OK ||
	    (err = make_directory(paths->state, 0700, account)) != SY_OK ||
	    (err = make_directory(paths->run_top, 0755, NULL)) != SY_OK ||
	    (err = make_directory(paths->run, 0755, account)) != SY_OK)
		return err;
	return SY_OK;
}

void
privilege_harden(void)
{
	const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };

	(void)umask(077);
	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		log_warn("memory dumps can't be forbidden: %m");
}

enum sy_err
privilege_drop(const struct account *account)
{
	if (setgroups(0, NULL) != 0 ||
	    setresgid(account->gid, account->gid, account->gid) != 0 ||
	    setresuid(account->uid, account->uid, account->uid) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return SY_ERR_PERM;
	/* It must not be possible to come back. */
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0 || geteuid() == 0)
		return SY_ERR_PERM;
	/* The change of user has reset what privilege_harden set. */
	privilege_harden();
	return SY_OK;
}
