/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA-4: what is known of models comes from a file that the right hands signed,
 * and what it leaves unsaid is read strictly.
 */
#include <stdlib.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include <sanyoso/metadata.h>

#include "lib/inherence/metadata_int.h"
#include "tests/support/faults.h"
#include "tests/support/keymaker.h"
#include "tests/support/unit.h"

#define NOW  1750000000 /* 2025-06-15 15:06:40 UTC */
#define FROM (NOW - 1000)
#define TO   (NOW + 1000)
#define HOST "mds.fidoalliance.org"

#define A "0a0a0a0a-0000-0000-0000-000000000000"
#define B "0b0b0b0b-0000-0000-0000-000000000000"
#define C "0c0c0c0c-0000-0000-0000-000000000000"

/* Who signs files. */
struct office {
	X509 *root;
	X509 *middle;
	X509 *leaf;
	char *root_pem;
	EVP_PKEY *key; /* of the leaf */
};

static X509 *
signer(X509 *issuer, EVP_PKEY *issuer_key, EVP_PKEY *key, const char *names,
    int64_t from, int64_t to)
{
	const struct testca_spec spec = { .cn = HOST,
		.key = key,
		.not_before = from,
		.not_after = to,
		.names = names };

	return testca_issue(issuer, issuer_key, &spec);
}

static void
office_open(struct office *o, EVP_PKEY *key)
{
	EVP_PKEY *root_key = testca_key(TESTCA_RSA3072);
	const struct testca_spec middle = { .cn = "Middle",
		.key = testca_key(TESTCA_P384),
		.not_before = FROM,
		.not_after = TO,
		.ca = "critical,CA:TRUE",
		.usage = "critical,keyCertSign" };

	o->root = testca_root("Root", root_key, FROM, TO);
	o->middle = testca_issue(o->root, root_key, &middle);
	o->key = key;
	o->leaf = signer(o->middle, testca_key(TESTCA_P384), key, "DNS:" HOST,
	    FROM, TO);
	o->root_pem = testca_pem(o->root);
}

static void
office_close(struct office *o)
{
	X509_free(o->root);
	X509_free(o->middle);
	X509_free(o->leaf);
	free(o->root_pem);
}

static char *
office_sign(const struct office *o, const char *payload)
{
	X509 *const certs[] = { o->leaf, o->middle };

	return keymaker_jwt(EVP_PKEY_is_a(o->key, "EC") ? "ES256" : "RS256",
	    certs, 2, o->key, payload);
}

static enum sy_err
import_at(const char *blob, size_t len, const char *pem, int64_t now,
    struct sy_metadata **ret)
{
	/* A block of its own lets sanitizers see reads past its end. */
	char *copy = malloc(len + 1);
	struct sy_metadata *m = NULL;
	struct sy_error e = { 0 };
	enum sy_err err;

	assert_non_null(copy);
	memcpy(copy + 1, blob, len);
	err = sy_metadata_import(copy + 1, len, pem, strlen(pem), now, &m, &e);
	free(copy);
	assert_int_equal(err == SY_OK, m != NULL);
	if (err != SY_OK) {
		assert_int_equal(e.code, err);
		assert_true(e.place[0] != '\0' && e.text[0] != '\0');
	}
	if (ret != NULL)
		*ret = m;
	else
		sy_metadata_free(&m);
	return err;
}

#define HEAD "{\"no\":7,\"nextUpdate\":\"2025-07-01\",\"entries\":["
#define TAIL "]}"

/* The file whose entries are ${entries}. */
static enum sy_err
import_entries(const char *entries, struct sy_metadata **ret)
{
	char *payload = calloc(1, strlen(entries) + 200), *blob;
	struct office o;
	enum sy_err err;

	assert_non_null(payload);
	(void)snprintf(payload, strlen(entries) + 200, HEAD "%s" TAIL, entries);
	office_open(&o, testca_key(TESTCA_P256));
	blob = office_sign(&o, payload);
	err = import_at(blob, strlen(blob), o.root_pem, NOW, ret);
	free(payload);
	free(blob);
	office_close(&o);
	return err;
}

static const struct sy_model *
find(const struct sy_metadata *m, const char *text)
{
	uint8_t aaguid[SY_AAGUID_SIZE];

	assert_true(sy_aaguid_parse(text, aaguid));
	return sy_metadata_find(m, aaguid);
}

