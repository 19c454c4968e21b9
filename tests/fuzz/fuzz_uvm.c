/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that uvm is put into: what comes out is longer by what was put in,
 * holds the rest as it was, and is not taken a second time.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "lib/inherence/device/channel.h"
#include "lib/inherence/device/uvm.h"

#define ADDED 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Whether ${out} is ${data} with something put in at ${at}. */
static bool
is_rest(const uint8_t *data, size_t len, const uint8_t *out, size_t at)
{
	for (size_t i = at; i < len; i++) {
		if (data[i] != out[i + ADDED])
			return false;
	}
	return out[at] == 0x04;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t out[CHANNEL_MESSAGE_MAX], again[CHANNEL_MESSAGE_MAX];
	size_t n, m, at = 2;

	if (uvm_insert(data, len, out, sizeof(out), &n) != SY_OK)
		return 0;
	if (n != len + ADDED || out[0] != data[0] || out[1] != data[1] + 1)
		abort();
	/* What stands before is as it was, and so is what stands behind. */
	while (!is_rest(data, len, out, at)) {
		if (at == len || out[at] != data[at])
			abort();
		at++;
	}
	if (uvm_insert(out, n, again, sizeof(again), &m) == SY_OK)
		abort();
	return 0;
}
