/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "card.h"

/* A person who types longer than this would send a proof too late. */
#define PIN_WAIT_MS 55000
/* The worker's own watchdog is shorter; this one is for a dead worker. */
#define SIGN_WAIT_MS  30000
#define GUARD_MS      2000
#define WAIT_LEAST_MS 1000
#define ROUNDS_MAX    6
#define PROMPTS_MAX   10

static const struct text_choice blocked = { TEXT_PIN_BLOCKED_JPKI,
	TEXT_PIN_BLOCKED_PIV, TEXT_PIN_BLOCKED_ANY };
static const struct text_choice reserve = { TEXT_PIN_RESERVE_JPKI,
	TEXT_PIN_RESERVE_PIV, TEXT_PIN_RESERVE_ANY };
static const struct text_choice format = { TEXT_PIN_FORMAT_JPKI,
	TEXT_PIN_FORMAT_PIV, TEXT_PIN_FORMAT_PIV };

static void
say(const struct card *card, enum sy_dialog_type type, enum text_id id,
    unsigned int tries)
{
	const struct text_values v = { .tries = tries };

	talk_say(card->talk, type, id, &v);
}

void
card_stop(struct card *card)
{
	sy_secret_free(&card->pin);
	if (card->state == CARD_OFF)
		return;
	card->state = CARD_OFF;
	card->prompt = 0;
	talk_timer(card->talk, 0);
	card->talk->ops->device_stop(card->talk->arg);
}

static void
fail(struct card *card, const struct ending *ending)
{
	card_stop(card);
	card->hooks->failed(card->owner, ending);
}

/* Nobody's failure: time or patience ran out. */
static void
give_up(struct card *card, enum sy_err code, enum text_id text)
{
	const struct ending e = {
		.code = code,
		.result = SY_RESULT_CANCELLED,
		.text = text,
	};

	fail(card, &e);
}

static void
fail_pin(struct card *card, enum sy_err code, const struct text_choice *text)
{
	const struct ending e = {
		.kind = SY_FAILURE_CREDENTIAL,
		.code = code,
		.result = SY_RESULT_MAXTRIES,
		.text = text_choose(text, card->driver),
		.tries = card->tries,
	};

	fail(card, &e);
}

/* Wait for a card until the deadline. */
static void
wait_for_card(struct card *card)
{
	const int64_t left = card->deadline - talk_now(card->talk);

	card->state = CARD_WAITING;
	card->prompt = 0;
	sy_secret_free(&card->pin);
	if (++card->rounds > ROUNDS_MAX) {
		give_up(card, SY_ERR_LIMIT, TEXT_CARD_ROUNDS);
		return;
	}
	if (left < WAIT_LEAST_MS) {
		give_up(card, SY_ERR_TIMEOUT, TEXT_CARD_LATE);
		return;
	}
	card->start.wait_ms = (uint32_t)left;
	talk_timer(card->talk, (unsigned int)left + GUARD_MS);
	card->talk->ops->device_start(card->talk->arg, &card->start);
}

void
card_begin(struct card *card, struct talk *talk, const struct card_hooks *hooks,
    void *owner, const struct sy_device_start *start)
{
	*card = (struct card){
		.talk = talk,
		.hooks = hooks,
		.owner = owner,
		.start = *start,
		.slots = { start->slot },
		.wait_ms = start->wait_ms,
	};
	card->deadline = talk_now(card->talk) + start->wait_ms;
	wait_for_card(card);
}

void
card_other_slot(struct card *card, enum sy_slot slot)
{
	card->slots[1] = (uint8_t)slot;
}

/* JPKI has one slot. */
bool
card_has_other_slot(const struct card *card)
{
	return card->slots[1] != 0 && card->start.slot != card->slots[1] &&
	    card->driver != SY_DRIVER_JPKI;
}

/*
 * A card may carry the key that was enrolled under either slot. It was put in
 * for this login and lies there still: look at it once more, unasked.
 */
