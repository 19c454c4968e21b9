/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <sanyoso/buf.h>

#include "tests/support/faults.h"
#include "tests/support/unit.h"

static void
numbers_are_big_endian(void **state)
{
	static const uint8_t want[] = { 0x01, 0x23, 0x45, 0x89, 0xab, 0xcd,
		0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };
	struct sy_buf *b = NULL;

	(void)state;
	assert_int_equal(sy_buf_new(15, &b), SY_OK);
	assert_int_equal(sy_buf_u8(b, 0x01), SY_OK);
	assert_int_equal(sy_buf_u16(b, 0x2345), SY_OK);
	assert_int_equal(sy_buf_u32(b, 0x89abcdef), SY_OK);
	assert_int_equal(sy_buf_u64(b, 0xfedcba9876543210), SY_OK);
	assert_int_equal(sy_buf_len(b), sizeof(want));
	assert_memory_equal(sy_buf_data(b), want, sizeof(want));
	assert_int_equal(sy_buf_status(b), SY_OK);
	sy_buf_free(&b);
	assert_null(b);
}

static void
bytes_and_texts_carry_their_length(void **state)
{
	static const uint8_t want[] = { 0, 2, 0xff, 0, 0, 0, 0, 1, 7, 0, 3,
		0xe4, 0xb8, 0x89, 0, 0, 'r', 'a' };
	struct sy_buf *b = NULL;

	(void)state;
	assert_int_equal(sy_buf_new(100, &b), SY_OK);
	assert_int_equal(sy_buf_bytes16(b, "\xff\x00", 2), SY_OK);
	assert_int_equal(sy_buf_bytes32(b, "\x07", 1), SY_OK);
	assert_int_equal(sy_buf_text(b, "\xe4\xb8\x89"), SY_OK);
	assert_int_equal(sy_buf_bytes16(b, NULL, 0), SY_OK);
	assert_int_equal(sy_buf_raw(b, "ra", 2), SY_OK);
	assert_int_equal(sy_buf_raw(b, NULL, 0), SY_OK);
	assert_int_equal(sy_buf_len(b), sizeof(want));
	assert_memory_equal(sy_buf_data(b), want, sizeof(want));
	sy_buf_free(&b);
}

static void
the_maximum_can_be_reached_but_not_passed(void **state)
{
	static const size_t max[] = { 1, 2, 255, 256, 257, 300, 512, 513,
		70000 };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(max); i++) {
		struct sy_buf *b = NULL;

		assert_int_equal(sy_buf_new(max[i], &b), SY_OK);
		for (size_t k = 0; k < max[i]; k++)
			assert_int_equal(sy_buf_u8(b, (uint8_t)k), SY_OK);
		assert_int_equal(sy_buf_u8(b, 0), SY_ERR_LIMIT);
		assert_int_equal(sy_buf_len(b), max[i]);
		for (size_t k = 0; k < max[i]; k++)
			assert_int_equal(sy_buf_data(b)[k], (uint8_t)k);
		sy_buf_free(&b);
	}
}

static void
an_error_sticks_until_reset(void **state)
{
	struct sy_buf *b = NULL;

	(void)state;
	assert_int_equal(sy_buf_new(3, &b), SY_OK);
	assert_int_equal(sy_buf_u16(b, 1), SY_OK);
	assert_int_equal(sy_buf_u16(b, 2), SY_ERR_LIMIT);
	assert_int_equal(sy_buf_u8(b, 3), SY_ERR_LIMIT);
	assert_int_equal(sy_buf_bytes16(b, "", 0), SY_ERR_LIMIT);
	assert_int_equal(sy_buf_text(b, "\n"), SY_ERR_LIMIT);
	assert_int_equal(sy_buf_set_u32(b, 0, 1), SY_ERR_LIMIT);
	assert_int_equal(sy_buf_status(b), SY_ERR_LIMIT);
	assert_int_equal(sy_buf_len(b), 2);
	sy_buf_reset(b);
	assert_int_equal(sy_buf_status(b), SY_OK);
	assert_int_equal(sy_buf_len(b), 0);
	assert_int_equal(sy_buf_u16(b, 4), SY_OK);
	sy_buf_free(&b);
}

