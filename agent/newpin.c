/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/keydevice.h>

#include "newpin.h"

#define WAIT_MS   120000
#define ASKED_MAX 5

void
newpin_init(struct newpin *n, struct talk *talk,
    const struct newpin_hooks *hooks, void *owner)
{
	*n = (struct newpin){ .talk = talk, .hooks = hooks, .owner = owner };
}

void
newpin_stop(struct newpin *n)
{
	sy_secret_free(&n->fresh);
	n->state = NEWPIN_OFF;
}

bool
newpin_is_on(const struct newpin *n)
{
	return n->state != NEWPIN_OFF;
}

static void
give_up(struct newpin *n, enum sy_err code, enum text_id text)
{
	const struct ending e = {
		.code = code,
		.result = SY_RESULT_CANCELLED,
		.text = text,
	};

	newpin_stop(n);
	n->hooks->failed(n->owner, &e);
}

void
newpin_ask(struct newpin *n, unsigned int least)
{
	const struct text_values v = { .number = least };

	n->least = least;
	sy_secret_free(&n->fresh);
	if (++n->asked > ASKED_MAX) {
		give_up(n, SY_ERR_LIMIT, TEXT_PIN_LATE);
		return;
	}
	n->state = NEWPIN_FIRST;
	talk_timer(n->talk, WAIT_MS);
	(void)talk_ask(n->talk, TEXT_ENROLL_PIN_ASK, TEXT_ENROLL_PIN_PROMPT, &v,
	    false);
}

static void
ask_another(struct newpin *n, enum text_id why)
{
	const struct text_values v = { .number = n->least };

	talk_say(n->talk, SY_DIALOG_ERROR, why, &v);
	newpin_ask(n, n->least);
}

void
newpin_refused(struct newpin *n)
{
	ask_another(n, TEXT_ENROLL_PIN_REFUSED);
}

/* What no key takes. */
static bool
is_pin(const struct sy_secret *pin)
{
	const uint8_t *p = sy_secret_bytes(pin);
	const size_t len = sy_secret_len(pin);

	return len > 0 && len < SY_KEYDEVICE_PIN_MAX &&
	    memchr(p, '\0', len) == NULL &&
	    sy_text_is_utf8((const char *)p, len);
}

static void
on_first(struct newpin *n, struct sy_secret **answer)
{
	if (!is_pin(*answer)) {
		sy_secret_free(answer);
		newpin_refused(n);
		return;
	}
	n->fresh = *answer;
	*answer = NULL;
	n->state = NEWPIN_SECOND;
	talk_timer(n->talk, WAIT_MS);
	(void)talk_ask(n->talk, TEXT_ENROLL_PIN_AGAIN_ASK,
	    TEXT_ENROLL_PIN_AGAIN_PROMPT, NULL, false);
}

static void
on_second(struct newpin *n, struct sy_secret **answer)
{
	const bool alike = sy_secret_equal(n->fresh, *answer);

	sy_secret_free(answer);
	if (!alike) {
		ask_another(n, TEXT_ENROLL_PIN_UNLIKE);
		return;
	}
	n->state = NEWPIN_OFF;
	talk_timer(n->talk, 0);
	n->hooks->typed(n->owner);
}

void
newpin_on_answer(struct newpin *n, uint32_t number, struct sy_secret **answer)
{
	if (!newpin_is_on(n) || number != n->talk->prompt)
		sy_secret_free(answer);
	else if (*answer == NULL)
		give_up(n, SY_ERR_CANCELLED, TEXT_PIN_NONE);
	else if (n->state == NEWPIN_FIRST)
		on_first(n, answer);
	else
		on_second(n, answer);
}

void
newpin_on_timer(struct newpin *n)
{
	if (newpin_is_on(n))
		give_up(n, SY_ERR_TIMEOUT, TEXT_PIN_LATE);
}
