/* SPDX-License-Identifier: Apache-2.0 */
/* PINs of a key: which are sent, and how many tries that leaves. */
#include "tests/support/faults.h"
#include "tests/support/key_kinds.h"
#include "tests/support/lab_case.h"
#include "tests/support/unit.h"

#include <sys/resource.h>

#define NO_PIN  NULL
#define NOTHING ""

/* --- may it be sent? --- */

static enum sy_err
ready(struct key *key, const char *text, uint8_t reserve, uint8_t *ret_tries)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = lab_secret(text);
	SY_AUTO(sy_secret_free) struct sy_secret *copy = NULL;
	const char *sent = NULL;
	const enum sy_err err =
	    key_pin_ready(key, pin, reserve, &copy, &sent, ret_tries);

	if (err == SY_OK)
		assert_string_equal(sent, text);
	else
		assert_true(sent == NULL && copy == NULL);
	return err;
}

static void
the_last_tries_are_not_spent(void **state)
{
	static const struct {
		unsigned int left;
		uint8_t reserve;
		enum sy_err err;
	} tc[] = {
		{ 8, 0, SY_OK },
		{ 8, 7, SY_OK },
		{ 8, 8, SY_ERR_PIN_RESERVE },
		{ 3, 2, SY_OK },
		{ 2, 2, SY_ERR_PIN_RESERVE },
		{ 1, 2, SY_ERR_PIN_RESERVE },
		{ 1, 0, SY_OK },
		{ 0, 0, SY_ERR_PIN_BLOCKED },
		{ 0, 2, SY_ERR_PIN_BLOCKED },
	};
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		vk()->pin_left = tc[i].left;
		assert_int_equal(ready(key, LAB_PIN, tc[i].reserve, &tries),
		    tc[i].err);
		assert_int_equal(tries, tc[i].left);
	}
	assert_int_equal(vk()->counts.pins, 0);
	key_free(&key);
}

static void
what_cant_be_counted_is_not_risked(void **state)
{
	static const char *const faults[] = {
		"status status=01 cmd=06 sub=01",
		"garbage cmd=06 sub=01",
		"cut cmd=06 sub=01",
	};
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(faults); i++) {
		live_key_fault(&lab.key[0], faults[i]);
		assert_int_equal(ready(key, LAB_PIN, 0, &tries), SY_ERR_CARD);
		assert_int_equal(tries, KEY_TRIES_UNKNOWN);
	}
	/* 255 tries are as good as none told: {3: 255} */
	live_key_fault(&lab.key[0], "patch off=1 hex=a10318ff cmd=06 sub=01");
	assert_int_equal(ready(key, LAB_PIN, 0, &tries), SY_ERR_CARD);
	assert_int_equal(ready(key, LAB_PIN, 0, &tries), SY_OK);
	live_key_pull(&lab.key[0]);
	assert_int_equal(ready(key, LAB_PIN, 0, &tries), SY_ERR_CARD_GONE);
	key_free(&key);
}

/* The most memory this process has had, KiB. */
static long
peak(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

/* libfido2's decoder would make room for half a gigabyte before it misses the
 * first item. */
static void
what_a_key_announces_takes_no_memory(void **state)
{
	struct key *key = lab_opened(&lab);
	const long before = peak();
	uint8_t tries;

	(void)state;
	/* 64 Mi items */
	live_key_fault(&lab.key[0], "patch off=1 hex=9a04000000 cmd=06 sub=01");
	assert_int_equal(ready(key, LAB_PIN, 0, &tries), SY_ERR_CARD);
	assert_int_equal(tries, KEY_TRIES_UNKNOWN);
	assert_true(peak() - before < 64L * 1024);
	assert_int_equal(ready(key, LAB_PIN, 0, &tries), SY_OK);
	key_free(&key);
}

/* "あ" is one sign of three bytes. */
#define SIGN      "\xe3\x81\x82"
#define DIGITS_10 "0123456789"
#define DIGITS_60 DIGITS_10 DIGITS_10 DIGITS_10 DIGITS_10 DIGITS_10 DIGITS_10
#define DIGITS_63 DIGITS_60 "012"
#define DIGITS_64 DIGITS_63 "3"
#define SIGNS_21                                                               \
	SIGN SIGN SIGN SIGN SIGN SIGN SIGN SIGN SIGN SIGN SIGN SIGN SIGN SIGN  \
	    SIGN SIGN SIGN SIGN SIGN SIGN SIGN

static void
only_what_can_be_a_pin_is_one(void **state)
{
	static const struct {
		const char *pin;
		uint8_t least;
		enum sy_err err;
	} tc[] = {
		{ "1234", 4, SY_OK },
		{ "123", 4, SY_ERR_PIN_FORMAT },
		{ "123456", 6, SY_OK },
		{ "12345", 6, SY_ERR_PIN_FORMAT },
		{ SIGN SIGN SIGN SIGN, 4, SY_OK },
		{ SIGN SIGN SIGN, 4, SY_ERR_PIN_FORMAT },
		{ DIGITS_63, 4, SY_OK },
		{ DIGITS_64, 4, SY_ERR_PIN_FORMAT },
		{ DIGITS_63, 63, SY_OK },
		{ SIGNS_21, 21, SY_OK },
		{ SIGNS_21, 22, SY_ERR_PIN_FORMAT },
		{ "1234\xff", 4, SY_ERR_PIN_FORMAT },
		{ "1234\xe3\x81", 4, SY_ERR_PIN_FORMAT },
		{ NOTHING, 4, SY_ERR_PIN_FORMAT },
	};
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const unsigned long before = vk()->counts.commands;

		key->found.pin_min = tc[i].least;
		assert_int_equal(ready(key, tc[i].pin, 0, &tries), tc[i].err);
		/* The key is not even asked about what it can't take. */
		assert_int_equal(vk()->counts.commands - before,
		    tc[i].err == SY_OK);
	}
	key_free(&key);
}

