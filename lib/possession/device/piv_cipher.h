/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_PIV_CIPHER_H
#define DEVICE_PIV_CIPHER_H

#include <sanyoso/secret.h>

/*
 * Ciphers of a PIV card's management key, block by block (SP 800-78-5 table 8:
 * algorithm identifiers). Three-key TDEA only opens cards as makers deliver
 * them.
 */
enum piv_cipher {
	PIV_CIPHER_TDEA = 0x03,
	PIV_CIPHER_AES128 = 0x08,
	PIV_CIPHER_AES192 = 0x0a,
	PIV_CIPHER_AES256 = 0x0c,
};
#define PIV_BLOCK_MAX 16

/* Bytes of a key and of a block. */
size_t piv_cipher_key_size(enum piv_cipher cipher);
size_t piv_cipher_block_size(enum piv_cipher cipher);

/*
 * One block of ${in} to ${out} under the first bytes of ${key}, as many as the
 * cipher takes. SY_ERR_ARG: ${key} is shorter; SY_ERR_CRYPTO.
 */
SY_MUST_USE enum sy_err piv_cipher_encrypt(enum piv_cipher cipher,
    const struct sy_secret *key, const uint8_t *in, uint8_t *out);
SY_MUST_USE enum sy_err piv_cipher_decrypt(enum piv_cipher cipher,
    const struct sy_secret *key, const uint8_t *in, uint8_t *out);

#endif /* DEVICE_PIV_CIPHER_H */
