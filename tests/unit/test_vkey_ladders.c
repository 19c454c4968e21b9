/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual key's PIN and finger: who counts what, and when it ends. */
#include "vkey_drive.h"

#define BOTH (VK_MAY_MAKE | VK_MAY_ASSERT)

static void
three_wrong_pins_in_a_row_need_a_power_cycle(void **state)
{
	struct rig *rig = *state;
	bool power;

	for (rig->protocol = 1; rig->protocol <= 2; rig->protocol++) {
		assert_int_equal(rig_pin(rig, "111111", BOTH), VK_PIN_WRONG);
		assert_int_equal(rig_tries(rig, &power), 7);
		assert_false(power);
		assert_int_equal(rig_pin(rig, "111111", BOTH), VK_PIN_WRONG);
		assert_int_equal(rig_pin(rig, "111111", BOTH),
		    VK_PIN_ROW_BLOCKED);
		assert_int_equal(rig_tries(rig, &power), 5);
		assert_true(power);
		/* Not even compared. */
		assert_int_equal(rig_pin(rig, RIG_PIN, BOTH),
		    VK_PIN_ROW_BLOCKED);
		assert_int_equal(rig_tries(rig, &power), 5);
		vk_key_power(rig->key);
		assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
		assert_int_equal(rig_tries(rig, &power), 8);
		assert_false(power);
	}
	assert_int_equal(rig->key->counts.pins, 8);
	assert_int_equal(rig->key->counts.wrong, 6);
}

static void
eight_wrong_pins_block_for_good(void **state)
{
	struct rig *rig = *state;
	bool power;

	for (int i = 1; i <= 8; i++) {
		const uint8_t want = i == 8 ? VK_PIN_BLOCKED
		    : i % 3 == 0            ? VK_PIN_ROW_BLOCKED
					    : VK_PIN_WRONG;

		assert_int_equal(rig_pin(rig, "111111", BOTH), want);
		if (i % 3 == 0)
			vk_key_power(rig->key);
	}
	assert_int_equal(rig->key->counts.last, 1);
	vk_key_power(rig->key);
	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_PIN_BLOCKED);
	assert_int_equal(rig_change_pin(rig, RIG_PIN, "22222222"),
	    VK_PIN_BLOCKED);
	assert_int_equal(rig_tries(rig, &power), 0);
	assert_int_equal(rig->key->counts.pins, 8);
}

static void
a_right_pin_on_the_last_try_gives_all_back(void **state)
{
	struct rig *rig = *state;
	bool power;

	rig->key->pin_left = 1;
	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
	assert_int_equal(rig_tries(rig, &power), 8);
	assert_int_equal(rig->key->counts.last, 1);
}

static void
pins_are_set_once_and_changed_with_the_old_one(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_set_pin(rig, "22222222"), VK_PIN_AUTH);
	assert_int_equal(rig_change_pin(rig, "111111", "22222222"),
	    VK_PIN_WRONG);
	assert_int_equal(rig_change_pin(rig, RIG_PIN, "22222222"), VK_OK);
	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_PIN_WRONG);
	assert_int_equal(rig_pin(rig, "22222222", BOTH), VK_OK);
	vk_key_forget(rig->key);
	assert_int_equal(rig_pin(rig, "22222222", BOTH), VK_NO_PIN_SET);
	assert_int_equal(rig_set_pin(rig, "3333"), VK_OK);
	assert_int_equal(rig_pin(rig, "3333", BOTH), VK_OK);
}

static void
the_length_of_a_pin_is_in_code_points(void **state)
{
	static const struct {
		const char *what, *pin;
		unsigned int min;
		uint8_t status;
	} tc[] = {
		{ "three", "123", 4, VK_PIN_POLICY },
		{ "four", "1234", 4, VK_OK },
		{ "two letters of three bytes", "暗証", 4, VK_PIN_POLICY },
		{ "four letters of three bytes", "暗証番号", 4, VK_OK },
		{ "seven of eight", "1234567", 8, VK_PIN_POLICY },
		{ "eight of eight", "12345678", 8, VK_OK },
		{ "63 bytes",
		    "123456789012345678901234567890123456789012345678901234567"
		    "890123",
		    4, VK_OK },
		{ "64 bytes",
		    "123456789012345678901234567890123456789012345678901234567"
		    "8901234",
		    4, VK_PIN_POLICY },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		vk_key_forget(rig->key);
		rig->key->pin_min = tc[i].min;
		assert_int_equal(rig_set_pin(rig, tc[i].pin), tc[i].status);
	}
}

static void
a_pin_that_must_be_changed_gives_no_token(void **state)
{
	struct rig *rig = *state;

	rig->key->pin_change = true;
	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_PIN_POLICY);
	assert_int_equal(rig_change_pin(rig, RIG_PIN, RIG_PIN), VK_PIN_POLICY);
	assert_int_equal(rig_change_pin(rig, RIG_PIN, "975310"), VK_OK);
	assert_int_equal(rig_pin(rig, "975310", BOTH), VK_OK);
}

static void
three_wrong_fingers_block_until_a_right_pin(void **state)
{
	struct rig *rig = *state;

	rig_does(rig, NULL, "wrong wrong wrong right");
	assert_int_equal(rig_finger(rig, BOTH), VK_UV_WRONG);
	assert_int_equal(rig_finger(rig, BOTH), VK_UV_WRONG);
	assert_int_equal(rig_finger(rig, BOTH), VK_UV_BLOCKED);
	assert_int_equal(rig_finger(rig, BOTH), VK_UV_BLOCKED);
	vk_key_power(rig->key);
	assert_int_equal(rig_finger(rig, BOTH), VK_UV_BLOCKED);
	/* Only three were looked at. */
	assert_int_equal(rig->key->counts.fingers, 3);
	assert_int_equal(rig_pin(rig, "111111", BOTH), VK_PIN_WRONG);
	assert_int_equal(rig_finger(rig, BOTH), VK_UV_BLOCKED);
	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
	assert_int_equal(rig_finger(rig, BOTH), VK_OK);
}

