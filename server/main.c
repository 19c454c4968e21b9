/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/init.h"
#include "server/log.h"
#include "server/privilege.h"
#include "server/run.h"

#define _(text)  gettext(text)
#define N_(text) text

#define EXIT_USAGE 2

struct arguments {
	struct paths paths;
	int argc; /* behind the subcommand */
	char **argv;
};

static int usage(FILE *out);

static int
command_init(const struct arguments *a)
{
	if (a->argc != 2 || strcmp(a->argv[0], "--name") != 0)
		return usage(stderr);
	return init_main(&a->paths, a->argv[1]);
}

static int
command_run(const struct arguments *a)
{
	return a->argc != 0 ? usage(stderr) : run_main(&a->paths);
}

static const struct {
	const char *name;
	const char *words;
	const char *summary;
	int (*run)(const struct arguments *a);
} commands[] = {
	{ "init", "init --name HOST", N_("set up a new server"), command_init },
	{ "run", "run", N_("serve until SIGTERM"), command_run },
};

static int
usage(FILE *out)
{
	(void)fprintf(out, "%s\n", _("usage: sanyosod [--root DIR] COMMAND"));
	for (size_t i = 0; i < SY_COUNT(commands); i++)
		(void)fprintf(out, "  %-20s %s\n", commands[i].words,
		    _(commands[i].summary));
	return out == stdout ? 0 : EXIT_USAGE;
}

/*
 * Debian has no ja_JP locale unless one is made, and gettext translates
 * nothing in "C": C.UTF-8 then carries the language.
 */
static void
choose_language(void)
{
	if (setlocale(LC_ALL, "") == NULL ||
	    strcmp(setlocale(LC_MESSAGES, NULL), "C") == 0)
		(void)setlocale(LC_ALL, "C.UTF-8");
	(void)bindtextdomain("sanyoso", SY_LOCALEDIR);
	(void)bind_textdomain_codeset("sanyoso", "UTF-8");
	(void)textdomain("sanyoso");
}

static int
run_command(const char *root, int argc, char **argv)
{
	struct arguments a = { .argc = argc - 1, .argv = argv + 1 };
	struct sy_error error = { .code = SY_OK };

	for (size_t i = 0; i < SY_COUNT(commands); i++) {
		if (strcmp(commands[i].name, argv[0]) != 0)
			continue;
		error.code = paths_init(root, &a.paths, &error);
		if (error.code != SY_OK) {
			log_error(&error, "--root");
			return EXIT_USAGE;
		}
		return commands[i].run(&a);
	}
	return usage(stderr);
}

int
main(int argc, char **argv)
{
	const char *root = NULL;
	int at = 1;

	choose_language();
	if (privilege_harden() != SY_OK) {
		log_err("core dumps can't be switched off");
		return 1;
	}
	if (at < argc && strcmp(argv[at], "--help") == 0)
		return usage(stdout);
	if (at < argc && strcmp(argv[at], "--version") == 0) {
		puts("sanyosod " PACKAGE_VERSION);
		return 0;
	}
	if (at + 1 < argc && strcmp(argv[at], "--root") == 0) {
		root = argv[at + 1];
		at += 2;
	}
	if (at >= argc)
		return usage(stderr);
	return run_command(root, argc - at, argv + at);
}
