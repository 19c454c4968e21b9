/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/possession/device/card.h"
#include "lib/possession/device/spki.h"

#define INS_SELECT  0xa4
#define INS_VERIFY  0x20
#define PIN_PADDING 0xff

static const struct card_driver *const drivers_known[] = {
	&card_driver_jpki,
	&card_driver_piv,
};

const uint8_t card_digest_info_sha256[CARD_DIGEST_INFO_SIZE] = { 0x30, 0x31,
	0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
	0x01, 0x05, 0x00, 0x04, 0x20 };

size_t
card_rsa_size(enum sy_key_alg alg)
{
	switch (alg) {
	case SY_KEY_RSA2048:
		return 256;
	case SY_KEY_RSA3072:
		return 384;
	case SY_KEY_NONE:
	case SY_KEY_P256:
	case SY_KEY_P384:
	case SY_KEY_ED25519:
		break;
	}
	return 0;
}

size_t
card_hash_size(const struct card *card)
{
	return card->alg == SY_KEY_P384 ? 48 : 32;
}

enum sy_err
card_failed(struct card *card, enum sy_err err, const char *step, uint16_t sw)
{
	const char *name = card->profile == NULL ? "card" : card->profile->name;
	char place[sizeof(card->error.place)];

	(void)snprintf(place, sizeof(place), "%s: %s", name, step);
	if (sw == 0)
		return sy_error_set(&card->error, err, place, "%s",
		    sy_err_text(err));
	return sy_error_set(&card->error, err, place, "status word %04X", sw);
}

enum sy_err
card_select(struct card *card)
{
	return card->driver->select(card);
}

/* Select the application of one row, and say whether the card has it. */
static enum sy_err
try_profile(struct card *card, const struct card_driver *driver,
    const struct card_profile *profile)
{
	card->driver = driver;
	card->profile = profile;
	return driver->select(card);
}

static enum sy_err
find_application(struct card *card, uint32_t drivers, enum sy_slot slot)
{
	enum sy_err err;

	for (size_t i = 0; i < SY_COUNT(drivers_known); i++) {
		const struct card_driver *driver = drivers_known[i];

		if ((drivers & (1U << driver->id)) == 0)
			continue;
		for (size_t k = 0; k < driver->profile_count; k++) {
			if (driver->profiles[k].slot != slot)
				continue;
			err = try_profile(card, driver, &driver->profiles[k]);
			if (err != SY_ERR_NOT_FOUND)
				return err;
		}
	}
	card->profile = NULL;
	return card_failed(card, SY_ERR_CARD_UNKNOWN, "select", 0);
}

static enum sy_err
read_key(struct card *card)
{
	enum sy_err err;

	if ((err = card->driver->read_cert(card, card->cert)) != SY_OK)
		return err;
	if ((err = spki_of_cert(sy_buf_data(card->cert), sy_buf_len(card->cert),
		 &card->spki, &card->spki_len)) != SY_OK ||
	    (err = spki_alg(card->spki, card->spki_len, &card->alg)) != SY_OK)
		return card_failed(card, err, "certificate", 0);
	if ((card->profile->algs & (1U << card->alg)) == 0)
		return card_failed(card, SY_ERR_ALGORITHM, "certificate", 0);
	return SY_OK;
}

enum sy_err
card_open(const struct card_io *io, uint32_t drivers, enum sy_slot slot,
    struct card **ret_card, struct sy_error *reterr)
{
	SY_AUTO(card_free) struct card *card = NULL;
	enum sy_err err;

	if ((card = calloc(1, sizeof(*card))) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, "card", "no memory");
	card->io = io;
	if ((err = sy_buf_new(SY_CERT_SIZE_MAX, &card->cert)) == SY_OK &&
	    (err = find_application(card, drivers, slot)) == SY_OK)
		err = read_key(card);
	if (err != SY_OK) {
		if (card->error.code != err)
			(void)card_failed(card, err, "reading", 0);
		*reterr = card->error;
		return err;
	}
	*ret_card = card;
	card = NULL;
	return SY_OK;
}

void
card_free(struct card **card)
{
	if (*card == NULL)
		return;
	sy_buf_free(&(*card)->cert);
	free(*card);
	*card = NULL;
}

enum sy_err
card_tries(struct card *card, uint8_t *ret_tries)
{
	/* VERIFY without data only asks (ISO/IEC 7816-4 section 11.5.6). */
	const struct apdu query = { .ins = INS_VERIFY,
		.p2 = card->profile->pin_ref };
	uint16_t sw = 0;
	enum sy_err err;

	if (card->profile->slot != SY_SLOT_PIN) {
		*ret_tries = CARD_TRIES_UNKNOWN;
		return SY_OK;
	}
	if ((err = card->driver->select_pin(card)) != SY_OK)
		return err;
	if ((err = apdu_exchange(card->io, &query, NULL, &sw)) != SY_OK)
		return card_failed(card, err, "tries", 0);
	if (sw == SW_OK)
		return card_failed(card, SY_ERR_STATE, "tries", sw);
	if (sw == SW_BLOCKED || sw == SW_UNUSABLE)
		*ret_tries = 0;
	else if ((sw & SW_TRIES_MASK) == SW_TRIES)
		*ret_tries = (uint8_t)(sw & SW_TRIES_NUMBER);
	else
		return card_failed(card, SY_ERR_CARD, "tries", sw);
	return SY_OK;
}

