/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/view.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/store/codec.h"

enum sy_err
view_new(const struct row_view_config *config, struct row_view **ret_view)
{
	SY_AUTO(view_free) struct row_view *view = NULL;
	enum sy_err err;

	if ((view = calloc(1, sizeof(*view))) == NULL)
		return SY_ERR_NOMEM;
	view->config = *config;
	for (size_t i = 0; i < ROW_TYPES_MAX; i++)
		view->states[i] = 1;
	if ((err = row_map_new(&view->map)) != SY_OK ||
	    (err = sy_buf_new(CODEC_RAW_MAX, &view->raw)) != SY_OK)
		return err;
	*ret_view = view;
	view = NULL;
	return SY_OK;
}

static void
drop_taken(struct row_view *view)
{
	for (size_t i = 0; i < view->changes.count; i++)
		row_map_drop(view->map, view->changes.at[i].taken);
}

/* People type passwords where names belong. */
static void
free_slot(struct index_slot **slot)
{
	if (*slot == NULL)
		return;
	sy_memzero((*slot)->value, (*slot)->len);
	free(*slot);
	*slot = NULL;
}

void
view_free(struct row_view **view)
{
	struct row_view *v = *view;

	if (v == NULL)
		return;
	view_forget(v);
	drop_taken(v);
	free(v->changes.at);
	for (size_t i = 0; i < VIEW_INDEX_SLOTS; i++)
		free_slot(&v->slots[i]);
	row_map_free(&v->map);
	sy_buf_free(&v->raw);
	free(v);
	*view = NULL;
}

static size_t
size_of(const struct row_kept *kept)
{
	return sizeof(*kept) + kept->size;
}

void
view_drop(struct row_view *view, struct row_entry *entry)
{
	struct row_kept *kept = entry->kept;

	if (kept == NULL)
		return;
	view->ring[kept->place] = NULL;
	view->kept_bytes -= size_of(kept);
	entry->kept = NULL;
	/* Names and one-time codes. */
	sy_memzero(kept->bytes, kept->size);
	free(kept);
}

void
view_forget(struct row_view *view)
{
	for (size_t i = 0; i < VIEW_KEPT_MAX; i++) {
		if (view->ring[i] != NULL)
			view_drop(view, view->ring[i]->entry);
	}
}

/* A free place, with room for ${size} bytes; both are taken from rows that were
 * not used for a round if need be. */
static size_t
free_place(struct row_view *view, size_t size)
{
	for (;;) {
		const size_t place = view->hand;
		struct row_kept *kept = view->ring[place];

		view->hand = (view->hand + 1) % VIEW_KEPT_MAX;
		if (kept != NULL && !kept->used)
			view_drop(view, kept->entry);
		else if (kept != NULL)
			kept->used = false;
		if (view->ring[place] == NULL &&
		    view->kept_bytes + size <= VIEW_KEPT_BYTES)
			return place;
	}
}

void
view_keep(struct row_view *view, const struct row_type *type,
    struct row_entry *entry, const void *row)
{
	struct row_kept *kept;

	view_drop(view, entry);
	if ((kept = malloc(sizeof(*kept) + type->size)) == NULL)
		return;
	kept->entry = entry;
	kept->used = true;
	kept->size = type->size;
	memcpy(kept->bytes, row, type->size);
	kept->place = free_place(view, size_of(kept));
	view->ring[kept->place] = kept;
	view->kept_bytes += size_of(kept);
	entry->kept = kept;
}

void
view_refuse(struct row_view *view, const struct row_type *type, int64_t id,
    enum sy_err why)
{
	struct row_entry *entry = row_map_get(view->map, type, id);

	if (entry != NULL) {
		if (entry->state.bad != SY_OK)
			return;
		entry->state.bad = why;
		view_drop(view, entry);
	}
	if (view->config.bad != NULL)
		view->config.bad(view->config.bad_ctx, type, id, why);
}

static enum sy_err
reserve(struct row_changes *changes, size_t more)
{
	size_t size = changes->size != 0 ? changes->size : 64;
	struct row_change *at;

	if (more <= changes->size - changes->count)
		return SY_OK;
	while (size - changes->count < more)
		size *= 2;
	if ((at = reallocarray(changes->at, size, sizeof(*at))) == NULL)
		return SY_ERR_NOMEM;
	changes->at = at;
	changes->size = size;
	return SY_OK;
}

