/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/cert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sanyoso/text.h>

struct fixture {
	EVP_PKEY *key;
	X509 *ca;
	int64_t now;
	EVP_PKEY *terminal;
	char csr[8192];
};

static void
write_csr(X509_REQ *req, char *out, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len;

	assert_int_equal(PEM_write_bio_X509_REQ(bio, req), 1);
	len = BIO_read(bio, out, (int)size - 1);
	assert_true(len > 0);
	out[len] = '\0';
	(void)BIO_free(bio);
}

static void
make_csr(EVP_PKEY *key, const EVP_MD *md, char *out, size_t size)
{
	X509_REQ *req = X509_REQ_new();

	assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
	assert_true(X509_REQ_sign(req, key, md) > 0);
	write_csr(req, out, size);
	X509_REQ_free(req);
}

static int
setup(void **state)
{
	static struct fixture f;

	f.key = EVP_EC_gen("P-256");
	f.now = time(NULL);
	assert_int_equal(cert_make_ca(f.key, "test", &f.ca), SY_OK);
	f.terminal = EVP_EC_gen("P-256");
	make_csr(f.terminal, EVP_sha256(), f.csr, sizeof(f.csr));
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	EVP_PKEY_free(f->key);
	EVP_PKEY_free(f->terminal);
	X509_free(f->ca);
	return 0;
}

static enum sy_err
issue_csr(struct fixture *f, enum cert_use use, const char *name,
    const char *csr, int64_t life, X509 **ret)
{
	enum sy_err err;
	uint8_t *pem;
	size_t len;
	BIO *bio;

	err = cert_issue(f->key, f->ca, use, name, (const uint8_t *)csr,
	    strlen(csr), f->now, f->now + life, &pem, &len);
	if (err != SY_OK)
		return err;
	bio = BIO_new_mem_buf(pem, (int)len);
	*ret = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	assert_non_null(*ret);
	(void)BIO_free(bio);
	free(pem);
	return SY_OK;
}

static X509 *
issue(struct fixture *f, enum cert_use use, const char *name)
{
	X509 *cert = NULL;

	assert_int_equal(issue_csr(f, use, name, f->csr, CERT_DAY, &cert),
	    SY_OK);
	return cert;
}

static int
chain_says(struct fixture *f, X509 *cert, int purpose)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int r;

	assert_int_equal(X509_STORE_add_cert(store, f->ca), 1);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, cert, NULL), 1);
	assert_int_equal(X509_STORE_CTX_set_purpose(ctx, purpose), 1);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
	r = X509_verify_cert(ctx) == 1 ? X509_V_OK
				       : X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return r;
}

static void
expect_name(const X509_NAME *name, const char *cn)
{
	char text[256];

	assert_int_equal(X509_NAME_entry_count(name), 1);
	assert_true(X509_NAME_get_text_by_NID((X509_NAME *)(uintptr_t)name,
			NID_commonName, text, sizeof(text)) > 0);
	assert_string_equal(text, cn);
}

static void
the_ca_signs_certificates_and_nothing_else(void **state)
{
	struct fixture *f = *state;

	expect_name(X509_get_subject_name(f->ca), "test Sanyoso CA");
	expect_name(X509_get_issuer_name(f->ca), "test Sanyoso CA");
	assert_int_equal(X509_get_key_usage(f->ca), KU_KEY_CERT_SIGN);
	assert_int_equal(X509_get_pathlen(f->ca), 0);
	assert_int_equal(X509_check_ca(f->ca), 1);
	assert_int_equal(X509_verify(f->ca, f->key), 1);
	assert_true(X509_cmp_time(X509_get0_notAfter(f->ca),
			&(time_t){ f->now + 10LL * 365 * CERT_DAY }) > 0);
	assert_true(X509_cmp_time(X509_get0_notAfter(f->ca),
			&(time_t){ f->now + 20LL * 365 * CERT_DAY }) < 0);
}

