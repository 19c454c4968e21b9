/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "run.h"

/* Authenticator data and what credentials look like from outside. */

static void
put_be(struct vc_bytes *out, unsigned long v, unsigned int bytes)
{
	while (bytes-- > 0)
		vc_bytes_u8(out, (v >> (8 * bytes)) & 0xff);
}

static void
put_fresh(const struct vk_key *key, const struct vk_cred *cred,
    struct vc_bytes *out)
{
	vc_bytes_raw(out, key->model.aaguid, VK_AAGUID_BYTES);
	put_be(out, VK_ID_BYTES, 2);
	vc_bytes_raw(out, cred->id, VK_ID_BYTES);
	vk_cose_put(cred->pkey, cred->alg, out);
}

void
vk_auth_put(const struct vk_key *key, const struct vk_auth *auth,
    struct vc_bytes *out)
{
	const struct vk_odd *odd = &key->odd;
	uint8_t hash[VK_HASH_BYTES];
	unsigned int flags = auth->flags | auth->cred->backup;

	memcpy(hash, auth->cred->rp_hash, sizeof(hash));
	if (odd->other_rp)
		hash[0] ^= 0xff;
	if (auth->fresh)
		flags |= VK_AT;
	if (auth->nextra > 0)
		flags |= VK_ED;
	vc_bytes_raw(out, hash, sizeof(hash));
	vc_bytes_u8(out,
	    (flags | odd->flags_on) & ~(unsigned int)odd->flags_off & 0xff);
	put_be(out, odd->counter_given ? odd->counter : auth->counter, 4);
	if (auth->fresh)
		put_fresh(key, auth->cred, out);
	if (auth->nextra > 0) {
		vk_cbor_head(out, VK_MAP, auth->nextra);
		vc_bytes_raw(out, auth->extra.b, auth->extra.len);
	}
	for (uint8_t i = 0; i < odd->extra; i++)
		vc_bytes_u8(out, 0x00);
}

unsigned long
vk_count(struct vk_key *key, struct vk_cred *cred)
{
	unsigned long *counter =
	    key->model.counting == VK_EACH ? &cred->counter : &key->counter;

	if (key->model.counting == VK_ZERO)
		return 0;
	*counter += key->model.step;
	key->dirty = true;
	return *counter;
}

/* [[method, keyProtection, matcherProtection]], WebAuthn level 2, section 10.3.
 */
void
vk_extra_uvm(struct vk_auth *auth, enum vk_method method)
{
	vk_cbor_put_text(&auth->extra, "uvm");
	vk_cbor_head(&auth->extra, VK_ARRAY, 1);
	vk_cbor_head(&auth->extra, VK_ARRAY, 3);
	vk_cbor_put_int(&auth->extra, method);
	vk_cbor_put_int(&auth->extra, 0x0a); /* hardware, secure element */
	vk_cbor_put_int(&auth->extra, 0x04); /* on the chip */
	auth->nextra++;
}

void
vk_put_user(const struct vk_cred *cred, bool names, struct vc_bytes *out)
{
	const bool name = names && cred->user_name[0] != '\0';
	const bool display = names && cred->user_display[0] != '\0';

	vk_cbor_head(out, VK_MAP, 1U + name + display);
	vk_cbor_put_text(out, "id");
	vk_cbor_put_bytes(out, cred->user, cred->userlen);
	if (name) {
		vk_cbor_put_text(out, "name");
		vk_cbor_put_text(out, cred->user_name);
	}
	if (display) {
		vk_cbor_put_text(out, "displayName");
		vk_cbor_put_text(out, cred->user_display);
	}
}

void
vk_put_descriptor(const struct vk_cred *cred, struct vc_bytes *out)
{
	vk_cbor_head(out, VK_MAP, 2);
	vk_cbor_put_text(out, "id");
	vk_cbor_put_bytes(out, cred->id, VK_ID_BYTES);
	vk_cbor_put_text(out, "type");
	vk_cbor_put_text(out, "public-key");
}

bool
vk_sign_auth(const struct vk_key *key, EVP_PKEY *pkey, enum vk_alg alg,
    const struct vc_bytes *auth, const uint8_t *hash, struct vc_bytes *out)
{
	EVP_PKEY *stranger = NULL;
	uint8_t shown[VK_HASH_BYTES];
	struct vc_bytes msg = *auth;
	bool ok;

	memcpy(shown, hash, sizeof(shown));
	if (key->odd.other_data)
		shown[0] ^= 0xff;
	vc_bytes_raw(&msg, shown, sizeof(shown));
	if (key->odd.other_key) {
		if (vk_sign_key_new(alg, &stranger) != SY_OK)
			return false;
		pkey = stranger;
	}
	ok = !msg.bad && vk_sign(pkey, alg, msg.b, msg.len, out);
	EVP_PKEY_free(stranger);
	return ok;
}

struct vk_cred *
vk_find(struct vk_key *key, const uint8_t *rp_hash,
    const struct vk_item *descriptor)
{
	const struct vk_item *id = vk_cbor_named(descriptor, "id");

	if (!vk_cbor_is(id, VK_BYTES) || id->value != VK_ID_BYTES ||
	    !vk_cbor_text_is(vk_cbor_named(descriptor, "type"), "public-key"))
		return NULL;
	for (size_t i = 0; i < key->ncreds; i++)
		if (memcmp(key->creds[i]->id, id->data, VK_ID_BYTES) == 0 &&
		    memcmp(key->creds[i]->rp_hash, rp_hash, VK_HASH_BYTES) == 0)
			return key->creds[i];
	return NULL;
}

void
vk_copy_text(const struct vk_item *item, char *out, size_t cap)
{
	size_t len = 0;

	if (vk_cbor_is(item, VK_TEXT))
		len = item->value < cap ? (size_t)item->value : cap - 1;
	if (len > 0)
		memcpy(out, item->data, len);
	out[len] = '\0';
}
