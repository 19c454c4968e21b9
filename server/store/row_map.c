/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/row_map.h"

#include <stdlib.h>
#include <string.h>

#include "server/store/tables.h"

/* A row under the value of one of its LISTED columns. */
struct listing {
	int64_t value;
	int64_t id;
};

struct list {
	struct listing *at;
	size_t count;
	size_t size;
	bool sorted; /* since it was first looked at; loading just appends */
};

struct table {
	struct row_entry **at; /* by rising id */
	size_t count;
	size_t size;
	struct list lists[ROW_LISTED_MAX];
	size_t listed; /* how many of them are in use */
};

/* Entries come by many: each by itself would cost a fifth more. */
#define BLOCK_ENTRIES 50

struct block {
	struct block *next;
	union place {
		struct row_entry entry;
		union place *next; /* of those that are free */
	} at[BLOCK_ENTRIES];
};

struct row_map {
	struct table tables[ROW_TYPES_MAX];
	struct block *blocks;
	union place *free;
};

size_t
row_type_number(const struct row_type *type)
{
	size_t i = 0;

	while (row_types[i] != NULL && row_types[i] != type)
		i++;
	return i;
}

size_t
row_listed_number(const struct row_type *type, const char *column)
{
	size_t n = 0;

	for (size_t i = 0; i < type->count; i++) {
		if ((type->columns[i].flags & COLUMN_LISTED) == 0)
			continue;
		if (strcmp(type->columns[i].name, column) == 0)
			return n;
		n++;
	}
	return ROW_LISTED_MAX;
}

enum sy_err
row_map_new(struct row_map **ret_map)
{
	struct row_map *map;

	if ((map = calloc(1, sizeof(*map))) == NULL)
		return SY_ERR_NOMEM;
	for (size_t i = 0; row_types[i] != NULL; i++) {
		for (size_t c = 0; c < row_types[i]->count; c++) {
			if ((row_types[i]->columns[c].flags & COLUMN_LISTED) !=
			    0)
				map->tables[i].listed++;
		}
	}
	*ret_map = map;
	return SY_OK;
}

void
row_map_free(struct row_map **map)
{
	struct block *block;

	if (*map == NULL)
		return;
	while ((block = (*map)->blocks) != NULL) {
		(*map)->blocks = block->next;
		free(block);
	}
	for (size_t i = 0; i < ROW_TYPES_MAX; i++) {
		struct table *table = &(*map)->tables[i];

		free(table->at);
		for (size_t l = 0; l < ROW_LISTED_MAX; l++)
			free(table->lists[l].at);
	}
	free(*map);
	*map = NULL;
}

static struct table *
table_of(struct row_map *map, const struct row_type *type)
{
	return &map->tables[row_type_number(type)];
}

