/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target over files and folders of inputs where libFuzzer is not
 * at hand, so that what once crashed stays mended everywhere. Options of
 * libFuzzer ("-runs=0") are skipped.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define INPUT_MAX (1024 * 1024)

static unsigned int inputs;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
replay_file(const char *path)
{
	static uint8_t big[INPUT_MAX];
	FILE *f;
	uint8_t *data;
	size_t len;

	if ((f = fopen(path, "rb")) == NULL)
		die(path);
	len = fread(big, 1, sizeof(big), f);
	if (ferror(f) != 0)
		die(path);
	fclose(f);
	/* A block of the exact size lets sanitizers see reads past its end. */
	if ((data = malloc(len != 0 ? len : 1)) == NULL)
		die(path);
	memcpy(data, big, len);
	(void)LLVMFuzzerTestOneInput(data, len);
	free(data);
	inputs++;
}

static void
replay_folder(const char *path)
{
	struct dirent *entry;
	char name[4096];
	DIR *dir;

	if ((dir = opendir(path)) == NULL)
		die(path);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s", path,
		    entry->d_name);
		replay_file(name);
	}
	closedir(dir);
}

int
main(int argc, char **argv)
{
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		if (stat(argv[i], &st) != 0)
			die(argv[i]);
		if (S_ISDIR(st.st_mode))
			replay_folder(argv[i]);
		else
			replay_file(argv[i]);
	}
	printf("%u inputs replayed\n", inputs);
	return inputs != 0 ? 0 : 1;
}
