/* SPDX-License-Identifier: Apache-2.0 */
/* The card office: the card, which a worker drives. */
#include <string.h>

#include "card.h"
#include "office_int.h"

#define GUARD_MS     2000
#define WORK_WAIT_MS 150000 /* longer than the worker's own limits */

void
office_wait_for_card(struct office *o)
{
	/* A My Number card is told apart, so that its holder hears where to
	 * go. */
	const uint32_t all = 1U << SY_DRIVER_PIV | 1U << SY_DRIVER_JPKI;
	const struct sy_device_start start = {
		.drivers =
		    o->task == SY_TASK_PERSONALISE ? 1U << SY_DRIVER_PIV : all,
		.slot = SY_SLOT_PIN,
		.fresh = true,
		.reserve = o->reserve,
		.wait_ms = o->wait_ms,
		.task = (uint8_t)o->task,
	};

	o->state = OFFICE_CARD;
	talk_timer(&o->talk, o->wait_ms + GUARD_MS);
	o->talk.ops->device_start(o->talk.arg, &start);
}

static void
send_frame(struct office *o, enum office_state state, const uint8_t *frame,
    size_t len)
{
	o->state = state;
	talk_timer(&o->talk, WORK_WAIT_MS);
	o->talk.ops->device_send(o->talk.arg, frame, len);
}

void
office_work(struct office *o, const struct sy_secret *frame)
{
	send_frame(o, OFFICE_WORK, sy_secret_bytes(frame),
	    sy_secret_len(frame));
}

void
office_change(struct office *o)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;

	if (sy_device_put_change(o->old, o->fresh, &frame) != SY_OK) {
		office_end_broken(o, SY_ERR_NOMEM);
		return;
	}
	sy_secret_free(&o->old);
	office_work(o, frame);
}

void
office_store(struct office *o, const uint8_t *cert, size_t len)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	enum sy_err err;

	if ((err = sy_buf_new(SY_DEVICE_FRAME_MAX, &out)) != SY_OK ||
	    (err = sy_device_put_store(out, cert, len)) != SY_OK) {
		office_end_broken(o, err);
		return;
	}
	send_frame(o, OFFICE_STORE, sy_buf_data(out), sy_buf_len(out));
}

static void
on_waiting(struct office *o, const struct sy_device_waiting *waiting)
{
	const enum text_id text = card_waiting_text(waiting);

	if (o->state != OFFICE_CARD || text == o->said)
		return;
	o->said = text;
	talk_say(&o->talk, SY_DIALOG_INFO, text, NULL);
}

static void
show_card(struct office *o, struct sy_office_card *shown)
{
	memcpy(shown->txn, o->txn, sizeof(shown->txn));
	o->state = OFFICE_CONFIRM;
	talk_timer(&o->talk, 0);
	talk_post(&o->talk, TALK_OFFICE_CARD, shown);
}

static void
on_blank(struct office *o, const struct sy_device_blank *blank)
{
	struct sy_office_card shown = { .guid_len = blank->guid_len };

	memcpy(shown.guid, blank->guid, sizeof(shown.guid));
	show_card(o, &shown);
}

static void
on_card(struct office *o, const struct sy_device_card *card)
{
	struct sy_office_card shown = { .spki_len = card->spki_len };
	SY_AUTO(sy_key_free) struct sy_key *key = NULL;

	if (card->driver != SY_DRIVER_PIV) {
		office_end_with(o, SY_FAILURE_CREDENTIAL, SY_ERR_STATE,
		    SY_RESULT_DENIED, TEXT_OFFICE_JPKI);
		return;
	}
	if (sy_key_from_spki(card->spki, card->spki_len, &key, NULL) != SY_OK) {
		office_end_with(o, SY_FAILURE_CREDENTIAL, SY_ERR_ALGORITHM,
		    SY_RESULT_DENIED, TEXT_CARD_UNKNOWN);
		return;
	}
	o->alg = sy_key_alg(key);
	o->tries = card->tries;
	memcpy(shown.spki, card->spki, card->spki_len);
	show_card(o, &shown);
}

