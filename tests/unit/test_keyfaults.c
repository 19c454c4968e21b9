/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever is asked of a key, it may be pulled out, fall silent or never come
 * to an end at each frame of it, and the agent may leave at each look: what
 * that is called, and that nothing is done twice or half.
 */
#include "tests/support/key_lab.h"
#include "tests/support/unit.h"

#define MOMENTS_MAX 1000 /* no request has more */

static struct key_lab lab;
static struct key *key;
static struct sy_keydevice_signed out;
static struct sy_keydevice_list fingers;

/* --- what is asked --- */

static enum sy_err
do_open(void)
{
	key_free(&key);
	return lab_open(&lab, &key);
}

static enum sy_err
do_refresh(void)
{
	return key_refresh(key);
}

static enum sy_err
do_look(void)
{
	uint16_t index;

	return key_look(key, &lab.start, &index);
}

static enum sy_err
do_assert(uint8_t uv)
{
	SY_AUTO(sy_keydevice_assert_clear)
	struct sy_keydevice_assert in = { .uv = uv,
		.pin = lab_secret(LAB_PIN) };
	uint8_t tries;

	return key_assert(key, &lab.start, &in, &out, &tries);
}

static enum sy_err
do_touch(void)
{
	return do_assert(SY_KEY_UV_NONE);
}

static enum sy_err
do_finger(void)
{
	return do_assert(SY_KEY_UV_BUILT_IN);
}

static enum sy_err
do_pin(void)
{
	return do_assert(SY_KEY_UV_PIN);
}

static enum sy_err
do_make(void)
{
	SY_AUTO(sy_keydevice_make_clear)
	struct sy_keydevice_make in = { .uv = SY_KEY_UV_PIN,
		.resident = true,
		.login = "taro",
		.pin = lab_secret(LAB_PIN) };
	const struct sy_keydevice_start start = { .rp_id = LAB_RP,
		.reserve = 1 };
	static struct sy_keydevice_made made;
	uint8_t tries;

	return key_make(key, &start, &in, &made, &tries);
}

static enum sy_err
do_change(void)
{
	SY_AUTO(sy_keydevice_pin_clear)
	struct sy_keydevice_pin in = { .old = lab_secret(LAB_PIN),
		.fresh = lab_secret("246802") };
	uint8_t tries;

	return key_set_pin(key, &in, 1, &tries);
}

static enum sy_err
on_sample(void *arg, uint8_t sample, uint8_t remaining)
{
	(void)arg;
	(void)sample;
	(void)remaining;
	return SY_OK;
}

static enum sy_err
do_enroll(void)
{
	SY_AUTO(sy_keydevice_enroll_clear)
	struct sy_keydevice_enroll in = { .name = "Thumb",
		.pin = lab_secret(LAB_PIN) };
	uint8_t tries;

	return key_enroll(key, &in, 1, on_sample, NULL, &tries);
}

static enum sy_err
do_list(void)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = lab_secret(LAB_PIN);
	uint8_t tries;

	return key_fingers(key, pin, 1, &fingers, &tries);
}

static enum sy_err
do_forget(void)
{
	SY_AUTO(sy_keydevice_forget_clear)
	struct sy_keydevice_forget in = { .template_len = 2,
		.pin = lab_secret(LAB_PIN) };
	uint8_t tries;

	memcpy(in.template_id, lab.key[0].key->fingers[0].id, 2);
	return key_forget(key, &in, 1, &tries);
}

static const struct request {
	const char *what;
	enum sy_err (*run)(void);
	unsigned long pins; /* that arrive at most */
} requests[] = {
	{ "open", do_open, 0 },
	{ "refresh", do_refresh, 0 },
	{ "look", do_look, 0 },
	{ "assert by touch", do_touch, 0 },
	{ "assert by finger", do_finger, 0 },
	{ "assert by PIN", do_pin, 1 },
	{ "make", do_make, 1 },
	{ "change the PIN", do_change, 1 },
	{ "enroll a finger", do_enroll, 2 }, /* the second for its name */
	{ "list fingers", do_list, 1 },
	{ "forget a finger", do_forget, 1 },
};

/* --- what happens to it --- */

static void
fault_at(const char *what, unsigned int n)
{
	char fault[32];

	(void)snprintf(fault, sizeof(fault), "%s at=%u", what, n);
	live_key_fault(&lab.key[0], fault);
}

