/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_ORIGIN_H
#define AGENT_ORIGIN_H

#include <stdbool.h>
#include <sys/types.h>

#include <sanyoso/err.h>

/*
 * Where a caller's process lives: in which session of logind. Who is not root
 * may ask for the unlock of the session that his process lives in, and a
 * process of the same user in another place (cron, ssh) may not.
 */

#define ORIGIN_SESSION_SIZE 64

struct origin_session {
	uid_t uid;
	bool remote;    /* ssh and the like */
	bool closing;   /* its person has gone */
	bool person;    /* no greeter, no job in the background */
	bool graphical; /* X11, Wayland */
};

/*
 * What is asked of the system; libsystemd stands behind it in the agent. Those
 * that return an error: NOT_FOUND (there is none), IO.
 */
struct origin_ops {
	/* Whether the machine was booted with systemd. */
	bool (*booted)(void);
	/* Whether the process of ${pidfd} is there still. */
	bool (*alive)(int pidfd);
	enum sy_err (*session_of)(pid_t pid, char ret[ORIGIN_SESSION_SIZE]);
	/* Whose it is if it belongs to no session: of a person's own manager of
	 * services ("systemd --user"). */
	enum sy_err (*manager_of)(pid_t pid, uid_t *ret);
	/* The session before which ${uid} sits, by logind's choice. */
	enum sy_err (*display_of)(uid_t uid, char ret[ORIGIN_SESSION_SIZE]);
	enum sy_err (*session)(const char *id, struct origin_session *ret);
};

extern const struct origin_ops origin_system;

/* A descriptor of the process at the other end of ${fd}, which is ${pid} as
 * SO_PEERCRED has it: its number is no other's as long as it is alive. -1: it
 * has ended. */
int origin_hold(int fd, pid_t pid);

/* Why the process ${pid} of ${uid}, held by ${pidfd}, may not ask for the
 * unlock of its session, for the log; NULL: it may. Without systemd the user's
 * id is all that there is to go by. */
const char *origin_refuses(const struct origin_ops *ops, uid_t uid, pid_t pid,
    int pidfd);

#endif /* AGENT_ORIGIN_H */
