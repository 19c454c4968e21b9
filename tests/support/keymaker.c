/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "tests/support/keymaker.h"

#define MUST(what)                                                             \
	do {                                                                   \
		if (!(what)) {                                                 \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__,         \
			    __LINE__, #what);                                  \
			abort();                                               \
		}                                                              \
	} while (0)

void
blob_add(struct blob *b, const void *p, size_t len)
{
	MUST(len <= sizeof(b->data) - b->len);
	if (len > 0)
		memcpy(b->data + b->len, p, len);
	b->len += len;
}

void
blob_u8(struct blob *b, unsigned int v)
{
	const uint8_t byte = (uint8_t)v;

	blob_add(b, &byte, 1);
}

void
blob_u16(struct blob *b, unsigned int v)
{
	blob_u8(b, v >> 8 & 0xff);
	blob_u8(b, v & 0xff);
}

void
blob_u32(struct blob *b, uint32_t v)
{
	blob_u16(b, v >> 16);
	blob_u16(b, v & 0xffff);
}

void
cbor_head(struct blob *b, unsigned int major, uint64_t value)
{
	if (value < 24) {
		blob_u8(b, major << 5 | (unsigned int)value);
	} else if (value <= UINT8_MAX) {
		blob_u8(b, major << 5 | 24);
		blob_u8(b, (unsigned int)value);
	} else if (value <= UINT16_MAX) {
		blob_u8(b, major << 5 | 25);
		blob_u16(b, (unsigned int)value);
	} else if (value <= UINT32_MAX) {
		blob_u8(b, major << 5 | 26);
		blob_u32(b, (uint32_t)value);
	} else {
		blob_u8(b, major << 5 | 27);
		blob_u32(b, (uint32_t)(value >> 32));
		blob_u32(b, (uint32_t)value);
	}
}

void
cbor_int(struct blob *b, int v)
{
	if (v >= 0)
		cbor_head(b, 0, (uint64_t)v);
	else
		cbor_head(b, 1, (uint64_t)(-1 - v));
}

void
cbor_bytes(struct blob *b, const void *p, size_t len)
{
	cbor_head(b, 2, len);
	blob_add(b, p, len);
}

void
cbor_text(struct blob *b, const char *text)
{
	cbor_head(b, 3, strlen(text));
	blob_add(b, text, strlen(text));
}

int
keymaker_alg(EVP_PKEY *key)
{
	if (EVP_PKEY_is_a(key, "RSA"))
		return -257;
	if (EVP_PKEY_is_a(key, "ED25519"))
		return -8;
	return EVP_PKEY_get_bits(key) == 384 ? -35 : -7;
}

static void
cose_number(struct blob *b, int label, EVP_PKEY *key, const char *name)
{
	uint8_t bytes[512];
	BIGNUM *n = NULL;

	MUST(EVP_PKEY_get_bn_param(key, name, &n));
	MUST(BN_num_bytes(n) <= (int)sizeof(bytes));
	cbor_int(b, label);
	cbor_bytes(b, bytes, (size_t)BN_bn2bin(n, bytes));
	BN_free(n);
}

static void
cose_point(struct blob *b, EVP_PKEY *key)
{
	uint8_t point[256];
	size_t len, half;

	MUST(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
	    point, sizeof(point), &len));
	MUST(len % 2 == 1 && point[0] == 4);
	half = len / 2;
	cbor_int(b, -1);
	cbor_int(b, half == 48 ? 2 : half == 66 ? 3 : 1);
	cbor_int(b, -2);
	cbor_bytes(b, point + 1, half);
	cbor_int(b, -3);
	cbor_bytes(b, point + 1 + half, half);
}

static void
cose_edwards(struct blob *b, EVP_PKEY *key)
{
	uint8_t point[32];
	size_t len = sizeof(point);

	MUST(EVP_PKEY_get_raw_public_key(key, point, &len));
	cbor_int(b, -1);
	cbor_int(b, 6);
	cbor_int(b, -2);
	cbor_bytes(b, point, len);
}

void
keymaker_cose(struct blob *b, EVP_PKEY *key)
{
	const bool rsa = EVP_PKEY_is_a(key, "RSA");
	const bool edwards = EVP_PKEY_is_a(key, "ED25519");

	cbor_head(b, 5, rsa || edwards ? 4 : 5);
	cbor_int(b, 1);
	cbor_int(b, rsa ? 3 : edwards ? 1 : 2);
	cbor_int(b, 3);
	cbor_int(b, keymaker_alg(key));
	if (rsa) {
		cose_number(b, -1, key, OSSL_PKEY_PARAM_RSA_N);
		cose_number(b, -2, key, OSSL_PKEY_PARAM_RSA_E);
	} else if (edwards) {
		cose_edwards(b, key);
	} else {
		cose_point(b, key);
	}
}

