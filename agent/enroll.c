/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <sanyoso/code.h>
#include <sanyoso/method.h>

#include "enroll_int.h"
#include "log.h"
#include "login.h"
#include "proof.h"

#define CODE_SIZE       16
#define CODE_WAIT_MS    120000
#define CODES_MAX       3
#define ABANDON_WAIT_MS 700

static const struct card_hooks hooks;

/* ${detail}: the server's sentence for the operator, or NULL. */
static void
finish(struct enroll *e, const char *detail)
{
	struct sy_dialog_result result = {
		.result = (uint8_t)e->ending.result,
	};
	struct text_values v = {
		.tries = e->ending.tries,
		.login = e->request.user,
		.detail = detail,
		.support = result.support,
	};

	e->state = ENROLL_DONE;
	talk_timer(&e->talk, 0);
	ending_support(&e->ending, NULL, result.support);
	text_get(e->talk.lang, e->ending.text, &v, result.text);
	log_info("enroll: not done: user=%s failure=%s reason=%s place=\"%s\"",
	    e->request.user, ending_kind_name(&e->ending),
	    sy_err_name(e->ending.code), e->ending.place);
	e->talk.ops->finish(e->talk.arg, &result);
}

static void
post_abandon(const struct enroll *e)
{
	struct sy_auth_abandon abandon;

	ending_abandon(&e->ending, e->txn,
	    e->card.pins_wrong + e->key.pins_wrong, &abandon);
	talk_post(&e->talk, TALK_ENROLL_ABANDON, &abandon);
}

/* Let card and key go. A key that was left with a PIN that nobody knows is of
 * no use any more, unless it was enrolled and only the answer got lost. */
static void
stop(struct enroll *e)
{
	card_stop(&e->card);
	enroll_key_stop(e);
	if (e->random && e->ending.text != TEXT_ENROLL_SILENT)
		talk_say(&e->talk, SY_DIALOG_ERROR, TEXT_ENROLL_KEY_RANDOM,
		    NULL);
}

void
enroll_end(struct enroll *e, const struct ending *ending)
{
	e->ending = *ending;
	stop(e);
	if (e->txn[0] == '\0' || ending->kind == SY_FAILURE_AUTHORITY) {
		finish(e, NULL);
		return;
	}
	e->state = ENROLL_ABANDON;
	talk_timer(&e->talk, ABANDON_WAIT_MS);
	post_abandon(e);
}

void
enroll_end_with(struct enroll *e, unsigned int kind, enum sy_err code,
    enum sy_result result, enum text_id text)
{
	const struct ending ending = {
		.kind = kind,
		.code = code,
		.result = result,
		.text = text,
	};

	enroll_end(e, &ending);
}

void
enroll_end_broken(struct enroll *e, enum sy_err code)
{
	enroll_end_with(e, SY_FAILURE_AUTHORITY, code, SY_RESULT_ERROR,
	    TEXT_BROKEN);
}

static void
end_refused(struct enroll *e, const char *reason, const char *detail)
{
	stop(e);
	e->ending = (struct ending){
		.kind = SY_FAILURE_CREDENTIAL,
		.code = SY_ERR_DENIED,
		.result = SY_RESULT_DENIED,
		.text = text_of_refusal(reason, e->request.key != 0),
	};
	(void)snprintf(e->ending.place, sizeof(e->ending.place), "%s", reason);
	finish(e, detail);
}

static void
ask_code(struct enroll *e)
{
	const struct text_values v = { .login = e->request.user };

	e->state = ENROLL_CODE;
	e->codes++;
	talk_timer(&e->talk, CODE_WAIT_MS);
	/* It is long and used once: better seen than mistyped. */
	(void)talk_ask(&e->talk, TEXT_CODE_ASK, TEXT_CODE_PROMPT, &v, true);
}

void
enroll_start(struct enroll *e, const struct talk *talk,
    const struct login_setup *setup, const struct sy_dialog_enroll *request)
{
	*e = (struct enroll){
		.talk = *talk,
		.request = *request,
		.server = setup->server,
		.terminal = setup->terminal,
		.wait_ms = setup->card_wait_ms,
		.drivers = setup->drivers,
	};
	if (!sy_text_is_login(request->user)) {
		enroll_end_broken(e, SY_ERR_FORMAT);
		return;
	}
	ask_code(e);
}

