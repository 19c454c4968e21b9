/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sanyoso/policy.h>

#include "dialogue_int.h"
#include "log.h"
#include "sessions.h"

/* A caller's longest frame: ANSWER with its number. */
#define CALLER_FRAME_MAX (SY_DIALOG_ANSWER_MAX + 64)
/* su, sudo, sshd and passwd ask as root, but anybody can call them, as often as
 * he likes: the places are for who logs in at the terminal. */
#define GUESTS_MAX  24
#define GUESTS_EACH 4

static LIST_HEAD(, dialogue) dialogues = LIST_HEAD_INITIALIZER(dialogues);

static void
free_event(struct event **event)
{
	if (*event != NULL)
		event_free(*event);
	*event = NULL;
}

static void
free_dialogue(struct dialogue *d)
{
	struct services *s = d->services;

	LIST_REMOVE(d, link);
	/* A session that opens yet has nobody to close it. */
	if (d->kind == PHASE && d->call == TALK_OPEN && d->request != NULL)
		sessions_orphan(s->sessions, &d->request);
	/* Nor a login that begins yet, be it for a change. */
	if (d->call == TALK_AUTH && d->request != NULL)
		dialogue_adrift(d);
	request_cancel(&d->request);
	accounts_cancel(&d->query);
	device_close(&d->op);
	channel_free(&d->channel);
	if (d->pidfd >= 0)
		(void)close(d->pidfd);
	free_event(&d->timer);
	free_event(&d->alive);
	free_event(&d->over);
	free_event(&d->unsent);
	free_event(&d->undone);
	sy_memzero(d, sizeof(*d));
	free(d);
	if (--s->dialogues == 0)
		s->idle(s->idle_owner);
}

static void
tell_closed(struct dialogue *d)
{
	switch (d->kind) {
	case LOGIN:
		login_on_closed(&d->u.login);
		break;
	case ENROLL:
		enroll_on_closed(&d->u.enroll);
		break;
	case PHASE:
		phase_on_closed(&d->u.phase);
		break;
	case CHANGE:
		change_on_closed(&d->u.change);
		break;
	case OFFICE:
		office_on_closed(&d->u.office);
		break;
	case KEYCARE:
		keycare_on_closed(&d->u.keycare);
		break;
	case NOTHING:
	case CHECKING:
		break;
	}
}

/* The caller went away, or must go. */
void
dialogue_leave(struct dialogue *d)
{
	d->leaving = true;
	if (!d->finished)
		tell_closed(d);
	free_dialogue(d);
}

/* End at once, with words. */
static void
refuse(struct dialogue *d, enum sy_lang lang, enum sy_result code,
    enum sy_err err, enum text_id text)
{
	const struct ending e = {
		.kind = 0, .code = err, .result = code, .text = text
	};
	struct sy_dialog_result result;

	ending_result(&e, lang, NULL, &result);
	log_info("caller uid %u: refused: %s", (unsigned int)d->uid,
	    sy_err_text(err));
	dialogue_finish(d, &result);
}

static struct login_setup
setup_of(const struct dialogue *d)
{
	const struct services *s = d->services;

	return (struct login_setup){
		.server = s->credentials->server,
		.terminal = s->credentials->terminal,
		.card_wait_ms = s->settings.card_wait_ms,
		.drivers = s->settings.drivers,
	};
}

static void
start_auth(struct dialogue *d)
{
	const struct login_setup setup = setup_of(d);
	const struct talk talk = { .ops = &dialogue_ops,
		.arg = d,
		.lang = (enum sy_lang)d->auth.lang };

	d->kind = LOGIN;
	login_start(&d->u.login, &talk, &setup, &d->auth);
}

/* sudo and su name their caller, others only whom they ask for. */
static bool
is_same_guest(const struct dialogue *a, const struct dialogue *b)
{
	if (strcmp(a->auth.ruser, b->auth.ruser) != 0)
		return false;
	return a->auth.ruser[0] != '\0' ||
	    strcmp(a->auth.user, b->auth.user) == 0;
}

