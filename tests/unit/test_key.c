/* SPDX-License-Identifier: Apache-2.0 */
/* CRYPT-1: only allowed kinds of keys; CARD-6: a proof is a signature. */
#include <pthread.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include <sanyoso/key.h>
#include <sanyoso/text.h>

#include "tests/support/testca.h"
#include "tests/support/unit.h"

static const struct {
	const char *what;
	enum testca_alg make;
	enum sy_key_alg alg;
	const char *name;
	size_t digest_len;
} kinds[] = {
	{ "P-256", TESTCA_P256, SY_KEY_P256, "P-256", 32 },
	{ "P-384", TESTCA_P384, SY_KEY_P384, "P-384", 48 },
	{ "RSA-2048", TESTCA_RSA2048, SY_KEY_RSA2048, "RSA-2048", 32 },
	{ "RSA-3072", TESTCA_RSA3072, SY_KEY_RSA3072, "RSA-3072", 32 },
};

static struct sy_key *
key_of(enum testca_alg alg)
{
	struct sy_key *key = NULL;
	struct sy_error e = { 0 };
	size_t len;
	uint8_t *der = testca_spki(testca_key(alg), &len);

	if (sy_key_from_spki(der, len, &key, &e) != SY_OK)
		fail_msg("%s: %s", e.place, e.text);
	free(der);
	return key;
}

static enum sy_err
parse(const uint8_t *der, size_t len)
{
	/* A block of its own lets sanitizers see reads past its end. */
	uint8_t *copy = malloc(len + (len == 0));
	struct sy_key *key = NULL;
	struct sy_error e = { 0 };
	enum sy_err err;

	assert_non_null(copy);
	memcpy(copy, der, len);
	err = sy_key_from_spki(copy, len, &key, &e);
	if (err == SY_OK) {
		sy_key_free(&key);
	} else {
		assert_null(key);
		assert_int_equal(e.code, err);
		assert_true(e.text[0] != '\0' && e.place[0] != '\0');
	}
	free(copy);
	return err;
}

static void
allowed_kinds_are_known_by_name_hash_and_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		struct sy_key *key = key_of(kinds[i].make);
		size_t len, want_len;
		uint8_t *want =
		    testca_spki(testca_key(kinds[i].make), &want_len);
		const uint8_t *got = sy_key_spki(key, &len);

		assert_int_equal(sy_key_alg(key), kinds[i].alg);
		assert_string_equal(sy_key_alg_name(kinds[i].alg),
		    kinds[i].name);
		assert_int_equal(sy_hash_size(sy_key_alg_hash(sy_key_alg(key))),
		    kinds[i].digest_len);
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
		free(want);
		sy_key_free(&key);
		assert_null(key);
		sy_key_free(&key);
	}
	assert_string_equal(sy_key_alg_name((enum sy_key_alg)99), "unknown");
	assert_int_equal(sy_hash_size((enum sy_hash)99), 0);
}

static void
keys_of_other_kinds_and_sizes_are_refused(void **state)
{
	static const enum testca_alg others[] = { TESTCA_P521, TESTCA_RSA1024,
		TESTCA_RSA4096 };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(others); i++) {
		size_t len;
		uint8_t *der = testca_spki(testca_key(others[i]), &len);

		/* RSA-4096 does not even fit the bound on the length. */
		assert_int_equal(parse(der, len),
		    len > SY_SPKI_SIZE_MAX ? SY_ERR_FORMAT : SY_ERR_ALGORITHM);
		free(der);
	}
}

static void
a_key_cut_or_padded_at_any_byte_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		size_t len;
		uint8_t *der = testca_spki(testca_key(kinds[i].make), &len);
		uint8_t longer[SY_SPKI_SIZE_MAX] = { 0 };

		for (size_t cut = 0; cut < len; cut++)
			assert_int_not_equal(parse(der, cut), SY_OK);
		memcpy(longer, der, len);
		assert_int_equal(parse(longer, len + 1), SY_ERR_FORMAT);
		free(der);
	}
}

