/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/rand.h>

#include <sanyoso/text.h>

#include "lib/inherence/device/key.h"

#define PIN_BYTES_MAX 63 /* CTAP 2.1 section 6.5.1 */
#define OWN_PIN_CHARS 32

uint8_t
key_pin_tries(struct key *key)
{
	int left = 0;

	if (!key->found.pin_set)
		return KEY_TRIES_UNKNOWN;
	key_begin(key, KEY_CALL_MS);
	if (key_result(key, fido_dev_get_retry_count(key->dev, &left)) !=
		SY_OK ||
	    left < 0 || left >= KEY_TRIES_UNKNOWN)
		return KEY_TRIES_UNKNOWN;
	return (uint8_t)left;
}

uint8_t
key_uv_tries(struct key *key)
{
	int left = 0;

	/* Others answer with anything. */
	if (!key->found.uv_set)
		return KEY_TRIES_UNKNOWN;
	key_begin(key, KEY_CALL_MS);
	if (key_result(key, fido_dev_get_uv_retry_count(key->dev, &left)) !=
		SY_OK ||
	    left < 0 || left >= KEY_TRIES_UNKNOWN)
		return KEY_TRIES_UNKNOWN;
	return (uint8_t)left;
}

static size_t
code_points(const uint8_t *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += (text[i] & 0xc0) != 0x80;
	return n;
}

static bool
is_pin(const struct sy_secret *pin, size_t least)
{
	const uint8_t *text = sy_secret_bytes(pin);
	const size_t len = sy_secret_len(pin);

	return len <= PIN_BYTES_MAX &&
	    sy_text_is_utf8((const char *)text, len) &&
	    code_points(text, len) >= least;
}

/* libfido2 takes a string. */
static enum sy_err
copy_pin(const struct sy_secret *pin, struct sy_secret **ret_copy)
{
	SY_AUTO(sy_secret_free) struct sy_secret *copy = NULL;
	enum sy_err err;

	if ((err = sy_secret_new(PIN_BYTES_MAX + 1, &copy)) != SY_OK ||
	    (err = sy_secret_append(copy, sy_secret_bytes(pin),
		 sy_secret_len(pin))) != SY_OK ||
	    (err = sy_secret_append(copy, "", 1)) != SY_OK)
		return err;
	*ret_copy = copy;
	copy = NULL;
	return SY_OK;
}

/* Whether there is a try that may be spent. */
static enum sy_err
check_tries(struct key *key, uint8_t reserve, uint8_t *reterr_tries)
{
	*reterr_tries = key_pin_tries(key);
	if (key->channel->why != SY_OK)
		return key->channel->why;
	if (*reterr_tries == 0)
		return SY_ERR_PIN_BLOCKED;
	/* What can't be counted is not risked. */
	if (*reterr_tries == KEY_TRIES_UNKNOWN)
		return SY_ERR_CARD;
	return *reterr_tries <= reserve ? SY_ERR_PIN_RESERVE : SY_OK;
}

enum sy_err
key_pin_ready(struct key *key, const struct sy_secret *pin, uint8_t reserve,
    struct sy_secret **ret_copy, const char **ret_text, uint8_t *reterr_tries)
{
	const bool own = sy_secret_len(pin) == 0;
	const struct sy_secret *from = own ? key->own_pin : pin;
	SY_AUTO(sy_secret_free) struct sy_secret *copy = NULL;
	enum sy_err err;

	*reterr_tries = KEY_TRIES_UNKNOWN;
	if (!key->found.pin_set)
		return SY_ERR_KEY_BARE;
	if (from == NULL || key->found.pin_change_due ||
	    !is_pin(from, key->found.pin_min))
		return SY_ERR_PIN_FORMAT;
	if ((err = check_tries(key, reserve, reterr_tries)) != SY_OK ||
	    (err = copy_pin(from, &copy)) != SY_OK)
		return err;
	*ret_text = (const char *)sy_secret_bytes(copy);
	*ret_copy = copy;
	copy = NULL;
	return SY_OK;
}

