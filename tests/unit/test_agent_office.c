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
#include "tests/support/testca.h"

/*
 * events                              trace
 *   Q  answers with the code            b  posts office
 *   1  answers 246802                   c  posts office/card
 *   2  answers 808642                   p  posts office/proof
 *   3  answers 12                       f  posts office/done
 *   N  gives no answer                  x  posts office/abandon
 *   C  server: card                     d  starts the device
 *   P  server: prepare                  s  sends PREPARE
 *   H  server: change                   h  sends CHANGE
 *   S  server: store                    w  sends STORE
 *   Y  server: done                     .  stops the device
 *   D  server: refused                  ?  prompts
 *   !  no answer                        e  says an error
 *   B  device: a blank card             A  ALLOWED   D DENIED
 *   K  device: a PIV card               U  UNAVAILABLE  C CANCELLED
 *   J  device: a My Number card         M  MAXTRIES  E ERROR
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
	struct office office;
	char trace[128];
	size_t used;
	uint32_t prompt;
	enum talk_call call;
	struct sy_dialog_result result;
	bool finished;
	char said[8192];
	uint8_t spki[SY_SPKI_SIZE_MAX];
	uint16_t spki_len;
};

static void
mark(struct world *w, char c)
{
	assert_true(w->used + 1 < sizeof(w->trace));
	w->trace[w->used++] = c;
	w->trace[w->used] = '\0';
}

static void
on_say(void *arg, enum sy_dialog_type type, const char *text)
{
	struct world *w = arg;

	assert_false(w->finished);
	(void)snprintf(w->said + strlen(w->said),
	    sizeof(w->said) - strlen(w->said), "%s\n", text);
	if (type == SY_DIALOG_ERROR)
		mark(w, 'e');
}

static void
on_prompt(void *arg, const struct sy_dialog_prompt *prompt)
{
	struct world *w = arg;

	/* A code may be seen, a PIN never. */
	assert_int_equal(prompt->echo, strstr(prompt->text, "PIN") == NULL);
	w->prompt = prompt->number;
	mark(w, '?');
}

static void
on_finish(void *arg, const struct sy_dialog_result *result)
{
	static const char letters[SY_RESULT_COUNT + 1] = "DAUMFCEGNBO";
	struct world *w = arg;

	assert_false(w->finished);
	w->finished = true;
	w->result = *result;
	mark(w, letters[result->result]);
}

static void
on_post(void *arg, enum talk_call call, const void *message)
{
	struct world *w = arg;

	(void)message;
	w->call = call;
	switch ((int)call) {
	case TALK_OFFICE:
		mark(w, 'b');
		break;
	case TALK_OFFICE_CARD:
		mark(w, 'c');
		break;
	case TALK_OFFICE_PROOF:
		mark(w, 'p');
		break;
	case TALK_OFFICE_DONE:
		mark(w, 'f');
		break;
	default:
		assert_int_equal(call, TALK_OFFICE_ABANDON);
		mark(w, 'x');
	}
}

static void
on_start(void *arg, const struct sy_device_start *start)
{
	assert_true(start->fresh);
	assert_int_equal(start->reserve, 1);
	mark(arg, 'd');
}

static void
on_send(void *arg, const void *frame, size_t len)
{
	const uint8_t type = ((const uint8_t *)frame)[5];

	assert_true(len > SY_FRAME_HEADER);
	mark(arg,
	    type == SY_DEVICE_PREPARE      ? 's'
		: type == SY_DEVICE_CHANGE ? 'h'
					   : 'w');
}

static void
on_stop(void *arg)
{
	mark(arg, '.');
}

static void
on_timer(void *arg, unsigned int ms)
{
	(void)arg;
	(void)ms;
}

static int64_t
on_now(void *arg)
{
	(void)arg;
	return 1000;
}

static enum sy_err
on_nonce(void *arg, void *out, size_t len)
{
	(void)arg;
	memset(out, 0x77, len);
	return SY_OK;
}

static const struct talk_ops ops = {
	.say = on_say,
	.prompt = on_prompt,
	.finish = on_finish,
	.post = on_post,
	.device_start = on_start,
	.device_send = on_send,
	.device_stop = on_stop,
	.timer = on_timer,
	.now = on_now,
	.nonce = on_nonce,
};

static void
answer(struct world *w, const void *p, size_t len)
{
	struct sy_secret *s = NULL;

	if (p != NULL) {
		assert_int_equal(sy_secret_new(64, &s), SY_OK);
		assert_int_equal(sy_secret_append(s, p, len), SY_OK);
	}
	office_on_answer(&w->office, w->prompt, &s);
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
	const struct talk_reply r = { .call = w->call, .err = err, .step = &s };

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
	const struct talk talk = { .ops = &ops, .arg = w, .lang = SY_LANG_EN };
	uint8_t *at;

	assert_non_null(w);
	print_message("  %s\n", script);
	at = w->spki;
	w->spki_len = (uint16_t)i2d_PUBKEY(testca_key(TESTCA_P256), &at);
	office_start(&w->office, &talk, &setup, &request);
	for (; *script != '\0'; script++)
		happen(w, *script);
	assert_string_equal(w->trace, trace);
	if (text != NULL)
		assert_non_null(strstr(w->result.text, text));
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
