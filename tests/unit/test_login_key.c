/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <sanyoso/policy.h>

#include "agent/login.h"
#include "tests/support/fake_talk.h"

/*
 * A login with a FIDO2 key against a scripted world. A script is a string of
 * events, the trace what the machine did: see fake_talk.h.
 *
 *   P  server: present            W  device: waiting, no key
 *   p  server: present, password  O  device: another key is in place
 *   V  server: assert             C  device: several, to be chosen by touch
 *   Y  server: allow              L  device: a card lies there
 *   D  server: deny               F  device: a key was found
 *   !  no answer                  t  device: touch it  f: place the finger
 *   Z  refused: waits for it      S  device: signed
 *   A  the PIN is typed           B  device: wrong PIN   K: PIN blocked
 *   a  into the prompt before     X  device: finger not recognised, Y: and
 *   Q  a password is typed           the sensor is blocked is "x"
 *   s  "ab" is typed              R  device: must be without power
 *   e  nothing is typed           U  device: not touched
 *   n  no answer is given         N  device: turned down on the key
 *   1, 2, 3 are typed             G  device: key gone    M: mute
 *   T  the timer fires            H  device: broken      w: no key came
 *   5  25 s go by                 o  the caller goes away
 *   m  the account is missing     b  device: bare
 *   E  device: another program has the key
 *   l  a key was found and is looked at: F, S, V
 */
struct world {
	struct fake_talk fake;
	struct login login;
	const char *methods;
	const char *who;
	bool uv;
	bool in_place; /* a card in its reader may be used */
	struct sy_keydevice_found found;
};

static const char txn[] = "00112233445566778899aabbccddeeff";
static const char pin[] = "2468-sesame";
static const char password[] = "correct horse battery";

static void
step_from_server(struct world *w, const char *name, const char *methods,
    const char *verdict)
{
	struct sy_credential shown[SY_CREDENTIALS_SHOWN] = {
		{ .id = { 1 }, .id_len = 16 },
		{ .id = { 2 }, .id_len = 64 },
		{ .id = { 3 }, .id_len = 64 },
		{ .id = { 4 }, .id_len = 64 },
	};
	struct sy_auth_step step = { .reserve = 1,
		.life = 60,
		.fresh = !w->in_place,
		.uv = w->uv,
		.nonce_len = SY_NONCE_SIZE };
	const struct talk_reply reply = { .call = w->fake.call, .step = &step };

	if (w->who[0] != '\0')
		step.credentials = (struct sy_list){ .items = shown,
			.count = SY_COUNT(shown) };
	(void)snprintf(step.txn, sizeof(step.txn), "%s", txn);
	(void)snprintf(step.step, sizeof(step.step), "%s", name);
	(void)snprintf(step.methods, sizeof(step.methods), "%s", methods);
	(void)snprintf(step.drivers, sizeof(step.drivers), "jpki piv");
	(void)snprintf(step.verdict, sizeof(step.verdict), "%s", verdict);
	(void)snprintf(step.login, sizeof(step.login), "%s",
	    verdict[0] != '\0' ? "suzuki" : w->who);
	(void)snprintf(step.rp_id, sizeof(step.rp_id), "auth.city.example");
	(void)snprintf(step.origin, sizeof(step.origin),
	    "https://auth.city.example");
	memset(step.nonce, 0xa5, sizeof(step.nonce));
	if (w->fake.call == TALK_AUTH_LOOK && strcmp(name, "assert") == 0)
		w->fake.confirmed = w->fake.looking;
	login_on_reply(&w->login, &reply);
}

static void
no_answer(struct world *w, enum sy_err err, enum sy_err refusal)
{
	struct talk_reply reply = {
		.call = w->fake.call, .err = err, .refused = err == SY_OK
	};

	(void)snprintf(reply.failure.error, sizeof(reply.failure.error), "%s",
	    sy_err_name(refusal));
	login_on_reply(&w->login, &reply);
}

static void
waits(struct world *w, struct sy_keydevice_waiting waiting)
{
	const struct talk_event e = { .type = TALK_KEY_WAITING,
		.keys = waiting };

	login_on_device(&w->login, &e);
}

static void
touch(struct world *w, enum sy_key_touch what)
{
	const struct talk_event e = { .type = TALK_KEY_TOUCH,
		.touch = { .what = (uint8_t)what } };

	login_on_device(&w->login, &e);
}

static void
refuses(struct world *w, enum sy_err code, unsigned int tries)
{
	const struct talk_event e = { .type = TALK_KEY_REFUSED,
		.refused = { .code = (uint8_t)code, .tries = (uint8_t)tries } };

	login_on_device(&w->login, &e);
}

static void
fails(struct world *w, enum sy_err code)
{
	const struct talk_event e = { .type = TALK_DEVICE_FAILED,
		.failed = { .kind = SY_FAILURE_DEVICE,
		    .code = (uint8_t)code,
		    .tries = 255 } };

	login_on_device(&w->login, &e);
}

static void
finds(struct world *w)
{
	const struct talk_event e = { .type = TALK_KEY_FOUND,
		.found = &w->found };

	w->found.pin_tries = (uint8_t)w->fake.tries;
	login_on_device(&w->login, &e);
}

static void
signs(struct world *w)
{
	const struct sy_keydevice_signed made = {
		.uv = w->fake.assertion.uv,
		.credential = { .id = { 2 }, .len = 64 },
		.handle = { 9, 9 },
		.handle_len = 2,
		.authdata = { 7 },
		.authdata_len = 37,
		.signature = { 0x30 },
		.signature_len = 70,
	};
	const struct talk_event e = { .type = TALK_KEY_SIGNED,
		.signed_ = &made };

	login_on_device(&w->login, &e);
}

static void
answers(struct world *w, uint32_t number, const char *text)
{
	struct sy_secret *answer = fake_talk_secret(text);

	login_on_answer(&w->login, number, &answer);
	assert_null(answer);
}

