/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_PATHS_H
#define SERVER_PATHS_H

#include <sanyoso/err.h>

#define PATH_SIZE 512

/* Where everything of a server lives, under its root. */
struct paths {
	char root[PATH_SIZE]; /* "" for / */
	char config[PATH_SIZE];
	char policy[PATH_SIZE];
	char state[PATH_SIZE];
	char database[PATH_SIZE];
	char tls[PATH_SIZE]; /* key and certificate of the server */
	char keeper[PATH_SIZE];
	char lost[PATH_SIZE]; /* left by a server that lost its keeper */
	char run[PATH_SIZE];
	char admin[PATH_SIZE]; /* the operators' socket */
	char words[PATH_SIZE]; /* shipped: no password may hold them */
};

/*
 * Fill ${ret} for ${root} (NULL or "": /), an absolute path. ARG (not
 * absolute), LIMIT (too long for a path or for a socket's name).
 */
SY_MUST_USE enum sy_err paths_init(const char *root, struct paths *ret,
    struct sy_error *reterr);

/* The absolute ${path} of a configuration file under the root. ARG, LIMIT. */
SY_MUST_USE enum sy_err paths_under(const struct paths *paths, const char *path,
    char ret[PATH_SIZE]);

#endif /* SERVER_PATHS_H */
