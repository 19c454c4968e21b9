/* SPDX-License-Identifier: Apache-2.0 */
/* One operation with a key from START to its end, as the agent hears it. */
#include "lib/inherence/device/keyoperation.h"
#include "tests/support/faults.h"
#include "tests/support/lab_case.h"
#include "tests/support/unit.h"

#define REQUESTS_MAX 4
#define FRAME_MAX    1024
#define TYPE_AT      5 /* in a frame */

/* The agent: its next request follows the answer to the last one; when there
 * are no more it leaves. */
static struct {
	uint8_t frame[REQUESTS_MAX][FRAME_MAX];
	size_t len[REQUESTS_MAX];
	size_t count, at;
	bool stays;         /* it says nothing more, but is there */
	fake_act *on_found; /* before its first request */
	struct sy_keydevice_signed out;
	struct sy_keydevice_made made;
	struct sy_keydevice_list list;
} agent;

/* --- what it says --- */

static void
add_frame(struct sy_secret *frame)
{
	assert_true(agent.count < REQUESTS_MAX);
	assert_true(sy_secret_len(frame) <= FRAME_MAX);
	memcpy(agent.frame[agent.count], sy_secret_bytes(frame),
	    sy_secret_len(frame));
	agent.len[agent.count++] = sy_secret_len(frame);
	sy_secret_free(&frame);
}

static void
ask_assert(uint8_t uv, const char *pin, uint16_t credential)
{
	SY_AUTO(sy_keydevice_assert_clear)
	struct sy_keydevice_assert in = { .hash = { 0x4c },
		.uv = uv,
		.credential = credential,
		.pin = lab_secret(pin) };
	struct sy_secret *frame = NULL;

	assert_int_equal(sy_keydevice_put_assert(&in, &frame), SY_OK);
	add_frame(frame);
}

static void
ask_make(const char *pin)
{
	SY_AUTO(sy_keydevice_make_clear)
	struct sy_keydevice_make in = { .hash = { 0x4c },
		.uv = SY_KEY_UV_PIN,
		.login = "taro",
		.name = "Taro",
		.pin = lab_secret(pin) };
	struct sy_secret *frame = NULL;

	assert_int_equal(sy_keydevice_put_make(&in, &frame), SY_OK);
	add_frame(frame);
}

static void
ask_pin(const char *old, const char *fresh)
{
	SY_AUTO(sy_keydevice_pin_clear)
	struct sy_keydevice_pin in = { .random = fresh == NULL,
		.old = lab_secret(old),
		.fresh = lab_secret(fresh) };
	struct sy_secret *frame = NULL;

	assert_int_equal(sy_keydevice_put_pin(&in, &frame), SY_OK);
	add_frame(frame);
}

static void
ask_enroll(const char *pin)
{
	SY_AUTO(sy_keydevice_enroll_clear)
	struct sy_keydevice_enroll in = { .name = "Thumb",
		.pin = lab_secret(pin) };
	struct sy_secret *frame = NULL;

	assert_int_equal(sy_keydevice_put_enroll(&in, &frame), SY_OK);
	add_frame(frame);
}

static void
ask_fingers(const char *pin)
{
	SY_AUTO(sy_secret_free) struct sy_secret *secret = lab_secret(pin);
	struct sy_secret *frame = NULL;

	assert_int_equal(sy_keydevice_put_fingers(secret, &frame), SY_OK);
	add_frame(frame);
}

static void
ask_forget(const uint8_t id[2], const char *pin)
{
	SY_AUTO(sy_keydevice_forget_clear)
	struct sy_keydevice_forget in = { .template_len = 2,
		.pin = lab_secret(pin) };
	struct sy_secret *frame = NULL;

	memcpy(in.template_id, id, 2);
	assert_int_equal(sy_keydevice_put_forget(&in, &frame), SY_OK);
	add_frame(frame);
}

/* --- what it hears --- */

static void
next_request(struct fake *f)
{
	if (agent.at < agent.count) {
		fake_reply(f, agent.frame[agent.at], agent.len[agent.at]);
		agent.at++;
	} else if (!agent.stays) {
		f->closed = true;
	}
}

static void
note(struct fake *f, const char *what, unsigned int a, unsigned int b)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s %u %u", what, a, b);
	fake_note(f, text);
}

static void
hear_waiting(struct fake *f, const struct sy_frame *frame)
{
	struct sy_keydevice_waiting w;

	assert_int_equal(sy_keydevice_get_waiting(frame, &w), SY_OK);
	note(f, "waiting", w.keys, w.other);
}

