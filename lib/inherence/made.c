/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "attestation.h"
#include "cose.h"

#define PLACE       "registration"
#define PROTECT_MAX 3  /* credProtect: CTAP 2.1 section 12.1 */
#define PIN_MAX     63 /* minPinLength: CTAP 2.1 section 12.4 */

static enum sy_err
malformed(struct sy_error *reterr, const char *what)
{
	return sy_error_set(reterr, SY_ERR_FORMAT, PLACE, "%s", what);
}

static bool
is_number(const struct sy_cbor *item, uint64_t max)
{
	return item->type == SY_CBOR_UNSIGNED && item->value <= max;
}

/* What platforms ask for on our behalf; anything else nobody asked for. */
static enum sy_err
read_extensions(const struct sy_cbor *extensions,
    struct sy_fido2_credential *credential, struct sy_error *reterr)
{
	struct sy_cbor item;
	uint64_t known = 0;
	uint32_t methods;

	if (sy_cbor_named(extensions, "credProtect", &item) == SY_OK) {
		known++;
		if (!is_number(&item, PROTECT_MAX) || item.value == 0)
			return malformed(reterr, "credProtect is malformed");
	}
	if (sy_cbor_named(extensions, "minPinLength", &item) == SY_OK) {
		known++;
		if (!is_number(&item, PIN_MAX))
			return malformed(reterr, "minPinLength is malformed");
		credential->min_pin = (uint8_t)item.value;
	}
	if (sy_cbor_named(extensions, "uvm", &item) == SY_OK) {
		known++;
		if (sy_uvm_parse(&item, &methods) != SY_OK)
			return malformed(reterr, "uvm is malformed");
	}
	if (extensions->value != known)
		return sy_error_set(reterr, SY_ERR_DENIED, PLACE,
		    "an extension that nobody asked for");
	return SY_OK;
}

static enum sy_err
read_statement(const struct sy_fido2_made *made, struct sy_cbor *ret,
    struct sy_error *reterr)
{
	struct sy_reader r;

	if (made->statement_len > SY_FIDO2_ATTESTATION_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, PLACE,
		    "the attestation has %zu bytes, over %d",
		    made->statement_len, SY_FIDO2_ATTESTATION_MAX);
	sy_reader_init(&r, made->statement, made->statement_len);
	if (sy_cbor_take(&r, ret) != SY_OK || ret->type != SY_CBOR_MAP ||
	    sy_reader_end(&r) != SY_OK)
		return malformed(reterr,
		    "the attestation is no map in canonical CBOR");
	return SY_OK;
}

/* Authenticator data by themselves. */
static enum sy_err
read_credential(const struct sy_fido2_made *made,
    const struct sy_fido2_expect *expect, struct sy_authdata *data,
    struct sy_fido2_credential *credential, struct sy_error *reterr)
{
	enum sy_err err;

	if ((err = sy_authdata_parse(made->authdata, made->authdata_len, data,
		 reterr)) != SY_OK)
		return err;
	if ((data->flags & SY_FIDO2_AT) == 0)
		return malformed(reterr, "it brings no credential");
	if ((err = sy_authdata_check(data, expect, reterr)) != SY_OK ||
	    (err = read_extensions(&data->extensions, credential, reterr)) !=
		SY_OK)
		return err;
	memcpy(credential->id, data->id, data->id_len);
	credential->id_len = (uint16_t)data->id_len;
	credential->flags = data->flags;
	credential->counter = data->counter;
	return sy_cose_key(&data->key, &credential->key, reterr);
}

enum sy_err
sy_fido2_verify_made(const struct sy_fido2_made *made,
    const struct sy_fido2_expect *expect, const struct sy_metadata *metadata,
    int64_t now, struct sy_fido2_credential *ret, struct sy_error *reterr)
{
	SY_AUTO(sy_fido2_credential_clear)
	struct sy_fido2_credential credential = { 0 };
	struct sy_attestation_found found;
	uint8_t hash[SY_CLIENT_HASH_SIZE];
	struct sy_cbor statement;
	struct sy_authdata data;
	enum sy_err err;

	if (expect->look)
		return sy_error_set(reterr, SY_ERR_ARG, PLACE,
		    "nothing is made without a person");
	if ((err = sy_client_data_check(made->client_data,
		 made->client_data_len, SY_FIDO2_CREATE, expect, hash,
		 reterr)) != SY_OK ||
	    (err = read_credential(made, expect, &data, &credential, reterr)) !=
		SY_OK ||
	    (err = read_statement(made, &statement, reterr)) != SY_OK)
		return err;
	const struct sy_attested in = {
		.data = &data,
		.authdata = made->authdata,
		.authdata_len = made->authdata_len,
		.hash = hash,
		.key = credential.key,
		.metadata = metadata,
		.now = now,
	};
	if ((err = sy_attestation_check(&in, made->format, &statement, &found,
		 reterr)) != SY_OK)
		return err;
	credential.attestation = found.kind;
	credential.model = found.model;
	memcpy(credential.aaguid, found.aaguid, sizeof(found.aaguid));
	*ret = credential;
	credential.key = NULL;
	return SY_OK;
}

void
sy_fido2_credential_clear(struct sy_fido2_credential *credential)
{
	sy_key_free(&credential->key);
	*credential = (struct sy_fido2_credential){ 0 };
}
