/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <sanyoso/password.h>

#include "rules.h"

static const enum text_id texts[SY_PASSWORD_RULES] = {
	[SY_PASSWORD_SHORT] = TEXT_RULE_SHORT,
	[SY_PASSWORD_LONG] = TEXT_RULE_LONG,
	[SY_PASSWORD_UNCLEAN] = TEXT_RULE_UNCLEAN,
	[SY_PASSWORD_CLASSES] = TEXT_RULE_CLASSES,
	[SY_PASSWORD_LOGIN] = TEXT_RULE_LOGIN,
	[SY_PASSWORD_PERSONAL] = TEXT_RULE_PERSONAL,
	[SY_PASSWORD_REPEAT] = TEXT_RULE_REPEAT,
	[SY_PASSWORD_SEQUENCE] = TEXT_RULE_SEQUENCE,
	[SY_PASSWORD_SIMILAR] = TEXT_RULE_SIMILAR,
	[SY_PASSWORD_HISTORY] = TEXT_RULE_HISTORY,
	[SY_PASSWORD_DICTIONARY] = TEXT_RULE_DICTIONARY,
	[SY_PASSWORD_BLOCKED] = TEXT_RULE_BLOCKED,
	[SY_PASSWORD_YOUNG] = TEXT_RULE_YOUNG,
};

void
rules_text(enum sy_lang lang, enum text_id intro, const char *words,
    char out[SY_DIALOG_TEXT_SIZE])
{
	char text[SY_DIALOG_TEXT_SIZE];
	struct text_values v = { .number = 0 };
	enum sy_password_rule rule;
	size_t used;

	text_get(lang, intro, NULL, out);
	used = strlen(out);
	while (sy_password_words_next(&words, &rule, &v.number)) {
		text_get(lang, texts[rule], &v, text);
		/* All rules fit; half a sentence would mislead. */
		if (used + strlen(text) + 2 > SY_DIALOG_TEXT_SIZE)
			break;
		used += (size_t)snprintf(out + used, SY_DIALOG_TEXT_SIZE - used,
		    "%s ", text);
	}
	if (used > 0 && out[used - 1] == ' ')
		out[used - 1] = '\0';
}
