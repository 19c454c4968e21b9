/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/passwords.h"

static void
people_see_the_same_word(void **state)
{
	static const struct {
		const char *text;
		const char *folded;
	} tc[] = {
		{ "", "" },
		{ "Sakura", "sakura" },
		{ "ＳＡＫＵＲＡ２０２４", "sakura2024" },
		{ "サクラ", "さくら" },
		{ "ｻｸﾗ", "さくら" },
		{ "ﾊﾟｽﾜｰﾄﾞ", "ぱすわーど" },
		{ "ヴァイオリン", "ゔぁいおりん" },
		{ "ァヶヽヾ", "ぁゖゝゞ" },
		{ "ー・", "ー・" },
		{ "É", "é" },
		{ "ΣΑΣ", "σασ" },
		{ "㈱①", "(株)1" },
		{ "\u3000", " " },
		{ "東京", "東京" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_secret *s = folded_of(tc[i].text);

		print_message("  %s\n", tc[i].text);
		assert_points(s, tc[i].folded);
		sy_secret_free(&s);
	}
}

static void
signs_stand_for_letters(void **state)
{
	struct sy_secret *s = folded_of("p@$$w0rd 1l!| 34579+ 268 \u00e9");
	struct sy_secret *unleet = NULL;

	(void)state;
	assert_int_equal(sy_unleet_points(sy_points_in(s), &unleet), SY_OK);
	assert_points(unleet, "password iiii east9t 268 \u00e9");
	assert_int_equal(sy_unleet(0), 0);
	sy_secret_free(&unleet);
	sy_secret_free(&s);
}

static void
what_grows_too_long_is_folded_without_growing(void **state)
{
	/* U+FDFA, 18 characters each by NFKC: 56 fit, 57 don't. */
	char text[3 * 57 + 2] = "";
	struct sy_secret *s;

	(void)state;
	for (size_t i = 0; i < 56; i++)
		memcpy(text + 3 * i, "\ufdfa", 3);
	s = folded_of(text);
	assert_int_equal(sy_points_in(s).n, 56 * 18);
	sy_secret_free(&s);
	memcpy(text + 3 * (size_t)56, "\ufdfaA", 4);
	s = folded_of(text);
	assert_int_equal(sy_points_in(s).n, 58);
	assert_int_equal(sy_points_in(s).at[0], 0xfdfa);
	assert_int_equal(sy_points_in(s).at[57], 'a');
	sy_secret_free(&s);
}

static void
folding_keeps_to_the_room_it_is_given(void **state)
{
	uint32_t out[4] = { 0 };
	size_t n = 9;

	(void)state;
	assert_int_equal(sy_fold("ABC", 3, out, 3, &n), SY_OK);
	assert_int_equal(n, 3);
	assert_int_equal(out[2], 'c');
	assert_int_equal(out[3], 0);
	assert_int_equal(sy_fold("ABCD", 4, out, 3, &n), SY_ERR_LIMIT);
	assert_int_equal(n, 3);
	assert_int_equal(sy_fold("A\xff", 2, out, 3, &n), SY_ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_see_the_same_word),
		cmocka_unit_test(signs_stand_for_letters),
		cmocka_unit_test(what_grows_too_long_is_folded_without_growing),
		cmocka_unit_test(folding_keeps_to_the_room_it_is_given),
	};

	return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
