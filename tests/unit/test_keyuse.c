/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of a key: made, signed with, and what a key may not do. */
#include "tests/support/faults.h"
#include "tests/support/key_kinds.h"
#include "tests/support/lab_case.h"
#include "tests/support/unit.h"

#define FLAGS_AT 32 /* in authenticator data, WebAuthn section 6.1 */

static const uint8_t hash[32] = { 0x4c, 0x55, 0xd1 };
static struct sy_keydevice_signed out;
static struct sy_keydevice_made made;

static enum sy_err
assert_with(struct key *key, uint8_t uv, const char *pin, uint16_t credential,
    uint8_t *ret_tries)
{
	SY_AUTO(sy_keydevice_assert_clear)
	struct sy_keydevice_assert in = {
		.uv = uv, .credential = credential, .pin = lab_secret(pin)
	};

	memcpy(in.hash, hash, sizeof(hash));
	memset(&out, 0, sizeof(out));
	return key_assert(key, &lab.start, &in, &out, ret_tries);
}

static enum sy_err
make_with(struct key *key, uint8_t uv, const char *pin, bool resident,
    uint8_t *ret_tries)
{
	SY_AUTO(sy_keydevice_make_clear)
	struct sy_keydevice_make in = { .uv = uv,
		.resident = resident,
		.handle = { 0x77, 0x88 },
		.login = "taro",
		.name = "Taro",
		.pin = lab_secret(pin) };

	memcpy(in.hash, hash, sizeof(hash));
	memset(&made, 0, sizeof(made));
	return key_make(key, &lab.start, &in, &made, ret_tries);
}

/* A key that holds the first credential of START. */
static struct key *
enrolled(bool resident)
{
	struct key *key = lab_opened(&lab);

	lab_enrol(&lab, key, resident);
	return key;
}

static bool
contains(const uint8_t *p, size_t len, const char *what, size_t what_len)
{
	for (size_t i = 0; i + what_len <= len; i++) {
		if (memcmp(p + i, what, what_len) == 0)
			return true;
	}
	return false;
}
#define SHOWS(s) contains(out.authdata, out.authdata_len, s, sizeof(s) - 1)

/* --- ASSERT --- */

static void
each_way_of_verification_is_shown_by_what_is_signed(void **state)
{
	struct key *key = enrolled(false);
	uint8_t tries;

	(void)state;
	assert_int_equal(assert_with(key, SY_KEY_UV_NONE, NULL, 0, &tries),
	    SY_OK);
	assert_true(lab_is_signed(&lab.key[0], &out, hash));
	assert_int_equal(out.uv, SY_KEY_UV_NONE);
	assert_int_equal(out.authdata[FLAGS_AT], VK_UP | VK_ED);
	assert_true(SHOWS("\x63uvm\x81\x83\x01"));
	assert_int_equal(assert_with(key, SY_KEY_UV_PIN, LAB_PIN, 0, &tries),
	    SY_OK);
	assert_true(lab_is_signed(&lab.key[0], &out, hash));
	assert_int_equal(out.uv, SY_KEY_UV_PIN);
	assert_int_equal(out.authdata[FLAGS_AT], VK_UP | VK_UV | VK_ED);
	assert_true(SHOWS("\x63uvm\x81\x83\x19\x08\x00"));
	assert_int_equal(assert_with(key, SY_KEY_UV_BUILT_IN, NULL, 0, &tries),
	    SY_OK);
	assert_true(lab_is_signed(&lab.key[0], &out, hash));
	assert_int_equal(out.uv, SY_KEY_UV_BUILT_IN);
	assert_int_equal(out.authdata[FLAGS_AT], VK_UP | VK_UV | VK_ED);
	assert_true(SHOWS("\x63uvm\x81\x83\x02"));
	assert_int_equal(vk()->counts.fingers, 1);
	key_free(&key);
}

