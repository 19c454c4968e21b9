/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "daemon.h"
#include "join.h"
#include "log.h"
#include "options.h"
#include "privilege.h"
#include "text.h"

#define EXIT_USAGE 2

static int
run(const struct options *options, const struct paths *paths,
    const struct settings *settings)
{
	(void)options;
	return daemon_run(paths, settings);
}

static const struct {
	const char *name;
	int (*run)(const struct options *options, const struct paths *paths,
	    const struct settings *settings);
} subcommands[] = {
	{ "run", run },
	{ "join", join_run },
	{ "check", check_run },
};

static int
usage(FILE *out, int status)
{
	(void)fputs("usage: sanyoso-agent [--root DIR] run\n"
		    "       sanyoso-agent [--root DIR] join --server HOST:PORT "
		    "[--code-fd N]\n"
		    "       sanyoso-agent [--root DIR] check [-v] [--json] "
		    "[USER]\n",
	    out);
	return status;
}

int
main(int argc, char *argv[])
{
	struct sy_error error = { .code = SY_OK };
	struct options options;
	struct paths paths;
	struct settings settings;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout, 0);
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("sanyoso-agent " PACKAGE_VERSION) < 0;
	log_open();
	if (options_parse(argc, argv, &options) != SY_OK)
		return usage(stderr, EXIT_USAGE);
	if (paths_make(options.root, &paths) != SY_OK) {
		log_err("--root: not a short absolute directory");
		return EXIT_USAGE;
	}
	privilege_harden();
	if (settings_load(paths.config, &settings, &error) != SY_OK) {
		log_error("configuration", &error);
		return EXIT_USAGE;
	}
	text_open(SY_LOCALEDIR, settings.language);
	for (size_t i = 0; i < SY_COUNT(subcommands); i++)
		if (strcmp(options.subcommand, subcommands[i].name) == 0)
			return subcommands[i].run(&options, &paths, &settings);
	return usage(stderr, EXIT_USAGE);
}
