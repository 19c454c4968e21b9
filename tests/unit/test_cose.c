/* SPDX-License-Identifier: Apache-2.0 */
/* CRYPT-1: only allowed kinds of keys, and each in one form. */
#include <stdlib.h>

#include "lib/inherence/cose.h"
#include "tests/support/keymaker.h"
#include "tests/support/unit.h"

static const struct {
	enum testca_alg make;
	enum sy_key_alg alg;
	int cose;
} kinds[] = {
	{ TESTCA_P256, SY_KEY_P256, -7 },
	{ TESTCA_P384, SY_KEY_P384, -35 },
	{ TESTCA_ED25519, SY_KEY_ED25519, -8 },
	{ TESTCA_RSA2048, SY_KEY_RSA2048, -257 },
	{ TESTCA_RSA3072, SY_KEY_RSA3072, -257 },
};

static enum sy_err
read(const struct blob *b, struct sy_key **ret)
{
	struct sy_error e = { 0 };
	struct sy_reader r;
	struct sy_cbor map;
	enum sy_err err;

	sy_reader_init(&r, b->data, b->len);
	if (sy_cbor_take(&r, &map) != SY_OK || sy_reader_end(&r) != SY_OK)
		return SY_ERR_FORMAT;
	err = sy_cose_key(&map, ret, &e);
	assert_int_equal(e.code, err);
	return err;
}

static enum sy_err
try(const struct blob *b)
{
	struct sy_key *key = NULL;
	const enum sy_err err = read(b, &key);

	assert_int_equal(err == SY_OK, key != NULL);
	sy_key_free(&key);
	return err;
}

static void
keys_become_their_canonical_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		struct blob b = { .len = 0 };
		struct sy_key *key = NULL;
		size_t len, want_len;
		uint8_t *want =
		    testca_spki(testca_key(kinds[i].make), &want_len);
		const uint8_t *got;

		keymaker_cose(&b, testca_key(kinds[i].make));
		assert_int_equal(read(&b, &key), SY_OK);
		assert_int_equal(sy_key_alg(key), kinds[i].alg);
		got = sy_key_spki(key, &len);
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
		for (size_t k = 0; k < SY_COUNT(kinds); k++)
			assert_int_equal(sy_cose_alg_fits(kinds[k].cose,
					     kinds[i].alg),
			    kinds[k].cose == kinds[i].cose);
		assert_false(sy_cose_alg_fits(0, kinds[i].alg));
		sy_key_free(&key);
		free(want);
	}
	assert_false(sy_cose_alg_fits(0, SY_KEY_NONE));
}

static void
other_kinds_and_sizes_are_refused(void **state)
{
	static const enum testca_alg others[] = { TESTCA_P521, TESTCA_RSA1024,
		TESTCA_RSA4096 };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(others); i++) {
		struct blob b = { .len = 0 };

		keymaker_cose(&b, testca_key(others[i]));
		assert_int_equal(try(&b), SY_ERR_ALGORITHM);
	}
}

/* A key that is cut or of which a byte was altered never comes to more than
 * another key of the same kind. */
static void
altered_and_cut_keys_are_another_key_or_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(kinds); i++) {
		struct blob b = { .len = 0 };
		size_t taken = 0;

		keymaker_cose(&b, testca_key(kinds[i].make));
		for (size_t n = 0; n < b.len; n++) {
			const size_t len = b.len;

			b.len = n;
			assert_int_equal(try(&b), SY_ERR_FORMAT);
			b.len = len;
			b.data[n] ^= 0x01;
			taken += try(&b) == SY_OK;
			b.data[n] ^= 0x01;
		}
		/* On a curve of Weierstrass no other point is one bit away. */
		if (kinds[i].make == TESTCA_P256 ||
		    kinds[i].make == TESTCA_P384)
			assert_int_equal(taken, 0);
		b.data[b.len++] = 0;
		assert_int_equal(try(&b), SY_ERR_FORMAT);
	}
}