static bool
try_other_slot(struct card *card)
{
	if (!card_has_other_slot(card))
		return false;
	card->start.slot = card->slots[1];
	card->start.fresh = false;
	card->rounds--;
	wait_for_card(card);
	return true;
}

/* Tell the person what went wrong with this card and wait for the next
 * insertion. */
static void
again(struct card *card, enum text_id text)
{
	say(card, SY_DIALOG_ERROR, text, card->tries);
	/* That told what to do: the worker's next report adds nothing. */
	card->said = text == TEXT_CARD_GONE ? TEXT_INSERT : TEXT_OLD_CARD;
	/* The same card counts only after it has left the reader. */
	card->start.fresh = true;
	card->start.slot = card->slots[0];
	card->refused = false;
	card->driver = SY_DRIVER_NONE;
	wait_for_card(card);
}

void
card_wrong(struct card *card)
{
	card->refused = true;
	if (!try_other_slot(card))
		again(card, TEXT_WRONG_CARD);
}

static void
ask(struct card *card)
{
	struct sy_dialog_prompt prompt = { .echo = false };
	char info[SY_DIALOG_TEXT_SIZE];

	if (++card->prompts > PROMPTS_MAX) {
		give_up(card, SY_ERR_LIMIT, TEXT_PIN_LATE);
		return;
	}
	pin_texts(card->talk->lang, card->driver, card->tries, info,
	    prompt.text);
	prompt.number = card->prompt = ++card->talk->prompt;
	card->state = CARD_ASKING;
	talk_timer(card->talk, PIN_WAIT_MS);
	card->talk->ops->say(card->talk->arg, SY_DIALOG_INFO, info);
	card->talk->ops->prompt(card->talk->arg, &prompt);
}

void
card_ask(struct card *card)
{
	if (card->state != CARD_FOUND)
		return;
	if (card->start.slot == SY_SLOT_OPEN) {
		card->state = CARD_TYPED;
		card->hooks->ready(card->owner);
	} else if (card->tries == 0) {
		fail_pin(card, SY_ERR_PIN_BLOCKED, &blocked);
	} else if (card->tries <= card->start.reserve) {
		fail_pin(card, SY_ERR_PIN_RESERVE, &reserve);
	} else {
		ask(card);
	}
}

/* The PIN had a wrong form: nothing was sent, so nothing was lost. */
static void
ask_again(struct card *card)
{
	say(card, SY_DIALOG_ERROR, text_choose(&format, card->driver),
	    card->tries);
	ask(card);
}

void
card_on_answer(struct card *card, uint32_t number, struct sy_secret **answer)
{
	if (card->state != CARD_ASKING || number != card->prompt) {
		/* Typed into a prompt that died. */
		sy_secret_free(answer);
		return;
	}
	if (*answer == NULL) {
		give_up(card, SY_ERR_CANCELLED, TEXT_PIN_NONE);
		return;
	}
	if (!pin_is_wellformed(card->driver, *answer)) {
		sy_secret_free(answer);
		ask_again(card);
		return;
	}
	card->pin = *answer;
	*answer = NULL;
	card->state = CARD_TYPED;
	talk_timer(card->talk, SIGN_WAIT_MS);
	card->hooks->ready(card->owner);
}

void
card_sign(struct card *card, const uint8_t *hash, size_t len)
{
	if (card->state != CARD_TYPED)
		return;
	card->state = CARD_SIGNING;
	talk_timer(card->talk, SIGN_WAIT_MS);
	card->talk->ops->device_sign(card->talk->arg, hash, len, card->pin);
	sy_secret_free(&card->pin);
}

enum text_id
card_waiting_text(const struct sy_device_waiting *waiting)
{
	if (waiting->readers == 0)
		return TEXT_NO_READER;
	return waiting->old_card ? TEXT_OLD_CARD : TEXT_INSERT;
}