enum sy_err
card_check_refuses(struct card *card)
{
	/* Not a hash of anything: a signature over it is of no use. */
	static const uint8_t hash[SY_HASH_SIZE_MAX];
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	uint16_t sw = 0;
	enum sy_err err;

	if ((err = sy_buf_new(SY_SIGNATURE_SIZE_MAX, &out)) != SY_OK)
		return err;
	if ((err = card->driver->sign(card, hash, card_hash_size(card), out,
		 &sw)) != SY_OK)
		return err;
	if (sw == SW_SECURITY)
		return SY_OK;
	if (sw == SW_NO_KEY || sw == SW_NO_FILE)
		return card_failed(card, SY_ERR_KEY_MISSING, "key", sw);
	return card_failed(card, SY_ERR_KEY_OPEN, "key without PIN", sw);
}

enum sy_err
card_check_pin(struct card *card, const struct sy_secret *pin, bool enroll)
{
	const struct card_profile *profile = card->profile;
	const char *const *factory = card->driver->factory_pins;
	const uint8_t *digits = sy_secret_bytes(pin);
	const size_t len = sy_secret_len(pin);

	if (len < profile->pin_min || len > profile->pin_max)
		return SY_ERR_PIN_FORMAT;
	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return SY_ERR_PIN_FORMAT;
	}
	for (; enroll && factory != NULL && *factory != NULL; factory++) {
		if (strlen(*factory) == len &&
		    sy_memequal(*factory, digits, len))
			return card_failed(card, SY_ERR_PIN_FACTORY, "PIN", 0);
	}
	return SY_OK;
}

/* VERIFY with the PIN, in a secret. */
static enum sy_err
verify_build(const struct card *card, const struct sy_secret *pin,
    struct sy_secret **ret_command)
{
	SY_AUTO(sy_secret_free) struct sy_secret *command = NULL;
	const uint8_t padding = PIN_PADDING;
	const size_t len = sy_secret_len(pin);
	const size_t padded =
	    card->driver->pin_padded > len ? card->driver->pin_padded : len;
	const uint8_t header[] = { 0x00, INS_VERIFY, 0x00,
		card->profile->pin_ref, (uint8_t)padded };
	enum sy_err err;

	/* Lc = 0 would only query the counter; never let it pass for a PIN. */
	if (len == 0 || padded > APDU_DATA_MAX)
		return SY_ERR_ARG;
	if ((err = sy_secret_new(sizeof(header) + padded, &command)) != SY_OK ||
	    (err = sy_secret_append(command, header, sizeof(header))) !=
		SY_OK ||
	    (err = sy_secret_append(command, sy_secret_bytes(pin), len)) !=
		SY_OK)
		return err;
	for (size_t i = len; i < padded; i++) {
		if ((err = sy_secret_append(command, &padding, 1)) != SY_OK)
			return err;
	}
	*ret_command = command;
	command = NULL;
	return SY_OK;
}

/* What the card said to a VERIFY that it did not accept. */
static enum sy_err
verify_refused(struct card *card, uint16_t sw, uint8_t *reterr_tries)
{
	uint8_t tries = CARD_TRIES_UNKNOWN;
	bool blocked = sw == SW_BLOCKED || sw == SW_UNUSABLE;

	if (!blocked && (sw & SW_TRIES_MASK) != SW_TRIES)
		return card_failed(card, SY_ERR_CARD, "PIN", sw);
	/* The counter itself is the better witness. */
	if (card_tries(card, &tries) != SY_OK)
		tries = blocked ? 0 : (uint8_t)(sw & SW_TRIES_NUMBER);
	blocked = blocked || tries == 0;
	*reterr_tries = blocked ? 0 : tries;
	return card_failed(card,
	    blocked ? SY_ERR_PIN_BLOCKED : SY_ERR_PIN_WRONG, "PIN", sw);
}

enum sy_err
card_verify(struct card *card, const struct sy_secret *pin, uint8_t reserve,
    uint8_t *reterr_tries)
{
	SY_AUTO(sy_secret_free) struct sy_secret *command = NULL;
	uint16_t sw = 0;
	enum sy_err err;

	*reterr_tries = CARD_TRIES_UNKNOWN;
	if ((err = verify_build(card, pin, &command)) != SY_OK ||
	    (err = card_tries(card, reterr_tries)) != SY_OK)
		return err;
	if (*reterr_tries <= reserve)
		return card_failed(card, SY_ERR_PIN_RESERVE, "PIN", 0);
	*reterr_tries = CARD_TRIES_UNKNOWN;
	if ((err = apdu_send_secret(card->io, command, &sw)) != SY_OK) {
		/* Perhaps counted, perhaps not: never again, but look. */
		if (card_tries(card, reterr_tries) != SY_OK)
			*reterr_tries = CARD_TRIES_UNKNOWN;
		return card_failed(card, err, "PIN", 0);
	}
	if (sw == SW_OK)
		return SY_OK;
	return verify_refused(card, sw, reterr_tries);
}

enum sy_err
card_sign(struct card *card, const uint8_t *hash, size_t len,
    struct sy_buf *out)
{
	const size_t rsa = card_rsa_size(card->alg);
	uint16_t sw = 0;
	enum sy_err err;

	if (len != card_hash_size(card))
		return card_failed(card, SY_ERR_ARG, "hash", 0);
	if ((err = card->driver->sign(card, hash, len, out, &sw)) != SY_OK)
		return err;
	if (sw == SW_NO_KEY || sw == SW_NO_FILE)
		return card_failed(card, SY_ERR_KEY_MISSING, "signature", sw);
	if (sw != SW_OK)
		return card_failed(card, SY_ERR_CARD, "signature", sw);
	if (sy_buf_len(out) == 0 || (rsa != 0 && sy_buf_len(out) != rsa))
		return card_failed(card, SY_ERR_CARD, "signature", 0);
	return SY_OK;
}
