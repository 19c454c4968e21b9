/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_INHERENCE_BASE64URL_H
#define SY_INHERENCE_BASE64URL_H

#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/* base64url without padding (RFC 7515 section 2). Pure and thread-safe. */

/* Letters for ${len} bytes, without a NUL. */
#define SY_BASE64URL_LEN(len) (((len)*4 + 2) / 3)

/* ${out} has room for SY_BASE64URL_LEN(${len}) + 1. */
void sy_base64url(const void *p, size_t len, char *out);
/*
 * Strict: only its 64 letters, no stray bits. FORMAT, LIMIT if more than ${cap}
 * bytes. ${out} may be the text itself.
 */
SY_MUST_USE enum sy_err sy_unbase64url(const char *s, size_t slen, void *out,
    size_t cap, size_t *ret_len);

#endif /* SY_INHERENCE_BASE64URL_H */
