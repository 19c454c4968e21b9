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
	.post = dialogue_post,
	.device_start = dialogue_device_start,
	.device_sign = dialogue_device_sign,
	.device_send = dialogue_device_send,
	.key_start = dialogue_key_start,
	.key_send = dialogue_key_send,
	.device_stop = dialogue_device_stop,
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
	d->unsent = event_new(base, -1, 0, dialogue_on_unsent, d);
	d->undone = event_new(base, -1, 0, dialogue_on_undone, d);
	if (d->timer == NULL || d->alive == NULL || d->over == NULL ||
	    d->unsent == NULL || d->undone == NULL)
		return false;
	op_timer(d, OPENING_MS);
	return event_add(d->alive, &alive) == 0;
}
