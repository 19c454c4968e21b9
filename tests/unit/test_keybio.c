/* SPDX-License-Identifier: Apache-2.0 */
/* Fingers that a key keeps: enrolled, listed, forgotten. */
#include "tests/support/faults.h"
#include "tests/support/key_kinds.h"
#include "tests/support/lab_case.h"
#include "tests/support/unit.h"

#define SAMPLES 4 /* of one finger */

/* What was told before each sample. */
static struct {
	unsigned int count;
	uint8_t sample[128], remaining[128];
	unsigned int stop_at; /* the agent leaves then; 0: never */
} told;

static int
set_up(void **state)
{
	memset(&told, 0, sizeof(told));
	return lab_set_up(state);
}

static enum sy_err
on_sample(void *arg, uint8_t sample, uint8_t remaining)
{
	assert_ptr_equal(arg, &told);
	assert_true(told.count < SY_COUNT(told.sample));
	told.sample[told.count] = sample;
	told.remaining[told.count++] = remaining;
	return told.count == told.stop_at ? SY_ERR_CLOSED : SY_OK;
}

static enum sy_err
enroll(struct key *key, const char *name, const char *pin, uint8_t *ret_tries)
{
	SY_AUTO(sy_keydevice_enroll_clear)
	struct sy_keydevice_enroll in = { .pin = lab_secret(pin) };

	assert_true(strlen(name) < sizeof(in.name));
	memcpy(in.name, name, strlen(name) + 1);
	told.count = 0;
	return key_enroll(key, &in, 1, on_sample, &told, ret_tries);
}

static enum sy_err
list(struct key *key, const char *pin, struct sy_keydevice_list *ret,
    uint8_t *ret_tries)
{
	SY_AUTO(sy_secret_free) struct sy_secret *secret = lab_secret(pin);

	return key_fingers(key, secret, 1, ret, ret_tries);
}

static enum sy_err
forget(struct key *key, const void *id, uint16_t len, const char *pin,
    uint8_t *ret_tries)
{
	SY_AUTO(sy_keydevice_forget_clear)
	struct sy_keydevice_forget in = { .template_len = len,
		.pin = lab_secret(pin) };

	memcpy(in.template_id, id, len);
	return key_forget(key, &in, 1, ret_tries);
}

/* --- ENROLL --- */

static void
a_finger_is_learned_from_all_its_samples(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	vk()->uv_left = 0;
	live_key_finger(&lab.key[0], "7");
	assert_int_equal(enroll(key, "Right thumb", LAB_PIN, &tries), SY_OK);
	assert_int_equal(told.count, SAMPLES);
	for (uint8_t i = 0; i < SAMPLES; i++) {
		assert_int_equal(told.sample[i], SY_KEY_SAMPLE_GOOD);
		assert_int_equal(told.remaining[i], SAMPLES - i);
	}
	assert_true(vk()->fingers[1].used);
	assert_int_equal(vk()->fingers[1].number, 7);
	assert_string_equal(vk()->fingers[1].name, "Right thumb");
	/* The key says so by now. */
	assert_true(key->found.uv_set);
	assert_int_equal(key->found.uv_tries, 3);
	key_free(&key);
}

static void
a_sample_that_was_no_good_is_said_and_taken_again(void **state)
{
	static const struct {
		const char *word;
		enum sy_key_sample sample;
	} tc[] = {
		{ "too-high", SY_KEY_SAMPLE_TOO_HIGH },
		{ "too-low", SY_KEY_SAMPLE_TOO_LOW },
		{ "too-left", SY_KEY_SAMPLE_TOO_LEFT },
		{ "too-right", SY_KEY_SAMPLE_TOO_RIGHT },
		{ "too-fast", SY_KEY_SAMPLE_TOO_FAST },
		{ "too-slow", SY_KEY_SAMPLE_TOO_SLOW },
		{ "poor", SY_KEY_SAMPLE_POOR },
		{ "skewed", SY_KEY_SAMPLE_SKEWED },
		{ "short", SY_KEY_SAMPLE_TOO_SHORT },
		{ "merge", SY_KEY_SAMPLE_MERGE },
		{ "exists", SY_KEY_SAMPLE_EXISTS },
	};
	struct key *key = lab_opened(&lab);
	char words[64];
	uint8_t tries;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		memset(&vk()->fingers[1], 0, sizeof(vk()->fingers[1]));
		(void)snprintf(words, sizeof(words), "2 %s 2", tc[i].word);
		live_key_finger(&lab.key[0], words);
		assert_int_equal(enroll(key, "", LAB_PIN, &tries), SY_OK);
		assert_int_equal(told.count, SAMPLES + 1);
		assert_int_equal(told.sample[2], tc[i].sample);
		assert_int_equal(told.remaining[2], told.remaining[1]);
	}
	key_free(&key);
}

