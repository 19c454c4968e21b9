/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_talk.h"

#include "tests/support/unit.h"

#define TYPE_AT 5 /* in a frame */

static void
mark(struct fake_talk *f, char c)
{
	assert_true(f->used + 1 < sizeof(f->trace));
	f->trace[f->used++] = c;
	f->trace[f->used] = '\0';
}

static void
on_say(void *arg, enum sy_dialog_type type, const char *text)
{
	struct fake_talk *f = arg;

	assert_false(f->finished);
	assert_true(sy_text_is_clean(text, strlen(text)));
	(void)snprintf(f->said, sizeof(f->said), "%s", text);
	(void)snprintf(f->heard + strlen(f->heard),
	    sizeof(f->heard) - strlen(f->heard), "%s\n", text);
	if (type == SY_DIALOG_ERROR)
		mark(f, 'e');
}

static void
on_prompt(void *arg, const struct sy_dialog_prompt *prompt)
{
	struct fake_talk *f = arg;

	assert_false(f->finished);
	assert_true(prompt->number > f->prompt);
	/* Whatever these machines ask is a secret, but for a choice; a code may
	 * be seen, a PIN never. */
	assert_true(f->keys || f->cards || !prompt->echo);
	assert_true(!prompt->echo || f->first != TALK_OFFICE ||
	    strstr(prompt->text, "PIN") == NULL);
	assert_true(!f->looks || f->confirmed ||
	    strstr(prompt->text, "PIN of the security key") == NULL);
	f->prompt = prompt->number;
	f->echo = prompt->echo;
	(void)snprintf(f->prompt_text, sizeof(f->prompt_text), "%s",
	    prompt->text);
	mark(f, prompt->echo && f->first == TALK_AUTH ? '#' : '?');
}

static void
on_finish(void *arg, const struct sy_dialog_result *result)
{
	struct fake_talk *f = arg;

	assert_false(f->finished);
	f->finished = true;
	f->result = *result;
	/* Who was allowed, and nobody else, has evidence. */
	if (f->cards && f->first == TALK_AUTH)
		assert_int_equal(result->evidence[0] != '\0',
		    result->result == SY_RESULT_ALLOWED);
	mark(f, '*');
}

/* True: it was one of those that come with keys. */
static bool
post_of_key(struct fake_talk *f, enum talk_call call, const void *message)
{
	switch (call) {
	case TALK_AUTH_KEY:
		f->key = *(const struct sy_auth_key *)message;
		mark(f, f->key.other ? 'K' : 'k');
		return true;
	case TALK_AUTH_LOOK:
		f->signed_ = *(const struct sy_auth_assertion *)message;
		f->looking = true;
		mark(f, 'j');
		return true;
	case TALK_AUTH_ASSERTION:
	case TALK_ENROLL_ASSERT:
		f->signed_ = *(const struct sy_auth_assertion *)message;
		mark(f, 'p');
		return true;
	case TALK_AUTH_VERDICT:
		mark(f, 'v');
		return true;
	case TALK_ENROLL:
		f->enroll = *(const struct sy_enroll_begin *)message;
		mark(f, 'n');
		return true;
	case TALK_ENROLL_KEY:
		f->made = *(const struct sy_enroll_key *)message;
		mark(f, 'm');
		return true;
	case TALK_AUTH_ABANDON:
	case TALK_ENROLL_ABANDON:
		f->abandon = *(const struct sy_auth_abandon *)message;
		mark(f, 'x');
		return true;
	default:
		return false;
	}
}

/* Keep what is looked at later. */
static void
keep_message(struct fake_talk *f, enum talk_call call, const void *message)
{
	switch ((int)call) {
	case TALK_AUTH:
		f->begun = *(const struct sy_auth_begin *)message;
		break;
	case TALK_AUTH_CARD:
		f->shown = *(const struct sy_auth_card *)message;
		break;
	case TALK_AUTH_PROOF:
		f->proof = *(const struct sy_auth_proof *)message;
		break;
	case TALK_AUTH_PASSWORD:
		f->password = *(const struct sy_auth_password *)message;
		break;
	case TALK_AUTH_ABANDON:
		f->abandon = *(const struct sy_auth_abandon *)message;
		break;
	case TALK_ENROLL:
		f->enroll = *(const struct sy_enroll_begin *)message;
		break;
	case TALK_ENROLL_CARD:
		f->enrolled = *(const struct sy_enroll_card *)message;
		break;
	default:
		break;
	}
}

