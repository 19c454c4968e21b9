/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "run.h"

/* authenticatorConfig, CTAP 2.1 section 6.11. */

enum { P_SUB = 1, P_PARAMS };
enum { A_LENGTH = 1, A_RPS, A_CHANGE };

#define LONGEST_PIN 63

/* 32 x FF, 0D, subCommand and subCommandParams are under the token. */
static uint8_t
authorised(struct vk_key *key, const struct vk_item *map, int64_t sub)
{
	struct vc_bytes head;

	if (!key->has_pin && !vk_key_has_finger(key))
		return VK_OK;
	vc_bytes_reset(&head);
	for (int i = 0; i < 32; i++)
		vc_bytes_u8(&head, 0xff);
	vc_bytes_u8(&head, VK_CONFIG);
	vc_bytes_u8(&head, (unsigned int)sub);
	return vk_token_covers(key, map, P_PARAMS, VK_MAY_CONFIG, &head);
}

static uint8_t
set_rps(struct vk_key *key, const struct vk_item *list)
{
	size_t n = 0;

	if (list == NULL)
		return VK_OK;
	if (!vk_cbor_is(list, VK_ARRAY))
		return VK_BAD_TYPE;
	if (list->value > VK_MIN_RPS)
		return VK_FULL;
	for (const struct vk_item *i = list->child; i != NULL; i = i->next)
		if (!vk_cbor_is(i, VK_TEXT) || i->value >= VK_RP_MAX)
			return VK_BAD_TYPE;
	for (const struct vk_item *i = list->child; i != NULL; i = i->next)
		vk_copy_text(i, key->min_rps[n++], VK_RP_MAX);
	key->nmin_rps = n;
	return VK_OK;
}

static uint8_t
set_length(struct vk_key *key, const struct vk_item *args)
{
	const struct vk_item *length = vk_cbor_int(args, A_LENGTH);
	const struct vk_item *change = vk_cbor_int(args, A_CHANGE);
	const bool force = change != NULL && change->value == 21;
	int64_t v = key->pin_min;
	uint8_t st;

	if (length != NULL && !vk_cbor_number(length, &v))
		return VK_BAD_TYPE;
	if (v < (int64_t)key->pin_min || v > LONGEST_PIN)
		return VK_PIN_POLICY;
	if (force && !key->has_pin)
		return VK_NO_PIN_SET;
	if ((st = set_rps(key, vk_cbor_int(args, A_RPS))) != VK_OK)
		return st;
	key->pin_min = (unsigned int)v;
	if (force || (key->has_pin && key->pin_points < key->pin_min))
		key->pin_change = true;
	return VK_OK;
}

uint8_t
vk_config(struct vk_key *key, const struct vk_item *map, struct vc_bytes *out)
{
	int64_t sub;
	uint8_t st;

	(void)out;
	if (key->model.old)
		return VK_BAD_COMMAND;
	if (!vk_cbor_number(vk_cbor_int(map, P_SUB), &sub))
		return VK_MISSING;
	/* Enterprise attestation (1) is not for this key. */
	if (sub != 2 && sub != 3)
		return VK_BAD_SUBCOMMAND;
	if ((st = authorised(key, map, sub)) != VK_OK)
		return st;
	key->dirty = true;
	if (sub == 3)
		return set_length(key, vk_cbor_int(map, P_PARAMS));
	key->always_uv = !key->always_uv;
	return VK_OK;
}
