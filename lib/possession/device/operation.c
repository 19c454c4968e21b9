/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/device.h>

#include "lib/possession/device/operation_int.h"
#include "lib/possession/device/piv_admin.h"

#define SIGN_MS       10000
#define UPDATE_MS     1000   /* one look at the readers */
#define CHECK_MS      100    /* is the card still there? */
#define SIGN_WAIT_MS  180000 /* for the agent's SIGN */
#define OPEN_TRIES    5      /* resets by others before we give up */
#define OPEN_PAUSE_MS 50
#define FRAME_IN_MAX  256 /* START and SIGN are shorter */

void
operation_guard(const struct operation *op, unsigned int ms, enum sy_err code)
{
	op->host->guard(op->host->arg, ms, code);
}

enum sy_err
operation_send(struct operation *op, enum sy_err err)
{
	if (err != SY_OK)
		return err;
	return op->host->send(op->host->arg, sy_buf_data(op->out),
	    sy_buf_len(op->out));
}

/* The agent has nothing to say before it was told of the card. */
enum sy_err
operation_check_line(const struct operation *op)
{
	const enum sy_err err = op->host->wait(op->host->arg, 0);

	if (err == SY_ERR_TIMEOUT)
		return SY_OK;
	return err == SY_OK ? SY_ERR_PROTOCOL : err;
}

static enum sy_err
tell_waiting(struct operation *op)
{
	const struct sy_device_waiting now = {
		.readers = (uint16_t)readers_count(op->readers),
		.old_card = readers_have_old(op->readers),
	};
	enum sy_err err;

	if (op->told && now.readers == op->waiting.readers &&
	    now.old_card == op->waiting.old_card)
		return SY_OK;
	if ((err = operation_send(op, sy_device_put_waiting(op->out, &now))) !=
	    SY_OK)
		return err;
	op->waiting = now;
	if (op->told)
		return SY_OK;
	op->told = true;
	/* What was put in up to now was not put in because of us. */
	if ((err = readers_update(op->readers, 0)) != SY_OK)
		return err;
	readers_make_old(op->readers);
	return SY_OK;
}

static void
leave_card(struct operation *op)
{
	card_free(&op->card);
	link_close(&op->link);
}

/* The counter, on a card whose PIN nobody has verified before us. */
static enum sy_err
read_tries(struct operation *op)
{
	enum sy_err err;

	if ((err = card_tries(op->card, &op->tries)) != SY_ERR_STATE)
		return err;
	if ((err = link_reset(op->link)) != SY_OK)
		return err;
	operation_guard(op, READ_MS, SY_ERR_CARD_MUTE);
	if ((err = card_select(op->card)) != SY_OK)
		return err;
	err = card_tries(op->card, &op->tries);
	return err == SY_ERR_STATE ? SY_ERR_CARD : err;
}

static enum sy_err
check_enroll(struct operation *op)
{
	enum sy_err err;

	if (!op->start.enroll || op->start.slot != SY_SLOT_PIN)
		return SY_OK;
	if ((err = link_reset(op->link)) != SY_OK)
		return err;
	operation_guard(op, READ_MS, SY_ERR_CARD_MUTE);
	if ((err = card_select(op->card)) != SY_OK)
		return err;
	return card_check_refuses(op->card);
}

static enum sy_err
check_tries(struct operation *op)
{
	enum sy_err err;

	if ((err = read_tries(op)) != SY_OK)
		return err;
	if (op->tries == 0)
		return card_failed(op->card, SY_ERR_PIN_BLOCKED, "tries", 0);
	if (op->tries <= op->start.reserve)
		return card_failed(op->card, SY_ERR_PIN_RESERVE, "tries", 0);
	return SY_OK;
}

