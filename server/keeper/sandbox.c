/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <seccomp.h>

/* What malloc, OpenSSL, the sockets and an orderly end take. */
static const int allowed[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(close),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(mlock),
	SCMP_SYS(munlock),
	SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(sched_yield),
	/* Of AddressSanitizer, before the end. */
	SCMP_SYS(sigaltstack),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};
/* Memory, but never executable. */
static const int mapping[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };

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

static enum sy_err
drop_dumps(struct sy_error *reterr)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return failed(reterr, "setrlimit");
	/* After setresuid, which would set it back. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return failed(reterr, "prctl");
	return SY_OK;
}

static int
add_rules(scmp_filter_ctx filter)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < SY_COUNT(allowed); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	/* A library that looks for a file finds none; that is no attack. */
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES),
		    SCMP_SYS(openat), 0);
	for (size_t i = 0; r == 0 && i < SY_COUNT(mapping); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, mapping[i], 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return r;
}

static enum sy_err
drop_calls(struct sy_error *reterr)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (filter == NULL)
		return sy_error_set(reterr, SY_ERR_PERM, "seccomp",
		    "no filter");
	if ((r = add_rules(filter)) == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	if (r != 0)
		return sy_error_set(reterr, SY_ERR_PERM, "seccomp", "%s",
		    strerror(-r));
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
	    (err = drop_dumps(reterr)) != SY_OK)
		return err;
	return drop_calls(reterr);
}
