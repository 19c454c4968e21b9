/* SPDX-License-Identifier: Apache-2.0 */
/* lib/inherence/device/key.c: what a key says of itself, and what it holds. */
#include <limits.h>

#include "tests/support/faults.h"
#include "tests/support/key_kinds.h"
#include "tests/support/lab_case.h"
#include "tests/support/unit.h"

/* --- what it says of itself --- */

static void
a_key_says_what_it_is(void **state)
{
	struct key *key = lab_opened(&lab);
	const struct sy_keydevice_found *f = &key->found;

	(void)state;
	assert_false(f->reader);
	assert_string_equal(f->place, "Key");
	assert_memory_equal(f->aaguid, lab.key[0].key->model.aaguid,
	    sizeof(f->aaguid));
	assert_int_equal(f->firmware, 0x050403);
	assert_true(f->pin_supported && f->pin_set && !f->pin_change_due);
	assert_true(f->uv_supported && f->uv_set && f->bio_enroll);
	assert_true(f->uvm && f->resident);
	assert_false(f->no_pin_tokens || f->always_uv);
	assert_int_equal(f->pin_min, 4);
	assert_int_equal(f->pin_tries, 8);
	assert_int_equal(f->uv_tries, 3);
	assert_true(key->es256 && key->min_pin);
	assert_false(key->channel->bio_final);
	key_free(&key);
	assert_null(key);
	key_free(&key);
}

static bool
is_bare(const struct key *key)
{
	return key->found.pin_supported && !key->found.pin_set &&
	    key->found.uv_supported && !key->found.uv_set &&
	    key->found.pin_tries == KEY_TRIES_UNKNOWN &&
	    key->found.uv_tries == KEY_TRIES_UNKNOWN;
}

static bool
is_without_pin(const struct key *key)
{
	return !key->found.pin_supported && !key->found.pin_set;
}

static bool
is_without_sensor(const struct key *key)
{
	return !key->found.uv_supported && !key->found.uv_set &&
	    !key->found.bio_enroll;
}

static bool
is_finger_only(const struct key *key)
{
	return key->found.no_pin_tokens;
}

static void
make_always_uv(struct vk_key *key)
{
	key->always_uv = true;
}

static bool
is_always_uv(const struct key *key)
{
	return key->found.always_uv;
}

static void
make_old(struct vk_key *key)
{
	key->model.old = true;
	key->model.uvm = false;
}

static bool
is_old(const struct key *key)
{
	return !key->found.uvm && !key->min_pin && !key->found.always_uv;
}

static bool
is_final(const struct key *key)
{
	return key->found.bio_enroll && key->channel->bio_final;
}

static void
make_due(struct vk_key *key)
{
	key->pin_change = true;
	key->pin_min = 63;
}

static bool
is_due(const struct key *key)
{
	return key->found.pin_change_due && key->found.pin_min == 63;
}

static void
make_used(struct vk_key *key)
{
	key->pin_left = 2;
	key->uv_left = 1;
}

static bool
is_used(const struct key *key)
{
	return key->found.pin_tries == 2 && key->found.uv_tries == 1;
}

static void
each_kind_of_key_is_told_from_the_others(void **state)
{
	static const struct {
		const char *what;
		key_kind *make;
		bool (*is)(const struct key *key);
	} tc[] = {
		{ "nothing is set on it", kind_bare, is_bare },
		{ "no PIN at all", kind_without_pins, is_without_pin },
		{ "no sensor", kind_without_sensor, is_without_sensor },
		{ "no PIN for credentials", kind_finger_only, is_finger_only },
		{ "never without verification", make_always_uv, is_always_uv },
		{ "CTAP 2.0, no uvm", make_old, is_old },
		{ "fingers by the final command", kind_final, is_final },
		{ "its PIN must be changed", make_due, is_due },
		{ "tries were used", make_used, is_used },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct key *key = NULL;

		print_message("  %s\n", tc[i].what);
		lab_end(&lab);
		(void)lab_set_up(NULL);
		key = lab_opened(&lab);
		assert_false(tc[i].is(key));
		key_free(&key);
		tc[i].make(lab.key[0].key);
		key = lab_opened(&lab);
		assert_true(tc[i].is(key));
		key_free(&key);
	}
}

