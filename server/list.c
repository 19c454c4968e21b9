/* SPDX-License-Identifier: Apache-2.0 */
#include "server/list.h"

#include <stdlib.h>
#include <string.h>

/* The room doubles whenever the count is a power of two. */
static bool
is_full(size_t count)
{
	return (count & (count - 1)) == 0;
}

enum sy_err
list_add(struct sy_list *list, size_t size, void **ret_item)
{
	void *items = list->items;
	uint8_t *item;

	if (is_full(list->count)) {
		items = reallocarray(list->items,
		    list->count == 0 ? 1 : 2 * list->count, size);
		if (items == NULL)
			return SY_ERR_NOMEM;
		list->items = items;
	}
	item = (uint8_t *)items + list->count * size;
	memset(item, 0, size);
	list->count++;
	*ret_item = item;
	return SY_OK;
}
