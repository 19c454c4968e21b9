/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/passwords.h"

static const struct sy_password_person onoda = {
	.login = "k-onoda",
	.name = "小野田　恵子",
	.kana = "ｵﾉﾀﾞ ｹｲｺ",
	.staff = "0012345",
	.born = "1985-04-01",
};

static bool
person_in(const struct sy_password_person *person, const char *text)
{
	struct sy_secret *folded = folded_of(text);
	bool found = false;

	assert_int_equal(sy_person_inside(person, sy_points_in(folded), &found),
	    SY_OK);
	sy_secret_free(&folded);
	return found;
}

static bool
login_in(const char *login, const char *text)
{
	const struct sy_password_person person = { .login = login };
	struct sy_secret *folded = folded_of(text);
	bool found = false;

	assert_int_equal(sy_login_inside(&person, sy_points_in(folded), &found),
	    SY_OK);
	sy_secret_free(&folded);
	return found;
}

static void
a_login_name_is_found_forwards_backwards_and_disguised(void **state)
{
	static const struct {
		const char *login;
		const char *text;
		bool found;
	} tc[] = {
		{ "suzuki", "xxSuzuki99", true },
		{ "suzuki", "ikuzus-2024", true },
		{ "suzuki", "5uzuk1-2024", true },
		{ "suzuki", "1kuzu5-2024", true },
		{ "suzuki", "ｓｕｚｕｋｉ", true },
		{ "suzuki", "suzu-ki", false },
		{ "suzuki", "suzuk", false },
		{ "suzuki", "", false },
		{ "k-onoda", "Ak-OnodaZ", true },
		{ "user01", "xuser01x", true },
		{ "user01", "x10resux", true },
		{ "abe", "xabex", true },
		{ "ab", "xabx", false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s in %s\n", tc[i].login, tc[i].text);
		assert_int_equal(login_in(tc[i].login, tc[i].text),
		    tc[i].found);
	}
}

static void
each_part_of_a_person_is_found_however_it_is_written(void **state)
{
	static const char *const found[] = { "小野田1234", "恵子ちゃん",
		"おのだ!!", "オノダ", "ｵﾉﾀﾞ", "けいこ", "Onoda-x", "oNoDa",
		"0n0d4-x", "keiko", "ke1ko", "ｋｅｉｋｏ", "x12345x", "0012345",
		"Ｘ１２３４５", "s60", "昭和60", "x1985x" };
	static const char *const not_found[] = { "小野", "田恵", "onod",
		"adono", "kei", "1234", "123 45", "00123", "s61", "1986", "" };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(found); i++) {
		print_message("  %s\n", found[i]);
		assert_true(person_in(&onoda, found[i]));
	}
	for (size_t i = 0; i < SY_COUNT(not_found); i++) {
		print_message("  not %s\n", not_found[i]);
		assert_false(person_in(&onoda, not_found[i]));
	}
}

