/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/drop_vfs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

/* A write or (data NULL) a truncation that no sync has followed. */
struct pending {
	struct pending *next;
	uint8_t *data;
	size_t len;
	size_t at;
};

/* What is certain of one file. */
struct image {
	struct image *next;
	char path[256];
	uint8_t *data;
	size_t len;
	size_t size; /* of the memory */
	bool synced; /* ever: else the name itself may be lost */
	struct pending *first;
	struct pending **last;
};

struct file {
	sqlite3_file base;
	struct image *image; /* NULL: shared memory and the like */
	sqlite3_file *real;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct image *images;
static sqlite3_vfs *real_vfs;
static sqlite3_vfs our_vfs;
static void (*sync_call)(void *ctx);
static void *sync_ctx;
static unsigned int sync_countdown;
static atomic_bool disk_full;

static void
stop(const char *what)
{
	perror(what);
	abort();
}

static struct image *
image_of(const char *path)
{
	struct image *image;

	for (image = images; image != NULL; image = image->next) {
		if (strcmp(image->path, path) == 0)
			return image;
	}
	if ((image = calloc(1, sizeof(*image))) == NULL)
		stop("image");
	(void)snprintf(image->path, sizeof(image->path), "%s", path);
	image->last = &image->first;
	image->next = images;
	images = image;
	return image;
}

static void
forget_pending(struct image *image)
{
	struct pending *p;

	while ((p = image->first) != NULL) {
		image->first = p->next;
		free(p->data);
		free(p);
	}
	image->last = &image->first;
}

static void
note(struct image *image, const void *data, size_t len, size_t at)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (p == NULL || (data != NULL && (p->data = malloc(len + 1)) == NULL))
		stop("pending");
	if (data != NULL)
		memcpy(p->data, data, len);
	p->len = len;
	p->at = at;
	(void)pthread_mutex_lock(&lock);
	*image->last = p;
	image->last = &p->next;
	(void)pthread_mutex_unlock(&lock);
}

/* One pending change on top of ${*data}, which has room for ${*size}. */
static void
apply(const struct pending *p, uint8_t **data, size_t *len, size_t *size)
{
	const size_t end = p->at + p->len;

	if (p->data == NULL) {
		*len = p->at < *len ? p->at : *len;
		return;
	}
	if (end > *size) {
		*size = 2 * end;
		if ((*data = realloc(*data, *size)) == NULL)
			stop("apply");
	}
	/* A hole reads as zeros. */
	if (p->at > *len)
		memset(*data + *len, 0, p->at - *len);
	memcpy(*data + p->at, p->data, p->len);
	if (end > *len)
		*len = end;
}

static int
file_close(sqlite3_file *file)
{
	struct file *f = (struct file *)file;
	const int r = f->real->pMethods->xClose(f->real);

	free(f->real);
	return r;
}

static int
file_read(sqlite3_file *file, void *p, int n, sqlite3_int64 at)
{
	struct file *f = (struct file *)file;

	return f->real->pMethods->xRead(f->real, p, n, at);
}

static int
file_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	struct file *f = (struct file *)file;
	int r;

	if (f->image != NULL && disk_full)
		return SQLITE_FULL;
	r = f->real->pMethods->xWrite(f->real, p, n, at);
	if (r == SQLITE_OK && f->image != NULL)
		note(f->image, p, (size_t)n, (size_t)at);
	return r;
}

static int
file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct file *f = (struct file *)file;
	const int r = f->real->pMethods->xTruncate(f->real, size);

	if (r == SQLITE_OK && f->image != NULL)
		note(f->image, NULL, 0, (size_t)size);
	return r;
}

static void
settle(struct image *image)
{
	(void)pthread_mutex_lock(&lock);
	for (struct pending *p = image->first; p != NULL; p = p->next)
		apply(p, &image->data, &image->len, &image->size);
	forget_pending(image);
	image->synced = true;
	(void)pthread_mutex_unlock(&lock);
}

static int
file_sync(sqlite3_file *file, int flags)
{
	struct file *f = (struct file *)file;
	int r;

	if (sync_call != NULL)
		sync_call(sync_ctx);
	if (sync_countdown != 0 && --sync_countdown == 0)
		return SQLITE_IOERR_FSYNC;
	r = f->real->pMethods->xSync(f->real, flags);
	if (r == SQLITE_OK && f->image != NULL)
		settle(f->image);
	return r;
}

static int
file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	struct file *f = (struct file *)file;

	return f->real->pMethods->xFileSize(f->real, size);
}

static int
file_lock(sqlite3_file *file, int level)
{
	struct file *f = (struct file *)file;

	return f->real->pMethods->xLock(f->real, level);
}

static int
file_unlock(sqlite3_file *file, int level)
{
	struct file *f = (struct file *)file;

	return f->real->pMethods->xUnlock(f->real, level);
}

static int
file_reserved(sqlite3_file *file, int *ret)
{
	struct file *f = (struct file *)file;

	return f->real->pMethods->xCheckReservedLock(f->real, ret);
}

static int
file_control(sqlite3_file *file, int op, void *arg)
{
	struct file *f = (struct file *)file;

	return f->real->pMethods->xFileControl(f->real, op, arg);
}

