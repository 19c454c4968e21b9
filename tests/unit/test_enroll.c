/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>

#include <sanyoso/code.h>

#include "agent/enroll.h"
#include "agent/login.h"
#include "agent/text.h"
#include "tests/support/fake_talk.h"
#include "tests/support/testca.h"

/*
 * The enrolment's state machine against a scripted world. A script is a string
 * of events, the trace what the machine did: see fake_talk.h.
 *
 *   Q  answers with the code
 *   J  answers with junk
 *   P  server: present
 *   V  server: prove
 *   Y  server: done
 *   D  server: refused
 *   !  no answer
 *   R  a failure reply: code
 *   C  device: card
 *   B  device: wrong PIN
 *   S  device: signature
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
	struct fake_talk fake;
	struct enroll enroll;
	const char *who;
	const char *method;
	const char *reason;
	uint8_t *spki;
	size_t spki_len;
};

static const char txn[] = "00112233445566778899aabbccddeeff";

static void
step_from_server(struct world *w, const char *name)
{
	struct sy_enroll_step step = { .reserve = 1,
		.life = 60,
		.nonce_len = SY_NONCE_SIZE,
		.not_after = 2000000000 };
	const struct talk_reply reply = { .call = w->fake.call, .step = &step };

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
	struct talk_reply reply = { .call = w->fake.call,
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
	struct sy_secret *answer = fake_talk_secret(text);

	enroll_on_answer(&w->enroll, w->fake.prompt, &answer);
	assert_null(answer);
}

static void
answers_code(struct world *w)
{
	static const uint8_t bytes[16] = { 9, 8, 7 };
	struct sy_secret *code = NULL;

	assert_int_equal(sy_code_format(bytes, sizeof(bytes), &code), SY_OK);
	enroll_on_answer(&w->enroll, w->fake.prompt, &code);
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
			w->fake.clock += 55000;
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
	fake_talk_open(&w->fake);
	w->fake.cards = true;
	w->fake.first = TALK_ENROLL;
	w->fake.tries = 3;
	w->who = "suzuki";
	w->method = "card-pin";
	w->reason = "exists";
	w->spki = testca_spki(testca_key(TESTCA_P256), &w->spki_len);
	enroll_start(&w->enroll, &w->fake.talk, &setup, &request);
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
		assert_string_equal(fake_talk_trace(&w.fake), tc[i].trace);
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
	assert_int_equal(w.fake.card.slot, SY_SLOT_PIN);
	assert_string_equal(w.fake.enrolled.method, "card-pin");
	assert_true(w.fake.enrolled.refused_without_pin);
	end(&w);

	/* The key without PIN: none is asked for, nothing is claimed of it. */
	begin(&w);
	w.method = "card";
	play(&w, "QPCV");
	assert_string_equal(fake_talk_trace(&w.fake), "?bdcs");
	assert_int_equal(w.fake.card.slot, SY_SLOT_OPEN);
	assert_string_equal(w.fake.enrolled.method, "card");
	assert_false(w.fake.enrolled.refused_without_pin);
	end(&w);

	begin(&w);
	w.method = "password";
	play(&w, "QP");
	assert_string_equal(fake_talk_trace(&w.fake), "?bx");
	end(&w);
}

static void
code_and_certificate_go_to_the_server_as_they_came(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	assert_true(w.fake.echo);
	play(&w, "QPCV");
	assert_false(w.fake.echo);
	assert_string_equal(w.fake.enroll.user, "suzuki");
	assert_int_equal(w.fake.enroll.code_len, 16);
	assert_int_equal(w.fake.enroll.code[0], 9);
	assert_int_equal(w.fake.enrolled.cert_len, 3);
	assert_true(w.fake.enrolled.refused_without_pin);
	assert_string_equal(w.fake.enrolled.method, "card-pin");
	assert_string_equal(w.fake.enrolled.driver, "jpki");
	/* Whose card it is was said before the PIN was asked for. */
	assert_non_null(strstr(w.fake.heard, "SUZUKI TARO"));
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
		assert_non_null(strstr(w.fake.result.text, tc[i].text));
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
	assert_string_equal(fake_talk_trace(&w.fake), "?bE");
	end(&w);

	begin(&w);
	play(&w, "QPC");
	w.who = "tanaka";
	play(&w, "V");
	assert_string_equal(fake_talk_trace(&w.fake), "?bdc.E");
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
