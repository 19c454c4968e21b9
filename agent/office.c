/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sanyoso/code.h>

#include "card.h"
#include "log.h"
#include "login.h"
#include "office.h"
#include "proof.h"

#define CODE_SIZE       16
#define TYPE_WAIT_MS    120000
#define ASKED_MAX       5
#define GUARD_MS        2000
#define WORK_WAIT_MS    150000 /* longer than the worker's own limits */
#define ABANDON_WAIT_MS 700

static void
say(const struct office *o, enum sy_dialog_type type, enum text_id id,
    const struct text_values *values)
{
	char text[SY_DIALOG_TEXT_SIZE];

	text_get(o->talk.lang, id, values, text);
	o->talk.ops->say(o->talk.arg, type, text);
}

static void
forget(struct office *o)
{
	sy_secret_free(&o->old);
	sy_secret_free(&o->fresh);
}

/* --- the end --- */

static void
finish(struct office *o, const char *detail)
{
	struct sy_dialog_result result = {
		.result = (uint8_t)o->ending.result,
	};
	const struct text_values v = {
		.tries = o->ending.tries,
		.login = o->request.user,
		.detail = detail,
		.support = result.support,
	};

	o->state = OFFICE_OVER;
	forget(o);
	talk_timer(&o->talk, 0);
	ending_support(&o->ending, NULL, result.support);
	text_get(o->talk.lang, o->ending.text, &v, result.text);
	log_info("office: %s: not done: user=%s failure=%s reason=%s "
		 "place=\"%s\"",
	    sy_task_name(o->task), o->request.user,
	    ending_kind_name(&o->ending), sy_err_name(o->ending.code),
	    o->ending.place);
	o->talk.ops->finish(o->talk.arg, &result);
}

static void
post_abandon(const struct office *o)
{
	struct sy_auth_abandon abandon;

	ending_abandon(&o->ending, o->txn, o->pins_wrong, &abandon);
	talk_post(&o->talk, TALK_OFFICE_ABANDON, &abandon);
}

static void
end(struct office *o, const struct ending *ending)
{
	o->ending = *ending;
	forget(o);
	o->talk.ops->device_stop(o->talk.arg);
	if (o->txn[0] == '\0' || ending->kind == SY_FAILURE_AUTHORITY) {
		finish(o, NULL);
		return;
	}
	o->state = OFFICE_ABANDON;
	talk_timer(&o->talk, ABANDON_WAIT_MS);
	post_abandon(o);
}

static void
end_with(struct office *o, unsigned int kind, enum sy_err code,
    enum sy_result result, enum text_id text)
{
	const struct ending ending = {
		.kind = kind, .code = code, .result = result, .text = text
	};

	end(o, &ending);
}

static void
end_broken(struct office *o, enum sy_err code)
{
	end_with(o, SY_FAILURE_AUTHORITY, code, SY_RESULT_ERROR, TEXT_BROKEN);
}

static void
end_refused(struct office *o, const char *reason, const char *detail)
{
	o->talk.ops->device_stop(o->talk.arg);
	o->ending = (struct ending){
		.kind = SY_FAILURE_CREDENTIAL,
		.code = SY_ERR_DENIED,
		.result = SY_RESULT_DENIED,
		.text = strcmp(reason, sy_err_name(SY_ERR_CODE)) == 0
		    ? TEXT_REFUSED_CODE
		    : TEXT_REFUSED,
	};
	(void)snprintf(o->ending.place, sizeof(o->ending.place), "%s", reason);
	finish(o, detail);
}

/* --- what is typed --- */

static void
ask(struct office *o, enum office_state state, enum text_id info,
    enum text_id text)
{
	const struct text_values v = {
		.login = o->request.user,
		.tries = o->tries,
	};
	struct sy_dialog_prompt prompt = {
		.number = ++o->prompt,
		/* Long, used once: better seen than mistyped. */
		.echo = state == OFFICE_CODE,
	};

	o->asked = o->state == state ? o->asked + 1 : 1;
	o->state = state;
	if (o->asked > ASKED_MAX) {
		end_with(o, 0, SY_ERR_LIMIT, SY_RESULT_CANCELLED,
		    TEXT_OFFICE_NONE);
		return;
	}
	talk_timer(&o->talk, TYPE_WAIT_MS);
	say(o, SY_DIALOG_INFO, info, &v);
	text_get(o->talk.lang, text, &v, prompt.text);
	o->talk.ops->prompt(o->talk.arg, &prompt);
}