static void
models_are_found_by_their_aaguid(void **state)
{
	struct sy_metadata *m = NULL;
	char *root, *entries;
	struct office o;
	const struct sy_model *model;
	uint8_t *der;
	size_t len;

	(void)state;
	office_open(&o, testca_key(TESTCA_P256));
	root = keymaker_base64(o.root);
	der = testca_der(o.root, &len);
	entries = calloc(1, strlen(root) + 2000);
	assert_non_null(entries);
	(void)snprintf(entries, strlen(root) + 2000,
	    "{\"aaguid\":\"" C "\",\"metadataStatement\":{"
	    "\"description\":\"鍵 3\"},\"statusReports\":[]},"
	    "{\"aaid\":\"1234#5678\",\"statusReports\":[]},"
	    "{\"aaguid\":\"0A0A0A0A-0000-0000-0000-000000000000\","
	    "\"metadataStatement\":{\"description\":\"Key 1\","
	    "\"attestationRootCertificates\":[\"%s\",\"%s\"]}},"
	    "{\"aaguid\":\"00000000-0000-0000-0000-000000000000\"},"
	    "{\"attestationCertificateKeyIdentifiers\":[\"00\"]}",
	    root, root);
	assert_int_equal(import_entries(entries, &m), SY_OK);
	assert_int_equal(sy_metadata_number(m), 7);
	assert_int_equal(sy_metadata_next_update(m), 1751328000);
	assert_int_equal(sy_metadata_count(m), 2);
	model = find(m, A);
	assert_non_null(model);
	assert_ptr_equal(model, sy_metadata_at(m, 0));
	assert_string_equal(model->name, "Key 1");
	assert_int_equal(model->root_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(model->roots[i].len, len);
		assert_memory_equal(model->roots[i].der, der, len);
	}
	model = find(m, C);
	assert_non_null(model);
	assert_ptr_equal(model, sy_metadata_at(m, 1));
	assert_string_equal(model->name, "鍵 3");
	assert_int_equal(model->root_count, 0);
	assert_null(sy_metadata_at(m, 2));
	assert_null(find(m, B));
	assert_null(find(m, "00000000-0000-0000-0000-000000000000"));
	sy_metadata_free(&m);
	assert_null(m);
	sy_metadata_free(&m);
	free(entries);
	free(root);
	free(der);
	office_close(&o);
}

/* The one model whose metadataStatement is ${statement}. */
static struct sy_metadata *
one_model(const char *statement, const char *reports)
{
	struct sy_metadata *m = NULL;
	char entry[4096];

	assert_true((size_t)snprintf(entry, sizeof(entry),
			"{\"aaguid\":\"" A "\",\"metadataStatement\":%s,"
			"\"statusReports\":%s}",
			statement, reports) < sizeof(entry));
	assert_int_equal(import_entries(entry, &m), SY_OK);
	assert_non_null(find(m, A));
	return m;
}

