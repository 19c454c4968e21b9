/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CARD-8: certificate path and dates are checked; CRYPT-1: forbidden
 * algorithms are refused in certificates.
 */
#include <openssl/evp.h>

#include "tests/support/trusts.h"

/* What ${x} says by itself. */
static enum sy_err
parse(X509 *x)
{
	struct sy_cert cert = { 0 };
	struct sy_error e = { 0 };
	size_t len;
	uint8_t *der = testca_der(x, &len);
	const enum sy_err err = sy_cert_parse(der, len, &cert, &e);

	if (err != SY_OK) {
		assert_null(cert.key);
		assert_int_equal(e.code, err);
	}
	sy_cert_clear(&cert);
	free(der);
	return err;
}

static void
a_good_certificate_says_what_it_says(void **state)
{
	X509 *ca = root_of(TESTCA_RSA2048), *x;
	struct sy_trust *trust = trust_one(ca);
	struct testca_spec spec = card_spec();
	struct sy_cert cert = { 0 };
	struct sy_error e = { 0 };
	uint8_t sha256[32];
	uint8_t *der, *spki;
	size_t len, spki_len, got_len;

	(void)state;
	spec.cn = "\xe9\x88\xb4\xe6\x9c\xa8"; /* 鈴木 */
	x = testca_issue(ca, testca_key(TESTCA_RSA2048), &spec);
	der = testca_der(x, &len);
	spki = testca_spki(testca_key(TESTCA_P256), &spki_len);
	assert_int_equal(EVP_Digest(der, len, sha256, NULL, EVP_sha256(), NULL),
	    1);
	assert_int_equal(sy_trust_check(trust, der, len, NOW, &cert, &e),
	    SY_OK);
	assert_string_equal(cert.subject, spec.cn);
	assert_string_equal(cert.issuer, "Test CA");
	assert_int_equal(cert.not_before, FROM);
	assert_int_equal(cert.not_after, TO);
	assert_memory_equal(cert.sha256, sha256, 32);
	assert_int_equal(sy_key_alg(cert.key), SY_KEY_P256);
	assert_memory_equal(sy_key_spki(cert.key, &got_len), spki, spki_len);
	assert_int_equal(got_len, spki_len);
	sy_cert_clear(&cert);
	assert_null(cert.key);
	/* Parsing alone says the same without any trust. */
	assert_int_equal(sy_cert_parse(der, len, &cert, &e), SY_OK);
	assert_string_equal(cert.subject, spec.cn);
	sy_cert_clear(&cert);
	free(der);
	free(spki);
	X509_free(x);
	X509_free(ca);
	sy_trust_free(&trust);
	assert_null(trust);
	sy_trust_free(&trust);
}

static void
dates_count_at_their_very_bounds(void **state)
{
	static const struct {
		const char *what;
		int64_t now;
		enum sy_err err;
	} tc[] = {
		{ "a second early", FROM - 1, SY_ERR_CERT_DATE },
		{ "at the beginning", FROM, SY_OK },
		{ "a second before the end", TO - 1, SY_OK },
		{ "at the end", TO, SY_ERR_CERT_DATE },
	};
	X509 *ca = root_of(TESTCA_P256_OTHER);
	struct sy_trust *trust = trust_one(ca);
	const struct testca_spec spec = card_spec();

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(check(trust,
				     testca_issue(ca,
					 testca_key(TESTCA_P256_OTHER), &spec),
				     tc[i].now),
		    tc[i].err);
	}
	X509_free(ca);
	sy_trust_free(&trust);
}

static void
every_allowed_kind_of_key_and_signature_is_taken(void **state)
{
	static const enum testca_alg cards[] = { TESTCA_P256, TESTCA_P384,
		TESTCA_RSA2048, TESTCA_RSA3072 };
	static const enum testca_alg issuers[] = { TESTCA_P256_OTHER,
		TESTCA_P384, TESTCA_RSA2048, TESTCA_RSA4096 };
	const EVP_MD *const mds[] = { EVP_sha256(), EVP_sha384(),
		EVP_sha512() };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(issuers); i++) {
		X509 *ca = root_of(issuers[i]);
		struct sy_trust *trust = trust_one(ca);

		for (size_t k = 0; k < SY_COUNT(cards); k++) {
			struct testca_spec spec = card_spec();

			spec.key = testca_key(cards[k]);
			spec.md = mds[k % SY_COUNT(mds)];
			assert_int_equal(check(trust,
					     testca_issue(ca,
						 testca_key(issuers[i]), &spec),
					     NOW),
			    SY_OK);
		}
		X509_free(ca);
		sy_trust_free(&trust);
	}
}

