/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <sanyoso/code.h>

#include "agent/enroll.h"
#include "agent/login.h"
#include "agent/text.h"
#include "tests/support/testca.h"

/*
 * The enrolment's state machine against a scripted world. A script is a string
 * of events, the trace what the machine did.
 *
 * events                          trace
 *   Q  answers with the code        b  posts enroll
 *   J  answers with junk            c  posts enroll/card
 *   P  server: present              p  posts enroll/proof
 *   V  server: prove                x  posts enroll/abandon
 *   Y  server: done                 d  starts the device
 *   D  server: refused              s  has a hash signed
 *   !  no answer                    .  stops the device
 *   R  a failure reply: code        ?  prompts
 *   C  device: card                 e  says an error
 *   B  device: wrong PIN            A  ALLOWED  D DENIED  U UNAVAILABLE
 *   S  device: signature            M  MAXTRIES C CANCELLED E ERROR
 *   G  device: card gone
 *   O  device: the key is open
 *   K  device: factory PIN
 *   A  answers the PIN prompt
 *   N  gives no answer
 *   T  the timer fires
 *   5  55 s go by
 *   X  the caller goes away
 */
struct world {
	struct enroll enroll;
	struct talk talk;
	char trace[256];
	size_t used;
	bool finished;
	struct sy_dialog_result result;
	uint32_t prompt;
	bool echo;
	int64_t clock;
	enum talk_call call;
	const char *who;
	const char *method;
	enum sy_slot slot; /* that the device was started for */
	const char *reason;
	char said[4096];
	uint8_t *spki;
	size_t spki_len;
	struct sy_enroll_begin begin;
	struct sy_enroll_card card;
};

static const char txn[] = "00112233445566778899aabbccddeeff";

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

	assert_false(w->finished);
	w->prompt = prompt->number;
	w->echo = prompt->echo;
	mark(w, '?');
}

static void
on_finish(void *arg, const struct sy_dialog_result *result)
{
	static const char letters[SY_RESULT_COUNT + 1] = "DAUMFCE";
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

	w->call = call;
	switch (call) {
	case TALK_ENROLL:
		w->begin = *(const struct sy_enroll_begin *)message;
		mark(w, 'b');
		break;
	case TALK_ENROLL_CARD:
		w->card = *(const struct sy_enroll_card *)message;
		mark(w, 'c');
		break;
	case TALK_ENROLL_PROOF:
		mark(w, 'p');
		break;
	case TALK_ENROLL_ABANDON:
		mark(w, 'x');
		break;
	default:
		fail_msg("an enrolment asks for nothing else");
	}
}

static void
on_device_start(void *arg, const struct sy_device_start *start)
{
	assert_true(start->enroll);
	assert_true(start->fresh);
	((struct world *)arg)->slot = (enum sy_slot)start->slot;
	mark(arg, 'd');
}

static void
on_device_sign(void *arg, const uint8_t *hash, size_t len,
    const struct sy_secret *pin)
{
	(void)hash;
	assert_int_equal(len, 32);
	if (((struct world *)arg)->slot == SY_SLOT_OPEN)
		assert_null(pin);
	else
		assert_int_equal(sy_secret_len(pin), 4);
	mark(arg, 's');
}

static void
on_device_stop(void *arg)
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
	const struct world *w = arg;

	return w->clock;
}

static enum sy_err
on_nonce(void *arg, void *out, size_t len)
{
	(void)arg;
	memset(out, 0x5a, len);
	return SY_OK;
}

static const struct talk_ops ops = {
	.say = on_say,
	.prompt = on_prompt,
	.finish = on_finish,
	.post = on_post,
	.device_start = on_device_start,
	.device_sign = on_device_sign,
	.device_stop = on_device_stop,
	.timer = on_timer,
	.now = on_now,
	.nonce = on_nonce,
};

static void
step_from_server(struct world *w, const char *name)
{
	struct sy_enroll_step step = { .reserve = 1,
		.life = 60,
		.nonce_len = SY_NONCE_SIZE,
		.not_after = 2000000000 };
	const struct talk_reply reply = { .call = w->call, .step = &step };

	(void)snprintf(step.txn, sizeof(step.txn), "%s", txn);
	(void)snprintf(step.step, sizeof(step.step), "%s", name);
	(void)snprintf(step.drivers, sizeof(step.drivers), "jpki piv");
	(void)snprintf(step.method, sizeof(step.method), "%s", w->method);
	(void)snprintf(step.login, sizeof(step.login), "%s", w->who);
	(void)snprintf(step.name, sizeof(step.name), "Suzuki");
	(void)snprintf(step.subject, sizeof(step.subject), "SUZUKI TARO");
	(void)snprintf(step.token, sizeof(step.token), "token:7");
	(void)snprintf(step.reason, sizeof(step.reason), "%s", w->reason);
	(void)snprintf(step.text, sizeof(step.text), "of tanaka");
	enroll_on_reply(&w->enroll, &reply);
}

