/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

enum sy_err
vc_folder_enter(const char *dir, bool make)
{
	if (make && mkdir(dir, 0700) != 0 && errno != EEXIST)
		return SY_ERR_IO;
	return chdir(dir) == 0 ? SY_OK : SY_ERR_IO;
}

enum sy_err
vc_folder_lock(int *ret_fd)
{
	const int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return SY_ERR_IO;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		return SY_ERR_BUSY;
	}
	*ret_fd = fd;
	return SY_OK;
}

enum sy_err
vc_folder_issuer(const char *dir, struct vc_issuer *ret)
{
	char cert[PATH_MAX], key[PATH_MAX];

	if ((size_t)snprintf(cert, sizeof(cert), "%s/ca.crt", dir) >=
		sizeof(cert) ||
	    (size_t)snprintf(key, sizeof(key), "%s/ca.key", dir) >= sizeof(key))
		return SY_ERR_LIMIT;
	return vc_issuer_load(cert, key, ret);
}

enum sy_err
vc_folder_join(char **words, char ret_line[VC_LINE_MAX])
{
	size_t len = 0;

	ret_line[0] = '\0';
	for (; *words != NULL; words++) {
		const int n = snprintf(ret_line + len, VC_LINE_MAX - len,
		    "%s%s", len > 0 ? " " : "", *words);

		if (n < 0 || (size_t)n >= VC_LINE_MAX - len)
			return SY_ERR_LIMIT;
		len += (size_t)n;
	}
	return SY_OK;
}
