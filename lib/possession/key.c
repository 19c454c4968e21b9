/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <sanyoso/key.h>

#include "der.h"
#include "spki.h"

#define PLACE "public key"

struct sy_key {
	enum sy_key_alg alg;
	/* Ready to verify and never used itself: each verification takes a
	 * copy, which costs two allocations instead of OpenSSL's look-ups. */
	EVP_PKEY_CTX *verify;
	/* The same for Ed25519, which takes no digest. */
	EVP_MD_CTX *whole;
	size_t spki_len;
	uint8_t spki[];
};

/* Orders of the groups (SP 800-186 section 3.2.1). */
static const uint8_t p256_order[32] = { 0xff, 0xff, 0xff, 0xff, 0x00, 0x00,
	0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
	0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
	0x25, 0x51 };
static const uint8_t p384_order[48] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37,
	0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec,
	0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73 };

/* One row per kind of key. */
static const struct {
	const char *name;
	enum sy_spki_family family;
	size_t bits;
	enum sy_hash hash;
	const uint8_t *order; /* EC only */
	size_t order_len;
} algs[] = {
	[SY_KEY_NONE] = { "none", 0, 0, SY_HASH_SHA256, NULL, 0 },
	[SY_KEY_P256] = { "P-256", SY_SPKI_P256, 256, SY_HASH_SHA256,
	    p256_order, sizeof(p256_order) },
	[SY_KEY_P384] = { "P-384", SY_SPKI_P384, 384, SY_HASH_SHA384,
	    p384_order, sizeof(p384_order) },
	[SY_KEY_RSA2048] = { "RSA-2048", SY_SPKI_RSA, 2048, SY_HASH_SHA256,
	    NULL, 0 },
	[SY_KEY_RSA3072] = { "RSA-3072", SY_SPKI_RSA, 3072, SY_HASH_SHA256,
	    NULL, 0 },
	[SY_KEY_ED25519] = { "Ed25519", SY_SPKI_ED25519, 256, SY_HASH_SHA256,
	    NULL, 0 },
};
#define ED25519_SIGNATURE_LEN 64 /* RFC 8032 section 5.1.6 */

static enum sy_key_alg
alg_of(const struct sy_spki *spki)
{
	for (size_t i = SY_KEY_NONE + 1; i < SY_COUNT(algs); i++) {
		if (algs[i].family == spki->family &&
		    algs[i].bits == spki->bits)
			return (enum sy_key_alg)i;
	}
	return SY_KEY_NONE;
}

static bool
alg_known(enum sy_key_alg alg)
{
	return (unsigned int)alg < SY_COUNT(algs);
}

static void
free_bn(BIGNUM **bn)
{
	BN_free(*bn);
}

static void
free_bld(OSSL_PARAM_BLD **bld)
{
	OSSL_PARAM_BLD_free(*bld);
}

static void
free_params(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
}

static void
free_ctx(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static void
free_md_ctx(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static void
free_pkey(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
}

/* Building from numbers goes around OpenSSL's decoder; that the point lies on
 * the curve is checked on the way. */
static enum sy_err
import(const char *type, OSSL_PARAM_BLD *bld, EVP_PKEY **ret_pkey,
    struct sy_error *reterr)
{
	SY_AUTO(free_params) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	SY_AUTO(free_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

	if (params == NULL || ctx == NULL)
		return SY_ERR_NOMEM;
	if (EVP_PKEY_fromdata_init(ctx) <= 0)
		return SY_ERR_CRYPTO;
	if (EVP_PKEY_fromdata(ctx, ret_pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "the numbers make no %s key", type);
	return SY_OK;
}

static enum sy_err
import_ec(const struct sy_spki *spki, const char *group, EVP_PKEY **ret_pkey,
    struct sy_error *reterr)
{
	SY_AUTO(free_bld) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();

	if (bld == NULL ||
	    !OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
		group, 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
		spki->point, spki->point_len))
		return SY_ERR_NOMEM;
	return import("EC", bld, ret_pkey, reterr);
}

static enum sy_err
import_rsa(const struct sy_spki *spki, EVP_PKEY **ret_pkey,
    struct sy_error *reterr)
{
	SY_AUTO(free_bld) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	SY_AUTO(free_bn)
	BIGNUM *n = BN_bin2bn(spki->n, (int)spki->n_len, NULL);
	SY_AUTO(free_bn)
	BIGNUM *e = BN_bin2bn(spki->e, (int)spki->e_len, NULL);

	if (bld == NULL || n == NULL || e == NULL ||
	    !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e))
		return SY_ERR_NOMEM;
	return import("RSA", bld, ret_pkey, reterr);
}

static const EVP_MD *
md_of(enum sy_key_alg alg)
{
	return algs[alg].hash == SY_HASH_SHA384 ? EVP_sha384() : EVP_sha256();
}

static enum sy_err
import_ed25519(const struct sy_spki *spki, EVP_PKEY **ret_pkey)
{
	*ret_pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    spki->point, spki->point_len);
	return *ret_pkey != NULL ? SY_OK : SY_ERR_NOMEM;
}

static enum sy_err
prepare(enum sy_key_alg alg, EVP_PKEY *pkey, EVP_PKEY_CTX **ret_ctx)
{
	SY_AUTO(free_ctx)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

	if (ctx == NULL)
		return SY_ERR_NOMEM;
	if (EVP_PKEY_verify_init(ctx) <= 0 ||
	    (algs[alg].family == SY_SPKI_RSA &&
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0) ||
	    EVP_PKEY_CTX_set_signature_md(ctx, md_of(alg)) <= 0)
		return SY_ERR_CRYPTO;
	*ret_ctx = ctx;
	ctx = NULL;
	return SY_OK;
}

static enum sy_err
prepare_whole(EVP_PKEY *pkey, EVP_MD_CTX **ret_ctx)
{
	SY_AUTO(free_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL)
		return SY_ERR_NOMEM;
	if (EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) <= 0)
		return SY_ERR_CRYPTO;
	*ret_ctx = ctx;
	ctx = NULL;
	return SY_OK;
}

