/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CARD-8: a revoked certificate is refused; CRYPT-1: forbidden algorithms are
 * refused in revocation lists.
 */
#include <openssl/evp.h>

#include "tests/support/trusts.h"

static enum sy_err
add_crl(struct sy_trust *trust, X509 *ca, EVP_PKEY *key,
    const struct testca_crl_spec *spec)
{
	X509_CRL *crl = testca_crl(ca, key, spec);
	char *pem = testca_crl_pem(crl);
	struct sy_error e = { 0 };
	const enum sy_err err =
	    sy_trust_add_crl(trust, pem, strlen(pem), "ca.crl", &e);

	if (err != SY_OK)
		assert_string_equal(e.place, "ca.crl");
	free(pem);
	X509_CRL_free(crl);
	return err;
}

static enum sy_err
check_serial(const struct sy_trust *trust, X509 *ca, long serial, int64_t now)
{
	struct testca_spec spec = card_spec();

	spec.serial = serial;
	return check(trust,
	    testca_issue(ca, testca_key(TESTCA_P256_OTHER), &spec), now);
}

static void
revoked_certificates_are_refused(void **state)
{
	static const long serials[] = { 300, 2, 65536, 128, 0x7fffffff };
	const struct testca_crl_spec spec = {
		.this_update = NOW - 100,
		.next_update = NOW + 100,
		.serials = serials,
		.count = SY_COUNT(serials),
	};
	X509 *ca = root_of(TESTCA_P256_OTHER);
	struct sy_trust *trust = trust_one(ca);

	(void)state;
	assert_int_equal(check_serial(trust, ca, 2, NOW), SY_OK);
	assert_int_equal(add_crl(trust, ca, testca_key(TESTCA_P256_OTHER),
			     &spec),
	    SY_OK);
	for (size_t i = 0; i < SY_COUNT(serials); i++) {
		assert_int_equal(check_serial(trust, ca, serials[i], NOW),
		    SY_ERR_CERT_REVOKED);
		assert_int_equal(check_serial(trust, ca, serials[i] - 1, NOW),
		    SY_OK);
	}
	/* A list counts within its dates; without it nobody can tell. */
	assert_int_equal(check_serial(trust, ca, 5, NOW - 100), SY_OK);
	assert_int_equal(check_serial(trust, ca, 5, NOW - 101),
	    SY_ERR_CERT_DATE);
	assert_int_equal(check_serial(trust, ca, 5, NOW + 99), SY_OK);
	assert_int_equal(check_serial(trust, ca, 5, NOW + 100),
	    SY_ERR_CERT_DATE);
	assert_int_equal(check_serial(trust, ca, 2, NOW + 100),
	    SY_ERR_CERT_REVOKED);
	X509_free(ca);
	sy_trust_free(&trust);
}

static void
the_newer_list_of_a_ca_stands(void **state)
{
	static const long old_serials[] = { 2 };
	const struct testca_crl_spec old = { NOW - 200, NOW + 100, old_serials,
		1, NULL, false, false };
	const struct testca_crl_spec new = { NOW - 100, NOW + 100, NULL, 0,
		NULL, false, false };
	EVP_PKEY *const key = testca_key(TESTCA_P256_OTHER);
	X509 *ca = root_of(TESTCA_P256_OTHER);

	(void)state;
	for (int order = 0; order < 2; order++) {
		struct sy_trust *trust = trust_one(ca);

		assert_int_equal(add_crl(trust, ca, key,
				     order == 0 ? &old : &new),
		    SY_OK);
		assert_int_equal(add_crl(trust, ca, key,
				     order == 0 ? &new : &old),
		    SY_OK);
		assert_int_equal(check_serial(trust, ca, 2, NOW), SY_OK);
		sy_trust_free(&trust);
	}
	X509_free(ca);
}

static void
a_revoked_intermediate_takes_its_cards_with_it(void **state)
{
	static const long serials[] = { 7 };
	const struct testca_crl_spec spec = { NOW - 100, NOW + 100, serials, 1,
		NULL, false, false };
	const struct testca_spec card = card_spec();
	X509 *root = root_of(TESTCA_P256_OTHER);
	X509 *mid = intermediate_of(root, "critical,CA:TRUE", NULL);
	struct sy_trust *trust = trust_of((X509 *[]){ mid, root }, 2);

	(void)state;
	assert_int_equal(add_crl(trust, root, testca_key(TESTCA_P256_OTHER),
			     &spec),
	    SY_OK);
	assert_int_equal(check(trust,
			     testca_issue(mid, testca_key(TESTCA_P384), &card),
			     NOW),
	    SY_ERR_CERT_REVOKED);
	X509_free(root);
	X509_free(mid);
	sy_trust_free(&trust);
}

static void
lists_that_cannot_be_relied_on_are_refused(void **state)
{
	static const long serials[] = { 2 };
	static const struct {
		const char *what;
		struct testca_crl_spec spec;
		bool sha1;
		bool other_key;
		enum sy_err err;
	} tc[] = {
		{ "good", { .next_update = NOW + 1 }, false, false, SY_OK },
		{ "without an end", { 0 }, false, false, SY_ERR_CERT },
		{ "partial", { .next_update = NOW + 1, .partial = true }, false,
		    false, SY_ERR_CERT },
		{ "with an entry of another kind",
		    { .next_update = NOW + 1,
			.serials = serials,
			.count = 1,
			.strange_entry = true },
		    false, false, SY_ERR_CERT },
		{ "signed with SHA-1", { .next_update = NOW + 1 }, true, false,
		    SY_ERR_ALGORITHM },
		{ "signed by somebody else", { .next_update = NOW + 1 }, false,
		    true, SY_ERR_CERT_PATH },
	};
	X509 *ca = root_of(TESTCA_P256_OTHER);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_trust *trust = trust_one(ca);
		struct testca_crl_spec spec = tc[i].spec;

		print_message("  %s\n", tc[i].what);
		spec.this_update = NOW - 1;
		spec.md = tc[i].sha1 ? EVP_sha1() : NULL;
		assert_int_equal(add_crl(trust, ca,
				     testca_key(tc[i].other_key
					     ? TESTCA_P256
					     : TESTCA_P256_OTHER),
				     &spec),
		    tc[i].err);
		sy_trust_free(&trust);
	}
	X509_free(ca);
}

static void
a_ca_that_may_not_sign_lists_can_not_revoke(void **state)
{
	const struct testca_spec spec = {
		.cn = "CA",
		.key = testca_key(TESTCA_P256_OTHER),
		.not_before = FROM,
		.not_after = TO,
		.ca = "critical,CA:TRUE",
		.usage = "critical,keyCertSign",
	};
	const struct testca_crl_spec list = { NOW - 1, NOW + 1, NULL, 0, NULL,
		false, false };
	X509 *ca = testca_issue(NULL, spec.key, &spec);
	struct sy_trust *trust = trust_one(ca);

	(void)state;
	assert_int_equal(add_crl(trust, ca, spec.key, &list), SY_ERR_CERT_PATH);
	X509_free(ca);
	sy_trust_free(&trust);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(revoked_certificates_are_refused),
		cmocka_unit_test(the_newer_list_of_a_ca_stands),
		cmocka_unit_test(
		    a_revoked_intermediate_takes_its_cards_with_it),
		cmocka_unit_test(lists_that_cannot_be_relied_on_are_refused),
		cmocka_unit_test(a_ca_that_may_not_sign_lists_can_not_revoke),
	};

	return cmocka_run_group_tests(tests, NULL, forget_keys);
}
