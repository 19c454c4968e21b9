/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation from START to its end, in a world of its own: cards and readers
 * come and go, pcscd dies, other programs hold the card. (CARD-6, CARD-7,
 * MFA-4)
 */
#include "lib/possession/device/operation.h"
#include "tests/support/fake_pcsc.h"
#include "tests/support/faults.h"
#include "tests/support/unit.h"

static struct fake f;

static void
run(const char *said)
{
	enum sy_err err;

	fake_ready(&f);
	err = operation_run(&f.host);
	assert_string_equal(f.said, said);
	assert_int_equal(err == SY_OK, strstr(said, "signature") != NULL);
	fake_check_closed(&f);
}

/* A card is in, the right PIN is typed. */
static void
begin(void)
{
	fake_init(&f);
	fake_insert(&f);
	f.pin[0] = "246802";
}

static void
a_card_in_place_signs(void **state)
{
	(void)state;
	begin();
	run("card 5;signature;");
	assert_int_equal(f.verifies, 1);
	assert_int_equal(f.now, 0);
}

static void
the_open_key_signs_without_a_pin(void **state)
{
	(void)state;
	begin();
	f.open = true;
	f.start.slot = SY_SLOT_OPEN;
	f.pin[0] = "";
	run("card 255;signature;");
	assert_int_equal(f.verifies, 0);
	begin();
	f.open = true;
	f.start.slot = SY_SLOT_OPEN;
	run("card 255;failed device protocol 255;");
	assert_int_equal(f.verifies, 0);
}

static void
a_card_put_in_while_waiting_signs_at_once(void **state)
{
	(void)state;
	fake_init(&f);
	f.pin[0] = "246802";
	fake_at(&f, 3210, fake_insert);
	run("waiting 1;card 5;signature;");
	assert_int_equal(f.now, 3210);
}

static void
fresh_counts_only_what_is_put_in_after_waiting(void **state)
{
	(void)state;
	begin();
	f.start.fresh = true;
	run("waiting old 1;failed device timeout 255;");
	assert_int_equal(f.verifies, 0);
	assert_in_range(f.now, 10000, 11000);

	begin();
	f.start.fresh = true;
	fake_at(&f, 1000, fake_remove);
	run("waiting old 1;waiting 1;failed device timeout 255;");

	begin();
	f.start.fresh = true;
	fake_at(&f, 1000, fake_remove);
	fake_at(&f, 1500, fake_insert);
	run("waiting old 1;waiting 1;card 5;signature;");
}

/* It came before the person could have been asked for it. */
static void
fresh_does_not_count_what_comes_while_waiting_is_told(void **state)
{
	(void)state;
	fake_init(&f);
	f.start.fresh = true;
	f.pin[0] = "246802";
	f.on_wait = fake_insert;
	run("waiting 1;waiting old 1;failed device timeout 255;");
	assert_int_equal(f.verifies, 0);
}

static void
a_card_swapped_before_we_have_it_is_looked_at_again(void **state)
{
	(void)state;
	begin();
	f.on_connect = fake_swap;
	run("waiting 1;card 5;signature;");
	assert_int_equal(f.trouble_count[FAKE_CONNECT], 2);
}

static void
a_pseudo_reader_that_cries_wolf_is_not_believed(void **state)
{
	(void)state;
	fake_init(&f);
	f.wolf = true;
	f.pin[0] = "246802";
	fake_at(&f, 3000, fake_insert);
	run("waiting 1;card 5;signature;");
	assert_int_equal(f.now, 3000);
}

static void
a_hash_of_another_length_spends_no_pin(void **state)
{
	(void)state;
	begin();
	f.hash_len = 48;
	run("card 5;failed device protocol 5;");
	assert_int_equal(f.verifies, 0);
}

static void
a_quick_swap_shows_in_the_event_counter(void **state)
{
	(void)state;
	begin();
	f.start.fresh = true;
	fake_at(&f, 1000, fake_swap);
	run("waiting old 1;card 5;signature;");
}