static void
a_long_name_of_a_ca_is_cut(void **state)
{
	struct fixture *f = *state;
	char name[SY_HOST_SIZE], text[128];
	X509 *ca;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(cert_make_ca(f->key, name, &ca), SY_OK);
	assert_int_equal(X509_NAME_get_text_by_NID(X509_get_subject_name(ca),
			     NID_commonName, text, sizeof(text)),
	    64);
	assert_string_equal(text + 53, " Sanyoso CA");
	X509_free(ca);
}

static void
a_terminals_certificate_is_for_a_client_of_this_name(void **state)
{
	struct fixture *f = *state;
	X509 *cert = issue(f, CERT_TERMINAL, "counter-1.city"), *other;

	expect_name(X509_get_subject_name(cert), "counter-1.city");
	assert_int_equal(chain_says(f, cert, X509_PURPOSE_SSL_CLIENT),
	    X509_V_OK);
	assert_int_equal(chain_says(f, cert, X509_PURPOSE_SSL_SERVER),
	    X509_V_ERR_INVALID_PURPOSE);
	assert_int_equal(X509_get_key_usage(cert), KU_DIGITAL_SIGNATURE);
	assert_int_equal(X509_get_extended_key_usage(cert), XKU_SSL_CLIENT);
	assert_int_equal(X509_check_ca(cert), 0);
	assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(cert), f->terminal), 1);
	assert_true(X509_cmp_time(X509_get0_notBefore(cert),
			&(time_t){ f->now }) < 0);
	assert_true(X509_cmp_time(X509_get0_notAfter(cert),
			&(time_t){ f->now + CERT_DAY + 1 }) < 0);
	other = issue(f, CERT_TERMINAL, "counter-1.city");
	assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(cert),
				 X509_get0_serialNumber(other)),
	    0);
	X509_free(cert);
	X509_free(other);
}

static void
a_servers_certificate_is_for_its_name_or_address(void **state)
{
	static const struct {
		const char *name;
		bool address;
	} tc[] = {
		{ "server.example", false },
		{ "s", false },
		{ "a-label-of-63-characters-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx."
		  "x",
		    false },
		{ "a-name-that-is-longer-than-a-common-name-may-be.but-that-is-"
		  "one-of-a-host.example",
		    false },
		{ "10.99.0.1", true },
		{ "fd00::1", true },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		X509 *cert = issue(f, CERT_SERVER, tc[i].name);

		print_message("  %s\n", tc[i].name);
		assert_int_equal(chain_says(f, cert, X509_PURPOSE_SSL_SERVER),
		    X509_V_OK);
		assert_int_equal(chain_says(f, cert, X509_PURPOSE_SSL_CLIENT),
		    X509_V_ERR_INVALID_PURPOSE);
		assert_int_equal(tc[i].address
			? X509_check_ip_asc(cert, tc[i].name, 0)
			: X509_check_host(cert, tc[i].name, 0,
			      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL),
		    1);
		assert_int_equal(X509_check_host(cert, "other.example", 0, 0,
				     NULL),
		    0);
		X509_free(cert);
	}
}

static void
names_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = { "", ".", "a..b", "-a", "a-", "a-.b",
		".a", "a.", "a b", "a,DNS:b", "a\nb", "*.example", "a_b",
		"server.example:8443", "DNS:a",
		("a-label-that-is-longer-than-63-characters-"
		 "xxxxxxxxxxxxxxxxxxxxxx") };
	struct fixture *f = *state;
	X509 *cert;

	for (size_t i = 0; i < SY_COUNT(bad); i++) {
		print_message("  %s\n", bad[i]);
		assert_int_equal(issue_csr(f, CERT_SERVER, bad[i], f->csr,
				     CERT_DAY, &cert),
		    SY_ERR_ARG);
		assert_int_equal(issue_csr(f, CERT_TERMINAL, bad[i], f->csr,
				     CERT_DAY, &cert),
		    SY_ERR_ARG);
	}
	assert_int_equal(issue_csr(f, CERT_TERMINAL, "PC", f->csr, CERT_DAY,
			     &cert),
	    SY_ERR_ARG);
}

