/* SPDX-License-Identifier: Apache-2.0 */
/* Which key is meant, while keys and cards come and go. */
#include "lib/inherence/device/keyfind.h"
#include "tests/support/faults.h"
#include "tests/support/key_lab.h"
#include "tests/support/unit.h"

#define WAIT_MS 10000 /* START's */
#define LOOK_MS 300   /* between two looks */

static struct key_lab lab;
static struct keyfind_key found;
static struct sy_error error;
static char told[512]; /* "1 other;2 choose;" */
static enum sy_err tell_err;
static fake_act *on_told; /* while it is told for the first time */

static int
set_up(void **state)
{
	(void)state;
	lab_begin(&lab);
	lab.start.wait_ms = WAIT_MS;
	memset(&found, 0, sizeof(found));
	memset(&error, 0, sizeof(error));
	told[0] = '\0';
	tell_err = SY_OK;
	on_told = NULL;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	keyfind_clear(&found);
	lab_end(&lab);
	return 0;
}

static enum sy_err
on_waiting(void *arg, const struct sy_keydevice_waiting *w)
{
	const size_t used = strlen(told);

	assert_ptr_equal(arg, &lab);
	(void)snprintf(told + used, sizeof(told) - used, "%u%s%s%s%s;", w->keys,
	    w->other ? " other" : "", w->old_card ? " old" : "",
	    w->choose ? " choose" : "", w->busy ? " busy" : "");
	if (on_told != NULL)
		on_told(&lab.fake);
	on_told = NULL;
	return tell_err;
}

static enum sy_err
find(void)
{
	told[0] = '\0';
	return keyfind_run(&lab.fake.host, &lab.start, on_waiting, &lab, &found,
	    &error);
}

/* Found is the USB key of this number. */
static void
find_key(size_t which)
{
	const char name[] = { 'h', 'i', 'd', 'r', 'a', 'w', (char)('0' + which),
		'\0' };

	assert_int_equal(find(), SY_OK);
	assert_non_null(found.key);
	assert_string_equal(found.name, name);
	assert_null(found.link);
	assert_int_equal(keyfind_check(&found), SY_OK);
}

static void
find_none(enum sy_err err)
{
	assert_int_equal(find(), err);
	assert_null(found.key);
	assert_null(found.link);
	assert_null(found.readers);
}

/* ${count} keys of which each holds one credential; START names them. */
static void
add_enrolled(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		(void)lab_add_usual(&lab);
		lab_enrol_on(&lab, i);
	}
	lab.fake.now = 0;
	memset(lab.opens, 0, sizeof(lab.opens));
}

/* START names a credential that nobody has. */
static void
name_a_stranger(void)
{
	lab.start.credential_count = 1;
	lab.start.credentials[0].len = 64;
	memset(lab.start.credentials[0].id, 0xaa, 64);
}

/* --- one on USB --- */

static void
a_key_in_place_that_fits_is_found_at_once(void **state)
{
	(void)state;
	add_enrolled(1);
	lab.start.credentials[1] = lab.start.credentials[0];
	name_a_stranger();
	lab.start.credential_count = 2;
	find_key(0);
	assert_string_equal(told, "");
	assert_string_equal(found.key->found.place, "Key A");
	assert_int_equal(found.key->found.credential, 1);
	live_key_pull(&lab.key[0]);
	assert_int_equal(keyfind_check(&found), SY_ERR_CARD_GONE);
}

static void
a_key_that_comes_while_waiting_is_found(void **state)
{
	(void)state;
	add_enrolled(1);
	live_key_pull(&lab.key[0]);
	fake_at(&lab.fake, 3210, lab_plug);
	find_key(0);
	assert_string_equal(told, "0;");
	assert_in_range(lab.fake.now, 3210, 3210 + 5 * LOOK_MS);
}

static void
a_key_that_holds_none_of_them_is_asked_once(void **state)
{
	(void)state;
	add_enrolled(1);
	name_a_stranger();
	find_none(SY_ERR_TIMEOUT);
	assert_string_equal(told, "1 other;");
	assert_int_equal(error.code, SY_ERR_TIMEOUT);
	assert_int_equal(lab.opens[0], 1);
	assert_in_range(lab.fake.now, WAIT_MS, WAIT_MS + 2000);
	/* It is another one when it comes back. */
	fake_at(&lab.fake, lab.fake.now + 1000, lab_pull);
	fake_at(&lab.fake, lab.fake.now + 2000, lab_plug);
	find_none(SY_ERR_TIMEOUT);
	assert_string_equal(told, "1 other;0;1 other;");
	assert_int_equal(lab.opens[0], 3);
}