static int
file_sector(sqlite3_file *file)
{
	struct file *f = (struct file *)file;

	return f->real->pMethods->xSectorSize(f->real);
}

static int
file_features(sqlite3_file *file)
{
	(void)file;
	/* Promise nothing about what survives. */
	return 0;
}

static int
file_shm_map(sqlite3_file *file, int page, int size, int extend,
    void volatile **ret)
{
	struct file *f = (struct file *)file;

	return f->real->pMethods->xShmMap(f->real, page, size, extend, ret);
}

static int
file_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
	struct file *f = (struct file *)file;

	return f->real->pMethods->xShmLock(f->real, at, n, flags);
}

static void
file_shm_barrier(sqlite3_file *file)
{
	struct file *f = (struct file *)file;

	f->real->pMethods->xShmBarrier(f->real);
}

static int
file_shm_unmap(sqlite3_file *file, int erase)
{
	struct file *f = (struct file *)file;

	return f->real->pMethods->xShmUnmap(f->real, erase);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_features,
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap,
};

/* A file that was there before us is taken for certain. */
static void
load(struct image *image)
{
	FILE *f = fopen(image->path, "rb");
	uint8_t chunk[4096];
	size_t n;

	if (f == NULL)
		return;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		if ((image->data = realloc(image->data, image->len + n)) ==
		    NULL)
			stop("load");
		memcpy(image->data + image->len, chunk, n);
		image->len += n;
		image->size = image->len;
	}
	(void)fclose(f);
	image->synced = image->len != 0;
}

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
    int *ret_flags)
{
	struct file *f = (struct file *)file;
	struct image *image = NULL;
	bool fresh;
	int r;

	(void)vfs;
	*f = (struct file){ 0 };
	if ((f->real = calloc(1, (size_t)real_vfs->szOsFile)) == NULL)
		return SQLITE_NOMEM;
	(void)pthread_mutex_lock(&lock);
	if (name != NULL &&
	    (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0) {
		image = image_of(name);
		fresh = !image->synced && image->first == NULL;
		if (fresh)
			load(image);
	}
	(void)pthread_mutex_unlock(&lock);
	r = real_vfs->xOpen(real_vfs, name, f->real, flags, ret_flags);
	if (r != SQLITE_OK) {
		free(f->real);
		return r;
	}
	f->image = image;
	f->base.pMethods = &methods;
	return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	struct image *image;

	(void)vfs;
	(void)pthread_mutex_lock(&lock);
	image = image_of(name);
	forget_pending(image);
	free(image->data);
	image->data = NULL;
	image->len = image->size = 0;
	image->synced = false;
	(void)pthread_mutex_unlock(&lock);
	return real_vfs->xDelete(real_vfs, name, sync_dir);
}

void
drop_vfs_install(void)
{
	(void)sqlite3_initialize();
	real_vfs = sqlite3_vfs_find(NULL);
	our_vfs = *real_vfs;
	our_vfs.zName = "drop";
	our_vfs.szOsFile = sizeof(struct file);
	our_vfs.xOpen = vfs_open;
	our_vfs.xDelete = vfs_delete;
	if (sqlite3_vfs_register(&our_vfs, 1) != SQLITE_OK)
		abort();
}

void
drop_vfs_remove(void)
{
	struct image *image;

	(void)sqlite3_vfs_unregister(&our_vfs);
	(void)sqlite3_vfs_register(real_vfs, 1);
	while ((image = images) != NULL) {
		images = image->next;
		forget_pending(image);
		free(image->data);
		free(image);
	}
	sync_call = NULL;
	sync_countdown = 0;
	disk_full = false;
}

static void
write_image(const char *path, const char *to, unsigned int seed)
{
	const struct image *image = image_of(path);
	uint8_t *data = NULL;
	size_t len = image->len, size = len + 1;
	FILE *f;

	(void)unlink(to);
	if (!image->synced)
		return;
	if ((data = malloc(size)) == NULL)
		stop("crash");
	if (len != 0)
		memcpy(data, image->data, len);
	for (const struct pending *p = image->first; p != NULL; p = p->next) {
		if (seed != 0 && rand_r(&seed) % 2 != 0)
			apply(p, &data, &len, &size);
	}
	if ((f = fopen(to, "wb")) == NULL || fchmod(fileno(f), 0600) != 0 ||
	    fwrite(data, 1, len, f) != len || fclose(f) != 0)
		stop(to);
	free(data);
}

void
drop_vfs_crash(const char *path, const char *to, unsigned int seed)
{
	char from_log[300], to_log[300];

	(void)snprintf(from_log, sizeof(from_log), "%s-wal", path);
	(void)snprintf(to_log, sizeof(to_log), "%s-wal", to);
	(void)pthread_mutex_lock(&lock);
	write_image(path, to, seed);
	write_image(from_log, to_log, seed);
	(void)pthread_mutex_unlock(&lock);
}

void
drop_vfs_on_sync(void (*call)(void *ctx), void *ctx)
{
	sync_ctx = ctx;
	sync_call = call;
}

void
drop_vfs_fail_sync(unsigned int n)
{
	sync_countdown = n;
}

void
drop_vfs_fill(bool full)
{
	disk_full = full;
}