static void
a_key_without_a_pin_is_not_sent_any(void **state)
{
	struct key *key;
	uint8_t tries = 0;

	(void)state;
	kind_pinless(vk());
	key = lab_opened(&lab);
	assert_int_equal(ready(key, LAB_PIN, 0, &tries), SY_ERR_KEY_BARE);
	assert_int_equal(tries, KEY_TRIES_UNKNOWN);
	key_free(&key);
}

static void
a_pin_that_must_be_changed_first_is_not_sent(void **state)
{
	struct key *key;
	uint8_t tries;

	(void)state;
	vk()->pin_change = true;
	key = lab_opened(&lab);
	assert_int_equal(ready(key, LAB_PIN, 0, &tries), SY_ERR_PIN_FORMAT);
	key_free(&key);
}

static void
readying_a_pin_survives_every_failed_allocation(void **state)
{
	struct key *key = lab_opened(&lab);
	SY_AUTO(sy_secret_free) struct sy_secret *pin = lab_secret(LAB_PIN);
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		SY_AUTO(sy_secret_free) struct sy_secret *copy = NULL;
		const char *sent;
		uint8_t tries;

		faults_arm(++n);
		err = key_pin_ready(key, pin, 1, &copy, &sent, &tries);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	key_free(&key);
}

/* --- tries that are left --- */

static void
an_error_has_the_tries_of_what_was_tried(void **state)
{
	static const struct {
		enum sy_err err;
		unsigned int pins, fingers;
		enum sy_err is;
		uint8_t tries;
	} tc[] = {
		{ SY_ERR_PIN_WRONG, 5, 3, SY_ERR_PIN_WRONG, 5 },
		{ SY_ERR_PIN_WRONG, 1, 3, SY_ERR_PIN_WRONG, 1 },
		{ SY_ERR_PIN_WRONG, 0, 3, SY_ERR_PIN_BLOCKED, 0 },
		{ SY_ERR_PIN_BLOCKED, 5, 3, SY_ERR_PIN_BLOCKED, 0 },
		{ SY_ERR_KEY_REPLUG, 5, 3, SY_ERR_KEY_REPLUG, 5 },
		{ SY_ERR_KEY_REPLUG, 0, 3, SY_ERR_KEY_REPLUG, 0 },
		{ SY_ERR_UV_WRONG, 5, 2, SY_ERR_UV_WRONG, 2 },
		{ SY_ERR_UV_BLOCKED, 5, 2, SY_ERR_UV_BLOCKED, 0 },
		{ SY_ERR_TIMEOUT, 5, 2, SY_ERR_TIMEOUT, KEY_TRIES_UNKNOWN },
		{ SY_ERR_CARD_GONE, 5, 2, SY_ERR_CARD_GONE, KEY_TRIES_UNKNOWN },
	};
	struct key *key = lab_opened(&lab);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t tries = 77;

		vk()->pin_left = tc[i].pins;
		vk()->uv_left = tc[i].fingers;
		assert_int_equal(key_count_tries(key, tc[i].err, &tries),
		    tc[i].is);
		assert_int_equal(tries, tc[i].tries);
	}
	key_free(&key);
}

