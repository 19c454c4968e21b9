/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sanyoso/safefile.h>

#define CHUNK       512
#define TEMP_SUFFIX ".XXXXXX"

static void
fd_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void
text_free(char **text)
{
	free(*text);
	*text = NULL;
}

static void
data_free(uint8_t **data)
{
	free(*data);
	*data = NULL;
}

/* Who may own, and which modes make a file unfit (${forbidden} bits). */
static enum sy_err
check_file(const char *path, const struct stat *st, mode_t forbidden,
    size_t max, struct sy_error *reterr)
{
	if (!S_ISREG(st->st_mode))
		return sy_error_set(reterr, SY_ERR_PERM, path,
		    "not a regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return sy_error_set(reterr, SY_ERR_PERM, path,
		    "owned by user id %u, who is neither root nor us",
		    (unsigned int)st->st_uid);
	if ((st->st_mode & forbidden) != 0)
		return sy_error_set(reterr, SY_ERR_PERM, path,
		    "mode %04o lets others %s it",
		    (unsigned int)(st->st_mode & 07777),
		    (st->st_mode & 022) != 0 ? "change" : "read");
	if (st->st_size < 0 || (uintmax_t)st->st_size > max)
		return sy_error_set(reterr, SY_ERR_LIMIT, path,
		    "longer than %zu bytes", max);
	return SY_OK;
}

static enum sy_err
open_checked(const char *path, mode_t forbidden, size_t max, int *ret_fd,
    size_t *ret_size, struct sy_error *reterr)
{
	SY_AUTO(fd_close) int fd = -1;
	struct stat st;
	enum sy_err err;

	/* O_NONBLOCK: a fifo put in the place of a file must not stop us. */
	fd = open(path,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return sy_error_set(reterr, SY_ERR_NOT_FOUND, path,
		    "no such file");
	if (fd < 0 && errno == ELOOP)
		return sy_error_set(reterr, SY_ERR_PERM, path,
		    "is a symbolic link");
	if (fd < 0 || fstat(fd, &st) != 0)
		return sy_error_set(reterr, SY_ERR_IO, path, "%m");
	if ((err = check_file(path, &st, forbidden, max, reterr)) != SY_OK)
		return err;
	*ret_size = (size_t)st.st_size;
	*ret_fd = fd;
	fd = -1;
	return SY_OK;
}

/* Up to ${cap} bytes; fewer only at the end of the file. */
static enum sy_err
read_full(int fd, void *out, size_t cap, size_t *ret_len)
{
	size_t len = 0;
	ssize_t n;

	while (len < cap) {
		n = read(fd, (uint8_t *)out + len, cap - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SY_ERR_IO;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return SY_OK;
}

enum sy_err
sy_safefile_read(const char *path, size_t max, uint8_t **ret_data,
    size_t *ret_len, struct sy_error *reterr)
{
	SY_AUTO(data_free) uint8_t *data = NULL;
	SY_AUTO(fd_close) int fd = -1;
	size_t size = 0;
	size_t len = 0;
	enum sy_err err;

	if ((err = open_checked(path, 022, max, &fd, &size, reterr)) != SY_OK)
		return err;
	/* One byte more than it should have shows a file that still grows. */
	if ((data = malloc(size + 1)) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, path,
		    "out of memory");
	if ((err = read_full(fd, data, size + 1, &len)) != SY_OK)
		return sy_error_set(reterr, err, path, "%m");
	if (len != size)
		return sy_error_set(reterr, SY_ERR_IO, path,
		    "changed while it was read");
	data[len] = '\0';
	*ret_data = data;
	data = NULL;
	*ret_len = len;
	return SY_OK;
}

/* Everything from ${fd} into ${secret}; SY_ERR_LIMIT if it has no room. */
static enum sy_err
read_secret(int fd, struct sy_secret *secret)
{
	uint8_t chunk[CHUNK];
	size_t len = 0;
	enum sy_err err;

	do {
		if ((err = read_full(fd, chunk, sizeof(chunk), &len)) == SY_OK)
			err = sy_secret_append(secret, chunk, len);
	} while (err == SY_OK && len == sizeof(chunk));
	sy_memzero(chunk, sizeof(chunk));
	return err;
}

enum sy_err
sy_safefile_read_secret(const char *path, size_t max,
    struct sy_secret **ret_secret, struct sy_error *reterr)
{
	SY_AUTO(sy_secret_free) struct sy_secret *secret = NULL;
	SY_AUTO(fd_close) int fd = -1;
	size_t size = 0;
	enum sy_err err;

	if ((err = open_checked(path, 077, max, &fd, &size, reterr)) != SY_OK)
		return err;
	if ((err = sy_secret_new(size != 0 ? size : 1, &secret)) != SY_OK)
		return sy_error_set(reterr, err, path, "%s", sy_err_text(err));
	err = read_secret(fd, secret);
	if (err == SY_ERR_IO)
		return sy_error_set(reterr, err, path, "%m");
	if (err != SY_OK || sy_secret_len(secret) != size)
		return sy_error_set(reterr, SY_ERR_IO, path,
		    "changed while it was read");
	*ret_secret = secret;
	secret = NULL;
	return SY_OK;
}

static bool
write_full(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* The folder of ${path}, opened so that it can be synced. */
static enum sy_err
open_folder(const char *path, int *ret_fd, struct sy_error *reterr)
{
	SY_AUTO(text_free) char *folder = NULL;
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		folder = strdup(".");
	else
		folder =
		    strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (folder == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, path,
		    "out of memory");
	*ret_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_fd < 0)
		return sy_error_set(reterr, SY_ERR_IO, folder, "%m");
	return SY_OK;
}

/* A temporary file beside ${path} with the content, synced. */
static enum sy_err
write_temp(char *temp, const void *data, size_t len, mode_t mode,
    struct sy_error *reterr)
{
	SY_AUTO(fd_close) int fd = -1;
	enum sy_err err;

	if ((fd = mkostemp(temp, O_CLOEXEC)) < 0)
		return sy_error_set(reterr, SY_ERR_IO, temp, "%m");
	if (write_full(fd, data, len) && fchmod(fd, mode) == 0 &&
	    fsync(fd) == 0)
		return SY_OK;
	err = sy_error_set(reterr, SY_ERR_IO, temp, "%m");
	(void)unlink(temp);
	return err;
}

enum sy_err
sy_safefile_write(const char *path, const void *data, size_t len, mode_t mode,
    struct sy_error *reterr)
{
	SY_AUTO(text_free) char *temp = NULL;
	SY_AUTO(fd_close) int folder = -1;
	const size_t size = strlen(path) + sizeof(TEMP_SUFFIX);
	enum sy_err err;

	if ((temp = malloc(size)) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, path,
		    "out of memory");
	(void)snprintf(temp, size, "%s%s", path, TEMP_SUFFIX);
	if ((err = open_folder(path, &folder, reterr)) != SY_OK ||
	    (err = write_temp(temp, data, len, mode, reterr)) != SY_OK)
		return err;
	if (rename(temp, path) != 0) {
		err = sy_error_set(reterr, SY_ERR_IO, path, "%m");
		(void)unlink(temp);
		return err;
	}
	if (fsync(folder) != 0)
		return sy_error_set(reterr, SY_ERR_IO, path,
		    "its folder was not synced: %m");
	return SY_OK;
}
