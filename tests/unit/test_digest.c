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

static const uint8_t zero[SY_DIGEST_SIZE];

/* LOG-3: what each hash covers, byte by byte, against another computation. */
static void
a_commitment_hashes_prefix_salt_and_encoding(void **state)
{
	uint8_t input[1 + SY_AUDIT_SALT_SIZE + 300];
	uint8_t want[SY_DIGEST_SIZE], got[SY_DIGEST_SIZE];
	static const size_t lengths[] = { 0, 1, 47, 48, 300 };

	(void)state;
	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (uint8_t)(i * 7);
	input[0] = 0x02;
	for (size_t i = 0; i < SY_COUNT(lengths); i++) {
		SHA256(input, 1 + SY_AUDIT_SALT_SIZE + lengths[i], want);
		assert_int_equal(sy_audit_commitment(input + 1,
				     input + 1 + SY_AUDIT_SALT_SIZE, lengths[i],
				     got),
		    SY_OK);
		assert_memory_equal(got, want, sizeof(got));
	}
}

static void
a_leaf_hashes_prefix_sequence_time_and_commitment(void **state)
{
	uint8_t input[1 + 8 + 8 + SY_DIGEST_SIZE] = { 0x00, 1, 2, 3, 4, 5, 6, 7,
		8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xaa };
	uint8_t want[SY_DIGEST_SIZE], got[SY_DIGEST_SIZE];

	(void)state;
	SHA256(input, sizeof(input), want);
	assert_int_equal(sy_audit_leaf(UINT64_C(0x0102030405060708), -2,
			     input + 17, got),
	    SY_OK);
	assert_memory_equal(got, want, sizeof(got));
}

static void
the_chain_hashes_prefix_previous_and_leaf(void **state)
{
	uint8_t input[1 + 2 * SY_DIGEST_SIZE] = { 0x03 };
	uint8_t want[SY_DIGEST_SIZE], got[SY_DIGEST_SIZE];

	(void)state;
	input[1 + SY_DIGEST_SIZE] = 0x5a; /* behind 32 zero bytes */
	SHA256(input, sizeof(input), want);
	assert_int_equal(sy_audit_chain(zero, input + 1 + SY_DIGEST_SIZE, got),
	    SY_OK);
	assert_memory_equal(got, want, sizeof(got));
	/* In place, as a ledger goes on. */
	memcpy(input + 1, want, SY_DIGEST_SIZE);
	SHA256(input, sizeof(input), want);
	assert_int_equal(sy_audit_chain(got, input + 1 + SY_DIGEST_SIZE, got),
	    SY_OK);
	assert_memory_equal(got, want, sizeof(got));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_commitment_hashes_prefix_salt_and_encoding),
		cmocka_unit_test(
		    a_leaf_hashes_prefix_sequence_time_and_commitment),
		cmocka_unit_test(the_chain_hashes_prefix_previous_and_leaf),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
