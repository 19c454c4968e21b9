/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "key.h"
#include "pin.h"

/* A person who types longer than this would send a proof too late. */
#define PIN_WAIT_MS 55000
/* The owner asks the server, at most. */
#define READY_WAIT_MS 30000
/* The worker tells earlier that nobody touched the key; this one is for a dead
 * worker. Each sign of life starts it again. */
#define WORK_WAIT_MS   60000
#define REPLUG_WAIT_MS 60000
#define GUARD_MS       2000
#define WAIT_LEAST_MS  1000
#define ROUNDS_MAX     6
#define PROMPTS_MAX    10
#define UNTOUCHED_MAX  3
/* Of a key that does not count them by itself. */
#define FINGERS_MAX 8
/* CTAP 2.1 section 6.5.1: as the key counts, and 63 bytes at most. */
#define PIN_LEAST     4
#define PIN_BYTES_MAX 63

static void
say(const struct key *key, enum sy_dialog_type type, enum text_id id)
{
	const struct text_values v = {
		.tries = key->pin_tries,
		.number = key->found.pin_min,
	};

	talk_say(key->talk, type, id, &v);
}

static void
say_fingers(const struct key *key)
{
	const struct text_values v = { .tries = key->uv_tries };

	talk_say(key->talk, SY_DIALOG_ERROR,
	    key->uv_tries == PIN_TRIES_UNKNOWN ? TEXT_KEY_FINGER_WRONG
					       : TEXT_KEY_FINGER_WRONG_TRIES,
	    &v);
}

/* What the person is to do now, said once. */
static void
tell(struct key *key, enum text_id text)
{
	if (text == key->said)
		return;
	key->said = text;
	say(key, SY_DIALOG_INFO, text);
}

void
key_stop(struct key *key)
{
	sy_secret_free(&key->pin);
	if (key->state == KEY_OFF)
		return;
	key->state = KEY_OFF;
	key->prompt = 0;
	talk_timer(key->talk, 0);
	key->talk->ops->device_stop(key->talk->arg);
}

static void
fail(struct key *key, const struct ending *ending)
{
	key_stop(key);
	key->hooks->failed(key->owner, ending);
}

/* Nobody's failure: time or patience ran out. */
static void
give_up(struct key *key, enum sy_err code, enum text_id text)
{
	const struct ending e = {
		.code = code,
		.result = SY_RESULT_CANCELLED,
		.text = text,
	};

	fail(key, &e);
}

static void
wait_for_key(struct key *key)
{
	const int64_t left = key->deadline - talk_now(key->talk);

	key->state = KEY_WAITING;
	key->prompt = 0;
	key->keep_pin = key->random_pin = key->confirmed = false;
	sy_secret_free(&key->pin);
	if (++key->rounds > ROUNDS_MAX) {
		give_up(key, SY_ERR_LIMIT, TEXT_KEY_ROUNDS);
		return;
	}
	if (left < WAIT_LEAST_MS) {
		give_up(key, SY_ERR_TIMEOUT, TEXT_KEY_LATE);
		return;
	}
	key->start.wait_ms = (uint32_t)left;
	talk_timer(key->talk, (unsigned int)left + GUARD_MS);
	key->talk->ops->key_start(key->talk->arg, &key->start);
}

void
key_begin(struct key *key, struct talk *talk, const struct key_hooks *hooks,
    void *owner, const struct sy_keydevice_start *start)
{
	*key = (struct key){
		.talk = talk,
		.hooks = hooks,
		.owner = owner,
		.start = *start,
		.wait_ms = start->wait_ms,
		.pin_tries = PIN_TRIES_UNKNOWN,
		.uv_tries = PIN_TRIES_UNKNOWN,
	};
	key->deadline = talk_now(talk) + start->wait_ms;
	wait_for_key(key);
}

/* Tell what went wrong with this key and wait for the next one; a key that was
 * ${accepted} may be put back in its own time. */
static void
again(struct key *key, enum text_id text, bool accepted)
{
	say(key, SY_DIALOG_ERROR, text);
	/* That told what to do: the worker's next report adds nothing. */
	key->said = TEXT_KEY_INSERT;
	key->start.fresh = true;
	if (accepted)
		key->deadline = talk_now(key->talk) + key->wait_ms;
	wait_for_key(key);
}

