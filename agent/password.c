/* SPDX-License-Identifier: Apache-2.0 */
#include "password.h"

#include <sanyoso/password.h>

#define ASK_WAIT_MS 60000
/* The server counts wrong passwords; this is for who types nothing at all. */
#define PROMPTS_MAX   20
#define BUSY_LEAST_MS 1000
#define BUSY_MOST_MS  10000

void
password_init(struct password *p, struct talk *talk,
    const struct password_hooks *hooks, void *owner)
{
	*p = (struct password){
		.talk = talk,
		.hooks = hooks,
		.owner = owner,
	};
}

void
password_settled(struct password *p)
{
	sy_secret_free(&p->typed);
	p->state = PASSWORD_OFF;
	p->prompt = 0;
	p->busy_until = 0;
}

void
password_stop(struct password *p)
{
	if (p->state != PASSWORD_OFF)
		talk_timer(p->talk, 0);
	password_settled(p);
}

static void
give_up(struct password *p, enum sy_err code, enum sy_result result,
    enum text_id text)
{
	const struct ending e = {
		.kind = result == SY_RESULT_BUSY ? SY_FAILURE_AUTHORITY : 0U,
		.code = code,
		.result = result,
		.text = text,
	};

	password_stop(p);
	p->hooks->failed(p->owner, &e);
}

void
password_ask(struct password *p)
{
	const struct text_values v = { .tries = p->tries };
	const bool told = p->tries > 0;

	if (++p->prompts > PROMPTS_MAX) {
		give_up(p, SY_ERR_LIMIT, SY_RESULT_CANCELLED,
		    TEXT_PASSWORD_LATE);
		return;
	}
	p->state = PASSWORD_ASKING;
	talk_timer(p->talk, ASK_WAIT_MS);
	p->prompt = talk_ask(p->talk,
	    told ? TEXT_PASSWORD_ASK_TRIES : TEXT_PASSWORD_ASK,
	    told ? TEXT_PASSWORD_PROMPT_TRIES : TEXT_PASSWORD_PROMPT, &v,
	    false);
}

static void
say_and_ask(struct password *p, enum text_id text)
{
	const struct text_values v = { .tries = p->tries };

	talk_say(p->talk, SY_DIALOG_ERROR, text, &v);
	password_ask(p);
}

void
password_wrong(struct password *p, int64_t left)
{
	password_settled(p);
	p->tries = left > 0 && left <= UINT16_MAX ? (unsigned int)left : 0;
	say_and_ask(p,
	    p->tries > 0 ? TEXT_PASSWORD_WRONG_TRIES : TEXT_PASSWORD_WRONG);
}

void
password_lost(struct password *p)
{
	password_settled(p);
	say_and_ask(p, TEXT_PASSWORD_LOST);
}

unsigned int
password_pause_ms(int64_t retry_after_s)
{
	if (retry_after_s <= BUSY_LEAST_MS / 1000)
		return BUSY_LEAST_MS;
	if (retry_after_s >= BUSY_MOST_MS / 1000)
		return BUSY_MOST_MS;
	return (unsigned int)retry_after_s * 1000;
}

void
password_busy(struct password *p, int64_t retry_after_s)
{
	const int64_t now = talk_now(p->talk);

	if (p->state != PASSWORD_POSTED)
		return;
	if (p->busy_until == 0) {
		p->busy_until = now + PASSWORD_PATIENCE_MS;
		if (retry_after_s > 0)
			talk_say(p->talk, SY_DIALOG_INFO, TEXT_BUSY_WAIT, NULL);
	}
	if (retry_after_s <= 0 || now >= p->busy_until) {
		give_up(p, SY_ERR_BUSY, SY_RESULT_BUSY, TEXT_BUSY_LATE);
		return;
	}
	p->state = PASSWORD_BUSY;
	talk_timer(p->talk, password_pause_ms(retry_after_s));
}

static void
post(struct password *p)
{
	p->state = PASSWORD_POSTED;
	talk_timer(p->talk, 0);
	p->hooks->post(p->owner, p->typed);
}

enum text_id
password_unfit(const struct sy_secret *typed)
{
	if (sy_secret_len(typed) == 0)
		return TEXT_PASSWORD_EMPTY;
	if (sy_secret_len(typed) > SY_PASSWORD_BYTES_MAX)
		return TEXT_PASSWORD_LONG;
	return TEXT_NONE;
}

void
password_on_answer(struct password *p, uint32_t number,
    struct sy_secret **answer)
{
	enum text_id unfit;

	if (p->state != PASSWORD_ASKING || number != p->prompt) {
		sy_secret_free(answer);
		return;
	}
	if (*answer == NULL) {
		give_up(p, SY_ERR_CANCELLED, SY_RESULT_CANCELLED,
		    TEXT_PASSWORD_NONE);
		return;
	}
	if ((unfit = password_unfit(*answer)) != TEXT_NONE) {
		sy_secret_free(answer);
		say_and_ask(p, unfit);
		return;
	}
	p->prompt = 0;
	p->typed = *answer;
	*answer = NULL;
	post(p);
}

void
password_on_timer(struct password *p)
{
	if (p->state == PASSWORD_ASKING)
		give_up(p, SY_ERR_TIMEOUT, SY_RESULT_CANCELLED,
		    TEXT_PASSWORD_LATE);
	else if (p->state == PASSWORD_BUSY)
		post(p);
}
