/* SPDX-License-Identifier: Apache-2.0 */
/* agent.conf: any text gives checked settings or an error with its place. */
#include <stdlib.h>
#include <string.h>

#include "agent/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_error error = { .code = SY_OK };
	struct settings s;

	if (settings_parse("fuzz", (const char *)data, len, &s, &error) !=
	    SY_OK) {
		if (error.place[0] == '\0')
			abort();
		return 0;
	}
	if (s.worker[0] != '/' || s.drivers == 0 ||
	    s.server_count > SETTINGS_SERVERS_MAX ||
	    strcmp(s.user, s.worker_user) == 0 || strcmp(s.user, "root") == 0 ||
	    s.card_wait_ms < 5000)
		abort();
	for (size_t i = 0; i < s.server_count; i++)
		if (s.servers[i].port == 0 || s.servers[i].host[0] == '\0')
			abort();
	return 0;
}