enum sy_err
key_count_tries(struct key *key, enum sy_err err, uint8_t *reterr_tries)
{
	*reterr_tries = KEY_TRIES_UNKNOWN;
	switch (err) {
	case SY_ERR_PIN_BLOCKED:
		*reterr_tries = 0;
		return err;
	case SY_ERR_PIN_WRONG:
	case SY_ERR_KEY_REPLUG:
		*reterr_tries = key_pin_tries(key);
		return err == SY_ERR_PIN_WRONG && *reterr_tries == 0
		    ? SY_ERR_PIN_BLOCKED
		    : err;
	case SY_ERR_UV_WRONG:
		*reterr_tries = key_uv_tries(key);
		return err;
	case SY_ERR_UV_BLOCKED:
		*reterr_tries = 0;
		return err;
	default:
		return err;
	}
}

/* A PIN that nobody will know: 32 of 36 signs, each as likely as the others. */
static enum sy_err
make_pin(struct sy_secret **ret_pin)
{
	static const char signs[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	const unsigned int count = sizeof(signs) - 1;
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	uint8_t byte;
	enum sy_err err;

	if ((err = sy_secret_new(OWN_PIN_CHARS, &pin)) != SY_OK)
		return err;
	while (sy_secret_len(pin) < OWN_PIN_CHARS) {
		if (RAND_bytes(&byte, sizeof(byte)) != 1)
			return SY_ERR_CRYPTO;
		if (byte >= 256 / count * count)
			continue;
		if ((err = sy_secret_append(pin, &signs[byte % count], 1)) !=
		    SY_OK)
			return err;
	}
	sy_memzero(&byte, sizeof(byte));
	*ret_pin = pin;
	pin = NULL;
	return SY_OK;
}

/* The present PIN, where there is one: it is checked, and so is counted. */
static enum sy_err
ready_old(struct key *key, const struct sy_secret *old, uint8_t reserve,
    struct sy_secret **ret_copy, const char **ret_text, uint8_t *reterr_tries)
{
	const struct sy_secret *from =
	    sy_secret_len(old) == 0 ? key->own_pin : old;
	enum sy_err err;

	*ret_text = NULL;
	if (!key->found.pin_set)
		return sy_secret_len(old) == 0 ? SY_OK : SY_ERR_KEY_BARE;
	if (from == NULL)
		return SY_ERR_EXISTS;
	if (!is_pin(from, 1))
		return SY_ERR_PIN_FORMAT;
	if ((err = check_tries(key, reserve, reterr_tries)) != SY_OK ||
	    (err = copy_pin(from, ret_copy)) != SY_OK)
		return err;
	*ret_text = (const char *)sy_secret_bytes(*ret_copy);
	return SY_OK;
}

static enum sy_err
send_pin(struct key *key, const struct sy_secret *fresh, const char *old,
    uint8_t *reterr_tries)
{
	SY_AUTO(sy_secret_free) struct sy_secret *copy = NULL;
	enum sy_err err;

	if (!is_pin(fresh, key->found.pin_min))
		return SY_ERR_PIN_FORMAT;
	if ((err = copy_pin(fresh, &copy)) != SY_OK)
		return err;
	key_begin(key, KEY_CALL_MS);
	err = key_result(key,
	    fido_dev_set_pin(key->dev, (const char *)sy_secret_bytes(copy),
		old));
	return err == SY_OK ? SY_OK : key_count_tries(key, err, reterr_tries);
}

enum sy_err
key_set_pin(struct key *key, const struct sy_keydevice_pin *in, uint8_t reserve,
    uint8_t *reterr_tries)
{
	SY_AUTO(sy_secret_free) struct sy_secret *made = NULL;
	SY_AUTO(sy_secret_free) struct sy_secret *old = NULL;
	const char *old_text = NULL;
	enum sy_err err;

	*reterr_tries = KEY_TRIES_UNKNOWN;
	if (!key->found.pin_supported)
		return SY_ERR_KEY_UNFIT;
	if (in->random && (err = make_pin(&made)) != SY_OK)
		return err;
	if ((err = ready_old(key, in->old, reserve, &old, &old_text,
		 reterr_tries)) != SY_OK ||
	    (err = send_pin(key, in->random ? made : in->fresh, old_text,
		 reterr_tries)) != SY_OK)
		return err;
	sy_secret_free(&key->own_pin);
	key->own_pin = made;
	made = NULL;
	return key_refresh(key);
}
