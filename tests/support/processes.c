/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/processes.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* -1: it is gone. */
static long
read_file(pid_t pid, const char *name, char *ret, size_t size)
{
	char path[128];
	FILE *file;
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if ((file = fopen(path, "re")) == NULL)
		return -1;
	n = fread(ret, 1, size - 1, file);
	(void)fclose(file);
	ret[n] = '\0';
	return (long)n;
}

size_t
process_file(pid_t pid, const char *name, char *ret, size_t size)
{
	const long n = read_file(pid, name, ret, size);

	if (n < 0)
		fail_msg("no %s of process %d", name, (int)pid);
	return (size_t)n;
}

/* The field behind "KEY:" of a status file. */
static const char *
find(const char *status, const char *key)
{
	const char *line = status;
	const size_t len = strlen(key);

	for (; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	}
	fail_msg("no %s in a status", key);
	return NULL;
}

unsigned long long
process_status(pid_t pid, const char *key, int base)
{
	char status[4096];

	(void)process_file(pid, "status", status, sizeof(status));
	return strtoull(find(status, key), NULL, base);
}

static bool
is_child(pid_t pid)
{
	char status[4096];

	return read_file(pid, "status", status, sizeof(status)) > 0 &&
	    strtol(find(status, "PPid"), NULL, 10) == (long)getpid();
}

size_t
process_children(pid_t *ret, size_t max)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	size_t n = 0;

	assert_non_null(proc);
	while ((entry = readdir(proc)) != NULL) {
		const pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && is_child(pid)) {
			assert_true(n < max);
			ret[n++] = pid;
		}
	}
	(void)closedir(proc);
	return n;
}

void
process_wait_state(pid_t pid, char state)
{
	char status[4096];

	for (unsigned int tries = 0;; tries++) {
		(void)process_file(pid, "status", status, sizeof(status));
		if (*find(status, "State") == state)
			return;
		if (tries == 1000)
			fail_msg("process %d: not %c but %c", (int)pid, state,
			    *find(status, "State"));
		(void)usleep(10000);
	}
}
