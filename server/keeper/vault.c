/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keeper/vault.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <sodium.h>

#include "server/keeper/ossl.h"

/* More than all columns of the schema; whoever asks for more is not ours. */
#define SUBKEYS_MAX 64

/* What one column needs, with keys set: OpenSSL's set-up costs more than the
 * operation itself. */
struct subkey {
	char table[KEEPER_NAME_SIZE];
	char column[KEEPER_NAME_SIZE];
	EVP_CIPHER_CTX *seal;
	EVP_CIPHER_CTX *unseal;
	EVP_MAC_CTX *index;
	/* Associated data; the row is written behind them. */
	uint8_t ad[2 * (2 + KEEPER_NAME_SIZE) + 8];
	size_t ad_len;
};

struct vault {
	const struct keeper_keys *keys;
	EVP_KDF *hkdf;
	EVP_MAC *hmac;
	EVP_CIPHER *gcm;
	EVP_MAC_CTX *row;
	EVP_MAC_CTX *pepper;
	struct subkey subkeys[SUBKEYS_MAX];
	size_t subkey_count;
};

static enum sy_err
hmac_new(const struct vault *vault, const uint8_t *key, size_t len,
    EVP_MAC_CTX **ret)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *ctx;

	if ((ctx = EVP_MAC_CTX_new(vault->hmac)) == NULL)
		return SY_ERR_NOMEM;
	if (EVP_MAC_init(ctx, key, len, params) != 1) {
		EVP_MAC_CTX_free(ctx);
		return SY_ERR_CRYPTO;
	}
	*ret = ctx;
	return SY_OK;
}