static void
play_server(struct world *w, char event)
{
	switch (event) {
	case 'P':
		step_from_server(w, "present", w->methods, "");
		break;
	case 'p':
		step_from_server(w, "present", "password", "");
		break;
	case 'V':
		step_from_server(w, "assert", "", "");
		break;
	case 'Y':
		step_from_server(w, "verdict", "", "allow");
		break;
	case 'D':
		step_from_server(w, "verdict", "", "deny");
		break;
	case '!':
		no_answer(w, SY_ERR_TIMEOUT, SY_OK);
		break;
	case 'Z':
		no_answer(w, SY_OK, SY_ERR_STATE);
		break;
	case 'm':
		login_on_account(&w->login, TALK_ACCOUNT_MISSING);
		break;
	default:
		fail_msg("no such event: %c", event);
	}
}

static void
play_person(struct world *w, char event)
{
	char digit[] = { event, '\0' };

	switch (event) {
	case 'A':
		answers(w, w->fake.prompt, pin);
		break;
	case 'a':
		answers(w, w->fake.prompt - 1, pin);
		break;
	case 'Q':
		answers(w, w->fake.prompt, password);
		break;
	case 's':
		answers(w, w->fake.prompt, "\xe9\x8d\xb5\xe9\x8d\xb5");
		break;
	case 'e':
		answers(w, w->fake.prompt, "");
		break;
	case 'n':
		answers(w, w->fake.prompt, NULL);
		break;
	case '1':
	case '2':
	case '3':
		answers(w, w->fake.prompt, digit);
		break;
	case 'T':
		login_on_timer(&w->login);
		break;
	case '5':
		w->fake.clock += 25000;
		break;
	case 'o':
		login_on_closed(&w->login);
		break;
	default:
		play_server(w, event);
	}
}

static void
play_refusal(struct world *w, char event)
{
	switch (event) {
	case 'B':
		refuses(w, SY_ERR_PIN_WRONG, --w->fake.tries);
		break;
	case 'K':
		refuses(w, SY_ERR_PIN_BLOCKED, 0);
		break;
	case 'X':
		refuses(w, SY_ERR_UV_WRONG, --w->found.uv_tries);
		break;
	case 'x':
		refuses(w, SY_ERR_UV_BLOCKED, 255);
		break;
	case 'R':
		refuses(w, SY_ERR_KEY_REPLUG, 255);
		break;
	case 'U':
		refuses(w, SY_ERR_TIMEOUT, 255);
		break;
	case 'N':
		refuses(w, SY_ERR_DENIED, 255);
		break;
	case 'b':
		refuses(w, SY_ERR_KEY_BARE, 255);
		break;
	default:
		play_person(w, event);
	}
}

static void
play(struct world *w, const char *script)
{
	for (const char *p = script; *p != '\0'; p++)
		switch (*p) {
		case 'W':
			waits(w, (struct sy_keydevice_waiting){ .keys = 0 });
			break;
		case 'O':
			waits(w,
			    (struct sy_keydevice_waiting){
				.keys = 1, .other = true });
			break;
		case 'C':
			waits(w,
			    (struct sy_keydevice_waiting){
				.keys = 2, .choose = true });
			break;
		case 'E':
			waits(w,
			    (struct sy_keydevice_waiting){
				.keys = 1, .busy = true });
			break;
		case 'L':
			waits(w,
			    (struct sy_keydevice_waiting){
				.keys = 1, .old_card = true });
			break;
		case 'F':
			finds(w);
			break;
		case 'l':
			play(w, "FSV");
			break;
		case 't':
			touch(w, SY_KEY_TOUCH_PRESENCE);
			break;
		case 'f':
			touch(w, SY_KEY_TOUCH_FINGER);
			break;
		case 'S':
			signs(w);
			break;
		case 'G':
			fails(w, SY_ERR_CARD_GONE);
			break;
		case 'M':
			fails(w, SY_ERR_CARD_MUTE);
			break;
		case 'H':
			fails(w, SY_ERR_INTERNAL);
			break;
		case 'w':
			fails(w, SY_ERR_TIMEOUT);
			break;
		default:
			play_refusal(w, *p);
		}
}

/* Keys: no PIN and no sensor; a PIN; a PIN and an enrolled finger. */
enum kind { BARE, PIN, BIO };

static void
begin_as(struct world *w, enum kind kind, const char *methods,
    const struct sy_dialog_auth *auth)
{
	const struct login_setup setup = { .server = "server.example",
		.terminal = "pc1",
		.card_wait_ms = 60000,
		.drivers = 1U << SY_DRIVER_JPKI | 1U << SY_DRIVER_PIV };

	memset(w, 0, sizeof(*w));
	fake_talk_open(&w->fake);
	w->fake.keys = w->fake.looks = true;
	w->fake.tries = 8;
	w->methods = methods;
	w->who = auth->identify != 0 ? "" : "suzuki";
	w->found = (struct sy_keydevice_found){ .pin_supported = true,
		.pin_set = kind != BARE,
		.uv_supported = kind == BIO,
		.uv_set = kind == BIO,
		.pin_min = 4,
		.uv_tries = kind == BIO ? 3 : 255,
		.credential = 1 };
	login_start(&w->login, &w->fake.talk, &setup, auth);
}

static void
begin(struct world *w, enum kind kind, const char *methods)
{
	const struct sy_dialog_auth auth = { .user = "suzuki",
		.service = "login",
		.purpose = SY_PURPOSE_LOGIN };

	begin_as(w, kind, methods, &auth);
}

static void
end(struct world *w)
{
	login_on_closed(&w->login);
	assert_null(w->login.key.pin);
	assert_null(w->login.password.typed);
}

struct outcome {
	const char *what;
	const char *script;
	const char *trace;
};

static void
each(enum kind kind, const char *methods, const struct outcome *tc,
    size_t count)
{
	struct world w;

	for (size_t i = 0; i < count; i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, kind, methods);
		play(&w, tc[i].script);
		assert_string_equal(fake_talk_trace(&w.fake), tc[i].trace);
		end(&w);
	}
}

