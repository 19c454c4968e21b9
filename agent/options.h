/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#include <stdbool.h>

#include <sanyoso/err.h>

/* sanyoso-agent [--root DIR] SUBCOMMAND [OPTION ...] */
struct options {
	const char *root; /* "" if none */
	const char *subcommand;
	const char *server; /* join: HOST:PORT, NULL if not given */
	int code_fd;        /* join: -1: ask on the terminal */
	bool json;          /* check */
	bool verbose;       /* check: what is as it should be, too */
	const char *person; /* check: whose account, NULL if not given */
};

/* ARG: not like that. ${*ret} points into ${argv}. */
SY_MUST_USE enum sy_err options_parse(int argc, char *const argv[],
    struct options *ret);

#endif /* AGENT_OPTIONS_H */
