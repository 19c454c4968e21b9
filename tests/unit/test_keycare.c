/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include "agent/keycare.h"
#include "agent/login.h"
#include "tests/support/fake_talk.h"

/*
 * What is done to a FIDO2 key besides logins, against a scripted world. A
 * script is a string of events, the trace what the machine did: see
 * fake_talk.h.
 *
 *   F  device: a key was found    P  its PIN is typed
 *   l  device: fingers            N  a new PIN is typed, n another one
 *   0  device: no finger          z  nothing is typed
 *   d  device: done               q  no answer is given
 *   s  device: a good sample      T  the timer fires
 *   B  device: wrong PIN          G  device: key gone
 *   f  device: PIN not taken      E  device: no room for a finger
 *   o  the caller goes away
 */
struct world {
	struct fake_talk fake;
	struct keycare care;
	struct sy_keydevice_found found;
};

static void
says(struct world *w, const struct talk_event *event)
{
	keycare_on_device(&w->care, event);
}

static void
finds(struct world *w)
{
	const struct talk_event e = { .type = TALK_KEY_FOUND,
		.found = &w->found };

	w->found.pin_tries = (uint8_t)w->fake.tries;
	says(w, &e);
}

static void
lists(struct world *w, uint16_t count)
{
	struct sy_keydevice_list list = {
		.fingers = { { .template_id = { 1 },
				 .template_len = 1,
				 .name = "thumb" },
		    { .template_id = { 2 }, .template_len = 1, .name = "twin" },
		    { .template_id = { 3 },
			.template_len = 1,
			.name = "twin" } },
		.count = count,
	};
	const struct talk_event e = { .type = TALK_KEY_LIST, .list = &list };

	says(w, &e);
}

static void
refuses(struct world *w, enum sy_err code, unsigned int tries)
{
	const struct talk_event e = { .type = TALK_KEY_REFUSED,
		.refused = { .code = (uint8_t)code, .tries = (uint8_t)tries } };

	says(w, &e);
}

static void
is_simply(struct world *w, enum talk_device type)
{
	const struct talk_event e = { .type = type,
		.touch = { .what = SY_KEY_TOUCH_SAMPLE, .remaining = 2 },
		.failed = { .kind = SY_FAILURE_DEVICE,
		    .code = SY_ERR_CARD_GONE,
		    .tries = 255 } };

	says(w, &e);
}

static void
answers(struct world *w, const char *text)
{
	struct sy_secret *answer = fake_talk_secret(text);

	keycare_on_answer(&w->care, w->fake.prompt, &answer);
	assert_null(answer);
}

static void
play_person(struct world *w, char event)
{
	switch (event) {
	case 'P':
		answers(w, "old-2468");
		break;
	case 'N':
		answers(w, "new-2468");
		break;
	case 'n':
		answers(w, "new-1357");
		break;
	case 'z':
		answers(w, "");
		break;
	case 'q':
		answers(w, NULL);
		break;
	case 'T':
		keycare_on_timer(&w->care);
		break;
	case 'o':
		keycare_on_closed(&w->care);
		break;
	default:
		fail_msg("no such event: %c", event);
	}
}

static void
play(struct world *w, const char *script)
{
	for (const char *p = script; *p != '\0'; p++)
		switch (*p) {
		case 'F':
			finds(w);
			break;
		case 'l':
			lists(w, 3);
			break;
		case '0':
			lists(w, 0);
			break;
		case 'd':
			is_simply(w, TALK_DEVICE_DONE);
			break;
		case 's':
			is_simply(w, TALK_KEY_TOUCH);
			break;
		case 'G':
			is_simply(w, TALK_DEVICE_FAILED);
			break;
		case 'B':
			refuses(w, SY_ERR_PIN_WRONG, --w->fake.tries);
			break;
		case 'f':
			refuses(w, SY_ERR_PIN_FORMAT, 255);
			break;
		case 'E':
			refuses(w, SY_ERR_EXISTS, 255);
			break;
		default:
			play_person(w, *p);
		}
}

