/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual key's credentials: flags, counters, who is found, what is odd. */
#include <string.h>

#include "vkey_drive.h"

#define BOTH (VK_MAY_MAKE | VK_MAY_ASSERT)

static void
flags_say_what_happened(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_make(rig, RIG_NOTHING, false), VK_OK);
	assert_int_equal(rig_flags(rig), VK_AT | VK_UP);
	assert_int_equal(rig_assert(rig, RIG_NOTHING, true), VK_OK);
	assert_int_equal(rig_flags(rig), VK_UP);
	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
	assert_int_equal(rig_assert(rig, RIG_TOKEN, true), VK_OK);
	assert_int_equal(rig_flags(rig), VK_UP | VK_UV);
	assert_int_equal(rig->key->counts.touches, 3);
}

static void
a_finger_is_presence_a_pin_is_not(void **state)
{
	struct rig *rig = *state;

	rig_does(rig, "no", "right");
	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
	assert_int_equal(rig_make(rig, RIG_TOKEN, false), VK_DENIED);
	assert_int_equal(rig_finger(rig, BOTH), VK_OK);
	assert_int_equal(rig_make(rig, RIG_TOKEN, false), VK_OK);
	assert_int_equal(rig_flags(rig), VK_AT | VK_UP | VK_UV);
	assert_int_equal(rig_assert(rig, RIG_UV, true), VK_OK);
	assert_int_equal(rig_flags(rig), VK_UP | VK_UV);
	assert_int_equal(rig->key->counts.touches, 0);
}

static void
the_uv_option_needs_a_finger(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_make(rig, RIG_NOTHING, false), VK_OK);
	rig_does(rig, NULL, "wrong");
	assert_int_equal(rig_assert(rig, RIG_UV, true), VK_NEEDS_UV);
	rig->key->model.old = true;
	assert_int_equal(rig_assert(rig, RIG_UV, true), VK_UV_WRONG);
	memset(rig->key->fingers, 0, sizeof(rig->key->fingers));
	assert_int_equal(rig_assert(rig, RIG_UV, true), VK_BAD_OPTION);
}

static void
always_verified_refuses_a_touch(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_make(rig, RIG_NOTHING, false), VK_OK);
	rig->key->always_uv = true;
	assert_int_equal(rig_assert(rig, RIG_NOTHING, true), VK_NEEDS_UV);
	assert_int_equal(rig_make(rig, RIG_NOTHING, false), VK_NEEDS_UV);
	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
	assert_int_equal(rig_assert(rig, RIG_TOKEN, true), VK_OK);
}

static void
residents_and_strict_keys_need_verification(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_make(rig, RIG_NOTHING, true), VK_NEEDS_UV);
	rig->key->model.strict = true;
	assert_int_equal(rig_make(rig, RIG_NOTHING, false), VK_NEEDS_UV);
	rig->key->has_pin = false;
	assert_int_equal(rig_make(rig, RIG_NOTHING, true), VK_OK);
}

static void
counters_go_as_the_model_says(void **state)
{
	struct rig *rig = *state;
	uint8_t first[VK_ID_BYTES];

	rig->key->counter = 100;
	rig->key->model.step = 3;
	assert_int_equal(rig_make(rig, RIG_NOTHING, false), VK_OK);
	assert_int_equal(rig_counter(rig), 103);
	memcpy(first, rig->id, sizeof(first));
	assert_int_equal(rig_make(rig, RIG_NOTHING, false), VK_OK);
	assert_int_equal(rig_counter(rig), 106);
	rig->key->model.counting = VK_EACH;
	assert_int_equal(rig_assert(rig, RIG_NOTHING, true), VK_OK);
	assert_int_equal(rig_counter(rig), 3);
	assert_int_equal(rig_assert(rig, RIG_NOTHING, true), VK_OK);
	assert_int_equal(rig_counter(rig), 6);
	memcpy(rig->id, first, sizeof(first));
	assert_int_equal(rig_assert(rig, RIG_NOTHING, true), VK_OK);
	assert_int_equal(rig_counter(rig), 3);
	rig->key->model.counting = VK_ZERO;
	assert_int_equal(rig_assert(rig, RIG_NOTHING, true), VK_OK);
	assert_int_equal(rig_counter(rig), 0);
}

