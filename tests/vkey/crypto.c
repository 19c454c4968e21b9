/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <string.h>

#include "run.h"

#define POINT_BYTES  65U /* 04, x, y */
#define COORD_BYTES  32U
#define AES_BLOCK    16U
#define COSE_EC2     2
#define COSE_OKP     1
#define COSE_RSA     3
#define COSE_P256    1
#define COSE_ED25519 6
#define COSE_ECDH    (-25)
#define MAC_SHORT    16U
#define PROTOCOL_TWO 2U

void
vk_hash_text(const char *text, uint8_t ret[VK_HASH_BYTES])
{
	SHA256((const unsigned char *)text, strlen(text), ret);
}

bool
vk_point(const EVP_PKEY *pkey, uint8_t ret[64])
{
	uint8_t point[POINT_BYTES];
	size_t len = 0;

	if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY,
		point, sizeof(point), &len) != 1 ||
	    len != POINT_BYTES)
		return false;
	memcpy(ret, point + 1, 2 * COORD_BYTES);
	return true;
}

static EVP_PKEY *
p256_new(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	if (pkey != NULL &&
	    EVP_PKEY_set_utf8_string_param(pkey,
		OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
		"uncompressed") != 1) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	return pkey;
}

enum sy_err
vk_sign_key_new(enum vk_alg alg, EVP_PKEY **ret)
{
	EVP_PKEY *pkey;

	switch (alg) {
	case VK_ES256:
		pkey = p256_new();
		break;
	case VK_EDDSA:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	case VK_RS256:
		pkey = EVP_RSA_gen(2048);
		break;
	default:
		return SY_ERR_ARG;
	}
	if (pkey == NULL)
		return SY_ERR_CRYPTO;
	*ret = pkey;
	return SY_OK;
}

static void
put_ec2(const EVP_PKEY *pkey, int alg, struct vc_bytes *out)
{
	uint8_t xy[2 * COORD_BYTES];

	if (!vk_point(pkey, xy)) {
		out->bad = true;
		return;
	}
	vk_cbor_head(out, VK_MAP, 5);
	vk_cbor_put_int(out, 1);
	vk_cbor_put_int(out, COSE_EC2);
	vk_cbor_put_int(out, 3);
	vk_cbor_put_int(out, alg);
	vk_cbor_put_int(out, -1);
	vk_cbor_put_int(out, COSE_P256);
	vk_cbor_put_int(out, -2);
	vk_cbor_put_bytes(out, xy, COORD_BYTES);
	vk_cbor_put_int(out, -3);
	vk_cbor_put_bytes(out, xy + COORD_BYTES, COORD_BYTES);
}

static void
put_okp(const EVP_PKEY *pkey, struct vc_bytes *out)
{
	uint8_t x[COORD_BYTES];
	size_t len = sizeof(x);

	if (EVP_PKEY_get_raw_public_key(pkey, x, &len) != 1)
		out->bad = true;
	vk_cbor_head(out, VK_MAP, 4);
	vk_cbor_put_int(out, 1);
	vk_cbor_put_int(out, COSE_OKP);
	vk_cbor_put_int(out, 3);
	vk_cbor_put_int(out, VK_EDDSA);
	vk_cbor_put_int(out, -1);
	vk_cbor_put_int(out, COSE_ED25519);
	vk_cbor_put_int(out, -2);
	vk_cbor_put_bytes(out, x, len);
}

static void
put_number(const EVP_PKEY *pkey, const char *name, struct vc_bytes *out)
{
	uint8_t raw[512];
	BIGNUM *bn = NULL;
	int len = 0;

	if (EVP_PKEY_get_bn_param(pkey, name, &bn) == 1 &&
	    BN_num_bytes(bn) <= (int)sizeof(raw))
		len = BN_bn2bin(bn, raw);
	BN_free(bn);
	if (len <= 0)
		out->bad = true;
	else
		vk_cbor_put_bytes(out, raw, (size_t)len);
}

