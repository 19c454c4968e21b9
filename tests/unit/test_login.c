/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <stdlib.h>
#include <time.h>

#include <sanyoso/policy.h>

#include "agent/login.h"
#include "agent/text.h"
#include "tests/support/fake_talk.h"
#include "tests/support/testca.h"

/*
 * The login's state machine against a scripted world. A script is a string of
 * events, the trace what the machine did: see fake_talk.h.
 *
 *   P  server: present
 *   p  server: present, password
 *   w  server: it was wrong, 2 left
 *   q  server: present, either
 *   V  server: prove
 *   X  server: wrong-card
 *   Y  server: verdict allow
 *   D  server: verdict deny
 *   !  no answer
 *   ~  answer to an older call
 *   R  refused: busy
 *   u  refused: busy, try again
 *   Z  refused: waits for a proof
 *   W  device: waiting
 *   C  device: card
 *   B  device: wrong PIN
 *   F  device: PIN has no form
 *   S  device: signature
 *   G  device: card gone
 *   M  device: mute card
 *   K  device: reserve reached
 *   H  device: broken
 *   m  the account is missing
 *   t  it is there
 *   k  device: no key in this slot
 *   A  answers the prompt
 *   Q  answers it with a password
 *   1  answers it with "1", 2 "2"
 *   l  answers it with 1025 bytes
 *   a  answers the prompt before
 *   E  answers with nothing typed
 *   N  gives no answer
 *   T  the timer fires
 *   5  55 s go by
 *   O  the caller goes away
 */
struct world {
	struct fake_talk fake;
	struct login login;
	uint8_t *spki;
	size_t spki_len;
	const char *methods;
	const char *who;
	uint8_t driver;
	enum sy_purpose purpose;
	struct sy_auth_step extra; /* of the verdict */
};

static const char txn[] = "00112233445566778899aabbccddeeff";

static void
step_from_server(struct world *w, const char *name, const char *verdict)
{
	struct sy_auth_step step = w->extra;
	const struct talk_reply reply = { .call = w->fake.call, .step = &step };

	step.reserve = 1;
	step.life = 60;
	step.nonce_len = SY_NONCE_SIZE;
	step.fresh = true;
	(void)snprintf(step.txn, sizeof(step.txn), "%s", txn);
	(void)snprintf(step.step, sizeof(step.step), "%s", name);
	(void)snprintf(step.methods, sizeof(step.methods), "%s", w->methods);
	(void)snprintf(step.drivers, sizeof(step.drivers), "jpki piv");
	(void)snprintf(step.login, sizeof(step.login), "%s", w->who);
	(void)snprintf(step.verdict, sizeof(step.verdict), "%s", verdict);
	(void)snprintf(step.support, sizeof(step.support), "L-4711");
	memset(step.nonce, 0xa5, sizeof(step.nonce));
	login_on_reply(&w->login, &reply);
}

static void
no_answer(struct world *w, enum talk_call call, enum sy_err err,
    enum sy_err refusal, int64_t retry_after)
{
	struct talk_reply reply = { .call = call, .err = err };

	if (err == SY_OK) {
		reply.refused = true;
		reply.failure.retry_after = retry_after;
		(void)snprintf(reply.failure.error, sizeof(reply.failure.error),
		    "%s", sy_err_name(refusal));
	}
	login_on_reply(&w->login, &reply);
}

static void
device_says(struct world *w, enum talk_device type, enum sy_err code)
{
	struct sy_device_card card = { .driver = w->driver,
		.tries = (uint8_t)w->fake.tries };
	static const uint8_t signature[70] = { 0x30 };
	struct talk_event e = {
		.type = type,
		.waiting = { .readers = 1 },
		.card = &card,
		.left = (uint8_t)w->fake.tries,
		.signature = signature,
		.signature_len = sizeof(signature),
		.failed = { .kind = SY_FAILURE_DEVICE,
		    .code = (uint8_t)code,
		    .tries = 255 },
	};

	if (code == SY_ERR_PIN_RESERVE)
		e.failed.kind = SY_FAILURE_CREDENTIAL;
	memcpy(card.spki, w->spki, w->spki_len);
	card.spki_len = (uint16_t)w->spki_len;
	login_on_device(&w->login, &e);
}

static const char password[] = "correct horse battery";

/* The server offers ${methods}. */
static void
offers(struct world *w, const char *methods, bool wrong)
{
	const char *before = w->methods;

	w->methods = methods;
	w->extra.wrong = wrong;
	w->extra.left = wrong ? 2 : 0;
	step_from_server(w, "present", "");
	w->extra.wrong = false;
	w->extra.left = 0;
	w->methods = before;
}

static void
answers(struct world *w, uint32_t number, const char *text)
{
	struct sy_secret *answer = fake_talk_secret(text);

	login_on_answer(&w->login, number, &answer);
	assert_null(answer);
}