static void
the_gravest_report_in_effect_is_the_status(void **state)
{
#define R(status, more) "{\"status\":\"" status "\"" more "}"
	static const struct {
		const char *reports;
		enum sy_model_status status;
		const char *report;
		uint64_t below;
	} tc[] = {
		{ "[]", SY_MODEL_GOOD, "", 0 },
		{ "null", SY_MODEL_GOOD, "", 0 },
		{ "[" R("FIDO_CERTIFIED_L2", "") "]", SY_MODEL_GOOD, "", 0 },
		{ "[" R("NOT_FIDO_CERTIFIED", "") "]", SY_MODEL_GOOD, "", 0 },
		{ "[" R("REVOKED", "") "]", SY_MODEL_COMPROMISED, "REVOKED",
		    0 },
		{ "[" R("USER_VERIFICATION_BYPASS", "") "]",
		    SY_MODEL_COMPROMISED, "USER_VERIFICATION_BYPASS", 0 },
		{ "[" R("ATTESTATION_KEY_COMPROMISE", "") "]",
		    SY_MODEL_COMPROMISED, "ATTESTATION_KEY_COMPROMISE", 0 },
		{ "[" R("USER_KEY_REMOTE_COMPROMISE", "") "]",
		    SY_MODEL_COMPROMISED, "USER_KEY_REMOTE_COMPROMISE", 0 },
		{ "[" R("USER_KEY_PHYSICAL_COMPROMISE", "") "]",
		    SY_MODEL_COMPROMISED, "USER_KEY_PHYSICAL_COMPROMISE", 0 },
		/* A later good word does not take the grave one back. */
		{ "[" R("REVOKED", ",\"effectiveDate\":\"2020-01-01\"") "," R(
		      "FIDO_CERTIFIED",
		      ",\"effectiveDate\":\"2024-01-01\"") "]",
		    SY_MODEL_COMPROMISED, "REVOKED", 0 },
		{ "[" R("UPDATE_AVAILABLE", ",\"authenticatorVersion\":5") "]",
		    SY_MODEL_UPDATE, "UPDATE_AVAILABLE", 5 },
		{ "[" R("UPDATE_AVAILABLE",
		      ",\"authenticatorVersion\":5") "," R("UPDATE_AVAILABLE",
		      ",\"authenticatorVersion\":9") "," R("UPDATE_AVAILABLE",
		      ",\"authenticatorVersion\":7") "]",
		    SY_MODEL_UPDATE, "UPDATE_AVAILABLE", 9 },
		{ "[" R("UPDATE_AVAILABLE", "") "]", SY_MODEL_UPDATE,
		    "UPDATE_AVAILABLE", UINT64_MAX },
		{ "[" R("UPDATE_AVAILABLE", ",\"authenticatorVersion\":-1") "]",
		    SY_MODEL_UPDATE, "UPDATE_AVAILABLE", UINT64_MAX },
		{ "[" R("UPDATE_AVAILABLE",
		      ",\"authenticatorVersion\":5") "," R("REVOKED", "") "]",
		    SY_MODEL_COMPROMISED, "REVOKED", 0 },
		{ "[" R("REVOKED", "") "," R("UPDATE_AVAILABLE",
		      ",\"authenticatorVersion\":5") "]",
		    SY_MODEL_COMPROMISED, "REVOKED", 0 },
		/* By the day: today, tomorrow, and what is no day. */
		{ "[" R("REVOKED", ",\"effectiveDate\":\"2025-06-15\"") "]",
		    SY_MODEL_COMPROMISED, "REVOKED", 0 },
		{ "[" R("REVOKED", ",\"effectiveDate\":\"2025-06-16\"") "]",
		    SY_MODEL_GOOD, "", 0 },
		{ "[" R("REVOKED", ",\"effectiveDate\":\"2025-6-16\"") "]",
		    SY_MODEL_COMPROMISED, "REVOKED", 0 },
		{ "[" R("REVOKED", ",\"effectiveDate\":\"2026-02-31\"") "]",
		    SY_MODEL_COMPROMISED, "REVOKED", 0 },
		{ "[" R("REVOKED", ",\"effectiveDate\":20260101") "]",
		    SY_MODEL_COMPROMISED, "REVOKED", 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_metadata *m = one_model("{}", tc[i].reports);
		const struct sy_model *model = find(m, A);

		print_message("  %s\n", tc[i].reports);
		assert_int_equal(model->status, tc[i].status);
		assert_string_equal(model->report, tc[i].report);
		assert_true(model->update_below == tc[i].below);
		sy_metadata_free(&m);
	}
}

/* MFA-2: whether a verified user of this model can be other than a finger. */
static void
mfa_2_ways_of_verification_are_read_strictly(void **state)
{
#define M(method) "{\"userVerificationMethod\":\"" method "\"}"
	static const struct {
		const char *ways;
		bool fingerprint;
		bool only;
	} tc[] = {
		{ "null", false, false },
		{ "[]", false, false },
		{ "[[]]", false, false },
		{ "[[" M("none") "]]", false, false },
		{ "[[" M("presence_internal") "]]", false, false },
		{ "[[" M("fingerprint_internal") "]]", true, true },
		{ "[[" M("fingerprint_internal") "],[" M(
		      "presence_internal") "],[" M("none") "]]",
		    true, true },
		{ "[[" M("fingerprint_internal") "," M(
		      "presence_internal") "]]",
		    true, true },
		{ "[[" M("faceprint_internal") "]]", false, true },
		{ "[[" M("passcode_external") "]]", false, false },
		{ "[[" M("fingerprint_internal") "],[" M(
		      "passcode_external") "]]",
		    true, false },
		{ "[[" M("passcode_internal") "],[" M(
		      "fingerprint_internal") "]]",
		    true, false },
		/* Both at once: makers mean "or". */
		{ "[[" M("fingerprint_internal") "," M(
		      "passcode_external") "]]",
		    true, false },
		{ "[[" M("fingerprint_internal") "],[" M(
		      "pattern_internal") "]]",
		    true, false },
		{ "[[" M("fingerprint_internal") "],[" M(
		      "location_internal") "]]",
		    true, false },
		{ "[[" M("fingerprint_internal") "],[" M("all") "]]", true,
		    false },
		{ "[[" M("fingerprint_internal") "],[" M(
		      "telepathy_internal") "]]",
		    true, false },
		{ "[[" M("fingerprint_internal") "],[{}]]", true, false },
		{ "[[" M("fingerprint_internal") "],["
						 "{\"userVerificationMethod\":"
						 "2}]]",
		    true, false },
		{ "[[" M("fingerprint_internal") "],{}]", true, false },
		{ "[[" M("fingerprint_internal") "],4]", true, false },
		{ "{\"a\":[" M("fingerprint_internal") "]}", false, false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		char statement[1024];
		struct sy_metadata *m;

		print_message("  %s\n", tc[i].ways);
		(void)snprintf(statement, sizeof(statement),
		    "{\"userVerificationDetails\":%s}", tc[i].ways);
		m = one_model(statement, "[]");
		assert_int_equal(find(m, A)->fingerprint, tc[i].fingerprint);
		assert_int_equal(find(m, A)->biometric_only, tc[i].only);
		sy_metadata_free(&m);
	}
}

static void
options_that_are_not_told_are_read_strictly(void **state)
{
	static const struct {
		const char *info;
		bool client_pin, built_in, no_pin_tokens, uvm;
	} tc[] = {
		{ "null", true, false, false, false },
		{ "{}", true, false, false, false },
		{ "{\"options\":[]}", true, false, false, false },
		{ "{\"options\":{}}", false, false, false, false },
		{ "{\"options\":{\"clientPin\":false,\"uv\":false}}", true,
		    true, false, false },
		{ "{\"options\":{\"clientPin\":true,\"uv\":true}}", true, true,
		    false, false },
		{ "{\"options\":{\"noMcGaPermissionsWithClientPin\":true}}",
		    false, false, true, false },
		{ "{\"options\":{\"noMcGaPermissionsWithClientPin\":false}}",
		    false, false, false, false },
		{ "{\"options\":{\"noMcGaPermissionsWithClientPin\":\"true\"}}",
		    false, false, false, false },
		{ "{\"options\":{},\"extensions\":[\"credProtect\",\"uvm\"]}",
		    false, false, false, true },
		{ "{\"options\":{},\"extensions\":[\"uv\",7]}", false, false,
		    false, false },
		{ "{\"options\":{},\"extensions\":\"uvm\"}", false, false,
		    false, false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		char statement[1024];
		const struct sy_model *model;
		struct sy_metadata *m;

		print_message("  %s\n", tc[i].info);
		(void)snprintf(statement, sizeof(statement),
		    "{\"authenticatorGetInfo\":%s}", tc[i].info);
		m = one_model(statement, "[]");
		model = find(m, A);
		assert_int_equal(model->client_pin, tc[i].client_pin);
		assert_int_equal(model->built_in, tc[i].built_in);
		assert_int_equal(model->no_pin_tokens, tc[i].no_pin_tokens);
		assert_int_equal(model->uvm, tc[i].uvm);
		sy_metadata_free(&m);
	}
}

static void
names_are_clean_and_cut_between_characters(void **state)
{
	char statement[1024] = "{\"description\":\"";
	struct sy_metadata *m;

	(void)state;
	m = one_model("{\"description\":\"a\\u001bb\"}", "[]");
	assert_string_equal(find(m, A)->name, "");
	sy_metadata_free(&m);
	m = one_model("{\"description\":[]}", "[]");
	assert_string_equal(find(m, A)->name, "");
	sy_metadata_free(&m);
	for (size_t i = 0, at = strlen(statement); i <= 50; i++, at += 3)
		(void)snprintf(statement + at, sizeof(statement) - at, "%s",
		    i < 50 ? "鍵" : "\"}");
	m = one_model(statement, "[]");
	assert_int_equal(strlen(find(m, A)->name), 126);
	sy_metadata_free(&m);
}

/* What can't be read is no root; the rest of the model stays. */
static void
roots_that_are_none_are_passed_over(void **state)
{
	struct sy_metadata *m = one_model(
	    "{\"attestationRootCertificates\":[\"!\",7,\"\",\"AAEC\\n AwQ=\","
	    "\"AAE\",null]}",
	    "[]");
	const struct sy_model *model = find(m, A);

	(void)state;
	assert_int_equal(model->root_count, 1);
	assert_int_equal(model->roots[0].len, 5);
	assert_memory_equal(model->roots[0].der, "\0\1\2\3\4", 5);
	sy_metadata_free(&m);
}

static void
files_of_another_shape_are_refused(void **state)
{
	static const struct {
		const char *what;
		const char *payload;
		enum sy_err err;
	} tc[] = {
		{ "good", HEAD TAIL, SY_OK },
		{ "no number", "{\"nextUpdate\":\"2025-07-01\",\"entries\":[]}",
		    SY_ERR_FORMAT },
		{ "number below zero",
		    "{\"no\":-1,\"nextUpdate\":\"2025-07-01\",\"entries\":[]}",
		    SY_ERR_FORMAT },
		{ "number as text",
		    "{\"no\":\"7\",\"nextUpdate\":\"2025-07-01\","
		    "\"entries\":[]}",
		    SY_ERR_FORMAT },
		{ "no next update", "{\"no\":7,\"entries\":[]}",
		    SY_ERR_FORMAT },
		{ "next update on no day",
		    "{\"no\":7,\"nextUpdate\":\"2025-02-30\",\"entries\":[]}",
		    SY_ERR_FORMAT },
		{ "no entries", "{\"no\":7,\"nextUpdate\":\"2025-07-01\"}",
		    SY_ERR_FORMAT },
		{ "entries as object",
		    "{\"no\":7,\"nextUpdate\":\"2025-07-01\",\"entries\":{}}",
		    SY_ERR_FORMAT },
		{ "an entry that is none", HEAD "7" TAIL, SY_ERR_FORMAT },
		{ "an AAGUID that is none", HEAD "{\"aaguid\":\"x\"}" TAIL,
		    SY_ERR_FORMAT },
		{ "an AAGUID by number", HEAD "{\"aaguid\":7}" TAIL,
		    SY_ERR_FORMAT },
		{ "a model twice",
		    HEAD "{\"aaguid\":\"" A "\"},{\"aaguid\":\"" B
			 "\"},{\"aaguid\":\"" A "\"}" TAIL,
		    SY_ERR_FORMAT },
		{ "a model twice in capitals",
		    HEAD "{\"aaguid\":\"" A "\"},{\"aaguid\":\"0A0A0A0A-0000-"
			 "0000-0000-000000000000\"}" TAIL,
		    SY_ERR_FORMAT },
		{ "a member twice",
		    "{\"no\":7,\"no\":8,\"nextUpdate\":\"2025-07-01\","
		    "\"entries\":[]}",
		    SY_ERR_FORMAT },
		{ "an array", "[]", SY_ERR_FORMAT },
		{ "nothing", "", SY_ERR_FORMAT },
	};
	struct office o;

	(void)state;
	office_open(&o, testca_key(TESTCA_RSA2048));
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		char *blob = office_sign(&o, tc[i].payload);

		print_message("  %s\n", tc[i].what);
		assert_int_equal(import_at(blob, strlen(blob), o.root_pem, NOW,
				     NULL),
		    tc[i].err);
		free(blob);
	}
	office_close(&o);
}

static void
only_the_right_hands_sign(void **state)
{
	static const enum testca_alg good[] = { TESTCA_P256, TESTCA_RSA2048,
		TESTCA_RSA3072 };
	EVP_PKEY *key = testca_key(TESTCA_P256);
	X509 *certs[2];
	struct office o, p;
	char *blob, *both;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(good); i++) {
		office_open(&o, testca_key(good[i]));
		blob = office_sign(&o, HEAD TAIL);
		assert_int_equal(import_at(blob, strlen(blob), o.root_pem, NOW,
				     NULL),
		    SY_OK);
		free(blob);
		office_close(&o);
	}
	office_open(&o, key);
	/* Another key than that of the certificate. */
	o.key = testca_key(TESTCA_P256_OTHER);
	blob = office_sign(&o, HEAD TAIL);
	assert_int_equal(import_at(blob, strlen(blob), o.root_pem, NOW, NULL),
	    SY_ERR_SIGNATURE);
	free(blob);
	o.key = key;
	/* Without the certificate between. */
	blob = keymaker_jwt("ES256", &o.leaf, 1, key, HEAD TAIL);
	assert_int_equal(import_at(blob, strlen(blob), o.root_pem, NOW, NULL),
	    SY_ERR_CERT_PATH);
	free(blob);
	/* No certificate, too many. */
	blob = keymaker_jwt("ES256", &o.leaf, 0, key, HEAD TAIL);
	assert_int_equal(import_at(blob, strlen(blob), o.root_pem, NOW, NULL),
	    SY_ERR_CERT);
	free(blob);
	/* A root of the same name and another key; both roots are tried. */
	blob = office_sign(&o, HEAD TAIL);
	p.root = testca_root("Root", testca_key(TESTCA_RSA2048), FROM, TO);
	p.root_pem = testca_pem(p.root);
	assert_int_equal(import_at(blob, strlen(blob), p.root_pem, NOW, NULL),
	    SY_ERR_CERT_PATH);
	both = calloc(1, 16384);
	assert_non_null(both);
	(void)snprintf(both, 16384, "%s%s", p.root_pem, o.root_pem);
	assert_int_equal(import_at(blob, strlen(blob), both, NOW, NULL), SY_OK);
	/* Roots that are none. */
	assert_int_equal(import_at(blob, strlen(blob), "", NOW, NULL),
	    SY_ERR_CERT);
	assert_int_equal(import_at(blob, strlen(blob), "x", NOW, NULL),
	    SY_ERR_CERT);
	both[strlen(both) - 40] = '!';
	assert_int_equal(import_at(blob, strlen(blob), both, NOW, NULL),
	    SY_ERR_CERT);
	/* An intermediate is no root here. */
	free(both);
	both = testca_pem(o.middle);
	assert_int_equal(import_at(blob, strlen(blob), both, NOW, NULL),
	    SY_ERR_CERT_PATH);
	free(both);
	free(blob);
	/* A CA that signs itself. */
	certs[0] = o.root;
	blob = keymaker_jwt("RS256", certs, 1, testca_key(TESTCA_RSA3072),
	    HEAD TAIL);
	assert_int_equal(import_at(blob, strlen(blob), o.root_pem, NOW, NULL),
	    SY_ERR_CERT);
	free(blob);
	X509_free(p.root);
	free(p.root_pem);
	office_close(&o);
}

static void
the_signers_certificate_has_the_name_the_use_and_the_days(void **state)
{
	static const struct {
		const char *what;
		const char *cn;
		const char *names;
		const char *usage;
		const char *ca;
		int64_t from, to;
		enum sy_err err;
	} tc[] = {
		{ "alternative name", "x", "DNS:" HOST, NULL, NULL, FROM, TO,
		    SY_OK },
		{ "one of many", "x", "DNS:a.example,DNS:" HOST, NULL, NULL,
		    FROM, TO, SY_OK },
		{ "common name alone", HOST, NULL, NULL, NULL, FROM, TO,
		    SY_OK },
		{ "no key usage", HOST, NULL, "", NULL, FROM, TO, SY_OK },
		{ "another common name", "mds2.fidoalliance.org", NULL, NULL,
		    NULL, FROM, TO, SY_ERR_CERT },
		{ "another alternative name", HOST, "DNS:fidoalliance.org",
		    NULL, NULL, FROM, TO, SY_ERR_CERT },
		{ "any name", "x", "DNS:*.fidoalliance.org", NULL, NULL, FROM,
		    TO, SY_ERR_CERT },
		{ "for encipherment", HOST, NULL, "critical,keyEncipherment",
		    NULL, FROM, TO, SY_ERR_CERT },
		{ "a CA", HOST, NULL, "critical,keyCertSign,digitalSignature",
		    "critical,CA:TRUE", FROM, TO, SY_ERR_CERT },
		{ "until after", HOST, NULL, NULL, NULL, FROM, NOW + 1, SY_OK },
		{ "until now", HOST, NULL, NULL, NULL, FROM, NOW,
		    SY_ERR_CERT_DATE },
		{ "from now", HOST, NULL, NULL, NULL, NOW, TO, SY_OK },
		{ "from after", HOST, NULL, NULL, NULL, NOW + 1, TO,
		    SY_ERR_CERT_DATE },
	};
	EVP_PKEY *key = testca_key(TESTCA_P256);
	struct office o;

	(void)state;
	office_open(&o, key);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct testca_spec spec = { .cn = tc[i].cn,
			.key = key,
			.not_before = tc[i].from,
			.not_after = tc[i].to,
			.names = tc[i].names,
			.usage = tc[i].usage,
			.ca = tc[i].ca };
		char *blob;

		print_message("  %s\n", tc[i].what);
		X509_free(o.leaf);
		o.leaf = testca_issue(o.middle, testca_key(TESTCA_P384), &spec);
		blob = office_sign(&o, HEAD TAIL);
		assert_int_equal(import_at(blob, strlen(blob), o.root_pem, NOW,
				     NULL),
		    tc[i].err);
		free(blob);
	}
	office_close(&o);
}