/* The place of ${id}, or where it belongs. */
static size_t
find(const struct table *table, int64_t id)
{
	size_t low = 0, high = table->count;

	/* Most often the newest is added. */
	if (high > 0 && table->at[high - 1]->id < id)
		return high;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (table->at[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct row_entry *
row_map_get(const struct row_map *map, const struct row_type *type, int64_t id)
{
	const struct table *table = &map->tables[row_type_number(type)];
	const size_t i = find(table, id);

	if (i == table->count || table->at[i]->id != id)
		return NULL;
	return table->at[i];
}

static int
compare(const void *a, const void *b)
{
	const struct listing *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void
sort(struct list *list)
{
	if (!list->sorted && list->count > 1)
		qsort(list->at, list->count, sizeof(list->at[0]), compare);
	list->sorted = true;
}

/* The place of ${key}, or where it belongs, in a sorted list. */
static size_t
find_listing(const struct list *list, const struct listing *key)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare(&list->at[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Room was made before: this can't fail. */
static void
list_add(struct list *list, int64_t value, int64_t id)
{
	const struct listing key = { value, id };
	size_t i = list->count;

	if (list->sorted) {
		i = find_listing(list, &key);
		memmove(&list->at[i + 1], &list->at[i],
		    (list->count - i) * sizeof(list->at[0]));
	}
	list->at[i] = key;
	list->count++;
}

static void
list_remove(struct list *list, int64_t value, int64_t id)
{
	const struct listing key = { value, id };
	size_t i;

	sort(list);
	i = find_listing(list, &key);
	if (i == list->count || compare(&list->at[i], &key) != 0)
		return;
	list->count--;
	memmove(&list->at[i], &list->at[i + 1],
	    (list->count - i) * sizeof(list->at[0]));
}

static enum sy_err
list_reserve(struct list *list)
{
	const size_t size = list->size != 0 ? 2 * list->size : 64;
	struct listing *at;

	if (list->count < list->size)
		return SY_OK;
	if ((at = reallocarray(list->at, size, sizeof(*at))) == NULL)
		return SY_ERR_NOMEM;
	list->at = at;
	list->size = size;
	return SY_OK;
}

static enum sy_err
table_reserve(struct table *table)
{
	const size_t size = table->size != 0 ? 2 * table->size : 64;
	struct row_entry **at;
	enum sy_err err;

	for (size_t i = 0; i < table->listed; i++) {
		if ((err = list_reserve(&table->lists[i])) != SY_OK)
			return err;
	}
	if (table->count < table->size)
		return SY_OK;
	if ((at = reallocarray(table->at, size, sizeof(*at))) == NULL)
		return SY_ERR_NOMEM;
	table->at = at;
	table->size = size;
	return SY_OK;
}

static void
relist(struct table *table, struct row_entry *entry,
    const struct row_state *state)
{
	for (size_t i = 0; i < table->listed; i++) {
		if (entry->state.listed[i] == state->listed[i])
			continue;
		list_remove(&table->lists[i], entry->state.listed[i],
		    entry->id);
		list_add(&table->lists[i], state->listed[i], entry->id);
	}
}

static void
attach(struct table *table, size_t i, struct row_entry *entry)
{
	memmove(&table->at[i + 1], &table->at[i],
	    (table->count - i) * sizeof(table->at[0]));
	table->at[i] = entry;
	table->count++;
	for (size_t l = 0; l < table->listed; l++)
		list_add(&table->lists[l], entry->state.listed[l], entry->id);
}

static enum sy_err
more_places(struct row_map *map)
{
	struct block *block = malloc(sizeof(*block));

	if (block == NULL)
		return SY_ERR_NOMEM;
	for (size_t i = 0; i < BLOCK_ENTRIES; i++) {
		block->at[i].next = map->free;
		map->free = &block->at[i];
	}
	block->next = map->blocks;
	map->blocks = block;
	return SY_OK;
}

static enum sy_err
new_entry(struct row_map *map, struct row_entry **ret_entry)
{
	union place *place;
	enum sy_err err;

	if (map->free == NULL && (err = more_places(map)) != SY_OK)
		return err;
	place = map->free;
	map->free = place->next;
	place->entry = (struct row_entry){ .kept = NULL };
	*ret_entry = &place->entry;
	return SY_OK;
}

void
row_map_drop(struct row_map *map, struct row_entry *entry)
{
	union place *place = (union place *)entry;

	if (entry == NULL)
		return;
	place->next = map->free;
	map->free = place;
}

enum sy_err
row_map_put(struct row_map *map, const struct row_type *type, int64_t id,
    const struct row_state *state, struct row_entry **ret_entry)
{
	struct table *table = table_of(map, type);
	const size_t i = find(table, id);
	struct row_entry *entry;
	enum sy_err err;

	if (i < table->count && table->at[i]->id == id) {
		entry = table->at[i];
		relist(table, entry, state);
		entry->state = *state;
		*ret_entry = entry;
		return SY_OK;
	}
	if ((err = table_reserve(table)) != SY_OK ||
	    (err = new_entry(map, &entry)) != SY_OK)
		return err;
	entry->id = id;
	entry->state = *state;
	attach(table, i, entry);
	*ret_entry = entry;
	return SY_OK;
}

void
row_map_attach(struct row_map *map, const struct row_type *type,
    struct row_entry *entry)
{
	struct table *table = table_of(map, type);

	attach(table, find(table, entry->id), entry);
}

struct row_entry *
row_map_detach(struct row_map *map, const struct row_type *type, int64_t id)
{
	struct table *table = table_of(map, type);
	const size_t i = find(table, id);
	struct row_entry *entry;

	if (i == table->count || table->at[i]->id != id)
		return NULL;
	entry = table->at[i];
	for (size_t l = 0; l < table->listed; l++)
		list_remove(&table->lists[l], entry->state.listed[l], id);
	table->count--;
	memmove(&table->at[i], &table->at[i + 1],
	    (table->count - i) * sizeof(table->at[0]));
	return entry;
}

size_t
row_map_count(const struct row_map *map, const struct row_type *type)
{
	return map->tables[row_type_number(type)].count;
}

int64_t
row_map_last(const struct row_map *map, const struct row_type *type)
{
	const struct table *table = &map->tables[row_type_number(type)];

	return table->count != 0 ? table->at[table->count - 1]->id : 0;
}

struct row_entry *
row_map_at(const struct row_map *map, const struct row_type *type, size_t i)
{
	return map->tables[row_type_number(type)].at[i];
}

static size_t
count_value(const struct list *list, size_t first, int64_t value)
{
	size_t n = 0;

	while (first + n < list->count && list->at[first + n].value == value)
		n++;
	return n;
}

enum sy_err
row_map_ids(struct row_map *map, const struct row_type *type, size_t listed,
    int64_t value, int64_t **ret_ids, size_t *ret_count)
{
	struct table *table = table_of(map, type);
	const struct listing key = { value, INT64_MIN };
	size_t first = 0, count = table->count;
	int64_t *ids;

	if (listed < ROW_LISTED_MAX) {
		sort(&table->lists[listed]);
		first = find_listing(&table->lists[listed], &key);
		count = count_value(&table->lists[listed], first, value);
	}
	if ((ids = calloc(count + 1, sizeof(*ids))) == NULL)
		return SY_ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		ids[i] = listed < ROW_LISTED_MAX
		    ? table->lists[listed].at[first + i].id
		    : table->at[i]->id;
	*ret_ids = ids;
	*ret_count = count;
	return SY_OK;
}

void
row_sum_add(uint8_t sum[SY_DIGEST_SIZE], const uint8_t mac[SY_DIGEST_SIZE])
{
	unsigned int carry = 0;

	for (size_t i = SY_DIGEST_SIZE; i-- > 0; carry >>= 8) {
		carry += (unsigned int)sum[i] + mac[i];
		sum[i] = (uint8_t)(carry & 0xff);
	}
}

void
row_sum_subtract(uint8_t sum[SY_DIGEST_SIZE], const uint8_t mac[SY_DIGEST_SIZE])
{
	/* Add the two's complement. */
	unsigned int carry = 1;

	for (size_t i = SY_DIGEST_SIZE; i-- > 0; carry >>= 8) {
		carry += (unsigned int)sum[i] + (uint8_t)~mac[i];
		sum[i] = (uint8_t)(carry & 0xff);
	}
}
