/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CARD-6, CRYPT-1, MFA-4: the verifiers of cards and of FIDO2 keys against the
 * vectors of Project Wycheproof, from DIR/wycheproof as given by configure
 * --with-vectors=DIR. Without them the test reports itself as skipped.
 *
 * Every "invalid" vector is refused and every "valid" one accepted, but for
 * keys that sy_key_from_spki refuses: exponent 3 (flag SmallPublicKey), which
 * SP 800-131A does not allow. "acceptable" vectors: see below.
 */
#include <stdlib.h>

#include <jansson.h>
#include <openssl/evp.h>

#include <sanyoso/key.h>
#include <sanyoso/text.h>

#include "tests/support/unit.h"

#define SKIPPED 77 /* for automake */
#define HEX_MAX 8192

static const struct vectors {
	const char *file;
	size_t least; /* tests that must have run: none may get lost */
} files[] = {
	{ "ecdsa_secp256r1_sha256_test.json", 484 },
	{ "ecdsa_secp384r1_sha384_test.json", 504 },
	{ "rsa_signature_2048_sha256_test.json", 259 },
	{ "rsa_signature_3072_sha256_test.json", 259 },
	{ "ed25519_test.json", 151 },
};

struct group {
	struct sy_key *key;
	bool key_refused;
};

struct bytes {
	uint8_t data[HEX_MAX];
	size_t len;
};

static void
from_hex(const json_t *object, const char *name, struct bytes *out)
{
	const char *hex = json_string_value(json_object_get(object, name));

	assert_non_null(hex);
	out->len = strlen(hex) / 2;
	assert_true(out->len <= sizeof(out->data));
	assert_int_equal(sy_text_unhex(hex, out->data, out->len), SY_OK);
}

static bool
has_flag(const json_t *test, const char *flag)
{
	const json_t *flags = json_object_get(test, "flags");
	const json_t *value;
	size_t i;

	json_array_foreach(flags, i, value)
	{
		if (strcmp(json_string_value(value), flag) == 0)
			return true;
	}
	return false;
}

static struct group
open_group(const json_t *json)
{
	struct group g = { NULL, false };
	struct bytes der;
	enum sy_err err;

	from_hex(json, "publicKeyDer", &der);
	err = sy_key_from_spki(der.data, der.len, &g.key, NULL);
	g.key_refused = err == SY_ERR_ALGORITHM;
	assert_true(err == SY_OK || g.key_refused);
	return g;
}

static enum sy_err
verify(const struct group *g, const json_t *test)
{
	const enum sy_hash hash = sy_key_alg_hash(sy_key_alg(g->key));
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct bytes msg, sig;
	enum sy_err err;

	from_hex(test, "msg", &msg);
	from_hex(test, "sig", &sig);
	err =
	    sy_key_verify_message(g->key, msg.data, msg.len, sig.data, sig.len);
	if (sy_key_alg(g->key) == SY_KEY_ED25519)
		return err;
	assert_int_equal(EVP_Digest(msg.data, msg.len, digest, NULL,
			     hash == SY_HASH_SHA384 ? EVP_sha384()
						    : EVP_sha256(),
			     NULL),
	    1);
	/* Cards come by digest, keys by message. */
	assert_int_equal(sy_key_verify(g->key, digest, sy_hash_size(hash),
			     sig.data, sig.len),
	    err);
	return err;
}

static void
run(const struct group *g, const json_t *test)
{
	const char *result = json_string_value(json_object_get(test, "result"));
	const int id = (int)json_integer_value(json_object_get(test, "tcId"));
	enum sy_err err;

	assert_non_null(result);
	if (g->key_refused) {
		assert_true(has_flag(test, "SmallPublicKey"));
		return;
	}
	err = verify(g, test);
	/* The one kind of "acceptable": a DigestInfo whose NULL parameters are
	 * missing (RFC 8017 section 9.2 note 2 lets a verifier take it). No
	 * card makes it, the encoding would not be unique, so we refuse it. */
	if (strcmp(result, "acceptable") == 0)
		assert_true(has_flag(test, "MissingNull"));
	if (err != (strcmp(result, "valid") == 0 ? SY_OK : SY_ERR_SIGNATURE))
		fail_msg("test %d, %s: %s", id, result, sy_err_name(err));
}

static void
every_vector_has_its_result(void **state)
{
	const char *dir = *state;

	for (size_t i = 0; i < SY_COUNT(files); i++) {
		char path[4096];
		json_t *root, *json, *test;
		size_t n = 0, k, m;

		snprintf(path, sizeof(path), "%s/wycheproof/%s", dir,
		    files[i].file);
		root = json_load_file(path, 0, NULL);
		if (root == NULL)
			fail_msg("can't read %s", path);
		json_array_foreach(json_object_get(root, "testGroups"), k, json)
		{
			struct group g = open_group(json);

			json_array_foreach(json_object_get(json, "tests"), m,
			    test)
			{
				run(&g, test);
				n++;
			}
			sy_key_free(&g.key);
		}
		print_message("  %s: %zu vectors\n", files[i].file, n);
		assert_true(n >= files[i].least);
		json_decref(root);
	}
}

int
main(void)
{
	/* Set by the makefile from what configure was given. */
	char *dir = getenv("SY_TEST_VECTORS");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(every_vector_has_its_result, dir),
	};

	if (dir == NULL || dir[0] == '\0') {
		printf("skipped: configure --with-vectors=DIR was not given\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
