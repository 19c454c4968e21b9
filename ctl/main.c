/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/words.h"

static const struct ctl_command *const tables[] = { user_commands,
	explain_commands, token_commands, metadata_commands, terminal_commands,
	audit_commands, status_commands };

/*
 * Debian has no ja_JP locale unless one is made, and gettext translates
 * nothing in "C": C.UTF-8 then carries the language.
 */
static void
choose_language(void)
{
	const char *lang = secure_getenv("LC_ALL");

	if (lang == NULL || *lang == '\0')
		lang = secure_getenv("LC_MESSAGES");
	if (lang == NULL || *lang == '\0')
		lang = secure_getenv("LANG");
	if (setlocale(LC_ALL, "") == NULL ||
	    strcmp(setlocale(LC_MESSAGES, NULL), "C") == 0) {
		(void)setlocale(LC_ALL, "C.UTF-8");
		if (lang != NULL && strncmp(lang, "ja", 2) == 0)
			(void)setenv("LANGUAGE", "ja", 0);
	}
	(void)bindtextdomain("sanyoso", SY_LOCALEDIR);
	(void)bind_textdomain_codeset("sanyoso", "UTF-8");
	(void)textdomain("sanyoso");
}

static bool
is_noun(const char *word)
{
	for (size_t t = 0; t < SY_COUNT(tables); t++)
		for (const struct ctl_command *c = tables[t]; c->noun != NULL;
		     c++)
			if (strcmp(c->noun, word) == 0)
				return true;
	return false;
}

/* The commands of ${noun}, or all of them if it is NULL. */
static void
print_usage(FILE *out, const char *noun)
{
	char line[WORDS_SYNOPSIS_SIZE];

	fprintf(out, "%s\n",
	    _("usage: sanyosoctl [--root DIR] [--json] COMMAND ..."));
	for (size_t t = 0; t < SY_COUNT(tables); t++)
		for (const struct ctl_command *c = tables[t]; c->noun != NULL;
		     c++) {
			if (noun != NULL && strcmp(c->noun, noun) != 0)
				continue;
			words_synopsis(c, line, sizeof(line));
			fprintf(out, "  %-64s %s\n", line, _(c->summary));
		}
}

/* How many of the words in ${argv} are the verb, which may be two ("pin
 * change"); -1: it is another. */
static int
match_verb(const char *verb, int argc, char **argv)
{
	int used = 0;

	while (*verb != '\0') {
		const size_t len = strcspn(verb, " ");

		if (used == argc || strlen(argv[used]) != len ||
		    strncmp(argv[used], verb, len) != 0)
			return -1;
		used++;
		verb += len + (verb[len] == ' ' ? 1 : 0);
	}
	return used;
}

static const struct ctl_command *
find_command(int *argc, char ***argv)
{
	for (size_t t = 0; t < SY_COUNT(tables) && *argc > 0; t++)
		for (const struct ctl_command *c = tables[t]; c->noun != NULL;
		     c++) {
			int used;

			if (strcmp((*argv)[0], c->noun) != 0)
				continue;
			used = match_verb(c->verb, *argc - 1, *argv + 1);
			if (used < 0)
				continue;
			*argc -= 1 + used;
			*argv += 1 + used;
			return c;
		}
	return NULL;
}

static enum ctl_exit
no_memory(void)
{
	fprintf(stderr, "sanyosoctl: %s\n", _("Out of memory."));
	return CTL_REFUSED;
}

/* Ask the server and show what it says. */
static enum ctl_exit
ask_server(const struct ctl_context *ctx, const struct ctl_command *c,
    const void *request)
{
	void *reply = calloc(1, c->reply->size);
	enum ctl_exit status;

	if (reply == NULL)
		return no_memory();
	status = client_call(ctx, c->path, c->ask, request, c->reply, reply);
	if (status == CTL_DONE) {
		status = c->show(reply);
		sy_message_clear(c->reply, reply);
	}
	free(reply);
	return status;
}

static enum ctl_exit
run_command(struct ctl_context *ctx, const struct ctl_command *c, int argc,
    char **argv)
{
	void *request;
	enum ctl_exit status;

	/* A message without members is of no size at all. */
	if ((request = calloc(1, c->ask->size + 1)) == NULL)
		return no_memory();
	status = words_fill(c, argc, argv, request, &ctx->json);
	if (status == CTL_DONE)
		status = c->talk != NULL ? c->talk(ctx, request)
					 : ask_server(ctx, c, request);
	sy_memzero(request, c->ask->size);
	free(request);
	return status;
}

/* A code or an answer that nobody has read is not done: it comes only once. */
static enum ctl_exit
written(enum ctl_exit status)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	fprintf(stderr, "sanyosoctl: %s\n",
	    _("Not all of the answer could be written."));
	return status == CTL_DONE ? CTL_PARTLY : status;
}

int
main(int argc, char **argv)
{
	struct ctl_context ctx = { .root = "" };
	const struct ctl_command *c;

	choose_language();
	argc--;
	argv++;
	while (argc > 0 && strncmp(argv[0], "--", 2) == 0) {
		if (strcmp(argv[0], "--json") == 0) {
			ctx.json = true;
		} else if (strcmp(argv[0], "--root") == 0 && argc > 1) {
			ctx.root = argv[1];
			argc--;
			argv++;
		} else if (strcmp(argv[0], "--version") == 0) {
			puts("sanyosoctl " PACKAGE_VERSION);
			return (int)written(CTL_DONE);
		} else if (strcmp(argv[0], "--help") == 0) {
			print_usage(stdout, NULL);
			return (int)written(CTL_DONE);
		} else {
			break;
		}
		argc--;
		argv++;
	}
	if ((c = find_command(&argc, &argv)) == NULL) {
		print_usage(stderr,
		    argc > 0 && is_noun(argv[0]) ? argv[0] : NULL);
		return CTL_USAGE;
	}
	return (int)written(run_command(&ctx, c, argc, argv));
}
