/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "key.h"

static const struct {
	const char *name;
	enum vc_alg alg;
	size_t size;
	unsigned int bits; /* RSA */
	const char *curve; /* EC */
} algs[] = {
	{ "rsa1024", VC_RSA1024, 128, 1024, NULL },
	{ "rsa2048", VC_RSA2048, 256, 2048, NULL },
	{ "rsa3072", VC_RSA3072, 384, 3072, NULL },
	{ "p256", VC_P256, 32, 0, "P-256" },
	{ "p384", VC_P384, 48, 0, "P-384" },
};

static void
ctx_free(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static void
bn_free(BIGNUM **bn)
{
	BN_free(*bn);
}

static void
der_free(unsigned char **der)
{
	OPENSSL_free(*der);
}

enum sy_err
vc_key_generate(enum vc_alg alg, EVP_PKEY **ret)
{
	EVP_PKEY *pkey = NULL;

	for (size_t i = 0; i < SY_COUNT(algs); i++) {
		if (algs[i].alg != alg)
			continue;
		if (algs[i].curve != NULL)
			pkey = EVP_EC_gen(algs[i].curve);
		else
			pkey = EVP_RSA_gen(algs[i].bits);
		if (pkey == NULL)
			return SY_ERR_CRYPTO;
		*ret = pkey;
		return SY_OK;
	}
	return SY_ERR_ARG;
}

enum sy_err
vc_alg_by_name(const char *name, enum vc_alg *ret)
{
	for (size_t i = 0; i < SY_COUNT(algs); i++) {
		if (strcmp(algs[i].name, name) == 0) {
			*ret = algs[i].alg;
			return SY_OK;
		}
	}
	return SY_ERR_NOT_FOUND;
}

bool
vc_alg_is_rsa(enum vc_alg alg)
{
	return alg != VC_P256 && alg != VC_P384;
}

size_t
vc_alg_size(enum vc_alg alg)
{
	for (size_t i = 0; i < SY_COUNT(algs); i++)
		if (algs[i].alg == alg)
			return algs[i].size;
	return 0;
}

enum sy_err
vc_key_to_der(const EVP_PKEY *pkey, struct vc_bytes *out)
{
	SY_AUTO(der_free) unsigned char *der = NULL;
	const int len = i2d_PrivateKey(pkey, &der);

	if (len <= 0)
		return SY_ERR_CRYPTO;
	vc_bytes_raw(out, der, (size_t)len);
	return out->bad ? SY_ERR_LIMIT : SY_OK;
}

enum sy_err
vc_key_from_der(const uint8_t *p, size_t len, EVP_PKEY **ret)
{
	EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &p, (long)len);

	if (pkey == NULL)
		return SY_ERR_FORMAT;
	*ret = pkey;
	return SY_OK;
}

/* ${padding} is an RSA padding mode, 0 for EC. */
static enum sy_err
sign(EVP_PKEY *pkey, int padding, const uint8_t *p, size_t len,
    struct vc_bytes *out)
{
	SY_AUTO(ctx_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	uint8_t sig[512];
	size_t siglen = sizeof(sig);

	if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 ||
	    (padding != 0 && EVP_PKEY_CTX_set_rsa_padding(ctx, padding) != 1))
		return SY_ERR_CRYPTO;
	if (EVP_PKEY_sign(ctx, sig, &siglen, p, len) != 1)
		return SY_ERR_FORMAT;
	vc_bytes_raw(out, sig, siglen);
	return out->bad ? SY_ERR_LIMIT : SY_OK;
}

enum sy_err
vc_key_rsa_raw(EVP_PKEY *pkey, const uint8_t *p, size_t len,
    struct vc_bytes *out)
{
	return sign(pkey, RSA_NO_PADDING, p, len, out);
}

enum sy_err
vc_key_rsa_pkcs1(EVP_PKEY *pkey, const uint8_t *p, size_t len,
    struct vc_bytes *out)
{
	return sign(pkey, RSA_PKCS1_PADDING, p, len, out);
}

enum sy_err
vc_key_ecdsa(EVP_PKEY *pkey, const uint8_t *p, size_t len, struct vc_bytes *out)
{
	return sign(pkey, 0, p, len, out);
}

static enum sy_err
put_number(EVP_PKEY *pkey, const char *param, uint32_t tag,
    struct vc_bytes *out)
{
	SY_AUTO(bn_free) BIGNUM *n = NULL;
	uint8_t raw[512];

	if (EVP_PKEY_get_bn_param(pkey, param, &n) != 1 ||
	    BN_num_bytes(n) > (int)sizeof(raw))
		return SY_ERR_CRYPTO;
	vc_bytes_tlv(out, tag, raw, (size_t)BN_bn2bin(n, raw));
	return SY_OK;
}

enum sy_err
vc_key_public(EVP_PKEY *pkey, bool rsa, struct vc_bytes *out)
{
	struct vc_bytes inner;
	uint8_t point[133];
	enum sy_err err;
	size_t len;

	vc_bytes_reset(&inner);
	if (rsa) {
		if ((err = put_number(pkey, OSSL_PKEY_PARAM_RSA_N, 0x81,
			 &inner)) != SY_OK ||
		    (err = put_number(pkey, OSSL_PKEY_PARAM_RSA_E, 0x82,
			 &inner)) != SY_OK)
			return err;
	} else {
		if (EVP_PKEY_get_octet_string_param(pkey,
			OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point,
			sizeof(point), &len) != 1)
			return SY_ERR_CRYPTO;
		vc_bytes_tlv(&inner, 0x86, point, len);
	}
	vc_bytes_tlv(out, 0x7f49, inner.b, inner.len);
	return out->bad ? SY_ERR_LIMIT : SY_OK;
}