static void
a_right_finger_gives_its_tries_back(void **state)
{
	struct rig *rig = *state;

	rig_does(rig, NULL, "wrong wrong 1 wrong 2 right");
	assert_int_equal(rig_finger(rig, BOTH), VK_UV_WRONG);
	assert_int_equal(rig_finger(rig, BOTH), VK_UV_WRONG);
	assert_int_equal(rig_finger(rig, BOTH), VK_OK);
	assert_int_equal(rig->key->uv_left, 3);
	assert_int_equal(rig_finger(rig, BOTH), VK_UV_WRONG);
	assert_int_equal(rig_finger(rig, BOTH), VK_UV_WRONG);
	assert_int_equal(rig_finger(rig, BOTH), VK_OK);
}

static void
who_does_nothing_or_refuses_costs_no_try(void **state)
{
	struct rig *rig = *state;

	rig_does(rig, NULL, "none no right");
	assert_int_equal(rig_finger(rig, BOTH), VK_USER_TIMEOUT);
	assert_int_equal(rig_finger(rig, BOTH), VK_DENIED);
	assert_int_equal(rig->key->uv_left, 3);
	assert_int_equal(rig->key->counts.fingers, 0);
}

static void
permissions_are_given_as_the_model_allows(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_pin(rig, RIG_PIN, 0), VK_BAD_PARAMETER);
	assert_int_equal(rig_finger(rig, VK_MAY_BIO), VK_BAD_PERMISSION);
	assert_int_equal(rig_pin(rig, RIG_PIN, VK_MAY_BIO), VK_OK);
	rig->key->model.finger_only = true;
	assert_int_equal(rig_pin(rig, RIG_PIN, VK_MAY_ASSERT),
	    VK_BAD_PERMISSION);
	assert_int_equal(rig_pin(rig, RIG_PIN, VK_MAY_CREDS), VK_OK);
	assert_int_equal(rig_finger(rig, VK_MAY_ASSERT), VK_OK);
	/* What is refused is not compared with the PIN. */
	assert_int_equal(rig->key->counts.pins, 2);
}

static void
a_token_serves_once_and_for_thirty_seconds(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
	rig->now += 30000;
	assert_int_equal(rig_make(rig, RIG_TOKEN, false), VK_OK);
	assert_int_equal(rig_make(rig, RIG_TOKEN, false), VK_PIN_AUTH);
	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
	rig->now += 30001;
	assert_int_equal(rig_make(rig, RIG_TOKEN, false), VK_PIN_AUTH);
	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
	vk_key_power(rig->key);
	assert_int_equal(rig_make(rig, RIG_TOKEN, false), VK_PIN_AUTH);
}

static void
a_reset_needs_a_touch_soon_after_power(void **state)
{
	const uint8_t reset = VK_RESET;
	struct rig *rig = *state;

	assert_int_equal(rig_make(rig, RIG_NOTHING, false), VK_OK);
	rig->now += 10001;
	assert_int_equal(rig_send(rig, &reset, 1), VK_NOT_ALLOWED);
	vk_key_power(rig->key);
	rig_does(rig, "no yes", NULL);
	assert_int_equal(rig_send(rig, &reset, 1), VK_DENIED);
	assert_int_equal(rig->key->ncreds, 1);
	assert_int_equal(rig_send(rig, &reset, 1), VK_OK);
	assert_int_equal(rig->key->ncreds, 0);
	assert_false(rig->key->has_pin);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    three_wrong_pins_in_a_row_need_a_power_cycle, rig_setup,
		    rig_teardown),
		cmocka_unit_test_setup_teardown(eight_wrong_pins_block_for_good,
		    rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(
		    a_right_pin_on_the_last_try_gives_all_back, rig_setup,
		    rig_teardown),
		cmocka_unit_test_setup_teardown(
		    pins_are_set_once_and_changed_with_the_old_one, rig_setup,
		    rig_teardown),
		cmocka_unit_test_setup_teardown(
		    the_length_of_a_pin_is_in_code_points, rig_setup,
		    rig_teardown),
		cmocka_unit_test_setup_teardown(
		    a_pin_that_must_be_changed_gives_no_token, rig_setup,
		    rig_teardown),
		cmocka_unit_test_setup_teardown(
		    three_wrong_fingers_block_until_a_right_pin,
		    rig_setup_sensor, rig_teardown),
		cmocka_unit_test_setup_teardown(
		    a_right_finger_gives_its_tries_back, rig_setup_sensor,
		    rig_teardown),
		cmocka_unit_test_setup_teardown(
		    who_does_nothing_or_refuses_costs_no_try, rig_setup_sensor,
		    rig_teardown),
		cmocka_unit_test_setup_teardown(
		    permissions_are_given_as_the_model_allows, rig_setup_sensor,
		    rig_teardown),
		cmocka_unit_test_setup_teardown(
		    a_token_serves_once_and_for_thirty_seconds, rig_setup,
		    rig_teardown),
		cmocka_unit_test_setup_teardown(
		    a_reset_needs_a_touch_soon_after_power, rig_setup,
		    rig_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
