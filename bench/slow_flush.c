/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slow_flush.so: preloaded into a server under measurement, it adds the delay
 * of an ordinary disk to every flush: SLOW_FLUSH_US microseconds.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void
wait_like_a_disk(void)
{
	const char *us = secure_getenv("SLOW_FLUSH_US");
	const long n = us != NULL ? strtol(us, NULL, 10) : 10000;
	const struct timespec ts = { n / 1000000, n % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}

/* Everything else is built to hide its symbols. */
__attribute__((visibility("default"))) int fsync(int fd);
__attribute__((visibility("default"))) int fdatasync(int fd);

int
fsync(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");

	wait_like_a_disk();
	return real(fd);
}

int
fdatasync(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");

	wait_like_a_disk();
	return real(fd);
}
