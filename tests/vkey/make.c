/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "attest.h"
#include "consent.h"

/* authenticatorMakeCredential, CTAP 2.1 section 6.1. */

enum {
	P_HASH = 1,
	P_RP,
	P_USER,
	P_ALGS,
	P_EXCLUDE,
	P_EXTENSIONS,
	P_OPTIONS,
	P_PARAM,
	P_PROTOCOL,
	P_ENTERPRISE
};

struct making {
	const struct vk_item *map, *rp_id, *user_id;
	struct vk_cred *cred; /* in the making */
	struct vk_consent consent;
	uint8_t hash[VK_HASH_BYTES];
};

/* The first algorithm of the list that this key has. */
static uint8_t
choose(const struct vk_key *key, const struct vk_item *algs, enum vk_alg *ret)
{
	int64_t v;

	if (!vk_cbor_is(algs, VK_ARRAY))
		return algs == NULL ? VK_MISSING : VK_BAD_TYPE;
	for (const struct vk_item *i = algs->child; i != NULL; i = i->next) {
		if (!vk_cbor_is(vk_cbor_named(i, "type"), VK_TEXT) ||
		    !vk_cbor_number(vk_cbor_named(i, "alg"), &v))
			return vk_cbor_is(i, VK_MAP) ? VK_MISSING : VK_BAD_TYPE;
		if (!vk_cbor_text_is(vk_cbor_named(i, "type"), "public-key"))
			continue;
		if (v == VK_ES256 || (v == VK_EDDSA && key->model.eddsa) ||
		    (v == VK_RS256 && key->model.rs256)) {
			*ret = (enum vk_alg)v;
			return VK_OK;
		}
	}
	return VK_BAD_ALGORITHM;
}

static uint8_t
take_names(struct making *m)
{
	const struct vk_item *user = vk_cbor_int(m->map, P_USER);
	struct vk_cred *c = m->cred;

	m->rp_id = vk_cbor_named(vk_cbor_int(m->map, P_RP), "id");
	m->user_id = vk_cbor_named(user, "id");
	if (m->rp_id == NULL || m->user_id == NULL)
		return VK_MISSING;
	if (!vk_cbor_is(m->rp_id, VK_TEXT) || !vk_cbor_is(m->user_id, VK_BYTES))
		return VK_BAD_TYPE;
	if (m->user_id->value > sizeof(c->user) ||
	    m->rp_id->value >= sizeof(c->rp) || m->rp_id->value == 0)
		return VK_BAD_LENGTH;
	vk_copy_text(m->rp_id, c->rp, sizeof(c->rp));
	vk_hash_text(c->rp, c->rp_hash);
	c->userlen = (size_t)m->user_id->value;
	if (c->userlen > 0)
		memcpy(c->user, m->user_id->data, c->userlen);
	vk_copy_text(vk_cbor_named(user, "name"), c->user_name,
	    sizeof(c->user_name));
	vk_copy_text(vk_cbor_named(user, "displayName"), c->user_display,
	    sizeof(c->user_display));
	return VK_OK;
}

static uint8_t
take_request(struct vk_key *key, struct making *m)
{
	const struct vk_item *hash = vk_cbor_int(m->map, P_HASH);
	const struct vk_item *ext = vk_cbor_int(m->map, P_EXTENSIONS);
	int64_t protect = 1;
	uint8_t st;

	if (hash == NULL)
		return VK_MISSING;
	if (!vk_cbor_is(hash, VK_BYTES) || hash->value != VK_HASH_BYTES)
		return VK_BAD_TYPE;
	memcpy(m->hash, hash->data, VK_HASH_BYTES);
	if ((st = take_names(m)) != VK_OK ||
	    (st = choose(key, vk_cbor_int(m->map, P_ALGS), &m->cred->alg)) !=
		VK_OK ||
	    (st = vk_option(vk_cbor_int(m->map, P_OPTIONS), "rk",
		 &m->cred->resident)) != VK_OK)
		return st;
	if (vk_cbor_named(ext, "credProtect") != NULL &&
	    (!vk_cbor_number(vk_cbor_named(ext, "credProtect"), &protect) ||
		protect < 1 || protect > 3))
		return VK_BAD_OPTION;
	if (vk_cbor_int(m->map, P_ENTERPRISE) != NULL)
		return VK_BAD_PARAMETER;
	m->cred->protect = (uint8_t)protect;
	m->cred->backup = key->model.backup;
	return VK_OK;
}