/* {the head of an Ed25519 key}, {the point} */
#define ED25519_HEAD                                                           \
	0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
#define ED25519_HEAD_LEN 12
#define ED25519_LEN      44

static void
an_ed25519_key_signs_whole_messages_and_no_digests(void **state)
{
	struct sy_key *key = key_of(TESTCA_ED25519);
	uint8_t message[100] = { 9 }, sig[512];
	const size_t len = testca_sign_message(testca_key(TESTCA_ED25519),
	    message, sizeof(message), sig);

	(void)state;
	assert_int_equal(sy_key_alg(key), SY_KEY_ED25519);
	assert_string_equal(sy_key_alg_name(SY_KEY_ED25519), "Ed25519");
	assert_int_equal(len, 64);
	assert_int_equal(sy_key_verify_message(key, message, sizeof(message),
			     sig, len),
	    SY_OK);
	assert_int_equal(sy_key_verify_message(key, message,
			     sizeof(message) - 1, sig, len),
	    SY_ERR_SIGNATURE);
	/* Cards sign digests: such a key is never theirs. */
	assert_int_equal(sy_key_verify(key, message, 32, sig, len), SY_ERR_ARG);
	for (size_t n = 0; n < len; n++) {
		assert_int_equal(sy_key_verify_message(key, message,
				     sizeof(message), sig, n),
		    SY_ERR_SIGNATURE);
		sig[n] ^= 0x80;
		assert_int_equal(sy_key_verify_message(key, message,
				     sizeof(message), sig, len),
		    SY_ERR_SIGNATURE);
		sig[n] ^= 0x80;
	}
	sig[len] = 0;
	assert_int_equal(sy_key_verify_message(key, message, sizeof(message),
			     sig, len + 1),
	    SY_ERR_SIGNATURE);
	sy_key_free(&key);
}

static void
messages_are_hashed_with_the_hash_of_the_key(void **state)
{
	uint8_t message[300] = { 4 }, sig[512];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		struct sy_key *key = key_of(kinds[i].make);
		const size_t len =
		    testca_sign_message(testca_key(kinds[i].make), message,
			sizeof(message), sig);

		print_message("  %s\n", kinds[i].what);
		assert_int_equal(sy_key_verify_message(key, message,
				     sizeof(message), sig, len),
		    SY_OK);
		message[299] ^= 1;
		assert_int_equal(sy_key_verify_message(key, message,
				     sizeof(message), sig, len),
		    SY_ERR_SIGNATURE);
		message[299] ^= 1;
		assert_int_equal(sy_key_verify_message(NULL, message, 1, sig,
				     len),
		    SY_ERR_ARG);
		assert_int_equal(sy_key_verify_message(key, NULL, 1, sig, len),
		    SY_ERR_ARG);
		assert_int_equal(sy_key_verify_message(key, message, 1, NULL,
				     len),
		    SY_ERR_ARG);
		sy_key_free(&key);
	}
}

/* One signature (R the neutral element, S = 0) verifies for any message under
 * the neutral element as "key"; there are more of its kind. */
static void
an_ed25519_point_of_small_order_is_no_key(void **state)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000"
		"000",
		"0100000000000000000000000000000000000000000000000000000000000"
		"000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53f"
		"c05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac0"
		"37a",
		"ecfffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"f7f",
		"edfffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"f7f",
		"eefffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"f7f",
	};
	uint8_t der[ED25519_LEN] = { ED25519_HEAD };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(points); i++) {
		assert_int_equal(sy_text_unhex(points[i],
				     der + ED25519_HEAD_LEN, 32),
		    SY_OK);
		for (int sign = 0; sign < 2; sign++) {
			der[ED25519_LEN - 1] ^= 0x80;
			assert_int_equal(parse(der, sizeof(der)),
			    SY_ERR_ALGORITHM);
		}
	}
	der[ED25519_LEN - 1] ^= 1;
	assert_int_equal(parse(der, sizeof(der)), SY_OK);
}

