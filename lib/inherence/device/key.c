/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <fido/err.h>

#include "lib/inherence/device/key.h"
#include "lib/possession/device/name.h"

#define PIN_MIN_FEWEST 4 /* CTAP 2.1 section 6.4, minPINLength */
#define PIN_MIN_MOST   63
/* Messages of 1024 bytes every key takes (CTAP 2.1 section 6.4, maxMsgSize). */
#define LIST_BYTES_MAX 800
#define ID_OVERHEAD    32 /* CBOR around one id */

/* CTAP 2.1 section 8.2, and libfido2's own numbers. */
static const struct {
	int result;
	enum sy_err err;
} meanings[] = {
	{ FIDO_OK, SY_OK },
	{ FIDO_ERR_CREDENTIAL_EXCLUDED, SY_ERR_EXISTS },
	{ FIDO_ERR_KEY_STORE_FULL, SY_ERR_EXISTS },
	{ FIDO_ERR_FP_DATABASE_FULL, SY_ERR_EXISTS },
	{ FIDO_ERR_UNSUPPORTED_ALGORITHM, SY_ERR_KEY_UNFIT },
	{ FIDO_ERR_OPERATION_DENIED, SY_ERR_DENIED },
	{ FIDO_ERR_NOT_ALLOWED, SY_ERR_DENIED },
	{ FIDO_ERR_UNSUPPORTED_OPTION, SY_ERR_KEY_UNFIT },
	{ FIDO_ERR_INVALID_OPTION, SY_ERR_KEY_UNFIT },
	{ FIDO_ERR_NO_CREDENTIALS, SY_ERR_KEY_OTHER },
	{ FIDO_ERR_USER_ACTION_TIMEOUT, SY_ERR_TIMEOUT },
	{ FIDO_ERR_ACTION_TIMEOUT, SY_ERR_TIMEOUT },
	{ FIDO_ERR_PIN_INVALID, SY_ERR_PIN_WRONG },
	{ FIDO_ERR_PIN_BLOCKED, SY_ERR_PIN_BLOCKED },
	{ FIDO_ERR_PIN_AUTH_BLOCKED, SY_ERR_KEY_REPLUG },
	{ FIDO_ERR_PIN_NOT_SET, SY_ERR_KEY_BARE },
	{ FIDO_ERR_PIN_REQUIRED, SY_ERR_KEY_BARE },
	{ FIDO_ERR_PIN_POLICY_VIOLATION, SY_ERR_PIN_FORMAT },
	{ FIDO_ERR_UV_BLOCKED, SY_ERR_UV_BLOCKED },
	{ FIDO_ERR_UV_INVALID, SY_ERR_UV_WRONG },
	{ FIDO_ERR_UNAUTHORIZED_PERM, SY_ERR_KEY_UNFIT },
	{ FIDO_ERR_INVALID_COMMAND, SY_ERR_KEY_UNFIT },
};

void
key_begin(struct key *key, unsigned int ms)
{
	channel_begin(key->channel, ms);
}

enum sy_err
key_result(const struct key *key, int result)
{
	if (key->channel->why != SY_OK)
		return key->channel->why;
	for (size_t i = 0; i < SY_COUNT(meanings); i++) {
		if (meanings[i].result == result)
			return meanings[i].err;
	}
	return SY_ERR_CARD;
}

bool
key_is_refusal(enum sy_err err)
{
	switch (err) {
	case SY_ERR_PIN_WRONG:
	case SY_ERR_PIN_BLOCKED:
	case SY_ERR_PIN_RESERVE:
	case SY_ERR_PIN_FORMAT:
	case SY_ERR_UV_WRONG:
	case SY_ERR_UV_BLOCKED:
	case SY_ERR_KEY_REPLUG:
	case SY_ERR_KEY_BARE:
	case SY_ERR_KEY_UNFIT:
	case SY_ERR_EXISTS:
	case SY_ERR_TIMEOUT:
	case SY_ERR_DENIED:
		return true;
	default:
		return false;
	}
}

/* --- what it says of itself --- */