void
keymaker_authdata(struct blob *b, const struct keymaker_authdata *what)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];

	SHA256((const uint8_t *)what->rp_id, strlen(what->rp_id), hash);
	blob_add(b, hash, sizeof(hash));
	blob_u8(b, what->flags);
	blob_u32(b, what->counter);
	if (what->key != NULL) {
		blob_add(b, what->aaguid, 16);
		blob_u16(b, (unsigned int)what->id_len);
		blob_add(b, what->id, what->id_len);
		keymaker_cose(b, what->key);
	}
	if (what->extensions != NULL)
		blob_add(b, what->extensions->data, what->extensions->len);
}

/* base64url by OpenSSL's base64. */
static void
challenge_text(const uint8_t challenge[32], char out[48])
{
	EVP_EncodeBlock((uint8_t *)out, challenge, 32);
	for (char *c = out; *c != '\0'; c++) {
		if (*c == '+')
			*c = '-';
		else if (*c == '/')
			*c = '_';
		else if (*c == '=')
			*c = '\0';
	}
}

void
keymaker_client_data(struct blob *b, const char *type,
    const uint8_t challenge[32], const char *origin)
{
	char letters[48], text[1024];
	int len;

	challenge_text(challenge, letters);
	len = snprintf(text, sizeof(text),
	    "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\","
	    "\"crossOrigin\":false}",
	    type, letters, origin);
	MUST(len > 0 && (size_t)len < sizeof(text));
	blob_add(b, text, (size_t)len);
}

void
keymaker_uvm(struct blob *b, const uint32_t *methods, size_t count)
{
	cbor_head(b, 5, 1);
	cbor_text(b, "uvm");
	cbor_head(b, 4, count);
	for (size_t i = 0; i < count; i++) {
		cbor_head(b, 4, 3);
		cbor_head(b, 0, methods[i]);
		cbor_int(b, 2);
		cbor_int(b, 4);
	}
}

void
keymaker_sign(struct blob *sig, EVP_PKEY *key, const struct blob *authdata,
    const struct blob *client_data)
{
	static struct blob message;
	uint8_t hash[SHA256_DIGEST_LENGTH];

	message.len = 0;
	SHA256(client_data->data, client_data->len, hash);
	blob_add(&message, authdata->data, authdata->len);
	blob_add(&message, hash, sizeof(hash));
	sig->len =
	    testca_sign_message(key, message.data, message.len, sig->data);
}

static const char *
or_else(const char *text, const char *def)
{
	return text != NULL ? text : def;
}

static void
add_name(X509_NAME *name, int nid, const char *text)
{
	if (text[0] != '\0')
		MUST(X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
		    (const uint8_t *)text, -1, -1, 0));
}

static void
add_aaguid(X509 *x, const struct keymaker_cert *spec)
{
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	const size_t len = spec->aaguid_len != 0 ? spec->aaguid_len : 16;
	uint8_t der[64] = { 0x04, (uint8_t)len };
	X509_EXTENSION *ext;

	memcpy(der + 2, spec->aaguid, len < 16 ? len : 16);
	MUST(ASN1_OCTET_STRING_set(value, der, (int)len + 2));
	ext = X509_EXTENSION_create_by_OBJ(NULL, oid, spec->aaguid_critical,
	    value);
	MUST(ext != NULL);
	for (int i = 0; i <= spec->aaguid_twice; i++)
		MUST(X509_add_ext(x, ext, -1));
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
}

X509 *
keymaker_issue(X509 *issuer, EVP_PKEY *issuer_key,
    const struct keymaker_cert *spec)
{
	const char *ca = or_else(spec->ca, "critical,CA:FALSE");
	const struct testca_spec base = {
		.cn = "replaced",
		.key = spec->key,
		.not_before = spec->not_before,
		.not_after = spec->not_after,
		.usage = "",
		.ca = ca[0] != '\0' ? ca : NULL,
	};
	X509 *x = testca_issue(issuer, issuer_key, &base);
	X509_NAME *name = X509_NAME_new();
	const EVP_MD *md = spec->md != NULL ? spec->md : EVP_sha256();

	add_name(name, NID_countryName, or_else(spec->country, "JP"));
	add_name(name, NID_organizationName, or_else(spec->maker, "Maker"));
	add_name(name, NID_organizationalUnitName,
	    or_else(spec->unit, "Authenticator Attestation"));
	add_name(name, NID_commonName, or_else(spec->name, "Key"));
	MUST(X509_set_subject_name(x, name));
	if (issuer == NULL)
		MUST(X509_set_issuer_name(x, name));
	if (spec->aaguid != NULL)
		add_aaguid(x, spec);
	if (spec->version_1)
		MUST(X509_set_version(x, X509_VERSION_1));
	MUST(X509_sign(x, issuer_key, md) > 0);
	X509_NAME_free(name);
	return x;
}

