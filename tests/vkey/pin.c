/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>

#include "run.h"

/* authenticatorClientPIN, CTAP 2.1 section 6.5. */

#define PADDED_PIN      64U
#define LONGEST         63U
#define ALL_PERMISSIONS 0x3fU

/* The request, and what of it is understood. */
struct asking {
	const struct vk_item *map;
	unsigned int protocol;
	struct vk_shared shared;
};

static const struct vk_item *
member(const struct asking *a, int64_t k)
{
	return vk_cbor_int(a->map, k);
}

static uint8_t
agree(struct vk_key *key, struct asking *a)
{
	int64_t v;

	if (member(a, 1) == NULL)
		return VK_MISSING;
	if (!vk_cbor_number(member(a, 1), &v) || v < 1 || v > 2 ||
	    (key->model.protocol & (1U << v)) == 0)
		return VK_BAD_PARAMETER;
	a->protocol = (unsigned int)v;
	return VK_OK;
}

static uint8_t
share(struct vk_key *key, struct asking *a)
{
	return vk_shared_make(key, a->protocol, member(a, 3), &a->shared);
}

static void
forget_token(struct vk_key *key)
{
	memset(&key->token, 0, sizeof(key->token));
}

static void
wrong_pin(struct vk_key *key)
{
	key->counts.wrong++;
	key->pin_row++;
	/* Section 6.5.5.7: another key agreement key after a wrong PIN. */
	if (vk_agree_new(key) != SY_OK)
		key->pin_left = 0;
}

static uint8_t
check_pin(struct vk_key *key, const struct asking *a)
{
	struct vc_bytes plain;
	bool right;

	if (member(a, 6) == NULL)
		return VK_MISSING;
	if (key->pin_left == 0)
		return VK_PIN_BLOCKED;
	if (key->pin_row >= VK_PIN_ROW)
		return VK_PIN_ROW_BLOCKED;
	key->counts.pins++;
	if (key->pin_left == 1)
		key->counts.last++;
	key->pin_left--;
	key->dirty = true;
	vc_bytes_reset(&plain);
	right = vk_shared_decrypt(&a->shared, member(a, 6), &plain) &&
	    plain.len == VK_PIN_HASH &&
	    memcmp(plain.b, key->pin_hash, VK_PIN_HASH) == 0;
	if (right) {
		key->pin_left = VK_PIN_TRIES;
		key->pin_row = 0;
		key->uv_left = VK_UV_TRIES;
		return VK_OK;
	}
	wrong_pin(key);
	if (key->pin_left == 0)
		return VK_PIN_BLOCKED;
	return key->pin_row >= VK_PIN_ROW ? VK_PIN_ROW_BLOCKED : VK_PIN_WRONG;
}

static unsigned int
points(const uint8_t *p, size_t len)
{
	unsigned int n = 0;

	for (size_t i = 0; i < len; i++)
		n += (p[i] & 0xc0) != 0x80;
	return n;
}

static uint8_t
store_pin(struct vk_key *key, const struct asking *a)
{
	uint8_t hash[SHA256_DIGEST_LENGTH], old[VK_PIN_HASH];
	struct vc_bytes plain;
	size_t len;

	vc_bytes_reset(&plain);
	if (!vk_shared_decrypt(&a->shared, member(a, 5), &plain) ||
	    plain.len != PADDED_PIN)
		return VK_BAD_PARAMETER;
	len = strnlen((const char *)plain.b, PADDED_PIN);
	if (len > LONGEST || points(plain.b, len) < key->pin_min)
		return VK_PIN_POLICY;
	SHA256(plain.b, len, hash);
	memcpy(old, key->pin_hash, sizeof(old));
	/* A PIN that has to be changed must not be the same again. */
	if (key->pin_change && memcmp(old, hash, sizeof(old)) == 0)
		return VK_PIN_POLICY;
	memcpy(key->pin_hash, hash, VK_PIN_HASH);
	key->has_pin = true;
	key->pin_points = points(plain.b, len);
	key->pin_left = VK_PIN_TRIES;
	key->pin_row = 0;
	key->pin_change = false;
	key->counts.set++;
	key->dirty = true;
	forget_token(key);
	return VK_OK;
}

