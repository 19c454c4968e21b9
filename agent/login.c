/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <sanyoso/policy.h>

#include "log.h"
#include "login_int.h"

#define FETCH_PAUSE_MS 400
#define FETCHES_MAX    4

void
login_start(struct login *l, const struct talk *talk,
    const struct login_setup *setup, const struct sy_dialog_auth *auth)
{
	struct sy_auth_begin begin = { .tries = 0 };

	*l = (struct login){
		.talk = *talk,
		.state = LOGIN_BEGIN,
		.auth = *auth,
		.server = setup->server,
		.terminal = setup->terminal,
		.wait_ms = setup->card_wait_ms,
		.drivers = setup->drivers,
		.change = setup->change,
		.finished = setup->finished,
		.owner = setup->owner,
	};
	password_init(&l->password, &l->talk, &login_password_hooks, l);
	begin.identify = auth->identify != 0;
	begin.change = setup->change;
	(void)snprintf(begin.user, sizeof(begin.user), "%s",
	    login_user_to_prove(auth));
	(void)snprintf(begin.lang, sizeof(begin.lang), "%s",
	    text_language(talk->lang));
	(void)snprintf(begin.service, sizeof(begin.service), "%s",
	    auth->service);
	(void)snprintf(begin.purpose, sizeof(begin.purpose), "%s",
	    sy_purpose_name((enum sy_purpose)auth->purpose));
	(void)snprintf(begin.tty, sizeof(begin.tty), "%s", auth->tty);
	(void)snprintf(begin.ruser, sizeof(begin.ruser), "%s", auth->ruser);
	(void)snprintf(begin.rhost, sizeof(begin.rhost), "%s", auth->rhost);
	talk_post(&l->talk, TALK_AUTH, &begin);
	if (auth->identify == 0)
		l->talk.ops->lookup(l->talk.arg, auth->user);
}

/* "prove": the card is one of this person, and of the person asked for. */
static void
on_prove(struct login *l, const struct sy_auth_step *step)
{
	if (!login_is_right_person(l, step->login) ||
	    step->nonce_len != sizeof(l->server_nonce) || step->life <= 0) {
		login_end_broken(l, SY_ERR_PROTOCOL);
		return;
	}
	if (l->person[0] == '\0') {
		(void)snprintf(l->person, sizeof(l->person), "%s", step->login);
		login_look_up(l);
	}
	if (login_account_is_missing(l)) {
		const struct ending e = login_ending_of_account(l);
		login_end(l, &e);
		return;
	}
	memcpy(l->server_nonce, step->nonce, sizeof(l->server_nonce));
	l->nonce_life_ms = proof_life_ms(step->life);
	if (l->state == LOGIN_REFRESH) {
		login_sign(l);
		return;
	}
	l->state = LOGIN_CARD;
	card_ask(&l->card);
}

static void
fetch(struct login *l)
{
	struct sy_auth_fetch f = { .txn = "" };

	l->state = LOGIN_FETCH;
	l->fetches++;
	(void)snprintf(f.txn, sizeof(f.txn), "%s", l->txn);
	talk_post(&l->talk, TALK_AUTH_VERDICT, &f);
}

/* No answer to the proof, the password or the question for its verdict. */
static void
on_silence(struct login *l, const struct talk_reply *reply)
{
	struct ending e;

	if (l->state == LOGIN_PROOF || l->state == LOGIN_TYPED ||
	    l->state == LOGIN_SIGNED) {
		l->asked_for = l->state;
		/* Patience goes on, and what was said is not said again. */
		l->undecided_until = l->password.busy_until;
		password_settled(&l->password);
		fetch(l);
		return;
	}
	if (l->fetches < FETCHES_MAX) {
		talk_timer(&l->talk, FETCH_PAUSE_MS);
		return;
	}
	ending_of_server(reply, &e);
	e.text = TEXT_SERVER_SILENT;
	login_end(l, &e);
}

/* It is there, and still deciding: what was posted stands in line. */
static void
on_undecided(struct login *l, int64_t retry_after_s)
{
	static const struct ending late = {
		.kind = SY_FAILURE_AUTHORITY,
		.code = SY_ERR_BUSY,
		.result = SY_RESULT_BUSY,
		.text = TEXT_BUSY_LATE,
	};
	const int64_t now = talk_now(&l->talk);

	l->fetches = 0;
	if (l->undecided_until == 0) {
		l->undecided_until = now + PASSWORD_PATIENCE_MS;
		talk_say(&l->talk, SY_DIALOG_INFO, TEXT_BUSY_WAIT, NULL);
	}
	if (now < l->undecided_until)
		talk_timer(&l->talk, password_pause_ms(retry_after_s));
	else
		login_end(l, &late);
}

