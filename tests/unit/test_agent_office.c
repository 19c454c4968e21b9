/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card office's state machine in the agent against a scripted world.
 * (CARD-8: the PIN is typed twice; nothing is sent to a card that the server
 * has not confirmed)
 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <sanyoso/code.h>

#include "agent/login.h"
#include "agent/office.h"
#include "tests/support/fake_talk.h"
#include "tests/support/testca.h"

/*
 * A script is a string of events, the trace what the machine did: see
 * fake_talk.h.
 *
 *   Q  answers with the code
 *   1  answers 246802
 *   2  answers 808642
 *   3  answers 12
 *   N  gives no answer
 *   C  server: card
 *   P  server: prepare
 *   H  server: change
 *   S  server: store
 *   Y  server: done
 *   D  server: refused
 *   !  no answer
 *   B  device: a blank card
 *   K  device: a PIV card
 *   J  device: a My Number card
 *   k  device: key and signature
 *   W  device: PIN wrong, 2 left
 *   Z  device: done
 *   G  device: card gone
 *   F  device: the maker's PIN
 *   X  device: secrets of others
 *   T  the timer fires
 *   L  the caller goes away
 */
struct world {
	struct fake_talk fake;
	struct office office;
	uint8_t spki[SY_SPKI_SIZE_MAX];
	uint16_t spki_len;
};

static void
answer(struct world *w, const void *p, size_t len)
{
	struct sy_secret *s = NULL;

	if (p != NULL) {
		assert_int_equal(sy_secret_new(64, &s), SY_OK);
		assert_int_equal(sy_secret_append(s, p, len), SY_OK);
	}
	office_on_answer(&w->office, w->fake.prompt, &s);
	assert_null(s);
}

static void
answer_code(struct world *w)
{
	static const uint8_t bytes[16] = { 4, 5, 6 };
	SY_AUTO(sy_secret_free) struct sy_secret *code = NULL;

	assert_int_equal(sy_code_format(bytes, sizeof(bytes), &code), SY_OK);
	answer(w, sy_secret_bytes(code), sy_secret_len(code));
}

static void
reply(struct world *w, const char *step, enum sy_err err)
{
	struct sy_office_step s = { .txn = "00112233445566778899aabbccddeeff",
		.reserve = 1,
		.login = "suzuki",
		.algorithm = "P-256",
		.guid_len = sizeof(s.guid),
		.management_len = sizeof(s.management),
		.puk_len = sizeof(s.puk),
		.nonce_len = sizeof(s.nonce),
		.life = 60,
		.cert_len = 200,
		.token = "token:7",
		.reason = "owner",
		.text = "not a working card" };
	const struct talk_reply r = {
		.call = w->fake.call, .err = err, .step = &s
	};

	if (w->office.task == SY_TASK_PIN_UNBLOCK)
		s.guid_len = s.management_len = 0;
	(void)snprintf(s.step, sizeof(s.step), "%s", step);
	office_on_reply(&w->office, &r);
}

static void
device(struct world *w, enum talk_device type, enum sy_err code)
{
	static struct sy_device_card card;
	static const struct sy_device_blank blank = { .reader = "R" };
	static const struct sy_device_key key = { .spki_len = 91,
		.signature_len = 70 };
	struct talk_event e = { .type = type,
		.card = &card,
		.blank = &blank,
		.key = &key,
		.left = 2,
		.failed = { .kind = SY_FAILURE_DEVICE,
		    .code = (uint8_t)code,
		    .tries = 255 } };

	card = (struct sy_device_card){ .driver = SY_DRIVER_PIV, .tries = 3 };
	if (code == SY_ERR_STATE)
		card.driver = SY_DRIVER_JPKI;
	memcpy(card.spki, w->spki, w->spki_len);
	card.spki_len = w->spki_len;
	office_on_device(&w->office, &e);
}

static void
happen(struct world *w, char c)
{
	static const struct {
		char c;
		enum talk_device type;
		enum sy_err code;
	} devices[] = {
		{ 'B', TALK_DEVICE_BLANK, SY_OK },
		{ 'K', TALK_DEVICE_CARD, SY_OK },
		{ 'J', TALK_DEVICE_CARD, SY_ERR_STATE },
		{ 'k', TALK_DEVICE_KEY, SY_OK },
		{ 'W', TALK_DEVICE_PIN_WRONG, SY_OK },
		{ 'Z', TALK_DEVICE_DONE, SY_OK },
		{ 'G', TALK_DEVICE_FAILED, SY_ERR_CARD_GONE },
		{ 'F', TALK_DEVICE_FAILED, SY_ERR_PIN_FACTORY },
		{ 'X', TALK_DEVICE_FAILED, SY_ERR_DENIED },
	};
	static const struct {
		char c;
		const char *step;
	} steps[] = {
		{ 'C', "card" },
		{ 'P', "prepare" },
		{ 'H', "change" },
		{ 'S', "store" },
		{ 'Y', "done" },
		{ 'D', "refused" },
	};

	for (size_t i = 0; i < SY_COUNT(devices); i++)
		if (devices[i].c == c)
			device(w, devices[i].type, devices[i].code);
	for (size_t i = 0; i < SY_COUNT(steps); i++)
		if (steps[i].c == c)
			reply(w, steps[i].step, SY_OK);
	if (c == 'Q')
		answer_code(w);
	else if (c == '1' || c == '2')
		answer(w, c == '1' ? "246802" : "808642", 6);
	else if (c == '3')
		answer(w, "12", 2);
	else if (c == 'N')
		answer(w, NULL, 0);
	else if (c == '!')
		reply(w, "", SY_ERR_TIMEOUT);
	else if (c == 'T')
		office_on_timer(&w->office);
	else if (c == 'L')
		office_on_closed(&w->office);
}