/* False: it was refused. Who is not root has been counted by listen.c. */
static bool
admit_guest(struct dialogue *d, uint8_t lang)
{
	const struct dialogue *other;
	unsigned int all = 0, same = 0;

	if (d->uid != 0)
		return true;
	LIST_FOREACH(other, &dialogues, link)
	if (other->guest) {
		all++;
		same += is_same_guest(d, other);
	}
	d->guest = all < GUESTS_MAX && same < GUESTS_EACH;
	if (!d->guest)
		refuse(d, (enum sy_lang)lang, SY_RESULT_BUSY, SY_ERR_BUSY,
		    TEXT_TOO_MANY);
	return d->guest;
}

/* A process of the person's that lives elsewhere is told what any other is. */
static bool
admit_origin(struct dialogue *d)
{
	const char *why =
	    origin_refuses(d->services->origin, d->uid, d->pid, d->pidfd);

	if (why == NULL)
		return true;
	log_warn("caller uid %u pid %d: may unlock nothing: %s",
	    (unsigned int)d->uid, (int)d->pid, why);
	refuse(d, (enum sy_lang)d->auth.lang, SY_RESULT_FORBIDDEN, SY_ERR_PERM,
	    TEXT_FORBIDDEN);
	return false;
}

/* Root may ask for anybody; anybody else to unlock the session that he is in
 * only. */
static enum sy_err
open_auth(struct dialogue *d, const struct sy_frame *frame)
{
	enum sy_err err;

	if ((err = sy_dialog_get_auth(frame, &d->auth)) != SY_OK)
		return err;
	if (d->auth.purpose != SY_PURPOSE_LOGIN &&
	    !admit_guest(d, d->auth.lang))
		return SY_OK;
	if (d->uid == 0) {
		start_auth(d);
	} else if (d->auth.purpose != SY_PURPOSE_UNLOCK ||
	    d->auth.identify != 0) {
		refuse(d, (enum sy_lang)d->auth.lang, SY_RESULT_FORBIDDEN,
		    SY_ERR_PERM, TEXT_FORBIDDEN);
	} else if (admit_origin(d)) {
		d->kind = CHECKING;
		dialogue_lookup(d, d->auth.user);
	}
	return SY_OK;
}

void
dialogue_checked(struct dialogue *d, enum talk_account found, uid_t uid)
{
	const enum sy_lang lang = (enum sy_lang)d->auth.lang;

	if (found == TALK_ACCOUNT_THERE && uid == d->uid)
		start_auth(d);
	else if (found == TALK_ACCOUNT_UNKNOWN)
		refuse(d, lang, SY_RESULT_UNAVAILABLE, SY_ERR_TIMEOUT,
		    TEXT_NO_LOOKUP);
	else
		refuse(d, lang, SY_RESULT_FORBIDDEN, SY_ERR_PERM,
		    TEXT_FORBIDDEN);
}

/* ACCOUNT, CHANGE, OPEN, CLOSE: each looks itself who may ask it. */
static enum sy_err
open_phase(struct dialogue *d, const struct sy_frame *frame)
{
	const struct services *s = d->services;
	const struct phase_setup setup = {
		.evidence = s->evidence,
		.uid = d->uid,
		.boot = s->boot,
	};
	const struct login_setup login = setup_of(d);
	struct talk talk = { .ops = &dialogue_ops, .arg = d };
	struct sy_dialog_phase request;
	enum sy_err err;

	if ((err = sy_dialog_get_phase(frame, &request)) != SY_OK)
		return err;
	talk.lang = (enum sy_lang)request.lang;
	if (frame->type == SY_DIALOG_CHANGE) {
		memcpy(d->auth.user, request.user, sizeof(d->auth.user));
		memcpy(d->auth.ruser, request.ruser, sizeof(d->auth.ruser));
		if (!admit_guest(d, request.lang))
			return SY_OK;
		d->kind = CHANGE;
		change_start(&d->u.change, &talk, &login, s->evidence, d->uid,
		    &request);
	} else {
		d->kind = PHASE;
		phase_start(&d->u.phase, &talk, &setup,
		    (enum sy_dialog_type)frame->type, &request);
	}
	return SY_OK;
}

