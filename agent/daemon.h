/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_DAEMON_H
#define AGENT_DAEMON_H

#include "paths.h"
#include "settings.h"

/*
 * Run the agent until SIGTERM or SIGINT. If started as root: the launcher of
 * workers is forked first, then root is given up. Returns the exit status.
 */
int daemon_run(const struct paths *paths, const struct settings *settings);

#endif /* AGENT_DAEMON_H */
