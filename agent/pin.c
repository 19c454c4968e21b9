/* SPDX-License-Identifier: Apache-2.0 */
#include "pin.h"

bool
pin_is_wellformed(enum sy_driver driver, const struct sy_secret *pin)
{
	const uint8_t *p = sy_secret_bytes(pin);
	const size_t len = sy_secret_len(pin);
	const bool jpki = driver == SY_DRIVER_JPKI;

	if (jpki ? len != 4 : len < 6 || len > 8)
		return false;
	for (size_t i = 0; i < len; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

void
pin_texts(enum sy_lang lang, enum sy_driver driver, unsigned int tries,
    char info[SY_DIALOG_TEXT_SIZE], char prompt[SY_DIALOG_TEXT_SIZE])
{
	const struct text_values v = { .tries = tries };
	const bool jpki = driver == SY_DRIVER_JPKI;
	enum text_id ask = jpki ? TEXT_PIN_ASK_JPKI : TEXT_PIN_ASK_PIV;
	enum text_id say = jpki ? TEXT_PIN_PROMPT_JPKI : TEXT_PIN_PROMPT_PIV;

	if (tries != PIN_TRIES_UNKNOWN) {
		ask = jpki ? TEXT_PIN_ASK_JPKI_TRIES : TEXT_PIN_ASK_PIV_TRIES;
		say = jpki ? TEXT_PIN_PROMPT_JPKI_TRIES
			   : TEXT_PIN_PROMPT_PIV_TRIES;
	}
	text_get(lang, ask, &v, info);
	text_get(lang, say, &v, prompt);
}