static void
a_key_without_uvm_is_not_asked_for_it(void **state)
{
	struct key *key;
	uint8_t tries;

	(void)state;
	vk()->model.uvm = false;
	key = enrolled(false);
	assert_int_equal(assert_with(key, SY_KEY_UV_PIN, LAB_PIN, 0, &tries),
	    SY_OK);
	assert_true(lab_is_signed(&lab.key[0], &out, hash));
	assert_int_equal(out.authdata[FLAGS_AT], VK_UP | VK_UV);
	key_free(&key);
}

/* A look takes nobody, also where the key verifies always. */
static void
a_look_takes_neither_touch_nor_pin(void **state)
{
	struct key *key = enrolled(false);
	const unsigned long pins = vk()->counts.pins;
	uint8_t tries;

	(void)state;
	live_key_touch(&lab.key[0], "no");
	for (int always = 0; always < 2; always++) {
		vk()->always_uv = always != 0;
		assert_int_equal(assert_with(key, SY_KEY_UV_LOOK, NULL, 0,
				     &tries),
		    SY_OK);
		assert_true(lab_is_signed(&lab.key[0], &out, hash));
		assert_int_equal(out.uv, SY_KEY_UV_LOOK);
		assert_int_equal(out.authdata[FLAGS_AT], 0);
	}
	assert_int_equal(vk()->counts.pins, pins);
	key_free(&key);
}

/* Whether it is too long is for who judges it. */
static void
what_is_signed_is_carried_whatever_its_length(void **state)
{
	struct key *key;
	uint16_t least;
	uint8_t tries;

	(void)state;
	vk()->model.uvm = false;
	key = enrolled(false);
	assert_int_equal(assert_with(key, SY_KEY_UV_NONE, NULL, 0, &tries),
	    SY_OK);
	least = out.authdata_len;
	for (unsigned int i = 255U - least; i <= 256U - least; i++) {
		vk()->odd.extra = (uint8_t)i;
		assert_int_equal(assert_with(key, SY_KEY_UV_NONE, NULL, 0,
				     &tries),
		    SY_OK);
		assert_int_equal(out.authdata_len, least + i);
		assert_true(lab_is_signed(&lab.key[0], &out, hash));
	}
	key_free(&key);
}

static void
the_credential_that_is_meant_signs(void **state)
{
	struct key *key = enrolled(false);
	uint8_t tries;

	(void)state;
	lab_enrol(&lab, key, false);
	for (uint16_t i = 0; i < 2; i++) {
		assert_int_equal(assert_with(key, SY_KEY_UV_NONE, NULL, i,
				     &tries),
		    SY_OK);
		assert_int_equal(out.credential.len, VK_ID_BYTES);
		assert_memory_equal(out.credential.id,
		    lab.start.credentials[i].id, VK_ID_BYTES);
		assert_true(lab_is_signed(&lab.key[0], &out, hash));
		assert_int_equal(out.handle_len, 0);
	}
	key_free(&key);
}

static void
a_resident_credential_says_whose_it_is(void **state)
{
	struct key *key = enrolled(true);
	uint8_t tries;

	(void)state;
	lab.start.credential_count = 0;
	assert_int_equal(assert_with(key, SY_KEY_UV_PIN, LAB_PIN, 0, &tries),
	    SY_OK);
	assert_true(lab_is_signed(&lab.key[0], &out, hash));
	assert_int_equal(out.handle_len, SY_FIDO2_HANDLE_SIZE);
	assert_int_equal(out.handle[0], 0x11);
	key_free(&key);
}

/* Without a resident one nobody is known. */
static void
a_key_without_a_resident_credential_knows_nobody(void **state)
{
	struct key *key = enrolled(false);
	uint8_t tries;

	(void)state;
	lab.start.credential_count = 0;
	assert_int_equal(assert_with(key, SY_KEY_UV_PIN, LAB_PIN, 0, &tries),
	    SY_ERR_KEY_OTHER);
	key_free(&key);
}

