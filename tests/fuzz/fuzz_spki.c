/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys as a card would hand them over. */
#include <stdlib.h>
#include <string.h>

#include <sanyoso/key.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t digest[SY_HASH_SIZE_MAX];
	uint8_t sig[384] = { 0x30, 6, 2, 1, 1, 2, 1, 1 };
	struct sy_key *key = NULL;
	struct sy_error e = { 0 };
	const uint8_t *spki;
	size_t spki_len, sig_len;
	enum sy_err err;

	err = sy_key_from_spki(data, len, &key, &e);
	if (err != SY_OK) {
		if (key != NULL || e.code != err || e.text[0] == '\0')
			abort();
		return 0;
	}
	spki = sy_key_spki(key, &spki_len);
	if (spki_len != len || memcmp(spki, data, len) != 0)
		abort();
	sig_len = sy_key_alg(key) == SY_KEY_RSA2048 ? 256
	    : sy_key_alg(key) == SY_KEY_RSA3072     ? 384
	    : sy_key_alg(key) == SY_KEY_ED25519     ? 64
						    : 8;
	err = sy_key_verify(key, digest,
	    sy_hash_size(sy_key_alg_hash(sy_key_alg(key))), sig, sig_len);
	if (sy_key_alg(key) == SY_KEY_ED25519) {
		if (err != SY_ERR_ARG)
			abort();
	} else if (err == SY_ERR_ARG || err == SY_ERR_CRYPTO) {
		abort();
	}
	err = sy_key_verify_message(key, digest, sizeof(digest), sig, sig_len);
	if (err == SY_ERR_ARG || err == SY_ERR_CRYPTO)
		abort();
	sy_key_free(&key);
	return 0;
}