/* An option of getInfo (CTAP 2.1 section 6.4): whether it is there, and on. */
static bool
option(const fido_cbor_info_t *info, const char *name, bool *ret_on)
{
	char **names = fido_cbor_info_options_name_ptr(info);
	const bool *values = fido_cbor_info_options_value_ptr(info);

	*ret_on = false;
	for (size_t i = 0; i < fido_cbor_info_options_len(info); i++) {
		if (strcmp(names[i], name) == 0) {
			*ret_on = values[i];
			return true;
		}
	}
	return false;
}

static bool
is_on(const fido_cbor_info_t *info, const char *name)
{
	bool on;

	return option(info, name, &on) && on;
}

static bool
has_extension(const fido_cbor_info_t *info, const char *name)
{
	char **names = fido_cbor_info_extensions_ptr(info);

	for (size_t i = 0; i < fido_cbor_info_extensions_len(info); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* Keys that name no algorithms make ES256. */
static bool
has_es256(const fido_cbor_info_t *info)
{
	const size_t n = fido_cbor_info_algorithm_count(info);

	for (size_t i = 0; i < n; i++) {
		if (fido_cbor_info_algorithm_cose(info, i) == COSE_ES256)
			return true;
	}
	return n == 0;
}

static void
read_options(struct key *key, const fido_cbor_info_t *info)
{
	struct sy_keydevice_found *f = &key->found;
	bool on, final, preview;

	f->pin_supported = option(info, "clientPin", &f->pin_set);
	f->pin_change_due = fido_cbor_info_new_pin_required(info);
	f->uv_supported = option(info, "uv", &f->uv_set);
	final = option(info, "bioEnroll", &on);
	preview = option(info, "userVerificationMgmtPreview", &on);
	f->bio_enroll = final || preview;
	f->uvm = has_extension(info, "uvm");
	f->resident = is_on(info, "rk");
	f->no_pin_tokens = is_on(info, "noMcGaPermissionsWithClientPin");
	f->always_uv = is_on(info, "alwaysUv");
	key->channel->bio_final = final && !preview;
}

static void
read_numbers(struct key *key, const fido_cbor_info_t *info)
{
	const uint64_t least = fido_cbor_info_minpinlen(info);

	if (fido_cbor_info_aaguid_len(info) == sizeof(key->found.aaguid))
		memcpy(key->found.aaguid, fido_cbor_info_aaguid_ptr(info),
		    sizeof(key->found.aaguid));
	key->found.firmware = fido_cbor_info_fwversion(info);
	key->found.pin_min = least >= PIN_MIN_FEWEST && least <= PIN_MIN_MOST
	    ? (uint8_t)least
	    : PIN_MIN_FEWEST;
	key->list_max = fido_cbor_info_maxcredcntlst(info);
	key->id_max = fido_cbor_info_maxcredidlen(info);
	key->min_pin = has_extension(info, "minPinLength");
	key->es256 = has_es256(info);
}

static enum sy_err
read_info(struct key *key)
{
	fido_cbor_info_t *info;
	enum sy_err err;

	if ((info = fido_cbor_info_new()) == NULL)
		return SY_ERR_NOMEM;
	key_begin(key, KEY_CALL_MS);
	err = key_result(key, fido_dev_get_cbor_info(key->dev, info));
	if (err == SY_OK) {
		read_options(key, info);
		read_numbers(key, info);
	}
	fido_cbor_info_free(&info);
	if (err != SY_OK)
		return err;
	key->found.pin_tries = key_pin_tries(key);
	if (key->channel->why != SY_OK)
		return key->channel->why;
	key->found.uv_tries = key_uv_tries(key);
	return key->channel->why;
}

enum sy_err
key_open(struct channel *channel, const char *place, bool reader,
    struct key **ret_key)
{
	struct key *key;
	enum sy_err err;

	if ((key = calloc(1, sizeof(*key))) == NULL) {
		channel_free(&channel);
		return SY_ERR_NOMEM;
	}
	key->channel = channel;
	key->found.reader = reader;
	device_copy_name(key->found.place, sizeof(key->found.place), place);
	key_begin(key, KEY_CALL_MS);
	if ((err = channel_open(channel, &key->dev)) != SY_OK ||
	    (err = read_info(key)) != SY_OK) {
		key_free(&key);
		return err;
	}
	*ret_key = key;
	return SY_OK;
}

enum sy_err
key_refresh(struct key *key)
{
	enum sy_err err;

	channel_close(&key->dev);
	key_begin(key, KEY_CALL_MS);
	if ((err = channel_open(key->channel, &key->dev)) != SY_OK)
		return err;
	return read_info(key);
}

void
key_free(struct key **key)
{
	if (*key == NULL)
		return;
	channel_close(&(*key)->dev);
	channel_free(&(*key)->channel);
	sy_secret_free(&(*key)->own_pin);
	free(*key);
	*key = NULL;
}

/* --- what it holds --- */

/* Of those asked for the key names one, or none if it was asked for one. */
static enum sy_err
find_index(const fido_assert_t *assertion,
    const struct sy_keydevice_start *start, size_t first, size_t count,
    uint16_t *ret_index)
{
	const uint8_t *id = fido_assert_id_ptr(assertion, 0);
	const size_t len = fido_assert_id_len(assertion, 0);

	if (len == 0 && count == 1) {
		*ret_index = (uint16_t)first;
		return SY_OK;
	}
	for (size_t i = first; i < first + count; i++) {
		if (len > 0 && start->credentials[i].len == len &&
		    memcmp(start->credentials[i].id, id, len) == 0) {
			*ret_index = (uint16_t)i;
			return SY_OK;
		}
	}
	return SY_ERR_CARD;
}

/* Nobody's hash: we could not verify a signature over any other. Whether the
 * key speaks the truth the server finds out, by a look (SY_KEY_UV_LOOK). */
static bool
ask_for(fido_assert_t *assertion, const struct sy_keydevice_start *start,
    size_t first, size_t count)
{
	static const uint8_t hash[32];

	if (fido_assert_set_rp(assertion, start->rp_id) != FIDO_OK ||
	    fido_assert_set_clientdata_hash(assertion, hash, sizeof(hash)) !=
		FIDO_OK ||
	    fido_assert_set_up(assertion, FIDO_OPT_FALSE) != FIDO_OK)
		return false;
	for (size_t i = first; i < first + count; i++) {
		if (fido_assert_allow_cred(assertion, start->credentials[i].id,
			start->credentials[i].len) != FIDO_OK)
			return false;
	}
	return true;
}

static enum sy_err
look_for(struct key *key, const struct sy_keydevice_start *start, size_t first,
    size_t count, uint16_t *ret_index)
{
	fido_assert_t *assertion;
	enum sy_err err = SY_ERR_NOMEM;

	if ((assertion = fido_assert_new()) == NULL)
		return SY_ERR_NOMEM;
	key_begin(key, KEY_CALL_MS);
	key->channel->ask_uvm = false;
	if (ask_for(assertion, start, first, count))
		err = key_result(key,
		    fido_dev_get_assert(key->dev, assertion, NULL));
	if (err == SY_OK)
		err = find_index(assertion, start, first, count, ret_index);
	fido_assert_free(&assertion);
	return err;
}

bool
key_takes_id(const struct key *key, const struct sy_credential_id *id)
{
	return key->id_max == 0 || id->len <= key->id_max;
}

/* How many of the ids from ${first} on go into one command; 0: the key can't
 * even hold the first. */
static size_t
batch(const struct key *key, const struct sy_keydevice_start *start,
    size_t first)
{
	const size_t most = key->list_max == 0 ? 1 : (size_t)key->list_max;
	size_t n = 0, bytes = 0;

	while (n < most && first + n < start->credential_count) {
		const struct sy_credential_id *id =
		    &start->credentials[first + n];

		bytes += (size_t)id->len + ID_OVERHEAD;
		if (!key_takes_id(key, id) || (n > 0 && bytes > LIST_BYTES_MAX))
			break;
		n++;
	}
	return n;
}

enum sy_err
key_look(struct key *key, const struct sy_keydevice_start *start,
    uint16_t *ret_index)
{
	size_t count;
	enum sy_err err;

	for (size_t i = 0; i < start->credential_count; i += count) {
		if ((count = batch(key, start, i)) == 0) {
			count = 1;
			continue;
		}
		err = look_for(key, start, i, count, ret_index);
		if (err == SY_OK)
			return SY_OK;
		/* What a key refuses to look up it does not hold. */
		if (err != SY_ERR_KEY_OTHER && !key_is_refusal(err))
			return err;
		if (key->channel->why != SY_OK)
			return key->channel->why;
	}
	return SY_ERR_NOT_FOUND;
}
