/* SPDX-License-Identifier: Apache-2.0 */
/* CARD-6: a signature is bound to server, terminal, person and purpose. */
#include <openssl/evp.h>

#include <sanyoso/challenge.h>

#include "tests/support/unit.h"

static struct sy_challenge
sample(void)
{
	struct sy_challenge c = {
		.server = "sv.example",
		.terminal = "t1",
		.login = "suzuki",
		.service = "login",
		.purpose = "login",
	};

	memset(c.txn, 1, sizeof(c.txn));
	memset(c.server_nonce, 2, sizeof(c.server_nonce));
	memset(c.agent_nonce, 3, sizeof(c.agent_nonce));
	return c;
}

/* The same bytes, put together by hand. */
static size_t
by_hand(uint8_t *out)
{
	static const char *const texts[] = { "sanyoso-challenge-1",
		"sv.example", "t1", "suzuki", "login", "login" };
	static const uint8_t sizes[] = { 16, 32, 32 };
	size_t at = 0;

	for (size_t i = 0; i < SY_COUNT(texts); i++) {
		out[at++] = 0;
		out[at++] = (uint8_t)strlen(texts[i]);
		memcpy(out + at, texts[i], strlen(texts[i]));
		at += strlen(texts[i]);
	}
	for (size_t i = 0; i < SY_COUNT(sizes); i++) {
		out[at++] = 0;
		out[at++] = sizes[i];
		memset(out + at, (int)i + 1, sizes[i]);
		at += sizes[i];
	}
	return at;
}

static void
the_digest_is_over_length_and_content_of_every_field(void **state)
{
	const struct sy_challenge c = sample();
	uint8_t got[SY_HASH_SIZE_MAX], want[EVP_MAX_MD_SIZE], bytes[256];
	const size_t len = by_hand(bytes);
	size_t got_len = 0;

	(void)state;
	assert_int_equal(EVP_Digest(bytes, len, want, NULL, EVP_sha256(), NULL),
	    1);
	assert_int_equal(sy_challenge_digest(&c, SY_HASH_SHA256, got, &got_len),
	    SY_OK);
	assert_int_equal(got_len, 32);
	assert_memory_equal(got, want, 32);
	assert_int_equal(EVP_Digest(bytes, len, want, NULL, EVP_sha384(), NULL),
	    1);
	assert_int_equal(sy_challenge_digest(&c, SY_HASH_SHA384, got, &got_len),
	    SY_OK);
	assert_int_equal(got_len, 48);
	assert_memory_equal(got, want, 48);
}

static void
any_field_changes_the_digest(void **state)
{
	struct sy_challenge c[10];
	uint8_t digest[SY_COUNT(c)][SY_HASH_SIZE_MAX];
	size_t len;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(c); i++)
		c[i] = sample();
	c[1].server = "sv2.example";
	c[2].terminal = "t2";
	c[3].login = "tanaka";
	c[4].service = "sshd";
	c[5].purpose = "unlock";
	c[6].txn[15] = 9;
	c[7].server_nonce[0] = 9;
	c[8].agent_nonce[31] = 9;
	/* The same bytes, but for where one field ends. */
	c[9].terminal = "t1s";
	c[9].login = "uzuki";
	for (size_t i = 0; i < SY_COUNT(c); i++) {
		assert_int_equal(sy_challenge_digest(&c[i], SY_HASH_SHA256,
				     digest[i], &len),
		    SY_OK);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(digest[i], digest[k], 32);
	}
}

static void
a_missing_or_endless_text_is_refused(void **state)
{
	static char text[65537];
	struct sy_challenge c;
	uint8_t digest[SY_HASH_SIZE_MAX];
	size_t len = 7;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	c = sample();
	c.login = NULL;
	assert_int_equal(sy_challenge_digest(&c, SY_HASH_SHA256, digest, &len),
	    SY_ERR_ARG);
	c.login = text;
	assert_int_equal(sy_challenge_digest(&c, SY_HASH_SHA256, digest, &len),
	    SY_ERR_ARG);
	assert_int_equal(sy_challenge_digest(NULL, SY_HASH_SHA256, digest,
			     &len),
	    SY_ERR_ARG);
	c = sample();
	assert_int_equal(sy_challenge_digest(&c, (enum sy_hash)3, digest, &len),
	    SY_ERR_ARG);
	assert_int_equal(len, 7);
	text[65535] = '\0';
	c.login = text;
	assert_int_equal(sy_challenge_digest(&c, SY_HASH_SHA256, digest, &len),
	    SY_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_digest_is_over_length_and_content_of_every_field),
		cmocka_unit_test(any_field_changes_the_digest),
		cmocka_unit_test(a_missing_or_endless_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
