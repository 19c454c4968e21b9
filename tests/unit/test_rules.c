/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>

#include "tests/support/faults.h"
#include "tests/support/passwords.h"

#define B(rule) (1U << SY_PASSWORD_##rule)

static const struct sy_password_policy strict = {
	.min_length = 10,
	.classes = 3,
	.max_repeat = 3,
	.max_sequence = 4,
};
/* NIST's way: long, and nothing about kinds of characters. */
static const struct sy_password_policy lengthy = {
	.min_length = 15,
	.classes = 1,
	.max_repeat = 3,
	.max_sequence = 4,
};

static const struct sy_password_person person = {
	.login = "k-onoda",
	.name = "小野田 恵子",
	.kana = "オノダ ケイコ",
	.staff = "0012345",
	.born = "1985-04-01",
};

static struct sy_blocklist *list;

static int
load_list(void **state)
{
	const char *source = getenv("SY_TEST_SRCDIR");
	struct sy_error e = { 0 };
	char path[4096];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/config/blocklist.txt",
	    source != NULL ? source : ".");
	return sy_blocklist_load(path, NULL, &list, &e) == SY_OK ? 0 : -1;
}

static int
free_list(void **state)
{
	(void)state;
	sy_blocklist_free(&list);
	return 0;
}

static unsigned int
check_bytes(const struct sy_password_policy *policy, const void *bytes,
    size_t len, const char *present)
{
	struct sy_secret *password = password_bytes(bytes, len);
	struct sy_secret *old = present != NULL ? password_of(present) : NULL;
	unsigned int broken = ~0U;

	assert_int_equal(sy_password_check(policy, &person, list, password, old,
			     &broken),
	    SY_OK);
	sy_secret_free(&password);
	sy_secret_free(&old);
	return broken;
}

static unsigned int
check(const struct sy_password_policy *policy, const char *text,
    const char *present)
{
	return check_bytes(policy, text, strlen(text), present);
}

static void
assert_broken(unsigned int got, unsigned int want)
{
	char got_words[SY_PASSWORD_WORDS_SIZE];
	char want_words[SY_PASSWORD_WORDS_SIZE];

	sy_password_broken_words(&strict, got, got_words);
	sy_password_broken_words(&strict, want, want_words);
	assert_string_equal(got_words, want_words);
	assert_int_equal(got, want);
}

/* PW-1: a weak password is refused, with all its reasons and no other. */
static void
a_weak_password_is_refused_with_each_of_its_reasons(void **state)
{
	static const struct {
		const char *password;
		unsigned int broken;
	} tc[] = {
		{ "", B(SHORT) | B(CLASSES) },
		{ "Kx7!vn2pT", B(SHORT) },
		{ "Kx7!", B(SHORT) },
		{ "kxrqavnwpt", B(CLASSES) },
		{ "kx7rq8vn2p", B(CLASSES) },
		{ "8402957713", B(CLASSES) },
		{ "kx7", B(SHORT) | B(CLASSES) },
		{ "K-Onoda!9xQz", B(LOGIN) | B(PERSONAL) },
		{ "9!k-0n0d4xQz", B(LOGIN) | B(PERSONAL) },
		{ "9xQz#adono-k", B(LOGIN) },
		{ "Keiko!9xQzvw", B(PERSONAL) },
		{ "ｋｅｉｋｏ!9xQz", B(PERSONAL) },
		{ "けいこ!9xQzvw", B(PERSONAL) },
		{ "ｹｲｺ!9xQzvwTr", B(PERSONAL) },
		{ "恵子!9xQzvwTr", B(PERSONAL) },
		{ "xQz!12345vwT", B(PERSONAL) | B(SEQUENCE) },
		{ "xQz!0012345v", B(PERSONAL) | B(SEQUENCE) },
		{ "xQz!1985vwTr", B(PERSONAL) },
		{ "xQz!850401vw", B(PERSONAL) },
		{ "xQz!昭和60v", B(PERSONAL) | B(SHORT) },
		{ "xQz+S60.4.1v", B(PERSONAL) },
		{ "xQzzzz!97vwT", B(REPEAT) },
		{ "xQzzzZ!97vwT", B(REPEAT) },
		{ "x9x9x9x9!QvT", B(REPEAT) },
		{ "vW7!vW7!vW7!", B(REPEAT) },
		{ "Abcde!97vwTr", B(SEQUENCE) },
		{ "98765xQz!vwT", B(SEQUENCE) },
		{ "qWert!97vwTr", B(SEQUENCE) },
		{ "1qaz2WSX3edc", B(SEQUENCE) | B(BLOCKED) },
		{ "あいうえお!9xQv", B(SEQUENCE) },
		{ "Password1!xy", B(BLOCKED) },
		{ "P@ssw0rd2024", B(BLOCKED) },
		{ "Shiyakusho-7", B(BLOCKED) },
		{ "Sakura-2024!", B(BLOCKED) },
		{ "Nippon-Tokyo9", B(BLOCKED) },
		{ "aaaaaaaaaa", B(CLASSES) | B(REPEAT) },
		{ "1234567890",
		    B(CLASSES) | B(PERSONAL) | B(SEQUENCE) | B(BLOCKED) },
		{ "qwerty", B(SHORT) | B(CLASSES) | B(SEQUENCE) | B(BLOCKED) },
		{ "keiko1985",
		    B(SHORT) | B(CLASSES) | B(PERSONAL) | B(BLOCKED) },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  \"%s\"\n", tc[i].password);
		assert_broken(check(&strict, tc[i].password, NULL),
		    tc[i].broken);
	}
}