static void
ask_code(struct office *o)
{
	ask(o, OFFICE_CODE, TEXT_OFFICE_CODE_ASK, TEXT_CODE_PROMPT);
}

static void
ask_old(struct office *o)
{
	ask(o, OFFICE_OLD, TEXT_OFFICE_OLD_ASK, TEXT_OFFICE_OLD_PROMPT);
}

static void
ask_new(struct office *o)
{
	sy_secret_free(&o->fresh);
	ask(o, OFFICE_NEW, TEXT_OFFICE_NEW_ASK, TEXT_OFFICE_NEW_PROMPT);
}

static void
ask_again(struct office *o)
{
	ask(o, OFFICE_AGAIN, TEXT_OFFICE_AGAIN_ASK, TEXT_OFFICE_AGAIN_PROMPT);
}

static void
begin(struct office *o, const struct sy_secret *code)
{
	struct sy_office_begin in = { .code_len = 0 };

	(void)snprintf(in.user, sizeof(in.user), "%.*s", SY_LOGIN_SIZE - 1,
	    o->request.user);
	(void)snprintf(in.task, sizeof(in.task), "%s", sy_task_name(o->task));
	if (code != NULL) {
		memcpy(in.code, sy_secret_bytes(code), CODE_SIZE);
		in.code_len = CODE_SIZE;
	}
	o->state = OFFICE_BEGIN;
	talk_timer(&o->talk, 0);
	talk_post(&o->talk, TALK_OFFICE, &in);
	sy_memzero(&in, sizeof(in));
}

static void
on_code(struct office *o, const struct sy_secret *answer)
{
	SY_AUTO(sy_secret_free) struct sy_secret *code = NULL;

	if (sy_code_parse(answer, CODE_SIZE, &code) == SY_OK) {
		begin(o, code);
		return;
	}
	say(o, SY_DIALOG_ERROR, TEXT_CODE_WRONG, NULL);
	ask_code(o);
}

static void
wait_for_card(struct office *o)
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
send_change(struct office *o)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;

	if (sy_device_put_change(o->old, o->fresh, &frame) != SY_OK) {
		end_broken(o, SY_ERR_NOMEM);
		return;
	}
	sy_secret_free(&o->old);
	o->state = OFFICE_WORK;
	talk_timer(&o->talk, WORK_WAIT_MS);
	o->talk.ops->device_send(o->talk.arg, sy_secret_bytes(frame),
	    sy_secret_len(frame));
}

/* The new PIN was typed twice alike. */
static void
go_on(struct office *o)
{
	if (o->task == SY_TASK_PIN_CHANGE)
		send_change(o);
	else
		wait_for_card(o);
}

static void
on_pin(struct office *o, struct sy_secret **answer)
{
	if (!pin_is_wellformed(SY_DRIVER_PIV, *answer)) {
		say(o, SY_DIALOG_ERROR, TEXT_PIN_FORMAT_PIV, NULL);
		if (o->state == OFFICE_OLD)
			ask_old(o);
		else
			ask_new(o);
	} else if (o->state == OFFICE_OLD) {
		sy_secret_free(&o->old);
		o->old = *answer;
		*answer = NULL;
		/* After a wrong one the new one is known already. */
		if (o->fresh != NULL)
			send_change(o);
		else
			ask_new(o);
	} else if (o->state == OFFICE_NEW) {
		sy_secret_free(&o->fresh);
		o->fresh = *answer;
		*answer = NULL;
		ask_again(o);
	} else if (sy_secret_equal(o->fresh, *answer)) {
		go_on(o);
	} else {
		say(o, SY_DIALOG_ERROR, TEXT_OFFICE_UNLIKE, NULL);
		ask_new(o);
	}
}

static bool
is_asking(const struct office *o)
{
	return o->state == OFFICE_CODE || o->state == OFFICE_OLD ||
	    o->state == OFFICE_NEW || o->state == OFFICE_AGAIN;
}