static void
certificates_for_something_else_are_refused(void **state)
{
	static const struct {
		const char *what;
		struct testca_spec spec; /* differs from card_spec in these */
		int key;                 /* -1 = as card_spec */
		bool sha1;
		enum sy_err err;
	} tc[] = {
		{ "good", { 0 }, -1, false, SY_OK },
		{ "no key usage", { .usage = "" }, -1, false, SY_ERR_CERT },
		{ "for encryption", { .usage = "critical,keyEncipherment" }, -1,
		    false, SY_ERR_CERT },
		{ "for contracts", { .usage = "critical,nonRepudiation" }, -1,
		    false, SY_ERR_CERT },
		{ "a CA", { .ca = "critical,CA:TRUE" }, -1, false,
		    SY_ERR_CERT },
		{ "a CA by its usage",
		    { .usage = "critical,digitalSignature,keyCertSign" }, -1,
		    false, SY_ERR_CERT },
		{ "says that it is no CA", { .ca = "CA:FALSE" }, -1, false,
		    SY_OK },
		{ "for clients", { .extended = "clientAuth" }, -1, false,
		    SY_OK },
		{ "for logon", { .extended = "msSmartcardLogin" }, -1, false,
		    SY_OK },
		{ "for PIV card authentication",
		    { .extended = "critical,2.16.840.1.101.3.6.8" }, -1, false,
		    SY_OK },
		{ "for anything", { .extended = "anyExtendedKeyUsage" }, -1,
		    false, SY_OK },
		{ "for servers", { .extended = "serverAuth" }, -1, false,
		    SY_ERR_CERT },
		{ "for servers and clients",
		    { .extended = "serverAuth,clientAuth" }, -1, false, SY_OK },
		{ "an unknown critical extension", { .strange = true }, -1,
		    false, SY_ERR_CERT },
		{ "SHA-1", { 0 }, -1, true, SY_ERR_ALGORITHM },
		{ "RSA-1024", { 0 }, TESTCA_RSA1024, false, SY_ERR_ALGORITHM },
		{ "P-521", { 0 }, TESTCA_P521, false, SY_ERR_ALGORITHM },
		{ "Ed25519", { 0 }, TESTCA_ED25519, false, SY_ERR_ALGORITHM },
	};
	X509 *ca = root_of(TESTCA_RSA2048);
	struct sy_trust *trust = trust_one(ca);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct testca_spec spec = tc[i].spec;
		const struct testca_spec good = card_spec();
		X509 *x;

		print_message("  %s\n", tc[i].what);
		spec.cn = good.cn;
		spec.key = tc[i].key < 0
		    ? good.key
		    : testca_key((enum testca_alg)tc[i].key);
		spec.not_before = good.not_before;
		spec.not_after = good.not_after;
		spec.md = tc[i].sha1 ? EVP_sha1() : NULL;
		x = testca_issue(ca, testca_key(TESTCA_RSA2048), &spec);
		/* Extensions that nobody knows are for the path to judge. */
		assert_int_equal(parse(x), spec.strange ? SY_OK : tc[i].err);
		assert_int_equal(check(trust, x, NOW), tc[i].err);
	}
	X509_free(ca);
	sy_trust_free(&trust);
}

static void
without_a_path_to_an_issuer_nothing_succeeds(void **state)
{
	X509 *ca = root_of(TESTCA_P256_OTHER);
	/* Of the same name, but another key. */
	X509 *impostor = root_of(TESTCA_P384);
	struct sy_trust *empty = trust_of(NULL, 0);
	struct sy_trust *trust = trust_one(ca);
	struct testca_spec spec = card_spec();
	X509 *x;
	struct sy_cert cert = { 0 };
	uint8_t *der;
	size_t len;

	(void)state;
	assert_int_equal(
	    check(empty, testca_issue(ca, testca_key(TESTCA_P256_OTHER), &spec),
		NOW),
	    SY_ERR_CERT_PATH);
	assert_int_equal(
	    check(trust, testca_issue(impostor, testca_key(TESTCA_P384), &spec),
		NOW),
	    SY_ERR_CERT_PATH);
	assert_int_equal(check(trust, testca_issue(NULL, spec.key, &spec), NOW),
	    SY_ERR_CERT_PATH);
	/* One bit of the signature. */
	x = testca_issue(ca, testca_key(TESTCA_P256_OTHER), &spec);
	der = testca_der(x, &len);
	der[len - 1] ^= 1;
	assert_int_equal(sy_trust_check(trust, der, len, NOW, &cert, NULL),
	    SY_ERR_CERT_PATH);
	free(der);
	X509_free(x);
	X509_free(ca);
	X509_free(impostor);
	sy_trust_free(&empty);
	sy_trust_free(&trust);
}

