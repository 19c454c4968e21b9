/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/passwords.h"

static void
every_spelling_becomes_the_one(void **state)
{
	static const struct {
		const char *typed;
		const char *one;
		const char *brief;
	} tc[] = {
		{ "shinjuku", "sinzyuku", "sinzyuku" },
		{ "sinzyuku", "sinzyuku", "sinzyuku" },
		{ "sinjyuku", "sinzyuku", "sinzyuku" },
		{ "chiba", "tiba", "tiba" },
		{ "tiba", "tiba", "tiba" },
		{ "matsuda", "matuda", "matuda" },
		{ "matuda", "matuda", "matuda" },
		{ "fukushima", "hukusima", "hukusima" },
		{ "hukusima", "hukusima", "hukusima" },
		{ "kenji", "kenzi", "kenzi" },
		{ "chujo", "tyuzyo", "tyuzyo" },
		{ "cyuujyou", "tyuuzyou", "tyuzyo" },
		{ "satou", "satou", "sato" },
		{ "satoh", "satoh", "sato" },
		{ "sat\u014d", "sato", "sato" },
		{ "ohno", "ohno", "ono" },
		{ "oono", "oono", "ono" },
		{ "\u00f4no", "ono", "ono" },
		{ "ohashi", "ohasi", "ohasi" },
		{ "yuuki", "yuuki", "yuki" },
		{ "yuhki", "yuhki", "yuki" },
		{ "niigata", "niigata", "nigata" },
		{ "kyohya", "kyohya", "kyohya" },
		{ "hattori", "hatori", "hatori" },
		{ "nishimmatsu", "nisinmatu", "nisinmatu" },
		{ "homma", "honma", "honma" },
		{ "shimbashi", "sinbasi", "sinbasi" },
		{ "sampei", "sanpei", "sanpei" },
		{ "tama", "tama", "tama" },
		{ "jun'ichi", "zyuniti", "zyuniti" },
		{ "jun-ichi", "zyuniti", "zyuniti" },
		{ "itchi", "iti", "iti" },
		{ "icchi", "iti", "iti" },
		{ "issha", "isya", "isya" },
		{ "tsuduki", "tuzuki", "tuzuki" },
		{ "tsudzuki", "tuzuki", "tuzuki" },
		{ "tuzuki", "tuzuki", "tuzuki" },
		{ "hidjri", "hidjri", "hidjri" },
		{ "h", "h", "h" },
		{ "oh", "oh", "o" },
		{ "", "", "" },
		{ "99aa--", "99aa", "99a" },
		{ "漢字ー", "漢字", "漢字" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_secret *typed = folded_of(tc[i].typed);
		struct sy_secret *one = NULL;
		struct sy_secret *brief = NULL;

		print_message("  %s\n", tc[i].typed);
		assert_int_equal(sy_romaji_one(sy_points_in(typed), &one),
		    SY_OK);
		assert_points(one, tc[i].one);
		assert_int_equal(sy_romaji_short(sy_points_in(one), &brief),
		    SY_OK);
		assert_points(brief, tc[i].brief);
		sy_secret_free(&typed);
		sy_secret_free(&one);
		sy_secret_free(&brief);
	}
}

static void
kana_become_the_one_spelling(void **state)
{
	static const struct {
		const char *kana;
		const char *latin;
	} tc[] = {
		{ "すずき", "suzuki" },
		{ "ﾊﾔｼ", "hayasi" },
		{ "しゅんじ", "syunzi" },
		{ "ちょうじゃ", "tyouzya" },
		{ "はっとり", "hatori" },
		{ "ゆーこ", "yuko" },
		{ "ふぁてぃま", "fatima" },
		{ "ちぇるしー", "tyerusi" },
		{ "つづき", "tuzuki" },
		{ "をんゔ", "onbu" },
		{ "ゃ", "ya" },
		{ "ぁ", "a" },
		{ "っ", "" },
		{ "すず木", "" },
		{ "suzuki", "" },
		{ "ぁぃぅぇぉ", "aiueo" },
		{ "あいうえおかがきぎくぐけげこご",
		    "aiueokagakigikugukegekogo" },
		{ "さざしじすずせぜそぞただちぢつ",
		    "sazasizisuzusezesozotadatizitu" },
		{ "てでとどなにぬねのはばぱひびぴ",
		    "tedetodonaninunenohabapahibipi" },
		{ "ふぶぷへべぺほぼぽまみむめもや",
		    "hubupuhebepehobopomamimumemoya" },
		{ "ゆよらりるれろわゐゑをんゔゕゖ",
		    "yuyorarirurerowaieonbukake" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_secret *folded = folded_of(tc[i].kana);
		struct sy_secret *latin = NULL;

		print_message("  %s\n", tc[i].kana);
		assert_int_equal(sy_romaji_kana(sy_points_in(folded), &latin),
		    SY_OK);
		assert_points(latin, tc[i].latin);
		sy_secret_free(&folded);
		sy_secret_free(&latin);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_becomes_the_one),
		cmocka_unit_test(kana_become_the_one_spelling),
	};

	return cmocka_run_group_tests_name("romaji", tests, NULL, NULL);
}
