/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>

#include "clock.h"
#include "dialogue_int.h"
#include "log.h"
#include "sessions.h"

/* Well inside SY_DIALOG_ALIVE. */
#define ALIVE_S 2
/* Who connects says what he wants at once. */
#define OPENING_MS 5000

/* Send a frame that was put; a caller who can't be told is let go. */
static bool
send_frame(struct dialogue *d, struct sy_buf *out, enum sy_err err)
{
	if (err == SY_OK)
		err =
		    channel_send(d->channel, sy_buf_data(out), sy_buf_len(out));
	if (err != SY_OK) {
		log_warn("caller: can't be told: %s", sy_err_text(err));
		event_active(d->over, 0, 0);
	}
	return err == SY_OK;
}

static void
op_say(void *arg, enum sy_dialog_type type, const char *text)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	enum sy_err err;

	if ((err = sy_buf_new(SY_FRAME_MAX, &out)) == SY_OK)
		err = sy_dialog_put_text(out, type, text);
	(void)send_frame(arg, out, err);
}

static void
op_prompt(void *arg, const struct sy_dialog_prompt *prompt)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	enum sy_err err;

	if ((err = sy_buf_new(SY_FRAME_MAX, &out)) == SY_OK)
		err = sy_dialog_put_prompt(out, prompt);
	(void)send_frame(arg, out, err);
}

/* Nobody heard of the session that was opened, so nobody will close it. */
static void
forget_session(struct dialogue *d, const struct sy_dialog_result *result)
{
	if (d->kind == PHASE && d->u.phase.type == SY_DIALOG_OPEN &&
	    result->result == SY_RESULT_ALLOWED &&
	    sessions_close(d->services->sessions, result->evidence) != SY_OK)
		log_err("session: can't be closed");
}

void
dialogue_finish(void *arg, const struct sy_dialog_result *result)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct dialogue *d = arg;
	enum sy_err err;

	d->finished = true;
	if ((err = sy_buf_new(SY_FRAME_MAX, &out)) == SY_OK)
		err = sy_dialog_put_result(out, result);
	if (!send_frame(d, out, err))
		forget_session(d, result);
	event_active(d->over, 0, 0);
}

static void
give_reply(struct dialogue *d, const struct talk_reply *reply)
{
	switch (d->kind) {
	case LOGIN:
		login_on_reply(&d->u.login, reply);
		break;
	case OFFICE:
		office_on_reply(&d->u.office, reply);
		break;
	case ENROLL:
		enroll_on_reply(&d->u.enroll, reply);
		break;
	case PHASE:
		phase_on_reply(&d->u.phase, reply);
		break;
	case CHANGE:
		change_on_reply(&d->u.change, reply);
		break;
	case NOTHING:
	case CHECKING:
	case KEYCARE: /* asks no server */
		break;
	}
}

static void
on_reply(void *owner, const struct request_reply *in)
{
	struct dialogue *d = owner;
	const struct talk_reply reply = {
		.call = d->call,
		.err = in->err,
		.refused = in->refused,
		.failure = in->failure,
		.step = in->value,
	};

	d->request = NULL;
	if (in->err == SY_OK)
		d->server = in->server;
	give_reply(d, &reply);
}

static void
on_unsent(evutil_socket_t fd, short what, void *arg)
{
	struct dialogue *d = arg;
	const struct talk_reply reply = { .call = d->call, .err = d->call_err };

	(void)fd;
	(void)what;
	give_reply(d, &reply);
}

