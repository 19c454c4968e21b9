/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHECK_CHECK_H
#define AGENT_CHECK_CHECK_H

#include "agent/options.h"
#include "agent/paths.h"
#include "agent/settings.h"

/*
 * sanyoso-agent check: say what is wrong with this terminal and how to mend it.
 * The exit status: 0 nothing is wrong, 1 something is, 3 nothing that was
 * found is, but not everything could be checked.
 */
int check_run(const struct options *options, const struct paths *paths,
    const struct settings *settings);

#endif /* AGENT_CHECK_CHECK_H */
