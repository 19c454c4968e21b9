/* SPDX-License-Identifier: Apache-2.0 */
/* server/auth/packed.c: what is packed comes back as it was. */
#include "tests/support/unit.h"

#include <stdlib.h>

#include "server/auth/packed.h"

#define LEN 1500

static void
comes_back(const uint8_t *in, size_t len, size_t most)
{
	/* Of their very sizes, so that no byte beyond is touched unseen. */
	uint8_t *packed = malloc(PACKED_MAX(len)), *out = malloc(len + 1);
	uint8_t *exact;
	size_t n;

	assert_non_null(packed);
	assert_non_null(out);
	n = pack(in, len, packed);
	assert_in_range(n, 0, most);
	exact = malloc(n + 1);
	assert_non_null(exact);
	memcpy(exact, packed, n);
	out[len] = 0x5a;
	assert_true(unpack(exact, n, out, len));
	assert_memory_equal(out, in, len);
	assert_int_equal(out[len], 0x5a);
	free(exact);
	free(packed);
	free(out);
}

static void
whatever_it_is(void **state)
{
	uint8_t in[LEN];

	(void)state;
	memset(in, 0, sizeof(in));
	for (size_t len = 0; len <= LEN; len++)
		comes_back(in, len, 2 * (len / 255 + 1));
	memset(in, 0xff, sizeof(in));
	for (size_t len = 0; len <= LEN; len++)
		comes_back(in, len, len + 2 * (len / 255 + 1));
	for (size_t i = 0; i < LEN; i += 2)
		in[i] = 0;
	for (size_t len = 0; len <= LEN; len++)
		comes_back(in, len, PACKED_MAX(len));
	srand(1);
	for (int round = 0; round < 2000; round++) {
		const int zeros = rand() % 101;

		for (size_t i = 0; i < LEN; i++)
			in[i] = rand() % 100 < zeros ? 0 : (uint8_t)rand();
		comes_back(in, (size_t)(rand() % (LEN + 1)), PACKED_MAX(LEN));
	}
}

static void
what_is_not_packed_is_refused(void **state)
{
	static const struct {
		const char *what;
		uint8_t in[8];
		size_t len;
	} tc[] = {
		{ "nothing", { 0 }, 0 },
		{ "half a head", { 4 }, 1 },
		{ "too few zeros", { 3, 0 }, 2 },
		{ "too many zeros", { 5, 0 }, 2 },
		{ "too few bytes", { 1, 2, 7, 7 }, 4 },
		{ "too many bytes", { 1, 4, 7, 7, 7, 7 }, 6 },
		{ "bytes that are not there", { 1, 3, 7, 7 }, 4 },
		{ "more behind it", { 4, 0, 0 }, 3 },
	};
	uint8_t out[4];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_false(unpack(tc[i].in, tc[i].len, out, sizeof(out)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_it_is),
		cmocka_unit_test(what_is_not_packed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