static void
on_code(struct enroll *e, struct sy_secret **answer)
{
	SY_AUTO(sy_secret_free) struct sy_secret *code = NULL;
	struct sy_enroll_begin begin = { .code_len = CODE_SIZE };
	struct ending none = {
		.code = SY_ERR_CANCELLED,
		.result = SY_RESULT_CANCELLED,
		.text = TEXT_CODE_NONE,
	};

	if (*answer == NULL) {
		enroll_end(e, &none);
		return;
	}
	if (sy_code_parse(*answer, CODE_SIZE, &code) != SY_OK) {
		sy_secret_free(answer);
		if (e->codes == CODES_MAX) {
			none.code = SY_ERR_CODE;
			none.text = TEXT_REFUSED_CODE;
			enroll_end(e, &none);
			return;
		}
		talk_say(&e->talk, SY_DIALOG_ERROR, TEXT_CODE_WRONG, NULL);
		ask_code(e);
		return;
	}
	sy_secret_free(answer);
	(void)snprintf(begin.user, sizeof(begin.user), "%.*s",
	    SY_LOGIN_SIZE - 1, e->request.user);
	memcpy(begin.code, sy_secret_bytes(code), CODE_SIZE);
	e->state = ENROLL_BEGIN;
	talk_timer(&e->talk, 0);
	talk_post(&e->talk, TALK_ENROLL, &begin);
	sy_memzero(&begin, sizeof(begin));
}

/* Whose card or key it will be. False: it has ended. */
static bool
take_person(struct enroll *e, const struct sy_enroll_step *step)
{
	if (step->txn[0] == '\0' || step->reserve < 0 || step->reserve > 15 ||
	    strcmp(step->login, e->request.user) != 0) {
		enroll_end_broken(e, SY_ERR_PROTOCOL);
		return false;
	}
	(void)snprintf(e->txn, sizeof(e->txn), "%s", step->txn);
	(void)snprintf(e->person, sizeof(e->person), "%s", step->login);
	return true;
}

static void
on_present(struct enroll *e, const struct sy_enroll_step *step)
{
	struct sy_device_start start = {
		.drivers = proof_drivers(step->drivers) & e->drivers,
		.fresh = true,
		.enroll = true,
		.reserve = (uint8_t)step->reserve,
		.wait_ms = e->wait_ms,
	};
	const struct text_values v = {
		.login = step->login,
		.name = step->name,
	};
	struct proof_offer offer;

	if (e->request.key != 0) {
		enroll_end_with(e, 0, SY_ERR_STATE, SY_RESULT_DENIED,
		    TEXT_ENROLL_IS_CARD);
		return;
	}
	proof_offer(step->method, &offer);
	if (start.drivers == 0 || offer.slot_count == 0) {
		const struct ending ending = {
			.kind = SY_FAILURE_DEVICE,
			.code = SY_ERR_NOT_FOUND,
			.result = SY_RESULT_ERROR,
			.text = TEXT_NO_METHOD,
		};
		enroll_end(e, &ending);
		return;
	}
	start.slot = (uint8_t)offer.slots[0];
	(void)snprintf(e->method, sizeof(e->method), "%s",
	    proof_method(offer.slots[0]));
	talk_say(&e->talk, SY_DIALOG_INFO, TEXT_ENROLL_PERSON, &v);
	e->state = ENROLL_CARD;
	card_begin(&e->card, &e->talk, &hooks, e, &start);
}

static void
show_card(struct enroll *e, enum enroll_state state)
{
	e->state = state;
	e->nonce_at = talk_now(&e->talk);
	talk_post(&e->talk, TALK_ENROLL_CARD, &e->shown);
}

static void
on_found(void *owner, const struct sy_device_card *card)
{
	struct enroll *e = owner;

	if (card->cert_len == 0 ||
	    proof_hash(card->spki, card->spki_len, &e->hash) != SY_OK) {
		const struct ending ending = {
			.kind = SY_FAILURE_CREDENTIAL,
			.code = SY_ERR_ALGORITHM,
			.result = SY_RESULT_DENIED,
			.text = TEXT_REFUSED_ALGORITHM,
		};
		enroll_end(e, &ending);
		return;
	}
	memset(&e->shown, 0, sizeof(e->shown));
	(void)snprintf(e->shown.txn, sizeof(e->shown.txn), "%s", e->txn);
	(void)snprintf(e->shown.driver, sizeof(e->shown.driver), "%s",
	    sy_driver_name((enum sy_driver)card->driver));
	(void)snprintf(e->shown.method, sizeof(e->shown.method), "%s",
	    e->method);
	memcpy(e->shown.cert, card->cert, card->cert_len);
	e->shown.cert_len = card->cert_len;
	/* The worker makes sure of it before it sends the PIN: a key that
	 * signs without never gets to a proof. */
	e->shown.refused_without_pin = e->card.start.slot == SY_SLOT_PIN;
	show_card(e, ENROLL_CONFIRM);
}

