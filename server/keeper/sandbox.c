/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <seccomp.h>

#include "server/sandbox.h"

/* What OpenSSL takes, besides what every such process does. */
static const int allowed[] = {
	SCMP_SYS(close),
	SCMP_SYS(getrandom),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(pwrite64), /* kept.h */
	SCMP_SYS(time),
};

static enum sy_err
failed(struct sy_error *reterr, const char *what)
{
	return sy_error_set(reterr, SY_ERR_PERM, what, "%s", strerror(errno));
}

static enum sy_err
drop_network(struct sy_error *reterr)
{
	/* In a container without the right to do so the filter alone keeps the
	 * network away: it has no socket(). */
	if (geteuid() == 0 && unshare(CLONE_NEWNET) != 0 && errno != EPERM)
		return failed(reterr, "unshare");
	return SY_OK;
}

static enum sy_err
drop_root(uid_t uid, gid_t gid, struct sy_error *reterr)
{
	if (geteuid() != 0)
		return SY_OK;
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return failed(reterr, "setresuid");
	if (uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return sy_error_set(reterr, SY_ERR_PERM, "setuid",
		    "root did not stay away");
	return SY_OK;
}

enum sy_err
sandbox_enter(uid_t uid, gid_t gid, struct sy_error *reterr)
{
	enum sy_err err;

	/* Dates in certificates: the C library reads /etc/localtime once. */
	tzset();
	if ((err = drop_network(reterr)) != SY_OK ||
	    (err = drop_root(uid, gid, reterr)) != SY_OK ||
	    /* After setresuid, which would set it back. */
	    (err = sandbox_drop_dumps(reterr)) != SY_OK)
		return err;
	return sandbox_drop_calls(allowed, SY_COUNT(allowed), NULL, 0, reterr);
}
