/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/sha.h>

#include <sanyoso/audit.h>
#include <sanyoso/text.h>

#define LEAVES 70

static uint8_t leaf[LEAVES][SY_DIGEST_SIZE];

static void
node(const uint8_t *left, const uint8_t *right, uint8_t *ret)
{
	uint8_t input[1 + 2 * SY_DIGEST_SIZE] = { 0x01 };

	memcpy(input + 1, left, SY_DIGEST_SIZE);
	memcpy(input + 1 + SY_DIGEST_SIZE, right, SY_DIGEST_SIZE);
	SHA256(input, sizeof(input), ret);
}

/* MTH of RFC 9162 section 2.1.1 as it is written there. */
static void
naive_root(size_t from, size_t n, uint8_t *ret)
{
	uint8_t left[SY_DIGEST_SIZE], right[SY_DIGEST_SIZE];
	size_t k = 1;

	if (n == 0) {
		SHA256((const uint8_t *)"", 0, ret);
		return;
	}
	if (n == 1) {
		memcpy(ret, leaf[from], SY_DIGEST_SIZE);
		return;
	}
	while (2 * k < n)
		k *= 2;
	naive_root(from, k, left);
	naive_root(from + k, n - k, right);
	node(left, right, ret);
}

static int
make_leaves(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEAVES; i++) {
		uint8_t input[2] = { 0x00, (uint8_t)i };

		SHA256(input, sizeof(input), leaf[i]);
	}
	return 0;
}

static void
add_leaves(struct sy_tree *tree, size_t n)
{
	memset(tree, 0, sizeof(*tree));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(sy_tree_add(tree, leaf[i]), SY_OK);
}

/* LOG-3 */
static void
the_root_is_that_of_the_recursive_definition(void **state)
{
	struct sy_tree tree = { 0 };
	uint8_t want[SY_DIGEST_SIZE], got[SY_DIGEST_SIZE];

	(void)state;
	for (size_t n = 0;; n++) {
		assert_int_equal(tree.size, n);
		naive_root(0, n, want);
		assert_int_equal(sy_tree_root(&tree, got), SY_OK);
		assert_memory_equal(got, want, sizeof(got));
		if (n == LEAVES)
			break;
		assert_int_equal(sy_tree_add(&tree, leaf[n]), SY_OK);
	}
}

/* The inputs and roots that Certificate Transparency's logs are tested by. */
static void
the_published_roots_come_out(void **state)
{
	static const struct {
		const char *input;
		const char *root;
	} tc[] = {
		{ "",
		    "6e340b9cffb37a989ca544e6bb780a2c"
		    "78901d3fb33738768511a30617afa01d" },
		{ "00",
		    "fac54203e7cc696cf0dfcb42c92a1d9d"
		    "baf70ad9e621f4bd8d98662f00e3c125" },
		{ "10",
		    "aeb6bcfe274b70a14fb067a5e5578264"
		    "db0fa9b51af5e0ba159158f329e06e77" },
		{ "2021",
		    "d37ee418976dd95753c1c73862b9398f"
		    "a2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "3031",
		    "4e3bbb1f7b478dcfe71fb631631519a3"
		    "bca12c9aefca1612bfce4c13a86264d4" },
		{ "40414243",
		    "76e67dadbcdf1e10e1b74ddc608abd2f"
		    "98dfb16fbce75277b5232a127f2087ef" },
		{ "5051525354555657",
		    "ddb89be403809e325750d3d263cd7892"
		    "9c2942b7942a34b77e122c9594a74c8c" },
		{ "606162636465666768696a6b6c6d6e6f",
		    "5dc9da79a70659a9ad559cb701ded9a2"
		    "ab9d823aad2f4960cfe370eff4604328" },
	};
	struct sy_tree tree = { 0 };
	uint8_t input[1 + 16] = { 0x00 };
	uint8_t hash[SY_DIGEST_SIZE], want[SY_DIGEST_SIZE];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const size_t len = strlen(tc[i].input) / 2;

		assert_int_equal(sy_text_unhex(tc[i].input, input + 1, len),
		    SY_OK);
		assert_int_equal(sy_text_unhex(tc[i].root, want, sizeof(want)),
		    SY_OK);
		SHA256(input, 1 + len, hash);
		assert_int_equal(sy_tree_add(&tree, hash), SY_OK);
		assert_int_equal(sy_tree_root(&tree, hash), SY_OK);
		assert_memory_equal(hash, want, sizeof(hash));
	}
}

