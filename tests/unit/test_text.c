/* SPDX-License-Identifier: Apache-2.0 */
#include <sanyoso/text.h>

#include "tests/support/unit.h"

#define LETTERS_31 "abcdefghijklmnopqrstuvwxyz01234"
#define LETTERS_63 LETTERS_31 LETTERS_31 "5"

static void
utf8_takes_each_border_and_nothing_beyond(void **state)
{
	static const struct {
		const char *what;
		const char *s;
		size_t len;
		bool utf8;
		bool clean;
	} tc[] = {
		{ "empty", "", 0, true, true },
		{ "NUL", "\0", 1, false, false },
		{ "U+0001", "\x01", 1, true, false },
		{ "U+001F", "\x1f", 1, true, false },
		{ "U+0020", " ", 1, true, true },
		{ "U+007E", "~", 1, true, true },
		{ "U+007F", "\x7f", 1, true, false },
		{ "U+0080", "\xc2\x80", 2, true, false },
		{ "U+009F", "\xc2\x9f", 2, true, false },
		{ "U+00A0", "\xc2\xa0", 2, true, true },
		{ "U+07FF", "\xdf\xbf", 2, true, true },
		{ "U+0800", "\xe0\xa0\x80", 3, true, true },
		{ "U+D7FF", "\xed\x9f\xbf", 3, true, true },
		{ "U+D800, a surrogate", "\xed\xa0\x80", 3, false, false },
		{ "U+DFFF, a surrogate", "\xed\xbf\xbf", 3, false, false },
		{ "U+E000", "\xee\x80\x80", 3, true, true },
		{ "U+FFFF", "\xef\xbf\xbf", 3, true, true },
		{ "U+10000", "\xf0\x90\x80\x80", 4, true, true },
		{ "U+10FFFF", "\xf4\x8f\xbf\xbf", 4, true, true },
		{ "U+110000", "\xf4\x90\x80\x80", 4, false, false },
		{ "F5", "\xf5\x80\x80\x80", 4, false, false },
		{ "overlong NUL", "\xc0\x80", 2, false, false },
		{ "overlong slash", "\xc1\xaf", 2, false, false },
		{ "overlong, 3 bytes", "\xe0\x9f\xbf", 3, false, false },
		{ "overlong, 4 bytes", "\xf0\x8f\xbf\xbf", 4, false, false },
		{ "lone continuation", "\x80", 1, false, false },
		{ "cut after 1 of 2", "\xc2", 1, false, false },
		{ "cut after 2 of 3", "\xe4\xb8", 2, false, false },
		{ "cut after 3 of 4", "\xf0\x90\x80", 3, false, false },
		{ "third byte no continuation", "\xe4\xb8\x41", 3, false,
		    false },
		{ "fourth byte no continuation", "\xf0\x90\x80\xc0", 4, false,
		    false },
		{ "Japanese", "\xe4\xb8\x89\xe8\xa6\x81\xe7\xb4\xa0", 9, true,
		    true },
		{ "tab after text", "ab\t", 3, true, false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(sy_text_is_utf8(tc[i].s, tc[i].len),
		    tc[i].utf8);
		assert_int_equal(sy_text_is_clean(tc[i].s, tc[i].len),
		    tc[i].clean);
	}
}

static void
names_are_what_their_grammar_says(void **state)
{
	static const struct {
		const char *s;
		bool login;
		bool service;
		bool terminal;
	} tc[] = {
		{ "", false, false, false },
		{ "a", true, true, true },
		{ "Z", false, true, false },
		{ "_", true, false, false },
		{ "-", false, false, false },
		{ ".", false, false, false },
		{ "0", false, true, true },
		{ "a-b", true, true, true },
		{ "a_b", true, true, false },
		{ "a.b", false, true, true },
		{ "a-", true, true, false },
		{ "-a", false, false, false },
		{ "a.", false, true, false },
		{ "a..b", false, true, false },
		{ "a-.b", false, true, false },
		{ "a.-b", false, true, false },
		{ "a--b", true, true, true },
		{ "a.b.c.d", false, true, true },
		{ "a.b.c.d.e", false, true, false },
		{ "aB", false, true, false },
		{ "a b", false, false, false },
		{ "a/b", false, false, false },
		{ "a\n", false, false, false },
		{ "\xe4\xb8\x89", false, false, false },
		{ LETTERS_31, true, true, true },
		{ LETTERS_31 "5", false, true, true },
		{ LETTERS_63, false, true, true },
		{ LETTERS_63 "6", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  \"%s\"\n", tc[i].s);
		assert_int_equal(sy_text_is_login(tc[i].s), tc[i].login);
		assert_int_equal(sy_text_is_service(tc[i].s), tc[i].service);
		assert_int_equal(sy_text_is_terminal(tc[i].s), tc[i].terminal);
	}
}

static void
hex_goes_there_and_back(void **state)
{
	uint8_t all[256];
	uint8_t back[256];
	char text[513];

	(void)state;
	for (unsigned int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	sy_text_hex(all, sizeof(all), text);
	assert_int_equal(strlen(text), 512);
	assert_memory_equal(text, "000102030405060708090a0b0c0d0e0f10", 34);
	assert_int_equal(sy_text_unhex(text, back, sizeof(back)), SY_OK);
	assert_memory_equal(all, back, sizeof(all));
	sy_text_hex(NULL, 0, text);
	assert_string_equal(text, "");
}

static void
unhex_takes_exactly_the_length_asked_for(void **state)
{
	static const struct {
		const char *s;
		enum sy_err err;
	} tc[] = {
		{ "00fF", SY_OK },
		{ "00f", SY_ERR_FORMAT },
		{ "00", SY_ERR_FORMAT },
		{ "", SY_ERR_FORMAT },
		{ "00ff0", SY_ERR_FORMAT },
		{ "00ff00", SY_ERR_FORMAT },
		{ "00fg", SY_ERR_FORMAT },
		{ "00f/", SY_ERR_FORMAT },
		{ "00f:", SY_ERR_FORMAT },
		{ "00f@", SY_ERR_FORMAT },
		{ "00f`", SY_ERR_FORMAT },
		{ "00fG", SY_ERR_FORMAT },
		{ " 0ff", SY_ERR_FORMAT },
		{ "0x00", SY_ERR_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t out[2] = { 7, 7 };

		print_message("  \"%s\"\n", tc[i].s);
		assert_int_equal(sy_text_unhex(tc[i].s, out, 2), tc[i].err);
		assert_memory_equal(out,
		    tc[i].err == SY_OK ? "\x00\xff" : "\7\7", 2);
	}
}

static void
texts_are_cut_between_characters(void **state)
{
	static const char text[] = "a\xe9\x8d\xb5\xc3\xa9z"; /* a鍵éz */
	static const size_t len[] = { 0, 0, 1, 1, 1, 4, 4, 6, 7, 7 };
	char out[16];

	(void)state;
	for (size_t cap = 1; cap < SY_COUNT(len); cap++) {
		memset(out, 'x', sizeof(out));
		sy_text_cut(text, strlen(text), out, cap);
		assert_int_equal(strlen(out), len[cap]);
		assert_memory_equal(out, text, len[cap]);
		for (size_t i = cap; i < sizeof(out); i++)
			assert_int_equal(out[i], 'x');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_takes_each_border_and_nothing_beyond),
		cmocka_unit_test(names_are_what_their_grammar_says),
		cmocka_unit_test(hex_goes_there_and_back),
		cmocka_unit_test(unhex_takes_exactly_the_length_asked_for),
		cmocka_unit_test(texts_are_cut_between_characters),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