static void
plug_second_reader(struct fake *w)
{
	w->reader[1].name = "Token B";
	w->reader[1].present = true;
	w->reader[1].counter = 1;
}

static void
unplug_first_reader(struct fake *w)
{
	w->reader[0].name = NULL;
}

static void
plug_first_reader(struct fake *w)
{
	w->reader[0].name = "Reader A";
}

static void
a_reader_plugged_in_with_its_card_counts(void **state)
{
	(void)state;
	for (int pnp = 0; pnp < 2; pnp++) {
		fake_init(&f);
		f.pnp = pnp == 1;
		f.start.fresh = true;
		f.pin[0] = "246802";
		fake_at(&f, 2000, plug_second_reader);
		run("waiting 1;card 5;signature;");
		assert_in_range(f.now, 2000, 2600);
	}
}

static void
readers_come_and_go(void **state)
{
	(void)state;
	fake_init(&f);
	f.reader[0].name = NULL;
	f.pin[0] = "246802";
	fake_at(&f, 1000, plug_first_reader);
	fake_at(&f, 2000, unplug_first_reader);
	fake_at(&f, 3000, plug_first_reader);
	fake_at(&f, 4000, fake_insert);
	run("waiting 0;waiting 1;waiting 0;waiting 1;card 5;signature;");
	assert_int_equal(f.now, 4000);
}

static void
without_a_reader_the_wait_says_so(void **state)
{
	(void)state;
	fake_init(&f);
	f.reader[0].name = NULL;
	run("waiting 0;failed device reader 255;");
}

static void
pcscd_may_come_late(void **state)
{
	static const LONG down[] = { SCARD_E_NO_SERVICE, SCARD_E_NO_ACCESS,
		SCARD_F_COMM_ERROR };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(down); i++) {
		begin();
		f.up = false;
		f.down = down[i];
		fake_at(&f, 5000, fake_start_pcscd);
		run("waiting 0;card 5;signature;");
		/* The back-off has its limit. */
		assert_in_range(f.now, 5000, 7000);
	}
}

static void
without_pcscd_the_wait_says_so(void **state)
{
	(void)state;
	begin();
	f.up = false;
	run("waiting 0;failed device pcsc 255;");
	assert_in_range(f.now, 10000, 11000);
	/* Not asked over and over. */
	assert_in_range(f.trouble_count[FAKE_ESTABLISH], 5, 20);
}

static void
after_a_restart_of_pcscd_what_is_in_place_is_old(void **state)
{
	(void)state;
	fake_init(&f);
	f.start.fresh = true;
	f.pin[0] = "246802";
	fake_at(&f, 1000, fake_kill_pcscd);
	fake_at(&f, 1500, fake_insert);
	fake_at(&f, 2000, fake_start_pcscd);
	fake_at(&f, 6000, fake_swap);
	run("waiting 1;waiting 0;waiting old 1;card 5;signature;");
	assert_int_equal(f.now, 6000);

	begin();
	f.start.fresh = true;
	fake_at(&f, 1000, fake_kill_pcscd);
	fake_at(&f, 2000, fake_start_pcscd);
	run("waiting old 1;waiting 0;waiting old 1;failed device timeout "
	    "255;");
	assert_int_equal(f.verifies, 0);
}

static void
pcscd_dying_while_the_pin_is_typed_ends_it(void **state)
{
	(void)state;
	begin();
	f.on_card = fake_kill_pcscd;
	run("card 5;failed device pcsc 5;");
	assert_int_equal(f.verifies, 0);
}

