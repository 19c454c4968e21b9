/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_DEVICE_INT_H
#define SY_DEVICE_INT_H

#include <stdbool.h>

#include <sanyoso/device.h>

/* What the files of this protocol share. */

/* Begin taking ${frame} apart, which must be of ${type} (enum
 * sy_device_type, enum sy_keydevice_type). */
SY_MUST_USE enum sy_err device_body_open(const struct sy_frame *frame,
    uint8_t type, struct sy_reader *ret_reader);
/* One byte, 0 or 1. */
SY_MUST_USE enum sy_err device_get_bool(struct sy_reader *r, bool *ret);
/* Copy bytes16 into ${out}, which has room for ${cap}. */
SY_MUST_USE enum sy_err device_get_bytes(struct sy_reader *r, uint8_t *out,
    size_t cap, uint16_t *ret_len);
/* Whether ${text} ends within ${size} bytes and is clean. */
bool device_text_is_valid(const char *text, size_t size);

/* --- frames of secrets: sy_buf is not for them --- */

/* NULL is an empty one. */
size_t device_secret_len(const struct sy_secret *secret);
/* Header of a frame whose body has ${body} bytes, in a secret for it all. */
SY_MUST_USE enum sy_err device_secret_begin(uint8_t type, size_t body,
    struct sy_secret **ret_frame);
/* Add bytes16. */
SY_MUST_USE enum sy_err device_secret_put_bytes(struct sy_secret *frame,
    const void *p, size_t len);
/* The same with a secret; NULL is an empty one. */
SY_MUST_USE enum sy_err device_secret_put(struct sy_secret *frame,
    const struct sy_secret *secret);
/* Take bytes16 into a secret of its own, also an empty one. */
SY_MUST_USE enum sy_err device_secret_get(struct sy_reader *r, size_t max,
    struct sy_secret **ret);

#endif /* SY_DEVICE_INT_H */