static void
on_waiting(struct card *card, const struct sy_device_waiting *waiting)
{
	const enum text_id text = card_waiting_text(waiting);

	if (card->state != CARD_WAITING || text == card->said)
		return;
	card->said = text;
	say(card, SY_DIALOG_INFO, text, 0);
}

static void
on_card(struct card *card, const struct sy_device_card *found)
{
	if (card->state != CARD_WAITING)
		return;
	card->state = CARD_FOUND;
	card->driver = (enum sy_driver)found->driver;
	card->tries = found->tries;
	talk_timer(card->talk, 0);
	card->hooks->found(card->owner, found);
}

static void
on_pin_wrong(struct card *card, uint8_t left)
{
	if (card->state != CARD_SIGNING)
		return;
	card->pins_wrong++;
	card->tries = left;
	card->state = CARD_FOUND;
	if (left > card->start.reserve)
		say(card, SY_DIALOG_ERROR, TEXT_PIN_WRONG, left);
	card_ask(card);
}

/* What to do about a worker's report of failure. */
static const struct failure {
	enum sy_err code;
	bool again; /* another insertion may help */
	enum text_id text;
	const struct text_choice *choice; /* instead, by kind of card */
	enum sy_result result;
} failures[] = {
	{ SY_ERR_CARD_GONE, true, TEXT_CARD_GONE, NULL, 0 },
	{ SY_ERR_CARD_UNKNOWN, true, TEXT_CARD_UNKNOWN, NULL, 0 },
	{ SY_ERR_KEY_MISSING, true, TEXT_CARD_UNKNOWN, NULL, 0 },
	{ SY_ERR_ALGORITHM, true, TEXT_CARD_UNKNOWN, NULL, 0 },
	{ SY_ERR_CERT, true, TEXT_CARD_UNKNOWN, NULL, 0 },
	{ SY_ERR_CARD, true, TEXT_CARD_FAILED, NULL, 0 },
	{ SY_ERR_CARD_MUTE, true, TEXT_CARD_FAILED, NULL, 0 },
	{ SY_ERR_CARD_BUSY, true, TEXT_CARD_BUSY, NULL, 0 },
	{ SY_ERR_PIN_BLOCKED, false, TEXT_NONE, &blocked, SY_RESULT_MAXTRIES },
	{ SY_ERR_PIN_RESERVE, false, TEXT_NONE, &reserve, SY_RESULT_MAXTRIES },
	{ SY_ERR_PIN_FACTORY, false, TEXT_PIN_FACTORY, NULL, SY_RESULT_DENIED },
	{ SY_ERR_KEY_OPEN, false, TEXT_KEY_OPEN, NULL, SY_RESULT_DENIED },
	{ SY_ERR_TIMEOUT, false, TEXT_CARD_LATE, NULL, SY_RESULT_CANCELLED },
};

/* A reader that was pulled out, or pcscd that was started again, under a card
 * that had been found: both may come back. */
static const struct failure reader_gone = { .again = true,
	.text = TEXT_READER_GONE };

