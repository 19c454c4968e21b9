/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA-1, MFA-4: an assertion counts only if this key signed this challenge for
 * this server with what was demanded. libfido2 judges the same input: it must
 * take what we take, and nothing that it refuses may pass here. (It is laxer in
 * what it does not look at: challenge, origin, flags BE and BS, encodings.)
 */
#include <stdlib.h>

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/es384.h>
#include <fido/rs256.h>
#include <jansson.h>
#include <openssl/crypto.h>

#include <sanyoso/fido2.h>

#include "tests/support/keymaker.h"
#include "tests/support/unit.h"

#define RP_ID  "login.example.lg.jp"
#define ORIGIN "https://login.example.lg.jp"
#define TOUCH  (SY_FIDO2_UP)
#define PERSON (SY_FIDO2_UP | SY_FIDO2_UV)

static const enum testca_alg algs[] = { TESTCA_P256, TESTCA_ED25519,
	TESTCA_RSA2048, TESTCA_RSA3072, TESTCA_P384 };

/* Everything that an assertion is. */
struct assertion {
	struct blob client;
	struct blob authdata;
	struct blob sig;
	struct sy_fido2_expect expect;
	enum testca_alg alg;
	struct sy_key *key;
};

static struct sy_key *
key_of(enum testca_alg alg)
{
	struct sy_key *key = NULL;
	size_t len;
	uint8_t *der = testca_spki(testca_key(alg), &len);

	assert_int_equal(sy_key_from_spki(der, len, &key, NULL), SY_OK);
	free(der);
	return key;
}

static void
assertion_sign(struct assertion *a)
{
	keymaker_sign(&a->sig, testca_key(a->alg), &a->authdata, &a->client);
}

static void
assertion_data(struct assertion *a, const char *rp_id, unsigned int flags,
    uint32_t counter, const struct blob *extensions)
{
	const struct keymaker_authdata what = { .rp_id = rp_id,
		.flags = flags,
		.counter = counter,
		.extensions = extensions };

	a->authdata.len = 0;
	keymaker_authdata(&a->authdata, &what);
}

/* A good one. */
static struct assertion *
assertion_new(enum testca_alg alg)
{
	struct assertion *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->alg = alg;
	a->expect = (struct sy_fido2_expect){ .rp_id = RP_ID,
		.origin = ORIGIN,
		.challenge = { 1, 2, 3, 0xff, 0xfe } };
	keymaker_client_data(&a->client, "webauthn.get", a->expect.challenge,
	    ORIGIN);
	assertion_data(a, RP_ID, PERSON, 7, NULL);
	assertion_sign(a);
	a->key = key_of(alg);
	return a;
}

static void
assertion_free(struct assertion *a)
{
	sy_key_free(&a->key);
	free(a);
}

static int
alg_of(enum testca_alg alg, void **ret_pk)
{
	EVP_PKEY *key = testca_key(alg);
	es256_pk_t *es256;
	es384_pk_t *es384;
	rs256_pk_t *rs256;
	eddsa_pk_t *eddsa;

	switch (keymaker_alg(key)) {
	case COSE_ES256:
		*ret_pk = es256 = es256_pk_new();
		assert_int_equal(es256_pk_from_EVP_PKEY(es256, key), FIDO_OK);
		return COSE_ES256;
	case COSE_ES384:
		*ret_pk = es384 = es384_pk_new();
		assert_int_equal(es384_pk_from_EVP_PKEY(es384, key), FIDO_OK);
		return COSE_ES384;
	case COSE_EDDSA:
		*ret_pk = eddsa = eddsa_pk_new();
		assert_int_equal(eddsa_pk_from_EVP_PKEY(eddsa, key), FIDO_OK);
		return COSE_EDDSA;
	default:
		*ret_pk = rs256 = rs256_pk_new();
		assert_int_equal(rs256_pk_from_EVP_PKEY(rs256, key), FIDO_OK);
		return COSE_RS256;
	}
}

