/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>
#include <openssl/evp.h>

#include "lib/possession/device/piv_cipher.h"

size_t
piv_cipher_key_size(enum piv_cipher cipher)
{
	switch (cipher) {
	case PIV_CIPHER_AES128:
		return 16;
	case PIV_CIPHER_TDEA:
	case PIV_CIPHER_AES192:
		return 24;
	case PIV_CIPHER_AES256:
		return 32;
	}
	return 0;
}

size_t
piv_cipher_block_size(enum piv_cipher cipher)
{
	return cipher == PIV_CIPHER_TDEA ? 8 : 16;
}

static const EVP_CIPHER *
algorithm(enum piv_cipher cipher)
{
	switch (cipher) {
	case PIV_CIPHER_TDEA:
		return EVP_des_ede3_ecb();
	case PIV_CIPHER_AES128:
		return EVP_aes_128_ecb();
	case PIV_CIPHER_AES192:
		return EVP_aes_192_ecb();
	case PIV_CIPHER_AES256:
		return EVP_aes_256_ecb();
	}
	return NULL;
}

static enum sy_err
run(enum piv_cipher cipher, const struct sy_secret *key, bool encrypt,
    const uint8_t *in, uint8_t *out)
{
	const size_t size = piv_cipher_key_size(cipher);
	const int block = (int)piv_cipher_block_size(cipher);
	EVP_CIPHER_CTX *ctx;
	int len = 0;
	bool done;

	if (size == 0 || sy_secret_len(key) < size)
		return SY_ERR_ARG;
	/* This process may read no files: no configuration of OpenSSL. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
	    (ctx = EVP_CIPHER_CTX_new()) == NULL)
		return SY_ERR_CRYPTO;
	done = EVP_CipherInit_ex(ctx, algorithm(cipher), NULL,
		   sy_secret_bytes(key), NULL, encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_CipherUpdate(ctx, out, &len, in, block) == 1 && len == block;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	return done ? SY_OK : SY_ERR_CRYPTO;
}

enum sy_err
piv_cipher_encrypt(enum piv_cipher cipher, const struct sy_secret *key,
    const uint8_t *in, uint8_t *out)
{
	return run(cipher, key, true, in, out);
}

enum sy_err
piv_cipher_decrypt(enum piv_cipher cipher, const struct sy_secret *key,
    const uint8_t *in, uint8_t *out)
{
	return run(cipher, key, false, in, out);
}
