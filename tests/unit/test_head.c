/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include <sanyoso/audit.h>

static const struct sy_head sample = { .size = UINT64_C(0x0102030405060708),
	.time = 1700000000000000,
	.root = { 0x11 },
	.chain = { 0x22 },
	.rows = { 0x33 } };

static void
a_head_has_its_label_and_fields_in_order(void **state)
{
	uint8_t bytes[SY_HEAD_SIZE];
	struct sy_head back;

	(void)state;
	sy_head_encode(&sample, bytes);
	assert_memory_equal(bytes, "sanyoso-log-head-1\1\2\3\4\5\6\7\10", 26);
	assert_int_equal(bytes[34], 0x11);
	assert_int_equal(bytes[66], 0x22);
	assert_int_equal(bytes[98], 0x33);
	assert_int_equal(sy_head_decode(bytes, sizeof(bytes), &back), SY_OK);
	assert_int_equal(back.size, sample.size);
	assert_int_equal(back.time, sample.time);
	assert_memory_equal(back.root, sample.root, SY_DIGEST_SIZE);
	assert_memory_equal(back.chain, sample.chain, SY_DIGEST_SIZE);
	assert_memory_equal(back.rows, sample.rows, SY_DIGEST_SIZE);
}

static void
a_head_of_another_length_or_label_is_refused(void **state)
{
	uint8_t bytes[SY_HEAD_SIZE + 1] = { 0 };
	struct sy_head back;

	(void)state;
	sy_head_encode(&sample, bytes);
	for (size_t len = 0; len <= sizeof(bytes); len++)
		assert_int_equal(sy_head_decode(bytes, len, &back),
		    len == SY_HEAD_SIZE ? SY_OK : SY_ERR_FORMAT);
	for (size_t i = 0; i < SY_HEAD_LABEL_SIZE; i++) {
		bytes[i] ^= 1;
		assert_int_equal(sy_head_decode(bytes, SY_HEAD_SIZE, &back),
		    SY_ERR_FORMAT);
		bytes[i] ^= 1;
	}
}

static void
sign(const uint8_t *bytes, uint8_t *public_key, uint8_t *signature)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t key_len = SY_ED25519_KEY_SIZE;
	size_t sig_len = SY_ED25519_SIG_SIZE;

	assert_non_null(key);
	assert_non_null(ctx);
	assert_int_equal(EVP_PKEY_get_raw_public_key(key, public_key, &key_len),
	    1);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, signature, &sig_len, bytes,
			     SY_HEAD_SIZE),
	    1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}

/* LOG-3: any altered bit of head, signature or key shows. */
static void
a_signature_covers_every_bit_of_the_head(void **state)
{
	uint8_t bytes[SY_HEAD_SIZE];
	uint8_t key[SY_ED25519_KEY_SIZE];
	uint8_t signature[SY_ED25519_SIG_SIZE];

	(void)state;
	sy_head_encode(&sample, bytes);
	sign(bytes, key, signature);
	assert_int_equal(sy_head_verify(key, bytes, signature), SY_OK);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 0x80;
		assert_int_equal(sy_head_verify(key, bytes, signature),
		    SY_ERR_SIGNATURE);
		bytes[i] ^= 0x80;
	}
	for (size_t i = 0; i < sizeof(signature); i++) {
		signature[i] ^= 1;
		assert_int_equal(sy_head_verify(key, bytes, signature),
		    SY_ERR_SIGNATURE);
		signature[i] ^= 1;
	}
	for (size_t i = 0; i < sizeof(key); i++) {
		key[i] ^= 1;
		assert_int_not_equal(sy_head_verify(key, bytes, signature),
		    SY_OK);
		key[i] ^= 1;
	}
	assert_int_equal(sy_head_verify(key, bytes, signature), SY_OK);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_has_its_label_and_fields_in_order),
		cmocka_unit_test(a_head_of_another_length_or_label_is_refused),
		cmocka_unit_test(a_signature_covers_every_bit_of_the_head),
	};

	return cmocka_run_group_tests_name("head", tests, NULL, NULL);
}