/* --- set and change --- */

static enum sy_err
set_pin(struct key *key, const char *old, const char *fresh, uint8_t reserve,
    uint8_t *ret_tries)
{
	SY_AUTO(sy_keydevice_pin_clear)
	struct sy_keydevice_pin in = { .random = fresh == NULL,
		.old = lab_secret(old),
		.fresh = lab_secret(fresh) };

	return key_set_pin(key, &in, reserve, ret_tries);
}

/* Whether the key takes this PIN now. */
static bool
opens(struct key *key, const char *pin)
{
	uint8_t tries;

	return set_pin(key, pin, pin, 0, &tries) == SY_OK;
}

static void
a_first_pin_is_set(void **state)
{
	struct key *key;
	uint8_t tries;

	(void)state;
	kind_pinless(vk());
	key = lab_opened(&lab);
	/* There is no old one. */
	assert_int_equal(set_pin(key, "0000", "246802", 0, &tries),
	    SY_ERR_KEY_BARE);
	assert_int_equal(set_pin(key, NOTHING, "246802", 0, &tries), SY_OK);
	assert_true(key->found.pin_set);
	assert_int_equal(key->found.pin_tries, 8);
	assert_null(key->own_pin);
	assert_true(opens(key, "246802"));
	key_free(&key);
}

static void
a_pin_is_changed_by_who_knows_it(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries = 0;

	(void)state;
	assert_int_equal(set_pin(key, NOTHING, "246802", 0, &tries),
	    SY_ERR_EXISTS);
	assert_int_equal(vk()->counts.pins, 0);
	assert_int_equal(set_pin(key, "000000", "246802", 0, &tries),
	    SY_ERR_PIN_WRONG);
	assert_int_equal(tries, 7);
	assert_int_equal(set_pin(key, LAB_PIN, "246802", 0, &tries), SY_OK);
	assert_int_equal(key->found.pin_tries, 8);
	assert_true(opens(key, "246802"));
	key_free(&key);
}

static void
a_pin_that_the_key_cant_take_spends_no_try(void **state)
{
	static const struct {
		const char *old, *fresh;
	} tc[] = {
		{ LAB_PIN, "12345" },
		{ LAB_PIN, DIGITS_64 },
		{ LAB_PIN, "123456\xff" },
		{ LAB_PIN, NOTHING },
		{ DIGITS_64, "246802" },
		{ "135790\xff", "246802" },
	};
	struct key *key;
	uint8_t tries;

	(void)state;
	vk()->pin_min = 6;
	key = lab_opened(&lab);
	for (size_t i = 0; i < SY_COUNT(tc); i++)
		assert_int_equal(set_pin(key, tc[i].old, tc[i].fresh, 0,
				     &tries),
		    SY_ERR_PIN_FORMAT);
	assert_int_equal(vk()->counts.pins, 0);
	/* Its own rules may be stricter than what it says. */
	live_key_fault(&lab.key[0], "status status=37 cmd=06 sub=04");
	assert_int_equal(set_pin(key, LAB_PIN, "246802", 0, &tries),
	    SY_ERR_PIN_FORMAT);
	key_free(&key);
}

/* What was set before the rule is good enough to be replaced. */
static void
an_old_pin_may_be_shorter_than_new_ones(void **state)
{
	struct key *key;
	uint8_t tries;

	(void)state;
	vk()->pin_min = 8;
	vk()->pin_change = true;
	key = lab_opened(&lab);
	assert_int_equal(set_pin(key, LAB_PIN, "24680246", 0, &tries), SY_OK);
	assert_false(key->found.pin_change_due);
	key_free(&key);
}

static void
a_change_goes_down_the_same_ladder(void **state)
{
	static const struct {
		const char *what;
		unsigned int left, row;
		uint8_t reserve;
		enum sy_err err;
		uint8_t tries;
	} tc[] = {
		{ "in reserve", 2, 0, 2, SY_ERR_PIN_RESERVE, 2 },
		{ "blocked", 0, 0, 0, SY_ERR_PIN_BLOCKED, 0 },
		{ "three in a row", 6, 2, 0, SY_ERR_KEY_REPLUG, 5 },
		{ "the last", 1, 0, 0, SY_ERR_PIN_BLOCKED, 0 },
	};
	struct key *key = lab_opened(&lab);

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t tries = 77;

		print_message("  %s\n", tc[i].what);
		vk()->pin_left = tc[i].left;
		vk()->pin_row = tc[i].row;
		assert_int_equal(set_pin(key, "000000", "246802", tc[i].reserve,
				     &tries),
		    tc[i].err);
		assert_int_equal(tries, tc[i].tries);
	}
	assert_int_equal(vk()->counts.pins, 2);
	key_free(&key);
}