static void
a_tree_that_was_stored_grows_on_as_if_it_had_not_been(void **state)
{
	struct sy_buf *buf = NULL;
	uint8_t want[SY_DIGEST_SIZE], got[SY_DIGEST_SIZE];
	struct sy_tree tree, back;

	(void)state;
	assert_int_equal(sy_buf_new(4096, &buf), SY_OK);
	for (size_t n = 0; n <= LEAVES; n++) {
		add_leaves(&tree, n);
		assert_int_equal(sy_tree_encode(&tree, buf), SY_OK);
		assert_int_equal(sy_tree_decode(sy_buf_data(buf),
				     sy_buf_len(buf), &back),
		    SY_OK);
		for (size_t i = n; i < LEAVES; i++)
			assert_int_equal(sy_tree_add(&back, leaf[i]), SY_OK);
		naive_root(0, LEAVES, want);
		assert_int_equal(sy_tree_root(&back, got), SY_OK);
		assert_memory_equal(got, want, sizeof(got));
	}
	sy_buf_free(&buf);
}

static void
a_stored_tree_of_another_length_or_version_is_refused(void **state)
{
	struct sy_buf *buf = NULL;
	struct sy_tree tree, back;
	uint8_t bytes[1 + 8 + 3 * SY_DIGEST_SIZE + 1] = { 0 };

	(void)state;
	add_leaves(&tree, 7);
	assert_int_equal(sy_buf_new(4096, &buf), SY_OK);
	assert_int_equal(sy_tree_encode(&tree, buf), SY_OK);
	assert_int_equal(sy_buf_len(buf), sizeof(bytes) - 1);
	memcpy(bytes, sy_buf_data(buf), sy_buf_len(buf));
	for (size_t len = 0; len <= sizeof(bytes); len++)
		assert_int_equal(sy_tree_decode(bytes, len, &back),
		    len == sizeof(bytes) - 1 ? SY_OK : SY_ERR_FORMAT);
	bytes[0] = 2;
	assert_int_equal(sy_tree_decode(bytes, sizeof(bytes) - 1, &back),
	    SY_ERR_FORMAT);
	sy_buf_free(&buf);
}

static void
a_tree_ends_at_the_largest_signed_number(void **state)
{
	static uint8_t bytes[1 + 8 + 64 * SY_DIGEST_SIZE] = { 1, 0x7f, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct sy_tree tree;

	(void)state;
	assert_int_equal(sy_tree_decode(bytes, 1 + 8 + 63 * SY_DIGEST_SIZE,
			     &tree),
	    SY_OK);
	assert_int_equal(sy_tree_add(&tree, leaf[0]), SY_ERR_LIMIT);
	assert_int_equal(tree.edges, 63);
	bytes[1] = 0xff;
	assert_int_equal(sy_tree_decode(bytes, sizeof(bytes), &tree),
	    SY_ERR_FORMAT);
}

static void
a_tree_at_odds_with_itself_is_not_stored(void **state)
{
	struct sy_buf *buf = NULL;
	struct sy_tree tree;

	(void)state;
	add_leaves(&tree, 7);
	tree.edges = 2;
	assert_int_equal(sy_buf_new(4096, &buf), SY_OK);
	assert_int_equal(sy_tree_encode(&tree, buf), SY_ERR_ARG);
	sy_buf_free(&buf);
}

/* --- paths --- */

/* PATH of RFC 9162 section 2.1.3.1 as it is written there. */
static void
naive_path(size_t m, size_t from, size_t n, struct sy_tree_path *ret)
{
	size_t k = 1;

	if (n == 1)
		return;
	while (2 * k < n)
		k *= 2;
	if (m < k) {
		naive_path(m, from, k, ret);
		naive_root(from + k, n - k, ret->node[ret->count++]);
	} else {
		naive_path(m - k, from + k, n - k, ret);
		naive_root(from, k, ret->node[ret->count++]);
	}
}

static void
expect_path(const struct sy_tree_path *got, const struct sy_tree_path *want)
{
	assert_int_equal(got->count, want->count);
	assert_memory_equal(got->node, want->node,
	    want->count * SY_DIGEST_SIZE);
}

static void
a_path_is_that_of_the_recursive_definition_and_leads_to_the_root(void **state)
{
	uint8_t nodes[LEAVES][SY_DIGEST_SIZE], root[SY_DIGEST_SIZE];
	uint8_t got[SY_DIGEST_SIZE];

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		naive_root(0, n, root);
		for (size_t m = 0; m < n; m++) {
			struct sy_tree_path path = { .count = 0 };
			struct sy_tree_path want = { .count = 0 };

			memcpy(nodes, leaf, sizeof(nodes));
			assert_int_equal(sy_tree_path_add(nodes, n, m, &path),
			    SY_OK);
			naive_path(m, 0, n, &want);
			expect_path(&path, &want);
			assert_memory_equal(nodes[0], root, sizeof(root));
			assert_int_equal(sy_tree_path_root(&path, leaf[m], m, n,
					     got),
			    SY_OK);
			assert_memory_equal(got, root, sizeof(root));
		}
	}
}

