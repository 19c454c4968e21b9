/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_INIT_H
#define SERVER_INIT_H

#include "server/paths.h"

/*
 * "sanyosod init": make keys, CA, database and the server's certificate for
 * ${name}, and sample configuration where there is none. All or nothing: what
 * was made before a failure is removed. The exit status: 0 done, 1 failed.
 */
int init_main(const struct paths *paths, const char *name);

#endif /* SERVER_INIT_H */