/* What has to be known of the card before it is reported. */
static enum sy_err
look_at_card(struct operation *op)
{
	enum sy_err err;

	if (op->start.task == SY_TASK_PERSONALISE)
		return piv_open_blank(&op->link->io, &op->card, &op->error);
	if ((err = card_open(&op->link->io, op->start.drivers,
		 (enum sy_slot)op->start.slot, &op->card, &op->error)) !=
		SY_OK ||
	    (err = check_enroll(op)) != SY_OK)
		return err;
	/* A card that is blocked is just what an unblocking is for. */
	return op->start.task == SY_TASK_PIN_UNBLOCK ? read_tries(op)
						     : check_tries(op);
}

/* Connect to the card in op->reader and learn what there is to know. */
static enum sy_err
read_card(struct operation *op)
{
	enum sy_err err;

	(void)sy_error_set(&op->error, SY_OK, "reader", "%s", "");
	if ((err = link_open(op->host, readers_context(op->readers),
		 op->reader.name, &op->link)) != SY_OK)
		return err;
	operation_guard(op, READ_MS, SY_ERR_CARD_MUTE);
	if ((err = look_at_card(op)) != SY_OK)
		return err;
	return reader_check(op->readers, &op->reader);
}

static enum sy_err
open_card(struct operation *op)
{
	enum sy_err err;

	op->tries = CARD_TRIES_UNKNOWN;
	err = read_card(op);
	operation_guard(op, 0, SY_OK);
	if (err == SY_OK)
		return SY_OK;
	if (op->card != NULL && op->card->error.code != SY_OK)
		op->error = op->card->error;
	leave_card(op);
	return err;
}

/* It went, or another program reset it: the person may put it in again. */
static bool
is_passing(enum sy_err err)
{
	return err == SY_ERR_CARD_GONE || err == SY_ERR_READER ||
	    err == SY_ERR_PCSC;
}

/* A card that just lies there need not be meant for us. */
static bool
is_stranger(const struct reader *reader, enum sy_err err)
{
	return reader->in_place &&
	    (err == SY_ERR_CARD_UNKNOWN || err == SY_ERR_KEY_MISSING ||
		err == SY_ERR_CARD_MUTE);
}

/* Look at every card that counts. NOT_FOUND: none is for us. */
static enum sy_err
try_cards(struct operation *op, unsigned int *resets)
{
	struct reader *reader;
	enum sy_err err;

	while ((reader = readers_ready(op->readers)) != NULL) {
		op->reader = *reader;
		if ((err = open_card(op)) == SY_OK)
			return SY_OK;
		if (is_stranger(reader, err)) {
			reader->card = READER_TRIED;
			continue;
		}
		if (!is_passing(err) || ++*resets >= OPEN_TRIES)
			return err;
		op->host->sleep_ms(op->host->arg, OPEN_PAUSE_MS);
		return SY_ERR_NOT_FOUND;
	}
	*resets = 0;
	return SY_ERR_NOT_FOUND;
}

/* Nobody came. Why? */
static enum sy_err
waited_out(struct operation *op)
{
	(void)sy_error_set(&op->error, SY_ERR_TIMEOUT, "waiting for a card",
	    "%s", "");
	if (readers_are_away(op->readers))
		return SY_ERR_PCSC;
	return readers_count(op->readers) == 0 ? SY_ERR_READER : SY_ERR_TIMEOUT;
}

static enum sy_err
wait_for_card(struct operation *op)
{
	const uint64_t until =
	    op->host->now_ms(op->host->arg) + op->start.wait_ms;
	unsigned int resets = 0, wait = 0;
	enum sy_err err;

	for (;;) {
		const uint64_t now = op->host->now_ms(op->host->arg);

		if ((err = operation_check_line(op)) != SY_OK ||
		    (err = readers_update(op->readers, wait)) != SY_OK)
			return err;
		if ((!op->start.fresh || op->told) &&
		    (err = try_cards(op, &resets)) != SY_ERR_NOT_FOUND)
			return err;
		if ((err = tell_waiting(op)) != SY_OK)
			return err;
		if (now >= until)
			return waited_out(op);
		wait = until - now < UPDATE_MS ? (unsigned int)(until - now)
					       : UPDATE_MS;
	}
}

