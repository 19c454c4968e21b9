/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <sanyoso/method.h>

#include "enroll_int.h"
#include "fingers.h"
#include "login.h"
#include "pin.h"
#include "proof.h"

#define VERSION_MAX INT64_MAX

static const struct key_hooks hooks;
static const struct newpin_hooks newpin_hooks;

static bool
wants(const struct enroll *e, uint8_t option)
{
	return (e->request.options & option) != 0;
}

bool
enroll_key_is_on(const struct enroll *e)
{
	return e->state == ENROLL_KEY || e->state == ENROLL_MADE;
}

void
enroll_key_stop(struct enroll *e)
{
	newpin_stop(&e->newpin);
	key_stop(&e->key);
}

static void
refuse(struct enroll *e, enum text_id text)
{
	enroll_end_with(e, SY_FAILURE_CREDENTIAL, SY_ERR_KEY_UNFIT,
	    SY_RESULT_DENIED, text);
}

/* --- which key --- */

static bool
is_make(const struct sy_enroll_step *step)
{
	return step->handle_len == SY_FIDO2_HANDLE_SIZE &&
	    step->rp_id[0] != '\0' && step->origin[0] != '\0' &&
	    step->nonce_len == SY_NONCE_SIZE && step->life > 0;
}

static int64_t
life_ms(const struct sy_enroll_step *step)
{
	return (step->life < SY_ENROLL_KEY_LIFE ? step->life
						: SY_ENROLL_KEY_LIFE) *
	    1000;
}

/* What the credential is to be made for and signed with. */
static void
take_make(struct enroll *e, const struct sy_enroll_step *step)
{
	memcpy(e->handle, step->handle, sizeof(e->handle));
	memcpy(e->server_nonce, step->nonce, sizeof(e->server_nonce));
	e->nonce_at = talk_now(&e->talk);
	e->nonce_life_ms = life_ms(step);
	(void)snprintf(e->name, sizeof(e->name), "%s", step->name);
	(void)snprintf(e->origin, sizeof(e->origin), "%s", step->origin);
}

void
enroll_on_make(struct enroll *e, const struct sy_enroll_step *step)
{
	struct sy_keydevice_start start = {
		.usb = true,
		.reader = true,
		.enroll = true,
		.fresh = true,
		.reserve = (uint8_t)step->reserve,
		.wait_ms = e->wait_ms,
	};
	const struct text_values v = { .login = step->login,
		.name = step->name };
	enum sy_method method;

	if (!is_make(step) || !sy_method_by_name(step->method, &method) ||
	    method < SY_METHOD_FIDO2 || method > SY_METHOD_FIDO2_BIO ||
	    proof_credentials(&step->credentials, &start) != SY_OK) {
		enroll_end_broken(e, SY_ERR_PROTOCOL);
		return;
	}
	e->key_method = method;
	if (e->request.key == 0) {
		enroll_end_with(e, 0, SY_ERR_STATE, SY_RESULT_DENIED,
		    TEXT_ENROLL_IS_KEY);
		return;
	}
	if (wants(e, SY_ENROLL_MANAGED) &&
	    e->key_method != SY_METHOD_FIDO2_BIO) {
		enroll_end_with(e, 0, SY_ERR_STATE, SY_RESULT_DENIED,
		    TEXT_ENROLL_MANAGED_METHOD);
		return;
	}
	take_make(e, step);
	(void)snprintf(start.rp_id, sizeof(start.rp_id), "%s", step->rp_id);
	talk_say(&e->talk, SY_DIALOG_INFO, TEXT_ENROLL_KEY_PERSON, &v);
	e->state = ENROLL_KEY;
	newpin_init(&e->newpin, &e->talk, &newpin_hooks, e);
	key_begin(&e->key, &e->talk, &hooks, e, &start);
}

