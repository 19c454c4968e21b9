/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA-1, MFA-4: what a registration proves of a key's origin. Certificates and
 * statements are made with OpenSSL; libfido2 judges what it looks at (leaf's
 * signature, RP id, flags): it must take what we take.
 */
#include <stdlib.h>

#include <fido.h>
#include <jansson.h>
#include <openssl/crypto.h>

#include <sanyoso/fido2.h>

#include "tests/support/faults.h"
#include "tests/support/keymaker.h"
#include "tests/support/unit.h"

#define RP_ID  "login.example.lg.jp"
#define ORIGIN "https://login.example.lg.jp"
#define MADE   (SY_FIDO2_UP | SY_FIDO2_UV | SY_FIDO2_AT)
#define NOW    1750000000
#define FROM   (NOW - 1000)
#define TO     (NOW + 1000)

#define MODEL    "f8a011f3-8c0a-4d15-8006-17111f9edc7d"
#define COUSIN   "f8a011f3-8c0a-4d15-8006-17111f9edc7e" /* of the same root */
#define LONER    "f8a011f3-8c0a-4d15-8006-17111f9edc7f" /* of its own root */
#define SEALED   "f8a011f3-8c0a-4d15-8006-17111f9edc80" /* root is a leaf */
#define BETWEEN  "f8a011f3-8c0a-4d15-8006-17111f9edc81" /* an intermediate */
#define ROOTLESS "f8a011f3-8c0a-4d15-8006-17111f9edc82"
#define STRANGER "f8a011f3-8c0a-4d15-8006-17111f9edc83" /* not in the file */

static const enum testca_alg algs[] = { TESTCA_P256, TESTCA_ED25519,
	TESTCA_RSA2048, TESTCA_P384 };

/* A maker of keys, and what the metadata say of his models. */
static struct world {
	X509 *root;
	X509 *loner_root;
	X509 *middle; /* by root */
	X509 *sealed; /* a leaf that is its own root */
	struct sy_metadata *metadata;
} world;

#define ROOT_KEY   testca_key(TESTCA_P384)
#define LONER_KEY  testca_key(TESTCA_RSA3072)
#define MIDDLE_KEY testca_key(TESTCA_P256_OTHER)
#define LEAF_KEY   testca_key(TESTCA_P256)

static void
aaguid_of(const char *text, uint8_t out[16])
{
	assert_true(sy_aaguid_parse(text, out));
}

static struct keymaker_cert
leaf_spec(const uint8_t *aaguid)
{
	return (struct keymaker_cert){ .key = LEAF_KEY,
		.not_before = FROM,
		.not_after = TO,
		.aaguid = aaguid };
}

static void
add_model(char *entries, size_t cap, const char *aaguid, X509 *root)
{
	char *text = root != NULL ? keymaker_base64(root) : NULL;
	const size_t at = strlen(entries);

	(void)snprintf(entries + at, cap - at,
	    "%s{\"aaguid\":\"%s\",\"metadataStatement\":{"
	    "\"attestationRootCertificates\":[%s%s%s]}}",
	    at > 0 ? "," : "", aaguid, root != NULL ? "\"" : "",
	    root != NULL ? text : "", root != NULL ? "\"" : "");
	free(text);
}

static struct sy_metadata *
import(const char *entries)
{
	EVP_PKEY *key = testca_key(TESTCA_P256);
	X509 *root = testca_root("MDS", key, FROM, TO), *leaf;
	const struct testca_spec spec = { .cn = "mds.fidoalliance.org",
		.key = key,
		.not_before = FROM,
		.not_after = TO };
	struct sy_metadata *m = NULL;
	struct sy_error e = { 0 };
	char *pem = testca_pem(root), *blob, *payload = calloc(1, 65536);

	assert_non_null(payload);
	(void)snprintf(payload, 65536,
	    "{\"no\":1,\"nextUpdate\":\"2025-07-01\",\"entries\":[%s]}",
	    entries);
	leaf = testca_issue(root, key, &spec);
	blob = keymaker_jwt("ES256", &leaf, 1, key, payload);
	if (sy_metadata_import(blob, strlen(blob), pem, strlen(pem), NOW, &m,
		&e) != SY_OK)
		fail_msg("%s: %s", e.place, e.text);
	X509_free(root);
	X509_free(leaf);
	free(payload);
	free(blob);
	free(pem);
	return m;
}

static int
world_open(void **state)
{
	const struct testca_spec middle = { .cn = "Middle",
		.key = MIDDLE_KEY,
		.not_before = FROM,
		.not_after = TO,
		.ca = "critical,CA:TRUE",
		.usage = "critical,keyCertSign" };
	uint8_t aaguid[16];
	struct keymaker_cert spec;
	char entries[32768] = "";

	(void)state;
	aaguid_of(SEALED, aaguid);
	spec = leaf_spec(aaguid);
	world.root = testca_root("Root", ROOT_KEY, FROM, TO);
	world.loner_root = testca_root("Loner", LONER_KEY, FROM, TO);
	world.middle = testca_issue(world.root, ROOT_KEY, &middle);
	world.sealed = keymaker_issue(NULL, LEAF_KEY, &spec);
	add_model(entries, sizeof(entries), MODEL, world.root);
	add_model(entries, sizeof(entries), COUSIN, world.root);
	add_model(entries, sizeof(entries), LONER, world.loner_root);
	add_model(entries, sizeof(entries), SEALED, world.sealed);
	add_model(entries, sizeof(entries), BETWEEN, world.middle);
	add_model(entries, sizeof(entries), ROOTLESS, NULL);
	world.metadata = import(entries);
	return 0;
}

static int
world_close(void **state)
{
	(void)state;
	X509_free(world.root);
	X509_free(world.loner_root);
	X509_free(world.middle);
	X509_free(world.sealed);
	sy_metadata_free(&world.metadata);
	testca_free_keys();
	return 0;
}

