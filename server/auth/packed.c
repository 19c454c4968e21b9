/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/packed.h"

#include <string.h>

#define RUN_MAX 255

/* How many bytes from ${at} on are zero, or are not. */
static size_t
run(const uint8_t *in, size_t len, size_t at, bool zero)
{
	size_t n = 0;

	while (n < RUN_MAX && at + n < len && (in[at + n] == 0) == zero)
		n++;
	return n;
}

size_t
pack(const void *in, size_t len, uint8_t *out)
{
	const uint8_t *bytes = in;
	size_t at = 0, n = 0;

	while (at < len) {
		const size_t zeros = run(bytes, len, at, true);
		const size_t others = run(bytes, len, at + zeros, false);

		out[n++] = (uint8_t)zeros;
		out[n++] = (uint8_t)others;
		memcpy(out + n, bytes + at + zeros, others);
		n += others;
		at += zeros + others;
	}
	return n;
}

bool
unpack(const uint8_t *in, size_t in_len, void *out, size_t len)
{
	uint8_t *bytes = out;
	size_t at = 0, n = 0;

	while (n + 2 <= in_len) {
		const size_t zeros = in[n], others = in[n + 1];

		n += 2;
		if (others > in_len - n || zeros + others > len - at)
			return false;
		memset(bytes + at, 0, zeros);
		memcpy(bytes + at + zeros, in + n, others);
		n += others;
		at += zeros + others;
	}
	return n == in_len && at == len;
}