static void
hear_found(struct fake *f, const struct sy_frame *frame)
{
	struct sy_keydevice_found found;

	assert_int_equal(sy_keydevice_get_found(frame, &found), SY_OK);
	note(f, "found", found.credential, found.pin_tries);
	if (agent.on_found != NULL)
		agent.on_found(f);
	next_request(f);
}

static void
hear_touch(struct fake *f, const struct sy_frame *frame)
{
	struct sy_keydevice_touch touch;

	assert_int_equal(sy_keydevice_get_touch(frame, &touch), SY_OK);
	if (touch.what == SY_KEY_TOUCH_SAMPLE)
		note(f, "sample", touch.sample, touch.remaining);
	else
		fake_note(f,
		    touch.what == SY_KEY_TOUCH_FINGER ? "finger" : "touch");
}

static void
hear_refused(struct fake *f, const struct sy_frame *frame)
{
	struct sy_keydevice_refused refused;
	char text[64];

	assert_int_equal(sy_keydevice_get_refused(frame, &refused), SY_OK);
	(void)snprintf(text, sizeof(text), "refused %s %u",
	    sy_err_name((enum sy_err)refused.code), refused.tries);
	fake_note(f, text);
	next_request(f);
}

/* What came of a request. */
static void
hear_result(struct fake *f, const struct sy_frame *frame)
{
	switch (frame->type) {
	case SY_KEYDEVICE_SIGNED:
		assert_int_equal(sy_keydevice_get_signed(frame, &agent.out),
		    SY_OK);
		fake_note(f, "signed");
		break;
	case SY_KEYDEVICE_MADE:
		assert_int_equal(sy_keydevice_get_made(frame, &agent.made),
		    SY_OK);
		fake_note(f, "made");
		break;
	case SY_KEYDEVICE_LIST:
		assert_int_equal(sy_keydevice_get_list(frame, &agent.list),
		    SY_OK);
		note(f, "list", agent.list.count, 0);
		break;
	default:
		assert_int_equal(frame->type, SY_DEVICE_DONE);
		fake_note(f, "done");
	}
	next_request(f);
}

static void
hear(struct fake *f, const struct sy_frame *frame)
{
	switch (frame->type) {
	case SY_KEYDEVICE_WAITING:
		hear_waiting(f, frame);
		break;
	case SY_KEYDEVICE_FOUND:
		hear_found(f, frame);
		break;
	case SY_KEYDEVICE_TOUCH:
		hear_touch(f, frame);
		break;
	case SY_KEYDEVICE_REFUSED:
		hear_refused(f, frame);
		break;
	default:
		hear_result(f, frame);
	}
}

/* --- the world --- */

static int
set_up(void **state)
{
	(void)state;
	memset(&agent, 0, sizeof(agent));
	lab_begin(&lab);
	lab.fake.heard = hear;
	(void)lab_add_usual(&lab);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	return 0;
}

/* The same, with a credential that START names. */
static int
set_up_enrolled(void **state)
{
	(void)set_up(state);
	lab_enrol_on(&lab, 0);
	lab.key[0].key->counts = (struct vk_counts){ 0 };
	return 0;
}

static void
put_start(void)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;

	assert_int_equal(sy_buf_new(SY_DEVICE_FRAME_MAX, &out), SY_OK);
	assert_int_equal(sy_keydevice_put_start(out, &lab.start), SY_OK);
	lab.fake.in_count = lab.fake.in_at = 0;
	fake_reply(&lab.fake, sy_buf_data(out), sy_buf_len(out));
}

static enum sy_err
operate(void)
{
	lab.fake.said[0] = '\0';
	lab.fake.closed = false;
	agent.at = 0;
	return keyoperation_run(&lab.fake.host);
}

static void
run(const char *said, enum sy_err err)
{
	put_start();
	assert_int_equal(operate(), err);
	assert_string_equal(lab.fake.said, said);
}

static bool
is_signed(void)
{
	static const uint8_t hash[32] = { 0x4c };

	return lab_is_signed(&lab.key[0], &agent.out, hash);
}

/* --- a login --- */

static void
each_way_of_verification_signs(void **state)
{
	(void)state;
	/* They take so long that the person is called. */
	lab.key[0].scene.delay_ms = 1000;
	ask_assert(SY_KEY_UV_NONE, NULL, 0);
	ask_assert(SY_KEY_UV_BUILT_IN, NULL, 0);
	ask_assert(SY_KEY_UV_PIN, LAB_PIN, 0);
	run("found 0 8;touch;signed;finger;signed;touch;signed;", SY_OK);
	assert_true(is_signed());
	assert_int_equal(vk()->counts.pins, 1);
	assert_int_equal(vk()->counts.asserted, 1 + 3); /* a look before */
}