static void
a_word_that_we_do_not_know_means_poor(void **state)
{
	static const struct {
		const char *fault;
		enum sy_key_sample sample;
	} tc[] = {
		{ "patch off=3 hex=0e cmd=40 sub=02", SY_KEY_SAMPLE_NO_LIFT },
		{ "patch off=3 hex=0f cmd=40 sub=02", SY_KEY_SAMPLE_POOR },
		{ "patch off=3 hex=17 cmd=40 sub=02", SY_KEY_SAMPLE_POOR },
	};
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		memset(&vk()->fingers[1], 0, sizeof(vk()->fingers[1]));
		live_key_fault(&lab.key[0], tc[i].fault);
		assert_int_equal(enroll(key, "", LAB_PIN, &tries), SY_OK);
		assert_int_equal(told.sample[2], tc[i].sample);
	}
	key_free(&key);
}

static void
a_key_that_does_not_say_how_many_samples_learns_as_well(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	live_key_fault(&lab.key[0], "status status=01 cmd=40 sub=07 times=0");
	assert_int_equal(enroll(key, "", LAB_PIN, &tries), SY_OK);
	assert_int_equal(told.remaining[0], 0);
	assert_int_equal(told.remaining[1], SAMPLES - 1);
	key_free(&key);
}

static void
a_key_need_not_keep_the_name(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	live_key_fault(&lab.key[0], "status status=3e cmd=40 sub=05");
	assert_int_equal(enroll(key, "Thumb", LAB_PIN, &tries), SY_OK);
	assert_true(vk()->fingers[1].used);
	/* longer than this key takes */
	assert_int_equal(enroll(key, "The index finger of my right hand",
			     LAB_PIN, &tries),
	    SY_OK);
	assert_true(vk()->fingers[2].used);
	assert_string_equal(vk()->fingers[2].name, "");
	key_free(&key);
}

/* A key without room says so, by one status or the other. */
static void
a_full_sensor_is_told_from_a_broken_one(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	live_key_fault(&lab.key[0], "patch off=3 hex=0c cmd=40 sub=02");
	assert_int_equal(enroll(key, "", LAB_PIN, &tries), SY_ERR_EXISTS);
	assert_false(vk()->learning.used);
	for (size_t i = 1; i < VK_FINGERS_MAX; i++)
		vk()->fingers[i].used = true;
	assert_int_equal(enroll(key, "", LAB_PIN, &tries), SY_ERR_EXISTS);
	live_key_fault(&lab.key[0], "garbage cmd=40 sub=01");
	assert_int_equal(enroll(key, "", LAB_PIN, &tries), SY_ERR_CARD);
	/* Neither a finger nor samples that are wanted: {} */
	vk()->fingers[1].used = false;
	live_key_fault(&lab.key[0], "patch off=1 hex=a0 cmd=40 sub=01");
	assert_int_equal(enroll(key, "", LAB_PIN, &tries), SY_ERR_CARD);
	key_free(&key);
}

static void
samples_that_are_never_good_end(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	live_key_finger(&lab.key[0], "poor");
	assert_int_equal(enroll(key, "", LAB_PIN, &tries), SY_ERR_TIMEOUT);
	assert_int_equal(told.count, 1 + 64);
	/* Half a finger is forgotten. */
	assert_false(vk()->learning.used);
	assert_false(vk()->fingers[1].used);
	key_free(&key);
}

static void
a_person_who_stays_away_is_waited_for_so_long(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	/* The key gives up first: one more sample. */
	lab.key[0].scene.patience_ms = 20000;
	live_key_finger(&lab.key[0], "2 none 2");
	assert_int_equal(enroll(key, "", LAB_PIN, &tries), SY_OK);
	assert_int_equal(told.sample[2], SY_KEY_SAMPLE_NO_ACTIVITY);
	/* It does not: we do, at the first sample or a later one. */
	lab.key[0].scene.patience_ms = 3600000;
	live_key_finger(&lab.key[0], "wait");
	assert_int_equal(enroll(key, "", LAB_PIN, &tries), SY_ERR_TIMEOUT);
	assert_int_equal(told.count, 1);
	live_key_finger(&lab.key[0], "2 wait");
	assert_int_equal(enroll(key, "", LAB_PIN, &tries), SY_ERR_TIMEOUT);
	assert_int_equal(told.count, 2);
	assert_false(vk()->learning.used);
	assert_false(vk()->fingers[2].used);
	key_free(&key);
}