static void
no_certificate_outlives_its_bound(void **state)
{
	static const struct {
		enum cert_use use;
		int64_t life;
		enum sy_err err;
	} tc[] = {
		{ CERT_TERMINAL, INT64_C(366) * CERT_DAY, SY_OK },
		{ CERT_TERMINAL, INT64_C(366) * CERT_DAY + 1, SY_ERR_ARG },
		{ CERT_SERVER, INT64_C(825) * CERT_DAY, SY_OK },
		{ CERT_SERVER, INT64_C(825) * CERT_DAY + 1, SY_ERR_ARG },
		{ CERT_TERMINAL, 1, SY_OK },
		{ CERT_TERMINAL, 0, SY_ERR_ARG },
		{ CERT_TERMINAL, -1, SY_ERR_ARG },
		{ CERT_SERVER, INT64_MIN / 2, SY_ERR_ARG },
		{ CERT_SERVER, INT64_MAX / 2, SY_ERR_ARG },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		X509 *cert = NULL;

		assert_int_equal(issue_csr(f, tc[i].use, "a", f->csr,
				     tc[i].life, &cert),
		    tc[i].err);
		X509_free(cert);
	}
}

static EVP_PKEY *
key_of(const char *what)
{
	if (strcmp(what, "rsa") == 0)
		return EVP_RSA_gen(2048);
	if (strcmp(what, "ed25519") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return EVP_EC_gen(what);
}

static void
only_two_curves_are_certified(void **state)
{
	static const struct {
		const char *key;
		enum sy_err err;
	} tc[] = {
		{ "P-256", SY_OK },
		{ "P-384", SY_OK },
		{ "P-521", SY_ERR_ALGORITHM },
		{ "P-224", SY_ERR_ALGORITHM },
		{ "secp256k1", SY_ERR_ALGORITHM },
		{ "rsa", SY_ERR_ALGORITHM },
		{ "ed25519", SY_ERR_ALGORITHM },
	};
	struct fixture *f = *state;
	char csr[8192];

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		EVP_PKEY *key = key_of(tc[i].key);
		X509 *cert = NULL;

		print_message("  %s\n", tc[i].key);
		assert_non_null(key);
		make_csr(key,
		    strcmp(tc[i].key, "ed25519") == 0 ? NULL : EVP_sha256(),
		    csr, sizeof(csr));
		assert_int_equal(issue_csr(f, CERT_TERMINAL, "a", csr, CERT_DAY,
				     &cert),
		    tc[i].err);
		X509_free(cert);
		EVP_PKEY_free(key);
	}
}

static void
a_request_must_be_signed_by_its_own_key(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *other = EVP_EC_gen("P-256");
	X509_REQ *req = X509_REQ_new();
	X509 *cert;
	char csr[8192];

	assert_int_equal(X509_REQ_set_pubkey(req, f->terminal), 1);
	assert_true(X509_REQ_sign(req, other, EVP_sha256()) > 0);
	write_csr(req, csr, sizeof(csr));
	assert_int_equal(issue_csr(f, CERT_TERMINAL, "a", csr, CERT_DAY, &cert),
	    SY_ERR_SIGNATURE);
	X509_REQ_free(req);
	EVP_PKEY_free(other);
}

static void
what_a_request_wishes_for_itself_is_ignored(void **state)
{
	struct fixture *f = *state;
	X509_REQ *req = X509_REQ_new();
	STACK_OF(X509_EXTENSION) *wishes = sk_X509_EXTENSION_new_null();
	X509 *cert = NULL;
	char csr[8192];

	assert_int_equal(X509_REQ_set_pubkey(req, f->terminal), 1);
	assert_int_equal(
	    X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(req),
		NID_commonName, MBSTRING_ASC, (const unsigned char *)"root", -1,
		-1, 0),
	    1);
	assert_true(sk_X509_EXTENSION_push(wishes,
			X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
			    "critical,CA:TRUE")) > 0);
	assert_true(sk_X509_EXTENSION_push(wishes,
			X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
			    "DNS:server.example")) > 0);
	assert_int_equal(X509_REQ_add_extensions(req, wishes), 1);
	assert_true(X509_REQ_sign(req, f->terminal, EVP_sha256()) > 0);
	write_csr(req, csr, sizeof(csr));
	assert_int_equal(issue_csr(f, CERT_TERMINAL, "pc-1", csr, CERT_DAY,
			     &cert),
	    SY_OK);
	expect_name(X509_get_subject_name(cert), "pc-1");
	assert_int_equal(X509_check_ca(cert), 0);
	assert_int_equal(X509_get_ext_by_NID(cert, NID_subject_alt_name, -1),
	    -1);
	X509_free(cert);
	X509_REQ_free(req);
	sk_X509_EXTENSION_pop_free(wishes, X509_EXTENSION_free);
}