static void
play(struct world *w, const char *script)
{
	char toolong[1026];

	memset(toolong, 'x', sizeof(toolong) - 1);
	toolong[sizeof(toolong) - 1] = '\0';
	for (const char *p = script; *p != '\0'; p++)
		switch (*p) {
		case 'P':
			step_from_server(w, "present", "");
			break;
		case 'p':
			offers(w, "password", false);
			break;
		case 'w':
			offers(w, "password", true);
			break;
		case 'q':
			offers(w, "card-pin password", false);
			break;
		case 'u':
			no_answer(w, w->fake.call, SY_OK, SY_ERR_BUSY, 2);
			break;
		case 'm':
			login_on_account(&w->login, TALK_ACCOUNT_MISSING);
			break;
		case 't':
			login_on_account(&w->login, TALK_ACCOUNT_THERE);
			break;
		case 'k':
			device_says(w, TALK_DEVICE_FAILED, SY_ERR_KEY_MISSING);
			break;
		case 'Q':
			answers(w, w->fake.prompt, password);
			break;
		case '1':
			answers(w, w->fake.prompt, "1");
			break;
		case '2':
			answers(w, w->fake.prompt, "2");
			break;
		case 'l':
			answers(w, w->fake.prompt, toolong);
			break;
		case 'V':
			step_from_server(w, "prove", "");
			break;
		case 'X':
			step_from_server(w, "wrong-card", "");
			break;
		case 'Y':
			step_from_server(w, "verdict", "allow");
			break;
		case 'D':
			step_from_server(w, "verdict", "deny");
			break;
		case '!':
			no_answer(w, w->fake.call, SY_ERR_TIMEOUT, SY_OK, 0);
			break;
		case '~':
			no_answer(w,
			    w->fake.call == TALK_AUTH ? TALK_AUTH_CARD
						      : TALK_AUTH,
			    SY_ERR_TIMEOUT, SY_OK, 0);
			break;
		case 'R':
			no_answer(w, w->fake.call, SY_OK, SY_ERR_BUSY, 0);
			break;
		case 'Z':
			no_answer(w, w->fake.call, SY_OK, SY_ERR_STATE, 0);
			break;
		case 'W':
			device_says(w, TALK_DEVICE_WAITING, SY_OK);
			break;
		case 'C':
			device_says(w, TALK_DEVICE_CARD, SY_OK);
			break;
		case 'B':
			w->fake.tries--;
			device_says(w, TALK_DEVICE_PIN_WRONG, SY_OK);
			break;
		case 'F':
			device_says(w, TALK_DEVICE_PIN_FORMAT, SY_OK);
			break;
		case 'S':
			device_says(w, TALK_DEVICE_SIGNATURE, SY_OK);
			break;
		case 'G':
			device_says(w, TALK_DEVICE_FAILED, SY_ERR_CARD_GONE);
			break;
		case 'M':
			device_says(w, TALK_DEVICE_FAILED, SY_ERR_CARD_MUTE);
			break;
		case 'K':
			device_says(w, TALK_DEVICE_FAILED, SY_ERR_PIN_RESERVE);
			break;
		case 'H':
			device_says(w, TALK_DEVICE_FAILED, SY_ERR_PCSC);
			break;
		case 'A':
			answers(w, w->fake.prompt, "1234");
			break;
		case 'a':
			answers(w, w->fake.prompt - 1, "1234");
			break;
		case 'E':
			answers(w, w->fake.prompt, "");
			break;
		case 'N':
			answers(w, w->fake.prompt, NULL);
			break;
		case 'T':
			login_on_timer(&w->login);
			break;
		case '5':
			w->fake.clock += 55000;
			break;
		case 'O':
			login_on_closed(&w->login);
			break;
		default:
			fail_msg("no such event: %c", *p);
		}
}

static void
begin_as(struct world *w, const struct sy_dialog_auth *auth)
{
	const struct login_setup setup = { .server = "server.example",
		.terminal = "pc1",
		.card_wait_ms = 60000,
		.drivers = 1U << SY_DRIVER_JPKI | 1U << SY_DRIVER_PIV };

	memset(w, 0, sizeof(*w));
	fake_talk_open(&w->fake);
	w->fake.cards = true;
	w->fake.tries = 3;
	w->methods = "card-pin";
	w->who = "suzuki";
	w->driver = SY_DRIVER_JPKI;
	w->spki = testca_spki(testca_key(TESTCA_P256), &w->spki_len);
	login_start(&w->login, &w->fake.talk, &setup, auth);
}

static void
begin(struct world *w, unsigned int left)
{
	const struct sy_dialog_auth auth = { .user = "suzuki",
		.service = "login",
		.purpose = SY_PURPOSE_LOGIN };

	begin_as(w, &auth);
	w->fake.tries = left;
}

