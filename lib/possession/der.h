/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_POSSESSION_DER_H
#define SY_POSSESSION_DER_H

#include <sanyoso/buf.h>

/*
 * The little of DER (ITU-T X.690 sections 8 and 10) that keys and signatures
 * are made of. One encoding per value: everything else is SY_ERR_FORMAT, and
 * the cursor stays where it was. Pure and thread-safe.
 */
#define SY_DER_INTEGER    0x02
#define SY_DER_BIT_STRING 0x03
#define SY_DER_NULL       0x05
#define SY_DER_OID        0x06
#define SY_DER_SEQUENCE   0x30

/* Take one element with the (one byte) ${tag}; its content becomes
 * ${*ret_content}. */
SY_MUST_USE enum sy_err sy_der_take(struct sy_reader *r, uint8_t tag,
    struct sy_reader *ret_content);

/* Take one INTEGER that is zero or positive, as big-endian bytes without
 * leading zeros (zero itself: no bytes). */
SY_MUST_USE enum sy_err sy_der_take_unsigned(struct sy_reader *r,
    const uint8_t **ret_bytes, size_t *ret_len);

/* Take one BIT STRING of whole bytes. */
SY_MUST_USE enum sy_err sy_der_take_bits(struct sy_reader *r,
    struct sy_reader *ret_content);

#endif /* SY_POSSESSION_DER_H */
