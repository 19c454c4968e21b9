/* SPDX-License-Identifier: Apache-2.0 */
#include "server/server.h"

#include <sys/random.h>
#include <time.h>

int64_t
server_now(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
server_boottime_us(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
server_boottime(void)
{
	return server_boottime_us() / 1000000;
}

enum sy_err
server_random(void *p, size_t len)
{
	/* Up to 256 bytes come whole or not at all (getrandom(2)). */
	if (len > 256)
		return SY_ERR_ARG;
	return getrandom(p, len, 0) == (ssize_t)len ? SY_OK : SY_ERR_CRYPTO;
}
