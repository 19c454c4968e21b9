/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"

enum sy_err
boot_id(const char *path, char ret_id[SY_ID_SIZE])
{
	char text[64], id[SY_ID_SIZE];
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	if (fd < 0)
		return SY_ERR_IO;
	n = read(fd, text, sizeof(text));
	(void)close(fd);
	if (n < 0)
		return SY_ERR_IO;
	/* 8-4-4-4-12 digits. */
	for (ssize_t i = 0; i < n && text[i] != '\n'; i++) {
		if (text[i] == '-')
			continue;
		if (strchr("0123456789abcdef", text[i]) == NULL ||
		    text[i] == '\0' || used == sizeof(id) - 1)
			return SY_ERR_FORMAT;
		id[used++] = text[i];
	}
	if (used != sizeof(id) - 1)
		return SY_ERR_FORMAT;
	id[used] = '\0';
	memcpy(ret_id, id, sizeof(id));
	return SY_OK;
}