static void
end(struct world *w)
{
	sy_secret_free(&w->login.card.pin);
	sy_secret_free(&w->login.password.typed);
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
		{ "the straight way", "PWCVASY", "bdc?s.pA" },
		{ "denied after the proof", "PWCVASD", "bdc?s.pD" },
		{ "denied before any card", "D", "bD" },
		{ "denied when the card is shown", "PCD", "bdc.D" },

		{ "a wrong PIN, then the right one", "PCVABASY",
		    "bdc?se?s.pA" },
		{ "a PIN of no form is asked for again", "PCVEASY",
		    "bdc?e?s.pA" },
		{ "a PIN the card can't take is asked for again", "PCVAFASY",
		    "bdc?se?s.pA" },
		{ "no PIN given", "PCVND", "bdc?.xC" },
		{ "the PIN takes too long", "PCVT~D", "bdc?.xC" },

		{ "card gone while the server looks at it", "PCGWCVASY",
		    "bdcedc?s.pA" },
		{ "its late confirmation does nothing", "PCGV", "bdced" },
		{ "card gone at the prompt", "PCVGWCVASY", "bdc?edc?s.pA" },
		{ "what is typed into a dead prompt goes nowhere", "PCVGA",
		    "bdc?ed" },
		{ "nor into the prompt before", "PCVGCVaASY", "bdc?edc?s.pA" },
		{ "card gone while it signs", "PCVAGCVASY", "bdc?sedc?s.pA" },
		{ "card gone after the signature", "PCVASGY", "bdc?s.pA" },
		{ "a mute card may be put in again", "PCVAMCVASY",
		    "bdc?sedc?s.pA" },
		{ "the card never comes", "PWTD", "bd.xC" },
		{ "the reader breaks", "PWHD", "bd.xE" },
		{ "the reader goes at the prompt", "PCVHWCVASY",
		    "bdc?edc?s.pA" },
		{ "and never comes back", "PCVHHD", "bdc?ed.xE" },
		{ "the reserve is found by the worker", "PKD", "bd.xM" },
		{ "the signature never comes", "PCVATD", "bdc?s.xE" },

		{ "another person's card", "PCXCVASY", "bdcedc?s.pA" },
		{ "nobody is asked for a PIN of it", "PCXA", "bdced" },

		{ "no server", "!", "bU" },
		{ "server busy", "R", "bU" },
		{ "server busy, and says until when", "u", "bB" },
		{ "the same when the card is shown", "PCuD", "bdc.xB" },
		{ "server gone when the card is shown", "PC!", "bdc.U" },
		{ "the proof's answer is lost", "PCVAS!Y", "bdc?s.pvA" },
		{ "lost, and denied", "PCVAS!D", "bdc?s.pvD" },
		{ "lost twice", "PCVAS!!TY", "bdc?s.pvvA" },
		{ "still deciding", "PCVAS!RTY", "bdc?s.pvvA" },
		{ "the proof itself was lost", "PCVAS!ZY", "bdc?s.pvpA" },
		{ "but it is sent again once only", "PCVAS!Z!Z",
		    "bdc?s.pvpvU" },
		{ "lost, and a password comes next", "PCVAS!pQY",
		    "bdc?s.pv?oA" },
		{ "the same after a wrong one", "PCVAS!pQwQY",
		    "bdc?s.pv?oe?oA" },
		{ "late, not lost, and a password comes next", "PCVAS!ZZpQY",
		    "bdc?s.pvpv?oA" },
		{ "a proof out of order that was not sent again", "PCVASZ",
		    "bdc?s.pU" },
		{ "present when a card was shown", "PC!pD", "bdc.U" },
		{ "the server stays silent", "PCVAS!!T!T!T!", "bdc?s.pvvvvU" },
		{ "an answer to an older call is dropped", "P~CV~ASY",
		    "bdc?s.pA" },

		{ "allowed before any proof is no permission", "Y", "bE" },
		{ "nor with a card only", "PCY", "bdc.E" },
		{ "a step out of order", "V", "bE" },
		{ "proof asked for twice", "PCVASV", "bdc?s.pE" },
		{ "present twice", "PCP", "bdc.E" },

		{ "an old nonce is replaced before the PIN is sent", "PCV5AVSY",
		    "bdc?cs.pA" },
		{ "and the card may go meanwhile", "PCV5AGCVASY",
		    "bdc?cedc?s.pA" },
		{ "and the server too", "PCV5A!", "bdc?c.U" },

		{ "the caller goes before the first step", "O", "b" },
		{ "the caller goes before the card", "PO", "bd.x" },
		{ "the caller goes while the server looks", "PCO", "bdc.x" },
		{ "the caller goes at the prompt", "PCVO", "bdc?.x" },
		{ "the caller goes while it signs", "PCVAO", "bdc?s.x" },
		{ "the caller goes after the proof", "PCVASO", "bdc?s.p" },
		{ "password alone", "pQY", "b?oA" },
		{ "denied after the password", "pQD", "b?oD" },
		{ "a wrong one, then the right one", "pQwQY", "b?oe?oA" },
		{ "nothing typed", "pEQY", "b?e?oA" },
		{ "more than a password can be", "plQY", "b?e?oA" },
		{ "no password given", "pND", "b?xC" },
		{ "the password takes too long", "pTD", "b?xC" },
		{ "an answer to no prompt", "pQQY", "b?oA" },
		{ "an old prompt's answer", "pQwaQY", "b?oe?oA" },
		{ "card, then password", "PCVASpQY", "bdc?s.p?oA" },
		{ "card, then a wrong password", "PCVASpQwQY",
		    "bdc?s.p?oe?oA" },
		{ "card again after the password", "pQPCVASY", "b?odc?s.pA" },
		{ "busy, and posted again", "pQuTY", "b?ooA" },
		{ "busy twice", "pQuTuTwQY", "b?oooe?oA" },
		{ "busy for longer than anybody waits", "pQuT5uT5uT5uD",
		    "b?ooooxB" },
		{ "busy, and not to come again", "pQRD", "b?oxB" },
		{ "busy, and then not to come again", "pQuTRD", "b?ooxB" },
		{ "the caller goes while the server is busy", "pQuO", "b?ox" },
		{ "the caller goes while it is judged", "pQO", "b?o" },
		{ "the caller goes at the password", "pO", "b?x" },
		{ "the password's answer is lost", "pQ!Y", "b?ovA" },
		{ "lost, and denied", "pQ!D", "b?ovD" },
		{ "lost on its way there: asked for again", "pQ!pQY",
		    "b?ove?oA" },
		{ "a proof that a password asks for", "pQ!Z", "b?ovU" },
		{ "no server behind a password", "pQ!!T!T!T!", "b?ovvvvU" },
		{ "the password stands in line", "pQ!uTuTuTuTuTuTY",
		    "b?ovvvvvvvA" },
		{ "it stood there, and was wrong", "pQ!uTuTpQY", "b?ovvve?oA" },
		{ "for longer than anybody waits", "pQ!uT5uT5uT5uD",
		    "b?ovvvvxB" },
		{ "busy, then lost, for longer than anybody waits",
		    "pQuT5!5uT5uD", "b?oovvxB" },
		{ "another one stands there as long", "pQ!uT5uT5pQ!5uTY",
		    "b?ovvve?ovvA" },
		{ "the server goes meanwhile", "pQ!uTuT!T!T!T!", "b?ovvvvvvU" },
		{ "allowed while the prompt is out", "pY", "b?" },
		{ "allowed while it waits", "pQuY", "b?o" },
		{ "proof asked for by a password", "pQV", "b?oE" },

		{ "the person chooses the card", "q1CVASY", "b#dc?s.pA" },
		{ "the person chooses the password", "q2QY", "b#?oA" },
		{ "no choice after a card: the password", "PCVASqQY",
		    "bdc?s.p?oA" },
		{ "chooses neither, then one", "qA2QY", "b#e#?oA" },
		{ "a password as the choice goes nowhere", "qQ2QY", "b#e#?oA" },
		{ "never chooses", "qAAAD", "b#e#e#exC" },
		{ "chooses nothing", "qND", "b#xC" },
		{ "chooses too late", "qTD", "b#xC" },
		{ "the caller goes at the choice", "qO", "b#x" },

		{ "no account here, found with the card", "PCmVD", "bdc.xN" },
		{ "no account here, found while the PIN is typed", "PCVmAD",
		    "bdc?.xN" },
		{ "no account here, password alone", "mpQY", "b?oN" },
		{ "an account here", "tpQY", "b?oA" },
		{ "the server does not hear why", "PCVN!", "bdc?.xC" },
		{ "nor in time", "PCVNT", "bdc?.xC" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, 3);
		play(&w, tc[i].script);
		assert_string_equal(fake_talk_trace(&w.fake), tc[i].trace);
		end(&w);
	}
}

