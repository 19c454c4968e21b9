/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/inherence/device/key.h"

#define CBOR_BYTES     0x40 /* RFC 8949 section 3.1, major type 2 */
#define CBOR_SHORT_MAX 23
#define CBOR_U8        24
#define CBOR_U16       25

/* What a request's verification comes to. */
struct verify {
	struct sy_secret *copy;
	const char *pin; /* NULL: none is sent */
	fido_opt_t uv;
	fido_opt_t up;
	unsigned int ms; /* that the key may take */
};

static void
verify_clear(struct verify *v)
{
	sy_secret_free(&v->copy);
}

/* Before anything is sent: what the key can't do it is not asked. */
static enum sy_err
verify_ready(struct key *key, uint8_t uv, const struct sy_secret *pin,
    uint8_t reserve, struct verify *v, uint8_t *reterr_tries)
{
	*v = (struct verify){
		.uv = FIDO_OPT_OMIT, .up = FIDO_OPT_OMIT, .ms = KEY_PERSON_MS
	};
	*reterr_tries = KEY_TRIES_UNKNOWN;
	switch ((enum sy_key_uv)uv) {
	case SY_KEY_UV_NONE:
		return SY_OK;
	case SY_KEY_UV_BUILT_IN:
		if (!key->found.uv_supported)
			return SY_ERR_KEY_UNFIT;
		v->uv = FIDO_OPT_TRUE;
		return key->found.uv_set ? SY_OK : SY_ERR_KEY_BARE;
	case SY_KEY_UV_PIN:
		if (!key->found.pin_supported || key->found.no_pin_tokens)
			return SY_ERR_KEY_UNFIT;
		return key_pin_ready(key, pin, reserve, &v->copy, &v->pin,
		    reterr_tries);
	case SY_KEY_UV_LOOK:
		v->up = FIDO_OPT_FALSE;
		v->ms = KEY_CALL_MS;
		return SY_OK;
	case SY_KEY_UV_COUNT:
		break;
	}
	return SY_ERR_ARG;
}

/* libfido2 1.12 gives authenticator data as the CBOR byte string it came in. */
static enum sy_err
unwrap(const uint8_t *cbor, size_t len, uint8_t *out, size_t cap,
    uint16_t *ret_len)
{
	struct sy_reader r;
	const uint8_t *view;
	uint8_t first, small;
	uint16_t n;

	sy_reader_init(&r, cbor, len);
	if (sy_reader_u8(&r, &first) != SY_OK || (first & 0xe0) != CBOR_BYTES)
		return SY_ERR_CARD;
	n = first & 0x1f;
	if (n == CBOR_U8) {
		if (sy_reader_u8(&r, &small) != SY_OK)
			return SY_ERR_CARD;
		n = small;
	} else if (n == CBOR_U16) {
		if (sy_reader_u16(&r, &n) != SY_OK)
			return SY_ERR_CARD;
	} else if (n > CBOR_SHORT_MAX) {
		return SY_ERR_CARD;
	}
	if (n > cap || sy_reader_raw(&r, n, &view) != SY_OK ||
	    sy_reader_end(&r) != SY_OK)
		return SY_ERR_CARD;
	memcpy(out, view, n);
	*ret_len = n;
	return SY_OK;
}

/* Copy what a key gave, if it gave as much as we take. */
static enum sy_err
take(const uint8_t *from, size_t len, uint8_t *out, size_t cap,
    uint16_t *ret_len)
{
	if (len > cap)
		return SY_ERR_CARD;
	if (len > 0)
		memcpy(out, from, len);
	*ret_len = (uint16_t)len;
	return SY_OK;
}

/* --- ASSERT --- */

/* The credential that is meant; NULL: any that the key knows by itself. */
static enum sy_err
pick(const struct key *key, const struct sy_keydevice_start *start,
    uint16_t index, const struct sy_credential_id **ret)
{
	*ret = NULL;
	if (index == SY_KEYDEVICE_CREDENTIALS) {
		*ret = &key->made;
		return key->made.len > 0 ? SY_OK : SY_ERR_PROTOCOL;
	}
	if (start->credential_count == 0 && index == 0 && !start->enroll)
		return SY_OK;
	if (index >= start->credential_count)
		return SY_ERR_PROTOCOL;
	*ret = &start->credentials[index];
	return SY_OK;
}

