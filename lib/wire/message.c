/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/secret.h>

#include "lib/wire/message_int.h"

const struct sy_message sy_message_empty = { .name = "empty" };

static const struct sy_field failure_fields[] = {
	TEXT(sy_failure_reply, error),
	TEXT(sy_failure_reply, place, OPTIONAL),
	TEXT(sy_failure_reply, text, OPTIONAL),
	INT(sy_failure_reply, retry_after, 0, 86400, OPTIONAL),
};
MESSAGE(failure, sy_failure_reply);

bool
sy_message_text_ok(const struct sy_field *field, const char *text, size_t len)
{
	const char *const end = text + len;
	const char *feed;

	if (!field->lines)
		return sy_text_is_clean(text, len);
	while ((feed = memchr(text, '\n', (size_t)(end - text))) != NULL) {
		if (!sy_text_is_clean(text, (size_t)(feed - text)))
			return false;
		text = feed + 1;
	}
	return sy_text_is_clean(text, (size_t)(end - text));
}

void
sy_message_clear(const struct sy_message *message, void *value)
{
	for (size_t i = 0; i < message->count; i++) {
		const struct sy_field *field = &message->fields[i];
		struct sy_list *list;

		if (field->type != SY_FIELD_LIST)
			continue;
		list = field_at(field, value);
		for (size_t k = 0; k < list->count; k++)
			sy_message_clear(field->item,
			    (char *)list->items + k * field->item->size);
		free(list->items);
	}
	if (message->size > 0)
		sy_memzero(value, message->size);
}

void
sy_message_free(char **text)
{
	if (text == NULL || *text == NULL)
		return;
	sy_memzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}
