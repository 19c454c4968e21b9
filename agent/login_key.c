/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <sanyoso/policy.h>

#include "login_int.h"

/* What a touch or a finger (the worker waits 40 seconds for it) and the way to
 * the server may take. */
#define NONCE_MARGIN_MS 45000

static const struct key_hooks hooks;

/*
 * How a key may be used, and what it counts for then; the first one that is
 * offered and that the key can do is taken. A key that always verifies its user
 * does so for a touch too.
 */
static const struct way {
	enum sy_method method;
	enum sy_key_uv uv;
} ways[] = {
	{ SY_METHOD_FIDO2_BIO, SY_KEY_UV_BUILT_IN },
	{ SY_METHOD_FIDO2_UV, SY_KEY_UV_BUILT_IN },
	{ SY_METHOD_FIDO2_UV, SY_KEY_UV_PIN },
	{ SY_METHOD_FIDO2, SY_KEY_UV_NONE },
	{ SY_METHOD_FIDO2, SY_KEY_UV_BUILT_IN },
	{ SY_METHOD_FIDO2, SY_KEY_UV_PIN },
};

/* The methods that come into question. Behind a password a touch is enough
 * where it is offered. */
static uint32_t
methods_of(const struct login *l)
{
	const uint32_t touch = 1U << SY_METHOD_FIDO2;

	if (l->touch_will_do && (l->offer.keys & touch) != 0)
		return touch;
	return l->offer.keys;
}

/* The server decides what was proven by what the key signed; this is what the
 * person goes for. */
static enum sy_method
best_of(uint32_t methods)
{
	for (size_t i = 0; i < SY_COUNT(ways); i++)
		if ((methods & 1U << ways[i].method) != 0)
			return ways[i].method;
	return SY_METHOD_NONE;
}

static void
post_key(struct login *l, enum login_state state, bool other)
{
	struct sy_auth_key message = { .other = other };

	(void)snprintf(message.txn, sizeof(message.txn), "%s", l->txn);
	(void)snprintf(message.method, sizeof(message.method), "%s",
	    sy_method_name(l->key_method));
	l->state = state;
	l->nonce_at = talk_now(&l->talk);
	talk_post(&l->talk, TALK_AUTH_KEY, &message);
}

void
login_start_key(struct login *l)
{
	l->other_again = false;
	l->key_method = best_of(methods_of(l));
	post_key(l, LOGIN_ASSERT, false);
}

bool
login_key_is_on(const struct login *l)
{
	return l->state == LOGIN_KEY || l->state == LOGIN_OTHER ||
	    l->state == LOGIN_RENEW || l->state == LOGIN_LOOK;
}

static void
end_unfit(struct login *l, enum sy_err code)
{
	const struct ending e = {
		.kind = SY_FAILURE_DEVICE,
		.code = code,
		.result = SY_RESULT_ERROR,
		.text = TEXT_BROKEN,
	};

	login_end(l, &e);
}

/*
 * Whether a key in a reader must be put in anew. A card needs no touch there:
 * where nothing else is asked for, only putting it in shows intent.
 */
static bool
must_be_fresh(const struct login *l)
{
	return l->fresh || (methods_of(l) & 1U << SY_METHOD_FIDO2) != 0;
}

static void
begin_key(struct login *l, const struct sy_auth_step *step)
{
	struct sy_keydevice_start start = {
		.usb = true,
		.reader = true,
		.fresh = must_be_fresh(l),
		.reserve = l->reserve,
		.wait_ms = l->wait_ms,
	};
	enum sy_err err;

	if ((err = proof_credentials(&step->credentials, &start)) != SY_OK) {
		login_end_broken(l, err);
		return;
	}
	(void)snprintf(start.rp_id, sizeof(start.rp_id), "%s", step->rp_id);
	l->state = LOGIN_KEY;
	key_begin(&l->key, &l->talk, &hooks, l, &start);
	l->key.looks = true;
}