enum sy_err
key_can(const struct key *key, enum sy_key_uv uv)
{
	const struct sy_keydevice_found *f = &key->found;

	switch (uv) {
	case SY_KEY_UV_BUILT_IN:
		if (!f->uv_supported)
			return SY_ERR_KEY_UNFIT;
		if (!f->uv_set)
			return SY_ERR_KEY_BARE;
		return key->uv_tries == 0 ? SY_ERR_UV_BLOCKED : SY_OK;
	case SY_KEY_UV_PIN:
		if (!f->pin_supported)
			return SY_ERR_KEY_UNFIT;
		if (!f->pin_set)
			return SY_ERR_KEY_BARE;
		if (f->pin_change_due && !key->changes_pin)
			return SY_ERR_PIN_FACTORY;
		if (key->pin_tries == 0)
			return SY_ERR_PIN_BLOCKED;
		return key->pin_tries <= key->start.reserve ? SY_ERR_PIN_RESERVE
							    : SY_OK;
	case SY_KEY_UV_NONE:
	case SY_KEY_UV_LOOK:
	case SY_KEY_UV_COUNT:
		break;
	}
	return SY_OK;
}

static const struct unable {
	enum sy_key_uv uv;
	enum sy_err code;
	enum text_id text;
	enum sy_result result;
} unables[] = {
	{ SY_KEY_UV_BUILT_IN, SY_ERR_UV_BLOCKED, TEXT_KEY_FINGER_BLOCKED,
	    SY_RESULT_MAXTRIES },
	{ SY_KEY_UV_BUILT_IN, SY_ERR_KEY_BARE, TEXT_KEY_FINGER_NONE,
	    SY_RESULT_DENIED },
	{ SY_KEY_UV_PIN, SY_ERR_PIN_BLOCKED, TEXT_KEY_PIN_BLOCKED,
	    SY_RESULT_MAXTRIES },
	{ SY_KEY_UV_PIN, SY_ERR_PIN_RESERVE, TEXT_KEY_PIN_RESERVE,
	    SY_RESULT_MAXTRIES },
	{ SY_KEY_UV_PIN, SY_ERR_PIN_FACTORY, TEXT_KEY_PIN_DUE,
	    SY_RESULT_DENIED },
	{ SY_KEY_UV_PIN, SY_ERR_KEY_BARE, TEXT_KEY_BARE, SY_RESULT_DENIED },
	{ SY_KEY_UV_NONE, SY_ERR_KEY_BARE, TEXT_KEY_BARE, SY_RESULT_DENIED },
	{ SY_KEY_UV_LOOK, SY_ERR_KEY_UNFIT, TEXT_KEY_UNPROVEN,
	    SY_RESULT_DENIED },
};

void
key_unable(struct key *key, enum sy_key_uv uv, enum sy_err code)
{
	struct ending e = {
		.kind = SY_FAILURE_CREDENTIAL,
		.code = code,
		.result = SY_RESULT_DENIED,
		.text = TEXT_KEY_UNFIT,
		.tries = uv == SY_KEY_UV_PIN ? key->pin_tries : key->uv_tries,
	};

	if (uv == SY_KEY_UV_LOOK)
		(void)snprintf(e.place, sizeof(e.place), "look: %s",
		    sy_err_name(key->no_look));
	for (size_t i = 0; i < SY_COUNT(unables); i++)
		if (unables[i].uv == uv && unables[i].code == code) {
			e.text = unables[i].text;
			e.result = unables[i].result;
		}
	fail(key, &e);
}

static void
ask(struct key *key)
{
	const bool told = key->pin_tries != PIN_TRIES_UNKNOWN;
	const struct text_values v = { .tries = key->pin_tries };

	if (++key->prompts > PROMPTS_MAX) {
		give_up(key, SY_ERR_LIMIT, TEXT_PIN_LATE);
		return;
	}
	key->state = KEY_ASKING;
	key->said = TEXT_NONE;
	talk_timer(key->talk, PIN_WAIT_MS);
	key->prompt = talk_ask(key->talk,
	    told ? TEXT_KEY_PIN_ASK_TRIES : TEXT_KEY_PIN_ASK,
	    told ? TEXT_KEY_PIN_PROMPT_TRIES : TEXT_KEY_PIN_PROMPT, &v, false);
}

static void
be_ready(struct key *key)
{
	key->state = KEY_READY;
	talk_timer(key->talk, READY_WAIT_MS);
	key->hooks->ready(key->owner);
}

