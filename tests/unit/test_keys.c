/* SPDX-License-Identifier: Apache-2.0 */
/* server/auth/keys.c: keys stay parsed, and follow their token's row. */
#include "tests/support/unit.h"

#include <stdlib.h>

#include "server/auth/keys.h"
#include "tests/support/testca.h"

struct spki {
	uint8_t *der;
	size_t len;
};

static struct spki p256, rsa, ed25519;

static int
make_keys(void **state)
{
	(void)state;
	p256.der = testca_spki(testca_key(TESTCA_P256), &p256.len);
	rsa.der = testca_spki(testca_key(TESTCA_RSA2048), &rsa.len);
	ed25519.der = testca_spki(testca_key(TESTCA_ED25519), &ed25519.len);
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	free(p256.der);
	free(rsa.der);
	free(ed25519.der);
	testca_free_keys();
	return 0;
}

static const struct sy_key *
get(struct keys *keys, int64_t token, const struct spki *spki)
{
	const struct sy_key *key = NULL;

	assert_int_equal(keys_get(keys, token, spki->der, spki->len, &key),
	    SY_OK);
	return key;
}

static void
a_key_is_parsed_once(void **state)
{
	SY_AUTO(keys_free) struct keys *keys = NULL;
	const struct sy_key *key;

	(void)state;
	assert_int_equal(keys_new(4, &keys), SY_OK);
	key = get(keys, 1, &p256);
	assert_int_equal(sy_key_alg(key), SY_KEY_P256);
	(void)get(keys, 2, &rsa);
	assert_ptr_equal(get(keys, 1, &p256), key);
	key = get(keys, 3, &ed25519);
	assert_int_equal(sy_key_alg(key), SY_KEY_ED25519);
	assert_ptr_equal(get(keys, 3, &ed25519), key);
}

static void
a_row_with_another_key_gets_that_key(void **state)
{
	SY_AUTO(keys_free) struct keys *keys = NULL;

	(void)state;
	assert_int_equal(keys_new(4, &keys), SY_OK);
	assert_int_equal(sy_key_alg(get(keys, 1, &p256)), SY_KEY_P256);
	assert_int_equal(sy_key_alg(get(keys, 1, &rsa)), SY_KEY_RSA2048);
	assert_int_equal(sy_key_alg(get(keys, 1, &p256)), SY_KEY_P256);
}

static void
the_least_recently_used_makes_room(void **state)
{
	SY_AUTO(keys_free) struct keys *keys = NULL;
	const struct sy_key *one;

	(void)state;
	assert_int_equal(keys_new(2, &keys), SY_OK);
	one = get(keys, 1, &p256);
	(void)get(keys, 2, &p256);
	assert_ptr_equal(get(keys, 1, &p256), one);
	(void)get(keys, 3, &rsa);
	assert_ptr_equal(get(keys, 1, &p256), one);
	for (int64_t i = 4; i < 40; i++)
		(void)get(keys, i, &p256);
}

/* A signature is being verified while the row changes, others come and the
 * server ends. */
static void
a_key_that_is_held_outlives_its_entry(void **state)
{
	SY_AUTO(keys_free) struct keys *keys = NULL;
	struct keys_entry *held = NULL, *again = NULL, *newer = NULL;

	(void)state;
	assert_int_equal(keys_new(1, &keys), SY_OK);
	assert_int_equal(keys_hold(keys, 1, p256.der, p256.len, &held), SY_OK);
	assert_int_equal(keys_hold(keys, 1, p256.der, p256.len, &again), SY_OK);
	assert_ptr_equal(keys_key(again), keys_key(held));
	/* Replaced by another key, which another token drops. */
	assert_int_equal(keys_hold(keys, 1, rsa.der, rsa.len, &newer), SY_OK);
	(void)get(keys, 2, &p256);
	keys_release(&held);
	assert_null(held);
	assert_int_equal(sy_key_alg(keys_key(again)), SY_KEY_P256);
	assert_int_equal(sy_key_alg(keys_key(newer)), SY_KEY_RSA2048);
	keys_release(&again);
	assert_int_equal(keys_hold(keys, 3, p256.der, p256.len, &held), SY_OK);
	keys_free(&keys);
	assert_int_equal(sy_key_alg(keys_key(held)), SY_KEY_P256);
	keys_release(&held);
	keys_release(&held);
	keys_release(&newer);
}

static void
what_is_no_key_is_refused_and_not_kept(void **state)
{
	SY_AUTO(keys_free) struct keys *keys = NULL;
	const struct sy_key *key = NULL;

	(void)state;
	assert_int_equal(keys_new(2, &keys), SY_OK);
	assert_int_equal(keys_get(keys, 1, p256.der, p256.len - 1, &key),
	    SY_ERR_FORMAT);
	assert_null(key);
	(void)get(keys, 1, &p256);
	assert_int_equal(keys_new(0, &keys), SY_ERR_ARG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_parsed_once),
		cmocka_unit_test(a_row_with_another_key_gets_that_key),
		cmocka_unit_test(the_least_recently_used_makes_room),
		cmocka_unit_test(a_key_that_is_held_outlives_its_entry),
		cmocka_unit_test(what_is_no_key_is_refused_and_not_kept),
	};

	return cmocka_run_group_tests_name("keys", tests, make_keys, free_keys);
}
