/* SPDX-License-Identifier: Apache-2.0 */
#include "server/identity/id_event.h"

#include <stdio.h>
#include <string.h>

#include "server/list.h"
#include "server/store/tables.h"

#define MICROSECONDS INT64_C(1000000)

/* Nothing but spaces, of either width. */
static bool
is_blank(const char *text)
{
	static const char wide[] = "\xe3\x80\x80";

	while (*text != '\0') {
		if (*text == ' ')
			text++;
		else if (strncmp(text, wide, strlen(wide)) == 0)
			text += strlen(wide);
		else
			return false;
	}
	return true;
}

enum sy_err
id_event_basis(struct job *job, const char *basis)
{
	if (!is_blank(basis))
		return SY_OK;
	return job_refuse(job, SY_ERR_FORMAT, "basis",
	    "say on what basis: the number of an application or an order");
}

enum sy_err
id_event_write(struct ledger_tx *tx, const struct job *job, int64_t owner,
    const char *basis)
{
	struct id_event_row row = { .owner = owner, .time = ledger_now(tx) };

	(void)snprintf(row.actor, sizeof(row.actor), "%s", job->actor);
	(void)snprintf(row.action, sizeof(row.action), "%s", job->action);
	(void)snprintf(row.basis, sizeof(row.basis), "%s", basis);
	return row_insert(tx, &row_type_id_event, &row);
}

static enum sy_err
add_event(void *ctx, const void *row)
{
	const struct id_event_row *event = row;
	struct sy_user_event *item;
	struct sy_list *list = ctx;
	enum sy_err err;
	void *at;

	err = list_add(list, sizeof(*item), &at);
	if (err != SY_OK)
		return err;
	item = at;
	item->time = event->time / MICROSECONDS;
	memcpy(item->actor, event->actor, sizeof(item->actor));
	memcpy(item->action, event->action, sizeof(item->action));
	memcpy(item->basis, event->basis, sizeof(item->basis));
	return SY_OK;
}

enum sy_err
id_event_list(struct row_view *view, int64_t owner, struct sy_list *list)
{
	struct sy_user_event *items, swap;
	enum sy_err err;

	err =
	    row_walk(view, &row_type_id_event, "owner", owner, add_event, list);
	items = list->items;
	for (size_t i = 0; i < list->count / 2; i++) {
		swap = items[i];
		items[i] = items[list->count - 1 - i];
		items[list->count - 1 - i] = swap;
	}
	return err;
}