static void
an_ed25519_key_has_one_form(void **state)
{
	uint8_t der[ED25519_LEN + 3] = { ED25519_HEAD, 5 };

	(void)state;
	for (size_t cut = 0; cut < ED25519_LEN; cut++)
		assert_int_not_equal(parse(der, cut), SY_OK);
	assert_int_equal(parse(der, ED25519_LEN), SY_OK);
	assert_int_equal(parse(der, ED25519_LEN + 1), SY_ERR_FORMAT);
	/* One byte less and one more of point. */
	der[1]--;
	der[10]--;
	assert_int_equal(parse(der, ED25519_LEN - 1), SY_ERR_FORMAT);
	der[1] = 0x2b;
	der[10] = 0x22;
	assert_int_equal(parse(der, ED25519_LEN + 1), SY_ERR_FORMAT);
	/* NULL parameters. */
	memcpy(der,
	    (const uint8_t[]){ 0x30, 0x2c, 0x30, 0x07, 0x06, 0x03, 0x2b, 0x65,
		0x70, 0x05, 0x00, 0x03, 0x21, 0x00, 5 },
	    15);
	assert_int_equal(parse(der, ED25519_LEN + 2), SY_ERR_FORMAT);
}

/* Change one byte of a key and say what it becomes. */
static void
altered_keys_are_refused(void **state)
{
	static const struct {
		const char *what;
		enum testca_alg make;
		size_t at;
		uint8_t value;
		enum sy_err err;
	} tc[] = {
		{ "SET instead of SEQUENCE", TESTCA_P256, 0, 0x31,
		    SY_ERR_FORMAT },
		{ "indefinite length", TESTCA_P256, 1, 0x80, SY_ERR_FORMAT },
		{ "another algorithm", TESTCA_P256, 6, 0x2b, SY_ERR_ALGORITHM },
		{ "another curve", TESTCA_P256, 22, 0x06, SY_ERR_ALGORITHM },
		{ "unused bits", TESTCA_P256, 25, 0x01, SY_ERR_FORMAT },
		{ "compressed form", TESTCA_P256, 26, 0x02, SY_ERR_FORMAT },
		{ "hybrid form", TESTCA_P256, 26, 0x06, SY_ERR_FORMAT },
		{ "no NULL parameters", TESTCA_RSA2048, 17, 0x04,
		    SY_ERR_FORMAT },
		{ "exponent 65536", TESTCA_RSA2048, 293, 0x00,
		    SY_ERR_ALGORITHM },
		{ "exponent 65538", TESTCA_RSA2048, 293, 0x02,
		    SY_ERR_ALGORITHM },
		{ "exponent 1 in three bytes", TESTCA_RSA2048, 291, 0x00,
		    SY_ERR_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		size_t len;
		uint8_t *der = testca_spki(testca_key(tc[i].make), &len);

		print_message("  %s\n", tc[i].what);
		assert_true(tc[i].at < len && der[tc[i].at] != tc[i].value);
		der[tc[i].at] = tc[i].value;
		assert_int_equal(parse(der, len), tc[i].err);
		free(der);
	}
}

static void
a_point_beside_the_curve_is_refused(void **state)
{
	size_t len;
	uint8_t *der = testca_spki(testca_key(TESTCA_P256), &len);

	(void)state;
	der[len - 1] ^= 1;
	assert_int_equal(parse(der, len), SY_ERR_FORMAT);
	memset(der + 27, 0xff, 64);
	assert_int_equal(parse(der, len), SY_ERR_FORMAT);
	memset(der + 27, 0, 64);
	assert_int_equal(parse(der, len), SY_ERR_FORMAT);
	free(der);
}

static void
an_even_modulus_or_one_bit_less_is_refused(void **state)
{
	size_t len;
	uint8_t *der = testca_spki(testca_key(TESTCA_RSA2048), &len);
	const size_t n = 33; /* first byte of the modulus after its zero */

	(void)state;
	assert_true((der[n] & 0x80) != 0 && der[n - 1] == 0);
	der[n + 255] &= 0xfe;
	assert_int_equal(parse(der, len), SY_ERR_FORMAT);
	der[n + 255] |= 1;
	/* 2047 bits behind a zero that is not needed. */
	der[n] &= 0x7f;
	assert_int_equal(parse(der, len), SY_ERR_FORMAT);
	/* The same number of 2047 bits in DER: every length is one less. */
	der[3]--;
	der[22]--;
	der[27]--;
	memcpy(der + 30, (const uint8_t[]){ 1, 0 }, 2);
	memmove(der + n - 1, der + n, len - n);
	assert_int_equal(parse(der, len - 1), SY_ERR_ALGORITHM);
	free(der);
}

static void
signatures_verify_by_their_key_over_their_digest_only(void **state)
{
	uint8_t digest[SY_HASH_SIZE_MAX], sig[512];

	(void)state;
	memset(digest, 0x5a, sizeof(digest));
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		struct sy_key *key = key_of(kinds[i].make);
		const size_t dlen = kinds[i].digest_len;
		const size_t len =
		    testca_sign(testca_key(kinds[i].make), digest, dlen, sig);

		print_message("  %s\n", kinds[i].what);
		for (int n = 0; n < 3; n++)
			assert_int_equal(sy_key_verify(key, digest, dlen, sig,
					     len),
			    SY_OK);
		digest[dlen - 1] ^= 1;
		assert_int_equal(sy_key_verify(key, digest, dlen, sig, len),
		    SY_ERR_SIGNATURE);
		digest[dlen - 1] ^= 1;
		for (size_t k = 0; k < SY_COUNT(kinds); k++) {
			struct sy_key *other = key_of(kinds[k].make);

			if (k != i && kinds[k].digest_len == dlen)
				assert_int_equal(sy_key_verify(other, digest,
						     dlen, sig, len),
				    SY_ERR_SIGNATURE);
			sy_key_free(&other);
		}
		sy_key_free(&key);
	}
}