static void
algorithms_are_those_of_the_key_or_refused(void **state)
{
	static const struct {
		const char *alg;
		enum testca_alg key;
		enum sy_err err;
	} tc[] = {
		{ "ES256", TESTCA_P256, SY_OK },
		{ "RS256", TESTCA_RSA2048, SY_OK },
		{ "none", TESTCA_P256, SY_ERR_ALGORITHM },
		{ "", TESTCA_P256, SY_ERR_ALGORITHM },
		{ "HS256", TESTCA_P256, SY_ERR_ALGORITHM },
		{ "RS256", TESTCA_P256, SY_ERR_ALGORITHM },
		{ "es256", TESTCA_P256, SY_ERR_ALGORITHM },
		{ "ES256", TESTCA_RSA2048, SY_ERR_ALGORITHM },
		{ "PS256", TESTCA_RSA2048, SY_ERR_ALGORITHM },
		{ "RS1", TESTCA_RSA2048, SY_ERR_ALGORITHM },
		{ "ES384", TESTCA_P384, SY_ERR_ALGORITHM },
		{ "EdDSA", TESTCA_ED25519, SY_ERR_ALGORITHM },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		X509 *certs[2];
		struct office o;
		char *blob;

		print_message("  %s\n", tc[i].alg);
		office_open(&o, testca_key(tc[i].key));
		certs[0] = o.leaf;
		certs[1] = o.middle;
		/* keymaker flattens signatures of curves of 256 bits. */
		blob = tc[i].key == TESTCA_P384
		    ? keymaker_jwt(tc[i].alg, certs, 2, testca_key(TESTCA_P256),
			  HEAD TAIL)
		    : keymaker_jwt(tc[i].alg, certs, 2, o.key, HEAD TAIL);
		assert_int_equal(import_at(blob, strlen(blob), o.root_pem, NOW,
				     NULL),
		    tc[i].err);
		free(blob);
		office_close(&o);
	}
}