/* Why this key can't be enrolled as it was asked for; TEXT_NONE: it can. */
static enum text_id
why_not(const struct enroll *e, const struct sy_keydevice_found *f)
{
	const bool bio = wants(e, SY_ENROLL_BIO);

	if (wants(e, SY_ENROLL_RESIDENT) && !f->resident)
		return TEXT_ENROLL_NO_RESIDENT;
	if ((bio && !f->bio_enroll) ||
	    (e->key_method == SY_METHOD_FIDO2_BIO && !f->uv_supported))
		return TEXT_ENROLL_NO_SENSOR;
	if (e->key_method == SY_METHOD_FIDO2_BIO && !f->uv_set && !bio)
		return TEXT_ENROLL_NO_FINGER;
	if (wants(e, SY_ENROLL_MANAGED) && f->pin_set)
		return TEXT_ENROLL_MANAGED_PIN;
	if (wants(e, SY_ENROLL_MANAGED) && f->uv_set)
		return TEXT_ENROLL_MANAGED_FINGER;
	if (e->must_set_pin && !f->pin_supported)
		return TEXT_ENROLL_NO_PIN;
	return TEXT_NONE;
}

/* A PIN is set where it was asked for, and where nothing works without. */
static bool
must_set_pin(const struct enroll *e, const struct sy_keydevice_found *f)
{
	const bool bare = !f->pin_set && !f->uv_set;

	if (f->pin_set)
		return false;
	return wants(e, SY_ENROLL_PIN | SY_ENROLL_BIO) ||
	    (bare && (e->key_method == SY_METHOD_FIDO2_UV || f->always_uv));
}

/* --- one thing after the other --- */

/* How the key is to verify its user when the credential is made: by the PIN
 * where we have it, and without where there is none. */
static enum sy_key_uv
uv_to_make(const struct enroll *e)
{
	const struct sy_keydevice_found *f = &e->key.found;

	if (!f->pin_set)
		return f->uv_set ? SY_KEY_UV_BUILT_IN : SY_KEY_UV_NONE;
	if ((e->unable & 1U << SY_KEY_UV_BUILT_IN) == 0 && f->uv_set &&
	    (f->no_pin_tokens ||
		(e->key.pin == NULL && !e->key.random_pin &&
		    e->key.uv_tries > 0)))
		return SY_KEY_UV_BUILT_IN;
	return SY_KEY_UV_PIN;
}

/* And when it signs: as it will at every login. */
static enum sy_key_uv
uv_to_assert(const struct enroll *e)
{
	const struct sy_keydevice_found *f = &e->key.found;

	if (e->key_method == SY_METHOD_FIDO2 && !f->always_uv)
		return SY_KEY_UV_NONE;
	if (e->key_method == SY_METHOD_FIDO2_BIO)
		return SY_KEY_UV_BUILT_IN;
	if ((e->unable & 1U << SY_KEY_UV_BUILT_IN) == 0 && f->uv_set)
		return SY_KEY_UV_BUILT_IN;
	return SY_KEY_UV_PIN;
}

static bool
is_needed(const struct enroll *e, enum enroll_work work)
{
	switch (work) {
	case WORK_PIN:
		return e->must_set_pin;
	case WORK_LIST:
	case WORK_FINGER:
	case WORK_LISTED:
		return wants(e, SY_ENROLL_BIO);
	case WORK_NONE:
	case WORK_MAKE:
	case WORK_ASSERT:
		break;
	}
	return true;
}

static void
begin_work(struct enroll *e)
{
	switch (e->work) {
	case WORK_PIN:
		if (wants(e, SY_ENROLL_MANAGED))
			key_want(&e->key, SY_KEY_UV_NONE);
		else
			newpin_ask(&e->newpin, e->key.found.pin_min);
		break;
	case WORK_LIST:
	case WORK_FINGER:
	case WORK_LISTED:
		key_want(&e->key, SY_KEY_UV_PIN);
		break;
	case WORK_MAKE:
		key_want(&e->key, uv_to_make(e));
		break;
	case WORK_ASSERT:
		key_want(&e->key, uv_to_assert(e));
		break;
	case WORK_NONE:
		break;
	}
}

static void
advance(struct enroll *e)
{
	do
		e->work++;
	while (!is_needed(e, e->work));
	begin_work(e);
}

