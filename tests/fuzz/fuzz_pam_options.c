/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "pam/options.h"

#define ARGS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Options, separated by line feeds. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_pam_options options;
	struct sy_error error;
	const char *argv[ARGS_MAX];
	char *text = malloc(len + 1);
	char *at = text;
	int argc = 0;

	if (text == NULL)
		abort();
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	while (argc < ARGS_MAX && at != NULL) {
		argv[argc++] = at;
		if ((at = strchr(at, '\n')) != NULL)
			*at++ = '\0';
	}
	if (sy_pam_options_read(argc, argv, &options, &error) == SY_OK &&
	    (options.socket[0] != '/' || options.purpose == 0 ||
		options.timeout < SY_PAM_TIMEOUT_MIN ||
		options.timeout > SY_PAM_TIMEOUT_MAX))
		abort();
	free(text);
	return 0;
}