static void
odd_answers_are_as_asked(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_make(rig, RIG_NOTHING, false), VK_OK);
	rig->key->odd.flags_on = VK_UV | VK_BE;
	rig->key->odd.flags_off = VK_UP;
	rig->key->odd.counter_given = true;
	rig->key->odd.counter = 7;
	assert_int_equal(rig_assert(rig, RIG_NOTHING, true), VK_OK);
	assert_int_equal(rig_flags(rig), VK_UV | VK_BE);
	assert_int_equal(rig_counter(rig), 7);
	assert_null(rig_member(rig, 1));
	rig->key->odd = (struct vk_odd){ .keeps_id = true, .extra = 2 };
	assert_int_equal(rig_assert(rig, RIG_NOTHING, true), VK_OK);
	assert_int_equal(rig_member(rig, 2)->value, 37 + 2);
	assert_non_null(rig_member(rig, 1));
}

static void
protected_credentials_are_hidden_from_who_is_not_verified(void **state)
{
	static const struct {
		uint8_t protect;
		uint8_t listed, unlisted;
	} tc[] = {
		{ 1, VK_OK, VK_OK },
		{ 2, VK_OK, VK_NO_CREDENTIAL },
		{ 3, VK_NO_CREDENTIAL, VK_NO_CREDENTIAL },
	};
	struct rig *rig = *state;

	assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
	assert_int_equal(rig_make(rig, RIG_TOKEN, true), VK_OK);
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		rig->key->creds[0]->protect = tc[i].protect;
		assert_int_equal(rig_assert(rig, RIG_NOTHING, true),
		    tc[i].listed);
		assert_int_equal(rig_assert(rig, RIG_NOTHING, false),
		    tc[i].unlisted);
		assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
		assert_int_equal(rig_assert(rig, RIG_TOKEN, false), VK_OK);
	}
}

static void
a_resident_takes_the_place_of_the_same_user(void **state)
{
	struct rig *rig = *state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(rig_pin(rig, RIG_PIN, BOTH), VK_OK);
		assert_int_equal(rig_make(rig, RIG_TOKEN, true), VK_OK);
		assert_int_equal(vk_key_residents(rig->key), 1);
	}
	assert_int_equal(rig_make(rig, RIG_NOTHING, false), VK_OK);
	assert_int_equal(rig->key->ncreds, 2);
	assert_int_equal(rig_assert(rig, RIG_NOTHING, false), VK_OK);
	assert_non_null(rig_member(rig, 4));
}

static void
next_goes_on_only_after_an_assertion(void **state)
{
	const uint8_t next = VK_NEXT;
	struct rig *rig = *state;

	assert_int_equal(rig_send(rig, &next, 1), VK_NOT_ALLOWED);
	assert_int_equal(rig_make(rig, RIG_NOTHING, false), VK_OK);
	assert_int_equal(rig_assert(rig, RIG_NOTHING, true), VK_OK);
	assert_int_equal(rig_send(rig, &next, 1), VK_NOT_ALLOWED);
}

