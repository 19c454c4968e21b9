/* SPDX-License-Identifier: Apache-2.0 */
/* The extension that this libfido2 can't ask for. */
#include "lib/inherence/device/channel.h"
#include "lib/inherence/device/uvm.h"
#include "tests/support/unit.h"

#define UVM "\x04\xa1\x63uvm\xf5"

struct text {
	const char *bytes;
	size_t len;
};
#define T(s)                                                                   \
	{                                                                      \
		s, sizeof(s) - 1                                               \
	}

static void
it_stands_in_its_place_among_the_parameters(void **state)
{
	static const struct {
		const char *what;
		struct text in, out;
	} tc[] = {
		{ "before the options",
		    T("\x02\xa3\x01\x61"
		      "a\x02\x41"
		      "b\x05\xa1\x62up\xf4"),
		    T("\x02\xa4\x01\x61"
		      "a\x02\x41"
		      "b" UVM "\x05\xa1\x62up\xf4") },
		{ "behind the allow list, before the token's signature",
		    T("\x02\xa4\x01\x61"
		      "a\x03\x81\xa1\x62id\x41"
		      "c\x06\x41s\x07\x02"),
		    T("\x02\xa5\x01\x61"
		      "a\x03\x81\xa1\x62id\x41"
		      "c" UVM "\x06\x41s\x07\x02") },
		{ "at the end",
		    T("\x02\xa2\x01\x61"
		      "a\x02\x41"
		      "b"),
		    T("\x02\xa3\x01\x61"
		      "a\x02\x41"
		      "b" UVM) },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t out[128];
		size_t n = 0;

		print_message("  %s\n", tc[i].what);
		assert_int_equal(uvm_insert((const uint8_t *)tc[i].in.bytes,
				     tc[i].in.len, out, sizeof(out), &n),
		    SY_OK);
		assert_int_equal(n, tc[i].out.len);
		assert_memory_equal(out, tc[i].out.bytes, n);
		/* Room for just as much, and for one less. */
		assert_int_equal(uvm_insert((const uint8_t *)tc[i].in.bytes,
				     tc[i].in.len, out, n, &n),
		    SY_OK);
		assert_int_equal(uvm_insert((const uint8_t *)tc[i].in.bytes,
				     tc[i].in.len, out, n - 1, &n),
		    SY_ERR_LIMIT);
	}
}

static void
nothing_else_is_changed(void **state)
{
	static const struct {
		const char *what;
		struct text in;
	} tc[] = {
		{ "another command",
		    T("\x01\xa1\x01\x41"
		      "a") },
		{ "extensions already",
		    T("\x02\xa2\x01\x41"
		      "a\x04\xa0") },
		{ "cut",
		    T("\x02\xa1\x01\x42"
		      "a") },
		{ "padded",
		    T("\x02\xa1\x01\x41"
		      "ab") },
		{ "no map", T("\x02\x80") },
		{ "a key that is a text",
		    T("\x02\xa1\x61"
		      "a\x01") },
		{ "indefinite", T("\x02\xa1\x01\x9f\xff") },
		{ "too deep", T("\x02\xa1\x01\x81\x81\x81\x81\x81\x01") },
		{ "nothing", T("") },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t out[128];
		size_t n = 7;

		print_message("  %s\n", tc[i].what);
		assert_int_equal(uvm_insert((const uint8_t *)tc[i].in.bytes,
				     tc[i].in.len, out, sizeof(out), &n),
		    SY_ERR_FORMAT);
		assert_int_equal(n, 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_stands_in_its_place_among_the_parameters),
		cmocka_unit_test(nothing_else_is_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