static void
begin(struct world *w, enum sy_key_task task, const char *finger)
{
	const struct login_setup setup = { .server = "server.example",
		.terminal = "pc1",
		.card_wait_ms = 60000 };
	struct sy_dialog_key request = { .user = "suzuki",
		.task = (uint8_t)task };

	memset(w, 0, sizeof(*w));
	fake_talk_open(&w->fake);
	w->fake.keys = true;
	w->fake.tries = 8;
	w->found = (struct sy_keydevice_found){ .place = "Vendor Key 5",
		.pin_supported = true,
		.pin_set = true,
		.uv_supported = true,
		.bio_enroll = true,
		.pin_min = 4,
		.uv_tries = 255 };
	(void)snprintf(request.finger, sizeof(request.finger), "%s", finger);
	keycare_start(&w->care, &w->fake.talk, &setup, &request);
}

static void
end(struct world *w)
{
	keycare_on_closed(&w->care);
	assert_null(w->care.key.pin);
	assert_null(w->care.newpin.fresh);
}

/* CARD-7 */
static void
every_event_at_every_state_has_its_outcome(void **state)
{
	static const struct {
		const char *what;
		enum sy_key_task task;
		const char *finger;
		const char *script;
		const char *trace;
	} tc[] = {
		{ "another PIN", SY_KEY_CHANGE_PIN, "", "FPNNd", "d???P.A" },
		{ "the old one was wrong", SY_KEY_CHANGE_PIN, "", "FPNNBPd",
		    "d???Pe?P.A" },
		{ "two different ones", SY_KEY_CHANGE_PIN, "", "FPNnNNd",
		    "d???e??P.A" },
		{ "one that the key does not take", SY_KEY_CHANGE_PIN, "",
		    "FPNNfnnd", "d???Pe??P.A" },
		{ "none typed", SY_KEY_CHANGE_PIN, "", "FPzNNd", "d??e??P.A" },
		{ "given up", SY_KEY_CHANGE_PIN, "", "FPq", "d??.C" },
		{ "given up at the old one", SY_KEY_CHANGE_PIN, "", "Fq",
		    "d?.C" },
		{ "too slow", SY_KEY_CHANGE_PIN, "", "FPNT", "d???.C" },
		{ "gone meanwhile", SY_KEY_CHANGE_PIN, "", "FPNGFPNNd",
		    "d???ed???P.A" },
		{ "no key", SY_KEY_CHANGE_PIN, "", "T", "d.C" },
		{ "the caller goes", SY_KEY_CHANGE_PIN, "", "FPo", "d??." },
		{ "fingers", SY_KEY_LIST_FINGERS, "", "FPl", "d?L.A" },
		{ "none", SY_KEY_LIST_FINGERS, "", "FP0", "d?L.A" },
		{ "a wrong PIN", SY_KEY_LIST_FINGERS, "", "FPBPl", "d?Le?L.A" },
		{ "one more", SY_KEY_ADD_FINGER, "", "FPlssdl", "d?LEL.A" },
		{ "no room", SY_KEY_ADD_FINGER, "", "FPlE", "d?LE.D" },
		{ "one less", SY_KEY_REMOVE_FINGER, "thumb", "FPldl",
		    "d?LGL.A" },
		{ "the last one", SY_KEY_REMOVE_FINGER, "thumb", "FPld0",
		    "d?LGL.A" },
		{ "none of that name", SY_KEY_REMOVE_FINGER, "toe", "FPl",
		    "d?L.D" },
		{ "two of that name", SY_KEY_REMOVE_FINGER, "twin", "FPl",
		    "d?L.D" },
		{ "an answer to another question", SY_KEY_LIST_FINGERS, "",
		    "FPd", "d?L.E" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, tc[i].task, tc[i].finger);
		play(&w, tc[i].script);
		assert_string_equal(fake_talk_trace(&w.fake), tc[i].trace);
		end(&w);
	}
}