/* Have the key sign what the server and we know, each by itself. */
static void
sign(struct login *l)
{
	const struct proof_terms terms = {
		.server = l->server,
		.terminal = l->terminal,
		.login = l->key_login,
		.service = l->auth.service,
		.purpose = sy_purpose_name((enum sy_purpose)l->auth.purpose),
		.txn = l->txn,
		.server_nonce = l->server_nonce,
	};
	struct sy_keydevice_assert request = { .uv = (uint8_t)l->key.uv,
		.credential = l->key.found.credential,
		.pin = l->key.pin };
	enum sy_err err;

	l->state = LOGIN_KEY;
	if (l->key_uv && l->key.uv == SY_KEY_UV_NONE) {
		login_end_broken(l, SY_ERR_PROTOCOL);
		return;
	}
	if ((err = proof_client_data(&l->talk, &terms, SY_FIDO2_GET, l->origin,
		 &l->client)) != SY_OK) {
		end_unfit(l, err);
		return;
	}
	memcpy(request.hash, l->client.hash, sizeof(request.hash));
	key_send(&l->key, SY_KEYDEVICE_ASSERT, &request);
}

/*
 * Whose assertion it is to be: of the person asked for, or of whoever the key
 * names where nobody was. A name that nobody has comes back as it was typed,
 * and looks like any other until no key fits.
 */
static bool
is_right_login(const struct login *l, const char *login)
{
	if (login[0] == '\0')
		return l->auth.identify != 0 && l->person[0] == '\0';
	if (l->person[0] == '\0' && l->auth.identify == 0 &&
	    strcmp(login, login_user_to_prove(&l->auth)) == 0)
		return true;
	return login_is_right_person(l, login);
}

static void
post_other(struct login *l)
{
	l->other_again = false;
	post_key(l, LOGIN_OTHER, true);
}

/* The key is ready to sign: with the nonce that we have, or with a new one if
 * it got old or is for another method. */
static void
go_on(struct login *l)
{
	if (login_account_is_missing(l)) {
		const struct ending e = login_ending_of_account(l);
		login_end(l, &e);
		return;
	}
	if (l->key_method == l->key_wanted &&
	    talk_now(&l->talk) - l->nonce_at <=
		l->nonce_life_ms - NONCE_MARGIN_MS) {
		sign(l);
		return;
	}
	l->key_method = l->key_wanted;
	post_key(l, LOGIN_RENEW, false);
}

/* The server has heard of the other key, or the nonce came that a key went
 * before: go on with what happened meanwhile. */
static void
after_other(struct login *l)
{
	l->state = LOGIN_KEY;
	if (l->other_again)
		post_other(l);
	else if (l->key.state == KEY_READY)
		go_on(l);
}

/* The server knows this key: its person may be asked for the PIN. */
static void
after_look(struct login *l)
{
	l->state = LOGIN_KEY;
	if (l->key.found.uv_set && l->key.uv_tries == 0)
		talk_say(&l->talk, SY_DIALOG_INFO, TEXT_KEY_PIN_INSTEAD, NULL);
	key_confirm(&l->key);
}

bool
login_look_again(struct login *l)
{
	/* The server may have spent it: what is signed next is of another. */
	l->nonce_life_ms = 0;
	if (l->state == LOGIN_OTHER) {
		after_other(l);
		return true;
	}
	if (l->looked_again)
		return false;
	l->looked_again = true;
	l->state = LOGIN_KEY;
	key_want(&l->key, SY_KEY_UV_PIN);
	return true;
}

void
login_on_assert(struct login *l, const struct sy_auth_step *step)
{
	if (!is_right_login(l, step->login) || step->rp_id[0] == '\0' ||
	    step->origin[0] == '\0' || step->life <= 0 ||
	    step->nonce_len != sizeof(l->server_nonce) ||
	    (step->login[0] != '\0' && step->credentials.count == 0)) {
		login_end_broken(l, SY_ERR_PROTOCOL);
		return;
	}
	memcpy(l->server_nonce, step->nonce, sizeof(l->server_nonce));
	l->nonce_life_ms = proof_life_ms(step->life);
	l->key_uv = step->uv;
	(void)snprintf(l->key_login, sizeof(l->key_login), "%s", step->login);
	(void)snprintf(l->origin, sizeof(l->origin), "%s", step->origin);
	if (l->state == LOGIN_ASSERT)
		begin_key(l, step);
	else if (l->state == LOGIN_RENEW)
		sign(l);
	else if (l->state == LOGIN_LOOK)
		after_look(l);
	else
		after_other(l);
}

/* Whether the key may be used like this in this login. */
static bool
is_way(const struct login *l, const struct way *way)
{
	const struct sy_keydevice_found *f = &l->key.found;
	const bool any = way->method == SY_METHOD_FIDO2;

	if ((methods_of(l) & 1U << way->method) == 0)
		return false;
	/* To a key that is yet to say whose it is, nobody types a PIN. */
	if (way->uv == SY_KEY_UV_PIN && l->key_login[0] == '\0')
		return false;
	return !any || f->always_uv == (way->uv != SY_KEY_UV_NONE);
}