/* Whether libfido2 takes it. It reads RSA keys of 2048 bits alone. */
static bool
libfido2_takes(const struct assertion *a)
{
	fido_assert_t *f;
	void *pk = NULL;
	int alg;
	bool ok;

	if (a->alg == TESTCA_RSA3072)
		return false;
	alg = alg_of(a->alg, &pk);
	f = fido_assert_new();
	assert_non_null(f);
	ok = fido_assert_set_rp(f, a->expect.rp_id) == FIDO_OK &&
	    fido_assert_set_clientdata(f, a->client.data, a->client.len) ==
		FIDO_OK &&
	    fido_assert_set_count(f, 1) == FIDO_OK &&
	    fido_assert_set_authdata_raw(f, 0, a->authdata.data,
		a->authdata.len) == FIDO_OK &&
	    fido_assert_set_sig(f, 0, a->sig.data, a->sig.len) == FIDO_OK &&
	    fido_assert_set_up(f, FIDO_OPT_TRUE) == FIDO_OK &&
	    (!a->expect.uv ||
		fido_assert_set_uv(f, FIDO_OPT_TRUE) == FIDO_OK) &&
	    fido_assert_verify(f, 0, alg, pk) == FIDO_OK;
	free(pk);
	fido_assert_free(&f);
	return ok;
}

/* Our answer; libfido2's stands in ${ret_theirs}, if that is not NULL. */
static enum sy_err
verify(const struct assertion *a, struct sy_fido2_assertion *ret,
    bool *ret_theirs)
{
	/* Blocks of their own let sanitizers see reads past the end. */
	uint8_t *client = malloc(a->client.len + 1);
	uint8_t *authdata = malloc(a->authdata.len + 1);
	uint8_t *sig = malloc(a->sig.len + 1);
	const struct sy_fido2_signed in = {
		.client_data = client + 1,
		.client_data_len = a->client.len,
		.authdata = authdata + 1,
		.authdata_len = a->authdata.len,
		.signature = sig + 1,
		.signature_len = a->sig.len,
	};
	const struct sy_fido2_assertion before = { 1, 2, true, 3 };
	struct sy_fido2_assertion got = before;
	struct sy_error e = { 0 };
	enum sy_err err;

	assert_true(client != NULL && authdata != NULL && sig != NULL);
	memcpy(client + 1, a->client.data, a->client.len);
	memcpy(authdata + 1, a->authdata.data, a->authdata.len);
	memcpy(sig + 1, a->sig.data, a->sig.len);
	err = sy_fido2_verify_signed(&in, &a->expect, a->key, &got, &e);
	if (err != SY_OK) {
		assert_memory_equal(&got, &before, sizeof(got));
		assert_int_equal(e.code, err);
		assert_true(e.place[0] != '\0' && e.text[0] != '\0');
	}
	assert_int_equal(sy_fido2_verify_signed(&in, &a->expect, a->key, &got,
			     NULL),
	    err);
	free(client);
	free(authdata);
	free(sig);
	if (ret != NULL && err == SY_OK)
		*ret = got;
	if (ret_theirs != NULL)
		*ret_theirs = libfido2_takes(a);
	return err;
}

static void
both_take_good_assertions_of_every_kind_of_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(algs); i++) {
		struct assertion *a = assertion_new(algs[i]);
		struct sy_fido2_assertion got;
		bool theirs;

		for (int uv = 0; uv < 2; uv++) {
			a->expect.uv = uv;
			assert_int_equal(verify(a, &got, &theirs), SY_OK);
			assert_int_equal(got.flags, PERSON);
			assert_int_equal(got.counter, 7);
			assert_false(got.has_uvm);
			assert_int_equal(got.uvm, 0);
			if (algs[i] != TESTCA_RSA3072)
				assert_true(theirs);
		}
		assertion_free(a);
	}
}

static void
both_refuse_what_another_key_signed(void **state)
{
	struct assertion *a = assertion_new(TESTCA_P256);
	bool theirs;

	(void)state;
	a->alg = TESTCA_P256_OTHER;
	assertion_sign(a);
	a->alg = TESTCA_P256;
	assert_int_equal(verify(a, NULL, &theirs), SY_ERR_SIGNATURE);
	assert_false(theirs);
	assertion_free(a);
}

/* Every byte of everything is signed or compared. */
static void
both_refuse_any_altered_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(algs); i++) {
		struct assertion *a = assertion_new(algs[i]);
		struct blob *const parts[] = { &a->authdata, &a->sig,
			&a->client };

		for (size_t p = 0; p < SY_COUNT(parts); p++) {
			for (size_t n = 0; n < parts[p]->len; n++) {
				bool theirs;

				parts[p]->data[n] ^= 0x01;
				assert_int_not_equal(verify(a, NULL, &theirs),
				    SY_OK);
				assert_false(theirs);
				parts[p]->data[n] ^= 0x01;
			}
		}
		assert_int_equal(verify(a, NULL, NULL), SY_OK);
		assertion_free(a);
	}
}

