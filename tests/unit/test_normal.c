/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/faults.h"
#include "tests/support/passwords.h"

#define SAME NULL

static enum sy_err
normal(const void *bytes, size_t len, struct sy_secret **ret)
{
	struct sy_secret *typed = password_bytes(bytes, len);
	enum sy_err err;

	err = sy_password_normal(typed, ret);
	assert_int_equal(*ret != NULL, err == SY_OK);
	sy_secret_free(&typed);
	return err;
}

static void
the_same_characters_are_the_same_password(void **state)
{
	static const struct {
		const char *what;
		const char *typed;
		const char *nfc;
	} tc[] = {
		{ "ASCII", "correct horse", SAME },
		{ "composed already", "caf\u00e9", SAME },
		{ "letter and accent", "cafe\u0301", "caf\u00e9" },
		{ "kana and its mark", "\u304b\u3099", "\u304c" },
		{ "two marks, other order", "q\u0307\u0323", "q\u0323\u0307" },
		{ "Hangul letters", "\u1112\u1161\u11ab", "\ud55c" },
		{ "the Angstrom sign", "\u212b", "\u00c5" },
		{ "width is kept", "\uff21\uff71", SAME },
		{ "ligature is kept", "\ufb01", SAME },
		{ "Japanese", "夏の朝に川べりを歩く", SAME },
		{ "right to left", "שלום עולם", SAME },
		{ "outside the first plane", "𠮷野家", SAME },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const char *want = tc[i].nfc != SAME ? tc[i].nfc : tc[i].typed;
		struct sy_secret *got = NULL;

		print_message("  %s\n", tc[i].what);
		assert_int_equal(normal(tc[i].typed, strlen(tc[i].typed), &got),
		    SY_OK);
		assert_int_equal(sy_secret_len(got), strlen(want));
		assert_memory_equal(sy_secret_bytes(got), want, strlen(want));
		sy_secret_free(&got);
	}
}

static void
what_is_no_clean_text_is_refused(void **state)
{
	static const struct {
		const char *what;
		const char *bytes;
		size_t len;
		enum sy_err err;
	} tc[] = {
		{ "empty", "", 0, SY_ERR_ARG },
		{ "NUL alone", "\0", 1, SY_ERR_FORMAT },
		{ "NUL inside", "pass\0word", 9, SY_ERR_FORMAT },
		{ "tab", "pass\tword", 9, SY_ERR_FORMAT },
		{ "delete", "pass\x7fword", 9, SY_ERR_FORMAT },
		{ "C1 control", "pass\xc2\x85word", 10, SY_ERR_FORMAT },
		{ "half a character", "pass\xe3\x81", 6, SY_ERR_FORMAT },
		{ "its other half", "\x82pass", 5, SY_ERR_FORMAT },
		{ "overlong", "\xc0\xafpass", 6, SY_ERR_FORMAT },
		{ "surrogate", "\xed\xa0\x80", 3, SY_ERR_FORMAT },
		{ "Latin-1", "caf\xe9", 4, SY_ERR_FORMAT },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_secret *got = NULL;

		print_message("  %s\n", tc[i].what);
		assert_int_equal(normal(tc[i].bytes, tc[i].len, &got),
		    tc[i].err);
	}
}

static void
length_is_limited_as_typed_and_after(void **state)
{
	/* Three bytes that NFC makes nine of (U+FB2C), and one more byte. */
	static const char grows[] = "\xef\xac\xac";
	static char bytes[65535];
	struct sy_secret *got = NULL;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(normal(bytes, SY_PASSWORD_BYTES_MAX, &got), SY_OK);
	assert_int_equal(sy_secret_len(got), SY_PASSWORD_BYTES_MAX);
	sy_secret_free(&got);
	assert_int_equal(normal(bytes, SY_PASSWORD_BYTES_MAX + 1, &got),
	    SY_ERR_LIMIT);
	/* More than that no secret holds, a megabyte neither. */
	assert_int_equal(normal(bytes, sizeof(bytes), &got), SY_ERR_LIMIT);
	assert_int_equal(sy_secret_new(1024 * 1024, &got), SY_ERR_ARG);

	for (size_t i = 0; i < SY_PASSWORD_BYTES_MAX / 3; i++)
		memcpy(bytes + 3 * i, grows, 3);
	assert_int_equal(normal(bytes, SY_PASSWORD_BYTES_MAX - 1, &got),
	    SY_ERR_LIMIT);
	/* 170 of them become six bytes each, 171 too many. */
	assert_int_equal(normal(bytes, 170 * 3, &got), SY_OK);
	assert_int_equal(sy_secret_len(got), 170 * 6);
	sy_secret_free(&got);
	assert_int_equal(normal(bytes, 171 * 3, &got), SY_ERR_LIMIT);
}

static void
a_failed_allocation_is_no_memory(void **state)
{
	struct sy_secret *typed = password_of("cafe\u0301");
	struct sy_secret *got = NULL;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		faults_arm(++n);
		err = sy_password_normal(typed, &got);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	sy_secret_free(&got);
	sy_secret_free(&typed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_characters_are_the_same_password),
		cmocka_unit_test(what_is_no_clean_text_is_refused),
		cmocka_unit_test(length_is_limited_as_typed_and_after),
		cmocka_unit_test(a_failed_allocation_is_no_memory),
	};

	return cmocka_run_group_tests_name("normal", tests, NULL, NULL);
}
