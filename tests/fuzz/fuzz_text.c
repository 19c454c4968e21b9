/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts: what base64 and hex decode encodes to the same again; clean is a part
 * of UTF-8; names are a part of clean.
 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/text.h>

#define INPUT_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_base64(const char *text, size_t len)
{
	uint8_t bytes[INPUT_MAX];
	char again[INPUT_MAX + 1];
	size_t n = 0;

	if (sy_text_unbase64(text, len, bytes, sizeof(bytes), &n) != SY_OK)
		return;
	sy_text_base64(bytes, n, again);
	if (strlen(again) != len || memcmp(again, text, len) != 0)
		abort();
}

static void
check_hex(const char *text)
{
	uint8_t bytes[INPUT_MAX];
	char again[INPUT_MAX + 1];
	const size_t n = strlen(text) / 2;

	if (sy_text_unhex(text, bytes, n) != SY_OK)
		return;
	sy_text_hex(bytes, n, again);
	if (strcasecmp(again, text) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[INPUT_MAX + 1];

	if (len > INPUT_MAX)
		return 0;
	if (len != 0)
		memcpy(text, data, len);
	text[len] = '\0';

	check_base64(text, len);
	check_hex(text);
	if (sy_text_is_clean(text, len) && !sy_text_is_utf8(text, len))
		abort();
	if ((sy_text_is_login(text) || sy_text_is_service(text) ||
		sy_text_is_terminal(text)) &&
	    !sy_text_is_clean(text, strlen(text)))
		abort();
	return 0;
}