static void
whom_nobody_waits_for_is_not_called(void **state)
{
	(void)state;
	ask_assert(SY_KEY_UV_PIN, LAB_PIN, 0);
	run("found 0 8;signed;", SY_OK);
}

static void
fingers_fail_until_a_pin_helps(void **state)
{
	(void)state;
	live_key_finger(&lab.key[0], "wrong");
	for (unsigned int i = 0; i < 3; i++)
		ask_assert(SY_KEY_UV_BUILT_IN, NULL, 0);
	ask_assert(SY_KEY_UV_PIN, LAB_PIN, 0);
	run("found 0 8;refused uv-wrong 2;refused uv-wrong 1;"
	    "refused uv-blocked 0;signed;",
	    SY_OK);
	assert_true(is_signed());
	assert_int_equal(vk()->counts.fingers, 3);
	assert_int_equal(vk()->counts.pins, 1);
}

static void
pins_fail_until_the_reserve(void **state)
{
	(void)state;
	vk()->pin_left = 3;
	lab.start.reserve = 1;
	for (unsigned int i = 0; i < 3; i++)
		ask_assert(SY_KEY_UV_PIN, "000000", 0);
	ask_assert(SY_KEY_UV_PIN, LAB_PIN, 0);
	run("found 0 3;refused pin-wrong 2;refused pin-wrong 1;"
	    "refused pin-reserve 1;refused pin-reserve 1;",
	    SY_OK);
	assert_int_equal(vk()->counts.pins, 2);
	assert_int_equal(vk()->counts.last, 0);
}

static void
a_person_may_refuse_and_then_not(void **state)
{
	(void)state;
	lab.key[0].scene.patience_ms = 5000;
	live_key_touch(&lab.key[0], "no none yes");
	for (unsigned int i = 0; i < 3; i++)
		ask_assert(SY_KEY_UV_NONE, NULL, 0);
	run("found 0 8;refused denied 255;touch;refused timeout 255;signed;",
	    SY_OK);
}

static void
forget_everything(struct fake *f)
{
	vk_key_forget(((struct key_lab *)f)->key[0].key);
}

static void
a_key_that_is_reset_behind_our_back_ends_it(void **state)
{
	(void)state;
	agent.on_found = forget_everything;
	ask_assert(SY_KEY_UV_NONE, NULL, 0);
	run("found 0 8;failed credential key-other 255;", SY_ERR_KEY_OTHER);
}

/* --- an enrolment --- */

static void
what_is_made_signs(void **state)
{
	(void)state;
	lab.start.enroll = true;
	ask_make(LAB_PIN);
	ask_assert(SY_KEY_UV_PIN, LAB_PIN, SY_KEYDEVICE_CREDENTIALS);
	run("found 0 8;made;signed;", SY_OK);
	assert_true(is_signed());
	assert_string_equal(agent.made.format, "packed");
}

static void
a_managed_key_has_a_pin_that_nobody_knows(void **state)
{
	(void)state;
	vk()->has_pin = false;
	lab.start.enroll = true;
	ask_pin("", NULL);
	ask_make("");
	ask_enroll("");
	ask_assert(SY_KEY_UV_BUILT_IN, NULL, SY_KEYDEVICE_CREDENTIALS);
	run("found 0 255;done;made;sample 0 4;sample 0 3;sample 0 2;"
	    "sample 0 1;done;signed;",
	    SY_OK);
	assert_true(is_signed());
	assert_int_equal(vk()->counts.wrong, 0);
}

static void
fingers_are_kept_listed_and_forgotten(void **state)
{
	(void)state;
	lab.start.enroll = true;
	live_key_finger(&lab.key[0], "2 poor 2");
	ask_enroll(LAB_PIN);
	ask_fingers(LAB_PIN);
	ask_forget(vk()->fingers[0].id, LAB_PIN);
	ask_fingers(LAB_PIN);
	run("found 0 8;sample 0 4;sample 0 3;sample 7 3;sample 0 2;sample 0 1;"
	    "done;list 2 0;done;list 1 0;",
	    SY_OK);
	assert_string_equal(agent.list.fingers[0].name, "Thumb");
}

/* Nobody is called to touch it who was called for a sample. */
static void
samples_are_told_by_themselves(void **state)
{
	(void)state;
	lab.key[0].scene.delay_ms = 1000;
	ask_assert(SY_KEY_UV_NONE, NULL, 0);
	ask_enroll(LAB_PIN);
	run("found 0 8;touch;signed;sample 0 4;sample 0 3;sample 0 2;"
	    "sample 0 1;done;",
	    SY_OK);
}