static uint8_t
set_pin(struct vk_key *key, struct asking *a)
{
	const struct vk_item *pin = member(a, 5);
	uint8_t st;

	if (pin == NULL || member(a, 4) == NULL)
		return VK_MISSING;
	if (key->has_pin)
		return VK_PIN_AUTH;
	if ((st = share(key, a)) != VK_OK)
		return st;
	if (!vk_cbor_is(pin, VK_BYTES) ||
	    !vk_mac_ok(a->protocol, a->shared.hmac, pin->data,
		(size_t)pin->value, member(a, 4)))
		return VK_PIN_AUTH;
	return store_pin(key, a);
}

static uint8_t
change_pin(struct vk_key *key, struct asking *a)
{
	const struct vk_item *pin = member(a, 5), *hash = member(a, 6);
	struct vc_bytes both;
	uint8_t st;

	if (pin == NULL || hash == NULL || member(a, 4) == NULL)
		return VK_MISSING;
	if (!key->has_pin)
		return VK_NO_PIN_SET;
	if (key->pin_left == 0)
		return VK_PIN_BLOCKED;
	if ((st = share(key, a)) != VK_OK)
		return st;
	if (!vk_cbor_is(pin, VK_BYTES) || !vk_cbor_is(hash, VK_BYTES))
		return VK_BAD_TYPE;
	vc_bytes_reset(&both);
	vc_bytes_raw(&both, pin->data, (size_t)pin->value);
	vc_bytes_raw(&both, hash->data, (size_t)hash->value);
	if (both.bad ||
	    !vk_mac_ok(a->protocol, a->shared.hmac, both.b, both.len,
		member(a, 4)))
		return VK_PIN_AUTH;
	if ((st = check_pin(key, a)) != VK_OK)
		return st;
	return store_pin(key, a);
}

/* A new token for ${permissions}, encrypted into ${out} as member 2. */
static uint8_t
give_token(struct vk_key *key, const struct asking *a, unsigned int permissions,
    enum vk_method method, struct vc_bytes *out)
{
	const struct vk_item *rp = member(a, 0x0a);
	struct vk_token *t = &key->token;
	struct vc_bytes sealed;

	forget_token(key);
	if (RAND_bytes(t->value, sizeof(t->value)) != 1)
		return VK_OTHER;
	t->live = true;
	t->permissions = permissions;
	t->method = method;
	t->present = method == VK_FINGER;
	t->since_ms = key->person.now_ms(key->person.ctx);
	if (rp != NULL && vk_cbor_is(rp, VK_TEXT)) {
		t->bound = true;
		SHA256(rp->data, (size_t)rp->value, t->rp_hash);
	}
	vc_bytes_reset(&sealed);
	if (!vk_shared_encrypt(&a->shared, t->value, sizeof(t->value), &sealed))
		return VK_OTHER;
	vk_cbor_head(out, VK_MAP, 1);
	vk_cbor_put_int(out, 2);
	vk_cbor_put_bytes(out, sealed.b, sealed.len);
	return VK_OK;
}

static uint8_t
get_token(struct vk_key *key, struct asking *a, struct vc_bytes *out)
{
	const unsigned int permissions = VK_MAY_MAKE | VK_MAY_ASSERT |
	    (key->model.old ? VK_MAY_CREDS | VK_MAY_BIO : 0U);
	uint8_t st;

	if (member(a, 6) == NULL)
		return VK_MISSING;
	if (member(a, 9) != NULL || member(a, 0x0a) != NULL)
		return VK_BAD_PARAMETER;
	if (!key->has_pin)
		return VK_NO_PIN_SET;
	if ((st = share(key, a)) != VK_OK || (st = check_pin(key, a)) != VK_OK)
		return st;
	if (key->pin_change)
		return VK_PIN_POLICY;
	/* Section 6.5.5.7.1: the defaults are what a PIN may not sign here. */
	if (key->model.finger_only)
		return VK_BAD_PERMISSION;
	return give_token(key, a, permissions, VK_PASSCODE, out);
}