/* The proof that got lost on its way. */
static void
post_again(struct login *l)
{
	l->proof_again = true;
	l->state = l->asked_for;
	if (l->state == LOGIN_SIGNED)
		talk_post(&l->talk, TALK_AUTH_ASSERTION, &l->assertion);
	else
		talk_post(&l->talk, TALK_AUTH_PROOF, &l->proof);
}

static void
on_refused(struct login *l, const struct talk_reply *reply)
{
	const char *why = reply->failure.error;
	struct ending e;

	if (l->state == LOGIN_FETCH &&
	    strcmp(why, sy_err_name(SY_ERR_BUSY)) == 0) {
		on_undecided(l, reply->failure.retry_after);
		return;
	}
	if (l->state == LOGIN_TYPED &&
	    strcmp(why, sy_err_name(SY_ERR_BUSY)) == 0) {
		password_busy(&l->password, reply->failure.retry_after);
		return;
	}
	/* It waits for a proof: ours never got there. */
	if (l->state == LOGIN_FETCH && !l->proof_again &&
	    strcmp(why, sy_err_name(SY_ERR_STATE)) == 0 &&
	    talk_now(&l->talk) - l->nonce_at < l->nonce_life_ms) {
		post_again(l);
		return;
	}
	/* The first one was only late: what did it come to? */
	if ((l->state == LOGIN_PROOF || l->state == LOGIN_SIGNED) &&
	    l->proof_again && l->fetches < FETCHES_MAX &&
	    strcmp(why, sy_err_name(SY_ERR_STATE)) == 0) {
		fetch(l);
		return;
	}
	ending_of_server(reply, &e);
	login_end(l, &e);
}

/*
 * Whose login was allowed. By password alone nothing has named the person
 * before: the verdict does, or else it is of the user that was asked for, if
 * that is a login name as the server writes it.
 */
static bool
take_person(struct login *l, const struct sy_auth_step *step)
{
	const char *person = step->login;

	if (person[0] == '\0')
		person = l->person[0] != '\0' ? l->person
					      : login_user_to_prove(&l->auth);
	if (!login_is_right_person(l, person))
		return false;
	/* A login name fits. */
	if (l->person[0] == '\0')
		memcpy(l->person, person, strlen(person) + 1);
	return true;
}

static void
on_allow(struct login *l, const struct sy_auth_step *step)
{
	if (!take_person(l, step) ||
	    (step->txn[0] != '\0' && strcmp(step->txn, l->txn) != 0)) {
		login_end_broken(l, SY_ERR_PROTOCOL);
		return;
	}
	password_settled(&l->password);
	if (login_account_is_missing(l)) {
		l->ending = login_ending_of_account(l);
		login_finish(l, step->support);
		return;
	}
	login_end_allowed(l, step);
}

/* Whether something was posted that can lead to an allowed login. */
static bool
is_proven(const struct login *l)
{
	return l->state == LOGIN_PROOF || l->state == LOGIN_SIGNED ||
	    l->state == LOGIN_FETCH ||
	    (l->state == LOGIN_TYPED && l->password.state == PASSWORD_POSTED);
}

static void
on_verdict(struct login *l, const struct sy_auth_step *step)
{
	if (strcmp(step->verdict, "deny") == 0)
		login_end_denied(l, step);
	else if (strcmp(step->verdict, "allow") == 0 && is_proven(l))
		on_allow(l, step);
	else
		login_end_broken(l, SY_ERR_PROTOCOL);
}

/* What was posted led to no verdict: the login waits for the person. */
static void
on_present_fetched(struct login *l, const struct sy_auth_step *step)
{
	l->state = l->asked_for;
	l->undecided_until = 0;
	/* Our password never got there, or was wrong. To send it again by
	 * ourselves might cost the person a second try. */
	if (l->state == LOGIN_TYPED)
		password_lost(&l->password);
	else
		login_present(l, step);
}

/* Steps that may come at each state; any other breaks the protocol. */
static void
on_step(struct login *l, const struct sy_auth_step *step)
{
	const bool confirming =
	    l->state == LOGIN_CONFIRM || l->state == LOGIN_REFRESH;

	if (strcmp(step->step, "verdict") == 0) {
		on_verdict(l, step);
	} else if (strcmp(step->step, "present") == 0 &&
	    (l->state == LOGIN_BEGIN || l->state == LOGIN_PROOF ||
		l->state == LOGIN_SIGNED || l->state == LOGIN_TYPED)) {
		/* After a proof: the policy wants another one too. */
		login_present(l, step);
	} else if (strcmp(step->step, "present") == 0 &&
	    l->state == LOGIN_FETCH) {
		on_present_fetched(l, step);
	} else if (strcmp(step->step, "prove") == 0 && confirming) {
		on_prove(l, step);
	} else if (strcmp(step->step, "wrong-card") == 0 && confirming) {
		l->state = LOGIN_CARD;
		card_wrong(&l->card);
	} else if (strcmp(step->step, "assert") == 0 &&
	    (l->state == LOGIN_ASSERT || l->state == LOGIN_OTHER ||
		l->state == LOGIN_RENEW || l->state == LOGIN_LOOK)) {
		login_on_assert(l, step);
	} else {
		login_end_broken(l, SY_ERR_PROTOCOL);
	}
}