static void
no_answer(struct world *w, bool refused)
{
	struct talk_reply reply = { .call = w->call,
		.err = refused ? SY_OK : SY_ERR_TIMEOUT,
		.refused = refused };

	(void)snprintf(reply.failure.error, sizeof(reply.failure.error), "%s",
	    sy_err_name(SY_ERR_CODE));
	enroll_on_reply(&w->enroll, &reply);
}

static void
device_says(struct world *w, enum talk_device type, enum sy_err code)
{
	static const uint8_t signature[70] = { 0x30 };
	struct sy_device_card card = { .driver = SY_DRIVER_JPKI,
		.tries = 3,
		.cert = { 1, 2, 3 },
		.cert_len = 3 };
	const struct talk_event e = {
		.type = type,
		.card = &card,
		.left = 2,
		.signature = signature,
		.signature_len = sizeof(signature),
		.failed = { .kind = code == SY_ERR_CARD_GONE
			? SY_FAILURE_DEVICE
			: SY_FAILURE_CREDENTIAL,
		    .code = (uint8_t)code,
		    .tries = 255 },
	};

	memcpy(card.spki, w->spki, w->spki_len);
	card.spki_len = (uint16_t)w->spki_len;
	enroll_on_device(&w->enroll, &e);
}

static void
answers(struct world *w, const char *text)
{
	struct sy_secret *answer = NULL;

	if (text != NULL) {
		assert_int_equal(sy_secret_new(SY_CODE_TEXT_MAX, &answer),
		    SY_OK);
		assert_int_equal(sy_secret_append(answer, text, strlen(text)),
		    SY_OK);
	}
	enroll_on_answer(&w->enroll, w->prompt, &answer);
	assert_null(answer);
}

static void
answers_code(struct world *w)
{
	static const uint8_t bytes[16] = { 9, 8, 7 };
	struct sy_secret *code = NULL;

	assert_int_equal(sy_code_format(bytes, sizeof(bytes), &code), SY_OK);
	enroll_on_answer(&w->enroll, w->prompt, &code);
	assert_null(code);
}

static void
play(struct world *w, const char *script)
{
	for (const char *p = script; *p != '\0'; p++)
		switch (*p) {
		case 'Q':
			answers_code(w);
			break;
		case 'J':
			answers(w, "junk");
			break;
		case 'P':
			step_from_server(w, "present");
			break;
		case 'V':
			step_from_server(w, "prove");
			break;
		case 'Y':
			step_from_server(w, "done");
			break;
		case 'D':
			step_from_server(w, "refused");
			break;
		case '!':
			no_answer(w, false);
			break;
		case 'R':
			no_answer(w, true);
			break;
		case 'C':
			device_says(w, TALK_DEVICE_CARD, SY_OK);
			break;
		case 'B':
			device_says(w, TALK_DEVICE_PIN_WRONG, SY_OK);
			break;
		case 'S':
			device_says(w, TALK_DEVICE_SIGNATURE, SY_OK);
			break;
		case 'G':
			device_says(w, TALK_DEVICE_FAILED, SY_ERR_CARD_GONE);
			break;
		case 'O':
			device_says(w, TALK_DEVICE_FAILED, SY_ERR_KEY_OPEN);
			break;
		case 'K':
			device_says(w, TALK_DEVICE_FAILED, SY_ERR_PIN_FACTORY);
			break;
		case 'A':
			answers(w, "1234");
			break;
		case 'N':
			answers(w, NULL);
			break;
		case 'T':
			enroll_on_timer(&w->enroll);
			break;
		case '5':
			w->clock += 55000;
			break;
		case 'X':
			enroll_on_closed(&w->enroll);
			break;
		default:
			fail_msg("no such event: %c", *p);
		}
}

static void
begin(struct world *w)
{
	const struct login_setup setup = { .server = "server.example",
		.terminal = "pc1",
		.card_wait_ms = 60000,
		.drivers = 1U << SY_DRIVER_JPKI };
	const struct sy_dialog_enroll request = { .user = "suzuki" };

	memset(w, 0, sizeof(*w));
	w->who = "suzuki";
	w->method = "card-pin";
	w->reason = "exists";
	w->spki = testca_spki(testca_key(TESTCA_P256), &w->spki_len);
	w->talk = (struct talk){ .ops = &ops, .arg = w, .lang = SY_LANG_EN };
	enroll_start(&w->enroll, &w->talk, &setup, &request);
}

static void
end(struct world *w)
{
	sy_secret_free(&w->enroll.card.pin);
	free(w->spki);
}