/* PW-1: and a strong one passes, in whatever script. */
static void
a_strong_password_passes(void **state)
{
	static const struct {
		const struct sy_password_policy *policy;
		const char *password;
	} tc[] = {
		{ &strict, "Kx7!vn2pTd" },
		{ &strict, "Ame-no-hi-7-kasa" },
		{ &strict, "夏の朝に川べりを歩くK7" },
		{ &strict, "Zug fährt um 9:41 ab" },
		{ &lengthy, "correct horse battery staple" },
		{ &lengthy, "ameno-hini-kasa-wo-wasureta" },
		{ &lengthy, "夏の朝に川べりをゆっくりと歩く" },
		{ &lengthy, "ｶｴﾙｶﾞｻﾝﾋﾞｷﾄﾝﾃﾞｲｯﾀﾖ" },
		{ &lengthy, "חתול ישן על הגג החם" },
		{ &lengthy, "قطة نائمة فوق السطح" },
		{ &lengthy,
		    "\U0001f422\U0001f984\U0001f33b\U0001f3b7"
		    "\U0001f680\U0001f9c0\U0001f98a\U0001f419"
		    "\U0001f30b\U0001f9e9\U0001f9ed\U0001f9f2"
		    "\U0001f50b\U0001f4ef\U0001f9f5" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].password);
		assert_broken(check(tc[i].policy, tc[i].password, NULL), 0);
	}
}

static void
length_is_counted_in_characters_not_bytes(void **state)
{
	(void)state;
	/* 15 and 14 characters, three bytes each. */
	assert_broken(check(&lengthy, "夏の朝に川べりをゆっくりと歩く", NULL),
	    0);
	assert_broken(check(&lengthy, "夏の朝に川べりをゆくりと歩く", NULL),
	    B(SHORT));
	assert_broken(check(&lengthy, "kx7rq8vn2ptdw9z", NULL), 0);
	assert_broken(check(&lengthy, "kx7rq8vn2ptdw9", NULL), B(SHORT));
}

