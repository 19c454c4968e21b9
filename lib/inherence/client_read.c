/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "base64url.h"
#include "fido2_int.h"
#include "lib/core/md_int.h"

#define PLACE "client data"

static void
free_json(json_t **json)
{
	json_decref(*json);
}

/* A member that is the text ${want} and nothing else. */
static enum sy_err
check_text(const json_t *json, const char *name, const char *want,
    struct sy_error *reterr)
{
	const json_t *value = json_object_get(json, name);

	if (!json_is_string(value))
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "\"%s\" is missing or no text", name);
	if (json_string_length(value) != strlen(want) ||
	    strcmp(json_string_value(value), want) != 0)
		return sy_error_set(reterr, SY_ERR_DENIED, PLACE,
		    "\"%s\" is not what was asked for", name);
	return SY_OK;
}

/* What says that another page or another connection stands between. */
static enum sy_err
check_direct(const json_t *json, struct sy_error *reterr)
{
	const json_t *cross = json_object_get(json, "crossOrigin");
	const json_t *binding = json_object_get(json, "tokenBinding");

	if (cross != NULL && !json_is_boolean(cross))
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "\"crossOrigin\" is neither true nor false");
	if (json_is_true(cross) || json_object_get(json, "topOrigin") != NULL)
		return sy_error_set(reterr, SY_ERR_DENIED, PLACE,
		    "it was made inside a page of another origin");
	/* WebAuthn section 7.1 step 10; none of our connections is bound. */
	if (json_is_string(json_object_get(binding, "id")))
		return sy_error_set(reterr, SY_ERR_DENIED, PLACE,
		    "it is bound to another connection");
	return SY_OK;
}

static enum sy_err
check_members(const json_t *json, const char *type,
    const struct sy_fido2_expect *expect, struct sy_error *reterr)
{
	char challenge[SY_BASE64URL_LEN(SY_FIDO2_CHALLENGE_SIZE) + 1];
	enum sy_err err;

	sy_base64url(expect->challenge, sizeof(expect->challenge), challenge);
	if ((err = check_text(json, "type", type, reterr)) != SY_OK ||
	    (err = check_text(json, "challenge", challenge, reterr)) != SY_OK ||
	    (err = check_text(json, "origin", expect->origin, reterr)) != SY_OK)
		return err;
	return check_direct(json, reterr);
}

enum sy_err
sy_client_data_check(const uint8_t *bytes, size_t len, const char *type,
    const struct sy_fido2_expect *expect, uint8_t ret_hash[SY_CLIENT_HASH_SIZE],
    struct sy_error *reterr)
{
	SY_AUTO(free_json) json_t *json = NULL;
	uint8_t hash[SY_CLIENT_HASH_SIZE];
	json_error_t error;
	enum sy_err err;

	if (len > SY_FIDO2_CLIENT_DATA_MAX)
		return sy_error_set(reterr, SY_ERR_LIMIT, PLACE,
		    "%zu bytes, over %d", len, SY_FIDO2_CLIENT_DATA_MAX);
	json = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES,
	    &error);
	if (json == NULL && json_error_code(&error) == json_error_out_of_memory)
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	if (!json_is_object(json))
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "not one JSON object");
	if ((err = check_members(json, type, expect, reterr)) != SY_OK)
		return err;
	if (!EVP_Digest(bytes, len, hash, NULL, sy_md_sha256(), NULL))
		return sy_error_set(reterr, SY_ERR_CRYPTO, PLACE,
		    "its digest could not be made");
	memcpy(ret_hash, hash, sizeof(hash));
	return SY_OK;
}