/* A PIN that waits for the owner to know whose key this is. */
static bool
needs_look(const struct key *key)
{
	return key->uv == SY_KEY_UV_PIN && key->looks && !key->confirmed;
}

void
key_want(struct key *key, enum sy_key_uv uv)
{
	enum sy_err err;

	if (key->state != KEY_FOUND)
		return;
	key->uv = uv;
	if (uv == SY_KEY_UV_PIN && key->random_pin) {
		be_ready(key);
		return;
	}
	if ((err = key_can(key, uv)) != SY_OK) {
		key->hooks->unable(key->owner, uv, err);
		return;
	}
	if (needs_look(key))
		key->uv = SY_KEY_UV_LOOK;
	if (key->uv == SY_KEY_UV_PIN && key->pin == NULL)
		ask(key);
	else
		be_ready(key);
}

void
key_confirm(struct key *key)
{
	if (key->state != KEY_FOUND)
		return;
	key->confirmed = true;
	key_want(key, SY_KEY_UV_PIN);
}

void
key_set_pin(struct key *key, struct sy_secret **pin)
{
	sy_secret_free(&key->pin);
	key->pin = *pin;
	*pin = NULL;
}

void
key_send(struct key *key, enum sy_keydevice_type type, const void *request)
{
	if (key->state != KEY_READY)
		return;
	key->state = KEY_WORKING;
	key->said = TEXT_NONE;
	key->sampled = false;
	talk_timer(key->talk, WORK_WAIT_MS);
	key->talk->ops->key_send(key->talk->arg, type, request);
	if (!key->keep_pin)
		sy_secret_free(&key->pin);
}

/* Characters, not bytes: a PIN may be written in any script. */
static bool
is_wellformed(const struct key *key, const struct sy_secret *pin)
{
	const uint8_t *p = sy_secret_bytes(pin);
	const size_t len = sy_secret_len(pin);
	const unsigned int least =
	    key->found.pin_min > PIN_LEAST ? key->found.pin_min : PIN_LEAST;
	size_t points = 0;

	if (len > PIN_BYTES_MAX || !sy_text_is_utf8((const char *)p, len) ||
	    memchr(p, '\0', len) != NULL)
		return false;
	for (size_t i = 0; i < len; i++)
		points += (p[i] & 0xc0) != 0x80;
	return points >= least;
}

void
key_on_answer(struct key *key, uint32_t number, struct sy_secret **answer)
{
	if (key->state != KEY_ASKING || number != key->prompt) {
		/* Typed into a prompt that died. */
		sy_secret_free(answer);
		return;
	}
	if (*answer == NULL) {
		give_up(key, SY_ERR_CANCELLED, TEXT_PIN_NONE);
		return;
	}
	key->prompt = 0;
	if (!is_wellformed(key, *answer)) {
		sy_secret_free(answer);
		say(key, SY_DIALOG_ERROR, TEXT_KEY_PIN_FORMAT);
		ask(key);
		return;
	}
	key_set_pin(key, answer);
	be_ready(key);
}

static void
on_waiting(struct key *key, const struct sy_keydevice_waiting *waiting)
{
	const bool other = waiting->other && !key->other;

	if (key->state != KEY_WAITING)
		return;
	key->other = waiting->other;
	if (other) {
		say(key, SY_DIALOG_ERROR,
		    key->start.enroll ? TEXT_KEY_KNOWN : TEXT_KEY_OTHER);
		key->said = TEXT_NONE;
		key->hooks->other(key->owner);
		return;
	}
	if (waiting->choose)
		tell(key, TEXT_KEY_CHOOSE);
	else if (waiting->busy)
		tell(key, TEXT_KEY_IN_USE);
	else if (waiting->old_card && !waiting->other)
		tell(key, TEXT_KEY_OLD_CARD);
	else if (!waiting->other)
		tell(key, TEXT_KEY_INSERT);
}

static void
on_found(struct key *key, const struct sy_keydevice_found *found)
{
	if (key->state != KEY_WAITING)
		return;
	key->state = KEY_FOUND;
	key->fingers = 0;
	key->found = *found;
	if (key->found.pin_min < PIN_LEAST)
		key->found.pin_min = PIN_LEAST;
	key->pin_tries = found->pin_tries;
	key->uv_tries = found->uv_tries;
	key->said = TEXT_NONE;
	talk_timer(key->talk, 0);
	key->hooks->found(key->owner, found);
}

