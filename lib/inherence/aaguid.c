/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/metadata.h>
#include <sanyoso/text.h>

/* A UUID's text (RFC 4122 section 3): groups of so many bytes. */
static const size_t groups[] = { 4, 2, 2, 2, 6 };

void
sy_aaguid_text(const uint8_t aaguid[SY_AAGUID_SIZE],
    char out[SY_AAGUID_TEXT_SIZE])
{
	for (size_t i = 0; i < SY_COUNT(groups); i++) {
		if (i > 0)
			*out++ = '-';
		sy_text_hex(aaguid, groups[i], out);
		aaguid += groups[i];
		out += 2 * groups[i];
	}
}

bool
sy_aaguid_parse(const char *text, uint8_t ret[SY_AAGUID_SIZE])
{
	uint8_t aaguid[SY_AAGUID_SIZE];
	char hex[2 * SY_AAGUID_SIZE + 1];
	size_t at = 0;

	if (strlen(text) != SY_AAGUID_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < SY_COUNT(groups); i++) {
		if (i > 0 && *text++ != '-')
			return false;
		memcpy(hex + at, text, 2 * groups[i]);
		text += 2 * groups[i];
		at += 2 * groups[i];
	}
	hex[at] = '\0';
	if (sy_text_unhex(hex, aaguid, sizeof(aaguid)) != SY_OK)
		return false;
	memcpy(ret, aaguid, sizeof(aaguid));
	return true;
}