static void
both_refuse_what_is_cut_or_longer(void **state)
{
	struct assertion *a = assertion_new(TESTCA_P256);
	struct blob *const parts[] = { &a->authdata, &a->sig, &a->client };

	(void)state;
	for (size_t p = 0; p < SY_COUNT(parts); p++) {
		const size_t len = parts[p]->len;
		bool theirs;

		for (size_t n = 0; n < len; n++) {
			parts[p]->len = n;
			assert_int_not_equal(verify(a, NULL, &theirs), SY_OK);
			assert_false(theirs);
			/* Signed like that, authenticator data are no better.
			 */
			if (p == 0 && n > 0) {
				const struct blob sig = a->sig;

				assertion_sign(a);
				assert_int_equal(verify(a, NULL, NULL),
				    SY_ERR_FORMAT);
				a->sig = sig;
			}
		}
		parts[p]->len = len + 1;
		parts[p]->data[len] = 0;
		assert_int_not_equal(verify(a, NULL, NULL), SY_OK);
		if (p == 0) {
			assertion_sign(a);
			assert_int_equal(verify(a, NULL, NULL), SY_ERR_FORMAT);
		}
		parts[p]->len = len;
		assertion_sign(a);
	}
	assertion_free(a);
}

/* MFA-1: what the key must say of itself, for each value of its flags. */
static void
mfa_1_every_combination_of_flags_is_judged(void **state)
{
	struct assertion *a = assertion_new(TESTCA_P256);

	(void)state;
	for (unsigned int flags = 0; flags < 256; flags++) {
		for (int uv = 0; uv < 2; uv++) {
			const bool reserved = (flags & 0x22) != 0;
			const bool more = (flags & 0xc0) != 0;
			const bool good = (flags & SY_FIDO2_UP) != 0 &&
			    (flags & 0x18) == 0 &&
			    (!uv || (flags & SY_FIDO2_UV) != 0);
			struct sy_fido2_assertion got;
			enum sy_err err;
			bool theirs;

			a->expect.uv = uv;
			/* Flags that promise more are not kept here. */
			assertion_data(a, RP_ID, flags, 7, NULL);
			assertion_sign(a);
			err = verify(a, &got, &theirs);
			assert_int_equal(err,
			    reserved || more ? SY_ERR_FORMAT
				: good       ? SY_OK
					     : SY_ERR_DENIED);
			if (err == SY_OK) {
				assert_int_equal(got.flags, flags);
				assert_true(theirs);
			}
			if (!theirs)
				assert_int_not_equal(err, SY_OK);
		}
	}
	assertion_free(a);
}

/* A look is never a proof and a proof never a look, whatever flags there are:
 * no assertion is good as both. */
static void
mfa_1_a_look_and_a_proof_never_stand_for_each_other(void **state)
{
	struct assertion *a = assertion_new(TESTCA_P256);
	enum sy_err proof, look;

	(void)state;
	for (unsigned int flags = 0; flags < 256; flags++) {
		const bool odd = (flags & 0xe2) != 0;
		const bool takes_person =
		    (flags & (SY_FIDO2_UP | SY_FIDO2_UV)) != 0;

		assertion_data(a, RP_ID, flags, 7, NULL);
		assertion_sign(a);
		for (int uv = 0; uv < 2; uv++) {
			struct sy_fido2_assertion got;

			a->expect.uv = uv;
			a->expect.look = false;
			proof = verify(a, NULL, NULL);
			a->expect.look = true;
			look = verify(a, &got, NULL);
			assert_true(proof != SY_OK || look != SY_OK);
			assert_int_equal(look,
			    odd ? SY_ERR_FORMAT
				: takes_person || (flags & 0x18) != 0
				? SY_ERR_DENIED
				: SY_OK);
			if (look == SY_OK)
				assert_int_equal(got.counter, 7);
		}
	}
	/* All else is looked at as in a proof. */
	assertion_data(a, RP_ID, 0, 7, NULL);
	a->alg = TESTCA_P256_OTHER;
	assertion_sign(a);
	assert_int_equal(verify(a, NULL, NULL), SY_ERR_SIGNATURE);
	a->alg = TESTCA_P256;
	assertion_sign(a);
	assert_int_equal(verify(a, NULL, NULL), SY_OK);
	a->expect.challenge[0] ^= 1;
	assert_int_equal(verify(a, NULL, NULL), SY_ERR_DENIED);
	assertion_free(a);
}