struct registration {
	struct blob client;
	struct blob authdata;
	struct blob statement;
	const char *format;
	struct sy_fido2_expect expect;
	uint8_t aaguid[16];
	uint8_t id[SY_FIDO2_CREDENTIAL_MAX + 1];
	size_t id_len;
	EVP_PKEY *key;
	unsigned int flags;
	const struct blob *extensions;
	const struct sy_metadata *metadata;
	int64_t now;
};

static void
build_authdata(struct registration *r)
{
	const struct keymaker_authdata what = { .rp_id = RP_ID,
		.flags = r->flags,
		.counter = 3,
		.aaguid = r->aaguid,
		.id = r->id,
		.id_len = r->id_len,
		.key = (r->flags & SY_FIDO2_AT) != 0 ? r->key : NULL,
		.extensions = r->extensions };

	r->authdata.len = 0;
	keymaker_authdata(&r->authdata, &what);
}

/* Without a statement. */
static struct registration *
registration_new(const char *aaguid, EVP_PKEY *key)
{
	struct registration *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->expect = (struct sy_fido2_expect){
		.rp_id = RP_ID, .origin = ORIGIN, .challenge = { 9, 8, 7 }
	};
	aaguid_of(aaguid, r->aaguid);
	memset(r->id, 0x5c, sizeof(r->id));
	r->id_len = 64;
	r->key = key;
	r->flags = MADE;
	r->metadata = world.metadata;
	r->now = NOW;
	r->format = "none";
	keymaker_client_data(&r->client, "webauthn.create", r->expect.challenge,
	    ORIGIN);
	build_authdata(r);
	cbor_head(&r->statement, 5, 0);
	return r;
}

/* packed by ${by}, with these certificates. */
static void
packed_by(struct registration *r, EVP_PKEY *by, X509 *const *certs, size_t n)
{
	struct blob sig = { .len = 0 };

	r->format = "packed";
	keymaker_sign(&sig, by, &r->authdata, &r->client);
	r->statement.len = 0;
	keymaker_statement(&r->statement, keymaker_alg(by), &sig, certs, n);
}

/* A leaf by the root, as the maker would have it. */
static struct registration *
registration_packed(EVP_PKEY *key)
{
	struct registration *r = registration_new(MODEL, key);
	const struct keymaker_cert spec = leaf_spec(r->aaguid);
	X509 *leaf = keymaker_issue(world.root, ROOT_KEY, &spec);

	packed_by(r, LEAF_KEY, &leaf, 1);
	X509_free(leaf);
	return r;
}

static struct registration *
registration_self(EVP_PKEY *key)
{
	struct registration *r = registration_new(MODEL, key);

	packed_by(r, key, NULL, 0);
	return r;
}

/* fido-u2f; ${aaguid} in the certificate, or NULL. */
static struct registration *
registration_u2f(const char *said, const char *certified)
{
	struct registration *r = registration_new(said, LEAF_KEY);
	struct blob sig = { .len = 0 };
	uint8_t aaguid[16];
	struct keymaker_cert spec = leaf_spec(NULL);
	X509 *leaf;

	if (certified != NULL) {
		aaguid_of(certified, aaguid);
		spec.aaguid = aaguid;
	}
	leaf = keymaker_issue(world.root, ROOT_KEY, &spec);
	r->format = "fido-u2f";
	keymaker_sign_u2f(&sig, LEAF_KEY, RP_ID, &r->client, r->id, r->id_len,
	    r->key);
	r->statement.len = 0;
	keymaker_statement(&r->statement, 0, &sig, &leaf, 1);
	X509_free(leaf);
	return r;
}

static bool
libfido2_takes(const struct registration *r)
{
	const bool self = strcmp(r->format, "packed") == 0 &&
	    memmem(r->statement.data, r->statement.len, "x5c", 3) == NULL;
	fido_cred_t *f = fido_cred_new();
	bool ok;

	assert_non_null(f);
	ok = fido_cred_set_type(f, keymaker_alg(r->key)) == FIDO_OK &&
	    fido_cred_set_clientdata(f, r->client.data, r->client.len) ==
		FIDO_OK &&
	    fido_cred_set_rp(f, RP_ID, NULL) == FIDO_OK &&
	    fido_cred_set_fmt(f, r->format) == FIDO_OK &&
	    fido_cred_set_authdata_raw(f, r->authdata.data, r->authdata.len) ==
		FIDO_OK &&
	    (!r->expect.uv || fido_cred_set_uv(f, FIDO_OPT_TRUE) == FIDO_OK) &&
	    fido_cred_set_attstmt(f, r->statement.data, r->statement.len) ==
		FIDO_OK &&
	    (self ? fido_cred_verify_self(f) : fido_cred_verify(f)) == FIDO_OK;
	fido_cred_free(&f);
	return ok;
}

static enum sy_err
verify(const struct registration *r, struct sy_fido2_credential *ret)
{
	/* Blocks of their own let sanitizers see reads past the end. */
	uint8_t *client = malloc(r->client.len + 1);
	uint8_t *authdata = malloc(r->authdata.len + 1);
	uint8_t *statement = malloc(r->statement.len + 1);
	const struct sy_fido2_made made = {
		.client_data = client + 1,
		.client_data_len = r->client.len,
		.authdata = authdata + 1,
		.authdata_len = r->authdata.len,
		.format = r->format,
		.statement = statement + 1,
		.statement_len = r->statement.len,
	};
	struct sy_fido2_credential got = { .counter = 0xdead };
	struct sy_error e = { 0 };
	enum sy_err err;

	assert_true(client != NULL && authdata != NULL && statement != NULL);
	memcpy(client + 1, r->client.data, r->client.len);
	memcpy(authdata + 1, r->authdata.data, r->authdata.len);
	memcpy(statement + 1, r->statement.data, r->statement.len);
	err = sy_fido2_verify_made(&made, &r->expect, r->metadata, r->now, &got,
	    &e);
	free(client);
	free(authdata);
	free(statement);
	if (err != SY_OK) {
		assert_int_equal(got.counter, 0xdead);
		assert_null(got.key);
		assert_int_equal(e.code, err);
		assert_true(e.place[0] != '\0' && e.text[0] != '\0');
		return err;
	}
	/* Only model and self are for libfido2 to judge. */
	if (got.attestation != SY_ATTESTATION_NONE)
		assert_true(libfido2_takes(r));
	if (ret != NULL)
		*ret = got;
	else
		sy_fido2_credential_clear(&got);
	return SY_OK;
}