static bool
prepare_assert(fido_assert_t *assertion, const char *rp_id,
    const struct sy_keydevice_assert *in, const struct sy_credential_id *id,
    const struct verify *v)
{
	return fido_assert_set_rp(assertion, rp_id) == FIDO_OK &&
	    fido_assert_set_clientdata_hash(assertion, in->hash,
		sizeof(in->hash)) == FIDO_OK &&
	    fido_assert_set_uv(assertion, v->uv) == FIDO_OK &&
	    fido_assert_set_up(assertion, v->up) == FIDO_OK &&
	    (id == NULL ||
		fido_assert_allow_cred(assertion, id->id, id->len) == FIDO_OK);
}

/* The key leaves out what it was asked for by name. */
static enum sy_err
take_id(const fido_assert_t *assertion, const struct sy_credential_id *asked,
    struct sy_credential_id *ret)
{
	enum sy_err err;

	if ((err = take(fido_assert_id_ptr(assertion, 0),
		 fido_assert_id_len(assertion, 0), ret->id, sizeof(ret->id),
		 &ret->len)) != SY_OK)
		return err;
	if (asked == NULL)
		return ret->len > 0 ? SY_OK : SY_ERR_CARD;
	if (ret->len != 0 &&
	    (ret->len != asked->len ||
		memcmp(ret->id, asked->id, ret->len) != 0))
		return SY_ERR_CARD;
	*ret = *asked;
	return SY_OK;
}

static enum sy_err
take_assertion(const fido_assert_t *assertion,
    const struct sy_credential_id *asked, struct sy_keydevice_signed *out)
{
	enum sy_err err;

	if (fido_assert_count(assertion) == 0)
		return SY_ERR_CARD;
	if ((err = take_id(assertion, asked, &out->credential)) != SY_OK ||
	    (err = take(fido_assert_user_id_ptr(assertion, 0),
		 fido_assert_user_id_len(assertion, 0), out->handle,
		 sizeof(out->handle), &out->handle_len)) != SY_OK ||
	    (err = unwrap(fido_assert_authdata_ptr(assertion, 0),
		 fido_assert_authdata_len(assertion, 0), out->authdata,
		 sizeof(out->authdata), &out->authdata_len)) != SY_OK)
		return err;
	return take(fido_assert_sig_ptr(assertion, 0),
	    fido_assert_sig_len(assertion, 0), out->signature,
	    sizeof(out->signature), &out->signature_len);
}

static enum sy_err
run_assert(struct key *key, const char *rp_id,
    const struct sy_keydevice_assert *in, const struct sy_credential_id *id,
    const struct verify *v, struct sy_keydevice_signed *out)
{
	fido_assert_t *assertion;
	enum sy_err err = SY_ERR_NOMEM;

	if ((assertion = fido_assert_new()) == NULL)
		return SY_ERR_NOMEM;
	key_begin(key, v->ms);
	/* Where nobody is verified there is nothing to tell of it. */
	key->channel->ask_uvm = key->found.uvm && v->up != FIDO_OPT_FALSE;
	if (prepare_assert(assertion, rp_id, in, id, v))
		err = key_result(key,
		    fido_dev_get_assert(key->dev, assertion, v->pin));
	key->channel->ask_uvm = false;
	if (err == SY_OK)
		err = take_assertion(assertion, id, out);
	fido_assert_free(&assertion);
	return err;
}

enum sy_err
key_assert(struct key *key, const struct sy_keydevice_start *start,
    const struct sy_keydevice_assert *in, struct sy_keydevice_signed *ret,
    uint8_t *reterr_tries)
{
	const struct sy_credential_id *id;
	struct sy_keydevice_signed out = { .uv = in->uv };
	SY_AUTO(verify_clear) struct verify v = { .pin = NULL };
	enum sy_err err;

	*reterr_tries = KEY_TRIES_UNKNOWN;
	if ((err = pick(key, start, in->credential, &id)) != SY_OK ||
	    (err = verify_ready(key, in->uv, in->pin, start->reserve, &v,
		 reterr_tries)) != SY_OK)
		return err;
	if ((err = run_assert(key, start->rp_id, in, id, &v, &out)) != SY_OK)
		return key_count_tries(key, err, reterr_tries);
	*ret = out;
	return SY_OK;
}

/* --- MAKE --- */

/* It was found before that the key holds none of them; it looks again, at as
 * many as it takes. */
