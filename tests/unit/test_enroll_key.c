/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/unit.h"

#include <sanyoso/code.h>

#include "agent/enroll.h"
#include "agent/login.h"
#include "tests/support/fake_talk.h"

/*
 * The enrolment of a FIDO2 key against a scripted world. A script is a string
 * of events, the trace what the machine did: see fake_talk.h.
 *
 *   C  the code is typed          W  device: waiting, no key
 *   c  server: present (a card)   O  device: one that is enrolled already
 *   M  server: make               F  device: a key was found
 *   V  server: assert             d  device: done
 *   Y  server: done               l  device: fingers
 *   D  server: refused            m  device: made   S: signed
 *   !  no answer                  k  device: no fingers
 *   h  device: finger not         t  device: touch it
 *      recognised, not counted
 *   N  a new PIN is typed         s  device: a good sample, e: too far left
 *   n  another one                B  device: wrong PIN
 *   P  the key's PIN is typed     X  device: finger not recognised
 *   z  nothing is typed           x  device: the sensor is blocked
 *   0  no answer is given         f  device: PIN not taken
 *   T  the timer fires            E  device: no room, or excluded
 *   5  ten minutes go by          U  device: not touched
 *   o  the caller goes away       G  device: key gone
 */
struct world {
	struct fake_talk fake;
	struct enroll enroll;
	const char *method;
	struct sy_keydevice_found found;
};

static const char txn[] = "00112233445566778899aabbccddeeff";
static const char fresh[] = "new-2468";
static const char other[] = "new-1357";
static const char pin[] = "old-2468";

static void
step_from_server(struct world *w, const char *name)
{
	struct sy_credential known = { .id = { 7 }, .id_len = 20 };
	struct sy_enroll_step step = { .reserve = 1,
		.life = SY_ENROLL_KEY_LIFE,
		.nonce_len = SY_NONCE_SIZE,
		.handle = { 0x11 },
		.handle_len = SY_FIDO2_HANDLE_SIZE,
		.credentials = { .items = &known, .count = 1 },
		.login = "suzuki",
		.name = "Suzuki Taro",
		.rp_id = "auth.city.example",
		.origin = "https://auth.city.example",
		.token = "token:9",
		.model = "Vendor Key 5",
		.attestation = "model",
		.drivers = "jpki",
		.reason = "model",
		.text = "model 5 has a hole" };
	const struct talk_reply reply = { .call = w->fake.call, .step = &step };

	(void)snprintf(step.txn, sizeof(step.txn), "%s", txn);
	(void)snprintf(step.step, sizeof(step.step), "%s", name);
	(void)snprintf(step.method, sizeof(step.method), "%s", w->method);
	memset(step.nonce, 0xa5, sizeof(step.nonce));
	enroll_on_reply(&w->enroll, &reply);
}

static void
no_answer(struct world *w)
{
	const struct talk_reply reply = { .call = w->fake.call,
		.err = SY_ERR_TIMEOUT };

	enroll_on_reply(&w->enroll, &reply);
}

static void
says(struct world *w, const struct talk_event *event)
{
	enroll_on_device(&w->enroll, event);
}

static void
waits(struct world *w, bool other_key)
{
	const struct talk_event e = { .type = TALK_KEY_WAITING,
		.keys = { .keys = other_key, .other = other_key } };

	says(w, &e);
}

