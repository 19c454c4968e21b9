/* SPDX-License-Identifier: Apache-2.0 */
#include <sanyoso/password.h>

#include "tests/support/faults.h"
#include "tests/support/unit.h"

#define MANY 2000

static const char alphabet[] = "acdefhjkmnprtwxy23456789";

static struct sy_secret *
temporary(void)
{
	struct sy_secret *s = NULL;

	assert_int_equal(sy_password_temporary(&s), SY_OK);
	assert_int_equal(sy_secret_len(s), SY_PASSWORD_TEMPORARY_LEN);
	return s;
}

/* PW-2: what is issued can be read out, and nobody can guess it. */
static void
four_groups_of_four_letters_that_do_not_look_alike(void **state)
{
	(void)state;
	for (size_t n = 0; n < 100; n++) {
		struct sy_secret *s = temporary();
		const uint8_t *c = sy_secret_bytes(s);

		for (size_t i = 0; i < SY_PASSWORD_TEMPORARY_LEN; i++) {
			if (i % 5 == 4)
				assert_int_equal(c[i], '-');
			else
				assert_non_null(strchr(alphabet, c[i]));
		}
		sy_secret_free(&s);
	}
}

static void
every_letter_comes_as_often_as_any_other_at_every_place(void **state)
{
	/* 83 are expected; this far off is nine standard deviations. */
	const unsigned int least = MANY / 24 - 80;
	const unsigned int most = MANY / 24 + 80;
	static unsigned int seen[SY_PASSWORD_TEMPORARY_LEN][256];

	(void)state;
	for (size_t n = 0; n < MANY; n++) {
		struct sy_secret *s = temporary();

		for (size_t i = 0; i < SY_PASSWORD_TEMPORARY_LEN; i++)
			seen[i][sy_secret_bytes(s)[i]]++;
		sy_secret_free(&s);
	}
	for (size_t i = 0; i < SY_PASSWORD_TEMPORARY_LEN; i++) {
		if (i % 5 == 4)
			continue;
		for (size_t k = 0; k < sizeof(alphabet) - 1; k++) {
			assert_true(seen[i][(uint8_t)alphabet[k]] > least);
			assert_true(seen[i][(uint8_t)alphabet[k]] < most);
		}
	}
}

static void
a_failed_allocation_is_no_memory(void **state)
{
	struct sy_secret *s = NULL;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		faults_arm(++n);
		err = sy_password_temporary(&s);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	sy_secret_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    four_groups_of_four_letters_that_do_not_look_alike),
		cmocka_unit_test(
		    every_letter_comes_as_often_as_any_other_at_every_place),
		cmocka_unit_test(a_failed_allocation_is_no_memory),
	};

	return cmocka_run_group_tests_name("temporary", tests, NULL, NULL);
}
