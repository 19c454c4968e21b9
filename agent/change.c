/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "log.h"
#include "rules.h"

/* Inventing a password takes longer than typing one. */
#define ASK_WAIT_MS 120000
/* The server's own bound is lower; this is for who types nothing good here. */
#define ROUNDS_MAX      20
#define SILENCES_MAX    3
#define SILENT_PAUSE_MS 500

/* Forget what was typed and what can still happen. */
static void
settle(struct change *c, bool done)
{
	sy_secret_free(&c->fresh);
	c->state = CHANGE_DONE;
	c->prompt = 0;
	talk_timer(&c->talk, 0);
	if (c->id[0] != '\0')
		evidence_changed(c->evidence, c->id, done, talk_now(&c->talk));
}

static void
end(struct change *c, const struct ending *ending, const char *support)
{
	struct sy_dialog_result result;

	settle(c, false);
	ending_result(ending, c->talk.lang, support, &result);
	log_info("password: not changed: user=%s txn=%s reason=%s support=%s",
	    c->person[0] != '\0' ? c->person : "?", c->txn,
	    sy_err_name(ending->code), result.support);
	c->talk.ops->finish(c->talk.arg, &result);
}

static void
end_unchanged(struct change *c, unsigned int kind, enum sy_err code,
    enum text_id text)
{
	const struct ending e = {
		.kind = kind,
		.code = code,
		.result = SY_RESULT_UNCHANGED,
		.text = text,
	};

	end(c, &e, NULL);
}

/* Nobody knows which password is in force: a second new one would be taken for
 * the first, which the server may have by now. */
static void
end_unsure(struct change *c, enum sy_err code)
{
	if (c->id[0] != '\0')
		evidence_forget(c->evidence, c->id);
	end_unchanged(c, SY_FAILURE_AUTHORITY, code, TEXT_CHANGE_UNSURE);
}

/* It is changed, or (${changed} false) need not be. */
static void
end_done(struct change *c, bool changed)
{
	struct sy_dialog_result result = { .result = SY_RESULT_ALLOWED };

	settle(c, changed);
	(void)snprintf(result.login, sizeof(result.login), "%s", c->person);
	(void)snprintf(result.evidence, sizeof(result.evidence), "%s", c->id);
	if (changed)
		text_get(c->talk.lang, TEXT_CHANGED, NULL, result.text);
	log_info("password: %s: user=%s", changed ? "changed" : "not due",
	    c->person);
	c->talk.ops->finish(c->talk.arg, &result);
}

/* --- asking --- */

static void
ask(struct change *c, enum change_state state)
{
	const bool again = state == CHANGE_AGAIN;

	if (!again && ++c->rounds > ROUNDS_MAX) {
		end_unchanged(c, 0, SY_ERR_LIMIT, TEXT_UNCHANGED);
		return;
	}
	c->state = state;
	talk_timer(&c->talk, ASK_WAIT_MS);
	c->prompt =
	    talk_ask(&c->talk, again ? TEXT_NEW_AGAIN_ASK : TEXT_NEW_ASK,
		again ? TEXT_NEW_AGAIN_PROMPT : TEXT_NEW_PROMPT, NULL, false);
}

/* Forget the new password and ask for another one. */
static void
ask_afresh(struct change *c, enum text_id text)
{
	sy_secret_free(&c->fresh);
	talk_say(&c->talk, SY_DIALOG_ERROR, text, NULL);
	ask(c, CHANGE_NEW);
}

/* Why it must be changed, what the person owes it (PW-8) and what it must be
 * are said before anything is asked. */
static void
begin(struct change *c, const char *txn, const char *duty, const char *rules)
{
	enum text_id why = TEXT_CHANGE_ASKED;
	char text[SY_DIALOG_TEXT_SIZE];

	if (strcmp(duty, "temporary") == 0)
		why = TEXT_CHANGE_TEMPORARY;
	else if (strcmp(duty, "expired") == 0)
		why = TEXT_CHANGE_EXPIRED;
	(void)snprintf(c->txn, sizeof(c->txn), "%s", txn);
	talk_say(&c->talk, SY_DIALOG_INFO, why, NULL);
	talk_say(&c->talk, SY_DIALOG_INFO, TEXT_DUTIES, NULL);
	rules_text(c->talk.lang, TEXT_RULES, rules, text);
	c->talk.ops->say(c->talk.arg, SY_DIALOG_INFO, text);
	ask(c, CHANGE_NEW);
}

/* --- a login of its own --- */

