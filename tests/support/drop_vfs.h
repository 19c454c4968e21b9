/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DROP_VFS_H
#define DROP_VFS_H

#include <stdbool.h>

/*
 * An SQLite VFS above the usual one that knows what would be left of each file
 * if the power failed: what was there at its last sync, and of what was written
 * since any part or nothing. Registered as the default, so that it serves
 * programs that know nothing of it. Any thread.
 */
void drop_vfs_install(void);
/* Back to the usual one; all files of it must be closed. */
void drop_vfs_remove(void);

/*
 * Write what the power failure would leave of database ${path} and its log as
 * ${to}. ${seed} 0: nothing that was not synced; otherwise each single write
 * since then is there or not as the seed says.
 */
void drop_vfs_crash(const char *path, const char *to, unsigned int seed);

/* Called at the beginning of each sync, before it has had any effect. */
void drop_vfs_on_sync(void (*call)(void *ctx), void *ctx);
/* The ${n}-th sync from here fails (0: none). */
void drop_vfs_fail_sync(unsigned int n);

/* While ${full} no write to a database or its log finds room. */
void drop_vfs_fill(bool full);

#endif /* DROP_VFS_H */