static void
put_rsa(const EVP_PKEY *pkey, struct vc_bytes *out)
{
	vk_cbor_head(out, VK_MAP, 4);
	vk_cbor_put_int(out, 1);
	vk_cbor_put_int(out, COSE_RSA);
	vk_cbor_put_int(out, 3);
	vk_cbor_put_int(out, VK_RS256);
	vk_cbor_put_int(out, -1);
	put_number(pkey, OSSL_PKEY_PARAM_RSA_N, out);
	vk_cbor_put_int(out, -2);
	put_number(pkey, OSSL_PKEY_PARAM_RSA_E, out);
}

void
vk_cose_put(const EVP_PKEY *pkey, enum vk_alg alg, struct vc_bytes *out)
{
	if (alg == VK_ES256)
		put_ec2(pkey, VK_ES256, out);
	else if (alg == VK_EDDSA)
		put_okp(pkey, out);
	else
		put_rsa(pkey, out);
}

bool
vk_sign(EVP_PKEY *pkey, enum vk_alg alg, const void *p, size_t len,
    struct vc_bytes *out)
{
	const EVP_MD *md = alg == VK_EDDSA ? NULL : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[512];
	size_t siglen = sizeof(sig);
	const bool ok = ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, md, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, sig, &siglen, p, len) == 1;

	EVP_MD_CTX_free(ctx);
	if (ok)
		vc_bytes_raw(out, sig, siglen);
	return ok && !out->bad;
}

enum sy_err
vk_agree_new(struct vk_key *key)
{
	EVP_PKEY *fresh = p256_new();

	if (fresh == NULL)
		return SY_ERR_CRYPTO;
	EVP_PKEY_free(key->agree);
	key->agree = fresh;
	return SY_OK;
}

void
vk_agree_put(const struct vk_key *key, struct vc_bytes *out)
{
	put_ec2(key->agree, COSE_ECDH, out);
}

/* A point that somebody sent; NULL if it is not on the curve. */
static EVP_PKEY *
peer(const uint8_t point[POINT_BYTES])
{
	char group[] = "P-256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group,
		    sizeof(group) - 1),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_END,
	};
	uint8_t copy[POINT_BYTES];
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;

	memcpy(copy, point, sizeof(copy));
	params[1].data = copy;
	params[1].data_size = sizeof(copy);
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static bool
cose_point(const struct vk_item *cose, uint8_t ret[POINT_BYTES])
{
	const struct vk_item *x = vk_cbor_int(cose, -2);
	const struct vk_item *y = vk_cbor_int(cose, -3);
	int64_t kty, crv;

	if (!vk_cbor_number(vk_cbor_int(cose, 1), &kty) || kty != COSE_EC2 ||
	    !vk_cbor_number(vk_cbor_int(cose, -1), &crv) || crv != COSE_P256 ||
	    !vk_cbor_is(x, VK_BYTES) || x->value != COORD_BYTES ||
	    !vk_cbor_is(y, VK_BYTES) || y->value != COORD_BYTES)
		return false;
	ret[0] = 0x04;
	memcpy(ret + 1, x->data, COORD_BYTES);
	memcpy(ret + 1 + COORD_BYTES, y->data, COORD_BYTES);
	return true;
}

static bool
derive(EVP_PKEY *own, const struct vk_item *cose, uint8_t z[COORD_BYTES])
{
	uint8_t point[POINT_BYTES];
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *other;
	size_t len = COORD_BYTES;
	bool ok;

	if (!cose_point(cose, point) || (other = peer(point)) == NULL)
		return false;
	ctx = EVP_PKEY_CTX_new(own, NULL);
	ok = ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, other) == 1 &&
	    EVP_PKEY_derive(ctx, z, &len) == 1 && len == COORD_BYTES;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(other);
	return ok;
}