static void
every_refusal_leaves_the_key_to_be_asked_again(void **state)
{
	(void)state;
	lab.start.enroll = true;
	ask_pin("", "246802");
	ask_enroll("000000");
	ask_fingers("123");
	ask_make(LAB_PIN);
	run("found 0 8;refused exists 255;sample 0 4;refused pin-wrong 7;"
	    "refused pin-format 255;made;",
	    SY_OK);
}

static void
what_was_refused_was_not_done(void **state)
{
	(void)state;
	lab.start.enroll = true;
	ask_make("000000");
	ask_forget((const uint8_t[]){ 'n', 'o' }, LAB_PIN);
	ask_fingers(LAB_PIN);
	run("found 0 8;refused pin-wrong 7;refused key-unfit 255;list 1 0;",
	    SY_OK);
	assert_int_equal(vk()->ncreds, 0);
}

/* --- a line that ends --- */

static void
an_agent_that_leaves_at_once_is_not_told_anything(void **state)
{
	(void)state;
	put_start();
	lab.fake.said[0] = '\0';
	lab.fake.closed = true;
	memset(lab.opens, 0, sizeof(lab.opens));
	assert_int_equal(keyoperation_run(&lab.fake.host), SY_ERR_CLOSED);
	assert_string_equal(lab.fake.said, "");
	assert_int_equal(lab.opens[0], 0);
}

static void
an_agent_that_leaves_is_not_told_of_it(void **state)
{
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	ask_assert(SY_KEY_UV_PIN, LAB_PIN, 0);
	do {
		assert_true(++n < 1000);
		put_start();
		vk()->counts = (struct vk_counts){ 0 };
		lab.leaves_at = lab.looks + n;
		err = operate();
		assert_null(strstr(lab.fake.said, "failed"));
		assert_in_range(vk()->counts.pins, 0, 1);
		/* Between two requests it may go. */
		assert_true(err == SY_OK || err == SY_ERR_CLOSED);
	} while (strcmp(lab.fake.said, "found 0 8;signed;") != 0);
	assert_true(n > 20);
	lab.leaves_at = 0;
}

static void
whom_the_agent_leaves_waiting_is_left_in_peace(void **state)
{
	(void)state;
	live_key_touch(&lab.key[0], "wait");
	lab.key[0].scene.patience_ms = 3600000;
	fake_at(&lab.fake, lab.fake.now + 3000, fake_close);
	ask_assert(SY_KEY_UV_NONE, NULL, 0);
	run("found 0 8;touch;", SY_ERR_CLOSED);
	assert_int_equal(lab.key[0].hid.counts.cancels, 1);
	assert_int_equal(vk()->counts.cancelled, 1);
	assert_int_equal(vk()->counts.touches, 0);
}

static void
an_agent_that_says_nothing_is_left(void **state)
{
	const uint64_t began = lab.fake.now;

	(void)state;
	agent.stays = true;
	run("found 0 8;failed device timeout 255;", SY_ERR_TIMEOUT);
	assert_in_range(lab.fake.now - began, 180000, 190000);
}

static void
speak_again(struct fake *f)
{
	fake_reply(f, agent.frame[0], agent.len[0]);
}

static void
what_is_said_out_of_turn_ends_it(void **state)
{
	(void)state;
	ask_assert(SY_KEY_UV_NONE, NULL, 0);
	/* While the key is at work. */
	lab.key[0].scene.delay_ms = 5000;
	fake_at(&lab.fake, lab.fake.now + 3000, speak_again);
	run("found 0 8;touch;failed device protocol 255;", SY_ERR_PROTOCOL);
	assert_int_equal(vk()->counts.touches, 0);
	/* Before there is a key. */
	put_start();
	speak_again(&lab.fake);
	assert_int_equal(operate(), SY_ERR_PROTOCOL);
	assert_string_equal(lab.fake.said, "failed device protocol 255;");
}

static void
what_is_no_request_ends_it(void **state)
{
	/* Over the body of an ASSERT. */
	static const uint8_t types[] = { SY_KEYDEVICE_START, SY_KEYDEVICE_MAKE,
		SY_KEYDEVICE_PIN, SY_KEYDEVICE_ENROLL, SY_KEYDEVICE_FINGERS,
		SY_KEYDEVICE_FORGET, SY_KEYDEVICE_SIGNED, 0 };

	(void)state;
	ask_assert(SY_KEY_UV_PIN, LAB_PIN, 0);
	for (size_t i = 0; i < SY_COUNT(types); i++) {
		agent.frame[0][TYPE_AT] = types[i];
		run("found 0 8;failed device protocol 255;", SY_ERR_PROTOCOL);
	}
	assert_int_equal(vk()->counts.pins, 0);
}