static void
play(enum sy_task task, const char *script, const char *trace, const char *text)
{
	static const struct login_setup setup = { .server = "s.test",
		.terminal = "counter-1",
		.card_wait_ms = 1000 };
	const struct sy_dialog_office request = {
		.user = "suzuki", .lang = SY_LANG_EN, .task = (uint8_t)task
	};
	struct world *w = calloc(1, sizeof(*w));
	uint8_t *at;

	assert_non_null(w);
	print_message("  %s\n", script);
	fake_talk_open(&w->fake);
	w->fake.cards = true;
	w->fake.first = TALK_OFFICE;
	at = w->spki;
	w->spki_len = (uint16_t)i2d_PUBKEY(testca_key(TESTCA_P256), &at);
	office_start(&w->office, &w->fake.talk, &setup, &request);
	for (; *script != '\0'; script++)
		happen(w, *script);
	assert_string_equal(fake_talk_trace(&w->fake), trace);
	if (text != NULL)
		assert_non_null(strstr(w->fake.result.text, text));
	/* Nothing that was typed stays behind. */
	assert_null(w->office.old);
	assert_null(w->office.fresh);
	free(w);
}

static void
a_card_is_personalised(void **state)
{
	(void)state;
	play(SY_TASK_PERSONALISE, "QC11BPkSZY", "?b??dcspw.f.A", "token:7");
}

static void
a_pin_is_typed_twice_alike_before_a_card_is_asked_for(void **state)
{
	(void)state;
	play(SY_TASK_PERSONALISE, "QC1211BPkSZY", "?b??e??dcspw.f.A", NULL);
	play(SY_TASK_PERSONALISE, "QC311BPkSZY", "?b?e??dcspw.f.A", NULL);
	play(SY_TASK_PERSONALISE, "QC333333x", "?b?e?e?e?e?e.x", NULL);
	play(SY_TASK_PERSONALISE, "QCND", "?b?.xC", "Nothing was changed");
	play(SY_TASK_PERSONALISE, "QCTT", "?b?.xC", NULL);
	play(SY_TASK_PERSONALISE, "N", "?.C", NULL);
}

static void
a_card_that_goes_ends_the_visit_and_the_code_stays_good(void **state)
{
	(void)state;
	play(SY_TASK_PERSONALISE, "QC11BPGT", "?b??dcs.xD", "same code");
	play(SY_TASK_PERSONALISE, "QC11BPkSGT", "?b??dcspw.xD", "same code");
	play(SY_TASK_PERSONALISE, "QC11GT", "?b??d.xD", NULL);
	play(SY_TASK_PERSONALISE, "QC11BPFT", "?b??dcs.xD", "makers");
	play(SY_TASK_PERSONALISE, "QC11BPXT", "?b??dcs.xD", "not ours");
	play(SY_TASK_PERSONALISE, "QC11L", "?b??d.x", NULL);
}

static void
what_the_server_refuses_is_told(void **state)
{
	(void)state;
	play(SY_TASK_PERSONALISE, "QD", "?b.D", "not a working card");
	play(SY_TASK_PERSONALISE, "QC11BD", "?b??dc.D", NULL);
	play(SY_TASK_PERSONALISE, "Q!", "?b.U", NULL);
	play(SY_TASK_PERSONALISE, "QC11BPkSZ!", "?b??dcspw.f.U", "token list");
	/* What comes out of its turn. */
	play(SY_TASK_PERSONALISE, "QS", "?b.E", NULL);
	play(SY_TASK_PERSONALISE, "QC11BH", "?b??dc.E", NULL);
}

static void
a_pin_is_unblocked(void **state)
{
	(void)state;
	play(SY_TASK_PIN_UNBLOCK, "QC11KPkY", "?b??dcs.p.A", "unblocked");
}

static void
a_pin_is_changed(void **state)
{
	(void)state;
	play(SY_TASK_PIN_CHANGE, "CKH122ZY", "bdc???h.f.A", "changed");
	/* The card says that the old one was wrong: the new one is kept. */
	play(SY_TASK_PIN_CHANGE, "CKH122W1ZY", "bdc???he?h.f.A", "changed");
	/* Not before the server knows the card. */
	play(SY_TASK_PIN_CHANGE, "CKD", "bdc.D", "not a working card");
}

static void
the_holder_of_a_my_number_card_hears_where_to_go(void **state)
{
	(void)state;
	play(SY_TASK_PIN_CHANGE, "CJT", "bd.xD", "resident counter");
	play(SY_TASK_PIN_UNBLOCK, "QC11JT", "?b??d.xD", "resident counter");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_is_personalised),
		cmocka_unit_test(
		    a_pin_is_typed_twice_alike_before_a_card_is_asked_for),
		cmocka_unit_test(
		    a_card_that_goes_ends_the_visit_and_the_code_stays_good),
		cmocka_unit_test(what_the_server_refuses_is_told),
		cmocka_unit_test(a_pin_is_unblocked),
		cmocka_unit_test(a_pin_is_changed),
		cmocka_unit_test(
		    the_holder_of_a_my_number_card_hears_where_to_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
