/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/possession/der.h"

#include "tests/support/unit.h"

static void
only_the_shortest_length_is_taken(void **state)
{
	static const struct {
		const char *what;
		uint8_t in[5];
		size_t prefix; /* bytes of in; zeros follow */
		size_t total;
		bool good;
		size_t len;
	} tc[] = {
		{ "empty input", { 0 }, 0, 0, false, 0 },
		{ "tag alone", { 0x30 }, 1, 1, false, 0 },
		{ "no content", { 0x30, 0 }, 2, 2, true, 0 },
		{ "127 in one byte", { 0x30, 127 }, 2, 129, true, 127 },
		{ "127 in two bytes", { 0x30, 0x81, 127 }, 3, 130, false, 0 },
		{ "128", { 0x30, 0x81, 128 }, 3, 131, true, 128 },
		{ "255", { 0x30, 0x81, 255 }, 3, 258, true, 255 },
		{ "255 in three", { 0x30, 0x82, 0, 255 }, 4, 259, false, 0 },
		{ "256", { 0x30, 0x82, 1, 0 }, 4, 260, true, 256 },
		{ "one byte missing", { 0x30, 5 }, 2, 6, false, 0 },
		{ "length cut", { 0x30, 0x82, 1 }, 3, 3, false, 0 },
		{ "three length bytes", { 0x30, 0x83, 1, 0, 0 }, 5, 600, false,
		    0 },
		{ "indefinite", { 0x30, 0x80 }, 2, 4, false, 0 },
		{ "another tag", { 0x31, 0 }, 2, 2, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t in[600] = { 0 };
		struct sy_reader r, content;

		print_message("  %s\n", tc[i].what);
		memcpy(in, tc[i].in, tc[i].prefix);
		sy_reader_init(&r, in, tc[i].total);
		if (tc[i].good) {
			assert_int_equal(sy_der_take(&r, 0x30, &content),
			    SY_OK);
			assert_int_equal(sy_reader_left(&content), tc[i].len);
			assert_int_equal(sy_reader_end(&r), SY_OK);
		} else {
			assert_int_equal(sy_der_take(&r, 0x30, &content),
			    SY_ERR_FORMAT);
			assert_int_equal(sy_reader_left(&r), tc[i].total);
		}
	}
}

static void
integers_have_one_form_and_no_minus(void **state)
{
	static const struct {
		const char *what;
		uint8_t in[6];
		size_t len;
		bool good;
		uint8_t value[2];
		size_t value_len;
	} tc[] = {
		{ "zero", { 2, 1, 0 }, 3, true, { 0 }, 0 },
		{ "one", { 2, 1, 1 }, 3, true, { 1 }, 1 },
		{ "127", { 2, 1, 0x7f }, 3, true, { 0x7f }, 1 },
		{ "128", { 2, 2, 0, 0x80 }, 4, true, { 0x80 }, 1 },
		{ "256", { 2, 2, 1, 0 }, 4, true, { 1, 0 }, 2 },
		{ "no bytes", { 2, 0 }, 2, false, { 0 }, 0 },
		{ "minus one", { 2, 1, 0xff }, 3, false, { 0 }, 0 },
		{ "padded one", { 2, 2, 0, 1 }, 4, false, { 0 }, 0 },
		{ "padded zero", { 2, 2, 0, 0 }, 4, false, { 0 }, 0 },
		{ "an ENUMERATED", { 10, 1, 1 }, 3, false, { 0 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_reader r;
		const uint8_t *v = NULL;
		size_t len = 0;

		print_message("  %s\n", tc[i].what);
		sy_reader_init(&r, tc[i].in, tc[i].len);
		assert_int_equal(sy_der_take_unsigned(&r, &v, &len),
		    tc[i].good ? SY_OK : SY_ERR_FORMAT);
		if (tc[i].good) {
			assert_int_equal(len, tc[i].value_len);
			assert_memory_equal(v, tc[i].value, len);
		}
	}
}

static void
bit_strings_are_whole_bytes(void **state)
{
	static const uint8_t good[] = { 3, 2, 0, 0xaa };
	static const uint8_t bits[] = { 3, 2, 4, 0xa0 };
	static const uint8_t none[] = { 3, 0 };
	struct sy_reader r, content;

	(void)state;
	sy_reader_init(&r, good, sizeof(good));
	assert_int_equal(sy_der_take_bits(&r, &content), SY_OK);
	assert_int_equal(sy_reader_left(&content), 1);
	sy_reader_init(&r, bits, sizeof(bits));
	assert_int_equal(sy_der_take_bits(&r, &content), SY_ERR_FORMAT);
	sy_reader_init(&r, none, sizeof(none));
	assert_int_equal(sy_der_take_bits(&r, &content), SY_ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_shortest_length_is_taken),
		cmocka_unit_test(integers_have_one_form_and_no_minus),
		cmocka_unit_test(bit_strings_are_whole_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
