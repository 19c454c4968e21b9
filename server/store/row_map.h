/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_STORE_ROW_MAP_H
#define SERVER_STORE_ROW_MAP_H

#include <sanyoso/audit.h>

#include "server/store/row.h"

/*
 * What we know of every row without asking the database: which there are, the
 * sequence and MAC that each must bear, and what it is listed by. A row in the
 * database that differs was changed behind our back. For one thread.
 */
struct row_map;
struct row_kept; /* a decoded row, see view.c */

#define ROW_TYPES_MAX  16
#define ROW_LISTED_MAX 2
#define ROW_SIZE_MAX   4096 /* of a struct */

struct row_state {
	uint64_t seq;
	uint8_t mac[SY_DIGEST_SIZE];
	int64_t listed[ROW_LISTED_MAX]; /* values of the LISTED columns */
	enum sy_err bad; /* SY_OK, SY_ERR_ROW_ALTERED, SY_ERR_ROW_STALE */
};

struct row_entry {
	int64_t id;
	struct row_state state;
	struct row_kept *kept; /* the view's; NULL if none */
};

/* The place of ${type} in row_types. */
size_t row_type_number(const struct row_type *type);
/* The place of ${column} among the LISTED ones, ROW_LISTED_MAX if it is none
 * of them. */
size_t row_listed_number(const struct row_type *type, const char *column);

SY_MUST_USE enum sy_err row_map_new(struct row_map **ret_map);
void row_map_free(struct row_map **map);

/* NULL if there is none. Valid until it is removed. */
struct row_entry *row_map_get(const struct row_map *map,
    const struct row_type *type, int64_t id);
/* Add or change; NOMEM (nothing changed then) only when it adds. */
SY_MUST_USE enum sy_err row_map_put(struct row_map *map,
    const struct row_type *type, int64_t id, const struct row_state *state,
    struct row_entry **ret_entry);
/* Take out; the caller drops what is returned (NULL: there was none) or puts
 * it back: there is room for it as long as nothing was added meanwhile. */
struct row_entry *row_map_detach(struct row_map *map,
    const struct row_type *type, int64_t id);
void row_map_attach(struct row_map *map, const struct row_type *type,
    struct row_entry *entry);
/* For the next one that is added; NULL is allowed. */
void row_map_drop(struct row_map *map, struct row_entry *entry);

size_t row_map_count(const struct row_map *map, const struct row_type *type);
/* The highest id; 0 if there is none. */
int64_t row_map_last(const struct row_map *map, const struct row_type *type);
/* The ${i}-th entry by rising id. */
struct row_entry *row_map_at(const struct row_map *map,
    const struct row_type *type, size_t i);
/* Ids, rising, of all rows (${listed} = ROW_LISTED_MAX) or of those whose
 * LISTED column number ${listed} is ${value}; free() them. NOMEM. */
SY_MUST_USE enum sy_err row_map_ids(struct row_map *map,
    const struct row_type *type, size_t listed, int64_t value,
    int64_t **ret_ids, size_t *ret_count);

/* Sums of MACs modulo 2^256, big-endian. */
void row_sum_add(uint8_t sum[SY_DIGEST_SIZE],
    const uint8_t mac[SY_DIGEST_SIZE]);
void row_sum_subtract(uint8_t sum[SY_DIGEST_SIZE],
    const uint8_t mac[SY_DIGEST_SIZE]);

#endif /* SERVER_STORE_ROW_MAP_H */