static void
touches(struct world *w, enum sy_key_touch what, enum sy_key_sample sample)
{
	const struct talk_event e = { .type = TALK_KEY_TOUCH,
		.touch = { .what = (uint8_t)what,
		    .sample = (uint8_t)sample,
		    .remaining = what == SY_KEY_TOUCH_SAMPLE ? 3 : 0 } };

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
finds(struct world *w)
{
	const struct talk_event e = { .type = TALK_KEY_FOUND,
		.found = &w->found };

	w->found.pin_tries = w->found.pin_set ? (uint8_t)w->fake.tries : 255;
	says(w, &e);
}

static void
lists(struct world *w, bool any)
{
	static const struct sy_keydevice_list none;
	static const struct sy_keydevice_list list = {
		.fingers = { { .template_id = { 1 },
		    .template_len = 1,
		    .name = "thumb" } },
		.count = 1,
	};
	const struct talk_event e = { .type = TALK_KEY_LIST,
		.list = any ? &list : &none };

	says(w, &e);
}

static void
makes(struct world *w)
{
	static const struct sy_keydevice_made made = { .format = "packed",
		.authdata = { 8 },
		.authdata_len = 200,
		.statement = { 0xa3 },
		.statement_len = 500 };
	const struct talk_event e = { .type = TALK_KEY_MADE, .made = &made };

	says(w, &e);
}

static void
signs(struct world *w)
{
	const struct sy_keydevice_signed made = {
		.uv = w->fake.assertion.uv,
		.credential = { .id = { 2 }, .len = 64 },
		.authdata_len = 37,
		.signature_len = 70,
	};
	const struct talk_event e = { .type = TALK_KEY_SIGNED,
		.signed_ = &made };

	says(w, &e);
}

static void
is_simply(struct world *w, enum talk_device type, enum sy_err code)
{
	const struct talk_event e = { .type = type,
		.failed = { .kind = SY_FAILURE_DEVICE,
		    .code = (uint8_t)code,
		    .tries = 255 } };

	says(w, &e);
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
play_server(struct world *w, char event)
{
	switch (event) {
	case 'c':
		step_from_server(w, "present");
		break;
	case 'M':
		step_from_server(w, "make");
		break;
	case 'V':
		step_from_server(w, "assert");
		break;
	case 'Y':
		step_from_server(w, "done");
		break;
	case 'D':
		step_from_server(w, "refused");
		break;
	case '!':
		no_answer(w);
		break;
	default:
		fail_msg("no such event: %c", event);
	}
}

static void
play_person(struct world *w, char event)
{
	switch (event) {
	case 'C':
		answers_code(w);
		break;
	case 'N':
		answers(w, fresh);
		break;
	case 'n':
		answers(w, other);
		break;
	case 'P':
		answers(w, pin);
		break;
	case 'z':
		answers(w, "");
		break;
	case '0':
		answers(w, NULL);
		break;
	case 'T':
		enroll_on_timer(&w->enroll);
		break;
	case '5':
		w->fake.clock += 601000;
		break;
	case 'o':
		enroll_on_closed(&w->enroll);
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
	case 'X':
		refuses(w, SY_ERR_UV_WRONG, 2);
		break;
	case 'h':
		refuses(w, SY_ERR_UV_WRONG, 255);
		break;
	case 'x':
		refuses(w, SY_ERR_UV_BLOCKED, 0);
		break;
	case 'f':
		refuses(w, SY_ERR_PIN_FORMAT, 255);
		break;
	case 'E':
		refuses(w, SY_ERR_EXISTS, 255);
		break;
	case 'U':
		refuses(w, SY_ERR_TIMEOUT, 255);
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
			waits(w, false);
			break;
		case 'O':
			waits(w, true);
			break;
		case 'F':
			finds(w);
			break;
		case 'd':
			is_simply(w, TALK_DEVICE_DONE, SY_OK);
			break;
		case 'l':
			lists(w, true);
			break;
		case 'k':
			lists(w, false);
			break;
		case 'm':
			makes(w);
			break;
		case 'S':
			signs(w);
			break;
		case 't':
			touches(w, SY_KEY_TOUCH_PRESENCE, SY_KEY_SAMPLE_GOOD);
			break;
		case 's':
			touches(w, SY_KEY_TOUCH_SAMPLE, SY_KEY_SAMPLE_GOOD);
			break;
		case 'e':
			touches(w, SY_KEY_TOUCH_SAMPLE, SY_KEY_SAMPLE_TOO_LEFT);
			break;
		case 'G':
			is_simply(w, TALK_DEVICE_FAILED, SY_ERR_CARD_GONE);
			break;
		default:
			play_refusal(w, *p);
		}
}

/* As new: no PIN and no sensor; the same with a PIN; with a sensor, as new;
 * with a sensor and a finger; with a sensor, a PIN and a finger. */
enum kind { PLAIN, PLAIN_PIN, SENSOR, SENSOR_FINGER, SENSOR_SET };

static void
begin_as(struct world *w, enum kind kind, const char *method, bool key,
    uint8_t options)
{
	const struct login_setup setup = { .server = "server.example",
		.terminal = "pc1",
		.card_wait_ms = 60000,
		.drivers = 1U << SY_DRIVER_JPKI };
	const struct sy_dialog_enroll request = {
		.user = "suzuki", .key = key, .options = options
	};

	memset(w, 0, sizeof(*w));
	fake_talk_open(&w->fake);
	w->fake.keys = true;
	w->fake.tries = 8;
	w->method = method;
	w->found = (struct sy_keydevice_found){ .place = "Vendor Key 5",
		.firmware = 50402,
		.pin_supported = true,
		.pin_set = kind == PLAIN_PIN || kind == SENSOR_SET,
		.uv_supported = kind >= SENSOR,
		.uv_set = kind >= SENSOR_FINGER,
		.bio_enroll = kind >= SENSOR,
		.resident = kind >= SENSOR,
		.uv_tries = kind == SENSOR_SET ? 3 : 255,
		.pin_min = 6 };
	enroll_start(&w->enroll, &w->fake.talk, &setup, &request);
}

static void
begin(struct world *w, enum kind kind, const char *method, uint8_t options)
{
	begin_as(w, kind, method, true, options);
}

static void
end(struct world *w)
{
	enroll_on_closed(&w->enroll);
	assert_null(w->enroll.key.pin);
	assert_null(w->enroll.newpin.fresh);
}

#define MANAGED (SY_ENROLL_BIO | SY_ENROLL_MANAGED)

static void
every_event_at_every_state_has_its_outcome(void **state)
{
	static const struct {
		const char *what;
		enum kind kind;
		const char *method;
		uint8_t options;
		const char *script;
		const char *trace;
	} tc[] = {
		{ "by touch", PLAIN, "fido2", 0, "CMWFtmVtSY", "#ndMmN.pA" },
		{ "by touch, a key with a PIN", PLAIN_PIN, "fido2", 0,
		    "CMFPtmVtSY", "#nd?MmN.pA" },
		{ "by touch, with a new PIN", PLAIN, "fido2", SY_ENROLL_PIN,
		    "CMFNNdtmVtSY", "#nd??PMmN.pA" },
		{ "a PIN where one is needed", PLAIN, "fido2-uv", 0,
		    "CMFNNdtmVtSY", "#nd??PMmI.pA" },
		{ "a PIN that is there", PLAIN_PIN, "fido2-uv", 0, "CMFPtmVtSY",
		    "#nd?MmI.pA" },
		{ "and is not typed right", PLAIN_PIN, "fido2-uv", 0,
		    "CMFPBPtmVtSY", "#nd?Me?MmI.pA" },
		{ "and stays though one was asked for", PLAIN_PIN, "fido2-uv",
		    SY_ENROLL_PIN, "CMFPtmVtSY", "#nd?MmI.pA" },
		{ "a finger that is there", SENSOR_SET, "fido2-bio", 0,
		    "CMFmVSY", "#ndMmF.pA" },
		{ "a finger as well as a PIN", SENSOR_SET, "fido2-uv", 0,
		    "CMFmVSY", "#ndMmF.pA" },
		{ "a PIN and a finger", SENSOR, "fido2-bio", SY_ENROLL_BIO,
		    "CMFNNdlsesdltmVSY", "#nd??PLELMmF.pA" },
		{ "a random PIN and a finger", SENSOR, "fido2-bio", MANAGED,
		    "CMFdkssdltmVSY", "#ndPLELMmF.pA" },
		{ "one more finger", SENSOR_SET, "fido2-bio", SY_ENROLL_BIO,
		    "CMFPlsdltmVSY", "#nd?LELMmF.pA" },
		{ "kept on the key", SENSOR_SET, "fido2-bio",
		    SY_ENROLL_RESIDENT, "CMFmVSY", "#ndMmF.pA" },

		{ "another invitation's kind", PLAIN, "card-pin", 0, "Cc!",
		    "#nxD" },
		{ "a finger where there is no sensor", PLAIN, "fido2-bio",
		    SY_ENROLL_BIO, "CMF!", "#nd.xD" },
		{ "no finger where one is wanted", SENSOR, "fido2-bio", 0,
		    "CMF!", "#nd.xD" },
		{ "a key that can't keep it", PLAIN, "fido2",
		    SY_ENROLL_RESIDENT, "CMF!", "#nd.xD" },
		{ "a random PIN where one is set", SENSOR_SET, "fido2-bio",
		    MANAGED, "CMF!", "#nd.xD" },
		{ "a random PIN beside a finger that nobody saw", SENSOR_FINGER,
		    "fido2-bio", MANAGED, "CMF!", "#nd.xD" },
		{ "or that it did not tell of", SENSOR, "fido2-bio", MANAGED,
		    "CMFdl!", "#ndPL.exD" },
		{ "a random PIN for another method", SENSOR, "fido2-uv",
		    MANAGED, "CM!", "#nxD" },
		{ "another key of this person", PLAIN, "fido2", 0,
		    "CMOWFtmVtSY", "#ndeMmN.pA" },
		{ "and one that turns out to be", PLAIN, "fido2", 0, "CMFE!",
		    "#ndM.xD" },
		{ "no room for a finger", SENSOR_SET, "fido2-bio",
		    SY_ENROLL_BIO, "CMFPlE!", "#nd?LE.xD" },

		{ "two different PINs, then alike", PLAIN, "fido2-uv", 0,
		    "CMFNnNNd", "#nd??e??PM" },
		{ "an empty PIN", PLAIN, "fido2-uv", 0, "CMFzNNd",
		    "#nd?e??PM" },
		{ "one that the key does not take", PLAIN, "fido2-uv", 0,
		    "CMFNNfnnd", "#nd??Pe??PM" },
		{ "none that it takes", PLAIN, "fido2-uv", 0,
		    "CMFNNfNNfNNfNNfNNf!", "#nd??Pe??Pe??Pe??Pe??Pe.xC" },
		{ "no PIN given", PLAIN, "fido2-uv", 0, "CMF0!", "#nd?.xC" },
		{ "nor once more", PLAIN, "fido2-uv", 0, "CMFN0!", "#nd??.xC" },
		{ "the new PIN takes too long", PLAIN, "fido2-uv", 0, "CMFNT!",
		    "#nd??.xC" },

		{ "gone while a PIN is chosen", PLAIN, "fido2-uv", 0,
		    "CMFNGNFNNd", "#nd??ed??PM" },
		{ "gone before it was made", PLAIN, "fido2", 0, "CMFGFmVSY",
		    "#ndMedMmN.pA" },
		{ "gone with a random PIN", SENSOR, "fido2-bio", MANAGED,
		    "CMFdkG!", "#ndPLE.exC" },
		{ "gone while it took one", SENSOR, "fido2-bio", MANAGED,
		    "CMFG!", "#ndP.exC" },
		{ "a random PIN that it does not take", SENSOR, "fido2-bio",
		    MANAGED, "CMFf!", "#ndP.xD" },
		{ "or does not know any more", SENSOR, "fido2-bio", MANAGED,
		    "CMFdB!", "#ndPL.exD" },
		{ "or does not take any more", SENSOR, "fido2-bio", MANAGED,
		    "CMFdf!", "#ndPL.exD" },
		{ "gone after it was made", PLAIN, "fido2", 0, "CMFmG!",
		    "#ndMm.xC" },
		{ "gone before it signed", PLAIN, "fido2", 0, "CMFmVG!",
		    "#ndMmN.xC" },
		{ "gone once it has signed", PLAIN, "fido2", 0, "CMFmVSGY",
		    "#ndMmN.pA" },

		{ "a wrong finger, then the right one", SENSOR_SET, "fido2-bio",
		    0, "CMFmVXSY", "#ndMmFeF.pA" },
		{ "the sensor is blocked", SENSOR_SET, "fido2-bio", 0,
		    "CMFmVx!", "#ndMmF.xM" },
		{ "blocked where a PIN will do", SENSOR_SET, "fido2-uv", 0,
		    "CMFmVxPSY", "#ndMmF?I.pA" },
		{ "wrong fingers that it does not count", SENSOR_SET,
		    "fido2-bio", 0, "CMFmVhhhhhhhhh!",
		    "#ndMmFeFeFeFeFeFeFeFeF.xM" },
		{ "not touched, then touched", PLAIN, "fido2", 0, "CMFUmVSY",
		    "#ndMeMmN.pA" },
		{ "no finger placed, then placed", SENSOR_SET, "fido2-bio",
		    SY_ENROLL_BIO, "CMFPlsUsdlmVSY", "#nd?LEeELMmF.pA" },

		{ "refused when it was made", PLAIN, "fido2", 0, "CMFmD",
		    "#ndMm.D" },
		{ "refused with a random PIN", SENSOR, "fido2-bio", MANAGED,
		    "CMFdksdlmD", "#ndPLELMm.eD" },
		{ "refused when it signed", PLAIN, "fido2", 0, "CMFmVSD",
		    "#ndMmN.pD" },
		{ "no server for the code", PLAIN, "fido2", 0, "C!", "#nU" },
		{ "nor for what was made", PLAIN, "fido2", 0, "CMFm!",
		    "#ndMm.U" },
		{ "nor for what was signed", PLAIN, "fido2", 0, "CMFmVS!",
		    "#ndMmN.pU" },
		{ "the same with a random PIN", SENSOR, "fido2-bio", MANAGED,
		    "CMFdksdltmVS!", "#ndPLELMmF.pU" },
		{ "done before it signed", PLAIN, "fido2", 0, "CMFmY",
		    "#ndMm.E" },
		{ "assert before it was made", PLAIN, "fido2", 0, "CV", "#nE" },
		{ "a card's step", PLAIN, "fido2", 0, "CMFmVSV", "#ndMmN.pE" },
		{ "too slow to make it", PLAIN_PIN, "fido2", 0, "CMF5P!",
		    "#nd?.xC" },
		{ "too slow to sign", PLAIN, "fido2", 0, "CMFmVU5U!",
		    "#ndMmNeNe.xC" },
		{ "the key never comes", PLAIN, "fido2", 0, "CMWT!", "#nd.xC" },
		{ "the caller goes at the key", PLAIN, "fido2", 0, "CMWo",
		    "#nd.x" },
		{ "at the new PIN", PLAIN, "fido2-uv", 0, "CMFNo", "#nd??.x" },
		{ "after it was made", PLAIN, "fido2", 0, "CMFmo", "#ndMm.x" },
		{ "after it signed", PLAIN, "fido2", 0, "CMFmVSo", "#ndMmN.p" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		print_message("  %s\n", tc[i].what);
		begin(&w, tc[i].kind, tc[i].method, tc[i].options);
		play(&w, tc[i].script);
		assert_string_equal(fake_talk_trace(&w.fake), tc[i].trace);
		end(&w);
	}
}

/* What is told where key, options and invitation do not go together. */
static void
what_does_not_go_together_is_said_so(void **state)
{
	static const struct {
		enum kind kind;
		const char *method;
		bool key;
		uint8_t options;
		const char *script;
		const char *words;
	} tc[] = {
		{ PLAIN, "card-pin", true, 0, "Cc!", "code is for a card" },
		{ PLAIN, "fido2", false, 0, "CM!", "enroll suzuki --fido2" },
		{ PLAIN, "fido2-bio", true, SY_ENROLL_BIO, "CMF!", "sensor" },
		{ SENSOR, "fido2-bio", true, 0, "CMF!", "with --bio" },
		{ PLAIN, "fido2", true, SY_ENROLL_RESIDENT, "CMF!",
		    "without --resident" },
		{ SENSOR_SET, "fido2-bio", true, MANAGED, "CMF!",
		    "fido2-token -R" },
		{ SENSOR, "fido2-uv", true, MANAGED, "CM!", "fido2-bio" },
		{ PLAIN, "fido2", true, 0, "CMFmD", "model 5 has a hole" },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < SY_COUNT(tc); i++) {
		begin_as(&w, tc[i].kind, tc[i].method, tc[i].key,
		    tc[i].options);
		play(&w, tc[i].script);
		assert_true(w.fake.finished);
		assert_non_null(strstr(w.fake.result.text, tc[i].words));
		end(&w);
	}
	/* A PIN that can't be had. */
	begin(&w, PLAIN, "fido2-uv", 0);
	w.found.pin_supported = false;
	play(&w, "CMF!");
	assert_non_null(strstr(w.fake.result.text, "can't have a PIN"));
	end(&w);
}

/* Who watches learns whose key it is, which, and what became of it. */
static void
the_operator_reads_what_happens(void **state)
{
	static const char *const words[] = { "Suzuki Taro (login suzuki)",
		"Security key: Vendor Key 5", "at least 6 characters",
		"PIN of the security key was set", "security key: thumb",
		"Place the finger that is to be enrolled", "too far left",
		"3 times more", "Model: Vendor Key 5; attestation: model" };
	struct world w;

	(void)state;
	begin(&w, SENSOR, "fido2-bio", SY_ENROLL_BIO);
	play(&w, "CMFNNdlsesdltmVSY");
	for (size_t i = 0; i < SY_COUNT(words); i++)
		assert_non_null(strstr(w.fake.heard, words[i]));
	assert_non_null(strstr(w.fake.result.text, "token:9"));
	assert_non_null(strstr(w.fake.result.text, "Vendor Key 5"));
	assert_string_equal(w.fake.result.login, "suzuki");
	end(&w);
}

/* CTAP 2.1 section 6.7.4: each of them has a sentence of its own. */
static void
each_way_in_which_a_sample_fails_is_told(void **state)
{
	char before[sizeof(((struct world *)NULL)->fake.heard)];
	struct world w;
	size_t at;

	(void)state;
	begin(&w, SENSOR_SET, "fido2-bio", SY_ENROLL_BIO);
	play(&w, "CMFPls");
	for (int i = SY_KEY_SAMPLE_TOO_HIGH; i < SY_KEY_SAMPLE_COUNT; i++) {
		if (i == 12) /* full: the worker refuses that */
			continue;
		memcpy(before, w.fake.heard, sizeof(before));
		at = strlen(before);
		touches(&w, SY_KEY_TOUCH_SAMPLE, (enum sy_key_sample)i);
		assert_true(strlen(w.fake.heard) > at + 10);
		assert_null(strstr(before, w.fake.heard + at));
	}
	end(&w);
}

static void
what_the_key_is_asked_to_make_is_what_the_server_wants(void **state)
{
	struct sy_challenge c = { .server = "server.example",
		.terminal = "pc1",
		.login = "suzuki",
		.service = "enroll",
		.purpose = "enroll" };
	char text[SY_FIDO2_CLIENT_DATA_MAX];
	uint8_t digest[SY_HASH_SIZE_MAX];
	struct world w;
	size_t len;

	(void)state;
	begin(&w, SENSOR, "fido2-bio", MANAGED | SY_ENROLL_RESIDENT);
	play(&w, "CMFdksdlm");
	assert_true(w.fake.start.enroll);
	assert_int_equal(w.fake.start.credential_count, 1);
	assert_int_equal(w.fake.start.credentials[0].len, 20);
	assert_string_equal(w.fake.start.rp_id, "auth.city.example");
	assert_string_equal(w.fake.make.login, "suzuki");
	assert_string_equal(w.fake.make.name, "Suzuki Taro");
	assert_int_equal(w.fake.make.handle[0], 0x11);
	assert_true(w.fake.make.resident);
	assert_int_equal(w.fake.make.uv, SY_KEY_UV_PIN);
	assert_string_equal(w.fake.finger, "finger 1");
	/* Nobody saw the PIN, nor do we. */
	assert_true(w.fake.random);
	assert_int_equal(w.fake.pins, 0);
	assert_int_equal(sy_text_unhex(txn, c.txn, sizeof(c.txn)), SY_OK);
	memset(c.server_nonce, 0xa5, sizeof(c.server_nonce));
	memcpy(c.agent_nonce, w.fake.made.agent_nonce, sizeof(c.agent_nonce));
	assert_int_equal(sy_challenge_digest(&c, SY_HASH_SHA256, digest, &len),
	    SY_OK);
	assert_int_equal(sy_fido2_client_data(SY_FIDO2_CREATE, digest,
			     "https://auth.city.example", text, &len),
	    SY_OK);
	assert_int_equal(w.fake.made.client_data_len, len);
	assert_memory_equal(w.fake.made.client_data, text, len);
	assert_string_equal(w.fake.made.format, "packed");
	assert_int_equal(w.fake.made.authdata_len, 200);
	assert_int_equal(w.fake.made.statement_len, 500);
	assert_int_equal(w.fake.made.firmware, 50402);
	assert_true(w.fake.made.managed && w.fake.made.resident);
	/* The one that was made here signs, with the finger. */
	play(&w, "VS");
	assert_int_equal(w.fake.assertion.credential, SY_KEYDEVICE_CREDENTIALS);
	assert_true(w.fake.signed_.built_in);
	end(&w);
}

/* CARD-7 */
static void
a_new_pin_reaches_the_key_and_nobody_else(void **state)
{
	struct world w;

	(void)state;
	begin(&w, PLAIN, "fido2-uv", 0);
	play(&w, "CMFNN");
	assert_string_equal(w.fake.pin, fresh);
	assert_string_equal(w.fake.old_pin, "");
	assert_false(w.fake.random);
	play(&w, "dmVSY");
	/* Once to set it, then for the credential and its first use. */
	assert_int_equal(w.fake.pins, 3);
	assert_string_equal(w.fake.pin, fresh);
	assert_null(strstr(w.fake.heard, fresh));
	end(&w);
	/* The key's last try is never sent. */
	begin(&w, PLAIN_PIN, "fido2-uv", 0);
	w.fake.tries = 2;
	play(&w, "CMFPB!");
	assert_string_equal(fake_talk_trace(&w.fake), "#nd?M.xM");
	assert_int_equal(w.fake.abandon.pins_wrong, 1);
	end(&w);
}

static void
a_key_whose_pin_can_not_make_credentials_uses_its_finger(void **state)
{
	struct world w;

	(void)state;
	begin(&w, SENSOR, "fido2-bio", SY_ENROLL_BIO);
	w.found.no_pin_tokens = true;
	play(&w, "CMFNNdlsdlmVSY");
	assert_int_equal(w.fake.make.uv, SY_KEY_UV_BUILT_IN);
	assert_true(w.fake.finished);
	assert_int_equal(w.fake.result.result, SY_RESULT_ALLOWED);
	end(&w);
}

/* Any order of events: nothing typed is kept, and done is said only behind an
 * assertion. */
static void
no_order_of_events_breaks_its_promises(void **state)
{
	static const char events[] = "CcMVYD!NnPz0T5oWOFdlkmtseSBXhxfEUG";
	static const char *const methods[] = { "fido2", "fido2-uv",
		"fido2-bio" };
	static const uint8_t options[] = { 0, SY_ENROLL_PIN, SY_ENROLL_BIO,
		MANAGED };
	unsigned int seed = 20240401;
	struct world w;

	(void)state;
	for (unsigned int run = 0; run < 12000; run++) {
		char one[2] = { 0, 0 };

		begin(&w, (enum kind)(run % 5), methods[run % 3],
		    options[run / 5 % 4]);
		play(&w, "CM");
		for (unsigned int i = 0; i < 24 && !w.fake.finished &&
		     w.enroll.state != ENROLL_DONE;
		     i++) {
			seed = seed * 1103515245U + 12345U;
			one[0] = events[(seed >> 16) % (sizeof(events) - 1)];
			if (one[0] == 'B' && w.fake.tries < 2)
				continue;
			play(&w, one);
		}
		if (w.fake.finished &&
		    w.fake.result.result == SY_RESULT_ALLOWED)
			assert_non_null(strchr(w.fake.trace, 'p'));
		end(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_at_every_state_has_its_outcome),
		cmocka_unit_test(what_does_not_go_together_is_said_so),
		cmocka_unit_test(the_operator_reads_what_happens),
		cmocka_unit_test(each_way_in_which_a_sample_fails_is_told),
		cmocka_unit_test(
		    what_the_key_is_asked_to_make_is_what_the_server_wants),
		cmocka_unit_test(a_new_pin_reaches_the_key_and_nobody_else),
		cmocka_unit_test(
		    a_key_whose_pin_can_not_make_credentials_uses_its_finger),
		cmocka_unit_test(no_order_of_events_breaks_its_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