/* MFA-4: possession by touch. */
static void
a_touch_is_all_that_a_key_is_asked_for(void **state)
{
	static const struct outcome tc[] = {
		{ "the straight way", "PVWFtSY", "bkdN.pA" },
		{ "denied after it", "PVWFtSD", "bkdN.pD" },
		{ "denied before any key", "D", "bD" },
		{ "denied instead of a nonce", "PD", "bkD" },
		{ "then a password", "PVFtSpQY", "bkdN.p?oA" },
		{ "not touched in time, then touched", "PVFtUtSY",
		    "bkdNeN.pA" },
		{ "never touched", "PVFtUUUD", "bkdNeNeN.xC" },
		{ "turned down on the key", "PVFtND", "bkdN.xC" },
		{ "key pulled out", "PVFtGWFtSY", "bkdNedN.pA" },
		{ "its late signature does nothing", "PVFtGS", "bkdNed" },
		{ "a mute key may be plugged in again", "PVFMFSY",
		    "bkdNedN.pA" },
		{ "one of several, by touch", "PVCFtSY", "bkdN.pA" },
		{ "a card that lies there", "PVLFSY", "bkdN.pA" },
		{ "no key comes", "PVWwD", "bkd.xC" },
		{ "nor does the worker say so", "PVWTD", "bkd.xC" },
		{ "the worker breaks", "PVWHD", "bkd.xE" },
		{ "and while it works", "PVFHD", "bkdN.xE" },
		{ "a worker that says no more", "PVFTD", "bkdN.xE" },
		{ "the key wants a PIN after all and has none", "PVFbD",
		    "bkdN.xD" },
		{ "the caller goes at the key", "PVWo", "bkd.x" },
		{ "the caller goes before the nonce", "Po", "bkx" },
		{ "the caller goes once it was signed", "PVFSo", "bkdN.p" },
		{ "no answer to the first question", "P!", "bkU" },
		{ "the assertion's answer is lost", "PVFS!Y", "bkdN.pvA" },
		{ "lost, and denied", "PVFS!D", "bkdN.pvD" },
		{ "the assertion itself was lost", "PVFS!ZY", "bkdN.pvpA" },
		{ "but it is sent again once only", "PVFS!Z!Z", "bkdN.pvpvU" },
		{ "the first one was only late", "PVFS!ZZY", "bkdN.pvpvA" },
		{ "lost, and it led on to the password", "PVFS!pQY",
		    "bkdN.pv?oA" },
		{ "allowed before anything was signed", "PY", "bkE" },
		{ "allowed while a key is waited for", "PVY", "bkd" },
		{ "a second nonce that nobody asked for", "PVV", "bkd" },
		{ "the person has no account here", "PVmFD", "bkd.xN" },
	};

	(void)state;
	each(BARE, "fido2", tc, SY_COUNT(tc));
}

/* CARD-7 */
static void
a_pin_is_typed_and_sent_once(void **state)
{
	static const struct outcome tc[] = {
		{ "the straight way", "PVWlAtSY", "bkdJj?I.pA" },
		{ "a wrong PIN, then the right one", "PVlABASY",
		    "bkdJj?Ie?I.pA" },
		{ "the key blocks it", "PVlAKD", "bkdJj?I.xM" },
		{ "two characters are no PIN", "PVlsASY", "bkdJj?e?I.pA" },
		{ "nothing is none", "PVleASY", "bkdJj?e?I.pA" },
		{ "no PIN given", "PVlnD", "bkdJj?.xC" },
		{ "the PIN takes too long", "PVlTD", "bkdJj?.xC" },
		{ "key gone at the prompt: typed in vain", "PVlGA",
		    "bkdJj?ed" },
		{ "an answer to the prompt before is none", "PVlGla",
		    "bkdJj?edJj?" },
		{ "nor into the prompt before", "PVlGlaASY",
		    "bkdJj?edJj?I.pA" },
		{ "three wrong ones: it must be without power",
		    "PVlABABARGWlASY", "bkdJj?Ie?Ie?IeedJj?I.pA" },
		{ "it is never pulled out", "PVlARTD", "bkdJj?Ie.xC" },
		{ "a PIN typed long after the nonce", "PVl5AVSY",
		    "bkdJj?kI.pA" },
		{ "the key goes while the nonce is asked for", "PVl5AGVlASY",
		    "bkdJj?kedJj?I.pA" },
		{ "and comes back before it is there", "PVl5AGFVSVASY",
		    "bkdJj?kedJj?I.pA" },
		{ "and no nonce comes", "PVl5A!", "bkdJj?k.U" },
		{ "the caller goes at the prompt", "PVlo", "bkdJj?.x" },
		{ "untouched: the PIN is typed anew", "PVlAUASY",
		    "bkdJj?Ie?I.pA" },
	};

	(void)state;
	each(PIN, "fido2-uv", tc, SY_COUNT(tc));
}

