/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <sanyoso/text.h>

#include "agent/pin.h"
#include "agent/text.h"

static void
open_catalogue(void)
{
	const char *top = getenv("SY_TEST_BUILDDIR");
	char path[512];

	assert_non_null(top);
	(void)snprintf(path, sizeof(path), "%s/po", top);
	text_open(path, SY_LANG_JA);
}

/* One try is not "1 tries". */
static void
what_is_counted_agrees_with_its_number(void **state)
{
	static const struct {
		enum text_id id;
		unsigned int tries;
		int64_t number;
		const char *en, *ja;
	} tc[] = {
		{ TEXT_PIN_WRONG, 1, 9, "The PIN is wrong. 1 try left.",
		    "1回" },
		{ TEXT_PIN_WRONG, 2, 1, "The PIN is wrong. 2 tries left.",
		    "2回" },
		{ TEXT_PASSWORD_PROMPT_TRIES, 1, 0,
		    "Password (not the PIN; 1 try left): ", "1回" },
		{ TEXT_PASSWORD_PROMPT_TRIES, 2, 0,
		    "Password (not the PIN; 2 tries left): ", "2回" },
		{ TEXT_RULE_SHORT, 1, 10, "at least 10 characters;", "10文字" },
		{ TEXT_RULE_SHORT, 2, 1, "at least 1 character;", "1文字" },
	};
	char text[SY_DIALOG_TEXT_SIZE];

	(void)state;
	open_catalogue();
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct text_values v = { .tries = tc[i].tries,
			.number = tc[i].number };

		text_get(SY_LANG_EN, tc[i].id, &v, text);
		assert_string_equal(text, tc[i].en);
		text_get(SY_LANG_JA, tc[i].id, &v, text);
		assert_non_null(strstr(text, tc[i].ja));
	}
	assert_non_null(
	    strstr(text_translate_many("%s ends on %s, in %lld day.",
		       "%s ends on %s, in %lld days.", 1),
		"あと"));
}

static void
every_sentence_is_there_in_both_languages(void **state)
{
	static const struct text_values v = { .tries = 3,
		.number = 77,
		.support = "SUPPORT",
		.login = "LOGIN",
		.name = "NAME",
		.subject = "SUBJECT",
		.issuer = "ISSUER",
		.algorithm = "ALGORITHM",
		.date = "DATE",
		.token = "TOKEN",
		.detail = "DETAIL",
		.server = "SERVER",
		.terminal = "TERMINAL",
		.version = "VERSION" };
	static const char *const values[] = { "3", "77", "SUPPORT", "LOGIN",
		"NAME", "SUBJECT", "ISSUER", "ALGORITHM", "DATE", "TOKEN",
		"DETAIL", "SERVER", "TERMINAL", "VERSION" };
	char ja[SY_DIALOG_TEXT_SIZE], en[SY_DIALOG_TEXT_SIZE];

	(void)state;
	open_catalogue();
	for (enum text_id id = TEXT_NONE + 1; id < TEXT_COUNT; id++) {
		text_get(SY_LANG_EN, id, &v, en);
		text_get(SY_LANG_JA, id, &v, ja);
		print_message("  %s\n", ja);
		assert_string_not_equal(en, "");
		assert_string_not_equal(ja, en);
		assert_null(strchr(ja, '{'));
		assert_null(strchr(en, '{'));
		assert_true(sy_text_is_clean(ja, strlen(ja)));
		assert_true(sy_text_is_clean(en, strlen(en)));
		/* What one says the other says too. */
		for (size_t i = 1; i < SY_COUNT(values); i++)
			assert_int_equal(strstr(ja, values[i]) != NULL,
			    strstr(en, values[i]) != NULL);
	}
}

/* PW-8: secrecy, no sharing, no other system, no memo. */
static void
pw_8_every_duty_is_named_in_both_languages(void **state)
{
	static const char *const english[] = { "secret from everybody",
		"share it with nobody", "in no other system",
		"write it down nowhere", "change it at once" };
	static const char *const japanese[] = { "誰にも教えず", "共用せず",
		"他のシステムと使い回さず", "メモに残さない", "直ちに変更" };
	char ja[SY_DIALOG_TEXT_SIZE], en[SY_DIALOG_TEXT_SIZE];

	(void)state;
	open_catalogue();
	text_get(SY_LANG_EN, TEXT_DUTIES, NULL, en);
	text_get(SY_LANG_JA, TEXT_DUTIES, NULL, ja);
	for (size_t i = 0; i < SY_COUNT(english); i++) {
		assert_non_null(strstr(en, english[i]));
		assert_non_null(strstr(ja, japanese[i]));
	}
}

