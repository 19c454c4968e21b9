/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VC_BYTES_H
#define VC_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sanyoso/err.h>

/*
 * Bytes in and out of the virtual card. The card has its own on purpose: it
 * must not share a misunderstanding with the drivers that it judges.
 */

/* More than the largest PIV object, key and chained command together. */
#define VC_BYTES_MAX 8192U

/* A fixed output. Once a put does not fit, ${bad} stays set. */
struct vc_bytes {
	size_t len;
	bool bad;
	uint8_t b[VC_BYTES_MAX];
};

/* Forget the content and the overflow. */
void vc_bytes_reset(struct vc_bytes *o);
void vc_bytes_u8(struct vc_bytes *o, unsigned int v);
void vc_bytes_raw(struct vc_bytes *o, const void *p, size_t len);
/* A BER-TLV with a tag of one to three bytes and the shortest length. */
void vc_bytes_tlv(struct vc_bytes *o, uint32_t tag, const void *p, size_t len);
/* Tag and length only, for a value that the caller adds. */
void vc_bytes_tl(struct vc_bytes *o, uint32_t tag, size_t len);

/* A cursor over bytes that somebody else owns. */
struct vc_in {
	const uint8_t *at;
	size_t left;
};

/* Take ${len} bytes, or SY_ERR_FORMAT and the cursor stays. */
SY_MUST_USE enum sy_err vc_in_raw(struct vc_in *in, size_t len,
    struct vc_in *ret_part);
SY_MUST_USE enum sy_err vc_in_u8(struct vc_in *in, uint8_t *ret);
/* Take one BER-TLV: tag of up to three bytes, definite length to 65535. */
SY_MUST_USE enum sy_err vc_in_tlv(struct vc_in *in, uint32_t *ret_tag,
    struct vc_in *ret_value);

/* Hexadecimal text to bytes: SY_ERR_FORMAT on odd or foreign characters. */
SY_MUST_USE enum sy_err vc_hex_get(const char *hex, uint8_t *out, size_t cap,
    size_t *ret_len);
/* Bytes to lower case hexadecimal with a NUL; ${out} holds 2 * len + 1. */
void vc_hex_put(const uint8_t *p, size_t len, char *out);

#endif /* VC_BYTES_H */
