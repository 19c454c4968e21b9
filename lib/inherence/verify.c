/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/evp.h>

#include "fido2_int.h"
#include "lib/core/md_int.h"

#define PLACE "assertion"

static enum sy_err
denied(struct sy_error *reterr, const char *what)
{
	return sy_error_set(reterr, SY_ERR_DENIED, "authenticator data", "%s",
	    what);
}

/* Whether the person had a part in it, as was asked for. */
static enum sy_err
check_person(uint8_t flags, const struct sy_fido2_expect *expect,
    struct sy_error *reterr)
{
	if (expect->look)
		return (flags & (SY_FIDO2_UP | SY_FIDO2_UV)) == 0
		    ? SY_OK
		    : denied(reterr, "it is a proof, and no look");
	if ((flags & SY_FIDO2_UP) == 0)
		return denied(reterr, "nobody touched the key");
	if (expect->uv && (flags & SY_FIDO2_UV) == 0)
		return denied(reterr, "the key verified nobody");
	return SY_OK;
}

enum sy_err
sy_authdata_check(const struct sy_authdata *data,
    const struct sy_fido2_expect *expect, struct sy_error *reterr)
{
	uint8_t hash[SY_RP_HASH_SIZE];
	enum sy_err err;

	if (!EVP_Digest(expect->rp_id, strlen(expect->rp_id), hash, NULL,
		sy_md_sha256(), NULL))
		return sy_error_set(reterr, SY_ERR_CRYPTO, PLACE,
		    "the digest of the RP id could not be made");
	if (memcmp(hash, data->rp_hash, sizeof(hash)) != 0)
		return denied(reterr, "it is for another RP id");
	if ((err = check_person(data->flags, expect, reterr)) != SY_OK)
		return err;
	/* What can be copied is no possession (BS without BE makes no sense:
	 * WebAuthn Level 3 section 6.1.3). */
	if ((data->flags & (SY_FIDO2_BE | SY_FIDO2_BS)) != 0)
		return denied(reterr, "the credential can be copied");
	return SY_OK;
}

enum sy_err
sy_signed_both(const struct sy_key *key, const uint8_t *authdata,
    size_t authdata_len, const uint8_t hash[SY_CLIENT_HASH_SIZE],
    const uint8_t *sig, size_t sig_len)
{
	uint8_t message[SY_FIDO2_AUTHDATA_MAX + SY_CLIENT_HASH_SIZE];

	if (authdata_len > SY_FIDO2_AUTHDATA_MAX)
		return SY_ERR_LIMIT;
	memcpy(message, authdata, authdata_len);
	memcpy(message + authdata_len, hash, SY_CLIENT_HASH_SIZE);
	return sy_key_verify_message(key, message,
	    authdata_len + SY_CLIENT_HASH_SIZE, sig, sig_len);
}

/* Nothing was asked for but uvm. */
static enum sy_err
read_extensions(const struct sy_authdata *data,
    struct sy_fido2_assertion *assertion, struct sy_error *reterr)
{
	struct sy_cbor uvm;

	if (data->extensions.value == 0)
		return SY_OK;
	if (data->extensions.value > 1 ||
	    sy_cbor_named(&data->extensions, "uvm", &uvm) != SY_OK)
		return denied(reterr, "an extension that nobody asked for");
	if (sy_uvm_parse(&uvm, &assertion->uvm) != SY_OK)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "the extension uvm is malformed");
	assertion->has_uvm = true;
	return SY_OK;
}

enum sy_err
sy_fido2_verify_signed(const struct sy_fido2_signed *in,
    const struct sy_fido2_expect *expect, const struct sy_key *key,
    struct sy_fido2_assertion *ret, struct sy_error *reterr)
{
	struct sy_fido2_assertion assertion = { 0 };
	uint8_t hash[SY_CLIENT_HASH_SIZE];
	struct sy_authdata data;
	enum sy_err err;

	if ((err = sy_client_data_check(in->client_data, in->client_data_len,
		 SY_FIDO2_GET, expect, hash, reterr)) != SY_OK ||
	    (err = sy_authdata_parse(in->authdata, in->authdata_len, &data,
		 reterr)) != SY_OK)
		return err;
	if ((data.flags & SY_FIDO2_AT) != 0)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "it brings a credential, as registrations do");
	if ((err = sy_authdata_check(&data, expect, reterr)) != SY_OK ||
	    (err = read_extensions(&data, &assertion, reterr)) != SY_OK)
		return err;
	if (in->signature_len > SY_SIGNATURE_SIZE_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, PLACE,
		    "the signature has %zu bytes", in->signature_len);
	err = sy_signed_both(key, in->authdata, in->authdata_len, hash,
	    in->signature, in->signature_len);
	if (err != SY_OK)
		return sy_error_set(reterr, err, PLACE, "%s", sy_err_text(err));
	assertion.flags = data.flags;
	assertion.counter = data.counter;
	*ret = assertion;
	return SY_OK;
}