static void
another_key_of_the_same_kind_does_not_verify(void **state)
{
	struct sy_key *key = key_of(TESTCA_P256_OTHER);
	uint8_t digest[32] = { 1 }, sig[512];
	const size_t len =
	    testca_sign(testca_key(TESTCA_P256), digest, sizeof(digest), sig);

	(void)state;
	assert_int_equal(sy_key_verify(key, digest, sizeof(digest), sig, len),
	    SY_ERR_SIGNATURE);
	sy_key_free(&key);
}

static void
a_signature_cut_padded_or_altered_at_any_byte_is_refused(void **state)
{
	uint8_t digest[SY_HASH_SIZE_MAX] = { 7 }, sig[SY_SIGNATURE_SIZE_MAX];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		struct sy_key *key = key_of(kinds[i].make);
		const size_t dlen = kinds[i].digest_len;
		const size_t len =
		    testca_sign(testca_key(kinds[i].make), digest, dlen, sig);

		for (size_t n = 0; n < len; n++) {
			assert_int_equal(sy_key_verify(key, digest, dlen, sig,
					     n),
			    SY_ERR_SIGNATURE);
			sig[n] ^= 0x01;
			assert_int_equal(sy_key_verify(key, digest, dlen, sig,
					     len),
			    SY_ERR_SIGNATURE);
			sig[n] ^= 0x01;
		}
		sig[len] = 0;
		assert_int_equal(sy_key_verify(key, digest, dlen, sig, len + 1),
		    SY_ERR_SIGNATURE);
		sy_key_free(&key);
	}
}

