/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/text.h>

#include "options.h"

static enum sy_err
parse_fd(const char *text, int *ret)
{
	int fd = 0;

	if (*text == '\0')
		return SY_ERR_ARG;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' || fd > 9999)
			return SY_ERR_ARG;
		fd = fd * 10 + (*text - '0');
	}
	*ret = fd;
	return SY_OK;
}

/* One option and its value, in two words. */
static enum sy_err
take(struct options *o, const char *name, const char *value)
{
	if (value == NULL)
		return SY_ERR_ARG;
	if (strcmp(name, "--root") == 0 && o->subcommand == NULL &&
	    o->root[0] == '\0') {
		o->root = value;
		return SY_OK;
	}
	if (o->subcommand == NULL || strcmp(o->subcommand, "join") != 0)
		return SY_ERR_ARG;
	if (strcmp(name, "--server") == 0 && o->server == NULL) {
		o->server = value;
		return SY_OK;
	}
	if (strcmp(name, "--code-fd") == 0 && o->code_fd == -1)
		return parse_fd(value, &o->code_fd);
	return SY_ERR_ARG;
}

/* Words of "check": flags without a value, and one name. */
static enum sy_err
take_check(struct options *o, const char *word)
{
	if (strcmp(word, "-v") == 0 && !o->verbose)
		o->verbose = true;
	else if (strcmp(word, "--json") == 0 && !o->json)
		o->json = true;
	else if (word[0] != '-' && o->person == NULL && sy_text_is_login(word))
		o->person = word;
	else
		return SY_ERR_ARG;
	return SY_OK;
}

enum sy_err
options_parse(int argc, char *const argv[], struct options *ret)
{
	struct options o = { .root = "", .code_fd = -1 };
	enum sy_err err;

	for (int i = 1; i < argc; i++) {
		if (o.subcommand != NULL &&
		    strcmp(o.subcommand, "check") == 0) {
			if ((err = take_check(&o, argv[i])) != SY_OK)
				return err;
		} else if (argv[i][0] == '-') {
			err = take(&o, argv[i],
			    i + 1 < argc ? argv[i + 1] : NULL);
			if (err != SY_OK)
				return err;
			i++;
		} else if (o.subcommand == NULL) {
			o.subcommand = argv[i];
		} else {
			return SY_ERR_ARG;
		}
	}
	if (o.subcommand == NULL)
		return SY_ERR_ARG;
	if (strcmp(o.subcommand, "join") == 0 && o.server == NULL)
		return SY_ERR_ARG;
	*ret = o;
	return SY_OK;
}