static void
on_lost(void *owner)
{
	struct enroll *e = owner;

	e->state = ENROLL_CARD;
}

static void
sign(struct enroll *e)
{
	const struct proof_terms terms = {
		.server = e->server,
		.terminal = e->terminal,
		.login = e->person,
		.service = "enroll",
		.purpose = "enroll",
		.txn = e->txn,
		.server_nonce = e->server_nonce,
	};
	uint8_t digest[SY_HASH_SIZE_MAX];
	size_t len;
	enum sy_err err;

	e->state = ENROLL_CARD;
	err = proof_begin(&e->talk, &terms, e->hash, &e->proof, digest, &len);
	if (err != SY_OK) {
		enroll_end_broken(e, err);
		return;
	}
	card_sign(&e->card, digest, len);
}

static void
on_ready(void *owner)
{
	struct enroll *e = owner;

	if (proof_is_late(&e->talk, e->nonce_at, e->nonce_life_ms))
		show_card(e, ENROLL_REFRESH);
	else
		sign(e);
}

static void
on_signed(void *owner, const uint8_t *sig, size_t len)
{
	struct enroll *e = owner;

	if (proof_finish(&e->proof, sig, len, e->card.pins_wrong) != SY_OK) {
		enroll_end_broken(e, SY_ERR_LIMIT);
		return;
	}
	e->state = ENROLL_PROOF;
	talk_post(&e->talk, TALK_ENROLL_PROOF, &e->proof);
}

static void
on_failed(void *owner, const struct ending *ending)
{
	enroll_end(owner, ending);
}

static const struct card_hooks hooks = {
	.found = on_found,
	.lost = on_lost,
	.ready = on_ready,
	.signed_ = on_signed,
	.failed = on_failed,
};

/* Show the operator whose card it is before anybody types the PIN. */
static void
show_certificate(const struct enroll *e, const struct sy_enroll_step *step)
{
	char date[TEXT_DATE_SIZE];
	const struct text_values v = {
		.subject = step->subject,
		.issuer = step->issuer,
		.algorithm = step->algorithm,
		.date = date,
		.name = step->name,
		.login = step->login,
	};

	text_date(step->not_after, date);
	talk_say(&e->talk, SY_DIALOG_INFO, TEXT_ENROLL_CARD, &v);
}

static void
on_prove(struct enroll *e, const struct sy_enroll_step *step)
{
	if (strcmp(step->login, e->person) != 0 ||
	    step->nonce_len != sizeof(e->server_nonce) || step->life <= 0) {
		enroll_end_broken(e, SY_ERR_PROTOCOL);
		return;
	}
	memcpy(e->server_nonce, step->nonce, sizeof(e->server_nonce));
	e->nonce_life_ms = proof_life_ms(step->life);
	if (e->state == ENROLL_REFRESH) {
		sign(e);
		return;
	}
	e->state = ENROLL_CARD;
	show_certificate(e, step);
	card_ask(&e->card);
}

void
enroll_finish_done(struct enroll *e, const struct sy_enroll_step *step,
    enum text_id text, const struct text_values *values)
{
	struct sy_dialog_result result = { .result = SY_RESULT_ALLOWED };

	e->state = ENROLL_DONE;
	talk_timer(&e->talk, 0);
	(void)snprintf(result.login, sizeof(result.login), "%s", e->person);
	text_get(e->talk.lang, text, values, result.text);
	log_info("enroll: done: user=%s token=%s", e->person, step->token);
	e->talk.ops->finish(e->talk.arg, &result);
}

static void
on_done(struct enroll *e, const struct sy_enroll_step *step)
{
	const struct text_values v = {
		.token = step->token,
		.login = e->person,
	};

	if (e->state == ENROLL_SIGNED)
		enroll_on_key_done(e, step);
	else
		enroll_finish_done(e, step, TEXT_ENROLL_DONE, &v);
}

/* The first step: whose it will be, and what. */
static void
on_first(struct enroll *e, const struct sy_enroll_step *step)
{
	if (!take_person(e, step))
		return;
	if (strcmp(step->step, "present") == 0)
		on_present(e, step);
	else
		enroll_on_make(e, step);
}

