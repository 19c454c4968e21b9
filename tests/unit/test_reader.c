/* SPDX-License-Identifier: Apache-2.0 */
#include <sanyoso/buf.h>

#include "tests/support/unit.h"

static void
numbers_are_big_endian(void **state)
{
	static const uint8_t in[] = { 0x01, 0x23, 0x45, 0x89, 0xab, 0xcd, 0xef,
		0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };
	struct sy_reader r;
	uint8_t a = 0;
	uint16_t b = 0;
	uint32_t c = 0;
	uint64_t d = 0;

	(void)state;
	sy_reader_init(&r, in, sizeof(in));
	assert_int_equal(sy_reader_u8(&r, &a), SY_OK);
	assert_int_equal(sy_reader_u16(&r, &b), SY_OK);
	assert_int_equal(sy_reader_u32(&r, &c), SY_OK);
	assert_int_equal(sy_reader_u64(&r, &d), SY_OK);
	assert_int_equal(a, 0x01);
	assert_int_equal(b, 0x2345);
	assert_int_equal(c, 0x89abcdef);
	assert_true(d == 0xfedcba9876543210);
	assert_int_equal(sy_reader_end(&r), SY_OK);
}

static void
a_number_cut_short_is_refused_and_nothing_is_taken(void **state)
{
	static const uint8_t in[7] = { 0 };
	struct sy_reader r;
	uint8_t a = 1;
	uint16_t b = 1;
	uint32_t c = 1;
	uint64_t d = 1;

	(void)state;
	sy_reader_init(&r, in, 0);
	assert_int_equal(sy_reader_u8(&r, &a), SY_ERR_FORMAT);
	sy_reader_init(&r, in, 1);
	assert_int_equal(sy_reader_u16(&r, &b), SY_ERR_FORMAT);
	assert_int_equal(sy_reader_left(&r), 1);
	sy_reader_init(&r, in, 3);
	assert_int_equal(sy_reader_u32(&r, &c), SY_ERR_FORMAT);
	assert_int_equal(sy_reader_left(&r), 3);
	sy_reader_init(&r, in, 7);
	assert_int_equal(sy_reader_u64(&r, &d), SY_ERR_FORMAT);
	assert_int_equal(sy_reader_left(&r), 7);
	assert_true(a == 1 && b == 1 && c == 1 && d == 1);
}

static void
raw_takes_all_that_is_there_and_no_more(void **state)
{
	static const uint8_t in[] = { 1, 2, 3 };
	const uint8_t *view = NULL;
	struct sy_reader r;

	(void)state;
	sy_reader_init(&r, in, sizeof(in));
	assert_int_equal(sy_reader_raw(&r, 4, &view), SY_ERR_FORMAT);
	assert_int_equal(sy_reader_raw(&r, SIZE_MAX, &view), SY_ERR_FORMAT);
	assert_null(view);
	assert_int_equal(sy_reader_raw(&r, 3, &view), SY_OK);
	assert_ptr_equal(view, in);
	assert_int_equal(sy_reader_raw(&r, 0, &view), SY_OK);
	assert_int_equal(sy_reader_raw(&r, 1, &view), SY_ERR_FORMAT);
}

