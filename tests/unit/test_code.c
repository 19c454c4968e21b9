/* SPDX-License-Identifier: Apache-2.0 */
#include <sanyoso/code.h>

#include "tests/support/faults.h"
#include "tests/support/unit.h"

static struct sy_secret *
secret_of(const char *text)
{
	struct sy_secret *s = NULL;

	assert_int_equal(sy_secret_new(strlen(text) + 1, &s), SY_OK);
	assert_int_equal(sy_secret_append(s, text, strlen(text)), SY_OK);
	return s;
}

/* What parsing ${text} comes to; the bytes must be ${want} on success. */
static enum sy_err
parse(const char *text, size_t len, const void *want)
{
	struct sy_secret *typed = secret_of(text);
	struct sy_secret *bytes = NULL;
	enum sy_err err;

	err = sy_code_parse(typed, len, &bytes);
	assert_int_equal(bytes != NULL, err == SY_OK);
	if (err == SY_OK) {
		assert_int_equal(sy_secret_len(bytes), len);
		assert_memory_equal(sy_secret_bytes(bytes), want, len);
	}
	sy_secret_free(&typed);
	sy_secret_free(&bytes);
	return err;
}

static void
known_codes_go_there_and_back(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *text;
	} tc[] = {
		{ "\x00", 1, "00X" },
		{ "\xff", 1, "ZW9" },
		{ "\x73\x61\x6e\x79\x6f", 5, "EDGPW-YBF5" },
		{ "\x73\x61\x6e\x79\x6f\x73\x6f", 7, "EDGPW-YBFED-QG2" },
		{ "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e"
		  "\x0f",
		    16, "000G4-0R40M-30E20-9185G-R38E1-WH" },
		{ "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		  "\x00\x00\x00",
		    48,
		    "00000-00000-00000-00000-00000-00000-00000-00000-00000-"
		    "00000-00000-00000-00000-00000-00000-00H" },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_secret *text = NULL;

		print_message("  %s\n", tc[i].text);
		assert_int_equal(sy_code_format(tc[i].bytes, tc[i].len, &text),
		    SY_OK);
		assert_int_equal(sy_secret_len(text), strlen(tc[i].text));
		assert_memory_equal(sy_secret_bytes(text), tc[i].text,
		    strlen(tc[i].text));
		assert_int_equal(parse(tc[i].text, tc[i].len, tc[i].bytes),
		    SY_OK);
		sy_secret_free(&text);
	}
}

static void
every_length_goes_there_and_back_and_fits(void **state)
{
	uint8_t in[SY_CODE_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 37 + 11);
	for (size_t len = 1; len <= sizeof(in); len++) {
		struct sy_secret *text = NULL;
		struct sy_secret *back = NULL;

		assert_int_equal(sy_code_format(in, len, &text), SY_OK);
		assert_true(sy_secret_len(text) < SY_CODE_TEXT_MAX);
		assert_int_equal(sy_code_parse(text, len, &back), SY_OK);
		assert_int_equal(sy_secret_len(back), len);
		assert_memory_equal(sy_secret_bytes(back), in, len);
		sy_secret_free(&text);
		sy_secret_free(&back);
	}
}

static void
lengths_outside_the_contract_are_refused(void **state)
{
	static const uint8_t in[SY_CODE_BYTES_MAX + 1];
	struct sy_secret *text = NULL;

	(void)state;
	assert_int_equal(sy_code_format(in, 0, &text), SY_ERR_ARG);
	assert_int_equal(sy_code_format(in, sizeof(in), &text), SY_ERR_ARG);
	assert_null(text);
	assert_int_equal(parse("00", 0, ""), SY_ERR_ARG);
	assert_int_equal(parse("00", sizeof(in), in), SY_ERR_ARG);
}

