/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/history.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "server/keeper/kept.h"

struct history {
	const struct keeper_keys *keys;
	struct kept *kept;
	bool fresh;   /* no log was seen */
	bool adopted; /* what is committed was taken as it is, and not kept */
	struct log_end committed;
	struct log_end last; /* that was signed, if ahead */
	bool ahead;          /* it is not known to be committed */
	bool signed_any;
	uint64_t signed_size; /* the greatest */
	struct log_end shown; /* begins with what is committed */
};

enum sy_err
history_open(const char *dir, const struct keeper_keys *keys,
    struct history **ret_history, struct sy_error *reterr)
{
	SY_AUTO(history_close) struct history *h = calloc(1, sizeof(*h));
	uint8_t root[SY_DIGEST_SIZE];
	enum sy_err err;

	if (h == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, "keeper",
		    "no memory");
	h->keys = keys;
	if ((err = kept_open(dir, keys->row, &h->kept, &h->committed, &h->fresh,
		 reterr)) != SY_OK)
		return err;
	h->shown = h->committed;
	/* The hash is looked up before the sandbox is closed. */
	if ((err = sy_tree_root(&h->committed.tree, root)) != SY_OK)
		return sy_error_set(reterr, err, "keeper", "can't hash");
	*ret_history = h;
	h = NULL;
	return SY_OK;
}

void
history_close(struct history **history)
{
	if (*history == NULL)
		return;
	kept_close(&(*history)->kept);
	free(*history);
	*history = NULL;
}

void
history_tell(struct history *h, bool *ret_fresh, uint64_t *ret_size)
{
	h->shown = h->committed;
	*ret_fresh = h->fresh;
	*ret_size = h->committed.tree.size;
}

static enum sy_err
add_all(struct log_end *end, const uint8_t *leaves, size_t count)
{
	enum sy_err err = SY_OK;

	for (size_t i = 0; err == SY_OK && i < count; i++)
		err = log_end_add(end, leaves + i * SY_DIGEST_SIZE);
	return err;
}

enum sy_err
history_show(struct history *h, const uint8_t *leaves, size_t count)
{
	return add_all(&h->shown, leaves, count);
}

/* ${head} must say what ${end} is, of a time that is not before ${end}'s, which
 * becomes the head's. */
static enum sy_err
match(struct log_end *end, const struct sy_head *head)
{
	struct sy_head own;
	enum sy_err err;

	if ((err = log_end_head(end, &own)) != SY_OK)
		return err;
	if (own.size != head->size || head->time < own.time ||
	    memcmp(own.root, head->root, SY_DIGEST_SIZE) != 0 ||
	    memcmp(own.chain, head->chain, SY_DIGEST_SIZE) != 0)
		return SY_ERR_HISTORY;
	end->time = head->time;
	return SY_OK;
}

/* From here on the log goes on from ${end}. */
static enum sy_err
commit(struct history *h, const struct log_end *end)
{
	const enum sy_err err = kept_write(h->kept, end);

	if (err != SY_OK)
		return err;
	h->committed = *end;
	h->shown = *end;
	h->ahead = false;
	h->adopted = false;
	return SY_OK;
}

/* The first log that is seen is taken as it is: the file goes on saying that
 * none was, until something was added to it. */
static enum sy_err
adopt(struct history *h, const uint8_t *edge, size_t len,
    const struct sy_head *head)
{
	struct log_end end = { .time = head->time };
	enum sy_err err;

	if ((err = sy_tree_decode(edge, len, &end.tree)) != SY_OK)
		return err;
	memcpy(end.chain, head->chain, SY_DIGEST_SIZE);
	if ((err = match(&end, head)) != SY_OK)
		return err;
	h->committed = end;
	h->shown = end;
	h->fresh = false;
	h->adopted = true;
	return SY_OK;
}

/* What was shown is committed. While the file can't be written it stands as
 * what was signed last does: whoever builds on it has it kept first. */
static enum sy_err
take(struct history *h, const struct log_end *end)
{
	const enum sy_err err = commit(h, end);

	if (err != SY_ERR_STORE_FULL && err != SY_ERR_IO)
		return err;
	h->last = *end;
	h->ahead = true;
	return SY_OK;
}

enum sy_err
history_resume(struct history *h, const uint8_t *edge, size_t edge_len,
    const uint8_t head[SY_HEAD_SIZE],
    const uint8_t signature[SY_ED25519_SIG_SIZE])
{
	struct log_end end = h->shown;
	struct sy_head parsed;
	enum sy_err err;

	if ((err = sy_head_decode(head, SY_HEAD_SIZE, &parsed)) != SY_OK)
		return err;
	if (crypto_sign_ed25519_verify_detached(signature, head, SY_HEAD_SIZE,
		h->keys->head_public) != 0)
		return SY_ERR_SIGNATURE;
	if (h->fresh)
		return adopt(h, edge, edge_len, &parsed);
	if (edge_len != 0)
		return SY_ERR_FORMAT;
	if ((err = match(&end, &parsed)) != SY_OK)
		return err;
	if (end.tree.size > h->committed.tree.size)
		return take(h, &end);
	h->ahead = false; /* what was signed last was lost */
	return SY_OK;
}

const struct log_end *
history_at(const struct history *h, uint64_t size)
{
	if (h->fresh)
		return NULL;
	if (h->ahead && size == h->last.tree.size)
		return &h->last;
	return size == h->committed.tree.size ? &h->committed : NULL;
}

enum sy_err
history_confirm(struct history *h, uint64_t size)
{
	const struct log_end *end = history_at(h, size);

	if (end == NULL)
		return SY_ERR_STATE;
	return end == &h->committed ? SY_OK : commit(h, end);
}

enum sy_err
history_bind(struct history *h, uint64_t size)
{
	if (h->adopted && history_at(h, size) == &h->committed)
		return SY_ERR_STATE;
	return history_confirm(h, size);
}

enum sy_err
history_sign(struct history *h, uint64_t base, const uint8_t *leaves,
    size_t count, const uint8_t head[SY_HEAD_SIZE],
    uint8_t out[SY_ED25519_SIG_SIZE])
{
	const struct log_end *from = history_at(h, base);
	struct sy_head parsed;
	struct log_end end;
	enum sy_err err;

	if (from == NULL || (count == 0 && base != 0))
		return SY_ERR_STATE;
	end = *from;
	if ((err = sy_head_decode(head, SY_HEAD_SIZE, &parsed)) != SY_OK ||
	    (err = add_all(&end, leaves, count)) != SY_OK ||
	    (err = match(&end, &parsed)) != SY_OK)
		return err;
	if (h->signed_any && parsed.size <= h->signed_size)
		return SY_ERR_STATE;
	if ((err = history_confirm(h, base)) != SY_OK)
		return err;
	/* OpenSSL would take twice the time. */
	if (crypto_sign_ed25519_detached(out, NULL, head, SY_HEAD_SIZE,
		sy_secret_bytes(h->keys->head)) != 0)
		return SY_ERR_CRYPTO;
	h->last = end;
	h->ahead = true;
	h->signed_any = true;
	h->signed_size = end.tree.size;
	return SY_OK;
}
