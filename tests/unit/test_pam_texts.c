/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sanyoso/dialog.h>

#include "pam/texts.h"

#define KANA "\xe3\x82\xab"

static void
what_has_been_read_is_forgotten_and_what_has_not_is_kept(void **state)
{
	struct sy_pam_texts t = { .len = 0 };

	(void)state;
	sy_pam_texts_add(&t, "a");
	assert_true(sy_pam_texts_stand(&t));
	sy_pam_texts_add(&t, "b");
	assert_false(sy_pam_texts_stand(&t));
	assert_string_equal(t.text, "a\nb");
	memset(&t.until, 0, sizeof(t.until));
	sy_pam_texts_add(&t, "c");
	assert_string_equal(t.text, "c");
	sy_pam_texts_clear(&t);
	assert_string_equal(t.text, "");
}

static void
what_finds_no_room_takes_the_place_of_what_was_there(void **state)
{
	static struct sy_pam_texts t;
	char text[SY_DIALOG_TEXT_SIZE];
	unsigned int count = 0;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	do {
		sy_pam_texts_add(&t, text);
		assert_in_range(t.len, 1, sizeof(t.text) - 1);
		assert_int_equal(t.text[t.len], '\0');
	} while (t.count > count++);
	assert_int_equal(t.count, 1);
	assert_in_range(count, 7, 8);
	assert_string_equal(sy_pam_texts_add(&t, "y"), "y");
}

/* One line of SY_PAM_COLUMNS and no more, of ${c}, and what follows it. */
static void
expect_lines(const char *c, size_t count, const char *text, const char *wanted)
{
	char in[512] = "", out[512] = "";
	struct sy_pam_texts t = { .len = 0 };

	for (size_t i = 0; i < count; i++)
		strcat(in, c);
	strcpy(out, in);
	strcat(in, text);
	strcat(out, wanted);
	assert_string_equal(sy_pam_texts_add(&t, in), out);
}

static void
lines_are_no_longer_than_a_screen_is_wide(void **state)
{
	(void)state;
	expect_lines("a", SY_PAM_COLUMNS, "", "");
	expect_lines("a", SY_PAM_COLUMNS, "b", "\nb");
	expect_lines("a", SY_PAM_COLUMNS - 2, " bc de", "\nbc de");
	expect_lines("a", SY_PAM_COLUMNS - 2, " b cd e", " b\ncd e");
	expect_lines("a", SY_PAM_COLUMNS - 2, "\nbc de", "\nbc de");
	expect_lines(KANA, SY_PAM_COLUMNS / 2, "", "");
	expect_lines(KANA, SY_PAM_COLUMNS / 2, KANA, "\n" KANA);
	/* A full stop does not begin a line. */
	expect_lines(KANA, SY_PAM_COLUMNS / 2, "\u3002" KANA, "\u3002\n" KANA);
}

/* All pages of ${text} put together, with "|" behind each. */
static void
expect_pages(const char *text, const char *wanted)
{
	char page[SY_PAM_PAGE + 1];
	char all[4 * SY_PAM_PAGE] = "";
	size_t from = 0;

	while (sy_pam_texts_page(text, &from, page)) {
		assert_in_range(strlen(page), 1, SY_PAM_PAGE);
		strcat(all, page);
		strcat(all, "|");
	}
	assert_string_equal(all, wanted);
}

static void
a_page_ends_between_lines_words_or_at_least_characters(void **state)
{
	char text[2 * SY_PAM_PAGE], wanted[2 * SY_PAM_PAGE + 8];
	static const struct {
		const char *between, *cut;
	} tc[] = { { "\n", "|" }, { " ", "|" }, { "\nb ", "|b " },
		{ " b\n", " b|" } };

	(void)state;
	expect_pages("", "");
	expect_pages(" \n", "");
	expect_pages("a b\nc", "a b\nc|");
	for (size_t i = 0; i < sizeof(tc) / sizeof(tc[0]); i++) {
		memset(text, 'a', SY_PAM_PAGE - 4);
		strcpy(text + SY_PAM_PAGE - 4, tc[i].between);
		strcat(text, "12345");
		memset(wanted, 'a', SY_PAM_PAGE - 4);
		strcpy(wanted + SY_PAM_PAGE - 4, tc[i].cut);
		strcat(wanted, "12345|");
		expect_pages(text, wanted);
	}
	/* Exactly a page, and one byte more. */
	memset(text, 'a', SY_PAM_PAGE);
	text[SY_PAM_PAGE] = '\0';
	memcpy(wanted, text, SY_PAM_PAGE);
	strcpy(wanted + SY_PAM_PAGE, "|");
	expect_pages(text, wanted);
	strcpy(text + SY_PAM_PAGE, "b");
	strcpy(wanted + SY_PAM_PAGE, "|b|");
	expect_pages(text, wanted);
	/* No character is cut. */
	memset(text, 'a', SY_PAM_PAGE - 1);
	strcpy(text + SY_PAM_PAGE - 1, KANA);
	memset(wanted, 'a', SY_PAM_PAGE - 1);
	strcpy(wanted + SY_PAM_PAGE - 1, "|" KANA "|");
	expect_pages(text, wanted);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_has_been_read_is_forgotten_and_what_has_not_is_kept),
		cmocka_unit_test(
		    what_finds_no_room_takes_the_place_of_what_was_there),
		cmocka_unit_test(lines_are_no_longer_than_a_screen_is_wide),
		cmocka_unit_test(
		    a_page_ends_between_lines_words_or_at_least_characters),
	};

	return cmocka_run_group_tests_name("pam_texts", tests, NULL, NULL);
}