static const struct request_type types[] = {
	[TALK_AUTH] = { "/v1/auth", &sy_message_auth_begin,
	    &sy_message_auth_step, false },
	[TALK_AUTH_CARD] = { "/v1/auth/card", &sy_message_auth_card,
	    &sy_message_auth_step, false },
	[TALK_AUTH_PROOF] = { "/v1/auth/proof", &sy_message_auth_proof,
	    &sy_message_auth_step, true },
	[TALK_AUTH_VERDICT] = { "/v1/auth/verdict", &sy_message_auth_fetch,
	    &sy_message_auth_step, false },
	[TALK_AUTH_ABANDON] = { "/v1/auth/abandon", &sy_message_auth_abandon,
	    &sy_message_auth_step, false },
	[TALK_AUTH_PASSWORD] = { "/v1/auth/password", &sy_message_auth_password,
	    &sy_message_auth_step, true },
	[TALK_CHANGE] = { "/v1/password/change", &sy_message_password_change,
	    &sy_message_password_step, true },
	[TALK_ACCOUNT] = { "/v1/account", &sy_message_account,
	    &sy_message_account_step, false },
	[TALK_OPEN] = { "/v1/session/open", &sy_message_session_open,
	    &sy_message_session_step, false },
	[TALK_ENROLL] = { "/v1/enroll", &sy_message_enroll_begin,
	    &sy_message_enroll_step, true },
	[TALK_ENROLL_CARD] = { "/v1/enroll/card", &sy_message_enroll_card,
	    &sy_message_enroll_step, false },
	[TALK_ENROLL_PROOF] = { "/v1/enroll/proof", &sy_message_auth_proof,
	    &sy_message_enroll_step, true },
	[TALK_ENROLL_ABANDON] = { "/v1/enroll/abandon",
	    &sy_message_auth_abandon, &sy_message_enroll_step, false },
	[TALK_OFFICE] = { "/v1/office", &sy_message_office_begin,
	    &sy_message_office_step, true },
	[TALK_OFFICE_CARD] = { "/v1/office/card", &sy_message_office_card,
	    &sy_message_office_step, true },
	[TALK_OFFICE_PROOF] = { "/v1/office/proof", &sy_message_office_proof,
	    &sy_message_office_step, true },
	[TALK_OFFICE_DONE] = { "/v1/office/done", &sy_message_office_done,
	    &sy_message_office_step, true },
	[TALK_AUTH_KEY] = { "/v1/auth/key", &sy_message_auth_key,
	    &sy_message_auth_step, false },
	[TALK_AUTH_LOOK] = { "/v1/auth/look", &sy_message_auth_assertion,
	    &sy_message_auth_step, true },
	[TALK_AUTH_ASSERTION] = { "/v1/auth/assertion",
	    &sy_message_auth_assertion, &sy_message_auth_step, true },
	[TALK_ENROLL_KEY] = { "/v1/enroll/key", &sy_message_enroll_key,
	    &sy_message_enroll_step, true },
	[TALK_ENROLL_ASSERT] = { "/v1/enroll/assertion",
	    &sy_message_auth_assertion, &sy_message_enroll_step, true },
	[TALK_OFFICE_ABANDON] = { "/v1/office/abandon",
	    &sy_message_auth_abandon, &sy_message_office_step, false },
};

static void
op_post(void *arg, enum talk_call call, const void *message)
{
	struct dialogue *d = arg;
	struct services *s = d->services;
	const unsigned int budget_ms = call == TALK_AUTH
	    ? LINK_FIRST_STEP_MS
	    : s->settings.request_timeout_ms;

	request_cancel(&d->request);
	/* No more is to be said of an earlier one. */
	(void)event_del(d->unsent);
	d->call = call;
	if (d->leaving) {
		/* Nobody waits for the answer. */
		if (request_post(s->link, &types[call], d->server, budget_ms,
			message, NULL, NULL, NULL) != SY_OK)
			log_warn("%s: not sent", types[call].path);
		return;
	}
	d->call_err = request_post(s->link, &types[call], d->server, budget_ms,
	    message, on_reply, d, &d->request);
	if (d->call_err != SY_OK)
		event_active(d->unsent, 0, 0);
}

static void
on_device(void *owner, const struct talk_event *event)
{
	struct dialogue *d = owner;

	if (d->kind == LOGIN)
		login_on_device(&d->u.login, event);
	else if (d->kind == CHANGE)
		change_on_device(&d->u.change, event);
	else if (d->kind == OFFICE)
		office_on_device(&d->u.office, event);
	else if (d->kind == KEYCARE)
		keycare_on_device(&d->u.keycare, event);
	else if (d->kind == ENROLL)
		enroll_on_device(&d->u.enroll, event);
}

