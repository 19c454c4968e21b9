/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/support/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/*
 * The first byte chooses the message. What our decoder takes, an independent
 * reader of JSON must take too and find the same in it; and it must encode and
 * decode again to the same text.
 */
static void same_object(const struct sy_message *m, const void *value,
    json_t *object);

static void
same_list(const struct sy_field *f, const struct sy_list *list, json_t *array)
{
	if (array == NULL && list->count == 0)
		return;
	if (!json_is_array(array) || json_array_size(array) != list->count)
		abort();
	for (size_t i = 0; i < list->count; i++)
		same_object(f->item,
		    (const char *)list->items + i * f->item->size,
		    json_array_get(array, i));
}

static void
same_member(const struct sy_field *f, const void *value, json_t *member)
{
	const void *at = (const char *)value + f->offset;
	bool same = true;

	switch (f->type) {
	case SY_FIELD_TEXT:
		same = member == NULL ? *(const char *)at == '\0'
				      : json_is_string(member) &&
			strcmp(json_string_value(member), at) == 0;
		break;
	case SY_FIELD_INT:
		same = (member == NULL || json_is_integer(member)) &&
		    json_integer_value(member) == *(const int64_t *)at;
		break;
	case SY_FIELD_BOOL:
		same = (member == NULL || json_is_boolean(member)) &&
		    json_is_true(member) == *(const bool *)at;
		break;
	case SY_FIELD_BYTES:
		same = member == NULL || json_is_string(member);
		break;
	case SY_FIELD_LIST:
		same_list(f, at, member);
		break;
	}
	if (!same)
		abort();
}

static void
same_object(const struct sy_message *m, const void *value, json_t *object)
{
	size_t known = 0;

	if (!json_is_object(object))
		abort();
	for (size_t i = 0; i < m->count; i++) {
		json_t *member = json_object_get(object, m->fields[i].name);

		known += member != NULL;
		if (member == NULL && !m->fields[i].optional)
			abort();
		same_member(&m->fields[i], value, member);
	}
	if (json_object_size(object) != known)
		abort();
}

static void
check_accepted(const struct sy_message *m, const char *text, size_t len,
    const void *value)
{
	json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	void *back = malloc(m->size + 1);
	char *first = NULL, *second = NULL;
	size_t first_len, second_len;

	if (object == NULL || back == NULL)
		abort();
	same_object(m, value, object);
	json_decref(object);
	if (sy_message_encode(m, value, &first, &first_len) != SY_OK ||
	    sy_message_decode(m, first, first_len, back, NULL) != SY_OK ||
	    sy_message_encode(m, back, &second, &second_len) != SY_OK ||
	    first_len != second_len || strcmp(first, second) != 0)
		abort();
	sy_message_free(&first);
	sy_message_free(&second);
	sy_message_clear(m, back);
	free(back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct sy_message *m;
	struct sy_error error;
	void *value;

	if (len == 0)
		return 0;
	m = all_messages[data[0] % SY_COUNT(all_messages)];
	if ((value = malloc(m->size + 1)) == NULL)
		abort();
	if (sy_message_decode(m, (const char *)data + 1, len - 1, value,
		&error) == SY_OK) {
		check_accepted(m, (const char *)data + 1, len - 1, value);
		sy_message_clear(m, value);
	}
	free(value);
	return 0;
}