static bool
fault_has_struck(void)
{
	return lab.key[0].scene.faults.n == 0;
}

static void
pull_in(unsigned int n)
{
	fault_at("pull-in", n);
}

static void
pull_out(unsigned int n)
{
	fault_at("pull-out", n);
}

static void
fall_silent(unsigned int n)
{
	lab.key[0].mute_at = n;
}

static bool
is_silent(void)
{
	return lab.key[0].mute;
}

/* The N-th command is not answered, the key is at work for ever. */
static void
never_end(unsigned int n)
{
	fault_at("forever", n);
}

/* It does what it was told, and answers somebody else. */
static void
answer_another(unsigned int n)
{
	fault_at("channel", n);
}

static void
let_the_agent_leave(unsigned int n)
{
	lab.leaves_at = lab.looks + n;
}

static bool
agent_has_left(void)
{
	return lab.fake.closed;
}

struct fate {
	void (*prepare)(unsigned int n); /* to strike at the ${n}-th moment */
	bool (*has_struck)(void);
	enum sy_err err;
};

/* Do ${request} on a key of its own; false if that was over before it could be
 * struck for the ${n}-th time. */
static bool
attempt(const struct request *request, const struct fate *fate, unsigned int n)
{
	const struct vk_counts *counts;
	enum sy_err err;
	bool struck;

	lab_begin(&lab);
	(void)lab_add_usual(&lab);
	key = lab_opened(&lab);
	lab_enrol(&lab, key, false);
	counts = &lab.key[0].key->counts;
	lab.key[0].key->counts = (struct vk_counts){ 0 };
	memset(&out, 0, sizeof(out));
	fingers.count = 0;
	fate->prepare(n);
	err = request->run();
	struck = fate->has_struck();
	assert_int_equal(err, struck ? fate->err : SY_OK);
	assert_in_range(counts->pins, 0, request->pins);
	assert_int_equal(counts->wrong, 0);
	assert_in_range(counts->fingers, 0, 1);
	if (struck)
		assert_true(out.signature_len == 0 && fingers.count == 0);
	key_free(&key);
	lab_end(&lab);
	return struck;
}

/* Also after a case that failed halfway. */
static int
tear_down(void **state)
{
	(void)state;
	key_free(&key);
	lab_end(&lab);
	return 0;
}

static void
strike_everywhere(const struct fate *fate)
{
	for (size_t i = 0; i < SY_COUNT(requests); i++) {
		unsigned int n = 0;

		print_message("  %s\n", requests[i].what);
		do
			assert_true(++n < MOMENTS_MAX);
		while (attempt(&requests[i], fate, n));
		assert_true(n > 1);
	}
}

static void
a_key_may_go_before_any_frame_reaches_it(void **state)
{
	const struct fate fate = { pull_in, fault_has_struck,
		SY_ERR_CARD_GONE };

	(void)state;
	strike_everywhere(&fate);
}

static void
a_key_may_go_before_any_frame_leaves_it(void **state)
{
	const struct fate fate = { pull_out, fault_has_struck,
		SY_ERR_CARD_GONE };

	(void)state;
	strike_everywhere(&fate);
}

static void
a_key_may_fall_silent_at_any_frame(void **state)
{
	const struct fate fate = { fall_silent, is_silent, SY_ERR_CARD_MUTE };

	(void)state;
	strike_everywhere(&fate);
}

static void
keep_alives_for_ever_end_at_any_command(void **state)
{
	const struct fate fate = { never_end, fault_has_struck,
		SY_ERR_CARD_MUTE };

	(void)state;
	strike_everywhere(&fate);
}

static void
an_answer_to_another_is_none_to_us(void **state)
{
	const struct fate fate = { answer_another, fault_has_struck,
		SY_ERR_CARD_MUTE };

	(void)state;
	strike_everywhere(&fate);
}

static void
the_agent_may_leave_at_any_look(void **state)
{
	const struct fate fate = { let_the_agent_leave, agent_has_left,
		SY_ERR_CLOSED };

	(void)state;
	strike_everywhere(&fate);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_key_may_go_before_any_frame_reaches_it),
		CASE(a_key_may_go_before_any_frame_leaves_it),
		CASE(a_key_may_fall_silent_at_any_frame),
		CASE(keep_alives_for_ever_end_at_any_command),
		CASE(an_answer_to_another_is_none_to_us),
		CASE(the_agent_may_leave_at_any_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
