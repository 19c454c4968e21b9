/* SPDX-License-Identifier: Apache-2.0 */
#include "authdata.h"

#define PLACE "authenticator data"
#define FLAGS_KNOWN                                                            \
	(SY_FIDO2_UP | SY_FIDO2_UV | SY_FIDO2_BE | SY_FIDO2_BS | SY_FIDO2_AT | \
	    SY_FIDO2_ED)
#define UVM_MAX    3 /* entries */
#define UVM_FIELDS 3 /* method, key protection, matcher protection */
#define UVM_KNOWN                                                              \
	(SY_FIDO2_UVM_PRESENCE | SY_FIDO2_UVM_FINGERPRINT |                    \
	    SY_FIDO2_UVM_PASSCODE | SY_FIDO2_UVM_FACE | SY_FIDO2_UVM_NONE |    \
	    SY_FIDO2_UVM_PASSCODE_EXTERNAL)

static enum sy_err
malformed(struct sy_error *reterr, const char *what)
{
	return sy_error_set(reterr, SY_ERR_FORMAT, PLACE, "%s", what);
}

static enum sy_err
parse_head(struct sy_reader *r, struct sy_authdata *ret,
    struct sy_error *reterr)
{
	if (sy_reader_raw(r, SY_RP_HASH_SIZE, &ret->rp_hash) != SY_OK ||
	    sy_reader_u8(r, &ret->flags) != SY_OK ||
	    sy_reader_u32(r, &ret->counter) != SY_OK)
		return malformed(reterr, "cut short");
	if ((ret->flags & ~FLAGS_KNOWN) != 0)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "flags 0x%02x: what is reserved is set", ret->flags);
	return SY_OK;
}

/* WebAuthn section 6.5.1. */
static enum sy_err
parse_credential(struct sy_reader *r, struct sy_authdata *ret,
    struct sy_error *reterr)
{
	uint16_t len;

	if (sy_reader_raw(r, SY_AAGUID_SIZE, &ret->aaguid) != SY_OK ||
	    sy_reader_u16(r, &len) != SY_OK)
		return malformed(reterr, "the credential is cut short");
	if (len > SY_FIDO2_CREDENTIAL_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, PLACE,
		    "the credential's id has %u bytes, over %d", len,
		    SY_FIDO2_CREDENTIAL_MAX);
	if (len == 0 || sy_reader_raw(r, len, &ret->id) != SY_OK)
		return malformed(reterr, "the credential's id is cut short");
	ret->id_len = len;
	if (sy_cbor_take(r, &ret->key) != SY_OK || ret->key.type != SY_CBOR_MAP)
		return malformed(reterr,
		    "the credential's key is no map in canonical CBOR");
	return SY_OK;
}

enum sy_err
sy_authdata_parse(const uint8_t *bytes, size_t len, struct sy_authdata *ret,
    struct sy_error *reterr)
{
	struct sy_authdata data = { .extensions = { .type = SY_CBOR_MAP } };
	struct sy_reader r;
	enum sy_err err;

	if (len > SY_FIDO2_AUTHDATA_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, PLACE,
		    "%zu bytes, over %d", len, SY_FIDO2_AUTHDATA_MAX);
	sy_reader_init(&r, bytes, len);
	if ((err = parse_head(&r, &data, reterr)) != SY_OK)
		return err;
	if ((data.flags & SY_FIDO2_AT) != 0 &&
	    (err = parse_credential(&r, &data, reterr)) != SY_OK)
		return err;
	if ((data.flags & SY_FIDO2_ED) != 0 &&
	    (sy_cbor_take(&r, &data.extensions) != SY_OK ||
		data.extensions.type != SY_CBOR_MAP))
		return malformed(reterr,
		    "the extensions are no map in canonical CBOR");
	if (sy_reader_end(&r) != SY_OK)
		return malformed(reterr, "bytes behind its end");
	*ret = data;
	return SY_OK;
}

static enum sy_err
take_number(struct sy_reader *r, uint64_t *ret)
{
	struct sy_cbor item;

	if (sy_cbor_take(r, &item) != SY_OK || item.type != SY_CBOR_UNSIGNED)
		return SY_ERR_FORMAT;
	*ret = item.value;
	return SY_OK;
}

/* Exactly one bit, and one that has a name. */
static bool
method_known(uint64_t method)
{
	return method != 0 && (method & (method - 1)) == 0 &&
	    (method & ~(uint64_t)UVM_KNOWN) == 0;
}

enum sy_err
sy_uvm_parse(const struct sy_cbor *uvm, uint32_t *ret_methods)
{
	struct sy_reader r, fields;
	struct sy_cbor entry;
	uint32_t methods = 0;
	uint64_t method, other;

	if (uvm->type != SY_CBOR_ARRAY || uvm->value == 0 ||
	    uvm->value > UVM_MAX)
		return SY_ERR_FORMAT;
	sy_reader_init(&r, uvm->at, uvm->len);
	for (uint64_t i = 0; i < uvm->value; i++) {
		if (sy_cbor_take(&r, &entry) != SY_OK ||
		    entry.type != SY_CBOR_ARRAY || entry.value != UVM_FIELDS)
			return SY_ERR_FORMAT;
		sy_reader_init(&fields, entry.at, entry.len);
		if (take_number(&fields, &method) != SY_OK ||
		    take_number(&fields, &other) != SY_OK ||
		    take_number(&fields, &other) != SY_OK)
			return SY_ERR_FORMAT;
		methods |= method_known(method) ? (uint32_t)method : UINT32_MAX;
	}
	*ret_methods = methods;
	return SY_OK;
}