static void
check_credential(const struct registration *r, enum sy_attestation attestation,
    const char *aaguid)
{
	struct sy_fido2_credential c;
	uint8_t want[16], *spki;
	size_t len, spki_len;
	const uint8_t *got;

	assert_int_equal(verify(r, &c), SY_OK);
	aaguid_of(aaguid, want);
	assert_int_equal(c.attestation, attestation);
	assert_memory_equal(c.aaguid, want, 16);
	if (attestation == SY_ATTESTATION_MODEL)
		assert_ptr_equal(c.model,
		    sy_metadata_find(world.metadata, want));
	else
		assert_null(c.model);
	assert_int_equal(c.id_len, r->id_len);
	assert_memory_equal(c.id, r->id, r->id_len);
	assert_int_equal(c.flags, r->flags);
	assert_int_equal(c.counter, 3);
	spki = testca_spki(r->key, &spki_len);
	got = sy_key_spki(c.key, &len);
	assert_int_equal(len, spki_len);
	assert_memory_equal(got, spki, len);
	free(spki);
	sy_fido2_credential_clear(&c);
	assert_null(c.key);
}

static void
nothing_is_registered_by_a_look(void **state)
{
	struct registration *r = registration_packed(LEAF_KEY);

	(void)state;
	check_credential(r, SY_ATTESTATION_MODEL, MODEL);
	r->expect.look = true;
	assert_int_equal(verify(r, NULL), SY_ERR_ARG);
	free(r);
}

static void
good_registrations_of_every_kind_are_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(algs); i++) {
		struct registration *r;

		r = registration_packed(testca_key(algs[i]));
		check_credential(r, SY_ATTESTATION_MODEL, MODEL);
		r->expect.uv = true;
		check_credential(r, SY_ATTESTATION_MODEL, MODEL);
		free(r);
		r = registration_self(testca_key(algs[i]));
		check_credential(r, SY_ATTESTATION_SELF, MODEL);
		/* Nothing of it hangs on metadata. */
		r->metadata = NULL;
		check_credential(r, SY_ATTESTATION_SELF, MODEL);
		free(r);
		r = registration_new(MODEL, testca_key(algs[i]));
		r->metadata = NULL;
		check_credential(r, SY_ATTESTATION_NONE, MODEL);
		free(r);
	}
}

/* Leaves of other kinds than P-256. */
static void
leaves_may_have_any_key_that_is_allowed(void **state)
{
	static const struct {
		enum testca_alg leaf;
		enum sy_err err;
	} tc[] = { { TESTCA_P384, SY_OK }, { TESTCA_RSA2048, SY_OK },
		{ TESTCA_RSA3072, SY_OK }, { TESTCA_ED25519, SY_OK },
		{ TESTCA_RSA1024, SY_ERR_ALGORITHM },
		{ TESTCA_P521, SY_ERR_ALGORITHM } };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct registration *r = registration_new(MODEL, LEAF_KEY);
		struct keymaker_cert spec = leaf_spec(r->aaguid);
		struct sy_fido2_credential c;
		enum sy_err err;
		X509 *leaf;

		spec.key = testca_key(tc[i].leaf);
		leaf = keymaker_issue(world.root, ROOT_KEY, &spec);
		packed_by(r, spec.key, &leaf, 1);
		/* libfido2 knows leaves of ES256 and ES384 alone, so it is not
		 * asked. */
		const struct sy_fido2_made made = {
			.client_data = r->client.data,
			.client_data_len = r->client.len,
			.authdata = r->authdata.data,
			.authdata_len = r->authdata.len,
			.format = r->format,
			.statement = r->statement.data,
			.statement_len = r->statement.len,
		};
		err = sy_fido2_verify_made(&made, &r->expect, r->metadata, NOW,
		    &c, NULL);
		assert_int_equal(err, tc[i].err);
		if (err == SY_OK)
			sy_fido2_credential_clear(&c);
		X509_free(leaf);
		free(r);
	}
}

static void
no_altered_byte_is_taken(void **state)
{
	struct registration *all[3];

	(void)state;
	all[0] = registration_packed(testca_key(TESTCA_ED25519));
	all[1] = registration_self(testca_key(TESTCA_P256));
	all[2] =
	    registration_u2f("00000000-0000-0000-0000-000000000000", MODEL);
	check_credential(all[2], SY_ATTESTATION_MODEL, MODEL);
	for (size_t k = 0; k < SY_COUNT(all); k++) {
		struct registration *r = all[k];
		struct blob *const parts[] = { &r->client, &r->authdata,
			&r->statement };

		for (size_t p = 0; p < SY_COUNT(parts); p++) {
			for (size_t n = 0; n < parts[p]->len; n++) {
				/* U2F keys sign neither flags nor counter
				 * (32 to 36). */
				if (k == 2 && p == 1 && n >= 32 && n < 37)
					continue;
				parts[p]->data[n] ^= 0x01;
				if (verify(r, NULL) == SY_OK)
					fail_msg("%zu: part %zu, byte %zu", k,
					    p, n);
				parts[p]->data[n] ^= 0x01;
			}
		}
		assert_int_equal(verify(r, NULL), SY_OK);
		free(r);
	}
}

