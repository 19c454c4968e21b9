/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_BOOT_H
#define AGENT_BOOT_H

#include <sanyoso/message.h>

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"

/* Which start of this machine it is: the kernel's random number of it (random
 * (4)) as 32 hex digits, read from ${path}. IO, FORMAT. */
SY_MUST_USE enum sy_err boot_id(const char *path, char ret_id[SY_ID_SIZE]);

#endif /* AGENT_BOOT_H */
