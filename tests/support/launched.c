/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands where the worker would: tells on file descriptor 3 what it was started
 * with, then waits for the other end to close.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#define LINE_FD 3

extern char **environ;

static unsigned int
count_environment(void)
{
	unsigned int n = 0;

	while (environ[n] != NULL)
		n++;
	return n;
}

/* Descriptors beyond the line. */
static unsigned int
count_descriptors(void)
{
	unsigned int n = 0;

	for (int fd = LINE_FD + 1; fd < 1024; fd++)
		n += lseek(fd, 0, SEEK_CUR) >= 0 || dup2(fd, fd) == fd;
	return n;
}

/* One line of /proc/self/status. */
static void
read_status(const char *key, char *out, size_t size)
{
	FILE *file = fopen("/proc/self/status", "re");
	char text[256];

	(void)snprintf(out, size, "?");
	if (file == NULL)
		return;
	while (fgets(text, sizeof(text), file) != NULL) {
		if (strncmp(text, key, strlen(key)) == 0 &&
		    text[strlen(key)] == ':') {
			text[strcspn(text, "\n")] = '\0';
			(void)snprintf(out, size, "%s", text + strlen(key) + 2);
		}
	}
	(void)fclose(file);
}

int
main(int argc, char **argv)
{
	char caps[32], bounding[32], ignored[32], text[512];
	/* Before fopen: it must not count. */
	const unsigned int descriptors = count_descriptors();
	gid_t groups[64];
	char byte;
	int len;

	(void)argv;
	read_status("CapPrm", caps, sizeof(caps));
	read_status("CapBnd", bounding, sizeof(bounding));
	read_status("SigIgn", ignored, sizeof(ignored));
	len = snprintf(text, sizeof(text),
	    "uid=%u euid=%u gid=%u egid=%u groups=%d argc=%d env=%u fds=%u "
	    "nnp=%d caps=%s bounding=%s ignored=%s",
	    getuid(), geteuid(), getgid(), getegid(), getgroups(64, groups),
	    argc, count_environment(), descriptors,
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), caps, bounding, ignored);
	if (len < 0 || write(LINE_FD, text, (size_t)len) != len)
		return 1;
	return read(LINE_FD, &byte, 1) == 0 ? 0 : 1;
}
