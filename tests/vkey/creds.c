/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "run.h"

/* authenticatorCredentialManagement, CTAP 2.1 section 6.8. */

enum { P_SUB = 1, P_PARAMS };
enum { A_HASH = 1, A_ID, A_USER };
enum {
	R_THERE = 1,
	R_ROOM,
	R_RP,
	R_HASH,
	R_RPS,
	R_USER,
	R_ID,
	R_PUBLIC,
	R_TOTAL,
	R_PROTECT
};
enum { S_COUNT = 1, S_RPS, S_NEXT_RP, S_LIST, S_NEXT, S_DELETE, S_UPDATE };

static bool
same_rp(const struct vk_key *key, size_t a, size_t b)
{
	return memcmp(key->creds[a]->rp_hash, key->creds[b]->rp_hash,
		   VK_HASH_BYTES) == 0;
}

static uint8_t
metadata(const struct vk_key *key, struct vc_bytes *out)
{
	const size_t n = vk_key_residents(key);

	vk_cbor_head(out, VK_MAP, 2);
	vk_cbor_put_int(out, R_THERE);
	vk_cbor_put_int(out, (int64_t)n);
	vk_cbor_put_int(out, R_ROOM);
	vk_cbor_put_int(out, (int64_t)(VK_RESIDENT_MAX - n));
	return VK_OK;
}

static uint8_t
next_rp(struct vk_key *key, bool first, struct vc_bytes *out)
{
	struct vk_walk *w = &key->rps;
	const struct vk_cred *c;

	if (w->at >= w->n || w->list[w->at] >= key->ncreds)
		return first ? VK_NO_CREDENTIAL : VK_NOT_ALLOWED;
	c = key->creds[w->list[w->at++]];
	vk_cbor_head(out, VK_MAP, first ? 3 : 2);
	vk_cbor_put_int(out, R_RP);
	vk_cbor_head(out, VK_MAP, 1);
	vk_cbor_put_text(out, "id");
	vk_cbor_put_text(out, c->rp);
	vk_cbor_put_int(out, R_HASH);
	vk_cbor_put_bytes(out, c->rp_hash, VK_HASH_BYTES);
	if (first) {
		vk_cbor_put_int(out, R_RPS);
		vk_cbor_put_int(out, (int64_t)w->n);
	}
	return VK_OK;
}

static uint8_t
rps(struct vk_key *key, struct vc_bytes *out)
{
	struct vk_walk *w = &key->rps;

	w->n = w->at = 0;
	for (size_t i = 0; i < key->ncreds; i++) {
		bool known = !key->creds[i]->resident;

		for (size_t k = 0; k < w->n && !known; k++)
			known = same_rp(key, w->list[k], i);
		if (!known && w->n < VK_RESIDENT_MAX)
			w->list[w->n++] = i;
	}
	return next_rp(key, true, out);
}

static uint8_t
next_in_rp(struct vk_key *key, bool first, struct vc_bytes *out)
{
	struct vk_walk *w = &key->in_rp;
	const struct vk_cred *c;

	if (w->at >= w->n || w->list[w->at] >= key->ncreds)
		return first ? VK_NO_CREDENTIAL : VK_NOT_ALLOWED;
	c = key->creds[w->list[w->at++]];
	vk_cbor_head(out, VK_MAP, first ? 5 : 4);
	vk_cbor_put_int(out, R_USER);
	vk_put_user(c, true, out);
	vk_cbor_put_int(out, R_ID);
	vk_put_descriptor(c, out);
	vk_cbor_put_int(out, R_PUBLIC);
	vk_cose_put(c->pkey, c->alg, out);
	if (first) {
		vk_cbor_put_int(out, R_TOTAL);
		vk_cbor_put_int(out, (int64_t)w->n);
	}
	vk_cbor_put_int(out, R_PROTECT);
	vk_cbor_put_int(out, c->protect);
	return VK_OK;
}

static uint8_t
in_rp(struct vk_key *key, const struct vk_item *args, struct vc_bytes *out)
{
	const struct vk_item *hash = vk_cbor_int(args, A_HASH);
	struct vk_walk *w = &key->in_rp;

	if (!vk_cbor_is(hash, VK_BYTES) || hash->value != VK_HASH_BYTES)
		return VK_MISSING;
	w->n = w->at = 0;
	for (size_t i = 0; i < key->ncreds; i++)
		if (key->creds[i]->resident && w->n < VK_RESIDENT_MAX &&
		    memcmp(key->creds[i]->rp_hash, hash->data, VK_HASH_BYTES) ==
			0)
			w->list[w->n++] = i;
	return next_in_rp(key, true, out);
}

/* A resident credential by its descriptor: ${ret} is its place. */
static bool
find(const struct vk_key *key, const struct vk_item *args, size_t *ret)
{
	const struct vk_item *id = vk_cbor_named(vk_cbor_int(args, A_ID), "id");

	if (!vk_cbor_is(id, VK_BYTES) || id->value != VK_ID_BYTES)
		return false;
	for (size_t i = 0; i < key->ncreds; i++) {
		if (!key->creds[i]->resident ||
		    memcmp(key->creds[i]->id, id->data, VK_ID_BYTES) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

static uint8_t delete (struct vk_key *key, const struct vk_item *args)
{
	size_t at;

	if (!find(key, args, &at))
		return VK_NO_CREDENTIAL;
	vk_key_remove(key, at);
	key->rps.n = key->in_rp.n = key->next.walk.n = 0;
	return VK_OK;
}

static uint8_t
update(struct vk_key *key, const struct vk_item *args)
{
	const struct vk_item *user = vk_cbor_int(args, A_USER);
	const struct vk_item *id = vk_cbor_named(user, "id");
	struct vk_cred *c;
	size_t at;

	if (!find(key, args, &at))
		return VK_NO_CREDENTIAL;
	c = key->creds[at];
	if (!vk_cbor_is(id, VK_BYTES) || id->value != c->userlen ||
	    memcmp(id->data, c->user, c->userlen) != 0)
		return VK_BAD_PARAMETER;
	vk_copy_text(vk_cbor_named(user, "name"), c->user_name,
	    sizeof(c->user_name));
	vk_copy_text(vk_cbor_named(user, "displayName"), c->user_display,
	    sizeof(c->user_display));
	key->dirty = true;
	return VK_OK;
}

/* subCommand and subCommandParams are under the token. */
static uint8_t
authorised(struct vk_key *key, const struct vk_item *map, int64_t sub)
{
	struct vc_bytes head;

	vc_bytes_reset(&head);
	vc_bytes_u8(&head, (unsigned int)sub);
	return vk_token_covers(key, map, P_PARAMS, VK_MAY_CREDS, &head);
}

uint8_t
vk_creds(struct vk_key *key, const struct vk_item *map, struct vc_bytes *out)
{
	const struct vk_item *args = vk_cbor_int(map, P_PARAMS);
	int64_t sub;
	uint8_t st;

	if (!vk_cbor_number(vk_cbor_int(map, P_SUB), &sub))
		return VK_MISSING;
	if (sub == S_NEXT_RP)
		return next_rp(key, false, out);
	if (sub == S_NEXT)
		return next_in_rp(key, false, out);
	if (sub < S_COUNT || sub > S_UPDATE)
		return VK_BAD_SUBCOMMAND;
	if ((st = authorised(key, map, sub)) != VK_OK)
		return st;
	switch (sub) {
	case S_COUNT:
		return metadata(key, out);
	case S_RPS:
		return rps(key, out);
	case S_LIST:
		return in_rp(key, args, out);
	case S_DELETE:
		return delete (key, args);
	default:
		return update(key, args);
	}
}
