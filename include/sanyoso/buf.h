/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_BUF_H
#define SY_BUF_H

#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/*
 * Bytes out and in. All integers are big-endian. "bytes16" is a u16 length
 * and that many bytes, "bytes32" the same with u32; "text" is bytes16 of valid
 * UTF-8 without control characters (U+0000..001F, 007F..009F).
 */

/* A growing output with a hard limit. Not for secrets. Not thread-safe. */
struct sy_buf;

/* A new empty output that never holds more than ${max} bytes. ARG, NOMEM. */
SY_API SY_MUST_USE enum sy_err sy_buf_new(size_t max, struct sy_buf **ret_buf);
/* Free ${*buf} and set it to NULL; NULL is allowed. */
SY_API void sy_buf_free(struct sy_buf **buf);
/* Forget the content, keep the memory. */
SY_API void sy_buf_reset(struct sy_buf *buf);
SY_API const uint8_t *sy_buf_data(const struct sy_buf *buf);
SY_API size_t sy_buf_len(const struct sy_buf *buf);

/*
 * Each adds one item. SY_ERR_LIMIT past the maximum (or the length field),
 * SY_ERR_NOMEM; on failure nothing was added, and every later put fails with
 * the same error until sy_buf_reset, so a chain may be checked at its end.
 */
SY_API enum sy_err sy_buf_u8(struct sy_buf *buf, uint8_t v);
SY_API enum sy_err sy_buf_u16(struct sy_buf *buf, uint16_t v);
SY_API enum sy_err sy_buf_u32(struct sy_buf *buf, uint32_t v);
SY_API enum sy_err sy_buf_u64(struct sy_buf *buf, uint64_t v);
SY_API enum sy_err sy_buf_raw(struct sy_buf *buf, const void *p, size_t len);
SY_API enum sy_err sy_buf_bytes16(struct sy_buf *buf, const void *p,
    size_t len);
SY_API enum sy_err sy_buf_bytes32(struct sy_buf *buf, const void *p,
    size_t len);
SY_API enum sy_err sy_buf_text(struct sy_buf *buf, const char *text);
/* Write ${v} over the four bytes at ${at}, which must be there already (ARG):
 * lengths that are known only at the end. */
SY_API enum sy_err sy_buf_set_u32(struct sy_buf *buf, size_t at, uint32_t v);
/* The sticky error of the chain so far, SY_OK if there was none. */
SY_API SY_MUST_USE enum sy_err sy_buf_status(const struct sy_buf *buf);

/* A cursor over bytes that somebody else owns; lives on the stack. */
struct sy_reader {
	const uint8_t *at;
	const uint8_t *end;
};

SY_API void sy_reader_init(struct sy_reader *r, const void *p, size_t len);
SY_API size_t sy_reader_left(const struct sy_reader *r);

/*
 * Each takes one item, or returns SY_ERR_FORMAT and leaves the cursor where it
 * was. Views point into the input.
 */
SY_API SY_MUST_USE enum sy_err sy_reader_u8(struct sy_reader *r, uint8_t *ret);
SY_API SY_MUST_USE enum sy_err sy_reader_u16(struct sy_reader *r,
    uint16_t *ret);
SY_API SY_MUST_USE enum sy_err sy_reader_u32(struct sy_reader *r,
    uint32_t *ret);
SY_API SY_MUST_USE enum sy_err sy_reader_u64(struct sy_reader *r,
    uint64_t *ret);
SY_API SY_MUST_USE enum sy_err sy_reader_raw(struct sy_reader *r, size_t len,
    const uint8_t **ret_view);
SY_API SY_MUST_USE enum sy_err sy_reader_bytes16(struct sy_reader *r,
    size_t max, const uint8_t **ret_view, size_t *ret_len);
SY_API SY_MUST_USE enum sy_err sy_reader_bytes32(struct sy_reader *r,
    size_t max, const uint8_t **ret_view, size_t *ret_len);
/* Copy a text into ${out} (${cap} bytes with its NUL); too long is FORMAT. */
SY_API SY_MUST_USE enum sy_err sy_reader_text(struct sy_reader *r, char *out,
    size_t cap);
/* SY_OK only if nothing is left: trailing bytes are an error. */
SY_API SY_MUST_USE enum sy_err sy_reader_end(const struct sy_reader *r);

#endif /* SY_BUF_H */
