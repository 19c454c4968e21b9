/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_DIGEST_INT_H
#define SY_DIGEST_INT_H

#include <stddef.h>
#include <stdint.h>

#include <sanyoso/audit.h>

/* What is hashed, piece by piece. */
struct piece {
	const void *p;
	size_t len;
};

/* SHA-256 (FIPS 180-4) of ${count} pieces in a row. SY_ERR_CRYPTO, and
 * ${ret} is left alone. Thread-safe. */
SY_MUST_USE enum sy_err sy_sha256(const struct piece *pieces, size_t count,
    uint8_t ret[SY_DIGEST_SIZE]);

/* An inner node: SHA-256(0x01 || left || right), RFC 9162 section 2.1.1. */
SY_MUST_USE enum sy_err sy_tree_node(const uint8_t left[SY_DIGEST_SIZE],
    const uint8_t right[SY_DIGEST_SIZE], uint8_t ret[SY_DIGEST_SIZE]);

#endif /* SY_DIGEST_INT_H */
