/* SPDX-License-Identifier: Apache-2.0 */
#include <sanyoso/text.h>

#include "tests/support/unit.h"

/* RFC 4648 section 10, and the two letters that it leaves out. */
static const struct {
	const char *bytes;
	const char *text;
} vectors[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xbf", "+/+/" },
	{ "\xff\xff\xff", "////" },
};

static void
vectors_go_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < SY_COUNT(vectors); i++) {
		const size_t len = strlen(vectors[i].bytes);
		uint8_t back[8];
		char text[16];
		size_t got = 99;

		sy_text_base64(vectors[i].bytes, len, text);
		assert_string_equal(text, vectors[i].text);
		assert_int_equal(sy_text_unbase64(text, strlen(text), back, len,
				     &got),
		    SY_OK);
		assert_int_equal(got, len);
		assert_memory_equal(back, vectors[i].bytes, len);
	}
}

static void
every_length_goes_there_and_back(void **state)
{
	uint8_t in[256];
	uint8_t back[256];
	char text[4 * ((256 + 2) / 3) + 1];
	size_t got;

	(void)state;
	for (unsigned int i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7);
	for (size_t len = 0; len <= sizeof(in); len++) {
		sy_text_base64(in, len, text);
		assert_int_equal(strlen(text), 4 * ((len + 2) / 3));
		assert_int_equal(sy_text_unbase64(text, strlen(text), back,
				     sizeof(back), &got),
		    SY_OK);
		assert_int_equal(got, len);
		assert_memory_equal(in, back, len);
	}
}

static void
what_is_not_strict_is_refused(void **state)
{
	static const struct {
		const char *what;
		const char *s;
	} tc[] = {
		{ "no padding", "Zg" },
		{ "half the padding", "Zg=" },
		{ "too much padding", "Zg===" },
		{ "padding alone", "====" },
		{ "one letter", "Z===" },
		{ "padding alone, short", "==" },
		{ "padding in the middle", "Zg==Zm9v" },
		{ "letter after padding", "Zg=g" },
		{ "stray bits, one byte", "Zh==" },
		{ "stray bits, two bytes", "Zm9=" },
		{ "line feed at the end", "Zm9v\n" },
		{ "space", "Zm9 " },
		{ "URL letters", "-_-_" },
		{ "high bit", "Zm9\xf6" },
	};
	uint8_t out[16];
	size_t got = 99;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(sy_text_unbase64(tc[i].s, strlen(tc[i].s), out,
				     sizeof(out), &got),
		    SY_ERR_FORMAT);
		assert_int_equal(got, 99);
	}
	/* A NUL inside the given length is no letter. */
	assert_int_equal(sy_text_unbase64("Zm\0v", 4, out, sizeof(out), &got),
	    SY_ERR_FORMAT);
}

static void
more_than_fits_is_a_limit_and_writes_nothing(void **state)
{
	uint8_t out[3] = { 7, 7, 7 };
	size_t got = 99;

	(void)state;
	assert_int_equal(sy_text_unbase64("Zm9v", 4, out, 2, &got),
	    SY_ERR_LIMIT);
	assert_int_equal(sy_text_unbase64("Zg==", 4, out, 0, &got),
	    SY_ERR_LIMIT);
	assert_memory_equal(out, "\7\7\7", 3);
	assert_int_equal(sy_text_unbase64("", 0, NULL, 0, &got), SY_OK);
	assert_int_equal(got, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_go_there_and_back),
		cmocka_unit_test(every_length_goes_there_and_back),
		cmocka_unit_test(what_is_not_strict_is_refused),
		cmocka_unit_test(more_than_fits_is_a_limit_and_writes_nothing),
	};

	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
