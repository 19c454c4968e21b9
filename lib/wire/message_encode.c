/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes messages. The text is measured first and then written into memory of
 * just that size, so that no copy of a one-time code is left behind by growing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire/message_int.h"

struct output {
	char *text; /* NULL while measuring */
	size_t len;
};

static enum sy_err encode_object(struct output *out,
    const struct sy_message *message, const void *value);

static void
put(struct output *out, const void *p, size_t len)
{
	if (out->text != NULL)
		memcpy(out->text + out->len, p, len);
	out->len += len;
}

static void
put_char(struct output *out, char c)
{
	put(out, &c, 1);
}

static bool
wants_escape(char c)
{
	return c == '"' || c == '\\' || c == '\n';
}

/* Clean texts need no other escapes (RFC 8259 section 7). */
static void
put_escaped(struct output *out, const char *text, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		if (!wants_escape(text[i]))
			continue;
		put(out, text + from, i - from);
		put_char(out, '\\');
		put_char(out, text[i] == '\n' ? 'n' : text[i]);
		from = i + 1;
	}
	put(out, text + from, len - from);
}

static enum sy_err
encode_text(struct output *out, const struct sy_field *field, const char *text)
{
	const size_t len = strnlen(text, field->size);

	/* What it holds is looked at once, while measuring. */
	if (len == field->size || (len == 0 && !field->optional) ||
	    (out->text == NULL && !sy_message_text_ok(field, text, len)))
		return SY_ERR_ARG;
	put_char(out, '"');
	put_escaped(out, text, len);
	put_char(out, '"');
	return SY_OK;
}

static enum sy_err
encode_int(struct output *out, const struct sy_field *field, int64_t v)
{
	char digits[24];

	if (v < field->min || v > field->max)
		return SY_ERR_ARG;
	put(out, digits,
	    (size_t)snprintf(digits, sizeof(digits), "%" PRId64, v));
	return SY_OK;
}

static enum sy_err
encode_bytes(struct output *out, const struct sy_field *field, const uint8_t *p,
    size_t len)
{
	if (len > field->size || (len == 0 && !field->optional) ||
	    (field->fixed != 0 && len != field->fixed))
		return SY_ERR_ARG;
	put_char(out, '"');
	/* Its NUL falls where the closing quote goes. */
	if (out->text != NULL)
		sy_text_base64(p, len, out->text + out->len);
	out->len += 4 * ((len + 2) / 3);
	put_char(out, '"');
	return SY_OK;
}

static enum sy_err
encode_list(struct output *out, const struct sy_field *field,
    const struct sy_list *list)
{
	const char *item = list->items;
	enum sy_err err;

	if (list->count > (size_t)field->max)
		return SY_ERR_LIMIT;
	put_char(out, '[');
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			put_char(out, ',');
		if ((err = encode_object(out, field->item,
			 item + i * field->item->size)) != SY_OK)
			return err;
	}
	put_char(out, ']');
	return SY_OK;
}

static size_t
bytes_len(const struct sy_field *field, const void *value)
{
	uint16_t len;

	memcpy(&len, (const char *)value + field->len_offset, sizeof(len));
	return len;
}

static bool
is_empty(const struct sy_field *field, const void *value)
{
	const void *at = field_const_at(field, value);

	switch (field->type) {
	case SY_FIELD_TEXT:
		return *(const char *)at == '\0';
	case SY_FIELD_INT:
		return *(const int64_t *)at == 0;
	case SY_FIELD_BOOL:
		return !*(const bool *)at;
	case SY_FIELD_BYTES:
		return bytes_len(field, value) == 0;
	case SY_FIELD_LIST:
		return ((const struct sy_list *)at)->count == 0;
	}
	return false;
}

static enum sy_err
encode_value(struct output *out, const struct sy_field *field,
    const void *value)
{
	const void *at = field_const_at(field, value);

	switch (field->type) {
	case SY_FIELD_TEXT:
		return encode_text(out, field, at);
	case SY_FIELD_INT:
		return encode_int(out, field, *(const int64_t *)at);
	case SY_FIELD_BOOL:
		if (*(const bool *)at)
			put(out, "true", 4);
		else
			put(out, "false", 5);
		return SY_OK;
	case SY_FIELD_BYTES:
		return encode_bytes(out, field, at, bytes_len(field, value));
	case SY_FIELD_LIST:
		return encode_list(out, field, at);
	}
	return SY_ERR_INTERNAL;
}

static enum sy_err
encode_object(struct output *out, const struct sy_message *message,
    const void *value)
{
	bool first = true;
	enum sy_err err;

	put_char(out, '{');
	for (size_t i = 0; i < message->count; i++) {
		const struct sy_field *field = &message->fields[i];

		if (field->optional && is_empty(field, value))
			continue;
		if (!first)
			put_char(out, ',');
		first = false;
		put_char(out, '"');
		put(out, field->name, strlen(field->name));
		put(out, "\":", 2);
		if ((err = encode_value(out, field, value)) != SY_OK)
			return err;
	}
	put_char(out, '}');
	return SY_OK;
}

enum sy_err
sy_message_encode(const struct sy_message *message, const void *value,
    char **ret_text, size_t *ret_len)
{
	struct output out = { 0 };
	SY_AUTO(sy_message_free) char *text = NULL;
	enum sy_err err;

	if ((err = encode_object(&out, message, value)) != SY_OK)
		return err;
	if (out.len > SY_REPLY_SIZE_MAX)
		return SY_ERR_LIMIT;
	if ((text = calloc(1, out.len + 1)) == NULL)
		return SY_ERR_NOMEM;
	out.text = text;
	out.len = 0;
	if ((err = encode_object(&out, message, value)) != SY_OK)
		return err;
	*ret_text = text;
	*ret_len = out.len;
	text = NULL;
	return SY_OK;
}