static void
on_found(void *owner, const struct sy_keydevice_found *found)
{
	struct enroll *e = owner;
	const struct text_values v = { .detail = found->place };
	enum text_id why;

	e->must_set_pin = must_set_pin(e, found);
	e->unable = 0;
	e->key.keep_pin = true;
	if ((why = why_not(e, found)) != TEXT_NONE) {
		refuse(e, why);
		return;
	}
	talk_say(&e->talk, SY_DIALOG_INFO, TEXT_ENROLL_KEY_FOUND, &v);
	if (wants(e, SY_ENROLL_PIN) && found->pin_set)
		talk_say(&e->talk, SY_DIALOG_INFO, TEXT_ENROLL_PIN_STAYS, NULL);
	e->work = WORK_NONE;
	advance(e);
}

/* --- the new PIN --- */

static void
on_typed(void *owner)
{
	struct enroll *e = owner;

	key_want(&e->key, SY_KEY_UV_NONE);
}

static void
on_failed(void *owner, const struct ending *ending)
{
	enroll_end(owner, ending);
}

static const struct newpin_hooks newpin_hooks = {
	.typed = on_typed,
	.failed = on_failed,
};

void
enroll_key_on_answer(struct enroll *e, uint32_t number,
    struct sy_secret **answer)
{
	if (newpin_is_on(&e->newpin))
		newpin_on_answer(&e->newpin, number, answer);
	else
		key_on_answer(&e->key, number, answer);
}

void
enroll_key_on_timer(struct enroll *e)
{
	if (newpin_is_on(&e->newpin))
		newpin_on_timer(&e->newpin);
	else
		key_on_timer(&e->key);
}

/* --- requests to the key --- */

/* The PIN that is sent with a request; an empty one stands for a random one. */
static struct sy_secret *
pin_of(const struct enroll *e)
{
	return e->key.uv == SY_KEY_UV_PIN ? e->key.pin : NULL;
}

static void
send_pin(struct enroll *e)
{
	const struct sy_keydevice_pin request = {
		.random = wants(e, SY_ENROLL_MANAGED),
		.fresh = e->newpin.fresh,
	};

	/* From here on the key may have it, whether we hear of it or not. */
	e->random = request.random;
	key_send(&e->key, SY_KEYDEVICE_PIN, &request);
}

static void
send_finger(struct enroll *e)
{
	struct sy_keydevice_enroll request = { .pin = pin_of(e) };

	memcpy(request.name, e->finger, sizeof(request.name));
	key_send(&e->key, SY_KEYDEVICE_ENROLL, &request);
}

/* Client data of ${type} into e->client. False: it has ended. */
static bool
make_client_data(struct enroll *e, const char *type)
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
	enum sy_err err;

	if (talk_now(&e->talk) - e->nonce_at > e->nonce_life_ms) {
		enroll_end_with(e, 0, SY_ERR_TIMEOUT, SY_RESULT_CANCELLED,
		    TEXT_ENROLL_KEY_LATE);
		return false;
	}
	if ((err = proof_client_data(&e->talk, &terms, type, e->origin,
		 &e->client)) == SY_OK)
		return true;
	enroll_end_broken(e, err);
	return false;
}

static void
send_make(struct enroll *e)
{
	struct sy_keydevice_make request = {
		.uv = (uint8_t)e->key.uv,
		.resident = wants(e, SY_ENROLL_RESIDENT),
		.pin = pin_of(e),
	};

	if (!make_client_data(e, SY_FIDO2_CREATE))
		return;
	memcpy(request.hash, e->client.hash, sizeof(request.hash));
	memcpy(request.handle, e->handle, sizeof(request.handle));
	(void)snprintf(request.login, sizeof(request.login), "%s", e->person);
	(void)snprintf(request.name, sizeof(request.name), "%s", e->name);
	key_send(&e->key, SY_KEYDEVICE_MAKE, &request);
}

static void
send_assert(struct enroll *e)
{
	struct sy_keydevice_assert request = {
		.uv = (uint8_t)e->key.uv,
		.credential = SY_KEYDEVICE_CREDENTIALS, /* just made */
		.pin = pin_of(e),
	};

	if (!make_client_data(e, SY_FIDO2_GET))
		return;
	memcpy(request.hash, e->client.hash, sizeof(request.hash));
	key_send(&e->key, SY_KEYDEVICE_ASSERT, &request);
}

