/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card that answers as the input says: one byte of options, then replies,
 * each behind its length in two bytes; when they are used up it is gone. A
 * whole use of the card must end, and must not send more PINs than one.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/possession/device/card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define OPTION_T0     0x01
#define OPTION_OPEN   0x02
#define OPTION_ENROLL 0x04

static unsigned int pins;

static enum sy_err
transmit(void *arg, const uint8_t *command, size_t len, uint8_t *reply,
    size_t cap, size_t *ret_len)
{
	struct sy_reader *r = arg;
	const uint8_t *view;
	size_t n;

	if (len < 4 || len > 261)
		abort();
	if (command[1] == 0x20 && len > 5 && ++pins > 1)
		abort();
	if (sy_reader_bytes16(r, UINT16_MAX, &view, &n) != SY_OK)
		return SY_ERR_CARD_GONE;
	if (n > cap)
		return SY_ERR_CARD;
	if (n > 0)
		memcpy(reply, view, n);
	*ret_len = n;
	return SY_OK;
}

static void
use(struct card *card, bool enroll, const struct sy_secret *pin)
{
	SY_AUTO(sy_buf_free) struct sy_buf *sig = NULL;
	static const uint8_t hash[SY_HASH_SIZE_MAX];
	uint8_t tries;

	if (sy_buf_new(SY_SIGNATURE_SIZE_MAX, &sig) != SY_OK)
		abort();
	if (enroll && card_check_refuses(card) != SY_OK)
		return;
	if (card->profile->slot == SY_SLOT_PIN &&
	    (card_select(card) != SY_OK ||
		card_verify(card, pin, 1, &tries) != SY_OK))
		return;
	if (card_sign(card, hash, card_hash_size(card), sig) == SY_OK &&
	    sy_buf_len(sig) == 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	SY_AUTO(card_free) struct card *card = NULL;
	struct card_io io = { .transmit = transmit };
	struct sy_error error;
	struct sy_reader r;

	if (len < 2)
		return 0;
	if (sy_secret_new(8, &pin) != SY_OK ||
	    sy_secret_append(pin, "246802", 6) != SY_OK)
		abort();
	pins = 0;
	sy_reader_init(&r, data + 1, len - 1);
	io.arg = &r;
	io.t0 = (data[0] & OPTION_T0) != 0;
	if (card_open(&io, 1U << SY_DRIVER_JPKI | 1U << SY_DRIVER_PIV,
		(data[0] & OPTION_OPEN) != 0 ? SY_SLOT_OPEN : SY_SLOT_PIN,
		&card, &error) == SY_OK)
		use(card, (data[0] & OPTION_ENROLL) != 0, pin);
	return 0;
}