/* CARD-7: nobody types a PIN for a key that only says that it is theirs. */
static void
no_pin_is_asked_for_before_the_server_knows_the_key(void **state)
{
	static const struct outcome tc[] = {
		{ "the straight way", "PVWFSVAtSY", "bkdJj?I.pA" },
		{ "the server says no", "PVFSD", "bkdJj.D" },
		{ "what is typed meanwhile goes nowhere", "PVFASAVASY",
		    "bkdJj?I.pA" },
		{ "the server's answer is lost: it is looked at anew",
		    "PVFS!VSVASY", "bkdJjkJj?I.pA" },
		{ "and lost again", "PVFS!VS!", "bkdJjkJj.U" },
		{ "and no nonce comes", "PVFS!!", "bkdJjk.U" },
		{ "once for each key", "PVFS!GFVS!VSVASY",
		    "bkdJjkedJjkJj?I.pA" },
		{ "and for a key that went meanwhile", "PVFSG!FVSVASY",
		    "bkdJjedkJj?I.pA" },
		{ "and is back already", "PVFSGF!VSVASY", "bkdJjedkJj?I.pA" },
		{ "and another key was there", "PVFSGO!VFSVASY",
		    "bkdJjedeKJj?I.pA" },
		{ "a look lets nobody in", "PVFSY", "bkdJj.E" },
		{ "nor does it lead on", "PVFSP", "bkdJj.E" },
		{ "the key goes before it signed", "PVFGFSVASY",
		    "bkdJedJj?I.pA" },
		{ "a key that says nothing", "PVFM", "bkdJed" },
		{ "the key goes while the server looks", "PVFSGVlASY",
		    "bkdJjedJj?I.pA" },
		{ "and is back before the answer: it is looked at anew",
		    "PVFSGFVSVASY", "bkdJjedJj?I.pA" },
		{ "and another key meanwhile", "PVFSGOVVlASY",
		    "bkdJjedeKJj?I.pA" },
		{ "a key that is put in again", "PVlGlASY", "bkdJj?edJj?I.pA" },
		{ "the nonce got old before there was a key", "PV5FVSVASY",
		    "bkdkJj?I.pA" },
		{ "the caller goes while the server looks", "PVFSo",
		    "bkdJj.x" },
		{ "the person has no account here", "PVmFD", "bkd.xN" },
	};

	(void)state;
	each(PIN, "fido2-uv", tc, SY_COUNT(tc));
}

/* Whatever a false key answers leads to no prompt, and is told (CARD-7). */
static void
a_key_that_gives_no_look_gets_no_pin(void **state)
{
	static const struct {
		char event;
		const char *place;
	} refusals[] = {
		{ 'B', "look: pin-wrong" },
		{ 'K', "look: pin-blocked" },
		{ 'X', "look: uv-wrong" },
		{ 'x', "look: uv-blocked" },
		{ 'R', "look: key-replug" },
		{ 'N', "look: denied" },
		{ 'b', "look: key-bare" },
	};
	static const struct {
		enum kind kind;
		bool finger; /* is enrolled */
		uint8_t tries;
	} sensors[] = {
		{ PIN, false, 255 },
		{ BIO, false, 3 },
		{ BIO, true, 0 },
	};
	const struct outcome either[] = {
		{ "a touch, where that will do", "PVFbVtSY", "bkdJkN.pA" },
	};
	char script[] = "PVF?D";
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(refusals) * SY_COUNT(sensors); i++) {
		const size_t r = i / SY_COUNT(sensors);
		const size_t s = i % SY_COUNT(sensors);

		begin(&w, sensors[s].kind, "fido2-uv");
		w.found.uv_set = sensors[s].finger;
		w.found.uv_tries = sensors[s].tries;
		script[3] = refusals[r].event;
		play(&w, script);
		assert_string_equal(fake_talk_trace(&w.fake), "bkdJ.xD");
		assert_non_null(strstr(w.fake.result.text,
		    "does not show whose"));
		assert_null(strstr(w.fake.heard, "is asked for instead"));
		assert_string_equal(w.fake.abandon.failure, "credential");
		assert_string_equal(w.fake.abandon.reason, "key-unfit");
		assert_string_equal(w.fake.abandon.place, refusals[r].place);
		assert_int_equal(w.fake.abandon.pins_wrong, 0);
		end(&w);
	}
	each(PIN, "fido2 fido2-uv", either, SY_COUNT(either));
}

/* That is the device's failure, not a false key's. */
static void
a_key_that_is_slow_to_give_a_look_may_try_again(void **state)
{
	static const struct outcome tc[] = {
		{ "and does", "PVFUFSVASY", "bkdJedJj?I.pA" },
		{ "and is as slow", "PVFUFUFUFUFUFUD",
		    "bkdJedJedJedJedJedJe.xC" },
		{ "and is not put in again", "PVFUwD", "bkdJed.xC" },
	};
	struct world w;

	(void)state;
	each(PIN, "fido2-uv", tc, SY_COUNT(tc));
	begin(&w, PIN, "fido2-uv");
	play(&w, "PVFU");
	assert_non_null(strstr(w.fake.heard, "did not answer properly"));
	end(&w);
}

/* It was given none, so that is no try and leads to no prompt (CARD-7). */
static void
a_key_that_was_given_no_pin_can_not_call_it_wrong(void **state)
{
	static const struct sy_dialog_auth suzuki = { .user = "suzuki",
		.service = "login",
		.purpose = SY_PURPOSE_LOGIN };
	static const struct sy_dialog_auth nobody = {
		.service = "lightdm", .identify = 1, .purpose = SY_PURPOSE_LOGIN
	};
	static const struct {
		enum kind kind;
		const char *methods;
		const char *script;
		const char *trace;
		bool identify;
	} tc[] = {
		{ PIN, "fido2", "PVFBSD", "bkdN.xD", false },
		{ PIN, "fido2", "PVFKSD", "bkdN.xD", false },
		{ PIN, "fido2", "PVFBSD", "bkdN.xD", true },
		{ BIO, "fido2-bio", "PVFBSD", "bkdF.xD", false },
		{ BIO, "fido2-bio fido2-uv", "PVFBSD", "bkdF.xD", true },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin_as(&w, tc[i].kind, tc[i].methods,
		    tc[i].identify ? &nobody : &suzuki);
		play(&w, tc[i].script);
		assert_string_equal(fake_talk_trace(&w.fake), tc[i].trace);
		assert_string_equal(w.fake.abandon.failure, "credential");
		assert_string_equal(w.fake.abandon.reason, "key-unfit");
		assert_int_equal(w.fake.abandon.pins_wrong, 0);
		assert_null(strstr(w.fake.heard, "wrong"));
		end(&w);
	}
	/* A PIN is a way of its own, with a look before it. */
	begin(&w, BIO, "fido2-uv");
	play(&w, "PVFBSVASY");
	assert_string_equal(fake_talk_trace(&w.fake), "bkdFJj?I.pA");
	assert_int_equal(w.fake.signed_.pins_wrong, 0);
	end(&w);
	begin(&w, PIN, "fido2");
	play(&w, "PVF");
	refuses(&w, SY_ERR_KEY_REPLUG, 2);
	play(&w, "TD");
	assert_string_equal(fake_talk_trace(&w.fake), "bkdNe.xC");
	assert_int_equal(w.fake.abandon.pins_wrong, 0);
	end(&w);
}

