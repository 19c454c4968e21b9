/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AGENT_TEXT_INT_H
#define AGENT_TEXT_INT_H

#include "text.h"

/* The sentences in English, which are also the keys of the catalogues. */
struct text_sentence {
	const char *one;
	const char *many; /* NULL: there is no number in it */
};
extern const struct text_sentence text_sentences[TEXT_COUNT];

#endif /* AGENT_TEXT_INT_H */