static void
no_altered_or_cut_file_is_taken(void **state)
{
	static const enum testca_alg algs[] = { TESTCA_P256, TESTCA_RSA2048 };

	(void)state;
	for (size_t a = 0; a < SY_COUNT(algs); a++) {
		struct office o;
		size_t len;
		char *blob;

		office_open(&o, testca_key(algs[a]));
		blob = office_sign(&o, HEAD "{\"aaguid\":\"" A "\"}" TAIL);
		len = strlen(blob);
		for (size_t i = 0; i < len; i++) {
			blob[i] ^= 0x04;
			assert_int_not_equal(import_at(blob, len, o.root_pem,
						 NOW, NULL),
			    SY_OK);
			blob[i] ^= 0x04;
			if (i % 7 == 0)
				assert_int_not_equal(import_at(blob, i,
							 o.root_pem, NOW, NULL),
				    SY_OK);
		}
		assert_int_equal(import_at(blob, len, o.root_pem, NOW, NULL),
		    SY_OK);
		/* One newline may stand behind it, nothing else. */
		blob[len] = '\n';
		assert_int_equal(import_at(blob, len + 1, o.root_pem, NOW,
				     NULL),
		    SY_OK);
		blob[len + 1] = '\n';
		assert_int_equal(import_at(blob, len + 2, o.root_pem, NOW,
				     NULL),
		    SY_ERR_FORMAT);
		blob[len] = '.';
		assert_int_not_equal(import_at(blob, len + 1, o.root_pem, NOW,
					 NULL),
		    SY_OK);
		free(blob);
		office_close(&o);
	}
}