static void
an_agent_that_leaves_between_samples_leaves_nothing_behind(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	for (unsigned int at = 1; at <= SAMPLES; at++) {
		told.stop_at = at;
		assert_int_equal(enroll(key, "", LAB_PIN, &tries),
		    SY_ERR_CLOSED);
		assert_int_equal(told.count, at);
		assert_false(vk()->learning.used);
		assert_false(vk()->fingers[1].used);
	}
	key_free(&key);
}

/* --- what all of them need --- */

static void
fingers_belong_to_who_knows_the_pin(void **state)
{
	static const struct {
		const char *what;
		key_kind *make;
		const char *pin;
		enum sy_err err;
		uint8_t tries; /* of the first request */
	} tc[] = {
		{ "no sensor", kind_without_sensor, LAB_PIN, SY_ERR_KEY_UNFIT,
		    255 },
		{ "no PINs", kind_without_pins, LAB_PIN, SY_ERR_KEY_UNFIT,
		    255 },
		{ "no PIN is set", kind_pinless, LAB_PIN, SY_ERR_KEY_BARE,
		    255 },
		{ "in reserve", kind_spent, LAB_PIN, SY_ERR_PIN_RESERVE, 1 },
		{ "blocked", kind_blocked, LAB_PIN, SY_ERR_PIN_BLOCKED, 0 },
		{ "too short", kind_usual, "123", SY_ERR_PIN_FORMAT, 255 },
	};
	struct sy_keydevice_list l;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t tries = 77;
		struct key *key;

		print_message("  %s\n", tc[i].what);
		lab_end(&lab);
		(void)set_up(NULL);
		tc[i].make(vk());
		key = lab_opened(&lab);
		assert_int_equal(enroll(key, "", tc[i].pin, &tries), tc[i].err);
		assert_int_equal(tries, tc[i].tries);
		assert_int_equal(list(key, tc[i].pin, &l, &tries), tc[i].err);
		assert_int_equal(tries, tc[i].tries);
		assert_int_equal(forget(key, "ab", 2, tc[i].pin, &tries),
		    tc[i].err);
		assert_int_equal(tries, tc[i].tries);
		assert_int_equal(told.count, 0);
		assert_int_equal(vk()->counts.pins, 0);
		key_free(&key);
	}
}

static void
a_wrong_pin_is_counted_whatever_it_was_for(void **state)
{
	struct key *key = lab_opened(&lab);
	struct sy_keydevice_list l;
	uint8_t tries;

	(void)state;
	assert_int_equal(enroll(key, "", "000000", &tries), SY_ERR_PIN_WRONG);
	assert_int_equal(tries, 7);
	assert_int_equal(list(key, "000000", &l, &tries), SY_ERR_PIN_WRONG);
	assert_int_equal(tries, 6);
	assert_int_equal(forget(key, vk()->fingers[0].id, 2, "000000", &tries),
	    SY_ERR_KEY_REPLUG);
	assert_int_equal(tries, 5);
	assert_int_equal(vk()->counts.pins, 3);
	assert_true(vk()->fingers[0].used);
	key_free(&key);
}

static void
every_generation_of_keys_is_understood(void **state)
{
	static const struct {
		const char *what;
		key_kind *make;
	} tc[] = {
		{ "both commands", kind_usual },
		{ "the preview's command alone", kind_preview },
		{ "the final command alone", kind_final },
		{ "CTAP 2.0 with the preview's command", kind_old },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_keydevice_list l;
		struct key *key;
		uint8_t tries;

		print_message("  %s\n", tc[i].what);
		lab_end(&lab);
		(void)set_up(NULL);
		tc[i].make(vk());
		key = lab_opened(&lab);
		assert_int_equal(enroll(key, "Thumb", LAB_PIN, &tries), SY_OK);
		assert_int_equal(list(key, LAB_PIN, &l, &tries), SY_OK);
		assert_int_equal(l.count, 2);
		assert_int_equal(forget(key, l.fingers[1].template_id,
				     l.fingers[1].template_len, LAB_PIN,
				     &tries),
		    SY_OK);
		assert_false(vk()->fingers[1].used);
		key_free(&key);
	}
}

/* --- FINGERS, FORGET --- */

