/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_TLV_H
#define DEVICE_TLV_H

#include <sanyoso/buf.h>

/*
 * BER-TLV as cards use it (ISO/IEC 7816-4 section 5.2.2): tags of up to three
 * bytes, definite lengths of up to two. Pure functions on a cursor.
 */
enum tlv_rules {
	TLV_BER, /* lengths may be longer than they need to be */
	TLV_DER, /* shortest form only (X.690 section 10.1) */
};

struct tlv {
	uint32_t tag; /* its bytes as they stand, 0x5fc105 */
	struct sy_reader value;
};

/* Take the next object. SY_ERR_FORMAT leaves ${r} where it was. */
SY_MUST_USE enum sy_err tlv_next(struct sy_reader *r, enum tlv_rules rules,
    struct tlv *ret);

/* The same, and it must have this tag. */
SY_MUST_USE enum sy_err tlv_expect(struct sy_reader *r, enum tlv_rules rules,
    uint32_t tag, struct sy_reader *ret_value);

/* Add the length of a value of ${len} bytes (65535 at most) in its shortest
 * form. */
void tlv_put_length(struct sy_buf *out, size_t len);

#endif /* DEVICE_TLV_H */