static void
a_credential_that_was_not_named_is_against_the_protocol(void **state)
{
	static const struct {
		uint16_t count, credential;
		bool enroll;
	} tc[] = {
		{ 1, 1, false },
		{ 0, 1, false },
		{ 0, 0, true },
		{ 1, SY_KEYDEVICE_CREDENTIALS, false }, /* none was made */
		{ 1, UINT16_MAX, false },
	};
	struct key *key = enrolled(false);
	uint8_t tries;

	(void)state;
	key->made.len = 0;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		lab.start.credential_count = tc[i].count;
		lab.start.enroll = tc[i].enroll;
		assert_int_equal(assert_with(key, SY_KEY_UV_PIN, LAB_PIN,
				     tc[i].credential, &tries),
		    SY_ERR_PROTOCOL);
	}
	assert_int_equal(vk()->counts.asserted, 0);
	key_free(&key);
}

/* --- what it can't do it is not asked --- */

static void
what_a_key_cant_do_it_is_not_asked(void **state)
{
	static const struct {
		const char *what;
		key_kind *make;
		uint8_t uv;
		const char *pin;
		enum sy_err err;
		uint8_t tries;
	} tc[] = {
		{ "no PIN is set", kind_pinless, SY_KEY_UV_PIN, LAB_PIN,
		    SY_ERR_KEY_BARE, 255 },
		{ "no PINs", kind_without_pins, SY_KEY_UV_PIN, LAB_PIN,
		    SY_ERR_KEY_UNFIT, 255 },
		{ "no PIN for this", kind_finger_only, SY_KEY_UV_PIN, LAB_PIN,
		    SY_ERR_KEY_UNFIT, 255 },
		{ "no finger", kind_fingerless, SY_KEY_UV_BUILT_IN, NULL,
		    SY_ERR_KEY_BARE, 255 },
		{ "no sensor", kind_without_sensor, SY_KEY_UV_BUILT_IN, NULL,
		    SY_ERR_KEY_UNFIT, 255 },
		{ "in reserve", kind_spent, SY_KEY_UV_PIN, LAB_PIN,
		    SY_ERR_PIN_RESERVE, 1 },
		{ "blocked", kind_blocked, SY_KEY_UV_PIN, LAB_PIN,
		    SY_ERR_PIN_BLOCKED, 0 },
		{ "too short", kind_usual, SY_KEY_UV_PIN, "123",
		    SY_ERR_PIN_FORMAT, 255 },
		{ "empty", kind_usual, SY_KEY_UV_PIN, "", SY_ERR_PIN_FORMAT,
		    255 },
		{ "unheard of", kind_usual, UINT8_MAX, NULL, SY_ERR_ARG, 255 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t tries = 77;
		struct key *key;

		print_message("  %s\n", tc[i].what);
		lab_end(&lab);
		(void)lab_set_up(NULL);
		key = enrolled(false);
		tc[i].make(vk());
		assert_int_equal(key_refresh(key), SY_OK);
		vk()->counts = (struct vk_counts){ 0 };
		assert_int_equal(assert_with(key, tc[i].uv, tc[i].pin, 0,
				     &tries),
		    tc[i].err);
		assert_int_equal(tries, tc[i].tries);
		assert_int_equal(make_with(key, tc[i].uv, tc[i].pin, false,
				     &tries),
		    tc[i].err);
		assert_int_equal(tries, tc[i].tries);
		/* Of its tries at most, once each time. */
		assert_int_equal(vk()->counts.commands,
		    tc[i].tries == KEY_TRIES_UNKNOWN ? 0 : 2);
		key_free(&key);
	}
}

/* --- ladders --- */

static void
fingers_are_counted_until_a_right_pin(void **state)
{
	struct key *key = enrolled(false);
	uint8_t tries;

	(void)state;
	live_key_finger(&lab.key[0], "wrong");
	for (uint8_t left = 2; left > 0; left--) {
		assert_int_equal(assert_with(key, SY_KEY_UV_BUILT_IN, NULL, 0,
				     &tries),
		    SY_ERR_UV_WRONG);
		assert_int_equal(tries, left);
	}
	assert_int_equal(assert_with(key, SY_KEY_UV_BUILT_IN, NULL, 0, &tries),
	    SY_ERR_UV_BLOCKED);
	assert_int_equal(tries, 0);
	/* The right one is too late. */
	live_key_finger(&lab.key[0], "right");
	assert_int_equal(assert_with(key, SY_KEY_UV_BUILT_IN, NULL, 0, &tries),
	    SY_ERR_UV_BLOCKED);
	assert_int_equal(vk()->counts.fingers, 3);
	assert_int_equal(assert_with(key, SY_KEY_UV_PIN, LAB_PIN, 0, &tries),
	    SY_OK);
	assert_int_equal(assert_with(key, SY_KEY_UV_BUILT_IN, NULL, 0, &tries),
	    SY_OK);
	assert_true(lab_is_signed(&lab.key[0], &out, hash));
	key_free(&key);
}

static void
pins_are_counted_down_to_the_reserve(void **state)
{
	static const struct {
		const char *pin;
		enum sy_err err;
		uint8_t tries;
		bool replug; /* before */
	} tc[] = {
		{ "000000", SY_ERR_PIN_WRONG, 7, false },
		{ "000000", SY_ERR_PIN_WRONG, 6, false },
		{ LAB_PIN, SY_OK, 255, false },
		{ "000000", SY_ERR_PIN_WRONG, 7, false },
		{ "000000", SY_ERR_PIN_WRONG, 6, false },
		{ "000000", SY_ERR_KEY_REPLUG, 5, false },
		{ LAB_PIN, SY_ERR_KEY_REPLUG, 5, false },
		{ "000000", SY_ERR_PIN_WRONG, 4, true },
		{ "000000", SY_ERR_PIN_WRONG, 3, false },
		{ "000000", SY_ERR_KEY_REPLUG, 2, false },
		{ LAB_PIN, SY_ERR_PIN_RESERVE, 2, true },
	};
	struct key *key = enrolled(false);
	unsigned long before;

	(void)state;
	lab.start.reserve = 2;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		uint8_t tries = 255;

		if (tc[i].replug) {
			key_free(&key);
			live_key_plug(&lab.key[0]);
			key = lab_opened(&lab);
		}
		before = vk()->counts.pins;
		assert_int_equal(assert_with(key, SY_KEY_UV_PIN, tc[i].pin, 0,
				     &tries),
		    tc[i].err);
		/* At most one per request. */
		assert_in_range(vk()->counts.pins, before, before + 1);
		if (tc[i].err != SY_OK)
			assert_int_equal(tries, tc[i].tries);
	}
	assert_int_equal(vk()->counts.last, 0);
	key_free(&key);
}

