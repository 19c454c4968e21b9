/* SPDX-License-Identifier: Apache-2.0 */
/* server/identity/person.c: ID-2, when two entries are the same person. */
#include "tests/support/unit.h"

#include <string.h>

#include "server/identity/person.h"

/* 2026-04-01 00:00 UTC */
#define NOW (INT64_C(1775001600) * 1000000)

static void
spellings_of_one_person_are_equal(void **state)
{
	static const struct {
		const char *what;
		const char *name, *kana;
		bool same;
	} tc[] = {
		{ "as it is", "鈴木 花子", "スズキ ハナコ", true },
		{ "without the space", "鈴木花子", "スズキハナコ", true },
		{ "with a wide space", "鈴木　花子", "スズキ　ハナコ", true },
		{ "in hiragana", "鈴木 花子", "すずき はなこ", true },
		{ "in half width", "鈴木 花子", "ｽｽﾞｷ ﾊﾅｺ", true },
		{ "decomposed", "鈴木 花子", "ス\u30b9\u3099キ ハナコ", true },
		{ "with a variation selector", "鈴\U000e0100木 花子",
		    "スズキ ハナコ", true },
		{ "with a middle dot", "鈴木・花子", "スズキ・ハナコ", true },
		{ "another name", "鈴木 華子", "スズキ ハナコ", false },
		{ "another reading", "鈴木 花子", "スズキ カコ", false },
		{ "a sound more", "鈴木 花子", "スズキ ハナコウ", false },
		{ "voiced", "鈴木 花子", "スズキ バナコ", false },
	};
	char first[PERSON_SIZE], other[PERSON_SIZE];

	(void)state;
	assert_int_equal(person_normal("鈴木 花子", "スズキ ハナコ",
			     "1985-04-01", first),
	    SY_OK);
	assert_string_equal(first, "鈴木花子|スズキハナコ|1985-04-01");
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(person_normal(tc[i].name, tc[i].kana,
				     "1985-04-01", other),
		    SY_OK);
		assert_int_equal(strcmp(first, other) == 0, tc[i].same);
	}
	assert_int_equal(person_normal("鈴木 花子", "スズキ ハナコ",
			     "1985-04-02", other),
	    SY_OK);
	assert_string_not_equal(first, other);
	/* Latin letters: width and case. */
	assert_int_equal(person_normal("Ｊｏｈｎ SMITH", "ジョン・スミス",
			     "1985-04-01", first),
	    SY_OK);
	assert_int_equal(person_normal("john smith", "じょんすみす",
			     "1985-04-01", other),
	    SY_OK);
	assert_string_equal(first, other);
}

static void
who_is_not_fully_known_is_nobody(void **state)
{
	char out[PERSON_SIZE];

	(void)state;
	memset(out, 'x', sizeof(out));
	assert_int_equal(person_normal("", "スズキ", "1985-04-01", out), SY_OK);
	assert_string_equal(out, "");
	assert_int_equal(person_normal("鈴木", "", "1985-04-01", out), SY_OK);
	assert_string_equal(out, "");
	assert_int_equal(person_normal("鈴木", "スズキ", "", out), SY_OK);
	assert_string_equal(out, "");
}

static void
what_has_no_normal_form_is_refused(void **state)
{
	char name[SY_NAME_SIZE], out[PERSON_SIZE];

	(void)state;
	assert_int_equal(person_normal("\xff", "ス", "1985-04-01", out),
	    SY_ERR_FORMAT);
	/* NFKC makes 18 letters of one (U+FDFA). */
	for (size_t i = 0; i + 3 < sizeof(name); i += 3)
		memcpy(name + i, "\xef\xb7\xba", 4);
	assert_int_equal(person_normal(name, "ス", "1985-04-01", out),
	    SY_ERR_LIMIT);
	assert_string_equal(out, "");
	/* The longest that the tables hold fits. */
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(person_normal(name, name, "1985-04-01", out), SY_OK);
	assert_int_equal(strlen(out), 2 * strlen(name) + 12);
}

static void
a_reading_is_kana(void **state)
{
	static const struct {
		const char *kana;
		bool good;
	} tc[] = {
		{ "スズキ", true },
		{ "すずき はなこ", true },
		{ "ｽｽﾞｷ　ﾊﾅｺ", true },
		{ "ジョン・スミス", true },
		{ "オーエ", true },
		{ "ヴェルディ", true },
		{ "ヽ", true },
		{ "", false },
		{ " 　・", false },
		{ "鈴木", false },
		{ "suzuki", false },
		{ "スズキ1", false },
		{ "スズキ!", false },
		{ "スズキ\xe3", false },
		{ "\u30ff", false }, /* one behind the last */
		{ "\u30a0", false }, /* one before the first */
		{ "\u3040", false },
		{ "\u3097", false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  \"%s\"\n", tc[i].kana);
		assert_int_equal(person_is_kana(tc[i].kana), tc[i].good);
	}
}

static void
a_birth_is_a_day_of_the_past(void **state)
{
	static const struct {
		const char *born;
		bool good;
	} tc[] = {
		{ "1985-04-01", true },
		{ "1900-01-01", true },
		{ "1899-12-31", false },
		{ "2000-02-29", true },
		{ "1900-02-29", false },
		{ "1984-02-29", true },
		{ "1985-02-29", false },
		{ "1985-04-30", true },
		{ "1985-04-31", false },
		{ "1985-12-31", true },
		{ "1985-13-01", false },
		{ "1985-00-01", false },
		{ "1985-01-00", false },
		{ "2026-04-02", true }, /* it may be tomorrow in Japan */
		{ "2026-04-03", false },
		{ "1985-4-1", false },
		{ "1985/04/01", false },
		{ "1985-04-01 ", false },
		{ "19850401", false },
		{ "1985-04-0x", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  \"%s\"\n", tc[i].born);
		assert_int_equal(person_is_born(tc[i].born, NOW), tc[i].good);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings_of_one_person_are_equal),
		cmocka_unit_test(who_is_not_fully_known_is_nobody),
		cmocka_unit_test(what_has_no_normal_form_is_refused),
		cmocka_unit_test(a_reading_is_kana),
		cmocka_unit_test(a_birth_is_a_day_of_the_past),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