static void
on_key(struct office *o, const struct sy_device_key *key)
{
	memcpy(o->proof.spki, key->spki, key->spki_len);
	o->proof.spki_len = key->spki_len;
	memcpy(o->proof.signature, key->signature, key->signature_len);
	o->proof.signature_len = key->signature_len;
	o->state = OFFICE_PROOF;
	if (o->task == SY_TASK_PIN_UNBLOCK)
		o->talk.ops->device_stop(o->talk.arg); /* it is done */
	talk_timer(&o->talk, 0);
	talk_post(&o->talk, TALK_OFFICE_PROOF, &o->proof);
}

static void
report(struct office *o)
{
	struct sy_office_done done;

	memcpy(done.txn, o->txn, sizeof(done.txn));
	o->state = OFFICE_REPORT;
	o->talk.ops->device_stop(o->talk.arg);
	talk_timer(&o->talk, 0);
	talk_post(&o->talk, TALK_OFFICE_DONE, &done);
}

static void
on_pin_wrong(struct office *o, unsigned int left)
{
	const struct text_values v = { .tries = left };

	o->pins_wrong++;
	o->tries = left;
	if (left > o->reserve)
		talk_say(&o->talk, SY_DIALOG_ERROR, TEXT_PIN_WRONG, &v);
	office_ask_old(o);
}

static void
on_failed(struct office *o, const struct sy_device_failed *failed)
{
	struct ending e;

	/* The card refused the old PIN and takes no more. */
	if (o->task == SY_TASK_PIN_CHANGE && o->state == OFFICE_WORK &&
	    (failed->code == SY_ERR_PIN_BLOCKED ||
		failed->code == SY_ERR_PIN_RESERVE))
		o->pins_wrong++;
	card_ending(failed, SY_DRIVER_PIV, o->tries, o->state != OFFICE_CARD,
	    &e);
	if (failed->code == SY_ERR_DENIED) {
		e.text = TEXT_OFFICE_FOREIGN;
		e.result = SY_RESULT_DENIED;
	} else if (failed->code == SY_ERR_PIN_FACTORY) {
		e.text = TEXT_OFFICE_FACTORY;
	} else if (o->task != SY_TASK_PIN_CHANGE &&
	    (o->state == OFFICE_WORK || o->state == OFFICE_STORE)) {
		/* Whatever it was, the same code goes on with it. */
		e.text = TEXT_OFFICE_BROKEN_OFF;
	}
	office_end(o, &e);
}

void
office_on_device(struct office *o, const struct talk_event *event)
{
	const enum office_state s = o->state;

	switch (event->type) {
	case TALK_DEVICE_QUEUED:
		if (s == OFFICE_CARD)
			talk_say(&o->talk, SY_DIALOG_INFO, TEXT_QUEUED, NULL);
		break;
	case TALK_DEVICE_GRANTED:
		if (s == OFFICE_CARD)
			talk_timer(&o->talk, o->wait_ms + GUARD_MS);
		break;
	case TALK_DEVICE_WAITING:
		on_waiting(o, &event->waiting);
		break;
	case TALK_DEVICE_BLANK:
		if (s == OFFICE_CARD)
			on_blank(o, event->blank);
		break;
	case TALK_DEVICE_CARD:
		if (s == OFFICE_CARD)
			on_card(o, event->card);
		break;
	case TALK_DEVICE_KEY:
		if (s == OFFICE_WORK)
			on_key(o, event->key);
		break;
	case TALK_DEVICE_PIN_WRONG:
		if (s == OFFICE_WORK)
			on_pin_wrong(o, event->left);
		break;
	case TALK_DEVICE_DONE:
		if (s == OFFICE_WORK || s == OFFICE_STORE)
			report(o);
		break;
	case TALK_DEVICE_FAILED:
		if (s != OFFICE_REPORT && s != OFFICE_ABANDON &&
		    s != OFFICE_OVER)
			on_failed(o, &event->failed);
		break;
	case TALK_DEVICE_PIN_FORMAT:
	case TALK_DEVICE_SIGNATURE:
	case TALK_KEY_WAITING:
	case TALK_KEY_FOUND:
	case TALK_KEY_TOUCH:
	case TALK_KEY_REFUSED:
	case TALK_KEY_SIGNED:
	case TALK_KEY_MADE:
	case TALK_KEY_LIST:
		office_end_with(o, SY_FAILURE_DEVICE, SY_ERR_PROTOCOL,
		    SY_RESULT_ERROR, TEXT_DEVICE_FAILED);
		break;
	}
}
