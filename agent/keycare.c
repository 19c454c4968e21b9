/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "fingers.h"
#include "keycare.h"
#include "log.h"
#include "login.h"

#define RESERVE 1

static const struct key_hooks hooks;
static const struct newpin_hooks newpin_hooks;

void
keycare_start(struct keycare *c, const struct talk *talk,
    const struct login_setup *setup, const struct sy_dialog_key *request)
{
	/* Whatever key it is: nothing of a server's is asked of it. */
	struct sy_keydevice_start start = {
		.usb = true,
		.reader = true,
		.enroll = true,
		.fresh = true,
		.reserve = RESERVE,
		.wait_ms = setup->card_wait_ms,
	};

	*c = (struct keycare){
		.talk = *talk,
		.request = *request,
	};
	(void)snprintf(start.rp_id, sizeof(start.rp_id), "%s", setup->server);
	newpin_init(&c->newpin, &c->talk, &newpin_hooks, c);
	key_begin(&c->key, &c->talk, &hooks, c, &start);
}

static void
stop(struct keycare *c)
{
	c->state = KEYCARE_DONE;
	newpin_stop(&c->newpin);
	key_stop(&c->key);
	talk_timer(&c->talk, 0);
}

static void
end(struct keycare *c, const struct ending *ending)
{
	struct sy_dialog_result result;

	stop(c);
	ending_result(ending, c->talk.lang, NULL, &result);
	log_info("key: not done: user=%s task=%u failure=%s reason=%s",
	    c->request.user, (unsigned int)c->request.task,
	    ending_kind_name(ending), sy_err_name(ending->code));
	c->talk.ops->finish(c->talk.arg, &result);
}

static void
refuse(struct keycare *c, enum sy_err code, enum text_id text)
{
	const struct ending e = {
		.kind = SY_FAILURE_CREDENTIAL,
		.code = code,
		.result = SY_RESULT_DENIED,
		.text = text,
	};

	end(c, &e);
}

static void
finish(struct keycare *c, enum text_id text, const struct text_values *values)
{
	struct sy_dialog_result result = { .result = SY_RESULT_ALLOWED };

	stop(c);
	(void)snprintf(result.login, sizeof(result.login), "%.*s",
	    SY_LOGIN_SIZE - 1, c->request.user);
	text_get(c->talk.lang, text, values, result.text);
	log_info("key: done: user=%s task=%u", c->request.user,
	    (unsigned int)c->request.task);
	c->talk.ops->finish(c->talk.arg, &result);
}

/* --- requests --- */

static void
send_pin(struct keycare *c)
{
	const struct sy_keydevice_pin request = { .old = c->key.pin,
		.fresh = c->newpin.fresh };

	if (c->newpin.fresh == NULL)
		newpin_ask(&c->newpin, c->key.found.pin_min);
	else
		key_send(&c->key, SY_KEYDEVICE_PIN, &request);
}

static void
send_add(struct keycare *c)
{
	struct sy_keydevice_enroll request = { .pin = c->key.pin };

	(void)snprintf(request.name, sizeof(request.name), "%s",
	    c->finger.name);
	key_send(&c->key, SY_KEYDEVICE_ENROLL, &request);
}

static void
send_remove(struct keycare *c)
{
	struct sy_keydevice_forget request = { .pin = c->key.pin,
		.template_len = c->finger.template_len };

	memcpy(request.template_id, c->finger.template_id,
	    sizeof(request.template_id));
	key_send(&c->key, SY_KEYDEVICE_FORGET, &request);
}

static void
on_ready(void *owner)
{
	struct keycare *c = owner;

	switch (c->work) {
	case KEYCARE_PIN:
		send_pin(c);
		break;
	case KEYCARE_LIST:
	case KEYCARE_SHOW:
		key_send(&c->key, SY_KEYDEVICE_FINGERS, c->key.pin);
		break;
	case KEYCARE_ADD:
		send_add(c);
		break;
	case KEYCARE_REMOVE:
		send_remove(c);
		break;
	}
}

/* Both entries are alike; the old one was typed before, if there is one. */
static void
on_typed(void *owner)
{
	struct keycare *c = owner;

	if (c->key.state == KEY_READY)
		send_pin(c);
	else
		key_want(&c->key, c->key.uv);
}

static void
begin_work(struct keycare *c, enum keycare_work work)
{
	const bool none = work == KEYCARE_PIN && !c->key.found.pin_set;

	c->work = work;
	key_want(&c->key, none ? SY_KEY_UV_NONE : SY_KEY_UV_PIN);
}