/* HKDF-SHA-256 with 32 zeros as the salt, section 6.5.7. */
static bool
hkdf(const uint8_t z[COORD_BYTES], const char *info, uint8_t ret[VK_HASH_BYTES])
{
	static const uint8_t salt[VK_HASH_BYTES];
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	size_t len = VK_HASH_BYTES;
	const bool ok = ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_sha256()) == 1 &&
	    EVP_PKEY_CTX_set1_hkdf_salt(ctx, salt, sizeof(salt)) == 1 &&
	    EVP_PKEY_CTX_set1_hkdf_key(ctx, z, COORD_BYTES) == 1 &&
	    EVP_PKEY_CTX_add1_hkdf_info(ctx, (const unsigned char *)info,
		(int)strlen(info)) == 1 &&
	    EVP_PKEY_derive(ctx, ret, &len) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

uint8_t
vk_shared_make(struct vk_key *key, unsigned int protocol,
    const struct vk_item *cose, struct vk_shared *ret)
{
	uint8_t z[COORD_BYTES];

	if (cose == NULL)
		return VK_MISSING;
	if (!derive(key->agree, cose, z))
		return VK_BAD_PARAMETER;
	ret->protocol = protocol;
	if (protocol == PROTOCOL_TWO)
		return hkdf(z, "CTAP2 HMAC key", ret->hmac) &&
			hkdf(z, "CTAP2 AES key", ret->aes)
		    ? VK_OK
		    : VK_OTHER;
	SHA256(z, sizeof(z), ret->hmac);
	memcpy(ret->aes, ret->hmac, sizeof(ret->aes));
	return VK_OK;
}

static bool
aes(const struct vk_shared *s, bool encrypt, const uint8_t iv[AES_BLOCK],
    const uint8_t *p, size_t len, struct vc_bytes *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t buf[256];
	int n = 0;
	const bool ok = len > 0 && len <= sizeof(buf) && len % AES_BLOCK == 0 &&
	    ctx != NULL &&
	    EVP_CipherInit_ex(ctx, EVP_aes_256_cbc(), NULL, s->aes, iv,
		encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_CipherUpdate(ctx, buf, &n, p, (int)len) == 1;

	EVP_CIPHER_CTX_free(ctx);
	if (ok)
		vc_bytes_raw(out, buf, (size_t)n);
	return ok;
}

static const uint8_t zero_iv[AES_BLOCK];

bool
vk_shared_decrypt(const struct vk_shared *s, const struct vk_item *in,
    struct vc_bytes *out)
{
	if (!vk_cbor_is(in, VK_BYTES))
		return false;
	if (s->protocol != PROTOCOL_TWO)
		return aes(s, false, zero_iv, in->data, (size_t)in->value, out);
	if (in->value < AES_BLOCK)
		return false;
	return aes(s, false, in->data, in->data + AES_BLOCK,
	    (size_t)in->value - AES_BLOCK, out);
}

bool
vk_shared_encrypt(const struct vk_shared *s, const void *p, size_t len,
    struct vc_bytes *out)
{
	uint8_t iv[AES_BLOCK];

	if (s->protocol != PROTOCOL_TWO)
		return aes(s, true, zero_iv, p, len, out);
	if (RAND_bytes(iv, sizeof(iv)) != 1)
		return false;
	vc_bytes_raw(out, iv, sizeof(iv));
	return aes(s, true, iv, p, len, out);
}

bool
vk_mac_ok(unsigned int protocol, const uint8_t key[VK_HASH_BYTES],
    const void *p, size_t len, const struct vk_item *mac)
{
	const size_t want =
	    protocol == PROTOCOL_TWO ? VK_HASH_BYTES : MAC_SHORT;
	uint8_t full[VK_HASH_BYTES];

	if (!vk_cbor_is(mac, VK_BYTES) || mac->value != want ||
	    HMAC(EVP_sha256(), key, VK_HASH_BYTES, p, len, full, NULL) == NULL)
		return false;
	return memcmp(full, mac->data, want) == 0;
}