/* Cards and keys of others are root's. False: it was refused. */
static bool
admit_root(struct dialogue *d, enum sy_lang lang)
{
	if (d->uid != 0)
		refuse(d, lang, SY_RESULT_FORBIDDEN, SY_ERR_PERM,
		    TEXT_FORBIDDEN);
	return d->uid == 0;
}

static enum sy_err
open_enroll(struct dialogue *d, const struct sy_frame *frame)
{
	const struct login_setup setup = setup_of(d);
	struct talk talk = { .ops = &dialogue_ops, .arg = d };
	struct sy_dialog_enroll request;
	enum sy_err err;

	if ((err = sy_dialog_get_enroll(frame, &request)) != SY_OK)
		return err;
	talk.lang = (enum sy_lang)request.lang;
	if (!admit_root(d, talk.lang))
		return SY_OK;
	d->kind = ENROLL;
	enroll_start(&d->u.enroll, &talk, &setup, &request);
	return SY_OK;
}

static enum sy_err
open_office(struct dialogue *d, const struct sy_frame *frame)
{
	const struct login_setup setup = setup_of(d);
	struct talk talk = { .ops = &dialogue_ops, .arg = d };
	struct sy_dialog_office request;
	enum sy_err err;

	if ((err = sy_dialog_get_office(frame, &request)) != SY_OK)
		return err;
	talk.lang = (enum sy_lang)request.lang;
	if (!admit_root(d, talk.lang))
		return SY_OK;
	d->kind = OFFICE;
	office_start(&d->u.office, &talk, &setup, &request);
	return SY_OK;
}

static enum sy_err
open_key(struct dialogue *d, const struct sy_frame *frame)
{
	const struct login_setup setup = setup_of(d);
	struct talk talk = { .ops = &dialogue_ops, .arg = d };
	struct sy_dialog_key request;
	enum sy_err err;

	if ((err = sy_dialog_get_key(frame, &request)) != SY_OK)
		return err;
	talk.lang = (enum sy_lang)request.lang;
	if (!admit_root(d, talk.lang))
		return SY_OK;
	d->kind = KEYCARE;
	keycare_start(&d->u.keycare, &talk, &setup, &request);
	return SY_OK;
}

/* One line about the agent. It decides nothing, so its result is the zero, or
 * UNAVAILABLE while no server answers. */
static enum sy_err
open_status(struct dialogue *d, const struct sy_frame *frame)
{
	const struct services *s = d->services;
	struct sy_dialog_result result = { .result = SY_RESULT_DENIED };
	const int readers = device_readers(s->device);
	char detail[64] = "readers: -";
	const struct text_values v = {
		.version = PACKAGE_VERSION,
		.terminal = s->credentials->terminal,
		.server = s->credentials->server,
		.detail = detail,
	};
	enum sy_err err;

	if ((err = sy_dialog_get_empty(frame, SY_DIALOG_STATUS)) != SY_OK)
		return err;
	if (readers >= 0)
		(void)snprintf(detail, sizeof(detail), "readers: %d", readers);
	if (!link_is_up(s->link))
		result.result = SY_RESULT_UNAVAILABLE;
	text_get(SY_LANG_DEFAULT,
	    link_is_up(s->link) ? TEXT_STATUS_UP : TEXT_STATUS_DOWN, &v,
	    result.text);
	dialogue_finish(d, &result);
	return SY_OK;
}

static enum sy_err
on_answer(struct dialogue *d, const struct sy_frame *frame)
{
	SY_AUTO(sy_secret_free) struct sy_secret *answer = NULL;
	uint32_t number;
	bool given;
	enum sy_err err;

	if ((err = sy_secret_new(SY_DIALOG_ANSWER_MAX, &answer)) != SY_OK ||
	    (err = sy_dialog_get_answer(frame, &number, &given, answer)) !=
		SY_OK)
		return err;
	if (!given)
		sy_secret_free(&answer);
	if (d->kind == LOGIN)
		login_on_answer(&d->u.login, number, &answer);
	else if (d->kind == CHANGE)
		change_on_answer(&d->u.change, number, &answer);
	else if (d->kind == OFFICE)
		office_on_answer(&d->u.office, number, &answer);
	else if (d->kind == KEYCARE)
		keycare_on_answer(&d->u.keycare, number, &answer);
	else if (d->kind == ENROLL)
		enroll_on_answer(&d->u.enroll, number, &answer);
	return SY_OK;
}