static void
the_last_try_of_all_blocks(void **state)
{
	struct key *key = enrolled(false);
	uint8_t tries;

	(void)state;
	lab.start.reserve = 0;
	vk()->pin_left = 1;
	vk()->counts.pins = 0;
	assert_int_equal(assert_with(key, SY_KEY_UV_PIN, "000000", 0, &tries),
	    SY_ERR_PIN_BLOCKED);
	assert_int_equal(tries, 0);
	assert_int_equal(assert_with(key, SY_KEY_UV_PIN, LAB_PIN, 0, &tries),
	    SY_ERR_PIN_BLOCKED);
	assert_int_equal(vk()->counts.pins, 1);
	key_free(&key);
}

/* --- what its person does --- */

static void
touch_is_told(void *arg)
{
	++*(unsigned int *)arg;
}

static void
a_person_is_called_and_may_refuse_or_stay_away(void **state)
{
	static const struct {
		const char *words;
		enum sy_err err;
		unsigned int calls;
	} tc[] = {
		{ "yes", SY_OK, 0 },
		{ "no", SY_ERR_DENIED, 0 },
		{ "none", SY_ERR_TIMEOUT, 1 },
	};
	struct key *key = enrolled(false);
	unsigned int calls = 0;
	uint8_t tries;

	(void)state;
	key->channel->touch = touch_is_told;
	key->channel->touch_arg = &calls;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		calls = 0;
		live_key_touch(&lab.key[0], tc[i].words);
		assert_int_equal(assert_with(key, SY_KEY_UV_NONE, NULL, 0,
				     &tries),
		    tc[i].err);
		assert_int_equal(calls, tc[i].calls);
		calls = 0;
		lab.start.credential_count = 0;
		assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, true,
				     &tries),
		    tc[i].err);
		assert_int_equal(calls, tc[i].calls);
		lab.start.credential_count = 1;
	}
	key_free(&key);
}

