/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SY_INHERENCE_CBOR_H
#define SY_INHERENCE_CBOR_H

#include <stdbool.h>

#include <sanyoso/buf.h>

/*
 * CBOR as FIDO2 keys write it (CTAP 2.1 section 8, over RFC 8949): definite
 * lengths, the shortest form of each number, text in UTF-8, keys of maps sorted
 * and each once, no tags, floats or simple values but false and true, nesting
 * of at most four levels. One encoding per value; everything else is
 * SY_ERR_FORMAT. Pure and thread-safe.
 */
#define SY_CBOR_DEPTH 4

/* Major types (RFC 8949 section 3.1). */
enum sy_cbor_type {
	SY_CBOR_UNSIGNED = 0,
	SY_CBOR_NEGATIVE = 1, /* -1 - value */
	SY_CBOR_BYTES = 2,
	SY_CBOR_TEXT = 3,
	SY_CBOR_ARRAY = 4,
	SY_CBOR_MAP = 5,
	SY_CBOR_BOOL = 7,
};

/* One item; views into the input. */
struct sy_cbor {
	enum sy_cbor_type type;
	uint64_t value;    /* number, truth, or how many items or pairs */
	const uint8_t *at; /* bytes or text, or the items of a container */
	size_t len;
};

/* Take one item with all that it holds, checked to its depth. On failure the
 * cursor stays where it was. */
SY_MUST_USE enum sy_err sy_cbor_take(struct sy_reader *r,
    struct sy_cbor *ret_item);

/* The value of ${key} in ${map} (any other item: none). Keys: a number, or a
 * text. SY_ERR_NOT_FOUND. */
SY_MUST_USE enum sy_err sy_cbor_at(const struct sy_cbor *map, int key,
    struct sy_cbor *ret_item);
SY_MUST_USE enum sy_err sy_cbor_named(const struct sy_cbor *map,
    const char *key, struct sy_cbor *ret_item);
/* The same where it must be of ${type}; else NOT_FOUND as well. */
SY_MUST_USE enum sy_err sy_cbor_at_of(const struct sy_cbor *map, int key,
    enum sy_cbor_type type, struct sy_cbor *ret_item);
SY_MUST_USE enum sy_err sy_cbor_named_of(const struct sy_cbor *map,
    const char *key, enum sy_cbor_type type, struct sy_cbor *ret_item);

/*
 * Whether the item at ${p} and all that it holds announce no more bytes and
 * items than there are; what follows it is not looked at. For decoders that
 * make room for what is announced before they have it. Any form of a number and
 * any order of keys will do; indefinite lengths will not.
 */
bool sy_cbor_fits(const void *p, size_t len);

/* A number of either sign that fits. SY_ERR_FORMAT. */
SY_MUST_USE enum sy_err sy_cbor_int(const struct sy_cbor *item, int *ret);

#endif /* SY_INHERENCE_CBOR_H */