static void
the_old_pin_and_the_new_one_keep_their_places(void **state)
{
	struct world w;

	(void)state;
	begin(&w, SY_KEY_CHANGE_PIN, "");
	play(&w, "FPNN");
	assert_string_equal(w.fake.old_pin, "old-2468");
	assert_string_equal(w.fake.pin, "new-2468");
	assert_false(w.fake.random);
	/* Any key will do: none is excluded, and none has to know us. */
	assert_true(w.fake.start.enroll);
	assert_int_equal(w.fake.start.credential_count, 0);
	assert_int_equal(w.fake.start.reserve, 1);
	end(&w);
	/* One that is due is asked for all the same. */
	begin(&w, SY_KEY_CHANGE_PIN, "");
	w.found.pin_change_due = true;
	play(&w, "FPNNd");
	assert_string_equal(fake_talk_trace(&w.fake), "d???P.A");
	end(&w);
	/* And a key without one gets its first. */
	begin(&w, SY_KEY_CHANGE_PIN, "");
	w.found.pin_set = false;
	play(&w, "FNNfnnd");
	assert_string_equal(fake_talk_trace(&w.fake), "d??Pe??P.A");
	assert_string_equal(w.fake.old_pin, "");
	assert_string_equal(w.fake.pin, "new-1357");
	end(&w);
}

/* CARD-7 */
static void
the_last_try_of_a_key_is_never_sent(void **state)
{
	struct world w;

	(void)state;
	begin(&w, SY_KEY_LIST_FINGERS, "");
	w.fake.tries = 2;
	play(&w, "FPB");
	assert_string_equal(fake_talk_trace(&w.fake), "d?L.M");
	assert_int_equal(w.fake.pins, 1);
	end(&w);
}

static void
what_a_key_can_not_do_is_said(void **state)
{
	struct world w;

	(void)state;
	begin(&w, SY_KEY_ADD_FINGER, "");
	w.found.bio_enroll = false;
	play(&w, "F");
	assert_string_equal(fake_talk_trace(&w.fake), "d.D");
	assert_non_null(strstr(w.fake.result.text, "no sensor"));
	end(&w);
	begin(&w, SY_KEY_CHANGE_PIN, "");
	w.found.pin_supported = w.found.pin_set = false;
	play(&w, "F");
	assert_string_equal(fake_talk_trace(&w.fake), "d.D");
	end(&w);
	/* Fingers need a PIN behind them. */
	begin(&w, SY_KEY_LIST_FINGERS, "");
	w.found.pin_set = false;
	play(&w, "F");
	assert_string_equal(fake_talk_trace(&w.fake), "d.D");
	end(&w);
}

static void
fingers_are_told_by_their_names(void **state)
{
	struct world w;

	(void)state;
	begin(&w, SY_KEY_LIST_FINGERS, "");
	play(&w, "FPl");
	assert_non_null(strstr(w.fake.result.text, "thumb, twin, twin"));
	end(&w);
	begin(&w, SY_KEY_ADD_FINGER, "left index");
	play(&w, "FPld0");
	assert_string_equal(w.fake.finger, "left index");
	end(&w);
	begin(&w, SY_KEY_ADD_FINGER, "");
	play(&w, "FPl");
	assert_string_equal(w.fake.finger, "finger 4");
	end(&w);
	begin(&w, SY_KEY_ADD_FINGER, "thumb");
	play(&w, "FPl");
	assert_string_equal(fake_talk_trace(&w.fake), "d?L.D");
	assert_non_null(strstr(w.fake.result.text, "another name"));
	end(&w);
	begin(&w, SY_KEY_REMOVE_FINGER, "thumb");
	play(&w, "FPld0");
	assert_non_null(strstr(w.fake.result.text, "\"thumb\" was removed"));
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_at_every_state_has_its_outcome),
		cmocka_unit_test(the_old_pin_and_the_new_one_keep_their_places),
		cmocka_unit_test(the_last_try_of_a_key_is_never_sent),
		cmocka_unit_test(what_a_key_can_not_do_is_said),
		cmocka_unit_test(fingers_are_told_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
