/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_RULES_H
#define AGENT_RULES_H

#include "text.h"

/*
 * ${intro} and behind it a sentence for each rule of ${words}, which is as
 * sy_password_rules_words makes it: one text, because some hosts show each text
 * on a page of its own. Words that are no rules are passed over.
 */
void rules_text(enum sy_lang lang, enum text_id intro, const char *words,
    char out[SY_DIALOG_TEXT_SIZE]);

#endif /* AGENT_RULES_H */