static void
a_path_may_lead_over_an_intermediate(void **state)
{
	X509 *root = root_of(TESTCA_P256_OTHER);
	X509 *mid = intermediate_of(root, "critical,CA:TRUE,pathlen:0", NULL);
	X509 *weak = intermediate_of(root, "critical,CA:TRUE", EVP_sha1());
	struct sy_trust *both = trust_of((X509 *[]){ mid, root }, 2);
	struct sy_trust *only_mid = trust_one(mid);
	struct sy_trust *only_root = trust_one(root);
	struct sy_trust *with_weak = trust_of((X509 *[]){ weak, root }, 2);
	const struct testca_spec spec = card_spec();
	EVP_PKEY *const key = testca_key(TESTCA_P384);

	(void)state;
	assert_int_equal(check(both, testca_issue(mid, key, &spec), NOW),
	    SY_OK);
	/* The intermediate's own dates count too. */
	assert_int_equal(check(both, testca_issue(mid, key, &spec), FROM),
	    SY_ERR_CERT_DATE);
	assert_int_equal(check(both, testca_issue(mid, key, &spec), TO),
	    SY_ERR_CERT_DATE);
	assert_int_equal(check(only_mid, testca_issue(mid, key, &spec), NOW),
	    SY_ERR_CERT_PATH);
	assert_int_equal(check(only_root, testca_issue(mid, key, &spec), NOW),
	    SY_ERR_CERT_PATH);
	assert_int_equal(check(with_weak, testca_issue(weak, key, &spec), NOW),
	    SY_ERR_ALGORITHM);
	X509_free(root);
	X509_free(mid);
	X509_free(weak);
	sy_trust_free(&both);
	sy_trust_free(&only_mid);
	sy_trust_free(&only_root);
	sy_trust_free(&with_weak);
}

static enum sy_err
add_ca_text(const char *pem)
{
	struct sy_trust *trust = trust_of(NULL, 0);
	struct sy_error e = { 0 };
	const enum sy_err err =
	    sy_trust_add_ca(trust, pem, strlen(pem), "ca.pem", &e);

	if (err != SY_OK)
		assert_string_equal(e.place, "ca.pem");
	sy_trust_free(&trust);
	return err;
}

static void
only_ca_certificates_with_allowed_keys_become_issuers(void **state)
{
	static const struct {
		const char *what;
		enum testca_alg alg;
		const char *ca;
		const char *usage;
		enum sy_err err;
	} tc[] = {
		{ "P-256", TESTCA_P256, "critical,CA:TRUE",
		    "critical,keyCertSign", SY_OK },
		{ "RSA-3072", TESTCA_RSA3072, "critical,CA:TRUE",
		    "critical,keyCertSign", SY_OK },
		{ "RSA-4096", TESTCA_RSA4096, "critical,CA:TRUE",
		    "critical,keyCertSign", SY_OK },
		{ "RSA-1024", TESTCA_RSA1024, "critical,CA:TRUE",
		    "critical,keyCertSign", SY_ERR_CERT },
		{ "P-521", TESTCA_P521, "critical,CA:TRUE",
		    "critical,keyCertSign", SY_ERR_CERT },
		{ "Ed25519", TESTCA_ED25519, "critical,CA:TRUE",
		    "critical,keyCertSign", SY_ERR_CERT },
		{ "no CA", TESTCA_P256, "critical,CA:FALSE",
		    "critical,digitalSignature", SY_ERR_CERT },
		{ "no constraints", TESTCA_P256, NULL, "critical,keyCertSign",
		    SY_ERR_CERT },
		{ "may not sign", TESTCA_P256, "critical,CA:TRUE",
		    "critical,cRLSign", SY_ERR_CERT },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct testca_spec spec = {
			.cn = "CA",
			.key = testca_key(tc[i].alg),
			.not_before = FROM,
			.not_after = TO,
			.ca = tc[i].ca,
			.usage = tc[i].usage,
		};
		X509 *ca = testca_issue(NULL, testca_key(tc[i].alg), &spec);
		char *pem = testca_pem(ca);

		print_message("  %s\n", tc[i].what);
		assert_int_equal(add_ca_text(pem), tc[i].err);
		free(pem);
		X509_free(ca);
	}
}

