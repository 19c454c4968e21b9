/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

/*
 * What "sanyoso-agent check" looks for in the module's file: whether it is of
 * the version of the agent. No code uses it.
 */
extern const char sy_pam_version[];
const char sy_pam_version[] __attribute__((used, visibility("hidden"))) =
    "pam_sanyoso " PACKAGE_VERSION;
