/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/evp.h>

#include "lib/audit/digest_int.h"
#include "lib/core/md_int.h"

/* What each kind of input begins with, so that none passes for another. */
enum {
	PREFIX_LEAF = 0x00,
	PREFIX_NODE = 0x01,
	PREFIX_COMMITMENT = 0x02,
	PREFIX_CHAIN = 0x03,
};

static void
ctx_free(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

enum sy_err
sy_sha256(const struct piece *pieces, size_t count, uint8_t ret[SY_DIGEST_SIZE])
{
	SY_AUTO(ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = sy_md_sha256();
	uint8_t digest[SY_DIGEST_SIZE];

	if (ctx == NULL || md == NULL || EVP_DigestInit_ex2(ctx, md, NULL) != 1)
		return SY_ERR_CRYPTO;
	for (size_t i = 0; i < count; i++)
		if (EVP_DigestUpdate(ctx, pieces[i].p, pieces[i].len) != 1)
			return SY_ERR_CRYPTO;
	if (EVP_DigestFinal_ex(ctx, digest, NULL) != 1)
		return SY_ERR_CRYPTO;
	memcpy(ret, digest, sizeof(digest));
	return SY_OK;
}

static void
put_u64(uint8_t out[8], uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

enum sy_err
sy_audit_commitment(const uint8_t salt[SY_AUDIT_SALT_SIZE],
    const uint8_t *encoding, size_t len, uint8_t ret[SY_DIGEST_SIZE])
{
	const uint8_t prefix = PREFIX_COMMITMENT;
	const struct piece pieces[] = { { &prefix, 1 },
		{ salt, SY_AUDIT_SALT_SIZE }, { encoding, len } };

	return sy_sha256(pieces, SY_COUNT(pieces), ret);
}

enum sy_err
sy_audit_leaf(uint64_t seq, int64_t time,
    const uint8_t commitment[SY_DIGEST_SIZE], uint8_t ret[SY_DIGEST_SIZE])
{
	uint8_t head[1 + 8 + 8] = { PREFIX_LEAF };
	const struct piece pieces[] = { { head, sizeof(head) },
		{ commitment, SY_DIGEST_SIZE } };

	put_u64(head + 1, seq);
	put_u64(head + 9, (uint64_t)time);
	return sy_sha256(pieces, SY_COUNT(pieces), ret);
}

enum sy_err
sy_audit_chain(const uint8_t previous[SY_DIGEST_SIZE],
    const uint8_t leaf[SY_DIGEST_SIZE], uint8_t ret[SY_DIGEST_SIZE])
{
	const uint8_t prefix = PREFIX_CHAIN;
	const struct piece pieces[] = { { &prefix, 1 },
		{ previous, SY_DIGEST_SIZE }, { leaf, SY_DIGEST_SIZE } };

	return sy_sha256(pieces, SY_COUNT(pieces), ret);
}

enum sy_err
sy_tree_node(const uint8_t left[SY_DIGEST_SIZE],
    const uint8_t right[SY_DIGEST_SIZE], uint8_t ret[SY_DIGEST_SIZE])
{
	const uint8_t prefix = PREFIX_NODE;
	const struct piece pieces[] = { { &prefix, 1 },
		{ left, SY_DIGEST_SIZE }, { right, SY_DIGEST_SIZE } };

	return sy_sha256(pieces, SY_COUNT(pieces), ret);
}