static void
a_key_that_is_more_patient_than_we_are_is_stopped(void **state)
{
	struct key *key = enrolled(false);
	uint64_t began;
	uint8_t tries;

	(void)state;
	live_key_touch(&lab.key[0], "wait");
	live_key_finger(&lab.key[0], "wait");
	lab.key[0].scene.patience_ms = 3600000;
	for (uint8_t uv = SY_KEY_UV_NONE; uv <= SY_KEY_UV_PIN; uv++) {
		began = lab.fake.now;
		assert_int_equal(assert_with(key, uv, LAB_PIN, 0, &tries),
		    SY_ERR_TIMEOUT);
		assert_in_range(lab.fake.now - began, KEY_PERSON_MS,
		    KEY_PERSON_MS + 1000);
	}
	assert_int_equal(lab.key[0].hid.counts.cancels, 3);
	/* It is as good as before. */
	live_key_touch(&lab.key[0], "yes");
	assert_int_equal(assert_with(key, SY_KEY_UV_NONE, NULL, 0, &tries),
	    SY_OK);
	key_free(&key);
}

/* --- what it may not answer --- */

static void
a_key_that_was_reset_is_another(void **state)
{
	struct key *key = enrolled(false);
	uint8_t tries;

	(void)state;
	vk_key_forget(vk());
	assert_int_equal(assert_with(key, SY_KEY_UV_NONE, NULL, 0, &tries),
	    SY_ERR_KEY_OTHER);
	/* It has no PIN now, and says so. */
	assert_int_equal(key_refresh(key), SY_OK);
	assert_int_equal(assert_with(key, SY_KEY_UV_PIN, LAB_PIN, 0, &tries),
	    SY_ERR_KEY_BARE);
	key_free(&key);
}

static void
an_assertion_that_is_none_is_not_taken(void **state)
{
	static const char *const faults[] = {
		"garbage cmd=02",
		"garbage len=3000 cmd=02",
		"cut cmd=02",
		"cut len=60 cmd=02",
		"twice cmd=02",
		"deep cmd=02",
		"deep len=1 cmd=02",
		"status status=7f cmd=02",
		/* {} */
		"patch off=1 hex=a0 cmd=02",
		/* another id, with an entry of its own */
		"patch off=9 hex=ffff cmd=02",
		"sequence cmd=02",
		"size cmd=02",
		"short cmd=02",
		"channel cmd=02",
	};
	struct key *key = enrolled(false);
	uint8_t tries;

	(void)state;
	vk()->odd.keeps_id = true;
	for (size_t i = 0; i < SY_COUNT(faults); i++) {
		enum sy_err err;

		print_message("  %s\n", faults[i]);
		live_key_fault(&lab.key[0], faults[i]);
		err = assert_with(key, SY_KEY_UV_NONE, NULL, 0, &tries);
		/* Whoever is answered on another channel hears nothing. */
		assert_int_equal(err,
		    strncmp(faults[i], "channel", 7) == 0 ? SY_ERR_CARD_MUTE
							  : SY_ERR_CARD);
		assert_int_equal(out.authdata_len, 0);
		assert_int_equal(out.signature_len, 0);
		key_free(&key);
		key = lab_opened(&lab);
	}
	key_free(&key);
}