/* By complete subtrees of eight leaves, with what is left over behind them. */
static void
a_path_can_be_made_in_two_steps(void **state)
{
	uint8_t blocks[LEAVES][SY_DIGEST_SIZE], nodes[8][SY_DIGEST_SIZE];

	(void)state;
	for (size_t n = 1; n <= LEAVES; n++) {
		const size_t count = (n + 7) / 8;

		for (size_t m = 0; m < n; m++) {
			const size_t first = m / 8 * 8;
			const size_t left = n - first;
			struct sy_tree_path path = { .count = 0 };
			struct sy_tree_path want = { .count = 0 };

			for (size_t b = 0; b < count; b++)
				naive_root(8 * b, n - 8 * b < 8 ? n - 8 * b : 8,
				    blocks[b]);
			memcpy(nodes, leaf[first],
			    (left < 8 ? left : 8) * SY_DIGEST_SIZE);
			assert_int_equal(sy_tree_path_add(nodes,
					     left < 8 ? left : 8, m - first,
					     &path),
			    SY_OK);
			assert_int_equal(sy_tree_path_add(blocks, count, m / 8,
					     &path),
			    SY_OK);
			naive_path(m, 0, n, &want);
			expect_path(&path, &want);
		}
	}
}

static void
a_path_fits_no_other_leaf_place_or_size(void **state)
{
	const size_t n = 21, m = 13;
	uint8_t nodes[LEAVES][SY_DIGEST_SIZE], root[SY_DIGEST_SIZE];
	uint8_t got[SY_DIGEST_SIZE];
	struct sy_tree_path path = { .count = 0 };

	(void)state;
	memcpy(nodes, leaf, sizeof(nodes));
	assert_int_equal(sy_tree_path_add(nodes, n, n, &path), SY_ERR_ARG);
	assert_int_equal(sy_tree_path_add(nodes, n, m, &path), SY_OK);
	naive_root(0, n, root);
	for (size_t i = 0; i < 40; i++) {
		if (sy_tree_path_root(&path, leaf[m], i, n, got) == SY_OK)
			assert_int_equal(memcmp(got, root, sizeof(got)) == 0,
			    i == m);
		if (sy_tree_path_root(&path, leaf[i], m, n, got) == SY_OK)
			assert_int_equal(memcmp(got, root, sizeof(got)) == 0,
			    i == m);
	}
	for (size_t i = 0; i < path.count; i++) {
		path.node[i][i] ^= 1;
		assert_int_equal(sy_tree_path_root(&path, leaf[m], m, n, got),
		    SY_OK);
		assert_memory_not_equal(got, root, sizeof(got));
		path.node[i][i] ^= 1;
	}
	path.count--;
	assert_int_equal(sy_tree_path_root(&path, leaf[m], m, n, got),
	    SY_ERR_FORMAT);
	path.count += 2;
	assert_int_equal(sy_tree_path_root(&path, leaf[m], m, n, got),
	    SY_ERR_FORMAT);
	path.count = SY_TREE_PATH_MAX + 1;
	assert_int_equal(sy_tree_path_root(&path, leaf[m], m, UINT64_MAX, got),
	    SY_ERR_FORMAT);
	path.count = 0;
	assert_int_equal(sy_tree_path_root(&path, leaf[m], 0, 0, got),
	    SY_ERR_FORMAT);
	assert_int_equal(sy_tree_path_root(&path, leaf[m], 0, 1, got), SY_OK);
	assert_memory_equal(got, leaf[m], sizeof(got));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_that_of_the_recursive_definition),
		cmocka_unit_test(the_published_roots_come_out),
		cmocka_unit_test(
		    a_tree_that_was_stored_grows_on_as_if_it_had_not_been),
		cmocka_unit_test(
		    a_stored_tree_of_another_length_or_version_is_refused),
		cmocka_unit_test(a_tree_ends_at_the_largest_signed_number),
		cmocka_unit_test(a_tree_at_odds_with_itself_is_not_stored),
		cmocka_unit_test(
		    a_path_is_that_of_the_recursive_definition_and_leads_to_the_root),
		cmocka_unit_test(a_path_can_be_made_in_two_steps),
		cmocka_unit_test(a_path_fits_no_other_leaf_place_or_size),
	};

	return cmocka_run_group_tests_name("tree", tests, make_leaves, NULL);
}