static void
fingers_are_listed_with_clean_names(void **state)
{
	struct key *key = lab_opened(&lab);
	struct sy_keydevice_list l;
	uint8_t tries;

	(void)state;
	memcpy(vk()->fingers[0].name, "Th\x1bumb", 7);
	vk()->fingers[2] = vk()->fingers[0];
	vk()->fingers[2].id[0] ^= 1;
	vk()->fingers[2].name[0] = '\0';
	assert_int_equal(list(key, LAB_PIN, &l, &tries), SY_OK);
	assert_int_equal(l.count, 2);
	assert_int_equal(l.fingers[0].template_len, 2);
	assert_memory_equal(l.fingers[0].template_id, vk()->fingers[0].id, 2);
	assert_null(strchr(l.fingers[0].name, '\x1b'));
	assert_non_null(strstr(l.fingers[0].name, "umb"));
	assert_memory_equal(l.fingers[1].template_id, vk()->fingers[2].id, 2);
	assert_string_equal(l.fingers[1].name, "");
	key_free(&key);
}

static void
a_key_without_fingers_lists_none(void **state)
{
	struct key *key = lab_opened(&lab);
	struct sy_keydevice_list l = { .count = 7 };
	uint8_t tries;

	(void)state;
	vk()->fingers[0].used = false;
	assert_int_equal(list(key, LAB_PIN, &l, &tries), SY_OK);
	assert_int_equal(l.count, 0);
	key_free(&key);
}

static void
a_list_that_is_none_is_not_taken(void **state)
{
	static const char *const faults[] = {
		"garbage cmd=40 sub=04",
		"cut cmd=40 sub=04",
		"status status=7f cmd=40 sub=04",
		/* an id of no byte: {7: [{1: h'', 2: ""}]} */
		"patch off=1 hex=a10781a201400260 cmd=40 sub=04",
		/* no id: {7: [{2: "", 3: ""}]} */
		"patch off=1 hex=a10781a202600360 cmd=40 sub=04",
	};
	struct key *key = lab_opened(&lab);
	struct sy_keydevice_list l = { .count = 7 };
	uint8_t tries;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(faults); i++) {
		print_message("  %s\n", faults[i]);
		live_key_fault(&lab.key[0], faults[i]);
		assert_int_equal(list(key, LAB_PIN, &l, &tries), SY_ERR_CARD);
		assert_int_equal(l.count, 7);
	}
	key_free(&key);
}

static void
the_finger_that_is_meant_is_forgotten(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t id[2], tries;

	(void)state;
	memcpy(id, vk()->fingers[0].id, sizeof(id));
	id[1] ^= 0xff;
	assert_int_equal(forget(key, id, sizeof(id), LAB_PIN, &tries),
	    SY_ERR_KEY_UNFIT);
	assert_true(key->found.uv_set);
	id[1] ^= 0xff;
	assert_int_equal(forget(key, id, sizeof(id), LAB_PIN, &tries), SY_OK);
	assert_false(vk()->fingers[0].used);
	/* It was the last one. */
	assert_false(key->found.uv_set);
	assert_int_equal(key->found.uv_tries, KEY_TRIES_UNKNOWN);
	key_free(&key);
}

static void
listing_survives_every_failed_allocation(void **state)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = lab_secret(LAB_PIN);
	struct key *key = lab_opened(&lab);
	struct sy_keydevice_list l;
	unsigned int n = 0;
	uint8_t tries;
	enum sy_err err;

	(void)state;
	do {
		faults_arm(++n);
		err = key_fingers(key, pin, 1, &l, &tries);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 1);
	key_free(&key);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, lab_tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_finger_is_learned_from_all_its_samples),
		CASE(a_sample_that_was_no_good_is_said_and_taken_again),
		CASE(a_word_that_we_do_not_know_means_poor),
		CASE(a_key_that_does_not_say_how_many_samples_learns_as_well),
		CASE(a_key_need_not_keep_the_name),
		CASE(a_full_sensor_is_told_from_a_broken_one),
		CASE(samples_that_are_never_good_end),
		CASE(a_person_who_stays_away_is_waited_for_so_long),
		CASE(
		    an_agent_that_leaves_between_samples_leaves_nothing_behind),
		CASE(fingers_belong_to_who_knows_the_pin),
		CASE(a_wrong_pin_is_counted_whatever_it_was_for),
		CASE(every_generation_of_keys_is_understood),
		CASE(fingers_are_listed_with_clean_names),
		CASE(a_key_without_fingers_lists_none),
		CASE(a_list_that_is_none_is_not_taken),
		CASE(the_finger_that_is_meant_is_forgotten),
		CASE(listing_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