/* MFA-4: what was signed for somebody or something else. */
static void
mfa_4_what_was_not_asked_for_is_denied(void **state)
{
	static const struct {
		const char *what;
		const char *type;
		const char *origin;
		const char *rp_id;
		bool other_challenge;
	} tc[] = {
		{ "a registration", "webauthn.create", ORIGIN, RP_ID, false },
		{ "a payment", "payment.get", ORIGIN, RP_ID, false },
		{ "another origin", "webauthn.get", "https://example.lg.jp",
		    RP_ID, false },
		{ "another port", "webauthn.get", ORIGIN ":8443", RP_ID,
		    false },
		{ "capital letters", "webauthn.get",
		    "https://LOGIN.example.lg.jp", RP_ID, false },
		{ "another RP id", "webauthn.get", ORIGIN, "example.lg.jp",
		    false },
		{ "the RP id of nobody", "webauthn.get", ORIGIN, "", false },
		{ "another challenge", "webauthn.get", ORIGIN, RP_ID, true },
	};
	struct assertion *a = assertion_new(TESTCA_P256);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t challenge[32];

		print_message("  %s\n", tc[i].what);
		memcpy(challenge, a->expect.challenge, 32);
		challenge[31] ^= tc[i].other_challenge;
		a->client.len = 0;
		keymaker_client_data(&a->client, tc[i].type, challenge,
		    tc[i].origin);
		assertion_data(a, tc[i].rp_id, PERSON, 7, NULL);
		assertion_sign(a);
		assert_int_equal(verify(a, NULL, NULL), SY_ERR_DENIED);
	}
	assertion_free(a);
}

/* MFA-4: the RP id is compared whole, also in what the key did sign. */
static void
mfa_4_no_bit_of_the_rp_id_may_differ(void **state)
{
	struct assertion *a = assertion_new(TESTCA_P256);

	(void)state;
	for (size_t n = 0; n < 32 * 8; n++) {
		a->authdata.data[n / 8] ^= (uint8_t)(1 << n % 8);
		assertion_sign(a);
		assert_int_equal(verify(a, NULL, NULL), SY_ERR_DENIED);
		a->authdata.data[n / 8] ^= (uint8_t)(1 << n % 8);
	}
	assertion_free(a);
}

#define C "\"challenge\":\"AQID__4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""
#define T "\"type\":\"webauthn.get\""
#define O "\"origin\":\"" ORIGIN "\""

