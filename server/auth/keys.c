/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth/keys.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct keys_entry {
	TAILQ_ENTRY(keys_entry) used; /* most recent first */
	LIST_ENTRY(keys_entry) chain;
	int64_t token;
	struct sy_key *key;
	unsigned int users; /* that hold it */
	bool dropped;       /* by the last of them it is freed */
};
TAILQ_HEAD(entry_queue, keys_entry);
LIST_HEAD(entry_chain, keys_entry);

struct keys {
	struct entry_queue used;
	struct entry_chain *chains;
	size_t chain_count;
	size_t count;
	size_t max;
};

enum sy_err
keys_new(size_t max, struct keys **ret_keys)
{
	SY_AUTO(keys_free) struct keys *keys = calloc(1, sizeof(*keys));

	if (max == 0)
		return SY_ERR_ARG;
	if (keys == NULL)
		return SY_ERR_NOMEM;
	TAILQ_INIT(&keys->used);
	keys->max = max;
	keys->chain_count = max;
	keys->chains = calloc(max, sizeof(*keys->chains));
	if (keys->chains == NULL)
		return SY_ERR_NOMEM;
	*ret_keys = keys;
	keys = NULL;
	return SY_OK;
}

static void
free_unused(struct keys_entry *e)
{
	if (!e->dropped || e->users > 0)
		return;
	sy_key_free(&e->key);
	free(e);
}

static void
drop(struct keys *keys, struct keys_entry *e)
{
	TAILQ_REMOVE(&keys->used, e, used);
	LIST_REMOVE(e, chain);
	keys->count--;
	e->dropped = true;
	free_unused(e);
}

void
keys_free(struct keys **keys)
{
	struct keys_entry *e;

	if (*keys == NULL)
		return;
	while ((e = TAILQ_FIRST(&(*keys)->used)) != NULL)
		drop(*keys, e);
	free((*keys)->chains);
	free(*keys);
	*keys = NULL;
}

static struct entry_chain *
chain_of(struct keys *keys, int64_t token)
{
	return &keys->chains[(uint64_t)token % keys->chain_count];
}

static struct keys_entry *
find(struct keys *keys, int64_t token)
{
	struct keys_entry *e;

	LIST_FOREACH(e, chain_of(keys, token), chain)
	if (e->token == token)
		return e;
	return NULL;
}

static bool
holds(const struct keys_entry *e, const uint8_t *spki, size_t len)
{
	const uint8_t *mine;
	size_t mine_len;

	mine = sy_key_spki(e->key, &mine_len);
	return mine_len == len && memcmp(mine, spki, len) == 0;
}

enum sy_err
keys_hold(struct keys *keys, int64_t token, const uint8_t *spki, size_t len,
    struct keys_entry **ret_entry)
{
	struct keys_entry *e = find(keys, token);
	enum sy_err err;

	if (e != NULL && holds(e, spki, len)) {
		TAILQ_REMOVE(&keys->used, e, used);
		TAILQ_INSERT_HEAD(&keys->used, e, used);
		e->users++;
		*ret_entry = e;
		return SY_OK;
	}
	if (e != NULL)
		drop(keys, e);
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return SY_ERR_NOMEM;
	if ((err = sy_key_from_spki(spki, len, &e->key, NULL)) != SY_OK) {
		free(e);
		return err;
	}
	if (keys->count == keys->max)
		drop(keys, TAILQ_LAST(&keys->used, entry_queue));
	e->token = token;
	TAILQ_INSERT_HEAD(&keys->used, e, used);
	LIST_INSERT_HEAD(chain_of(keys, token), e, chain);
	keys->count++;
	e->users = 1;
	*ret_entry = e;
	return SY_OK;
}

void
keys_release(struct keys_entry **entry)
{
	struct keys_entry *e = *entry;

	if (e == NULL)
		return;
	*entry = NULL;
	e->users--;
	free_unused(e);
}

const struct sy_key *
keys_key(const struct keys_entry *entry)
{
	return entry->key;
}

enum sy_err
keys_get(struct keys *keys, int64_t token, const uint8_t *spki, size_t len,
    const struct sy_key **ret_key)
{
	struct keys_entry *entry;
	enum sy_err err;

	if ((err = keys_hold(keys, token, spki, len, &entry)) != SY_OK)
		return err;
	*ret_key = keys_key(entry);
	keys_release(&entry);
	return SY_OK;
}
