/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_SANDBOX_H
#define SERVER_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/*
 * How the server's small processes (the keeper, hashers) give up what they do
 * not need. A process that gets anything but SY_OK must end.
 */

/* Ignore what a service manager or a terminal may send to all of us: the server
 * ends these processes by closing their sockets. No signal stays blocked. */
void sandbox_ignore_signals(void);

/* No core dumps, no tracing, no new privileges. PERM. */
SY_MUST_USE enum sy_err sandbox_drop_dumps(struct sy_error *reterr);

/* A call that is allowed with these first two arguments only. */
struct sandbox_exact {
	int call;
	uint64_t first;
	uint64_t second;
};

/*
 * From here on only what memory, a socket and an orderly end take, the ${calls}
 * (SCMP_SYS of seccomp.h; NULL: none) and the ${exact} ones; memory is never
 * executable. Opening a file is refused, any other call kills the process.
 * PERM.
 */
SY_MUST_USE enum sy_err sandbox_drop_calls(const int *calls, size_t count,
    const struct sandbox_exact *exact, size_t exact_count,
    struct sy_error *reterr);

#endif /* SERVER_SANDBOX_H */
