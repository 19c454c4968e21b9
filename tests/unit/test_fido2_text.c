/* SPDX-License-Identifier: Apache-2.0 */
/* AAGUIDs, names, base64url, and client data as we write it. */
#include <stdlib.h>

#include <jansson.h>

#include <sanyoso/fido2.h>

#include "lib/inherence/base64url.h"
#include "tests/support/unit.h"

static const uint8_t aaguid[SY_AAGUID_SIZE] = { 0xf8, 0xa0, 0x11, 0xf3, 0x8c,
	0x0a, 0x4d, 0x15, 0x80, 0x06, 0x17, 0x11, 0x1f, 0x9e, 0xdc, 0x7d };
#define TEXT "f8a011f3-8c0a-4d15-8006-17111f9edc7d"

static void
an_aaguid_has_one_text(void **state)
{
	static const char *const others[] = { "",
		"f8a011f38c0a4d15800617111f9edc7d",
		"f8a011f3-8c0a-4d15-8006-17111f9edc7",
		"f8a011f3-8c0a-4d15-8006-17111f9edc7d ",
		"{f8a011f3-8c0a-4d15-8006-17111f9edc7d}",
		"f8a011f38-c0a-4d15-8006-17111f9edc7d",
		"f8a011f3-8c0a-4d15-8006-17111f9edc7g",
		"f8a011f3 8c0a-4d15-8006-17111f9edc7d",
		"f8a011f3-8c0a-4d15-8006-17111f9edc-d" };
	char text[SY_AAGUID_TEXT_SIZE];
	uint8_t back[SY_AAGUID_SIZE] = { 0 };

	(void)state;
	sy_aaguid_text(aaguid, text);
	assert_string_equal(text, TEXT);
	assert_true(sy_aaguid_parse(TEXT, back));
	assert_memory_equal(back, aaguid, sizeof(back));
	assert_true(sy_aaguid_parse("F8A011F3-8C0A-4d15-8006-17111F9EDC7D",
	    back));
	assert_memory_equal(back, aaguid, sizeof(back));
	for (size_t i = 0; i < SY_COUNT(others); i++) {
		assert_false(sy_aaguid_parse(others[i], back));
		assert_memory_equal(back, aaguid, sizeof(back));
	}
}

static void
names_lead_there_and_back(void **state)
{
	enum sy_attestation a = SY_ATTESTATION_SELF;

	(void)state;
	for (int i = 0; i < SY_ATTESTATION_COUNT; i++) {
		assert_true(sy_attestation_by_name(
		    sy_attestation_name((enum sy_attestation)i), &a));
		assert_int_equal(a, i);
	}
	assert_string_equal(sy_attestation_name(SY_ATTESTATION_NONE), "none");
	assert_string_equal(sy_attestation_name(SY_ATTESTATION_SELF), "self");
	assert_string_equal(sy_attestation_name(SY_ATTESTATION_MODEL), "model");
	assert_string_equal(sy_attestation_name((enum sy_attestation)3),
	    "unknown");
	assert_false(sy_attestation_by_name("unknown", &a));
	assert_false(sy_attestation_by_name("", &a));
	assert_int_equal(a, SY_ATTESTATION_MODEL);
	assert_string_equal(sy_model_status_name(SY_MODEL_GOOD), "good");
	assert_string_equal(sy_model_status_name(SY_MODEL_UPDATE), "update");
	assert_string_equal(sy_model_status_name(SY_MODEL_COMPROMISED),
	    "compromised");
	assert_string_equal(sy_model_status_name((enum sy_model_status)3),
	    "unknown");
}

