/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_KEEPER_PROCESS_H
#define SERVER_KEEPER_PROCESS_H

#include <sys/types.h>

#include <sanyoso/err.h>

/*
 * The keeper process itself: load what is in ${dir}, enter the sandbox, say
 * hello (or sorry) on each of the ${count} sockets, and serve them until all
 * are closed. Called in the child of a fork, whose other descriptors it
 * closes; ends with _exit.
 */
_Noreturn void process_main(const char *dir, uid_t uid, gid_t gid,
    const int *sockets, size_t count);

#endif /* SERVER_KEEPER_PROCESS_H */