static void
on_step(struct enroll *e, const struct sy_enroll_step *step)
{
	const bool confirming =
	    e->state == ENROLL_CONFIRM || e->state == ENROLL_REFRESH;

	if (strcmp(step->step, "refused") == 0)
		end_refused(e, step->reason, step->text);
	else if ((strcmp(step->step, "present") == 0 ||
		     strcmp(step->step, "make") == 0) &&
	    e->state == ENROLL_BEGIN)
		on_first(e, step);
	else if (strcmp(step->step, "assert") == 0 && e->state == ENROLL_MADE)
		enroll_on_assert(e, step);
	else if (strcmp(step->step, "prove") == 0 && confirming)
		on_prove(e, step);
	else if (strcmp(step->step, "done") == 0 &&
	    (e->state == ENROLL_PROOF || e->state == ENROLL_SIGNED))
		on_done(e, step);
	else
		enroll_end_broken(e, SY_ERR_PROTOCOL);
}

static bool
is_awaited(const struct enroll *e, enum talk_call call)
{
	switch (e->state) {
	case ENROLL_BEGIN:
		return call == TALK_ENROLL;
	case ENROLL_CONFIRM:
	case ENROLL_REFRESH:
		return call == TALK_ENROLL_CARD;
	case ENROLL_PROOF:
		return call == TALK_ENROLL_PROOF;
	case ENROLL_MADE:
		return call == TALK_ENROLL_KEY;
	case ENROLL_SIGNED:
		return call == TALK_ENROLL_ASSERT;
	case ENROLL_ABANDON:
		return call == TALK_ENROLL_ABANDON;
	case ENROLL_CODE:
	case ENROLL_CARD:
	case ENROLL_KEY:
	case ENROLL_DONE:
		break;
	}
	return false;
}

void
enroll_on_reply(struct enroll *e, const struct talk_reply *reply)
{
	struct ending ending;

	if (!is_awaited(e, reply->call))
		return; /* late */
	if (e->state == ENROLL_ABANDON) {
		finish(e, NULL);
	} else if (reply->err != SY_OK) {
		ending_of_server(reply, &ending);
		/* Whether the token is there can be looked up. */
		if (e->state == ENROLL_PROOF || e->state == ENROLL_SIGNED)
			ending.text = TEXT_ENROLL_SILENT;
		enroll_end(e, &ending);
	} else if (reply->refused) {
		end_refused(e, reply->failure.error, reply->failure.text);
	} else {
		on_step(e, reply->step);
	}
}

static bool
card_is_on(const struct enroll *e)
{
	return e->state == ENROLL_CARD || e->state == ENROLL_CONFIRM ||
	    e->state == ENROLL_REFRESH;
}

void
enroll_on_device(struct enroll *e, const struct talk_event *event)
{
	if (card_is_on(e))
		card_on_device(&e->card, event);
	else if (enroll_key_is_on(e))
		key_on_device(&e->key, event);
}

void
enroll_on_answer(struct enroll *e, uint32_t number, struct sy_secret **answer)
{
	if (e->state == ENROLL_CODE && number == e->talk.prompt)
		on_code(e, answer);
	else if (card_is_on(e))
		card_on_answer(&e->card, number, answer);
	else if (enroll_key_is_on(e))
		enroll_key_on_answer(e, number, answer);
	else
		sy_secret_free(answer);
}

void
enroll_on_timer(struct enroll *e)
{
	const struct ending late = {
		.code = SY_ERR_TIMEOUT,
		.result = SY_RESULT_CANCELLED,
		.text = TEXT_CODE_NONE,
	};

	if (card_is_on(e))
		card_on_timer(&e->card);
	else if (enroll_key_is_on(e))
		enroll_key_on_timer(e);
	else if (e->state == ENROLL_ABANDON)
		finish(e, NULL);
	else if (e->state == ENROLL_CODE)
		enroll_end(e, &late);
}

void
enroll_on_closed(struct enroll *e)
{
	const bool open = card_is_on(e) || enroll_key_is_on(e);

	e->state = ENROLL_DONE;
	talk_timer(&e->talk, 0);
	card_stop(&e->card);
	enroll_key_stop(e);
	if (!open)
		return;
	log_info("enroll: the caller went away: user=%s%s", e->request.user,
	    e->random ? ", the key is left with a random PIN" : "");
	e->ending = (struct ending){ .code = SY_ERR_CANCELLED };
	post_abandon(e);
}
