/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <sanyoso/api.h>

#include "tests/support/fake_agent.h"
#include "tests/support/pam_place.h"

#define MODULE "pam/.libs/pam_sanyoso.so"

static char *folder;
static char socket_path[128];

int
pam_place_setup(void **state)
{
	(void)state;
	if ((folder = fake_folder_new()) == NULL)
		return -1;
	(void)snprintf(socket_path, sizeof(socket_path), "%s/sock", folder);
	return 0;
}

int
pam_place_teardown(void **state)
{
	(void)state;
	fake_folder_remove(folder);
	return 0;
}

const char *
pam_place_socket(void)
{
	return socket_path;
}

void
pam_place_start_bare(struct pam_host *host)
{
	assert_int_equal(pam_host_start(host, folder,
			     "auth required pam_deny.so\n", "suzuki"),
	    PAM_SUCCESS);
}

void
pam_place_start(struct pam_host *host, const char *user, const char *options)
{
	static const char *const phases[] = { "auth", "account", "password",
		"session" };
	const char *build = secure_getenv("SY_TEST_BUILDDIR");
	char stack[4096] = "";

	assert_non_null(build);
	for (size_t i = 0; i < SY_COUNT(phases); i++) {
		const size_t len = strlen(stack);

		(void)snprintf(stack + len, sizeof(stack) - len,
		    "%s required %s/" MODULE " socket=%s %s\n", phases[i],
		    build, socket_path, options);
	}
	assert_int_equal(pam_host_start(host, folder, stack, user),
	    PAM_SUCCESS);
}
