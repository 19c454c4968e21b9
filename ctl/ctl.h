/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>

#include <libintl.h>

#include <sanyoso/message.h>
#include <sanyoso/secret.h>

/*
 * sanyosoctl: a table of subcommands. Most are one request to the server's
 * local socket: the row says which message their words fill and how the reply
 * is shown.
 */

#define _(text)  gettext(text)
#define N_(text) text

/* Exit statuses that scripts rely on. */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_REFUSED = 1, /* the server said no, or found something wrong */
	CTL_USAGE = 2,
	CTL_NO_CONNECTION = 3,
	CTL_PARTLY = 4,
};

struct ctl_context {
	const char *root; /* prefix of all paths, "" by default */
	bool json;        /* show the server's reply as it came */
};

enum ctl_value {
	CTL_TEXT,  /* as it is */
	CTL_TOKEN, /* "7" or "token:7" */
	CTL_COUNT, /* a number */
	CTL_FROM,  /* a date: its first moment, local time */
	CTL_TO,    /* a date: the moment after its last */
	CTL_FLAG,  /* nothing follows: true if it is given */
};

/* A word of the command line that fills a member of the request. */
struct ctl_word {
	const char *name;   /* "--kind", or "USER" for a word by position */
	const char *member; /* of the request message */
	enum ctl_value value;
	bool required;
	const char *preset; /* if not given, or NULL */
};
#define CTL_WORDS_MAX 12

struct ctl_command {
	const char *noun, *verb; /* verb "" if there is none */
	const char *summary;     /* translatable */
	struct ctl_word words[CTL_WORDS_MAX];
	const char *path;
	const struct sy_message *ask, *reply;
	/* Show the reply; returns the exit status. */
	enum ctl_exit (*show)(const void *reply);
	/* Instead of path, reply and show, for what is more than one request
	 * to the server: given is what the words filled, of ${ask}. */
	enum ctl_exit (*talk)(const struct ctl_context *ctx,
	    const void *request);
};

/* Each file's commands; a row with a NULL noun ends them. */
extern const struct ctl_command user_commands[], explain_commands[],
    token_commands[], metadata_commands[], terminal_commands[],
    audit_commands[], status_commands[];

#endif /* CTL_CTL_H */