/* CARD-7 */
static void
waits(struct world *w, bool old_card)
{
	const struct talk_event e = { .type = TALK_DEVICE_WAITING,
		.waiting = { .readers = 1, .old_card = old_card } };

	w->fake.said[0] = '\0';
	login_on_device(&w->login, &e);
}

static void
who_has_taken_the_card_out_is_told_to_insert_one(void **state)
{
	char insert[SY_DIALOG_TEXT_SIZE], old[SY_DIALOG_TEXT_SIZE];
	struct world w;

	(void)state;
	text_get(SY_LANG_EN, TEXT_INSERT, NULL, insert);
	text_get(SY_LANG_EN, TEXT_OLD_CARD, NULL, old);
	/* One that lay there. */
	begin(&w, 3);
	play(&w, "P");
	waits(&w, true);
	assert_string_equal(w.fake.said, old);
	waits(&w, true);
	assert_string_equal(w.fake.said, "");
	waits(&w, false);
	assert_string_equal(w.fake.said, insert);
	/* One that was not for this login: "take it out" was said with that. */
	play(&w, "CX");
	waits(&w, true);
	assert_string_equal(w.fake.said, "");
	waits(&w, false);
	assert_string_equal(w.fake.said, insert);
	/* One that was pulled: "insert it again" was said with that. */
	play(&w, "CG");
	waits(&w, false);
	assert_string_equal(w.fake.said, "");
	end(&w);
}

static void
the_last_try_is_never_sent(void **state)
{
	static const struct {
		const char *what;
		const char *script;
		unsigned int left;
		unsigned int pins;
		const char *trace;
	} tc[] = {
		{ "three, two wrong", "PCVABABD", 3, 2, "bdc?se?s.xM" },
		{ "two, one wrong", "PCVABD", 2, 1, "bdc?s.xM" },
		{ "one", "PCVD", 1, 0, "bdc.xM" },
		{ "none", "PCVD", 0, 0, "bdc.xM" },
		{ "five, four wrong", "PCVABABABABD", 5, 4,
		    "bdc?se?se?se?s.xM" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, tc[i].left);
		play(&w, tc[i].script);
		assert_string_equal(fake_talk_trace(&w.fake), tc[i].trace);
		assert_int_equal(w.fake.pins, tc[i].pins);
		assert_string_equal(w.fake.abandon.failure, "credential");
		assert_int_equal(w.fake.abandon.pins_wrong, tc[i].pins);
		/* It says where to go. */
		assert_non_null(strstr(w.fake.result.text, "municipality"));
		assert_string_equal(w.fake.result.support, "L-4711");
		end(&w);
	}
}

