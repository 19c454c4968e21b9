/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include "agent/fingers.h"

static void
names_are_joined_and_cut(void **state)
{
	const struct sy_keydevice_list none = { .count = 0 };
	const struct sy_keydevice_list list = {
		.fingers = { { .name = "thumb" }, { .name = "" } },
		.count = 2,
	};
	char out[32], few[8];

	(void)state;
	fingers_join(&none, out, sizeof(out));
	assert_string_equal(out, "");
	fingers_join(&list, out, sizeof(out));
	assert_string_equal(out, "thumb, ?");
	fingers_join(&list, few, sizeof(few));
	assert_string_equal(few, "thumb, ");
}

static void
only_one_of_a_name_is_found(void **state)
{
	const struct sy_keydevice_list list = {
		.fingers = { { .template_id = { 1 }, .name = "twin" },
		    { .template_id = { 2 }, .name = "thumb" },
		    { .template_id = { 3 }, .name = "twin" } },
		.count = 3,
	};
	struct sy_keydevice_finger found = { .template_id = { 9 } };

	(void)state;
	assert_false(fingers_find(&list, "twin", &found));
	assert_false(fingers_find(&list, "index", &found));
	assert_int_equal(found.template_id[0], 9);
	assert_true(fingers_find(&list, "thumb", &found));
	assert_int_equal(found.template_id[0], 2);
}

/* Of "finger 1", "finger 2" and "finger 3" the first was removed. */
static void
a_new_name_is_nobodys(void **state)
{
	const struct sy_keydevice_list none = { .count = 0 };
	const struct sy_keydevice_list list = {
		.fingers = { { .name = "finger 2" }, { .name = "finger 3" } },
		.count = 2,
	};
	char name[SY_KEYDEVICE_NAME_SIZE];

	(void)state;
	fingers_new_name(&none, name);
	assert_string_equal(name, "finger 1");
	fingers_new_name(&list, name);
	assert_string_equal(name, "finger 4");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_joined_and_cut),
		cmocka_unit_test(only_one_of_a_name_is_found),
		cmocka_unit_test(a_new_name_is_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
