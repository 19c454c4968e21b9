/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_LAUNCHER_H
#define AGENT_LAUNCHER_H

#include <sys/types.h>

#include <sanyoso/err.h>

/*
 * The launcher: a child of the agent, forked while the agent is still root,
 * that keeps CAP_SETUID and CAP_SETGID and nothing else, and starts workers as
 * another user when asked. What it is asked is one byte, LAUNCHER_REQUEST, and
 * one file descriptor (SCM_RIGHTS), the worker's end of a socketpair; anything
 * else ends it. It ends with the agent, and the workers end with it.
 */
struct launcher;

#define LAUNCHER_REQUEST 'w'
/* Workers at the same time; what is asked beyond is closed at once. */
#define LAUNCHER_WORKERS_MAX 16

/*
 * Fork the launcher. Call it before any thread is started, before secrets are
 * loaded and before root is given up. ${worker} is the absolute path of the
 * worker program; ${uid} and ${gid} are those it gets, with no other groups,
 * if we are root; otherwise it runs as we do. ARG (path not absolute, or root
 * asked for by root for the worker), IO, NOMEM.
 */
SY_MUST_USE enum sy_err launcher_start(const char *worker, uid_t uid, gid_t gid,
    struct launcher **ret_launcher);

/*
 * Start a worker. ${ret_fd} is our end of the socketpair, close-on-exec and
 * non-blocking; the caller closes it, which ends the worker. A worker that
 * could not be started shows as an end closed by the peer. SY_ERR_CLOSED: the
 * launcher is gone; SY_ERR_BUSY: it is behind, try again; SY_ERR_IO.
 */
SY_MUST_USE enum sy_err launcher_spawn(struct launcher *launcher, int *ret_fd);

/* A descriptor that becomes readable (end of file) when the launcher dies. */
int launcher_fd(const struct launcher *launcher);
pid_t launcher_pid(const struct launcher *launcher);

/* End the launcher and its workers, wait for it, free; NULL is allowed. */
void launcher_free(struct launcher **launcher);

#endif /* AGENT_LAUNCHER_H */