static void
three_kinds_of_failure_stay_apart(void **state)
{
	static const struct {
		const char *what;
		const char *script;
		const char *failure;
		const char *reason;
		enum sy_result result;
		const char *support; /* where the server did not tell */
	} tc[] = {
		{ "credential", "PCVABAB!", "credential", "pin-reserve",
		    SY_RESULT_MAXTRIES, "C18" },
		{ "device", "PWH!", "device", "pcsc", SY_RESULT_ERROR, "D23" },
		{ "authority", "!", "", "", SY_RESULT_UNAVAILABLE, "S07" },
		{ "nobody's", "PCVN!", "cancelled", "cancelled",
		    SY_RESULT_CANCELLED, "P08" },
	};
	struct world w;
	char texts[SY_COUNT(tc)][SY_DIALOG_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, 3);
		play(&w, tc[i].script);
		assert_true(w.fake.finished);
		assert_int_equal(w.fake.result.result, tc[i].result);
		assert_string_equal(w.fake.abandon.failure, tc[i].failure);
		assert_string_equal(w.fake.abandon.reason, tc[i].reason);
		assert_string_equal(w.fake.result.support, tc[i].support);
		assert_string_equal(w.fake.result.login, "");
		memcpy(texts[i], w.fake.result.text, sizeof(texts[i]));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(texts[k], texts[i]);
		end(&w);
	}
}

static void
what_is_signed_names_person_place_and_purpose(void **state)
{
	struct sy_challenge c = { .server = "server.example",
		.terminal = "pc1",
		.login = "suzuki",
		.service = "login",
		.purpose = "login" };
	uint8_t digest[SY_HASH_SIZE_MAX];
	size_t len;
	struct world w;

	(void)state;
	begin(&w, 3);
	play(&w, "PCVASY");
	assert_int_equal(sy_text_unhex(txn, c.txn, sizeof(c.txn)), SY_OK);
	memset(c.server_nonce, 0xa5, sizeof(c.server_nonce));
	memset(c.agent_nonce, 0x5a, sizeof(c.agent_nonce));
	assert_int_equal(sy_challenge_digest(&c, SY_HASH_SHA256, digest, &len),
	    SY_OK);
	assert_int_equal(w.fake.hash_len, len);
	assert_memory_equal(w.fake.hash, digest, len);
	assert_memory_equal(w.fake.proof.agent_nonce, c.agent_nonce,
	    SY_NONCE_SIZE);
	assert_string_equal(w.fake.proof.txn, txn);
	assert_string_equal(w.fake.result.login, "suzuki");
	end(&w);
}

static void
nothing_is_signed_for_another_person(void **state)
{
	static const struct {
		const char *who;
		bool right;
	} tc[] = {
		{ "suzuki", true },
		{ "tanaka", false },
		{ "suzuki2", false },
		{ "suzuk", false },
		{ "", false },
		{ "SUZUKI", false },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  \"%s\"\n", tc[i].who);
		begin(&w, 3);
		w.who = tc[i].who;
		play(&w, "PCVA");
		assert_string_equal(fake_talk_trace(&w.fake),
		    tc[i].right ? "bdc?s" : "bdc.E");
		end(&w);
	}
}

static void
a_key_without_pin_signs_when_its_card_was_confirmed(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 3);
	w.methods = "card";
	play(&w, "PCVSY");
	assert_int_equal(w.fake.card.slot, SY_SLOT_OPEN);
	assert_string_equal(fake_talk_trace(&w.fake), "bdcs.pA");
	assert_int_equal(w.fake.pins, 0);
	end(&w);
}

static void
methods_that_no_card_can_do_are_said_so(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 3);
	w.methods = "card-mac code";
	play(&w, "PD");
	assert_string_equal(fake_talk_trace(&w.fake), "bxE");
	assert_string_equal(w.fake.abandon.failure, "device");
	end(&w);
}

static void
cards_put_in_and_out_do_not_go_on_for_ever(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 3);
	play(&w, "PCVGCVGCVGCVGCVGCVGD");
	assert_true(w.fake.finished);
	assert_int_equal(w.fake.result.result, SY_RESULT_CANCELLED);
	end(&w);

	/* Another person's card does not make the time longer. */
	begin(&w, 3);
	play(&w, "PC5XC5XD");
	assert_true(w.fake.finished);
	assert_int_equal(w.fake.result.result, SY_RESULT_CANCELLED);
	end(&w);
}

/* Whatever comes in whatever order: the operations above assert that nothing
 * is said after the end, that no prompt comes twice and that no PIN is sent at
 * the reserve. */