static void
on_login(void *owner, const struct sy_dialog_result *result)
{
	struct change *c = owner;
	const struct login *l = &c->login;
	struct sy_dialog_result unchanged = *result;
	const struct text_values v = { .support = result->support };

	c->talk.prompt = l->talk.prompt;
	if (result->result == SY_RESULT_ALLOWED) {
		(void)snprintf(c->person, sizeof(c->person), "%s", l->person);
		begin(c, l->txn, l->duty, l->rules);
		return;
	}
	settle(c, false);
	/* First what was wrong, last what it means for the password. */
	if (result->text[0] != '\0')
		c->talk.ops->say(c->talk.arg, SY_DIALOG_ERROR, result->text);
	unchanged.result = SY_RESULT_UNCHANGED;
	text_get(c->talk.lang, TEXT_UNCHANGED, &v, unchanged.text);
	c->talk.ops->finish(c->talk.arg, &unchanged);
}

static void
start_login(struct change *c, const struct login_setup *login,
    const struct sy_dialog_phase *request)
{
	struct login_setup setup = *login;
	struct sy_dialog_auth auth = {
		.purpose = request->purpose,
		.lang = request->lang,
	};

	(void)snprintf(auth.user, sizeof(auth.user), "%s", request->user);
	(void)snprintf(auth.service, sizeof(auth.service), "%s",
	    request->service);
	(void)snprintf(auth.tty, sizeof(auth.tty), "%s", request->tty);
	(void)snprintf(auth.ruser, sizeof(auth.ruser), "%s", request->ruser);
	(void)snprintf(auth.rhost, sizeof(auth.rhost), "%s", request->rhost);
	setup.change = true;
	setup.finished = on_login;
	setup.owner = c;
	c->state = CHANGE_LOGIN;
	login_start(&c->login, &c->talk, &setup, &auth);
}

void
change_start(struct change *c, const struct talk *talk,
    const struct login_setup *login, struct evidence *evidence, uid_t uid,
    const struct sy_dialog_phase *request)
{
	const struct evidence_asker asker = {
		.uid = uid,
		.purpose = request->purpose,
		.user = request->user,
		.service = request->service,
	};
	struct talk_login kept = { .purpose = 0 };
	enum evidence_answer answer;

	*c = (struct change){ .talk = *talk, .evidence = evidence };
	answer = evidence_change(evidence, request->evidence, &asker,
	    talk_now(talk), &kept);
	if (answer == EVIDENCE_GOOD || answer == EVIDENCE_NOT_DUE)
		(void)snprintf(c->person, sizeof(c->person), "%s", kept.person);
	if (answer == EVIDENCE_GOOD) {
		memcpy(c->id, request->evidence, sizeof(c->id));
		begin(c, kept.txn, kept.duty, kept.rules);
	} else if (answer == EVIDENCE_NOT_DUE && request->expired != 0) {
		memcpy(c->id, request->evidence, sizeof(c->id));
		end_done(c, false);
	} else if (answer == EVIDENCE_ORDER) {
		end_unchanged(c, SY_FAILURE_AUTHORITY, SY_ERR_STATE,
		    TEXT_UNCHANGED);
	} else if (uid != 0) {
		end_unchanged(c, SY_FAILURE_CREDENTIAL, SY_ERR_PERM,
		    TEXT_FORBIDDEN);
	} else {
		start_login(c, login, request);
	}
}

/* --- the server --- */

static void
post(struct change *c)
{
	struct sy_password_change message = { .password_len = 0 };

	c->state = CHANGE_POSTED;
	talk_timer(&c->talk, 0);
	(void)snprintf(message.txn, sizeof(message.txn), "%s", c->txn);
	memcpy(message.password, sy_secret_bytes(c->fresh),
	    sy_secret_len(c->fresh));
	message.password_len = (uint16_t)sy_secret_len(c->fresh);
	talk_post(&c->talk, TALK_CHANGE, &message);
	sy_memzero(&message, sizeof(message));
}

static void
post_in(struct change *c, unsigned int ms)
{
	c->state = CHANGE_BUSY;
	talk_timer(&c->talk, ms);
}

/* The same post of the same login does the same: it is asked again, and if
 * nobody answers then nobody knows which password is in force. */
static void
on_silence(struct change *c, enum sy_err err)
{
	if (++c->silences < SILENCES_MAX)
		post_in(c, SILENT_PAUSE_MS);
	else
		end_unsure(c, err);
}

