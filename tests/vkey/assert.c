/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "consent.h"

/* authenticatorGetAssertion and GetNextAssertion, CTAP 2.1 6.2 and 6.3. */

enum {
	P_RP = 1,
	P_HASH,
	P_ALLOW,
	P_EXTENSIONS,
	P_OPTIONS,
	P_PARAM,
	P_PROTOCOL
};
enum { R_CREDENTIAL = 1, R_AUTH, R_SIGNATURE, R_USER, R_COUNT };

struct asserting {
	const struct vk_item *map;
	uint8_t rp_hash[VK_HASH_BYTES];
	uint8_t hash[VK_HASH_BYTES];
	struct vk_consent consent;
	struct vk_walk found;
	bool listed;
	bool lone; /* the list had one entry */
};

static uint8_t
take_request(struct asserting *a)
{
	const struct vk_item *rp = vk_cbor_int(a->map, P_RP);
	const struct vk_item *hash = vk_cbor_int(a->map, P_HASH);
	const struct vk_item *list = vk_cbor_int(a->map, P_ALLOW);
	char text[VK_RP_MAX];

	if (rp == NULL || hash == NULL)
		return VK_MISSING;
	if (!vk_cbor_is(rp, VK_TEXT) || !vk_cbor_is(hash, VK_BYTES))
		return VK_BAD_TYPE;
	if (hash->value != VK_HASH_BYTES || rp->value >= sizeof(text))
		return VK_BAD_LENGTH;
	vk_copy_text(rp, text, sizeof(text));
	vk_hash_text(text, a->rp_hash);
	memcpy(a->hash, hash->data, VK_HASH_BYTES);
	if (list != NULL && !vk_cbor_is(list, VK_ARRAY))
		return VK_BAD_TYPE;
	a->listed = list != NULL && list->value > 0;
	a->lone = a->listed && list->value == 1;
	if (vk_cbor_named(vk_cbor_int(a->map, P_OPTIONS), "rk") != NULL)
		return VK_BAD_OPTION;
	return VK_OK;
}

/* credProtect, section 12.1: who does not verify sees fewer credentials. */
static bool
visible(const struct vk_cred *c, const struct asserting *a)
{
	if ((a->consent.flags & VK_UV) != 0)
		return true;
	return a->listed ? c->protect < 3 : c->protect < 2;
}

static void
find_listed(struct vk_key *key, struct asserting *a)
{
	const struct vk_item *i = vk_cbor_int(a->map, P_ALLOW)->child;
	const struct vk_cred *c;

	for (; i != NULL && a->found.n == 0; i = i->next) {
		c = vk_find(key, a->rp_hash, i);
		for (size_t n = 0; c != NULL && n < key->ncreds; n++)
			if (key->creds[n] == c && visible(c, a))
				a->found.list[a->found.n++] = n;
	}
}

/* The newest first. */
static void
find_resident(struct vk_key *key, struct asserting *a)
{
	for (size_t n = key->ncreds; n-- > 0;) {
		const struct vk_cred *c = key->creds[n];

		if (c->resident && a->found.n < VK_RESIDENT_MAX &&
		    memcmp(c->rp_hash, a->rp_hash, VK_HASH_BYTES) == 0 &&
		    visible(c, a))
			a->found.list[a->found.n++] = n;
	}
}

/* What one reply shows beside the credential itself. */
struct showing {
	size_t count; /* 0 = not shown */
	bool no_id;
	bool user;
};

static uint8_t
answer(struct vk_key *key, struct vk_cred *cred, const struct showing *s,
    struct vc_bytes *out)
{
	struct vk_auth auth = { .cred = cred, .flags = key->next.flags };
	struct vc_bytes data, sig;

	vc_bytes_reset(&data);
	vc_bytes_reset(&sig);
	auth.counter = vk_count(key, cred);
	if (key->next.uvm)
		vk_extra_uvm(&auth, key->next.method);
	vk_auth_put(key, &auth, &data);
	if (data.bad ||
	    !vk_sign_auth(key, cred->pkey, cred->alg, &data, key->next.hash,
		&sig))
		return VK_OTHER;
	vk_cbor_head(out, VK_MAP, 2U + !s->no_id + s->user + (s->count > 1));
	if (!s->no_id) {
		vk_cbor_put_int(out, R_CREDENTIAL);
		vk_put_descriptor(cred, out);
	}
	vk_cbor_put_int(out, R_AUTH);
	vk_cbor_put_bytes(out, data.b, data.len);
	vk_cbor_put_int(out, R_SIGNATURE);
	vk_cbor_put_bytes(out, sig.b, sig.len);
	if (s->user) {
		vk_cbor_put_int(out, R_USER);
		vk_put_user(cred, key->next.names, out);
	}
	if (s->count > 1) {
		vk_cbor_put_int(out, R_COUNT);
		vk_cbor_put_int(out, (int64_t)s->count);
	}
	key->counts.asserted++;
	key->dirty = true;
	return VK_OK;
}

static uint8_t
first_answer(struct vk_key *key, struct asserting *a, struct vc_bytes *out)
{
	struct vk_cred *cred = key->creds[a->found.list[0]];
	const struct showing s = { a->found.n, a->lone && !key->odd.keeps_id,
		cred->resident };
	bool uvm = false;

	(void)vk_option(vk_cbor_int(a->map, P_EXTENSIONS), "uvm", &uvm);
	key->next = (struct vk_next){ .walk = a->found,
		.flags = a->consent.flags,
		.uvm = uvm && key->model.uvm,
		.method = a->consent.method,
		.names = a->found.n > 1 && (a->consent.flags & VK_UV) != 0 };
	key->next.walk.at = 1;
	memcpy(key->next.hash, a->hash, VK_HASH_BYTES);
	return answer(key, cred, &s, out);
}

uint8_t
vk_assert(struct vk_key *key, const struct vk_item *map, struct vc_bytes *out)
{
	struct asserting a = { .map = map };
	struct vk_asked asked = { vk_cbor_int(map, P_OPTIONS),
		vk_cbor_int(map, P_PARAM), vk_cbor_int(map, P_PROTOCOL),
		a.rp_hash, a.hash, false, false };
	uint8_t st;

	if ((st = take_request(&a)) != VK_OK ||
	    (st = vk_consent_verify(key, &asked, &a.consent)) != VK_OK)
		return st;
	if (a.listed)
		find_listed(key, &a);
	else
		find_resident(key, &a);
	/* CTAP 2.0 keys wait for the touch first, 2.1 ones say so at once. */
	if (a.found.n == 0 && !key->model.old)
		return VK_NO_CREDENTIAL;
	if ((st = vk_consent_touch(key, &a.consent)) != VK_OK)
		return st;
	if (a.found.n == 0)
		return VK_NO_CREDENTIAL;
	return first_answer(key, &a, out);
}

uint8_t
vk_next(struct vk_key *key, const struct vk_item *map, struct vc_bytes *out)
{
	const struct showing s = { 0, false, true };
	struct vk_walk *w = &key->next.walk;

	(void)map;
	if (w->at == 0 || w->at >= w->n || w->list[w->at] >= key->ncreds)
		return VK_NOT_ALLOWED;
	return answer(key, key->creds[w->list[w->at++]], &s, out);
}