static void
no_order_of_events_breaks_its_promises(void **state)
{
	static const char events[] = "PVXYD!~RZWCBFSGMKHAaENT5pwquQ12lmtk";
	char script[2] = "";
	uint32_t random = 1;
	struct world w;

	(void)state;
	for (int run = 0; run < 3000; run++) {
		unsigned int typed = 0;
		bool proven = false;

		begin(&w, 3);
		play(&w, "P");
		for (int i = 0; i < 40 && !w.fake.finished; i++) {
			random = random * 1664525U + 1013904223U;
			script[0] =
			    events[(random >> 16) % (sizeof(events) - 1)];
			/* A card does not count below its last try. */
			if (script[0] == 'B' && w.fake.tries == 1)
				continue;
			if (script[0] == 'A' || script[0] == 'a')
				typed++;
			w.fake.used = 0;
			play(&w, script);
			proven |= strpbrk(w.fake.trace, "po") != NULL;
			assert_true(w.fake.pins <= typed);
		}
		if (w.fake.finished &&
		    w.fake.result.result == SY_RESULT_ALLOWED)
			assert_true(proven);
		play(&w, "O");
		end(&w);
	}
}

/* A card may carry the enrolled key under either slot; nobody is told to take
 * out the right card. */
static void
both_slots_of_a_card_are_tried(void **state)
{
	static const struct {
		const char *what;
		const char *script;
		const char *trace;
		uint8_t slot;
		uint8_t driver;
	} tc[] = {
		{ "the first", "PCVASY", "bdc?s.pA", SY_SLOT_PIN,
		    SY_DRIVER_PIV },
		{ "the second", "PCXCVSY", "bdcdcs.pA", SY_SLOT_OPEN,
		    SY_DRIVER_PIV },
		{ "neither", "PCXCX", "bdcdced", SY_SLOT_PIN, SY_DRIVER_PIV },
		{ "neither, then another card's second", "PCXCXCXCVSY",
		    "bdcdcedcdcs.pA", SY_SLOT_OPEN, SY_DRIVER_PIV },
		{ "no key in the first", "PkCVSY", "bddcs.pA", SY_SLOT_OPEN,
		    SY_DRIVER_PIV },
		{ "no key in either", "Pkk", "bdded", SY_SLOT_PIN,
		    SY_DRIVER_PIV },
		{ "JPKI has one slot", "PCX", "bdced", SY_SLOT_PIN,
		    SY_DRIVER_JPKI },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, 3);
		/* In the server's order; the key behind a PIN comes first. */
		w.methods = "card card-pin";
		w.driver = tc[i].driver;
		if (tc[i].driver == SY_DRIVER_PIV &&
		    tc[i].slot == SY_SLOT_PIN && strchr(tc[i].script, 'A')) {
			/* A PIV PIN has six digits. */
			play(&w, "PCV");
			answers(&w, w.fake.prompt, "1234");
			assert_int_equal(w.fake.pins, 0);
			end(&w);
			continue;
		}
		play(&w, tc[i].script);
		assert_string_equal(fake_talk_trace(&w.fake), tc[i].trace);
		assert_int_equal(w.fake.card.slot, tc[i].slot);
		/* The same insertion is looked at again, another must be new.
		 */
		assert_int_equal(w.fake.card.fresh, tc[i].slot == SY_SLOT_PIN);
		if (tc[i].slot == SY_SLOT_OPEN)
			assert_string_equal(w.fake.shown.method, "card");
		end(&w);
	}
	/* What is wrong with a card that has no second key is told once. */
	begin(&w, 3);
	w.methods = "card-pin card";
	w.driver = SY_DRIVER_PIV;
	play(&w, "PCXk");
	assert_string_equal(fake_talk_trace(&w.fake), "bdcded");
	assert_non_null(strstr(w.fake.said, "not for this login"));
	end(&w);
}

/* A host such as i3lock answers every prompt with the same string. */
static void
a_typed_password_is_never_sent_as_a_pin(void **state)
{
	static const char *const passwords[] = { "correct horse battery",
		"Tr0ub4dor&3", "12345678901", "123456789", "\343\201\202" };
	static const uint8_t drivers[] = { SY_DRIVER_JPKI, SY_DRIVER_PIV };
	struct world w;

	(void)state;
	for (size_t d = 0; d < SY_COUNT(drivers); d++)
		for (size_t i = 0; i < SY_COUNT(passwords); i++) {
			begin(&w, 3);
			w.driver = drivers[d];
			play(&w, "PCV");
			for (int n = 0; n < 12 && !w.fake.finished; n++)
				answers(&w, w.fake.prompt, passwords[i]);
			play(&w, "D");
			assert_true(w.fake.finished);
			assert_int_equal(w.fake.pins, 0);
			assert_null(strchr(w.fake.trace, 's'));
			end(&w);
		}
}

static void
what_was_typed_is_forgotten_as_soon_as_it_is_posted(void **state)
{
	static const char *const scripts[] = { "pQw", "pQP", "pQY", "pQD",
		"pQ!", "pQV", "pQR", "pQO", "pQuO", "pQuT5uT5uT5uD" };
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(scripts); i++) {
		print_message("  %s\n", scripts[i]);
		begin(&w, 3);
		play(&w, scripts[i]);
		assert_null(w.login.password.typed);
		end(&w);
	}
	/* While the server is busy it is needed, and the same one is sent. */
	begin(&w, 3);
	play(&w, "pQu");
	assert_non_null(w.login.password.typed);
	memset(&w.fake.password, 0, sizeof(w.fake.password));
	play(&w, "T");
	assert_int_equal(w.fake.password.password_len, strlen(password));
	assert_memory_equal(w.fake.password.password, password,
	    strlen(password));
	assert_string_equal(w.fake.password.txn, txn);
	end(&w);
}