static void
to_enroll_a_key_must_hold_none_of_them(void **state)
{
	(void)state;
	add_enrolled(1);
	lab.start.enroll = true;
	find_none(SY_ERR_TIMEOUT);
	assert_string_equal(told, "1 other;");
	name_a_stranger();
	find_key(0);
	assert_int_equal(found.key->found.credential, 0);
	keyfind_clear(&found);
	lab.start.credential_count = 0;
	find_key(0);
}

static void
a_key_that_keeps_credentials_can_say_whose_it_is(void **state)
{
	(void)state;
	add_enrolled(1);
	lab.start.credential_count = 0;
	find_key(0);
	/* Nothing was asked of it that shows anything. */
	assert_int_equal(lab.key[0].key->counts.asserted, 0);
}

static void
where_usb_is_not_asked_for_no_key_is_opened(void **state)
{
	(void)state;
	add_enrolled(1);
	lab.start.usb = false;
	find_none(SY_ERR_TIMEOUT);
	assert_string_equal(told, "0;");
	assert_int_equal(lab.opens[0], 0);
}

/* --- one that does not let itself be asked --- */

static void
a_key_of_another_program_is_waited_for(void **state)
{
	(void)state;
	add_enrolled(1);
	lab.refusal[0] = SY_ERR_CARD_BUSY;
	lab.refusals[0] = 20;
	find_key(0);
	assert_string_equal(told, "1;1 busy;");
	assert_int_equal(lab.opens[0], 21);
}

static void
a_key_that_is_busy_for_a_moment_is_not_told(void **state)
{
	(void)state;
	add_enrolled(1);
	lab.refusal[0] = SY_ERR_CARD_BUSY;
	lab.refusals[0] = 3;
	find_key(0);
	assert_string_equal(told, "1;");
}

static void
a_key_that_is_not_ours_is_the_reason(void **state)
{
	(void)state;
	add_enrolled(1);
	lab.refusal[0] = SY_ERR_PERM;
	lab.refusals[0] = 1000;
	find_none(SY_ERR_PERM);
	assert_int_equal(error.code, SY_ERR_PERM);
	assert_string_equal(error.place, "hidraw0");
	assert_int_equal(lab.opens[0], 10);
}

static void
a_key_that_becomes_ours_in_time_is_found(void **state)
{
	(void)state;
	add_enrolled(1);
	lab.refusal[0] = SY_ERR_PERM;
	lab.refusals[0] = 9;
	find_key(0);
}

static void
a_mute_key_is_left_alone_soon(void **state)
{
	(void)state;
	add_enrolled(1);
	lab.start.wait_ms = 60000;
	lab.key[0].mute = true;
	find_none(SY_ERR_TIMEOUT);
	assert_int_equal(lab.opens[0], 2);
}

static void
a_key_that_answers_nonsense_is_left_alone(void **state)
{
	(void)state;
	add_enrolled(1);
	live_key_fault(&lab.key[0], "garbage cmd=04 times=0");
	find_none(SY_ERR_TIMEOUT);
	assert_int_equal(lab.opens[0], 10);
	assert_string_equal(told, "1;");
}

static void
a_key_that_is_pulled_while_it_is_asked_may_come_again(void **state)
{
	(void)state;
	add_enrolled(1);
	for (unsigned int n = 1; n < 20; n++) {
		char fault[32];

		(void)snprintf(fault, sizeof(fault), "pull-out at=%u", n);
		live_key_fault(&lab.key[0], fault);
		fake_at(&lab.fake, lab.fake.now + 3000, lab_plug);
		find_key(0);
		keyfind_clear(&found);
		if (lab.key[0].scene.faults.n > 0) {
			assert_true(n > 10);
			return;
		}
		lab.fake.events = 0;
	}
	fail_msg("there is no end to it");
}

/* --- several on USB --- */

static void
touch_second(struct fake *fake)
{
	live_key_touch(&((struct key_lab *)fake)->key[1], "yes");
}

static void
nobody_touches(void)
{
	for (size_t i = 0; i < lab.count; i++) {
		live_key_touch(&lab.key[i], "wait");
		lab.key[i].scene.patience_ms = 3600000;
	}
}

