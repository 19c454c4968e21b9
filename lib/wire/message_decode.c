/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads messages straight from the JSON text into their structs, led by the
 * message's table. There is no tree in between: nothing is allocated but the
 * items of lists, a one-time code is copied nowhere, what the table does not
 * know cannot be read at all, and the nesting is that of the table.
 */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/secret.h>

#include "lib/wire/message_int.h"

/* Longer than the name of any member. */
#define KEY_SIZE 64
/* A list's memory grows in steps of at least so many items. */
#define LIST_STEP 8

struct input {
	const char *at;
	const char *end;
	const char *message; /* for errors: where we are */
	const char *member;
	struct sy_error *error;
};

static enum sy_err decode_object(struct input *in,
    const struct sy_message *message, void *value);

static enum sy_err
refuse(const struct input *in, enum sy_err err, const char *why)
{
	char place[sizeof(in->error->place)];
	size_t len = 0;
	const char *const part[] = { in->message, in->member[0] ? "." : "",
		in->member };

	for (size_t i = 0; i < SY_COUNT(part); i++)
		for (const char *p = part[i]; *p && len < sizeof(place) - 1;
		     p++)
			place[len++] = *p;
	place[len] = '\0';
	return sy_error_set(in->error, err, place, "%s", why);
}

static void
skip_space(struct input *in)
{
	while (in->at < in->end &&
	    (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' ||
		*in->at == '\r'))
		in->at++;
}

/* Take ${c} if it comes next, behind white space. */
static bool
take_char(struct input *in, char c)
{
	skip_space(in);
	if (in->at == in->end || *in->at != c)
		return false;
	in->at++;
	return true;
}

static bool
take_word(struct input *in, const char *word)
{
	const size_t len = strlen(word);

	if ((size_t)(in->end - in->at) < len || memcmp(in->at, word, len) != 0)
		return false;
	in->at += len;
	return true;
}

/* Four hex digits. */
static bool
take_hex4(struct input *in, uint32_t *ret)
{
	uint32_t v = 0;

	if (in->end - in->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		const char c = *in->at++;

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v = v << 4 | (uint32_t)(c - 'A' + 10);
		else
			return false;
	}
	*ret = v;
	return true;
}