static void
people_may_type_it_as_they_like(void **state)
{
	static const char *const typed[] = { "EDGPW-YBF5", "EDGPWYBF5",
		"edgpw-ybf5", " E D G P W Y B F 5 " };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(typed); i++) {
		print_message("  %s\n", typed[i]);
		assert_int_equal(parse(typed[i], 5, "sanyo"), SY_OK);
	}
}

static void
letters_that_look_like_digits_mean_them(void **state)
{
	/* Sixteen bytes whose code holds both 0 and 1. */
	static const char *const typed[] = { "000G4-0R40M-30E20-9185G-R38E1-WH",
		"OOOG4-OR4OM-3OE2O-9185G-R38E1-WH",
		"ooog4-or4om-3oe2o-9185g-r38e1-wh",
		"000G4-0R40M-30E20-9I85G-R38EI-WH",
		"000G4-0R40M-30E20-9l85G-R38El-WH" };
	static const uint8_t bytes[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
		12, 13, 14, 15 };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(typed); i++) {
		print_message("  %s\n", typed[i]);
		assert_int_equal(parse(typed[i], sizeof(bytes), bytes), SY_OK);
	}
}

static void
what_was_mistyped_is_refused(void **state)
{
	static const struct {
		const char *what;
		const char *text;
		size_t len;
	} tc[] = {
		{ "nothing", "", 5 },
		{ "only dashes", "-----", 5 },
		{ "one letter short", "DGPWYBF5", 5 },
		{ "one letter more", "EDGPWYBF50", 5 },
		{ "check alone missing", "EDGPWYBF", 5 },
		{ "another length", "EDGPW-YBF5", 4 },
		{ "another length", "EDGPW-YBF5", 6 },
		{ "U is no letter", "UDGPWYBF5", 5 },
		{ "a line feed", "EDGPW-YBF5\n", 5 },
		{ "a star", "*DGPWYBF5", 5 },
		{ "bits left over", "01X", 1 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		assert_int_equal(parse(tc[i].text, tc[i].len, ""), SY_ERR_CODE);
	}
}

/* A check of five bits lets one wrong code in 32 pass: most are caught. */
static void
the_check_catches_most_single_mistakes(void **state)
{
	static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	const char good[] = "EDGPW-YBF5";
	unsigned int passed = 0;
	unsigned int tried = 0;

	(void)state;
	for (size_t at = 0; at < strlen(good); at++) {
		if (good[at] == '-')
			continue;
		for (size_t v = 0; v < 32; v++) {
			struct sy_secret *typed;
			struct sy_secret *bytes = NULL;
			char wrong[sizeof(good)];

			memcpy(wrong, good, sizeof(good));
			if (wrong[at] == letters[v])
				continue;
			wrong[at] = letters[v];
			typed = secret_of(wrong);
			tried++;
			if (sy_code_parse(typed, 5, &bytes) == SY_OK)
				passed++;
			sy_secret_free(&typed);
			sy_secret_free(&bytes);
		}
	}
	assert_int_equal(tried, 9 * 31);
	assert_true(passed < tried / 16);
}

static void
a_failed_allocation_is_no_memory(void **state)
{
	struct sy_secret *typed = secret_of("EDGPW-YBF5");
	struct sy_secret *out = NULL;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		faults_arm(++n);
		err = sy_code_format("sanyo", 5, &out);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	sy_secret_free(&out);

	n = 0;
	do {
		faults_arm(++n);
		err = sy_code_parse(typed, 5, &out);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 4);
	sy_secret_free(&out);
	sy_secret_free(&typed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_codes_go_there_and_back),
		cmocka_unit_test(every_length_goes_there_and_back_and_fits),
		cmocka_unit_test(lengths_outside_the_contract_are_refused),
		cmocka_unit_test(people_may_type_it_as_they_like),
		cmocka_unit_test(letters_that_look_like_digits_mean_them),
		cmocka_unit_test(what_was_mistyped_is_refused),
		cmocka_unit_test(the_check_catches_most_single_mistakes),
		cmocka_unit_test(a_failed_allocation_is_no_memory),
	};

	return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