static bool
exclude(const struct key *key, fido_cred_t *cred,
    const struct sy_keydevice_start *start)
{
	size_t n = 0;

	for (size_t i = 0; i < start->credential_count; i++) {
		const struct sy_credential_id *id = &start->credentials[i];

		if (!key_takes_id(key, id) ||
		    (key->list_max != 0 && n >= key->list_max))
			continue;
		if (fido_cred_exclude(cred, id->id, id->len) != FIDO_OK)
			return false;
		n++;
	}
	return true;
}

static bool
prepare_make(const struct key *key, fido_cred_t *cred,
    const struct sy_keydevice_start *start, const struct sy_keydevice_make *in,
    const struct verify *v)
{
	if (fido_cred_set_type(cred, COSE_ES256) != FIDO_OK ||
	    fido_cred_set_rp(cred, start->rp_id, start->rp_id) != FIDO_OK ||
	    fido_cred_set_clientdata_hash(cred, in->hash, sizeof(in->hash)) !=
		FIDO_OK ||
	    fido_cred_set_user(cred, in->handle, sizeof(in->handle), in->login,
		in->name[0] == '\0' ? NULL : in->name, NULL) != FIDO_OK ||
	    fido_cred_set_uv(cred, v->uv) != FIDO_OK ||
	    fido_cred_set_rk(cred,
		in->resident ? FIDO_OPT_TRUE : FIDO_OPT_OMIT) != FIDO_OK)
		return false;
	/* How long a PIN must be at least, signed by the key. */
	if (key->min_pin &&
	    fido_cred_set_extensions(cred, FIDO_EXT_MINPINLEN) != FIDO_OK)
		return false;
	return exclude(key, cred, start);
}

static enum sy_err
take_format(const fido_cred_t *cred, struct sy_keydevice_made *out)
{
	const char *format = fido_cred_fmt(cred);
	size_t len;

	if (format == NULL || (len = strlen(format)) == 0 ||
	    len >= sizeof(out->format))
		return SY_ERR_CARD;
	memcpy(out->format, format, len + 1);
	return SY_OK;
}

static enum sy_err
take_made(const fido_cred_t *cred, struct sy_keydevice_made *out,
    struct sy_credential_id *ret_id)
{
	enum sy_err err;

	if ((err = take_format(cred, out)) != SY_OK ||
	    (err = take(fido_cred_authdata_raw_ptr(cred),
		 fido_cred_authdata_raw_len(cred), out->authdata,
		 sizeof(out->authdata), &out->authdata_len)) != SY_OK ||
	    (err = take(fido_cred_attstmt_ptr(cred),
		 fido_cred_attstmt_len(cred), out->statement,
		 sizeof(out->statement), &out->statement_len)) != SY_OK ||
	    (err = take(fido_cred_id_ptr(cred), fido_cred_id_len(cred),
		 ret_id->id, sizeof(ret_id->id), &ret_id->len)) != SY_OK)
		return err;
	return ret_id->len > 0 && out->statement_len > 0 ? SY_OK : SY_ERR_CARD;
}

static enum sy_err
run_make(struct key *key, const struct sy_keydevice_start *start,
    const struct sy_keydevice_make *in, const struct verify *v,
    struct sy_keydevice_made *out)
{
	struct sy_credential_id id;
	fido_cred_t *cred;
	enum sy_err err = SY_ERR_NOMEM;

	if ((cred = fido_cred_new()) == NULL)
		return SY_ERR_NOMEM;
	key_begin(key, v->ms);
	if (prepare_make(key, cred, start, in, v))
		err =
		    key_result(key, fido_dev_make_cred(key->dev, cred, v->pin));
	if (err == SY_OK)
		err = take_made(cred, out, &id);
	if (err == SY_OK)
		key->made = id;
	fido_cred_free(&cred);
	return err;
}

enum sy_err
key_make(struct key *key, const struct sy_keydevice_start *start,
    const struct sy_keydevice_make *in, struct sy_keydevice_made *ret,
    uint8_t *reterr_tries)
{
	SY_AUTO(verify_clear) struct verify v = { .pin = NULL };
	struct sy_keydevice_made out = { .format = "" };
	enum sy_err err;

	*reterr_tries = KEY_TRIES_UNKNOWN;
	if (!key->es256 || (in->resident && !key->found.resident))
		return SY_ERR_KEY_UNFIT;
	if ((err = verify_ready(key, in->uv, in->pin, start->reserve, &v,
		 reterr_tries)) != SY_OK)
		return err;
	if ((err = run_make(key, start, in, &v, &out)) != SY_OK)
		return key_count_tries(key, err, reterr_tries);
	*ret = out;
	return SY_OK;
}
