/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

#include <sanyoso/err.h>

/*
 * Tell the service manager how we are (sd_notify(3): datagrams on the socket
 * that NOTIFY_SOCKET names). The protocol is a line of text; libsystemd would
 * cost an idle agent a megabyte of memory for it.
 */

/* Remember the socket and take it out of the environment of what we start. */
void notify_open(void);
/* ${state} such as "READY=1". Without a manager this does nothing. */
void notify_state(const char *state);

#endif /* AGENT_NOTIFY_H */
