/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR in canonical form: one encoding per value, and a bottom. */
#include <limits.h>
#include <stdlib.h>

#include "lib/inherence/cbor.h"
#include "tests/support/keymaker.h"
#include "tests/support/unit.h"

/* Take one item from a block of its own; whether it was all of it. */
static enum sy_err
take(const char *bytes, size_t len, struct sy_cbor *ret, size_t *ret_left)
{
	uint8_t *copy = malloc(len + 1);
	const uint8_t *before;
	struct sy_reader r;
	enum sy_err err;

	assert_non_null(copy);
	memcpy(copy + 1, bytes, len);
	sy_reader_init(&r, copy + 1, len);
	before = r.at;
	err = sy_cbor_take(&r, ret);
	if (err != SY_OK) {
		assert_int_equal(err, SY_ERR_FORMAT);
		assert_ptr_equal(r.at, before);
	}
	*ret_left = sy_reader_left(&r);
	free(copy);
	return err;
}

#define B(s) s, sizeof(s) - 1

static void
good_items_are_taken_whole(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum sy_cbor_type type;
		uint64_t value;
	} tc[] = {
		{ B("\x00"), SY_CBOR_UNSIGNED, 0 },
		{ B("\x17"), SY_CBOR_UNSIGNED, 23 },
		{ B("\x18\x18"), SY_CBOR_UNSIGNED, 24 },
		{ B("\x18\xff"), SY_CBOR_UNSIGNED, 255 },
		{ B("\x19\x01\x00"), SY_CBOR_UNSIGNED, 256 },
		{ B("\x19\xff\xff"), SY_CBOR_UNSIGNED, 65535 },
		{ B("\x1a\x00\x01\x00\x00"), SY_CBOR_UNSIGNED, 65536 },
		{ B("\x1a\xff\xff\xff\xff"), SY_CBOR_UNSIGNED, UINT32_MAX },
		{ B("\x1b\x00\x00\x00\x01\x00\x00\x00\x00"), SY_CBOR_UNSIGNED,
		    (uint64_t)UINT32_MAX + 1 },
		{ B("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), SY_CBOR_UNSIGNED,
		    UINT64_MAX },
		{ B("\x20"), SY_CBOR_NEGATIVE, 0 },
		{ B("\x39\x01\x00"), SY_CBOR_NEGATIVE, 256 },
		{ B("\x40"), SY_CBOR_BYTES, 0 },
		{ B("\x42\xff\x00"), SY_CBOR_BYTES, 2 },
		{ B("\x60"), SY_CBOR_TEXT, 0 },
		{ B("\x63\xe9\x8d\xb5"), SY_CBOR_TEXT, 3 },
		{ B("\x80"), SY_CBOR_ARRAY, 0 },
		{ B("\x82\x01\x80"), SY_CBOR_ARRAY, 2 },
		{ B("\x81\x81\x81\x80"), SY_CBOR_ARRAY, 1 },
		{ B("\xa0"), SY_CBOR_MAP, 0 },
		{ B("\xa2\x01\x00\x20\x00"), SY_CBOR_MAP, 2 },
		{ B("\xa4\x00\x00\x18\x18\x00\x20\x00\x41\x00\x00"),
		    SY_CBOR_MAP, 4 },
		{ B("\xa3\x61\x62\x01\x62\x61\x61\x01\x62\x61\x62\x01"),
		    SY_CBOR_MAP, 3 },
		{ B("\xf4"), SY_CBOR_BOOL, 0 },
		{ B("\xf5"), SY_CBOR_BOOL, 1 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_cbor item;
		char longer[32];
		size_t left;

		assert_int_equal(take(tc[i].bytes, tc[i].len, &item, &left),
		    SY_OK);
		assert_int_equal(left, 0);
		assert_int_equal(item.type, tc[i].type);
		assert_true(item.value == tc[i].value);
		/* What follows is somebody else's. */
		memcpy(longer, tc[i].bytes, tc[i].len);
		longer[tc[i].len] = (char)0xff;
		assert_int_equal(take(longer, tc[i].len + 1, &item, &left),
		    SY_OK);
		assert_int_equal(left, 1);
		for (size_t cut = 0; cut < tc[i].len; cut++)
			assert_int_equal(take(tc[i].bytes, cut, &item, &left),
			    SY_ERR_FORMAT);
	}
}

static void
every_other_encoding_is_refused(void **state)
{
	static const struct {
		const char *what;
		const char *bytes;
		size_t len;
	} tc[] = {
		{ "23 in two bytes", B("\x18\x17") },
		{ "255 in three bytes", B("\x19\x00\xff") },
		{ "65535 in five bytes", B("\x1a\x00\x00\xff\xff") },
		{ "2^32-1 in nine bytes",
		    B("\x1b\x00\x00\x00\x00\xff\xff\xff\xff") },
		{ "a negative number too long", B("\x38\x00") },
		{ "a length too long", B("\x58\x01\x00") },
		{ "a count too long", B("\x98\x01\x00") },
		{ "reserved", B("\x1c") },
		{ "reserved too", B("\x1e") },
		{ "bytes without an end", B("\x5f\x41\x00\xff") },
		{ "text without an end", B("\x7f\x61\x61\xff") },
		{ "an array without an end", B("\x9f\xff") },
		{ "a map without an end", B("\xbf\xff") },
		{ "a break alone", B("\xff") },
		{ "no UTF-8", B("\x61\xff") },
		{ "a surrogate", B("\x63\xed\xa0\x80") },
		{ "null", B("\xf6") },
		{ "undefined", B("\xf7") },
		{ "another simple value", B("\xe0") },
		{ "false in two bytes", B("\xf8\x14") },
		{ "half a float", B("\xf9\x00\x00") },
		{ "a float", B("\xfa\x00\x00\x00\x00") },
		{ "a double", B("\xfb\x00\x00\x00\x00\x00\x00\x00\x00") },
		{ "a tag", B("\xc0\x60") },
		{ "bytes longer than all",
		    B("\x5b\xff\xff\xff\xff\xff\xff\xff\xff\x00") },
		{ "text longer by one", B("\x62\x61") },
		{ "an array of 2^64-1",
		    B("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x00") },
		{ "a map of 2^64-1",
		    B("\xbb\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00") },
		{ "an item too few", B("\x82\x00") },
		{ "a value too few", B("\xa1\x00") },
		{ "five levels", B("\x81\x81\x81\x81\x80") },
		{ "five levels of maps",
		    B("\xa1\x00\xa1\x00\xa1\x00\xa1\x00\xa0") },
		{ "a key twice", B("\xa2\x00\x00\x00\x01") },
		{ "a text twice", B("\xa2\x61\x61\x00\x61\x61\x00") },
		{ "keys unsorted", B("\xa2\x01\x00\x00\x00") },
		{ "negative before positive", B("\xa2\x20\x00\x00\x00") },
		{ "text before bytes", B("\xa2\x60\x00\x40\x00") },
		{ "long before short", B("\xa2\x62\x61\x61\x00\x61\x62\x00") },
		{ "large before small", B("\xa2\x18\x19\x00\x18\x18\x00") },
		{ "an array as key", B("\xa1\x80\x00") },
		{ "a map as key", B("\xa1\xa0\x00") },
		{ "true as key", B("\xa1\xf5\x00") },
		{ "unsorted further down", B("\xa1\x00\xa2\x01\x00\x00\x00") },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_cbor item;
		size_t left;

		print_message("  %s\n", tc[i].what);
		assert_int_equal(take(tc[i].bytes, tc[i].len, &item, &left),
		    SY_ERR_FORMAT);
	}
}

static void
values_are_found_by_their_key(void **state)
{
	/* {1: 5, -7: h'aa', "a": "x", "ab": true} */
	static const uint8_t bytes[] = { 0xa4, 0x01, 0x05, 0x26, 0x41, 0xaa,
		0x61, 0x61, 0x61, 0x78, 0x62, 0x61, 0x62, 0xf5 };
	struct sy_cbor map, item;
	struct sy_reader r;

	(void)state;
	sy_reader_init(&r, bytes, sizeof(bytes));
	assert_int_equal(sy_cbor_take(&r, &map), SY_OK);
	assert_int_equal(sy_cbor_at(&map, 1, &item), SY_OK);
	assert_int_equal(item.value, 5);
	assert_int_equal(sy_cbor_at_of(&map, -7, SY_CBOR_BYTES, &item), SY_OK);
	assert_int_equal(item.at[0], 0xaa);
	assert_int_equal(sy_cbor_at_of(&map, -7, SY_CBOR_TEXT, &item),
	    SY_ERR_NOT_FOUND);
	assert_int_equal(sy_cbor_named(&map, "ab", &item), SY_OK);
	assert_int_equal(item.value, 1);
	assert_int_equal(sy_cbor_named_of(&map, "a", SY_CBOR_TEXT, &item),
	    SY_OK);
	assert_int_equal(sy_cbor_named_of(&map, "a", SY_CBOR_BOOL, &item),
	    SY_ERR_NOT_FOUND);
	assert_int_equal(sy_cbor_named(&map, "b", &item), SY_ERR_NOT_FOUND);
	assert_int_equal(sy_cbor_named(&map, "abc", &item), SY_ERR_NOT_FOUND);
	assert_int_equal(sy_cbor_at(&map, 7, &item), SY_ERR_NOT_FOUND);
	assert_int_equal(sy_cbor_named(&item, "a", &item), SY_ERR_NOT_FOUND);
}

static void
numbers_fit_or_are_refused(void **state)
{
	static const struct {
		enum sy_cbor_type type;
		uint64_t value;
		enum sy_err err;
		int number;
	} tc[] = {
		{ SY_CBOR_UNSIGNED, 0, SY_OK, 0 },
		{ SY_CBOR_UNSIGNED, INT_MAX, SY_OK, INT_MAX },
		{ SY_CBOR_UNSIGNED, (uint64_t)INT_MAX + 1, SY_ERR_FORMAT, 0 },
		{ SY_CBOR_NEGATIVE, 0, SY_OK, -1 },
		{ SY_CBOR_NEGATIVE, INT_MAX, SY_OK, INT_MIN },
		{ SY_CBOR_NEGATIVE, (uint64_t)INT_MAX + 1, SY_ERR_FORMAT, 0 },
		{ SY_CBOR_NEGATIVE, UINT64_MAX, SY_ERR_FORMAT, 0 },
		{ SY_CBOR_TEXT, 1, SY_ERR_FORMAT, 0 },
		{ SY_CBOR_BOOL, 1, SY_ERR_FORMAT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct sy_cbor item = { .type = tc[i].type,
			.value = tc[i].value };
		int number = 0;

		assert_int_equal(sy_cbor_int(&item, &number), tc[i].err);
		assert_int_equal(number, tc[i].number);
	}
}

/* From a block of its own, which ends where the item may. */
static bool
fits(const char *bytes, size_t len)
{
	uint8_t *copy = malloc(len + 1);
	bool fit;

	assert_non_null(copy);
	memcpy(copy + 1, bytes, len);
	fit = sy_cbor_fits(copy + 1, len);
	free(copy);
	return fit;
}

static void
nothing_announces_more_than_there_is(void **state)
{
	static const struct {
		const char *what, *bytes;
		size_t len;
		bool fits;
	} tc[] = {
		{ "a number", B("\x00"), true },
		{ "a number, longer than it must be", B("\x19\x00\x01"), true },
		{ "something behind it", B("\x00\xff\xff"), true },
		{ "bytes", B("\x42\xff\xff"), true },
		{ "an array", B("\x82\x00\x81\x00"), true },
		{ "an empty map", B("\xa0"), true },
		{ "keys out of order, one twice",
		    B("\xa3\x02\x00\x01\x00\x01\x00"), true },
		{ "a tag", B("\xc0\x00"), true },
		{ "a double", B("\xfb\1\2\3\4\5\6\7\x08"), true },
		{ "deeper than ours", B("\x81\x81\x81\x81\x81\x81\x00"), true },
		{ "nothing", B(""), false },
		{ "no number", B("\x18"), false },
		{ "half a number", B("\x1a\x00\x00\x00"), false },
		{ "half a double", B("\xfb\1\2\3\4\5\6\7"), false },
		{ "bytes that are not there", B("\x42\xff"), false },
		{ "the most bytes", B("\x5b\xff\xff\xff\xff\xff\xff\xff\xff"),
		    false },
		{ "one item too few", B("\x83\x00\x00"), false },
		{ "no value", B("\xa2\x00\x00\x01"), false },
		{ "the most items",
		    B("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\0\0"), false },
		{ "the most pairs",
		    B("\xbb\xff\xff\xff\xff\xff\xff\xff\xff\0\0"), false },
		{ "pairs whose double is small",
		    B("\xbb\x80\0\0\0\0\0\0\0\0\0"), false },
		{ "items that two share", B("\x82\x82\0\0\x82\0"), false },
		{ "a tag alone", B("\xc0"), false },
		{ "an indefinite array", B("\x9f\x00\xff"), false },
		{ "an indefinite map", B("\xbf\xff"), false },
		{ "an indefinite string", B("\x5f\x41\x00\xff"), false },
		{ "no length at all", B("\x9c\x00"), false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_true(fits(tc[i].bytes, tc[i].len) == tc[i].fits);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_items_are_taken_whole),
		cmocka_unit_test(every_other_encoding_is_refused),
		cmocka_unit_test(values_are_found_by_their_key),
		cmocka_unit_test(numbers_fit_or_are_refused),
		cmocka_unit_test(nothing_announces_more_than_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