static enum sy_err
hmac_run(EVP_MAC_CTX *ctx, const uint8_t *data, size_t len,
    uint8_t out[SY_DIGEST_SIZE])
{
	size_t n;

	if (EVP_MAC_init(ctx, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(ctx, data, len) != 1 ||
	    EVP_MAC_final(ctx, out, &n, SY_DIGEST_SIZE) != 1 ||
	    n != SY_DIGEST_SIZE)
		return SY_ERR_CRYPTO;
	return SY_OK;
}

enum sy_err
vault_new(const struct keeper_keys *keys, struct vault **ret_vault)
{
	SY_AUTO(vault_free) struct vault *vault = NULL;
	enum sy_err err;

	if ((vault = calloc(1, sizeof(*vault))) == NULL)
		return SY_ERR_NOMEM;
	vault->keys = keys;
	vault->hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	vault->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	vault->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (vault->hkdf == NULL || vault->hmac == NULL || vault->gcm == NULL)
		return SY_ERR_CRYPTO;
	if ((err = hmac_new(vault, sy_secret_bytes(keys->row),
		 sy_secret_len(keys->row), &vault->row)) != SY_OK ||
	    (err = hmac_new(vault, sy_secret_bytes(keys->pepper),
		 sy_secret_len(keys->pepper), &vault->pepper)) != SY_OK)
		return err;
	*ret_vault = vault;
	vault = NULL;
	return SY_OK;
}

void
vault_free(struct vault **vault)
{
	struct vault *v = *vault;

	if (v == NULL)
		return;
	for (size_t i = 0; i < v->subkey_count; i++) {
		EVP_CIPHER_CTX_free(v->subkeys[i].seal);
		EVP_CIPHER_CTX_free(v->subkeys[i].unseal);
		EVP_MAC_CTX_free(v->subkeys[i].index);
	}
	EVP_MAC_CTX_free(v->row);
	EVP_MAC_CTX_free(v->pepper);
	EVP_CIPHER_free(v->gcm);
	EVP_MAC_free(v->hmac);
	EVP_KDF_free(v->hkdf);
	free(v);
	*vault = NULL;
}

static void
put_name(struct subkey *sub, const char *name)
{
	const size_t len = strlen(name);

	sub->ad[sub->ad_len++] = 0;
	sub->ad[sub->ad_len++] = (uint8_t)len;
	memcpy(sub->ad + sub->ad_len, name, len);
	sub->ad_len += len;
}

static enum sy_err
derive(const struct vault *vault, const struct sy_secret *from,
    const char *label, const struct subkey *sub, uint8_t key[KEEPER_KEY_SIZE])
{
	uint8_t info[32 + sizeof(sub->ad)];
	const size_t label_len = strlen(label);

	memcpy(info, label, label_len);
	memcpy(info + label_len, sub->ad, sub->ad_len);
	return keeper_keys_derive(vault->hkdf, from, info,
	    label_len + sub->ad_len, key);
}

static enum sy_err
subkey_ciphers(const struct vault *vault, struct subkey *sub,
    const uint8_t key[KEEPER_KEY_SIZE])
{
	if ((sub->seal = EVP_CIPHER_CTX_new()) == NULL ||
	    (sub->unseal = EVP_CIPHER_CTX_new()) == NULL)
		return SY_ERR_NOMEM;
	if (EVP_EncryptInit_ex2(sub->seal, vault->gcm, key, NULL, NULL) != 1 ||
	    EVP_DecryptInit_ex2(sub->unseal, vault->gcm, key, NULL, NULL) != 1)
		return SY_ERR_CRYPTO;
	return SY_OK;
}

static enum sy_err
subkey_init(const struct vault *vault, const char *table, const char *column,
    struct subkey *sub)
{
	uint8_t key[KEEPER_KEY_SIZE];
	enum sy_err err;

	*sub = (struct subkey){ 0 };
	memcpy(sub->table, table, strlen(table));
	memcpy(sub->column, column, strlen(column));
	put_name(sub, table);
	put_name(sub, column);
	err = derive(vault, vault->keys->seal, "sanyoso-seal-1", sub, key);
	if (err == SY_OK)
		err = subkey_ciphers(vault, sub, key);
	if (err == SY_OK)
		err = derive(vault, vault->keys->index, "sanyoso-index-1", sub,
		    key);
	if (err == SY_OK)
		err = hmac_new(vault, key, sizeof(key), &sub->index);
	sy_memzero(key, sizeof(key));
	if (err == SY_OK)
		return SY_OK;
	EVP_CIPHER_CTX_free(sub->seal);
	EVP_CIPHER_CTX_free(sub->unseal);
	return err;
}

static enum sy_err
subkey_get(struct vault *vault, const char *table, const char *column,
    struct subkey **ret)
{
	enum sy_err err;

	for (size_t i = 0; i < vault->subkey_count; i++) {
		if (strcmp(vault->subkeys[i].column, column) == 0 &&
		    strcmp(vault->subkeys[i].table, table) == 0) {
			*ret = &vault->subkeys[i];
			return SY_OK;
		}
	}
	if (vault->subkey_count == SUBKEYS_MAX ||
	    strlen(table) >= KEEPER_NAME_SIZE ||
	    strlen(column) >= KEEPER_NAME_SIZE)
		return SY_ERR_LIMIT;
	*ret = &vault->subkeys[vault->subkey_count];
	if ((err = subkey_init(vault, table, column, *ret)) != SY_OK)
		return err;
	vault->subkey_count++;
	return SY_OK;
}

static size_t
put_row(struct subkey *sub, int64_t row)
{
	for (unsigned int i = 0; i < 8; i++)
		sub->ad[sub->ad_len + i] =
		    (uint8_t)((uint64_t)row >> (56 - 8 * i));
	return sub->ad_len + 8;
}

enum sy_err
vault_seal(struct vault *vault, const char *table, const char *column,
    int64_t row, const uint8_t *data, size_t len, uint8_t *out)
{
	uint8_t *nonce = out + 1, *text = nonce + KEEPER_NONCE_SIZE;
	struct subkey *sub;
	enum sy_err err;
	int n, ad_len;

	if ((err = subkey_get(vault, table, column, &sub)) != SY_OK)
		return err;
	ad_len = (int)put_row(sub, row);
	out[0] = KEEPER_SEAL_VERSION;
	/* The kernel's, at a third of what OpenSSL's generator takes. */
	randombytes_buf(nonce, KEEPER_NONCE_SIZE);
	if (EVP_EncryptInit_ex2(sub->seal, NULL, NULL, nonce, NULL) != 1 ||
	    EVP_EncryptUpdate(sub->seal, NULL, &n, sub->ad, ad_len) != 1 ||
	    EVP_EncryptUpdate(sub->seal, text, &n, data, (int)len) != 1 ||
	    EVP_EncryptFinal_ex(sub->seal, text + len, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(sub->seal, EVP_CTRL_AEAD_GET_TAG,
		KEEPER_TAG_SIZE, text + len) != 1)
		return SY_ERR_CRYPTO;
	return SY_OK;
}

enum sy_err
vault_unseal(struct vault *vault, const char *table, const char *column,
    int64_t row, const uint8_t *data, size_t len, uint8_t *out)
{
	uint8_t tag[KEEPER_TAG_SIZE];
	const uint8_t *nonce = data + 1, *text = nonce + KEEPER_NONCE_SIZE;
	struct subkey *sub;
	size_t text_len;
	enum sy_err err;
	int n, ad_len;

	if (len < KEEPER_SEAL_EXTRA || data[0] != KEEPER_SEAL_VERSION)
		return SY_ERR_ROW_ALTERED;
	if ((err = subkey_get(vault, table, column, &sub)) != SY_OK)
		return err;
	text_len = len - KEEPER_SEAL_EXTRA;
	memcpy(tag, text + text_len, sizeof(tag));
	ad_len = (int)put_row(sub, row);
	if (EVP_DecryptInit_ex2(sub->unseal, NULL, NULL, nonce, NULL) != 1 ||
	    EVP_DecryptUpdate(sub->unseal, NULL, &n, sub->ad, ad_len) != 1 ||
	    EVP_DecryptUpdate(sub->unseal, out, &n, text, (int)text_len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(sub->unseal, EVP_CTRL_AEAD_SET_TAG,
		KEEPER_TAG_SIZE, tag) != 1)
		return SY_ERR_CRYPTO;
	if (EVP_DecryptFinal_ex(sub->unseal, out + text_len, &n) != 1) {
		sy_memzero(out, text_len);
		return SY_ERR_ROW_ALTERED;
	}
	return SY_OK;
}

enum sy_err
vault_index(struct vault *vault, const char *table, const char *column,
    const uint8_t *data, size_t len, uint8_t out[SY_DIGEST_SIZE])
{
	struct subkey *sub;
	enum sy_err err;

	if ((err = subkey_get(vault, table, column, &sub)) != SY_OK)
		return err;
	return hmac_run(sub->index, data, len, out);
}

enum sy_err
vault_mac(struct vault *vault, const uint8_t *data, size_t len,
    uint8_t out[SY_DIGEST_SIZE])
{
	return hmac_run(vault->row, data, len, out);
}

enum sy_err
vault_pepper(struct vault *vault, int64_t owner, const uint8_t *hash,
    size_t len, uint8_t out[SY_DIGEST_SIZE])
{
	uint8_t id[8];
	size_t n;

	for (unsigned int i = 0; i < sizeof(id); i++)
		id[i] = (uint8_t)((uint64_t)owner >> (56 - 8 * i));
	if (EVP_MAC_init(vault->pepper, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(vault->pepper, id, sizeof(id)) != 1 ||
	    EVP_MAC_update(vault->pepper, hash, len) != 1 ||
	    EVP_MAC_final(vault->pepper, out, &n, SY_DIGEST_SIZE) != 1 ||
	    n != SY_DIGEST_SIZE)
		return SY_ERR_CRYPTO;
	return SY_OK;
}
