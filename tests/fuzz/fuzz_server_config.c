/* SPDX-License-Identifier: Apache-2.0 */
/* server.conf: any text gives a checked configuration or an error with what is
 * wrong. Files that it names are looked for where there are none. */
#include <stdlib.h>
#include <string.h>

#include "server/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A listener says where and for whom; none is for everybody by omission. */
static void
check_listen(const struct config_listen *l, bool must)
{
	if (l->endpoint_count > CONFIG_ENDPOINTS_MAX ||
	    l->network_count > CONFIG_NETWORKS_MAX ||
	    (l->endpoint_count == 0) != (l->network_count == 0) ||
	    (must && l->endpoint_count == 0))
		abort();
	for (size_t i = 0; i < l->endpoint_count; i++)
		if (l->endpoints[i].port == 0)
			abort();
}

static void
check_config(const struct config *c)
{
	const char *origin = c->origin + strlen("https://");

	check_listen(&c->terminals, true);
	check_listen(&c->join, false);
	if (!config_is_host(c->name) ||
	    (c->fido2 &&
		(!config_is_host(c->rp_id) ||
		    strncmp(c->origin, "https://", 8) != 0 ||
		    strstr(origin, c->rp_id) == NULL ||
		    strncmp(c->metadata_root, "/nonexistent/", 13) != 0)) ||
	    (c->personalise && c->trust[SY_DRIVER_PIV] == NULL) ||
	    c->personal_life < 0 || c->hash.memory < SY_HASH_MEMORY_MIN ||
	    c->hash.memory > SY_HASH_MEMORY_MAX || c->hash.passes < 1 ||
	    c->hash.passes > SY_HASH_PASSES_MAX || c->hash_threads < 0 ||
	    c->hash_places < 1 || c->connections < 1 || c->transactions < 1 ||
	    c->terminal_transactions < 1 || c->terminal_begins < 1 ||
	    c->terminal_sessions < 1 || c->idle < 1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sy_error error = { .code = SY_OK };
	struct config config;
	struct paths paths;

	if (paths_init("/nonexistent", &paths, NULL) != SY_OK)
		abort();
	if (config_parse(&paths, "fuzz", (const char *)data, len, &config,
		&error) != SY_OK) {
		if (error.code == SY_OK || error.text[0] == '\0')
			abort();
		return 0;
	}
	check_config(&config);
	config_clear(&config);
	return 0;
}