/* One that was asked for by name need not be named again. */
static void
a_key_that_is_asked_for_anybody_must_say_whom(void **state)
{
	struct key *key = enrolled(true);
	uint8_t tries;

	(void)state;
	live_key_fault(&lab.key[0], "patch off=6 hex=63 cmd=02 times=2");
	vk()->odd.keeps_id = true;
	assert_int_equal(assert_with(key, SY_KEY_UV_NONE, NULL, 0, &tries),
	    SY_OK);
	assert_true(lab_is_signed(&lab.key[0], &out, hash));
	lab.start.credential_count = 0;
	assert_int_equal(assert_with(key, SY_KEY_UV_NONE, NULL, 0, &tries),
	    SY_ERR_CARD);
	key_free(&key);
}

/* --- MAKE --- */

static void
a_credential_is_made_and_signs_at_once(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		const bool resident = i == 1;

		assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN,
				     resident, &tries),
		    SY_OK);
		assert_string_equal(made.format, "packed");
		assert_true(made.statement_len > 0);
		assert_int_equal(made.authdata[FLAGS_AT] &
			(VK_UP | VK_UV | VK_AT),
		    VK_UP | VK_UV | VK_AT);
		/* The id that it says is the one in what is signed. */
		assert_true(contains(made.authdata, made.authdata_len,
		    (const char *)key->made.id, key->made.len));
		assert_int_equal(vk_key_residents(vk()), i);
		assert_int_equal(assert_with(key, SY_KEY_UV_PIN, LAB_PIN,
				     SY_KEYDEVICE_CREDENTIALS, &tries),
		    SY_OK);
		assert_true(lab_is_signed(&lab.key[0], &out, hash));
		assert_memory_equal(out.credential.id, key->made.id,
		    key->made.len);
	}
	assert_memory_equal(vk()->creds[1]->user, "\x77\x88", 2);
	assert_string_equal(vk()->creds[1]->user_name, "taro");
	assert_string_equal(vk()->creds[1]->user_display, "Taro");
	key_free(&key);
}

/* So that the server sees how long PINs must be. */
static void
the_shortest_pin_is_signed_with_it(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	memcpy(vk()->min_rps[0], LAB_RP, sizeof(LAB_RP));
	vk()->nmin_rps = 1;
	assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, false, &tries),
	    SY_OK);
	assert_true(contains(made.authdata, made.authdata_len,
	    "\x6cminPinLength\x04", 14));
	key->min_pin = false;
	assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, false, &tries),
	    SY_OK);
	assert_false(contains(made.authdata, made.authdata_len, "minPinLength",
	    12));
	key_free(&key);
}

static void
a_key_that_holds_one_already_makes_no_other(void **state)
{
	struct key *key = enrolled(false);
	const struct sy_credential_id first = key->made;
	uint8_t tries;

	(void)state;
	assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, false, &tries),
	    SY_ERR_EXISTS);
	assert_memory_equal(&key->made, &first, sizeof(first));
	/* It is asked about as many as it takes, of lengths that it takes. */
	lab.start.credentials[1] = lab.start.credentials[0];
	lab.start.credential_count = 2;
	key->list_max = 1;
	assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, false, &tries),
	    SY_ERR_EXISTS);
	lab.start.credentials[0].id[0] ^= 1;
	assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, false, &tries),
	    SY_OK);
	lab.start.credentials[0].len = 200;
	assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, false, &tries),
	    SY_ERR_EXISTS);
	key_free(&key);
}