static void
commands_that_are_not_canonical_are_refused(void **state)
{
	static const struct {
		const char *what, *hex;
		uint8_t status;
	} tc[] = {
		{ "nothing", "", VK_BAD_LENGTH },
		{ "unknown", "50", VK_BAD_COMMAND },
		{ "cut map", "06a2010102", VK_BAD_CBOR },
		{ "trailing byte", "06a2010202010a", VK_BAD_CBOR },
		{ "no map", "0601", VK_BAD_TYPE },
		{ "key twice", "06a201020102", VK_BAD_CBOR },
		{ "keys out of order", "06a202010102", VK_BAD_CBOR },
		{ "number too long", "06a20118020201", VK_BAD_CBOR },
		{ "head too long", "06b80201020201", VK_BAD_CBOR },
		{ "indefinite", "06bf01020201ff", VK_BAD_CBOR },
		{ "tag", "06a101c001", VK_BAD_CBOR },
		{ "huge string", "06a1015b7fffffffffffffff", VK_BAD_CBOR },
		{ "huge array", "06a1019b7fffffffffffffff", VK_BAD_CBOR },
		{ "five deep", "06a10181818101", VK_MISSING },
		{ "seven deep", "06a10181818181818101", VK_BAD_CBOR },
		{ "no subcommand", "06a10102", VK_MISSING },
		{ "subcommand of text", "06a20102026161", VK_BAD_TYPE },
		{ "unknown subcommand", "06a20102021820", VK_BAD_SUBCOMMAND },
		{ "unknown protocol", "06a201030202", VK_BAD_PARAMETER },
		{ "no client data", "02a10163612e62", VK_MISSING },
	};
	struct rig *rig = *state;
	uint8_t raw[64];
	size_t len;

	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		len = 0;
		assert_int_equal(vc_hex_get(tc[i].hex, raw, sizeof(raw), &len),
		    SY_OK);
		assert_int_equal(rig_send(rig, raw, len), tc[i].status);
	}
}

static void
what_it_writes_it_reads(void **state)
{
	static const uint64_t numbers[] = { 0, 23, 24, 255, 256, 65535, 65536,
		0x7fffffff, 0xffffffff, 0x100000000 };
	static struct vk_doc doc;
	const struct vk_item *item;
	struct vc_bytes o;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(numbers); i++) {
		vc_bytes_reset(&o);
		vk_cbor_head(&o, VK_UINT, numbers[i]);
		assert_int_equal(vk_cbor_read(o.b, o.len, &doc, &item), SY_OK);
		assert_int_equal(item->value, numbers[i]);
		/* Cut anywhere it is refused. */
		for (size_t len = 0; len < o.len; len++)
			assert_int_not_equal(vk_cbor_read(o.b, len, &doc,
						 &item),
			    SY_OK);
	}
}

static void
scripts_are_understood_or_refused(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} tc[] = {
		{ "yes", true },
		{ "wrong wrong right", true },
		{ "9", true },
		{ "10", false },
		{ "", false },
		{ "maybe", false },
		{ "too-left wait none no 3", true },
	};
	struct vk_script s;

	(void)state;
	vk_script_reset(&s);
	for (size_t i = 0; i < SY_COUNT(tc); i++)
		assert_int_equal(vk_script_set(&s, tc[i].text) == SY_OK,
		    tc[i].good);
	/* The last word stays. */
	for (int i = 0; i < 10; i++)
		vk_script_used(&s);
	assert_int_equal(vk_script_now(&s)->touch.finger, 3);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
#define SENSOR(f)                                                              \
	cmocka_unit_test_setup_teardown(f, rig_setup_sensor, rig_teardown)
	const struct CMUnitTest tests[] = {
		CASE(flags_say_what_happened),
		SENSOR(a_finger_is_presence_a_pin_is_not),
		SENSOR(the_uv_option_needs_a_finger),
		CASE(always_verified_refuses_a_touch),
		CASE(residents_and_strict_keys_need_verification),
		CASE(counters_go_as_the_model_says),
		CASE(odd_answers_are_as_asked),
		CASE(protected_credentials_are_hidden_from_who_is_not_verified),
		CASE(a_resident_takes_the_place_of_the_same_user),
		CASE(next_goes_on_only_after_an_assertion),
		CASE(commands_that_are_not_canonical_are_refused),
		CASE(what_it_writes_it_reads),
		CASE(scripts_are_understood_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