static void
nothing_cut_or_longer_is_taken(void **state)
{
	struct registration *r = registration_packed(LEAF_KEY);
	struct blob *const parts[] = { &r->client, &r->authdata,
		&r->statement };

	(void)state;
	for (size_t p = 0; p < SY_COUNT(parts); p++) {
		const size_t len = parts[p]->len;

		for (size_t n = 0; n < len; n++) {
			parts[p]->len = n;
			assert_int_not_equal(verify(r, NULL), SY_OK);
		}
		parts[p]->len = len + 1;
		parts[p]->data[len] = 0;
		assert_int_not_equal(verify(r, NULL), SY_OK);
		parts[p]->len = len;
	}
	/* Authenticator data that are signed as they are cut. */
	for (size_t n = 0, len = r->authdata.len; n <= len + 1; n++) {
		r->authdata.len = n;
		if (n > 0 && n != len) {
			packed_by(r, r->key, NULL, 0);
			assert_int_equal(verify(r, NULL), SY_ERR_FORMAT);
		}
	}
	free(r);
}

static void
mfa_1_every_combination_of_flags_is_judged(void **state)
{
	struct registration *r = registration_new(MODEL, LEAF_KEY);
	struct blob ext = { .len = 0 };

	(void)state;
	cbor_head(&ext, 5, 0);
	for (unsigned int flags = 0; flags < 256; flags++) {
		for (int uv = 0; uv < 2; uv++) {
			const bool formed =
			    (flags & 0x22) == 0 && (flags & SY_FIDO2_AT) != 0;
			const bool good = (flags & SY_FIDO2_UP) != 0 &&
			    (flags & 0x18) == 0 &&
			    (!uv || (flags & SY_FIDO2_UV) != 0);

			r->flags = flags;
			r->expect.uv = uv;
			r->extensions =
			    (flags & SY_FIDO2_ED) != 0 ? &ext : NULL;
			build_authdata(r);
			packed_by(r, r->key, NULL, 0);
			assert_int_equal(verify(r, NULL),
			    !formed    ? SY_ERR_FORMAT
				: good ? SY_OK
				       : SY_ERR_DENIED);
		}
	}
	free(r);
}

