/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_LISTEN_H
#define AGENT_LISTEN_H

#include "dialogue.h"

/* The agent's socket, open to every local user: who may ask for what is
 * decided by the peer's uid (SO_PEERCRED). */
struct listener;

/* EXISTS: another agent listens there. IO, NOMEM. */
SY_MUST_USE enum sy_err listen_open(struct services *services, const char *path,
    struct listener **ret_listener);
/* Whether another caller of ${uid} is taken: no user can hold all the places,
 * and none of them those of root, whose programs log people in. */
bool listen_has_room(const struct services *services, uid_t uid);
/* Close and remove the socket. */
void listen_close(struct listener **listener);

#endif /* AGENT_LISTEN_H */