static void
bytes_are_bounded_by_input_and_maximum(void **state)
{
	static const struct {
		const char *what;
		uint8_t in[8];
		size_t len;
		size_t max;
		bool wide; /* bytes32 */
		enum sy_err err;
		size_t got;
	} tc[] = {
		{ "empty", { 0, 0 }, 2, 0, false, SY_OK, 0 },
		{ "whole", { 0, 2, 7, 8 }, 4, 2, false, SY_OK, 2 },
		{ "over the maximum", { 0, 2, 7, 8 }, 4, 1, false,
		    SY_ERR_FORMAT, 0 },
		{ "cut by one", { 0, 3, 7, 8 }, 4, 9, false, SY_ERR_FORMAT, 0 },
		{ "half a length", { 0 }, 1, 9, false, SY_ERR_FORMAT, 0 },
		{ "nothing", { 0 }, 0, 9, false, SY_ERR_FORMAT, 0 },
		{ "huge", { 0xff, 0xff, 1 }, 3, SIZE_MAX, false, SY_ERR_FORMAT,
		    0 },
		{ "whole, wide", { 0, 0, 0, 2, 7, 8 }, 6, 2, true, SY_OK, 2 },
		{ "huge, wide", { 0xff, 0xff, 0xff, 0xff, 1 }, 5, SIZE_MAX,
		    true, SY_ERR_FORMAT, 0 },
		{ "half a length, wide", { 0, 0, 0 }, 3, 9, true, SY_ERR_FORMAT,
		    0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const uint8_t *view = NULL;
		struct sy_reader r;
		size_t len = 99;

		print_message("  %s\n", tc[i].what);
		sy_reader_init(&r, tc[i].in, tc[i].len);
		assert_int_equal(tc[i].wide
			? sy_reader_bytes32(&r, tc[i].max, &view, &len)
			: sy_reader_bytes16(&r, tc[i].max, &view, &len),
		    tc[i].err);
		if (tc[i].err != SY_OK) {
			assert_int_equal(sy_reader_left(&r), tc[i].len);
			assert_null(view);
			assert_int_equal(len, 99);
			continue;
		}
		assert_int_equal(len, tc[i].got);
		assert_ptr_equal(view, tc[i].in + (tc[i].wide ? 4 : 2));
		assert_int_equal(sy_reader_end(&r), SY_OK);
	}
}

static void
texts_fit_with_their_nul_and_are_clean(void **state)
{
	static const struct {
		const char *what;
		const char *in;
		size_t len;
		size_t cap;
		enum sy_err err;
	} tc[] = {
		{ "fits exactly", "\0\3abc", 5, 4, SY_OK },
		{ "one too long", "\0\3abc", 5, 3, SY_ERR_FORMAT },
		{ "empty", "\0\0", 2, 1, SY_OK },
		{ "no room at all", "\0\0", 2, 0, SY_ERR_FORMAT },
		{ "NUL inside", "\0\3a\0c", 5, 4, SY_ERR_FORMAT },
		{ "line feed", "\0\1\n", 3, 4, SY_ERR_FORMAT },
		{ "C1 control", "\0\2\xc2\x9b", 4, 4, SY_ERR_FORMAT },
		{ "bad UTF-8", "\0\1\xff", 3, 4, SY_ERR_FORMAT },
		{ "cut", "\0\3ab", 4, 4, SY_ERR_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		char out[4] = "xyz";
		struct sy_reader r;

		print_message("  %s\n", tc[i].what);
		sy_reader_init(&r, tc[i].in, tc[i].len);
		assert_int_equal(sy_reader_text(&r, out, tc[i].cap), tc[i].err);
		if (tc[i].err == SY_OK) {
			assert_string_equal(out, tc[i].in + 2);
			assert_int_equal(sy_reader_end(&r), SY_OK);
		} else {
			assert_string_equal(out, "xyz");
			assert_int_equal(sy_reader_left(&r), tc[i].len);
		}
	}
}

static void
trailing_bytes_are_an_error(void **state)
{
	struct sy_reader r;

	(void)state;
	sy_reader_init(&r, NULL, 0);
	assert_int_equal(sy_reader_end(&r), SY_OK);
	sy_reader_init(&r, "x", 1);
	assert_int_equal(sy_reader_end(&r), SY_ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_big_endian),
		cmocka_unit_test(
		    a_number_cut_short_is_refused_and_nothing_is_taken),
		cmocka_unit_test(raw_takes_all_that_is_there_and_no_more),
		cmocka_unit_test(bytes_are_bounded_by_input_and_maximum),
		cmocka_unit_test(texts_fit_with_their_nul_and_are_clean),
		cmocka_unit_test(trailing_bytes_are_an_error),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
