/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tests/support/testca.h"

#define SIGNATURE_ROOM 512

/* End the program unless it went well. */
#define MUST(good) must((good), #good, __LINE__)

static EVP_PKEY *keys[TESTCA_ALG_COUNT];

static void
must(bool good, const char *what, int line)
{
	if (good)
		return;
	fprintf(stderr, "testca.c:%d: %s\n", line, what);
	ERR_print_errors_fp(stderr);
	abort();
}

static EVP_PKEY *
new_key(enum testca_alg alg)
{
	switch (alg) {
	case TESTCA_P256:
	case TESTCA_P256_OTHER:
		return EVP_EC_gen("P-256");
	case TESTCA_P384:
		return EVP_EC_gen("P-384");
	case TESTCA_P521:
		return EVP_EC_gen("P-521");
	case TESTCA_RSA1024:
		return EVP_RSA_gen(1024);
	case TESTCA_RSA2048:
		return EVP_RSA_gen(2048);
	case TESTCA_RSA3072:
		return EVP_RSA_gen(3072);
	case TESTCA_RSA4096:
		return EVP_RSA_gen(4096);
	case TESTCA_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case TESTCA_ALG_COUNT:
		break;
	}
	return NULL;
}

EVP_PKEY *
testca_key(enum testca_alg alg)
{
	if (keys[alg] == NULL)
		keys[alg] = new_key(alg);
	MUST(keys[alg] != NULL);
	return keys[alg];
}

void
testca_free_keys(void)
{
	for (int i = 0; i < TESTCA_ALG_COUNT; i++) {
		EVP_PKEY_free(keys[i]);
		keys[i] = NULL;
	}
}

uint8_t *
testca_spki(EVP_PKEY *key, size_t *ret_len)
{
	const int len = i2d_PUBKEY(key, NULL);
	uint8_t *der, *at;

	MUST(len > 0);
	MUST((der = at = malloc((size_t)len)) != NULL);
	MUST(i2d_PUBKEY(key, &at) == len);
	*ret_len = (size_t)len;
	return der;
}

static void
extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	MUST(extension != NULL);
	MUST(X509_add_ext(x, extension, -1));
	X509_EXTENSION_free(extension);
}

/* One that no verifier knows; 2.999 is the arc for examples (ITU-T X.660). */
static X509_EXTENSION *
strange_extension(void)
{
	ASN1_OBJECT *oid = OBJ_txt2obj("2.999.1", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	MUST(oid != NULL && value != NULL);
	MUST(ASN1_OCTET_STRING_set(value, (const uint8_t *)"\x05\x00", 2));
	extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	MUST(extension != NULL);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(value);
	return extension;
}

static void
set_extensions(X509 *x, X509 *issuer, const struct testca_spec *spec)
{
	const char *usage =
	    spec->usage != NULL ? spec->usage : "critical,digitalSignature";

	extend(x, issuer, NID_subject_key_identifier, "hash");
	extend(x, issuer, NID_authority_key_identifier, "keyid");
	if (spec->ca != NULL)
		extend(x, issuer, NID_basic_constraints, spec->ca);
	if (usage[0] != '\0')
		extend(x, issuer, NID_key_usage, usage);
	if (spec->extended != NULL)
		extend(x, issuer, NID_ext_key_usage, spec->extended);
	if (spec->names != NULL)
		extend(x, issuer, NID_subject_alt_name, spec->names);
	if (spec->strange) {
		X509_EXTENSION *extension = strange_extension();

		MUST(X509_add_ext(x, extension, -1));
		X509_EXTENSION_free(extension);
	}
}

/* Ed25519 hashes by itself. */
static const EVP_MD *
md_for(EVP_PKEY *key, const EVP_MD *md)
{
	if (EVP_PKEY_is_a(key, "ED25519"))
		return NULL;
	return md != NULL ? md : EVP_sha256();
}

X509 *
testca_issue(X509 *issuer, EVP_PKEY *issuer_key, const struct testca_spec *spec)
{
	X509 *x = X509_new();
	X509_NAME *name;

	MUST(x != NULL);
	MUST(X509_set_version(x, X509_VERSION_3));
	MUST(ASN1_INTEGER_set(X509_get_serialNumber(x),
	    spec->serial != 0 ? spec->serial : 1));
	MUST(ASN1_TIME_set(X509_getm_notBefore(x), spec->not_before) != NULL);
	MUST(ASN1_TIME_set(X509_getm_notAfter(x), spec->not_after) != NULL);
	name = X509_get_subject_name(x);
	if (spec->cn != NULL)
		MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		    (const uint8_t *)spec->cn, -1, -1, 0));
	MUST(X509_set_issuer_name(x,
	    issuer != NULL ? X509_get_subject_name(issuer) : name));
	MUST(X509_set_pubkey(x, spec->key));
	set_extensions(x, issuer != NULL ? issuer : x, spec);
	MUST(X509_sign(x, issuer_key, md_for(issuer_key, spec->md)) > 0);
	return x;
}

