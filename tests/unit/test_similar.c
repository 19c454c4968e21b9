/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/passwords.h"

static bool
similar(const char *password, const char *present)
{
	struct sy_secret *a = folded_of(password);
	struct sy_secret *b = folded_of(present);
	bool found = false;

	assert_int_equal(sy_points_similar(sy_points_in(a), sy_points_in(b),
			     &found),
	    SY_OK);
	sy_secret_free(&a);
	sy_secret_free(&b);
	return found;
}

static void
too_few_changes_make_no_other_password(void **state)
{
	static const struct {
		const char *what;
		const char *password;
		const char *present;
		bool similar;
	} tc[] = {
		{ "the same", "kx7Rq!vn2p", "kx7Rq!vn2p", true },
		{ "case only", "KX7rQ!VN2P", "kx7Rq!vn2p", true },
		{ "three replaced", "kx7ZZZvn2p", "kx7Rq!vn2p", true },
		{ "four replaced", "kx7ZZZZn2p", "kx7Rq!vn2p", false },
		{ "three put in", "kxAAA7Rq!vn2p", "kx7Rq!vn2p", true },
		{ "four put in", "kxAAAA7Rq!vn2p", "kx7Rq!vn2p", false },
		{ "three taken out", "kx7n2p", "kx7rqvn2p", true },
		{ "moved by one", "pkx7Rq!vn2", "kx7Rq!vn2p", true },
		{ "backwards", "p2nv!qR7xk", "kx7Rq!vn2p", true },
		{ "backwards, changed", "p2nAAqR7xk", "kx7Rq!vn2p", true },
		{ "one in four of twenty", "aaaaabcdefghijklmnop",
		    "zyxwvbcdefghijklmnop", true },
		{ "more of twenty", "aaaaaacdefghijklmnop",
		    "zyxwvucdefghijklmnop", false },
		{ "another number", "Sakura2024!!", "1980Sakura", true },
		{ "another sign and number", "99-yomogi-31", "yomogi#2024$$",
		    true },
		{ "other letters", "99-yomoge-317", "yomogi#2024$$", false },
		{ "numbers only", "8402957731", "5539201846", false },
		{ "the old one inside", "AAAAkx7Rq!vn2pBBBB", "kx7Rq!vn2p",
		    true },
		{ "inside the old one", "kx7Rq!vn", "AAAAAkx7Rq!vnBBBBB",
		    true },
		{ "three characters inside", "abcdefgh", "abc", false },
		{ "Japanese", "夏の朝に川べりを歩く", "冬の朝に川べりを歩く",
		    true },
		{ "kana of the other kind", "サクラノハナ", "さくらのはな",
		    true },
		{ "nothing alike", "correct horse", "battery staple", false },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(similar(tc[i].password, tc[i].present),
		    tc[i].similar);
	}
}

static void
the_longest_passwords_are_compared_too(void **state)
{
	static char a[SY_PASSWORD_BYTES_MAX + 1];
	static char b[SY_PASSWORD_BYTES_MAX + 1];

	(void)state;
	memset(a, 'a', sizeof(a) - 1);
	memset(b, 'b', sizeof(b) - 1);
	assert_false(similar(a, b));
	memset(b, 'a', 3 * (sizeof(b) - 1) / 4);
	assert_true(similar(a, b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_few_changes_make_no_other_password),
		cmocka_unit_test(the_longest_passwords_are_compared_too),
	};

	return cmocka_run_group_tests_name("similar", tests, NULL, NULL);
}