static void
client_data_is_one_object_with_each_member_once(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		enum sy_err err;
	} tc[] = {
		{ "as browsers write it",
		    "{" T "," C "," O ",\"crossOrigin\":false}", SY_OK },
		{ "without crossOrigin", "{" T "," C "," O "}", SY_OK },
		{ "another order", " { " O ", " C ", " T " } ", SY_OK },
		{ "members that are not known",
		    "{" T "," C "," O ",\"other_keys_can_be_added_here\":"
		    "\"do not compare\",\"x\":[{}]}",
		    SY_OK },
		{ "escapes that say the same",
		    "{\"type\":\"webauthn\\u002eget\"," C "," O "}", SY_OK },
		{ "crossOrigin", "{" T "," C "," O ",\"crossOrigin\":true}",
		    SY_ERR_DENIED },
		{ "crossOrigin as a text",
		    "{" T "," C "," O ",\"crossOrigin\":\"false\"}",
		    SY_ERR_FORMAT },
		{ "topOrigin",
		    "{" T "," C "," O ",\"topOrigin\":\"https://a\"}",
		    SY_ERR_DENIED },
		{ "a bound token",
		    "{" T "," C "," O
		    ",\"tokenBinding\":{\"status\":\"present\",\"id\":\"x\"}}",
		    SY_ERR_DENIED },
		{ "a token that could be bound",
		    "{" T "," C "," O
		    ",\"tokenBinding\":{\"status\":\"supported\"}}",
		    SY_OK },
		{ "type twice", "{" T "," T "," C "," O "}", SY_ERR_FORMAT },
		{ "origin twice",
		    "{" T "," C ",\"origin\":\"https://evil\"," O "}",
		    SY_ERR_FORMAT },
		{ "origin twice, the other order",
		    "{" T "," C "," O ",\"origin\":\"https://evil\"}",
		    SY_ERR_FORMAT },
		{ "crossOrigin twice",
		    "{" T "," C "," O
		    ",\"crossOrigin\":true,\"crossOrigin\":false}",
		    SY_ERR_FORMAT },
		{ "no type", "{" C "," O "}", SY_ERR_FORMAT },
		{ "no challenge", "{" T "," O "}", SY_ERR_FORMAT },
		{ "no origin", "{" T "," C "}", SY_ERR_FORMAT },
		{ "type is a number", "{\"type\":1," C "," O "}",
		    SY_ERR_FORMAT },
		{ "challenge is null", "{" T ",\"challenge\":null," O "}",
		    SY_ERR_FORMAT },
		{ "challenge with padding",
		    "{" T ",\"challenge\":"
		    "\"AQID__4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"," O "}",
		    SY_ERR_DENIED },
		{ "challenge in base64",
		    "{" T ",\"challenge\":"
		    "\"AQID//4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"," O "}",
		    SY_ERR_DENIED },
		{ "challenge with stray bits",
		    "{" T ",\"challenge\":"
		    "\"AQID__4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\"," O "}",
		    SY_ERR_DENIED },
		{ "a longer origin",
		    "{" T "," C ",\"origin\":\"" ORIGIN ".evil.example\"}",
		    SY_ERR_DENIED },
		{ "an origin with a NUL",
		    "{" T "," C ",\"origin\":\"" ORIGIN "\\u0000\"}",
		    SY_ERR_FORMAT },
		{ "two objects", "{" T "," C "," O "}{}", SY_ERR_FORMAT },
		{ "an array",
		    "["
		    "{" T "," C "," O "}]",
		    SY_ERR_FORMAT },
		{ "a text", "\"x\"", SY_ERR_FORMAT },
		{ "a number", "1", SY_ERR_FORMAT },
		{ "nothing", "", SY_ERR_FORMAT },
		{ "a byte order mark", "\xef\xbb\xbf{" T "," C "," O "}",
		    SY_ERR_FORMAT },
		{ "no UTF-8", "{" T "," C "," O ",\"x\":\"\xff\"}",
		    SY_ERR_FORMAT },
		{ "a comma too many", "{" T "," C "," O ",}", SY_ERR_FORMAT },
		{ "a comment", "{" T "," C "," O "}//", SY_ERR_FORMAT },
	};
	struct assertion *a = assertion_new(TESTCA_P256);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		a->client.len = 0;
		blob_add(&a->client, tc[i].text, strlen(tc[i].text));
		assertion_sign(a);
		assert_int_equal(verify(a, NULL, NULL), tc[i].err);
	}
	assertion_free(a);
}

static void
client_data_has_at_most_1024_bytes(void **state)
{
	static const char text[] = "{" T "," C "," O "}";
	struct assertion *a = assertion_new(TESTCA_P256);

	(void)state;
	a->client.len = 0;
	blob_add(&a->client, text, strlen(text));
	memset(a->client.data + a->client.len, ' ',
	    SY_FIDO2_CLIENT_DATA_MAX + 1 - a->client.len);
	a->client.len = SY_FIDO2_CLIENT_DATA_MAX;
	assertion_sign(a);
	assert_int_equal(verify(a, NULL, NULL), SY_OK);
	a->client.len++;
	assertion_sign(a);
	assert_int_equal(verify(a, NULL, NULL), SY_ERR_LIMIT);
	assertion_free(a);
}