static void
a_card_that_goes_kills_the_prompt(void **state)
{
	static fake_act *const acts[] = { fake_remove, fake_swap };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(acts); i++) {
		/* before the PIN came */
		begin();
		f.on_card = acts[i];
		run("card 5;failed device card-gone 5;");
		assert_int_equal(f.verifies, 0);
		/* while it is typed: noticed at once */
		begin();
		f.silent = true;
		fake_at(&f, 20000, acts[i]);
		run("card 5;failed device card-gone 5;");
		assert_in_range(f.now, 20000, 20200);
		/* before the second one */
		begin();
		f.pin[0] = "111111";
		f.pin[1] = "246802";
		f.on_wrong = acts[i];
		run("card 5;wrong 4;failed device card-gone 4;");
		assert_int_equal(f.verifies, 1);
	}
	begin();
	f.on_card = unplug_first_reader;
	run("card 5;failed device reader 5;");
	assert_int_equal(f.verifies, 0);
	begin();
	f.on_card = fake_reset;
	run("card 5;failed device card-gone 5;");
	assert_int_equal(f.verifies, 0);
}

static void
an_agent_that_never_asks_is_left(void **state)
{
	(void)state;
	begin();
	f.silent = true;
	run("card 5;failed device timeout 5;");
	assert_in_range(f.now, 180000, 181000);
}

static void
an_agent_that_leaves_ends_it(void **state)
{
	(void)state;
	begin();
	f.on_card = fake_close;
	run("card 5;");
	assert_int_equal(f.verifies, 0);
	fake_init(&f);
	fake_at(&f, 1234, fake_close);
	run("waiting 1;");
	assert_in_range(f.now, 1234, 2300);
}

static void
a_pin_that_comes_before_the_card_is_not_used(void **state)
{
	(void)state;
	begin();
	f.eager = true;
	run("failed device protocol 255;");
	assert_int_equal(f.verifies, 0);
}

static void
one_verify_for_each_pin(void **state)
{
	(void)state;
	begin();
	f.pin[0] = "12345";
	f.pin[1] = "111111";
	f.pin[2] = "222222";
	f.pin[3] = "246802";
	run("card 5;format 6;wrong 4;wrong 3;signature;");
	assert_int_equal(f.verifies, 3);
}

static void
the_reserve_is_kept(void **state)
{
	static const struct {
		uint8_t tries, reserve;
		const char *said;
		unsigned int verifies;
	} tc[] = {
		{ 1, 1, "failed device pin-reserve 1;", 0 },
		{ 2, 1, "card 2;failed credential pin-reserve 1;", 1 },
		{ 3, 1, "card 3;wrong 2;failed credential pin-reserve 1;", 2 },
		{ 2, 2, "failed device pin-reserve 2;", 0 },
		{ 1, 0, "card 1;failed credential pin-blocked 0;", 1 },
		{ 0, 0, "failed device pin-blocked 0;", 0 },
		{ 0, 1, "failed device pin-blocked 0;", 0 },
		{ 15, 15, "failed device pin-reserve 15;", 0 },
	};

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin();
		f.tries = tc[i].tries;
		f.start.reserve = tc[i].reserve;
		for (unsigned int n = 0; n < FAKE_PINS; n++)
			f.pin[n] = "999999";
		run(tc[i].said);
		assert_int_equal(f.verifies, tc[i].verifies);
		assert_int_equal(f.tries, tc[i].tries - tc[i].verifies);
	}
}

static void
enrolment_proves_that_the_key_needs_its_pin(void **state)
{
	(void)state;
	begin();
	f.start.enroll = true;
	run("card+ 5;signature;");
	assert_int_equal(f.resets, 1);
	begin();
	f.start.enroll = true;
	f.open = true;
	run("failed device key-open 255;");
	assert_int_equal(f.verifies, 0);
	/* Verified by another program: the reset shows the truth. */
	begin();
	f.start.enroll = true;
	f.verified = true;
	run("card+ 5;signature;");
	begin();
	f.start.enroll = true;
	f.pin[0] = "123456";
	run("card+ 5;failed credential pin-factory 5;");
	assert_int_equal(f.verifies, 0);
}