static void
a_file_of_issuers_must_be_whole(void **state)
{
	X509 *ca = root_of(TESTCA_P256);
	char *pem = testca_pem(ca);
	const size_t len = strlen(pem);
	char *twice = calloc(1, 2 * len + 1);

	(void)state;
	assert_non_null(twice);
	memcpy(twice, pem, len);
	memcpy(twice + len, pem, len);
	assert_int_equal(add_ca_text(twice), SY_OK);
	twice[len + len / 2] = '\0';
	assert_int_equal(add_ca_text(twice), SY_ERR_FORMAT);
	assert_int_equal(add_ca_text(""), SY_ERR_FORMAT);
	assert_int_equal(add_ca_text("no PEM at all\n"), SY_ERR_FORMAT);
	memcpy(twice, pem, len + 1);
	memcpy(strstr(twice, "CERTIFICATE"), "PRIVATE KEY", 11);
	assert_int_equal(add_ca_text(twice), SY_ERR_FORMAT);
	free(twice);
	free(pem);
	X509_free(ca);
}

static void
a_certificate_cut_or_padded_at_any_byte_is_refused(void **state)
{
	X509 *ca = root_of(TESTCA_P256_OTHER);
	struct sy_trust *trust = trust_one(ca);
	const struct testca_spec spec = card_spec();
	X509 *x = testca_issue(ca, testca_key(TESTCA_P256_OTHER), &spec);
	struct sy_cert cert = { 0 };
	size_t len;
	uint8_t *der = testca_der(x, &len), *longer = calloc(1, len + 1);

	(void)state;
	assert_non_null(longer);
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *copy = malloc(cut + (cut == 0));

		assert_non_null(copy);
		memcpy(copy, der, cut);
		assert_int_equal(sy_trust_check(trust, copy, cut, NOW, &cert,
				     NULL),
		    SY_ERR_CERT);
		assert_int_equal(sy_cert_parse(copy, cut, &cert, NULL),
		    SY_ERR_CERT);
		free(copy);
	}
	memcpy(longer, der, len);
	assert_int_equal(sy_trust_check(trust, longer, len + 1, NOW, &cert,
			     NULL),
	    SY_ERR_CERT);
	/* The same content behind a length of three bytes: BER, not DER. */
	assert_int_equal(der[1], 0x82);
	memcpy(longer, (const uint8_t[]){ 0x30, 0x83, 0 }, 3);
	memcpy(longer + 3, der + 2, len - 2);
	assert_int_equal(sy_trust_check(trust, longer, len + 1, NOW, &cert,
			     NULL),
	    SY_ERR_CERT);
	free(longer);
	free(der);
	X509_free(x);
	X509_free(ca);
	sy_trust_free(&trust);
}

static void
names_are_cut_between_characters_and_cleaned(void **state)
{
	static const struct {
		const char *what;
		const char *cn;
		const char *shown;
	} tc[] = {
		{ "none", NULL, "" },
		{ "plain", "x", "x" },
		{ "with a control character", "a\nb", "" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct testca_spec spec = card_spec();
		struct sy_cert cert = { 0 };
		X509 *x;
		uint8_t *der;
		size_t len;

		print_message("  %s\n", tc[i].what);
		spec.cn = tc[i].cn;
		x = testca_issue(NULL, spec.key, &spec);
		der = testca_der(x, &len);
		assert_int_equal(sy_cert_parse(der, len, &cert, NULL), SY_OK);
		assert_string_equal(cert.subject, tc[i].shown);
		sy_cert_clear(&cert);
		free(der);
		X509_free(x);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_certificate_says_what_it_says),
		cmocka_unit_test(dates_count_at_their_very_bounds),
		cmocka_unit_test(
		    every_allowed_kind_of_key_and_signature_is_taken),
		cmocka_unit_test(certificates_for_something_else_are_refused),
		cmocka_unit_test(without_a_path_to_an_issuer_nothing_succeeds),
		cmocka_unit_test(a_path_may_lead_over_an_intermediate),
		cmocka_unit_test(
		    only_ca_certificates_with_allowed_keys_become_issuers),
		cmocka_unit_test(a_file_of_issuers_must_be_whole),
		cmocka_unit_test(
		    a_certificate_cut_or_padded_at_any_byte_is_refused),
		cmocka_unit_test(names_are_cut_between_characters_and_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, forget_keys);
}
