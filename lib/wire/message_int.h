/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_MESSAGE_INT_H
#define SY_MESSAGE_INT_H

#include <stddef.h>

#include <sanyoso/message.h>

/*
 * The words from which the tables of messages are written: each describes one
 * member of struct ${s}. What follows the named arguments are more initialisers
 * of struct sy_field.
 */
#define TEXT(s, member, ...)                                                   \
	{                                                                      \
		.name = #member, .type = SY_FIELD_TEXT,                        \
		.offset = offsetof(struct s, member),                          \
		.size = sizeof(((struct s *)NULL)->member), __VA_ARGS__        \
	}
#define INT(s, member, low, high, ...)                                         \
	{                                                                      \
		.name = #member, .type = SY_FIELD_INT,                         \
		.offset = offsetof(struct s, member), .min = (low),            \
		.max = (high), __VA_ARGS__                                     \
	}
#define BOOL(s, member, ...)                                                   \
	{                                                                      \
		.name = #member, .type = SY_FIELD_BOOL,                        \
		.offset = offsetof(struct s, member), __VA_ARGS__              \
	}
#define BYTES(s, member, ...)                                                  \
	{                                                                      \
		.name = #member, .type = SY_FIELD_BYTES,                       \
		.offset = offsetof(struct s, member),                          \
		.size = sizeof(((struct s *)NULL)->member),                    \
		.len_offset = offsetof(struct s, member##_len), __VA_ARGS__    \
	}
#define LIST(s, member, of, most, ...)                                         \
	{                                                                      \
		.name = #member, .type = SY_FIELD_LIST,                        \
		.offset = offsetof(struct s, member), .max = (most),           \
		.item = (of), __VA_ARGS__                                      \
	}
#define OPTIONAL .optional = true

/* sy_message_${id} for struct ${s} from the table ${id}_fields. */
#define MESSAGE(id, s)                                                         \
	const struct sy_message sy_message_##id = { .name = #id,               \
		.size = sizeof(struct s),                                      \
		.fields = id##_fields,                                         \
		.count = SY_COUNT(id##_fields) }

/* The last second of the year 9999, and room for sequences and rows. */
#define SECONDS_MAX INT64_C(253402300799)
#define MICROS_MAX  (SECONDS_MAX * 1000000)
#define NUMBER_MAX  INT64_MAX

/* What a card can say of its PIN counter, and 255 for "unknown". */
#define TRIES_MAX 255
/* Seconds that a nonce can be good for. */
#define LIFE_MAX 3600
/* Bytes of a one-time code. */
#define CODE_LEN 16

/* How a member lies in the struct ${value}. */
static inline void *
field_at(const struct sy_field *field, void *value)
{
	return (char *)value + field->offset;
}

static inline const void *
field_const_at(const struct sy_field *field, const void *value)
{
	return (const char *)value + field->offset;
}

/* Is ${len} bytes of ${text} what ${field}, a TEXT, may hold? */
bool sy_message_text_ok(const struct sy_field *field, const char *text,
    size_t len);

#endif /* SY_MESSAGE_INT_H */