static void
headers_with_more_than_we_understand_are_refused(void **state)
{
	static const char *const headers[] = {
		"eyJhbGciOiJFUzI1NiIsImNyaXQiOlsiYiJdfQ", /* crit */
		"e30",                                    /* {} */
		"eyJhbGciOjd9",                           /* alg: 7 */
		"eyJhbGciOiJub25lIn0",                    /* none, no x5c */
		"W10",                                    /* [] */
		"",
		"e",
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(headers); i++) {
		struct office o;
		char text[200];

		office_open(&o, testca_key(TESTCA_P256));
		(void)snprintf(text, sizeof(text), "%s.e30.AAAA", headers[i]);
		assert_int_not_equal(import_at(text, strlen(text), o.root_pem,
					 NOW, NULL),
		    SY_OK);
		office_close(&o);
	}
}

static void
a_file_over_32_mib_is_refused_unread(void **state)
{
	const size_t len = (size_t)SY_METADATA_MAX + 1;
	char *text = malloc(len);
	struct sy_metadata *m = NULL;
	struct office o;

	(void)state;
	assert_non_null(text);
	memset(text, 'A', len);
	office_open(&o, testca_key(TESTCA_P256));
	assert_int_equal(sy_metadata_import(text, len, o.root_pem,
			     strlen(o.root_pem), NOW, &m, NULL),
	    SY_ERR_LIMIT);
	assert_int_equal(sy_metadata_import(text, len - 1, o.root_pem,
			     strlen(o.root_pem), NOW, &m, NULL),
	    SY_ERR_FORMAT);
	assert_null(m);
	free(text);
	office_close(&o);
}

