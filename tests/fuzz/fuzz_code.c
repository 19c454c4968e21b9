/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-time codes: the first byte is the length that is expected, the rest what
 * was typed. What is accepted formats to a code that is accepted again.
 */
#include <stdlib.h>

#include <sanyoso/code.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	SY_AUTO(sy_secret_free) struct sy_secret *typed = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *bytes = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *text = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *again = NULL;

	if (len < 2 || len > 512)
		return 0;
	if (sy_secret_new(len - 1, &typed) != SY_OK ||
	    sy_secret_append(typed, data + 1, len - 1) != SY_OK)
		abort();
	if (sy_code_parse(typed, data[0], &bytes) != SY_OK)
		return 0;
	if (sy_secret_len(bytes) != data[0] ||
	    sy_code_format(sy_secret_bytes(bytes), data[0], &text) != SY_OK ||
	    sy_code_parse(text, data[0], &again) != SY_OK ||
	    !sy_secret_equal(bytes, again))
		abort();
	return 0;
}
