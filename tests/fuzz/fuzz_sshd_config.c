/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of sshd_config: any bytes give settings, or an error with its
 * place; what is included never changes where we are. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/check/sshdfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static enum sy_err
include(struct sshd_reading *r, const char *pattern, struct sy_error *reterr)
{
	(void)reterr;
	if (strlen(pattern) >= SSHDFILE_WORD_SIZE ||
	    r->depth > SSHDFILE_DEPTH_MAX)
		abort();
	r->match = !r->match;
	return SY_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sshd_reading r = { .include = include };
	struct sy_error error = { .code = SY_OK };

	if (sshdfile_parse("fuzz", (const char *)data, len, &r, &error) !=
	    SY_OK) {
		if (error.code == SY_OK ||
		    strncmp(error.place, "fuzz:", 5) != 0)
			abort();
	} else if (r.depth != 0 || r.settings.pam > SSHD_YES ||
	    r.settings.password > SSHD_YES || r.settings.keyboard > SSHD_YES) {
		abort();
	}
	return 0;
}