static void
of_several_the_one_that_is_touched_counts(void **state)
{
	(void)state;
	add_enrolled(3);
	nobody_touches();
	fake_at(&lab.fake, 4000, touch_second);
	find_key(1);
	assert_string_equal(told, "3 choose;");
	assert_in_range(lab.fake.now, 4000, 6000);
	assert_int_equal(found.key->found.credential, 1);
	/* The others have stopped blinking. */
	assert_int_equal(lab.key[0].hid.counts.cancels, 1);
	assert_int_equal(lab.key[1].hid.counts.cancels, 0);
	assert_int_equal(lab.key[2].hid.counts.cancels, 1);
	for (size_t i = 0; i < lab.count; i++)
		assert_int_equal(lab.key[i].key->counts.asserted, 1);
}

static void
what_does_not_fit_is_not_to_be_chosen(void **state)
{
	(void)state;
	add_enrolled(2);
	lab.start.credential_count = 1;
	find_key(0);
	keyfind_clear(&found);
	lab.start.enroll = true;
	find_key(1);
	assert_string_equal(told, "");
}

static void
the_choice_is_among_those_that_fit(void **state)
{
	(void)state;
	add_enrolled(3);
	nobody_touches();
	lab.start.credentials[0] = lab.start.credentials[2];
	lab.start.credential_count = 2;
	live_key_touch(&lab.key[0], "yes");
	fake_at(&lab.fake, 4000, touch_second);
	find_key(1);
	assert_string_equal(told, "3 other choose;");
	assert_int_equal(lab.key[0].key->counts.touches, 1);
}

/* Whenever one of them goes, before the choice or in it. */
static void
of_two_the_one_that_stays_is_found(void **state)
{
	unsigned int n = 0;
	bool struck;

	(void)state;
	do {
		char fault[32];

		assert_true(++n < 1000);
		(void)tear_down(NULL);
		(void)set_up(NULL);
		add_enrolled(2);
		nobody_touches();
		(void)snprintf(fault, sizeof(fault), "pull-out at=%u", n);
		live_key_fault(&lab.key[0], fault);
		fake_at(&lab.fake, 4000, touch_second);
		find_key(1);
		struck = !lab.key[0].plugged;
	} while (struck);
	assert_true(n > 30);
}

static void
a_choice_that_nobody_makes_ends(void **state)
{
	(void)state;
	add_enrolled(2);
	nobody_touches();
	find_none(SY_ERR_TIMEOUT);
	assert_in_range(lab.fake.now, WAIT_MS, WAIT_MS + 2000);
	assert_true(lab.key[0].hid.counts.cancels >= 1);
	assert_true(lab.key[1].hid.counts.cancels >= 1);
}

static void
a_key_that_refuses_the_choice_is_asked_again(void **state)
{
	(void)state;
	add_enrolled(2);
	nobody_touches();
	live_key_touch(&lab.key[0], "no wait");
	fake_at(&lab.fake, 4000, touch_second);
	find_key(1);
}

static void
of_two_the_one_that_is_left_counts(void **state)
{
	(void)state;
	add_enrolled(2);
	nobody_touches();
	fake_at(&lab.fake, 4000, lab_pull);
	find_key(1);
	assert_in_range(lab.fake.now, 4000, 7000);
}

static void
another_that_comes_may_be_chosen_as_well(void **state)
{
	(void)state;
	add_enrolled(3);
	nobody_touches();
	live_key_pull(&lab.key[0]);
	fake_at(&lab.fake, 3000, lab_plug);
	fake_at(&lab.fake, 6000, touch_second);
	find_key(1);
	assert_string_equal(told, "2 choose;3 choose;");
}

/* Out and in again between two looks: its old line is dead. */
static void
a_key_that_was_plugged_in_anew_is_asked_anew(void **state)
{
	(void)state;
	add_enrolled(2);
	nobody_touches();
	fake_at(&lab.fake, 3000, lab_plug);
	fake_at(&lab.fake, 6000, touch_second);
	find_key(1);
	assert_in_range(lab.opens[0], 2, 10);
	assert_in_range(lab.fake.now, 6000, 9000);
}

/* --- the agent --- */

