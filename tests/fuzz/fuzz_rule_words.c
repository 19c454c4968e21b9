/* SPDX-License-Identifier: Apache-2.0 */
/* Words of rules, as a server may send them: each is read or left. */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/password.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	const char *at = text;
	const char *before = text;
	enum sy_password_rule rule;
	int64_t number;

	if (text == NULL)
		return 0;
	if (len != 0)
		memcpy(text, data, len);
	text[len] = '\0';
	while (sy_password_words_next(&at, &rule, &number)) {
		if (at <= before || at > text + len ||
		    rule >= SY_PASSWORD_RULES || number < 0)
			abort();
		before = at;
	}
	if (at != before)
		abort();
	free(text);
	return 0;
}
