/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/sha.h>
#include <string.h>

#include "run.h"

/* A token that nobody uses ends; section 6.5.2.1 proposes this for USB. */
#define TOKEN_MS 30000

uint8_t
vk_deed_status(struct vk_key *key, enum vk_deed deed)
{
	switch (deed) {
	case VK_DID:
		return VK_OK;
	case VK_REFUSED:
		return VK_DENIED;
	case VK_TIMED_OUT:
		return VK_USER_TIMEOUT;
	case VK_GAVE_UP:
	case VK_LEFT:
		break;
	}
	key->counts.cancelled++;
	return VK_CANCELLED;
}

uint8_t
vk_touched(struct vk_key *key)
{
	const uint8_t st =
	    vk_deed_status(key, key->person.touch(key->person.ctx));

	if (st == VK_OK)
		key->counts.touches++;
	return st;
}

bool
vk_key_has_finger(const struct vk_key *key)
{
	for (size_t i = 0; i < VK_FINGERS_MAX; i++)
		if (key->fingers[i].used)
			return true;
	return false;
}

static bool
matches(const struct vk_key *key, int finger)
{
	for (size_t i = 0; i < VK_FINGERS_MAX; i++)
		if (key->fingers[i].used &&
		    (finger == VK_ANY_FINGER ||
			finger == key->fingers[i].number))
			return true;
	return false;
}

uint8_t
vk_verify_finger(struct vk_key *key)
{
	struct vk_touch touch;
	uint8_t st;

	if (key->uv_left == 0)
		return VK_UV_BLOCKED;
	st = vk_deed_status(key, key->person.finger(key->person.ctx, &touch));
	if (st != VK_OK)
		return st;
	key->counts.fingers++;
	key->dirty = true;
	if (touch.sample == 0 && matches(key, touch.finger)) {
		key->uv_left = VK_UV_TRIES;
		return VK_OK;
	}
	return --key->uv_left == 0 ? VK_UV_BLOCKED : VK_UV_WRONG;
}

/* The protocol that a request names: 0 if the key does not speak it. */
static unsigned int
protocol_of(const struct vk_key *key, const struct vk_item *item)
{
	int64_t v;

	if (!vk_cbor_number(item, &v) || v < 1 || v > 2 ||
	    (key->model.protocol & (1U << v)) == 0)
		return 0;
	return (unsigned int)v;
}

static bool
token_alive(struct vk_key *key)
{
	struct vk_token *t = &key->token;

	if (t->live &&
	    key->person.now_ms(key->person.ctx) - t->since_ms > TOKEN_MS)
		t->live = false;
	return t->live;
}

uint8_t
vk_token_check(struct vk_key *key, const struct vk_item *protocol,
    const struct vk_item *param, unsigned int permission,
    const uint8_t *rp_hash, const void *msg, size_t len)
{
	struct vk_token *t = &key->token;
	unsigned int p;

	if (protocol == NULL)
		return VK_MISSING;
	if ((p = protocol_of(key, protocol)) == 0)
		return VK_BAD_PARAMETER;
	if (!token_alive(key) || !vk_mac_ok(p, t->value, msg, len, param) ||
	    (t->permissions & permission) == 0)
		return VK_PIN_AUTH;
	if (rp_hash != NULL && t->bound &&
	    memcmp(t->rp_hash, rp_hash, VK_HASH_BYTES) != 0)
		return VK_PIN_AUTH;
	if (rp_hash != NULL && !t->bound) {
		t->bound = true;
		memcpy(t->rp_hash, rp_hash, VK_HASH_BYTES);
	}
	return VK_OK;
}

uint8_t
vk_token_covers(struct vk_key *key, const struct vk_item *map, int64_t first,
    unsigned int permission, struct vc_bytes *head)
{
	const struct vk_item *args = vk_cbor_int(map, first);
	const struct vk_item *param = vk_cbor_int(map, first + 2);

	if (param == NULL)
		return VK_NEEDS_UV;
	if (args != NULL)
		vc_bytes_raw(head, args->raw, args->rawlen);
	if (head->bad)
		return VK_BAD_LENGTH;
	return vk_token_check(key, vk_cbor_int(map, first + 1), param,
	    permission, NULL, head->b, head->len);
}