static void
a_pin_that_somebody_verified_is_reset_first(void **state)
{
	(void)state;
	begin();
	f.verified = true;
	run("card 5;signature;");
	assert_int_equal(f.resets, 1);
	assert_int_equal(f.verifies, 1);
	/* And if that does not help, no PIN is sent. */
	begin();
	f.verified = true;
	f.sticky = true;
	run("failed device card 255;");
	assert_int_equal(f.verifies, 0);
}

static void
others_at_the_card_are_waited_for(void **state)
{
	(void)state;
	begin();
	f.exclusive_until = 2900;
	run("card 5;signature;");
	begin();
	f.exclusive_until = 60000;
	run("failed device card-busy 255;");
	assert_in_range(f.now, 3000, 3200);
	begin();
	f.transaction_until = 2900;
	run("card 5;signature;");
	begin();
	f.transaction_until = 60000;
	run("");
	assert_int_equal(f.died, SY_ERR_CARD_BUSY);
}

static void
a_mute_card_is_left_to_the_guard(void **state)
{
	(void)state;
	begin();
	f.mute_at_sign = true;
	run("card 5;");
	assert_int_equal(f.died, SY_ERR_CARD_MUTE);
	assert_int_equal(f.verifies, 1);
}

static void
resets_by_others_are_borne_before_the_card_is_told(void **state)
{
	(void)state;
	begin();
	f.trouble.call = FAKE_TRANSMIT;
	f.trouble.nth = 3;
	f.trouble.times = 1;
	f.trouble.rv = SCARD_W_RESET_CARD;
	run("waiting 1;card 5;signature;");
	begin();
	f.trouble.call = FAKE_BEGIN;
	f.trouble.nth = 1;
	f.trouble.times = 100;
	f.trouble.rv = SCARD_W_RESET_CARD;
	run("waiting 1;failed device card-gone 255;");
	assert_int_equal(f.trouble_count[FAKE_BEGIN], 5);
}

/* Whatever pcscd answers to any call at any time. */
static void
no_trouble_sends_a_second_pin_or_leaves_anything_open(void **state)
{
	static const LONG rvs[] = { SCARD_W_RESET_CARD, SCARD_W_REMOVED_CARD,
		SCARD_E_NO_SMARTCARD, SCARD_E_NOT_TRANSACTED,
		SCARD_F_COMM_ERROR, SCARD_E_NO_SERVICE, SCARD_E_INVALID_HANDLE,
		SCARD_E_READER_UNAVAILABLE, SCARD_E_UNKNOWN_READER,
		SCARD_E_SHARING_VIOLATION, SCARD_W_UNRESPONSIVE_CARD,
		SCARD_W_UNPOWERED_CARD, SCARD_E_PROTO_MISMATCH,
		SCARD_E_INSUFFICIENT_BUFFER, SCARD_E_TIMEOUT, SCARD_E_CANCELLED,
		SCARD_F_INTERNAL_ERROR, (LONG)0x80109999 };

	(void)state;
	for (size_t i = 0; i < SY_COUNT(rvs); i++) {
		for (int call = 0; call < FAKE_CALLS; call++) {
			for (unsigned int nth = 1; nth < 12; nth++) {
				begin();
				f.pin[1] = "246802";
				f.trouble.call = (enum fake_call)call;
				f.trouble.nth = nth;
				f.trouble.times = 1;
				f.trouble.rv = rvs[i];
				fake_ready(&f);
				(void)operation_run(&f.host);
				assert_in_range(f.verifies, 0, 1);
				assert_true(strstr(f.said, "signature") !=
					NULL ||
				    strstr(f.said, "failed") != NULL);
				fake_check_closed(&f);
			}
		}
	}
}