static void
a_signed_list_of_methods_is_handed_over(void **state)
{
	static const struct {
		uint32_t methods[3];
		size_t count;
		uint32_t uvm;
	} tc[] = {
		{ { 0x2 }, 1, SY_FIDO2_UVM_FINGERPRINT },
		{ { 0x800 }, 1, SY_FIDO2_UVM_PASSCODE_EXTERNAL },
		{ { 0x1, 0x2 }, 2, 0x3 },
		{ { 0x1, 0x4, 0x10 }, 3, 0x15 },
		{ { 0x200 }, 1, SY_FIDO2_UVM_NONE },
		/* Methods that we do not know, and none. */
		{ { 0x8 }, 1, UINT32_MAX },
		{ { 0x2, 0x400 }, 2, UINT32_MAX },
		{ { 0x3 }, 1, UINT32_MAX },
		{ { 0 }, 1, UINT32_MAX },
		{ { 0x1000 }, 1, UINT32_MAX },
	};
	struct assertion *a = assertion_new(TESTCA_P256);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_fido2_assertion got;
		struct blob uvm = { .len = 0 };
		bool theirs;

		keymaker_uvm(&uvm, tc[i].methods, tc[i].count);
		assertion_data(a, RP_ID, PERSON | SY_FIDO2_ED, 7, &uvm);
		assertion_sign(a);
		assert_int_equal(verify(a, &got, &theirs), SY_OK);
		assert_true(theirs);
		assert_true(got.has_uvm);
		assert_int_equal(got.uvm, tc[i].uvm);
		/* Without its flag it is bytes too many. */
		assertion_data(a, RP_ID, PERSON, 7, &uvm);
		assertion_sign(a);
		assert_int_equal(verify(a, NULL, NULL), SY_ERR_FORMAT);
	}
	assertion_free(a);
}

static void
extensions_are_what_was_asked_for_or_refused(void **state)
{
	static const struct {
		const char *what;
		const char *bytes;
		size_t len;
		enum sy_err err;
	} tc[] = {
#define MAP(s) s, sizeof(s) - 1
		{ "an empty map", MAP("\xa0"), SY_OK },
		{ "hmac-secret", MAP("\xa1\x6bhmac-secret\xf5"),
		    SY_ERR_DENIED },
		{ "uvm and another",
		    MAP("\xa2\x63uvm\x81\x83\x02\x02\x04\x64name\xf5"),
		    SY_ERR_DENIED },
		{ "UVM in capitals", MAP("\xa1\x63UVM\x81\x83\x02\x02\x04"),
		    SY_ERR_DENIED },
		{ "uvm by number", MAP("\xa1\x01\x81\x83\x02\x02\x04"),
		    SY_ERR_DENIED },
		{ "no methods", MAP("\xa1\x63uvm\x80"), SY_ERR_FORMAT },
		{ "four methods",
		    MAP("\xa1\x63uvm\x84\x83\x02\x02\x04\x83\x02\x02\x04"
			"\x83\x02\x02\x04\x83\x02\x02\x04"),
		    SY_ERR_FORMAT },
		{ "two fields", MAP("\xa1\x63uvm\x81\x82\x02\x02"),
		    SY_ERR_FORMAT },
		{ "four fields", MAP("\xa1\x63uvm\x81\x84\x02\x02\x04\x04"),
		    SY_ERR_FORMAT },
		{ "a field below zero", MAP("\xa1\x63uvm\x81\x83\x21\x02\x04"),
		    SY_ERR_FORMAT },
		{ "true", MAP("\xa1\x63uvm\xf5"), SY_ERR_FORMAT },
		{ "a flat list", MAP("\xa1\x63uvm\x83\x02\x02\x04"),
		    SY_ERR_FORMAT },
		{ "uvm twice",
		    MAP("\xa2\x63uvm\x81\x83\x02\x02\x04\x63uvm\x81\x83\x02"
			"\x02\x04"),
		    SY_ERR_FORMAT },
		{ "no map", MAP("\x80"), SY_ERR_FORMAT },
		{ "a map without an end", MAP("\xbf\xff"), SY_ERR_FORMAT },
		{ "a long number", MAP("\xa1\x63uvm\x81\x83\x18\x02\x02\x04"),
		    SY_ERR_FORMAT },
		{ "a byte behind", MAP("\xa0\x00"), SY_ERR_FORMAT },
		{ "nothing", MAP(""), SY_ERR_FORMAT },
	};
	struct assertion *a = assertion_new(TESTCA_P256);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct blob ext = { .len = 0 };

		print_message("  %s\n", tc[i].what);
		blob_add(&ext, tc[i].bytes, tc[i].len);
		assertion_data(a, RP_ID, PERSON | SY_FIDO2_ED, 7, &ext);
		assertion_sign(a);
		assert_int_equal(verify(a, NULL, NULL), tc[i].err);
	}
	assertion_free(a);
}

