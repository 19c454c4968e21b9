/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHECK_PAMCONTROL_H
#define AGENT_CHECK_PAMCONTROL_H

#include "agent/check/pamfile.h"

/*
 * The second word of a line, without its brackets: "required", "include", or
 * if ${bracketed} "value=action ..." (pam.d(5)). FORMAT with a sentence in
 * ${*ret_why}. ${kind} and ${actions} are written on success only.
 */
SY_MUST_USE enum sy_err pamcontrol_parse(const char *word, bool bracketed,
    enum pamfile_kind *ret_kind, int ret_actions[PAMFILE_RETURNS],
    const char **ret_why);

#endif /* AGENT_CHECK_PAMCONTROL_H */
