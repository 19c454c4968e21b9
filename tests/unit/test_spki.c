/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a card's public key in its certificate. (CARD-6) */
#include <stdlib.h>

#include "lib/possession/device/spki.h"
#include "tests/support/testca.h"
#include "tests/support/unit.h"

#define BEFORE 1700000000
#define AFTER  1900000000

static const struct {
	const char *what;
	enum testca_alg ca;
	enum sy_key_alg alg; /* NONE: not accepted */
} kinds[] = {
	{ "P-256", TESTCA_P256, SY_KEY_P256 },
	{ "P-384", TESTCA_P384, SY_KEY_P384 },
	{ "RSA-2048", TESTCA_RSA2048, SY_KEY_RSA2048 },
	{ "RSA-3072", TESTCA_RSA3072, SY_KEY_RSA3072 },
	{ "P-521", TESTCA_P521, SY_KEY_NONE },
	{ "RSA-1024", TESTCA_RSA1024, SY_KEY_NONE },
	{ "Ed25519", TESTCA_ED25519, SY_KEY_NONE },
};

static int
teardown(void **state)
{
	(void)state;
	testca_free_keys();
	return 0;
}

/* A certificate over a key of kind ${i}; free() it. */
static uint8_t *
make_cert(size_t i, size_t *ret_len)
{
	EVP_PKEY *key = testca_key(TESTCA_P256);
	X509 *root = testca_root("CA", key, BEFORE, AFTER);
	const struct testca_spec spec = { .cn = "card",
		.key = testca_key(kinds[i].ca),
		.not_before = BEFORE,
		.not_after = AFTER };
	X509 *cert = testca_issue(root, key, &spec);
	uint8_t *der = testca_der(cert, ret_len);

	X509_free(cert);
	X509_free(root);
	return der;
}

static void
the_key_is_found_and_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		enum sy_key_alg alg = SY_KEY_NONE;
		uint8_t *cert, *want;
		const uint8_t *spki;
		size_t cert_len, want_len, len;

		print_message("  %s\n", kinds[i].what);
		cert = make_cert(i, &cert_len);
		want = testca_spki(testca_key(kinds[i].ca), &want_len);
		assert_int_equal(spki_of_cert(cert, cert_len, &spki, &len),
		    SY_OK);
		assert_int_equal(len, want_len);
		assert_memory_equal(spki, want, len);
		assert_int_equal(spki_alg(spki, len, &alg),
		    kinds[i].alg == SY_KEY_NONE ? SY_ERR_ALGORITHM : SY_OK);
		assert_int_equal(alg, kinds[i].alg);
		free(want);
		free(cert);
	}
}

static void
every_truncation_and_padding_is_refused(void **state)
{
	const uint8_t *spki;
	uint8_t *cert, *copy;
	size_t cert_len, len;

	(void)state;
	cert = make_cert(2, &cert_len);
	for (size_t n = 0; n <= cert_len + 1; n++) {
		if (n == cert_len)
			continue;
		/* An own block: sanitizers see what is read past its end. */
		copy = malloc(n == 0 ? 1 : n);
		assert_non_null(copy);
		memcpy(copy, cert, n < cert_len ? n : cert_len);
		if (n > cert_len)
			copy[cert_len] = 0;
		assert_int_equal(spki_of_cert(copy, n, &spki, &len),
		    SY_ERR_CERT);
		free(copy);
	}
	free(cert);
}

static void
every_changed_byte_is_refused_or_harmless(void **state)
{
	uint8_t *cert;
	size_t cert_len;

	(void)state;
	cert = make_cert(0, &cert_len);
	for (size_t at = 0; at < cert_len; at++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			enum sy_key_alg alg;
			const uint8_t *spki = NULL;
			size_t len = 0;

			cert[at] ^= (uint8_t)(1U << bit);
			if (spki_of_cert(cert, cert_len, &spki, &len) ==
			    SY_OK) {
				assert_true(spki > cert &&
				    spki + len < cert + cert_len);
				(void)!spki_alg(spki, len, &alg);
			}
			cert[at] ^= (uint8_t)(1U << bit);
		}
	}
	free(cert);
}

static void
a_key_that_is_only_like_one_is_refused(void **state)
{
	static const struct {
		const char *what;
		size_t kind, at, from_end;
		uint8_t value;
	} tc[] = {
		{ "compressed point", 0, 26, 0, 0x02 },
		{ "another curve", 0, 22, 0, 0x08 },
		{ "exponent 3", 2, 0, 1, 0x03 },
		{ "exponent of another length", 2, 0, 4, 0x04 },
		{ "negative modulus", 2, 32, 0, 0x01 },
	};
	enum sy_key_alg alg;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t *spki;
		size_t len, at;

		print_message("  %s\n", tc[i].what);
		spki = testca_spki(testca_key(kinds[tc[i].kind].ca), &len);
		assert_int_equal(spki_alg(spki, len, &alg), SY_OK);
		assert_int_equal(spki_alg(spki, len - 1, &alg),
		    SY_ERR_ALGORITHM);
		at = tc[i].from_end != 0 ? len - tc[i].from_end : tc[i].at;
		spki[at] = tc[i].value;
		assert_int_equal(spki_alg(spki, len, &alg), SY_ERR_ALGORITHM);
		free(spki);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_is_found_and_known),
		cmocka_unit_test(every_truncation_and_padding_is_refused),
		cmocka_unit_test(every_changed_byte_is_refused_or_harmless),
		cmocka_unit_test(a_key_that_is_only_like_one_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
