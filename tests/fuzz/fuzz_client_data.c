/* SPDX-License-Identifier: Apache-2.0 */
/* Client data: what is taken says what was asked for, by another reading. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/inherence/fido2_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct sy_fido2_expect expect = {
	.rp_id = "login.example.lg.jp",
	.origin = "https://login.example.lg.jp",
	.challenge = { 1, 2, 3 },
};

static void
must_say(const json_t *json, const char *name, const char *text)
{
	const char *got = json_string_value(json_object_get(json, name));

	if (got == NULL || strcmp(got, text) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t hash[SY_CLIENT_HASH_SIZE];
	json_t *json;

	if (sy_client_data_check(data, len, SY_FIDO2_GET, &expect, hash,
		NULL) != SY_OK)
		return 0;
	json =
	    json_loadb((const char *)data, len, JSON_REJECT_DUPLICATES, NULL);
	must_say(json, "type", "webauthn.get");
	must_say(json, "origin", expect.origin);
	must_say(json, "challenge",
	    "AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	if (json_is_true(json_object_get(json, "crossOrigin")))
		abort();
	json_decref(json);
	return 0;
}
