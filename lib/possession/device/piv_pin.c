/* SPDX-License-Identifier: Apache-2.0 */
/* PIN and PUK of a PIV card are changed (SP 800-73-5 part 2, 3.2.2, 3.2.3). */
#include <string.h>

#include "lib/possession/device/piv_admin.h"

#define INS_CHANGE 0x24 /* CHANGE REFERENCE DATA */
#define INS_RESET  0x2c /* RESET RETRY COUNTER */
#define REF_PIN    0x80
#define REF_PUK    0x81
#define FIELD_SIZE 8
#define PADDING    0xff

static enum sy_err
append_field(struct sy_secret *command, const struct sy_secret *value)
{
	const uint8_t padding = PADDING;
	const size_t len = sy_secret_len(value);
	enum sy_err err;

	if (len == 0 || len > FIELD_SIZE)
		return SY_ERR_ARG;
	err = sy_secret_append(command, sy_secret_bytes(value), len);
	for (size_t i = len; err == SY_OK && i < FIELD_SIZE; i++)
		err = sy_secret_append(command, &padding, 1);
	return err;
}

/* What the card said instead of yes. The counter of a PUK can't be asked. */
static enum sy_err
refused(struct card *card, const char *step, uint16_t sw, uint8_t *reterr_tries)
{
	if (sw == SW_BLOCKED || sw == SW_UNUSABLE || sw == SW_TRIES) {
		*reterr_tries = 0;
		return card_failed(card, SY_ERR_PIN_BLOCKED, step, sw);
	}
	if ((sw & SW_TRIES_MASK) == SW_TRIES) {
		*reterr_tries = (uint8_t)(sw & SW_TRIES_NUMBER);
		return card_failed(card, SY_ERR_PIN_WRONG, step, sw);
	}
	return card_failed(card, SY_ERR_CARD, step, sw);
}

/* One command with ${old} and ${new}, sent once. */
static enum sy_err
send_two(struct card *card, uint8_t ins, uint8_t ref, const char *step,
    const struct sy_secret *old, const struct sy_secret *new,
    uint8_t *reterr_tries)
{
	SY_AUTO(sy_secret_free) struct sy_secret *command = NULL;
	const uint8_t header[] = { 0x00, ins, 0x00, ref, 2 * FIELD_SIZE };
	uint16_t sw = 0;
	enum sy_err err;

	*reterr_tries = CARD_TRIES_UNKNOWN;
	if ((err = sy_secret_new(sizeof(header) + 2 * FIELD_SIZE, &command)) !=
		SY_OK ||
	    (err = sy_secret_append(command, header, sizeof(header))) !=
		SY_OK ||
	    (err = append_field(command, old)) != SY_OK ||
	    (err = append_field(command, new)) != SY_OK)
		return err;
	if ((err = apdu_send_secret(card->io, command, &sw)) != SY_OK)
		return card_failed(card, err, step, 0);
	return sw == SW_OK ? SY_OK : refused(card, step, sw, reterr_tries);
}

enum sy_err
piv_change_puk(struct card *card, const struct sy_secret *old,
    const struct sy_secret *new, uint8_t *reterr_tries)
{
	return send_two(card, INS_CHANGE, REF_PUK, "new PUK", old, new,
	    reterr_tries);
}

enum sy_err
piv_change_pin(struct card *card, const struct sy_secret *old,
    const struct sy_secret *new, uint8_t reserve, uint8_t *reterr_tries)
{
	enum sy_err err;

	if ((err = card_tries(card, reterr_tries)) != SY_OK)
		return err;
	if (*reterr_tries <= reserve)
		return card_failed(card, SY_ERR_PIN_RESERVE, "new PIN", 0);
	return send_two(card, INS_CHANGE, REF_PIN, "new PIN", old, new,
	    reterr_tries);
}

enum sy_err
piv_reset_pin(struct card *card, const struct sy_secret *puk,
    const struct sy_secret *pin, uint8_t *reterr_tries)
{
	return send_two(card, INS_RESET, REF_PIN, "PIN by PUK", puk, pin,
	    reterr_tries);
}