/* RFC 4648 section 10, without its padding. */
static void
base64url_has_one_form(void **state)
{
	static const struct {
		const char *bytes;
		const char *text;
	} tc[] = { { "", "" }, { "f", "Zg" }, { "fo", "Zm8" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy" }, { "\xfb\xff\xbf", "-_-_" } };
	static const char *const bad[] = { "Z", "Zg=", "Zg==", "Zh", "Zm9",
		"Zm9vY", "+/+/", "Zm 9", "Zm9v\n", "Z\xc3\xa9" };
	uint8_t out[16];
	char text[32];
	size_t len;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const size_t n = strlen(tc[i].bytes);

		sy_base64url(tc[i].bytes, n, text);
		assert_string_equal(text, tc[i].text);
		assert_int_equal(strlen(text), SY_BASE64URL_LEN(n));
		assert_int_equal(sy_unbase64url(text, strlen(text), out, n,
				     &len),
		    SY_OK);
		assert_int_equal(len, n);
		assert_memory_equal(out, tc[i].bytes, n);
		if (n > 0)
			assert_int_equal(sy_unbase64url(text, strlen(text), out,
					     n - 1, &len),
			    SY_ERR_LIMIT);
	}
	for (size_t i = 0; i < SY_COUNT(bad); i++)
		assert_int_equal(sy_unbase64url(bad[i], strlen(bad[i]), out,
				     sizeof(out), &len),
		    SY_ERR_FORMAT);
}

#define ORIGIN "https://login.example.lg.jp"

static void
client_data_is_the_json_that_was_asked_for(void **state)
{
	uint8_t challenge[SY_FIDO2_CHALLENGE_SIZE];
	char text[SY_FIDO2_CLIENT_DATA_MAX];
	json_t *json;
	size_t len = 0;

	(void)state;
	memset(challenge, 0xff, sizeof(challenge));
	assert_int_equal(sy_fido2_client_data(SY_FIDO2_GET, challenge, ORIGIN,
			     text, &len),
	    SY_OK);
	/* The very bytes of WebAuthn section 5.8.1.1. */
	assert_string_equal(text,
	    "{\"type\":\"webauthn.get\",\"challenge\":"
	    "\"__________________________________________8\",\"origin\":"
	    "\"" ORIGIN "\",\"crossOrigin\":false}");
	assert_int_equal(len, strlen(text));
	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_int_equal(json_object_size(json), 4);
	json_decref(json);
}

static void
client_data_is_not_made_of_what_would_break_it(void **state)
{
	static const uint8_t challenge[SY_FIDO2_CHALLENGE_SIZE];
	static const char *const bad[] = { "", "https://a\"", "https://a\\",
		"https://a b", "https://a\n", "https://\xe5\x90\x8d" };
	char text[SY_FIDO2_CLIENT_DATA_MAX] = "before";
	char origin[SY_FIDO2_ORIGIN_SIZE + 1];
	size_t len = 7;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(bad); i++)
		assert_int_equal(sy_fido2_client_data(SY_FIDO2_GET, challenge,
				     bad[i], text, &len),
		    SY_ERR_ARG);
	assert_int_equal(sy_fido2_client_data("webauthn.other", challenge,
			     ORIGIN, text, &len),
	    SY_ERR_ARG);
	assert_int_equal(sy_fido2_client_data(NULL, challenge, ORIGIN, text,
			     &len),
	    SY_ERR_ARG);
	memset(origin, 'a', sizeof(origin));
	origin[SY_FIDO2_ORIGIN_SIZE] = '\0';
	assert_int_equal(sy_fido2_client_data(SY_FIDO2_CREATE, challenge,
			     origin, text, &len),
	    SY_ERR_LIMIT);
	assert_string_equal(text, "before");
	assert_int_equal(len, 7);
	origin[SY_FIDO2_ORIGIN_SIZE - 1] = '\0';
	assert_int_equal(sy_fido2_client_data(SY_FIDO2_CREATE, challenge,
			     origin, text, &len),
	    SY_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_aaguid_has_one_text),
		cmocka_unit_test(names_lead_there_and_back),
		cmocka_unit_test(base64url_has_one_form),
		cmocka_unit_test(client_data_is_the_json_that_was_asked_for),
		cmocka_unit_test(
		    client_data_is_not_made_of_what_would_break_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