/* What follows "\u", with the second half of a surrogate pair. */
static bool
take_code_point(struct input *in, uint32_t *ret)
{
	uint32_t high, low;

	if (!take_hex4(in, &high))
		return false;
	if (high < 0xd800 || high > 0xdfff) {
		*ret = high;
		return true;
	}
	if (high > 0xdbff || !take_word(in, "\\u") || !take_hex4(in, &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return false;
	*ret = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

static size_t
utf8_from(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* What follows a backslash, as UTF-8; 0 if there is no such escape. */
static size_t
take_escape(struct input *in, char out[4])
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	uint32_t c;

	if (in->at == in->end)
		return 0;
	if (take_word(in, "u"))
		return take_code_point(in, &c) ? utf8_from(c, out) : 0;
	if ((found = memchr(from, *in->at, sizeof(from) - 1)) == NULL)
		return 0;
	in->at++;
	out[0] = to[found - from];
	return 1;
}

/* A string into ${out}, with its NUL. Whether it is UTF-8 is not looked at. */
static enum sy_err
take_string(struct input *in, char *out, size_t cap, size_t *ret_len)
{
	size_t len = 0;
	char c[4];

	if (!take_char(in, '"'))
		return refuse(in, SY_ERR_FORMAT, "not a string");
	for (;;) {
		size_t n = 1;

		if (in->at == in->end)
			return refuse(in, SY_ERR_FORMAT, "unfinished string");
		c[0] = *in->at++;
		if (c[0] == '"')
			break;
		if ((unsigned char)c[0] < 0x20)
			return refuse(in, SY_ERR_FORMAT,
			    "control character in a string");
		if (c[0] == '\\' && (n = take_escape(in, c)) == 0)
			return refuse(in, SY_ERR_FORMAT, "bad escape");
		if (len + n >= cap)
			return refuse(in, SY_ERR_LIMIT, "text is too long");
		memcpy(out + len, c, n);
		len += n;
	}
	out[len] = '\0';
	*ret_len = len;
	return SY_OK;
}

static enum sy_err
decode_text(struct input *in, const struct sy_field *field, char *out)
{
	size_t len;
	enum sy_err err;

	if ((err = take_string(in, out, field->size, &len)) != SY_OK)
		return err;
	if (!sy_message_text_ok(field, out, len))
		return refuse(in, SY_ERR_FORMAT, "text is not clean UTF-8");
	if (len == 0 && !field->optional)
		return refuse(in, SY_ERR_FORMAT, "text is empty");
	return SY_OK;
}

static bool
is_digit(const struct input *in)
{
	return in->at < in->end && *in->at >= '0' && *in->at <= '9';
}

static enum sy_err
decode_int(struct input *in, const struct sy_field *field, int64_t *ret)
{
	bool negative;
	const char *first;
	int64_t v = 0;

	skip_space(in);
	negative = take_word(in, "-");
	first = in->at;
	/* Counted downwards, where there is room for INT64_MIN. */
	for (; is_digit(in); in->at++) {
		const int digit = *in->at - '0';

		if (v < (INT64_MIN + digit) / 10)
			return refuse(in, SY_ERR_FORMAT, "number out of range");
		v = v * 10 - digit;
	}
	if (in->at == first)
		return refuse(in, SY_ERR_FORMAT, "not an integer");
	if (*first == '0' && (negative || in->at - first > 1))
		return refuse(in, SY_ERR_FORMAT, "number with a leading zero");
	if (in->at < in->end &&
	    (*in->at == '.' || *in->at == 'e' || *in->at == 'E'))
		return refuse(in, SY_ERR_FORMAT, "not an integer");
	if (!negative && v == INT64_MIN)
		return refuse(in, SY_ERR_FORMAT, "number out of range");
	v = negative ? v : -v;
	if (v < field->min || v > field->max)
		return refuse(in, SY_ERR_FORMAT, "number out of range");
	*ret = v;
	return SY_OK;
}

static enum sy_err
decode_bool(struct input *in, bool *ret)
{
	skip_space(in);
	if (take_word(in, "true"))
		*ret = true;
	else if (take_word(in, "false"))
		*ret = false;
	else
		return refuse(in, SY_ERR_FORMAT, "neither true nor false");
	return SY_OK;
}

/* base64 holds nothing that needs an escape, so it is read where it lies. */
static enum sy_err
decode_bytes(struct input *in, const struct sy_field *field, void *value)
{
	const char *text, *quote;
	size_t len;
	uint16_t len16;
	enum sy_err err;

	if (!take_char(in, '"') ||
	    (quote = memchr(in->at, '"', (size_t)(in->end - in->at))) == NULL)
		return refuse(in, SY_ERR_FORMAT, "not a string");
	text = in->at;
	in->at = quote + 1;
	err = sy_text_unbase64(text, (size_t)(quote - text),
	    field_at(field, value), field->size, &len);
	if (err == SY_ERR_LIMIT)
		return refuse(in, err, "too many bytes");
	if (err != SY_OK)
		return refuse(in, err, "not base64");
	if ((len == 0 && !field->optional) ||
	    (field->fixed != 0 && len != field->fixed))
		return refuse(in, SY_ERR_FORMAT, "wrong number of bytes");
	len16 = (uint16_t)len;
	memcpy((char *)value + field->len_offset, &len16, sizeof(len16));
	return SY_OK;
}

/* Room for one more item, which is zeroed and counted. No list holds
 * secrets. */
static enum sy_err
list_grow(struct sy_list *list, size_t *room, size_t size, void **ret_item)
{
	if (list->count == *room) {
		const size_t more = *room == 0 ? LIST_STEP : *room * 2;
		void *items = reallocarray(list->items, more, size);

		if (items == NULL)
			return SY_ERR_NOMEM;
		list->items = items;
		*room = more;
	}
	*ret_item = (char *)list->items + list->count * size;
	memset(*ret_item, 0, size);
	list->count++;
	return SY_OK;
}

static enum sy_err
decode_list(struct input *in, const struct sy_field *field,
    struct sy_list *list)
{
	const struct input outer = *in;
	size_t room = 0;
	void *item;
	enum sy_err err;

	if (!take_char(in, '['))
		return refuse(in, SY_ERR_FORMAT, "not a list");
	if (take_char(in, ']'))
		return SY_OK;
	do {
		in->message = outer.message;
		in->member = outer.member;
		if (list->count == (size_t)field->max)
			return refuse(in, SY_ERR_LIMIT, "too many items");
		if ((err = list_grow(list, &room, field->item->size, &item)) !=
		    SY_OK)
			return refuse(in, err, "out of memory");
		if ((err = decode_object(in, field->item, item)) != SY_OK)
			return err;
	} while (take_char(in, ','));
	in->message = outer.message;
	in->member = outer.member;
	if (!take_char(in, ']'))
		return refuse(in, SY_ERR_FORMAT, "unfinished list");
	return SY_OK;
}

static enum sy_err
decode_value(struct input *in, const struct sy_field *field, void *value)
{
	void *at = field_at(field, value);

	switch (field->type) {
	case SY_FIELD_TEXT:
		return decode_text(in, field, at);
	case SY_FIELD_INT:
		return decode_int(in, field, at);
	case SY_FIELD_BOOL:
		return decode_bool(in, at);
	case SY_FIELD_BYTES:
		return decode_bytes(in, field, value);
	case SY_FIELD_LIST:
		return decode_list(in, field, at);
	}
	return refuse(in, SY_ERR_INTERNAL, "no such type of member");
}

/* The place of a member in the table, or the table's length. Our own encoder
 * keeps the table's order: begin to look at ${hint}. */
static size_t
find_member(const struct sy_message *message, const char *name, size_t len,
    size_t hint)
{
	for (size_t i = 0; i < message->count; i++) {
		const size_t k = (hint + i) % message->count;

		if (strlen(message->fields[k].name) == len &&
		    memcmp(message->fields[k].name, name, len) == 0)
			return k;
	}
	return message->count;
}

/* The next member's name and its colon; ${*ret} is its place in the table. */
static enum sy_err
take_key(struct input *in, const struct sy_message *message, size_t hint,
    size_t *ret)
{
	char key[KEY_SIZE];
	size_t len = 0, k;
	enum sy_err err;

	in->member = "";
	if ((err = take_string(in, key, sizeof(key), &len)) != SY_OK)
		return err;
	if ((k = find_member(message, key, len, hint)) == message->count)
		return refuse(in, SY_ERR_FORMAT, "unknown member");
	in->member = message->fields[k].name;
	if (!take_char(in, ':'))
		return refuse(in, SY_ERR_FORMAT, "no colon behind the name");
	*ret = k;
	return SY_OK;
}

static enum sy_err
decode_members(struct input *in, const struct sy_message *message, void *value,
    uint64_t *seen)
{
	size_t k = 0;
	enum sy_err err;

	do {
		if ((err = take_key(in, message, k, &k)) != SY_OK)
			return err;
		if ((*seen >> k & 1) != 0)
			return refuse(in, SY_ERR_FORMAT, "repeated member");
		*seen |= UINT64_C(1) << k;
		if ((err = decode_value(in, &message->fields[k], value)) !=
		    SY_OK)
			return err;
		in->message = message->name;
	} while (take_char(in, ','));
	in->member = "";
	if (!take_char(in, '}'))
		return refuse(in, SY_ERR_FORMAT, "unfinished object");
	return SY_OK;
}

static enum sy_err
decode_object(struct input *in, const struct sy_message *message, void *value)
{
	uint64_t seen = 0;
	enum sy_err err;

	if (!take_char(in, '{'))
		return refuse(in, SY_ERR_FORMAT, "not an object");
	in->message = message->name;
	in->member = "";
	if (!take_char(in, '}') &&
	    (err = decode_members(in, message, value, &seen)) != SY_OK)
		return err;
	for (size_t i = 0; i < message->count; i++) {
		if (message->fields[i].optional || (seen >> i & 1) != 0)
			continue;
		in->member = message->fields[i].name;
		return refuse(in, SY_ERR_FORMAT, "missing member");
	}
	return SY_OK;
}

enum sy_err
sy_message_decode(const struct sy_message *message, const char *text,
    size_t len, void *ret_value, struct sy_error *reterr)
{
	struct input in = { .at = text,
		.end = text + len,
		.message = message->name,
		.member = "",
		.error = reterr };
	enum sy_err err;

	if (message->size > 0)
		memset(ret_value, 0, message->size);
	if (len > SY_REPLY_SIZE_MAX)
		return refuse(&in, SY_ERR_LIMIT, "message is too long");
	if ((err = decode_object(&in, message, ret_value)) == SY_OK) {
		skip_space(&in);
		in.message = message->name;
		in.member = "";
		if (in.at != in.end)
			err = refuse(&in, SY_ERR_FORMAT, "trailing bytes");
	}
	if (err != SY_OK)
		sy_message_clear(message, ret_value);
	return err;
}
