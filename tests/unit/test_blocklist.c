/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/faults.h"
#include "tests/support/passwords.h"

static struct sy_blocklist *
list_of(const char *text)
{
	struct sy_blocklist *list = NULL;
	struct sy_error e = { 0 };

	assert_int_equal(sy_blocklist_parse("words", text, strlen(text), &list,
			     &e),
	    SY_OK);
	return list;
}

static bool
has(const struct sy_blocklist *list, const char *password)
{
	struct sy_secret *folded = folded_of(password);
	bool found = false;

	assert_int_equal(sy_blocklist_has(list, sy_points_in(folded), &found),
	    SY_OK);
	sy_secret_free(&folded);
	return found;
}

static bool
blocked(const char *words, const char *password)
{
	struct sy_blocklist *list = list_of(words);
	const bool found = has(list, password);

	sy_blocklist_free(&list);
	return found;
}

/* PW-1: what is mostly a word of the list is refused, a word inside is not. */
static void
a_word_blocks_what_is_mostly_itself(void **state)
{
	static const struct {
		const char *word;
		const char *password;
		bool blocked;
	} tc[] = {
		{ "yakusho", "yakusho", true },
		{ "yakusho", "YakuSho", true },
		{ "yakusho", "ｙａｋｕｓｈｏ", true },
		{ "yakusho", "y4ku5h0", true },
		{ "yakusho", "yakusho2024", true },
		{ "yakusho", "2024!yakusho!2024", true },
		{ "yakusho", "yakushoabc", true },   /* 3 of 10 are left */
		{ "yakusho", "yakushoabcd", false }, /* 4 of 11 */
		{ "yakusho", "aYakushoBc99", true },
		{ "yakusho", "aYakushoBcd99", false },
		{ "yakusho", "yakush", false },
		{ "yakusho", "yakus-ho", false },
		{ "yakusho", "yakusho-no-mado-ga-akanai", false },
		{ "sakura", "s4kur42024", true }, /* the a among the digits */
		{ "sakura", "$akura", true },
		{ "sakura", "sakurasakura", true },
		{ "sakura", "sakurasakurasakura", true },
		{ "sakura", "sakura.sakura", true },
		{ "sakura", "", false },
		{ "sakura", "2024", false },
		{ "Pa$$word", "p@ssw0rd1", true },
		{ "サクラ", "さくら2024", true },
		{ "さくら", "ｻｸﾗ", true },
		{ "さくら", "さくらあ", true },
		{ "さくら", "さくらああ", false },
		{ "役所", "役所1", true },
		{ "役所", "役所前", true },
		{ "役所", "市役所前", false },
		{ "19450815", "19450815", true },
		{ "12345678", "a12345678b", true },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s in %s\n", tc[i].word, tc[i].password);
		assert_int_equal(blocked(tc[i].word, tc[i].password),
		    tc[i].blocked);
	}
}

static void
two_words_block_and_three_are_a_passphrase(void **state)
{
	static const char words[] = "tokyo\nnippon\nhana\nhanako\nkoto\n";

	(void)state;
	assert_true(blocked(words, "tokyonippon"));
	assert_true(blocked(words, "Tokyo-Nippon_2024"));
	assert_false(blocked(words, "tokyo-nippon-hanako"));
	/* 10 are in two words, 5 are not; then 6. */
	assert_true(blocked(words, "tokyoxxxxxtokyo"));
	assert_false(blocked(words, "tokyoxxxxxxtokyo"));
	/* The shorter of two beginnings is the one that fits. */
	assert_true(blocked(words, "hanakoto"));
	assert_true(blocked(words, "hanako"));
	assert_false(blocked(words, "hanakxto"));
}

static void
a_list_may_be_empty_and_a_password_long(void **state)
{
	static char longest[SY_PASSWORD_BYTES_MAX + 1];
	char words[64 * 66] = "";
	struct sy_blocklist *list;
	size_t at = 0;

	(void)state;
	assert_false(blocked("", "anything"));
	assert_false(blocked("# nothing\n\n   \n", "anything"));
	memset(longest, 'a', sizeof(longest) - 1);
	/* aa, aaa, ... up to 64 of them. */
	for (size_t n = 2; n <= 64; n++) {
		memset(words + at, 'a', n);
		words[at + n] = '\n';
		at += n + 1;
	}
	list = list_of(words);
	assert_false(has(list, longest));
	longest[128 + 64] = '\0';
	assert_true(has(list, longest));
	longest[128 + 64] = 'a';
	longest[128 + 64 + 1] = '\0';
	assert_false(has(list, longest));
	sy_blocklist_free(&list);
	assert_null(list);
	sy_blocklist_free(&list);
}