static void
mfa_4_what_was_not_asked_for_is_denied(void **state)
{
	static const struct {
		const char *type;
		const char *origin;
		const char *rp_id;
		uint8_t challenge;
	} tc[] = {
		{ "webauthn.get", ORIGIN, RP_ID, 9 },
		{ "webauthn.create", "https://evil.example", RP_ID, 9 },
		{ "webauthn.create", ORIGIN, RP_ID, 10 },
		{ "webauthn.create", ORIGIN, "example.lg.jp", 9 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct registration *r = registration_new(MODEL, LEAF_KEY);
		uint8_t challenge[32] = { tc[i].challenge, 8, 7 };

		r->client.len = 0;
		keymaker_client_data(&r->client, tc[i].type, challenge,
		    tc[i].origin);
		r->expect.rp_id = tc[i].rp_id;
		packed_by(r, r->key, NULL, 0);
		assert_int_equal(verify(r, NULL), SY_ERR_DENIED);
		free(r);
	}
}

static void
the_leaf_keeps_the_rules(void **state)
{
	static const struct {
		const char *what;
		struct keymaker_cert spec;
		enum sy_err err;
	} tc[] = {
		{ "good", { .key = NULL }, SY_OK },
		{ "no country", { .country = "" }, SY_ERR_ATTESTATION },
		{ "no maker", { .maker = "" }, SY_ERR_ATTESTATION },
		{ "no unit", { .unit = "" }, SY_ERR_ATTESTATION },
		{ "no name", { .name = "" }, SY_ERR_ATTESTATION },
		{ "another unit", { .unit = "Authenticator" },
		    SY_ERR_ATTESTATION },
		{ "a longer unit", { .unit = "Authenticator Attestations" },
		    SY_ERR_ATTESTATION },
		{ "small letters", { .unit = "authenticator attestation" },
		    SY_ERR_ATTESTATION },
		{ "a CA", { .ca = "critical,CA:TRUE" }, SY_ERR_ATTESTATION },
		{ "not said whether a CA", { .ca = "" }, SY_ERR_ATTESTATION },
		{ "version 1", { .version_1 = true }, SY_ERR_ATTESTATION },
		{ "AAGUID critical", { .aaguid_critical = true },
		    SY_ERR_ATTESTATION },
		{ "AAGUID twice", { .aaguid_twice = true },
		    SY_ERR_ATTESTATION },
		{ "AAGUID of 15 bytes", { .aaguid_len = 15 },
		    SY_ERR_ATTESTATION },
		{ "AAGUID of 17 bytes", { .aaguid_len = 17 },
		    SY_ERR_ATTESTATION },
		{ "SHA-1", { .md = (const EVP_MD *)1 }, SY_ERR_ALGORITHM },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct registration *r = registration_new(MODEL, LEAF_KEY);
		struct keymaker_cert spec = tc[i].spec;
		X509 *leaf;

		print_message("  %s\n", tc[i].what);
		spec.key = LEAF_KEY;
		spec.not_before = FROM;
		spec.not_after = TO;
		spec.aaguid = r->aaguid;
		if (spec.md != NULL)
			spec.md = EVP_sha1();
		leaf = keymaker_issue(world.root, ROOT_KEY, &spec);
		packed_by(r, LEAF_KEY, &leaf, 1);
		assert_int_equal(verify(r, NULL), tc[i].err);
		X509_free(leaf);
		free(r);
	}
}

/* MFA-4: a key can't pass for another model. */
static void
mfa_4_the_certificate_binds_the_model(void **state)
{
	static const struct {
		const char *what;
		const char *said;
		const char *certified;
		bool loner; /* by the root that only one model has */
		enum sy_err err;
	} tc[] = {
		{ "the same", MODEL, MODEL, false, SY_OK },
		{ "a cousin's certificate", MODEL, COUSIN, false,
		    SY_ERR_ATTESTATION },
		{ "no model, a root with others", MODEL, NULL, false,
		    SY_ERR_ATTESTATION },
		{ "no model, a root of its own", LONER, NULL, true, SY_OK },
		{ "its own root and named", LONER, LONER, true, SY_OK },
		{ "the other maker's root", LONER, LONER, false,
		    SY_ERR_CERT_PATH },
		{ "the other maker's root, no model", LONER, NULL, false,
		    SY_ERR_CERT_PATH },
		{ "not in the metadata", STRANGER, STRANGER, false,
		    SY_ERR_MODEL },
		{ "zeros", "00000000-0000-0000-0000-000000000000", NULL, false,
		    SY_ERR_MODEL },
		{ "a model without roots", ROOTLESS, ROOTLESS, false,
		    SY_ERR_CERT_PATH },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct registration *r = registration_new(tc[i].said, LEAF_KEY);
		struct keymaker_cert spec = leaf_spec(NULL);
		uint8_t aaguid[16];
		X509 *leaf;

		print_message("  %s\n", tc[i].what);
		if (tc[i].certified != NULL) {
			aaguid_of(tc[i].certified, aaguid);
			spec.aaguid = aaguid;
		}
		leaf = tc[i].loner
		    ? keymaker_issue(world.loner_root, LONER_KEY, &spec)
		    : keymaker_issue(world.root, ROOT_KEY, &spec);
		packed_by(r, LEAF_KEY, &leaf, 1);
		assert_int_equal(verify(r, NULL), tc[i].err);
		r->metadata = NULL;
		assert_int_equal(verify(r, NULL),
		    tc[i].err == SY_ERR_ATTESTATION && tc[i].certified != NULL
			? SY_ERR_ATTESTATION
			: SY_ERR_MODEL);
		X509_free(leaf);
		free(r);
	}
}

static void
the_path_leads_to_a_root_of_this_model(void **state)
{
	struct registration *r = registration_new(MODEL, LEAF_KEY);
	struct keymaker_cert spec = leaf_spec(r->aaguid);
	X509 *certs[9];

	(void)state;
	certs[0] = keymaker_issue(world.middle, MIDDLE_KEY, &spec);
	certs[1] = world.middle;
	certs[2] = world.root;
	/* Over the intermediate; the root may come along. */
	packed_by(r, LEAF_KEY, certs, 2);
	assert_int_equal(verify(r, NULL), SY_OK);
	packed_by(r, LEAF_KEY, certs, 3);
	assert_int_equal(verify(r, NULL), SY_OK);
	/* Without it. */
	packed_by(r, LEAF_KEY, certs, 1);
	assert_int_equal(verify(r, NULL), SY_ERR_CERT_PATH);
	/* More than anybody needs. */
	for (size_t i = 2; i < SY_COUNT(certs); i++)
		certs[i] = world.middle;
	packed_by(r, LEAF_KEY, certs, 8);
	assert_int_equal(verify(r, NULL), SY_OK);
	packed_by(r, LEAF_KEY, certs, 9);
	assert_int_equal(verify(r, NULL), SY_ERR_LIMIT);
	/* A root that came along is no root of ours. */
	X509_free(certs[0]);
	certs[0] = keymaker_issue(world.loner_root, LONER_KEY, &spec);
	certs[1] = world.loner_root;
	packed_by(r, LEAF_KEY, certs, 2);
	assert_int_equal(verify(r, NULL), SY_ERR_CERT_PATH);
	X509_free(certs[0]);
	/* Signed by itself. */
	certs[0] = keymaker_issue(NULL, LEAF_KEY, &spec);
	packed_by(r, LEAF_KEY, certs, 1);
	assert_int_equal(verify(r, NULL), SY_ERR_CERT_PATH);
	X509_free(certs[0]);
	free(r);
}

static void
a_root_may_be_an_intermediate_or_the_leaf_itself(void **state)
{
	struct registration *r = registration_new(SEALED, LEAF_KEY);
	struct keymaker_cert spec;
	X509 *leaf;

	(void)state;
	packed_by(r, LEAF_KEY, &world.sealed, 1);
	assert_int_equal(verify(r, NULL), SY_OK);
	/* Another of the same names and key is not that leaf. */
	spec = leaf_spec(r->aaguid);
	spec.not_after = TO + 1;
	leaf = keymaker_issue(NULL, LEAF_KEY, &spec);
	packed_by(r, LEAF_KEY, &leaf, 1);
	assert_int_equal(verify(r, NULL), SY_ERR_CERT_PATH);
	X509_free(leaf);
	free(r);
	r = registration_new(BETWEEN, LEAF_KEY);
	spec = leaf_spec(r->aaguid);
	leaf = keymaker_issue(world.middle, MIDDLE_KEY, &spec);
	packed_by(r, LEAF_KEY, &leaf, 1);
	assert_int_equal(verify(r, NULL), SY_OK);
	X509_free(leaf);
	/* What the intermediate's own issuer signed is not below it. */
	leaf = keymaker_issue(world.root, ROOT_KEY, &spec);
	packed_by(r, LEAF_KEY, &leaf, 1);
	assert_int_equal(verify(r, NULL), SY_ERR_CERT_PATH);
	X509_free(leaf);
	free(r);
}

static void
dates_count_for_every_certificate(void **state)
{
	static const struct {
		int64_t from, to, now;
		enum sy_err err;
	} tc[] = {
		{ FROM, TO, NOW, SY_OK },
		{ NOW, TO, NOW, SY_OK },
		{ NOW + 1, TO, NOW, SY_ERR_CERT_DATE },
		{ FROM, NOW + 1, NOW, SY_OK },
		{ FROM, NOW, NOW, SY_ERR_CERT_DATE },
		/* The root's. */
		{ FROM - 9, TO + 9, FROM - 1, SY_ERR_CERT_DATE },
		{ FROM - 9, TO + 9, FROM, SY_OK },
		{ FROM - 9, TO + 9, TO, SY_ERR_CERT_DATE },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct registration *r = registration_new(MODEL, LEAF_KEY);
		struct keymaker_cert spec = leaf_spec(r->aaguid);
		X509 *leaf;

		spec.not_before = tc[i].from;
		spec.not_after = tc[i].to;
		leaf = keymaker_issue(world.root, ROOT_KEY, &spec);
		packed_by(r, LEAF_KEY, &leaf, 1);
		r->now = tc[i].now;
		assert_int_equal(verify(r, NULL), tc[i].err);
		X509_free(leaf);
		free(r);
	}
}

static void
self_attestation_by_another_key_is_refused(void **state)
{
	struct registration *r = registration_new(MODEL, LEAF_KEY);
	struct blob sig = { .len = 0 };

	(void)state;
	/* Another key of the same kind; of another kind; another algorithm said
	 * than the key has. */
	packed_by(r, testca_key(TESTCA_P256_OTHER), NULL, 0);
	assert_int_equal(verify(r, NULL), SY_ERR_SIGNATURE);
	packed_by(r, testca_key(TESTCA_ED25519), NULL, 0);
	assert_int_equal(verify(r, NULL), SY_ERR_ATTESTATION);
	keymaker_sign(&sig, LEAF_KEY, &r->authdata, &r->client);
	r->statement.len = 0;
	keymaker_statement(&r->statement, -35, &sig, NULL, 0);
	assert_int_equal(verify(r, NULL), SY_ERR_ATTESTATION);
	r->statement.len = 0;
	keymaker_statement(&r->statement, -7, &sig, NULL, 0);
	assert_int_equal(verify(r, NULL), SY_OK);
	free(r);
}

static void
a_certified_signature_is_by_the_certificates_key(void **state)
{
	struct registration *r = registration_new(MODEL, LEAF_KEY);
	const struct keymaker_cert spec = leaf_spec(r->aaguid);
	X509 *leaf = keymaker_issue(world.root, ROOT_KEY, &spec);
	struct blob sig = { .len = 0 };

	(void)state;
	r->key = testca_key(TESTCA_P256_OTHER);
	build_authdata(r);
	/* By the new key, not by the certificate's. */
	packed_by(r, r->key, &leaf, 1);
	assert_int_equal(verify(r, NULL), SY_ERR_SIGNATURE);
	keymaker_sign(&sig, LEAF_KEY, &r->authdata, &r->client);
	r->statement.len = 0;
	keymaker_statement(&r->statement, -8, &sig, &leaf, 1);
	assert_int_equal(verify(r, NULL), SY_ERR_ATTESTATION);
	X509_free(leaf);
	free(r);
}

#define ZEROS "00000000-0000-0000-0000-000000000000"

static void
a_u2f_statement_knows_its_model_by_the_certificate_alone(void **state)
{
	static const struct {
		const char *what;
		const char *said;
		const char *certified;
		enum sy_err err;
	} tc[] = {
		{ "zeros, and a model", ZEROS, MODEL, SY_OK },
		{ "the same model", MODEL, MODEL, SY_OK },
		{ "zeros, and none", ZEROS, NULL, SY_ERR_MODEL },
		{ "zeros, and a stranger", ZEROS, STRANGER, SY_ERR_MODEL },
		{ "zeros, and another's root", ZEROS, LONER, SY_ERR_CERT_PATH },
		{ "a model that nobody certifies", MODEL, NULL,
		    SY_ERR_ATTESTATION },
		{ "a model that is certified as another", MODEL, COUSIN,
		    SY_ERR_ATTESTATION },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct registration *r =
		    registration_u2f(tc[i].said, tc[i].certified);

		print_message("  %s\n", tc[i].what);
		assert_int_equal(verify(r, NULL), tc[i].err);
		if (tc[i].err == SY_OK)
			check_credential(r, SY_ATTESTATION_MODEL, MODEL);
		free(r);
	}
}

static void
a_u2f_statement_has_its_form(void **state)
{
	struct registration *r = registration_u2f(ZEROS, MODEL);
	struct keymaker_cert spec = leaf_spec(r->aaguid);
	struct blob sig = { .len = 0 };
	X509 *certs[2];

	(void)state;
	certs[0] = keymaker_issue(world.root, ROOT_KEY, &spec);
	certs[1] = world.root;
	keymaker_sign_u2f(&sig, LEAF_KEY, RP_ID, &r->client, r->id, r->id_len,
	    r->key);
	r->statement.len = 0;
	keymaker_statement(&r->statement, 0, &sig, certs, 2);
	assert_int_equal(verify(r, NULL), SY_ERR_ATTESTATION);
	r->statement.len = 0;
	keymaker_statement(&r->statement, 0, &sig, certs, 0);
	assert_int_equal(verify(r, NULL), SY_ERR_ATTESTATION);
	r->statement.len = 0;
	keymaker_statement(&r->statement, -7, &sig, certs, 1);
	assert_int_equal(verify(r, NULL), SY_ERR_ATTESTATION);
	/* A new key that no U2F key makes. */
	r->key = testca_key(TESTCA_P384);
	build_authdata(r);
	r->statement.len = 0;
	keymaker_statement(&r->statement, 0, &sig, certs, 1);
	assert_int_equal(verify(r, NULL), SY_ERR_ATTESTATION);
	X509_free(certs[0]);
	free(r);
	/* What packed signs is not what U2F signs. */
	r = registration_packed(LEAF_KEY);
	r->format = "fido-u2f";
	assert_int_equal(verify(r, NULL), SY_ERR_ATTESTATION);
	free(r);
}

static void
other_formats_and_statements_are_refused(void **state)
{
	static const char *const formats[] = { "", "tpm", "android-key",
		"android-safetynet", "apple", "compound", "Packed", "packed ",
		"none\n" };
	static const struct {
		const char *what;
		const char *format;
		const char *bytes;
		size_t len;
		enum sy_err err;
	} tc[] = {
#define B(s) s, sizeof(s) - 1
		{ "none", "none", B("\xa0"), SY_OK },
		{ "none with a statement", "none", B("\xa1\x63sig\x40"),
		    SY_ERR_ATTESTATION },
		{ "nothing", "none", B(""), SY_ERR_FORMAT },
		{ "an array", "none", B("\x80"), SY_ERR_FORMAT },
		{ "a byte behind", "none", B("\xa0\x00"), SY_ERR_FORMAT },
		{ "without an end", "none", B("\xbf\xff"), SY_ERR_FORMAT },
		{ "packed, empty", "packed", B("\xa0"), SY_ERR_ATTESTATION },
		{ "no sig", "packed",
		    B("\xa1\x63"
		      "alg\x26"),
		    SY_ERR_ATTESTATION },
		{ "alg as text", "packed",
		    B("\xa2\x63"
		      "alg\x61x\x63sig\x40"),
		    SY_ERR_ATTESTATION },
		{ "sig as text", "packed",
		    B("\xa2\x63"
		      "alg\x26\x63sig\x60"),
		    SY_ERR_ATTESTATION },
		{ "sig empty", "packed",
		    B("\xa2\x63"
		      "alg\x26\x63sig\x40"),
		    SY_ERR_SIGNATURE },
		{ "sig before alg", "packed",
		    B("\xa2\x63sig\x40\x63"
		      "alg\x26"),
		    SY_ERR_FORMAT },
		{ "alg twice", "packed",
		    B("\xa3\x63"
		      "alg\x26\x63"
		      "alg\x26\x63sig\x40"),
		    SY_ERR_FORMAT },
		{ "ECDAA", "packed",
		    B("\xa3\x63"
		      "alg\x26\x63sig\x40\x6a"
		      "ecdaaKeyId\x40"),
		    SY_ERR_ATTESTATION },
		{ "x5c as bytes", "packed",
		    B("\xa3\x63"
		      "alg\x26\x63sig\x40\x63x5c\x40"),
		    SY_ERR_ATTESTATION },
		{ "x5c empty", "packed",
		    B("\xa3\x63"
		      "alg\x26\x63sig\x40\x63x5c\x80"),
		    SY_ERR_ATTESTATION },
		{ "x5c of text", "packed",
		    B("\xa3\x63"
		      "alg\x26\x63sig\x40\x63x5c\x81\x60"),
		    SY_ERR_ATTESTATION },
		{ "x5c of no certificate", "packed",
		    B("\xa3\x63"
		      "alg\x26\x63sig\x40\x63x5c\x81\x41\x30"),
		    SY_ERR_ATTESTATION },
		{ "x5c of an empty certificate", "packed",
		    B("\xa3\x63"
		      "alg\x26\x63sig\x40\x63x5c\x81\x40"),
		    SY_ERR_ATTESTATION },
	};
	struct registration *r = registration_new(MODEL, LEAF_KEY);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(formats); i++) {
		r->format = formats[i];
		assert_int_equal(verify(r, NULL), SY_ERR_ATTESTATION);
	}
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		r->format = tc[i].format;
		r->statement.len = 0;
		blob_add(&r->statement, tc[i].bytes, tc[i].len);
		assert_int_equal(verify(r, NULL), tc[i].err);
	}
	free(r);
}