static void
a_key_without_pins_is_told_so(void **state)
{
	struct key *key;
	uint8_t tries;

	(void)state;
	kind_without_pins(vk());
	key = lab_opened(&lab);
	assert_int_equal(set_pin(key, NOTHING, "246802", 0, &tries),
	    SY_ERR_KEY_UNFIT);
	assert_int_equal(set_pin(key, NOTHING, NO_PIN, 0, &tries),
	    SY_ERR_KEY_UNFIT);
	key_free(&key);
}

/* --- a PIN that nobody knows --- */

static void
check_own_pin(const struct key *key, char ret_text[33])
{
	assert_non_null(key->own_pin);
	assert_int_equal(sy_secret_len(key->own_pin), 32);
	memcpy(ret_text, sy_secret_bytes(key->own_pin), 32);
	ret_text[32] = '\0';
	assert_int_equal(strspn(ret_text,
			     "0123456789abcdefghijklmnopqrstuvwxyz"),
	    32);
}

static void
a_random_pin_serves_the_rest_of_the_operation(void **state)
{
	char first[33], second[33];
	struct key *key;
	uint8_t tries;

	(void)state;
	kind_pinless(vk());
	key = lab_opened(&lab);
	assert_int_equal(set_pin(key, NOTHING, NO_PIN, 0, &tries), SY_OK);
	check_own_pin(key, first);
	/* An empty PIN means it, as the old one too. */
	assert_int_equal(set_pin(key, NOTHING, NO_PIN, 0, &tries), SY_OK);
	check_own_pin(key, second);
	assert_string_not_equal(first, second);
	assert_int_equal(vk()->counts.wrong, 0);
	/* Somebody knows the next one. */
	assert_int_equal(set_pin(key, NOTHING, "246802", 0, &tries), SY_OK);
	assert_null(key->own_pin);
	key_free(&key);
}

static void
a_random_pin_counts_only_when_the_key_has_taken_it(void **state)
{
	struct key *key;
	uint8_t tries;

	(void)state;
	kind_pinless(vk());
	key = lab_opened(&lab);
	live_key_fault(&lab.key[0], "status status=37 cmd=06 sub=03");
	assert_int_equal(set_pin(key, NOTHING, NO_PIN, 0, &tries),
	    SY_ERR_PIN_FORMAT);
	assert_null(key->own_pin);
	key_free(&key);
}

static void
setting_a_pin_survives_every_failed_allocation(void **state)
{
	SY_AUTO(sy_keydevice_pin_clear)
	struct sy_keydevice_pin in = { .random = true };
	struct key *key = lab_opened(&lab);
	unsigned int n = 0;
	uint8_t tries;
	enum sy_err err;

	(void)state;
	in.old = lab_secret(LAB_PIN);
	in.fresh = lab_secret(NOTHING);
	do {
		faults_arm(++n);
		err = key_set_pin(key, &in, 1, &tries);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 3);
	assert_non_null(key->own_pin);
	key_free(&key);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, lab_set_up, lab_tear_down)
	const struct CMUnitTest tests[] = {
		CASE(the_last_tries_are_not_spent),
		CASE(what_cant_be_counted_is_not_risked),
		CASE(what_a_key_announces_takes_no_memory),
		CASE(only_what_can_be_a_pin_is_one),
		CASE(a_key_without_a_pin_is_not_sent_any),
		CASE(a_pin_that_must_be_changed_first_is_not_sent),
		CASE(readying_a_pin_survives_every_failed_allocation),
		CASE(an_error_has_the_tries_of_what_was_tried),
		CASE(a_first_pin_is_set),
		CASE(a_pin_is_changed_by_who_knows_it),
		CASE(a_pin_that_the_key_cant_take_spends_no_try),
		CASE(an_old_pin_may_be_shorter_than_new_ones),
		CASE(a_change_goes_down_the_same_ladder),
		CASE(a_key_without_pins_is_told_so),
		CASE(a_random_pin_serves_the_rest_of_the_operation),
		CASE(a_random_pin_counts_only_when_the_key_has_taken_it),
		CASE(setting_a_pin_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
