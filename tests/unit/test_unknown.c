/* SPDX-License-Identifier: Apache-2.0 */
/* server/auth/unknown.c: what the log calls a name that nobody has. */
#include "tests/support/unit.h"

#include "server/auth/unknown.h"

#define NOW 5000

static void
name_of(struct unknown_names *names, const char *text, int64_t now,
    uint8_t ret[UNKNOWN_SIZE])
{
	assert_int_equal(unknown_name(names, text, strlen(text), now, ret),
	    SY_OK);
}

static void
a_name_is_the_same_for_a_month_and_then_another(void **state)
{
	uint8_t first[UNKNOWN_SIZE], other[UNKNOWN_SIZE];
	struct unknown_names *names = NULL;

	(void)state;
	assert_int_equal(unknown_new(&names), SY_OK);
	name_of(names, "hunter2!", NOW, first);
	name_of(names, "hunter3!", NOW, other);
	assert_memory_not_equal(first, other, sizeof(first));
	name_of(names, "hunter2!", NOW + UNKNOWN_KEY_LIFE - 1, other);
	assert_memory_equal(first, other, sizeof(first));
	name_of(names, "hunter2!", NOW + UNKNOWN_KEY_LIFE, other);
	assert_memory_not_equal(first, other, sizeof(first));
	/* The month begins with the key, not with its last use. */
	name_of(names, "hunter2!", NOW + 2 * UNKNOWN_KEY_LIFE - 1, first);
	assert_memory_equal(first, other, sizeof(first));
	name_of(names, "hunter2!", NOW + 2 * UNKNOWN_KEY_LIFE, first);
	assert_memory_not_equal(first, other, sizeof(first));
	unknown_free(&names);
	unknown_free(&names);
}

static void
another_run_of_the_server_has_another_key(void **state)
{
	uint8_t first[UNKNOWN_SIZE], other[UNKNOWN_SIZE];
	struct unknown_names *names = NULL;

	(void)state;
	assert_int_equal(unknown_new(&names), SY_OK);
	name_of(names, "hunter2!", NOW, first);
	unknown_free(&names);
	assert_int_equal(unknown_new(&names), SY_OK);
	name_of(names, "hunter2!", NOW, other);
	assert_memory_not_equal(first, other, sizeof(first));
	/* Nothing typed is a name as well. */
	name_of(names, "", NOW, first);
	assert_memory_not_equal(first, other, sizeof(first));
	unknown_free(&names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_name_is_the_same_for_a_month_and_then_another),
		cmocka_unit_test(another_run_of_the_server_has_another_key),
	};

	return cmocka_run_group_tests_name("unknown", tests, NULL, NULL);
}