static void
a_digest_of_another_length_is_the_callers_mistake(void **state)
{
	uint8_t digest[64] = { 0 }, sig[512];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		struct sy_key *key = key_of(kinds[i].make);
		const size_t len = testca_sign(testca_key(kinds[i].make),
		    digest, kinds[i].digest_len, sig);

		for (size_t n = 0; n <= sizeof(digest); n++) {
			if (n != kinds[i].digest_len)
				assert_int_equal(sy_key_verify(key, digest, n,
						     sig, len),
				    SY_ERR_ARG);
		}
		assert_int_equal(sy_key_verify(key, NULL, 32, sig, len),
		    SY_ERR_ARG);
		assert_int_equal(sy_key_verify(key, digest, 32, NULL, len),
		    SY_ERR_ARG);
		assert_int_equal(sy_key_verify(NULL, digest, 32, sig, len),
		    SY_ERR_ARG);
		sy_key_free(&key);
	}
}

/* The order of P-256 and its neighbours, as r of a signature whose s is 1. */
static void
r_and_s_out_of_range_are_refused(void **state)
{
	static const uint8_t order[32] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
		0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2,
		0xfc, 0x63, 0x25, 0x51 };
	static const uint8_t zero_r[] = { 0x30, 6, 2, 1, 0, 2, 1, 1 };
	static const uint8_t zero_s[] = { 0x30, 6, 2, 1, 1, 2, 1, 0 };
	static const uint8_t negative[] = { 0x30, 6, 2, 1, 0xff, 2, 1, 1 };
	static const uint8_t small[] = { 0x30, 6, 2, 1, 1, 2, 1, 1 };
	struct sy_key *key = key_of(TESTCA_P256);
	uint8_t sig[64] = { 0x30, 38, 2, 33, 0 }, digest[32] = { 1 };

	(void)state;
	for (int delta = -1; delta <= 1; delta++) {
		memcpy(sig + 5, order, sizeof(order));
		sig[36] = (uint8_t)(sig[36] + delta);
		memcpy(sig + 37, (const uint8_t[]){ 2, 1, 1 }, 3);
		assert_int_equal(sy_key_verify(key, digest, 32, sig, 40),
		    SY_ERR_SIGNATURE);
	}
	assert_int_equal(sy_key_verify(key, digest, 32, zero_r, 8),
	    SY_ERR_SIGNATURE);
	assert_int_equal(sy_key_verify(key, digest, 32, zero_s, 8),
	    SY_ERR_SIGNATURE);
	assert_int_equal(sy_key_verify(key, digest, 32, negative, 8),
	    SY_ERR_SIGNATURE);
	assert_int_equal(sy_key_verify(key, digest, 32, small, 8),
	    SY_ERR_SIGNATURE);
	sy_key_free(&key);
}

struct many {
	struct sy_key *key;
	uint8_t digest[32];
	uint8_t sig[512];
	size_t len;
};

static void *
verify_often(void *arg)
{
	const struct many *m = arg;

	for (int i = 0; i < 200; i++) {
		if (sy_key_verify(m->key, m->digest, 32, m->sig, m->len) !=
		    SY_OK)
			return arg;
	}
	return NULL;
}

static void
one_key_serves_many_threads_at_once(void **state)
{
	struct many m = { .key = key_of(TESTCA_RSA2048) };
	pthread_t threads[4];

	(void)state;
	m.len = testca_sign(testca_key(TESTCA_RSA2048), m.digest, 32, m.sig);
	for (size_t i = 0; i < SY_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, verify_often,
				     &m),
		    0);
	for (size_t i = 0; i < SY_COUNT(threads); i++) {
		void *failed = &m;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	sy_key_free(&m.key);
}

/* OpenSSL's allocations: the one that brings this to 0 fails. */
static long allocations_left = -1;

static void *
allocate(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	if (allocations_left > 0 && --allocations_left == 0)
		return NULL;
	return malloc(size);
}