#define TWO_MODELS                                                             \
	"{\"aaguid\":\"" B "\",\"metadataStatement\":{\"description\":"        \
	"\"Key\",\"attestationRootCertificates\":[\"AAECAwQ=\",\"BQYH\"]},"    \
	"\"statusReports\":[{\"status\":\"UPDATE_AVAILABLE\","                 \
	"\"authenticatorVersion\":5}]},{\"aaguid\":\"" A "\"}"

static void
same(const struct sy_metadata *a, const struct sy_metadata *b)
{
	assert_int_equal(sy_metadata_number(a), sy_metadata_number(b));
	assert_int_equal(sy_metadata_next_update(a),
	    sy_metadata_next_update(b));
	assert_int_equal(sy_metadata_count(a), sy_metadata_count(b));
	for (size_t i = 0; i < sy_metadata_count(a); i++) {
		const struct sy_model *x = sy_metadata_at(a, i);
		const struct sy_model *y = sy_metadata_at(b, i);

		assert_memory_equal(x->aaguid, y->aaguid, SY_AAGUID_SIZE);
		assert_string_equal(x->name, y->name);
		assert_int_equal(x->status, y->status);
		assert_string_equal(x->report, y->report);
		assert_true(x->update_below == y->update_below);
		assert_int_equal(x->fingerprint, y->fingerprint);
		assert_int_equal(x->biometric_only, y->biometric_only);
		assert_int_equal(x->client_pin, y->client_pin);
		assert_int_equal(x->built_in, y->built_in);
		assert_int_equal(x->no_pin_tokens, y->no_pin_tokens);
		assert_int_equal(x->uvm, y->uvm);
		assert_int_equal(x->root_count, y->root_count);
		for (size_t k = 0; k < x->root_count; k++) {
			assert_int_equal(x->roots[k].len, y->roots[k].len);
			assert_memory_equal(x->roots[k].der, y->roots[k].der,
			    x->roots[k].len);
		}
	}
}

static void
what_is_packed_comes_back(void **state)
{
	struct sy_metadata *m = NULL, *back = NULL;
	uint8_t *bytes = NULL, *again = NULL;
	size_t len, again_len;

	(void)state;
	assert_int_equal(import_entries(TWO_MODELS, &m), SY_OK);
	assert_int_equal(sy_metadata_pack(m, &bytes, &len), SY_OK);
	assert_int_equal(sy_metadata_unpack(bytes, len, &back, NULL), SY_OK);
	same(m, back);
	sy_metadata_free(&m);
	assert_int_equal(sy_metadata_pack(back, &again, &again_len), SY_OK);
	assert_int_equal(len, again_len);
	assert_memory_equal(bytes, again, len);
	sy_metadata_free(&back);
	free(bytes);
	free(again);
}

/* Every member survives by itself: the bits are not mixed up. */
static void
each_bit_keeps_its_meaning(void **state)
{
	(void)state;
	for (unsigned int bits = 0; bits < 64; bits++) {
		const struct sy_model model = { .aaguid = { 1 },
			.fingerprint = (bits & 1) != 0,
			.biometric_only = (bits & 2) != 0,
			.client_pin = (bits & 4) != 0,
			.built_in = (bits & 8) != 0,
			.no_pin_tokens = (bits & 16) != 0,
			.uvm = (bits & 32) != 0 };
		const struct sy_metadata_head head = { 1, 2, 1 };
		struct sy_metadata *m = NULL;
		const struct sy_model *got;
		struct sy_buf *buf;

		assert_int_equal(sy_buf_new(1024, &buf), SY_OK);
		sy_metadata_put_head(buf, &head);
		sy_metadata_put_model(buf, &model);
		assert_int_equal(sy_metadata_unpack(sy_buf_data(buf),
				     sy_buf_len(buf), &m, NULL),
		    SY_OK);
		got = sy_metadata_at(m, 0);
		assert_int_equal(got->fingerprint, model.fingerprint);
		assert_int_equal(got->biometric_only, model.biometric_only);
		assert_int_equal(got->client_pin, model.client_pin);
		assert_int_equal(got->built_in, model.built_in);
		assert_int_equal(got->no_pin_tokens, model.no_pin_tokens);
		assert_int_equal(got->uvm, model.uvm);
		sy_metadata_free(&m);
		sy_buf_free(&buf);
	}
}

