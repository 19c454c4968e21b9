/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/possession/device/tlv.h"
#include "tests/support/unit.h"

static uint8_t big[70000];

static void
objects_are_read_by_the_rules(void **state)
{
	static const struct {
		const char *what;
		uint8_t bytes[8];
		size_t len; /* of bytes; what is missing up to total is 0 */
		size_t total;
		enum sy_err ber, der;
		uint32_t tag;
		size_t value;
	} tc[] = {
		{ "empty value", { 0x53, 0 }, 2, 2, SY_OK, SY_OK, 0x53, 0 },
		{ "two-byte tag", { 0x7f, 0x49, 1, 9 }, 4, 4, SY_OK, SY_OK,
		    0x7f49, 1 },
		{ "three-byte tag", { 0x5f, 0xc1, 0x05, 0 }, 4, 4, SY_OK, SY_OK,
		    0x5fc105, 0 },
		{ "four-byte tag", { 0x5f, 0xc1, 0x85, 1, 0 }, 5, 5,
		    SY_ERR_FORMAT, SY_ERR_FORMAT, 0, 0 },
		{ "padding 00", { 0x00, 0 }, 2, 2, SY_ERR_FORMAT, SY_ERR_FORMAT,
		    0, 0 },
		{ "padding FF", { 0xff, 0 }, 2, 2, SY_ERR_FORMAT, SY_ERR_FORMAT,
		    0, 0 },
		{ "127 bytes", { 0x53, 0x7f }, 2, 129, SY_OK, SY_OK, 0x53,
		    127 },
		{ "128 bytes in one", { 0x53, 0x81, 0x80 }, 3, 131, SY_OK,
		    SY_OK, 0x53, 128 },
		{ "127 bytes, too long a length", { 0x53, 0x81, 0x7f }, 3, 130,
		    SY_OK, SY_ERR_FORMAT, 0x53, 127 },
		{ "255 bytes, too long a length", { 0x53, 0x82, 0, 0xff }, 4,
		    259, SY_OK, SY_ERR_FORMAT, 0x53, 255 },
		{ "256 bytes", { 0x53, 0x82, 1, 0 }, 4, 260, SY_OK, SY_OK, 0x53,
		    256 },
		{ "65535 bytes", { 0x53, 0x82, 0xff, 0xff }, 4, 65539, SY_OK,
		    SY_OK, 0x53, 65535 },
		{ "three-byte length", { 0x53, 0x83, 0, 0, 1, 9 }, 6, 6,
		    SY_ERR_FORMAT, SY_ERR_FORMAT, 0, 0 },
		{ "indefinite length", { 0x30, 0x80, 0, 0 }, 4, 4,
		    SY_ERR_FORMAT, SY_ERR_FORMAT, 0, 0 },
		{ "one byte short", { 0x53, 5, 1, 2, 3, 4 }, 6, 6,
		    SY_ERR_FORMAT, SY_ERR_FORMAT, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_reader r;
		struct tlv tlv;

		print_message("  %s\n", tc[i].what);
		memset(big, 0, sizeof(big));
		memcpy(big, tc[i].bytes, tc[i].len);
		sy_reader_init(&r, big, tc[i].total);
		assert_int_equal(tlv_next(&r, TLV_DER, &tlv), tc[i].der);
		sy_reader_init(&r, big, tc[i].total);
		assert_int_equal(tlv_next(&r, TLV_BER, &tlv), tc[i].ber);
		if (tc[i].ber != SY_OK) {
			assert_ptr_equal(r.at, big);
			continue;
		}
		assert_int_equal(tlv.tag, tc[i].tag);
		assert_int_equal(sy_reader_left(&tlv.value), tc[i].value);
		assert_int_equal(sy_reader_left(&r), 0);
	}
}

static void
every_truncation_is_refused(void **state)
{
	static const uint8_t object[] = { 0x5f, 0xc1, 0x05, 0x82, 0x01, 0x02 };
	struct sy_reader r;
	struct tlv tlv;

	(void)state;
	memset(big, 0, sizeof(big));
	memcpy(big, object, sizeof(object));
	for (size_t len = 0; len < sizeof(object) + 0x102; len++) {
		sy_reader_init(&r, big, len);
		assert_int_equal(tlv_next(&r, TLV_BER, &tlv), SY_ERR_FORMAT);
		assert_int_equal(sy_reader_left(&r), len);
	}
	sy_reader_init(&r, big, sizeof(object) + 0x102);
	assert_int_equal(tlv_next(&r, TLV_BER, &tlv), SY_OK);
}

static void
another_tag_is_not_taken(void **state)
{
	static const uint8_t object[] = { 0x70, 0x01, 0x05, 0x71, 0x00 };
	struct sy_reader r, value;

	(void)state;
	sy_reader_init(&r, object, sizeof(object));
	assert_int_equal(tlv_expect(&r, TLV_BER, 0x71, &value), SY_ERR_FORMAT);
	assert_ptr_equal(r.at, object);
	assert_int_equal(tlv_expect(&r, TLV_BER, 0x70, &value), SY_OK);
	assert_int_equal(sy_reader_left(&value), 1);
	assert_int_equal(*value.at, 5);
	assert_int_equal(tlv_expect(&r, TLV_BER, 0x71, &value), SY_OK);
	assert_int_equal(tlv_expect(&r, TLV_BER, 0x71, &value), SY_ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_read_by_the_rules),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(another_tag_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
