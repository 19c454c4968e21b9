/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_CHECK_WORDS_H
#define AGENT_CHECK_WORDS_H

#include "agent/text.h"

/* A sentence of the checks in the language of the configuration. */
#define _(s)                 text_translate(s)
#define N_(s)                s
#define P_(one, many, count) text_translate_many(one, many, count)

/* Why something failed, in the language of the configuration. */
const char *words_of_error(enum sy_err err);

#endif /* AGENT_CHECK_WORDS_H */