static void
languages_change_from_one_sentence_to_the_next(void **state)
{
	char text[SY_DIALOG_TEXT_SIZE];

	(void)state;
	open_catalogue();
	for (int i = 0; i < 3; i++) {
		text_get(SY_LANG_EN, TEXT_INSERT, NULL, text);
		assert_string_equal(text, "Insert your card into the reader.");
		text_get(SY_LANG_JA, TEXT_INSERT, NULL, text);
		assert_non_null(strstr(text, "カードリーダー"));
		text_get(SY_LANG_DEFAULT, TEXT_INSERT, NULL, text);
		assert_non_null(strstr(text, "カードリーダー"));
	}
}

static void
what_is_too_long_is_cut_at_a_whole_character(void **state)
{
	char name[2 * SY_DIALOG_TEXT_SIZE] = "", text[SY_DIALOG_TEXT_SIZE];
	const struct text_values v = { .name = name };

	(void)state;
	open_catalogue();
	for (size_t cut = 0; cut < 3; cut++) {
		memset(name, 'x', cut);
		for (size_t i = cut; i + 4 < sizeof(name); i += 3)
			memcpy(name + i, "花", 4);
		text_get(SY_LANG_EN, TEXT_ENROLL_PERSON, &v, text);
		assert_true(strlen(text) + 3 >= sizeof(text) - 1);
		assert_true(sy_text_is_clean(text, strlen(text)));
	}
}

static void
prompts_say_form_and_tries(void **state)
{
	static const struct {
		enum sy_driver driver;
		unsigned int tries;
		const char *prompt;
	} tc[] = {
		{ SY_DRIVER_JPKI, 3, "暗証番号（数字4桁、残り3回）: " },
		{ SY_DRIVER_JPKI, PIN_TRIES_UNKNOWN, "暗証番号（数字4桁）: " },
		{ SY_DRIVER_PIV, 5, "暗証番号（数字6～8桁、残り5回）: " },
		{ SY_DRIVER_PIV, PIN_TRIES_UNKNOWN,
		    "暗証番号（数字6～8桁）: " },
	};
	char info[SY_DIALOG_TEXT_SIZE], prompt[SY_DIALOG_TEXT_SIZE];

	(void)state;
	open_catalogue();
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		pin_texts(SY_LANG_JA, tc[i].driver, tc[i].tries, info, prompt);
		assert_string_equal(prompt, tc[i].prompt);
		assert_non_null(strstr(info, "入力"));
	}
}

static void
only_pins_that_a_card_can_have_are_sent(void **state)
{
	static const struct {
		enum sy_driver driver;
		const char *pin;
		bool good;
	} tc[] = {
		{ SY_DRIVER_JPKI, "0000", true },
		{ SY_DRIVER_JPKI, "9999", true },
		{ SY_DRIVER_JPKI, "123", false },
		{ SY_DRIVER_JPKI, "12345", false },
		{ SY_DRIVER_JPKI, "12a4", false },
		{ SY_DRIVER_JPKI, "", false },
		{ SY_DRIVER_JPKI, "12 4", false },
		{ SY_DRIVER_PIV, "123456", true },
		{ SY_DRIVER_PIV, "12345678", true },
		{ SY_DRIVER_PIV, "12345", false },
		{ SY_DRIVER_PIV, "123456789", false },
		{ SY_DRIVER_PIV, "pass12", false },
		{ SY_DRIVER_PIV, "12345\x7f", false },
		{ SY_DRIVER_PIV, "12345\xff", false },
		{ SY_DRIVER_PIV, "", false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;

		assert_int_equal(sy_secret_new(16, &pin), SY_OK);
		assert_int_equal(sy_secret_append(pin, tc[i].pin,
				     strlen(tc[i].pin)),
		    SY_OK);
		assert_int_equal(pin_is_wellformed(tc[i].driver, pin),
		    tc[i].good);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_counted_agrees_with_its_number),
		cmocka_unit_test(every_sentence_is_there_in_both_languages),
		cmocka_unit_test(pw_8_every_duty_is_named_in_both_languages),
		cmocka_unit_test(
		    languages_change_from_one_sentence_to_the_next),
		cmocka_unit_test(what_is_too_long_is_cut_at_a_whole_character),
		cmocka_unit_test(prompts_say_form_and_tries),
		cmocka_unit_test(only_pins_that_a_card_can_have_are_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
