/* SPDX-License-Identifier: Apache-2.0 */
#include "office.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "login.h"
#include "office_int.h"
#include "pin.h"
#include "proof.h"

#define ABANDON_WAIT_MS 700

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

void
office_end(struct office *o, const struct ending *ending)
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

void
office_end_with(struct office *o, unsigned int kind, enum sy_err code,
    enum sy_result result, enum text_id text)
{
	const struct ending ending = {
		.kind = kind, .code = code, .result = result, .text = text
	};

	office_end(o, &ending);
}

void
office_end_broken(struct office *o, enum sy_err code)
{
	office_end_with(o, SY_FAILURE_AUTHORITY, code, SY_RESULT_ERROR,
	    TEXT_BROKEN);
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

/* --- what the server says --- */

void
office_begin(struct office *o, const struct sy_secret *code)
{
	struct sy_office_begin in = { .code_len = 0 };

	(void)snprintf(in.user, sizeof(in.user), "%.*s", SY_LOGIN_SIZE - 1,
	    o->request.user);
	(void)snprintf(in.task, sizeof(in.task), "%s", sy_task_name(o->task));
	if (code != NULL) {
		memcpy(in.code, sy_secret_bytes(code), sizeof(in.code));
		in.code_len = sizeof(in.code);
	}
	o->state = OFFICE_BEGIN;
	talk_timer(&o->talk, 0);
	talk_post(&o->talk, TALK_OFFICE, &in);
	sy_memzero(&in, sizeof(in));
}

static void
on_begun(struct office *o, const struct sy_office_step *step)
{
	const struct text_values v = {
		.login = step->login,
		.name = step->name,
	};

	if (step->txn[0] == '\0' || step->reserve < 0 || step->reserve > 15 ||
	    strcmp(step->login, o->request.user) != 0) {
		office_end_broken(o, SY_ERR_PROTOCOL);
		return;
	}
	(void)snprintf(o->txn, sizeof(o->txn), "%s", step->txn);
	(void)snprintf(o->person, sizeof(o->person), "%s", step->login);
	o->reserve = (uint8_t)step->reserve;
	if (o->task == SY_TASK_PIN_CHANGE) {
		office_wait_for_card(o);
		return;
	}
	talk_say(&o->talk, SY_DIALOG_INFO,
	    o->task == SY_TASK_PERSONALISE ? TEXT_OFFICE_PERSON
					   : TEXT_OFFICE_UNBLOCK,
	    &v);
	office_ask_new(o);
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
		office_end_broken(o, err);
		return;
	}
	talk_say(&o->talk, SY_DIALOG_INFO, TEXT_OFFICE_WORK, NULL);
	office_work(o, frame);
}

static void
on_done(struct office *o, const struct sy_office_step *step)
{
	struct sy_dialog_result result = { .result = SY_RESULT_ALLOWED };
	char date[TEXT_DATE_SIZE];
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
	text_date(step->not_after, date);
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
		office_ask_old(o);
	else if (strcmp(s, "store") == 0 && o->state == OFFICE_PROOF)
		office_store(o, step->cert, step->cert_len);
	else if (strcmp(s, "done") == 0 &&
	    (o->state == OFFICE_REPORT || o->state == OFFICE_PROOF))
		on_done(o, step);
	else
		office_end_broken(o, SY_ERR_PROTOCOL);
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
		office_end(o, &ending);
	} else if (reply->refused) {
		end_refused(o, reply->failure.error, reply->failure.text);
	} else {
		on_step(o, reply->step);
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
		office_end_broken(o, SY_ERR_FORMAT);
	else if (o->task == SY_TASK_PIN_CHANGE)
		office_begin(o, NULL);
	else
		office_ask_code(o);
}

void
office_on_timer(struct office *o)
{
	if (o->state == OFFICE_ABANDON)
		finish(o, NULL);
	else if (office_is_asking(o))
		office_end_with(o, 0, SY_ERR_TIMEOUT, SY_RESULT_CANCELLED,
		    TEXT_OFFICE_NONE);
	else if (o->state == OFFICE_CARD)
		office_end_with(o, 0, SY_ERR_TIMEOUT, SY_RESULT_CANCELLED,
		    TEXT_CARD_LATE);
	else if (o->state == OFFICE_WORK || o->state == OFFICE_STORE)
		office_end_with(o, SY_FAILURE_DEVICE, SY_ERR_CARD_MUTE,
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