/* What to say of the last sample of a finger. */
static const enum text_id samples[SY_KEY_SAMPLE_COUNT] = {
	[SY_KEY_SAMPLE_GOOD] = TEXT_SAMPLE_GOOD,
	[SY_KEY_SAMPLE_TOO_HIGH] = TEXT_SAMPLE_TOO_HIGH,
	[SY_KEY_SAMPLE_TOO_LOW] = TEXT_SAMPLE_TOO_LOW,
	[SY_KEY_SAMPLE_TOO_LEFT] = TEXT_SAMPLE_TOO_LEFT,
	[SY_KEY_SAMPLE_TOO_RIGHT] = TEXT_SAMPLE_TOO_RIGHT,
	[SY_KEY_SAMPLE_TOO_FAST] = TEXT_SAMPLE_TOO_FAST,
	[SY_KEY_SAMPLE_TOO_SLOW] = TEXT_SAMPLE_TOO_SLOW,
	[SY_KEY_SAMPLE_POOR] = TEXT_SAMPLE_POOR,
	[SY_KEY_SAMPLE_SKEWED] = TEXT_SAMPLE_SKEWED,
	[SY_KEY_SAMPLE_TOO_SHORT] = TEXT_SAMPLE_TOO_SHORT,
	[SY_KEY_SAMPLE_MERGE] = TEXT_SAMPLE_MERGE,
	[SY_KEY_SAMPLE_EXISTS] = TEXT_SAMPLE_EXISTS,
	[SY_KEY_SAMPLE_NO_ACTIVITY] = TEXT_SAMPLE_NO_ACTIVITY,
	[SY_KEY_SAMPLE_NO_LIFT] = TEXT_SAMPLE_NO_LIFT,
};

/* Each is said: the person learns from it. */
static void
tell_sample(struct key *key, const struct sy_keydevice_touch *touch)
{
	const struct text_values v = { .number = touch->remaining };
	enum text_id text = TEXT_NONE;

	if (touch->sample < SY_KEY_SAMPLE_COUNT)
		text = samples[touch->sample];
	if (text == TEXT_NONE)
		text = TEXT_SAMPLE_POOR;
	if (!key->sampled && touch->sample == SY_KEY_SAMPLE_GOOD)
		text = TEXT_SAMPLE_FIRST;
	key->sampled = true;
	talk_say(key->talk, SY_DIALOG_INFO, text, &v);
}

static void
on_touch(struct key *key, const struct sy_keydevice_touch *touch)
{
	if (key->state != KEY_WORKING)
		return;
	talk_timer(key->talk, WORK_WAIT_MS);
	if (touch->what == SY_KEY_TOUCH_PRESENCE)
		tell(key, TEXT_KEY_TOUCH);
	else if (touch->what == SY_KEY_TOUCH_FINGER)
		tell(key, TEXT_KEY_FINGER);
	else
		tell_sample(key, touch);
}

static void
on_pin_refused(struct key *key, const struct sy_keydevice_refused *refused)
{
	const enum sy_err code = (enum sy_err)refused->code;
	const bool told = refused->tries != PIN_TRIES_UNKNOWN;

	/* It was given none: what it says of one is a lie. */
	if (key->uv != SY_KEY_UV_PIN) {
		key->hooks->unable(key->owner, key->uv, SY_ERR_KEY_UNFIT);
		return;
	}
	sy_secret_free(&key->pin);
	if (code == SY_ERR_PIN_WRONG || code == SY_ERR_PIN_BLOCKED)
		key->pins_wrong++;
	if (told)
		key->pin_tries = refused->tries;
	if (code == SY_ERR_PIN_BLOCKED)
		key->pin_tries = 0;
	/* A random one does not get better by being sent again. */
	if (code != SY_ERR_PIN_WRONG || key->random_pin) {
		key->hooks->unable(key->owner, SY_KEY_UV_PIN, code);
		return;
	}
	if (!told || key->pin_tries > key->start.reserve)
		say(key, SY_DIALOG_ERROR,
		    told ? TEXT_PIN_WRONG : TEXT_KEY_PIN_WRONG);
	key_want(key, SY_KEY_UV_PIN);
}

static void
on_finger_refused(struct key *key, const struct sy_keydevice_refused *refused)
{
	key->fingers_wrong++;
	key->uv_tries = refused->tries;
	if (refused->code == SY_ERR_UV_BLOCKED || ++key->fingers > FINGERS_MAX)
		key->uv_tries = 0;
	if (key->uv_tries > 0)
		say_fingers(key);
	key_want(key, SY_KEY_UV_BUILT_IN);
}