/* A length that no PIN can have is not believed. */
static void
the_shortest_pin_is_within_what_the_standard_knows(void **state)
{
	static const struct {
		unsigned int told;
		uint8_t taken;
	} tc[] = { { 3, 4 }, { 4, 4 }, { 5, 5 }, { 63, 63 }, { 64, 4 } };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct key *key;

		lab.key[0].key->pin_min = tc[i].told;
		key = lab_opened(&lab);
		assert_int_equal(key->found.pin_min, tc[i].taken);
		key_free(&key);
	}
}

static void
tries_that_are_not_told_are_not_known(void **state)
{
	struct key *key;

	(void)state;
	live_key_fault(&lab.key[0], "status status=01 cmd=06 sub=01");
	live_key_fault(&lab.key[0], "status status=01 cmd=06 sub=07");
	key = lab_opened(&lab);
	assert_int_equal(key->found.pin_tries, KEY_TRIES_UNKNOWN);
	assert_int_equal(key->found.uv_tries, KEY_TRIES_UNKNOWN);
	assert_int_equal(key_pin_tries(key), 8);
	assert_int_equal(key_uv_tries(key), 3);
	key_free(&key);
}

static void
what_is_no_answer_opens_nothing(void **state)
{
	static const char *const faults[] = {
		"garbage cmd=04 times=0",
		"garbage len=600 cmd=04 times=0",
		"cut cmd=04 times=0",
		"cut len=40 cmd=04 times=0",
		"twice cmd=04 times=0",
		"deep cmd=04 times=0",
		"status status=7f cmd=04 times=0",
		"sequence cmd=04 times=0",
		"size cmd=04 times=0",
		"size len=7000 cmd=04 times=0",
		"short cmd=04 times=0",
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(faults); i++) {
		struct key *key = NULL;

		print_message("  %s\n", faults[i]);
		lab.key[0].scene.faults.n = 0;
		live_key_fault(&lab.key[0], faults[i]);
		assert_int_equal(lab_open(&lab, &key), SY_ERR_CARD);
		assert_null(key);
	}
	lab.key[0].scene.faults.n = 0;
	/* What others are told is none of our business. */
	live_key_fault(&lab.key[0], "noise cmd=04 times=0");
	key_free(&(struct key *){ lab_opened(&lab) });
}

static void
what_has_changed_on_it_is_read_again(void **state)
{
	struct key *key = lab_opened(&lab);

	(void)state;
	kind_bare(lab.key[0].key);
	assert_false(is_bare(key));
	assert_int_equal(key_refresh(key), SY_OK);
	assert_true(is_bare(key));
	live_key_pull(&lab.key[0]);
	assert_int_equal(key_refresh(key), SY_ERR_CARD_GONE);
	key_free(&key);
}

static void
opening_survives_every_failed_allocation(void **state)
{
	struct key *key = NULL;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		faults_arm(++n);
		err = lab_open(&lab, &key);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	key_free(&key);
}

/* --- what an answer means --- */

static void
every_result_means_something(void **state)
{
	static const struct {
		int result;
		enum sy_err err;
	} tc[] = {
		{ 0x00, SY_OK },
		{ 0x01, SY_ERR_KEY_UNFIT },
		{ 0x02, SY_ERR_CARD },
		{ 0x06, SY_ERR_CARD },
		{ 0x17, SY_ERR_EXISTS },
		{ 0x19, SY_ERR_EXISTS },
		{ 0x26, SY_ERR_KEY_UNFIT },
		{ 0x27, SY_ERR_DENIED },
		{ 0x28, SY_ERR_EXISTS },
		{ 0x2b, SY_ERR_KEY_UNFIT },
		{ 0x2c, SY_ERR_KEY_UNFIT },
		{ 0x2e, SY_ERR_KEY_OTHER },
		{ 0x2f, SY_ERR_TIMEOUT },
		{ 0x30, SY_ERR_DENIED },
		{ 0x31, SY_ERR_PIN_WRONG },
		{ 0x32, SY_ERR_PIN_BLOCKED },
		{ 0x33, SY_ERR_CARD },
		{ 0x34, SY_ERR_KEY_REPLUG },
		{ 0x35, SY_ERR_KEY_BARE },
		{ 0x36, SY_ERR_KEY_BARE },
		{ 0x37, SY_ERR_PIN_FORMAT },
		{ 0x3a, SY_ERR_TIMEOUT },
		{ 0x3c, SY_ERR_UV_BLOCKED },
		{ 0x3f, SY_ERR_UV_WRONG },
		{ 0x40, SY_ERR_KEY_UNFIT },
		{ 0x7f, SY_ERR_CARD },
		{ FIDO_ERR_TX, SY_ERR_CARD },
		{ FIDO_ERR_RX, SY_ERR_CARD },
		{ FIDO_ERR_INVALID_ARGUMENT, SY_ERR_CARD },
		{ FIDO_ERR_INTERNAL, SY_ERR_CARD },
	};
	struct key *key = lab_opened(&lab);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		key->channel->why = SY_OK;
		assert_int_equal(key_result(key, tc[i].result), tc[i].err);
		/* What went wrong below libfido2 is the reason, if it did. */
		key->channel->why = SY_ERR_CARD_GONE;
		assert_int_equal(key_result(key, tc[i].result),
		    SY_ERR_CARD_GONE);
	}
	key_free(&key);
}