static void
an_agent_may_leave_at_any_look(void **state)
{
	unsigned long touches;
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	add_enrolled(2);
	nobody_touches();
	do {
		assert_true(++n < 1000);
		keyfind_clear(&found);
		lab.fake.closed = false;
		lab.fake.events = 0;
		live_key_touch(&lab.key[1], "wait");
		fake_at(&lab.fake, lab.fake.now + 2000, touch_second);
		touches = lab.key[1].key->counts.touches;
		lab.leaves_at = lab.looks + n;
		err = find();
		/* Once it is touched it may be found as well: whoever is told
		 * of it sees that nobody listens. */
		if (err != SY_OK || lab.key[1].key->counts.touches == touches)
			assert_int_equal(err,
			    lab.fake.closed ? SY_ERR_CLOSED : SY_OK);
	} while (lab.fake.closed);
	assert_true(n > 40);
	lab.leaves_at = 0;
	assert_string_equal(found.name, "hidraw1");
}

static void
an_agent_that_speaks_out_of_turn_ends_it(void **state)
{
	(void)state;
	add_enrolled(1);
	fake_reply(&lab.fake, "x", 1);
	find_none(SY_ERR_PROTOCOL);
	assert_int_equal(lab.key[0].key->counts.asserted, 0);
}

static void
an_agent_that_is_told_in_vain_ends_it(void **state)
{
	(void)state;
	add_enrolled(1);
	name_a_stranger();
	tell_err = SY_ERR_CLOSED;
	find_none(SY_ERR_CLOSED);
	lab.start.credential_count = 0;
	lab.start.reader = true;
	lab.start.usb = false;
	find_none(SY_ERR_CLOSED);
}

static void
finding_survives_every_failed_allocation(void **state)
{
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	/* One alone: a choice is an allocation for the virtual key as well. */
	add_enrolled(1);
	lab.start.reader = true;
	do {
		faults_arm(++n);
		err = find();
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 2);
}

/* --- in readers --- */

/* A card that is a key, in the reader. */
static void
add_card(void)
{
	lab_add_card(&lab);
	lab.start.reader = true;
}

static void
find_card(void)
{
	assert_int_equal(find(), SY_OK);
	assert_non_null(found.key);
	assert_non_null(found.link);
	assert_true(found.key->found.reader);
	assert_string_equal(found.key->found.place, "Reader A");
	assert_int_equal(keyfind_check(&found), SY_OK);
}

/* The same, with a credential that START names. */
static void
add_enrolled_card(void)
{
	add_card();
	lab.start.enroll = true;
	find_card();
	lab_enrol(&lab, found.key, false);
	keyfind_clear(&found);
	lab.start.enroll = false;
}

static void
a_key_in_a_reader_is_found(void **state)
{
	(void)state;
	add_enrolled_card();
	find_card();
	assert_string_equal(told, "");
	assert_int_equal(found.key->found.credential, 0);
	fake_remove(&lab.fake);
	assert_int_equal(keyfind_check(&found), SY_ERR_CARD_GONE);
}

static void
a_card_that_is_put_in_while_waiting_is_found(void **state)
{
	(void)state;
	add_enrolled_card();
	fake_remove(&lab.fake);
	fake_at(&lab.fake, lab.fake.now + 3000, fake_insert);
	find_card();
	assert_string_equal(told, "0;");
}

static void
fresh_counts_only_what_is_put_in_after_waiting(void **state)
{
	(void)state;
	add_enrolled_card();
	lab.start.fresh = true;
	find_none(SY_ERR_TIMEOUT);
	assert_string_equal(told, "0 old;");
	fake_at(&lab.fake, lab.fake.now + 1000, fake_remove);
	fake_at(&lab.fake, lab.fake.now + 2000, fake_insert);
	find_card();
	assert_string_equal(told, "0 old;0;");
}

/* It came before the person could have been asked for it. */
static void
fresh_does_not_count_what_comes_while_waiting_is_told(void **state)
{
	(void)state;
	add_enrolled_card();
	fake_remove(&lab.fake);
	lab.start.fresh = true;
	on_told = fake_insert;
	find_none(SY_ERR_TIMEOUT);
	assert_string_equal(told, "0;0 old;");
}

static void
a_card_that_holds_none_of_them_is_told_until_it_goes(void **state)
{
	(void)state;
	add_card();
	name_a_stranger();
	fake_at(&lab.fake, lab.fake.now + 3000, fake_remove);
	find_none(SY_ERR_TIMEOUT);
	assert_string_equal(told, "1 other old;0;");
}