static enum sy_err
tell_card(struct operation *op)
{
	const struct card *card = op->card;
	struct sy_device_card told = { .driver = (uint8_t)card->driver->id,
		.slot = op->start.slot,
		.tries = op->tries };
	enum sy_err err;

	if ((err = operation_check_line(op)) != SY_OK)
		return err;
	if (card->spki_len > sizeof(told.spki) ||
	    sy_buf_len(card->cert) > sizeof(told.cert))
		return SY_ERR_INTERNAL;
	device_copy_name(told.reader, sizeof(told.reader), op->reader.name);
	memcpy(told.spki, card->spki, card->spki_len);
	told.spki_len = (uint16_t)card->spki_len;
	if (op->start.enroll) {
		told.cert_len = (uint16_t)sy_buf_len(card->cert);
		memcpy(told.cert, sy_buf_data(card->cert), told.cert_len);
	}
	return operation_send(op, sy_device_put_card(op->out, &told));
}

enum sy_err
operation_wait(struct operation *op)
{
	const uint64_t until = op->host->now_ms(op->host->arg) + SIGN_WAIT_MS;
	enum sy_err line, err;

	do {
		line = op->host->wait(op->host->arg, CHECK_MS);
		if (line != SY_OK && line != SY_ERR_TIMEOUT)
			return line;
		if ((err = reader_check(op->readers, &op->reader)) != SY_OK)
			return err;
		if (line == SY_OK)
			return SY_OK;
	} while (op->host->now_ms(op->host->arg) < until);
	return SY_ERR_TIMEOUT;
}

static enum sy_err
receive_sign(struct operation *op, uint8_t hash[SY_HASH_SIZE_MAX],
    size_t *ret_len, struct sy_secret *pin)
{
	uint8_t buffer[FRAME_IN_MAX];
	struct sy_frame frame;
	enum sy_err err;

	err = op->host->receive(op->host->arg, buffer, sizeof(buffer), &frame);
	if (err == SY_OK)
		err = sy_device_get_sign(&frame, hash, ret_len, pin);
	sy_memzero(buffer, sizeof(buffer));
	return err;
}

enum sy_err
operation_weigh_pin(struct operation *op, enum sy_err err)
{
	op->refused = err == SY_ERR_PIN_BLOCKED ||
	    (err == SY_ERR_PIN_WRONG && op->tries <= op->start.reserve);
	if (op->refused && err == SY_ERR_PIN_WRONG)
		return card_failed(op->card, SY_ERR_PIN_RESERVE, "PIN", 0);
	return err;
}

enum sy_err
operation_serve_pins(struct operation *op, operation_serve *serve, void *arg)
{
	const struct card_profile *profile = op->card->profile;
	enum sy_err err;

	for (;;) {
		err = serve(op, arg);
		if (err == SY_ERR_PIN_WRONG)
			err = operation_send(op,
			    sy_device_put_pin_wrong(op->out, op->tries));
		else if (err == SY_ERR_PIN_FORMAT)
			err = operation_send(op,
			    sy_device_put_pin_format(op->out, profile->pin_min,
				profile->pin_max));
		else
			return err;
		if (err != SY_OK)
			return err;
	}
}

/* The PIN, where the key has one. */
static enum sy_err
unlock(struct operation *op, const struct sy_secret *pin)
{
	enum sy_err err;

	if (op->start.slot != SY_SLOT_PIN)
		return sy_secret_len(pin) == 0 ? SY_OK : SY_ERR_PROTOCOL;
	if ((err = card_check_pin(op->card, pin, op->start.enroll)) != SY_OK ||
	    (err = card_select(op->card)) != SY_OK)
		return err;
	err = card_verify(op->card, pin, op->start.reserve, &op->tries);
	return operation_weigh_pin(op, err);
}