static void
on_undone(evutil_socket_t fd, short what, void *arg)
{
	const struct talk_event event = {
		.type = TALK_DEVICE_FAILED,
		.failed = { .kind = SY_FAILURE_DEVICE,
		    .code = SY_ERR_NOMEM,
		    .tries = 255,
		    .place = "agent" },
	};

	(void)fd;
	(void)what;
	on_device(arg, &event);
}

/* Whose turn it is; who had the device already goes on with it. */
static enum device_rank
take_rank(struct dialogue *d)
{
	const bool again = d->op != NULL;

	device_close(&d->op);
	if (d->uid == 0 && !d->guest)
		return again ? DEVICE_ROOT_AGAIN : DEVICE_ROOT;
	return again ? DEVICE_USER_AGAIN : DEVICE_USER;
}

static void
op_device_start(void *arg, const struct sy_device_start *start)
{
	struct dialogue *d = arg;
	const enum device_rank rank = take_rank(d);

	if (device_open(d->services->device, start, rank, on_device, d,
		&d->op) != SY_OK)
		event_active(d->undone, 0, 0);
}

static void
op_key_start(void *arg, const struct sy_keydevice_start *start)
{
	struct dialogue *d = arg;
	const enum device_rank rank = take_rank(d);

	if (device_open_key(d->services->device, start, rank, on_device, d,
		&d->op) != SY_OK)
		event_active(d->undone, 0, 0);
}

static enum sy_err
put_request(enum sy_keydevice_type type, const void *request,
    struct sy_secret **ret_frame)
{
	switch ((int)type) {
	case SY_KEYDEVICE_ASSERT:
		return sy_keydevice_put_assert(request, ret_frame);
	case SY_KEYDEVICE_MAKE:
		return sy_keydevice_put_make(request, ret_frame);
	case SY_KEYDEVICE_PIN:
		return sy_keydevice_put_pin(request, ret_frame);
	case SY_KEYDEVICE_ENROLL:
		return sy_keydevice_put_enroll(request, ret_frame);
	case SY_KEYDEVICE_FINGERS:
		return sy_keydevice_put_fingers(request, ret_frame);
	case SY_KEYDEVICE_FORGET:
		return sy_keydevice_put_forget(request, ret_frame);
	default:
		return SY_ERR_ARG;
	}
}

static void
op_key_send(void *arg, enum sy_keydevice_type type, const void *request)
{
	SY_AUTO(sy_secret_free) struct sy_secret *frame = NULL;
	struct dialogue *d = arg;

	if (d->op == NULL)
		return;
	if (put_request(type, request, &frame) != SY_OK)
		event_active(d->undone, 0, 0);
	else
		device_send(d->op, sy_secret_bytes(frame),
		    sy_secret_len(frame));
}

static void
op_device_sign(void *arg, const uint8_t *hash, size_t len,
    const struct sy_secret *pin)
{
	struct dialogue *d = arg;

	if (d->op != NULL)
		device_sign(d->op, hash, len, pin);
}

static void
op_device_send(void *arg, const void *frame, size_t len)
{
	struct dialogue *d = arg;

	if (d->op != NULL)
		device_send(d->op, frame, len);
}

static void
op_device_stop(void *arg)
{
	struct dialogue *d = arg;

	device_close(&d->op);
}

static void
op_timer(void *arg, unsigned int ms)
{
	struct dialogue *d = arg;
	const struct timeval tv = clock_timeval(ms);

	if (ms == 0)
		(void)evtimer_del(d->timer);
	else
		(void)evtimer_add(d->timer, &tv);
}

static int64_t
op_now(void *arg)
{
	(void)arg;
	return clock_ms();
}

static enum sy_err
op_nonce(void *arg, void *out, size_t len)
{
	(void)arg;
	return RAND_bytes(out, (int)len) == 1 ? SY_OK : SY_ERR_CRYPTO;
}

static void
on_found(void *owner, enum talk_account found, uid_t uid)
{
	struct dialogue *d = owner;

	d->query = NULL;
	if (d->kind == CHECKING)
		dialogue_checked(d, found, uid);
	else if (d->kind == LOGIN)
		login_on_account(&d->u.login, found);
	else if (d->kind == CHANGE)
		change_on_account(&d->u.change, found);
}