static void
a_key_that_has_refused_can_be_asked_again(void **state)
{
	static const enum sy_err refusals[] = { SY_ERR_PIN_WRONG,
		SY_ERR_PIN_BLOCKED, SY_ERR_PIN_RESERVE, SY_ERR_PIN_FORMAT,
		SY_ERR_UV_WRONG, SY_ERR_UV_BLOCKED, SY_ERR_KEY_REPLUG,
		SY_ERR_KEY_BARE, SY_ERR_KEY_UNFIT, SY_ERR_EXISTS,
		SY_ERR_TIMEOUT, SY_ERR_DENIED };
	size_t n = 0;

	(void)state;
	for (int err = SY_OK; err <= UINT8_MAX; err++)
		n += key_is_refusal((enum sy_err)err);
	assert_int_equal(n, SY_COUNT(refusals));
	for (size_t i = 0; i < SY_COUNT(refusals); i++)
		assert_true(key_is_refusal(refusals[i]));
}

/* --- what it holds --- */

/* START names ${count} credentials that nobody has, of ${len} bytes. */
static void
name_strangers(size_t count, uint16_t len)
{
	lab.start.credential_count = (uint16_t)count;
	for (size_t i = 0; i < count; i++) {
		lab.start.credentials[i].len = len;
		memset(lab.start.credentials[i].id, 0xa0 + (int)i, len);
	}
}

static void
the_credential_that_it_holds_is_found_wherever_it_stands(void **state)
{
	const size_t all = SY_KEYDEVICE_CREDENTIALS;
	struct sy_credential_id own;
	struct key *key = lab_opened(&lab);
	uint16_t index;

	(void)state;
	lab_enrol(&lab, key, false);
	own = lab.start.credentials[0];
	for (size_t at = 0; at <= all; at++) {
		name_strangers(all, 64);
		if (at < all)
			lab.start.credentials[at] = own;
		index = UINT16_MAX;
		assert_int_equal(key_look(key, &lab.start, &index),
		    at < all ? SY_OK : SY_ERR_NOT_FOUND);
		assert_int_equal(index, at < all ? at : UINT16_MAX);
	}
	/* Nobody was asked to do anything. */
	assert_int_equal(lab.key[0].key->counts.touches, 1);
	key_free(&key);
}

/* How many commands it takes to ask for all. */
static unsigned long
commands_of_a_look(struct key *key)
{
	struct vk_counts *counts = &lab.key[0].key->counts;
	const unsigned long before = counts->commands;
	uint16_t index;

	assert_int_equal(key_look(key, &lab.start, &index), SY_ERR_NOT_FOUND);
	return counts->commands - before;
}

static void
no_more_is_asked_at_once_than_the_key_takes(void **state)
{
	static const struct {
		const char *what;
		uint64_t list_max, id_max;
		size_t count;
		uint16_t len;
		unsigned long commands;
	} tc[] = {
		{ "none", 8, 128, 0, 64, 0 },
		{ "all that it takes", 8, 128, 8, 64, 1 },
		{ "one more than it takes", 7, 128, 8, 64, 2 },
		{ "one by one", 1, 128, 3, 64, 3 },
		{ "it does not say how many", 0, 128, 3, 64, 3 },
		{ "as long as it has", 8, 64, 3, 64, 1 },
		{ "longer than it has", 8, 63, 3, 64, 0 },
		{ "it does not say how long", 8, 0, 3, 64, 1 },
		/* 4 * (168 + 32) = 800 */
		{ "as much as a message takes", 8, 0, 4, 168, 1 },
		{ "a byte more", 8, 0, 4, 169, 2 },
	};
	struct key *key = lab_opened(&lab);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		key->list_max = tc[i].list_max;
		key->id_max = tc[i].id_max;
		name_strangers(tc[i].count, tc[i].len);
		assert_int_equal(commands_of_a_look(key), tc[i].commands);
	}
	key_free(&key);
}