static void
tries_that_are_left_are_told_where_the_server_tells(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 3);
	play(&w, "p");
	assert_null(strstr(w.fake.heard, "tries left"));
	assert_non_null(strstr(w.fake.said, "Enter your password"));
	play(&w, "Qw");
	assert_non_null(strstr(w.fake.heard,
	    "The password is wrong. 2 tries left."));
	end(&w);
}

static void
a_reason_to_refuse_says_what_to_do(void **state)
{
	const int64_t now = (int64_t)time(NULL);
	const struct {
		const char *reason;
		int64_t until;
		const char *text;
	} tc[] = {
		{ "password-state", 0, "Ask the help desk to open it" },
		{ "password-state", now + 86400 * 2, "is locked until 20" },
		{ "no-grant", 0, "Ask your administrator" },
		{ "counter", 0, "there may be a copy of it" },
		{ "model", 0, "keys of this model" },
		{ "finger-missing", 0, "needs your finger" },
		{ "no-factor", 0, "The login was refused." },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin(&w, 3);
		w.extra.until = tc[i].until;
		(void)snprintf(w.extra.reason, sizeof(w.extra.reason), "%s",
		    tc[i].reason);
		play(&w, "pQD");
		assert_int_equal(w.fake.result.result, SY_RESULT_DENIED);
		assert_non_null(strstr(w.fake.result.text, tc[i].text));
		assert_non_null(strstr(w.fake.result.text, "L-4711"));
		end(&w);
	}
}

/* LOGIN-1, LOGIN-2 */
static void
an_allowed_login_is_told_what_happened_before(void **state)
{
	static const struct {
		enum sy_purpose purpose;
		bool notice;
		bool history;
		bool warnings;
	} tc[] = {
		{ SY_PURPOSE_LOGIN, true, true, true },
		{ SY_PURPOSE_REMOTE, true, true, true },
		{ SY_PURPOSE_PRIVILEGED, false, false, true },
		{ SY_PURPOSE_UNLOCK, false, false, false },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		const struct sy_dialog_auth auth = { .user = "suzuki",
			.service = "login",
			.purpose = (uint8_t)tc[i].purpose };

		begin_as(&w, &auth);
		w.extra.last_login = 1700000000;
		w.extra.last_logout = 1700003600;
		w.extra.failures = 3;
		w.extra.password_ends = 1800000000;
		w.extra.card_ends = 1800000000;
		(void)snprintf(w.extra.notice, sizeof(w.extra.notice),
		    "For work only.");
		(void)snprintf(w.extra.last_login_terminal,
		    sizeof(w.extra.last_login_terminal), "pc7");
		(void)snprintf(w.extra.last_logout_terminal,
		    sizeof(w.extra.last_logout_terminal), "pc8");
		play(&w, "pQY");
		assert_int_equal(w.fake.result.result, SY_RESULT_ALLOWED);
		assert_int_equal(strstr(w.fake.heard, "For work only.") != NULL,
		    tc[i].notice);
		assert_int_equal(strstr(w.fake.heard,
				     "Last login: 2023-11-1") != NULL,
		    tc[i].history);
		assert_int_equal(strstr(w.fake.heard, "at pc7.") != NULL,
		    tc[i].history);
		assert_int_equal(strstr(w.fake.heard, "at pc8.") != NULL,
		    tc[i].history);
		assert_int_equal(strstr(w.fake.heard, "login: 3.") != NULL,
		    tc[i].history);
		assert_int_equal(strstr(w.fake.heard,
				     "must be changed before") != NULL,
		    tc[i].warnings);
		assert_int_equal(strstr(w.fake.heard,
				     "certificate of the card") != NULL,
		    tc[i].warnings);
		end(&w);
	}
	/* Who was refused is told nothing of the person's. */
	begin(&w, 3);
	w.extra.last_login = 1700000000;
	play(&w, "pQD");
	assert_null(strstr(w.fake.heard, "Last login"));
	end(&w);
}

static void
evidence_names_person_account_service_and_duty(void **state)
{
	const struct sy_dialog_auth su = { .user = "root",
		.ruser = "suzuki",
		.service = "su",
		.purpose = SY_PURPOSE_PRIVILEGED };
	struct world w;

	(void)state;
	begin_as(&w, &su);
	/* It is the caller who shows that it is he. */
	assert_string_equal(w.fake.begun.user, "suzuki");
	assert_string_equal(w.fake.begun.purpose, "privileged");
	assert_string_equal(w.fake.begun.lang, "en");
	(void)snprintf(w.extra.change, sizeof(w.extra.change), "expired");
	(void)snprintf(w.extra.rules, sizeof(w.extra.rules), "short:10");
	play(&w, "pQY");
	assert_int_equal(w.fake.keeps, 1);
	assert_string_equal(w.fake.kept.person, "suzuki");
	assert_string_equal(w.fake.kept.user, "root");
	assert_string_equal(w.fake.kept.service, "su");
	assert_string_equal(w.fake.kept.txn, txn);
	assert_string_equal(w.fake.kept.duty, "expired");
	assert_string_equal(w.fake.kept.rules, "short:10");
	assert_int_equal(w.fake.kept.purpose, SY_PURPOSE_PRIVILEGED);
	assert_string_equal(w.fake.result.login, "suzuki");
	end(&w);
}

