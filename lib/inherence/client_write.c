/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <sanyoso/fido2.h>

#include "base64url.h"

/* What stands between quotation marks in JSON as it is, and in an origin. */
static bool
is_plain(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > '~' || *text == '"' ||
		    *text == '\\')
			return false;
	}
	return true;
}

enum sy_err
sy_fido2_client_data(const char *type,
    const uint8_t challenge[SY_FIDO2_CHALLENGE_SIZE], const char *origin,
    char *ret_text, size_t *ret_len)
{
	char text[SY_FIDO2_CLIENT_DATA_MAX];
	char letters[SY_BASE64URL_LEN(SY_FIDO2_CHALLENGE_SIZE) + 1];
	int len;

	if (type == NULL || challenge == NULL || origin == NULL ||
	    (strcmp(type, SY_FIDO2_CREATE) != 0 &&
		strcmp(type, SY_FIDO2_GET) != 0) ||
	    !is_plain(origin))
		return SY_ERR_ARG;
	if (strlen(origin) >= SY_FIDO2_ORIGIN_SIZE)
		return SY_ERR_LIMIT;
	sy_base64url(challenge, SY_FIDO2_CHALLENGE_SIZE, letters);
	len = snprintf(text, sizeof(text),
	    "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\","
	    "\"crossOrigin\":false}",
	    type, letters, origin);
	if (len < 0 || (size_t)len >= sizeof(text))
		return SY_ERR_LIMIT;
	memcpy(ret_text, text, (size_t)len + 1);
	*ret_len = (size_t)len;
	return SY_OK;
}
