/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/evp.h>

#include <sanyoso/audit.h>

_Static_assert(sizeof(SY_HEAD_LABEL) - 1 == SY_HEAD_LABEL_SIZE,
    "the label has another length");

static uint8_t *
put_bytes(uint8_t *at, const void *p, size_t len)
{
	memcpy(at, p, len);
	return at + len;
}

static uint8_t *
put_u64(uint8_t *at, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		at[i] = (uint8_t)v;
	return at + 8;
}

void
sy_head_encode(const struct sy_head *head, uint8_t ret[SY_HEAD_SIZE])
{
	uint8_t *at = ret;

	at = put_bytes(at, SY_HEAD_LABEL, SY_HEAD_LABEL_SIZE);
	at = put_u64(at, head->size);
	at = put_u64(at, (uint64_t)head->time);
	at = put_bytes(at, head->root, SY_DIGEST_SIZE);
	at = put_bytes(at, head->chain, SY_DIGEST_SIZE);
	(void)put_bytes(at, head->rows, SY_DIGEST_SIZE);
}

enum sy_err
sy_head_decode(const uint8_t *data, size_t len, struct sy_head *ret_head)
{
	const uint8_t *label, *root, *chain, *rows;
	struct sy_head head;
	struct sy_reader r;
	uint64_t time;
	enum sy_err err;

	sy_reader_init(&r, data, len);
	if ((err = sy_reader_raw(&r, SY_HEAD_LABEL_SIZE, &label)) != SY_OK ||
	    (err = sy_reader_u64(&r, &head.size)) != SY_OK ||
	    (err = sy_reader_u64(&r, &time)) != SY_OK ||
	    (err = sy_reader_raw(&r, SY_DIGEST_SIZE, &root)) != SY_OK ||
	    (err = sy_reader_raw(&r, SY_DIGEST_SIZE, &chain)) != SY_OK ||
	    (err = sy_reader_raw(&r, SY_DIGEST_SIZE, &rows)) != SY_OK ||
	    (err = sy_reader_end(&r)) != SY_OK)
		return err;
	if (memcmp(label, SY_HEAD_LABEL, SY_HEAD_LABEL_SIZE) != 0)
		return SY_ERR_FORMAT;
	head.time = (int64_t)time;
	memcpy(head.root, root, SY_DIGEST_SIZE);
	memcpy(head.chain, chain, SY_DIGEST_SIZE);
	memcpy(head.rows, rows, SY_DIGEST_SIZE);
	*ret_head = head;
	return SY_OK;
}

static void
pkey_free(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void
ctx_free(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

enum sy_err
sy_head_verify(const uint8_t public_key[SY_ED25519_KEY_SIZE],
    const uint8_t encoded[SY_HEAD_SIZE],
    const uint8_t signature[SY_ED25519_SIG_SIZE])
{
	SY_AUTO(pkey_free) EVP_PKEY *key = NULL;
	SY_AUTO(ctx_free) EVP_MD_CTX *ctx = NULL;

	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key,
	    SY_ED25519_KEY_SIZE);
	ctx = EVP_MD_CTX_new();
	if (key == NULL || ctx == NULL ||
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) != 1)
		return SY_ERR_CRYPTO;
	/* 1 = verifies, 0 = does not, less = OpenSSL failed; a public key that
	 * is no point of the curve gives 0. */
	switch (EVP_DigestVerify(ctx, signature, SY_ED25519_SIG_SIZE, encoded,
	    SY_HEAD_SIZE)) {
	case 1:
		return SY_OK;
	case 0:
		return SY_ERR_SIGNATURE;
	default:
		return SY_ERR_CRYPTO;
	}
}