X509 *
testca_root(const char *cn, EVP_PKEY *key, int64_t from, int64_t to)
{
	const struct testca_spec spec = {
		.cn = cn,
		.key = key,
		.not_before = from,
		.not_after = to,
		.ca = "critical,CA:TRUE",
		.usage = "critical,keyCertSign,cRLSign",
	};

	return testca_issue(NULL, key, &spec);
}

static void
add_revoked(X509_CRL *crl, long serial, int64_t when, bool strange)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	ASN1_TIME *time = ASN1_TIME_set(NULL, when);

	MUST(entry != NULL && number != NULL && time != NULL);
	MUST(ASN1_INTEGER_set(number, serial));
	MUST(X509_REVOKED_set_serialNumber(entry, number));
	MUST(X509_REVOKED_set_revocationDate(entry, time));
	if (strange) {
		X509_EXTENSION *extension = strange_extension();

		MUST(X509_REVOKED_add_ext(entry, extension, -1));
		X509_EXTENSION_free(extension);
	}
	MUST(X509_CRL_add0_revoked(crl, entry));
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(time);
}

static void
set_crl_dates(X509_CRL *crl, const struct testca_crl_spec *spec)
{
	ASN1_TIME *time = ASN1_TIME_set(NULL, spec->this_update);

	MUST(time != NULL);
	MUST(X509_CRL_set1_lastUpdate(crl, time));
	if (spec->next_update != 0) {
		MUST(ASN1_TIME_set(time, spec->next_update) != NULL);
		MUST(X509_CRL_set1_nextUpdate(crl, time));
	}
	ASN1_TIME_free(time);
}

X509_CRL *
testca_crl(X509 *issuer, EVP_PKEY *key, const struct testca_crl_spec *spec)
{
	X509_CRL *crl = X509_CRL_new();

	MUST(crl != NULL);
	MUST(X509_CRL_set_version(crl, X509_CRL_VERSION_2));
	MUST(X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)));
	set_crl_dates(crl, spec);
	for (size_t i = 0; i < spec->count; i++)
		add_revoked(crl, spec->serials[i], spec->this_update,
		    spec->strange_entry && i == 0);
	if (spec->partial) {
		X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL,
		    NID_issuing_distribution_point, "critical,onlyuser:TRUE");

		MUST(extension != NULL);
		MUST(X509_CRL_add_ext(crl, extension, -1));
		X509_EXTENSION_free(extension);
	}
	MUST(X509_CRL_sign(crl, key, md_for(key, spec->md)) > 0);
	return crl;
}

uint8_t *
testca_der(X509 *x, size_t *ret_len)
{
	const int len = i2d_X509(x, NULL);
	uint8_t *der, *at;

	MUST(len > 0);
	MUST((der = at = malloc((size_t)len)) != NULL);
	MUST(i2d_X509(x, &at) == len);
	*ret_len = (size_t)len;
	return der;
}

static char *
text_of(BIO *bio)
{
	const char *data;
	const long len = BIO_get_mem_data(bio, &data);
	char *text;

	MUST(len > 0);
	MUST((text = strndup(data, (size_t)len)) != NULL);
	BIO_free(bio);
	return text;
}

char *
testca_pem(X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());

	MUST(bio != NULL);
	MUST(PEM_write_bio_X509(bio, x));
	return text_of(bio);
}

char *
testca_crl_pem(X509_CRL *crl)
{
	BIO *bio = BIO_new(BIO_s_mem());

	MUST(bio != NULL);
	MUST(PEM_write_bio_X509_CRL(bio, crl));
	return text_of(bio);
}

size_t
testca_sign(EVP_PKEY *key, const uint8_t *digest, size_t len, uint8_t *sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t sig_len = SIGNATURE_ROOM;

	MUST(ctx != NULL);
	MUST(EVP_PKEY_sign_init(ctx) > 0);
	if (EVP_PKEY_is_a(key, "RSA"))
		MUST(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0);
	MUST(EVP_PKEY_CTX_set_signature_md(ctx,
		 len == 48 ? EVP_sha384() : EVP_sha256()) > 0);
	MUST(EVP_PKEY_sign(ctx, sig, &sig_len, digest, len) > 0);
	EVP_PKEY_CTX_free(ctx);
	return sig_len;
}

size_t
testca_sign_message(EVP_PKEY *key, const void *message, size_t len,
    uint8_t *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const bool p384 =
	    EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) == 384;
	size_t sig_len = SIGNATURE_ROOM;

	MUST(ctx != NULL);
	MUST(EVP_DigestSignInit(ctx, NULL,
		 md_for(key, p384 ? EVP_sha384() : NULL), NULL, key) > 0);
	MUST(EVP_DigestSign(ctx, sig, &sig_len, message, len) > 0);
	EVP_MD_CTX_free(ctx);
	return sig_len;
}