static void
lines_are_read_as_the_manual_says(void **state)
{
	static const char words[] = "\xef\xbb\xbf"
				    "first\r\n"
				    "  second\t# a comment\n"
				    "#third\n"
				    "\n"
				    "two words\n"
				    "last";

	(void)state;
	assert_true(blocked(words, "first"));
	assert_true(blocked(words, "second"));
	assert_false(blocked(words, "third"));
	assert_false(blocked(words, "a comment"));
	assert_true(blocked(words, "two words"));
	assert_true(blocked(words, "last"));
}

#define LETTERS_64                                                             \
	"abcdefghijklmnopqrstuvwxyzabcdef"                                     \
	"abcdefghijklmnopqrstuvwxyzabcdef"

static void
a_bad_line_is_refused_and_named(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		size_t len;
		enum sy_err err;
		const char *place;
	} tc[] = {
		{ "one character", "good\nx\n", 7, SY_ERR_FORMAT, "words:2" },
		{ "two characters", "xy\n", 3, SY_OK, "" },
		{ "one kanji", "市", 3, SY_ERR_FORMAT, "words:1" },
		{ "64 characters", LETTERS_64, 64, SY_OK, "" },
		{ "65 characters", LETTERS_64 "a", 65, SY_ERR_LIMIT,
		    "words:1" },
		{ "NUL", "ab\ncd\0ef\n", 9, SY_ERR_FORMAT, "words:2" },
		{ "tab inside", "ab\tcd", 5, SY_ERR_FORMAT, "words:1" },
		{ "lone CR", "ab\rcd", 5, SY_ERR_FORMAT, "words:1" },
		{ "half a character", "\n\n\xe3\x81\n", 5, SY_ERR_FORMAT,
		    "words:3" },
		{ "Shift_JIS", "\x8e\x73\x96\xf0\x8f\x8a", 6, SY_ERR_FORMAT,
		    "words:1" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_blocklist *list = NULL;
		struct sy_error e = { 0 };

		print_message("  %s\n", tc[i].what);
		assert_int_equal(sy_blocklist_parse("words", tc[i].text,
				     tc[i].len, &list, &e),
		    tc[i].err);
		assert_int_equal(list != NULL, tc[i].err == SY_OK);
		assert_int_equal(e.code, tc[i].err);
		assert_string_equal(e.place, tc[i].place);
		sy_blocklist_free(&list);
	}
}

static void
more_words_than_a_list_takes_are_refused(void **state)
{
	const size_t most = 200000;
	struct sy_blocklist *list = NULL;
	struct sy_error e = { 0 };
	char *text = malloc(3 * (most + 1));

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i <= most; i++)
		memcpy(text + 3 * i, "xy\n", 3);
	assert_int_equal(sy_blocklist_parse("words", text, 3 * most, &list, &e),
	    SY_OK);
	sy_blocklist_free(&list);
	assert_int_equal(sy_blocklist_parse("words", text, 3 * (most + 1),
			     &list, &e),
	    SY_ERR_LIMIT);
	assert_string_equal(e.place, "words:200001");
	free(text);
}