/* It would not even try this PIN. */
static void
on_pin_format(struct key *key)
{
	if (key->uv != SY_KEY_UV_PIN || key->changes_pin || key->random_pin) {
		key->hooks->unable(key->owner, key->uv, SY_ERR_PIN_FORMAT);
		return;
	}
	sy_secret_free(&key->pin);
	say(key, SY_DIALOG_ERROR, TEXT_KEY_PIN_FORMAT);
	key_want(key, SY_KEY_UV_PIN);
}

/* It takes no PIN until it has been without power: wait until it goes. The
 * third wrong one in a row ends like this too. */
static void
ask_to_replug(struct key *key, unsigned int tries)
{
	if (key->uv == SY_KEY_UV_PIN && tries < key->pin_tries)
		key->pins_wrong++;
	key->state = KEY_REPLUG;
	sy_secret_free(&key->pin);
	say(key, SY_DIALOG_ERROR, TEXT_KEY_REPLUG);
	talk_timer(key->talk, REPLUG_WAIT_MS);
}

static void
on_untouched(struct key *key)
{
	if (++key->untouched >= UNTOUCHED_MAX) {
		give_up(key, SY_ERR_TIMEOUT, TEXT_KEY_TOUCH_LATE);
		return;
	}
	say(key, SY_DIALOG_ERROR, TEXT_KEY_UNTOUCHED);
	key_want(key, key->uv);
}

/* A key that went or failed: another try may help. */
static void
begin_anew(struct key *key, enum text_id text)
{
	const bool accepted = key->state != KEY_WAITING;

	if (accepted)
		key->hooks->lost(key->owner);
	if (key->state == KEY_OFF)
		return; /* the owner has had enough */
	again(key, text, accepted);
}

/* Whatever it says: it has not shown whose it is, and no word of its own leads
 * to its PIN. One that was slow may do it the next time. */
static void
on_look_refused(struct key *key, enum sy_err code)
{
	key->no_look = code;
	if (code == SY_ERR_TIMEOUT)
		begin_anew(key, TEXT_KEY_FAILED);
	else
		key->hooks->unable(key->owner, key->uv, SY_ERR_KEY_UNFIT);
}

static void
on_refused(struct key *key, const struct sy_keydevice_refused *refused)
{
	if (key->state != KEY_WORKING)
		return;
	key->state = KEY_FOUND;
	key->said = TEXT_NONE;
	talk_timer(key->talk, 0);
	if (key->uv == SY_KEY_UV_LOOK) {
		on_look_refused(key, (enum sy_err)refused->code);
		return;
	}
	switch ((int)refused->code) {
	case SY_ERR_PIN_WRONG:
	case SY_ERR_PIN_BLOCKED:
	case SY_ERR_PIN_RESERVE:
		on_pin_refused(key, refused);
		break;
	case SY_ERR_PIN_FORMAT:
		on_pin_format(key);
		break;
	case SY_ERR_UV_WRONG:
	case SY_ERR_UV_BLOCKED:
		on_finger_refused(key, refused);
		break;
	case SY_ERR_KEY_REPLUG:
		ask_to_replug(key, refused->tries);
		break;
	case SY_ERR_TIMEOUT:
		on_untouched(key);
		break;
	case SY_ERR_DENIED:
		give_up(key, SY_ERR_CANCELLED, TEXT_KEY_DENIED);
		break;
	default:
		key->hooks->unable(key->owner, key->uv,
		    (enum sy_err)refused->code);
		break;
	}
}

/* What to do about a worker's report of failure. */
static const struct failure {
	enum sy_err code;
	bool again; /* another try may help */
	enum text_id text;
	enum sy_result result;
} failures[] = {
	{ SY_ERR_CARD_GONE, true, TEXT_KEY_GONE, 0 },
	{ SY_ERR_KEY_OTHER, true, TEXT_KEY_OTHER, 0 },
	{ SY_ERR_CARD_UNKNOWN, true, TEXT_KEY_OTHER, 0 },
	{ SY_ERR_CARD, true, TEXT_KEY_FAILED, 0 },
	{ SY_ERR_CARD_MUTE, true, TEXT_KEY_FAILED, 0 },
	{ SY_ERR_CARD_BUSY, true, TEXT_KEY_BUSY, 0 },
	{ SY_ERR_KEY_UNFIT, false, TEXT_KEY_UNFIT, SY_RESULT_DENIED },
	{ SY_ERR_TIMEOUT, false, TEXT_KEY_LATE, SY_RESULT_CANCELLED },
};