static void
extensions_are_known_or_refused(void **state)
{
	static const struct {
		const char *what;
		const char *bytes;
		size_t len;
		enum sy_err err;
		uint8_t min_pin;
	} tc[] = {
		{ "none", B("\xa0"), SY_OK, 0 },
		{ "all of them",
		    B("\xa3\x63uvm\x81\x83\x02\x02\x04\x6b"
		      "credProtect\x03"
		      "\x6cminPinLength\x08"),
		    SY_OK, 8 },
		{ "a PIN of 63", B("\xa1\x6cminPinLength\x18\x3f"), SY_OK, 63 },
		{ "a PIN of 64", B("\xa1\x6cminPinLength\x18\x40"),
		    SY_ERR_FORMAT, 0 },
		{ "a PIN of true", B("\xa1\x6cminPinLength\xf5"), SY_ERR_FORMAT,
		    0 },
		{ "protection 0",
		    B("\xa1\x6b"
		      "credProtect\x00"),
		    SY_ERR_FORMAT, 0 },
		{ "protection 4",
		    B("\xa1\x6b"
		      "credProtect\x04"),
		    SY_ERR_FORMAT, 0 },
		{ "uvm of nothing", B("\xa1\x63uvm\x80"), SY_ERR_FORMAT, 0 },
		{ "another", B("\xa1\x6bhmac-secret\xf5"), SY_ERR_DENIED, 0 },
		{ "one and another",
		    B("\xa2\x6b"
		      "credProtect\x02\x6bhmac-secret\xf5"),
		    SY_ERR_DENIED, 0 },
		{ "by number", B("\xa1\x01\x02"), SY_ERR_DENIED, 0 },
		{ "no map", B("\x80"), SY_ERR_FORMAT, 0 },
	};
	struct registration *r = registration_new(MODEL, LEAF_KEY);

	(void)state;
	r->flags |= SY_FIDO2_ED;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_fido2_credential c;
		struct blob ext = { .len = 0 };
		enum sy_err err;

		print_message("  %s\n", tc[i].what);
		blob_add(&ext, tc[i].bytes, tc[i].len);
		r->extensions = &ext;
		build_authdata(r);
		err = verify(r, &c);
		assert_int_equal(err, tc[i].err);
		if (err != SY_OK)
			continue;
		assert_int_equal(c.min_pin, tc[i].min_pin);
		sy_fido2_credential_clear(&c);
	}
	free(r);
}