static bool
excluded(struct vk_key *key, const struct making *m)
{
	const struct vk_item *list = vk_cbor_int(m->map, P_EXCLUDE);
	const struct vk_item *i =
	    vk_cbor_is(list, VK_ARRAY) ? list->child : NULL;
	const struct vk_cred *c;

	for (; i != NULL; i = i->next) {
		c = vk_find(key, m->cred->rp_hash, i);
		/* Section 12.1: a protected one is not admitted to exist. */
		if (c != NULL &&
		    (c->protect < 3 || (m->consent.flags & VK_UV) != 0))
			return true;
	}
	return false;
}

/* A resident credential takes the place of the same person's at that RP. */
static void
replace(struct vk_key *key, const struct vk_cred *c)
{
	for (size_t i = key->ncreds; i-- > 0;) {
		const struct vk_cred *o = key->creds[i];

		if (o->resident && o->userlen == c->userlen &&
		    memcmp(o->rp_hash, c->rp_hash, VK_HASH_BYTES) == 0 &&
		    memcmp(o->user, c->user, c->userlen) == 0)
			vk_key_remove(key, i);
	}
}

static uint8_t
keep(struct vk_key *key, struct making *m)
{
	if (RAND_bytes(m->cred->id, VK_ID_BYTES) != 1 ||
	    vk_sign_key_new(m->cred->alg, &m->cred->pkey) != SY_OK)
		return VK_OTHER;
	if (m->cred->resident) {
		replace(key, m->cred);
		if (vk_key_residents(key) >= VK_RESIDENT_MAX)
			return VK_FULL;
	}
	return vk_key_add(key, m->cred) == SY_OK ? VK_OK : VK_FULL;
}

/* Shorter names first: canonical order of the extension map. */
static void
add_extensions(const struct vk_key *key, const struct making *m,
    struct vk_auth *auth)
{
	const struct vk_item *ext = vk_cbor_int(m->map, P_EXTENSIONS);
	bool uvm = false, min = false;

	(void)vk_option(ext, "uvm", &uvm);
	(void)vk_option(ext, "minPinLength", &min);
	if (uvm && key->model.uvm)
		vk_extra_uvm(auth, m->consent.method);
	if (vk_cbor_named(ext, "credProtect") != NULL) {
		vk_cbor_put_text(&auth->extra, "credProtect");
		vk_cbor_put_int(&auth->extra, m->cred->protect);
		auth->nextra++;
	}
	for (size_t i = 0; min && i < key->nmin_rps; i++) {
		if (strcmp(key->min_rps[i], m->cred->rp) != 0)
			continue;
		vk_cbor_put_text(&auth->extra, "minPinLength");
		vk_cbor_put_int(&auth->extra, key->pin_min);
		auth->nextra++;
		break;
	}
}

static uint8_t
answer(struct vk_key *key, struct making *m, struct vc_bytes *out)
{
	struct vk_auth auth = {
		.cred = m->cred, .flags = m->consent.flags, .fresh = true
	};
	struct vc_bytes data;

	vc_bytes_reset(&data);
	auth.counter = vk_count(key, m->cred);
	add_extensions(key, m, &auth);
	vk_auth_put(key, &auth, &data);
	if (!vk_attest(key, m->cred, &data, m->hash, out))
		return VK_OTHER;
	key->counts.made++;
	key->dirty = true;
	return VK_OK;
}

static uint8_t
run(struct vk_key *key, struct making *m)
{
	struct vk_asked asked = { vk_cbor_int(m->map, P_OPTIONS),
		vk_cbor_int(m->map, P_PARAM), vk_cbor_int(m->map, P_PROTOCOL),
		m->cred->rp_hash, m->hash, true, false };
	bool shut;
	uint8_t st;

	if ((st = take_request(key, m)) != VK_OK)
		return st;
	asked.resident = m->cred->resident;
	if ((st = vk_consent_verify(key, &asked, &m->consent)) != VK_OK)
		return st;
	shut = excluded(key, m);
	if ((st = vk_consent_touch(key, &m->consent)) != VK_OK)
		return st;
	if (shut)
		return VK_EXCLUDED;
	return keep(key, m);
}

uint8_t
vk_make(struct vk_key *key, const struct vk_item *map, struct vc_bytes *out)
{
	struct making m = { .map = map, .cred = calloc(1, sizeof(*m.cred)) };
	uint8_t st;

	if (m.cred == NULL)
		return VK_OTHER;
	if ((st = run(key, &m)) != VK_OK) {
		vk_cred_free(&m.cred);
		return st;
	}
	return answer(key, &m, out);
}
