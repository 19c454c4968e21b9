/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "fido.h"

enum sy_err
vc_card_new(enum vc_type type, struct vc_card **ret)
{
	struct vc_card *card = calloc(1, sizeof(*card));

	if (card == NULL)
		return SY_ERR_NOMEM;
	card->type = type;
	card->proto = VC_T1;
	card->blocked = SW_BLOCKED;
	card->dirfd = -1;
	*ret = card;
	return SY_OK;
}

void
vc_card_free(struct vc_card **card)
{
	if (*card == NULL)
		return;
	for (size_t i = 0; i < VC_KEYS_MAX; i++)
		EVP_PKEY_free((*card)->keys[i].pkey);
	vc_fido_free(&(*card)->fido);
	free(*card);
	*card = NULL;
}

void
vc_card_power(struct vc_card *card)
{
	vc_card_leave(card);
	if (card->fido != NULL)
		vc_fido_power(card->fido);
}

void
vc_card_leave(struct vc_card *card)
{
	for (size_t i = 0; i < VC_PINS_MAX; i++)
		card->pins[i].verified = false;
	card->applet = NULL;
	card->current_ef = 0;
	card->pin_fresh = false;
	card->admin = false;
	card->challengelen = 0;
	card->chain = (struct vc_apdu){ 0 };
	vc_bytes_reset(&card->chained);
	vc_bytes_reset(&card->waiting);
	card->waiting_from = 0;
}

struct vc_key *
vc_card_key(struct vc_card *card, uint8_t ref)
{
	for (size_t i = 0; i < VC_KEYS_MAX; i++)
		if (card->keys[i].pkey != NULL && card->keys[i].ref == ref)
			return &card->keys[i];
	return NULL;
}

struct vc_key *
vc_card_key_slot(struct vc_card *card, uint8_t ref)
{
	struct vc_key *key = vc_card_key(card, ref);

	for (size_t i = 0; key == NULL && i < VC_KEYS_MAX; i++)
		if (card->keys[i].pkey == NULL)
			key = &card->keys[i];
	if (key != NULL)
		key->ref = ref;
	return key;
}

struct vc_file *
vc_card_file(struct vc_card *card, uint32_t tag)
{
	for (size_t i = 0; i < VC_FILES_MAX; i++)
		if (card->files[i].tag == tag)
			return &card->files[i];
	return NULL;
}

enum sy_err
vc_card_put(struct vc_card *card, uint32_t tag, const void *data, size_t len)
{
	struct vc_file *file = vc_card_file(card, tag);

	if (len > sizeof(file->data))
		return SY_ERR_LIMIT;
	if (len == 0) {
		if (file != NULL)
			file->tag = 0;
	} else {
		if (file == NULL)
			file = vc_card_file(card, 0);
		if (file == NULL)
			return SY_ERR_LIMIT;
		file->tag = tag;
		file->len = len;
		memcpy(file->data, data, len);
	}
	card->dirty = true;
	return SY_OK;
}

uint16_t
vc_pin_check(struct vc_card *card, struct vc_pin *pin, const void *p,
    size_t len)
{
	if (pin->left == 0)
		return card->blocked;
	card->dirty = true;
	pin->verified = pin->len == len && memcmp(pin->value, p, len) == 0;
	if (pin->verified) {
		pin->left = pin->max;
		return SW_OK;
	}
	pin->left--;
	return (uint16_t)(SW_TRIES | pin->left);
}