static void
a_card_that_is_no_key_does_not_count(void **state)
{
	(void)state;
	lab.start.reader = true;
	lab.fake.reader[0].stranger = true;
	fake_insert(&lab.fake);
	name_a_stranger();
	find_none(SY_ERR_TIMEOUT);
	assert_string_equal(told, "0 old;");
}

static void
a_card_that_others_reset_is_asked_again(void **state)
{
	(void)state;
	add_enrolled_card();
	lab.fake.trouble.call = FAKE_TRANSMIT;
	lab.fake.trouble.rv = SCARD_W_RESET_CARD;
	lab.fake.trouble.times = 4;
	find_card();
	keyfind_clear(&found);
	/* Not for ever. */
	lab.fake.trouble.times = 5;
	find_none(SY_ERR_TIMEOUT);
}

static void
a_key_on_usb_comes_before_one_in_a_reader(void **state)
{
	(void)state;
	add_enrolled_card();
	(void)lab_add_usual(&lab);
	lab_enrol_on(&lab, 0);
	find_key(0);
	keyfind_clear(&found);
	live_key_pull(&lab.key[0]);
	find_card();
}

static void
an_agent_may_leave_while_a_card_is_asked(void **state)
{
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	add_enrolled_card();
	do {
		assert_true(++n < 1000);
		lab.fake.closed = false;
		lab.leaves_at = lab.looks + n;
		err = find();
		if (lab.fake.closed)
			assert_int_equal(err, SY_ERR_CLOSED);
	} while (err != SY_OK);
	assert_true(n > 2);
	lab.leaves_at = 0;
}

static void
finding_a_card_survives_every_failed_allocation(void **state)
{
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	add_enrolled_card();
	lab.start.fresh = true;
	do {
		lab.fake.events = 0;
		fake_at(&lab.fake, lab.fake.now + 1000, fake_remove);
		fake_at(&lab.fake, lab.fake.now + 2000, fake_insert);
		faults_arm(++n);
		err = find();
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 3);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_key_in_place_that_fits_is_found_at_once),
		CASE(a_key_that_comes_while_waiting_is_found),
		CASE(a_key_that_holds_none_of_them_is_asked_once),
		CASE(to_enroll_a_key_must_hold_none_of_them),
		CASE(a_key_that_keeps_credentials_can_say_whose_it_is),
		CASE(where_usb_is_not_asked_for_no_key_is_opened),
		CASE(a_key_of_another_program_is_waited_for),
		CASE(a_key_that_is_busy_for_a_moment_is_not_told),
		CASE(a_key_that_is_not_ours_is_the_reason),
		CASE(a_key_that_becomes_ours_in_time_is_found),
		CASE(a_mute_key_is_left_alone_soon),
		CASE(a_key_that_answers_nonsense_is_left_alone),
		CASE(a_key_that_is_pulled_while_it_is_asked_may_come_again),
		CASE(of_several_the_one_that_is_touched_counts),
		CASE(what_does_not_fit_is_not_to_be_chosen),
		CASE(the_choice_is_among_those_that_fit),
		CASE(of_two_the_one_that_stays_is_found),
		CASE(a_choice_that_nobody_makes_ends),
		CASE(a_key_that_refuses_the_choice_is_asked_again),
		CASE(of_two_the_one_that_is_left_counts),
		CASE(another_that_comes_may_be_chosen_as_well),
		CASE(a_key_that_was_plugged_in_anew_is_asked_anew),
		CASE(an_agent_may_leave_at_any_look),
		CASE(an_agent_that_speaks_out_of_turn_ends_it),
		CASE(an_agent_that_is_told_in_vain_ends_it),
		CASE(finding_survives_every_failed_allocation),
		CASE(a_key_in_a_reader_is_found),
		CASE(a_card_that_is_put_in_while_waiting_is_found),
		CASE(fresh_counts_only_what_is_put_in_after_waiting),
		CASE(fresh_does_not_count_what_comes_while_waiting_is_told),
		CASE(a_card_that_holds_none_of_them_is_told_until_it_goes),
		CASE(a_card_that_is_no_key_does_not_count),
		CASE(a_card_that_others_reset_is_asked_again),
		CASE(a_key_on_usb_comes_before_one_in_a_reader),
		CASE(an_agent_may_leave_while_a_card_is_asked),
		CASE(finding_a_card_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