/* What a look is: the login's challenge, and neither touch nor PIN. */
static void
a_look_asks_for_nothing_of_the_person(void **state)
{
	struct world w;

	(void)state;
	begin(&w, PIN, "fido2-uv");
	w.uv = true;
	play(&w, "PVFS");
	assert_int_equal(w.fake.call, TALK_AUTH_LOOK);
	assert_int_equal(w.fake.assertion.uv, SY_KEY_UV_LOOK);
	assert_int_equal(w.fake.assertion.credential, 1);
	assert_int_equal(w.fake.pins, 0);
	assert_string_equal(w.fake.prompt_text, "");
	assert_string_equal(w.fake.signed_.txn, txn);
	assert_int_equal(w.fake.signed_.credential_len, 64);
	assert_true(w.fake.signed_.client_data_len > 0);
	assert_false(w.fake.signed_.built_in);
	end(&w);
}

/* CARD-7: whatever a key has left, its last try is not sent. */
static void
the_last_try_of_a_key_is_never_sent(void **state)
{
	static const struct {
		unsigned int tries;
		const char *script;
		const char *trace;
		unsigned int pins;
	} tc[] = {
		{ 3, "PVlABABD", "bkdJj?Ie?I.xM", 2 },
		{ 2, "PVlABD", "bkdJj?I.xM", 1 },
		{ 1, "PVFD", "bkd.xM", 0 },
		{ 0, "PVFD", "bkd.xM", 0 },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin(&w, PIN, "fido2-uv");
		w.fake.tries = tc[i].tries;
		play(&w, tc[i].script);
		assert_string_equal(fake_talk_trace(&w.fake), tc[i].trace);
		assert_int_equal(w.fake.pins, tc[i].pins);
		assert_int_equal(w.fake.abandon.pins_wrong, tc[i].pins);
		assert_string_equal(w.fake.abandon.failure, "credential");
		/* It says where to go. */
		assert_non_null(strstr(w.fake.result.text, "card office"));
		end(&w);
	}
}

/* MFA-4: a finger alone. */
static void
a_finger_is_tried_as_often_as_the_key_lets_it(void **state)
{
	static const struct outcome tc[] = {
		{ "the straight way", "PVWFfSY", "bkdF.pA" },
		{ "a wrong finger, then the right one", "PVFfXfSY",
		    "bkdFeF.pA" },
		{ "the sensor is blocked", "PVFfXfXfxD", "bkdFeFeF.xM" },
		{ "what is typed goes nowhere", "PVFfQASY", "bkdF.pA" },
	};

	(void)state;
	each(BIO, "fido2-bio", tc, SY_COUNT(tc));
}

