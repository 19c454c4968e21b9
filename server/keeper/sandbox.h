/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_SANDBOX_H
#define SERVER_KEEPER_SANDBOX_H

#include <sys/types.h>

#include <sanyoso/err.h>

/*
 * Give up for good, in this process: the network, root (for ${uid}, ${gid}),
 * core dumps and ptrace, new privileges, and every system call that computing
 * and its open sockets do not need; any other kills the process. PERM.
 */
SY_MUST_USE enum sy_err sandbox_enter(uid_t uid, gid_t gid,
    struct sy_error *reterr);

#endif /* SERVER_KEEPER_SANDBOX_H */