void
office_on_answer(struct office *o, uint32_t number, struct sy_secret **answer)
{
	if (is_asking(o) && number == o->prompt) {
		if (*answer == NULL)
			end_with(o, 0, SY_ERR_CANCELLED, SY_RESULT_CANCELLED,
			    TEXT_OFFICE_NONE);
		else if (o->state == OFFICE_CODE)
			on_code(o, *answer);
		else
			on_pin(o, answer);
	}
	sy_secret_free(answer);
}

/* --- what the server says --- */

static void
on_begun(struct office *o, const struct sy_office_step *step)
{
	const struct text_values v = {
		.login = step->login,
		.name = step->name,
	};

	if (step->txn[0] == '\0' || step->reserve < 0 || step->reserve > 15 ||
	    strcmp(step->login, o->request.user) != 0) {
		end_broken(o, SY_ERR_PROTOCOL);
		return;
	}
	(void)snprintf(o->txn, sizeof(o->txn), "%s", step->txn);
	(void)snprintf(o->person, sizeof(o->person), "%s", step->login);
	o->reserve = (uint8_t)step->reserve;
	if (o->task == SY_TASK_PIN_CHANGE) {
		wait_for_card(o);
		return;
	}
	say(o, SY_DIALOG_INFO,
	    o->task == SY_TASK_PERSONALISE ? TEXT_OFFICE_PERSON
					   : TEXT_OFFICE_UNBLOCK,
	    &v);
	ask_new(o);
}

static struct sy_secret *
secret_of(const uint8_t *p, size_t len)
{
	struct sy_secret *s = NULL;

	if (len == 0 || sy_secret_new(len, &s) != SY_OK)
		return NULL;
	if (sy_secret_append(s, p, len) != SY_OK)
		sy_secret_free(&s);
	return s;
}

/* What the card is to sign in the end. */
static enum sy_err
begin_proof(struct office *o, const struct sy_office_step *step,
    struct sy_device_prepare *p)
{
	const struct proof_terms terms = {
		.server = o->server,
		.terminal = o->terminal,
		.login = o->person,
		.service = "office",
		.purpose = sy_task_name(o->task),
		.txn = o->txn,
		.server_nonce = step->nonce,
	};
	struct sy_auth_proof proof;
	size_t len;
	enum sy_err err;

	if (step->nonce_len != SY_NONCE_SIZE)
		return SY_ERR_PROTOCOL;
	if ((err = proof_begin(&o->talk, &terms, sy_key_alg_hash(o->alg),
		 &proof, p->hash, &len)) != SY_OK)
		return err;
	p->hash_len = (uint16_t)len;
	memset(&o->proof, 0, sizeof(o->proof));
	memcpy(o->proof.txn, proof.txn, sizeof(o->proof.txn));
	memcpy(o->proof.agent_nonce, proof.agent_nonce, SY_NONCE_SIZE);
	o->proof.agent_nonce_len = SY_NONCE_SIZE;
	return SY_OK;
}

static enum sy_err
put_prepare(struct office *o, const struct sy_office_step *step,
    struct sy_secret **ret_frame)
{
	SY_AUTO(sy_device_prepare_clear)
	struct sy_device_prepare p = { .alg = SY_KEY_NONE };
	enum sy_err err;

	if (o->task == SY_TASK_PERSONALISE) {
		o->alg = strcmp(step->algorithm,
			     sy_key_alg_name(SY_KEY_RSA2048)) == 0
		    ? SY_KEY_RSA2048
		    : SY_KEY_P256;
		p.alg = (uint8_t)o->alg;
		memcpy(p.guid, step->guid, sizeof(p.guid));
		p.guid_len = step->guid_len;
	}
	if ((err = begin_proof(o, step, &p)) != SY_OK)
		return err;
	p.management = secret_of(step->management, step->management_len);
	p.former_management =
	    secret_of(step->former_management, step->former_management_len);
	p.puk = secret_of(step->puk, step->puk_len);
	p.former_puk = secret_of(step->former_puk, step->former_puk_len);
	p.pin = o->fresh;
	o->fresh = NULL;
	return sy_device_put_prepare(&p, ret_frame);
}

