/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_SECRET_H
#define SY_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/*
 * The only type that holds a PIN, password, key or one-time code.
 * Fixed capacity, own locked pages that stay out of core dumps (a refused
 * mlock is tolerated: sy_secret_is_locked tells), wiped whole when freed.
 * There is no printf form and no string accessor. Not thread-safe.
 * OpenSSL, PC/SC and PAM make copies that we cannot reach.
 */
struct sy_secret;

/* A new empty secret for up to ${capacity} (1..65536) bytes. ARG, NOMEM. */
SY_API SY_MUST_USE enum sy_err sy_secret_new(size_t capacity,
    struct sy_secret **ret_secret);

/* Wipe and free ${*secret}, set it to NULL; NULL is allowed. */
SY_API void sy_secret_free(struct sy_secret **secret);

/* Add ${len} bytes; SY_ERR_LIMIT (and nothing added) if they don't fit. */
SY_API SY_MUST_USE enum sy_err sy_secret_append(struct sy_secret *secret,
    const void *bytes, size_t len);

/* Wipe the content; the capacity stays. */
SY_API void sy_secret_clear(struct sy_secret *secret);

/* The bytes (not NUL-terminated), valid until the next change. */
SY_API const uint8_t *sy_secret_bytes(const struct sy_secret *secret);
SY_API size_t sy_secret_len(const struct sy_secret *secret);
SY_API size_t sy_secret_capacity(const struct sy_secret *secret);
SY_API bool sy_secret_is_locked(const struct sy_secret *secret);

/* Equal content, in time that depends only on the (public) lengths. */
SY_API bool sy_secret_equal(const struct sy_secret *a,
    const struct sy_secret *b);

/* Equality of two public-length byte strings in constant time. */
SY_API bool sy_memequal(const void *a, const void *b, size_t len);

/* Wipe memory in a way that no compiler removes. */
SY_API void sy_memzero(void *p, size_t len);

#endif /* SY_SECRET_H */
