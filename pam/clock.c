/* SPDX-License-Identifier: Apache-2.0 */
#include "pam/clock.h"

#define NS_PER_S 1000000000L

/* CLOCK_MONOTONIC can't fail where Linux runs; if it did, every deadline would
 * lie in the past. */
static struct timespec
now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t;
}

struct timespec
sy_pam_deadline(unsigned int ms)
{
	struct timespec t = now();

	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000L;
	if (t.tv_nsec >= NS_PER_S) {
		t.tv_nsec -= NS_PER_S;
		t.tv_sec++;
	}
	return t;
}

bool
sy_pam_before(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec;
	return a->tv_nsec < b->tv_nsec;
}

bool
sy_pam_time_left(const struct timespec *deadline, struct timeval *ret)
{
	const struct timespec t = now();
	time_t s;
	long ns;

	if (!sy_pam_before(&t, deadline))
		return false;
	s = deadline->tv_sec - t.tv_sec;
	ns = deadline->tv_nsec - t.tv_nsec;
	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}
	ret->tv_sec = s;
	/* Rounded up: zero would mean "no limit" to SO_SNDTIMEO. */
	ret->tv_usec = ns / 1000 + 1;
	if (ret->tv_usec >= 1000000) {
		ret->tv_usec = 0;
		ret->tv_sec++;
	}
	return true;
}