static void
what_is_no_request_is_refused(void **state)
{
	struct fixture *f = *state;
	const size_t len = strlen(f->csr);
	char copy[sizeof(f->csr)];
	X509 *cert;

	assert_int_equal(issue_csr(f, CERT_TERMINAL, "a", "", CERT_DAY, &cert),
	    SY_ERR_FORMAT);
	assert_int_equal(issue_csr(f, CERT_TERMINAL, "a", "garbage", CERT_DAY,
			     &cert),
	    SY_ERR_FORMAT);
	for (size_t cut = 0; cut + 30 < len; cut += 7) {
		memcpy(copy, f->csr, len + 1);
		copy[cut] = '\0';
		assert_int_equal(issue_csr(f, CERT_TERMINAL, "a", copy,
				     CERT_DAY, &cert),
		    SY_ERR_FORMAT);
	}
}

/* CARD-8: made for the key that the card made, and for nothing but cards. */
static void
a_persons_certificate_logs_in_and_opens_no_tls(void **state)
{
	static const struct {
		const char *handle;
		int64_t life;
		enum sy_err err;
	} tc[] = {
		{ "00ff", CERT_DAY, SY_OK },
		{ "00ff", CERT_PERSON_MAX, SY_OK },
		{ "00ff", CERT_PERSON_MAX + 1, SY_ERR_ARG },
		{ "00ff", 0, SY_ERR_ARG },
		{ "", CERT_DAY, SY_ERR_ARG },
		{ "suzuki hanako", CERT_DAY, SY_ERR_ARG },
	};
	struct fixture *f = *state;
	uint8_t spki[512], *at = spki, *der;
	const int len = i2d_PUBKEY(f->terminal, &at);
	size_t der_len;

	assert_true(len > 0);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const uint8_t *read;
		X509 *cert;

		print_message("  \"%s\"\n", tc[i].handle);
		assert_int_equal(cert_issue_person(f->key, f->ca, tc[i].handle,
				     spki, (size_t)len, f->now,
				     f->now + tc[i].life, &der, &der_len),
		    tc[i].err);
		if (tc[i].err != SY_OK)
			continue;
		read = der;
		cert = d2i_X509(NULL, &read, (long)der_len);
		assert_non_null(cert);
		expect_name(X509_get_subject_name(cert), tc[i].handle);
		assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(cert),
				     f->terminal),
		    1);
		assert_int_equal(chain_says(f, cert, X509_PURPOSE_ANY),
		    X509_V_OK);
		assert_int_not_equal(chain_says(f, cert,
					 X509_PURPOSE_SSL_CLIENT),
		    X509_V_OK);
		X509_free(cert);
		free(der);
	}
	/* What no card makes here. */
	assert_int_equal(cert_issue_person(f->key, f->ca, "0", spki,
			     (size_t)len - 1, f->now, f->now + CERT_DAY, &der,
			     &der_len),
	    SY_ERR_FORMAT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_ca_signs_certificates_and_nothing_else),
		CASE(a_long_name_of_a_ca_is_cut),
		CASE(a_terminals_certificate_is_for_a_client_of_this_name),
		CASE(a_servers_certificate_is_for_its_name_or_address),
		CASE(names_that_are_none_are_refused),
		CASE(no_certificate_outlives_its_bound),
		CASE(only_two_curves_are_certified),
		CASE(a_request_must_be_signed_by_its_own_key),
		CASE(what_a_request_wishes_for_itself_is_ignored),
		CASE(what_is_no_request_is_refused),
		CASE(a_persons_certificate_logs_in_and_opens_no_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