/* True: it was one of those that come with cards. */
static bool
post_of_card(struct fake_talk *f, enum talk_call call, const void *message)
{
	static const struct {
		enum talk_call first, call;
		char letter;
	} calls[] = {
		{ TALK_AUTH, TALK_AUTH, 'b' },
		{ TALK_AUTH, TALK_AUTH_CARD, 'c' },
		{ TALK_AUTH, TALK_AUTH_PROOF, 'p' },
		{ TALK_AUTH, TALK_AUTH_VERDICT, 'v' },
		{ TALK_AUTH, TALK_AUTH_PASSWORD, 'o' },
		{ TALK_AUTH, TALK_AUTH_ABANDON, 'x' },
		{ TALK_ENROLL, TALK_ENROLL, 'b' },
		{ TALK_ENROLL, TALK_ENROLL_CARD, 'c' },
		{ TALK_ENROLL, TALK_ENROLL_PROOF, 'p' },
		{ TALK_ENROLL, TALK_ENROLL_ABANDON, 'x' },
		{ TALK_OFFICE, TALK_OFFICE, 'b' },
		{ TALK_OFFICE, TALK_OFFICE_CARD, 'c' },
		{ TALK_OFFICE, TALK_OFFICE_PROOF, 'p' },
		{ TALK_OFFICE, TALK_OFFICE_DONE, 'f' },
		{ TALK_OFFICE, TALK_OFFICE_ABANDON, 'x' },
	};

	for (size_t i = 0; i < SY_COUNT(calls); i++) {
		if (calls[i].first != f->first || calls[i].call != call)
			continue;
		keep_message(f, call, message);
		mark(f, calls[i].letter);
		return true;
	}
	return false;
}

static void
on_post(void *arg, enum talk_call call, const void *message)
{
	struct fake_talk *f = arg;

	f->call = call;
	if (f->keys && post_of_key(f, call, message))
		return;
	if (f->cards && post_of_card(f, call, message))
		return;
	assert_false(f->finished);
	switch (call) {
	case TALK_AUTH:
		f->begun = *(const struct sy_auth_begin *)message;
		mark(f, 'b');
		break;
	case TALK_AUTH_PASSWORD:
		f->password = *(const struct sy_auth_password *)message;
		mark(f, 'o');
		break;
	case TALK_AUTH_ABANDON:
		mark(f, 'x');
		break;
	case TALK_CHANGE:
		f->change = *(const struct sy_password_change *)message;
		mark(f, 'w');
		break;
	case TALK_ACCOUNT:
		f->account = *(const struct sy_account *)message;
		mark(f, 'a');
		break;
	case TALK_OPEN:
		f->open = *(const struct sy_session_open *)message;
		mark(f, 's');
		break;
	default:
		fail_msg("posted what it should not: %d", (int)call);
	}
}

static void
on_device_start(void *arg, const struct sy_device_start *start)
{
	struct fake_talk *f = arg;

	if (!f->cards) {
		if (!f->keys)
			fail_msg("a card was asked for");
		mark(f, 'c');
		return;
	}
	assert_true(start->wait_ms > 0 && start->wait_ms <= 60000);
	assert_int_equal(start->reserve, 1);
	assert_int_equal(start->enroll, f->first == TALK_ENROLL);
	assert_true(start->fresh || f->first == TALK_AUTH);
	f->card = *start;
	mark(f, 'd');
}

static void
on_key_start(void *arg, const struct sy_keydevice_start *start)
{
	struct fake_talk *f = arg;

	if (!f->keys)
		fail_msg("a key was asked for");
	assert_true(start->wait_ms > 0 && start->wait_ms <= 60000);
	assert_true(start->usb && start->reader);
	f->start = *start;
	f->looking = f->confirmed = false;
	mark(f, 'd');
}

static void
take_pin(struct fake_talk *f, const struct sy_secret *pin)
{
	const size_t len = pin != NULL ? sy_secret_len(pin) : 0;

	assert_true(len < sizeof(f->pin));
	memset(f->pin, 0, sizeof(f->pin));
	if (len == 0)
		return;
	assert_true(!f->looks || f->confirmed);
	/* CARD-7: never the last try. */
	assert_true(f->tries > f->start.reserve);
	memcpy(f->pin, sy_secret_bytes(pin), len);
	f->pins++;
}

static void
take_change(struct fake_talk *f, const struct sy_keydevice_pin *in)
{
	const size_t len = in->old != NULL ? sy_secret_len(in->old) : 0;

	f->random = in->random;
	take_pin(f, in->fresh);
	assert_true(len < sizeof(f->old_pin));
	memset(f->old_pin, 0, sizeof(f->old_pin));
	if (len > 0)
		memcpy(f->old_pin, sy_secret_bytes(in->old), len);
	mark(f, 'P');
}

static void
on_key_send(void *arg, enum sy_keydevice_type type, const void *request)
{
	static const char uvs[SY_KEY_UV_COUNT + 1] = "NFIJ";
	const struct sy_keydevice_enroll *enroll = request;
	const struct sy_keydevice_forget *forget = request;
	struct fake_talk *f = arg;

	switch ((int)type) {
	case SY_KEYDEVICE_ASSERT:
		f->assertion = *(const struct sy_keydevice_assert *)request;
		take_pin(f, f->assertion.pin);
		f->assertion.pin = NULL;
		mark(f, uvs[f->assertion.uv]);
		break;
	case SY_KEYDEVICE_MAKE:
		f->make = *(const struct sy_keydevice_make *)request;
		take_pin(f, f->make.pin);
		f->make.pin = NULL;
		mark(f, 'M');
		break;
	case SY_KEYDEVICE_PIN:
		take_change(f, request);
		break;
	case SY_KEYDEVICE_ENROLL:
		take_pin(f, enroll->pin);
		(void)snprintf(f->finger, sizeof(f->finger), "%s",
		    enroll->name);
		mark(f, 'E');
		break;
	case SY_KEYDEVICE_FINGERS:
		take_pin(f, request);
		mark(f, 'L');
		break;
	case SY_KEYDEVICE_FORGET:
		take_pin(f, forget->pin);
		mark(f, 'G');
		break;
	default:
		fail_msg("no request: %d", (int)type);
	}
}