static void
strangers_that_lie_there_are_passed_over(void **state)
{
	(void)state;
	/* A card of another kind in the first reader, ours in the second. */
	begin();
	f.reader[0].stranger = true;
	plug_second_reader(&f);
	run("card 5;signature;");
	/* Nothing but the stranger. */
	begin();
	f.reader[0].stranger = true;
	run("waiting old 1;failed device timeout 255;");
	/* Upside down. */
	begin();
	f.reader[0].dumb = true;
	run("waiting old 1;failed device timeout 255;");
	/* Put in by hand: the person is told. */
	fake_init(&f);
	f.reader[0].stranger = true;
	fake_at(&f, 500, fake_insert);
	run("waiting 1;failed device card-unknown 255;");
	fake_init(&f);
	f.reader[0].dumb = true;
	fake_at(&f, 500, fake_insert);
	run("waiting 1;failed device card-mute 255;");
}

static void
a_reader_s_name_is_made_harmless(void **state)
{
	(void)state;
	begin();
	f.reader[0].name = "Evil\x1b[2J\xff Reader";
	run("card 5;signature;");
}

static void
an_operation_survives_every_failed_allocation(void **state)
{
	unsigned int n = 0;
	enum sy_err err;

	(void)state;
	do {
		begin();
		f.start.enroll = true;
		fake_ready(&f);
		faults_arm(++n);
		err = operation_run(&f.host);
		if (faults_disarm())
			assert_int_equal(err, SY_ERR_NOMEM);
		fake_check_closed(&f);
		assert_in_range(f.verifies, 0, 1);
	} while (err == SY_ERR_NOMEM);
	assert_int_equal(err, SY_OK);
	assert_true(n > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_in_place_signs),
		cmocka_unit_test(the_open_key_signs_without_a_pin),
		cmocka_unit_test(a_card_put_in_while_waiting_signs_at_once),
		cmocka_unit_test(
		    fresh_counts_only_what_is_put_in_after_waiting),
		cmocka_unit_test(
		    fresh_does_not_count_what_comes_while_waiting_is_told),
		cmocka_unit_test(
		    a_card_swapped_before_we_have_it_is_looked_at_again),
		cmocka_unit_test(
		    a_pseudo_reader_that_cries_wolf_is_not_believed),
		cmocka_unit_test(a_hash_of_another_length_spends_no_pin),
		cmocka_unit_test(a_quick_swap_shows_in_the_event_counter),
		cmocka_unit_test(a_reader_plugged_in_with_its_card_counts),
		cmocka_unit_test(readers_come_and_go),
		cmocka_unit_test(without_a_reader_the_wait_says_so),
		cmocka_unit_test(pcscd_may_come_late),
		cmocka_unit_test(without_pcscd_the_wait_says_so),
		cmocka_unit_test(
		    after_a_restart_of_pcscd_what_is_in_place_is_old),
		cmocka_unit_test(pcscd_dying_while_the_pin_is_typed_ends_it),
		cmocka_unit_test(a_card_that_goes_kills_the_prompt),
		cmocka_unit_test(an_agent_that_never_asks_is_left),
		cmocka_unit_test(an_agent_that_leaves_ends_it),
		cmocka_unit_test(a_pin_that_comes_before_the_card_is_not_used),
		cmocka_unit_test(one_verify_for_each_pin),
		cmocka_unit_test(the_reserve_is_kept),
		cmocka_unit_test(enrolment_proves_that_the_key_needs_its_pin),
		cmocka_unit_test(a_pin_that_somebody_verified_is_reset_first),
		cmocka_unit_test(others_at_the_card_are_waited_for),
		cmocka_unit_test(a_mute_card_is_left_to_the_guard),
		cmocka_unit_test(
		    resets_by_others_are_borne_before_the_card_is_told),
		cmocka_unit_test(
		    no_trouble_sends_a_second_pin_or_leaves_anything_open),
		cmocka_unit_test(strangers_that_lie_there_are_passed_over),
		cmocka_unit_test(a_reader_s_name_is_made_harmless),
		cmocka_unit_test(an_operation_survives_every_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