static void
on_prepare(struct office *o, const struct sy_office_step *step)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	enum sy_err err;

	if ((err = put_prepare(o, step, &frame)) != SY_OK) {
		end_broken(o, err);
		return;
	}
	say(o, SY_DIALOG_INFO, TEXT_OFFICE_WORK, NULL);
	o->state = OFFICE_WORK;
	talk_timer(&o->talk, WORK_WAIT_MS);
	o->talk.ops->device_send(o->talk.arg, sy_secret_bytes(frame),
	    sy_secret_len(frame));
}

static void
on_store(struct office *o, const struct sy_office_step *step)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	enum sy_err err;

	if ((err = sy_buf_new(SY_DEVICE_FRAME_MAX, &out)) != SY_OK ||
	    (err = sy_device_put_store(out, step->cert, step->cert_len)) !=
		SY_OK) {
		end_broken(o, err);
		return;
	}
	o->state = OFFICE_STORE;
	talk_timer(&o->talk, WORK_WAIT_MS);
	o->talk.ops->device_send(o->talk.arg, sy_buf_data(out),
	    sy_buf_len(out));
}

static void
on_done(struct office *o, const struct sy_office_step *step)
{
	struct sy_dialog_result result = { .result = SY_RESULT_ALLOWED };
	char date[sizeof("YYYY-MM-DD") + 8] = "-";
	const time_t t = (time_t)step->not_after;
	struct tm tm;
	const struct text_values v = {
		.token = step->token,
		.login = o->person,
		.date = date,
	};
	enum text_id text = TEXT_OFFICE_CHANGED;

	if (o->task == SY_TASK_PERSONALISE)
		text = TEXT_OFFICE_DONE;
	else if (o->task == SY_TASK_PIN_UNBLOCK)
		text = TEXT_OFFICE_UNBLOCKED;
	if (localtime_r(&t, &tm) != NULL)
		(void)strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	o->state = OFFICE_OVER;
	forget(o);
	o->talk.ops->device_stop(o->talk.arg);
	talk_timer(&o->talk, 0);
	(void)snprintf(result.login, sizeof(result.login), "%s", o->person);
	text_get(o->talk.lang, text, &v, result.text);
	log_info("office: %s: done: user=%s token=%s", sy_task_name(o->task),
	    o->person, step->token);
	o->talk.ops->finish(o->talk.arg, &result);
}

static void
on_step(struct office *o, const struct sy_office_step *step)
{
	const char *s = step->step;

	if (strcmp(s, "refused") == 0)
		end_refused(o, step->reason, step->text);
	else if (strcmp(s, "card") == 0 && o->state == OFFICE_BEGIN)
		on_begun(o, step);
	else if (strcmp(s, "prepare") == 0 && o->state == OFFICE_CONFIRM &&
	    o->task != SY_TASK_PIN_CHANGE)
		on_prepare(o, step);
	else if (strcmp(s, "change") == 0 && o->state == OFFICE_CONFIRM &&
	    o->task == SY_TASK_PIN_CHANGE)
		ask_old(o);
	else if (strcmp(s, "store") == 0 && o->state == OFFICE_PROOF)
		on_store(o, step);
	else if (strcmp(s, "done") == 0 &&
	    (o->state == OFFICE_REPORT || o->state == OFFICE_PROOF))
		on_done(o, step);
	else
		end_broken(o, SY_ERR_PROTOCOL);
}

static bool
is_awaited(const struct office *o, enum talk_call call)
{
	switch (o->state) {
	case OFFICE_BEGIN:
		return call == TALK_OFFICE;
	case OFFICE_CONFIRM:
		return call == TALK_OFFICE_CARD;
	case OFFICE_PROOF:
		return call == TALK_OFFICE_PROOF;
	case OFFICE_REPORT:
		return call == TALK_OFFICE_DONE;
	case OFFICE_ABANDON:
		return call == TALK_OFFICE_ABANDON;
	case OFFICE_CODE:
	case OFFICE_OLD:
	case OFFICE_NEW:
	case OFFICE_AGAIN:
	case OFFICE_CARD:
	case OFFICE_WORK:
	case OFFICE_STORE:
	case OFFICE_OVER:
		break;
	}
	return false;
}