static enum sy_err
can(const struct login *l, enum sy_key_uv uv)
{
	if ((l->unable & 1U << uv) != 0)
		return SY_ERR_KEY_UNFIT;
	if (uv == SY_KEY_UV_PIN &&
	    (l->key.found.no_pin_tokens ||
		(l->unable & 1U << SY_KEY_UV_LOOK) != 0))
		return SY_ERR_KEY_UNFIT;
	return key_can(&l->key, uv);
}

/*
 * Take the next way. Where there is none, the last reason that a person can
 * mend is told: ${uv} and ${code} are one. That the key gave no look hides
 * behind none of them, for it may be a false one.
 */
static void
choose(struct login *l, enum sy_key_uv uv, enum sy_err code)
{
	for (size_t i = 0; i < SY_COUNT(ways); i++) {
		const struct way *way = &ways[i];
		enum sy_err err;

		if (!is_way(l, way))
			continue;
		if ((err = can(l, way->uv)) == SY_OK) {
			l->key_wanted = way->method;
			key_want(&l->key, way->uv);
			return;
		}
		if (err != SY_ERR_KEY_UNFIT) {
			uv = way->uv;
			code = err;
		}
	}
	if ((l->unable & 1U << SY_KEY_UV_LOOK) != 0)
		key_unable(&l->key, SY_KEY_UV_LOOK, SY_ERR_KEY_UNFIT);
	else
		key_unable(&l->key, uv, code);
}

static void
on_found(void *owner, const struct sy_keydevice_found *found)
{
	struct login *l = owner;

	(void)found;
	/* It holds a credential that the server named for this person. */
	if (l->key_login[0] != '\0' &&
	    !login_is_right_person(l, l->key_login)) {
		login_end_broken(l, SY_ERR_PROTOCOL);
		return;
	}
	if (l->person[0] == '\0' && l->key_login[0] != '\0') {
		(void)snprintf(l->person, sizeof(l->person), "%s",
		    l->key_login);
		login_look_up(l);
	}
	l->unable = 0;
	l->looked_again = false;
	choose(l, SY_KEY_UV_NONE, SY_ERR_KEY_UNFIT);
}

static void
on_unable(void *owner, enum sy_key_uv uv, enum sy_err code)
{
	struct login *l = owner;

	l->unable |= 1U << uv;
	choose(l, uv, code);
}

/* One question to the server at a time: it takes no second one meanwhile. */
static void
on_other(void *owner)
{
	struct login *l = owner;

	if (l->state == LOGIN_OTHER)
		l->other_again = true;
	else
		post_other(l);
}

/* A fresh nonce that is on its way is waited for: the old one is void. */
static void
on_lost(void *owner)
{
	struct login *l = owner;

	if (l->state == LOGIN_RENEW || l->state == LOGIN_LOOK)
		l->state = LOGIN_OTHER;
}

static void
on_ready(void *owner)
{
	struct login *l = owner;

	if (l->state != LOGIN_OTHER)
		go_on(l);
}

/* With the answer comes a fresh nonce: that of the look is spent. */
static void
post_look(struct login *l)
{
	l->state = LOGIN_LOOK;
	l->nonce_at = talk_now(&l->talk);
	talk_post(&l->talk, TALK_AUTH_LOOK, &l->assertion);
}

static void
post_assertion(struct login *l)
{
	l->key.pins_wrong = 0;
	key_stop(&l->key);
	l->state = LOGIN_SIGNED;
	l->fetches = 0;
	l->proof_again = false;
	talk_post(&l->talk, TALK_AUTH_ASSERTION, &l->assertion);
}

static void
on_done(void *owner, const struct talk_event *event)
{
	struct login *l = owner;

	if (event->type != TALK_KEY_SIGNED) {
		end_unfit(l, SY_ERR_PROTOCOL);
		return;
	}
	if (proof_assertion(&l->client, l->txn, event->signed_,
		&l->assertion) != SY_OK) {
		end_unfit(l, SY_ERR_LIMIT);
		return;
	}
	l->assertion.pins_wrong = l->key.pins_wrong;
	l->assertion.fingers_wrong = l->key.fingers_wrong;
	if (l->key.uv == SY_KEY_UV_LOOK)
		post_look(l);
	else
		post_assertion(l);
}

static void
on_failed(void *owner, const struct ending *ending)
{
	login_end(owner, ending);
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