static void
a_key_that_is_full_or_unfit_says_so(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	live_key_fault(&lab.key[0], "status status=28 cmd=01");
	assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, true, &tries),
	    SY_ERR_EXISTS);
	live_key_fault(&lab.key[0], "status status=26 cmd=01");
	assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, true, &tries),
	    SY_ERR_KEY_UNFIT);
	vk()->counts = (struct vk_counts){ 0 };
	key->found.resident = false;
	assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, true, &tries),
	    SY_ERR_KEY_UNFIT);
	key->es256 = false;
	assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, false, &tries),
	    SY_ERR_KEY_UNFIT);
	assert_int_equal(vk()->counts.commands, 0);
	assert_int_equal(key->made.len, 0);
	key_free(&key);
}

static void
a_credential_that_is_none_is_not_taken(void **state)
{
	static const char *const faults[] = {
		"garbage cmd=01",
		"cut cmd=01",
		"cut len=100 cmd=01",
		"twice cmd=01",
		"deep cmd=01",
		"status status=7f cmd=01",
		"patch off=1 hex=a0 cmd=01",
		"size cmd=01",
		"sequence cmd=01",
	};
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(faults); i++) {
		print_message("  %s\n", faults[i]);
		live_key_fault(&lab.key[0], faults[i]);
		assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, false,
				     &tries),
		    SY_ERR_CARD);
		assert_int_equal(made.authdata_len, 0);
		assert_int_equal(key->made.len, 0);
		assert_int_equal(key_refresh(key), SY_OK);
	}
	key_free(&key);
}

static void
attestation_of_another_form_is_carried_as_it_is(void **state)
{
	struct key *key = lab_opened(&lab);
	uint8_t tries;

	(void)state;
	vk()->model.attestation = VK_NONE;
	assert_int_equal(make_with(key, SY_KEY_UV_PIN, LAB_PIN, false, &tries),
	    SY_OK);
	assert_string_equal(made.format, "none");
	key_free(&key);
}

/* --- memory --- */

static void
signing_survives_every_failed_allocation(void **state)
{
	SY_AUTO(sy_keydevice_assert_clear)
	struct sy_keydevice_assert in = { .uv = SY_KEY_UV_PIN };
	struct key *key = enrolled(false);
	unsigned int n = 0;
	uint8_t tries;
	enum sy_err err;

	(void)state;
	in.pin = lab_secret(LAB_PIN);
	do {
		faults_arm(++n);
		err = key_assert(key, &lab.start, &in, &out, &tries);
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
#define CASE(f) cmocka_unit_test_setup_teardown(f, lab_set_up, lab_tear_down)
	const struct CMUnitTest tests[] = {
		CASE(each_way_of_verification_is_shown_by_what_is_signed),
		CASE(a_look_takes_neither_touch_nor_pin),
		CASE(a_key_without_uvm_is_not_asked_for_it),
		CASE(what_is_signed_is_carried_whatever_its_length),
		CASE(the_credential_that_is_meant_signs),
		CASE(a_resident_credential_says_whose_it_is),
		CASE(a_key_without_a_resident_credential_knows_nobody),
		CASE(a_credential_that_was_not_named_is_against_the_protocol),
		CASE(what_a_key_cant_do_it_is_not_asked),
		CASE(fingers_are_counted_until_a_right_pin),
		CASE(pins_are_counted_down_to_the_reserve),
		CASE(the_last_try_of_all_blocks),
		CASE(a_person_is_called_and_may_refuse_or_stay_away),
		CASE(a_key_that_is_more_patient_than_we_are_is_stopped),
		CASE(a_key_that_was_reset_is_another),
		CASE(an_assertion_that_is_none_is_not_taken),
		CASE(a_key_that_is_asked_for_anybody_must_say_whom),
		CASE(a_credential_is_made_and_signs_at_once),
		CASE(the_shortest_pin_is_signed_with_it),
		CASE(a_key_that_holds_one_already_makes_no_other),
		CASE(a_key_that_is_full_or_unfit_says_so),
		CASE(a_credential_that_is_none_is_not_taken),
		CASE(attestation_of_another_form_is_carried_as_it_is),
		CASE(signing_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