static void
put(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
the_shipped_list_and_the_sites_are_one(void **state)
{
	char folder[] = "/tmp/blocklist.XXXXXX";
	char ours[64];
	char site[64];
	struct sy_blocklist *list = NULL;
	struct sy_error e = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(ours, sizeof(ours), "%s/ours", folder);
	(void)snprintf(site, sizeof(site), "%s/site", folder);
	assert_int_equal(sy_blocklist_load(ours, NULL, &list, &e),
	    SY_ERR_NOT_FOUND);
	assert_string_equal(e.place, ours);
	put(ours, "yakusho\n", 0644);
	assert_int_equal(sy_blocklist_load(ours, site, &list, &e),
	    SY_ERR_NOT_FOUND);
	assert_string_equal(e.place, site);
	put(site, "x\n", 0644);
	assert_int_equal(sy_blocklist_load(ours, site, &list, &e),
	    SY_ERR_FORMAT);
	put(site, "midorimachi\n", 0666);
	assert_int_equal(sy_blocklist_load(ours, site, &list, &e), SY_ERR_PERM);
	assert_null(list);
	put(site, "midorimachi\n", 0644);
	assert_int_equal(sy_blocklist_load(ours, site, &list, &e), SY_OK);
	assert_true(has(list, "yakusho1"));
	assert_true(has(list, "midorimachi1"));
	sy_blocklist_free(&list);
	assert_int_equal(sy_blocklist_load(ours, NULL, &list, &e), SY_OK);
	assert_false(has(list, "midorimachi1"));
	sy_blocklist_free(&list);
	(void)unlink(ours);
	(void)unlink(site);
	assert_int_equal(rmdir(folder), 0);
}

/* PW-1: what people here are known to choose. */
static void
the_list_that_is_shipped_holds_what_people_choose(void **state)
{
	static const char *const weak[] = { "Password1!", "P@ssw0rd",
		"shiyakusho", "Shiyakusho2024", "KUYAKUSHO#1", "yakuba123",
		"juminka01", "MyNumber2024", "koseki!!", "zeimuka1", "Sakura01",
		"s@kura2025", "hanako77", "Taro1234", "nippon2020", "qwerty12",
		"Haru2024", "natsu2025!", "Aki2024", "fuyu2023", "hokkaido1",
		"Kanagawa2024", "Okinawa!", "yokohama99", "Reiwa6", "heisei31!",
		"showa1926", "Tokyo2020", "ohayou123", "aishiteru", "arigatou!",
		"welcome2024", "admin123", "Spring2024", "さくら2024",
		"しやくしょ", "パスワード", "ﾊﾟｽﾜｰﾄﾞ1", "市役所2024", "日本国",
		"住民課", "zaq12wsx", "1qaz2wsx", "konnichiwa1", "doraemon",
		"Pikachu25", "fujisan3776", "kawasaki-yokohama" };
	static const char *const strong[] = { "kx7Rq!vn2pTd",
		"ameno-hini-kasa-wo-wasureta", "correct horse battery staple",
		"夏の朝に川べりを歩く", "みどりのかえるがさんびきとぶ",
		"tegami-wa-tokyo-kara-kita-yo", "Zmijewski&vorpal9",
		"sakura no hana ga mado kara mieta" };
	const char *source = getenv("SY_TEST_SRCDIR");
	struct sy_blocklist *list = NULL;
	struct sy_error e = { 0 };
	char path[4096];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/config/blocklist.txt",
	    source != NULL ? source : ".");
	if (sy_blocklist_load(path, NULL, &list, &e) != SY_OK)
		fail_msg("%s: %s", e.place, e.text);
	for (size_t i = 0; i < SY_COUNT(weak); i++) {
		print_message("  %s\n", weak[i]);
		assert_true(has(list, weak[i]));
	}
	for (size_t i = 0; i < SY_COUNT(strong); i++) {
		print_message("  not %s\n", strong[i]);
		assert_false(has(list, strong[i]));
	}
	sy_blocklist_free(&list);
}

static void
a_failed_allocation_is_no_memory(void **state)
{
	struct sy_blocklist *list = NULL;
	struct sy_error e = { 0 };
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		faults_arm(++n);
		err = sy_blocklist_parse("words", "one\ntwo\n", 8, &list, &e);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 3);
	sy_blocklist_free(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_blocks_what_is_mostly_itself),
		cmocka_unit_test(two_words_block_and_three_are_a_passphrase),
		cmocka_unit_test(a_list_may_be_empty_and_a_password_long),
		cmocka_unit_test(lines_are_read_as_the_manual_says),
		cmocka_unit_test(a_bad_line_is_refused_and_named),
		cmocka_unit_test(more_words_than_a_list_takes_are_refused),
		cmocka_unit_test(the_shipped_list_and_the_sites_are_one),
		cmocka_unit_test(
		    the_list_that_is_shipped_holds_what_people_choose),
		cmocka_unit_test(a_failed_allocation_is_no_memory),
	};

	return cmocka_run_group_tests_name("blocklist", tests, NULL, NULL);
}