static void *
reallocate(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	if (allocations_left > 0 && --allocations_left == 0)
		return NULL;
	return realloc(p, size);
}

static void
release(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static void
no_failed_allocation_makes_a_message_good(void **state)
{
	static const enum testca_alg algs[] = { TESTCA_P256, TESTCA_ED25519 };
	uint8_t message[50] = { 8 }, sig[512];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(algs); i++) {
		struct sy_key *key = key_of(algs[i]);
		const size_t len = testca_sign_message(testca_key(algs[i]),
		    message, sizeof(message), sig);
		bool failed;
		enum sy_err err;
		long n = 0;

		do {
			allocations_left = ++n;
			err = sy_key_verify_message(key, message,
			    sizeof(message), sig, len);
			failed = allocations_left == 0;
			allocations_left = n;
			assert_int_not_equal(sy_key_verify_message(key, message,
						 sizeof(message) - 1, sig, len),
			    SY_OK);
		} while (failed);
		allocations_left = -1;
		assert_true(n > 1);
		assert_int_equal(err, SY_OK);
		sy_key_free(&key);
	}
}

static void
no_failed_allocation_makes_a_signature_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		struct sy_key *key = key_of(kinds[i].make);
		uint8_t digest[SY_HASH_SIZE_MAX] = { 3 }, sig[512];
		const size_t dlen = kinds[i].digest_len;
		const size_t len =
		    testca_sign(testca_key(kinds[i].make), digest, dlen, sig);
		bool failed;
		enum sy_err err;
		long n;

		for (n = 1;; n++) {
			allocations_left = n;
			err = sy_key_verify(key, digest, dlen, sig, len);
			failed = allocations_left == 0;
			digest[0] ^= 1;
			allocations_left = n;
			assert_int_not_equal(sy_key_verify(key, digest, dlen,
						 sig, len),
			    SY_OK);
			digest[0] ^= 1;
			if (!failed)
				break;
		}
		allocations_left = -1;
		assert_true(n > 1);
		assert_int_equal(err, SY_OK);
		sy_key_free(&key);
	}
}

static int
forget_keys(void **state)
{
	(void)state;
	testca_free_keys();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    allowed_kinds_are_known_by_name_hash_and_bytes),
		cmocka_unit_test(keys_of_other_kinds_and_sizes_are_refused),
		cmocka_unit_test(a_key_cut_or_padded_at_any_byte_is_refused),
		cmocka_unit_test(
		    an_ed25519_key_signs_whole_messages_and_no_digests),
		cmocka_unit_test(messages_are_hashed_with_the_hash_of_the_key),
		cmocka_unit_test(an_ed25519_point_of_small_order_is_no_key),
		cmocka_unit_test(an_ed25519_key_has_one_form),
		cmocka_unit_test(altered_keys_are_refused),
		cmocka_unit_test(a_point_beside_the_curve_is_refused),
		cmocka_unit_test(an_even_modulus_or_one_bit_less_is_refused),
		cmocka_unit_test(
		    signatures_verify_by_their_key_over_their_digest_only),
		cmocka_unit_test(another_key_of_the_same_kind_does_not_verify),
		cmocka_unit_test(
		    a_signature_cut_padded_or_altered_at_any_byte_is_refused),
		cmocka_unit_test(
		    a_digest_of_another_length_is_the_callers_mistake),
		cmocka_unit_test(r_and_s_out_of_range_are_refused),
		cmocka_unit_test(one_key_serves_many_threads_at_once),
		cmocka_unit_test(no_failed_allocation_makes_a_signature_good),
		cmocka_unit_test(no_failed_allocation_makes_a_message_good),
	};

	/* Before OpenSSL allocates anything. */
	if (CRYPTO_set_mem_functions(allocate, reallocate, release) != 1)
		return 1;

	return cmocka_run_group_tests(tests, NULL, forget_keys);
}