static bool
is_awaited(const struct login *l, enum talk_call call)
{
	switch (l->state) {
	case LOGIN_BEGIN:
		return call == TALK_AUTH;
	case LOGIN_CONFIRM:
	case LOGIN_REFRESH:
		return call == TALK_AUTH_CARD;
	case LOGIN_PROOF:
		return call == TALK_AUTH_PROOF;
	case LOGIN_ASSERT:
	case LOGIN_RENEW:
		return call == TALK_AUTH_KEY;
	case LOGIN_LOOK:
		return call == TALK_AUTH_LOOK;
	case LOGIN_OTHER: /* a look too, whose key went meanwhile */
		return call == TALK_AUTH_KEY || call == TALK_AUTH_LOOK;
	case LOGIN_SIGNED:
		return call == TALK_AUTH_ASSERTION;
	case LOGIN_FETCH:
		return call == TALK_AUTH_VERDICT;
	case LOGIN_ABANDON:
		return call == TALK_AUTH_ABANDON;
	case LOGIN_TYPED:
		return call == TALK_AUTH_PASSWORD &&
		    l->password.state == PASSWORD_POSTED;
	case LOGIN_CHOICE:
	case LOGIN_CARD:
	case LOGIN_KEY:
	case LOGIN_DONE:
		break;
	}
	return false;
}

void
login_on_reply(struct login *l, const struct talk_reply *reply)
{
	struct ending e;

	if (!is_awaited(l, reply->call))
		return; /* late */
	if (l->state == LOGIN_ABANDON) {
		const struct sy_auth_step *step = reply->step;
		const bool told = reply->err == SY_OK && !reply->refused;

		login_finish(l, told ? step->support : NULL);
	} else if (reply->err != SY_OK &&
	    (l->state == LOGIN_PROOF || l->state == LOGIN_SIGNED ||
		l->state == LOGIN_TYPED || l->state == LOGIN_FETCH)) {
		on_silence(l, reply);
	} else if (reply->err != SY_OK) {
		if (reply->call == TALK_AUTH_LOOK && login_look_again(l))
			return;
		ending_of_server(reply, &e);
		login_end(l, &e);
	} else if (reply->refused) {
		on_refused(l, reply);
	} else {
		on_step(l, reply->step);
	}
}

static bool
card_is_on(const struct login *l)
{
	return l->state == LOGIN_CARD || l->state == LOGIN_CONFIRM ||
	    l->state == LOGIN_REFRESH;
}

void
login_on_device(struct login *l, const struct talk_event *event)
{
	if (card_is_on(l))
		card_on_device(&l->card, event);
	else if (login_key_is_on(l))
		key_on_device(&l->key, event);
}

void
login_on_answer(struct login *l, uint32_t number, struct sy_secret **answer)
{
	if (card_is_on(l))
		card_on_answer(&l->card, number, answer);
	else if (login_key_is_on(l))
		key_on_answer(&l->key, number, answer);
	else if (l->state == LOGIN_TYPED)
		password_on_answer(&l->password, number, answer);
	else if (l->state == LOGIN_CHOICE)
		login_on_choice(l, number, *answer);
	sy_secret_free(answer);
}

void
login_on_account(struct login *l, enum talk_account found)
{
	l->account = found;
}

void
login_on_timer(struct login *l)
{
	if (card_is_on(l))
		card_on_timer(&l->card);
	else if (login_key_is_on(l))
		key_on_timer(&l->key);
	else if (l->state == LOGIN_TYPED)
		password_on_timer(&l->password);
	else if (l->state == LOGIN_CHOICE)
		login_on_choice(l, l->choice, NULL);
	else if (l->state == LOGIN_FETCH)
		fetch(l);
	else if (l->state == LOGIN_ABANDON)
		login_finish(l, NULL);
}

/* There is nothing to give up: a posted proof or password is the server's to
 * judge. */
static bool
is_judged(const struct login *l)
{
	return l->state == LOGIN_BEGIN || l->state == LOGIN_ABANDON ||
	    is_proven(l);
}

void
login_on_closed(struct login *l)
{
	const enum login_state was = l->state;
	const bool judged = is_judged(l);

	l->state = LOGIN_DONE;
	talk_timer(&l->talk, 0);
	card_stop(&l->card);
	key_stop(&l->key);
	password_stop(&l->password);
	if (was == LOGIN_DONE)
		return;
	log_info("login: the caller went away: user=%s service=%s txn=%s",
	    login_known_user(l), l->auth.service, l->txn);
	if (judged)
		return;
	l->ending = (struct ending){ .code = SY_ERR_CANCELLED };
	login_post_abandon(l);
}