/* {1: kty, 3: alg, -1: crv, -2: x, -3: y} with what is said. */
static void
put_ec(struct blob *b, int members, int kty, int alg, int crv, size_t x,
    size_t y)
{
	static const uint8_t zeros[100];

	b->len = 0;
	cbor_head(b, 5, (uint64_t)members);
	cbor_int(b, 1);
	cbor_int(b, kty);
	cbor_int(b, 3);
	cbor_int(b, alg);
	cbor_int(b, -1);
	cbor_int(b, crv);
	cbor_int(b, -2);
	cbor_bytes(b, zeros, x);
	if (members < 5)
		return;
	cbor_int(b, -3);
	cbor_bytes(b, zeros, y);
}

static void
members_are_those_of_the_type(void **state)
{
	struct blob b;

	(void)state;
	put_ec(&b, 5, 2, -7, 1, 32, 31);
	assert_int_equal(try(&b), SY_ERR_FORMAT);
	put_ec(&b, 5, 2, -7, 1, 33, 32);
	assert_int_equal(try(&b), SY_ERR_FORMAT);
	put_ec(&b, 4, 2, -7, 1, 32, 0);
	assert_int_equal(try(&b), SY_ERR_FORMAT);
	/* Right in form, and no point. */
	put_ec(&b, 5, 2, -7, 1, 32, 32);
	assert_int_equal(try(&b), SY_ERR_FORMAT);
	/* Algorithm and curve that do not belong together. */
	put_ec(&b, 5, 2, -7, 2, 48, 48);
	assert_int_equal(try(&b), SY_ERR_ALGORITHM);
	put_ec(&b, 5, 2, -35, 1, 32, 32);
	assert_int_equal(try(&b), SY_ERR_ALGORITHM);
	put_ec(&b, 5, 2, -8, 1, 32, 32);
	assert_int_equal(try(&b), SY_ERR_ALGORITHM);
	put_ec(&b, 5, 2, -47, 8, 32, 32);
	assert_int_equal(try(&b), SY_ERR_ALGORITHM);
	put_ec(&b, 5, 1, -8, 6, 32, 32);
	assert_int_equal(try(&b), SY_ERR_FORMAT);
	/* A point of small order. */
	put_ec(&b, 4, 1, -8, 6, 32, 0);
	assert_int_equal(try(&b), SY_ERR_ALGORITHM);
	put_ec(&b, 5, 9, -7, 1, 32, 32);
	assert_int_equal(try(&b), SY_ERR_ALGORITHM);
	/* {1: "a", 3: -7}, {}, 1 */
	b.len = 0;
	blob_add(&b, "\xa2\x01\x61\x61\x03\x26", 6);
	assert_int_equal(try(&b), SY_ERR_FORMAT);
	b.len = 0;
	blob_add(&b, "\xa0", 1);
	assert_int_equal(try(&b), SY_ERR_FORMAT);
	b.len = 0;
	blob_add(&b, "\x01", 1);
	assert_int_equal(try(&b), SY_ERR_FORMAT);
}

static void
an_rsa_key_has_exponent_65537_and_its_top_bit(void **state)
{
	struct blob b = { .len = 0 };

	(void)state;
	keymaker_cose(&b, testca_key(TESTCA_RSA2048));
	assert_int_equal(try(&b), SY_OK);
	b.data[b.len - 1] = 3;
	assert_int_equal(try(&b), SY_ERR_ALGORITHM);
	b.data[b.len - 1] = 1;
	/* 01 00 01 as three bytes behind 43; one byte more. */
	memcpy(b.data + b.len - 4, "\x44\x00\x01\x00\x01", 5);
	b.len++;
	assert_int_equal(try(&b), SY_ERR_ALGORITHM);
	/* a4 01 03 03 39 0100 20 59 0100: the modulus stands at 11. */
	b.len = 0;
	keymaker_cose(&b, testca_key(TESTCA_RSA2048));
	b.data[11] &= 0x7f;
	assert_int_not_equal(try(&b), SY_OK);
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
		cmocka_unit_test(keys_become_their_canonical_form),
		cmocka_unit_test(other_kinds_and_sizes_are_refused),
		cmocka_unit_test(altered_and_cut_keys_are_another_key_or_none),
		cmocka_unit_test(members_are_those_of_the_type),
		cmocka_unit_test(an_rsa_key_has_exponent_65537_and_its_top_bit),
	};

	return cmocka_run_group_tests(tests, NULL, forget_keys);
}
