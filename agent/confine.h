/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CONFINE_H
#define AGENT_CONFINE_H

#include <sanyoso/err.h>

/*
 * How a worker gives up what it does not need. Both functions are called once,
 * and a worker that gets anything but SY_OK must end.
 */

/*
 * Close every descriptor above ${line}; no environment, no core dumps, no
 * files, 256 MiB of memory, no processes, no tracing by others, no new
 * privileges; die with the parent. Call it first, while there is one thread.
 */
SY_MUST_USE enum sy_err confine_process(int line);

/* What a worker drives. */
enum confine_kind {
	CONFINE_CARD, /* cards, through pcscd alone */
	CONFINE_KEY,  /* FIDO2 keys: hidraw devices and pcscd */
};

/*
 * For a CONFINE_KEY: of the file system only /dev, to read and write what is
 * there, and /sys, to read; no ioctl on a device (Landlock). Call it while
 * there is one thread; the threads that it starts inherit it. A kernel without
 * Landlock, or with an old one, is no error: what it can't do is left out, and
 * the rights of the worker's user remain.
 */
SY_MUST_USE enum sy_err confine_files(void);

/*
 * From here on, in all threads, only the system calls that talking to pcscd
 * takes: local sockets, memory, time. Anything else kills the process; opening
 * a file is refused. A CONFINE_KEY may open files that are there, list folders
 * and lock a file as well.
 */
SY_MUST_USE enum sy_err confine_calls(enum confine_kind kind);

#endif /* AGENT_CONFINE_H */