void
dialogue_lookup(void *arg, const char *name)
{
	struct dialogue *d = arg;

	accounts_cancel(&d->query);
	if (accounts_ask(d->services->accounts, name, on_found, d, &d->query) ==
	    SY_OK)
		return;
	log_warn("caller: an account can't be looked up: out of memory");
	/* Who waits for the answer must not wait for ever. */
	if (d->kind == CHECKING)
		event_active(d->over, 0, 0);
}

static enum sy_err
op_keep(void *arg, const struct talk_login *login,
    char ret_id[SY_EVIDENCE_SIZE])
{
	const struct dialogue *d = arg;
	uint8_t random[EVIDENCE_RANDOM];

	if (RAND_bytes(random, sizeof(random)) != 1)
		return SY_ERR_CRYPTO;
	return evidence_add(d->services->evidence, login, d->uid, EVIDENCE_NEW,
	    clock_ms(), random, ret_id);
}

static enum sy_err
op_open_session(void *arg, int64_t number, char ret_handle[SY_EVIDENCE_SIZE])
{
	const struct dialogue *d = arg;

	return sessions_add(d->services->sessions, number, d->pid, ret_handle);
}

static enum sy_err
op_close_session(void *arg, const char *handle)
{
	const struct dialogue *d = arg;

	return sessions_close(d->services->sessions, handle);
}

const struct talk_ops dialogue_ops = {
	.say = op_say,
	.prompt = op_prompt,
	.finish = dialogue_finish,
	.post = op_post,
	.device_start = op_device_start,
	.device_sign = op_device_sign,
	.device_send = op_device_send,
	.key_start = op_key_start,
	.key_send = op_key_send,
	.device_stop = op_device_stop,
	.timer = op_timer,
	.now = op_now,
	.nonce = op_nonce,
	.lookup = dialogue_lookup,
	.keep = op_keep,
	.open_session = op_open_session,
	.close_session = op_close_session,
};

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct dialogue *d = arg;

	(void)fd;
	(void)what;
	switch (d->kind) {
	case LOGIN:
		login_on_timer(&d->u.login);
		break;
	case ENROLL:
		enroll_on_timer(&d->u.enroll);
		break;
	case OFFICE:
		office_on_timer(&d->u.office);
		break;
	case KEYCARE:
		keycare_on_timer(&d->u.keycare);
		break;
	case CHANGE:
		change_on_timer(&d->u.change);
		break;
	case PHASE:
	case CHECKING:
		break;
	case NOTHING:
		dialogue_leave(d); /* said nothing */
		break;
	}
}

static void
on_alive(evutil_socket_t fd, short what, void *arg)
{
	SY_AUTO(sy_buf_free) struct sy_buf *out = NULL;
	struct dialogue *d = arg;
	enum sy_err err;

	(void)fd;
	(void)what;
	if (d->kind == NOTHING || d->finished)
		return;
	if ((err = sy_buf_new(SY_FRAME_MAX, &out)) == SY_OK)
		err = sy_dialog_put_empty(out, SY_DIALOG_WAIT);
	(void)send_frame(d, out, err);
}

static void
on_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dialogue_leave(arg);
}

bool
dialogue_make_events(struct dialogue *d)
{
	static const struct timeval alive = { .tv_sec = ALIVE_S };
	struct event_base *base = d->services->base;

	d->timer = evtimer_new(base, on_timer, d);
	d->alive = event_new(base, -1, EV_PERSIST, on_alive, d);
	d->over = event_new(base, -1, 0, on_over, d);
	d->unsent = event_new(base, -1, 0, on_unsent, d);
	d->undone = event_new(base, -1, 0, on_undone, d);
	if (d->timer == NULL || d->alive == NULL || d->over == NULL ||
	    d->unsent == NULL || d->undone == NULL)
		return false;
	op_timer(d, OPENING_MS);
	return event_add(d->alive, &alive) == 0;
}
