/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <sodium.h>

#include <sanyoso/password.h>

#define KIB 1024U

_Static_assert(SY_HASH_SALT_SIZE == crypto_pwhash_argon2id_SALTBYTES,
    "libsodium takes salts of one size");
_Static_assert(SY_HASH_OUTPUT_SIZE >= crypto_pwhash_argon2id_BYTES_MIN &&
	SY_HASH_OUTPUT_SIZE <= crypto_pwhash_argon2id_BYTES_MAX,
    "the result has a size that argon2id can give");

enum sy_err
sy_password_hash(const struct sy_secret *password,
    const struct sy_hash_params *params, const uint8_t salt[SY_HASH_SALT_SIZE],
    uint8_t ret_hash[SY_HASH_OUTPUT_SIZE])
{
	uint8_t hash[SY_HASH_OUTPUT_SIZE];
	const size_t len = sy_secret_len(password);

	if (len == 0 || params->memory < SY_HASH_MEMORY_LEAST ||
	    params->memory > SY_HASH_MEMORY_MAX || params->passes == 0 ||
	    params->passes > SY_HASH_PASSES_MAX)
		return SY_ERR_ARG;
	/* Safe to call again and from any thread. */
	if (sodium_init() < 0)
		return SY_ERR_CRYPTO;
	errno = 0;
	if (crypto_pwhash(hash, sizeof(hash),
		(const char *)sy_secret_bytes(password), len, salt,
		params->passes, (size_t)params->memory * KIB,
		crypto_pwhash_ALG_ARGON2ID13) != 0)
		return errno == ENOMEM ? SY_ERR_NOMEM : SY_ERR_CRYPTO;
	for (size_t i = 0; i < sizeof(hash); i++)
		ret_hash[i] = hash[i];
	sy_memzero(hash, sizeof(hash));
	return SY_OK;
}