enum sy_err
view_reserve(struct row_view *view)
{
	return reserve(&view->changes, 1);
}

static void
undo_one(struct row_view *view, struct row_change *change)
{
	struct row_entry *entry;

	if (change->has)
		row_sum_subtract(view->sum, change->after.mac);
	if (change->had)
		row_sum_add(view->sum, change->before.mac);
	if (change->taken != NULL) {
		row_map_attach(view->map, change->type, change->taken);
		change->taken = NULL;
		return;
	}
	if (change->had) {
		/* It is there, so that this takes no memory. */
		if (row_map_put(view->map, change->type, change->id,
			&change->before, &entry) == SY_OK)
			view_drop(view, entry);
		return;
	}
	if ((entry = row_map_detach(view->map, change->type, change->id)) !=
	    NULL) {
		view_drop(view, entry);
		row_map_drop(view->map, entry);
	}
}

void
view_undo(struct row_view *view, size_t from)
{
	while (view->changes.count > from)
		undo_one(view, &view->changes.at[--view->changes.count]);
}

void
view_settle(struct row_view *view)
{
	drop_taken(view);
	view->changes.count = 0;
}

enum sy_err
post_init(struct row_post *post)
{
	*post = (struct row_post){ 0 };
	if (pthread_mutex_init(&post->commit, NULL) != 0)
		return SY_ERR_NOMEM;
	if (pthread_mutex_init(&post->lock, NULL) != 0) {
		(void)pthread_mutex_destroy(&post->commit);
		return SY_ERR_NOMEM;
	}
	return SY_OK;
}

void
post_clear(struct row_post *post)
{
	free(post->changes.at);
	(void)pthread_mutex_destroy(&post->lock);
	(void)pthread_mutex_destroy(&post->commit);
}

enum sy_err
post_reserve(struct row_post *post, struct row_view *view)
{
	enum sy_err err;

	(void)pthread_mutex_lock(&post->lock);
	post->promised = view->changes.count;
	err = reserve(&post->changes, post->promised);
	(void)pthread_mutex_unlock(&post->lock);
	return err;
}

void
post_changes(struct row_post *post, struct row_view *view)
{
	(void)pthread_mutex_lock(&post->lock);
	for (size_t i = 0; i < view->changes.count; i++) {
		struct row_change *change =
		    &post->changes.at[post->changes.count++];

		*change = view->changes.at[i];
		change->taken = NULL;
	}
	post->promised = 0;
	post->commits++;
	(void)pthread_mutex_unlock(&post->lock);
	view_settle(view);
}

void
post_strangers(struct row_post *post)
{
	(void)pthread_mutex_lock(&post->lock);
	post->strangers++;
	(void)pthread_mutex_unlock(&post->lock);
}

/* Asking costs two locks of the database's file. */
static bool
is_time_to_ask(struct row_view *view)
{
	struct timespec ts;
	int64_t now;

	if (view->config.patience == 0)
		return true;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	if (view->asked != 0 && now - view->asked < view->config.patience)
		return false;
	view->asked = now;
	return true;
}

enum sy_err
view_check(struct row_view *view)
{
	struct row_post *post = view->config.post;
	uint64_t commits, strangers;
	int64_t version = view->version;
	bool ask, changed = false;
	enum sy_err err;

	if (post == NULL)
		return SY_OK;
	ask = is_time_to_ask(view);
	if (ask && (err = db_foreign(view->config.db, &version)) != SY_OK) {
		view->asked = 0;
		return err;
	}
	(void)pthread_mutex_lock(&post->lock);
	commits = post->commits;
	strangers = post->strangers;
	(void)pthread_mutex_unlock(&post->lock);
	if (ask) {
		changed = version != view->version && commits == view->commits;
		view->version = version;
		view->commits = commits;
	}
	if (changed || strangers != view->strangers) {
		view_forget(view);
		for (size_t i = 0; i < ROW_TYPES_MAX; i++)
			view->states[i]++;
	}
	view->strangers = strangers;
	return SY_OK;
}

