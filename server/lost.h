/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_LOST_H
#define SERVER_LOST_H

#include <stdbool.h>

struct server;

/*
 * A server that lost its keeper can record nothing any more, not even that. So
 * it leaves an empty file, whose time is that of the loss; the next one records
 * the alarm "alarm.keeper" and then removes it.
 */
void lost_leave(const struct server *server);
/* At start: what the server before left. */
void lost_report(struct server *server);
/* Whether that happened within the last hour: shown to operators so long. */
bool lost_lately(const struct server *server);

#endif /* SERVER_LOST_H */