static void
on_ready(void *owner)
{
	struct enroll *e = owner;

	switch (e->work) {
	case WORK_PIN:
		send_pin(e);
		break;
	case WORK_LIST:
	case WORK_LISTED:
		key_send(&e->key, SY_KEYDEVICE_FINGERS, pin_of(e));
		break;
	case WORK_FINGER:
		send_finger(e);
		break;
	case WORK_MAKE:
		send_make(e);
		break;
	case WORK_ASSERT:
		send_assert(e);
		break;
	case WORK_NONE:
		break;
	}
}

/* --- what came of them --- */

static void
pin_was_set(struct enroll *e)
{
	const bool random = wants(e, SY_ENROLL_MANAGED);

	e->key.found.pin_set = true;
	e->key.pin_tries = PIN_TRIES_UNKNOWN;
	e->key.random_pin = random;
	if (!random)
		key_set_pin(&e->key, &e->newpin.fresh);
	talk_say(&e->talk, SY_DIALOG_INFO,
	    random ? TEXT_ENROLL_PIN_RANDOM : TEXT_ENROLL_PIN_SET, NULL);
	advance(e);
}

static void
fingers_were_listed(struct enroll *e, const struct sy_keydevice_list *list)
{
	char names[SY_DIALOG_TEXT_SIZE];
	const struct text_values v = { .detail = names };

	fingers_join(list, names, sizeof(names));
	fingers_new_name(list, e->finger);
	talk_say(&e->talk, SY_DIALOG_INFO,
	    list->count > 0 ? TEXT_ENROLL_FINGERS : TEXT_ENROLL_FINGERS_NONE,
	    &v);
	if (wants(e, SY_ENROLL_MANAGED) && e->work == WORK_LIST &&
	    list->count > 0)
		refuse(e, TEXT_ENROLL_MANAGED_FINGER);
	else
		advance(e);
}

static void
finger_was_enrolled(struct enroll *e)
{
	e->key.found.uv_set = true;
	e->key.uv_tries = PIN_TRIES_UNKNOWN;
	advance(e);
}

static void
credential_was_made(struct enroll *e, const struct sy_keydevice_made *made)
{
	const struct sy_keydevice_found *f = &e->key.found;
	struct sy_enroll_key message = {
		.agent_nonce_len = sizeof(message.agent_nonce),
		.client_data_len = e->client.data_len,
		.authdata_len = made->authdata_len,
		.statement_len = made->statement_len,
		.firmware =
		    f->firmware <= VERSION_MAX ? (int64_t)f->firmware : 0,
		.reader = f->reader,
		.resident = wants(e, SY_ENROLL_RESIDENT),
		.managed = wants(e, SY_ENROLL_MANAGED),
	};

	memcpy(message.txn, e->txn, sizeof(message.txn));
	memcpy(message.agent_nonce, e->client.agent_nonce,
	    sizeof(message.agent_nonce));
	memcpy(message.client_data, e->client.data, e->client.data_len);
	memcpy(message.authdata, made->authdata, made->authdata_len);
	memcpy(message.format, made->format, sizeof(message.format));
	memcpy(message.statement, made->statement, made->statement_len);
	e->state = ENROLL_MADE;
	talk_post(&e->talk, TALK_ENROLL_KEY, &message);
}

static void
credential_has_signed(struct enroll *e,
    const struct sy_keydevice_signed *signed_)
{
	struct sy_auth_assertion message;

	if (proof_assertion(&e->client, e->txn, signed_, &message) != SY_OK) {
		enroll_end_broken(e, SY_ERR_LIMIT);
		return;
	}
	message.pins_wrong = e->key.pins_wrong;
	message.fingers_wrong = e->key.fingers_wrong;
	enroll_key_stop(e);
	e->state = ENROLL_SIGNED;
	talk_post(&e->talk, TALK_ENROLL_ASSERT, &message);
}

