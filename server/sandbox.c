/* SPDX-License-Identifier: Apache-2.0 */
#include "server/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <seccomp.h>

/* What malloc, secrets, a socket and an orderly end take. */
static const int common[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),
	SCMP_SYS(poll),
	/* poll() where there is no such call. */
	SCMP_SYS(ppoll),
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
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(sched_yield),
	/* Of AddressSanitizer, before the end. */
	SCMP_SYS(sigaltstack),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};
/* Memory, but never executable. */
static const int mapping[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };

void
sandbox_ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE,
		SIGUSR1, SIGUSR2 };
	sigset_t none;

	for (size_t i = 0; i < SY_COUNT(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

enum sy_err
sandbox_drop_dumps(struct sy_error *reterr)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return sy_error_set(reterr, SY_ERR_PERM, "setrlimit", "%s",
		    strerror(errno));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return sy_error_set(reterr, SY_ERR_PERM, "prctl", "%s",
		    strerror(errno));
	return SY_OK;
}

static int
add_exact(scmp_filter_ctx filter, const struct sandbox_exact *exact)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, exact->call, 2,
	    SCMP_A0(SCMP_CMP_EQ, exact->first, 0),
	    SCMP_A1(SCMP_CMP_EQ, exact->second, 0));
}

static int
add_calls(scmp_filter_ctx filter, const int *calls, size_t count)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return r;
}

/* What all of them may do. */
static int
add_common(scmp_filter_ctx filter)
{
	/* A library that looks for a file finds none; that is no attack. */
	int r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES),
	    SCMP_SYS(openat), 0);

	if (r == 0)
		r = add_calls(filter, common, SY_COUNT(common));
	for (size_t i = 0; r == 0 && i < SY_COUNT(mapping); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, mapping[i], 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return r;
}

enum sy_err
sandbox_drop_calls(const int *calls, size_t count,
    const struct sandbox_exact *exact, size_t exact_count,
    struct sy_error *reterr)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (filter == NULL)
		return sy_error_set(reterr, SY_ERR_PERM, "seccomp",
		    "no filter");
	r = add_common(filter);
	if (r == 0)
		r = add_calls(filter, calls, count);
	for (size_t i = 0; r == 0 && i < exact_count; i++)
		r = add_exact(filter, &exact[i]);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	if (r != 0)
		return sy_error_set(reterr, SY_ERR_PERM, "seccomp", "%s",
		    strerror(-r));
	return SY_OK;
}