static void
a_credential_has_no_place_in_an_assertion(void **state)
{
	struct assertion *a = assertion_new(TESTCA_P256);
	static const uint8_t aaguid[16], id[64];
	const struct keymaker_authdata what = { .rp_id = RP_ID,
		.flags = PERSON | SY_FIDO2_AT,
		.aaguid = aaguid,
		.id = id,
		.id_len = sizeof(id),
		.key = testca_key(TESTCA_P256) };

	(void)state;
	a->authdata.len = 0;
	keymaker_authdata(&a->authdata, &what);
	assertion_sign(a);
	assert_int_equal(verify(a, NULL, NULL), SY_ERR_FORMAT);
	assertion_free(a);
}

static void
lengths_have_their_limits(void **state)
{
	struct assertion *a = assertion_new(TESTCA_P256);

	(void)state;
	a->sig.len = SY_SIGNATURE_SIZE_MAX + 1;
	assert_int_equal(verify(a, NULL, NULL), SY_ERR_LIMIT);
	a->sig.len = SY_SIGNATURE_SIZE_MAX;
	assert_int_equal(verify(a, NULL, NULL), SY_ERR_SIGNATURE);
	a->authdata.len = SY_FIDO2_AUTHDATA_MAX + 1;
	assert_int_equal(verify(a, NULL, NULL), SY_ERR_LIMIT);
	assertion_free(a);
}

/* Allocations of OpenSSL and jansson: the one that brings this to 0 fails. */
static long allocations_left = -1;

static bool
fails_now(void)
{
	return allocations_left > 0 && --allocations_left == 0;
}

static void *
allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails_now() ? NULL : malloc(size);
}

static void *
reallocate(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails_now() ? NULL : realloc(p, size);
}

static void
release(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static void *
allocate_json(size_t size)
{
	return fails_now() ? NULL : malloc(size);
}

/* What is refused for want of memory may have any reason (jansson does not
 * tell), what is wrong is never taken. */
static void
no_failed_allocation_makes_an_assertion_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(algs); i++) {
		struct assertion *a = assertion_new(algs[i]);
		const struct sy_fido2_signed in = {
			.client_data = a->client.data,
			.client_data_len = a->client.len,
			.authdata = a->authdata.data,
			.authdata_len = a->authdata.len,
			.signature = a->sig.data,
			.signature_len = a->sig.len,
		};
		struct sy_fido2_assertion got;
		enum sy_err err;
		bool failed;
		long n = 0;

		do {
			allocations_left = ++n;
			err = sy_fido2_verify_signed(&in, &a->expect, a->key,
			    &got, NULL);
			failed = allocations_left == 0;
			a->expect.challenge[0] ^= 1;
			allocations_left = n;
			assert_int_not_equal(sy_fido2_verify_signed(&in,
						 &a->expect, a->key, &got,
						 NULL),
			    SY_OK);
			a->expect.challenge[0] ^= 1;
		} while (failed);
		allocations_left = -1;
		assert_true(n > 10);
		assert_int_equal(err, SY_OK);
		assertion_free(a);
	}
}

static int
forget_keys(void **state)
{
	(void)state;
	testca_free_keys();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    both_take_good_assertions_of_every_kind_of_key),
		cmocka_unit_test(both_refuse_what_another_key_signed),
		cmocka_unit_test(both_refuse_any_altered_byte),
		cmocka_unit_test(both_refuse_what_is_cut_or_longer),
		cmocka_unit_test(mfa_1_every_combination_of_flags_is_judged),
		cmocka_unit_test(
		    mfa_1_a_look_and_a_proof_never_stand_for_each_other),
		cmocka_unit_test(mfa_4_what_was_not_asked_for_is_denied),
		cmocka_unit_test(mfa_4_no_bit_of_the_rp_id_may_differ),
		cmocka_unit_test(
		    client_data_is_one_object_with_each_member_once),
		cmocka_unit_test(client_data_has_at_most_1024_bytes),
		cmocka_unit_test(a_signed_list_of_methods_is_handed_over),
		cmocka_unit_test(extensions_are_what_was_asked_for_or_refused),
		cmocka_unit_test(a_credential_has_no_place_in_an_assertion),
		cmocka_unit_test(lengths_have_their_limits),
		cmocka_unit_test(no_failed_allocation_makes_an_assertion_good),
	};

	/* Before OpenSSL and jansson allocate anything. */
	if (CRYPTO_set_mem_functions(allocate, reallocate, release) != 1)
		return 1;
	json_set_alloc_funcs(allocate_json, free);
	fido_init(0);
	return cmocka_run_group_tests(tests, NULL, forget_keys);
}
