/* SPDX-License-Identifier: Apache-2.0 */
/* The card office: the one-time code and the PINs that are typed. */
#include <sanyoso/code.h>

#include "office_int.h"
#include "pin.h"

#define CODE_SIZE    16
#define TYPE_WAIT_MS 120000
#define ASKED_MAX    5

static void
ask(struct office *o, enum office_state state, enum text_id info,
    enum text_id text)
{
	const struct text_values v = {
		.login = o->request.user,
		.tries = o->tries,
	};

	o->asked = o->state == state ? o->asked + 1 : 1;
	o->state = state;
	if (o->asked > ASKED_MAX) {
		office_end_with(o, 0, SY_ERR_LIMIT, SY_RESULT_CANCELLED,
		    TEXT_OFFICE_NONE);
		return;
	}
	talk_timer(&o->talk, TYPE_WAIT_MS);
	/* A code is long and used once: better seen than mistyped. */
	o->prompt = talk_ask(&o->talk, info, text, &v, state == OFFICE_CODE);
}

void
office_ask_code(struct office *o)
{
	ask(o, OFFICE_CODE, TEXT_OFFICE_CODE_ASK, TEXT_CODE_PROMPT);
}

void
office_ask_old(struct office *o)
{
	ask(o, OFFICE_OLD, TEXT_OFFICE_OLD_ASK, TEXT_OFFICE_OLD_PROMPT);
}

void
office_ask_new(struct office *o)
{
	sy_secret_free(&o->fresh);
	ask(o, OFFICE_NEW, TEXT_OFFICE_NEW_ASK, TEXT_OFFICE_NEW_PROMPT);
}

static void
ask_again(struct office *o)
{
	ask(o, OFFICE_AGAIN, TEXT_OFFICE_AGAIN_ASK, TEXT_OFFICE_AGAIN_PROMPT);
}

static void
on_code(struct office *o, const struct sy_secret *answer)
{
	SY_AUTO(sy_secret_free) struct sy_secret *code = NULL;

	if (sy_code_parse(answer, CODE_SIZE, &code) == SY_OK) {
		office_begin(o, code);
		return;
	}
	talk_say(&o->talk, SY_DIALOG_ERROR, TEXT_CODE_WRONG, NULL);
	office_ask_code(o);
}

/* The new PIN was typed twice alike. */
static void
go_on(struct office *o)
{
	if (o->task == SY_TASK_PIN_CHANGE)
		office_change(o);
	else
		office_wait_for_card(o);
}

static void
on_pin(struct office *o, struct sy_secret **answer)
{
	if (!pin_is_wellformed(SY_DRIVER_PIV, *answer)) {
		talk_say(&o->talk, SY_DIALOG_ERROR, TEXT_PIN_FORMAT_PIV, NULL);
		if (o->state == OFFICE_OLD)
			office_ask_old(o);
		else
			office_ask_new(o);
	} else if (o->state == OFFICE_OLD) {
		sy_secret_free(&o->old);
		o->old = *answer;
		*answer = NULL;
		/* After a wrong one the new one is known already. */
		if (o->fresh != NULL)
			office_change(o);
		else
			office_ask_new(o);
	} else if (o->state == OFFICE_NEW) {
		sy_secret_free(&o->fresh);
		o->fresh = *answer;
		*answer = NULL;
		ask_again(o);
	} else if (sy_secret_equal(o->fresh, *answer)) {
		go_on(o);
	} else {
		talk_say(&o->talk, SY_DIALOG_ERROR, TEXT_OFFICE_UNLIKE, NULL);
		office_ask_new(o);
	}
}

bool
office_is_asking(const struct office *o)
{
	return o->state == OFFICE_CODE || o->state == OFFICE_OLD ||
	    o->state == OFFICE_NEW || o->state == OFFICE_AGAIN;
}

void
office_on_answer(struct office *o, uint32_t number, struct sy_secret **answer)
{
	if (office_is_asking(o) && number == o->prompt) {
		if (*answer == NULL)
			office_end_with(o, 0, SY_ERR_CANCELLED,
			    SY_RESULT_CANCELLED, TEXT_OFFICE_NONE);
		else if (o->state == OFFICE_CODE)
			on_code(o, *answer);
		else
			on_pin(o, answer);
	}
	sy_secret_free(answer);
}
