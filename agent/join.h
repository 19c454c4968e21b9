/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_JOIN_H
#define AGENT_JOIN_H

#include <sanyoso/secret.h>

#include "options.h"
#include "paths.h"
#include "settings.h"

/*
 * The subcommand: read the code, give up root, join_terminal.
 */
int join_run(const struct options *options, const struct paths *paths,
    const struct settings *settings);

/*
 * Join this terminal to a server: make a key here, prove the one-time code to
 * exactly the server whose CA the code names, store what comes back. Prints
 * what happened and what to do next. Returns the program's exit status: 0
 * done, 1 refused by the server, 2 usage, 3 no connection.
 */
int join_terminal(const struct endpoint *endpoint,
    const struct sy_secret *typed, const struct paths *paths);

/* The code from ${fd}, or (-1) typed on the terminal without echo. IO, LIMIT,
 * NOMEM. */
SY_MUST_USE enum sy_err join_read_code(int fd, struct sy_secret **ret_code);

#endif /* AGENT_JOIN_H */