/* Whatever is not in the table: the device or the worker is broken. */
static const struct failure broken = { .text = TEXT_DEVICE_FAILED,
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

bool
card_ending(const struct sy_device_failed *failed, enum sy_driver driver,
    unsigned int tries, bool found, struct ending *ret)
{
	const enum sy_err code = (enum sy_err)failed->code;
	const struct failure *f = failure_of(code, found);

	*ret = (struct ending){
		.kind = f->result == SY_RESULT_CANCELLED ? 0 : failed->kind,
		.code = code,
		.result = f->result,
		.text = f->text,
		.tries =
		    failed->tries != PIN_TRIES_UNKNOWN ? failed->tries : tries,
	};
	if (f->choice != NULL)
		ret->text = text_choose(f->choice, driver);
	if (f == &broken)
		ret->kind = SY_FAILURE_DEVICE;
	(void)snprintf(ret->place, sizeof(ret->place), "%s", failed->place);
	return f->again;
}

static void
on_failed(struct card *card, const struct sy_device_failed *failed)
{
	const enum card_state was = card->state;
	const enum sy_err code = (enum sy_err)failed->code;
	struct ending e;
	bool may_return;

	if (was == CARD_OFF)
		return;
	may_return = card_ending(failed, card->driver, card->tries,
	    was != CARD_WAITING, &e);
	card->tries = e.tries;
	/* The card refused the PIN of the last SIGN and takes no more. */
	if (was == CARD_SIGNING &&
	    (code == SY_ERR_PIN_BLOCKED || code == SY_ERR_PIN_RESERVE))
		card->pins_wrong++;
	if (!may_return) {
		fail(card, &e);
		return;
	}
	/* A card that was accepted may be put back in its own time. */
	if (was == CARD_ASKING || was == CARD_TYPED || was == CARD_SIGNING)
		card->deadline = talk_now(card->talk) + card->wait_ms;
	if (was != CARD_WAITING)
		card->hooks->lost(card->owner);
	if (code == SY_ERR_KEY_MISSING && try_other_slot(card))
		return;
	if (code == SY_ERR_KEY_MISSING && card->refused)
		e.text = TEXT_WRONG_CARD;
	again(card, e.text);
}

void
card_on_device(struct card *card, const struct talk_event *event)
{
	switch (event->type) {
	case TALK_DEVICE_QUEUED:
		if (card->state == CARD_WAITING)
			say(card, SY_DIALOG_INFO, TEXT_QUEUED, 0);
		break;
	case TALK_DEVICE_GRANTED:
		if (card->state != CARD_WAITING)
			break;
		card->deadline = talk_now(card->talk) + card->start.wait_ms;
		talk_timer(card->talk, card->start.wait_ms + GUARD_MS);
		break;
	case TALK_DEVICE_WAITING:
		on_waiting(card, &event->waiting);
		break;
	case TALK_DEVICE_CARD:
		on_card(card, event->card);
		break;
	case TALK_DEVICE_PIN_WRONG:
		on_pin_wrong(card, event->left);
		break;
	case TALK_DEVICE_PIN_FORMAT:
		if (card->state == CARD_SIGNING)
			ask_again(card);
		break;
	case TALK_DEVICE_SIGNATURE:
		if (card->state != CARD_SIGNING)
			break;
		card_stop(card);
		card->hooks->signed_(card->owner, event->signature,
		    event->signature_len);
		break;
	case TALK_DEVICE_FAILED:
		on_failed(card, &event->failed);
		break;
	case TALK_DEVICE_BLANK:
	case TALK_DEVICE_KEY:
	case TALK_DEVICE_DONE:
	case TALK_KEY_WAITING:
	case TALK_KEY_FOUND:
	case TALK_KEY_TOUCH:
	case TALK_KEY_REFUSED:
	case TALK_KEY_SIGNED:
	case TALK_KEY_MADE:
	case TALK_KEY_LIST:
		break; /* of other tasks */
	}
}

void
card_on_timer(struct card *card)
{
	switch (card->state) {
	case CARD_WAITING:
		give_up(card, SY_ERR_TIMEOUT, TEXT_CARD_LATE);
		break;
	case CARD_ASKING:
		give_up(card, SY_ERR_TIMEOUT, TEXT_PIN_LATE);
		break;
	case CARD_TYPED:
	case CARD_SIGNING: {
		const struct ending e = {
			.kind = SY_FAILURE_DEVICE,
			.code = SY_ERR_CARD_MUTE,
			.result = SY_RESULT_ERROR,
			.text = TEXT_DEVICE_FAILED,
		};
		fail(card, &e);
		break;
	}
	case CARD_OFF:
	case CARD_FOUND:
		break;
	}
}