static void
a_card_may_tell_who_it_is(void **state)
{
	const struct sy_dialog_auth auth = {
		.service = "lightdm", .purpose = SY_PURPOSE_LOGIN, .identify = 1
	};
	struct world w;

	(void)state;
	begin_as(&w, &auth);
	assert_true(w.fake.begun.identify);
	assert_string_equal(w.fake.begun.user, "");
	assert_string_equal(w.fake.looked_up, "");
	play(&w, "PCV");
	assert_string_equal(w.fake.looked_up, "suzuki");
	play(&w, "tASY");
	assert_string_equal(fake_talk_trace(&w.fake), "bdc?s.pA");
	assert_string_equal(w.fake.result.login, "suzuki");
	assert_string_equal(w.fake.kept.user, "suzuki");
	end(&w);
	/* Once it is known nobody else comes out of it. */
	begin_as(&w, &auth);
	play(&w, "PCVAS");
	w.who = "tanaka";
	play(&w, "Y");
	assert_int_equal(w.fake.result.result, SY_RESULT_ERROR);
	end(&w);
}

static void
an_allowed_login_is_the_one_that_was_asked_for(void **state)
{
	static const struct {
		const char *user; /* "": a card is to tell */
		const char *who;  /* as the verdict names it */
		const char *person;
	} tc[] = {
		{ "suzuki", "suzuki", "suzuki" },
		{ "SUZUKI", "suzuki", "suzuki" },
		{ "suzuki", "", "suzuki" },
		{ "SUZUKI", "", NULL },
		{ "", "", NULL },
		{ "suzuki", "tanaka", NULL },
		{ "suzuki", "root", NULL },
		{ "suzuki", "suzuki2", NULL },
		{ "suzuki", "SUZUKI", NULL },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		struct sy_dialog_auth auth = { .service = "login",
			.purpose = SY_PURPOSE_LOGIN,
			.identify = tc[i].user[0] == '\0' };

		print_message("  \"%s\", \"%s\"\n", tc[i].user, tc[i].who);
		(void)snprintf(auth.user, sizeof(auth.user), "%s", tc[i].user);
		begin_as(&w, &auth);
		w.who = tc[i].who;
		play(&w, "pQY");
		assert_string_equal(fake_talk_trace(&w.fake),
		    tc[i].person ? "b?oA" : "b?oE");
		assert_int_equal(w.fake.keeps, tc[i].person ? 1 : 0);
		if (tc[i].person)
			assert_string_equal(w.fake.result.login, tc[i].person);
		end(&w);
	}
}

static void
a_missing_account_says_so_and_what_to_do(void **state)
{
	static const enum sy_purpose without[] = { SY_PURPOSE_UNLOCK,
		SY_PURPOSE_PRIVILEGED };
	struct world w;

	(void)state;
	begin(&w, 3);
	play(&w, "PCmVD");
	assert_int_equal(w.fake.result.result, SY_RESULT_NO_ACCOUNT);
	assert_non_null(strstr(w.fake.result.text, "Unix account suzuki"));
	assert_string_equal(w.fake.abandon.reason, "not-found");
	assert_string_equal(w.fake.abandon.place, "account");
	assert_string_equal(w.fake.result.support, "L-4711");
	end(&w);
	for (size_t i = 0; i < SY_COUNT(without); i++) {
		const struct sy_dialog_auth auth = { .user = "suzuki",
			.service = "login",
			.purpose = (uint8_t)without[i] };

		begin_as(&w, &auth);
		play(&w, "mpQY");
		assert_int_equal(w.fake.result.result, SY_RESULT_ALLOWED);
		end(&w);
	}
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
		    who_has_taken_the_card_out_is_told_to_insert_one),
		cmocka_unit_test(the_last_try_is_never_sent),
		cmocka_unit_test(three_kinds_of_failure_stay_apart),
		cmocka_unit_test(what_is_signed_names_person_place_and_purpose),
		cmocka_unit_test(nothing_is_signed_for_another_person),
		cmocka_unit_test(
		    a_key_without_pin_signs_when_its_card_was_confirmed),
		cmocka_unit_test(methods_that_no_card_can_do_are_said_so),
		cmocka_unit_test(cards_put_in_and_out_do_not_go_on_for_ever),
		cmocka_unit_test(both_slots_of_a_card_are_tried),
		cmocka_unit_test(a_typed_password_is_never_sent_as_a_pin),
		cmocka_unit_test(
		    what_was_typed_is_forgotten_as_soon_as_it_is_posted),
		cmocka_unit_test(
		    tries_that_are_left_are_told_where_the_server_tells),
		cmocka_unit_test(a_reason_to_refuse_says_what_to_do),
		cmocka_unit_test(an_allowed_login_is_told_what_happened_before),
		cmocka_unit_test(
		    evidence_names_person_account_service_and_duty),
		cmocka_unit_test(a_card_may_tell_who_it_is),
		cmocka_unit_test(
		    an_allowed_login_is_the_one_that_was_asked_for),
		cmocka_unit_test(a_missing_account_says_so_and_what_to_do),
		cmocka_unit_test(no_order_of_events_breaks_its_promises),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