static void
on_done(void *owner, const struct talk_event *event)
{
	struct enroll *e = owner;

	if (event->type == TALK_DEVICE_DONE && e->work == WORK_PIN)
		pin_was_set(e);
	else if (event->type == TALK_DEVICE_DONE && e->work == WORK_FINGER)
		finger_was_enrolled(e);
	else if (event->type == TALK_KEY_LIST &&
	    (e->work == WORK_LIST || e->work == WORK_LISTED))
		fingers_were_listed(e, event->list);
	else if (event->type == TALK_KEY_MADE && e->work == WORK_MAKE)
		credential_was_made(e, event->made);
	else if (event->type == TALK_KEY_SIGNED && e->work == WORK_ASSERT)
		credential_has_signed(e, event->signed_);
	else
		enroll_end_with(e, SY_FAILURE_DEVICE, SY_ERR_PROTOCOL,
		    SY_RESULT_ERROR, TEXT_KEY_BROKEN);
}

/* --- what went wrong --- */

static void
on_unable(void *owner, enum sy_key_uv uv, enum sy_err code)
{
	struct enroll *e = owner;
	const bool may_use_pin = uv == SY_KEY_UV_BUILT_IN &&
	    e->key_method != SY_METHOD_FIDO2_BIO &&
	    !e->key.found.no_pin_tokens &&
	    (e->work == WORK_MAKE || e->work == WORK_ASSERT);

	/* It has said itself that it did not take it. */
	if (e->work == WORK_PIN)
		e->random = false;
	if (code == SY_ERR_EXISTS) {
		refuse(e,
		    e->work == WORK_FINGER ? TEXT_ENROLL_FINGERS_FULL
					   : TEXT_ENROLL_EXISTS);
	} else if (code == SY_ERR_PIN_FORMAT && e->work == WORK_PIN &&
	    !wants(e, SY_ENROLL_MANAGED)) {
		newpin_refused(&e->newpin);
	} else if (may_use_pin && key_can(&e->key, SY_KEY_UV_PIN) == SY_OK) {
		e->unable |= 1U << uv;
		talk_say(&e->talk, SY_DIALOG_INFO, TEXT_KEY_PIN_INSTEAD, NULL);
		key_want(&e->key, SY_KEY_UV_PIN);
	} else {
		key_unable(&e->key, uv, code);
	}
}

/* That one is enrolled already; the person was told. */
static void
on_other(void *owner)
{
	(void)owner;
}

/*
 * Before the credential is made another try does no harm; but nobody can go on
 * with a key whose PIN was random, and none but this key can finish what it
 * began.
 */
static void
on_lost(void *owner)
{
	struct enroll *e = owner;

	newpin_stop(&e->newpin);
	if (e->random || e->state == ENROLL_MADE || e->work == WORK_ASSERT)
		enroll_end_with(e, SY_FAILURE_DEVICE, SY_ERR_CARD_GONE,
		    SY_RESULT_CANCELLED, TEXT_ENROLL_KEY_GONE);
	else
		e->state = ENROLL_KEY;
}

static const struct key_hooks hooks = {
	.found = on_found,
	.other = on_other,
	.lost = on_lost,
	.ready = on_ready,
	.unable = on_unable,
	.done = on_done,
	.failed = on_failed,
};

/* --- what the server says --- */

void
enroll_on_assert(struct enroll *e, const struct sy_enroll_step *step)
{
	const struct text_values v = {
		.name = step->model[0] != '\0' ? step->model : "-",
		.detail =
		    step->attestation[0] != '\0' ? step->attestation : "-",
	};

	if (step->nonce_len != sizeof(e->server_nonce) || step->life <= 0) {
		enroll_end_broken(e, SY_ERR_PROTOCOL);
		return;
	}
	memcpy(e->server_nonce, step->nonce, sizeof(e->server_nonce));
	e->nonce_at = talk_now(&e->talk);
	e->nonce_life_ms = life_ms(step);
	talk_say(&e->talk, SY_DIALOG_INFO, TEXT_ENROLL_KEY_MODEL, &v);
	e->state = ENROLL_KEY;
	e->work = WORK_ASSERT;
	begin_work(e);
}

void
enroll_on_key_done(struct enroll *e, const struct sy_enroll_step *step)
{
	const struct text_values v = {
		.token = step->token,
		.login = e->person,
		.name = step->model[0] != '\0' ? step->model : "-",
		.detail =
		    step->attestation[0] != '\0' ? step->attestation : "-",
	};

	enroll_finish_done(e, step, TEXT_ENROLL_KEY_DONE, &v);
}
