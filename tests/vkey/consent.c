/* SPDX-License-Identifier: Apache-2.0 */
#include "consent.h"

#define CBOR_FALSE 20
#define CBOR_TRUE  21

uint8_t
vk_option(const struct vk_item *options, const char *name, bool *ret)
{
	const struct vk_item *item = vk_cbor_named(options, name);

	if (item == NULL)
		return VK_OK;
	if (item->major != VK_SIMPLE ||
	    (item->value != CBOR_FALSE && item->value != CBOR_TRUE))
		return VK_BAD_TYPE;
	*ret = item->value == CBOR_TRUE;
	return VK_OK;
}

/* Why a command without verification is refused. */
static uint8_t
unverified(const struct vk_key *key)
{
	const bool pin_helps = key->has_pin && !key->model.finger_only;

	return pin_helps || key->model.old ? VK_NEEDS_UV : VK_DENIED;
}

/* A command that brings no token: is the uv option or nothing enough? */
static uint8_t
without_token(const struct vk_key *key, const struct vk_asked *a, bool up,
    bool *uv)
{
	const bool finger = vk_key_has_finger(key);
	const bool protected = key->has_pin || finger;

	if (*uv)
		return finger ? VK_OK : VK_BAD_OPTION;
	if (key->always_uv && (a->making || up)) {
		*uv = finger;
		return finger ? VK_OK : unverified(key);
	}
	if (a->making && protected && (key->model.strict || a->resident))
		return VK_NEEDS_UV;
	return VK_OK;
}

static uint8_t
finger_option(struct vk_key *key)
{
	const uint8_t st = vk_verify_finger(key);

	/* Section 6.1.2, step 11: with a PIN to fall back on, it is asked. */
	if ((st == VK_UV_WRONG || st == VK_UV_BLOCKED) && !key->model.old)
		return unverified(key);
	return st;
}

/* Section 6.1.2, step 1: the old way to ask which key is meant. */
static uint8_t
which_key(struct vk_key *key)
{
	const uint8_t st = vk_touched(key);

	if (st != VK_OK)
		return st;
	return key->has_pin || vk_key_has_finger(key) ? VK_PIN_WRONG
						      : VK_NO_PIN_SET;
}

static uint8_t
by_token(struct vk_key *key, const struct vk_asked *a, struct vk_consent *c)
{
	const uint8_t st = vk_token_check(key, a->protocol, a->param,
	    a->making ? VK_MAY_MAKE : VK_MAY_ASSERT, a->rp_hash, a->hash,
	    VK_HASH_BYTES);

	if (st != VK_OK)
		return st;
	c->flags |= VK_UV;
	c->method = key->token.method;
	if (key->token.present)
		c->flags |= VK_UP;
	return VK_OK;
}

uint8_t
vk_consent_verify(struct vk_key *key, const struct vk_asked *a,
    struct vk_consent *ret)
{
	struct vk_consent c = { .method = VK_PRESENCE };
	bool up = true, uv = false;
	uint8_t st;

	if (vk_cbor_is(a->param, VK_BYTES) && a->param->value == 0)
		return which_key(key);
	if ((st = vk_option(a->options, "up", &up)) != VK_OK ||
	    (st = vk_option(a->options, "uv", &uv)) != VK_OK)
		return st;
	if (a->making && !up)
		return VK_BAD_OPTION;
	if (a->param != NULL) {
		if ((st = by_token(key, a, &c)) != VK_OK)
			return st;
	} else if ((st = without_token(key, a, up, &uv)) != VK_OK) {
		return st;
	} else if (uv) {
		if ((st = finger_option(key)) != VK_OK)
			return st;
		c.flags |= VK_UP | VK_UV;
		c.method = VK_FINGER;
	}
	c.asked_touch = up && (c.flags & VK_UP) == 0;
	if (!up)
		c.flags &= (uint8_t)~VK_UP;
	*ret = c;
	return VK_OK;
}

uint8_t
vk_consent_touch(struct vk_key *key, struct vk_consent *c)
{
	uint8_t st;

	if (c->asked_touch) {
		if ((st = vk_touched(key)) != VK_OK)
			return st;
		c->flags |= VK_UP;
	}
	key->token.present = false;
	/* Section 6.1.2, step 15: good for one credential or assertion. */
	if ((c->flags & VK_UP) != 0 && !key->model.old)
		key->token.permissions = 0;
	return VK_OK;
}