static void
what_is_no_start_ends_it_before_anything_else(void **state)
{
	(void)state;
	ask_assert(SY_KEY_UV_NONE, NULL, 0);
	memset(lab.opens, 0, sizeof(lab.opens));
	lab.fake.in_count = lab.fake.in_at = 0;
	fake_reply(&lab.fake, agent.frame[0], agent.len[0]);
	assert_int_equal(operate(), SY_ERR_PROTOCOL);
	assert_string_equal(lab.fake.said, "failed device protocol 255;");
	assert_int_equal(lab.opens[0], 0);
}

static void
a_key_that_goes_while_nobody_asks_is_missed(void **state)
{
	(void)state;
	agent.stays = true;
	fake_at(&lab.fake, lab.fake.now + 5000, lab_pull);
	run("found 0 8;failed device card-gone 255;", SY_ERR_CARD_GONE);
}

static void
a_key_that_goes_while_it_waits_ends_it(void **state)
{
	(void)state;
	live_key_touch(&lab.key[0], "wait");
	fake_at(&lab.fake, lab.fake.now + 3000, lab_pull);
	ask_assert(SY_KEY_UV_PIN, LAB_PIN, 0);
	run("found 0 8;touch;failed device card-gone 255;", SY_ERR_CARD_GONE);
	assert_int_equal(vk()->counts.pins, 1);
}

static void
a_key_that_never_comes_is_said(void **state)
{
	(void)state;
	live_key_pull(&lab.key[0]);
	run("waiting 0 0;failed device timeout 255;", SY_ERR_TIMEOUT);
	live_key_plug(&lab.key[0]);
	lab.refusal[0] = SY_ERR_PERM;
	lab.refusals[0] = 1000;
	run("waiting 1 0;failed device perm 255;", SY_ERR_PERM);
}

/* --- in a reader --- */

static void
a_card_does_the_same_and_is_missed_as_well(void **state)
{
	(void)state;
	lab_add_card(&lab);
	lab.start.usb = false;
	lab.start.reader = true;
	lab.start.enroll = true;
	ask_make(LAB_PIN);
	ask_assert(SY_KEY_UV_PIN, "000000", SY_KEYDEVICE_CREDENTIALS);
	ask_assert(SY_KEY_UV_PIN, LAB_PIN, SY_KEYDEVICE_CREDENTIALS);
	run("found 0 8;made;refused pin-wrong 7;signed;", SY_OK);
	agent.stays = true;
	agent.count = 1;
	fake_at(&lab.fake, lab.fake.now + 5000, fake_remove);
	run("found 0 8;made;failed device card-gone 255;", SY_ERR_CARD_GONE);
}

/* --- memory --- */

static void
an_operation_survives_every_failed_allocation(void **state)
{
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	ask_assert(SY_KEY_UV_PIN, LAB_PIN, 0);
	do {
		put_start();
		faults_arm(++n);
		err = operate();
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 6);
	assert_string_equal(lab.fake.said, "found 0 8;signed;");
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up_enrolled, tear_down)
#define NEW(f)  cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(each_way_of_verification_signs),
		CASE(whom_nobody_waits_for_is_not_called),
		CASE(fingers_fail_until_a_pin_helps),
		CASE(pins_fail_until_the_reserve),
		CASE(a_person_may_refuse_and_then_not),
		CASE(a_key_that_is_reset_behind_our_back_ends_it),
		NEW(what_is_made_signs),
		NEW(a_managed_key_has_a_pin_that_nobody_knows),
		NEW(fingers_are_kept_listed_and_forgotten),
		CASE(samples_are_told_by_themselves),
		NEW(every_refusal_leaves_the_key_to_be_asked_again),
		NEW(what_was_refused_was_not_done),
		CASE(an_agent_that_leaves_at_once_is_not_told_anything),
		CASE(an_agent_that_leaves_is_not_told_of_it),
		CASE(whom_the_agent_leaves_waiting_is_left_in_peace),
		CASE(an_agent_that_says_nothing_is_left),
		CASE(what_is_said_out_of_turn_ends_it),
		CASE(what_is_no_request_ends_it),
		CASE(what_is_no_start_ends_it_before_anything_else),
		CASE(a_key_that_goes_while_nobody_asks_is_missed),
		CASE(a_key_that_goes_while_it_waits_ends_it),
		CASE(a_key_that_never_comes_is_said),
		NEW(a_card_does_the_same_and_is_missed_as_well),
		CASE(an_operation_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