static enum sy_err
make(const struct sy_spki *spki, struct sy_key *key, struct sy_error *reterr)
{
	SY_AUTO(free_pkey) EVP_PKEY *pkey = NULL;
	enum sy_err err;

	if (spki->family == SY_SPKI_RSA)
		err = import_rsa(spki, &pkey, reterr);
	else if (spki->family == SY_SPKI_ED25519)
		err = import_ed25519(spki, &pkey);
	else
		err = import_ec(spki, algs[key->alg].name, &pkey, reterr);
	if (err == SY_OK)
		err = spki->family == SY_SPKI_ED25519
		    ? prepare_whole(pkey, &key->whole)
		    : prepare(key->alg, pkey, &key->verify);
	if (err == SY_ERR_NOMEM || err == SY_ERR_CRYPTO)
		err = sy_error_set(reterr, err, PLACE, "%s", sy_err_text(err));
	return err;
}

enum sy_err
sy_key_from_spki(const uint8_t *der, size_t len, struct sy_key **ret_key,
    struct sy_error *reterr)
{
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;
	struct sy_spki spki;
	enum sy_key_alg alg;
	enum sy_err err;

	if (len > SY_SPKI_SIZE_MAX)
		return sy_error_set(reterr, SY_ERR_FORMAT, PLACE,
		    "%zu bytes are more than any accepted key has", len);
	if ((err = sy_spki_parse(der, len, &spki, reterr)) != SY_OK)
		return err;
	if ((alg = alg_of(&spki)) == SY_KEY_NONE)
		return sy_error_set(reterr, SY_ERR_ALGORITHM, PLACE,
		    "RSA keys of %zu bits are not accepted", spki.bits);
	if ((key = calloc(1, sizeof(*key) + len)) == NULL)
		return sy_error_set(reterr, SY_ERR_NOMEM, PLACE,
		    "out of memory");
	key->alg = alg;
	key->spki_len = len;
	memcpy(key->spki, der, len);
	ERR_set_mark();
	err = make(&spki, key, reterr);
	ERR_pop_to_mark();
	if (err != SY_OK)
		return err;
	*ret_key = key;
	key = NULL;
	return SY_OK;
}

void
sy_key_free(struct sy_key **key)
{
	if (*key == NULL)
		return;
	EVP_PKEY_CTX_free((*key)->verify);
	EVP_MD_CTX_free((*key)->whole);
	free(*key);
	*key = NULL;
}

enum sy_key_alg
sy_key_alg(const struct sy_key *key)
{
	return key->alg;
}

const char *
sy_key_alg_name(enum sy_key_alg alg)
{
	return alg_known(alg) ? algs[alg].name : "unknown";
}

enum sy_hash
sy_key_alg_hash(enum sy_key_alg alg)
{
	return alg_known(alg) ? algs[alg].hash : SY_HASH_SHA256;
}

size_t
sy_hash_size(enum sy_hash hash)
{
	switch (hash) {
	case SY_HASH_SHA256:
		return 32;
	case SY_HASH_SHA384:
		return 48;
	}
	return 0;
}

