/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/evp.h>

#include <sanyoso/challenge.h>

#include "lib/core/md_int.h"

static void
free_md_ctx(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static enum sy_err
add_bytes(EVP_MD_CTX *ctx, const void *bytes, size_t len)
{
	const uint8_t size[2] = { (uint8_t)(len >> 8), (uint8_t)len };

	if (len > UINT16_MAX)
		return SY_ERR_ARG;
	if (!EVP_DigestUpdate(ctx, size, sizeof(size)) ||
	    !EVP_DigestUpdate(ctx, bytes, len))
		return SY_ERR_CRYPTO;
	return SY_OK;
}

static enum sy_err
add_text(EVP_MD_CTX *ctx, const char *text)
{
	return text != NULL ? add_bytes(ctx, text, strlen(text)) : SY_ERR_ARG;
}

static enum sy_err
add_fields(EVP_MD_CTX *ctx, const struct sy_challenge *c)
{
	enum sy_err err;

	if ((err = add_text(ctx, SY_CHALLENGE_LABEL)) != SY_OK ||
	    (err = add_text(ctx, c->server)) != SY_OK ||
	    (err = add_text(ctx, c->terminal)) != SY_OK ||
	    (err = add_text(ctx, c->login)) != SY_OK ||
	    (err = add_text(ctx, c->service)) != SY_OK ||
	    (err = add_text(ctx, c->purpose)) != SY_OK ||
	    (err = add_bytes(ctx, c->txn, sizeof(c->txn))) != SY_OK ||
	    (err = add_bytes(ctx, c->server_nonce, sizeof(c->server_nonce))) !=
		SY_OK)
		return err;
	return add_bytes(ctx, c->agent_nonce, sizeof(c->agent_nonce));
}

enum sy_err
sy_challenge_digest(const struct sy_challenge *challenge, enum sy_hash hash,
    uint8_t *ret_digest, size_t *ret_len)
{
	SY_AUTO(free_md_ctx) EVP_MD_CTX *ctx = NULL;
	const EVP_MD *md =
	    hash == SY_HASH_SHA384 ? sy_md_sha384() : sy_md_sha256();
	uint8_t digest[EVP_MAX_MD_SIZE];
	const size_t len = sy_hash_size(hash);
	enum sy_err err;

	if (challenge == NULL || len == 0)
		return SY_ERR_ARG;
	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return SY_ERR_NOMEM;
	if (md == NULL || !EVP_DigestInit_ex2(ctx, md, NULL))
		return SY_ERR_CRYPTO;
	if ((err = add_fields(ctx, challenge)) != SY_OK)
		return err;
	if (!EVP_DigestFinal_ex(ctx, digest, NULL))
		return SY_ERR_CRYPTO;
	memcpy(ret_digest, digest, len);
	*ret_len = len;
	return SY_OK;
}
