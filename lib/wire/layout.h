/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_LAYOUT_H
#define SY_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include <sanyoso/frame.h>
#include <sanyoso/secret.h>

/*
 * How the body of a frame between agent and worker lies in a struct: written
 * down once, for the end that puts it and the end that gets it. The fields
 * follow each other on the wire in the table's order (sanyoso/buf.h has the
 * encodings).
 */
enum layout_type {
	LAYOUT_INT,    /* as wide as the member; unsigned */
	LAYOUT_BOOL,   /* one byte, 0 or 1 */
	LAYOUT_FIXED,  /* bytes without a length */
	LAYOUT_TEXT,   /* text, with its NUL in the member */
	LAYOUT_BYTES,  /* bytes16; their number in another member */
	LAYOUT_VIEW,   /* bytes16, in a struct layout_view: into the frame */
	LAYOUT_SECRET, /* bytes16, in a secret of its own; put: NULL is none */
	LAYOUT_LIST,   /* u16 and so many items; their number as with BYTES */
};

/* The largest struct that a frame lies in. */
#define LAYOUT_SIZE_MAX (12 * 1024)

struct layout_view {
	const uint8_t *bytes;
	size_t len;
};

struct layout_field {
	enum layout_type type;
	size_t offset;
	size_t size;               /* of the member; VIEW, SECRET: the most */
	size_t len_offset;         /* BYTES, LIST: of a uint16_t */
	const struct layout *item; /* LIST */
};

struct layout {
	uint8_t type; /* of the frame; an item of a list has none */
	size_t size;  /* of the struct */
	const struct layout_field *fields;
	size_t count;
	/* What no field can tell by itself; NULL: nothing. */
	bool (*is_valid)(const void *value);
};

/* The words from which the tables are written: each describes one member of
 * struct ${s}. */
#define MEMBER(kind, s, member)                                                \
	.type = (kind), .offset = offsetof(struct s, member),                  \
	.size = sizeof(((struct s *)NULL)->member)
#define INT(s, member)                                                         \
	{                                                                      \
		MEMBER(LAYOUT_INT, s, member)                                  \
	}
#define BOOL(s, member)                                                        \
	{                                                                      \
		MEMBER(LAYOUT_BOOL, s, member)                                 \
	}
#define FIXED(s, member)                                                       \
	{                                                                      \
		MEMBER(LAYOUT_FIXED, s, member)                                \
	}
#define TEXT(s, member)                                                        \
	{                                                                      \
		MEMBER(LAYOUT_TEXT, s, member)                                 \
	}
#define BYTES(s, member, len)                                                  \
	{                                                                      \
		MEMBER(LAYOUT_BYTES, s, member),                               \
		    .len_offset = offsetof(struct s, len)                      \
	}
#define LIST(s, member, number, of)                                            \
	{                                                                      \
		MEMBER(LAYOUT_LIST, s, member),                                \
		    .len_offset = offsetof(struct s, number), .item = (of)     \
	}
#define VIEW(s, member, most)                                                  \
	{                                                                      \
		.type = LAYOUT_VIEW, .offset = offsetof(struct s, member),     \
		.size = (most)                                                 \
	}
/* A struct layout_view by itself. */
#define WHOLE_VIEW(most)                                                       \
	{                                                                      \
		.type = LAYOUT_VIEW, .size = (most)                            \
	}
#define SECRET(s, member, most)                                                \
	{                                                                      \
		.type = LAYOUT_SECRET, .offset = offsetof(struct s, member),   \
		.size = (most)                                                 \
	}

/* A layout of struct ${s}, from the table ${table}. */
#define LAYOUT(frame, s, table, valid)                                         \
	{                                                                      \
		.type = (frame), .size = sizeof(struct s), .fields = (table),  \
		.count = SY_COUNT(table), .is_valid = (valid)                  \
	}

/* The whole frame of ${value} in ${out}. ARG (not valid), LIMIT, NOMEM. */
SY_MUST_USE enum sy_err layout_put(struct sy_buf *out, const struct layout *l,
    const void *value);
/* The same in a secret, for layouts with secrets in them. */
SY_MUST_USE enum sy_err layout_put_secret(const struct layout *l,
    const void *value, struct sy_secret **ret_frame);
/* Take the body of ${frame} apart. VERSION, PROTOCOL (a frame of another type),
 * FORMAT; NOMEM of secrets. ${ret} is written on success only. */
SY_MUST_USE enum sy_err layout_get(const struct sy_frame *frame,
    const struct layout *l, void *ret);
/* Free the secrets in ${value}. */
void layout_clear(const struct layout *l, void *value);

/* NULL is an empty one. */
size_t layout_secret_len(const struct sy_secret *secret);
struct layout_view layout_view_of(const struct sy_secret *secret);
/* For layouts of a struct layout_view alone: it is not empty. */
bool layout_view_is_there(const void *view);

#endif /* SY_LAYOUT_H */