/* The permissions that were asked for, or why they are not given. */
static uint8_t
take_permissions(const struct vk_key *key, const struct asking *a, bool pin,
    unsigned int *ret)
{
	const unsigned int sign = VK_MAY_MAKE | VK_MAY_ASSERT;
	unsigned int known = sign | VK_MAY_CREDS | VK_MAY_CONFIG;
	int64_t v;

	if (member(a, 9) == NULL)
		return VK_MISSING;
	if (!vk_cbor_number(member(a, 9), &v))
		return VK_BAD_TYPE;
	if (v <= 0)
		return VK_BAD_PARAMETER;
	if (key->model.sensor && pin)
		known |= VK_MAY_BIO;
	if (pin && key->model.finger_only)
		known &= ~sign;
	if ((v & ~(int64_t)known & ALL_PERMISSIONS) != 0)
		return VK_BAD_PERMISSION;
	if ((v & sign) != 0 && member(a, 0x0a) == NULL)
		return VK_MISSING;
	*ret = (unsigned int)v & known;
	return VK_OK;
}

static uint8_t
get_token_with_pin(struct vk_key *key, struct asking *a, struct vc_bytes *out)
{
	unsigned int permissions = 0;
	uint8_t st;

	if (member(a, 6) == NULL || member(a, 3) == NULL)
		return VK_MISSING;
	if ((st = take_permissions(key, a, true, &permissions)) != VK_OK)
		return st;
	if (!key->has_pin)
		return VK_NO_PIN_SET;
	if ((st = share(key, a)) != VK_OK || (st = check_pin(key, a)) != VK_OK)
		return st;
	if (key->pin_change)
		return VK_PIN_POLICY;
	return give_token(key, a, permissions, VK_PASSCODE, out);
}

static uint8_t
get_token_with_finger(struct vk_key *key, struct asking *a,
    struct vc_bytes *out)
{
	unsigned int permissions = 0;
	uint8_t st;

	if (!key->model.sensor)
		return VK_BAD_SUBCOMMAND;
	if ((st = take_permissions(key, a, false, &permissions)) != VK_OK)
		return st;
	if (!vk_key_has_finger(key))
		return VK_NOT_ALLOWED;
	if ((st = share(key, a)) != VK_OK ||
	    (st = vk_verify_finger(key)) != VK_OK)
		return st;
	return give_token(key, a, permissions, VK_FINGER, out);
}

static uint8_t
retries(const struct vk_key *key, struct vc_bytes *out)
{
	vk_cbor_head(out, VK_MAP, 2);
	vk_cbor_put_int(out, 3);
	vk_cbor_put_int(out, key->pin_left);
	vk_cbor_put_int(out, 4);
	vk_cbor_put_bool(out, key->pin_row >= VK_PIN_ROW);
	return VK_OK;
}

static uint8_t
uv_retries(const struct vk_key *key, struct vc_bytes *out)
{
	if (!key->model.sensor)
		return VK_BAD_SUBCOMMAND;
	vk_cbor_head(out, VK_MAP, 1);
	vk_cbor_put_int(out, 5);
	vk_cbor_put_int(out, key->uv_left);
	return VK_OK;
}

static uint8_t
agreement(const struct vk_key *key, struct vc_bytes *out)
{
	vk_cbor_head(out, VK_MAP, 1);
	vk_cbor_put_int(out, 1);
	vk_agree_put(key, out);
	return VK_OK;
}

static uint8_t
run_sub(struct vk_key *key, struct asking *a, int64_t sub, struct vc_bytes *out)
{
	uint8_t st;

	if (sub == 1)
		return retries(key, out);
	if (sub == 7)
		return uv_retries(key, out);
	if ((st = agree(key, a)) != VK_OK)
		return st;
	if (key->model.old && sub > 5)
		return VK_BAD_SUBCOMMAND;
	switch (sub) {
	case 2:
		return agreement(key, out);
	case 3:
		return set_pin(key, a);
	case 4:
		return change_pin(key, a);
	case 5:
		return get_token(key, a, out);
	case 6:
		return get_token_with_finger(key, a, out);
	case 9:
		return get_token_with_pin(key, a, out);
	default:
		return VK_BAD_SUBCOMMAND;
	}
}

uint8_t
vk_pin(struct vk_key *key, const struct vk_item *map, struct vc_bytes *out)
{
	struct asking a = { .map = map };
	int64_t sub;

	if (!key->model.pin && !key->model.sensor)
		return VK_BAD_COMMAND;
	if (vk_cbor_int(map, 2) == NULL)
		return VK_MISSING;
	if (!vk_cbor_number(vk_cbor_int(map, 2), &sub))
		return VK_BAD_TYPE;
	return run_sub(key, &a, sub, out);
}
