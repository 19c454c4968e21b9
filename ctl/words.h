/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CTL_WORDS_H
#define CTL_WORDS_H

#include "ctl/ctl.h"

/* From the words of a command line to the members of a request. */

/*
 * Fill ${request} (zeroed, the command's message) from ${argv}; "--json" may
 * stand anywhere and sets ${ret_json}. CTL_USAGE after telling on stderr what
 * is wrong.
 */
enum ctl_exit words_fill(const struct ctl_command *c, int argc, char **argv,
    void *request, bool *ret_json);

#define WORDS_SYNOPSIS_SIZE 256

/* "user add USER --name ... [--kana ...]" into ${out}, which has ${size}
 * bytes; WORDS_SYNOPSIS_SIZE is enough. */
void words_synopsis(const struct ctl_command *c, char *out, size_t size);
/* The same on stderr, as usage. */
void words_usage(const struct ctl_command *c);

#endif /* CTL_WORDS_H */