static void
a_reading_is_found_in_every_romaji(void **state)
{
	static const struct {
		const char *kana;
		const char *text;
		bool found;
	} tc[] = {
		{ "おおの", "ohno", true },
		{ "おおの", "oono", true },
		{ "おおの", "ono7", true },
		{ "おおの", "\u014dno", true },
		{ "さとう", "satou", true },
		{ "さとう", "satoh", true },
		{ "さとう", "SATO", true },
		{ "さとう", "s@t0", true },
		{ "うえだ", "tokyoueda", true },
		{ "しんじ", "shinji", true },
		{ "しんじ", "sinzi", true },
		{ "しんじ", "sinji", true },
		{ "つちや", "tsuchiya", true },
		{ "つちや", "tutiya", true },
		{ "ふじい", "fujii", true },
		{ "ふじい", "huzii", true },
		{ "はっとり", "hattori", true },
		{ "はっとり", "hatori", true },
		{ "ほんま", "homma", true },
		{ "ほんま", "honma", true },
		{ "じゅんいち", "jun'ichi", true },
		{ "じゅんいち", "junichi", true },
		{ "じゅんいち", "zyuniti", true },
		{ "ちょうじ", "choji", true },
		{ "ゆうき", "yuuki", true },
		{ "ゆうき", "yuhki", true },
		{ "ゆうき", "yuki", true },
		{ "つづき", "tsuzuki", true },
		{ "つづき", "tsudzuki", true },
		{ "つづき", "tuduki", true },
		{ "エリザベス", "eriza", false },
		{ "いと", "ito", true },
		{ "うい", "ui", false }, /* two letters are anywhere */
		{ "うい", "うい", true },
		{ "え", "え", false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct sy_password_person person = { .login = "x",
			.kana = tc[i].kana };

		print_message("  %s in %s\n", tc[i].kana, tc[i].text);
		assert_int_equal(person_in(&person, tc[i].text), tc[i].found);
	}
}

static void
names_from_abroad_are_parted_at_their_dots(void **state)
{
	static const struct sy_password_person person = { .login = "x",
		.name = "マリア・Anne O'Neil" };

	(void)state;
	assert_true(person_in(&person, "まりあ!"));
	assert_true(person_in(&person, "maria77"));
	assert_true(person_in(&person, "x-Anne-x"));
	assert_true(person_in(&person, "o'neil"));
	assert_true(person_in(&person, "oneil"));
	assert_false(person_in(&person, "marie-ann"));
}

static void
a_name_of_short_parts_is_found_as_a_whole(void **state)
{
	static const struct sy_password_person person = {
		.login = "x", .name = "林 力", .kana = "イ オ"
	};

	(void)state;
	assert_true(person_in(&person, "林力2024"));
	assert_false(person_in(&person, "林と力"));
	assert_false(person_in(&person, "林"));
	assert_true(person_in(&person, "いお"));
	assert_false(person_in(&person, "いとお"));
	assert_false(person_in(&person, "io"));
}

static void
of_whom_nothing_is_known_nothing_is_found(void **state)
{
	static const struct sy_password_person unknown = { .login = "x" };
	static const struct sy_password_person empty = {
		.login = "x", .name = "", .kana = " ", .staff = "", .born = ""
	};

	(void)state;
	assert_false(person_in(&unknown, "anything 1985 12345"));
	assert_false(person_in(&empty, "anything 1985 12345"));
}

static void
a_text_that_is_not_clean_is_the_callers_mistake(void **state)
{
	static char long_name[SY_PASSWORD_BYTES_MAX + 2];
	const struct sy_password_person bad[] = {
		{ .login = "x\xff" },
		{ .login = "x", .name = "x\n" },
		{ .login = "x", .kana = "\xe3\x81" },
		{ .login = "x", .staff = "\x7f" },
		{ .login = "x", .name = long_name },
	};
	const struct sy_password_policy policy = { .min_length = 1 };
	struct sy_secret *password = password_of("something");
	unsigned int broken = 77;

	(void)state;
	memset(long_name, 'n', sizeof(long_name) - 1);
	for (size_t i = 0; i < SY_COUNT(bad); i++) {
		assert_int_equal(sy_password_check(&policy, &bad[i], NULL,
				     password, NULL, &broken),
		    SY_ERR_ARG);
		assert_int_equal(broken, 77);
	}
	sy_secret_free(&password);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_login_name_is_found_forwards_backwards_and_disguised),
		cmocka_unit_test(
		    each_part_of_a_person_is_found_however_it_is_written),
		cmocka_unit_test(a_reading_is_found_in_every_romaji),
		cmocka_unit_test(names_from_abroad_are_parted_at_their_dots),
		cmocka_unit_test(a_name_of_short_parts_is_found_as_a_whole),
		cmocka_unit_test(of_whom_nothing_is_known_nothing_is_found),
		cmocka_unit_test(
		    a_text_that_is_not_clean_is_the_callers_mistake),
	};

	return cmocka_run_group_tests_name("personal", tests, NULL, NULL);
}