static enum sy_err
apply(struct row_view *view, const struct row_change *change)
{
	struct row_entry *entry;
	enum sy_err err;

	if (change->has) {
		if ((err = row_map_put(view->map, change->type, change->id,
			 &change->after, &entry)) == SY_OK)
			view_drop(view, entry);
		return err;
	}
	if ((entry = row_map_detach(view->map, change->type, change->id)) !=
	    NULL) {
		view_drop(view, entry);
		row_map_drop(view->map, entry);
	}
	return SY_OK;
}

/*
 * Take what was posted into the empty ${mine}. The list that is left in its
 * place has the room that a commit under way was promised.
 */
static enum sy_err
take_posted(struct row_post *post, struct row_changes *mine)
{
	struct row_changes empty;
	enum sy_err err = SY_OK;

	(void)pthread_mutex_lock(&post->lock);
	if (post->changes.count != 0 &&
	    (err = reserve(mine, post->promised)) == SY_OK) {
		empty = *mine;
		*mine = post->changes;
		post->changes = empty;
	}
	(void)pthread_mutex_unlock(&post->lock);
	return err;
}

enum sy_err
view_sync(struct row_view *view)
{
	struct row_post *post = view->config.post;
	struct row_changes *mine = &view->changes;
	enum sy_err err;

	if (post == NULL)
		return SY_OK;
	for (;;) {
		for (; view->applied < mine->count; view->applied++) {
			const struct row_change *change =
			    &mine->at[view->applied];

			view->states[row_type_number(change->type)]++;
			if ((err = apply(view, change)) != SY_OK)
				return err;
		}
		mine->count = 0;
		view->applied = 0;
		if ((err = take_posted(post, mine)) != SY_OK)
			return err;
		if (mine->count == 0)
			return SY_OK;
	}
}

/* FNV-1a: where a value is looked for; it need not be hard to aim at. */
static size_t
slot_of(const char *column, const uint8_t *value, size_t len)
{
	uint64_t h = 14695981039346656037u;

	for (; *column != '\0'; column++)
		h = (h ^ (uint8_t)*column) * 1099511628211u;
	for (size_t i = 0; i < len; i++)
		h = (h ^ value[i]) * 1099511628211u;
	/* The last byte has hardly reached the upper half yet. */
	return (size_t)(h ^ h >> 32) % VIEW_INDEX_SLOTS;
}

static bool
is_slot_of(const struct index_slot *slot, const char *table, const char *column,
    const void *value, size_t len)
{
	return slot != NULL && slot->len == len &&
	    strcmp(slot->column, column) == 0 &&
	    strcmp(slot->table, table) == 0 &&
	    memcmp(slot->value, value, len) == 0;
}

static enum sy_err
new_slot(struct keeper *keeper, const char *table, const char *column,
    const void *value, size_t len, struct index_slot **ret)
{
	const uint8_t *index;
	struct index_slot *slot;
	enum sy_err err;
	size_t n;

	keeper_begin(keeper);
	keeper_add_index(keeper, table, column, value, len);
	if ((err = keeper_run(keeper)) != SY_OK ||
	    (err = keeper_next(keeper, &index, &n)) != SY_OK)
		return err;
	if (n != SY_DIGEST_SIZE)
		return SY_ERR_KEEPER;
	if ((slot = malloc(sizeof(*slot) + len)) == NULL)
		return SY_ERR_NOMEM;
	*slot = (struct index_slot){ .table = table, .column = column };
	slot->len = len;
	memcpy(slot->index, index, SY_DIGEST_SIZE);
	memcpy(slot->value, value, len);
	*ret = slot;
	return SY_OK;
}

enum sy_err
view_index(struct row_view *view, const char *table, const char *column,
    const void *value, size_t len, struct index_slot **ret_slot)
{
	struct index_slot **slot = &view->slots[slot_of(column, value, len)];
	struct index_slot *fresh;
	enum sy_err err;

	if (!is_slot_of(*slot, table, column, value, len)) {
		if ((err = new_slot(view->config.keeper, table, column, value,
			 len, &fresh)) != SY_OK)
			return err;
		free_slot(slot);
		*slot = fresh;
	}
	*ret_slot = *slot;
	return SY_OK;
}