static void
a_length_field_that_cannot_hold_the_length_is_a_limit(void **state)
{
	static uint8_t big[65536];
	struct sy_buf *b = NULL;

	(void)state;
	assert_int_equal(sy_buf_new(200000, &b), SY_OK);
	assert_int_equal(sy_buf_bytes16(b, big, 65535), SY_OK);
	assert_int_equal(sy_buf_bytes16(b, big, 65536), SY_ERR_LIMIT);
	assert_int_equal(sy_buf_len(b), 65537);
	sy_buf_reset(b);
	assert_int_equal(sy_buf_bytes32(b, big, 65536), SY_OK);
	assert_int_equal(sy_buf_len(b), 65540);
	assert_int_equal(sy_buf_bytes32(b, big, SIZE_MAX), SY_ERR_LIMIT);
	sy_buf_free(&b);
}

static void
unclean_text_is_refused(void **state)
{
	struct sy_buf *b = NULL;

	(void)state;
	assert_int_equal(sy_buf_new(100, &b), SY_OK);
	assert_int_equal(sy_buf_text(b, "a\tb"), SY_ERR_FORMAT);
	assert_int_equal(sy_buf_status(b), SY_ERR_FORMAT);
	assert_int_equal(sy_buf_len(b), 0);
	sy_buf_reset(b);
	assert_int_equal(sy_buf_text(b, ""), SY_OK);
	assert_int_equal(sy_buf_len(b), 2);
	sy_buf_free(&b);
}

static void
a_number_can_be_set_only_where_bytes_are(void **state)
{
	static const struct {
		size_t len;
		size_t at;
		enum sy_err err;
	} tc[] = {
		{ 0, 0, SY_ERR_ARG },
		{ 3, 0, SY_ERR_ARG },
		{ 4, 0, SY_OK },
		{ 4, 1, SY_ERR_ARG },
		{ 6, 2, SY_OK },
		{ 6, 3, SY_ERR_ARG },
		{ 6, SIZE_MAX, SY_ERR_ARG },
	};
	static const uint8_t zero[6];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_buf *b = NULL;

		assert_int_equal(sy_buf_new(6, &b), SY_OK);
		assert_int_equal(sy_buf_raw(b, zero, tc[i].len), SY_OK);
		assert_int_equal(sy_buf_set_u32(b, tc[i].at, 0x01020304),
		    tc[i].err);
		assert_int_equal(sy_buf_len(b), tc[i].len);
		if (tc[i].err == SY_OK)
			assert_memory_equal(sy_buf_data(b) + tc[i].at,
			    "\1\2\3\4", 4);
		sy_buf_free(&b);
	}
}

static void
a_maximum_of_nothing_is_refused(void **state)
{
	struct sy_buf *b = NULL;

	(void)state;
	assert_int_equal(sy_buf_new(0, &b), SY_ERR_ARG);
	assert_null(b);
	sy_buf_free(&b);
	sy_buf_free(NULL);
}

static enum sy_err
fill(struct sy_buf **b)
{
	enum sy_err err;

	if ((err = sy_buf_new(5000, b)) != SY_OK)
		return err;
	for (unsigned int i = 0; i < 1000; i++)
		(void)sy_buf_u32(*b, i);
	return sy_buf_status(*b);
}

static void
a_failed_allocation_is_no_memory(void **state)
{
	struct sy_buf *b = NULL;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		sy_buf_free(&b);
		faults_arm(++n);
		err = fill(&b);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 4);
	assert_int_equal(sy_buf_len(b), 4000);
	sy_buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_big_endian),
		cmocka_unit_test(bytes_and_texts_carry_their_length),
		cmocka_unit_test(the_maximum_can_be_reached_but_not_passed),
		cmocka_unit_test(an_error_sticks_until_reset),
		cmocka_unit_test(
		    a_length_field_that_cannot_hold_the_length_is_a_limit),
		cmocka_unit_test(unclean_text_is_refused),
		cmocka_unit_test(a_number_can_be_set_only_where_bytes_are),
		cmocka_unit_test(a_maximum_of_nothing_is_refused),
		cmocka_unit_test(a_failed_allocation_is_no_memory),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
