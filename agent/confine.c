/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/confine.h"
#include "lib/core/sanitized.h"

/* libpcsclite's connections, our line, what the C library keeps. */
#define FILES_MAX       32
#define CPU_SECONDS_MAX 60
/* A key can have libfido2 ask for gigabytes: by items that it announces inside
 * of authData, or by its number of credentials. A worker takes some 10 MiB. */
#define DATA_MAX (256ULL * 1024 * 1024)

static const struct {
	__rlimit_resource_t resource;
	rlim_t limit;
} limits[] = {
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_FSIZE, 0 },
	{ RLIMIT_NOFILE, FILES_MAX },
	{ RLIMIT_CPU, CPU_SECONDS_MAX },
	{ RLIMIT_MSGQUEUE, 0 },
#if !SY_SANITIZED
	{ RLIMIT_DATA, DATA_MAX },
#endif
};

enum sy_err
confine_process(int line)
{
	if (clearenv() != 0 || close_range((unsigned int)line + 1, ~0U, 0) != 0)
		return SY_ERR_IO;
	for (size_t i = 0; i < SY_COUNT(limits); i++) {
		struct rlimit limit;

		/* One that is lower already can't be raised. */
		if (getrlimit(limits[i].resource, &limit) != 0)
			return SY_ERR_IO;
		if (limit.rlim_max > limits[i].limit)
			limit.rlim_max = limits[i].limit;
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(limits[i].resource, &limit) != 0)
			return SY_ERR_IO;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0) != 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return SY_ERR_IO;
	return SY_OK;
}

/* --- Landlock: the C library has no functions for it --- */

/* Rights by version (linux/landlock.h): what is handled and not granted below
 * is refused. Headers may be older than the kernel. */
#define ACCESS_VERSION_1 ((1ULL << 13) - 1)
#define ACCESS_REFER     (1ULL << 13) /* version 2 */
#define ACCESS_TRUNCATE  (1ULL << 14) /* version 3 */
#define ACCESS_IOCTL_DEV (1ULL << 15) /* version 5 */

static uint64_t
handled_access(long version)
{
	uint64_t access = ACCESS_VERSION_1;

	if (version >= 2)
		access |= ACCESS_REFER;
	if (version >= 3)
		access |= ACCESS_TRUNCATE;
	if (version >= 5)
		access |= ACCESS_IOCTL_DEV;
	return access;
}

static bool
grant(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr attr = { .allowed_access = access };
	bool done;

	if ((attr.parent_fd = open(path, O_PATH | O_CLOEXEC)) < 0)
		return errno == ENOENT;
	done = syscall(SYS_landlock_add_rule, ruleset,
		   LANDLOCK_RULE_PATH_BENEATH, &attr, 0) == 0;
	(void)close(attr.parent_fd);
	return done;
}

enum sy_err
confine_files(void)
{
	const long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = { .handled_access_fs = 0 };
	bool done;
	int ruleset;

	if (version < 1)
		return SY_OK;
	attr.handled_access_fs = handled_access(version);
	ruleset =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return SY_ERR_IO;
	done =
	    grant(ruleset, "/dev",
		LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE) &&
	    grant(ruleset, "/sys",
		LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR) &&
	    syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	(void)close(ruleset);
	return done ? SY_OK : SY_ERR_IO;
}

/* --- system calls --- */

/* What libpcsclite, the C library and we do all the time. */
static const int allowed[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(connect),
	SCMP_SYS(shutdown),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(close),
	SCMP_SYS(fcntl),
	SCMP_SYS(stat),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(access),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(mlock),
	SCMP_SYS(mlock2),
	SCMP_SYS(munlock),
	SCMP_SYS(futex),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* What keys take beyond that. */
static const int allowed_key[] = {
	SCMP_SYS(getdents64),
	SCMP_SYS(flock),
};

/* What a library may try and must live without. */
static const struct {
	int call;
	int error;
} refused[] = {
	{ SCMP_SYS(open), EACCES },
	{ SCMP_SYS(readlink), EACCES },
	{ SCMP_SYS(readlinkat), EACCES },
	{ SCMP_SYS(ioctl), ENOTTY },
	{ SCMP_SYS(tgkill), EPERM },
};

/* Calls that depend on an argument: memory is never executable, sockets are
 * local. */
static bool
add_conditional(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp data =
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp local = SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0);

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		   &data) == 0 &&
	    seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect),
		1, &data) == 0 &&
	    seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		&local) == 0;
}

/* Files: none, or such as are there already. */
static bool
add_files(scmp_filter_ctx filter, enum confine_kind kind)
{
	const struct scmp_arg_cmp there = SCMP_A2(SCMP_CMP_MASKED_EQ,
	    O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY), 0);

	if (kind == CONFINE_CARD)
		return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EACCES),
			   SCMP_SYS(openat), 0, NULL) == 0;
	for (size_t i = 0; i < SY_COUNT(allowed_key); i++) {
		if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
			allowed_key[i], 0, NULL) != 0)
			return false;
	}
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat),
		   1, &there) == 0;
}

static bool
add_rules(scmp_filter_ctx filter, enum confine_kind kind)
{
	/* The watchdog's thread is there already. */
	if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) != 0)
		return false;
	for (size_t i = 0; i < SY_COUNT(allowed); i++) {
		if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed[i],
			0, NULL) != 0)
			return false;
	}
	for (size_t i = 0; i < SY_COUNT(refused); i++) {
		if (seccomp_rule_add_array(filter,
			SCMP_ACT_ERRNO((unsigned int)refused[i].error),
			refused[i].call, 0, NULL) != 0)
			return false;
	}
	return add_conditional(filter) && add_files(filter, kind);
}

enum sy_err
confine_calls(enum confine_kind kind)
{
	scmp_filter_ctx filter;
	bool done;

	if ((filter = seccomp_init(SCMP_ACT_KILL_PROCESS)) == NULL)
		return SY_ERR_NOMEM;
	done = add_rules(filter, kind) && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return done ? SY_OK : SY_ERR_IO;
}
