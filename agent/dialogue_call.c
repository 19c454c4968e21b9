/* SPDX-License-Identifier: Apache-2.0 */
#include "dialogue_int.h"
#include "ending.h"
#include "log.h"

/* What a dialogue asks the server, and who hears the answer. */

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

void
dialogue_on_unsent(evutil_socket_t fd, short what, void *arg)
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

void
dialogue_post(void *arg, enum talk_call call, const void *message)
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

/* So many at once are waited for; more are left to the server's own limit. */
#define ADRIFT_MAX 16

static void
on_adrift(void *owner, const struct request_reply *reply)
{
	const struct ending gone = { .code = SY_ERR_CANCELLED };
	const struct sy_auth_step *step = reply->value;
	struct services *s = owner;
	struct sy_auth_abandon abandon;

	s->adrift--;
	if (reply->err != SY_OK || reply->refused || step->txn[0] == '\0' ||
	    step->verdict[0] != '\0')
		return;
	log_info("login: who asked for it has gone: txn=%s", step->txn);
	ending_abandon(&gone, step->txn, 0, &abandon);
	if (request_post(s->link, &types[TALK_AUTH_ABANDON], reply->server,
		s->settings.request_timeout_ms, &abandon, NULL, NULL,
		NULL) != SY_OK)
		log_warn("%s: not sent", types[TALK_AUTH_ABANDON].path);
}

void
dialogue_adrift(struct dialogue *d)
{
	/* Each has a connection of its own. */
	if (d->services->adrift == ADRIFT_MAX)
		return;
	d->services->adrift++;
	request_adopt(d->request, on_adrift, d->services);
	d->request = NULL;
}