void
keymaker_statement(struct blob *b, int alg, const struct blob *sig,
    X509 *const *certs, size_t count)
{
	cbor_head(b, 5, 1U + (alg != 0) + (count > 0));
	if (alg != 0) {
		cbor_text(b, "alg");
		cbor_int(b, alg);
	}
	cbor_text(b, "sig");
	cbor_bytes(b, sig->data, sig->len);
	if (count == 0)
		return;
	cbor_text(b, "x5c");
	cbor_head(b, 4, count);
	for (size_t i = 0; i < count; i++) {
		size_t len;
		uint8_t *der = testca_der(certs[i], &len);

		cbor_bytes(b, der, len);
		free(der);
	}
}

void
keymaker_sign_u2f(struct blob *sig, EVP_PKEY *by, const char *rp_id,
    const struct blob *client_data, const uint8_t *id, size_t id_len,
    EVP_PKEY *key)
{
	static struct blob message;
	uint8_t hash[SHA256_DIGEST_LENGTH], point[256];
	size_t len;

	message.len = 0;
	blob_u8(&message, 0);
	SHA256((const uint8_t *)rp_id, strlen(rp_id), hash);
	blob_add(&message, hash, sizeof(hash));
	SHA256(client_data->data, client_data->len, hash);
	blob_add(&message, hash, sizeof(hash));
	blob_add(&message, id, id_len);
	MUST(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
	    point, sizeof(point), &len));
	blob_add(&message, point, len);
	sig->len =
	    testca_sign_message(by, message.data, message.len, sig->data);
}

/* At the end of ${text}, which has room. */
static void
add_base64(char *text, const void *p, size_t len, bool url)
{
	char *c = text + strlen(text);

	EVP_EncodeBlock((uint8_t *)c, p, (int)len);
	for (; url && *c != '\0'; c++) {
		if (*c == '+')
			*c = '-';
		else if (*c == '/')
			*c = '_';
		else if (*c == '=')
			*c = '\0';
	}
}

char *
keymaker_base64(X509 *x)
{
	size_t len;
	uint8_t *der = testca_der(x, &len);
	char *text = calloc(1, len * 2 + 8);

	MUST(text != NULL);
	add_base64(text, der, len, false);
	free(der);
	return text;
}

/* r and s in 32 bytes each, as JOSE has them. */
static size_t
flat_signature(uint8_t *sig, size_t len)
{
	const uint8_t *at = sig;
	ECDSA_SIG *rs = d2i_ECDSA_SIG(NULL, &at, (long)len);

	MUST(rs != NULL);
	MUST(BN_bn2binpad(ECDSA_SIG_get0_r(rs), sig, 32) == 32);
	MUST(BN_bn2binpad(ECDSA_SIG_get0_s(rs), sig + 32, 32) == 32);
	ECDSA_SIG_free(rs);
	return 64;
}

char *
keymaker_jwt(const char *alg, X509 *const *certs, size_t count, EVP_PKEY *key,
    const char *payload)
{
	char *header = calloc(1, 65536);
	char *jwt = calloc(1, 131072 + strlen(payload) * 2);
	uint8_t sig[512];
	size_t len;

	MUST(header != NULL && jwt != NULL);
	(void)snprintf(header, 128, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"x5c\":[",
	    alg);
	for (size_t i = 0; i < count; i++) {
		char *text = keymaker_base64(certs[i]);

		MUST(strlen(header) + strlen(text) < 65000);
		(void)snprintf(header + strlen(header), 65536 - strlen(header),
		    "%s\"%s\"", i > 0 ? "," : "", text);
		free(text);
	}
	(void)snprintf(header + strlen(header), 8, "]}");
	add_base64(jwt, header, strlen(header), true);
	jwt[strlen(jwt)] = '.';
	add_base64(jwt, payload, strlen(payload), true);
	len = testca_sign_message(key, jwt, strlen(jwt), sig);
	if (EVP_PKEY_is_a(key, "EC"))
		len = flat_signature(sig, len);
	jwt[strlen(jwt)] = '.';
	add_base64(jwt, sig, len, true);
	free(header);
	return jwt;
}