static void
on_found(void *owner, const struct sy_keydevice_found *found)
{
	struct keycare *c = owner;
	const struct text_values v = { .detail = found->place };
	const bool pin = c->request.task == SY_KEY_CHANGE_PIN;

	if (pin && !found->pin_supported) {
		refuse(c, SY_ERR_KEY_UNFIT, TEXT_ENROLL_NO_PIN);
		return;
	}
	if (!pin && !found->bio_enroll) {
		refuse(c, SY_ERR_KEY_UNFIT, TEXT_ENROLL_NO_SENSOR);
		return;
	}
	talk_say(&c->talk, SY_DIALOG_INFO, TEXT_ENROLL_KEY_FOUND, &v);
	c->key.keep_pin = true;
	c->key.changes_pin = pin;
	begin_work(c, pin ? KEYCARE_PIN : KEYCARE_LIST);
}

/* --- what came of them --- */

static enum text_id
last_words(const struct keycare *c)
{
	switch (c->request.task) {
	case SY_KEY_ADD_FINGER:
		return TEXT_CARE_ADDED;
	case SY_KEY_REMOVE_FINGER:
		return TEXT_CARE_REMOVED;
	default:
		return TEXT_ENROLL_FINGERS;
	}
}

/* A name that is there already could not be told from the other one. */
static void
begin_adding(struct keycare *c, const struct sy_keydevice_list *list)
{
	struct sy_keydevice_finger there;

	if (c->request.finger[0] == '\0') {
		fingers_new_name(list, c->finger.name);
	} else if (fingers_find(list, c->request.finger, &there)) {
		refuse(c, SY_ERR_EXISTS, TEXT_CARE_NAMED);
		return;
	} else {
		(void)snprintf(c->finger.name, sizeof(c->finger.name), "%s",
		    c->request.finger);
	}
	begin_work(c, KEYCARE_ADD);
}

static void
on_list(struct keycare *c, const struct sy_keydevice_list *list)
{
	char names[SY_DIALOG_TEXT_SIZE];
	const struct text_values v = {
		.detail = list->count > 0 ? names : "-",
		.name = c->request.finger,
	};

	fingers_join(list, names, sizeof(names));
	if (c->work == KEYCARE_SHOW || c->request.task == SY_KEY_LIST_FINGERS) {
		finish(c,
		    list->count == 0 && c->work == KEYCARE_LIST
			? TEXT_ENROLL_FINGERS_NONE
			: last_words(c),
		    &v);
		return;
	}
	talk_say(&c->talk, SY_DIALOG_INFO, TEXT_ENROLL_FINGERS, &v);
	if (c->request.task == SY_KEY_ADD_FINGER)
		begin_adding(c, list);
	else if (fingers_find(list, c->request.finger, &c->finger))
		begin_work(c, KEYCARE_REMOVE);
	else
		refuse(c, SY_ERR_NOT_FOUND, TEXT_CARE_NO_SUCH);
}

static void
on_done(void *owner, const struct talk_event *event)
{
	struct keycare *c = owner;

	if (event->type == TALK_KEY_LIST &&
	    (c->work == KEYCARE_LIST || c->work == KEYCARE_SHOW)) {
		on_list(c, event->list);
	} else if (event->type == TALK_DEVICE_DONE && c->work == KEYCARE_PIN) {
		finish(c, TEXT_ENROLL_PIN_SET, NULL);
	} else if (event->type == TALK_DEVICE_DONE &&
	    (c->work == KEYCARE_ADD || c->work == KEYCARE_REMOVE)) {
		begin_work(c, KEYCARE_SHOW);
	} else {
		const struct ending e = {
			.kind = SY_FAILURE_DEVICE,
			.code = SY_ERR_PROTOCOL,
			.result = SY_RESULT_ERROR,
			.text = TEXT_KEY_BROKEN,
		};
		end(c, &e);
	}
}

static void
on_unable(void *owner, enum sy_key_uv uv, enum sy_err code)
{
	struct keycare *c = owner;

	if (code == SY_ERR_PIN_FORMAT && c->work == KEYCARE_PIN)
		newpin_refused(&c->newpin);
	else if (code == SY_ERR_EXISTS)
		refuse(c, code, TEXT_ENROLL_FINGERS_FULL);
	else
		key_unable(&c->key, uv, code);
}

static void
on_other(void *owner)
{
	(void)owner;
}

static void
on_lost(void *owner)
{
	struct keycare *c = owner;

	newpin_stop(&c->newpin);
}

static void
on_failed(void *owner, const struct ending *ending)
{
	end(owner, ending);
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

static const struct newpin_hooks newpin_hooks = {
	.typed = on_typed,
	.failed = on_failed,
};

void
keycare_on_device(struct keycare *c, const struct talk_event *event)
{
	if (c->state == KEYCARE_KEY)
		key_on_device(&c->key, event);
}

void
keycare_on_answer(struct keycare *c, uint32_t number, struct sy_secret **answer)
{
	if (newpin_is_on(&c->newpin))
		newpin_on_answer(&c->newpin, number, answer);
	else
		key_on_answer(&c->key, number, answer);
}

void
keycare_on_timer(struct keycare *c)
{
	if (newpin_is_on(&c->newpin))
		newpin_on_timer(&c->newpin);
	else
		key_on_timer(&c->key);
}

void
keycare_on_closed(struct keycare *c)
{
	stop(c);
}
