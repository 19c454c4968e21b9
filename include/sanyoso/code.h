/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_CODE_H
#define SY_CODE_H

#include <sanyoso/secret.h>

/*
 * One-time codes as people read and type them: Crockford's base32 (no I, L,
 * O, U), groups of five joined by "-", the last character a check (mod 37
 * over the number would need more letters: it is the low five bits of SHA-256
 * of the bytes). When read, case, spaces and dashes do not matter and O, I, L
 * mean 0, 1, 1. Codes are secrets.
 */
#define SY_CODE_BYTES_MAX 48
#define SY_CODE_TEXT_MAX  104 /* with dashes, check and NUL */

/* The text form of ${len} (1..SY_CODE_BYTES_MAX) bytes. */
SY_API SY_MUST_USE enum sy_err sy_code_format(const void *bytes, size_t len,
    struct sy_secret **ret_text);

/*
 * The bytes of the typed code ${text}; they must be exactly ${len}.
 * SY_ERR_CODE: wrong length, letter or check.
 */
SY_API SY_MUST_USE enum sy_err sy_code_parse(const struct sy_secret *text,
    size_t len, struct sy_secret **ret_bytes);

#endif /* SY_CODE_H */
