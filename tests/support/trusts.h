/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTS_H
#define TRUSTS_H

#include <stdlib.h>

#include <sanyoso/trust.h>

#include "tests/support/testca.h"
#include "tests/support/unit.h"

/* Issuers and cards for the tests of certificates and revocation lists. */

#define FROM ((int64_t)1700000000) /* certificates are good from here */
#define TO   ((int64_t)1800000000) /* to here */
#define NOW  ((int64_t)1750000000)

static inline struct sy_trust *
trust_of(X509 *const *cas, size_t count)
{
	struct sy_trust *trust = NULL;
	struct sy_error e = { 0 };

	assert_int_equal(sy_trust_new(&trust), SY_OK);
	for (size_t i = 0; i < count; i++) {
		char *pem = testca_pem(cas[i]);

		if (sy_trust_add_ca(trust, pem, strlen(pem), "ca.pem", &e) !=
		    SY_OK)
			fail_msg("%s: %s", e.place, e.text);
		free(pem);
	}
	return trust;
}

static inline struct sy_trust *
trust_one(X509 *ca)
{
	return trust_of(&ca, 1);
}

/* Check ${x} and take it apart again; frees ${x}. */
static inline enum sy_err
check(const struct sy_trust *trust, X509 *x, int64_t now)
{
	struct sy_cert cert = { 0 };
	struct sy_error e = { 0 };
	size_t len;
	uint8_t *der = testca_der(x, &len);
	const enum sy_err err = sy_trust_check(trust, der, len, now, &cert, &e);

	if (err != SY_OK) {
		assert_null(cert.key);
		assert_int_equal(e.code, err);
		assert_true(e.text[0] != '\0');
	}
	sy_cert_clear(&cert);
	free(der);
	X509_free(x);
	return err;
}

static inline struct testca_spec
card_spec(void)
{
	return (struct testca_spec){
		.cn = "card",
		.key = testca_key(TESTCA_P256),
		.not_before = FROM,
		.not_after = TO,
	};
}

static inline X509 *
root_of(enum testca_alg alg)
{
	return testca_root("Test CA", testca_key(alg), FROM - 1000, TO + 1000);
}

static inline X509 *
intermediate_of(X509 *root, const char *ca, const EVP_MD *md)
{
	const struct testca_spec spec = {
		.cn = "Intermediate CA",
		.key = testca_key(TESTCA_P384),
		.not_before = FROM + 1000,
		.not_after = TO - 1000,
		.serial = 7,
		.md = md,
		.ca = ca,
		.usage = "critical,keyCertSign,cRLSign",
	};

	return testca_issue(root, testca_key(TESTCA_P256_OTHER), &spec);
}

static inline int
forget_keys(void **state)
{
	(void)state;
	testca_free_keys();
	return 0;
}

#endif /* TRUSTS_H */
