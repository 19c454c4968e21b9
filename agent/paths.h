/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_PATHS_H
#define AGENT_PATHS_H

#include <sanyoso/err.h>

#define PATHS_SIZE 256

/* Where the agent's files are; --root puts all of them under another root. */
struct paths {
	char config[PATHS_SIZE];    /* /etc/sanyoso/agent.conf */
	char state_top[PATHS_SIZE]; /* /var/lib/sanyoso */
	char state[PATHS_SIZE];     /* /var/lib/sanyoso/agent */
	char identity[PATHS_SIZE];  /* key and certificate of this terminal */
	char ca[PATHS_SIZE];        /* the pinned CA */
	char joined[PATHS_SIZE];    /* what the server said at join */
	char run_top[PATHS_SIZE];   /* /run/sanyoso */
	char run[PATHS_SIZE];       /* /run/sanyoso/agent */
	char sessions[PATHS_SIZE];  /* open at present */
	char socket[PATHS_SIZE];    /* /run/sanyoso/agent/agent.sock */
};

/* ${root} is "" or an absolute directory without "/" at its end. ARG, LIMIT
 * (longer than a socket's name may be). */
SY_MUST_USE enum sy_err paths_make(const char *root, struct paths *ret);

#endif /* AGENT_PATHS_H */