/* A reader that was pulled out, or pcscd that was started again, under a key
 * that had been found: both may come back. */
static const struct failure reader_gone = { .again = true,
	.text = TEXT_KEY_GONE };

/* Whatever is not in the table: the device or the worker is broken. */
static const struct failure broken = { .text = TEXT_KEY_BROKEN,
	.result = SY_RESULT_ERROR };

static const struct failure *
failure_of(enum sy_err code, bool found)
{
	if (found && (code == SY_ERR_PCSC || code == SY_ERR_READER))
		return &reader_gone;
	for (size_t i = 0; i < SY_COUNT(failures); i++)
		if (failures[i].code == code)
			return &failures[i];
	return &broken;
}

static void
on_failed(struct key *key, const struct sy_device_failed *failed)
{
	const enum key_state was = key->state;
	const enum sy_err code = (enum sy_err)failed->code;
	const struct failure *f = failure_of(code, was != KEY_WAITING);
	struct ending e = {
		.kind = f->result == SY_RESULT_CANCELLED ? 0 : failed->kind,
		.code = code,
		.result = f->result,
		.text = f->text,
	};

	if (was == KEY_OFF)
		return;
	if (!f->again) {
		if (f == &broken)
			e.kind = SY_FAILURE_DEVICE;
		(void)snprintf(e.place, sizeof(e.place), "%s", failed->place);
		fail(key, &e);
		return;
	}
	begin_anew(key, f->text);
}

static void
on_done(struct key *key, const struct talk_event *event)
{
	if (key->state != KEY_WORKING)
		return;
	key->state = KEY_FOUND;
	key->untouched = 0;
	talk_timer(key->talk, 0);
	key->hooks->done(key->owner, event);
}

void
key_on_device(struct key *key, const struct talk_event *event)
{
	switch (event->type) {
	case TALK_DEVICE_QUEUED:
		if (key->state == KEY_WAITING)
			say(key, SY_DIALOG_INFO, TEXT_KEY_QUEUED);
		break;
	case TALK_DEVICE_GRANTED:
		if (key->state != KEY_WAITING)
			break;
		key->deadline = talk_now(key->talk) + key->start.wait_ms;
		talk_timer(key->talk, key->start.wait_ms + GUARD_MS);
		break;
	case TALK_KEY_WAITING:
		on_waiting(key, &event->keys);
		break;
	case TALK_KEY_FOUND:
		on_found(key, event->found);
		break;
	case TALK_KEY_TOUCH:
		on_touch(key, &event->touch);
		break;
	case TALK_KEY_REFUSED:
		on_refused(key, &event->refused);
		break;
	case TALK_KEY_SIGNED:
	case TALK_KEY_MADE:
	case TALK_KEY_LIST:
	case TALK_DEVICE_DONE:
		on_done(key, event);
		break;
	case TALK_DEVICE_FAILED:
		on_failed(key, &event->failed);
		break;
	case TALK_DEVICE_WAITING:
	case TALK_DEVICE_CARD:
	case TALK_DEVICE_PIN_WRONG:
	case TALK_DEVICE_PIN_FORMAT:
	case TALK_DEVICE_SIGNATURE:
	case TALK_DEVICE_BLANK:
	case TALK_DEVICE_KEY:
		break; /* of cards */
	}
}

static void
worker_is_mute(struct key *key)
{
	const struct ending e = {
		.kind = SY_FAILURE_DEVICE,
		.code = SY_ERR_CARD_MUTE,
		.result = SY_RESULT_ERROR,
		.text = TEXT_KEY_BROKEN,
	};

	fail(key, &e);
}

void
key_on_timer(struct key *key)
{
	switch (key->state) {
	case KEY_WAITING:
	case KEY_REPLUG:
		give_up(key, SY_ERR_TIMEOUT, TEXT_KEY_LATE);
		break;
	case KEY_ASKING:
		give_up(key, SY_ERR_TIMEOUT, TEXT_PIN_LATE);
		break;
	case KEY_READY:
	case KEY_WORKING:
		worker_is_mute(key);
		break;
	case KEY_OFF:
	case KEY_FOUND:
		break;
	}
}
