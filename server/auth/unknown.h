/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_UNKNOWN_H
#define SERVER_AUTH_UNKNOWN_H

#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/*
 * What the log calls a name that nobody has: people type their passwords
 * there. A truncated HMAC-SHA-256 under a key that is in no file: it is made
 * anew when the server starts and after each month, and what was logged under
 * the former one can't be guessed any more, whoever has all other keys. Loop
 * thread only.
 */
#define UNKNOWN_SIZE     8
#define UNKNOWN_KEY_LIFE (INT64_C(30) * 86400) /* seconds */

struct unknown_names;

/* NOMEM. */
SY_MUST_USE enum sy_err unknown_new(struct unknown_names **ret_names);
void unknown_free(struct unknown_names **names);

/* ${now}: seconds of the boot clock. CRYPTO. */
SY_MUST_USE enum sy_err unknown_name(struct unknown_names *names,
    const char *name, size_t len, int64_t now, uint8_t ret[UNKNOWN_SIZE]);

#endif /* SERVER_AUTH_UNKNOWN_H */