static void
every_event_at_every_state_has_its_outcome(void **state)
{
	static const struct {
		const char *what;
		const char *script;
		const char *trace;
	} tc[] = {
		{ "the straight way", "QPCVASY", "?bdc?s.pA" },
		{ "a mistyped code is asked for again", "JQPCVASY",
		    "?e?bdc?s.pA" },
		{ "but not for ever", "JJJ", "?e?e?C" },
		{ "no code", "N", "?C" },
		{ "the code takes too long", "T", "?C" },
		{ "the code is refused", "QR", "?bD" },
		{ "no server", "Q!", "?bU" },
		{ "the card is refused", "QPCD", "?bdc.D" },
		{ "no answer about the card", "QPC!", "?bdc.U" },
		{ "wrong PIN, then the right one", "QPCVABASY",
		    "?bdc?se?s.pA" },
		{ "the key signs without its PIN", "QPCVAOD", "?bdc?s.xD" },
		{ "the PIN is the maker's", "QPCVAKD", "?bdc?s.xD" },
		{ "the card goes and comes back", "QPCVGCVASY",
		    "?bdc?edc?s.pA" },
		{ "the card goes while the server looks", "QPCGV", "?bdced" },
		{ "the nonce got old", "QPCV5AVSY", "?bdc?cs.pA" },
		{ "the first proof is refused", "QPCVASD", "?bdc?s.pD" },
		{ "its answer is lost", "QPCVAS!", "?bdc?s.pU" },
		{ "done before any proof is not done", "QY", "?bE" },
		{ "nor with a card only", "QPCY", "?bdc.E" },
		{ "no PIN given", "QPCVND", "?bdc?.xC" },
		{ "the caller goes at the code", "X", "?" },
		{ "the caller goes at the card", "QPX", "?bd.x" },
		{ "the caller goes at the PIN", "QPCVX", "?bdc?.x" },
		{ "the caller goes after the proof", "QPCVASX", "?bdc?s.p" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w);
		play(&w, tc[i].script);
		assert_string_equal(w.trace, tc[i].trace);
		end(&w);
	}
}

static void
the_invitation_says_which_key_of_the_card(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	play(&w, "QPC");
	assert_int_equal(w.slot, SY_SLOT_PIN);
	assert_string_equal(w.card.method, "card-pin");
	assert_true(w.card.refused_without_pin);
	end(&w);

	/* The key without PIN: none is asked for, nothing is claimed of it. */
	begin(&w);
	w.method = "card";
	play(&w, "QPCV");
	assert_string_equal(w.trace, "?bdcs");
	assert_int_equal(w.slot, SY_SLOT_OPEN);
	assert_string_equal(w.card.method, "card");
	assert_false(w.card.refused_without_pin);
	end(&w);

	begin(&w);
	w.method = "password";
	play(&w, "QP");
	assert_string_equal(w.trace, "?bx");
	end(&w);
}

static void
code_and_certificate_go_to_the_server_as_they_came(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	assert_true(w.echo);
	play(&w, "QPCV");
	assert_false(w.echo);
	assert_string_equal(w.begin.user, "suzuki");
	assert_int_equal(w.begin.code_len, 16);
	assert_int_equal(w.begin.code[0], 9);
	assert_int_equal(w.card.cert_len, 3);
	assert_true(w.card.refused_without_pin);
	assert_string_equal(w.card.method, "card-pin");
	assert_string_equal(w.card.driver, "jpki");
	/* Whose card it is was said before the PIN was asked for. */
	assert_non_null(strstr(w.said, "SUZUKI TARO"));
	end(&w);
}

static void
a_refusal_gives_the_servers_reason(void **state)
{
	static const struct {
		const char *reason;
		const char *text;
	} tc[] = {
		{ "exists", "enrolled already: of tanaka" },
		{ "cert-path", "issuer" },
		{ "cert-date", "not valid now" },
		{ "cert-revoked", "revoked" },
		{ "algorithm", "kind that is not accepted" },
		{ "signature", "first proof" },
		{ "something new", "The server refused: of tanaka" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin(&w);
		w.reason = tc[i].reason;
		play(&w, "QPCD");
		assert_non_null(strstr(w.result.text, tc[i].text));
		end(&w);
	}
}

static void
a_card_is_not_enrolled_for_another_person(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	w.who = "tanaka";
	play(&w, "QP");
	assert_string_equal(w.trace, "?bE");
	end(&w);

	begin(&w);
	play(&w, "QPC");
	w.who = "tanaka";
	play(&w, "V");
	assert_string_equal(w.trace, "?bdc.E");
	end(&w);
}

static int
setup(void **state)
{
	(void)state;
	text_open("/nonexistent", SY_LANG_EN);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	testca_free_keys();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_at_every_state_has_its_outcome),
		cmocka_unit_test(
		    code_and_certificate_go_to_the_server_as_they_came),
		cmocka_unit_test(the_invitation_says_which_key_of_the_card),
		cmocka_unit_test(a_refusal_gives_the_servers_reason),
		cmocka_unit_test(a_card_is_not_enrolled_for_another_person),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
