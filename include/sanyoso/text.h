/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_TEXT_H
#define SY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/* Checks and encodings of text. All functions are thread-safe. */

/* Longest login name, service, terminal name, ..., with the NUL. */
#define SY_LOGIN_SIZE    32
#define SY_SERVICE_SIZE  64
#define SY_TERMINAL_SIZE 64
#define SY_HOST_SIZE     254
#define SY_NAME_SIZE     128

/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms, no NUL). */
SY_API bool sy_text_is_utf8(const char *s, size_t len);
/* Valid UTF-8 without control characters. */
SY_API bool sy_text_is_clean(const char *s, size_t len);
/* A login name: [a-z_][a-z0-9_-]{0,30}. */
SY_API bool sy_text_is_login(const char *s);
/* A PAM service: [A-Za-z0-9][A-Za-z0-9._-]{0,62}. */
SY_API bool sy_text_is_service(const char *s);
/* A terminal name: one to four labels of RFC 1123, lower case, 63 in all. */
SY_API bool sy_text_is_terminal(const char *s);

/* Copy UTF-8 to ${out}, cut to ${cap} bytes (1 or more) with the NUL, between
 * characters. */
SY_API void sy_text_cut(const char *s, size_t len, char *out, size_t cap);

/* Lower-case hex. ${out} has room for 2 * ${len} + 1. */
SY_API void sy_text_hex(const void *p, size_t len, char *out);
/* Exactly ${len} bytes of hex (either case), or SY_ERR_FORMAT. */
SY_API SY_MUST_USE enum sy_err sy_text_unhex(const char *s, void *out,
    size_t len);

/* base64 (RFC 4648 section 4, padded); room: 4 * ((len + 2) / 3) + 1. */
SY_API void sy_text_base64(const void *p, size_t len, char *out);
/*
 * Strict: padded, no white space, no stray bits. SY_ERR_FORMAT, SY_ERR_LIMIT
 * if more than ${cap} bytes.
 */
SY_API SY_MUST_USE enum sy_err sy_text_unbase64(const char *s, size_t slen,
    void *out, size_t cap, size_t *ret_len);

#endif /* SY_TEXT_H */
