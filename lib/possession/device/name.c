/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include <sanyoso/text.h>

#include "lib/possession/device/name.h"

void
device_copy_name(char *out, size_t cap, const char *name)
{
	const size_t len = strnlen(name, cap - 1);
	const bool clean = sy_text_is_clean(name, len);

	for (size_t i = 0; i < len; i++)
		out[i] =
		    clean || (name[i] >= ' ' && name[i] <= '~') ? name[i] : '?';
	out[len] = '\0';
}
