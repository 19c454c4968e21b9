/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/built.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

const char *
built(const char *name)
{
	static char path[4096];
	const char *build = getenv("SY_TEST_BUILDDIR");
	char cwd[2048];

	if (build == NULL)
		build = getcwd(cwd, sizeof(cwd));
	assert_non_null(build);
	(void)snprintf(path, sizeof(path), "%s/%s", build, name);
	return path;
}