static void
ids_and_statements_have_their_lengths(void **state)
{
	static const struct {
		size_t len;
		enum sy_err err;
	} tc[] = { { 0, SY_ERR_FORMAT }, { 1, SY_OK },
		{ SY_FIDO2_CREDENTIAL_MAX, SY_OK },
		{ SY_FIDO2_CREDENTIAL_MAX + 1, SY_ERR_LIMIT } };
	struct registration *r = registration_new(MODEL, LEAF_KEY);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		r->id_len = tc[i].len;
		build_authdata(r);
		assert_int_equal(verify(r, NULL), tc[i].err);
	}
	r->id_len = 64;
	build_authdata(r);
	r->statement.len = SY_FIDO2_ATTESTATION_MAX;
	assert_int_equal(verify(r, NULL), SY_ERR_FORMAT);
	r->statement.len++;
	assert_int_equal(verify(r, NULL), SY_ERR_LIMIT);
	r->statement.len = 1;
	r->authdata.len = SY_FIDO2_AUTHDATA_MAX + 1;
	assert_int_equal(verify(r, NULL), SY_ERR_LIMIT);
	free(r);
}

/* OpenSSL and jansson take what the program's own malloc gives. */
static void *
allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void *
reallocate(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return realloc(p, size);
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
	return malloc(size);
}

