/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_SAFEFILE_H
#define SY_SAFEFILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <sanyoso/secret.h>

/*
 * Files that we trust. Reading: no symbolic link as last component, a regular
 * file, owner root or ourselves, writable by nobody else, at most ${max} bytes.
 * Thread-safe.
 */

/* The whole file, NUL-terminated beyond ${*ret_len}; free() it. NOT_FOUND,
 * PERM, LIMIT, IO, NOMEM. */
SY_API SY_MUST_USE enum sy_err sy_safefile_read(const char *path, size_t max,
    uint8_t **ret_data, size_t *ret_len, struct sy_error *reterr);

/* The same for a secret, which must be readable by nobody else either. */
SY_API SY_MUST_USE enum sy_err sy_safefile_read_secret(const char *path,
    size_t max, struct sy_secret **ret_secret, struct sy_error *reterr);

/*
 * Replace ${path} by ${len} bytes with ${mode}: temporary file beside it,
 * fsync, rename, fsync of the directory. After SY_OK the content survives a
 * crash; after an error the old content stands, except that a directory which
 * can't be synced (IO, the text says so) leaves the new, perhaps not durably.
 */
SY_API SY_MUST_USE enum sy_err sy_safefile_write(const char *path,
    const void *data, size_t len, mode_t mode, struct sy_error *reterr);

#endif /* SY_SAFEFILE_H */