const uint8_t *
sy_key_spki(const struct sy_key *key, size_t *ret_len)
{
	*ret_len = key->spki_len;
	return key->spki;
}

/* Whether 1 <= ${v} < ${order}; ${v} has no leading zeros. */
static bool
scalar_in_range(const uint8_t *v, size_t len, const uint8_t *order,
    size_t order_len)
{
	if (len == 0 || len > order_len)
		return false;
	return len < order_len || memcmp(v, order, len) < 0;
}

/* OpenSSL is laxer than one encoding per signature in places and versions. */
static bool
ecdsa_well_formed(enum sy_key_alg alg, const uint8_t *sig, size_t len)
{
	const uint8_t *order = algs[alg].order;
	const size_t order_len = algs[alg].order_len;
	struct sy_reader r, seq;
	const uint8_t *v;
	size_t vlen;

	sy_reader_init(&r, sig, len);
	if (sy_der_take(&r, SY_DER_SEQUENCE, &seq) != SY_OK ||
	    sy_reader_end(&r) != SY_OK)
		return false;
	for (int i = 0; i < 2; i++) {
		if (sy_der_take_unsigned(&seq, &v, &vlen) != SY_OK ||
		    !scalar_in_range(v, vlen, order, order_len))
			return false;
	}
	return sy_reader_end(&seq) == SY_OK;
}

static bool
well_formed(enum sy_key_alg alg, const uint8_t *sig, size_t len)
{
	if (algs[alg].family == SY_SPKI_RSA)
		return len == algs[alg].bits / 8;
	return ecdsa_well_formed(alg, sig, len);
}

/*
 * What EVP_PKEY_verify said; empties OpenSSL's queue. It calls it an error, not
 * a mismatch, when the sum that a signature leads to is the point at infinity:
 * whoever makes signatures can do that, so it is a bad signature and no failure
 * of ours.
 */
static enum sy_err
err_of(int ok)
{
	enum sy_err err = SY_ERR_CRYPTO;
	unsigned long error;

	if (ok == 1)
		return SY_OK;
	if (ok == 0)
		err = SY_ERR_SIGNATURE;
	while ((error = ERR_get_error()) != 0) {
		if (ERR_GET_LIB(error) == ERR_LIB_EC &&
		    ERR_GET_REASON(error) == EC_R_POINT_AT_INFINITY)
			err = SY_ERR_SIGNATURE;
	}
	return err;
}

enum sy_err
sy_key_verify(const struct sy_key *key, const uint8_t *digest,
    size_t digest_len, const uint8_t *sig, size_t sig_len)
{
	SY_AUTO(free_ctx) EVP_PKEY_CTX *ctx = NULL;

	if (key == NULL || key->verify == NULL || digest == NULL ||
	    sig == NULL || digest_len != sy_hash_size(algs[key->alg].hash))
		return SY_ERR_ARG;
	if (!well_formed(key->alg, sig, sig_len))
		return SY_ERR_SIGNATURE;
	ERR_clear_error();
	if ((ctx = EVP_PKEY_CTX_dup(key->verify)) == NULL) {
		ERR_clear_error();
		return SY_ERR_NOMEM;
	}
	return err_of(EVP_PKEY_verify(ctx, sig, sig_len, digest, digest_len));
}

static enum sy_err
verify_whole(const struct sy_key *key, const uint8_t *message, size_t len,
    const uint8_t *sig, size_t sig_len)
{
	SY_AUTO(free_md_ctx) EVP_MD_CTX *ctx = NULL;

	if (sig_len != ED25519_SIGNATURE_LEN)
		return SY_ERR_SIGNATURE;
	ERR_clear_error();
	if ((ctx = EVP_MD_CTX_new()) == NULL ||
	    !EVP_MD_CTX_copy_ex(ctx, key->whole)) {
		ERR_clear_error();
		return SY_ERR_NOMEM;
	}
	return err_of(EVP_DigestVerify(ctx, sig, sig_len, message, len));
}

enum sy_err
sy_key_verify_message(const struct sy_key *key, const uint8_t *message,
    size_t len, const uint8_t *sig, size_t sig_len)
{
	uint8_t digest[SY_HASH_SIZE_MAX];

	if (key == NULL || message == NULL || sig == NULL)
		return SY_ERR_ARG;
	if (key->whole != NULL)
		return verify_whole(key, message, len, sig, sig_len);
	if (!EVP_Digest(message, len, digest, NULL, md_of(key->alg), NULL)) {
		ERR_clear_error();
		return SY_ERR_NOMEM;
	}
	return sy_key_verify(key, digest, sy_hash_size(algs[key->alg].hash),
	    sig, sig_len);
}