/* Each says what to do; a card that is no key is not asked for again. */
static void
what_keeps_a_key_from_being_used_is_told(void **state)
{
	static const struct {
		const char *script;
		const char *words;
	} tc[] = {
		{ "PVW", "Connect your security key" },
		{ "PVC", "Several security keys" },
		{ "PVE", "Another program" },
		{ "PVL", "if it is your security key, take it out" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin(&w, BARE, "fido2");
		play(&w, tc[i].script);
		assert_non_null(strstr(w.fake.heard, tc[i].words));
		end(&w);
	}
	begin(&w, BARE, "fido2");
	play(&w, "PVO");
	w.fake.heard[0] = '\0';
	waits(&w,
	    (struct sy_keydevice_waiting){
		.keys = 2, .other = true, .old_card = true });
	assert_string_equal(w.fake.heard, "");
	end(&w);
}

/* A key that does not count is counted for, and what follows is the same. */
static void
fingers_end_where_the_key_does_not_count_them(void **state)
{
	struct world w;

	(void)state;
	begin(&w, BIO, "fido2-bio fido2-uv");
	w.found.uv_tries = 255;
	play(&w, "PVF");
	for (int i = 0; i < 9; i++)
		refuses(&w, SY_ERR_UV_WRONG, 255);
	assert_string_equal(fake_talk_trace(&w.fake), "bkdFeFeFeFeFeFeFeFeFk");
	play(&w, "VSVASY");
	assert_string_equal(w.fake.key.method, "fido2-uv");
	end(&w);
}

/*
 * To unlock, a card may lie in its reader where a PIN or a finger shows intent.
 * A touch it does not need: then it is put in anew (CARD-7).
 */
static void
a_card_in_place_is_no_touch(void **state)
{
	static const struct {
		const char *methods;
		bool fresh;
	} tc[] = {
		{ "fido2", true },
		{ "fido2 fido2-uv", true },
		{ "fido2-uv", false },
		{ "fido2-bio", false },
		{ "fido2-bio fido2-uv", false },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin(&w, PIN, tc[i].methods);
		w.in_place = true;
		play(&w, "PV");
		assert_int_equal(w.fake.start.fresh, tc[i].fresh);
		end(&w);
		begin(&w, PIN, tc[i].methods);
		play(&w, "PV");
		assert_true(w.fake.start.fresh);
		end(&w);
	}
}

/* MFA-4: a PIN is no inherence; it is asked for where it counts. */
static void
behind_a_blocked_sensor_the_pin_is_asked_for_where_it_counts(void **state)
{
	static const struct outcome either[] = {
		{ "finger", "PVFfSY", "bkdF.pA" },
		{ "blocked, then the PIN", "PVFfXfXfxVSVASY",
		    "bkdFeFeFkJj?I.pA" },
		{ "blocked, and the PIN is wrong", "PVFfxVSVABASY",
		    "bkdFkJj?Ie?I.pA" },
	};
	static const struct outcome any[] = {
		{ "blocked, then the PIN", "PVFfxSVASY", "bkdFJj?I.pA" },
	};
	struct world w;

	(void)state;
	each(BIO, "fido2-bio fido2-uv", either, SY_COUNT(either));
	each(BIO, "fido2-uv", any, SY_COUNT(any));
	/* Found blocked. */
	begin(&w, BIO, "fido2-bio fido2-uv");
	w.found.uv_tries = 0;
	play(&w, "PVFVS");
	assert_null(strstr(w.fake.heard, "sensor"));
	play(&w, "VASY");
	assert_string_equal(fake_talk_trace(&w.fake), "bkdkJj?I.pA");
	assert_string_equal(w.fake.key.method, "fido2-uv");
	assert_non_null(strstr(w.fake.heard, "sensor"));
	end(&w);
	begin(&w, BIO, "fido2-bio");
	w.found.uv_tries = 0;
	play(&w, "PVFD");
	assert_string_equal(fake_talk_trace(&w.fake), "bkd.xM");
	end(&w);
}

/* What a key can do decides what the person goes for. */
static void
a_key_is_asked_for_the_best_that_it_can(void **state)
{
	static const struct {
		const char *what;
		enum kind kind;
		const char *methods;
		const char *script;
		const char *trace;
		const char *method; /* as the server was told last */
	} tc[] = {
		{ "no sensor where a finger would do", PIN,
		    "fido2-bio fido2-uv", "PVFVSVASY", "bkdkJj?I.pA",
		    "fido2-uv" },
		{ "no sensor where nothing else would", PIN, "fido2-bio",
		    "PVFD", "bkd.xD", "fido2-bio" },
		{ "no PIN where one is needed", BARE, "fido2-uv", "PVFD",
		    "bkd.xD", "fido2-uv" },
		{ "no PIN where a touch will do too", BARE, "fido2 fido2-uv",
		    "PVFVSY", "bkdkN.pA", "fido2" },
		{ "a PIN where a touch will do too", PIN, "fido2 fido2-uv",
		    "PVlASY", "bkdJj?I.pA", "fido2-uv" },
		{ "a finger for a PIN", BIO, "fido2-uv", "PVFSY", "bkdF.pA",
		    "fido2-uv" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, tc[i].kind, tc[i].methods);
		play(&w, tc[i].script);
		assert_string_equal(fake_talk_trace(&w.fake), tc[i].trace);
		assert_string_equal(w.fake.key.method, tc[i].method);
		end(&w);
	}
}

static void
a_key_that_always_verifies_does_so_for_a_touch(void **state)
{
	struct world w;

	(void)state;
	begin(&w, PIN, "fido2");
	w.found.always_uv = true;
	play(&w, "PVlASY");
	assert_string_equal(fake_talk_trace(&w.fake), "bkdJj?I.pA");
	end(&w);
	begin(&w, BIO, "fido2");
	w.found.always_uv = true;
	play(&w, "PVFSY");
	assert_string_equal(fake_talk_trace(&w.fake), "bkdF.pA");
	end(&w);
}

static void
behind_a_password_a_touch_is_enough(void **state)
{
	struct world w;

	(void)state;
	begin(&w, PIN, "fido2 fido2-uv");
	play(&w, "pQPVFtSY");
	assert_string_equal(fake_talk_trace(&w.fake), "b?okdN.pA");
	assert_string_equal(w.fake.key.method, "fido2");
	end(&w);
	/* But not where it is not. */
	begin(&w, PIN, "fido2-uv");
	play(&w, "pQPVlASY");
	assert_string_equal(fake_talk_trace(&w.fake), "b?okdJj?I.pA");
	end(&w);
}

static void
a_key_whose_pin_can_not_log_in_is_not_asked_for_it(void **state)
{
	struct world w;

	(void)state;
	begin(&w, PIN, "fido2-uv");
	w.found.no_pin_tokens = true;
	play(&w, "PVFD");
	assert_string_equal(fake_talk_trace(&w.fake), "bkd.xD");
	end(&w);
	begin(&w, PIN, "fido2-uv");
	w.found.pin_change_due = true;
	play(&w, "PVFD");
	assert_string_equal(fake_talk_trace(&w.fake), "bkd.xD");
	assert_non_null(strstr(w.fake.result.text, "new PIN"));
	end(&w);
}

static void
another_key_is_told_to_person_and_server(void **state)
{
	static const struct outcome tc[] = {
		{ "once for each", "PVOO", "bkdeK" },
		{ "then the right one", "PVOVWFSY", "bkdeKN.pA" },
		{ "and another one", "PVOVWOVFSY", "bkdeKeKN.pA" },
		{ "the right one before the server said something", "PVOFVSY",
		    "bkdeKN.pA" },
		{ "two before the server said something", "PVOWOVVFSY",
		    "bkdeKeKN.pA" },
		{ "until the server has had enough", "PVOVWOD", "bkdeKeK.D" },
		{ "no server behind it", "PVO!", "bkdeK.U" },
		{ "the caller goes", "PVOo", "bkdeK.x" },
		{ "the key goes while a nonce is asked for again", "PVOFGVFSY",
		    "bkdeKedN.pA" },
	};

	(void)state;
	each(BARE, "fido2", tc, SY_COUNT(tc));
}

static void
there_is_a_choice_only_where_there_is_one(void **state)
{
	static const struct {
		const char *what;
		const char *methods;
		const char *script;
		const char *trace;
		const char *words;
	} tc[] = {
		{ "a key alone", "fido2", "P", "bk", "" },
		{ "card or key: card", "card-pin fido2-uv", "P1", "b#c",
		    "2 for the security key" },
		{ "card or key: key", "card-pin fido2-uv", "P2", "b#k", "" },
		{ "key or password: key", "fido2-uv password", "P1", "b#k",
		    "1 for the security key" },
		{ "key or password: password", "fido2-uv password", "P2", "b#?",
		    "2 for the password" },
		{ "a third there is not", "fido2-uv password", "P31", "b#e#k",
		    "Only 1 or 2" },
		{ "of three the first", "card-pin fido2 password", "P1", "b#c",
		    "3 for the password" },
		{ "the second", "card-pin fido2 password", "P2", "b#k", "" },
		{ "the third", "card-pin fido2 password", "P3", "b#?", "" },
		{ "anything else", "card-pin fido2 password", "PA2", "b#e#k",
		    "1, 2 or 3" },
		{ "no answer", "fido2 password", "PnD", "b#xC", "" },
		{ "card or password, as ever", "card-pin password", "P2", "b#?",
		    "2 for the password" },
		{ "after a key no second one", "fido2 password", "P1VFSPQY",
		    "b#kdN.p?oA", "" },
		{ "and no other key for a card", "fido2 card-pin", "P2VFSP",
		    "b#kdN.pc", "" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, BARE, tc[i].methods);
		play(&w, tc[i].script);
		assert_string_equal(fake_talk_trace(&w.fake), tc[i].trace);
		assert_non_null(strstr(w.fake.heard, tc[i].words));
		end(&w);
	}
}

static void
who_comes_from_elsewhere_is_not_asked_for_a_key(void **state)
{
	const struct sy_dialog_auth auth = { .user = "suzuki",
		.service = "sshd",
		.rhost = "10.1.2.3",
		.purpose = SY_PURPOSE_REMOTE };
	struct world w;

	(void)state;
	begin_as(&w, PIN, "fido2-uv password", &auth);
	play(&w, "PQY");
	assert_string_equal(fake_talk_trace(&w.fake), "b?oA");
	end(&w);
	begin_as(&w, PIN, "fido2-uv", &auth);
	play(&w, "PD");
	assert_string_equal(fake_talk_trace(&w.fake), "bxE");
	end(&w);
}

static void
a_key_may_tell_who_it_is_but_nobody_types_a_pin_for_it(void **state)
{
	const struct sy_dialog_auth auth = {
		.service = "lightdm", .identify = 1, .purpose = SY_PURPOSE_LOGIN
	};
	struct world w;

	(void)state;
	begin_as(&w, BIO, "fido2-bio", &auth);
	play(&w, "PVFfSY");
	assert_string_equal(fake_talk_trace(&w.fake), "bkdF.pA");
	assert_int_equal(w.fake.start.credential_count, 0);
	assert_string_equal(w.fake.result.login, "suzuki");
	assert_memory_equal(w.fake.signed_.handle, "\x09\x09", 2);
	end(&w);
	begin_as(&w, PIN, "fido2-uv", &auth);
	play(&w, "PVFD");
	assert_string_equal(fake_talk_trace(&w.fake), "bkd.xD");
	end(&w);
}

static void
nothing_is_signed_for_another_person(void **state)
{
	const struct sy_dialog_auth stranger = { .user = "NO One",
		.service = "login",
		.purpose = SY_PURPOSE_LOGIN };
	struct world w;

	(void)state;
	begin(&w, BARE, "fido2");
	w.who = "tanaka";
	play(&w, "PVD");
	assert_string_equal(fake_talk_trace(&w.fake), "bkE");
	end(&w);
	/* A name that nobody has looks as others do, however it was typed. */
	begin_as(&w, BARE, "fido2", &stranger);
	w.who = "NO One";
	play(&w, "PVWwD");
	assert_string_equal(fake_talk_trace(&w.fake), "bkd.xC");
	end(&w);
	begin_as(&w, BARE, "fido2", &stranger);
	w.who = "NO One";
	play(&w, "PVFD");
	assert_string_equal(fake_talk_trace(&w.fake), "bkd.E");
	end(&w);
	/* Nor for nobody, where somebody was named. */
	begin(&w, BARE, "fido2");
	w.who = "";
	play(&w, "PVD");
	assert_string_equal(fake_talk_trace(&w.fake), "bkE");
	end(&w);
}

static void
a_touch_is_not_passed_off_as_verification(void **state)
{
	struct world w;

	(void)state;
	begin(&w, BARE, "fido2");
	w.uv = true;
	play(&w, "PVFD");
	assert_string_equal(fake_talk_trace(&w.fake), "bkd.E");
	end(&w);
}

/* What the server is told beside what was signed. */
static void
the_server_hears_how_the_key_was_asked(void **state)
{
	static const struct {
		enum kind kind;
		const char *methods;
		const char *script;
		bool built_in;
		int64_t pins;
		int64_t fingers;
	} tc[] = {
		{ BARE, "fido2", "PVFS", false, 0, 0 },
		{ PIN, "fido2-uv", "PVlABAS", false, 1, 0 },
		{ BIO, "fido2-bio", "PVFXS", true, 0, 1 },
		{ BIO, "fido2-uv", "PVFXXxSVABAS", false, 1, 3 },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin(&w, tc[i].kind, tc[i].methods);
		play(&w, tc[i].script);
		assert_int_equal(w.fake.call, TALK_AUTH_ASSERTION);
		assert_int_equal(w.fake.signed_.built_in, tc[i].built_in);
		assert_int_equal(w.fake.signed_.pins_wrong, tc[i].pins);
		assert_int_equal(w.fake.signed_.fingers_wrong, tc[i].fingers);
		end(&w);
	}
}

/* Each side makes the challenge by itself; here is the other side. */
static void
what_is_signed_names_person_place_and_purpose(void **state)
{
	struct sy_challenge c = { .server = "server.example",
		.terminal = "pc1",
		.login = "suzuki",
		.service = "login",
		.purpose = "login" };
	char text[SY_FIDO2_CLIENT_DATA_MAX];
	uint8_t digest[SY_HASH_SIZE_MAX];
	struct world w;
	size_t len;

	(void)state;
	begin(&w, PIN, "fido2-uv");
	play(&w, "PVlAS");
	assert_int_equal(sy_text_unhex(txn, c.txn, sizeof(c.txn)), SY_OK);
	memset(c.server_nonce, 0xa5, sizeof(c.server_nonce));
	memcpy(c.agent_nonce, w.fake.signed_.agent_nonce,
	    sizeof(c.agent_nonce));
	assert_int_equal(sy_challenge_digest(&c, SY_HASH_SHA256, digest, &len),
	    SY_OK);
	assert_int_equal(sy_fido2_client_data(SY_FIDO2_GET, digest,
			     "https://auth.city.example", text, &len),
	    SY_OK);
	assert_int_equal(w.fake.signed_.client_data_len, len);
	assert_memory_equal(w.fake.signed_.client_data, text, len);
	assert_string_equal(w.fake.signed_.txn, txn);
	assert_int_equal(w.fake.signed_.credential_len, 64);
	assert_int_equal(w.fake.signed_.authdata_len, 37);
	assert_int_equal(w.fake.signed_.signature_len, 70);
	/* The worker is told which of them, and what to look for. */
	assert_int_equal(w.fake.assertion.credential, 1);
	assert_int_equal(w.fake.start.credential_count, SY_CREDENTIALS_SHOWN);
	assert_int_equal(w.fake.start.credentials[0].len, 16);
	assert_string_equal(w.fake.start.rp_id, "auth.city.example");
	assert_int_equal(w.fake.start.reserve, 1);
	assert_true(w.fake.start.fresh);
	assert_false(w.fake.start.enroll);
	end(&w);
}

/* No password goes to a key and no PIN to the server. */
static void
a_typed_password_is_never_sent_as_a_pin(void **state)
{
	struct world w;

	(void)state;
	begin(&w, PIN, "fido2-uv");
	play(&w, "PVlASpQY");
	assert_string_equal(w.fake.pin, pin);
	assert_int_equal(w.fake.password.password_len, strlen(password));
	assert_memory_equal(w.fake.password.password, password,
	    strlen(password));
	end(&w);
	/* Typed late, when the other prompt is out. */
	begin(&w, PIN, "fido2-uv");
	play(&w, "PVlASpaQY");
	assert_string_equal(fake_talk_trace(&w.fake), "bkdJj?I.p?oA");
	end(&w);
	begin(&w, PIN, "fido2-uv password");
	play(&w, "P2");
	w.methods = "fido2-uv";
	play(&w, "QPVlaASY");
	assert_string_equal(fake_talk_trace(&w.fake), "b#?okdJj?I.pA");
	assert_string_equal(w.fake.pin, pin);
	end(&w);
}

/* Any order of events: no PIN at the reserve, nor asked for or sent before the
 * server knows the key (fake_talk.c), nothing typed is kept, ALLOWED only
 * behind an assertion or a password. */
static void
no_order_of_events_breaks_its_promises(void **state)
{
	static const char events[] =
	    "PpVYD!ZWOCLFltfSGMHwBKXxRUNbAaQsen123T5om";
	static const char *const methods[] = { "fido2", "fido2-uv",
		"fido2-bio fido2-uv", "fido2 fido2-uv password" };
	unsigned int seed = 20240401;
	struct world w;

	(void)state;
	for (unsigned int run = 0; run < 20000; run++) {
		char one[2] = { 0, 0 };

		begin(&w, (enum kind)(run % 3), methods[run % 4]);
		play(&w, "PV");
		for (unsigned int i = 0;
		     i < 24 && !w.fake.finished && w.login.state != LOGIN_DONE;
		     i++) {
			seed = seed * 1103515245U + 12345U;
			one[0] = events[(seed >> 16) % (sizeof(events) - 1)];
			if ((one[0] == 'B' && w.fake.tries < 2) ||
			    (one[0] == 'X' && w.found.uv_tries < 2))
				continue;
			play(&w, one);
		}
		if (w.fake.finished &&
		    w.fake.result.result == SY_RESULT_ALLOWED)
			assert_true(strpbrk(w.fake.trace, "po") != NULL);
		end(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_touch_is_all_that_a_key_is_asked_for),
		cmocka_unit_test(a_pin_is_typed_and_sent_once),
		cmocka_unit_test(
		    no_pin_is_asked_for_before_the_server_knows_the_key),
		cmocka_unit_test(a_key_that_gives_no_look_gets_no_pin),
		cmocka_unit_test(
		    a_key_that_is_slow_to_give_a_look_may_try_again),
		cmocka_unit_test(
		    a_key_that_was_given_no_pin_can_not_call_it_wrong),
		cmocka_unit_test(a_look_asks_for_nothing_of_the_person),
		cmocka_unit_test(the_last_try_of_a_key_is_never_sent),
		cmocka_unit_test(a_finger_is_tried_as_often_as_the_key_lets_it),
		cmocka_unit_test(what_keeps_a_key_from_being_used_is_told),
		cmocka_unit_test(fingers_end_where_the_key_does_not_count_them),
		cmocka_unit_test(a_card_in_place_is_no_touch),
		cmocka_unit_test(
		    behind_a_blocked_sensor_the_pin_is_asked_for_where_it_counts),
		cmocka_unit_test(a_key_is_asked_for_the_best_that_it_can),
		cmocka_unit_test(
		    a_key_that_always_verifies_does_so_for_a_touch),
		cmocka_unit_test(behind_a_password_a_touch_is_enough),
		cmocka_unit_test(
		    a_key_whose_pin_can_not_log_in_is_not_asked_for_it),
		cmocka_unit_test(another_key_is_told_to_person_and_server),
		cmocka_unit_test(there_is_a_choice_only_where_there_is_one),
		cmocka_unit_test(
		    who_comes_from_elsewhere_is_not_asked_for_a_key),
		cmocka_unit_test(
		    a_key_may_tell_who_it_is_but_nobody_types_a_pin_for_it),
		cmocka_unit_test(nothing_is_signed_for_another_person),
		cmocka_unit_test(a_touch_is_not_passed_off_as_verification),
		cmocka_unit_test(the_server_hears_how_the_key_was_asked),
		cmocka_unit_test(what_is_signed_names_person_place_and_purpose),
		cmocka_unit_test(a_typed_password_is_never_sent_as_a_pin),
		cmocka_unit_test(no_order_of_events_breaks_its_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