static void
an_id_that_it_cant_have_does_not_hide_the_next(void **state)
{
	struct key *key = lab_opened(&lab);
	uint16_t index = 0;

	(void)state;
	lab_enrol(&lab, key, false);
	lab.start.credentials[1] = lab.start.credentials[0];
	name_strangers(1, 200);
	lab.start.credential_count = 2;
	assert_false(key_takes_id(key, &lab.start.credentials[0]));
	assert_true(key_takes_id(key, &lab.start.credentials[1]));
	assert_int_equal(key_look(key, &lab.start, &index), SY_OK);
	assert_int_equal(index, 1);
	key_free(&key);
}

static void
what_it_refuses_to_look_for_it_does_not_hold(void **state)
{
	struct key *key = lab_opened(&lab);
	uint16_t index = 0;

	(void)state;
	lab_enrol(&lab, key, false);
	lab.start.credentials[1] = lab.start.credentials[0];
	name_strangers(1, 32);
	lab.start.credential_count = 2;
	key->list_max = 1;
	live_key_fault(&lab.key[0], "status status=27 cmd=02");
	assert_int_equal(key_look(key, &lab.start, &index), SY_OK);
	assert_int_equal(index, 1);
	live_key_fault(&lab.key[0], "status status=12 cmd=02");
	assert_int_equal(key_look(key, &lab.start, &index), SY_ERR_CARD);
	key_free(&key);
}

static void
a_key_that_names_what_was_not_asked_for_is_not_believed(void **state)
{
	struct key *key = lab_opened(&lab);
	uint16_t index = UINT16_MAX;

	(void)state;
	lab_enrol(&lab, key, false);
	/* Alone it need not be named; if it is, it must be right. */
	lab.key[0].key->odd.keeps_id = true;
	assert_int_equal(key_look(key, &lab.start, &index), SY_OK);
	index = UINT16_MAX;
	live_key_fault(&lab.key[0], "patch off=9 hex=ffffffff cmd=02");
	assert_int_equal(key_look(key, &lab.start, &index), SY_ERR_CARD);
	assert_int_equal(index, UINT16_MAX);
	key_free(&key);
}

static void
a_key_without_a_name_for_one_of_several_is_not_believed(void **state)
{
	struct key *key = lab_opened(&lab);
	uint16_t index = UINT16_MAX;

	(void)state;
	lab_enrol(&lab, key, false);
	/* "id" is called "ic": there is none. */
	name_strangers(2, 32);
	lab.start.credentials[0] = key->made;
	live_key_fault(&lab.key[0], "patch off=6 hex=63 cmd=02");
	assert_int_equal(key_look(key, &lab.start, &index), SY_ERR_CARD);
	assert_int_equal(index, UINT16_MAX);
	key_free(&key);
}

static void
looking_does_not_show_how_somebody_is_verified(void **state)
{
	struct key *key = lab_opened(&lab);
	uint16_t index;

	(void)state;
	lab_enrol(&lab, key, false);
	key->channel->ask_uvm = true;
	assert_int_equal(key_look(key, &lab.start, &index), SY_OK);
	assert_false(key->channel->ask_uvm);
	key_free(&key);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, lab_set_up, lab_tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_key_says_what_it_is),
		CASE(each_kind_of_key_is_told_from_the_others),
		CASE(the_shortest_pin_is_within_what_the_standard_knows),
		CASE(tries_that_are_not_told_are_not_known),
		CASE(what_is_no_answer_opens_nothing),
		CASE(what_has_changed_on_it_is_read_again),
		CASE(opening_survives_every_failed_allocation),
		CASE(every_result_means_something),
		CASE(a_key_that_has_refused_can_be_asked_again),
		CASE(the_credential_that_it_holds_is_found_wherever_it_stands),
		CASE(no_more_is_asked_at_once_than_the_key_takes),
		CASE(an_id_that_it_cant_have_does_not_hide_the_next),
		CASE(what_it_refuses_to_look_for_it_does_not_hold),
		CASE(a_key_that_names_what_was_not_asked_for_is_not_believed),
		CASE(a_key_without_a_name_for_one_of_several_is_not_believed),
		CASE(looking_does_not_show_how_somebody_is_verified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
