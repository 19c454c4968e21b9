/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PAM_CONNECT_H
#define PAM_CONNECT_H

#include <time.h>

#include <sanyoso/err.h>

/*
 * sy_pam_connect(path, deadline, ret_fd, reterr):
 * Connect to the agent's socket ${path} (absolute and plain, see
 * sy_pam_options_read) and make sure that it is the agent who listens.
 *
 * The rule: on the way from / to the socket everything belongs to root or to
 * one more user, the agent's; no directory can be written by anybody else; no
 * component is a symbolic link; and the peer (SO_PEERCRED) is root or that
 * user. Who that user is need not be known: the first thing that belongs to it
 * lies in a directory where root alone can make things or give them away. A
 * directory with the sticky bit may be written by others if what we use in it
 * belongs to root.
 *
 * SY_ERR_NOT_FOUND (no agent), SY_ERR_PERM (we may not connect),
 * SY_ERR_OWNER (the rule is broken), SY_ERR_TIMEOUT, SY_ERR_IO. ${*ret_fd} is
 * closed on exec.
 */
SY_MUST_USE enum sy_err sy_pam_connect(const char *path,
    const struct timespec *deadline, int *ret_fd, struct sy_error *reterr);

#endif /* PAM_CONNECT_H */