static void
classes_are_counted_in_every_script(void **state)
{
	static const struct {
		const char *password;
		unsigned int classes;
	} tc[] = {
		{ "kxvw", 1 },
		{ "KXVW", 1 },
		{ "8402", 1 },
		{ "!#+*", 1 },
		{ "    ", 1 },
		{ "夏川", 1 },
		{ "kXvw", 2 },
		{ "k夏vw", 2 },
		{ "夏!川 ", 1 },
		{ "kX8w", 3 },
		{ "kX8!", 4 },
		{ "kX8夏", 4 },
		{ "ｋＸ８！", 4 },
		{ "éÉ٣!", 4 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_password_policy policy = { .min_length = 1 };

		print_message("  %s\n", tc[i].password);
		policy.classes = tc[i].classes;
		assert_broken(check(&policy, tc[i].password, NULL), 0);
		policy.classes++;
		assert_broken(check(&policy, tc[i].password, NULL), B(CLASSES));
	}
}

static void
what_cannot_be_looked_at_is_said_to_be_so(void **state)
{
	static char longest[65000];
	const size_t max = SY_PASSWORD_BYTES_MAX;

	(void)state;
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = "kX7!vn2pTd"[i * i * 7 % 10];
	assert_int_equal(check_bytes(&strict, longest, max, NULL) & B(LONG), 0);
	assert_broken(check_bytes(&strict, longest, max + 1, NULL), B(LONG));
	assert_broken(check_bytes(&strict, longest, sizeof(longest), NULL),
	    B(LONG));
	longest[5] = '\0';
	assert_broken(check_bytes(&strict, longest, sizeof(longest), NULL),
	    B(LONG) | B(UNCLEAN));
	assert_broken(check_bytes(&strict, "Kx7!\0vn2pTd", 11, NULL),
	    B(UNCLEAN));
	assert_broken(check_bytes(&strict, "Kx7!vn2pTd\xe3\x81", 12, NULL),
	    B(UNCLEAN));
	assert_broken(check_bytes(&strict, "Kx7!vn\x1b[2J", 10, NULL),
	    B(UNCLEAN));
}

static void
the_present_password_is_compared_where_it_is_known(void **state)
{
	struct sy_secret *password = password_of("Kx7!vn2pTd");
	struct sy_secret *unclean = password_bytes("a\0b", 3);
	unsigned int broken = 77;

	(void)state;
	assert_broken(check(&strict, "Kx7!vn2pTd", "Kx7!vn2pTe"), B(SIMILAR));
	assert_broken(check(&strict, "Kx7!vn2pTd", "Zq9+hm4wRs"), 0);
	assert_broken(check(&strict, "kx7vn2pTd", "Kx7!vn2pTd"),
	    B(SHORT) | B(SIMILAR));
	assert_int_equal(sy_password_check(&strict, &person, list, password,
			     unclean, &broken),
	    SY_ERR_ARG);
	assert_int_equal(broken, 77);
	sy_secret_free(&password);
	sy_secret_free(&unclean);
}

static void
no_list_blocks_nothing(void **state)
{
	struct sy_secret *password = password_of("P@ssw0rd2024");
	unsigned int broken = 77;

	(void)state;
	assert_int_equal(sy_password_check(&strict, &person, NULL, password,
			     NULL, &broken),
	    SY_OK);
	assert_broken(broken, 0);
	sy_secret_free(&password);
}

static void *
check_again_and_again(void *arg)
{
	const bool weak = *(const bool *)arg;
	size_t wrong = 0;

	for (size_t i = 0; i < 50; i++) {
		if (check(&strict, weak ? "Keiko!9xQzvw" : "Kx7!vn2pTd",
			"Zq9+hm4wRs") != (weak ? B(PERSONAL) : 0))
			wrong++;
	}
	return wrong == 0 ? arg : NULL;
}

static void
threads_do_not_disturb_each_other(void **state)
{
	bool weak[4] = { false, true, false, true };
	pthread_t thread[4];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(thread); i++)
		assert_int_equal(pthread_create(&thread[i], NULL,
				     check_again_and_again, &weak[i]),
		    0);
	for (size_t i = 0; i < SY_COUNT(thread); i++) {
		void *result = NULL;

		assert_int_equal(pthread_join(thread[i], &result), 0);
		assert_non_null(result);
	}
}

static void
a_failed_allocation_is_no_memory(void **state)
{
	struct sy_secret *password = password_of("けいこ!9xQzvw");
	struct sy_secret *present = password_of("Zq9+hm4wRs");
	unsigned int broken = 77;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		faults_arm(++n);
		err = sy_password_check(&strict, &person, list, password,
		    present, &broken);
		if (faults_disarm()) {
			assert_int_equal(err, SY_ERR_NOMEM);
			assert_int_equal(broken, 77);
		}
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_broken(broken, B(PERSONAL));
	assert_true(n > 20);
	sy_secret_free(&password);
	sy_secret_free(&present);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_weak_password_is_refused_with_each_of_its_reasons),
		cmocka_unit_test(a_strong_password_passes),
		cmocka_unit_test(length_is_counted_in_characters_not_bytes),
		cmocka_unit_test(classes_are_counted_in_every_script),
		cmocka_unit_test(what_cannot_be_looked_at_is_said_to_be_so),
		cmocka_unit_test(
		    the_present_password_is_compared_where_it_is_known),
		cmocka_unit_test(no_list_blocks_nothing),
		cmocka_unit_test(threads_do_not_disturb_each_other),
		cmocka_unit_test(a_failed_allocation_is_no_memory),
	};

	return cmocka_run_group_tests_name("rules", tests, load_list,
	    free_list);
}