static void
on_busy(struct change *c, int64_t retry_after_s)
{
	const int64_t now = talk_now(&c->talk);

	if (c->busy_until == 0) {
		c->busy_until = now + PASSWORD_PATIENCE_MS;
		talk_say(&c->talk, SY_DIALOG_INFO, TEXT_BUSY_WAIT, NULL);
	}
	if (now < c->busy_until)
		post_in(c, password_pause_ms(retry_after_s));
	else if (c->silences > 0) /* the first post may stand in line still */
		end_unsure(c, SY_ERR_BUSY);
	else
		end_unchanged(c, SY_FAILURE_AUTHORITY, SY_ERR_BUSY,
		    TEXT_UNCHANGED);
}

static void
on_step(struct change *c, const struct sy_password_step *step)
{
	char text[SY_DIALOG_TEXT_SIZE];

	c->silences = 0;
	c->busy_until = 0;
	if (strcmp(step->step, "changed") == 0) {
		end_done(c, true);
		return;
	}
	if (strcmp(step->step, "broken") != 0) {
		end_unchanged(c, SY_FAILURE_AUTHORITY, SY_ERR_PROTOCOL,
		    TEXT_UNCHANGED);
		return;
	}
	sy_secret_free(&c->fresh);
	rules_text(c->talk.lang, TEXT_BROKEN_RULES, step->broken, text);
	c->talk.ops->say(c->talk.arg, SY_DIALOG_ERROR, text);
	ask(c, CHANGE_NEW);
}

static void
on_refusal(struct change *c, const struct sy_failure_reply *failure)
{
	const bool dictionary = strcmp(failure->place, "dictionary") == 0;
	const bool busy = strcmp(failure->error, sy_err_name(SY_ERR_BUSY)) == 0;

	/* After a silence it may mean that it was done. */
	if (c->silences > 0)
		end_unsure(c, SY_ERR_DENIED);
	else
		end_unchanged(c, SY_FAILURE_AUTHORITY,
		    busy ? SY_ERR_BUSY : SY_ERR_DENIED,
		    dictionary ? TEXT_CHANGE_NO_DICTIONARY : TEXT_UNCHANGED);
}

void
change_on_reply(struct change *c, const struct talk_reply *reply)
{
	if (c->state == CHANGE_LOGIN) {
		login_on_reply(&c->login, reply);
	} else if (c->state != CHANGE_POSTED || reply->call != TALK_CHANGE) {
		return; /* late */
	} else if (reply->err != SY_OK) {
		on_silence(c, reply->err);
	} else if (!reply->refused) {
		on_step(c, reply->step);
	} else if (reply->failure.retry_after > 0) {
		on_busy(c, reply->failure.retry_after);
	} else {
		on_refusal(c, &reply->failure);
	}
}

/* --- the person --- */

static void
on_typed(struct change *c, struct sy_secret **answer)
{
	const enum text_id unfit = password_unfit(*answer);

	if (unfit != TEXT_NONE) {
		ask_afresh(c, unfit);
	} else if (c->state == CHANGE_NEW) {
		c->fresh = *answer;
		*answer = NULL;
		ask(c, CHANGE_AGAIN);
	} else if (sy_secret_equal(c->fresh, *answer)) {
		post(c);
	} else {
		ask_afresh(c, TEXT_NEW_DIFFERENT);
	}
}

void
change_on_answer(struct change *c, uint32_t number, struct sy_secret **answer)
{
	if (c->state == CHANGE_LOGIN) {
		login_on_answer(&c->login, number, answer);
	} else if ((c->state == CHANGE_NEW || c->state == CHANGE_AGAIN) &&
	    number == c->prompt) {
		if (*answer == NULL)
			end_unchanged(c, 0, SY_ERR_CANCELLED, TEXT_UNCHANGED);
		else
			on_typed(c, answer);
	}
	sy_secret_free(answer);
}

void
change_on_device(struct change *c, const struct talk_event *event)
{
	if (c->state == CHANGE_LOGIN)
		login_on_device(&c->login, event);
}

void
change_on_account(struct change *c, enum talk_account found)
{
	if (c->state == CHANGE_LOGIN)
		login_on_account(&c->login, found);
}

void
change_on_timer(struct change *c)
{
	if (c->state == CHANGE_LOGIN)
		login_on_timer(&c->login);
	else if (c->state == CHANGE_BUSY)
		post(c);
	else if (c->state == CHANGE_NEW || c->state == CHANGE_AGAIN)
		end_unchanged(c, 0, SY_ERR_TIMEOUT, TEXT_UNCHANGED);
}

void
change_on_closed(struct change *c)
{
	if (c->state == CHANGE_LOGIN)
		login_on_closed(&c->login);
	if (c->state != CHANGE_DONE)
		settle(c, false);
}