static void
on_device_sign(void *arg, const uint8_t *hash, size_t len,
    const struct sy_secret *pin)
{
	struct fake_talk *f = arg;

	if (!f->cards)
		fail_msg("something was to be signed");
	assert_true(len <= sizeof(f->hash));
	memcpy(f->hash, hash, len);
	f->hash_len = len;
	if (f->card.slot == SY_SLOT_OPEN) {
		assert_null(pin);
	} else {
		/* CARD-7: what is sent was typed, and never at the reserve. */
		assert_int_equal(sy_secret_len(pin), 4);
		assert_true(f->tries > 1);
		f->pins++;
	}
	mark(f, 's');
}

static void
on_device_send(void *arg, const void *frame, size_t len)
{
	const uint8_t type = ((const uint8_t *)frame)[TYPE_AT];
	const struct fake_talk *f = arg;

	if (f->first != TALK_OFFICE)
		fail_msg("something was sent to a card");
	assert_true(len > SY_FRAME_HEADER);
	mark(arg,
	    type == SY_DEVICE_PREPARE      ? 's'
		: type == SY_DEVICE_CHANGE ? 'h'
					   : 'w');
}

static void
on_device_stop(void *arg)
{
	const struct fake_talk *f = arg;

	if (f->keys || f->cards)
		mark(arg, '.');
}

static void
on_timer(void *arg, unsigned int ms)
{
	struct fake_talk *f = arg;

	f->timer = ms;
}

static int64_t
on_now(void *arg)
{
	const struct fake_talk *f = arg;

	return f->clock;
}

static enum sy_err
on_nonce(void *arg, void *out, size_t len)
{
	(void)arg;
	memset(out, 0x5a, len);
	return SY_OK;
}

static void
on_lookup(void *arg, const char *name)
{
	struct fake_talk *f = arg;

	(void)snprintf(f->looked_up, sizeof(f->looked_up), "%s", name);
}

static enum sy_err
on_keep(void *arg, const struct talk_login *login,
    char ret_id[SY_EVIDENCE_SIZE])
{
	struct fake_talk *f = arg;

	f->kept = *login;
	f->keeps++;
	(void)snprintf(ret_id, SY_EVIDENCE_SIZE, "%032x", f->keeps);
	return SY_OK;
}

static enum sy_err
on_open_session(void *arg, int64_t number, char ret_handle[SY_EVIDENCE_SIZE])
{
	struct fake_talk *f = arg;

	if (f->failing != SY_OK)
		return f->failing;
	f->session = number;
	(void)snprintf(ret_handle, SY_EVIDENCE_SIZE, "%032llx",
	    (unsigned long long)number);
	mark(f, 'S');
	return SY_OK;
}

static enum sy_err
on_close_session(void *arg, const char *handle)
{
	struct fake_talk *f = arg;

	(void)handle;
	mark(f, 'C');
	return f->failing;
}

static const struct talk_ops ops = {
	.say = on_say,
	.prompt = on_prompt,
	.finish = on_finish,
	.post = on_post,
	.device_start = on_device_start,
	.device_sign = on_device_sign,
	.device_send = on_device_send,
	.key_start = on_key_start,
	.key_send = on_key_send,
	.device_stop = on_device_stop,
	.timer = on_timer,
	.now = on_now,
	.nonce = on_nonce,
	.lookup = on_lookup,
	.keep = on_keep,
	.open_session = on_open_session,
	.close_session = on_close_session,
};

void
fake_talk_open(struct fake_talk *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->talk =
	    (struct talk){ .ops = &ops, .arg = fake, .lang = SY_LANG_EN };
}

const char *
fake_talk_trace(struct fake_talk *f)
{
	static const char letters[SY_RESULT_COUNT + 1] = "DAUMFCE?NBV";
	char *end = strchr(f->trace, '*');

	if (end != NULL)
		*end = letters[f->result.result];
	return f->trace;
}

struct sy_secret *
fake_talk_secret(const char *text)
{
	struct sy_secret *secret = NULL;

	if (text == NULL)
		return NULL;
	assert_int_equal(sy_secret_new(SY_DIALOG_ANSWER_MAX, &secret), SY_OK);
	assert_int_equal(sy_secret_append(secret, text, strlen(text)), SY_OK);
	return secret;
}