void
office_on_reply(struct office *o, const struct talk_reply *reply)
{
	struct ending ending;

	if (!is_awaited(o, reply->call))
		return; /* late */
	if (o->state == OFFICE_ABANDON) {
		finish(o, NULL);
	} else if (reply->err != SY_OK) {
		ending_of_server(reply, &ending);
		if (o->state == OFFICE_REPORT || o->state == OFFICE_PROOF)
			ending.text = TEXT_ENROLL_SILENT;
		end(o, &ending);
	} else if (reply->refused) {
		end_refused(o, reply->failure.error, reply->failure.text);
	} else {
		on_step(o, reply->step);
	}
}

/* --- what the card does --- */

static void
on_waiting(struct office *o, const struct sy_device_waiting *waiting)
{
	enum text_id text = TEXT_INSERT;

	if (waiting->readers == 0)
		text = TEXT_NO_READER;
	else if (waiting->old_card)
		text = TEXT_OLD_CARD;
	if (o->state != OFFICE_CARD || text == o->said)
		return;
	o->said = text;
	say(o, SY_DIALOG_INFO, text, NULL);
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
		end_with(o, SY_FAILURE_CREDENTIAL, SY_ERR_STATE,
		    SY_RESULT_DENIED, TEXT_OFFICE_JPKI);
		return;
	}
	if (sy_key_from_spki(card->spki, card->spki_len, &key, NULL) != SY_OK) {
		end_with(o, SY_FAILURE_CREDENTIAL, SY_ERR_ALGORITHM,
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
		say(o, SY_DIALOG_ERROR, TEXT_PIN_WRONG, &v);
	ask_old(o);
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
	end(o, &e);
}

void
office_on_device(struct office *o, const struct talk_event *event)
{
	const enum office_state s = o->state;

	switch (event->type) {
	case TALK_DEVICE_QUEUED:
		if (s == OFFICE_CARD)
			say(o, SY_DIALOG_INFO, TEXT_QUEUED, NULL);
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
		end_with(o, SY_FAILURE_DEVICE, SY_ERR_PROTOCOL, SY_RESULT_ERROR,
		    TEXT_DEVICE_FAILED);
		break;
	}
}

/* --- beginning, time, leaving --- */

void
office_start(struct office *o, const struct talk *talk,
    const struct login_setup *setup, const struct sy_dialog_office *request)
{
	*o = (struct office){
		.talk = *talk,
		.state = OFFICE_OVER,
		.request = *request,
		.task = (enum sy_task)request->task,
		.server = setup->server,
		.terminal = setup->terminal,
		.wait_ms = setup->card_wait_ms,
		.tries = PIN_TRIES_UNKNOWN,
	};
	if (!sy_text_is_login(request->user))
		end_broken(o, SY_ERR_FORMAT);
	else if (o->task == SY_TASK_PIN_CHANGE)
		begin(o, NULL);
	else
		ask_code(o);
}

void
office_on_timer(struct office *o)
{
	if (o->state == OFFICE_ABANDON)
		finish(o, NULL);
	else if (is_asking(o))
		end_with(o, 0, SY_ERR_TIMEOUT, SY_RESULT_CANCELLED,
		    TEXT_OFFICE_NONE);
	else if (o->state == OFFICE_CARD)
		end_with(o, 0, SY_ERR_TIMEOUT, SY_RESULT_CANCELLED,
		    TEXT_CARD_LATE);
	else if (o->state == OFFICE_WORK || o->state == OFFICE_STORE)
		end_with(o, SY_FAILURE_DEVICE, SY_ERR_CARD_MUTE,
		    SY_RESULT_ERROR, TEXT_DEVICE_FAILED);
}

void
office_on_closed(struct office *o)
{
	const bool open = o->state != OFFICE_OVER && o->txn[0] != '\0' &&
	    o->state != OFFICE_ABANDON && o->state != OFFICE_REPORT;

	o->state = OFFICE_OVER;
	forget(o);
	talk_timer(&o->talk, 0);
	o->talk.ops->device_stop(o->talk.arg);
	if (!open)
		return;
	log_info("office: the caller went away: user=%s", o->request.user);
	o->ending = (struct ending){ .code = SY_ERR_CANCELLED };
	post_abandon(o);
}