static void
packed_bytes_are_whole_and_in_order_or_refused(void **state)
{
	struct sy_metadata *m = NULL;
	uint8_t *bytes = NULL, *copy;
	struct sy_error e;
	size_t len;

	(void)state;
	assert_int_equal(import_entries(TWO_MODELS, &m), SY_OK);
	assert_int_equal(sy_metadata_pack(m, &bytes, &len), SY_OK);
	sy_metadata_free(&m);
	for (size_t n = 0; n < len; n++) {
		copy = malloc(n + 1);
		memcpy(copy + 1, bytes, n);
		assert_int_equal(sy_metadata_unpack(copy + 1, n, &m, &e),
		    SY_ERR_FORMAT);
		assert_null(m);
		free(copy);
	}
	copy = malloc(len + 1);
	memcpy(copy, bytes, len);
	copy[len] = 0;
	assert_int_equal(sy_metadata_unpack(copy, len + 1, &m, &e),
	    SY_ERR_FORMAT);
	copy[1] = 2;
	assert_int_equal(sy_metadata_unpack(copy, len, &m, &e), SY_ERR_VERSION);
	copy[1] = 1;
	/* The first AAGUID, behind the 22 bytes of the head. */
	memset(copy + 22, 0x0b, 4);
	assert_int_equal(sy_metadata_unpack(copy, len, &m, &e), SY_ERR_FORMAT);
	copy[22] = 0x0c;
	assert_int_equal(sy_metadata_unpack(copy, len, &m, &e), SY_ERR_FORMAT);
	memset(copy + 22, 0, 16);
	assert_int_equal(sy_metadata_unpack(copy, len, &m, &e), SY_ERR_FORMAT);
	memcpy(copy, bytes, len);
	/* More models than any file has. */
	copy[18] = 0xff;
	assert_int_equal(sy_metadata_unpack(copy, len, &m, &e), SY_ERR_FORMAT);
	memcpy(copy, bytes, len);
	/* A number and a day below zero. */
	copy[2] = 0x80;
	assert_int_equal(sy_metadata_unpack(copy, len, &m, &e), SY_ERR_FORMAT);
	memcpy(copy, bytes, len);
	copy[10] = 0x80;
	assert_int_equal(sy_metadata_unpack(copy, len, &m, &e), SY_ERR_FORMAT);
	/* The first model: name "" (2), status (1). */
	memcpy(copy, bytes, len);
	copy[22 + 16 + 2] = SY_MODEL_STATUS_COUNT;
	assert_int_equal(sy_metadata_unpack(copy, len, &m, &e), SY_ERR_FORMAT);
	assert_null(m);
	free(copy);
	free(bytes);
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

static void
no_failed_allocation_takes_a_file(void **state)
{
	struct sy_metadata *m = NULL;
	uint8_t *bytes = NULL;
	unsigned int n = 0;
	struct office o;
	enum sy_err err;
	char *blob;
	size_t len;

	(void)state;
	office_open(&o, testca_key(TESTCA_P256));
	blob = office_sign(&o, HEAD TWO_MODELS TAIL);
	do {
		faults_arm(++n);
		err = sy_metadata_import(blob, strlen(blob), o.root_pem,
		    strlen(o.root_pem), NOW, &m, NULL);
		if (!faults_disarm())
			break;
		/* What OpenSSL does without may not change what is taken. */
		if (err == SY_OK)
			assert_int_equal(sy_metadata_count(m), 2);
		else
			assert_null(m);
		sy_metadata_free(&m);
	} while (n < 100000);
	assert_int_equal(err, SY_OK);
	assert_true(n > 100);
	assert_int_equal(sy_metadata_pack(m, &bytes, &len), SY_OK);
	faults_arm(1);
	assert_int_equal(sy_metadata_pack(m, &bytes, &len), SY_ERR_NOMEM);
	assert_true(faults_disarm());
	sy_metadata_free(&m);
	n = 0;
	do {
		faults_arm(++n);
		err = sy_metadata_unpack(bytes, len, &m, NULL);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 3);
	sy_metadata_free(&m);
	free(bytes);
	free(blob);
	office_close(&o);
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
		cmocka_unit_test(models_are_found_by_their_aaguid),
		cmocka_unit_test(the_gravest_report_in_effect_is_the_status),
		cmocka_unit_test(mfa_2_ways_of_verification_are_read_strictly),
		cmocka_unit_test(options_that_are_not_told_are_read_strictly),
		cmocka_unit_test(names_are_clean_and_cut_between_characters),
		cmocka_unit_test(roots_that_are_none_are_passed_over),
		cmocka_unit_test(files_of_another_shape_are_refused),
		cmocka_unit_test(only_the_right_hands_sign),
		cmocka_unit_test(
		    the_signers_certificate_has_the_name_the_use_and_the_days),
		cmocka_unit_test(algorithms_are_those_of_the_key_or_refused),
		cmocka_unit_test(no_altered_or_cut_file_is_taken),
		cmocka_unit_test(
		    headers_with_more_than_we_understand_are_refused),
		cmocka_unit_test(a_file_over_32_mib_is_refused_unread),
		cmocka_unit_test(what_is_packed_comes_back),
		cmocka_unit_test(each_bit_keeps_its_meaning),
		cmocka_unit_test(
		    packed_bytes_are_whole_and_in_order_or_refused),
		cmocka_unit_test(no_failed_allocation_takes_a_file),
	};

	/* Before OpenSSL and jansson allocate anything. */
	if (CRYPTO_set_mem_functions(allocate, reallocate, release) != 1)
		return 1;
	json_set_alloc_funcs(allocate_json, free);
	return cmocka_run_group_tests(tests, NULL, forget_keys);
}