/* What a caller may begin with. */
static enum sy_err
open_with(struct dialogue *d, const struct sy_frame *frame)
{
	static const struct {
		uint8_t type;
		enum sy_err (*open)(struct dialogue *d,
		    const struct sy_frame *frame);
	} openings[] = {
		{ SY_DIALOG_AUTH, open_auth },
		{ SY_DIALOG_ENROLL, open_enroll },
		{ SY_DIALOG_OFFICE, open_office },
		{ SY_DIALOG_KEY, open_key },
		{ SY_DIALOG_STATUS, open_status },
		{ SY_DIALOG_ACCOUNT, open_phase },
		{ SY_DIALOG_CHANGE, open_phase },
		{ SY_DIALOG_OPEN, open_phase },
		{ SY_DIALOG_CLOSE, open_phase },
	};

	(void)evtimer_del(d->timer);
	for (size_t i = 0; i < SY_COUNT(openings); i++)
		if (openings[i].type == frame->type)
			return openings[i].open(d, frame);
	return SY_ERR_PROTOCOL;
}

static void
on_frame(void *owner, const struct sy_frame *frame)
{
	struct dialogue *d = owner;
	const bool first = d->kind == NOTHING && !d->finished;
	enum sy_err err = SY_ERR_PROTOCOL;

	if (d->finished)
		return;
	if (frame->version != SY_DIALOG_VERSION)
		err = SY_ERR_VERSION;
	else if (first)
		err = open_with(d, frame);
	else if (frame->type == SY_DIALOG_ANSWER)
		err = on_answer(d, frame);
	if (err == SY_OK)
		return;
	log_warn("caller uid %u: broke the protocol: %s", (unsigned int)d->uid,
	    sy_err_text(err));
	if (first)
		refuse(d, SY_LANG_DEFAULT, SY_RESULT_ERROR, err, TEXT_BROKEN);
	else
		dialogue_leave(d);
}

static void
on_ended(void *owner, enum sy_err err)
{
	(void)err;
	dialogue_leave(owner);
}

static const struct channel_hooks hooks = {
	.frame = on_frame,
	.ended = on_ended,
};

enum sy_err
dialogue_open(struct services *services, int fd, uid_t uid, pid_t pid)
{
	struct dialogue *d = calloc(1, sizeof(*d));
	struct channel *channel = NULL;
	const int pidfd = uid == 0 ? -1 : origin_hold(fd, pid);
	enum sy_err err;

	err = channel_new(services->base, fd, CALLER_FRAME_MAX, &hooks, d,
	    &channel);
	if (err != SY_OK || d == NULL) {
		channel_free(&channel);
		if (pidfd >= 0)
			(void)close(pidfd);
		free(d);
		return err != SY_OK ? err : SY_ERR_NOMEM;
	}
	d->channel = channel;
	d->services = services;
	d->uid = uid;
	d->pid = pid;
	d->pidfd = pidfd;
	d->server = LINK_ANY;
	LIST_INSERT_HEAD(&dialogues, d, link);
	services->dialogues++;
	if (!dialogue_make_events(d)) {
		free_dialogue(d);
		return SY_ERR_NOMEM;
	}
	return SY_OK;
}

unsigned int
dialogue_count(uid_t uid)
{
	const struct dialogue *d;
	unsigned int n = 0;

	LIST_FOREACH(d, &dialogues, link)
	n += d->uid == uid;
	return n;
}

void
dialogue_cancel_all(void)
{
	struct dialogue *d;

	while ((d = LIST_FIRST(&dialogues)) != NULL)
		dialogue_leave(d);
}