/* One SIGN: at most one VERIFY. */
static enum sy_err
serve_sign(struct operation *op, void *sig)
{
	SY_AUTO(sy_secret_free) struct sy_secret *pin = NULL;
	uint8_t hash[SY_HASH_SIZE_MAX];
	size_t len = 0;
	enum sy_err err;

	if ((err = operation_wait(op)) != SY_OK ||
	    (err = sy_secret_new(SY_DEVICE_PIN_MAX, &pin)) != SY_OK ||
	    (err = receive_sign(op, hash, &len, pin)) != SY_OK)
		return err;
	/* Before the PIN: it must not be spent on nothing. */
	if (len != card_hash_size(op->card))
		return card_failed(op->card, SY_ERR_PROTOCOL, "hash", 0);
	operation_guard(op, SIGN_MS, SY_ERR_CARD_MUTE);
	if ((err = unlock(op, pin)) == SY_OK) {
		sy_secret_clear(pin);
		err = card_sign(op->card, hash, len, sig);
	}
	operation_guard(op, 0, SY_OK);
	return err;
}

static enum sy_err
converse(struct operation *op)
{
	SY_AUTO(sy_buf_free) struct sy_buf *sig = NULL;
	enum sy_err err;

	if ((err = sy_buf_new(SY_SIGNATURE_SIZE_MAX, &sig)) != SY_OK ||
	    (err = operation_serve_pins(op, serve_sign, sig)) != SY_OK)
		return err;
	return operation_send(op,
	    sy_device_put_signature(op->out, sy_buf_data(sig),
		sy_buf_len(sig)));
}

/* Say why it ended, as far as anybody listens. */
static void
tell_failed(struct operation *op, enum sy_err err)
{
	struct sy_device_failed failed = { .kind = SY_FAILURE_DEVICE,
		.code = (uint8_t)err,
		.tries = op->tries };

	if (err == SY_ERR_CLOSED)
		return;
	if (op->refused || err == SY_ERR_PIN_FACTORY || err == SY_ERR_DENIED)
		failed.kind = SY_FAILURE_CREDENTIAL;
	if (op->card != NULL && op->card->error.code != SY_OK)
		op->error = op->card->error;
	device_copy_name(failed.place, sizeof(failed.place), op->error.place);
	(void)operation_send(op, sy_device_put_failed(op->out, &failed));
}

static enum sy_err
receive_start(struct operation *op)
{
	uint8_t buffer[FRAME_IN_MAX];
	struct sy_frame frame;
	enum sy_err err;

	if ((err = op->host->receive(op->host->arg, buffer, sizeof(buffer),
		 &frame)) != SY_OK)
		return err;
	return sy_device_get_start(&frame, &op->start);
}

static enum sy_err
run(struct operation *op)
{
	enum sy_err err;

	if ((err = receive_start(op)) != SY_OK ||
	    (err = readers_new(op->host, op->start.fresh, &op->readers)) !=
		SY_OK ||
	    (err = wait_for_card(op)) != SY_OK)
		return err;
	if (op->start.task == SY_TASK_PERSONALISE)
		return office_personalise(op);
	if ((err = tell_card(op)) != SY_OK)
		return err;
	if (op->start.task == SY_TASK_PIN_CHANGE)
		return office_change(op);
	if (op->start.task == SY_TASK_PIN_UNBLOCK)
		return office_unblock(op);
	return converse(op);
}

enum sy_err
operation_run(const struct device_host *host)
{
	struct operation op = { .host = host, .tries = CARD_TRIES_UNKNOWN };
	enum sy_err err;

	if ((err = sy_buf_new(SY_DEVICE_FRAME_MAX, &op.out)) != SY_OK)
		return err;
	if ((err = run(&op)) != SY_OK)
		tell_failed(&op, err);
	leave_card(&op);
	readers_free(&op.readers);
	sy_buf_free(&op.out);
	return err;
}