static enum sy_err
bare(const struct registration *r, struct sy_fido2_credential *c)
{
	const struct sy_fido2_made made = {
		.client_data = r->client.data,
		.client_data_len = r->client.len,
		.authdata = r->authdata.data,
		.authdata_len = r->authdata.len,
		.format = r->format,
		.statement = r->statement.data,
		.statement_len = r->statement.len,
	};

	return sy_fido2_verify_made(&made, &r->expect, r->metadata, r->now, c,
	    NULL);
}

/* Certified by a stranger: never good, whatever fails. */
static struct registration *
registration_false(void)
{
	struct registration *r = registration_new(MODEL, LEAF_KEY);
	const struct keymaker_cert spec = leaf_spec(r->aaguid);
	X509 *leaf = keymaker_issue(world.loner_root, LONER_KEY, &spec);

	packed_by(r, LEAF_KEY, &leaf, 1);
	X509_free(leaf);
	return r;
}

static void
no_failed_allocation_makes_a_registration_good(void **state)
{
	struct registration *good[] = { registration_packed(LEAF_KEY),
		registration_u2f(ZEROS, MODEL), registration_self(LEAF_KEY) };
	struct registration *bad = registration_false();
	struct sy_fido2_credential c;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(good); i++) {
		const enum sy_attestation want =
		    i < 2 ? SY_ATTESTATION_MODEL : SY_ATTESTATION_SELF;
		enum sy_err err;
		bool failed;
		unsigned int n = 0;

		do {
			faults_arm(++n);
			err = bare(good[i], &c);
			failed = faults_disarm();
			if (err == SY_OK) {
				assert_int_equal(c.attestation, want);
				sy_fido2_credential_clear(&c);
			}
			faults_arm(n);
			assert_int_not_equal(bare(bad, &c), SY_OK);
			(void)faults_disarm();
		} while (failed);
		assert_int_equal(err, SY_OK);
		assert_true(n > 30);
		free(good[i]);
	}
	free(bad);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_registrations_of_every_kind_are_taken),
		cmocka_unit_test(nothing_is_registered_by_a_look),
		cmocka_unit_test(leaves_may_have_any_key_that_is_allowed),
		cmocka_unit_test(no_altered_byte_is_taken),
		cmocka_unit_test(nothing_cut_or_longer_is_taken),
		cmocka_unit_test(mfa_1_every_combination_of_flags_is_judged),
		cmocka_unit_test(mfa_4_what_was_not_asked_for_is_denied),
		cmocka_unit_test(the_leaf_keeps_the_rules),
		cmocka_unit_test(mfa_4_the_certificate_binds_the_model),
		cmocka_unit_test(the_path_leads_to_a_root_of_this_model),
		cmocka_unit_test(
		    a_root_may_be_an_intermediate_or_the_leaf_itself),
		cmocka_unit_test(dates_count_for_every_certificate),
		cmocka_unit_test(self_attestation_by_another_key_is_refused),
		cmocka_unit_test(
		    a_certified_signature_is_by_the_certificates_key),
		cmocka_unit_test(
		    a_u2f_statement_knows_its_model_by_the_certificate_alone),
		cmocka_unit_test(a_u2f_statement_has_its_form),
		cmocka_unit_test(other_formats_and_statements_are_refused),
		cmocka_unit_test(extensions_are_known_or_refused),
		cmocka_unit_test(ids_and_statements_have_their_lengths),
		cmocka_unit_test(
		    no_failed_allocation_makes_a_registration_good),
	};

	/* Before OpenSSL and jansson allocate anything. */
	if (CRYPTO_set_mem_functions(allocate, reallocate, release) != 1)
		return 1;
	json_set_alloc_funcs(allocate_json, free);
	fido_init(0);
	return cmocka_run_group_tests(tests, world_open, world_close);
}
