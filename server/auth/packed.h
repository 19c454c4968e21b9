/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_AUTH_PACKED_H
#define SERVER_AUTH_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A struct whose texts are mostly unused, in few bytes, for one that is kept
 * and hardly looked at: it is told how many zeros and how many other bytes
 * follow each other. In memory alone, by one and the same program.
 */

/* The most that ${len} bytes become. */
#define PACKED_MAX(len) (2 * (len) + 2)

/* Pack ${len} bytes into ${out}, which has room for PACKED_MAX(len). How many
 * they became. */
size_t pack(const void *in, size_t len, uint8_t *out);
/* Unpack exactly ${len} bytes. False: ${in} is not what they were packed to. */
bool unpack(const uint8_t *in, size_t in_len, void *out, size_t len);

#endif /* SERVER_AUTH_PACKED_H */
